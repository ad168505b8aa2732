// poll_oneoff: the first of several clocks and descriptors. It looks at all of them once; if nothing is ready, the call
// waits in the store's loop, for the descriptors and the earliest deadline, and looks again.
#include "base/ckd.h"
#include "sys/clock.h"
#include "sys/stream.h"
#include "wasi/guest.h"

enum { EVENT_BYTES = 32 };

struct subscription {
    uint64_t userdata;
    uint64_t timeout; // of an absolute time: which; then on the clock `clock`
    int64_t deadline; // on the host's monotonic clock
    uint32_t fd, clock;
    uint16_t error; // it cannot be waited for
    uint8_t type;
    bool absolute;
};

struct poll {
    uint32_t count;
    size_t watch_count;
    hf_watch *watches;
    struct subscription subs[];
};

static int64_t monotonic_now(void)
{
    uint64_t ns = 0;
    (void)sys_clock_now(SYS_CLOCK_MONOTONIC, &ns);
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static int64_t after(int64_t now, uint64_t ns)
{
    int64_t at;
    return ns > INT64_MAX || ckd_add(&at, now, (int64_t)ns) ? INT64_MAX : at;
}

// When the guest's clock will show that time, as far as can be said now.
static uint16_t deadline_of(hf_wasi *wasi, struct subscription *sub, int64_t now)
{
    uint64_t ns = sub->timeout;
    if (sub->absolute) {
        uint64_t there;
        const uint16_t error = wasi_now(wasi, sub->clock, &there);
        if (error) return error;
        ns = ns > there ? ns - there : 0;
    }
    sub->deadline = after(now, ns);
    return 0;
}

// subscription: u64 userdata, u8 tag, then by tag: clock {[u64 identifier,] u32 id, u64 timeout, u64 precision, u16 flags},
// or {u32 fd}. Only wasi_unstable has an identifier.
static uint16_t decode(hf_wasi *wasi, const uint8_t *bytes, bool unstable, int64_t now, struct subscription *out)
{
    const uint8_t *at = bytes + 16;
    out->userdata = get_u64(bytes);
    out->type = bytes[8];
    if (out->type > EVENT_FD_WRITE) return WASI_INVAL;
    if (out->type != EVENT_CLOCK) {
        out->fd = get_u32(at);
        return 0;
    }
    if (unstable) at += 8;
    out->clock = get_u32(at);
    out->timeout = get_u64(at + 8);
    const uint32_t flags = at[24] | (uint32_t)at[25] << 8;
    out->absolute = flags & SUBCLOCK_ABSTIME;
    if (flags & ~(uint32_t)SUBCLOCK_ABSTIME || out->clock >= CLOCK_IDS) {
        out->error = WASI_INVAL;
    } else if (out->clock > CLOCKID_MONOTONIC) {
        out->error = WASI_NOTSUP; // time that nobody spends while waiting
    } else {
        out->error = deadline_of(wasi, out, now);
    }
    return 0;
}

// event: u64 userdata, u16 error, u8 type, u64 nbytes, u16 flags
static uint16_t write_event(hf_call *call, const struct subscription *sub, uint32_t *count, uint16_t error,
                            uint64_t bytes, bool hangup)
{
    uint8_t event[EVENT_BYTES] = { 0 };
    put_u64(event, sub->userdata);
    put_u16(event + 8, error);
    event[10] = sub->type;
    put_u64(event + 16, bytes);
    put_u16(event + 24, hangup ? EVENT_HANGUP : 0);
    // No more events than subscriptions: the address stays in the array, or wraps past the end of memory and fails.
    return guest_write(call, arg_u32(call, 1) + EVENT_BYTES * (*count)++, event, sizeof event);
}

static uint16_t poll_desc(hf_wasi *wasi, const struct subscription *sub, struct desc **out)
{
    uint16_t error = desc_get(wasi, sub->fd, RIGHT_POLL_FD_READWRITE, out);
    if (error) return error;
    const uint64_t any = sub->type == EVENT_FD_READ ? RIGHT_FD_READ | RIGHT_SOCK_ACCEPT : RIGHT_FD_WRITE;
    return (*out)->rights & any ? 0 : WASI_NOTCAPABLE;
}

// Which descriptors of the host are to be looked at, each once.
static void collect_watches(hf_wasi *wasi, struct poll *poll)
{
    poll->watch_count = 0;
    for (uint32_t i = 0; i < poll->count; i++) {
        const struct subscription *sub = &poll->subs[i];
        struct desc *desc;
        if (sub->type == EVENT_CLOCK || poll_desc(wasi, sub, &desc) != 0) continue;
        const int fd = desc->node->ops->watch ? desc->node->ops->watch(desc->node) : -1;
        if (fd < 0) continue;
        if (desc->watch == 0) {
            poll->watches[poll->watch_count] = (hf_watch){ .fd = fd };
            desc->watch = (uint32_t)++poll->watch_count;
        }
        poll->watches[desc->watch - 1].events |= sub->type == EVENT_FD_READ ? HF_WATCH_READ : HF_WATCH_WRITE;
    }
    for (size_t i = 0; i < poll->watch_count; i++) {
        hf_watch *watch = &poll->watches[i];
        watch->ready = sys_stream_ready(watch->fd, watch->events);
    }
}

static uint16_t poll_descriptor(hf_call *call, hf_wasi *wasi, const struct poll *poll, const struct subscription *sub,
                                uint32_t *count)
{
    struct desc *desc;
    struct sys_stat stat;
    uint64_t bytes = 1;
    const uint16_t error = poll_desc(wasi, sub, &desc);
    if (error) return write_event(call, sub, count, error, 0, false);
    if (desc->watch == 0) {
        // Always ready.
        if (desc->node->seekable && sub->type == EVENT_FD_READ && desc->node->ops->stat(desc->node, &stat) == 0) {
            bytes = stat.size > desc->offset ? stat.size - desc->offset : 0;
        }
        return write_event(call, sub, count, 0, bytes, false);
    }
    const hf_watch *watch = &poll->watches[desc->watch - 1];
    const uint32_t wanted = sub->type == EVENT_FD_READ ? HF_WATCH_READ : HF_WATCH_WRITE;
    if (!(watch->ready & (wanted | HF_WATCH_HANGUP | HF_WATCH_ERROR))) return 0;
    if (sub->type == EVENT_FD_READ) bytes = sys_stream_readable(watch->fd);
    // What is still there can be read although the other end is gone, so that is said first.
    const bool hangup =
        (watch->ready & (HF_WATCH_HANGUP | HF_WATCH_ERROR)) && (sub->type == EVENT_FD_WRITE || bytes == 0);
    return write_event(call, sub, count, 0, bytes, hangup);
}

static uint16_t poll_clock(hf_call *call, hf_wasi *wasi, struct subscription *sub, int64_t now, uint32_t *count)
{
    if (!sub->error && sub->deadline > now) return 0;
    if (!sub->error && sub->absolute && !wasi->clock.now) {
        // The system's clock may have been set back meanwhile.
        sub->error = deadline_of(wasi, sub, now);
        if (!sub->error && sub->deadline > now) return 0;
    }
    return write_event(call, sub, count, sub->error, 0, false);
}

static hf_code poll_again(hf_call *call, void *env);

static hf_code poll_once(hf_call *call, hf_wasi *wasi, struct poll *poll)
{
    const int64_t now = monotonic_now();
    int64_t deadline = INT64_MAX;
    uint32_t count = 0;
    uint16_t error = 0;

    collect_watches(wasi, poll);
    for (uint32_t i = 0; i < poll->count && !error; i++) {
        struct subscription *sub = &poll->subs[i];
        error = sub->type == EVENT_CLOCK ? poll_clock(call, wasi, sub, now, &count)
                                         : poll_descriptor(call, wasi, poll, sub, &count);
        if (sub->type == EVENT_CLOCK && sub->deadline < deadline) deadline = sub->deadline;
    }
    for (uint32_t i = 0; i < poll->count; i++) {
        if (poll->subs[i].type != EVENT_CLOCK && poll->subs[i].fd < wasi->desc_count) {
            wasi->descs[poll->subs[i].fd].watch = 0;
        }
    }
    if (error) return give(call, error);
    if (count > 0) return give(call, guest_write_u32(call, arg_u32(call, 3), count));
    return guest_awaited(call, hf_call_await(call, poll->watches, poll->watch_count, deadline, poll_again, poll));
}

static hf_code poll_again(hf_call *call, void *env)
{
    hf_wasi *wasi = hf_store_wasi(hf_call_store(call));
    return wasi ? poll_once(call, wasi, env) : hf_call_trap(call, "poll_oneoff: the store has no WASI context");
}

hf_code wasi_poll_oneoff(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    const uint32_t count = arg_u32(call, 2);
    const size_t stride = row->unstable ? 56 : 48;
    const int64_t now = monotonic_now();
    size_t size;
    if (count == 0) return give(call, WASI_INVAL); // it would wait for ever
    if (ckd_mul(&size, (size_t)count, sizeof(struct subscription)) || ckd_add(&size, size, sizeof(struct poll))) {
        return give(call, WASI_NOMEM);
    }
    // The guest has to have that much memory before the host sets aside any.
    if (!hf_call_view(call, arg_u32(call, 0), count * (uint64_t)stride).data) return give(call, WASI_FAULT);
    struct poll *poll = hf_call_alloc(call, size);
    if (!poll) return give(call, WASI_NOMEM);
    poll->count = count;
    const size_t watches = count < wasi->max_descs ? count : wasi->max_descs; // each descriptor once
    poll->watches = hf_call_alloc(call, watches * sizeof *poll->watches);
    if (!poll->watches) return give(call, WASI_NOMEM);

    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[56];
        uint16_t error = guest_read(call, arg_u32(call, 0) + i * (uint32_t)stride, bytes, stride);
        if (!error) error = decode(wasi, bytes, row->unstable, now, &poll->subs[i]);
        if (error) return give(call, error);
    }
    return poll_once(call, wasi, poll);
}
