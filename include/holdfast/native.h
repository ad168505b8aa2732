/* Native code of a module's functions, to be looked at: what was made of the Wasm, where, and how much of it. Any thread. */
#ifndef HOLDFAST_NATIVE_H
#define HOLDFAST_NATIVE_H

#include <holdfast/text.h>

HF_BEGIN

/* What code refers to that another run has elsewhere. Append-only. */
typedef enum hf_native_kind {
    HF_NATIVE_PC = 0,     /* a place in the function's register code: its word */
    HF_NATIVE_HELPER = 1, /* a C function of the library: its distance from a fixed one */
    HF_NATIVE_ENTRY = 2,  /* where the entry of a function is published: its index */
    HF_NATIVE_CODE = 3,   /* what describes a function's frame: its index */
    HF_NATIVE_MASK = 4,   /* a constant of 16 bytes: its number */
    HF_NATIVE_TYPE = 5,   /* a type's number in the engine: its index in the module */
    HF_NATIVE_STUB = 6,   /* the distance to code that all functions share: its number */
} hf_native_kind;

typedef struct hf_native_address {
    uint32_t code; /* offset in the function's code */
    uint32_t size; /* bytes, which are zero in hf_native.code: 4 or 8 */
    hf_native_kind kind;
    uint32_t value;
} hf_native_address;

/* The code from `code` on comes from the instruction at `wasm`, an offset in the module. */
typedef struct hf_native_line {
    uint32_t code;
    uint32_t wasm;
} hf_native_line;

/* A function's code. The bytes are the same in every run of the same library on the same kind of processor. */
typedef struct hf_native {
    hf_bytes code;
    const hf_native_address *addresses; /* by offset */
    size_t address_count;
    const hf_native_line *lines; /* by offset */
    size_t line_count;
} hf_native;

/* The code of one function as the module's engine compiles it; it is compiled for this call. Owned by the caller, who gives it
 * to hf_native_free. NULL: HF_UNSUPPORTED (the engine interprets, or an instruction cannot be compiled), HF_BAD_ARGUMENT (no
 * such function, or it is imported), HF_LIMIT, HF_OUT_OF_MEMORY; with lazy validation also what is wrong with the body. */
HF_API hf_native *hf_native_new(hf_module *module, uint32_t func, hf_status *status);
HF_API void hf_native_free(hf_native *native);
/* The same as text, behind the name of the function: each instruction in a line, below the instructions of the module
 * that they come from, which begin with `@` and their offset; addresses behind `;`. Codes as above, and HF_CANCELLED when `write` says so. */
HF_API hf_code hf_native_dump(hf_module *module, uint32_t func, hf_write_fn write, void *ctx, hf_status *status);

/* What has been compiled of a module so far, by any thread. */
typedef struct hf_native_stats {
    size_t size;          /* sizeof(hf_native_stats), set by the caller */
    uint32_t functions;   /* that the module defines */
    uint32_t compiled;    /* of them, by this engine's tier */
    uint32_t native;      /* of those, with native code */
    uint64_t wasm_bytes;  /* of the bodies compiled */
    uint64_t code_bytes;  /* native code, with what functions share */
    uint64_t side_bytes;  /* what is kept beside it: register code, maps, positions, handlers */
    uint64_t nanoseconds; /* of all threads that compiled, together */
} hf_native_stats;
/* HF_OK; HF_BAD_ARGUMENT. */
HF_API hf_code hf_module_native_stats(const hf_module *module, hf_native_stats *out);

HF_END

#endif
