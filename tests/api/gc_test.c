// The guest heap and the collector: cycles, wide and deep structures, finalisers, instances that only references hold, exceptions.
#include "guest.h"

static uint64_t stat_gc(struct guest *g, hf_store_stats *out)
{
    hf_remote *remote = hf_store_remote(g->store);
    out->size = sizeof *out;
    assert_int_equal(hf_remote_stats(remote, out), HF_OK);
    hf_remote_unref(remote);
    return out->gc_bytes;
}

#define HEAP                                                                                                                                               \
    "(module (rec (type $n (struct (field $v (mut i32)) (field $next (mut (ref null $n))))))"                                                              \
    "  (type $a (array (mut (ref null $n)))) (global $keep (export \"keep\") (mut (ref null $a)) (ref.null $a))" /* a ring of two, dropped, param times */ \
    "  (func (export \"rings\") (param i32) (result i32) (local $x (ref null $n)) (loop"                                                                   \
    "    (local.set $x (struct.new $n (i32.const 1) (struct.new $n (i32.const 2) (ref.null $n))))"                                                         \
    "    (struct.set $n $next (struct.get $n $next (local.get $x)) (local.get $x))"                                                                        \
    "    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 1))" /* a list of param nodes; its sum after building */                \
    "  (func (export \"list\") (param i32) (result i32) (local $x (ref null $n)) (local $sum i32) (loop"                                                   \
    "    (local.set $x (struct.new $n (local.get 0) (local.get $x)))"                                                                                      \
    "    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"                                                                                   \
    "    (loop (local.set $sum (i32.add (local.get $sum) (struct.get $n $v (local.get $x))))"                                                              \
    "      (br_if 0 (i32.eqz (ref.is_null (local.tee $x (struct.get $n $next (local.get $x)))))))"                                                         \
    "    (local.get $sum))" /* an array of param nodes, each with another behind it, kept */                                                               \
    "  (func (export \"wide\") (param i32) (result i32) (local $i i32)"                                                                                    \
    "    (global.set $keep (array.new_default $a (local.get 0))) (loop"                                                                                    \
    "      (array.set $a (global.get $keep) (local.get $i)"                                                                                                \
    "        (struct.new $n (local.get $i) (struct.new $n (i32.const 3) (ref.null $n))))"                                                                  \
    "      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0)))) (local.get $i))"                                      \
    "  (func (export \"at\") (param i32) (result i32) (i32.add (struct.get $n $v (array.get $a (global.get $keep) (local.get 0)))"                         \
    "    (struct.get $n $v (struct.get $n $next (array.get $a (global.get $keep) (local.get 0))))))"                                                       \
    "  (func (export \"drop\") (param i32) (result i32) (global.set $keep (ref.null $a)) (i32.const 0)))"

static void cycles_are_freed(void **state)
{
    (void)state;
    struct guest g;
    const hf_store_options options = { .size = sizeof options, .max_gc_bytes = 1 << 20, .gc_interval_bytes = 1 << 18 };
    guest_begin(&g, NULL, &options);
    guest_must_load(&g, HEAP);
    assert_int_equal(guest_must_call(&g, "rings", 200000), 1); // 6.4 MB in all
    hf_store_stats stats;
    stat_gc(&g, &stats);
    assert_true(stats.gc_collections >= 10);
    hf_store_collect(g.store);
    assert_int_equal(stat_gc(&g, &stats), 0);
    guest_end(&g);
}

static void long_lists_and_wide_arrays_are_kept(void **state)
{
    (void)state;
    static const uint64_t intervals[] = { 0, 4096, 1 << 20 };
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        struct guest g;
        const hf_store_options options = { .size = sizeof options, .gc_interval_bytes = intervals[i] };
        guest_begin(&g, NULL, &options);
        guest_must_load(&g, HEAP);
        assert_int_equal(guest_must_call(&g, "list", 5000), 5000 * 5001 / 2);
        // More references than the mark stack holds.
        assert_int_equal(guest_must_call(&g, "wide", 6000), 6000);
        hf_store_collect(g.store);
        for (int32_t k = 0; k < 6000; k += 7) assert_int_equal(guest_must_call(&g, "at", k), k + 3);
        hf_store_stats stats;
        const uint64_t before = stat_gc(&g, &stats);
        assert_true(before >= 6000 * 2 * 16);
        guest_must_call(&g, "drop", 0);
        hf_store_collect(g.store);
        assert_int_equal(stat_gc(&g, &stats), 0);
        guest_end(&g);
    }
}

