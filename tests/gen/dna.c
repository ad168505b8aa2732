#include "dna.h"

void dna_from_bytes(struct dna *dna, const uint8_t *data, size_t size)
{
    *dna = (struct dna){ .data = data, .size = size };
}

void dna_from_seed(struct dna *dna, uint64_t seed)
{
    *dna = (struct dna){ .state = seed, .seeded = true };
}

bool dna_done(const struct dna *dna)
{
    return !dna->seeded && dna->at >= dna->size;
}

// splitmix64: every seed is good, neighbouring seeds have nothing in common.
static uint64_t next_word(struct dna *dna)
{
    uint64_t z = dna->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t dna_bits(struct dna *dna, unsigned bytes)
{
    if (dna->seeded) {
        const uint64_t word = next_word(dna);
        return bytes >= 8 ? word : word & ((UINT64_C(1) << 8 * bytes) - 1);
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes && dna->at < dna->size; i++) value |= (uint64_t)dna->data[dna->at++] << 8 * i;
    return value;
}

uint32_t dna_pick(struct dna *dna, uint32_t n)
{
    if (n <= 1) return 0;
    return (uint32_t)(dna_bits(dna, n <= 256 ? 1 : n <= 65536 ? 2 : 4) % n);
}

bool dna_chance(struct dna *dna, uint32_t in, uint32_t of)
{
    return dna_pick(dna, of) >= of - in;
}

int64_t dna_i64(struct dna *dna)
{
    static const int64_t special[] = {
        0,
        1,
        -1,
        2,
        3,
        7,
        8,
        10,
        15,
        16,
        31,
        32,
        33,
        63,
        64,
        100,
        127,
        128,
        255,
        256,
        1000,
        32767,
        32768,
        65535,
        65536,
        INT32_MAX,
        INT32_MIN,
        (int64_t)INT32_MAX + 1,
        (int64_t)INT32_MIN - 1,
        UINT32_MAX,
        (int64_t)UINT32_MAX + 1,
        INT64_MAX,
        INT64_MIN,
        -2,
        -8,
        -127,
        -128,
        -129,
        -32768,
        -32769,
        INT64_C(0x5555555555555555),
        INT64_C(0x0123456789abcdef),
        INT64_C(0x7fefffffffffffff),
        INT64_C(0x0020000000000000),
    };
    switch (dna_pick(dna, 4)) {
    case 0: return (int64_t)dna_pick(dna, 32);
    case 1: return special[dna_pick(dna, sizeof special / sizeof *special)];
    case 2: {
        const int64_t power = (int64_t)(UINT64_C(1) << dna_pick(dna, 64));
        return (int64_t)((uint64_t)power + dna_pick(dna, 3) - 1);
    }
    default: return (int64_t)dna_bits(dna, 8);
    }
}

int32_t dna_i32(struct dna *dna)
{
    switch (dna_pick(dna, 4)) {
    case 0: return (int32_t)dna_pick(dna, 32);
    case 1: return (int32_t)((UINT32_C(1) << dna_pick(dna, 32)) + dna_pick(dna, 3) - 1);
    case 2: return (int32_t)dna_bits(dna, 4);
    default: return (int32_t)dna_i64(dna);
    }
}

uint32_t dna_f32(struct dna *dna)
{
    static const uint32_t special[] = {
        0,          0x80000000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000,
        0x40200000,                                                                         // 0 1 .5 1.5 2.5
        0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0x7fa00000, 0xffffffff, // inf nan
        0x00000001, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff,             // tiny huge
        0x4f000000, 0xcf000000, 0x4effffff, 0x4f800000, 0x4f7fffff, 0x5f000000, 0xdf000000,
        0x5f800000, // 2^31 .. 2^64
        0x4b000000, 0x4b7fffff, 0x4b800000, 0x3effffff, 0x3f7fffff, 0xcf000001,
    };
    switch (dna_pick(dna, 3)) {
    case 0: return special[dna_pick(dna, 8)];
    case 1: return special[dna_pick(dna, sizeof special / sizeof *special)];
    default: return (uint32_t)dna_bits(dna, 4);
    }
}

uint64_t dna_f64(struct dna *dna)
{
    static const uint64_t special[] = {
        0,
        UINT64_C(0x8000000000000000),
        UINT64_C(0x3ff0000000000000),
        UINT64_C(0xbff0000000000000),
        UINT64_C(0x3fe0000000000000),
        UINT64_C(0xbfe0000000000000),
        UINT64_C(0x4004000000000000),
        UINT64_C(0x3ff8000000000000), // 0 1 .5 2.5 1.5
        UINT64_C(0x7ff0000000000000),
        UINT64_C(0xfff0000000000000),
        UINT64_C(0x7ff8000000000000),
        UINT64_C(0xfff8000000000000),
        UINT64_C(0x7ff0000000000001),
        UINT64_C(0x7ff4000000000000),
        UINT64_MAX, // inf nan
        1,
        UINT64_C(0x8000000000000001),
        UINT64_C(0x000fffffffffffff),
        UINT64_C(0x0010000000000000),
        UINT64_C(0x7fefffffffffffff),
        UINT64_C(0xffefffffffffffff), // tiny huge
        UINT64_C(0x41e0000000000000),
        UINT64_C(0xc1e0000000000000),
        UINT64_C(0x41dfffffffc00000),
        UINT64_C(0xc1e0000000200000),
        UINT64_C(0x41f0000000000000),
        UINT64_C(0x41efffffffe00000), // around 2^31, 2^32
        UINT64_C(0x43e0000000000000),
        UINT64_C(0xc3e0000000000000),
        UINT64_C(0x43f0000000000000),
        UINT64_C(0x4330000000000000),
        UINT64_C(0x433fffffffffffff),
        UINT64_C(0x3fdfffffffffffff),
        UINT64_C(0x47efffffe0000000),
        UINT64_C(0x47efffffefffffff),
        UINT64_C(0x36a0000000000000), // limits of f32
    };
    switch (dna_pick(dna, 3)) {
    case 0: return special[dna_pick(dna, 8)];
    case 1: return special[dna_pick(dna, sizeof special / sizeof *special)];
    default: return dna_bits(dna, 8);
    }
}
