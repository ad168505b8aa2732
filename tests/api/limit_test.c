// Each limit of a store: at it, and one past it.
#include <stdlib.h>

#include "guest.h"

#define PAGE 65536

static hf_code two_memories(struct guest *g)
{
    return guest_load(g, "(module (memory 2) (memory 1))");
}

static hf_code table_of_ten(struct guest *g)
{
    return guest_load(g, "(module (table 10 funcref))");
}

static hf_code three_instances(struct guest *g)
{
    hf_code code = HF_OK;
    for (int i = 0; i < 3 && !code; i++) code = guest_load(g, "(module)");
    return code;
}

static hf_code two_tables(struct guest *g)
{
    return guest_load(g, "(module (table 0 funcref) (table 0 funcref))");
}

static hf_code grow_memory(struct guest *g)
{
    hf_code code = guest_load(
        g, "(module (memory 1) (func (export \"go\") (param i32) (result i32) (memory.grow (local.get 0))))");
    if (code) return code;
    return guest_must_call(g, "go", 1) == 1 ? HF_OK : HF_LIMIT;
}

static hf_code grow_table(struct guest *g)
{
    hf_code code = guest_load(g, "(module (table 1 funcref) (func (export \"go\") (param i32) (result i32)"
                                 "  (table.grow (ref.null func) (local.get 0))))");
    if (code) return code;
    return guest_must_call(g, "go", 9) == 1 ? HF_OK : HF_LIMIT;
}

// 4 blocks of 32 KiB, each for one array.
static hf_code fill_heap(struct guest *g)
{
    hf_code code = guest_load(g, "(module (type $a (array (mut i8))) (table $t 8 (ref null $a))"
                                 "  (func (export \"go\") (param i32) (result i32) (loop"
                                 "    (table.set $t (local.get 0) (array.new_default $a (i32.const 32000)))"
                                 "    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 1)))");
    if (code) return code;
    const int32_t four = 4;
    int32_t out;
    code = guest_call(g, "go", &four, 1, &out);
    if (code == HF_TRAPPED && g->status.trap == HF_TRAP_ALLOCATION) return HF_LIMIT;
    return code;
}

static hf_code keep_bytes(struct guest *g)
{
    const hf_code code = hf_store_charge(g->store, 1000, &g->status);
    if (code) return code;
    assert_int_equal(hf_store_charge(g->store, -400, NULL), HF_OK);
    assert_int_equal(hf_store_charge(g->store, 400, NULL), HF_OK);
    return HF_OK;
}

static hf_code takes_hundred(hf_call *call, void *env)
{
    (void)env;
    uint8_t bytes[60];
    if (!hf_call_alloc(call, 40)) return hf_call_return_i32(call, 0);
    return hf_call_return_i32(call, hf_call_read(call, 0, bytes, sizeof bytes) == HF_OK);
}

static hf_code use_bytes(struct guest *g)
{
    hf_linker_define_func(g->linker, "m", "f", "-> i32", takes_hundred, NULL, NULL);
    const hf_code code = guest_load(g, "(module (import \"m\" \"f\" (func $f (result i32))) (memory 1)"
                                       "  (func (export \"go\") (param i32) (result i32) (call $f)))");
    if (code) return code;
    return guest_must_call(g, "go", 0) ? HF_OK : HF_LIMIT;
}

static hf_code two_tasks(struct guest *g)
{
    const hf_code code = guest_load(g, "(module (func (export \"go\")))");
    if (code) return code;
    hf_task *tasks[2];
    hf_status status = hf_status_ok();
    for (int i = 0; i < 2; i++) tasks[i] = hf_task_new(g->store, guest_func(g, "go"), NULL, 0, &status);
    for (int i = 0; i < 2; i++) hf_task_free(tasks[i]);
    return status.code;
}

// Ten frames on top of each other.
static hf_code ten_deep(struct guest *g)
{
    const int32_t depth = 9;
    int32_t out;
    const hf_code ended = guest_call(g, "go", &depth, 1, &out);
    if (ended == HF_TRAPPED && g->status.trap == HF_TRAP_CALL_STACK_EXHAUSTED) return HF_LIMIT;
    return ended;
}

// A frame of this function costs 32 + 8 × (1 parameter + the operands that the validator counts).
static hf_code recurse(struct guest *g)
{
    const hf_code code =
        guest_load(g, "(module (func $go (export \"go\") (param i32) (result i32)"
                      "  (if (local.get 0) (then (drop (call $go (i32.sub (local.get 0) (i32.const 1))))))"
                      "  (i32.const 1)))");
    if (code) return code;
    return ten_deep(g);
}

// Two tries in each other, and one behind: two slots more than without them.
static hf_code recurse_in_tries(struct guest *g)
{
    const hf_code code = guest_load(g, "(module (tag $e) (func $go (export \"go\") (param i32) (result i32)"
                                       "  (if (local.get 0) (then (try (do (try (do (throw $e))"
                                       "    (catch $e (drop (call $go (i32.sub (local.get 0) (i32.const 1)))))))"
                                       "    (catch_all (unreachable))) (try (do) (catch_all)))) (i32.const 1)))");
    return code ? code : ten_deep(g);
}

