// Number literals, to bits and back.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/number.h"

static void tells_the_kinds_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum number_kind kind;
    } rows[] = {
        { "0", NUMBER_NAT },        { "0_0", NUMBER_NAT },
        { "0x1_F", NUMBER_NAT },    { "-1", NUMBER_INT },
        { "+0xa", NUMBER_INT },     { "1.", NUMBER_FLOAT },
        { "1.5e+3", NUMBER_FLOAT }, { "1e3", NUMBER_FLOAT },
        { "0x.8", NUMBER_NOT },     { "0x1.8", NUMBER_FLOAT },
        { "0x1p-3", NUMBER_FLOAT }, { "inf", NUMBER_FLOAT },
        { "-nan", NUMBER_FLOAT },   { "nan:0x1", NUMBER_FLOAT },
        { "nan:1", NUMBER_NOT },    { "", NUMBER_NOT },
        { "-", NUMBER_NOT },        { "_1", NUMBER_NOT },
        { "1_", NUMBER_NOT },       { "1__0", NUMBER_NOT },
        { "0x", NUMBER_NOT },       { "1._0", NUMBER_NOT },
        { "1e", NUMBER_NOT },       { "0x1p", NUMBER_NOT },
        { "1.e1", NUMBER_FLOAT },   { "1a", NUMBER_NOT },
        { "infinity", NUMBER_NOT }, { "nan:0x", NUMBER_NOT },
        { "1.0_1", NUMBER_FLOAT },  { "1e1_0", NUMBER_FLOAT },
        { "0X1", NUMBER_NOT },      { "nan:canonical", NUMBER_NOT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (number_kind(rows[i].text, strlen(rows[i].text)) != rows[i].kind) fail_msg("%s", rows[i].text);
    }
}

static void reads_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned bits;
        bool fits;
        uint64_t value;
    } rows[] = {
        { "255", 8, true, 255 },
        { "256", 8, false, 0 },
        { "-128", 8, true, 0x80 },
        { "-129", 8, false, 0 },
        { "0xffff_ffff", 32, true, 0xffffffff },
        { "4294967296", 32, false, 0 },
        { "-0x80000000", 32, true, 0x80000000 },
        { "-0x80000001", 32, false, 0 },
        { "18446744073709551615", 64, true, UINT64_MAX },
        { "18446744073709551616", 64, false, 0 },
        { "-9223372036854775808", 64, true, UINT64_C(1) << 63 },
        { "-9223372036854775809", 64, false, 0 },
        { "+7", 32, true, 7 },
        { "-0", 32, true, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 0;
        const bool fits = number_int(rows[i].text, strlen(rows[i].text), rows[i].bits, &value);
        if (fits != rows[i].fits || value != rows[i].value)
            fail_msg("%s: %llx", rows[i].text, (unsigned long long)value);
    }
}

