// Accesses beyond a memory's end meet pages that cannot be read or written. The handler of the signal that follows knows
// native code by its address, finds the instruction, and lets it trap; all else is the business of the handler before.
#include "jit/guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "runtime/memory.h"
#include "wasm/trap.h"

#if defined(__x86_64__) && defined(__linux__)

enum { PLACES = 4096 };

// Code memories that there are. A thread looks up only what it is running, which stays while it runs; `start` is set last
// and taken back first, so that a place that is being changed does not match.
static struct place {
    _Atomic uintptr_t start, end;
    struct native *_Atomic native;
} places[PLACES];
static _Atomic unsigned places_used;
static pthread_mutex_t places_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before[2]; // SIGSEGV, SIGBUS

static struct native *native_at(uintptr_t pc)
{
    const unsigned used = atomic_load(&places_used);
    for (unsigned i = 0; i < used; i++) {
        const uintptr_t start = atomic_load(&places[i].start);
        if (pc < start || pc >= atomic_load(&places[i].end)) continue;
        struct native *native = atomic_load(&places[i].native);
        if (atomic_load(&places[i].start) == start) return native;
    }
    return NULL;
}

// The register code of the access at this offset of the code memory, or NULL.
static const uint64_t *access_at(struct native *native, uint32_t at)
{
    const uint32_t count = atomic_load_explicit(&native->guarded_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        const struct guarded *g = &native->guarded[i];
        if (at < g->start || at >= g->end) continue;
        uint32_t low = 0, high = g->count;
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (g->at[middle].offset < at - g->start)
                low = middle + 1;
            else
                high = middle;
        }
        return low < g->count && g->at[low].offset == at - g->start ? g->words + g->at[low].word : NULL;
    }
    return NULL;
}

static bool handle(siginfo_t *info, ucontext_t *context)
{
    greg_t *regs = context->uc_mcontext.gregs;
    const uintptr_t pc = (uintptr_t)regs[REG_RIP], base = (uintptr_t)regs[REG_R14];
    struct native *native = native_at(pc);
    if (!native || (uintptr_t)info->si_addr - base >= MEMORY_REACH) return false;
    const uint64_t *at = access_at(native, (uint32_t)(pc - (uintptr_t)native->code.run));
    if (!at) return false;
    regs[REG_RSI] = (greg_t)(uintptr_t)at;
    regs[REG_RCX] = HF_TRAP_MEMORY_OUT_OF_BOUNDS;
    regs[REG_RIP] = (greg_t)(uintptr_t)(native->code.run + native->stubs[STUB_TRAP]);
    return true;
}

// The signal that this thread is passing on, and where on the stack. Whoever was passed it may pass it back, deeper on the same
// stack: then nobody wants it. One that left by siglongjmp is still remembered, but the next signal that comes to stand where
// that one stood is handled at the same depth, not deeper.
static _Thread_local struct passing {
    const siginfo_t *info;
    uintptr_t frame;
} passing __attribute__((tls_model("initial-exec")));

static void on_signal(int number, siginfo_t *info, void *context)
{
    if (handle(info, context)) return;
    const struct sigaction *old = &before[number == SIGBUS];
    const bool plain = !(old->sa_flags & SA_SIGINFO);
    const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    const bool back = passing.info == info && frame < passing.frame;
    if (back || (plain && (old->sa_handler == SIG_DFL || old->sa_handler == SIG_IGN))) {
        signal(number, SIG_DFL); // the instruction is run again, and ends the process
        return;
    }
    const struct passing outer = passing;
    passing = (struct passing){ info, frame };
    if (plain)
        old->sa_handler(number);
    else
        old->sa_sigaction(number, info, context);
    passing = outer;
}

// Also where another handler has taken the place of ours since.
static bool install_one(int number, struct sigaction *old)
{
    struct sigaction now, action;
    if (sigaction(number, NULL, &now) != 0) return false;
    if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal) return true;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    *old = now;
    return sigaction(number, &action, NULL) == 0;
}

static bool install(void)
{
    return install_one(SIGSEGV, &before[0]) && install_one(SIGBUS, &before[1]);
}

bool guard_register(struct native *native)
{
    bool done = false;
    pthread_mutex_lock(&places_mutex);
    const bool installed = install();
    for (unsigned i = 0; i < PLACES && !done && installed; i++) {
        struct place *p = &places[i];
        if (atomic_load(&p->native)) continue;
        atomic_store(&p->start, UINTPTR_MAX);
        atomic_store(&p->native, native);
        atomic_store(&p->end, (uintptr_t)native->code.run + native->code.size);
        atomic_store(&p->start, (uintptr_t)native->code.run);
        if (i >= atomic_load(&places_used)) atomic_store(&places_used, i + 1);
        done = true;
    }
    pthread_mutex_unlock(&places_mutex);
    return done;
}

void guard_unregister(struct native *native)
{
    pthread_mutex_lock(&places_mutex);
    for (unsigned i = 0; i < PLACES; i++) {
        struct place *p = &places[i];
        if (atomic_load(&p->native) != native) continue;
        atomic_store(&p->start, UINTPTR_MAX);
        atomic_store(&p->end, 0);
        atomic_store(&p->native, NULL);
    }
    pthread_mutex_unlock(&places_mutex);
}

#else

bool guard_register(struct native *native)
{
    (void)native;
    return false;
}

void guard_unregister(struct native *native)
{
    (void)native;
}

#endif
