// Instantiating (Explainer.md, "Instance Definitions"): one walk over a component's definitions, each of which makes what its
// index stands for, in the order in which validation saw them.
#include <string.h>

#include "base/fail.h"
#include "component/live.h"
#include "runtime/extern.h"
#include "runtime/heap.h"
#include "runtime/resource.h"

// ---- resource types ----

struct store_types {
    struct hf_store *store;
    struct live_type *first;
};

static const char types_key;

static void store_types_free(void *value)
{
    struct store_types *types = value;
    const hf_allocator *heap = types->store->heap;
    while (types->first) {
        struct live_type *type = types->first;
        types->first = type->next;
        MEM_FREE(heap, type);
    }
    MEM_FREE(heap, types);
}

struct live_type *live_type_new(struct hf_store *store)
{
    struct store_types *types = hf_store_slot(store, &types_key);
    if (!types) {
        types = MEM_NEW(store->heap, struct store_types);
        if (!types) return NULL;
        types->store = store;
        if (hf_store_set_slot(store, &types_key, types, store_types_free, NULL) != HF_OK) {
            MEM_FREE(store->heap, types);
            return NULL;
        }
    }
    struct live_type *type = MEM_NEW(store->heap, struct live_type);
    if (!type) return NULL;
    type->public.size = sizeof type->public;
    type->type = &type->public;
    type->next = types->first;
    types->first = type;
    return type;
}

struct live_type *live_type_of(const struct live_instance *instance, ctype place)
{
    const struct ctypes *types = instance->tree->pre->component->types;
    const struct ctype_def *def = ctypes_get(types, place);
    if (def->kind != CTYPE_RESOURCE) return NULL;
    const struct resource_def *resource = ctypes_resource(types, def->resource_id);
    if (resource->owner != instance->component) return NULL;
    return instance->resources[resource->slot];
}

// ---- things of the tree ----

hf_code live_put_func(struct live_tree *tree, struct host_func *host, gref *out, hf_status *status)
{
    struct hf_store *store = tree->store;
    struct live_func *func = ARENA_NEW(&tree->arena, struct live_func);
    hf_status own = hf_status_ok();
    const gref ref = func ? funcs_alloc(store, 1, &own) : REF_NULL;
    if (!ref) {
        host_func_unref(host);
        return func ? pass_on(&own, status) : fail_oom(status);
    }
    *func = (struct live_func){ tree->funcs, ref, host };
    tree->funcs = func;
    store->funcs[ref].type_id = host->type_id;
    store->funcs[ref].index = tree->outside.object.entity;
    store->funcs[ref].host = host;
    *out = ref;
    return HF_OK;
}

static bool same_name(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

// What a core instance exports under a name.
static bool core_export(const struct live_exports *exports, hf_str name, enum sort *sort, union live_item *out)
{
    const struct instance *core = exports->core;
    if (!core) {
        for (uint32_t i = 0; i < exports->count; i++) {
            if (!same_name(exports->items[i].name, name)) continue;
            *sort = exports->items[i].sort;
            *out = exports->items[i].item;
            return true;
        }
        return false;
    }
    for (uint32_t i = 0; i < core->module->export_count; i++) {
        const struct export *export = &core->module->exports[i];
        if (!same_name(export->name, name)) continue;
        switch (export->kind) {
        case EXTERN_FUNC: *sort = SORT_CORE_FUNC, out->func = core->funcs[export->index]; break;
        case EXTERN_TABLE: *sort = SORT_CORE_TABLE, out->table = core->tables[export->index]; break;
        case EXTERN_MEMORY: *sort = SORT_CORE_MEMORY, out->memory = core->memories[export->index]; break;
        case EXTERN_GLOBAL: *sort = SORT_CORE_GLOBAL, out->global = core->globals[export->index]; break;
        case EXTERN_TAG: *sort = SORT_CORE_TAG, out->tag = core->tags[export->index]; break;
        }
        return true;
    }
    return false;
}

static const struct live_export *find_export(const struct live_exports *exports, hf_str name)
{
    for (uint32_t i = 0; i < exports->count; i++)
        if (same_name(exports->items[i].name, name)) return &exports->items[i];
    return NULL;
}

static hf_code missing(hf_str name, hf_status *status)
{
    return fail(status, HF_UNLINKABLE, "there is no \"%.*s\" to instantiate with",
                (int)(name.size < 80 ? name.size : 80), name.data);
}

// ---- core instances ----

static bool bind(enum sort sort, union live_item item, struct binding *out)
{
    switch (sort) {
    case SORT_CORE_FUNC: *out = (struct binding){ .kind = EXTERN_FUNC, .func = item.func }; return true;
    case SORT_CORE_TABLE: *out = (struct binding){ .kind = EXTERN_TABLE, .table = item.table }; return true;
    case SORT_CORE_MEMORY: *out = (struct binding){ .kind = EXTERN_MEMORY, .memory = item.memory }; return true;
    case SORT_CORE_GLOBAL: *out = (struct binding){ .kind = EXTERN_GLOBAL, .global = item.global }; return true;
    case SORT_CORE_TAG: *out = (struct binding){ .kind = EXTERN_TAG, .tag = item.tag }; return true;
    default: return false;
    }
}

static hf_code bind_imports(struct live_instance *self, const struct definition *def, const struct hf_module *module,
                            struct binding *bindings, hf_status *status)
{
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct import *import = &module->imports[i];
        const struct live_exports *from = NULL;
        for (uint32_t k = 0; k < def->arg_count && !from; k++)
            if (same_name(def->args[k].name, import->module))
                from = self->spaces[SORT_CORE_INSTANCE][def->args[k].index].exports;
        enum sort sort;
        union live_item item;
        if (!from || !core_export(from, import->name, &sort, &item) || !bind(sort, item, &bindings[i]))
            return missing(import->name, status);
        // Validation has seen the types; this is what makes a mistake there harmless.
        const hf_code code = binding_matches(self->tree->store, import, &bindings[i], status);
        if (code) return code;
    }
    return HF_OK;
}

