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
    *object = (struct object){ .type = type, .store = store, .wasi = hf_store_wasi(store), .refs = 1, .size = size };
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
    hf_store *store = object->store;
    if (object->type->fini) object->type->fini(object);
    mem_free(&alloc_libc, object, size);
    (void)hf_store_charge(store, -(int64_t)size, NULL);
}

// -- handles --

struct handle_slot {
    struct object *object; // NULL: free
    uint32_t generation;
    uint32_t next; // of the free slots
};

uint16_t p2_handle_new(hf_call *call, void *object, hf_resource *out)
{
    struct handles *handles = &hf_store_wasi(hf_call_store(call))->handles;
    uint32_t index = handles->free;
    if (index > 0) {
        handles->free = handles->slots[index - 1].next;
    } else {
        struct handle_slot *slots =
            handles->count < UINT32_MAX - 1
                ? mem_grow(&alloc_libc, handles->slots, &handles->cap, handles->count + 1, sizeof *slots)
                : NULL;
        if (!slots) {
            p2_object_unref(object);
            return WASI_NOMEM;
        }
        handles->slots = slots;
        index = (uint32_t)++handles->count;
        slots[index - 1].generation = 0;
    }
    struct handle_slot *slot = &handles->slots[index - 1];
    slot->object = object;
    slot->generation++;
    out->h = (hf_handle){ .store = 1, .index = index, .generation = slot->generation };
    return 0;
}

static struct handle_slot *slot_of(hf_wasi *wasi, hf_resource handle)
{
    struct handles *handles = &wasi->handles;
    const uint32_t index = handle.h.index;
    if (index == 0 || index > handles->count) return NULL;
    struct handle_slot *slot = &handles->slots[index - 1];
    return slot->object && slot->generation == handle.h.generation ? slot : NULL;
}

void *p2_handle_get(hf_call *call, hf_resource handle, const struct object_type *type)
{
    struct handle_slot *slot = slot_of(hf_store_wasi(hf_call_store(call)), handle);
    return slot && slot->object->type == type ? slot->object : NULL;
}

hf_code p2_handle_drop(hf_wasi *wasi, hf_resource handle)
{
    struct handle_slot *slot = slot_of(wasi, handle);
    if (!slot) return HF_STALE;
    struct object *object = slot->object;
    slot->object = NULL;
    slot->next = wasi->handles.free;
    wasi->handles.free = handle.h.index;
    p2_object_unref(object);
    return HF_OK;
}

void p2_handles_fini(struct handles *handles)
{
    for (size_t i = 0; i < handles->count; i++) {
        struct object *object = handles->slots[i].object;
        handles->slots[i].object = NULL;
        p2_object_unref(object);
    }
    mem_free(&alloc_libc, handles->slots, handles->cap * sizeof *handles->slots);
    *handles = (struct handles){ NULL, 0, 0, 0 };
}
