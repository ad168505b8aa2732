// Instructions on lanes of floats that take more than one of the machine.
#include "jit/x64/vector.h"

static enum x64_insn insn(const struct vec_ins *v)
{
    return (enum x64_insn)v->form->insn;
}

static enum x64_insn other(const struct vec_ins *v)
{
    return (enum x64_insn)v->form->other;
}

// minps gives its second operand for two zeros and for NaN: both orders joined have the right sign; where a lane is not
// ordered the sum is a quiet NaN. Number: lanes of 64 bits.
unsigned vec_min_max(struct tr *t, const struct vec_ins *v)
{
    const bool dbl = v->form->imm;
    const unsigned a = vector_reg(t, v->a, 3), b = vector_reg(t, v->b, 4);
    vec3r(t, insn(v), 1, a, b);
    vec3r(t, insn(v), 2, b, a);
    vec3r(t, other(v), 1, 1, 2);
    vec3r(t, dbl ? I_ADDPD : I_ADDPS, 2, a, b);
    vec3i(t, dbl ? I_CMPPD : I_CMPPS, 0, a, x64_r(b), 3);
    ins(t, dbl ? I_BLENDVPD : I_BLENDVPS, false, 1, x64_r(2)); // where xmm0 says
    const unsigned to = vector_target(t, v->to);
    vec_mov(t, to, 1);
    return to;
}

// Rounded twice, as the deterministic profile wants it. Number: subtracted.
unsigned vec_madd(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec3(t, insn(v), 1, a, vector_rm(t, v->b, 4));
    const unsigned c = vector_reg(t, v->c, 4), to = vector_target(t, v->to);
    if (v->form->imm)
        vec3r(t, other(v), to, c, 1);
    else
        vec3r(t, other(v), to, 1, c);
    return to;
}

// Number: the mask.
unsigned vec_sign(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3), to = vector_target(t, v->to);
    vec3m(t, insn(v), to, a, (enum mask)v->form->imm);
    return to;
}

// ---- conversions ----

// The upper 16 bits, halved and doubled, and the lower ones, each exactly; rounded once by their sum.
unsigned vec_convert_u32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_zero(t, 1);
    vec3i(t, I_PBLENDW, 1, 1, x64_r(a), 0x55);
    vec3r(t, I_PSUBD, 0, a, 1);
    vec2(t, I_CVTDQ2PS, 1, x64_r(1));
    vec_shift(t, I_PSRLD_I, 0, 0, 1);
    vec2(t, I_CVTDQ2PS, 0, x64_r(0));
    vec3r(t, I_ADDPS, 0, 0, 0);
    vec3r(t, I_ADDPS, 0, 0, 1);
    return 0;
}

// As the lower half of 2^52 + n.
unsigned vec_convert_low_u32(struct tr *t, const struct vec_ins *v)
{
    vec3m(t, I_UNPCKLPS, 0, vector_reg(t, v->a, 3), MASK_EXP52);
    vec3m(t, I_SUBPD, 0, 0, MASK_TWO52);
    return 0;
}

// NaN to zero first; what is too large comes out as the least number, and is turned where the operand is positive.
unsigned vec_trunc_s32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec3i(t, I_CMPPS, 0, a, x64_r(a), 0); // ordered
    vec3r(t, I_ANDPS, 1, a, 0);
    vec3r(t, I_PXOR, 0, 0, 1);
    vec2(t, I_CVTTPS2DQ, 1, x64_r(1));
    vec3r(t, I_PAND, 0, 0, 1);
    vec_shift(t, I_PSRAD_I, 0, 0, 31);
    vec3r(t, I_PXOR, 0, 0, 1);
    return 0;
}

// NaN and what is negative to zero; from 2^31 on in two parts.
unsigned vec_trunc_u32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_zero(t, 1);
    vec3r(t, I_MAXPS, 0, a, 1);
    vec_mask(t, 2, MASK_TWO31F);
    vec3r(t, I_SUBPS, 1, 0, 2);           // what is above 2^31
    vec3i(t, I_CMPPS, 2, 2, x64_r(1), 2); // … even twice: 2^31 ≤ that
    vec2(t, I_CVTTPS2DQ, 1, x64_r(1));
    vec3r(t, I_PXOR, 1, 1, 2);
    vec_zero(t, 2);
    vec3r(t, I_PMAXSD, 1, 1, 2);
    vec2(t, I_CVTTPS2DQ, 0, x64_r(0));
    vec3r(t, I_PADDD, 0, 0, 1);
    return 0;
}

// minpd takes its second operand where the first is NaN: zero there.
unsigned vec_trunc_f64_s32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec3i(t, I_CMPPD, 0, a, x64_r(a), 0); // ordered
    vec3m(t, I_ANDPS, 0, 0, MASK_MOST_S32);
    vec3r(t, I_MINPD, 1, a, 0);
    vec2(t, I_CVTTPD2DQ, 0, x64_r(1));
    return 0;
}

unsigned vec_trunc_f64_u32(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    vec_zero(t, 1);
    vec3r(t, I_MAXPD, 0, a, 1);
    vec3m(t, I_MINPD, 0, 0, MASK_MOST_U32);
    vec2i(t, I_ROUNDPD, 0, x64_r(0), 11);
    vec3m(t, I_ADDPD, 0, 0, MASK_TWO52); // now the lower half
    vec3i(t, I_SHUFPS, 0, 0, x64_r(1), 0x88);
    return 0;
}
