// Class: canonical types that one thread frees while another finds them (embedding 4.3, lifetime and concurrency): modules with the
// same recursion groups come and go on several threads, and what is linked, called and cast stays right.
#include <pthread.h>

#include "../api/guest.h"

enum { THREADS = 4, ROUNDS = 150 };

// Four modules that share some of their groups, so that counts go up and down all the time.
static const char *const texts[] = {
    "(module (rec (type $a (sub (struct (field i32) (field (ref null $b))))) (type $b (sub (array (mut (ref null $a))))))"
    "  (type $f (func (param (ref null $a)) (result i32)))"
    "  (table 1 funcref) (elem (i32.const 0) $f) (func $f (type $f) (struct.get $a 0 (local.get 0)))"
    "  (func (export \"go\") (param i32) (result i32)"
    "    (call_indirect (type $f) (struct.new $a (local.get 0) (ref.null $b)) (i32.const 0))))",
    "(module (type $x (struct)) (rec (type $c (sub (struct (field i32) (field (ref null $d))))) (type $d (sub (array (mut (ref null $c))))))"
    "  (type $e (sub $c (struct (field i32) (field (ref null $d)) (field i64))))"
    "  (func $any (param anyref) (result i32) (if (ref.test (ref $e) (local.get 0)) (then (return (i32.const -1))))"
    "    (struct.get $c 0 (ref.cast (ref $c) (local.get 0))))"
    "  (func (export \"go\") (param i32) (result i32) (call $any (struct.new $c (local.get 0) (ref.null $d)))))",
    "(module (type $p (func (param i32) (result i32))) (type $q (func (param i64) (result i32)))"
    "  (table 2 funcref) (elem (i32.const 0) $p $q) (func $p (type $p) (local.get 0)) (func $q (type $q) (i32.const -1))"
    "  (func (export \"go\") (param i32) (result i32) (call_indirect (type $p) (local.get 0) (i32.const 0))))",
    "(module (type $p (func (param i32) (result i32))) (rec (type $s (struct (field (ref null $t)))) (type $t (struct (field (ref null $s)))))"
    "  (tag $t (param (ref null $s) i32)) (elem declare func $id) (func $id (type $p) (local.get 0))"
    "  (func (export \"go\") (param i32) (result i32) (block $h (result (ref null $s) i32)"
    "    (try_table (catch $t $h) (throw $t (struct.new_default $s) (local.get 0))) (unreachable))"
    "    (call_ref $p (ref.func $id)) (local.set 0) (drop) (local.get 0)))",
};
enum { TEXTS = sizeof texts / sizeof *texts };

struct job {
    hf_engine *engine;
    unsigned seed;
    unsigned wrong;
};

// A round on this thread: some modules at once, given back in another order than they were made. Asserts are for the main thread.
static unsigned round_of(struct job *job)
{
    hf_module *modules[TEXTS] = { 0 };
    unsigned wrong = 0;
    hf_store *store = hf_store_new(job->engine, NULL, NULL);
    hf_linker *linker = hf_linker_new(job->engine, NULL);
    if (!store || !linker) wrong++;
    for (unsigned i = 0; i < TEXTS && !wrong; i++) {
        const unsigned which = (i + job->seed) % TEXTS;
        modules[which] = hf_module_new_any(job->engine, texts[which], strlen(texts[which]), NULL);
        hf_instance instance;
        hf_func func;
        const hf_val argument = hf_i32((int32_t)(job->seed + i));
        hf_val result = hf_i32(-2);
        if (!modules[which] || hf_linker_instantiate(linker, store, modules[which], &instance, NULL) ||
            hf_instance_func(store, instance, "go", &func, NULL) ||
            hf_func_call(store, func, &argument, 1, &result, 1, NULL) || result.of.i32 != argument.of.i32)
            wrong++;
        if (i % 2) hf_module_unref(modules[which]), modules[which] = NULL;
    }
    hf_linker_free(linker);
    hf_store_free(store);
    for (unsigned i = 0; i < TEXTS; i++) hf_module_unref(modules[i]);
    return wrong;
}

static void *run(void *argument)
{
    struct job *job = argument;
    for (int i = 0; i < ROUNDS; i++, job->seed = job->seed * 1103515245 + 12345) job->wrong += round_of(job);
    return NULL;
}

static void groups_come_and_go(void **state)
{
    (void)state;
    hf_engine *engine = hf_engine_new(NULL, NULL);
    assert_non_null(engine);
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){ engine, i + 1, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].wrong, 0);
    }
    hf_engine_unref(engine);
}

// What one engine calls type 3 is another type in the next: modules of one do not go into stores of the other.
static void engines_do_not_mix(void **state)
{
    (void)state;
    struct guest a, b;
    guest_begin(&a, NULL, NULL);
    guest_begin(&b, NULL, NULL);
    guest_must_load(&a, texts[0]);
    guest_must_load(&b, texts[2]);
    hf_instance instance;
    hf_status status = hf_status_ok();
    assert_int_not_equal(hf_instance_new(b.store, a.module, NULL, 0, &instance, &status), HF_OK);
    assert_int_not_equal(hf_linker_instantiate(b.linker, b.store, a.module, &instance, NULL), HF_OK);
    assert_int_not_equal(hf_linker_instantiate(a.linker, b.store, b.module, &instance, NULL), HF_OK);
    const hf_val one = hf_i32(1);
    hf_val out;
    assert_int_equal(hf_func_call(b.store, guest_func(&a, "go"), &one, 1, &out, 1, NULL), HF_WRONG_STORE);
    hf_linker_define_instance(b.linker, "a", a.store, a.instance, NULL);
    assert_int_not_equal(guest_load(&b, "(module (import \"a\" \"go\" (func (param i32) (result i32))))"), HF_OK);
    guest_end(&a);
    guest_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_come_and_go),
        cmocka_unit_test(engines_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
