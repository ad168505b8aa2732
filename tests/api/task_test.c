// Tasks: host calls that answer later, nested activations, entry into busy instances, fuel and interruption.
#include <pthread.h>
#include <unistd.h>

#include "guest.h"

#define ASKS                                                              \
    "(module (import \"t\" \"ask\" (func $ask (param i32) (result i32)))" \
    "  (func (export \"go\") (param i32) (result i32)"                    \
    "    (i32.add (i32.mul (call $ask (local.get 0)) (i32.const 10)) (call $ask (i32.const 7)))))"

// What the last pending call was.
struct asked {
    hf_call *call;
    unsigned count;
};

static hf_code ask_later(hf_call *call, void *env)
{
    struct asked *asked = env;
    hf_call_release(asked->call);
    asked->call = hf_call_hold(call);
    asked->count++;
    return HF_PENDING;
}

static hf_task *new_task(struct guest *g, const char *name, int32_t arg)
{
    const hf_val value = hf_i32(arg);
    hf_status status = hf_status_ok();
    hf_task *task = hf_task_new(g->store, guest_func(g, name), &value, 1, &status);
    assert_non_null(task);
    return task;
}

static int32_t task_result(hf_task *task)
{
    hf_val out;
    assert_int_equal(hf_task_results(task, &out, 1, NULL), HF_OK);
    return out.of.i32;
}

static void frozen_then_completed(void **state)
{
    (void)state;
    struct guest g;
    struct asked asked = { 0 };
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
    guest_must_load(&g, ASKS);
    hf_task *task = new_task(&g, "go", 1);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_false(hf_task_ready(task));
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    hf_frame frames[4];
    assert_int_equal(hf_task_backtrace(task, frames, 4), 1);
    assert_int_equal(frames[0].func, 1);
    assert_true(frames[0].offset > 8 && frames[0].offset < hf_module_bytes(g.module).size);
    const hf_val wrong = hf_i64(1), four = hf_i32(4), five = hf_i32(5);
    assert_int_equal(hf_call_complete(asked.call, &wrong, 1), HF_WRONG_TYPE);
    assert_int_equal(hf_call_complete(asked.call, NULL, 0), HF_WRONG_TYPE);
    assert_int_equal(hf_call_complete(asked.call, &four, 1), HF_OK);
    assert_int_equal(hf_call_complete(asked.call, &five, 1), HF_EXISTS);
    assert_true(hf_task_ready(task));
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_int_equal(asked.count, 2);
    assert_int_equal(hf_call_complete(asked.call, &five, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_OK);
    assert_int_equal(task_result(task), 45);
    assert_int_equal(hf_task_resume(task, NULL), HF_OK);
    hf_task_free(task);
    assert_int_equal(hf_call_complete(asked.call, &five, 1), HF_GONE);
    hf_call_release(asked.call);
    guest_end(&g);
}

static hf_code finish_doubled(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, hf_call_arg_i32(call, 0) * 2);
}

static hf_code finish_waits_again(hf_call *call, void *env)
{
    unsigned *times = env;
    assert_int_equal(hf_call_complete_with(call, finish_waits_again, env), HF_EXISTS);
    if (++*times == 3) return finish_doubled(call, NULL);
    assert_int_equal(hf_call_reopen(call), HF_OK);
    assert_int_equal(hf_call_reopen(call), HF_BAD_ARGUMENT);
    assert_int_equal(hf_call_complete_with(call, finish_waits_again, env), HF_OK);
    assert_int_equal(hf_call_complete_with(call, finish_waits_again, env), HF_EXISTS);
    return HF_PENDING;
}

static void completed_by_trap_and_by_finish(void **state)
{
    (void)state;
    struct guest g;
    struct asked asked = { 0 };
    unsigned times = 0;
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
    guest_must_load(&g, ASKS);
    hf_task *task = new_task(&g, "go", 3);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_int_equal(hf_call_complete_with(asked.call, finish_waits_again, &times), HF_OK);
    // Each look delivers what has arrived by then.
    for (int i = 0; i < 3; i++) assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_int_equal(times, 3);
    assert_int_equal(hf_call_complete_trap(asked.call, "no answer"), HF_OK);
    hf_status status = hf_status_ok();
    assert_int_equal(hf_task_resume(task, &status), HF_TRAPPED);
    assert_int_equal(status.trap, HF_TRAP_HOST);
    assert_string_equal(status.message, "no answer");
    hf_frame frames[4];
    assert_int_equal(hf_task_backtrace(task, frames, 4), 1);
    hf_task_free(task);
    hf_call_release(asked.call);
    guest_end(&g);
}

