// Components through the public door: what they import and export, and types that are cheap to write and dear to check.
#include <holdfast/component.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hf_engine *engine;

static hf_component *component(const char *text, hf_status *status)
{
    *status = hf_status_ok();
    return hf_component_new_any(engine, text, strlen(text), status);
}

static bool is(hf_str s, const char *text)
{
    return s.size == strlen(text) && !memcmp(s.data, text, s.size);
}

static void enumerates_imports_and_exports(void **state)
{
    (void)state;
    hf_status status;
    hf_component *const c = component(
        "(component"
        "  (import \"wasi:io/streams@0.2.12\" (instance $s"
        "    (export \"output-stream\" (type $o (sub resource)))"
        "    (export \"[method]output-stream.write\" (func (param \"self\" (borrow $o)) (param \"b\" (list u8))"
        "      (result (result (error string)))))))"
        "  (import \"key\" (external-id \"k\") (func (param \"x\" u32) (result (tuple u8 u64))))"
        "  (export \"again\" (instance $s)))",
        &status);
    assert_non_null(c);
    hf_item item, inner;
    assert_int_equal(hf_component_import_count(c), 2);
    assert_int_equal(hf_component_import(c, 0, &item), HF_OK);
    assert_true(is(item.name, "wasi:io/streams@0.2.12"));
    assert_int_equal(item.kind, HF_ITEM_INSTANCE);
    assert_int_equal(hf_component_item_count(c, item.id), 2);
    assert_int_equal(hf_component_item(c, item.id, 0, &inner), HF_OK);
    assert_true(inner.is_resource && is(inner.resource.name, "output-stream"));
    assert_true(is(inner.resource.interface, "wasi:io/streams@0.2.12"));
    assert_int_equal(hf_component_item(c, item.id, 1, &inner), HF_OK);
    assert_int_equal(inner.kind, HF_ITEM_FUNC);
    assert_int_equal(hf_type_check(inner.func.params, NULL), HF_OK);
    assert_int_equal(inner.func.params->count, 2);
    assert_int_equal(inner.func.params->fields[0].type->kind, HF_WIT_BORROW);
    assert_true(is(inner.func.params->fields[0].type->resource->name, "output-stream"));
    assert_int_equal(inner.func.result->kind, HF_WIT_RESULT);
    assert_int_equal(hf_component_item(c, item.id, 2, &inner), HF_BAD_ARGUMENT);

    assert_int_equal(hf_component_import(c, 1, &item), HF_OK);
    assert_true(item.kind == HF_ITEM_FUNC && is(item.external_id, "k") && !item.implements.data);
    assert_int_equal(item.func.result->size, 16);
    assert_int_equal(hf_component_import(c, 2, &item), HF_BAD_ARGUMENT);

    assert_int_equal(hf_component_export_count(c), 1);
    assert_int_equal(hf_component_export(c, 0, &item), HF_OK);
    assert_true(is(item.name, "again") && item.kind == HF_ITEM_INSTANCE);
    hf_component_unref(hf_component_ref(c));
    hf_component_unref(c);
}

static void tells_components_from_modules(void **state)
{
    (void)state;
    assert_true(hf_bytes_are_component("\0asm\x0d\0\1\0", 8));
    assert_false(hf_bytes_are_component("\0asm\1\0\0\0", 8));
    assert_false(hf_bytes_are_component("\0asm\x0d\0\1", 7));
    hf_status status = hf_status_ok();
    assert_null(hf_component_new(engine, "\0asm\1\0\0\0", 8, &status));
    assert_int_equal(status.code, HF_MALFORMED);
    status = hf_status_ok();
    assert_null(hf_module_new(engine, "\0asm\x0d\0\1\0", 8, &status));
    assert_int_equal(status.code, HF_MALFORMED);
}

static void gates_are_closed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "(component (type (list u8 4)))",
        "(component (type error-context))",
        "(component (canon thread.index (core func)))",
        "(component (value u8 (binary \"\\01\")))",
        "(component (type (resource (rep i64))))",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hf_status status;
        assert_null(component(texts[i], &status));
        assert_int_equal(status.code, HF_UNSUPPORTED);
    }
}

// Each line speaks of the one before more than once.
static void grows(const char *head, const char *line, int lines, const char *tail)
{
    const size_t size = 1000 + (size_t)lines * 1000;
    char *const text = malloc(size);
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, size, "(component %s", head);
    for (int i = 1; i <= lines; i++) {
        for (const char *p = line; *p && used < size; p++) {
            if (*p == '@')
                used += (size_t)snprintf(text + used, size - used, "%d", i);
            else if (*p == '<')
                used += (size_t)snprintf(text + used, size - used, "%d", i - 1);
            else
                text[used++] = *p;
        }
    }
    snprintf(text + used, size - used, "%s)", tail);
    hf_status status;
    assert_null(component(text, &status));
    assert_int_equal(status.code, HF_LIMIT);
    free(text);
}

static void types_that_grow_are_refused(void **state)
{
    (void)state;
    grows("(type $t0 u8)", "(type $t@ (tuple $t< $t< $t< $t<))", 40, "");
    grows("(type $t0 u8)", "(type $t@ (option $t<))", 200, "");
    grows("(type $t0 (instance (export \"r\" (type (sub resource)))))",
          "(type $t@ (instance (export \"a\" (instance (type $t<))) (export \"b\" (instance (type $t<)))))", 40, "");
    // Instances of instances, each with resource types of its own.
    grows("(component $c0 (type $r (resource (rep i32))) (export \"r\" (type $r)))",
          "(component $c@ (instance $a (instantiate $c<)) (instance $b (instantiate $c<))"
          " (export \"a\" (instance $a)) (export \"b\" (instance $b)))",
          40, "");
}

