// Waits on a condition for the end or for the deadline, whichever comes first. A guest that computes or waits is interrupted. One
// that sits in a host call which cannot be interrupted (a read of a regular pipe, say) does not come back: for it the
// process ends here, a moment later.
#include "cli/timer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

enum { GRACE_NS = 300 * 1000 * 1000 };

struct timer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    hf_remote *remote;
    struct timespec deadline;
    bool stopped, fired;
};

static void add(struct timespec *at, uint64_t ns)
{
    at->tv_sec += (time_t)(ns / UINT64_C(1000000000));
    at->tv_nsec += (long)(ns % UINT64_C(1000000000));
    if (at->tv_nsec >= 1000000000) at->tv_sec++, at->tv_nsec -= 1000000000;
}

// True: stopped before the deadline. The lock is held.
static bool wait_stopped(struct timer *timer)
{
    int error = 0;
    while (!timer->stopped && !error) error = pthread_cond_timedwait(&timer->changed, &timer->lock, &timer->deadline);
    return timer->stopped;
}

static void *run(void *ctx)
{
    struct timer *const timer = ctx;
    pthread_mutex_lock(&timer->lock);
    if (!wait_stopped(timer)) {
        timer->fired = true;
        hf_remote_interrupt(timer->remote);
        hf_remote_wake(timer->remote);
        add(&timer->deadline, GRACE_NS);
        if (!wait_stopped(timer)) {
            static const char text[] = "holdfast: the time is over, and the guest waits in a host call\n";
            if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(EXIT_TRAP);
            _exit(EXIT_TRAP);
        }
    }
    pthread_mutex_unlock(&timer->lock);
    return NULL;
}

struct timer *timer_start(hf_store *store, uint64_t ns)
{
    struct timer *const timer = calloc(1, sizeof *timer);
    pthread_condattr_t attributes;
    if (!timer || !(timer->remote = hf_store_remote(store))) {
        complain("out of memory");
        free(timer);
        return NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, &timer->deadline);
    add(&timer->deadline, ns);
    pthread_mutex_init(&timer->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&timer->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&timer->thread, NULL, run, timer)) {
        complain("--timeout: no thread can be made");
        hf_remote_unref(timer->remote);
        free(timer);
        return NULL;
    }
    return timer;
}

bool timer_stop(struct timer *timer)
{
    if (!timer) return false;
    pthread_mutex_lock(&timer->lock);
    timer->stopped = true;
    pthread_cond_signal(&timer->changed);
    pthread_mutex_unlock(&timer->lock);
    pthread_join(timer->thread, NULL);
    const bool fired = timer->fired;
    pthread_cond_destroy(&timer->changed);
    pthread_mutex_destroy(&timer->lock);
    hf_remote_unref(timer->remote);
    free(timer);
    return fired;
}
