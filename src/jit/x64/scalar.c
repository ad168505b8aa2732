// Integer arithmetic, comparisons and conversions.
#include "jit/translate.h"

static bool is_dbl(unsigned num)
{
    return num == N_f64;
}

static bool is_wide(unsigned num)
{
    return num == N_i64;
}

// ---- floats with two operands ----

static void min_max(struct tr *t, bool dbl, bool max)
{
    // xmm0, xmm1: equal ones (two zeros) are joined by their signs, a NaN is quieted by the sum.
    ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(1));
    const size_t differ = x64_jcc(&t->out, CC_NE), nan = x64_jcc(&t->out, CC_P);
    ins(t, max ? I_ANDPS : I_ORPS, false, 0, x64_r(1));
    const size_t done = x64_jump(&t->out);
    x64_patch(&t->out, nan, t->out.size);
    ins(t, dbl ? I_ADDSD : I_ADDSS, false, 0, x64_r(1));
    const size_t done2 = x64_jump(&t->out);
    x64_patch(&t->out, differ, t->out.size);
    if (max)
        ins(t, dbl ? I_MAXSD : I_MAXSS, false, 0, x64_r(1));
    else
        ins(t, dbl ? I_MINSD : I_MINSS, false, 0, x64_r(1));
    x64_patch(&t->out, done, t->out.size);
    x64_patch(&t->out, done2, t->out.size);
}

static void mask_op(struct tr *t, enum x64_insn i, unsigned xmm, enum mask mask)
{
    ins(t, i, false, xmm, x64_m(NO_REG, 0));
    mask_at(t, mask);
}

void emit_float_const(struct tr *t, unsigned xmm, uint64_t k)
{
    const uint64_t words[2] = { k, 0 };
    if (!k) {
        ins(t, I_XORPS, false, xmm, x64_r(xmm));
        return;
    }
    ins(t, I_MOVSD_XM, false, xmm, x64_m(NO_REG, 0));
    pool_at(t, words);
}

// The second operand of a float instruction.
static struct x64_rm float_second(struct tr *t, bool constant, uint32_t slot, uint64_t k, bool dbl)
{
    if (!constant) return float_rm(t, slot);
    emit_float_const(t, 1, dbl ? k : (uint32_t)k);
    return x64_r(1);
}

static void float_binary(struct tr *t, const struct rinfo *r, uint32_t to, uint32_t a, uint32_t b, bool constant,
                         uint64_t k)
{
    static const enum x64_insn plain[][2] = {
        { I_ADDSS, I_ADDSD }, { I_SUBSS, I_SUBSD }, { I_MULSS, I_MULSD }, { I_DIVSS, I_DIVSD }
    };
    const bool dbl = is_dbl(r->from);
    const enum family first = dbl ? FAM_F64_ADD : FAM_F32_ADD;
    const unsigned op = (unsigned)(r->family - first);
    if (op < 4) {
        const struct x64_rm second = float_second(t, constant, b, k, dbl);
        const unsigned target = float_target(t, to);
        if (t->native->avx) {
            x64_vex(&t->out, plain[op][dbl], false, target, float_reg(t, a, dbl, 0), second, 0);
            float_done(t, to, target, dbl);
            return;
        }
        const bool overlaps = second.is_reg && second.base == target;
        const unsigned into = overlaps ? 0 : target;
        float_into(t, into, a, dbl);
        ins(t, plain[op][dbl], false, into, second);
        float_done(t, to, into, dbl);
        return;
    }
    if (constant)
        emit_float_const(t, 1, dbl ? k : (uint32_t)k);
    else
        float_into(t, 1, b, dbl);
    float_into(t, 0, a, dbl);
    if (op == 4 || op == 5) {
        min_max(t, dbl, op == 5);
    } else {
        mask_op(t, I_ANDPS, 0, dbl ? MASK_ABS64 : MASK_ABS32);
        mask_op(t, I_ANDPS, 1, dbl ? MASK_SIGN64 : MASK_SIGN32);
        ins(t, I_ORPS, false, 0, x64_r(1));
    }
    float_done(t, to, 0, dbl);
}

// ---- integers with two operands ----

