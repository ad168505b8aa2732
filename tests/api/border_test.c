// Calls across the border, on each tier: typed functions and their arguments, what they may do meanwhile, and functions that the host
// calls again and again.
#include <fenv.h>

#include "guest.h"

static const hf_tier tiers[] = { HF_TIER_INTERP, HF_TIER_JIT };
enum { TIERS = sizeof tiers / sizeof *tiers };

// False: this machine has no such tier.
static bool begin_on(struct guest *g, hf_tier tier, bool fuel)
{
    const hf_engine_options options = { .size = sizeof options, .tier = tier, .fuel = fuel };
    hf_engine *engine = hf_engine_new(&options, NULL);
    if (!engine) {
        assert_int_equal(tier, HF_TIER_JIT);
        return false;
    }
    hf_engine_unref(engine);
    guest_begin(g, &options, NULL);
    return true;
}

// ---- typed functions ----

static int64_t t_mixed(hf_caller *caller, int32_t a, double b, int64_t c, float d, int32_t e)
{
    (void)caller;
    return a + (int64_t)b * 10 + c * 100 + (int64_t)d * 1000 + e * 10000;
}

static double t_floats(hf_caller *caller, double a, double b, double c, double d, double e, double f, double g,
                       double h)
{
    (void)caller;
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

static float t_stacked(hf_caller *caller, int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f, float g)
{
    (void)caller;
    return (float)(a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f) + g;
}

static int32_t t_negative(hf_caller *caller)
{
    (void)caller;
    return -1;
}

static void t_trap(hf_caller *caller, int32_t yes)
{
    if (yes) hf_caller_trap(caller, "asked for");
}

static int32_t t_nested(hf_caller *caller, int32_t n)
{
    struct guest *g = hf_caller_env(caller);
    // Grows the memory of the caller below it, and leaves a reference in the scope of this call.
    hf_ref ref;
    assert_int_equal(hf_ref_host(g->store, g, NULL, &ref, NULL), HF_OK);
    int32_t result = 0;
    assert_int_equal(guest_call(g, "inner", &n, 1, &result), HF_OK);
    return result;
}

static void t_round(hf_caller *caller, int32_t mode)
{
    (void)caller;
    static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
    fesetround(modes[mode]);
}

static const char typed_text[] =
    "(module (import \"t\" \"mixed\" (func $mixed (param i32 f64 i64 f32 i32) (result i64)))"
    " (import \"t\" \"floats\" (func $floats (param f64 f64 f64 f64 f64 f64 f64 f64) (result f64)))"
    " (import \"t\" \"stacked\" (func $stacked (param i32 i32 i32 i32 i32 i32 f32) (result f32)))"
    " (import \"t\" \"negative\" (func $negative (result i32)))"
    " (import \"t\" \"trap\" (func $trap (param i32)))"
    " (import \"t\" \"nested\" (func $nested (param i32) (result i32)))"
    " (import \"t\" \"round\" (func $round (param i32)))"
    " (memory (export \"memory\") 1 16)"
    " (func (export \"mixed\") (param i32) (result i32) (i32.wrap_i64"
    "   (call $mixed (local.get 0) (f64.const 2) (i64.const 3) (f32.const 4) (i32.const 5))))"
    " (func (export \"floats\") (param i32) (result i32) (i32.trunc_f64_s (call $floats (f64.convert_i32_s (local.get 0))"
    "   (f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4) (f64.const 5) (f64.const 6) (f64.const 7))))"
    " (func (export \"stacked\") (param i32) (result i32) (i32.trunc_f32_s (call $stacked (local.get 0) (i32.const 1)"
    "   (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (f32.const 6))))"
    " (func (export \"negative\") (param i32) (result i32)"
    "   (i64.eq (i64.extend_i32_u (call $negative)) (i64.const 0xffffffff)))"
    " (func (export \"trap\") (param i32) (result i32) (call $trap (local.get 0)) (i32.const 7))"
    " (func (export \"inner\") (param i32) (result i32) (memory.grow (local.get 0)))"
    " (func (export \"nested\") (param i32) (result i32) (i32.store (i32.const 8) (i32.const 40))"
    "   (i32.add (call $nested (local.get 0)) (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 65536)))))"
    " (func (export \"round\") (param i32) (result i32) (call $round (local.get 0))"
    "   (i32.reinterpret_f32 (f32.div (f32.const 1) (f32.const 3))))"
    " (func $deep (export \"deep\") (param i32) (result i32) (i32.add (call $negative)"
    "   (if (result i32) (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))))";

static void define_typed(struct guest *g)
{
    static const struct {
        const char *name, *signature;
        hf_typed_fn fn;
    } rows[] = {
        { "mixed", "i32 f64 i64 f32 i32 -> i64", (hf_typed_fn)t_mixed },
        { "floats", "f64 f64 f64 f64 f64 f64 f64 f64 -> f64", (hf_typed_fn)t_floats },
        { "stacked", "i32 i32 i32 i32 i32 i32 f32 -> f32", (hf_typed_fn)t_stacked },
        { "negative", "-> i32", (hf_typed_fn)t_negative },
        { "trap", "i32 ->", (hf_typed_fn)t_trap },
        { "nested", "i32 -> i32", (hf_typed_fn)t_nested },
        { "round", "i32 ->", (hf_typed_fn)t_round },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            hf_linker_define_typed(g->linker, "t", rows[i].name, rows[i].signature, rows[i].fn, g, &g->status), HF_OK);
    }
}

