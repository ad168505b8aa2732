// The canonical encoding of values, version 1. The type is known to whoever reads; what is written is
//
//     encoding      HF_VALUE_ENCODING (1 byte), value
//     bool          0 or 1
//     s8 … u64      that many bytes, little-endian
//     f32, f64      likewise, every NaN as 0x7fc00000 or 0x7ff8000000000000
//     char          4 bytes, little-endian
//     string        its size in bytes as LEB128, the bytes
//     list, map     the number of elements as LEB128, the elements
//     list<T, n>, record, tuple      the parts
//     variant, enum, option, result  the case as LEB128, its payload
//     flags         1, 2 or 4 bytes, little-endian, as <holdfast/witype.h> says
//     handles       their name (hf_value_names) as LEB128
//
// Every LEB128 is unsigned and as short as can be, so that equal values have equal bytes. This is kept for good: journals
// hold it.
#include "value/value.h"

#include <math.h>
#include <string.h>

#include "base/fail.h"

struct sink {
    uint8_t *out;
    size_t max;
    size_t size; // of all that was put, also what had no room
    const hf_value_names *names;
    hf_status *status;
};

static void put(struct sink *s, const void *data, size_t size)
{
    if (size && s->size < s->max) memcpy(s->out + s->size, data, size < s->max - s->size ? size : s->max - s->size);
    s->size += size;
}

static void put_uint(struct sink *s, uint64_t value, unsigned bytes)
{
    uint8_t little[8];
    for (unsigned i = 0; i < bytes; i++) little[i] = (uint8_t)(value >> 8 * i);
    put(s, little, bytes);
}

static void put_leb(struct sink *s, uint64_t value)
{
    uint8_t bytes[10];
    size_t size = 0;
    do {
        bytes[size++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    put(s, bytes, size);
}

static hf_code put_handle(struct sink *s, const hf_type *type, hf_resource handle)
{
    uint64_t name;
    if (!s->names || !s->names->name)
        return fail(s->status, HF_UNSUPPORTED, "a handle has no encoding here (%s)", hf_witkind_name(type->kind));
    const hf_code code = s->names->name(s->names->ctx, type, handle, &name, s->status);
    if (!code) put_leb(s, name);
    return code;
}

static hf_code put_leaf(struct sink *s, const hf_type *type, const void *value)
{
    const hf_code code = leaf_check(type, value, s->status);
    if (code) return code;
    switch (type->kind) {
    case HF_WIT_BOOL: put_uint(s, *(const uint8_t *)value != 0, 1); break;
    case HF_WIT_S8:
    case HF_WIT_U8: put(s, value, 1); break;
    case HF_WIT_S16:
    case HF_WIT_U16: put_uint(s, *(const uint16_t *)value, 2); break;
    case HF_WIT_S32:
    case HF_WIT_U32:
    case HF_WIT_CHAR: put_uint(s, *(const uint32_t *)value, 4); break;
    case HF_WIT_S64:
    case HF_WIT_U64: put_uint(s, *(const uint64_t *)value, 8); break;
    case HF_WIT_F32: {
        uint32_t bits;
        memcpy(&bits, value, sizeof bits);
        put_uint(s, isnan(*(const float *)value) ? NAN32_BITS : bits, 4);
        break;
    }
    case HF_WIT_F64: {
        uint64_t bits;
        memcpy(&bits, value, sizeof bits);
        put_uint(s, isnan(*(const double *)value) ? NAN64_BITS : bits, 8);
        break;
    }
    case HF_WIT_STRING:
        put_leb(s, ((const hf_str *)value)->size);
        put(s, ((const hf_str *)value)->data, ((const hf_str *)value)->size);
        break;
    case HF_WIT_FLAGS: put_uint(s, type_read_uint(value, type->size), type->size); break;
    default: return put_handle(s, type, *(const hf_resource *)value);
    }
    return HF_OK;
}

static hf_code encode(struct sink *s, const hf_type *type, const void *value, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(s->status);
    hf_code code = HF_OK;
    if (type_is_sum(type->kind)) {
        uint32_t tag;
        code = case_check(type, value, &tag, s->status);
        if (code) return code;
        put_leb(s, tag);
        const hf_field *field = &type->fields[tag];
        return field->type ? encode(s, field->type, part_of(value, field->offset), depth + 1) : HF_OK;
    }
    if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count && !code; i++)
            code = encode(s, type->fields[i].type, part_of(value, type->fields[i].offset), depth + 1);
        return code;
    }
    if (type_parts(type->kind) != PARTS_ELEMENT) return put_leaf(s, type, value);
    const hf_list list = elements_of(type, value);
    size_t bytes;
    code = list_check(type, list, &bytes, s->status);
    if (code) return code;
    if (type->kind != HF_WIT_FIXED_LIST) put_leb(s, list.size);
    if (element_is_raw(type->element) && VALUE_HOST_LITTLE) {
        put(s, list.data, bytes);
        return HF_OK;
    }
    for (size_t i = 0; i < list.size && !code; i++)
        code = encode(s, type->element, part_of(list.data, i * type->element->size), depth + 1);
    return code;
}

hf_code hf_value_encode(const hf_type *type, const void *value, const hf_value_names *names, uint8_t *out, size_t max,
                        size_t *size, hf_status *status)
{
    struct sink s = { out, max, 0, names, status };
    put_uint(&s, HF_VALUE_ENCODING, 1);
    const hf_code code = encode(&s, type, value, 0);
    if (!code) *size = s.size;
    return code;
}
