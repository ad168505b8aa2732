// The collector: marks from precise roots, runs finalisers, frees. It covers the guest heap and the store's own objects, since each
// may hold the other: a structure holds a function reference, which holds an instance, whose globals hold structures.
#include <string.h>

#include "runtime/heap.h"
#include "runtime/instance.h"
#include "runtime/store.h"
#include "sys/vm.h"

void trace_object(struct tracer *tracer, struct object *object)
{
    if (object->marked) return;
    object->marked = true;
    object->gray = tracer->gray;
    tracer->gray = object;
}

void trace_func_ref(struct tracer *tracer, gref ref)
{
    if (ref == REF_NULL) return;
    const struct func_inst *func = &tracer->store->funcs[ref];
    if (func->instance) {
        trace_object(tracer, &func->instance->object);
    } else if (func->index) {
        // A host function that an instance imports goes with that instance.
        struct object *owner = tracer->store->entities[func->index].object;
        if (owner) trace_object(tracer, owner);
    }
}

void trace_heap_ref(struct tracer *tracer, gref ref)
{
    if (ref == REF_NULL || ref_is_i31(ref)) return;
    struct gc_header *object = gc_at(&tracer->store->gc, ref);
    if (object->bits & GC_MARKED) return;
    object->bits = GC_MARKED;
    if (tracer->depth < GC_MARK_STACK)
        tracer->stack[tracer->depth++] = ref;
    else
        tracer->overflowed = true;
}

static void trace_typed(struct tracer *tracer, gref ref, valtype type)
{
    if (heap_is_func(tracer->store->types, val_heap(type)))
        trace_func_ref(tracer, ref);
    else
        trace_heap_ref(tracer, ref);
}

void trace_value(struct tracer *tracer, const union slot *slots, valtype type)
{
    if (val_is_ref(type)) trace_typed(tracer, slots->ref, type);
}

static void trace_field(struct tracer *tracer, const uint8_t *at, valtype type)
{
    if (!val_is_ref(type)) return;
    gref ref;
    memcpy(&ref, at, sizeof ref);
    trace_typed(tracer, ref, type);
}

// Looks at the references of one heap object.
static void scan(struct tracer *tracer, gref ref)
{
    struct hf_store *store = tracer->store;
    struct gc_header *object = gc_at(&store->gc, ref);
    object->bits = GC_MARKED | GC_SCANNED;
    if (object->type == GC_HOST) return;
    if (object->type == GC_EXCEPTION) {
        const struct gc_exception *exception = (const struct gc_exception *)(const void *)object;
        struct tag_inst *tag = store_tag(store, exception->tag);
        if (!tag) return;
        trace_object(tracer, &tag->object);
        const struct func_type *type = &types_get(store->types, tag->type_id)->func;
        const union slot *slot = exception->args;
        for (uint32_t i = 0; i < type->param_count; i++) {
            trace_value(tracer, slot, type->params[i]);
            slot += val_slots(type->params[i]);
        }
        return;
    }
    const struct def_type *type = types_get(store->types, object->type);
    const uint8_t *payload = (const uint8_t *)object + GC_STRUCT_PAYLOAD;
    if (type->kind == COMP_STRUCT) {
        for (uint32_t i = 0; i < type->structure.field_count; i++) {
            const struct field_type *field = &type->structure.fields[i];
            trace_field(tracer, payload + field->offset, field->storage);
        }
    } else if (type->kind == COMP_ARRAY && val_is_ref(type->element.storage)) {
        const struct gc_array *array = (const struct gc_array *)(const void *)object;
        const uint8_t *at = (const uint8_t *)object + GC_ARRAY_PAYLOAD;
        for (uint32_t i = 0; i < array->length; i++) trace_field(tracer, at + (size_t)i * 4, type->element.storage);
    }
}