static void divide(struct tr *t, const struct rinfo *r, uint32_t to, uint32_t a, uint32_t b, bool constant, uint64_t k)
{
    const bool wide = is_wide(r->from);
    const unsigned op = (unsigned)(r->family - (wide ? FAM_I64_DIV_S : FAM_I32_DIV_S)); // DIV_S, DIV_U, REM_S, REM_U
    const bool sign = op == 0 || op == 2, rem = op >= 2;
    if (constant)
        x64_mov_imm(&t->out, RCX, wide ? k : (uint32_t)k);
    else
        ins(t, I_MOV_RM, wide, RCX, int_rm(t, b));
    ins(t, I_MOV_RM, wide, RAX, int_rm(t, a));
    if (!constant || !k) {
        ins(t, I_TEST_MR, wide, RCX, x64_r(RCX));
        trap_if(t, CC_E, PLANTED(TRAP_KIND) ? HF_TRAP_INTEGER_OVERFLOW : HF_TRAP_INTEGER_DIVIDE_BY_ZERO);
    }
    size_t done = 0;
    if (sign) {
        const bool may = !constant || (wide ? k == UINT64_MAX : (uint32_t)k == UINT32_MAX);
        if (may) {
            insi(t, I_CMP_MI, wide, 0, x64_r(RCX), -1);
            const size_t usual = x64_jcc(&t->out, CC_NE);
            if (rem) {
                ins(t, I_XOR_RM, false, RDX, x64_r(RDX));
                done = x64_jump(&t->out);
            } else {
                ins(t, I_MOV_RM, wide, RDX, x64_r(RAX));
                ins(t, I_NEG_M, wide, 0, x64_r(RDX));
                trap_if(t, CC_O, HF_TRAP_INTEGER_OVERFLOW);
            }
            x64_patch(&t->out, usual, t->out.size);
        }
        ins(t, I_CDQ, wide, 0, x64_r(0));
        ins(t, I_IDIV_M, wide, 0, x64_r(RCX));
    } else {
        ins(t, I_XOR_RM, false, RDX, x64_r(RDX));
        ins(t, I_DIV_M, wide, 0, x64_r(RCX));
    }
    if (done) x64_patch(&t->out, done, t->out.size);
    int_done(t, to, rem ? RDX : RAX);
}

static void shift(struct tr *t, const struct rinfo *r, uint32_t to, uint32_t a, uint32_t b, bool constant, uint64_t k)
{
    static const enum x64_insn by_cl[] = { I_SHL_CL, I_SAR_CL, I_SHR_CL, I_ROL_CL, I_ROR_CL };
    static const enum x64_insn by_k[] = { I_SHL_MI, I_SAR_MI, I_SHR_MI, I_ROL_MI, I_ROR_MI };
    const bool wide = is_wide(r->from);
    const unsigned op = (unsigned)(r->family - (wide ? FAM_I64_SHL : FAM_I32_SHL));
    if (!constant) ins(t, I_MOV_RM, false, RCX, int_rm(t, b));
    const unsigned target = int_target(t, to);
    const struct x64_rm from = int_rm(t, a);
    if (!(from.is_reg && from.base == target && wide)) ins(t, I_MOV_RM, wide, target, from);
    if (constant)
        insi(t, by_k[op], wide, 0, x64_r(target), (int32_t)(k & (wide ? 63 : 31)));
    else
        ins(t, by_cl[op], wide || PLANTED(SHIFT_MASK), 0, x64_r(target));
    int_done(t, to, target);
}

