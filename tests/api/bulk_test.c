// Instructions whose work grows with an operand: they stop in their middle when fuel runs out or an interrupt comes, go on
// there, and end as if they had not stopped, in every tier and with a collection at every stop.
#include <stdlib.h>

#include "guest.h"

enum { FUNCS = 40000, BYTES = 200000 };

// Array $a, $r and table $t are what is worked on; "sum" tells what they hold.
#define HEAD                                                                                                             \
    "(module (memory 8) (table $t 60000 200000 funcref) (type $l (array (mut i64))) (type $v (array (mut v128)))"        \
    "(type $r (array (mut funcref))) (type $b (array (mut i8))) (global $a (mut (ref null $l)) (ref.null $l))"           \
    "(global $r (mut (ref null $r)) (ref.null $r)) (global $b (mut (ref null $b)) (ref.null $b))"                        \
    "(global $v (mut (ref null $v)) (ref.null $v)) (func $f) (elem declare func $f)"                                     \
    "(func (export \"prepare\") (local $i i32) (global.set $a (array.new_default $l (i32.const 30000)))"                 \
    "  (global.set $r (array.new_default $r (i32.const 50000)))"                                                         \
    "  (loop (array.set $l (global.get $a) (local.get $i) (i64.extend_i32_u (local.get $i)))"                            \
    "    (if (i32.rem_u (local.get $i) (i32.const 3)) (then (table.set $t (local.get $i) (ref.func $f))"                 \
    "      (i32.store (local.get $i) (local.get $i))))"                                                                  \
    "    (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30000)))))"                 \
    "(func (export \"sum\") (result i64) (local $i i32) (local $s i64)"                                                  \
    "  (loop $a (if (i32.lt_u (local.get $i) (array.len (global.get $a))) (then"                                         \
    "    (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (array.get $l (global.get $a) (local.get $i))))" \
    "    (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $a)))) (local.set $i (i32.const 0))"                  \
    "  (loop $r (if (i32.lt_u (local.get $i) (array.len (global.get $r))) (then"                                         \
    "    (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31))"                                                 \
    "      (i64.extend_i32_u (ref.is_null (array.get $r (global.get $r) (local.get $i))))))"                             \
    "    (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $r)))) (local.set $i (i32.const 0))"                  \
    "  (loop $t (if (i32.lt_u (local.get $i) (table.size $t)) (then"                                                     \
    "    (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31))"                                                 \
    "      (i64.extend_i32_u (ref.is_null (table.get $t (local.get $i)))))) "                                            \
    "    (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $t)))) (local.set $i (i32.const 0))"                  \
    "  (loop $m (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.load (local.get $i))))"              \
    "    (br_if $m (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 524280))))"                \
    "  (if (i32.eqz (ref.is_null (global.get $b))) (then (local.set $i (i32.const 0))"                                   \
    "    (loop $b (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31))"                                        \
    "      (i64.extend_i32_u (array.get_u $b (global.get $b) (local.get $i)))))"                                         \
    "      (br_if $b (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (global.get $b)))))))"   \
    "  (if (i32.eqz (ref.is_null (global.get $v))) (then (local.set $i (i32.const 0))"                                   \
    "    (loop $v (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31))"                                        \
    "      (i64x2.extract_lane 1 (array.get $v (global.get $v) (local.get $i)))))"                                       \
    "      (br_if $v (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (global.get $v)))))))"   \
    "  (local.get $s))"                                                                                                  \
    "(func (export \"go\") (result i32) "

