// Writes C from resolved WIT. What comes out is text for people too: each type and function stands once, with its
// documentation, in the order in which C wants it.
#ifndef BINDGEN_BINDGEN_H
#define BINDGEN_BINDGEN_H

#include "wit/wit.h"

// What was written. The caller inits the buffers; `rows` is only of bindgen_tables.
struct bindgen_files {
    struct buf header; // NAME.h
    struct buf source; // NAME.c
    struct buf rows;   // NAME.def
};

// Value types, argument structs, descriptors and a list of all functions of the packages: what an implementation of them
// in C is compiled against.
hf_code bindgen_tables(const struct wit *wit, const char *name, struct bindgen_files *out, hf_status *status);

// For guests: a world's imports to call, its exports to write, and the canonical ABI between. `name` is that of the files
// without their endings, and a C identifier. HF_UNSUPPORTED: streams and futures.
hf_code bindgen_guest(const struct wit *wit, const struct wit_world *world, const char *name, struct bindgen_files *out,
                      hf_status *status);

#endif
