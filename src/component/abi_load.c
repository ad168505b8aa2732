// Lifting: from a guest's memory ("Loading") and from core values ("Flat Lifting"). No guest code runs meanwhile, so that
// addresses stay good. A guest's memory may be shared with its other threads: what is checked is checked in the copy.
#include "base/ckd.h"
#include "base/fail.h"
#include "component/abi_memory.h"

static hf_code load(struct abi *abi, const struct abi_type *t, const uint8_t *from, void *to);

static uint64_t load_pointer(const struct abi *abi, const uint8_t *from, unsigned i)
{
    return abi->is64 ? abi_load_u64(from + 8 * i) : abi_load_uint(from + 4 * i, 4);
}

// convert_int_to_bool, lift_flat_unsigned, lift_flat_signed, canonicalize_nan32 and canonicalize_nan64: a word of which
// only the value's own bits count.
static inline void lift_number(const struct abi *abi, const struct abi_type *t, uint64_t word, void *to)
{
    switch ((hf_witkind)t->kind) {
    case HF_WIT_BOOL: *(bool *)to = (uint32_t)word != 0; break;
    case HF_WIT_S8:
    case HF_WIT_U8: *(uint8_t *)to = (uint8_t)word; break;
    case HF_WIT_S16:
    case HF_WIT_U16: *(uint16_t *)to = (uint16_t)word; break;
    case HF_WIT_S32:
    case HF_WIT_U32: *(uint32_t *)to = (uint32_t)word; break;
    case HF_WIT_S64:
    case HF_WIT_U64: *(uint64_t *)to = word; break;
    case HF_WIT_F32: type_write_uint(to, 4, abi_f32(abi, (uint32_t)word)); break;
    default:
        word = abi_f64(abi, word);
        memcpy(to, &word, sizeof word);
        break;
    }
}

static inline void load_number(const struct abi *abi, const struct abi_type *t, const uint8_t *from, void *to)
{
    lift_number(abi, t, t->size == 8 ? abi_load_u64(from) : abi_load_uint(from, t->size), to);
}

// Values that lie in a row, in memory that is known to be there.
static hf_code load_row(struct abi *abi, const struct abi_type *t, const uint8_t *from, size_t count, void *to)
{
    if (abi_is_raw(abi, t)) {
        if (count) memcpy(to, from, count * t->size);
        return HF_OK;
    }
    hf_code code = HF_OK;
    for (size_t i = 0; i < count && !code; i++)
        code = load(abi, t, from + i * t->size, part_of_mut(to, i * t->host_size));
    return code;
}

// load_list_from_range
static hf_code load_list(struct abi *abi, const struct abi_type *t, uint64_t ptr, uint64_t length, hf_list *out)
{
    uint64_t size, host_size;
    if (ckd_mul(&size, length, (uint64_t)t->size) || size > ABI_MAX_BYTES) return abi_trap(abi, "list too long");
    const uint8_t *from = abi_range(abi, ptr, size, t->align, "list content");
    if (!from) return HF_TRAPPED;
    if (ckd_mul(&host_size, length, (uint64_t)t->host_size)) return fail_oom(abi->status);
    hf_list list = { NULL, (size_t)length };
    hf_code code = abi_place(abi, host_size, &list.data);
    if (!code) code = load_row(abi, t, from, list.size, list.data);
    if (!code) *out = list;
    return code;
}

// convert_i32_to_char
static hf_code lift_char(struct abi *abi, uint32_t c, void *to)
{
    if (c >= 0x110000 || (c >= 0xd800 && c < 0xe000)) return abi_trap(abi, "invalid `char` bit pattern");
    *(uint32_t *)to = c;
    return HF_OK;
}

// The case of a sum, written where the host keeps it.
static hf_code lift_tag(struct abi *abi, const struct abi_type *t, uint32_t tag, void *to)
{
    if (tag >= t->count) return abi_trap(abi, "invalid variant discriminant");
    type_write_uint(to, t->tag_size, tag);
    return HF_OK;
}

