// Definitions, hooks and patterns; what hooks may do to a call; a call as bytes.
#include "guest.h"

static void patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        { "*", "wasi:clocks/wall@0.2.0#now", true },
        { "env#*", "env#f", true },
        { "env#*", "env#a#b", false },
        { "env*", "env#f", false },
        { "env**", "env#f", true },
        { "**#now", "wasi:clocks/wall@0.2.0#now", true },
        { "*#now", "wasi:clocks/wall@0.2.0#now", false },
        { "wasi:clocks/**", "wasi:clocks/wall@0.2.0#now", true },
        { "wasi:clocks/*", "wasi:clocks/wall@0.2.0#now", false },
        { "e?v#f", "env#f", true },
        { "e?v#f", "ev#f", false },
        { "a**b**c", "axxbxxc", true },
        { "a**b**c", "axxbxx", false },
        { "***", "a/b#c", true },
        { "", "", false },
        { "a", "a", true },
        { "**a**a**a**a**a**a**b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(hf_pattern_matches(cases[i].pattern, cases[i].name), cases[i].matches);
}

// ---- definitions ----

static hf_code seven(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, 7);
}

static hf_code eight(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, 8);
}

#define USES                                                          \
    "(module (import \"m\" \"f\" (func $f (param i32) (result i32)))" \
    "  (func (export \"go\") (param i32) (result i32) (call $f (local.get 0))))"

