// Vector instructions as functions of values (specification: "Numerics", "Vector Operations"), named vec_ and the
// instruction's name in lower case. Relaxed ones give the results of the deterministic profile. Loops over lanes are
// written so that compilers turn them into vector code.
#ifndef INTERP_VEC_H
#define INTERP_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "interp/num.h"

typedef int8_t vec_i8 __attribute__((vector_size(16), may_alias));
typedef uint8_t vec_u8 __attribute__((vector_size(16), may_alias));
typedef int16_t vec_i16 __attribute__((vector_size(16), may_alias));
typedef uint16_t vec_u16 __attribute__((vector_size(16), may_alias));
typedef int32_t vec_i32 __attribute__((vector_size(16), may_alias));
typedef uint32_t vec_u32 __attribute__((vector_size(16), may_alias));
typedef int64_t vec_i64 __attribute__((vector_size(16), may_alias));
typedef uint64_t vec_u64 __attribute__((vector_size(16), may_alias));
typedef float vec_f32 __attribute__((vector_size(16), may_alias));
typedef double vec_f64 __attribute__((vector_size(16), may_alias));
typedef vec_u64 v128;

// Slots are 8-aligned only.
static inline v128 v128_load(const void *p)
{
    v128 v;
    memcpy(&v, p, 16);
    return v;
}
static inline void v128_store(void *p, v128 v)
{
    memcpy(p, &v, 16);
}

static inline v128 vec_v128_not(v128 a)
{
    return ~a;
}
static inline v128 vec_v128_and(v128 a, v128 b)
{
    return a & b;
}
static inline v128 vec_v128_andnot(v128 a, v128 b)
{
    return a & ~b;
}
static inline v128 vec_v128_or(v128 a, v128 b)
{
    return a | b;
}
static inline v128 vec_v128_xor(v128 a, v128 b)
{
    return a ^ b;
}
static inline v128 vec_v128_bitselect(v128 a, v128 b, v128 c)
{
    return (a & c) | (b & ~c);
}
static inline uint32_t vec_v128_any_true(v128 a)
{
    return (a[0] | a[1]) != 0;
}

// Each lane of the result is `expr` of x and y, the lanes of the operands, as values of E.
#define VEC_UN(name, T, E, expr)                             \
    static inline v128 vec_##name(v128 a)                    \
    {                                                        \
        const T va = (T)a;                                   \
        T r = va;                                            \
        for (size_t i = 0; i < sizeof(T) / sizeof(E); i++) { \
            const E x = va[i];                               \
            r[i] = (E)(expr);                                \
        }                                                    \
        return (v128)r;                                      \
    }
#define VEC_BIN(name, T, E, expr)                            \
    static inline v128 vec_##name(v128 a, v128 b)            \
    {                                                        \
        const T va = (T)a, vb = (T)b;                        \
        T r = va;                                            \
        for (size_t i = 0; i < sizeof(T) / sizeof(E); i++) { \
            const E x = va[i], y = vb[i];                    \
            r[i] = (E)(expr);                                \
        }                                                    \
        return (v128)r;                                      \
    }
// From lanes of another shape: x, y are lanes base + i of the operands, as values of F.
#define VEC_FROM(name, T, E, FT, F, index, expr)             \
    static inline v128 vec_##name(v128 a)                    \
    {                                                        \
        const FT va = (FT)a;                                 \
        T r = { 0 };                                         \
        for (size_t i = 0; i < sizeof(T) / sizeof(E); i++) { \
            const F x = va[index];                           \
            r[i] = (E)(expr);                                \
        }                                                    \
        return (v128)r;                                      \
    }
#define VEC_FROM2(name, T, E, FT, F, index, expr)            \
    static inline v128 vec_##name(v128 a, v128 b)            \
    {                                                        \
        const FT va = (FT)a, vb = (FT)b;                     \
        T r = { 0 };                                         \
        for (size_t i = 0; i < sizeof(T) / sizeof(E); i++) { \
            const F x = va[index], y = vb[index];            \
            r[i] = (E)(expr);                                \
        }                                                    \
        return (v128)r;                                      \
    }
// The operation of the vector type as a whole.
#define VEC_WHOLE(name, T, expr)                  \
    static inline v128 vec_##name(v128 a, v128 b) \
    {                                             \
        const T x = (T)a, y = (T)b;               \
        return (v128)(expr);                      \
    }
