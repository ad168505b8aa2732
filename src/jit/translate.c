#include "jit/translate.h"

#include <stddef.h>
#include <string.h>

#include "base/fail.h"
#include "decode/decode.h"
#include "interp/ops.h"
#include "jit/guard.h"
#include "jit/profile.h"

enum { CODE_MOST = 64 << 20 }; // bytes of one function

// The name of the module's instruction there.
static const char *instruction_at(const struct hf_module *m, uint32_t offset)
{
    const struct span rest = { offset, m->size - offset };
    struct instr_reader r = instr_reader_of(m, rest, NULL);
    struct instr ins;
    return instr_more(&r) && !instr_read(&r, &ins) ? op_infos[ins.op].text : "its body";
}

hf_code tr_fail(struct tr *t, hf_code code, const char *what)
{
    if (t->failed) return t->failed;
    t->failed = code;
    if (code == HF_OUT_OF_MEMORY) return fail_oom(t->status);
    const struct hf_module *m = t->code->module;
    const uint32_t offset = code_offset(t->code, t->at * 8);
    return fail_at(t->status, code, offset, "function %u: %s: native code: %s", t->code->func,
                   instruction_at(m, offset), what);
}

static void *grow(struct tr *t, void *array, size_t *cap, size_t need_count, size_t size)
{
    void *grown = mem_grow(t->object->heap, array, cap, need_count, size);
    if (!grown) tr_fail(t, HF_OUT_OF_MEMORY, "");
    return grown;
}

// ---- edges between blocks ----

static void fix_add(struct tr *t, size_t at, uint32_t block)
{
    void *grown = grow(t, t->fixes, &t->fix_cap, t->fix_count + 1, sizeof *t->fixes);
    if (!grown) return;
    t->fixes = grown;
    t->fixes[t->fix_count++] = (struct fix){ (uint32_t)at, block };
}

static bool same_region(const struct tr *t, uint32_t block)
{
    return t->blocks[block].region == t->region_index;
}

// Out of one region into another: through the frame.
static void cross(struct tr *t, uint32_t block, const struct region *from, uint32_t dirty)
{
    const struct block *b = &t->blocks[block];
    store_candidates(t, from, PLANTED(WRONG_MERGE) ? 0 : dirty);
    load_candidates(t, &t->regions[b->region], b->live_in);
    fix_add(t, x64_jump(&t->out), block);
}

void edge(struct tr *t, uint32_t block)
{
    if (same_region(t, block))
        fix_add(t, x64_jump(&t->out), block);
    else
        cross(t, block, t->region, t->dirty);
}

void edge_if(struct tr *t, enum x64_cc cc, uint32_t block)
{
    const size_t at = x64_jcc(&t->out, cc);
    if (same_region(t, block))
        fix_add(t, at, block);
    else
        cold_add(t, COLD_EDGE, (uint32_t)at)->a = block;
}

// What the blocks that follow expect in registers; moves only, so that flags survive.
void ensure_successors(struct tr *t, const struct block *b)
{
    uint32_t live = 0;
    if (b->taken != NO_BLOCK && same_region(t, b->taken)) live |= t->blocks[b->taken].live_in;
    if (b->next != NO_BLOCK && same_region(t, b->next)) live |= t->blocks[b->next].live_in;
    need(t, live);
}

static void branch(struct tr *t, const uint64_t *pc, const struct block *b)
{
    const struct rinfo *r = &rinfos[*pc];
    ensure_successors(t, b);
    if (r->kind == KIND_BRANCH) {
        enum parity parity;
        enum x64_cc cc =
            emit_compare(t, r, ins_a(pc), ins_b(pc), r->form == FORM_SK, r->form == FORM_SK ? pc[2] : 0, &parity);
        if (r->negated) {
            cc = (enum x64_cc)(cc ^ 1);
            if (parity != PARITY_NONE) parity = parity == PARITY_CLEAR ? PARITY_OR_SET : PARITY_CLEAR;
        }
        if (parity == PARITY_OR_SET) {
            edge_if(t, CC_P, b->taken);
            edge_if(t, cc, b->taken);
        } else if (parity == PARITY_CLEAR) {
            const size_t over = x64_jcc(&t->out, CC_P);
            edge_if(t, cc, b->taken);
            x64_patch(&t->out, over, t->out.size);
        } else {
            edge_if(t, cc, b->taken);
        }
        return;
    }
    const bool wide = *pc == R_BR_IF64_S || *pc == R_BR_UNLESS64_S;
    const struct x64_rm rm = int_rm(t, ins_a(pc));
    if (rm.is_reg)
        ins(t, I_TEST_MR, wide, rm.base, rm);
    else
        insi(t, I_CMP_MI, wide, 0, rm, 0);
    edge_if(t, *pc == R_BR_IF_S || *pc == R_BR_IF64_S ? CC_NE : CC_E, b->taken);
}

