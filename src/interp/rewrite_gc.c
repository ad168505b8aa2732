// References, aggregates and casts; wide arithmetic.
#include "interp/ops.h"
#include "interp/rewrite.h"

// How a field lies in memory: its storage kind, and whether it is extended by its sign.
static uint64_t storage(valtype t, bool sign)
{
    return (uint64_t)val_kind(t) | (uint64_t)sign << 8;
}

static void struct_get(struct rewriter *w, const struct instr *ins, bool sign)
{
    const struct field_type *f = &module_type(w->module, ins->field.type)->structure.fields[ins->field.field];
    const struct ent e = pop(w);
    const uint32_t from = slot_of(w, &e), to = w->height;
    emit_ext(w, op_struct_get, to, from, f->offset, storage(f->storage, sign));
    push_temp(w, vt_of(w->module, val_unpacked(f->storage)), NONE);
}

static void struct_set(struct rewriter *w, const struct instr *ins)
{
    const struct field_type *f = &module_type(w->module, ins->field.type)->structure.fields[ins->field.field];
    const struct ent v = pop(w), e = pop(w);
    const uint32_t value = slot_of(w, &v), ref = slot_of(w, &e);
    emit_ext(w, op_struct_set, ref, value, f->offset, storage(f->storage, false));
}

static void array_get(struct rewriter *w, const struct instr *ins, bool sign)
{
    const valtype element = module_type(w->module, ins->index)->element.storage;
    const struct ent i = pop(w), e = pop(w);
    const uint32_t index = slot_of(w, &i), ref = slot_of(w, &e), to = w->height;
    emit_ext(w, op_array_get, to, ref, index, storage(element, sign));
    push_temp(w, vt_of(w->module, val_unpacked(element)), NONE);
}

static void array_set(struct rewriter *w, const struct instr *ins)
{
    const valtype element = module_type(w->module, ins->index)->element.storage;
    const struct ent v = pop(w), i = pop(w), e = pop(w);
    const uint32_t value = slot_of(w, &v), index = slot_of(w, &i), ref = slot_of(w, &e);
    emit_ext(w, op_array_set, ref, index, value, storage(element, false));
}

// word 3 of tests and casts
static uint64_t test_of(const struct rewriter *w, valtype to)
{
    const bool is_func = heap_top(w->module->types, val_heap(to)) == HEAP_FUNC;
    return (uint64_t)val_nullable(to) | (uint64_t)is_func << 1;
}

static void ref_test(struct rewriter *w, valtype to)
{
    const struct ent e = pop(w);
    const uint32_t from = slot_of(w, &e), dst = w->height;
    emit_ext(w, op_ref_test, dst, from, val_heap(to), test_of(w, to));
    push_temp(w, T_I32, NONE);
}

static void ref_cast(struct rewriter *w, valtype to)
{
    const uint32_t at = args_home(w, 1);
    emit_ext(w, op_ref_cast, 0, at, val_heap(to), test_of(w, to));
    if (!w->failed) w->st[w->sp - 1].type = (uint8_t)vt_of(w->module, to);
}

static void br_on_cast(struct rewriter *w, const struct br_cast *cast, bool sense)
{
    const uint32_t at = args_home(w, 1);
    // The answer goes where a callee's header would lie: no operand slot may be free.
    const uint32_t scratch = w->frame_slots;
    emit_ext(w, op_ref_test, scratch, at, val_heap(cast->to), test_of(w, cast->to));
    const struct ent answer = { .kind = ENT_TEMP, .type = T_I32, .slot = scratch, .home = scratch, .def = NONE };
    branch_if(w, cast->label, &answer, sense);
}

static void br_on_null(struct rewriter *w, uint32_t label)
{
    args_home(w, 1);
    const struct ent e = pop(w);
    branch_if(w, label, &e, false);
    push_temp(w, (enum vt)e.type, NONE);
}

static void br_on_non_null(struct rewriter *w, uint32_t label)
{
    args_home(w, 1);
    if (w->failed) return;
    const struct ent e = w->st[w->sp - 1];
    branch_if(w, label, &e, true);
    pop(w);
}

static void array_new_fixed(struct rewriter *w, const struct instr *ins)
{
    const uint32_t type_id = w->module->type_ids[ins->fixed.type];
    ext_op(w, op_array_new_fixed, ins->fixed.count, 0, type_id, ins->fixed.count, T_REF);
}

// array.new: from the length on the array is on the stack, above the value that it is filled with.
static void array_new(struct rewriter *w, uint32_t type_id)
{
    ext_op(w, op_array_new, 1, 0, type_id, 0, T_REF);
    ext_op(w, op_array_new_fill, 2, 0, type_id, 0, T_REF);
}

static void array_new_default(struct rewriter *w, uint32_t type_id)
{
    ext_op(w, op_array_new, 1, 0, type_id, 0, T_REF);
    if (w->metered || w->interruptible) ext_op(w, op_array_new_pay, 1, 0, type_id, 0, T_REF);
}

static void array_new_segment(struct rewriter *w, ext_fn *allocate, ext_fn *copy, const struct instr *ins)
{
    const uint32_t type_id = w->module->type_ids[ins->init.type];
    ext_op(w, allocate, 2, 0, type_id, ins->init.segment, T_I32);
    push_temp(w, T_REF, NONE);
    ext_op(w, copy, 2, 0, type_id, ins->init.segment, T_REF);
}

