// Component instances as the host sees them.
#include <string.h>

#include "base/fail.h"
#include "component/describe.h"
#include "component/live.h"
#include "runtime/linker.h"
#include "runtime/resource.h"

hf_code hf_component_pre_instantiate(hf_component_pre *pre, hf_store *store, hf_component_instance *out,
                                     hf_status *status)
{
    if (!pre || !store || !out) return fail(status, HF_BAD_ARGUMENT, "no pre-instance or no store");
    if (store->engine != pre->engine) return fail(status, HF_WRONG_STORE, "the store is of another engine");
    hf_status own = hf_status_ok();
    struct live_tree *tree;
    hf_code code = live_tree_new(pre, store, &tree, &own);
    if (!code) code = object_handle(store, &tree->outside.object, &out->h, &own);
    return code ? pass_on(&own, status) : HF_OK;
}

hf_code hf_linker_instantiate_component(hf_linker *linker, hf_store *store, hf_component *component,
                                        hf_component_instance *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    hf_component_pre *pre = hf_linker_freeze_component(linker, component, &own);
    if (!pre) return pass_on(&own, status);
    const hf_code code = hf_component_pre_instantiate(pre, store, out, status);
    hf_component_pre_unref(pre);
    return code;
}

hf_code hf_component_instance_drop(hf_store *store, hf_component_instance instance, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct live_tree *tree = live_tree_of(store, instance.h, &own);
    if (!tree) return pass_on(&own, status);
    live_tree_drop(tree);
    return HF_OK;
}

hf_component *hf_component_instance_component(hf_store *store, hf_component_instance instance)
{
    struct live_tree *tree = live_tree_of(store, instance.h, NULL);
    return tree ? tree->pre->component : NULL;
}

// ---- exports ----

