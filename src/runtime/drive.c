// Waiting: for completions from other threads, for descriptors and for deadlines.
#include <string.h>

#include "base/fail.h"
#include "runtime/call.h"
#include "runtime/task.h"
#include "sys/loop.h"

enum { FEW = 16 };

static bool takes_part(const struct hf_call *call, const struct hf_call *only)
{
    return (!only || call == only) && call->state == CALL_WAITS;
}

// Counts what is waited for, and the earliest deadline.
static size_t survey(const struct hf_store *store, const struct hf_call *only, int64_t *deadline)
{
    size_t count = 0;
    *deadline = INT64_MAX;
    for (const struct hf_call *call = store->awaiting; call; call = call->next_awaiting) {
        if (!takes_part(call, only)) continue;
        count += call->watch_count;
        if (call->deadline < *deadline) *deadline = call->deadline;
    }
    return count;
}

static void gather(const struct hf_store *store, const struct hf_call *only, hf_watch *out, size_t max)
{
    size_t at = 0;
    for (const struct hf_call *call = store->awaiting; call; call = call->next_awaiting) {
        if (!takes_part(call, only)) continue;
        for (size_t i = 0; i < call->watch_count && at < max; i++) {
            out[at] = call->watches[i];
            out[at++].ready = 0;
        }
    }
}

static void scatter(struct hf_store *store, const struct hf_call *only, const hf_watch *in)
{
    size_t at = 0;
    for (struct hf_call *call = store->awaiting; call; call = call->next_awaiting) {
        if (!takes_part(call, only)) continue;
        for (size_t i = 0; i < call->watch_count; i++) call->watches[i].ready = in[at++].ready;
    }
}

// One poll over everything, until `deadline` at the latest. `loop` NULL: without the means to be woken, at once.
static hf_code poll_once(struct hf_store *store, struct hf_call *only, bool sleep, int64_t deadline, hf_status *status)
{
    int64_t own;
    const size_t count = survey(store, only, &own);
    if (!sleep && count == 0) return HF_OK;
    if (own < deadline) deadline = own;
    hf_watch few[FEW];
    hf_watch *watches = few;
    if (count > FEW) {
        watches = mem_zalloc_array(store->heap, count, sizeof *watches);
        if (!watches) return fail_oom(status);
    }
    gather(store, only, watches, count);
    hf_code code;
    if (!sleep)
        code = loop_poll(-1, watches, count, INT64_MIN, store->heap, status);
    else if (store->loop)
        code = store->loop->wait(store->loop->ctx, watches, count, deadline, status);
    else
        code = loop_poll(atomic_load(&store->remote->event), watches, count, deadline, store->heap, status);
    if (code == HF_OK) scatter(store, only, watches);
    if (watches != few) mem_free(store->heap, watches, count * sizeof *watches);
    return code;
}

unsigned store_look(struct hf_store *store, struct hf_call *only)
{
    unsigned delivered = calls_deliver(store, only);
    if (store->awaiting) {
        poll_once(store, only, false, INT64_MIN, NULL);
        delivered += calls_expire(store, only, hf_now_ns());
    }
    return delivered;
}

hf_code store_wait_for(struct hf_store *store, struct hf_call *only, int64_t deadline_ns, hf_status *status)
{
    struct hf_remote *remote = store->remote;
    for (;;) {
        if (store_look(store, only)) return HF_OK;
        if (only ? only->state != CALL_WAITS : store->pending == 0) return HF_GONE;
        if (atomic_exchange(&remote->woken, false)) return HF_PENDING;
        if (deadline_ns != INT64_MAX && hf_now_ns() >= deadline_ns) return HF_PENDING;
        if (!store->loop && remote_event(remote) < 0) return fail(status, HF_SYSTEM, "no descriptor to be woken by");
        atomic_store(&remote->asleep, !store->loop);
        hf_code code = HF_OK;
        // Whoever pushed before seeing `asleep` is seen here.
        if (!atomic_load(&remote->inbox) && !atomic_load(&remote->woken))
            code = poll_once(store, only, true, deadline_ns, status);
        atomic_store(&remote->asleep, false);
        if (code) return code;
        if (calls_expire(store, only, hf_now_ns())) return HF_OK;
    }
}

size_t hf_store_watches(hf_store *store, hf_watch *out, size_t max, int64_t *deadline_ns)
{
    int64_t deadline = INT64_MAX;
    size_t count = 0;
    if (store) {
        count = survey(store, NULL, &deadline);
        if (out) gather(store, NULL, out, max);
        // The embedder waits in our place: completions are announced by the event.
        const int event = store->pending ? remote_event(store->remote) : -1;
        if (event >= 0) {
            if (out && count < max) out[count] = (hf_watch){ event, HF_WATCH_READ, 0 };
            count++;
            loop_event_clear(event);
            atomic_store(&store->remote->asleep, true);
            // What arrived before that is not announced again, so it is due now.
            if (atomic_load(&store->remote->inbox)) deadline = INT64_MIN;
        }
        for (const struct mail *mail = store->arrived; mail && deadline != INT64_MIN; mail = mail->next) {
            if (((const struct hf_call *)mail)->state == CALL_WAITS) deadline = INT64_MIN;
        }
    }
    if (deadline_ns) *deadline_ns = deadline;
    return count;
}

void hf_store_set_loop(hf_store *store, const hf_loop *loop)
{
    if (!store) return;
    store->loop = loop;
    mutex_lock(&store->remote->mutex);
    store->remote->loop = loop;
    mutex_unlock(&store->remote->mutex);
    atomic_store(&store->remote->foreign, loop != NULL);
}

hf_code hf_store_wait(hf_store *store, int64_t deadline_ns, hf_status *status)
{
    if (!store) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (store->current || store->running || store->gc.busy)
        return fail(status, HF_BUSY, "the store cannot be waited for from inside a host call");
    return store_wait_for(store, NULL, deadline_ns, status);
}
