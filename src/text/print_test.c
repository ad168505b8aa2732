// Bytes to text: golden texts, and what cannot be printed.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/text.h"

// Assembles, prints, and assembles what was printed: the bytes are the same.
static void round_trip(const char *src, unsigned flags, struct buf *text)
{
    struct buf bytes, again;
    hf_status status = hf_status_ok();
    buf_init(&bytes, &alloc_libc);
    buf_init(&again, &alloc_libc);
    buf_init(text, &alloc_libc);
    if (text_assemble(src, strlen(src), UINT32_MAX, true, &bytes, &status)) fail_msg("%s: %s", src, status.message);
    if (text_print(bytes.data, bytes.size, flags, text, &status)) fail_msg("%s: %s", src, status.message);
    buf_u8(text, 0);
    if (text_assemble((const char *)text->data, text->size - 1, UINT32_MAX, true, &again, &status))
        fail_msg("%s: %u:%u: %s", text->data, status.line, status.column, status.message);
    if (bytes.size != again.size || memcmp(bytes.data, again.data, bytes.size) != 0)
        fail_msg("differs: %s", text->data);
    buf_fini(&bytes);
    buf_fini(&again);
}

static const struct {
    const char *src, *flat, *folded;
} goldens[] = {
    { "(module)", "(module)\n", "(module)\n" },
    {
        "(module $m (func $f (param $x i32) (result i32) (local $y i32)"
        " (if (result i32) (i32.eqz (local.get $x)) (then (i32.const 1)) (else (local.get $y)))))",
        "(module $m\n"
        "  (type (;0;) (func (param i32) (result i32)))\n"
        "  (func $f (;0;) (type 0) (param $x i32) (result i32)\n"
        "    (local $y i32)\n"
        "    local.get $x\n"
        "    i32.eqz\n"
        "    if (result i32)\n"
        "      i32.const 1\n"
        "    else\n"
        "      local.get $y\n"
        "    end))\n",
        "(module $m\n"
        "  (type (;0;) (func (param i32) (result i32)))\n"
        "  (func $f (;0;) (type 0) (param $x i32) (result i32)\n"
        "    (local $y i32)\n"
        "    (if (result i32)\n"
        "      (i32.eqz (local.get $x))\n"
        "      (then\n"
        "        (i32.const 1))\n"
        "      (else\n"
        "        (local.get $y)))))\n",
    },
    {
        "(module (type $t (struct (field $a i8) (field (mut f64)))) (tag $e)"
        " (func (block $b (try_table (catch $e $b)) (br $b)) (drop (struct.get $t $a (ref.null $t)))))",
        "(module\n"
        "  (type $t (;0;) (struct (field $a i8) (field (mut f64))))\n"
        "  (type (;1;) (func))\n"
        "  (tag $e (;0;) (type 1))\n"
        "  (func (;0;) (type 1)\n"
        "    block $b\n"
        "      try_table (catch $e $b)\n"
        "      end\n"
        "      br $b\n"
        "    end\n"
        "    ref.null $t\n"
        "    struct.get $t $a\n"
        "    drop))\n",
        "(module\n"
        "  (type $t (;0;) (struct (field $a i8) (field (mut f64))))\n"
        "  (type (;1;) (func))\n"
        "  (tag $e (;0;) (type 1))\n"
        "  (func (;0;) (type 1)\n"
        "    (block $b\n"
        "      (try_table (catch $e $b))\n"
        "      (br $b))\n"
        "    (drop (struct.get $t $a (ref.null $t)))))\n",
    },
    {
        "(module (@custom \"x\" (before first) \"\\00a\\\"\") (memory 1) (data (i32.const 1) \"\\ff\"))",
        "(module\n"
        "  (memory (;0;) 1)\n"
        "  (data (;0;) (offset i32.const 1) \"\\ff\")\n"
        "  (@custom \"x\" (before first) \"\\00a\\\"\"))\n",
        NULL,
    },
    {
        "(func $\"a b\") (func (@name \"a b\")) (func $\"\\\"\\t\") (start 2)",
        "(module\n"
        "  (type (;0;) (func))\n"
        "  (start $\"\\\"\\09\")\n"
        "  (func (@name \"a b\") (;0;) (type 0))\n"
        "  (func (@name \"a b\") (;1;) (type 0))\n"
        "  (func $\"\\\"\\09\" (;2;) (type 0)))\n",
        NULL,
    },
    {
        "(func (param i32) (@metadata.code.branch_hint \"\\00\") (if (local.get 0) (then)))",
        "(module\n"
        "  (type (;0;) (func (param i32)))\n"
        "  (func (;0;) (type 0) (param i32)\n"
        "    local.get 0\n"
        "    (@metadata.code.branch_hint \"\\00\") if\n"
        "    end))\n",
        "(module\n"
        "  (type (;0;) (func (param i32)))\n"
        "  (func (;0;) (type 0) (param i32)\n"
        "    (@metadata.code.branch_hint \"\\00\") (if\n"
        "      (local.get 0)\n"
        "      (then))))\n",
    },
    {
        "(func (try (do (nop)) (catch_all (rethrow 0))) (try (do) (delegate 0)))",
        NULL,
        "(module\n"
        "  (type (;0;) (func))\n"
        "  (func (;0;) (type 0)\n"
        "    (try\n"
        "      (do\n"
        "        (nop))\n"
        "      (catch_all\n"
        "        (rethrow 0)))\n"
        "    (try\n"
        "      (do)\n"
        "      (delegate 0))))\n",
    },
    {
        // A statement between operands keeps them from being folded.
        "(func i32.const 1 i32.const 2 nop i32.add drop)",
        NULL,
        "(module\n"
        "  (type (;0;) (func))\n"
        "  (func (;0;) (type 0)\n"
        "    (i32.const 1)\n"
        "    (i32.const 2)\n"
        "    (nop)\n"
        "    (drop (i32.add))))\n",
    },
};

