#include "runtime/instance.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/host.h"
#include "runtime/memory.h"
#include "runtime/pool.h"
#include "runtime/task.h"
#include "wasm/trap.h"

// ---- modules ----

struct hf_module *module_hold(struct hf_module *module)
{
    atomic_fetch_add_explicit(&module->refs, 1, memory_order_relaxed);
    return module;
}

// As module_unref, with what the runtime keeps beside the module and the module's reference on its engine.
void module_release(struct hf_module *module)
{
    if (!module || atomic_fetch_sub_explicit(&module->refs, 1, memory_order_acq_rel) != 1) return;
    struct hf_engine *engine = module->engine;
    image_unref(atomic_load(&module->image));
    module_free(module);
    hf_engine_unref(engine);
}

// ---- making ----

static size_t place(size_t *size, size_t count, size_t each, bool *failed)
{
    const size_t at = *size;
    size_t bytes;
    *failed |=
        ckd_mul(&bytes, count, each) || ckd_add(&bytes, bytes, (size_t)15) || ckd_add(size, *size, bytes & ~(size_t)15);
    return at;
}

// The instance with its arrays, in one block.
static struct instance *blank(struct hf_store *store, struct hf_module *m)
{
    size_t size = 0;
    bool failed = false;
    place(&size, 1, sizeof(struct instance), &failed);
    const size_t funcs = place(&size, m->func_count, sizeof(gref), &failed);
    const size_t memories = place(&size, m->memory_count, sizeof(void *), &failed);
    const size_t tables = place(&size, m->table_count, sizeof(void *), &failed);
    const size_t globals = place(&size, m->global_count, sizeof(void *), &failed);
    const size_t tags = place(&size, m->tag_count, sizeof(void *), &failed);
    const size_t elems = place(&size, m->elem_count, sizeof(struct elem_inst), &failed);
    const size_t datas = place(&size, m->data_count, sizeof(struct data_inst), &failed);
    uint8_t *block = failed ? NULL : mem_zalloc(store->heap, size);
    if (!block) return NULL;
    struct instance *instance = (struct instance *)(void *)block;
    instance->store = store;
    instance->funcs = (gref *)(void *)(block + funcs);
    instance->memories = (struct memory_inst **)(void *)(block + memories);
    instance->tables = (struct table_inst **)(void *)(block + tables);
    instance->globals = (struct global_inst **)(void *)(block + globals);
    instance->tags = (struct tag_inst **)(void *)(block + tags);
    instance->elems = (struct elem_inst *)(void *)(block + elems);
    instance->datas = (struct data_inst *)(void *)(block + datas);
    instance->block_size = size;
    instance->module = module_hold(m);
    return instance;
}

static void bind_host(struct instance *instance, gref ref, struct host_func *host)
{
    struct func_inst *func = &instance->store->funcs[ref];
    func->type_id = host->type_id;
    func->index = instance->object.entity;
    func->host = host;
}

static hf_code make_funcs(struct instance *instance, const struct binding *bindings, hf_status *status)
{
    struct hf_store *store = instance->store;
    const struct hf_module *m = instance->module;
    uint32_t hosts = 0;
    for (uint32_t i = 0; i < m->import_count; i++) hosts += bindings[i].host != NULL;
    const uint32_t own = m->func_count - m->imported_funcs + hosts;
    hf_status why = hf_status_ok();
    gref next = funcs_alloc(store, own, &why);
    if (!next) return pass_on(&why, status);
    instance->first_func = next;
    instance->own_funcs = own;
    for (uint32_t i = 0; i < m->import_count; i++) {
        if (bindings[i].host) bind_host(instance, next++, bindings[i].host);
    }
    uint32_t index = 0;
    gref host = instance->first_func;
    for (uint32_t i = 0; i < m->import_count; i++) {
        if (bindings[i].kind == EXTERN_FUNC) instance->funcs[index++] = bindings[i].host ? host++ : bindings[i].func;
    }
    for (uint32_t i = m->imported_funcs; i < m->func_count; i++) {
        struct func_inst *func = &store->funcs[next];
        func->type_id = m->funcs[i].type_id;
        func->index = i;
        func->instance = instance;
        instance->funcs[i] = next++;
    }
    return HF_OK;
}

