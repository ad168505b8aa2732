// Rewriting a validated body to register code: the abstract stack, and the emitter.
//
// What a body pushes stays on an abstract stack until something consumes it: constants and locals cost nothing. Each
// entry has a home, the operand slot that the specification's stack would give it. Where control flow meets, entries are
// at home.
#ifndef INTERP_REWRITE_H
#define INTERP_REWRITE_H

#include "decode/decode.h"
#include "interp/code.h"

enum vt { T_I32, T_I64, T_F32, T_F64, T_V128, T_REF, T_FUNC };

// ENT_SUM: an i32 local and the constant k, not added yet.
enum ent_kind { ENT_CONST, ENT_LOCAL, ENT_SUM, ENT_TEMP };

enum { NONE = UINT32_MAX };

struct ent {
    uint8_t kind;
    uint8_t type;  // enum vt
    bool out;      // a call's result that still lies behind the frame
    uint32_t slot; // of a local or temporary
    uint32_t home;
    uint32_t local;
    uint32_t prev;  // the entry below that stands for the same local, plus 1
    uint32_t def;   // the instruction that wrote the slot, as long as nobody else has read it; or NONE
    uint32_t calls; // made before def
    uint32_t node;  // references at or below this entry (only below `clean`)
    uint64_t k;     // of a constant or sum
};

struct local {
    uint32_t slot;
    uint8_t type;
    uint32_t pending; // the topmost entry that stands for it, plus 1
};

// A branch that waits for its target: the distance is written at 32-bit word `half`.
struct fixup {
    uint32_t ins, half, next;
};

enum ctl_kind { CTL_FUNC, CTL_BLOCK, CTL_LOOP, CTL_IF, CTL_ELSE, CTL_TRY_TABLE, CTL_TRY, CTL_CATCH };

struct ctl {
    enum ctl_kind kind;
    uint32_t sp, height; // of the stack below its parameters
    uint32_t param_count, result_count;
    const uint8_t *params, *results; // enum vt
    uint32_t fixups;                 // to its end
    uint32_t else_fixup;             // of `if`: the branch to `else`
    uint32_t start;                  // of a loop; of what a try protects
    uint32_t stub;                   // shared edge of the br_table numbered stub_of
    uint32_t stub_of;
    uint32_t label;                 // into rewriter.labels when a catch clause names it, or NONE
    uint32_t clauses, clause_count; // try_table: into rewriter.clauses
    uint32_t end;                   // legacy try: where its body ended
    uint32_t catch_slot;            // legacy try: where the exception that was caught is kept
};

// A catch clause of a try_table: its landing is emitted behind the function's code.
struct clause {
    enum catch_kind kind;
    uint32_t tag;
    uint32_t label; // into rewriter.labels, or NONE: the function's end
    uint32_t slot;  // where the values go
    uint32_t start, end;
    uint32_t depth;
    uint32_t handler; // in rewriter.handlers
    uint32_t offset;  // of the try_table in the module
};

// The register code from byte `start` on comes from the instruction at `offset`.
struct offset_entry {
    uint32_t start, offset;
};

enum acc { ACC_INT, ACC_F32, ACC_F64, ACC_COUNT };

struct rewriter {
    const struct code_object *object;
    const struct hf_module *module;
    const struct func *func;
    uint32_t func_index;
    const struct func_type *type;
    const uint64_t *words; // word 0 by enum rop
    hf_status *status;
    hf_code failed;
    struct arena arena; // of this rewriting
    bool fused, native, metered, interruptible, deterministic;
    bool has_refs;

    uint64_t *code;
    size_t n, cap;
    uint32_t last; // index of the last instruction, or NONE behind a label
    enum rop last_rop;
    uint32_t prev; // the one before it, with nothing between that may be jumped to
    enum rop prev_rop;
    uint32_t acc[ACC_COUNT];     // the slot whose value each accumulator holds, or NONE
    uint32_t acc_old[ACC_COUNT]; // before the last instruction
    uint32_t calls;
    uint32_t segment; // the FUEL instruction of the current segment, or NONE
    uint32_t segment_cost;
    bool segment_open; // the next instruction begins a segment

    struct ent *st;
    size_t sp, st_cap;
    size_t clean; // entries below are at home
    uint32_t height;
    size_t out_at, out_end; // entries that may be `out`
    struct local *locals;
    size_t local_cap;
    uint32_t local_count;
    uint32_t operands;    // first operand slot
    uint32_t frame_slots; // without the header
    uint32_t out_base;    // the callee's fp

