#include "runtime/store.h"

#include <assert.h>
#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/call.h"
#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/task.h"
#include "sys/self.h"
#include "sys/vm.h"

static _Atomic uint64_t next_store = 1;

enum {
    FUNCS_MOST = 1 << 24, // entries of store->funcs
    FUNCS_LEAST = 1 << 12,
};

static uint64_t limit_or(uint64_t given, uint64_t standard)
{
    return given ? given : standard;
}

static void fill_limits(struct hf_store_options *limits, const hf_store_options *given)
{
    memset(limits, 0, sizeof *limits);
    if (given) memcpy(limits, given, given->size < sizeof *limits ? given->size : sizeof *limits);
    limits->max_memory_bytes = limit_or(limits->max_memory_bytes, UINT64_C(4) << 30);
    limits->max_table_elements = limit_or(limits->max_table_elements, 10000000);
    limits->max_instances = limit_or(limits->max_instances, 10000);
    limits->max_memories = limit_or(limits->max_memories, 10000);
    limits->max_tables = limit_or(limits->max_tables, 10000);
    limits->max_gc_bytes = limit_or(limits->max_gc_bytes, UINT64_C(1) << 30);
    if (limits->max_gc_bytes > UINT64_C(4) << 30) limits->max_gc_bytes = UINT64_C(4) << 30;
    limits->max_host_bytes = limit_or(limits->max_host_bytes, UINT64_C(64) << 20);
    limits->max_call_bytes = limit_or(limits->max_call_bytes, UINT64_C(16) << 20);
    limits->stack_bytes = limit_or(limits->stack_bytes, UINT64_C(1) << 20);
    if (limits->stack_bytes > UINT64_C(1) << 40) limits->stack_bytes = UINT64_C(1) << 40;
    limits->max_nesting = limit_or(limits->max_nesting, 32);
    limits->max_tasks = limit_or(limits->max_tasks, 100000);
}

// The functions and the heap behind them, in one mapping. Where address space is scarce both get less.
static bool map_store(struct hf_store *store)
{
    size_t funcs = FUNCS_MOST;
    uint64_t heap = (store->limits.max_gc_bytes + GC_BLOCK * 2 - 1) / GC_BLOCK * GC_BLOCK;
    if (heap > UINT64_C(4) << 30) heap = UINT64_C(4) << 30;
    if (store->engine->options.no_reservation) funcs = FUNCS_MOST / 64;
    for (;;) {
        const size_t funcs_size = funcs * sizeof(struct func_inst);
        store->mapping_size = funcs_size + (size_t)heap;
        store->mapping = vm_map(store->mapping_size);
        if (store->mapping) {
            store->funcs = (struct func_inst *)(void *)store->mapping;
            store->func_max = (uint32_t)funcs;
            store->func_top = 1;
            store->gc.base = store->mapping + funcs_size;
            store->gc.size = heap;
            return true;
        }
        if (funcs == FUNCS_LEAST && heap <= GC_BLOCK * 16) return false;
        if (funcs > FUNCS_LEAST) funcs /= 2;
        if (heap > GC_BLOCK * 16) heap /= 2;
    }
}

hf_store *hf_store_new(hf_engine *engine, const hf_store_options *options, hf_status *status)
{
    if (!engine || (options && options->size < sizeof(size_t))) {
        fail(status, HF_BAD_ARGUMENT, engine ? "hf_store_options.size is not set" : "no engine");
        return NULL;
    }
    struct hf_store *store = MEM_NEW(&engine->heap, struct hf_store);
    if (!store) {
        fail_oom(status);
        return NULL;
    }
    store->engine = engine;
    store->heap = &engine->heap;
    store->tier = engine->tier;
    store->types = engine->types;
    store->id = atomic_fetch_add_explicit(&next_store, 1, memory_order_relaxed);
    store->owned.free = NO_ROOT;
    store->arrived_end = &store->arrived;
    fill_limits(&store->limits, options);
    store->remote = remote_new(engine, status);
    if (!store->remote) {
        MEM_FREE(store->heap, store);
        return NULL;
    }
    hf_engine_ref(engine);
    store->control = &store->remote->control;
    control_init(store->control, engine);
    const uint64_t fuel = store->limits.fuel;
    store->control->fuel = fuel > INT64_MAX ? INT64_MAX : (int64_t)fuel;
    if (!map_store(store)) {
        fail(status, HF_OUT_OF_MEMORY, "no address space for a store");
        hf_store_free(store);
        return NULL;
    }
    store->gc.largest_interval = store->limits.gc_interval_bytes;
    store->gc.trigger = store->gc.largest_interval ? store->gc.largest_interval : UINT64_C(1) << 20;
    return store;
}

