#include "interp/rewrite.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "interp/ops.h"

void segment_end(struct rewriter *w)
{
    if (w->segment != NONE && !w->failed) {
        const uint64_t operands = w->code[w->segment + 1] & UINT32_MAX;
        w->code[w->segment + 1] = operands | (uint64_t)w->segment_cost << 32;
    }
    w->segment = NONE;
    w->segment_cost = 0;
}

void segment_check(struct rewriter *w)
{
    segment_end(w);
    if (w->metered) {
        map_here(w, (uint32_t)w->n, true);
        w->segment = emit(w, R_FUEL_CHECK, 0, 0, 0, 0);
        if (w->native) map_here(w, (uint32_t)w->n, false); // native code goes on behind a check
    }
    if (w->interruptible) {
        map_here(w, (uint32_t)w->n, true);
        emit(w, R_POLL, 0, 0, 0, 0);
        if (w->native) map_here(w, (uint32_t)w->n, false);
    }
}

static void segment_charge(struct rewriter *w, uint32_t cost)
{
    if (!w->metered || !cost) return;
    if (w->segment == NONE) w->segment = emit(w, R_FUEL, 0, 0, 0, 0);
    w->segment_cost += cost;
}

static bool add_local(struct rewriter *w, valtype type, uint32_t *slot)
{
    if (!GROW(w, w->locals, w->local_cap, w->local_count + 1)) return false;
    const enum vt t = vt_of(w->module, type);
    w->locals[w->local_count++] = (struct local){ *slot, (uint8_t)t, 0 };
    *slot += vt_slots(t);
    return true;
}

// Lays the frame out.
static void layout(struct rewriter *w)
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < w->type->param_count; i++) {
        if (!add_local(w, w->type->params[i], &slot)) return;
    }
    struct locals_reader l = locals_of(w->module, w->func_index);
    uint32_t count;
    valtype type;
    while (!w->failed && locals_next(&l, &count, &type)) {
        for (uint32_t i = 0; i < count; i++) {
            if (!add_local(w, type, &slot)) return;
        }
    }
    w->has_refs = w->func->flags & FUNC_HAS_REFS;
    w->catch_slots = slot;
    if (w->func->max_tries) w->has_refs = true;
    for (uint32_t i = 0; i < w->local_count; i++) w->has_refs |= vt_ref((enum vt)w->locals[i].type);
    w->operands = slot + w->func->max_tries;
    w->height = w->operands;
    if (ckd_add(&w->frame_slots, w->operands, w->func->max_slots) || w->frame_slots > UINT16_MAX) {
        rewrite_fail(w, HF_LIMIT, "its frame has more slots than the interpreter can name"); // validation saw to it
        return;
    }
    w->out_base = w->frame_slots + HEADER_SLOTS;
}

static void one(struct rewriter *w, const struct instr *ins)
{
    if (rewrite_scalar(w, ins) || rewrite_control(w, ins) || rewrite_call(w, ins) || rewrite_memory(w, ins) ||
        rewrite_gc(w, ins) || rewrite_try(w, ins) || rewrite_simd(w, ins))
        return;
    rewrite_fail(w, HF_UNSUPPORTED, op_infos[ins->op].text);
}

// Behind an unconditional branch nothing is emitted until the block that it stands in goes on.
static bool skip_dead(struct rewriter *w, const struct instr *ins)
{
    switch (ins->op) {
    case OP_BLOCK:
    case OP_LOOP:
    case OP_IF:
    case OP_TRY:
    case OP_TRY_TABLE: w->dead_depth++; return true;
    case OP_ELSE:
    case OP_CATCH:
    case OP_CATCH_ALL: return w->dead_depth > 0;
    case OP_END:
    case OP_DELEGATE:
        if (w->dead_depth == 0) return false;
        w->dead_depth--;
        return true;
    default: return true;
    }
}

static void body(struct rewriter *w)
{
    const struct block_type none = { VAL_BOT, NO_TYPE };
    struct ctl *c = ctl_push(w, CTL_FUNC, &none);
    if (!c) return;
    c->results = types_copy(w, w->type->results, w->type->result_count);
    c->result_count = w->type->result_count;
    w->offset = w->func->code.at;
    if (w->native) emit_k(w, R_BR, 0, 0, 2 * 8); // stands for the entry, so that nothing else begins at word 0
    bind_here(w);
    segment_check(w);

    struct instr_reader r = instr_reader_of(w->module, w->func->code, w->status);
    struct instr ins;
    while (instr_more(&r) && !w->failed) {
        const hf_code code = instr_read(&r, &ins);
        if (code) {
            w->failed = code;
            return;
        }
        w->offset = ins.offset;
        if (w->dead && skip_dead(w, &ins)) continue;
        if (!w->dead) segment_charge(w, op_infos[ins.op].fuel);
        one(w, &ins);
        if (ins.op == OP_DELEGATE) end_block(w);
        if (w->ctl_count == 0) break;
    }
    segment_end(w);
    emit_landings(w);
}

// ---- the result, in one allocation ----

static void *take(uint8_t **at, const void *data, size_t bytes)
{
    void *to = *at;
    if (bytes) memcpy(to, data, bytes);
    *at += (bytes + 7) & ~(size_t)7;
    return to;
}

