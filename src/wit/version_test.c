#include "wit/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void versions_are_read_as_far_as_they_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size; // 0: none
    } rows[] = {
        { "1.2.3", 5 },
        { "0.0.0;", 5 },
        { "1.2.3.{a}", 5 },
        { "1.2.3-rc.1", 10 },
        { "1.2.3-rc.1.{a}", 10 },
        { "1.2.3-rc.", 8 },
        { "1.2.3+b.001", 11 },
        { "1.2.3-a+b", 9 },
        { "1.2", 0 },
        { "1.2.", 0 },
        { "01.2.3", 0 },
        { "1.02.3", 0 },
        { "1.2.3-", 0 },
        { "1.2.3+", 0 },
        { "1.2.3-01", 0 },
        { "1.2.3-0a", 8 },
        { "1.2.3--", 7 },
        { "18446744073709551615.0.0", 24 },
        { "18446744073709551616.0.0", 0 },
        { "", 0 },
        { "a", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wit_version v;
        const size_t taken = wit_version_scan(rows[i].text, strlen(rows[i].text), &v);
        if (taken != rows[i].size) fail_msg("%s: %zu", rows[i].text, taken);
    }
}

// The example of semver.org, 11, and what it leaves out: each is below the next.
static void precedence(void **state)
{
    (void)state;
    static const char *const order[] = {
        "0.9.9",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
        "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
        "1.0.0",      "1.0.1",        "1.2.0",         "1.10.0",
        "2.0.0",
    };
    for (size_t a = 0; a < sizeof order / sizeof *order; a++) {
        for (size_t b = 0; b < sizeof order / sizeof *order; b++) {
            struct wit_version x, y;
            wit_version_scan(order[a], strlen(order[a]), &x);
            wit_version_scan(order[b], strlen(order[b]), &y);
            const int got = wit_version_compare(&x, &y);
            if ((got > 0) - (got < 0) != (a > b) - (a < b)) fail_msg("%s and %s: %d", order[a], order[b], got);
        }
    }
    struct wit_version x, y;
    wit_version_scan("1.0.0+a", 7, &x);
    wit_version_scan("1.0.0+b", 7, &y);
    assert_int_equal(wit_version_compare(&x, &y), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_read_as_far_as_they_go),
        cmocka_unit_test(precedence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
