// What has an effect: control flow, variables, stores, bulk operations, exceptions.
#include "body.h"

#include <string.h>

// At function entries and loop heads: the counter goes down, and below zero the function returns something.
void burn(struct body *b, int cost)
{
    const int budget = b->budget;
    write_ins_u(b, OP_GLOBAL_GET, 0);
    push(b, VAL_I32);
    push_i32(b, cost);
    write_ins(b, OP_I32_SUB);
    drop(b, 1);
    write_ins_u(b, OP_GLOBAL_SET, 0);
    drop(b, 1);
    write_ins_u(b, OP_GLOBAL_GET, 0);
    push(b, VAL_I32);
    push_i32(b, 0);
    write_ins(b, OP_I32_LT_S);
    drop(b, 2);
    write_ins(b, OP_IF);
    write_block_type(b, -1, VAL_BOT);
    enter(b, NULL, 0, NULL, 0, 0);
    b->budget = 0;
    for (unsigned i = 0; i < b->type->result_count; i++) push_minimal(b, b->type->results[i]);
    write_ins(b, OP_RETURN);
    end_reached(b);
    write_ins(b, OP_END);
    b->depth--;
    b->height = b->frames[b->depth].base;
    b->budget = budget;
}

void sink(struct body *b)
{
    const struct gen *g = b->g;
    const valtype t = b->stack[b->height - 1];
    const uint32_t how = dna_pick(g->dna, 4);
    if (how == 1 && b->local_count) {
        const unsigned local = dna_pick(g->dna, b->local_count);
        if (plan_matches(g, t, b->locals[local])) {
            write_ins_u(b, OP_LOCAL_SET, local);
            drop(b, 1);
            return;
        }
    }
    if (how >= 2) {
        const unsigned global = dna_pick(g->dna, g->global_count);
        if (global && g->globals[global].mutable && plan_matches(g, t, g->globals[global].type)) {
            write_ins_u(b, OP_GLOBAL_SET, global);
            drop(b, 1);
            return;
        }
    }
    write_ins(b, OP_DROP);
    drop(b, 1);
}

// --- branches --------------------------------------------------------------------------------------------------

static void branch_operands(struct body *b, const struct frame *f, unsigned depth)
{
    push_operands(b, f->label, f->label_count, depth);
}

// After a branch that may not be taken the operands have the label's types.
static void retype(struct body *b, const struct frame *f, unsigned count)
{
    drop(b, count);
    for (unsigned i = 0; i < count; i++) push(b, f->label[i]);
}

static void branch(struct body *b, unsigned depth)
{
    struct dna *d = b->g->dna;
    const unsigned label = dna_pick(d, b->depth);
    const struct frame *f = &b->frames[b->depth - 1 - label];
    switch (dna_pick(d, 6)) {
    case 0:
    case 1:
    case 2:
        branch_operands(b, f, depth);
        push_value(b, VAL_I32, depth + 1);
        write_ins_u(b, OP_BR_IF, label);
        drop(b, 1);
        retype(b, f, f->label_count);
        return;
    case 3:
        branch_operands(b, f, depth);
        write_ins_u(b, OP_BR, label);
        end_reached(b);
        return;
    case 4: {
        // All labels of a table take the same.
        branch_operands(b, f, depth);
        push_value(b, VAL_I32, depth + 1);
        write_ins(b, OP_BR_TABLE);
        const unsigned count = dna_pick(d, 5);
        buf_leb_u(b->out, count);
        for (unsigned i = 0; i <= count; i++) {
            const unsigned other = dna_pick(d, b->depth);
            const struct frame *o = &b->frames[b->depth - 1 - other];
            const bool same =
                o->label_count == f->label_count &&
                (f->label_count == 0 || memcmp(o->label, f->label, f->label_count * sizeof *f->label) == 0);
            buf_leb_u(b->out, same ? other : label);
        }
        end_reached(b);
        return;
    }
    default:
        push_operands(b, b->type->results, b->type->result_count, depth);
        write_ins(b, OP_RETURN);
        end_reached(b);
        return;
    }
}

