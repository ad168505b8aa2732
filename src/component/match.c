#include "component/match.h"

#include "base/fail.h"

const char *sort_name(enum sort sort)
{
    return sort_infos[sort].text;
}

static int shown(hf_str s)
{
    return s.size < 80 ? (int)s.size : 80;
}

// ---- core types (core specification, "Import Matching") ---------------------------------------------------------------

static const char *const core_kinds[] = { "func", "table", "memory", "global", "tag" };

static hf_code core_fail(struct matcher *m, const char *what)
{
    return fail_at(m->status, HF_INVALID, m->offset, "%s", what);
}

static bool limits_fit(const struct limits *given, const struct limits *want)
{
    return given->min >= want->min && (!want->has_max || (given->has_max && given->max <= want->max));
}

static bool same_val(const struct type_registry *types, valtype a, valtype b)
{
    return a == b || (val_matches(types, a, b) && val_matches(types, b, a));
}

static void put_vals(struct buf *out, const char *word, const valtype *types, uint32_t count)
{
    char name[64];
    if (!count) return;
    buf_printf(out, " (%s", word);
    for (uint32_t i = 0; i < count && i < 20; i++) buf_printf(out, " %s", val_name(types[i], name, sizeof name));
    buf_str(out, count > 20 ? " …)" : ")");
}

static hf_code func_difference(struct matcher *m, uint32_t given, uint32_t want)
{
    struct buf words;
    buf_init(&words, m->types->heap);
    const struct def_type *const defs[] = { types_get(m->core, want), types_get(m->core, given) };
    for (int i = 0; i < 2; i++) {
        buf_str(&words, i ? ", found: (func" : "expected: (func");
        if (defs[i]->kind == COMP_FUNC) {
            put_vals(&words, "param", defs[i]->func.params, defs[i]->func.param_count);
            put_vals(&words, "result", defs[i]->func.results, defs[i]->func.result_count);
        }
        buf_str(&words, ")");
    }
    const hf_code code = words.failed ? fail_oom(m->status)
                                      : fail_at(m->status, HF_INVALID, m->offset, "type mismatch: %.*s",
                                                (int)words.size, (const char *)words.data);
    buf_fini(&words);
    return code;
}

// As val_name, with the short forms of the text format.
static const char *core_name(valtype type, char *out, size_t size)
{
    if (type == VAL_FUNCREF) return "funcref";
    if (type == VAL_EXTERNREF) return "externref";
    return val_name(type, out, size);
}

static hf_code match_table(struct matcher *m, const struct table_type *given, const struct table_type *want)
{
    char a[64], b[64];
    if (!same_val(m->core, given->elem, want->elem))
        return fail_at(m->status, HF_INVALID, m->offset, "expected table element type %s, found %s",
                       core_name(want->elem, a, sizeof a), core_name(given->elem, b, sizeof b));
    if (given->limits.is64 != want->limits.is64) return core_fail(m, "mismatch in index type used for tables");
    if (!limits_fit(&given->limits, &want->limits)) return core_fail(m, "mismatch in table limits");
    return HF_OK;
}

static hf_code match_memory(struct matcher *m, const struct limits *given, const struct limits *want)
{
    if (given->shared != want->shared) return core_fail(m, "mismatch in the shared flag for memories");
    if (given->is64 != want->is64) return core_fail(m, "mismatch in index type used for memories");
    if (given->page_log2 != want->page_log2) return core_fail(m, "mismatch in the page size of memories");
    if (!limits_fit(given, want)) return core_fail(m, "mismatch in memory limits");
    return HF_OK;
}

static hf_code match_global(struct matcher *m, const struct global_type *given, const struct global_type *want)
{
    char a[64], b[64];
    if (given->mutable != want->mutable) return core_fail(m, "global types differ in mutability");
    if (want->mutable ? same_val(m->core, given->type, want->type) : val_matches(m->core, given->type, want->type))
        return HF_OK;
    return fail_at(m->status, HF_INVALID, m->offset, "expected global type %s, found %s",
                   val_name(want->type, a, sizeof a), val_name(given->type, b, sizeof b));
}

hf_code match_core(struct matcher *m, const struct extern_type *given, const struct extern_type *want)
{
    if (given->kind != want->kind)
        return fail_at(m->status, HF_INVALID, m->offset, "expected %s, found %s", core_kinds[want->kind],
                       core_kinds[given->kind]);
    switch (want->kind) {
    case EXTERN_FUNC:
        return def_matches(m->core, given->func, want->func) ? HF_OK : func_difference(m, given->func, want->func);
    case EXTERN_TABLE: return match_table(m, &given->table, &want->table);
    case EXTERN_MEMORY: return match_memory(m, &given->memory, &want->memory);
    case EXTERN_GLOBAL: return match_global(m, &given->global, &want->global);
    case EXTERN_TAG: return given->func == want->func ? HF_OK : func_difference(m, given->func, want->func);
    }
    return HF_OK;
}

// Runs a check whose words are to stand behind others.
struct nested {
    hf_status *outer;
    hf_status found;
};

