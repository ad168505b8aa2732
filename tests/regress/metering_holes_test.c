// Class: metering holes (reliability, class 9). Whatever way a guest finds to go on for ever, or to do much at once, fuel runs
// out, an interrupt stops it, and what was done in between is no more than was paid for.
#include "../api/guest.h"

#define FUEL 20000

#define HEAD                                                                                                                \
    "(module (memory 64 64) (table $t 1 funcref) (table $x 10000 externref) (elem (table $t) (i32.const 0) func $indirect)" \
    " (elem declare func $ref $other) (global $steps (export \"steps\") (mut i32) (i32.const 0)) (type $v (func))"          \
    " (tag $e) (type $a (array (mut i64))) (type $s (struct (field (mut i32))))"                                            \
    " (func $step (global.set $steps (i32.add (global.get $steps) (i32.const 1))))"                                         \
    " (func $indirect (call $step) (return_call_indirect $t (type $v) (i32.const 0)))"                                      \
    " (func $ref (call $step) (return_call_ref $v (ref.func $other))) (func $other (return_call_ref $v (ref.func $ref)))"   \
    " (func $thrower (throw $e)) (func $self (call $step) (return_call $self))"                                             \
    " (func $recurse (call $step) (block $h (try_table (catch_all $h) (call $recurse))) (call $step) (throw $e))"           \
    " (func (export \"go\") (local $i i32) (local $r (ref null $s)) (local $f i64) "

#define STEP "(global.set $steps (i32.add (global.get $steps) (i32.const 1)))"

static const struct {
    const char *name, *body;
    const char *features_text;
} endless[] = {
    { "loop", "(loop " STEP "(br 0))", NULL },
    { "empty loop", "(loop (br 0))", NULL },
    { "loop by br_if", "(loop " STEP "(br_if 0 (i32.const 1)))", NULL },
    { "loop by br_table", "(loop " STEP "(br_table 0 0 0 (local.get $i)))", NULL },
    { "loop by br_on_null", "(loop " STEP "(drop (br_on_null 0 (local.get $r))))", NULL },
    { "loop by br_on_non_null",
      "(drop (loop (result (ref $s)) " STEP
      "(struct.new_default $s) (loop $in (param (ref $s)) (br_on_non_null $in)) (br 0)))",
      NULL },
    { "loop by br_on_cast",
      "(loop (param) " STEP "(drop (block (result anyref) (br_on_cast_fail 0 anyref (ref i31) (ref.null any))))(br 0))",
      NULL },
    { "loop that leaves by a block", "(loop (block (br 1)) )", NULL },
    { "loop in a loop", "(loop (loop " STEP "(br 1)))", NULL },
    { "loop of a handler", "(loop " STEP "(try_table (catch_all 0) (throw $e)))", NULL },
    { "loop of a handler around a call", "(loop " STEP "(try_table (catch_all 0) (call $thrower)))", NULL },
    { "loop of a handler with a reference",
      "(loop " STEP "(block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (unreachable)) (drop) (br 0))",
      NULL },
    { "throw_ref for ever",
      "(block $h (result exnref) (try_table (catch_all_ref $h) (throw $e)) (unreachable))"
      "(loop (param exnref) " STEP "(try_table (param exnref) (catch_all_ref 0) (throw_ref)))",
      NULL },
    { "tail call", "(return_call $self)", NULL },
    { "tail call through a table", "(return_call $indirect)", NULL },
    { "tail call of references", "(return_call $ref)", NULL },
    { "filling", "(loop " STEP "(memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304)) (br 0))", NULL },
    { "copying", "(loop " STEP "(memory.copy (i32.const 0) (i32.const 1) (i32.const 4000000)) (br 0))", NULL },
    { "filling a table", "(loop " STEP "(table.fill $x (i32.const 0) (ref.null extern) (i32.const 10000)) (br 0))",
      NULL },
    { "arrays", "(loop " STEP "(drop (array.new_default $a (i32.const 10000))) (br 0))", NULL },
    { "nothing but bytes", "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0)) (br 0))", NULL },
    { "growing by nothing", "(loop (drop (memory.grow (i32.const 0))) (br 0))", NULL },
    { "legacy loop of a handler", "(loop " STEP "(try (do (throw $e)) (catch_all (br 1))))", "legacy" },
    { "legacy rethrow", "(loop " STEP "(try (do (try (do (throw $e)) (catch_all (rethrow 0)))) (catch_all (br 1))))",
      "legacy" },
    { "legacy delegate", "(loop " STEP "(try (do (try (do (throw $e)) (delegate 0))) (catch_all (br 1))))", "legacy" },
};

static void text_of(size_t i, char *out, size_t size)
{
    const int length = snprintf(out, size, "%s%s))", HEAD, endless[i].body);
    assert_true(length > 0 && (size_t)length < size);
}

static int32_t steps(struct guest *g)
{
    hf_extern object;
    hf_val value;
    assert_int_equal(hf_instance_export(g->store, g->instance, "steps", &object, NULL), HF_OK);
    assert_int_equal(hf_global_get(g->store, object.of.global, &value, NULL), HF_OK);
    return value.of.i32;
}

