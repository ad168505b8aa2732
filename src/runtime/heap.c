#include "runtime/heap.h"

#include <string.h>

#include "base/ckd.h"
#include "sys/vm.h"

enum {
    BLOCK_LOG2 = 16,
    BLOCK = 1 << BLOCK_LOG2,
    GRANULE = 16,
    SLOTS_MAX = BLOCK / GRANULE,
    BIT_WORDS = SLOTS_MAX / 64,
    LARGEST_SMALL = 4096,
    FIRST_THRESHOLD = 1 << 20,
    MARK_STACK = 1024, // objects that are marked and not yet traced; more of them are found again by walking the blocks
};

static const uint16_t class_sizes[HEAP_CLASSES] = {
    16,  32,  48,  64,  80,  96,  112,  128,  160,  192,  224,  256,
    320, 384, 448, 512, 640, 768, 1024, 1360, 1632, 2048, 3264, 4096,
};

enum block_kind { BLOCK_FREE, BLOCK_SMALL, BLOCK_LARGE, BLOCK_TAIL };

struct heap_block {
    uint8_t kind;
    uint8_t class;
    uint16_t slots;
    uint16_t taken_count;
    uint16_t cursor; // words of `taken` below it are full
    uint32_t run;    // BLOCK_LARGE: blocks in the run; BLOCK_TAIL: blocks back to its head
    uint64_t large_bytes;
    uint64_t *taken; // bit per slot (BLOCK_SMALL), and behind it as many words of marks
    bool large_marked;
};

struct tracer {
    struct heap *heap;
    gref stack[MARK_STACK];
    size_t depth;
    bool overflowed;
};

void heap_init(struct heap *heap, const hf_allocator *allocator, struct type_registry *types, uint64_t limit,
               uint64_t interval, struct heap_ops ops)
{
    const uint64_t most = (UINT64_C(1) << 32) - BLOCK; // offsets are 32 bits
    *heap = (struct heap){
        .allocator = allocator,
        .types = types,
        .ops = ops,
        .limit = limit < most ? limit : most,
        .interval = interval,
        .threshold = interval ? interval : FIRST_THRESHOLD,
        .block_count = 1, // block 0 holds nothing
    };
}

bool heap_open(struct heap *heap)
{
    if (heap->base) return true;
    // Whole blocks, with as much again for what size classes and runs waste, and never less than a few blocks.
    const uint64_t most = UINT64_C(1) << 32;
    uint64_t want = heap->limit < most / 2 ? heap->limit * 2 : most;
    want = (want + (HEAP_CLASSES + 2) * (uint64_t)BLOCK + BLOCK - 1) & ~((uint64_t)BLOCK - 1);
    if (want > most) want = most;
    heap->block_max = (uint32_t)(want >> BLOCK_LOG2);
    heap->base = vm_map((size_t)want);
    heap->reserved = want;
    if (!heap->base) return false;
    const size_t bytes = heap->block_max * sizeof *heap->blocks;
    heap->blocks = vm_map(bytes);
    if (heap->blocks) return true;
    vm_release(heap->base, (size_t)want);
    heap->base = NULL;
    return false;
}

static size_t bit_words(const struct heap_block *block)
{
    return (block->slots + 63u) / 64;
}

static void free_bits(struct heap *heap, struct heap_block *block)
{
    mem_free(heap->allocator, block->taken, 2 * bit_words(block) * sizeof *block->taken);
    block->taken = NULL;
}

static void drop_types(struct heap *heap)
{
    for (size_t i = 0; i < heap->held_words; i++)
        for (uint64_t word = heap->held_types[i]; word; word &= word - 1)
            types_unref(heap->types, (uint32_t)(i * 64 + (size_t)__builtin_ctzll(word)));
    mem_free(heap->allocator, heap->held_types, heap->held_words * sizeof *heap->held_types);
    heap->held_types = NULL;
    heap->held_words = 0;
}

