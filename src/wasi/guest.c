#include <string.h>

#include "base/utf8.h"
#include "wasi/guest.h"

hf_code guest_awaited(hf_call *call, hf_code code)
{
    if (code == HF_OK || code == HF_PENDING) return HF_PENDING;
    return hf_call_trap(call, "this call would have to wait, and cannot: %s", hf_code_name(code));
}

hf_code guest_wait(hf_call *call, int fd, uint32_t events, const struct row *row)
{
    const hf_watch watch = { .fd = fd, .events = events };
    return guest_awaited(call, hf_call_await(call, &watch, 1, INT64_MAX, wasi_dispatch, (void *)(uintptr_t)row));
}

static uint16_t guest_error(hf_code code)
{
    if (code == HF_OK) return 0;
    return code == HF_OUT_OF_BOUNDS ? WASI_FAULT : WASI_NOMEM;
}

uint16_t guest_read(hf_call *call, uint32_t at, void *out, size_t size)
{
    return guest_error(hf_call_read(call, at, out, size));
}

uint16_t guest_write(hf_call *call, uint32_t at, const void *data, size_t size)
{
    return guest_error(hf_call_write(call, at, data, size));
}

uint16_t guest_write_u16(hf_call *call, uint32_t at, uint16_t value)
{
    uint8_t bytes[2];
    put_u16(bytes, value);
    return guest_write(call, at, bytes, sizeof bytes);
}

uint16_t guest_write_u32(hf_call *call, uint32_t at, uint32_t value)
{
    uint8_t bytes[4];
    put_u32(bytes, value);
    return guest_write(call, at, bytes, sizeof bytes);
}

uint16_t guest_write_u64(hf_call *call, uint32_t at, uint64_t value)
{
    uint8_t bytes[8];
    put_u64(bytes, value);
    return guest_write(call, at, bytes, sizeof bytes);
}

uint16_t guest_path(hf_call *call, uint32_t at, uint32_t size, char out[PATH_BYTES + 1])
{
    if (size > PATH_BYTES) return WASI_NAMETOOLONG;
    const uint16_t error = guest_read(call, at, out, size);
    if (error) return error;
    out[size] = 0;
    if (memchr(out, 0, size)) return WASI_INVAL;
    return utf8_valid(out, size) ? 0 : WASI_ILSEQ;
}

uint16_t guest_iovecs(hf_call *call, uint32_t at, uint32_t count, struct iovecs *out)
{
    uint8_t bytes[8 * 64];
    if (count > MAX_IOVECS) return WASI_INVAL;
    out->count = 0;
    out->total = 0;
    while (count > 0) {
        const uint32_t n = count < 64 ? count : 64;
        const uint16_t error = guest_read(call, at, bytes, (size_t)8 * n);
        if (error) return error;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t size = get_u32(bytes + 8 * i + 4);
            const size_t left = MAX_TRANSFER - out->total;
            out->v[out->count].at = get_u32(bytes + 8 * i);
            out->v[out->count].size = size < left ? size : (uint32_t)left;
            out->total += out->v[out->count++].size;
        }
        count -= n;
        at += 8 * n; // wraps only past the end of memory, where the read failed
    }
    return 0;
}

uint16_t guest_scatter(hf_call *call, const struct iovecs *to, size_t done, const void *data, size_t size)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < to->count && size > 0; i++) {
        if (done >= to->v[i].size) {
            done -= to->v[i].size;
            continue;
        }
        const size_t room = to->v[i].size - done;
        const size_t n = size < room ? size : room;
        const uint16_t error = guest_error(hf_call_write(call, (uint64_t)to->v[i].at + done, at, n));
        if (error) return error;
        at += n;
        size -= n;
        done = 0;
    }
    return 0;
}

uint16_t guest_gather(hf_call *call, const struct iovecs *from, size_t done, struct sys_slice out[SYS_SLICES],
                      size_t *count)
{
    size_t n = 0;
    for (size_t i = 0; i < from->count && n < SYS_SLICES; i++) {
        if (done >= from->v[i].size) {
            done -= from->v[i].size;
            continue;
        }
        const hf_bytes view = hf_call_view(call, (uint64_t)from->v[i].at + done, from->v[i].size - done);
        if (!view.data) return WASI_FAULT;
        out[n++] = (struct sys_slice){ view.data, view.size };
        done = 0;
    }
    *count = n;
    return 0;
}

static struct sys_time time_of(uint64_t ns, bool at, bool now)
{
    return (struct sys_time){ .kind = now ? SYS_TIME_NOW : at ? SYS_TIME_AT : SYS_TIME_OMIT, .ns = ns };
}

uint16_t guest_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct sys_time *a, struct sys_time *m)
{
    if (flags & ~(uint32_t)FSTFLAGS) return WASI_INVAL;
    if ((flags & FST_ATIM) && (flags & FST_ATIM_NOW)) return WASI_INVAL;
    if ((flags & FST_MTIM) && (flags & FST_MTIM_NOW)) return WASI_INVAL;
    *a = time_of(atim, flags & FST_ATIM, flags & FST_ATIM_NOW);
    *m = time_of(mtim, flags & FST_MTIM, flags & FST_MTIM_NOW);
    return 0;
}

uint16_t guest_write_filestat(hf_call *call, uint32_t at, const struct sys_stat *stat, bool unstable)
{
    uint8_t bytes[64] = { 0 };
    put_u64(bytes, stat->dev);
    put_u64(bytes + 8, stat->ino);
    bytes[16] = guest_filetype(stat->type);
    uint8_t *rest = bytes + 24;
    if (unstable) {
        put_u32(bytes + 20, stat->nlink > UINT32_MAX ? UINT32_MAX : (uint32_t)stat->nlink);
    } else {
        put_u64(rest, stat->nlink);
        rest += 8;
    }
    put_u64(rest, stat->size);
    put_u64(rest + 8, stat->atim);
    put_u64(rest + 16, stat->mtim);
    put_u64(rest + 24, stat->ctim);
    return guest_write(call, at, bytes, unstable ? 56 : 64);
}
