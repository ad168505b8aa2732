// Components as a whole: preamble, sections, what is nested (Binary.md, "Component Definitions").
#include "component/loader.h"

#include <string.h>

#include "component/describe.h"

#include "runtime/instance.h"

enum { PREAMBLE_SIZE = 8 };

static const uint8_t preamble[PREAMBLE_SIZE] = { 0, 'a', 's', 'm', 0x0d, 0, 1, 0 };

bool component_begins(const void *bytes, size_t size)
{
    return size >= PREAMBLE_SIZE && !memcmp(bytes, preamble, PREAMBLE_SIZE);
}

static hf_code component_body(struct loader *d, struct component *c);

// ---- what is nested ---------------------------------------------------------------------------------------------------

// core:module, all of the section
static hf_code core_module(struct loader *d)
{
    const uint64_t at = loader_at(d);
    const size_t size = reader_left(&d->in);
    struct hf_module **const place = vec_push(d, d->arena, &d->modules, sizeof *place);
    if (!place) return HF_OUT_OF_MEMORY;
    if (component_begins(d->in.at, size))
        return fail_at(d->status, HF_MALFORMED, at, "expected a version header for a module");
    hf_status found = hf_status_ok();
    const hf_code code = module_make(d->c->engine, d->c->blob, (size_t)at, size, place, &found);
    if (code) {
        d->modules.count--;
        if (found.offset != NO_OFFSET) found.offset += at;
        if (d->status && d->status->code == HF_OK) *d->status = found;
        return code;
    }
    d->in.at = d->in.end;
    struct hf_module *const module = *place;
    ctype type;
    TRY(module_type_of(d, module, at, &type));
    TRY(scope_add(d, SORT_CORE_MODULE, type));
    struct definition *const def = scope_define(d, DEFINE_CORE_MODULE, SORT_CORE_MODULE, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->module = module;
    def->type = type;
    return HF_OK;
}

// A component in a section of its own.
static hf_code nested_component(struct loader *d)
{
    const uint64_t at = loader_at(d);
    struct component *const inner = ARENA_NEW(d->arena, struct component);
    if (!inner) return fail_oom(d->status);
    inner->parent = d->scope->component;
    TRY(component_body(d, inner));
    TRY(scope_add(d, SORT_COMPONENT, inner->type));
    struct definition *const def = scope_define(d, DEFINE_COMPONENT, SORT_COMPONENT, at);
    if (!def) return HF_OUT_OF_MEMORY;
    def->component = inner;
    def->type = inner->type;
    return HF_OK;
}

// ---- sections ---------------------------------------------------------------------------------------------------------

static hf_code alias(struct loader *d)
{
    return load_alias(d, false);
}

// Sections with a vector, by what is in it.
static hf_code (*const items[CSECTION_COUNT])(struct loader *d) = {
    [CSECTION_CORE_INSTANCE] = load_core_instance,
    [CSECTION_CORE_TYPE] = load_core_type,
    [CSECTION_INSTANCE] = load_instance,
    [CSECTION_ALIAS] = alias,
    [CSECTION_TYPE] = load_type,
    [CSECTION_CANON] = load_canon,
    [CSECTION_IMPORT] = load_import,
    [CSECTION_EXPORT] = load_export,
    [CSECTION_VALUE] = load_value,
};

static hf_code contents(struct loader *d, uint8_t id)
{
    hf_str name;
    uint32_t count;
    switch (id) {
    case CSECTION_CUSTOM:
        TRY(loader_name(d, &name));
        d->in.at = d->in.end;
        return HF_OK;
    case CSECTION_CORE_MODULE: return core_module(d);
    case CSECTION_COMPONENT: return nested_component(d);
    case CSECTION_START: return load_start(d);
    default:
        TRY(loader_count(d, 1, &count));
        for (uint32_t i = 0; i < count; i++) TRY(items[id](d));
        return HF_OK;
    }
}

static hf_code section(struct loader *d)
{
    const uint64_t at = loader_at(d);
    uint8_t id;
    uint32_t size;
    TRY(loader_byte(d, &id));
    if (id >= CSECTION_COUNT) return fail_at(d->status, HF_MALFORMED, at, "malformed section id: %u", id);
    TRY(loader_count(d, 1, &size));
    const uint8_t *const end = d->in.end;
    d->in.end = d->in.at + size;
    TRY(contents(d, id));
    if (d->in.at != d->in.end)
        return fail_at(d->status, HF_MALFORMED, loader_at(d),
                       "section size mismatch: unexpected data at the end of "
                       "the section");
    d->in.end = end;
    return HF_OK;
}

static hf_code check_preamble(struct loader *d)
{
    const uint64_t at = loader_at(d);
    const size_t left = reader_left(&d->in);
    const size_t size = left < PREAMBLE_SIZE ? left : PREAMBLE_SIZE;
    if (memcmp(d->in.at, preamble, size < 4 ? size : 4) != 0)
        return fail_at(d->status, HF_MALFORMED, at, "magic header not detected");
    if (left < PREAMBLE_SIZE) return fail_at(d->status, HF_MALFORMED, at + left, "unexpected end-of-file");
    if (memcmp(d->in.at, preamble, PREAMBLE_SIZE) != 0) {
        static const uint8_t module[] = { 1, 0, 0, 0 };
        if (!memcmp(d->in.at + 4, module, sizeof module))
            return fail_at(d->status, HF_MALFORMED, at + 4, "expected a version header for a component");
        return fail_at(d->status, HF_MALFORMED, at + 4, "unknown binary version");
    }
    d->in.at += PREAMBLE_SIZE;
    return HF_OK;
}

static hf_code check_values(struct loader *d)
{
    const struct vec *const values = &d->scope->spaces[SORT_VALUE];
    for (size_t i = 0; i < values->count; i++)
        if (!VEC_AT(*values, struct value_def, i).consumed)
            return loader_invalid(d, loader_at(d),
                                  "value index %zu was not used as part of an instantiation, start "
                                  "function, or export",
                                  i);
    return HF_OK;
}

static hf_code finish(struct loader *d, struct scope *scope, struct component *c)
{
    TRY(check_values(d));
    struct component_type *const type = ARENA_NEW(d->arena, struct component_type);
    if (!type) return fail_oom(d->status);
    *type = (struct component_type){ scope->id, (uint32_t)scope->imports.count, (uint32_t)scope->exports.count,
                                     scope->imports.items, scope->exports.items };
    const struct ctype_def def = { .kind = CTYPE_COMPONENT, .component = type };
    TRY(ctypes_add(d->types, &def, c->offset, &c->type, d->status));
    // Slots that nothing bound belong to resource types that nothing can refer to.
    while (scope->resources.count < c->resource_count) {
        uint32_t *const slot = vec_push(d, d->arena, &scope->resources, sizeof *slot);
        if (!slot) return HF_OUT_OF_MEMORY;
        *slot = NO_INDEX;
    }
    c->definition_count = (uint32_t)scope->definitions.count;
    c->definitions = scope->definitions.items;
    for (unsigned i = 0; i < SORT_COUNT; i++) c->counts[i] = (uint32_t)scope->spaces[i].count;
    c->import_count = type->import_count;
    c->imports = type->imports;
    c->export_count = (uint32_t)scope->component_exports.count;
    c->exports = scope->component_exports.items;
    c->resources = scope->resources.items;
    return keep_core_types(d, scope->core_types);
}

static hf_code sections(struct loader *d, struct scope *scope, struct component *c)
{
    TRY(check_preamble(d));
    while (reader_left(&d->in)) TRY(section(d));
    const hf_code code = finish(d, scope, c);
    if (code == HF_OK) scope->core_types = NULL;
    return code;
}

// component ::= <preamble> s*:<section>*
static hf_code component_body(struct loader *d, struct component *c)
{
    struct scope *const scope = ARENA_NEW(&d->scratch, struct scope);
    if (!scope) return fail_oom(d->status);
    c->offset = loader_at(d);
    TRY(scope_open(d, SCOPE_COMPONENT, scope));
    scope->component = c;
    const hf_code code = sections(d, scope, c);
    scope_close(d, scope);
    return code;
}

// ---- life -------------------------------------------------------------------------------------------------------------

static struct hf_component *component_alloc(struct hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    struct hf_component *const c = MEM_NEW(&engine->heap, struct hf_component);
    struct blob *const blob = c ? blob_new(&engine->heap, bytes, size) : NULL;
    struct ctypes *const types = blob ? MEM_NEW(&engine->heap, struct ctypes) : NULL;
    if (!types) {
        blob_unref(blob);
        if (c) MEM_FREE(&engine->heap, c);
        fail_oom(status);
        return NULL;
    }
    atomic_init(&c->refs, 1);
    c->engine = hf_engine_ref(engine);
    arena_init(&c->arena, &engine->heap);
    c->blob = blob;
    c->types = types;
    return c;
}

struct hf_component *component_hold(struct hf_component *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void component_release(struct hf_component *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1) return;
    struct hf_engine *const engine = c->engine;
    for (uint32_t i = 0; i < c->module_count; i++) module_release(c->modules[i]);
    for (uint32_t i = 0; i < c->core_type_count; i++) types_unref(engine->types, c->core_types[i]);
    ctypes_fini(c->types);
    MEM_FREE(&engine->heap, c->types);
    arena_fini(&c->arena);
    blob_unref(c->blob);
    MEM_FREE(&engine->heap, c);
    hf_engine_unref(engine);
}

static hf_code decode(struct loader *d, struct component *root)
{
    hf_code code;
    ctypes_init(d->types, &d->c->engine->heap, d->arena, &code);
    if (code) return fail_oom(d->status);
    code = component_body(d, root);
    return code ? code : ctypes_describe(d->types, d->status);
}

struct hf_component *component_new(struct hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    if (size > decode_limits_default.module_size) {
        fail(status, HF_LIMIT, "more than %u bytes in a component", decode_limits_default.module_size);
        return NULL;
    }
    struct hf_component *const c = component_alloc(engine, bytes, size, status);
    if (!c) return NULL;
    struct loader d = {
        .in = reader_of(c->blob->data, size),
        .c = c,
        .types = c->types,
        .arena = &c->arena,
        .status = status,
        .features = engine->features | FEATURES_STANDARD,
    };
    arena_init(&d.scratch, &engine->heap);
    sets_init(&d.facts, &engine->heap, &d.scratch);
    d.matcher = (struct matcher){ .types = c->types, .core = engine->types, .arena = &d.scratch };
    struct component *const root = ARENA_NEW(&c->arena, struct component);
    const hf_code code = root ? decode(&d, root) : fail_oom(status);
    c->root = root;
    c->module_count = (uint32_t)d.modules.count;
    c->modules = d.modules.items;
    c->core_type_count = (uint32_t)d.core_groups.count;
    c->core_types = d.core_groups.items;
    sets_fini(&d.facts);
    arena_fini(&d.scratch);
    if (code == HF_OK) return c;
    component_release(c);
    return NULL;
}
