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

static void task_link(struct hf_task *task)
{
    struct hf_store *store = task->store;
    task->prev = NULL;
    task->next = store->tasks;
    if (store->tasks) store->tasks->prev = task;
    store->tasks = task;
}

struct hf_task *task_idle(struct hf_store *store)
{
    hf_status status = hf_status_ok();
    struct hf_task *task = blank(store, &status);
    if (!task) return NULL;
    // Without this memory calls are a little slower.
    if (!task->kept && store->tier->kept) task->kept = mem_zalloc(store->heap, store->tier->kept);
    task->last = (hf_handle){ 0, 0, 0 };
    task->state = TASK_IDLE;
    task->func = REF_NULL;
    task->type = NULL;
    task->entered = NULL;
    task->user = NULL;
    task->top = &task->act;
    activation_init(&task->act, store, task, REF_NULL);
    task->act.kept = task->kept;
    task->act.slots = (union slot *)(void *)task->stack.base;
    task_link(task);
    store->idle = task;
    return task;
}

struct hf_task *task_new(struct hf_store *store, gref func, const struct func_type *type, hf_status *status)
{
    if (store->gc.busy) {
        fail(status, HF_BUSY, "the store is collecting");
        return NULL;
    }
    if (store->task_count + (store->idle && store->running == store->idle) >= store->limits.max_tasks) {
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
    task_lay_args(task, type);
    task_link(task);
    store->task_count++;
    return task;
}

static void release(struct hf_task *task)
{
    const struct hf_store *store = task->store;
    mem_free(store->heap, task->held, task->held_cap * sizeof *task->held);
    mem_free(store->heap, task->kept, store->tier->kept);
    MEM_FREE(store->heap, task);
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
    release(task);
}

void tasks_free_all(struct hf_store *store)
{
    if (store->idle) store->task_count++; // from here on a task like any other
    store->idle = NULL;
    while (store->tasks) task_free(store->tasks);
    while (store->spare) {
        struct hf_task *task = store->spare;
        store->spare = task->next;
        release(task);
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
        if (task->state == TASK_IDLE && store->running != task) continue;
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

hf_code activation_code(enum run run, struct activation *act, hf_status *status)
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

void activation_failed(struct activation *act, enum run run)
{
    if (run == RUN_EXCEPTION) act->store->exception = act->exception;
    if (run == RUN_TRAP || run == RUN_EXCEPTION || run == RUN_EXIT) backtrace_keep(act->store, act);
}

hf_code task_ran(struct hf_task *task, enum run run, hf_status *status)
{
    struct activation *act = &task->act;
    const hf_code code = activation_code(run, act, status);
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
        activation_failed(act, run);
        task->state = TASK_FAILED;
        task->ended = code;
        break;
    }
    leave_all(task);
    return code;
}

hf_code task_run(struct hf_task *task, hf_status *status)
{
    struct hf_store *store = task->store;
    struct activation *act = &task->act;
    const bool begun = task->state != TASK_NEW;
    // One that has stopped goes on when what it owes is paid.
    if (task->state == TASK_PAUSED && store->control->count_fuel && !store_take_fuel(store))
        return activation_code(RUN_FUEL, act, status);
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
    return task_ran(task, run, status);
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
    if (vals_to_slots(store, args, type->params, type->param_count, task->act.slots, status)) {
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
    case TASK_IDLE: return fail(status, HF_BAD_ARGUMENT, "the task was a call's, which has ended");
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
    return vals_from_slots(task->store, task->act.slots, task->type->results, task->type->result_count, out, status);
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
    // A task that runs is freed by nobody: its frames are below the caller's. The idle one is the store's.
    if (!task || task->state == TASK_RUNS || task->state == TASK_IDLE) return;
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
