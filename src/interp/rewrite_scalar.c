// Scalar instructions, variables, and the accesses to memory that have handlers of their own.
#include "interp/ops.h"
#include "interp/rewrite.h"

const struct scalar scalars[OP_COUNT] = {
#define i32 T_I32
#define i64 T_I64
#define f32 T_F32
#define f64 T_F64
#define BIN(n, T, R, E) [OP_##n] = { R_##n##_SS, SHAPE_BIN, T, R },
#define TBIN(n, T, S) [OP_##n] = { R_##n##_SS, SHAPE_BIN, T, T },
#define CMPI(n, I, T, E) [OP_##n] = { R_##n##_SS, SHAPE_CMP, T, T_I32 },
#define CMPF(n, T, E) [OP_##n] = { R_##n##_SS, SHAPE_CMP, T, T_I32 },
#define UN(n, T, R, E) [OP_##n] = { R_##n##_S, SHAPE_UN, T, R },
#define TUN(n, T, R, S) [OP_##n] = { R_##n##_S, SHAPE_UN, T, R },
#define LOAD(n, C, R, E) [OP_##n] = { R_##n##_S, SHAPE_LOAD, T_I32, R },
#define STORE(n, C, T, E) [OP_##n] = { R_##n##_SS, SHAPE_STORE, T, T },
#include "interp/families.def"
#undef i32
#undef i64
#undef f32
#undef f64
};

enum rop branch_of(enum rop compare, bool sense)
{
    static const enum rop inverses[] = {
#define CMPI(n, INVERSE, T, E) R_BR_##INVERSE##_SS,
#include "interp/families.def"
    };
    if (compare >= R_I32_EQ_SS && compare < R_F32_EQ_SS) {
        const unsigned at = (unsigned)(compare - R_I32_EQ_SS), form = at % 10;
        if (form >= 5) return ROP_COUNT;
        return (enum rop)(sense ? (unsigned)compare + 5 : (unsigned)inverses[at / 10] + form);
    }
    if (compare >= R_F32_EQ_SS && compare <= R_F64_GE_AK) {
        const unsigned form = (unsigned)(compare - R_F32_EQ_SS) % 15;
        if (form >= 5) return ROP_COUNT;
        return (enum rop)((unsigned)compare + (sense ? 5 : 10));
    }
    return ROP_COUNT;
}

// The operator that means the same with its operands exchanged; OP_NONE: there is none.
static enum opcode swapped(enum opcode op)
{
    switch (op) {
    case OP_I32_ADD:
    case OP_I32_MUL:
    case OP_I32_AND:
    case OP_I32_OR:
    case OP_I32_XOR:
    case OP_I32_EQ:
    case OP_I32_NE:
    case OP_I64_ADD:
    case OP_I64_MUL:
    case OP_I64_AND:
    case OP_I64_OR:
    case OP_I64_XOR:
    case OP_I64_EQ:
    case OP_I64_NE:
    case OP_F32_ADD:
    case OP_F32_MUL:
    case OP_F32_EQ:
    case OP_F32_NE:
    case OP_F64_ADD:
    case OP_F64_MUL:
    case OP_F64_EQ:
    case OP_F64_NE: return op;
#define PAIR(a, b)              \
    case OP_##a: return OP_##b; \
    case OP_##b: return OP_##a;
        // clang-format off
        PAIR(I32_LT_S, I32_GT_S)
        PAIR(I32_LT_U, I32_GT_U)
        PAIR(I32_LE_S, I32_GE_S)
        PAIR(I32_LE_U, I32_GE_U)
        PAIR(I64_LT_S, I64_GT_S)
        PAIR(I64_LT_U, I64_GT_U)
        PAIR(I64_LE_S, I64_GE_S)
        PAIR(I64_LE_U, I64_GE_U)
        PAIR(F32_LT, F32_GT)
        PAIR(F32_LE, F32_GE)
        PAIR(F64_LT, F64_GT)
        PAIR(F64_LE, F64_GE)
#undef PAIR
    default: return OP_NONE;
        // clang-format on
    }
}

static bool fits_i32(uint64_t k)
{
    return k == (uint64_t)(int64_t)(int32_t)(uint32_t)k;
}