void hf_store_free(hf_store *store)
{
    if (!store) return;
    store->closing = true;
    tasks_free_all(store);
    struct mail *late = remote_close(store->remote);
    calls_close(store, late);
    gc_fini(store);
    while (store->objects) {
        struct object *object = store->objects;
        store->objects = object->next;
        object_free(store, object);
    }
    resources_close(store);
    host_funcs_free(store);
    for (size_t i = 0; i < store->retained_count; i++) module_release(store->retained[i]);
    for (size_t i = 0; i < store->backtrace_count; i++) module_release(store->backtrace[i].module);
    for (size_t i = 0; i < store->slot_count; i++) {
        if (store->slots[i].free_fn) store->slots[i].free_fn(store->slots[i].value);
    }
    stack_pool_free(&store->stacks, store->heap);
    vm_release(store->mapping, store->mapping_size);
    const hf_allocator *heap = store->heap;
    mem_free(heap, store->retained, store->retained_cap * sizeof *store->retained);
    mem_free(heap, store->backtrace, store->backtrace ? BACKTRACE_MOST * sizeof *store->backtrace : 0);
    mem_free(heap, store->slots, store->slot_cap * sizeof *store->slots);
    mem_free(heap, store->entities, store->entity_cap * sizeof *store->entities);
    mem_free(heap, store->tags, store->tag_cap * sizeof *store->tags);
    mem_free(heap, store->scoped.at, store->scoped.cap * sizeof *store->scoped.at);
    mem_free(heap, store->owned.at, store->owned.cap * sizeof *store->owned.at);
    mem_free(heap, store->func_free, store->func_free_cap * sizeof *store->func_free);
    mem_free(heap, store->func_gens, store->func_gens_cap * sizeof *store->func_gens);
    mem_free(heap, store->gc.blocks, store->gc.block_cap * sizeof *store->gc.blocks);
    struct hf_remote *remote = store->remote;
    struct hf_engine *engine = store->engine;
    MEM_FREE(heap, store);
    hf_remote_unref(remote);
    hf_engine_unref(engine);
}

#ifndef NDEBUG
uint64_t store_enter(struct hf_store *store)
{
    const uint64_t self = thread_self();
    const uint64_t before = __atomic_exchange_n(&store->owner, self, __ATOMIC_RELAXED);
    assert(before == 0 || before == self); // two threads use one store at once
    return before;
}

void store_leave(struct hf_store *store, uint64_t before)
{
    __atomic_store_n(&store->owner, before, __ATOMIC_RELAXED);
}
#endif

// ---- objects and handles ----

#define OWNER_OF(type, object_) ((type *)(void *)((uint8_t *)(object_) - offsetof(type, object)))

struct instance *object_instance(struct object *object)
{
    return OWNER_OF(struct instance, object);
}

struct memory_inst *object_memory(struct object *object)
{
    return OWNER_OF(struct memory_inst, object);
}

struct table_inst *object_table(struct object *object)
{
    return OWNER_OF(struct table_inst, object);
}

struct global_inst *object_global(struct object *object)
{
    return OWNER_OF(struct global_inst, object);
}

struct tag_inst *object_tag(struct object *object)
{
    return OWNER_OF(struct tag_inst, object);
}

struct outside *object_outside(struct object *object)
{
    return OWNER_OF(struct outside, object);
}

