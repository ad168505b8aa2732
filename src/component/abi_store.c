// Lowering: into a guest's memory ("Storing") and into core values ("Flat Lowering"). A string or list asks the guest's
// realloc, which may move the memory: places are kept as the guest's addresses, of ranges that were checked, and turned into
// the host's at each write.
#include "base/ckd.h"
#include "base/fail.h"
#include "component/abi_memory.h"

static hf_code store(struct abi *abi, const struct abi_type *t, const void *from, uint64_t ptr);

// lower_flat_signed
static inline uint64_t signed_word(int32_t value)
{
    return (uint32_t)value;
}

// The core value of a number.
static inline uint64_t number_word(const struct abi *abi, const struct abi_type *t, const void *from)
{
    uint64_t bits;
    switch ((hf_witkind)t->kind) {
    case HF_WIT_BOOL: return *(const uint8_t *)from != 0;
    case HF_WIT_S8: return signed_word(*(const int8_t *)from);
    case HF_WIT_U8: return *(const uint8_t *)from;
    case HF_WIT_S16: return signed_word(*(const int16_t *)from);
    case HF_WIT_U16: return *(const uint16_t *)from;
    case HF_WIT_S32:
    case HF_WIT_U32: return *(const uint32_t *)from;
    case HF_WIT_S64:
    case HF_WIT_U64: return *(const uint64_t *)from;
    case HF_WIT_F32: return abi_f32(abi, type_read_uint(from, 4));
    default: memcpy(&bits, from, sizeof bits); return abi_f64(abi, bits);
    }
}

static hf_code bad_value(struct abi *abi, const char *what)
{
    return fail(abi->status, HF_BAD_ARGUMENT, "%s", what);
}

static void store_int(const struct abi *abi, uint64_t ptr, unsigned size, uint64_t value)
{
    abi_store_uint(abi_at(abi, ptr), size, value);
}

static inline void store_number(const struct abi *abi, const struct abi_type *t, const void *from, uint64_t ptr)
{
    store_int(abi, ptr, t->size, number_word(abi, t, from));
}

static void store_pair(const struct abi *abi, uint64_t ptr, uint64_t a, uint64_t b)
{
    const unsigned size = abi->is64 ? 8 : 4;
    store_int(abi, ptr, size, a);
    store_int(abi, ptr + size, size, b);
}

// store_list_into_valid_range
static hf_code store_row(struct abi *abi, const struct abi_type *t, const void *from, size_t count, uint64_t ptr)
{
    if (abi_is_raw(abi, t)) {
        if (count) memcpy(abi_at(abi, ptr), from, count * t->size);
        return HF_OK;
    }
    hf_code code = HF_OK;
    if (abi_is_number(t)) {
        for (size_t i = 0; i < count; i++)
            store_number(abi, t, part_of(from, i * t->host_size), ptr + (uint64_t)i * t->size);
        return HF_OK;
    }
    for (size_t i = 0; i < count && !code; i++)
        code = store(abi, t, part_of(from, i * t->host_size), ptr + (uint64_t)i * t->size);
    return code;
}

// store_list_into_range
static hf_code store_list(struct abi *abi, const struct abi_type *t, hf_list list, uint64_t *ptr)
{
    uint64_t size;
    if (list.size && !list.data) return bad_value(abi, "a list that is nowhere");
    if (ckd_mul(&size, (uint64_t)list.size, (uint64_t)t->size) || size > ABI_MAX_BYTES)
        return fail(abi->status, HF_LIMIT, "a list of more than %u bytes", ABI_MAX_BYTES);
    const hf_code code = abi_allocate(abi, t->align, size, ptr);
    return code ? code : store_row(abi, t, list.data, list.size, *ptr);
}

// char_to_i32
static hf_code lower_char(struct abi *abi, uint32_t c)
{
    return c >= 0x110000 || (c >= 0xd800 && c < 0xe000) ? bad_value(abi, "a character that is none") : HF_OK;
}

// match_case
static hf_code lower_tag(struct abi *abi, const struct abi_type *t, const void *from, uint32_t *out)
{
    *out = case_of(t->type, from);
    return *out < t->count ? HF_OK : bad_value(abi, "a case that there is not");
}

static hf_code store_handle(struct abi *abi, const struct abi_type *t, const void *from, uint32_t *out)
{
    return abi->guest->lower_handle(abi->ctx, t->type, *(const hf_resource *)from, out, abi->status);
}

