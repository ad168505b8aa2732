#include "api/wast_value.h"

#include <inttypes.h>
#include <string.h>

#include <holdfast/func.h>
#include <holdfast/ref.h>
#include <holdfast/store.h>

// ---- arguments --------------------------------------------------------------------------------------------------------

// A script's host reference is its number, made a pointer.
static void *host_value(uint64_t number)
{
    return (void *)(uintptr_t)number;
}

hf_code wast_argument(hf_store *store, hf_func convert, const struct script_value *value, hf_valtype type, hf_val *out,
                      hf_status *status)
{
    static const hf_valkind kinds[] = {
        [SCRIPT_I32] = HF_I32, [SCRIPT_I64] = HF_I64,   [SCRIPT_F32] = HF_F32,
        [SCRIPT_F64] = HF_F64, [SCRIPT_V128] = HF_V128,
    };
    *out = (hf_val){ .type = type };
    if (value->kind <= SCRIPT_V128 && hf_valtype_kind(type) != kinds[value->kind]) return HF_WRONG_TYPE;
    if (value->kind > SCRIPT_V128 && hf_valtype_kind(type) != HF_REF) return HF_WRONG_TYPE;
    switch (value->kind) {
    case SCRIPT_I32:
    case SCRIPT_F32: { // bit for bit: a signalling NaN is not to be touched
        const uint32_t bits = (uint32_t)value->bits;
        memcpy(&out->of, &bits, sizeof bits);
        return HF_OK;
    }
    case SCRIPT_I64:
    case SCRIPT_F64: memcpy(&out->of, &value->bits, sizeof value->bits); return HF_OK;
    case SCRIPT_V128: memcpy(out->of.v128, value->v128, sizeof value->v128); return HF_OK;
    case SCRIPT_REF_NULL: return HF_OK;
    case SCRIPT_REF_EXTERN: return hf_ref_host(store, host_value(value->bits), NULL, &out->of.ref, status);
    case SCRIPT_REF_HOST: {
        hf_val outside = { .type = HF_TYPE_EXTERNREF };
        const hf_code code = hf_ref_host(store, host_value(value->bits), NULL, &outside.of.ref, status);
        if (code) return code;
        return hf_func_call(store, convert, &outside, 1, out, 1, status);
    }
    default: return HF_WRONG_TYPE;
    }
}

// ---- results ----------------------------------------------------------------------------------------------------------

static bool matches_f32(uint32_t bits, uint32_t expected, uint8_t nan)
{
    switch (nan) {
    case SCRIPT_NAN_CANONICAL: return (bits & 0x7fffffff) == 0x7fc00000;
    case SCRIPT_NAN_ARITHMETIC: return (bits & 0x7fc00000) == 0x7fc00000;
    default: return bits == expected;
    }
}

static bool matches_f64(uint64_t bits, uint64_t expected, uint8_t nan)
{
    switch (nan) {
    case SCRIPT_NAN_CANONICAL: return (bits & INT64_MAX) == 0x7ff8000000000000;
    case SCRIPT_NAN_ARITHMETIC: return (bits & 0x7ff8000000000000) == 0x7ff8000000000000;
    default: return bits == expected;
    }
}

static bool matches_v128(const uint8_t bytes[16], const struct script_value *expected)
{
    for (unsigned i = 0; i < expected->lanes; i++) {
        const unsigned size = 16u / expected->lanes;
        const uint8_t nan = expected->float_lanes ? expected->nan[i] : SCRIPT_NAN_NONE;
        uint64_t a = 0, b = 0;
        memcpy(&a, bytes + i * size, size); // the library runs on little-endian machines
        memcpy(&b, expected->v128 + i * size, size);
        if (size == 4 ? !matches_f32((uint32_t)a, (uint32_t)b, nan) : !matches_f64(a, b, nan)) return false;
    }
    return true;
}

static hf_valtype reference(uint32_t heap, bool nullable)
{
    return val_ref(heap, nullable);
}

