// The binary format around the bodies: sections in order, and constant expressions.
#include "plan.h"

#include <string.h>

void write_op(struct buf *out, enum opcode op)
{
    const struct op_info *info = &op_infos[op];
    if (!info->prefix) {
        buf_u8(out, (uint8_t)info->code);
        return;
    }
    buf_u8(out, info->prefix);
    buf_leb_u(out, info->code);
}

void write_heap(struct buf *out, uint32_t heap)
{
    static const uint8_t codes[] = {
        [HEAP_ANY] = 0x6e,    [HEAP_EQ] = 0x6d,       [HEAP_I31] = 0x6c,  [HEAP_STRUCT] = 0x6b,
        [HEAP_ARRAY] = 0x6a,  [HEAP_NONE] = 0x71,     [HEAP_FUNC] = 0x70, [HEAP_NOFUNC] = 0x73,
        [HEAP_EXTERN] = 0x6f, [HEAP_NOEXTERN] = 0x72, [HEAP_EXN] = 0x69,  [HEAP_NOEXN] = 0x74,
    };
    if (heap_is_defined(heap))
        buf_leb_s(out, (int64_t)heap_type_id(heap));
    else
        buf_u8(out, codes[heap]);
}

void write_valtype(struct buf *out, valtype t)
{
    switch (val_kind(t)) {
    case VAL_I32: buf_u8(out, 0x7f); return;
    case VAL_I64: buf_u8(out, 0x7e); return;
    case VAL_F32: buf_u8(out, 0x7d); return;
    case VAL_F64: buf_u8(out, 0x7c); return;
    case VAL_V128: buf_u8(out, 0x7b); return;
    case VAL_I8: buf_u8(out, 0x78); return;
    case VAL_I16: buf_u8(out, 0x77); return;
    default: break;
    }
    // The short form, where there is one, is all that modules without typed references may hold.
    if (!val_nullable(t) || heap_is_defined(val_heap(t))) buf_u8(out, val_nullable(t) ? 0x63 : 0x64);
    write_heap(out, val_heap(t));
}

// Ends the section that began as `body`: its id, its size, its bytes.
static void write_section(struct gen *g, uint8_t id, struct buf *body)
{
    if (body->failed) g->out->failed = true;
    if (body->size) {
        buf_u8(g->out, id);
        buf_leb_u(g->out, body->size);
        buf_put(g->out, body->data, body->size);
    }
    buf_clear(body);
}

// --- types -------------------------------------------------------------------------------------------------

static void write_field(struct buf *out, struct field_type field)
{
    write_valtype(out, field.storage);
    buf_u8(out, field.mutable);
}

static void write_values(struct buf *out, const valtype *values, unsigned count)
{
    buf_leb_u(out, count);
    for (unsigned i = 0; i < count; i++) write_valtype(out, values[i]);
}

static void write_type(struct buf *out, const struct type_plan *t)
{
    if (t->sub) {
        buf_u8(out, t->final ? 0x4f : 0x50);
        buf_leb_u(out, t->super >= 0);
        if (t->super >= 0) buf_leb_u(out, (uint64_t)t->super);
    }
    switch (t->kind) {
    case COMP_FUNC:
        buf_u8(out, 0x60);
        write_values(out, t->params, t->param_count);
        write_values(out, t->results, t->result_count);
        break;
    case COMP_STRUCT:
        buf_u8(out, 0x5f);
        buf_leb_u(out, t->field_count);
        for (unsigned i = 0; i < t->field_count; i++) write_field(out, t->fields[i]);
        break;
    case COMP_ARRAY:
        buf_u8(out, 0x5e);
        write_field(out, t->fields[0]);
        break;
    }
}

static void write_types(struct gen *g, struct buf *s)
{
    buf_leb_u(s, g->group_count);
    for (unsigned i = 0; i < g->type_count;) {
        unsigned end = i + 1;
        while (end < g->type_count && g->types[end].group == g->types[i].group) end++;
        if (end - i > 1) {
            buf_u8(s, 0x4e);
            buf_leb_u(s, end - i);
        }
        for (; i < end; i++) write_type(s, &g->types[i]);
    }
}

// --- constant expressions ------------------------------------------------------------------------------------

void write_null(struct buf *out, uint32_t heap)
{
    write_op(out, OP_REF_NULL);
    write_heap(out, heap);
}

