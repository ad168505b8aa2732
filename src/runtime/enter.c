// Calls of guest functions from the host.
//
//   outside, numbers only      in the store's idle task
//   outside                    in a task of its own, driven to its end
//   inside a host function     a nested activation below the frames that called it
#include "base/fail.h"
#include "runtime/call.h"
#include "runtime/chain.h"
#include "runtime/instance.h"
#include "runtime/task.h"
#include "sys/fpu.h"
#include "sys/self.h"
#include "wasm/trap.h"

// Runs to the end, waiting in the loop. `code`: what the first run came to.
static hf_code drive(struct hf_task *task, hf_code code, hf_status *status)
{
    while (code == HF_PENDING) {
        while (task->top->waiting->state == CALL_WAITS) {
            code = store_wait_for(task->store, NULL, INT64_MAX, status);
            if (code != HF_OK && code != HF_PENDING) return code;
        }
        code = task_run(task, status);
    }
    return code;
}

// What goes in and comes out of a call: values, or slots as they are (neither, where there is nothing).
struct exchange {
    const hf_val *args;
    hf_val *results;
    union slot *raw;
};

static hf_code put(struct hf_store *store, const struct func_type *type, const struct exchange *x, union slot *slots,
                   hf_status *status)
{
    if (x->args) return vals_to_slots(store, x->args, type->params, type->param_count, slots, status);
    if (x->raw) copy_slots(slots, x->raw, type->param_slots);
    return HF_OK;
}

static hf_code take(struct hf_store *store, const struct func_type *type, const struct exchange *x,
                    const union slot *slots, hf_status *status)
{
    if (x->results) return vals_from_slots(store, slots, type->results, type->result_count, x->results, status);
    if (x->raw) copy_slots(x->raw, slots, type->result_slots);
    return HF_OK;
}

// ---- in the idle task ----

// The idle task, if the call may run there; what stands in its way is said by the long way.
static struct hf_task *idle_for(struct hf_store *store, const struct instance *instance, const struct func_type *type)
{
    if (!instance || type->has_refs || store->running || store->task_count >= store->limits.max_tasks) return NULL;
    if (instance->entered && !instance->concurrent) return NULL;
    if (func_slots(type) > STACK_ARGS / sizeof(union slot)) return NULL;
    return store->idle ? store->idle : task_idle(store);
}

static inline void idle_begin(struct hf_task *task, struct instance *instance)
{
    struct hf_store *store = task->store;
    task->id = ++store->next_task;
    task->act.status.code = HF_OK;
    if (!instance->concurrent) instance->entered = task;
    store->running = task;
}

static inline void idle_end(struct hf_task *task, struct instance *instance)
{
    task->store->running = NULL;
    task->user = NULL;
    if (instance->entered == task) instance->entered = NULL;
}

// It did not end at once: from here on it is an ordinary task.
static hf_code idle_leave(struct hf_task *task, enum run run, const struct exchange *x, hf_status *status)
{
    struct hf_store *store = task->store;
    struct instance *instance = task->act.func->instance;
    store->idle = NULL;
    store->task_count++;
    task->state = TASK_RUNS;
    task->entered = instance->entered == task ? instance : NULL;
    run = chain_ran(&task->act, run);
    store->running = NULL;
    hf_code code = drive(task, task_ran(task, run, status), status);
    if (!code) code = take(store, task->type, x, task->act.slots, status);
    task_free(task);
    return code;
}

static hf_code call_in_idle(struct hf_task *task, gref func, const struct func_type *type, const struct exchange *x,
                            hf_status *status)
{
    struct hf_store *store = task->store;
    hf_code code = put(store, type, x, task->act.slots, status);
    if (code) return code;
    task->last = (hf_handle){ 0, 0, 0 };
    task->func = func;
    task->type = type;
    task->act.func = &store->funcs[func];
    task->act.exception = REF_NULL;
    task_lay_args(task, type);
    struct instance *instance = task->act.func->instance;
    const uint64_t before = store_enter(store);
    idle_begin(task, instance);
    const uint32_t mode = fpu_enter();
    const enum run run = store->tier->enter(&task->act);
    fpu_leave(mode);
    if (run == RUN_DONE) {
        idle_end(task, instance);
        code = take(store, type, x, task->act.slots, status);
    } else {
        code = idle_leave(task, run, x, status);
    }
    store_leave(store, before);
    return code;
}

// ---- in the idle task, the function that ran there before ----

static void idle_remember(struct hf_store *store, hf_handle func)
{
    struct hf_task *task = store->idle;
    if (!task || !task->kept || store->running || task->func != func.index) return;
    task->last = func;
    task->room = func_slots(task->type);
}

