// Tables and globals made and used by the host.
#include <holdfast/global.h>
#include <holdfast/table.h>

#include <string.h>

#include "base/fail.h"
#include "runtime/instance.h"

// A type word that a host made up may name anything: it must be a value type, and a defined type must be known.
static bool is_valtype(const struct hf_store *store, hf_valtype type)
{
    (void)store;
    switch (val_kind(type)) {
    case VAL_I32:
    case VAL_I64:
    case VAL_F32:
    case VAL_F64:
    case VAL_V128: return type == (hf_valtype)val_kind(type);
    case VAL_REF: return val_heap(type) >= HEAP_ANY && val_heap(type) < HEAP_REC && (type & 0xe0) == 0;
    default: return false;
    }
}

static struct table_inst *find_table(hf_store *store, hf_table handle, hf_status *status)
{
    struct object *object = store_object(store, handle.h, OBJECT_TABLE, status);
    return object ? object_table(object) : NULL;
}

hf_code hf_table_new(hf_store *store, hf_tabletype type, hf_val init, hf_table *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (!is_valtype(store, type.element) || !val_is_ref(type.element))
        return fail(status, HF_BAD_ARGUMENT, "a table holds references");
    const uint64_t most = type.limits.is64 ? UINT64_MAX : UINT32_MAX;
    if (type.limits.min > most || (type.limits.max != UINT64_MAX && type.limits.max < type.limits.min))
        return fail(status, HF_BAD_ARGUMENT, "limits that contradict each other");
    union slot value;
    hf_code code = val_to_slots(store, &init, type.element, &value, status);
    if (code) return code;
    const struct table_type own = {
        .limits = { .min = type.limits.min,
                    .max = type.limits.max == UINT64_MAX ? 0 : type.limits.max,
                    .has_max = type.limits.max != UINT64_MAX,
                    .is64 = type.limits.is64 },
        .elem = type.element,
    };
    struct table_inst *table;
    code = table_new(store, &own, value.ref, true, &table, status);
    return code ? code : object_handle(store, &table->object, &out->h, status);
}

hf_code hf_table_size(hf_store *store, hf_table handle, uint64_t *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct table_inst *table = find_table(store, handle, &own);
    if (!table) return pass_on(&own, status);
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the size");
    *out = table->size;
    return HF_OK;
}

static hf_code beyond(uint64_t at, hf_status *status)
{
    return fail(status, HF_OUT_OF_BOUNDS, "element %llu is beyond the table", (unsigned long long)at);
}

hf_code hf_table_get(hf_store *store, hf_table handle, uint64_t at, hf_val *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct table_inst *table = find_table(store, handle, &own);
    if (!table) return pass_on(&own, status);
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the value");
    if (at >= table->size) return beyond(at, status);
    const union slot value = { .u64 = table->elems[at] };
    return val_from_slots(store, &value, table->type.elem, out, status);
}

hf_code hf_table_set(hf_store *store, hf_table handle, uint64_t at, hf_val value, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct table_inst *table = find_table(store, handle, &own);
    if (!table) return pass_on(&own, status);
    if (at >= table->size) return beyond(at, status);
    union slot slot;
    const hf_code code = val_to_slots(store, &value, table->type.elem, &slot, status);
    if (!code) table->elems[at] = slot.ref;
    return code;
}

hf_code hf_table_grow(hf_store *store, hf_table handle, uint64_t count, hf_val init, uint64_t *old_size,
                      hf_status *status)
{
    hf_status own = hf_status_ok();
    struct table_inst *table = find_table(store, handle, &own);
    if (!table) return pass_on(&own, status);
    union slot slot;
    const hf_code code = val_to_slots(store, &init, table->type.elem, &slot, status);
    if (code) return code;
    uint64_t old;
    if (!table_grow(store, table, count, slot.ref, &old))
        return fail(status, HF_LIMIT, "the table cannot grow by %llu elements", (unsigned long long)count);
    if (old_size) *old_size = old;
    return HF_OK;
}

static struct global_inst *find_global(hf_store *store, hf_global handle, hf_status *status)
{
    struct object *object = store_object(store, handle.h, OBJECT_GLOBAL, status);
    return object ? object_global(object) : NULL;
}

hf_code hf_global_new(hf_store *store, hf_globaltype type, hf_val init, hf_global *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (!is_valtype(store, type.type)) return fail(status, HF_BAD_ARGUMENT, "no value type");
    union slot value[2] = { { .u64 = 0 }, { .u64 = 0 } };
    hf_code code = val_to_slots(store, &init, type.type, value, status);
    if (code) return code;
    const struct global_type own = { type.type, type.is_mutable };
    struct global_inst *global;
    code = global_new(store, &own, true, &global, status);
    if (code) return code;
    memcpy(global->value, value, sizeof value);
    return object_handle(store, &global->object, &out->h, status);
}

hf_code hf_global_get(hf_store *store, hf_global handle, hf_val *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const struct global_inst *global = find_global(store, handle, &own);
    if (!global) return pass_on(&own, status);
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the value");
    return val_from_slots(store, global->value, global->type.type, out, status);
}

hf_code hf_global_set(hf_store *store, hf_global handle, hf_val value, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct global_inst *global = find_global(store, handle, &own);
    if (!global) return pass_on(&own, status);
    if (!global->type.mutable) return fail(status, HF_BAD_ARGUMENT, "the global is immutable");
    return val_to_slots(store, &value, global->type.type, global->value, status);
}
