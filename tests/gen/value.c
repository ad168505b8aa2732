// Numbers, vectors, addresses and calls: one more value on the stack.
#include "body.h"

#include <string.h>

valtype address_type(bool is64)
{
    return is64 ? VAL_I64 : VAL_I32;
}

void push_minimal(struct body *b, valtype t)
{
    struct dna *d = b->g->dna;
    switch (val_kind(t)) {
    case VAL_I8:
    case VAL_I16:
    case VAL_I32: push_i32(b, dna_i32(d)); return;
    case VAL_I64: push_i64(b, dna_i64(d)); return;
    case VAL_F32:
        write_ins(b, OP_F32_CONST);
        buf_u32le(b->out, dna_f32(d));
        push(b, t);
        return;
    case VAL_F64:
        write_ins(b, OP_F64_CONST);
        buf_u64le(b->out, dna_f64(d));
        push(b, t);
        return;
    case VAL_V128:
        write_ins(b, OP_V128_CONST);
        switch (dna_pick(d, 3)) {
        case 0:
            for (int i = 0; i < 2; i++) buf_u64le(b->out, dna_f64(d));
            break;
        case 1:
            for (int i = 0; i < 4; i++) buf_u32le(b->out, dna_f32(d));
            break;
        default:
            for (int i = 0; i < 2; i++) buf_u64le(b->out, (uint64_t)dna_i64(d));
            break;
        }
        push(b, t);
        return;
    default: push_ref(b, t, DEPTH_MAX); return;
    }
}

// Of what lies on the stack a part may serve as the first operands; not what a surrounding expression has pushed.
void push_operands(struct body *b, const valtype *types, unsigned count, unsigned depth)
{
    const unsigned base = top_frame(b)->base, floor = b->floor > base ? b->floor : base;
    unsigned reuse = 0;
    for (unsigned k = count; k > 0 && !reuse; k--) {
        if (b->height >= floor + k && plan_lists_match(b->g, &b->stack[b->height - k], types, k) &&
            dna_chance(b->g->dna, 1, 2))
            reuse = k;
    }
    for (unsigned i = reuse; i < count; i++) push_value(b, types[i], depth + 1);
}

// --- NaNs ------------------------------------------------------------------------------------------------------

// x == x ? x : the canonical NaN, lane by lane.
static void canonicalise(struct body *b, valtype t)
{
    if (!b->g->options.canonical || t < VAL_F32 || t > VAL_V128) return;
    const unsigned tmp = b->tmp[t];
    write_ins_u(b, OP_LOCAL_TEE, tmp);
    if (t == VAL_F32) {
        write_ins(b, OP_F32_CONST);
        buf_u32le(b->out, 0x7fc00000);
    } else {
        write_ins(b, OP_F64_CONST);
        buf_u64le(b->out, UINT64_C(0x7ff8000000000000));
    }
    write_ins_u(b, OP_LOCAL_GET, tmp);
    write_ins_u(b, OP_LOCAL_GET, tmp);
    write_ins(b, t == VAL_F32 ? OP_F32_EQ : OP_F64_EQ);
    write_ins(b, OP_SELECT);
}

static void canonicalise_lanes(struct body *b, bool is64)
{
    const unsigned tmp = b->tmp[VAL_V128];
    write_ins_u(b, OP_LOCAL_TEE, tmp);
    write_ins(b, OP_V128_CONST);
    for (int i = 0; i < 2; i++) buf_u64le(b->out, is64 ? UINT64_C(0x7ff8000000000000) : UINT64_C(0x7fc000007fc00000));
    write_ins_u(b, OP_LOCAL_GET, tmp);
    write_ins_u(b, OP_LOCAL_GET, tmp);
    write_ins(b, is64 ? OP_F64X2_EQ : OP_F32X4_EQ);
    write_ins(b, OP_V128_BITSELECT);
}

