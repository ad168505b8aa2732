// Modules of the standard C API. Serialised, a module is its binary: reading it again validates it again.
#include "api/capi.h"

static wasm_module_t *new_module(wasm_store_t *store, hf_module *module)
{
    struct capi_object *const o = module ? object_new(store, CAPI_MODULE) : NULL;
    if (o)
        o->of.module = module;
    else
        hf_module_unref(module);
    return (wasm_module_t *)o;
}

wasm_module_t *wasm_module_new(wasm_store_t *store, const wasm_byte_vec_t *binary)
{
    return new_module(store, hf_module_new(store->engine, binary->data, binary->size, NULL));
}

bool wasm_module_validate(wasm_store_t *store, const wasm_byte_vec_t *binary)
{
    hf_module *const module = hf_module_new(store->engine, binary->data, binary->size, NULL);
    const bool valid = module != NULL;
    hf_module_unref(module);
    return valid;
}

static void name_of(hf_str text, wasm_name_t *out)
{
    wasm_name_new(out, text.size, text.data);
}

void wasm_module_imports(const wasm_module_t *module, wasm_importtype_vec_t *out)
{
    const hf_module *const m = module->o.of.module;
    wasm_importtype_vec_new_uninitialized(out, hf_module_import_count(m));
    for (size_t i = 0; i < out->size; i++) {
        hf_import import;
        if (hf_module_import(m, i, &import)) continue;
        wasm_name_t space, name;
        name_of(import.module, &space);
        name_of(import.name, &name);
        out->data[i] = wasm_importtype_new(&space, &name, capi_externtype(module->o.store->engine, &import.type));
    }
}

void wasm_module_exports(const wasm_module_t *module, wasm_exporttype_vec_t *out)
{
    const hf_module *const m = module->o.of.module;
    wasm_exporttype_vec_new_uninitialized(out, hf_module_export_count(m));
    for (size_t i = 0; i < out->size; i++) {
        hf_export export;
        if (hf_module_export(m, i, &export)) continue;
        wasm_name_t name;
        name_of(export.name, &name);
        out->data[i] = wasm_exporttype_new(&name, capi_externtype(module->o.store->engine, &export.type));
    }
}

void wasm_module_serialize(const wasm_module_t *module, wasm_byte_vec_t *out)
{
    const hf_bytes bytes = hf_module_bytes(module->o.of.module);
    wasm_byte_vec_new(out, bytes.size, (const char *)bytes.data);
}

wasm_module_t *wasm_module_deserialize(wasm_store_t *store, const wasm_byte_vec_t *bytes)
{
    return wasm_module_new(store, bytes);
}

wasm_shared_module_t *wasm_module_share(const wasm_module_t *module)
{
    wasm_shared_module_t *const shared = CAPI_NEW(wasm_shared_module_t);
    if (shared) shared->module = hf_module_ref(module->o.of.module);
    return shared;
}

wasm_module_t *wasm_module_obtain(wasm_store_t *store, const wasm_shared_module_t *shared)
{
    // A module belongs to its engine.
    if (hf_module_engine(shared->module) != store->engine) return NULL;
    return new_module(store, hf_module_ref(shared->module));
}

void wasm_shared_module_delete(wasm_shared_module_t *shared)
{
    if (!shared) return;
    hf_module_unref(shared->module);
    capi_free(shared, sizeof *shared);
}
