#include "wasm/opcode.h"

#include <string.h>

// The flags column names them without their prefix.
enum {
    CONST = OP_CONST,
    PURE = OP_PURE,
    TRAPS = OP_TRAPS,
    ENDS = OP_ENDS,
    BRANCH = OP_BRANCH,
    CALLS = OP_CALLS,
    THROWS = OP_THROWS,
    ALLOCATES = OP_ALLOCATES,
};

const struct op_info op_infos[OP_COUNT] = {
#define OP(name, prefix, code, text, imm, sig, width, feature, flags, fuel) \
    { text, sig, prefix, IMM_##imm, width, fuel, flags, code, FEATURE_##feature },
#include "wasm/opcodes.def"
#undef OP
};

enum opcode op_find(uint8_t prefix, uint32_t code)
{
    if (code > 0xffff) return OP_NONE;
    switch ((uint32_t)prefix << 16 | code) {
#define OP(name, prefix, code, ...) \
    case (uint32_t)(prefix) << 16 | (code): return OP_##name;
#include "wasm/opcodes.def"
#undef OP
    default: return OP_NONE;
    }
}

// Walks the table: the assembler keeps a map of its own in front.
enum opcode op_find_text(const char *text, size_t size)
{
    for (unsigned i = 0; i < OP_COUNT; i++) {
        const char *name = op_infos[i].text;
        if (name[0] == text[0] && strncmp(name, text, size) == 0 && name[size] == 0) return (enum opcode)i;
    }
    return OP_NONE;
}

const char *feature_name(enum feature feature)
{
    switch ((uint32_t)feature) {
#define FEATURE(name, bit, standard, text) \
    case FEATURE_##name: return text;
#include "wasm/features.def"
#undef FEATURE
    default: return "unknown feature";
    }
}
