#include "component/subst.h"

#include "base/fail.h"

void subst_init(struct subst *s, struct ctypes *types, struct arena *arena, uint32_t fresh_scope)
{
    *s = (struct subst){ .types = types, .arena = arena, .fresh_scope = fresh_scope };
    map_init(&s->places, types->heap, (uint64_t)(uintptr_t)arena);
    map_init(&s->resources, types->heap, ~(uint64_t)(uintptr_t)arena);
}

void subst_fini(struct subst *s)
{
    map_fini(&s->places);
    map_fini(&s->resources);
}

static hf_code put(struct subst *s, struct map *map, uint32_t from, ctype to, hf_status *status)
{
    const void *const key = arena_copy(s->arena, &from, sizeof from);
    return key && map_put(map, key, sizeof from, to) != MAP_NO_MEMORY ? HF_OK : fail_oom(status);
}

hf_code subst_place(struct subst *s, ctype from, ctype to, hf_status *status)
{
    return put(s, &s->places, from, to, status);
}

hf_code subst_resource(struct subst *s, uint32_t id, ctype to, hf_status *status)
{
    return put(s, &s->resources, id, to, status);
}

bool subst_has_resource(const struct subst *s, uint32_t id)
{
    return map_get(&s->resources, &id, sizeof id) != NULL;
}

static hf_code fresh_resource(struct subst *s, uint32_t id, ctype *out, hf_status *status)
{
    struct resource_def def = s->fresh;
    if (s->slots) def.slot = (*s->slots)++;
    hf_code code = ctypes_add_resource(s->types, &def, out, status);
    return code ? code : subst_resource(s, id, *out, status);
}

// A place for a resource type: a new name for what its identity is replaced by.
static hf_code resource(struct subst *s, ctype type, ctype *out, hf_status *status)
{
    const uint32_t id = ctypes_resource_id(s->types, type);
    const uint32_t *const known = map_get(&s->resources, &id, sizeof id);
    if (known) return ctypes_alias(s->types, *known, out, status);
    if (ctypes_resource(s->types, id)->scope == s->fresh_scope) return fresh_resource(s, id, out, status);
    *out = type;
    return HF_OK;
}

static hf_code part(struct subst *s, ctype type, ctype *out, bool *changed, hf_status *status)
{
    *out = NO_CTYPE;
    if (type == NO_CTYPE) return HF_OK;
    const hf_code code = subst_type(s, type, out, status);
    if (code == HF_OK && *out != type) *changed = true;
    return code;
}

static hf_code fields(struct subst *s, const struct ctype_field **fields, uint32_t count, bool *changed,
                      hf_status *status)
{
    hf_code code = ctypes_spend(s->types, count, status);
    struct ctype_field *const out = ARENA_ARRAY(s->types->arena, struct ctype_field, count);
    if (!out) return fail_oom(status);
    for (uint32_t i = 0; code == HF_OK && i < count; i++) {
        out[i].name = (*fields)[i].name;
        code = part(s, (*fields)[i].type, &out[i].type, changed, status);
    }
    *fields = out;
    return code;
}

hf_code subst_entity(struct subst *s, struct wit_entity entity, struct wit_entity *out, hf_status *status)
{
    *out = entity;
    return subst_type(s, entity.type, &out->type, status);
}

hf_code subst_decls(struct subst *s, const struct extern_decl *decls, uint32_t count, const struct extern_decl **out,
                    hf_status *status)
{
    hf_code code = ctypes_spend(s->types, count, status);
    if (code) return code;
    struct extern_decl *const made = ARENA_ARRAY(s->types->arena, struct extern_decl, count);
    if (!made) return fail_oom(status);
    bool changed = false;
    for (uint32_t i = 0; i < count; i++) {
        made[i] = decls[i];
        if ((code = part(s, decls[i].entity.type, &made[i].entity.type, &changed, status))) return code;
    }
    *out = changed ? made : decls;
    return HF_OK;
}

static hf_code instance(struct subst *s, struct ctype_def *def, bool *changed, hf_status *status)
{
    struct instance_type *const type = ARENA_NEW(s->types->arena, struct instance_type);
    if (!type) return fail_oom(status);
    *type = *def->instance;
    const hf_code code = subst_decls(s, type->exports, type->export_count, &type->exports, status);
    *changed = code == HF_OK && type->exports != def->instance->exports;
    def->instance = type;
    return code;
}

static hf_code component(struct subst *s, struct ctype_def *def, bool *changed, hf_status *status)
{
    struct component_type *const type = ARENA_NEW(s->types->arena, struct component_type);
    if (!type) return fail_oom(status);
    *type = *def->component;
    hf_code code = subst_decls(s, type->imports, type->import_count, &type->imports, status);
    if (code == HF_OK) code = subst_decls(s, type->exports, type->export_count, &type->exports, status);
    *changed = code == HF_OK && (type->imports != def->component->imports || type->exports != def->component->exports);
    def->component = type;
    return code;
}

// Replaces the parts of a type.
static hf_code parts(struct subst *s, struct ctype_def *def, bool *changed, hf_status *status)
{
    switch (def->kind) {
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: return fields(s, &def->record.fields, def->record.count, changed, status);
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return part(s, def->list.element, &def->list.element, changed, status);
    case HF_WIT_OWN:
    case HF_WIT_BORROW: return part(s, def->resource, &def->resource, changed, status);
    case CTYPE_FUNC: {
        const hf_code code = fields(s, &def->func.params, def->func.param_count, changed, status);
        return code ? code : part(s, def->func.result, &def->func.result, changed, status);
    }
    case CTYPE_INSTANCE: return instance(s, def, changed, status);
    case CTYPE_COMPONENT: return component(s, def, changed, status);
    default: return HF_OK;
    }
}

// Recurses no deeper than types are nested.
hf_code subst_type(struct subst *s, ctype type, ctype *out, hf_status *status)
{
    struct ctype_def def = *ctypes_get(s->types, type);
    *out = type;
    if (!(def.flags & CTYPE_HAS_NAMED)) return HF_OK;
    const uint32_t *const known = map_get(&s->places, &type, sizeof type);
    if (known) {
        *out = *known;
        return HF_OK;
    }
    hf_code code = ctypes_spend(s->types, 1, status);
    if (code) return code;
    if (def.kind == CTYPE_RESOURCE) {
        code = resource(s, type, out, status);
    } else {
        bool changed = false;
        code = parts(s, &def, &changed, status);
        if (code == HF_OK && changed) code = ctypes_add(s->types, &def, NO_OFFSET, out, status);
        // A name stays a name: aliases of what was replaced are replaceable again.
        if (code == HF_OK && changed) s->types->defs[*out].flags |= CTYPE_HAS_NAMED;
    }
    return code ? code : subst_place(s, type, *out, status);
}
