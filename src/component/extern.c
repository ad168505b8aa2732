// Imports and exports (Binary.md, "Import and Export Definitions").
#include "component/loader.h"

#include <string.h>

static bool same(hf_str a, hf_str b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

// ---- names with attributes --------------------------------------------------------------------------------------------

enum { ATTRIBUTE_IMPLEMENTS, ATTRIBUTE_VERSION_SUFFIX, ATTRIBUTE_EXTERNAL_ID };

static hf_code attribute(struct loader *d, struct extern_decl *decl)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    TRY(loader_byte(d, &kind));
    static const char *const names[] = { "implements", "versionsuffix", "external-id" };
    hf_str *const places[] = { &decl->implements, &decl->version_suffix, &decl->external_id };
    if (kind > ATTRIBUTE_EXTERNAL_ID) return loader_bad_byte(d, at, kind, "name option");
    if (kind == ATTRIBUTE_VERSION_SUFFIX) TRY(loader_need(d, at, FEATURE_CM_CANONICAL_NAMES, "versionsuffix"));
    if (places[kind]->data) return loader_invalid(d, at, "duplicate '%s' option in name", names[kind]);
    return loader_name(d, places[kind]);
}

// `implements` holds an interface name.
static hf_code check_implements(struct loader *d, const struct name_attributes *name)
{
    const hf_str implements = name->decl.implements;
    struct extern_name parsed;
    hf_status found = hf_status_ok();
    const hf_code code = extern_name_parse(implements, d->features, name->at, &parsed, &found);
    if (code)
        return loader_invalid(d, name->at, "`%.*s` is not a valid name: %.120s", shown(implements), implements.data,
                              found.message);
    if (parsed.form != NAME_INTERFACE)
        return loader_invalid(d, name->at, "`implements` attribute `%.*s` must be an interface name", shown(implements),
                              implements.data);
    return HF_OK;
}

// The canonical version and its suffix are a version.
static hf_code check_version_suffix(struct loader *d, const struct name_attributes *name)
{
    const hf_str a = name->parsed.version, b = name->decl.version_suffix;
    if (!name->parsed.canonical)
        return loader_invalid(d, name->at, "`versionsuffix` needs a name with a canonical version");
    char *const whole = arena_alloc(&d->scratch, a.size + b.size);
    if (!whole) return fail_oom(d->status);
    memcpy(whole, a.data, a.size);
    if (b.size) memcpy(whole + a.size, b.data, b.size);
    struct semver version;
    char why[80];
    const hf_str text = { whole, a.size + b.size };
    if (!semver_parse(text, &version, why, sizeof why)) return HF_OK;
    return loader_invalid(d, name->at, "`%.*s` is not a valid semver: %s", shown(text), text.data, why);
}

// nameattributes ::= 0x00 <name> | 0x01 <name> | 0x02 <name> vec(<attribute>)
hf_code load_name_attributes(struct loader *d, struct name_attributes *out)
{
    *out = (struct name_attributes){ .at = loader_at(d) };
    uint8_t form;
    TRY(loader_byte(d, &form));
    if (form > 2) return loader_bad_byte(d, out->at, form, "component name");
    TRY(loader_name(d, &out->decl.name));
    uint32_t count = 0;
    if (form == 2) TRY(loader_count(d, 2, &count));
    for (uint32_t i = 0; i < count; i++) TRY(attribute(d, &out->decl));
    TRY(extern_name_parse(out->decl.name, d->features, out->at, &out->parsed, d->status));
    if (out->decl.implements.data) TRY(check_implements(d, out));
    return out->decl.version_suffix.data ? check_version_suffix(d, out) : HF_OK;
}

// ---- types ------------------------------------------------------------------------------------------------------------

static const char *type_article(unsigned kind)
{
    switch (kind) {
    case CTYPE_FUNC: return "a function type";
    case CTYPE_COMPONENT: return "a component type";
    case CTYPE_INSTANCE: return "an instance type";
    default: return "a defined type";
    }
}