static void bind_objects(struct instance *instance, const struct binding *bindings)
{
    uint32_t tables = 0, memories = 0, globals = 0, tags = 0;
    for (uint32_t i = 0; i < instance->module->import_count; i++) {
        const struct binding *binding = &bindings[i];
        switch (binding->kind) {
        case EXTERN_FUNC: break;
        case EXTERN_TABLE: instance->tables[tables++] = binding->table; break;
        case EXTERN_MEMORY: instance->memories[memories++] = binding->memory; break;
        case EXTERN_GLOBAL: instance->globals[globals++] = binding->global; break;
        case EXTERN_TAG: instance->tags[tags++] = binding->tag; break;
        }
    }
}

static hf_code make_objects(struct instance *instance, struct image *image, hf_status *status)
{
    struct hf_store *store = instance->store;
    const struct hf_module *m = instance->module;
    hf_code code = HF_OK;
    for (uint32_t i = m->imported_tags; i < m->tag_count && !code; i++)
        code = tag_new(store, m->tags[i].type_id, false, &instance->tags[i], status);
    for (uint32_t i = m->imported_memories; i < m->memory_count && !code; i++)
        code = memory_new(store, &m->memories[i].limits, i == m->imported_memories ? image : NULL, false,
                          &instance->memories[i], status);
    for (uint32_t i = m->imported_globals; i < m->global_count && !code; i++) {
        union slot value[2];
        code = const_eval(instance, m->globals[i].init, m->globals[i].type.type, value, status);
        if (code) break;
        // The value is not rooted between here and there, and nothing allocates guest objects there.
        code = global_new(store, &m->globals[i].type, false, &instance->globals[i], status);
        if (!code) memcpy(instance->globals[i]->value, value, val_slots(m->globals[i].type.type) * sizeof *value);
    }
    for (uint32_t i = m->imported_tables; i < m->table_count && !code; i++) {
        union slot init = { .u64 = 0 };
        if (m->tables[i].init.code.size)
            code = const_eval(instance, m->tables[i].init, m->tables[i].type.elem, &init, status);
        if (!code) code = table_new(store, &m->tables[i].type, init.ref, false, &instance->tables[i], status);
    }
    return code;
}

static const struct export *find_export(const struct hf_module *m, const char *name, size_t size)
{
    for (uint32_t i = 0; i < m->export_count; i++) {
        const struct export *export = &m->exports[i];
        if (export->name.size == size && memcmp(export->name.data, name, size) == 0) return export;
    }
    return NULL;
}

static void choose_main_memory(struct instance *instance)
{
    const struct export *export = find_export(instance->module, "memory", 6);
    if (export && export->kind == EXTERN_MEMORY)
        instance->main_memory = instance->memories[export->index];
    else if (instance->module->memory_count)
        instance->main_memory = instance->memories[0];
}

// ---- segments ----

static hf_code make_elems(struct instance *instance, hf_status *status)
{
    const struct hf_module *m = instance->module;
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *segment = &m->elems[i];
        if (segment->count == 0 || segment->mode == SEGMENT_DECLARATIVE) continue;
        // Plain functions of an active segment go straight into the table.
        if (segment->mode == SEGMENT_ACTIVE && segment->funcs) continue;
        gref *refs = mem_zalloc_array(instance->store->heap, segment->count, sizeof *refs);
        if (!refs) return fail_oom(status);
        instance->elems[i] = (struct elem_inst){ refs, segment->count };
        for (uint32_t k = 0; k < segment->count; k++) {
            union slot value = { .u64 = 0 };
            if (segment->funcs) {
                value.ref = instance->funcs[segment->funcs[k]];
            } else {
                const hf_code code = const_eval(instance, segment->exprs[k], segment->type, &value, status);
                if (code) return code;
            }
            refs[k] = value.ref;
        }
    }
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct span bytes = m->datas[i].bytes;
        instance->datas[i] = (struct data_inst){ module_bytes(m, bytes), bytes.size };
    }
    return HF_OK;
}

static void drop_elem(struct instance *instance, uint32_t i)
{
    struct elem_inst *elem = &instance->elems[i];
    // A guest's elem.drop only sets the count: the array stays as long as its segment's size says.
    if (elem->elems)
        mem_free(instance->store->heap, (void *)(uintptr_t)elem->elems,
                 instance->module->elems[i].count * sizeof(gref));
    *elem = (struct elem_inst){ NULL, 0 };
}

static hf_code offset_of(struct instance *instance, struct const_expr expr, bool is64, uint64_t *out, hf_status *status)
{
    union slot value;
    const hf_code code = const_eval(instance, expr, is64 ? VAL_I64 : VAL_I32, &value, status);
    *out = is64 ? value.u64 : value.u32;
    return code;
}

