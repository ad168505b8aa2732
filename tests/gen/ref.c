// References: making them, looking into them, casting them.
#include "body.h"

#include <string.h>

// --- making --------------------------------------------------------------------------------------------------------

static bool has_default(const struct type_plan *t)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if (!val_defaultable(t->fields[i].storage)) return false;
    return true;
}

static void push_struct(struct body *b, unsigned index, unsigned depth)
{
    const struct type_plan *t = &b->g->types[index];
    if (has_default(t) && (b->budget <= 0 || dna_chance(b->g->dna, 1, 3))) {
        write_ins_u(b, OP_STRUCT_NEW_DEFAULT, index);
    } else {
        for (unsigned i = 0; i < t->field_count; i++) push_value(b, t->fields[i].storage, depth + 1);
        write_ins_u(b, OP_STRUCT_NEW, index);
        drop(b, t->field_count);
    }
    push(b, ref_to(index, false));
}

static void push_array(struct body *b, unsigned index, unsigned depth)
{
    struct gen *g = b->g;
    const struct type_plan *t = &g->types[index];
    const valtype element = t->fields[0].storage;
    switch (b->budget <= 0 ? 0 : dna_pick(g->dna, 5)) {
    case 1:
        if (!val_defaultable(element)) break;
        push_i32(b, 8 + (int32_t)dna_pick(g->dna, 20));
        write_ins_u(b, OP_ARRAY_NEW_DEFAULT, index);
        drop(b, 1);
        push(b, ref_to(index, false));
        return;
    case 2: {
        const unsigned count = dna_chance(g->dna, 1, 10) ? dna_pick(g->dna, 3) : 8;
        for (unsigned i = 0; i < count; i++) push_value(b, element, DEPTH_MAX);
        write_ins_u(b, OP_ARRAY_NEW_FIXED, index);
        buf_leb_u(b->out, count);
        drop(b, count);
        push(b, ref_to(index, false));
        return;
    }
    case 3:
        if (val_is_ref(element) || !g->data_count) break;
        push_i32(b, 0);
        push_i32(b, dna_chance(g->dna, 1, 10) ? 8 : 0);
        write_ins_u(b, OP_ARRAY_NEW_DATA, index);
        buf_leb_u(b->out, dna_pick(g->dna, g->data_count));
        drop(b, 2);
        push(b, ref_to(index, false));
        return;
    case 4:
        if (!g->elem_count || !plan_matches(g, VAL_FUNCREF, element)) break;
        push_i32(b, 0);
        push_i32(b, dna_chance(g->dna, 1, 10) ? 1 : 0);
        write_ins_u(b, OP_ARRAY_NEW_ELEM, index);
        buf_leb_u(b->out, dna_pick(g->dna, g->elem_count));
        drop(b, 2);
        push(b, ref_to(index, false));
        return;
    default: break;
    }
    push_value(b, element, depth + 1);
    push_i32(b, 8 + (int32_t)dna_pick(g->dna, 20));
    write_ins_u(b, OP_ARRAY_NEW, index);
    drop(b, 2);
    push(b, ref_to(index, false));
}

// Of all types below this one, one of them at random; -1: none.
static int pick_type_below(const struct gen *g, uint32_t heap, int kind)
{
    const unsigned start = dna_pick(g->dna, g->type_count);
    for (unsigned i = 0; i < g->type_count; i++) {
        const unsigned index = (start + i) % g->type_count;
        if (kind >= 0 && (int)g->types[index].kind != kind) continue;
        if (g->types[index].kind != COMP_FUNC && plan_heap_matches(g, HEAP_DEFINED + index, heap)) return (int)index;
    }
    return -1;
}

// A reference that is not null; the caller knows that there is one (plan_can_make).
static void push_new(struct body *b, uint32_t heap, unsigned depth)
{
    struct gen *g = b->g;
    if (plan_heap_matches(g, heap, HEAP_FUNC)) {
        const int func =
            heap_is_defined(heap) ? plan_func_of(g, heap_type_id(heap)) : (int)dna_pick(g->dna, g->inner_end);
        write_ins_u(b, OP_REF_FUNC, (uint64_t)func);
        push(b, is_on(g, GEN_FUNC_REFS) ? ref_to(g->funcs[func].type, false) : VAL_FUNCREF);
        return;
    }
    if (heap == HEAP_EXTERN) {
        push_value(b, VAL_I32, depth + 1);
        write_ins(b, OP_REF_I31);
        write_ins(b, OP_EXTERN_CONVERT_ANY);
        drop(b, 1);
        push(b, val_ref(HEAP_EXTERN, false));
        return;
    }
    const bool may_i31 = heap == HEAP_ANY || heap == HEAP_EQ || heap == HEAP_I31;
    const int index = heap == HEAP_I31 ? -1 : pick_type_below(g, heap, -1);
    if (may_i31 && (index < 0 || depth >= DEPTH_MAX || dna_chance(g->dna, 1, 3))) {
        push_value(b, VAL_I32, depth + 1);
        write_ins(b, OP_REF_I31);
        drop(b, 1);
        push(b, val_ref(HEAP_I31, false));
        return;
    }
    // At the bottom of an expression the type itself: a subtype has more fields.
    const unsigned use = heap_is_defined(heap) && depth >= DEPTH_MAX ? heap_type_id(heap) : (unsigned)index;
    if (g->types[use].kind == COMP_STRUCT)
        push_struct(b, use, depth);
    else
        push_array(b, use, depth);
}

