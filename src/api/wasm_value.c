// Values and references between the embedder and the guest.
#include "api/capi.h"

void wasm_val_delete(wasm_val_t *value)
{
    if (wasm_valkind_is_ref(value->kind)) {
        wasm_ref_delete(value->of.ref);
        value->of.ref = NULL;
    }
}

void wasm_val_copy(wasm_val_t *out, const wasm_val_t *from)
{
    *out = *from;
    if (wasm_valkind_is_ref(from->kind)) out->of.ref = wasm_ref_copy(from->of.ref);
}

// The guest heap dropped a host value. No call into the store is allowed here: the next call of the API goes on.
static void guest_dropped(void *value)
{
    struct capi_object *const o = value;
    if (o->guest_gone++) return;
    o->next_dead = o->store->dead;
    o->store->dead = o;
}

hf_code capi_ref_in(wasm_store_t *store, const struct capi_object *given, hf_valtype type, hf_val *out,
                    hf_status *status)
{
    struct capi_object *const o = (struct capi_object *)(uintptr_t)given;
    out->type = type;
    out->of.ref = (hf_ref){ 0 };
    if (!o) return HF_OK;
    // Another store's object becomes a stale or foreign handle, which the engine refuses; a host value would not be.
    if (o->store != store) return HF_WRONG_STORE;
    if (o->kind == CAPI_GUEST) {
        out->of.ref = o->root;
        return HF_OK;
    }
    if (o->kind == CAPI_FUNC && hf_valtype_matches(store->engine, type, HF_TYPE_FUNCREF))
        return hf_ref_from_func(store->store, (hf_func){ o->handle }, &out->of.ref, status);
    const hf_code code = hf_ref_host(store->store, o, guest_dropped, &out->of.ref, status);
    if (code == HF_OK) o->guest++;
    return code;
}

struct capi_object *capi_ref_out(wasm_store_t *store, const hf_val *value)
{
    const hf_ref ref = value->of.ref;
    if (hf_ref_is_null(ref)) return NULL;
    hf_func func;
    if (hf_valtype_matches(store->engine, value->type, HF_TYPE_FUNCREF))
        return hf_ref_to_func(store->store, ref, &func, NULL) == HF_OK ? object_named(store, CAPI_FUNC, func.h, NULL)
                                                                       : NULL;
    void *host;
    if (hf_ref_host_value(store->store, ref, &host, NULL) == HF_OK) return object_ref(host);
    struct capi_object *const o = object_new(store, CAPI_GUEST);
    if (o && hf_ref_own(store->store, ref, &o->root, NULL)) {
        object_unref(o);
        return NULL;
    }
    return o;
}

hf_code capi_val_in(wasm_store_t *store, const wasm_val_t *value, hf_valtype type, hf_val *out, hf_status *status)
{
    *out = (hf_val){ .type = type };
    const hf_valkind kind = hf_valtype_kind(type);
    if (kind == HF_REF) {
        if (!wasm_valkind_is_ref(value->kind)) return HF_WRONG_TYPE;
        return capi_ref_in(store, value->of.ref ? &value->of.ref->o : NULL, type, out, status);
    }
    if (kind == HF_V128 || value->kind != capi_valkind(store->engine, type)) return HF_WRONG_TYPE;
    switch (kind) {
    case HF_I32: out->of.i32 = value->of.i32; break;
    case HF_I64: out->of.i64 = value->of.i64; break;
    case HF_F32: out->of.f32 = value->of.f32; break;
    default: out->of.f64 = value->of.f64; break;
    }
    return HF_OK;
}

void capi_val_out(wasm_store_t *store, const hf_val *value, wasm_val_t *out)
{
    *out = (wasm_val_t){ .kind = capi_valkind(store->engine, value->type) };
    switch (hf_valtype_kind(value->type)) {
    case HF_I32: out->of.i32 = value->of.i32; break;
    case HF_I64: out->of.i64 = value->of.i64; break;
    case HF_F32: out->of.f32 = value->of.f32; break;
    case HF_F64: out->of.f64 = value->of.f64; break;
    case HF_V128: break;
    case HF_REF: out->of.ref = (wasm_ref_t *)capi_ref_out(store, value); break;
    }
}
