#include "kernel.h"
enum { CAP = 1 << 15 };
const uint32_t rounds = 40;
static uint32_t keys[CAP], values[CAP];
static uint32_t hash(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352d;
    x ^= x >> 15;
    x *= 0x846ca68b;
    return x ^ x >> 16;
}
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < CAP; i++) keys[i] = values[i] = 0;
        uint32_t seed = r + 1;
        for (int i = 0; i < CAP / 2; i++) {
            const uint32_t key = next_random(&seed) | 1;
            uint32_t at = hash(key) & (CAP - 1);
            while (keys[at] && keys[at] != key) at = (at + 1) & (CAP - 1);
            keys[at] = key;
            values[at] += (uint32_t)i;
        }
        seed = r + 1;
        for (int i = 0; i < CAP; i++) {
            const uint32_t key = next_random(&seed) | 1;
            uint32_t at = hash(key) & (CAP - 1);
            while (keys[at] && keys[at] != key) at = (at + 1) & (CAP - 1);
            if (keys[at]) sum += values[at];
        }
    }
    return sum;
}
