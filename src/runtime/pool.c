#include "runtime/pool.h"

#include <assert.h>
#include <string.h>

#include "base/fail.h"
#include "runtime/memory.h"
#include "sys/thread.h"
#include "sys/vm.h"

enum { COPY_BACK_MOST = 1 << 20 }; // bytes: beyond, giving pages back is cheaper and frees them

struct pool_slot {
    struct pool_slot *next;
    uint8_t *at;
    size_t mapped; // readable and writable
    struct image *image;
};

struct pool {
    struct hf_engine *engine;
    struct mutex mutex;
    struct pool_slot *free;
    uint32_t count;
};

struct pool *pool_new(struct hf_engine *engine, hf_status *status)
{
    struct pool *pool = MEM_NEW(&engine->heap, struct pool);
    if (!pool) {
        fail_oom(status);
        return NULL;
    }
    pool->engine = engine;
    mutex_init(&pool->mutex);
    return pool;
}

static void slot_free(struct pool *pool, struct pool_slot *slot)
{
    image_unref(slot->image);
    vm_release(slot->at, (size_t)MEMORY_REACH);
    MEM_FREE(&pool->engine->heap, slot);
}

void pool_free(struct pool *pool)
{
    while (pool->free) {
        struct pool_slot *slot = pool->free;
        pool->free = slot->next;
        slot_free(pool, slot);
    }
    mutex_fini(&pool->mutex);
    MEM_FREE(&pool->engine->heap, pool);
}

uint8_t *pool_slot_memory(const struct pool_slot *slot)
{
    return slot->at;
}

bool pool_slot_has_image(const struct pool_slot *slot)
{
    return slot->image != NULL;
}

bool pool_extend(struct pool_slot *slot, uint64_t size)
{
    if (size <= slot->mapped) return true;
    if (size > MEMORY_REACH || !vm_commit(slot->at + slot->mapped, (size_t)size - slot->mapped)) return false;
    slot->mapped = vm_round((size_t)size);
    return true;
}

static struct pool_slot *slot_new(struct pool *pool)
{
    struct pool_slot *slot = MEM_NEW(&pool->engine->heap, struct pool_slot);
    if (!slot) return NULL;
    slot->at = vm_reserve((size_t)MEMORY_REACH);
    if (!slot->at) {
        MEM_FREE(&pool->engine->heap, slot);
        return NULL;
    }
    return slot;
}

// One that holds the image already, else one that holds none, else any.
static struct pool_slot *best_free(struct pool *pool, const struct image *image)
{
    struct pool_slot **best = NULL;
    for (struct pool_slot **link = &pool->free; *link; link = &(*link)->next) {
        if ((*link)->image == image) {
            best = link;
            break;
        }
        if (!best || !(*link)->image) best = link;
    }
    if (!best) return NULL;
    struct pool_slot *slot = *best;
    *best = slot->next;
    return slot;
}

static bool change_image(struct pool_slot *slot, struct image *image)
{
    if (slot->image == image) return true;
    if (slot->image) {
        if (!vm_map_zero(slot->at, slot->image->size)) return false;
        image_unref(slot->image);
        slot->image = NULL;
    }
    if (image) {
        if (!image_map(image, slot->at)) return false;
        atomic_fetch_add_explicit(&image->refs, 1, memory_order_relaxed);
        slot->image = image;
    }
    return true;
}

// What an instance before had grown into is no part of the next one's memory, where guard pages are what checks.
static bool shrink(const struct pool *pool, struct pool_slot *slot, uint64_t size)
{
    const size_t keep = vm_round((size_t)size);
    if (!memory_guarded(pool->engine) || slot->mapped <= keep) return true;
    if (!vm_decommit(slot->at + keep, slot->mapped - keep)) return false;
    slot->mapped = keep;
    return true;
}

struct pool_slot *pool_take(struct pool *pool, struct image *image, uint64_t size)
{
    if (size > pool->engine->options.pool_memory_size) return NULL;
    mutex_lock(&pool->mutex);
    struct pool_slot *slot = best_free(pool, image);
    const bool fresh = !slot && pool->count < pool->engine->options.pool_slots;
    if (fresh) pool->count++;
    mutex_unlock(&pool->mutex);
    if (fresh) slot = slot_new(pool);
    const uint64_t need = size > (image ? image->size : 0) ? size : image->size;
    const bool ready = slot && pool_extend(slot, need) && shrink(pool, slot, need) && change_image(slot, image);
    if (ready) return slot;
    if (slot) slot_free(pool, slot);
    if (slot || fresh) {
        mutex_lock(&pool->mutex);
        pool->count--;
        mutex_unlock(&pool->mutex);
    }
    return NULL;
}

// Puts [at, at + size) of the slot back to what a fresh one holds.
static void restore(const struct pool_slot *slot, uint8_t *at, size_t size)
{
    const size_t from = (size_t)(at - slot->at);
    const size_t imaged = slot->image ? slot->image->size : 0;
    if (from < imaged) {
        const size_t part = size < imaged - from ? size : imaged - from;
        memcpy(at, slot->image->view + from, part);
        at += part;
        size -= part;
    }
    memset(at, 0, size);
}

static bool reset(const struct pool_slot *slot, size_t used)
{
    struct vm_range ranges[64];
    const int count = vm_dirty(slot->at, used, ranges, 64);
    size_t total = 0;
    for (int i = 0; i < count; i++) total += ranges[i].size;
    if (count < 0 || total > COPY_BACK_MOST) return vm_discard(slot->at, used);
    for (int i = 0; i < count; i++) restore(slot, ranges[i].at, ranges[i].size);
    return true;
}

void pool_give(struct pool *pool, struct pool_slot *slot, uint64_t size)
{
    const size_t keep = vm_round((size_t)pool->engine->options.pool_memory_size);
    bool good = true;
    if (slot->mapped > keep) {
        good = vm_decommit(slot->at + keep, slot->mapped - keep);
        slot->mapped = keep;
    }
    size_t used = vm_round((size_t)size);
    if (slot->image && used < slot->image->size) used = slot->image->size;
    if (used > slot->mapped) used = slot->mapped;
    good = good && (used == 0 || reset(slot, used));
    mutex_lock(&pool->mutex);
    if (good) {
        slot->next = pool->free;
        pool->free = slot;
    } else {
        pool->count--;
    }
    mutex_unlock(&pool->mutex);
    if (!good) slot_free(pool, slot);
}
