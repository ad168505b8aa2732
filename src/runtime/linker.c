// The linker: definitions by name, hooks by pattern, and what a freeze makes of them for one module. A pre-instance is immutable and
// counted; nothing of the linker is needed any more to instantiate it.
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/map.h"
#include "runtime/call.h"
#include "runtime/extern.h"
#include "runtime/host.h"
#include "runtime/linker.h"
#include "runtime/pattern.h"
#include "wasm/extern_name.h"

struct definition {
    const char *key; // module, a zero byte, name
    size_t key_size;
    struct host_func *host; // NULL: `object`
    hf_extern object;
    uint64_t store;
    uint32_t place; // among the functions
};

struct wrap {
    char pattern[PATTERN_MOST + 1];
    struct hook hook;
};

struct hf_linker {
    struct hf_engine *engine;
    struct arena arena; // keys
    struct map names;
    struct definition *defs;
    size_t def_count, def_cap;
    struct host_func **funcs; // visible ones, in order of definition
    size_t func_count, func_cap;
    const hf_resource_type **resources;
    size_t resource_count, resource_cap;
    struct wrap *wraps;
    size_t wrap_count, wrap_cap;
    bool shadowing;
    bool trap_unknown;
};

struct pre_import {
    struct host_func *host; // a reference; NULL: `object`
    hf_extern object;
};

struct hf_pre {
    atomic_uint refs;
    struct hf_engine *engine;
    struct hf_module *module;
    uint32_t count;
    struct pre_import imports[];
};

hf_linker *hf_linker_new(hf_engine *engine, hf_status *status)
{
    if (!engine) {
        fail(status, HF_BAD_ARGUMENT, "no engine");
        return NULL;
    }
    struct hf_linker *linker = MEM_NEW(&engine->heap, struct hf_linker);
    if (!linker) {
        fail_oom(status);
        return NULL;
    }
    linker->engine = hf_engine_ref(engine);
    arena_init(&linker->arena, &engine->heap);
    map_init(&linker->names, &engine->heap, (uint64_t)(uintptr_t)linker);
    return linker;
}

void hf_linker_free(hf_linker *linker)
{
    if (!linker) return;
    struct hf_engine *engine = linker->engine;
    const hf_allocator *heap = &engine->heap;
    for (size_t i = 0; i < linker->def_count; i++) host_func_unref(linker->defs[i].host);
    mem_free(heap, linker->defs, linker->def_cap * sizeof *linker->defs);
    mem_free(heap, linker->funcs, linker->func_cap * sizeof *linker->funcs);
    mem_free(heap, linker->resources, linker->resource_cap * sizeof *linker->resources);
    mem_free(heap, linker->wraps, linker->wrap_cap * sizeof *linker->wraps);
    map_fini(&linker->names);
    arena_fini(&linker->arena);
    MEM_FREE(heap, linker);
    hf_engine_unref(engine);
}

void hf_linker_allow_shadowing(hf_linker *linker, bool allow)
{
    if (linker) linker->shadowing = allow;
}

void hf_linker_trap_unknown(hf_linker *linker, bool on)
{
    if (linker) linker->trap_unknown = on;
}

// ---- definitions ----

static char *make_key(struct arena *arena, const char *module, size_t module_size, const char *name, size_t name_size,
                      size_t *size)
{
    *size = module_size + 1 + name_size;
    char *key = arena_alloc(arena, *size);
    if (!key) return NULL;
    if (module_size) memcpy(key, module, module_size);
    key[module_size] = 0;
    if (name_size) memcpy(key + module_size + 1, name, name_size);
    return key;
}

static struct definition *find(const struct hf_linker *linker, const void *key, size_t size)
{
    const uint32_t *at = map_get(&linker->names, key, size);
    return at ? &linker->defs[*at] : NULL;
}

