// Bad input: deep nesting, texts and modules that are cut off or changed at every byte, an allocator that says no at
// every place in turn. A crash, a leak or a wait is the failure; the address sanitizer sees the first two.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/script.h"
#include "text/text.h"

// One of everything that has a syntax of its own.
static const char sample[] =
    "(module $m (@name \"n\")\n"
    "  (rec (type $s (sub (struct (field $a i8) (field (mut (ref null $s)))))) (type $t (sub $s (struct (field i8)"
    " (field (mut (ref null $s))) (field f64)))))\n"
    "  (type $f (func (param $x i32) (result i32)))\n"
    "  (import \"a\" \"b\" (func $imp (type $f)))\n"
    "  (table $tab 2 3 funcref) (table (ref null $f) (elem $imp $fn))\n"
    "  (memory $mem 1) (memory (data \"x\"))\n"
    "  (tag $e (param i32)) (global $g (export \"g\") (mut v128) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))\n"
    "  (@custom \"c\" (before code) \"\\u{20ac}\")\n"
    "  (func $fn (export \"f\") (type $f) (local $l i64) (local f32 f32)\n"
    "    (block $b (result i32) (try_table (catch $e $b) (throw $e (i32.const -0x1))) (i32.const 1_0))\n"
    "    (@metadata.code.branch_hint \"\\01\") (if (param i32) (result i32) (local.get 0)\n"
    "      (then (br_table 0 1 (local.get 0))) (else (drop (f32.const nan:0x1)) (i32.load offset=1 align=1 (i32.const 0))))\n"
    "    loop $l br_if $l end (drop (call_indirect $tab (type $f) (i32.const 0) (i32.const 1)))\n"
    "    (drop (ref.cast (ref null $t) (struct.new_default $t))) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))\n"
    "    (drop (f64.const 0x1.8p-3)) (try (do (nop)) (catch_all (rethrow 0))) (drop (i8x16.shuffle"
    " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (global.get $g) (global.get $g))))\n"
    "  (elem declare func $fn) (elem (table $tab) (offset (i32.const 0)) funcref (item (ref.null func)))\n"
    "  (start 1) (data $d \"\\00\") (data (i32.const 1) \"y\") (@custom \"z\") (@other (x \"y\" (; ;) )))\n";

static const char sample_script[] =
    "(module $a (func (export \"f\") (result i32) (i32.const 1))) (register \"a\" $a) (module instance $a)\n"
    "(assert_return (invoke $a \"f\" (f32.const 1) (v128.const i32x4 1 2 3 4)) (i32.const 1) (either (ref.null) (ref.func)))\n"
    "(assert_malformed (module quote \"(func \\22\") \"unclosed\") (assert_trap (get \"x\") \"t\")\n"
    "(module (func bogus)) (module binary \"\\00asm\")\n";

static hf_code assemble(const hf_allocator *heap, const char *text, size_t size, struct buf *out)
{
    hf_status status = hf_status_ok();
    buf_init(out, heap);
    return text_assemble(text, size, UINT32_MAX, true, out, &status);
}

// A copy of exactly that size, so that a byte read past its end is seen.
static void *exact(const void *data, size_t size)
{
    void *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    return copy;
}

static void print_both(const uint8_t *bytes, size_t size)
{
    for (unsigned flags = 0; flags <= TEXT_FOLDED; flags++) {
        struct buf text;
        buf_init(&text, &alloc_libc);
        hf_status status = hf_status_ok();
        text_print(bytes, size, flags, &text, &status);
        buf_fini(&text);
    }
}

static void texts_cut_off_anywhere(void **state)
{
    (void)state;
    struct buf out;
    assert_int_equal(assemble(&alloc_libc, sample, sizeof sample - 1, &out), HF_OK);
    buf_fini(&out);
    for (size_t size = 0; size < sizeof sample - 2; size++) {
        char *text = exact(sample, size);
        const hf_code code = assemble(&alloc_libc, text, size, &out);
        if (size > 8) assert_int_equal(code, HF_MALFORMED);
        buf_fini(&out);
        free(text);
    }
    for (size_t size = 0; size < sizeof sample_script; size++) {
        char *text = exact(sample_script, size);
        struct script s;
        hf_status status = hf_status_ok();
        if (script_parse(text, size, UINT32_MAX, &alloc_libc, &s, &status) == HF_OK) script_fini(&s);
        free(text);
    }
}

