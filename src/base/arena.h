// An arena gives memory that is freed all at once. Not for more than one thread at a time.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/alloc.h"

struct arena_block;

struct arena {
    const hf_allocator *heap;
    struct arena_block *blocks; // newest first
    uint8_t *at;
    uint8_t *end;
    size_t total; // bytes taken from the heap
    size_t limit; // most that it may take; SIZE_MAX: no limit
    size_t first; // bytes of the first block; each further one is twice as large
};

void arena_init(struct arena *arena, const hf_allocator *heap);
// Frees everything.
void arena_fini(struct arena *arena);
// Frees all but one block and starts again: for per-function scratch.
void arena_reset(struct arena *arena);

// Aligned to 16 bytes, not zeroed; NULL when the heap or the limit says no.
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
// count × size zeroed bytes; NULL also when the product overflows.
void *arena_zalloc_array(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
// A zero-terminated copy.
char *arena_strndup(struct arena *arena, const char *text, size_t size);
// Makes room in a growing array that lives in the arena (the old one stays until the arena ends).
void *arena_grow(struct arena *arena, void *array, size_t *cap, size_t used, size_t need, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zalloc_array((arena), (count), sizeof(type)))

#endif
