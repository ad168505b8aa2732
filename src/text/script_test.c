// Scripts to commands.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/script.h"
#include "wasm/opcode.h"

static hf_code parse(const char *src, struct script *out, hf_status *status)
{
    *status = hf_status_ok();
    return script_parse(src, strlen(src), UINT32_MAX, &alloc_libc, out, status);
}

static bool is(hf_str str, const char *want)
{
    return str.data && str.size == strlen(want) && memcmp(str.data, want, str.size) == 0;
}

static void commands_keep_their_order_and_lines(void **state)
{
    (void)state;
    const char *src = "(module $a (func (export \"f\")))\n"
                      "(module definition $d (func))\n"
                      "(module instance $i $d)\n"
                      "(module instance $d)\n"
                      "(module $b binary \"\\00asm\" \"\\01\\00\\00\\00\")\n"
                      "(module quote \"(func\" \")\")\n"
                      "(register \"x\" $a)\n"
                      "(invoke $a \"f\" (i32.const -1) (ref.null func))\n"
                      "(assert_return (get \"g\") (i32.const 1))\n"
                      "(assert_trap (invoke \"f\") \"unreachable\")\n"
                      "(assert_trap (module (func $s unreachable) (start $s)) \"unreachable\")\n"
                      "(assert_exhaustion (invoke \"f\") \"call stack exhausted\")\n"
                      "(assert_exception (invoke \"f\"))\n"
                      "(assert_malformed (module quote \"(\") \"unexpected token\")\n"
                      "(assert_invalid (module (func (result i32))) \"type mismatch\")\n"
                      "(assert_unlinkable (module (import \"\" \"\" (func))) \"unknown import\")\n"
                      "(assert_malformed_custom (module quote \"(@custom)\") \"@custom\")\n"
                      "(assert_invalid_custom (module) \"@x\")\n";
    static const enum script_kind kinds[] = {
        SCRIPT_MODULE,
        SCRIPT_MODULE,
        SCRIPT_INSTANCE,
        SCRIPT_INSTANCE,
        SCRIPT_MODULE,
        SCRIPT_MODULE,
        SCRIPT_REGISTER,
        SCRIPT_ACTION,
        SCRIPT_ASSERT_RETURN,
        SCRIPT_ASSERT_TRAP,
        SCRIPT_ASSERT_TRAP,
        SCRIPT_ASSERT_EXHAUSTION,
        SCRIPT_ASSERT_EXCEPTION,
        SCRIPT_ASSERT_MALFORMED,
        SCRIPT_ASSERT_INVALID,
        SCRIPT_ASSERT_UNLINKABLE,
        SCRIPT_ASSERT_MALFORMED_CUSTOM,
        SCRIPT_ASSERT_INVALID_CUSTOM,
    };
    struct script s;
    hf_status status;
    assert_int_equal(parse(src, &s, &status), HF_OK);
    assert_int_equal(s.count, sizeof kinds / sizeof *kinds);
    for (uint32_t i = 0; i < s.count; i++) {
        assert_int_equal(s.commands[i].kind, kinds[i]);
        assert_int_equal(s.commands[i].line, i + 1);
        assert_non_null(script_kind_name(s.commands[i].kind));
        assert_null(s.commands[i].module.failure);
    }
    const struct script_command *c = s.commands;
    assert_true(is(c[0].name, "a") && c[0].module.kind == SCRIPT_TEXT && !c[0].module.definition);
    assert_true(is(c[1].name, "d") && c[1].module.definition);
    assert_true(is(c[2].name, "i") && is(c[2].target, "d"));
    assert_true(!c[3].name.data && is(c[3].target, "d"));
    assert_true(is(c[4].name, "b") && c[4].module.kind == SCRIPT_BINARY && c[4].module.bytes.size == 8);
    assert_true(c[5].module.kind == SCRIPT_QUOTE);
    assert_true(is(c[6].text, "x") && is(c[6].target, "a"));
    assert_true(is(c[7].action.target, "a") && is(c[7].action.field, "f") && !c[7].action.get);
    assert_int_equal(c[7].action.arg_count, 2);
    assert_int_equal(c[7].action.args[0].bits, 0xffffffff);
    assert_int_equal(c[7].action.args[1].heap, HEAP_FUNC);
    assert_true(c[8].action.get && c[8].result_count == 1);
    assert_true(c[9].has_action && is(c[9].text, "unreachable"));
    assert_true(!c[10].has_action && c[10].module.bytes.size > 8);
    script_fini(&s);
}

