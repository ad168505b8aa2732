// Reading and writing: files at their positions, streams and sockets when they are ready.
#include <holdfast/loop.h>

#include "sys/stream.h"
#include "wasi/guest.h"

// A call that would have to wait: the guest asked not to, or it waits.
static hf_code would_wait(hf_call *call, const struct desc *desc, uint32_t events, const struct row *row)
{
    const struct fs_node *node = desc->node;
    const int fd = node->ops->watch ? node->ops->watch(desc->node) : -1;
    if ((desc->flags & FDFLAG_NONBLOCK) || fd < 0) return give(call, WASI_AGAIN);
    return guest_wait(call, fd, events, row);
}

// Reads what is there into the guest's places. A file is read until they are full or it ends, a stream once.
static uint16_t read_some(hf_call *call, hf_wasi *wasi, struct fs_node *node, const struct iovecs *to, uint64_t offset,
                          size_t *out)
{
    uint8_t *scratch = wasi_scratch(wasi);
    size_t total = 0;
    if (!scratch) return WASI_NOMEM;
    if (!node->ops->read) return WASI_BADF;
    *out = 0;
    if (to->total == 0) return 0; // nothing is wanted, so nothing is waited for
    do {
        const size_t left = to->total - total;
        const size_t size = left < SCRATCH_BYTES ? left : SCRATCH_BYTES;
        size_t done = 0;
        uint16_t error = node->ops->read(node, scratch, size, offset + total, &done);
        if (!error) error = guest_scatter(call, to, total, scratch, done);
        if (error && total == 0) return error;
        if (error || done == 0) break;
        total += done;
        if (done < size) break;
    } while (node->seekable && total < to->total);
    *out = total;
    return 0;
}

static uint16_t write_some(hf_call *call, struct fs_node *node, const struct iovecs *from, uint64_t offset, bool append,
                           size_t *out)
{
    size_t total = 0;
    if (!node->ops->write) return WASI_BADF;
    *out = 0;
    if (from->total == 0) return 0;
    do {
        struct sys_slice slices[SYS_SLICES];
        size_t count, done = 0;
        uint16_t error = guest_gather(call, from, total, slices, &count);
        if (!error) error = node->ops->write(node, slices, count, offset + total, append, &done);
        if (error && total == 0) return error;
        if (error || done == 0) break;
        total += done;
    } while (total < from->total);
    *out = total;
    return 0;
}

static hf_code read_call(hf_call *call, hf_wasi *wasi, const struct row *row, bool positioned)
{
    struct desc *desc;
    struct iovecs to;
    size_t done = 0;
    const uint64_t rights = positioned ? RIGHT_FD_READ | RIGHT_FD_SEEK : RIGHT_FD_READ;
    uint16_t error = desc_get(wasi, arg_u32(call, 0), rights, &desc);
    if (!error && positioned && !desc->node->seekable) error = WASI_SPIPE;
    if (!error) error = guest_iovecs(call, arg_u32(call, 1), arg_u32(call, 2), &to);
    if (!error) error = read_some(call, wasi, desc->node, &to, positioned ? arg_u64(call, 3) : desc->offset, &done);
    if (error == WASI_AGAIN) return would_wait(call, desc, HF_WATCH_READ, row);
    if (error) return give(call, error);
    if (!positioned && desc->node->seekable) desc->offset += done;
    return give(call, guest_write_u32(call, arg_u32(call, positioned ? 4 : 3), (uint32_t)done));
}

static hf_code write_call(hf_call *call, hf_wasi *wasi, const struct row *row, bool positioned)
{
    struct desc *desc;
    struct iovecs from;
    struct sys_stat stat;
    size_t done = 0;
    const uint64_t rights = positioned ? RIGHT_FD_WRITE | RIGHT_FD_SEEK : RIGHT_FD_WRITE;
    uint16_t error = desc_get(wasi, arg_u32(call, 0), rights, &desc);
    if (!error && positioned && !desc->node->seekable) error = WASI_SPIPE;
    if (!error) error = guest_iovecs(call, arg_u32(call, 1), arg_u32(call, 2), &from);
    const bool append = !error && (desc->flags & FDFLAG_APPEND);
    if (!error) {
        error = write_some(call, desc->node, &from, positioned ? arg_u64(call, 3) : desc->offset, append, &done);
    }
    if (error == WASI_AGAIN) return would_wait(call, desc, HF_WATCH_WRITE, row);
    if (error) return give(call, error);
    if (!positioned && desc->node->seekable) {
        desc->offset += done;
        if (append && desc->node->ops->stat(desc->node, &stat) == 0) desc->offset = stat.size;
    }
    return give(call, guest_write_u32(call, arg_u32(call, positioned ? 4 : 3), (uint32_t)done));
}

hf_code wasi_fd_read(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    return read_call(call, wasi, row, false);
}

hf_code wasi_fd_pread(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    return read_call(call, wasi, row, true);
}

hf_code wasi_fd_write(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    return write_call(call, wasi, row, false);
}

hf_code wasi_fd_pwrite(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    return write_call(call, wasi, row, true);
}

// -- sockets --

