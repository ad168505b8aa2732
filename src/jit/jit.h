// The native tier. A body is rewritten to the interpreter's register code (interp/code.h), which is then translated,
// function by function, to machine code: frames, fuel, maps of references, handlers and positions are the register
// code's own, so that both tiers mean the same.
#ifndef JIT_JIT_H
#define JIT_JIT_H

#include <holdfast/native.h>

#include "base/buf.h"
#include "runtime/tier.h"

// The second one uses the least that the tier asks of a machine (SSE4.1): for tests.
extern const struct tier jit_tier, jit_tier_plain;

// NULL: the tier has a back end for this machine, and the system allows executable memory. Else which is missing.
const char *jit_refusal(void);

// A function's native code to be looked at: its bytes without what another run has elsewhere, where that stands, and which
// instruction of the module each piece comes from. Made by translating once more, so that what runs keeps none of it.
struct listing {
    const hf_allocator *heap;
    struct buf code;
    hf_native_address *addresses;
    size_t address_count, address_cap;
    hf_native_line *lines; // by offset
    size_t line_count, line_cap;
    bool failed;
};

void listing_init(struct listing *listing, const hf_allocator *heap);
void listing_fini(struct listing *listing);
// One function of a module whose engine runs native code. HF_BAD_ARGUMENT: it is imported; else what compiling it says.
hf_code listing_make(struct hf_module *module, uint32_t func, const struct run_control *control,
                     struct listing *listing, hf_status *status);
// As text, a line each instruction. `wasm` writes the instruction at an offset of the module.
void listing_print(const struct listing *listing, void (*wasm)(void *ctx, uint32_t offset, struct buf *out), void *ctx,
                   struct buf *out);

// What native code of a module takes: of code memory, and beside it.
struct code_object;
struct native_size {
    uint64_t code, side;
};
struct native_size native_size(const struct code_object *object);

#endif