static bool can_make_new(const struct gen *g, uint32_t heap)
{
    if (heap == HEAP_STRUCT) return is_on(g, GEN_GC) && pick_type_below(g, heap, COMP_STRUCT) >= 0;
    if (heap == HEAP_ARRAY) return is_on(g, GEN_GC) && pick_type_below(g, heap, COMP_ARRAY) >= 0;
    return plan_can_make(g, val_ref(heap, false));
}

// The hierarchy's top, as a nullable reference; VAL_BOT where casts make no sense.
static valtype top_of(const struct gen *g, valtype t)
{
    const uint32_t heap = val_heap(t);
    if (plan_heap_matches(g, heap, HEAP_ANY)) return VAL_ANYREF;
    if (plan_heap_matches(g, heap, HEAP_FUNC)) return VAL_FUNCREF;
    return VAL_BOT;
}

// (block (result t) (br_on_cast 0 top t (any value)) drop (a value)): either is a t.
static bool push_cast(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    const valtype top = top_of(g, t);
    if (!is_on(g, GEN_GC) || !top || b->depth >= FRAMES_MAX) return false;
    const valtype result = t, above = top;
    const bool fail = dna_chance(g->dna, 1, 2);
    write_ins(b, OP_BLOCK);
    write_block_type(b, -1, fail ? top : t);
    enter(b, fail ? &above : &result, 1, fail ? &above : &result, 1, 0);
    push_value(b, top, depth + 1);
    write_ins(b, fail ? OP_BR_ON_CAST_FAIL : OP_BR_ON_CAST);
    buf_u8(b->out, (uint8_t)(1 | (val_nullable(t) ? 2 : 0)));
    buf_leb_u(b->out, 0);
    write_heap(b->out, val_heap(top));
    write_heap(b->out, val_heap(t));
    write_ins(b, OP_DROP);
    drop(b, 1);
    push_value(b, fail ? top : t, depth + 1);
    leave(b);
    if (!fail) return true;
    // What the failed cast left is of the top type again: one more cast, which may trap, or something else.
    write_ins(b, OP_DROP);
    drop(b, 1);
    return false;
}

static bool push_field_of(struct body *b, valtype t, unsigned depth);

void push_ref(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    struct dna *d = g->dna;
    const uint32_t heap = val_heap(t);
    const bool makeable = can_make_new(g, heap);
    if (depth < DEPTH_MAX && b->budget > 0) {
        switch (dna_pick(d, 8)) {
        case 1:
            if (push_cast(b, t, depth)) return;
            break;
        case 2:
            if (push_field_of(b, t, depth)) return;
            break;
        case 3:
            if (!is_on(g, GEN_GC)) break;
            if (heap == HEAP_ANY) {
                push_value(b, val_ref(HEAP_EXTERN, val_nullable(t)), depth + 1);
                const bool nullable = val_nullable(b->stack[b->height - 1]);
                write_ins(b, OP_ANY_CONVERT_EXTERN);
                drop(b, 1);
                push(b, val_ref(HEAP_ANY, nullable));
                return;
            }
            if (heap == HEAP_EXTERN) {
                push_value(b, val_ref(HEAP_ANY, val_nullable(t)), depth + 1);
                const bool nullable = val_nullable(b->stack[b->height - 1]);
                write_ins(b, OP_EXTERN_CONVERT_ANY);
                drop(b, 1);
                push(b, val_ref(HEAP_EXTERN, nullable));
                return;
            }
            break;
        case 4:
            // These trap when they fail.
            if (!is_on(g, GEN_FUNC_REFS) || !dna_chance(d, 1, 10)) break;
            if (!val_nullable(t)) {
                push_value(b, t | VAL_NULLABLE, depth + 1);
                const valtype have = b->stack[b->height - 1];
                write_ins(b, OP_REF_AS_NON_NULL);
                drop(b, 1);
                push(b, have & ~VAL_NULLABLE);
                return;
            }
            if (is_on(g, GEN_GC) && top_of(g, t)) {
                push_value(b, top_of(g, t), depth + 1);
                write_ins(b, OP_REF_CAST_NULL);
                write_heap(b->out, heap);
                drop(b, 1);
                push(b, t);
                return;
            }
            break;
        default: break;
        }
    }
    if (val_nullable(t) && (!makeable || (depth >= DEPTH_MAX ? !dna_chance(d, 1, 3) : dna_chance(d, 1, 4)))) {
        write_ins(b, OP_REF_NULL);
        write_heap(b->out, heap);
        push(b, t);
        return;
    }
    push_new(b, heap, depth);
}

