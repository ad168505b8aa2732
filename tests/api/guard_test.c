/* Accesses that guard pages check: a trap with its kind wherever an access ends beyond the memory, also in a memory whose
 * pages another instance had grown into before, and the same without signals. */
#include "guest.h"

static const char text[] =
    "(module (memory 1 8)"
    " (func (export \"load\") (param i32) (result i32) (i32.load (local.get 0)))"
    " (func (export \"far\") (param i32) (result i32) (i32.load offset=0xfffffff0 (local.get 0)))"
    " (func (export \"store\") (param i32) (i64.store (local.get 0) (i64.const -1)))"
    " (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0))))";

static void expect(struct guest *g, const char *name, int32_t at, bool traps)
{
    int32_t result = 0;
    const hf_code code = guest_call(g, name, &at, 1, strcmp(name, "store") == 0 ? NULL : &result);
    assert_int_equal(code, traps ? HF_TRAPPED : HF_OK);
}

static void check(const hf_engine_options *options)
{
    struct guest g;
    hf_engine_options native = *options;
    native.tier = HF_TIER_JIT;
    hf_engine *probe = hf_engine_new(&native, NULL);
    if (!probe) native.tier = HF_TIER_AUTO; // no native tier here: the interpreter has to say the same
    hf_engine_unref(probe);
    guest_begin(&g, &native, NULL);
    for (int round = 0; round < 3; round++) {
        guest_must_load(&g, text);
        expect(&g, "load", 65532, false);
        expect(&g, "load", 65533, true);
        expect(&g, "load", 65536, true);
        expect(&g, "load", -1, true);
        expect(&g, "far", -1, true);
        expect(&g, "store", 65529, true);
        expect(&g, "store", 65528, false);
        expect(&g, "load", 200000, true);
        expect(&g, "grow", 3, false);
        expect(&g, "load", 200000, false);
        expect(&g, "load", 262141, true);
        hf_store_free(g.store);
        g.store = hf_store_new(g.engine, NULL, &g.status);
        assert_non_null(g.store);
    }
    guest_end(&g);
}

static void test_guarded(void **state)
{
    (void)state;
    check(&(hf_engine_options){ .size = sizeof(hf_engine_options) });
}

static void test_pooled(void **state)
{
    (void)state;
    check(&(hf_engine_options){ .size = sizeof(hf_engine_options), .pool_slots = 1 });
}

static void test_without_signals(void **state)
{
    (void)state;
    check(&(hf_engine_options){ .size = sizeof(hf_engine_options), .no_signals = true });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guarded),
        cmocka_unit_test(test_pooled),
        cmocka_unit_test(test_without_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
