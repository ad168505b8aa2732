// Values as flat core values, and the C that turns one into the other on wasm32 (CanonicalABI.md, "Flattening").
#ifndef BINDGEN_FLAT_H
#define BINDGEN_FLAT_H

#include "bindgen/ctype.h"

enum { MAX_FLAT_PARAMS = 16, MAX_FLAT_RESULTS = 1 };

enum core_type { CORE_I32, CORE_I64, CORE_F32, CORE_F64 };

// What a value flattens to; of more than MAX_FLAT_PARAMS the rest is not listed.
struct flat {
    unsigned count;
    uint8_t types[MAX_FLAT_PARAMS + 1];
};

struct flattener {
    struct ctypes *types;
    struct buf *out; // statements
    unsigned indent;
    unsigned variables; // made so far in this function
    uint64_t work;      // types looked at; bounded, for types can be made to have very many cases
    bool too_much;
};

void flatten(struct flattener *f, const struct wit_type *type, struct flat *out);
const char *core_name(uint8_t type); // "int32_t"

// C expressions, in an arena.
struct exprs {
    unsigned count;
    const char *list[MAX_FLAT_PARAMS + 1];
};

// Writes what is needed before, and gives the expressions of the flat values of `value`, a C lvalue.
void flat_lower(struct flattener *f, const struct wit_type *type, const char *value, struct exprs *out);
// Writes assignments to `value` from flat values; takes expressions from *at on.
void flat_lift(struct flattener *f, const struct wit_type *type, const char *value, const struct exprs *from,
               unsigned *at);

// A line of the function.
void put_line(struct flattener *f, const char *fmt, ...) HF_PRINTF(2, 3);
// Text in the arena; "" when there is no memory.
const char *put_expr(struct flattener *f, const char *fmt, ...) HF_PRINTF(2, 3);

#endif