static void reads_floats(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned bits;
        bool fits;
        uint64_t value;
    } rows[] = {
        { "0", 32, true, 0 },
        { "-0.0", 32, true, 0x80000000 },
        { "1", 32, true, 0x3f800000 },
        { "-1.5e0", 64, true, 0xbff8000000000000 },
        { "0.1", 64, true, 0x3fb999999999999a },
        { "0.1", 32, true, 0x3dcccccd },
        { "1e-400", 64, true, 0 },
        { "1e400", 64, false, 0 },
        { "0e999999999999999999999", 64, true, 0 },
        { "0x0p999999999999999999999", 64, true, 0 },
        { "1e-999999999999999999999", 64, true, 0 },
        { "4.9406564584124654e-324", 64, true, 1 },
        { "2.4703282292062327e-324", 64, true, 0 }, // just below half of the least
        { "2.4703282292062328e-324", 64, true, 1 },
        { "2.2250738585072011e-308", 64, true, 0x000fffffffffffff },
        { "1.7976931348623157e308", 64, true, 0x7fefffffffffffff },
        { "1.7976931348623159e308", 64, false, 0 },
        { "3.4028234e38", 32, true, 0x7f7fffff },
        { "3.4028236e38", 32, false, 0 },
        { "9007199254740993", 64, true, 0x4340000000000000 }, // ties to even
        { "9007199254740993.0000000000000000000000000000000000000000000000000000000000000000001", 64, true,
          0x4340000000000001 },
        { "0x1.000001p0", 32, true, 0x3f800000 },
        { "0x1.0000010000000000000000000001p0", 32, true, 0x3f800001 },
        { "0x1.000003p0", 32, true, 0x3f800002 },
        { "0x1p-149", 32, true, 1 },
        { "0x1p-150", 32, true, 0 },
        { "0x1.8p-150", 32, true, 1 },
        { "0x1p-1074", 64, true, 1 },
        { "0x0.00000000000000000000000001p+104", 64, true, 0x3ff0000000000000 },
        { "0x10000000000000000000000000p-100", 64, true, 0x3ff0000000000000 },
        { "0x1.fffffep127", 32, true, 0x7f7fffff },
        { "0x1.ffffffp127", 32, false, 0 },
        { "0x1.fffffefffffffp127", 32, true, 0x7f7fffff },
        { "inf", 32, true, 0x7f800000 },
        { "-inf", 64, true, 0xfff0000000000000 },
        { "nan", 32, true, 0x7fc00000 },
        { "-nan:0x1", 64, true, 0xfff0000000000001 },
        { "nan:0x0", 32, false, 0 },
        { "nan:0x80_0000", 32, false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 0;
        const bool fits = number_float(rows[i].text, strlen(rows[i].text), rows[i].bits, &value);
        if (fits != rows[i].fits || value != rows[i].value)
            fail_msg("%s: %llx", rows[i].text, (unsigned long long)value);
    }
}

// The C library of the machine reads the same from decimal literals of any length.
static void agrees_with_strtod(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[1000];
        size_t size = 0;
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        const unsigned digits = 1 + (unsigned)(seed >> 60) * (i % 50 == 0 ? 60 : 2);
        for (unsigned d = 0; d < digits; d++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            text[size++] = (char)('0' + (seed >> 33) % 10);
            if (d == digits / 2) text[size++] = '.';
        }
        snprintf(text + size, sizeof text - size, "e%d", (int)((seed >> 20) % 700) - 350);
        const double wide = strtod(text, NULL);
        const float narrow = strtof(text, NULL);
        uint64_t bits = 0, value = 0;
        memcpy(&bits, &wide, sizeof wide);
        const bool fits = number_float(text, strlen(text), 64, &value);
        if (fits != (wide <= 0x1.fffffffffffffp1023) || (fits && value != bits)) fail_msg("f64 %s", text);
        uint32_t bits32;
        memcpy(&bits32, &narrow, sizeof narrow);
        const bool fits32 = number_float(text, strlen(text), 32, &value);
        if (fits32 != (narrow <= 0x1.fffffep127f) || (fits32 && value != bits32)) fail_msg("f32 %s", text);
    }
}

static void writes_what_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        const unsigned bits = i & 1 ? 32 : 64;
        const uint64_t want = bits == 32 ? seed >> 32 : seed ^ seed >> 29;
        char text[NUMBER_FLOAT_TEXT];
        uint64_t value = 0;
        number_float_text(want, bits, text);
        assert_int_not_equal(number_kind(text, strlen(text)), NUMBER_NOT);
        if (!number_float(text, strlen(text), bits, &value) || value != want) fail_msg("%s", text);
    }
    static const struct {
        uint64_t value;
        unsigned bits;
        const char *text;
    } rows[] = {
        { 0x3fb999999999999a, 64, "0.1" }, { 0x3dcccccd, 32, "0.1" },           { 0x80000000, 32, "-0" },
        { 0x7fc00000, 32, "nan" },         { 0xffc00001, 32, "-nan:0x400001" }, { 0x7f800000, 32, "inf" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[NUMBER_FLOAT_TEXT];
        assert_string_equal(number_float_text(rows[i].value, rows[i].bits, text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_kinds_apart),  cmocka_unit_test(reads_integers),
        cmocka_unit_test(reads_floats),           cmocka_unit_test(agrees_with_strtod),
        cmocka_unit_test(writes_what_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
