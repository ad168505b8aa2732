// Function bodies and constant expressions: the loop over instructions. Every instruction goes through instr_read and
// check_instr; those that make up most of real code have a short cut in quick.h.
#include "validate/quick.h"
#include "validate/state.h"

// ---- any instruction ----

static hf_code check_lane(struct validator *v)
{
    // "i8x16.extract_lane_s": the number of lanes stands behind the x.
    const char *text = op_infos[v->ins.op].text;
    while (*text != 'x') text++;
    unsigned lanes = 0;
    for (text++; *text >= '0' && *text <= '9'; text++) lanes = lanes * 10 + (unsigned)(*text - '0');
    return v->ins.lane < lanes ? HF_OK : invalid(v, "invalid lane index %u", v->ins.lane);
}

static hf_code check_shuffle(struct validator *v)
{
    for (unsigned i = 0; i < 16; i++) {
        if (v->ins.bytes16[i] >= 32) return invalid(v, "invalid lane index %u", v->ins.bytes16[i]);
    }
    return HF_OK;
}

// Immediates of instructions with a fixed signature; the address type for its SIG_ADDRESS.
static hf_code check_fixed_immediates(struct validator *v, valtype *out_address)
{
    uint32_t memory;
    hf_code code;
    switch ((enum immediate)op_infos[v->ins.op].imm) {
    case IMM_MEMARG:
    case IMM_MEMARG_LANE: return check_memarg(v, out_address);
    case IMM_LANE: return check_lane(v);
    case IMM_SHUFFLE: return check_shuffle(v);
    case IMM_ELEM: return need_index(v, v->ins.index, v->m->elem_count, "elem segment");
    case IMM_DATA: return need_index(v, v->ins.index, v->m->data_count, "data segment");
    case IMM_MEM: memory = v->ins.index; break;
    case IMM_DATA_MEM: memory = v->ins.seg.target; break;
    default: return HF_OK;
    }
    if ((code = need_index(v, memory, v->m->memory_count, "memory"))) return code;
    *out_address = address_type(&v->m->memories[memory].limits);
    if (op_infos[v->ins.op].imm == IMM_MEM) return HF_OK;
    return need_index(v, v->ins.seg.segment, v->m->data_count, "data segment");
}

static inline valtype sig_type(uint8_t kind, valtype address)
{
    return kind == SIG_ADDRESS ? address : kind;
}

hf_code check_fixed(struct validator *v, const struct fixed_sig *sig, valtype address)
{
    valtype types[FIXED_OPERANDS];
    for (unsigned i = 0; i < sig->operand_count; i++) types[i] = sig_type(sig->operands[i], address);
    const hf_code code = pop_list(v, types, sig->operand_count);
    if (code) return code;
    for (unsigned i = 0; i < sig->result_count; i++) push(v, sig_type(sig->results[i], address));
    return HF_OK;
}

hf_code check_instr(struct validator *v)
{
    const struct op_info *info = &op_infos[v->ins.op];
    if (v->constant && !(info->flags & OP_CONST)) {
        return invalid(v, "constant expression required: %s is not constant", info->text);
    }
    if (info->sig[0] != '*') {
        valtype address = VAL_I32;
        const hf_code code = check_fixed_immediates(v, &address);
        return code ? code : check_fixed(v, &v->s->sigs[v->ins.op], address);
    }
    switch (v->ins.op) {
    case OP_TRY:
    case OP_CATCH:
    case OP_CATCH_ALL:
    case OP_DELEGATE:
    case OP_RETHROW: return check_legacy(v);
    case OP_REF_NULL:
    case OP_REF_IS_NULL:
    case OP_REF_FUNC:
    case OP_REF_EQ:
    case OP_REF_AS_NON_NULL:
    case OP_REF_TEST:
    case OP_REF_TEST_NULL:
    case OP_REF_CAST:
    case OP_REF_CAST_NULL:
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY:
    case OP_REF_I31:
    case OP_I31_GET_S:
    case OP_I31_GET_U: return check_reference(v);
    case OP_LOCAL_GET:
    case OP_LOCAL_SET:
    case OP_LOCAL_TEE:
    case OP_GLOBAL_GET:
    case OP_GLOBAL_SET:
    case OP_DROP:
    case OP_SELECT:
    case OP_SELECT_T:
    case OP_TABLE_GET:
    case OP_TABLE_SET:
    case OP_TABLE_INIT:
    case OP_TABLE_COPY:
    case OP_TABLE_GROW:
    case OP_TABLE_SIZE:
    case OP_TABLE_FILL:
    case OP_MEMORY_COPY: return check_variable(v);
    default: return info->prefix == 0xfb && info->imm != IMM_BR_ON_CAST ? check_aggregate(v) : check_control(v);
    }
}

