#include <holdfast/ref.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/store.h"

// The value of a reference that is not null.
static hf_code value_of(hf_store *store, hf_ref ref, gref *out, bool *is_func, hf_status *status)
{
    const hf_code code = root_get(store, ref, out, is_func, status);
    if (code) return code;
    return *out == REF_NULL ? fail(status, HF_WRONG_TYPE, "the reference is null") : HF_OK;
}

static hf_code heap_object(hf_store *store, hf_ref ref, struct gc_header **out, hf_status *status)
{
    gref at;
    bool is_func;
    const hf_code code = value_of(store, ref, &at, &is_func, status);
    if (code) return code;
    if (is_func || ref_is_i31(at))
        return fail(status, HF_WRONG_TYPE, "the reference is to no object of the guest heap");
    *out = gc_at(&store->gc, at);
    return HF_OK;
}

hf_code hf_ref_host(hf_store *store, void *value, void (*free_fn)(void *value), hf_ref *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    const gref ref = gc_alloc(store, GC_HOST, sizeof(struct gc_host) - sizeof(struct gc_header));
    if (!ref) return fail(status, HF_LIMIT, "the guest heap has no room for a host reference");
    struct gc_host *host = (struct gc_host *)(void *)gc_at(&store->gc, ref);
    host->value = value;
    const hf_code code = root_scoped(store, ref, false, out, status);
    if (!code) host->free_fn = free_fn; // on failure the value stays the caller's
    return code;
}

hf_code hf_ref_host_value(hf_store *store, hf_ref ref, void **out, hf_status *status)
{
    struct gc_header *object;
    const hf_code code = heap_object(store, ref, &object, status);
    if (code) return code;
    if (object->type != GC_HOST || !out) return fail(status, HF_WRONG_TYPE, "the reference is to no host value");
    *out = ((struct gc_host *)(void *)object)->value;
    return HF_OK;
}

hf_code hf_ref_from_func(hf_store *store, hf_func func, hf_ref *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const gref ref = store_func(store, func.h, &own);
    if (!ref) return pass_on(&own, status);
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the reference");
    return root_scoped(store, ref, true, out, status);
}

hf_code hf_ref_to_func(hf_store *store, hf_ref ref, hf_func *out, hf_status *status)
{
    gref at;
    bool is_func;
    const hf_code code = value_of(store, ref, &at, &is_func, status);
    if (code) return code;
    if (!is_func || !out) return fail(status, HF_WRONG_TYPE, "the reference is to no function");
    return func_handle(store, at, &out->h, status);
}

hf_code hf_ref_i31(hf_store *store, int32_t value, hf_ref *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    return root_scoped(store, ref_i31(value), false, out, status);
}

hf_code hf_ref_i31_value(hf_store *store, hf_ref ref, int32_t *out, hf_status *status)
{
    gref at;
    bool is_func;
    const hf_code code = value_of(store, ref, &at, &is_func, status);
    if (code) return code;
    if (is_func || !ref_is_i31(at) || !out) return fail(status, HF_WRONG_TYPE, "the reference is no i31");
    *out = i31_get_s(at);
    return HF_OK;
}

bool hf_ref_equal(hf_store *store, hf_ref a, hf_ref b)
{
    gref x, y;
    bool x_func, y_func;
    if (root_get(store, a, &x, &x_func, NULL) || root_get(store, b, &y, &y_func, NULL)) return false;
    return x == y && (x == REF_NULL || x_func == y_func);
}

hf_code hf_ref_type(hf_store *store, hf_ref ref, hf_valtype *out, hf_status *status)
{
    gref at;
    bool is_func;
    const hf_code code = value_of(store, ref, &at, &is_func, status);
    if (code) return code;
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the type");
    uint32_t heap;
    if (is_func) {
        heap = HEAP_DEFINED + store->funcs[at].type_id;
    } else if (ref_is_i31(at)) {
        heap = HEAP_I31;
    } else {
        const uint32_t type = gc_at(&store->gc, at)->type;
        heap = type == GC_HOST ? HEAP_EXTERN : type == GC_EXCEPTION ? HEAP_EXN : HEAP_DEFINED + type;
    }
    *out = val_ref(heap, false);
    return HF_OK;
}

// A structure's or array's type; NULL for anything else.
static const struct def_type *aggregate(hf_store *store, const struct gc_header *object)
{
    if (object->type == GC_HOST || object->type == GC_EXCEPTION) return NULL;
    return types_get(store->types, object->type);
}

hf_code hf_ref_length(hf_store *store, hf_ref ref, size_t *out, hf_status *status)
{
    struct gc_header *object;
    const hf_code code = heap_object(store, ref, &object, status);
    if (code) return code;
    const struct def_type *type = aggregate(store, object);
    if (!type || !out) return fail(status, HF_WRONG_TYPE, "the reference is to no structure or array");
    *out = type->kind == COMP_ARRAY ? ((const struct gc_array *)(const void *)object)->length
                                    : type->structure.field_count;
    return HF_OK;
}

hf_code hf_ref_get(hf_store *store, hf_ref ref, size_t i, hf_val *out, hf_status *status)
{
    struct gc_header *object;
    const hf_code code = heap_object(store, ref, &object, status);
    if (code) return code;
    const struct def_type *type = aggregate(store, object);
    if (!type || !out) return fail(status, HF_WRONG_TYPE, "the reference is to no structure or array");
    const bool array = type->kind == COMP_ARRAY;
    const size_t length = array ? ((const struct gc_array *)(const void *)object)->length : type->structure.field_count;
    if (i >= length) return fail(status, HF_OUT_OF_BOUNDS, "there is no field or element %zu", i);
    const valtype storage = array ? type->element.storage : type->structure.fields[i].storage;
    const size_t at =
        array ? GC_ARRAY_PAYLOAD + i * storage_size(storage) : GC_STRUCT_PAYLOAD + type->structure.fields[i].offset;
    union slot value[2] = { { .u64 = 0 }, { .u64 = 0 } };
    memcpy(value, (const uint8_t *)object + at, storage_size(storage));
    return val_from_slots(store, value, val_unpacked(storage), out, status);
}