// An indirect jump over distances behind the code. Targets in other regions have a stub each use of the table.
static void br_table(struct tr *t, const uint64_t *pc)
{
    const uint32_t most = (uint32_t)ins_k(pc);
    const i32_alias *distances = (const i32_alias *)(pc + 2);
    uint32_t live = 0;
    for (uint32_t i = 0; i <= most; i++) {
        const uint32_t block = t->block_at[t->at + (uint32_t)(distances[i] / 8)];
        if (same_region(t, block)) live |= t->blocks[block].live_in;
    }
    need(t, live);
    ins(t, I_MOV_RM, false, RAX, int_rm(t, ins_a(pc)));
    x64_mov_imm(&t->out, RCX, PLANTED(TABLE_DEFAULT) && most ? most - 1 : most);
    ins(t, I_CMP_RM, false, RAX, x64_r(RCX));
    x64_emit_cc(&t->out, I_CMOVCC, CC_A, false, RAX, x64_r(RCX));
    ins(t, I_LEA, true, RCX, x64_m(NO_REG, 0));
    const size_t lea = t->out.size - 4;
    ins(t, I_MOVSXD, true, RAX, x64_mx(RCX, RAX, 2, 0));
    ins(t, I_ADD_RM, true, RAX, x64_r(RCX));
    ins(t, I_JMP_M, false, 0, x64_r(RAX));
    // The table: distances from its own start, made when all is placed.
    const size_t table = t->out.size;
    x64_patch(&t->out, lea, table);
    buf_take(&t->out, ((size_t)most + 1) * 4);
    for (uint32_t i = 0; i <= most && !t->failed; i++) {
        const uint32_t block = t->block_at[t->at + (uint32_t)(distances[i] / 8)];
        void *grown = grow(t, t->entries, &t->entry_cap, t->entry_count + 1, sizeof *t->entries);
        if (!grown) return;
        t->entries = grown;
        struct table_entry *e = &t->entries[t->entry_count++];
        *e = (struct table_entry){ (uint32_t)table, (uint32_t)(table + (size_t)i * 4), block, 0 };
        if (same_region(t, block)) continue;
        // One way for all entries that share a target.
        if (t->stub_of[block] != table) {
            t->stub_of[block] = (uint32_t)table;
            t->stub[block] = (uint32_t)t->out.size;
            cross(t, block, t->region, t->dirty);
        }
        e->stub = t->stub[block];
    }
}

// ---- moves ----

static void copy(struct tr *t, const uint64_t *pc, bool half)
{
    const uint32_t to = ins_a(pc), from = ins_b(pc);
    if (ins_c(pc)) {
        const unsigned target = float_target(t, to);
        const struct x64_rm rm = float_rm(t, from);
        if (!rm.is_reg) ins(t, half ? I_MOVSS_XM : I_MOVSD_XM, false, target, rm);
        float_done(t, to, rm.is_reg ? rm.base : target, !half);
        return;
    }
    const struct x64_rm rm = int_rm(t, from);
    const unsigned target = int_target(t, to);
    if (half || !rm.is_reg) ins(t, I_MOV_RM, !half, target, rm);
    int_done(t, to, half || !rm.is_reg ? target : rm.base);
}

static void constant(struct tr *t, uint32_t to, uint64_t k, bool is_float)
{
    if (!slot_mask(t, to, is_float ? CLASS_FLOAT : CLASS_INT) && (int64_t)k == (int32_t)k) {
        insi(t, I_MOV_MI, true, 0, slot_rm(to), (int32_t)k);
        slot_ends(t, to, 1);
    } else if (is_float) {
        const unsigned target = float_target(t, to);
        emit_float_const(t, target, k);
        float_done(t, to, target, true);
    } else {
        const unsigned target = int_target(t, to);
        x64_mov_imm(&t->out, target, k);
        int_done(t, to, target);
    }
}

static void select_ins(struct tr *t, const uint64_t *pc)
{
    const bool half = *pc == R_SELECT32;
    const uint32_t to = ins_a(pc), b = ins_b(pc), c = ins_c(pc), d = ins_d(pc);
    if (*pc == R_SELECT_FLOAT) { // the upper half of an f32 is nothing
        const unsigned other = float_reg(t, b, true, 1);
        float_into(t, 0, c, true);
        insi(t, I_CMP_MI, false, 0, int_rm(t, d), 0);
        const size_t over = x64_jcc(&t->out, CC_E);
        ins(t, I_MOVAPS, false, 0, x64_r(other));
        x64_patch(&t->out, over, t->out.size);
        float_done(t, to, 0, true);
        return;
    }
    const struct x64_rm other = int_rm(t, b), cond = int_rm(t, d);
    ins(t, I_MOV_RM, !half, RAX, int_rm(t, c));
    insi(t, I_CMP_MI, false, 0, cond, 0);
    x64_emit_cc(&t->out, I_CMOVCC, CC_NE, !half, RAX, other);
    int_done(t, to, RAX);
}

static void global_into(struct tr *t, uint32_t index)
{
    ins(t, I_MOV_RM, true, RCX, EXEC(inst));
    ins(t, I_MOV_RM, true, RCX, x64_m(RCX, (int32_t)offsetof(struct instance, globals)));
    ins(t, I_MOV_RM, true, RCX, x64_m(RCX, (int32_t)(index * 8)));
}

static void global_get(struct tr *t, const uint64_t *pc)
{
    const uint32_t to = ins_a(pc);
    global_into(t, (uint32_t)ins_k(pc));
    const struct x64_rm rm = x64_m(RCX, (int32_t)offsetof(struct global_inst, value));
    if (ins_b(pc)) {
        const unsigned target = float_target(t, to);
        ins(t, I_MOVSD_XM, false, target, rm);
        float_done(t, to, target, true);
        return;
    }
    const unsigned target = int_target(t, to);
    ins(t, I_MOV_RM, true, target, rm);
    int_done(t, to, target);
}