static hf_code type_of_kind(struct loader *d, unsigned kind, ctype *out)
{
    const uint64_t at = loader_at(d);
    uint32_t index;
    TRY(loader_index(d, SORT_TYPE, &index));
    *out = scope_type(d->scope, SORT_TYPE, index);
    if (ctypes_get(d->types, *out)->kind == kind) return HF_OK;
    return loader_invalid(d, at, "type index %u is not %s", index, type_article(kind));
}

// 0x00 0x11 i:<core:typeidx>
static hf_code core_module_type(struct loader *d, ctype *out)
{
    const uint64_t at = loader_at(d);
    uint8_t sort;
    TRY(loader_byte(d, &sort));
    if (sort != sort_infos[SORT_CORE_MODULE].code) return loader_bad_byte(d, at, sort, "component external kind");
    uint32_t index;
    TRY(loader_index(d, SORT_CORE_TYPE, &index));
    *out = scope_type(d->scope, SORT_CORE_TYPE, index);
    if (*out == NO_CTYPE) return loader_invalid(d, at, "core type index %u is not a module type", index);
    return HF_OK;
}

// typebound ::= 0x00 i:<typeidx> | 0x01
static hf_code type_bound(struct loader *d, bool import, struct wit_entity *out)
{
    const uint64_t at = loader_at(d);
    uint8_t bound;
    TRY(loader_byte(d, &bound));
    if (bound > 1) return loader_bad_byte(d, at, bound, "type bound");
    out->abstract = bound;
    if (bound) {
        const bool in_component = d->scope->kind == SCOPE_COMPONENT;
        const enum resource_origin origin = import ? RESOURCE_IMPORTED : RESOURCE_EXPORTED;
        return scope_resource(d, in_component ? origin : RESOURCE_BOUND, &out->type);
    }
    uint32_t index;
    TRY(loader_index(d, SORT_TYPE, &index));
    return ctypes_alias(d->types, scope_type(d->scope, SORT_TYPE, index), &out->type, d->status);
}

// valuebound ::= 0x00 i:<valueidx> | 0x01 t:<valtype>
static hf_code value_bound(struct loader *d, ctype *out)
{
    const uint64_t at = loader_at(d);
    uint8_t bound;
    TRY(loader_need(d, at, FEATURE_CM_VALUES, "values"));
    TRY(loader_byte(d, &bound));
    if (bound == 1) return load_valtype(d, out);
    if (bound) return loader_bad_byte(d, at, bound, "value bound");
    uint32_t index;
    TRY(loader_index(d, SORT_VALUE, &index));
    *out = VEC_AT(d->scope->spaces[SORT_VALUE], struct value_def, index).type;
    return HF_OK;
}

// An instance of an instance type has resource types of its own.
static hf_code instance_of(struct loader *d, bool import, ctype *type)
{
    struct subst s;
    scope_subst(d, &s, ctypes_get(d->types, *type)->instance->scope, import ? RESOURCE_IMPORTED : RESOURCE_EXPORTED);
    const hf_code code = subst_type(&s, *type, type, d->status);
    subst_fini(&s);
    return code;
}

// externtype
hf_code load_externtype(struct loader *d, bool import, struct wit_entity *out)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    struct wit_entity entity = { .type = NO_CTYPE };
    TRY(loader_byte(d, &kind));
    switch (kind) {
    case 0x00:
        entity.sort = SORT_CORE_MODULE;
        TRY(core_module_type(d, &entity.type));
        break;
    case 0x01:
        entity.sort = SORT_FUNC;
        TRY(type_of_kind(d, CTYPE_FUNC, &entity.type));
        break;
    case 0x02:
        entity.sort = SORT_VALUE;
        TRY(value_bound(d, &entity.type));
        break;
    case 0x03:
        entity.sort = SORT_TYPE;
        TRY(type_bound(d, import, &entity));
        break;
    case 0x04:
        entity.sort = SORT_COMPONENT;
        TRY(type_of_kind(d, CTYPE_COMPONENT, &entity.type));
        break;
    case 0x05:
        entity.sort = SORT_INSTANCE;
        TRY(type_of_kind(d, CTYPE_INSTANCE, &entity.type));
        TRY(instance_of(d, import, &entity.type));
        break;
    default: return loader_bad_byte(d, at, kind, "component external kind");
    }
    *out = entity;
    return HF_OK;
}