static hf_code instantiate_core(struct live_instance *self, const struct definition *def, union live_item *out,
                                hf_status *status)
{
    struct live_tree *tree = self->tree;
    struct hf_store *store = tree->store;
    struct hf_module *module = self->spaces[SORT_CORE_MODULE][def->index].module;
    struct live_exports *exports = ARENA_NEW(&tree->arena, struct live_exports);
    void *grown = mem_grow(store->heap, tree->cores.at, &tree->cores.cap, tree->cores.count + 1, sizeof(void *));
    if (grown) tree->cores.at = grown;
    struct binding *bindings = mem_zalloc_array(store->heap, (size_t)module->import_count + 1, sizeof *bindings);
    hf_code code = exports && grown && bindings ? HF_OK : fail_oom(status);
    if (!code) code = bind_imports(self, def, module, bindings, status);
    struct instance *instance = NULL;
    if (!code) code = instance_new(store, module, bindings, NULL, &tree->outside, &instance, status);
    mem_free(store->heap, bindings, ((size_t)module->import_count + 1) * sizeof *bindings);
    if (code) return code;
    tree->cores.at[tree->cores.count++] = instance;
    instance->object.kept = false; // it lives with the tree
    exports->core = instance;
    out->exports = exports;
    return HF_OK;
}

// ---- definitions ----

static hf_code gather(struct live_instance *self, const struct definition *def, union live_item *out, hf_status *status)
{
    struct live_tree *tree = self->tree;
    struct live_exports *exports = ARENA_NEW(&tree->arena, struct live_exports);
    struct live_export *items = ARENA_ARRAY(&tree->arena, struct live_export, (size_t)def->arg_count + 1);
    if (!exports || !items) return fail_oom(status);
    for (uint32_t i = 0; i < def->arg_count; i++) {
        const struct argument *arg = &def->args[i];
        items[i].name = arg->name;
        items[i].sort = arg->sort;
        if (arg->sort == SORT_TYPE)
            items[i].item.resource = live_type_of(self, arg->type);
        else if (arg->sort != SORT_CORE_TYPE)
            items[i].item = self->spaces[arg->sort][arg->index];
    }
    exports->count = def->arg_count;
    exports->items = items;
    out->exports = exports;
    return HF_OK;
}

static hf_code make(struct live_tree *tree, const struct live_plan *plan, struct live_instance *parent,
                    struct live_instance *outer, const struct live_exports *imports, const struct live_exports **out,
                    hf_status *status);

