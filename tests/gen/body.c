#include "body.h"

#include <string.h>

// --- emission ------------------------------------------------------------------------------------------------

void write_ins(struct body *b, enum opcode op)
{
    b->budget--;
    write_op(b->out, op);
}

void write_ins_u(struct body *b, enum opcode op, uint64_t immediate)
{
    write_ins(b, op);
    buf_leb_u(b->out, immediate);
}

void push_i32(struct body *b, int32_t value)
{
    write_ins(b, OP_I32_CONST);
    buf_leb_s(b->out, value);
    push(b, VAL_I32);
}

void push_i64(struct body *b, int64_t value)
{
    write_ins(b, OP_I64_CONST);
    buf_leb_s(b->out, value);
    push(b, VAL_I64);
}

void push(struct body *b, valtype t)
{
    if (b->height < STACK_MAX) b->stack[b->height++] = t;
    if (b->height > STACK_SOFT) b->budget = 0;
}

void drop(struct body *b, unsigned count)
{
    const unsigned base = top_frame(b)->base;
    b->height = b->height - base >= count ? b->height - count : base;
}

struct frame *top_frame(struct body *b)
{
    return &b->frames[b->depth - 1];
}

void enter(struct body *b, const valtype *label, unsigned label_count, const valtype *results, unsigned result_count,
           unsigned params)
{
    b->frames[b->depth++] = (struct frame){ .label = label,
                                            .label_count = label_count,
                                            .results = results,
                                            .result_count = result_count,
                                            .base = b->height - params };
}

// Makes the operand stack of the frame what its end takes.
void fit_results(struct body *b)
{
    struct frame *f = top_frame(b);
    if (f->dead && b->height == f->base && !dna_chance(b->g->dna, 1, 4)) return;
    for (;;) {
        const unsigned have = b->height - f->base;
        if (have <= f->result_count && plan_lists_match(b->g, &b->stack[f->base], f->results, have)) break;
        sink(b);
    }
    for (unsigned i = b->height - f->base; i < f->result_count; i++) push_value(b, f->results[i], 3);
}

void leave(struct body *b)
{
    fit_results(b);
    write_ins(b, OP_END);
    const struct frame f = *top_frame(b);
    b->depth--;
    b->height = f.base;
    for (unsigned i = 0; i < f.result_count && b->depth; i++) push(b, f.results[i]);
}

void end_reached(struct body *b)
{
    top_frame(b)->dead = true;
    b->height = top_frame(b)->base;
}

void write_block_type(struct body *b, int type, valtype result)
{
    if (type >= 0)
        buf_leb_s(b->out, type);
    else if (result)
        write_valtype(b->out, result);
    else
        buf_u8(b->out, 0x40);
}

// --- functions -------------------------------------------------------------------------------------------------

// Local declarations behind the parameters, one run each.
static void write_locals(struct body *b, unsigned params, unsigned end)
{
    buf_leb_u(b->out, end - params);
    for (unsigned i = params; i < end; i++) {
        buf_leb_u(b->out, 1);
        write_valtype(b->out, b->locals[i]);
    }
}

static unsigned add_temporaries(struct body *b)
{
    unsigned end = b->local_count;
    for (valtype t = VAL_I32; t <= (is_on(b->g, GEN_SIMD) ? VAL_V128 : VAL_F64); t++) {
        b->tmp[t] = end;
        b->locals[end++] = t;
    }
    return end;
}

void write_body(struct gen *g, unsigned func, struct buf *out)
{
    struct body *b = MEM_NEW(&alloc_libc, struct body);
    if (!b) {
        out->failed = true;
        return;
    }
    const struct type_plan *type = &g->types[g->funcs[func].type];
    b->g = g;
    b->out = out;
    b->type = type;
    memcpy(b->locals, type->params, type->param_count * sizeof *type->params);
    b->local_count = type->param_count;
    const unsigned more = dna_pick(g->dna, 10);
    for (unsigned i = 0; i < more; i++) b->locals[b->local_count++] = plan_value_type(g);
    const unsigned end = add_temporaries(b);
    write_locals(b, type->param_count, end);

    const uint32_t size = g->options.size ? g->options.size : 400;
    b->budget = (int)(10 + size / (g->inner_end - g->import_count));
    enter(b, type->results, type->result_count, type->results, type->result_count, 0);
    // Locals that have no default are set before anything may read them: until then a body has those below only.
    const unsigned locals = b->local_count;
    b->local_count = type->param_count;
    burn(b, 10);
    for (; b->local_count < locals; b->local_count++) {
        const unsigned local = b->local_count;
        if (val_defaultable(b->locals[local])) continue;
        push_minimal(b, b->locals[local]);
        write_ins_u(b, OP_LOCAL_SET, local);
        drop(b, 1);
    }
    statements(b, 0);
    leave(b);
    MEM_FREE(&alloc_libc, b);
}

