#include "base/map.h"

#include <string.h>

struct map_slot {
    const void *key; // NULL: free
    size_t size;
    uint64_t hash;
    uint32_t value;
};

static inline uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotl(v[1], 13), v[1] ^= v[0], v[0] = rotl(v[0], 32);
    v[2] += v[3], v[3] = rotl(v[3], 16), v[3] ^= v[2];
    v[0] += v[3], v[3] = rotl(v[3], 21), v[3] ^= v[0];
    v[2] += v[1], v[1] = rotl(v[1], 17), v[1] ^= v[2], v[2] = rotl(v[2], 32);
}

// SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF").
uint64_t hash_bytes(const uint64_t key[2], const void *data, size_t size)
{
    uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                      key[1] ^ 0x7465646279746573u };
    const uint8_t *p = data;
    for (size_t left = size; left >= 8; left -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)size << 56;
    if (size & 7) memcpy(&last, p, size & 7);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map, const hf_allocator *heap, uint64_t seed)
{
    *map = (struct map){ .heap = heap, .key = { seed, seed ^ 0x9e3779b97f4a7c15u } };
}

void map_fini(struct map *map)
{
    mem_free(map->heap, map->slots, map->cap * sizeof *map->slots);
    map->slots = NULL;
    map->cap = map->count = 0;
}

static struct map_slot *find(struct map_slot *slots, size_t cap, uint64_t hash, const void *key, size_t size)
{
    for (size_t i = hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        struct map_slot *slot = &slots[i];
        if (!slot->key) return slot;
        if (slot->hash == hash && slot->size == size && memcmp(slot->key, key, size) == 0) return slot;
    }
}

static bool rehash(struct map *map)
{
    const size_t cap = map->cap ? map->cap * 2 : 16;
    struct map_slot *slots = mem_zalloc_array(map->heap, cap, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < map->cap; i++) {
        const struct map_slot *old = &map->slots[i];
        if (old->key) *find(slots, cap, old->hash, old->key, old->size) = *old;
    }
    mem_free(map->heap, map->slots, map->cap * sizeof *map->slots);
    map->slots = slots;
    map->cap = cap;
    return true;
}

enum map_put map_put(struct map *map, const void *key, size_t size, uint32_t value)
{
    if (size == 0) key = ""; // NULL marks a free slot
    if (map->count + 1 > map->cap / 4 * 3 && !rehash(map)) return MAP_NO_MEMORY;
    const uint64_t hash = hash_bytes(map->key, key, size);
    struct map_slot *slot = find(map->slots, map->cap, hash, key, size);
    if (slot->key) return MAP_EXISTS;
    *slot = (struct map_slot){ key, size, hash, value };
    map->count++;
    return MAP_ADDED;
}

uint32_t *map_get(const struct map *map, const void *key, size_t size)
{
    if (map->count == 0) return NULL;
    if (size == 0) key = "";
    const uint64_t hash = hash_bytes(map->key, key, size);
    struct map_slot *slot = find(map->slots, map->cap, hash, key, size);
    return slot->key ? &slot->value : NULL;
}
