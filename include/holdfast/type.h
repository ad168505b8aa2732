/* Types as plain data. Arrays are borrowed from the object they were asked of and live as long as it does. */
#ifndef HOLDFAST_TYPE_H
#define HOLDFAST_TYPE_H

#include <holdfast/engine.h>

HF_BEGIN

/* A value type in one word; a defined reference type is canonical in its engine. Compare with ==. */
typedef uint32_t hf_valtype;

/* Append-only. */
typedef enum hf_valkind { HF_I32 = 1, HF_I64 = 2, HF_F32 = 3, HF_F64 = 4, HF_V128 = 5, HF_REF = 6 } hf_valkind;

#define HF_TYPE_I32 UINT32_C(1)
#define HF_TYPE_I64 UINT32_C(2)
#define HF_TYPE_F32 UINT32_C(3)
#define HF_TYPE_F64 UINT32_C(4)
#define HF_TYPE_V128 UINT32_C(5)
#define HF_TYPE_ANYREF UINT32_C(0x116)
#define HF_TYPE_FUNCREF UINT32_C(0x716)
#define HF_TYPE_EXTERNREF UINT32_C(0x916)
#define HF_TYPE_EXNREF UINT32_C(0xb16)

static inline hf_valkind hf_valtype_kind(hf_valtype type)
{
    return (hf_valkind)(type & 0xf);
}
static inline bool hf_valtype_nullable(hf_valtype type)
{
    return (type & 0x10) != 0;
}
/* "i32", "(ref null func)", "(ref 3)" (3: an id of the engine). Returns `out`, zero-terminated. */
HF_API const char *hf_valtype_name(hf_valtype type, char *out, size_t size);
/* Is every value of `sub` one of `super`? */
HF_API bool hf_valtype_matches(const hf_engine *engine, hf_valtype sub, hf_valtype super);

typedef struct hf_functype {
    uint32_t param_count, result_count;
    const hf_valtype *params;
    const hf_valtype *results;
} hf_functype;

typedef struct hf_limits {
    uint64_t min;
    uint64_t max; /* UINT64_MAX when there is none */
    bool is64;
    bool shared;
    uint8_t page_log2; /* of a memory: 16 */
} hf_limits;

typedef struct hf_tabletype {
    hf_valtype element;
    hf_limits limits;
} hf_tabletype;

typedef struct hf_globaltype {
    hf_valtype type;
    bool is_mutable;
} hf_globaltype;

typedef enum hf_externkind {
    HF_EXTERN_FUNC = 0,
    HF_EXTERN_TABLE = 1,
    HF_EXTERN_MEMORY = 2,
    HF_EXTERN_GLOBAL = 3,
    HF_EXTERN_TAG = 4,
} hf_externkind;

typedef struct hf_externtype {
    hf_externkind kind;
    hf_functype func; /* HF_EXTERN_FUNC; of a tag: its parameters */
    hf_tabletype table;
    hf_limits memory;
    hf_globaltype global;
} hf_externtype;

/* "func", "table", "memory", "global", "tag". */
HF_API const char *hf_externkind_name(hf_externkind kind);

HF_END

#endif