// ---- names in a list --------------------------------------------------------------------------------------------------

static hf_code unique_name(struct loader *d, struct extern_list *list, const struct name_attributes *name)
{
    const hf_str text = name->decl.name;
    char *const canonical = arena_alloc(&d->scratch, text.size);
    if (!canonical) return fail_oom(d->status);
    const hf_str key = { canonical, extern_name_canonical(text, &name->parsed, canonical) };
    const uint32_t *const known = sets_get_name(&d->facts, list->names, key);
    if (known) {
        const hf_str other = VEC_AT(*list->decls, struct extern_decl, *known).name;
        return loader_invalid(d, name->at, "%s name `%.*s` conflicts with previous name `%.*s`", list->what,
                              shown(text), text.data, shown(other), other.data);
    }
    const enum map_put put = sets_add_name(&d->facts, list->names, key, (uint32_t)list->decls->count);
    return put == MAP_NO_MEMORY ? fail_oom(d->status) : HF_OK;
}

// The resource that a constructor or method is of has to be known by the name that the function's name begins with.
static hf_code check_resource_name(struct loader *d, const struct extern_list *list, const struct name_attributes *name,
                                   ctype resource)
{
    const uint32_t *const position = sets_get(&d->facts, list->resources, resource);
    if (!position)
        return loader_invalid(d, name->at, "`%.*s`: resource used in function does not have a name in this context",
                              shown(name->decl.name), name->decl.name.data);
    const hf_str known = VEC_AT(*list->decls, struct extern_decl, *position).name;
    if (same(known, name->parsed.resource)) return HF_OK;
    return loader_invalid(d, name->at, "`%.*s`: function does not match expected resource name `%.*s`",
                          shown(name->decl.name), name->decl.name.data, shown(known), known.data);
}

static hf_code bad_function(struct loader *d, const struct name_attributes *name, const char *what)
{
    return loader_invalid(d, name->at, "`%.*s`: function %s", shown(name->decl.name), name->decl.name.data, what);
}

// (own $R) or (result (own $R) (error E)?)
static hf_code check_constructor(struct loader *d, const struct extern_list *list, const struct name_attributes *name,
                                 const struct ctype_func *func)
{
    if (func->result == NO_CTYPE) return bad_function(d, name, "should return one value");
    const struct ctype_def *result = ctypes_get(d->types, func->result);
    if (result->kind == HF_WIT_RESULT && result->record.fields[0].type != NO_CTYPE)
        result = ctypes_get(d->types, result->record.fields[0].type);
    if (result->kind != HF_WIT_OWN) return bad_function(d, name, "should return `(own $T)` or `(result (own $T))`");
    return check_resource_name(d, list, name, result->resource);
}

static hf_code check_method(struct loader *d, const struct extern_list *list, const struct name_attributes *name,
                            const struct ctype_func *func)
{
    static const hf_str self = { "self", 4 };
    if (!func->param_count) return bad_function(d, name, "should have at least one argument");
    if (!same(func->params[0].name, self)) return bad_function(d, name, "should have a first argument called `self`");
    const struct ctype_def *const type = ctypes_get(d->types, func->params[0].type);
    if (type->kind != HF_WIT_BORROW) return bad_function(d, name, "should take a first argument of `(borrow $T)`");
    return check_resource_name(d, list, name, type->resource);
}

