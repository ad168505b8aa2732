// Guest stacks. They are carved out of large mappings, because a mapping of its own for each of 10,000 frozen tasks would meet the
// kernel's limit; pages are taken when touched. Frames of the interpreter are checked exactly against `limit`, so a stack needs no
// guard; native tiers ask for one (STACK_GUARD), which costs a mapping each.
//
// What a function's frame costs is defined over WebAssembly (docs/ARCHITECTURE.md, "Stack"), so that every tier exhausts at the same
// call: frame_cost.
#ifndef RUNTIME_STACK_H
#define RUNTIME_STACK_H

#include "runtime/tier.h"

enum {
    FRAME_CONSTANT = 32,
    STACK_ARGS = 16 << 10, // beyond the budget: arguments and results of the outermost activation
    STACK_GUARD = 64 << 10,
};

// 32 + 8 × (slots of parameters, of declared locals, of the greatest operand height, and one for each nested legacy try).
static inline uint64_t frame_cost(const struct hf_module *module, uint32_t func)
{
    const struct func *f = &module->funcs[func];
    const uint64_t params = module_func_type(module, func)->param_slots;
    return FRAME_CONSTANT + 8 * (params + f->local_slots + f->max_slots + f->max_tries);
}

struct stack_slab {
    struct stack_slab *next;
    uint8_t *at;
    size_t size;
};

struct free_stack {
    struct free_stack *next; // in the first bytes of the stack itself
};

struct stack_pool {
    struct stack_slab *slabs;
    struct free_stack *free;
    size_t stack_size; // of each, with STACK_ARGS
    size_t next_count; // stacks in the next slab
};

// False: no memory.
bool stack_take(struct stack_pool *pool, const hf_allocator *heap, uint64_t budget, struct guest_stack *out);
// `cold`: its pages go back to the system.
void stack_give(struct stack_pool *pool, struct guest_stack *stack, bool cold);
void stack_pool_free(struct stack_pool *pool, const hf_allocator *heap);

#endif
