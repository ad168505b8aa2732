// Allocations that fail, one after another, and texts made to be slow or deep.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wit/wit.h"

static size_t left; // allocations that still succeed

static void *failing(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size && !left) return NULL;
    if (new_size) left--;
    return alloc_libc.resize(ctx, ptr, old_size, new_size);
}

static const char text[] = "/// Docs.\npackage a:b@1.0.0;\n"
                           "use c:d/i as k;\n"
                           "interface x { use k.{t as u}; resource r { m: func(a: u) -> result<list<r>, string>; } "
                           "  variant v { a(u), b } flags f { one, two } g: func(x: v, y: borrow<r>); }\n"
                           "world w { include v with { f as g } export x; import h: interface { use k.{t}; } }\n"
                           "world v { import f: func(); }\n"
                           "package c:d { interface i { type t = tuple<u8, string>; } }\n";

static hf_code read_all(const hf_allocator *heap, hf_status *status)
{
    struct wit wit;
    struct buf out;
    wit_init(&wit, NULL, heap);
    buf_init(&out, heap);
    hf_code code = wit_add(&wit, 0, "a.wit", text, sizeof text - 1, status);
    if (!code) code = wit_resolve(&wit, status);
    if (!code) {
        wit_print_all(&out, &wit, 0);
        if (out.failed) code = HF_OUT_OF_MEMORY;
    }
    buf_fini(&out);
    wit_fini(&wit);
    return code;
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    const hf_allocator heap = { failing, NULL };
    for (size_t n = 0;; n++) {
        hf_status status = hf_status_ok();
        left = n;
        const hf_code code = read_all(&heap, &status);
        if (code == HF_OK) {
            assert_true(n > 20);
            break;
        }
        if (code != HF_OUT_OF_MEMORY) fail_msg("after %zu allocations: %s", n, status.message);
    }
}

static hf_code read_text(const char *source, size_t size, hf_status *status)
{
    struct wit wit;
    wit_init(&wit, NULL, &alloc_libc);
    *status = hf_status_ok();
    hf_code code = wit_add(&wit, 0, "a.wit", source, size, status);
    if (!code) code = wit_resolve(&wit, status);
    wit_fini(&wit);
    return code;
}

// `rows` lines of a pattern with its number and the next one.
static hf_code read_rows(const char *head, const char *pattern, const char *tail, unsigned rows, hf_status *status)
{
    struct buf out;
    buf_init(&out, &alloc_libc);
    buf_str(&out, head);
    for (unsigned i = 0; i < rows; i++) {
        for (const char *p = pattern; *p; p++) {
            if (*p == '#' || *p == '$')
                buf_printf(&out, "x%u", *p == '#' ? i : i + 1);
            else
                buf_u8(&out, (uint8_t)*p);
        }
    }
    buf_str(&out, tail);
    const hf_code code = read_text((const char *)out.data, out.size, status);
    buf_fini(&out);
    return code;
}

static void chains_are_bounded(void **state)
{
    (void)state;
    hf_status status;
    assert_int_equal(read_rows("package a:b; interface i {", "type # = $;", "type x100000 = u8; }", 100000, &status),
                     HF_LIMIT);
    assert_int_equal(
        read_rows("package a:b;", "interface # { use $.{t}; }", "interface x5000 { type t = u8; }", 5000, &status),
        HF_LIMIT);
    assert_int_equal(read_rows("package a:b;", "world # { include $; }", "world x5000 {}", 5000, &status), HF_LIMIT);
    assert_int_equal(read_rows("package a:b; interface i { f: func(a: ", "list<", "", 100000, &status), HF_LIMIT);
}

// Each world includes the one before it twice, all its names changed: they double with each.
static void includes_are_bounded(void **state)
{
    (void)state;
    hf_status status;
    struct buf out;
    buf_init(&out, &alloc_libc);
    buf_str(&out, "package a:b; world w0 { import x0: func(); }");
    for (unsigned i = 1; i <= 20; i++) {
        const unsigned names = 1u << (i - 1);
        buf_printf(&out, "world w%u { include w%u; include w%u with { ", i, i - 1, i - 1);
        for (unsigned n = 0; n < names && n < 2000; n++) buf_printf(&out, "%sx%u as x%u", n ? ", " : "", n, names + n);
        buf_str(&out, " } }");
    }
    const hf_code code = read_text((const char *)out.data, out.size, &status);
    buf_fini(&out);
    assert_int_equal(code, HF_INVALID); // where not all are changed any more
}

// As many interfaces as worlds, and each world includes the next: what is copied grows with the square.
static void copies_are_bounded(void **state)
{
    (void)state;
    hf_status status;
    struct buf out;
    buf_init(&out, &alloc_libc);
    buf_str(&out, "package a:b; world base {");
    for (unsigned i = 0; i < 20000; i++) buf_printf(&out, "import x%u: func();", i);
    buf_str(&out, "}");
    for (unsigned i = 0; i < 100; i++) buf_printf(&out, "world w%u { include base; }", i);
    assert_int_equal(read_text((const char *)out.data, out.size, &status), HF_LIMIT);
    buf_fini(&out);
}

// Interfaces in layers, of which each uses both of the next: paths are many, interfaces few.
static void uses_are_followed_once(void **state)
{
    (void)state;
    hf_status status;
    struct buf out;
    buf_init(&out, &alloc_libc);
    buf_str(&out, "package a:b; interface a60 { type t = u8; } interface b60 { type t = u8; }");
    for (unsigned i = 60; i-- > 0;)
        buf_printf(&out,
                   "interface a%u { use a%u.{t}; use b%u.{t as u}; } interface b%u { use a%u.{t}; use b%u.{t as u}; }",
                   i, i + 1, i + 1, i, i + 1, i + 1);
    buf_str(&out, "interface top { use a0.{t}; } world w { export top; }");
    assert_int_equal(read_text((const char *)out.data, out.size, &status), HF_OK);
    buf_fini(&out);
}

// Every prefix of a text, and the text with each byte changed: no crash, and an error has words.
static void cut_and_bent(void **state)
{
    (void)state;
    char copy[sizeof text];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        hf_status status;
        if (read_text(text, i, &status)) assert_true(status.message[0] != '\0');
        for (unsigned bend = 0; bend < 4; bend++) {
            memcpy(copy, text, sizeof text);
            copy[i] = "{;\"\x80"[bend];
            if (read_text(copy, sizeof text - 1, &status)) assert_true(status.message[0] != '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(chains_are_bounded),
        cmocka_unit_test(includes_are_bounded),
        cmocka_unit_test(uses_are_followed_once),
        cmocka_unit_test(cut_and_bent),
        cmocka_unit_test(copies_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
