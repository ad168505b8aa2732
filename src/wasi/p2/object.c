#include "wasi/p2/object.h"

#include "base/alloc.h"

void *p2_object_new(hf_call *call, const struct object_type *type, size_t size)
{
    hf_store *store = hf_call_store(call);
    if (hf_store_charge(store, (int64_t)size, NULL) != HF_OK) return NULL;
    struct object *object = mem_zalloc(&alloc_libc, size);
    if (!object) {
        (void)hf_store_charge(store, -(int64_t)size, NULL);
        return NULL;
    }
    hf_wasi *wasi = hf_store_wasi(store);
    wasi->users++;
    *object = (struct object){ .type = type, .store = store, .wasi = wasi, .refs = 1, .size = size };
    return object;
}

void *p2_object_ref(void *object)
{
    ((struct object *)object)->refs++;
    return object;
}

void p2_object_unref(void *ptr)
{
    struct object *object = ptr;
    if (!object || --object->refs > 0) return;
    const size_t size = object->size;
    hf_wasi *wasi = object->wasi;
    hf_store *store = object->store;
    if (object->type->fini) object->type->fini(object);
    mem_free(&alloc_libc, object, size);
    (void)hf_store_charge(store, -(int64_t)size, NULL);
    wasi_unref(wasi);
}

void p2_object_dropped(hf_store *store, void *payload)
{
    (void)store;
    p2_object_unref(payload);
}

uint16_t p2_handle_new(void *ptr, hf_resource *out)
{
    struct object *object = ptr;
    if (hf_resource_new(object->store, &object->type->resource, object, out, NULL) == HF_OK) return 0;
    p2_object_unref(object);
    return WASI_NOMEM;
}

void *p2_handle_get(hf_call *call, hf_resource handle, const struct object_type *type)
{
    void *payload;
    return hf_resource_payload(hf_call_store(call), handle, &type->resource, &payload, NULL) == HF_OK ? payload : NULL;
}
