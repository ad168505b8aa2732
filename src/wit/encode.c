// A world as a component type, in the form that is carried in `component-type` sections of core modules: a component that
// exports, as a type, a component type which in turn exports the world's under its full name (WIT.md, "Package Format";
// Binary.md, "Type Definitions").
//
//   world     component type: interfaces, each an instance type, imported or exported behind those that it uses
//   interface instance type: types of others aliased from the world, its own exported, then its functions
#include "base/fail.h"
#include "wit/tree.h"

// The index space of a component or instance type while it is written.
struct space {
    struct buf decls;
    uint32_t count;
    uint32_t types;
    uint32_t instances;
};

// Keys are addresses, with whether it is the exported one of two.
struct ref {
    const void *what;
    uintptr_t exported;
};

struct refs {
    struct arena *arena;
    struct map map;
    bool failed;
};

struct encoder {
    struct arena arena;
    const hf_allocator *heap;
    struct space world;
    struct refs instances; // interfaces → instances of the world's space
    struct refs aliases;   // definitions of interfaces → types of the world's space
    struct map exported;   // interfaces that are exported under their own names
    bool exporting;
    bool unsupported;
};

// One scope: the world itself, or an interface in it.
struct scope {
    struct encoder *e;
    struct space *space;
    const struct wit_interface *interface; // NULL: the world
    struct refs defs;                      // → types of `space`
};

// --- small things --------------------------------------------------------------------------------------------

static void space_init(struct space *s, const hf_allocator *heap)
{
    *s = (struct space){ .count = 0 };
    buf_init(&s->decls, heap);
}

static void refs_init(struct refs *r, struct arena *arena)
{
    r->arena = arena;
    r->failed = false;
    map_init(&r->map, arena->heap, (uint64_t)(uintptr_t)arena);
}

static void refs_put(struct refs *r, const void *what, bool exported, uint32_t index)
{
    const struct ref key = { what, exported };
    const void *const copy = arena_copy(r->arena, &key, sizeof key);
    if (!copy || map_put(&r->map, copy, sizeof key, index) == MAP_NO_MEMORY) r->failed = true;
}

static const uint32_t *refs_get(const struct refs *r, const void *what, bool exported)
{
    const struct ref key = { what, exported };
    return map_get(&r->map, &key, sizeof key);
}

static void put_name(struct buf *out, hf_str name)
{
    buf_leb_u(out, name.size);
    buf_put(out, name.data, name.size);
}

static void begin_type(struct space *s)
{
    buf_u8(&s->decls, 0x01);
    s->count++;
}

static bool is_exported(const struct encoder *e, const struct wit_interface *const *i)
{
    return e->exporting && map_get(&e->exported, (const void *)i, sizeof *i);
}

// --- types -------------------------------------------------------------------------------------------------

static uint32_t def_index(struct scope *s, const struct wit_def *def);
static uint32_t define(struct scope *s, const struct wit_type *type);

// valtype ::= i:<typeidx> | pvt:<primvaltype>, as the number that stands for it
static int64_t valtype(struct scope *s, const struct wit_type *type)
{
    static const int8_t simple[] = {
        [HF_WIT_BOOL] = -1, [HF_WIT_S8] = -2,    [HF_WIT_U8] = -3,     [HF_WIT_S16] = -4, [HF_WIT_U16] = -5,
        [HF_WIT_S32] = -6,  [HF_WIT_U32] = -7,   [HF_WIT_S64] = -8,    [HF_WIT_U64] = -9, [HF_WIT_F32] = -10,
        [HF_WIT_F64] = -11, [HF_WIT_CHAR] = -12, [HF_WIT_STRING] = -13
    };
    if (type->kind == WIT_NAMED) return def_index(s, type->def);
    if (type->kind <= HF_WIT_STRING) return simple[type->kind];
    return define(s, type);
}

static void put_optional(struct buf *out, bool there, int64_t type)
{
    buf_u8(out, there);
    if (there) buf_leb_s(out, type);
}

static uint8_t opcode(unsigned kind)
{
    static const uint8_t codes[] = {
        [HF_WIT_RECORD] = 0x72, [HF_WIT_VARIANT] = 0x71, [HF_WIT_LIST] = 0x70,       [HF_WIT_TUPLE] = 0x6f,
        [HF_WIT_FLAGS] = 0x6e,  [HF_WIT_ENUM] = 0x6d,    [HF_WIT_OPTION] = 0x6b,     [HF_WIT_RESULT] = 0x6a,
        [HF_WIT_OWN] = 0x69,    [HF_WIT_BORROW] = 0x68,  [HF_WIT_FIXED_LIST] = 0x67, [HF_WIT_STREAM] = 0x66,
        [HF_WIT_FUTURE] = 0x65, [HF_WIT_MAP] = 0x63
    };
    return codes[kind];
}

