// Locals: their types by runs, so that many locals declared in few bytes cost little; and which of those without a default
// were set, with a log of what to forget at the end of a block.
#include <string.h>

#include "validate/state.h"

static hf_code too_many(struct validator *v, uint64_t at)
{
    return fail_at(v->status, HF_LIMIT, at, "too many locals: more than %u", decode_limits_default.locals);
}

static hf_code add_run(struct validator *v, uint32_t count, valtype type)
{
    struct validate_scratch *s = v->s;
    if (count == 0) return HF_OK;
    for (uint32_t i = v->local_count; i < LOCALS_FLAT && i - v->local_count < count; i++) s->flat[i] = type;
    v->local_count += count;
    if (v->local_count <= LOCALS_FLAT) return HF_OK;
    struct local_run *runs = mem_grow(s->heap, s->runs, &s->run_cap, (size_t)v->run_count + 1, sizeof *runs);
    if (!runs) return fail_oom(v->status);
    s->runs = runs;
    runs[v->run_count++] = (struct local_run){ v->local_count, type };
    return HF_OK;
}

// Room to note initialisations of every local.
static hf_code need_inits(struct validator *v)
{
    struct validate_scratch *s = v->s;
    const size_t before = s->init_cap;
    uint32_t *inits = mem_grow(s->heap, s->inits, &s->init_cap, v->local_count, sizeof *inits);
    if (!inits) return fail_oom(v->status);
    s->inits = inits;
    memset(inits + before, 0, (s->init_cap - before) * sizeof *inits);
    if (++s->epoch == 0) { // wrapped: old marks would look new
        memset(inits, 0, s->init_cap * sizeof *inits);
        s->epoch = 1;
    }
    return HF_OK;
}

// vec(locals), locals ::= count:u32 valtype
hf_code read_locals(struct validator *v, const struct func *func)
{
    const struct func_type *type = &types_get(v->m->types, func->type_id)->func;
    struct reader *in = &v->r.in;
    v->local_count = v->run_count = v->undo_count = 0;
    for (uint32_t i = 0; i < type->param_count; i++) {
        const hf_code code = add_run(v, 1, type->params[i]);
        if (code) return code;
        if (val_is_ref(type->params[i])) v->flags |= FUNC_HAS_REFS;
        if (type->params[i] == VAL_V128) v->flags |= FUNC_HAS_SIMD;
    }
    v->param_count = type->param_count;

    const struct type_scope scope = { v->m->type_ids, v->m->type_count, 0 };
    bool all_default = true;
    uint64_t total = 0, slots = 0, at = 0;
    uint32_t left = reader_leb_u32(in);
    if (reader_failed(in)) return fail_reader(in, v->status);
    for (; left > 0; left--) {
        at = reader_offset(in);
        const uint32_t count = reader_leb_u32(in);
        valtype local;
        if (reader_failed(in)) return fail_reader(in, v->status);
        hf_code code = read_val_type(in, &scope, v->status, &local);
        if (code) return code;
        total += count;
        if (total > UINT32_MAX) return fail_at(v->status, HF_MALFORMED, at, "too many locals");
        slots += (uint64_t)count * val_slots(local);
        if (!val_defaultable(local)) all_default = false;
        if (val_is_ref(local)) v->flags |= FUNC_HAS_REFS;
        if (local == VAL_V128) v->flags |= FUNC_HAS_SIMD;
        // Beyond the limit only the sum matters, which may be malformed yet.
        if (total <= decode_limits_default.locals && (code = add_run(v, count, local))) return code;
    }
    if (total > decode_limits_default.locals) return too_many(v, at);
    struct func *out = &v->m->funcs[func - v->m->funcs];
    out->local_slots = (uint32_t)slots;
    return all_default ? HF_OK : need_inits(v);
}

static valtype run_type(const struct validator *v, uint32_t index)
{
    const struct local_run *runs = v->s->runs;
    uint32_t low = 0, high = v->run_count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (index < runs[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return runs[low].type;
}

hf_code local_type(struct validator *v, uint32_t index, valtype *out)
{
    if (index >= v->local_count) return invalid(v, "unknown local %u", index);
    *out = index < LOCALS_FLAT ? v->s->flat[index] : run_type(v, index);
    return HF_OK;
}

// A local whose value is read.
hf_code use_local(struct validator *v, uint32_t index, valtype *out)
{
    const hf_code code = local_type(v, index, out);
    if (code) return code;
    if (val_defaultable(*out) || index < v->param_count || v->s->inits[index] == v->s->epoch) return HF_OK;
    return invalid(v, "uninitialized local %u", index);
}

// A local that is set.
hf_code init_local(struct validator *v, uint32_t index, valtype type)
{
    struct validate_scratch *s = v->s;
    if (val_defaultable(type) || index < v->param_count || s->inits[index] == s->epoch) return HF_OK;
    uint32_t *undo = mem_grow(s->heap, s->undo, &s->undo_cap, (size_t)v->undo_count + 1, sizeof *undo);
    if (!undo) return fail_oom(v->status);
    s->undo = undo;
    undo[v->undo_count++] = index;
    s->inits[index] = s->epoch;
    return HF_OK;
}

void undo_inits(struct validator *v, uint32_t to)
{
    while (v->undo_count > to) v->s->inits[v->s->undo[--v->undo_count]] = 0;
}