// What a second completion from another thread is told while the first one's finisher runs, and after it.
struct second {
    unsigned finished, round;
    hf_code told;
};

static void *complete_twice(void *arg)
{
    hf_call *call = arg;
    const hf_val value = hf_i32(9);
    hf_code codes[2];
    codes[0] = hf_call_complete(call, &value, 1);
    codes[1] = hf_call_complete_trap(call, "late");
    return codes[0] == codes[1] ? (void *)(intptr_t)(1 + (int)codes[0]) : NULL;
}

static hf_code told_elsewhere(hf_call *call)
{
    pthread_t thread;
    void *told;
    assert_int_equal(pthread_create(&thread, NULL, complete_twice, call), 0);
    assert_int_equal(pthread_join(thread, &told), 0);
    assert_non_null(told);
    return (hf_code)((intptr_t)told - 1);
}

static hf_code finish_watched(hf_call *call, void *env)
{
    struct second *second = env;
    second->finished++;
    second->told = told_elsewhere(call);
    return second->finished == second->round ? hf_call_return_i32(call, 1) : HF_PENDING;
}

static void a_second_completion_is_refused_until_the_call_is_open_again(void **state)
{
    (void)state;
    for (unsigned round = 1; round < 3; round++) {
        struct guest g;
        struct asked asked = { 0 };
        struct second second = { .round = round };
        guest_begin(&g, NULL, NULL);
        hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
        guest_must_load(&g, ASKS);
        hf_task *task = new_task(&g, "go", 3);
        assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
        hf_call *first = hf_call_hold(asked.call);
        for (unsigned i = 1; i <= round; i++) {
            assert_int_equal(hf_call_reopen(first), HF_BAD_ARGUMENT);
            assert_int_equal(hf_call_complete_with(first, finish_watched, &second), HF_OK);
            assert_int_equal(told_elsewhere(first), HF_EXISTS); // accepted, not delivered
            assert_int_equal(hf_task_ready(task), i == round);
            assert_int_equal(second.finished, i);
            assert_int_equal(second.told, HF_EXISTS); // while it runs
        }
        assert_int_equal(told_elsewhere(first), HF_EXISTS); // settled
        assert_int_equal(hf_call_reopen(first), HF_BAD_ARGUMENT);
        assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
        assert_int_equal(told_elsewhere(first), HF_GONE); // ended
        const hf_val one = hf_i32(1);
        assert_int_equal(hf_call_complete(asked.call, &one, 1), HF_OK);
        assert_int_equal(hf_task_resume(task, NULL), HF_OK);
        assert_int_equal(task_result(task), 11);
        hf_task_free(task);
        hf_call_release(first);
        hf_call_release(asked.call);
        guest_end(&g);
    }
}

static void a_busy_instance_refuses(void **state)
{
    (void)state;
    struct guest g;
    struct asked asked = { 0 };
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
    guest_must_load(&g, ASKS);
    hf_task *early = new_task(&g, "go", 2);
    hf_task *task = new_task(&g, "go", 1);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    const hf_val one = hf_i32(1);
    hf_val out;
    assert_null(hf_task_new(g.store, guest_func(&g, "go"), &one, 1, &g.status));
    assert_int_equal(g.status.code, HF_BUSY);
    assert_int_equal(hf_func_call(g.store, guest_func(&g, "go"), &one, 1, &out, 1, NULL), HF_BUSY);
    assert_int_equal(hf_task_resume(early, NULL), HF_BUSY);
    hf_task_free(task);
    // Freed: the instance is free, and the call is gone.
    assert_int_equal(hf_call_complete(asked.call, &one, 1), HF_GONE);
    assert_int_equal(hf_task_resume(early, NULL), HF_PENDING);
    hf_task_free(early);
    assert_int_equal(hf_instance_set_concurrent(g.store, g.instance, true, NULL), HF_OK);
    hf_task *a = new_task(&g, "go", 1), *b = new_task(&g, "go", 2);
    assert_int_equal(hf_task_resume(a, NULL), HF_PENDING);
    assert_int_equal(hf_task_resume(b, NULL), HF_PENDING);
    hf_task_free(a);
    hf_task_free(b);
    hf_call_release(asked.call);
    guest_end(&g);
}

