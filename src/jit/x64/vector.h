// Emitting on vectors: each of these is one VEX instruction, or its form of SSE4.1 with the moves that this needs.
//
// Instructions compute in xmm0, xmm1 and xmm2; operands that are not in registers come into xmm3 and xmm4.
#ifndef JIT_X64_VECTOR_H
#define JIT_X64_VECTOR_H

#include "jit/translate.h"

void vec2(struct tr *t, enum x64_insn i, unsigned to, struct x64_rm from);
void vec2i(struct tr *t, enum x64_insn i, unsigned to, struct x64_rm from, int32_t imm);
void vec3(struct tr *t, enum x64_insn i, unsigned to, unsigned a, struct x64_rm b);
void vec3r(struct tr *t, enum x64_insn i, unsigned to, unsigned a, unsigned b);
void vec3i(struct tr *t, enum x64_insn i, unsigned to, unsigned a, struct x64_rm b, int32_t imm);
void vec3m(struct tr *t, enum x64_insn i, unsigned to, unsigned a, enum mask mask);
void vec_mov(struct tr *t, unsigned to, unsigned from);
void vec_mask(struct tr *t, unsigned to, enum mask mask);
void vec_zero(struct tr *t, unsigned to);
void vec_ones(struct tr *t, unsigned to);
// All lanes like the lowest one of xmm0, by the instruction that AVX2 has for it.
void vec_splat(struct tr *t, enum x64_insn broadcast, unsigned to);
void vec_shift(struct tr *t, enum x64_insn i, unsigned to, unsigned from, unsigned count);

// An instruction of the register code, taken apart.
struct vec_ins {
    const struct vec_form *form;
    uint32_t to, a, b, c; // slots
    uint64_t k;           // word 3
    bool constant;        // b is k
};

// Computes; returns the register of the result, or NO_REG if it is done with.
typedef unsigned vec_fn(struct tr *t, const struct vec_ins *v);

enum vec_kind {
    VEC_NONE,
    VEC_BIN,      // insn(a, b)
    VEC_TURNED,   // insn(b, a)
    VEC_NOT,      // not insn(a, b)
    VEC_NOT_TURN, // not insn(b, a)
    VEC_SAME,     // a = insn(a, b)
    VEC_NOT_SAME, // not (a = insn(a, b))
    VEC_UN,       // insn(a)
    VEC_SHIFT,    // by a register (insn) or a constant (other)
    VEC_CUSTOM,
};

struct vec_form {
    uint8_t kind;
    uint16_t insn, other; // of VEC_SAME: the comparison
    uint8_t imm;          // immediate; bits of a shifted lane; what a sequence makes of it
    vec_fn *fn;
};

// A register to compute into that is none of the operands.
unsigned vec_free(struct tr *t, const struct vec_ins *v, unsigned a, unsigned b);

// Sequences (simd_int.c, simd_lane.c, simd_float.c).
vec_fn vec_andnot_select, vec_any_true, vec_all_true, vec_bitmask, vec_not, vec_neg, vec_abs64, vec_shift8, vec_sra64,
    vec_gt64, vec_mul64, vec_popcnt, vec_q15mulr, vec_extend_high, vec_extmul16, vec_extmul32, vec_extmul64,
    vec_extadd8_s, vec_extadd8_u, vec_extadd16_s, vec_extadd16_u, vec_dot8, vec_dot8_add;
vec_fn vec_splat8, vec_splat16, vec_splat32, vec_splat64, vec_splat_f32, vec_splat_f64, vec_extract, vec_extract_f32,
    vec_extract_f64, vec_replace, vec_replace_f32, vec_replace_f64, vec_shuffle, vec_swizzle;
vec_fn vec_min_max, vec_madd, vec_sign, vec_convert_u32, vec_convert_low_u32, vec_trunc_s32, vec_trunc_u32,
    vec_trunc_f64_s32, vec_trunc_f64_u32;

#endif
