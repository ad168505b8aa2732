// Instructions on vectors: by the table simd.def, and what moves vectors about.
#include "jit/x64/vector.h"

#include "wasm/opcode.h"

enum { I_NONE = 0 };

static const struct vec_form forms[OP_COUNT] = {
#define BIN(op, i, imm) [OP_##op] = { VEC_BIN, I_##i, 0, imm, NULL },
#define TURNED(op, i, imm) [OP_##op] = { VEC_TURNED, I_##i, 0, imm, NULL },
#define NOT(op, i, imm) [OP_##op] = { VEC_NOT, I_##i, 0, imm, NULL },
#define NOT_TURN(op, i, imm) [OP_##op] = { VEC_NOT_TURN, I_##i, 0, imm, NULL },
#define SAME(op, i, compare) [OP_##op] = { VEC_SAME, I_##i, I_##compare, 0, NULL },
#define NOT_SAME(op, i, compare) [OP_##op] = { VEC_NOT_SAME, I_##i, I_##compare, 0, NULL },
#define UN(op, i, imm) [OP_##op] = { VEC_UN, I_##i, 0, imm, NULL },
#define SHIFT(op, i, other, bits) [OP_##op] = { VEC_SHIFT, I_##i, I_##other, bits, NULL },
#define CUSTOM(op, fn, i, other, number) [OP_##op] = { VEC_CUSTOM, I_##i, I_##other, number, fn },
#include "jit/x64/simd.def"
};

unsigned vec_free(struct tr *t, const struct vec_ins *v, unsigned a, unsigned b)
{
    const unsigned target = vector_target(t, v->to);
    return target == a || target == b ? 0 : target;
}

static void invert(struct tr *t, unsigned xmm)
{
    vec_ones(t, 1);
    vec3r(t, I_PXOR, xmm, xmm, 1);
}

static unsigned binary(struct tr *t, const struct vec_ins *v, uint32_t first, uint32_t second)
{
    const enum x64_insn i = (enum x64_insn)v->form->insn;
    // Operands in their own registers before the result's is written; a result may take the place of the first.
    const unsigned a = vector_reg(t, first, 3), target = vector_target(t, v->to);
    const struct x64_rm b = vector_rm(t, second, 4);
    vec3i(t, i, target, a, b, v->form->imm);
    return target;
}

static unsigned same(struct tr *t, const struct vec_ins *v)
{
    const unsigned a = vector_reg(t, v->a, 3);
    const struct x64_rm b = vector_rm(t, v->b, 4);
    vec3(t, (enum x64_insn)v->form->insn, 0, a, b);
    vec3r(t, (enum x64_insn)v->form->other, 0, 0, a);
    return 0;
}

static unsigned unary(struct tr *t, const struct vec_ins *v)
{
    const unsigned target = vector_target(t, v->to);
    vec2i(t, (enum x64_insn)v->form->insn, target, x64_r(vector_reg(t, v->a, 3)), v->form->imm);
    return target;
}

static unsigned shift(struct tr *t, const struct vec_ins *v)
{
    const unsigned target = vector_target(t, v->to), a = vector_reg(t, v->a, 3);
    const uint32_t most = v->form->imm - 1u;
    if (v->constant) {
        vec_shift(t, (enum x64_insn)v->form->other, target, a, (unsigned)(v->k & most));
        return target;
    }
    ins(t, I_MOV_RM, false, RAX, int_rm(t, v->b));
    insi(t, I_AND_MI, false, 0, x64_r(RAX), (int32_t)most);
    vec2(t, I_MOVD_XR, 1, x64_r(RAX));
    vec3r(t, (enum x64_insn)v->form->insn, target, a, 1);
    return target;
}

// The canonical NaN for any other.
static void canonical(struct tr *t, unsigned xmm, bool dbl)
{
    vec3i(t, dbl ? I_CMPPD : I_CMPPS, 1, xmm, x64_r(xmm), 3); // unordered
    vec3r(t, I_ANDNPS, 2, 1, xmm);
    vec3m(t, I_ANDPS, 1, 1, dbl ? MASK_NAN64 : MASK_NAN32);
    vec3r(t, I_ORPS, xmm, 1, 2);
}

// Is the result of lanes of 64 bits?
static bool is_double(enum opcode op)
{
    return op_infos[op].text[1] == '6';
}

static unsigned compute(struct tr *t, const struct vec_ins *v)
{
    unsigned to;
    switch ((enum vec_kind)v->form->kind) {
    case VEC_BIN: return binary(t, v, v->a, v->b);
    case VEC_TURNED: return binary(t, v, v->b, v->a);
    case VEC_NOT:
    case VEC_NOT_TURN:
        to = v->form->kind == VEC_NOT ? binary(t, v, v->a, v->b) : binary(t, v, v->b, v->a);
        invert(t, to);
        return to;
    case VEC_SAME: return same(t, v);
    case VEC_NOT_SAME:
        to = same(t, v);
        invert(t, to);
        return to;
    case VEC_UN: return unary(t, v);
    case VEC_SHIFT: return shift(t, v);
    case VEC_CUSTOM: return v->form->fn(t, v);
    case VEC_NONE: break;
    }
    tr_fail(t, HF_UNSUPPORTED, "an instruction on vectors");
    return NO_REG;
}

void emit_vector(struct tr *t, const uint64_t *pc)
{
    const enum opcode op = (enum opcode)(uint16_t)pc[2];
    const struct vec_ins v = {
        .form = &forms[op],
        .to = ins_a(pc),
        .a = ins_b(pc),
        .b = ins_c(pc),
        .c = ins_d(pc),
        .k = pc[3],
        .constant = pc[2] & VECTOR_CONST,
    };
    const unsigned xmm = compute(t, &v);
    if (xmm == NO_REG) return;
    if (pc[2] & VECTOR_CANON) canonical(t, xmm, is_double(op));
    vector_done(t, v.to, xmm);
}

// ---- moves ----

void emit_copy128(struct tr *t, uint32_t to, uint32_t from)
{
    vector_done(t, to, vector_reg(t, from, 0));
}

void emit_const128(struct tr *t, uint32_t to, const uint64_t *words)
{
    const unsigned target = vector_target(t, to);
    if (!(words[0] | words[1])) {
        vec_zero(t, target);
    } else if ((words[0] & words[1]) == UINT64_MAX) {
        vec_ones(t, target);
    } else {
        vec2(t, I_MOVAPS, target, x64_m(NO_REG, 0));
        pool_at(t, words);
    }
    vector_done(t, to, target);
}

void emit_select128(struct tr *t, const uint64_t *pc)
{
    const unsigned b = vector_reg(t, ins_b(pc), 3), c = vector_reg(t, ins_c(pc), 4);
    const struct x64_rm cond = int_rm(t, ins_d(pc));
    insi(t, I_CMP_MI, false, 0, cond, 0);
    vec_mov(t, 0, b);
    const size_t over = x64_jcc(&t->out, CC_NE);
    vec_mov(t, 0, c);
    x64_patch(&t->out, over, t->out.size);
    vector_done(t, ins_a(pc), 0);
}
