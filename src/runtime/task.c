#include "runtime/task.h"

#include <string.h>

#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/call.h"
#include "runtime/chain.h"
#include "runtime/instance.h"
#include "sys/self.h"
#include "wasm/trap.h"

// ---- which instances a task is in ----

static bool hold(struct hf_task *task, struct instance *instance)
{
    if (instance->concurrent || instance->entered == task) return true;
    if (instance->entered) return false;
    void *grown = mem_grow(task->store->heap, task->held, &task->held_cap, task->held_count + 1, sizeof *task->held);
    if (!grown) return true; // unguarded rather than failed
    task->held = grown;
    task->held[task->held_count++] = instance;
    instance->entered = task;
    return true;
}

static bool hold_frame(void *ctx, const struct frame_info *frame)
{
    hold(ctx, frame->instance);
    return true;
}

// A frozen task stands in every instance that has a frame on its stack.
static void hold_frozen(struct hf_task *task)
{
    if (task->store->instances > 1) activation_walk(task->top, hold_frame, task);
}

static void release_held(struct hf_task *task)
{
    while (task->held_count) task->held[--task->held_count]->entered = NULL;
}

static void leave_all(struct hf_task *task)
{
    release_held(task);
    if (task->entered) task->entered->entered = NULL;
    task->entered = NULL;
}

static hf_code enter_instance(struct hf_task *task, hf_status *status)
{
    struct instance *instance = task->act.func->instance;
    if (!instance || instance->concurrent) return HF_OK;
    if (instance->entered) return fail(status, HF_BUSY, "the instance has a frozen task");
    instance->entered = task;
    task->entered = instance;
    return HF_OK;
}

// ---- life ----

static struct hf_task *blank(struct hf_store *store, hf_status *status)
{
    struct hf_task *task = store->spare;
    if (task) {
        store->spare = task->next;
        store->spare_count--;
        return task;
    }
    task = MEM_NEW(store->heap, struct hf_task);
    if (task && stack_take(&store->stacks, store->heap, store->limits.stack_bytes, &task->stack)) {
        task->store = store;
        task->act.status = hf_status_ok();
        return task;
    }
    if (task) MEM_FREE(store->heap, task);
    fail(status, HF_OUT_OF_MEMORY, "no memory for a guest stack");
    return NULL;
}

struct hf_task *task_new(struct hf_store *store, gref func, const struct func_type *type, hf_status *status)
{
    if (store->gc.busy) {
        fail(status, HF_BUSY, "the store is collecting");
        return NULL;
    }
    if (store->task_count >= store->limits.max_tasks) {
        fail(status, HF_LIMIT, "more than %llu tasks in a store", (unsigned long long)store->limits.max_tasks);
        return NULL;
    }
    if (func_slots(type) > STACK_ARGS / sizeof(union slot)) {
        fail(status, HF_LIMIT, "the function has too many parameters or results to be called from the host");
        return NULL;
    }
    struct hf_task *task = blank(store, status);
    if (!task) return NULL;
    task->id = ++store->next_task;
    task->state = TASK_NEW;
    task->func = func;
    task->type = type;
    task->entered = NULL;
    task->user = NULL;
    task->top = &task->act;
    activation_init(&task->act, store, task, func);
    task->act.slots = (union slot *)(void *)task->stack.base;
    const size_t args = (func_slots(type) * sizeof(union slot) + 15) & ~(size_t)15;
    task->stack.sp = task->stack.base + args;
    // The budget begins behind the arguments, so that they do not decide at which call it ends.
    task->stack.limit = task->stack.sp + store->limits.stack_bytes;
    task->prev = NULL;
    task->next = store->tasks;
    if (store->tasks) store->tasks->prev = task;
    store->tasks = task;
    store->task_count++;
    return task;
}

void task_free(struct hf_task *task)
{
    struct hf_store *store = task->store;
    chain_unwind(&task->act);
    leave_all(task);
    if (task->free_extra) task->free_extra(task);
    task->free_extra = NULL;
    task->extra = NULL;
    if (task->prev)
        task->prev->next = task->next;
    else
        store->tasks = task->next;
    if (task->next) task->next->prev = task->prev;
    store->task_count--;
    if (store->spare_count < SPARE_TASKS) {
        task->next = store->spare;
        store->spare = task;
        store->spare_count++;
        return;
    }
    stack_give(&store->stacks, &task->stack, true);
    mem_free(store->heap, task->held, task->held_cap * sizeof *task->held);
    MEM_FREE(store->heap, task);
}

