// One instruction after another: opcode and immediates (specification: "Binary Format", "Instructions"), bounds-checked.
// What is malformed or speaks of a feature that is switched off is found here; of indices, only those of types that
// stand for value types, heap types and block types (which arrive as canonical types). All others are the validator's.
//
//   struct instr_reader r = instr_reader_of(module, module->funcs[i].code, status);
//   struct instr ins;
//   while (instr_more(&r)) {
//       if ((code = instr_read(&r, &ins))) return code;      // cannot fail once the body is validated
//       switch (ins.op) ...
//   }
#ifndef DECODE_INSTR_H
#define DECODE_INSTR_H

#include "base/reader.h"
#include "wasm/module.h"

struct instr_reader {
    struct reader in; // start: the module's first byte, so that offsets are the module's
    const struct hf_module *module;
    hf_status *status;
};

// A block type: [] → [], [] → [t], or a function type by its index.
struct block_type {
    valtype result;      // VAL_BOT: none
    uint32_t type_index; // or NO_TYPE
};

// castflags labelidx heaptype heaptype, as reference types
struct br_cast {
    uint32_t label;
    valtype from, to;
};

struct instr {
    enum opcode op;
    uint32_t offset; // of its first byte in the module
    union {
        struct block_type block; // BLOCK, TRY_TABLE
        uint32_t index;          // LABEL FUNC TYPE TAG LOCAL GLOBAL TABLE MEM DATA ELEM
        struct {
            uint32_t type, table;
        } indirect; // CALL_INDIRECT
        struct {
            uint64_t offset;
            uint32_t memory;
            uint8_t align, lane;
        } mem; // MEMARG, MEMARG_LANE; align: log2
        int32_t i32;
        int64_t i64;
        uint32_t f32;           // bits
        uint64_t f64;           // bits
        const uint8_t *bytes16; // V128, SHUFFLE: borrowed from the module
        uint8_t lane;           // LANE
        valtype ref;            // HEAP_TYPE: the reference type; nullable as ref.null, ref.test null, ref.cast null say
        struct {
            uint32_t count;
            valtype type;
        } select; // SELECT: the first of `count`
        struct {
            uint32_t type, field;
        } field; // TYPE_FIELD
        struct {
            uint32_t type, count;
        } fixed; // TYPE_COUNT
        struct {
            uint32_t type, segment;
        } init; // TYPE_DATA, TYPE_ELEM
        struct {
            uint32_t segment, target;
        } seg; // DATA_MEM, ELEM_TABLE
        struct {
            uint32_t to, from;
        } copy;              // MEM_MEM, TABLE_TABLE, TYPE_TYPE: destination, source
        struct br_cast cast; // BR_ON_CAST
    };
    // BR_TABLE: `count` labels and behind them the default; TRY_TABLE: `count` catch clauses. Read them from `list` with
    // instr_next_label or instr_next_catch; it was walked once already.
    uint32_t count;
    struct reader list;
};

enum catch_kind { CATCH_TAG = 0, CATCH_TAG_REF = 1, CATCH_ALL = 2, CATCH_ALL_REF = 3 };

struct catch_clause {
    enum catch_kind kind;
    uint32_t tag; // CATCH_TAG, CATCH_TAG_REF
    uint32_t label;
};

static inline struct instr_reader instr_reader_of(const struct hf_module *m, struct span code, hf_status *status)
{
    const uint8_t *at = m->bytes + code.at;
    return (struct instr_reader){ { m->bytes, at, at + code.size, false, NULL }, m, status };
}

static inline bool instr_more(const struct instr_reader *r)
{
    return r->in.at != r->in.end;
}

hf_code instr_read(struct instr_reader *r, struct instr *out);

static inline uint32_t instr_next_label(struct reader *list)
{
    return reader_leb_u32(list);
}

static inline struct catch_clause instr_next_catch(struct reader *list)
{
    struct catch_clause clause = { .kind = (enum catch_kind)reader_u8(list) };
    if (clause.kind <= CATCH_TAG_REF) clause.tag = reader_leb_u32(list);
    clause.label = reader_leb_u32(list);
    return clause;
}

// What a block takes and leaves. `results` may point into `type`.
struct block_sig {
    uint32_t param_count, result_count;
    const valtype *params;
    const valtype *results;
};

static inline struct block_sig block_sig(const struct hf_module *m, const struct block_type *type)
{
    if (type->type_index != NO_TYPE) {
        const struct func_type *func = &module_type(m, type->type_index)->func;
        return (struct block_sig){ func->param_count, func->result_count, func->params, func->results };
    }
    return (struct block_sig){ 0, type->result != VAL_BOT, NULL, &type->result };
}

// The locals that a body declares, run by run: for (l = locals_of(m, func); locals_next(&l, &count, &type);)
struct locals_reader {
    struct instr_reader r;
    uint32_t left; // runs
};
struct locals_reader locals_of(const struct hf_module *m, uint32_t func);
// Goes on behind the locals; what is wrong with them is told.
hf_code locals_skip(struct instr_reader *r);
// Only for validated bodies.
bool locals_next(struct locals_reader *l, uint32_t *count, valtype *type);

#endif