static hf_code load(struct abi *abi, const struct abi_type *t, const uint8_t *from, void *to)
{
    hf_code code = HF_OK;
    switch ((hf_witkind)t->kind) {
    case HF_WIT_CHAR: return lift_char(abi, abi_load_uint(from, 4), to);
    case HF_WIT_STRING: return abi_lift_string(abi, load_pointer(abi, from, 0), load_pointer(abi, from, 1), to);
    case HF_WIT_LIST:
    case HF_WIT_MAP: return load_list(abi, t->element, load_pointer(abi, from, 0), load_pointer(abi, from, 1), to);
    case HF_WIT_FIXED_LIST: return load_row(abi, t->element, from, t->count, to);
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        if (t->size && abi_is_raw(abi, t)) {
            memcpy(to, from, t->size);
            return HF_OK;
        }
        for (uint32_t i = 0; i < t->count && !code; i++) {
            const struct abi_field *field = &t->fields[i];
            void *part = part_of_mut(to, field->host);
            if (abi_is_number(field->type))
                load_number(abi, field->type, from + field->guest, part);
            else
                code = load(abi, field->type, from + field->guest, part);
        }
        return code;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: {
        const uint32_t tag = abi_load_uint(from, t->tag_size);
        code = lift_tag(abi, t, tag, to);
        if (code || !t->fields[tag].type) return code;
        return load(abi, t->fields[tag].type, from + t->fields[tag].guest, part_of_mut(to, t->fields[tag].host));
    }
    case HF_WIT_FLAGS: type_write_uint(to, t->tag_size, abi_flags(t, abi_load_uint(from, t->tag_size))); return HF_OK;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
    case HF_WIT_ERROR_CONTEXT:
        return abi->guest->lift_handle(abi->ctx, t->type, abi_load_uint(from, 4), to, abi->status);
    default: load_number(abi, t, from, to); return HF_OK;
    }
}

// CoreValueIter. What a variant joins is a word of zero-extended bits in all its forms, so that there is nothing to coerce.
struct words {
    const uint64_t *at;
};

static uint64_t next_pointer(const struct abi *abi, struct words *in)
{
    const uint64_t word = *in->at++;
    return abi->is64 ? word : (uint32_t)word;
}

static hf_code lift_flat(struct abi *abi, const struct abi_type *t, struct words *in, void *to)
{
    hf_code code = HF_OK;
    switch ((hf_witkind)t->kind) {
    case HF_WIT_CHAR: return lift_char(abi, (uint32_t)*in->at++, to);
    case HF_WIT_STRING: {
        const uint64_t ptr = next_pointer(abi, in);
        return abi_lift_string(abi, ptr, next_pointer(abi, in), to);
    }
    case HF_WIT_LIST:
    case HF_WIT_MAP: {
        const uint64_t ptr = next_pointer(abi, in);
        return load_list(abi, t->element, ptr, next_pointer(abi, in), to);
    }
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < t->count && !code; i++)
            code = lift_flat(abi, t->element, in, part_of_mut(to, (size_t)i * t->element->host_size));
        return code;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < t->count && !code; i++) {
            const struct abi_field *field = &t->fields[i];
            void *part = part_of_mut(to, field->host);
            if (abi_is_number(field->type))
                lift_number(abi, field->type, *in->at++, part);
            else
                code = lift_flat(abi, field->type, in, part);
        }
        return code;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: {
        struct words payload = { in->at + 1 };
        const uint32_t tag = (uint32_t)*in->at;
        in->at += t->flat_count;
        code = lift_tag(abi, t, tag, to);
        if (code || !t->fields[tag].type) return code;
        return lift_flat(abi, t->fields[tag].type, &payload, part_of_mut(to, t->fields[tag].host));
    }
    case HF_WIT_FLAGS: type_write_uint(to, t->tag_size, abi_flags(t, (uint32_t)*in->at++)); return HF_OK;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
    case HF_WIT_ERROR_CONTEXT: return abi->guest->lift_handle(abi->ctx, t->type, (uint32_t)*in->at++, to, abi->status);
    default: lift_number(abi, t, *in->at++, to); return HF_OK;
    }
}

hf_code abi_lift(struct abi *abi, const struct abi_type *t, unsigned max_flat, const uint64_t *flat, void *out)
{
    struct words in = { flat };
    abi_look(abi);
    if (t->flat_count <= max_flat) return lift_flat(abi, t, &in, out);
    const uint8_t *from = abi_range(abi, next_pointer(abi, &in), t->size, t->align, "values");
    return from ? load(abi, t, from, out) : HF_TRAPPED;
}

hf_code abi_load_many(struct abi *abi, const struct abi_type *t, uint64_t ptr, uint64_t count, void *values)
{
    uint64_t size;
    abi_look(abi);
    if (ckd_mul(&size, count, (uint64_t)t->size)) return abi_trap(abi, "list too long");
    const uint8_t *from = abi_range(abi, ptr, size, t->align, "list content");
    return from ? load_row(abi, t, from, (size_t)count, values) : HF_TRAPPED;
}
