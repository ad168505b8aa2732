// Tasks: guest code that runs, or is frozen and goes on later.
//
//   TASK_NEW ──resume──► TASK_RUNS ──► TASK_DONE | TASK_FAILED
//                          ▲   │
//                   resume │   ├──► TASK_FROZEN   a host call or an atomic wait is pending (top->waiting)
//                          └───┴──► TASK_PAUSED   out of fuel, interrupted
//
// A task has one guest stack, and on it activations linked by `outer` (src/runtime/chain.h). The outermost is in the task. Chained ones
// (hf_call_then) are freed when they have ended. Nested ones (a host function that calls the guest) are on the native stack of the host
// function that made them and end before it returns. No other task is resumed from inside a host call.
#ifndef RUNTIME_TASK_H
#define RUNTIME_TASK_H

#include <holdfast/task.h>

#include "runtime/store.h"

enum task_state { TASK_NEW, TASK_RUNS, TASK_FROZEN, TASK_PAUSED, TASK_DONE, TASK_FAILED };

enum {
    SPARE_TASKS = 8,
    NATIVE_LEAST = 24 << 10, // native stack that a nested activation wants to find
};

struct hf_task {
    struct hf_store *store;
    struct hf_task *prev, *next;
    uint64_t id;
    enum task_state state;
    hf_code ended; // of TASK_FAILED
    gref func;
    const struct func_type *type;
    struct activation *top;   // innermost
    struct instance *entered; // held since the start, NULL: concurrent, or a host function
    struct instance **held;   // further ones, on the frozen stack
    size_t held_count, held_cap;
    void *user;
    void *extra; // of the room that made the task
    void (*free_extra)(struct hf_task *task);
    struct guest_stack stack;
    struct activation act;
};

// Calls a function with exact counts, from outside or from inside a host call; drives it to its end.
hf_code call_func(struct hf_store *store, gref func, const hf_val *args, size_t arg_count, hf_val *results,
                  size_t result_count, hf_status *status);
hf_code call_raw(struct hf_store *store, gref func, uint64_t *slots, size_t count, hf_status *status);

struct hf_task *task_new(struct hf_store *store, gref func, const struct func_type *type, hf_status *status);
void task_free(struct hf_task *task);
void tasks_free_all(struct hf_store *store);

// Waits until `only` (a call; NULL: any call of the store) was answered, or until the deadline.
hf_code store_wait_for(struct hf_store *store, struct hf_call *only, int64_t deadline_ns, hf_status *status);
// Without waiting: looks at descriptors, the clock and the inbox. Returns how many answers were delivered.
unsigned store_look(struct hf_store *store, struct hf_call *only);

bool store_take_fuel(struct hf_store *store);
void backtrace_keep(struct hf_store *store, struct activation *act);
#endif
