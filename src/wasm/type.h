// Types in canonical form. A defined type (function, structure, array) is interned per engine at the level of its
// recursion group (specification: "Defined Types", "Rolling and Unrolling"), so that two types of any two modules are
// equal exactly when their ids are equal. Behind the type section a module speaks of ids only.
#ifndef WASM_TYPE_H
#define WASM_TYPE_H

#include <holdfast/status.h>

#include "base/alloc.h"

// A value, storage or reference type in one word:
//   bits 0–3 enum val_kind · bit 4 nullable · bits 8–31 heap type (references)
typedef uint32_t valtype;

enum val_kind {
    VAL_BOT = 0, // validation only: the type of what unreachable code pops
    VAL_I32 = 1,
    VAL_I64 = 2,
    VAL_F32 = 3,
    VAL_F64 = 4,
    VAL_V128 = 5,
    VAL_REF = 6,
    VAL_I8 = 7,  // storage only
    VAL_I16 = 8, // storage only
};

// Heap types below HEAP_DEFINED are abstract; HEAP_DEFINED + id is a defined type. While a recursion group is being
// read, its own members are HEAP_REC + position.
enum heap_type {
    HEAP_BOT = 0, // validation only
    HEAP_ANY = 1,
    HEAP_EQ = 2,
    HEAP_I31 = 3,
    HEAP_STRUCT = 4,
    HEAP_ARRAY = 5,
    HEAP_NONE = 6,
    HEAP_FUNC = 7,
    HEAP_NOFUNC = 8,
    HEAP_EXTERN = 9,
    HEAP_NOEXTERN = 10,
    HEAP_EXN = 11,
    HEAP_NOEXN = 12,
    HEAP_DEFINED = 16,
    HEAP_REC = 1 << 23,
    HEAP_END = 1 << 24,
};

enum {
    TYPE_IDS_MAX = HEAP_REC - HEAP_DEFINED,
    NO_TYPE = UINT32_MAX,
};
enum { SUBTYPE_DEPTH_MAX = 63 }; // supertypes above a type: the limit of the JavaScript API

#define VAL_NULLABLE 0x10u

static inline enum val_kind val_kind(valtype t)
{
    return (enum val_kind)(t & 0xf);
}
static inline bool val_is_ref(valtype t)
{
    return val_kind(t) == VAL_REF;
}
static inline bool val_nullable(valtype t)
{
    return t & VAL_NULLABLE;
}
static inline uint32_t val_heap(valtype t)
{
    return t >> 8;
}
static inline valtype val_ref(uint32_t heap, bool nullable)
{
    return VAL_REF | (nullable ? VAL_NULLABLE : 0) | heap << 8;
}
static inline bool heap_is_defined(uint32_t heap)
{
    return heap >= HEAP_DEFINED;
}
static inline uint32_t heap_type_id(uint32_t heap)
{
    return heap - HEAP_DEFINED;
}
// Slots of 8 bytes that a value takes in a frame or in an argument array.
static inline unsigned val_slots(valtype t)
{
    return val_kind(t) == VAL_V128 ? 2 : 1;
}
// Bytes that a field or element of this storage type takes in the guest heap; references are 4.
unsigned storage_size(valtype t);
// The unpacked value type: i8 and i16 become i32.
static inline valtype val_unpacked(valtype t)
{
    return val_kind(t) >= VAL_I8 ? VAL_I32 : t;
}
// Has a default (numbers, vectors, nullable references)?
static inline bool val_defaultable(valtype t)
{
    return !val_is_ref(t) || val_nullable(t);
}

#define VAL_FUNCREF (VAL_REF | VAL_NULLABLE | (uint32_t)HEAP_FUNC << 8)
#define VAL_EXTERNREF (VAL_REF | VAL_NULLABLE | (uint32_t)HEAP_EXTERN << 8)
#define VAL_ANYREF (VAL_REF | VAL_NULLABLE | (uint32_t)HEAP_ANY << 8)
#define VAL_EXNREF (VAL_REF | VAL_NULLABLE | (uint32_t)HEAP_EXN << 8)

struct field_type {
    valtype storage;
    bool mutable;
    uint32_t offset; // in the object's payload; set when interned
};

enum comp_kind { COMP_FUNC, COMP_STRUCT, COMP_ARRAY };

struct func_type {
    uint32_t param_count, result_count;
    uint32_t param_slots, result_slots; // in slots of 8 bytes; set when interned
    bool has_refs;                      // among parameters or results; set when interned
    const valtype *params;
    const valtype *results;
};

struct struct_type {
    uint32_t field_count;
    uint32_t size; // of the payload in bytes; set when interned
    const struct field_type *fields;
};

// A defined type. Given to the registry as a draft (id, depth and display unset; members of its own group as HEAP_REC,
// also in `super`), then immutable.
struct def_type {
    enum comp_kind kind;
    bool final;
    uint32_t super; // id, or HEAP_REC + position in a draft, or NO_TYPE
    uint32_t id;
    uint32_t depth;          // number of its supertypes
    const uint32_t *display; // ids from the root supertype to itself: display[depth] == id
    struct rec_group *group;
    union {
        struct func_type func;
        struct struct_type structure;
        struct field_type element; // of an array
    };
};

struct type_registry;

struct type_registry *types_new(const hf_allocator *heap, hf_status *status);
void types_free(struct type_registry *types);

// Interns a recursion group of `count` drafts (arrays inside are copied) and takes a reference on it: out_ids[i] is the
// id of the i-th. Thread-safe. HF_INVALID is not found here: validity of `super` is the decoder's to check before.
hf_code types_intern(struct type_registry *types, const struct def_type *drafts, uint32_t count, uint32_t *out_ids,
                     hf_status *status);
// Another reference on, and giving back one of, the group that holds `id`. Thread-safe.
void types_ref(struct type_registry *types, uint32_t id);
void types_unref(struct type_registry *types, uint32_t id);

// The type of an id on whose group the caller, or its module, holds a reference. Lock-free.
const struct def_type *types_get(const struct type_registry *types, uint32_t id);

// Matching (specification: "Matching").
bool heap_matches(const struct type_registry *types, uint32_t sub, uint32_t super);
bool val_matches(const struct type_registry *types, valtype sub, valtype super);
bool func_matches(const struct type_registry *types, const struct func_type *sub, const struct func_type *super);
// Is a defined type the same as, or declared below, another?
bool def_matches(const struct type_registry *types, uint32_t sub, uint32_t super);
// The top of a heap type's hierarchy: any, func, extern or exn.
uint32_t heap_top(const struct type_registry *types, uint32_t heap);

// "i32", "(ref null func)", "(ref 3)": writes at most `size` bytes with a terminating zero, returns `out`.
const char *val_name(valtype t, char *out, size_t size);

#endif