static void arithmetic(struct tr *t, const struct rinfo *r, uint32_t to, uint32_t a, uint32_t b, bool constant,
                       uint64_t k)
{
    static const struct {
        enum x64_insn rm, mi;
        bool commutes;
    } ops[] = {
        { I_ADD_RM, I_ADD_MI, true }, { I_SUB_RM, I_SUB_MI, false }, { I_IMUL_RM, I_IMUL_RMI, true },
        { I_AND_RM, I_AND_MI, true }, { I_OR_RM, I_OR_MI, true },    { I_XOR_RM, I_XOR_MI, true },
    };
    const bool wide = is_wide(r->from);
    const enum family base = wide ? FAM_I64_ADD : FAM_I32_ADD, logic = wide ? FAM_I64_AND : FAM_I32_AND;
    const unsigned op = r->family >= logic ? 3 + (unsigned)(r->family - logic) : (unsigned)(r->family - base);
    const unsigned target = int_target(t, to);
    if (constant) {
        const int32_t imm = (int32_t)k;
        const struct x64_rm from = int_rm(t, a);
        if (op == 2) {
            insi(t, I_IMUL_RMI, wide, target, from, imm);
        } else if (op < 2 && from.is_reg && from.base != target && imm != INT32_MIN) {
            insi(t, I_LEA, wide, target, x64_m(from.base, op ? -imm : imm), 0);
        } else {
            if (!(from.is_reg && from.base == target)) ins(t, I_MOV_RM, wide, target, from);
            insi(t, ops[op].mi, wide, 0, x64_r(target), imm);
        }
        int_done(t, to, target);
        return;
    }
    struct x64_rm second = int_rm(t, b), first = int_rm(t, a);
    if (PLANTED(SWAPPED_SUB) && op == 1) {
        const struct x64_rm other = first;
        first = second;
        second = other;
    }
    if (ops[op].commutes && second.is_reg && second.base == target) {
        const struct x64_rm other = first;
        first = second;
        second = other;
    }
    const unsigned into =
        second.is_reg && second.base == target && !(first.is_reg && first.base == target) ? RAX : target;
    if (op == 0 && first.is_reg && second.is_reg && first.base != into) {
        ins(t, I_LEA, wide, into, x64_mx(first.base, second.base, 0, 0));
    } else {
        if (!(first.is_reg && first.base == into)) ins(t, I_MOV_RM, wide, into, first);
        ins(t, ops[op].rm, wide, into, second);
    }
    int_done(t, to, into);
}

// ---- comparisons ----

enum x64_cc emit_compare(struct tr *t, const struct rinfo *r, uint32_t a, uint32_t b, bool constant, uint64_t k,
                         enum parity *parity)
{
    *parity = PARITY_NONE;
    if (r->from < N_f32) {
        static const uint8_t ccs[] = { CC_E, CC_NE, CC_L, CC_B, CC_G, CC_A, CC_LE, CC_BE, CC_GE, CC_AE };
        const bool wide = is_wide(r->from);
        const enum x64_cc cc = (enum x64_cc)ccs[r->family - (wide ? FAM_I64_EQ : FAM_I32_EQ)];
        if (constant && (!wide || (int64_t)k == (int32_t)k)) {
            const struct x64_rm rm = int_rm(t, a);
            if (rm.is_reg && !(uint32_t)k)
                ins(t, I_TEST_MR, wide, rm.base, rm);
            else
                insi(t, I_CMP_MI, wide, 0, rm, (int32_t)k);
            return cc;
        }
        struct x64_rm second = x64_r(RCX);
        if (constant)
            x64_mov_imm(&t->out, RCX, k);
        else
            second = int_rm(t, b);
        ins(t, I_CMP_RM, wide, int_reg(t, a, wide, RAX), second);
        return cc;
    }
    const bool dbl = is_dbl(r->from);
    const enum x64_insn op = dbl ? I_UCOMISD : I_UCOMISS;
    const unsigned which = (unsigned)(r->family - (dbl ? FAM_F64_EQ : FAM_F32_EQ)); // EQ, NE, LT, GT, LE, GE
    const bool turned = which == 2 || which == 4;
    const struct x64_rm second = float_second(t, constant, b, k, dbl);
    if (turned) {
        unsigned reg = second.base;
        if (!second.is_reg) ins(t, dbl ? I_MOVSD_XM : I_MOVSS_XM, false, reg = 1, second);
        ins(t, op, false, reg, float_rm(t, a));
    } else {
        ins(t, op, false, float_reg(t, a, dbl, 0), second);
    }
    // Unordered sets zero, parity and carry.
    if (which == 0 && !PLANTED(NAN_COMPARE)) *parity = PARITY_CLEAR;
    if (which == 1) *parity = PARITY_OR_SET;
    return which == 0 ? CC_E : which == 1 ? CC_NE : which <= 3 ? CC_A : CC_AE;
}