static enum rop rop_at(unsigned first, unsigned form)
{
    return (enum rop)(first + form);
}

// Float arithmetic whose NaN may be any: deterministic engines make it the canonical one.
static bool makes_nan(enum opcode op, enum vt to)
{
    if (to != T_F32 && to != T_F64) return false;
    switch (op) {
    case OP_F32_ABS:
    case OP_F32_NEG:
    case OP_F32_COPYSIGN:
    case OP_F32_REINTERPRET_I32:
    case OP_F64_ABS:
    case OP_F64_NEG:
    case OP_F64_COPYSIGN:
    case OP_F64_REINTERPRET_I64: return false;
    default: return true;
    }
}

static void push_result(struct rewriter *w, enum opcode op, enum vt type, uint32_t at)
{
    const uint32_t slot = push_temp(w, type, at);
    wrote(w, slot, vt_acc(type));
    if (w->deterministic && makes_nan(op, type)) {
        const uint32_t canon = emit(w, type == T_F32 ? R_CANON_F32 : R_CANON_F64, slot, slot, 0, 0);
        wrote(w, slot, vt_acc(type));
        if (w->fused && !w->failed) w->st[w->sp - 1].def = canon;
    }
}

// ---- fusing with the instruction before, whose result is the operand `e` and nothing else ----

static bool is_last(const struct rewriter *w, const struct ent *e)
{
    return e->kind == ENT_TEMP && e->def != NONE && e->def == w->last && !w->failed;
}

static bool in_slot(const struct ent *e)
{
    return e->kind == ENT_LOCAL || e->kind == ENT_TEMP;
}

// op(a, b), b the result of a load.
static uint32_t fuse_load(struct rewriter *w, enum opcode op, const struct ent *a, const struct ent *b, uint32_t dst)
{
    static const struct {
        uint16_t op, load_s, load_w, fused;
    } forms[] = {
#define BINLD(n, op, load, T, E) { OP_##op, R_##load##_S, R_##load##_W, R_##n##_SL },
#include "interp/families.def"
    };
    if (!is_last(w, b) || !in_slot(a)) return NONE;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const bool wraps = w->last_rop == forms[i].load_w;
        if (forms[i].op != op || (w->last_rop != forms[i].load_s && !wraps)) continue;
        const uint32_t base = ins_b(&w->code[w->last]), k = (uint32_t)ins_k(&w->code[w->last]);
        unemit(w);
        const bool acc = in_acc(w, a);
        const uint32_t at = emit_k(w, rop_at(forms[i].fused, acc), dst, base, wraps ? k : 0);
        emit_word(w, (wraps ? 0 : k) | (uint64_t)(acc ? 0 : a->slot) << 32);
        return at;
    }
    return NONE;
}

// op(a, b), b the result of a shift by a constant.
static uint32_t fuse_shift(struct rewriter *w, enum opcode op, const struct ent *a, const struct ent *b, uint32_t dst)
{
    static const struct {
        uint16_t op, shift, fused;
    } forms[] = {
#define SHIFTED(n, op, shift, E) { OP_##op, R_##shift##_SK, R_##n##_SS },
#include "interp/families.def"
    };
    if (!is_last(w, b) || !in_slot(a)) return NONE;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].op != op || w->last_rop != forms[i].shift) continue;
        const uint32_t from = ins_b(&w->code[w->last]), k = (uint32_t)ins_k(&w->code[w->last]);
        if (k > (w->last_rop == R_I32_AND_SK ? UINT16_MAX : 31)) return NONE;
        unemit(w);
        const bool acc = in_acc(w, a);
        return emit(w, rop_at(forms[i].fused, acc), dst, acc ? 0 : a->slot, from, k);
    }
    return NONE;
}

