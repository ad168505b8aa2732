/* Resources: things of the host, of WASI or of a guest that components hold by handles. A store has one table of them,
 * whoever made them; the handle tables of component instances point into it, and so does an hf_resource. One that was dropped
 * is HF_STALE wherever it is still named.
 *
 * A resource has one owner: the host, or the component instance that has its `own` handle. What is lifted as `own` is the
 * host's until it is lowered as `own` again. */
#ifndef HOLDFAST_RESOURCE_H
#define HOLDFAST_RESOURCE_H

#include <holdfast/witype.h>

HF_BEGIN

/* A type of resources, and what they can do. It is its own identity: two are the same type when they are the same
 * struct. Static or at least as long-lived as the stores that hold such resources. Members that are NULL are not there. */
typedef struct hf_resource_type {
    size_t size; /* sizeof(hf_resource_type) */
    hf_restype names;
    /* The end of a resource: its owner has dropped it, or the store ends. Owner thread; must not call guests. */
    void (*drop)(hf_store *store, void *payload);
    /* What it is, for traces: writes at most `max` bytes of text and returns how many there are. */
    size_t (*describe)(hf_store *store, void *payload, char *out, size_t max);
    /* Bytes from which `restore` makes it again, in another process; as describe. HF_UNSUPPORTED. */
    hf_code (*save)(hf_store *store, void *payload, uint8_t *out, size_t max, size_t *size, hf_status *status);
    hf_code (*restore)(hf_store *store, const uint8_t *bytes, size_t size, void **payload, hf_status *status);
} hf_resource_type;

/* A new resource, owned by the host. The payload is the type's own business. Each counts against the store's
 * max_host_bytes. HF_LIMIT, HF_OUT_OF_MEMORY, HF_BAD_ARGUMENT. */
HF_API hf_code hf_resource_new(hf_store *store, const hf_resource_type *type, void *payload, hf_resource *out,
                               hf_status *status);
/* The payload of a resource of this type; of one that a guest made there is none to see. HF_STALE, HF_WRONG_TYPE,
 * HF_WRONG_STORE, HF_WRONG_KIND. */
HF_API hf_code hf_resource_payload(hf_store *store, hf_resource resource, const hf_resource_type *type, void **out,
                                   hf_status *status);
/* Its type: yours, or one that a component instance made. NULL with a status as above. */
HF_API const hf_resource_type *hf_resource_type_of(hf_store *store, hf_resource resource, hf_status *status);
/* Ends a resource that the host owns and has made. HF_BUSY: a guest owns it; HF_UNSUPPORTED: a guest made it, and its
 * destructor has to run. */
HF_API hf_code hf_resource_drop(hf_store *store, hf_resource resource, hf_status *status);
/* How many there are. */
HF_API size_t hf_resource_count(const hf_store *store);

HF_END

#endif