static void global_set(struct tr *t, const uint64_t *pc)
{
    const uint32_t from = ins_a(pc);
    if (ins_b(pc)) { // also cleared above an f32
        const bool half = *pc == R_GLOBAL_SET32;
        const unsigned xmm = float_reg(t, from, !half, 0);
        if (half) ins(t, I_MOVD_RX, false, xmm, x64_r(RAX));
        global_into(t, (uint32_t)ins_k(pc));
        const struct x64_rm rm = x64_m(RCX, (int32_t)offsetof(struct global_inst, value));
        if (half)
            ins(t, I_MOV_MR, true, RAX, rm);
        else
            ins(t, I_MOVSD_MX, false, xmm, rm);
        return;
    }
    if (*pc == R_GLOBAL_SET32) {
        ins(t, I_MOV_RM, false, RAX, int_rm(t, from));
        global_into(t, (uint32_t)ins_k(pc));
        ins(t, I_MOV_MR, true, RAX, x64_m(RCX, (int32_t)offsetof(struct global_inst, value)));
        return;
    }
    const unsigned reg = int_reg(t, from, true, RAX);
    global_into(t, (uint32_t)ins_k(pc));
    ins(t, I_MOV_MR, true, reg, x64_m(RCX, (int32_t)offsetof(struct global_inst, value)));
}

static void global128(struct tr *t, const uint64_t *pc)
{
    global_into(t, (uint32_t)ins_k(pc));
    const struct x64_rm rm = x64_m(RCX, (int32_t)offsetof(struct global_inst, value));
    if (*pc == R_GLOBAL_SET128) {
        vector_store(t, vector_reg(t, ins_a(pc), 0), rm);
        return;
    }
    const unsigned target = vector_target(t, ins_a(pc));
    vector_load(t, target, rm);
    vector_done(t, ins_a(pc), target);
}

static void canonical(struct tr *t, const uint64_t *pc)
{
    const bool dbl = *pc == R_CANON_F64;
    float_into(t, 0, ins_b(pc), dbl);
    ins(t, dbl ? I_UCOMISD : I_UCOMISS, false, 0, x64_r(0));
    const size_t over = PLANTED(LOST_CANON) ? x64_jump(&t->out) : x64_jcc(&t->out, CC_NP);
    x64_mov_imm(&t->out, RAX, dbl ? 0x7ff8000000000000u : 0x7fc00000u);
    ins(t, I_MOVD_XR, dbl, 0, x64_r(RAX));
    x64_patch(&t->out, over, t->out.size);
    float_done(t, ins_a(pc), 0, dbl);
}

// ---- calls ----

// Nothing is in registers from here on, and the place may be entered from C.
static void entered(struct tr *t, uint32_t word)
{
    t->loaded = t->dirty = 0;
    t->entry[word] = (uint32_t)t->out.size;
}

// Behind a call, which may have come back from elsewhere.
static void come_back(struct tr *t, bool known)
{
    if ((!known || t->foreign_tail) && !PLANTED(STALE_BASE)) {
        ins(t, I_MOV_RM, true, RAX, x64_m(RBP, INSTANCE * 8));
        ins(t, I_CMP_RM, true, RAX, EXEC(inst));
        const size_t same = x64_jcc(&t->out, CC_E);
        call_stub(t, STUB_SWITCH);
        x64_patch(&t->out, same, t->out.size);
    }
    if (t->code->module->memory_count) {
        ins(t, I_MOV_RM, true, RAX, EXEC(mem0));
        ins(t, I_MOV_RM, true, R14, x64_m(RAX, (int32_t)offsetof(struct memory_inst, base)));
        ins(t, I_MOV_RM, true, R15, x64_m(RAX, (int32_t)offsetof(struct memory_inst, size)));
    }
}

// The frame's links; then rbp is the callee's.
static void push_frame(struct tr *t, uint32_t a)
{
    pc_into(t, RAX, t->at + CALL_WORDS);
    ins(t, I_MOV_MR, true, RAX, slot_rm(a + (uint32_t)RETURN_PC));
    ins(t, I_MOV_MR, true, RBP, slot_rm(a + (uint32_t)CALLER_FP));
    insi(t, I_ADD_MI, true, 0, x64_r(RBP), (int32_t)(a * 8));
}

static void call(struct tr *t, const uint64_t *pc, uint32_t live)
{
    spill(t, PLANTED(CLOBBERED_LOCAL) ? live & (live - 1) : live);
    push_frame(t, ins_a(pc));
    // Which function it is, the place where its code is published says.
    const uint64_t first = (uint64_t)(uintptr_t)&t->object->funcs[0];
    const uint32_t func = (uint32_t)((pc[2] - first) / sizeof t->object->funcs[0]);
    if (func == t->code->func) {
        x64_patch(&t->out, x64_call(&t->out), t->native_entry);
    } else {
        address_into(t, RAX, ADDRESS_ENTRY, func, (const void *)&t->native->entries[func]);
        ins(t, I_CALL_M, false, 0, x64_m(RAX, 0));
    }
    come_back(t, true);
    entered(t, t->at + CALL_WORDS);
}