// An instance that stands in the middle of a frozen stack is busy too.
static void a_frozen_stack_holds_every_instance_on_it(void **state)
{
    (void)state;
    struct guest g;
    struct asked asked = { 0 };
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
    guest_must_load(&g, ASKS);
    assert_int_equal(hf_linker_define_instance(g.linker, "inner", g.store, g.instance, NULL), HF_OK);
    const hf_instance inner = g.instance;
    guest_must_load(&g, "(module (import \"inner\" \"go\" (func $go (param i32) (result i32)))"
                        "  (func (export \"out\") (param i32) (result i32) (call $go (local.get 0))))");
    hf_task *task = new_task(&g, "out", 1);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    hf_func go;
    assert_int_equal(hf_instance_func(g.store, inner, "go", &go, NULL), HF_OK);
    const hf_val one = hf_i32(1);
    assert_null(hf_task_new(g.store, go, &one, 1, NULL));
    // It is kept by its frame although nobody else wants it.
    assert_int_equal(hf_instance_drop(g.store, inner, NULL), HF_OK);
    hf_store_collect(g.store);
    assert_int_equal(hf_call_complete(asked.call, &one, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_PENDING);
    assert_int_equal(hf_call_complete(asked.call, &one, 1), HF_OK);
    assert_int_equal(hf_task_resume(task, NULL), HF_OK);
    assert_int_equal(task_result(task), 11);
    hf_task_free(task);
    hf_call_release(asked.call);
    guest_end(&g);
}

// ---- another thread answers; the store moves ----

static void *answer(void *arg)
{
    hf_call *call = arg;
    usleep(2000);
    const hf_val value = hf_i32(6);
    const hf_code code = hf_call_complete(call, &value, 1);
    hf_call_release(call);
    return code == HF_OK ? call : NULL;
}

static hf_code ask_a_thread(hf_call *call, void *env)
{
    pthread_t *thread = env;
    if (pthread_create(thread, NULL, answer, hf_call_hold(call)) != 0) return hf_call_trap(call, "no thread");
    pthread_detach(*thread);
    return HF_PENDING;
}

static void a_call_waits_for_another_thread(void **state)
{
    (void)state;
    struct guest g;
    pthread_t thread;
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_a_thread, &thread, NULL);
    guest_must_load(&g, ASKS);
    assert_int_equal(guest_must_call(&g, "go", 1), 66);
    hf_loop *loop = hf_loop_new(NULL);
    hf_store_set_loop(g.store, loop);
    assert_int_equal(guest_must_call(&g, "go", 1), 66);
    hf_store_set_loop(g.store, NULL);
    hf_loop_free(loop);
    guest_end(&g);
}

static hf_code slept(hf_call *call, void *env)
{
    (void)env;
    size_t count;
    const hf_watch *watches = hf_call_watches(call, &count);
    return hf_call_return_i32(call, count && watches[0].ready & HF_WATCH_READ ? 2 : 1);
}

struct waits {
    int fd;
    int64_t ms;
};

// ask(0) sleeps; ask of anything else reads from a pipe.
static hf_code ask_awaits(hf_call *call, void *env)
{
    const struct waits *waits = env;
    const bool sleeps = hf_call_arg_i32(call, 0) == 0;
    const hf_watch watch = { waits->fd, HF_WATCH_READ, 0 };
    const int64_t deadline = sleeps ? hf_now_ns() + waits->ms * 1000000 : INT64_MAX;
    const hf_code code = hf_call_await(call, &watch, sleeps ? 0 : 1, deadline, slept, NULL);
    return code ? hf_call_trap(call, "await") : HF_PENDING;
}