static void texts_changed_anywhere(void **state)
{
    (void)state;
    static const char changes[] = "()\"$\\;@ 0a\x80";
    for (size_t at = 0; at < sizeof sample - 1; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            char *text = exact(sample, sizeof sample - 1);
            text[at] = changes[i];
            struct buf out;
            assemble(&alloc_libc, text, sizeof sample - 1, &out);
            buf_fini(&out);
            free(text);
        }
    }
}

static void modules_cut_off_or_changed_anywhere(void **state)
{
    (void)state;
    struct buf out;
    assert_int_equal(assemble(&alloc_libc, sample, sizeof sample - 1, &out), HF_OK);
    for (size_t size = 0; size < out.size; size++) {
        uint8_t *bytes = exact(out.data, size);
        print_both(bytes, size);
        free(bytes);
    }
    static const uint8_t changes[] = { 0, 1, 0x0b, 0x40, 0x7f, 0x80, 0xfb, 0xff };
    for (size_t at = 8; at < out.size; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            uint8_t *bytes = exact(out.data, out.size);
            bytes[at] = changes[i];
            print_both(bytes, out.size);
            free(bytes);
        }
    }
    buf_fini(&out);
}

static void put_times(struct buf *out, const char *text, size_t times)
{
    while (times--) buf_str(out, text);
}

// Each level costs heap, not native stack; a quadratic cost would not come to an end here.
static void deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 50000 };
    static const struct {
        const char *before, *open, *middle, *close, *after;
        hf_code code;
    } rows[] = {
        { "(func ", "(block ", "", ")", ")", HF_OK },
        { "(func ", "(block $l ", "br $l", ")", ")", HF_OK },
        { "(func ", "block ", "", "end ", ")", HF_OK },
        { "(func ", "(i32.eqz ", "(i32.const 0)", ")", ")", HF_OK },
        { "(func ", "(if ", "(i32.const 0)", "(then))", ")", HF_OK },
        { "(func ", "(if (i32.const 0) (then ", "", "))", ")", HF_OK },
        { "(func ", "(try (do ", "", ") (catch_all))", ")", HF_OK },
        { "(global i32 ", "(i32.add (i32.const 0) ", "(i32.const 0)", ")", ")", HF_OK },
        { "(@x ", "(", "", ")", ")", HF_OK },
        { "", "(;", "", ";)", "", HF_OK },
        { "", "(", "", ")", "", HF_MALFORMED },
        { "(func ", "(block ", "", "", "", HF_MALFORMED },
        { "(func ", "(drop ", "", "", "", HF_MALFORMED },
        { "", "(module ", "", "", "", HF_MALFORMED },
        { "", "(@x ", "", "", "", HF_MALFORMED },
        { "(type ", "(sub ", "", "", "", HF_MALFORMED },
        { "(func (result ", "(ref ", "", "", "", HF_MALFORMED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text, out;
        buf_init(&text, &alloc_libc);
        buf_str(&text, rows[i].before);
        put_times(&text, rows[i].open, DEPTH);
        buf_str(&text, rows[i].middle);
        put_times(&text, rows[i].close, DEPTH);
        buf_str(&text, rows[i].after);
        const hf_code code = assemble(&alloc_libc, (const char *)text.data, text.size, &out);
        if (code != rows[i].code) fail_msg("%s%s: %d", rows[i].before, rows[i].open, code);
        if (code == HF_OK) print_both(out.data, out.size);
        buf_fini(&text);
        buf_fini(&out);
    }
}