static void tail_call(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    const unsigned begin = is_on(g, GEN_IMPORTS) ? 0 : g->import_count;
    const unsigned start = dna_pick(g->dna, g->inner_end - begin);
    for (unsigned i = 0; i < g->inner_end - begin; i++) {
        const unsigned func = begin + (start + i) % (g->inner_end - begin);
        const struct type_plan *t = &g->types[g->funcs[func].type];
        // A host's function would give a NaN's payload back unseen.
        if (func < g->import_count && t->result_count) continue;
        if (t->result_count != b->type->result_count) continue;
        if (!plan_lists_match(g, t->results, b->type->results, t->result_count)) continue;
        emit_call(b, func, dna_pick(g->dna, 3), true, depth);
        return;
    }
}

// --- blocks ------------------------------------------------------------------------------------------------------

// A function type to be a block's: of few values, so that its operands do not eat the budget.
static int pick_block_type(struct body *b)
{
    const struct gen *g = b->g;
    if (!is_on(g, GEN_MULTI_VALUE)) return -1;
    const unsigned index = dna_pick(g->dna, g->type_count);
    const struct type_plan *t = &g->types[index];
    if (t->kind != COMP_FUNC) return -1;
    for (unsigned i = 0; i < t->result_count; i++)
        if (!plan_can_make(g, t->results[i])) return -1;
    for (unsigned i = 0; i < t->param_count; i++)
        if (!plan_can_make(g, t->params[i])) return -1;
    return (int)index;
}

static void block(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (b->depth >= FRAMES_MAX) return;
    static const struct type_plan nothing;
    const int index = dna_chance(g->dna, 1, 2) ? pick_block_type(b) : -1;
    const struct type_plan *t = index >= 0 ? &g->types[index] : &nothing;
    push_operands(b, t->params, t->param_count, depth);
    // What was reused may be of subtypes: inside, it is what the block's type says.
    drop(b, t->param_count);
    for (unsigned i = 0; i < t->param_count; i++) push(b, t->params[i]);

    switch (dna_pick(g->dna, 3)) {
    case 0:
        write_ins(b, OP_BLOCK);
        write_block_type(b, index, VAL_BOT);
        enter(b, t->results, t->result_count, t->results, t->result_count, t->param_count);
        statements(b, depth + 1);
        leave(b);
        return;
    case 1:
        push_value(b, VAL_I32, depth + 1);
        write_ins(b, OP_IF);
        write_block_type(b, index, VAL_BOT);
        drop(b, 1);
        enter(b, t->results, t->result_count, t->results, t->result_count, t->param_count);
        statements(b, depth + 1);
        if (index >= 0 || dna_chance(g->dna, 1, 2)) {
            fit_results(b);
            write_ins(b, OP_ELSE);
            struct frame *f = top_frame(b);
            f->dead = false;
            b->height = f->base;
            for (unsigned i = 0; i < t->param_count; i++) push(b, t->params[i]);
            statements(b, depth + 1);
        }
        leave(b);
        return;
    default:
        write_ins(b, OP_LOOP);
        write_block_type(b, index, VAL_BOT);
        enter(b, t->params, t->param_count, t->results, t->result_count, t->param_count);
        burn(b, 1);
        statements(b, depth + 1);
        if (!top_frame(b)->dead && dna_chance(g->dna, 1, 2)) {
            push_operands(b, t->params, t->param_count, depth);
            push_value(b, VAL_I32, depth + 1);
            write_ins_u(b, OP_BR_IF, 0);
            drop(b, 1);
            retype(b, top_frame(b), t->param_count);
        }
        leave(b);
        return;
    }
}

// --- exceptions ----------------------------------------------------------------------------------------------------

void throw_something(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (!g->tag_count) return;
    const unsigned tag = dna_pick(g->dna, g->tag_count);
    const struct type_plan *t = &g->types[g->tags[tag]];
    push_operands(b, t->params, t->param_count, depth);
    write_ins_u(b, OP_THROW, tag);
    end_reached(b);
}

