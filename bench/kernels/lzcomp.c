#include "kernel.h"
/* Greedy compression with a hash of the last place of every three bytes, and back. */
enum { N = 1 << 16 };
const uint32_t rounds = 30;
static uint8_t in[N], packed[2 * N], out[N];
static uint16_t last[4096];
static size_t compress(void)
{
    size_t to = 0;
    for (int i = 0; i < 4096; i++) last[i] = 0;
    for (size_t i = 0; i < N;) {
        size_t length = 0, from = 0;
        if (i + 3 < N) {
            const uint32_t h =
                ((uint32_t)in[i] | (uint32_t)in[i + 1] << 8 | (uint32_t)in[i + 2] << 16) * 2654435761u >> 20;
            from = last[h];
            last[h] = (uint16_t)i;
            if (from < i)
                while (length < 255 && i + length < N && in[from + length] == in[i + length]) length++;
        }
        if (length >= 4) {
            packed[to++] = 1;
            packed[to++] = (uint8_t)length;
            packed[to++] = (uint8_t)from;
            packed[to++] = (uint8_t)(from >> 8);
            i += length;
        } else {
            packed[to++] = 0;
            packed[to++] = in[i++];
        }
    }
    return to;
}
KERNEL uint32_t run(uint32_t n)
{
    uint32_t seed = 99, sum = 0;
    for (size_t i = 0; i < N; i++) in[i] = (uint8_t)("the quick brown fox "[i % 20] ^ (next_random(&seed) % 16 == 0));
    for (uint32_t r = 0; r < n; r++) {
        in[r * 31 % N] ^= 1;
        const size_t size = compress();
        size_t to = 0;
        for (size_t i = 0; i < size;) {
            if (packed[i]) {
                const size_t length = packed[i + 1], from = packed[i + 2] | (size_t)packed[i + 3] << 8;
                for (size_t j = 0; j < length; j++) out[to + j] = out[from + j];
                to += length;
                i += 4;
            } else {
                out[to++] = packed[i + 1];
                i += 2;
            }
        }
        sum = sum * 31 + (uint32_t)size + out[r * 977 % N];
    }
    return sum;
}