    struct ctl *ctls;
    size_t ctl_count, ctl_cap;
    bool dead;
    uint32_t dead_depth;
    struct fixup *fixups;
    size_t fixup_count, fixup_cap;
    struct clause *clauses;
    size_t clause_count, clause_cap;
    uint32_t *labels; // where they were bound
    size_t label_count, label_cap;
    uint32_t table_serial;
    uint32_t catch_slots; // first of the func->max_tries slots for exceptions that legacy catches hold
    uint32_t catch_depth;

    struct ref_node *nodes;
    size_t node_count, node_cap;
    struct ref_map *maps;
    size_t map_count, map_cap;
    struct offset_entry *offsets;
    size_t offset_count, offset_cap;
    struct handler *handlers;
    size_t handler_count, handler_cap;
    uint32_t offset; // of the current instruction in the module
};

#define GROW(w, array, cap, need) \
    ((need) <= (cap) || rewrite_grow((w), (void **)&(array), &(cap), (need), sizeof *(array)))
bool rewrite_grow(struct rewriter *w, void **array, size_t *cap, size_t need, size_t size);
hf_code rewrite_fail(struct rewriter *w, hf_code code, const char *what);

static inline enum vt vt_of(const struct hf_module *m, valtype t)
{
    switch (val_kind(t)) {
    case VAL_I64: return T_I64;
    case VAL_F32: return T_F32;
    case VAL_F64: return T_F64;
    case VAL_V128: return T_V128;
    case VAL_REF: return heap_top(m->types, val_heap(t)) == HEAP_FUNC ? T_FUNC : T_REF;
    default: return T_I32;
    }
}
static inline uint32_t vt_slots(enum vt t)
{
    return t == T_V128 ? 2 : 1;
}
static inline bool vt_ref(enum vt t)
{
    return t >= T_REF;
}
static inline bool vt_float(enum vt t)
{
    return t == T_F32 || t == T_F64;
}
static inline enum acc vt_acc(enum vt t)
{
    return t == T_F32 ? ACC_F32 : t == T_F64 ? ACC_F64 : ACC_INT;
}

// ---- emitting (emit.c) ----

