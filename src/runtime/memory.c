#include "runtime/memory.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "runtime/instance.h"
#include "runtime/pool.h"
#include "runtime/store.h"
#include "sys/vm.h"

// The most bytes that a memory of this type can ever have. With pages of one byte, 2^32 of them could not be counted.
static uint64_t most_bytes(const struct limits *type)
{
    const uint64_t bytes32 = type->page_log2 ? UINT64_C(1) << 32 : UINT32_MAX;
    const uint64_t addressable = type->is64 ? UINT64_C(1) << 48 : bytes32;
    if (!type->has_max || type->max > addressable >> type->page_log2) return addressable;
    return type->max << type->page_log2;
}

static bool charge(struct hf_store *store, struct memory_data *data, uint64_t bytes)
{
    if (bytes > store->limits.max_memory_bytes || store->memory_bytes > store->limits.max_memory_bytes - bytes)
        return false;
    store->memory_bytes += bytes;
    data->charged += bytes;
    stat_set(store->remote, STAT_MEMORY, store->memory_bytes);
    return true;
}

// Finds address space and makes the first `size` bytes of it usable.
static hf_code map_memory(struct hf_store *store, const struct limits *type, struct memory_data *data, uint64_t size,
                          struct image *image, uint8_t **out, hf_status *status)
{
    const struct hf_engine *engine = store->engine;
    const bool reach = !type->is64 && !engine->options.no_reservation;
    if (reach && engine->pool && !type->shared && type->page_log2 == 16) {
        data->slot = pool_take(engine->pool, image, size);
        if (data->slot) {
            data->kind = MEMORY_POOLED;
            *out = pool_slot_memory(data->slot);
            return HF_OK;
        }
    }
    if (reach) {
        *out = vm_reserve((size_t)MEMORY_REACH);
        if (*out && !vm_commit(*out, (size_t)size)) {
            vm_release(*out, (size_t)MEMORY_REACH);
            *out = NULL;
        }
        if (*out) {
            data->kind = MEMORY_RESERVED;
            data->reserved = (size_t)MEMORY_REACH;
            data->mapped = vm_round((size_t)size);
            return HF_OK;
        }
    }
    if (reach && memory_guarded(engine))
        return fail(status, HF_OUT_OF_MEMORY, "no address space to reserve for a memory (no_reservation does without)");
    data->kind = MEMORY_EXACT;
    data->reserved = data->mapped = vm_round((size_t)size ? (size_t)size : 1);
    *out = data->reserved ? vm_map(data->reserved) : NULL;
    if (!*out)
        return fail(status, HF_OUT_OF_MEMORY, "no address space for a memory of %llu bytes", (unsigned long long)size);
    return HF_OK;
}

static hf_code no_memories(const struct hf_store *store, hf_status *status)
{
    return fail(status, HF_LIMIT, "more than %llu memories in a store", (unsigned long long)store->limits.max_memories);
}

static struct memory_inst *blank(struct hf_store *store, hf_status *status)
{
    if (store->memories >= store->limits.max_memories) store_reclaim(store);
    if (store->memories >= store->limits.max_memories) {
        no_memories(store, status);
        return NULL;
    }
    struct memory_inst *memory = MEM_NEW(store->heap, struct memory_inst);
    if (memory) memory->data = MEM_NEW(store->heap, struct memory_data);
    if (memory && memory->data) return memory;
    if (memory) MEM_FREE(store->heap, memory);
    fail_oom(status);
    return NULL;
}

static struct hf_shared *shared_new(struct hf_store *store, const struct limits *type, uint64_t size, hf_status *status)
{
    struct hf_shared *shared = MEM_NEW(store->heap, struct hf_shared);
    if (!shared) {
        fail_oom(status);
        return NULL;
    }
    const uint64_t most = most_bytes(type);
    const bool reach = !type->is64 && !store->engine->options.no_reservation;
    shared->reserved = reach ? (size_t)MEMORY_REACH : vm_round((size_t)most ? (size_t)most : 1);
    shared->at = vm_reserve(shared->reserved);
    if (!shared->at || !vm_commit(shared->at, (size_t)size)) {
        vm_release(shared->at, shared->reserved);
        MEM_FREE(store->heap, shared);
        fail(status, HF_OUT_OF_MEMORY, "no address space for a shared memory of %llu bytes", (unsigned long long)most);
        return NULL;
    }
    atomic_init(&shared->refs, 1);
    atomic_init(&shared->size, size);
    shared->engine = hf_engine_ref(store->engine);
    shared->type = *type;
    shared->waiters_end = &shared->waiters;
    mutex_init(&shared->mutex);
    return shared;
}

hf_shared *hf_shared_ref(hf_shared *shared)
{
    if (shared) atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void hf_shared_unref(hf_shared *shared)
{
    if (!shared || atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) != 1) return;
    vm_release(shared->at, shared->reserved);
    mutex_fini(&shared->mutex);
    struct hf_engine *engine = shared->engine;
    MEM_FREE(&engine->heap, shared);
    hf_engine_unref(engine);
}

static void free_blank(struct hf_store *store, struct memory_inst *memory)
{
    store->memory_bytes -= memory->data->charged;
    stat_set(store->remote, STAT_MEMORY, store->memory_bytes);
    MEM_FREE(store->heap, memory->data);
    MEM_FREE(store->heap, memory);
}

