// Value types (Binary.md, defvaltype).
#include "component/loader.h"

static hf_code check_label(struct loader *d, uint64_t at, hf_str label, const char *what)
{
    if (!label.size) return loader_invalid(d, at, "%s name cannot be empty", what);
    if (label_valid(label)) return HF_OK;
    return loader_invalid(d, at, "%s name `%.*s` is not in kebab case", what, shown(label), label.data);
}

hf_code unique_label(struct loader *d, uint64_t at, uint32_t set, hf_str label, const char *what, const char *of,
                     const struct ctype_field *before, uint32_t position)
{
    TRY(check_label(d, at, label, what));
    const struct extern_name plain = { .form = NAME_PLAIN };
    char *const lower = arena_alloc(&d->scratch, label.size);
    if (!lower) return fail_oom(d->status);
    const hf_str key = { lower, extern_name_canonical(label, &plain, lower) };
    const uint32_t *const known = sets_get_name(&d->facts, set, key);
    if (known) {
        const hf_str other = before[*known].name;
        return loader_invalid(d, at, "%s name `%.*s` conflicts with previous %s name `%.*s`", what, shown(label),
                              label.data, of, shown(other), other.data);
    }
    return sets_add_name(&d->facts, set, key, position) == MAP_NO_MEMORY ? fail_oom(d->status) : HF_OK;
}

hf_code load_valtype(struct loader *d, ctype *out)
{
    const uint64_t at = loader_at(d);
    if (!reader_left(&d->in)) d->in.ran_out = true;
    TRY(loader_check(d));
    // The opcodes are negative SLEB128s of one byte: 0x40 to 0x7f.
    const uint8_t byte = reader_peek(&d->in);
    if (byte >= 0x40 && byte < 0x80) {
        d->in.at++;
        const hf_witkind kind = wit_kind_of(byte);
        if (!kind || !wit_type_infos[kind].primitive) return loader_bad_byte(d, at, byte, "primitive value type");
        if (kind == HF_WIT_ERROR_CONTEXT) TRY(loader_need(d, at, FEATURE_CM_ERROR_CONTEXT, "error-context"));
        *out = ctypes_primitive(kind);
        return HF_OK;
    }
    const int64_t index = reader_leb_s33(&d->in);
    TRY(loader_check(d));
    if (index < 0) return fail_at(d->status, HF_MALFORMED, at, "malformed value type");
    TRY(scope_index(d, d->scope, SORT_TYPE, at, (uint32_t)index));
    const ctype type = scope_type(d->scope, SORT_TYPE, (uint32_t)index);
    if (ctypes_get(d->types, type)->kind >= WIT_KINDS)
        return loader_invalid(d, at, "type index %u is not a defined type", (unsigned)index);
    *out = type;
    return HF_OK;
}

// <T>?
static hf_code optional_valtype(struct loader *d, const char *what, ctype *out)
{
    bool present;
    *out = NO_CTYPE;
    TRY(loader_flag(d, what, &present));
    return present ? load_valtype(d, out) : HF_OK;
}

// resultlist ::= 0x00 t:<valtype> | 0x01 0x00
hf_code load_result_list(struct loader *d, ctype *out)
{
    uint64_t at = loader_at(d);
    uint8_t byte;
    TRY(loader_byte(d, &byte));
    if (byte == 0x00) return load_valtype(d, out);
    if (byte != 0x01) return loader_bad_byte(d, at, byte, "component function results");
    at = loader_at(d);
    TRY(loader_byte(d, &byte));
    if (byte) return loader_bad_byte(d, at, byte, "number of results");
    *out = NO_CTYPE;
    return HF_OK;
}

// What the constructors with fields, cases or labels differ in.
struct list_form {
    const char *what, *of;
    const char *none; // the complaint about an empty list
    bool labels, types, optional;
};

static struct list_form form_of(unsigned kind)
{
    switch (kind) {
    case HF_WIT_RECORD:
        return (struct list_form){ "record field", "field", "record type must have at least one field",
                                   true,           true,    false };
    case HF_WIT_VARIANT:
        return (
            struct list_form){ "variant case", "case", "variant type must have at least one case", true, true, true };
    case HF_WIT_FLAGS:
        return (struct list_form){ "flag", "flag", "flags must have at least one entry", true, false, false };
    case HF_WIT_ENUM:
        return (struct list_form){ "enum tag", "tag", "enum type must have at least one variant", true, false, false };
    default:
        return (
            struct list_form){ "tuple field", "field", "tuple type must have at least one type", false, true, false };
    }
}

static hf_code read_fields(struct loader *d, unsigned kind, struct ctype_def *def)
{
    const struct list_form form = form_of(kind);
    const uint64_t at = loader_at(d);
    uint32_t count;
    TRY(loader_count(d, 1, &count));
    if (!count) return loader_invalid(d, at, "%s", form.none);
    if (kind == HF_WIT_FLAGS && count > 32) return loader_invalid(d, at, "cannot have more than 32 flags");
    struct ctype_field *const fields = ARENA_ARRAY(d->arena, struct ctype_field, count);
    if (!fields) return fail_oom(d->status);
    const uint32_t set = sets_new(&d->facts, 1);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t field_at = loader_at(d);
        fields[i].type = NO_CTYPE;
        if (form.labels) {
            TRY(loader_name(d, &fields[i].name));
            TRY(unique_label(d, field_at, set, fields[i].name, form.what, form.of, fields, i));
        }
        if (form.optional)
            TRY(optional_valtype(d, "variant case", &fields[i].type));
        else if (form.types)
            TRY(load_valtype(d, &fields[i].type));
        if (kind == HF_WIT_VARIANT) {
            const uint64_t zero_at = loader_at(d);
            uint8_t zero;
            TRY(loader_byte(d, &zero));
            if (zero) return loader_bad_byte(d, zero_at, zero, "zero byte required");
        }
    }
    def->record.count = count;
    def->record.fields = fields;
    return HF_OK;
}