// The task, if the function may run there now with no more ado.
static inline struct hf_task *idle_for_again(struct hf_store *store, hf_handle func)
{
    struct hf_task *task = store ? store->idle : NULL;
    if (!task || !func.store || task->last.store != func.store || task->last.index != func.index ||
        task->last.generation != func.generation)
        return NULL;
    if (store->current || store->running || store->gc.busy || store->task_count >= store->limits.max_tasks) return NULL;
    return task->act.func->instance->entered ? NULL : task;
}

// `io` holds arguments, and results when it was RUN_DONE.
static inline enum run run_again(struct hf_task *task, union slot *io)
{
    struct hf_store *store = task->store;
    struct instance *instance = task->act.func->instance;
    const uint64_t before = store_enter(store);
    idle_begin(task, instance);
    const uint32_t mode = fpu_enter();
    const enum run run = store->tier->again(&task->act, io);
    fpu_leave(mode);
    if (run == RUN_DONE) idle_end(task, instance);
    store_leave(store, before);
    return run;
}

static __attribute__((noinline)) hf_code again_left(struct hf_task *task, enum run run, struct exchange x,
                                                    hf_status *status)
{
    hf_status own;
    own.code = HF_OK;
    struct hf_store *store = task->store;
    const uint64_t before = store_enter(store);
    const hf_code code = idle_leave(task, run, &x, &own);
    store_leave(store, before);
    return code ? pass_on(&own, status) : HF_OK;
}

// ---- in a task of its own ----

static hf_code call_outermost(struct hf_store *store, gref func, const struct func_type *type, const struct exchange *x,
                              hf_status *status)
{
    struct hf_task *task = task_new(store, func, type, status);
    if (!task) return status->code;
    hf_code code = put(store, task->type, x, task->act.slots, status);
    if (!code) code = drive(task, task_run(task, status), status);
    if (!code) code = take(store, task->type, x, task->act.slots, status);
    task_free(task);
    return code;
}

// ---- inside a host function ----

static hf_code exhausted(hf_status *status)
{
    return fail_trap(status, HF_TRAP_CALL_STACK_EXHAUSTED);
}

// A call of this activation waits. Only its own completion is delivered meanwhile.
static hf_code wait_nested(struct activation *act, const struct host_func *host, hf_status *status)
{
    struct hf_store *store = act->store;
    struct hf_call *call = act->task->top->waiting;
    if (!host || !host->desc.may_wait_nested) return fail_trap(status, HF_TRAP_CANNOT_WAIT);
    while (call->state == CALL_WAITS) {
        const hf_code code = store_wait_for(store, call, INT64_MAX, status);
        if (code != HF_OK && code != HF_PENDING) return code;
    }
    return HF_OK;
}

static hf_code run_nested(struct activation *act, const struct host_func *host, hf_status *status)
{
    enum run run = chain_run(act, false);
    while (run == RUN_PENDING) {
        const hf_code code = wait_nested(act, host, status);
        if (code) {
            backtrace_keep(act->store, act->task->top);
            chain_unwind(act);
            return code;
        }
        run = chain_run(act, true);
    }
    const hf_code code = activation_code(run, act, status);
    activation_failed(act, run);
    chain_unwind(act);
    return code;
}

// From inside a host function: below the frames that called it, on the same guest stack.
static hf_code call_nested(struct hf_store *store, gref func, const struct exchange *x, hf_status *status)
{
    struct activation *outer = store->current;
    struct hf_task *task = outer->task;
    struct host_func *host = outer->host;
    struct instance *instance = store->funcs[func].instance;
    if (instance && instance->entered && instance->entered != task && !instance->concurrent)
        return fail(status, HF_BUSY, "the instance has a frozen task");
    if (store->nesting >= store->limits.max_nesting || thread_stack_left() < NATIVE_LEAST) return exhausted(status);

    const struct func_type *type = &types_get(store->types, store->funcs[func].type_id)->func;
    struct guest_stack *stack = &task->stack;
    uint8_t *const sp = stack->sp;
    union slot *const slots = stack_push(stack, func_slots(type));
    if (!slots) return exhausted(status);

    struct activation act;
    activation_init(&act, store, task, func);
    act.outer = outer;
    act.slots = slots;
    hf_code code = put(store, type, x, act.slots, status);
    if (code) {
        stack->sp = sp;
        return code;
    }
    const bool holds = instance && !instance->concurrent && !instance->entered;
    if (holds) instance->entered = task;
    struct activation *const top = task->top;
    task->top = &act;
    store->nesting++;
    code = run_nested(&act, host, status);
    store->nesting--;
    task->top = top;
    stack->sp = sp;
    if (holds) instance->entered = NULL;
    if (!code) code = take(store, type, x, act.slots, status);
    return code;
}

