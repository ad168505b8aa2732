// References, structures and arrays. Objects do not move; what may collect is called after exec_save, with every reference
// of the frame in a slot that its map knows.
#include <string.h>

#include "base/ckd.h"
#include "interp/ops.h"

#define NEXT exec_next(x, pc + EXT_WORDS, fp)
#define TRAP(name) return exec_trap(x, pc, fp, HF_TRAP_##name)

static void store_field(uint8_t *to, enum val_kind kind, const union slot *from)
{
    static const uint8_t sizes[] = { [VAL_I32] = 4,   [VAL_I64] = 8, [VAL_F32] = 4, [VAL_F64] = 8,
                                     [VAL_V128] = 16, [VAL_REF] = 4, [VAL_I8] = 1,  [VAL_I16] = 2 };
    memcpy(to, from, sizes[kind]);
}

static void load_field(union slot *to, enum val_kind kind, bool sign, const uint8_t *from)
{
    int8_t s8;
    int16_t s16;
    switch (kind) {
    case VAL_I8:
        memcpy(&s8, from, 1);
        to->i64 = sign ? s8 : (uint8_t)s8;
        return;
    case VAL_I16:
        memcpy(&s16, from, 2);
        to->i64 = sign ? s16 : (uint16_t)s16;
        return;
    case VAL_V128: memcpy(to, from, 16); return;
    case VAL_I64:
    case VAL_F64: memcpy(to, from, 8); return;
    default:
        to->u64 = 0;
        memcpy(to, from, 4);
        return;
    }
}

int op_ref_func(struct exec *x, const uint64_t *pc, union slot *fp)
{
    fp[ins_a(pc)].u64 = x->inst->funcs[(uint32_t)ins_k(pc)];
    return NEXT;
}

int op_ref_as_non_null(struct exec *x, const uint64_t *pc, union slot *fp)
{
    if (!fp[ins_b(pc)].ref) TRAP(NULL_REFERENCE);
    return NEXT;
}

// b: the reference, k: heap type, word 3: bit 0 null passes, bit 1 a function reference.
static bool matches(struct exec *x, const uint64_t *pc, const union slot *fp)
{
    const gref ref = fp[ins_b(pc)].ref;
    if (!ref) return pc[3] & 1;
    return ref_matches(x->act->store, ref, (uint32_t)ins_k(pc), pc[3] & 2);
}

int op_ref_test(struct exec *x, const uint64_t *pc, union slot *fp)
{
    fp[ins_a(pc)].u64 = matches(x, pc, fp);
    return NEXT;
}

int op_ref_cast(struct exec *x, const uint64_t *pc, union slot *fp)
{
    if (!matches(x, pc, fp)) TRAP(CAST_FAILURE);
    return NEXT;
}

void pure_ref_i31(union slot *fp, const uint64_t *pc)
{
    fp[ins_a(pc)].u64 = ref_i31(fp[ins_b(pc)].i32);
}

int op_i31_get_s(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    if (!s->ref) TRAP(NULL_I31);
    s->u64 = (uint32_t)i31_get_s(s->ref);
    return NEXT;
}

int op_i31_get_u(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    if (!s->ref) TRAP(NULL_I31);
    s->u64 = i31_get_u(s->ref);
    return NEXT;
}

// ---- structures ----

// a: the fields' values; the result. k: type id.
int op_struct_new(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct def_type *type = types_get(x->types, (uint32_t)ins_k(pc));
    union slot *s = &fp[ins_a(pc)];
    exec_save(x, pc, fp, true);
    const gref ref = gc_new_struct(x->act, type);
    if (!ref) TRAP(ALLOCATION);
    uint8_t *payload = x->heap + ref + GC_STRUCT_PAYLOAD;
    for (uint32_t i = 0; i < type->structure.field_count; i++) {
        const struct field_type *f = &type->structure.fields[i];
        store_field(payload + f->offset, val_kind(f->storage), s);
        s += val_slots(f->storage);
    }
    fp[ins_a(pc)].u64 = ref;
    return NEXT;
}

int op_struct_new_default(struct exec *x, const uint64_t *pc, union slot *fp)
{
    exec_save(x, pc, fp, true);
    const gref ref = gc_new_struct(x->act, types_get(x->types, (uint32_t)ins_k(pc)));
    if (!ref) TRAP(ALLOCATION);
    fp[ins_a(pc)].u64 = ref;
    return NEXT;
}

// a: result, b: structure, k: the field's offset, word 3: its storage.
int op_struct_get(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const gref ref = fp[ins_b(pc)].ref;
    if (!ref) TRAP(NULL_STRUCTURE);
    load_field(&fp[ins_a(pc)], (enum val_kind)(pc[3] & 0xff), pc[3] >> 8,
               x->heap + ref + GC_STRUCT_PAYLOAD + ins_k(pc));
    return NEXT;
}

// a: structure, b: value.
int op_struct_set(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const gref ref = fp[ins_a(pc)].ref;
    if (!ref) TRAP(NULL_STRUCTURE);
    store_field(x->heap + ref + GC_STRUCT_PAYLOAD + ins_k(pc), (enum val_kind)(pc[3] & 0xff), &fp[ins_b(pc)]);
    return NEXT;
}

