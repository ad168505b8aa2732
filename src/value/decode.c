// Reads the canonical encoding (encode.c has the format), and accepts nothing that encoding would not write. Bytes may come
// from anywhere: a list is allocated only after what is left of the input could hold it and the caller's budget allows it.
#include "value/value.h"

#include <math.h>
#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "base/reader.h"
#include "base/utf8.h"

struct source {
    struct reader in;
    const hf_value_decode_options *options;
    uint64_t left; // bytes that may still be asked of place
    hf_status *status;
};

static hf_code decode(struct source *s, const hf_type *type, void *out, unsigned depth);

static hf_code bad(struct source *s, const char *what)
{
    return fail_at(s->status, HF_MALFORMED, reader_offset(&s->in), "%s", s->in.ran_out ? "unexpected end" : what);
}

static hf_code place(struct source *s, size_t size, void **out)
{
    *out = NULL;
    if (size == 0) return HF_OK;
    if (size > s->left) return fail(s->status, HF_LIMIT, "a value of more bytes than allowed");
    s->left -= size;
    *out = s->options->place(s->options->ctx, size);
    return *out ? HF_OK : fail_oom(s->status);
}

static uint64_t get_uint(struct source *s, unsigned bytes)
{
    const uint8_t *at = reader_bytes(&s->in, bytes);
    uint64_t value = 0;
    for (unsigned i = 0; at && i < bytes; i++) value |= (uint64_t)at[i] << 8 * i;
    return value;
}

// Shortest form only.
static hf_code get_leb(struct source *s, uint64_t *out)
{
    const uint8_t *start = s->in.at;
    const uint64_t value = reader_leb_u64(&s->in);
    if (reader_failed(&s->in)) return bad(s, "a number that is too large");
    if (s->in.at - start > 1 && s->in.at[-1] == 0) return bad(s, "a number with leading zeros");
    *out = value;
    return HF_OK;
}

static hf_code get_string(struct source *s, hf_str *out)
{
    uint64_t size;
    hf_code code = get_leb(s, &size);
    if (code) return code;
    const uint8_t *bytes = size <= reader_left(&s->in) ? reader_bytes(&s->in, (size_t)size) : NULL;
    if (!bytes && size) {
        s->in.ran_out = true;
        return bad(s, "");
    }
    if (size && !utf8_valid(bytes, (size_t)size)) return bad(s, "a string that is not UTF-8");
    void *data;
    code = place(s, (size_t)size, &data);
    if (code) return code;
    if (size) memcpy(data, bytes, (size_t)size);
    *out = (hf_str){ data, (size_t)size };
    return HF_OK;
}

static hf_code get_handle(struct source *s, const hf_type *type, hf_resource *out)
{
    uint64_t name;
    const hf_code code = get_leb(s, &name);
    if (code) return code;
    const hf_value_names *names = s->options->names;
    if (!names || !names->find)
        return fail(s->status, HF_UNSUPPORTED, "a handle has no encoding here (%s)", hf_witkind_name(type->kind));
    return names->find(names->ctx, type, name, out, s->status);
}

static hf_code get_float(struct source *s, const hf_type *type, void *out)
{
    if (type->kind == HF_WIT_F32) {
        const uint32_t bits = (uint32_t)get_uint(s, 4);
        memcpy(out, &bits, sizeof bits);
        if (isnan(*(const float *)out) && bits != NAN32_BITS) return bad(s, "a NaN that is not the canonical one");
    } else {
        const uint64_t bits = get_uint(s, 8);
        memcpy(out, &bits, sizeof bits);
        if (isnan(*(const double *)out) && bits != NAN64_BITS) return bad(s, "a NaN that is not the canonical one");
    }
    return s->in.ran_out ? bad(s, "") : HF_OK;
}