#define VEC_SHIFT(name, T, bits, op)                  \
    static inline v128 vec_##name(v128 a, uint32_t n) \
    {                                                 \
        return (v128)((T)a op(n & ((bits) - 1)));     \
    }

// -- integers --

static inline int32_t vec_sat_s(unsigned bits, int32_t x)
{
    const int32_t most = (1 << (bits - 1)) - 1;
    return x > most ? most : x < -most - 1 ? -most - 1 : x;
}
static inline int32_t vec_sat_u(unsigned bits, int32_t x)
{
    const int32_t most = (1 << bits) - 1;
    return x > most ? most : x < 0 ? 0 : x;
}
VEC_WHOLE(i8x16_eq, vec_u8, x == y)
VEC_WHOLE(i8x16_ne, vec_u8, x != y)
VEC_WHOLE(i8x16_lt_s, vec_i8, x < y)
VEC_WHOLE(i8x16_lt_u, vec_u8, x < y)
VEC_WHOLE(i8x16_gt_s, vec_i8, x > y)
VEC_WHOLE(i8x16_gt_u, vec_u8, x > y)
VEC_WHOLE(i8x16_le_s, vec_i8, x <= y)
VEC_WHOLE(i8x16_le_u, vec_u8, x <= y)
VEC_WHOLE(i8x16_ge_s, vec_i8, x >= y)
VEC_WHOLE(i8x16_ge_u, vec_u8, x >= y)
VEC_WHOLE(i8x16_add, vec_u8, x + y)
VEC_WHOLE(i8x16_sub, vec_u8, x - y)
VEC_SHIFT(i8x16_shl, vec_u8, 8, <<)
VEC_SHIFT(i8x16_shr_s, vec_i8, 8, >>)
VEC_SHIFT(i8x16_shr_u, vec_u8, 8, >>)
VEC_UN(i8x16_neg, vec_u8, uint8_t, 0u - x)
VEC_UN(i8x16_abs, vec_u8, uint8_t, x >> 7 ? 0u - x : x)
VEC_BIN(i8x16_min_s, vec_i8, int8_t, x < y ? x : y)
VEC_BIN(i8x16_min_u, vec_u8, uint8_t, x < y ? x : y)
VEC_BIN(i8x16_max_s, vec_i8, int8_t, x > y ? x : y)
VEC_BIN(i8x16_max_u, vec_u8, uint8_t, x > y ? x : y)
VEC_BIN(i8x16_avgr_u, vec_u8, uint8_t, ((uint32_t)x + y + 1) / 2)
VEC_BIN(i8x16_add_sat_s, vec_i8, int8_t, vec_sat_s(8, x + y))
VEC_BIN(i8x16_add_sat_u, vec_u8, uint8_t, vec_sat_u(8, x + y))
VEC_BIN(i8x16_sub_sat_s, vec_i8, int8_t, vec_sat_s(8, x - y))
VEC_BIN(i8x16_sub_sat_u, vec_u8, uint8_t, vec_sat_u(8, x - y))
static inline uint32_t vec_i8x16_all_true(v128 a)
{
    const v128 zeros = (v128)((vec_u8)a == 0);
    return (zeros[0] | zeros[1]) == 0;
}
static inline uint32_t vec_i8x16_bitmask(v128 a)
{
    const vec_u8 va = (vec_u8)a;
    uint32_t r = 0;
    for (unsigned i = 0; i < 16; i++) r |= (uint32_t)(va[i] >> 7) << i;
    return r;
}
VEC_WHOLE(i16x8_eq, vec_u16, x == y)
VEC_WHOLE(i16x8_ne, vec_u16, x != y)
VEC_WHOLE(i16x8_lt_s, vec_i16, x < y)
VEC_WHOLE(i16x8_lt_u, vec_u16, x < y)
VEC_WHOLE(i16x8_gt_s, vec_i16, x > y)
VEC_WHOLE(i16x8_gt_u, vec_u16, x > y)
VEC_WHOLE(i16x8_le_s, vec_i16, x <= y)
VEC_WHOLE(i16x8_le_u, vec_u16, x <= y)
VEC_WHOLE(i16x8_ge_s, vec_i16, x >= y)
VEC_WHOLE(i16x8_ge_u, vec_u16, x >= y)
VEC_WHOLE(i16x8_add, vec_u16, x + y)
VEC_WHOLE(i16x8_sub, vec_u16, x - y)
VEC_WHOLE(i16x8_mul, vec_u16, x *y)
VEC_SHIFT(i16x8_shl, vec_u16, 16, <<)
VEC_SHIFT(i16x8_shr_s, vec_i16, 16, >>)
VEC_SHIFT(i16x8_shr_u, vec_u16, 16, >>)
VEC_UN(i16x8_neg, vec_u16, uint16_t, 0u - x)
VEC_UN(i16x8_abs, vec_u16, uint16_t, x >> 15 ? 0u - x : x)
VEC_BIN(i16x8_min_s, vec_i16, int16_t, x < y ? x : y)
VEC_BIN(i16x8_min_u, vec_u16, uint16_t, x < y ? x : y)
VEC_BIN(i16x8_max_s, vec_i16, int16_t, x > y ? x : y)
VEC_BIN(i16x8_max_u, vec_u16, uint16_t, x > y ? x : y)
VEC_BIN(i16x8_avgr_u, vec_u16, uint16_t, ((uint32_t)x + y + 1) / 2)
VEC_BIN(i16x8_add_sat_s, vec_i16, int16_t, vec_sat_s(16, x + y))
VEC_BIN(i16x8_add_sat_u, vec_u16, uint16_t, vec_sat_u(16, x + y))
VEC_BIN(i16x8_sub_sat_s, vec_i16, int16_t, vec_sat_s(16, x - y))
VEC_BIN(i16x8_sub_sat_u, vec_u16, uint16_t, vec_sat_u(16, x - y))
static inline uint32_t vec_i16x8_all_true(v128 a)
{
    const v128 zeros = (v128)((vec_u16)a == 0);
    return (zeros[0] | zeros[1]) == 0;
}
static inline uint32_t vec_i16x8_bitmask(v128 a)
{
    const vec_u16 va = (vec_u16)a;
    uint32_t r = 0;
    for (unsigned i = 0; i < 8; i++) r |= (uint32_t)(va[i] >> 15) << i;
    return r;
}
VEC_WHOLE(i32x4_eq, vec_u32, x == y)
VEC_WHOLE(i32x4_ne, vec_u32, x != y)
VEC_WHOLE(i32x4_lt_s, vec_i32, x < y)
VEC_WHOLE(i32x4_lt_u, vec_u32, x < y)
VEC_WHOLE(i32x4_gt_s, vec_i32, x > y)
VEC_WHOLE(i32x4_gt_u, vec_u32, x > y)
VEC_WHOLE(i32x4_le_s, vec_i32, x <= y)
VEC_WHOLE(i32x4_le_u, vec_u32, x <= y)
VEC_WHOLE(i32x4_ge_s, vec_i32, x >= y)
VEC_WHOLE(i32x4_ge_u, vec_u32, x >= y)
VEC_WHOLE(i32x4_add, vec_u32, x + y)
VEC_WHOLE(i32x4_sub, vec_u32, x - y)
VEC_WHOLE(i32x4_mul, vec_u32, x *y)
VEC_SHIFT(i32x4_shl, vec_u32, 32, <<)
VEC_SHIFT(i32x4_shr_s, vec_i32, 32, >>)
VEC_SHIFT(i32x4_shr_u, vec_u32, 32, >>)
VEC_UN(i32x4_neg, vec_u32, uint32_t, 0u - x)
VEC_UN(i32x4_abs, vec_u32, uint32_t, x >> 31 ? 0u - x : x)
VEC_BIN(i32x4_min_s, vec_i32, int32_t, x < y ? x : y)
VEC_BIN(i32x4_min_u, vec_u32, uint32_t, x < y ? x : y)
VEC_BIN(i32x4_max_s, vec_i32, int32_t, x > y ? x : y)
VEC_BIN(i32x4_max_u, vec_u32, uint32_t, x > y ? x : y)
static inline uint32_t vec_i32x4_all_true(v128 a)
{
    const v128 zeros = (v128)((vec_u32)a == 0);
    return (zeros[0] | zeros[1]) == 0;
}
static inline uint32_t vec_i32x4_bitmask(v128 a)
{
    const vec_u32 va = (vec_u32)a;
    uint32_t r = 0;
    for (unsigned i = 0; i < 4; i++) r |= (uint32_t)(va[i] >> 31) << i;
    return r;
}
VEC_WHOLE(i64x2_eq, vec_u64, x == y)
VEC_WHOLE(i64x2_ne, vec_u64, x != y)
VEC_WHOLE(i64x2_lt_s, vec_i64, x < y)
VEC_WHOLE(i64x2_gt_s, vec_i64, x > y)
VEC_WHOLE(i64x2_le_s, vec_i64, x <= y)
VEC_WHOLE(i64x2_ge_s, vec_i64, x >= y)
VEC_WHOLE(i64x2_add, vec_u64, x + y)
VEC_WHOLE(i64x2_sub, vec_u64, x - y)
VEC_WHOLE(i64x2_mul, vec_u64, x *y)
VEC_SHIFT(i64x2_shl, vec_u64, 64, <<)
VEC_SHIFT(i64x2_shr_s, vec_i64, 64, >>)
VEC_SHIFT(i64x2_shr_u, vec_u64, 64, >>)
VEC_UN(i64x2_neg, vec_u64, uint64_t, 0u - x)
VEC_UN(i64x2_abs, vec_u64, uint64_t, x >> 63 ? 0u - x : x)
static inline uint32_t vec_i64x2_all_true(v128 a)
{
    const v128 zeros = (v128)((vec_u64)a == 0);
    return (zeros[0] | zeros[1]) == 0;
}
static inline uint32_t vec_i64x2_bitmask(v128 a)
{
    const vec_u64 va = (vec_u64)a;
    uint32_t r = 0;
    for (unsigned i = 0; i < 2; i++) r |= (uint32_t)(va[i] >> 63) << i;
    return r;
}
VEC_UN(i8x16_popcnt, vec_u8, uint8_t, i32_popcnt(x))
VEC_BIN(i16x8_q15mulr_sat_s, vec_i16, int16_t, vec_sat_s(16, (x * y + 0x4000) >> 15))

