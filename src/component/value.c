// Values and start functions (Binary.md, "Value Definitions", "Start Definitions"), behind the feature cm-values.
#include "component/loader.h"

#include <string.h>

#include "base/utf8.h"

static hf_code val(struct loader *d, ctype type);

static hf_code tag(struct loader *d, uint32_t count, uint32_t *out)
{
    const uint64_t at = loader_at(d);
    TRY(loader_u32(d, out));
    return *out < count ? HF_OK : loader_invalid(d, at, "there is no case %u", *out);
}

// Discriminants of options and results are bytes.
static hf_code tag_byte(struct loader *d, uint32_t *out)
{
    bool second;
    TRY(loader_flag(d, "value", &second));
    *out = second;
    return HF_OK;
}

static hf_code character(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint32_t scalar;
    const size_t size = utf8_decode(d->in.at, reader_left(&d->in), &scalar);
    if (!size) return fail_at(d->status, HF_MALFORMED, at, "malformed UTF-8 encoding");
    d->in.at += size;
    return HF_OK;
}

// A NaN has one form only.
static hf_code floating(struct loader *d, bool wide)
{
    const uint64_t at = loader_at(d);
    const uint64_t bits = wide ? reader_u64le(&d->in) : reader_u32le(&d->in);
    TRY(loader_check(d));
    const uint64_t magnitude = wide ? bits & UINT64_MAX >> 1 : bits & INT32_MAX;
    const uint64_t infinity = wide ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23;
    const uint64_t nan = wide ? UINT64_C(0x7ff8) << 48 : UINT64_C(0x7fc00000);
    if (magnitude <= infinity || bits == nan) return HF_OK;
    return fail_at(d->status, HF_MALFORMED, at, "a NaN that is not canonical");
}

static hf_code flags(struct loader *d, uint32_t count)
{
    const uint64_t at = loader_at(d);
    const uint8_t *const bytes = reader_bytes(&d->in, (count + 7) / 8);
    TRY(loader_check(d));
    if (count % 8 && bytes[count / 8] >> count % 8) return loader_invalid(d, at, "a flag that there is not");
    return HF_OK;
}

static hf_code elements(struct loader *d, ctype type, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) TRY(val(d, type));
    return HF_OK;
}

static hf_code payload(struct loader *d, const struct ctype_def *def, uint32_t index)
{
    const ctype type = def->record.fields[index].type;
    return type == NO_CTYPE ? HF_OK : val(d, type);
}

// val(t). Every value takes a byte at least, so that there are no more of them than bytes.
static hf_code val(struct loader *d, ctype type)
{
    const struct ctype_def *const def = ctypes_get(d->types, type);
    uint32_t n;
    hf_str name;
    bool flag;
    switch (def->kind) {
    case HF_WIT_BOOL: return loader_flag(d, "value", &flag);
    case HF_WIT_S8:
    case HF_WIT_U8: reader_u8(&d->in); break;
    case HF_WIT_S16: reader_leb_s_slow(&d->in, 16); break;
    case HF_WIT_U16: reader_leb_u_slow(&d->in, 16); break;
    case HF_WIT_S32: reader_leb_s32(&d->in); break;
    case HF_WIT_U32: reader_leb_u32(&d->in); break;
    case HF_WIT_S64: reader_leb_s64(&d->in); break;
    case HF_WIT_U64: reader_leb_u64(&d->in); break;
    case HF_WIT_F32: return floating(d, false);
    case HF_WIT_F64: return floating(d, true);
    case HF_WIT_CHAR: return character(d);
    case HF_WIT_STRING: return loader_name(d, &name);
    case HF_WIT_LIST:
    case HF_WIT_MAP: TRY(loader_count(d, 1, &n)); return elements(d, def->list.element, n);
    case HF_WIT_FIXED_LIST: return elements(d, def->list.element, def->list.length);
    case HF_WIT_FLAGS: return flags(d, def->record.count);
    case HF_WIT_ENUM: return tag(d, def->record.count, &n);
    case HF_WIT_VARIANT: TRY(tag(d, def->record.count, &n)); return payload(d, def, n);
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: TRY(tag_byte(d, &n)); return payload(d, def, n);
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < def->record.count; i++) TRY(val(d, def->record.fields[i].type));
        break;
    default:
        return loader_invalid(d, loader_at(d), "there are no constant values of type %s", ctype_kind_name(def->kind));
    }
    return loader_check(d);
}

static hf_code add_value(struct loader *d, ctype type)
{
    return scope_add_entity(d, (struct wit_entity){ SORT_VALUE, false, type });
}

// value ::= t:<valtype> len:<core:u32> v:<val(t)>
hf_code load_value(struct loader *d)
{
    const uint64_t at = loader_at(d);
    ctype type;
    uint32_t size;
    TRY(loader_need(d, at, FEATURE_CM_VALUES, "values"));
    TRY(load_valtype(d, &type));
    TRY(loader_count(d, 1, &size));
    const uint8_t *const bytes = d->in.at, *const end = d->in.end;
    d->in.end = bytes + size;
    const hf_code code = val(d, type);
    const bool whole = d->in.at == d->in.end;
    d->in.end = end;
    if (code) return code;
    if (!whole) return fail_at(d->status, HF_MALFORMED, at, "value size mismatch");
    TRY(add_value(d, type));
    struct definition *const def = scope_define(d, DEFINE_VALUE, SORT_VALUE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->type = type;
    def->value = (hf_bytes){ bytes, size };
    return HF_OK;
}

// start ::= f:<funcidx> arg*:vec(<valueidx>) r:<u32>
hf_code load_start(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint32_t func, count, results;
    TRY(loader_need(d, at, FEATURE_CM_VALUES, "start functions"));
    TRY(loader_index(d, SORT_FUNC, &func));
    TRY(loader_count(d, 1, &count));
    const struct ctype_func type = ctypes_get(d->types, scope_type(d->scope, SORT_FUNC, func))->func;
    struct argument *const args = ARENA_ARRAY(d->arena, struct argument, count);
    if (!args) return fail_oom(d->status);
    if (count != type.param_count)
        return loader_invalid(d, at, "component start function requires %u arguments but was given %u",
                              type.param_count, count);
    for (uint32_t i = 0; i < count; i++) {
        struct wit_entity entity;
        TRY(loader_u32(d, &args[i].index));
        TRY(scope_entity(d, SORT_VALUE, args[i].index, at, &entity));
        args[i].sort = SORT_VALUE;
        args[i].type = entity.type;
        if (!ctype_equal(d->types, entity.type, type.params[i].type))
            return loader_invalid(d, at, "value type mismatch for component start function argument %u", i);
    }
    TRY(loader_u32(d, &results));
    if (results != (type.result != NO_CTYPE))
        return loader_invalid(d, at,
                              "component start function has a result count of %u but the function type has "
                              "another",
                              results);
    if (results) TRY(add_value(d, type.result));
    struct definition *const def = scope_define(d, DEFINE_START, SORT_VALUE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = func;
    def->count = results;
    def->arg_count = count;
    def->args = args;
    return HF_OK;
}