// Calls an instruction's C function that may go on anywhere.
static void leave_to(struct tr *t, uintptr_t fn)
{
    pc_into(t, RSI, t->at);
    helper_into(t, RAX, fn);
    jump_stub(t, STUB_EXT_JUMP);
}

static uintptr_t ext_address(ext_fn *fn)
{
    return (uintptr_t)fn;
}

static void call_import(struct tr *t, const uint64_t *pc, uint32_t live)
{
    spill(t, live);
    emit_import(t, pc);
    come_back(t, true);
    entered(t, t->at + CALL_WORDS);
}

// rcx holds the reference. Anything but a function of this instance that has code is left to C.
static void call_ref_in_rcx(struct tr *t, const uint64_t *pc, uint32_t type_id, ext_fn *slow)
{
    size_t others[3];
    unsigned count = 0;
    insi(t, I_SHL_MI, true, 0, x64_r(RCX), 5);
    _Static_assert(sizeof(struct func_inst) == 32, "the index is shifted by 5");
    ins(t, I_ADD_RM, true, RCX, EXEC(funcs));
    if (type_id != NO_TYPE) {
        type_into(t, RAX, type_id);
        ins(t, I_CMP_RM, false, RAX, x64_m(RCX, (int32_t)offsetof(struct func_inst, type_id)));
        others[count++] = x64_jcc(&t->out, CC_NE);
    }
    ins(t, I_MOV_RM, true, RAX, x64_m(RCX, (int32_t)offsetof(struct func_inst, instance)));
    ins(t, I_CMP_RM, true, RAX, EXEC(inst));
    others[count++] = x64_jcc(&t->out, CC_NE);
    ins(t, I_MOV_RM, true, RCX, x64_m(RCX, (int32_t)offsetof(struct func_inst, code)));
    ins(t, I_TEST_MR, true, RCX, x64_r(RCX));
    others[count++] = x64_jcc(&t->out, CC_E);
    push_frame(t, ins_a(pc));
    ins(t, I_CALL_M, false, 0, x64_m(RCX, (int32_t)offsetof(struct icode, native)));
    come_back(t, false);
    const size_t over = x64_jump(&t->out);
    for (unsigned i = 0; i < count; i++) x64_patch(&t->out, others[i], t->out.size);
    leave_to(t, ext_address(slow));
    x64_patch(&t->out, over, t->out.size);
    entered(t, t->at + CALL_WORDS);
}

void table_bound(struct tr *t, hf_trap trap)
{
    if (t->masks) ins(t, I_XOR_RM, false, RDX, x64_r(RDX));
    ins(t, I_CMP_RM, true, RCX, x64_m(RAX, (int32_t)offsetof(struct table_inst, size)));
    trap_if(t, CC_AE, trap);
    if (t->masks) x64_emit_cc(&t->out, I_CMOVCC, CC_AE, true, RCX, x64_r(RDX));
}

static void call_indirect(struct tr *t, const uint64_t *pc, uint32_t live)
{
    ins(t, I_MOV_RM, false, RCX, int_rm(t, ins_b(pc)));
    spill(t, live);
    if (slot_mask(t, ins_b(pc), CLASS_INT) & ~live)
        ins(t, I_MOV_MR, true, RCX, slot_rm(ins_b(pc))); // the slow path looks there
    ins(t, I_MOV_RM, true, RAX, EXEC(inst));
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, (int32_t)offsetof(struct instance, tables)));
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, ins_k(pc) * 8));
    table_bound(t, HF_TRAP_UNDEFINED_ELEMENT);
    ins(t, I_MOV_RM, true, RAX, x64_m(RAX, (int32_t)offsetof(struct table_inst, elems)));
    ins(t, I_MOV_RM, false, RCX, x64_mx(RAX, RCX, 2, 0));
    ins(t, I_TEST_MR, false, RCX, x64_r(RCX));
    trap_if(t, CC_E, HF_TRAP_UNINITIALIZED_ELEMENT);
    call_ref_in_rcx(t, pc, (uint32_t)pc[2], op_call_indirect);
}

static void call_ref(struct tr *t, const uint64_t *pc, uint32_t live)
{
    ins(t, I_MOV_RM, false, RCX, int_rm(t, ins_b(pc)));
    spill(t, live);
    if (slot_mask(t, ins_b(pc), CLASS_INT) & ~live) ins(t, I_MOV_MR, true, RCX, slot_rm(ins_b(pc)));
    ins(t, I_TEST_MR, false, RCX, x64_r(RCX));
    trap_if(t, CC_E, HF_TRAP_NULL_FUNCTION);
    call_ref_in_rcx(t, pc, NO_TYPE, op_call_ref);
}

static void emit_return(struct tr *t)
{
    ins(t, I_MOV_RM, true, RDX, x64_r(RBP));
    ins(t, I_MOV_RM, true, RBP, x64_m(RBP, CALLER_FP * 8));
    ins(t, I_RET, false, 0, x64_r(0));
}

