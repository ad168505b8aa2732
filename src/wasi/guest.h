// Between the calls of WASI 0.1 and the guest's memory. Every address and length is the guest's: nothing here trusts one.
// Functions return an error number of WASI 0.1.
#ifndef WASI_GUEST_H
#define WASI_GUEST_H

#include "wasi/context.h"

struct row;
// What a function is: it has its context, and the row it stands in.
typedef hf_code (*wasi_fn)(hf_call *call, hf_wasi *wasi, const struct row *row);

struct row {
    wasi_fn fn;
    bool unstable; // of wasi_unstable, with its layouts
    hf_func_desc desc;
};

// Calls the row `env` points to; also what a call that waited goes on with: from its beginning, with the arguments it has.
hf_code wasi_dispatch(hf_call *call, void *env);
// Waits until `fd` of the host is ready for `events`, then dispatches again.
hf_code guest_wait(hf_call *call, int fd, uint32_t events, const struct row *row);
// The same for what hf_call_await said: HF_PENDING, or the guest traps.
hf_code guest_awaited(hf_call *call, hf_code code);

static inline uint32_t arg_u32(hf_call *call, size_t i)
{
    return (uint32_t)hf_call_arg_i32(call, i);
}

static inline uint64_t arg_u64(hf_call *call, size_t i)
{
    return (uint64_t)hf_call_arg_i64(call, i);
}

// Ends the call with an errno.
static inline hf_code give(hf_call *call, uint16_t error)
{
    return hf_call_return_i32(call, error);
}

uint16_t guest_read(hf_call *call, uint32_t at, void *out, size_t size);
uint16_t guest_write(hf_call *call, uint32_t at, const void *data, size_t size);
uint16_t guest_write_u16(hf_call *call, uint32_t at, uint16_t value);
uint16_t guest_write_u32(hf_call *call, uint32_t at, uint32_t value);
uint16_t guest_write_u64(hf_call *call, uint32_t at, uint64_t value);

// A path or a link's target: at most PATH_BYTES of UTF-8 without a zero byte; zero-terminated.
uint16_t guest_path(hf_call *call, uint32_t at, uint32_t size, char out[PATH_BYTES + 1]);

// An iovec_array or ciovec_array. What one call moves is bounded: the rest is for the next call, as for a short write.
enum { MAX_IOVECS = 1024, MAX_TRANSFER = 8 << 20 };
struct iovecs {
    struct {
        uint32_t at, size;
    } v[MAX_IOVECS];
    size_t count;
    size_t total;
};
uint16_t guest_iovecs(hf_call *call, uint32_t at, uint32_t count, struct iovecs *out);
// Copies into the places that begin `done` bytes after the first.
uint16_t guest_scatter(hf_call *call, const struct iovecs *to, size_t done, const void *data, size_t size);
// Borrowed views of what begins `done` bytes after the first; at most SYS_SLICES.
uint16_t guest_gather(hf_call *call, const struct iovecs *from, size_t done, struct sys_slice out[SYS_SLICES],
                      size_t *count);

static inline void put_u16(uint8_t *at, uint16_t v)
{
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
}

static inline void put_u32(uint8_t *at, uint32_t v)
{
    put_u16(at, (uint16_t)v);
    put_u16(at + 2, (uint16_t)(v >> 16));
}

static inline void put_u64(uint8_t *at, uint64_t v)
{
    put_u32(at, (uint32_t)v);
    put_u32(at + 4, (uint32_t)(v >> 32));
}

static inline uint32_t get_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t get_u64(const uint8_t *at)
{
    return get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

// The guest's number for a file type.
static inline uint8_t guest_filetype(enum sys_filetype type)
{
    return type > SYS_FILE_LINK ? 0 : (uint8_t)type;
}

// fstflags and two timestamps, as two times to set.
uint16_t guest_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct sys_time *a, struct sys_time *m);
uint16_t guest_write_filestat(hf_call *call, uint32_t at, const struct sys_stat *stat, bool unstable);

// One for every row of wasi01.def.
#define FN(name, ...) hf_code wasi_##name(hf_call *call, hf_wasi *wasi, const struct row *row);
#define EXIT_FN FN
#include "wasi/wasi01.def"
#undef FN
#undef EXIT_FN

#endif
