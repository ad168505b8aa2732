// Operands and frames (state.h).
#include "validate/state.h"

#include <stdio.h>
#include <string.h>

// ---- failing ----

hf_code invalid(struct validator *v, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const hf_code code = fail_v(v->status, HF_INVALID, v->ins.offset, fmt, args);
    va_end(args);
    return code;
}

enum { SHOWN = 8, LIST_SIZE = 96 };

// "i32 (ref null 3)": at most SHOWN types, of more the last ones.
static void list_names(const struct hf_module *m, const valtype *types, size_t count, char *out)
{
    size_t at = 0;
    out[0] = 0;
    if (count > SHOWN) {
        at += (size_t)snprintf(out, LIST_SIZE, "... ");
        types += count - SHOWN;
        count = SHOWN;
    }
    for (size_t i = 0; i < count && at < LIST_SIZE; i++) {
        char name[32];
        at += (size_t)snprintf(out + at, LIST_SIZE - at, "%s%s", i ? " " : "",
                               module_val_name(m, types[i], name, sizeof name));
    }
}

static hf_code mismatch_of(struct validator *v, const char *who, const valtype *want, uint32_t count, size_t have)
{
    if (v->status == NULL) return HF_INVALID;
    char wanted[LIST_SIZE], found[LIST_SIZE];
    list_names(v->m, want, count, wanted);
    list_names(v->m, v->top - have, have, found);
    return invalid(v, "type mismatch: %s requires [%s] but stack has [%s]", who, wanted, found);
}

hf_code mismatch(struct validator *v, const valtype *want, uint32_t count)
{
    const size_t have = (size_t)(v->top - v->base);
    return mismatch_of(v, "instruction", want, count, have < count ? have : count);
}

// ---- operands ----

// The limit on operands is the same whatever room there happens to be.
void set_limit(struct validator *v)
{
    const size_t most = OPERANDS_MAX + STACK_MARGIN;
    v->limit = v->stack + (v->s->stack_cap < most ? v->s->stack_cap : most);
}

hf_code need_room(struct validator *v, size_t count)
{
    if ((size_t)(v->limit - v->top) >= count + STACK_MARGIN) return HF_OK;
    struct validate_scratch *s = v->s;
    const size_t used = (size_t)(v->top - v->stack), base = (size_t)(v->base - v->stack);
    if (used + count > OPERANDS_MAX) {
        return fail_at(v->status, HF_LIMIT, v->ins.offset, "more than %d operands", OPERANDS_MAX);
    }
    valtype *stack = mem_grow(s->heap, s->stack, &s->stack_cap, used + count + STACK_MARGIN, sizeof *stack);
    if (!stack) return fail_oom(v->status);
    v->stack = s->stack = stack;
    v->top = stack + used;
    v->base = stack + base;
    set_limit(v);
    return HF_OK;
}

hf_code pop_slow(struct validator *v, valtype want)
{
    if (v->top == v->base) return v->unreachable ? HF_OK : mismatch(v, &want, 1);
    const valtype got = v->top[-1];
    if (!val_matches(v->m->types, got, want)) return mismatch(v, &want, 1);
    v->top--;
    return HF_OK; // a v128 matches nothing but itself, so `wide` stays
}

hf_code pop_any(struct validator *v, valtype *out)
{
    if (v->top == v->base) {
        if (!v->unreachable) return invalid(v, "type mismatch: instruction requires an operand but stack has []");
        *out = VAL_BOT;
        return HF_OK;
    }
    *out = *--v->top;
    v->wide -= *out == VAL_V128;
    return HF_OK;
}

hf_code pop_ref(struct validator *v, valtype *out)
{
    valtype type = VAL_BOT;
    const hf_code code = pop_any(v, &type);
    if (code) return code;
    if (!val_is_ref(type) && type != VAL_BOT) {
        char name[32];
        return invalid(v, "type mismatch: instruction requires a reference but stack has [%s]",
                       module_val_name(v->m, type, name, sizeof name));
    }
    *out = type;
    return HF_OK;
}

hf_code peek_list(struct validator *v, const valtype *types, uint32_t count)
{
    const size_t have = (size_t)(v->top - v->base);
    if (have < count && !v->unreachable) return mismatch(v, types, count);
    const size_t n = have < count ? have : count;
    for (size_t i = 1; i <= n; i++) {
        const valtype got = *(v->top - i), want = types[count - i];
        if (got != want && !val_matches(v->m->types, got, want)) return mismatch(v, types, count);
    }
    return HF_OK;
}