static void *go_on_elsewhere(void *arg)
{
    hf_task *task = arg;
    hf_store *store = hf_task_store(task);
    while (hf_task_resume(task, NULL) == HF_PENDING) {
        if (hf_store_wait(store, INT64_MAX, NULL) != HF_OK) return NULL;
    }
    return task;
}

static void a_store_moves_with_calls_pending(void **state)
{
    (void)state;
    struct guest g;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    struct waits waits = { pipes[0], 10 };
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_awaits, &waits, NULL);
    guest_must_load(&g, ASKS);
    hf_instance_set_concurrent(g.store, g.instance, true, NULL);
    hf_task *sleeper = new_task(&g, "go", 0), *reader = new_task(&g, "go", 1);
    assert_int_equal(hf_task_resume(sleeper, NULL), HF_PENDING);
    assert_int_equal(hf_task_resume(reader, NULL), HF_PENDING);
    int64_t deadline;
    hf_watch watches[4];
    assert_int_equal(hf_store_watches(g.store, watches, 4, &deadline), 2); // the pipe and the wake-up
    assert_true(deadline < INT64_MAX);
    assert_int_equal(hf_store_wait(g.store, 0, NULL), HF_PENDING);
    assert_int_equal(write(pipes[1], "x", 1), 1);
    pthread_t thread;
    void *done;
    hf_task *const tasks[] = { sleeper, reader };
    const int32_t results[] = { 12, 22 };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&thread, NULL, go_on_elsewhere, tasks[i]), 0);
        assert_int_equal(pthread_join(thread, &done), 0);
        assert_ptr_equal(done, tasks[i]);
        assert_int_equal(task_result(tasks[i]), results[i]);
        hf_task_free(tasks[i]);
    }
    assert_int_equal(hf_store_wait(g.store, 0, NULL), HF_GONE);
    close(pipes[0]);
    close(pipes[1]);
    guest_end(&g);
}

// ---- nested activations ----

static struct guest *nested_guest;

static hf_code call_back(hf_call *call, void *env)
{
    (void)env;
    const hf_val arg = hf_call_arg(call, 0);
    hf_val out;
    hf_status status = hf_status_ok();
    const hf_code code = hf_func_call(hf_call_store(call), guest_func(nested_guest, "back"), &arg, 1, &out, 1, &status);
    if (code) return hf_call_fail(call, &status);
    return hf_call_return_i32(call, out.of.i32);
}

#define NESTS                                                                                                \
    "(module (import \"t\" \"ask\" (func $ask (param i32) (result i32)))"                                    \
    "  (import \"t\" \"wait\" (func $wait (param i32) (result i32)))"                                        \
    "  (func (export \"go\") (param i32) (result i32) (i32.add (i32.const 1000) (call $ask (local.get 0))))" \
    "  (func (export \"back\") (param i32) (result i32)"                                                     \
    "    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))"                                      \
    "    (else (if (result i32) (i32.eq (local.get 0) (i32.const -7)) (then (call $wait (i32.const 1)))"     \
    "    (else (i32.add (i32.const 1) (call $ask (i32.sub (local.get 0) (i32.const 1))))))))))"

static void load_nest(struct guest *g, const hf_store_options *options, bool may_wait, void *wait_env)
{
    guest_begin(g, NULL, options);
    nested_guest = g;
    const hf_param param = { "x", HF_TYPE_I32, HF_PARAM_VALUE, 0, 0 };
    const hf_valtype result = HF_TYPE_I32;
    hf_func_desc desc = { sizeof desc, "t", "ask", NULL, &param, 1, &result, 1, 0, false, may_wait, NULL };
    assert_int_equal(hf_linker_define(g->linker, &desc, call_back, NULL, NULL), HF_OK);
    hf_linker_define_func(g->linker, "t", "wait", "i32 -> i32", ask_a_thread, wait_env, NULL);
    guest_must_load(g, NESTS);
}