static inline v128 vec_i8x16_narrow_i16x8_s(v128 a, v128 b)
{
    const vec_i16 va = (vec_i16)a, vb = (vec_i16)b;
    vec_i8 r = { 0 };
    for (unsigned i = 0; i < 8; i++) {
        r[i] = (int8_t)vec_sat_s(8, va[i]);
        r[i + 8] = (int8_t)vec_sat_s(8, vb[i]);
    }
    return (v128)r;
}
static inline v128 vec_i8x16_narrow_i16x8_u(v128 a, v128 b)
{
    const vec_i16 va = (vec_i16)a, vb = (vec_i16)b;
    vec_u8 r = { 0 };
    for (unsigned i = 0; i < 8; i++) {
        r[i] = (uint8_t)vec_sat_u(8, va[i]);
        r[i + 8] = (uint8_t)vec_sat_u(8, vb[i]);
    }
    return (v128)r;
}
static inline v128 vec_i16x8_narrow_i32x4_s(v128 a, v128 b)
{
    const vec_i32 va = (vec_i32)a, vb = (vec_i32)b;
    vec_i16 r = { 0 };
    for (unsigned i = 0; i < 4; i++) {
        r[i] = (int16_t)vec_sat_s(16, va[i]);
        r[i + 4] = (int16_t)vec_sat_s(16, vb[i]);
    }
    return (v128)r;
}
static inline v128 vec_i16x8_narrow_i32x4_u(v128 a, v128 b)
{
    const vec_i32 va = (vec_i32)a, vb = (vec_i32)b;
    vec_u16 r = { 0 };
    for (unsigned i = 0; i < 4; i++) {
        r[i] = (uint16_t)vec_sat_u(16, va[i]);
        r[i + 4] = (uint16_t)vec_sat_u(16, vb[i]);
    }
    return (v128)r;
}
VEC_FROM(i16x8_extend_low_i8x16_s, vec_i16, int16_t, vec_i8, int8_t, i, x)
VEC_FROM2(i16x8_extmul_low_i8x16_s, vec_i16, int16_t, vec_i8, int8_t, i, (int32_t)x *y)
VEC_FROM(i16x8_extend_high_i8x16_s, vec_i16, int16_t, vec_i8, int8_t, i + 8, x)
VEC_FROM2(i16x8_extmul_high_i8x16_s, vec_i16, int16_t, vec_i8, int8_t, i + 8, (int32_t)x *y)
VEC_FROM(i16x8_extend_low_i8x16_u, vec_u16, uint16_t, vec_u8, uint8_t, i, x)
VEC_FROM2(i16x8_extmul_low_i8x16_u, vec_u16, uint16_t, vec_u8, uint8_t, i, (int32_t)x *y)
VEC_FROM(i16x8_extend_high_i8x16_u, vec_u16, uint16_t, vec_u8, uint8_t, i + 8, x)
VEC_FROM2(i16x8_extmul_high_i8x16_u, vec_u16, uint16_t, vec_u8, uint8_t, i + 8, (int32_t)x *y)
VEC_FROM(i32x4_extend_low_i16x8_s, vec_i32, int32_t, vec_i16, int16_t, i, x)
VEC_FROM2(i32x4_extmul_low_i16x8_s, vec_i32, int32_t, vec_i16, int16_t, i, (int32_t)x *y)
VEC_FROM(i32x4_extend_high_i16x8_s, vec_i32, int32_t, vec_i16, int16_t, i + 4, x)
VEC_FROM2(i32x4_extmul_high_i16x8_s, vec_i32, int32_t, vec_i16, int16_t, i + 4, (int32_t)x *y)
VEC_FROM(i32x4_extend_low_i16x8_u, vec_u32, uint32_t, vec_u16, uint16_t, i, x)
VEC_FROM2(i32x4_extmul_low_i16x8_u, vec_u32, uint32_t, vec_u16, uint16_t, i, (uint32_t)x *y)
VEC_FROM(i32x4_extend_high_i16x8_u, vec_u32, uint32_t, vec_u16, uint16_t, i + 4, x)
VEC_FROM2(i32x4_extmul_high_i16x8_u, vec_u32, uint32_t, vec_u16, uint16_t, i + 4, (uint32_t)x *y)
VEC_FROM(i64x2_extend_low_i32x4_s, vec_i64, int64_t, vec_i32, int32_t, i, x)
VEC_FROM2(i64x2_extmul_low_i32x4_s, vec_i64, int64_t, vec_i32, int32_t, i, (int64_t)x *y)
VEC_FROM(i64x2_extend_high_i32x4_s, vec_i64, int64_t, vec_i32, int32_t, i + 2, x)
VEC_FROM2(i64x2_extmul_high_i32x4_s, vec_i64, int64_t, vec_i32, int32_t, i + 2, (int64_t)x *y)
VEC_FROM(i64x2_extend_low_i32x4_u, vec_u64, uint64_t, vec_u32, uint32_t, i, x)
VEC_FROM2(i64x2_extmul_low_i32x4_u, vec_u64, uint64_t, vec_u32, uint32_t, i, (uint64_t)x *y)
VEC_FROM(i64x2_extend_high_i32x4_u, vec_u64, uint64_t, vec_u32, uint32_t, i + 2, x)
VEC_FROM2(i64x2_extmul_high_i32x4_u, vec_u64, uint64_t, vec_u32, uint32_t, i + 2, (uint64_t)x *y)
VEC_FROM(i16x8_extadd_pairwise_i8x16_s, vec_i16, int16_t, vec_i8, int8_t, 2 * i, x + va[2 * i + 1])
VEC_FROM(i16x8_extadd_pairwise_i8x16_u, vec_u16, uint16_t, vec_u8, uint8_t, 2 * i, x + va[2 * i + 1])
VEC_FROM(i32x4_extadd_pairwise_i16x8_s, vec_i32, int32_t, vec_i16, int16_t, 2 * i, x + va[2 * i + 1])
VEC_FROM(i32x4_extadd_pairwise_i16x8_u, vec_u32, uint32_t, vec_u16, uint16_t, 2 * i, x + va[2 * i + 1])
VEC_FROM2(i32x4_dot_i16x8_s, vec_u32, uint32_t, vec_i16, int16_t, 2 * i,
          (uint32_t)(x *y) + (uint32_t)(va[2 * i + 1] * vb[2 * i + 1]))

