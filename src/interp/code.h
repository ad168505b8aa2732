// Register code.
//
// A frame lies on the guest stack; `fp` points behind its header, to the slots:
//
//    fp[-4] struct icode · fp[-3] struct instance · fp[-2] caller's fp · fp[-1] return pc
//    fp[0 ..] parameters | declared locals | operands ┊ the callee's header | arguments, then results …
//
// The callee's frame begins where the caller's ends, so that arguments are written where the callee finds them; results
// are left at the callee's fp[0 ..]. The limits on a frame and on parameters and results (decode/limits.def) see to it that
// all of them have 16-bit slot numbers. Behind the declared locals lie the exceptions that legacy catches hold, one for each nested
// try.
//
// An instruction is a run of 64-bit words:
//
//    word 0   the handler's address (threaded) or its number (switch)
//    word 1   four 16-bit operands a, b, c, d; or a, b and a 32-bit k in the place of c and d
//    word 2…  wide immediates
//
// `a` is the slot that is written, if one is. A branch's k is its target's distance in bytes from the instruction.
#ifndef INTERP_CODE_H
#define INTERP_CODE_H

#include <stdatomic.h>

#include "runtime/gc.h"
#include "runtime/host.h"
#include "runtime/store.h"
#include "runtime/tier.h"
#include "sys/thread.h"

enum {
    HEADER_SLOTS = 4,
    ICODE = -4,
    INSTANCE = -3,
    CALLER_FP = -2,
    RETURN_PC = -1,
};

// Handlers by number.
enum rop {
#define R(name) R_##name,
#define N(name) R_##name,
#include "interp/rops.def"
#undef R
    ROP_COUNT
};

// Native tiers keep floats apart from what else a slot holds: b of CONST32, CONST64, GLOBAL_GET and GLOBAL_SET, c of COPY,
// COPY32 and RETURN_COPY says that the value is one.
// SELECT_FLOAT: as SELECT, of floats of any size.
// VECTOR: operands b, c, d and the result a by the opcode's signature; word 2: the opcode and flags; word 3: a lane, the
// address of a shuffle's lanes, or the constant count of a shift.
// VECTOR_ACCESS: a result, b vector, c address, d lane; word 2: the opcode and flags; word 3: the offset, and in its upper
// half what is added to the address before, wrapped to 32 bits.
enum {
    VECTOR_CANON = 1 << 16, // NaNs are made canonical
    VECTOR_CONST = 1 << 17, // there is no c: word 3 holds it
    VECTOR_EA = 1 << 18,    // what was checked last, instead of c and word 3
    VECTOR_WORDS = 4,
};

// A reference slot: slot << 1 | is a function reference.
struct ref_node {
    uint32_t slot;
    uint32_t below; // index of the next one, or NO_NODE
};

// What is live at a place of the code: `at` is the byte distance from the entry of the pc that is saved there.
struct ref_map {
    uint32_t at;
    uint32_t top; // index into nodes or NO_NODE
};

// The register code at [start, next one's start) comes from the instruction at `offset`: runs, and steps in them, from the
// run's beginning on (the first one is 0, 0). What does not fit into a step begins a run.
struct offset_run {
    uint32_t start; // byte
    uint32_t offset;
    uint32_t first; // of its steps; they end where the next run's begin
};
struct offset_step {
    uint8_t words, offset;
};

// Exceptions thrown in [start, end) with the tag (index in the module) go on at `target`. Innermost first. A legacy
// `delegate` instead limits the search to handlers of at most the depth `target`.
struct handler {
    uint32_t start, end;
    uint32_t tag;
    uint32_t target;
    uint32_t depth; // of the try among the function's labels
};

enum { NO_NODE = UINT32_MAX, ANY_TAG = UINT32_MAX, DELEGATE_TAG = UINT32_MAX - 1 };

// One function's register code. Immutable after it was published.
struct icode {
    const uint64_t *entry;
    size_t words;
    uint32_t frame_bytes; // with the header: the specified cost
    uint32_t zero_from;   // declared locals: slots to clear
    uint32_t zero_count;
    uint32_t param_slots, result_slots;
    uint32_t func; // index in the module
    const struct hf_module *module;
    // Side tables.
    uint32_t ref_local_count;
    const uint32_t *ref_locals; // slot << 1 | is_func
    uint32_t map_count;
    const struct ref_map *maps; // by `at`
    uint32_t node_count;
    const struct ref_node *nodes;
    uint32_t run_count, step_count;
    const struct offset_run *runs;
    const struct offset_step *steps;
    uint32_t handler_count;
    const struct handler *handlers;
    const void *native; // where native code of it is called, NULL: there is none
    size_t bytes;       // of the allocation that holds all this
};

