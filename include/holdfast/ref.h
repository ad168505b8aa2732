/* References to guest objects are rooted while the host holds them: by a scope, which ends all roots made in it, or by an
 * owned root, which is released. Using a root that ended is HF_STALE. Outside any scope roots live in the store's outermost
 * one, until hf_store_free. */
#ifndef HOLDFAST_REF_H
#define HOLDFAST_REF_H

#include <holdfast/value.h>

HF_BEGIN

typedef struct hf_scope {
    uint64_t mark;
} hf_scope;
HF_API hf_scope hf_scope_open(hf_store *store);
/* Scopes close in reverse order. */
HF_API void hf_scope_close(hf_store *store, hf_scope scope);

/* A root of its own, until hf_ref_release. */
HF_API hf_code hf_ref_own(hf_store *store, hf_ref ref, hf_ref *out, hf_status *status);
HF_API hf_code hf_ref_release(hf_store *store, hf_ref ref);

/* A host value as an externref. `free_fn` (may be NULL) runs when the guest heap drops it or the store ends, on the
 * owner thread; it must not call into the store. */
HF_API hf_code hf_ref_host(hf_store *store, void *value, void (*free_fn)(void *value), hf_ref *out, hf_status *status);
/* Its value. HF_WRONG_TYPE when it is not a host value. */
HF_API hf_code hf_ref_host_value(hf_store *store, hf_ref ref, void **out, hf_status *status);
HF_API hf_code hf_ref_from_func(hf_store *store, hf_func func, hf_ref *out, hf_status *status);
HF_API hf_code hf_ref_to_func(hf_store *store, hf_ref ref, hf_func *out, hf_status *status);
HF_API hf_code hf_ref_i31(hf_store *store, int32_t value, hf_ref *out, hf_status *status);
HF_API hf_code hf_ref_i31_value(hf_store *store, hf_ref ref, int32_t *out, hf_status *status);
/* ref.eq */
HF_API bool hf_ref_equal(hf_store *store, hf_ref a, hf_ref b);
/* The value's own type (ref of its defined type, or of i31, extern …). */
HF_API hf_code hf_ref_type(hf_store *store, hf_ref ref, hf_valtype *out, hf_status *status);
static inline bool hf_ref_is_null(hf_ref ref)
{
    return ref.h.store == 0;
}

/* Structures and arrays: field or element `i`, unpacked; length of an array or number of fields. */
HF_API hf_code hf_ref_length(hf_store *store, hf_ref ref, size_t *out, hf_status *status);
HF_API hf_code hf_ref_get(hf_store *store, hf_ref ref, size_t i, hf_val *out, hf_status *status);

HF_END

#endif
