#include "runtime/heap.h"

#include <string.h>

#include "base/ckd.h"
#include "runtime/store.h"
#include "sys/vm.h"

const uint16_t gc_class_sizes[GC_CLASSES] = { 16,  32,   48,   64,   80,   96,   112,  128,  160,
                                              192, 224,  256,  320,  384,  448,  512,  640,  768,
                                              896, 1024, 1280, 1536, 2048, 2720, 4080, 5456, 8176 };

static unsigned class_of(uint64_t size)
{
    if (size <= 128) return (unsigned)((size + 15) / 16) - (size != 0);
    unsigned c = 8;
    while (gc_class_sizes[c] < size) c++;
    return c;
}

static bool add_blocks(struct hf_store *store, size_t count)
{
    struct gc_heap *heap = &store->gc;
    size_t need;
    if (ckd_add(&need, heap->block_count ? heap->block_count : 1, count)) return false;
    if (need > heap->size / GC_BLOCK) return false;
    // The limit counts blocks in use and not the one that keeps offset 0 free.
    if (((uint64_t)need - 1) * GC_BLOCK > (store->limits.max_gc_bytes + GC_BLOCK - 1) / GC_BLOCK * GC_BLOCK)
        return false;
    if (need > heap->block_cap) {
        void *grown = mem_grow(store->heap, heap->blocks, &heap->block_cap, need, sizeof *heap->blocks);
        if (!grown) return false;
        heap->blocks = grown;
    }
    if (!heap->block_count) {
        heap->blocks[0] = (struct gc_block){ GC_BLOCK_REST, 0, 0, 0 };
        heap->block_count = 1;
        heap->free_hint = 1;
    }
    for (size_t i = need - count; i < need; i++) heap->blocks[i] = (struct gc_block){ GC_BLOCK_FREE, 0, 0, 0 };
    heap->block_count = need;
    return true;
}

// `count` free blocks in a row: the first one's number, or 0.
static uint32_t take_blocks(struct hf_store *store, size_t count)
{
    struct gc_heap *heap = &store->gc;
    size_t run = 0;
    bool hinted = false;
    for (size_t i = heap->free_hint ? heap->free_hint : 1; i < heap->block_count; i++) {
        if (heap->blocks[i].kind != GC_BLOCK_FREE) {
            run = 0;
            continue;
        }
        if (!hinted) {
            heap->free_hint = i;
            hinted = true;
        }
        if (++run == count) return (uint32_t)(i + 1 - count);
    }
    if (!hinted) heap->free_hint = heap->block_count ? heap->block_count : 1;
    const size_t end = heap->block_count ? heap->block_count : 1;
    if (!add_blocks(store, count - run)) return 0;
    return (uint32_t)(end - run);
}

static gref take_small(struct hf_store *store, unsigned c)
{
    struct gc_heap *heap = &store->gc;
    const uint32_t size = gc_class_sizes[c];
    if (heap->free[c]) {
        const gref ref = heap->free[c];
        const struct gc_header *cell = gc_at(heap, ref);
        memcpy(&heap->free[c], cell + 1, sizeof heap->free[c]);
        memset(heap->base + ref, 0, size);
        return ref;
    }
    struct gc_block *block = heap->blocks ? &heap->blocks[heap->current[c]] : NULL;
    if (!heap->current[c] || block->bump + size > GC_BLOCK) {
        const uint32_t at = take_blocks(store, 1);
        if (!at) return REF_NULL;
        block = &heap->blocks[at];
        *block = (struct gc_block){ GC_BLOCK_SMALL, (uint8_t)c, 0, 1 };
        heap->current[c] = at;
    }
    const gref ref = heap->current[c] * (uint32_t)GC_BLOCK + block->bump;
    block->bump += size;
    memset(heap->base + ref, 0, size); // the block may have held something else
    return ref;
}

static gref take_large(struct hf_store *store, uint64_t size)
{
    const size_t count = (size_t)((size + GC_BLOCK - 1) / GC_BLOCK);
    const uint32_t at = take_blocks(store, count);
    if (!at) return REF_NULL;
    struct gc_block *blocks = &store->gc.blocks[at];
    blocks[0] = (struct gc_block){ GC_BLOCK_LARGE, 0, 0, (uint32_t)count };
    for (size_t i = 1; i < count; i++) blocks[i] = (struct gc_block){ GC_BLOCK_REST, 0, 0, 0 };
    uint8_t *object = store->gc.base + (uint64_t)at * GC_BLOCK;
    if (size > 1 << 20)
        vm_discard(object, count * GC_BLOCK);
    else
        memset(object, 0, count * GC_BLOCK);
    return at * (uint32_t)GC_BLOCK;
}

