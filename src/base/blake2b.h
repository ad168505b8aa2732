// BLAKE2b with 32 bytes of digest and no key (RFC 7693).
#ifndef BASE_BLAKE2B_H
#define BASE_BLAKE2B_H

#include <holdfast/defs.h>

struct blake2b {
    uint64_t h[8];
    uint64_t count; // bytes compressed and in `block`
    uint8_t block[128];
    size_t used;
};

void blake2b_init(struct blake2b *b);
void blake2b_update(struct blake2b *b, const void *data, size_t size);
void blake2b_final(struct blake2b *b, uint8_t out[32]);

#endif
