// The runner of scripts has teeth: each row is a script with one command that must fail, and what must be said of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <holdfast/wast.h>

struct seen {
    char text[512];
    uint32_t line;
    hf_wast_command command;
    unsigned failures;
    char printed[64];
};

static void on_failure(void *ctx, uint32_t line, hf_wast_command command, const char *message)
{
    struct seen *seen = ctx;
    snprintf(seen->text, sizeof seen->text, "%s", message);
    seen->line = line;
    seen->command = command;
    seen->failures++;
}

static void on_print(void *ctx, const char *text)
{
    struct seen *seen = ctx;
    const size_t used = strlen(seen->printed);
    snprintf(seen->printed + used, sizeof seen->printed - used, "%s", text);
}

static hf_code run(const char *text, struct seen *seen, hf_wast_result *result)
{
    hf_engine *engine = hf_engine_new(NULL, NULL);
    const hf_wast_options options = { .size = sizeof options, .failure = on_failure, .ctx = seen, .print = on_print };
    hf_status status = hf_status_ok();
    *seen = (struct seen){ .line = 0 };
    const hf_code code = hf_wast_run(engine, "test", text, strlen(text), &options, result, &status);
    assert_int_equal(code, status.code);
    hf_engine_unref(engine);
    return code;
}

#define MODULE                                                                                                            \
    "(module (func (export \"i\") (result i32) (i32.const 1)) (func (export \"t\") (unreachable))"                        \
    " (func (export \"n\") (result f32) (f32.const nan:0x200000)) (func (export \"r\") (result funcref) (ref.null func))" \
    " (func (export \"v\") (result v128) (v128.const i32x4 1 2 3 4)) (tag $e) (func (export \"e\") (throw $e))"           \
    " (global (export \"g\") i64 (i64.const 5)))\n"

static void what_is_wrong_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        hf_wast_command command;
        const char *said;
    } rows[] = {
        { MODULE "(assert_return (invoke \"i\") (i32.const 2))", HF_WAST_ASSERT_RETURN, "expected i32 2, got i32 1" },
        { MODULE "(assert_return (invoke \"i\") (i64.const 1))", HF_WAST_ASSERT_RETURN, "expected i64 1, got i32 1" },
        { MODULE "(assert_return (invoke \"i\"))", HF_WAST_ASSERT_RETURN, "expected 0 results, got 1" },
        { MODULE "(assert_return (invoke \"n\") (f32.const nan:canonical))", HF_WAST_ASSERT_RETURN, "nan:canonical" },
        { MODULE "(assert_return (invoke \"n\") (f32.const nan:arithmetic))", HF_WAST_ASSERT_RETURN, "nan:arithmetic" },
        { MODULE "(assert_return (invoke \"r\") (ref.func))", HF_WAST_ASSERT_RETURN, "ref.func" },
        { MODULE "(assert_return (invoke \"r\") (ref.null extern))", HF_WAST_ASSERT_RETURN, "null" },
        { MODULE "(assert_return (invoke \"v\") (v128.const i32x4 1 2 3 5))", HF_WAST_ASSERT_RETURN, "0x00000005" },
        { MODULE "(assert_return (invoke \"i\") (either (i32.const 2) (i32.const 3)))", HF_WAST_ASSERT_RETURN,
          "2 or i32 3" },
        { MODULE "(assert_return (get \"g\") (i64.const 6))", HF_WAST_ASSERT_RETURN, "got i64 5" },
        { MODULE "(assert_return (invoke \"t\"))", HF_WAST_ASSERT_RETURN, "unreachable" },
        { MODULE "(assert_return (invoke \"none\"))", HF_WAST_ASSERT_RETURN, "no export \"none\"" },
        { MODULE "(assert_return (invoke \"i\" (i32.const 1)) (i32.const 1))", HF_WAST_ASSERT_RETURN,
          "takes 0 arguments" },
        { MODULE "(assert_return (invoke $m \"i\") (i32.const 1))", HF_WAST_ASSERT_RETURN, "no instance $m" },
        { MODULE "(assert_trap (invoke \"i\") \"unreachable\")", HF_WAST_ASSERT_TRAP, "it succeeded" },
        { MODULE "(assert_trap (invoke \"t\") \"integer overflow\")", HF_WAST_ASSERT_TRAP, "got \"unreachable\"" },
        { MODULE "(assert_trap (invoke \"e\") \"unreachable\")", HF_WAST_ASSERT_TRAP, "exception" },
        { MODULE "(assert_exhaustion (invoke \"t\") \"call stack exhausted\")", HF_WAST_ASSERT_EXHAUSTION,
          "unreachable" },
        { MODULE "(assert_exception (invoke \"t\"))", HF_WAST_ASSERT_EXCEPTION, "expected an exception" },
        { MODULE "(invoke \"t\")", HF_WAST_ACTION, "unreachable" },
        { "(module (func (unreachable)) (start 0))", HF_WAST_MODULE, "unreachable" },
        { "(module (func (result i32)))", HF_WAST_MODULE, "type mismatch" },
        { "(assert_invalid (module) \"type mismatch\")", HF_WAST_ASSERT_INVALID, "it succeeded" },
        { "(assert_invalid (module (func (result i32))) \"unknown local\")", HF_WAST_ASSERT_INVALID, "type mismatch" },
        { "(assert_invalid (module quote \"(func\") \"unexpected token\")", HF_WAST_ASSERT_INVALID, "malformed" },
        { "(assert_malformed (module quote \"(func (result i32))\") \"type mismatch\")", HF_WAST_ASSERT_MALFORMED,
          "invalid" },
        { "(assert_malformed (module binary \"\\00asm\\01\\00\\00\\00\") \"unexpected end\")", HF_WAST_ASSERT_MALFORMED,
          "it succeeded" },
        { "(assert_unlinkable (module) \"unknown import\")", HF_WAST_ASSERT_UNLINKABLE, "it succeeded" },
        { "(assert_unlinkable (module (import \"spectest\" \"print\" (global i32))) \"unknown import\")",
          HF_WAST_ASSERT_UNLINKABLE, "incompatible import type" },
        { "(assert_unlinkable (module (func (unreachable)) (start 0)) \"unreachable\")", HF_WAST_ASSERT_UNLINKABLE,
          "trapped" },
        { "(register \"m\")", HF_WAST_REGISTER, "no instance" },
        { "(module instance $a $b)", HF_WAST_MODULE_INSTANCE, "no definition $b" },
        { "(module definition (func (result i32)))", HF_WAST_MODULE_DEFINITION, "type mismatch" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen;
        hf_wast_result result;
        assert_int_equal(run(rows[i].script, &seen, &result), HF_OK);
        if (seen.failures != 1 || seen.command != rows[i].command || !strstr(seen.text, rows[i].said))
            fail_msg("%s: %u failures, %s: %s", rows[i].script, seen.failures, hf_wast_command_name(seen.command),
                     seen.text);
        assert_int_equal(result.failed[rows[i].command], 1);
        assert_int_equal(result.run[rows[i].command], 1);
    }
}

