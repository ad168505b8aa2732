// Work that grows with an operand: done in pieces, each charged, with a look at interruption after it.
#include "interp/ops.h"

// RUN_NEXT, or how to stop at pc, where the rest goes on.
static int pause(struct exec *x, const uint64_t *pc, union slot *fp, uint64_t bytes)
{
    if (x->control->count_fuel && (x->control->fuel -= (int64_t)((bytes + 63) / 64)) < 0) {
        exec_save(x, pc, fp, true);
        return RUN_FUEL;
    }
    if (x->control->interruptible && atomic_load_explicit(&x->control->interrupt, memory_order_relaxed) &&
        store_poll(x->act->store)) {
        exec_save(x, pc, fp, true);
        return RUN_INTERRUPT;
    }
    return RUN_NEXT;
}

int bulk_next(struct exec *x, const uint64_t *pc, union slot *fp, uint64_t bytes, bool rest)
{
    if (bytes && bulk_pieces(x)) {
        const int run = pause(x, pc, fp, bytes);
        if (run != RUN_NEXT) return run;
    }
    return exec_next(x, rest ? pc : pc + EXT_WORDS, fp);
}

// a: what was made, the bytes that are not paid yet.
int op_bulk_pay(struct exec *x, const uint64_t *pc, union slot *fp)
{
    uint64_t *const owed = &fp[ins_a(pc) + 1].u64;
    const uint64_t piece = bulk_piece(x, *owed, 1);
    *owed -= piece;
    return bulk_next(x, pc, fp, piece, *owed);
}

bool bulk_repeats(ext_fn *fn)
{
    static ext_fn *const repeating[] = {
        op_memory_fill,     op_memory_copy,         op_memory_init,         op_table_fill,     op_table_copy,
        op_table_init,      op_array_fill,          op_array_copy,          op_bulk_pay,       op_array_init_data,
        op_array_init_elem, op_array_new_data_copy, op_array_new_elem_copy, op_array_new_fill, op_array_new_pay,
    };
    for (size_t i = 0; i < sizeof repeating / sizeof *repeating; i++) {
        if (fn == repeating[i]) return true;
    }
    return false;
}
