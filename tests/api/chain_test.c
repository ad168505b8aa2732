// Host calls that go on to a guest function (hf_call_then): on the guest's stack alone, so that everything in the chain may wait.
#include "guest.h"

// ask(x) = host; twice(x) calls up(x) twice by chaining; up is a guest function that asks the host.
#define CHAIN                                                                                             \
    "(module (import \"t\" \"ask\" (func $ask (param i32) (result i32)))"                                 \
    "  (import \"t\" \"via\" (func $via (param i32) (result i32)))"                                       \
    "  (tag $e (param i32))"                                                                              \
    "  (func (export \"go\") (param i32) (result i32)"                                                    \
    "    (i32.add (i32.const 1000) (call $via (local.get 0))))"                                           \
    "  (func (export \"up\") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))" \
    "  (func (export \"deep\") (param i32) (result i32)"                                                  \
    "    (if (result i32) (local.get 0)"                                                                  \
    "      (then (i32.add (i32.const 1) (call $via (i32.sub (local.get 0) (i32.const 1)))))"              \
    "      (else (i32.const 0))))"                                                                        \
    "  (func (export \"fall\") (param i32) (result i32) (i32.div_u (i32.const 1) (i32.const 0)))"         \
    "  (func (export \"throw\") (param i32) (result i32) (throw $e (local.get 0)))"                       \
    "  (func (export \"catch\") (param i32) (result i32)"                                                 \
    "    (block $h (result i32) (try_table (result i32) (catch $e $h) (call $via (local.get 0)))))"       \
    "  (func (export \"wide\") (param i32 i64 f64 i32 i32 i32 i32 i32 i32 i32) (result i32 i64 f64)"      \
    "    (i32.add (local.get 0) (local.get 9)) (local.get 1) (local.get 2)))"

struct chain {
    struct guest g;
    hf_func next;    // what via goes on to
    unsigned rounds; // how often
    unsigned done;
    bool later; // ask answers later
    hf_call *asked;
    hf_code outcome; // how the last one ended
    bool keep;       // a failure is passed on
};

static hf_tier tier; // that the tests run on

static hf_code ask(hf_call *call, void *env)
{
    struct chain *c = env;
    if (!c->later) return hf_call_return_i32(call, hf_call_arg_i32(call, 0) * 2);
    hf_call_release(c->asked);
    c->asked = hf_call_hold(call);
    return HF_PENDING;
}

static hf_code went(hf_call *call, void *env)
{
    struct chain *c = env;
    hf_status status;
    c->outcome = hf_call_outcome(call, &status);
    hf_val out;
    if (c->outcome != HF_OK) {
        assert_int_equal(hf_call_then_results(call, &out, 1), HF_WRONG_TYPE);
        return c->keep ? c->outcome : hf_call_return_i32(call, -(int32_t)c->outcome);
    }
    assert_int_equal(hf_call_then_results(call, &out, 1), HF_OK);
    if (++c->done < c->rounds) return hf_call_then(call, c->next, &out, 1, went, env);
    return hf_call_return_i32(call, out.of.i32);
}

static hf_code via(hf_call *call, void *env)
{
    struct chain *c = env;
    const hf_val arg = hf_call_arg(call, 0);
    return hf_call_then(call, c->next, &arg, 1, went, env);
}

static void begin(struct chain *c, const char *next, const hf_engine_options *engine, const hf_store_options *store)
{
    memset(c, 0, sizeof *c);
    hf_engine_options options = { .size = sizeof options };
    if (engine) options = *engine;
    options.tier = tier;
    guest_begin(&c->g, &options, store);
    assert_int_equal(hf_linker_define_func(c->g.linker, "t", "ask", "i32 -> i32", ask, c, NULL), HF_OK);
    assert_int_equal(hf_linker_define_func(c->g.linker, "t", "via", "i32 -> i32", via, c, NULL), HF_OK);
    guest_must_load(&c->g, CHAIN);
    c->next = guest_func(&c->g, next);
    c->rounds = 1;
}

static void finish(struct chain *c)
{
    hf_call_release(c->asked);
    guest_end(&c->g);
}

static void goes_on_twice(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "up", NULL, NULL);
    c.rounds = 2;
    assert_int_equal(guest_must_call(&c.g, "go", 5), 1000 + 23);
    finish(&c);
}

