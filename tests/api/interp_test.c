// The four forms of the interpreter (threaded and switch, fused and plain) mean the same, with and without fuel, and when a
// run is cut into the smallest slices of fuel.
#include <holdfast.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

// Each body is what fusion, lazily pushed locals and arguments written ahead of a call could get wrong.
static const char text[] =
    "(module (memory 1) (table funcref (elem $add3 $two $swap))"
    " (type $bin (func (param i32 i32) (result i32)))"
    " (func $add3 (param i32 i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1)))"
    " (func $two (param i32 i32) (result i32 i32) (i32.add (local.get 0) (i32.const 1)) (i32.sub (local.get 1) (i32.const 1)))"
    " (func $swap (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))"
    " (func (export \"old-value\") (param i32 i32) (result i32)"
    "  (local.get 0) (local.set 0 (i32.add (local.get 0) (local.get 1))) (i32.mul (i32.const 100)) (i32.add (local.get 0)))"
    " (func (export \"old-sum\") (param i32 i32) (result i32)"
    "  (i32.add (local.get 0) (i32.const 7)) (local.set 0 (local.get 1)) (i32.mul (i32.const 100)) (i32.add (local.get 0)))"
    " (func (export \"tee-in-arm\") (param i32 i32) (result i32)"
    "  (i32.add (local.get 0) (i32.const 1)) (if (local.get 1) (then (local.set 0 (i32.const 50)))) (i32.add (local.get 0)))"
    " (func (export \"result-below-argument\") (param i32 i32) (result i32)"
    "  (call $add3 (local.get 0) (local.get 1)) (call $add3 (i32.add (local.get 0) (i32.const 1)) (i32.const 3)) (i32.sub))"
    " (func (export \"result-as-second-argument\") (param i32 i32) (result i32)"
    "  (call $add3 (local.get 1) (call $add3 (local.get 0) (local.get 1))))"
    " (func (export \"results-as-arguments\") (param i32 i32) (result i32)"
    "  (call $add3 (call $swap (call $two (local.get 0) (local.get 1)))))"
    " (func (export \"result-under-sum\") (param i32 i32) (result i32)"
    "  (call $two (local.get 0) (local.get 1)) (call $add3 (i32.add (local.get 0) (local.get 1))) (i32.add (i32.const 1))"
    "  (i32.xor))"
    " (func (export \"argument-read-by-branch\") (param i32 i32) (result i32)"
    "  (block (result i32) (i32.add (local.get 0) (local.get 1)) (br_if 0 (i32.gt_s (local.get 0) (i32.const 5)))"
    "   (i32.const 2) (call $add3)))"
    " (func (export \"loop\") (param i32 i32) (result i32) (local i32)"
    "  (loop (local.set 2 (i32.add (local.get 2) (i32.mul (local.get 0) (local.get 1))))"
    "   (local.set 1 (i32.add (local.get 1) (i32.const 3)))"
    "   (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 2))"
    " (func (export \"count-up\") (param i32 i32) (result i32) (local i32 i32)"
    "  (loop (local.set 3 (i32.xor (local.get 3) (i32.rotl (local.get 2) (i32.const 5))))"
    "   (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 3))) (local.get 0)))) (local.get 3))"
    " (func (export \"addresses\") (param i32 i32) (result i32)"
    "  (i32.store (i32.add (local.get 0) (i32.const 64)) (i32.const 0x1234))"
    "  (i32.store offset=4 (i32.add (local.get 0) (i32.const 64)) (local.get 1))"
    "  (i32.add (i32.load (i32.add (local.get 0) (i32.const 64)))"
    "   (i32.load offset=64 (i32.add (local.get 0) (i32.const 4)))))"
    " (func (export \"address-wraps\") (param i32 i32) (result i32)"
    "  (i32.store8 (i32.const 3) (i32.const 77))"
    "  (i32.load8_u (i32.add (i32.add (i32.sub (local.get 0) (local.get 0)) (i32.const -5)) (i32.const 8))))"
    " (func (export \"products\") (param i32 i32) (result i32) (local f64 f64)"
    "  (local.set 2 (f64.convert_i32_s (local.get 0))) (local.set 3 (f64.convert_i32_s (local.get 1)))"
    "  (i32.trunc_f64_s (f64.sub (f64.mul (local.get 2) (local.get 3)) (f64.sub (local.get 3)"
    "   (f64.mul (local.get 2) (local.get 2))))))"
    " (func (export \"table\") (param i32 i32) (result i32)"
    "  (block (result i32) (block (result i32) (block (result i32)"
    "   (local.get 1) (br_table 0 1 2 1 (local.get 0))) (i32.add (i32.const 100)) (br 1)) (i32.add (i32.const 1000))))"
    " (func (export \"indirect\") (param i32 i32) (result i32) (call_indirect (type $bin) (local.get 0) (local.get 1) (i32.const 0)))"
    " (func $tail (export \"tail\") (param i32 i32) (result i32)"
    "  (if (i32.eqz (local.get 0)) (then (return (local.get 1))))"
    "  (return_call $tail (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0))))"
    " (func $fib (export \"fib\") (param i32 i32) (result i32)"
    "  (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))"
    "   (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))"
    "     (call $fib (i32.sub (local.get 0) (i32.const 2)) (i32.const 0))))))"
    " (tag $e (param i32))"
    " (func $throws (param i32) (if (i32.and (local.get 0) (i32.const 1)) (then (throw $e (local.get 0)))))"
    " (func (export \"catch\") (param i32 i32) (result i32)"
    "  (block (result i32) (try_table (catch $e 0) (call $throws (local.get 0)) (call $throws (local.get 1))) (i32.const -1)))"
    " (func (export \"constant-first\") (param i32 i32) (result i32)"
    "  (i64.le_s (i64.const -8576855851413349036) (i64.extend_i32_s (local.get 0)))"
    "  (local.set 1 (i32.wrap_i64 (i64.const 1))) (i32.add (local.get 1)))"
    " (func (export \"fill\") (param i32 i32) (result i32)"
    "  (memory.fill (i32.const 100) (local.get 0) (i32.const 60000)) (memory.copy (i32.const 1) (i32.const 100) (i32.const 60000))"
    "  (i32.add (i32.load8_u (i32.const 60000)) (i32.load8_u (i32.const 60050))))"
    ")";

