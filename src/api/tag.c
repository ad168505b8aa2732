#include <holdfast/tag.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/instance.h"

static struct tag_inst *find(hf_store *store, hf_tag handle, hf_status *status)
{
    struct object *object = store_object(store, handle.h, OBJECT_TAG, status);
    return object ? object_tag(object) : NULL;
}

hf_code hf_tag_new(hf_store *store, const hf_valtype *params, size_t count, hf_tag *out, hf_status *status)
{
    if (!store || !out || (count && !params)) return fail(status, HF_BAD_ARGUMENT, "no store or no types");
    if (count > 1000) return fail(status, HF_LIMIT, "more than 1000 parameters");
    const struct def_type draft = {
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .func = { .param_count = (uint32_t)count, .params = params },
    };
    uint32_t id;
    hf_code code = types_intern(store->types, &draft, 1, &id, status);
    if (code) return code;
    struct tag_inst *tag;
    code = tag_new(store, id, true, &tag, status);
    types_unref(store->types, id); // the tag has its own
    return code ? code : object_handle(store, &tag->object, &out->h, status);
}

hf_code hf_exception_get(hf_store *store, hf_ref ref, hf_tag *tag, hf_val *args, size_t max, size_t *count,
                         hf_status *status)
{
    gref at;
    bool is_func;
    hf_code code = root_get(store, ref, &at, &is_func, status);
    if (code) return code;
    if (is_func || at == REF_NULL || !ref_matches(store, at, HEAP_EXN, false))
        return fail(status, HF_WRONG_TYPE, "the reference is no exception");
    const struct gc_exception *exception = (const struct gc_exception *)(const void *)gc_at(&store->gc, at);
    struct tag_inst *inst = store_tag(store, exception->tag);
    if (tag) code = object_handle(store, &inst->object, &tag->h, status);
    const struct func_type *type = &types_get(store->types, inst->type_id)->func;
    if (count) *count = type->param_count;
    const union slot *slot = exception->args;
    for (uint32_t i = 0; i < type->param_count && !code; i++) {
        if (args && i < max) code = val_from_slots(store, slot, type->params[i], &args[i], status);
        slot += val_slots(type->params[i]);
    }
    return code;
}

hf_code hf_exception_new(hf_store *store, hf_tag handle, const hf_val *args, size_t count, hf_ref *out,
                         hf_status *status)
{
    hf_status own = hf_status_ok();
    struct tag_inst *tag = find(store, handle, &own);
    if (!tag) return pass_on(&own, status);
    const struct func_type *type = &types_get(store->types, tag->type_id)->func;
    if (!out || count != type->param_count || (count && !args))
        return fail(status, HF_WRONG_TYPE, "the tag takes %u values, not %zu", type->param_count, count);
    const size_t bytes = ((size_t)type->param_slots + 1) * sizeof(union slot);
    union slot *slots = mem_zalloc(store->heap, bytes);
    if (!slots) return fail_oom(status);
    hf_code code = HF_OK;
    union slot *slot = slots;
    for (uint32_t i = 0; i < count && !code; i++) {
        code = val_to_slots(store, &args[i], type->params[i], slot, status);
        slot += val_slots(type->params[i]);
    }
    if (!code) {
        struct activation act = { .store = store };
        const gref ref = gc_new_exception(&act, tag, slots, type->param_slots);
        code = ref ? root_scoped(store, ref, false, out, status)
                   : fail(status, HF_LIMIT, "the guest heap has no room for an exception");
    }
    mem_free(store->heap, slots, bytes);
    return code;
}
