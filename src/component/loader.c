#include "component/loader.h"

#include "base/utf8.h"

int shown(hf_str s)
{
    return s.size < 80 ? (int)s.size : 80;
}

// ---- bytes ------------------------------------------------------------------------------------------------------------

hf_code loader_check(const struct loader *d)
{
    if (!reader_failed(&d->in)) return HF_OK;
    if (d->in.bad_leb) return fail_at(d->status, HF_MALFORMED, loader_at(d), "%s", d->in.bad_leb);
    return fail_at(d->status, HF_MALFORMED, loader_at(d), "unexpected end-of-file");
}

hf_code loader_byte(struct loader *d, uint8_t *out)
{
    *out = reader_u8(&d->in);
    return loader_check(d);
}

hf_code loader_bad_byte(struct loader *d, uint64_t at, uint8_t byte, const char *what)
{
    return fail_at(d->status, HF_MALFORMED, at, "invalid leading byte (0x%x) for %s", byte, what);
}

hf_code loader_flag(struct loader *d, const char *what, bool *out)
{
    const uint64_t at = loader_at(d);
    uint8_t byte;
    TRY(loader_byte(d, &byte));
    if (byte > 1)
        return fail_at(d->status, HF_MALFORMED, at, "invalid leading byte (0x%x) for %s: invalid boolean value", byte,
                       what);
    *out = byte;
    return HF_OK;
}

hf_code loader_u32(struct loader *d, uint32_t *out)
{
    *out = reader_leb_u32(&d->in);
    return loader_check(d);
}

hf_code loader_count(struct loader *d, uint32_t least, uint32_t *out)
{
    TRY(loader_u32(d, out));
    if (*out <= reader_left(&d->in) / least) return HF_OK;
    d->in.ran_out = true;
    d->in.at = d->in.end;
    return loader_check(d);
}

// name ::= vec(byte), UTF-8
hf_code loader_name(struct loader *d, hf_str *out)
{
    const uint64_t at = loader_at(d);
    uint32_t size;
    TRY(loader_count(d, 1, &size));
    if (size > decode_limits_default.name_size)
        return fail_at(d->status, HF_LIMIT, at, "a name of more than %u bytes", decode_limits_default.name_size);
    const uint8_t *const data = reader_bytes(&d->in, size);
    if (!utf8_valid(data, size)) return fail_at(d->status, HF_MALFORMED, at, "malformed UTF-8 encoding");
    *out = (hf_str){ (const char *)data, size };
    return HF_OK;
}

hf_code loader_invalid(struct loader *d, uint64_t at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const hf_code code = fail_v(d->status, HF_INVALID, at, fmt, args);
    va_end(args);
    return code;
}

hf_code loader_need(struct loader *d, uint64_t at, enum feature feature, const char *what)
{
    if (d->features & feature) return HF_OK;
    return fail_at(d->status, HF_UNSUPPORTED, at, "%s: the feature %s is not enabled", what, feature_name(feature));
}

// ---- sorts ------------------------------------------------------------------------------------------------------------

static hf_code read_sort(struct loader *d, bool core, const char *what, enum sort *out)
{
    const uint64_t at = loader_at(d);
    uint8_t byte;
    TRY(loader_byte(d, &byte));
    for (unsigned i = 0; i < SORT_COUNT; i++) {
        if (sort_infos[i].core != core || sort_infos[i].code != byte) continue;
        *out = (enum sort)i;
        return *out == SORT_VALUE ? loader_need(d, at, FEATURE_CM_VALUES, "values") : HF_OK;
    }
    return loader_bad_byte(d, at, byte, what);
}

hf_code loader_core_sort(struct loader *d, const char *what, enum sort *out)
{
    return read_sort(d, true, what, out);
}

hf_code loader_sort(struct loader *d, const char *what, enum sort *out)
{
    if (reader_left(&d->in) && reader_peek(&d->in) == 0) {
        d->in.at++;
        return read_sort(d, true, what, out);
    }
    return read_sort(d, false, what, out);
}

// ---- scopes -----------------------------------------------------------------------------------------------------------

