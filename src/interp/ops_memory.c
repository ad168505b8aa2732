// Memories other than what the loop has in registers, and what is done to whole ranges of them.
#include <string.h>

#include "base/ckd.h"
#include "interp/ops.h"

static struct memory_inst *memory_of(const struct exec *x, uint64_t index)
{
    return x->inst->memories[index];
}

static uint64_t address(const struct memory_inst *m, union slot s)
{
    return m->type.is64 ? s.u64 : s.u32;
}

// a: address, b: size, k: memory, word 3: offset.
int op_address(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    uint64_t at;
    if (ckd_add(&at, address(m, fp[ins_a(pc)]), pc[3]) || !range_fits(at, ins_b(pc), memory_bytes(m)))
        return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    x->ea = m->base + at;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_address_atomic(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    uint64_t at;
    const bool wraps = ckd_add(&at, address(m, fp[ins_a(pc)]), pc[3]);
    if (at & (ins_b(pc) - 1)) return exec_trap(x, pc, fp, HF_TRAP_UNALIGNED_ATOMIC);
    if (wraps || !range_fits(at, ins_b(pc), memory_bytes(m))) return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    x->ea = m->base + at;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_memory_size(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    fp[ins_a(pc)].u64 = memory_bytes(m) >> m->type.page_log2;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_memory_grow(struct exec *x, const uint64_t *pc, union slot *fp)
{
    struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    union slot *const pages = &fp[ins_a(pc)];
    uint64_t old;
    if (!memory_grow(x->act->store, m, address(m, *pages), &old)) old = m->type.is64 ? UINT64_MAX : UINT32_MAX;
    pages->u64 = old;
    return exec_next(x, pc + EXT_WORDS, fp);
}

// a: address, byte, count. k: memory.
int op_memory_fill(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t count = address(m, s[2]), to = address(m, s[0]);
    if (!range_fits(to, count, memory_bytes(m))) return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, count, 1);
    if (piece) memset(m->base + to, (int)(s[1].u32 & 0xff), piece);
    s[0].u64 = to + piece;
    s[2].u64 = count - piece;
    return bulk_next(x, pc, fp, piece, count > piece);
}

// a: destination, source, count. k: destination's memory, word 3: the source's. Copied so that ranges may overlap: when the
// destination lies above, the last piece goes first.
int op_memory_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *dm = memory_of(x, (uint32_t)ins_k(pc)), *sm = memory_of(x, pc[3]);
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t to = address(dm, s[0]), from = address(sm, s[1]);
    const uint64_t count = dm->type.is64 && sm->type.is64 ? s[2].u64 : s[2].u32;
    if (!range_fits(to, count, memory_bytes(dm)) || !range_fits(from, count, memory_bytes(sm)))
        return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, count, 1), rest = count - piece;
    if (piece && to > from) {
        memmove(dm->base + to + rest, sm->base + from + rest, piece);
    } else if (piece) {
        memmove(dm->base + to, sm->base + from, piece);
        s[0].u64 = to + piece;
        s[1].u64 = from + piece;
    }
    s[2].u64 = rest;
    return bulk_next(x, pc, fp, piece, rest);
}

// a: destination, source, count. k: memory, word 3: segment.
int op_memory_init(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct memory_inst *m = memory_of(x, (uint32_t)ins_k(pc));
    const struct data_inst *d = &x->inst->datas[pc[3]];
    union slot *const s = &fp[ins_a(pc)];
    const uint64_t to = address(m, s[0]), from = s[1].u32, count = s[2].u32;
    if (!range_fits(to, count, memory_bytes(m)) || !range_fits(from, count, d->size))
        return exec_trap(x, pc, fp, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, count, 1);
    if (piece) memcpy(m->base + to, d->bytes + from, piece);
    s[0].u64 = to + piece;
    s[1].u64 = from + piece;
    s[2].u64 = count - piece;
    return bulk_next(x, pc, fp, piece, count > piece);
}

int op_data_drop(struct exec *x, const uint64_t *pc, union slot *fp)
{
    x->inst->datas[(uint32_t)ins_k(pc)].size = 0;
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_global_get128(struct exec *x, const uint64_t *pc, union slot *fp)
{
    memcpy(&fp[ins_a(pc)], x->inst->globals[(uint32_t)ins_k(pc)]->value, 16);
    return exec_next(x, pc + EXT_WORDS, fp);
}

int op_global_set128(struct exec *x, const uint64_t *pc, union slot *fp)
{
    memcpy(x->inst->globals[(uint32_t)ins_k(pc)]->value, &fp[ins_a(pc)], 16);
    return exec_next(x, pc + EXT_WORDS, fp);
}