void heap_fini(struct heap *heap)
{
    for (size_t i = 0; i < heap->host_count; i++) {
        const struct gc_host *host = (const struct gc_host *)(const void *)heap_object(heap, heap->hosts[i]);
        if (host->free_fn) host->free_fn(host->value);
    }
    mem_free(heap->allocator, heap->hosts, heap->host_cap * sizeof *heap->hosts);
    drop_types(heap);
    if (!heap->base) return;
    for (uint32_t i = 1; i < heap->block_count; i++)
        if (heap->blocks[i].kind == BLOCK_SMALL) free_bits(heap, &heap->blocks[i]);
    vm_release(heap->blocks, heap->block_max * sizeof *heap->blocks);
    vm_release(heap->base, (size_t)heap->reserved);
    heap->base = NULL;
}

// -- allocation --

static unsigned class_of(uint64_t bytes)
{
    if (bytes <= 128) return (unsigned)((bytes + GRANULE - 1) / GRANULE) - (bytes ? 1 : 0);
    unsigned c = 8;
    while (class_sizes[c] < bytes) c++;
    return c;
}

static uint64_t rounded(uint64_t bytes)
{
    return bytes <= LARGEST_SMALL ? class_sizes[class_of(bytes)] : (bytes + BLOCK - 1) & ~((uint64_t)BLOCK - 1);
}

bool heap_due(const struct heap *heap, uint64_t bytes)
{
    return heap->since + bytes >= heap->threshold;
}

// The heap keeps the types of its objects, so that an object may outlive the module that made it.
static bool hold_type(struct heap *heap, uint32_t id)
{
    if (id >= GC_EXCEPTION) return true;
    const size_t word = id / 64;
    if (word >= heap->held_words) {
        size_t words = heap->held_words;
        uint64_t *grown = mem_grow(heap->allocator, heap->held_types, &words, word + 1, sizeof *grown);
        if (!grown) return false;
        memset(grown + heap->held_words, 0, (words - heap->held_words) * sizeof *grown);
        heap->held_types = grown;
        heap->held_words = words;
    }
    const uint64_t bit = UINT64_C(1) << id % 64;
    if (!(heap->held_types[word] & bit)) {
        types_ref(heap->types, id);
        heap->held_types[word] |= bit;
    }
    return true;
}

// The first block of a run of free blocks; 0: none.
static uint32_t take_run(struct heap *heap, uint32_t count)
{
    if (heap->free_blocks >= count) {
        uint32_t found = 0;
        for (uint32_t i = 1; i < heap->block_count; i++) {
            found = heap->blocks[i].kind == BLOCK_FREE ? found + 1 : 0;
            if (found < count) continue;
            heap->free_blocks -= count;
            return i + 1 - count;
        }
    }
    if (count > heap->block_max - heap->block_count) return 0;
    const uint32_t first = heap->block_count;
    heap->block_count += count;
    return first;
}

static void free_run(struct heap *heap, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) heap->blocks[i] = (struct heap_block){ .kind = BLOCK_FREE };
    heap->free_blocks += count;
    // Large objects count on zeroed blocks.
    uint8_t *at = heap->base + ((uint64_t)first << BLOCK_LOG2);
    if (!vm_discard(at, (size_t)count << BLOCK_LOG2)) memset(at, 0, (size_t)count << BLOCK_LOG2);
}

static uint32_t fresh_small_block(struct heap *heap, unsigned class)
{
    struct heap_block fresh = {
        .kind = BLOCK_SMALL,
        .class = (uint8_t)class,
        .slots = (uint16_t)(BLOCK / class_sizes[class]),
    };
    fresh.taken = mem_zalloc_array(heap->allocator, 2 * bit_words(&fresh), sizeof *fresh.taken);
    if (!fresh.taken) return 0;
    const uint32_t number = take_run(heap, 1);
    if (number)
        heap->blocks[number] = fresh;
    else
        free_bits(heap, &fresh);
    return number;
}

// A block of the class with room: the current one, the next that a sweep left with room, or a fresh one.
static uint32_t block_with_room(struct heap *heap, unsigned class)
{
    uint32_t number = heap->current[class];
    for (; number && number < heap->block_count; number++) {
        const struct heap_block *block = &heap->blocks[number];
        if (block->kind == BLOCK_SMALL && block->class == class && block->taken_count < block->slots) break;
    }
    if (!number || number >= heap->block_count) number = fresh_small_block(heap, class);
    if (number) heap->current[class] = number;
    return number;
}

