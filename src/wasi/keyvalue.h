// Buckets as back ends, as one small table of functions. Functions return 0 or an error number of WASI 0.1, and write outputs
// on success.
#ifndef WASI_KEYVALUE_H
#define WASI_KEYVALUE_H

#include <holdfast/keyvalue.h>

#include "base/buf.h"
#include "wasi/types.h"

enum { BUCKET_KEY_BYTES = 64 * 1024 };

// False: no more.
typedef bool (*bucket_take)(void *ctx, hf_str key);

struct bucket_ops {
    void (*free)(hf_bucket *bucket);
    // Appends the value. WASI_NOENT: there is no such key.
    uint16_t (*get)(hf_bucket *bucket, hf_str key, struct buf *out);
    uint16_t (*exists)(hf_bucket *bucket, hf_str key, bool *out);
    uint16_t (*set)(hf_bucket *bucket, hf_str key, hf_bytes value);
    // Nothing happens when there is no such key.
    uint16_t (*remove)(hf_bucket *bucket, hf_str key);
    // Adds to a value that is a decimal number, or to none, which is 0. WASI_INVAL: it is no number; WASI_OVERFLOW.
    uint16_t (*increment)(hf_bucket *bucket, hf_str key, uint64_t delta, uint64_t *out);
    // Keys behind a cursor (0: all), until `take` returns false. `next` is the cursor of what follows, 0 at the end. Keys that are
    // neither set nor deleted meanwhile come exactly once.
    uint16_t (*keys)(hf_bucket *bucket, uint64_t cursor, bucket_take take, void *ctx, uint64_t *next);
};

struct hf_bucket {
    const struct bucket_ops *ops;
};

// A decimal number of digits alone. False: it is none, or too large.
bool bucket_number(hf_bytes value, uint64_t *out);

#endif
