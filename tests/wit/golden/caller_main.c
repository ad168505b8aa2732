// Calls everything with values of every case; `start` returns 0, or the number of the first check that failed.
#include "caller.h"

enum { SMALL = 3 };

static uint32_t checks;
static uint32_t failed;

static void check(bool good)
{
    checks++;
    if (!good && !failed) failed = checks;
}

static uint64_t describe(caller_outer_t o)
{
    const caller_option_f64_t none = { false, 0 };
    const caller_result_u64_f32_t ok = { false, { 7 } };
    return caller_describe(&o, &none, &ok);
}

static void variants(void)
{
    caller_outer_t o = { TEST_FLAT_TYPES_OUTER_SMALL, { SMALL } };
    check(describe(o) == 1003 + 7);
    o.tag = TEST_FLAT_TYPES_OUTER_FLOAT;
    o.as.float_ = -1.5f;
    check(describe(o) == 2001 + 7);
    o.tag = TEST_FLAT_TYPES_OUTER_INNER;
    o.as.inner.tag = TEST_FLAT_TYPES_INNER_NONE;
    check(describe(o) == 3000 + 7);
    o.as.inner.tag = TEST_FLAT_TYPES_INNER_PAIR;
    o.as.inner.as.pair.x = -5;
    o.as.inner.as.pair.y = 0.25f;
    check(describe(o) == 4001 + 7);
    o.as.inner.tag = TEST_FLAT_TYPES_INNER_WIDE;
    o.as.inner.as.wide = UINT64_C(0xfedcba9876543210);
    check(describe(o) == UINT64_C(0xfedcba9876543210) + 7);
    o.as.inner.tag = TEST_FLAT_TYPES_INNER_DOUBLE;
    o.as.inner.as.double_ = 1e300;
    check(describe(o) == 5001 + 7);
    o.tag = TEST_FLAT_TYPES_OUTER_PAIRS;
    o.as.pairs.f0.x = 1;
    o.as.pairs.f0.y = 2;
    o.as.pairs.f1.x = 3;
    o.as.pairs.f1.y = 4;
    check(describe(o) == 6001 + 7);
    o.tag = TEST_FLAT_TYPES_OUTER_FLAG;
    o.as.flag = true;
    check(describe(o) == 7001 + 7);
}

static void options(void)
{
    const caller_outer_t o = { TEST_FLAT_TYPES_OUTER_SMALL, { 0 } };
    const caller_option_f64_t some = { true, 0.5 };
    caller_result_u64_f32_t res = { true, { 0 } };
    res.as.error = 2.5f;
    check(caller_describe(&o, &some, &res) == 1000 + 100 + 50);
}

static void plain(void)
{
    const caller_list2_u8_t two = { { 7, 9 } };
    check(caller_twice(-21) == -42);
    check(caller_mixed(255, -3, 0.5f, 0.25, 0x10ffff, true, TEST_FLAT_TYPES_BITS_I, TEST_FLAT_TYPES_LEVEL_HIGH, &two) ==
          1.0);
    check(caller_raise(TEST_FLAT_TYPES_LEVEL_LOW) == TEST_FLAT_TYPES_LEVEL_HIGH);
    check(caller_flagged(TEST_FLAT_TYPES_BITS_A) == (TEST_FLAT_TYPES_BITS_A | TEST_FLAT_TYPES_BITS_I));
    const caller_tuple1_u16_t one = { 65535 };
    check(caller_wrapped(&one).f0 == 65534);
    const caller_result_void_void_t good = { false };
    check(caller_negate(&good).err);
}

uint32_t exports_caller_start(void)
{
    variants();
    options();
    plain();
    return checks == 15 ? failed : 1000 + checks;
}