// bytes: what it moves; pieces of 64 KiB.
static const struct {
    const char *name, *body;
    unsigned bytes;
} rows[] = {
    { "memory.fill", "(memory.fill (i32.const 3) (i32.const 77) (i32.const 200000)) (i32.const 1)", 200000 },
    { "memory.copy", "(memory.copy (i32.const 7) (i32.const 3) (i32.const 200000)) (i32.const 1)", 200000 },
    { "memory.init", "(memory.init $d (i32.const 7) (i32.const 3) (i32.const 180000)) (i32.const 1)", 180000 },
    { "table.fill", "(table.fill $t (i32.const 5) (ref.func $f) (i32.const 40000)) (i32.const 1)", 160000 },
    { "table.copy up", "(table.copy $t $t (i32.const 19) (i32.const 5) (i32.const 40000)) (i32.const 1)", 160000 },
    { "table.copy down", "(table.copy $t $t (i32.const 5) (i32.const 19) (i32.const 40000)) (i32.const 1)", 160000 },
    { "table.init", "(table.init $t $e (i32.const 20000) (i32.const 1) (i32.const 39998)) (i32.const 1)", 159992 },
    { "table.grow", "(table.grow $t (ref.func $f) (i32.const 40000))", 160000 },
    { "table.grow refused", "(table.grow $t (ref.func $f) (i32.const 140001))", 0 },
    { "array.new", "(global.set $a (array.new $l (i64.const 7) (i32.const 20000))) (i32.const 1)", 160000 },
    { "array.new of vectors",
      "(global.set $v (array.new $v (v128.const i64x2 5 6) (i32.const 10000))) (array.len (global.get $v))", 160000 },
    { "array.new of references", "(global.set $r (array.new $r (ref.func $f) (i32.const 40000))) (i32.const 1)",
      160000 },
    { "array.new_default", "(global.set $a (array.new_default $l (i32.const 20000))) (i32.const 1)", 160000 },
    { "array.new_data", "(global.set $a (array.new_data $l $d (i32.const 3) (i32.const 20000))) (i32.const 1)",
      160000 },
    { "array.new_data of bytes",
      "(global.set $b (array.new_data $b $d (i32.const 3) (i32.const 170000))) (i32.const 1)", 170000 },
    { "array.new_elem", "(global.set $r (array.new_elem $r $e (i32.const 1) (i32.const 39000))) (i32.const 1)",
      156000 },
    { "array.fill", "(array.fill $l (global.get $a) (i32.const 3) (i64.const 9) (i32.const 20000)) (i32.const 1)",
      160000 },
    { "array.copy up",
      "(array.copy $l $l (global.get $a) (i32.const 9) (global.get $a) (i32.const 3) (i32.const 20000)) (i32.const 1)",
      160000 },
    { "array.copy down",
      "(array.copy $l $l (global.get $a) (i32.const 3) (global.get $a) (i32.const 9) (i32.const 20000)) (i32.const 1)",
      160000 },
    { "array.init_data",
      "(array.init_data $l $d (global.get $a) (i32.const 3) (i32.const 5) (i32.const 20000)) (i32.const 1)", 160000 },
    { "array.init_elem",
      "(array.init_elem $r $e (global.get $r) (i32.const 3) (i32.const 5) (i32.const 39000)) (i32.const 1)", 156000 },
};
enum { ROWS = sizeof rows / sizeof *rows, PIECE = 64 * 1024, PLENTY = 100000000 };

struct outcome {
    int32_t result;
    int64_t sum;
    unsigned stops;
    uint64_t paid;
};

static char *text_of(size_t row)
{
    const size_t size = sizeof HEAD + 4096 + FUNCS * 3 + BYTES;
    char *text = malloc(size);
    assert_non_null(text);
    size_t n = (size_t)snprintf(text, size, "%s%s) (elem $e func", HEAD, rows[row].body);
    for (int i = 0; i < FUNCS; i++) n += (size_t)snprintf(text + n, size - n, " $f");
    n += (size_t)snprintf(text + n, size - n, ") (data $d \"");
    for (unsigned i = 0; i < BYTES; i++) text[n++] = (char)('a' + i % 97 * i % 23);
    snprintf(text + n, size - n, "\"))");
    return text;
}

static hf_val must_run(struct guest *g, const char *name, size_t results)
{
    hf_val out = hf_i32(0);
    hf_status status = hf_status_ok();
    hf_code code = hf_func_call(g->store, guest_func(g, name), NULL, 0, &out, results, &status);
    if (code == HF_INTERRUPTED) { // by what came behind the last look
        status = hf_status_ok();
        code = hf_func_call(g->store, guest_func(g, name), NULL, 0, &out, results, &status);
    }
    if (code) fail_msg("%s: %s", name, status.message);
    return out;
}

