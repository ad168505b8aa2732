// Types as the embedder sees them: ours and the public ones have the same representation.
#include <holdfast/type.h>

#include "runtime/engine.h"

_Static_assert(HF_TYPE_I32 == VAL_I32 && HF_TYPE_V128 == VAL_V128, "number types agree");
_Static_assert(HF_TYPE_ANYREF == VAL_ANYREF && HF_TYPE_FUNCREF == VAL_FUNCREF, "reference types agree");
_Static_assert(HF_TYPE_EXTERNREF == VAL_EXTERNREF && HF_TYPE_EXNREF == VAL_EXNREF, "reference types agree");

const char *hf_valtype_name(hf_valtype type, char *out, size_t size)
{
    return val_name(type, out, size);
}

bool hf_valtype_matches(const hf_engine *engine, hf_valtype sub, hf_valtype super)
{
    return engine && val_matches(engine->types, sub, super);
}

const char *hf_externkind_name(hf_externkind kind)
{
    switch (kind) {
    case HF_EXTERN_FUNC: return "func";
    case HF_EXTERN_TABLE: return "table";
    case HF_EXTERN_MEMORY: return "memory";
    case HF_EXTERN_GLOBAL: return "global";
    case HF_EXTERN_TAG: return "tag";
    }
    return "unknown";
}
