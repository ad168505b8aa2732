#include "base/reader.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

struct leb_row {
    const char *bytes;
    size_t size;
    unsigned bits;
    bool is_signed;
    int64_t value;
    const char *bad; // NULL: fine; "": ran out
};

static const char long_text[] = "integer representation too long";
static const char large_text[] = "integer too large";

static const struct leb_row rows[] = {
    { "\x00", 1, 32, false, 0, NULL },
    { "\x7f", 1, 32, false, 127, NULL },
    { "\xe5\x8e\x26", 3, 32, false, 624485, NULL },
    { "\xff\xff\xff\xff\x0f", 5, 32, false, 0xffffffff, NULL },
    { "\x80\x80\x80\x80\x00", 5, 32, false, 0, NULL },
    { "\x80\x80\x80\x80\x80\x00", 6, 32, false, 0, long_text },
    { "\xff\xff\xff\xff\x1f", 5, 32, false, 0, large_text },
    { "\x80\x80\x80\x80\x70", 5, 32, false, 0, large_text },
    { "\x80", 1, 32, false, 0, "" },
    { "", 0, 32, false, 0, "" },
    { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 64, false, -1, NULL },
    { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, 64, false, 0, large_text },
    { "\x7f", 1, 32, true, -1, NULL },
    { "\xc0\xbb\x78", 3, 32, true, -123456, NULL },
    { "\x80\x80\x80\x80\x78", 5, 32, true, INT32_MIN, NULL },
    { "\xff\xff\xff\xff\x07", 5, 32, true, INT32_MAX, NULL },
    { "\xff\xff\xff\xff\x0f", 5, 32, true, 0, large_text },
    { "\x80\x80\x80\x80\x70", 5, 32, true, 0, large_text },
    { "\x80\x80\x80\x80\x80\x7f", 6, 32, true, 0, long_text },
    { "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 10, 64, true, INT64_MIN, NULL },
    { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 10, 64, true, INT64_MAX, NULL },
    { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 64, true, 0, large_text },
    { "\x40", 1, 33, true, -64, NULL },
    { "\xff\xff\xff\xff\x0f", 5, 33, true, 0xffffffff, NULL },
};

static void leb128_values_and_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct leb_row *row = &rows[i];
        struct reader r = reader_of((const uint8_t *)row->bytes, row->size);
        const int64_t value =
            row->is_signed ? reader_leb_s_slow(&r, row->bits) : (int64_t)reader_leb_u_slow(&r, row->bits);
        const char *bad = r.ran_out ? "" : r.bad_leb;
        if (!row->bad) {
            assert_null(bad);
            assert_true(value == row->value);
            assert_int_equal(reader_left(&r), 0);
        } else {
            assert_non_null(bad);
            assert_string_equal(bad, row->bad);
        }
    }
}

static void running_out_is_sticky(void **state)
{
    (void)state;
    struct reader r = reader_of((const uint8_t *)"\x01\x02\x03", 3);
    assert_int_equal(reader_u32le(&r), 0);
    assert_true(r.ran_out);
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_left(&r), 0);
    assert_null(reader_bytes(&r, SIZE_MAX));
}

static void little_endian(void **state)
{
    (void)state;
    struct reader r = reader_of((const uint8_t *)"\x01\x02\x03\x04\x05\x06\x07\x08\x09", 9);
    assert_int_equal(reader_peek(&r), 1);
    assert_true(reader_u64le(&r) == UINT64_C(0x0807060504030201));
    assert_int_equal(reader_offset(&r), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leb128_values_and_errors),
        cmocka_unit_test(running_out_is_sticky),
        cmocka_unit_test(little_endian),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
