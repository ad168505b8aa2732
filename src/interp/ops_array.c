// Arrays. One that is made is allocated first, and filled by an instruction of its own, in pieces: meanwhile it lies in a slot
// that the collector knows, and counts itself how far that is.
#include <string.h>

#include "base/ckd.h"
#include "interp/field.h"
#include "interp/ops.h"

#define NEXT exec_next(x, pc + EXT_WORDS, fp)
#define TRAP(name) return exec_trap(x, pc, fp, HF_TRAP_##name)

static struct gc_array *array_at(const struct exec *x, gref ref)
{
    return (void *)(x->heap + ref);
}

static uint8_t *elements(struct gc_array *array)
{
    return (uint8_t *)array + GC_ARRAY_PAYLOAD;
}

static uint32_t element_size(const struct exec *x, const uint64_t *pc, enum val_kind *kind)
{
    const valtype storage = types_get(x->types, (uint32_t)ins_k(pc))->element.storage;
    *kind = val_kind(storage);
    return storage_size(storage);
}

static gref new_array(struct exec *x, const uint64_t *pc, union slot *fp, uint32_t length)
{
    exec_save(x, pc, fp, true);
    return gc_new_array(x->act, types_get(x->types, (uint32_t)ins_k(pc)), length);
}

static void fill(uint8_t *to, enum val_kind kind, uint32_t size, const union slot *value, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) store_field(to + i * size, kind, value);
}

static uint8_t *element_at(struct gc_array *array, uint64_t index, uint32_t size)
{
    return elements(array) + index * size;
}

// a: length; the array. k: type id.
int op_array_new(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    const gref ref = new_array(x, pc, fp, s->u32);
    if (!ref) TRAP(ALLOCATION);
    s->u64 = ref;
    return NEXT;
}

// Behind a piece of `count` elements: goes on with the rest; at the end the array is the result, at a.
static int next_of_new(struct exec *x, const uint64_t *pc, union slot *fp, gref ref, uint64_t count, uint32_t size)
{
    struct gc_array *const array = array_at(x, ref);
    array->done += (uint32_t)count;
    const bool rest = array->done < array->length;
    const int run = bulk_next(x, pc, fp, count * size, rest);
    if (run == RUN_NEXT && !rest) fp[ins_a(pc)].u64 = ref;
    return run;
}

// a: value, array. k: type id.
int op_array_new_fill(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    const union slot *const s = &fp[ins_a(pc)];
    const gref ref = s[kind == VAL_V128 ? 2 : 1].ref;
    struct gc_array *const array = array_at(x, ref);
    const uint64_t piece = bulk_piece(x, array->length - array->done, size);
    fill(element_at(array, array->done, size), kind, size, s, piece);
    return next_of_new(x, pc, fp, ref, piece, size);
}

// a: array, zeros by now. k: type id.
int op_array_new_pay(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    const gref ref = fp[ins_a(pc)].ref;
    const struct gc_array *const array = array_at(x, ref);
    return next_of_new(x, pc, fp, ref, bulk_piece(x, array->length - array->done, size), size);
}

// word 3: the number of values at a.
int op_array_new_fixed(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind), count = (uint32_t)pc[3];
    const gref ref = new_array(x, pc, fp, count);
    if (!ref) TRAP(ALLOCATION);
    uint8_t *to = elements(array_at(x, ref));
    const union slot *s = &fp[ins_a(pc)];
    for (uint32_t i = 0; i < count; i++) {
        store_field(to + (size_t)i * size, kind, s);
        s += kind == VAL_V128 ? 2 : 1;
    }
    fp[ins_a(pc)].u64 = ref;
    return NEXT;
}

// a: offset, length; the offset, the array. k: type id, word 3: segment.
int op_array_new_data(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)];
    if (!range_fits(s[0].u32, (uint64_t)s[1].u32 * size, x->inst->datas[pc[3]].size)) TRAP(MEMORY_OUT_OF_BOUNDS);
    const gref ref = new_array(x, pc, fp, s[1].u32);
    if (!ref) TRAP(ALLOCATION);
    s[1].u64 = ref;
    return NEXT;
}

// a: offset, array. (Who runs while this has stopped may drop the segment.)
int op_array_new_data_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    const struct data_inst *d = &x->inst->datas[pc[3]];
    const union slot *const s = &fp[ins_a(pc)];
    struct gc_array *const array = array_at(x, s[1].ref);
    const uint64_t done = array->done, left = array->length - done, from = s[0].u32 + done * size;
    if (!range_fits(from, left * size, d->size)) TRAP(MEMORY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, left, size);
    if (piece) memcpy(element_at(array, done, size), d->bytes + from, piece * size);
    return next_of_new(x, pc, fp, s[1].ref, piece, size);
}

int op_array_new_elem(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    if (!range_fits(s[0].u32, s[1].u32, x->inst->elems[pc[3]].count)) TRAP(TABLE_OUT_OF_BOUNDS);
    const gref ref = new_array(x, pc, fp, s[1].u32);
    if (!ref) TRAP(ALLOCATION);
    s[1].u64 = ref;
    return NEXT;
}

