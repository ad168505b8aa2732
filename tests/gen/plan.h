// What one module under generation consists of: everything that bodies refer to is decided before the first body is
// written, so that a body may call any function and name any type. Types of values are those of wasm/type.h, with the
// index in the module's type section in the place of the id.
#ifndef GEN_PLAN_H
#define GEN_PLAN_H

#include "gen.h"
#include "wasm/opcode.h"
#include "wasm/type.h"

enum {
    TYPES_MAX = 128,
    VALUES_MAX = 8, // parameters, results or fields of a type
    FUNCS_MAX = 64,
    GLOBALS_MAX = 24,
    MEMORIES_MAX = 3,
    TABLES_MAX = 4,
    TAGS_MAX = 3,
    DATAS_MAX = 4,
    ELEMS_MAX = 4,
    ELEM_ITEMS = 8,
    LOCALS_MAX = 24,
    CALL_BUDGET = 1500, // loop heads and ten times calls, of one exported call
};

struct type_plan {
    enum comp_kind kind;
    bool sub, final; // written as `sub`; without it a type is final and has no super
    int super;       // -1: none
    unsigned group;  // types of one recursion group stand together
    unsigned param_count, result_count;
    valtype params[VALUES_MAX], results[VALUES_MAX];
    unsigned field_count; // 1 for an array
    struct field_type fields[VALUES_MAX];
};

struct func_plan {
    unsigned type;
    bool imported;
    bool exported;  // an entry: its name is "e" and its number
    unsigned inner; // what an entry calls
};

struct global_plan {
    valtype type;
    bool mutable;
};

struct memory_plan {
    bool is64, shared;
    uint32_t min, max; // in pages
};

struct table_plan {
    valtype element;
    bool is64, init; // init: with an initialiser expression
    uint32_t min, max;
    int items[16]; // what is known of its beginning: functions, -1 where nothing is known
};

struct elem_plan {
    valtype type;
    unsigned count;
    int funcs[ELEM_ITEMS]; // -1: null
};

struct gen {
    struct dna *dna;
    struct gen_options options;
    uint32_t on; // switches of this module
    struct buf *out;

    struct type_plan types[TYPES_MAX];
    unsigned type_count, group_count;
    struct func_plan funcs[FUNCS_MAX];
    unsigned func_count, import_count, inner_end; // inner functions: import_count … inner_end - 1, then entries
    struct global_plan globals[GLOBALS_MAX];
    unsigned global_count; // global 0 is the counter that everything burns
    struct memory_plan memories[MEMORIES_MAX];
    unsigned memory_count;
    struct table_plan tables[TABLES_MAX];
    unsigned table_count;    // table 0 holds functions and is never written by bodies
    unsigned tags[TAGS_MAX]; // types
    unsigned tag_count;
    uint32_t data_sizes[DATAS_MAX];
    unsigned data_count;
    struct elem_plan elems[ELEMS_MAX];
    unsigned elem_count;

    // Instructions that this module may use, by what they are.
    uint16_t plain[VAL_REF][OP_COUNT]; // by result; without effect on memory
    unsigned plain_count[VAL_REF];
    uint16_t loads[VAL_REF][OP_COUNT], stores[OP_COUNT]; // memarg with a result, by result, and without
    unsigned load_count[VAL_REF], store_count;
    uint16_t wide[8];
    unsigned wide_count;
};

static inline bool is_on(const struct gen *g, uint32_t switches)
{
    return g->on & switches;
}
static inline valtype ref_to(unsigned type, bool nullable)
{
    return val_ref(HEAP_DEFINED + type, nullable);
}
// A type index, if the heap type is defined.
static inline int type_of(valtype t)
{
    return val_is_ref(t) && heap_is_defined(val_heap(t)) ? (int)heap_type_id(val_heap(t)) : -1;
}

void plan_module(struct gen *g);
// Is the feature of an instruction switched on?
bool plan_op_is_on(const struct gen *g, const struct op_info *op);
// The type that a letter of a signature stands for.
valtype plan_letter(char letter);
bool plan_matches(const struct gen *g, valtype sub, valtype super);
bool plan_heap_matches(const struct gen *g, uint32_t sub, uint32_t super);
bool plan_lists_match(const struct gen *g, const valtype *sub, const valtype *super, unsigned count);
// A random type of values that this module can make. `param`: also of references that are not null.
valtype plan_value_type(struct gen *g);
// A function type with these, new or old; -1 when there is no room.
int plan_func_type(struct gen *g, const valtype *params, unsigned param_count, const valtype *results,
                   unsigned result_count);
// Can a value of this type be made from nothing?
bool plan_can_make(const struct gen *g, valtype t);
// The first function of a type, or of a subtype; -1.
int plan_func_of(const struct gen *g, unsigned type);

// write.c: the sections around the bodies, and the pieces that bodies share with constant expressions.
void write_module(struct gen *g);
void write_op(struct buf *out, enum opcode op);
void write_valtype(struct buf *out, valtype t);
void write_heap(struct buf *out, uint32_t heap);
void write_null(struct buf *out, uint32_t heap);

// body.c
void write_body(struct gen *g, unsigned func, struct buf *out);
void write_entry(struct gen *g, unsigned func, struct buf *out);

#endif
