// What the runtime asks of a tier, and what a tier may ask of the runtime. runtime/ includes no tier: the engine is given
// one of these tables.
//
// An activation is one entry into guest code from the host (hf_task_resume, hf_func_call, a nested call from a host function).
// Its frames live on a guest stack, never on the native one; when a host call waits, the tier saves where it is into the
// activation and returns RUN_PENDING, and goes on later through `resume`.
//
//    enter ──► RUN_DONE, RUN_TRAP, RUN_EXCEPTION, RUN_EXIT            (ended)
//      │  ▲
//      ▼  └── resume
//    RUN_PENDING, RUN_FUEL, RUN_INTERRUPT                             (frozen)
#ifndef RUNTIME_TIER_H
#define RUNTIME_TIER_H

#include "runtime/object.h"

enum run {
    RUN_DONE,      // results are in act->slots
    RUN_PENDING,   // a host call or an atomic wait is pending
    RUN_TRAP,      // act->status says how
    RUN_EXCEPTION, // act->exception was not caught
    RUN_EXIT,      // act->status: HF_EXITED, or another code that a host call ended with
    RUN_FUEL,      // out of fuel; resume goes on
    RUN_INTERRUPT, // resume goes on
};

// A guest stack: frames grow upwards from base. What of it is used by whole activations is [base, sp).
struct guest_stack {
    uint8_t *base;
    uint8_t *limit; // frames end here at the latest: exhaustion is decided by this
    uint8_t *
        sp; // first free byte. A tier stores it before every call into the runtime that may enter the guest, collect or wait
    size_t reserved;
};

struct activation {
    struct hf_store *store;
    struct hf_task *task;
    struct guest_stack *stack;
    struct activation *outer; // below it on the same stack, or NULL
    struct hf_call *waiting;  // what froze it
    struct hf_call *asked;    // chained: the call of `outer` that goes on when this has ended
    struct func_inst *func;   // entered
    struct host_func *host;   // of the host function that it called last
    union slot *slots;        // arguments, then results; on the guest stack; room for the larger of both
    hf_status status;         // of RUN_TRAP and RUN_EXIT
    gref exception;           // of RUN_EXCEPTION, and into `resume`
    enum run
        outcome; // into `resume` after RUN_PENDING: how the pending call ended (RUN_DONE: its results are in place;
                 // RUN_EXCEPTION: throw act->exception there; RUN_TRAP, RUN_EXIT: only unwind)
    // The tier's own, saved across RUN_PENDING, RUN_FUEL, RUN_INTERRUPT and every call into the runtime that may collect or
    // walk:
    void *pc;
    void *fp;
    void *extra[2];
    void *kept; // of the store's idle task: tier->kept bytes that stay between its calls; else NULL
};

struct frame_info {
    struct instance *instance;
    uint32_t func;
    uint64_t offset; // in the module's bytes
};

struct tracer; // runtime/gc.h
struct run_control;

struct tier {
    const char *name;
    // Bytes of stack that a function's frame takes: the specified cost (docs/ARCHITECTURE.md, "Stack").
    enum run (*enter)(struct activation *act);
    enum run (*resume)(struct activation *act);
    // The function that was entered before in the same activation, with `kept`, and which ended with RUN_DONE: takes arguments from `io`
    // and puts results there, of RUN_DONE. NULL: use `enter`.
    enum run (*again)(struct activation *act, union slot *io);
    size_t kept;
    // Frames of a frozen, trapped or calling activation, innermost first, while `visit` returns true.
    void (*walk)(struct activation *act, bool (*visit)(void *ctx, const struct frame_info *frame), void *ctx);
    // Every reference held by its frames: trace_heap_ref or trace_func_ref (runtime/gc.h).
    void (*trace)(struct activation *act, struct tracer *tracer);
    void (*free_instance)(struct instance *instance);
    // Compiles all functions of a validated module that nobody has, on at most so many threads. A function that cannot be
    // compiled says so at its first call, not here. HF_OUT_OF_MEMORY, HF_UNSUPPORTED.
    hf_code (*compile)(struct hf_module *module, const struct run_control *control, unsigned threads,
                       hf_status *status);
};

// ---- what a tier asks of the runtime; implemented in runtime/ ----

// Before a tier reads a function's body for the first time: with lazy validation the body is validated here, once, whichever
// thread asks. HF_TRAPPED (HF_TRAP_INVALID_FUNCTION) or HF_OUT_OF_MEMORY: it must not run.
hf_code func_prepare(struct hf_module *module, uint32_t func, hf_status *status);

// Calls a host function (callee->host). Arguments are in `slots`, results go there. The tier has stored pc, fp and stack->sp.
// RUN_DONE, RUN_PENDING (results will be written to `slots` before resume), RUN_TRAP, RUN_EXCEPTION, RUN_EXIT. Memories of any
// instance may have moved or grown afterwards.
enum run host_call(struct activation *act, struct instance *caller, struct func_inst *callee, union slot *slots);

// Guest heap. May collect: act's frames must be traceable. 0: no room (trap HF_TRAP_ALLOCATION). The payload is zeroed.
gref gc_new_struct(struct activation *act, const struct def_type *type);
gref gc_new_array(struct activation *act, const struct def_type *type, uint32_t length);
gref gc_new_exception(struct activation *act, struct tag_inst *tag, const union slot *args, uint32_t slot_count);
uint8_t *gc_base(struct hf_store *store); // never moves
// Is the object of this non-null reference of the heap type? (ref.test; function references too.)
bool ref_matches(struct hf_store *store, gref ref, uint32_t heap, bool is_func);

// memory.grow and table.grow: false when the type or a limit says no; then nothing changed.
bool memory_grow(struct hf_store *store, struct memory_inst *memory, uint64_t pages, uint64_t *old_pages);
bool table_grow(struct hf_store *store, struct table_inst *table, uint64_t count, gref init, uint64_t *old_size);
uint64_t memory_bytes(const struct memory_inst *memory); // also right for shared memories

// memory.atomic.wait32/64 (size 4 or 8; timeout in ns, negative: none) and notify. wait: RUN_DONE (result written to *out: 0 woken, 1
// not equal, 2 timed out), RUN_PENDING, RUN_TRAP.
enum run atomic_wait(struct activation *act, struct memory_inst *memory, uint64_t at, uint64_t expected, unsigned size,
                     int64_t timeout, union slot *out);
uint32_t atomic_notify(struct hf_store *store, struct memory_inst *memory, uint64_t at, uint32_t count);

// Fuel and interruption, looked at where docs/ARCHITECTURE.md says.
struct run_control {
    int64_t fuel;               // left; negative: out
    _Atomic uint32_t interrupt; // set by another thread (bit 0: stop; bit 1: fuel was added to the mailbox)
    bool count_fuel;
    bool interruptible;
    bool deterministic;
    bool masks;   // Spectre masks: indices out of bounds become 0 where the check may be mispredicted
    bool guarded; // reserved memories only, whose guard pages may check for native code
};
struct run_control *store_control(struct hf_store *store);
// What code is compiled for: the same for all stores of an engine.
void control_init(struct run_control *control, const struct hf_engine *engine);
// At an interrupt flag: takes what the mailbox holds. True: stop with RUN_INTERRUPT; false: go on.
bool store_poll(struct hf_store *store);
struct func_inst *store_funcs(struct hf_store *store); // funcs[ref]; never moves
struct tag_inst *store_tag(struct hf_store *store, uint32_t id);

#endif