static void look_into(struct tracer *tracer, struct object *object)
{
    switch ((enum object_kind)object->kind) {
    case OBJECT_INSTANCE: instance_trace(object_instance(object), tracer); break;
    case OBJECT_TABLE: {
        const struct table_inst *table = object_table(object);
        const bool funcs = heap_is_func(tracer->store->types, val_heap(table->type.elem));
        for (uint64_t i = 0; i < table->size; i++) {
            if (funcs)
                trace_func_ref(tracer, table->elems[i]);
            else
                trace_heap_ref(tracer, table->elems[i]);
        }
        break;
    }
    case OBJECT_GLOBAL: {
        const struct global_inst *global = object_global(object);
        trace_value(tracer, global->value, global->type.type);
        break;
    }
    case OBJECT_COMPONENT: {
        struct outside *outside = object_outside(object);
        outside->trace(outside, tracer);
        break;
    }
    case OBJECT_FUNC:
    case OBJECT_MEMORY:
    case OBJECT_TAG:
    case OBJECT_REF:
    case OBJECT_COMPONENT_FUNC:
    case OBJECT_RESOURCE: break;
    }
}

// Every live cell: calls visit(ctx, ref, header); the cell's size is passed along.
static void each_cell(struct hf_store *store, void (*visit)(void *ctx, gref ref, struct gc_header *header), void *ctx)
{
    struct gc_heap *heap = &store->gc;
    for (size_t i = 1; i < heap->block_count; i++) {
        const struct gc_block block = heap->blocks[i];
        const uint32_t start = (uint32_t)i * (uint32_t)GC_BLOCK;
        if (block.kind == GC_BLOCK_LARGE) visit(ctx, start, gc_at(heap, start));
        if (block.kind != GC_BLOCK_SMALL) continue;
        for (uint32_t at = 0; at < block.bump; at += gc_class_sizes[block.size_class]) {
            struct gc_header *header = gc_at(heap, start + at);
            if (header->type != GC_FREE) visit(ctx, start + at, header);
        }
    }
}

static void drain(struct tracer *tracer)
{
    while (tracer->depth || tracer->gray) {
        while (tracer->depth) scan(tracer, tracer->stack[--tracer->depth]);
        if (tracer->gray) {
            struct object *object = tracer->gray;
            tracer->gray = object->gray;
            look_into(tracer, object);
        }
    }
}

static void rescan(void *ctx, gref ref, struct gc_header *header)
{
    struct tracer *tracer = ctx;
    if (header->bits != GC_MARKED) return;
    scan(tracer, ref);
    drain(tracer);
}

static void mark(struct hf_store *store, struct tracer *tracer)
{
    for (struct object *object = store->objects; object; object = object->next) {
        if (object->kept) trace_object(tracer, object);
    }
    const struct roots *const all[] = { &store->scoped, &store->owned };
    for (unsigned k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < all[k]->count; i++) {
            const struct root *root = &all[k]->at[i];
            if (!root->used) continue;
            if (root->is_func)
                trace_func_ref(tracer, root->ref);
            else
                trace_heap_ref(tracer, root->ref);
        }
        drain(tracer);
    }
    for (const struct temp_roots *temp = store->temps; temp; temp = temp->next) {
        const union slot *slot = temp->slots;
        for (uint32_t i = 0; i < temp->count; i++) {
            trace_value(tracer, slot, temp->types[i]);
            slot += val_slots(temp->types[i]);
        }
    }
    trace_heap_ref(tracer, store->exception);
    tasks_trace(store, tracer);
    calls_trace(store, tracer);
    drain(tracer);
    while (tracer->overflowed) {
        tracer->overflowed = false;
        each_cell(store, rescan, tracer);
        drain(tracer);
    }
}

static void finalise(struct gc_header *header)
{
    if (header->type != GC_HOST) return;
    struct gc_host *host = (struct gc_host *)(void *)header;
    if (host->free_fn) host->free_fn(host->value);
    host->free_fn = NULL;
}

// Frees dead cells of one small block; true when none is left alive.
static bool sweep_small(struct hf_store *store, size_t number, uint32_t size, uint64_t *live)
{
    struct gc_heap *heap = &store->gc;
    struct gc_block *block = &heap->blocks[number];
    const uint32_t start = (uint32_t)number * (uint32_t)GC_BLOCK;
    uint64_t kept = 0;
    for (uint32_t at = 0; at < block->bump; at += size) {
        struct gc_header *header = gc_at(heap, start + at);
        if (header->type == GC_FREE) continue;
        if (header->bits & GC_MARKED) {
            header->bits = 0;
            kept += size;
        } else {
            finalise(header);
            header->type = GC_FREE;
        }
    }
    *live += kept;
    return kept == 0;
}