static void prints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        for (unsigned flags = 0; flags <= TEXT_FOLDED; flags++) {
            const char *want = flags & TEXT_FOLDED ? goldens[i].folded : goldens[i].flat;
            struct buf text;
            round_trip(goldens[i].src, flags, &text);
            if (want && strcmp((const char *)text.data, want) != 0) fail_msg("got\n%s\nwant\n%s", text.data, want);
            buf_fini(&text);
        }
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        hf_code code;
        uint64_t offset;
    } rows[] = {
        { "", 0, HF_MALFORMED, 0 },
        { "\0asm", 4, HF_MALFORMED, 4 },
        { "\0asm\2\0\0\0", 8, HF_MALFORMED, 8 },
        { "\0asm\1\0\0\0\1", 9, HF_MALFORMED, 9 },
        { "\0asm\1\0\0\0\x7f\0", 10, HF_MALFORMED, 8 },
        { "\0asm\1\0\0\0\3\2\1\0\1\4\1\x60\0\0", 18, HF_MALFORMED, 12 }, // sections out of order
        { "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\4\1\2\0\xff", 24, HF_MALFORMED, 23 },
        { "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\4\1\2\0\1", 24, HF_MALFORMED, 24 }, // no end
        { "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0", 18, HF_MALFORMED, UINT64_MAX },       // no code
        // 4,000,000,000 locals in ten bytes
        { "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\x0a\1\x08\1\x80\xd0\xac\xf3\x0e\x7f\x0b", 30, HF_LIMIT, UINT64_MAX },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, &alloc_libc);
        hf_status status = hf_status_ok();
        const hf_code code = text_print((const uint8_t *)rows[i].bytes, rows[i].size, 0, &out, &status);
        if (code != rows[i].code || status.offset != rows[i].offset)
            fail_msg("row %zu: %d at %lld: %s", i, code, (long long)status.offset, status.message);
        assert_int_equal(out.size, 0);
        buf_fini(&out);
    }
}

// A name section that cannot be said in names is kept as it is.
static void odd_sections_stay_custom(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *want;
    } rows[] = {
        { "\0asm\1\0\0\0\0\x0a\4name\1\3\1\5\0", 20, "(@custom \"name\" (before first) \"\\01\\03\\01\\05\\00\")" },
        { "\0asm\1\0\0\0\0\7\4name\x20\0", 17, "(@custom \"name\" (before first) \" \\00\")" },
        { "\0asm\1\0\0\0\0\x1b\x19metadata.code.branch_hint\1", 37,
          "(@custom \"metadata.code.branch_hint\" (before first) \"\\01\")" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, &alloc_libc);
        hf_status status = hf_status_ok();
        const hf_code code = text_print((const uint8_t *)rows[i].bytes, rows[i].size, 0, &out, &status);
        if (code != HF_OK) fail_msg("row %zu: %s", i, status.message);
        buf_u8(&out, 0);
        if (!strstr((const char *)out.data, rows[i].want)) fail_msg("row %zu: %s", i, out.data);
        buf_fini(&out);
    }
}

static void disassembles_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *want; // NULL: malformed
        enum opcode op;
    } rows[] = {
        { "\x6a", 1, "i32.add", OP_I32_ADD },
        { "\x41\x7f", 2, "i32.const -1", OP_I32_CONST },
        { "\x28\2\x08", 3, "i32.load offset=8", OP_I32_LOAD },
        { "\x28\x41\1\x08", 4, "i32.load 1 offset=8 align=2", OP_I32_LOAD },
        { "\x02\x7f", 2, "block (result i32)", OP_BLOCK },
        { "\x0e\1\0\1", 4, "br_table 0 1", OP_BR_TABLE },
        { "\x11\3\1", 3, "call_indirect 1 (type 3)", OP_CALL_INDIRECT },
        { "\xfb\x15\x6e", 3, "ref.test (ref null any)", OP_REF_TEST_NULL },
        { "\xfb\x18\2\0\x6e\x6c", 6, "br_on_cast 0 (ref any) (ref null i31)", OP_BR_ON_CAST },
        { "\x1f\x40\1\1\2\3", 6, "try_table (catch_ref 2 3)", OP_TRY_TABLE },
        { "\x44\0\0\0\0\0\0\xf8\x3f", 9, "f64.const 1.5", OP_F64_CONST },
        { "\x41", 1, NULL, OP_NONE },
        { "\xff", 1, NULL, OP_NONE },
        { "\xfc\xff\xff\3", 4, NULL, OP_NONE },
        { "", 0, NULL, OP_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, &alloc_libc);
        struct reader in = reader_of((const uint8_t *)rows[i].bytes, rows[i].size);
        enum opcode op = OP_NONE;
        const hf_code code = text_print_instr(&in, &op, &out, NULL);
        assert_int_equal(code, rows[i].want ? HF_OK : HF_MALFORMED);
        assert_int_equal(op, rows[i].op);
        if (rows[i].want) {
            assert_int_equal(reader_left(&in), 0);
            buf_u8(&out, 0);
            assert_string_equal(out.data, rows[i].want);
        } else {
            assert_int_equal(reader_offset(&in), 0);
        }
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints),
        cmocka_unit_test(refuses),
        cmocka_unit_test(odd_sections_stay_custom),
        cmocka_unit_test(disassembles_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
