#include "runtime/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <holdfast/witvalue.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "runtime/chain.h"
#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/wait.h"
#include "wasm/trap.h"

// ---- life ----

// The collector and the store's end look at live calls; one that holds no reference and returns at once is never looked for.
static void link_call(struct hf_store *store, struct hf_call *call)
{
    call->linked = call->touched = true;
    call->prev = NULL;
    call->next = store->calls;
    if (store->calls) store->calls->prev = call;
    store->calls = call;
}

static void unlink_call(struct hf_store *store, struct hf_call *call)
{
    if (!call->linked) return;
    call->linked = false;
    if (call->prev)
        call->prev->next = call->next;
    else
        store->calls = call->next;
    if (call->next) call->next->prev = call->prev;
}

// As all are that lie in store->spare_calls.
static struct hf_call *blank_call(struct hf_store *store)
{
    struct hf_call *call = MEM_NEW(store->heap, struct hf_call);
    if (!call) return NULL;
    call->remote = store->remote;
    call->store = store;
    atomic_init(&call->refs, 1);
    atomic_init(&call->completion, COMPLETION_OPEN);
    call->results = call->few_results;
    call->frames = call->few_frames;
    return call;
}

static inline struct hf_call *take_call(struct activation *act, struct instance *caller, struct host_func *host,
                                        union slot *slots)
{
    struct hf_store *store = act->store;
    struct hf_call *call = store->spare_calls;
    if (call)
        store->spare_calls = call->next;
    else if (!(call = blank_call(store)))
        return NULL;
    call->state = CALL_RUNS;
    call->act = act;
    call->caller = caller;
    call->host = host;
    call->type = host ? host->type : NULL;
    call->slots = slots;
    call->outcome = HF_OK;
    call->sequence = host && !host->internal ? ++store->sequence : store->sequence;
    if (!host || host->type->has_refs) link_call(store, call);
    return call;
}

struct hf_call *call_new(struct activation *act, struct instance *caller, struct host_func *host, union slot *slots)
{
    return take_call(act, caller, host, slots);
}

static void *call_arena(struct hf_call *call, size_t size)
{
    if (!call->has_arena) {
        arena_init(&call->arena, call->store->heap);
        call->has_arena = call->touched = true;
    }
    return arena_zalloc(&call->arena, size);
}

// The answer's own memory; by whoever holds the last reference.
static void drop_answer(struct hf_call *call)
{
    const hf_allocator *heap = &call->remote->engine->heap;
    if (call->values && call->values != call->few_values)
        mem_free(heap, call->values, call->value_count * sizeof *call->values);
    if (call->message) mem_free(heap, call->message, strlen(call->message) + 1);
    if (call->typed) hf_value_free(call->typed, heap);
    call->values = NULL;
    call->message = NULL;
    call->typed = NULL;
}

static void free_call(struct hf_call *call)
{
    drop_answer(call);
    struct hf_remote *remote = call->remote;
    struct host_func *host = call->host;
    const bool pinned = call->pinned;
    mem_free(&remote->engine->heap, call, sizeof *call);
    if (pinned) {
        host_func_unref(host);
        hf_remote_unref(remote);
    }
}

hf_call *hf_call_hold(hf_call *call)
{
    if (!call) return NULL;
    // Only the owner can be the first to hold: whoever else has the call holds it already.
    if (atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed) == 1 && !call->pinned) {
        call->pinned = call->touched = true;
        hf_remote_ref(call->remote);
        if (call->host) host_func_ref(call->host);
    }
    return call;
}

void hf_call_release(hf_call *call)
{
    if (call && atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) == 1) free_call(call);
}

static bool move_completion(struct hf_call *call, uint32_t from, uint32_t to)
{
    return atomic_compare_exchange_strong(&call->completion, &from, to);
}