void canonicalise_result(struct body *b, enum opcode op, valtype result)
{
    if (!b->g->options.canonical) return;
    const char *text = op_infos[op].text;
    if (result == VAL_V128) {
        if (strncmp(text, "f32x4.", 6) == 0) canonicalise_lanes(b, false);
        if (strncmp(text, "f64x2.", 6) == 0) canonicalise_lanes(b, true);
    } else if ((result == VAL_F32 || result == VAL_F64) && !strstr(text, ".reinterpret") && !strstr(text, ".abs") &&
               !strstr(text, ".neg") && !strstr(text, ".copysign") && !strstr(text, "extract_lane")) {
        canonicalise(b, result);
    }
}

// --- plain instructions ------------------------------------------------------------------------------------------

static unsigned lanes_of(const char *text)
{
    return !strncmp(text, "i8x16", 5) ? 16 : !strncmp(text, "i16x8", 5) ? 8 : strstr(text, "64x2") ? 2 : 4;
}

// A divisor is seldom zero, a float to be truncated mostly fits.
static void guard_last(struct body *b, enum opcode op)
{
    if (dna_chance(b->g->dna, 1, 40)) return;
    switch ((uint32_t)op) {
    case OP_I32_DIV_S:
    case OP_I32_DIV_U:
    case OP_I32_REM_S:
    case OP_I32_REM_U:
        push_i32(b, dna_chance(b->g->dna, 1, 4) ? 7 : 1);
        write_ins(b, OP_I32_OR);
        drop(b, 1);
        break;
    case OP_I64_DIV_S:
    case OP_I64_DIV_U:
    case OP_I64_REM_S:
    case OP_I64_REM_U:
        push_i64(b, dna_chance(b->g->dna, 1, 4) ? 7 : 1);
        write_ins(b, OP_I64_OR);
        drop(b, 1);
        break;
    default: break;
    }
}

// The operand of a truncation that traps: a whole number of 23 bits, divided by a power of two.
static void push_truncated(struct body *b, valtype t, unsigned depth)
{
    push_value(b, VAL_I32, depth + 1);
    push_i32(b, 0x7fffff);
    write_ins(b, OP_I32_AND);
    drop(b, 2);
    write_ins(b, t == VAL_F32 ? OP_F32_CONVERT_I32_S : OP_F64_CONVERT_I32_S);
    if (t == VAL_F32) {
        write_ins(b, OP_F32_CONST);
        buf_u32le(b->out, 0x3e800000);
        write_ins(b, OP_F32_MUL);
    } else {
        write_ins(b, OP_F64_CONST);
        buf_u64le(b->out, UINT64_C(0x3fd0000000000000));
        write_ins(b, OP_F64_MUL);
    }
    push(b, t);
}

void push_op(struct body *b, enum opcode op, unsigned depth)
{
    const struct op_info *info = &op_infos[op];
    valtype operands[8], results[4];
    unsigned count = 0, result_count = 0;
    const char *s = info->sig;
    for (; *s != ':'; s++) operands[count++] = plan_letter(*s);
    for (s++; *s; s++) results[result_count++] = plan_letter(*s);

    if ((info->flags & OP_TRAPS) && count == 1 && !dna_chance(b->g->dna, 1, 40))
        push_truncated(b, operands[0], depth);
    else
        push_operands(b, operands, count, depth);
    guard_last(b, op);
    write_ins(b, op);
    if (info->imm == IMM_LANE) buf_u8(b->out, (uint8_t)dna_pick(b->g->dna, lanes_of(info->text)));
    if (info->imm == IMM_SHUFFLE)
        for (int i = 0; i < 16; i++) buf_u8(b->out, (uint8_t)dna_pick(b->g->dna, 32));
    drop(b, count);
    for (unsigned i = 0; i < result_count; i++) push(b, results[i]);
    if (result_count == 1) canonicalise_result(b, op, results[0]);
}

// --- memory --------------------------------------------------------------------------------------------------------