// A number that says something of a reference: null, and which of the abstract types it is.
static void fold_reference(struct body *b, unsigned local)
{
    static const uint8_t heaps[] = { HEAP_I31, HEAP_STRUCT, HEAP_ARRAY };
    const valtype t = b->locals[local];
    write_ins_u(b, OP_LOCAL_GET, local);
    write_ins(b, OP_REF_IS_NULL);
    push(b, VAL_I32);
    if (!is_on(b->g, GEN_GC) || !plan_heap_matches(b->g, val_heap(t), HEAP_ANY)) return;
    for (unsigned i = 0; i < sizeof heaps; i++) {
        write_ins_u(b, OP_LOCAL_GET, local);
        write_ins(b, OP_REF_TEST);
        write_heap(b->out, heaps[i]);
        push_i32(b, 2 << i);
        write_ins(b, OP_I32_MUL);
        write_ins(b, OP_I32_OR);
        drop(b, 1);
    }
}

// An entry refills the counter, calls its inner function and folds the results.
void write_entry(struct gen *g, unsigned func, struct buf *out)
{
    struct body *b = MEM_NEW(&alloc_libc, struct body);
    if (!b) {
        out->failed = true;
        return;
    }
    const struct type_plan *type = &g->types[g->funcs[func].type];
    const struct type_plan *inner = &g->types[g->funcs[g->funcs[func].inner].type];
    b->g = g;
    b->out = out;
    b->type = type;
    memcpy(b->locals, type->params, type->param_count * sizeof *type->params);
    memcpy(b->locals + type->param_count, inner->results, inner->result_count * sizeof *inner->results);
    b->local_count = type->param_count;
    write_locals(b, type->param_count, type->param_count + inner->result_count);

    b->budget = 0;
    enter(b, type->results, type->result_count, type->results, type->result_count, 0);
    push_i32(b, CALL_BUDGET);
    write_ins_u(b, OP_GLOBAL_SET, 0);
    drop(b, 1);
    unsigned param = 0;
    for (unsigned i = 0; i < inner->param_count; i++) {
        if (val_kind(inner->params[i]) <= VAL_F64) {
            write_ins_u(b, OP_LOCAL_GET, param++);
            push(b, inner->params[i]);
        } else {
            push_minimal(b, inner->params[i]);
        }
    }
    write_ins_u(b, OP_CALL, g->funcs[func].inner);
    drop(b, inner->param_count);
    for (unsigned i = inner->result_count; i-- > 0;) write_ins_u(b, OP_LOCAL_SET, type->param_count + i);
    for (unsigned i = 0; i < inner->result_count; i++) {
        const unsigned local = type->param_count + i;
        switch (val_kind(inner->results[i])) {
        case VAL_REF: fold_reference(b, local); break;
        case VAL_V128:
            write_ins_u(b, OP_LOCAL_GET, local);
            write_ins_u(b, OP_I64X2_EXTRACT_LANE, 0);
            write_ins_u(b, OP_LOCAL_GET, local);
            write_ins_u(b, OP_I64X2_EXTRACT_LANE, 1);
            push_i64(b, 31);
            write_ins(b, OP_I64_ROTL);
            write_ins(b, OP_I64_XOR);
            break;
        default:
            write_ins_u(b, OP_LOCAL_GET, local);
            push(b, inner->results[i]);
            break;
        }
    }
    write_ins(b, OP_END);
    MEM_FREE(&alloc_libc, b);
}

// --- the door ----------------------------------------------------------------------------------------------------

unsigned gen_module(struct dna *dna, const struct gen_options *options, struct buf *out)
{
    struct gen *g = MEM_NEW(&alloc_libc, struct gen);
    if (!g) {
        out->failed = true;
        return 0;
    }
    g->dna = dna;
    g->options = *options;
    g->out = out;
    plan_module(g);
    write_module(g);
    const unsigned entries = g->func_count - g->inner_end;
    MEM_FREE(&alloc_libc, g);
    return entries;
}

uint32_t gen_switch_find(const char *name, size_t size)
{
    static const struct {
        const char *text;
        uint32_t bit;
    } switches[] = {
#define SWITCH(name, bit, text) { text, GEN_##name },
#include "switches.def"
#undef SWITCH
    };
    for (unsigned i = 0; i < sizeof switches / sizeof *switches; i++)
        if (strlen(switches[i].text) == size && memcmp(switches[i].text, name, size) == 0) return switches[i].bit;
    return 0;
}
