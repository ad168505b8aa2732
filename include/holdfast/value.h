/* A WebAssembly value with its type. */
#ifndef HOLDFAST_VALUE_H
#define HOLDFAST_VALUE_H

#include <holdfast/handle.h>
#include <holdfast/type.h>

HF_BEGIN

typedef struct hf_val {
    hf_valtype type;
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        uint8_t v128[16]; /* little-endian */
        hf_ref ref;       /* all zeros: null */
    } of;
} hf_val;

static inline hf_val hf_i32(int32_t value)
{
    hf_val v;
    v.type = HF_TYPE_I32;
    v.of.i64 = 0;
    v.of.i32 = value;
    return v;
}
static inline hf_val hf_i64(int64_t value)
{
    hf_val v;
    v.type = HF_TYPE_I64;
    v.of.i64 = value;
    return v;
}
static inline hf_val hf_f32(float value)
{
    hf_val v;
    v.type = HF_TYPE_F32;
    v.of.i64 = 0;
    v.of.f32 = value;
    return v;
}
static inline hf_val hf_f64(double value)
{
    hf_val v;
    v.type = HF_TYPE_F64;
    v.of.f64 = value;
    return v;
}

HF_END

#endif