static hf_code define_canon(struct live_instance *self, const struct definition *def, uint32_t at, union live_item *out,
                            hf_status *status)
{
    const struct canon *canon = def->canon;
    const struct canon_plan *plan = self->plan->canons[at];
    if (canon->kind == CANON_LIFT) {
        struct live_func *keep = ARENA_NEW(&self->tree->arena, struct live_func);
        if (!keep) return fail_oom(status);
        const hf_code code = live_lift(self, canon, plan, &keep->host, status);
        if (code) return code;
        keep->next = self->tree->lifted;
        self->tree->lifted = keep;
        out->host = keep->host;
        return HF_OK;
    }
    if (canon->kind == CANON_LOWER) return live_lower(self, canon, plan, &out->func, status);
    return live_builtin(self, canon, plan, &out->func, status);
}

static hf_code define_resource(struct live_instance *self, const struct definition *def, union live_item *out,
                               hf_status *status)
{
    const struct ctypes *types = self->tree->pre->component->types;
    const struct resource_def *resource = ctypes_resource(types, ctypes_get(types, def->type)->resource_id);
    struct live_type *type = live_type_new(self->tree->store);
    if (!type) return fail_oom(status);
    type->impl = self;
    type->is64 = resource->rep == VAL_I64;
    type->dtor = resource->dtor == NO_INDEX ? REF_NULL : self->spaces[SORT_CORE_FUNC][resource->dtor].func;
    out->resource = type;
    return HF_OK;
}

static hf_code define(struct live_instance *self, const struct definition *def, uint32_t at,
                      const struct live_exports *imports, union live_item *out, hf_status *status)
{
    switch (def->kind) {
    case DEFINE_CORE_MODULE: out->module = def->module; return HF_OK;
    case DEFINE_CORE_INSTANTIATE: return instantiate_core(self, def, out, status);
    case DEFINE_CORE_EXPORTS:
    case DEFINE_EXPORTS: return gather(self, def, out, status);
    case DEFINE_COMPONENT:
        out->closure = ARENA_NEW(&self->tree->arena, struct live_closure);
        if (!out->closure) return fail_oom(status);
        *out->closure = (struct live_closure){ self->plan->nested[at], self };
        return HF_OK;
    case DEFINE_INSTANTIATE: {
        const struct live_closure *closure = self->spaces[SORT_COMPONENT][def->index].closure;
        union live_item args;
        const hf_code code = gather(self, def, &args, status);
        return code ? code : make(self->tree, closure->plan, self, closure->outer, args.exports, &out->exports, status);
    }
    case DEFINE_ALIAS_EXPORT: {
        const struct live_export *export = find_export(self->spaces[SORT_INSTANCE][def->index].exports, def->name);
        if (!export) return missing(def->name, status);
        *out = export->item;
        return HF_OK;
    }
    case DEFINE_ALIAS_CORE: {
        enum sort sort;
        if (!core_export(self->spaces[SORT_CORE_INSTANCE][def->index].exports, def->name, &sort, out) ||
            sort != def->sort)
            return missing(def->name, status);
        return HF_OK;
    }
    case DEFINE_ALIAS_OUTER: {
        const struct live_instance *from = self;
        for (uint32_t i = 0; i < def->count; i++) from = from->outer;
        *out = from->spaces[def->sort][def->index];
        return HF_OK;
    }
    case DEFINE_RESOURCE: return define_resource(self, def, out, status);
    case DEFINE_CANON: return define_canon(self, def, at, out, status);
    case DEFINE_IMPORT: {
        const struct live_export *given = find_export(imports, def->name);
        if (!given) return missing(def->name, status);
        *out = given->item;
        return HF_OK;
    }
    case DEFINE_EXPORT: {
        const struct component_export *export = &self->component->exports[def->index];
        if (def->sort == SORT_TYPE)
            out->resource = NULL; // its slot is bound already
        else
            *out = self->spaces[def->sort][export->index];
        return HF_OK;
    }
    case DEFINE_VALUE:
    case DEFINE_START: return fail(status, HF_UNSUPPORTED, "values as definitions cannot be instantiated yet");
    }
    return HF_OK;
}

// Gives slots the resource types that a definition brought along.
static hf_code bind_resources(struct live_instance *self, const struct definition *def, union live_item item,
                              hf_status *status)
{
    for (uint32_t i = 0; i < def->binding_count; i++) {
        const struct resource_binding *binding = &def->bindings[i];
        union live_item at = item;
        for (uint32_t k = 0; k < binding->path_count; k++) {
            const struct live_export *export = find_export(at.exports, binding->path[k]);
            if (!export) return missing(binding->path[k], status);
            at = export->item;
        }
        if (!binding->path_count && def->kind == DEFINE_EXPORT) {
            // Hidden behind the type of the export: the same resource type under another identity.
            at.resource = live_type_of(self, self->component->exports[def->index].given);
        }
        if (!at.resource) return fail(status, HF_UNLINKABLE, "a resource type is missing");
        self->resources[binding->slot] = at.resource;
    }
    return HF_OK;
}

