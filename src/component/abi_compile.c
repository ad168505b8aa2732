// How values of a type lie in a guest's memory and as core values (CanonicalABI.md, "Alignment", "Element Size",
// "Flattening"), worked out once.
#include "base/ckd.h"
#include "base/fail.h"
#include "component/abi.h"
#include "value/value.h"

void abi_types_init(struct abi_types *types, struct arena *arena, bool is64)
{
    *types = (struct abi_types){ .arena = arena, .is64 = is64 };
    map_init(&types->known, arena->heap, 0);
}

void abi_types_fini(struct abi_types *types)
{
    map_fini(&types->known);
}

static uint64_t align_to(uint64_t at, uint64_t align)
{
    return (at + align - 1) & ~(align - 1);
}

static void put_flat(struct abi_type *out, uint8_t flat)
{
    if (out->flat_count < ABI_TOO_MANY_FLAT) out->flat[out->flat_count++] = flat;
}

static void put_flats(struct abi_type *out, const struct abi_type *part)
{
    for (unsigned i = 0; i < part->flat_count; i++) put_flat(out, part->flat[i]);
}

static uint8_t join(uint8_t a, uint8_t b)
{
    if (a == b) return a;
    if ((a == ABI_I32 && b == ABI_F32) || (a == ABI_F32 && b == ABI_I32)) return ABI_I32;
    return ABI_I64;
}

// flatten_variant
static void flatten_sum(struct abi_type *out)
{
    put_flat(out, ABI_I32);
    for (uint32_t i = 0; i < out->count; i++) {
        const struct abi_type *part = out->fields[i].type;
        for (unsigned k = 0; part && k < part->flat_count; k++) {
            if (k + 1 < out->flat_count)
                out->flat[k + 1] = join(out->flat[k + 1], part->flat[k]);
            else
                put_flat(out, part->flat[k]);
        }
    }
}

// A type of no parts: `size` bytes, one core value.
static void plain(struct abi_type *out, uint32_t size, uint8_t flat, enum abi_raw raw)
{
    out->size = out->align = size;
    out->raw = (uint8_t)(VALUE_HOST_LITTLE ? raw : ABI_NOT_RAW);
    put_flat(out, flat);
}

// Only where nothing lies between the parts may they be copied together: what would be there is not the guest's to see.
static void fields_extent(struct abi_type *out, struct abi_field *fields, uint64_t *size)
{
    uint64_t at = 0, parts = 0;
    bool same = true;
    uint8_t raw = VALUE_HOST_LITTLE ? ABI_RAW : ABI_NOT_RAW;
    for (uint32_t i = 0; i < out->count; i++) {
        const struct abi_type *part = fields[i].type;
        at = align_to(at, part->align);
        fields[i].guest = (uint32_t)at;
        same &= fields[i].guest == fields[i].host;
        at += part->size;
        parts += part->size;
        if (part->align > out->align) out->align = part->align;
        if (part->raw < raw) raw = part->raw;
        put_flats(out, part);
    }
    *size = align_to(at, out->align);
    out->raw = same && parts == *size && *size == out->host_size ? raw : ABI_NOT_RAW;
}

static void cases_extent(struct abi_type *out, struct abi_field *fields, uint64_t *size)
{
    uint64_t payload = 0, align = 1;
    out->tag_size = (uint8_t)type_tag_size(out->count);
    for (uint32_t i = 0; i < out->count; i++) {
        if (!fields[i].type) continue;
        if (fields[i].type->size > payload) payload = fields[i].type->size;
        if (fields[i].type->align > align) align = fields[i].type->align;
    }
    const uint64_t at = align_to(out->tag_size, align);
    for (uint32_t i = 0; i < out->count; i++) fields[i].guest = (uint32_t)at;
    out->align = (uint32_t)align > out->tag_size ? (uint32_t)align : out->tag_size;
    *size = align_to(at + payload, out->align);
    flatten_sum(out);
}

static hf_code compile(struct abi_types *types, const hf_type *type, unsigned depth, const struct abi_type **out,
                       hf_status *status);

static hf_code compile_fields(struct abi_types *types, const hf_type *type, unsigned depth, struct abi_type *out,
                              hf_status *status)
{
    if (type->count == 0) {
        out->align = 1;
        return HF_OK;
    }
    struct abi_field *fields = ARENA_ARRAY(types->arena, struct abi_field, type->count);
    if (!fields) return fail_oom(status);
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_type *part = type->fields[i].type;
        const hf_code code = part ? compile(types, part, depth + 1, &fields[i].type, status) : HF_OK;
        if (code) return code;
        fields[i].host = type->fields[i].offset;
    }
    uint64_t size;
    out->fields = fields;
    out->count = type->count;
    out->align = 1;
    if (type_is_sum(type->kind))
        cases_extent(out, fields, &size);
    else
        fields_extent(out, fields, &size);
    if (size > TYPE_SIZE_MAX) return fail(status, HF_LIMIT, "a type whose values are too large");
    out->size = (uint32_t)size;
    return HF_OK;
}

