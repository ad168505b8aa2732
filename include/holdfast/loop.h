/* How a thread waits: a small table of functions. The built-in one (ppoll and eventfd) needs libc only. Loops belong to
 * threads, not to stores: a store that moves takes no loop along. */
#ifndef HOLDFAST_LOOP_H
#define HOLDFAST_LOOP_H

#include <holdfast/status.h>

HF_BEGIN

enum { HF_WATCH_READ = 1, HF_WATCH_WRITE = 2, HF_WATCH_HANGUP = 4, HF_WATCH_ERROR = 8 };

typedef struct hf_watch {
    int fd;
    uint32_t events; /* HF_WATCH_*: wanted */
    uint32_t ready;  /* HF_WATCH_*: found */
} hf_watch;

typedef struct hf_loop {
    size_t size; /* sizeof(hf_loop) */
    void *ctx;
    /* Blocks until a watch is ready, `wake` was called, or the deadline (monotonic ns; INT64_MAX: none) has passed.
     * Sets `ready` of the watches. Owner thread. */
    hf_code (*wait)(void *ctx, hf_watch *watches, size_t count, int64_t deadline_ns, hf_status *status);
    /* Any thread: makes a present or the next `wait` return. */
    void (*wake)(void *ctx);
} hf_loop;

/* A built-in loop; NULL: out of descriptors or memory. */
HF_API hf_loop *hf_loop_new(hf_status *status);
HF_API void hf_loop_free(hf_loop *loop);
/* The monotonic clock of deadlines, in nanoseconds. */
HF_API int64_t hf_now_ns(void);

HF_END

#endif