// Is the reference, by what it refers to now and not by how it was declared, of this abstract heap type?
static bool refers_to(hf_store *store, const hf_val *value, uint32_t heap)
{
    hf_valtype type;
    if (hf_ref_is_null(value->of.ref) || hf_ref_type(store, value->of.ref, &type, NULL)) return false;
    return hf_valtype_matches(hf_store_engine(store), type, reference(heap, true));
}

// Null references know only their hierarchy.
static bool matches_null(hf_store *store, const hf_val *value, uint32_t heap)
{
    static const uint32_t tops[] = { HEAP_ANY, HEAP_FUNC, HEAP_EXTERN, HEAP_EXN };
    const hf_engine *const engine = hf_store_engine(store);
    if (!hf_ref_is_null(value->of.ref)) return false;
    if (heap == HEAP_BOT) return true;
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        const hf_valtype top = reference(tops[i], true);
        if (hf_valtype_matches(engine, reference(heap, true), top)) return hf_valtype_matches(engine, value->type, top);
    }
    return false;
}

static bool is_host(hf_store *store, const hf_val *value, uint64_t number)
{
    void *host;
    return !hf_ref_is_null(value->of.ref) && hf_ref_host_value(store, value->of.ref, &host, NULL) == HF_OK &&
           host == host_value(number);
}

static bool matches_ref(hf_store *store, const struct script_value *expected, const hf_val *value)
{
    const hf_engine *const engine = hf_store_engine(store);
    const bool null = hf_ref_is_null(value->of.ref);
    switch (expected->kind) {
    case SCRIPT_REF_NULL: return matches_null(store, value, expected->heap);
    case SCRIPT_REF_EXTERN:
        if (null || !hf_valtype_matches(engine, value->type, HF_TYPE_EXTERNREF)) return false;
        return !expected->has_number || is_host(store, value, expected->bits);
    case SCRIPT_REF_HOST:
        return hf_valtype_matches(engine, value->type, HF_TYPE_ANYREF) && is_host(store, value, expected->bits);
    case SCRIPT_REF_FUNC: return !null && hf_valtype_matches(engine, value->type, HF_TYPE_FUNCREF);
    case SCRIPT_REF_ANY: return !null && hf_valtype_matches(engine, value->type, HF_TYPE_ANYREF);
    case SCRIPT_REF_EXN: return !null && hf_valtype_matches(engine, value->type, HF_TYPE_EXNREF);
    case SCRIPT_REF_EQ: return refers_to(store, value, HEAP_EQ);
    case SCRIPT_REF_I31: return refers_to(store, value, HEAP_I31);
    case SCRIPT_REF_STRUCT: return refers_to(store, value, HEAP_STRUCT);
    case SCRIPT_REF_ARRAY: return refers_to(store, value, HEAP_ARRAY);
    default: return false;
    }
}

bool wast_matches(hf_store *store, const struct script_value *expected, const hf_val *value)
{
    uint32_t bits32;
    uint64_t bits64;
    memcpy(&bits32, &value->of, sizeof bits32);
    memcpy(&bits64, &value->of, sizeof bits64);
    switch (expected->kind) {
    case SCRIPT_I32: return value->type == HF_TYPE_I32 && bits32 == (uint32_t)expected->bits;
    case SCRIPT_I64: return value->type == HF_TYPE_I64 && bits64 == expected->bits;
    case SCRIPT_F32:
        return value->type == HF_TYPE_F32 && matches_f32(bits32, (uint32_t)expected->bits, expected->nan[0]);
    case SCRIPT_F64: return value->type == HF_TYPE_F64 && matches_f64(bits64, expected->bits, expected->nan[0]);
    case SCRIPT_V128: return value->type == HF_TYPE_V128 && matches_v128(value->of.v128, expected);
    case SCRIPT_EITHER:
        for (uint32_t i = 0; i < expected->either_count; i++)
            if (wast_matches(store, &expected->either[i], value)) return true;
        return false;
    default: return hf_valtype_kind(value->type) == HF_REF && matches_ref(store, expected, value);
    }
}