// ---- the loop ----

// The instructions up to the end of the outermost frame.
static hf_code check_code(struct validator *v)
{
    struct quick q = quick_begin(v);
    hf_code code;
    do {
        quick_run(v, &q);
        if ((code = need_room(v, 0))) return code;
        if ((code = instr_read(&v->r, &v->ins)) || (code = check_instr(v))) return code;
    } while (v->depth);
    v->max_slots = (uint32_t)q.greatest;
    return HF_OK;
}

static hf_code begin_code(struct validator *v, const struct block_sig *sig)
{
    v->top = v->base = v->stack;
    v->wide = 0;
    v->depth = 0;
    v->br_tables = 0;
    v->max_slots = v->max_tries = 0;
    v->ins.offset = (uint32_t)reader_offset(&v->r.in);
    const hf_code code = need_room(v, 0);
    return code ? code : push_frame(v, OP_BLOCK, sig);
}

// func ::= vec(locals) expr
hf_code validate_body(struct validator *v, uint32_t index)
{
    struct func *func = &v->m->funcs[index];
    const struct func_type *type = &types_get(v->m->types, func->type_id)->func;
    v->r = instr_reader_of(v->m, func->body, v->status);
    v->constant = false;
    v->flags = 0;
    v->visible_globals = v->m->global_count;
    // A body without bytes ends like any other that ends too early.
    hf_code code = instr_more(&v->r) ? read_locals(v, func) : instr_read(&v->r, &v->ins);
    if (code) return code;
    const uint8_t *start = v->r.in.at;
    const struct block_sig sig = { 0, type->result_count, NULL, type->results };
    if ((code = begin_code(v, &sig))) return code;
    if ((code = check_code(v))) return code;
    if (instr_more(&v->r)) {
        return fail_at(v->status, HF_MALFORMED, reader_offset(&v->r.in), "section size mismatch: code behind the end");
    }
    func->code = (struct span){ (uint32_t)(start - v->m->bytes), (uint32_t)(v->r.in.end - start) };
    if ((uint64_t)type->param_slots + func->local_slots + v->max_slots + v->max_tries >
        decode_limits_default.frame_slots) {
        return fail_at(v->status, HF_LIMIT, func->body.at, "too many slots in a frame: more than %u",
                       decode_limits_default.frame_slots);
    }
    func->max_slots = v->max_slots;
    func->max_tries = v->max_tries;
    func->flags = v->flags;
    return HF_OK;
}

hf_code validate_const_expr(struct validator *v, const struct const_expr *expr, valtype type, uint32_t visible_globals)
{
    v->r = instr_reader_of(v->m, expr->code, v->status);
    v->constant = true;
    v->visible_globals = visible_globals;
    v->local_count = v->undo_count = 0;
    const struct block_sig sig = { 0, 1, NULL, &type };
    hf_code code = begin_code(v, &sig);
    while (code == HF_OK && v->depth) {
        if ((code = need_room(v, 0)) || (code = instr_read(&v->r, &v->ins))) break;
        code = check_instr(v);
    }
    return code;
}
