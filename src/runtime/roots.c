// References that the host holds, and values between host and slots.
#include <string.h>

#include "base/fail.h"
#include "runtime/store.h"

enum { OWNED = 1u << 31, GENERATION_MOST = (1 << 28) - 1 };

static bool grow(struct hf_store *store, struct roots *roots)
{
    void *grown = mem_grow(store->heap, roots->at, &roots->cap, (size_t)roots->count + 1, sizeof *roots->at);
    if (!grown) return false;
    roots->at = grown;
    return true;
}

hf_code root_scoped(struct hf_store *store, gref ref, bool is_func, hf_ref *out, hf_status *status)
{
    if (ref == REF_NULL) {
        memset(out, 0, sizeof *out);
        return HF_OK;
    }
    struct roots *roots = &store->scoped;
    const size_t old = roots->cap;
    if (roots->count >= OWNED - 1 || (roots->count == roots->cap && !grow(store, roots))) return fail_oom(status);
    if (roots->cap > old) memset(roots->at + old, 0, (roots->cap - old) * sizeof *roots->at);
    struct root *root = &roots->at[roots->count];
    root->ref = ref;
    root->is_func = is_func;
    root->used = true;
    out->h = handle_make(store, roots->count++, root->generation, OBJECT_REF);
    return HF_OK;
}

void roots_close(struct hf_store *store, uint32_t mark)
{
    struct roots *roots = &store->scoped;
    while (roots->count > mark) {
        struct root *root = &roots->at[--roots->count];
        root->used = false;
        root->generation = (root->generation + 1) & GENERATION_MOST;
    }
}

hf_code root_owned(struct hf_store *store, gref ref, bool is_func, hf_ref *out, hf_status *status)
{
    if (ref == REF_NULL) {
        memset(out, 0, sizeof *out);
        return HF_OK;
    }
    struct roots *roots = &store->owned;
    uint32_t at = roots->free;
    if (at == NO_ROOT) {
        if (roots->count >= OWNED - 1 || (roots->count == roots->cap && !grow(store, roots))) return fail_oom(status);
        at = roots->count++;
        roots->at[at].generation = 0;
    } else {
        roots->free = roots->at[at].next_free;
    }
    struct root *root = &roots->at[at];
    root->ref = ref;
    root->is_func = is_func;
    root->used = true;
    out->h = handle_make(store, at | OWNED, root->generation, OBJECT_REF);
    return HF_OK;
}

// The root behind a handle that is not null.
static struct root *root_find(struct hf_store *store, hf_ref ref, hf_status *status)
{
    if (ref.h.store != store->id) {
        fail(status, HF_WRONG_STORE, "the reference belongs to another store");
        return NULL;
    }
    if ((ref.h.generation & 15) != OBJECT_REF) {
        fail(status, HF_WRONG_KIND, "a handle of another kind where a reference is expected");
        return NULL;
    }
    const struct roots *roots = ref.h.index & OWNED ? &store->owned : &store->scoped;
    const uint32_t at = ref.h.index & ~(uint32_t)OWNED;
    struct root *root = at < roots->count ? &roots->at[at] : NULL;
    if (!root || !root->used || root->generation != ref.h.generation >> 4) {
        fail(status, HF_STALE, "the reference was released or its scope is closed");
        return NULL;
    }
    return root;
}

hf_code root_get(struct hf_store *store, hf_ref ref, gref *out, bool *is_func, hf_status *status)
{
    if (!store) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (hf_ref_is_null(ref)) {
        *out = REF_NULL;
        *is_func = false;
        return HF_OK;
    }
    hf_status own = hf_status_ok();
    const struct root *root = root_find(store, ref, &own);
    if (!root) return pass_on(&own, status);
    *out = root->ref;
    *is_func = root->is_func;
    return HF_OK;
}

hf_scope hf_scope_open(hf_store *store)
{
    return (hf_scope){ store ? store->scoped.count : 0 };
}

void hf_scope_close(hf_store *store, hf_scope scope)
{
    if (store && scope.mark <= store->scoped.count) roots_close(store, (uint32_t)scope.mark);
}

