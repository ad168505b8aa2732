#include "runtime/chain.h"

#include <string.h>

#include "base/fail.h"
#include "runtime/call.h"
#include "runtime/instance.h"
#include "sys/fpu.h"
#include "wasm/trap.h"

// An activation that a call asked for.
struct link {
    struct activation act; // first
    uint8_t *sp;           // of the guest stack, before
    bool holds;            // the instance, for the task
};

void activation_init(struct activation *act, struct hf_store *store, struct hf_task *task, gref func)
{
    act->store = store;
    act->task = task;
    act->stack = &task->stack;
    act->outer = NULL;
    act->waiting = act->asked = NULL;
    act->func = &store->funcs[func];
    act->status.code = HF_OK;
    act->exception = REF_NULL;
    act->outcome = RUN_DONE;
    act->pc = act->fp = act->extra[0] = act->extra[1] = act->kept = NULL;
}

union slot *stack_push(struct guest_stack *stack, uint32_t slots)
{
    uint8_t *const at = (uint8_t *)(((uintptr_t)stack->sp + 15) & ~(uintptr_t)15);
    const size_t bytes = (slots * sizeof(union slot) + 15) & ~(size_t)15;
    if (at > stack->limit || bytes > (size_t)(stack->limit - at)) return NULL;
    stack->sp = at + bytes;
    return (union slot *)(void *)at;
}

void activation_walk(struct activation *act, bool (*visit)(void *ctx, const struct frame_info *frame), void *ctx)
{
    for (; act; act = act->outer) {
        if (!activation_is_host(act)) act->store->tier->walk(act, visit, ctx);
    }
}

static enum run enter(struct activation *act)
{
    if (activation_is_host(act)) return host_call(act, NULL, act->func, act->slots);
    const uint32_t mode = fpu_enter();
    const enum run run = act->store->tier->enter(act);
    fpu_leave(mode);
    return run;
}

static enum run resume(struct activation *act)
{
    if (activation_is_host(act)) return act->outcome;
    const uint32_t mode = fpu_enter();
    const enum run run = act->store->tier->resume(act);
    fpu_leave(mode);
    return run;
}

// What a frozen activation is told when its call has settled.
static enum run go_on(struct activation *act)
{
    struct hf_call *call = act->waiting;
    if (call) {
        if (call->state == CALL_CALLS) return RUN_PENDING;
        act->waiting = NULL;
        act->outcome = call_finish(call);
    }
    return resume(act);
}

// ---- chained activations ----

static void forget(struct link *link)
{
    struct activation *act = &link->act;
    act->task->top = act->outer;
    act->stack->sp = link->sp;
    if (link->holds) act->func->instance->entered = NULL;
    MEM_FREE(act->store->heap, link);
}

// Makes the activation that the call asks for; NULL with the call's activation saying why.
static struct activation *push(struct hf_call *call)
{
    struct activation *outer = call->act;
    struct hf_store *store = outer->store;
    struct hf_task *task = outer->task;
    struct instance *instance = store->funcs[call->then_func].instance;
    hf_status *status = &outer->status;
    status->code = HF_OK;
    const bool open = !instance || instance->concurrent || !instance->entered;
    if (!open && instance->entered != task) {
        fail(status, HF_BUSY, "the instance has a frozen task");
        return NULL;
    }
    uint8_t *const sp = task->stack.sp;
    union slot *slots = stack_push(&task->stack, func_slots(call->then_type));
    if (!slots) {
        fail_trap(status, HF_TRAP_CALL_STACK_EXHAUSTED);
        return NULL;
    }
    struct link *link = MEM_NEW(store->heap, struct link);
    if (!link) {
        task->stack.sp = sp;
        fail_oom(status);
        return NULL;
    }
    memcpy(slots, call->then_slots, call->then_type->param_slots * sizeof *slots);
    struct activation *act = &link->act;
    activation_init(act, store, task, call->then_func);
    act->slots = slots;
    act->outer = outer;
    act->asked = call;
    link->sp = sp;
    link->holds = instance && !instance->concurrent && !instance->entered;
    if (link->holds) instance->entered = task;
    task->top = act;
    return act;
}

// Its end is told to the call that asked for it: results, or status and exception.
static hf_code pop(struct activation *act, enum run run)
{
    struct hf_call *call = act->asked;
    struct activation *outer = act->outer;
    hf_code code = HF_OK;
    outer->status.code = HF_OK;
    if (run == RUN_DONE) {
        memcpy(call->then_slots, act->slots, call->then_type->result_slots * sizeof *act->slots);
    } else {
        backtrace_keep(act->store, act);
        if (run == RUN_EXCEPTION) outer->exception = act->store->exception = act->exception;
        if (run != RUN_EXCEPTION) pass_on(&act->status, &outer->status);
        code = run == RUN_EXCEPTION ? HF_EXCEPTION : act->status.code != HF_OK ? act->status.code : HF_TRAPPED;
    }
    forget((struct link *)act);
    return code;
}

static bool is_end(enum run run)
{
    return run == RUN_DONE || run == RUN_TRAP || run == RUN_EXCEPTION || run == RUN_EXIT;
}

enum run chain_run(struct activation *base, bool begun)
{
    return chain_ran(base, begun ? go_on(base->task->top) : enter(base));
}

enum run chain_ran(struct activation *base, enum run run)
{
    struct hf_task *task = base->task;
    struct hf_store *store = base->store;
    for (;;) {
        struct activation *act = task->top;
        if (run == RUN_PENDING && act->waiting->state == CALL_CALLS) {
            struct hf_call *call = act->waiting;
            act = push(call);
            if (act) {
                run = enter(act);
                continue;
            }
            call_went_on(call, call->act->status.code);
        } else if (is_end(run) && act != base) {
            struct hf_call *call = act->asked;
            call_went_on(call, pop(act, run));
        } else if (run == RUN_FUEL && atomic_load(&store->remote->fuel_mail) && store_take_fuel(store)) {
            // Out of fuel with fuel in the mail is not out of fuel.
        } else {
            return run;
        }
        act = task->top;
        run = act->waiting && act->waiting->state == CALL_WAITS ? RUN_PENDING : go_on(act);
    }
}

void chain_unwind(struct activation *base)
{
    struct hf_task *task = base->task;
    for (;;) {
        struct activation *act = task->top;
        struct hf_call *call = act->waiting;
        act->waiting = NULL;
        if (call && call->state == CALL_WAITS) act->store->pending--;
        if (call) call_end(call);
        if (act == base) return;
        forget((struct link *)act);
    }
}