static void waits_inside(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "up", NULL, NULL);
    c.rounds = 2;
    c.later = true;
    const hf_val arg = hf_i32(5), four = hf_i32(4), nine = hf_i32(9);
    hf_task *task = hf_task_new(c.g.store, guest_func(&c.g, "go"), &arg, 1, NULL);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    hf_frame frames[4];
    assert_int_equal(hf_task_backtrace(task, frames, 4), 2);
    assert_int_equal(frames[0].func, 3);
    assert_int_equal(frames[1].func, 2);
    assert_int_equal(hf_call_complete(c.asked, &four, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_int_equal(hf_call_arg_i32(c.asked, 0), 5);
    assert_int_equal(hf_call_complete(c.asked, &nine, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_OK);
    hf_val out;
    assert_int_equal(hf_task_results(task, &out, 1, NULL), HF_OK);
    assert_int_equal(out.of.i32, 1010);
    hf_task_free(task);
    finish(&c);
}

static void dropped_while_it_waits(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "up", NULL, NULL);
    c.later = true;
    const hf_val arg = hf_i32(5);
    hf_task *task = hf_task_new(c.g.store, guest_func(&c.g, "go"), &arg, 1, NULL);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    hf_task_free(task);
    assert_int_equal(hf_call_complete(c.asked, &arg, 1), HF_GONE);
    assert_int_equal(hf_store_wait(c.g.store, INT64_MAX, NULL), HF_GONE);
    c.later = false;
    assert_int_equal(guest_must_call(&c.g, "go", 1), 1003);
    finish(&c);
}

static void recursion_takes_no_native_stack(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "deep", NULL, NULL);
    assert_int_equal(guest_must_call(&c.g, "deep", 2000), 2000);
    // For ever: the end of the guest's stack is told to the call that could not go on.
    c.keep = true;
    int32_t out;
    const int32_t many = 1 << 30;
    assert_int_equal(guest_call(&c.g, "deep", &many, 1, &out), HF_TRAPPED);
    assert_int_equal(c.g.status.trap, HF_TRAP_CALL_STACK_EXHAUSTED);
    assert_int_equal(guest_must_call(&c.g, "deep", 10), 10);
    finish(&c);
}

static void failures_are_told(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "fall", NULL, NULL);
    assert_int_equal(guest_must_call(&c.g, "go", 0), 1000 - HF_TRAPPED);
    assert_int_equal(c.outcome, HF_TRAPPED);
    c.keep = true;
    int32_t out;
    const int32_t zero = 0;
    assert_int_equal(guest_call(&c.g, "go", &zero, 1, &out), HF_TRAPPED);
    assert_int_equal(c.g.status.trap, HF_TRAP_INTEGER_DIVIDE_BY_ZERO);
    c.next = guest_func(&c.g, "throw");
    c.keep = false;
    assert_int_equal(guest_must_call(&c.g, "go", 77), 1000 - HF_EXCEPTION);
    c.keep = true;
    assert_int_equal(guest_must_call(&c.g, "catch", 77), 77);
    finish(&c);
}

static void misuse_is_refused(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "wide", NULL, NULL);
    int32_t out;
    const int32_t zero = 0;
    assert_int_equal(guest_call(&c.g, "go", &zero, 1, &out), HF_WRONG_TYPE);
    memset(&c.next, 0, sizeof c.next);
    assert_int_equal(guest_call(&c.g, "go", &zero, 1, &out), HF_BAD_ARGUMENT);
    assert_int_equal(hf_call_then(NULL, c.next, NULL, 0, went, NULL), HF_BAD_ARGUMENT);
    finish(&c);
}

static hf_code wide_went(hf_call *call, void *env)
{
    struct chain *c = env;
    hf_val out[3];
    assert_int_equal(hf_call_then_results(call, out, 2), HF_WRONG_TYPE);
    assert_int_equal(hf_call_then_results(call, out, 3), HF_OK);
    assert_int_equal(out[1].of.i64, INT64_C(1) << 40);
    assert_true(out[2].of.f64 == 2.5);
    c->done++;
    return hf_call_return_i32(call, out[0].of.i32);
}

static hf_code wide_via(hf_call *call, void *env)
{
    struct chain *c = env;
    hf_val args[10];
    for (int i = 0; i < 10; i++) args[i] = hf_i32(i + 1);
    args[1] = hf_i64(INT64_C(1) << 40);
    args[2] = hf_f64(2.5);
    return hf_call_then(call, c->next, args, 10, wide_went, env);
}

static hf_code around(hf_call *call, void *env)
{
    unsigned *seen = env;
    ++*seen;
    return hf_call_next(call, NULL, NULL);
}