// Takes over the definition's reference, also when it fails.
static hf_code add(struct hf_linker *linker, const char *module, const char *name, struct definition def,
                   hf_status *status)
{
    const hf_allocator *heap = &linker->engine->heap;
    hf_code code = HF_OK;
    char *key = make_key(&linker->arena, module, strlen(module), name, strlen(name), &def.key_size);
    def.key = key;
    struct definition *old = key ? find(linker, key, def.key_size) : NULL;
    void *defs = mem_grow(heap, linker->defs, &linker->def_cap, linker->def_count + 1, sizeof *linker->defs);
    if (defs) linker->defs = defs;
    void *funcs = mem_grow(heap, linker->funcs, &linker->func_cap, linker->func_count + 1, sizeof *linker->funcs);
    if (funcs) linker->funcs = funcs;
    if (old) old = find(linker, key, def.key_size);
    if (!key || !defs || !funcs) {
        code = fail_oom(status);
    } else if (old && !linker->shadowing) {
        code = fail(status, HF_EXISTS, "%s#%s is defined already", module, name);
    } else if (!old && map_put(&linker->names, key, def.key_size, (uint32_t)linker->def_count) != MAP_ADDED) {
        code = fail_oom(status);
    }
    if (code) {
        host_func_unref(def.host);
        return code;
    }
    if (old && old->host && def.host) {
        def.place = old->place;
        linker->funcs[def.place] = def.host;
    } else if (old && old->host) {
        // A function that is hidden by something else is no function of this linker any more.
        memmove(&linker->funcs[old->place], &linker->funcs[old->place + 1],
                (linker->func_count - old->place - 1) * sizeof *linker->funcs);
        linker->func_count--;
        for (size_t i = 0; i < linker->def_count; i++) {
            if (linker->defs[i].host && linker->defs[i].place > old->place) linker->defs[i].place--;
        }
    } else if (def.host) {
        def.place = (uint32_t)linker->func_count;
        linker->funcs[linker->func_count++] = def.host;
    }
    if (old) {
        host_func_unref(old->host);
        *old = def;
    } else {
        linker->defs[linker->def_count++] = def;
    }
    return HF_OK;
}

static hf_code add_func(struct hf_linker *linker, const hf_func_desc *desc, hf_host_fn fn, hf_typed_fn typed, void *env,
                        hf_status *status)
{
    if (!linker || (!fn && !typed)) return fail(status, HF_BAD_ARGUMENT, "no linker or no function");
    struct host_func *host = NULL;
    hf_code code = host_func_new(linker->engine, desc, &host, status);
    if (!code && typed) code = typed_plan(host->type, &host->plan, status);
    if (code) {
        host_func_unref(host);
        return code;
    }
    host->fn = fn;
    host->typed = host->direct = typed;
    host->env = env;
    return add(linker, host->desc.module, host->desc.name, (struct definition){ .host = host }, status);
}

hf_code hf_linker_define(hf_linker *linker, const hf_func_desc *desc, hf_host_fn fn, void *env, hf_status *status)
{
    return add_func(linker, desc, fn, NULL, env, status);
}

static hf_code by_signature(hf_linker *linker, const char *module, const char *name, const char *signature,
                            hf_host_fn fn, hf_typed_fn typed, void *env, hf_status *status)
{
    enum { MOST = 64 };
    hf_valtype types[MOST], results[MOST];
    hf_param params[MOST];
    hf_func_desc desc;
    memset(&desc, 0, sizeof desc);
    memset(params, 0, sizeof params);
    const hf_code code =
        signature_read(signature, types, MOST, &desc.param_count, results, MOST, &desc.result_count, status);
    if (code) return code;
    for (size_t i = 0; i < desc.param_count; i++) params[i].type = types[i];
    desc.size = sizeof desc;
    desc.module = module;
    desc.name = name;
    desc.params = params;
    desc.results = results;
    desc.effects = HF_EFFECT_UNKNOWN;
    desc.opaque = typed != NULL;
    return add_func(linker, &desc, fn, typed, env, status);
}

hf_code hf_linker_define_func(hf_linker *linker, const char *module, const char *name, const char *signature,
                              hf_host_fn fn, void *env, hf_status *status)
{
    return by_signature(linker, module, name, signature, fn, NULL, env, status);
}

hf_code hf_linker_define_typed(hf_linker *linker, const char *module, const char *name, const char *signature,
                               hf_typed_fn fn, void *env, hf_status *status)
{
    return by_signature(linker, module, name, signature, NULL, fn, env, status);
}

hf_code hf_linker_define_extern(hf_linker *linker, const char *module, const char *name, hf_store *store,
                                hf_extern object, hf_status *status)
{
    if (!linker || !store || !module || !name) return fail(status, HF_BAD_ARGUMENT, "no linker, store or name");
    if (store->engine != linker->engine) return fail(status, HF_WRONG_STORE, "the store is of another engine");
    struct binding binding;
    const hf_code code = extern_bind(store, object, &binding, status);
    if (code) return code;
    return add(linker, module, name, (struct definition){ .object = object, .store = store->id }, status);
}