static hf_code run_elems(struct instance *instance, hf_status *status)
{
    const struct hf_module *m = instance->module;
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_segment *segment = &m->elems[i];
        if (segment->mode != SEGMENT_ACTIVE) continue;
        struct table_inst *table = instance->tables[segment->table];
        uint64_t at = 0;
        const hf_code code = offset_of(instance, segment->offset, table->type.limits.is64, &at, status);
        if (code) return code;
        if (!range_fits(at, segment->count, table->size)) return fail_trap(status, HF_TRAP_TABLE_OUT_OF_BOUNDS);
        for (uint32_t k = 0; k < segment->count; k++)
            table->elems[at + k] = segment->funcs ? instance->funcs[segment->funcs[k]] : instance->elems[i].elems[k];
        drop_elem(instance, i);
    }
    return HF_OK;
}

// Does the image stand for the segments of this memory, and is it in place?
static bool imaged(struct instance *instance, const struct image *image)
{
    if (!image) return false;
    struct memory_inst *memory = instance->memories[image->memory];
    if (memory->data->kind == MEMORY_POOLED) return pool_slot_has_image(memory->data->slot);
    return memory->data->kind == MEMORY_RESERVED && image_map(image, memory->base);
}

static hf_code run_datas(struct instance *instance, const struct image *image, hf_status *status)
{
    const struct hf_module *m = instance->module;
    const bool by_image = imaged(instance, image);
    for (uint32_t i = 0; i < m->data_count; i++) {
        const struct data_segment *segment = &m->datas[i];
        if (segment->mode != SEGMENT_ACTIVE) continue;
        struct memory_inst *memory = instance->memories[segment->memory];
        if (!by_image || segment->memory != image->memory) {
            uint64_t at = 0;
            const hf_code code = offset_of(instance, segment->offset, memory->type.is64, &at, status);
            if (code) return code;
            if (!memory_fits(memory, at, segment->bytes.size)) return fail_trap(status, HF_TRAP_MEMORY_OUT_OF_BOUNDS);
            if (segment->bytes.size) memcpy(memory->base + at, module_bytes(m, segment->bytes), segment->bytes.size);
        }
        instance->datas[i] = (struct data_inst){ NULL, 0 };
    }
    return HF_OK;
}

static hf_code fill(struct instance *instance, const struct binding *bindings, hf_status *status)
{
    struct hf_store *store = instance->store;
    struct hf_module *m = instance->module;
    hf_handle handle; // host functions of its own name their owner by its handle
    hf_code code = object_handle(store, &instance->object, &handle, status);
    if (!code) code = make_funcs(instance, bindings, status);
    if (code) return code;
    bind_objects(instance, bindings);
    struct image *image = m->data_count || store->engine->pool ? module_image(m) : NULL;
    code = make_objects(instance, image, status);
    if (code) return code;
    choose_main_memory(instance);
    code = make_elems(instance, status);
    if (!code) code = run_elems(instance, status);
    if (!code) code = run_datas(instance, image, status);
    if (!code && m->start != UINT32_MAX) code = call_func(store, instance->funcs[m->start], NULL, 0, NULL, 0, status);
    return code;
}

hf_code instance_new(struct hf_store *store, struct hf_module *module, const struct binding *bindings,
                     struct hf_pre *pre, struct outside *owner, struct instance **out, hf_status *status)
{
    if (store->gc.busy) return fail(status, HF_BUSY, "the store is collecting");
    if (store->instances >= store->limits.max_instances) store_reclaim(store);
    if (store->instances >= store->limits.max_instances)
        return fail(status, HF_LIMIT, "more than %llu instances in a store",
                    (unsigned long long)store->limits.max_instances);
    struct instance *instance = blank(store, module);
    if (!instance) return fail_oom(status);
    instance->pre = pre ? hf_pre_ref(pre) : NULL;
    instance->owner = owner;
    object_link(store, &instance->object, OBJECT_INSTANCE, true);
    store->instances++;
    stat_set(store->remote, STAT_INSTANCES, store->instances);
    const hf_code code = fill(instance, bindings, status);
    if (code) {
        // What it wrote into imported tables may still name its functions: the collector decides when it goes.
        instance_drop(store, instance);
        return code;
    }
    *out = instance;
    return HF_OK;
}

// ---- ending ----

void store_reclaim(struct hf_store *store)
{
    if (store->dropped && !store->gc.busy) gc_collect(store);
}