void tasks_free_all(struct hf_store *store)
{
    while (store->tasks) task_free(store->tasks);
    while (store->spare) {
        struct hf_task *task = store->spare;
        store->spare = task->next;
        mem_free(store->heap, task->held, task->held_cap * sizeof *task->held);
        MEM_FREE(store->heap, task);
    }
}

static bool trace_frame(void *ctx, const struct frame_info *frame)
{
    trace_object(ctx, &frame->instance->object);
    return true;
}

static void trace_row(struct tracer *tracer, const union slot *slots, const valtype *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        trace_value(tracer, slots, types[i]);
        slots += val_slots(types[i]);
    }
}

void tasks_trace(struct hf_store *store, struct tracer *tracer)
{
    for (const struct hf_task *task = store->tasks; task; task = task->next) {
        trace_func_ref(tracer, task->func);
        trace_heap_ref(tracer, task->act.exception);
        if (task->entered) trace_object(tracer, &task->entered->object);
        for (size_t i = 0; i < task->held_count; i++) trace_object(tracer, &task->held[i]->object);
        const struct func_type *type = task->type;
        if (task->state == TASK_NEW) trace_row(tracer, task->act.slots, type->params, type->param_count);
        if (task->state == TASK_DONE) trace_row(tracer, task->act.slots, type->results, type->result_count);
        if (task->state == TASK_NEW || task->state == TASK_DONE || task->state == TASK_FAILED) continue;
        for (struct activation *act = task->top; act; act = act->outer) {
            trace_heap_ref(tracer, act->exception);
            if (activation_is_host(act)) continue;
            store->tier->trace(act, tracer);
            store->tier->walk(act, trace_frame, tracer);
        }
    }
}

// ---- running ----

static hf_code code_of(enum run run, struct activation *act, hf_status *status)
{
    switch (run) {
    case RUN_DONE: return HF_OK;
    case RUN_PENDING: return HF_PENDING;
    case RUN_FUEL: return fail(status, HF_OUT_OF_FUEL, "out of fuel");
    case RUN_INTERRUPT: return fail(status, HF_INTERRUPTED, "interrupted");
    case RUN_TRAP:
    case RUN_EXIT:
        if (act->status.code == HF_OK) fail(&act->status, HF_TRAPPED, "trapped");
        return pass_on(&act->status, status);
    case RUN_EXCEPTION: return fail(status, HF_EXCEPTION, "uncaught exception");
    }
    return HF_TRAPPED;
}

static void note_failure(struct activation *act, enum run run)
{
    if (run == RUN_EXCEPTION) act->store->exception = act->exception;
    if (run == RUN_TRAP || run == RUN_EXCEPTION || run == RUN_EXIT) backtrace_keep(act->store, act);
}

static hf_code task_run(struct hf_task *task, hf_status *status)
{
    struct hf_store *store = task->store;
    struct activation *act = &task->act;
    const bool begun = task->state != TASK_NEW;
    // One that has stopped goes on when what it owes is paid.
    if (task->state == TASK_PAUSED && store->control->count_fuel && !store_take_fuel(store))
        return code_of(RUN_FUEL, act, status);
    if (!begun) {
        const hf_code busy = enter_instance(task, status);
        if (busy) return busy;
    } else {
        release_held(task);
    }
    const uint64_t before = store_enter(store);
    task->state = TASK_RUNS;
    store->running = task;
    const enum run run = chain_run(act, begun);
    store->running = NULL;
    store_leave(store, before);
    const hf_code code = code_of(run, act, status);
    switch (run) {
    case RUN_PENDING:
        task->state = TASK_FROZEN;
        hold_frozen(task);
        return code;
    case RUN_FUEL:
    case RUN_INTERRUPT:
        task->state = TASK_PAUSED;
        task->top->outcome = RUN_DONE;
        hold_frozen(task);
        return code;
    case RUN_DONE: task->state = TASK_DONE; break;
    case RUN_TRAP:
    case RUN_EXCEPTION:
    case RUN_EXIT:
        note_failure(act, run);
        task->state = TASK_FAILED;
        task->ended = code;
        break;
    }
    leave_all(task);
    return code;
}

