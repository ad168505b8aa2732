// The threaded dispatcher. Handlers are functions that end in a tail call of the next one, with the machine state in
// their parameters, which the calling convention keeps in registers. Where the compiler does not promise tail calls
// (no optimisation, sanitizers, coverage, whose counters come after the call) the handlers are labels of one function instead, and the dispatch is a computed goto.
#include "interp/code.h"
#include "interp/ops.h"
#include "interp/num.h"

#if defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && defined(__OPTIMIZE__)
#define TAIL __attribute__((musttail)) return
#elif defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(HOLDFAST_COVERAGE) && (defined(__x86_64__) || defined(__aarch64__))
#define TAIL return
#endif

#ifdef TAIL

#define PARAMS \
    const uint64_t *pc, union slot *fp, uint8_t *mem, uint64_t msize, uint64_t r0, struct exec *x, double d0, float f0
#define ARGS pc, fp, mem, msize, r0, x, d0, f0
typedef int handler_fn(PARAMS);

#define H(name) static int h_##name(PARAMS)
#define GO TAIL((handler_fn *)(uintptr_t)*pc)(ARGS)
#define EXIT(run) return (run)
#define OUT(fn)            \
    do {                   \
        x->out = (fn);     \
        TAIL go_out(ARGS); \
    } while (0)
#define TRAP(name) TAIL trap_##name(ARGS)
#define KILL_ACC (r0 = 0, d0 = 0, f0 = 0)

// Out of line, so that no handler has to save registers.
static __attribute__((noinline)) int go_out(PARAMS)
{
    (void)mem, (void)msize, (void)r0, (void)d0, (void)f0;
    const int run = x->out(x, pc, fp);
    if (run != RUN_NEXT) return run;
    pc = x->pc;
    fp = x->fp;
    mem = x->mem0->base;
    msize = x->mem0->size;
    KILL_ACC;
    GO;
}

#define TRAP_HANDLER(name)                                         \
    static __attribute__((noinline, cold)) int trap_##name(PARAMS) \
    {                                                              \
        (void)mem, (void)msize, (void)r0, (void)d0, (void)f0;      \
        return exec_trap(x, pc, fp, HF_TRAP_##name);               \
    }
TRAP_HANDLER(UNREACHABLE)
TRAP_HANDLER(INTEGER_DIVIDE_BY_ZERO)
TRAP_HANDLER(INTEGER_OVERFLOW)
TRAP_HANDLER(INVALID_CONVERSION)
TRAP_HANDLER(MEMORY_OUT_OF_BOUNDS)
TRAP_HANDLER(UNDEFINED_ELEMENT)
TRAP_HANDLER(UNINITIALIZED_ELEMENT)
TRAP_HANDLER(NULL_FUNCTION)
TRAP_HANDLER(CALL_STACK_EXHAUSTED)

#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "interp/handlers.inc"

static int run_threaded(struct exec *x)
{
    const uint64_t *pc = x->pc;
    return ((handler_fn *)(uintptr_t)*pc)(pc, x->fp, x->mem0->base, x->mem0->size, 0, x, 0, 0);
}

static const uint64_t *handlers_threaded(void)
{
    static handler_fn *const table[ROP_COUNT] = {
#define R(name) h_##name,
#include "interp/rops.def"
#undef R
    };
    _Static_assert(sizeof(handler_fn *) == sizeof(uint64_t), "word 0 holds a handler's address");
    return (const uint64_t *)(const void *)table;
}

#else

#define H(name) L_##name:
#define GO goto *(const void *)(uintptr_t)*pc
#define EXIT(run) return (run)
#define OUT(fn)        \
    do {               \
        x->out = (fn); \
        goto out;      \
    } while (0)
#define TRAP(name) return exec_trap(x, pc, fp, HF_TRAP_##name)
#define KILL_ACC ((void)0)

static int run_labels(struct exec *x, const uint64_t **table)
{
#pragma GCC diagnostic ignored "-Wpedantic"
    static const void *const labels[ROP_COUNT] = {
#define R(name) &&L_##name,
#include "interp/rops.def"
#undef R
    };
    if (table) {
        *table = (const uint64_t *)(const void *)labels;
        return 0;
    }
    const uint64_t *pc = x->pc;
    union slot *fp = x->fp;
    uint8_t *mem = x->mem0->base;
    uint64_t msize = x->mem0->size;
    uint64_t r0 = 0;
    double d0 = 0;
    float f0 = 0;
    GO;

out: {
    const int run = x->out(x, pc, fp);
    if (run != RUN_NEXT) return run;
    pc = x->pc;
    fp = x->fp;
    mem = x->mem0->base;
    msize = x->mem0->size;
    GO;
}

#include "interp/handlers.inc"
}

static int run_threaded(struct exec *x)
{
    return run_labels(x, NULL);
}

static const uint64_t *handlers_threaded(void)
{
    const uint64_t *table;
    run_labels(NULL, &table);
    return table;
}

#endif

const struct variant variant_threaded = { .run = run_threaded, .handlers = handlers_threaded, .fused = true };
const struct variant variant_threaded_plain = { .run = run_threaded, .handlers = handlers_threaded, .fused = false };