static hf_code run_definitions(struct live_instance *self, const struct live_exports *imports, hf_status *status)
{
    const struct component *c = self->component;
    for (uint32_t i = 0; i < c->definition_count; i++) {
        const struct definition *def = &c->definitions[i];
        union live_item item = { .func = REF_NULL };
        hf_code code = define(self, def, i, imports, &item, status);
        if (!code) code = bind_resources(self, def, item, status);
        if (code) return code;
        if (def->sort != SORT_TYPE) self->spaces[def->sort][self->filled[def->sort]++] = item;
    }
    return HF_OK;
}

static hf_code make_exports(struct live_instance *self, const struct live_exports **out, hf_status *status)
{
    const struct component *c = self->component;
    struct live_tree *tree = self->tree;
    struct live_exports *exports = ARENA_NEW(&tree->arena, struct live_exports);
    struct live_export *items = ARENA_ARRAY(&tree->arena, struct live_export, (size_t)c->export_count + 1);
    if (!exports || !items) return fail_oom(status);
    for (uint32_t i = 0; i < c->export_count; i++) {
        const struct wit_entity entity = c->exports[i].decl.entity;
        items[i].name = c->exports[i].decl.name;
        items[i].sort = entity.sort;
        items[i].type = entity.type;
        if (entity.sort == SORT_TYPE)
            items[i].item.resource = live_type_of(self, entity.type);
        else
            items[i].item = self->spaces[entity.sort][c->exports[i].index];
    }
    exports->count = c->export_count;
    exports->items = items;
    *out = exports;
    return HF_OK;
}

static hf_code blank(struct live_tree *tree, const struct live_plan *plan, struct live_instance **out,
                     hf_status *status)
{
    struct arena *arena = &tree->arena;
    // Each may be instantiated several times, at each level: their number may be exponential in the size of the component.
    if (tree->instance_count++ >= tree->store->limits.max_instances)
        return fail(status, HF_LIMIT, "more than %llu component instances",
                    (unsigned long long)tree->store->limits.max_instances);
    struct live_instance *self = ARENA_NEW(arena, struct live_instance);
    if (!self) return fail_oom(status);
    self->tree = tree;
    self->plan = plan;
    self->component = plan->component;
    self->may_leave = true;
    self->resources = ARENA_ARRAY(arena, struct live_type *, (size_t)plan->component->resource_count + 1);
    bool good = self->resources != NULL;
    for (unsigned sort = 0; sort < SORT_COUNT; sort++) {
        self->spaces[sort] = ARENA_ARRAY(arena, union live_item, (size_t)plan->component->counts[sort] + 1);
        good = good && self->spaces[sort];
    }
    if (!good) return fail_oom(status);
    handles_init(&self->handles, tree->store);
    self->next = tree->instances;
    tree->instances = self;
    *out = self;
    return HF_OK;
}

static hf_code make(struct live_tree *tree, const struct live_plan *plan, struct live_instance *parent,
                    struct live_instance *outer, const struct live_exports *imports, const struct live_exports **out,
                    hf_status *status)
{
    struct live_instance *self = NULL;
    hf_code code = blank(tree, plan, &self, status);
    if (code) return code;
    self->parent = parent;
    self->outer = outer;
    // While it is made nobody enters it but itself.
    code = run_definitions(self, imports, status);
    if (!code) code = make_exports(self, out, status);
    self->may_enter = !code;
    return code;
}

// ---- trees ----

static void trace(struct outside *outside, struct tracer *tracer)
{
    const struct live_tree *tree = (const struct live_tree *)outside;
    for (size_t i = 0; i < tree->cores.count; i++) trace_object(tracer, &tree->cores.at[i]->object);
}

static void forget_types(struct live_tree *tree)
{
    const struct store_types *types = hf_store_slot(tree->store, &types_key);
    for (struct live_type *type = types ? types->first : NULL; type; type = type->next) {
        if (!type->impl || type->impl->tree != tree) continue;
        type->impl = NULL;
        type->dtor = REF_NULL;
    }
}

