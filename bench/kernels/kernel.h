/* A kernel is one file with run(): it does the work `n` times and returns a checksum, the same natively and in WebAssembly.
 * It needs no library, so that only the code itself is measured. main.c calls it and tells how long it took. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include <stdint.h>
#include <stddef.h>

#ifdef __wasm__
#define KERNEL __attribute__((export_name("run"), noinline))
#else
#define KERNEL __attribute__((noinline))
#endif

uint32_t run(uint32_t n);
extern const uint32_t rounds; /* n for about 50 ms of native code */

static inline uint32_t fold(double d)
{
    union {
        double d;
        uint64_t u;
    } bits = { d };
    return (uint32_t)(bits.u ^ bits.u >> 32);
}

static inline uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
