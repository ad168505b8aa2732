#include "runtime/typed_call.h"

#include <string.h>

#include "base/fail.h"
#include "sys/ccall.h"

enum { PLACE_INT, PLACE_FLOAT, PLACE_STACK };

hf_code typed_plan(const struct func_type *type, struct typed_plan *out, hf_status *status)
{
    if (!CCALL_WORKS) return fail(status, HF_UNSUPPORTED, "typed host functions are not supported on this machine");
    if (type->param_count > TYPED_PARAMS_MAX || type->result_count > 1)
        return fail(status, HF_UNSUPPORTED, "a typed host function has at most %d parameters and one result",
                    TYPED_PARAMS_MAX);
    struct typed_plan plan = { .param_count = (uint8_t)type->param_count };
    uint8_t ints = 1, floats = 0; // the caller comes first
    for (uint32_t i = 0; i < type->param_count; i++) {
        const enum val_kind kind = val_kind(type->params[i]);
        if (kind < VAL_I32 || kind > VAL_F64)
            return fail(status, HF_UNSUPPORTED, "parameter %u of a typed host function is no number", i);
        const bool is_int = kind == VAL_I32 || kind == VAL_I64;
        plan.params[i].kind = (uint8_t)kind;
        if (is_int && ints < CCALL_INTS) {
            plan.params[i].place = PLACE_INT;
            plan.params[i].index = ints++;
        } else if (!is_int && floats < CCALL_FLOATS) {
            plan.params[i].place = PLACE_FLOAT;
            plan.params[i].index = floats++;
        } else {
            plan.params[i].place = PLACE_STACK;
            plan.params[i].index = plan.stacked++;
        }
    }
    if (type->result_count) {
        plan.result = (uint8_t)val_kind(type->results[0]);
        if (plan.result < VAL_I32 || plan.result > VAL_F64)
            return fail(status, HF_UNSUPPORTED, "the result of a typed host function is no number");
    }
    plan.few_ints = floats == 0 && plan.stacked == 0;
    *out = plan;
    return HF_OK;
}

static void place_args(const struct typed_plan *plan, const union slot *slots, struct ccall *args)
{
    for (unsigned i = 0; i < plan->param_count; i++) {
        const unsigned index = plan->params[i].index;
        // A 32-bit value lies in the low half everywhere; what stands above it is nobody's.
        switch (plan->params[i].place) {
        case PLACE_INT: args->ints[index] = slots[i].u64; break;
        case PLACE_FLOAT: memcpy(&args->floats[index], &slots[i], 8); break;
        default: args->stack[index] = slots[i].u64; break;
        }
    }
}

// Integers alone, at most as many as there are registers.
static uint64_t call_ints(const struct typed_plan *plan, hf_typed_fn fn, hf_caller *caller, const union slot *slots)
{
    uint64_t ints[CCALL_INTS] = { (uint64_t)(uintptr_t)caller };
    for (unsigned i = 0; i < plan->param_count; i++) ints[i + 1] = slots[i].u64;
    return ccall_ints(fn, ints);
}

void typed_call(const struct typed_plan *plan, hf_typed_fn fn, hf_caller *caller, union slot *slots)
{
    if (plan->few_ints && plan->result != VAL_F32 && plan->result != VAL_F64) {
        const uint64_t result = call_ints(plan, fn, caller, slots);
        if (plan->result == VAL_I32)
            slots[0].u64 = (uint32_t)result;
        else if (plan->result == VAL_I64)
            slots[0].u64 = result;
        return;
    }
    struct ccall args = { .ints = { (uint64_t)(uintptr_t)caller } };
    place_args(plan, slots, &args);
    switch (plan->result) {
    case VAL_F32: {
        const float result = ccall_float(fn, &args, plan->stacked);
        slots[0].u64 = 0;
        slots[0].f32 = result;
        break;
    }
    case VAL_F64: slots[0].f64 = ccall_double(fn, &args, plan->stacked); break;
    case VAL_I32: slots[0].u64 = (uint32_t)ccall_int(fn, &args, plan->stacked); break;
    case VAL_I64: slots[0].u64 = ccall_int(fn, &args, plan->stacked); break;
    default: ccall_int(fn, &args, plan->stacked); break;
    }
}
