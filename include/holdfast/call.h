/* One host call in flight: what a host function is given, and what a hook sees.
 *
 * A host function reads its arguments, sets its results and returns HF_OK; or fails the guest with hf_call_trap,
 * hf_call_throw or hf_call_exit and returns their code; or returns HF_PENDING, after which the guest stays frozen until
 * hf_call_complete* is called, from any thread. A function decides that per call.
 *
 * A hook (hf_linker_wrap) sits around: it calls hf_call_next to go on to what it wraps, zero, one or several times. */
#ifndef HOLDFAST_CALL_H
#define HOLDFAST_CALL_H

#include <holdfast/loop.h>
#include <holdfast/task.h>

HF_BEGIN

typedef struct hf_call hf_call;
typedef struct hf_func_desc hf_func_desc;

/* Returns HF_OK (results set), HF_PENDING, or what hf_call_trap, hf_call_throw, hf_call_exit or hf_call_next returned. */
typedef hf_code (*hf_host_fn)(hf_call *call, void *env);

/* -- identity (owner thread) -- */
HF_API const hf_func_desc *hf_call_func(const hf_call *call); /* lives as long as the pre-instance */
HF_API hf_store *hf_call_store(const hf_call *call);
HF_API hf_task *hf_call_task(const hf_call *call);
HF_API uint64_t hf_call_sequence(const hf_call *call);    /* of the host calls of the store, from 1 */
HF_API hf_instance hf_call_instance(const hf_call *call); /* the caller */

/* -- arguments and results (owner thread) -- */
HF_API size_t hf_call_arg_count(const hf_call *call);
HF_API hf_val hf_call_arg(const hf_call *call, size_t i); /* type 0 when there is no i-th */
HF_API int32_t hf_call_arg_i32(const hf_call *call, size_t i);
HF_API int64_t hf_call_arg_i64(const hf_call *call, size_t i);
HF_API hf_code hf_call_set_arg(hf_call *call, size_t i, hf_val value);
HF_API size_t hf_call_result_count(const hf_call *call);
HF_API hf_val hf_call_result(const hf_call *call, size_t i);
HF_API hf_code hf_call_set_result(hf_call *call, size_t i, hf_val value);
HF_API hf_code hf_call_return_i32(hf_call *call, int32_t value); /* sets result 0 and returns HF_OK */
/* Zeroed memory that lives until the call ends; counted against max_call_bytes; NULL. */
HF_API void *hf_call_alloc(hf_call *call, size_t size);

/* -- arguments and result of a component's function (hf_func_desc.wit), in the host's layout (<holdfast/witype.h>); owner thread.
 *    Both live as long as the call; what a result points to is to live as long, too: take it from hf_call_alloc. A hook may
 *    change what it likes, but for handles. -- */
/* A struct of type wit->params, aligned; NULL: there are none, or it is a core function. */
HF_API void *hf_call_args(const hf_call *call);
/* Zeroed, of type wit->result; NULL: there is none. */
HF_API void *hf_call_result_at(const hf_call *call);

/* -- the caller's memory (owner thread): its exported "memory", else its memory 0. HF_OUT_OF_BOUNDS, HF_LIMIT. What is written
 *    is seen by hooks and is part of hf_call_encode_results. -- */
HF_API hf_code hf_call_read(hf_call *call, uint64_t at, void *out, size_t size);
HF_API hf_code hf_call_write(hf_call *call, uint64_t at, const void *data, size_t size);
/* A borrowed view for reading, until the guest runs; NULL data when out of bounds. */
HF_API hf_bytes hf_call_view(hf_call *call, uint64_t at, uint64_t size);
/* A borrowed view to write into, reported as written; NULL when out of bounds. */
HF_API uint8_t *hf_call_view_mut(hf_call *call, uint64_t at, uint64_t size);
HF_API uint64_t hf_call_memory_size(hf_call *call);

/* -- other ways to end (owner thread, inside the function or a finisher) -- */
HF_API hf_code hf_call_trap(hf_call *call, const char *fmt, ...) HF_PRINTF(2, 3);
HF_API hf_code hf_call_fail(hf_call *call,
                            const hf_status *status); /* ends with this status, also a trap of any kind */
HF_API hf_code hf_call_throw(hf_call *call, hf_ref exception);
HF_API hf_code hf_call_exit(hf_call *call, int32_t exit_code);

