// Objects of a store as imports and exports.
#include "runtime/extern.h"

#include <string.h>

#include "base/fail.h"
#include "runtime/memory.h"

hf_code extern_bind(struct hf_store *store, hf_extern object, struct binding *out, hf_status *status)
{
    struct binding binding = { .kind = EXTERN_FUNC, .host = NULL, .func = 0 };
    struct object *found = NULL;
    hf_status own = hf_status_ok();
    switch (object.kind) {
    case HF_EXTERN_FUNC:
        binding.func = store_func(store, object.of.func.h, &own);
        if (binding.func) *out = binding;
        return pass_on(&own, status);
    case HF_EXTERN_TABLE: found = store_object(store, object.of.table.h, OBJECT_TABLE, &own); break;
    case HF_EXTERN_MEMORY: found = store_object(store, object.of.memory.h, OBJECT_MEMORY, &own); break;
    case HF_EXTERN_GLOBAL: found = store_object(store, object.of.global.h, OBJECT_GLOBAL, &own); break;
    case HF_EXTERN_TAG: found = store_object(store, object.of.tag.h, OBJECT_TAG, &own); break;
    default: return fail(status, HF_BAD_ARGUMENT, "an extern of no kind");
    }
    if (!found) return pass_on(&own, status);
    binding.kind = (enum extern_kind)object.kind;
    switch (binding.kind) {
    case EXTERN_FUNC: break;
    case EXTERN_TABLE: binding.table = object_table(found); break;
    case EXTERN_MEMORY: binding.memory = object_memory(found); break;
    case EXTERN_GLOBAL: binding.global = object_global(found); break;
    case EXTERN_TAG: binding.tag = object_tag(found); break;
    }
    *out = binding;
    return HF_OK;
}

hf_code extern_export(struct instance *instance, const struct export *export, hf_extern *out, hf_status *status)
{
    struct hf_store *store = instance->store;
    hf_extern object;
    memset(&object, 0, sizeof object);
    object.kind = (hf_externkind) export->kind;
    hf_code code = HF_OK;
    switch (export->kind) {
    case EXTERN_FUNC: code = func_handle(store, instance->funcs[export->index], &object.of.func.h, status); break;
    case EXTERN_TABLE:
        code = object_handle(store, &instance->tables[export->index]->object, &object.of.table.h, status);
        break;
    case EXTERN_MEMORY:
        code = object_handle(store, &instance->memories[export->index]->object, &object.of.memory.h, status);
        break;
    case EXTERN_GLOBAL:
        code = object_handle(store, &instance->globals[export->index]->object, &object.of.global.h, status);
        break;
    case EXTERN_TAG:
        code = object_handle(store, &instance->tags[export->index]->object, &object.of.tag.h, status);
        break;
    }
    if (!code) *out = object;
    return code;
}

hf_functype functype_of(const struct func_type *type)
{
    return (hf_functype){ type->param_count, type->result_count, type->params, type->results };
}

hf_limits limits_of(const struct limits *limits)
{
    return (hf_limits){ limits->min, limits->has_max ? limits->max : UINT64_MAX, limits->is64, limits->shared,
                        limits->page_log2 };
}

hf_externtype externtype_of(const struct type_registry *types, const struct extern_type *type)
{
    hf_externtype out;
    memset(&out, 0, sizeof out);
    out.kind = (hf_externkind)type->kind;
    switch (type->kind) {
    case EXTERN_FUNC:
    case EXTERN_TAG: out.func = functype_of(&types_get(types, type->func)->func); break;
    case EXTERN_TABLE: out.table = (hf_tabletype){ type->table.elem, limits_of(&type->table.limits) }; break;
    case EXTERN_MEMORY: out.memory = limits_of(&type->memory); break;
    case EXTERN_GLOBAL: out.global = (hf_globaltype){ type->global.type, type->global.mutable }; break;
    }
    return out;
}

hf_code hf_extern_type(hf_store *store, hf_extern object, hf_externtype *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    struct binding binding;
    const hf_code code = extern_bind(store, object, &binding, status);
    if (code) return code;
    struct extern_type type = { .kind = binding.kind, .func = 0 };
    switch (binding.kind) {
    case EXTERN_FUNC: type.func = store->funcs[binding.func].type_id; break;
    case EXTERN_TAG: type.func = binding.tag->type_id; break;
    case EXTERN_TABLE:
        type.table = binding.table->type;
        type.table.limits.min = binding.table->size;
        break;
    case EXTERN_MEMORY:
        type.memory = binding.memory->type;
        type.memory.min = memory_bytes(binding.memory) >> type.memory.page_log2;
        break;
    case EXTERN_GLOBAL: type.global = binding.global->type; break;
    }
    *out = externtype_of(store->types, &type);
    return HF_OK;
}
