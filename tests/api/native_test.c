/* Native code as embedders see it: what was compiled and when, listings, files for profilers, verdicts of validation, and which
 * tier runs and why. Where there is no native tier, what needs one is skipped. */
#include <stdlib.h>
#include <unistd.h>

#include "guest.h"

static const char text[] =
    "(module"
    " (import \"env\" \"host\" (func $host))"
    " (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"
    " (func $twice (param i32) (result i32) (call $add (local.get 0) (local.get 0)))"
    " (func (export \"four\") (param i32) (result i32) (call $twice (call $twice (local.get 0))))"
    " (func (export \"host\") (call $host))"
    " (func (export \"never\") (unreachable)))";
enum { DEFINED = 5, CALLED = 3 };

static hf_code host(hf_call *call, void *env)
{
    (void)call, (void)env;
    return HF_OK;
}

static bool begin(struct guest *g, hf_engine_options options)
{
    options.size = sizeof options;
    hf_engine *probe = hf_engine_new(&options, NULL);
    if (!probe) return false;
    hf_engine_unref(probe);
    guest_begin(g, &options, NULL);
    assert_int_equal(hf_linker_define_func(g->linker, "env", "host", "->", host, NULL, &g->status), HF_OK);
    return true;
}

static hf_native_stats stats_of(const hf_module *module)
{
    hf_native_stats stats = { .size = sizeof stats };
    assert_int_equal(hf_module_native_stats(module, &stats), HF_OK);
    return stats;
}

// Functions run = functions compiled, to native code where that was asked for: nothing falls back silently.
static void what_runs_is_compiled(void **state)
{
    (void)state;
    static const hf_tier tiers[] = { HF_TIER_INTERP, HF_TIER_JIT };
    for (size_t i = 0; i < 2; i++) {
        for (int eager = 0; eager < 2; eager++) {
            struct guest g;
            if (!begin(&g, (hf_engine_options){ .tier = tiers[i], .eager = eager, .compile_threads = 2 })) continue;
            guest_must_load(&g, text);
            hf_native_stats stats = stats_of(g.module);
            assert_int_equal(stats.functions, DEFINED);
            assert_int_equal(stats.compiled, eager ? DEFINED : 0);
            assert_int_equal(guest_must_call(&g, "four", 3), 12);
            stats = stats_of(g.module);
            assert_int_equal(stats.compiled, eager ? DEFINED : CALLED);
            assert_int_equal(stats.native, tiers[i] == HF_TIER_JIT ? stats.compiled : 0);
            assert_int_equal(stats.code_bytes != 0, tiers[i] == HF_TIER_JIT);
            assert_true(stats.side_bytes && stats.wasm_bytes);
            guest_end(&g);
        }
    }
}

static void listings(void **state)
{
    (void)state;
    struct guest g;
    assert_true(begin(&g, (hf_engine_options){ .tier = HF_TIER_INTERP }));
    guest_must_load(&g, text);
    assert_null(hf_native_new(g.module, 1, &g.status));
    assert_int_equal(g.status.code, HF_UNSUPPORTED);
    guest_end(&g);
    if (!begin(&g, (hf_engine_options){ .tier = HF_TIER_JIT })) skip();
    guest_must_load(&g, text);
    for (uint32_t func = 0; func <= DEFINED + 1; func++) {
        g.status = hf_status_ok();
        hf_native *native = hf_native_new(g.module, func, &g.status);
        assert_int_equal(native != NULL, func >= 1 && func <= DEFINED);
        if (!native) {
            assert_int_equal(g.status.code, HF_BAD_ARGUMENT);
            continue;
        }
        assert_true(native->code.size && native->address_count && native->line_count);
        uint64_t end = 0;
        for (size_t i = 0; i < native->address_count; i++) {
            const hf_native_address *a = &native->addresses[i];
            assert_true(a->code >= end && (a->size == 4 || a->size == 8));
            end = (uint64_t)a->code + a->size;
            assert_true(end <= native->code.size);
            for (uint32_t at = a->code; at < end; at++) assert_int_equal(native->code.data[at], 0);
        }
        hf_native_free(native);
    }
    assert_int_equal(stats_of(g.module).compiled, 0); // looking compiles nothing that runs
    guest_end(&g);
}

static bool file_has(const char *format, const char *bytes, size_t size)
{
    char path[64], data[4096];
    snprintf(path, sizeof path, format, (long)getpid());
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t have = fread(data, 1, sizeof data, file);
    fclose(file);
    unlink(path);
    for (size_t at = 0; at + size <= have; at++)
        if (memcmp(data + at, bytes, size) == 0) return true;
    return false;
}

