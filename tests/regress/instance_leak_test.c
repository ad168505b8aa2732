// Class: what one instance leaves is seen by the next (reliability, class 10): memory that is used again, its grown part, the bytes
// between a size and a page, tables, globals, dropped segments, arrays of the guest heap.
#include "../api/guest.h"

static const char dirties[] =
    "(module (memory $m (export \"m\") 2 8) (data $d (i32.const 100) \"image\") (table $t (export \"t\") 4 8 externref)"
    "  (global (export \"g\") (mut i64) (i64.const 0)) (data $passive \"passive\")"
    "  (type $a (array (mut i8))) (global $keep (mut (ref null $a)) (ref.null $a))"
    "  (func (export \"dirty\") (param i32) (result i32) (local $i i32)"
    "    (drop (memory.grow (local.get 0)))"
    "    (memory.fill (i32.const 0) (i32.const 0x5a) (i32.shl (memory.size) (i32.const 16)))"
    "    (drop (table.grow $t (ref.null extern) (i32.const 4))) (global.set 0 (i64.const -1)) (data.drop $passive)"
    "    (loop (global.set $keep (array.new $a (i32.const 0x5a) (i32.const 10000)))"
    "      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50))))"
    "    (memory.size)))";

// The sum of all bytes, of the memory and of new arrays; the same again after growing to the most pages.
static const char looks[] =
    "(module (memory $m 1 8) (table $t 2 8 externref) (global $g (mut i64) (i64.const 0)) (data $passive \"p\")"
    "  (type $a (array (mut i8)))"
    "  (func $sum (result i32) (local $i i32) (local $sum i32)"
    "    (loop (local.set $sum (i32.or (local.get $sum) (i32.wrap_i64 (i64.add"
    "        (i64.load (local.get $i)) (i64.shr_u (i64.load (local.get $i)) (i64.const 32))))))"
    "      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.shl (memory.size) (i32.const 16)))))"
    "    (local.get $sum))"
    "  (func $array (result i32) (local $i i32) (local $n i32) (local $a (ref $a)) (local $sum i32)"
    "    (loop $again"
    "      (local.set $a (array.new_default $a (i32.const 5000))) (local.set $i (i32.const 0))"
    "      (loop (local.set $sum (i32.or (local.get $sum) (array.get_u $a (local.get $a) (local.get $i))))"
    "        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))"
    "      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20))))"
    "    (local.get $sum))"
    "  (func (export \"look\") (param i32) (result i32) (local $sum i32)"
    "    (local.set $sum (call $sum))"
    "    (drop (memory.grow (local.get 0)))"
    "    (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 0) (i32.const 0))"
    "    (local.set $sum (i32.or (local.get $sum) (i32.or (call $sum) (call $array))))"
    "    (i32.or (local.get $sum) (i32.eqz (i32.and (ref.is_null (table.get $t (i32.const 0)))"
    "      (i32.and (ref.is_null (table.get $t (i32.const 1))) (i64.eqz (global.get $g))))))))";

// Looks also where the memory ends inside a page of the machine.
static const char looks_small[] =
    "(module (memory 100 70000 (pagesize 1))"
    "  (func (export \"look\") (param i32) (result i32) (local $i i32) (local $sum i32)"
    "    (drop (memory.grow (i32.const 69900)))"
    "    (loop (local.set $sum (i32.or (local.get $sum) (i32.load8_u (local.get $i))))"
    "      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 70000))))"
    "    (local.get $sum)))";

static const struct {
    const char *name;
    hf_engine_options options;
} ways[] = {
    { "unpooled", { .size = sizeof(hf_engine_options) } },
    { "pooled", { .size = sizeof(hf_engine_options), .pool_slots = 1 } },
    { "pooled, little stays mapped",
      { .size = sizeof(hf_engine_options), .pool_slots = 1, .pool_memory_size = 65536 } },
    { "bounds-checked", { .size = sizeof(hf_engine_options), .no_signals = true, .no_reservation = true } },
    { "pooled and bounds-checked", { .size = sizeof(hf_engine_options), .pool_slots = 1, .no_signals = true } },
};

static void load(struct guest *g, const char *text)
{
    guest_must_load(g, text);
}

static void dirty(struct guest *g)
{
    load(g, dirties);
    assert_int_equal(guest_must_call(g, "dirty", 6), 8);
    hf_extern table;
    assert_int_equal(hf_instance_export(g->store, g->instance, "t", &table, NULL), HF_OK);
    hf_val value;
    assert_int_equal(hf_table_get(g->store, table.of.table, 0, &value, NULL), HF_OK);
}

static void look(struct guest *g, const char *way, const char *text)
{
    load(g, text);
    const int32_t found = guest_must_call(g, "look", 7);
    if (found) print_error("%s: something is left\n", way);
    assert_int_equal(found, 0);
}

// In the same store, in the next store, and in another store while the first one lives.
static void nothing_is_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        hf_engine_options options = ways[i].options;
        options.features = HF_FEATURE_CUSTOM_PAGE_SIZES;
        struct guest g;
        guest_begin(&g, &options, NULL);
        for (int round = 0; round < 3; round++) {
            dirty(&g);
            assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
            hf_store_collect(g.store);
            look(&g, ways[i].name, round == 1 ? looks_small : looks);
            dirty(&g);
            hf_store_free(g.store);
            g.store = hf_store_new(g.engine, NULL, NULL);
            assert_non_null(g.store);
            look(&g, ways[i].name, round == 2 ? looks_small : looks);
        }
        guest_end(&g);
    }
}

// A new instance of the same module begins with its own segments, not with what an earlier one made of them.
static void an_image_is_fresh(void **state)
{
    (void)state;
    static const char text[] = "(module (memory 3) (data (i32.const 1000) \"abc\") (data (i32.const 131080) \"z\")"
                               "  (func (export \"take\") (param i32) (result i32) (i32.load (local.get 0))"
                               "    (memory.fill (i32.const 0) (i32.const -1) (i32.const 196608))))";
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct guest g;
        guest_begin(&g, &ways[i].options, NULL);
        hf_module *module = guest_module(&g, text);
        static const struct {
            int32_t at, value;
        } seen[] = { { 1000, 0x636261 }, { 131080, 0x7a }, { 0, 0 }, { 131072, 0 }, { 196604, 0 } };
        for (size_t k = 0; k < 2 * sizeof seen / sizeof *seen; k++) {
            const size_t which = k % (sizeof seen / sizeof *seen);
            assert_int_equal(hf_linker_instantiate(g.linker, g.store, module, &g.instance, NULL), HF_OK);
            assert_int_equal(guest_must_call(&g, "take", seen[which].at), seen[which].value);
            assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
            hf_store_collect(g.store);
        }
        hf_module_unref(module);
        guest_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(an_image_is_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
