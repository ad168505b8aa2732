// What caller_main.c calls: says with a number what it was given.
#include "callee.h"

static uint64_t inner(const test_flat_types_inner_t *i)
{
    switch (i->tag) {
    case TEST_FLAT_TYPES_INNER_NONE: return 3000;
    case TEST_FLAT_TYPES_INNER_PAIR: return 4000u + (i->as.pair.x == -5 && i->as.pair.y == 0.25f);
    case TEST_FLAT_TYPES_INNER_WIDE: return i->as.wide;
    case TEST_FLAT_TYPES_INNER_DOUBLE: return 5000u + (i->as.double_ == 1e300);
    default: return 1;
    }
}

static uint64_t outer(const callee_outer_t *o)
{
    switch (o->tag) {
    case TEST_FLAT_TYPES_OUTER_SMALL: return 1000u + o->as.small;
    case TEST_FLAT_TYPES_OUTER_FLOAT: return 2000u + (o->as.float_ == -1.5f);
    case TEST_FLAT_TYPES_OUTER_INNER: return inner(&o->as.inner);
    case TEST_FLAT_TYPES_OUTER_PAIRS:
        return 6000u +
               (o->as.pairs.f0.x == 1 && o->as.pairs.f0.y == 2 && o->as.pairs.f1.x == 3 && o->as.pairs.f1.y == 4);
    case TEST_FLAT_TYPES_OUTER_FLAG: return 7000u + o->as.flag;
    default: return 1;
    }
}

int32_t exports_callee_twice(int32_t value)
{
    return value * 2;
}

uint64_t exports_callee_describe(callee_outer_t *o, callee_option_f64_t *opt, callee_result_u64_f32_t *res)
{
    uint64_t sum = outer(o);
    if (opt->some) sum += opt->value == 0.5 ? 100 : 1;
    sum += res->err ? (res->as.error == 2.5f ? 50 : 1) : res->as.ok;
    return sum;
}

double exports_callee_mixed(uint8_t a, int64_t b, float c, double d, uint32_t e, bool f, callee_bits_t g,
                            callee_level_t h, callee_list2_u8_t *i)
{
    return a == 255 && b == -3 && c == 0.5f && d == 0.25 && e == 0x10ffff && f && g == TEST_FLAT_TYPES_BITS_I &&
           h == TEST_FLAT_TYPES_LEVEL_HIGH && i->at[0] == 7 && i->at[1] == 9;
}

callee_level_t exports_callee_raise(callee_level_t l)
{
    return l == TEST_FLAT_TYPES_LEVEL_LOW ? TEST_FLAT_TYPES_LEVEL_HIGH : l;
}

callee_bits_t exports_callee_flagged(callee_bits_t b)
{
    return (callee_bits_t)(b | TEST_FLAT_TYPES_BITS_I);
}

callee_tuple1_u16_t exports_callee_wrapped(callee_tuple1_u16_t *p)
{
    const callee_tuple1_u16_t less = { (uint16_t)(p->f0 - 1) };
    return less;
}

callee_result_void_void_t exports_callee_negate(callee_result_void_void_t *r)
{
    const callee_result_void_void_t other = { !r->err };
    return other;
}
