/* Buckets of keys and values as back ends: what wasi:keyvalue shows a guest. */
#ifndef HOLDFAST_KEYVALUE_H
#define HOLDFAST_KEYVALUE_H

#include <holdfast/status.h>

HF_BEGIN

/* One bucket. Its table of functions is src/wasi/keyvalue.h's until it is stable. */
typedef struct hf_bucket hf_bucket;

/* An empty bucket in memory, for at most `max_bytes` of keys, values and their bookkeeping (0: 64 MiB). It lives as long as
 * the context that it is given to. NULL: out of memory. The caller owns it. */
HF_API hf_bucket *hf_bucket_memory(uint64_t max_bytes, hf_status *status);
HF_API void hf_bucket_free(hf_bucket *bucket);

HF_END

#endif