// (block T (try_table (catch… 0) …) values of T): what is caught lands on the stack behind the block.
static void try_table(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (b->depth + 1 >= FRAMES_MAX) return;
    enum { CATCH, CATCH_REF, CATCH_ALL, CATCH_ALL_REF };
    const unsigned kind = dna_pick(g->dna, 4);
    const unsigned tag = dna_pick(g->dna, g->tag_count);
    const struct type_plan *t = &g->types[g->tags[tag]];
    valtype caught[VALUES_MAX];
    unsigned count = 0;
    if (kind < CATCH_ALL) {
        count = t->param_count;
        memcpy(caught, t->params, count * sizeof *caught);
    }
    if (kind == CATCH_REF || kind == CATCH_ALL_REF) caught[count++] = VAL_EXNREF;
    const int type = count == 0 ? -1 : plan_func_type(g, NULL, 0, caught, count);
    write_ins(b, OP_BLOCK);
    if (count && type < 0) // no room: then nothing is caught here
        count = 0;
    write_block_type(b, count > 1 ? type : -1, count == 1 ? caught[0] : VAL_BOT);
    enter(b, caught, count, caught, count, 0);

    write_ins(b, OP_TRY_TABLE);
    write_block_type(b, -1, VAL_BOT);
    const bool none = (kind != CATCH_ALL && count == 0 && !(kind == CATCH && t->param_count == 0));
    buf_leb_u(b->out, none ? 0 : 1);
    if (!none) {
        buf_u8(b->out, (uint8_t)kind);
        if (kind < CATCH_ALL) buf_leb_u(b->out, tag);
        buf_leb_u(b->out, 0);
    }
    enter(b, NULL, 0, NULL, 0, 0);
    top_frame(b)->try_new = true;
    statements(b, depth + 1);
    if (!top_frame(b)->dead && dna_chance(g->dna, 1, 2)) throw_something(b, depth);
    leave(b);
    leave(b);
    // A caught reference may be thrown on, when there is somebody to catch it.
    if (count && b->stack[b->height - 1] == VAL_EXNREF && dna_chance(g->dna, 1, 4)) {
        for (unsigned i = 0; i < b->depth; i++) {
            if (!b->frames[i].try_new) continue;
            write_ins(b, OP_THROW_REF);
            end_reached(b);
            return;
        }
    }
}

// try … catch… end of the old encoding.
static void try_old(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (b->depth >= FRAMES_MAX) return;
    write_ins(b, OP_TRY);
    write_block_type(b, -1, VAL_BOT);
    enter(b, NULL, 0, NULL, 0, 0);
    top_frame(b)->try_old = true;
    statements(b, depth + 1);
    if (!top_frame(b)->dead && dna_chance(g->dna, 1, 2)) throw_something(b, depth);
    fit_results(b);
    if (dna_chance(g->dna, 1, 6)) {
        // To the function's own label, which lets it go, or to a try around.
        unsigned label = b->depth - 2;
        for (unsigned i = 1; i < b->depth; i++)
            if (b->frames[b->depth - 1 - i].try_old && !b->frames[b->depth - 1 - i].caught) label = i - 1;
        write_ins_u(b, OP_DELEGATE, label);
        b->height = top_frame(b)->base;
        b->depth--;
        return;
    }
    struct frame *f = top_frame(b);
    const unsigned clauses = dna_pick(g->dna, 3);
    for (unsigned i = 0; i < clauses; i++) {
        const unsigned tag = dna_pick(g->dna, g->tag_count);
        const struct type_plan *t = &g->types[g->tags[tag]];
        write_ins_u(b, OP_CATCH, tag);
        f->dead = false;
        f->caught = true;
        b->height = f->base;
        for (unsigned k = 0; k < t->param_count; k++) push(b, t->params[k]);
        statements(b, depth + 2);
        fit_results(b);
    }
    if (clauses == 0 || dna_chance(g->dna, 1, 2)) {
        write_ins(b, OP_CATCH_ALL);
        f->dead = false;
        f->caught = true;
        b->height = f->base;
        statements(b, depth + 2);
        fit_results(b);
        if (!f->dead && dna_chance(g->dna, 1, 6)) {
            write_ins_u(b, OP_RETHROW, 0);
            end_reached(b);
        }
    }
    leave(b);
}

