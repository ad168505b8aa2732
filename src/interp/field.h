// Fields of structures and elements of arrays, between their storage and a slot.
#ifndef INTERP_FIELD_H
#define INTERP_FIELD_H

#include <string.h>

#include "runtime/gc.h"
#include "runtime/tier.h"

static inline void store_field(uint8_t *to, enum val_kind kind, const union slot *from)
{
    static const uint8_t sizes[] = { [VAL_I32] = 4,   [VAL_I64] = 8, [VAL_F32] = 4, [VAL_F64] = 8,
                                     [VAL_V128] = 16, [VAL_REF] = 4, [VAL_I8] = 1,  [VAL_I16] = 2 };
    memcpy(to, from, sizes[kind]);
}

static inline void load_field(union slot *to, enum val_kind kind, bool sign, const uint8_t *from)
{
    int8_t s8;
    int16_t s16;
    switch (kind) {
    case VAL_I8:
        memcpy(&s8, from, 1);
        to->i64 = sign ? s8 : (uint8_t)s8;
        return;
    case VAL_I16:
        memcpy(&s16, from, 2);
        to->i64 = sign ? s16 : (uint16_t)s16;
        return;
    case VAL_V128: memcpy(to, from, 16); return;
    case VAL_I64:
    case VAL_F64: memcpy(to, from, 8); return;
    default:
        to->u64 = 0;
        memcpy(to, from, 4);
        return;
    }
}

#endif
