// Which types imports and exports may speak of (Explainer.md, "External Visibility of Types"): a resource type, record,
// variant, enum or flags type only by a place that an import or export has introduced. Imports may speak of what imports
// introduced, exports of what either did.
#include "component/loader.h"

struct look {
    struct loader *d;
    uint32_t set; // of the places that may be spoken of
    hf_code code; // of running out of work
};

static bool spend(struct look *look)
{
    if (look->code == HF_OK) look->code = ctypes_spend(look->d->types, 1, look->d->status);
    return look->code == HF_OK;
}

static bool is_named(const struct look *look, ctype type)
{
    return sets_get(&look->d->facts, look->set, type) != NULL;
}

static bool value_named(struct look *look, ctype type);

static bool fields_named(struct look *look, const struct ctype_field *fields, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!value_named(look, fields[i].type)) return false;
    return true;
}

// Are the parts of a value type named, whether it is itself or not?
static bool parts_named(struct look *look, const struct ctype_def *def)
{
    switch (def->kind) {
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: return fields_named(look, def->record.fields, def->record.count);
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return value_named(look, def->list.element);
    case HF_WIT_OWN:
    case HF_WIT_BORROW: return is_named(look, def->resource);
    default: return true;
    }
}

// May a value type be spoken of?
static bool value_named(struct look *look, ctype type)
{
    if (type == NO_CTYPE) return true;
    if (!spend(look)) return false;
    const struct ctype_def *const def = ctypes_get(look->d->types, type);
    switch (def->kind) {
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: return is_named(look, type);
    default: return parts_named(look, def);
    }
}

static bool func_named(struct look *look, const struct ctype_func *func)
{
    return fields_named(look, func->params, func->param_count) && value_named(look, func->result);
}

// May a type be imported or exported?
static bool type_named(struct look *look, ctype type)
{
    if (!spend(look)) return false;
    const struct ctype_def *const def = ctypes_get(look->d->types, type);
    switch (def->kind) {
    case CTYPE_RESOURCE:
    case CTYPE_COMPONENT: // checked when it was declared
    case CTYPE_MODULE: return true;
    case CTYPE_FUNC: return func_named(look, &def->func);
    case CTYPE_INSTANCE:
        for (uint32_t i = 0; i < def->instance->export_count; i++) {
            const struct wit_entity entity = def->instance->exports[i].entity;
            if (entity.sort == SORT_VALUE ? !value_named(look, entity.type) : !type_named(look, entity.type))
                return false;
        }
        return true;
    default: return parts_named(look, def);
    }
}

static bool introduce(struct look *look, ctype type, bool import)
{
    struct loader *const d = look->d;
    const uint32_t sets = d->scope->sets;
    if (sets_add(&d->facts, sets + SET_EXPORT_VISIBLE, type, 0) == MAP_NO_MEMORY ||
        (import && sets_add(&d->facts, sets + SET_IMPORT_VISIBLE, type, 0) == MAP_NO_MEMORY))
        look->code = fail_oom(d->status);
    return look->code == HF_OK;
}

static bool entity_named(struct look *look, struct wit_entity entity, bool import)
{
    if (!spend(look)) return false;
    const struct ctype_def *const def = ctypes_get(look->d->types, entity.type);
    switch (entity.sort) {
    case SORT_TYPE: return type_named(look, entity.type) && introduce(look, entity.type, import);
    case SORT_FUNC: return func_named(look, &def->func);
    case SORT_VALUE: return value_named(look, entity.type);
    case SORT_INSTANCE:
        for (uint32_t i = 0; i < def->instance->export_count; i++)
            if (!entity_named(look, def->instance->exports[i].entity, import)) return false;
        return true;
    default: return true;
    }
}

hf_code check_visible(struct loader *d, struct wit_entity entity, bool import, uint64_t at)
{
    // Instance types are looked at where they are used.
    if (d->scope->kind == SCOPE_INSTANCE_TYPE) return HF_OK;
    struct look look = { d, d->scope->sets + (import ? SET_IMPORT_VISIBLE : SET_EXPORT_VISIBLE), HF_OK };
    if (entity_named(&look, entity, import)) return HF_OK;
    if (look.code) return look.code;
    return loader_invalid(d, at, "%s not valid to be used as %s", sort_name(entity.sort), import ? "import" : "export");
}
