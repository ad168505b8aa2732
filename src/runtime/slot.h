// A slot: 8 bytes of a frame, an argument array or a result array. A v128 takes two. References are 32-bit values,
// zero-extended: 0 is null; a function reference is an index into store->funcs; every other one is an offset into the
// store's guest heap, or an i31 with the lowest bit set. Slots hold no host pointer.
#ifndef RUNTIME_SLOT_H
#define RUNTIME_SLOT_H

#include <stdint.h>

typedef uint32_t gref; // a guest reference

union slot {
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    gref ref;
};

_Static_assert(sizeof(union slot) == 8, "a slot is 8 bytes");

// Mostly a few: a call of memcpy would cost more than the loop.
static inline void copy_slots(union slot *to, const union slot *from, uint32_t count)
{
    for (; count; count--) {
        *to++ = *from++;
        __asm__("" : "+r"(to));
    }
}

#define REF_NULL 0u
static inline int ref_is_i31(gref r)
{
    return r & 1;
}
static inline gref ref_i31(int32_t v)
{
    return (uint32_t)v << 1 | 1;
}
static inline int32_t i31_get_s(gref r)
{
    return (int32_t)r >> 1;
}
static inline uint32_t i31_get_u(gref r)
{
    return r >> 1;
}

#endif
