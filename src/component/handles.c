// Handle tables of component instances.
#include "component/handles.h"

#include "base/fail.h"
#include "runtime/store.h"

static hf_code trap(hf_status *status, const char *message)
{
    if (status && status->code == HF_OK) {
        fail(status, HF_TRAPPED, "%s", message);
        status->trap = HF_TRAP_COMPONENT;
    }
    return HF_TRAPPED;
}

static hf_code trap_index(hf_status *status, const char *fmt, uint32_t index) HF_PRINTF(2, 0);
static hf_code trap_index(hf_status *status, const char *fmt, uint32_t index)
{
    if (status && status->code == HF_OK) {
        fail(status, HF_TRAPPED, fmt, index);
        status->trap = HF_TRAP_COMPONENT;
    }
    return HF_TRAPPED;
}

void handles_init(struct handles *handles, hf_store *store)
{
    *handles = (struct handles){ .store = store, .count = 1 };
}

void handles_fini(struct handles *handles)
{
    hf_store_charge(handles->store, -(int64_t)(handles->cap * sizeof *handles->at), NULL);
    mem_free(handles->store->heap, handles->at, handles->cap * sizeof *handles->at);
    handles->at = NULL;
    handles->cap = 0;
    handles->count = 1;
    handles->free = 0;
}

// A guest makes handles as it likes: the table counts as memory that the host keeps for it.
static hf_code grow(struct handles *handles, hf_status *status)
{
    const size_t cap = handles->cap ? handles->cap * 2 : 16;
    const size_t more = (cap - handles->cap) * sizeof *handles->at;
    const hf_code code = hf_store_charge(handles->store, (int64_t)more, status);
    if (code) return code;
    struct handle *at = mem_resize(handles->store->heap, handles->at, handles->cap * sizeof *at, cap * sizeof *at);
    if (!at) {
        hf_store_charge(handles->store, -(int64_t)more, NULL);
        return fail_oom(status);
    }
    at[0] = (struct handle){ .kind = HANDLE_FREE };
    handles->at = at;
    handles->cap = cap;
    return HF_OK;
}

hf_code handles_add(struct handles *handles, struct handle handle, uint32_t *out, hf_status *status)
{
    uint32_t index = handles->free;
    if (index) {
        handles->free = handles->at[index].next_free;
    } else {
        if (handles->count > HANDLES_MOST) return trap(status, "too many handles");
        const hf_code code = handles->count < handles->cap ? HF_OK : grow(handles, status);
        if (code) return code;
        index = handles->count++;
    }
    handles->at[index] = handle;
    *out = index;
    return HF_OK;
}

struct handle *handles_get(struct handles *handles, uint32_t index, hf_status *status)
{
    if (index && index < handles->count && handles->at[index].kind != HANDLE_FREE) return &handles->at[index];
    trap_index(status, "unknown handle index %u", index);
    return NULL;
}

void handles_remove(struct handles *handles, uint32_t index)
{
    handles->at[index] = (struct handle){ .kind = HANDLE_FREE, .next_free = handles->free };
    handles->free = index;
}

// The handle of a resource of this type; NULL with a trap.
static struct handle *get(struct handles *handles, const hf_resource_type *type, uint32_t index, hf_status *status)
{
    struct handle *handle = handles_get(handles, index, status);
    if (!handle || (handle->kind == HANDLE_RESOURCE && handle->type == type)) return handle;
    trap_index(status, "handle index %u used with the wrong type", index);
    return NULL;
}

// What a handle names. An own handle's cannot be gone; what the host lent can, if the host has ended it nevertheless.
static struct resource *named(struct handles *handles, const struct handle *handle, hf_status *status)
{
    struct resource *resource = resource_get(handles->store, handle->resource, NULL);
    if (!resource) trap(status, "the resource is gone");
    return resource;
}

hf_code resource_new(struct handles *handles, const hf_resource_type *type, uint64_t rep, uint32_t *out,
                     hf_status *status)
{
    hf_resource resource;
    hf_code code = resource_make(handles->store, type, rep, true, &resource, status);
    if (code) return code;
    code = lower_own(handles, type, resource, out, status);
    if (code) resource_remove(handles->store, resource);
    return code;
}

hf_code resource_rep(struct handles *handles, const hf_resource_type *type, uint32_t index, uint64_t *out,
                     hf_status *status)
{
    const struct handle *handle = get(handles, type, index, status);
    const struct resource *resource = handle ? named(handles, handle, status) : NULL;
    if (!resource) return HF_TRAPPED;
    *out = resource->payload;
    return HF_OK;
}

