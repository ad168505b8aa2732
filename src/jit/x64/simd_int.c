// Instructions on lanes of integers that take more than one of the machine.
#include "jit/x64/vector.h"

static enum x64_insn insn(const struct vec_ins *v)
{
    return (enum x64_insn)v->form->insn;
}

static enum x64_insn other(const struct vec_ins *v)
{
    return (enum x64_insn)v->form->other;
}

// ---- bits ----

unsigned vec_not(struct tr *t, const struct vec_ins *v)
{
    vec_ones(t, 1);
    const unsigned a = vector_reg(t, v->a, 3), to = vector_target(t, v->to);
    vec3r(t, I_PXOR, to, a, 1);
    return to;
}

// The bits of a where c has ones, else of b: ((a ^ b) & c) ^ b.
unsigned vec_andnot_select(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec3r(t, I_PXOR, 0, a, b);
    const struct x64_rm c = vector_rm(t, v->c, 3);
    vec3(t, I_PAND, 0, 0, c);
    vec3r(t, I_PXOR, 0, 0, b);
    return 0;
}

static unsigned flag(struct tr *t, const struct vec_ins *v, enum x64_cc cc)
{
    const unsigned to = int_target(t, v->to);
    x64_emit_cc(&t->out, I_SETCC, cc, false, 0, x64_r(RAX));
    ins(t, I_MOVZX8, false, to, x64_r(RAX));
    int_done(t, v->to, to);
    return NO_REG;
}

unsigned vec_any_true(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec2(t, I_PTEST, a, x64_r(a));
    return flag(t, v, CC_NE);
}

// No lane equals zero.
unsigned vec_all_true(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_zero(t, 0);
    vec3r(t, insn(v), 0, 0, a);
    vec2(t, I_PTEST, 0, x64_r(0));
    return flag(t, v, CC_E);
}

unsigned vec_bitmask(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = int_target(t, v->to);
    unsigned a = vector_reg(t, v->a, 3);
    if (v->form->other) {
        vec3r(t, other(v), 0, a, a);
        a = 0;
    }
    vec2(t, insn(v), to, x64_r(a));
    if (v->form->other) insi(t, I_AND_MI, false, 0, x64_r(to), 0xff);
    int_done(t, v->to, to);
    return NO_REG;
}

// ---- arithmetic ----

unsigned vec_neg(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), to = vec_free(t, v, a, a);
    vec_zero(t, to);
    vec3r(t, insn(v), to, to, a);
    return to;
}

// All bits of each lane of 64 its sign.
static void signs64(struct tr *t, unsigned to, unsigned from)
{
    vec2i(t, I_PSHUFD, to, x64_r(from), 0xf5);
    vec_shift(t, I_PSRAD_I, to, to, 31);
}

unsigned vec_abs64(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), to = vec_free(t, v, a, a);
    signs64(t, 1, a);
    vec3r(t, I_PXOR, to, a, 1);
    vec3r(t, I_PSUBQ, to, to, 1);
    return to;
}

// Number: bit 0: operands turned, bit 1: the result too.
unsigned vec_gt64(struct tr *t, const struct vec_ins *v)
{
    const bool turned = v->form->imm & 1;
    const unsigned a = vector_reg(t, turned ? v->b : v->a, 3), b = vector_reg(t, turned ? v->a : v->b, 4);
    if (t->native->avx) { // has SSE4.2
        vec3r(t, I_PCMPGTQ, 0, a, b);
    } else {
        // The upper halves decide, and where they are equal the borrow of b − a.
        vec3r(t, I_PSUBQ, 0, b, a);
        vec3r(t, I_PCMPEQD, 1, a, b);
        vec3r(t, I_PAND, 0, 0, 1);
        vec3r(t, I_PCMPGTD, 1, a, b);
        vec3r(t, I_POR, 0, 0, 1);
        vec2i(t, I_PSHUFD, 0, x64_r(0), 0xf5);
    }
    if (v->form->imm & 2) {
        vec_ones(t, 1);
        vec3r(t, I_PXOR, 0, 0, 1);
    }
    return 0;
}

