#include "wasm/extern_name.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "wasm/opcode.h"

static hf_str str(const char *text)
{
    return (hf_str){ text, strlen(text) };
}

static const struct {
    const char *name;
    int form; // -1: no name
} names[] = {
    { "a", NAME_PLAIN },
    { "a-B1-c", NAME_PLAIN },
    { "", -1 },
    { "a--b", -1 },
    { "aB", -1 },
    { "1a", -1 },
    { "[constructor]a", NAME_CONSTRUCTOR },
    { "[method]a.b", NAME_METHOD },
    { "[static]a.b-C", NAME_STATIC },
    { "[method]a", -1 },
    { "a:b/c", NAME_INTERFACE },
    { "a:b/c@1.2.3-rc.1+x", NAME_INTERFACE },
    { "a:b", -1 },
    { "a:b/c@1.2", -1 },
    { "a:b/c@01.2.3", -1 },
    { "a:b:c/d", -1 },
};

static void names_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct extern_name out;
        hf_status status = hf_status_ok();
        const hf_code code = extern_name_parse(str(names[i].name), FEATURES_STANDARD, 0, &out, &status);
        assert_int_equal(code, names[i].form < 0 ? HF_INVALID : HF_OK);
        if (code == HF_OK) assert_int_equal(out.form, names[i].form);
    }
    struct extern_name out;
    assert_int_equal(extern_name_parse(str("a:b:c/d/e"), FEATURE_CM_NESTED_NAMES, 0, &out, NULL), HF_OK);
    assert_int_equal(extern_name_parse(str("a:b/c@0.2"), FEATURE_CM_CANONICAL_NAMES, 0, &out, NULL), HF_OK);
    assert_true(out.canonical);
    assert_int_equal(extern_name_parse(str("a:b/c@0.0"), FEATURE_CM_CANONICAL_NAMES, 0, &out, NULL), HF_INVALID);
}

static void strongly_unique_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *canonical;
    } rows[] = { { "foo-BAR", "foo-bar" },
                 { "[constructor]FOO", "[constructor]foo" },
                 { "[method]foo.bar", "foo.bar" },
                 { "[static]foo.FOO", "foo" },
                 { "foo:bar/BAZ", "foo:bar/baz" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct extern_name parsed;
        char out[64];
        assert_int_equal(extern_name_parse(str(rows[i].name), 0, 0, &parsed, NULL), HF_OK);
        const size_t size = extern_name_canonical(str(rows[i].name), &parsed, out);
        assert_int_equal(size, strlen(rows[i].canonical));
        assert_memory_equal(out, rows[i].canonical, size);
    }
}

static struct semver version(const char *text)
{
    struct semver out;
    char why[80];
    assert_null(semver_parse(str(text), &out, why, sizeof why));
    return out;
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool compatible;
        int order;
    } rows[] = {
        { "0.2.1", "0.2.6", true, -1 },
        { "0.1.0", "0.2.0", false, -1 },
        { "1.9.0", "1.2.3", true, 1 },
        { "0.0.1", "0.0.2", false, -1 },
        { "2.0.0", "1.0.0", false, 1 },
        { "0.2.0-rc.1", "0.2.0", false, -1 },
        { "0.2.0-rc.2", "0.2.0-rc.10", false, -1 },
        { "0.3.0+a", "0.3.0+b", true, 0 },
        { "1.0.0-a", "1.0.0-a.b", false, -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct semver a = version(rows[i].a), b = version(rows[i].b);
        assert_int_equal(semver_compatible(&a, &b), rows[i].compatible);
        assert_int_equal(semver_compatible(&b, &a), rows[i].compatible);
        assert_int_equal(semver_compare(&a, &b), rows[i].order);
        assert_int_equal(semver_compare(&b, &a), -rows[i].order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(strongly_unique_names),
        cmocka_unit_test(versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
