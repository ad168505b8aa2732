// Globals, tables, memories and what they have in common as externs.
#include "api/capi.h"

static const wasm_externkind_t extern_kinds[] = {
    [CAPI_FUNC] = WASM_EXTERN_FUNC,     [CAPI_GLOBAL] = WASM_EXTERN_GLOBAL,  [CAPI_TABLE] = WASM_EXTERN_TABLE,
    [CAPI_MEMORY] = WASM_EXTERN_MEMORY, [CAPI_TAG] = WASM_EXTERN_MEMORY + 1,
};

#define EXTERN(name, of_kind)                                                                  \
    wasm_extern_t *wasm_##name##_as_extern(wasm_##name##_t *object)                            \
    {                                                                                          \
        return (wasm_extern_t *)object;                                                        \
    }                                                                                          \
    const wasm_extern_t *wasm_##name##_as_extern_const(const wasm_##name##_t *object)          \
    {                                                                                          \
        return (const wasm_extern_t *)object;                                                  \
    }                                                                                          \
    wasm_##name##_t *wasm_extern_as_##name(wasm_extern_t *object)                              \
    {                                                                                          \
        return object && object->o.kind == (of_kind) ? (wasm_##name##_t *)object : NULL;       \
    }                                                                                          \
    const wasm_##name##_t *wasm_extern_as_##name##_const(const wasm_extern_t *object)          \
    {                                                                                          \
        return object && object->o.kind == (of_kind) ? (const wasm_##name##_t *)object : NULL; \
    }
EXTERN(func, CAPI_FUNC)
EXTERN(global, CAPI_GLOBAL)
EXTERN(table, CAPI_TABLE)
EXTERN(memory, CAPI_MEMORY)

wasm_externkind_t wasm_extern_kind(const wasm_extern_t *object)
{
    return extern_kinds[object->o.kind];
}

static hf_extern to_extern(const struct capi_object *o)
{
    hf_extern out;
    switch (o->kind) {
    case CAPI_FUNC:
        out.kind = HF_EXTERN_FUNC;
        out.of.func.h = o->handle;
        break;
    case CAPI_GLOBAL:
        out.kind = HF_EXTERN_GLOBAL;
        out.of.global.h = o->handle;
        break;
    case CAPI_TABLE:
        out.kind = HF_EXTERN_TABLE;
        out.of.table.h = o->handle;
        break;
    case CAPI_MEMORY:
        out.kind = HF_EXTERN_MEMORY;
        out.of.memory.h = o->handle;
        break;
    default:
        out.kind = HF_EXTERN_TAG;
        out.of.tag.h = o->handle;
        break;
    }
    return out;
}

static bool extern_type(const struct capi_object *o, hf_externtype *out)
{
    return hf_extern_type(o->store->store, to_extern(o), out, NULL) == HF_OK;
}

wasm_externtype_t *wasm_extern_type(const wasm_extern_t *object)
{
    hf_externtype type;
    return extern_type(&object->o, &type) ? capi_externtype(object->o.store->engine, &type) : NULL;
}

static uint64_t max_of(const wasm_limits_t *limits)
{
    return limits->max == wasm_limits_max_default ? UINT64_MAX : limits->max;
}

// ---- globals ----

wasm_global_t *wasm_global_new(wasm_store_t *store, const wasm_globaltype_t *type, const wasm_val_t *init)
{
    const hf_globaltype global_type = {
        .type = capi_valtype(wasm_valtype_kind(wasm_globaltype_content(type))),
        .is_mutable = wasm_globaltype_mutability(type) == WASM_VAR,
    };
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    hf_global global;
    const bool good = capi_val_in(store, init, global_type.type, &value, NULL) == HF_OK &&
                      hf_global_new(store->store, global_type, value, &global, NULL) == HF_OK;
    hf_scope_close(store->store, scope);
    return good ? (wasm_global_t *)object_named(store, CAPI_GLOBAL, global.h, NULL) : NULL;
}

wasm_globaltype_t *wasm_global_type(const wasm_global_t *global)
{
    return (wasm_globaltype_t *)wasm_extern_type(wasm_global_as_extern_const(global));
}

void wasm_global_get(const wasm_global_t *global, wasm_val_t *out)
{
    wasm_store_t *const store = global->o.store;
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    *out = (wasm_val_t)WASM_INIT_VAL;
    if (hf_global_get(store->store, (hf_global){ global->o.handle }, &value, NULL) == HF_OK)
        capi_val_out(store, &value, out);
    hf_scope_close(store->store, scope);
}

void wasm_global_set(wasm_global_t *global, const wasm_val_t *given)
{
    wasm_store_t *const store = global->o.store;
    store_sweep(store);
    hf_externtype type;
    if (!extern_type(&global->o, &type)) return;
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    if (capi_val_in(store, given, type.global.type, &value, NULL) == HF_OK)
        hf_global_set(store->store, (hf_global){ global->o.handle }, value, NULL);
    hf_scope_close(store->store, scope);
}

// ---- tables ----

wasm_table_t *wasm_table_new(wasm_store_t *store, const wasm_tabletype_t *type, wasm_ref_t *init)
{
    const wasm_limits_t *const limits = wasm_tabletype_limits(type);
    const hf_tabletype table_type = {
        .element = capi_valtype(wasm_valtype_kind(wasm_tabletype_element(type))),
        .limits = { .min = limits->min, .max = max_of(limits) },
    };
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    hf_table table;
    const bool good = capi_ref_in(store, init ? &init->o : NULL, table_type.element, &value, NULL) == HF_OK &&
                      hf_table_new(store->store, table_type, value, &table, NULL) == HF_OK;
    hf_scope_close(store->store, scope);
    return good ? (wasm_table_t *)object_named(store, CAPI_TABLE, table.h, NULL) : NULL;
}

wasm_tabletype_t *wasm_table_type(const wasm_table_t *table)
{
    return (wasm_tabletype_t *)wasm_extern_type(wasm_table_as_extern_const(table));
}

wasm_ref_t *wasm_table_get(const wasm_table_t *table, wasm_table_size_t index)
{
    wasm_store_t *const store = table->o.store;
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    struct capi_object *o = NULL;
    if (hf_table_get(store->store, (hf_table){ table->o.handle }, index, &value, NULL) == HF_OK)
        o = capi_ref_out(store, &value);
    hf_scope_close(store->store, scope);
    return (wasm_ref_t *)o;
}

// A reference as an element of the table, within an open scope.
static bool element_in(wasm_table_t *table, wasm_ref_t *ref, hf_val *out)
{
    hf_externtype type;
    return extern_type(&table->o, &type) &&
           capi_ref_in(table->o.store, ref ? &ref->o : NULL, type.table.element, out, NULL) == HF_OK;
}

bool wasm_table_set(wasm_table_t *table, wasm_table_size_t index, wasm_ref_t *ref)
{
    wasm_store_t *const store = table->o.store;
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    const bool good = element_in(table, ref, &value) &&
                      hf_table_set(store->store, (hf_table){ table->o.handle }, index, value, NULL) == HF_OK;
    hf_scope_close(store->store, scope);
    return good;
}

wasm_table_size_t wasm_table_size(const wasm_table_t *table)
{
    uint64_t size = 0;
    hf_table_size(table->o.store->store, (hf_table){ table->o.handle }, &size, NULL);
    return size > UINT32_MAX ? UINT32_MAX : (wasm_table_size_t)size;
}

bool wasm_table_grow(wasm_table_t *table, wasm_table_size_t delta, wasm_ref_t *init)
{
    wasm_store_t *const store = table->o.store;
    store_sweep(store);
    const hf_scope scope = hf_scope_open(store->store);
    hf_val value;
    const bool good = element_in(table, init, &value) &&
                      hf_table_grow(store->store, (hf_table){ table->o.handle }, delta, value, NULL, NULL) == HF_OK;
    hf_scope_close(store->store, scope);
    return good;
}

// ---- memories ----

wasm_memory_t *wasm_memory_new(wasm_store_t *store, const wasm_memorytype_t *type)
{
    const wasm_limits_t *const limits = wasm_memorytype_limits(type);
    const hf_limits memory_type = { .min = limits->min, .max = max_of(limits), .page_log2 = 16 };
    hf_memory memory;
    store_sweep(store);
    if (hf_memory_new(store->store, memory_type, &memory, NULL)) return NULL;
    return (wasm_memory_t *)object_named(store, CAPI_MEMORY, memory.h, NULL);
}

wasm_memorytype_t *wasm_memory_type(const wasm_memory_t *memory)
{
    return (wasm_memorytype_t *)wasm_extern_type(wasm_memory_as_extern_const(memory));
}

byte_t *wasm_memory_data(wasm_memory_t *memory)
{
    size_t size;
    return (byte_t *)hf_memory_data(memory->o.store->store, (hf_memory){ memory->o.handle }, &size);
}

size_t wasm_memory_data_size(const wasm_memory_t *memory)
{
    size_t size = 0;
    hf_memory_data(memory->o.store->store, (hf_memory){ memory->o.handle }, &size);
    return size;
}

wasm_memory_pages_t wasm_memory_size(const wasm_memory_t *memory)
{
    uint64_t pages = 0;
    hf_memory_size(memory->o.store->store, (hf_memory){ memory->o.handle }, &pages, NULL);
    return pages > UINT32_MAX ? UINT32_MAX : (wasm_memory_pages_t)pages;
}

bool wasm_memory_grow(wasm_memory_t *memory, wasm_memory_pages_t delta)
{
    return hf_memory_grow(memory->o.store->store, (hf_memory){ memory->o.handle }, delta, NULL, NULL) == HF_OK;
}

// ---- instances ----

static enum capi_kind kind_of(hf_externkind kind)
{
    switch (kind) {
    case HF_EXTERN_FUNC: return CAPI_FUNC;
    case HF_EXTERN_TABLE: return CAPI_TABLE;
    case HF_EXTERN_MEMORY: return CAPI_MEMORY;
    case HF_EXTERN_GLOBAL: return CAPI_GLOBAL;
    case HF_EXTERN_TAG: break;
    }
    return CAPI_TAG;
}

static hf_handle handle_of(const hf_extern *object)
{
    switch (object->kind) {
    case HF_EXTERN_FUNC: return object->of.func.h;
    case HF_EXTERN_TABLE: return object->of.table.h;
    case HF_EXTERN_MEMORY: return object->of.memory.h;
    case HF_EXTERN_GLOBAL: return object->of.global.h;
    case HF_EXTERN_TAG: break;
    }
    return object->of.tag.h;
}

wasm_instance_t *wasm_instance_new(wasm_store_t *store, const wasm_module_t *module, const wasm_extern_vec_t *imports,
                                   wasm_trap_t **trap)
{
    store_sweep(store);
    if (trap) *trap = NULL;
    const size_t count = imports ? imports->size : 0;
    hf_extern *const externs = mem_zalloc_array(&alloc_libc, count + 1, sizeof *externs);
    if (!externs) return NULL;
    hf_status status = hf_status_ok();
    hf_instance instance;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        whole = whole && imports->data[i];
        if (whole) externs[i] = to_extern(&imports->data[i]->o);
    }
    struct capi_object *o = NULL;
    if (!whole) {
        status.code = HF_UNLINKABLE;
    } else if (hf_instance_new(store->store, module->o.of.module, externs, count, &instance, &status) == HF_OK) {
        o = object_named(store, CAPI_INSTANCE, instance.h, NULL);
        if (o) o->rooted = true;
    }
    capi_free(externs, (count + 1) * sizeof *externs);
    if (!o && status.code && trap) *trap = capi_trap(store, &status);
    return (wasm_instance_t *)o;
}

void wasm_instance_exports(const wasm_instance_t *instance, wasm_extern_vec_t *out)
{
    wasm_store_t *const store = instance->o.store;
    const hf_instance handle = { instance->o.handle };
    const hf_module *const module = hf_instance_module(store->store, handle);
    wasm_extern_vec_new_uninitialized(out, module ? hf_module_export_count(module) : 0);
    for (size_t i = 0; i < out->size; i++) {
        hf_extern export;
        if (hf_instance_export_at(store->store, handle, i, &export, NULL)) continue;
        out->data[i] = (wasm_extern_t *)object_named(store, kind_of(export.kind), handle_of(&export),
                                                     (struct capi_object *)(uintptr_t)&instance->o);
    }
}