hf_code pop_list(struct validator *v, const valtype *types, uint32_t count)
{
    const hf_code code = peek_list(v, types, count);
    if (code) return code;
    const size_t have = (size_t)(v->top - v->base);
    const size_t n = have < count ? have : count;
    if (v->wide) {
        for (size_t i = 1; i <= n; i++) v->wide -= *(v->top - i) == VAL_V128;
    }
    v->top -= n;
    return HF_OK;
}

hf_code push_list(struct validator *v, const valtype *types, uint32_t count)
{
    if (UNLIKELY((size_t)(v->limit - v->top) < (size_t)count + STACK_MARGIN)) {
        const hf_code code = need_room(v, count);
        if (code) return code;
    }
    for (uint32_t i = 0; i < count; i++) push(v, types[i]);
    return HF_OK;
}

static void drop_to_base(struct validator *v)
{
    while (v->wide && v->top > v->base) v->wide -= *--v->top == VAL_V128;
    v->top = v->base;
}

void set_unreachable(struct validator *v)
{
    drop_to_base(v);
    v->unreachable = true;
    v->s->frames[v->depth - 1].unreachable = true;
}

// ---- frames ----

hf_code push_frame(struct validator *v, enum opcode op, const struct block_sig *sig)
{
    struct validate_scratch *s = v->s;
    if (UNLIKELY(v->depth == s->frame_cap)) {
        struct frame *frames = mem_grow(s->heap, s->frames, &s->frame_cap, (size_t)v->depth + 1, sizeof *frames);
        if (!frames) return fail_oom(v->status);
        s->frames = frames;
    }
    struct frame *frame = &s->frames[v->depth++];
    frame->op = op;
    frame->unreachable = false;
    frame->height = (uint32_t)(v->top - v->stack);
    frame->undo = v->undo_count;
    frame->mark = 0;
    frame->param_count = sig->param_count;
    frame->result_count = sig->result_count;
    frame->params = sig->params;
    frame->results = sig->result_count == 1 ? NULL : sig->results;
    frame->one = sig->result_count == 1 ? sig->results[0] : VAL_BOT;
    v->base = v->top;
    v->unreachable = false;
    const bool is_try = op == OP_TRY || op == OP_CATCH || op == OP_CATCH_ALL;
    frame->tries = (v->depth > 1 ? frame[-1].tries : 0) + is_try;
    if (frame->tries > v->max_tries) v->max_tries = frame->tries;
    return HF_OK;
}

hf_code close_frame(struct validator *v, struct frame *out)
{
    const struct frame *frame = &v->s->frames[v->depth - 1];
    const valtype *results = frame_results(frame);
    const size_t have = (size_t)(v->top - v->base);
    if (have > frame->result_count) return mismatch_of(v, "block", results, frame->result_count, have);
    const hf_code code = pop_list(v, results, frame->result_count);
    if (code) return code;
    *out = *frame;
    undo_inits(v, frame->undo);
    v->depth--;
    if (v->depth) {
        v->base = v->stack + frame[-1].height;
        v->unreachable = frame[-1].unreachable;
    }
    return HF_OK;
}

hf_code find_label(struct validator *v, uint32_t label, struct frame **out)
{
    if (label >= v->depth) return invalid(v, "unknown label %u", label);
    *out = &v->s->frames[v->depth - 1 - label];
    return HF_OK;
}

// ---- index spaces ----

hf_code need_index(struct validator *v, uint32_t index, uint32_t count, const char *what)
{
    return LIKELY(index < count) ? HF_OK : invalid(v, "unknown %s %u", what, index);
}

hf_code need_type(struct validator *v, uint32_t index, enum comp_kind kind, const struct def_type **out)
{
    static const char *const names[] = { "function", "structure", "array" };
    if (index >= v->m->type_count) return invalid(v, "unknown type %u", index);
    const struct def_type *type = module_type(v->m, index);
    if (type->kind != kind) return invalid(v, "type mismatch: type %u is no %s type", index, names[kind]);
    *out = type;
    return HF_OK;
}