static const struct {
    const char *name;
    int32_t a, b, result;
} cases[] = {
    { "old-value", 3, 4, 307 },
    { "old-sum", 3, 4, 1004 },
    { "tee-in-arm", 3, 1, 54 },
    { "tee-in-arm", 3, 0, 7 },
    { "result-below-argument", 4, 2, 42 - 53 },
    { "result-as-second-argument", 4, 2, 62 },
    { "results-as-arguments", 4, 2, 15 },
    { "result-under-sum", 4, 2, 5 ^ 17 },
    { "argument-read-by-branch", 9, 1, 10 },
    { "argument-read-by-branch", 4, 1, 52 },
    { "loop", 5, 1, 5 * 1 + 4 * 4 + 3 * 7 + 2 * 10 + 1 * 13 },
    { "count-up", 10, 0, 0 ^ (3 << 5) ^ (6 << 5) ^ (9 << 5) },
    { "addresses", 16, 5, 0x1234 + 5 },
    { "address-wraps", 9, 0, 77 },
    { "products", 6, 5, 6 * 5 - (5 - 36) },
    { "table", 0, 5, 105 },
    { "table", 1, 5, 1005 },
    { "table", 2, 5, 5 },
    { "table", 9, 5, 1005 },
    { "indirect", 4, 2, 42 },
    { "tail", 1000, 1, 500501 },
    { "fib", 15, 0, 610 },
    { "catch", 2, 5, 5 },
    { "catch", 7, 5, 7 },
    { "catch", 2, 4, -1 },
    { "constant-first", 5, 0, 2 },
    { "fill", 9, 0, 18 },
};

static const hf_interp forms[] = { HF_INTERP_THREADED, HF_INTERP_SWITCH, HF_INTERP_THREADED_PLAIN,
                                   HF_INTERP_SWITCH_PLAIN };