static gref alloc_small(struct heap *heap, unsigned class)
{
    const uint32_t number = block_with_room(heap, class);
    if (!number) return 0;
    struct heap_block *block = &heap->blocks[number];
    unsigned word = block->cursor;
    while (!~block->taken[word]) word++;
    block->cursor = (uint16_t)word;
    const unsigned slot = word * 64 + (unsigned)__builtin_ctzll(~block->taken[word]);
    block->taken[word] |= UINT64_C(1) << slot % 64;
    block->taken_count++;
    return number << BLOCK_LOG2 | (gref)(slot * class_sizes[class]);
}

static gref alloc_large(struct heap *heap, uint64_t bytes)
{
    const uint32_t run = (uint32_t)(bytes >> BLOCK_LOG2);
    const uint32_t first = take_run(heap, run);
    if (!first) return 0;
    heap->blocks[first] = (struct heap_block){ .kind = BLOCK_LARGE, .run = run, .large_bytes = bytes };
    for (uint32_t i = 1; i < run; i++) heap->blocks[first + i] = (struct heap_block){ .kind = BLOCK_TAIL, .run = i };
    return first << BLOCK_LOG2;
}

gref heap_alloc(struct heap *heap, uint32_t type, uint64_t bytes)
{
    if (bytes > heap->limit) return 0; // also before it is rounded
    const uint64_t size = rounded(bytes);
    if (size > heap->limit || heap->used > heap->limit - size) return 0;
    if (!heap_open(heap) || !hold_type(heap, type)) return 0;
    gref ref;
    if (size <= LARGEST_SMALL) {
        ref = alloc_small(heap, class_of(bytes));
        if (ref) memset(heap->base + ref, 0, (size_t)size);
    } else {
        ref = alloc_large(heap, size); // its pages are fresh, or were discarded
    }
    if (!ref) return 0;
    heap->used += size;
    heap->since += size;
    heap_object(heap, ref)->type = type;
    return ref;
}

gref heap_alloc_host(struct heap *heap, void *value, void (*free_fn)(void *value))
{
    gref *hosts = mem_grow(heap->allocator, heap->hosts, &heap->host_cap, heap->host_count + 1, sizeof *hosts);
    if (!hosts) return 0;
    heap->hosts = hosts;
    const gref ref = heap_alloc(heap, GC_HOST, sizeof(struct gc_host));
    if (!ref) return 0;
    struct gc_host *host = (struct gc_host *)(void *)heap_object(heap, ref);
    host->value = value;
    host->free_fn = free_fn;
    heap->hosts[heap->host_count++] = ref;
    return ref;
}

// -- marking --

// The block and slot of a reference; false when no object begins there.
static bool find_slot(const struct heap *heap, gref ref, struct heap_block **block, unsigned *slot)
{
    const uint32_t number = ref >> BLOCK_LOG2;
    if (number == 0 || number >= heap->block_count) return false;
    *block = &heap->blocks[number];
    const uint32_t offset = ref & (BLOCK - 1);
    *slot = 0;
    if ((*block)->kind == BLOCK_LARGE) return offset == 0;
    if ((*block)->kind != BLOCK_SMALL) return false;
    const unsigned size = class_sizes[(*block)->class];
    *slot = offset / size;
    return offset % size == 0 && ((*block)->taken[*slot / 64] >> *slot % 64 & 1);
}

bool heap_holds(const struct heap *heap, gref ref)
{
    struct heap_block *block;
    unsigned slot;
    return heap->base && !ref_is_i31(ref) && find_slot(heap, ref, &block, &slot);
}

// Marks; true when it was not marked before.
static bool mark(struct heap_block *block, unsigned slot)
{
    if (block->kind == BLOCK_LARGE) {
        const bool fresh = !block->large_marked;
        block->large_marked = true;
        return fresh;
    }
    uint64_t *word = block->taken + bit_words(block) + slot / 64;
    const uint64_t bit = UINT64_C(1) << slot % 64;
    if (*word & bit) return false;
    *word |= bit;
    return true;
}

