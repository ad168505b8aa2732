/* The text format, both ways. Output goes to a function, so that no memory changes hands. */
#ifndef HOLDFAST_TEXT_H
#define HOLDFAST_TEXT_H

#include <holdfast/module.h>

HF_BEGIN

/* Takes bytes of output; false stops (then HF_CANCELLED). */
typedef bool (*hf_write_fn)(void *ctx, const void *data, size_t size);

/* Text to binary, not validated. `names` writes a name section. HF_MALFORMED with line and column. */
HF_API hf_code hf_wat_assemble(const hf_engine *engine, const char *text, size_t size, bool names, hf_write_fn write,
                               void *ctx, hf_status *status);

typedef struct hf_print_options {
    size_t size;
    bool folded;   /* folded expressions */
    bool no_names; /* indices instead of names */
    bool offsets;  /* a comment with each instruction's offset */
    bool skeleton; /* no function bodies, no segment contents */
} hf_print_options;

/* A module as formatted text. */
HF_API hf_code hf_module_print(const hf_module *module, const hf_print_options *options, hf_write_fn write, void *ctx,
                               hf_status *status);
/* Sections and code as a listing: offset, bytes, instruction. `func` UINT32_MAX: all. */
HF_API hf_code hf_module_dump(const hf_module *module, uint32_t func, hf_write_fn write, void *ctx, hf_status *status);

HF_END

#endif