static bool same_name(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static const struct live_export *find(const struct live_exports *exports, hf_str name, enum sort sort)
{
    const struct live_export *found = NULL;
    for (uint32_t i = 0; i < exports->count; i++) {
        const struct live_export *export = &exports->items[i];
        if (export->sort != sort) continue;
        if (same_name(export->name, name)) return export;
        if (sort == SORT_INSTANCE && interfaces_compatible(export->name, name)) found = export;
    }
    return found;
}

// The type of an instance's export, as seen from outside.
static ctype type_in(const struct ctypes *types, ctype instance, hf_str name)
{
    const struct instance_type *type = ctypes_get(types, instance)->instance;
    for (uint32_t i = 0; i < type->export_count; i++)
        if (same_name(type->exports[i].name, name)) return type->exports[i].entity.type;
    return NO_CTYPE;
}

static const struct live_export *find_path(struct live_tree *tree, const char *path, ctype *type)
{
    const char *hash = strrchr(path, '#');
    if (!hash) {
        const struct live_export *found = find(tree->exports, (hf_str){ path, strlen(path) }, SORT_FUNC);
        if (found) *type = found->type;
        return found;
    }
    const hf_str interface = { path, (size_t)(hash - path) }, name = { hash + 1, strlen(hash + 1) };
    const struct live_export *instance = find(tree->exports, interface, SORT_INSTANCE);
    if (!instance) return NULL;
    *type = type_in(tree->pre->component->types, instance->type, name);
    return *type == NO_CTYPE ? NULL : find(instance->item.exports, name, SORT_FUNC);
}

static struct live_callee *callee_of(struct hf_store *store, hf_component_func func, hf_status *status)
{
    struct object *object = store_object(store, func.h, OBJECT_COMPONENT_FUNC, status);
    return (struct live_callee *)object;
}

hf_code hf_component_instance_func(hf_store *store, hf_component_instance instance, const char *path,
                                   hf_component_func *out, hf_status *status)
{
    if (!path || !out) return fail(status, HF_BAD_ARGUMENT, "no path");
    hf_status own = hf_status_ok();
    struct live_tree *tree = live_tree_of(store, instance.h, &own);
    if (!tree) return pass_on(&own, status);
    ctype type = NO_CTYPE;
    const struct live_export *export = find_path(tree, path, &type);
    if (!export) return fail(status, HF_NOT_FOUND, "there is no exported function \"%.100s\"", path);
    struct live_callee *callee = tree->callees;
    while (callee && callee->export != export) callee = callee->next;
    if (!callee) {
        callee = ARENA_NEW(&tree->arena, struct live_callee);
        if (!callee) return fail_oom(status);
        const hf_code code = live_entry(tree, export->item.host, &callee->func, status);
        if (code) return code;
        callee->object.kind = OBJECT_COMPONENT_FUNC;
        callee->export = export;
        callee->wit = ctypes_host_func(tree->pre->component->types, type);
        callee->next = tree->callees;
        tree->callees = callee;
    }
    return object_handle(store, &callee->object, &out->h, status);
}

hf_code hf_component_func_type(hf_store *store, hf_component_func func, hf_witfunc *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct live_callee *callee = callee_of(store, func, &own);
    if (!callee) return pass_on(&own, status);
    if (out) *out = callee->wit;
    return HF_OK;
}

// ---- calls ----

static hf_code check_args(const struct live_callee *callee, const void *args, hf_status *status)
{
    const hf_type *params = callee->wit.params;
    if (!params || !params->count) return HF_OK;
    if (!args) return fail(status, HF_BAD_ARGUMENT, "the function takes %u arguments", params->count);
    return hf_value_check(params, args, status);
}

hf_code hf_component_call(hf_store *store, hf_component_func func, const void *args, void *result, hf_place_fn place,
                          void *ctx, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct live_callee *callee = callee_of(store, func, &own);
    if (!callee || check_args(callee, args, &own)) return pass_on(&own, status);
    if (callee->wit.result && (!result || !place)) return fail(status, HF_BAD_ARGUMENT, "no room for the result");
    const struct live_exchange x = { &callee->wit, args, result, place, ctx };
    uint64_t slot = (uint64_t)(uintptr_t)&x;
    const hf_code code = call_slots(store, callee->func, &slot, &own);
    return code ? pass_on(&own, status) : HF_OK;
}

// What a task keeps of its call.
struct kept {
    struct live_exchange x;
    struct arena arena;
    void *args; // hf_value_new
};

static void kept_free(struct hf_task *task)
{
    struct kept *kept = task->extra;
    const hf_allocator *heap = task->store->heap;
    hf_value_free(kept->args, heap);
    arena_fini(&kept->arena);
    MEM_FREE(heap, kept);
}

static void *place_kept(void *ctx, size_t size)
{
    struct kept *kept = ctx;
    return arena_alloc(&kept->arena, size);
}

static hf_code keep(struct hf_task *task, const struct live_callee *callee, const void *args, hf_status *status)
{
    const hf_allocator *heap = task->store->heap;
    struct kept *kept = MEM_NEW(heap, struct kept);
    if (!kept) return fail_oom(status);
    arena_init(&kept->arena, heap);
    task->extra = kept;
    task->free_extra = kept_free;
    kept->x = (struct live_exchange){ .wit = &callee->wit, .place = place_kept, .place_ctx = kept };
    if (callee->wit.params && callee->wit.params->count) {
        kept->args = hf_value_new(callee->wit.params, args, heap, status);
        if (!kept->args) return HF_OUT_OF_MEMORY;
        kept->x.args = kept->args;
    }
    if (callee->wit.result) {
        kept->x.result = arena_zalloc(&kept->arena, callee->wit.result->size + 1);
        if (!kept->x.result) return fail_oom(status);
    }
    task->act.slots[0].u64 = (uint64_t)(uintptr_t)&kept->x;
    return HF_OK;
}

hf_task *hf_component_task_new(hf_store *store, hf_component_func func, const void *args, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct live_callee *callee = callee_of(store, func, &own);
    struct hf_task *task = NULL;
    if (callee && check_args(callee, args, &own) == HF_OK) {
        const struct func_type *type = &types_get(store->types, store->funcs[callee->func].type_id)->func;
        task = task_new(store, callee->func, type, &own);
    }
    if (task && keep(task, callee, args, &own)) {
        task_free(task);
        task = NULL;
    }
    if (!task) pass_on(&own, status);
    return task;
}

const void *hf_component_task_result(const hf_task *task)
{
    if (!task || task->state != TASK_DONE || task->free_extra != kept_free) return NULL;
    const struct kept *kept = task->extra;
    return kept->x.result;
}

// ---- resources ----

hf_code hf_component_resource_drop(hf_store *store, hf_resource resource, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct resource *found = store ? resource_get(store, resource, &own) : NULL;
    if (!found) return store ? pass_on(&own, status) : fail(status, HF_BAD_ARGUMENT, "no store");
    if (!found->by_guest) return hf_resource_drop(store, resource, status);
    if (found->guest_owned) return fail(status, HF_BUSY, "a guest owns the resource");
    const struct live_type *type = (const struct live_type *)(const void *)found->type;
    struct live_instance *impl = type->impl;
    uint64_t rep = found->payload;
    if (impl && !live_enter(impl, NULL)) {
        fail(status, HF_TRAPPED, "cannot enter component instance");
        if (status) status->trap = HF_TRAP_COMPONENT;
        return HF_TRAPPED;
    }
    resource_remove(store, resource);
    hf_code code = HF_OK;
    if (impl && type->dtor) code = call_slots(store, type->dtor, &rep, &own);
    if (!code && impl) live_leave(impl, NULL);
    return code ? pass_on(&own, status) : HF_OK;
}