hf_code hf_linker_define_instance(hf_linker *linker, const char *module, hf_store *store, hf_instance handle,
                                  hf_status *status)
{
    if (!linker || !store || !module) return fail(status, HF_BAD_ARGUMENT, "no linker, store or name");
    hf_status own = hf_status_ok();
    struct object *object = store_object(store, handle.h, OBJECT_INSTANCE, &own);
    if (!object) return pass_on(&own, status);
    struct instance *instance = object_instance(object);
    for (uint32_t i = 0; i < instance->module->export_count; i++) {
        const struct export *export = &instance->module->exports[i];
        hf_extern item;
        hf_code code = extern_export(instance, export, &item, status);
        if (code) return code;
        // Names of exports may hold zero bytes, names of definitions may not: such an export cannot be imported by name here.
        if (export->name.size && memchr(export->name.data, 0, export->name.size)) continue;
        const char *name = arena_strndup(&linker->arena, export->name.data, export->name.size);
        if (!name) return fail_oom(status);
        code = hf_linker_define_extern(linker, module, name, store, item, status);
        if (code) return code;
    }
    return HF_OK;
}

size_t hf_linker_func_count(const hf_linker *linker)
{
    return linker ? linker->func_count : 0;
}

const hf_func_desc *hf_linker_func(const hf_linker *linker, size_t i)
{
    return linker && i < linker->func_count ? &linker->funcs[i]->desc : NULL;
}

size_t hf_func_desc_name(const hf_func_desc *desc, char *out, size_t size)
{
    if (!desc) return 0;
    const int length =
        snprintf(out, out ? size : 0, "%s#%s", desc->module ? desc->module : "", desc->name ? desc->name : "");
    return length < 0 ? 0 : (size_t)length;
}

hf_code hf_linker_wrap(hf_linker *linker, const char *pattern, hf_host_fn hook, void *env, hf_status *status)
{
    if (!linker || !hook) return fail(status, HF_BAD_ARGUMENT, "no linker or no hook");
    if (!pattern_valid(pattern))
        return fail(status, HF_BAD_ARGUMENT, "a pattern has 1 to %d characters", (int)PATTERN_MOST);
    void *grown = mem_grow(&linker->engine->heap, linker->wraps, &linker->wrap_cap, linker->wrap_count + 1,
                           sizeof *linker->wraps);
    if (!grown) return fail_oom(status);
    linker->wraps = grown;
    struct wrap *wrap = &linker->wraps[linker->wrap_count++];
    memcpy(wrap->pattern, pattern, strlen(pattern) + 1);
    wrap->hook = (struct hook){ hook, env };
    return HF_OK;
}

// ---- freezing ----

hf_code linker_wrapped(const struct hf_linker *linker, struct host_func *host, struct host_func **out,
                       hf_status *status)
{
    *out = NULL;
    if (!linker->wrap_count) {
        *out = host_func_ref(host);
        return HF_OK;
    }
    const hf_allocator *heap = &linker->engine->heap;
    const size_t size = hf_func_desc_name(&host->desc, NULL, 0) + 1;
    char *name = mem_alloc(heap, size);
    struct hook *hooks = mem_zalloc_array(heap, linker->wrap_count, sizeof *hooks);
    uint32_t count = 0;
    hf_code code = name && hooks ? HF_OK : fail_oom(status);
    if (!code) {
        hf_func_desc_name(&host->desc, name, size);
        for (size_t i = 0; i < linker->wrap_count; i++) {
            if (pattern_matches(linker->wraps[i].pattern, name, size - 1)) hooks[count++] = linker->wraps[i].hook;
        }
        if (count)
            code = host_func_wrapped(host, hooks, count, out, status);
        else
            *out = host_func_ref(host);
    }
    mem_free(heap, name, size);
    mem_free(heap, hooks, linker->wrap_count * sizeof *hooks);
    return code;
}

static hf_code trap_missing(hf_call *call, void *env)
{
    const struct host_func *host = env;
    return hf_call_trap(call, "unknown import %s#%s was called", host->desc.module, host->desc.name);
}

// What stands before the '@', and the version behind it.
static bool cut_version(hf_str name, hf_str *before, struct semver *version)
{
    const char *at = name.size ? memchr(name.data, '@', name.size) : NULL;
    if (!at) return false;
    char why[64];
    *before = (hf_str){ name.data, (size_t)(at - name.data) };
    const hf_str text = { at + 1, name.size - before->size - 1 };
    return semver_parse(text, version, why, sizeof why) == NULL;
}