// ---- in words ---------------------------------------------------------------------------------------------------------

static void describe_lanes(struct buf *out, const uint8_t bytes[16], unsigned lanes, const uint8_t *nan)
{
    const unsigned size = 16u / lanes;
    buf_printf(out, "v128 %ux%u", size * 8, lanes);
    for (unsigned i = 0; i < lanes; i++) {
        uint64_t bits = 0;
        memcpy(&bits, bytes + i * size, size);
        if (nan && nan[i])
            buf_str(out, nan[i] == SCRIPT_NAN_CANONICAL ? " nan:canonical" : " nan:arithmetic");
        else
            buf_printf(out, " 0x%0*" PRIx64, (int)size * 2, bits);
    }
}

static const char *float_pattern(uint8_t nan)
{
    return nan == SCRIPT_NAN_CANONICAL ? "nan:canonical" : "nan:arithmetic";
}

void wast_describe(struct buf *out, const struct script_value *expected)
{
    static const char *const refs[] = {
        [SCRIPT_REF_NULL] = "null",     [SCRIPT_REF_EXTERN] = "ref.extern", [SCRIPT_REF_HOST] = "ref.host",
        [SCRIPT_REF_FUNC] = "ref.func", [SCRIPT_REF_ANY] = "ref.any",       [SCRIPT_REF_EQ] = "ref.eq",
        [SCRIPT_REF_I31] = "ref.i31",   [SCRIPT_REF_STRUCT] = "ref.struct", [SCRIPT_REF_ARRAY] = "ref.array",
        [SCRIPT_REF_EXN] = "ref.exn",
    };
    switch (expected->kind) {
    case SCRIPT_I32: buf_printf(out, "i32 %" PRId32, (int32_t)(uint32_t)expected->bits); return;
    case SCRIPT_I64: buf_printf(out, "i64 %" PRId64, (int64_t)expected->bits); return;
    case SCRIPT_F32:
        if (expected->nan[0])
            buf_printf(out, "f32 %s", float_pattern(expected->nan[0]));
        else
            buf_printf(out, "f32 bits 0x%08" PRIx32, (uint32_t)expected->bits);
        return;
    case SCRIPT_F64:
        if (expected->nan[0])
            buf_printf(out, "f64 %s", float_pattern(expected->nan[0]));
        else
            buf_printf(out, "f64 bits 0x%016" PRIx64, expected->bits);
        return;
    case SCRIPT_V128:
        describe_lanes(out, expected->v128, expected->lanes, expected->float_lanes ? expected->nan : NULL);
        return;
    case SCRIPT_EITHER:
        for (uint32_t i = 0; i < expected->either_count; i++) {
            if (i) buf_str(out, " or ");
            wast_describe(out, &expected->either[i]);
        }
        return;
    default:
        buf_str(out, refs[expected->kind]);
        if (expected->has_number) buf_printf(out, " %" PRIu64, expected->bits);
        return;
    }
}

void wast_describe_value(struct buf *out, const hf_val *value)
{
    uint32_t bits32;
    uint64_t bits64;
    char name[64];
    memcpy(&bits32, &value->of, sizeof bits32);
    memcpy(&bits64, &value->of, sizeof bits64);
    switch (hf_valtype_kind(value->type)) {
    case HF_I32: buf_printf(out, "i32 %" PRId32, value->of.i32); return;
    case HF_I64: buf_printf(out, "i64 %" PRId64, value->of.i64); return;
    case HF_F32: buf_printf(out, "f32 bits 0x%08" PRIx32, bits32); return;
    case HF_F64: buf_printf(out, "f64 bits 0x%016" PRIx64, bits64); return;
    case HF_V128: describe_lanes(out, value->of.v128, 4, NULL); return;
    case HF_REF:
        buf_printf(out, "%s%s", hf_ref_is_null(value->of.ref) ? "null " : "",
                   hf_valtype_name(value->type, name, sizeof name));
        return;
    }
    buf_str(out, "nothing");
}