// op(a, b) or op(b, a), b a product.
static uint32_t fuse_product(struct rewriter *w, enum opcode op, const struct ent *a, const struct ent *b, bool first,
                             uint32_t dst)
{
    enum { SSS, ASS, SAS };
    static const struct {
        uint16_t op, mul, fused;
        bool first;
    } forms[] = {
#define FMA(n, op, mul, T, first, E) { OP_##op, R_##mul##_SS, R_##n##_SSS, first },
#include "interp/families.def"
    };
    if (!is_last(w, b) || !in_slot(a)) return NONE;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const uint32_t form = (uint32_t)w->last_rop - forms[i].mul;
        if (forms[i].op != op || (form != SS && form != AS)) continue;
        if (op == OP_F64_SUB && forms[i].first != first) continue;
        const uint32_t x = ins_b(&w->code[w->last]), y = ins_c(&w->code[w->last]);
        unemit(w);
        if (form == AS) return emit(w, rop_at(forms[i].fused, SAS), dst, 0, y, a->slot);
        const bool acc = in_acc(w, a);
        return emit(w, rop_at(forms[i].fused, acc ? ASS : SSS), dst, x, y, acc ? 0 : a->slot);
    }
    return NONE;
}

static uint32_t fuse_binary(struct rewriter *w, enum opcode op, bool commutes, const struct ent *a, const struct ent *b,
                            uint32_t dst)
{
    uint32_t at;
    if (op == OP_I32_AND && b->kind == ENT_CONST && is_last(w, a) &&
        (w->last_rop == R_I32_SHR_U_SK || w->last_rop == R_I32_SHR_U_AK)) {
        const uint32_t form = w->last_rop == R_I32_SHR_U_AK, from = ins_b(&w->code[w->last]);
        const uint32_t shift = (uint32_t)ins_k(&w->code[w->last]) & 31;
        unemit(w);
        at = emit_k(w, rop_at(R_I32_SHR_AND_S, form), dst, from, (uint32_t)b->k);
        emit_word(w, shift);
        return at;
    }
    if ((at = fuse_load(w, op, a, b, dst)) != NONE) return at;
    if (commutes && (at = fuse_load(w, op, b, a, dst)) != NONE) return at;
    if ((at = fuse_shift(w, op, a, b, dst)) != NONE) return at;
    if (commutes && (at = fuse_shift(w, op, b, a, dst)) != NONE) return at;
    if ((at = fuse_product(w, op, a, b, false, dst)) != NONE) return at;
    return fuse_product(w, op, b, a, true, dst);
}

void rewrite_binary(struct rewriter *w, enum opcode op)
{
    struct ent b = pop(w), a = pop(w);
    const enum opcode turned = swapped(op);
    if (a.kind == ENT_CONST && b.kind != ENT_CONST && turned != OP_NONE) {
        const struct ent t = a;
        a = b;
        b = t;
        op = turned;
    }
    const bool commutes = swapped(op) == op;
    const struct scalar *s = &scalars[op];
    const enum vt to = (enum vt)s->to;
    const uint32_t dst = w->height;
    // A local and a constant: perhaps an address, that its access adds itself.
    if (w->fused && (op == OP_I32_ADD || op == OP_I32_SUB) && b.kind == ENT_CONST &&
        (a.kind == ENT_LOCAL || a.kind == ENT_SUM)) {
        const uint32_t k = op == OP_I32_ADD ? (uint32_t)b.k : 0u - (uint32_t)b.k;
        push_sum(w, a.local, (uint32_t)(a.kind == ENT_SUM ? a.k : 0) + k);
        return;
    }
    uint32_t at = w->fused && !w->native ? fuse_binary(w, op, commutes, &a, &b, dst) : (uint32_t)NONE;
    if (at != NONE) {
        push_result(w, op, to, at);
        return;
    }
    settle(w, &a);
    if (b.kind == ENT_CONST && (s->from != T_I64 || fits_i32(b.k))) {
        const bool acc = in_acc(w, &a);
        const uint32_t slot = acc ? 0 : a.slot;
        if (s->from == T_F64) {
            at = emit(w, rop_at(s->rop, acc ? AK : SK), dst, slot, 0, 0);
            emit_word(w, b.k);
        } else {
            at = emit_k(w, rop_at(s->rop, acc ? AK : SK), dst, slot, (uint32_t)b.k);
        }
    } else {
        settle(w, &b);
        if (in_acc(w, &a)) {
            at = emit(w, rop_at(s->rop, AS), dst, 0, b.slot, 0);
        } else if (in_acc(w, &b)) {
            if (commutes) {
                at = emit(w, rop_at(s->rop, AS), dst, 0, a.slot, 0);
            } else {
                at = emit(w, rop_at(s->rop, SA), dst, a.slot, 0, 0);
            }
        } else {
            at = emit(w, rop_at(s->rop, SS), dst, a.slot, b.slot, 0);
        }
    }
    push_result(w, op, to, at);
}