static hf_code compile_list(struct abi_types *types, const hf_type *type, unsigned depth, struct abi_type *out,
                            hf_status *status)
{
    const hf_code code = compile(types, type->element, depth + 1, &out->element, status);
    if (code) return code;
    const uint32_t pointer = types->is64 ? 8 : 4;
    if (type->kind != HF_WIT_FIXED_LIST) {
        plain(out, pointer, types->is64 ? ABI_I64 : ABI_I32, ABI_NOT_RAW);
        put_flat(out, out->flat[0]);
        out->size = 2 * pointer;
        return HF_OK;
    }
    out->count = type->count;
    out->align = out->element->align;
    out->raw = out->element->size == out->element->host_size ? out->element->raw : ABI_NOT_RAW;
    for (uint32_t i = 0; i < type->count && out->flat_count < ABI_TOO_MANY_FLAT; i++) put_flats(out, out->element);
    if (ckd_mul(&out->size, out->element->size, type->count) || out->size > TYPE_SIZE_MAX)
        return fail(status, HF_LIMIT, "a type whose values are too large");
    return HF_OK;
}

static hf_code compile_kind(struct abi_types *types, const hf_type *type, unsigned depth, struct abi_type *out,
                            hf_status *status)
{
    switch (type->kind) {
    case HF_WIT_BOOL: plain(out, 1, ABI_I32, ABI_NOT_RAW); break;
    case HF_WIT_S8:
    case HF_WIT_U8: plain(out, 1, ABI_I32, ABI_RAW); break;
    case HF_WIT_S16:
    case HF_WIT_U16: plain(out, 2, ABI_I32, ABI_RAW); break;
    case HF_WIT_S32:
    case HF_WIT_U32: plain(out, 4, ABI_I32, ABI_RAW); break;
    case HF_WIT_S64:
    case HF_WIT_U64: plain(out, 8, ABI_I64, ABI_RAW); break;
    case HF_WIT_F32: plain(out, 4, ABI_F32, ABI_RAW_FLOATS); break;
    case HF_WIT_F64: plain(out, 8, ABI_F64, ABI_RAW_FLOATS); break;
    case HF_WIT_STRING: {
        const uint32_t pointer = types->is64 ? 8 : 4;
        plain(out, pointer, types->is64 ? ABI_I64 : ABI_I32, ABI_NOT_RAW);
        put_flat(out, out->flat[0]);
        out->size = 2 * pointer;
        break;
    }
    case HF_WIT_FLAGS:
        out->count = type->count;
        out->tag_size = (uint8_t)type_flags_size(type->count);
        plain(out, out->tag_size, ABI_I32, type->count == 8u * out->tag_size ? ABI_RAW : ABI_NOT_RAW);
        break;
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP: return compile_list(types, type, depth, out, status);
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: return compile_fields(types, type, depth, out, status);
    default: plain(out, 4, ABI_I32, ABI_NOT_RAW); break; // char and handles
    }
    return HF_OK;
}

static hf_code compile(struct abi_types *types, const hf_type *type, unsigned depth, const struct abi_type **out,
                       hf_status *status)
{
    if (depth == TYPE_DEPTH_MAX) return fail(status, HF_LIMIT, "a type nested too deeply");
    const uint32_t *known = map_get(&types->known, &type, sizeof type);
    if (known) {
        *out = types->list[*known];
        return HF_OK;
    }
    struct abi_type *made = ARENA_NEW(types->arena, struct abi_type);
    if (!made) return fail_oom(status);
    made->type = type;
    made->kind = (uint8_t)type->kind;
    made->host_size = type->size;
    const hf_code code = compile_kind(types, type, depth, made, status);
    if (code) return code;
    struct abi_type **list =
        arena_grow(types->arena, types->list, &types->cap, types->count, types->count + 1, sizeof *list);
    if (!list) return fail_oom(status);
    types->list = list;
    list[types->count] = made;
    if (map_put(&types->known, &made->type, sizeof made->type, (uint32_t)types->count) == MAP_NO_MEMORY)
        return fail_oom(status);
    types->count++;
    *out = made;
    return HF_OK;
}

hf_code abi_compile(struct abi_types *types, const hf_type *type, const struct abi_type **out, hf_status *status)
{
    return compile(types, type, 0, out, status);
}
