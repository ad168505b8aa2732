#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "sys/clock.h"

static const clockid_t clocks[] = {
    [SYS_CLOCK_REALTIME] = CLOCK_REALTIME,
    [SYS_CLOCK_MONOTONIC] = CLOCK_MONOTONIC,
    [SYS_CLOCK_PROCESS] = CLOCK_PROCESS_CPUTIME_ID,
    [SYS_CLOCK_THREAD] = CLOCK_THREAD_CPUTIME_ID,
};

static uint64_t nanoseconds(struct timespec t)
{
    return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

int sys_clock_now(enum sys_clock id, uint64_t *ns)
{
    struct timespec t;
    if (clock_gettime(clocks[id], &t) < 0) return errno;
    *ns = nanoseconds(t);
    return 0;
}

int sys_clock_resolution(enum sys_clock id, uint64_t *ns)
{
    struct timespec t;
    if (clock_getres(clocks[id], &t) < 0) return errno;
    *ns = nanoseconds(t);
    return 0;
}

int sys_random(void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        const ssize_t n = getrandom(at, size, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}
