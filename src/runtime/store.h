// A store from inside. One owner thread at a time, no locks: what other threads touch is in remote.h and call.h.
//
// Handles: {store id, index, generation << 4 | kind}. For functions the index is the reference itself and the generation is in
// func_gens; for GC roots it is in `roots` or `owned`; for all else in `entities`. A slot whose generation would wrap is never
// used again.
#ifndef RUNTIME_STORE_H
#define RUNTIME_STORE_H

#include <holdfast/ref.h>
#include <holdfast/store.h>
#include <holdfast/task.h>

#include "runtime/engine.h"
#include "runtime/heap.h"
#include "runtime/remote.h"
#include "runtime/resource.h"
#include "runtime/stack.h"

struct entity {
    struct object *object; // NULL: free
    uint32_t generation;
    uint32_t next_free;
};

struct root {
    gref ref;
    uint32_t generation;
    uint32_t next_free; // owned ones
    bool is_func;
    bool used;
};

struct roots {
    struct root *at;
    size_t cap;
    uint32_t count;
    uint32_t free; // owned ones: head of the free list, or NO_ROOT
};

enum { NO_ROOT = UINT32_MAX };

// A run of store->funcs that is free.
struct func_range {
    uint32_t first, count;
};

struct store_slot {
    const void *key;
    void *value;
    void (*free_fn)(void *value);
};

// References that C code holds while it may allocate: traced while linked.
struct temp_roots {
    struct temp_roots *next;
    const union slot *slots;
    const valtype *types; // of each value; a v128 takes two slots
    uint32_t count;
};

enum { BACKTRACE_MOST = 128 };

struct trace_entry {
    hf_handle instance;
    struct hf_module *module; // a reference
    uint32_t func;
    uint64_t offset;
};

struct hf_store {
    struct hf_engine *engine;
    const hf_allocator *heap;
    const struct tier *tier;
    struct type_registry *types;
    struct hf_remote *remote;
    struct run_control *control; // the remote's
    uint64_t id;
    struct hf_store_options limits;
    uint64_t owner; // the thread inside, for the debug build's assertion

    // Functions, and the guest heap behind them in the same mapping.
    uint8_t *mapping;
    size_t mapping_size;
    struct func_inst *funcs;
    uint32_t func_top, func_max; // [1, func_top) were given out
    struct func_range *func_free;
    size_t func_free_count, func_free_cap;
    uint32_t *func_gens;
    size_t func_gens_cap;

    struct host_func **host_funcs; // made with hf_func_new: they live as long as the store
    size_t host_func_count, host_func_cap;
    struct object *objects;
    struct entity *entities; // 0 is none
    size_t entity_count, entity_cap;
    uint32_t entity_free;
    struct resources resources;
    struct tag_inst **tags; // by id; 0 is none
    size_t tag_count, tag_cap;
    size_t tag_hint; // no free id below
    bool closing;    // hf_store_free runs

    struct roots scoped; // a stack
    struct roots owned;
    struct temp_roots *temps;
    struct gc_heap gc;
    // Modules whose types objects of the guest heap may still have although their instances are gone.
    struct hf_module **retained;
    size_t retained_count, retained_cap;
    uint64_t dropped; // instances dropped since the last collection

    // What runs.
    struct hf_task *tasks; // live ones, newest first
    struct hf_task *idle;  // one of them, in which calls from outside run, or NULL; not counted while it is idle
    struct hf_task *spare; // finished ones with their stacks, for reuse
    uint32_t spare_count;
    struct activation *current; // a host function called by it runs now; NULL: the host is outside
    struct hf_task *running;    // inside hf_task_resume
    uint32_t nesting;
    uint64_t next_task;
    struct hf_call *calls; // live ones
    struct hf_call *spare_calls;
    uint64_t sequence;
    struct mail *arrived; // taken from the remote's inbox, not yet delivered; oldest first
    struct mail **arrived_end;
    struct hf_call *awaiting; // calls that wait for descriptors or a deadline
    uint64_t pending;         // calls that the guest waits for
    struct stack_pool stacks;
    const hf_loop *loop;

    uint64_t memory_bytes, table_elements, instances, memories, tables, task_count, host_bytes;

    struct store_slot *slots;
    size_t slot_count, slot_cap;

