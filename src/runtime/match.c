// Does an object satisfy an import? (specification: "Import Matching", with types in canonical form)
#include "base/fail.h"
#include "runtime/host.h"
#include "runtime/instance.h"
#include "runtime/memory.h"

static const char *const kind_names[] = { "func", "table", "memory", "global", "tag" };

static hf_code mismatch(const struct import *import, hf_status *status, const char *why)
{
    return fail(status, HF_UNLINKABLE, "incompatible import type for \"%.*s\" \"%.*s\": %s",
                (int)(import->module.size < 60 ? import->module.size : 60), import->module.data,
                (int)(import->name.size < 60 ? import->name.size : 60), import->name.data, why);
}

// limits: the present size takes the place of the given minimum
static const char *limits_mismatch(const struct limits *have, uint64_t size, const struct limits *want)
{
    if (have->is64 != want->is64) return "another address type";
    if (size < want->min) return "it is too small";
    if (want->has_max && (!have->has_max || have->max > want->max)) return "it may grow too large";
    return NULL;
}

static bool same_type(const struct type_registry *types, valtype a, valtype b)
{
    return val_matches(types, a, b) && val_matches(types, b, a);
}

static const char *global_mismatch(const struct type_registry *types, const struct global_type *have,
                                   const struct global_type *want)
{
    if (have->mutable != want->mutable) return want->mutable ? "it is immutable" : "it is mutable";
    const bool fits =
        want->mutable ? same_type(types, have->type, want->type) : val_matches(types, have->type, want->type);
    return fits ? NULL : "another value type";
}

static const char *memory_mismatch(const struct memory_inst *memory, const struct limits *want)
{
    if (memory->type.shared != want->shared) return want->shared ? "it is not shared" : "it is shared";
    if (memory->type.page_log2 != want->page_log2) return "another page size";
    return limits_mismatch(&memory->type, memory_bytes(memory) >> memory->type.page_log2, want);
}

hf_code host_func_matches(struct type_registry *types, const struct import *import, const struct host_func *host,
                          hf_status *status)
{
    if (import->type.kind != EXTERN_FUNC) return mismatch(import, status, "a function is given");
    if (!def_matches(types, host->type_id, import->type.func)) return mismatch(import, status, "another signature");
    return HF_OK;
}

hf_code binding_matches(struct hf_store *store, const struct import *import, const struct binding *binding,
                        hf_status *status)
{
    if (binding->host) return host_func_matches(store->types, import, binding->host, status);
    if (import->type.kind != binding->kind) {
        return fail(status, HF_UNLINKABLE, "incompatible import type for \"%.*s\" \"%.*s\": a %s is given, a %s wanted",
                    (int)(import->module.size < 60 ? import->module.size : 60), import->module.data,
                    (int)(import->name.size < 60 ? import->name.size : 60), import->name.data,
                    kind_names[binding->kind], kind_names[import->type.kind]);
    }
    const char *why = NULL;
    switch (import->type.kind) {
    case EXTERN_FUNC:
        if (!def_matches(store->types, store->funcs[binding->func].type_id, import->type.func))
            why = "another signature";
        break;
    case EXTERN_TABLE:
        why = limits_mismatch(&binding->table->type.limits, binding->table->size, &import->type.table.limits);
        if (!same_type(store->types, binding->table->type.elem, import->type.table.elem)) why = "another element type";
        break;
    case EXTERN_MEMORY: why = memory_mismatch(binding->memory, &import->type.memory); break;
    case EXTERN_GLOBAL: why = global_mismatch(store->types, &binding->global->type, &import->type.global); break;
    case EXTERN_TAG:
        if (binding->tag->type_id != import->type.func) why = "another signature";
        break;
    }
    return why ? mismatch(import, status, why) : HF_OK;
}
