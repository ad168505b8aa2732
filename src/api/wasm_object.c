// Engine, store, and the objects of a store with their counts (capi.h says how those work).
#include "api/capi.h"

// ---- engine and store ----

wasm_config_t *wasm_config_new(void)
{
    return CAPI_NEW(wasm_config_t);
}

void wasm_config_delete(wasm_config_t *config)
{
    capi_free(config, sizeof *config);
}

wasm_engine_t *wasm_engine_new(void)
{
    wasm_engine_t *const engine = CAPI_NEW(wasm_engine_t);
    if (engine && !(engine->engine = hf_engine_new(NULL, NULL))) {
        capi_free(engine, sizeof *engine);
        return NULL;
    }
    return engine;
}

wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *config)
{
    wasm_config_delete(config);
    return wasm_engine_new();
}

void wasm_engine_delete(wasm_engine_t *engine)
{
    if (!engine) return;
    hf_engine_unref(engine->engine);
    capi_free(engine, sizeof *engine);
}

wasm_store_t *wasm_store_new(wasm_engine_t *engine)
{
    // The standard has no limits, and its examples make a hundred thousand instances of one module.
    const hf_store_options options = { .size = sizeof options, .max_instances = UINT64_MAX };
    wasm_store_t *const store = CAPI_NEW(wasm_store_t);
    if (store && !(store->store = hf_store_new(engine->engine, &options, NULL))) {
        capi_free(store, sizeof *store);
        return NULL;
    }
    if (store) {
        store->engine = hf_engine_ref(engine->engine);
        store->owners = 1;
    }
    return store;
}

static void store_unref(wasm_store_t *store)
{
    if (--store->owners) return;
    // What the guest still held comes back as dead.
    hf_store_free(store->store);
    store->store = NULL;
    store->owners = 1;
    store_sweep(store);
    hf_engine_unref(store->engine);
    capi_free(store->buckets, store->bucket_count * sizeof *store->buckets);
    capi_free(store, sizeof *store);
}

void wasm_store_delete(wasm_store_t *store)
{
    if (!store) return;
    store_sweep(store);
    if (store->trap) {
        struct capi_object *const trap = store->trap;
        store->trap = NULL;
        object_unref(trap);
    }
    store_unref(store);
}

// ---- the objects by what they name ----

static size_t bucket_of(const wasm_store_t *store, hf_handle handle)
{
    return ((size_t)handle.index * 2654435761u ^ handle.generation) & (store->bucket_count - 1);
}

static bool grow_buckets(wasm_store_t *store)
{
    const size_t count = store->bucket_count ? store->bucket_count * 2 : 32;
    struct capi_object **const buckets = mem_zalloc_array(&alloc_libc, count, sizeof *buckets);
    if (!buckets) return store->bucket_count; // a full table is slow, not wrong
    struct capi_object **const old = store->buckets;
    const size_t old_count = store->bucket_count;
    store->buckets = buckets;
    store->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct capi_object *o = old[i], *next; o; o = next) {
            next = o->next;
            struct capi_object **const at = &buckets[bucket_of(store, o->handle)];
            o->next = *at;
            *at = o;
        }
    }
    capi_free(old, old_count * sizeof *old);
    return true;
}

static bool same_handle(hf_handle a, hf_handle b)
{
    return a.store == b.store && a.index == b.index && a.generation == b.generation;
}

static bool has_name(const struct capi_object *o)
{
    return o->handle.store != 0;
}

static void forget(struct capi_object *o)
{
    wasm_store_t *const store = o->store;
    for (struct capi_object **at = &store->buckets[bucket_of(store, o->handle)]; *at; at = &(*at)->next) {
        if (*at != o) continue;
        *at = o->next;
        store->object_count--;
        return;
    }
}

struct capi_object *object_new(wasm_store_t *store, enum capi_kind kind)
{
    store_sweep(store);
    struct capi_object *const o = CAPI_NEW(struct capi_object);
    if (!o) return NULL;
    o->kind = kind;
    o->store = store;
    o->host = 1;
    store->owners++;
    return o;
}

struct capi_object *object_named(wasm_store_t *store, enum capi_kind kind, hf_handle handle, struct capi_object *anchor)
{
    if (store->bucket_count) {
        for (struct capi_object *o = store->buckets[bucket_of(store, handle)]; o; o = o->next)
            if (o->kind == kind && same_handle(o->handle, handle)) return object_ref(o);
    }
    if (store->object_count >= store->bucket_count && !grow_buckets(store)) return NULL;
    struct capi_object *const o = object_new(store, kind);
    if (!o) return NULL;
    if (!anchor && kind == CAPI_FUNC) {
        const hf_scope scope = hf_scope_open(store->store);
        hf_ref ref;
        const bool rooted = hf_ref_from_func(store->store, (hf_func){ handle }, &ref, NULL) == HF_OK &&
                            hf_ref_own(store->store, ref, &o->root, NULL) == HF_OK;
        hf_scope_close(store->store, scope);
        if (!rooted) {
            object_unref(o);
            return NULL;
        }
    }
    o->handle = handle;
    o->anchor = anchor ? object_ref(anchor) : NULL;
    struct capi_object **const at = &store->buckets[bucket_of(store, handle)];
    o->next = *at;
    *at = o;
    store->object_count++;
    return o;
}