static void nesting_at_the_limit_and_one_past(void **state)
{
    (void)state;
    static const struct {
        uint64_t limit;
        int32_t depth;
        hf_code code;
    } cases[] = { { 0, 31, HF_OK }, { 0, 32, HF_TRAPPED }, { 5, 4, HF_OK }, { 5, 5, HF_TRAPPED } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guest g;
        pthread_t thread;
        const hf_store_options options = { .size = sizeof options, .max_nesting = cases[i].limit };
        load_nest(&g, &options, false, &thread);
        int32_t out = 0;
        assert_int_equal(guest_call(&g, "go", &cases[i].depth, 1, &out), cases[i].code);
        if (cases[i].code)
            assert_int_equal(g.status.trap, HF_TRAP_CALL_STACK_EXHAUSTED);
        else
            assert_int_equal(out, 1000 + cases[i].depth);
        guest_end(&g);
    }
}

static void *recurse_for_ever(void *arg)
{
    struct guest *g = arg;
    const int32_t depth = 1 << 30;
    int32_t out;
    return guest_call(g, "go", &depth, 1, &out) == HF_TRAPPED && g->status.trap == HF_TRAP_CALL_STACK_EXHAUSTED ? g
                                                                                                                : NULL;
}

// Guest and host calling each other for ever, on threads with little native stack and no limit on nesting.
static void mutual_recursion_ends_in_a_status(void **state)
{
    (void)state;
    static const size_t stacks[] = { 64 << 10, 128 << 10, 256 << 10, 1 << 20 };
    for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        struct guest g;
        pthread_t thread, unused;
        const hf_store_options options = { .size = sizeof options, .max_nesting = UINT64_MAX };
        load_nest(&g, &options, false, &unused);
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        assert_int_equal(pthread_attr_setstacksize(&attr, stacks[i]), 0);
        assert_int_equal(pthread_create(&thread, &attr, recurse_for_ever, &g), 0);
        void *done;
        pthread_join(thread, &done);
        assert_ptr_equal(done, &g);
        pthread_attr_destroy(&attr);
        guest_end(&g);
    }
}

static void waiting_below_a_host_function_only_where_allowed(void **state)
{
    (void)state;
    for (int may = 0; may < 2; may++) {
        struct guest g;
        pthread_t thread;
        load_nest(&g, NULL, may, &thread);
        const int32_t arg = -7;
        int32_t out = 0;
        assert_int_equal(guest_call(&g, "go", &arg, 1, &out), may ? HF_OK : HF_TRAPPED);
        if (may)
            assert_int_equal(out, 1006);
        else
            assert_int_equal(g.status.trap, HF_TRAP_CANNOT_WAIT);
        // The store is as good as before.
        assert_int_equal(guest_must_call(&g, "go", 2), 1002);
        usleep(5000); // the answer that nobody waits for
        assert_int_equal(guest_must_call(&g, "go", 2), 1002);
        guest_end(&g);
    }
}

static hf_code resumes_inside(hf_call *call, void *env)
{
    hf_task **other = env;
    assert_int_equal(hf_task_resume(*other, NULL), HF_BUSY);
    assert_int_equal(hf_store_wait(hf_call_store(call), 0, NULL), HF_BUSY);
    return hf_call_return_i32(call, 1);
}

static void no_task_is_resumed_inside_a_host_call(void **state)
{
    (void)state;
    struct guest g;
    hf_task *other = NULL;
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", resumes_inside, &other, NULL);
    guest_must_load(&g, ASKS);
    other = new_task(&g, "go", 1);
    assert_int_equal(guest_must_call(&g, "go", 1), 11);
    hf_task_free(other);
    guest_end(&g);
}

// ---- fuel and interruption ----

#define SPINS                                                                               \
    "(module (func (export \"spin\") (param i32) (result i32) (loop (br 0)) (unreachable))" \
    "  (func (export \"count\") (param i32) (result i32) (loop"                             \
    "    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 9)))"