static void results_are_patterns(void **state)
{
    (void)state;
    const char *src =
        "(assert_return (invoke \"f\") (f32.const nan:canonical) (f64.const -0)"
        " (v128.const f32x4 1 nan:arithmetic 0 -1) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1)"
        " (ref.null) (ref.null extern) (ref.extern) (ref.extern 7) (ref.host 3) (ref.func) (ref.i31)"
        " (ref.struct) (ref.array) (ref.any) (ref.eq) (ref.exn) (either (i32.const 1) (i32.const 2)))";
    struct script s;
    hf_status status;
    assert_int_equal(parse(src, &s, &status), HF_OK);
    const struct script_value *r = s.commands[0].results;
    assert_int_equal(s.commands[0].result_count, 17);
    assert_true(r[0].kind == SCRIPT_F32 && r[0].nan[0] == SCRIPT_NAN_CANONICAL);
    assert_true(r[1].kind == SCRIPT_F64 && r[1].nan[0] == SCRIPT_NAN_NONE && r[1].bits == UINT64_C(1) << 63);
    assert_true(r[2].kind == SCRIPT_V128 && r[2].lanes == 4 && r[2].float_lanes);
    assert_true(r[2].nan[1] == SCRIPT_NAN_ARITHMETIC && r[2].v128[3] == 0x3f && r[2].v128[15] == 0xbf);
    assert_true(r[3].lanes == 16 && !r[3].float_lanes && r[3].v128[15] == 0xff);
    assert_true(r[4].kind == SCRIPT_REF_NULL && r[4].heap == HEAP_BOT);
    assert_true(r[5].heap == HEAP_EXTERN);
    assert_true(r[6].kind == SCRIPT_REF_EXTERN && !r[6].has_number);
    assert_true(r[7].has_number && r[7].bits == 7);
    assert_true(r[8].kind == SCRIPT_REF_HOST && r[8].bits == 3);
    static const enum script_value_kind kinds[] = { SCRIPT_REF_FUNC,  SCRIPT_REF_I31, SCRIPT_REF_STRUCT,
                                                    SCRIPT_REF_ARRAY, SCRIPT_REF_ANY, SCRIPT_REF_EQ,
                                                    SCRIPT_REF_EXN };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) assert_int_equal(r[9 + i].kind, kinds[i]);
    assert_true(r[16].kind == SCRIPT_EITHER && r[16].either_count == 2 && r[16].either[1].bits == 2);
    script_fini(&s);
}

static void bare_fields_are_one_module(void **state)
{
    (void)state;
    struct script s;
    hf_status status;
    assert_int_equal(parse("(func) (memory 0) (func (export \"f\"))", &s, &status), HF_OK);
    assert_int_equal(s.count, 1);
    assert_null(s.commands[0].module.failure);
    script_fini(&s);
}

static void a_bad_text_module_is_carried(void **state)
{
    (void)state;
    struct script s;
    hf_status status;
    assert_int_equal(parse("(module (func\n (bogus (()) )))\n(module)", &s, &status), HF_OK);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.commands[0].module.failure->code, HF_MALFORMED);
    assert_int_equal(s.commands[0].module.failure->line, 2);
    assert_null(s.commands[1].module.failure);
    assert_int_equal(s.commands[1].line, 3);
    script_fini(&s);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *src, *message;
    } rows[] = {
        { "(assert_bogus (module) \"\")", "unknown operator assert_bogus" },
        { "(thread $t)", "unknown operator thread" },
        { "(block)", "unexpected token block" },
        { "(assert_return (module))", "unexpected token" },
        { "(assert_malformed (invoke \"f\") \"\")", "unexpected token" },
        { "(assert_trap (invoke \"f\"))", "unexpected token )" },
        { "(invoke \"f\" (f32.const nan:canonical))", "unexpected token nan:canonical" },
        { "(invoke \"f\" (ref.func))", "unexpected token ref.func" },
        { "(invoke \"f\"", "unexpected token end of text" },
        { "(module (func)", "" }, // the module ends with the text: nothing closes it
        { "(module \"\\q\")", "illegal escape" },
        { "module", "unexpected token module" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script s;
        hf_status status;
        const hf_code code = parse(rows[i].src, &s, &status);
        if (*rows[i].message == 0) {
            // The failure is the module's, so that a script that is cut off still says where.
            assert_int_equal(code, HF_OK);
            assert_int_equal(s.commands[0].module.failure->code, HF_MALFORMED);
            script_fini(&s);
            continue;
        }
        if (code != HF_MALFORMED || strncmp(status.message, rows[i].message, strlen(rows[i].message)) != 0)
            fail_msg("%s: %d %s", rows[i].src, code, status.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_keep_their_order_and_lines),
        cmocka_unit_test(results_are_patterns),
        cmocka_unit_test(bare_fields_are_one_module),
        cmocka_unit_test(a_bad_text_module_is_carried),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
