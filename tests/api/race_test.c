// Completing a host call from one thread while another cancels its task, frees its store or lets it go on. Every completion is one of
// three: delivered, too late (HF_GONE), or the second (HF_EXISTS); and nothing is touched after it is freed, which the sanitizers see.
// HOLDFAST_RACE_ROUNDS sets the number of rounds.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "guest.h"

// One call at a time is handed to each completer; NULL: nothing there.
static _Atomic(hf_call *) handed[2];
static atomic_bool stop;
static atomic_ulong delivered, late, second;

static void *complete_all(void *arg)
{
    _Atomic(hf_call *) *mine = arg;
    while (!atomic_load(&stop)) {
        hf_call *call = atomic_exchange(mine, NULL);
        if (!call) {
            sched_yield();
            continue;
        }
        const hf_val value = hf_i32(5);
        switch (hf_call_complete(call, &value, 1)) {
        case HF_OK: atomic_fetch_add(&delivered, 1); break;
        case HF_GONE: atomic_fetch_add(&late, 1); break;
        case HF_EXISTS: atomic_fetch_add(&second, 1); break;
        default: abort();
        }
        hf_call_release(call);
    }
    return NULL;
}

static hf_code hand_over(hf_call *call, void *env)
{
    (void)env;
    for (int i = 0; i < 2; i++) atomic_store(&handed[i], hf_call_hold(call));
    return HF_PENDING;
}

static void settle(void)
{
    for (int i = 0; i < 2; i++) {
        while (atomic_load(&handed[i])) sched_yield();
    }
}

static hf_store *fresh_store(struct guest *g, hf_pre *pre)
{
    hf_store_free(g->store);
    g->store = hf_store_new(g->engine, NULL, NULL);
    assert_non_null(g->store);
    assert_int_equal(hf_pre_instantiate(pre, g->store, &g->instance, NULL), HF_OK);
    return g->store;
}

static void completion_races_with_cancel_and_free(void **state)
{
    (void)state;
    const char *text = getenv("HOLDFAST_RACE_ROUNDS");
    const unsigned long rounds = text ? strtoul(text, NULL, 10) : 5000;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "-> i32", hand_over, NULL, NULL);
    g.module = guest_module(&g, "(module (import \"t\" \"ask\" (func $ask (result i32)))"
                                "  (func (export \"go\") (result i32) (call $ask)))");
    hf_pre *pre = hf_linker_freeze(g.linker, g.module, NULL);
    fresh_store(&g, pre);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, complete_all, &handed[i]), 0);
    unsigned long done = 0;
    unsigned random = 1;
    for (unsigned long i = 0; i < rounds; i++) {
        hf_task *task = hf_task_new(g.store, guest_func(&g, "go"), NULL, 0, NULL);
        assert_non_null(task);
        hf_code code = hf_task_resume(task, NULL);
        assert_int_equal(code, HF_PENDING);
        random = random * 1664525 + 1013904223;
        for (unsigned spin = random >> 24; spin; spin--) atomic_load(&handed[0]);
        const unsigned what = random >> 16 & 15;
        if (what < 6) {
            while ((code = hf_task_resume(task, NULL)) == HF_PENDING) hf_store_wait(g.store, INT64_MAX, NULL);
            assert_int_equal(code, HF_OK);
            hf_val out;
            assert_int_equal(hf_task_results(task, &out, 1, NULL), HF_OK);
            assert_int_equal(out.of.i32, 5);
            done++;
        } else if (what < 8) {
            hf_task_ready(task);
        }
        hf_task_free(task);
        if (what == 15) {
            fresh_store(&g, pre);
        }
        settle();
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&delivered) + atomic_load(&late) + atomic_load(&second), rounds * 2);
    assert_true(atomic_load(&delivered) >= done && atomic_load(&delivered) <= rounds);
    hf_pre_unref(pre);
    guest_end(&g);
}

// ---- atomic waits of one shared memory in two stores ----

#define WAITS                                                                    \
    "(module (import \"e\" \"m\" (memory 1 1 shared))"                           \
    "  (func (export \"wait\") (param i32) (result i32)"                         \
    "    (memory.atomic.wait32 (i32.const 8) (local.get 0) (i64.const -1)))"     \
    "  (func (export \"doze\") (param i32) (result i32)"                         \
    "    (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 100000)))" \
    "  (func (export \"notify\") (param i32) (result i32) (memory.atomic.notify (i32.const 8) (local.get 0))))"

struct sleeper {
    hf_engine *engine;
    hf_module *module;
    hf_shared *shared;
    int32_t result;
};

static void load_shared(struct guest *g, hf_store *store, hf_module *module, hf_shared *shared)
{
    hf_memory memory;
    assert_int_equal(hf_memory_from_shared(store, shared, &memory, NULL), HF_OK);
    const hf_extern import = { .kind = HF_EXTERN_MEMORY, .of.memory = memory };
    g->store = store;
    assert_int_equal(hf_instance_new(store, module, &import, 1, &g->instance, NULL), HF_OK);
}

static void *sleep_there(void *arg)
{
    struct sleeper *sleeper = arg;
    struct guest g = { .engine = sleeper->engine };
    hf_store *store = hf_store_new(sleeper->engine, NULL, NULL);
    load_shared(&g, store, sleeper->module, sleeper->shared);
    sleeper->result = guest_must_call(&g, "wait", 0);
    hf_store_free(store);
    return NULL;
}

static void notify_wakes_another_store(void **state)
{
    (void)state;
    struct guest g;
    const hf_engine_options options = { .size = sizeof options, .features = HF_FEATURE_THREADS };
    guest_begin(&g, &options, NULL);
    g.module = guest_module(&g, WAITS);
    hf_memory memory;
    hf_shared *shared;
    const hf_limits type = { 1, 1, false, true, 16 };
    assert_int_equal(hf_memory_new(g.store, type, &memory, NULL), HF_OK);
    assert_int_equal(hf_memory_share(g.store, memory, &shared, NULL), HF_OK);
    load_shared(&g, g.store, g.module, shared);
    assert_int_equal(guest_must_call(&g, "wait", 1), 1); // another value
    assert_int_equal(guest_must_call(&g, "doze", 0), 2); // timed out
    assert_int_equal(guest_must_call(&g, "notify", 1), 0);
    for (int round = 0; round < 20; round++) {
        struct sleeper sleepers[2] = { { g.engine, g.module, shared, -1 }, { g.engine, g.module, shared, -1 } };
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, sleep_there, &sleepers[i]), 0);
        for (int32_t woken = 0; woken < 2;) woken += guest_must_call(&g, "notify", 1);
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(sleepers[i].result, 0);
        }
    }
    hf_shared_unref(shared);
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completion_races_with_cancel_and_free),
        cmocka_unit_test(notify_wakes_another_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