// ---- host values ----

static unsigned freed;

static void count_free(void *value)
{
    (void)value;
    freed++;
}

static void host_values_are_freed_once(void **state)
{
    (void)state;
    struct guest g;
    int thing;
    guest_begin(&g, NULL, NULL);
    guest_must_load(&g, "(module (table (export \"t\") 4 externref) (func (export \"set\") (param i32 externref)"
                        "  (table.set (local.get 0) (local.get 1))))");
    freed = 0;
    for (int32_t i = 0; i < 4; i++) {
        const hf_scope scope = hf_scope_open(g.store);
        hf_ref ref;
        assert_int_equal(hf_ref_host(g.store, &thing, count_free, &ref, NULL), HF_OK);
        hf_val args[2] = { hf_i32(i), { HF_TYPE_EXTERNREF, { 0 } } };
        args[1].of.ref = ref;
        assert_int_equal(hf_func_call(g.store, guest_func(&g, "set"), args, 2, NULL, 0, NULL), HF_OK);
        hf_scope_close(g.store, scope);
    }
    hf_store_collect(g.store);
    assert_int_equal(freed, 0);
    hf_extern table;
    hf_instance_export(g.store, g.instance, "t", &table, NULL);
    const hf_scope scope = hf_scope_open(g.store);
    hf_val value;
    void *found;
    assert_int_equal(hf_table_get(g.store, table.of.table, 2, &value, NULL), HF_OK);
    assert_int_equal(hf_ref_host_value(g.store, value.of.ref, &found, NULL), HF_OK);
    assert_ptr_equal(found, &thing);
    const hf_val null = { HF_TYPE_EXTERNREF, { 0 } };
    for (uint64_t i = 0; i < 4; i++) assert_int_equal(hf_table_set(g.store, table.of.table, i, null, NULL), HF_OK);
    hf_store_collect(g.store);
    assert_int_equal(freed, 3); // the scope holds one
    hf_scope_close(g.store, scope);
    hf_store_collect(g.store);
    assert_int_equal(freed, 4);
    hf_ref last;
    assert_int_equal(hf_ref_host(g.store, &thing, count_free, &last, NULL), HF_OK);
    guest_end(&g);
    assert_int_equal(freed, 5); // with the store
}

// ---- what holds an instance ----

static void a_function_reference_holds_its_instance(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    guest_must_load(&g, "(module (global $x (mut i32) (i32.const 40)) (func (export \"f\") (result i32)"
                        "  (global.set $x (i32.add (global.get $x) (i32.const 1))) (global.get $x)))");
    hf_val ref = { HF_TYPE_FUNCREF, { 0 } };
    const hf_scope scope = hf_scope_open(g.store);
    assert_int_equal(hf_ref_from_func(g.store, guest_func(&g, "f"), &ref.of.ref, NULL), HF_OK);
    hf_table table;
    const hf_tabletype type = { HF_TYPE_FUNCREF, { 1, UINT64_MAX, false, false, 0 } };
    assert_int_equal(hf_table_new(g.store, type, ref, &table, NULL), HF_OK);
    hf_scope_close(g.store, scope);
    const hf_func f = guest_func(&g, "f");
    assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
    hf_store_collect(g.store);
    hf_val out;
    assert_int_equal(hf_func_call(g.store, f, NULL, 0, &out, 1, NULL), HF_OK);
    assert_int_equal(out.of.i32, 41);
    const hf_val null = { HF_TYPE_FUNCREF, { 0 } };
    assert_int_equal(hf_table_set(g.store, table, 0, null, NULL), HF_OK);
    hf_store_collect(g.store);
    assert_int_equal(hf_func_call(g.store, f, NULL, 0, &out, 1, NULL), HF_STALE);
    guest_end(&g);
}

