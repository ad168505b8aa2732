// A host call in flight.
//
//                 fn returns                      answered: values, trap, or finish() returns
//   CALL_RUNS ──────────────► CALL_WAITS ────────────────────────────────────────────────► CALL_SETTLED ──resume──► CALL_ENDED
//       │        HF_PENDING     ▲    │ finish or after() returns HF_PENDING
//       │                       └────┘
//       ├── HF_PENDING after hf_call_then: CALL_CALLS until the guest function has ended, then as if answered
//       └── fn returns anything else: ended at once
//
// Around the function stand its hooks, level 0 the outermost. hf_call_next from level i pushes {after, env} as frame i and runs level
// i + 1; so the level that runs is the number of frames. An answer arrives at the innermost level and unwinds frames from there.
//
// Answering from other threads. `completion` decides who answers:
//
//   OPEN ──hf_call_complete*──► CLAIMED ──owner delivers──► TAKEN ──finisher returned HF_PENDING, hf_call_reopen,──► OPEN
//     │                                                       │     hf_call_next runs the function anew
//     └────────────────── owner ends the call ────────────────┴──► CLOSED      (CLAIMED stays: its mail is thrown away)
//
// OPEN becomes TAKEN too when the call settles without mail (a deadline, a hook that answered).
//
// Who claimed fills in the answer and pushes the call itself into the store's inbox, with a reference of its own; the owner thread
// delivers in the inbox's order.
#ifndef RUNTIME_CALL_H
#define RUNTIME_CALL_H

#include <holdfast/call.h>

#include "base/arena.h"
#include "runtime/host.h"
#include "runtime/remote.h"
#include "runtime/task.h"

enum call_state { CALL_RUNS, CALL_WAITS, CALL_CALLS, CALL_SETTLED, CALL_ENDED };
enum completion { COMPLETION_OPEN, COMPLETION_CLAIMED, COMPLETION_TAKEN, COMPLETION_CLOSED };
enum answer { ANSWER_VALUES, ANSWER_TRAP, ANSWER_FINISH, ANSWER_TYPED };

enum { CALL_SLOTS = 8, CALL_FRAMES = 4, CALL_VALUES = 2 };

struct hook_frame {
    hf_host_fn after;
    void *env;
};

// Guest memory that the host function wrote.
struct written {
    uint64_t at, size;
};

struct waiter;

struct hf_call {
    struct mail mail; // first: the inbox holds calls by it
    atomic_uint refs;
    _Atomic uint32_t completion; // enum completion
    // The answer: written by who claimed, read by the owner after it arrived.
    enum answer answer;
    size_t value_count;
    hf_val *values;
    hf_val few_values[CALL_VALUES];
    char *message;
    void *typed; // hf_value_new
    hf_host_fn finish;
    void *finish_env;

    // The owner's.
    enum call_state state;
    bool pinned;  // holds references on remote and host, because another thread may
    bool linked;  // among the store's live calls
    bool touched; // more than arguments and results were used: its end has to look at everything
    struct hf_remote *remote;
    struct hf_store *store;
    struct hf_call *prev, *next; // live calls of the store
    struct activation *act;
    struct instance *caller;
    struct host_func *host; // NULL: memory.atomic.wait
    const struct func_type *type;
    union slot *slots;   // arguments, in the guest's frame
    union slot *results; // few_results, or in the arena
    void *args, *result; // behind a border: typed values in the host's layout; the border's
    void *crossing;      // the border's own, in the arena
    bool answered;       // by the border itself: the function does not run
    uint64_t sequence;
    hf_code outcome;
    uint32_t depth; // hook frames
    struct hook_frame *frames;
    uint64_t bytes; // read, written and allocated, against max_call_bytes
    struct written *written;
    size_t written_count, written_cap;
    bool awaits;
    hf_watch *watches;
    size_t watch_count;
    int64_t deadline;
    hf_host_fn await_finish;
    void *await_env;
    struct hf_call *next_awaiting;
    struct waiter *waiter;
    // The guest function that it goes on to (0: none), what is done afterwards, its arguments and then its results.
    gref then_func;
    const struct func_type *then_type;
    hf_host_fn then_after;
    void *then_env;
    union slot *then_slots; // few_then, or in the arena
    void *user;
    void (*free_user)(void *user);
    bool has_arena;
    struct arena arena;
    union slot few_results[CALL_SLOTS], few_then[CALL_SLOTS];
    struct hook_frame few_frames[CALL_FRAMES];
};

// Takes a blank call, linked to the store; NULL without memory.
struct hf_call *call_new(struct activation *act, struct instance *caller, struct host_func *host, union slot *slots);
// As hf_call_alloc, but not zeroed.
void *call_place(void *call, size_t size);
// Bytes that it may still be given.
uint64_t call_room(const struct hf_call *call);
// Ends it: user data freed, completions refused, the owner's reference given back.
void call_end(struct hf_call *call);
// The guest waits from now on, for an answer or for the guest function that the call goes on to.
void call_wait(struct hf_call *call);
// hf_call_then with the function's slots as they are.
hf_code call_then(struct hf_call *call, gref func, const union slot *args, hf_host_fn after, void *env);
// The guest function has ended, or could not be entered: goes on with what was to be done afterwards.
void call_went_on(struct hf_call *call, hf_code code);
// Delivers answers that have arrived, in order: to `only`, or to all that wait. Returns how many.
unsigned calls_deliver(struct hf_store *store, struct hf_call *only);
// Runs finishers of calls whose descriptors are ready or whose deadline has passed (now). `polled`: watches hold fresh `ready` bits.
unsigned calls_expire(struct hf_store *store, struct hf_call *only, int64_t now);
// Writes results to the guest and says how to go on; ends the call.
enum run call_finish(struct hf_call *call);
void call_unawait(struct hf_call *call);
// Claims the right to answer: HF_OK, HF_EXISTS, HF_GONE.
hf_code call_claim(struct hf_call *call);
// Sends what was claimed and filled in.
hf_code call_post(struct hf_call *call);
void calls_close(struct hf_store *store, struct mail *late);
void host_funcs_free(struct hf_store *store);

// What a host function's code means to a tier; fills act->status where the host did not.
enum run run_of(struct activation *act, const struct host_func *host, hf_code code);

#endif