static hf_code make(struct hf_store *store, const struct limits *type, struct image *image, bool kept,
                    struct memory_inst **out, hf_status *status)
{
    const uint64_t most = most_bytes(type);
    if (type->min > most >> type->page_log2)
        return fail(status, HF_LIMIT, "a memory of %llu pages is too large", (unsigned long long)type->min);
    const uint64_t size = type->min << type->page_log2;
    struct memory_inst *memory = blank(store, status);
    if (!memory) return status->code;
    memory->type = *type;
    if (!charge(store, memory->data, size)) {
        store_reclaim(store);
        if (!charge(store, memory->data, size)) {
            free_blank(store, memory);
            return fail(status, HF_LIMIT, "a memory of %llu bytes is beyond the store's limit of %llu",
                        (unsigned long long)size, (unsigned long long)store->limits.max_memory_bytes);
        }
    }
    if (type->shared) {
        memory->data->kind = MEMORY_SHARED;
        memory->data->shared = shared_new(store, type, size, status);
        memory->base = memory->data->shared ? memory->data->shared->at : NULL;
    } else {
        map_memory(store, type, memory->data, size, image, &memory->base, status);
    }
    if (!memory->base) {
        free_blank(store, memory);
        return status->code;
    }
    memory->size = size;
    store->memories++;
    object_link(store, &memory->object, OBJECT_MEMORY, kept);
    *out = memory;
    return HF_OK;
}

hf_code memory_new(struct hf_store *store, const struct limits *type, struct image *image, bool kept,
                   struct memory_inst **out, hf_status *status)
{
    hf_status own = hf_status_ok();
    make(store, type, image, kept, out, &own);
    return pass_on(&own, status);
}

hf_code memory_of_shared(struct hf_store *store, struct hf_shared *shared, struct memory_inst **out, hf_status *status)
{
    if (shared->engine != store->engine) return fail(status, HF_WRONG_STORE, "the memory belongs to another engine");
    hf_status own = hf_status_ok();
    struct memory_inst *memory = blank(store, &own);
    if (!memory) return pass_on(&own, status);
    const uint64_t size = atomic_load(&shared->size);
    if (!charge(store, memory->data, size)) {
        free_blank(store, memory);
        return fail(status, HF_LIMIT, "a memory of %llu bytes is beyond the store's limit", (unsigned long long)size);
    }
    memory->type = shared->type;
    memory->data->kind = MEMORY_SHARED;
    memory->data->shared = hf_shared_ref(shared);
    memory->base = shared->at;
    memory->size = size;
    store->memories++;
    object_link(store, &memory->object, OBJECT_MEMORY, true);
    *out = memory;
    return HF_OK;
}

void memory_free(struct hf_store *store, struct memory_inst *memory)
{
    struct memory_data *data = memory->data;
    switch (data->kind) {
    case MEMORY_RESERVED:
    case MEMORY_EXACT: vm_release(memory->base, data->reserved); break;
    case MEMORY_POOLED: pool_give(store->engine->pool, data->slot, memory->size); break;
    case MEMORY_SHARED: hf_shared_unref(data->shared); break;
    }
    store->memories--;
    free_blank(store, memory);
}

uint64_t memory_bytes(const struct memory_inst *memory)
{
    return memory->data->kind == MEMORY_SHARED ? atomic_load(&memory->data->shared->size) : memory->size;
}

// Makes [0, size) usable.
static bool extend(struct memory_inst *memory, uint64_t size)
{
    struct memory_data *data = memory->data;
    switch (data->kind) {
    case MEMORY_POOLED: return pool_extend(data->slot, size);
    case MEMORY_RESERVED:
        if (size <= data->mapped) return true;
        if (size > data->reserved) return false;
        if (!vm_commit(memory->base + data->mapped, (size_t)size - data->mapped)) return false;
        data->mapped = vm_round((size_t)size);
        return true;
    case MEMORY_EXACT: {
        if (size <= data->mapped) return true;
        if (!vm_round((size_t)size)) return false;
        uint8_t *moved = vm_remap(memory->base, data->reserved, (size_t)size);
        if (!moved) return false;
        memory->base = moved;
        data->reserved = data->mapped = vm_round((size_t)size);
        return true;
    }
    case MEMORY_SHARED: break;
    }
    return false;
}

static bool grow_shared(struct hf_store *store, struct memory_inst *memory, uint64_t pages, uint64_t *old_pages)
{
    struct hf_shared *shared = memory->data->shared;
    const unsigned log2 = memory->type.page_log2;
    bool grown = false;
    mutex_lock(&shared->mutex);
    const uint64_t old = atomic_load(&shared->size);
    *old_pages = old >> log2;
    if (pages <= (most_bytes(&shared->type) - old) >> log2) {
        const uint64_t more = pages << log2;
        if (charge(store, memory->data, more)) {
            grown = old + more <= shared->reserved && vm_commit(shared->at, (size_t)(old + more));
            if (grown) {
                atomic_store(&shared->size, old + more);
            } else {
                store->memory_bytes -= more;
                memory->data->charged -= more;
            }
        }
    }
    memory->size = atomic_load(&shared->size);
    mutex_unlock(&shared->mutex);
    return grown;
}

bool memory_grow(struct hf_store *store, struct memory_inst *memory, uint64_t pages, uint64_t *old_pages)
{
    if (memory->data->kind == MEMORY_SHARED) return grow_shared(store, memory, pages, old_pages);
    const unsigned log2 = memory->type.page_log2;
    *old_pages = memory->size >> log2;
    if (pages > (most_bytes(&memory->type) - memory->size) >> log2) return false;
    const uint64_t more = pages << log2;
    if (!charge(store, memory->data, more)) return false;
    if (!extend(memory, memory->size + more)) {
        store->memory_bytes -= more;
        memory->data->charged -= more;
        return false;
    }
    memory->size += more;
    return true;
}