static void return_ins(struct tr *t, const uint64_t *pc)
{
    if (*pc == R_RETURN) {
        for (uint32_t i = 0; i < t->region->count; i++)
            if (t->region->at[i].slot < (PLANTED(LOST_RESULT) ? 1 : t->code->result_slots))
                store_candidates(t, t->region, t->dirty & 1u << i);
    } else if (*pc == R_RETURN_CONST) {
        x64_mov_imm(&t->out, RAX, pc[2]);
        ins(t, I_MOV_MR, true, RAX, slot_rm(0));
    } else if (ins_c(pc)) {
        ins(t, I_MOVSD_MX, false, float_reg(t, ins_b(pc), true, 0), slot_rm(0));
    } else {
        ins(t, I_MOV_MR, true, int_reg(t, ins_b(pc), true, RAX), slot_rm(0));
    }
    emit_return(t);
}

// ---- C functions ----

static bool redirects(ext_fn *fn)
{
    return fn == op_return_call || fn == op_return_call_indirect || fn == op_return_call_ref ||
           fn == op_return_results || fn == op_throw || fn == op_throw_ref;
}

static void ext(struct tr *t, const uint64_t *pc)
{
    ext_fn *const fn = (ext_fn *)(uintptr_t)pc[2];
    spill(t, UINT32_MAX);
    entered(t, t->at); // a bulk operation goes on here
    if (redirects(fn) || (t->in_pieces && bulk_repeats(fn))) {
        leave_to(t, (uintptr_t)pc[2]);
    } else {
        pc_into(t, RSI, t->at);
        helper_into(t, RAX, (uintptr_t)pc[2]);
        call_stub(t, STUB_EXT);
    }
    entered(t, t->at + EXT_WORDS);
}

static void pure(struct tr *t, const uint64_t *pc, uint32_t live)
{
    struct effects e;
    rop_effects(t, pc, &e);
    for (unsigned i = 0; i < e.frames; i++) live |= over_mask(t, e.frame[i], 1);
    spill(t, live);
    pc_into(t, RSI, t->at);
    helper_into(t, RAX, (uintptr_t)pc[2]);
    call_stub(t, STUB_PURE);
    t->loaded = t->dirty = 0;
}

// ---- checks ----

// Native code goes on behind a check, not at it.
static int fuel_out(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_save(x, pc + 2, fp, false);
    return RUN_FUEL;
}

static int poll(struct exec *x, const uint64_t *pc, union slot *fp)
{
    if (!store_poll(x->act->store)) return exec_next(x, pc + 2, fp);
    exec_save(x, pc + 2, fp, false);
    return RUN_INTERRUPT;
}

static void check(struct tr *t, const uint64_t *pc)
{
    ins(t, I_MOV_RM, true, RAX, EXEC(control));
    enum x64_cc cc = CC_NE;
    if (*pc == R_POLL) {
        insi(t, I_CMP_MI, false, 0, x64_m(RAX, (int32_t)offsetof(struct run_control, interrupt)), 0);
    } else {
        const int32_t cost = PLANTED(DROPPED_FUEL) && *pc == R_FUEL ? 0 : ins_k(pc);
        insi(t, I_SUB_MI, true, 0, x64_m(RAX, (int32_t)offsetof(struct run_control, fuel)), cost);
        cc = CC_S;
    }
    if (*pc == R_FUEL) return;
    struct cold *c = cold_add(t, COLD_CHECK, (uint32_t)x64_jcc(&t->out, cc));
    c->a = *pc == R_POLL;
    c->back = (uint32_t)t->out.size;
}

static void address_ins(struct tr *t, const uint64_t *pc)
{
    ins(t, I_MOV_RM, false, RAX, int_rm(t, ins_a(pc)));
    const uint32_t size = ins_b(pc);
    x64_mov_imm(&t->out, RCX, pc[2] + size - PLANTED(BOUNDS));
    ins(t, I_ADD_RM, true, RAX, x64_r(RCX));
    access_bound(t, size);
    ins(t, I_LEA, true, RAX, x64_mx(R14, RAX, 0, PLANTED(BOUNDS) - (int32_t)size));
    ins(t, I_MOV_MR, true, RAX, EXEC(ea));
}

