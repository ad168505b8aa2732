// The component model as data: sorts, value types and canonical definitions, for the binary and the text format alike.
#ifndef WASM_COMPONENT_H
#define WASM_COMPONENT_H

#include <holdfast/witype.h>

enum sort {
#define SORT(name, core, code, text) SORT_##name,
#include "wasm/sorts.def"
#undef SORT
    SORT_COUNT
};

struct sort_info {
    bool core;
    uint8_t code;
    const char *text; // behind "core " when core
    const char *name; // "core func", "func"
};
extern const struct sort_info sort_infos[SORT_COUNT];

// Sections of a component's binary.
enum component_section {
    CSECTION_CUSTOM,
    CSECTION_CORE_MODULE,
    CSECTION_CORE_INSTANCE,
    CSECTION_CORE_TYPE,
    CSECTION_COMPONENT,
    CSECTION_INSTANCE,
    CSECTION_ALIAS,
    CSECTION_TYPE,
    CSECTION_CANON,
    CSECTION_START,
    CSECTION_IMPORT,
    CSECTION_EXPORT,
    CSECTION_VALUE,
    CSECTION_COUNT
};

struct wit_type_info {
    uint8_t code; // 0: no such kind
    bool primitive;
    uint8_t abi_size; // of a primitive in a guest's memory; 0: two pointers
    const char *text;
};
enum { WIT_KINDS = HF_WIT_FUTURE + 1 };
extern const struct wit_type_info wit_type_infos[WIT_KINDS];

// The kind of a code of the binary format, or 0.
hf_witkind wit_kind_of(uint8_t code);

enum canon_kind {
#define CANON(name, code, text, operands, signature, feature) CANON_##name,
#include "wasm/canons.def"
#undef CANON
    CANON_COUNT
};

struct canon_info {
    uint8_t code;
    const char *text, *operands, *signature;
    uint32_t feature;
};
extern const struct canon_info canon_infos[CANON_COUNT];

// The kind of a code of the binary format, or CANON_COUNT.
enum canon_kind canon_of(uint8_t code);

#endif
