/* Types of the component model as plain data, and how their values lie in the host's memory.
 *
 * A value of such a type has one representation on the host, plain C, whoever looks at it: generated code, hooks, journals
 * and the runtime work on the same bytes. A descriptor says what the bytes mean; it is immutable, owns nothing and may be
 * static data. What it points to has to live as long as it does.
 *
 *     bool                  bool
 *     s8 … u64, f32, f64    int8_t … uint64_t, float, double
 *     char                  uint32_t, a Unicode scalar value
 *     string                hf_str, valid UTF-8
 *     list<T>               struct { T *data; size_t size; } (hf_list), size in elements
 *     list<T, n>            T[n]
 *     map<K, V>             a list of struct { K key; V value; }
 *     record, tuple         struct of its fields, in order
 *     variant               struct { tag; union { … } }; the tag is the smallest of uint8_t, uint16_t and uint32_t
 *     enum                  such a tag
 *     option<T>             struct { bool some; T value; }
 *     result<T, E>          struct { bool err; union { T ok; E error; } }
 *     flags                 the smallest of uint8_t, uint16_t and uint32_t with a bit for each label, the first lowest
 *     own, borrow, stream, future, error-context      hf_resource
 *
 * Bytes between fields and behind the payload of a case have no meaning. */
#ifndef HOLDFAST_WITYPE_H
#define HOLDFAST_WITYPE_H

#include <holdfast/handle.h>

HF_BEGIN

/* Append-only. Names, sizes and so on come from src/value/kinds.def. */
typedef enum hf_witkind {
    HF_WIT_BOOL = 1,
    HF_WIT_S8 = 2,
    HF_WIT_U8 = 3,
    HF_WIT_S16 = 4,
    HF_WIT_U16 = 5,
    HF_WIT_S32 = 6,
    HF_WIT_U32 = 7,
    HF_WIT_S64 = 8,
    HF_WIT_U64 = 9,
    HF_WIT_F32 = 10,
    HF_WIT_F64 = 11,
    HF_WIT_CHAR = 12,
    HF_WIT_STRING = 13,
    HF_WIT_ERROR_CONTEXT = 14,
    HF_WIT_LIST = 15,
    HF_WIT_FIXED_LIST = 16,
    HF_WIT_MAP = 17,
    HF_WIT_RECORD = 18,
    HF_WIT_TUPLE = 19,
    HF_WIT_VARIANT = 20,
    HF_WIT_ENUM = 21,
    HF_WIT_OPTION = 22,
    HF_WIT_RESULT = 23,
    HF_WIT_FLAGS = 24,
    HF_WIT_OWN = 25,
    HF_WIT_BORROW = 26,
    HF_WIT_STREAM = 27,
    HF_WIT_FUTURE = 28,
} hf_witkind;

typedef struct hf_type hf_type;

/* A field of a record or tuple, a case of a variant, enum, option or result, a label of flags. An option has the cases
 * none and some, a result ok and error, in this order, so that `some` and `err` are their tags. */
typedef struct hf_field {
    hf_str name;         /* of a tuple's field: empty */
    const hf_type *type; /* NULL: a case without payload, a label */
    uint32_t offset;     /* of the field, or of the case's payload, from the start of the value */
} hf_field;

/* What own and borrow refer to. Two of them mean the same resource when interface, name and index are equal. */
typedef struct hf_restype {
    hf_str interface; /* "wasi:io/streams@0.2.12"; empty: a component's own, or of a world */
    hf_str name;      /* "output-stream" */
    uint32_t index;   /* of a component's own: which of its resource types; otherwise 0 */
} hf_restype;

struct hf_type {
    hf_witkind kind;
    uint32_t size, align;       /* of a value in the host's memory */
    uint32_t count;             /* of fields; of a fixed-length list: its length */
    const hf_field *fields;     /* record, tuple, variant, enum, option, result, flags */
    const hf_type *element;     /* list, fixed-length list; stream and future (may be NULL); of a map: tuple<K, V> */
    const hf_restype *resource; /* own, borrow */
    hf_str name;                /* that WIT gives it, or empty; says nothing about the type */
};

/* A function of the component model. Arguments lie in a struct with one field for each parameter. */
typedef struct hf_witfunc {
    const hf_type *params; /* a record; without parameters: NULL, or one of no fields and size 0 */
    const hf_type *result; /* NULL: there is none */
    bool is_async;
} hf_witfunc;

/* The host's forms of what C has no type for. */
typedef struct hf_list {
    void *data;
    size_t size;
} hf_list;
/* clang-format off */
typedef struct hf_resource { hf_handle h; } hf_resource;
/* clang-format on */

/* The type of a kind without parts (bool to error-context): static. NULL for another kind. */
HF_API const hf_type *hf_type_of_kind(hf_witkind kind);
/* Fills size and align of *type and the offsets of its fields, whose types have to be laid out. `fields` is where
 * type->fields points, or NULL when there are none. Any thread. HF_BAD_ARGUMENT: parts that such a type cannot have;
 * HF_LIMIT: too large. */
HF_API hf_code hf_type_layout(hf_type *type, hf_field *fields, hf_status *status);
/* Is this a descriptor as hf_type_layout would have left it, in all its parts? HF_BAD_ARGUMENT, HF_LIMIT (nested too
 * deeply, which a circle is). Any thread. */
HF_API hf_code hf_type_check(const hf_type *type, hf_status *status);
/* Are they the same type: kinds, names of fields, elements and resources? Any thread. */
HF_API bool hf_type_equal(const hf_type *a, const hf_type *b);
/* "list", "error-context"; "" for what is no kind. Static storage. */
HF_API const char *hf_witkind_name(hf_witkind kind);

HF_END

#endif