// --- looking -----------------------------------------------------------------------------------------------------------

static void push_array_index(struct body *b, unsigned depth)
{
    push_value(b, VAL_I32, depth + 1);
    if (dna_chance(b->g->dna, 1, 60)) return;
    push_i32(b, 7);
    write_ins(b, OP_I32_AND);
    drop(b, 1);
}

// A field or an element of some type that matches t.
static bool push_field_of(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    if (!is_on(g, GEN_GC) || !g->type_count) return false;
    const unsigned start = dna_pick(g->dna, g->type_count);
    for (unsigned i = 0; i < g->type_count; i++) {
        const unsigned index = (start + i) % g->type_count;
        const struct type_plan *type = &g->types[index];
        if (type->kind == COMP_FUNC) continue;
        const unsigned first = type->field_count ? dna_pick(g->dna, type->field_count) : 0;
        for (unsigned k = 0; k < type->field_count; k++) {
            const unsigned field = (first + k) % type->field_count;
            const valtype storage = type->fields[field].storage;
            if (!plan_matches(g, val_unpacked(storage), t)) continue;
            const bool packed = val_kind(storage) >= VAL_I8, is_signed = dna_chance(g->dna, 1, 2);
            push_value(b, ref_to(index, dna_chance(g->dna, 1, 40)), depth + 1);
            if (type->kind == COMP_ARRAY) push_array_index(b, depth);
            const bool array = type->kind == COMP_ARRAY;
            write_ins_u(b,
                        packed ? (is_signed ? (array ? OP_ARRAY_GET_S : OP_STRUCT_GET_S)
                                            : (array ? OP_ARRAY_GET_U : OP_STRUCT_GET_U))
                               : (array ? OP_ARRAY_GET : OP_STRUCT_GET),
                        index);
            if (!array) buf_leb_u(b->out, field);
            drop(b, array ? 2 : 1);
            push(b, val_unpacked(storage));
            return true;
        }
    }
    return false;
}

// Any reference of the module's features.
static valtype any_ref(struct body *b)
{
    for (int i = 0; i < 8; i++) {
        const valtype t = plan_value_type(b->g);
        if (val_is_ref(t)) return t;
    }
    return is_on(b->g, GEN_GC) ? VAL_ANYREF : VAL_FUNCREF;
}

bool push_from_ref(struct body *b, valtype t, unsigned depth)
{
    struct gen *g = b->g;
    if (t != VAL_I32 || (is_on(g, GEN_GC) && dna_chance(g->dna, 1, 2))) return push_field_of(b, t, depth);
    if (!is_on(g, GEN_GC)) {
        push_value(b, any_ref(b), depth + 1);
        write_ins(b, OP_REF_IS_NULL);
        drop(b, 1);
        push(b, VAL_I32);
        return true;
    }
    switch (dna_pick(g->dna, 5)) {
    case 0:
        push_value(b, any_ref(b), depth + 1);
        write_ins(b, OP_REF_IS_NULL);
        drop(b, 1);
        break;
    case 1:
        push_value(b, val_ref(HEAP_EQ, true), depth + 1);
        push_value(b, val_ref(HEAP_EQ, true), depth + 1);
        write_ins(b, OP_REF_EQ);
        drop(b, 2);
        break;
    case 2: {
        const valtype to = any_ref(b);
        const valtype top = top_of(g, to);
        if (!top) return false;
        push_value(b, top, depth + 1);
        write_ins(b, val_nullable(to) ? OP_REF_TEST_NULL : OP_REF_TEST);
        write_heap(b->out, val_heap(to));
        drop(b, 1);
        break;
    }
    case 3: {
        push_value(b, val_ref(HEAP_I31, dna_chance(g->dna, 1, 40)), depth + 1);
        write_ins(b, dna_chance(g->dna, 1, 2) ? OP_I31_GET_S : OP_I31_GET_U);
        drop(b, 1);
        break;
    }
    default: {
        const int array = pick_type_below(g, HEAP_ARRAY, COMP_ARRAY);
        if (array < 0) return false;
        push_value(b, ref_to((unsigned)array, dna_chance(g->dna, 1, 40)), depth + 1);
        write_ins(b, OP_ARRAY_LEN);
        drop(b, 1);
        break;
    }
    }
    push(b, VAL_I32);
    return true;
}