    struct trace_entry *backtrace;
    size_t backtrace_count;
    gref exception; // of the last call that ended with HF_EXCEPTION
};

// ---- handles ----
static inline hf_handle handle_make(const struct hf_store *store, uint32_t index, uint32_t generation,
                                    enum object_kind kind)
{
    return (hf_handle){ store->id, index, generation << 4 | (uint32_t)kind };
}

// Is it a handle of this kind in this store? HF_BAD_ARGUMENT (no handle, no store), HF_WRONG_STORE, HF_WRONG_KIND.
bool handle_fits(const struct hf_store *store, hf_handle handle, enum object_kind kind, hf_status *status);
// The object behind a handle, or NULL with HF_BAD_ARGUMENT (no handle, no store), HF_WRONG_STORE, HF_WRONG_KIND, HF_STALE.
struct object *store_object(struct hf_store *store, hf_handle handle, enum object_kind kind, hf_status *status);
// The reference of a function's handle; 0 with a status.
gref store_func(struct hf_store *store, hf_handle handle, hf_status *status);
// A handle for an object; the same one each time. HF_OUT_OF_MEMORY.
hf_code object_handle(struct hf_store *store, struct object *object, hf_handle *out, hf_status *status);
hf_code func_handle(struct hf_store *store, gref func, hf_handle *out, hf_status *status);
// Makes an object's handles stale.
void entity_free(struct hf_store *store, struct object *object);

struct instance *object_instance(struct object *object);
struct memory_inst *object_memory(struct object *object);
struct table_inst *object_table(struct object *object);
struct global_inst *object_global(struct object *object);
struct tag_inst *object_tag(struct object *object);
struct outside *object_outside(struct object *object);

void object_link(struct hf_store *store, struct object *object, enum object_kind kind, bool kept);

// `count` fresh entries of store->funcs; 0 with HF_LIMIT or HF_OUT_OF_MEMORY. They are zeroed.
gref funcs_alloc(struct hf_store *store, uint32_t count, hf_status *status);
void funcs_free(struct hf_store *store, gref first, uint32_t count);

// ---- references held by the host ----
hf_code root_scoped(struct hf_store *store, gref ref, bool is_func, hf_ref *out, hf_status *status);
hf_code root_owned(struct hf_store *store, gref ref, bool is_func, hf_ref *out, hf_status *status);
// A null handle is null. HF_STALE and so on.
hf_code root_get(struct hf_store *store, hf_ref ref, gref *out, bool *is_func, hf_status *status);
void roots_close(struct hf_store *store, uint32_t mark);

// ---- values between host and slots ----
// Checks the value against the type and writes its slots (two of a v128). HF_WRONG_TYPE and root_get's.
hf_code val_to_slots(struct hf_store *store, const hf_val *value, valtype type, union slot *out, hf_status *status);
// References are rooted in the innermost scope. HF_OUT_OF_MEMORY.
hf_code val_from_slots(struct hf_store *store, const union slot *slots, valtype type, hf_val *out, hf_status *status);
// Rows of them, one behind the other.
hf_code vals_to_slots(struct hf_store *store, const hf_val *values, const valtype *types, uint32_t count,
                      union slot *out, hf_status *status);
hf_code vals_from_slots(struct hf_store *store, const union slot *slots, const valtype *types, uint32_t count,
                        hf_val *out, hf_status *status);
// Hands an error that was gathered in a status of one's own to the caller's, and returns its code.
static inline hf_code pass_on(const hf_status *own, hf_status *status)
{
    if (own->code != HF_OK && status && status->code == HF_OK) *status = *own;
    return own->code;
}

// Is the reference of the heap type's func hierarchy?
bool heap_is_func(const struct type_registry *types, uint32_t heap);

// The types that an object was made with stay while it lives.
void valtype_ref(struct type_registry *types, valtype type);
void valtype_unref(struct type_registry *types, valtype type);

// In debug builds: no other thread is inside. Nests.
#ifndef NDEBUG
uint64_t store_enter(struct hf_store *store);
void store_leave(struct hf_store *store, uint64_t before);
#else
static inline uint64_t store_enter(struct hf_store *store)
{
    (void)store;
    return 0;
}
static inline void store_leave(struct hf_store *store, uint64_t before)
{
    (void)store;
    (void)before;
}
#endif

#endif
