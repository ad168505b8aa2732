// A store's outside: what other threads may touch. It is counted and may outlive the store.
//
//   inbox: a stack of mails, newest first, pushed by any thread and taken whole by the owner, who turns it round, so that mails
//   are seen in the order in which they were pushed. MAIL_CLOSED in its place says that the store has ended.
#ifndef RUNTIME_REMOTE_H
#define RUNTIME_REMOTE_H

#include <holdfast/store.h>

#include "runtime/tier.h"
#include "sys/thread.h"

struct mail {
    struct mail *next;
};

enum stat {
    STAT_MEMORY,
    STAT_TABLE,
    STAT_INSTANCES,
    STAT_TASKS,
    STAT_GC,
    STAT_COLLECTIONS,
    STAT_HOST,
    STAT_CALLS,
    STATS
};

struct hf_remote {
    atomic_uint refs;
    struct hf_engine *engine;
    struct run_control control;
    _Atomic uint64_t fuel_mail;
    _Atomic(struct mail *) inbox;
    _Atomic bool woken;   // hf_remote_wake was called since the owner last looked
    _Atomic bool asleep;  // the owner waits, or an embedder does in its place: signal `event`
    _Atomic int event;    // made by the owner when it first waits; -1
    _Atomic bool foreign; // `loop` is set
    struct mutex mutex;   // over `loop`
    const hf_loop *loop;
    _Atomic uint64_t stats[STATS];
};

struct hf_remote *remote_new(struct hf_engine *engine, hf_status *status);
// False when the store has ended: the mail is not taken.
bool remote_push(struct hf_remote *remote, struct mail *mail);
// All mails, oldest first. Owner thread.
struct mail *remote_take(struct hf_remote *remote);
// The store ends: what was in the inbox, oldest first.
struct mail *remote_close(struct hf_remote *remote);
void remote_wake(struct hf_remote *remote);
// The event descriptor; -1 when the system has none. Owner thread.
int remote_event(struct hf_remote *remote);

static inline void stat_set(struct hf_remote *remote, enum stat stat, uint64_t value)
{
    atomic_store_explicit(&remote->stats[stat], value, memory_order_relaxed);
}

#endif