static void definitions_and_shadowing(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    assert_int_equal(hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", seven, NULL, &g.status), HF_OK);
    assert_int_equal(hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", eight, NULL, &g.status), HF_EXISTS);
    assert_int_equal(hf_linker_define_func(g.linker, "m", "g", "i32 -> what", eight, NULL, NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_linker_func_count(g.linker), 1);
    char name[32];
    assert_int_equal(hf_func_desc_name(hf_linker_func(g.linker, 0), name, sizeof name), 3);
    assert_string_equal(name, "m#f");
    assert_null(hf_linker_func(g.linker, 1));
    guest_must_load(&g, USES);
    assert_int_equal(guest_must_call(&g, "go", 0), 7);
    hf_linker_allow_shadowing(g.linker, true);
    assert_int_equal(hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", eight, NULL, NULL), HF_OK);
    assert_int_equal(hf_linker_func_count(g.linker), 1);
    guest_must_load(&g, USES);
    assert_int_equal(guest_must_call(&g, "go", 0), 8);
    assert_int_equal(guest_load(&g, "(module (import \"m\" \"f\" (func (param i64))))"), HF_UNLINKABLE);
    assert_int_equal(strncmp(g.status.message, "incompatible import type", 24), 0);
    assert_int_equal(guest_load(&g, "(module (import \"m\" \"none\" (func $f)) (func (export \"go\") (call $f)))"),
                     HF_UNLINKABLE);
    assert_int_equal(strncmp(g.status.message, "unknown import", 14), 0);
    hf_linker_trap_unknown(g.linker, true);
    guest_must_load(&g, "(module (import \"m\" \"none\" (func $f)) (func (export \"go\") (call $f)))");
    assert_int_equal(guest_call(&g, "go", NULL, 0, NULL), HF_TRAPPED);
    assert_non_null(strstr(g.status.message, "m#none"));
    guest_end(&g);
}

static double typed_mix(hf_caller *caller, int32_t a, double b, int64_t c, float d)
{
    size_t size;
    if (a < 0) hf_caller_trap(caller, "negative");
    return a + b + (double)c + (double)d + *(int *)hf_caller_env(caller) + (hf_caller_memory(caller, &size) ? 0.5 : 0);
}

static hf_code count_and_go_on(hf_call *call, void *env)
{
    ++*(unsigned *)env;
    return hf_call_next(call, NULL, NULL);
}

static void typed_functions_wrapped_and_not(void **state)
{
    (void)state;
    for (int wrapped = 0; wrapped < 2; wrapped++) {
        struct guest g;
        int env = 100;
        unsigned seen = 0;
        guest_begin(&g, NULL, NULL);
        hf_code code =
            hf_linker_define_typed(g.linker, "m", "mix", "i32 f64 i64 f32 -> f64", (hf_typed_fn)typed_mix, &env, NULL);
        assert_int_equal(code, HF_OK);
        if (wrapped) hf_linker_wrap(g.linker, "m#*", count_and_go_on, &seen, NULL);
        guest_must_load(&g, "(module (import \"m\" \"mix\" (func $m (param i32 f64 i64 f32) (result f64))) (memory 1)"
                            "  (func (export \"go\") (param i32) (result i32) (i32.trunc_f64_s (f64.mul (f64.const 10)"
                            "    (call $m (local.get 0) (f64.const 2) (i64.const 3) (f32.const 0.5))))))");
        assert_int_equal(guest_must_call(&g, "go", 1), 1070);
        const int32_t negative = -1;
        int32_t out;
        assert_int_equal(guest_call(&g, "go", &negative, 1, &out), HF_TRAPPED);
        assert_string_equal(g.status.message, "negative");
        assert_int_equal(seen, wrapped ? 2 : 0);
        guest_end(&g);
    }
}

// ---- hooks ----

static char trail[256];

static void leave(const char *mark)
{
    strncat(trail, mark, sizeof trail - strlen(trail) - 1);
}

static hf_code after_mark(hf_call *call, void *env)
{
    leave(env);
    return hf_call_outcome(call, NULL);
}

static hf_code mark(hf_call *call, void *env)
{
    leave(env);
    return hf_call_next(call, after_mark, env);
}

static hf_code inner(hf_call *call, void *env)
{
    (void)env;
    leave("f");
    return hf_call_return_i32(call, hf_call_arg_i32(call, 0) + 1);
}

static void first_registered_is_outermost(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    trail[0] = 0;
    static char names[7][2] = { "1", "2", "3", "4", "5", "6", "7" };
    for (int i = 0; i < 7; i++) hf_linker_wrap(g.linker, i == 3 ? "other#*" : "m#f", mark, names[i], NULL);
    hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", inner, NULL, NULL);
    g.module = guest_module(&g, USES);
    hf_pre *pre = hf_linker_freeze(g.linker, g.module, NULL);
    assert_int_equal(hf_pre_wraps(pre, 0), 6);
    hf_linker_free(g.linker);
    g.linker = NULL;
    assert_int_equal(hf_pre_instantiate(pre, g.store, &g.instance, NULL), HF_OK);
    hf_pre_unref(pre);
    assert_int_equal(guest_must_call(&g, "go", 4), 5);
    assert_string_equal(trail, "123567f765321");
    guest_end(&g);
}

static hf_code retry_until_good(hf_call *call, void *env)
{
    unsigned *tries = env;
    hf_status status = hf_status_ok();
    if (hf_call_outcome(call, &status) == HF_TRAPPED && ++*tries < 3) return hf_call_next(call, retry_until_good, env);
    return hf_call_outcome(call, NULL) == HF_TRAPPED ? hf_call_return_i32(call, 99) : HF_OK;
}

static hf_code retrying(hf_call *call, void *env)
{
    return hf_call_next(call, retry_until_good, env);
}

static hf_code traps_twice(hf_call *call, void *env)
{
    unsigned *left = env;
    if (*left) {
        --*left;
        return hf_call_trap(call, "not yet");
    }
    return hf_call_return_i32(call, 1);
}

static hf_code double_argument(hf_call *call, void *env)
{
    (void)env;
    hf_call_set_arg(call, 0, hf_i32(hf_call_arg_i32(call, 0) * 2));
    return hf_call_next(call, NULL, NULL);
}

static hf_code replace(hf_call *call, void *env)
{
    (void)env;
    return hf_call_arg_i32(call, 0) == 13 ? hf_call_trap(call, "unlucky") : hf_call_return_i32(call, -1);
}

static hf_code exit_three(hf_call *call, void *env)
{
    (void)env;
    return hf_call_exit(call, 3);
}

static void hooks_retry_change_replace_and_trap(void **state)
{
    (void)state;
    static const struct {
        hf_host_fn hook, fn;
        unsigned fails;
        int32_t arg;
        hf_code code;
        int32_t result;
    } cases[] = {
        { retrying, traps_twice, 2, 0, HF_OK, 1 },  { retrying, traps_twice, 5, 0, HF_OK, 99 },
        { double_argument, inner, 0, 4, HF_OK, 9 }, { replace, inner, 0, 4, HF_OK, -1 },
        { replace, inner, 0, 13, HF_TRAPPED, 0 },   { mark, exit_three, 0, 0, HF_EXITED, 3 },
        { mark, traps_twice, 1, 0, HF_TRAPPED, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guest g;
        unsigned fails = cases[i].fails, tries = 0;
        static char dot[] = ".";
        guest_begin(&g, NULL, NULL);
        hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", cases[i].fn, &fails, NULL);
        hf_linker_wrap(g.linker, "*", cases[i].hook, cases[i].hook == mark ? (void *)dot : (void *)&tries, NULL);
        guest_must_load(&g, USES);
        int32_t out = 0;
        assert_int_equal(guest_call(&g, "go", &cases[i].arg, 1, &out), cases[i].code);
        if (cases[i].code == HF_OK) assert_int_equal(out, cases[i].result);
        if (cases[i].code == HF_EXITED) assert_int_equal(g.status.exit_code, cases[i].result);
        guest_end(&g);
    }
}

// ---- pending inside hooks ----

static hf_call *pended;

static hf_code later(hf_call *call, void *env)
{
    (void)env;
    pended = call;
    return HF_PENDING;
}

static hf_code now_go_on(hf_call *call, void *env)
{
    return hf_call_next(call, after_mark, env);
}

// Lets the guest wait first, then calls what is wrapped.
static hf_code delay(hf_call *call, void *env)
{
    leave("d");
    hf_call_complete_with(call, now_go_on, env);
    return HF_PENDING;
}

static void waiting_hooks_around_a_waiting_function(void **state)
{
    (void)state;
    struct guest g;
    static char a[] = "a", b[] = "b";
    guest_begin(&g, NULL, NULL);
    trail[0] = 0;
    hf_linker_wrap(g.linker, "*", mark, a, NULL);
    hf_linker_wrap(g.linker, "*", delay, b, NULL);
    hf_linker_define_func(g.linker, "m", "f", "i32 -> i32", later, NULL, NULL);
    guest_must_load(&g, USES);
    const hf_val one = hf_i32(1);
    hf_task *task = hf_task_new(g.store, guest_func(&g, "go"), &one, 1, NULL);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    pended = NULL;
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_non_null(pended);
    assert_string_equal(trail, "ad");
    const hf_val five = hf_i32(5);
    assert_int_equal(hf_call_complete(pended, &five, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_OK);
    assert_string_equal(trail, "adba");
    hf_val out;
    hf_task_results(task, &out, 1, NULL);
    assert_int_equal(out.of.i32, 5);
    hf_task_free(task);
    guest_end(&g);
}

// ---- a call as bytes ----

static const hf_param io_params[] = {
    { "text", HF_TYPE_I32, HF_PARAM_IN_BYTES, 1, 1 },     { "length", HF_TYPE_I32, HF_PARAM_LENGTH, 0, 0 },
    { "vectors", HF_TYPE_I32, HF_PARAM_IN_IOVECS, 3, 8 }, { "count", HF_TYPE_I32, HF_PARAM_LENGTH, 0, 0 },
    { "out", HF_TYPE_I32, HF_PARAM_OUT_FIXED, 0, 4 },     { "flag", HF_TYPE_I64, HF_PARAM_VALUE, 0, 0 },
};

static hf_code do_io(hf_call *call, void *env)
{
    (void)env;
    const uint64_t at = (uint32_t)hf_call_arg_i32(call, 4);
    if (hf_call_write(call, at, "\1\2\3\4", 4)) return hf_call_trap(call, "outside");
    return hf_call_return_i32(call, 77);
}

struct record {
    uint8_t args[256], results[256];
    size_t args_size, results_size;
    bool replay;
};

static hf_code keep_results(hf_call *call, void *env)
{
    struct record *record = env;
    assert_int_equal(hf_call_encode_results(call, record->results, sizeof record->results, &record->results_size),
                     HF_OK);
    return hf_call_outcome(call, NULL);
}

static hf_code journal(hf_call *call, void *env)
{
    struct record *record = env;
    assert_int_equal(hf_call_encode_args(call, record->args, sizeof record->args, &record->args_size), HF_OK);
    if (record->replay) return hf_call_complete_encoded(call, record->results, record->results_size);
    return hf_call_next(call, keep_results, record);
}

#define IO                                                                                                                           \
    "(module (import \"m\" \"io\" (func $io (param i32 i32 i32 i32 i32 i64) (result i32))) (memory 1)"                               \
    "  (data (i32.const 100) \"hello\") (data (i32.const 200) \"\\64\\00\\00\\00\\02\\00\\00\\00\\67\\00\\00\\00\\02\\00\\00\\00\")" \
    "  (func (export \"go\") (param i32) (result i32)"                                                                               \
    "    (i32.add (call $io (i32.const 100) (i32.const 5) (i32.const 200) (i32.const 2) (local.get 0) (i64.const -1))"               \
    "      (i32.load (local.get 0)))))"

static void a_call_recorded_and_replayed(void **state)
{
    (void)state;
    static const char expected_args[] = "\1\4m#io\6\7\5hello\11\7\4helo\11\10\4\2\377\377\377\377\377\377\377\377";
    static const char expected_results[] = "\1\0\1\1\x4d\0\0\0\1\xac\2\4\1\2\3\4";
    struct record record = { .replay = false };
    for (int round = 0; round < 2; round++) {
        struct guest g;
        guest_begin(&g, NULL, NULL);
        const hf_valtype result = HF_TYPE_I32;
        const hf_func_desc desc = { sizeof desc,           "m",   "io",  NULL, io_params, 6, &result, 1,
                                    HF_EFFECT_WRITE_LOCAL, false, false, NULL };
        // In the replay there is no host behind it.
        assert_int_equal(hf_linker_define(g.linker, &desc, round ? later : do_io, NULL, NULL), HF_OK);
        hf_linker_wrap(g.linker, "*", journal, &record, NULL);
        guest_must_load(&g, IO);
        assert_int_equal(guest_must_call(&g, "go", 300), 77 + 0x04030201);
        assert_int_equal(record.args_size, sizeof expected_args - 1);
        assert_memory_equal(record.args, expected_args, sizeof expected_args - 1);
        assert_int_equal(record.results_size, sizeof expected_results - 1);
        assert_memory_equal(record.results, expected_results, sizeof expected_results - 1);
        record.replay = true;
        guest_end(&g);
    }
    // Cut anywhere, a record is no record; and nothing of it is written.
    const size_t whole = record.results_size;
    for (size_t cut = 0; cut < whole; cut++) {
        struct guest g;
        guest_begin(&g, NULL, NULL);
        const hf_valtype result = HF_TYPE_I32;
        const hf_func_desc desc = { sizeof desc, "m", "io", NULL, io_params, 6, &result, 1, 0, false, false, NULL };
        hf_linker_define(g.linker, &desc, later, NULL, NULL);
        hf_linker_wrap(g.linker, "*", journal, &record, NULL);
        guest_must_load(&g, IO);
        record.results_size = cut;
        const int32_t at = 300;
        int32_t out;
        assert_int_equal(guest_call(&g, "go", &at, 1, &out), HF_MALFORMED);
        guest_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(definitions_and_shadowing),
        cmocka_unit_test(typed_functions_wrapped_and_not),
        cmocka_unit_test(first_registered_is_outermost),
        cmocka_unit_test(hooks_retry_change_replace_and_trap),
        cmocka_unit_test(waiting_hooks_around_a_waiting_function),
        cmocka_unit_test(a_call_recorded_and_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