static hf_code check_annotation(struct loader *d, const struct extern_list *list, const struct name_attributes *name,
                                struct wit_entity entity)
{
    const hf_str text = name->decl.name;
    if (name->parsed.form == NAME_PLAIN || name->parsed.form == NAME_INTERFACE) return HF_OK;
    if (entity.sort != SORT_FUNC)
        return loader_invalid(d, name->at, "item `%.*s` is not a func", shown(text), text.data);
    const struct ctype_func *const func = &ctypes_get(d->types, entity.type)->func;
    switch (name->parsed.form) {
    case NAME_CONSTRUCTOR: return check_constructor(d, list, name, func);
    case NAME_METHOD: return check_method(d, list, name, func);
    default:
        if (sets_get_name(&d->facts, list->resource_names, name->parsed.resource)) return HF_OK;
        return loader_invalid(d, name->at, "`%.*s`: static resource name is not known in this context", shown(text),
                              text.data);
    }
}

static hf_code check_attributes(struct loader *d, const struct name_attributes *name, struct wit_entity entity)
{
    if (!name->decl.implements.data) return HF_OK;
    if (entity.sort != SORT_INSTANCE)
        return loader_invalid(d, name->at, "only instances can have an `implements` attribute");
    if (name->parsed.form != NAME_PLAIN)
        return loader_invalid(d, name->at, "name `%.*s` is not valid with `implements`", shown(name->decl.name),
                              name->decl.name.data);
    return HF_OK;
}

hf_code list_add(struct loader *d, struct extern_list *list, const struct name_attributes *name,
                 struct wit_entity entity, uint32_t scope)
{
    TRY(check_attributes(d, name, entity));
    TRY(unique_name(d, list, name));
    TRY(check_annotation(d, list, name, entity));
    const uint32_t position = (uint32_t)list->decls->count;
    const bool named = *list->what == 'i' ? ctypes_name_import(d->types, scope, name->decl.name, position)
                                          : ctypes_name_export(d->types, scope, name->decl.name, position);
    struct extern_decl *const decl = vec_push(d, d->arena, list->decls, sizeof *decl);
    if (!named || !decl) return fail_oom(d->status);
    *decl = name->decl;
    decl->entity = entity;
    return HF_OK;
}

static struct extern_list list_of(struct scope *scope, bool import)
{
    const uint32_t sets = scope->sets;
    if (import)
        return (struct extern_list){ "import", &scope->imports, sets + SET_IMPORT_NAMES, sets + SET_IMPORT_RESOURCES,
                                     sets + SET_IMPORT_RESOURCE_NAMES };
    return (struct extern_list){ "export", &scope->exports, sets + SET_EXPORT_NAMES, sets + SET_EXPORT_RESOURCES,
                                 sets + SET_EXPORT_RESOURCE_NAMES };
}

// Constructors, methods and static functions may speak of a resource type that has a plain name.
static hf_code name_resource(struct loader *d, const struct extern_list *list, const struct name_attributes *name,
                             struct wit_entity entity)
{
    if (entity.sort != SORT_TYPE || name->parsed.form != NAME_PLAIN) return HF_OK;
    if (ctypes_get(d->types, entity.type)->kind != CTYPE_RESOURCE) return HF_OK;
    const uint32_t position = (uint32_t)list->decls->count - 1;
    if (sets_add(&d->facts, list->resources, entity.type, position) == MAP_NO_MEMORY ||
        sets_add_name(&d->facts, list->resource_names, name->decl.name, position) == MAP_NO_MEMORY)
        return fail_oom(d->status);
    return HF_OK;
}

hf_code add_extern(struct loader *d, const struct name_attributes *name, struct wit_entity entity, bool import)
{
    struct extern_list list = list_of(d->scope, import);
    if (entity.sort == SORT_VALUE && !import && ctypes_get(d->types, entity.type)->flags & CTYPE_HAS_BORROW)
        return loader_invalid(d, name->at, "an exported value cannot contain a `borrow` type");
    TRY(check_visible(d, entity, import, name->at));
    TRY(list_add(d, &list, name, entity, d->scope->id));
    TRY(name_resource(d, &list, name, entity));
    return scope_add_entity(d, entity);
}

