#include <holdfast/instance.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/extern.h"

enum { FEW = 64 };

static hf_code bind_all(hf_store *store, const hf_module *module, const hf_extern *imports, struct binding *bindings,
                        hf_status *status)
{
    for (uint32_t i = 0; i < module->import_count; i++) {
        hf_code code = extern_bind(store, imports[i], &bindings[i], status);
        if (!code) code = binding_matches(store, &module->imports[i], &bindings[i], status);
        if (code) return code;
    }
    return HF_OK;
}

hf_code hf_instance_new(hf_store *store, hf_module *module, const hf_extern *imports, size_t count, hf_instance *out,
                        hf_status *status)
{
    if (!store || !module || !out || (count && !imports)) return fail(status, HF_BAD_ARGUMENT, "no store or no module");
    if (module->engine != store->engine) return fail(status, HF_WRONG_STORE, "the module is of another engine");
    if (count != module->import_count)
        return fail(status, HF_UNLINKABLE, "the module has %u imports, %zu are given", module->import_count, count);
    struct binding few[FEW] = { { .kind = EXTERN_FUNC } };
    struct binding *bindings = few;
    if (count > FEW) {
        bindings = mem_zalloc_array(store->heap, count, sizeof *bindings);
        if (!bindings) return fail_oom(status);
    }
    struct instance *instance = NULL;
    hf_code code = bind_all(store, module, imports, bindings, status);
    if (!code) code = instance_new(store, module, bindings, NULL, NULL, &instance, status);
    if (bindings != few) mem_free(store->heap, bindings, count * sizeof *bindings);
    return code ? code : object_handle(store, &instance->object, &out->h, status);
}

static struct instance *find(hf_store *store, hf_instance handle, hf_status *status)
{
    struct object *object = store_object(store, handle.h, OBJECT_INSTANCE, status);
    return object ? object_instance(object) : NULL;
}

hf_code hf_instance_drop(hf_store *store, hf_instance handle, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct instance *instance = find(store, handle, &own);
    if (!instance) return pass_on(&own, status);
    instance_drop(store, instance);
    return HF_OK;
}

hf_module *hf_instance_module(hf_store *store, hf_instance handle)
{
    const struct instance *instance = find(store, handle, NULL);
    return instance ? instance->module : NULL;
}

static hf_code find_export(struct instance *instance, const char *name, hf_extern *out, hf_status *status)
{
    const size_t size = strlen(name);
    for (uint32_t i = 0; i < instance->module->export_count; i++) {
        const struct export *export = &instance->module->exports[i];
        if (export->name.size == size && memcmp(export->name.data, name, size) == 0)
            return extern_export(instance, export, out, status);
    }
    return fail(status, HF_NOT_FOUND, "no export \"%s\"", name);
}

hf_code hf_instance_export(hf_store *store, hf_instance handle, const char *name, hf_extern *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct instance *instance = find(store, handle, &own);
    if (!instance) return pass_on(&own, status);
    if (!name || !out) return fail(status, HF_BAD_ARGUMENT, "no name");
    return find_export(instance, name, out, status);
}

hf_code hf_instance_export_at(hf_store *store, hf_instance handle, size_t i, hf_extern *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct instance *instance = find(store, handle, &own);
    if (!instance) return pass_on(&own, status);
    if (!out || i >= instance->module->export_count) return fail(status, HF_NOT_FOUND, "no export %zu", i);
    return extern_export(instance, &instance->module->exports[i], out, status);
}

hf_code hf_instance_func(hf_store *store, hf_instance handle, const char *name, hf_func *out, hf_status *status)
{
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the function");
    hf_extern object;
    const hf_code code = hf_instance_export(store, handle, name, &object, status);
    if (code) return code;
    if (object.kind != HF_EXTERN_FUNC)
        return fail(status, HF_WRONG_KIND, "the export \"%s\" is a %s", name, hf_externkind_name(object.kind));
    *out = object.of.func;
    return HF_OK;
}

hf_code hf_instance_set_concurrent(hf_store *store, hf_instance handle, bool concurrent, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct instance *instance = find(store, handle, &own);
    if (!instance) return pass_on(&own, status);
    if (instance->entered) return fail(status, HF_BUSY, "the instance has a task");
    instance->concurrent = concurrent;
    return HF_OK;
}