static void other(struct tr *t, const uint64_t *pc, const struct block *b)
{
    const uint32_t live = t->live_at[t->at];
    switch ((enum rop) * pc) {
    case R_UNREACHABLE: cold_add(t, COLD_TRAP, (uint32_t)x64_jump(&t->out))->a = HF_TRAP_UNREACHABLE; return;
    case R_COPY: copy(t, pc, false); return;
    case R_COPY32: copy(t, pc, true); return;
    case R_COPY128: emit_copy128(t, ins_a(pc), ins_b(pc)); return;
    case R_VECTOR: emit_vector(t, pc); return;
    case R_VECTOR_ACCESS: emit_vector_access(t, pc); return;
    case R_CONST32: constant(t, ins_a(pc), (uint64_t)(int64_t)ins_k(pc), ins_b(pc)); return;
    case R_CONST64: constant(t, ins_a(pc), pc[2], ins_b(pc)); return;
    case R_CONST128: emit_const128(t, ins_a(pc), pc + 2); return;
    case R_BR:
        ensure_successors(t, b);
        if (t->block_at[b->start] + 1 != b->taken || !same_region(t, b->taken)) edge(t, b->taken);
        return;
    case R_BR_IF_S:
    case R_BR_UNLESS_S:
    case R_BR_IF64_S:
    case R_BR_UNLESS64_S: branch(t, pc, b); return;
    case R_BR_TABLE: br_table(t, pc); return;
    case R_SELECT:
    case R_SELECT32:
    case R_SELECT_FLOAT: select_ins(t, pc); return;
    case R_SELECT128: emit_select128(t, pc); return;
    case R_RETURN:
    case R_RETURN_COPY:
    case R_RETURN_CONST: return_ins(t, pc); return;
    case R_CALL: call(t, pc, live | (t->catches ? UINT32_MAX : 0)); return;
    case R_CALL_IMPORT: call_import(t, pc, live | (t->catches ? UINT32_MAX : 0)); return;
    case R_CALL_INDIRECT: call_indirect(t, pc, live | (t->catches ? UINT32_MAX : 0)); return;
    case R_CALL_REF: call_ref(t, pc, live | (t->catches ? UINT32_MAX : 0)); return;
    case R_GLOBAL_GET: global_get(t, pc); return;
    case R_GLOBAL_SET:
    case R_GLOBAL_SET32: global_set(t, pc); return;
    case R_GLOBAL_GET128:
    case R_GLOBAL_SET128: global128(t, pc); return;
    case R_MEMORY_SIZE: {
        const unsigned target = int_target(t, ins_a(pc));
        ins(t, I_MOV_RM, true, target, x64_r(R15));
        insi(t, I_SHR_MI, true, 0, x64_r(target), 16);
        int_done(t, ins_a(pc), target);
        return;
    }
    case R_FUEL:
    case R_FUEL_CHECK:
    case R_POLL: check(t, pc); return;
    case R_ADDR: address_ins(t, pc); return;
    case R_CANON_F32:
    case R_CANON_F64: canonical(t, pc); return;
    case R_PURE:
    case R_EXT: {
        struct effects e = { .write = NO_SLOT };
        if (object_effects(pc, &e))
            emit_object(t, pc);
        else if (*pc == R_PURE)
            pure(t, pc, live);
        else
            ext(t, pc);
        return;
    }
    default: tr_fail(t, HF_UNSUPPORTED, "an instruction of the register code"); return;
    }
}

static void instruction(struct tr *t, const struct block *b)
{
    const uint64_t *pc = t->w + t->at;
    const struct rinfo *r = &rinfos[*pc];
    if (r->kind != KIND_OTHER &&
        ((r->kind == KIND_UN && r->form) ||
         (r->kind == KIND_LOAD && (r->form == LOAD_A || r->form == LOAD_ADDA || r->form == LOAD_WA)) ||
         (r->kind != KIND_UN && r->kind != KIND_LOAD &&
          (r->form == FORM_AS || r->form == FORM_SA || r->form == FORM_AK)))) {
        tr_fail(t, HF_UNSUPPORTED, "an accumulator");
        return;
    }
    if (PLANTED(REFUSAL) && r->kind == KIND_BIN) {
        tr_fail(t, HF_UNSUPPORTED, "planted");
        return;
    }
    switch ((enum kind)r->kind) {
    case KIND_BIN:
    case KIND_CMP: emit_binary(t, pc, r); return;
    case KIND_BRANCH: branch(t, pc, b); return;
    case KIND_UN: emit_unary(t, pc, r); return;
    case KIND_LOAD: emit_load(t, pc, r); return;
    case KIND_STORE: emit_store(t, pc, r); return;
    case KIND_OTHER: other(t, pc, b); return;
    }
}

// ---- the function's entry ----

// Declared locals are zero: in registers where they live there, and in the frame where anyone may look.
static void clear_locals(struct tr *t)
{
    const struct icode *code = t->code;
    ins(t, I_XORPS, false, 0, x64_r(0));
    uint32_t left = code->zero_count, slot = code->zero_from;
    if (left > 32) {
        ins(t, I_LEA, true, RAX, slot_rm(slot));
        ins(t, I_LEA, true, RCX, slot_rm(slot + left));
        const size_t loop = t->out.size;
        ins(t, I_MOVSD_MX, false, 0, x64_m(RAX, 0));
        insi(t, I_ADD_MI, true, 0, x64_r(RAX), 8);
        ins(t, I_CMP_RM, true, RAX, x64_r(RCX));
        x64_patch(&t->out, x64_jcc(&t->out, CC_NE), loop);
        left = 0;
    }
    for (; left; left--, slot++) {
        if (over_mask(t, slot, 1) && !t->is_ref[slot] && slot_alone(t, slot)) continue;
        ins(t, I_MOVSD_MX, false, 0, slot_rm(slot));
    }
}

