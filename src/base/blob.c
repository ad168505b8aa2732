#include "base/blob.h"

#include <string.h>

struct blob *blob_new(const hf_allocator *heap, const void *data, size_t size)
{
    struct blob *const blob = MEM_NEW(heap, struct blob);
    uint8_t *const copy = blob ? mem_alloc(heap, size) : NULL;
    if (!copy) {
        if (blob) MEM_FREE(heap, blob);
        return NULL;
    }
    if (size) memcpy(copy, data, size);
    atomic_init(&blob->refs, 1);
    blob->heap = heap;
    blob->size = size;
    blob->data = copy;
    return blob;
}

struct blob *blob_ref(struct blob *blob)
{
    atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void blob_unref(struct blob *blob)
{
    if (!blob || atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) != 1) return;
    const hf_allocator *const heap = blob->heap;
    mem_free(heap, blob->data, blob->size);
    MEM_FREE(heap, blob);
}
