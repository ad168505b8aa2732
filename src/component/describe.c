#include "component/describe.h"

#include "base/fail.h"
#include "component/types.h"

// What own and borrow point to, with the identity of the resource type.
struct host_resource {
    hf_restype public; // first
    uint32_t id;
};

// Kept beside the table, by place.
struct host_types {
    const hf_type **types; // value types, and the parameters of functions as records
    const hf_restype **resources;
};

static const hf_type *host_of(const struct ctypes *types, ctype type)
{
    return type == NO_CTYPE ? NULL : types->host->types[type];
}

static hf_code lay_out(struct ctypes *types, hf_type *type, const struct ctype_field *fields, uint32_t count,
                       hf_status *status)
{
    hf_field *const host = ARENA_ARRAY(types->arena, hf_field, count);
    if (!host) return fail_oom(status);
    for (uint32_t i = 0; i < count; i++) host[i] = (hf_field){ fields[i].name, host_of(types, fields[i].type), 0 };
    type->count = count;
    type->fields = host;
    return hf_type_layout(type, host, status);
}

static hf_code describe_value(struct ctypes *types, const struct ctype_def *def, hf_type *type, hf_status *status)
{
    type->kind = (hf_witkind)def->kind;
    switch (def->kind) {
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
        type->element = host_of(types, def->list.element);
        type->count = def->kind == HF_WIT_FIXED_LIST ? def->list.length : 0;
        break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW: type->resource = types->host->resources[def->resource]; break;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT:
    case HF_WIT_FLAGS: return lay_out(types, type, def->record.fields, def->record.count, status);
    default: break;
    }
    return hf_type_layout(type, NULL, status);
}

static hf_code describe_resource(struct ctypes *types, ctype place, hf_status *status)
{
    const uint32_t id = ctypes_resource_id(types, place);
    const struct resource_def *const def = ctypes_resource(types, id);
    struct host_resource *const out = ARENA_NEW(types->arena, struct host_resource);
    if (!out) return fail_oom(status);
    out->id = id;
    const bool own = def->origin != RESOURCE_IMPORTED || !def->interface.size;
    out->public = (hf_restype){ own ? (hf_str){ NULL, 0 } : def->interface, def->name, own ? def->slot : 0 };
    types->host->resources[place] = &out->public;
    return HF_OK;
}

// Parts stand before what is made of them, so one walk is enough.
static hf_code describe(struct ctypes *types, ctype place, hf_status *status)
{
    const struct ctype_def *const def = &types->defs[place];
    if (def->kind == CTYPE_RESOURCE) return describe_resource(types, place, status);
    if (def->kind >= WIT_KINDS && def->kind != CTYPE_FUNC) return HF_OK;
    if (def->kind < WIT_KINDS && wit_type_infos[def->kind].primitive) {
        types->host->types[place] = hf_type_of_kind((hf_witkind)def->kind);
        return HF_OK;
    }
    if (def->kind == CTYPE_FUNC && !def->func.param_count) return HF_OK;
    hf_type *const type = ARENA_NEW(types->arena, hf_type);
    if (!type) return fail_oom(status);
    types->host->types[place] = type;
    if (def->kind != CTYPE_FUNC) return describe_value(types, def, type, status);
    type->kind = HF_WIT_RECORD;
    return lay_out(types, type, def->func.params, def->func.param_count, status);
}

hf_code ctypes_describe(struct ctypes *types, hf_status *status)
{
    struct host_types *const host = ARENA_NEW(types->arena, struct host_types);
    if (!host) return fail_oom(status);
    host->types = ARENA_ARRAY(types->arena, const hf_type *, types->count);
    host->resources = ARENA_ARRAY(types->arena, const hf_restype *, types->count);
    if (!host->types || !host->resources) return fail_oom(status);
    types->host = host;
    hf_code code = HF_OK;
    for (ctype i = 0; code == HF_OK && i < types->count; i++) code = describe(types, i, status);
    return code;
}

const hf_type *ctypes_host(const struct ctypes *types, ctype type)
{
    return ctypes_get(types, type)->kind < WIT_KINDS ? host_of(types, type) : NULL;
}

hf_witfunc ctypes_host_func(const struct ctypes *types, ctype type)
{
    const struct ctype_func *const func = &ctypes_get(types, type)->func;
    return (hf_witfunc){ host_of(types, type), host_of(types, func->result), func->is_async };
}

hf_restype ctypes_host_resource(const struct ctypes *types, ctype type)
{
    const hf_restype *const resource = types->host->resources[type];
    return resource ? *resource : (hf_restype){ { NULL, 0 }, { NULL, 0 }, 0 };
}

uint32_t describe_resource_id(const hf_restype *resource)
{
    return ((const struct host_resource *)(const void *)resource)->id;
}