// Mostly inside the first half of the first page, so that offsets do not reach its end.
void push_address(struct body *b, unsigned memory, unsigned aligned, unsigned depth)
{
    const bool is64 = b->g->memories[memory].is64;
    const int32_t mask = dna_chance(b->g->dna, 1, 8) ? 0x38 : 0x7fff;
    if (dna_chance(b->g->dna, 1, 4)) {
        const int32_t at = (int32_t)dna_pick(b->g->dna, 0x8000) & ~(int32_t)aligned;
        if (is64)
            push_i64(b, at);
        else
            push_i32(b, at);
        return;
    }
    push_value(b, address_type(is64), depth + 1);
    if (dna_chance(b->g->dna, 1, 80)) return;
    if (is64) {
        push_i64(b, mask & ~(int32_t)aligned);
        write_ins(b, OP_I64_AND);
    } else {
        push_i32(b, mask & ~(int32_t)aligned);
        write_ins(b, OP_I32_AND);
    }
    drop(b, 1);
}

void push_memory_op(struct body *b, enum opcode op, unsigned depth)
{
    const struct op_info *info = &op_infos[op];
    struct gen *g = b->g;
    const unsigned memory = dna_pick(g->dna, g->memory_count);
    const bool atomic = info->feature == FEATURE_THREADS;
    const unsigned width = info->width;
    const bool waits = op == OP_MEMORY_ATOMIC_WAIT32 || op == OP_MEMORY_ATOMIC_WAIT64;
    if (waits && !g->memories[memory].shared) {
        push_minimal(b, VAL_I32);
        return;
    }
    push_address(b, memory, atomic ? (1u << width) - 1 : 0, depth);
    unsigned count = 1;
    const char *s = info->sig + 1;
    for (; *s != ':'; s++, count++) {
        if (waits && s[1] == ':')
            push_i64(b, 0); // how long to wait
        else
            push_value(b, plan_letter(*s), depth + 1);
    }
    write_ins(b, op);
    const unsigned align = atomic ? width : dna_pick(g->dna, width + 1);
    uint64_t offset = dna_chance(g->dna, 1, 3) ? dna_pick(g->dna, 0x4000) : 0;
    if (dna_chance(g->dna, 1, 200)) offset = (uint32_t)dna_i32(g->dna);
    if (atomic) offset &= ~UINT64_C(15);
    buf_leb_u(b->out, align | (memory ? 0x40 : 0));
    if (memory) buf_leb_u(b->out, memory);
    buf_leb_u(b->out, offset);
    if (info->imm == IMM_MEMARG_LANE) buf_u8(b->out, (uint8_t)dna_pick(g->dna, 16u >> width));
    drop(b, count);
    if (s[1]) push(b, plan_letter(s[1]));
}

// --- calls -----------------------------------------------------------------------------------------------------------

enum { CALL_DIRECT, CALL_BY_TABLE, CALL_BY_REFERENCE };

// Calls a function in one of the ways there are; falls back on the direct one.
void emit_call(struct body *b, unsigned func, unsigned how, bool tail, unsigned depth)
{
    struct gen *g = b->g;
    const unsigned type = g->funcs[func].type;
    const struct type_plan *t = &g->types[type];
    push_operands(b, t->params, t->param_count, depth);
    int slot = -1;
    if (how == CALL_BY_TABLE && is_on(g, GEN_INDIRECT)) {
        const unsigned start = dna_pick(g->dna, 16);
        for (unsigned i = 0; i < 16 && slot < 0; i++)
            if (g->tables[0].items[(start + i) % 16] == (int)func) slot = (int)((start + i) % 16);
        if (slot >= 0 && dna_chance(g->dna, 1, 60)) slot = (int)dna_pick(g->dna, 17);
    }
    if (slot >= 0) {
        push_i32(b, slot);
        write_ins_u(b, tail ? OP_RETURN_CALL_INDIRECT : OP_CALL_INDIRECT, type);
        buf_leb_u(b->out, 0);
        drop(b, 1);
    } else if (how == CALL_BY_REFERENCE && is_on(g, GEN_FUNC_REFS)) {
        write_ins_u(b, OP_REF_FUNC, func);
        write_ins_u(b, tail ? OP_RETURN_CALL_REF : OP_CALL_REF, type);
    } else {
        write_ins_u(b, tail ? OP_RETURN_CALL : OP_CALL, func);
    }
    drop(b, t->param_count);
    if (tail) {
        end_reached(b);
        return;
    }
    for (unsigned i = 0; i < t->result_count; i++) push(b, t->results[i]);
    // What a host gives back may have lost the payload of a NaN.
    if (func < g->import_count && t->result_count == 1) canonicalise(b, t->results[0]);
}

