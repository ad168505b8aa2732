// The state of validating one body or one constant expression: the algorithm of the specification's appendix "Validation
// Algorithm". Private to the room.
//
//   stack ─► [ operands of outer blocks | base: operands of this block ... ] ◄─ top          limit
//   frames ─► function, block, loop, ...                                      one for each label
//
// When a block's end cannot be reached, popping beyond its base gives VAL_BOT, which matches everything.
#ifndef VALIDATE_STATE_H
#define VALIDATE_STATE_H

#include "base/fail.h"
#include "decode/decode.h"
#include "validate/validate.h"

enum {
    OPERANDS_MAX = 1000000,
    LOCALS_FLAT = 512, // so many first locals have their type in a plain array, the others in runs
    STACK_MARGIN = 16, // free places that every instruction finds; those that push more ask for them
    FIXED_OPERANDS = 4,
    FIXED_RESULTS = 2,
    SIG_ADDRESS = 15, // in a signature: the address type of the memory
};

// A signature of opcodes.def, read once. Operands and results are enum val_kind or SIG_ADDRESS.
struct fixed_sig {
    uint8_t operand_count, result_count;
    uint8_t operands[FIXED_OPERANDS];
    uint8_t results[FIXED_RESULTS];
};

// What has a short cut (quick.h), by its first byte.
enum quick_class {
    QUICK_NONE,
    QUICK_UNARY,
    QUICK_BINARY,
    QUICK_LOAD,
    QUICK_STORE,
    QUICK_BLOCK,
    QUICK_LOOP,
    QUICK_IF,
    QUICK_END,
    QUICK_BR,
    QUICK_BR_IF,
    QUICK_CALL,
    QUICK_DROP,
    QUICK_SELECT,
    QUICK_LOCAL_GET,
    QUICK_LOCAL_SET,
    QUICK_LOCAL_TEE,
    QUICK_GLOBAL_GET,
    QUICK_GLOBAL_SET,
    QUICK_I32_CONST,
    QUICK_I64_CONST,
};

struct quick_op {
    uint8_t kind;  // enum quick_class
    uint8_t width; // of loads and stores: log2 of the natural alignment
    valtype first, second, result;
};

struct frame {
    enum opcode op; // BLOCK LOOP IF ELSE TRY CATCH CATCH_ALL TRY_TABLE
    bool unreachable;
    uint32_t height; // of the operands below
    uint32_t undo;   // height of the log of initialised locals
    uint32_t mark;   // the last br_table that looked at this label
    uint32_t tries;  // legacy try among this and those around it, with their handlers
    uint32_t param_count, result_count;
    const valtype *params;
    const valtype *results; // NULL with one result: `one`
    valtype one;
};

// Locals of one declared group: those up to `end` that are not in a run before.
struct local_run {
    uint32_t end;
    valtype type;
};

struct validate_scratch {
    const hf_allocator *heap;
    struct fixed_sig sigs[OP_COUNT];
    struct quick_op quick[256];
    valtype *stack;
    size_t stack_cap;
    struct frame *frames;
    size_t frame_cap;
    struct local_run *runs;
    size_t run_cap;
    valtype flat[LOCALS_FLAT];
    // By local: the epoch in which it was initialised; only for those without a default.
    uint32_t *inits;
    size_t init_cap;
    uint32_t epoch; // of the body: another one forgets all initialisations at once
    uint32_t *undo; // locals that were initialised, in order
    size_t undo_cap;
};

struct validator {
    struct hf_module *m;
    struct validate_scratch *s;
    hf_status *status;
    struct instr_reader r;
    struct instr ins; // the instruction being looked at
    valtype *stack, *top, *base, *limit;
    bool unreachable; // of the innermost frame
    bool constant;    // a constant expression
    uint32_t wide;    // v128 among the operands
    uint32_t depth;   // frames
    uint32_t undo_count;
    uint32_t local_count, param_count, run_count;
    uint32_t visible_globals;
    uint32_t br_tables; // seen so far
    // What is learnt:
    uint32_t flags;
    uint32_t max_slots;
    uint32_t max_tries;
};

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// ---- failing ----

// HF_INVALID at the current instruction.
hf_code invalid(struct validator *v, const char *fmt, ...) HF_PRINTF(2, 3);
// "type mismatch: instruction requires [i32] but stack has []"
hf_code mismatch(struct validator *v, const valtype *want, uint32_t count);

