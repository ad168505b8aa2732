// Checked arithmetic: true means that the exact result does not fit. All sums and products over sizes that come from a
// module, a script or a guest go through these.
#ifndef BASE_CKD_H
#define BASE_CKD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ckd_add(out, a, b) __builtin_add_overflow((a), (b), (out))
#define ckd_sub(out, a, b) __builtin_sub_overflow((a), (b), (out))
#define ckd_mul(out, a, b) __builtin_mul_overflow((a), (b), (out))

// Does [at, at + size) lie within [0, limit)?
static inline bool range_fits(uint64_t at, uint64_t size, uint64_t limit)
{
    return size <= limit && at <= limit - size;
}

#endif