static gref take(struct hf_store *store, uint64_t size)
{
    return size <= gc_class_sizes[GC_CLASSES - 1] ? take_small(store, class_of(size)) : take_large(store, size);
}

static uint64_t size_taken(uint64_t size)
{
    return size <= gc_class_sizes[GC_CLASSES - 1] ? gc_class_sizes[class_of(size)]
                                                  : (size + GC_BLOCK - 1) / GC_BLOCK * GC_BLOCK;
}

gref gc_alloc(struct hf_store *store, uint32_t type, uint64_t payload)
{
    struct gc_heap *heap = &store->gc;
    if (heap->busy || payload > heap->size) return REF_NULL;
    const uint64_t size = payload + sizeof(struct gc_header);
    if (heap->allocated >= heap->trigger) gc_collect(store);
    const uint64_t taken = size_taken(size);
    gref ref = REF_NULL;
    for (int attempt = 0; attempt < 2 && !ref; attempt++) {
        if (attempt) gc_collect(store);
        if (heap->live + taken <= store->limits.max_gc_bytes) ref = take(store, size);
    }
    if (!ref) return REF_NULL;
    heap->live += taken;
    heap->allocated += taken;
    gc_at(heap, ref)->type = type;
    stat_set(store->remote, STAT_GC, heap->live);
    return ref;
}

uint8_t *gc_base(struct hf_store *store)
{
    return store->gc.base;
}

gref gc_new_struct(struct activation *act, const struct def_type *type)
{
    return gc_alloc(act->store, type->id, type->structure.size);
}

gref gc_new_array(struct activation *act, const struct def_type *type, uint32_t length)
{
    const uint64_t bytes = (uint64_t)length * storage_size(type->element.storage);
    const gref ref = gc_alloc(act->store, type->id, GC_ARRAY_PAYLOAD - sizeof(struct gc_header) + bytes);
    if (ref) ((struct gc_array *)(void *)gc_at(&act->store->gc, ref))->length = length;
    return ref;
}

gref gc_new_exception(struct activation *act, struct tag_inst *tag, const union slot *args, uint32_t slot_count)
{
    struct hf_store *store = act->store;
    // The arguments may be references that nothing else holds.
    const struct func_type *type = &types_get(store->types, tag->type_id)->func;
    struct temp_roots temp = { store->temps, args, type->params, type->param_count };
    store->temps = &temp;
    const gref ref = gc_alloc(store, GC_EXCEPTION,
                              sizeof(struct gc_exception) - sizeof(struct gc_header) + (uint64_t)slot_count * 8);
    store->temps = temp.next;
    if (!ref) return REF_NULL;
    struct gc_exception *exception = (struct gc_exception *)(void *)gc_at(&store->gc, ref);
    exception->tag = tag->id;
    exception->slot_count = slot_count;
    if (slot_count) memcpy(exception->args, args, slot_count * sizeof *args);
    return ref;
}

bool ref_matches(struct hf_store *store, gref ref, uint32_t heap, bool is_func)
{
    if (is_func) {
        if (heap == HEAP_FUNC) return true;
        return heap_is_defined(heap) && def_matches(store->types, store->funcs[ref].type_id, heap_type_id(heap));
    }
    if (ref_is_i31(ref)) return heap == HEAP_I31 || heap == HEAP_EQ || heap == HEAP_ANY || heap == HEAP_EXTERN;
    const uint32_t type = gc_at(&store->gc, ref)->type;
    switch (type) {
    case GC_EXCEPTION: return heap == HEAP_EXN;
    case GC_HOST: return heap == HEAP_EXTERN || heap == HEAP_ANY;
    default: break;
    }
    switch (heap) {
    case HEAP_ANY:
    case HEAP_EXTERN:
    case HEAP_EQ: return true;
    case HEAP_STRUCT: return types_get(store->types, type)->kind == COMP_STRUCT;
    case HEAP_ARRAY: return types_get(store->types, type)->kind == COMP_ARRAY;
    default: return heap_is_defined(heap) && def_matches(store->types, type, heap_type_id(heap));
    }
}
