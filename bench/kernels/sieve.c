#include "kernel.h"
enum { N = 1 << 18 };
const uint32_t rounds = 50;
static uint8_t composite[N];
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < N; i++) composite[i] = 0;
        for (int i = 2; i * i < N; i++)
            if (!composite[i])
                for (int j = i * i; j < N; j += i) composite[j] = 1;
        for (int i = 2 + (int)(r & 1); i < N; i++) sum += !composite[i];
    }
    return sum;
}
