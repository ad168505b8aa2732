// Measures what a program that embeds the library sees: calls both ways, instances, validation.
//
// usage: micro calls | instances [COUNT] | frozen [COUNT] | validate FILE…
// Each line of output is a name, a number and its unit.

#include <holdfast.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 11 };

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

// Of this thread: what never waits is measured so, and the best of its rounds is what counts.
static double busy_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void need(bool good, const char *what, const hf_status *status)
{
    if (good) return;
    fprintf(stderr, "micro: %s: %s: %s\n", what, hf_code_name(status->code), status->message);
    exit(1);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static double best(const double *values, size_t count)
{
    double least = values[0];
    for (size_t i = 1; i < count; i++) least = values[i] < least ? values[i] : least;
    return least;
}

static hf_engine *new_engine(hf_engine_options options)
{
    hf_status status = hf_status_ok();
    options.size = sizeof options;
    options.compile_threads = 1;
    hf_engine *engine = hf_engine_new(&options, &status);
    need(engine != NULL, "engine", &status);
    return engine;
}

static hf_module *new_module(hf_engine *engine, const char *text)
{
    hf_status status = hf_status_ok();
    hf_module *module = hf_module_new_any(engine, text, strlen(text), &status);
    need(module != NULL, "module", &status);
    return module;
}

// --- calls ---------------------------------------------------------------------------------------------------------

static hf_code host_boxed(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, hf_call_arg_i32(call, 0) + 1);
}

static int32_t host_typed(hf_caller *caller, int32_t value)
{
    (void)caller;
    return value + 1;
}

static void measure_calls(hf_tier tier)
{
    static const char text[] =
        "(module (import \"h\" \"boxed\" (func $boxed (param i32) (result i32)))"
        "(import \"h\" \"typed\" (func $typed (param i32) (result i32)))"
        "(func $one (export \"one\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"
        "(func (export \"guest\") (param i32) (result i32) (local i32) (loop (local.set 1 (call $one (local.get 1)))"
        " (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))"
        "(func (export \"boxed\") (param i32) (result i32) (local i32) (loop (local.set 1 (call $boxed (local.get 1)))"
        " (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))"
        "(func (export \"typed\") (param i32) (result i32) (local i32) (loop (local.set 1 (call $typed (local.get 1)))"
        " (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1))"
        "(func (export \"loop\") (param i32) (result i32) (local i32) (loop"
        " (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
        " (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 1)))";
    enum { CALLS = 1000000 };
    hf_status status = hf_status_ok();
    hf_engine *engine = new_engine((hf_engine_options){ .tier = tier });
    const char *on = tier == HF_TIER_JIT ? "native code" : "interpreter";
    hf_module *module = new_module(engine, text);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_instance instance = { 0 };
    need(linker && store &&
             hf_linker_define_func(linker, "h", "boxed", "i32 -> i32", host_boxed, NULL, &status) == HF_OK &&
             hf_linker_define_typed(linker, "h", "typed", "i32 -> i32", (hf_typed_fn)host_typed, NULL, &status) ==
                 HF_OK &&
             hf_linker_instantiate(linker, store, module, &instance, &status) == HF_OK,
         "instance", &status);
    hf_func one;
    need(hf_instance_func(store, instance, "one", &one, &status) == HF_OK, "one", &status);
    double raw[ROUNDS], boxed[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        double begin = busy_ns();
        uint64_t slot = 0;
        for (int i = 0; i < CALLS; i++) need(hf_func_call_raw(store, one, &slot, 1, &status) == HF_OK, "call", &status);
        raw[r] = (busy_ns() - begin) / (double)CALLS;
        need((uint32_t)slot == CALLS, "count", &status);
        begin = busy_ns();
        hf_val value = hf_i32(0);
        for (int i = 0; i < CALLS; i++)
            need(hf_func_call(store, one, &value, 1, &value, 1, &status) == HF_OK, "call", &status);
        boxed[r] = (busy_ns() - begin) / (double)CALLS;
    }
    printf("%s: host-to-guest, raw: %.1f ns\n", on, best(raw, ROUNDS));
    printf("%s: host-to-guest, values: %.1f ns\n", on, best(boxed, ROUNDS));
    static const char *const loops[] = { "loop", "guest", "boxed", "typed" };
    double times[4][ROUNDS];
    for (int k = 0; k < 4; k++) {
        hf_func func;
        need(hf_instance_func(store, instance, loops[k], &func, &status) == HF_OK, loops[k], &status);
        for (int r = 0; r < ROUNDS; r++) {
            uint64_t slot = CALLS;
            const double begin = busy_ns();
            need(hf_func_call_raw(store, func, &slot, 1, &status) == HF_OK, loops[k], &status);
            times[k][r] = (busy_ns() - begin) / (double)CALLS;
            need((uint32_t)slot == CALLS, "count", &status);
        }
    }
    const double empty = best(times[0], ROUNDS);
    printf("%s: guest-to-guest, less the loop: %.1f ns\n", on, best(times[1], ROUNDS) - empty);
    printf("%s: guest-to-host, with hf_call, less the loop: %.1f ns\n", on, best(times[2], ROUNDS) - empty);
    printf("%s: guest-to-host, typed, less the loop: %.1f ns\n", on, best(times[3], ROUNDS) - empty);
    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
}

