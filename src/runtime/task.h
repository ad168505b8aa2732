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
//
// Calls from outside (enter.c) that are of numbers only run in a task that the store keeps, TASK_IDLE, while store->running says so.
// One that does not end at once is an ordinary task from there on.
#ifndef RUNTIME_TASK_H
#define RUNTIME_TASK_H

#include <holdfast/task.h>

#include "runtime/store.h"

enum task_state { TASK_NEW, TASK_RUNS, TASK_FROZEN, TASK_PAUSED, TASK_DONE, TASK_FAILED, TASK_IDLE };

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
    hf_handle last; // of the idle task: the function that ran in it last, which may run there again as it is; 0: none
    uint32_t room;  // … its func_slots
    void *kept;     // by the tier, of a task that was idle once
    struct guest_stack stack;
    struct activation act;
};

// Calls a function with exact counts, from outside or from inside a host call; drives it to its end.
hf_code call_func(struct hf_store *store, gref func, const hf_val *args, size_t arg_count, hf_val *results,
                  size_t result_count, hf_status *status);
// hf_func_call, hf_func_call_raw.
hf_code call_values(struct hf_store *store, hf_handle func, const hf_val *args, size_t arg_count, hf_val *results,
                    size_t result_count, hf_status *status);
hf_code call_raw(struct hf_store *store, hf_handle func, uint64_t *slots, size_t count, hf_status *status);
// The same by its reference; `slots` has room for the larger of arguments and results, which are no references.
hf_code call_slots(struct hf_store *store, gref func, uint64_t *slots, hf_status *status);

// What a function's arguments and results take, whichever is larger.
static inline uint32_t func_slots(const struct func_type *type)
{
    return type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
}
// The budget begins behind the arguments, so that they do not decide at which call it ends.
static inline void task_lay_args(struct hf_task *task, const struct func_type *type)
{
    const size_t args = (func_slots(type) * sizeof(union slot) + 15) & ~(size_t)15;
    task->stack.sp = task->stack.base + args;
    task->stack.limit = task->stack.sp + task->store->limits.stack_bytes;
}

// A task for store->idle; NULL without memory.
struct hf_task *task_idle(struct hf_store *store);
// Begins it or goes on with it.
hf_code task_run(struct hf_task *task, hf_status *status);
// What a run of its outermost activation came to.
hf_code task_ran(struct hf_task *task, enum run run, hf_status *status);
hf_code activation_code(enum run run, struct activation *act, hf_status *status);
// Keeps what is asked for afterwards: backtrace, exception.
void activation_failed(struct activation *act, enum run run);

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
