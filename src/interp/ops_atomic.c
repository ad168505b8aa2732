// Atomic accesses: sequentially consistent, on the address that op_address_atomic checked.
#include "base/ckd.h"
#include "interp/ops.h"
#include "wasm/opcode.h"

#define SEQ __ATOMIC_SEQ_CST

// a: address, then the operands; the result is left at a. k: the opcode.
int op_atomic(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    switch ((enum opcode)ins_k(pc)) {
#define ONE(name, T) \
    case OP_##name: s->u64 = __atomic_load_n((T *)(void *)x->ea, SEQ); break;
        ONE(I32_ATOMIC_LOAD, uint32_t)
        ONE(I64_ATOMIC_LOAD, uint64_t)
        ONE(I32_ATOMIC_LOAD8_U, uint8_t)
        ONE(I32_ATOMIC_LOAD16_U, uint16_t) ONE(I64_ATOMIC_LOAD8_U, uint8_t) ONE(I64_ATOMIC_LOAD16_U, uint16_t)
            ONE(I64_ATOMIC_LOAD32_U, uint32_t)
#undef ONE
#define ONE(name, T) \
    case OP_##name: __atomic_store_n((T *)(void *)x->ea, (T)s[1].u64, SEQ); break;
                ONE(I32_ATOMIC_STORE, uint32_t) ONE(I64_ATOMIC_STORE, uint64_t) ONE(I32_ATOMIC_STORE8, uint8_t)
                    ONE(I32_ATOMIC_STORE16, uint16_t) ONE(I64_ATOMIC_STORE8, uint8_t) ONE(I64_ATOMIC_STORE16, uint16_t)
                        ONE(I64_ATOMIC_STORE32, uint32_t)
#undef ONE
#define ONE(name, T, F) \
    case OP_##name: s->u64 = F((T *)(void *)x->ea, (T)s[1].u64, SEQ); break;
#define ALL(F, NAME)                                                                          \
    ONE(I32_ATOMIC_RMW_##NAME, uint32_t, F)                                                   \
    ONE(I64_ATOMIC_RMW_##NAME, uint64_t, F)                                                   \
    ONE(I32_ATOMIC_RMW8_##NAME##_U, uint8_t, F)                                               \
    ONE(I32_ATOMIC_RMW16_##NAME##_U, uint16_t, F) ONE(I64_ATOMIC_RMW8_##NAME##_U, uint8_t, F) \
        ONE(I64_ATOMIC_RMW16_##NAME##_U, uint16_t, F) ONE(I64_ATOMIC_RMW32_##NAME##_U, uint32_t, F)
                            ALL(__atomic_fetch_add, ADD) ALL(__atomic_fetch_sub, SUB) ALL(__atomic_fetch_and, AND)
                                ALL(__atomic_fetch_or, OR) ALL(__atomic_fetch_xor, XOR) ALL(__atomic_exchange_n, XCHG)
#undef ALL
#undef ONE
        // The expected value is wrapped to the width of the access.
#define ONE(name, T)                                                                              \
    case OP_##name: {                                                                             \
        T expected = (T)s[1].u64;                                                                 \
        __atomic_compare_exchange_n((T *)(void *)x->ea, &expected, (T)s[2].u64, false, SEQ, SEQ); \
        s->u64 = expected;                                                                        \
        break;                                                                                    \
    }
                                    ONE(I32_ATOMIC_RMW_CMPXCHG, uint32_t) ONE(I64_ATOMIC_RMW_CMPXCHG, uint64_t)
                                        ONE(I32_ATOMIC_RMW8_CMPXCHG_U, uint8_t)
                                            ONE(I32_ATOMIC_RMW16_CMPXCHG_U, uint16_t)
                                                ONE(I64_ATOMIC_RMW8_CMPXCHG_U, uint8_t)
                                                    ONE(I64_ATOMIC_RMW16_CMPXCHG_U, uint16_t)
                                                        ONE(I64_ATOMIC_RMW32_CMPXCHG_U, uint32_t)
#undef ONE
                                                            default : break;
    }
    return exec_next(x, pc + EXT_WORDS, fp);
}

// Checks what wait and notify are given. a: address, b: size, k: memory, word 3: offset.
static int place(struct exec *x, const uint64_t *pc, union slot *fp, struct memory_inst **memory, uint64_t *at)
{
    struct memory_inst *m = x->inst->memories[(uint32_t)ins_k(pc)];
    const union slot s = fp[ins_a(pc)];
    const bool wraps = ckd_add(at, m->type.is64 ? s.u64 : s.u32, pc[3]);
    if (*at & (ins_b(pc) - 1)) return exec_trap(x, pc, fp, HF_TRAP_UNALIGNED_ATOMIC);
    if (wraps || !range_fits(*at, ins_b(pc), memory_bytes(m)))
        return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    *memory = m;
    return RUN_NEXT;
}

// a: address, expected value, timeout.
int op_atomic_wait(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct memory_inst *m;
    uint64_t at;
    int run = place(x, pc, fp, &m, &at);
    if (run != RUN_NEXT) return run;
    if (!m->type.shared) return exec_trap(x, pc, fp, HF_TRAP_EXPECTED_SHARED_MEMORY);
    union slot *const s = &fp[ins_a(pc)];
    const unsigned size = ins_b(pc);
    exec_save(x, pc + EXT_WORDS, fp, false);
    run = (int)atomic_wait(x->act, m, at, size == 4 ? s[1].u32 : s[1].u64, size, s[2].i64, s);
    return run == RUN_DONE ? exec_next(x, pc + EXT_WORDS, fp) : run;
}

// a: address, count.
int op_atomic_notify(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct memory_inst *m;
    uint64_t at;
    const int run = place(x, pc, fp, &m, &at);
    if (run != RUN_NEXT) return run;
    union slot *const s = &fp[ins_a(pc)];
    s->u64 = m->type.shared ? atomic_notify(x->act->store, m, at, s[1].u32) : 0;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_atomic_fence(struct exec *x, const uint64_t *pc, union slot *fp)
{
    atomic_thread_fence(memory_order_seq_cst);
    return exec_next(x, pc + EXT_WORDS, fp);
}