static void set_condition(struct tr *t, uint32_t to, enum x64_cc cc, enum parity parity)
{
    x64_emit_cc(&t->out, I_SETCC, cc, false, 0, x64_r(RAX));
    if (parity != PARITY_NONE) {
        x64_emit_cc(&t->out, I_SETCC, parity == PARITY_CLEAR ? CC_NP : CC_P, false, 0, x64_r(RCX));
        ins(t, parity == PARITY_CLEAR ? I_AND_RM : I_OR_RM, false, RAX, x64_r(RCX));
    }
    const unsigned target = int_target(t, to);
    ins(t, I_MOVZX8, false, target, x64_r(RAX));
    int_done(t, to, target);
}

void emit_binary(struct tr *t, const uint64_t *pc, const struct rinfo *r)
{
    const uint32_t to = ins_a(pc), a = ins_b(pc), b = ins_c(pc);
    const bool constant = r->form == FORM_SK;
    const uint64_t k = !constant ? 0 : r->from == N_f64 ? pc[2] : (uint64_t)(int64_t)ins_k(pc);
    if (r->kind == KIND_CMP) {
        enum parity parity;
        const enum x64_cc cc = emit_compare(t, r, a, b, constant, k, &parity);
        set_condition(t, to, cc, parity);
        return;
    }
    switch (r->family) {
    case FAM_I32_DIV_S:
    case FAM_I32_DIV_U:
    case FAM_I32_REM_S:
    case FAM_I32_REM_U:
    case FAM_I64_DIV_S:
    case FAM_I64_DIV_U:
    case FAM_I64_REM_S:
    case FAM_I64_REM_U: divide(t, r, to, a, b, constant, k); return;
    case FAM_I32_SHL:
    case FAM_I32_SHR_S:
    case FAM_I32_SHR_U:
    case FAM_I32_ROTL:
    case FAM_I32_ROTR:
    case FAM_I64_SHL:
    case FAM_I64_SHR_S:
    case FAM_I64_SHR_U:
    case FAM_I64_ROTL:
    case FAM_I64_ROTR: shift(t, r, to, a, b, constant, k); return;
    default: break;
    }
    if (r->from >= N_f32)
        float_binary(t, r, to, a, b, constant, k);
    else
        arithmetic(t, r, to, a, b, constant, k);
}

// ---- one operand ----

static void count_zeros(struct tr *t, uint32_t to, uint32_t a, bool wide, bool leading)
{
    const int32_t bits = wide ? 64 : 32;
    x64_mov_imm(&t->out, RCX, (uint64_t)(leading ? 2 * bits - 1 : bits));
    ins(t, leading ? I_BSR : I_BSF, wide, RAX, int_rm(t, a));
    x64_emit_cc(&t->out, I_CMOVCC, CC_E, wide, RAX, x64_r(RCX));
    if (leading) insi(t, I_XOR_MI, wide, 0, x64_r(RAX), bits - 1);
    int_done(t, to, RAX);
}

static void extend(struct tr *t, uint32_t to, uint32_t a, enum x64_insn op, bool wide)
{
    const unsigned target = int_target(t, to);
    ins(t, op, wide, target, int_rm(t, a));
    int_done(t, to, target);
}

static void round_float(struct tr *t, uint32_t to, uint32_t a, bool dbl, int32_t mode)
{
    const unsigned target = float_target(t, to);
    insi(t, dbl ? I_ROUNDSD : I_ROUNDSS, false, target, float_rm(t, a), mode | 8);
    float_done(t, to, target, dbl);
}

static void masked(struct tr *t, uint32_t to, uint32_t a, bool dbl, enum x64_insn op, enum mask mask)
{
    float_into(t, 0, a, dbl);
    mask_op(t, op, 0, mask);
    float_done(t, to, 0, dbl);
}

