#include "runtime/remote.h"

#include "base/fail.h"
#include "runtime/engine.h"
#include "sys/loop.h"

static struct mail closed;
#define MAIL_CLOSED (&closed)

struct hf_remote *remote_new(struct hf_engine *engine, hf_status *status)
{
    struct hf_remote *remote = MEM_NEW(&engine->heap, struct hf_remote);
    if (!remote) {
        fail_oom(status);
        return NULL;
    }
    atomic_init(&remote->refs, 1);
    atomic_init(&remote->event, -1);
    remote->engine = hf_engine_ref(engine);
    mutex_init(&remote->mutex);
    return remote;
}

hf_remote *hf_remote_ref(hf_remote *remote)
{
    if (remote) atomic_fetch_add_explicit(&remote->refs, 1, memory_order_relaxed);
    return remote;
}

void hf_remote_unref(hf_remote *remote)
{
    if (!remote || atomic_fetch_sub_explicit(&remote->refs, 1, memory_order_acq_rel) != 1) return;
    loop_event_free(atomic_load(&remote->event));
    mutex_fini(&remote->mutex);
    hf_engine *engine = remote->engine;
    MEM_FREE(&engine->heap, remote);
    hf_engine_unref(engine);
}

bool remote_push(struct hf_remote *remote, struct mail *mail)
{
    struct mail *head = atomic_load(&remote->inbox);
    do {
        if (head == MAIL_CLOSED) return false;
        mail->next = head;
    } while (!atomic_compare_exchange_weak(&remote->inbox, &head, mail));
    return true;
}

static struct mail *turned(struct mail *newest)
{
    struct mail *oldest = NULL;
    while (newest) {
        struct mail *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

struct mail *remote_take(struct hf_remote *remote)
{
    if (!atomic_load_explicit(&remote->inbox, memory_order_relaxed)) return NULL;
    return turned(atomic_exchange(&remote->inbox, NULL));
}

struct mail *remote_close(struct hf_remote *remote)
{
    return turned(atomic_exchange(&remote->inbox, MAIL_CLOSED));
}

static bool is_closed(hf_remote *remote)
{
    return atomic_load(&remote->inbox) == MAIL_CLOSED;
}

// The sleeper says that it sleeps and then looks once more; the waker changes something and then asks whether somebody sleeps.
// Both in the one total order of sequentially consistent operations: one of them sees the other.
void remote_wake(struct hf_remote *remote)
{
    if (atomic_load(&remote->asleep)) loop_event_signal(atomic_load(&remote->event));
    if (atomic_load(&remote->foreign)) {
        mutex_lock(&remote->mutex);
        if (remote->loop) remote->loop->wake(remote->loop->ctx);
        mutex_unlock(&remote->mutex);
    }
}

int remote_event(struct hf_remote *remote)
{
    int event = atomic_load_explicit(&remote->event, memory_order_relaxed);
    if (event < 0) {
        event = loop_event_new();
        atomic_store(&remote->event, event);
    }
    return event;
}

hf_code hf_remote_interrupt(hf_remote *remote)
{
    if (!remote) return HF_BAD_ARGUMENT;
    if (is_closed(remote)) return HF_GONE;
    if (!remote->control.interruptible) return HF_UNSUPPORTED;
    atomic_fetch_or(&remote->control.interrupt, 1u);
    return HF_OK;
}

hf_code hf_remote_add_fuel(hf_remote *remote, uint64_t fuel)
{
    if (!remote) return HF_BAD_ARGUMENT;
    if (is_closed(remote)) return HF_GONE;
    if (!remote->control.count_fuel) return HF_UNSUPPORTED;
    uint64_t old = atomic_load(&remote->fuel_mail);
    uint64_t sum;
    do {
        sum = old > INT64_MAX - (fuel > INT64_MAX ? INT64_MAX : fuel) ? INT64_MAX : old + fuel;
    } while (!atomic_compare_exchange_weak(&remote->fuel_mail, &old, sum));
    atomic_fetch_or(&remote->control.interrupt, 2u);
    remote_wake(remote);
    return HF_OK;
}

hf_code hf_remote_wake(hf_remote *remote)
{
    if (!remote) return HF_BAD_ARGUMENT;
    if (is_closed(remote)) return HF_GONE;
    atomic_store(&remote->woken, true);
    remote_wake(remote);
    return HF_OK;
}

hf_code hf_remote_stats(hf_remote *remote, hf_store_stats *out)
{
    if (!remote || !out || out->size < sizeof(size_t)) return HF_BAD_ARGUMENT;
    if (is_closed(remote)) return HF_GONE;
    uint64_t *const members[STATS] = { &out->memory_bytes, &out->table_elements, &out->instances,  &out->tasks,
                                       &out->gc_bytes,     &out->gc_collections, &out->host_bytes, &out->host_calls };
    for (unsigned i = 0; i < STATS; i++) {
        const size_t end = (size_t)((uint8_t *)(members[i] + 1) - (uint8_t *)out);
        if (end <= out->size) *members[i] = atomic_load_explicit(&remote->stats[i], memory_order_relaxed);
    }
    return HF_OK;
}
