// A module after decoding. Everything lives in its arena and is immutable after validation; shared by threads.
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/blob.h"
#include "wasm/opcode.h"
#include "wasm/type.h"

struct limits {
    uint64_t min;
    uint64_t max; // when has_max
    bool has_max;
    bool is64; // address type i64
    bool shared;
    uint8_t page_log2; // memories: 16, or 0 with custom page sizes
};

struct table_type {
    struct limits limits;
    valtype elem;
};

struct global_type {
    valtype type;
    bool mutable;
};

enum extern_kind { EXTERN_FUNC = 0, EXTERN_TABLE = 1, EXTERN_MEMORY = 2, EXTERN_GLOBAL = 3, EXTERN_TAG = 4 };

struct extern_type {
    enum extern_kind kind;
    union {
        uint32_t func; // type id, also of a tag
        struct table_type table;
        struct limits memory;
        struct global_type global;
    };
};

// Bytes of the module, borrowed from module->bytes.
struct span {
    uint32_t at;
    uint32_t size;
};

struct import {
    hf_str module, name;
    struct extern_type type;
};

struct export
{
    hf_str name;
    enum extern_kind kind;
    uint32_t index;
};

// A constant expression: its bytes including the final `end`, validated. Evaluated by runtime/const_expr.
struct const_expr {
    struct span code;
};

struct func {
    uint32_t type_id;
    struct span body; // locals and code: the whole `func` of the code section; size 0 for an import
    struct span code; // the expression behind the locals, with its `end`
    uint32_t import;  // index into imports, or UINT32_MAX
    bool declared;    // may be named by ref.func in a body
    bool valid;       // of a lazy module: under its engine's mutex (runtime/tier.h, func_prepare)
    // Set by validation; 0 for imports:
    uint32_t local_slots; // declared locals, without parameters, in slots
    uint32_t max_slots;   // greatest operand height in slots
    uint32_t max_tries;   // greatest nesting of legacy try
    uint32_t flags;       // enum func_flag
};

enum func_flag {
    FUNC_FOREIGN_TAIL = 1, // contains a tail call to an import, table or reference
    FUNC_HAS_TRY = 2,
    FUNC_HAS_REFS = 4, // locals or operands that are references occur
    FUNC_HAS_SIMD = 8,
    FUNC_HAS_LOOP = 16,
};

struct table {
    struct table_type type;
    struct const_expr init; // code.size 0: null
    bool imported;
};

struct memory {
    struct limits limits;
    bool imported;
};

struct global {
    struct global_type type;
    struct const_expr init;
    bool imported;
};

struct tag {
    uint32_t type_id;
    bool imported;
};

enum segment_mode { SEGMENT_PASSIVE, SEGMENT_ACTIVE, SEGMENT_DECLARATIVE };

struct elem_segment {
    enum segment_mode mode;
    valtype type;
    uint32_t table;
    struct const_expr offset;
    uint32_t count;
    const uint32_t *funcs;          // function indices, or NULL:
    const struct const_expr *exprs; // constant expressions
};

struct data_segment {
    enum segment_mode mode;
    uint32_t memory;
    struct const_expr offset;
    struct span bytes;
};

struct custom_section {
    hf_str name;
    struct span bytes;     // behind the name
    uint8_t after_section; // id of the last known section before it, 0 at the start
};

// Names from the name section; NULL data where there is none. Arrays are as long as their index space, or NULL.
struct names {
    hf_str module;
    const hf_str *funcs;
    // Other name maps are kept as spans and read on demand by the printer: see decode/names.h
    struct span section;
};

struct section_span {
    uint8_t id;
    struct span bytes;
};

struct hf_module {
    atomic_uint refs;
    struct hf_engine *engine; // borrowed by decode and validate: they use `types` and `features` only
    struct type_registry *types;
    struct arena arena;
    struct blob *blob; // a reference; holds the bytes, perhaps among others
    const uint8_t *bytes;
    uint32_t size;
    uint32_t features; // enum feature, allowed

    uint32_t type_count;
    const uint32_t *type_ids; // by type index
    uint32_t group_count;     // groups to release: the id of each group's first member
    const uint32_t *groups;
    const uint32_t *group_sizes;

    uint32_t import_count, export_count;
    const struct import *imports;
    const struct export *exports;
    // Index spaces, imports first.
    uint32_t func_count, imported_funcs;
    struct func *funcs;
    uint32_t table_count, imported_tables;
    struct table *tables;
    uint32_t memory_count, imported_memories;
    struct memory *memories;
    uint32_t global_count, imported_globals;
    struct global *globals;
    uint32_t tag_count, imported_tags;
    struct tag *tags;

    uint32_t start; // function index or UINT32_MAX
    uint32_t elem_count;
    const struct elem_segment *elems;
    uint32_t data_count;
    const struct data_segment *datas;
    bool has_data_count;

    uint32_t custom_count;
    const struct custom_section *customs;
    uint32_t section_count;
    const struct section_span *sections; // all, in order, for inspection
    struct span code_section;
    struct names names;
    uint32_t flags; // union of its functions' enum func_flag
    bool lazy;      // bodies are validated when they are first compiled

    // What a tier keeps beside the module (design §4, "code objects"): freed with it.
    struct code_object *code;
    void (*free_code)(struct code_object *code);

    // What the runtime keeps beside it (runtime/pool.h): its data segments as an image, made when it is worth it.
    _Atomic(struct image *) image;
    atomic_uint instantiated;
};

static inline const struct func_type *module_func_type(const struct hf_module *m, uint32_t func)
{
    return &types_get(m->types, m->funcs[func].type_id)->func;
}

static inline const struct def_type *module_type(const struct hf_module *m, uint32_t type_index)
{
    return types_get(m->types, m->type_ids[type_index]);
}

static inline const uint8_t *module_bytes(const struct hf_module *m, struct span span)
{
    return m->bytes + span.at;
}

#endif