static void nest(struct matcher *m, struct nested *n)
{
    n->outer = m->status;
    n->found = hf_status_ok();
    m->status = &n->found;
}

static hf_code unnest(struct matcher *m, struct nested *n, hf_code code, const char *what, hf_str name, hf_str second,
                      bool two)
{
    m->status = n->outer;
    if (code == HF_OK) return HF_OK;
    if (code != HF_INVALID) return fail_at(m->status, code, m->offset, "%s", n->found.message);
    if (two)
        return fail_at(m->status, code, m->offset, "type mismatch in %s `%.*s::%.*s`: %s", what, shown(name), name.data,
                       shown(second), second.data, n->found.message);
    return fail_at(m->status, code, m->offset, "type mismatch in %s `%.*s`: %s", what, shown(name), name.data,
                   n->found.message);
}

static hf_code match_module(struct matcher *m, const struct module_type *given, const struct module_type *want)
{
    struct nested n;
    const hf_str none = { NULL, 0 };
    hf_code code = ctypes_spend(m->types, (size_t)given->import_count + want->export_count, m->status);
    for (uint32_t i = 0; code == HF_OK && i < given->import_count; i++) {
        const struct module_import *const import = &given->imports[i];
        const uint32_t at = ctypes_module_import(m->types, want->scope, import->module, import->name);
        if (at == UINT32_MAX)
            return fail_at(m->status, HF_INVALID, m->offset, "missing expected import `%.*s::%.*s`",
                           shown(import->module), import->module.data, shown(import->name), import->name.data);
        nest(m, &n);
        code = unnest(m, &n, match_core(m, &want->imports[at].type, &import->type), "import", import->module,
                      import->name, true);
    }
    for (uint32_t i = 0; code == HF_OK && i < want->export_count; i++) {
        const hf_str name = want->exports[i].name;
        const uint32_t at = ctypes_export(m->types, given->scope, name);
        if (at == UINT32_MAX)
            return fail_at(m->status, HF_INVALID, m->offset, "missing expected export `%.*s`", shown(name), name.data);
        nest(m, &n);
        code =
            unnest(m, &n, match_core(m, &given->exports[at].type, &want->exports[i].type), "export", name, none, false);
    }
    return code;
}

// ---- components -------------------------------------------------------------------------------------------------------

static hf_code match_instance(struct matcher *m, const struct instance_type *given, const struct instance_type *want,
                              struct subst *wanted, uint32_t free)
{
    hf_code code = ctypes_spend(m->types, want->export_count, m->status);
    for (uint32_t i = 0; code == HF_OK && i < want->export_count; i++) {
        const struct extern_decl *const export = &want->exports[i];
        const uint32_t at = ctypes_export(m->types, given->scope, export->name);
        if (at == UINT32_MAX || at >= given->export_count)
            return fail_at(m->status, HF_INVALID, m->offset, "missing expected export `%.*s`", shown(export->name),
                           export->name.data);
        struct nested n;
        nest(m, &n);
        code = unnest(m, &n, match_entity(m, given->exports[at].entity, export->entity, wanted, free),
                      "instance export", export->name, export->name, false);
    }
    return code;
}

// Makes the resource types that an import introduces stand for themselves.
static hf_code keep_resources(struct matcher *m, struct wit_entity entity, struct subst *s)
{
    const struct ctype_def def = *ctypes_get(m->types, entity.type);
    if (entity.sort == SORT_TYPE && def.kind == CTYPE_RESOURCE && !subst_has_resource(s, def.resource_id))
        return subst_resource(s, def.resource_id, entity.type, m->status);
    hf_code code = HF_OK;
    if (entity.sort != SORT_INSTANCE || !(def.flags & CTYPE_HAS_RESOURCE)) return code;
    for (uint32_t i = 0; code == HF_OK && i < def.instance->export_count; i++)
        code = keep_resources(m, def.instance->exports[i].entity, s);
    return code;
}

// Instantiates the given component type with the imports of the wanted one and compares what comes out.
static hf_code match_components(struct matcher *m, const struct component_type *given,
                                const struct component_type *want, struct subst *inner, struct subst *outer)
{
    hf_code code = ctypes_spend(m->types, (size_t)given->import_count + want->export_count, m->status);
    struct nested n;
    for (uint32_t i = 0; code == HF_OK && i < given->import_count; i++) {
        const struct extern_decl *const import = &given->imports[i];
        const uint32_t at = ctypes_import(m->types, want->scope, import->name);
        if (at == UINT32_MAX)
            return fail_at(m->status, HF_INVALID, m->offset, "missing expected import `%.*s`", shown(import->name),
                           import->name.data);
        nest(m, &n);
        code = unnest(m, &n, match_entity(m, want->imports[at].entity, import->entity, inner, given->scope),
                      "component import", import->name, import->name, false);
    }
    for (uint32_t i = 0; code == HF_OK && i < want->import_count; i++)
        code = keep_resources(m, want->imports[i].entity, outer);
    for (uint32_t i = 0; code == HF_OK && i < want->export_count; i++) {
        const struct extern_decl *const export = &want->exports[i];
        const uint32_t at = ctypes_export(m->types, given->scope, export->name);
        if (at == UINT32_MAX)
            return fail_at(m->status, HF_INVALID, m->offset, "missing expected export `%.*s`", shown(export->name),
                           export->name.data);
        struct wit_entity entity;
        if ((code = subst_entity(inner, given->exports[at].entity, &entity, m->status))) return code;
        nest(m, &n);
        code = unnest(m, &n, match_entity(m, entity, export->entity, outer, want->scope), "component export",
                      export->name, export->name, false);
    }
    return code;
}