static bool same_text(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool interfaces_compatible(hf_str a, hf_str b)
{
    hf_str before_a, before_b;
    struct semver version_a, version_b;
    if (same_text(a, b)) return true;
    return cut_version(a, &before_a, &version_a) && cut_version(b, &before_b, &version_b) &&
           same_text(before_a, before_b) && semver_compatible(&version_a, &version_b);
}

static hf_code drop_resource(hf_call *call, void *env)
{
    (void)env;
    const hf_resource *resource = hf_call_args(call);
    hf_status status = hf_status_ok();
    const hf_code code = hf_resource_drop(hf_call_store(call), *resource, &status);
    return code ? hf_call_fail(call, &status) : HF_OK;
}

// `own` of a resource type, and the function that drops one; in the linker's arena.
struct drop_types {
    hf_type own, params;
    hf_field field;
    hf_witfunc func;
};

hf_code hf_linker_define_resource(hf_linker *linker, const hf_resource_type *type, uint32_t effects, hf_status *status)
{
    if (!linker || !type || type->size < sizeof *type || !type->names.name.size)
        return fail(status, HF_BAD_ARGUMENT, "no linker or no type of resources with a name");
    const hf_str interface = type->names.interface, name = type->names.name;
    const hf_allocator *heap = &linker->engine->heap;
    void *grown =
        mem_grow(heap, linker->resources, &linker->resource_cap, linker->resource_count + 1, sizeof *linker->resources);
    if (!grown) return fail_oom(status);
    linker->resources = grown;
    struct drop_types *types = ARENA_NEW(&linker->arena, struct drop_types);
    char *module = arena_zalloc(&linker->arena, interface.size + 1);
    char *drop = arena_zalloc(&linker->arena, name.size + sizeof "[resource-drop]");
    if (!types || !module || !drop) return fail_oom(status);
    if (interface.size) memcpy(module, interface.data, interface.size);
    snprintf(drop, name.size + sizeof "[resource-drop]", "[resource-drop]%.*s", (int)name.size, name.data);
    types->own = (hf_type){ .kind = HF_WIT_OWN, .resource = &type->names };
    types->field = (hf_field){ .name = { "self", 4 }, .type = &types->own };
    types->params = (hf_type){ .kind = HF_WIT_RECORD, .count = 1, .fields = &types->field };
    types->func.params = &types->params;
    hf_code code = hf_type_layout(&types->own, NULL, status);
    if (!code) code = hf_type_layout(&types->params, &types->field, status);
    const hf_func_desc desc = {
        .size = sizeof desc,
        .module = module,
        .name = drop,
        .effects = effects,
        .wit = &types->func,
    };
    if (!code) code = hf_linker_define(linker, &desc, drop_resource, NULL, status);
    if (!code) linker->resources[linker->resource_count++] = type;
    return code;
}

const hf_resource_type *linker_resource(const struct hf_linker *linker, hf_str interface, hf_str name)
{
    const hf_resource_type *found = NULL;
    for (size_t i = linker->resource_count; i-- > 0;) {
        const hf_resource_type *type = linker->resources[i];
        if (!same_text(type->names.name, name)) continue;
        if (same_text(type->names.interface, interface)) return type;
        if (interfaces_compatible(type->names.interface, interface)) found = type;
    }
    return found;
}

bool linker_traps_unknown(const struct hf_linker *linker)
{
    return linker->trap_unknown;
}

struct hf_engine *linker_engine(const struct hf_linker *linker)
{
    return linker->engine;
}

static hf_str str_of(const char *text)
{
    return (hf_str){ text, strlen(text) };
}

struct host_func *linker_find(const struct hf_linker *linker, hf_str interface, hf_str name)
{
    struct host_func *found = NULL;
    struct semver best = { 0 };
    for (size_t i = 0; i < linker->func_count; i++) {
        struct host_func *host = linker->funcs[i];
        const hf_str module = str_of(host->desc.module);
        if (!host->desc.wit || !same_text(str_of(host->desc.name), name)) continue;
        if (same_text(module, interface)) return host;
        hf_str before;
        struct semver version;
        if (!interfaces_compatible(module, interface) || !cut_version(module, &before, &version)) continue;
        if (found && semver_compare(&version, &best) <= 0) continue;
        found = host;
        best = version;
    }
    return found;
}

hf_code linker_stand_in(const struct hf_linker *linker, hf_str interface, hf_str name, const hf_witfunc *wit,
                        struct host_func **out, hf_status *status)
{
    struct arena scratch;
    arena_init(&scratch, &linker->engine->heap);
    const hf_func_desc desc = {
        .size = sizeof desc,
        .module = arena_strndup(&scratch, interface.data, interface.size),
        .name = arena_strndup(&scratch, name.data, name.size),
        .effects = HF_EFFECT_UNKNOWN,
        .wit = wit,
    };
    const hf_code code =
        desc.module && desc.name ? host_func_new(linker->engine, &desc, out, status) : fail_oom(status);
    arena_fini(&scratch);
    if (code) return code;
    (*out)->fn = trap_missing;
    (*out)->env = *out;
    return HF_OK;
}

// A function of the import's own type that traps.
static hf_code stand_in(struct hf_linker *linker, const struct import *import, struct host_func **out,
                        hf_status *status)
{
    struct type_registry *types = linker->engine->types;
    const struct func_type *type = &types_get(types, import->type.func)->func;
    struct arena scratch;
    arena_init(&scratch, &linker->engine->heap);
    hf_param *params = arena_zalloc_array(&scratch, (size_t)type->param_count + 1, sizeof *params);
    hf_func_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.size = sizeof desc;
    desc.module = arena_strndup(&scratch, import->module.data, import->module.size);
    desc.name = arena_strndup(&scratch, import->name.data, import->name.size);
    desc.params = params;
    desc.param_count = type->param_count;
    desc.results = type->results;
    desc.result_count = type->result_count;
    desc.effects = HF_EFFECT_UNKNOWN;
    hf_code code = HF_OK;
    if (!params || !desc.module || !desc.name) {
        code = fail_oom(status);
    } else {
        for (uint32_t i = 0; i < type->param_count; i++) params[i].type = type->params[i];
        code = host_func_new(linker->engine, &desc, out, status);
    }
    arena_fini(&scratch);
    if (code) return code;
    struct host_func *host = *out;
    host->fn = trap_missing;
    host->env = host;
    types_ref(types, import->type.func);
    types_unref(types, host->type_id);
    host->type_id = import->type.func;
    host->type = type;
    return HF_OK;
}

static hf_code resolve(struct hf_linker *linker, const struct import *import, struct pre_import *out, hf_status *status)
{
    struct arena scratch;
    arena_init(&scratch, &linker->engine->heap);
    size_t size;
    char *key =
        make_key(&scratch, import->module.data, import->module.size, import->name.data, import->name.size, &size);
    const struct definition *def = key ? find(linker, key, size) : NULL;
    arena_fini(&scratch);
    if (!key) return fail_oom(status);
    if (!def) {
        if (!linker->trap_unknown || import->type.kind != EXTERN_FUNC)
            return fail(status, HF_UNLINKABLE, "unknown import \"%.*s\" \"%.*s\"",
                        (int)(import->module.size < 80 ? import->module.size : 80), import->module.data,
                        (int)(import->name.size < 80 ? import->name.size : 80), import->name.data);
        struct host_func *host = NULL;
        hf_code code = stand_in(linker, import, &host, status);
        if (!code) code = linker_wrapped(linker, host, &out->host, status);
        host_func_unref(host);
        return code;
    }
    if (def->host && def->host->desc.wit)
        return fail(status, HF_UNLINKABLE, "import %s#%s is a function of the component model", def->host->desc.module,
                    def->host->desc.name);
    if (!def->host) {
        out->object = def->object;
        return HF_OK;
    }
    const hf_code code = host_func_matches(linker->engine->types, import, def->host, status);
    return code ? code : linker_wrapped(linker, def->host, &out->host, status);
}

hf_pre *hf_linker_freeze(hf_linker *linker, hf_module *module, hf_status *status)
{
    if (!linker || !module) {
        fail(status, HF_BAD_ARGUMENT, "no linker or no module");
        return NULL;
    }
    if (module->engine != linker->engine) {
        fail(status, HF_WRONG_STORE, "the module is of another engine");
        return NULL;
    }
    const size_t size = sizeof(struct hf_pre) + module->import_count * sizeof(struct pre_import);
    struct hf_pre *pre = mem_zalloc(&linker->engine->heap, size);
    if (!pre) {
        fail_oom(status);
        return NULL;
    }
    atomic_init(&pre->refs, 1);
    pre->engine = hf_engine_ref(linker->engine);
    pre->module = module_hold(module);
    pre->count = module->import_count;
    for (uint32_t i = 0; i < pre->count; i++) {
        if (resolve(linker, &module->imports[i], &pre->imports[i], status)) {
            hf_pre_unref(pre);
            return NULL;
        }
    }
    return pre;
}

hf_pre *hf_pre_ref(hf_pre *pre)
{
    if (pre) atomic_fetch_add_explicit(&pre->refs, 1, memory_order_relaxed);
    return pre;
}

void hf_pre_unref(hf_pre *pre)
{
    if (!pre || atomic_fetch_sub_explicit(&pre->refs, 1, memory_order_acq_rel) != 1) return;
    for (uint32_t i = 0; i < pre->count; i++) host_func_unref(pre->imports[i].host);
    struct hf_engine *engine = pre->engine;
    module_release(pre->module);
    mem_free(&engine->heap, pre, sizeof *pre + pre->count * sizeof pre->imports[0]);
    hf_engine_unref(engine);
}

hf_module *hf_pre_module(const hf_pre *pre)
{
    return pre ? pre->module : NULL;
}

size_t hf_pre_wraps(const hf_pre *pre, size_t import)
{
    return pre && import < pre->count && pre->imports[import].host ? pre->imports[import].host->hook_count : 0;
}

enum { FEW = 64 };

hf_code hf_pre_instantiate(hf_pre *pre, hf_store *store, hf_instance *out, hf_status *status)
{
    if (!pre || !store || !out) return fail(status, HF_BAD_ARGUMENT, "no pre-instance or no store");
    if (store->engine != pre->engine) return fail(status, HF_WRONG_STORE, "the store is of another engine");
    struct binding few[FEW];
    struct binding *bindings = few;
    if (pre->count > FEW) {
        bindings = mem_zalloc_array(store->heap, pre->count, sizeof *bindings);
        if (!bindings) return fail_oom(status);
    }
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < pre->count && !code; i++) {
        bindings[i] = (struct binding){ .kind = EXTERN_FUNC, .host = pre->imports[i].host };
        if (bindings[i].host) continue;
        code = extern_bind(store, pre->imports[i].object, &bindings[i], status);
        if (!code) code = binding_matches(store, &pre->module->imports[i], &bindings[i], status);
    }
    struct instance *instance = NULL;
    if (!code) code = instance_new(store, pre->module, bindings, pre, NULL, &instance, status);
    if (bindings != few) mem_free(store->heap, bindings, pre->count * sizeof *bindings);
    return code ? code : object_handle(store, &instance->object, &out->h, status);
}

