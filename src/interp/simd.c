// Vectors: one function an instruction. Operands are two slots each: b, c, d; the result goes to a. Word 3 holds a lane, or
// the address of a shuffle's lanes. Relaxed instructions give the results of the deterministic profile.
#include "interp/simd.h"

#include <string.h>

#include "interp/num.h"

typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef int64_t i64x2 __attribute__((vector_size(16)));
typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));

#define GET(T, name, operand) \
    T name;                   \
    memcpy(&name, &fp[operand(pc)], 16)
#define PUT(r) memcpy(&fp[ins_a(pc)], &(r), 16)
#define F(name) static void name(union slot *fp, const uint64_t *pc)

// Whole vectors.
#define V1(name, T, E)              \
    F(name)                         \
    {                               \
        GET(T, a, ins_b);           \
        const u8x16 r = (u8x16)(E); \
        PUT(r);                     \
    }
#define V2(name, T, E)              \
    F(name)                         \
    {                               \
        GET(T, a, ins_b);           \
        GET(T, b, ins_c);           \
        const u8x16 r = (u8x16)(E); \
        PUT(r);                     \
    }
#define V3(name, T, E)              \
    F(name)                         \
    {                               \
        GET(T, a, ins_b);           \
        GET(T, b, ins_c);           \
        GET(T, c, ins_d);           \
        const u8x16 r = (u8x16)(E); \
        PUT(r);                     \
    }
// Lane by lane: x, y, z of the operands make one lane of the result, of type R.
#define L1(name, T, R, N, E)                     \
    F(name)                                      \
    {                                            \
        GET(T, a, ins_b);                        \
        R r;                                     \
        for (int i = 0; i < N; i++) {            \
            const __typeof__(a[0] + 0) x = a[i]; \
            r[i] = (__typeof__(r[0] + 0))(E);    \
        }                                        \
        PUT(r);                                  \
    }
#define L2(name, T, R, N, E)                               \
    F(name)                                                \
    {                                                      \
        GET(T, a, ins_b);                                  \
        GET(T, b, ins_c);                                  \
        R r;                                               \
        for (int i = 0; i < N; i++) {                      \
            const __typeof__(a[0] + 0) x = a[i], y = b[i]; \
            r[i] = (__typeof__(r[0] + 0))(E);              \
        }                                                  \
        PUT(r);                                            \
    }
#define SCALAR(name, T, E)                 \
    F(name)                                \
    {                                      \
        GET(T, a, ins_b);                  \
        fp[ins_a(pc)].u64 = (uint32_t)(E); \
    }
#define LANE ((unsigned)pc[3])

#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wmisleading-indentation"

// A vector and a shift count.
#define SHIFT(name, T, BITS, OP)                                                                    \
    F(name)                                                                                         \
    {                                                                                               \
        GET(T, a, ins_b);                                                                           \
        const uint32_t n = fp[ins_c(pc)].u32 & (BITS - 1);                                          \
        T r;                                                                                        \
        for (int i = 0; i < (int)(16 / sizeof a[0]); i++) r[i] = (__typeof__(r[0] + 0))(a[i] OP n); \
        PUT(r);                                                                                     \
    }