// Collecting costs what is alive, so it waits until a good part of the store was dropped; a small store is collected at once.
void instance_drop(struct hf_store *store, struct instance *instance)
{
    if (!instance->object.kept) return;
    instance->object.kept = false;
    store->dropped++;
    if (store->dropped * 2 >= store->instances && !store->gc.busy) gc_collect(store);
}

void instance_trace(struct instance *instance, struct tracer *tracer)
{
    const struct hf_module *m = instance->module;
    if (instance->owner) trace_object(tracer, &instance->owner->object);
    for (uint32_t i = 0; i < m->imported_funcs; i++) trace_func_ref(tracer, instance->funcs[i]);
    for (uint32_t i = 0; i < m->memory_count; i++) {
        if (instance->memories[i]) trace_object(tracer, &instance->memories[i]->object);
    }
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (instance->tables[i]) trace_object(tracer, &instance->tables[i]->object);
    }
    for (uint32_t i = 0; i < m->global_count; i++) {
        if (instance->globals[i]) trace_object(tracer, &instance->globals[i]->object);
    }
    for (uint32_t i = 0; i < m->tag_count; i++) {
        if (instance->tags[i]) trace_object(tracer, &instance->tags[i]->object);
    }
    for (uint32_t i = 0; i < m->elem_count; i++) {
        const struct elem_inst *elem = &instance->elems[i];
        for (uint32_t k = 0; k < elem->count; k++) {
            const union slot slot = { .u64 = elem->elems[k] };
            trace_value(tracer, &slot, m->elems[i].type);
        }
    }
}

// The types of its structures and arrays must outlive objects that still are of them.
static void retain_types(struct hf_store *store, struct hf_module *m)
{
    bool has = false;
    for (uint32_t i = 0; i < m->type_count && !has; i++) has = types_get(m->types, m->type_ids[i])->kind != COMP_FUNC;
    if (has && store->gc.live && !store->closing) {
        for (size_t i = 0; i < store->retained_count; i++) {
            if (store->retained[i] == m) {
                module_release(m);
                return;
            }
        }
        void *grown = mem_grow(store->heap, store->retained, &store->retained_cap, store->retained_count + 1,
                               sizeof(struct hf_module *));
        if (grown) {
            store->retained = grown;
            store->retained[store->retained_count++] = m;
        }
        return; // without memory for the list the module is kept for good: rather that than a dangling type
    }
    module_release(m);
}

static void instance_free(struct hf_store *store, struct instance *instance)
{
    struct hf_module *m = instance->module;
    if (store->tier->free_instance) store->tier->free_instance(instance);
    for (uint32_t i = 0; i < m->elem_count; i++) drop_elem(instance, i);
    funcs_free(store, instance->first_func, instance->own_funcs);
    store->instances--;
    stat_set(store->remote, STAT_INSTANCES, store->instances);
    hf_pre_unref(instance->pre);
    mem_free(store->heap, instance, instance->block_size);
    retain_types(store, m);
}

void object_free(struct hf_store *store, struct object *object)
{
    entity_free(store, object);
    switch ((enum object_kind)object->kind) {
    case OBJECT_INSTANCE: instance_free(store, object_instance(object)); break;
    case OBJECT_MEMORY: memory_free(store, object_memory(object)); break;
    case OBJECT_TABLE: {
        struct table_inst *table = object_table(object);
        valtype_unref(store->types, table->type.elem);
        store->tables--;
        store->table_elements -= table->size;
        stat_set(store->remote, STAT_TABLE, store->table_elements);
        mem_free(store->heap, table->elems, (size_t)table->cap * sizeof(gref));
        MEM_FREE(store->heap, table);
        break;
    }
    case OBJECT_GLOBAL: {
        struct global_inst *global = object_global(object);
        valtype_unref(store->types, global->type.type);
        MEM_FREE(store->heap, global);
        break;
    }
    case OBJECT_TAG: {
        struct tag_inst *tag = object_tag(object);
        store->tags[tag->id] = NULL;
        if (tag->id < store->tag_hint) store->tag_hint = tag->id;
        types_unref(store->types, tag->type_id);
        MEM_FREE(store->heap, tag);
        break;
    }
    case OBJECT_COMPONENT: {
        struct outside *outside = object_outside(object);
        outside->free(outside);
        break;
    }
    case OBJECT_FUNC:
    case OBJECT_REF:
    case OBJECT_COMPONENT_FUNC:
    case OBJECT_RESOURCE: break;
    }
}
