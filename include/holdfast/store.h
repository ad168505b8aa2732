/* A store: the instances, memories, tables and guest heap of one guest world. One owner thread at a time; it may move to
 * another thread between calls, also with calls pending. There is no lock inside and none is asked of you. Functions
 * marked "any thread" are the only ones that other threads may call. */
#ifndef HOLDFAST_STORE_H
#define HOLDFAST_STORE_H

#include <holdfast/engine.h>
#include <holdfast/handle.h>
#include <holdfast/loop.h>

HF_BEGIN

/* Limits; each has a default and is on by default. Zero means the default, UINT64_MAX no limit. */
typedef struct hf_store_options {
    size_t size;                 /* sizeof(hf_store_options) */
    uint64_t max_memory_bytes;   /* all linear memories together; default 4 GiB */
    uint64_t max_table_elements; /* all tables together; default 10,000,000 */
    uint64_t max_instances;      /* default 10,000 */
    uint64_t max_memories;       /* default 10,000 */
    uint64_t max_tables;         /* default 10,000 */
    uint64_t max_gc_bytes;       /* guest heap; default 1 GiB, at most 4 GiB */
    uint64_t max_host_bytes;     /* what host functions keep for the guest; default 64 MiB */
    uint64_t max_call_bytes;     /* what one host call may read, write or allocate; default 16 MiB */
    uint64_t stack_bytes;        /* of a guest stack, in the units of docs/ARCHITECTURE.md; default 1 MiB */
    uint64_t max_nesting;        /* host → guest → host … activations; default 32 */
    uint64_t max_tasks;          /* live tasks; default 100,000 */
    uint64_t fuel;               /* to begin with; only with hf_engine_options.fuel */
    uint64_t gc_interval_bytes; /* collect after this many allocated bytes; default 1 MiB growing with the live heap; 1:
                                   at every allocation */
} hf_store_options;

/* A new store, or NULL (HF_OUT_OF_MEMORY, HF_BAD_ARGUMENT). The caller owns it. */
HF_API hf_store *hf_store_new(hf_engine *engine, const hf_store_options *options, hf_status *status);
/* Frees the store with everything in it. Tasks must have been freed; host calls still pending are cancelled: completing
 * them later gives HF_GONE. */
HF_API void hf_store_free(hf_store *store);
HF_API hf_engine *hf_store_engine(const hf_store *store); /* borrowed */
HF_API uint64_t hf_store_id(const hf_store *store);

/* Typed per-store slots: independent libraries attach state without sharing one struct. The key is the address of
 * something static of yours. `free_fn` (may be NULL) runs when the store is freed or the slot is set again. */
HF_API void *hf_store_slot(const hf_store *store, const void *key);
HF_API hf_code hf_store_set_slot(hf_store *store, const void *key, void *value, void (*free_fn)(void *value),
                                 hf_status *status);

/* Fuel left; without fuel switched on, UINT64_MAX. */
HF_API uint64_t hf_store_fuel(const hf_store *store);
/* A guest stops behind the instruction that its fuel did not suffice for: what it owes is taken from this, and from what
 * hf_remote_add_fuel adds, and it goes on when nothing is owed. */
HF_API hf_code hf_store_set_fuel(hf_store *store, uint64_t fuel, hf_status *status);

/* A counted name for a store that other threads may hold; it may outlive the store. */
typedef struct hf_remote hf_remote;
HF_API hf_remote *hf_store_remote(hf_store *store); /* a new reference; NULL: out of memory */
HF_API hf_remote *hf_remote_ref(hf_remote *remote);
HF_API void hf_remote_unref(hf_remote *remote);
/* Any thread: what runs in the store stops soon with HF_INTERRUPTED (resumable); if nothing runs, the next run does.
 * HF_GONE when the store is freed. Needs hf_engine_options.interruptible. */
HF_API hf_code hf_remote_interrupt(hf_remote *remote);
/* Any thread: added at the next place where fuel is looked at. */
HF_API hf_code hf_remote_add_fuel(hf_remote *remote, uint64_t fuel);
/* Any thread: wakes the loop in which the store's owner waits. */
HF_API hf_code hf_remote_wake(hf_remote *remote);

typedef struct hf_store_stats {
    size_t size; /* sizeof(hf_store_stats), set by the caller */
    uint64_t memory_bytes, table_elements, instances, tasks, gc_bytes, gc_collections, host_bytes, host_calls;
} hf_store_stats;
/* Any thread, through the remote: a recent value of each. HF_GONE. */
HF_API hf_code hf_remote_stats(hf_remote *remote, hf_store_stats *out);

/* Collects the guest heap, and instances that were dropped and can no longer be reached. */
HF_API void hf_store_collect(hf_store *store);

/* Counts bytes that a host function keeps for the guest (negative: no longer keeps) against max_host_bytes. HF_LIMIT. */
HF_API hf_code hf_store_charge(hf_store *store, int64_t bytes, hf_status *status);

/* What the store waits for, so that an embedder's own loop can wait in its place: writes at most `max` watches and the
 * earliest deadline (INT64_MAX: none; monotonic nanoseconds), returns how many there are. */
HF_API size_t hf_store_watches(hf_store *store, hf_watch *out, size_t max, int64_t *deadline_ns);
/* The loop that hf_func_call and hf_store_wait use on this thread's behalf; borrowed; NULL: the built-in one. */
HF_API void hf_store_set_loop(hf_store *store, const hf_loop *loop);
/* Waits, at most until `deadline_ns` (INT64_MAX: for ever), until a pending call of the store can go on, and delivers
 * what has arrived. HF_OK: something was delivered; HF_PENDING: nothing was; HF_GONE: nothing is pending at all. */
HF_API hf_code hf_store_wait(hf_store *store, int64_t deadline_ns, hf_status *status);

HF_END

#endif
