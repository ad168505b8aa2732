// What instructions leave the loop for: an ext_fn each. The operands of each stand at its definition.
#ifndef INTERP_OPS_H
#define INTERP_OPS_H

#include "interp/code.h"

// control.c
ext_fn op_call_compile, op_call_import, op_call_indirect, op_call_ref, op_return_switch, op_fuel, op_poll,
    op_check_stack, op_index64, op_return_call, op_return_call_indirect, op_return_call_ref, op_return_results,
    op_throw, op_throw_ref, op_catch, op_catch_keep;
// ops_memory.c
ext_fn op_address, op_address_atomic, op_memory_size, op_memory_grow, op_memory_fill, op_memory_copy, op_memory_init,
    op_data_drop, op_global_get128, op_global_set128;
// ops_table.c
ext_fn op_table_get, op_table_set, op_table_size, op_table_grow, op_table_fill, op_table_copy, op_table_init,
    op_elem_drop;
// ops_atomic.c
ext_fn op_atomic, op_atomic_wait, op_atomic_notify, op_atomic_fence;
// ops_gc.c
ext_fn op_ref_func, op_ref_test, op_ref_cast, op_struct_new, op_struct_new_default, op_struct_get, op_struct_set,
    op_i31_get_s, op_i31_get_u, op_ref_as_non_null;
pure_fn pure_ref_i31;
// ops_gc.c: wide arithmetic
pure_fn pure_add128, pure_sub128, pure_mul_wide_s, pure_mul_wide_u;
// ops_array.c
ext_fn op_array_new, op_array_new_fill, op_array_new_pay, op_array_new_fixed, op_array_new_data, op_array_new_data_copy,
    op_array_new_elem, op_array_new_elem_copy, op_array_get, op_array_set, op_array_len, op_array_fill, op_array_copy,
    op_array_init_data, op_array_init_elem;
// bulk.c
ext_fn op_bulk_pay;

// bulk.c: bulk operations are done, and charged, in pieces when the engine counts fuel or may interrupt. What is left
// stands in the operands' slots, so that one that stopped goes on at the same instruction.
enum { BULK_PIECE = 64 * 1024 }; // bytes
static inline bool bulk_pieces(const struct exec *x)
{
    return x->control->count_fuel || x->control->interruptible;
}
// How many of `count` elements of `size` bytes are done at once.
static inline uint64_t bulk_piece(const struct exec *x, uint64_t count, uint32_t size)
{
    const uint64_t most = BULK_PIECE / size;
    return count > most && bulk_pieces(x) ? most : count;
}
// Done with a piece of `bytes`: charges it, then goes on with the rest, or behind the instruction when there is none.
int bulk_next(struct exec *x, const uint64_t *pc, union slot *fp, uint64_t bytes, bool rest);
// Does this go on at itself?
bool bulk_repeats(ext_fn *fn);

#endif