static hf_code go_on(hf_call *call, void *env)
{
    (void)env;
    return hf_call_next(call, NULL, NULL);
}

// Directly, and below a hook that does nothing.
static void typed_functions_of_each_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i / 2], false)) continue;
        define_typed(&g);
        if (i & 1) hf_linker_wrap(g.linker, "*", go_on, NULL, NULL);
        guest_must_load(&g, typed_text);
        for (int again = 0; again < 3; again++) {
            assert_int_equal(guest_must_call(&g, "mixed", 1), 54321);
            assert_int_equal(guest_must_call(&g, "floats", 1), 1 + 2 + 6 + 12 + 20 + 30 + 42 + 56);
            assert_int_equal(guest_must_call(&g, "stacked", 1), 1 + 2 + 6 + 12 + 20 + 30 + 6);
            assert_int_equal(guest_must_call(&g, "negative", 0), 1);
            assert_int_equal(guest_must_call(&g, "trap", 0), 7);
            const int32_t one = 1;
            int32_t result;
            assert_int_equal(guest_call(&g, "trap", &one, 1, &result), HF_TRAPPED);
            assert_int_equal(g.status.trap, HF_TRAP_HOST);
            assert_string_equal(g.status.message, "asked for");
            assert_int_equal(guest_must_call(&g, "deep", 1000), -1001);
        }
        assert_int_equal(guest_must_call(&g, "nested", 1), 1 + 40);
        assert_int_equal(guest_must_call(&g, "nested", 2), 2 + 40);
        guest_end(&g);
    }
}

// Out of sight of the compiler, which takes rounding to nearest for granted.
static volatile float three = 3;

static __attribute__((noinline)) float a_third(void)
{
    return 1 / three;
}

// Whatever a host function leaves, the guest rounds to nearest; outside, the mode is the caller's.
static void the_guest_rounds_to_nearest(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i], false)) continue;
        define_typed(&g);
        guest_must_load(&g, typed_text);
        for (int32_t mode = 0; mode < 4; mode++) assert_int_equal(guest_must_call(&g, "round", mode), 0x3eaaaaab);
        fesetround(FE_DOWNWARD);
        assert_int_equal(guest_must_call(&g, "round", 0), 0x3eaaaaab);
        assert_int_equal(guest_must_call(&g, "round", 1), 0x3eaaaaab);
        const float third = a_third();
        assert_memory_equal(&third, "\xaa\xaa\xaa\x3e", 4);
        fesetround(FE_TONEAREST);
        guest_end(&g);
    }
}

