// C types for WIT types, in the host's layout (holdfast/witype.h), and descriptors of them. Types are written when they are
// first asked for, behind those they need.
#ifndef BINDGEN_CTYPE_H
#define BINDGEN_CTYPE_H

#include "bindgen/cname.h"
#include "wit/wit.h"

// A C type that was written.
struct ctype {
    const char *name;       // "wasi_clocks_wall_clock_datetime_t"
    const char *stem;       // the same without its ending, for names made of it
    const char *descriptor; // the hf_type
};

struct ctypes {
    const struct wit *wit;
    const char *prefix; // of types that WIT gives no name
    struct arena arena;
    struct cnames names;
    struct map known; // → index in `types`
    struct ctype *types;
    size_t count;
    size_t cap;
    struct buf declarations; // C types
    struct buf descriptors;
    bool failed; // out of memory, sticky; also look at the buffers
};

void ctypes_init(struct ctypes *c, const struct wit *wit, const char *prefix);
void ctypes_fini(struct ctypes *c);

// The C type of a type or of a definition; with empty names on failure.
struct ctype ctype_of(struct ctypes *c, const struct wit_type *type);
struct ctype ctype_of_def(struct ctypes *c, const struct wit_def *def);
// A struct of a function's parameters, and its descriptor; NULL names when it has none.
struct ctype ctype_of_params(struct ctypes *c, const struct wit_func *func, const char *stem);

// "wasi_io_streams": what all names of an interface begin with. `plain` is the name under which a world has one that is
// written inside of it.
void cname_interface(struct buf *out, const struct wit *wit, const struct wit_interface *interface);
// "method_output_stream_write", "get_stdin"
void cname_func(struct buf *out, const struct wit_func *func);
// A comment, indented; nothing without documentation.
void put_c_docs(struct buf *out, unsigned indent, hf_str docs);
// HF_STR("text") with what C wants escaped.
void put_c_str(struct buf *out, hf_str text);
void put_c_interface(struct buf *out, const struct wit_interface *interface);

bool ctypes_failed(const struct ctypes *c);

#endif