// What the instances own ends with them: guests' destructors do not run any more, the host's things are given back.
static void drop_owned(struct hf_store *store, const struct handles *handles)
{
    for (uint32_t i = 1; i < handles->count; i++) {
        const struct handle *handle = &handles->at[i];
        if (handle->kind != HANDLE_RESOURCE || !handle->own) continue;
        struct resource *resource = resource_get(store, handle->resource, NULL);
        if (!resource) continue;
        resource->guest_owned = false;
        if (resource->by_guest)
            resource_remove(store, handle->resource);
        else
            hf_resource_drop(store, handle->resource, NULL);
    }
}

static void free_tree(struct outside *outside)
{
    struct live_tree *tree = (struct live_tree *)outside;
    struct hf_store *store = tree->store;
    forget_types(tree);
    for (struct live_callee *callee = tree->callees; callee; callee = callee->next) entity_free(store, &callee->object);
    for (struct live_func *func = tree->funcs; func; func = func->next) {
        funcs_free(store, func->func, 1);
        host_func_unref(func->host);
    }
    for (struct live_func *func = tree->lifted; func; func = func->next) host_func_unref(func->host);
    for (struct live_instance *i = tree->instances; i; i = i->next) {
        drop_owned(store, &i->handles);
        handles_fini(&i->handles);
    }
    mem_free(store->heap, tree->cores.at, tree->cores.cap * sizeof *tree->cores.at);
    struct hf_component_pre *pre = tree->pre;
    arena_fini(&tree->arena);
    MEM_FREE(store->heap, tree);
    hf_component_pre_unref(pre);
}

// The root's imports, as the pre-instance has resolved them.
static hf_code import_items(struct live_tree *tree, const struct live_import *imports, uint32_t count,
                            const struct live_exports **out, hf_status *status)
{
    struct live_exports *exports = ARENA_NEW(&tree->arena, struct live_exports);
    struct live_export *items = ARENA_ARRAY(&tree->arena, struct live_export, (size_t)count + 1);
    if (!exports || !items) return fail_oom(status);
    for (uint32_t i = 0; i < count; i++) {
        const struct live_import *import = &imports[i];
        items[i].name = import->name;
        items[i].sort = import->sort;
        if (import->sort == SORT_FUNC) {
            items[i].item.host = import->func;
        } else if (import->sort == SORT_INSTANCE) {
            const hf_code code = import_items(tree, import->items, import->count, &items[i].item.exports, status);
            if (code) return code;
        } else if (import->resource) {
            struct live_type *type = live_type_new(tree->store);
            if (!type) return fail_oom(status);
            type->type = import->resource->type;
            type->host = import->resource;
            items[i].item.resource = type;
        }
    }
    exports->count = count;
    exports->items = items;
    *out = exports;
    return HF_OK;
}

hf_code live_tree_new(struct hf_component_pre *pre, struct hf_store *store, struct live_tree **out, hf_status *status)
{
    if (store->gc.busy) return fail(status, HF_BUSY, "the store is collecting");
    struct live_tree *tree = MEM_NEW(store->heap, struct live_tree);
    if (!tree) return fail_oom(status);
    tree->store = store;
    tree->pre = hf_component_pre_ref(pre);
    tree->outside.trace = trace;
    tree->outside.free = free_tree;
    arena_init(&tree->arena, store->heap);
    object_link(store, &tree->outside.object, OBJECT_COMPONENT, true);
    hf_handle handle; // functions name their owner by it
    hf_code code = object_handle(store, &tree->outside.object, &handle, status);
    const struct live_exports *imports;
    if (!code) code = import_items(tree, pre->imports, pre->root->component->import_count, &imports, status);
    if (!code) code = make(tree, pre->root, NULL, NULL, imports, &tree->exports, status);
    if (code)
        live_tree_drop(tree);
    else
        *out = tree;
    return code;
}

// Its core instances go when the collector finds that nothing reaches the tree any more.
void live_tree_drop(struct live_tree *tree)
{
    struct hf_store *store = tree->store;
    if (!tree->outside.object.kept) return;
    tree->outside.object.kept = false;
    store->dropped += 1 + tree->cores.count;
    if (store->dropped * 2 >= store->instances && !store->gc.busy) gc_collect(store);
}

struct live_tree *live_tree_of(struct hf_store *store, hf_handle handle, hf_status *status)
{
    struct object *object = store_object(store, handle, OBJECT_COMPONENT, status);
    return object ? (struct live_tree *)object_outside(object) : NULL;
}