static hf_code get_leaf(struct source *s, const hf_type *type, void *out)
{
    hf_status status = hf_status_ok();
    uint64_t number;
    switch (type->kind) {
    case HF_WIT_BOOL:
        number = get_uint(s, 1);
        if (number > 1) return bad(s, "a bool that is neither 0 nor 1");
        *(bool *)out = number == 1;
        break;
    case HF_WIT_S8:
    case HF_WIT_U8: *(uint8_t *)out = (uint8_t)get_uint(s, 1); break;
    case HF_WIT_S16:
    case HF_WIT_U16: *(uint16_t *)out = (uint16_t)get_uint(s, 2); break;
    case HF_WIT_S32:
    case HF_WIT_U32:
    case HF_WIT_CHAR: *(uint32_t *)out = (uint32_t)get_uint(s, 4); break;
    case HF_WIT_S64:
    case HF_WIT_U64: *(uint64_t *)out = get_uint(s, 8); break;
    case HF_WIT_F32:
    case HF_WIT_F64: return get_float(s, type, out);
    case HF_WIT_STRING: return get_string(s, out);
    case HF_WIT_FLAGS: type_write_uint(out, type->size, (uint32_t)get_uint(s, type->size)); break;
    default: return get_handle(s, type, out);
    }
    if (s->in.ran_out) return bad(s, "");
    return leaf_check(type, out, &status) ? bad(s, status.message) : HF_OK;
}

static hf_code get_elements(struct source *s, const hf_type *type, hf_list list, unsigned depth)
{
    const hf_type *element = type->element;
    if (element_is_raw(element) && VALUE_HOST_LITTLE) {
        const uint8_t *bytes = reader_bytes(&s->in, list.size * element->size);
        if (list.size == 0) return HF_OK;
        if (!bytes) return bad(s, "");
        memcpy(list.data, bytes, list.size * element->size);
        return HF_OK;
    }
    hf_code code = HF_OK;
    for (size_t i = 0; i < list.size && !code; i++)
        code = decode(s, element, part_of_mut(list.data, i * element->size), depth + 1);
    return code;
}

static hf_code get_list(struct source *s, const hf_type *type, hf_list *out, unsigned depth)
{
    uint64_t count;
    hf_list list = { NULL, 0 };
    size_t bytes;
    hf_code code = get_leb(s, &count);
    if (code) return code;
    // Every value takes at least one byte, so that this bounds what is allocated by what was given.
    if (count > reader_left(&s->in)) {
        s->in.ran_out = true;
        return bad(s, "");
    }
    list.size = (size_t)count;
    if (ckd_mul(&bytes, list.size, (size_t)type->element->size)) return fail_oom(s->status);
    code = place(s, bytes, &list.data);
    if (!code) code = get_elements(s, type, list, depth);
    if (!code) *out = list;
    return code;
}

static hf_code decode(struct source *s, const hf_type *type, void *out, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(s->status);
    hf_code code = HF_OK;
    if (type_is_sum(type->kind)) {
        uint64_t tag;
        code = get_leb(s, &tag);
        if (code) return code;
        if (tag >= type->count) return bad(s, "no such case");
        type_write_uint(out, type_tag_size(type->count), (uint32_t)tag);
        const hf_field *field = &type->fields[tag];
        return field->type ? decode(s, field->type, part_of_mut(out, field->offset), depth + 1) : HF_OK;
    }
    if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count && !code; i++)
            code = decode(s, type->fields[i].type, part_of_mut(out, type->fields[i].offset), depth + 1);
        return code;
    }
    if (type->kind == HF_WIT_FIXED_LIST) return get_elements(s, type, elements_of(type, out), depth);
    if (type_parts(type->kind) == PARTS_ELEMENT) return get_list(s, type, out, depth);
    return get_leaf(s, type, out);
}

hf_code hf_value_decode(const hf_type *type, const uint8_t *bytes, size_t size, const hf_value_decode_options *options,
                        void *out, hf_status *status)
{
    if (!options || options->size < sizeof *options || !options->place)
        return fail(status, HF_BAD_ARGUMENT, "no options to decode by");
    struct source s = { reader_of(bytes, size), options, options->max_bytes, status };
    if (s.left == 0) s.left = UINT64_MAX;
    if (reader_u8(&s.in) != HF_VALUE_ENCODING) return bad(&s, "an encoding of another version");
    void *whole;
    hf_code code = place(&s, type->size, &whole);
    if (code) return code;
    if (whole) memset(whole, 0, type->size);
    code = decode(&s, type, whole, 0);
    if (code) return code;
    if (reader_left(&s.in)) return bad(&s, "bytes behind the value");
    if (whole) memcpy(out, whole, type->size);
    return HF_OK;
}