// defvaltype, behind the types that it needs
static void put_defvaltype(struct scope *s, struct buf *out, const struct wit_type *type)
{
    const int64_t first = type->first ? valtype(s, type->first) : 0;
    const int64_t second = type->second ? valtype(s, type->second) : 0;
    int64_t *const parts = ARENA_ARRAY(&s->e->arena, int64_t, type->count + 1u);
    if (!parts) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        if (type->members[i].type) parts[i] = valtype(s, type->members[i].type);
    }
    buf_u8(out, opcode(type->kind));
    switch (type->kind) {
    case HF_WIT_LIST:
    case HF_WIT_OPTION: buf_leb_s(out, first); return;
    case HF_WIT_FIXED_LIST:
        buf_leb_s(out, first);
        buf_leb_u(out, type->length);
        return;
    case HF_WIT_MAP:
        buf_leb_s(out, first);
        buf_leb_s(out, second);
        return;
    case HF_WIT_RESULT:
        put_optional(out, type->first, first);
        put_optional(out, type->second, second);
        return;
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: put_optional(out, type->first, first); return;
    case HF_WIT_OWN:
    case HF_WIT_BORROW: buf_leb_u(out, def_index(s, type->def)); return;
    default: break;
    }
    buf_leb_u(out, type->count);
    for (uint32_t i = 0; i < type->count; i++) {
        const struct wit_member *const m = &type->members[i];
        if (type->kind != HF_WIT_TUPLE) put_name(out, m->id.text);
        if (type->kind == HF_WIT_RECORD || type->kind == HF_WIT_TUPLE) buf_leb_s(out, parts[i]);
        if (type->kind == HF_WIT_VARIANT) {
            put_optional(out, m->type, parts[i]);
            buf_u8(out, 0);
        }
    }
}

// A type definition of its own; its index.
static uint32_t define(struct scope *s, const struct wit_type *type)
{
    struct buf body;
    buf_init(&body, s->e->heap);
    if (type->kind >= HF_WIT_BOOL && type->kind <= HF_WIT_STRING)
        buf_leb_s(&body, valtype(s, type));
    else if (type->kind == HF_WIT_OWN || type->kind == HF_WIT_BORROW) {
        const uint32_t resource = def_index(s, type->def);
        buf_u8(&body, opcode(type->kind));
        buf_leb_u(&body, resource);
    } else {
        put_defvaltype(s, &body, type);
    }
    begin_type(s->space);
    buf_put(&s->space->decls, body.data, body.size);
    if (body.failed) s->space->decls.failed = true;
    buf_fini(&body);
    return s->space->types++;
}

// --- definitions -------------------------------------------------------------------------------------------

// A type of an interface as one of the world's space.
static uint32_t alias_in_world(struct encoder *e, const struct wit_def *def)
{
    const struct wit_interface *const from = def->interface;
    const bool exported = is_exported(e, &from);
    const uint32_t *const known = refs_get(&e->aliases, def, exported);
    if (known) return *known;
    const uint32_t *const instance = refs_get(&e->instances, from, exported);
    struct space *const w = &e->world;
    buf_u8(&w->decls, 0x02); // alias export
    buf_u8(&w->decls, 0x03);
    buf_u8(&w->decls, 0x00);
    buf_leb_u(&w->decls, instance ? *instance : 0);
    put_name(&w->decls, def->id.text);
    w->count++;
    refs_put(&e->aliases, def, exported, w->types);
    return w->types++;
}

// importdecl of the world or exportdecl of an interface, up to its externtype
static void begin_named(struct scope *s, hf_str name)
{
    buf_u8(&s->space->decls, s->interface ? 0x04 : 0x03);
    buf_u8(&s->space->decls, 0x00);
    put_name(&s->space->decls, name);
    s->space->count++;
}

static uint32_t name_type(struct scope *s, hf_str name, bool resource, uint32_t index)
{
    begin_named(s, name);
    buf_u8(&s->space->decls, 0x03);
    buf_u8(&s->space->decls, resource ? 0x01 : 0x00);
    if (!resource) buf_leb_u(&s->space->decls, index);
    return s->space->types++;
}