static void prologue(struct tr *t)
{
    const struct icode *code = t->code;
    const struct block *body = &t->blocks[0];
    t->at = 0;
    region_enter(t, 0);
    t->loaded = t->dirty = 0;
    // As called: rbp is the new frame, its caller and return pc are in place.
    t->native_entry = (uint32_t)t->out.size;
    ins(t, I_LEA, true, RAX, x64_m(RBP, (int32_t)code->frame_bytes - HEADER_SLOTS * 8));
    ins(t, I_CMP_RM, true, RAX, EXEC(limit));
    const size_t fits = PLANTED(STACK_CHECK) ? x64_jump(&t->out) : x64_jcc(&t->out, CC_BE);
    jump_stub(t, STUB_EXHAUSTED);
    x64_patch(&t->out, fits, t->out.size);
    ins(t, I_CMP_RM, true, RSP, EXEC(chain_end));
    struct cold *c = cold_add(t, COLD_CUT, (uint32_t)x64_jcc(&t->out, CC_B));
    c->back = (uint32_t)t->out.size;
    address_into(t, RAX, ADDRESS_CODE, code->func, code);
    ins(t, I_MOV_MR, true, RAX, x64_m(RBP, ICODE * 8));
    ins(t, I_MOV_RM, true, RAX, EXEC(inst));
    ins(t, I_MOV_MR, true, RAX, x64_m(RBP, INSTANCE * 8));
    if (code->zero_count) clear_locals(t);
    for (uint32_t i = 0; i < t->region->count; i++) {
        const struct candidate *k = &t->region->at[i];
        const uint32_t mask = 1u << i;
        if (!(body->live_in & mask)) continue;
        if (k->slot < code->zero_from || code->zero_count > 32) {
            load_candidates(t, t->region, mask);
        } else if (k->class != CLASS_INT) {
            ins(t, I_XORPS, false, k->reg, x64_r(k->reg));
        } else {
            ins(t, I_XOR_RM, false, k->reg, x64_r(k->reg));
        }
    }
    const size_t over = x64_jump(&t->out);
    // From C: the frame is complete.
    t->entry[0] = (uint32_t)t->out.size;
    load_candidates(t, t->region, body->live_in);
    x64_patch(&t->out, over, t->out.size);
}

// ---- code out of line ----

static void emit_cold(struct tr *t, const struct cold *c)
{
    const struct region *r = &t->regions[c->region];
    t->at = c->pc;
    x64_patch(&t->out, c->from, t->out.size);
    switch ((enum cold_kind)c->kind) {
    case COLD_TRAP:
        pc_into(t, RSI, PLANTED(TRAP_POSITION) ? 2 : c->pc);
        x64_mov_imm(&t->out, RCX, c->a);
        jump_stub(t, STUB_TRAP);
        return;
    case COLD_CHECK:
        store_candidates(t, r, c->dirty);
        pc_into(t, RSI, c->pc);
        helper_into(t, RAX, (uintptr_t)(c->a ? poll : fuel_out));
        call_stub(t, STUB_EXT);
        if (!t->entry[c->pc + 2]) t->entry[c->pc + 2] = (uint32_t)t->out.size;
        load_candidates(t, r, c->loaded);
        x64_patch(&t->out, x64_jump(&t->out), c->back);
        return;
    case COLD_EDGE: cross(t, c->a, r, c->dirty); return;
    case COLD_CUT:
        call_stub(t, STUB_CUT);
        x64_patch(&t->out, x64_jump(&t->out), c->back);
        return;
    case COLD_FLOAT_RANGE: emit_float_range(t, c); return;
    case COLD_SATURATE: emit_saturate(t, c); return;
    case COLD_CAST: emit_cast_slow(t, c); return;
    }
}

static void handlers(struct tr *t)
{
    for (uint32_t i = 0; i < t->code->handler_count; i++) {
        const struct handler *h = &t->code->handlers[i];
        const uint32_t word = h->target / 8;
        if (PLANTED(LOST_HANDLER) && h->tag != DELEGATE_TAG) t->entry[word] = 0;
        if (h->tag == DELEGATE_TAG || t->entry[word] || PLANTED(LOST_HANDLER)) continue;
        const struct block *b = &t->blocks[t->block_at[word]];
        t->entry[word] = (uint32_t)t->out.size;
        load_candidates(t, &t->regions[b->region], b->live_in);
        fix_add(t, x64_jump(&t->out), t->block_at[word]);
    }
}

static void body(struct tr *t)
{
    prologue(t);
    for (uint32_t i = 0; i < t->block_count && !t->failed && !t->out.failed; i++) {
        struct block *b = &t->blocks[i];
        if (b->region != t->region_index) region_enter(t, b->region);
        t->block_code[i] = (uint32_t)t->out.size;
        t->loaded = b->live_in;
        t->dirty = b->dirty_in & b->live_in;
        for (uint32_t step = b->step; step < b->step_end; step++) {
            t->at = t->steps[step].at;
            t->words = (step + 1 < t->step_count ? t->steps[step + 1].at : t->n) - t->at;
            if (t->listing) listing_line(t->listing, t->out.size, code_offset(t->code, t->at * 8));
            instruction(t, b);
            t->dirty &= t->live_at[t->at];
            t->last = t->at;
        }
        if (b->next != NO_BLOCK) {
            t->at = t->last;
            ensure_successors(t, b);
            if (!same_region(t, b->next)) cross(t, b->next, t->region, t->dirty);
        }
        if (t->out.size > CODE_MOST) tr_fail(t, HF_LIMIT, "too much code");
    }
    for (size_t i = 0; i < t->cold_count && !t->failed && !t->out.failed; i++) {
        const struct cold c = t->colds[i];
        if (t->listing) listing_line(t->listing, t->out.size, code_offset(t->code, c.pc * 8));
        emit_cold(t, &c);
    }
    handlers(t);
    if (t->out.failed) tr_fail(t, HF_OUT_OF_MEMORY, "");
}

