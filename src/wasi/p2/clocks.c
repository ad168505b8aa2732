// wasi:clocks. Moments are those of the context's clock; one that is waited for is a span on the host's.
#include "wasi/p2/poll.h"

static hf_code give_time(struct p2 *p, uint16_t error, uint64_t ns)
{
    RESULT(uint64_t);
    if (error) return hf_call_trap(p->call, "%s#%s: the clock cannot be read", p->row->interface, p->row->name);
    *result = ns;
    return HF_OK;
}

hf_code p2_monotonic_now(struct p2 *p)
{
    uint64_t ns = 0;
    const uint16_t error = wasi_now(p->wasi, CLOCKID_MONOTONIC, &ns);
    return give_time(p, error, ns);
}

hf_code p2_monotonic_resolution(struct p2 *p)
{
    uint64_t ns = 0;
    const uint16_t error = wasi_resolution(p->wasi, CLOCKID_MONOTONIC, &ns);
    return give_time(p, error, ns);
}

hf_code p2_subscribe_instant(struct p2 *p)
{
    ARGS(wasi_clocks_monotonic_clock_subscribe_instant_args_t);
    uint64_t now = 0;
    if (wasi_now(p->wasi, CLOCKID_MONOTONIC, &now) != 0) return give_time(p, WASI_IO, 0);
    const uint64_t left = args->when > now ? args->when - now : 0;
    return pollable_give(p, pollable_at(p, p2_after(p2_now(), left)));
}

hf_code p2_subscribe_duration(struct p2 *p)
{
    ARGS(wasi_clocks_monotonic_clock_subscribe_duration_args_t);
    return pollable_give(p, pollable_at(p, p2_after(p2_now(), args->when)));
}

static hf_code give_datetime(struct p2 *p, uint16_t error, uint64_t ns)
{
    RESULT(p2_datetime);
    if (error) return hf_call_trap(p->call, "%s#%s: the clock cannot be read", p->row->interface, p->row->name);
    result->seconds = ns / 1000000000;
    result->nanoseconds = (uint32_t)(ns % 1000000000);
    return HF_OK;
}

hf_code p2_wall_now(struct p2 *p)
{
    uint64_t ns = 0;
    const uint16_t error = wasi_now(p->wasi, CLOCKID_REALTIME, &ns);
    return give_datetime(p, error, ns);
}

hf_code p2_wall_resolution(struct p2 *p)
{
    uint64_t ns = 0;
    const uint16_t error = wasi_resolution(p->wasi, CLOCKID_REALTIME, &ns);
    return give_datetime(p, error, ns);
}

// Guests live in UTC: which time zone the host keeps is not theirs to know.
hf_code p2_timezone_display(struct p2 *p)
{
    RESULT(wasi_clocks_timezone_timezone_display_t);
    *result = (wasi_clocks_timezone_timezone_display_t){ .name = { "UTC", 3 } };
    return HF_OK;
}

hf_code p2_timezone_utc_offset(struct p2 *p)
{
    RESULT(int32_t);
    *result = 0;
    return HF_OK;
}