// An instruction of words 0 and 1; the index of word 0.
uint32_t emit(struct rewriter *w, enum rop op, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
uint32_t emit_k(struct rewriter *w, enum rop op, uint32_t a, uint32_t b, uint32_t k);
void emit_word(struct rewriter *w, uint64_t word);
// The last instruction wrote `slot`, and left it in an accumulator (acc < ACC_COUNT).
void wrote(struct rewriter *w, uint32_t slot, unsigned acc);
void forget_accs(struct rewriter *w);
// Something may jump here.
void bind_here(struct rewriter *w);
// Takes the last instruction back.
void unemit(struct rewriter *w);
void emit_copy(struct rewriter *w, enum vt type, uint32_t to, uint32_t from);
void emit_const(struct rewriter *w, enum vt type, uint32_t to, uint64_t k);
// Gives the last instruction another destination.
void retarget(struct rewriter *w, uint32_t def, uint32_t from, uint32_t to);
void emit_ext(struct rewriter *w, ext_fn *fn, uint32_t a, uint32_t b, uint32_t k, uint64_t wide);
// One whose operands are the top `count` entries, at home from slot a on; its result, if any, is left at a.
enum { NO_RESULT = -1 };
void ext_op(struct rewriter *w, ext_fn *fn, uint32_t count, uint32_t b, uint32_t k, uint64_t wide, int result);
void emit_pure(struct rewriter *w, pure_fn *fn, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint64_t wide);

uint32_t fix_add(struct rewriter *w, uint32_t list, uint32_t ins, uint32_t half);
void fix_all(struct rewriter *w, uint32_t list, uint32_t target);
void fix_one(struct rewriter *w, uint32_t ins, uint32_t target);

// A place where a collection may happen, with the pc saved as exec_save does.
void map_here(struct rewriter *w, uint32_t ins, bool at);

// ---- the abstract stack (stack.c) ----

void push_const(struct rewriter *w, enum vt type, uint64_t k);
void push_local(struct rewriter *w, uint32_t local);
void push_sum(struct rewriter *w, uint32_t local, uint32_t k);
// A temporary at home; the instruction that writes it is emitted next (or was, if def is given).
uint32_t push_temp(struct rewriter *w, enum vt type, uint32_t def);
struct ent pop(struct rewriter *w);
void drop_to(struct rewriter *w, size_t sp);
// Writes what is not in a slot yet to `to`.
void emit_entry(struct rewriter *w, const struct ent *e, uint32_t to);
// Makes a popped entry one that is in a slot.
void settle(struct rewriter *w, struct ent *e);
// The slot that holds a popped or peeked entry; what is in none is written to its home.
uint32_t slot_of(struct rewriter *w, const struct ent *e);
// Is it what an accumulator holds?
bool in_acc(const struct rewriter *w, const struct ent *e);
void to_home(struct rewriter *w, size_t index);
void flush(struct rewriter *w);
// The top `count` entries to their homes; the first one's home (or the next free one).
uint32_t args_home(struct rewriter *w, uint32_t count);
void set_local(struct rewriter *w, uint32_t local, bool tee);

// ---- instructions ----

// Each says whether the instruction is its.
bool rewrite_control(struct rewriter *w, const struct instr *ins); // rewrite_control.c
bool rewrite_try(struct rewriter *w, const struct instr *ins);     // rewrite_try.c
bool rewrite_call(struct rewriter *w, const struct instr *ins);    // rewrite_call.c
bool rewrite_memory(struct rewriter *w, const struct instr *ins);  // rewrite_memory.c: memories, tables, atomics
bool rewrite_gc(struct rewriter *w, const struct instr *ins);      // rewrite_gc.c
bool rewrite_scalar(struct rewriter *w, const struct instr *ins);  // rewrite_scalar.c
bool rewrite_simd(struct rewriter *w, const struct instr *ins);    // rewrite_simd.c

// A new segment of fuel begins with the next instruction that costs any; at a check (entries, loop heads) here.
void segment_end(struct rewriter *w);
void segment_check(struct rewriter *w);

struct ctl *ctl_push(struct rewriter *w, enum ctl_kind kind, const struct block_type *type);
struct ctl *ctl_at(struct rewriter *w, uint32_t label); // label: relative, as in br
// Nothing behind an unconditional branch is reached.
void die(struct rewriter *w);
// Moves the values of a branch to where its label expects them.
void emit_moves(struct rewriter *w, const struct ctl *c);
void emit_return(struct rewriter *w);
void branch_to(struct rewriter *w, struct ctl *c);
// A conditional branch by a popped condition, to be fixed.
uint32_t emit_condition(struct rewriter *w, const struct ent *cond, bool sense);
// A branch that is taken when the instruction before (an i32 in `slot`) says so; the values on the stack go along.
void branch_if(struct rewriter *w, uint32_t label, const struct ent *cond, bool sense);
void push_types(struct rewriter *w, const uint8_t *types, uint32_t count);
uint8_t *types_copy(struct rewriter *w, const valtype *types, uint32_t count);
uint32_t types_slots(const uint8_t *types, uint32_t count);
uint32_t label_add(struct rewriter *w, uint32_t at);
void end_block(struct rewriter *w);
void end_try_table(struct rewriter *w, struct ctl *c);
// The landings of try_table, behind the function's code.
void emit_landings(struct rewriter *w);

// Scalar families: the first handler of an opcode's family, and how it may be used.
enum shape { SHAPE_NONE, SHAPE_BIN, SHAPE_CMP, SHAPE_UN, SHAPE_LOAD, SHAPE_STORE };
struct scalar {
    uint16_t rop;
    uint8_t shape;
    uint8_t from, to; // enum vt
};
void rewrite_binary(struct rewriter *w, enum opcode op);
void rewrite_unary(struct rewriter *w, enum opcode op);
extern const struct scalar scalars[OP_COUNT];
// The branch of a comparison's handler, taken when the comparison has this sense; ROP_COUNT: no comparison.
enum rop branch_of(enum rop compare, bool sense);

enum operands { SS, AS, SA, SK, AK };

// Memory 0 with 32-bit addresses, not shared: what the loop has in registers.
bool memory_direct(const struct rewriter *w, uint32_t memory);
// Emits what checks an access and sets x->ea; pops the address. `atomic`: traps unless aligned.
void emit_address(struct rewriter *w, const struct instr *ins, const struct ent *address, bool atomic);

#endif
