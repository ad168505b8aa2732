// Bytes that several objects share, counted: they go with the last of them. Any thread.
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include <stdatomic.h>

#include "base/alloc.h"

struct blob {
    atomic_uint refs;
    const hf_allocator *heap; // outlives the blob
    size_t size;
    uint8_t *data;
};

// A copy of the bytes with one reference; NULL: out of memory.
struct blob *blob_new(const hf_allocator *heap, const void *data, size_t size);
struct blob *blob_ref(struct blob *blob);
void blob_unref(struct blob *blob);

#endif