hf_code hf_ref_own(hf_store *store, hf_ref ref, hf_ref *out, hf_status *status)
{
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the root");
    gref value;
    bool is_func;
    const hf_code code = root_get(store, ref, &value, &is_func, status);
    return code ? code : root_owned(store, value, is_func, out, status);
}

hf_code hf_ref_release(hf_store *store, hf_ref ref)
{
    if (!store) return HF_BAD_ARGUMENT;
    if (hf_ref_is_null(ref)) return HF_OK;
    hf_status own = hf_status_ok();
    struct root *root = root_find(store, ref, &own);
    if (!root) return own.code;
    if (!(ref.h.index & OWNED)) return HF_WRONG_KIND;
    root->used = false;
    root->ref = REF_NULL;
    if (root->generation < GENERATION_MOST) {
        root->generation++;
        root->next_free = store->owned.free;
        store->owned.free = ref.h.index & ~(uint32_t)OWNED;
    }
    return HF_OK;
}

// ---- values ----

bool heap_is_func(const struct type_registry *types, uint32_t heap)
{
    switch (heap) {
    case HEAP_FUNC:
    case HEAP_NOFUNC: return true;
    default: return heap_is_defined(heap) && types_get(types, heap_type_id(heap))->kind == COMP_FUNC;
    }
}

static hf_code wrong_type(valtype given, valtype type, hf_status *status)
{
    char have[48], want[48];
    return fail(status, HF_WRONG_TYPE, "a value of type %s where %s is expected", val_name(given, have, sizeof have),
                val_name(type, want, sizeof want));
}

hf_code val_to_slots(struct hf_store *store, const hf_val *value, valtype type, union slot *out, hf_status *status)
{
    if (!val_is_ref(type)) {
        if (value->type != type) return wrong_type(value->type, type, status);
        if (type == VAL_V128)
            memcpy(out, value->of.v128, 16);
        else if (type == VAL_I32 || type == VAL_F32)
            out->u64 = (uint32_t)value->of.i32;
        else
            out->i64 = value->of.i64;
        return HF_OK;
    }
    if (!val_is_ref(value->type)) return wrong_type(value->type, type, status);
    gref ref;
    bool is_func;
    const hf_code code = root_get(store, value->of.ref, &ref, &is_func, status);
    if (code) return code;
    const bool wants_func = heap_is_func(store->types, val_heap(type));
    const bool fits = ref == REF_NULL ? val_nullable(type)
                                      : is_func == wants_func && ref_matches(store, ref, val_heap(type), is_func);
    if (!fits) return wrong_type(value->type, type, status);
    out->u64 = ref;
    return HF_OK;
}

hf_code val_from_slots(struct hf_store *store, const union slot *slots, valtype type, hf_val *out, hf_status *status)
{
    memset(out, 0, sizeof *out);
    out->type = type;
    if (val_is_ref(type))
        return root_scoped(store, slots->ref, heap_is_func(store->types, val_heap(type)), &out->of.ref, status);
    if (type == VAL_V128)
        memcpy(out->of.v128, slots, 16);
    else if (type == VAL_I32 || type == VAL_F32)
        out->of.i32 = slots->i32;
    else
        out->of.i64 = slots->i64;
    return HF_OK;
}

hf_code vals_to_slots(struct hf_store *store, const hf_val *values, const valtype *types, uint32_t count,
                      union slot *out, hf_status *status)
{
    for (uint32_t i = 0; i < count; i++) {
        const hf_code code = val_to_slots(store, &values[i], types[i], out, status);
        if (code) return code;
        out += val_slots(types[i]);
    }
    return HF_OK;
}

hf_code vals_from_slots(struct hf_store *store, const union slot *slots, const valtype *types, uint32_t count,
                        hf_val *out, hf_status *status)
{
    for (uint32_t i = 0; i < count; i++) {
        const hf_code code = val_from_slots(store, slots, types[i], &out[i], status);
        if (code) return code;
        slots += val_slots(types[i]);
    }
    return HF_OK;
}