static hf_code match_component(struct matcher *m, const struct component_type *given, const struct component_type *want)
{
    struct subst inner, outer;
    subst_init(&inner, m->types, m->arena, given->scope);
    inner.fresh = (struct resource_def){ .origin = RESOURCE_BOUND, .scope = NO_SCOPE - 1 };
    subst_init(&outer, m->types, m->arena, NO_SCOPE);
    const hf_code code = match_components(m, given, want, &inner, &outer);
    subst_fini(&inner);
    subst_fini(&outer);
    return code;
}

// One direction of the equality of instance, component and module types as types.
static hf_code match_defined(struct matcher *m, ctype given, ctype want)
{
    const struct ctype_def a = *ctypes_get(m->types, given), b = *ctypes_get(m->types, want);
    if (a.kind == CTYPE_MODULE) return match_module(m, a.module, b.module);
    if (a.kind == CTYPE_COMPONENT) return match_component(m, a.component, b.component);
    struct subst s;
    subst_init(&s, m->types, m->arena, NO_SCOPE);
    const hf_code code = match_instance(m, a.instance, b.instance, &s, b.instance->scope);
    subst_fini(&s);
    return code;
}

static hf_code match_equal(struct matcher *m, ctype given, ctype want)
{
    if (ctype_equal(m->types, given, want)) return HF_OK;
    const unsigned a = ctypes_get(m->types, given)->kind, b = ctypes_get(m->types, want)->kind;
    if (a != b || a < CTYPE_INSTANCE) return match_difference(m, given, want);
    const hf_code code = match_defined(m, given, want);
    return code ? code : match_defined(m, want, given);
}

static hf_code match_type(struct matcher *m, struct wit_entity given, struct wit_entity want, struct subst *wanted,
                          uint32_t free)
{
    const struct ctype_def def = *ctypes_get(m->types, want.type);
    hf_code code = HF_OK;
    if (want.abstract && def.kind == CTYPE_RESOURCE && ctypes_resource(m->types, def.resource_id)->scope == free &&
        !subst_has_resource(wanted, def.resource_id)) {
        const unsigned kind = ctypes_get(m->types, given.type)->kind;
        if (kind != CTYPE_RESOURCE)
            return fail_at(m->status, HF_INVALID, m->offset, "expected resource, found %s",
                           kind < WIT_KINDS ? "defined type" : ctype_kind_name(kind));
        code = subst_resource(wanted, def.resource_id, given.type, m->status);
    } else {
        ctype type;
        code = subst_type(wanted, want.type, &type, m->status);
        if (code == HF_OK) code = match_equal(m, given.type, type);
    }
    if (code) return code;
    // Substituting has left the place as it is, or as something equal: from here on it is what is given.
    uint32_t *const known = map_get(&wanted->places, &want.type, sizeof want.type);
    if (!known) return subst_place(wanted, want.type, given.type, m->status);
    *known = given.type;
    return HF_OK;
}

hf_code match_entity(struct matcher *m, struct wit_entity given, struct wit_entity want, struct subst *wanted,
                     uint32_t free)
{
    if (given.sort != want.sort)
        return fail_at(m->status, HF_INVALID, m->offset, "expected %s, found %s", sort_name(want.sort),
                       sort_name(given.sort));
    hf_code code = ctypes_spend(m->types, 1, m->status);
    if (code) return code;
    ctype type;
    switch (want.sort) {
    case SORT_TYPE: return match_type(m, given, want, wanted, free);
    case SORT_INSTANCE: {
        const struct instance_type *const a = ctypes_get(m->types, given.type)->instance;
        const struct instance_type *const b = ctypes_get(m->types, want.type)->instance;
        return match_instance(m, a, b, wanted, free);
    }
    case SORT_COMPONENT: {
        if ((code = subst_type(wanted, want.type, &type, m->status))) return code;
        const struct component_type *const a = ctypes_get(m->types, given.type)->component;
        const struct component_type *const b = ctypes_get(m->types, type)->component;
        return given.type == type ? HF_OK : match_component(m, a, b);
    }
    case SORT_CORE_MODULE:
        return match_module(m, ctypes_get(m->types, given.type)->module, ctypes_get(m->types, want.type)->module);
    default:
        code = subst_type(wanted, want.type, &type, m->status);
        return code ? code : match_equal(m, given.type, type);
    }
}