// Products of halves; those of two upper ones are lost.
unsigned vec_mul64(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec_shift(t, I_PSRLQ_I, 0, a, 32);
    vec3r(t, I_PMULUDQ, 0, 0, b);
    vec_shift(t, I_PSRLQ_I, 1, b, 32);
    vec3r(t, I_PMULUDQ, 1, 1, a);
    vec3r(t, I_PADDQ, 0, 0, 1);
    vec_shift(t, I_PSLLQ_I, 0, 0, 32);
    vec3r(t, I_PMULUDQ, 1, a, b);
    vec3r(t, I_PADDQ, 0, 0, 1);
    return 0;
}

// Each half of a byte looks its number up.
unsigned vec_popcnt(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_shift(t, I_PSRLW_I, 1, a, 4);
    vec3m(t, I_PAND, 1, 1, MASK_NIBBLE);
    vec3m(t, I_PAND, 0, a, MASK_NIBBLE);
    vec_mask(t, 2, MASK_BITS);
    vec_mov(t, 4, 2);
    vec3r(t, I_PSHUFB, 2, 2, 0);
    vec3r(t, I_PSHUFB, 4, 4, 1);
    vec3r(t, I_PADDB, 2, 2, 4);
    return 2;
}

// Only −1 × −1 gives more than there is, as the least number.
unsigned vec_q15mulr(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec3(t, I_PMULHRSW, 0, a, vector_rm(t, v->b, 4));
    vec_mask(t, 1, MASK_SIGN16);
    vec3r(t, I_PCMPEQW, 1, 1, 0);
    vec3r(t, I_PXOR, 0, 0, 1);
    return 0;
}

// Signed products of bytes, sums of two with saturation.
unsigned vec_dot8(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec2(t, I_PMOVSXBW, 0, x64_r(a));
    vec2(t, I_PMOVSXBW, 1, x64_r(b));
    vec3r(t, I_PMADDWD, 0, 0, 1);
    vec2i(t, I_PSHUFD, 1, x64_r(a), 0xee);
    vec2(t, I_PMOVSXBW, 1, x64_r(1));
    vec2i(t, I_PSHUFD, 2, x64_r(b), 0xee);
    vec2(t, I_PMOVSXBW, 2, x64_r(2));
    vec3r(t, I_PMADDWD, 1, 1, 2);
    vec3r(t, I_PACKSSDW, 0, 0, 1);
    return 0;
}

unsigned vec_dot8_add(struct tr *t, const struct vec_ins *v)
{
    vec_dot8(t, v);
    vec3m(t, I_PMADDWD, 0, 0, MASK_ONE16);
    vec3(t, I_PADDD, 0, 0, vector_rm(t, v->c, 3));
    return 0;
}

// ---- shifts ----

static void byte_mask(struct tr *t, enum x64_insn i, unsigned xmm, unsigned byte)
{
    uint8_t bytes[16];
    for (unsigned k = 0; k < sizeof bytes; k++) bytes[k] = (uint8_t)byte;
    vec3(t, i, xmm, xmm, x64_m(NO_REG, 0));
    pool_at(t, bytes);
}

// Number: 0 left, 1 right unsigned, 2 right signed. There are no shifts of bytes: words are shifted, without the bits that
// come from the neighbour; or bytes as the upper half of words.
unsigned vec_shift8(struct tr *t, const struct vec_ins *v)
{
    enum { LEFT, RIGHT, RIGHT_SIGNED };
    const unsigned a = vector_reg(t, v->a, 3), how = v->form->imm, k = (unsigned)(v->k & 7);
    if (!v->constant) {
        ins(t, I_MOV_RM, false, RAX, int_rm(t, v->b));
        insi(t, I_AND_MI, false, 0, x64_r(RAX), 7);
    }
    if (how == RIGHT_SIGNED) {
        vec3r(t, I_PUNPCKHBW, 0, a, a);
        vec3r(t, I_PUNPCKLBW, 1, a, a);
        if (v->constant) {
            vec_shift(t, I_PSRAW_I, 0, 0, 8 + k);
            vec_shift(t, I_PSRAW_I, 1, 1, 8 + k);
        } else {
            insi(t, I_ADD_MI, false, 0, x64_r(RAX), 8);
            vec2(t, I_MOVD_XR, 2, x64_r(RAX));
            vec3r(t, I_PSRAW, 0, 0, 2);
            vec3r(t, I_PSRAW, 1, 1, 2);
        }
        vec3r(t, I_PACKSSWB, 1, 1, 0);
        return 1;
    }
    if (v->constant) {
        vec_shift(t, how == LEFT ? I_PSLLW_I : I_PSRLW_I, 0, a, k);
        byte_mask(t, I_PAND, 0, how == LEFT ? 0xffu << k : 0xffu >> k);
        return 0;
    }
    // xmm2: bytes of 0xff >> count
    vec2(t, I_MOVD_XR, 1, x64_r(RAX));
    insi(t, I_ADD_MI, false, 0, x64_r(RAX), 8);
    vec2(t, I_MOVD_XR, 0, x64_r(RAX));
    vec_ones(t, 2);
    vec3r(t, I_PSRLW, 2, 2, 0);
    vec3r(t, I_PACKUSWB, 2, 2, 2);
    if (how == LEFT) {
        vec3r(t, I_PAND, 0, a, 2);
        vec3r(t, I_PSLLW, 0, 0, 1);
    } else {
        vec3r(t, I_PSRLW, 0, a, 1);
        vec3r(t, I_PAND, 0, 0, 2);
    }
    return 0;
}

