// Exceptions. What a try protects is a range of register code in the function's table of handlers, innermost first: the
// path without a throw executes nothing for it.
#include "interp/ops.h"
#include "interp/rewrite.h"

uint32_t label_add(struct rewriter *w, uint32_t at)
{
    if (!GROW(w, w->labels, w->label_cap, w->label_count + 1)) return NONE;
    w->labels[w->label_count] = at;
    return (uint32_t)w->label_count++;
}

static void handler_add(struct rewriter *w, struct handler h)
{
    if (!GROW(w, w->handlers, w->handler_cap, w->handler_count + 1)) return;
    w->handlers[w->handler_count++] = h;
}

static const struct func_type *tag_type(const struct rewriter *w, uint32_t tag)
{
    return &types_get(w->module->types, w->module->tags[tag].type_id)->func;
}

static void begin_try_table(struct rewriter *w, const struct instr *ins)
{
    flush(w);
    struct ctl *c = ctl_push(w, CTL_TRY_TABLE, &ins->block);
    if (!c) return;
    c->start = (uint32_t)w->n;
    c->clauses = (uint32_t)w->clause_count;
    c->clause_count = ins->count;
    struct reader list = ins->list;
    for (uint32_t i = 0; i < ins->count && !w->failed; i++) {
        const struct catch_clause clause = instr_next_catch(&list);
        if (!GROW(w, w->clauses, w->clause_cap, w->clause_count + 1)) return;
        // Labels count from outside the try_table.
        struct ctl *target = ctl_at(w, clause.label + 1);
        if (target->label == NONE && target->kind != CTL_FUNC) target->label = label_add(w, target->start);
        w->clauses[w->clause_count++] = (struct clause){
            .kind = clause.kind,
            .tag = clause.kind <= CATCH_TAG_REF ? clause.tag : (uint32_t)ANY_TAG,
            .label = target->label,
            .slot = target->height,
            .depth = (uint32_t)w->ctl_count,
            .offset = w->offset,
        };
    }
    bind_here(w);
}

void end_try_table(struct rewriter *w, struct ctl *c)
{
    for (uint32_t i = 0; i < c->clause_count && !w->failed; i++) {
        struct clause *clause = &w->clauses[c->clauses + i];
        clause->handler = (uint32_t)w->handler_count;
        handler_add(w, (struct handler){ c->start * 8, (uint32_t)w->n * 8, clause->tag, 0, clause->depth });
    }
}

void emit_landings(struct rewriter *w)
{
    for (size_t i = 0; i < w->clause_count && !w->failed; i++) {
        const struct clause c = w->clauses[i];
        w->handlers[c.handler].target = (uint32_t)w->n * 8;
        w->offset = c.offset;
        bind_here(w);
        const bool with_ref = c.kind == CATCH_TAG_REF || c.kind == CATCH_ALL_REF;
        const uint32_t slots = c.tag == ANY_TAG ? 0 : tag_type(w, c.tag)->param_slots;
        emit_ext(w, op_catch, c.slot, with_ref, slots, 0);
        if (c.label != NONE) {
            const uint32_t ins = emit(w, R_BR, 0, 0, 0, 0);
            fix_one(w, ins, w->labels[c.label]);
        } else {
            drop_to(w, 0);
            const uint8_t *types = types_copy(w, w->type->results, w->type->result_count);
            if (types) push_types(w, types, w->type->result_count);
            emit_return(w);
        }
    }
}

// ---- the encoding that toolchains emitted before exnref ----

static void begin_try(struct rewriter *w, const struct instr *ins)
{
    flush(w);
    struct ctl *c = ctl_push(w, CTL_TRY, &ins->block);
    if (!c) return;
    c->start = (uint32_t)w->n;
    c->catch_slot = w->catch_slots + w->catch_depth++;
    bind_here(w);
}

static void begin_catch(struct rewriter *w, uint32_t tag)
{
    struct ctl *c = &w->ctls[w->ctl_count - 1];
    if (!w->dead) {
        emit_moves(w, c);
        const uint32_t ins = emit(w, R_BR, 0, 0, 0, 0);
        c->fixups = fix_add(w, c->fixups, ins, ins * 2 + 3);
    }
    if (c->kind == CTL_TRY) c->end = (uint32_t)w->n;
    c->kind = CTL_CATCH;
    drop_to(w, c->sp);
    bind_here(w);
    segment_end(w);
    w->dead = false;
    handler_add(w, (struct handler){ c->start * 8, c->end * 8, tag, (uint32_t)w->n * 8, (uint32_t)w->ctl_count });
    const uint32_t slots = tag == ANY_TAG ? 0 : tag_type(w, tag)->param_slots;
    emit_ext(w, op_catch_keep, w->height, 0, slots, c->catch_slot);
    if (tag != ANY_TAG) {
        const struct func_type *type = tag_type(w, tag);
        const uint8_t *types = types_copy(w, type->params, type->param_count);
        if (types) push_types(w, types, type->param_count);
    }
}

static void delegate(struct rewriter *w, uint32_t label)
{
    struct ctl *c = &w->ctls[w->ctl_count - 1];
    // The label counts from outside the try; its handlers have the depth of its own frame.
    const uint32_t depth = (uint32_t)w->ctl_count - 1 - label;
    handler_add(w, (struct handler){ c->start * 8, (uint32_t)w->n * 8, DELEGATE_TAG, depth, (uint32_t)w->ctl_count });
}

static void throw_tag(struct rewriter *w, uint32_t tag)
{
    const struct func_type *type = tag_type(w, tag);
    const uint32_t at = args_home(w, type->param_count);
    map_here(w, (uint32_t)w->n, true);
    emit_ext(w, op_throw, at, 0, type->param_slots, tag);
    die(w);
}

bool rewrite_try(struct rewriter *w, const struct instr *ins)
{
    switch (ins->op) {
    case OP_TRY_TABLE: begin_try_table(w, ins); return true;
    case OP_TRY: begin_try(w, ins); return true;
    case OP_CATCH: begin_catch(w, ins->index); return true;
    case OP_CATCH_ALL: begin_catch(w, ANY_TAG); return true;
    case OP_DELEGATE: delegate(w, ins->index); return true; // its `end` is the driver's
    case OP_THROW: throw_tag(w, ins->index); return true;
    case OP_THROW_REF: {
        const uint32_t at = args_home(w, 1);
        emit_ext(w, op_throw_ref, at, 0, 0, 0);
        die(w);
        return true;
    }
    case OP_RETHROW:
        emit_ext(w, op_throw_ref, ctl_at(w, ins->index)->catch_slot, 0, 0, 0);
        die(w);
        return true;
    default: return false;
    }
}