static void from_int(struct tr *t, uint32_t to, uint32_t a, bool wide, bool sign, bool dbl)
{
    const enum x64_insn op = dbl ? I_CVTSI2SD : I_CVTSI2SS;
    const unsigned target = float_target(t, to);
    if (sign) {
        const struct x64_rm rm = int_rm(t, a);
        ins(t, I_XORPS, false, target, x64_r(target));
        ins(t, op, wide, target, rm);
    } else if (!wide) {
        ins(t, I_MOV_RM, false, RAX, int_rm(t, a));
        ins(t, I_XORPS, false, target, x64_r(target));
        ins(t, op, true, target, x64_r(RAX));
    } else {
        // From 2^63 on: halved, with the lost bit kept for rounding, and doubled.
        ins(t, I_MOV_RM, true, RAX, int_rm(t, a));
        ins(t, I_XORPS, false, target, x64_r(target));
        ins(t, I_TEST_MR, true, RAX, x64_r(RAX));
        const size_t big = x64_jcc(&t->out, CC_S);
        ins(t, op, true, target, x64_r(RAX));
        const size_t done = x64_jump(&t->out);
        x64_patch(&t->out, big, t->out.size);
        ins(t, I_MOV_RM, true, RCX, x64_r(RAX));
        insi(t, I_SHR_MI, true, 0, x64_r(RAX), 1);
        insi(t, I_AND_MI, false, 0, x64_r(RCX), 1);
        ins(t, I_OR_RM, true, RAX, x64_r(RCX));
        ins(t, op, true, target, x64_r(RAX));
        ins(t, dbl ? I_ADDSD : I_ADDSS, false, target, x64_r(target));
        x64_patch(&t->out, done, t->out.size);
    }
    float_done(t, to, target, dbl);
}

// To 32 bits, signed or not, or to signed 64: what the conversion gives is checked afterwards.
static void to_int(struct tr *t, uint32_t to, uint32_t a, bool dbl, bool wide, bool sign, bool saturate)
{
    const enum x64_insn op = dbl ? I_CVTTSD2SI : I_CVTTSS2SI;
    float_into(t, 0, a, dbl);
    ins(t, op, true, RAX, x64_r(0));
    size_t out;
    if (!wide) {
        ins(t, sign ? I_MOVSXD : I_MOV_RM, sign, RCX, x64_r(RAX));
        ins(t, I_CMP_RM, true, RCX, x64_r(RAX));
        out = x64_jcc(&t->out, CC_NE);
    } else if (sign) {
        insi(t, I_CMP_MI, true, 0, x64_r(RAX), 1); // only the least number overflows
        out = x64_jcc(&t->out, CC_O);
    } else {
        x64_mov_imm(&t->out, RCX, dbl ? 0x43e0000000000000u : 0x5f000000u); // 2^63
        ins(t, I_MOVD_XR, dbl, 1, x64_r(RCX));
        ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(1));
        const size_t small = x64_jcc(&t->out, CC_B); // also unordered
        ins(t, I_MOVAPS, false, 2, x64_r(0));
        ins(t, dbl ? I_SUBSD : I_SUBSS, false, 2, x64_r(1));
        ins(t, op, true, RAX, x64_r(2));
        x64_mov_imm(&t->out, RCX, UINT64_C(1) << 63);
        ins(t, I_ADD_RM, true, RCX, x64_r(RAX)); // no carry: in range
        ins(t, I_XCHG, true, RCX, x64_r(RAX));
        ins(t, I_NOT_M, true, 0, x64_r(RCX));
        const size_t join = x64_jump(&t->out);
        x64_patch(&t->out, small, t->out.size);
        ins(t, I_MOV_RM, true, RCX, x64_r(RAX));
        ins(t, I_NOT_M, true, 0, x64_r(RCX));
        x64_patch(&t->out, join, t->out.size);
        ins(t, I_TEST_MR, true, RCX, x64_r(RCX)); // the sign of what was converted, turned
        out = x64_jcc(&t->out, CC_NS);
    }
    struct cold *c = cold_add(t, saturate ? COLD_SATURATE : COLD_FLOAT_RANGE, (uint32_t)out);
    c->a = (uint32_t)dbl | (uint32_t)wide << 1 | (uint32_t)sign << 2;
    c->back = (uint32_t)t->out.size;
    if (!wide) ins(t, I_MOV_RM, false, RAX, x64_r(RAX));
    int_done(t, to, RAX);
}

