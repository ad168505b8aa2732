// What a freeze makes of a component: functions and resource types of the linker for its imports, hooks bound to them, and the types
// of its canonical definitions compiled.
#include "component/live.h"

#include <string.h>

#include "base/fail.h"
#include "component/describe.h"
#include "runtime/linker.h"

// ---- do the host's types fit what is imported? ----

static bool same_name(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool same_resource(const hf_restype *a, const hf_restype *b)
{
    return a && b && same_name(a->name, b->name) && interfaces_compatible(a->interface, b->interface);
}

// As hf_type_equal, but resource types may be of compatible versions. Both are trees of limited depth.
static bool types_fit(const hf_type *host, const hf_type *guest)
{
    if (host == guest) return true;
    if (!host || !guest || host->kind != guest->kind || host->count != guest->count || host->size != guest->size)
        return false;
    if (host->kind == HF_WIT_OWN || host->kind == HF_WIT_BORROW) return same_resource(host->resource, guest->resource);
    if (host->element || guest->element)
        if (!types_fit(host->element, guest->element)) return false;
    if (!host->fields != !guest->fields) return false;
    for (uint32_t i = 0; host->fields && i < host->count; i++) {
        if (!same_name(host->fields[i].name, guest->fields[i].name) ||
            !types_fit(host->fields[i].type, guest->fields[i].type))
            return false;
    }
    return true;
}

static bool params_fit(const hf_type *host, const hf_type *guest)
{
    const uint32_t count = host ? host->count : 0;
    if (count != (guest ? guest->count : 0)) return false;
    // Names of parameters say nothing about the type.
    for (uint32_t i = 0; i < count; i++)
        if (!types_fit(host->fields[i].type, guest->fields[i].type)) return false;
    return true;
}

// ---- imports ----

struct freezer {
    const struct hf_linker *linker;
    struct hf_component_pre *pre;
    hf_status *status;
};

static int shown_size(hf_str s)
{
    return s.size < 80 ? (int)s.size : 80;
}

static hf_code resolve_func(struct freezer *f, hf_str interface, hf_str name, ctype type, struct host_func **out)
{
    hf_witfunc *wit = ARENA_NEW(&f->pre->arena, hf_witfunc);
    if (!wit) return fail_oom(f->status);
    *wit = ctypes_host_func(f->pre->component->types, type);
    struct host_func *host = linker_find(f->linker, interface, name);
    if (host) {
        if (!params_fit(host->desc.wit->params, wit->params) || !types_fit(host->desc.wit->result, wit->result))
            return fail(f->status, HF_UNLINKABLE, "import %.*s#%.*s has another type than what the linker has",
                        shown_size(interface), interface.data, shown_size(name), name.data);
        return linker_wrapped(f->linker, host, out, f->status);
    }
    if (!linker_traps_unknown(f->linker))
        return fail(f->status, HF_UNLINKABLE, "unknown import %.*s#%.*s", shown_size(interface), interface.data,
                    shown_size(name), name.data);
    const hf_code code = linker_stand_in(f->linker, interface, name, wit, &host, f->status);
    if (code) return code;
    const hf_code wrapped = linker_wrapped(f->linker, host, out, f->status);
    host_func_unref(host);
    return wrapped;
}

static const char drop_prefix[] = "[resource-drop]";

// Its drop function, hooks bound; one that does nothing when there is no such resource anyway.
static hf_code resolve_resource(struct freezer *f, hf_str interface, hf_str name, const struct live_host_type **out)
{
    struct arena *arena = &f->pre->arena;
    struct live_host_type *type = ARENA_NEW(arena, struct live_host_type);
    if (!type) return fail_oom(f->status);
    type->type = linker_resource(f->linker, interface, name);
    const size_t prefix = sizeof drop_prefix - 1;
    char *drop = arena_alloc(arena, prefix + name.size + 1);
    if (!drop) return fail_oom(f->status);
    memcpy(drop, drop_prefix, prefix);
    if (name.size) memcpy(drop + prefix, name.data, name.size);
    const hf_str drop_name = { drop, prefix + name.size };
    *out = type;
    if (type->type) {
        const hf_str defined = type->type->names.interface;
        struct host_func *host = linker_find(f->linker, defined, drop_name);
        if (!host) return fail(f->status, HF_UNLINKABLE, "nothing drops a %.*s", shown_size(name), name.data);
        return linker_wrapped(f->linker, host, &type->drop, f->status);
    }
    if (!linker_traps_unknown(f->linker))
        return fail(f->status, HF_UNLINKABLE, "unknown resource type %.*s#%.*s", shown_size(interface), interface.data,
                    shown_size(name), name.data);
    hf_resource_type *unknown = ARENA_NEW(arena, hf_resource_type);
    hf_witfunc *wit = ARENA_NEW(arena, hf_witfunc);
    if (!unknown || !wit) return fail_oom(f->status);
    unknown->size = sizeof *unknown;
    unknown->names = (hf_restype){ interface, name, 0 };
    type->type = unknown;
    return linker_stand_in(f->linker, interface, drop_name, wit, &type->drop, f->status);
}

static hf_code resolve_entity(struct freezer *f, hf_str interface, hf_str name, struct wit_entity entity,
                              struct live_import *out);

static hf_code resolve_instance(struct freezer *f, hf_str interface, ctype type, struct live_import *out)
{
    const struct instance_type *instance = ctypes_get(f->pre->component->types, type)->instance;
    struct live_import *items = ARENA_ARRAY(&f->pre->arena, struct live_import, (size_t)instance->export_count + 1);
    if (!items) return fail_oom(f->status);
    out->items = items;
    for (uint32_t i = 0; i < instance->export_count; i++) {
        out->count = i + 1;
        const struct extern_decl *decl = &instance->exports[i];
        const hf_code code = resolve_entity(f, interface, decl->name, decl->entity, &items[i]);
        if (code) return code;
    }
    return HF_OK;
}

static hf_code resolve_entity(struct freezer *f, hf_str interface, hf_str name, struct wit_entity entity,
                              struct live_import *out)
{
    out->name = name;
    out->sort = entity.sort;
    switch (entity.sort) {
    case SORT_FUNC: return resolve_func(f, interface, name, entity.type, &out->func);
    case SORT_TYPE:
        if (ctypes_get(f->pre->component->types, entity.type)->kind != CTYPE_RESOURCE || !entity.abstract) return HF_OK;
        return resolve_resource(f, interface, name, &out->resource);
    case SORT_INSTANCE: // of an interface; a further one inside has no name by which the linker could know it
        if (!interface.size) return resolve_instance(f, name, entity.type, out);
        break;
    default: break;
    }
    return fail(f->status, HF_UNLINKABLE, "import \"%.*s\" is a %s, which a linker does not give", shown_size(name),
                name.data, sort_infos[entity.sort].name);
}

static hf_code resolve_imports(struct freezer *f)
{
    const struct component *root = f->pre->component->root;
    struct live_import *imports = ARENA_ARRAY(&f->pre->arena, struct live_import, (size_t)root->import_count + 1);
    if (!imports) return fail_oom(f->status);
    f->pre->imports = imports;
    for (uint32_t i = 0; i < root->import_count; i++) {
        const struct extern_decl *decl = &root->imports[i];
        const hf_code code = resolve_entity(f, (hf_str){ NULL, 0 }, decl->name, decl->entity, &imports[i]);
        f->pre->import_count = i + 1;
        if (code) return code;
    }
    return HF_OK;
}

static void free_import(const struct live_import *import)
{
    host_func_unref(import->func);
    if (import->resource) host_func_unref(import->resource->drop);
    for (uint32_t i = 0; i < import->count; i++) free_import(&import->items[i]);
}

// ---- plans ----

static hf_code plan_canon(struct freezer *f, const struct canon *canon, const struct canon_plan **out)
{
    struct canon_plan *plan = ARENA_NEW(&f->pre->arena, struct canon_plan);
    if (!plan) return fail_oom(f->status);
    struct abi_types *abi = &f->pre->abi[canon->options.is64];
    const struct ctypes *types = f->pre->component->types;
    if (canon->kind != CANON_TASK_RETURN)
        plan->wit = ctypes_host_func(types, canon->type);
    else if (canon->type != NO_CTYPE)
        plan->wit.result = ctypes_host(types, canon->type);
    hf_code code = HF_OK;
    if (plan->wit.params && plan->wit.params->count)
        code = abi_compile(abi, plan->wit.params, &plan->params, f->status);
    if (!code && plan->wit.result) code = abi_compile(abi, plan->wit.result, &plan->result, f->status);
    *out = plan;
    return code;
}

static hf_code plan_component(struct freezer *f, const struct component *component, const struct live_plan **out)
{
    struct arena *arena = &f->pre->arena;
    struct live_plan *plan = ARENA_NEW(arena, struct live_plan);
    if (!plan) return fail_oom(f->status);
    plan->component = component;
    plan->canons = ARENA_ARRAY(arena, const struct canon_plan *, (size_t)component->definition_count + 1);
    plan->nested = ARENA_ARRAY(arena, const struct live_plan *, (size_t)component->definition_count + 1);
    if (!plan->canons || !plan->nested) return fail_oom(f->status);
    for (uint32_t i = 0; i < component->definition_count; i++) {
        const struct definition *def = &component->definitions[i];
        hf_code code = HF_OK;
        if (def->kind == DEFINE_COMPONENT)
            code = plan_component(f, def->component, &plan->nested[i]);
        else if (def->kind == DEFINE_CANON && (def->canon->kind == CANON_LIFT || def->canon->kind == CANON_LOWER ||
                                               def->canon->kind == CANON_TASK_RETURN))
            code = plan_canon(f, def->canon, &plan->canons[i]);
        if (code) return code;
    }
    *out = plan;
    return HF_OK;
}

// What the host calls takes one word.
static hf_code entry_type(struct freezer *f)
{
    static const valtype params[] = { VAL_I64 };
    const struct def_type draft = {
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .func = { .param_count = 1, .params = params },
    };
    return types_intern(f->pre->engine->types, &draft, 1, &f->pre->entry_type, f->status);
}

hf_component_pre *hf_linker_freeze_component(hf_linker *linker, hf_component *component, hf_status *status)
{
    hf_status own = hf_status_ok();
    if (!linker || !component) {
        fail(status, HF_BAD_ARGUMENT, "no linker or no component");
        return NULL;
    }
    struct hf_engine *engine = linker_engine(linker);
    if (component->engine != engine) {
        fail(status, HF_WRONG_STORE, "the component is of another engine");
        return NULL;
    }
    struct hf_component_pre *pre = MEM_NEW(&engine->heap, struct hf_component_pre);
    if (!pre) {
        fail_oom(status);
        return NULL;
    }
    atomic_init(&pre->refs, 1);
    pre->engine = hf_engine_ref(engine);
    pre->component = component_hold(component);
    pre->entry_type = NO_TYPE;
    arena_init(&pre->arena, &engine->heap);
    for (unsigned i = 0; i < 2; i++) abi_types_init(&pre->abi[i], &pre->arena, i == 1);
    struct freezer f = { linker, pre, &own };
    hf_code code = entry_type(&f);
    if (!code) code = plan_component(&f, component->root, &pre->root);
    if (!code) code = resolve_imports(&f);
    for (unsigned i = 0; i < 2; i++) abi_types_fini(&pre->abi[i]);
    if (!code) return pre;
    hf_component_pre_unref(pre);
    pass_on(&own, status);
    return NULL;
}

hf_component_pre *hf_component_pre_ref(hf_component_pre *pre)
{
    if (pre) atomic_fetch_add_explicit(&pre->refs, 1, memory_order_relaxed);
    return pre;
}

void hf_component_pre_unref(hf_component_pre *pre)
{
    if (!pre || atomic_fetch_sub_explicit(&pre->refs, 1, memory_order_acq_rel) != 1) return;
    for (uint32_t i = 0; i < pre->import_count; i++) free_import(&pre->imports[i]);
    struct hf_engine *engine = pre->engine;
    if (pre->entry_type != NO_TYPE) types_unref(engine->types, pre->entry_type);
    arena_fini(&pre->arena);
    component_release(pre->component);
    MEM_FREE(&engine->heap, pre);
    hf_engine_unref(engine);
}

hf_component *hf_component_pre_component(const hf_component_pre *pre)
{
    return pre ? pre->component : NULL;
}