void *vec_push(struct loader *d, struct arena *arena, struct vec *vec, size_t size)
{
    void *const items = arena_grow(arena, vec->items, &vec->cap, vec->count, vec->count + 1, size);
    if (!items) {
        fail_oom(d->status);
        return NULL;
    }
    vec->items = items;
    char *const item = (char *)items + vec->count++ * size;
    for (size_t i = 0; i < size; i++) item[i] = 0;
    return item;
}

hf_code scope_open(struct loader *d, enum scope_kind kind, struct scope *out)
{
    const unsigned depth = d->scope ? d->scope->depth + 1 : 0;
    if (depth > SCOPE_DEPTH_MAX)
        return fail_at(d->status, HF_LIMIT, loader_at(d), "components and types are nested too deeply");
    *out = (struct scope){
        .outer = d->scope,
        .kind = kind,
        .depth = depth,
        .id = ctypes_new_scope(d->types),
        .sets = sets_new(&d->facts, SCOPE_SETS),
    };
    d->scope = out;
    return HF_OK;
}

hf_code keep_core_types(struct loader *d, struct core_space *space)
{
    if (!space) return HF_OK;
    uint32_t count;
    const uint32_t *const groups = core_space_groups(space, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *const kept = vec_push(d, d->arena, &d->core_groups, sizeof *kept);
        if (!kept) {
            core_space_free(space);
            return HF_OUT_OF_MEMORY;
        }
        types_ref(d->c->engine->types, groups[i]);
        *kept = groups[i];
    }
    core_space_free(space);
    return HF_OK;
}

void scope_close(struct loader *d, struct scope *scope)
{
    core_space_free(scope->core_types);
    scope->core_types = NULL;
    d->scope = scope->outer;
}

struct scope *scope_component(struct scope *scope)
{
    while (scope && scope->kind != SCOPE_COMPONENT) scope = scope->outer;
    return scope;
}

hf_code scope_add(struct loader *d, enum sort sort, ctype type)
{
    ctype *const place = vec_push(d, &d->scratch, &d->scope->spaces[sort], sizeof *place);
    if (!place) return HF_OUT_OF_MEMORY;
    *place = type;
    return HF_OK;
}

static const char *space_name(enum sort sort)
{
    switch (sort) {
    case SORT_CORE_FUNC:
    case SORT_FUNC: return "function";
    case SORT_CORE_MODULE: return "module";
    case SORT_CORE_TYPE:
    case SORT_CORE_INSTANCE: return sort_infos[sort].name;
    default: return sort_infos[sort].text;
    }
}

hf_code scope_index(struct loader *d, struct scope *scope, enum sort sort, uint64_t at, uint32_t index)
{
    if (index < scope->spaces[sort].count) return HF_OK;
    return loader_invalid(d, at, "unknown %s %u: %s index out of bounds", space_name(sort), index, space_name(sort));
}

hf_code loader_index(struct loader *d, enum sort sort, uint32_t *out)
{
    const uint64_t at = loader_at(d);
    TRY(loader_u32(d, out));
    return scope_index(d, d->scope, sort, at, *out);
}

hf_code scope_entity(struct loader *d, enum sort sort, uint32_t index, uint64_t at, struct wit_entity *out)
{
    TRY(scope_index(d, d->scope, sort, at, index));
    switch (sort) {
    case SORT_VALUE: {
        struct value_def *const value = &VEC_AT(d->scope->spaces[sort], struct value_def, index);
        if (value->consumed) return loader_invalid(d, at, "value %u cannot be used more than once", index);
        value->consumed = true;
        *out = (struct wit_entity){ sort, false, value->type };
        return HF_OK;
    }
    case SORT_CORE_MODULE:
    case SORT_FUNC:
    case SORT_TYPE:
    case SORT_COMPONENT:
    case SORT_INSTANCE: *out = (struct wit_entity){ sort, false, scope_type(d->scope, sort, index) }; return HF_OK;
    default: return loader_invalid(d, at, "a %s cannot be imported or exported", sort_infos[sort].name);
    }
}

hf_code scope_add_entity(struct loader *d, struct wit_entity entity)
{
    if (entity.sort != SORT_VALUE) return scope_add(d, entity.sort, entity.type);
    struct value_def *const value = vec_push(d, &d->scratch, &d->scope->spaces[SORT_VALUE], sizeof *value);
    if (!value) return HF_OUT_OF_MEMORY;
    // Declarators of types consume nothing.
    *value = (struct value_def){ entity.type, d->scope->kind != SCOPE_COMPONENT };
    return HF_OK;
}

