// Instances, of core modules and of components (Binary.md, "Instance Definitions").
#include "component/loader.h"

// ---- core instances ---------------------------------------------------------------------------------------------------

static hf_code add_core_instance(struct loader *d, struct core_exports exports)
{
    struct core_exports *const kept = vec_push(d, &d->scratch, &d->scope->spaces[SORT_CORE_INSTANCE], sizeof *kept);
    if (!kept) return HF_OUT_OF_MEMORY;
    *kept = exports;
    return HF_OK;
}

static const struct core_exports *core_instance_at(const struct loader *d, uint32_t index)
{
    return &VEC_AT(d->scope->spaces[SORT_CORE_INSTANCE], struct core_exports, index);
}

// core:instantiatearg ::= n:<core:name> 0x12 i:<instanceidx>
static hf_code core_argument(struct loader *d, uint32_t set, uint32_t position, struct argument *out)
{
    uint64_t at = loader_at(d);
    uint8_t sort;
    TRY(loader_name(d, &out->name));
    switch (sets_add_name(&d->facts, set, out->name, position)) {
    case MAP_ADDED: break;
    case MAP_EXISTS:
        return loader_invalid(d, at, "duplicate module instantiation argument named `%.*s`", shown(out->name),
                              out->name.data);
    case MAP_NO_MEMORY: return fail_oom(d->status);
    }
    at = loader_at(d);
    TRY(loader_byte(d, &sort));
    if (sort != sort_infos[SORT_CORE_INSTANCE].code) return loader_bad_byte(d, at, sort, "instantiation arg kind");
    out->sort = SORT_CORE_INSTANCE;
    return loader_index(d, SORT_CORE_INSTANCE, &out->index);
}

// Each two-level import is found in the argument of its first level.
static hf_code check_core_imports(struct loader *d, uint64_t at, const struct module_type *type, uint32_t set,
                                  const struct argument *args)
{
    TRY(ctypes_spend(d->types, type->import_count, d->status));
    for (uint32_t i = 0; i < type->import_count; i++) {
        const struct module_import *const import = &type->imports[i];
        const uint32_t *const arg = sets_get_name(&d->facts, set, import->module);
        if (!arg)
            return loader_invalid(d, at, "missing module instantiation argument named `%.*s`", shown(import->module),
                                  import->module.data);
        const struct core_exports *const given = core_instance_at(d, args[*arg].index);
        const uint32_t export = ctypes_export(d->types, given->scope, import->name);
        if (export == UINT32_MAX)
            return loader_invalid(d, at, "module instantiation argument `%.*s` does not export an item named `%.*s`",
                                  shown(import->module), import->module.data, shown(import->name), import->name.data);
        d->matcher.offset = at;
        d->matcher.status = d->status;
        TRY(match_core(&d->matcher, &given->items[export].type, &import->type));
    }
    return HF_OK;
}