static void profiles(void **state)
{
    (void)state;
    struct guest g;
    const uint32_t all = HF_PROFILE_PERFMAP | HF_PROFILE_JITDUMP | HF_PROFILE_GDB;
    if (!begin(&g, (hf_engine_options){ .tier = HF_TIER_JIT, .profile = all })) skip();
    guest_must_load(&g, text);
    assert_int_equal(guest_must_call(&g, "four", 3), 12);
    assert_true(file_has("/tmp/perf-%ld.map", " wasm[2]:twice\n", 15));
    assert_true(file_has("/tmp/jit-%ld.dump", "wasm[1]:add", 12));
    guest_end(&g);
}

// ---- verdicts ----

struct book {
    uint8_t hash[32];
    uint64_t notes;
    int kept, found;
    bool lies; // finds whatever is asked for
};

static bool find(void *ctx, const uint8_t hash[32], uint64_t *notes)
{
    struct book *book = ctx;
    if (!book->lies && (!book->kept || memcmp(hash, book->hash, 32) != 0)) return false;
    book->found++;
    *notes = book->notes;
    return true;
}

static void keep(void *ctx, const uint8_t hash[32], uint64_t notes)
{
    struct book *book = ctx;
    memcpy(book->hash, hash, 32);
    book->notes = notes;
    book->kept++;
}

static void verdicts_are_kept_and_used(void **state)
{
    (void)state;
    struct book book = { .kept = 0 };
    const hf_verdicts verdicts = { &book, find, keep };
    for (int round = 0; round < 3; round++) {
        struct guest g;
        assert_true(begin(&g, (hf_engine_options){ .verdicts = &verdicts }));
        guest_must_load(&g, text);
        assert_int_equal(guest_must_call(&g, "four", 3), 12);
        assert_int_equal(book.kept, 1);
        assert_int_equal(book.found, round);
        guest_end(&g);
    }
    // Other features, another verdict.
    struct guest g;
    assert_true(begin(&g, (hf_engine_options){ .verdicts = &verdicts, .features = HF_FEATURE_THREADS }));
    guest_must_load(&g, text);
    assert_int_equal(book.kept, 2);
    guest_end(&g);
}

static void wrong_verdicts_let_nothing_run(void **state)
{
    (void)state;
    struct book book = { .lies = true };
    const hf_verdicts verdicts = { &book, find, keep };
    static const char bad[] = "(module (func (export \"bad\") (result i32) (i64.const 1)))";
    // Its tail call out of the module is what the notes do not tell.
    static const char tail[] = "(module (table 1 funcref) (type $t (func (result i32)))"
                               " (func (export \"tail\") (result i32) (return_call_indirect (type $t) (i32.const 0))))";
    struct guest g;
    assert_true(begin(&g, (hf_engine_options){ .verdicts = &verdicts }));
    guest_must_load(&g, bad);
    assert_int_not_equal(guest_call(&g, "bad", NULL, 0, &(int32_t){ 0 }), HF_OK);
    guest_must_load(&g, tail);
    assert_int_equal(guest_call(&g, "tail", NULL, 0, &(int32_t){ 0 }), HF_TRAPPED);
    assert_int_equal(book.kept, 0);
    guest_end(&g);
}

static void tiers_say_why(void **state)
{
    (void)state;
    hf_engine_options options = { .size = sizeof options, .tier = HF_TIER_INTERP };
    hf_engine *engine = hf_engine_new(&options, NULL);
    assert_int_equal(hf_engine_tier(engine), HF_TIER_INTERP);
    assert_string_equal(hf_engine_tier_reason(engine), "asked for");
    hf_engine_unref(engine);
    options.tier = HF_TIER_AUTO;
    engine = hf_engine_new(&options, NULL);
    const hf_tier chosen = hf_engine_tier(engine);
    assert_true(chosen == HF_TIER_INTERP || chosen == HF_TIER_JIT);
    assert_true(strlen(hf_engine_tier_reason(engine)) > 4);
    assert_non_null(hf_tier_name(chosen));
    assert_null(hf_tier_name((hf_tier)77));
    hf_engine_unref(engine);
    options.profile = 1u << 9;
    assert_null(hf_engine_new(&options, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_is_compiled),
        cmocka_unit_test(listings),
        cmocka_unit_test(profiles),
        cmocka_unit_test(verdicts_are_kept_and_used),
        cmocka_unit_test(wrong_verdicts_let_nothing_run),
        cmocka_unit_test(tiers_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
