#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/ckd.h"

static void *libc_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

const hf_allocator alloc_libc = { libc_resize, NULL };

void *mem_alloc(const hf_allocator *a, size_t size)
{
    return a->resize(a->ctx, NULL, 0, size ? size : 1);
}

void *mem_zalloc(const hf_allocator *a, size_t size)
{
    void *p = mem_alloc(a, size);
    if (p) memset(p, 0, size ? size : 1);
    return p;
}

void *mem_zalloc_array(const hf_allocator *a, size_t count, size_t size)
{
    size_t bytes;
    if (ckd_mul(&bytes, count, size)) return NULL;
    return mem_zalloc(a, bytes);
}

void *mem_resize(const hf_allocator *a, void *ptr, size_t old_size, size_t new_size)
{
    return a->resize(a->ctx, ptr, old_size, new_size ? new_size : 1);
}

void mem_free(const hf_allocator *a, void *ptr, size_t size)
{
    if (ptr) a->resize(a->ctx, ptr, size ? size : 1, 0);
}

void *mem_grow(const hf_allocator *a, void *array, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return array;
    size_t want = *cap + *cap / 2 + 8;
    if (want < need) want = need;
    size_t bytes;
    if (ckd_mul(&bytes, want, size)) return NULL;
    void *moved = a->resize(a->ctx, array, *cap * size, bytes);
    if (!moved) return NULL;
    *cap = want;
    return moved;
}