// Much of one thing, where a search through all before it would be seen.
static void long_lists(void **state)
{
    (void)state;
    enum { MANY = 50000 };
    struct buf text, out;
    buf_init(&text, &alloc_libc);
    for (unsigned i = 0; i < MANY; i++)
        buf_printf(&text, "(func $f%u (param $x f%u) call $f%u)", i, i & 1 ? 32 : 64, MANY - 1 - i);
    assert_int_equal(assemble(&alloc_libc, (const char *)text.data, text.size, &out), HF_OK);
    print_both(out.data, out.size);
    buf_fini(&out);
    buf_clear(&text);
    buf_str(&text, "(func ");
    for (unsigned i = 0; i < MANY; i++) buf_printf(&text, "block $l%u ", i);
    for (unsigned i = 0; i < MANY; i++) buf_printf(&text, "br $l%u ", i);
    put_times(&text, "end ", MANY);
    buf_str(&text, "(local $x i32))");
    assert_int_equal(assemble(&alloc_libc, (const char *)text.data, text.size, &out), HF_MALFORMED);
    buf_fini(&out);
    buf_fini(&text);
}

// A large signature that is used often would make a text far larger than the module.
static void printing_does_not_multiply(void **state)
{
    (void)state;
    enum { PARAMS = 2000, USES = 5000 };
    struct buf text, out, printed;
    buf_init(&text, &alloc_libc);
    buf_str(&text, "(type $t (func (param");
    put_times(&text, " i32", PARAMS);
    buf_str(&text, "))) (func unreachable ");
    put_times(&text, "call_indirect (type $t) ", USES);
    buf_str(&text, ")");
    assert_int_equal(assemble(&alloc_libc, (const char *)text.data, text.size, &out), HF_OK);
    buf_init(&printed, &alloc_libc);
    hf_status status = hf_status_ok();
    assert_int_equal(text_print(out.data, out.size, 0, &printed, &status), HF_OK);
    assert_true(printed.size < 20 * out.size);
    buf_fini(&printed);
    buf_fini(&out);
    buf_fini(&text);
}

struct stingy {
    long left; // allocations that still succeed
    size_t live;
};

static void *stingy_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct stingy *s = ctx;
    if (new_size && s->left-- <= 0) return NULL;
    void *p = alloc_libc.resize(NULL, ptr, old_size, new_size);
    s->live += new_size;
    s->live -= old_size;
    return p;
}

// Every allocation fails once: a status, and nothing is left behind.
static void every_allocation_fails_once(void **state)
{
    (void)state;
    struct buf module;
    assert_int_equal(assemble(&alloc_libc, sample, sizeof sample - 1, &module), HF_OK);
    for (int what = 0; what < 4; what++) {
        hf_code code = HF_OUT_OF_MEMORY;
        for (long n = 0; code != HF_OK; n++) {
            assert_true(n < 100000);
            struct stingy stingy = { n, 0 };
            const hf_allocator heap = { stingy_resize, &stingy };
            hf_status status = hf_status_ok();
            struct buf out;
            struct script s;
            buf_init(&out, &heap);
            switch (what) {
            case 0: code = text_assemble(sample, sizeof sample - 1, UINT32_MAX, true, &out, &status); break;
            case 1:
                code = script_parse(sample_script, sizeof sample_script - 1, UINT32_MAX, &heap, &s, &status);
                if (code == HF_OK) script_fini(&s);
                break;
            default: code = text_print(module.data, module.size, what == 2 ? 0 : TEXT_FOLDED, &out, &status);
            }
            if (code != HF_OK) {
                if (code != HF_OUT_OF_MEMORY) fail_msg("%d at %ld: %d %s", what, n, code, status.message);
                assert_int_equal(status.code, HF_OUT_OF_MEMORY);
                assert_int_equal(out.size, 0);
            }
            buf_fini(&out);
            assert_int_equal(stingy.live, 0);
        }
    }
    buf_fini(&module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_cut_off_anywhere),
        cmocka_unit_test(texts_changed_anywhere),
        cmocka_unit_test(modules_cut_off_or_changed_anywhere),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(long_lists),
        cmocka_unit_test(printing_does_not_multiply),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
