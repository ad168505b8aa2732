// Tables. Elements are references of 32 bits.
#include <string.h>

#include "base/ckd.h"
#include "interp/ops.h"

static struct table_inst *table_of(const struct exec *x, uint64_t index)
{
    return x->inst->tables[index];
}

static uint64_t index_of(const struct table_inst *t, union slot s)
{
    return t->type.limits.is64 ? s.u64 : s.u32;
}

static int out_of_bounds(struct exec *x, const uint64_t *pc, union slot *fp)
{
    return exec_trap(x, pc, fp, HF_TRAP_TABLE_OUT_OF_BOUNDS);
}

int op_table_get(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *t = table_of(x, (uint32_t)ins_k(pc));
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t index = index_of(t, *s);
    if (index >= t->size) return out_of_bounds(x, pc, fp);
    s->u64 = t->elems[index];
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_table_set(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *t = table_of(x, (uint32_t)ins_k(pc));
    const union slot *const s = &fp[ins_a(pc)];
    const uint64_t index = index_of(t, s[0]);
    if (index >= t->size) return out_of_bounds(x, pc, fp);
    t->elems[index] = s[1].ref;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_table_size(struct exec *x, const uint64_t *pc, union slot *fp)
{
    fp[ins_a(pc)].u64 = table_of(x, (uint32_t)ins_k(pc))->size;
    return exec_next(x, pc + EXT_WORDS, fp);
}

// a: value, count; the old size, and the bytes that op_bulk_pay charges. It grows whole: nobody is to see a part.
int op_table_grow(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct table_inst *t = table_of(x, (uint32_t)ins_k(pc));
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t count = index_of(t, s[1]);
    uint64_t old;
    const bool grown = table_grow(x->act->store, t, count, s[0].ref, &old);
    s[0].u64 = grown ? old : t->type.limits.is64 ? UINT64_MAX : UINT32_MAX;
    s[1].u64 = grown ? count * sizeof(gref) : 0;
    return exec_next(x, pc + EXT_WORDS, fp);
}

// a: index, value, count.
int op_table_fill(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *t = table_of(x, (uint32_t)ins_k(pc));
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t to = index_of(t, s[0]), count = index_of(t, s[2]);
    if (!range_fits(to, count, t->size)) return out_of_bounds(x, pc, fp);
    const uint64_t piece = bulk_piece(x, count, sizeof(gref));
    for (uint64_t i = 0; i < piece; i++) t->elems[to + i] = s[1].ref;
    s[0].u64 = to + piece;
    s[2].u64 = count - piece;
    return bulk_next(x, pc, fp, piece * sizeof(gref), count > piece);
}

// a: destination, source, count. k: destination's table, word 3: the source's. As in memory.copy, the last piece goes first when
// the destination lies above.
int op_table_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *dt = table_of(x, (uint32_t)ins_k(pc)), *st = table_of(x, pc[3]);
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t to = index_of(dt, s[0]), from = index_of(st, s[1]);
    const uint64_t count = dt->type.limits.is64 && st->type.limits.is64 ? s[2].u64 : s[2].u32;
    if (!range_fits(to, count, dt->size) || !range_fits(from, count, st->size)) return out_of_bounds(x, pc, fp);
    const uint64_t piece = bulk_piece(x, count, sizeof(gref)), rest = count - piece;
    const uint64_t skip = to > from ? rest : 0;
    if (piece) memmove(dt->elems + to + skip, st->elems + from + skip, piece * sizeof(gref));
    if (!skip) {
        s[0].u64 = to + piece;
        s[1].u64 = from + piece;
    }
    s[2].u64 = rest;
    return bulk_next(x, pc, fp, piece * sizeof(gref), rest);
}

// a: destination, source, count. k: table, word 3: segment.
int op_table_init(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct table_inst *t = table_of(x, (uint32_t)ins_k(pc));
    const struct elem_inst *e = &x->inst->elems[pc[3]];
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t to = index_of(t, s[0]), from = s[1].u32, count = s[2].u32;
    if (!range_fits(to, count, t->size) || !range_fits(from, count, e->count)) return out_of_bounds(x, pc, fp);
    const uint64_t piece = bulk_piece(x, count, sizeof(gref));
    if (piece) memcpy(t->elems + to, e->elems + from, piece * sizeof(gref));
    s[0].u64 = to + piece;
    s[1].u64 = from + piece;
    s[2].u64 = count - piece;
    return bulk_next(x, pc, fp, piece * sizeof(gref), count > piece);
}

int op_elem_drop(struct exec *x, const uint64_t *pc, union slot *fp)
{
    // The array stays the instance's, to be freed with it.
    x->inst->elems[(uint32_t)ins_k(pc)].count = 0;
    return exec_next(x, pc + EXT_WORDS, fp);
}