// Instances that import from each other's tables and nobody else wants.
static void rings_of_instances_are_freed(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    for (int i = 0; i < 50; i++) {
        hf_linker_allow_shadowing(g.linker, true);
        guest_must_load(&g, "(module (table (export \"t\") 1 funcref) (memory 1))");
        hf_linker_define_instance(g.linker, "a", g.store, g.instance, NULL);
        const hf_instance a = g.instance;
        guest_must_load(&g, "(module (import \"a\" \"t\" (table 1 funcref)) (func $f) (elem (i32.const 0) $f))");
        hf_instance_drop(g.store, a, NULL);
        hf_instance_drop(g.store, g.instance, NULL);
    }
    hf_store_collect(g.store);
    hf_store_stats stats;
    stat_gc(&g, &stats);
    assert_int_equal(stats.instances, 0);
    assert_int_equal(stats.memory_bytes, 0);
    assert_int_equal(stats.table_elements, 0);
    guest_end(&g);
}

// ---- exceptions across the host ----

static hf_code throws(hf_call *call, void *env)
{
    const hf_tag *tag = env;
    const hf_val arg = hf_i32(hf_call_arg_i32(call, 0) + 1);
    hf_ref exception;
    if (hf_exception_new(hf_call_store(call), *tag, &arg, 1, &exception, NULL)) return hf_call_trap(call, "no room");
    return hf_call_throw(call, exception);
}

static void exceptions_pass_between_host_and_guest(void **state)
{
    (void)state;
    struct guest g;
    const hf_store_options options = { .size = sizeof options, .gc_interval_bytes = 1 };
    guest_begin(&g, NULL, &options);
    hf_tag tag;
    const hf_valtype param = HF_TYPE_I32;
    assert_int_equal(hf_tag_new(g.store, &param, 1, &tag, NULL), HF_OK);
    hf_extern item = { .kind = HF_EXTERN_TAG };
    item.of.tag = tag;
    assert_int_equal(hf_linker_define_extern(g.linker, "m", "e", g.store, item, NULL), HF_OK);
    hf_linker_define_func(g.linker, "m", "throws", "i32 ->", throws, &tag, NULL);
    guest_must_load(&g,
                    "(module (import \"m\" \"e\" (tag $e (param i32))) (import \"m\" \"throws\" (func $t (param i32)))"
                    "  (func (export \"catch\") (param i32) (result i32)"
                    "    (block $h (result i32) (try_table (catch $e $h) (call $t (local.get 0))) (i32.const -1)))"
                    "  (func (export \"pass\") (param i32) (result i32) (call $t (local.get 0)) (i32.const 0)))");
    assert_int_equal(guest_must_call(&g, "catch", 5), 6);
    const int32_t seven = 7;
    int32_t out;
    assert_int_equal(guest_call(&g, "pass", &seven, 1, &out), HF_EXCEPTION);
    hf_ref exception;
    assert_int_equal(hf_store_exception(g.store, &exception, NULL), HF_OK);
    hf_store_collect(g.store);
    hf_tag seen;
    hf_val arg;
    size_t count;
    assert_int_equal(hf_exception_get(g.store, exception, &seen, &arg, 1, &count, NULL), HF_OK);
    assert_memory_equal(&seen, &tag, sizeof tag);
    assert_int_equal(count, 1);
    assert_int_equal(arg.of.i32, 8);
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_are_freed),
        cmocka_unit_test(long_lists_and_wide_arrays_are_kept),
        cmocka_unit_test(host_values_are_freed_once),
        cmocka_unit_test(a_function_reference_holds_its_instance),
        cmocka_unit_test(rings_of_instances_are_freed),
        cmocka_unit_test(exceptions_pass_between_host_and_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