// xmm0 was out of range: traps, unless it is the least number that the check could not tell.
void emit_float_range(struct tr *t, const struct cold *c)
{
    const bool dbl = c->a & 1, wide = c->a & 2, sign = c->a & 4;
    ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(0));
    const size_t nan = x64_jcc(&t->out, CC_P);
    if (wide && sign) {
        x64_mov_imm(&t->out, RCX, dbl ? 0xc3e0000000000000u : 0xdf000000u); // −2^63
        ins(t, I_MOVD_XR, dbl, 1, x64_r(RCX));
        ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(1));
        x64_patch(&t->out, x64_jcc(&t->out, CC_E), c->back);
    }
    pc_into(t, RSI, c->pc);
    x64_mov_imm(&t->out, RCX, HF_TRAP_INTEGER_OVERFLOW);
    jump_stub(t, STUB_TRAP);
    x64_patch(&t->out, nan, t->out.size);
    pc_into(t, RSI, c->pc);
    x64_mov_imm(&t->out, RCX, HF_TRAP_INVALID_CONVERSION);
    jump_stub(t, STUB_TRAP);
}

// The bound on its side; zero for NaN.
void emit_saturate(struct tr *t, const struct cold *c)
{
    const bool dbl = c->a & 1, wide = c->a & 2, sign = c->a & 4;
    const uint64_t least = !sign ? 0 : wide ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    const uint64_t most = !sign ? (wide ? UINT64_MAX : UINT32_MAX) : wide ? INT64_MAX : INT32_MAX;
    x64_mov_imm(&t->out, RAX, least);
    x64_mov_imm(&t->out, RCX, most);
    x64_mov_imm(&t->out, RDX, 0);
    ins(t, I_XORPS, false, 1, x64_r(1));
    ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(1));
    x64_emit_cc(&t->out, I_CMOVCC, CC_A, true, RAX, x64_r(RCX));
    x64_emit_cc(&t->out, I_CMOVCC, CC_P, true, RAX, x64_r(RDX));
    x64_patch(&t->out, x64_jump(&t->out), c->back);
}

