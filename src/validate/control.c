// Control instructions (specification: "Control Instructions" of validation).
#include "validate/state.h"

static hf_code open_block(struct validator *v, enum opcode op)
{
    const struct block_sig sig = block_sig(v->m, &v->ins.block);
    hf_code code = pop_list(v, sig.params, sig.param_count);
    if (code) return code;
    if ((code = push_frame(v, op, &sig))) return code;
    if (op == OP_LOOP) v->flags |= FUNC_HAS_LOOP;
    return push_list(v, sig.params, sig.param_count);
}

static hf_code check_else(struct validator *v)
{
    // The grammar has `else` in an `if` alone, so that this is no module, rather than one that is wrong.
    if (v->s->frames[v->depth - 1].op != OP_IF)
        return fail_at(v->status, HF_MALFORMED, v->ins.offset, "END opcode expected: else without if");
    struct frame frame;
    hf_code code = close_frame(v, &frame);
    if (code) return code;
    const struct block_sig sig = { frame.param_count, frame.result_count, frame.params, frame_results(&frame) };
    if ((code = push_frame(v, OP_ELSE, &sig))) return code;
    return push_list(v, sig.params, sig.param_count);
}

static hf_code check_end(struct validator *v)
{
    struct frame frame;
    const hf_code code = close_frame(v, &frame);
    if (code) return code;
    const valtype *results = frame_results(&frame);
    if (frame.op == OP_IF) {
        // Without an else the parameters are what is left.
        bool same = frame.param_count == frame.result_count;
        for (uint32_t i = 0; same && i < frame.param_count; i++) {
            same = val_matches(v->m->types, frame.params[i], results[i]);
        }
        if (!same) return invalid(v, "type mismatch: if without else leaves its parameters, which are not its results");
    }
    return v->depth ? push_list(v, results, frame.result_count) : HF_OK;
}

// ---- branches ----

static hf_code check_br(struct validator *v)
{
    struct frame *frame;
    hf_code code = find_label(v, v->ins.index, &frame);
    if (code || (code = pop_list(v, label_types(frame), label_count(frame)))) return code;
    set_unreachable(v);
    return HF_OK;
}

// What a conditional branch leaves on the stack is of the label's types.
static hf_code keep_label(struct validator *v, const struct frame *frame, uint32_t count)
{
    const hf_code code = pop_list(v, label_types(frame), count);
    return code ? code : push_list(v, label_types(frame), count);
}

static hf_code check_br_if(struct validator *v)
{
    struct frame *frame;
    hf_code code = pop(v, VAL_I32);
    if (code || (code = find_label(v, v->ins.index, &frame))) return code;
    return keep_label(v, frame, label_count(frame));
}

// Each label is looked at once, however often it is named.
static hf_code check_br_table(struct validator *v)
{
    hf_code code = pop(v, VAL_I32);
    if (code) return code;
    const uint32_t mark = ++v->br_tables;
    struct reader list = v->ins.list;
    const struct frame *first = NULL;
    for (uint32_t i = 0; i <= v->ins.count; i++) {
        struct frame *frame;
        if ((code = find_label(v, instr_next_label(&list), &frame))) return code;
        if (frame->mark == mark) continue;
        frame->mark = mark;
        if (!first)
            first = frame;
        else if (label_count(frame) != label_count(first)) {
            return invalid(v, "type mismatch: labels of br_table take %u and %u operands", label_count(first),
                           label_count(frame));
        } else if (label_types(frame) == label_types(first)) {
            continue;
        }
        if ((code = peek_list(v, label_types(frame), label_count(frame)))) return code;
    }
    set_unreachable(v);
    return HF_OK;
}

static hf_code check_return(struct validator *v)
{
    const struct frame *frame = &v->s->frames[0];
    const hf_code code = pop_list(v, frame_results(frame), frame->result_count);
    if (code) return code;
    set_unreachable(v);
    return HF_OK;
}