// --- bulk ------------------------------------------------------------------------------------------------------------

static void push_length(struct body *b, bool is64, unsigned max)
{
    const int32_t n = (int32_t)dna_pick(b->g->dna, max + 1);
    if (is64)
        push_i64(b, n);
    else
        push_i32(b, n);
}

static void bulk_memory(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    const unsigned to = dna_pick(g->dna, g->memory_count), from = dna_pick(g->dna, g->memory_count);
    const bool to64 = g->memories[to].is64, from64 = g->memories[from].is64;
    switch (dna_pick(g->dna, 4)) {
    case 0:
        push_address(b, to, 0, depth);
        push_value(b, VAL_I32, depth + 1);
        push_length(b, to64, 600);
        write_ins_u(b, OP_MEMORY_FILL, to);
        drop(b, 3);
        return;
    case 1:
        push_address(b, to, 0, depth);
        push_address(b, from, 0, depth);
        push_length(b, to64 && from64, 600);
        write_ins_u(b, OP_MEMORY_COPY, to);
        buf_leb_u(b->out, from);
        drop(b, 3);
        return;
    case 2: {
        if (!g->data_count) return;
        const unsigned data = dna_pick(g->dna, g->data_count);
        push_address(b, to, 0, depth);
        push_i32(b, 0);
        // Dropped, a segment has no bytes left.
        push_length(b, false, dna_chance(g->dna, 1, 8) ? g->data_sizes[data] : 0);
        write_ins_u(b, OP_MEMORY_INIT, data);
        buf_leb_u(b->out, to);
        drop(b, 3);
        return;
    }
    default:
        if (g->data_count) write_ins_u(b, OP_DATA_DROP, dna_pick(g->dna, g->data_count));
        return;
    }
}

static void push_slot(struct body *b, unsigned table, unsigned depth)
{
    const bool is64 = b->g->tables[table].is64;
    push_value(b, address_type(is64), depth + 1);
    if (dna_chance(b->g->dna, 1, 60)) return;
    if (is64) {
        push_i64(b, 3);
        write_ins(b, OP_I64_AND);
    } else {
        push_i32(b, 3);
        write_ins(b, OP_I32_AND);
    }
    drop(b, 1);
}

// Table 0 stays as it is; the others may change.
static void table_statement(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    if (!is_on(g, GEN_REFS)) return;
    const unsigned table = dna_pick(g->dna, g->table_count), from = dna_pick(g->dna, g->table_count);
    const struct table_plan *t = &g->tables[table];
    const uint32_t what = dna_pick(g->dna, is_on(g, GEN_BULK) ? 6 : 2);
    if (table == 0 || what == 0) {
        push_slot(b, table, depth);
        write_ins_u(b, OP_TABLE_GET, table);
        drop(b, 1);
        push(b, t->element);
        return;
    }
    switch (what) {
    case 1:
        push_slot(b, table, depth);
        push_value(b, t->element, depth + 1);
        write_ins_u(b, OP_TABLE_SET, table);
        drop(b, 2);
        return;
    case 2:
        push_slot(b, table, depth);
        push_value(b, t->element, depth + 1);
        push_length(b, t->is64, 4);
        write_ins_u(b, OP_TABLE_FILL, table);
        drop(b, 3);
        return;
    case 3:
        if (!plan_matches(g, g->tables[from].element, t->element)) return;
        push_slot(b, table, depth);
        push_slot(b, from, depth);
        push_length(b, t->is64 && g->tables[from].is64, 4);
        write_ins_u(b, OP_TABLE_COPY, table);
        buf_leb_u(b->out, from);
        drop(b, 3);
        return;
    case 4: {
        if (!g->elem_count) return;
        const unsigned elem = dna_pick(g->dna, g->elem_count);
        if (!plan_matches(g, g->elems[elem].type, t->element)) return;
        push_slot(b, table, depth);
        push_i32(b, 0);
        push_length(b, false, dna_chance(g->dna, 1, 3) ? g->elems[elem].count : 0);
        write_ins_u(b, OP_TABLE_INIT, elem);
        buf_leb_u(b->out, table);
        drop(b, 3);
        return;
    }
    default:
        if (g->elem_count && dna_chance(g->dna, 1, 3)) write_ins_u(b, OP_ELEM_DROP, dna_pick(g->dna, g->elem_count));
        return;
    }
}

