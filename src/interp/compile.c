// Code objects: what a tier keeps beside a module, and how functions get into it.
//
//   funcs[f] NULL ──► (lock of f) rewritten, translated ──► funcs[f], a release store ──► the native entry, another
//
// One thread compiles a function; others that want the same one wait at its lock and find it there. Nothing is taken back
// before the module ends.
#include <string.h>

#include "base/fail.h"
#include "interp/code.h"
#include "sys/clock.h"

static void code_object_free(struct code_object *object)
{
    if (!object) return;
    if (object->variant->end) object->variant->end(object);
    for (uint32_t i = 0; i < object->func_count; i++) {
        struct icode *code = atomic_load_explicit(&object->funcs[i], memory_order_relaxed);
        if (code) icode_free(object->heap, code);
    }
    for (unsigned i = 0; i < CODE_LOCKS; i++) mutex_fini(&object->locks[i]);
    mem_free(object->heap, object, sizeof *object + object->func_count * sizeof object->funcs[0]);
}

struct code_object *code_object_of(struct hf_module *module, const struct variant *variant, hf_status *status)
{
    struct code_object *object = code_object_now(module);
    if (object) return object;
    object = mem_zalloc(module->arena.heap, sizeof *object + module->func_count * sizeof object->funcs[0]);
    if (!object) {
        fail_oom(status);
        return NULL;
    }
    object->heap = module->arena.heap;
    object->variant = variant;
    object->module = module;
    object->func_count = module->func_count;
    for (unsigned i = 0; i < CODE_LOCKS; i++) mutex_init(&object->locks[i]);
    if (variant->begin && !variant->begin(object, status)) {
        code_object_free(object);
        return NULL;
    }
    struct code_object *other = NULL;
    __atomic_store_n(&module->free_code, code_object_free, __ATOMIC_RELAXED);
    if (__atomic_compare_exchange_n(&module->code, &other, object, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return object;
    code_object_free(object);
    return other;
}

static uint64_t now(void)
{
    uint64_t ns;
    return sys_clock_now(SYS_CLOCK_MONOTONIC, &ns) ? 0 : ns;
}

// Under the function's lock.
static struct icode *compile(struct code_object *object, struct hf_module *module, uint32_t func,
                             const struct run_control *control, hf_status *status)
{
    const uint64_t begin = now();
    const struct variant *variant = object->variant;
    struct icode *code = code_rewrite(object, module, func, control, status);
    if (!code) return NULL;
    if (variant->translate && !variant->translate(object, code, control, status)) {
        icode_free(object->heap, code);
        return NULL;
    }
    atomic_store_explicit(&object->funcs[func], code, memory_order_release);
    if (variant->publish) variant->publish(object, code);
    atomic_fetch_add_explicit(&object->compiled, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&object->wasm_bytes, module->funcs[func].body.size, memory_order_relaxed);
    atomic_fetch_add_explicit(&object->side_bytes, code->bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&object->nanoseconds, now() - begin, memory_order_relaxed);
    return code;
}

static struct icode *get(struct code_object *object, struct hf_module *module, uint32_t func,
                         const struct run_control *control, hf_status *status)
{
    struct icode *code = atomic_load_explicit(&object->funcs[func], memory_order_acquire);
    if (code) return code;
    if (func_prepare(module, func, status)) return NULL;
    struct mutex *lock = &object->locks[func % CODE_LOCKS];
    mutex_lock(lock);
    code = atomic_load_explicit(&object->funcs[func], memory_order_relaxed);
    if (!code) code = compile(object, module, func, control, status);
    mutex_unlock(lock);
    return code;
}

struct icode *code_get(struct exec *x, struct hf_module *module, uint32_t func, hf_status *status)
{
    struct code_object *object = code_object_of(module, x->variant, status);
    return object ? get(object, module, func, x->control, status) : NULL;
}

// ---- all at once ----
//
// After validation, not by its threads as they go: what code may leave out behind calls depends on flags that are known when
// the last body was validated.

enum { RUN = 16, THREADS_MAX = 64 };

struct job {
    struct code_object *object;
    struct hf_module *module;
    const struct run_control *control;
    atomic_uint next;
    atomic_bool no_memory;
};

static void *work(void *arg)
{
    struct job *job = arg;
    while (!atomic_load_explicit(&job->no_memory, memory_order_relaxed)) {
        const uint32_t first = atomic_fetch_add(&job->next, RUN);
        if (first >= job->module->func_count) break;
        const uint32_t left = job->module->func_count - first, end = first + (left < RUN ? left : RUN);
        for (uint32_t i = first; i < end; i++) {
            hf_status status = hf_status_ok();
            if (!get(job->object, job->module, i, job->control, &status) && status.code == HF_OUT_OF_MEMORY)
                atomic_store(&job->no_memory, true);
        }
    }
    return NULL;
}

hf_code code_compile_all(struct hf_module *module, const struct variant *variant, const struct run_control *control,
                         unsigned threads, hf_status *status)
{
    struct code_object *object = code_object_of(module, variant, status);
    if (!object) return status ? status->code : HF_OUT_OF_MEMORY;
    struct job job = { .object = object, .module = module, .control = control };
    atomic_init(&job.next, module->imported_funcs);
    atomic_init(&job.no_memory, false);
    struct thread others[THREADS_MAX];
    const uint32_t runs = (module->func_count - module->imported_funcs) / RUN + 1;
    unsigned wanted = threads < THREADS_MAX ? threads : THREADS_MAX, started = 0;
    if (wanted > runs) wanted = runs;
    // Where the system has no more threads, fewer do the work.
    while (started + 1 < wanted && thread_start(&others[started], work, &job)) started++;
    work(&job);
    for (unsigned i = 0; i < started; i++) thread_join(&others[i]);
    return atomic_load(&job.no_memory) ? fail_oom(status) : HF_OK;
}
