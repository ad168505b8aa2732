#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The processor's own time, where it can be had: other work on the machine does not count. */
#ifdef __wasm__
#define CLOCK CLOCK_MONOTONIC
#else
#define CLOCK CLOCK_PROCESS_CPUTIME_ID
#endif

/* Prints the checksum and the nanoseconds of the best of the given number of runs (default 3). */
int main(int argc, char **argv)
{
    const int runs = argc > 1 ? atoi(argv[1]) : 3;
    long long best = 0;
    uint32_t sum = 0;
    for (int i = 0; i < runs; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK, &a);
        sum = run(rounds);
        clock_gettime(CLOCK, &b);
        const long long ns = (long long)(b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec);
        if (!best || ns < best) best = ns;
    }
    printf("%08x %lld\n", (unsigned)sum, best);
    return 0;
}
