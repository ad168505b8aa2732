// Linear memories.
//
//   reserved   address space for all that 32-bit addresses and offsets can reach, so that native code needs no checks; grown in
//              place
//   exact      a mapping of just the size, which may move when it grows: 64-bit memories, and all of them where reservations are
//              unwanted or fail; every access is checked
//   pooled     a reservation that the engine keeps for the next instance (pool.h)
//   shared     a reservation that several stores use; never moves
#ifndef RUNTIME_MEMORY_H
#define RUNTIME_MEMORY_H

#include <holdfast/memory.h>

#include "runtime/engine.h"
#include "sys/thread.h"

enum memory_kind { MEMORY_RESERVED, MEMORY_EXACT, MEMORY_POOLED, MEMORY_SHARED };

// What 32-bit code can reach: a 32-bit address, a 32-bit offset, and an access at their sum.
#define MEMORY_REACH ((UINT64_C(8) << 30) + (UINT64_C(64) << 10))

struct pool_slot;
struct image;
struct waiter;

// A memory that stores share. Counted; the address and the reservation never change.
struct hf_shared {
    atomic_uint refs;
    struct hf_engine *engine;
    struct limits type;
    uint8_t *at;
    size_t reserved;
    _Atomic uint64_t size;
    struct mutex mutex; // over growing and waiters
    struct waiter *waiters;
    struct waiter **waiters_end;
};

struct memory_data {
    enum memory_kind kind;
    size_t reserved;  // bytes of address space
    size_t mapped;    // of them readable and writable
    uint64_t charged; // bytes counted against the store
    struct pool_slot *slot;
    struct hf_shared *shared;
};

// A memory of the type's least size, zeroed (or, from the pool, holding `image`). HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code memory_new(struct hf_store *store, const struct limits *type, struct image *image, bool kept,
                   struct memory_inst **out, hf_status *status);
hf_code memory_of_shared(struct hf_store *store, struct hf_shared *shared, struct memory_inst **out, hf_status *status);
void memory_free(struct hf_store *store, struct memory_inst *memory);

// Native code relies on guard pages: then 32-bit memories are reserved, or there are none.
static inline bool memory_guarded(const struct hf_engine *engine)
{
    return engine->tier_kind == HF_TIER_JIT && !engine->options.no_signals && !engine->options.no_reservation;
}

static inline bool memory_fits(const struct memory_inst *memory, uint64_t at, uint64_t size)
{
    const uint64_t bytes = memory_bytes(memory);
    return size <= bytes && at <= bytes - size;
}

#endif
