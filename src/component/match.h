// Does one type fit where another is wanted? (Explainer.md, "Type Checking": equality but for modules, instances and
// components, which may export more and import less.)
#ifndef COMPONENT_MATCH_H
#define COMPONENT_MATCH_H

#include "component/subst.h"

struct matcher {
    struct ctypes *types;
    const struct type_registry *core;
    struct arena *arena; // scratch
    hf_status *status;
    uint64_t offset;
};

// The object has to fit the wanted one as `wanted` replaces it. Resource types of the scope `free` that are wanted
// ("sub resource") and not yet replaced are taken from what is given and put into `wanted`, as are the places of types.
// HF_INVALID with why not, HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code match_entity(struct matcher *m, struct wit_entity given, struct wit_entity want, struct subst *wanted,
                     uint32_t free);

// Core types. HF_INVALID with why not.
hf_code match_core(struct matcher *m, const struct extern_type *given, const struct extern_type *want);

// HF_INVALID with the first difference between two types that are not equal.
hf_code match_difference(struct matcher *m, ctype given, ctype want);

const char *sort_name(enum sort sort); // "module", "func", …

#endif
