#include "base/utf8.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static const struct {
    const char *bytes;
    bool valid;
} rows[] = {
    { "", true },
    { "plain ascii, longer than eight bytes", true },
    { "\xc2\x80\xdf\xbf", true },
    { "\xe0\xa0\x80\xef\xbf\xbf", true },
    { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true },
    { "\x80", false },
    { "\xc0\x80", false },         // overlong
    { "\xc1\xbf", false },         // overlong
    { "\xe0\x9f\xbf", false },     // overlong
    { "\xf0\x8f\xbf\xbf", false }, // overlong
    { "\xed\xa0\x80", false },     // surrogate
    { "\xed\xbf\xbf", false },     // surrogate
    { "\xf4\x90\x80\x80", false }, // above U+10FFFF
    { "\xf5\x80\x80\x80", false },
    { "\xff", false },
    { "abcdefgh\xe2\x82", false }, // cut off
    { "\xe2(\xa1", false },
};

static void validity(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(utf8_valid(rows[i].bytes, strlen(rows[i].bytes)), rows[i].valid);
}

static void every_scalar_value_survives(void **state)
{
    (void)state;
    for (uint32_t scalar = 0; scalar <= 0x110000; scalar++) {
        uint8_t bytes[4];
        const size_t n = utf8_encode(scalar, bytes);
        const bool is_scalar = scalar < 0xd800 || (scalar >= 0xe000 && scalar < 0x110000);
        assert_int_equal(n > 0, is_scalar);
        if (!n) continue;
        uint32_t back;
        assert_int_equal(utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, scalar);
        if (n > 1) assert_int_equal(utf8_decode(bytes, n - 1, &back), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity),
        cmocka_unit_test(every_scalar_value_survives),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
