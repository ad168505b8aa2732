// A total order of the values of a type.
#include "value/value.h"

#include <math.h>
#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

// -0 below 0, a NaN above all others.
static int float_order(double a, double b)
{
    if (isnan(a) || isnan(b)) return (isnan(a) != 0) - (isnan(b) != 0);
    if (a == 0 && b == 0) return (signbit(b) != 0) - (signbit(a) != 0);
    return ORDER(a, b);
}

static int string_order(hf_str a, hf_str b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : ORDER(a.size, b.size);
}

static int handle_order(hf_handle a, hf_handle b)
{
    if (a.store != b.store) return ORDER(a.store, b.store);
    if (a.index != b.index) return ORDER(a.index, b.index);
    return ORDER(a.generation, b.generation);
}

#define NUMBERS(type) ORDER(*(const type *)a, *(const type *)b)

static int leaf_order(const hf_type *type, const void *a, const void *b)
{
    switch (type->kind) {
    case HF_WIT_BOOL: return (*(const uint8_t *)a != 0) - (*(const uint8_t *)b != 0);
    case HF_WIT_S8: return NUMBERS(int8_t);
    case HF_WIT_U8: return NUMBERS(uint8_t);
    case HF_WIT_S16: return NUMBERS(int16_t);
    case HF_WIT_U16: return NUMBERS(uint16_t);
    case HF_WIT_S32: return NUMBERS(int32_t);
    case HF_WIT_U32:
    case HF_WIT_CHAR: return NUMBERS(uint32_t);
    case HF_WIT_S64: return NUMBERS(int64_t);
    case HF_WIT_U64: return NUMBERS(uint64_t);
    case HF_WIT_F32: return float_order((double)*(const float *)a, (double)*(const float *)b);
    case HF_WIT_F64: return float_order(*(const double *)a, *(const double *)b);
    case HF_WIT_STRING: return string_order(*(const hf_str *)a, *(const hf_str *)b);
    case HF_WIT_FLAGS: {
        const uint32_t x = type_read_uint(a, type->size), y = type_read_uint(b, type->size);
        return ORDER(x, y);
    }
    default: return handle_order(((const hf_resource *)a)->h, ((const hf_resource *)b)->h);
    }
}

static int compare(const hf_type *type, const void *a, const void *b, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX) return 0;
    int order = 0;
    if (type_is_sum(type->kind)) {
        const uint32_t tag = case_of(type, a), other = case_of(type, b);
        if (tag != other || tag >= type->count || !type->fields[tag].type) return ORDER(tag, other);
        const hf_field *field = &type->fields[tag];
        return compare(field->type, part_of(a, field->offset), part_of(b, field->offset), depth + 1);
    }
    if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count && !order; i++) {
            const hf_field *field = &type->fields[i];
            order = compare(field->type, part_of(a, field->offset), part_of(b, field->offset), depth + 1);
        }
        return order;
    }
    if (type_parts(type->kind) != PARTS_ELEMENT) return leaf_order(type, a, b);
    const hf_list x = elements_of(type, a), y = elements_of(type, b);
    for (size_t i = 0; i < x.size && i < y.size && !order; i++) {
        const size_t at = i * type->element->size;
        order = compare(type->element, part_of(x.data, at), part_of(y.data, at), depth + 1);
    }
    return order ? order : ORDER(x.size, y.size);
}

int hf_value_compare(const hf_type *type, const void *a, const void *b)
{
    return compare(type, a, b, 0);
}
