// Calls. Arguments are written where the callee finds them, at best by the instructions that compute them.
#include "interp/ops.h"
#include "interp/rewrite.h"

// Arguments beyond this many slots are written only after the stack was checked: up to it they fit the room that every
// guest stack keeps behind its limit.
enum { ARGS_UNCHECKED = 1024 };

// Results of an earlier call lie where this call's arguments go. Those that are arguments may be moved up in place, the
// last first; if one lies below the arguments, all go home. Says whether there were any.
static bool settle_results(struct rewriter *w, size_t first_arg)
{
    const size_t end = w->out_end < w->sp ? w->out_end : w->sp;
    size_t first = w->out_at;
    while (first < end && !w->st[first].out) first++;
    if (first >= end) return false;
    if (first < first_arg) {
        for (size_t i = first; i < end && !w->failed; i++) {
            if (w->st[i].out) to_home(w, i);
        }
    }
    return true;
}

static void place_args(struct rewriter *w, const struct func_type *type)
{
    if (w->failed) return;
    const uint32_t count = type->param_count;
    const size_t first = w->sp - count;
    if (type->param_slots > ARGS_UNCHECKED) {
        args_home(w, count);
        emit_ext(w, op_check_stack, w->out_base, 0, type->param_slots, 0);
    }
    const bool occupied = settle_results(w, first);
    // First what can be written there by its own instruction: nothing has been called since, so nothing lies there yet.
    uint32_t to = w->out_base;
    for (size_t i = first; i < w->sp && !w->failed; i++) {
        struct ent *e = &w->st[i];
        const bool last = e->def != NONE && e->def == w->last;
        if (e->kind == ENT_TEMP && e->def != NONE && e->calls == w->calls && !occupied && (last || !vt_ref(e->type)) &&
            !e->out) {
            retarget(w, e->def, e->slot, to);
            e->slot = to;
        }
        to += vt_slots((enum vt)e->type);
    }
    for (size_t i = w->sp; i-- > first && !w->failed;) {
        struct ent *e = &w->st[i];
        to -= vt_slots((enum vt)e->type);
        emit_entry(w, e, to);
    }
    drop_to(w, first);
}

static void push_results(struct rewriter *w, const struct func_type *type)
{
    w->calls++;
    bind_here(w);
    w->out_at = w->sp;
    uint32_t from = w->out_base;
    for (uint32_t i = 0; i < type->result_count && !w->failed; i++) {
        const enum vt t = vt_of(w->module, type->results[i]);
        push_temp(w, t, NONE);
        if (w->failed) return;
        struct ent *e = &w->st[w->sp - 1];
        e->slot = from;
        e->out = true;
        from += vt_slots(t);
        if (!w->fused) to_home(w, w->sp - 1);
    }
    w->out_end = w->sp;
    segment_end(w);
}

static void call_ins(struct rewriter *w, enum rop op, uint32_t b, uint32_t k, uint64_t word,
                     const struct func_type *type)
{
    emit_k(w, op, w->out_base, b, k);
    emit_word(w, word);
    map_here(w, (uint32_t)w->n, false);
    push_results(w, type);
}

static void call(struct rewriter *w, uint32_t func)
{
    const struct func_type *type = module_func_type(w->module, func);
    place_args(w, type);
    if (func < w->module->imported_funcs) {
        call_ins(w, R_CALL_IMPORT, 0, func, 0, type);
    } else {
        call_ins(w, R_CALL, 0, func, (uint64_t)(uintptr_t)&w->object->funcs[func], type);
    }
}

// The index or reference on top of the arguments, in a slot that placing them does not touch.
static uint32_t callee_slot(struct rewriter *w, struct ent *e, bool is64)
{
    *e = pop(w);
    if (is64) {
        // The handlers read 32 bits of the index: one beyond them becomes one that no table has.
        emit_entry(w, e, e->home);
        emit_ext(w, op_index64, e->home, 0, 0, 0);
        return e->home;
    }
    if (e->kind == ENT_TEMP && e->out) {
        emit_copy(w, (enum vt)e->type, e->home, e->slot);
        return e->home;
    }
    return slot_of(w, e);
}

static void call_indirect(struct rewriter *w, const struct instr *ins)
{
    struct ent index;
    const uint32_t type_id = w->module->type_ids[ins->indirect.type];
    const struct func_type *type = &types_get(w->module->types, type_id)->func;
    const bool is64 = w->module->tables[ins->indirect.table].type.limits.is64;
    const uint32_t slot = callee_slot(w, &index, is64);
    place_args(w, type);
    call_ins(w, R_CALL_INDIRECT, slot, ins->indirect.table, type_id, type);
}

// Tail calls take their arguments from consecutive slots; what the callee's kind needs is decided when it is known.
static void tail_call(struct rewriter *w, const struct func_type *type, ext_fn *fn, uint32_t b, uint32_t k,
                      uint64_t wide)
{
    const uint32_t at = args_home(w, type->param_count);
    emit_ext(w, fn, at, b, k, wide);
    map_here(w, (uint32_t)w->n, false);
    // A host function has returned to here.
    emit_ext(w, op_return_results, w->out_base, 0, w->type->result_slots, 0);
    die(w);
}

bool rewrite_call(struct rewriter *w, const struct instr *ins)
{
    struct ent e;
    const struct hf_module *m = w->module;
    switch (ins->op) {
    case OP_CALL: call(w, ins->index); return true;
    case OP_CALL_INDIRECT: call_indirect(w, ins); return true;
    case OP_CALL_REF: {
        const struct func_type *type = &module_type(m, ins->index)->func;
        const uint32_t slot = callee_slot(w, &e, false);
        place_args(w, type);
        call_ins(w, R_CALL_REF, slot, 0, 0, type);
        return true;
    }
    case OP_RETURN_CALL:
        tail_call(w, module_func_type(m, ins->index), op_return_call, 0, ins->index, w->out_base);
        return true;
    case OP_RETURN_CALL_INDIRECT: {
        const uint32_t type_id = m->type_ids[ins->indirect.type];
        const bool is64 = m->tables[ins->indirect.table].type.limits.is64;
        const uint32_t slot = callee_slot(w, &e, is64);
        tail_call(w, &types_get(m->types, type_id)->func, op_return_call_indirect, slot, ins->indirect.table,
                  type_id | (uint64_t)w->out_base << 32);
        return true;
    }
    case OP_RETURN_CALL_REF: {
        const struct func_type *type = &module_type(m, ins->index)->func;
        const uint32_t slot = callee_slot(w, &e, false);
        tail_call(w, type, op_return_call_ref, slot, 0, w->out_base);
        return true;
    }
    default: return false;
    }
}
