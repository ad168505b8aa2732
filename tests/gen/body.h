// One function body under generation. The stack of operand types is kept as a validator keeps it, so that values that
// lie about can be consumed by later instructions, and what an instruction still lacks is pushed for it.
#ifndef GEN_BODY_H
#define GEN_BODY_H

#include "plan.h"

enum {
    STACK_MAX = 1024,
    STACK_SOFT = 400, // from here on only what is needed to end
    FRAMES_MAX = 12,
    DEPTH_MAX = 5, // of expressions
};

struct frame {
    const valtype *label, *results; // label: what a branch to it takes
    unsigned label_count, result_count;
    unsigned base;
    bool dead;   // what follows is unreachable
    bool caught; // inside a catch of the old encoding: rethrow may name it
    bool try_new, try_old;
};

struct body {
    struct gen *g;
    struct buf *out;
    const struct type_plan *type; // of the function
    valtype locals[LOCALS_MAX + 8];
    unsigned local_count; // those that anything may use; behind them are the temporary ones
    unsigned tmp[VAL_REF];
    valtype stack[STACK_MAX];
    unsigned height;
    unsigned floor; // what lies below belongs to an expression that is being written
    struct frame frames[FRAMES_MAX + 2];
    unsigned depth; // frames; frame 0 is the function's
    int budget;
};

// body.c: emission
void write_ins(struct body *b, enum opcode op);
void write_ins_u(struct body *b, enum opcode op, uint64_t immediate);
void push_i32(struct body *b, int32_t value);
void push_i64(struct body *b, int64_t value);
void push(struct body *b, valtype t);
void drop(struct body *b, unsigned count); // of the types only
struct frame *top_frame(struct body *b);
void enter(struct body *b, const valtype *label, unsigned label_count, const valtype *results, unsigned result_count,
           unsigned params);
void leave(struct body *b); // pushes what is missing of the results, writes `end`
void end_reached(struct body *b);
void fit_results(struct body *b);
void write_block_type(struct body *b, int type, valtype result); // type -1: none or the one result (VAL_BOT: none)

// statement.c
void statements(struct body *b, unsigned depth);
void statement(struct body *b, unsigned depth);
void burn(struct body *b, int cost);
void sink(struct body *b); // the top value goes somewhere
void throw_something(struct body *b, unsigned depth);

// value.c
void push_value(struct body *b, valtype t, unsigned depth);
void push_minimal(struct body *b, valtype t);
void push_operands(struct body *b, const valtype *types, unsigned count, unsigned depth);
void push_op(struct body *b, enum opcode op, unsigned depth); // any instruction with a plain signature
void push_address(struct body *b, unsigned memory, unsigned aligned, unsigned depth);
void push_memory_op(struct body *b, enum opcode op, unsigned depth);
bool push_call(struct body *b, const valtype *first, unsigned depth); // first: a result that it has to begin with
void emit_call(struct body *b, unsigned func, unsigned how, bool tail, unsigned depth);
valtype address_type(bool is64);
// Makes the NaNs in the result of an instruction canonical, when the options ask for it.
void canonicalise_result(struct body *b, enum opcode op, valtype result);

// ref.c
void push_ref(struct body *b, valtype t, unsigned depth);
bool push_from_ref(struct body *b, valtype t, unsigned depth); // a number out of references
void ref_statement(struct body *b, unsigned depth);

#endif