bool push_call(struct body *b, const valtype *first, unsigned depth)
{
    struct gen *g = b->g;
    const unsigned begin = is_on(g, GEN_IMPORTS) ? 0 : g->import_count;
    const unsigned end = is_on(g, GEN_CALLS) ? g->inner_end : g->import_count;
    if (begin >= end) return false;
    const unsigned start = dna_pick(g->dna, end - begin);
    for (unsigned i = 0; i < end - begin; i++) {
        const unsigned func = begin + (start + i) % (end - begin);
        const struct type_plan *t = &g->types[g->funcs[func].type];
        if (first && (t->result_count == 0 || !plan_matches(g, t->results[0], *first))) continue;
        emit_call(b, func, dna_pick(g->dna, 3), false, depth);
        if (first)
            for (unsigned k = 1; k < t->result_count; k++) sink(b);
        return true;
    }
    return false;
}

// --- any value ---------------------------------------------------------------------------------------------------------

static bool push_local(struct body *b, valtype t)
{
    if (!b->local_count) return false;
    const unsigned start = dna_pick(b->g->dna, b->local_count);
    for (unsigned i = 0; i < b->local_count; i++) {
        const unsigned local = (start + i) % b->local_count;
        if (!plan_matches(b->g, b->locals[local], t)) continue;
        write_ins_u(b, OP_LOCAL_GET, local);
        push(b, b->locals[local]);
        return true;
    }
    return false;
}

static bool push_global(struct body *b, valtype t)
{
    const struct gen *g = b->g;
    const unsigned start = dna_pick(g->dna, g->global_count);
    for (unsigned i = 0; i < g->global_count; i++) {
        const unsigned global = (start + i) % g->global_count;
        if (global == 0 || !plan_matches(g, g->globals[global].type, t)) continue;
        write_ins_u(b, OP_GLOBAL_GET, global);
        push(b, g->globals[global].type);
        return true;
    }
    return false;
}

static bool push_block(struct body *b, valtype t, unsigned depth)
{
    if (b->depth >= FRAMES_MAX) return false;
    const valtype result = t;
    const bool branch = dna_chance(b->g->dna, 1, 2);
    if (branch) push_value(b, VAL_I32, depth + 1);
    write_ins(b, branch ? OP_IF : OP_BLOCK);
    write_block_type(b, -1, t);
    if (branch) drop(b, 1);
    enter(b, &result, 1, &result, 1, 0);
    statements(b, depth + 1);
    if (branch) {
        fit_results(b);
        write_ins(b, OP_ELSE);
        struct frame *f = top_frame(b);
        f->dead = false;
        b->height = f->base;
        push_value(b, t, depth + 1);
    }
    leave(b);
    return true;
}

static void push_select(struct body *b, valtype t, unsigned depth)
{
    push_value(b, t, depth + 1);
    push_value(b, t, depth + 1);
    push_value(b, VAL_I32, depth + 1);
    if (val_is_ref(t) || dna_chance(b->g->dna, 1, 3)) {
        write_ins(b, OP_SELECT_T);
        buf_leb_u(b->out, 1);
        write_valtype(b->out, t);
    } else {
        write_ins(b, OP_SELECT);
    }
    drop(b, 3);
    push(b, t);
}

