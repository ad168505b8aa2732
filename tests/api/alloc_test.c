// Every allocation fails once, from the engine to the end of a call: a status each time, nothing leaks, and what was there before works on.
#include <stdlib.h>

#include "guest.h"

struct failing {
    unsigned long count; // allocations so far
    unsigned long fail;  // the one that fails, from 1; 0: none
    size_t live;
};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct failing *f = ctx;
    if (new_size == 0) {
        free(ptr);
        f->live -= old_size;
        return NULL;
    }
    if (new_size > old_size && ++f->count == f->fail) return NULL;
    void *moved = realloc(ptr, new_size);
    if (moved) f->live = f->live - old_size + new_size;
    return moved;
}

static hf_code doubled(hf_call *call, void *env)
{
    (void)env;
    if (!hf_call_alloc(call, 100)) return hf_call_trap(call, "out of memory");
    return hf_call_return_i32(call, hf_call_arg_i32(call, 0) * 2);
}

static hf_code pass(hf_call *call, void *env)
{
    (void)env;
    return hf_call_next(call, NULL, NULL);
}

static hf_code later(hf_call *call, void *env)
{
    hf_call **out = env;
    *out = call;
    return HF_PENDING;
}

static const char text[] =
    "(module (import \"m\" \"f\" (func $f (param i32) (result i32))) (import \"m\" \"later\" (func $l (result i32)))"
    "  (type $s (struct (field (mut i32)) (field (ref null $s)))) (tag $e (param i32))"
    "  (global $g (mut (ref null $s)) (struct.new $s (i32.const 4) (ref.null $s)))"
    "  (memory (export \"memory\") 1) (data (i32.const 0) \"abc\") (table 4 funcref) (elem (i32.const 1) $f $go)"
    "  (func $go (export \"go\") (param i32) (result i32)"
    "    (global.set $g (struct.new $s (local.get 0) (global.get $g)))"
    "    (i32.add (call $l) (i32.add (call $f (local.get 0)) (struct.get $s 0 (global.get $g)))))"
    "  (func (export \"throw\") (throw $e (i32.const 3))))";

// All of it; the first error ends it. True when everything worked.
static bool whole_life(struct failing *f)
{
    const hf_allocator heap = { resize, f };
    const hf_engine_options options = { .size = sizeof options, .allocator = &heap };
    hf_status status = hf_status_ok();
    hf_call *pended = NULL;
    hf_linker *linker = NULL;
    hf_module *module = NULL;
    hf_store *store = NULL;
    hf_task *task = NULL;
    hf_instance instance;
    hf_func go;
    hf_val arg = hf_i32(5), out;
    hf_engine *engine = hf_engine_new(&options, &status);
    bool good = engine && (linker = hf_linker_new(engine, &status)) && (store = hf_store_new(engine, NULL, &status));
    good = good && hf_linker_define_func(linker, "m", "f", "i32 -> i32", doubled, NULL, &status) == HF_OK;
    good = good && hf_linker_define_func(linker, "m", "later", "-> i32", later, &pended, &status) == HF_OK;
    good = good && hf_linker_wrap(linker, "*", pass, NULL, &status) == HF_OK;
    good = good && (module = hf_module_new_any(engine, text, strlen(text), &status));
    good = good && hf_linker_instantiate(linker, store, module, &instance, &status) == HF_OK;
    good = good && hf_instance_func(store, instance, "go", &go, &status) == HF_OK;
    good = good && (task = hf_task_new(store, go, &arg, 1, &status));
    good = good && hf_task_resume(task, &status) == HF_PENDING;
    if (good) {
        good = hf_call_complete(pended, &arg, 1) == HF_OK && hf_task_resume(task, &status) == HF_OK &&
               hf_task_results(task, &out, 1, &status) == HF_OK && out.of.i32 == 20;
    }
    if (good) {
        hf_func thrower;
        good = hf_instance_func(store, instance, "throw", &thrower, &status) == HF_OK &&
               hf_func_call(store, thrower, NULL, 0, NULL, 0, &status) == HF_EXCEPTION;
    }
    hf_task_free(task);
    hf_store_free(store);
    hf_module_unref(module);
    hf_linker_free(linker);
    hf_engine_unref(engine);
    return good;
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    struct failing all = { 0, 0, 0 };
    assert_true(whole_life(&all));
    assert_int_equal(all.live, 0);
    assert_true(all.count > 50);
    unsigned long survived = 0;
    for (unsigned long n = 1; n <= all.count; n++) {
        struct failing f = { 0, n, 0 };
        survived += whole_life(&f);
        if (f.live) print_error("allocation %lu of %lu leaks %zu bytes\n", n, all.count, f.live);
        assert_int_equal(f.live, 0);
    }
    assert_true(survived < all.count / 4); // few allocations can be done without
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
