// The guest heap of a store: structures, arrays, exceptions and host references, named by 32-bit offsets into one reservation. It
// does not move objects.
//
// The heap is a row of blocks of 32 KiB. Block 0 is never used, so that offset 0 is no object.
//
//   free ──► small: cells of one size class, handed out by `bump` and then from the class's free list
//     ▲ └──► large: a run of blocks that holds one object
//     └───── sweep: a block without live cells, or a dead large object
//
// A cell that is free has the type GC_FREE and the next free cell's offset behind its header. A live object's header has the type,
// and in `bits` GC_MARKED while marking, and GC_SCANNED once its own references were looked at. Marking is iterative: what does not
// fit the mark stack stays marked and not scanned, and is found again by walking the blocks.
//
// When to collect depends on allocated bytes alone, so that it is the same in every tier.
#ifndef RUNTIME_HEAP_H
#define RUNTIME_HEAP_H

#include "runtime/gc.h"
#include "runtime/tier.h"

enum {
    GC_FREE = 0xfffffff2u,
    GC_BLOCK = 32 << 10,
    GC_CLASSES = 27,
    GC_MARK_STACK = 1024,
    GC_MARKED = 1,
    GC_SCANNED = 2,
};

enum gc_block_kind { GC_BLOCK_FREE, GC_BLOCK_SMALL, GC_BLOCK_LARGE, GC_BLOCK_REST };

struct gc_block {
    uint8_t kind;
    uint8_t size_class;
    uint32_t bump;  // small: bytes handed out
    uint32_t count; // large: blocks of the run
};

// Cells by size. Beyond the last an object has blocks of its own.
extern const uint16_t gc_class_sizes[GC_CLASSES];

struct gc_heap {
    uint8_t *base;
    uint64_t size;           // of the reservation
    struct gc_block *blocks; // grows
    size_t block_count;      // ever used, with block 0
    size_t block_cap;
    size_t free_hint; // no free block below
    uint32_t free[GC_CLASSES];
    uint32_t current[GC_CLASSES]; // the block that is being bumped, 0: none
    uint64_t live;                // bytes of cells in use
    uint64_t allocated;           // since the last collection
    uint64_t trigger;             // collect when `allocated` reaches this
    uint64_t collections;
    uint64_t largest_interval;
    bool busy; // collecting, or a finaliser runs
};

struct tracer {
    struct hf_store *store;
    struct object *gray;
    uint32_t *stack;
    uint32_t depth;
    bool overflowed;
};

// Payload: bytes behind the header. Collects when it is time, or when there is no room. 0: no room.
gref gc_alloc(struct hf_store *store, uint32_t type, uint64_t payload);
// Marks, finalises, frees; objects of the store too.
void gc_collect(struct hf_store *store);
// Runs all finalisers.
void gc_fini(struct hf_store *store);
void trace_object(struct tracer *tracer, struct object *object);
// A value of this type in slots.
void trace_value(struct tracer *tracer, const union slot *slots, valtype type);

// Roots that tasks and calls hold (task.c, call.c).
void tasks_trace(struct hf_store *store, struct tracer *tracer);
void calls_trace(struct hf_store *store, struct tracer *tracer);

static inline struct gc_header *gc_at(const struct gc_heap *heap, gref ref)
{
    return (struct gc_header *)(void *)(heap->base + ref);
}

#endif
