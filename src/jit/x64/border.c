// From native code to the host and back.
//
// A host function of numbers that nothing is wrapped around is called as it is: the place of the call loads the arguments from the
// frame into the registers of the C calling convention, and a stub that all places share tells the store what runs. Which function an
// import is bound to is looked up at each call, since code is shared by instances. Those that take an hf_call find their arguments in
// the frame; functions of other instances are left to the interpreter's function for such calls.
//
//   at the place   r10 where the guest goes on · r11 the import's offset among the instance's functions · rax the end of its arguments
//                  and results in the frame · r13 their beginning · rsi rdx rcx r8 r9 xmm0–7 arguments
//   behind it      rax or xmm0 the result
#include "interp/ops.h"
#include "jit/translate.h"
#include "jit/x64/stub.h"
#include "runtime/host.h"
#include "sys/fpu.h"

enum { INTS = 5, FLOATS = 8 };

static const uint8_t int_args[INTS] = { RSI, RDX, RCX, R8, R9 };

// ---- what the stubs call ----

enum { RUN_BEHIND = -2 }; // go on behind the call, whose results are in place

static int call_host(struct exec *x, struct func_inst *callee, union slot *nfp, union slot *end, const uint64_t *next)
{
    // fp is where nfp was computed from: the caller's frame.
    union slot *const fp = x->fp;
    exec_save(x, next, fp, false);
    x->act->stack->sp = (uint8_t *)end;
    const enum run run = host_call(x->act, x->inst, callee, nfp);
    fpu_enter(); // whatever the host function did to it
    if (run == RUN_DONE) return RUN_BEHIND;
    if (run == RUN_EXCEPTION) {
        x->exception = x->act->exception;
        return exec_throw(x, next, fp);
    }
    return (int)run;
}

// ---- stubs ----

static void call_aligned(struct buf *o, unsigned reg)
{
    mov(o, R14, x64_r(RSP));
    x64_emit(o, I_AND_MI, true, 0, x64_r(RSP), -16);
    x64_emit(o, I_CALL_M, true, 0, x64_r(reg), 0);
    mov(o, RSP, x64_r(R14));
}

// r11: the function.
static void find_import(struct buf *o)
{
    mov(o, R12, X(inst));
    mov(o, R14, AT(R12, struct instance, funcs));
    x64_emit(o, I_MOV_RM, false, R11, x64_mx(R14, R11, 0, 0), 0);
    x64_emit(o, I_SHL_MI, true, 0, x64_r(R11), 5);
    _Static_assert(sizeof(struct func_inst) == 32, "the index is shifted by 5");
    x64_emit(o, I_ADD_RM, true, R11, X(funcs), 0);
}

static void float_of(struct buf *o, enum x64_insn insn, unsigned xmm, const uint32_t *at, unsigned which)
{
    x64_emit(o, insn, false, xmm, x64_m(NO_REG, 0), 0);
    x64_patch(o, o->size - 4, at[STUB_MASKS] + MASK_MODE * 16 + which * 4);
}

// Whether a C function left the floating-point mode as it was. Asking for the mode takes as long as all else here, so it is tried
// instead: sums that come out otherwise under any other rounding, or when subnormals are flushed. A function that unmasks exceptions and
// leaves them so is not found.
static void try_mode(struct buf *o, const uint32_t *at, size_t changed[2])
{
    float_of(o, I_MOVSS_XM, 1, at, 0);
    float_of(o, I_ADDSS, 1, at, 1);
    float_of(o, I_ADDSS, 1, at, 2);
    x64_emit(o, I_MOVD_RX, false, 1, x64_r(RCX), 0);
    x64_emit(o, I_CMP_MI, false, 0, x64_r(RCX), 0x3f800001);
    changed[0] = x64_jcc(o, CC_NE);
    float_of(o, I_MOVSS_XM, 2, at, 3);
    x64_emit(o, I_XORPS, false, 3, x64_r(3), 0);
    x64_emit(o, I_ADDSS, false, 2, x64_r(3), 0);
    x64_emit(o, I_MOVD_RX, false, 2, x64_r(RCX), 0);
    x64_emit(o, I_TEST_MR, false, RCX, x64_r(RCX), 0);
    changed[1] = x64_jcc(o, CC_E);
}

