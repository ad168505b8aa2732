// Short cuts for the instructions that make up most of real code, with immediates of one or two bytes and operands that are
// exactly of the type wanted. Whatever is not ordinary, errors included, is left to the long way (check_instr): a short cut
// that does not apply changes nothing.
#ifndef VALIDATE_QUICK_H
#define VALIDATE_QUICK_H

#include "validate/state.h"

struct quick {
    size_t greatest;   // height of operands seen, in slots
    bool plain_memory; // memory 0 is there and has 32-bit addresses
    uint32_t flat_count;
};

static inline struct quick quick_begin(const struct validator *v)
{
    return (struct quick){
        .plain_memory = v->m->memory_count > 0 && !v->m->memories[0].limits.is64,
        .flat_count = v->local_count < LOCALS_FLAT ? v->local_count : LOCALS_FLAT,
    };
}

static inline bool is_number(valtype type)
{
    return type < VAL_V128;
}

// An index of one or two bytes behind the opcode at `at`: where it ends, or NULL. Three bytes are there to be read.
static inline const uint8_t *quick_index(const uint8_t *at, uint32_t *out)
{
    if (LIKELY(at[1] < 0x80)) {
        *out = at[1];
        return at + 2;
    }
    if (at[2] < 0x80) {
        *out = (at[1] & 0x7fu) | (uint32_t)at[2] << 7;
        return at + 3;
    }
    return NULL;
}

// Behind an integer of at most `most` bytes, or NULL: the last possible byte has unused bits, which are not looked at here.
static inline const uint8_t *skip_leb(const uint8_t *at, const uint8_t *end, unsigned most)
{
    for (unsigned i = 1; i < most && at != end; i++) {
        if (*at++ < 0x80) return at;
    }
    return NULL;
}

// Behind the immediates of a load or store of memory 0, or NULL. Four bytes are there to be read.
static inline const uint8_t *quick_memarg(const struct quick_op *op, const uint8_t *at, const uint8_t *end)
{
    if (UNLIKELY(at[1] > op->width)) return NULL;
    if (LIKELY(at[2] < 0x80)) return at + 3;
    return at[3] < 0x80 ? at + 4 : skip_leb(at + 2, end, 5);
}

static inline const uint8_t *quick_call(struct validator *v, const uint8_t *at, valtype **top)
{
    uint32_t index;
    const uint8_t *next = quick_index(at, &index);
    if (!next || index >= v->m->func_count) return NULL;
    const struct func_type *type = module_func_type(v->m, index);
    if ((size_t)(*top - v->base) < type->param_count || type->result_count > 1) return NULL;
    valtype *operands = *top - type->param_count;
    for (uint32_t i = 0; i < type->param_count; i++) {
        if (operands[i] != type->params[i] || !is_number(operands[i])) return NULL;
    }
    if (type->result_count) {
        if (!is_number(type->results[0])) return NULL;
        *operands++ = type->results[0];
    }
    *top = operands;
    return next;
}

// A block without parameters and results.
static inline bool quick_block(struct validator *v, enum opcode op, valtype *top)
{
    if (v->depth == v->s->frame_cap) return false;
    struct frame *frame = &v->s->frames[v->depth++];
    *frame = (struct frame){
        .op = op, .height = (uint32_t)(top - v->stack), .undo = v->undo_count, .tries = frame[-1].tries
    };
    v->base = top;
    v->unreachable = false;
    if (op == OP_LOOP) v->flags |= FUNC_HAS_LOOP;
    return true;
}

// The end of a block, not of the function, that leaves nothing and has initialised nothing.
static inline bool quick_end(struct validator *v, const valtype *top)
{
    const struct frame *frame = &v->s->frames[v->depth - 1];
    if (v->depth < 2 || frame->result_count || frame->param_count || top != v->base || frame->undo != v->undo_count) {
        return false;
    }
    v->depth--;
    v->base = v->stack + frame[-1].height;
    v->unreachable = frame[-1].unreachable;
    return true;
}

// A branch to a label that takes nothing: leaves the rest of its block unreachable.
static inline bool quick_br(struct validator *v, uint8_t label)
{
    if (label >= 0x80 || label >= v->depth || v->wide) return false;
    if (label_count(&v->s->frames[v->depth - 1 - label]) != 0) return false;
    v->s->frames[v->depth - 1].unreachable = v->unreachable = true;
    return true;
}

static inline bool quick_br_if(const struct validator *v, uint8_t label, const valtype *top)
{
    if (label >= 0x80 || label >= v->depth || top == v->base || top[-1] != VAL_I32) return false;
    return label_count(&v->s->frames[v->depth - 1 - label]) == 0;
}

// Returns the new peak.
static inline const valtype *quick_push(valtype **top, const valtype *peak, valtype type)
{
    *(*top)++ = type;
    return *top > peak ? *top : peak;
}

