// Instructions that take lanes out, put them in and move them about.
#include "jit/x64/vector.h"

#include <string.h>

static enum x64_insn insn(const struct vec_ins *v)
{
    return (enum x64_insn)v->form->insn;
}

// ---- all lanes from one ----

unsigned vec_splat8(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    ins(t, I_MOVD_XR, false, 0, int_rm(t, v->a));
    vec_splat(t, I_PBROADCASTB, to);
    return to;
}

unsigned vec_splat16(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    ins(t, I_MOVD_XR, false, 0, int_rm(t, v->a));
    vec_splat(t, I_PBROADCASTW, to);
    return to;
}

// From the lowest lane of xmm0.
void vec_splat(struct tr *t, enum x64_insn broadcast, unsigned to)
{
    if (t->native->avx) {
        vec2(t, broadcast, to, x64_r(0));
    } else if (broadcast == I_PBROADCASTB) {
        vec_zero(t, 1);
        vec3r(t, I_PSHUFB, to, 0, 1);
    } else {
        vec2i(t, I_PSHUFLW, 0, x64_r(0), 0);
        vec2i(t, I_PSHUFD, to, x64_r(0), 0);
    }
}

unsigned vec_splat32(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    ins(t, I_MOVD_XR, false, 0, int_rm(t, v->a));
    vec2i(t, I_PSHUFD, to, x64_r(0), 0);
    return to;
}

unsigned vec_splat64(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    ins(t, I_MOVD_XR, true, 0, int_rm(t, v->a));
    vec3r(t, I_PUNPCKLQDQ, to, 0, 0);
    return to;
}

unsigned vec_splat_f32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = float_reg(t, v->a, false, 0), to = vector_target(t, v->to);
    vec3i(t, I_SHUFPS, to, a, x64_r(a), 0);
    return to;
}

unsigned vec_splat_f64(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    vec2(t, I_MOVDDUP, to, x64_r(float_reg(t, v->a, true, 0)));
    return to;
}

// ---- one lane ----

static void put_lane(struct tr *t, enum x64_insn i, bool wide, unsigned to, unsigned a, struct x64_rm rm, unsigned lane)
{
    if (t->native->avx) {
        x64_vex(&t->out, i, wide, to, a, rm, (int32_t)lane);
        return;
    }
    vec_mov(t, to, a);
    insi(t, i, wide, to, rm, (int32_t)lane);
}

// Number: of 64 bits; the other instruction extends the sign.
unsigned vec_extract(struct tr *t, const struct vec_ins *v)
{
    const bool wide = v->form->imm;
    const unsigned a = vector_reg(t, v->a, 3), to = int_target(t, v->to);
    if (insn(v) == I_PEXTRD && !v->k)
        ins(t, I_MOVD_RX, wide, a, x64_r(to));
    else
        insi(t, insn(v), wide, a, x64_r(to), (int32_t)v->k);
    if (v->form->other) ins(t, (enum x64_insn)v->form->other, false, to, x64_r(to));
    int_done(t, v->to, to);
    return NO_REG;
}

static unsigned extract_float(struct tr *t, const struct vec_ins *v, int32_t order, bool dbl)
{
    unsigned from = vector_reg(t, v->a, 3);
    if (v->k) {
        const unsigned to = float_target(t, v->to);
        vec2i(t, I_PSHUFD, to, x64_r(from), order);
        from = to;
    }
    float_done(t, v->to, from, dbl);
    return NO_REG;
}

unsigned vec_extract_f32(struct tr *t, const struct vec_ins *v)
{
    return extract_float(t, v, (int32_t)v->k, false);
}

unsigned vec_extract_f64(struct tr *t, const struct vec_ins *v)
{
    return extract_float(t, v, 0xee, true);
}

unsigned vec_replace(struct tr *t, const struct vec_ins *v)
{
    const struct x64_rm lane = int_rm(t, v->b);
    const unsigned a = vector_reg(t, v->a, 3), to = vector_target(t, v->to);
    put_lane(t, insn(v), v->form->imm, to, a, lane, (unsigned)v->k);
    return to;
}

unsigned vec_replace_f32(struct tr *t, const struct vec_ins *v)
{
    const unsigned lane = float_reg(t, v->b, false, 4), a = vector_reg(t, v->a, 3), to = vector_target(t, v->to);
    vec3i(t, I_INSERTPS, to, a, x64_r(lane), (int32_t)v->k << 4);
    return to;
}

unsigned vec_replace_f64(struct tr *t, const struct vec_ins *v)
{
    const unsigned lane = float_reg(t, v->b, true, 4), a = vector_reg(t, v->a, 3), to = vector_target(t, v->to);
    if (v->k)
        vec3r(t, I_UNPCKLPD, to, a, lane);
    else
        vec3i(t, I_SHUFPD, to, lane, x64_r(a), 2);
    return to;
}

// ---- lanes by index ----

// An index from 16 on gives zero: made one with bit 7.
unsigned vec_swizzle(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4), to = vector_target(t, v->to);
    vec3m(t, I_PADDUSB, 1, b, MASK_ABOVE15);
    vec3r(t, I_PSHUFB, to, a, 1);
    return to;
}