static void typed(struct buf *o, const uint32_t *at, size_t *wrapped)
{
    mov(o, R15, AT(R11, struct func_inst, host));
    mov(o, R14, AT(R15, struct host_func, direct));
    x64_emit(o, I_TEST_MR, true, R14, x64_r(R14), 0);
    *wrapped = x64_jcc(o, CC_E);
    put(o, X(caller.instance), R12);
    put(o, X(caller.host), R15);
    mov(o, R12, X(act));
    put(o, AT(R12, struct activation, host), R15);
    put(o, AT(R12, struct activation, pc), R10);
    put(o, AT(R12, struct activation, fp), RBP);
    mov(o, R10, AT(R12, struct activation, stack));
    put(o, AT(R10, struct guest_stack, sp), RAX);
    mov(o, RAX, x64_r(R14));
    mov(o, R13, AT(R12, struct activation, store));
    put(o, AT(R13, struct hf_store, current), R12);
    x64_emit(o, I_ADD_MI, true, 0, AT(R13, struct hf_store, sequence), 1);
    x64_emit(o, I_MOV_RM, false, R15, AT(R13, struct hf_store, scoped.count), 0);
    x64_emit(o, I_LEA, true, RDI, X(caller), 0);
    call_aligned(o, RAX);
    mov(o, RCX, X(before));
    put(o, AT(R13, struct hf_store, current), RCX);
    x64_emit(o, I_CMP_RM, false, R15, AT(R13, struct hf_store, scoped.count), 0);
    const size_t rooted = x64_jcc(o, CC_NE);
    const size_t back = o->size;
    size_t changed[2];
    try_mode(o, at, changed);
    const size_t same = o->size;
    x64_emit(o, I_CMP8_MI, false, 0, X(caller.trapped), 0);
    const size_t trapped = x64_jcc(o, CC_NE);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);

    // References that the host function made for itself end with it.
    x64_patch(o, rooted, o->size);
    x64_emit(o, I_PUSH, false, 0, x64_r(RAX), 0);
    x64_emit(o, I_SUB_MI, true, 0, x64_r(RSP), 8);
    x64_emit(o, I_MOVSD_MX, false, 0, x64_m(RSP, 0), 0);
    mov(o, RDI, x64_r(R13));
    x64_emit(o, I_MOV_RM, false, RSI, x64_r(R15), 0);
    x64_mov_imm(o, RAX, (uintptr_t)roots_close);
    call_aligned(o, RAX);
    x64_emit(o, I_MOVSD_XM, false, 0, x64_m(RSP, 0), 0);
    x64_emit(o, I_ADD_MI, true, 0, x64_r(RSP), 8);
    x64_emit(o, I_POP, false, 0, x64_r(RAX), 0);
    jump_to(o, back);

    x64_patch(o, changed[0], o->size);
    x64_patch(o, changed[1], o->size);
    x64_emit(o, I_MOV_MI, false, 0, X(fpu), FPU_GUEST);
    x64_emit(o, I_LDMXCSR, false, 0, X(fpu), 0);
    jump_to(o, same);

    x64_patch(o, trapped, o->size);
    x64_mov_imm(o, RAX, RUN_TRAP);
    jump_to(o, at[STUB_LEAVE]);
}