// A type of another interface in this scope.
static uint32_t used_type(struct scope *s, const struct wit_def *target)
{
    const uint32_t outer = alias_in_world(s->e, target);
    if (!s->interface) return outer;
    buf_u8(&s->space->decls, 0x02); // alias outer
    buf_u8(&s->space->decls, 0x03);
    buf_u8(&s->space->decls, 0x02);
    buf_leb_u(&s->space->decls, 1);
    buf_leb_u(&s->space->decls, outer);
    s->space->count++;
    return s->space->types++;
}

static uint32_t def_index(struct scope *s, const struct wit_def *def)
{
    const uint32_t *const known = refs_get(&s->defs, def, false);
    if (known) return *known;
    uint32_t index;
    if (def->kind == WIT_DEF_RESOURCE)
        index = name_type(s, def->id.text, true, 0);
    else if (def->kind == WIT_DEF_USE)
        index = name_type(s, def->id.text, false, used_type(s, def->target));
    else if (def->type->kind == WIT_NAMED)
        index = name_type(s, def->id.text, false, def_index(s, def->type->def));
    else
        index = name_type(s, def->id.text, false, define(s, def->type));
    refs_put(&s->defs, def, false, index);
    return index;
}

// functype; its index
static uint32_t func_type(struct scope *s, const struct wit_func *func)
{
    struct buf body;
    buf_init(&body, s->e->heap);
    buf_u8(&body, func->is_async ? 0x43 : 0x40);
    buf_leb_u(&body, func->param_count);
    for (uint32_t i = 0; i < func->param_count; i++) {
        const int64_t type = valtype(s, func->params[i].type);
        put_name(&body, func->params[i].id.text);
        buf_leb_s(&body, type);
    }
    const int64_t result = func->result ? valtype(s, func->result) : 0;
    buf_u8(&body, func->result ? 0x00 : 0x01);
    if (func->result)
        buf_leb_s(&body, result);
    else
        buf_u8(&body, 0x00);
    begin_type(s->space);
    buf_put(&s->space->decls, body.data, body.size);
    if (body.failed) s->space->decls.failed = true;
    buf_fini(&body);
    return s->space->types++;
}

// --- interfaces and worlds -----------------------------------------------------------------------------------

// instancetype as a type of the world's space; its index
static uint32_t instance_type(struct encoder *e, const struct wit_interface *interface)
{
    struct space inner;
    space_init(&inner, e->heap);
    struct scope s = { .e = e, .space = &inner, .interface = interface };
    refs_init(&s.defs, &e->arena);
    for (uint32_t i = 0; i < interface->def_count; i++) def_index(&s, interface->defs[i]);
    for (uint32_t i = 0; i < interface->func_count; i++) {
        const struct wit_func *const func = interface->funcs[i];
        if (func->external_id.size) e->unsupported = true;
        const uint32_t type = func_type(&s, func);
        begin_named(&s, func->name);
        buf_u8(&inner.decls, 0x01);
        buf_leb_u(&inner.decls, type);
    }
    begin_type(&e->world);
    buf_u8(&e->world.decls, 0x42);
    buf_leb_u(&e->world.decls, inner.count);
    buf_put(&e->world.decls, inner.decls.data, inner.decls.size);
    if (inner.decls.failed || s.defs.failed) e->world.decls.failed = true;
    buf_fini(&inner.decls);
    map_fini(&s.defs.map);
    return e->world.types++;
}

// nameattributes of an import or export of the world
static void begin_item(struct encoder *e, const struct wit_item *item)
{
    struct buf *const out = &e->world.decls;
    struct buf name;
    buf_init(&name, e->heap);
    const bool implements = item->kind == WIT_ITEM_INTERFACE && item->id.text.size && item->interface->id.text.size;
    if (item->kind == WIT_ITEM_INTERFACE) wit_put_interface_name(&name, item->interface);
    buf_u8(out, e->exporting ? 0x04 : 0x03);
    buf_u8(out, implements ? 0x02 : 0x00);
    const hf_str full = { (const char *)name.data, name.size };
    put_name(out, item->id.text.size ? item->id.text : full);
    if (implements) {
        buf_u8(out, 1);
        buf_u8(out, 0x00);
        put_name(out, full);
    }
    if (name.failed) out->failed = true;
    buf_fini(&name);
    e->world.count++;
}

