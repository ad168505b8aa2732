// memory.atomic.wait and notify (threads proposal). A wait is a call without a function that stands in its memory's list; notify takes it
// out and answers it through the inbox of its store, whichever thread that store belongs to.
#include "runtime/wait.h"

#include <string.h>

#include "base/fail.h"
#include "runtime/call.h"
#include "runtime/memory.h"
#include "wasm/trap.h"

struct waiter {
    struct waiter *next;
    uint64_t at;
    struct hf_call *call;
    struct hf_shared *shared;
};

// Under the mutex. True when it was still there.
static bool take_out(struct waiter *waiter)
{
    struct hf_shared *shared = waiter->shared;
    for (struct waiter **link = &shared->waiters; *link; link = &(*link)->next) {
        if (*link != waiter) continue;
        *link = waiter->next;
        if (!*link) shared->waiters_end = link;
        return true;
    }
    return false;
}

void waiter_leave(struct hf_call *call)
{
    struct waiter *waiter = call->waiter;
    struct hf_shared *shared = waiter->shared;
    mutex_lock(&shared->mutex);
    const bool there = take_out(waiter);
    mutex_unlock(&shared->mutex);
    call->waiter = NULL;
    MEM_FREE(call->store->heap, waiter);
    if (there) hf_call_release(call); // the list's
    hf_shared_unref(shared);
}

static hf_code timed_out(hf_call *call, void *env)
{
    (void)env;
    struct hf_shared *shared = call->waiter->shared;
    mutex_lock(&shared->mutex);
    const bool there = take_out(call->waiter);
    mutex_unlock(&shared->mutex);
    if (!there) return HF_PENDING; // it was notified in this very moment: the answer is on its way
    hf_call_release(call);
    call->results[0].u64 = 2;
    return HF_OK;
}

static enum run trap(struct activation *act, hf_trap why)
{
    fail_trap(&act->status, why);
    return RUN_TRAP;
}

static uint64_t load(const uint8_t *at, unsigned size)
{
    return size == 4 ? __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_SEQ_CST)
                     : __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_SEQ_CST);
}

static enum run out_of_memory(struct activation *act)
{
    fail_oom(&act->status);
    return RUN_EXIT;
}

enum run atomic_wait(struct activation *act, struct memory_inst *memory, uint64_t at, uint64_t expected, unsigned size,
                     int64_t timeout, union slot *out)
{
    if (!memory_fits(memory, at, size)) return trap(act, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    if (at % size) return trap(act, HF_TRAP_UNALIGNED_ATOMIC);
    struct hf_shared *shared = memory->data->shared;
    if (!shared) return trap(act, HF_TRAP_EXPECTED_SHARED_MEMORY);
    struct hf_store *store = act->store;
    struct hf_call *call = call_new(act, NULL, NULL, out);
    struct waiter *waiter = call ? MEM_NEW(store->heap, struct waiter) : NULL;
    if (!waiter) {
        if (call) call_end(call);
        return out_of_memory(act);
    }
    *waiter = (struct waiter){ NULL, at, call, shared };
    memset(call->few_results, 0, sizeof call->few_results);
    uint64_t result = 0;
    bool waits = false;
    mutex_lock(&shared->mutex);
    if (load(memory->base + at, size) != (size == 4 ? (uint32_t)expected : expected)) {
        result = 1;
    } else if (timeout == 0) {
        result = 2;
    } else {
        waits = true;
        hf_call_hold(call); // the list's
        *shared->waiters_end = waiter;
        shared->waiters_end = &waiter->next;
    }
    mutex_unlock(&shared->mutex);
    if (!waits) {
        MEM_FREE(store->heap, waiter);
        call_end(call);
        out->u64 = result;
        return RUN_DONE;
    }
    call->waiter = waiter;
    hf_shared_ref(shared);
    if (timeout > 0) {
        const int64_t now = hf_now_ns();
        const int64_t deadline = timeout > INT64_MAX - 1 - now ? INT64_MAX - 1 : now + timeout;
        hf_call_await(call, NULL, 0, deadline, timed_out, NULL);
    }
    call_wait(call);
    return RUN_PENDING;
}

uint32_t atomic_notify(struct hf_store *store, struct memory_inst *memory, uint64_t at, uint32_t count)
{
    (void)store;
    struct hf_shared *shared = memory->data->shared;
    if (!shared) return 0;
    uint32_t woken = 0;
    mutex_lock(&shared->mutex);
    struct waiter **link = &shared->waiters;
    while (*link && woken < count) {
        struct waiter *waiter = *link;
        if (waiter->at != at) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        if (!*link) shared->waiters_end = link;
        struct hf_call *call = waiter->call;
        if (call_claim(call) == HF_OK) {
            call->few_values[0] = hf_i32(0);
            call->values = call->few_values;
            call->value_count = 1;
            call->answer = ANSWER_VALUES;
            if (call_post(call) == HF_OK) woken++;
        }
        hf_call_release(call); // the list's
    }
    mutex_unlock(&shared->mutex);
    return woken;
}
