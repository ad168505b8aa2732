// Bytes become a module (specification: "Binary Format"). What is malformed is found here, with what the type section
// needs to be interned and what needs no types at all; the rest is validate/'s.
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "decode/core_space.h"
#include "decode/instr.h"
#include "decode/limits.h"
#include "decode/names.h"
#include "decode/valtype.h"
#include "wasm/module.h"

// Decodes a copy of the bytes; `limits` NULL: decode_limits_default. On HF_OK the module has one reference. Its bodies
// are not looked into. HF_MALFORMED, HF_INVALID, HF_UNSUPPORTED (a feature that is switched off), HF_LIMIT,
// HF_OUT_OF_MEMORY.
hf_code module_decode(const hf_allocator *heap, struct type_registry *types, uint32_t features,
                      const struct decode_limits *limits, const uint8_t *bytes, size_t size, struct hf_module **out,
                      hf_status *status);

// The same for bytes of a blob, which the module then shares: [at, at + size) lies in it.
hf_code module_decode_shared(const hf_allocator *heap, struct type_registry *types, uint32_t features,
                             const struct decode_limits *limits, struct blob *blob, size_t at, size_t size,
                             struct hf_module **out, hf_status *status);

void module_ref(struct hf_module *m);
// Frees the module with its last reference.
void module_unref(struct hf_module *m);
// Gives back its types, what a tier keeps beside it (free_code), and its memory.
void module_free(struct hf_module *m);

// "(ref null 3)", with the module's own type index where the type is defined in it.
const char *module_val_name(const struct hf_module *m, valtype type, char *out, size_t size);

#endif
