// The guest heap: structures, arrays, exceptions and host values, collected by mark and sweep. Objects never move.
//
// The reservation is cut into blocks of 64 KiB. A block holds objects of one size class, or is part of a run that holds one
// large object. What the collector knows of a block (size, marks, which slots are taken) stands outside the
// reservation, so that a guest's data cannot touch it. A reference is an offset into the reservation; block 0 is never used,
// so 0 is null.
//
//   allocate: next free slot of the class's block → a block that the last sweep left with room → a fresh block
//   collect:  roots → mark stack → objects' references … → finalise → marked slots are the taken ones
//
// When to collect depends on allocated bytes alone, so that every tier collects at the same allocation.
#ifndef RUNTIME_HEAP_H
#define RUNTIME_HEAP_H

#include "runtime/gc.h"
#include "runtime/object.h"

struct heap_block;
struct heap;

enum { HEAP_CLASSES = 24 };

// What the heap asks of its store.
struct heap_ops {
    void *ctx;
    // Calls trace_heap_ref and trace_func_ref for every root.
    void (*roots)(void *ctx, struct tracer *tracer);
    // A function reference was found. The store marks its instance, and traces that later, in `more`.
    void (*func)(void *ctx, struct tracer *tracer, gref func);
    // Traces what was found meanwhile; false: there was nothing.
    bool (*more)(void *ctx, struct tracer *tracer);
    // The parameters of a tag, for the arguments of an exception.
    const struct func_type *(*tag)(void *ctx, uint32_t tag);
};

struct heap {
    const hf_allocator *allocator;
    struct type_registry *types;
    struct heap_ops ops;
    uint8_t *base; // NULL until heap_open
    uint64_t reserved;
    uint64_t limit;    // most bytes in use
    uint64_t interval; // collect after so many allocated bytes; 0: 1 MiB, or as much as is live if that is more
    uint64_t used;     // bytes of objects, rounded up to their size class
    uint64_t since;    // allocated since the last collection
    uint64_t threshold;
    uint64_t collections;
    struct heap_block *blocks; // by number
    uint32_t block_count;      // blocks ever used, from 1
    uint32_t block_max;
    uint32_t free_blocks;           // below block_count
    uint32_t current[HEAP_CLASSES]; // block of each class to allocate from; 0: none
    gref *hosts;                    // objects with finalisers
    size_t host_count, host_cap;
    uint64_t *held_types; // bit set: the heap holds a reference on this type id
    size_t held_words;
};

// Nothing is reserved yet: a store that makes no objects pays nothing.
void heap_init(struct heap *heap, const hf_allocator *allocator, struct type_registry *types, uint64_t limit,
               uint64_t interval, struct heap_ops ops);
// Runs all finalisers and gives everything back.
void heap_fini(struct heap *heap);
// Reserves address space; base is set and never moves afterwards. False: the system said no. Does nothing the second time.
bool heap_open(struct heap *heap);

// Would this allocation come at the place of a collection? Then collect first.
bool heap_due(const struct heap *heap, uint64_t bytes);
// A zeroed object of `bytes` bytes in all (header included) with its header's type set; 0: no room below the limit, or out of
// memory. Never collects.
gref heap_alloc(struct heap *heap, uint32_t type, uint64_t bytes);
// A host value; `free_fn` runs when it is collected.
gref heap_alloc_host(struct heap *heap, void *value, void (*free_fn)(void *value));
void heap_collect(struct heap *heap);

// Is this the reference of an object that is alive (was allocated and not swept)? For assertions and for hostile input.
bool heap_holds(const struct heap *heap, gref ref);

static inline struct gc_header *heap_object(const struct heap *heap, gref ref)
{
    return (struct gc_header *)(void *)(heap->base + ref);
}

#endif
