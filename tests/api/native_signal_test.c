/* Native code among signals: a profiler's that arrive at maximal guest depth on whatever stack that is, interrupts while tasks
 * are switched, faults that are none of ours, and hosts that leave the floating-point unit in another mode. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

static bool begin(struct guest *g, hf_engine_options options)
{
    options.size = sizeof options;
    options.tier = HF_TIER_JIT;
    hf_engine *probe = hf_engine_new(&options, NULL);
    if (!probe) return false;
    hf_engine_unref(probe);
    guest_begin(g, &options, NULL);
    return true;
}

// ---- a profiler ----

static atomic_int seen;

// How often: a little in every run, very often in check-all.
static int times(const char *name, int usual)
{
    const char *const given = getenv(name);
    return given ? atoi(given) : usual;
}

// A handler as embedders have them: on the stack that is there, with a frame of its own.
static void on_profile(int number)
{
    volatile char frame[2048];
    for (unsigned i = 0; i < sizeof frame; i += 64) frame[i] = (char)number;
    atomic_fetch_add(&seen, 1);
}

static void profiled_at_maximal_depth(void **state)
{
    (void)state;
    struct guest g;
    if (!begin(&g, (hf_engine_options){ .tier = HF_TIER_JIT })) skip();
    // deep(n): down as far as n says, there a loop; too_deep: what fits, found by trying.
    guest_must_load(&g, "(module (memory 1)"
                        " (func $deep (export \"deep\") (param i32) (result i32) (local i32 i32)"
                        "  (if (i32.eqz (local.get 0)) (then (loop"
                        "    (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))"
                        "    (local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 31)) (local.get 1)))"
                        "    (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
                        "    (br_if 0 (i32.lt_u (local.get 1) (i32.const 3000))))"
                        "   (return (local.get 2))))"
                        "  (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))))");
    int32_t low = 1, high = 1 << 20, result = 0;
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (guest_call(&g, "deep", &middle, 1, &result))
            high = middle;
        else
            low = middle;
    }
    assert_true(low > 1000);
    const int32_t want = guest_must_call(&g, "deep", low);
    struct sigaction action = { .sa_handler = on_profile, .sa_flags = SA_RESTART }, before;
    assert_int_equal(sigaction(SIGPROF, &action, &before), 0);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF };
    const struct itimerspec often = { { 0, 200000 }, { 0, 200000 } };
    timer_t timer;
    const int wanted = times("HOLDFAST_SIGNALS", 1000);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &often, NULL), 0);
    while (atomic_load(&seen) < wanted) assert_int_equal(guest_must_call(&g, "deep", low), want);
    timer_delete(timer);
    sigaction(SIGPROF, &before, NULL);
    guest_end(&g);
}

// ---- interrupts while tasks are switched ----

static hf_code wait_here(hf_call *call, void *env)
{
    hf_call **waiting = env;
    *waiting = hf_call_hold(call);
    return HF_PENDING;
}

static atomic_bool done;

static void *interrupt(void *remote)
{
    while (!atomic_load(&done)) hf_remote_interrupt(remote);
    return NULL;
}

static void interrupted_task_switches(void **state)
{
    (void)state;
    struct guest g;
    if (!begin(&g, (hf_engine_options){ .interruptible = true })) skip();
    hf_call *waiting = NULL;
    assert_int_equal(hf_linker_define_func(g.linker, "", "wait", "->", wait_here, &waiting, &g.status), HF_OK);
    static const char turns[] = "(module (import \"\" \"wait\" (func $wait))"
                                " (func (export \"turns\") (param i32) (result i32) (local i32)"
                                "  (loop (call $wait) (local.set 1 (i32.add (local.get 1) (local.get 0)))"
                                "   (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
                                "  (local.get 1)))";
    hf_task *tasks[2];
    hf_call *calls[2] = { NULL, NULL };
    const int wanted = times("HOLDFAST_SWITCHES", 50000);
    const int32_t turns_each = wanted / 2;
    for (int i = 0; i < 2; i++) {
        guest_must_load(&g, turns);
        const hf_val arg = hf_i32(turns_each);
        tasks[i] = hf_task_new(g.store, guest_func(&g, "turns"), &arg, 1, &g.status);
        assert_non_null(tasks[i]);
    }
    hf_remote *remote = hf_store_remote(g.store);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, remote), 0);
    uint64_t switches = 0, interrupts = 0;
    int left = 2;
    for (int i = 0; left; i ^= 1) {
        if (!tasks[i]) continue;
        if (calls[i]) {
            assert_int_equal(hf_call_complete(calls[i], NULL, 0), HF_OK);
            hf_call_release(calls[i]);
            calls[i] = NULL;
        }
        hf_code code;
        do {
            if (!hf_task_ready(tasks[i])) fail_msg("a completed call has not arrived");
            g.status = hf_status_ok();
            code = hf_task_resume(tasks[i], &g.status);
            interrupts += code == HF_INTERRUPTED;
        } while (code == HF_INTERRUPTED);
        switches++;
        if (code == HF_PENDING) {
            calls[i] = waiting;
            continue;
        }
        assert_int_equal(code, HF_OK);
        hf_val result;
        assert_int_equal(hf_task_results(tasks[i], &result, 1, &g.status), HF_OK);
        assert_int_equal(result.of.i32, (int32_t)((uint64_t)turns_each * (uint64_t)(turns_each + 1) / 2));
        hf_task_free(tasks[i]);
        tasks[i] = NULL;
        left--;
    }
    atomic_store(&done, true);
    pthread_join(thread, NULL);
    assert_true(switches >= (uint64_t)wanted);
    assert_true(interrupts > 0);
    hf_remote_unref(remote);
    guest_end(&g);
}

// ---- the floating-point mode ----

#if defined(__x86_64__)
enum { MODE_UP = 0x5f80, MODE_ODD = 0xffc0 }; // towards +infinity; towards zero, subnormals flushed

static void set_mode(uint32_t mode)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(mode));
}

static uint32_t mode_now(void)
{
    uint32_t mode;
    __asm__ volatile("stmxcsr %0" : "=m"(mode));
    return mode & 0xffc0;
}

static hf_code odd_mode(hf_call *call, void *env)
{
    (void)call, (void)env;
    set_mode(MODE_ODD);
    const uint16_t x87 = 0x0c7f; // single precision, towards zero
    __asm__ volatile("fldcw %0" : : "m"(x87));
    return HF_OK;
}

static void odd_mode_typed(hf_caller *caller)
{
    (void)caller;
    set_mode(MODE_ODD);
}

static void floating_point_modes(void **state)
{
    (void)state;
    static const hf_tier tiers[] = { HF_TIER_INTERP, HF_TIER_JIT };
    static const char sums[] = "(module (import \"\" \"odd\" (func $odd)) (import \"\" \"typed\" (func $typed))"
                               " (func $sum (result f64) (f64.add (f64.div (f64.const 1) (f64.const 3))"
                               "   (f64.mul (f64.const 0x1p-1000) (f64.const 0x1p-60))))"
                               " (func $tiny (result f64) (f64.mul (f64.const 0x1p-1000) (f64.const 0x1.8p-60)))"
                               " (func (export \"same\") (param i32) (result i32) (local f64 f64)"
                               "  (local.set 1 (call $sum)) (local.set 2 (call $tiny))"
                               "  (if (local.get 0) (then (call $odd)) (else (call $typed)))"
                               "  (i32.and (f64.ne (local.get 2) (f64.const 0)) (i32.and"
                               "   (i32.and (f64.eq (local.get 1) (f64.const 0x1.5555555555555p-2))"
                               "            (f64.eq (local.get 1) (call $sum)))"
                               "   (f64.eq (local.get 2) (call $tiny))))))";
    for (int i = 0; i < 2; i++) {
        struct guest g;
        if (tiers[i] == HF_TIER_JIT && !begin(&g, (hf_engine_options){ .tier = HF_TIER_JIT })) continue;
        if (tiers[i] == HF_TIER_INTERP)
            guest_begin(&g, &(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = HF_TIER_INTERP }, NULL);
        assert_int_equal(hf_linker_define_func(g.linker, "", "odd", "->", odd_mode, NULL, &g.status), HF_OK);
        assert_int_equal(
            hf_linker_define_typed(g.linker, "", "typed", "->", (hf_typed_fn)odd_mode_typed, NULL, &g.status), HF_OK);
        guest_must_load(&g, sums);
        for (int boxed = 0; boxed < 2; boxed++) {
            set_mode(MODE_UP);
            const int32_t same = guest_must_call(&g, "same", boxed);
            const uint32_t mode = mode_now();
            set_mode(0x1f80);
            assert_int_equal(same, 1);
            assert_int_equal(mode, MODE_UP); // the embedder has its own back
        }
        guest_end(&g);
    }
    __asm__ volatile("fninit");
}
#else
static void floating_point_modes(void **state)
{
    (void)state;
    skip();
}
#endif

// ---- faults that are none of ours ----

static volatile char *nowhere;
static _Thread_local sigjmp_buf back;
static atomic_int foreign;
static struct sigaction ours;

static void leaves(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    atomic_fetch_add(&foreign, 1);
    // Lets others come in meanwhile.
    for (volatile int i = 0; i < 1000; i++) continue;
    siglongjmp(back, 1);
}

static void passes_back(int number, siginfo_t *info, void *context)
{
    ours.sa_sigaction(number, info, context);
}

static void mends(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    atomic_fetch_add(&foreign, 1);
    mprotect((void *)(uintptr_t)nowhere, 4096, PROT_READ | PROT_WRITE);
}

// In a process of its own, since handlers stay: the embedder's handler comes first, then ours, then faults.
static int faults_in_child(void (*handler)(int, siginfo_t *, void *), void (*faults)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER };
        if (sigaction(SIGSEGV, &action, NULL)) _exit(90);
        struct guest g;
        if (!begin(&g, (hf_engine_options){ .tier = HF_TIER_JIT })) _exit(77);
        guest_must_load(&g, "(module (memory 1) (func (export \"load\") (param i32) (result i32)"
                            " (i32.load (local.get 0))))");
        const int32_t far = 1 << 20;
        if (guest_call(&g, "load", &far, 1, &(int32_t){ 0 }) != HF_TRAPPED) _exit(91);
        if (sigaction(SIGSEGV, NULL, &ours)) _exit(92);
        nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        faults();
        // And ours still traps.
        if (guest_call(&g, "load", &far, 1, &(int32_t){ 0 }) != HF_TRAPPED) _exit(93);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void fault_often(void)
{
    for (int i = 0; i < 200; i++)
        if (sigsetjmp(back, 1) == 0) (void)*nowhere;
}

static void *fault_on_thread(void *arg)
{
    fault_often();
    return arg;
}

static void fault_on_two_threads(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, fault_on_thread, NULL)) _exit(94);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    if (atomic_load(&foreign) != 400) _exit(95);
}

static void fault_and_jump(void)
{
    fault_often();
    if (atomic_load(&foreign) != 200) _exit(95);
}

static void fault_once(void)
{
    (void)*nowhere;
}

static void fault_and_mend(void)
{
    for (int i = 0; i < 3; i++) {
        mprotect((void *)(uintptr_t)nowhere, 4096, PROT_NONE);
        (void)*nowhere;
    }
    if (atomic_load(&foreign) != 3) _exit(95);
}

static void foreign_faults(void **state)
{
    (void)state;
    int status = faults_in_child(leaves, fault_and_jump);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
    assert_int_equal(faults_in_child(leaves, fault_on_two_threads), 0);
    assert_int_equal(faults_in_child(mends, fault_and_mend), 0);
    // Passed back, the fault is nobody's: it ends the process as it would without handlers, and does not run in circles.
    status = faults_in_child(passes_back, fault_once);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_faults),
        cmocka_unit_test(profiled_at_maximal_depth),
        cmocka_unit_test(interrupted_task_switches),
        cmocka_unit_test(floating_point_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