// --- any statement -------------------------------------------------------------------------------------------------------

static void set_variable(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    const unsigned i = dna_pick(g->dna, b->local_count + g->global_count);
    if (i < b->local_count) {
        push_operands(b, &b->locals[i], 1, depth);
        write_ins_u(b, OP_LOCAL_SET, i);
        drop(b, 1);
        return;
    }
    const unsigned global = i - b->local_count;
    if (global == 0 || !g->globals[global].mutable) return;
    push_operands(b, &g->globals[global].type, 1, depth);
    write_ins_u(b, OP_GLOBAL_SET, global);
    drop(b, 1);
}

void statement(struct body *b, unsigned depth)
{
    struct gen *g = b->g;
    struct dna *d = g->dna;
    switch (dna_pick(d, 24)) {
    case 0: write_ins(b, OP_NOP); return;
    case 1:
    case 2:
    case 3: set_variable(b, depth); return;
    case 4:
    case 5:
        if (g->store_count) push_memory_op(b, (enum opcode)g->stores[dna_pick(d, g->store_count)], depth);
        return;
    case 6:
    case 7:
    case 8: block(b, depth); return;
    case 9:
        if (depth && dna_chance(d, 1, 2)) branch(b, depth);
        return;
    case 10:
        if (push_call(b, NULL, depth)) return;
        break;
    case 11:
    case 12:
        if (is_on(g, GEN_EXCEPTIONS) && g->tag_count) {
            try_table(b, depth);
            return;
        }
        if (is_on(g, GEN_LEGACY) && g->tag_count) {
            try_old(b, depth);
            return;
        }
        break;
    case 13:
        if (!is_on(g, GEN_BULK) || !g->memory_count) break;
        bulk_memory(b, depth);
        return;
    case 14:
        if (!g->table_count) break;
        table_statement(b, depth);
        return;
    case 15:
    case 16:
        if (!is_on(g, GEN_REFS)) break;
        ref_statement(b, depth);
        return;
    case 17:
        if (g->wide_count) {
            push_op(b, (enum opcode)g->wide[dna_pick(d, g->wide_count)], depth);
            return;
        }
        if (is_on(g, GEN_THREADS)) {
            write_ins(b, OP_ATOMIC_FENCE);
            buf_u8(b->out, 0);
            return;
        }
        break;
    case 18:
        if (dna_chance(d, 1, 20)) {
            write_ins(b, OP_UNREACHABLE);
            end_reached(b);
            return;
        }
        if (depth && is_on(g, GEN_TAIL_CALLS) && is_on(g, GEN_CALLS)) {
            tail_call(b, depth);
            return;
        }
        break;
    case 19:
    case 20:
    case 21: {
        // Here, and not inside an expression, an instruction finds operands that lie about.
        const valtype t = (valtype)(VAL_I32 + dna_pick(d, 5));
        if (!g->plain_count[t]) break;
        push_op(b, (enum opcode)g->plain[t][dna_pick(d, g->plain_count[t])], depth);
        return;
    }
    default: break;
    }
    // A value for somebody further on.
    push_value(b, plan_value_type(g), depth + 1);
}

void statements(struct body *b, unsigned depth)
{
    const unsigned count = 1 + dna_pick(b->g->dna, depth ? 4 : 12);
    for (unsigned i = 0; i < count && b->budget > 0 && depth <= DEPTH_MAX && !dna_done(b->g->dna); i++) {
        statement(b, depth);
        // A little unreachable code, seldom.
        if (top_frame(b)->dead && !dna_chance(b->g->dna, 1, 4)) return;
    }
}