void object_link(struct hf_store *store, struct object *object, enum object_kind kind, bool kept)
{
    object->kind = (uint8_t)kind;
    object->kept = kept;
    object->next = store->objects;
    store->objects = object;
}

static const char *const kind_names[] = {
    "no handle", "instance",           "function",          "table", "memory", "global", "tag", "reference",
    "resource",  "component instance", "component function"
};

// What all handles are asked first.
bool handle_fits(const struct hf_store *store, hf_handle handle, enum object_kind kind, hf_status *status)
{
    if (!store || handle.store == 0) {
        fail(status, HF_BAD_ARGUMENT, store ? "no %s is given" : "no store", kind_names[kind]);
        return false;
    }
    if (handle.store != store->id) {
        fail(status, HF_WRONG_STORE, "the %s belongs to another store", kind_names[kind]);
        return false;
    }
    const unsigned given = handle.generation & 15;
    if (given != (unsigned)kind) {
        fail(status, HF_WRONG_KIND, "a handle of a %s where a %s is expected",
             given < sizeof kind_names / sizeof *kind_names ? kind_names[given] : "thing", kind_names[kind]);
        return false;
    }
    return true;
}

static void stale(enum object_kind kind, hf_status *status)
{
    fail(status, HF_STALE, "the %s is gone", kind_names[kind]);
}

struct object *store_object(struct hf_store *store, hf_handle handle, enum object_kind kind, hf_status *status)
{
    if (!handle_fits(store, handle, kind, status)) return NULL;
    struct object *object = NULL;
    if (handle.index < store->entity_count) {
        const struct entity *entity = &store->entities[handle.index];
        if (entity->generation == handle.generation >> 4) object = entity->object;
    }
    if (!object || object->kind != kind) {
        stale(kind, status);
        return NULL;
    }
    return object;
}

gref store_func(struct hf_store *store, hf_handle handle, hf_status *status)
{
    if (!handle_fits(store, handle, OBJECT_FUNC, status)) return REF_NULL;
    if (handle.index == 0 || handle.index >= store->func_top || handle.index >= store->func_gens_cap ||
        store->func_gens[handle.index] != handle.generation >> 4) {
        stale(OBJECT_FUNC, status);
        return REF_NULL;
    }
    return handle.index;
}

hf_code object_handle(struct hf_store *store, struct object *object, hf_handle *out, hf_status *status)
{
    if (!object->entity) {
        if (!store->entity_free) {
            const size_t at = store->entity_count ? store->entity_count : 1;
            if (at >= UINT32_MAX) return fail_oom(status);
            void *grown = mem_grow(store->heap, store->entities, &store->entity_cap, at + 1, sizeof *store->entities);
            if (!grown) return fail_oom(status);
            store->entities = grown;
            store->entities[at] = (struct entity){ NULL, 1, 0 };
            store->entities[0] = (struct entity){ NULL, 0, 0 };
            store->entity_count = at + 1;
            store->entity_free = (uint32_t)at;
        }
        object->entity = store->entity_free;
        store->entity_free = store->entities[object->entity].next_free;
        store->entities[object->entity].object = object;
    }
    const uint32_t generation = store->entities[object->entity].generation;
    *out = handle_make(store, object->entity, generation, (enum object_kind)object->kind);
    return HF_OK;
}

enum { GENERATION_MOST = (1 << 28) - 1 };

void entity_free(struct hf_store *store, struct object *object)
{
    if (!object->entity) return;
    struct entity *entity = &store->entities[object->entity];
    entity->object = NULL;
    if (entity->generation < GENERATION_MOST) {
        entity->generation++;
        entity->next_free = store->entity_free;
        store->entity_free = object->entity;
    }
    object->entity = 0;
}