// Exhaustion is decided at a host call too, at the same depth on each tier.
static void host_calls_exhaust_alike(void **state)
{
    (void)state;
    int32_t depths[TIERS] = { 0 };
    for (unsigned i = 0; i < TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i], false)) return;
        define_typed(&g);
        guest_must_load(&g, typed_text);
        int32_t low = 1, high = 1 << 20;
        while (low < high) {
            const int32_t middle = low + (high - low) / 2;
            int32_t result;
            const hf_code code = guest_call(&g, "deep", &middle, 1, &result);
            if (code) assert_int_equal(g.status.trap, HF_TRAP_CALL_STACK_EXHAUSTED);
            if (code)
                high = middle;
            else
                low = middle + 1;
        }
        depths[i] = low;
        guest_end(&g);
    }
    assert_int_equal(depths[0], depths[TIERS - 1]);
}

// ---- the same function again ----

struct seen {
    hf_call *call;
    hf_func func;
    uint64_t task;
    int what; // 0: answers, 1: waits, 2: calls the same function, 3: drops nothing but fails
};

static hf_code step(hf_call *call, void *env)
{
    struct seen *seen = env;
    const uint64_t task = hf_task_id(hf_call_task(call));
    assert_true(task > seen->task);
    seen->task = task;
    const int what = seen->what;
    seen->what = 0;
    switch (what) {
    case 1: seen->call = hf_call_hold(call); return HF_PENDING;
    case 2: {
        // The instance is this task's: nested, on the same stack.
        uint64_t slots[2] = { 5, 6 };
        seen->task--;
        const hf_code code = hf_func_call_raw(hf_call_store(call), seen->func, slots, 2, NULL);
        if (code || slots[0] != 12) return hf_call_trap(call, "nested: %d", (int)slots[0]);
        break;
    }
    case 3: return hf_call_trap(call, "no");
    default: break;
    }
    return hf_call_return_i32(call, 1);
}

static const char again_text[] = "(module (import \"t\" \"step\" (func $step (result i32)))"
                                 " (func (export \"add\") (param i32 i64) (result i32)"
                                 "   (i32.add (call $step) (i32.add (local.get 0) (i32.wrap_i64 (local.get 1)))))"
                                 " (func (export \"other\") (result f64 f64) (f64.const 1.5) (f64.const 2.5)))";

static hf_code add(struct guest *g, hf_func func, uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t slots[2] = { a, b };
    g->status = hf_status_ok();
    const hf_code code = hf_func_call_raw(g->store, func, slots, 2, &g->status);
    *out = slots[0];
    return code;
}

