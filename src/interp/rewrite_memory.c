// Memories and tables, but for the plain accesses to memory; atomics.
#include "interp/ops.h"
#include "interp/rewrite.h"

bool memory_direct(const struct rewriter *w, uint32_t memory)
{
    const struct limits *l = &w->module->memories[memory].limits;
    return memory == 0 && !l->is64 && !l->shared;
}

void emit_address(struct rewriter *w, const struct instr *ins, const struct ent *address, bool atomic)
{
    const uint32_t slot = slot_of(w, address);
    const uint32_t size = 1u << op_infos[ins->op].width;
    if (!atomic && memory_direct(w, ins->mem.memory)) {
        emit(w, R_ADDR, slot, size, 0, 0);
        emit_word(w, ins->mem.offset);
    } else {
        emit_ext(w, atomic ? op_address_atomic : op_address, slot, size, ins->mem.memory, ins->mem.offset);
    }
}

static void atomic(struct rewriter *w, const struct instr *ins)
{
    const char *sig = op_infos[ins->op].sig; // "aii:i"
    uint32_t count = 0;
    while (sig[count] != ':') count++;
    const int result = sig[count + 1] == 'i' ? T_I32 : sig[count + 1] == 'l' ? T_I64 : NO_RESULT;
    if (ins->op == OP_MEMORY_ATOMIC_WAIT32 || ins->op == OP_MEMORY_ATOMIC_WAIT64) {
        const uint32_t at = args_home(w, count);
        if (w->failed) return;
        drop_to(w, w->sp - count);
        map_here(w, (uint32_t)w->n + EXT_WORDS, false);
        emit_ext(w, op_atomic_wait, at, 1u << op_infos[ins->op].width, ins->mem.memory, ins->mem.offset);
        push_temp(w, T_I32, NONE);
        return;
    }
    if (ins->op == OP_MEMORY_ATOMIC_NOTIFY) {
        ext_op(w, op_atomic_notify, count, 4, ins->mem.memory, ins->mem.offset, result);
        return;
    }
    args_home(w, count);
    if (w->failed) return;
    const struct ent address = w->st[w->sp - count];
    emit_address(w, ins, &address, true);
    ext_op(w, op_atomic, count, 0, ins->op, 0, result);
}

bool rewrite_memory(struct rewriter *w, const struct instr *ins)
{
    const struct hf_module *m = w->module;
    enum vt type;
    switch (ins->op) {
    case OP_MEMORY_SIZE:
        type = m->memories[ins->index].limits.is64 ? T_I64 : T_I32;
        if (memory_direct(w, ins->index) && m->memories[0].limits.page_log2 == 16) {
            const uint32_t dst = w->height, at = emit(w, R_MEMORY_SIZE, dst, 0, 0, 0);
            push_temp(w, type, at);
            wrote(w, dst, ACC_INT);
        } else {
            ext_op(w, op_memory_size, 0, 0, ins->index, 0, (int)type);
        }
        return true;
    case OP_MEMORY_GROW:
        type = m->memories[ins->index].limits.is64 ? T_I64 : T_I32;
        ext_op(w, op_memory_grow, 1, 0, ins->index, 0, (int)type);
        return true;
    case OP_MEMORY_FILL: ext_op(w, op_memory_fill, 3, 0, ins->index, 0, NO_RESULT); return true;
    case OP_MEMORY_COPY: ext_op(w, op_memory_copy, 3, 0, ins->copy.to, ins->copy.from, NO_RESULT); return true;
    case OP_MEMORY_INIT: ext_op(w, op_memory_init, 3, 0, ins->seg.target, ins->seg.segment, NO_RESULT); return true;
    case OP_DATA_DROP: ext_op(w, op_data_drop, 0, 0, ins->index, 0, NO_RESULT); return true;
    case OP_TABLE_GET:
        type = vt_of(m, m->tables[ins->index].type.elem);
        ext_op(w, op_table_get, 1, 0, ins->index, 0, (int)type);
        return true;
    case OP_TABLE_SET: ext_op(w, op_table_set, 2, 0, ins->index, 0, NO_RESULT); return true;
    case OP_TABLE_SIZE:
        type = m->tables[ins->index].type.limits.is64 ? T_I64 : T_I32;
        ext_op(w, op_table_size, 0, 0, ins->index, 0, (int)type);
        return true;
    case OP_TABLE_GROW:
        type = m->tables[ins->index].type.limits.is64 ? T_I64 : T_I32;
        ext_op(w, op_table_grow, 2, 0, ins->index, 0, (int)type);
        if (w->metered || w->interruptible) {
            push_temp(w, T_I64, NONE); // the bytes to be paid
            ext_op(w, op_bulk_pay, 2, 0, 0, 0, (int)type);
        }
        return true;
    case OP_TABLE_FILL: ext_op(w, op_table_fill, 3, 0, ins->index, 0, NO_RESULT); return true;
    case OP_TABLE_COPY: ext_op(w, op_table_copy, 3, 0, ins->copy.to, ins->copy.from, NO_RESULT); return true;
    case OP_TABLE_INIT: ext_op(w, op_table_init, 3, 0, ins->seg.target, ins->seg.segment, NO_RESULT); return true;
    case OP_ELEM_DROP: ext_op(w, op_elem_drop, 0, 0, ins->index, 0, NO_RESULT); return true;
    case OP_ATOMIC_FENCE: ext_op(w, op_atomic_fence, 0, 0, 0, 0, NO_RESULT); return true;
    default:
        if (op_infos[ins->op].prefix != 0xfe) return false;
        atomic(w, ins);
        return true;
    }
}
