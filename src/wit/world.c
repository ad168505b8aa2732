// Worlds: their own imports and exports, those of the worlds they include, and the interfaces that all of these use.
#include "wit/tree.h"

enum { INCLUDE_NESTING = 100, MAX_INCLUDED = 1 << 20 };

struct world {
    struct wit *wit;
    struct wit_world *w;
    hf_status *status;
    struct name_set import_names; // plain ones
    struct name_set export_names;
    struct map imported; // interfaces under their own names, by address
    struct map exported;
    struct map clean; // interfaces known to use nothing that is exported
};

static hf_code push_item(struct world *c, struct wit_items *items, struct wit_item *item)
{
    struct wit_item **const list = wit_push(c->wit, items->list, items->count, sizeof *list);
    if (!list) return wit_fail_oom(c->status);
    items->list = list;
    list[items->count++] = item;
    return HF_OK;
}

static bool has(const struct map *map, struct wit_interface *const *i)
{
    return map_get(map, (const void *)i, sizeof *i) != NULL;
}

// --- imports -----------------------------------------------------------------------------------------------

static hf_code import_item(struct world *c, struct wit_item *item);

// What an interface uses is imported before it, unless it is there already.
static hf_code import_uses(struct world *c, const struct wit_interface *i)
{
    for (uint32_t n = 0; n < i->use_count; n++) {
        if (has(&c->imported, &i->uses[n])) continue;
        struct wit_item *const item = ARENA_NEW(&c->wit->arena, struct wit_item);
        if (!item) return wit_fail_oom(c->status);
        *item = (struct wit_item){
            .kind = WIT_ITEM_INTERFACE, .implied = true, .interface = i->uses[n], .gate = i->uses[n]->gate
        };
        const hf_code code = import_item(c, item);
        if (code) return code;
    }
    return HF_OK;
}

// The recursion is bounded by how deep interfaces use each other.
static hf_code import_item(struct world *c, struct wit_item *item)
{
    hf_code code = HF_OK;
    if (item->kind == WIT_ITEM_INTERFACE) code = import_uses(c, item->interface);
    if (item->kind == WIT_ITEM_TYPE && item->def->use) {
        const struct wit_interface one = { .uses = &item->def->use->target, .use_count = 1 };
        code = import_uses(c, &one);
    }
    if (code) return code;
    if (item->kind == WIT_ITEM_INTERFACE && !item->id.text.size) {
        switch (map_put(&c->imported, &item->interface, sizeof item->interface, 0)) {
        case MAP_ADDED: break;
        case MAP_EXISTS: return HF_OK; // an interface name is there once
        case MAP_NO_MEMORY: return wit_fail_oom(c->status);
        }
    } else {
        code = wit_name_set_add(&c->import_names, item->id.text, &item->id, "import", c->status);
    }
    return code ? code : push_item(c, &c->w->imports, item);
}

// --- exports -----------------------------------------------------------------------------------------------

static hf_code note_export(struct world *c, struct wit_item *item, struct wit_items *todo)
{
    if (item->kind == WIT_ITEM_INTERFACE && !item->id.text.size) {
        switch (map_put(&c->exported, &item->interface, sizeof item->interface, (uint32_t)todo->count)) {
        case MAP_ADDED: break;
        case MAP_EXISTS: return HF_OK;
        case MAP_NO_MEMORY: return wit_fail_oom(c->status);
        }
    } else {
        const hf_code code = wit_name_set_add(&c->export_names, item->id.text, &item->id, "export", c->status);
        if (code) return code;
    }
    return push_item(c, todo, item);
}

// Does the interface use, over however many others, one that is exported? What is known not to is remembered, so that
// each is looked at once.
static hf_code refuse_exported(struct world *c, const struct wit_interface *exported, const struct wit_interface *i)
{
    for (uint32_t n = 0; n < i->use_count; n++) {
        if (has(&c->clean, &i->uses[n])) continue;
        if (has(&c->exported, &i->uses[n]))
            return wit_fail(c->wit, &c->w->id, HF_INVALID, c->status,
                            "the export '%.*s' needs '%.*s' as an import, which uses the exported '%.*s'",
                            STR(exported->id.text), STR(i->id.text), STR(i->uses[n]->id.text));
        const hf_code code = refuse_exported(c, exported, i->uses[n]);
        if (code) return code;
        if (map_put(&c->clean, (const void *)&i->uses[n], sizeof i->uses[n], 0) == MAP_NO_MEMORY)
            return wit_fail_oom(c->status);
    }
    return HF_OK;
}