// -- lanes --

static inline v128 vec_i8x16_shuffle(v128 a, v128 b, const uint8_t lanes[16])
{
    uint8_t from[32], to[16];
    v128_store(from, a);
    v128_store(from + 16, b);
    for (unsigned i = 0; i < 16; i++) to[i] = from[lanes[i] & 31];
    return v128_load(to);
}
static inline v128 vec_i8x16_swizzle(v128 a, v128 b)
{
    uint8_t from[16], to[16];
    v128_store(from, a);
    const vec_u8 at = (vec_u8)b;
    for (unsigned i = 0; i < 16; i++) to[i] = at[i] < 16 ? from[at[i]] : 0;
    return v128_load(to);
}
static inline v128 vec_i8x16_splat(uint32_t x)
{
    return (v128)((vec_u8){ 0 } + (uint8_t)x);
}
static inline v128 vec_i16x8_splat(uint32_t x)
{
    return (v128)((vec_u16){ 0 } + (uint16_t)x);
}
static inline v128 vec_i32x4_splat(uint32_t x)
{
    return (v128)((vec_u32){ 0 } + x);
}
static inline v128 vec_i64x2_splat(uint64_t x)
{
    return (v128){ x, x };
}
static inline v128 vec_f32x4_splat(float x)
{
    return vec_i32x4_splat(f32_bits(x));
}
static inline v128 vec_f64x2_splat(double x)
{
    return vec_i64x2_splat(f64_bits(x));
}
static inline uint32_t vec_i8x16_extract_lane_s(v128 a, unsigned lane)
{
    return (uint32_t)((vec_i8)a)[lane & 15];
}
static inline uint32_t vec_i8x16_extract_lane_u(v128 a, unsigned lane)
{
    return ((vec_u8)a)[lane & 15];
}
static inline uint32_t vec_i16x8_extract_lane_s(v128 a, unsigned lane)
{
    return (uint32_t)((vec_i16)a)[lane & 7];
}
static inline uint32_t vec_i16x8_extract_lane_u(v128 a, unsigned lane)
{
    return ((vec_u16)a)[lane & 7];
}
static inline uint32_t vec_i32x4_extract_lane(v128 a, unsigned lane)
{
    return ((vec_u32)a)[lane & 3];
}
static inline uint64_t vec_i64x2_extract_lane(v128 a, unsigned lane)
{
    return a[lane & 1];
}
static inline float vec_f32x4_extract_lane(v128 a, unsigned lane)
{
    return ((vec_f32)a)[lane & 3];
}
static inline double vec_f64x2_extract_lane(v128 a, unsigned lane)
{
    return ((vec_f64)a)[lane & 1];
}
#define VEC_REPLACE(name, T, E, mask, from)                      \
    static inline v128 vec_##name(v128 a, unsigned lane, from x) \
    {                                                            \
        T r = (T)a;                                              \
        r[lane & (mask)] = (E)x;                                 \
        return (v128)r;                                          \
    }
