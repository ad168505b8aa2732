#include "sys/loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

enum { FEW = 32 };

int64_t hf_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int loop_event_new(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void loop_event_free(int event)
{
    if (event >= 0) close(event);
}

void loop_event_signal(int event)
{
    const uint64_t one = 1;
    while (write(event, &one, sizeof one) < 0 && errno == EINTR) {}
}

void loop_event_clear(int event)
{
    uint64_t count;
    while (read(event, &count, sizeof count) < 0 && errno == EINTR) {}
}

static short poll_events(uint32_t events)
{
    int out = 0;
    if (events & HF_WATCH_READ) out |= POLLIN;
    if (events & HF_WATCH_WRITE) out |= POLLOUT;
    return (short)out;
}

static uint32_t watch_events(short events)
{
    uint32_t out = 0;
    if (events & POLLIN) out |= HF_WATCH_READ;
    if (events & POLLOUT) out |= HF_WATCH_WRITE;
    if (events & POLLHUP) out |= HF_WATCH_HANGUP;
    if (events & (POLLERR | POLLNVAL)) out |= HF_WATCH_ERROR;
    return out;
}

hf_code loop_poll(int event, hf_watch *watches, size_t count, int64_t deadline_ns, const hf_allocator *heap,
                  hf_status *status)
{
    struct pollfd few[FEW];
    struct pollfd *fds = few;
    if (count >= FEW) {
        fds = mem_zalloc_array(heap, count + 1, sizeof *fds);
        if (!fds) return fail_oom(status);
    }
    for (size_t i = 0; i < count; i++) fds[i] = (struct pollfd){ watches[i].fd, poll_events(watches[i].events), 0 };
    fds[count] = (struct pollfd){ event, POLLIN, 0 };

    struct timespec span;
    struct timespec *timeout = NULL;
    if (deadline_ns != INT64_MAX) {
        const int64_t now = hf_now_ns();
        const int64_t left = deadline_ns > now ? deadline_ns - now : 0;
        span.tv_sec = left / 1000000000;
        span.tv_nsec = left % 1000000000;
        timeout = &span;
    }
    const int n = ppoll(fds, (nfds_t)count + 1, timeout, NULL);
    const int error = n < 0 ? errno : 0;
    for (size_t i = 0; i < count; i++) watches[i].ready = n > 0 ? watch_events(fds[i].revents) : 0;
    if (n > 0 && fds[count].revents && event >= 0) loop_event_clear(event);
    if (fds != few) mem_free(heap, fds, (count + 1) * sizeof *fds);
    // An interrupted wait is a wait that ended early: the caller looks again.
    return error && error != EINTR ? fail_errno(status, error, "ppoll") : HF_OK;
}

struct builtin {
    hf_loop loop;
    int event;
};

static hf_code builtin_wait(void *ctx, hf_watch *watches, size_t count, int64_t deadline_ns, hf_status *status)
{
    const struct builtin *builtin = ctx;
    return loop_poll(builtin->event, watches, count, deadline_ns, &alloc_libc, status);
}

static void builtin_wake(void *ctx)
{
    const struct builtin *builtin = ctx;
    loop_event_signal(builtin->event);
}

hf_loop *hf_loop_new(hf_status *status)
{
    struct builtin *builtin = MEM_NEW(&alloc_libc, struct builtin);
    if (!builtin) {
        fail_oom(status);
        return NULL;
    }
    builtin->event = loop_event_new();
    if (builtin->event < 0) {
        fail_errno(status, errno, "eventfd");
        MEM_FREE(&alloc_libc, builtin);
        return NULL;
    }
    builtin->loop = (hf_loop){ sizeof(hf_loop), builtin, builtin_wait, builtin_wake };
    return &builtin->loop;
}

void hf_loop_free(hf_loop *loop)
{
    if (!loop) return;
    struct builtin *builtin = (struct builtin *)loop; // its first member
    loop_event_free(builtin->event);
    MEM_FREE(&alloc_libc, builtin);
}