// As many instructions as have a short cut; v->r.in stands at the next one.
static inline void quick_run(struct validator *v, struct quick *q)
{
    enum { LONGEST = 4 }; // bytes that are read without asking for the end each time
    const struct quick_op *const ops = v->s->quick;
    const valtype *const flat = v->s->flat;
    const uint32_t flat_count = q->flat_count;
    const struct global *globals = v->m->globals;
    const uint8_t *at = v->r.in.at;
    const uint8_t *const end = v->r.in.end;
    valtype *top = v->top;
    const valtype *const limit = v->limit - STACK_MARGIN;
    const valtype *peak = top; // only what pushes more than it pops can raise it
    for (;;) {
        if (UNLIKELY(end - at < LONGEST || top > limit)) break;
        const uint8_t *next = NULL;
        uint32_t index;
        const struct quick_op *op = &ops[*at];
        switch ((enum quick_class)op->kind) {
        case QUICK_NONE: break;
        case QUICK_UNARY:
            if (top == v->base || top[-1] != op->first) break;
            top[-1] = op->result;
            next = at + 1;
            break;
        case QUICK_BINARY:
            if (top - v->base < 2 || top[-2] != op->first || top[-1] != op->second) break;
            top--;
            top[-1] = op->result;
            next = at + 1;
            break;
        case QUICK_LOAD:
            if (top == v->base || top[-1] != VAL_I32 || !q->plain_memory) break;
            if (!(next = quick_memarg(op, at, end))) break;
            top[-1] = op->result;
            break;
        case QUICK_STORE:
            if (top - v->base < 2 || top[-2] != VAL_I32 || top[-1] != op->second || !q->plain_memory) break;
            if (!(next = quick_memarg(op, at, end))) break;
            top -= 2;
            break;
        case QUICK_BLOCK:
            if (at[1] == 0x40 && quick_block(v, OP_BLOCK, top)) next = at + 2;
            break;
        case QUICK_LOOP:
            if (at[1] == 0x40 && quick_block(v, OP_LOOP, top)) next = at + 2;
            break;
        case QUICK_IF:
            if (at[1] != 0x40 || top == v->base || top[-1] != VAL_I32 || !quick_block(v, OP_IF, top - 1)) break;
            top--;
            next = at + 2;
            break;
        case QUICK_END:
            if (quick_end(v, top)) next = at + 1;
            break;
        case QUICK_BR:
            if (!quick_br(v, at[1])) break;
            top = v->base;
            next = at + 2;
            break;
        case QUICK_BR_IF:
            if (!quick_br_if(v, at[1], top)) break;
            top--;
            next = at + 2;
            break;
        case QUICK_CALL:
            next = quick_call(v, at, &top);
            if (top > peak) peak = top;
            break;
        case QUICK_DROP:
            if (top == v->base || !is_number(top[-1])) break;
            top--;
            next = at + 1;
            break;
        case QUICK_SELECT:
            if (top - v->base < 3 || top[-1] != VAL_I32 || top[-2] != top[-3] || !is_number(top[-2])) break;
            top -= 2;
            next = at + 1;
            break;
        case QUICK_LOCAL_GET:
            next = quick_index(at, &index);
            if (!next || index >= flat_count || !is_number(flat[index]))
                next = NULL;
            else
                peak = quick_push(&top, peak, flat[index]);
            break;
        case QUICK_LOCAL_SET:
        case QUICK_LOCAL_TEE:
            next = quick_index(at, &index);
            if (!next || index >= flat_count || top == v->base || top[-1] != flat[index] || !is_number(flat[index])) {
                next = NULL;
            } else {
                top -= op->kind == QUICK_LOCAL_SET;
            }
            break;
        case QUICK_GLOBAL_GET:
            next = quick_index(at, &index);
            if (!next || index >= v->visible_globals || !is_number(globals[index].type.type))
                next = NULL;
            else
                peak = quick_push(&top, peak, globals[index].type.type);
            break;
        case QUICK_GLOBAL_SET:
            next = quick_index(at, &index);
            if (!next || index >= v->visible_globals || !is_number(globals[index].type.type) ||
                !globals[index].type.mutable || top == v->base || top[-1] != globals[index].type.type) {
                next = NULL;
            } else {
                top--;
            }
            break;
        case QUICK_I32_CONST:
            next = at[1] < 0x80 ? at + 2 : skip_leb(at + 1, end, 5);
            if (next) peak = quick_push(&top, peak, VAL_I32);
            break;
        case QUICK_I64_CONST:
            next = at[1] < 0x80 ? at + 2 : skip_leb(at + 1, end, 10);
            if (next) peak = quick_push(&top, peak, VAL_I64);
            break;
        }
        if (UNLIKELY(!next)) break;
        at = next;
    }
    // No short cut takes or leaves a vector.
    const size_t greatest = (size_t)(peak - v->stack) + v->wide;
    if (greatest > q->greatest) q->greatest = greatest;
    v->top = top;
    v->r.in.at = at;
}

#endif