// The cases of option<T> and result<T, E>, which WIT writes as variants.
static hf_code two_cases(struct loader *d, const char *first, ctype first_type, const char *second, ctype second_type,
                         struct ctype_def *def)
{
    struct ctype_field *const fields = ARENA_ARRAY(d->arena, struct ctype_field, 2);
    if (!fields) return fail_oom(d->status);
    fields[0] = (struct ctype_field){ { first, 0 }, first_type };
    fields[1] = (struct ctype_field){ { second, 0 }, second_type };
    for (int i = 0; i < 2; i++)
        while (fields[i].name.data[fields[i].name.size]) fields[i].name.size++;
    def->record.count = 2;
    def->record.fields = fields;
    return HF_OK;
}

static hf_code handle(struct loader *d, struct ctype_def *def)
{
    const uint64_t at = loader_at(d);
    uint32_t index;
    TRY(loader_index(d, SORT_TYPE, &index));
    const ctype type = scope_type(d->scope, SORT_TYPE, index);
    if (ctypes_get(d->types, type)->kind != CTYPE_RESOURCE)
        return loader_invalid(d, at, "type index %u is not a resource type", index);
    def->resource = type;
    return HF_OK;
}

static bool is_key_type(const struct ctype_def *def)
{
    return def->kind == HF_WIT_CHAR || def->kind == HF_WIT_STRING || def->kind <= HF_WIT_U64;
}

// 0x63 k:<valtype> v:<valtype>: a list of pairs
static hf_code map_type(struct loader *d, uint64_t at, struct ctype_def *def)
{
    struct ctype_field *const fields = ARENA_ARRAY(d->arena, struct ctype_field, 2);
    if (!fields) return fail_oom(d->status);
    TRY(load_valtype(d, &fields[0].type));
    if (!is_key_type(ctypes_get(d->types, fields[0].type))) return loader_invalid(d, at, "invalid map key type");
    TRY(load_valtype(d, &fields[1].type));
    const struct ctype_def pair = { .kind = HF_WIT_TUPLE, .record = { 2, fields } };
    return ctypes_add(d->types, &pair, at, &def->list.element, d->status);
}

static hf_code async_type(struct loader *d, uint64_t at, struct ctype_def *def)
{
    TRY(optional_valtype(d, "stream or future type", &def->list.element));
    if (def->list.element == NO_CTYPE) return HF_OK;
    const struct ctype_def *const element = ctypes_get(d->types, def->list.element);
    const char *const what = ctype_kind_name(def->kind);
    if (element->flags & CTYPE_HAS_BORROW) return loader_invalid(d, at, "a %s cannot contain a borrow", what);
    if (def->kind == HF_WIT_STREAM && element->kind == HF_WIT_CHAR)
        return loader_invalid(d, at, "`stream<char>` is not valid at this time");
    return HF_OK;
}

hf_code load_defvaltype(struct loader *d, uint64_t at, uint8_t code, ctype *out)
{
    const hf_witkind kind = wit_kind_of(code);
    struct ctype_def def = { .kind = (uint8_t)kind };
    ctype first, second;
    switch ((unsigned)kind) {
    case 0: return loader_bad_byte(d, at, code, "component defined type");
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_TUPLE:
    case HF_WIT_FLAGS:
    case HF_WIT_ENUM: TRY(read_fields(d, kind, &def)); break;
    case HF_WIT_FIXED_LIST:
        TRY(loader_need(d, at, FEATURE_CM_FIXED_LISTS, "fixed-length lists"));
        TRY(load_valtype(d, &def.list.element));
        TRY(loader_u32(d, &def.list.length));
        if (!def.list.length) return loader_invalid(d, at, "fixed-length lists must have at least one element");
        break;
    case HF_WIT_LIST: TRY(load_valtype(d, &def.list.element)); break;
    case HF_WIT_MAP: TRY(map_type(d, at, &def)); break;
    case HF_WIT_OPTION:
        TRY(load_valtype(d, &first));
        TRY(two_cases(d, "none", NO_CTYPE, "some", first, &def));
        break;
    case HF_WIT_RESULT:
        TRY(optional_valtype(d, "result type", &first));
        TRY(optional_valtype(d, "result type", &second));
        TRY(two_cases(d, "ok", first, "error", second, &def));
        break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW: TRY(handle(d, &def)); break;
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: TRY(async_type(d, at, &def)); break;
    default: // primitive
        if (kind == HF_WIT_ERROR_CONTEXT) TRY(loader_need(d, at, FEATURE_CM_ERROR_CONTEXT, "error-context"));
        *out = ctypes_primitive(kind);
        return HF_OK;
    }
    TRY(ctypes_add(d->types, &def, at, out, d->status));
    if (ctypes_get(d->types, *out)->abi[1].size <= VALUE_SIZE_MAX) return HF_OK;
    return loader_invalid(d, at, "the type exceeds maximum byte size of %d", VALUE_SIZE_MAX);
}
