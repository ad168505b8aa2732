// What tiers over register code share: entering and leaving it, and looking at its frames.
#include <string.h>

#include "base/fail.h"
#include "interp/interp.h"
#include "interp/ops.h"
#include "wasm/trap.h"

// ---- running ----

enum run tier_left(struct activation *act, int run)
{
    union slot *const fp = act->extra[1];
    if (run == RUN_DONE) copy_slots(act->slots, fp, ((const struct icode *)act->func->code)->result_slots);
    if (run == RUN_DONE || run == RUN_TRAP || run == RUN_EXCEPTION || run == RUN_EXIT)
        act->stack->sp = (uint8_t *)(fp - HEADER_SLOTS);
    return (enum run)run;
}

union slot *tier_frame(struct exec *x, const struct icode *code, const uint64_t *halt)
{
    struct activation *act = x->act;
    struct instance *instance = act->func->instance;
    union slot *const start = (union slot *)(void *)(((uintptr_t)act->stack->sp + 7) & ~(uintptr_t)7);
    union slot *const fp = start + HEADER_SLOTS;
    act->extra[1] = fp;
    exec_enter_instance(x, instance);
    if ((uint8_t *)start > x->limit || (size_t)(x->limit - (uint8_t *)start) < code->frame_bytes) {
        act->status = hf_status_ok();
        fail_trap(&act->status, HF_TRAP_CALL_STACK_EXHAUSTED);
        return NULL;
    }
    copy_slots(fp, act->slots, code->param_slots);
    // Outside is a frame of which only the instance is looked at.
    union slot *const outside = (union slot *)(void *)act->extra - INSTANCE;
    slot_set_ptr(&outside[INSTANCE], instance);
    slot_set_ptr(&fp[CALLER_FP], outside);
    slot_set_ptr(&fp[RETURN_PC], halt);
    return fp;
}

const struct icode *tier_code(struct exec *x)
{
    struct activation *act = x->act;
    struct func_inst *func = act->func;
    if (!func->code) {
        act->status = hf_status_ok();
        func->code = code_get(x, func->instance->module, func->index, &act->status);
    }
    return func->code;
}

enum run tier_enter(struct activation *act, const struct variant *variant)
{
    act->pc = NULL;
    act->fp = NULL;
    struct exec x;
    exec_init(&x, act, variant);
    const struct icode *code = tier_code(&x);
    if (!code) return RUN_EXIT;
    struct instance *instance = act->func->instance;
    union slot *const fp = tier_frame(&x, code, variant->handlers() + R_HALT);
    if (!fp) return RUN_TRAP;
    slot_set_ptr(&fp[ICODE], code);
    slot_set_ptr(&fp[INSTANCE], instance);
    frame_clear_locals(fp, code);
    x.pc = code->entry;
    x.fp = fp;
    return tier_left(act, variant->run(&x));
}

enum run tier_resume(struct activation *act, const struct variant *variant)
{
    if (!act->fp) return act->outcome; // a host function was entered, and is done
    struct exec x;
    exec_init(&x, act, variant);
    union slot *fp = act->fp;
    const uintptr_t saved = (uintptr_t)act->pc;
    const uint64_t *pc = (const uint64_t *)(saved & ~(uintptr_t)7);
    exec_enter_instance(&x, frame_instance(fp));
    x.pc = pc;
    x.fp = fp;
    if (saved & 1) {
        // Stopped at an instruction: a check is done with, a bulk operation goes on.
        const uint64_t *handlers = variant->handlers();
        if (*pc == handlers[R_FUEL_CHECK] || *pc == handlers[R_POLL]) x.pc = pc + 2;
    } else if (act->outcome == RUN_EXCEPTION) {
        x.exception = act->exception;
        const int run = exec_throw(&x, pc, fp);
        if (run != RUN_NEXT) return tier_left(act, run);
    } else if (act->outcome != RUN_DONE) {
        return tier_left(act, (int)act->outcome);
    }
    return tier_left(act, variant->run(&x));
}