void call_end(struct hf_call *call)
{
    struct hf_store *store = call->store;
    if (call->awaits) call_unawait(call);
    if (call->waiter) waiter_leave(call);
    if (call->free_user) {
        void (*free_user)(void *) = call->free_user;
        call->free_user = NULL;
        free_user(call->user);
    }
    call->user = NULL;
    unlink_call(store, call);
    call->state = CALL_ENDED;
    call->args = call->result = call->crossing = NULL;
    call->answered = false;
    call->depth = 0;
    call->then_func = REF_NULL;
    call->then_type = NULL;
    call->bytes = 0;
    call->watch_count = 0;
    call->watches = NULL;
    if (call->written) {
        mem_free(store->heap, call->written, call->written_cap * sizeof *call->written);
        call->written = NULL;
        call->written_count = call->written_cap = 0;
    }
    if (call->has_arena) {
        arena_fini(&call->arena);
        call->has_arena = false;
    }
    if (!call->pinned && atomic_load_explicit(&call->refs, memory_order_relaxed) == 1) {
        // Nobody else ever had it: keep it for the next call.
        if (atomic_load_explicit(&call->completion, memory_order_relaxed) != COMPLETION_OPEN) drop_answer(call);
        atomic_store_explicit(&call->completion, COMPLETION_OPEN, memory_order_relaxed);
        call->results = call->few_results;
        call->frames = call->few_frames;
        call->touched = false;
        call->next = store->spare_calls;
        store->spare_calls = call;
        return;
    }
    move_completion(call, COMPLETION_TAKEN, COMPLETION_CLOSED);
    move_completion(call, COMPLETION_OPEN, COMPLETION_CLOSED);
    hf_call_release(call);
}

// The end of one that nobody did anything to but read its arguments and set its results.
static inline void end_call(struct hf_call *call)
{
    if (call->touched || atomic_load_explicit(&call->refs, memory_order_relaxed) != 1 ||
        atomic_load_explicit(&call->completion, memory_order_relaxed) != COMPLETION_OPEN) {
        call_end(call);
        return;
    }
    struct hf_store *store = call->store;
    call->state = CALL_ENDED;
    call->bytes = 0;
    call->next = store->spare_calls;
    store->spare_calls = call;
}

void calls_close(struct hf_store *store, struct mail *late)
{
    while (store->calls) call_end(store->calls);
    struct mail *lists[] = { store->arrived, late };
    for (unsigned i = 0; i < 2; i++) {
        while (lists[i]) {
            struct mail *mail = lists[i];
            lists[i] = mail->next;
            hf_call_release((struct hf_call *)mail);
        }
    }
    store->arrived = NULL;
    while (store->spare_calls) {
        struct hf_call *call = store->spare_calls;
        store->spare_calls = call->next;
        MEM_FREE(store->heap, call);
    }
}

static void trace_slots(struct tracer *tracer, const union slot *slots, const valtype *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        trace_value(tracer, slots, types[i]);
        slots += val_slots(types[i]);
    }
}

void calls_trace(struct hf_store *store, struct tracer *tracer)
{
    for (const struct hf_call *call = store->calls; call; call = call->next) {
        if (call->caller) trace_object(tracer, &call->caller->object);
        if (call->then_type && call->then_func)
            trace_slots(tracer, call->then_slots, call->then_type->params, call->then_type->param_count);
        else if (call->then_type && call->state == CALL_RUNS && call->outcome == HF_OK)
            trace_slots(tracer, call->then_slots, call->then_type->results, call->then_type->result_count);
        if (!call->host || !call->type->has_refs) continue;
        trace_slots(tracer, call->slots, call->type->params, call->type->param_count);
        trace_slots(tracer, call->results, call->type->results, call->type->result_count);
    }
}

// ---- running ----

enum run run_of(struct activation *act, const struct host_func *host, hf_code code)
{
    hf_status *status = &act->status;
    const char *module = host && host->desc.module ? host->desc.module : "";
    const char *name = host && host->desc.name ? host->desc.name : "host function";
    switch (code) {
    case HF_OK: status->code = HF_OK; return RUN_DONE;
    case HF_PENDING: return RUN_PENDING;
    case HF_EXCEPTION:
        status->code = HF_OK;
        if (act->exception == REF_NULL) act->exception = act->store->exception;
        if (act->exception != REF_NULL) return RUN_EXCEPTION;
        fail(status, HF_TRAPPED, "%s#%s threw no exception", module, name);
        status->trap = HF_TRAP_HOST;
        return RUN_TRAP;
    case HF_TRAPPED:
        if (status->code != HF_TRAPPED) {
            status->code = HF_OK;
            fail(status, HF_TRAPPED, "%s#%s trapped", module, name);
            status->trap = HF_TRAP_HOST;
        }
        return RUN_TRAP;
    default:
        if (status->code != code) {
            status->code = HF_OK;
            fail(status, code, "%s#%s: %s", module, name, hf_code_name(code));
        }
        return RUN_EXIT;
    }
}