VEC_REPLACE(i8x16_replace_lane, vec_u8, uint8_t, 15, uint32_t)
VEC_REPLACE(i16x8_replace_lane, vec_u16, uint16_t, 7, uint32_t)
VEC_REPLACE(i32x4_replace_lane, vec_u32, uint32_t, 3, uint32_t)
VEC_REPLACE(i64x2_replace_lane, vec_u64, uint64_t, 1, uint64_t)
VEC_REPLACE(f32x4_replace_lane, vec_f32, float, 3, float)
VEC_REPLACE(f64x2_replace_lane, vec_f64, double, 1, double)

// -- loads: from bytes that are in bounds --

#define VEC_LOAD(name, T, E, F)                                               \
    static inline v128 vec_##name(const uint8_t *p)                           \
    {                                                                         \
        F from[sizeof(T) / sizeof(E)];                                        \
        T r = { 0 };                                                          \
        memcpy(from, p, sizeof from);                                         \
        for (size_t i = 0; i < sizeof(T) / sizeof(E); i++) r[i] = (E)from[i]; \
        return (v128)r;                                                       \
    }
VEC_LOAD(v128_load8x8_s, vec_i16, int16_t, int8_t)
VEC_LOAD(v128_load8x8_u, vec_u16, uint16_t, uint8_t)
VEC_LOAD(v128_load16x4_s, vec_i32, int32_t, int16_t)
VEC_LOAD(v128_load16x4_u, vec_u32, uint32_t, uint16_t)
VEC_LOAD(v128_load32x2_s, vec_i64, int64_t, int32_t)
VEC_LOAD(v128_load32x2_u, vec_u64, uint64_t, uint32_t)
#define VEC_LOAD_ONE(name, E, expr)                 \
    static inline v128 vec_##name(const uint8_t *p) \
    {                                               \
        E x;                                        \
        memcpy(&x, p, sizeof x);                    \
        return expr;                                \
    }
