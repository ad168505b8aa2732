/* Values of the component model, for code that knows their type only as a descriptor (<holdfast/witype.h>). `value` is where
 * the value lies, in the host's layout, aligned as its type asks. All functions may be called from any thread; what they
 * return is the caller's.
 *
 * Descriptors are trusted to be what hf_type_check accepts. Values are not: a tag or a character that is none, or a string
 * that is not UTF-8, is HF_BAD_ARGUMENT. */
#ifndef HOLDFAST_WITVALUE_H
#define HOLDFAST_WITVALUE_H

#include <holdfast/witype.h>

HF_BEGIN

/* Gives `size` (> 0) bytes aligned to 16, or NULL: no more memory. hf_call_alloc has this shape, its call the context. */
typedef void *(*hf_place_fn)(void *ctx, size_t size);

/* Is it a value of its type, in all its parts? HF_BAD_ARGUMENT, HF_LIMIT (nested too deeply). */
HF_API hf_code hf_value_check(const hf_type *type, const void *value, hf_status *status);
/* A total order: negative, 0 or positive. Numbers by size (-0 below 0, a NaN above all and equal to any other), strings and
 * lists element by element, sums by case and then payload, handles by store, index and generation. Values that
 * hf_value_check refuses have no defined place. */
HF_API int hf_value_compare(const hf_type *type, const void *a, const void *b);

/* Copies a value with all that it points to, which goes where `place` says. `out` gets the value itself. On failure
 * nothing is written to it. HF_BAD_ARGUMENT, HF_OUT_OF_MEMORY. */
HF_API hf_code hf_value_copy(const hf_type *type, const void *value, hf_place_fn place, void *ctx, void *out,
                             hf_status *status);
/* A copy in one block of its own, to be freed by hf_value_free with the same heap (NULL: libc's). NULL with
 * HF_BAD_ARGUMENT or HF_OUT_OF_MEMORY. */
HF_API void *hf_value_new(const hf_type *type, const void *value, const hf_allocator *heap, hf_status *status);
HF_API void hf_value_free(void *value, const hf_allocator *heap);

/* The canonical encoding: bytes that depend on the type and the value alone, the same in every release and on every machine.
 * Values that compare equal have equal bytes. A reader knows the type; docs/EMBEDDING.md has the format. */
#define HF_VALUE_ENCODING 1 /* the first byte */

/* How handles (own, borrow, stream, future, error-context) are named in the encoding. The functions may fail with any
 * code, which is passed on. */
typedef struct hf_value_names {
    hf_code (*name)(void *ctx, const hf_type *type, hf_resource handle, uint64_t *out, hf_status *status);
    hf_code (*find)(void *ctx, const hf_type *type, uint64_t name, hf_resource *out, hf_status *status);
    void *ctx;
} hf_value_names;

/* Writes at most `max` bytes; *size says how many there are. HF_BAD_ARGUMENT, HF_LIMIT, HF_UNSUPPORTED (a handle, and
 * `names` is NULL). */
HF_API hf_code hf_value_encode(const hf_type *type, const void *value, const hf_value_names *names, uint8_t *out,
                               size_t max, size_t *size, hf_status *status);

typedef struct hf_value_decode_options {
    size_t size;                 /* sizeof this struct */
    hf_place_fn place;           /* for what the value points to */
    void *ctx;                   /* of place */
    uint64_t max_bytes;          /* most that may be asked of place, in all; 0: no limit */
    const hf_value_names *names; /* NULL: no handles */
} hf_value_decode_options;

/* The value of `size` bytes, all of them; writes it to `out`, on failure nothing. Accepts exactly what hf_value_encode
 * writes. HF_MALFORMED (with offset), HF_LIMIT, HF_OUT_OF_MEMORY, HF_UNSUPPORTED. */
HF_API hf_code hf_value_decode(const hf_type *type, const uint8_t *bytes, size_t size,
                               const hf_value_decode_options *options, void *out, hf_status *status);

/* WAVE, the text form of values: `{name: "x", tags: [1, 2]}`. Printing writes at most `max` bytes with a zero behind the
 * last if there is room; *size says how many bytes there are, without it. Handles are printed as `own(3)` and cannot be
 * read back. HF_BAD_ARGUMENT, HF_LIMIT. */
HF_API hf_code hf_value_print(const hf_type *type, const void *value, char *out, size_t max, size_t *size,
                              hf_status *status);
/* Reads all of the text. HF_MALFORMED with line and column, HF_LIMIT, HF_OUT_OF_MEMORY, HF_UNSUPPORTED (a handle). */
HF_API hf_code hf_value_parse(const hf_type *type, const char *text, size_t size, hf_place_fn place, void *ctx,
                              void *out, hf_status *status);
/* The arguments of a call, `(1, {name: "x"})`, into the struct of parameters `params` (<holdfast/witype.h>); at the end, options
 * that are none may be left out. The same codes. */
HF_API hf_code hf_args_parse(const hf_type *params, const char *text, size_t size, hf_place_fn place, void *ctx,
                             void *out, hf_status *status);

HF_END

#endif