// Runs the level that is on turn: a hook, or the function itself.
static hf_code run_level(struct hf_call *call)
{
    struct host_func *host = call->host;
    if (call->depth < host->hook_count) {
        const struct hook *hook = &host->hooks[call->depth];
        return hook->fn(call, hook->env);
    }
    if (host->fn) return host->fn(call, host->env);
    hf_caller caller = { call->act, call->caller, host, false };
    union slot slots[TYPED_PARAMS_MAX];
    memcpy(slots, call->slots, call->type->param_slots * sizeof *slots);
    typed_call(&host->plan, host->typed, &caller, slots);
    if (call->type->result_count) call->results[0] = slots[0];
    return caller.trapped ? HF_TRAPPED : HF_OK;
}

// Frames above `depth` are told the outcome, innermost first, as long as none waits.
static hf_code unwind(struct hf_call *call, uint32_t depth, hf_code code)
{
    while (call->depth > depth && code != HF_PENDING) {
        const struct hook_frame frame = call->frames[--call->depth];
        call->outcome = code;
        if (code == HF_OK) call->act->status.code = HF_OK;
        if (frame.after) code = frame.after(call, frame.env);
    }
    return code;
}

hf_code hf_call_next(hf_call *call, hf_host_fn after, void *env)
{
    if (!call || call->state == CALL_ENDED || !call->host || call->depth >= call->host->hook_count)
        return HF_BAD_ARGUMENT;
    if (call->host->hook_count > CALL_FRAMES && call->frames == call->few_frames) {
        struct hook_frame *frames = call_arena(call, call->host->hook_count * sizeof *frames);
        if (!frames) return hf_call_trap(call, "out of memory");
        memcpy(frames, call->few_frames, sizeof call->few_frames);
        call->frames = frames;
    }
    const uint32_t depth = call->depth;
    call->touched = true;
    call->frames[call->depth++] = (struct hook_frame){ after, env };
    call->act->status.code = HF_OK;
    move_completion(call, COMPLETION_TAKEN, COMPLETION_OPEN); // what is run anew may be answered anew
    if (call->type->result_slots) memset(call->results, 0, call->type->result_slots * sizeof *call->results);
    if (call->result) memset(call->result, 0, call->host->desc.wit->result->size);
    const hf_code code = run_level(call);
    if (code == HF_PENDING) return code;
    call->depth = depth + 1; // a level that gave up on what it had called
    return unwind(call, depth, code);
}

static inline bool make_results(struct hf_call *call)
{
    uint32_t slots = call->type->result_slots;
    if (slots > CALL_SLOTS) {
        call->results = call_arena(call, slots * sizeof *call->results);
        return call->results != NULL;
    }
    for (union slot *slot = call->few_results; slots; slots--) {
        (slot++)->u64 = 0;
        __asm__("" : "+r"(slot)); // a string instruction would cost more
    }
    return true;
}

static enum run no_memory(struct activation *act)
{
    fail_oom(&act->status);
    return RUN_EXIT;
}

// A result whose type has no default must have been set.
static bool results_set(struct hf_call *call)
{
    const union slot *slot = call->results;
    for (uint32_t i = 0; i < call->type->result_count; i++) {
        const valtype type = call->type->results[i];
        if (!val_defaultable(type) && slot->ref == REF_NULL) return false;
        slot += val_slots(type);
    }
    return true;
}

// Where the host function's own code is entered, and left, from outside of it.
static hf_code cross(struct hf_call *call, hf_code (*step)(struct hf_call *call))
{
    struct hf_store *store = call->store;
    struct activation *const before = store->current;
    store->current = call->act;
    call->act->host = call->host;
    const hf_code code = step(call);
    store->current = before;
    return code;
}