void stubs_import(struct buf *o, uint32_t *at)
{
    // What is no host function, or does not fit: drops the place's link and lets the interpreter's function say what happens.
    const size_t other = o->size;
    x64_emit(o, I_ADD_MI, true, 0, x64_r(RSP), 8);
    x64_emit(o, I_LEA, true, RSI, x64_m(R10, -CALL_WORDS * 8), 0);
    x64_mov_imm(o, RAX, (uintptr_t)op_call_import);
    jump_to(o, at[STUB_EXT_JUMP]);

    at[STUB_IMPORT_TYPED] = (uint32_t)o->size;
    find_import(o);
    x64_emit(o, I_CMP_RM, true, RAX, X(limit), 0);
    x64_patch(o, x64_jcc(o, CC_A), other);
    x64_emit(o, I_CMP_MI, true, 0, AT(R11, struct func_inst, instance), 0);
    x64_patch(o, x64_jcc(o, CC_NE), other);
    size_t wrapped;
    typed(o, at, &wrapped);

    at[STUB_IMPORT] = (uint32_t)o->size;
    find_import(o);
    x64_emit(o, I_CMP_RM, true, RAX, X(limit), 0);
    x64_patch(o, x64_jcc(o, CC_A), other);
    x64_emit(o, I_CMP_MI, true, 0, AT(R11, struct func_inst, instance), 0);
    x64_patch(o, x64_jcc(o, CC_NE), other);
    x64_patch(o, wrapped, o->size);
    put(o, X(fp), RBP);
    mov(o, RDI, x64_r(RBX));
    mov(o, RSI, x64_r(R11));
    mov(o, RDX, x64_r(R13));
    mov(o, RCX, x64_r(RAX));
    mov(o, R8, x64_r(R10));
    x64_mov_imm(o, RAX, (uintptr_t)call_host);
    call_aligned(o, RAX);
    x64_emit(o, I_CMP_MI, false, 0, x64_r(RAX), RUN_BEHIND);
    const size_t elsewhere = x64_jcc(o, CC_NE);
    mov(o, RAX, x64_m(R13, 0));
    x64_emit(o, I_MOVSD_XM, false, 0, x64_m(R13, 0), 0);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);
    x64_patch(o, elsewhere, o->size);
    x64_emit(o, I_ADD_MI, true, 0, x64_r(RSP), 8);
    jump_to(o, at[STUB_GO_ON]);
}

// ---- places ----

// True: all of it in registers. Moves only.
static bool load_args(struct tr *t, uint32_t slot, const struct func_type *type)
{
    unsigned ints = 0, floats = 0;
    if (type->result_count > 1 || (type->result_count && (type->results[0] == VAL_V128 || type->has_refs)))
        return false;
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum val_kind kind = val_kind(type->params[i]);
        const bool is_int = kind == VAL_I32 || kind == VAL_I64;
        if (!is_int && kind != VAL_F32 && kind != VAL_F64) return false;
        if (is_int ? ++ints > INTS : ++floats > FLOATS) return false;
    }
    ints = floats = 0;
    for (uint32_t i = 0; i < type->param_count; i++, slot++) {
        switch (val_kind(type->params[i])) {
        case VAL_I32: ins(t, I_MOV_RM, false, int_args[ints++], slot_rm(slot)); break;
        case VAL_I64: ins(t, I_MOV_RM, true, int_args[ints++], slot_rm(slot)); break;
        case VAL_F32: ins(t, I_MOVSS_XM, false, floats++, slot_rm(slot)); break;
        default: ins(t, I_MOVSD_XM, false, floats++, slot_rm(slot)); break;
        }
    }
    return true;
}

static void store_result(struct tr *t, uint32_t slot, const struct func_type *type)
{
    if (!type->result_count) return;
    switch (val_kind(type->results[0])) {
    case VAL_I32:
        mov_rr(t, false, RAX, RAX);
        ins(t, I_MOV_MR, true, RAX, slot_rm(slot));
        break;
    case VAL_I64: ins(t, I_MOV_MR, true, RAX, slot_rm(slot)); break;
    case VAL_F32: ins(t, I_MOVSS_MX, false, 0, slot_rm(slot)); break;
    default: ins(t, I_MOVSD_MX, false, 0, slot_rm(slot)); break;
    }
}

void emit_import(struct tr *t, const uint64_t *pc)
{
    const uint32_t func = (uint32_t)ins_k(pc), a = ins_a(pc);
    const struct func_type *type = module_func_type(t->code->module, func);
    const uint32_t slots = type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
    const bool in_registers = load_args(t, a, type);
    pc_into(t, R10, t->at + CALL_WORDS);
    x64_mov_imm(&t->out, R11, (uint64_t)func * sizeof(gref));
    ins(t, I_LEA, true, R13, slot_rm(a));
    ins(t, I_LEA, true, RAX, slot_rm(a + slots));
    call_stub(t, in_registers ? STUB_IMPORT_TYPED : STUB_IMPORT);
    if (in_registers) store_result(t, a, type);
}