static void wide(struct rewriter *w, pure_fn *fn, uint32_t count)
{
    const uint32_t at = args_home(w, count);
    if (w->failed) return;
    emit_pure(w, fn, at, 0, 0, 0, 0);
    drop_to(w, w->sp - count);
    push_temp(w, T_I64, NONE);
    push_temp(w, T_I64, NONE);
}

bool rewrite_gc(struct rewriter *w, const struct instr *ins)
{
    const struct hf_module *m = w->module;
    switch (ins->op) {
    case OP_REF_NULL: push_const(w, vt_of(m, ins->ref), 0); return true;
    case OP_REF_IS_NULL: rewrite_unary(w, OP_I32_EQZ); return true;
    case OP_REF_FUNC: ext_op(w, op_ref_func, 0, 0, ins->index, 0, T_FUNC); return true;
    case OP_REF_EQ: rewrite_binary(w, OP_I32_EQ); return true;
    case OP_REF_AS_NON_NULL: {
        const uint32_t at = args_home(w, 1);
        emit_ext(w, op_ref_as_non_null, 0, at, 0, 0);
        return true;
    }
    case OP_BR_ON_NULL: br_on_null(w, ins->index); return true;
    case OP_BR_ON_NON_NULL: br_on_non_null(w, ins->index); return true;
    case OP_STRUCT_NEW:
        ext_op(w, op_struct_new, module_type(m, ins->index)->structure.field_count, 0, m->type_ids[ins->index], 0,
               T_REF);
        return true;
    case OP_STRUCT_NEW_DEFAULT: ext_op(w, op_struct_new_default, 0, 0, m->type_ids[ins->index], 0, T_REF); return true;
    case OP_STRUCT_GET:
    case OP_STRUCT_GET_U: struct_get(w, ins, false); return true;
    case OP_STRUCT_GET_S: struct_get(w, ins, true); return true;
    case OP_STRUCT_SET: struct_set(w, ins); return true;
    case OP_ARRAY_NEW: array_new(w, m->type_ids[ins->index]); return true;
    case OP_ARRAY_NEW_DEFAULT: array_new_default(w, m->type_ids[ins->index]); return true;
    case OP_ARRAY_NEW_FIXED: array_new_fixed(w, ins); return true;
    case OP_ARRAY_NEW_DATA: array_new_segment(w, op_array_new_data, op_array_new_data_copy, ins); return true;
    case OP_ARRAY_NEW_ELEM: array_new_segment(w, op_array_new_elem, op_array_new_elem_copy, ins); return true;
    case OP_ARRAY_GET:
    case OP_ARRAY_GET_U: array_get(w, ins, false); return true;
    case OP_ARRAY_GET_S: array_get(w, ins, true); return true;
    case OP_ARRAY_SET: array_set(w, ins); return true;
    case OP_ARRAY_LEN: ext_op(w, op_array_len, 1, 0, 0, 0, T_I32); return true;
    case OP_ARRAY_FILL: ext_op(w, op_array_fill, 4, 0, m->type_ids[ins->index], 0, NO_RESULT); return true;
    case OP_ARRAY_COPY: ext_op(w, op_array_copy, 5, 0, m->type_ids[ins->copy.to], 0, NO_RESULT); return true;
    case OP_ARRAY_INIT_DATA:
        ext_op(w, op_array_init_data, 4, 0, m->type_ids[ins->init.type], ins->init.segment, NO_RESULT);
        return true;
    case OP_ARRAY_INIT_ELEM:
        ext_op(w, op_array_init_elem, 4, 0, m->type_ids[ins->init.type], ins->init.segment, NO_RESULT);
        return true;
    case OP_REF_TEST:
    case OP_REF_TEST_NULL: ref_test(w, ins->ref); return true;
    case OP_REF_CAST:
    case OP_REF_CAST_NULL: ref_cast(w, ins->ref); return true;
    case OP_BR_ON_CAST: br_on_cast(w, &ins->cast, true); return true;
    case OP_BR_ON_CAST_FAIL: br_on_cast(w, &ins->cast, false); return true;
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY: return true; // the same word in both hierarchies
    case OP_REF_I31: {
        const struct ent e = pop(w);
        const uint32_t from = slot_of(w, &e), to = w->height;
        emit_pure(w, pure_ref_i31, to, from, 0, 0, 0);
        push_temp(w, T_REF, NONE);
        return true;
    }
    case OP_I31_GET_S: ext_op(w, op_i31_get_s, 1, 0, 0, 0, T_I32); return true;
    case OP_I31_GET_U: ext_op(w, op_i31_get_u, 1, 0, 0, 0, T_I32); return true;
    case OP_I64_ADD128: wide(w, pure_add128, 4); return true;
    case OP_I64_SUB128: wide(w, pure_sub128, 4); return true;
    case OP_I64_MUL_WIDE_S: wide(w, pure_mul_wide_s, 2); return true;
    case OP_I64_MUL_WIDE_U: wide(w, pure_mul_wide_u, 2); return true;
    default: return false;
    }
}