static hf_code run_behind(struct hf_call *call)
{
    call->touched = true;
    const hf_code code = call->host->border->enter(call);
    return code || call->answered ? code : run_level(call);
}

// Ended with `code`: gives the guest its results.
static enum run deliver_results(struct hf_call *call, union slot *slots, hf_code code)
{
    if (code == HF_OK && call->host->border) code = cross(call, call->host->border->leave);
    if (code == HF_OK && call->host->must_set && !results_set(call)) {
        hf_call_trap(call, "a reference result was not set");
        code = HF_TRAPPED;
    }
    const enum run run = run_of(call->act, call->host, code);
    if (run == RUN_DONE) {
        const uint32_t count = call->type->result_slots;
        if (count == 1)
            slots[0] = call->results[0];
        else if (count)
            memcpy(slots, call->results, count * sizeof *slots);
    }
    return run;
}

// What the store knows while a host function runs. Behind it everything is as it was before; references that it rooted are not.
static inline uint32_t begin_host(struct hf_store *store, struct activation *act, struct host_func *host)
{
    store->current = act;
    act->host = host;
    return store->scoped.count;
}

static inline void end_host(struct hf_store *store, struct activation *before, uint32_t mark)
{
    store->current = before;
    if (store->scoped.count != mark) roots_close(store, mark);
}

// A typed function that nothing is wrapped around: no call is built.
static enum run call_typed(struct activation *act, struct instance *instance, struct host_func *host, union slot *slots)
{
    struct hf_store *store = act->store;
    struct activation *const before = store->current;
    const uint32_t mark = begin_host(store, act, host);
    store->sequence++;
    hf_caller caller = { act, instance, host, false };
    typed_call(&host->plan, host->direct, &caller, slots);
    end_host(store, before, mark);
    return caller.trapped ? RUN_TRAP : RUN_DONE;
}

enum run host_call(struct activation *act, struct instance *caller, struct func_inst *callee, union slot *slots)
{
    struct host_func *host = callee->host;
    if (host->direct) return call_typed(act, caller, host, slots);
    struct hf_store *store = act->store;
    struct hf_call *call = take_call(act, caller, host, slots);
    if (!call) return no_memory(act);
    if (!make_results(call)) {
        call_end(call);
        return no_memory(act);
    }
    struct activation *const before = store->current;
    const uint32_t mark = begin_host(store, act, host);
    hf_code code;
    if (host->border)
        code = run_behind(call);
    else
        code = host->hook_count ? run_level(call) : host->fn(call, host->env);
    end_host(store, before, mark);
    stat_set(store->remote, STAT_CALLS, store->sequence);
    if (code == HF_PENDING) {
        call_wait(call);
        return RUN_PENDING;
    }
    enum run run = RUN_DONE;
    if (code == HF_OK && host->type->result_slots == 1 && !host->must_set && !host->border) {
        act->status.code = HF_OK;
        slots[0] = call->results[0];
    } else {
        run = deliver_results(call, slots, code);
    }
    end_call(call);
    return run;
}

static void suspend(struct hf_call *call)
{
    call->state = call->then_func ? CALL_CALLS : CALL_WAITS;
    call->store->pending += call->state == CALL_WAITS;
}

void call_wait(struct hf_call *call)
{
    if (!call->linked) link_call(call->store, call);
    call->act->waiting = call;
    suspend(call);
}

// An answer is there: goes on with what stands around the level that waited.
static void go_on(struct hf_call *call, hf_code code)
{
    code = unwind(call, 0, code);
    if (code == HF_PENDING) {
        suspend(call);
        if (call->state == CALL_WAITS) move_completion(call, COMPLETION_TAKEN, COMPLETION_OPEN);
        return;
    }
    move_completion(call, COMPLETION_OPEN, COMPLETION_TAKEN);
    call->outcome = code;
    call->state = CALL_SETTLED;
}

// Runs `finish` as if the host function went on there.
static void run_finish(struct hf_call *call, hf_host_fn finish, void *env)
{
    struct hf_store *store = call->store;
    struct activation *const before = store->current;
    const uint32_t mark = store->scoped.count;
    store->current = call->act;
    call->act->host = call->host;
    store->pending -= call->state == CALL_WAITS;
    call->state = CALL_RUNS;
    hf_call_hold(call); // it may be ended from inside
    const hf_code code = finish(call, env);
    if (call->state != CALL_ENDED) go_on(call, code);
    hf_call_release(call);
    store->current = before;
    roots_close(store, mark);
}

