// Loads and stores. Addresses are made in one place.
#include "jit/translate.h"

enum { BASE = R14, SIZE = R15, ADDRESS = RAX };

// Zero-extends the 32-bit index: nothing else may.
static void index_into(struct tr *t, uint32_t slot)
{
    ins(t, I_MOV_RM, PLANTED(ZERO_EXTENSION), ADDRESS, int_rm(t, slot));
}

// The sum of a slot and a constant, wrapped to 32 bits.
static void sum_into(struct tr *t, uint32_t slot, int32_t k)
{
    const struct x64_rm rm = int_rm(t, slot);
    if (rm.is_reg) {
        ins(t, I_LEA, false, ADDRESS, x64_m(rm.base, k));
        return;
    }
    ins(t, I_MOV_RM, false, ADDRESS, rm);
    insi(t, I_ADD_MI, false, 0, x64_r(ADDRESS), k);
}

void access_bound(struct tr *t, unsigned size)
{
    if (t->masks) x64_mov_imm(&t->out, RDX, size);
    ins(t, I_CMP_RM, true, ADDRESS, x64_r(SIZE));
    trap_if(t, CC_A, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    if (t->masks) x64_emit_cc(&t->out, I_CMOVCC, CC_A, true, ADDRESS, x64_r(RDX));
}

// Checks the index in rax, and says where the access is.
static struct x64_rm checked(struct tr *t, uint64_t offset, unsigned size)
{
    const uint64_t add = t->guarded ? offset : offset + size - PLANTED(BOUNDS);
    if (t->guarded && offset <= INT32_MAX) return x64_mx(BASE, ADDRESS, 0, (int32_t)offset);
    if (add <= INT32_MAX) {
        ins(t, I_LEA, true, ADDRESS, x64_m(ADDRESS, (int32_t)add));
    } else {
        x64_mov_imm(&t->out, RCX, add);
        ins(t, I_ADD_RM, true, ADDRESS, x64_r(RCX));
    }
    if (t->guarded) return x64_mx(BASE, ADDRESS, 0, 0);
    access_bound(t, size);
    return x64_mx(BASE, ADDRESS, 0, PLANTED(BOUNDS) - (int32_t)size);
}

// The next instruction is the access that `checked` stood for.
void access_follows(struct tr *t, struct x64_rm rm)
{
    if (!t->guarded || rm.base != BASE) return;
    void *grown = mem_grow(t->object->heap, t->guards, &t->guard_cap, t->guard_count + 1, sizeof *t->guards);
    if (!grown) {
        tr_fail(t, HF_OUT_OF_MEMORY, "");
        return;
    }
    t->guards = grown;
    t->guards[t->guard_count++] = (struct guard){ (uint32_t)t->out.size, t->at };
}

struct x64_rm access_checked(struct tr *t)
{
    ins(t, I_MOV_RM, true, ADDRESS, EXEC(ea));
    return x64_m(ADDRESS, 0);
}

struct x64_rm access_to(struct tr *t, uint32_t slot, int32_t add, uint64_t offset, unsigned size)
{
    if (add)
        sum_into(t, slot, add);
    else
        index_into(t, slot);
    return checked(t, offset, size);
}

struct access {
    enum x64_insn insn;
    uint8_t size;
    bool wide;
};

void emit_load(struct tr *t, const uint64_t *pc, const struct rinfo *r)
{
    static const struct access loads[] = {
        { I_MOV_RM, 4, false }, { I_MOV_RM, 8, true },  { I_MOVSS_XM, 4, false }, { I_MOVSD_XM, 8, false },
        { I_MOVSX8, 1, false }, { I_MOVZX8, 1, false }, { I_MOVSX16, 2, false },  { I_MOVZX16, 2, false },
        { I_MOVSX8, 1, true },  { I_MOVZX8, 1, false }, { I_MOVSX16, 2, true },   { I_MOVZX16, 2, false },
        { I_MOVSXD, 4, true },  { I_MOV_RM, 4, false },
    };
    const struct access *l = &loads[r->family - FAM_I32_LOAD];
    const uint32_t to = ins_a(pc);
    struct x64_rm rm;
    if (r->form == LOAD_EA) {
        rm = access_checked(t);
    } else if (r->form == LOAD_W) {
        sum_into(t, ins_b(pc), ins_k(pc));
        rm = checked(t, 0, l->size);
    } else {
        index_into(t, ins_b(pc));
        if (r->form == LOAD_ADD) ins(t, I_ADD_RM, false, ADDRESS, int_rm(t, ins_c(pc)));
        rm = checked(t, r->form == LOAD_ADD ? pc[2] : (uint32_t)ins_k(pc), l->size);
    }
    if (r->to >= N_f32) {
        const unsigned target = float_target(t, to);
        access_follows(t, rm);
        ins(t, l->insn, false, target, rm);
        float_done(t, to, target, r->to == N_f64);
    } else {
        const unsigned target = int_target(t, to);
        access_follows(t, rm);
        enum x64_insn insn = l->insn;
        if (PLANTED(SIGN_EXTENSION) && insn == I_MOVSX8) insn = I_MOVZX8;
        ins(t, insn, l->wide || (PLANTED(WIDE_LOAD) && insn == I_MOV_RM), target, rm);
        int_done(t, to, target);
    }
}

static void store_const(struct tr *t, struct x64_rm rm, const struct access *s, uint64_t k)
{
    if (s->size == 8 && (int64_t)k != (int32_t)k) {
        x64_mov_imm(&t->out, RCX, k);
        access_follows(t, rm);
        ins(t, I_MOV_MR, true, RCX, rm);
        return;
    }
    access_follows(t, rm);
    static const enum x64_insn by_log2[] = { I_MOV8_MI, I_MOV16_MI, I_MOV_MI, I_MOV_MI };
    insi(t, by_log2[__builtin_ctz(s->size)], s->size == 8, 0, rm, (int32_t)k);
}

void emit_store(struct tr *t, const uint64_t *pc, const struct rinfo *r)
{
    static const struct access stores[] = {
        { I_MOV_MR, 4, false },   { I_MOV_MR, 8, true },    { I_MOVSS_MX, 4, false },
        { I_MOVSD_MX, 8, false }, { I_MOV8_MR, 1, false },  { I_MOV16_MR, 2, false },
        { I_MOV8_MR, 1, false },  { I_MOV16_MR, 2, false }, { I_MOV_MR, 4, false },
    };
    const struct access *s = &stores[r->family - FAM_I32_STORE];
    struct x64_rm rm;
    if (r->form == FORM_STORE_EA) {
        rm = access_checked(t);
    } else if (r->form == FORM_STORE_WS || r->form == FORM_STORE_WK) {
        sum_into(t, ins_a(pc), ins_k(pc));
        rm = checked(t, 0, s->size);
    } else {
        index_into(t, ins_a(pc));
        rm = checked(t, (uint32_t)ins_k(pc), s->size);
    }
    if (r->form == FORM_SK || r->form == FORM_STORE_WK) {
        store_const(t, rm, s, pc[2]);
    } else if (r->from >= N_f32) {
        const unsigned reg = float_reg(t, ins_b(pc), r->from == N_f64, 0);
        access_follows(t, rm);
        ins(t, s->insn, false, reg, rm);
    } else {
        const unsigned reg = int_reg(t, ins_b(pc), s->wide, RCX);
        access_follows(t, rm);
        ins(t, s->insn, s->wide, reg, rm);
    }
}
