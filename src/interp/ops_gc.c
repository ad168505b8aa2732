// References and structures; wide arithmetic. Objects do not move; what may collect is called after exec_save, with every reference
// of the frame in a slot that its map knows.
#include "interp/field.h"
#include "interp/ops.h"

#define NEXT exec_next(x, pc + EXT_WORDS, fp)
#define TRAP(name) return exec_trap(x, pc, fp, HF_TRAP_##name)

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
