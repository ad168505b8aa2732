// The type section, and declarators of component and instance types (Binary.md, "Type Definitions").
#include "component/loader.h"

// functype ::= 0x40 ps:<paramlist> rs:<resultlist> | 0x43 …
static hf_code func_type(struct loader *d, uint64_t at, bool is_async, ctype *out)
{
    uint32_t count;
    TRY(loader_count(d, 2, &count));
    struct ctype_field *const params = ARENA_ARRAY(d->arena, struct ctype_field, count);
    if (!params) return fail_oom(d->status);
    const uint32_t set = sets_new(&d->facts, 1);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t param_at = loader_at(d);
        TRY(loader_name(d, &params[i].name));
        TRY(unique_label(d, param_at, set, params[i].name, "function parameter", "parameter", params, i));
        TRY(load_valtype(d, &params[i].type));
    }
    struct ctype_def def = { .kind = CTYPE_FUNC };
    def.func = (struct ctype_func){ is_async, count, params, NO_CTYPE };
    TRY(load_result_list(d, &def.func.result));
    if (def.func.result != NO_CTYPE && ctypes_get(d->types, def.func.result)->flags & CTYPE_HAS_BORROW)
        return loader_invalid(d, at, "function result cannot contain a `borrow` type");
    return ctypes_add(d->types, &def, at, out, d->status);
}

// resourcetype ::= 0x3f t:<core:valtype> f?:<core:funcidx>?
static hf_code resource_type(struct loader *d, uint64_t at)
{
    if (d->scope->kind != SCOPE_COMPONENT)
        return loader_invalid(d, at, "resources can only be defined within a concrete component");
    uint8_t rep;
    TRY(loader_byte(d, &rep));
    valtype type = rep == 0x7f ? VAL_I32 : VAL_I64;
    if (rep == 0x7e) {
        TRY(loader_need(d, at, FEATURE_CM_MEMORY64, "resources represented by i64"));
    } else if (rep != 0x7f) {
        if (rep >= 0x63 && rep <= 0x7f) return loader_invalid(d, at, "resources can only be represented by `i32`");
        return loader_bad_byte(d, at, rep, "value type");
    }
    bool has_dtor;
    TRY(loader_flag(d, "resource destructor", &has_dtor));
    uint32_t dtor = NO_INDEX;
    if (has_dtor) {
        TRY(loader_index(d, SORT_CORE_FUNC, &dtor));
        const struct func_type *const func =
            &types_get(d->c->engine->types, VEC_AT(d->scope->spaces[SORT_CORE_FUNC], uint32_t, dtor))->func;
        if (func->param_count != 1 || func->params[0] != type || func->result_count)
            return loader_invalid(d, at, "core function %u has wrong signature for a destructor", dtor);
    }
    ctype place;
    TRY(scope_resource(d, RESOURCE_DEFINED, &place));
    struct resource_def *const resource = ctypes_resource_mut(d->types, ctypes_resource_id(d->types, place));
    resource->rep = type;
    resource->dtor = dtor;
    TRY(scope_add(d, SORT_TYPE, place));
    struct definition *const def = scope_define(d, DEFINE_RESOURCE, SORT_TYPE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->type = place;
    return scope_bind(d, (struct wit_entity){ SORT_TYPE, true, place }, def);
}

// ---- component and instance types -------------------------------------------------------------------------------------

static hf_code declare_extern(struct loader *d, bool import)
{
    struct name_attributes name;
    struct wit_entity entity;
    TRY(load_name_attributes(d, &name));
    TRY(load_externtype(d, import, &entity));
    return add_extern(d, &name, entity, import);
}

// componentdecl, instancedecl
static hf_code declarator(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    TRY(loader_byte(d, &kind));
    switch (kind) {
    case 0x00: return load_core_type(d);
    case 0x01: return load_type(d);
    case 0x02: return load_alias(d, true);
    case 0x03:
        if (d->scope->kind == SCOPE_COMPONENT_TYPE) return declare_extern(d, true);
        break;
    case 0x04: return declare_extern(d, false);
    default: break;
    }
    return loader_bad_byte(d, at, kind, "component or instance type declaration");
}

static hf_code declared_type(struct loader *d, const struct scope *scope, struct ctype_def *def)
{
    if (scope->kind == SCOPE_INSTANCE_TYPE) {
        struct instance_type *const type = ARENA_NEW(d->arena, struct instance_type);
        if (!type) return fail_oom(d->status);
        *type = (struct instance_type){ scope->id, (uint32_t)scope->exports.count, scope->exports.items };
        def->kind = CTYPE_INSTANCE;
        def->instance = type;
    } else {
        struct component_type *const type = ARENA_NEW(d->arena, struct component_type);
        if (!type) return fail_oom(d->status);
        *type = (struct component_type){ scope->id, (uint32_t)scope->imports.count, (uint32_t)scope->exports.count,
                                         scope->imports.items, scope->exports.items };
        def->kind = CTYPE_COMPONENT;
        def->component = type;
    }
    return HF_OK;
}

// componenttype ::= 0x41 cd*:vec(<componentdecl>)   instancetype ::= 0x42 id*:vec(<instancedecl>)
static hf_code scope_type_of(struct loader *d, uint64_t at, enum scope_kind kind, ctype *out)
{
    uint32_t count;
    TRY(loader_count(d, 2, &count));
    struct scope *const scope = ARENA_NEW(&d->scratch, struct scope);
    if (!scope) return fail_oom(d->status);
    TRY(scope_open(d, kind, scope));
    hf_code code = HF_OK;
    for (uint32_t i = 0; code == HF_OK && i < count; i++) code = declarator(d);
    if (code == HF_OK) {
        code = keep_core_types(d, scope->core_types);
        scope->core_types = NULL;
    }
    scope_close(d, scope);
    struct ctype_def def = { .kind = 0 };
    if (code == HF_OK) code = declared_type(d, scope, &def);
    return code ? code : ctypes_add(d->types, &def, at, out, d->status);
}

// deftype
hf_code load_type(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint8_t code;
    TRY(loader_byte(d, &code));
    ctype type;
    switch (code) {
    case 0x3f: return resource_type(d, at);
    case 0x40: TRY(func_type(d, at, false, &type)); break;
    case 0x43: TRY(func_type(d, at, true, &type)); break;
    case 0x41: TRY(scope_type_of(d, at, SCOPE_COMPONENT_TYPE, &type)); break;
    case 0x42: TRY(scope_type_of(d, at, SCOPE_INSTANCE_TYPE, &type)); break;
    default: TRY(load_defvaltype(d, at, code, &type)); break;
    }
    return scope_add(d, SORT_TYPE, type);
}