VEC_LOAD_ONE(v128_load8_splat, uint8_t, vec_i8x16_splat(x))
VEC_LOAD_ONE(v128_load16_splat, uint16_t, vec_i16x8_splat(x))
VEC_LOAD_ONE(v128_load32_splat, uint32_t, vec_i32x4_splat(x))
VEC_LOAD_ONE(v128_load64_splat, uint64_t, vec_i64x2_splat(x))
VEC_LOAD_ONE(v128_load32_zero, uint32_t, ((v128){ x, 0 }))
VEC_LOAD_ONE(v128_load64_zero, uint64_t, ((v128){ x, 0 }))

// -- floats --

// NaNs become the canonical one: for the deterministic profile.
static inline v128 vec_canon_f32x4(v128 a)
{
    const vec_i32 nan = (vec_f32)a != (vec_f32)a;
    return (v128)(((vec_i32)a & ~nan) | (((vec_i32){ 0 } + 0x7fc00000) & nan));
}
static inline v128 vec_canon_f64x2(v128 a)
{
    const vec_i64 nan = (vec_f64)a != (vec_f64)a;
    return (v128)(((vec_i64)a & ~nan) | (((vec_i64){ 0 } + 0x7ff8000000000000) & nan));
}

VEC_WHOLE(f32x4_eq, vec_f32, x == y)
VEC_WHOLE(f32x4_ne, vec_f32, x != y)
VEC_WHOLE(f32x4_lt, vec_f32, x < y)
VEC_WHOLE(f32x4_gt, vec_f32, x > y)
VEC_WHOLE(f32x4_le, vec_f32, x <= y)
VEC_WHOLE(f32x4_ge, vec_f32, x >= y)
VEC_WHOLE(f32x4_add, vec_f32, x + y)
VEC_WHOLE(f32x4_sub, vec_f32, x - y)
VEC_WHOLE(f32x4_mul, vec_f32, x *y)
VEC_WHOLE(f32x4_div, vec_f32, x / y)
static inline v128 vec_f32x4_neg(v128 a)
{
    return (v128)((vec_u32)a ^ 0x80000000u);
}
static inline v128 vec_f32x4_abs(v128 a)
{
    return (v128)((vec_u32)a & ~((vec_u32){ 0 } + 0x80000000u));
}
VEC_UN(f32x4_sqrt, vec_f32, float, f32_sqrt(x))
VEC_UN(f32x4_ceil, vec_f32, float, f32_ceil(x))
VEC_UN(f32x4_floor, vec_f32, float, f32_floor(x))
VEC_UN(f32x4_trunc, vec_f32, float, f32_trunc(x))
VEC_UN(f32x4_nearest, vec_f32, float, f32_nearest(x))
VEC_BIN(f32x4_min, vec_f32, float, f32_min(x, y))
VEC_BIN(f32x4_max, vec_f32, float, f32_max(x, y))
VEC_BIN(f32x4_pmin, vec_f32, float, y < x ? y : x)
VEC_BIN(f32x4_pmax, vec_f32, float, x < y ? y : x)
VEC_WHOLE(f64x2_eq, vec_f64, x == y)
VEC_WHOLE(f64x2_ne, vec_f64, x != y)
VEC_WHOLE(f64x2_lt, vec_f64, x < y)
VEC_WHOLE(f64x2_gt, vec_f64, x > y)
VEC_WHOLE(f64x2_le, vec_f64, x <= y)
VEC_WHOLE(f64x2_ge, vec_f64, x >= y)
VEC_WHOLE(f64x2_add, vec_f64, x + y)
VEC_WHOLE(f64x2_sub, vec_f64, x - y)
VEC_WHOLE(f64x2_mul, vec_f64, x *y)
VEC_WHOLE(f64x2_div, vec_f64, x / y)
static inline v128 vec_f64x2_neg(v128 a)
{
    return (v128)((vec_u64)a ^ 0x8000000000000000u);
}
static inline v128 vec_f64x2_abs(v128 a)
{
    return (v128)((vec_u64)a & ~((vec_u64){ 0 } + 0x8000000000000000u));
}
VEC_UN(f64x2_sqrt, vec_f64, double, f64_sqrt(x))
VEC_UN(f64x2_ceil, vec_f64, double, f64_ceil(x))
VEC_UN(f64x2_floor, vec_f64, double, f64_floor(x))
VEC_UN(f64x2_trunc, vec_f64, double, f64_trunc(x))
VEC_UN(f64x2_nearest, vec_f64, double, f64_nearest(x))
VEC_BIN(f64x2_min, vec_f64, double, f64_min(x, y))
VEC_BIN(f64x2_max, vec_f64, double, f64_max(x, y))
VEC_BIN(f64x2_pmin, vec_f64, double, y < x ? y : x)
VEC_BIN(f64x2_pmax, vec_f64, double, x < y ? y : x)