// ---- going on to a guest function ----

hf_code call_then(struct hf_call *call, gref func, const union slot *args, hf_host_fn after, void *env)
{
    const struct func_type *type = &types_get(call->store->types, call->store->funcs[func].type_id)->func;
    const uint32_t slots = func_slots(type);
    union slot *copy = call->few_then;
    if (slots > CALL_SLOTS) {
        copy = call_arena(call, slots * sizeof *copy);
        if (!copy) return hf_call_trap(call, "out of memory");
    }
    if (type->param_slots) memcpy(copy, args, type->param_slots * sizeof *copy);
    call->touched = true;
    if (!call->linked) link_call(call->store, call); // what it holds may be references
    call->then_func = func;
    call->then_type = type;
    call->then_slots = copy;
    call->then_after = after;
    call->then_env = env;
    return HF_PENDING;
}

void call_went_on(struct hf_call *call, hf_code code)
{
    call->then_func = REF_NULL;
    call->outcome = code;
    run_finish(call, call->then_after, call->then_env);
}

hf_code hf_call_then(hf_call *call, hf_func func, const hf_val *args, size_t count, hf_host_fn after, void *env)
{
    if (!call || call->state != CALL_RUNS || !call->host || !after) return HF_BAD_ARGUMENT;
    struct hf_store *store = call->store;
    hf_status *status = &call->act->status;
    status->code = HF_OK;
    const gref ref = store_func(store, func.h, status);
    if (!ref) return status->code;
    const struct func_type *type = &types_get(store->types, store->funcs[ref].type_id)->func;
    if (count != type->param_count || (count && !args))
        return fail(status, HF_WRONG_TYPE, "the function takes %u values, not %zu", type->param_count, count);
    union slot few[CALL_SLOTS];
    union slot *slots = few;
    if (type->param_slots > CALL_SLOTS) {
        slots = call_arena(call, type->param_slots * sizeof *slots);
        if (!slots) return hf_call_trap(call, "out of memory");
    }
    const hf_code code = vals_to_slots(store, args, type->params, type->param_count, slots, status);
    if (code) return code;
    return call_then(call, ref, slots, after, env);
}

hf_code hf_call_then_results(hf_call *call, hf_val *out, size_t count)
{
    if (!call || call->state != CALL_RUNS || !call->then_type || call->then_func || (count && !out))
        return HF_BAD_ARGUMENT;
    if (call->outcome != HF_OK || count != call->then_type->result_count) return HF_WRONG_TYPE;
    const struct func_type *type = call->then_type;
    return vals_from_slots(call->store, call->then_slots, type->results, type->result_count, out, NULL);
}

// ---- answers ----

static hf_code take_typed(hf_call *call)
{
    const hf_type *type = call->host->desc.wit->result;
    if (!call->typed) return HF_OK;
    return hf_value_copy(type, call->typed, call_place, call, call->result, &call->act->status);
}

static hf_code take_values(hf_call *call)
{
    union slot *slot = call->results;
    if (!call->host) slot->u64 = (uint32_t)call->values[0].of.i32;
    for (size_t i = 0; call->host && i < call->value_count; i++) {
        const valtype type = call->type->results[i];
        const hf_code code = val_to_slots(call->store, &call->values[i], type, slot, &call->act->status);
        if (code) return code;
        slot += val_slots(type);
    }
    return HF_OK;
}

static hf_code answered(hf_call *call, void *env)
{
    (void)env;
    hf_code code;
    if (call->answer == ANSWER_TRAP)
        code = hf_call_trap(call, "%s", call->message ? call->message : "host call failed");
    else
        code = call->answer == ANSWER_TYPED ? take_typed(call) : take_values(call);
    drop_answer(call);
    return code;
}

