// Translating one function's register code.
//
//   analyse.c    blocks, regions (outermost loops and what lies between), which slots each region holds in registers, and
//                which of them are live where
//   translate.c  the walk over the instructions, and what joins blocks
//   x64/…        instructions
#ifndef JIT_TRANSLATE_H
#define JIT_TRANSLATE_H

#include <stddef.h>

#include "base/arena.h"
#include "jit/listing.h"
#include "jit/native.h"
#include "jit/plant.h"
#include "jit/x64/asm.h"

// Scalar families by name.
enum family {
#define BIN(n, ...) FAM_##n,
#define TBIN(n, ...) FAM_##n,
#define CMPI(n, ...) FAM_##n,
#define CMPF(n, ...) FAM_##n,
#define UN(n, ...) FAM_##n,
#define TUN(n, ...) FAM_##n,
#define LOAD(n, ...) FAM_##n,
#define STORE(n, ...) FAM_##n,
#include "interp/families.def"
    FAM_COUNT
};

enum kind { KIND_OTHER, KIND_BIN, KIND_CMP, KIND_BRANCH, KIND_UN, KIND_LOAD, KIND_STORE };
enum form { FORM_SS, FORM_AS, FORM_SA, FORM_SK, FORM_AK, FORM_STORE_EA, FORM_STORE_WS, FORM_STORE_WK };
enum load_form { LOAD_S, LOAD_A, LOAD_EA, LOAD_ADD, LOAD_ADDA, LOAD_W, LOAD_WA };
enum num { N_i32, N_i64, N_f32, N_f64 };

// A scalar handler taken apart.
struct rinfo {
    uint8_t kind, form;
    uint8_t from, to; // enum num
    uint16_t family;
    bool negated; // branches: taken when the comparison fails
};
extern const struct rinfo rinfos[ROP_COUNT];

// What is in a slot; a vector: the slot and the next one.
enum slot_class { CLASS_INT, CLASS_FLOAT, CLASS_VECTOR, CLASS_COUNT };

// What an instruction does to slots, as far as registers may hold them.
struct effects {
    uint32_t read[3];
    uint8_t read_class[3];
    unsigned reads;
    uint32_t write; // or NO_SLOT
    uint8_t write_class;
    bool reads_all;     // may read any slot, in the frame
    bool clobbers;      // calls C or guest code: no register survives
    uint32_t frame[12]; // slots that it reads in the frame
    unsigned frames;
    uint32_t results; // the first slots, read in the frame
};
enum { NO_SLOT = UINT32_MAX, NO_BLOCK = UINT32_MAX };

// An instruction, which slots it reads and writes, and what it does to the candidates of its region.
struct step {
    uint32_t at; // word
    uint32_t use, def;
    uint32_t end;     // whose value, if they had one, is no more: with def
    uint16_t slot[4]; // operands name slots by 16 bits
    uint8_t class[4];
    uint8_t reads;
    bool writes; // slot[STEP_WRITE]
    bool more;   // has effects beside these
};
enum { STEP_WRITE = 3 };
enum { STEP_LEAST = 2 }; // words of the shortest instruction

struct block {
    uint32_t start;          // word
    uint32_t step, step_end; // instructions
    uint32_t region;
    uint32_t taken, next; // blocks, or NO_BLOCK; br_table's are found in the code
    uint32_t live_in;     // of the region's candidates: bits
    uint32_t dirty_in;    // may differ from their slots
    uint32_t use, ended;  // of its instructions together: read before anything ends them; ended
    uint32_t gen, kills;  // made dirty; clean or gone, if they were dirty before
    bool ends;            // nothing follows
};

// A slot, or two, that a region holds in a register. Slots have values of different classes at different places: each is a
// candidate of its own, and what is written ends the value of all that lie over it.
struct candidate {
    uint32_t slot;
    uint8_t reg;
    uint8_t class;
    bool through; // also kept in the frame at every write: the collector finds it there
};

enum { CANDIDATES = 21 };

struct region {
    uint32_t first, last; // blocks [first, last)
    uint32_t count;
    bool vectors; // has instructions on vectors, which take xmm3 and xmm4 as scratch too
    struct candidate at[CANDIDATES];
};

// A distance at `at` to a constant of 16 bytes behind the code.
struct pool_fix {
    uint32_t at, index;
};

struct fix {
    uint32_t at;
    uint32_t block;
};

enum cold_kind { COLD_TRAP, COLD_CHECK, COLD_EDGE, COLD_CUT, COLD_FLOAT_RANGE, COLD_SATURATE, COLD_CAST };

// One distance of a jump table: from `table` to the block, or to a stub on the way there.
struct table_entry {
    uint32_t table, at, block, stub;
};