void rewrite_unary(struct rewriter *w, enum opcode op)
{
    const struct scalar *s = &scalars[op];
    struct ent a = pop(w);
    settle(w, &a);
    const uint32_t slot = a.slot;
    const bool acc = in_acc(w, &a);
    const uint32_t at = emit(w, rop_at(s->rop, acc ? 1 : 0), w->height, acc ? 0 : slot, 0, 0);
    push_result(w, op, (enum vt)s->to, at);
}

static void load(struct rewriter *w, const struct instr *ins)
{
    enum form { S, A, EA, ADD, ADDA, W, WA };
    const struct scalar *s = &scalars[ins->op];
    struct ent a = pop(w);
    const uint32_t dst = w->height;
    uint32_t at;
    if (!memory_direct(w, ins->mem.memory)) {
        emit_address(w, ins, &a, false);
        at = emit(w, rop_at(s->rop, EA), dst, 0, 0, 0);
    } else if (a.kind == ENT_SUM && ins->mem.offset == 0) {
        at = emit_k(w, rop_at(s->rop, W), dst, a.slot, (uint32_t)a.k);
    } else if (is_last(w, &a) && ins->mem.offset == 0 && (w->last_rop == R_I32_ADD_SK || w->last_rop == R_I32_ADD_AK)) {
        const bool acc = w->last_rop == R_I32_ADD_AK;
        const uint32_t from = ins_b(&w->code[w->last]), k = (uint32_t)ins_k(&w->code[w->last]);
        unemit(w);
        at = emit_k(w, rop_at(s->rop, acc ? WA : W), dst, from, k);
    } else if (a.kind == ENT_TEMP && a.def != NONE && a.def == w->last && w->last_rop >= R_I32_ADD_SS &&
               w->last_rop <= R_I32_ADD_SA && !w->failed) {
        // The sum wraps to 32 bits before the offset is added, as its own instruction would have done.
        const uint32_t form = w->last_rop - R_I32_ADD_SS;
        const uint64_t operands = w->code[w->last + 1];
        const uint32_t b = operands >> 16 & 0xffff, c = operands >> 32 & 0xffff;
        unemit(w);
        at = form == SS ? emit(w, rop_at(s->rop, ADD), dst, b, c, 0)
                        : emit(w, rop_at(s->rop, ADDA), dst, form == AS ? c : b, 0, 0);
        emit_word(w, ins->mem.offset);
    } else {
        settle(w, &a);
        const uint32_t slot = a.slot;
        const bool acc = in_acc(w, &a);
        at = emit_k(w, rop_at(s->rop, acc ? A : S), dst, acc ? 0 : slot, (uint32_t)ins->mem.offset);
    }
    push_result(w, OP_F32_ABS, (enum vt)s->to, at); // a load keeps NaNs as they are
}

static void store(struct rewriter *w, const struct instr *ins)
{
    enum { EA = 5, WS, WA, WK };
    const struct scalar *s = &scalars[ins->op];
    struct ent v = pop(w), a = pop(w);
    if (!memory_direct(w, ins->mem.memory)) {
        const uint32_t slot = slot_of(w, &v);
        emit_address(w, ins, &a, false);
        emit(w, rop_at(s->rop, EA), 0, slot, 0, 0);
        return;
    }
    const uint32_t offset = (uint32_t)ins->mem.offset;
    if (v.kind == ENT_SUM) settle(w, &v);
    if (a.kind == ENT_SUM && offset == 0) {
        if (v.kind == ENT_CONST) {
            emit_k(w, rop_at(s->rop, WK), a.slot, 0, (uint32_t)a.k);
            emit_word(w, v.k);
        } else {
            const bool acc = in_acc(w, &v);
            emit_k(w, rop_at(s->rop, acc ? WA : WS), a.slot, acc ? 0 : v.slot, (uint32_t)a.k);
        }
        return;
    }
    settle(w, &a);
    if (!w->fused) settle(w, &v);
    const bool acc = in_acc(w, &a);
    const uint32_t slot = acc ? 0 : a.slot;
    if (v.kind == ENT_CONST) {
        emit_k(w, rop_at(s->rop, acc ? AK : SK), slot, 0, offset);
        emit_word(w, v.k);
    } else if (acc) {
        emit_k(w, rop_at(s->rop, AS), 0, v.slot, offset);
    } else if (in_acc(w, &v)) {
        emit_k(w, rop_at(s->rop, SA), slot, 0, offset);
    } else {
        emit_k(w, rop_at(s->rop, SS), slot, v.slot, offset);
    }
}