// -- conversions --

VEC_FROM(i32x4_trunc_sat_f32x4_s, vec_i32, int32_t, vec_f32, float, i, sat_i32((double)x))
VEC_FROM(i32x4_trunc_sat_f32x4_u, vec_u32, uint32_t, vec_f32, float, i, sat_u32((double)x))
VEC_FROM(f32x4_convert_i32x4_s, vec_f32, float, vec_i32, int32_t, i, x)
VEC_FROM(f32x4_convert_i32x4_u, vec_f32, float, vec_u32, uint32_t, i, x)
VEC_FROM(i32x4_trunc_sat_f64x2_s_zero, vec_i32, int32_t, vec_f64, double, i & 1, i < 2 ? sat_i32((double)x) : 0)
VEC_FROM(i32x4_trunc_sat_f64x2_u_zero, vec_u32, uint32_t, vec_f64, double, i & 1, i < 2 ? sat_u32((double)x) : 0)
VEC_FROM(f64x2_convert_low_i32x4_s, vec_f64, double, vec_i32, int32_t, i, x)
VEC_FROM(f64x2_convert_low_i32x4_u, vec_f64, double, vec_u32, uint32_t, i, x)
VEC_FROM(f32x4_demote_f64x2_zero, vec_f32, float, vec_f64, double, i & 1, i < 2 ? (float)x : 0.0f)
VEC_FROM(f64x2_promote_low_f32x4, vec_f64, double, vec_f32, float, i, x)