static hf_code store(struct abi *abi, const struct abi_type *t, const void *from, uint64_t ptr)
{
    hf_code code = HF_OK;
    uint64_t begin = 0, length = 0;
    uint32_t word = 0;
    switch ((hf_witkind)t->kind) {
    case HF_WIT_CHAR:
        code = lower_char(abi, *(const uint32_t *)from);
        if (!code) store_int(abi, ptr, 4, *(const uint32_t *)from);
        return code;
    case HF_WIT_STRING:
        code = abi_lower_string(abi, *(const hf_str *)from, &begin, &length);
        if (!code) store_pair(abi, ptr, begin, length);
        return code;
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        code = store_list(abi, t->element, *(const hf_list *)from, &begin);
        if (!code) store_pair(abi, ptr, begin, ((const hf_list *)from)->size);
        return code;
    case HF_WIT_FIXED_LIST: return store_row(abi, t->element, from, t->count, ptr);
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        if (t->size && abi_is_raw(abi, t)) {
            memcpy(abi_at(abi, ptr), from, t->size);
            return HF_OK;
        }
        for (uint32_t i = 0; i < t->count && !code; i++) {
            const struct abi_field *field = &t->fields[i];
            const void *part = part_of(from, field->host);
            if (abi_is_number(field->type))
                store_number(abi, field->type, part, ptr + field->guest);
            else
                code = store(abi, field->type, part, ptr + field->guest);
        }
        return code;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: {
        code = lower_tag(abi, t, from, &word);
        if (code) return code;
        const struct abi_field *field = &t->fields[word];
        store_int(abi, ptr, t->tag_size, word);
        return field->type ? store(abi, field->type, part_of(from, field->host), ptr + field->guest) : HF_OK;
    }
    case HF_WIT_FLAGS: store_int(abi, ptr, t->tag_size, abi_flags(t, type_read_uint(from, t->tag_size))); return HF_OK;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
    case HF_WIT_ERROR_CONTEXT:
        code = store_handle(abi, t, from, &word);
        if (!code) store_int(abi, ptr, 4, word);
        return code;
    default: store_number(abi, t, from, ptr); return HF_OK;
    }
}

// The words of a value; *out moves on by flat_count.
static hf_code lower_flat(struct abi *abi, const struct abi_type *t, const void *from, uint64_t **out)
{
    hf_code code = HF_OK;
    uint64_t *const at = *out;
    uint32_t word = 0;
    switch ((hf_witkind)t->kind) {
    case HF_WIT_CHAR:
        *at = *(const uint32_t *)from;
        code = lower_char(abi, *(const uint32_t *)from);
        break;
    case HF_WIT_STRING: code = abi_lower_string(abi, *(const hf_str *)from, at, at + 1); break;
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        code = store_list(abi, t->element, *(const hf_list *)from, at);
        at[1] = ((const hf_list *)from)->size;
        break;
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < t->count && !code; i++)
            code = lower_flat(abi, t->element, part_of(from, (size_t)i * t->element->host_size), out);
        return code;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < t->count && !code; i++) {
            const struct abi_field *field = &t->fields[i];
            const void *part = part_of(from, field->host);
            if (abi_is_number(field->type))
                *(*out)++ = number_word(abi, field->type, part);
            else
                code = lower_flat(abi, field->type, part, out);
        }
        return code;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: {
        uint64_t *payload = at + 1;
        memset(at, 0, t->flat_count * sizeof *at);
        code = lower_tag(abi, t, from, &word);
        if (code) return code;
        const struct abi_field *field = &t->fields[word];
        *at = word;
        if (field->type) code = lower_flat(abi, field->type, part_of(from, field->host), &payload);
        break;
    }
    case HF_WIT_FLAGS: *at = abi_flags(t, type_read_uint(from, t->tag_size)); break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
    case HF_WIT_ERROR_CONTEXT:
        code = store_handle(abi, t, from, &word);
        *at = word;
        break;
    default: *at = number_word(abi, t, from); break;
    }
    *out = at + t->flat_count;
    return code;
}

hf_code abi_lower(struct abi *abi, const struct abi_type *t, unsigned max_flat, const void *value,
                  const uint64_t *out_param, uint64_t *flat, unsigned *count)
{
    abi_look(abi);
    if (t->flat_count <= max_flat) {
        uint64_t *out = flat;
        *count = t->flat_count;
        return lower_flat(abi, t, value, &out);
    }
    uint64_t ptr;
    if (out_param) {
        ptr = abi->is64 ? *out_param : (uint32_t)*out_param;
        *count = 0;
        if (!abi_range(abi, ptr, t->size, t->align, "values")) return HF_TRAPPED;
    } else {
        const hf_code code = abi_allocate(abi, t->align, t->size, &ptr);
        if (code) return code;
        flat[0] = ptr;
        *count = 1;
    }
    return store(abi, t, value, ptr);
}

hf_code abi_store_many(struct abi *abi, const struct abi_type *t, const void *values, uint64_t count, uint64_t ptr)
{
    uint64_t size;
    abi_look(abi);
    if (ckd_mul(&size, count, (uint64_t)t->size)) return abi_trap(abi, "list too long");
    if (!abi_range(abi, ptr, size, t->align, "list content")) return HF_TRAPPED;
    return store_row(abi, t, values, (size_t)count, ptr);
}
