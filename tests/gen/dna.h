// Where a generator's choices come from: bytes that a fuzzer mutates, or the endless stream behind a seed. Behind the
// last byte every choice is 0, so the first alternative of every choice has to be the one that ends.
#ifndef GEN_DNA_H
#define GEN_DNA_H

#include <holdfast/defs.h>

struct dna {
    const uint8_t *data;
    size_t size, at;
    uint64_t state; // of the stream; unused when there are bytes
    bool seeded;
};

void dna_from_bytes(struct dna *dna, const uint8_t *data, size_t size);
void dna_from_seed(struct dna *dna, uint64_t seed);

bool dna_done(const struct dna *dna);
uint64_t dna_bits(struct dna *dna, unsigned bytes); // the next 1..8 bytes
// A number below n (n > 0).
uint32_t dna_pick(struct dna *dna, uint32_t n);
// True in `in` of `of` cases.
bool dna_chance(struct dna *dna, uint32_t in, uint32_t of);

// Numbers that break things: powers of two and their neighbours, limits of the smaller types, and plain ones.
int32_t dna_i32(struct dna *dna);
int64_t dna_i64(struct dna *dna);
uint32_t dna_f32(struct dna *dna); // the bits: zeros, infinities, NaNs with payloads, denormals, limits of integers
uint64_t dna_f64(struct dna *dna);

#endif