// 0x00 m:<moduleidx> arg*:vec(<core:instantiatearg>)
static hf_code core_instantiate(struct loader *d, uint64_t at)
{
    uint32_t module, count;
    TRY(loader_index(d, SORT_CORE_MODULE, &module));
    TRY(loader_count(d, 3, &count));
    struct argument *const args = ARENA_ARRAY(d->arena, struct argument, count);
    if (!args) return fail_oom(d->status);
    const uint32_t set = sets_new(&d->facts, 1);
    for (uint32_t i = 0; i < count; i++) TRY(core_argument(d, set, i, &args[i]));
    const struct module_type *const type = ctypes_get(d->types, scope_type(d->scope, SORT_CORE_MODULE, module))->module;
    TRY(check_core_imports(d, at, type, set, args));
    struct definition *const def = scope_define(d, DEFINE_CORE_INSTANTIATE, SORT_CORE_INSTANCE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = module;
    def->arg_count = count;
    def->args = args;
    return add_core_instance(d, (struct core_exports){ type->scope, type->export_count, type->exports });
}

// A core object as an export of a core instance.
static hf_code core_object(struct loader *d, enum sort sort, uint32_t index, uint64_t at, struct extern_type *out)
{
    const struct vec *const space = &d->scope->spaces[sort];
    TRY(scope_index(d, d->scope, sort, at, index));
    switch (sort) {
    case SORT_CORE_FUNC:
        out->kind = EXTERN_FUNC;
        out->func = VEC_AT(*space, uint32_t, index);
        return HF_OK;
    case SORT_CORE_TAG:
        out->kind = EXTERN_TAG;
        out->func = VEC_AT(*space, uint32_t, index);
        return HF_OK;
    case SORT_CORE_TABLE:
        out->kind = EXTERN_TABLE;
        out->table = VEC_AT(*space, struct table_type, index);
        return HF_OK;
    case SORT_CORE_MEMORY:
        out->kind = EXTERN_MEMORY;
        out->memory = VEC_AT(*space, struct limits, index);
        return HF_OK;
    case SORT_CORE_GLOBAL:
        out->kind = EXTERN_GLOBAL;
        out->global = VEC_AT(*space, struct global_type, index);
        return HF_OK;
    default: return loader_invalid(d, at, "a %s cannot be exported from a core instance", sort_infos[sort].name);
    }
}

// 0x01 e*:vec(<core:inlineexport>)
static hf_code core_exports(struct loader *d, uint64_t at)
{
    uint32_t count;
    TRY(loader_count(d, 3, &count));
    struct argument *const args = ARENA_ARRAY(d->arena, struct argument, count);
    struct module_export *const exports = ARENA_ARRAY(d->arena, struct module_export, count);
    if (!args || !exports) return fail_oom(d->status);
    const uint32_t scope = ctypes_new_scope(d->types);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t export_at = loader_at(d);
        const hf_str *const name = &args[i].name;
        TRY(loader_name(d, &args[i].name));
        TRY(loader_core_sort(d, "core instance export", &args[i].sort));
        TRY(loader_u32(d, &args[i].index));
        TRY(core_object(d, args[i].sort, args[i].index, export_at, &exports[i].type));
        if (ctypes_export(d->types, scope, *name) != UINT32_MAX)
            return loader_invalid(d, export_at, "export name `%.*s` already defined", shown(*name), name->data);
        if (!ctypes_name_export(d->types, scope, *name, i)) return fail_oom(d->status);
        exports[i].name = *name;
    }
    struct definition *const def = scope_define(d, DEFINE_CORE_EXPORTS, SORT_CORE_INSTANCE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->arg_count = count;
    def->args = args;
    return add_core_instance(d, (struct core_exports){ scope, count, exports });
}

hf_code load_core_instance(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    TRY(loader_byte(d, &kind));
    switch (kind) {
    case 0x00: return core_instantiate(d, at);
    case 0x01: return core_exports(d, at);
    default: return loader_bad_byte(d, at, kind, "core instance");
    }
}

// ---- instances --------------------------------------------------------------------------------------------------------

// instantiatearg ::= n:<name> si:<sortidx>
static hf_code argument(struct loader *d, uint32_t set, uint32_t position, struct argument *out,
                        struct wit_entity *entity)
{
    uint64_t at = loader_at(d);
    TRY(loader_name(d, &out->name));
    switch (sets_add_name(&d->facts, set, out->name, position)) {
    case MAP_ADDED: break;
    case MAP_EXISTS:
        return loader_invalid(d, at, "instantiation argument `%.*s` conflicts with previous argument `%.*s`",
                              shown(out->name), out->name.data, shown(out->name), out->name.data);
    case MAP_NO_MEMORY: return fail_oom(d->status);
    }
    at = loader_at(d);
    TRY(loader_sort(d, "component external kind", &out->sort));
    TRY(loader_u32(d, &out->index));
    TRY(scope_entity(d, out->sort, out->index, at, entity));
    out->type = entity->type;
    return HF_OK;
}

static hf_code match_arguments(struct loader *d, uint64_t at, const struct component_type *type, uint32_t set,
                               const struct wit_entity *args, struct subst *s)
{
    TRY(ctypes_spend(d->types, type->import_count, d->status));
    for (uint32_t i = 0; i < type->import_count; i++) {
        const hf_str name = type->imports[i].name;
        const uint32_t *const arg = sets_get_name(&d->facts, set, name);
        if (!arg) return loader_invalid(d, at, "missing import named `%.*s`", shown(name), name.data);
        hf_status found = hf_status_ok();
        d->matcher.offset = at;
        d->matcher.status = &found;
        const hf_code code = match_entity(&d->matcher, args[*arg], type->imports[i].entity, s, type->scope);
        if (code)
            return fail_at(d->status, code, at, "type mismatch for import `%.*s`: %.150s", shown(name), name.data,
                           found.message);
    }
    return HF_OK;
}

// The exports of an instance as a type.
static hf_code add_instance_type(struct loader *d, uint64_t at, uint32_t scope, const struct extern_decl *exports,
                                 uint32_t count, ctype *out)
{
    struct instance_type *const type = ARENA_NEW(d->arena, struct instance_type);
    if (!type) return fail_oom(d->status);
    *type = (struct instance_type){ scope, count, exports };
    const struct ctype_def def = { .kind = CTYPE_INSTANCE, .instance = type };
    return ctypes_add(d->types, &def, at, out, d->status);
}

// 0x00 c:<componentidx> arg*:vec(<instantiatearg>)
static hf_code instantiate(struct loader *d, uint64_t at)
{
    uint32_t component, count;
    TRY(loader_index(d, SORT_COMPONENT, &component));
    TRY(loader_count(d, 3, &count));
    struct argument *const args = ARENA_ARRAY(d->arena, struct argument, count);
    struct wit_entity *const entities = ARENA_ARRAY(&d->scratch, struct wit_entity, count);
    if (!args || !entities) return fail_oom(d->status);
    const uint32_t set = sets_new(&d->facts, 1);
    for (uint32_t i = 0; i < count; i++) TRY(argument(d, set, i, &args[i], &entities[i]));
    const struct component_type *const type =
        ctypes_get(d->types, scope_type(d->scope, SORT_COMPONENT, component))->component;
    struct subst s;
    const struct extern_decl *exports = NULL;
    ctype instance = NO_CTYPE;
    scope_subst(d, &s, type->scope, RESOURCE_EXPORTED);
    hf_code code = match_arguments(d, at, type, set, entities, &s);
    if (code == HF_OK) code = subst_decls(&s, type->exports, type->export_count, &exports, d->status);
    subst_fini(&s);
    if (code == HF_OK) code = add_instance_type(d, at, type->scope, exports, type->export_count, &instance);
    if (code) return code;
    TRY(scope_add(d, SORT_INSTANCE, instance));
    struct definition *const def = scope_define(d, DEFINE_INSTANTIATE, SORT_INSTANCE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = component;
    def->type = instance;
    def->arg_count = count;
    def->args = args;
    return scope_bind(d, (struct wit_entity){ SORT_INSTANCE, false, instance }, def);
}

// 0x01 e*:vec(<inlineexport>)
static hf_code instance_of_exports(struct loader *d, uint64_t at)
{
    uint32_t count;
    TRY(loader_count(d, 4, &count));
    struct argument *const args = ARENA_ARRAY(d->arena, struct argument, count);
    if (!args) return fail_oom(d->status);
    struct vec decls = { 0 };
    const uint32_t scope = ctypes_new_scope(d->types), sets = sets_new(&d->facts, 3);
    struct extern_list list = { "export", &decls, sets, sets + 1, sets + 2 };
    for (uint32_t i = 0; i < count; i++) {
        struct name_attributes name;
        struct wit_entity entity;
        TRY(load_name_attributes(d, &name));
        TRY(loader_sort(d, "component external kind", &args[i].sort));
        TRY(loader_u32(d, &args[i].index));
        TRY(scope_entity(d, args[i].sort, args[i].index, name.at, &entity));
        args[i].name = name.decl.name;
        args[i].type = entity.type;
        TRY(list_add(d, &list, &name, entity, scope));
    }
    ctype type;
    TRY(add_instance_type(d, at, scope, decls.items, count, &type));
    TRY(scope_add(d, SORT_INSTANCE, type));
    struct definition *const def = scope_define(d, DEFINE_EXPORTS, SORT_INSTANCE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->type = type;
    def->arg_count = count;
    def->args = args;
    return HF_OK;
}

hf_code load_instance(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    TRY(loader_byte(d, &kind));
    switch (kind) {
    case 0x00: return instantiate(d, at);
    case 0x01: return instance_of_exports(d, at);
    default: return loader_bad_byte(d, at, kind, "instance");
    }
}
