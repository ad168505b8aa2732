// Scripts: the language of the specification's tests (its `interpreter/README.md`), parsed whole into commands. Running
// them is for others; this header is all they need.
#ifndef TEXT_SCRIPT_H
#define TEXT_SCRIPT_H

#include <holdfast/status.h>

#include "base/arena.h"
#include "wasm/type.h"

enum script_kind {
    SCRIPT_MODULE,            // instantiate `module`; when `module.definition`, only remember it
    SCRIPT_INSTANCE,          // instantiate the definition `target` under `name`
    SCRIPT_REGISTER,          // make the instance `target` importable as `text`
    SCRIPT_ACTION,            // do `action`, for its effects
    SCRIPT_ASSERT_RETURN,     // `action` gives `results`
    SCRIPT_ASSERT_TRAP,       // `action`, or instantiating `module`, traps with `text`
    SCRIPT_ASSERT_EXHAUSTION, // `action` exhausts the stack with `text`
    SCRIPT_ASSERT_EXCEPTION,  // `action` throws
    SCRIPT_ASSERT_MALFORMED,  // `module` is malformed, with `text`
    SCRIPT_ASSERT_INVALID,
    SCRIPT_ASSERT_UNLINKABLE,
    SCRIPT_ASSERT_MALFORMED_CUSTOM, // as the two above, in a custom section or annotation
    SCRIPT_ASSERT_INVALID_CUSTOM,
};

enum script_module_kind {
    SCRIPT_TEXT,   // assembled: `bytes`, or `failure`
    SCRIPT_BINARY, // `bytes`
    SCRIPT_QUOTE,  // `bytes` are source text, for text_assemble() or text_assemble_component()
};

struct script_module {
    enum script_module_kind kind;
    bool component; // rather than a core module
    bool definition;
    hf_bytes bytes;
    const hf_status *failure; // why a text could not be assembled, or NULL; lines are those of the script
};

enum script_value_kind {
    SCRIPT_I32,
    SCRIPT_I64,
    SCRIPT_F32,
    SCRIPT_F64,
    SCRIPT_V128,
    SCRIPT_REF_NULL,   // of `heap`, or of any type when that is HEAP_BOT
    SCRIPT_REF_EXTERN, // host reference `bits` as externref; in a result without a number: any externref
    SCRIPT_REF_HOST,   // host reference `bits` as anyref
    // Results only: any reference of the kind that is not null
    SCRIPT_REF_FUNC,
    SCRIPT_REF_ANY,
    SCRIPT_REF_EQ,
    SCRIPT_REF_I31,
    SCRIPT_REF_STRUCT,
    SCRIPT_REF_ARRAY,
    SCRIPT_REF_EXN,
    SCRIPT_EITHER, // one of `either`
    // Component values; f32 and f64 are those above. `text` is a string, the case of a variant or enum.
    SCRIPT_BOOL,
    SCRIPT_S8,
    SCRIPT_U8,
    SCRIPT_S16,
    SCRIPT_U16,
    SCRIPT_S32,
    SCRIPT_U32,
    SCRIPT_S64,
    SCRIPT_U64,
    SCRIPT_CHAR,
    SCRIPT_STRING,
    SCRIPT_LIST,    // of `items`
    SCRIPT_RECORD,  // `items` with names
    SCRIPT_TUPLE,   // of `items`
    SCRIPT_VARIANT, // with a payload as its only item, or none
    SCRIPT_ENUM,
    SCRIPT_NONE,
    SCRIPT_SOME, // of its only item
    SCRIPT_OK,   // of its only item, or none
    SCRIPT_ERR,
    SCRIPT_FLAGS, // `items` of SCRIPT_ENUM: the labels that are set
};

enum script_nan { SCRIPT_NAN_NONE, SCRIPT_NAN_CANONICAL, SCRIPT_NAN_ARITHMETIC };

// An argument, or what a result has to match.
struct script_value {
    enum script_value_kind kind;
    uint64_t bits;    // i32, i64, f32, f64: the value; REF_EXTERN, REF_HOST: the number
    bool has_number;  // REF_EXTERN
    uint32_t heap;    // REF_NULL: enum heap_type
    uint8_t lanes;    // V128: 16, 8, 4 or 2
    bool float_lanes; // V128
    uint8_t nan[16];  // enum script_nan of each lane; nan[0] for f32 and f64. Such a lane's value is not compared
    uint8_t v128[16];
    uint32_t either_count;
    const struct script_value *either;
    hf_str name; // of a record's field
    hf_str text;
    uint32_t item_count;
    const struct script_value *items;
};

struct script_action {
    bool get;      // the global `field`; else the function `field` called with `args`
    hf_str target; // the instance's identifier; NULL data: the latest one
    hf_str field;
    uint32_t arg_count;
    const struct script_value *args;
};

struct script_command {
    enum script_kind kind;
    uint32_t line;
    hf_str name;     // the identifier that a module or instance gets; NULL data when none
    hf_str target;   // of INSTANCE and REGISTER; NULL data: the latest one
    hf_str text;     // the expected message, or what REGISTER registers
    bool component;  // INSTANCE: of a component
    bool has_action; // else the command is about `module`
    struct script_action action;
    struct script_module module;
    uint32_t result_count;
    const struct script_value *results;
};

struct script {
    struct arena arena; // holds everything that the commands point to, but for the source text
    uint32_t count;
    const struct script_command *commands;
};

// Parses a script; the source text is borrowed and must outlive it. Text modules that cannot be assembled do not fail
// the script: their commands carry the failure. HF_MALFORMED (also for unknown commands), HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code script_parse(const char *src, size_t size, uint32_t features, const hf_allocator *heap, struct script *out,
                     hf_status *status);
void script_fini(struct script *script);

// "assert_return"
const char *script_kind_name(enum script_kind kind);

#endif
