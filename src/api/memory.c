#include <holdfast/memory.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/memory.h"
#include "runtime/store.h"

static struct memory_inst *find(hf_store *store, hf_memory handle, hf_status *status)
{
    struct object *object = store_object(store, handle.h, OBJECT_MEMORY, status);
    return object ? object_memory(object) : NULL;
}

static hf_code limits_from(const hf_limits *given, uint64_t most, struct limits *out, hf_status *status)
{
    if (given->min > most || (given->max != UINT64_MAX && given->max < given->min))
        return fail(status, HF_BAD_ARGUMENT, "limits that contradict each other");
    *out = (struct limits){
        .min = given->min,
        .max = given->max == UINT64_MAX ? 0 : given->max,
        .has_max = given->max != UINT64_MAX,
        .is64 = given->is64,
        .shared = given->shared,
        .page_log2 = given->page_log2,
    };
    return HF_OK;
}

hf_code hf_memory_new(hf_store *store, hf_limits type, hf_memory *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (type.page_log2 == 0 && !(store->engine->features & FEATURE_CUSTOM_PAGE_SIZES)) type.page_log2 = 16;
    if (type.page_log2 != 16 && type.page_log2 != 0) return fail(status, HF_BAD_ARGUMENT, "no such page size");
    if (type.shared && (type.max == UINT64_MAX || !(store->engine->features & FEATURE_THREADS)))
        return fail(status, HF_BAD_ARGUMENT, "a shared memory needs a maximum, and threads switched on");
    const uint64_t most = (type.is64 ? UINT64_C(1) << 48 : UINT64_C(1) << 32) >> type.page_log2;
    struct limits limits;
    hf_code code = limits_from(&type, most, &limits, status);
    struct memory_inst *memory;
    if (!code) code = memory_new(store, &limits, NULL, true, &memory, status);
    return code ? code : object_handle(store, &memory->object, &out->h, status);
}

uint8_t *hf_memory_data(hf_store *store, hf_memory handle, size_t *size)
{
    const struct memory_inst *memory = find(store, handle, NULL);
    if (size) *size = memory ? (size_t)memory_bytes(memory) : 0;
    return memory ? memory->base : NULL;
}

hf_code hf_memory_size(hf_store *store, hf_memory handle, uint64_t *pages, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct memory_inst *memory = find(store, handle, &own);
    if (!memory) return pass_on(&own, status);
    if (!pages) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the size");
    *pages = memory_bytes(memory) >> memory->type.page_log2;
    return HF_OK;
}

hf_code hf_memory_grow(hf_store *store, hf_memory handle, uint64_t pages, uint64_t *old_pages, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct memory_inst *memory = find(store, handle, &own);
    if (!memory) return pass_on(&own, status);
    uint64_t old;
    if (!memory_grow(store, memory, pages, &old))
        return fail(status, HF_LIMIT, "the memory cannot grow by %llu pages", (unsigned long long)pages);
    if (old_pages) *old_pages = old;
    return HF_OK;
}

static hf_code out_of_bounds(uint64_t at, size_t size, hf_status *status)
{
    return fail(status, HF_OUT_OF_BOUNDS, "%zu bytes at %llu are beyond the memory", size, (unsigned long long)at);
}

hf_code hf_memory_read(hf_store *store, hf_memory handle, uint64_t at, void *out, size_t size, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct memory_inst *memory = find(store, handle, &own);
    if (!memory) return pass_on(&own, status);
    if (!memory_fits(memory, at, size)) return out_of_bounds(at, size, status);
    if (size) memcpy(out, memory->base + at, size);
    return HF_OK;
}

hf_code hf_memory_write(hf_store *store, hf_memory handle, uint64_t at, const void *data, size_t size,
                        hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct memory_inst *memory = find(store, handle, &own);
    if (!memory) return pass_on(&own, status);
    if (!memory_fits(memory, at, size)) return out_of_bounds(at, size, status);
    if (size) memcpy(memory->base + at, data, size);
    return HF_OK;
}

hf_code hf_memory_share(hf_store *store, hf_memory handle, hf_shared **out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct memory_inst *memory = find(store, handle, &own);
    if (!memory) return pass_on(&own, status);
    if (!memory->data->shared) return fail(status, HF_WRONG_TYPE, "the memory is not shared");
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the memory");
    *out = hf_shared_ref(memory->data->shared);
    return HF_OK;
}

hf_code hf_memory_from_shared(hf_store *store, hf_shared *shared, hf_memory *out, hf_status *status)
{
    if (!store || !shared || !out) return fail(status, HF_BAD_ARGUMENT, "no store or no memory");
    struct memory_inst *memory;
    const hf_code code = memory_of_shared(store, shared, &memory, status);
    return code ? code : object_handle(store, &memory->object, &out->h, status);
}
