// Flattening: a value as a few core values (CanonicalABI.md, "Flattening").
#include "component/types.h"

struct flat {
    uint8_t count; // at most TOO_MANY_FLAT
    uint8_t kinds[TOO_MANY_FLAT];
};

static void put(struct flat *flat, enum val_kind kind)
{
    if (flat->count == TOO_MANY_FLAT) return;
    flat->kinds[flat->count++] = (uint8_t)kind;
}

static void put_type(const struct ctypes *types, struct flat *flat, ctype type, bool is64)
{
    const struct shape *const abi = &ctypes_get(types, type)->abi[is64];
    if (abi->flat)
        for (unsigned i = 0; i < abi->flat_count; i++) put(flat, abi->flat[i]);
    else
        flat->count = TOO_MANY_FLAT;
}

static enum val_kind join(enum val_kind a, enum val_kind b)
{
    if (a == b) return a;
    if ((a == VAL_I32 && b == VAL_F32) || (a == VAL_F32 && b == VAL_I32)) return VAL_I32;
    return VAL_I64;
}

static void put_variant(const struct ctypes *types, struct flat *flat, const struct ctype_def *def, bool is64)
{
    put(flat, VAL_I32);
    for (uint32_t i = 0; i < def->record.count; i++) {
        struct flat payload = { 0 };
        if (def->record.fields[i].type == NO_CTYPE) continue;
        put_type(types, &payload, def->record.fields[i].type, is64);
        for (unsigned k = 0; k < payload.count; k++) {
            if (k + 1u >= flat->count)
                put(flat, payload.kinds[k]);
            else
                flat->kinds[k + 1] = (uint8_t)join(flat->kinds[k + 1], payload.kinds[k]);
            if (flat->count == TOO_MANY_FLAT) return;
        }
    }
}

bool flatten_type(const struct ctypes *types, struct ctype_def *def, bool is64)
{
    const enum val_kind pointer = is64 ? VAL_I64 : VAL_I32;
    struct flat flat = { 0 };
    switch (def->kind) {
    case HF_WIT_S64:
    case HF_WIT_U64: put(&flat, VAL_I64); break;
    case HF_WIT_F32: put(&flat, VAL_F32); break;
    case HF_WIT_F64: put(&flat, VAL_F64); break;
    case HF_WIT_STRING:
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        put(&flat, pointer);
        put(&flat, pointer);
        break;
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < def->list.length && flat.count < TOO_MANY_FLAT; i++)
            put_type(types, &flat, def->list.element, is64);
        break;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < def->record.count && flat.count < TOO_MANY_FLAT; i++)
            put_type(types, &flat, def->record.fields[i].type, is64);
        break;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: put_variant(types, &flat, def, is64); break;
    default: put(&flat, VAL_I32); break;
    }
    struct shape *const abi = &def->abi[is64];
    abi->flat_count = flat.count;
    abi->flat = NULL;
    if (flat.count == TOO_MANY_FLAT) return true;
    abi->flat = arena_copy(types->arena, flat.kinds, flat.count);
    return abi->flat != NULL;
}
