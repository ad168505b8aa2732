/* Linear memories. */
#ifndef HOLDFAST_MEMORY_H
#define HOLDFAST_MEMORY_H

#include <holdfast/instance.h>

HF_BEGIN

HF_API hf_code hf_memory_new(hf_store *store, hf_limits type, hf_memory *out, hf_status *status);
/* Where it begins and its size in bytes; holds until the guest runs or the memory grows. NULL and 0: stale. */
HF_API uint8_t *hf_memory_data(hf_store *store, hf_memory memory, size_t *size);
HF_API hf_code hf_memory_size(hf_store *store, hf_memory memory, uint64_t *pages, hf_status *status);
/* HF_LIMIT when the type or the store says no. `old_pages` may be NULL. */
HF_API hf_code hf_memory_grow(hf_store *store, hf_memory memory, uint64_t pages, uint64_t *old_pages,
                              hf_status *status);
/* HF_OUT_OF_BOUNDS */
HF_API hf_code hf_memory_read(hf_store *store, hf_memory memory, uint64_t at, void *out, size_t size,
                              hf_status *status);
HF_API hf_code hf_memory_write(hf_store *store, hf_memory memory, uint64_t at, const void *data, size_t size,
                               hf_status *status);

/* A shared memory on its own: counted, any thread. It may be brought into several stores of its engine, whose guests then wait
 * for and notify each other. */
typedef struct hf_shared hf_shared;
/* A new reference on what is behind a shared memory; HF_WRONG_TYPE when it is not shared. */
HF_API hf_code hf_memory_share(hf_store *store, hf_memory memory, hf_shared **out, hf_status *status);
HF_API hf_shared *hf_shared_ref(hf_shared *shared);
HF_API void hf_shared_unref(hf_shared *shared);
/* The shared memory as a memory of this store. HF_LIMIT, HF_WRONG_STORE: of another engine. */
HF_API hf_code hf_memory_from_shared(hf_store *store, hf_shared *shared, hf_memory *out, hf_status *status);

HF_END

#endif