// Runs to the end, waiting in the loop.
static hf_code drive(struct hf_task *task, hf_status *status)
{
    for (;;) {
        hf_code code = task_run(task, status);
        if (code != HF_PENDING) return code;
        while (task->top->waiting->state == CALL_WAITS) {
            code = store_wait_for(task->store, NULL, INT64_MAX, status);
            if (code != HF_OK && code != HF_PENDING) return code;
        }
    }
}

static hf_code put_args(struct hf_store *store, const struct func_type *type, union slot *slots, const hf_val *args,
                        hf_status *status)
{
    for (uint32_t i = 0; i < type->param_count; i++) {
        const hf_code code = val_to_slots(store, &args[i], type->params[i], slots, status);
        if (code) return code;
        slots += val_slots(type->params[i]);
    }
    return HF_OK;
}

static hf_code take_results(struct hf_store *store, const struct func_type *type, const union slot *slots,
                            hf_val *results, hf_status *status)
{
    for (uint32_t i = 0; i < type->result_count; i++) {
        const hf_code code = val_from_slots(store, slots, type->results[i], &results[i], status);
        if (code) return code;
        slots += val_slots(type->results[i]);
    }
    return HF_OK;
}

// What goes in and comes out of a call: values, or slots as they are.
struct exchange {
    const hf_val *args;
    hf_val *results;
    union slot *raw;
};

static hf_code put(struct hf_store *store, const struct func_type *type, const struct exchange *x, union slot *slots,
                   hf_status *status)
{
    if (!x->raw) return put_args(store, type, slots, x->args, status);
    if (type->param_slots) memcpy(slots, x->raw, type->param_slots * sizeof *slots);
    return HF_OK;
}

static hf_code take(struct hf_store *store, const struct func_type *type, const struct exchange *x,
                    const union slot *slots, hf_status *status)
{
    if (!x->raw) return take_results(store, type, slots, x->results, status);
    if (type->result_slots) memcpy(x->raw, slots, type->result_slots * sizeof *slots);
    return HF_OK;
}

// From outside: on a stack of its own.
static hf_code call_outermost(struct hf_store *store, gref func, const struct func_type *type, const struct exchange *x,
                              hf_status *status)
{
    struct hf_task *task = task_new(store, func, type, status);
    if (!task) return status->code;
    hf_code code = put(store, task->type, x, task->act.slots, status);
    if (!code) code = drive(task, status);
    if (!code) code = take(store, task->type, x, task->act.slots, status);
    task_free(task);
    return code;
}

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
    const hf_code code = code_of(run, act, status);
    note_failure(act, run);
    chain_unwind(act);
    return code;
}