int op_array_new_elem_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct elem_inst *e = &x->inst->elems[pc[3]];
    const union slot *const s = &fp[ins_a(pc)];
    struct gc_array *const array = array_at(x, s[1].ref);
    const uint64_t done = array->done, left = array->length - done, from = s[0].u32 + done;
    if (!range_fits(from, left, e->count)) TRAP(TABLE_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, left, sizeof(gref));
    if (piece) memcpy(element_at(array, done, sizeof(gref)), e->elems + from, piece * sizeof(gref));
    return next_of_new(x, pc, fp, s[1].ref, piece, sizeof(gref));
}

// a: result, b: array, k: index's slot, word 3: storage.
int op_array_get(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const gref ref = fp[ins_b(pc)].ref;
    if (!ref) TRAP(NULL_ARRAY);
    struct gc_array *array = array_at(x, ref);
    const uint32_t index = fp[(uint32_t)ins_k(pc)].u32;
    if (index >= array->length) TRAP(ARRAY_OUT_OF_BOUNDS);
    const enum val_kind kind = (enum val_kind)(pc[3] & 0xff);
    load_field(&fp[ins_a(pc)], kind, pc[3] >> 8, elements(array) + (uint64_t)index * storage_size(kind));
    return NEXT;
}

// a: array, b: index, k: value's slot.
int op_array_set(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const gref ref = fp[ins_a(pc)].ref;
    if (!ref) TRAP(NULL_ARRAY);
    struct gc_array *array = array_at(x, ref);
    const uint32_t index = fp[ins_b(pc)].u32;
    if (index >= array->length) TRAP(ARRAY_OUT_OF_BOUNDS);
    const enum val_kind kind = (enum val_kind)(pc[3] & 0xff);
    store_field(elements(array) + (uint64_t)index * storage_size(kind), kind, &fp[(uint32_t)ins_k(pc)]);
    return NEXT;
}

int op_array_len(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    if (!s->ref) TRAP(NULL_ARRAY);
    s->u64 = array_at(x, s->ref)->length;
    return NEXT;
}

// a: array, index, value, count.
int op_array_fill(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)], *const count = &s[kind == VAL_V128 ? 4 : 3];
    if (!s[0].ref) TRAP(NULL_ARRAY);
    struct gc_array *array = array_at(x, s[0].ref);
    const uint32_t n = count->u32;
    if (!range_fits(s[1].u32, n, array->length)) TRAP(ARRAY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, n, size);
    fill(element_at(array, s[1].u32, size), kind, size, &s[2], piece);
    s[1].u64 = s[1].u32 + piece;
    count->u64 = n - piece;
    return bulk_next(x, pc, fp, piece * size, n > piece);
}

// a: destination, index, source, index, count. As in memory.copy, the last piece goes first when the destination lies above.
int op_array_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)];
    if (!s[0].ref || !s[2].ref) TRAP(NULL_ARRAY);
    struct gc_array *to = array_at(x, s[0].ref), *from = array_at(x, s[2].ref);
    const uint32_t n = s[4].u32;
    if (!range_fits(s[1].u32, n, to->length) || !range_fits(s[3].u32, n, from->length)) TRAP(ARRAY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, n, size), rest = n - piece;
    const uint64_t skip = s[1].u32 > s[3].u32 ? rest : 0;
    memmove(element_at(to, s[1].u32 + skip, size), element_at(from, s[3].u32 + skip, size), piece * size);
    if (!skip) {
        s[1].u64 = s[1].u32 + piece;
        s[3].u64 = s[3].u32 + piece;
    }
    s[4].u64 = rest;
    return bulk_next(x, pc, fp, piece * size, rest);
}

// a: array, index, offset in the segment, count.
int op_array_init_data(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)];
    const struct data_inst *d = &x->inst->datas[pc[3]];
    if (!s[0].ref) TRAP(NULL_ARRAY);
    struct gc_array *array = array_at(x, s[0].ref);
    const uint32_t n = s[3].u32;
    const uint64_t bytes = (uint64_t)n * size;
    if (!range_fits(s[1].u32, n, array->length)) TRAP(ARRAY_OUT_OF_BOUNDS);
    if (!range_fits(s[2].u32, bytes, d->size)) TRAP(MEMORY_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, n, size);
    if (piece) memcpy(element_at(array, s[1].u32, size), d->bytes + s[2].u32, piece * size);
    s[1].u64 = s[1].u32 + piece;
    s[2].u64 = s[2].u32 + piece * size;
    s[3].u64 = n - piece;
    return bulk_next(x, pc, fp, piece * size, n > piece);
}

int op_array_init_elem(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    const struct elem_inst *e = &x->inst->elems[pc[3]];
    if (!s[0].ref) TRAP(NULL_ARRAY);
    struct gc_array *array = array_at(x, s[0].ref);
    const uint32_t n = s[3].u32;
    if (!range_fits(s[1].u32, n, array->length)) TRAP(ARRAY_OUT_OF_BOUNDS);
    if (!range_fits(s[2].u32, n, e->count)) TRAP(TABLE_OUT_OF_BOUNDS);
    const uint64_t piece = bulk_piece(x, n, sizeof(gref));
    if (piece) memcpy(element_at(array, s[1].u32, sizeof(gref)), e->elems + s[2].u32, piece * sizeof(gref));
    s[1].u64 = s[1].u32 + piece;
    s[2].u64 = s[2].u32 + piece;
    s[3].u64 = n - piece;
    return bulk_next(x, pc, fp, piece * sizeof(gref), n > piece);
}