struct world {
    hf_engine *engine;
    hf_module *module;
    hf_store *store;
    hf_instance instance;
};

static void open_world(struct world *w, hf_interp form, bool fuel)
{
    hf_status status = hf_status_ok();
    const hf_engine_options options = { .size = sizeof options, .tier = HF_TIER_INTERP, .interp = form, .fuel = fuel };
    w->engine = hf_engine_new(&options, &status);
    assert_non_null(w->engine);
    w->module = hf_module_new_any(w->engine, text, strlen(text), &status);
    if (!w->module) fail_msg("%s", status.message);
    w->store = hf_store_new(w->engine, NULL, &status);
    assert_non_null(w->store);
    if (fuel) assert_int_equal(hf_store_set_fuel(w->store, 1000000, &status), HF_OK);
    if (hf_instance_new(w->store, w->module, NULL, 0, &w->instance, &status)) fail_msg("%s", status.message);
}

static void close_world(struct world *w)
{
    hf_store_free(w->store);
    hf_module_unref(w->module);
    hf_engine_unref(w->engine);
}

static hf_func func_of(struct world *w, const char *name)
{
    hf_func func;
    assert_int_equal(hf_instance_func(w->store, w->instance, name, &func, NULL), HF_OK);
    return func;
}

static void forms_agree(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct world w;
        open_world(&w, forms[f], false);
        for (size_t i = 0; i < COUNT(cases); i++) {
            hf_status status = hf_status_ok();
            uint64_t slots[2] = { (uint32_t)cases[i].a, (uint32_t)cases[i].b };
            if (hf_func_call_raw(w.store, func_of(&w, cases[i].name), slots, 2, &status))
                fail_msg("%s: %s", cases[i].name, status.message);
            if ((int32_t)slots[0] != cases[i].result)
                fail_msg("form %d: %s(%d, %d) is %d, not %d", (int)forms[f], cases[i].name, (int)cases[i].a,
                         (int)cases[i].b, (int)(int32_t)slots[0], (int)cases[i].result);
        }
        close_world(&w);
    }
}

// Runs a case with `slice` units of fuel at a time; says how much was used.
static uint64_t run_in_slices(struct world *w, size_t i, uint64_t slice)
{
    hf_status status = hf_status_ok();
    const hf_val args[2] = { hf_i32(cases[i].a), hf_i32(cases[i].b) };
    hf_task *task = hf_task_new(w->store, func_of(w, cases[i].name), args, 2, &status);
    assert_non_null(task);
    assert_int_equal(hf_store_set_fuel(w->store, slice, &status), HF_OK);
    uint64_t given = slice;
    hf_code code;
    while ((code = hf_task_resume(task, &status)) == HF_OUT_OF_FUEL) {
        assert_int_equal(hf_store_set_fuel(w->store, slice, &status), HF_OK);
        given += slice;
        status = hf_status_ok();
    }
    if (code) fail_msg("%s: %s", cases[i].name, status.message);
    hf_val result;
    assert_int_equal(hf_task_results(task, &result, 1, &status), HF_OK);
    assert_int_equal(result.of.i32, cases[i].result);
    hf_task_free(task);
    return given - hf_store_fuel(w->store);
}

static void fuel_is_the_same_in_every_form(void **state)
{
    (void)state;
    uint64_t first[COUNT(cases)] = { 0 };
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct world w;
        open_world(&w, forms[f], true);
        for (size_t i = 0; i < COUNT(cases); i++) {
            const uint64_t used = run_in_slices(&w, i, 1000000);
            assert_true(used > 0);
            if (f == 0) first[i] = used;
            assert_int_equal(used, first[i]);
        }
        close_world(&w);
    }
}

static void results_survive_slices(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(forms); f++) {
        struct world w;
        open_world(&w, forms[f], true);
        for (size_t i = 0; i < COUNT(cases); i++) run_in_slices(&w, i, 1);
        close_world(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_agree),
        cmocka_unit_test(fuel_is_the_same_in_every_form),
        cmocka_unit_test(results_survive_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