// ---- definitions ------------------------------------------------------------------------------------------------------

// Gives the resource types that came with an import the name of the interface.
static void name_interface(struct loader *d, const struct definition *def, hf_str name)
{
    for (uint32_t i = 0; i < def->binding_count; i++) {
        const struct resource_binding *const binding = &def->bindings[i];
        struct resource_def *const resource =
            ctypes_resource_mut(d->types, ctypes_resource_id(d->types, binding->type));
        if (binding->path_count)
            resource->interface = name;
        else
            resource->name = name;
    }
}

// import ::= na:<nameattributes> et:<externtype>
hf_code load_import(struct loader *d)
{
    const uint64_t at = loader_at(d);
    struct name_attributes name;
    struct wit_entity entity;
    TRY(load_name_attributes(d, &name));
    TRY(load_externtype(d, true, &entity));
    const uint32_t index = (uint32_t)d->scope->imports.count;
    TRY(add_extern(d, &name, entity, true));
    struct definition *const def = scope_define(d, DEFINE_IMPORT, entity.sort, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->index = index;
    def->type = entity.type;
    def->name = name.decl.name;
    TRY(scope_bind(d, entity, def));
    name_interface(d, def, name.decl.name);
    return HF_OK;
}

// The type that an export is given replaces that of the object.
static hf_code ascribed(struct loader *d, struct wit_entity given, uint64_t at, struct wit_entity *out)
{
    TRY(load_externtype(d, false, out));
    struct subst s;
    hf_status found = hf_status_ok();
    subst_init(&s, d->types, &d->scratch, NO_SCOPE);
    d->matcher.offset = at;
    d->matcher.status = &found;
    const hf_code code = match_entity(&d->matcher, given, *out, &s, d->scope->id);
    subst_fini(&s);
    if (code == HF_OK) return HF_OK;
    return fail_at(d->status, code, at, "ascribed type of export is not compatible with item's type: %.150s",
                   found.message);
}

// An exported type is spoken of by a place of its own from then on. Those that an exported instance exports keep their
// places, which become visible.
static hf_code new_name(struct loader *d, struct wit_entity *entity)
{
    entity->abstract = ctypes_get(d->types, entity->type)->kind == CTYPE_RESOURCE;
    return ctypes_alias(d->types, entity->type, &entity->type, d->status);
}

// export ::= na:<nameattributes> si:<sortidx> et?:<externtype>?
hf_code load_export(struct loader *d)
{
    const uint64_t at = loader_at(d);
    struct name_attributes name;
    enum sort sort;
    uint32_t index;
    bool has_type;
    struct wit_entity entity;
    TRY(load_name_attributes(d, &name));
    TRY(loader_sort(d, "component external kind", &sort));
    TRY(loader_u32(d, &index));
    TRY(scope_entity(d, sort, index, at, &entity));
    const ctype given = entity.type;
    TRY(loader_flag(d, "optional component export type", &has_type));
    if (has_type)
        TRY(ascribed(d, entity, at, &entity));
    else if (sort == SORT_TYPE)
        TRY(new_name(d, &entity));
    TRY(add_extern(d, &name, entity, false));
    // Exporting a value uses it: what the export adds is used already.
    if (sort == SORT_VALUE)
        VEC_AT(d->scope->spaces[sort], struct value_def, d->scope->spaces[sort].count - 1).consumed = true;
    struct component_export *const export = vec_push(d, d->arena, &d->scope->component_exports, sizeof *export);
    struct definition *const def = scope_define(d, DEFINE_EXPORT, sort, at);
    if (!export || !def) return HF_OUT_OF_MEMORY;
    export->decl = VEC_AT(d->scope->exports, struct extern_decl, d->scope->exports.count - 1);
    export->index = index;
    export->given = given;
    def->index = (uint32_t)d->scope->component_exports.count - 1;
    def->type = entity.type;
    def->name = name.decl.name;
    return scope_bind(d, entity, def);
}