static void nothing_goes_on_without_fuel(void **state)
{
    (void)state;
    static const hf_interp forms[] = { HF_INTERP_DEFAULT, HF_INTERP_SWITCH_PLAIN };
    for (size_t form = 0; form < 2; form++) {
        int32_t done[sizeof endless / sizeof *endless];
        for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
            const hf_engine_options engine = { .size = sizeof engine,
                                               .fuel = true,
                                               .interp = forms[form],
                                               .features =
                                                   endless[i].features_text ? HF_FEATURE_LEGACY_EXCEPTIONS : 0 };
            const hf_store_options store = { .size = sizeof store, .fuel = FUEL };
            struct guest g;
            char text[4096];
            text_of(i, text, sizeof text);
            guest_begin(&g, &engine, &store);
            guest_must_load(&g, text);
            const hf_code code = guest_call(&g, "go", NULL, 0, NULL);
            if (code != HF_OUT_OF_FUEL)
                print_error("%s: %s %s\n", endless[i].name, hf_code_name(code), g.status.message);
            assert_int_equal(code, HF_OUT_OF_FUEL);
            done[i] = steps(&g);
            // Each step is an instruction at least.
            assert_true(done[i] >= 0 && done[i] <= FUEL);
            guest_end(&g);
        }
        // What moves megabytes is paid by what it moves.
        for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
            if (strstr(endless[i].body, "4194304")) assert_true(done[i] <= 2);
    }
}

static void nothing_goes_on_when_interrupted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        const hf_engine_options engine = { .size = sizeof engine,
                                           .interruptible = true,
                                           .features = endless[i].features_text ? HF_FEATURE_LEGACY_EXCEPTIONS : 0 };
        struct guest g;
        char text[4096];
        text_of(i, text, sizeof text);
        guest_begin(&g, &engine, NULL);
        guest_must_load(&g, text);
        hf_remote *remote = hf_store_remote(g.store);
        hf_task *task = hf_task_new(g.store, guest_func(&g, "go"), NULL, 0, NULL);
        assert_non_null(task);
        // Several times: it has to stop again after it went on from where it had stopped.
        for (int round = 0; round < 3; round++) {
            assert_int_equal(hf_remote_interrupt(remote), HF_OK);
            hf_status status = hf_status_ok();
            const hf_code code = hf_task_resume(task, &status);
            if (code != HF_INTERRUPTED) print_error("%s: %s\n", endless[i].name, hf_code_name(code));
            assert_int_equal(code, HF_INTERRUPTED);
        }
        hf_task_free(task);
        hf_remote_unref(remote);
        guest_end(&g);
    }
}

// With fuel given out in slices of any size, the same is done as in one run, and the same is paid.
static void slices_change_nothing(void **state)
{
    (void)state;
    static const char text[] =
        "(module (memory 2) (tag $e (param i32)) (func $f (param i32) (result i32)"
        "  (block $h (result i32) (try_table (catch $e $h) (throw $e (local.get 0))) (unreachable)))"
        "  (func (export \"go\") (param $n i32) (result i32) (local $sum i32)"
        "    (loop (local.set $sum (i32.add (local.get $sum) (call $f (local.get $n))))"
        "      (memory.fill (local.get $n) (local.get $n) (i32.const 70000))"
        "      (memory.copy (i32.const 7) (i32.const 0) (i32.const 70000))"
        "      (local.set $sum (i32.xor (local.get $sum) (i32.load (i32.const 69990))))"
        "      (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
        "    (local.get $sum)))";
    int32_t expected = 0;
    uint64_t paid = 0;
    static const uint64_t slices[] = { 100000000, 50000, 1000, 37 };
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        const hf_engine_options engine = { .size = sizeof engine, .fuel = true };
        const hf_store_options store = { .size = sizeof store, .fuel = slices[i] };
        struct guest g;
        guest_begin(&g, &engine, &store);
        guest_must_load(&g, text);
        const hf_val five = hf_i32(5);
        hf_task *task = hf_task_new(g.store, guest_func(&g, "go"), &five, 1, NULL);
        hf_remote *remote = hf_store_remote(g.store);
        uint64_t given = slices[i];
        hf_code code;
        while ((code = hf_task_resume(task, NULL)) == HF_OUT_OF_FUEL) {
            // Added, not set: what was spent beyond the last slice has to be paid from the next one.
            assert_int_equal(hf_remote_add_fuel(remote, slices[i]), HF_OK);
            given += slices[i];
            assert_true(given < 100000000);
        }
        assert_int_equal(code, HF_OK);
        hf_val out;
        assert_int_equal(hf_task_results(task, &out, 1, NULL), HF_OK);
        // It may have ended owing some; more fuel shows how much.
        assert_int_equal(hf_remote_add_fuel(remote, 1000000), HF_OK);
        const uint64_t spent = given + 1000000 - hf_store_fuel(g.store);
        if (i == 0) {
            expected = out.of.i32;
            paid = spent;
        }
        assert_int_equal(out.of.i32, expected);
        assert_int_equal(spent, paid);
        hf_task_free(task);
        hf_remote_unref(remote);
        guest_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_goes_on_without_fuel),
        cmocka_unit_test(nothing_goes_on_when_interrupted),
        cmocka_unit_test(slices_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