void emit_unary(struct tr *t, const uint64_t *pc, const struct rinfo *r)
{
    const uint32_t to = ins_a(pc), a = ins_b(pc);
    const bool dbl = is_dbl(r->from);
    unsigned target;
    switch ((enum family)r->family) {
    case FAM_I32_EQZ:
    case FAM_I64_EQZ:
        insi(t, I_CMP_MI, is_wide(r->from), 0, int_rm(t, a), 0);
        set_condition(t, to, CC_E, PARITY_NONE);
        return;
    case FAM_I32_CLZ: count_zeros(t, to, a, false, true); return;
    case FAM_I64_CLZ: count_zeros(t, to, a, true, true); return;
    case FAM_I32_CTZ: count_zeros(t, to, a, false, false); return;
    case FAM_I64_CTZ: count_zeros(t, to, a, true, false); return;
    case FAM_I32_POPCNT: extend(t, to, a, I_POPCNT, false); return;
    case FAM_I64_POPCNT: extend(t, to, a, I_POPCNT, true); return;
    case FAM_I32_WRAP_I64: extend(t, to, a, I_MOV_RM, PLANTED(ZERO_EXTENSION)); return;
    case FAM_I64_EXTEND_I32_U: extend(t, to, a, I_MOV_RM, false); return;
    case FAM_I64_EXTEND_I32_S:
    case FAM_I64_EXTEND32_S: extend(t, to, a, I_MOVSXD, true); return;
    case FAM_I32_EXTEND8_S: extend(t, to, a, I_MOVSX8, false); return;
    case FAM_I64_EXTEND8_S: extend(t, to, a, I_MOVSX8, true); return;
    case FAM_I32_EXTEND16_S: extend(t, to, a, I_MOVSX16, false); return;
    case FAM_I64_EXTEND16_S: extend(t, to, a, I_MOVSX16, true); return;
    case FAM_F32_ABS: masked(t, to, a, false, I_ANDPS, MASK_ABS32); return;
    case FAM_F64_ABS: masked(t, to, a, true, I_ANDPS, MASK_ABS64); return;
    case FAM_F32_NEG: masked(t, to, a, false, I_XORPS, MASK_SIGN32); return;
    case FAM_F64_NEG: masked(t, to, a, true, I_XORPS, MASK_SIGN64); return;
    case FAM_F32_NEAREST:
    case FAM_F64_NEAREST: round_float(t, to, a, dbl, 0); return;
    case FAM_F32_FLOOR:
    case FAM_F64_FLOOR: round_float(t, to, a, dbl, 1); return;
    case FAM_F32_CEIL:
    case FAM_F64_CEIL: round_float(t, to, a, dbl, 2); return;
    case FAM_F32_TRUNC:
    case FAM_F64_TRUNC: round_float(t, to, a, dbl, 3); return;
    case FAM_F32_SQRT:
    case FAM_F64_SQRT:
        target = float_target(t, to);
        ins(t, dbl ? I_SQRTSD : I_SQRTSS, false, target, float_rm(t, a));
        float_done(t, to, target, dbl);
        return;
    case FAM_F32_DEMOTE_F64:
        target = float_target(t, to);
        ins(t, I_CVTSD2SS, false, target, float_rm(t, a));
        float_done(t, to, target, false);
        return;
    case FAM_F64_PROMOTE_F32:
        target = float_target(t, to);
        ins(t, I_CVTSS2SD, false, target, float_rm(t, a));
        float_done(t, to, target, true);
        return;
    case FAM_I32_REINTERPRET_F32:
    case FAM_I64_REINTERPRET_F64:
        target = int_target(t, to);
        ins(t, I_MOVD_RX, dbl, float_reg(t, a, dbl, 0), x64_r(target));
        int_done(t, to, target);
        return;
    case FAM_F32_REINTERPRET_I32:
    case FAM_F64_REINTERPRET_I64:
        target = float_target(t, to);
        ins(t, I_MOVD_XR, is_wide(r->from), target, int_rm(t, a));
        float_done(t, to, target, is_dbl(r->to));
        return;
    case FAM_F32_CONVERT_I32_S: from_int(t, to, a, false, true, false); return;
    case FAM_F32_CONVERT_I32_U: from_int(t, to, a, false, false, false); return;
    case FAM_F32_CONVERT_I64_S: from_int(t, to, a, true, true, false); return;
    case FAM_F32_CONVERT_I64_U: from_int(t, to, a, true, false, false); return;
    case FAM_F64_CONVERT_I32_S: from_int(t, to, a, false, true, true); return;
    case FAM_F64_CONVERT_I32_U: from_int(t, to, a, false, false, true); return;
    case FAM_F64_CONVERT_I64_S: from_int(t, to, a, true, true, true); return;
    case FAM_F64_CONVERT_I64_U: from_int(t, to, a, true, false, true); return;
    case FAM_I32_TRUNC_F32_S:
    case FAM_I32_TRUNC_F64_S: to_int(t, to, a, dbl, false, true, false); return;
    case FAM_I32_TRUNC_F32_U:
    case FAM_I32_TRUNC_F64_U: to_int(t, to, a, dbl, false, false, false); return;
    case FAM_I64_TRUNC_F32_S:
    case FAM_I64_TRUNC_F64_S: to_int(t, to, a, dbl, true, true, false); return;
    case FAM_I64_TRUNC_F32_U:
    case FAM_I64_TRUNC_F64_U: to_int(t, to, a, dbl, true, false, false); return;
    case FAM_I32_TRUNC_SAT_F32_S:
    case FAM_I32_TRUNC_SAT_F64_S: to_int(t, to, a, dbl, false, true, true); return;
    case FAM_I32_TRUNC_SAT_F32_U:
    case FAM_I32_TRUNC_SAT_F64_U: to_int(t, to, a, dbl, false, false, true); return;
    case FAM_I64_TRUNC_SAT_F32_S:
    case FAM_I64_TRUNC_SAT_F64_S: to_int(t, to, a, dbl, true, true, true); return;
    case FAM_I64_TRUNC_SAT_F32_U:
    case FAM_I64_TRUNC_SAT_F64_U: to_int(t, to, a, dbl, true, false, true); return;
    default: tr_fail(t, HF_UNSUPPORTED, "a scalar instruction"); return;
    }
}
