// Memories that are kept for the next instance, and the images that data segments become.
//
// Mapping and unmapping cost more than running a short guest, so a slot stays mapped. What the last instance wrote is found by asking
// the kernel which pages are private copies; these are copied back from the image, or zeroed, in place. Where the kernel cannot say
// (before Linux 6.7), or where much was written, all pages are given back instead.
//
//   free ──pool_take──► in use ──pool_give (reset)──► free
#ifndef RUNTIME_POOL_H
#define RUNTIME_POOL_H

#include "runtime/engine.h"
#include "wasm/module.h"

// The first bytes of a fresh memory, as its module's active data segments leave them. Counted.
struct image {
    atomic_uint refs;
    const hf_allocator *heap;
    int fd;
    size_t size; // whole pages
    const uint8_t *view;
    uint32_t memory; // index in its module
};

struct pool;

struct pool *pool_new(struct hf_engine *engine, hf_status *status);
void pool_free(struct pool *pool);
// A slot of `size` usable bytes that holds the image (NULL: zeros); NULL when the pool is used up or the size is too large.
struct pool_slot *pool_take(struct pool *pool, struct image *image, uint64_t size);
void pool_give(struct pool *pool, struct pool_slot *slot, uint64_t size);
uint8_t *pool_slot_memory(const struct pool_slot *slot);
bool pool_slot_has_image(const struct pool_slot *slot);
bool pool_extend(struct pool_slot *slot, uint64_t size);

// The module's image, or NULL: it has none (no constant, in-bounds segments worth it), or not yet. Any thread; borrowed from the module.
struct image *module_image(struct hf_module *module);
void image_unref(struct image *image);
bool image_map(const struct image *image, uint8_t *at);

#endif