hf_code func_handle(struct hf_store *store, gref func, hf_handle *out, hf_status *status)
{
    if (func >= store->func_gens_cap) {
        const size_t old = store->func_gens_cap;
        void *grown =
            mem_grow(store->heap, store->func_gens, &store->func_gens_cap, (size_t)func + 1, sizeof(uint32_t));
        if (!grown) return fail_oom(status);
        store->func_gens = grown;
        for (size_t i = old; i < store->func_gens_cap; i++) store->func_gens[i] = 1;
    }
    *out = handle_make(store, func, store->func_gens[func], OBJECT_FUNC);
    return HF_OK;
}

// ---- functions ----

gref funcs_alloc(struct hf_store *store, uint32_t count, hf_status *status)
{
    if (count == 0) return 1;
    for (size_t i = store->func_free_count; i-- > 0;) {
        struct func_range *range = &store->func_free[i];
        if (range->count < count) continue;
        const gref first = range->first;
        range->first += count;
        range->count -= count;
        if (!range->count) *range = store->func_free[--store->func_free_count];
        memset(&store->funcs[first], 0, count * sizeof *store->funcs);
        return first;
    }
    if (count > store->func_max - store->func_top) {
        fail(status, HF_LIMIT, "more than %u functions in a store", store->func_max);
        return REF_NULL;
    }
    // Giving a range back must not fail, so room for it is made now.
    if (store->func_free_count + 1 >= store->func_free_cap) {
        void *grown = mem_grow(store->heap, store->func_free, &store->func_free_cap, store->func_free_cap + 8,
                               sizeof *store->func_free);
        if (!grown) {
            fail_oom(status);
            return REF_NULL;
        }
        store->func_free = grown;
    }
    const gref first = store->func_top;
    store->func_top += count;
    return first;
}

void funcs_free(struct hf_store *store, gref first, uint32_t count)
{
    if (count == 0 || store->closing) return;
    if (store->idle) store->idle->last = (hf_handle){ 0, 0, 0 };
    for (size_t i = first; i < (size_t)first + count && i < store->func_gens_cap; i++) {
        if (store->func_gens[i] < GENERATION_MOST) store->func_gens[i]++;
    }
    // Neighbours are joined, so that there are no more ranges than there were allocations.
    for (size_t i = 0; i < store->func_free_count; i++) {
        struct func_range *range = &store->func_free[i];
        if (range->first + range->count == first || first + count == range->first) {
            first = range->first < first ? range->first : first;
            count += range->count;
            *range = store->func_free[--store->func_free_count];
            i = SIZE_MAX; // the joined range may have another neighbour
        }
    }
    if (first + count == store->func_top) {
        store->func_top = first;
        memset(&store->funcs[first], 0, count * sizeof *store->funcs);
        return;
    }
    if (store->func_free_count == store->func_free_cap) {
        void *grown = mem_grow(store->heap, store->func_free, &store->func_free_cap, store->func_free_cap + 8,
                               sizeof *store->func_free);
        if (!grown) return; // the range is lost until the store ends, and never misused
        store->func_free = grown;
    }
    store->func_free[store->func_free_count++] = (struct func_range){ first, count };
}

// ---- small public things ----

hf_engine *hf_store_engine(const hf_store *store)
{
    return store ? store->engine : NULL;
}

uint64_t hf_store_id(const hf_store *store)
{
    return store ? store->id : 0;
}

void *hf_store_slot(const hf_store *store, const void *key)
{
    if (!store) return NULL;
    for (size_t i = 0; i < store->slot_count; i++) {
        if (store->slots[i].key == key) return store->slots[i].value;
    }
    return NULL;
}

hf_code hf_store_set_slot(hf_store *store, const void *key, void *value, void (*free_fn)(void *value),
                          hf_status *status)
{
    if (!store || !key) return fail(status, HF_BAD_ARGUMENT, "no store or no key");
    for (size_t i = 0; i < store->slot_count; i++) {
        struct store_slot *slot = &store->slots[i];
        if (slot->key != key) continue;
        const struct store_slot old = *slot;
        *slot = (struct store_slot){ key, value, free_fn };
        if (old.free_fn && old.value != value) old.free_fn(old.value);
        return HF_OK;
    }
    void *grown = mem_grow(store->heap, store->slots, &store->slot_cap, store->slot_count + 1, sizeof *store->slots);
    if (!grown) return fail_oom(status);
    store->slots = grown;
    store->slots[store->slot_count++] = (struct store_slot){ key, value, free_fn };
    return HF_OK;
}

