#include <holdfast/status.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void fresh_status_says_ok(void **state)
{
    (void)state;
    const hf_status status = hf_status_ok();
    assert_int_equal(status.code, HF_OK);
    assert_int_equal(status.trap, HF_TRAP_NONE);
    assert_true(status.offset == UINT64_MAX);
    assert_int_equal(status.func, UINT32_MAX);
    assert_int_equal(status.line, 0);
    assert_string_equal(status.message, "");
}

static void codes_have_names(void **state)
{
    (void)state;
    static const struct {
        hf_code code;
        const char *name;
    } cases[] = {
        { HF_OK, "ok" },
        { HF_MALFORMED, "malformed" },
        { HF_SYSTEM, "system" },
        { HF_OUT_OF_BOUNDS, "out of bounds" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        assert_string_equal(hf_code_name(cases[i].code), cases[i].name);
    for (int code = HF_OK; code <= HF_OUT_OF_BOUNDS; ++code) assert_true(strlen(hf_code_name((hf_code)code)) > 0);
}

static void unknown_values_have_names_too(void **state)
{
    (void)state;
    assert_non_null(hf_code_name((hf_code)9999));
    assert_non_null(hf_trap_message((hf_trap)9999));
}

static void traps_have_the_words_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        hf_trap trap;
        const char *words;
    } cases[] = {
        { HF_TRAP_UNREACHABLE, "unreachable" },
        { HF_TRAP_INTEGER_DIVIDE_BY_ZERO, "integer divide by zero" },
        { HF_TRAP_MEMORY_OUT_OF_BOUNDS, "out of bounds memory access" },
        { HF_TRAP_INDIRECT_CALL_TYPE, "indirect call type mismatch" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        assert_string_equal(hf_trap_message(cases[i].trap), cases[i].words);
    for (int trap = HF_TRAP_UNREACHABLE; trap <= HF_TRAP_CANNOT_WAIT; ++trap)
        assert_true(strlen(hf_trap_message((hf_trap)trap)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_status_says_ok),
        cmocka_unit_test(codes_have_names),
        cmocka_unit_test(unknown_values_have_names_too),
        cmocka_unit_test(traps_have_the_words_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