// ---- counts ----

struct capi_object *object_ref(struct capi_object *o)
{
    if (!o->host++) o->store->owners++;
    return o;
}

// Nothing refers to it any more. Gives back what it holds, the anchor last.
static void destroy(struct capi_object *o)
{
    wasm_store_t *const store = o->store;
    if (has_name(o)) forget(o);
    if (o->finalizer) o->finalizer(o->host_info);
    if (o->root.h.store && store->store) hf_ref_release(store->store, o->root);
    if (o->kind == CAPI_INSTANCE && o->rooted && store->store)
        hf_instance_drop(store->store, (hf_instance){ o->handle }, NULL);
    if (o->kind == CAPI_MODULE) hf_module_unref(o->of.module);
    if (o->kind == CAPI_TRAP) capi_trap_fini(o);
    struct capi_object *const anchor = o->anchor;
    capi_free(o, sizeof *o);
    if (anchor) object_unref(anchor);
}

void object_unref(struct capi_object *o)
{
    if (!o || --o->host) return;
    wasm_store_t *const store = o->store;
    if (!o->guest) destroy(o);
    store_unref(store);
}

void store_sweep(wasm_store_t *store)
{
    while (store->dead) {
        struct capi_object *const o = store->dead;
        store->dead = o->next_dead;
        o->guest -= o->guest_gone;
        o->guest_gone = 0;
        if (!o->guest && !o->host) destroy(o);
    }
}

// ---- what all references can ----

#define REF_BASE(name)                                                                                           \
    void wasm_##name##_delete(wasm_##name##_t *ref)                                                              \
    {                                                                                                            \
        if (!ref) return;                                                                                        \
        object_unref(&ref->o);                                                                                   \
    }                                                                                                            \
    wasm_##name##_t *wasm_##name##_copy(const wasm_##name##_t *ref)                                              \
    {                                                                                                            \
        return ref ? (wasm_##name##_t *)object_ref((struct capi_object *)(uintptr_t)&ref->o) : NULL;             \
    }                                                                                                            \
    bool wasm_##name##_same(const wasm_##name##_t *a, const wasm_##name##_t *b)                                  \
    {                                                                                                            \
        return same_object(&a->o, &b->o);                                                                        \
    }                                                                                                            \
    void *wasm_##name##_get_host_info(const wasm_##name##_t *ref)                                                \
    {                                                                                                            \
        return ref->o.host_info;                                                                                 \
    }                                                                                                            \
    void wasm_##name##_set_host_info(wasm_##name##_t *ref, void *info)                                           \
    {                                                                                                            \
        wasm_##name##_set_host_info_with_finalizer(ref, info, NULL);                                             \
    }                                                                                                            \
    void wasm_##name##_set_host_info_with_finalizer(wasm_##name##_t *ref, void *info, void (*finalizer)(void *)) \
    {                                                                                                            \
        ref->o.host_info = info;                                                                                 \
        ref->o.finalizer = finalizer;                                                                            \
    }

#define REF(name, kind_of)                                                   \
    REF_BASE(name)                                                           \
    wasm_ref_t *wasm_##name##_as_ref(wasm_##name##_t *ref)                   \
    {                                                                        \
        return (wasm_ref_t *)ref;                                            \
    }                                                                        \
    const wasm_ref_t *wasm_##name##_as_ref_const(const wasm_##name##_t *ref) \
    {                                                                        \
        return (const wasm_ref_t *)ref;                                      \
    }                                                                        \
    wasm_##name##_t *wasm_ref_as_##name(wasm_ref_t *ref)                     \
    {                                                                        \
        return ref && (kind_of) ? (wasm_##name##_t *)ref : NULL;             \
    }                                                                        \
    const wasm_##name##_t *wasm_ref_as_##name##_const(const wasm_ref_t *ref) \
    {                                                                        \
        return ref && (kind_of) ? (const wasm_##name##_t *)ref : NULL;       \
    }

static bool same_object(const struct capi_object *a, const struct capi_object *b)
{
    if (a == b) return true;
    return a->kind == CAPI_GUEST && b->kind == CAPI_GUEST && a->store == b->store &&
           hf_ref_equal(a->store->store, a->root, b->root);
}

REF_BASE(ref)
REF(trap, ref->o.kind == CAPI_TRAP)
REF(foreign, ref->o.kind == CAPI_FOREIGN)
REF(module, ref->o.kind == CAPI_MODULE)
REF(func, ref->o.kind == CAPI_FUNC)
REF(global, ref->o.kind == CAPI_GLOBAL)
REF(table, ref->o.kind == CAPI_TABLE)
REF(memory, ref->o.kind == CAPI_MEMORY)
REF(extern, ref->o.kind <= CAPI_TAG)
REF(instance, ref->o.kind == CAPI_INSTANCE)

wasm_foreign_t *wasm_foreign_new(wasm_store_t *store)
{
    return (wasm_foreign_t *)object_new(store, CAPI_FOREIGN);
}