static bool push_size(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    if (g->memory_count && dna_chance(g->dna, 2, 3)) {
        const unsigned memory = dna_pick(g->dna, g->memory_count);
        if (address_type(g->memories[memory].is64) != t) return false;
        if (dna_chance(g->dna, 1, 3)) {
            if (t == VAL_I64)
                push_i64(b, dna_pick(g->dna, 3));
            else
                push_i32(b, (int32_t)dna_pick(g->dna, 3));
            write_ins_u(b, OP_MEMORY_GROW, memory);
            drop(b, 1);
        } else {
            write_ins_u(b, OP_MEMORY_SIZE, memory);
        }
        push(b, t);
        return true;
    }
    if (!g->table_count || !is_on(g, GEN_REFS)) return false;
    const unsigned table = dna_pick(g->dna, g->table_count);
    if (address_type(g->tables[table].is64) != t) return false;
    if (table && dna_chance(g->dna, 1, 3)) {
        push_value(b, g->tables[table].element, depth + 1);
        if (t == VAL_I64)
            push_i64(b, dna_pick(g->dna, 3));
        else
            push_i32(b, (int32_t)dna_pick(g->dna, 3));
        write_ins_u(b, OP_TABLE_GROW, table);
        drop(b, 2);
    } else {
        write_ins_u(b, OP_TABLE_SIZE, table);
    }
    push(b, t);
    return true;
}

static bool push_teed(struct body *b, valtype t, unsigned depth)
{
    if (!b->local_count) return false;
    const unsigned local = dna_pick(b->g->dna, b->local_count);
    if (!plan_matches(b->g, b->locals[local], t)) return false;
    push_value(b, b->locals[local], depth + 1);
    write_ins_u(b, OP_LOCAL_TEE, local);
    drop(b, 1);
    push(b, b->locals[local]);
    return true;
}

static void push_any(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    if (val_kind(t) == VAL_I8 || val_kind(t) == VAL_I16) t = VAL_I32;
    if (depth >= DEPTH_MAX || b->budget <= 0 || dna_done(g->dna)) {
        if (!dna_chance(g->dna, 1, 2) || !push_local(b, t)) push_minimal(b, t);
        return;
    }
    const enum val_kind kind = val_kind(t);
    bool done = false;
    switch (dna_pick(g->dna, 24)) {
    case 0: break;
    case 1:
    case 2:
    case 3:
    case 4:
    case 5: done = push_local(b, t); break;
    case 6: done = push_global(b, t); break;
    case 7: done = push_call(b, &t, depth); break;
    case 8: done = push_block(b, t, depth); break;
    case 9:
        push_select(b, t, depth);
        done = true;
        break;
    case 10: done = push_teed(b, t, depth); break;
    case 11: done = push_size(b, t, depth); break;
    case 12:
    case 13: done = kind != VAL_REF && is_on(g, GEN_REFS) && push_from_ref(b, t, depth); break;
    case 14:
    case 15:
    case 16:
        if (kind == VAL_REF || g->load_count[kind] == 0) break;
        push_memory_op(b, (enum opcode)g->loads[kind][dna_pick(g->dna, g->load_count[kind])], depth);
        done = true;
        break;
    default:
        if (kind == VAL_REF) {
            push_ref(b, t, depth);
        } else if (g->plain_count[kind]) {
            push_op(b, (enum opcode)g->plain[kind][dna_pick(g->dna, g->plain_count[kind])], depth);
        } else {
            break;
        }
        done = true;
        break;
    }
    if (!done) push_minimal(b, t);
}

void push_value(struct body *b, valtype t, unsigned depth)
{
    const unsigned floor = b->floor;
    b->floor = b->height;
    push_any(b, t, depth);
    b->floor = floor;
}