// ---- looking at frames ----

uint32_t code_offset(const struct icode *code, uint32_t at)
{
    uint32_t low = 0, high = code->run_count;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (code->runs[middle].start <= at)
            low = middle;
        else
            high = middle;
    }
    if (!code->run_count) return 0;
    const struct offset_run *run = &code->runs[low];
    const uint32_t end = low + 1 < code->run_count ? run[1].first : code->step_count;
    uint32_t step = run->first;
    while (step + 1 < end && run->start + code->steps[step + 1].words * 8u <= at) step++;
    return run->offset + code->steps[step].offset;
}

void tier_walk(struct activation *act, bool (*visit)(void *ctx, const struct frame_info *frame), void *ctx)
{
    const char *pc = act->pc;
    for (union slot *fp = act->fp; fp;) {
        const struct icode *code = frame_code(fp);
        const struct frame_info info = {
            .instance = frame_instance(fp),
            .func = code->func,
            .offset = code_offset(code, (uint32_t)(pc - (const char *)code->entry) - 1),
        };
        if (!visit(ctx, &info) || fp == act->extra[1]) return;
        pc = slot_ptr(fp[RETURN_PC]);
        fp = frame_caller(fp);
    }
}

static void trace_slot(struct tracer *tracer, const union slot *fp, uint32_t ref)
{
    const gref value = fp[ref >> 1].ref;
    if (!value) return;
    if (ref & 1)
        trace_func_ref(tracer, value);
    else
        trace_heap_ref(tracer, value);
}

static const struct ref_map *map_at(const struct icode *code, uint32_t at)
{
    uint32_t low = 0, high = code->map_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (code->maps[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < code->map_count && code->maps[low].at == at ? &code->maps[low] : NULL;
}

void tier_trace(struct activation *act, struct tracer *tracer)
{
    const char *pc = act->pc;
    for (union slot *fp = act->fp; fp;) {
        const struct icode *code = frame_code(fp);
        for (uint32_t i = 0; i < code->ref_local_count; i++) trace_slot(tracer, fp, code->ref_locals[i]);
        const struct ref_map *map = map_at(code, (uint32_t)(pc - (const char *)code->entry));
        for (uint32_t n = map ? map->top : (uint32_t)NO_NODE; n != NO_NODE; n = code->nodes[n].below)
            trace_slot(tracer, fp, code->nodes[n].slot);
        if (fp == act->extra[1]) return;
        pc = slot_ptr(fp[RETURN_PC]);
        fp = frame_caller(fp);
    }
}

void tier_free_instance(struct instance *instance)
{
    (void)instance; // nothing of ours is in it
}

#define TIER(symbol, text, variant)                                                                                 \
    static enum run enter_##variant(struct activation *act)                                                         \
    {                                                                                                               \
        return tier_enter(act, &variant);                                                                           \
    }                                                                                                               \
    static enum run resume_##variant(struct activation *act)                                                        \
    {                                                                                                               \
        return tier_resume(act, &variant);                                                                          \
    }                                                                                                               \
    static hf_code compile_##variant(struct hf_module *module, const struct run_control *control, unsigned threads, \
                                     hf_status *status)                                                             \
    {                                                                                                               \
        return code_compile_all(module, &variant, control, threads, status);                                        \
    }                                                                                                               \
    const struct tier symbol = {                                                                                    \
        .name = text,                                                                                               \
        .enter = enter_##variant,                                                                                   \
        .resume = resume_##variant,                                                                                 \
        .walk = tier_walk,                                                                                          \
        .trace = tier_trace,                                                                                        \
        .free_instance = tier_free_instance,                                                                        \
        .compile = compile_##variant,                                                                               \
    };

TIER(interp_tier, "interp", variant_threaded)
TIER(interp_tier_switch, "interp-switch", variant_switch)
TIER(interp_tier_plain, "interp-plain", variant_threaded_plain)
TIER(interp_tier_switch_plain, "interp-switch-plain", variant_switch_plain)
