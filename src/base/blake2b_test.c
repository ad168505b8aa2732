// Digests as another implementation gives them, however the input is cut.
#include "base/blake2b.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    unsigned times;
    const char *digest;
} rows[] = {
    { "", 1, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" },
    { "abc", 1, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" },
    { "x", 128, "164ffb7089bae6f5a62fb0795e751dc9e88eac92e1a5b2fafe93a25abf2d9c3b" },
    { "x", 129, "03b0758fa71d249c846c2304a2b9996e6ae66ffa7e5528f9e612e089a360fc8d" },
    { "x", 256, "cb9d468022b930d52da4d9b0226ef9c997e0acc119eeb08afefb8219bc53972b" },
    { "holdfast", 1000, "2d7536b6fe0684c917df74775b3ff3cbdb4827502beba9ef4e17d5d3d0523b71" },
};

static void check(const uint8_t *data, size_t size, size_t piece, const char *want)
{
    struct blake2b b;
    uint8_t digest[32];
    char text[65];
    blake2b_init(&b);
    for (size_t at = 0; at < size; at += piece) blake2b_update(&b, data + at, size - at < piece ? size - at : piece);
    blake2b_final(&b, digest);
    for (unsigned i = 0; i < 32; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, want);
}

static void test_digests(void **state)
{
    (void)state;
    static uint8_t data[8000];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t length = strlen(rows[i].text), size = length * rows[i].times;
        for (size_t at = 0; at < size; at++) data[at] = (uint8_t)rows[i].text[at % length];
        static const size_t pieces[] = { 1, 3, 127, 128, 129, 8000 };
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) check(data, size, pieces[p], rows[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_digests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