static void take_answer(struct hf_call *call)
{
    if (call->awaits) call_unawait(call);
    const bool finish = call->answer == ANSWER_FINISH;
    const hf_host_fn fn = finish ? call->finish : answered;
    void *env = finish ? call->finish_env : NULL;
    atomic_store(&call->completion, COMPLETION_TAKEN);
    run_finish(call, fn, env);
}

unsigned calls_deliver(struct hf_store *store, struct hf_call *only)
{
    unsigned delivered = 0;
    struct mail *fresh = remote_take(store->remote);
    if (fresh) {
        *store->arrived_end = fresh;
        while (fresh->next) fresh = fresh->next;
        store->arrived_end = &fresh->next;
    }
    struct mail **link = &store->arrived;
    while (*link) {
        struct mail *mail = *link;
        struct hf_call *call = (struct hf_call *)mail;
        const bool ended = call->state == CALL_ENDED;
        if (!ended && ((only && call != only) || call->state != CALL_WAITS)) {
            link = &mail->next;
            continue;
        }
        *link = mail->next;
        if (!*link) store->arrived_end = link;
        if (!ended) {
            take_answer(call);
            delivered++;
            link = &store->arrived; // anything may have happened to the list
        }
        hf_call_release(call);
    }
    return delivered;
}

enum run call_finish(struct hf_call *call)
{
    struct activation *act = call->act;
    enum run run;
    if (call->host) {
        run = deliver_results(call, call->slots, call->outcome);
    } else {
        run = run_of(act, NULL, call->outcome);
        if (run == RUN_DONE) call->slots[0].u64 = call->results[0].u64;
    }
    call_end(call);
    return run;
}

// ---- answering ----

hf_code call_claim(struct hf_call *call)
{
    uint32_t state = COMPLETION_OPEN;
    if (atomic_compare_exchange_strong(&call->completion, &state, COMPLETION_CLAIMED)) return HF_OK;
    return state == COMPLETION_CLOSED ? HF_GONE : HF_EXISTS;
}

hf_code call_post(struct hf_call *call)
{
    struct hf_remote *remote = hf_remote_ref(call->remote); // the call may be gone as soon as it is posted
    atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    const bool taken = remote_push(remote, &call->mail);
    if (taken)
        remote_wake(remote);
    else
        hf_call_release(call);
    hf_remote_unref(remote);
    return taken ? HF_OK : HF_GONE;
}

hf_code hf_call_complete(hf_call *call, const hf_val *results, size_t count)
{
    if (!call || (count && !results) || !call->type) return HF_BAD_ARGUMENT;
    if (call->host && call->host->border && call->host->desc.wit->result) return HF_WRONG_TYPE;
    if (call->host && call->host->border && count == 0) return hf_call_complete_typed(call, NULL);
    if (count != call->type->result_count) return HF_WRONG_TYPE;
    for (size_t i = 0; i < count; i++) {
        const valtype type = call->type->results[i];
        const bool null =
            val_is_ref(type) && val_nullable(type) && val_is_ref(results[i].type) && hf_ref_is_null(results[i].of.ref);
        if (val_is_ref(type) ? !null : results[i].type != type) return HF_WRONG_TYPE;
    }
    hf_code code = call_claim(call);
    if (code) return code;
    hf_val *values = call->few_values;
    if (count > CALL_VALUES) {
        values = mem_alloc(&call->remote->engine->heap, count * sizeof *values);
        if (!values) {
            atomic_store(&call->completion, COMPLETION_OPEN);
            return HF_OUT_OF_MEMORY;
        }
    }
    if (count) memcpy(values, results, count * sizeof *values);
    call->answer = ANSWER_VALUES;
    call->values = values;
    call->value_count = count;
    return call_post(call);
}

hf_code hf_call_complete_typed(hf_call *call, const void *result)
{
    if (!call || !call->host) return HF_BAD_ARGUMENT;
    const hf_witfunc *wit = call->host->desc.wit;
    if (!wit || !result != !wit->result) return HF_WRONG_TYPE;
    hf_code code = HF_OK;
    void *typed = NULL;
    if (result) {
        hf_status status = hf_status_ok();
        typed = hf_value_new(wit->result, result, &call->remote->engine->heap, &status);
        if (!typed) return status.code;
    }
    code = call_claim(call);
    if (code) {
        hf_value_free(typed, &call->remote->engine->heap);
        return code;
    }
    call->answer = ANSWER_TYPED;
    call->typed = typed;
    return call_post(call);
}