struct variant;

enum { CODE_LOCKS = 16 };

// What the tier keeps beside a module.
struct code_object {
    const hf_allocator *heap;
    const struct variant *variant;
    const struct hf_module *module;
    uint32_t func_count;
    void *native;                   // the native tier's own
    struct mutex locks[CODE_LOCKS]; // a function is compiled under the one of its number
    // What was compiled so far.
    _Atomic uint32_t compiled;
    _Atomic uint64_t wasm_bytes, side_bytes, nanoseconds;
    struct icode *_Atomic funcs[];
};

struct exec;
// What an EXT instruction calls. RUN_NEXT: go on at x->pc, x->fp.
enum { RUN_NEXT = -1 };
typedef int ext_fn(struct exec *x, const uint64_t *pc, union slot *fp);
// What a PURE instruction calls: reads and writes slots only.
typedef void pure_fn(union slot *fp, const uint64_t *pc);

// The state of one run of the loop, on the native stack.
struct exec {
    const uint64_t *pc; // passed between the loop and what it calls
    union slot *fp;
    struct activation *act;
    struct instance *inst;    // of the running frame
    struct memory_inst *mem0; // its memory 0, or an empty one
    uint8_t *limit;           // of the guest stack
    struct run_control *control;
    struct func_inst *funcs; // store_funcs
    uint8_t *heap;           // gc_base
    struct type_registry *types;
    const struct variant *variant;
    uint8_t *ea; // the checked address of the access that follows
    gref exception;
    ext_fn *out; // what the loop calls next
    // Of native code (jit/): the native stack at the entry, where its chain of return addresses is cut, and where it was
    // when C code was called.
    void *host_sp, *chain_end, *sp;
    uint32_t fpu;              // the mode that a host function left
    struct activation *before; // the store's current one outside of host calls
    struct hf_caller caller;
};

struct variant {
    int (*run)(struct exec *x);        // from x->pc, x->fp on
    const uint64_t *(*handlers)(void); // word 0 by enum rop
    bool fused;
    // A native tier translates the register code: it has no accumulators, an entry of its own, and word 0 becomes the
    // address of the translation.
    bool native;
    bool (*begin)(struct code_object *object, hf_status *status);
    void (*end)(struct code_object *object);
    bool (*translate)(struct code_object *object, struct icode *code, const struct run_control *control,
                      hf_status *status);
    void (*publish)(struct code_object *object, const struct icode *code);
};

extern const struct variant variant_threaded, variant_switch, variant_threaded_plain, variant_switch_plain;

// ---- reading instructions ----

typedef uint16_t __attribute__((may_alias)) u16_alias;
typedef int32_t __attribute__((may_alias)) i32_alias;

static inline uint32_t ins_a(const uint64_t *pc)
{
    return ((const u16_alias *)pc)[4];
}
static inline uint32_t ins_b(const uint64_t *pc)
{
    return ((const u16_alias *)pc)[5];
}
static inline uint32_t ins_c(const uint64_t *pc)
{
    return ((const u16_alias *)pc)[6];
}
static inline uint32_t ins_d(const uint64_t *pc)
{
    return ((const u16_alias *)pc)[7];
}
static inline int32_t ins_k(const uint64_t *pc)
{
    return ((const i32_alias *)pc)[3];
}
static inline const uint64_t *ins_jump(const uint64_t *pc, int32_t bytes)
{
    return (const uint64_t *)(const void *)((const char *)pc + bytes);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "operands, slots and guest memory are little-endian");

// ---- frames ----

static inline void *slot_ptr(union slot s)
{
    return (void *)(uintptr_t)s.u64;
} // NOLINT
static inline union slot *frame_caller(union slot *fp)
{
    return slot_ptr(fp[CALLER_FP]);
}
static inline const struct icode *frame_code(const union slot *fp)
{
    return slot_ptr(fp[ICODE]);
}
static inline struct instance *frame_instance(const union slot *fp)
{
    return slot_ptr(fp[INSTANCE]);
}
static inline void slot_set_ptr(union slot *s, const void *p)
{
    s->u64 = (uint64_t)(uintptr_t)p;
}

static inline void frame_push(union slot *nfp, const struct icode *code, struct instance *inst, union slot *caller,
                              const uint64_t *return_pc)
{
    slot_set_ptr(&nfp[ICODE], code);
    slot_set_ptr(&nfp[INSTANCE], inst);
    slot_set_ptr(&nfp[CALLER_FP], caller);
    slot_set_ptr(&nfp[RETURN_PC], return_pc);
}

