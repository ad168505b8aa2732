// Text to bytes: what sections come out, and which errors, where.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/text.h"

static hf_code assemble(const char *src, uint32_t features, bool names, struct buf *out, hf_status *status)
{
    buf_init(out, &alloc_libc);
    *status = hf_status_ok();
    return text_assemble(src, strlen(src), features, names, out, status);
}

// The bytes behind the preamble, in hexadecimal.
static const char *hex(const struct buf *bytes, char *out, size_t size)
{
    size_t at = 0;
    for (size_t i = 8; i < bytes->size && at + 3 < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%02x", bytes->data[i]);
    out[at] = 0;
    return out;
}

static void assembles(void **state)
{
    (void)state;
    // Only the sections that a row is about: code section bytes unless it says otherwise.
    static const struct {
        const char *src;
        const char *want; // everything behind the preamble
    } rows[] = {
        { "", "" },
        { "(module)", "" },
        { "(module $m)", "" },
        { ";; nothing\n(; at (; all ;) ;)", "" },
        { "(type (func (param i32 i64) (result f32)))", "010701"
                                                        "60027f7e017d" },
        { "(type (sub (struct (field i8) (field (mut i32)))))", "010901"
                                                                "50005f027800"
                                                                "7f01" },
        { "(type $a (sub (array (mut (ref null $a)))))", "010701"
                                                         "50005e630001" },
        { "(rec (type $a (struct)) (type (sub final $a (struct))))", "010a01"
                                                                     "4e025f004f01005f00" },
        { "(rec)", "010301"
                   "4e00" },
        { "(rec (type (func)))", "010401"
                                 "600000" },
        { "(import \"a\" \"b\" (func (param i32)))", "010501"
                                                     "60017f00"
                                                     "020701"
                                                     "0161"
                                                     "0162"
                                                     "0000" },
        { "(func)", "010401"
                    "600000"
                    "03020100"
                    "0a040102000b" },
        // the implicit type is found among the explicit ones, or comes behind them
        { "(func (param i32)) (type (func)) (type (func (param i32)))", "010802"
                                                                        "600000"
                                                                        "60017f00"
                                                                        "03020101"
                                                                        "0a040102000b" },
        { "(memory 1 2)", "050401"
                          "010102" },
        { "(memory i64 1)", "050301"
                            "0401" },
        { "(memory 1 2 shared)", "050401"
                                 "030102" },
        { "(memory 0 (pagesize 1))", "050401"
                                     "080000" },
        { "(memory (data \"ab\" \"\\00\"))", "050401"
                                             "010101"
                                             "0b0901"
                                             "0041000b03616200" },
        { "(table 1 funcref)", "040401"
                               "700001" },
        { "(table i64 1 2 externref)", "040501"
                                       "6f050102" },
        { "(table 0 (ref null func) (ref.null func))", "040901"
                                                       "4000700000d0700b" },
        { "(func $f) (table funcref (elem $f))", "010401"
                                                 "600000"
                                                 "03020100"
                                                 "040501"
                                                 "70010101"
                                                 "090701"
                                                 "0041000b0100"
                                                 "0a040102000b" },
        { "(func $f) (elem declare func $f)", "010401"
                                              "600000"
                                              "03020100"
                                              "090501"
                                              "03000100"
                                              "0a040102000b" },
        { "(global (mut i32) (i32.const -1))", "060601"
                                               "7f01417f0b" },
        { "(global i32 (i32.add (i32.const 1) (i32.const 2)))", "060901"
                                                                "7f00410141026a0b" },
        { "(tag)", "010401"
                   "600000"
                   "0d0301"
                   "0000" },
        { "(func $s) (start $s)", "010401"
                                  "600000"
                                  "03020100"
                                  "080100"
                                  "0a040102000b" },
        { "(func (export \"f\"))", "010401"
                                   "600000"
                                   "03020100"
                                   "070501"
                                   "01660000"
                                   "0a040102000b" },
        { "(data \"\\t\\u{20ac}\\ff\")", "0b0801"
                                         "010509e282acff" },
        // folding keeps the order of evaluation
        { "(func (result i32) (i32.sub (i32.const 1) (i32.const 2)))", "010501"
                                                                       "6000017f"
                                                                       "03020100"
                                                                       "0a090107004101"
                                                                       "41026b0b" },
        { "(func (if (i32.const 1) (then (nop)) (else)))", "010401"
                                                           "600000"
                                                           "03020100"
                                                           "0a0b010900"
                                                           "4101044001050b0b" },
        { "(func (block $a (block $b (br $a) (br $b) (br 0))))", "010401"
                                                                 "600000"
                                                                 "03020100"
                                                                 "0a10010e00"
                                                                 "024002400c010c000c000b0b0b" },
        // an inner label hides an outer one until it ends
        { "(func (block $a (block $a (br $a)) (br $a)))", "010401"
                                                          "600000"
                                                          "03020100"
                                                          "0a0e010c00"
                                                          "024002400c000b0c000b0b" },
        { "(func (local i32 i32 i64) (local i64))", "010401"
                                                    "600000"
                                                    "03020100"
                                                    "0a080106020"
                                                    "27f027e0b" },
        { "(memory 1) (func (drop (i32.load8_u offset=3 align=1 (i32.const 0))))", "010401"
                                                                                   "600000"
                                                                                   "03020100"
                                                                                   "0503010001"
                                                                                   "0a0a010800"
                                                                                   "41002d00031a0b" },
        { "(memory 0) (memory 0) (func (memory.copy 1 0 (i32.const 0) (i32.const 0) (i32.const 0)))",
          "010401"
          "600000"
          "03020100"
          "050502"
          "00000000"
          "0a0e010c00"
          "410041004100fc0a01000b" },
        { "(func data.drop 0) (data \"\")", "010401"
                                            "600000"
                                            "03020100"
                                            "0c0101"
                                            "0a0701"
                                            "0500fc09000b"
                                            "0b0301"
                                            "0100" },
        { "(tag) (func (block $h (try_table (catch 0 $h) (catch_all_ref 0))))", "010401"
                                                                                "600000"
                                                                                "03020100"
                                                                                "0d03010000"
                                                                                "0a10010e00"
                                                                                "0240"
                                                                                "1f4002000000"
                                                                                "0300"
                                                                                "0b0b0b" },
        { "(func (try (do) (catch_all (rethrow 0))) (try (do) (delegate 0)))", "010401"
                                                                               "600000"
                                                                               "03020100"
                                                                               "0a0e010c00"
                                                                               "06401909000b"
                                                                               "06401800"
                                                                               "0b" },
        { "(@custom \"a\" (before type) \"x\") (type (func)) (@custom \"b\")", "00030161"
                                                                               "78"
                                                                               "010401"
                                                                               "600000"
                                                                               "00020162" },
        { "(func br_on_cast 0 anyref (ref i31))", "010401"
                                                  "600000"
                                                  "03020100"
                                                  "0a0a010800"
                                                  "fb1801006e6c0b" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        hf_status status;
        char text[400];
        const hf_code code = assemble(rows[i].src, UINT32_MAX, false, &out, &status);
        if (code != HF_OK) fail_msg("%s: %s", rows[i].src, status.message);
        assert_memory_equal(out.data, "\0asm\1\0\0\0", 8);
        if (strcmp(hex(&out, text, sizeof text), rows[i].want) != 0)
            fail_msg("%s:\n got %s\nwant %s", rows[i].src, text, rows[i].want);
        buf_fini(&out);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *src;
        const char *message; // how it begins
        unsigned line, column;
    } rows[] = {
        { "(module", "unexpected token end of text", 1, 8 },
        { "(module))", "unexpected token )", 1, 9 },
        { "(module) (module)", "unexpected token (", 1, 10 },
        { "(func\n  i32.bogus)", "unknown operator i32.bogus", 2, 3 },
        { "(func\n  (local.get $x))", "unknown local $x", 2, 14 },
        { "(func (call $x))", "unknown function $x", 1, 13 },
        { "(func (br $x))", "unknown label $x", 1, 11 },
        { "(func (block $x) (br $x))", "unknown label $x", 1, 22 },
        { "(func (struct.get $t $f)) (type $t (struct))", "unknown field $f", 1, 22 },
        { "(func block end $l)", "mismatching label $l", 1, 17 },
        { "(func end)", "unexpected token end", 1, 7 },
        { "(func (block end))", "unexpected token end", 1, 14 },
        { "(func block)", "unexpected token )", 1, 12 },
        { "(func (then))", "unexpected token then", 1, 8 },
        { "(func else)", "unexpected token else", 1, 7 },
        { "(func (if (then) (then)))", "unexpected token (", 1, 18 },
        { "(func (try (do) (catch_all) (delegate 0)))", "unexpected token delegate", 1, 30 },
        { "(func try catch_all delegate 0)", "unexpected token delegate", 1, 21 },
        { "(func (i32.const 4294967296))", "constant out of range", 1, 18 },
        { "(func i32.load align=3)", "alignment must be a power of two", 1, 16 },
        { "(func (br 99999999999))", "i32 constant out of range", 1, 11 },
        { "(func $f) (func $f)", "duplicate func $f", 1, 17 },
        { "(func $f) (func $\"f\")", "duplicate func $f", 1, 17 },
        { "(func (param $x i32) (local $x i32))", "duplicate local $x", 1, 32 },
        { "(start 0) (start 0)", "multiple start sections", 1, 18 },
        { "(func) (import \"\" \"\" (func))", "import after function", 1, 16 },
        { "(memory 0) (func (import \"\" \"\"))", "import after memory", 1, 18 },
        { "(type $t (func)) (func (type $t) (param i32))", "inline function type", 1, 45 },
        { "(func (type 3) (param i32))", "unknown type", 1, 27 },
        { "(type (func (result i32) (param i32)))", "unexpected token param", 1, 27 },
        { "(data \"\\xx\")", "illegal escape", 1, 9 },
        { "(data \"\\u{d800}\")", "illegal escape", 1, 9 },
        { "(data \"a", "unclosed string", 1, 9 },
        { "(; (;", "unclosed comment", 1, 1 },
        { "(import \"\\ff\" \"\" (func))", "malformed UTF-8 encoding", 1, 9 },
        { "(func $)", "empty identifier", 1, 8 },
        { "\x01", "illegal character", 1, 1 },
        { "(@a", "unclosed annotation", 1, 4 },
        { "(module (@name \"a\") (@name \"b\"))", "@name annotation: multiple module", 1, 21 },
        { "(func (@custom \"a\"))", "misplaced @custom annotation", 1, 7 },
        { "(table 0 i32)", "unexpected token i32", 1, 10 },
        { "(elem (i32.const 0) (i32.const 0))", "unexpected token (", 1, 21 },
        { "(memory 0 (pagesize 3))", "invalid custom page size", 1, 21 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        hf_status status;
        const hf_code code = assemble(rows[i].src, UINT32_MAX, false, &out, &status);
        if (code != HF_MALFORMED || strncmp(status.message, rows[i].message, strlen(rows[i].message)) != 0)
            fail_msg("%s: %d %s", rows[i].src, code, status.message);
        if (status.line != rows[i].line || status.column != rows[i].column)
            fail_msg("%s: at %u:%u", rows[i].src, status.line, status.column);
        assert_int_equal(out.size, 0);
        buf_fini(&out);
    }
}

static void switched_features_are_unknown_when_off(void **state)
{
    (void)state;
    static const struct {
        const char *src;
        uint32_t feature;
    } rows[] = {
        { "(func (atomic.fence))", FEATURE_THREADS },       { "(memory 0 1 shared)", FEATURE_THREADS },
        { "(func (try (do)))", FEATURE_LEGACY_EXCEPTIONS }, { "(memory 0 (pagesize 1))", FEATURE_CUSTOM_PAGE_SIZES },
        { "(func i64.add128)", FEATURE_WIDE_ARITHMETIC },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        hf_status status;
        assert_int_equal(assemble(rows[i].src, FEATURES_STANDARD, false, &out, &status), HF_MALFORMED);
        buf_fini(&out);
        assert_int_equal(assemble(rows[i].src, FEATURES_STANDARD | rows[i].feature, false, &out, &status), HF_OK);
        buf_fini(&out);
    }
}

static void names_become_a_section(void **state)
{
    (void)state;
    struct buf out;
    hf_status status;
    char text[200];
    const char *src = "(module $m (func $f (param $p i32) (local $l i32) (block $b)))";
    assert_int_equal(assemble(src, UINT32_MAX, true, &out, &status), HF_OK);
    hex(&out, text, sizeof text);
    const char *want = "0022"
                       "046e616d65"
                       "0002016d"
                       "010401000166"
                       "020901000200017001016c"
                       "0306010001000162";
    assert_non_null(strstr(text, want));
    buf_fini(&out);
    // Without it, only what an annotation names.
    src = "(module $m (func $f (@name \"g\")) (func $h))";
    assert_int_equal(assemble(src, UINT32_MAX, false, &out, &status), HF_OK);
    hex(&out, text, sizeof text);
    assert_non_null(strstr(text, "000b"
                                 "046e616d65"
                                 "010401000167"));
    buf_fini(&out);
}

static void branch_hints_become_a_section(void **state)
{
    (void)state;
    struct buf out;
    hf_status status;
    char text[200];
    const char *src = "(func (param i32) (@metadata.code.branch_hint \"\\01\") (if (local.get 0) (then)))";
    assert_int_equal(assemble(src, UINT32_MAX, false, &out, &status), HF_OK);
    hex(&out, text, sizeof text);
    assert_non_null(strstr(text, "0020"
                                 "19"
                                 "6d657461646174612e636f64652e6272616e63685f68696e74"
                                 "01"
                                 "0001"
                                 "030101"
                                 "0a09"));
    buf_fini(&out);
    src = "(func (@metadata.code.branch_hint \"\\01\") nop)";
    assert_int_equal(assemble(src, UINT32_MAX, false, &out, &status), HF_INVALID);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembles),
        cmocka_unit_test(refuses),
        cmocka_unit_test(switched_features_are_unknown_when_off),
        cmocka_unit_test(names_become_a_section),
        cmocka_unit_test(branch_hints_become_a_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