// From inside a host function: below the frames that called it, on the same guest stack.
static hf_code call_nested(struct hf_store *store, gref func, const struct exchange *x, hf_status *status)
{
    struct activation *outer = store->current;
    struct hf_task *task = outer->task;
    struct host_func *host = store->current_host;
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

static hf_code call_with(struct hf_store *store, gref func, const struct func_type *type, const struct exchange *x,
                         hf_status *status)
{
    if (store->gc.busy) return fail(status, HF_BUSY, "the store is collecting");
    if (store->current) return call_nested(store, func, x, status);
    return call_outermost(store, func, type, x, status);
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

hf_code call_raw(struct hf_store *store, gref func, uint64_t *slots, size_t count, hf_status *status)
{
    const struct func_type *type = &types_get(store->types, store->funcs[func].type_id)->func;
    if (count < func_slots(type) || (count && !slots))
        return fail(status, HF_WRONG_TYPE, "the function needs %u slots, not %zu", func_slots(type), count);
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++) {
        const valtype t = i < type->param_count ? type->params[i] : type->results[i - type->param_count];
        if (val_is_ref(t)) return fail(status, HF_WRONG_TYPE, "references cannot be given as slots");
    }
    hf_status own;
    own.code = HF_OK;
    union slot none;
    const struct exchange x = { NULL, NULL, count ? (union slot *)(void *)slots : &none };
    const hf_code code = call_with(store, func, type, &x, &own);
    return code ? pass_on(&own, status) : HF_OK;
}

// ---- the public task ----

hf_task *hf_task_new(hf_store *store, hf_func func, const hf_val *args, size_t arg_count, hf_status *status)
{
    const gref ref = store_func(store, func.h, status);
    if (!ref) return NULL;
    const struct func_inst *inst = &store->funcs[ref];
    if (inst->instance && inst->instance->entered && !inst->instance->concurrent) {
        fail(status, HF_BUSY, "the instance has a frozen task");
        return NULL;
    }
    const struct func_type *type = &types_get(store->types, inst->type_id)->func;
    if (arg_count != type->param_count || (arg_count && !args)) {
        fail(status, HF_WRONG_TYPE, "the function takes %u values, not %zu", type->param_count, arg_count);
        return NULL;
    }
    struct hf_task *task = task_new(store, ref, type, status);
    if (!task) return NULL;
    if (put_args(store, type, task->act.slots, args, status)) {
        task_free(task);
        return NULL;
    }
    stat_set(store->remote, STAT_TASKS, store->task_count);
    return task;
}

hf_code hf_task_resume(hf_task *task, hf_status *status)
{
    if (!task) return fail(status, HF_BAD_ARGUMENT, "no task");
    struct hf_store *store = task->store;
    if (store->current || store->running || store->gc.busy)
        return fail(status, HF_BUSY, "a task cannot be resumed from inside a host call");
    switch (task->state) {
    case TASK_DONE: return HF_OK;
    case TASK_FAILED: return fail(status, task->ended, "the task has ended");
    case TASK_RUNS: return fail(status, HF_BUSY, "the task runs");
    case TASK_FROZEN:
        if (!hf_task_ready(task)) return HF_PENDING;
        break;
    case TASK_NEW:
    case TASK_PAUSED: break;
    }
    return task_run(task, status);
}

bool hf_task_ready(hf_task *task)
{
    if (!task) return false;
    if (task->state != TASK_FROZEN) return true;
    struct hf_store *store = task->store;
    if (task->top->waiting->state == CALL_WAITS && !store->current && !store->running && !store->gc.busy)
        store_look(store, NULL);
    return task->state == TASK_FROZEN && task->top->waiting->state != CALL_WAITS;
}

hf_code hf_task_results(hf_task *task, hf_val *out, size_t count, hf_status *status)
{
    if (!task) return fail(status, HF_BAD_ARGUMENT, "no task");
    if (task->state != TASK_DONE) return fail(status, HF_BAD_ARGUMENT, "the task is not done");
    if (count != task->type->result_count || (count && !out))
        return fail(status, HF_WRONG_TYPE, "the function gives %u values, not %zu", task->type->result_count, count);
    return take_results(task->store, task->type, task->act.slots, out, status);
}

hf_code hf_task_exception(hf_task *task, hf_ref *out, hf_status *status)
{
    if (!task || !out) return fail(status, HF_BAD_ARGUMENT, "no task");
    if (task->state != TASK_FAILED || task->ended != HF_EXCEPTION)
        return fail(status, HF_NOT_FOUND, "the task did not end with an exception");
    return root_scoped(task->store, task->act.exception, false, out, status);
}

void hf_task_free(hf_task *task)
{
    // A task that runs is freed by nobody: its frames are below the caller's.
    if (!task || task->state == TASK_RUNS) return;
    struct hf_store *store = task->store;
    task_free(task);
    stat_set(store->remote, STAT_TASKS, store->task_count);
}

uint64_t hf_task_id(const hf_task *task)
{
    return task ? task->id : 0;
}

hf_store *hf_task_store(const hf_task *task)
{
    return task ? task->store : NULL;
}

void *hf_task_user(const hf_task *task)
{
    return task ? task->user : NULL;
}

void hf_task_set_user(hf_task *task, void *user)
{
    if (task) task->user = user;
}