// What an exported interface uses is an export that stands before it, or else an import.
static hf_code export_item(struct world *c, struct wit_item *item, struct wit_items *todo)
{
    if (!item) return HF_OK;
    const struct wit_interface *const i = item->interface;
    for (uint32_t n = 0; i && n < i->use_count; n++) {
        struct wit_interface *const used = i->uses[n];
        const uint32_t *const index = map_get(&c->exported, (const void *)&used, sizeof used);
        hf_code code;
        if (index) {
            struct wit_item *const before = todo->list[*index];
            todo->list[*index] = NULL;
            code = export_item(c, before, todo);
        } else {
            const struct wit_interface one = { .uses = &i->uses[n], .use_count = 1 };
            code = refuse_exported(c, i, used);
            if (!code) code = import_uses(c, &one);
        }
        if (code) return code;
    }
    return push_item(c, &c->w->exports, item);
}

static hf_code export_all(struct world *c, struct wit_items *todo)
{
    hf_code code = HF_OK;
    for (size_t i = 0; i < todo->count && !code; i++) {
        struct wit_item *const item = todo->list[i];
        todo->list[i] = NULL;
        code = export_item(c, item, todo);
    }
    return code;
}

// --- includes ------------------------------------------------------------------------------------------------

// An item of an included world, under another name if `with` says so.
static hf_code include_item(struct world *c, const struct wit_include *include, bool *used, const struct wit_item *item,
                            struct wit_item **out)
{
    if (++c->wit->includes > MAX_INCLUDED)
        return wit_fail(c->wit, &include->path.name, HF_LIMIT, c->status, "worlds include too much");
    struct wit_item *const copy = ARENA_NEW(&c->wit->arena, struct wit_item);
    if (!copy) return wit_fail_oom(c->status);
    *copy = *item;
    if (copy->id.text.size) { // a conflict is to be told of here
        copy->id.file = include->path.name.file;
        copy->id.at = include->path.name.at;
    }
    for (uint32_t i = 0; i < include->rename_count; i++) {
        if (!str_equal(include->renames[i].from.text, item->id.text)) continue;
        copy->id = include->renames[i].to;
        used[i] = true;
    }
    *out = copy;
    return HF_OK;
}

static hf_code check_renames(struct world *c, const struct wit_include *include, const bool *used)
{
    for (uint32_t i = 0; i < include->rename_count; i++) {
        const struct wit_id *const from = &include->renames[i].from;
        if (!used[i])
            return wit_fail(c->wit, from, HF_INVALID, c->status,
                            "'%.*s' is no plain name of an import or export of the included world", STR(from->text));
    }
    return HF_OK;
}

static hf_code include(struct world *c, struct wit_include *include, unsigned depth, struct wit_items *exports)
{
    struct wit_target target;
    hf_code code = wit_lookup(c->wit, c->w->scope, &include->path, &target, c->status);
    if (code) return code;
    if (!target.world)
        return wit_fail(c->wit, &include->path.name, HF_INVALID, c->status, "'%.*s' is an interface, not a world",
                        STR(include->path.name.text));
    if (target.world->state == BUSY)
        return wit_fail(c->wit, &include->path.name, HF_INVALID, c->status, "the world '%.*s' includes itself",
                        STR(target.world->id.text));
    code = wit_resolve_world(c->wit, target.world, depth + 1, c->status);
    if (code) return code;
    include->target = target.world;
    bool *const used = ARENA_ARRAY(&c->wit->arena, bool, include->rename_count + 1u);
    if (!used) return wit_fail_oom(c->status);
    for (size_t i = 0; i < target.world->imports.count && !code; i++) {
        struct wit_item *item = NULL;
        code = include_item(c, include, used, target.world->imports.list[i], &item);
        if (!code) code = import_item(c, item);
    }
    for (size_t i = 0; i < target.world->exports.count && !code; i++) {
        struct wit_item *item = NULL;
        code = include_item(c, include, used, target.world->exports.list[i], &item);
        if (!code) code = note_export(c, item, exports);
    }
    return code ? code : check_renames(c, include, used);
}

// --- own items -----------------------------------------------------------------------------------------------

