// Instructions as data: opcodes.def is the table.
#ifndef WASM_OPCODE_H
#define WASM_OPCODE_H

#include <holdfast/defs.h>

enum feature {
#define FEATURE(name, bit, standard, text) FEATURE_##name = 1u << (bit),
#include "wasm/features.def"
#undef FEATURE
    FEATURES_STANDARD = 0
#define FEATURE(name, bit, standard, text) | ((standard) ? 1u << (bit) : 0)
#include "wasm/features.def"
#undef FEATURE
    ,
    FEATURES_SWITCHED = 0
#define FEATURE(name, bit, standard, text) | ((standard) ? 0 : 1u << (bit))
#include "wasm/features.def"
#undef FEATURE
};

// What follows the opcode in the binary format, in this order.
enum immediate {
    IMM_NONE,
    IMM_BLOCK,         // blocktype
    IMM_LABEL,         // labelidx
    IMM_BR_TABLE,      // vec(labelidx) labelidx
    IMM_FUNC,          // funcidx
    IMM_CALL_INDIRECT, // typeidx tableidx
    IMM_TYPE,          // typeidx
    IMM_TAG,           // tagidx
    IMM_LOCAL,         // localidx
    IMM_GLOBAL,        // globalidx
    IMM_TABLE,         // tableidx
    IMM_MEM,           // memidx
    IMM_MEMARG,        // align (bit 6: a memidx follows) offset
    IMM_MEMARG_LANE,   // memarg laneidx
    IMM_I32,
    IMM_I64,
    IMM_F32,
    IMM_F64,
    IMM_V128,        // 16 bytes
    IMM_LANE,        // laneidx
    IMM_SHUFFLE,     // 16 × laneidx
    IMM_HEAP_TYPE,   // heaptype
    IMM_SELECT,      // vec(valtype)
    IMM_TRY_TABLE,   // blocktype vec(catch)
    IMM_TYPE_FIELD,  // typeidx fieldidx
    IMM_TYPE_COUNT,  // typeidx u32
    IMM_TYPE_DATA,   // typeidx dataidx
    IMM_TYPE_ELEM,   // typeidx elemidx
    IMM_TYPE_TYPE,   // typeidx typeidx
    IMM_BR_ON_CAST,  // castflags labelidx heaptype heaptype
    IMM_DATA_MEM,    // dataidx memidx
    IMM_DATA,        // dataidx
    IMM_MEM_MEM,     // memidx memidx (destination, source)
    IMM_ELEM_TABLE,  // elemidx tableidx
    IMM_ELEM,        // elemidx
    IMM_TABLE_TABLE, // tableidx tableidx (destination, source)
    IMM_FENCE,       // 0x00
};

enum op_flag {
    OP_CONST = 1,
    OP_PURE = 2,
    OP_TRAPS = 4,
    OP_ENDS = 8,
    OP_BRANCH = 16,
    OP_CALLS = 32,
    OP_THROWS = 64,
    OP_ALLOCATES = 128,
};

// Dense: OP_COUNT entries, in the order of the table.
enum opcode {
#define OP(name, ...) OP_##name,
#include "wasm/opcodes.def"
#undef OP
    OP_COUNT,
    OP_NONE = 0xffff,
};

struct op_info {
    const char *text; // "i32.add"
    const char *sig;  // "ii:i", or "*"
    uint8_t prefix;
    uint8_t imm; // enum immediate
    uint8_t width;
    uint8_t fuel;
    uint16_t flags; // enum op_flag
    uint16_t code;
    uint32_t feature; // one enum feature
};

extern const struct op_info op_infos[OP_COUNT];

// The opcode behind (prefix, code), or OP_NONE. One table look-up.
enum opcode op_find(uint8_t prefix, uint32_t code);
// By its text: "i32.add"; OP_NONE when there is none. "select", "ref.test" and "ref.cast" give their first form.
enum opcode op_find_text(const char *text, size_t size);
// A feature's name: "memory64".
const char *feature_name(enum feature feature);

#endif