// A value of the type from constants, the functions, and immutable globals below `globals`.
static void write_const(struct gen *g, struct buf *s, valtype t, unsigned globals, unsigned depth)
{
    struct dna *d = g->dna;
    if (is_on(g, GEN_EXTENDED_CONST) && globals && dna_chance(d, 1, 4)) {
        const unsigned i = dna_pick(d, globals);
        if (!g->globals[i].mutable && plan_matches(g, g->globals[i].type, t)) {
            write_op(s, OP_GLOBAL_GET);
            buf_leb_u(s, i);
            return;
        }
    }
    switch (val_kind(t)) {
    case VAL_I8:
    case VAL_I16:
    case VAL_I32:
    case VAL_I64: {
        const bool is64 = val_kind(t) == VAL_I64;
        if (is_on(g, GEN_EXTENDED_CONST) && depth < 3 && dna_chance(d, 1, 4)) {
            static const uint16_t ops[] = { OP_I32_ADD, OP_I32_SUB, OP_I32_MUL, OP_I64_ADD, OP_I64_SUB, OP_I64_MUL };
            write_const(g, s, t, globals, depth + 1);
            write_const(g, s, t, globals, depth + 1);
            write_op(s, (enum opcode)ops[dna_pick(d, 3) + (is64 ? 3 : 0)]);
            return;
        }
        write_op(s, is64 ? OP_I64_CONST : OP_I32_CONST);
        buf_leb_s(s, is64 ? dna_i64(d) : dna_i32(d));
        return;
    }
    case VAL_F32:
        write_op(s, OP_F32_CONST);
        buf_u32le(s, dna_f32(d));
        return;
    case VAL_F64:
        write_op(s, OP_F64_CONST);
        buf_u64le(s, dna_f64(d));
        return;
    case VAL_V128:
        write_op(s, OP_V128_CONST);
        buf_u64le(s, dna_bits(d, 8));
        buf_u64le(s, dna_bits(d, 8));
        return;
    default: break;
    }

    const uint32_t heap = val_heap(t);
    const int index = type_of(t);
    if (val_nullable(t) && (depth > 2 || !plan_can_make(g, t & ~VAL_NULLABLE) || dna_chance(d, 1, 3))) {
        write_null(s, heap);
        return;
    }
    if (index >= 0 && g->types[index].kind == COMP_STRUCT) {
        const struct type_plan *type = &g->types[index];
        for (unsigned i = 0; i < type->field_count; i++) write_const(g, s, type->fields[i].storage, globals, depth + 1);
        write_op(s, OP_STRUCT_NEW);
        buf_leb_u(s, (uint64_t)index);
        return;
    }
    if (index >= 0 && g->types[index].kind == COMP_ARRAY) {
        write_const(g, s, g->types[index].fields[0].storage, globals, depth + 1);
        write_op(s, OP_I32_CONST);
        buf_leb_s(s, 8 + dna_pick(d, 4));
        write_op(s, OP_ARRAY_NEW);
        buf_leb_u(s, (uint64_t)index);
        return;
    }
    if (index >= 0 || heap == HEAP_FUNC) {
        const int func = index >= 0 ? plan_func_of(g, (unsigned)index) : (int)dna_pick(d, g->inner_end);
        if (func >= 0) {
            write_op(s, OP_REF_FUNC);
            buf_leb_u(s, (uint64_t)func);
            return;
        }
    }
    if (is_on(g, GEN_GC) && (heap == HEAP_ANY || heap == HEAP_EQ || heap == HEAP_I31 || heap == HEAP_EXTERN)) {
        write_const(g, s, VAL_I32, globals, depth + 1);
        write_op(s, OP_REF_I31);
        if (heap == HEAP_EXTERN) write_op(s, OP_EXTERN_CONVERT_ANY);
        return;
    }
    write_null(s, heap);
}

static void write_const_expr(struct gen *g, struct buf *s, valtype t, unsigned globals)
{
    write_const(g, s, t, globals, 0);
    write_op(s, OP_END);
}

// --- sections ------------------------------------------------------------------------------------------------

static void write_name(struct buf *s, const char *name)
{
    buf_leb_u(s, strlen(name));
    buf_str(s, name);
}