// br_on_null l: [t* (ref null ht)] -> [t* (ref ht)]
static hf_code check_br_on_null(struct validator *v)
{
    struct frame *frame;
    valtype ref;
    hf_code code = pop_ref(v, &ref);
    if (code || (code = find_label(v, v->ins.index, &frame))) return code;
    if ((code = keep_label(v, frame, label_count(frame)))) return code;
    push(v, val_ref(val_heap(ref), false));
    return HF_OK;
}

// The label's last type, which must be a reference that `sent` matches.
static hf_code check_sent(struct validator *v, const struct frame *frame, valtype sent)
{
    const uint32_t count = label_count(frame);
    if (count && val_matches(v->m->types, sent, label_types(frame)[count - 1])) return HF_OK;
    char name[32];
    return invalid(v, "type mismatch: the label does not take the reference %s",
                   module_val_name(v->m, sent, name, sizeof name));
}

// br_on_non_null l: [t* (ref null ht)] -> [t*]
static hf_code check_br_on_non_null(struct validator *v)
{
    struct frame *frame;
    valtype ref;
    hf_code code = pop_ref(v, &ref);
    if (code || (code = find_label(v, v->ins.index, &frame))) return code;
    if ((code = check_sent(v, frame, val_ref(val_heap(ref), false)))) return code;
    return keep_label(v, frame, label_count(frame) - 1);
}

// br_on_cast l rt1 rt2: [t* rt1] -> [t* rt1\rt2]; br_on_cast_fail l rt1 rt2: [t* rt1] -> [t* rt2]
static hf_code check_br_on_cast(struct validator *v)
{
    const struct br_cast cast = v->ins.cast;
    if (!val_matches(v->m->types, cast.to, cast.from)) {
        char from[32], to[32];
        return invalid(v, "type mismatch: %s is not below %s", module_val_name(v->m, cast.to, to, sizeof to),
                       module_val_name(v->m, cast.from, from, sizeof from));
    }
    const valtype other = val_ref(val_heap(cast.from), val_nullable(cast.from) && !val_nullable(cast.to));
    const bool sends_cast = v->ins.op == OP_BR_ON_CAST;
    struct frame *frame;
    hf_code code = find_label(v, v->ins.cast.label, &frame);
    if (code || (code = pop(v, cast.from))) return code;
    if ((code = check_sent(v, frame, sends_cast ? cast.to : other))) return code;
    if ((code = keep_label(v, frame, label_count(frame) - 1))) return code;
    push(v, sends_cast ? other : cast.to);
    return HF_OK;
}

// ---- calls ----

static hf_code check_callee(struct validator *v, const struct func_type *type, bool tail)
{
    if (!tail) {
        const hf_code code = pop_list(v, type->params, type->param_count);
        return code ? code : push_list(v, type->results, type->result_count);
    }
    const struct frame *frame = &v->s->frames[0];
    bool same = type->result_count == frame->result_count;
    for (uint32_t i = 0; same && i < type->result_count; i++) {
        same = val_matches(v->m->types, type->results[i], frame_results(frame)[i]);
    }
    if (!same) return invalid(v, "type mismatch: results of the callee are not those of the function");
    const hf_code code = pop_list(v, type->params, type->param_count);
    if (code) return code;
    set_unreachable(v);
    return HF_OK;
}

static hf_code check_call(struct validator *v, bool tail)
{
    const hf_code code = need_index(v, v->ins.index, v->m->func_count, "function");
    if (code) return code;
    if (tail && v->ins.index < v->m->imported_funcs) v->flags |= FUNC_FOREIGN_TAIL;
    return check_callee(v, module_func_type(v->m, v->ins.index), tail);
}

static hf_code check_call_indirect(struct validator *v, bool tail)
{
    const struct def_type *type;
    hf_code code = need_index(v, v->ins.indirect.table, v->m->table_count, "table");
    if (code) return code;
    const struct table_type *table = &v->m->tables[v->ins.indirect.table].type;
    if (!val_matches(v->m->types, table->elem, VAL_FUNCREF)) {
        return invalid(v, "type mismatch: table %u does not hold functions", v->ins.indirect.table);
    }
    if ((code = need_type(v, v->ins.indirect.type, COMP_FUNC, &type))) return code;
    if ((code = pop(v, address_type(&table->limits)))) return code;
    if (tail) v->flags |= FUNC_FOREIGN_TAIL;
    return check_callee(v, &type->func, tail);
}