// Lets the handler of faults know this function's accesses.
static bool guards_keep(struct tr *t, const uint8_t *run)
{
    struct native *native = t->object->native;
    const size_t size = sizeof *t->guards;
    struct guard *fit = mem_resize(t->object->heap, t->guards, t->guard_cap * size, t->guard_count * size);
    if (fit) {
        t->guards = fit;
        t->guard_cap = t->guard_count;
    }
    mutex_lock(&native->mutex);
    const uint32_t i = native->guarded_count;
    const bool room = i < native->guarded_cap;
    if (room) {
        const uint32_t start = (uint32_t)(run - native->code.run);
        native->guarded[i] = (struct guarded){ start,        start + (uint32_t)t->out.size, t->w, t->guards,
                                               t->guard_cap, (uint32_t)t->guard_count };
        atomic_store_explicit(&native->guarded_count, i + 1, memory_order_release);
        t->guards = NULL; // the code memory's now
        t->guard_cap = 0;
    }
    mutex_unlock(&native->mutex);
    if (!room) tr_fail(t, HF_LIMIT, "too many translations");
    return room;
}

static bool may_guard(const struct code_object *object, const struct run_control *control)
{
    const struct hf_module *m = object->module;
    struct native *native = object->native;
    if (!control->guarded || !m->memory_count || m->memories[0].limits.page_log2 != 16) return false;
    mutex_lock(&native->mutex);
    if (!native->registered) native->registered = guard_register(native);
    const bool registered = native->registered;
    mutex_unlock(&native->mutex);
    return registered;
}

// Lets jumps and tables lead where their blocks are.
static void resolve(struct tr *t)
{
    for (size_t i = 0; i < t->fix_count; i++) x64_patch(&t->out, t->fixes[i].at, t->block_code[t->fixes[i].block]);
    for (size_t i = 0; i < t->entry_count; i++) {
        const struct table_entry *e = &t->entries[i];
        const uint32_t to = e->stub ? e->stub : t->block_code[e->block];
        const int32_t distance = (int32_t)(to - e->table);
        memcpy(t->out.data + e->at, &distance, 4);
    }
    static const uint8_t padding[16];
    if (t->pool.size) buf_put(&t->out, padding, -t->out.size & 15);
    for (size_t i = 0; i < t->pooled_count; i++)
        x64_patch(&t->out, t->pooled[i].at, t->out.size + (size_t)t->pooled[i].index * 16);
    buf_put(&t->out, t->pool.data, t->pool.size);
    if (t->out.failed) tr_fail(t, HF_OUT_OF_MEMORY, "");
}

static void place(struct tr *t, struct icode *code)
{
    const uint8_t *run;
    struct native *native = t->object->native;
    uint8_t *write = native_take(native, t->out.size, &run);
    if (!write) {
        tr_fail(t, HF_LIMIT, "no room for native code");
        return;
    }
    for (size_t i = 0; i < t->reloc_count; i++) {
        const struct stub_reloc *r = &t->relocs[i];
        const int32_t rel = (int32_t)(native->code.run + native->stubs[r->stub] + r->add - (run + r->at + 4));
        memcpy(t->out.data + r->at, &rel, 4);
    }
    memcpy(write, t->out.data, t->out.size);
    profile_function(t->object, code->func, run, write, t->out.size);
    if (t->guard_count && !guards_keep(t, run)) return;
    code->native = run + t->native_entry;
    // Word 0 of an instruction where nothing enters is not looked at any more.
    uint64_t *words = (uint64_t *)(uintptr_t)code->entry;
    for (uint32_t at = 0; at < t->n; at++) {
        if (t->entry[at]) words[at] = (uint64_t)(uintptr_t)(run + t->entry[at]);
    }
}

static bool translate(struct code_object *object, struct icode *code, const struct run_control *control,
                      struct listing *listing, hf_status *status)
{
    struct tr t = {
        .object = object,
        .native = object->native,
        .code = code,
        .w = code->entry,
        .n = (uint32_t)code->words,
        .slots = code->frame_bytes / 8 - HEADER_SLOTS,
        .status = status,
        .masks = control->masks,
        .listing = listing,
        .guarded = may_guard(object, control),
        .in_pieces = control->count_fuel || control->interruptible,
        .foreign_tail = code->module->flags & FUNC_FOREIGN_TAIL,
    };
    buf_init(&t.out, object->heap);
    buf_init(&t.pool, object->heap);
    arena_init(&t.arena, object->heap);
    if (analyse(&t)) body(&t);
    if (!t.failed) resolve(&t);
    if (!t.failed && listing)
        listing_take(listing, &t.out);
    else if (!t.failed)
        place(&t, code);
    mem_free(object->heap, t.fixes, t.fix_cap * sizeof *t.fixes);
    mem_free(object->heap, t.relocs, t.reloc_cap * sizeof *t.relocs);
    mem_free(object->heap, t.colds, t.cold_cap * sizeof *t.colds);
    mem_free(object->heap, t.guards, t.guard_cap * sizeof *t.guards);
    mem_free(object->heap, t.entries, t.entry_cap * sizeof *t.entries);
    arena_fini(&t.arena);
    mem_free(object->heap, t.pooled, t.pooled_cap * sizeof *t.pooled);
    buf_fini(&t.pool);
    buf_fini(&t.out);
    return !t.failed;
}

bool native_translate(struct code_object *object, struct icode *code, const struct run_control *control,
                      hf_status *status)
{
    return translate(object, code, control, NULL, status);
}

bool native_list(struct code_object *object, struct icode *code, const struct run_control *control, struct listing *out,
                 hf_status *status)
{
    return translate(object, code, control, out, status);
}