hf_code resource_drop(struct handles *handles, const hf_resource_type *type, uint32_t index, struct dropped *out,
                      hf_status *status)
{
    const struct handle *handle = get(handles, type, index, status);
    if (!handle) return HF_TRAPPED;
    if (handle->lends) return trap(status, "cannot remove owned resource while borrowed");
    struct dropped dropped = { .own = handle->own, .type = type, .resource = handle->resource };
    if (handle->own) {
        const struct resource *resource = named(handles, handle, status);
        if (!resource) return HF_TRAPPED;
        dropped.by_guest = resource->by_guest;
        dropped.payload = resource->payload;
        resource_remove(handles->store, handle->resource);
    } else {
        handle->borrows->count--;
    }
    handles_remove(handles, index);
    *out = dropped;
    return HF_OK;
}

hf_code lift_own(struct handles *handles, const hf_resource_type *type, uint32_t index, hf_resource *out,
                 hf_status *status)
{
    const struct handle *handle = get(handles, type, index, status);
    if (!handle) return HF_TRAPPED;
    if (handle->lends) return trap(status, "cannot remove owned resource while borrowed");
    if (!handle->own) return trap(status, "cannot lift own resource from a borrow");
    struct resource *resource = named(handles, handle, status);
    if (!resource) return HF_TRAPPED;
    resource->guest_owned = false;
    *out = handle->resource;
    handles_remove(handles, index);
    return HF_OK;
}

hf_code lift_borrow(struct handles *handles, const hf_resource_type *type, uint32_t index, struct lends *lends,
                    hf_resource *out, hf_status *status)
{
    struct handle *handle = get(handles, type, index, status);
    if (!handle || !named(handles, handle, status)) return HF_TRAPPED;
    const size_t few = sizeof lends->few / sizeof *lends->few;
    if (lends->count < few) {
        lends->few[lends->count++] = index;
    } else {
        void *more =
            mem_grow(handles->store->heap, lends->more, &lends->cap, lends->count - few + 1, sizeof *lends->more);
        if (!more) return fail_oom(status);
        lends->more = more;
        lends->more[lends->count++ - few] = index;
    }
    handle->lends++;
    *out = handle->resource;
    return HF_OK;
}

hf_code lower_own(struct handles *handles, const hf_resource_type *type, hf_resource resource, uint32_t *out,
                  hf_status *status)
{
    hf_status local = hf_status_ok();
    if (!status) status = &local;
    const struct resource *given = resource_of_type(handles->store, resource, type, status);
    if (!given) return status->code;
    if (given->guest_owned) return fail(status, HF_BUSY, "a guest owns the resource");
    const struct handle handle = { .kind = HANDLE_RESOURCE, .own = true, .resource = resource, .type = type };
    const hf_code code = handles_add(handles, handle, out, status);
    if (!code) resource_get(handles->store, resource, status)->guest_owned = true;
    return code;
}

hf_code lower_borrow(struct handles *handles, const hf_resource_type *type, bool impl, hf_resource resource,
                     struct borrows *borrows, uint32_t *out, hf_status *status)
{
    hf_status local = hf_status_ok();
    if (!status) status = &local;
    const struct resource *given = resource_of_type(handles->store, resource, type, status);
    if (!given) return status->code;
    if (impl) {
        *out = (uint32_t)given->payload;
        return HF_OK;
    }
    const struct handle handle = { .kind = HANDLE_RESOURCE, .resource = resource, .type = type, .borrows = borrows };
    const hf_code code = handles_add(handles, handle, out, status);
    if (!code) borrows->count++;
    return code;
}

hf_code borrows_check(const struct borrows *borrows, hf_status *status)
{
    return borrows->count ? trap(status, "borrow handles still remain at the end of the call") : HF_OK;
}

void lends_init(struct lends *lends, struct handles *handles)
{
    lends->handles = handles;
    lends->more = NULL;
    lends->count = lends->cap = 0;
}

void lends_end(struct lends *lends)
{
    const size_t few = sizeof lends->few / sizeof *lends->few;
    for (size_t i = 0; i < lends->count; i++) {
        // A handle that is lent stays where it is.
        lends->handles->at[i < few ? lends->few[i] : lends->more[i - few]].lends--;
    }
    mem_free(lends->handles->store->heap, lends->more, lends->cap * sizeof *lends->more);
    lends_init(lends, lends->handles);
}