static const struct {
    hf_code (*use)(struct guest *g);
    size_t member;
    uint64_t enough;
} limits[] = {
    { two_memories, offsetof(hf_store_options, max_memory_bytes), 3 * PAGE },
    { two_memories, offsetof(hf_store_options, max_memories), 2 },
    { grow_memory, offsetof(hf_store_options, max_memory_bytes), 2 * PAGE },
    { table_of_ten, offsetof(hf_store_options, max_table_elements), 10 },
    { grow_table, offsetof(hf_store_options, max_table_elements), 10 },
    { two_tables, offsetof(hf_store_options, max_tables), 2 },
    { three_instances, offsetof(hf_store_options, max_instances), 3 },
    { fill_heap, offsetof(hf_store_options, max_gc_bytes), 4 * 32768 },
    { keep_bytes, offsetof(hf_store_options, max_host_bytes), 1000 },
    { use_bytes, offsetof(hf_store_options, max_call_bytes), 100 },
    { two_tasks, offsetof(hf_store_options, max_tasks), 2 },
    { recurse, offsetof(hf_store_options, stack_bytes), 10 * (32 + 8 * 3) },
    { recurse_in_tries, offsetof(hf_store_options, stack_bytes), 10 * (32 + 8 * (3 + 2)) },
};

static void at_the_limit_and_one_past(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (uint64_t less = 0; less < 2; less++) {
            struct guest g;
            hf_store_options options = { .size = sizeof options };
            const uint64_t limit = limits[i].enough - less;
            memcpy((char *)&options + limits[i].member, &limit, sizeof limit);
            const hf_engine_options engine = { .size = sizeof engine, .features = HF_FEATURE_LEGACY_EXCEPTIONS };
            guest_begin(&g, &engine, &options);
            const hf_code code = limits[i].use(&g);
            if (code != (less ? HF_LIMIT : HF_OK))
                print_error("limit %zu less %d: %s\n", i, (int)less, g.status.message);
            assert_int_equal(code, less ? HF_LIMIT : HF_OK);
            guest_end(&g);
        }
    }
}

// What was dropped makes room.
static void dropped_instances_make_room(void **state)
{
    (void)state;
    struct guest g;
    const hf_store_options options = {
        .size = sizeof options, .max_instances = 4, .max_memories = 4, .max_memory_bytes = 4 * PAGE, .max_tables = 4
    };
    guest_begin(&g, NULL, &options);
    hf_instance kept[3];
    for (int i = 0; i < 100; i++) {
        guest_must_load(&g, "(module (memory 1) (table 3 funcref))");
        if (i < 3)
            kept[i] = g.instance;
        else
            assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
    }
    assert_non_null(hf_instance_module(g.store, kept[0]));
    hf_store_collect(g.store);
    hf_remote *remote = hf_store_remote(g.store);
    hf_store_stats stats = { .size = sizeof stats };
    assert_int_equal(hf_remote_stats(remote, &stats), HF_OK);
    assert_int_equal(stats.memory_bytes, 3 * PAGE);
    assert_int_equal(stats.instances, 3);
    assert_int_equal(stats.table_elements, 9);
    hf_remote_unref(remote);
    guest_end(&g);
}

// The frame of a function at the greatest size runs, with the greatest call on top of it, and one slot more is refused.
static void a_frame_at_the_limit_and_one_past(void **state)
{
    (void)state;
    enum { MOST = 63000, LOCALS = 25000 }; // two slots each, beside one parameter and the operands
    char *text = malloc(64 + LOCALS * 5 + MOST * 40);
    assert_non_null(text);
    static const hf_tier tiers[] = { HF_TIER_INTERP, HF_TIER_JIT };
    for (int past = 0; past < 2; past++) {
        const int operands = MOST + past - 2 * LOCALS - 1;
        char *at = text + sprintf(text, "(module (func $f (param");
        for (int i = 0; i < 1000; i++) at += sprintf(at, " v128");
        at += sprintf(at, ") (result i32) (i32x4.extract_lane 3 (local.get 999)))"
                          "(func (export \"go\") (param i32) (result i32) (local");
        for (int i = 0; i < LOCALS; i++) at += sprintf(at, " v128");
        at += sprintf(at, ") ");
        for (int i = 0; i < operands - 2000; i++) at += sprintf(at, "local.get 0 ");
        for (int i = 0; i < 1000; i++) at += sprintf(at, "(i32x4.splat (i32.const %d)) ", i);
        at += sprintf(at, "call $f ");
        for (int i = 0; i < operands - 2000; i++) at += sprintf(at, "i32.add ");
        sprintf(at, "))");
        for (size_t t = 0; t < 2; t++) {
            const hf_engine_options options = { .size = sizeof options, .tier = tiers[t] };
            hf_engine *engine = hf_engine_new(&options, NULL);
            if (!engine) continue; // no such tier here
            hf_engine_unref(engine);
            struct guest g;
            guest_begin(&g, &options, NULL);
            if (past) {
                assert_null(hf_module_new_any(g.engine, text, strlen(text), &g.status));
                assert_int_equal(g.status.code, HF_LIMIT);
                assert_non_null(strstr(g.status.message, "63000"));
            } else {
                guest_must_load(&g, text);
                assert_int_equal(guest_must_call(&g, "go", 1), 999 + operands - 2000);
            }
            guest_end(&g);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_limit_and_one_past),
        cmocka_unit_test(dropped_instances_make_room),
        cmocka_unit_test(a_frame_at_the_limit_and_one_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