// Code out of line: reached by the distance at `from`, back at `back`.
struct cold {
    uint8_t kind;
    uint32_t from, back;
    uint32_t pc;                  // word of the instruction
    uint32_t a;                   // trap; block; family
    uint32_t loaded, dirty, live; // the state at its place
    uint32_t region;
    uint8_t reg, xmm;
};

struct tr {
    struct code_object *object;
    const struct native *native;
    const struct icode *code;
    const uint64_t *w;
    uint32_t n, slots;
    hf_status *status;
    struct listing *listing; // NULL: the code is to run
    hf_code failed;
    struct buf out;
    struct arena arena;

    uint8_t *leader;          // by word
    uint32_t *block_at;       // by word, of leaders
    uint32_t *live_at;        // by word: live behind the instruction
    uint32_t *entry;          // by word: where native code may be entered with nothing in registers, or 0
    uint8_t *is_ref;          // by slot: holds references at times
    uint8_t *classes;         // … of which classes, as bits
    int8_t *bit[CLASS_COUNT]; // by (first) slot: the current region's candidate, or −1
    uint32_t *over;           // by slot: the current region's candidates that lie over it
    struct step *steps;
    uint32_t step_count;
    struct block *blocks;
    uint32_t *block_code;     // by block: where it begins
    uint32_t *stub, *stub_of; // by block: the way there from the jump table at stub_of
    uint32_t block_count;
    struct region *regions;
    uint32_t region_count;

    struct fix *fixes;
    size_t fix_count, fix_cap;
    struct stub_reloc *relocs;
    size_t reloc_count, reloc_cap;
    struct cold *colds;
    size_t cold_count, cold_cap;
    struct table_entry *entries; // of jump tables
    size_t entry_count, entry_cap;
    struct buf pool; // constants
    struct pool_fix *pooled;
    size_t pooled_count, pooled_cap;
    uint32_t native_entry;
    bool masks;     // what is out of bounds is not reached by speculation either
    bool guarded;   // accesses to memory 0 are checked by its guard pages
    bool in_pieces; // bulk operations stop in their middle
    struct guard *guards;
    size_t guard_count, guard_cap;

    // While emitting:
    const struct region *region;
    uint32_t region_index;
    uint32_t at; // word of the instruction
    uint32_t words, last;
    uint32_t loaded; // candidates whose register holds the value
    uint32_t dirty;  // … and whose slot does not
    bool foreign_tail;
    bool catches;
};

uint32_t rop_words(const uint64_t *pc);
void rop_effects(const struct tr *t, const uint64_t *pc, struct effects *e);
bool rop_jumps(const uint64_t *pc); // a branch to ins_jump(pc, k)
bool analyse(struct tr *t);
hf_code tr_fail(struct tr *t, hf_code code, const char *what);
void region_enter(struct tr *t, uint32_t region);
uint32_t slot_mask(const struct tr *t, uint32_t slot, enum slot_class class);
// Slots that are only ever of one class, and no vector's.
bool slot_alone(const struct tr *t, uint32_t slot);
// All candidates that lie over these slots.
uint32_t over_mask(const struct tr *t, uint32_t slot, uint32_t slots);

// ---- emitting (x64/) ----

static inline struct x64_rm slot_rm(uint32_t slot)
{
    return x64_m(RBP, (int32_t)(slot * 8));
}
#define EXEC(field) x64_m(RBX, (int32_t)offsetof(struct exec, field))

static inline void ins(struct tr *t, enum x64_insn i, bool wide, unsigned reg, struct x64_rm rm)
{
    x64_emit(&t->out, i, wide, reg, rm, 0);
}
static inline void insi(struct tr *t, enum x64_insn i, bool wide, unsigned reg, struct x64_rm rm, int32_t imm)
{
    x64_emit(&t->out, i, wide, reg, rm, imm);
}
static inline void mov_rr(struct tr *t, bool wide, unsigned to, unsigned from)
{
    if (to != from || !wide) ins(t, I_MOV_RM, wide, to, x64_r(from));
}

