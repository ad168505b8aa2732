// The pieces of code that all functions of a module share (native.h names them).
#include "base/fail.h"
#include "jit/plant.h"
#include "jit/x64/stub.h"
#include "wasm/trap.h"

enum { CHAIN_BYTES = 8 << 10 }; // of return addresses, before the chain is cut

// Called by STUB_COMPILE. NULL: act->status says why.
static const void *compile(struct exec *x, uint32_t func)
{
    x->act->status = hf_status_ok();
    const struct icode *code = code_get(x, x->inst->module, func, &x->act->status);
    return code ? code->native : NULL;
}

static void enter_frame_instance(struct exec *x, const union slot *fp)
{
    exec_enter_instance(x, frame_instance(fp));
}

static void call_c(struct buf *o, uintptr_t fn)
{
    put(o, X(sp), RSP);
    x64_emit(o, I_AND_MI, true, 0, x64_r(RSP), -16);
    if (fn) x64_mov_abs(o, RAX, fn);
    x64_emit(o, I_CALL_M, true, 0, x64_r(RAX), 0);
    mov(o, RSP, X(sp));
}

static void load_memory(struct buf *o, unsigned scratch)
{
    mov(o, scratch, X(mem0));
    mov(o, R14, x64_m(scratch, (int32_t)offsetof(struct memory_inst, base)));
    if (!PLANTED(STALE_SIZE)) mov(o, R15, x64_m(scratch, (int32_t)offsetof(struct memory_inst, size)));
}

static const uint8_t saved[] = { RBX, RBP, R12, R13, R14, R15 };
enum { SAVED = sizeof saved, SAVED_BYTES = SAVED * 8 + 8 }; // the return address above keeps it aligned

// From C, with struct exec in rdi.
static void enter(struct buf *o)
{
    x64_emit(o, I_SUB_MI, true, 0, x64_r(RSP), SAVED_BYTES);
    for (unsigned i = 0; i < SAVED; i++) put(o, x64_m(RSP, (int32_t)i * 8), saved[i]);
    mov(o, RBX, x64_r(RDI));
    put(o, X(host_sp), RSP);
    x64_emit(o, I_LEA, true, RAX, x64_m(RSP, -CHAIN_BYTES), 0);
    put(o, X(chain_end), RAX);
}

// To C, with the run's outcome in eax.
static void leave_native(struct buf *o)
{
    mov(o, RSP, X(host_sp));
    for (unsigned i = 0; i < SAVED; i++) mov(o, saved[i], x64_m(RSP, (int32_t)i * 8));
    x64_emit(o, I_ADD_MI, true, 0, x64_r(RSP), SAVED_BYTES);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);
}

