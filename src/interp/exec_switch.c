// The dispatcher that any C compiler understands: a loop around a switch.
#include "interp/code.h"
#include "interp/ops.h"
#include "interp/num.h"

#define H(name) case R_##name:
#define GO goto next
#define EXIT(run) return (run)
#define OUT(fn)        \
    {                  \
        x->out = (fn); \
        goto out;      \
    }
#define TRAP(name) return exec_trap(x, pc, fp, HF_TRAP_##name)
#define KILL_ACC ((void)0)

static int run_switch(struct exec *x)
{
    const uint64_t *pc = x->pc;
    union slot *fp = x->fp;
    uint8_t *mem = x->mem0->base;
    uint64_t msize = x->mem0->size;
    uint64_t r0 = 0;
    double d0 = 0;
    float f0 = 0;

    for (;;) {
next:
        switch ((enum rop) * pc) {
#include "interp/handlers.inc"
#define R(name)
#define N(name) case R_##name:
#include "interp/rops.def"
#undef R
        case ROP_COUNT: return exec_trap(x, pc, fp, HF_TRAP_UNREACHABLE);
        }
out: {
    const int run = x->out(x, pc, fp);
    if (run != RUN_NEXT) return run;
    pc = x->pc;
    fp = x->fp;
    mem = x->mem0->base;
    msize = x->mem0->size;
}
    }
}

static const uint64_t *handlers_switch(void)
{
    static const uint64_t table[ROP_COUNT] = {
#define R(name) R_##name,
#include "interp/rops.def"
#undef R
    };
    return table;
}

const struct variant variant_switch = { .run = run_switch, .handlers = handlers_switch, .fused = true };
const struct variant variant_switch_plain = { .run = run_switch, .handlers = handlers_switch, .fused = false };
