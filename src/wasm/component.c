#include "wasm/component.h"

#include "wasm/opcode.h"

#define SORT_NAME_true(text) "core " text
#define SORT_NAME_false(text) text

const struct sort_info sort_infos[SORT_COUNT] = {
#define SORT(name, core, code, text) { core, code, text, SORT_NAME_##core(text) },
#include "wasm/sorts.def"
#undef SORT
};

const struct wit_type_info wit_type_infos[WIT_KINDS] = {
#define PRIM(kind, code, text, size) [HF_WIT_##kind] = { code, true, size, text },
#define CONSTRUCTOR(kind, code, text) [HF_WIT_##kind] = { code, false, 0, text },
#include "wasm/wit_types.def"
#undef PRIM
#undef CONSTRUCTOR
};

hf_witkind wit_kind_of(uint8_t code)
{
    switch (code) {
#define PRIM(kind, code, text, size) \
    case code: return HF_WIT_##kind;
#define CONSTRUCTOR(kind, code, text) \
    case code: return HF_WIT_##kind;
#include "wasm/wit_types.def"
#undef PRIM
#undef CONSTRUCTOR
    default: return 0;
    }
}

const struct canon_info canon_infos[CANON_COUNT] = {
#define CANON(name, code, text, operands, signature, feature) { code, text, operands, signature, FEATURE_##feature },
#include "wasm/canons.def"
#undef CANON
};

enum canon_kind canon_of(uint8_t code)
{
    switch (code) {
#define CANON(name, code, text, operands, signature, feature) \
    case code: return CANON_##name;
#include "wasm/canons.def"
#undef CANON
    default: return CANON_COUNT;
    }
}