// Runs a row with `slice` units of fuel at a time (0: not counted), or with an interrupt before each resumption.
static bool run(size_t row, const char *text, hf_tier tier, uint64_t slice, bool interrupted, struct outcome *out)
{
    const hf_engine_options engine = {
        .size = sizeof engine, .tier = tier, .fuel = slice, .interruptible = interrupted
    };
    const hf_store_options store = { .size = sizeof store, .fuel = PLENTY };
    struct guest g;
    hf_engine *probe = hf_engine_new(&engine, NULL);
    if (!probe) return false; // no such tier here
    hf_engine_unref(probe);
    guest_begin(&g, &engine, &store);
    guest_must_load(&g, text);
    must_run(&g, "prepare", 0);
    hf_remote *remote = hf_store_remote(g.store);
    uint64_t given = slice;
    if (slice) assert_int_equal(hf_store_set_fuel(g.store, slice, NULL), HF_OK);
    hf_task *task = hf_task_new(g.store, guest_func(&g, "go"), NULL, 0, NULL);
    hf_code code;
    hf_status status;
    for (out->stops = 0;; out->stops++) {
        if (interrupted) hf_remote_interrupt(remote);
        status = hf_status_ok();
        code = hf_task_resume(task, &status);
        if (code != HF_OUT_OF_FUEL && code != HF_INTERRUPTED) break;
        assert_int_equal(code, interrupted ? HF_INTERRUPTED : HF_OUT_OF_FUEL);
        hf_store_collect(g.store);
        if (slice) assert_int_equal(hf_remote_add_fuel(remote, slice), HF_OK);
        given += slice;
        assert_true(out->stops < 10000);
    }
    if (code) fail_msg("%s: %s", rows[row].name, status.message);
    hf_val result;
    assert_int_equal(hf_task_results(task, &result, 1, NULL), HF_OK);
    hf_task_free(task);
    if (slice) assert_int_equal(hf_remote_add_fuel(remote, PLENTY), HF_OK);
    out->result = result.of.i32;
    out->paid = slice ? given + PLENTY - hf_store_fuel(g.store) : 0;
    hf_store_collect(g.store);
    out->sum = must_run(&g, "sum", 1).of.i64;
    hf_remote_unref(remote);
    guest_end(&g);
    return true;
}

static void stopped_and_resumed_they_end_alike(void **state)
{
    (void)state;
    static const hf_tier tiers[] = { HF_TIER_INTERP, HF_TIER_JIT };
    static const uint64_t slices[] = { PLENTY, 1100, 100 };
    for (size_t row = 0; row < ROWS; row++) {
        char *text = text_of(row);
        const unsigned pieces = (rows[row].bytes + PIECE - 1) / PIECE;
        struct outcome expected, got;
        assert_true(run(row, text, HF_TIER_INTERP, 0, false, &expected));
        assert_int_equal(expected.stops, 0);
        uint64_t paid = 0;
        for (size_t t = 0; t < 2; t++) {
            for (size_t s = 0; s < 3; s++) {
                if (!run(row, text, tiers[t], slices[s], false, &got)) continue;
                if (!paid) paid = got.paid;
                const bool same = got.result == expected.result && got.sum == expected.sum && got.paid == paid;
                if (!same) fail_msg("%s, tier %d, slices of %u", rows[row].name, (int)t, (unsigned)slices[s]);
                // A piece costs 1024, so a slice of 1100 is for one of them at most; one of 100 only pays what is owed.
                const unsigned whole = rows[row].bytes / PIECE;
                const unsigned least = s == 0 || !whole ? 0 : s == 1 ? whole - 1 : whole * 10;
                if (got.stops < least) fail_msg("%s, tier %d: %u stops", rows[row].name, (int)t, got.stops);
            }
            if (!run(row, text, tiers[t], 0, true, &got)) continue;
            assert_int_equal(got.result, expected.result);
            assert_true(got.sum == expected.sum);
            if (got.stops != 1 + pieces) fail_msg("%s, tier %d: %u interrupts", rows[row].name, (int)t, got.stops);
        }
        // What it moves is what it costs, beside its few instructions.
        assert_true(paid >= (rows[row].bytes + 63) / 64 && paid < rows[row].bytes / 64 + 50);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_and_resumed_they_end_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
