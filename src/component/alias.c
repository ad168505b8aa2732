// Aliases: of exports of instances, and of what enclosing components and types define (Binary.md, "Alias Definitions").
#include "component/loader.h"

// s:<sort> 0x00 i:<instanceidx> n:<name>
static hf_code alias_export(struct loader *d, uint64_t at, enum sort sort)
{
    uint32_t instance;
    hf_str name;
    TRY(loader_index(d, SORT_INSTANCE, &instance));
    TRY(loader_name(d, &name));
    const struct instance_type *const type =
        ctypes_get(d->types, scope_type(d->scope, SORT_INSTANCE, instance))->instance;
    const uint32_t position = ctypes_export(d->types, type->scope, name);
    if (position == UINT32_MAX || position >= type->export_count)
        return loader_invalid(d, at, "instance %u has no export named `%.*s`", instance, shown(name), name.data);
    const struct wit_entity entity = type->exports[position].entity;
    if (entity.sort != sort)
        return loader_invalid(d, at, "export `%.*s` for instance %u is not a %s", shown(name), name.data, instance,
                              sort_name(sort));
    TRY(scope_add_entity(d, entity));
    if (d->scope->kind != SCOPE_COMPONENT) return HF_OK;
    struct definition *const def = scope_define(d, DEFINE_ALIAS_EXPORT, sort, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = instance;
    def->name = name;
    def->type = entity.type;
    return HF_OK;
}

static hf_code add_core(struct loader *d, enum sort sort, const void *object, size_t size)
{
    char *const place = vec_push(d, &d->scratch, &d->scope->spaces[sort], size);
    if (!place) return HF_OUT_OF_MEMORY;
    for (size_t i = 0; i < size; i++) place[i] = ((const char *)object)[i];
    return HF_OK;
}

// s:<sort> 0x01 i:<core:instanceidx> n:<core:name>
static hf_code alias_core(struct loader *d, uint64_t at, enum sort sort)
{
    static const enum sort sorts[] = { SORT_CORE_FUNC, SORT_CORE_TABLE, SORT_CORE_MEMORY, SORT_CORE_GLOBAL,
                                       SORT_CORE_TAG };
    uint32_t instance;
    hf_str name;
    TRY(loader_index(d, SORT_CORE_INSTANCE, &instance));
    TRY(loader_name(d, &name));
    const struct core_exports *const exports =
        &VEC_AT(d->scope->spaces[SORT_CORE_INSTANCE], struct core_exports, instance);
    const uint32_t position = ctypes_export(d->types, exports->scope, name);
    if (position == UINT32_MAX)
        return loader_invalid(d, at, "core instance %u has no export named `%.*s`", instance, shown(name), name.data);
    const struct extern_type type = exports->items[position].type;
    if (sorts[type.kind] != sort)
        return loader_invalid(d, at, "export `%.*s` for core instance %u is not a %s", shown(name), name.data, instance,
                              sort_name(sort));
    switch (type.kind) {
    case EXTERN_FUNC:
    case EXTERN_TAG: TRY(add_core(d, sort, &type.func, sizeof type.func)); break;
    case EXTERN_TABLE: TRY(add_core(d, sort, &type.table, sizeof type.table)); break;
    case EXTERN_MEMORY: TRY(add_core(d, sort, &type.memory, sizeof type.memory)); break;
    case EXTERN_GLOBAL: TRY(add_core(d, sort, &type.global, sizeof type.global)); break;
    }
    struct definition *const def = scope_define(d, DEFINE_ALIAS_CORE, sort, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = instance;
    def->name = name;
    return HF_OK;
}

// ---- outer aliases ----------------------------------------------------------------------------------------------------

// Scopes whose resource types do not count as referred to: those of the types that one is inside of.
struct bound_scope {
    const struct bound_scope *outer;
    uint32_t scope;
};

static hf_code find_free(struct loader *d, ctype type, const struct bound_scope *bound, bool *found);

static hf_code find_free_in(struct loader *d, const struct extern_decl *decls, uint32_t count,
                            const struct bound_scope *bound, bool *found)
{
    for (uint32_t i = 0; i < count && !*found; i++) TRY(find_free(d, decls[i].entity.type, bound, found));
    return HF_OK;
}

static hf_code find_free_fields(struct loader *d, const struct ctype_field *fields, uint32_t count,
                                const struct bound_scope *bound, bool *found)
{
    for (uint32_t i = 0; i < count && !*found; i++) TRY(find_free(d, fields[i].type, bound, found));
    return HF_OK;
}

// Does the type refer to a resource type that it does not introduce itself?
static hf_code find_free(struct loader *d, ctype type, const struct bound_scope *bound, bool *found)
{
    if (type == NO_CTYPE) return HF_OK;
    const struct ctype_def def = *ctypes_get(d->types, type);
    if (!(def.flags & CTYPE_HAS_RESOURCE)) return HF_OK;
    TRY(ctypes_spend(d->types, 1, d->status));
    switch (def.kind) {
    case CTYPE_RESOURCE: {
        const uint32_t scope = ctypes_resource(d->types, def.resource_id)->scope;
        for (; bound; bound = bound->outer)
            if (bound->scope == scope) return HF_OK;
        *found = true;
        return HF_OK;
    }
    case CTYPE_FUNC:
        TRY(find_free_fields(d, def.func.params, def.func.param_count, bound, found));
        return *found ? HF_OK : find_free(d, def.func.result, bound, found);
    case CTYPE_INSTANCE: {
        const struct bound_scope inner = { bound, def.instance->scope };
        return find_free_in(d, def.instance->exports, def.instance->export_count, &inner, found);
    }
    case CTYPE_COMPONENT: {
        const struct bound_scope inner = { bound, def.component->scope };
        TRY(find_free_in(d, def.component->imports, def.component->import_count, &inner, found));
        return find_free_in(d, def.component->exports, def.component->export_count, &inner, found);
    }
    case HF_WIT_OWN:
    case HF_WIT_BORROW: return find_free(d, def.resource, bound, found);
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return find_free(d, def.list.element, bound, found);
    default: return find_free_fields(d, def.record.fields, def.record.count, bound, found);
    }
}

static hf_code check_crossing(struct loader *d, uint64_t at, ctype type)
{
    bool found = false;
    TRY(find_free(d, type, NULL, &found));
    if (!found) return HF_OK;
    return loader_invalid(d, at,
                          "cannot alias outer type which transitively refers to resources not defined in the current "
                          "component");
}

static hf_code add_core_type(struct loader *d, const struct scope *from, uint32_t index)
{
    const ctype module = scope_type(from, SORT_CORE_TYPE, index);
    struct core_space *const space = scope_core_types(d, d->scope);
    if (!space) return HF_OUT_OF_MEMORY;
    TRY(core_space_add(space, core_space_id(from->core_types, index), d->status));
    return scope_add(d, SORT_CORE_TYPE, module);
}

// s:<sort> 0x02 ct:<u32> idx:<u32>
static hf_code alias_outer(struct loader *d, uint64_t at, enum sort sort)
{
    uint32_t count, index;
    TRY(loader_u32(d, &count));
    TRY(loader_u32(d, &index));
    struct scope *from = d->scope;
    bool crosses = false;
    uint32_t components = 0; // left on the way
    for (uint32_t i = 0; i < count && from; i++) {
        if (from->kind == SCOPE_COMPONENT) {
            crosses = true;
            components++;
        }
        from = from->outer;
    }
    if (!from) return loader_invalid(d, at, "invalid outer alias count of %u", count);
    TRY(scope_index(d, from, sort, at, index));
    if (sort == SORT_CORE_TYPE) return add_core_type(d, from, index);
    const ctype type = scope_type(from, sort, index);
    if (sort == SORT_TYPE && crosses) TRY(check_crossing(d, at, type));
    TRY(scope_add(d, sort, type));
    if (d->scope->kind != SCOPE_COMPONENT || sort == SORT_TYPE) return HF_OK;
    struct definition *const def = scope_define(d, DEFINE_ALIAS_OUTER, sort, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = index;
    def->count = components;
    def->type = type;
    return HF_OK;
}

static bool may_alias_outer(enum sort sort)
{
    return sort == SORT_CORE_MODULE || sort == SORT_CORE_TYPE || sort == SORT_COMPONENT || sort == SORT_TYPE;
}

hf_code load_alias(struct loader *d, bool declarator)
{
    const uint64_t at = loader_at(d);
    enum sort sort;
    uint8_t kind;
    const uint8_t sort_byte = reader_peek(&d->in);
    TRY(loader_sort(d, "component outer alias kind", &sort));
    const uint64_t kind_at = loader_at(d);
    TRY(loader_byte(d, &kind));
    const bool only_types = declarator && !(kind == 0x02 ? sort == SORT_TYPE || sort == SORT_CORE_TYPE
                                                         : sort == SORT_TYPE || sort == SORT_INSTANCE);
    switch (kind) {
    case 0x00: break;
    case 0x01:
        if (sort_infos[sort].core && sort <= SORT_CORE_TAG && !declarator) return alias_core(d, at, sort);
        if (!declarator)
            return loader_invalid(d, at, "a %s cannot be aliased from a core instance", sort_infos[sort].name);
        break;
    case 0x02:
        if (!may_alias_outer(sort)) return loader_bad_byte(d, at, sort_byte, "component outer alias kind");
        break;
    default: return loader_bad_byte(d, kind_at, kind, "alias");
    }
    if (only_types)
        return loader_invalid(d, at, "aliases in component and instance types may only refer to types or instances");
    return kind == 0x02 ? alias_outer(d, at, sort) : alias_export(d, at, sort);
}