static inline void frame_clear_locals(union slot *fp, const struct icode *code)
{
    union slot *at = fp + code->zero_from;
    for (uint32_t n = code->zero_count; n; n--) {
        (at++)->u64 = 0;
        __asm__("" : "+r"(at)); // most functions have few locals: a call of memset would cost more than the loop
    }
}

// The module's code object as it is now; NULL: nothing was compiled.
static inline struct code_object *code_object_now(const struct hf_module *module)
{
    return __atomic_load_n(&module->code, __ATOMIC_ACQUIRE);
}
// The module's code object, made when there is none. NULL: *status says why.
struct code_object *code_object_of(struct hf_module *module, const struct variant *variant, hf_status *status);
// The register code of a function of the module; compiles it if nobody has. NULL: *status says why.
struct icode *code_get(struct exec *x, struct hf_module *module, uint32_t func, hf_status *status);
// All functions that nobody has; as struct tier says.
hf_code code_compile_all(struct hf_module *module, const struct variant *variant, const struct run_control *control,
                         unsigned threads, hf_status *status);
// Rewrites one function. NULL: *status says why. (rewrite.c)
struct icode *code_rewrite(const struct code_object *object, const struct hf_module *module, uint32_t func,
                           const struct run_control *control, hf_status *status);
void icode_free(const hf_allocator *heap, struct icode *code);

// ---- what tiers over register code share (tier.c) ----

// What one run of an activation starts with; pc, fp, inst and mem0 follow.
static inline void exec_init(struct exec *x, struct activation *act, const struct variant *variant)
{
    struct hf_store *store = act->store;
    x->act = act;
    x->limit = act->stack->limit;
    x->control = store->control;
    x->funcs = store->funcs;
    x->heap = store->gc.base;
    x->types = store->types;
    x->variant = variant;
    x->exception = REF_NULL;
    x->before = store->current;
    x->caller.act = act;
    x->caller.trapped = false;
}
// The entered function's register code; NULL: act->status says why.
const struct icode *tier_code(struct exec *x);
// The entered function's frame, with its arguments, the caller outside and where it returns to, as a call leaves it; NULL: there is
// no room, and act->status says so.
union slot *tier_frame(struct exec *x, const struct icode *code, const uint64_t *halt);
// Behind a run: results and the stack.
enum run tier_left(struct activation *act, int run);

enum run tier_enter(struct activation *act, const struct variant *variant);
enum run tier_resume(struct activation *act, const struct variant *variant);
void tier_walk(struct activation *act, bool (*visit)(void *ctx, const struct frame_info *frame), void *ctx);
void tier_trace(struct activation *act, struct tracer *tracer);
void tier_free_instance(struct instance *instance);
// The offset in the module of the instruction whose register code is at this distance in bytes.
uint32_t code_offset(const struct icode *code, uint32_t at);

// ---- control shared by the dispatchers (control.c) ----

extern struct memory_inst exec_no_memory;
// Sets the running instance and memory 0.
static inline void exec_enter_instance(struct exec *x, struct instance *inst)
{
    x->inst = inst;
    x->mem0 = inst->module->memory_count ? inst->memories[0] : &exec_no_memory;
}
// Where the activation is, for walk, trace and resume. `at`: at an instruction; else: behind a call.
static inline void exec_save(struct exec *x, const uint64_t *pc, union slot *fp, bool at)
{
    x->act->pc = (void *)((uintptr_t)pc + at);
    x->act->fp = fp;
    x->act->stack->sp = (uint8_t *)(fp - HEADER_SLOTS) + frame_code(fp)->frame_bytes;
}
int exec_trap(struct exec *x, const uint64_t *pc, union slot *fp, hf_trap trap);
// Ends the run with a status that is no trap; x->act->status is set.
int exec_exit(struct exec *x, const uint64_t *pc, union slot *fp);
// Looks for a handler of x->exception from the frame on, which is behind the instruction before `next`.
int exec_throw(struct exec *x, const uint64_t *next, union slot *fp);
// Calls a function of any kind; its arguments are at nfp. `next` is where the caller goes on.
int exec_call(struct exec *x, const uint64_t *pc, union slot *fp, struct func_inst *callee, union slot *nfp,
              const uint64_t *next);
// Replaces the frame by one of the callee. nfp: where a host function's arguments go; the caller then goes on at `next`.
int exec_tail_call(struct exec *x, const uint64_t *pc, union slot *fp, struct func_inst *callee, union slot *args,
                   union slot *nfp, const uint64_t *next);
static inline int exec_next(struct exec *x, const uint64_t *pc, union slot *fp)
{
    x->pc = pc;
    x->fp = fp;
    return RUN_NEXT;
}

// The number of words of the instructions that call, and of EXT and PURE.
enum { CALL_WORDS = 3, EXT_WORDS = 4, PURE_WORDS = 4 };

#endif
