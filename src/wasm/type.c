// Matching and names of types (specification: "Matching").
#include "wasm/type.h"

#include <stdio.h>

bool def_matches(const struct type_registry *types, uint32_t sub, uint32_t super)
{
    if (sub == super) return true;
    const struct def_type *below = types_get(types, sub);
    const uint32_t depth = types_get(types, super)->depth;
    return depth < below->depth && below->display[depth] == super;
}

static uint32_t heap_of_kind(enum comp_kind kind)
{
    switch (kind) {
    case COMP_FUNC: return HEAP_FUNC;
    case COMP_STRUCT: return HEAP_STRUCT;
    case COMP_ARRAY: break;
    }
    return HEAP_ARRAY;
}

uint32_t heap_top(const struct type_registry *types, uint32_t heap)
{
    if (heap_is_defined(heap)) heap = heap_of_kind(types_get(types, heap_type_id(heap))->kind);
    switch (heap) {
    case HEAP_BOT: return HEAP_BOT;
    case HEAP_FUNC:
    case HEAP_NOFUNC: return HEAP_FUNC;
    case HEAP_EXTERN:
    case HEAP_NOEXTERN: return HEAP_EXTERN;
    case HEAP_EXN:
    case HEAP_NOEXN: return HEAP_EXN;
    default: return HEAP_ANY;
    }
}

bool heap_matches(const struct type_registry *types, uint32_t sub, uint32_t super)
{
    if (sub == super || sub == HEAP_BOT) return true;
    if (heap_is_defined(sub)) {
        if (heap_is_defined(super)) return def_matches(types, heap_type_id(sub), heap_type_id(super));
        sub = heap_of_kind(types_get(types, heap_type_id(sub))->kind);
        if (sub == super) return true;
    }
    switch (sub) {
    case HEAP_EQ: return super == HEAP_ANY;
    case HEAP_I31:
    case HEAP_STRUCT:
    case HEAP_ARRAY: return super == HEAP_EQ || super == HEAP_ANY;
    case HEAP_NONE: return heap_top(types, super) == HEAP_ANY;
    case HEAP_NOFUNC: return heap_top(types, super) == HEAP_FUNC;
    case HEAP_NOEXTERN: return heap_top(types, super) == HEAP_EXTERN;
    case HEAP_NOEXN: return heap_top(types, super) == HEAP_EXN;
    default: return false;
    }
}

bool val_matches(const struct type_registry *types, valtype sub, valtype super)
{
    if (sub == super || val_kind(sub) == VAL_BOT) return true;
    if (!val_is_ref(sub) || !val_is_ref(super)) return false;
    if (val_nullable(sub) && !val_nullable(super)) return false;
    return heap_matches(types, val_heap(sub), val_heap(super));
}

bool func_matches(const struct type_registry *types, const struct func_type *sub, const struct func_type *super)
{
    if (sub->param_count != super->param_count || sub->result_count != super->result_count) return false;
    for (uint32_t i = 0; i < sub->param_count; i++) {
        if (!val_matches(types, super->params[i], sub->params[i])) return false;
    }
    for (uint32_t i = 0; i < sub->result_count; i++) {
        if (!val_matches(types, sub->results[i], super->results[i])) return false;
    }
    return true;
}

// ---- names ----

static const char *const num_names[] = {
    [VAL_BOT] = "bot", [VAL_I32] = "i32",   [VAL_I64] = "i64", [VAL_F32] = "f32",
    [VAL_F64] = "f64", [VAL_V128] = "v128", [VAL_I8] = "i8",   [VAL_I16] = "i16",
};

static const char *const heap_names[] = {
    [HEAP_BOT] = "bot",       [HEAP_ANY] = "any",           [HEAP_EQ] = "eq",
    [HEAP_I31] = "i31",       [HEAP_STRUCT] = "struct",     [HEAP_ARRAY] = "array",
    [HEAP_NONE] = "none",     [HEAP_FUNC] = "func",         [HEAP_NOFUNC] = "nofunc",
    [HEAP_EXTERN] = "extern", [HEAP_NOEXTERN] = "noextern", [HEAP_EXN] = "exn",
    [HEAP_NOEXN] = "noexn",
};

const char *val_name(valtype t, char *out, size_t size)
{
    if (size == 0) return out;
    const char *null = val_nullable(t) ? "null " : "";
    const uint32_t heap = val_heap(t);
    if (!val_is_ref(t)) {
        const enum val_kind kind = val_kind(t);
        snprintf(out, size, "%s",
                 kind < sizeof num_names / sizeof *num_names && num_names[kind] ? num_names[kind] : "?");
    } else if (heap < sizeof heap_names / sizeof *heap_names) {
        snprintf(out, size, "(ref %s%s)", null, heap_names[heap]);
    } else if (heap >= HEAP_REC) {
        snprintf(out, size, "(ref %srec.%u)", null, heap - HEAP_REC);
    } else {
        snprintf(out, size, "(ref %s%u)", null, heap_type_id(heap));
    }
    return out;
}
