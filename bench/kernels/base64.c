#include "kernel.h"
enum { N = 3 * 4096 };
const uint32_t rounds = 1500;
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t in[N], text[N / 3 * 4], back[N], reverse[256];
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0;
    for (int i = 0; i < 64; i++) reverse[(uint8_t)alphabet[i]] = (uint8_t)i;
    for (int i = 0; i < N; i++) in[i] = (uint8_t)(i * 31);
    for (uint32_t r = 0; r < n; r++) {
        in[r % N] ^= (uint8_t)r;
        uint8_t *to = text;
        for (int i = 0; i < N; i += 3) {
            const uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
            *to++ = (uint8_t)alphabet[v >> 18];
            *to++ = (uint8_t)alphabet[v >> 12 & 63];
            *to++ = (uint8_t)alphabet[v >> 6 & 63];
            *to++ = (uint8_t)alphabet[v & 63];
        }
        uint8_t *out = back;
        for (int i = 0; i < N / 3 * 4; i += 4) {
            const uint32_t v = (uint32_t)reverse[text[i]] << 18 | (uint32_t)reverse[text[i + 1]] << 12 |
                               (uint32_t)reverse[text[i + 2]] << 6 | reverse[text[i + 3]];
            *out++ = (uint8_t)(v >> 16);
            *out++ = (uint8_t)(v >> 8);
            *out++ = (uint8_t)v;
        }
        sum = sum * 33 + back[(r * 77) % N];
    }
    return sum;
}
