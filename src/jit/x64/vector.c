// Vector instructions in the form that the machine takes, and slots as their operands.
#include "jit/x64/vector.h"

void vec2i(struct tr *t, enum x64_insn i, unsigned to, struct x64_rm from, int32_t imm)
{
    if (t->native->avx)
        x64_vex(&t->out, i, false, to, NO_REG, from, imm);
    else
        insi(t, i, false, to, from, imm);
}

void vec2(struct tr *t, enum x64_insn i, unsigned to, struct x64_rm from)
{
    vec2i(t, i, to, from, 0);
}

void vec_mov(struct tr *t, unsigned to, unsigned from)
{
    if (to != from) vec2(t, I_MOVAPS, to, x64_r(from));
}

// xmm2 is taken for an operand that is in the way of the result.
void vec3i(struct tr *t, enum x64_insn i, unsigned to, unsigned a, struct x64_rm b, int32_t imm)
{
    if (t->native->avx) {
        x64_vex(&t->out, i, false, to, a, b, imm);
        return;
    }
    if (b.is_reg && b.base == to && to != a) {
        if (x64_infos[i].flags & X64_COMM) {
            b = x64_r(a);
        } else {
            vec_mov(t, 2, to);
            b = x64_r(2);
            vec_mov(t, to, a);
        }
    } else {
        vec_mov(t, to, a);
    }
    insi(t, i, false, to, b, imm);
}

void vec3(struct tr *t, enum x64_insn i, unsigned to, unsigned a, struct x64_rm b)
{
    vec3i(t, i, to, a, b, 0);
}

void vec3r(struct tr *t, enum x64_insn i, unsigned to, unsigned a, unsigned b)
{
    vec3i(t, i, to, a, x64_r(b), 0);
}

void vec3m(struct tr *t, enum x64_insn i, unsigned to, unsigned a, enum mask mask)
{
    vec3(t, i, to, a, x64_m(NO_REG, 0));
    mask_at(t, mask);
}

void vec_mask(struct tr *t, unsigned to, enum mask mask)
{
    vec2(t, I_MOVAPS, to, x64_m(NO_REG, 0));
    mask_at(t, mask);
}

void vec_zero(struct tr *t, unsigned to)
{
    vec3r(t, I_PXOR, to, to, to);
}

void vec_ones(struct tr *t, unsigned to)
{
    vec3r(t, I_PCMPEQD, to, to, to);
}

void vec_shift(struct tr *t, enum x64_insn i, unsigned to, unsigned from, unsigned count)
{
    if (t->native->avx) {
        x64_vex(&t->out, i, false, 0, to, x64_r(from), (int32_t)count);
        return;
    }
    vec_mov(t, to, from);
    insi(t, i, false, 0, x64_r(to), (int32_t)count);
}

// ---- slots ----

void vector_load(struct tr *t, unsigned xmm, struct x64_rm from)
{
    vec2(t, I_MOVUPS_XM, xmm, from);
}

void vector_store(struct tr *t, unsigned xmm, struct x64_rm to)
{
    vec2(t, I_MOVUPS_MX, xmm, to);
}

unsigned vector_reg(struct tr *t, uint32_t slot, unsigned scratch)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_VECTOR);
    if (c) {
        need(t, slot_mask(t, slot, CLASS_VECTOR));
        return c->reg;
    }
    vector_load(t, scratch, slot_rm(slot));
    return scratch;
}

// Only the VEX forms take operands that are not aligned.
struct x64_rm vector_rm(struct tr *t, uint32_t slot, unsigned scratch)
{
    if (t->native->avx && !candidate_of(t, slot, CLASS_VECTOR)) return slot_rm(slot);
    return x64_r(vector_reg(t, slot, scratch));
}

unsigned vector_target(struct tr *t, uint32_t slot)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_VECTOR);
    return c ? c->reg : 0;
}

void vector_done(struct tr *t, uint32_t slot, unsigned xmm)
{
    const struct candidate *c = candidate_of(t, slot, CLASS_VECTOR);
    if (!c) {
        vector_store(t, xmm, slot_rm(slot));
        slot_ends(t, slot, 2);
        return;
    }
    vec_mov(t, c->reg, xmm);
    slot_written(t, c);
}
