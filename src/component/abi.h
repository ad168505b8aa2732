// The canonical ABI: values between the host's layout (<holdfast/witype.h>) and a guest's memory and core values, as
// CanonicalABI.md has it. Lifting reads a guest, lowering writes one.
//
//     hf_type ──abi_compile──► struct abi_type   once per type and width of pointers: offsets, flat types, what may be copied raw
//
//     core values, memory ──abi_lift──► host value      strings and lists go where `place` says
//     host value ──abi_lower──► core values, memory     memory is asked of the guest's realloc
//
// A realloc is guest code: it may do anything to its memory, also move it. So all access goes through one gate
// (abi_memory.c), which is given the guest's pointer and length and looks at the memory as it is now; no host pointer into a
// guest lives across a realloc.
//
// Core values are 64-bit words: an i32 or f32 is zero-extended, and only its low half is read.
#ifndef COMPONENT_ABI_H
#define COMPONENT_ABI_H

#include <holdfast/witvalue.h>

#include "base/arena.h"
#include "base/map.h"

enum {
    ABI_MAX_FLAT_PARAMS = 16,
    ABI_MAX_FLAT_ASYNC_PARAMS = 4,
    ABI_MAX_FLAT_RESULTS = 1,
    ABI_TOO_MANY_FLAT = 17, // as a count: more than anything passes flat
};

// MAX_STRING_BYTE_LENGTH, MAX_LIST_BYTE_LENGTH
#define ABI_MAX_BYTES ((UINT32_C(1) << 28) - 1)

// The core type of a flat value; the numbers are those of enum val_kind.
enum abi_flat { ABI_I32 = 1, ABI_I64 = 2, ABI_F32 = 3, ABI_F64 = 4 };

// May host and guest bytes be copied as they are?
enum abi_raw {
    ABI_NOT_RAW,
    ABI_RAW_FLOATS, // unless NaNs have to be canonical
    ABI_RAW,
};

struct abi_type;

struct abi_field {
    const struct abi_type *type; // NULL: a case without payload
    uint32_t host, guest;        // offsets; of a case: of its payload
};

struct abi_type {
    const hf_type *type;
    const struct abi_field *fields; // record, tuple; cases of variant, enum, option, result
    const struct abi_type *element; // list, fixed-length list, map
    uint32_t count;                 // of fields, cases, labels; of a fixed-length list: its length
    uint32_t host_size;
    uint32_t size, align;            // elem_size, alignment
    uint8_t kind;                    // hf_witkind
    uint8_t raw;                     // enum abi_raw
    uint8_t tag_size;                // of sums; of flags: their size
    uint8_t flat_count;              // up to 16, or ABI_TOO_MANY_FLAT
    uint8_t flat[ABI_TOO_MANY_FLAT]; // enum abi_flat
};

// Compiled types for one width of pointers. Types that are the same pointer are compiled once; they must outlive it.
struct abi_types {
    struct arena *arena;
    struct map known;
    struct abi_type **list; // by the values of `known`
    size_t count, cap;
    bool is64;
};

void abi_types_init(struct abi_types *types, struct arena *arena, bool is64);
void abi_types_fini(struct abi_types *types);
// HF_BAD_ARGUMENT, HF_LIMIT, HF_OUT_OF_MEMORY. What comes out lives as long as the arena.
hf_code abi_compile(struct abi_types *types, const hf_type *type, const struct abi_type **out, hf_status *status);

enum abi_encoding { ABI_UTF8, ABI_UTF16, ABI_LATIN1_UTF16 };

// What lifting and lowering ask of the instance on the other side. All return HF_OK, HF_TRAPPED or another failure, which
// ends the lift or lowering.
struct abi_guest {
    // The memory as it is now.
    void (*memory)(void *ctx, uint8_t **base, uint64_t *size);
    hf_code (*realloc)(void *ctx, uint64_t old, uint64_t old_size, uint64_t align, uint64_t size, uint64_t *out,
                       hf_status *status);
    // own, borrow, stream, future, error-context: lift_own, lift_borrow and so on; lower_own …
    hf_code (*lift_handle)(void *ctx, const hf_type *type, uint32_t index, hf_resource *out, hf_status *status);
    hf_code (*lower_handle)(void *ctx, const hf_type *type, hf_resource handle, uint32_t *out, hf_status *status);
};

// LiftLowerContext: one lift or lowering, on the stack of its caller.
struct abi {
    const struct abi_guest *guest;
    void *ctx; // of the guest's functions
    bool is64; // as the compiled types
    bool canonical_nans;
    enum abi_encoding encoding;
    // Where the strings that are lowered come from. ABI_UTF8: from the host. Another: they were lifted from a guest with that
    // encoding, and nothing has changed them, which decides how realloc is called (and lets their encoding be found
    // where abi_lift has put it).
    enum abi_encoding source;
    hf_place_fn place; // for lifting
    void *place_ctx;
    uint64_t budget; // bytes that may still be asked of `place`; beyond it HF_LIMIT
    hf_status *status;

    uint8_t *base; // the guest's memory as it was last looked at
    uint64_t size;
};

// lift_flat_values: the value of `flat` (at most max_flat words, else a pointer), into `out`.
hf_code abi_lift(struct abi *abi, const struct abi_type *type, unsigned max_flat, const uint64_t *flat, void *out);
// lower_flat_values: the words of the value, into `flat` (max_flat words, at least one), and how many, into *count. What
// is not flat goes to the guest's *out_param, or, when that is NULL, to memory asked of it.
hf_code abi_lower(struct abi *abi, const struct abi_type *type, unsigned max_flat, const void *value,
                  const uint64_t *out_param, uint64_t *flat, unsigned *count);
// The elements of streams and the like: load and store `count` values that lie in a row (load_list_from_range,
// store_list_into_valid_range). `ptr` is checked; `values` is memory of count × host_size bytes.
hf_code abi_load_many(struct abi *abi, const struct abi_type *type, uint64_t ptr, uint64_t count, void *values);
hf_code abi_store_many(struct abi *abi, const struct abi_type *type, const void *values, uint64_t count, uint64_t ptr);
// load_string_from_range: error-context.new and the like.
hf_code abi_lift_string(struct abi *abi, uint64_t ptr, uint64_t tagged_code_units, hf_str *out);
// store_string_into_range
hf_code abi_lower_string(struct abi *abi, hf_str text, uint64_t *ptr, uint64_t *tagged_code_units);

#endif