bool stubs_emit(struct buf *o, uint32_t *at)
{
    // Masks first, aligned: the code memory's head is.
    static const uint64_t masks[MASK_COUNT][2] = {
#define MASK(name, low, high) { low, high },
#include "jit/x64/masks.def"
#undef MASK
    };
    at[STUB_MASKS] = (uint32_t)o->size;
    buf_put(o, masks, sizeof masks);

    // exit: eax is the run's outcome
    const size_t leave = o->size;
    at[STUB_LEAVE] = (uint32_t)leave;
    leave_native(o);

    at[STUB_HALT] = (uint32_t)o->size;
    put(o, X(fp), RBP);
    x64_mov_imm(o, RAX, RUN_DONE);
    jump_to(o, leave);

    // go: on at x->pc, x->fp
    const size_t go = o->size;
    mov(o, RBP, X(fp));
    load_memory(o, RAX);
    mov(o, RAX, X(pc));
    x64_emit(o, I_JMP_M, false, 0, x64_m(RAX, 0), 0);

    at[STUB_RET] = (uint32_t)o->size;
    address_of(o, RAX, at[STUB_RET]);
    x64_emit(o, I_PUSH, false, 0, x64_r(RAX), 0);
    mov(o, RAX, x64_m(RDX, RETURN_PC * 8));
    put(o, X(pc), RAX);
    put(o, X(fp), RBP);
    mov(o, RAX, FRAME(INSTANCE));
    x64_emit(o, I_CMP_RM, true, RAX, X(inst), 0);
    x64_patch(o, x64_jcc(o, CC_E), go);
    mov(o, RDI, x64_r(RBX));
    mov(o, RSI, x64_r(RBP));
    call_c(o, (uintptr_t)enter_frame_instance);
    jump_to(o, go);

    // cold: on at x->pc with a chain that begins anew
    const size_t cold = o->size;
    mov(o, RSP, X(host_sp));
    const size_t chained = o->size;
    address_of(o, RAX, at[STUB_RET]);
    x64_emit(o, I_PUSH, false, 0, x64_r(RAX), 0);
    jump_to(o, go);

    at[STUB_ENTER] = (uint32_t)o->size;
    enter(o);
    jump_to(o, cold);

    // As a call, so that the entered function's return is predicted.
    at[STUB_CALL] = (uint32_t)o->size;
    enter(o);
    mov(o, RBP, x64_r(RDX));
    load_memory(o, RAX);
    x64_emit(o, I_CALL_M, false, 0, x64_r(RSI), 0);
    x64_mov_imm(o, RAX, RUN_DONE);
    leave_native(o);

    at[STUB_EXT] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBX));
    mov(o, RDX, x64_r(RBP));
    call_c(o, 0);
    x64_emit(o, I_CMP_MI, false, 0, x64_r(RAX), RUN_NEXT);
    x64_patch(o, x64_jcc(o, CC_NE), leave);
    load_memory(o, RAX);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);

    at[STUB_EXT_JUMP] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBX));
    mov(o, RDX, x64_r(RBP));
    call_c(o, 0);
    at[STUB_GO_ON] = (uint32_t)o->size;
    x64_emit(o, I_CMP_MI, false, 0, x64_r(RAX), RUN_NEXT);
    x64_patch(o, x64_jcc(o, CC_NE), leave);
    x64_emit(o, I_CMP_MR, true, RBP, X(fp), 0);
    x64_patch(o, x64_jcc(o, CC_E), go);      // behind the instruction, or in a handler of the same frame
    x64_patch(o, x64_jcc(o, CC_A), chained); // in a frame that was pushed
    jump_to(o, cold);                        // in one further out

    at[STUB_PURE] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBP));
    call_c(o, 0);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);

    // rsi, rbp and ecx are set
    at[STUB_EXHAUSTED] = (uint32_t)o->size;
    mov(o, RSI, FRAME(RETURN_PC));
    x64_emit(o, I_SUB_MI, true, 0, x64_r(RSI), CALL_WORDS * 8);
    mov(o, RBP, FRAME(CALLER_FP));
    x64_mov_imm(o, RCX, HF_TRAP_CALL_STACK_EXHAUSTED);
    at[STUB_TRAP] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBX));
    mov(o, RDX, x64_r(RBP));
    call_c(o, (uintptr_t)exec_trap);
    jump_to(o, leave);

    at[STUB_CUT] = (uint32_t)o->size;
    x64_emit(o, I_POP, false, 0, x64_r(RCX), 0);
    mov(o, RSP, X(host_sp));
    address_of(o, RAX, at[STUB_RET]);
    x64_emit(o, I_PUSH, false, 0, x64_r(RAX), 0);
    x64_emit(o, I_JMP_M, false, 0, x64_r(RCX), 0);

    at[STUB_COMPILE] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBX));
    x64_emit(o, I_MOV_RM, false, RSI, x64_r(RCX), 0);
    call_c(o, (uintptr_t)compile);
    x64_emit(o, I_TEST_MR, true, RAX, x64_r(RAX), 0);
    const size_t failed = x64_jcc(o, CC_E);
    x64_emit(o, I_JMP_M, false, 0, x64_r(RAX), 0);
    x64_patch(o, failed, o->size);
    mov(o, RSI, FRAME(RETURN_PC));
    x64_emit(o, I_SUB_MI, true, 0, x64_r(RSI), CALL_WORDS * 8);
    mov(o, RBP, FRAME(CALLER_FP));
    mov(o, RDI, x64_r(RBX));
    mov(o, RDX, x64_r(RBP));
    call_c(o, (uintptr_t)exec_exit);
    jump_to(o, leave);

    at[STUB_SWITCH] = (uint32_t)o->size;
    mov(o, RDI, x64_r(RBX));
    mov(o, RSI, x64_r(RBP));
    call_c(o, (uintptr_t)enter_frame_instance);
    x64_emit(o, I_RET, false, 0, x64_r(0), 0);
    stubs_import(o, at);
    return !o->failed;
}