// ---- arrays ----

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

// a: value, length; the result. k: type id.
int op_array_new(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)];
    const uint32_t length = s[kind == VAL_V128 ? 2 : 1].u32;
    const gref ref = new_array(x, pc, fp, length);
    if (!ref) TRAP(ALLOCATION);
    fill(elements(array_at(x, ref)), kind, size, s, length);
    s->u64 = ref;
    return NEXT;
}

int op_array_new_default(struct exec *x, const uint64_t *pc, union slot *fp)
{
    union slot *const s = &fp[ins_a(pc)];
    const gref ref = new_array(x, pc, fp, s->u32);
    if (!ref) TRAP(ALLOCATION);
    s->u64 = ref;
    return NEXT;
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

// a: offset, length; word 3: segment.
int op_array_new_data(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    const struct data_inst *d = &x->inst->datas[pc[3]];
    union slot *const s = &fp[ins_a(pc)];
    const uint32_t from = s[0].u32, length = s[1].u32;
    const uint64_t bytes = (uint64_t)length * size;
    if (!range_fits(from, bytes, d->size)) TRAP(MEMORY_OUT_OF_BOUNDS);
    const gref ref = new_array(x, pc, fp, length);
    if (!ref) TRAP(ALLOCATION);
    if (bytes) memcpy(elements(array_at(x, ref)), d->bytes + from, bytes);
    s->u64 = ref;
    return NEXT;
}

int op_array_new_elem(struct exec *x, const uint64_t *pc, union slot *fp)
{
    const struct elem_inst *e = &x->inst->elems[pc[3]];
    union slot *const s = &fp[ins_a(pc)];
    const uint32_t from = s[0].u32, length = s[1].u32;
    if (!range_fits(from, length, e->count)) TRAP(TABLE_OUT_OF_BOUNDS);
    const gref ref = new_array(x, pc, fp, length);
    if (!ref) TRAP(ALLOCATION);
    if (length) memcpy(elements(array_at(x, ref)), e->elems + from, (size_t)length * sizeof(gref));
    s->u64 = ref;
    return NEXT;
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

// Charges a bulk operation that is done whole.
static int done(struct exec *x, const uint64_t *pc, union slot *fp, uint64_t bytes, union slot *left)
{
    left->u64 = 0;
    const int run = bytes && bulk_pieces(x) ? bulk_pause(x, pc, fp, bytes) : RUN_NEXT;
    return run != RUN_NEXT ? run : NEXT;
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
    fill(elements(array) + (uint64_t)s[1].u32 * size, kind, size, &s[2], n);
    return done(x, pc, fp, (uint64_t)n * size, count);
}

// a: destination, index, source, index, count.
int op_array_copy(struct exec *x, const uint64_t *pc, union slot *fp)
{
    enum val_kind kind;
    const uint32_t size = element_size(x, pc, &kind);
    union slot *const s = &fp[ins_a(pc)];
    if (!s[0].ref || !s[2].ref) TRAP(NULL_ARRAY);
    struct gc_array *to = array_at(x, s[0].ref), *from = array_at(x, s[2].ref);
    const uint32_t n = s[4].u32;
    if (!range_fits(s[1].u32, n, to->length) || !range_fits(s[3].u32, n, from->length)) TRAP(ARRAY_OUT_OF_BOUNDS);
    memmove(elements(to) + (uint64_t)s[1].u32 * size, elements(from) + (uint64_t)s[3].u32 * size, (size_t)n * size);
    return done(x, pc, fp, (uint64_t)n * size, &s[4]);
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
    if (bytes) memcpy(elements(array) + (uint64_t)s[1].u32 * size, d->bytes + s[2].u32, bytes);
    return done(x, pc, fp, bytes, &s[3]);
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
    if (n) memcpy(elements(array) + (uint64_t)s[1].u32 * sizeof(gref), e->elems + s[2].u32, (size_t)n * sizeof(gref));
    return done(x, pc, fp, (uint64_t)n * sizeof(gref), &s[3]);
}

// ---- wide arithmetic: a: operands, low words first; the results ----

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

static u128 wide_of(const union slot *s)
{
    return (u128)s[1].u64 << 64 | s[0].u64;
}

static void wide_to(union slot *s, u128 v)
{
    s[0].u64 = (uint64_t)v;
    s[1].u64 = (uint64_t)(v >> 64);
}

void pure_add128(union slot *fp, const uint64_t *pc)
{
    union slot *const s = &fp[ins_a(pc)];
    wide_to(s, wide_of(s) + wide_of(s + 2));
}

void pure_sub128(union slot *fp, const uint64_t *pc)
{
    union slot *const s = &fp[ins_a(pc)];
    wide_to(s, wide_of(s) - wide_of(s + 2));
}

void pure_mul_wide_s(union slot *fp, const uint64_t *pc)
{
    union slot *const s = &fp[ins_a(pc)];
    wide_to(s, (u128)((s128)s[0].i64 * s[1].i64));
}

void pure_mul_wide_u(union slot *fp, const uint64_t *pc)
{
    union slot *const s = &fp[ins_a(pc)];
    wide_to(s, (u128)s[0].u64 * s[1].u64);
}