// Shifted without sign, and where the sign bit came to, all above it is filled: (x ^ m) − m.
unsigned vec_sra64(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_mask(t, 2, MASK_SIGN64);
    if (v->constant) {
        vec_shift(t, I_PSRLQ_I, 0, a, (unsigned)(v->k & 63));
        vec_shift(t, I_PSRLQ_I, 2, 2, (unsigned)(v->k & 63));
    } else {
        ins(t, I_MOV_RM, false, RAX, int_rm(t, v->b));
        insi(t, I_AND_MI, false, 0, x64_r(RAX), 63);
        vec2(t, I_MOVD_XR, 1, x64_r(RAX));
        vec3r(t, I_PSRLQ, 0, a, 1);
        vec3r(t, I_PSRLQ, 2, 2, 1);
    }
    vec3r(t, I_PXOR, 0, 0, 2);
    vec3r(t, I_PSUBQ, 0, 0, 2);
    return 0;
}

// ---- wider lanes ----

static void high(struct tr *t, unsigned to, unsigned from)
{
    vec2i(t, I_PSHUFD, to, x64_r(from), 0xee);
}

unsigned vec_extend_high(struct tr *t, const struct vec_ins *v)
{
    const unsigned to = vector_target(t, v->to);
    high(t, 0, vector_reg(t, v->a, 3));
    vec2(t, insn(v), to, x64_r(0));
    return to;
}

// Number: of the upper lanes.
unsigned vec_extmul16(struct tr *t, const struct vec_ins *v)
{
    unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    if (v->form->imm) {
        high(t, 0, a);
        high(t, 1, b);
        a = 0;
        b = 1;
    }
    vec2(t, insn(v), 0, x64_r(a));
    vec2(t, insn(v), 1, x64_r(b));
    vec3r(t, I_PMULLW, 0, 0, 1);
    return 0;
}

unsigned vec_extmul32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec3r(t, I_PMULLW, 0, a, b);
    vec3r(t, insn(v), 1, a, b);
    vec3r(t, other(v), 0, 0, 1);
    return 0;
}

// Number: which lanes come to the even places.
unsigned vec_extmul64(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec2i(t, I_PSHUFD, 0, x64_r(a), v->form->imm);
    vec2i(t, I_PSHUFD, 1, x64_r(b), v->form->imm);
    vec3r(t, insn(v), 0, 0, 1);
    return 0;
}

// pmaddubsw takes its first operand's bytes without sign.
unsigned vec_extadd8_s(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_mask(t, 0, MASK_ONE8);
    vec3r(t, I_PMADDUBSW, 0, 0, a);
    return 0;
}

unsigned vec_extadd8_u(struct tr *t, const struct vec_ins *v)
{
    vec3m(t, I_PMADDUBSW, 0, vector_reg(t, v->a, 3), MASK_ONE8);
    return 0;
}

unsigned vec_extadd16_s(struct tr *t, const struct vec_ins *v)
{
    vec3m(t, I_PMADDWD, 0, vector_reg(t, v->a, 3), MASK_ONE16);
    return 0;
}

// Each word less 32768, made good in the sum.
unsigned vec_extadd16_u(struct tr *t, const struct vec_ins *v)
{
    vec3m(t, I_PXOR, 0, vector_reg(t, v->a, 3), MASK_SIGN16);
    vec3m(t, I_PMADDWD, 0, 0, MASK_ONE16);
    vec3m(t, I_PADDD, 0, 0, MASK_HIGH1);
    return 0;
}