// --- instances -------------------------------------------------------------------------------------------------------

// 1 MiB of memory, 128 KiB of data; "dirty" checks that 8 pages behind the data are zero and writes to each.
static char *instance_text(void)
{
    enum { DATA = 128 * 1024 };
    char *text = malloc(DATA + 2048);
    if (!text) exit(1);
    char *at = text + sprintf(text, "(module (memory (export \"memory\") 16) (data (i32.const 0) \"");
    for (int i = 0; i < DATA; i++) *at++ = (char)('a' + i % 26);
    sprintf(at,
            "\") (func (export \"dirty\") (result i32) (local i32 i32) (loop"
            " (local.set 1 (i32.or (local.get 1) (i32.load offset=262144 (i32.shl (local.get 0) (i32.const 12)))))"
            " (i32.store offset=262144 (i32.shl (local.get 0) (i32.const 12)) (i32.const 77))"
            " (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 8)))) (local.get 1)))");
    return text;
}

static void measure_instances(int count)
{
    hf_status status = hf_status_ok();
    char *text = instance_text();
    double medians[2];
    for (int pooled = 0; pooled < 2; pooled++) {
        hf_engine *engine = new_engine((hf_engine_options){ .pool_slots = pooled ? 4 : 0 });
        hf_module *module = new_module(engine, text);
        hf_linker *linker = hf_linker_new(engine, &status);
        hf_pre *pre = linker ? hf_linker_freeze(linker, module, &status) : NULL;
        hf_store *store = hf_store_new(engine, NULL, &status);
        need(pre && store, "pre-instance", &status);
        double *times = malloc((size_t)count * sizeof *times);
        if (!times) exit(1);
        for (int i = 0; i < count; i++) {
            hf_instance instance;
            double begin = now_ns();
            need(hf_pre_instantiate(pre, store, &instance, &status) == HF_OK, "instantiate", &status);
            double spent = now_ns() - begin;
            hf_func dirty;
            uint64_t slot = 0;
            need(hf_instance_func(store, instance, "dirty", &dirty, &status) == HF_OK &&
                     hf_func_call_raw(store, dirty, &slot, 1, &status) == HF_OK,
                 "dirty", &status);
            need(slot == 0, "a page was not zero", &status);
            begin = now_ns();
            need(hf_instance_drop(store, instance, &status) == HF_OK, "drop", &status);
            hf_store_collect(store);
            spent += now_ns() - begin;
            times[i] = spent / 1e3;
        }
        medians[pooled] = median(times, (size_t)count);
        free(times);
        hf_store_free(store);
        hf_pre_unref(pre);
        hf_linker_free(linker);
        hf_module_unref(module);
        hf_engine_unref(engine);
    }
    printf("instantiate and drop, pooled: %.2f us\n", medians[1]);
    printf("instantiate and drop, not pooled: %.2f us\n", medians[0]);
    free(text);
}

// --- frozen instances --------------------------------------------------------------------------------------------------

struct held {
    hf_call **calls;
    size_t count;
};

static hf_code host_wait(hf_call *call, void *env)
{
    struct held *held = env;
    held->calls[held->count++] = hf_call_hold(call);
    return HF_PENDING;
}

static long count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    if (!maps) return -1;
    long lines = 0;
    for (int c; (c = fgetc(maps)) != EOF;) lines += c == '\n';
    fclose(maps);
    return lines;
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0, pages = 0;
    if (!file || fscanf(file, "%ld %ld", &total, &pages) != 2) pages = -1;
    if (file) fclose(file);
    return pages * 4;
}