hf_code hf_call_complete_trap(hf_call *call, const char *message)
{
    if (!call) return HF_BAD_ARGUMENT;
    const hf_code code = call_claim(call);
    if (code) return code;
    const size_t size = message ? strlen(message) + 1 : 0;
    char *copy = size ? mem_alloc(&call->remote->engine->heap, size) : NULL;
    if (copy) memcpy(copy, message, size); // without memory the trap comes without its words
    call->message = copy;
    call->answer = ANSWER_TRAP;
    return call_post(call);
}

hf_code hf_call_complete_with(hf_call *call, hf_host_fn finish, void *env)
{
    if (!call || !finish) return HF_BAD_ARGUMENT;
    const hf_code code = call_claim(call);
    if (code) return code;
    call->answer = ANSWER_FINISH;
    call->finish = finish;
    call->finish_env = env;
    return call_post(call);
}

hf_code hf_call_reopen(hf_call *call)
{
    if (!call || call->state == CALL_SETTLED || call->state == CALL_ENDED) return HF_BAD_ARGUMENT;
    return move_completion(call, COMPLETION_TAKEN, COMPLETION_OPEN) ? HF_OK : HF_BAD_ARGUMENT;
}

hf_code hf_call_await(hf_call *call, const hf_watch *watches, size_t count, int64_t deadline_ns, hf_host_fn finish,
                      void *env)
{
    if (!call || call->state == CALL_ENDED || !finish || (count && !watches)) return HF_BAD_ARGUMENT;
    hf_watch *copy = NULL;
    if (count) {
        size_t bytes;
        if (ckd_mul(&bytes, count, sizeof *copy)) return HF_BAD_ARGUMENT;
        copy = call_arena(call, bytes);
        if (!copy) return HF_OUT_OF_MEMORY;
        memcpy(copy, watches, bytes);
    }
    for (size_t i = 0; i < count; i++) copy[i].ready = 0;
    if (call->awaits) call_unawait(call);
    call->watches = copy;
    call->watch_count = count;
    call->deadline = deadline_ns;
    call->await_finish = finish;
    call->await_env = env;
    call->awaits = call->touched = true;
    call->next_awaiting = call->store->awaiting;
    call->store->awaiting = call;
    return HF_OK;
}

const hf_watch *hf_call_watches(const hf_call *call, size_t *count)
{
    *count = call ? call->watch_count : 0;
    return call ? call->watches : NULL;
}

void call_unawait(struct hf_call *call)
{
    struct hf_call **link = &call->store->awaiting;
    while (*link != call) link = &(*link)->next_awaiting;
    *link = call->next_awaiting;
    call->awaits = false;
}

static bool is_due(const struct hf_call *call, int64_t now)
{
    if (call->deadline <= now) return true;
    for (size_t i = 0; i < call->watch_count; i++) {
        if (call->watches[i].ready) return true;
    }
    return false;
}

// The one that has waited longest and is due; the list has the newest first.
static struct hf_call *first_due(struct hf_store *store, struct hf_call *only, int64_t now)
{
    struct hf_call *found = NULL;
    for (struct hf_call *call = store->awaiting; call; call = call->next_awaiting) {
        if ((only && call != only) || call->state != CALL_WAITS) continue;
        if (is_due(call, now) && (!found || call->sequence < found->sequence)) found = call;
    }
    return found;
}

unsigned calls_expire(struct hf_store *store, struct hf_call *only, int64_t now)
{
    unsigned delivered = 0;
    for (struct hf_call *call; (call = first_due(store, only, now));) {
        // If somebody else answered first, that answer is on its way.
        // (An atomic wait decides that under its memory's mutex.)
        const hf_host_fn finish = call->await_finish;
        void *env = call->await_env;
        const bool claimed = call->waiter || call_claim(call) == HF_OK;
        call_unawait(call);
        if (!claimed) continue;
        if (!call->waiter) atomic_store(&call->completion, COMPLETION_TAKEN);
        run_finish(call, finish, env);
        delivered++;
    }
    return delivered;
}