// The interface of an import or export: found by its path, or written in place.
static hf_code resolve_item(struct world *c, struct wit_item *item, unsigned depth)
{
    if (item->kind != WIT_ITEM_INTERFACE) return HF_OK;
    if (item->interface) {
        item->interface->package = c->w->package;
        item->interface->plain_name = item->id.text;
        return wit_resolve_interface(c->wit, item->interface, depth, c->status);
    }
    struct wit_target target;
    const hf_code code = wit_lookup(c->wit, c->w->scope, &item->path, &target, c->status);
    if (code) return code;
    item->interface = target.interface;
    if (target.interface) return HF_OK;
    return wit_fail(c->wit, &item->path.name, HF_INVALID, c->status, "'%.*s' is a world, not an interface",
                    STR(item->path.name.text));
}

// An interface that the text itself names twice.
static hf_code check_once(struct world *c, const struct wit_items *items, const char *what)
{
    struct map seen;
    map_init(&seen, c->wit->heap, (uint64_t)(uintptr_t)c->wit);
    hf_code code = HF_OK;
    for (size_t i = 0; i < items->count && !code; i++) {
        const struct wit_item *const item = items->list[i];
        if (item->kind != WIT_ITEM_INTERFACE || item->id.text.size) continue;
        const enum map_put put = map_put(&seen, &item->interface, sizeof item->interface, 0);
        if (put == MAP_NO_MEMORY) code = wit_fail_oom(c->status);
        if (put == MAP_EXISTS)
            code = wit_fail(c->wit, &item->path.name, HF_INVALID, c->status, "the interface '%.*s' is %s twice",
                            STR(item->path.name.text), what);
    }
    map_fini(&seen);
    return code;
}

static hf_code resolve_own_types(struct world *c, unsigned depth)
{
    const struct wit_world *const w = c->w;
    hf_code code = wit_resolve_uses(c->wit, w->scope, w->defs, w->def_count, depth, c->status);
    if (code) return code;
    const size_t most = w->own_imports.count + w->own_exports.count;
    struct wit_func **const list = ARENA_ARRAY(&c->wit->arena, struct wit_func *, most + 1);
    if (!list) return wit_fail_oom(c->status);
    size_t count = 0;
    for (size_t i = 0; i < w->own_imports.count; i++) {
        if (w->own_imports.list[i]->func) list[count++] = w->own_imports.list[i]->func;
    }
    for (size_t i = 0; i < w->own_exports.count; i++) {
        if (w->own_exports.list[i]->func) list[count++] = w->own_exports.list[i]->func;
    }
    const struct wit_funcs funcs = { list, count };
    return wit_resolve_types(c->wit, w->defs, w->def_count, &funcs, c->status);
}

static hf_code resolve(struct world *c, unsigned depth)
{
    struct wit_world *const w = c->w;
    struct wit_items exports = { NULL, 0 };
    hf_code code = resolve_own_types(c, depth);
    for (size_t i = 0; i < w->own_imports.count && !code; i++) code = resolve_item(c, w->own_imports.list[i], depth);
    for (size_t i = 0; i < w->own_exports.count && !code; i++) code = resolve_item(c, w->own_exports.list[i], depth);
    if (!code) code = check_once(c, &w->own_imports, "imported");
    if (!code) code = check_once(c, &w->own_exports, "exported");
    for (size_t i = 0; i < w->own_imports.count && !code; i++) code = import_item(c, w->own_imports.list[i]);
    for (size_t i = 0; i < w->own_exports.count && !code; i++) code = note_export(c, w->own_exports.list[i], &exports);
    for (uint32_t i = 0; i < w->include_count && !code; i++) code = include(c, &w->includes[i], depth, &exports);
    return code ? code : export_all(c, &exports);
}

hf_code wit_resolve_world(struct wit *wit, struct wit_world *w, unsigned depth, hf_status *status)
{
    if (w->state == DONE) return HF_OK;
    if (depth > INCLUDE_NESTING) return wit_fail(wit, &w->id, HF_LIMIT, status, "worlds include each other too deeply");
    w->state = BUSY;
    struct world c = { .wit = wit, .w = w, .status = status };
    wit_name_set_init(&c.import_names, wit);
    wit_name_set_init(&c.export_names, wit);
    map_init(&c.imported, wit->heap, (uint64_t)(uintptr_t)wit);
    map_init(&c.exported, wit->heap, (uint64_t)(uintptr_t)wit);
    map_init(&c.clean, wit->heap, (uint64_t)(uintptr_t)wit);
    wit_drop_hidden_items(wit, w);
    hf_code code = resolve(&c, depth);
    if (!code) code = wit_check_world_gates(wit, w, status);
    wit_name_set_fini(&c.import_names);
    wit_name_set_fini(&c.export_names);
    map_fini(&c.imported);
    map_fini(&c.exported);
    map_fini(&c.clean);
    w->state = DONE;
    return code;
}
