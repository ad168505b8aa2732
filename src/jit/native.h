// Native code beside a module, and how it runs.
//
// Guest frames are the interpreter's, on the guest stack; rbp is fp. The native stack holds nothing but a chain of return
// addresses, so that calls and returns are predicted. Each of them can be found again through its frame's return pc: word 0
// of an instruction where native code may be entered is the address of its translation. The chain may therefore be cut at
// any time (when the guest waits, throws, or the chain becomes long), and goes on from `ret`, which returns by frame.
//
//   rbx struct exec · rbp fp · r14 base and r15 size of memory 0 · rax rcx rdx xmm0–2 scratch · all others hold slots
//
// C code is called with the stack pointer aligned, behind the chain, and finds all live slots in the frame.
#ifndef JIT_NATIVE_H
#define JIT_NATIVE_H

#include "base/buf.h"
#include "interp/code.h"
#include "sys/thread.h"
#include "sys/vm.h"

// Shared pieces of code at the head of a module's code memory.
enum stub {
    STUB_ENTER,        // int enter(struct exec *x): goes on at x->pc, x->fp
    STUB_CALL,         // int call(struct exec *x, const void *native, union slot *fp)
    STUB_HALT,         // the entered frame returned
    STUB_RET,          // rdx: fp that was returned from, rbp: the caller's; goes on at its return pc
    STUB_EXT,          // called: rax(rbx, rsi, rbp) that can only go on behind its instruction
    STUB_EXT_JUMP,     // jumped to: rax(rbx, rsi, rbp), then where it says
    STUB_GO_ON,        // its end: eax is what a function said, rbp the frame that ran
    STUB_LEAVE,        // jumped to: the run has ended, eax says how
    STUB_IMPORT,       // called: an import (x64/border.c)
    STUB_IMPORT_TYPED, // the same, with its arguments in registers too
    STUB_PURE,         // called: rax(rbp, rsi)
    STUB_TRAP,         // rsi: pc, ecx: the trap
    STUB_EXHAUSTED,    // a callee's frame does not fit; rbp: its fp
    STUB_CUT,          // called by an entry whose chain has become too long
    STUB_COMPILE,      // called in the place of function ecx, which has no code yet
    STUB_SWITCH,       // called: the running frame's instance becomes the current one
    STUB_MASKS,        // data: see enum mask
    STUB_COUNT
};

enum mask {
#define MASK(name, ...) MASK_##name,
#include "jit/x64/masks.def"
#undef MASK
    MASK_COUNT
};

// An access that a guard page checks: where it is in its function's native code, and its register code.
struct guard {
    uint32_t offset, word;
};

// The accesses of one function at [start, end) of the code memory, by offset.
struct guarded {
    uint32_t start, end;
    const uint64_t *words;
    struct guard *at;
    size_t cap; // of the allocation
    uint32_t count;
};

struct native {
    struct mutex mutex; // over `used`
    struct vm_code code;
    size_t used;
    uint32_t stubs[STUB_COUNT]; // offsets
    uint64_t halt;              // word 0 of the instruction behind an entered frame
    int (*call)(struct exec *x, const void *native, union slot *fp); // STUB_CALL
    const void *_Atomic *entries; // by function index: native entry, or the function's way to STUB_COMPILE
    size_t entry_count;
    bool avx;                // AVX2: VEX forms are used
    bool registered;         // the handler knows it: code may leave checks to guard pages
    struct guarded *guarded; // never moves; under the mutex, read by the handler
    uint32_t guarded_cap;
    _Atomic uint32_t guarded_count;
    struct debug_object *debug; // what a debugger was told (profile.c)
};

// A rel32 at `at` that leads to a stub.
struct stub_reloc {
    uint32_t at;
    enum stub stub;
    uint32_t add; // bytes behind the stub's beginning
};

bool native_begin(struct code_object *object, hf_status *status);
void native_end(struct code_object *object);
bool native_translate(struct code_object *object, struct icode *code, const struct run_control *control,
                      hf_status *status);
// The same translation, to be looked at instead of run.
struct listing;
bool native_list(struct code_object *object, struct icode *code, const struct run_control *control, struct listing *out,
                 hf_status *status);
void native_publish(struct code_object *object, const struct icode *code);
int native_run(struct exec *x);

// Space for code: where to write and where it will run. NULL: none left.
uint8_t *native_take(struct native *native, size_t size, const uint8_t **run);
// Emits the stubs (x64/stubs.c).
bool stubs_emit(struct buf *out, uint32_t *at);

// The second one makes do with SSE4.1, whatever the machine has.
extern const struct variant variant_native, variant_native_plain;

#endif
