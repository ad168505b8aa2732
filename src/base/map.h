// A hash map from byte strings to 32-bit values, with a keyed hash (SipHash-1-3), since keys come from modules. Keys are
// borrowed: they must outlive the map.
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/alloc.h"

struct map_slot;

struct map {
    const hf_allocator *heap;
    struct map_slot *slots;
    size_t cap; // power of two or 0
    size_t count;
    uint64_t key[2];
};

void map_init(struct map *map, const hf_allocator *heap, uint64_t seed);
void map_fini(struct map *map);

enum map_put { MAP_ADDED, MAP_EXISTS, MAP_NO_MEMORY };
// Adds key → value unless the key is there already.
enum map_put map_put(struct map *map, const void *key, size_t size, uint32_t value);
// The value's place, or NULL.
uint32_t *map_get(const struct map *map, const void *key, size_t size);

uint64_t hash_bytes(const uint64_t key[2], const void *data, size_t size);

#endif
