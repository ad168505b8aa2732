// The resources of a store.
#include "runtime/resource.h"

#include "base/fail.h"
#include "runtime/store.h"

enum { GENERATION_MOST = (1 << 28) - 1 };

static hf_resource handle_of(const struct hf_store *store, uint32_t index)
{
    return (hf_resource){ handle_make(store, index, store->resources.at[index].generation, OBJECT_RESOURCE) };
}

// A free place; 0 with a status.
static uint32_t fresh(struct hf_store *store, hf_status *status)
{
    struct resources *r = &store->resources;
    const uint32_t reused = r->free;
    if (reused) {
        r->free = r->at[reused].next_free;
        return reused;
    }
    const uint32_t index = r->count ? r->count : 1;
    struct resource *grown =
        index < UINT32_MAX ? mem_grow(store->heap, r->at, &r->cap, (size_t)index + 1, sizeof *grown) : NULL;
    if (!grown) {
        fail_oom(status);
        return 0;
    }
    r->at = grown;
    r->at[0] = (struct resource){ 0 };
    r->at[index] = (struct resource){ .generation = 1 };
    r->count = index + 1;
    return index;
}

hf_code resource_make(hf_store *store, const hf_resource_type *type, uint64_t payload, bool by_guest, hf_resource *out,
                      hf_status *status)
{
    const hf_code code = hf_store_charge(store, sizeof(struct resource), status);
    if (code) return code;
    const uint32_t index = fresh(store, status);
    if (!index) {
        hf_store_charge(store, -(int64_t)sizeof(struct resource), NULL);
        return HF_OUT_OF_MEMORY;
    }
    struct resource *resource = &store->resources.at[index];
    *resource = (struct resource){ type, payload, resource->generation, 0, by_guest, false };
    store->resources.live++;
    *out = handle_of(store, index);
    return HF_OK;
}

struct resource *resource_get(hf_store *store, hf_resource resource, hf_status *status)
{
    if (!handle_fits(store, resource.h, OBJECT_RESOURCE, status)) return NULL;
    const uint32_t index = resource.h.index;
    struct resource *found = index && index < store->resources.count ? &store->resources.at[index] : NULL;
    if (found && found->type && found->generation == resource.h.generation >> 4) return found;
    fail(status, HF_STALE, "the resource is gone");
    return NULL;
}

struct resource *resource_of_type(hf_store *store, hf_resource resource, const hf_resource_type *type,
                                  hf_status *status)
{
    struct resource *found = resource_get(store, resource, status);
    if (!found || found->type == type) return found;
    fail(status, HF_WRONG_TYPE, "a resource of another type");
    return NULL;
}

void resource_remove(hf_store *store, hf_resource resource)
{
    const uint32_t index = resource.h.index;
    struct resource *gone = &store->resources.at[index];
    gone->type = NULL;
    store->resources.live--;
    hf_store_charge(store, -(int64_t)sizeof(struct resource), NULL);
    if (gone->generation == GENERATION_MOST) return; // a place whose names are used up is not used again
    gone->generation++;
    gone->next_free = store->resources.free;
    store->resources.free = index;
}

void resources_close(hf_store *store)
{
    struct resources *r = &store->resources;
    for (uint32_t i = 1; i < r->count; i++) {
        const struct resource last = r->at[i];
        if (!last.type) continue;
        resource_remove(store, handle_of(store, i));
        if (!last.by_guest && last.type->drop) last.type->drop(store, (void *)(uintptr_t)last.payload);
    }
    mem_free(store->heap, r->at, r->cap * sizeof *r->at);
    *r = (struct resources){ 0 };
}

hf_code hf_resource_new(hf_store *store, const hf_resource_type *type, void *payload, hf_resource *out,
                        hf_status *status)
{
    if (!store || !type || type->size < sizeof *type || !out)
        return fail(status, HF_BAD_ARGUMENT, "no type of resources");
    if (store->closing) return fail(status, HF_GONE, "the store ends");
    return resource_make(store, type, (uintptr_t)payload, false, out, status);
}

hf_code hf_resource_payload(hf_store *store, hf_resource resource, const hf_resource_type *type, void **out,
                            hf_status *status)
{
    if (!type || !out) return fail(status, HF_BAD_ARGUMENT, "no type of resources");
    hf_status local = hf_status_ok();
    if (!status) status = &local;
    const struct resource *found = resource_of_type(store, resource, type, status);
    if (!found) return status->code;
    if (found->by_guest) return fail(status, HF_WRONG_TYPE, "a guest made it");
    *out = (void *)(uintptr_t)found->payload;
    return HF_OK;
}

const hf_resource_type *hf_resource_type_of(hf_store *store, hf_resource resource, hf_status *status)
{
    const struct resource *found = resource_get(store, resource, status);
    return found ? found->type : NULL;
}

hf_code hf_resource_drop(hf_store *store, hf_resource resource, hf_status *status)
{
    hf_status local = hf_status_ok();
    if (!status) status = &local;
    const struct resource *found = resource_get(store, resource, status);
    if (!found) return status->code;
    if (found->guest_owned) return fail(status, HF_BUSY, "a guest owns the resource");
    if (found->by_guest) return fail(status, HF_UNSUPPORTED, "a guest made the resource: its destructor has to run");
    const struct resource last = *found;
    resource_remove(store, resource);
    if (last.type->drop) last.type->drop(store, (void *)(uintptr_t)last.payload);
    return HF_OK;
}

size_t hf_resource_count(const hf_store *store)
{
    return store ? store->resources.live : 0;
}