// Slots as operands (x64/slots.c).
struct x64_rm int_rm(struct tr *t, uint32_t slot);
unsigned int_reg(struct tr *t, uint32_t slot, bool wide, unsigned scratch); // in some register
struct x64_rm float_rm(struct tr *t, uint32_t slot);
unsigned float_reg(struct tr *t, uint32_t slot, bool dbl, unsigned scratch);
void float_into(struct tr *t, unsigned xmm, uint32_t slot, bool dbl);
unsigned int_target(struct tr *t, uint32_t slot); // the register to compute into
void int_done(struct tr *t, uint32_t slot, unsigned reg);
unsigned float_target(struct tr *t, uint32_t slot);
void float_done(struct tr *t, uint32_t slot, unsigned xmm, bool dbl);
// The slots were written: what else lies over them has no value any more.
const struct candidate *candidate_of(const struct tr *t, uint32_t slot, enum slot_class class);
void slot_written(struct tr *t, const struct candidate *c);
void slot_ends(struct tr *t, uint32_t slot, uint32_t slots);
unsigned vector_reg(struct tr *t, uint32_t slot, unsigned scratch);
struct x64_rm vector_rm(struct tr *t, uint32_t slot, unsigned scratch);
unsigned vector_target(struct tr *t, uint32_t slot);
void vector_done(struct tr *t, uint32_t slot, unsigned xmm);
void vector_load(struct tr *t, unsigned xmm, struct x64_rm from);
void vector_store(struct tr *t, unsigned xmm, struct x64_rm to);
// The operand [rip + …] of the instruction that was just emitted, which has no immediate, is this constant.
void mask_at(struct tr *t, enum mask mask);
void pool_at(struct tr *t, const void *bytes);
void load_candidates(struct tr *t, const struct region *r, uint32_t mask);
void store_candidates(struct tr *t, const struct region *r, uint32_t mask);
void spill(struct tr *t, uint32_t live); // all dirty ones that are live
void need(struct tr *t, uint32_t mask);  // loads what is not
void call_stub(struct tr *t, enum stub stub);
void jump_stub(struct tr *t, enum stub stub);
void trap_if(struct tr *t, enum x64_cc cc, hf_trap trap);
struct cold *cold_add(struct tr *t, enum cold_kind kind, uint32_t from);

// Addresses in code (x64/address.c): whatever another run has elsewhere goes through one of these, so that a listing knows
// where it stands. Their code has the same length everywhere.
void pc_into(struct tr *t, unsigned reg, uint32_t word);
void helper_into(struct tr *t, unsigned reg, uintptr_t fn);
void address_into(struct tr *t, unsigned reg, enum address kind, uint32_t value, const void *address);
void type_into(struct tr *t, unsigned reg, uint32_t type_id);
void address_note(struct tr *t, size_t at, unsigned size, enum address kind, uint32_t value);

// A call of an import, behind which nothing is in registers; everything else is left to its caller.
void emit_import(struct tr *t, const uint64_t *pc);
void emit_binary(struct tr *t, const uint64_t *pc, const struct rinfo *r);
void emit_unary(struct tr *t, const uint64_t *pc, const struct rinfo *r);
void emit_load(struct tr *t, const uint64_t *pc, const struct rinfo *r);
void emit_store(struct tr *t, const uint64_t *pc, const struct rinfo *r);
void emit_vector(struct tr *t, const uint64_t *pc);
void emit_vector_access(struct tr *t, const uint64_t *pc);
void emit_copy128(struct tr *t, uint32_t to, uint32_t from);
void emit_const128(struct tr *t, uint32_t to, const uint64_t *words);
void emit_select128(struct tr *t, const uint64_t *pc);
// Where an access to memory 0 goes: the slot and `add`, wrapped to 32 bits, then the offset. Checked, but for what the
// guard pages say of the instruction that `access_follows` announces.
struct x64_rm access_to(struct tr *t, uint32_t slot, int32_t add, uint64_t offset, unsigned size);
// Compares the end of an access, in rax, with the size of memory 0.
void access_bound(struct tr *t, unsigned size);
struct x64_rm access_checked(struct tr *t); // what was checked before
void access_follows(struct tr *t, struct x64_rm rm);
// EXT and PURE that are done in place; false: its C function is called.
bool object_effects(const uint64_t *pc, struct effects *e);
void emit_object(struct tr *t, const uint64_t *pc);
void emit_cast_slow(struct tr *t, const struct cold *c);
// Compares the index in rcx with the size of the table in rax.
void table_bound(struct tr *t, hf_trap trap);
void emit_float_const(struct tr *t, unsigned xmm, uint64_t k);
void emit_float_range(struct tr *t, const struct cold *c);
void emit_saturate(struct tr *t, const struct cold *c);
// Compares; the conditions under which it holds: `cc`, and with parity as said.
enum parity { PARITY_NONE, PARITY_CLEAR, PARITY_OR_SET }; // cc; cc and not P; cc or P
enum x64_cc emit_compare(struct tr *t, const struct rinfo *r, uint32_t a, uint32_t b, bool constant, uint64_t k,
                         enum parity *parity);

void edge(struct tr *t, uint32_t block); // jumps
void edge_if(struct tr *t, enum x64_cc cc, uint32_t block);
void ensure_successors(struct tr *t, const struct block *b);

#endif