// Lanes that one instruction makes of a and b, in either order.
struct pattern {
    enum x64_insn insn;
    uint8_t size, from; // lanes of that many bytes, alternating, from that byte of each on
};

static const struct pattern patterns[] = {
    { I_PUNPCKLBW, 1, 0 }, { I_PUNPCKHBW, 1, 8 }, { I_PUNPCKLWD, 2, 0 },  { I_PUNPCKHWD, 2, 8 },
    { I_PUNPCKLDQ, 4, 0 }, { I_PUNPCKHDQ, 4, 8 }, { I_PUNPCKLQDQ, 8, 0 }, { I_PUNPCKHQDQ, 8, 8 },
};

static bool interleaves(const uint8_t *lanes, const struct pattern *p, unsigned turned)
{
    for (unsigned i = 0; i < 16; i++) {
        const unsigned lane = i / p->size, of = (lane & 1) ^ turned;
        if (lanes[i] != of * 16 + p->from + lane / 2 * p->size + i % p->size) return false;
    }
    return true;
}

// Do lanes move as whole ones of `size` bytes? Says from where each comes.
static bool whole(const uint8_t *lanes, unsigned size, uint8_t *from)
{
    for (unsigned i = 0; i < 16; i++) {
        if (i % size == 0) from[i / size] = lanes[i] / (uint8_t)size;
        if (lanes[i] % size != i % size || lanes[i] / size != from[i / size]) return false;
    }
    return true;
}

static int32_t order_of(const uint8_t *from)
{
    return (from[0] & 3) | (from[1] & 3) << 2 | (from[2] & 3) << 4 | (from[3] & 3) << 6;
}

static void shuffle_bytes(struct tr *t, unsigned to, unsigned from, const uint8_t *lanes, unsigned first)
{
    uint8_t control[16];
    for (unsigned i = 0; i < 16; i++) control[i] = (uint8_t)(lanes[i] - first < 16 ? lanes[i] - first : 0x80);
    vec3(t, I_PSHUFB, to, from, x64_m(NO_REG, 0));
    pool_at(t, control);
}

static unsigned shuffle_one(struct tr *t, const struct vec_ins *v, uint32_t slot, const uint8_t *lanes, unsigned first)
{
    const unsigned a = vector_reg(t, slot, 3), to = vector_target(t, v->to);
    uint8_t from[16];
    if (whole(lanes, 4, from))
        vec2i(t, I_PSHUFD, to, x64_r(a), order_of(from));
    else
        shuffle_bytes(t, to, a, lanes, first);
    return to;
}

// In order through a and on into b: lanes n, n + 1, … modulo 32.
static bool consecutive(const uint8_t *lanes)
{
    for (unsigned i = 1; i < 16; i++)
        if (lanes[i] != ((lanes[0] + i) & 31)) return false;
    return true;
}

// Words that stay where they are: bit i says from b.
static bool blends(const uint8_t *from, int32_t *bits)
{
    *bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        if ((from[i] & 7) != i) return false;
        if (from[i] & 8) *bits |= 1 << i;
    }
    return true;
}

static unsigned shuffle_two(struct tr *t, const struct vec_ins *v, const uint8_t *lanes)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4), to = vector_target(t, v->to);
    uint8_t from[16];
    int32_t bits;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        for (unsigned turned = 0; turned < 2; turned++) {
            if (!interleaves(lanes, &patterns[i], turned)) continue;
            vec3r(t, patterns[i].insn, to, turned ? b : a, turned ? a : b);
            return to;
        }
    }
    if (consecutive(lanes)) {
        const bool turned = lanes[0] & 16;
        vec3i(t, I_PALIGNR, to, turned ? a : b, x64_r(turned ? b : a), lanes[0] & 15);
        return to;
    }
    if (whole(lanes, 2, from) && blends(from, &bits)) {
        vec3i(t, I_PBLENDW, to, a, x64_r(b), bits);
        return to;
    }
    if (whole(lanes, 4, from) && from[0] / 4 == from[1] / 4 && from[2] / 4 == from[3] / 4) {
        const bool turned = from[0] & 4;
        vec3i(t, I_SHUFPS, to, turned ? b : a, x64_r(turned ? a : b), order_of(from));
        return to;
    }
    shuffle_bytes(t, 0, a, lanes, 0);
    shuffle_bytes(t, 1, b, lanes, 16);
    vec3r(t, I_POR, 0, 0, 1);
    return 0;
}

unsigned vec_shuffle(struct tr *t, const struct vec_ins *v)
{
    uint8_t lanes[16];
    bool first = false, second = false;
    memcpy(lanes, (const void *)(uintptr_t)v->k, sizeof lanes);
    for (unsigned i = 0; i < sizeof lanes; i++) {
        lanes[i] &= v->a == v->b ? 15 : 31;
        if (lanes[i] < 16)
            first = true;
        else
            second = true;
    }
    if (!second) return shuffle_one(t, v, v->a, lanes, 0);
    if (!first) return shuffle_one(t, v, v->b, lanes, 16);
    return shuffle_two(t, v, lanes);
}
