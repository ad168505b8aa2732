// Does a module mean something? (specification: "Validation"). Fills in what validation learns of each function: where its
// code begins, slots of its locals, greatest operand height, greatest nesting, flags.
#ifndef VALIDATE_VALIDATE_H
#define VALIDATE_VALIDATE_H

#include "base/arena.h"
#include "wasm/module.h"

struct validate_options {
    unsigned threads; // at most so many validate bodies; 0 or 1: only the caller
    bool lazy;        // leave the bodies to validate_func
    bool judged;      // the same for a module that was validated before; its functions' flags together were `flags`
    uint32_t flags;
};

// Everything in the module; NULL options: on this thread, all bodies. Reports the error of the smallest function index,
// however many threads there are. HF_MALFORMED (in a body), HF_INVALID, HF_UNSUPPORTED, HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code module_validate(struct hf_module *m, const struct validate_options *options, hf_status *status);

// Memory that bodies are validated in; one thread at a time.
struct validate_scratch;
struct validate_scratch *validate_scratch_new(const hf_allocator *heap);
void validate_scratch_free(struct validate_scratch *scratch);

// The body of one function that is no import, of a module validated lazily. Not for two threads with the same function at once.
hf_code validate_func(struct hf_module *m, uint32_t func, struct validate_scratch *scratch, hf_status *status);

// Limits of a table or memory type. HF_INVALID.
hf_code validate_table_limits(hf_status *status, const struct limits *limits);
hf_code validate_memory_limits(hf_status *status, const struct limits *limits);

#endif
