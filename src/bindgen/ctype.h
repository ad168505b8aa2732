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
    const char *free;       // for guests: the function that frees what it points to, or NULL
    const char *entry;      // of a map: the type of its elements
    const char *own;        // for guests, of a resource: its handles
    const char *borrow;
};

struct ctypes {
    const struct wit *wit;
    const char *prefix;              // of types that WIT gives no name
    bool guest;                      // in the layout of the canonical ABI, which is that of C on wasm32
    const struct wit_items *exports; // of the guest's world
    bool exporting;   // what is asked for is for exports: interfaces among `exports` have types of their own
    bool unsupported; // a type was met that guests cannot have
    struct arena arena;
    struct cnames names;
    struct map known; // → index in `types`
    struct ctype *types;
    size_t count;
    size_t cap;
    struct buf declarations; // C types
    struct buf descriptors;
    struct buf frees; // for guests: definitions of the functions that free
    bool failed;      // out of memory, sticky; also look at the buffers
};

void ctypes_begin(struct ctypes *c, const struct wit *wit, const char *prefix);
void ctypes_end(struct ctypes *c);

// The C type of a type or of a definition; with empty names on failure.
struct ctype ctype_of(struct ctypes *c, const struct wit_type *type);
struct ctype ctype_of_def(struct ctypes *c, const struct wit_def *def);
// The C type of a list's or map's elements.
const char *ctype_element(struct ctypes *c, const struct wit_type *type);
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

// Is this definition one of the guest's own, in what is being asked for?
bool ctype_is_exported(const struct ctypes *c, const struct wit_def *def);
// Writes the function that frees what a value of the type points to, if there is anything (ctype_free.c); fills self->free.
void ctype_write_free(struct ctypes *c, struct ctype *self, const struct wit_type *type);

#endif