// The descriptor in the first argument. What is no socket says so before anything is said of rights.
static uint16_t socket_of(hf_call *call, hf_wasi *wasi, uint64_t rights, struct desc **out)
{
    uint16_t error = desc_get(wasi, arg_u32(call, 0), 0, out);
    if (!error && !(*out)->node->ops->recv) error = WASI_NOTSOCK;
    return error ? error : desc_get(wasi, arg_u32(call, 0), rights, out);
}

hf_code wasi_sock_accept(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    struct desc *desc;
    struct fs_node *node;
    uint32_t fd;
    const uint32_t flags = arg_u32(call, 1);
    uint16_t error = socket_of(call, wasi, RIGHT_SOCK_ACCEPT, &desc);
    if (!error && (flags & ~(uint32_t)FDFLAG_NONBLOCK)) error = WASI_INVAL;
    if (!error) error = desc->node->ops->accept(desc->node, &node);
    if (error == WASI_AGAIN) return would_wait(call, desc, HF_WATCH_READ, row);
    if (!error) error = desc_add(wasi, node, desc->inheriting, 0, (uint16_t)flags, &fd);
    if (error) return give(call, error);
    error = guest_write_u32(call, arg_u32(call, 2), fd);
    if (error) (void)desc_close(wasi, fd);
    return give(call, error);
}

// What has come so far for a call that wants everything.
struct receiving {
    size_t done;
    bool kept; // lives until the call ends
};

static hf_code receive(hf_call *call, hf_wasi *wasi, struct receiving *state);

static hf_code receive_more(hf_call *call, void *env)
{
    struct receiving *state = env;
    hf_wasi *wasi = hf_store_wasi(hf_call_store(call));
    return wasi ? receive(call, wasi, state) : hf_call_trap(call, "sock_recv: the store has no WASI context");
}

static hf_code receive(hf_call *call, hf_wasi *wasi, struct receiving *state)
{
    struct desc *desc;
    struct iovecs to;
    bool truncated = false;
    const uint32_t flags = arg_u32(call, 3);
    uint8_t *scratch = wasi_scratch(wasi);
    uint16_t error = socket_of(call, wasi, RIGHT_FD_READ, &desc);
    if (!error && (flags & ~(uint32_t)(RI_PEEK | RI_WAITALL))) error = WASI_INVAL;
    if (!error) error = guest_iovecs(call, arg_u32(call, 1), arg_u32(call, 2), &to);
    if (!error && !scratch) error = WASI_NOMEM;
    if (error) return give(call, error);

    // A datagram is one, and what is only looked at stays: neither can be waited for in parts.
    const bool all = (flags & RI_WAITALL) && !(flags & RI_PEEK) && desc->node->type == SYS_FILE_STREAM_SOCKET;
    for (bool more = true; more;) {
        const size_t left = to.total - state->done;
        const size_t size = left < SCRATCH_BYTES ? left : SCRATCH_BYTES;
        size_t got = 0;
        error = desc->node->ops->recv(desc->node, scratch, size, flags & RI_PEEK, &got, &truncated);
        if (!error) error = guest_scatter(call, &to, state->done, scratch, got);
        if (!error) state->done += got;
        more = !error && all && got > 0 && state->done < to.total;
    }
    if (error == WASI_AGAIN && (state->done == 0 || all) && !(desc->flags & FDFLAG_NONBLOCK)) {
        const hf_watch watch = { .fd = desc->node->ops->watch(desc->node), .events = HF_WATCH_READ };
        struct receiving *kept = state->kept ? state : hf_call_alloc(call, sizeof *kept);
        if (!kept) return give(call, WASI_NOMEM);
        *kept = (struct receiving){ state->done, true };
        return guest_awaited(call, hf_call_await(call, &watch, 1, INT64_MAX, receive_more, kept));
    }
    if (error && state->done == 0) return give(call, error);
    error = guest_write_u32(call, arg_u32(call, 4), (uint32_t)state->done);
    if (!error) error = guest_write_u16(call, arg_u32(call, 5), truncated ? RO_TRUNCATED : 0);
    return give(call, error);
}

hf_code wasi_sock_recv(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct receiving state = { 0, false };
    return receive(call, wasi, &state);
}

hf_code wasi_sock_send(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    struct desc *desc;
    struct iovecs from;
    size_t done = 0;
    uint16_t error = socket_of(call, wasi, RIGHT_FD_WRITE, &desc);
    if (!error && arg_u32(call, 3) != 0) error = WASI_INVAL; // there are no flags
    if (!error) error = guest_iovecs(call, arg_u32(call, 1), arg_u32(call, 2), &from);
    if (!error) error = write_some(call, desc->node, &from, 0, false, &done);
    if (error == WASI_AGAIN) return would_wait(call, desc, HF_WATCH_WRITE, row);
    return give(call, error ? error : guest_write_u32(call, arg_u32(call, 4), (uint32_t)done));
}

hf_code wasi_sock_shutdown(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    const uint32_t how = arg_u32(call, 1);
    uint16_t error = socket_of(call, wasi, RIGHT_SOCK_SHUTDOWN, &desc);
    if (!error && (how == 0 || how > (SYS_SHUT_READ | SYS_SHUT_WRITE))) error = WASI_INVAL;
    if (!error) error = desc->node->ops->shutdown(desc->node, how);
    return give(call, error);
}