static void put_items(struct encoder *e, struct scope *world, const struct wit_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct wit_item *const item = items->list[i];
        if (item->external_id.size) e->unsupported = true;
        if (item->kind == WIT_ITEM_TYPE) {
            def_index(world, item->def);
            continue;
        }
        const bool func = item->kind == WIT_ITEM_FUNC;
        const uint32_t type = func ? func_type(world, item->func) : instance_type(e, item->interface);
        begin_item(e, item);
        buf_u8(&e->world.decls, func ? 0x01 : 0x05);
        buf_leb_u(&e->world.decls, type);
        if (func) continue;
        if (!item->id.text.size) refs_put(&e->instances, item->interface, e->exporting, e->world.instances);
        e->world.instances++;
    }
}

static void note_exports(struct encoder *e, const struct wit_items *exports)
{
    for (size_t i = 0; i < exports->count; i++) {
        const struct wit_item *const item = exports->list[i];
        if (item->kind != WIT_ITEM_INTERFACE || item->id.text.size) continue;
        if (map_put(&e->exported, &item->interface, sizeof item->interface, 0) == MAP_NO_MEMORY)
            e->world.decls.failed = true;
    }
}

static void put_section(struct buf *out, uint8_t id, const struct buf *body)
{
    buf_u8(out, id);
    buf_leb_u(out, body->size);
    buf_put(out, body->data, body->size);
    if (body->failed) out->failed = true;
}

// The component around the world's type.
static void put_component(struct buf *out, const struct encoder *e, const struct wit_world *world)
{
    static const uint8_t preamble[] = { 0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00 };
    static const uint8_t encoding[] = { 0x04, 0x00 }; // of this section, and of strings: UTF-8
    struct buf body, name;
    buf_init(&body, e->heap);
    buf_init(&name, e->heap);
    buf_put(out, preamble, sizeof preamble);

    put_name(&body, (hf_str){ "wit-component-encoding", 22 });
    buf_put(&body, encoding, sizeof encoding);
    put_section(out, 0, &body);

    buf_clear(&body);
    buf_u8(&body, 1); // one type: a component type of two declarations
    buf_u8(&body, 0x41);
    buf_u8(&body, 2);
    buf_u8(&body, 0x01); // the world's
    buf_u8(&body, 0x41);
    buf_leb_u(&body, e->world.count);
    buf_put(&body, e->world.decls.data, e->world.decls.size);
    buf_u8(&body, 0x04); // exported under its full name
    buf_u8(&body, 0x00);
    const struct wit_interface full = { .id = world->id, .package = world->package };
    wit_put_interface_name(&name, &full);
    put_name(&body, (hf_str){ (const char *)name.data, name.size });
    buf_u8(&body, 0x04);
    buf_u8(&body, 0x00);
    put_section(out, 7, &body);

    buf_clear(&body);
    buf_u8(&body, 1); // one export: that type
    buf_u8(&body, 0x00);
    put_name(&body, world->id.text);
    buf_u8(&body, 0x03);
    buf_u8(&body, 0);
    buf_u8(&body, 0);
    put_section(out, 11, &body);
    if (name.failed) out->failed = true;
    buf_fini(&body);
    buf_fini(&name);
}

hf_code wit_encode_world(struct buf *out, const struct wit_world *world, hf_status *status)
{
    struct encoder e = { .heap = out->heap };
    arena_init(&e.arena, out->heap);
    space_init(&e.world, out->heap);
    refs_init(&e.instances, &e.arena);
    refs_init(&e.aliases, &e.arena);
    map_init(&e.exported, out->heap, (uint64_t)(uintptr_t)world);
    struct scope scope = { .e = &e, .space = &e.world };
    refs_init(&scope.defs, &e.arena);

    put_items(&e, &scope, &world->imports);
    note_exports(&e, &world->exports);
    e.exporting = true;
    put_items(&e, &scope, &world->exports);
    put_component(out, &e, world);

    const bool failed =
        out->failed || e.world.decls.failed || e.instances.failed || e.aliases.failed || scope.defs.failed;
    map_fini(&scope.defs.map);
    map_fini(&e.exported);
    map_fini(&e.instances.map);
    map_fini(&e.aliases.map);
    buf_fini(&e.world.decls);
    arena_fini(&e.arena);
    if (failed) return fail_oom(status);
    if (e.unsupported) return fail(status, HF_UNSUPPORTED, "external ids have no binary form here");
    return HF_OK;
}