// --- statements ------------------------------------------------------------------------------------------------------------

static void set_field(struct body *b, unsigned index, unsigned depth)
{
    struct gen *g = b->g;
    const struct type_plan *t = &g->types[index];
    if (!t->field_count) return;
    const unsigned field = dna_pick(g->dna, t->field_count);
    if (!t->fields[field].mutable) return;
    push_value(b, ref_to(index, dna_chance(g->dna, 1, 40)), depth + 1);
    push_value(b, t->fields[field].storage, depth + 1);
    write_ins_u(b, OP_STRUCT_SET, index);
    buf_leb_u(b->out, field);
    drop(b, 2);
}

static void change_array(struct body *b, unsigned index, unsigned depth)
{
    struct gen *g = b->g;
    const struct field_type element = g->types[index].fields[0];
    if (!element.mutable) return;
    push_value(b, ref_to(index, dna_chance(g->dna, 1, 40)), depth + 1);
    push_array_index(b, depth);
    switch (dna_pick(g->dna, 5)) {
    case 1:
        push_value(b, element.storage, depth + 1);
        push_i32(b, dna_chance(g->dna, 1, 3));
        write_ins_u(b, OP_ARRAY_FILL, index);
        drop(b, 4);
        return;
    case 2:
        push_value(b, ref_to(index, false), depth + 1);
        push_array_index(b, depth);
        push_i32(b, dna_chance(g->dna, 1, 3));
        write_ins_u(b, OP_ARRAY_COPY, index);
        buf_leb_u(b->out, index);
        drop(b, 5);
        return;
    case 3:
        if (val_is_ref(element.storage) || !g->data_count) break;
        push_i32(b, 0);
        push_i32(b, dna_chance(g->dna, 1, 10));
        write_ins_u(b, OP_ARRAY_INIT_DATA, index);
        buf_leb_u(b->out, dna_pick(g->dna, g->data_count));
        drop(b, 4);
        return;
    case 4:
        if (!g->elem_count || !plan_matches(g, VAL_FUNCREF, element.storage)) break;
        push_i32(b, 0);
        push_i32(b, dna_chance(g->dna, 1, 10));
        write_ins_u(b, OP_ARRAY_INIT_ELEM, index);
        buf_leb_u(b->out, dna_pick(g->dna, g->elem_count));
        drop(b, 4);
        return;
    default: break;
    }
    push_value(b, element.storage, depth + 1);
    write_ins_u(b, OP_ARRAY_SET, index);
    drop(b, 3);
}

// (block (br_on_null 0 (a reference)) …) and its opposite, which branches with the reference.
static void test_null(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (b->depth >= FRAMES_MAX) return;
    valtype t = any_ref(b) | VAL_NULLABLE;
    if (val_heap(t) == HEAP_EXN) t = VAL_FUNCREF;
    const valtype sure = t & ~VAL_NULLABLE;
    const bool non_null = plan_can_make(g, sure) && dna_chance(g->dna, 1, 2);
    write_ins(b, OP_BLOCK);
    write_block_type(b, -1, non_null ? sure : VAL_BOT);
    enter(b, &sure, non_null, &sure, non_null, 0);
    push_value(b, t, depth + 1);
    const valtype have = b->stack[b->height - 1];
    write_ins_u(b, non_null ? OP_BR_ON_NON_NULL : OP_BR_ON_NULL, 0);
    drop(b, 1);
    if (!non_null) push(b, have & ~VAL_NULLABLE);
    statements(b, depth + 1);
    leave(b);
}

void ref_statement(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (!is_on(g, GEN_FUNC_REFS)) {
        push_value(b, any_ref(b), depth + 1);
        return;
    }
    if (!is_on(g, GEN_GC) || dna_chance(g->dna, 1, 3)) {
        test_null(b, depth);
        return;
    }
    const unsigned index = dna_pick(g->dna, g->type_count);
    if (g->types[index].kind == COMP_STRUCT)
        set_field(b, index, depth);
    else if (g->types[index].kind == COMP_ARRAY)
        change_array(b, index, depth);
    else
        push_value(b, any_ref(b), depth + 1);
}
