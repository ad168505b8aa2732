// Short cuts for the instructions that make up most of real code, with immediates of one or two bytes and operands that are
// exactly of the type wanted. Whatever is not ordinary, errors included, is left to the long way (check_instr): a short cut
// that does not apply changes nothing.
#ifndef VALIDATE_QUICK_H
#define VALIDATE_QUICK_H

#include "validate/state.h"

_Static_assert(OP_I64_STORE32 - OP_I32_LOAD == 0x3e - 0x28, "loads and stores are in the order of their codes");
_Static_assert(OP_I64_EXTEND32_S - OP_I32_EQZ == 0xc4 - 0x45, "so are numeric instructions");

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

static inline const uint8_t *quick_memory(const struct validator *v, const uint8_t *at, const uint8_t *end,
                                          valtype **top)
{
    const enum opcode op = (enum opcode)(OP_I32_LOAD + (*at - 0x28));
    if (at[1] > op_infos[op].width) return NULL;
    const uint8_t *next = LIKELY(at[2] < 0x80) ? at + 3 : at[3] < 0x80 ? at + 4 : skip_leb(at + 2, end, 5);
    if (UNLIKELY(!next)) return NULL;
    const struct fixed_sig *sig = &v->s->sigs[op];
    if (UNLIKELY(*top - v->base < sig->operand_count)) return NULL;
    valtype *operands = *top - sig->operand_count;
    if (UNLIKELY(operands[0] != VAL_I32)) return NULL;
    if (sig->result_count) {
        operands[0] = sig->results[0];
        *top = operands + 1;
        return next;
    }
    if (operands[1] != sig->operands[1]) return NULL;
    *top = operands;
    return next;
}

static inline bool quick_number(const struct validator *v, uint8_t byte, valtype **top)
{
    const struct fixed_sig *sig = &v->s->sigs[OP_I32_EQZ + (byte - 0x45)];
    if (UNLIKELY(*top - v->base < sig->operand_count)) return false;
    valtype *operands = *top - sig->operand_count;
    if (UNLIKELY(operands[0] != sig->operands[0])) return false;
    if (sig->operand_count == 2 && operands[1] != sig->operands[1]) return false;
    operands[0] = sig->results[0];
    *top = operands + 1;
    return true;
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
    *frame = (struct frame){ .op = op, .height = (uint32_t)(top - v->stack), .undo = v->undo_count };
    v->base = top;
    v->unreachable = false;
    if (v->depth > v->max_control) v->max_control = v->depth;
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
    const valtype *flat = v->s->flat;
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
        const uint8_t byte = *at;
        switch (byte) {
        case 0x02: // block
        case 0x03: // loop
            if (at[1] == 0x40 && quick_block(v, byte == 0x02 ? OP_BLOCK : OP_LOOP, top)) next = at + 2;
            break;
        case 0x04: // if
            if (at[1] == 0x40 && top > v->base && top[-1] == VAL_I32 && quick_block(v, OP_IF, top - 1)) {
                top--;
                next = at + 2;
            }
            break;
        case 0x0b: // end
            if (quick_end(v, top)) next = at + 1;
            break;
        case 0x0d: // br_if
            if (quick_br_if(v, at[1], top)) {
                top--;
                next = at + 2;
            }
            break;
        case 0x10: // call
            next = quick_call(v, at, &top);
            if (top > peak) peak = top;
            break;
        case 0x1a: // drop
            if (top > v->base && is_number(top[-1])) {
                top--;
                next = at + 1;
            }
            break;
        case 0x1b: // select
            if (top - v->base >= 3 && top[-1] == VAL_I32 && top[-2] == top[-3] && is_number(top[-2])) {
                top -= 2;
                next = at + 1;
            }
            break;
        case 0x20: // local.get
            next = quick_index(at, &index);
            if (!next || index >= q->flat_count || !is_number(flat[index]))
                next = NULL;
            else
                *top++ = flat[index];
            break;
        case 0x21: // local.set
        case 0x22: // local.tee
            next = quick_index(at, &index);
            if (!next || index >= q->flat_count || !is_number(flat[index]) || top == v->base ||
                top[-1] != flat[index]) {
                next = NULL;
            } else {
                top -= byte == 0x21;
            }
            break;
        case 0x23: // global.get
            next = quick_index(at, &index);
            if (!next || index >= v->visible_globals || !is_number(globals[index].type.type))
                next = NULL;
            else
                *top++ = globals[index].type.type;
            break;
        case 0x24: // global.set
            next = quick_index(at, &index);
            if (!next || index >= v->visible_globals || !is_number(globals[index].type.type) ||
                !globals[index].type.mutable || top == v->base || top[-1] != globals[index].type.type) {
                next = NULL;
            } else {
                top--;
            }
            break;
        case 0x41: // i32.const
            if ((next = skip_leb(at + 1, end, 5))) peak = quick_push(&top, peak, VAL_I32);
            break;
        case 0x42: // i64.const
            if ((next = skip_leb(at + 1, end, 10))) peak = quick_push(&top, peak, VAL_I64);
            break;
        default:
            if (byte >= 0x45 && byte <= 0xc4) {
                if (quick_number(v, byte, &top)) next = at + 1;
            } else if (byte >= 0x28 && byte <= 0x3e && q->plain_memory) {
                next = quick_memory(v, at, end, &top);
            }
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
