// What all who walk values in the host's layout share. A walk follows the descriptor; where it comes to a leaf it does its
// own work. Descriptors nest at most TYPE_DEPTH_MAX deep, so walks recurse and count.
#ifndef VALUE_VALUE_H
#define VALUE_VALUE_H

#include <holdfast/witvalue.h>

#include "value/type.h"

// A part of a value.
static inline const void *part_of(const void *value, size_t offset)
{
    return (const uint8_t *)value + offset;
}

static inline void *part_of_mut(void *value, size_t offset)
{
    return (uint8_t *)value + offset;
}

// The elements of a list, map or fixed-length list.
static inline hf_list elements_of(const hf_type *type, const void *value)
{
    if (type->kind == HF_WIT_FIXED_LIST) return (hf_list){ (void *)(uintptr_t)value, type->count };
    return *(const hf_list *)value;
}

// The case of a variant, enum, option or result; checked or not, a bool is 0 or 1.
static inline uint32_t case_of(const hf_type *type, const void *value)
{
    const uint32_t tag = type_read_uint(value, type_tag_size(type->count));
    return type->kind == HF_WIT_OPTION || type->kind == HF_WIT_RESULT ? tag != 0 : tag;
}

// core_f32_reinterpret_i32(CANONICAL_FLOAT32_NAN) and its sister: all NaNs of the component model are one value.
#define NAN32_BITS UINT32_C(0x7fc00000)
#define NAN64_BITS UINT64_C(0x7ff8000000000000)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define VALUE_HOST_LITTLE 1
#else
#define VALUE_HOST_LITTLE 0
#endif

// Is it a leaf whose bytes point nowhere and hold no handle, so that they may be copied as they are?
bool value_is_flat(const hf_type *type);

// Is the leaf at `value` (of a type with neither fields nor elements, or flags) one of its type? HF_BAD_ARGUMENT.
hf_code leaf_check(const hf_type *type, const void *value, hf_status *status);
// A tag that is in range. HF_BAD_ARGUMENT.
hf_code case_check(const hf_type *type, const void *value, uint32_t *out, hf_status *status);
// A list that can be: it has elements where it says so, and its size in bytes is one. HF_BAD_ARGUMENT.
hf_code list_check(const hf_type *type, hf_list list, size_t *bytes, hf_status *status);
hf_code too_deep(hf_status *status);

// The elements are numbers that lie in memory as in the canonical encoding of a little-endian machine, and every pattern
// of bits is a value of its own.
bool element_is_raw(const hf_type *element);

#endif