// Takes what other threads added.
static void take_fuel(struct hf_store *store)
{
    const uint64_t more = atomic_exchange(&store->remote->fuel_mail, 0);
    int64_t *fuel = &store->control->fuel;
    if (more && ckd_add(fuel, *fuel, (int64_t)more)) *fuel = INT64_MAX;
}

uint64_t hf_store_fuel(const hf_store *store)
{
    if (!store || !store->control->count_fuel) return UINT64_MAX;
    const int64_t fuel = store->control->fuel;
    const uint64_t mailed = atomic_load(&store->remote->fuel_mail);
    if (fuel >= 0) return (uint64_t)fuel + mailed;
    // A segment is charged in full at its start: what that went below zero is paid from what is added.
    const uint64_t owed = 0 - (uint64_t)fuel;
    return mailed > owed ? mailed - owed : 0;
}

hf_code hf_store_set_fuel(hf_store *store, uint64_t fuel, hf_status *status)
{
    if (!store) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (!store->control->count_fuel) return fail(status, HF_UNSUPPORTED, "the engine does not count fuel");
    atomic_store(&store->remote->fuel_mail, 0);
    // What was spent beyond what there was is paid from it first.
    const int64_t owed = store->control->fuel < 0 ? store->control->fuel : 0;
    store->control->fuel = (fuel > INT64_MAX ? INT64_MAX : (int64_t)fuel) + owed;
    return HF_OK;
}

bool store_take_fuel(struct hf_store *store)
{
    take_fuel(store);
    return store->control->fuel >= 0;
}

hf_remote *hf_store_remote(hf_store *store)
{
    return store ? hf_remote_ref(store->remote) : NULL;
}

void hf_store_collect(hf_store *store)
{
    if (store && !store->gc.busy) gc_collect(store);
}

hf_code hf_store_charge(hf_store *store, int64_t bytes, hf_status *status)
{
    if (!store) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (bytes >= 0) {
        const uint64_t room = store->limits.max_host_bytes - store->host_bytes;
        if ((uint64_t)bytes > room)
            return fail(status, HF_LIMIT, "more than %llu bytes kept by the host for the guest",
                        (unsigned long long)store->limits.max_host_bytes);
        store->host_bytes += (uint64_t)bytes;
    } else {
        const uint64_t back = (uint64_t)-(bytes + 1) + 1;
        store->host_bytes = back > store->host_bytes ? 0 : store->host_bytes - back;
    }
    stat_set(store->remote, STAT_HOST, store->host_bytes);
    return HF_OK;
}

// ---- what tiers ask ----

void control_init(struct run_control *control, const struct hf_engine *engine)
{
    control->count_fuel = engine->options.fuel;
    control->interruptible = engine->options.interruptible;
    control->deterministic = engine->options.deterministic;
    control->masks = !engine->options.no_spectre_masks;
    control->guarded = memory_guarded(engine);
}

struct run_control *store_control(struct hf_store *store)
{
    return store->control;
}

bool store_poll(struct hf_store *store)
{
    const uint32_t flags = atomic_exchange(&store->control->interrupt, 0);
    if (flags & 2) take_fuel(store);
    return flags & 1;
}

struct func_inst *store_funcs(struct hf_store *store)
{
    return store->funcs;
}

struct tag_inst *store_tag(struct hf_store *store, uint32_t id)
{
    return id < store->tag_count ? store->tags[id] : NULL;
}

void valtype_ref(struct type_registry *types, valtype type)
{
    if (val_is_ref(type) && heap_is_defined(val_heap(type))) types_ref(types, heap_type_id(val_heap(type)));
}

void valtype_unref(struct type_registry *types, valtype type)
{
    if (val_is_ref(type) && heap_is_defined(val_heap(type))) types_unref(types, heap_type_id(val_heap(type)));
}