hf_code hf_linker_instantiate(hf_linker *linker, hf_store *store, hf_module *module, hf_instance *out,
                              hf_status *status)
{
    hf_status own = hf_status_ok();
    hf_pre *pre = hf_linker_freeze(linker, module, &own);
    if (!pre) return pass_on(&own, status);
    const hf_code code = hf_pre_instantiate(pre, store, out, status);
    hf_pre_unref(pre);
    return code;
}

// ---- functions of one store ----

hf_code hf_func_new(hf_store *store, const hf_func_desc *desc, hf_host_fn fn, void *env, void (*free_fn)(void *env),
                    hf_func *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    struct host_func *host = NULL;
    void *grown = NULL;
    gref ref = REF_NULL;
    if (!store || !fn || !out)
        fail(&own, HF_BAD_ARGUMENT, "no store or no function");
    else
        host_func_new(store->engine, desc, &host, &own);
    if (host) {
        host->fn = fn;
        host->env = env;
        grown = mem_grow(store->heap, store->host_funcs, &store->host_func_cap, store->host_func_count + 1,
                         sizeof(struct host_func *));
        if (!grown) fail_oom(&own);
    }
    if (grown) {
        store->host_funcs = grown;
        ref = funcs_alloc(store, 1, &own);
    }
    if (!ref || func_handle(store, ref, &out->h, &own)) {
        if (ref) funcs_free(store, ref, 1);
        host_func_unref(host);
        if (free_fn) free_fn(env);
        return pass_on(&own, status);
    }
    host->free_env = free_fn;
    store->funcs[ref].type_id = host->type_id;
    store->funcs[ref].host = host;
    store->host_funcs[store->host_func_count++] = host;
    return HF_OK;
}

void host_funcs_free(struct hf_store *store)
{
    for (size_t i = 0; i < store->host_func_count; i++) host_func_unref(store->host_funcs[i]);
    mem_free(store->heap, store->host_funcs, store->host_func_cap * sizeof *store->host_funcs);
}
