// What custom sections say of a module beside its meaning. The module's and its functions' names are in module->names;
// the other name maps are read here on demand. None of this can make a module invalid: what is malformed ends the map.
#ifndef DECODE_NAMES_H
#define DECODE_NAMES_H

#include "base/reader.h"
#include "wasm/module.h"

// Subsections of the name section (specification: "Custom Sections and Annotations", and its extended names).
enum name_map {
    NAMES_MODULE = 0,
    NAMES_FUNCS = 1,
    NAMES_LOCALS = 2, // indirect: by function
    NAMES_LABELS = 3, // indirect: by function
    NAMES_TYPES = 4,
    NAMES_TABLES = 5,
    NAMES_MEMORIES = 6,
    NAMES_GLOBALS = 7,
    NAMES_ELEMS = 8,
    NAMES_DATAS = 9,
    NAMES_FIELDS = 10, // indirect: by type
    NAMES_TAGS = 11,
};

// A name map being read: index and name pairs, by growing index.
struct name_reader {
    struct reader in;
    uint32_t left;
};

// The direct map `map`, or of an indirect one the inner map of `outer` (a function or a type). Empty where there is none.
// Finding an inner map walks over those before it: read them in order with names_next_inner instead when all are wanted.
struct name_reader names_of(const struct hf_module *m, enum name_map map);
struct name_reader names_of_inner(const struct hf_module *m, enum name_map map, uint32_t outer);
bool names_next(struct name_reader *names, uint32_t *index, hf_str *name);
// Steps through an indirect map (names_of): the next outer index and its inner map.
bool names_next_inner(struct name_reader *names, uint32_t *outer, struct name_reader *inner);

// The first custom section of that name, or NULL.
const struct custom_section *module_custom(const struct hf_module *m, const char *name);

// A branch hint: the instruction at `offset` of a function (counted from its first byte, the locals) is likely taken.
struct branch_hint {
    uint32_t func;
    uint32_t offset;
    bool likely;
};

struct hint_reader {
    struct reader in;
    uint32_t funcs_left;
    uint32_t hints_left;
    uint32_t func;
};

struct hint_reader hints_of(const struct hf_module *m);
bool hints_next(struct hint_reader *hints, struct branch_hint *out);

#endif