static void an_earlier_instance_does_not_answer_for_one_that_failed(void **state)
{
    (void)state;
    struct seen seen;
    hf_wast_result result;
    run(MODULE "(module (func (result i32)))\n(assert_return (invoke \"i\") (i32.const 1))", &seen, &result);
    assert_int_equal(seen.failures, 2);
    assert_int_equal(seen.line, 3);
    assert_string_equal(seen.text, "there is no instance");
}

static void unknown_commands_fail_the_script(void **state)
{
    (void)state;
    struct seen seen;
    hf_wast_result result;
    assert_int_equal(run("(assert_nonsense)", &seen, &result), HF_MALFORMED);
    assert_int_equal(run("(module) )", &seen, &result), HF_MALFORMED);
    run("(module", &seen, &result);
    assert_int_equal(seen.failures, 1);
    assert_int_equal(run("", &seen, &result), HF_OK);
}

static void spectest_prints(void **state)
{
    (void)state;
    struct seen seen;
    hf_wast_result result;
    run("(module (import \"spectest\" \"print_i32_f32\" (func $p (param i32 f32))) (func (export \"f\") (call $p (i32.const 7)"
        " (f32.const 1.5))))(invoke \"f\")",
        &seen, &result);
    assert_int_equal(seen.failures, 0);
    assert_string_equal(seen.printed, "7 : i32\n1.5 : f32\n");
}

static void commands_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < HF_WAST_COMMANDS; i++) assert_true(*hf_wast_command_name((hf_wast_command)i));
    assert_string_equal(hf_wast_command_name(HF_WAST_ASSERT_INVALID_CUSTOM), "assert_invalid_custom");
    assert_string_equal(hf_wast_command_name(HF_WAST_COMMANDS), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_found),
        cmocka_unit_test(an_earlier_instance_does_not_answer_for_one_that_failed),
        cmocka_unit_test(unknown_commands_fail_the_script),
        cmocka_unit_test(spectest_prints),
        cmocka_unit_test(commands_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