static void do_select(struct rewriter *w)
{
    struct ent cond = pop(w), c = pop(w), b = pop(w);
    const enum vt type = (enum vt)b.type;
    const uint32_t dst = w->height;
    const uint32_t bs = slot_of(w, &b), cs = slot_of(w, &c);
    const bool acc = in_acc(w, &cond) && type != T_V128 && type != T_F32 && type != T_I32;
    const uint32_t ks = slot_of(w, &cond);
    const enum rop op = type == T_V128                   ? R_SELECT128
                        : w->native && vt_float(type)    ? R_SELECT_FLOAT
                        : acc                            ? R_SELECT_A
                        : type == T_F32 || type == T_I32 ? R_SELECT32
                                                         : R_SELECT;
    const uint32_t at = emit(w, op, dst, bs, cs, acc ? 0 : ks);
    push_temp(w, type, at);
    wrote(w, dst, type == T_V128 ? ACC_COUNT : ACC_INT);
    if (type == T_V128) wrote(w, dst + 1, ACC_COUNT);
}

static void global(struct rewriter *w, uint32_t index, bool set)
{
    const enum vt type = vt_of(w->module, w->module->globals[index].type.type);
    if (set) {
        const struct ent e = pop(w);
        const uint32_t slot = slot_of(w, &e);
        if (type == T_V128 && w->native) {
            emit_k(w, R_GLOBAL_SET128, slot, 0, index);
        } else if (type == T_V128) {
            emit_ext(w, op_global_set128, slot, 0, index, 0);
        } else {
            emit_k(w, type == T_I32 || type == T_F32 ? R_GLOBAL_SET32 : R_GLOBAL_SET, slot, vt_float(type), index);
        }
        return;
    }
    const uint32_t dst = w->height;
    if (type == T_V128 && w->native) {
        const uint32_t at = emit_k(w, R_GLOBAL_GET128, dst, 0, index);
        push_temp(w, type, at);
        return;
    }
    if (type == T_V128) {
        emit_ext(w, op_global_get128, dst, 0, index, 0);
        push_temp(w, type, NONE);
        return;
    }
    const uint32_t at = emit_k(w, R_GLOBAL_GET, dst, vt_float(type), index);
    push_temp(w, type, at);
    wrote(w, dst, ACC_INT);
}

bool rewrite_scalar(struct rewriter *w, const struct instr *ins)
{
    switch (scalars[ins->op].shape) {
    case SHAPE_BIN:
    case SHAPE_CMP: rewrite_binary(w, ins->op); return true;
    case SHAPE_UN: rewrite_unary(w, ins->op); return true;
    case SHAPE_LOAD: load(w, ins); return true;
    case SHAPE_STORE: store(w, ins); return true;
    default: break;
    }
    switch (ins->op) {
    case OP_I32_CONST: push_const(w, T_I32, (uint64_t)(int64_t)ins->i32); return true;
    case OP_I64_CONST: push_const(w, T_I64, (uint64_t)ins->i64); return true;
    case OP_F32_CONST: push_const(w, T_F32, ins->f32); return true;
    case OP_F64_CONST: push_const(w, T_F64, ins->f64); return true;
    case OP_LOCAL_GET: push_local(w, ins->index); return true;
    case OP_LOCAL_SET: set_local(w, ins->index, false); return true;
    case OP_LOCAL_TEE: set_local(w, ins->index, true); return true;
    case OP_GLOBAL_GET: global(w, ins->index, false); return true;
    case OP_GLOBAL_SET: global(w, ins->index, true); return true;
    case OP_DROP: pop(w); return true;
    case OP_SELECT:
    case OP_SELECT_T: do_select(w); return true;
    default: return false;
    }
}
