// Which bytes in the host's layout are a value of a type.
#include "value/value.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "base/utf8.h"

hf_code too_deep(hf_status *status)
{
    return fail(status, HF_LIMIT, "a value nested more than %d deep", TYPE_DEPTH_MAX);
}

static bool string_valid(hf_str text)
{
    return text.size == 0 || (text.data && text.size <= PTRDIFF_MAX && utf8_valid(text.data, text.size));
}

static bool flags_valid(const hf_type *type, const void *value)
{
    return type->count >= 32 || type_read_uint(value, type->size) >> type->count == 0;
}

hf_code leaf_check(const hf_type *type, const void *value, hf_status *status)
{
    uint8_t buffer[4];
    switch (type->kind) {
    case HF_WIT_CHAR:
        if (utf8_encode(*(const uint32_t *)value, buffer)) return HF_OK;
        return fail(status, HF_BAD_ARGUMENT, "0x%x is no character", *(const uint32_t *)value);
    case HF_WIT_STRING:
        if (string_valid(*(const hf_str *)value)) return HF_OK;
        return fail(status, HF_BAD_ARGUMENT, "a string that is not UTF-8");
    case HF_WIT_FLAGS:
        if (flags_valid(type, value)) return HF_OK;
        return fail(status, HF_BAD_ARGUMENT, "a flag without label");
    default: return HF_OK;
    }
}

hf_code case_check(const hf_type *type, const void *value, uint32_t *out, hf_status *status)
{
    const uint32_t tag = case_of(type, value);
    if (tag >= type->count) return fail(status, HF_BAD_ARGUMENT, "case %u of %u", tag, type->count);
    *out = tag;
    return HF_OK;
}

hf_code list_check(const hf_type *type, hf_list list, size_t *bytes, hf_status *status)
{
    if (ckd_mul(bytes, list.size, (size_t)type->element->size) || *bytes > PTRDIFF_MAX || (*bytes && !list.data))
        return fail(status, HF_BAD_ARGUMENT, "a list that cannot be");
    return HF_OK;
}

bool element_is_raw(const hf_type *element)
{
    return element->kind >= HF_WIT_S8 && element->kind <= HF_WIT_U64;
}

bool value_is_flat(const hf_type *type)
{
    switch (type_parts(type->kind)) {
    case PARTS_NONE: return type->kind != HF_WIT_STRING && type->kind != HF_WIT_ERROR_CONTEXT;
    case PARTS_LABELS: return true;
    default: return false;
    }
}

static hf_code check(const hf_type *type, const void *value, unsigned depth, hf_status *status)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(status);
    hf_code code = HF_OK;
    if (type_is_sum(type->kind)) {
        uint32_t tag;
        code = case_check(type, value, &tag, status);
        if (code || !type->fields[tag].type) return code;
        return check(type->fields[tag].type, part_of(value, type->fields[tag].offset), depth + 1, status);
    }
    if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count && !code; i++)
            code = check(type->fields[i].type, part_of(value, type->fields[i].offset), depth + 1, status);
        return code;
    }
    if (type_parts(type->kind) != PARTS_ELEMENT) return leaf_check(type, value, status);
    const hf_list list = elements_of(type, value);
    size_t bytes;
    code = list_check(type, list, &bytes, status);
    if (element_is_raw(type->element)) return code;
    for (size_t i = 0; i < list.size && !code; i++)
        code = check(type->element, part_of(list.data, i * type->element->size), depth + 1, status);
    return code;
}

hf_code hf_value_check(const hf_type *type, const void *value, hf_status *status)
{
    return check(type, value, 0, status);
}