/* -- going on to the guest (owner thread, where the call runs) -- */
/* Goes on to a function of the guest: return its code. HF_PENDING: when the function has ended, `after` runs, with
 * hf_call_outcome saying how and hf_call_then_results giving its results; it returns like a host function and may go on to a function
 * again. Unlike hf_func_call inside a host function this leaves no host frame on the native stack, so that the guest function may wait.
 * Where it cannot be entered `after` is told so (HF_BUSY, HF_TRAPPED: call stack exhausted). Otherwise HF_WRONG_TYPE, HF_STALE, ... */
HF_API hf_code hf_call_then(hf_call *call, hf_func func, const hf_val *args, size_t count, hf_host_fn after, void *env);
/* Inside `after`: the results of the function. HF_WRONG_TYPE: another count, or it has none because it failed. */
HF_API hf_code hf_call_then_results(hf_call *call, hf_val *out, size_t count);

/* -- hooks -- */
/* Goes on to what is wrapped. `after` (may be NULL) runs when that has its results, at once or later, on the owner thread;
 * it returns like a host function, and may call hf_call_next again. Returns HF_PENDING when the inner one waits. */
HF_API hf_code hf_call_next(hf_call *call, hf_host_fn after, void *env);
/* How the inner one ended, inside `after`: HF_OK, HF_TRAPPED, HF_EXCEPTION, HF_EXITED. To replace it by success set the
 * results and return HF_OK. To pass it on return it. */
HF_API hf_code hf_call_outcome(const hf_call *call, hf_status *out);
/* Identity of the call's arguments, with the guest memory they point to, in the canonical encoding
 * (docs/EMBEDDING.md). Writes at most `max` bytes, *size says how many there are. HF_UNSUPPORTED: an opaque function. */
HF_API hf_code hf_call_encode_args(hf_call *call, uint8_t *out, size_t max, size_t *size);
/* Outcome, results, and what was written into guest memory. */
HF_API hf_code hf_call_encode_results(hf_call *call, uint8_t *out, size_t max, size_t *size);
/* Ends the call from such bytes: memory, results, or the recorded trap, exit or exception. HF_MALFORMED. */
HF_API hf_code hf_call_complete_encoded(hf_call *call, const uint8_t *bytes, size_t size);

/* -- answering later -- */
/* A call is counted; hold it before another thread gets it. Release from any thread. */
HF_API hf_call *hf_call_hold(hf_call *call);
HF_API void hf_call_release(hf_call *call);
/* Any thread, after HF_PENDING was or will be returned: results are copied to the mailbox and the owner is woken.
 * HF_GONE: store, task or call has ended; HF_EXISTS: it was completed before; HF_WRONG_TYPE: count or types. References are not
 * allowed here: use hf_call_complete_with. */
HF_API hf_code hf_call_complete(hf_call *call, const hf_val *results, size_t count);
/* The same for a component's function: the result, a value of type wit->result, is copied; NULL: there is none. HF_WRONG_TYPE;
 * HF_BAD_ARGUMENT: it is no value of that type. */
HF_API hf_code hf_call_complete_typed(hf_call *call, const void *result);
/* Any thread: the guest traps with this message. */
HF_API hf_code hf_call_complete_trap(hf_call *call, const char *message);
/* Any thread: `finish` runs on the owner thread at delivery, with the call, as if the host function went on there: it may
 * touch guest memory, and may return HF_PENDING again, which opens the call for one more completion. */
HF_API hf_code hf_call_complete_with(hf_call *call, hf_host_fn finish, void *env);
/* Owner thread, inside a finisher or an `after` that will return HF_PENDING: opens the call for one more completion
 * already now, so that it may be given away before the function returns. HF_BAD_ARGUMENT: it is not closed by one. */
HF_API hf_code hf_call_reopen(hf_call *call);
/* Owner thread, then return HF_PENDING: `finish` runs when a watch is ready (its `ready` is in hf_call_watches) or the
 * deadline (monotonic ns, INT64_MAX: none) has passed. Watches are copied. */
HF_API hf_code hf_call_await(hf_call *call, const hf_watch *watches, size_t count, int64_t deadline_ns,
                             hf_host_fn finish, void *env);
HF_API const hf_watch *hf_call_watches(const hf_call *call, size_t *count);
/* `free_fn(user)` runs when the call ends, however it ends (also cancelled). */
HF_API void hf_call_set_user(hf_call *call, void *user, void (*free_fn)(void *user));
HF_API void *hf_call_user(const hf_call *call);

HF_END

#endif