// ---- any ----

static hf_code call_with(struct hf_store *store, gref func, const struct func_type *type, const struct exchange *x,
                         hf_status *status)
{
    if (store->gc.busy) return fail(status, HF_BUSY, "the store is collecting");
    if (store->current) return call_nested(store, func, x, status);
    struct hf_task *task = idle_for(store, store->funcs[func].instance, type);
    return task ? call_in_idle(task, func, type, x, status) : call_outermost(store, func, type, x, status);
}

hf_code call_func(struct hf_store *store, gref func, const hf_val *args, size_t arg_count, hf_val *results,
                  size_t result_count, hf_status *status)
{
    const struct func_type *type = &types_get(store->types, store->funcs[func].type_id)->func;
    if (arg_count != type->param_count || result_count != type->result_count || (arg_count && !args) ||
        (result_count && !results))
        return fail(status, HF_WRONG_TYPE, "the function takes %u values and gives %u, not %zu and %zu",
                    type->param_count, type->result_count, arg_count, result_count);
    hf_status own;
    own.code = HF_OK;
    const struct exchange x = { args, results, NULL };
    const hf_code code = call_with(store, func, type, &x, &own);
    return code ? pass_on(&own, status) : HF_OK;
}

static hf_code values_looked_up(struct hf_store *store, hf_handle func, const hf_val *args, size_t arg_count,
                                hf_val *results, size_t result_count, hf_status *status)
{
    hf_status own;
    own.code = HF_OK;
    const gref ref = store_func(store, func, &own);
    if (!ref) return pass_on(&own, status);
    const hf_code code = call_func(store, ref, args, arg_count, results, result_count, status);
    if (!code) idle_remember(store, func);
    return code;
}

hf_code call_values(struct hf_store *store, hf_handle func, const hf_val *args, size_t arg_count, hf_val *results,
                    size_t result_count, hf_status *status)
{
    enum { FEW = 8 };
    struct hf_task *task = idle_for_again(store, func);
    if (!task || arg_count != task->type->param_count || result_count != task->type->result_count || task->room > FEW ||
        (!args && arg_count) || (!results && result_count))
        return values_looked_up(store, func, args, arg_count, results, result_count, status);
    union slot io[FEW];
    const struct func_type *type = task->type;
    const struct exchange x = { args, results, NULL };
    const hf_code code = vals_to_slots(store, args, type->params, type->param_count, io, status);
    if (code) return code;
    const enum run run = run_again(task, io);
    if (run != RUN_DONE) return again_left(task, run, x, status);
    return vals_from_slots(store, io, type->results, type->result_count, results, status);
}

static hf_code raw_looked_up(struct hf_store *store, hf_handle func, uint64_t *slots, size_t count, hf_status *status)
{
    hf_status own;
    own.code = HF_OK;
    const gref ref = store_func(store, func, &own);
    if (!ref) return pass_on(&own, status);
    const struct func_type *type = &types_get(store->types, store->funcs[ref].type_id)->func;
    if (count < func_slots(type) || (count && !slots))
        return fail(status, HF_WRONG_TYPE, "the function needs %u slots, not %zu", func_slots(type), count);
    if (type->has_refs) return fail(status, HF_WRONG_TYPE, "references cannot be given as slots");
    const struct exchange x = { NULL, NULL, (union slot *)(void *)slots };
    const hf_code code = call_with(store, ref, type, &x, &own);
    if (code) return pass_on(&own, status);
    idle_remember(store, func);
    return HF_OK;
}

hf_code call_slots(struct hf_store *store, gref func, uint64_t *slots, hf_status *status)
{
    hf_status own;
    own.code = HF_OK;
    const struct func_type *type = &types_get(store->types, store->funcs[func].type_id)->func;
    const struct exchange x = { NULL, NULL, (union slot *)(void *)slots };
    const hf_code code = call_with(store, func, type, &x, &own);
    return code ? pass_on(&own, status) : HF_OK;
}

hf_code call_raw(struct hf_store *store, hf_handle func, uint64_t *slots, size_t count, hf_status *status)
{
    struct hf_task *task = idle_for_again(store, func);
    if (!task || !slots || count < task->room) return raw_looked_up(store, func, slots, count, status);
    union slot *const io = (union slot *)(void *)slots;
    const enum run run = run_again(task, io);
    return run == RUN_DONE ? HF_OK : again_left(task, run, (struct exchange){ NULL, NULL, io }, status);
}