static void measure_frozen(size_t count)
{
    static const char text[] =
        "(module (import \"h\" \"wait\" (func $wait (param i32) (result i32))) (memory (export \"memory\") 1)"
        "(func (export \"run\") (param i32) (result i32) (i32.store (i32.const 64) (local.get 0))"
        " (i32.add (call $wait (local.get 0)) (i32.load (i32.const 64)))))";
    hf_status status = hf_status_ok();
    hf_engine *engine = new_engine((hf_engine_options){ .pool_slots = (uint32_t)count, .pool_memory_size = 65536 });
    hf_module *module = new_module(engine, text);
    hf_linker *linker = hf_linker_new(engine, &status);
    struct held held = { .calls = calloc(count, sizeof *held.calls) };
    hf_task **tasks = calloc(count, sizeof *tasks);
    if (!held.calls || !tasks) exit(1);
    need(linker && hf_linker_define_func(linker, "h", "wait", "i32 -> i32", host_wait, &held, &status) == HF_OK,
         "define", &status);
    hf_pre *pre = hf_linker_freeze(linker, module, &status);
    const hf_store_options options = {
        .size = sizeof options, .max_instances = UINT64_MAX, .max_memories = UINT64_MAX, .max_tasks = UINT64_MAX
    };
    hf_store *store = hf_store_new(engine, &options, &status);
    need(pre && store, "store", &status);
    const long mappings = count_mappings(), resident = resident_kib();
    const double begin = now_ns();
    for (size_t i = 0; i < count; i++) {
        hf_instance instance;
        hf_func run;
        const hf_val argument = hf_i32((int32_t)i);
        need(hf_pre_instantiate(pre, store, &instance, &status) == HF_OK &&
                 hf_instance_func(store, instance, "run", &run, &status) == HF_OK &&
                 (tasks[i] = hf_task_new(store, run, &argument, 1, &status)),
             "instance", &status);
        need(hf_task_resume(tasks[i], &status) == HF_PENDING, "freeze", &status);
    }
    const double spent = now_ns() - begin;
    printf("live frozen instances: %zu\n", count);
    printf("mappings each: %.3f\n", (double)(count_mappings() - mappings) / (double)count);
    printf("resident memory each: %.1f KiB\n", (double)(resident_kib() - resident) / (double)count);
    printf("to make and freeze one: %.2f us\n", spent / 1e3 / (double)count);
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        const hf_val answer = hf_i32((int32_t)i);
        need(hf_call_complete(held.calls[i], &answer, 1) == HF_OK, "complete", &status);
        hf_call_release(held.calls[i]);
    }
    for (size_t i = 0; i < count; i++) {
        hf_val result;
        hf_task_ready(tasks[i]);
        need(hf_task_resume(tasks[i], &status) == HF_OK && hf_task_results(tasks[i], &result, 1, &status) == HF_OK,
             "end", &status);
        right += result.of.i32 == (int32_t)(2 * i);
        hf_task_free(tasks[i]);
    }
    printf("that ended with the right answer: %zu\n", right);
    free(tasks);
    free(held.calls);
    hf_store_free(store);
    hf_pre_unref(pre);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    if (right != count) exit(1);
}

// --- validation ----------------------------------------------------------------------------------------------------------

static void measure_validation(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    const size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size) exit(1);
    fclose(file);
    hf_status status = hf_status_ok();
    hf_engine *engine =
        new_engine((hf_engine_options){ .features = HF_FEATURE_LEGACY_EXCEPTIONS | HF_FEATURE_THREADS });
    double times[ROUNDS];
    uint64_t code = 0;
    for (int r = 0; r < ROUNDS; r++) {
        const double begin = now_ns();
        hf_module *module = hf_module_new(engine, bytes, size, &status);
        times[r] = now_ns() - begin;
        need(module != NULL, path, &status);
        hf_section section;
        for (size_t i = 0; hf_module_section(module, i, &section) == HF_OK; i++)
            if (section.id == 10) code = section.size;
        hf_module_unref(module);
    }
    const double ns = median(times, ROUNDS);
    printf("%s: %.2f MB, code %.2f MB, %.2f ms, %.1f MB/s of code\n", path, (double)size / 1e6, (double)code / 1e6,
           ns / 1e6, (double)code / ns * 1e3);
    hf_engine_unref(engine);
    free(bytes);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "calls") == 0) {
        measure_calls(HF_TIER_INTERP);
        measure_calls(HF_TIER_JIT);
    } else if (strcmp(what, "instances") == 0) {
        measure_instances(argc > 2 ? atoi(argv[2]) : 2001);
    } else if (strcmp(what, "frozen") == 0) {
        measure_frozen(argc > 2 ? strtoul(argv[2], NULL, 0) : 10000);
    } else if (strcmp(what, "validate") == 0 && argc > 2) {
        for (int i = 2; i < argc; i++) measure_validation(argv[i]);
    } else {
        fprintf(stderr, "usage: micro calls | instances [COUNT] | frozen [COUNT] | validate FILE...\n");
        return 2;
    }
    return 0;
}