static void write_numbered(struct buf *s, char letter, unsigned number)
{
    char name[8] = { letter };
    unsigned at = 1;
    if (number >= 10) name[at++] = (char)('0' + number / 10 % 10);
    name[at] = (char)('0' + number % 10);
    write_name(s, name);
}

static void write_imports(struct gen *g, struct buf *s)
{
    if (!g->import_count) return;
    buf_leb_u(s, g->import_count);
    for (unsigned i = 0; i < g->import_count; i++) {
        write_name(s, "h");
        write_numbered(s, 'f', i);
        buf_u8(s, 0x00);
        buf_leb_u(s, g->funcs[i].type);
    }
}

static void write_functions(struct gen *g, struct buf *s)
{
    buf_leb_u(s, g->func_count - g->import_count);
    for (unsigned i = g->import_count; i < g->func_count; i++) buf_leb_u(s, g->funcs[i].type);
}

static void write_tables(struct gen *g, struct buf *s)
{
    if (!g->table_count) return;
    buf_leb_u(s, g->table_count);
    for (unsigned i = 0; i < g->table_count; i++) {
        const struct table_plan *t = &g->tables[i];
        if (t->init) {
            buf_u8(s, 0x40);
            buf_u8(s, 0x00);
        }
        write_valtype(s, t->element);
        buf_u8(s, t->is64 ? 0x05 : 0x01);
        buf_leb_u(s, t->min);
        buf_leb_u(s, t->max);
        if (t->init) write_const_expr(g, s, t->element, 0);
    }
}

static void write_memories(struct gen *g, struct buf *s)
{
    if (!g->memory_count) return;
    buf_leb_u(s, g->memory_count);
    for (unsigned i = 0; i < g->memory_count; i++) {
        const struct memory_plan *m = &g->memories[i];
        buf_u8(s, (uint8_t)(1 | (m->shared ? 2 : 0) | (m->is64 ? 4 : 0)));
        buf_leb_u(s, m->min);
        buf_leb_u(s, m->max);
    }
}

static void write_tags(struct gen *g, struct buf *s)
{
    if (!g->tag_count) return;
    buf_leb_u(s, g->tag_count);
    for (unsigned i = 0; i < g->tag_count; i++) {
        buf_u8(s, 0x00);
        buf_leb_u(s, g->tags[i]);
    }
}

static void write_globals(struct gen *g, struct buf *s)
{
    buf_leb_u(s, g->global_count);
    for (unsigned i = 0; i < g->global_count; i++) {
        write_valtype(s, g->globals[i].type);
        buf_u8(s, g->globals[i].mutable);
        write_const_expr(g, s, g->globals[i].type, i);
    }
}

static void write_exports(struct gen *g, struct buf *s)
{
    unsigned globals = 0;
    for (unsigned i = 0; i < g->global_count; i++) globals += val_kind(g->globals[i].type) <= VAL_F64;
    buf_leb_u(s, g->func_count - g->inner_end + g->memory_count + globals);
    for (unsigned i = g->inner_end; i < g->func_count; i++) {
        write_numbered(s, 'e', i - g->inner_end);
        buf_u8(s, 0x00);
        buf_leb_u(s, i);
    }
    for (unsigned i = 0; i < g->memory_count; i++) {
        write_numbered(s, 'm', i);
        buf_u8(s, 0x02);
        buf_leb_u(s, i);
    }
    for (unsigned i = 0; i < g->global_count; i++) {
        if (val_kind(g->globals[i].type) > VAL_F64) continue;
        write_numbered(s, 'g', i);
        buf_u8(s, 0x03);
        buf_leb_u(s, i);
    }
}