static bool is_marked(const struct heap_block *block, unsigned slot)
{
    if (block->kind == BLOCK_LARGE) return block->large_marked;
    return block->taken[bit_words(block) + slot / 64] >> slot % 64 & 1;
}

void trace_heap_ref(struct tracer *tracer, gref ref)
{
    struct heap_block *block;
    unsigned slot;
    if (ref == REF_NULL || ref_is_i31(ref) || !find_slot(tracer->heap, ref, &block, &slot)) return;
    if (!mark(block, slot)) return;
    if (tracer->depth < MARK_STACK)
        tracer->stack[tracer->depth++] = ref;
    else
        tracer->overflowed = true;
}

void trace_func_ref(struct tracer *tracer, gref ref)
{
    if (ref != REF_NULL) tracer->heap->ops.func(tracer->heap->ops.ctx, tracer, ref);
}

static bool is_func_type(const struct type_registry *types, valtype type)
{
    return heap_top(types, val_heap(type)) == HEAP_FUNC;
}

static void trace_field(struct tracer *tracer, valtype type, const uint8_t *at)
{
    gref ref;
    memcpy(&ref, at, sizeof ref);
    if (is_func_type(tracer->heap->types, type))
        trace_func_ref(tracer, ref);
    else
        trace_heap_ref(tracer, ref);
}

static void trace_exception(struct tracer *tracer, const struct gc_exception *exception)
{
    const struct heap_ops *ops = &tracer->heap->ops;
    const struct func_type *type = ops->tag(ops->ctx, exception->tag);
    uint32_t slot = 0;
    for (uint32_t i = 0; type && i < type->param_count && slot < exception->slot_count; i++) {
        const valtype param = type->params[i];
        if (val_is_ref(param)) trace_field(tracer, param, (const uint8_t *)&exception->args[slot]);
        slot += val_slots(param);
    }
}

static void trace_object(struct tracer *tracer, gref ref)
{
    const struct gc_header *object = heap_object(tracer->heap, ref);
    const uint8_t *bytes = (const uint8_t *)object;
    if (object->type == GC_EXCEPTION) {
        trace_exception(tracer, (const struct gc_exception *)(const void *)object);
        return;
    }
    if (object->type >= GC_EXCEPTION) return;
    const struct def_type *type = types_get(tracer->heap->types, object->type);
    if (type->kind == COMP_STRUCT) {
        for (uint32_t i = 0; i < type->structure.field_count; i++) {
            const struct field_type *field = &type->structure.fields[i];
            if (val_is_ref(field->storage))
                trace_field(tracer, field->storage, bytes + GC_STRUCT_PAYLOAD + field->offset);
        }
    } else if (type->kind == COMP_ARRAY && val_is_ref(type->element.storage)) {
        const uint32_t length = ((const struct gc_array *)(const void *)object)->length;
        const bool funcs = is_func_type(tracer->heap->types, type->element.storage);
        const gref *elems = (const gref *)(const void *)(bytes + GC_ARRAY_PAYLOAD);
        for (uint32_t i = 0; i < length; i++) {
            if (funcs)
                trace_func_ref(tracer, elems[i]);
            else
                trace_heap_ref(tracer, elems[i]);
        }
    }
}

static void drain(struct tracer *tracer)
{
    while (tracer->depth) trace_object(tracer, tracer->stack[--tracer->depth]);
}

// The mark stack was too small: trace every marked object again, until nothing new is found beyond what the stack holds.
static void trace_all_marked(struct tracer *tracer)
{
    struct heap *heap = tracer->heap;
    while (tracer->overflowed) {
        tracer->overflowed = false;
        for (uint32_t i = 1; i < heap->block_count; i++) {
            const struct heap_block *block = &heap->blocks[i];
            if (block->kind == BLOCK_LARGE && block->large_marked) {
                trace_object(tracer, i << BLOCK_LOG2);
                drain(tracer);
            }
            for (unsigned slot = 0; block->kind == BLOCK_SMALL && slot < block->slots; slot++) {
                if (!is_marked(block, slot)) continue;
                trace_object(tracer, i << BLOCK_LOG2 | (gref)(slot * class_sizes[block->class]));
                drain(tracer);
            }
        }
    }
}

// -- sweeping --