static hf_code check_call_ref(struct validator *v, bool tail)
{
    const struct def_type *type;
    hf_code code = need_type(v, v->ins.index, COMP_FUNC, &type);
    if (code || (code = pop(v, val_ref(HEAP_DEFINED + type->id, true)))) return code;
    if (tail) v->flags |= FUNC_FOREIGN_TAIL;
    return check_callee(v, &type->func, tail);
}

// ---- exceptions ----

static hf_code check_throw(struct validator *v)
{
    hf_code code = need_index(v, v->ins.index, v->m->tag_count, "tag");
    if (code) return code;
    const struct func_type *type = &types_get(v->m->types, v->m->tags[v->ins.index].type_id)->func;
    if ((code = pop_list(v, type->params, type->param_count))) return code;
    set_unreachable(v);
    return HF_OK;
}

// What a catch clause sends must match its label: the tag's values, and a reference to the exception.
static hf_code check_catch(struct validator *v, const struct catch_clause *clause)
{
    struct frame *frame;
    hf_code code = find_label(v, clause->label, &frame);
    if (code) return code;
    uint32_t count = 0;
    const valtype *params = NULL;
    if (clause->kind <= CATCH_TAG_REF) {
        if ((code = need_index(v, clause->tag, v->m->tag_count, "tag"))) return code;
        const struct func_type *type = &types_get(v->m->types, v->m->tags[clause->tag].type_id)->func;
        count = type->param_count;
        params = type->params;
    }
    const bool ref = clause->kind == CATCH_TAG_REF || clause->kind == CATCH_ALL_REF;
    const valtype *want = label_types(frame);
    bool same = label_count(frame) == count + ref;
    for (uint32_t i = 0; same && i < count; i++) same = val_matches(v->m->types, params[i], want[i]);
    if (same && ref) same = val_matches(v->m->types, val_ref(HEAP_EXN, false), want[count]);
    if (same) return HF_OK;
    return invalid(v, "type mismatch: a catch clause sends other types than label %u takes", clause->label);
}

static hf_code check_try_table(struct validator *v)
{
    struct reader list = v->ins.list;
    for (uint32_t i = 0; i < v->ins.count; i++) {
        const struct catch_clause clause = instr_next_catch(&list);
        const hf_code code = check_catch(v, &clause);
        if (code) return code;
    }
    v->flags |= FUNC_HAS_TRY;
    return open_block(v, OP_TRY_TABLE);
}

hf_code check_control(struct validator *v)
{
    hf_code code;
    switch (v->ins.op) {
    case OP_UNREACHABLE: set_unreachable(v); return HF_OK;
    case OP_BLOCK:
    case OP_LOOP: return open_block(v, v->ins.op);
    case OP_IF: return (code = pop(v, VAL_I32)) ? code : open_block(v, OP_IF);
    case OP_ELSE: return check_else(v);
    case OP_END: return check_end(v);
    case OP_BR: return check_br(v);
    case OP_BR_IF: return check_br_if(v);
    case OP_BR_TABLE: return check_br_table(v);
    case OP_RETURN: return check_return(v);
    case OP_BR_ON_NULL: return check_br_on_null(v);
    case OP_BR_ON_NON_NULL: return check_br_on_non_null(v);
    case OP_BR_ON_CAST:
    case OP_BR_ON_CAST_FAIL: return check_br_on_cast(v);
    case OP_CALL: return check_call(v, false);
    case OP_RETURN_CALL: return check_call(v, true);
    case OP_CALL_INDIRECT: return check_call_indirect(v, false);
    case OP_RETURN_CALL_INDIRECT: return check_call_indirect(v, true);
    case OP_CALL_REF: return check_call_ref(v, false);
    case OP_RETURN_CALL_REF: return check_call_ref(v, true);
    case OP_THROW: return check_throw(v);
    case OP_THROW_REF:
        if ((code = pop(v, VAL_EXNREF))) return code;
        set_unreachable(v);
        return HF_OK;
    default: return check_try_table(v);
    }
}