// -- relaxed: "Relaxed Operations", the first alternative of each --

#define vec_i8x16_relaxed_swizzle vec_i8x16_swizzle
#define vec_i32x4_relaxed_trunc_f32x4_s vec_i32x4_trunc_sat_f32x4_s
#define vec_i32x4_relaxed_trunc_f32x4_u vec_i32x4_trunc_sat_f32x4_u
#define vec_i32x4_relaxed_trunc_f64x2_s_zero vec_i32x4_trunc_sat_f64x2_s_zero
#define vec_i32x4_relaxed_trunc_f64x2_u_zero vec_i32x4_trunc_sat_f64x2_u_zero
#define vec_i8x16_relaxed_laneselect vec_v128_bitselect
#define vec_i16x8_relaxed_laneselect vec_v128_bitselect
#define vec_i32x4_relaxed_laneselect vec_v128_bitselect
#define vec_i64x2_relaxed_laneselect vec_v128_bitselect
#define vec_f32x4_relaxed_min vec_f32x4_min
#define vec_f32x4_relaxed_max vec_f32x4_max
#define vec_f64x2_relaxed_min vec_f64x2_min
#define vec_f64x2_relaxed_max vec_f64x2_max
#define vec_i16x8_relaxed_q15mulr_s vec_i16x8_q15mulr_sat_s
// Unfused: each step rounds.
static inline v128 vec_f32x4_relaxed_madd(v128 a, v128 b, v128 c)
{
    return vec_f32x4_add(vec_f32x4_mul(a, b), c);
}
static inline v128 vec_f32x4_relaxed_nmadd(v128 a, v128 b, v128 c)
{
    return vec_f32x4_relaxed_madd(vec_f32x4_neg(a), b, c);
}
static inline v128 vec_f64x2_relaxed_madd(v128 a, v128 b, v128 c)
{
    return vec_f64x2_add(vec_f64x2_mul(a, b), c);
}
static inline v128 vec_f64x2_relaxed_nmadd(v128 a, v128 b, v128 c)
{
    return vec_f64x2_relaxed_madd(vec_f64x2_neg(a), b, c);
}
VEC_FROM2(i16x8_relaxed_dot_i8x16_i7x16_s, vec_i16, int16_t, vec_i8, int8_t, 2 * i,
          vec_sat_s(16, x *y + va[2 * i + 1] * vb[2 * i + 1]))
static inline v128 vec_i32x4_relaxed_dot_i8x16_i7x16_add_s(v128 a, v128 b, v128 c)
{
    return vec_i32x4_add(vec_i32x4_extadd_pairwise_i16x8_s(vec_i16x8_relaxed_dot_i8x16_i7x16_s(a, b)), c);
}

#undef VEC_UN
#undef VEC_BIN
#undef VEC_FROM
#undef VEC_FROM2
#undef VEC_WHOLE
#undef VEC_SHIFT
#undef VEC_REPLACE
#undef VEC_LOAD
#undef VEC_LOAD_ONE

#endif
