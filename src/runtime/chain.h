// Activations of one guest stack, each entered from a host call of the one below it.
//
//   guest frames ──host call──► chained activation: the host function asked for it with hf_call_then and has returned
//                  or ────────► nested activation: the host function called the guest and is still on the native stack
//
// A chain runs in one loop: the native stack does not grow with it, and all of it stays where it is when its innermost activation waits.
#ifndef RUNTIME_CHAIN_H
#define RUNTIME_CHAIN_H

#include "runtime/task.h"

// A function of the host that is entered from the host has no guest frame.
static inline bool activation_is_host(const struct activation *act)
{
    return act->func->instance == NULL;
}

void activation_init(struct activation *act, struct hf_store *store, struct hf_task *task, gref func);
// Room for `slots` slots at the top of the guest stack; NULL: exhausted.
union slot *stack_push(struct guest_stack *stack, uint32_t slots);
// Frames of an activation and of those below it, innermost first.
void activation_walk(struct activation *act, bool (*visit)(void *ctx, const struct frame_info *frame), void *ctx);

// Enters `base`, or goes on with the innermost activation above it, until `base` has ended or something waits (RUN_PENDING, RUN_FUEL,
// RUN_INTERRUPT; the task's `top` says where). What `base` itself waited for must have been answered.
enum run chain_run(struct activation *base, bool begun);
// The same, where the tier was entered at `base` already, and this came of it.
enum run chain_ran(struct activation *base, enum run run);
// Gives up what `base` and all above it wait for; chained activations above it are gone afterwards.
void chain_unwind(struct activation *base);

#endif