static void fuel_runs_out_and_is_added(void **state)
{
    (void)state;
    struct guest g;
    const hf_engine_options engine = { .size = sizeof engine, .fuel = true, .interruptible = true };
    const hf_store_options store = { .size = sizeof store, .fuel = 100 };
    guest_begin(&g, &engine, &store);
    guest_must_load(&g, SPINS);
    hf_task *task = new_task(&g, "count", 1000);
    unsigned refills = 0;
    hf_remote *remote = hf_store_remote(g.store);
    hf_code code;
    while ((code = hf_task_resume(task, NULL)) == HF_OUT_OF_FUEL && refills < 1000) {
        refills++;
        if (refills % 2)
            assert_int_equal(hf_remote_add_fuel(remote, 200), HF_OK);
        else
            assert_int_equal(hf_store_set_fuel(g.store, 200, NULL), HF_OK);
    }
    assert_int_equal(code, HF_OK);
    assert_true(refills > 3);
    assert_int_equal(task_result(task), 9);
    hf_task_free(task);
    hf_store_free(g.store);
    g.store = NULL;
    assert_int_equal(hf_remote_add_fuel(remote, 1), HF_GONE);
    assert_int_equal(hf_remote_interrupt(remote), HF_GONE);
    hf_remote_unref(remote);
    guest_end(&g);
}

static void *interrupt_soon(void *arg)
{
    usleep(3000);
    hf_remote_interrupt(arg);
    hf_remote_unref(arg);
    return NULL;
}

static void a_loop_is_interrupted_from_another_thread(void **state)
{
    (void)state;
    struct guest g;
    const hf_engine_options engine = { .size = sizeof engine, .interruptible = true };
    guest_begin(&g, &engine, NULL);
    guest_must_load(&g, SPINS);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, hf_store_remote(g.store)), 0);
    hf_task *task = new_task(&g, "spin", 0);
    assert_int_equal(hf_task_resume(task, NULL), HF_INTERRUPTED);
    pthread_join(thread, NULL);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, hf_store_remote(g.store)), 0);
    assert_int_equal(hf_task_resume(task, NULL), HF_INTERRUPTED); // it went on meanwhile
    pthread_join(thread, NULL);
    hf_task_free(task);
    guest_end(&g);
}

// ---- many ----

static size_t mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    if (!file) return 0;
    size_t lines = 0;
    for (int c; (c = fgetc(file)) != EOF;) lines += c == '\n';
    fclose(file);
    return lines;
}

static void ten_thousand_frozen_tasks(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    struct guest g;
    struct asked asked = { 0 };
    guest_begin(&g, NULL, NULL);
    hf_linker_define_func(g.linker, "t", "ask", "i32 -> i32", ask_later, &asked, NULL);
    hf_status status = hf_status_ok();
    g.module = guest_module(&g, "(module (import \"t\" \"ask\" (func $ask (param i32) (result i32))) (memory 1)"
                                "  (func (export \"go\") (param i32) (result i32) (call $ask (local.get 0))))");
    hf_pre *pre = hf_linker_freeze(g.linker, g.module, &status);
    assert_non_null(pre);
    const size_t before = mappings();
    static hf_task *tasks[MANY];
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(hf_pre_instantiate(pre, g.store, &g.instance, &status), HF_OK);
        tasks[i] = new_task(&g, "go", i);
        assert_int_equal(hf_task_resume(tasks[i], NULL), HF_PENDING);
    }
    assert_true(mappings() - before <= 4u * MANY);
    for (int i = 0; i < MANY; i++) hf_task_free(tasks[i]);
    hf_call_release(asked.call);
    hf_pre_unref(pre);
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_then_completed),
        cmocka_unit_test(completed_by_trap_and_by_finish),
        cmocka_unit_test(a_second_completion_is_refused_until_the_call_is_open_again),
        cmocka_unit_test(a_busy_instance_refuses),
        cmocka_unit_test(a_frozen_stack_holds_every_instance_on_it),
        cmocka_unit_test(a_call_waits_for_another_thread),
        cmocka_unit_test(a_store_moves_with_calls_pending),
        cmocka_unit_test(nesting_at_the_limit_and_one_past),
        cmocka_unit_test(mutual_recursion_ends_in_a_status),
        cmocka_unit_test(waiting_below_a_host_function_only_where_allowed),
        cmocka_unit_test(no_task_is_resumed_inside_a_host_call),
        cmocka_unit_test(fuel_runs_out_and_is_added),
        cmocka_unit_test(a_loop_is_interrupted_from_another_thread),
        cmocka_unit_test(ten_thousand_frozen_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
