// All bodies, by one thread or several. Threads take runs of functions in order; whoever finds an error lowers the index at
// which everybody stops, so that in the end the error of the smallest index is known whichever thread was faster.
#include "sys/thread.h"
#include "validate/state.h"

enum { RUN = 64, THREADS_MAX = 64 };

struct job {
    struct hf_module *m;
    atomic_uint next;   // first function that nobody took
    atomic_uint failed; // smallest index known to fail
    atomic_uint flags;
    atomic_bool no_memory;
};

struct worker {
    struct job *job;
    struct thread thread;
    struct validate_scratch *scratch; // borrowed; NULL: the worker makes its own
    uint32_t failed;                  // index, UINT32_MAX: none
    hf_status status;
};

static hf_code validate_one(struct validator *v, uint32_t func)
{
    const hf_code code = validate_body(v, func);
    if (code && v->status && v->status->code == code) v->status->func = func;
    return code;
}

static void lower(atomic_uint *value, uint32_t to)
{
    unsigned now = atomic_load(value);
    while (to < now && !atomic_compare_exchange_weak(value, &now, to)) continue;
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct job *job = worker->job;
    struct hf_module *m = job->m;
    struct validate_scratch *scratch = worker->scratch ? worker->scratch : validate_scratch_new(m->arena.heap);
    if (!scratch) {
        atomic_store(&job->no_memory, true);
        return NULL;
    }
    struct validator v;
    validator_init(&v, m, scratch, &worker->status);
    uint32_t flags = 0;
    while (worker->failed == UINT32_MAX && !atomic_load_explicit(&job->no_memory, memory_order_relaxed)) {
        const uint32_t first = atomic_fetch_add(&job->next, RUN);
        if (first >= m->func_count || first >= atomic_load(&job->failed)) break;
        const uint32_t end = m->func_count - first < RUN ? m->func_count : first + RUN;
        for (uint32_t i = first; i < end; i++) {
            const hf_code code = validate_one(&v, i);
            if (code) {
                worker->failed = i;
                lower(&job->failed, i);
                break;
            }
            flags |= m->funcs[i].flags;
        }
    }
    atomic_fetch_or(&job->flags, flags);
    if (!worker->scratch) validate_scratch_free(scratch);
    return NULL;
}

static unsigned thread_count(const struct hf_module *m, const struct validate_options *options)
{
    const uint32_t runs = (m->func_count - m->imported_funcs) / RUN + 1;
    unsigned count = options->threads;
    if (count > THREADS_MAX) count = THREADS_MAX;
    if (count > runs) count = runs;
    return count ? count : 1;
}

hf_code validate_bodies(struct hf_module *m, const struct validate_options *options, struct validate_scratch *scratch,
                        hf_status *status)
{
    if (m->func_count == m->imported_funcs) return HF_OK;
    const hf_allocator *heap = m->arena.heap;
    const unsigned count = thread_count(m, options);
    struct worker *workers = mem_zalloc_array(heap, count, sizeof *workers);
    if (!workers) return fail_oom(status);
    struct job job = { .m = m };
    atomic_init(&job.next, m->imported_funcs);
    atomic_init(&job.failed, UINT32_MAX);
    unsigned started = 0;
    for (unsigned i = 0; i < count; i++) {
        workers[i].job = &job;
        workers[i].failed = UINT32_MAX;
        workers[i].status = hf_status_ok();
    }
    workers[0].scratch = scratch; // of this thread
    // Where the system has no more threads, fewer do the work.
    while (started + 1 < count && thread_start(&workers[started + 1].thread, work, &workers[started + 1])) started++;
    work(&workers[0]);
    for (unsigned i = 1; i <= started; i++) thread_join(&workers[i].thread);

    const struct worker *worst = &workers[0];
    for (unsigned i = 1; i <= started; i++) {
        if (workers[i].failed < worst->failed) worst = &workers[i];
    }
    hf_code code = HF_OK;
    if (worst->failed != UINT32_MAX) {
        code = worst->status.code;
        if (status && status->code == HF_OK) *status = worst->status;
    } else if (atomic_load(&job.no_memory)) {
        code = fail_oom(status);
    }
    if (!code) m->flags = atomic_load(&job.flags);
    mem_free(heap, workers, count * sizeof *workers);
    return code;
}

hf_code validate_func(struct hf_module *m, uint32_t func, struct validate_scratch *scratch, hf_status *status)
{
    struct validator v;
    validator_init(&v, m, scratch, status);
    return validate_one(&v, func);
}