// Segments: what `elem_plan` says, for table.init and array.new_elem; the active one of table 0; and one that declares
// every function that bodies may refer to.
static void write_elements(struct gen *g, struct buf *s)
{
    const bool declare = is_on(g, GEN_REFS);
    const unsigned count = g->elem_count + (g->table_count > 0) + declare;
    if (!count) return;
    buf_leb_u(s, count);
    for (unsigned i = 0; i < g->elem_count; i++) {
        const struct elem_plan *e = &g->elems[i];
        buf_u8(s, 0x05); // passive, a type and expressions
        write_valtype(s, e->type);
        buf_leb_u(s, e->count);
        for (unsigned k = 0; k < e->count; k++) {
            if (e->funcs[k] < 0) {
                write_null(s, HEAP_FUNC);
            } else {
                write_op(s, OP_REF_FUNC);
                buf_leb_u(s, (uint64_t)e->funcs[k]);
            }
            write_op(s, OP_END);
        }
    }
    if (g->table_count) {
        // Without reference types a null is a hole between two segments; one segment ends before the first hole.
        const struct table_plan *t = &g->tables[0];
        buf_u8(s, is_on(g, GEN_REFS) ? 0x04 : 0x00);
        write_op(s, OP_I32_CONST);
        buf_leb_s(s, 0);
        write_op(s, OP_END);
        unsigned items = t->min;
        if (!is_on(g, GEN_REFS)) {
            items = 0;
            while (items < t->min && t->items[items] >= 0) items++;
        }
        buf_leb_u(s, items);
        for (unsigned k = 0; k < items; k++) {
            if (!is_on(g, GEN_REFS)) {
                buf_leb_u(s, (uint64_t)t->items[k]);
                continue;
            }
            if (t->items[k] < 0) {
                write_null(s, HEAP_FUNC);
            } else {
                write_op(s, OP_REF_FUNC);
                buf_leb_u(s, (uint64_t)t->items[k]);
            }
            write_op(s, OP_END);
        }
    }
    if (declare) {
        buf_u8(s, 0x03); // declarative, indices
        buf_u8(s, 0x00);
        buf_leb_u(s, g->func_count);
        for (unsigned i = 0; i < g->func_count; i++) buf_leb_u(s, i);
    }
}

static void write_datas(struct gen *g, struct buf *s)
{
    const unsigned active = g->memory_count;
    if (!active) return;
    buf_leb_u(s, g->data_count + active);
    for (unsigned i = 0; i < g->data_count; i++) {
        buf_u8(s, 0x01);
        buf_leb_u(s, g->data_sizes[i]);
        for (uint32_t k = 0; k < g->data_sizes[i]; k++) buf_u8(s, (uint8_t)(k * 37 + i));
    }
    for (unsigned i = 0; i < active; i++) {
        buf_u8(s, i ? 0x02 : 0x00);
        if (i) buf_leb_u(s, i);
        const bool is64 = g->memories[i].is64;
        write_op(s, is64 ? OP_I64_CONST : OP_I32_CONST);
        buf_leb_s(s, (int64_t)dna_pick(g->dna, 60000));
        write_op(s, OP_END);
        const unsigned size = dna_pick(g->dna, 200);
        buf_leb_u(s, size);
        for (unsigned k = 0; k < size; k++) buf_u8(s, (uint8_t)dna_bits(g->dna, 1));
    }
}

static void write_code(struct gen *g, struct buf *s)
{
    struct buf body;
    buf_init(&body, &alloc_libc);
    buf_leb_u(s, g->func_count - g->import_count);
    for (unsigned i = g->import_count; i < g->func_count; i++) {
        if (i < g->inner_end)
            write_body(g, i, &body);
        else
            write_entry(g, i, &body);
        if (body.failed) g->out->failed = true;
        buf_leb_u(s, body.size);
        buf_put(s, body.data, body.size);
        buf_clear(&body);
    }
    buf_fini(&body);
}

void write_module(struct gen *g)
{
    struct buf s;
    buf_init(&s, &alloc_libc);
    buf_put(g->out, "\0asm\1\0\0\0", 8);
    // The code first: bodies may ask for further block types.
    struct buf code;
    buf_init(&code, &alloc_libc);
    write_code(g, &code);

    write_types(g, &s);
    write_section(g, 1, &s);
    write_imports(g, &s);
    write_section(g, 2, &s);
    write_functions(g, &s);
    write_section(g, 3, &s);
    write_tables(g, &s);
    write_section(g, 4, &s);
    write_memories(g, &s);
    write_section(g, 5, &s);
    write_tags(g, &s);
    write_section(g, 13, &s);
    write_globals(g, &s);
    write_section(g, 6, &s);
    write_exports(g, &s);
    write_section(g, 7, &s);
    write_elements(g, &s);
    write_section(g, 9, &s);
    if (g->data_count) {
        buf_leb_u(&s, g->data_count + g->memory_count);
        write_section(g, 12, &s);
    }
    write_section(g, 10, &code);
    write_datas(g, &s);
    write_section(g, 11, &s);
    buf_fini(&s);
    buf_fini(&code);
}
