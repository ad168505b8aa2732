// A space of core types outside of a module: that of a component, or of a module's type in one. Types are read into it as
// into the type section of a module.
#ifndef DECODE_CORE_SPACE_H
#define DECODE_CORE_SPACE_H

#include "base/reader.h"
#include "wasm/module.h"

struct core_space;

// NULL: out of memory.
struct core_space *core_space_new(const hf_allocator *heap, struct type_registry *types, uint32_t features);
// With all the references on its types.
void core_space_free(struct core_space *space);
// The recursion groups on which it holds references: an id of each.
const uint32_t *core_space_groups(const struct core_space *space, uint32_t *count);
// Frees it without giving the references back.
void core_space_leave(struct core_space *space);

uint32_t core_space_count(const struct core_space *space);
// The canonical id of a type, NO_TYPE where something else holds the place.
uint32_t core_space_id(const struct core_space *space, uint32_t index);

// Adds a type that somebody else holds, or NO_TYPE.
hf_code core_space_add(struct core_space *space, uint32_t id, hf_status *status);
// rectype; adds its types.
hf_code core_space_rec_type(struct core_space *space, struct reader *in, hf_status *status);
// externtype
hf_code core_space_extern_type(struct core_space *space, struct reader *in, struct extern_type *out, hf_status *status);
hf_code core_space_val_type(struct core_space *space, struct reader *in, valtype *out, hf_status *status);

#endif