// Free lists are built anew, in address order, so that they depend on what is alive alone.
static void link_free(struct gc_heap *heap, size_t number, uint32_t size)
{
    const struct gc_block *block = &heap->blocks[number];
    const uint32_t start = (uint32_t)number * (uint32_t)GC_BLOCK;
    for (uint32_t at = block->bump; at >= size;) {
        at -= size;
        struct gc_header *header = gc_at(heap, start + at);
        if (header->type != GC_FREE) continue;
        header->bits = 0;
        memcpy(header + 1, &heap->free[block->size_class], sizeof(uint32_t));
        heap->free[block->size_class] = start + at;
    }
}

static void sweep_heap(struct hf_store *store)
{
    struct gc_heap *heap = &store->gc;
    uint64_t live = 0;
    for (size_t i = 1; i < heap->block_count; i++) {
        struct gc_block *block = &heap->blocks[i];
        if (block->kind == GC_BLOCK_SMALL) {
            if (sweep_small(store, i, gc_class_sizes[block->size_class], &live)) {
                if (heap->current[block->size_class] == i) heap->current[block->size_class] = 0;
                *block = (struct gc_block){ GC_BLOCK_FREE, 0, 0, 0 };
            }
        } else if (block->kind == GC_BLOCK_LARGE) {
            struct gc_header *header = gc_at(heap, (uint32_t)i * (uint32_t)GC_BLOCK);
            const uint32_t count = block->count;
            if (header->bits & GC_MARKED) {
                header->bits = 0;
                live += (uint64_t)count * GC_BLOCK;
                continue;
            }
            finalise(header);
            vm_discard(header, (size_t)count * GC_BLOCK);
            for (uint32_t k = 0; k < count; k++) block[k] = (struct gc_block){ GC_BLOCK_FREE, 0, 0, 0 };
        }
    }
    memset(heap->free, 0, sizeof heap->free);
    for (size_t i = heap->block_count; i-- > 1;) {
        if (heap->blocks[i].kind == GC_BLOCK_SMALL) link_free(heap, i, gc_class_sizes[heap->blocks[i].size_class]);
    }
    heap->free_hint = 1;
    heap->live = live;
}

static void sweep_objects(struct hf_store *store)
{
    struct object **link = &store->objects;
    struct object *dead = NULL;
    while (*link) {
        struct object *object = *link;
        if (object->marked) {
            object->marked = false;
            link = &object->next;
        } else {
            *link = object->next;
            object->next = dead;
            dead = object;
        }
    }
    while (dead) {
        struct object *object = dead;
        dead = object->next;
        object_free(store, object);
    }
}

void gc_collect(struct hf_store *store)
{
    struct gc_heap *heap = &store->gc;
    if (heap->busy) return;
    heap->busy = true;
    uint32_t stack[GC_MARK_STACK];
    struct tracer tracer = { store, NULL, stack, 0, false };
    mark(store, &tracer);
    if (heap->block_count) sweep_heap(store);
    sweep_objects(store);
    store->dropped = 0;
    if (heap->live == 0) {
        for (size_t i = 0; i < store->retained_count; i++) module_release(store->retained[i]);
        store->retained_count = 0;
    }
    heap->allocated = 0;
    if (!heap->largest_interval) {
        // As much again as is alive, so that marking costs a constant per allocated byte.
        heap->trigger = heap->live > UINT64_C(1) << 20 ? heap->live : UINT64_C(1) << 20;
    }
    heap->collections++;
    heap->busy = false;
    stat_set(store->remote, STAT_GC, heap->live);
    stat_set(store->remote, STAT_COLLECTIONS, heap->collections);
}

static void finalise_cell(void *ctx, gref ref, struct gc_header *header)
{
    (void)ctx;
    (void)ref;
    finalise(header);
}

void gc_fini(struct hf_store *store)
{
    store->gc.busy = true;
    each_cell(store, finalise_cell, NULL);
}
