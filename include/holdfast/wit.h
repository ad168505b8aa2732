/* WIT texts: packages of interfaces and worlds, in which every name is resolved, and C written from them. */
#ifndef HOLDFAST_WIT_H
#define HOLDFAST_WIT_H

#include <holdfast/text.h>
#include <holdfast/witype.h>

HF_BEGIN

/* A function of an interface, as generated tables list it. */
typedef struct hf_witentry {
    hf_str interface; /* "wasi:io/streams@0.2.12" */
    hf_str name;      /* "[method]output-stream.write" */
    hf_witfunc type;
} hf_witentry;

/* Packages that were read together. One thread at a time. */
typedef struct hf_wit hf_wit;

typedef struct hf_wit_options {
    size_t size;
    bool all_features;           /* keep everything @unstable */
    const char *const *features; /* and if not, these features; borrowed until hf_wit_free */
    size_t feature_count;
    const hf_allocator *allocator; /* copied; NULL: the C library's */
} hf_wit_options;

/* The caller frees it. `options` may be NULL. HF_OUT_OF_MEMORY. */
HF_API hf_code hf_wit_new(const hf_wit_options *options, hf_wit **out, hf_status *status);
HF_API void hf_wit_free(hf_wit *wit);

/* Reads one file, which is copied. Files of one folder make one package; the number of a folder is the caller's choice. In a
 * directory with a `deps` directory in it, the directory is one folder, and so is each file and each directory of `deps`.
 * `name` is for messages. HF_MALFORMED with line and column; after a failure only hf_wit_error_file and hf_wit_free are of use. */
HF_API hf_code hf_wit_add(hf_wit *wit, uint32_t folder, const char *name, const char *text, size_t size,
                          hf_status *status);
/* Once, behind the last file: gives every name its meaning. HF_INVALID with line and column, HF_LIMIT. */
HF_API hf_code hf_wit_resolve(hf_wit *wit, hf_status *status);
/* The name of the file in which the last error is, or NULL when it is in none. Lives as long as `wit`. */
HF_API const char *hf_wit_error_file(const hf_wit *wit);

/* Prints the package of a folder as formatted text, and with `all` every other package as a block behind it. What comes out
 * reads back as the same packages; comments that document nothing are gone. HF_NOT_FOUND: no such folder. */
HF_API hf_code hf_wit_print(const hf_wit *wit, uint32_t folder, bool all, hf_write_fn write, void *ctx,
                            hf_status *status);
/* Prints a world with all that it includes and implies, every interface under its full name. `world` is a name in the package
 * of the folder, a path like "wasi:cli/command@0.2.12", or NULL for the only world of the package. HF_NOT_FOUND. */
HF_API hf_code hf_wit_print_world(const hf_wit *wit, uint32_t folder, const char *world, hf_write_fn write, void *ctx,
                                  hf_status *status);

/* Writes a world as a component type in the binary form that `component-type` sections of core modules carry, from which
 * componentizers know what a module imports and exports. HF_NOT_FOUND, HF_UNSUPPORTED (external ids). */
HF_API hf_code hf_wit_encode_world(const hf_wit *wit, uint32_t folder, const char *world, hf_write_fn write, void *ctx,
                                   hf_status *status);

/* What C is written for. Append-only. */
typedef enum hf_bindgen_kind {
    HF_BINDGEN_TABLES = 0, /* hosts that implement the packages: NAME.h, NAME.c, NAME.def, see wit/README.md */
    HF_BINDGEN_GUEST = 1,  /* guests of a world: NAME.h, NAME.c */
} hf_bindgen_kind;

typedef struct hf_bindgen_options {
    size_t size;
    hf_bindgen_kind kind;
    const char *name;  /* of the files without their endings; a C identifier, with which names begin */
    const char *world; /* as in hf_wit_print_world; of a guest */
} hf_bindgen_options;

/* Takes one file; false stops (then HF_CANCELLED). `ending` is ".h", ".c" or ".def". */
typedef bool (*hf_bindgen_write_fn)(void *ctx, const char *ending, const void *data, size_t size);

/* Writes C. HF_NOT_FOUND: no such world; HF_UNSUPPORTED: streams and futures in a guest; HF_BAD_ARGUMENT; HF_LIMIT. */
HF_API hf_code hf_wit_bindgen(const hf_wit *wit, uint32_t folder, const hf_bindgen_options *options,
                              hf_bindgen_write_fn write, void *ctx, hf_status *status);

HF_END

#endif
