#include "base/arena.h"

#include <string.h>

#include "base/ckd.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size; // with this header
};

_Static_assert(sizeof(struct arena_block) == ALIGN, "blocks keep their contents aligned");

void arena_init(struct arena *arena, const hf_allocator *heap)
{
    *arena = (struct arena){ .heap = heap, .limit = SIZE_MAX, .first = FIRST_BLOCK };
}

static void free_blocks(struct arena *arena, struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        arena->total -= block->size;
        mem_free(arena->heap, block, block->size);
        block = next;
    }
}

void arena_fini(struct arena *arena)
{
    free_blocks(arena, arena->blocks);
    arena->blocks = NULL;
    arena->at = arena->end = NULL;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->blocks;
    if (!keep) return;
    free_blocks(arena, keep->next);
    keep->next = NULL;
    arena->at = (uint8_t *)(keep + 1);
    arena->end = (uint8_t *)keep + keep->size;
}

static bool add_block(struct arena *arena, size_t size)
{
    size_t want = arena->blocks ? arena->blocks->size * 2 : arena->first;
    if (want > LARGEST_BLOCK) want = LARGEST_BLOCK;
    size_t need;
    if (ckd_add(&need, size, sizeof(struct arena_block))) return false;
    if (want < need) want = need;
    if (want > arena->limit || arena->total > arena->limit - want) return false;
    struct arena_block *block = mem_alloc(arena->heap, want);
    if (!block) return false;
    block->next = arena->blocks;
    block->size = want;
    arena->blocks = block;
    arena->total += want;
    arena->at = (uint8_t *)(block + 1);
    arena->end = (uint8_t *)block + want;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded;
    if (ckd_add(&rounded, size ? size : 1, (size_t)ALIGN - 1)) return NULL;
    rounded &= ~((size_t)ALIGN - 1);
    if ((size_t)(arena->end - arena->at) < rounded && !add_block(arena, rounded)) return NULL;
    void *p = arena->at;
    arena->at += rounded;
    return p;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    void *p = arena_alloc(arena, size);
    if (p) memset(p, 0, size);
    return p;
}

void *arena_zalloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (ckd_mul(&bytes, count, size)) return NULL;
    return arena_zalloc(arena, bytes);
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *p = arena_alloc(arena, size);
    if (p && size) memcpy(p, data, size);
    return p;
}

char *arena_strndup(struct arena *arena, const char *text, size_t size)
{
    if (size == SIZE_MAX) return NULL;
    char *p = arena_alloc(arena, size + 1);
    if (!p) return NULL;
    if (size) memcpy(p, text, size);
    p[size] = 0;
    return p;
}

void *arena_grow(struct arena *arena, void *array, size_t *cap, size_t used, size_t need, size_t size)
{
    if (need <= *cap) return array;
    size_t want = *cap * 2 + 8;
    if (want < need) want = need;
    size_t bytes;
    if (ckd_mul(&bytes, want, size)) return NULL;
    void *moved = arena_alloc(arena, bytes);
    if (!moved) return NULL;
    if (used) memcpy(moved, array, used * size);
    *cap = want;
    return moved;
}