static void nesting_is_limited(void **state)
{
    (void)state;
    enum { DEPTH = 300, SIZE = DEPTH * 12 + 1 };
    char *const text = malloc(SIZE);
    assert_non_null(text);
    size_t used = 0;
    for (int i = 0; i < DEPTH; i++) used += (size_t)snprintf(text + used, SIZE - used, "(component ");
    for (int i = 0; i < DEPTH; i++) text[used++] = ')';
    text[used] = 0;
    hf_status status;
    assert_null(component(text, &status));
    assert_int_equal(status.code, HF_LIMIT);
    free(text);
}

// One component cut at every byte, and with every byte changed: an answer, and no leak.
static void every_cut_and_change_has_an_answer(void **state)
{
    (void)state;
    static const char seed[] = "\0asm\x0d\0\1\0"
                               "\x07\x05\x01\x40\0\x01\0" // (type (func))
                               "\x0a\x06\x01\0\x01"
                               "f"
                               "\x01\0" // (import "f" (func (type 0)))
                               "\x07\x09\x01\x42\x01\x04\0\x01"
                               "r"
                               "\x03\x01" // (type (instance (export "r" (type (sub resource)))))
                               "\x0a\x06\x01\0\x01"
                               "i"
                               "\x05\x01" // (import "i" (instance (type 1)))
                               "\x06\x06\x01\x03\0\0\x01"
                               "r"                    // (alias export 0 "r" (type))
                               "\x07\x03\x01\x69\x02" // (type (own 2))
                               "\x0b\x07\x01\0\x01"
                               "g"
                               "\x01\0\0"; // (export "g" (func 0))
    const size_t size = sizeof seed - 1;
    uint8_t bytes[sizeof seed];
    hf_status status = hf_status_ok();
    hf_component *const whole = hf_component_new(engine, seed, size, &status);
    assert_non_null(whole);
    hf_component_unref(whole);
    for (size_t cut = 0; cut < size; cut++) {
        status = hf_status_ok();
        hf_component *const c = hf_component_new(engine, seed, cut, &status);
        assert_true(c ? status.code == HF_OK : status.code != HF_OK);
        hf_component_unref(c);
    }
    for (size_t at = 8; at < size; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(bytes, seed, size);
            bytes[at] = (uint8_t)value;
            status = hf_status_ok();
            hf_component *const c = hf_component_new(engine, bytes, size, &status);
            assert_true(c ? status.code == HF_OK : status.code != HF_OK);
            hf_component_unref(c);
        }
    }
}

struct failing {
    long left; // allocations until one fails; < 0: none does
};

static void *failing_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct failing *const f = ctx;
    (void)old_size;
    if (!new_size) {
        free(ptr);
        return NULL;
    }
    if (f->left >= 0 && f->left-- == 0) return NULL;
    return realloc(ptr, new_size);
}

// Whichever allocation fails, it is out of memory that is told.
static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char text[] =
        "(component (core module $m (memory (export \"m\") 1) (func (export \"r\") (param i32 i32 i32 i32) (result i32)"
        "  unreachable) (func (export \"f\") (param i32 i32) (result i32) unreachable))"
        " (core instance $i (instantiate $m)) (import \"a\" (instance $a (export \"t\" (type (sub resource)))"
        "  (export \"c\" (component (import \"x\" (func)))))) (alias export $a \"t\" (type $t)) (type (list (own $t)))"
        " (component $c (import \"t\" (type $t (sub resource))) (export \"u\" (type $t)))"
        " (instance $j (instantiate $c (with \"t\" (type $t)))) (core type (module (import \"a\" \"b\" (func (param i32)))))"
        " (func (export \"f\") (param \"s\" string) (result (list u8)) (canon lift (core func $i \"f\")"
        "  (memory (core memory $i \"m\")) (realloc (core func $i \"r\")))))";
    struct failing f = { -1 };
    const hf_allocator heap = { failing_resize, &f };
    const hf_engine_options options = { .size = sizeof options, .allocator = &heap, .compile_threads = 1 };
    hf_engine *const small = hf_engine_new(&options, NULL);
    assert_non_null(small);
    for (long n = 0;; n++) {
        hf_status status = hf_status_ok();
        f.left = n;
        hf_component *const c = hf_component_new_any(small, text, sizeof text - 1, &status);
        const bool failed = f.left < 0;
        f.left = -1;
        if (!failed) {
            assert_non_null(c);
            hf_component_unref(c);
            break;
        }
        assert_null(c);
        assert_int_equal(status.code, HF_OUT_OF_MEMORY);
    }
    hf_engine_unref(small);
}

static int open_engine(void **state)
{
    (void)state;
    engine = hf_engine_new(NULL, NULL);
    return engine ? 0 : -1;
}

static int close_engine(void **state)
{
    (void)state;
    hf_engine_unref(engine);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumerates_imports_and_exports),
        cmocka_unit_test(tells_components_from_modules),
        cmocka_unit_test(gates_are_closed),
        cmocka_unit_test(types_that_grow_are_refused),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(every_cut_and_change_has_an_answer),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