// ---- operands ----

void set_limit(struct validator *v);
// Room for `count` more operands, and for those that any instruction pushes without asking.
hf_code need_room(struct validator *v, size_t count);

static inline void push(struct validator *v, valtype type)
{
    if (type >= VAL_V128) { // vectors and references; numbers and VAL_BOT are below
        v->wide += type == VAL_V128;
        v->flags |= type == VAL_V128 ? FUNC_HAS_SIMD : FUNC_HAS_REFS;
    }
    *v->top++ = type;
}

hf_code pop_slow(struct validator *v, valtype want);

// Pops an operand that matches `want`.
static inline hf_code pop(struct validator *v, valtype want)
{
    if (LIKELY(v->top > v->base && v->top[-1] == want)) {
        v->top--;
        v->wide -= want == VAL_V128;
        return HF_OK;
    }
    return pop_slow(v, want);
}

// Pops any operand; VAL_BOT where the code is unreachable.
hf_code pop_any(struct validator *v, valtype *out);
// Pops any reference; VAL_BOT where the code is unreachable.
hf_code pop_ref(struct validator *v, valtype *out);
hf_code peek_list(struct validator *v, const valtype *types, uint32_t count);
hf_code pop_list(struct validator *v, const valtype *types, uint32_t count);
hf_code push_list(struct validator *v, const valtype *types, uint32_t count);
// Control does not go on behind this instruction.
void set_unreachable(struct validator *v);

// ---- frames ----

static inline const valtype *frame_results(const struct frame *frame)
{
    return frame->results ? frame->results : &frame->one;
}

static inline uint32_t label_count(const struct frame *frame)
{
    return frame->op == OP_LOOP ? frame->param_count : frame->result_count;
}

static inline const valtype *label_types(const struct frame *frame)
{
    return frame->op == OP_LOOP ? frame->params : frame_results(frame);
}

hf_code push_frame(struct validator *v, enum opcode op, const struct block_sig *sig);
// Pops the results and closes the innermost frame; what it leaves is not pushed.
hf_code close_frame(struct validator *v, struct frame *out);
// "unknown label 3"
hf_code find_label(struct validator *v, uint32_t label, struct frame **out);

// ---- index spaces: "unknown table 3" ----

hf_code need_index(struct validator *v, uint32_t index, uint32_t count, const char *what);
hf_code need_type(struct validator *v, uint32_t index, enum comp_kind kind, const struct def_type **out);
static inline valtype address_type(const struct limits *limits)
{
    return limits->is64 ? VAL_I64 : VAL_I32;
}

// ---- locals (locals.c) ----

hf_code read_locals(struct validator *v, const struct func *func);
hf_code local_type(struct validator *v, uint32_t index, valtype *out);
hf_code use_local(struct validator *v, uint32_t index, valtype *out);
hf_code init_local(struct validator *v, uint32_t index, valtype type);
void undo_inits(struct validator *v, uint32_t to);

// ---- instructions; v->ins is read already ----

hf_code check_control(struct validator *v);  // control.c
hf_code check_legacy(struct validator *v);   // legacy.c: the old exception encoding
hf_code check_variable(struct validator *v); // variable.c: variables, tables, memories
hf_code check_memarg(struct validator *v, valtype *out_address);
hf_code check_reference(struct validator *v); // reference.c
hf_code check_aggregate(struct validator *v); // aggregate.c
hf_code check_instr(struct validator *v);     // body.c: any
hf_code check_fixed(struct validator *v, const struct fixed_sig *sig, valtype address);

// ---- parts of a module ----

// The expression of a const_expr: its type, and the globals that it may name. Notes functions that it names as declared.
hf_code validate_const_expr(struct validator *v, const struct const_expr *expr, valtype type, uint32_t visible_globals);
hf_code validate_body(struct validator *v, uint32_t func);
// `scratch` is for the calling thread's part.
hf_code validate_bodies(struct hf_module *m, const struct validate_options *options, struct validate_scratch *scratch,
                        hf_status *status);
hf_code validate_hints(struct hf_module *m, hf_status *status);
void validator_init(struct validator *v, struct hf_module *m, struct validate_scratch *scratch, hf_status *status);

#endif
