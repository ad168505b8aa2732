// Constant expressions (specification: "Constant Expressions"), validated before. Operands live in arrays that the collector knows,
// since structures and arrays are allocated here.
#include <string.h>

#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/instance.h"
#include "wasm/trap.h"

enum { FEW = 16 };

struct eval {
    struct instance *instance;
    struct hf_store *store;
    union slot few_slots[FEW * 2];
    valtype few_types[FEW];
    union slot *slots;
    valtype *types;
    size_t cap;   // values; there are twice as many slots
    uint32_t top; // slots in use
    struct temp_roots temp;
    hf_status *status;
};

static bool grow(struct eval *e)
{
    const size_t cap = e->cap * 2;
    const hf_allocator *heap = e->store->heap;
    union slot *slots = mem_zalloc_array(heap, cap * 2, sizeof *slots);
    valtype *types = mem_zalloc_array(heap, cap, sizeof *types);
    if (!slots || !types) {
        mem_free(heap, slots, cap * 2 * sizeof *slots);
        mem_free(heap, types, cap * sizeof *types);
        fail_oom(e->status);
        return false;
    }
    memcpy(slots, e->slots, e->top * sizeof *slots);
    memcpy(types, e->types, e->temp.count * sizeof *types);
    if (e->slots != e->few_slots) {
        mem_free(heap, e->slots, e->cap * 2 * sizeof *slots);
        mem_free(heap, e->types, e->cap * sizeof *types);
    }
    e->slots = slots;
    e->types = types;
    e->cap = cap;
    e->temp.slots = slots;
    e->temp.types = types;
    return true;
}

// Room for one more value of this type; NULL without memory.
static union slot *push(struct eval *e, valtype type)
{
    if (e->temp.count == e->cap && !grow(e)) return NULL;
    union slot *at = &e->slots[e->top];
    memset(at, 0, 2 * sizeof *at);
    e->types[e->temp.count++] = type;
    e->top += val_slots(type);
    return at;
}

static union slot *pop(struct eval *e)
{
    e->top -= val_slots(e->types[--e->temp.count]);
    return &e->slots[e->top];
}

static hf_code no_room(struct eval *e)
{
    return fail_trap(e->status, HF_TRAP_ALLOCATION);
}

static void store_field(uint8_t *at, valtype storage, const union slot *value)
{
    memcpy(at, value, storage_size(storage));
}

static hf_code push_ref(struct eval *e, gref ref, valtype type)
{
    union slot *at = push(e, type);
    if (!at) return HF_OUT_OF_MEMORY;
    at->u64 = ref;
    return HF_OK;
}

static hf_code new_struct(struct eval *e, const struct def_type *type, bool defaults)
{
    const gref ref = gc_alloc(e->store, type->id, type->structure.size);
    if (!ref) return no_room(e);
    uint8_t *payload = (uint8_t *)gc_at(&e->store->gc, ref) + GC_STRUCT_PAYLOAD;
    for (uint32_t i = type->structure.field_count; !defaults && i-- > 0;) {
        const struct field_type *field = &type->structure.fields[i];
        store_field(payload + field->offset, field->storage, pop(e));
    }
    return push_ref(e, ref, val_ref(HEAP_DEFINED + type->id, false));
}

enum array_form { ARRAY_FILLED, ARRAY_DEFAULT, ARRAY_FIXED };

static hf_code new_array(struct eval *e, const struct def_type *type, enum array_form form, uint32_t length)
{
    if (form != ARRAY_FIXED) length = pop(e)->u32;
    const unsigned size = storage_size(type->element.storage);
    const gref ref =
        gc_alloc(e->store, type->id, GC_ARRAY_PAYLOAD - sizeof(struct gc_header) + (uint64_t)length * size);
    if (!ref) return no_room(e);
    struct gc_array *array = (struct gc_array *)(void *)gc_at(&e->store->gc, ref);
    array->length = length;
    uint8_t *at = (uint8_t *)array + GC_ARRAY_PAYLOAD;
    if (form == ARRAY_FILLED) {
        const union slot *value = pop(e);
        for (uint32_t i = 0; i < length; i++) store_field(at + (size_t)i * size, type->element.storage, value);
    } else if (form == ARRAY_FIXED) {
        for (uint32_t i = length; i-- > 0;) store_field(at + (size_t)i * size, type->element.storage, pop(e));
    }
    return push_ref(e, ref, val_ref(HEAP_DEFINED + type->id, false));
}

