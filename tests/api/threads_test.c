// One engine, many threads: a fresh module whose functions are first called by eight stores at once, and modules whose types
// appear in and vanish from the engine's registry while others look the same types up. Threads only count what is wrong, since
// an assertion may not leave another thread than its own.
#include <pthread.h>
#include <stdatomic.h>

#include "guest.h"

enum { THREADS = 8, FUNCS = 48, DEPTH = 60 };

struct crowd {
    hf_engine *engine;
    hf_module *module;
    bool fuel;
    pthread_barrier_t start;
    atomic_uint wrong;
    char message[256]; // of the first that is wrong
};

struct member {
    struct crowd *crowd;
    unsigned number;
    pthread_t thread;
};

static void found_wrong(struct crowd *crowd, const char *what, const hf_status *status)
{
    if (atomic_fetch_add(&crowd->wrong, 1)) return;
    snprintf(crowd->message, sizeof crowd->message, "%s: %.100s", what,
             status->code ? status->message : "another result");
}

static void run_crowd(struct crowd *crowd, void *(*body)(void *member))
{
    struct member members[THREADS];
    assert_int_equal(pthread_barrier_init(&crowd->start, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        members[i] = (struct member){ .crowd = crowd, .number = i };
        assert_int_equal(pthread_create(&members[i].thread, NULL, body, &members[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&crowd->start);
    if (atomic_load(&crowd->wrong)) fail_msg("%u wrong, first %s", atomic_load(&crowd->wrong), crowd->message);
}

// ---- one module, first called by all ----

// fK(n) = n = 0 ? K : n * (K + 1) + f(K+1)(n - 1), around in a circle.
static int32_t expected(unsigned func, int32_t n)
{
    int32_t sum = 0;
    for (; n; n--, func = (func + 1) % FUNCS) sum += n * (int32_t)(func + 1);
    return sum + (int32_t)func;
}

static hf_module *circle(hf_engine *engine)
{
    static char text[FUNCS * 256 + 64];
    size_t at = (size_t)snprintf(text, sizeof text, "(module");
    for (unsigned i = 0; i < FUNCS; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at,
                               " (func $f%u (export \"f%u\") (param i32) (result i32)"
                               "  (if (result i32) (i32.eqz (local.get 0)) (then (i32.const %u))"
                               "   (else (i32.add (i32.mul (local.get 0) (i32.const %u))"
                               "     (call $f%u (i32.sub (local.get 0) (i32.const 1)))))))",
                               i, i, i, i + 1, (i + 1) % FUNCS);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, ")");
    assert_true(at < sizeof text);
    hf_status status = hf_status_ok();
    hf_module *module = hf_module_new_any(engine, text, at, &status);
    if (!module) fail_msg("%s", status.message);
    return module;
}

static void *call_all(void *arg)
{
    const struct member *member = arg;
    struct crowd *crowd = member->crowd;
    hf_status status = hf_status_ok();
    hf_store *store = hf_store_new(crowd->engine, NULL, &status);
    hf_instance instance;
    bool ready = store && !hf_instance_new(store, crowd->module, NULL, 0, &instance, &status);
    if (ready && crowd->fuel) ready = !hf_store_set_fuel(store, 1000000, &status);
    if (!ready) found_wrong(crowd, "instance", &status);
    pthread_barrier_wait(&crowd->start);
    // Pairs of threads begin at the same function and so meet in its first call.
    for (unsigned i = 0; ready && i < FUNCS; i++) {
        const unsigned which = (member->number / 2 * (FUNCS / 4) + i) % FUNCS;
        char name[16];
        snprintf(name, sizeof name, "f%u", which);
        hf_func func;
        uint64_t slot = DEPTH;
        ready = !hf_instance_func(store, instance, name, &func, &status) &&
                !hf_func_call_raw(store, func, &slot, 1, &status);
        if (!ready || (int32_t)slot != expected(which, DEPTH)) found_wrong(crowd, name, &status);
    }
    hf_store_free(store);
    return NULL;
}

static void first_calls_of_one_module(void **state)
{
    (void)state;
    static const struct {
        hf_interp form;
        hf_tier tier;
        bool lazy, fuel, eager;
    } rows[] = {
        { HF_INTERP_DEFAULT, HF_TIER_INTERP, false, false, false },
        { HF_INTERP_SWITCH, HF_TIER_INTERP, false, false, false },
        { HF_INTERP_DEFAULT, HF_TIER_INTERP, true, false, false },
        { HF_INTERP_THREADED_PLAIN, HF_TIER_INTERP, false, true, false },
        { HF_INTERP_DEFAULT, HF_TIER_INTERP, true, true, false },
        { HF_INTERP_DEFAULT, HF_TIER_INTERP, false, false, true },
        { HF_INTERP_DEFAULT, HF_TIER_JIT, false, false, false },
        { HF_INTERP_DEFAULT, HF_TIER_JIT, true, true, false },
        { HF_INTERP_DEFAULT, HF_TIER_JIT, false, false, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const hf_engine_options options = {
            .size = sizeof options,
            .tier = rows[i].tier,
            .interp = rows[i].form,
            .lazy_validation = rows[i].lazy,
            .fuel = rows[i].fuel,
            .eager = rows[i].eager,
            .compile_threads = 4,
        };
        hf_status status = hf_status_ok();
        struct crowd crowd = { .engine = hf_engine_new(&options, &status), .fuel = rows[i].fuel };
        if (!crowd.engine && status.code == HF_UNSUPPORTED) continue; // no native tier here
        assert_non_null(crowd.engine);
        for (int round = 0; round < 8; round++) {
            crowd.module = circle(crowd.engine);
            run_crowd(&crowd, call_all);
            hf_native_stats stats = { .size = sizeof stats };
            assert_int_equal(hf_module_native_stats(crowd.module, &stats), HF_OK);
            assert_int_equal(stats.compiled, FUNCS); // each once, whoever came first
            hf_module_unref(crowd.module);
        }
        hf_engine_unref(crowd.engine);
    }
}

// ---- bodies that are validated late ----

// What has not been validated must not be run, however often it is called; its neighbours may be.
static void an_invalid_body_ends_its_calls(void **state)
{
    (void)state;
    // (func (export "good") (result i32) (i32.const 7)) (func (export "none") (result i32)), which leaves nothing,
    // (func (export "past") (result i32) (local.get 9)), (func (export "calls") (result i32) (call $past))
    static const uint8_t bytes[] = {
        0, 'a', 's',  'm', 1,    0,   0, 0,    1,   5,   1,    0x60, 0,    1,   0x7f, 3,    5,   4,    0,
        0, 0,   0,    7,   30,   4,   4, 'g',  'o', 'o', 'd',  0,    0,    4,   'n',  'o',  'n', 'e',  0,
        1, 4,   'p',  'a', 's',  't', 0, 2,    5,   'c', 'a',  'l',  'l',  's', 0,    3,    10,  19,   4,
        4, 0,   0x41, 7,   0x0b, 2,   0, 0x0b, 4,   0,   0x20, 9,    0x0b, 4,   0,    0x10, 2,   0x0b,
    };
    static const struct {
        const char *name;
        hf_code code;
        const char *said;
    } rows[] = {
        { "none", HF_TRAPPED, "type mismatch" }, { "good", HF_OK, "" },
        { "past", HF_TRAPPED, "unknown local" }, { "calls", HF_TRAPPED, "unknown local" },
        { "none", HF_TRAPPED, "type mismatch" }, { "good", HF_OK, "" },
    };
    for (int lazy = 0; lazy < 2; lazy++) {
        const hf_engine_options options = { .size = sizeof options, .lazy_validation = lazy };
        struct guest g;
        guest_begin(&g, &options, NULL);
        g.module = hf_module_new(g.engine, bytes, sizeof bytes, &g.status);
        if (!lazy) {
            assert_null(g.module);
            assert_int_equal(g.status.code, HF_INVALID);
        } else {
            if (!g.module) fail_msg("%s", g.status.message);
            assert_int_equal(hf_instance_new(g.store, g.module, NULL, 0, &g.instance, NULL), HF_OK);
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                int32_t result = 0;
                assert_int_equal(guest_call(&g, rows[i].name, NULL, 0, &result), rows[i].code);
                if (!rows[i].code)
                    assert_int_equal(result, 7);
                else if (!strstr(g.status.message, rows[i].said))
                    fail_msg("%s: %s", rows[i].name, g.status.message);
                if (!rows[i].code) continue;
                assert_int_equal(g.status.trap, HF_TRAP_INVALID_FUNCTION);
                assert_true(g.status.offset > 60 && g.status.offset < sizeof bytes); // in the code section
                hf_frame frames[4];
                // The caller's frame, where there is one: what is invalid has none.
                assert_int_equal(hf_store_backtrace(g.store, frames, 4), strcmp(rows[i].name, "calls") == 0);
            }
        }
        guest_end(&g);
    }
}

// ---- types come and go ----

// Types that differ by `k` and are equal for equal k: whether a struct of the group is one of its supertype is asked through
// the registry, and so is whether the function in the table has the type of the call.
static const char types_text[] =
    "(module"
    " (rec (type $a (sub (struct (field i32) (field (ref null $b))%s)))"
    "      (type $b (sub $a (struct (field i32) (field (ref null $b))%s (field i64)))))"
    " (type $f (func (param (ref null $a)) (result i32)))"
    " (table funcref (elem $is))"
    " (func $is (type $f) (ref.test (ref $b) (local.get 0)))"
    " (func (export \"go\") (result i32)"
    "  (i32.add (i32.mul (i32.const 2) (call_indirect (type $f) (struct.new_default $b) (i32.const 0)))"
    "    (call_indirect (type $f) (struct.new_default $a) (i32.const 0)))))";

static void *make_types(void *arg)
{
    const struct member *member = arg;
    struct crowd *crowd = member->crowd;
    static const char *const fields[] = { "", " (field i64)", " (field f32) (field (mut i8))", " (field funcref)" };
    pthread_barrier_wait(&crowd->start);
    for (unsigned round = 0; round < 40; round++) {
        const char *more = fields[(round + member->number / 2) % 4];
        char text[1024];
        const int size = snprintf(text, sizeof text, types_text, more, more);
        hf_status status = hf_status_ok();
        hf_module *module = hf_module_new_any(crowd->engine, text, (size_t)size, &status);
        hf_store *store = hf_store_new(crowd->engine, NULL, NULL);
        hf_instance instance;
        hf_func func;
        uint64_t slot = 0;
        if (!module || !store || hf_instance_new(store, module, NULL, 0, &instance, &status) ||
            hf_instance_func(store, instance, "go", &func, &status) ||
            hf_func_call_raw(store, func, &slot, 1, &status) || (uint32_t)slot != 2)
            found_wrong(crowd, more, &status);
        const bool module_first = round & 1; // either may be what keeps the types
        if (module_first) hf_module_unref(module);
        hf_store_free(store);
        if (!module_first) hf_module_unref(module);
    }
    return NULL;
}

static void types_come_and_go(void **state)
{
    (void)state;
    struct crowd crowd = { .engine = hf_engine_new(NULL, NULL) };
    assert_non_null(crowd.engine);
    run_crowd(&crowd, make_types);
    hf_engine_unref(crowd.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_calls_of_one_module),
        cmocka_unit_test(an_invalid_body_ends_its_calls),
        cmocka_unit_test(types_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
