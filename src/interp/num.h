// Scalar arithmetic with the exact meaning of the specification, "Numerics".
#ifndef INTERP_NUM_H
#define INTERP_NUM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t f32_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}
static inline float f32_from(uint32_t u)
{
    float f;
    memcpy(&f, &u, 4);
    return f;
}
static inline uint64_t f64_bits(double d)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    return u;
}
static inline double f64_from(uint64_t u)
{
    double d;
    memcpy(&d, &u, 8);
    return d;
}

static inline uint32_t i32_clz(uint32_t a)
{
    return a ? (uint32_t)__builtin_clz(a) : 32;
}
static inline uint32_t i32_ctz(uint32_t a)
{
    return a ? (uint32_t)__builtin_ctz(a) : 32;
}
static inline uint64_t i64_clz(uint64_t a)
{
    return a ? (uint64_t)__builtin_clzll(a) : 64;
}
static inline uint64_t i64_ctz(uint64_t a)
{
    return a ? (uint64_t)__builtin_ctzll(a) : 64;
}
// By hand, since the builtin is a call where the machine may lack the instruction.
static inline uint64_t i64_popcnt(uint64_t a)
{
    a = a - (a >> 1 & 0x5555555555555555u);
    a = (a & 0x3333333333333333u) + (a >> 2 & 0x3333333333333333u);
    a = (a + (a >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return a * 0x0101010101010101u >> 56;
}
static inline uint32_t i32_popcnt(uint32_t a)
{
    return (uint32_t)i64_popcnt(a);
}

static inline float f32_abs(float a)
{
    return f32_from(f32_bits(a) & 0x7fffffffu);
}
static inline float f32_neg(float a)
{
    return f32_from(f32_bits(a) ^ 0x80000000u);
}
static inline float f32_copysign(float a, float b)
{
    return f32_from((f32_bits(a) & 0x7fffffffu) | (f32_bits(b) & 0x80000000u));
}
static inline double f64_abs(double a)
{
    return f64_from(f64_bits(a) & INT64_MAX);
}
static inline double f64_neg(double a)
{
    return f64_from(f64_bits(a) ^ (uint64_t)INT64_MIN);
}
static inline double f64_copysign(double a, double b)
{
    return f64_from((f64_bits(a) & INT64_MAX) | (f64_bits(b) & (uint64_t)INT64_MIN));
}

static inline float f32_sqrt(float a)
{
    return __builtin_sqrtf(a);
}
static inline double f64_sqrt(double a)
{
    return __builtin_sqrt(a);
}

// A NaN operand makes a quiet NaN (a + b quiets it); of two zeros the sign decides.
static inline float f32_min(float a, float b)
{
    if (__builtin_expect(a < b, 1)) return a;
    if (a > b) return b;
    if (a == b) return f32_from(f32_bits(a) | f32_bits(b));
    return a + b;
}
static inline float f32_max(float a, float b)
{
    if (__builtin_expect(a > b, 1)) return a;
    if (a < b) return b;
    if (a == b) return f32_from(f32_bits(a) & f32_bits(b));
    return a + b;
}
static inline double f64_min(double a, double b)
{
    if (__builtin_expect(a < b, 1)) return a;
    if (a > b) return b;
    if (a == b) return f64_from(f64_bits(a) | f64_bits(b));
    return a + b;
}
static inline double f64_max(double a, double b)
{
    if (__builtin_expect(a > b, 1)) return a;
    if (a < b) return b;
    if (a == b) return f64_from(f64_bits(a) & f64_bits(b));
    return a + b;
}

// Rounding without library calls: values of magnitude 2^52 (2^23) and above, infinities and NaNs are their own result,
// but for a signalling NaN, that becomes quiet.
static inline double f64_trunc(double a)
{
    if (!(f64_abs(a) < 4503599627370496.0)) return a + 0.0;
    return f64_copysign((double)(int64_t)a, a);
}
static inline double f64_floor(double a)
{
    if (!(f64_abs(a) < 4503599627370496.0)) return a + 0.0;
    const double t = (double)(int64_t)a;
    return f64_copysign(t > a ? t - 1.0 : t, a);
}
static inline double f64_ceil(double a)
{
    if (!(f64_abs(a) < 4503599627370496.0)) return a + 0.0;
    const double t = (double)(int64_t)a;
    return f64_copysign(t < a ? t + 1.0 : t, a);
}
static inline double f64_nearest(double a)
{
    if (!(f64_abs(a) < 4503599627370496.0)) return a + 0.0;
    // The sum rounds to even, in the only rounding mode that there is.
    const double magic = f64_copysign(4503599627370496.0, a);
    return f64_copysign((a + magic) - magic, a);
}
static inline float f32_trunc(float a)
{
    if (!(f32_abs(a) < 8388608.0f)) return a + 0.0f;
    return f32_copysign((float)(int32_t)a, a);
}
static inline float f32_floor(float a)
{
    if (!(f32_abs(a) < 8388608.0f)) return a + 0.0f;
    const float t = (float)(int32_t)a;
    return f32_copysign(t > a ? t - 1.0f : t, a);
}
static inline float f32_ceil(float a)
{
    if (!(f32_abs(a) < 8388608.0f)) return a + 0.0f;
    const float t = (float)(int32_t)a;
    return f32_copysign(t < a ? t + 1.0f : t, a);
}
static inline float f32_nearest(float a)
{
    if (!(f32_abs(a) < 8388608.0f)) return a + 0.0f;
    const float magic = f32_copysign(8388608.0f, a);
    return f32_copysign((a + magic) - magic, a);
}

// Saturating conversions; a float widens to double exactly.
static inline int32_t sat_i32(double a)
{
    if (a != a) return 0;
    if (a <= -2147483648.0) return INT32_MIN;
    return a >= 2147483647.0 ? INT32_MAX : (int32_t)a;
}
static inline uint32_t sat_u32(double a)
{
    if (!(a > 0)) return 0;
    return a >= 4294967295.0 ? UINT32_MAX : (uint32_t)a;
}
static inline int64_t sat_i64(double a)
{
    if (a != a) return 0;
    if (a <= -9223372036854775808.0) return INT64_MIN;
    return a >= 9223372036854775808.0 ? INT64_MAX : (int64_t)a;
}
static inline uint64_t sat_u64(double a)
{
    if (!(a > 0)) return 0;
    return a >= 18446744073709551616.0 ? UINT64_MAX : (uint64_t)a;
}

#define CANON_F32_BITS 0x7fc00000u
#define CANON_F64_BITS 0x7ff8000000000000u

#endif