static void a_function_called_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i], false)) continue;
        struct seen seen = { 0 };
        hf_linker_define_func(g.linker, "t", "step", "-> i32", step, &seen, NULL);
        guest_must_load(&g, again_text);
        const hf_func func = seen.func = guest_func(&g, "add"), other = guest_func(&g, "other");
        uint64_t out;
        for (int what = 0; what < 8; what++) {
            for (uint64_t k = 0; k < 3; k++) {
                assert_int_equal(add(&g, func, k, 10, &out), HF_OK);
                assert_int_equal(out, k + 11);
            }
            uint64_t slots[2] = { 0 };
            if (what & 4) {
                assert_int_equal(hf_func_call_raw(g.store, other, slots, 2, NULL), HF_OK);
                assert_int_equal(slots[1], 0x4004000000000000u);
                assert_int_equal(hf_func_call_raw(g.store, other, slots, 1, NULL), HF_WRONG_TYPE);
            }
            seen.what = what & 3;
            if (seen.what == 1) {
                // It waits: as a task, so that the instance is busy for others, and the call is abandoned with the task.
                const hf_val args[] = { hf_i32(1), hf_i64(2) };
                hf_task *task = hf_task_new(g.store, func, args, 2, NULL);
                assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
                assert_int_equal(add(&g, func, 1, 2, &out), HF_BUSY);
                assert_int_equal(add(&g, func, 1, 2, &out), HF_BUSY);
                const hf_val nine = hf_i32(9);
                assert_int_equal(hf_call_complete(seen.call, &nine, 1), HF_OK);
                hf_call_release(seen.call);
                assert_int_equal(hf_task_resume(task, NULL), HF_OK);
                hf_task_free(task);
            } else {
                const hf_code code = add(&g, func, 1, 2, &out);
                assert_int_equal(code, seen.what == 0 && (what & 3) == 3 ? HF_TRAPPED : HF_OK);
            }
        }
        hf_val values[2] = { hf_i32(3), hf_i64(4) };
        for (int k = 0; k < 4; k++) {
            hf_val result;
            assert_int_equal(hf_func_call(g.store, func, values, 2, &result, 1, NULL), HF_OK);
            assert_int_equal(result.type, HF_TYPE_I32);
            assert_int_equal(result.of.i32, 8);
        }
        values[1] = hf_i32(4);
        assert_int_equal(hf_func_call(g.store, func, values, 2, &values[0], 1, NULL), HF_WRONG_TYPE);
        assert_int_equal(hf_func_call(g.store, func, values, 1, &values[0], 1, NULL), HF_WRONG_TYPE);
        // Gone with its instance.
        assert_int_equal(add(&g, func, 1, 2, &out), HF_OK);
        assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
        hf_store_collect(g.store);
        assert_int_equal(add(&g, func, 1, 2, &out), HF_STALE);
        guest_end(&g);
    }
}

static hf_code wait_in_loop(hf_call *call, void *env)
{
    unsigned *count = env;
    if (++*count % 3) return HF_OK;
    // Answered by the loop that drives the call.
    const hf_code code = hf_call_complete(call, NULL, 0);
    return code ? code : HF_PENDING;
}

// One call in three waits, and goes on as a task of its own; the next ones are short again.
static void calls_that_wait_among_those_that_do_not(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i], false)) continue;
        unsigned count = 0;
        hf_linker_define_func(g.linker, "t", "wait", "->", wait_in_loop, &count, NULL);
        guest_must_load(&g,
                        "(module (import \"t\" \"wait\" (func $wait)) (func (export \"go\") (param i64) (result i64)"
                        " (call $wait) (i64.add (local.get 0) (i64.const 1))))");
        const hf_func go = guest_func(&g, "go");
        uint64_t slot = 0;
        for (int k = 0; k < 30; k++) assert_int_equal(hf_func_call_raw(g.store, go, &slot, 1, NULL), HF_OK);
        assert_int_equal(slot, 30);
        assert_int_equal(count, 30);
        guest_end(&g);
    }
}

static void fuel_ends_a_call_that_was_short_before(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIERS; i++) {
        struct guest g;
        if (!begin_on(&g, tiers[i], true)) continue;
        guest_must_load(&g, "(module (func (export \"go\") (param i32) (result i32) (loop (br_if 0"
                            " (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))");
        const hf_func go = guest_func(&g, "go");
        for (int k = 0; k < 3; k++) {
            assert_int_equal(hf_store_set_fuel(g.store, 1000000, NULL), HF_OK);
            uint64_t slot = 10;
            assert_int_equal(hf_func_call_raw(g.store, go, &slot, 1, NULL), HF_OK);
            slot = 10000000;
            assert_int_equal(hf_func_call_raw(g.store, go, &slot, 1, NULL), HF_OUT_OF_FUEL);
        }
        guest_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_functions_of_each_kind),
        cmocka_unit_test(the_guest_rounds_to_nearest),
        cmocka_unit_test(host_calls_exhaust_alike),
        cmocka_unit_test(a_function_called_again),
        cmocka_unit_test(calls_that_wait_among_those_that_do_not),
        cmocka_unit_test(fuel_ends_a_call_that_was_short_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
