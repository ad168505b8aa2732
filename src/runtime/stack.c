#include "runtime/stack.h"

#include "base/ckd.h"
#include "sys/vm.h"

enum { SLAB_MOST = 64 };

static bool add_slab(struct stack_pool *pool, const hf_allocator *heap)
{
    struct stack_slab *slab = MEM_NEW(heap, struct stack_slab);
    if (!slab) return false;
    size_t count = pool->next_count ? pool->next_count : 1;
    // Where address space is scarce a smaller slab does as well.
    for (; count; count /= 2) {
        if (ckd_mul(&slab->size, count, pool->stack_size)) continue;
        slab->at = vm_map(slab->size);
        if (slab->at) break;
    }
    if (!count) {
        MEM_FREE(heap, slab);
        return false;
    }
    slab->next = pool->slabs;
    pool->slabs = slab;
    pool->next_count = count * 2 > SLAB_MOST ? SLAB_MOST : count * 2;
    for (size_t i = count; i-- > 0;) {
        struct free_stack *stack = (struct free_stack *)(void *)(slab->at + i * pool->stack_size);
        stack->next = pool->free;
        pool->free = stack;
    }
    return true;
}

bool stack_take(struct stack_pool *pool, const hf_allocator *heap, uint64_t budget, struct guest_stack *out)
{
    if (!pool->stack_size) {
        size_t size;
        if (budget > SIZE_MAX / 2 || ckd_add(&size, (size_t)budget, (size_t)STACK_ARGS)) return false;
        pool->stack_size = vm_round(size);
    }
    if (!pool->free && !add_slab(pool, heap)) return false;
    uint8_t *base = (uint8_t *)pool->free;
    pool->free = pool->free->next;
    *out = (struct guest_stack){ base, base + pool->stack_size, base, pool->stack_size };
    return true;
}

void stack_give(struct stack_pool *pool, struct guest_stack *stack, bool cold)
{
    if (!stack->base) return;
    if (cold) vm_discard(stack->base, stack->reserved);
    struct free_stack *free = (struct free_stack *)(void *)stack->base;
    free->next = pool->free;
    pool->free = free;
    stack->base = NULL;
}

void stack_pool_free(struct stack_pool *pool, const hf_allocator *heap)
{
    while (pool->slabs) {
        struct stack_slab *slab = pool->slabs;
        pool->slabs = slab->next;
        vm_release(slab->at, slab->size);
        MEM_FREE(heap, slab);
    }
}
