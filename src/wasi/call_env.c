// Arguments, environment, clocks, entropy, and the end.
#include "base/ckd.h"
#include "wasi/guest.h"

// -- args_*, environ_* --

static hf_code sizes_get(hf_call *call, const struct strings *strings)
{
    uint16_t error = guest_write_u32(call, arg_u32(call, 0), (uint32_t)strings->count);
    if (!error) error = guest_write_u32(call, arg_u32(call, 1), (uint32_t)strings->bytes.size);
    return give(call, error);
}

static hf_code strings_get(hf_call *call, const struct strings *strings)
{
    const uint32_t bytes_at = arg_u32(call, 1);
    uint32_t end;
    if (strings->bytes.size > UINT32_MAX || ckd_add(&end, bytes_at, (uint32_t)strings->bytes.size)) {
        return give(call, WASI_OVERFLOW);
    }
    if (strings->count == 0) return give(call, 0);
    uint8_t *pointers = hf_call_alloc(call, strings->count * 4);
    if (!pointers) return give(call, WASI_NOMEM);
    size_t at = 0;
    for (size_t i = 0; i < strings->count; i++) {
        put_u32(pointers + 4 * i, bytes_at + (uint32_t)at);
        while (strings->bytes.data[at++]) {}
    }
    uint16_t error = guest_write(call, arg_u32(call, 0), pointers, strings->count * 4);
    if (!error) error = guest_write(call, bytes_at, strings->bytes.data, strings->bytes.size);
    return give(call, error);
}

hf_code wasi_args_sizes_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return sizes_get(call, &wasi->args);
}

hf_code wasi_args_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return strings_get(call, &wasi->args);
}

hf_code wasi_environ_sizes_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return sizes_get(call, &wasi->env);
}

hf_code wasi_environ_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return strings_get(call, &wasi->env);
}

// -- clocks, entropy --

hf_code wasi_clock_res_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    uint64_t ns;
    const uint16_t error = wasi_resolution(wasi, arg_u32(call, 0), &ns);
    return give(call, error ? error : guest_write_u64(call, arg_u32(call, 1), ns));
}

hf_code wasi_clock_time_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    uint64_t ns;
    const uint16_t error = wasi_now(wasi, arg_u32(call, 0), &ns);
    return give(call, error ? error : guest_write_u64(call, arg_u32(call, 2), ns));
}

hf_code wasi_random_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    const uint32_t size = arg_u32(call, 1);
    if (size == 0) return give(call, 0);
    uint8_t *out = hf_call_view_mut(call, arg_u32(call, 0), size);
    if (!out) return give(call, WASI_FAULT);
    return give(call, wasi_random(wasi, out, size));
}

// -- the process --

hf_code wasi_sched_yield(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)wasi, (void)row;
    return give(call, 0);
}

hf_code wasi_proc_exit(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)wasi, (void)row;
    return hf_call_exit(call, hf_call_arg_i32(call, 0));
}

hf_code wasi_proc_raise(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)wasi, (void)row;
    static const struct {
        const char *name;
        bool ignored; // what a process that has no handler does about it
    } signals[SIGNALS] = {
        { "none", true },    { "hup", false },  { "int", false },  { "quit", false }, { "ill", false },
        { "trap", false },   { "abrt", false }, { "bus", false },  { "fpe", false },  { "kill", false },
        { "usr1", false },   { "segv", false }, { "usr2", false }, { "pipe", false }, { "alrm", false },
        { "term", false },   { "chld", true },  { "cont", true },  { "stop", false }, { "tstp", false },
        { "ttin", false },   { "ttou", false }, { "urg", true },   { "xcpu", false }, { "xfsz", false },
        { "vtalrm", false }, { "prof", false }, { "winch", true }, { "poll", false }, { "pwr", false },
        { "sys", false },
    };
    const uint32_t signal = arg_u32(call, 0);
    if (signal >= SIGNALS) return give(call, WASI_INVAL);
    if (signals[signal].ignored) return give(call, 0);
    return hf_call_trap(call, "the guest raised the signal %s", signals[signal].name);
}