struct definition *scope_define(struct loader *d, enum definition_kind kind, enum sort sort, uint64_t at)
{
    struct definition *const def = vec_push(d, d->arena, &d->scope->definitions, sizeof *def);
    if (!def) return NULL;
    def->kind = kind;
    def->sort = sort;
    def->offset = at;
    def->type = NO_CTYPE;
    return def;
}

// ---- resource types ---------------------------------------------------------------------------------------------------

hf_code scope_resource(struct loader *d, enum resource_origin origin, ctype *out)
{
    struct resource_def def = { .origin = origin, .scope = d->scope->id, .dtor = NO_INDEX };
    if (d->scope->kind == SCOPE_COMPONENT) {
        def.owner = d->scope->component;
        def.slot = d->scope->component->resource_count++;
    }
    return ctypes_add_resource(d->types, &def, out, d->status);
}

void scope_subst(struct loader *d, struct subst *s, uint32_t fresh_scope, enum resource_origin origin)
{
    subst_init(s, d->types, &d->scratch, fresh_scope);
    s->fresh = (struct resource_def){ .origin = origin, .scope = d->scope->id, .dtor = NO_INDEX };
    if (d->scope->kind == SCOPE_COMPONENT) {
        s->fresh.owner = d->scope->component;
        s->slots = &d->scope->component->resource_count;
    } else {
        s->fresh.origin = RESOURCE_BOUND;
    }
}

struct binder {
    struct loader *d;
    struct vec bindings;
    hf_str path[TYPE_DEPTH_MAX + 1];
    uint32_t depth;
};

// A slot is bound where its resource type first comes in.
static hf_code bind_resource(struct binder *b, ctype type)
{
    struct loader *const d = b->d;
    const uint32_t id = ctypes_resource_id(d->types, type);
    const struct resource_def *const def = ctypes_resource(d->types, id);
    struct vec *const slots = &d->scope->resources;
    if (def->owner != d->scope->component) return HF_OK;
    while (slots->count <= def->slot) {
        uint32_t *const slot = vec_push(d, d->arena, slots, sizeof *slot);
        if (!slot) return HF_OUT_OF_MEMORY;
        *slot = NO_INDEX;
    }
    uint32_t *const slot = &VEC_AT(*slots, uint32_t, def->slot);
    if (*slot != NO_INDEX) return HF_OK;
    *slot = id;
    struct resource_binding *const binding = vec_push(d, d->arena, &b->bindings, sizeof *binding);
    hf_str *const path = binding ? arena_copy(d->arena, b->path, b->depth * sizeof *path) : NULL;
    if (!path) return fail_oom(d->status);
    *binding = (struct resource_binding){ def->slot, type, b->depth, path };
    if (b->depth) ctypes_resource_mut(d->types, id)->name = b->path[b->depth - 1];
    return HF_OK;
}

static hf_code bind_entity(struct binder *b, struct wit_entity entity)
{
    const struct ctype_def def = *ctypes_get(b->d->types, entity.type);
    if (!(def.flags & CTYPE_HAS_RESOURCE)) return HF_OK;
    if (entity.sort == SORT_TYPE && def.kind == CTYPE_RESOURCE) return bind_resource(b, entity.type);
    if (entity.sort != SORT_INSTANCE || b->depth == TYPE_DEPTH_MAX) return HF_OK;
    TRY(ctypes_spend(b->d->types, def.instance->export_count, b->d->status));
    for (uint32_t i = 0; i < def.instance->export_count; i++) {
        b->path[b->depth++] = def.instance->exports[i].name;
        TRY(bind_entity(b, def.instance->exports[i].entity));
        b->depth--;
    }
    return HF_OK;
}

hf_code scope_bind(struct loader *d, struct wit_entity entity, struct definition *def)
{
    struct binder b = { .d = d };
    TRY(bind_entity(&b, entity));
    def->binding_count = (uint32_t)b.bindings.count;
    def->bindings = b.bindings.items;
    return HF_OK;
}