// Packs the offsets; how many runs there are. NULLs: only that.
static uint32_t offset_runs(const struct rewriter *w, struct offset_run *runs, struct offset_step *steps)
{
    uint32_t count = 0;
    const struct offset_entry *head = w->offsets;
    for (uint32_t i = 0; i < w->offset_count; i++) {
        const struct offset_entry *e = &w->offsets[i];
        const bool fits = e->offset >= head->offset && e->offset - head->offset <= UINT8_MAX &&
                          (e->start - head->start) / 8 <= UINT8_MAX;
        if (i == 0 || !fits) {
            head = e;
            if (runs) runs[count] = (struct offset_run){ e->start, e->offset, i };
            count++;
        }
        if (steps)
            steps[i] =
                (struct offset_step){ (uint8_t)((e->start - head->start) / 8), (uint8_t)(e->offset - head->offset) };
    }
    return count;
}

static struct icode *finish(struct rewriter *w)
{
    struct icode *code;
    const uint32_t catch_slots = w->func->max_tries;
    uint32_t ref_locals = catch_slots;
    for (uint32_t i = 0; i < w->local_count; i++) ref_locals += vt_ref((enum vt)w->locals[i].type);
    const size_t tables = ref_locals * sizeof(uint32_t) + w->map_count * sizeof *w->maps +
                          w->node_count * sizeof *w->nodes + offset_runs(w, NULL, NULL) * sizeof *code->runs +
                          w->offset_count * sizeof *code->steps + w->handler_count * sizeof *w->handlers + 64;
    const size_t bytes = sizeof(struct icode) + w->n * sizeof *w->code + tables;
    code = mem_zalloc(w->object->heap, bytes);
    if (!code) {
        rewrite_fail(w, HF_OUT_OF_MEMORY, "");
        return NULL;
    }
    uint8_t *at = (uint8_t *)(code + 1);
    code->bytes = bytes;
    code->entry = take(&at, w->code, w->n * sizeof *w->code);
    code->words = w->n;
    code->frame_bytes = (HEADER_SLOTS + w->frame_slots) * 8;
    code->zero_from = w->type->param_slots;
    code->zero_count = w->operands - w->type->param_slots;
    code->param_slots = w->type->param_slots;
    code->result_slots = w->type->result_slots;
    code->func = w->func_index;
    code->module = w->module;
    uint32_t *refs = (uint32_t *)(void *)at;
    code->ref_locals = refs;
    for (uint32_t i = 0; i < w->local_count; i++) {
        const struct local *l = &w->locals[i];
        if (vt_ref((enum vt)l->type)) refs[code->ref_local_count++] = l->slot << 1 | (l->type == T_FUNC);
    }
    for (uint32_t i = 0; i < catch_slots; i++) refs[code->ref_local_count++] = (w->catch_slots + i) << 1;
    at += (code->ref_local_count * sizeof(uint32_t) + 7) & ~(size_t)7;
    code->map_count = (uint32_t)w->map_count;
    code->maps = take(&at, w->maps, w->map_count * sizeof *w->maps);
    code->node_count = (uint32_t)w->node_count;
    code->nodes = take(&at, w->nodes, w->node_count * sizeof *w->nodes);
    code->run_count = offset_runs(w, NULL, NULL);
    code->step_count = (uint32_t)w->offset_count;
    struct offset_run *runs = (struct offset_run *)(void *)at;
    at += (code->run_count * sizeof *runs + 7) & ~(size_t)7;
    struct offset_step *steps = (struct offset_step *)(void *)at;
    at += (code->step_count * sizeof *steps + 7) & ~(size_t)7;
    offset_runs(w, runs, steps);
    code->runs = runs;
    code->steps = steps;
    code->handler_count = (uint32_t)w->handler_count;
    code->handlers = take(&at, w->handlers, w->handler_count * sizeof *w->handlers);
    return code;
}

void icode_free(const hf_allocator *heap, struct icode *code)
{
    mem_free(heap, code, code->bytes);
}

struct icode *code_rewrite(const struct code_object *object, const struct hf_module *module, uint32_t func,
                           const struct run_control *control, hf_status *status)
{
    struct rewriter w = {
        .object = object,
        .module = module,
        .func = &module->funcs[func],
        .func_index = func,
        .type = module_func_type(module, func),
        .words = object->variant->handlers(),
        .status = status,
        .fused = object->variant->fused,
        .native = object->variant->native,
        .metered = control->count_fuel,
        .interruptible = control->interruptible,
        .deterministic = control->deterministic,
        .last = NONE,
        .segment = NONE,
    };
    arena_init(&w.arena, object->heap);
    layout(&w);
    if (!w.failed) body(&w);
    struct icode *code = w.failed ? NULL : finish(&w);

    const hf_allocator *heap = object->heap;
    mem_free(heap, w.code, w.cap * sizeof *w.code);
    mem_free(heap, w.st, w.st_cap * sizeof *w.st);
    mem_free(heap, w.locals, w.local_cap * sizeof *w.locals);
    mem_free(heap, w.ctls, w.ctl_cap * sizeof *w.ctls);
    mem_free(heap, w.fixups, w.fixup_cap * sizeof *w.fixups);
    mem_free(heap, w.clauses, w.clause_cap * sizeof *w.clauses);
    mem_free(heap, w.labels, w.label_cap * sizeof *w.labels);
    mem_free(heap, w.nodes, w.node_cap * sizeof *w.nodes);
    mem_free(heap, w.maps, w.map_cap * sizeof *w.maps);
    mem_free(heap, w.offsets, w.offset_cap * sizeof *w.offsets);
    mem_free(heap, w.handlers, w.handler_cap * sizeof *w.handlers);
    arena_fini(&w.arena);
    return code;
}