static void finalise_hosts(struct heap *heap)
{
    size_t kept = 0;
    for (size_t i = 0; i < heap->host_count; i++) {
        const gref ref = heap->hosts[i];
        struct heap_block *block;
        unsigned slot;
        if (find_slot(heap, ref, &block, &slot) && is_marked(block, slot)) {
            heap->hosts[kept++] = ref;
            continue;
        }
        const struct gc_host *host = (const struct gc_host *)(const void *)heap_object(heap, ref);
        if (host->free_fn) host->free_fn(host->value);
    }
    heap->host_count = kept;
}

static uint64_t sweep_small(struct heap *heap, uint32_t number)
{
    struct heap_block *block = &heap->blocks[number];
    const size_t words = bit_words(block);
    unsigned taken = 0;
    for (size_t w = 0; w < words; w++) {
        block->taken[w] = block->taken[words + w];
        block->taken[words + w] = 0;
        taken += (unsigned)__builtin_popcountll(block->taken[w]);
    }
    block->taken_count = (uint16_t)taken;
    block->cursor = 0;
    const uint64_t bytes = (uint64_t)taken * class_sizes[block->class];
    if (taken) {
        if (!heap->current[block->class] && taken < block->slots) heap->current[block->class] = number;
    } else {
        free_bits(heap, block);
        free_run(heap, number, 1);
    }
    return bytes;
}

static void sweep(struct heap *heap)
{
    heap->used = 0;
    memset(heap->current, 0, sizeof heap->current);
    for (uint32_t i = 1; i < heap->block_count; i++) {
        struct heap_block *block = &heap->blocks[i];
        if (block->kind == BLOCK_SMALL) {
            heap->used += sweep_small(heap, i);
        } else if (block->kind == BLOCK_LARGE && block->large_marked) {
            block->large_marked = false;
            heap->used += block->large_bytes;
        } else if (block->kind == BLOCK_LARGE) {
            free_run(heap, i, block->run);
        }
    }
}

// Gives back the types of which no object is left. Without memory to find out, all are kept until the next time.
static void release_types(struct heap *heap)
{
    uint64_t *live = mem_zalloc_array(heap->allocator, heap->held_words, sizeof *live);
    if (!live) return;
    for (uint32_t i = 1; i < heap->block_count; i++) {
        const struct heap_block *block = &heap->blocks[i];
        for (unsigned slot = 0; block->kind == BLOCK_SMALL && slot < block->slots; slot++) {
            if (!(block->taken[slot / 64] >> slot % 64 & 1)) continue;
            const uint32_t type = heap_object(heap, i << BLOCK_LOG2 | (gref)(slot * class_sizes[block->class]))->type;
            if (type < GC_EXCEPTION) live[type / 64] |= UINT64_C(1) << type % 64;
        }
        if (block->kind != BLOCK_LARGE) continue;
        const uint32_t type = heap_object(heap, i << BLOCK_LOG2)->type;
        if (type < GC_EXCEPTION) live[type / 64] |= UINT64_C(1) << type % 64;
    }
    for (size_t w = 0; w < heap->held_words; w++) {
        for (uint64_t gone = heap->held_types[w] & ~live[w]; gone; gone &= gone - 1)
            types_unref(heap->types, (uint32_t)(w * 64 + (size_t)__builtin_ctzll(gone)));
        heap->held_types[w] = live[w];
    }
    mem_free(heap->allocator, live, heap->held_words * sizeof *live);
}

void heap_collect(struct heap *heap)
{
    struct tracer tracer;
    tracer.heap = heap;
    tracer.depth = 0;
    tracer.overflowed = false;
    heap->ops.roots(heap->ops.ctx, &tracer);
    do {
        drain(&tracer);
        trace_all_marked(&tracer);
    } while (heap->ops.more(heap->ops.ctx, &tracer) || tracer.depth || tracer.overflowed);
    heap->collections++;
    if (heap->base) {
        finalise_hosts(heap);
        sweep(heap);
        release_types(heap);
    }
    heap->since = 0;
    if (!heap->interval) heap->threshold = heap->used > FIRST_THRESHOLD ? heap->used : FIRST_THRESHOLD;
}