static hf_code binary(struct eval *e, enum opcode op)
{
    const union slot b = *pop(e);
    const union slot a = *pop(e);
    const bool wide = op == OP_I64_ADD || op == OP_I64_SUB || op == OP_I64_MUL;
    union slot *out = push(e, wide ? VAL_I64 : VAL_I32);
    if (!out) return HF_OUT_OF_MEMORY;
    switch (op) {
    case OP_I32_ADD: out->u64 = (uint32_t)(a.u32 + b.u32); break;
    case OP_I32_SUB: out->u64 = (uint32_t)(a.u32 - b.u32); break;
    case OP_I32_MUL: out->u64 = (uint32_t)(a.u32 * b.u32); break;
    case OP_I64_ADD: out->u64 = a.u64 + b.u64; break;
    case OP_I64_SUB: out->u64 = a.u64 - b.u64; break;
    default: out->u64 = a.u64 * b.u64; break;
    }
    return HF_OK;
}

static hf_code number(struct eval *e, valtype type, uint64_t bits)
{
    union slot *at = push(e, type);
    if (!at) return HF_OUT_OF_MEMORY;
    at->u64 = bits;
    return HF_OK;
}

static hf_code global_get(struct eval *e, uint32_t index)
{
    const struct global_inst *global = e->instance->globals[index];
    union slot *at = push(e, global->type.type);
    if (!at) return HF_OUT_OF_MEMORY;
    memcpy(at, global->value, val_slots(global->type.type) * sizeof *at);
    return HF_OK;
}

static hf_code step(struct eval *e, const struct instr *ins)
{
    const struct hf_module *m = e->instance->module;
    switch (ins->op) {
    case OP_I32_CONST: return number(e, VAL_I32, (uint32_t)ins->i32);
    case OP_I64_CONST: return number(e, VAL_I64, (uint64_t)ins->i64);
    case OP_F32_CONST: return number(e, VAL_F32, ins->f32);
    case OP_F64_CONST: return number(e, VAL_F64, ins->f64);
    case OP_V128_CONST: {
        union slot *at = push(e, VAL_V128);
        if (!at) return HF_OUT_OF_MEMORY;
        memcpy(at, ins->bytes16, 16);
        return HF_OK;
    }
    case OP_REF_NULL: return push_ref(e, REF_NULL, ins->ref);
    case OP_REF_FUNC:
        return push_ref(e, e->instance->funcs[ins->index], val_ref(HEAP_DEFINED + m->funcs[ins->index].type_id, false));
    case OP_GLOBAL_GET: return global_get(e, ins->index);
    case OP_REF_I31: {
        const int32_t value = pop(e)->i32;
        return push_ref(e, ref_i31(value), val_ref(HEAP_I31, false));
    }
    case OP_ANY_CONVERT_EXTERN: e->types[e->temp.count - 1] = VAL_ANYREF; return HF_OK;
    case OP_EXTERN_CONVERT_ANY: e->types[e->temp.count - 1] = VAL_EXTERNREF; return HF_OK;
    case OP_I32_ADD:
    case OP_I32_SUB:
    case OP_I32_MUL:
    case OP_I64_ADD:
    case OP_I64_SUB:
    case OP_I64_MUL: return binary(e, ins->op);
    case OP_STRUCT_NEW: return new_struct(e, module_type(m, ins->index), false);
    case OP_STRUCT_NEW_DEFAULT: return new_struct(e, module_type(m, ins->index), true);
    case OP_ARRAY_NEW: return new_array(e, module_type(m, ins->index), ARRAY_FILLED, 0);
    case OP_ARRAY_NEW_DEFAULT: return new_array(e, module_type(m, ins->index), ARRAY_DEFAULT, 0);
    case OP_ARRAY_NEW_FIXED: return new_array(e, module_type(m, ins->fixed.type), ARRAY_FIXED, ins->fixed.count);
    case OP_END: return HF_OK;
    default: return fail_at(e->status, HF_INVALID, ins->offset, "constant expression required");
    }
}

hf_code const_eval(struct instance *instance, struct const_expr expr, valtype type, union slot *out, hf_status *status)
{
    struct hf_store *store = instance->store;
    hf_status own = hf_status_ok();
    struct eval e;
    e.instance = instance;
    e.store = store;
    e.slots = e.few_slots;
    e.types = e.few_types;
    e.cap = FEW;
    e.top = 0;
    e.status = &own;
    e.temp = (struct temp_roots){ store->temps, e.slots, e.types, 0 };
    store->temps = &e.temp;
    struct instr_reader reader = instr_reader_of(instance->module, expr.code, &own);
    hf_code code = HF_OK;
    while (code == HF_OK && instr_more(&reader)) {
        struct instr ins;
        code = instr_read(&reader, &ins);
        if (code == HF_OK) code = step(&e, &ins);
    }
    if (code == HF_OK) memcpy(out, e.slots, val_slots(type) * sizeof *out);
    store->temps = e.temp.next;
    if (e.slots != e.few_slots) {
        mem_free(store->heap, e.slots, e.cap * 2 * sizeof *e.slots);
        mem_free(store->heap, e.types, e.cap * sizeof *e.types);
    }
    return pass_on(&own, status);
}