// Many arguments, and a hook around.
static void wide_and_wrapped(void **state)
{
    (void)state;
    struct chain c;
    unsigned seen = 0;
    memset(&c, 0, sizeof c);
    const hf_engine_options options = { .size = sizeof options, .tier = tier };
    guest_begin(&c.g, &options, NULL);
    hf_linker_define_func(c.g.linker, "t", "ask", "i32 -> i32", ask, &c, NULL);
    hf_linker_define_func(c.g.linker, "t", "via", "i32 -> i32", wide_via, &c, NULL);
    assert_int_equal(hf_linker_wrap(c.g.linker, "*", around, &seen, NULL), HF_OK);
    guest_must_load(&c.g, CHAIN);
    c.next = guest_func(&c.g, "wide");
    assert_int_equal(guest_must_call(&c.g, "go", 0), 1011);
    assert_int_equal(seen, 1);
    assert_int_equal(c.done, 1);
    finish(&c);
}

// Fuel ends inside the chained function; all goes on after more was given.
static void fuel_ends_inside(void **state)
{
    (void)state;
    struct chain c;
    const hf_engine_options options = { .size = sizeof options, .fuel = true };
    begin(&c, "deep", &options, NULL);
    const hf_val arg = hf_i32(20);
    hf_task *task = hf_task_new(c.g.store, guest_func(&c.g, "deep"), &arg, 1, NULL);
    unsigned stops = 0;
    hf_code code;
    while ((code = hf_task_resume(task, NULL)) == HF_OUT_OF_FUEL) {
        stops++;
        assert_true(stops < 1000);
        assert_int_equal(hf_store_set_fuel(c.g.store, 10, NULL), HF_OK);
    }
    assert_int_equal(code, HF_OK);
    assert_true(stops > 5);
    hf_val out;
    assert_int_equal(hf_task_results(task, &out, 1, NULL), HF_OK);
    assert_int_equal(out.of.i32, 20);
    hf_task_free(task);
    finish(&c);
}

// A chained function waits below a nested activation that may not wait: all of it is given up, and the store goes on.
static hf_code nests(hf_call *call, void *env)
{
    struct chain *c = env;
    const hf_val arg = hf_call_arg(call, 0);
    hf_val out;
    hf_status status = hf_status_ok();
    c->outcome = hf_func_call(c->g.store, c->next, &arg, 1, &out, 1, &status);
    return hf_call_return_i32(call, c->outcome ? -(int32_t)c->outcome : out.of.i32);
}

static void given_up_below_a_nested_call(void **state)
{
    (void)state;
    struct chain c;
    begin(&c, "up", NULL, NULL);
    hf_func nest;
    const hf_valtype i32 = HF_TYPE_I32;
    const hf_param param = { .name = "x", .type = HF_TYPE_I32 };
    const hf_func_desc desc = { .size = sizeof desc,
                                .module = "t",
                                .name = "nest",
                                .params = &param,
                                .param_count = 1,
                                .results = &i32,
                                .result_count = 1 };
    struct chain inner = c;
    inner.next = guest_func(&c.g, "go");
    assert_int_equal(hf_func_new(c.g.store, &desc, nests, &inner, NULL, &nest, NULL), HF_OK);
    struct chain *outer = &c;
    outer->next = nest;
    const hf_val arg = hf_i32(3);
    // go → via → (then) nest → hf_func_call(go) → via → (then) … until the nesting limit.
    hf_val out;
    hf_status status = hf_status_ok();
    assert_int_equal(hf_func_call(c.g.store, inner.next, &arg, 1, &out, 1, &status), HF_OK);
    assert_int_equal(inner.outcome, HF_OK);
    c.next = guest_func(&c.g, "up");
    c.later = true;
    assert_int_equal(hf_func_call(c.g.store, nest, &arg, 1, &out, 1, &status), HF_OK);
    assert_int_equal(inner.outcome, HF_TRAPPED);
    c.later = false;
    assert_int_equal(guest_must_call(&c.g, "go", 1), 1003);
    finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_twice),
        cmocka_unit_test(waits_inside),
        cmocka_unit_test(dropped_while_it_waits),
        cmocka_unit_test(recursion_takes_no_native_stack),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(wide_and_wrapped),
        cmocka_unit_test(fuel_ends_inside),
        cmocka_unit_test(given_up_below_a_nested_call),
    };
    tier = HF_TIER_INTERP;
    int failed = cmocka_run_group_tests_name("interp", tests, NULL, NULL);
    // Where there is native code.
    tier = HF_TIER_JIT;
    const hf_engine_options options = { .size = sizeof options, .tier = tier };
    hf_engine *engine = hf_engine_new(&options, NULL);
    if (engine) failed += cmocka_run_group_tests_name("jit", tests, NULL, NULL);
    hf_engine_unref(engine);
    return failed;
}