// clang-format off: it does not see instructions in these rows
#define INTEGER(P, T, U, N, BITS)                                     \
    V2(P##_EQ, T, a == b)                                             \
    V2(P##_NE, T, a != b)                                             \
    V2(P##_LT_S, T, a < b)                                            \
    V2(P##_GT_S, T, a > b)                                            \
    V2(P##_LE_S, T, a <= b)                                           \
    V2(P##_GE_S, T, a >= b)                                           \
    V2(P##_ADD, U, a + b)                                             \
    V2(P##_SUB, U, a - b)                                             \
    V1(P##_NEG, U, -a)                                                \
    L1(P##_ABS, T, U, N, x < 0 ? 0u - (uint64_t)x : (uint64_t)x)      \
    SHIFT(P##_SHL, U, BITS, <<)                                       \
    SHIFT(P##_SHR_S, T, BITS, >>)                                     \
    SHIFT(P##_SHR_U, U, BITS, >>)                                     \
    F(P##_ALL_TRUE)                                                   \
    {                                                                 \
        GET(T, a, ins_b);                                             \
        uint32_t all = 1;                                             \
        for (int i = 0; i < N; i++) all &= a[i] != 0;                 \
        fp[ins_a(pc)].u64 = all;                                      \
    }                                                                 \
    F(P##_BITMASK)                                                    \
    {                                                                 \
        GET(T, a, ins_b);                                             \
        uint32_t m = 0;                                               \
        for (int i = 0; i < N; i++) m |= (uint32_t)(a[i] < 0) << i;   \
        fp[ins_a(pc)].u64 = m;                                        \
    }
#define UNSIGNED_ORDER(P, U)   \
    V2(P##_LT_U, U, a < b)     \
    V2(P##_GT_U, U, a > b)     \
    V2(P##_LE_U, U, a <= b)    \
    V2(P##_GE_U, U, a >= b)
#define MIN_MAX(P, T, U, N)                  \
    L2(P##_MIN_S, T, T, N, x < y ? x : y)    \
    L2(P##_MAX_S, T, T, N, x > y ? x : y)    \
    L2(P##_MIN_U, U, U, N, x < y ? x : y)    \
    L2(P##_MAX_U, U, U, N, x > y ? x : y)
#define CLAMP(v, low, high) ((v) < (low) ? (low) : (v) > (high) ? (high) : (v))
#define SATURATING(P, T, U, N, MIN, MAX, UMAX)             \
    L2(P##_ADD_SAT_S, T, T, N, CLAMP(x + y, MIN, MAX))     \
    L2(P##_SUB_SAT_S, T, T, N, CLAMP(x - y, MIN, MAX))     \
    L2(P##_ADD_SAT_U, U, U, N, CLAMP(x + y, 0, UMAX))      \
    L2(P##_SUB_SAT_U, U, U, N, CLAMP(x - y, 0, UMAX))      \
    L2(P##_AVGR_U, U, U, N, (x + y + 1) / 2)
// clang-format on

INTEGER(I8X16, i8x16, u8x16, 16, 8)
INTEGER(I16X8, i16x8, u16x8, 8, 16)
INTEGER(I32X4, i32x4, u32x4, 4, 32)
INTEGER(I64X2, i64x2, u64x2, 2, 64)
UNSIGNED_ORDER(I8X16, u8x16)
UNSIGNED_ORDER(I16X8, u16x8)
UNSIGNED_ORDER(I32X4, u32x4)
MIN_MAX(I8X16, i8x16, u8x16, 16)
MIN_MAX(I16X8, i16x8, u16x8, 8)
MIN_MAX(I32X4, i32x4, u32x4, 4)
SATURATING(I8X16, i8x16, u8x16, 16, -128, 127, 255)
SATURATING(I16X8, i16x8, u16x8, 8, -32768, 32767, 65535)
V2(I16X8_MUL, u16x8, a *b)
V2(I32X4_MUL, u32x4, a *b)
V2(I64X2_MUL, u64x2, a *b)
L1(I8X16_POPCNT, u8x16, u8x16, 16, i32_popcnt((uint32_t)x))
L2(I16X8_Q15MULR_SAT_S, i16x8, i16x8, 8, CLAMP((x * y + 0x4000) >> 15, -32768, 32767))

V1(V128_NOT, u64x2, ~a)
V2(V128_AND, u64x2, a &b)
V2(V128_ANDNOT, u64x2, a & ~b)
V2(V128_OR, u64x2, a | b)
V2(V128_XOR, u64x2, a ^ b)
V3(V128_BITSELECT, u64x2, (a & c) | (b & ~c))
SCALAR(V128_ANY_TRUE, u64x2, (a[0] | a[1]) != 0)

// Lanes.
F(I8X16_SHUFFLE)
{
    uint8_t in[32], out[16];
    const uint8_t *lanes = (const uint8_t *)(uintptr_t)pc[3];
    memcpy(in, &fp[ins_b(pc)], 16);
    memcpy(in + 16, &fp[ins_c(pc)], 16);
    for (int i = 0; i < 16; i++) out[i] = in[lanes[i] & 31];
    memcpy(&fp[ins_a(pc)], out, 16);
}
F(I8X16_SWIZZLE)
{
    GET(u8x16, a, ins_b);
    GET(u8x16, b, ins_c);
    u8x16 r;
    for (int i = 0; i < 16; i++) r[i] = b[i] < 16 ? a[b[i] & 15] : 0;
    PUT(r);
}
#define SPLAT(P, T, N, field)                                                         \
    F(P##_SPLAT)                                                                      \
    {                                                                                 \
        T r;                                                                          \
        for (int i = 0; i < N; i++) r[i] = (__typeof__(r[0] + 0))fp[ins_b(pc)].field; \
        PUT(r);                                                                       \
    }
SPLAT(I8X16, u8x16, 16, u32)
SPLAT(I16X8, u16x8, 8, u32)
SPLAT(I32X4, u32x4, 4, u32)
SPLAT(I64X2, u64x2, 2, u64)
SPLAT(F32X4, f32x4, 4, f32)
SPLAT(F64X2, f64x2, 2, f64)
SCALAR(I8X16_EXTRACT_LANE_S, i8x16, (int32_t)a[LANE])
SCALAR(I8X16_EXTRACT_LANE_U, u8x16, a[LANE])
SCALAR(I16X8_EXTRACT_LANE_S, i16x8, (int32_t)a[LANE])
SCALAR(I16X8_EXTRACT_LANE_U, u16x8, a[LANE])
SCALAR(I32X4_EXTRACT_LANE, u32x4, a[LANE])
F(I64X2_EXTRACT_LANE)
{
    GET(u64x2, a, ins_b);
    fp[ins_a(pc)].u64 = a[LANE];
}
#define REPLACE(P, T, field)                                 \
    F(P##_REPLACE_LANE)                                      \
    {                                                        \
        GET(T, a, ins_b);                                    \
        a[LANE] = (__typeof__(a[0] + 0))fp[ins_c(pc)].field; \
        PUT(a);                                              \
    }
REPLACE(I8X16, u8x16, u32)
REPLACE(I16X8, u16x8, u32)
REPLACE(I32X4, u32x4, u32)
REPLACE(I64X2, u64x2, u64)

// Narrower and wider.
#define NARROW(name, T, R, N, LOW, HIGH)       \
    F(name)                                    \
    {                                          \
        GET(T, a, ins_b);                      \
        GET(T, b, ins_c);                      \
        R r;                                   \
        for (int i = 0; i < N; i++) {          \
            r[i] = CLAMP(a[i], LOW, HIGH);     \
            r[i + N] = CLAMP(b[i], LOW, HIGH); \
        }                                      \
        PUT(r);                                \
    }
NARROW(I8X16_NARROW_I16X8_S, i16x8, i8x16, 8, -128, 127)
NARROW(I8X16_NARROW_I16X8_U, i16x8, u8x16, 8, 0, 255)
NARROW(I16X8_NARROW_I32X4_S, i32x4, i16x8, 4, -32768, 32767)
NARROW(I16X8_NARROW_I32X4_U, i32x4, u16x8, 4, 0, 65535)
#define EXTEND(name, T, R, N, FROM)                     \
    F(name)                                             \
    {                                                   \
        GET(T, a, ins_b);                               \
        R r;                                            \
        for (int i = 0; i < N; i++) r[i] = a[i + FROM]; \
        PUT(r);                                         \
    }
#define EXTMUL(name, T, R, N, FROM)                                                                               \
    F(name)                                                                                                       \
    {                                                                                                             \
        GET(T, a, ins_b);                                                                                         \
        GET(T, b, ins_c);                                                                                         \
        R r;                                                                                                      \
        for (int i = 0; i < N; i++) r[i] = (__typeof__(r[0] + 0))a[i + FROM] * (__typeof__(r[0] + 0))b[i + FROM]; \
        PUT(r);                                                                                                   \
    }
#define EXTADD(name, T, R, N)                                                                                   \
    F(name)                                                                                                     \
    {                                                                                                           \
        GET(T, a, ins_b);                                                                                       \
        R r;                                                                                                    \
        for (int i = 0; i < N; i++) r[i] = (__typeof__(r[0] + 0))a[2 * i] + (__typeof__(r[0] + 0))a[2 * i + 1]; \
        PUT(r);                                                                                                 \
    }
// clang-format off: it does not see instructions in these rows
#define WIDEN(W, P, TS, TU, RS, RU, N)            \
    EXTEND(W##_EXTEND_LOW_##P##_S, TS, RS, N, 0)  \
    EXTEND(W##_EXTEND_HIGH_##P##_S, TS, RS, N, N) \
    EXTEND(W##_EXTEND_LOW_##P##_U, TU, RU, N, 0)  \
    EXTEND(W##_EXTEND_HIGH_##P##_U, TU, RU, N, N) \
    EXTMUL(W##_EXTMUL_LOW_##P##_S, TS, RS, N, 0)  \
    EXTMUL(W##_EXTMUL_HIGH_##P##_S, TS, RS, N, N) \
    EXTMUL(W##_EXTMUL_LOW_##P##_U, TU, RU, N, 0)  \
    EXTMUL(W##_EXTMUL_HIGH_##P##_U, TU, RU, N, N)
// clang-format on
WIDEN(I16X8, I8X16, i8x16, u8x16, i16x8, u16x8, 8)
WIDEN(I32X4, I16X8, i16x8, u16x8, i32x4, u32x4, 4)
WIDEN(I64X2, I32X4, i32x4, u32x4, i64x2, u64x2, 2)
EXTADD(I16X8_EXTADD_PAIRWISE_I8X16_S, i8x16, i16x8, 8)
EXTADD(I16X8_EXTADD_PAIRWISE_I8X16_U, u8x16, u16x8, 8)
EXTADD(I32X4_EXTADD_PAIRWISE_I16X8_S, i16x8, i32x4, 4)
EXTADD(I32X4_EXTADD_PAIRWISE_I16X8_U, u16x8, u32x4, 4)
F(I32X4_DOT_I16X8_S)
{
    GET(i16x8, a, ins_b);
    GET(i16x8, b, ins_c);
    u32x4 r;
    for (int i = 0; i < 4; i++) r[i] = (uint32_t)(a[2 * i] * b[2 * i]) + (uint32_t)(a[2 * i + 1] * b[2 * i + 1]);
    PUT(r);
}

// Floats.
// clang-format off: it does not see instructions in these rows
#define FLOATING(P, T, U, N, p)              \
    V2(P##_EQ, T, a == b)                    \
    V2(P##_NE, T, a != b)                    \
    V2(P##_LT, T, a < b)                     \
    V2(P##_GT, T, a > b)                     \
    V2(P##_LE, T, a <= b)                    \
    V2(P##_GE, T, a >= b)                    \
    V2(P##_ADD, T, a + b)                    \
    V2(P##_SUB, T, a - b)                    \
    V2(P##_MUL, T, a * b)                    \
    V2(P##_DIV, T, a / b)                    \
    L1(P##_ABS, T, T, N, p##_abs(x))         \
    L1(P##_NEG, T, T, N, p##_neg(x))         \
    L1(P##_SQRT, T, T, N, p##_sqrt(x))       \
    L1(P##_CEIL, T, T, N, p##_ceil(x))       \
    L1(P##_FLOOR, T, T, N, p##_floor(x))     \
    L1(P##_TRUNC, T, T, N, p##_trunc(x))     \
    L1(P##_NEAREST, T, T, N, p##_nearest(x)) \
    L2(P##_MIN, T, T, N, p##_min(x, y))      \
    L2(P##_MAX, T, T, N, p##_max(x, y))      \
    L2(P##_PMIN, T, T, N, y < x ? y : x)     \
    L2(P##_PMAX, T, T, N, x < y ? y : x)     \
    V3(P##_RELAXED_MADD, T, a * b + c)       \
    V3(P##_RELAXED_NMADD, T, -(a * b) + c)
// clang-format on
FLOATING(F32X4, f32x4, u32x4, 4, f32)
FLOATING(F64X2, f64x2, u64x2, 2, f64)
F(F32X4_EXTRACT_LANE)
{
    GET(f32x4, a, ins_b);
    fp[ins_a(pc)].f32 = a[LANE];
}
F(F64X2_EXTRACT_LANE)
{
    GET(f64x2, a, ins_b);
    fp[ins_a(pc)].f64 = a[LANE];
}
REPLACE(F32X4, f32x4, f32)
REPLACE(F64X2, f64x2, f64)
L1(I32X4_TRUNC_SAT_F32X4_S, f32x4, i32x4, 4, sat_i32((double)x))
L1(I32X4_TRUNC_SAT_F32X4_U, f32x4, u32x4, 4, sat_u32((double)x))
L1(F32X4_CONVERT_I32X4_S, i32x4, f32x4, 4, x)
L1(F32X4_CONVERT_I32X4_U, u32x4, f32x4, 4, x)
F(I32X4_TRUNC_SAT_F64X2_S_ZERO)
{
    GET(f64x2, a, ins_b);
    const i32x4 r = { sat_i32(a[0]), sat_i32(a[1]) };
    PUT(r);
}
F(I32X4_TRUNC_SAT_F64X2_U_ZERO)
{
    GET(f64x2, a, ins_b);
    const u32x4 r = { sat_u32(a[0]), sat_u32(a[1]) };
    PUT(r);
}
F(F64X2_CONVERT_LOW_I32X4_S)
{
    GET(i32x4, a, ins_b);
    const f64x2 r = { a[0], a[1] };
    PUT(r);
}
F(F64X2_CONVERT_LOW_I32X4_U)
{
    GET(u32x4, a, ins_b);
    const f64x2 r = { a[0], a[1] };
    PUT(r);
}
F(F32X4_DEMOTE_F64X2_ZERO)
{
    GET(f64x2, a, ins_b);
    const f32x4 r = { (float)a[0], (float)a[1] };
    PUT(r);
}
F(F64X2_PROMOTE_LOW_F32X4)
{
    GET(f32x4, a, ins_b);
    const f64x2 r = { (double)a[0], (double)a[1] };
    PUT(r);
}

// The relaxed products of 8 and 7 bits.
static i16x8 dot_i8x16(i8x16 a, i8x16 b)
{
    i16x8 r;
    for (int i = 0; i < 8; i++) {
        const int sum = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
        r[i] = (int16_t)CLAMP(sum, -32768, 32767);
    }
    return r;
}
F(I16X8_RELAXED_DOT_I8X16_I7X16_S)
{
    GET(i8x16, a, ins_b);
    GET(i8x16, b, ins_c);
    const i16x8 r = dot_i8x16(a, b);
    PUT(r);
}
F(I32X4_RELAXED_DOT_I8X16_I7X16_ADD_S)
{
    GET(i8x16, a, ins_b);
    GET(i8x16, b, ins_c);
    GET(u32x4, c, ins_d);
    const i16x8 dot = dot_i8x16(a, b);
    for (int i = 0; i < 4; i++) c[i] += (uint32_t)(dot[2 * i] + dot[2 * i + 1]);
    PUT(c);
}

// What the deterministic profile makes of the other relaxed instructions.
#define SAME(name, as) [OP_##name] = as,
#define I(name) [OP_##name] = name,
#define ORDER_S(P) I(P##_EQ) I(P##_NE) I(P##_LT_S) I(P##_GT_S) I(P##_LE_S) I(P##_GE_S)
#define ORDER_U(P) I(P##_LT_U) I(P##_GT_U) I(P##_LE_U) I(P##_GE_U)
// clang-format off
#define BASICS(P)                                                                                          \
    I(P##_ADD)                                                                                             \
    I(P##_SUB)                                                                                             \
    I(P##_NEG) I(P##_ABS) I(P##_SHL) I(P##_SHR_S) I(P##_SHR_U) I(P##_ALL_TRUE) I(P##_BITMASK) I(P##_SPLAT) \
        I(P##_REPLACE_LANE)
#define EXTREMES(P) I(P##_MIN_S) I(P##_MAX_S) I(P##_MIN_U) I(P##_MAX_U)
#define SATURATES(P) I(P##_ADD_SAT_S) I(P##_SUB_SAT_S) I(P##_ADD_SAT_U) I(P##_SUB_SAT_U) I(P##_AVGR_U)
#define WIDENS(W, P)                                                                                          \
    I(W##_EXTEND_LOW_##P##_S)                                                                                 \
    I(W##_EXTEND_HIGH_##P##_S)                                                                                \
    I(W##_EXTEND_LOW_##P##_U) I(W##_EXTEND_HIGH_##P##_U) I(W##_EXTMUL_LOW_##P##_S) I(W##_EXTMUL_HIGH_##P##_S) \
        I(W##_EXTMUL_LOW_##P##_U) I(W##_EXTMUL_HIGH_##P##_U)
#define FLOATS(P)                                                                                                      \
    I(P##_EQ)                                                                                                          \
    I(P##_NE)                                                                                                          \
    I(P##_LT) I(P##_GT) I(P##_LE) I(P##_GE) I(P##_ADD) I(P##_SUB) I(P##_MUL) I(P##_DIV) I(P##_ABS) I(P##_NEG)          \
        I(P##_SQRT) I(P##_CEIL) I(P##_FLOOR) I(P##_TRUNC) I(P##_NEAREST) I(P##_MIN) I(P##_MAX) I(P##_PMIN) I(P##_PMAX) \
            I(P##_RELAXED_MADD) I(P##_RELAXED_NMADD) I(P##_SPLAT) I(P##_EXTRACT_LANE) I(P##_REPLACE_LANE)              \
                SAME(P##_RELAXED_MIN, P##_MIN) SAME(P##_RELAXED_MAX, P##_MAX)

pure_fn *const simd_functions[OP_COUNT] = {
    ORDER_S(I8X16) ORDER_S(I16X8) ORDER_S(I32X4) ORDER_S(I64X2) ORDER_U(I8X16) ORDER_U(I16X8) ORDER_U(I32X4) BASICS(
        I8X16) BASICS(I16X8) BASICS(I32X4) BASICS(I64X2) EXTREMES(I8X16) EXTREMES(I16X8) EXTREMES(I32X4)
        SATURATES(I8X16) SATURATES(I16X8) I(I16X8_MUL) I(I32X4_MUL) I(I64X2_MUL) I(I8X16_POPCNT) I(I16X8_Q15MULR_SAT_S)
            I(V128_NOT) I(V128_AND) I(V128_ANDNOT) I(V128_OR) I(V128_XOR) I(V128_BITSELECT) I(V128_ANY_TRUE) I(
                I8X16_SHUFFLE) I(I8X16_SWIZZLE) I(I8X16_EXTRACT_LANE_S) I(I8X16_EXTRACT_LANE_U) I(I16X8_EXTRACT_LANE_S)
                I(I16X8_EXTRACT_LANE_U) I(I32X4_EXTRACT_LANE) I(I64X2_EXTRACT_LANE) I(I8X16_NARROW_I16X8_S) I(
                    I8X16_NARROW_I16X8_U) I(I16X8_NARROW_I32X4_S) I(I16X8_NARROW_I32X4_U) WIDENS(I16X8, I8X16)
                    WIDENS(I32X4, I16X8) WIDENS(I64X2, I32X4) I(I16X8_EXTADD_PAIRWISE_I8X16_S) I(
                        I16X8_EXTADD_PAIRWISE_I8X16_U) I(I32X4_EXTADD_PAIRWISE_I16X8_S) I(I32X4_EXTADD_PAIRWISE_I16X8_U)
                        I(I32X4_DOT_I16X8_S) FLOATS(F32X4) FLOATS(F64X2) I(I32X4_TRUNC_SAT_F32X4_S)
                            I(I32X4_TRUNC_SAT_F32X4_U) I(F32X4_CONVERT_I32X4_S)
                                I(F32X4_CONVERT_I32X4_U) I(I32X4_TRUNC_SAT_F64X2_S_ZERO) I(I32X4_TRUNC_SAT_F64X2_U_ZERO)
                                    I(F64X2_CONVERT_LOW_I32X4_S) I(F64X2_CONVERT_LOW_I32X4_U) I(F32X4_DEMOTE_F64X2_ZERO)
                                        I(F64X2_PROMOTE_LOW_F32X4) SAME(I8X16_RELAXED_SWIZZLE, I8X16_SWIZZLE)
                                            SAME(I32X4_RELAXED_TRUNC_F32X4_S, I32X4_TRUNC_SAT_F32X4_S)
                                                SAME(I32X4_RELAXED_TRUNC_F32X4_U, I32X4_TRUNC_SAT_F32X4_U) SAME(
                                                    I32X4_RELAXED_TRUNC_F64X2_S_ZERO, I32X4_TRUNC_SAT_F64X2_S_ZERO)
                                                    SAME(I32X4_RELAXED_TRUNC_F64X2_U_ZERO, I32X4_TRUNC_SAT_F64X2_U_ZERO)
                                                        SAME(I8X16_RELAXED_LANESELECT, V128_BITSELECT)
                                                            SAME(I16X8_RELAXED_LANESELECT, V128_BITSELECT)
                                                                SAME(I32X4_RELAXED_LANESELECT, V128_BITSELECT)
                                                                    SAME(I64X2_RELAXED_LANESELECT, V128_BITSELECT) SAME(
                                                                        I16X8_RELAXED_Q15MULR_S, I16X8_Q15MULR_SAT_S)
                                                                        I(I16X8_RELAXED_DOT_I8X16_I7X16_S)
                                                                            I(I32X4_RELAXED_DOT_I8X16_I7X16_ADD_S)
};

// ---- canonical NaNs, in place at a ----

static void canon_f32x4(union slot *fp, const uint64_t *pc)
{
    uint32_t lanes[4];
    memcpy(lanes, &fp[ins_a(pc)], 16);
    for (int i = 0; i < 4; i++) {
        if ((lanes[i] & 0x7fffffffu) > 0x7f800000u) lanes[i] = CANON_F32_BITS;
    }
    memcpy(&fp[ins_a(pc)], lanes, 16);
}

static void canon_f64x2(union slot *fp, const uint64_t *pc)
{
    for (unsigned i = 0; i < 2; i++) {
        union slot *const lane = &fp[ins_a(pc) + i];
        if ((lane->u64 & INT64_MAX) > 0x7ff0000000000000u) lane->u64 = CANON_F64_BITS;
    }
}

#define ARITHMETIC(P, fn)                                                                                             \
    SAME(P##_ADD, fn)                                                                                                 \
    SAME(P##_SUB, fn)                                                                                                 \
    SAME(P##_MUL, fn) SAME(P##_DIV, fn) SAME(P##_SQRT, fn) SAME(P##_CEIL, fn) SAME(P##_FLOOR, fn) SAME(P##_TRUNC, fn) \
        SAME(P##_NEAREST, fn) SAME(P##_MIN, fn) SAME(P##_MAX, fn) SAME(P##_RELAXED_MADD, fn)                          \
            SAME(P##_RELAXED_NMADD, fn) SAME(P##_RELAXED_MIN, fn) SAME(P##_RELAXED_MAX, fn)
pure_fn *const simd_canonical[OP_COUNT] = { ARITHMETIC(F32X4, canon_f32x4) ARITHMETIC(F64X2, canon_f64x2) SAME(
    F32X4_DEMOTE_F64X2_ZERO, canon_f32x4) SAME(F64X2_PROMOTE_LOW_F32X4, canon_f64x2) };

// ---- accesses that split, spread or merge lanes, at x->ea: a the result, b the vector, word 3 the lane ----

#define EXT(name) static int name(struct exec *x, const uint64_t *pc, union slot *fp)
#define DONE return exec_next(x, pc + EXT_WORDS, fp)
#define LOAD_EXTEND(name, T, R, N)                  \
    EXT(name)                                       \
    {                                               \
        T from[N];                                  \
        R r;                                        \
        memcpy(from, x->ea, 8);                     \
        for (int i = 0; i < N; i++) r[i] = from[i]; \
        PUT(r);                                     \
        DONE;                                       \
    }
LOAD_EXTEND(V128_LOAD8X8_S, int8_t, i16x8, 8)
LOAD_EXTEND(V128_LOAD8X8_U, uint8_t, u16x8, 8)
LOAD_EXTEND(V128_LOAD16X4_S, int16_t, i32x4, 4)
LOAD_EXTEND(V128_LOAD16X4_U, uint16_t, u32x4, 4)
LOAD_EXTEND(V128_LOAD32X2_S, int32_t, i64x2, 2)
LOAD_EXTEND(V128_LOAD32X2_U, uint32_t, u64x2, 2)
#define LOAD_SPLAT(name, T, R, N)                \
    EXT(name)                                    \
    {                                            \
        T from;                                  \
        R r;                                     \
        memcpy(&from, x->ea, sizeof from);       \
        for (int i = 0; i < N; i++) r[i] = from; \
        PUT(r);                                  \
        DONE;                                    \
    }
LOAD_SPLAT(V128_LOAD8_SPLAT, uint8_t, u8x16, 16)
LOAD_SPLAT(V128_LOAD16_SPLAT, uint16_t, u16x8, 8)
LOAD_SPLAT(V128_LOAD32_SPLAT, uint32_t, u32x4, 4)
LOAD_SPLAT(V128_LOAD64_SPLAT, uint64_t, u64x2, 2)
#define LOAD_ZERO(name, BYTES)    \
    EXT(name)                     \
    {                             \
        uint64_t r[2] = { 0, 0 }; \
        memcpy(r, x->ea, BYTES);  \
        PUT(r);                   \
        DONE;                     \
    }
LOAD_ZERO(V128_LOAD32_ZERO, 4)
LOAD_ZERO(V128_LOAD64_ZERO, 8)
#define LOAD_LANE(name, BYTES)                  \
    EXT(name)                                   \
    {                                           \
        uint8_t r[16];                          \
        memcpy(r, &fp[ins_b(pc)], 16);          \
        memcpy(r + LANE * BYTES, x->ea, BYTES); \
        PUT(r);                                 \
        DONE;                                   \
    }
LOAD_LANE(V128_LOAD8_LANE, 1)
LOAD_LANE(V128_LOAD16_LANE, 2)
LOAD_LANE(V128_LOAD32_LANE, 4)
LOAD_LANE(V128_LOAD64_LANE, 8)
#define STORE_LANE(name, BYTES)                                               \
    EXT(name)                                                                 \
    {                                                                         \
        memcpy(x->ea, (const uint8_t *)&fp[ins_b(pc)] + LANE * BYTES, BYTES); \
        DONE;                                                                 \
    }
STORE_LANE(V128_STORE8_LANE, 1)
STORE_LANE(V128_STORE16_LANE, 2)
STORE_LANE(V128_STORE32_LANE, 4)
STORE_LANE(V128_STORE64_LANE, 8)

ext_fn *const simd_accesses[OP_COUNT] = {
    I(V128_LOAD8X8_S) I(V128_LOAD8X8_U) I(V128_LOAD16X4_S) I(V128_LOAD16X4_U) I(V128_LOAD32X2_S) I(V128_LOAD32X2_U)
        I(V128_LOAD8_SPLAT) I(V128_LOAD16_SPLAT) I(V128_LOAD32_SPLAT) I(V128_LOAD64_SPLAT) I(V128_LOAD32_ZERO)
            I(V128_LOAD64_ZERO) I(V128_LOAD8_LANE) I(V128_LOAD16_LANE) I(V128_LOAD32_LANE) I(V128_LOAD64_LANE)
                I(V128_STORE8_LANE) I(V128_STORE16_LANE) I(V128_STORE32_LANE) I(V128_STORE64_LANE)
};
// clang-format on
