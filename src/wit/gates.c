// Feature gates (WIT.md, "Feature Gates"): what is unstable and was not asked for is taken out, and nothing that stays may
// refer to it. That an item is gated by no earlier a version than what it refers to is not asked for: the published
// interfaces of WASI 0.2 and 0.3 do not keep to it.
#include <string.h>

#include "wit/tree.h"

bool wit_visible(const struct wit *wit, const struct wit_gate *gate)
{
    if (!gate->unstable.size || wit->options.all_features) return true;
    for (size_t i = 0; i < wit->options.feature_count; i++) {
        const char *const feature = wit->options.features[i];
        if (str_equal(gate->unstable, (hf_str){ feature, strlen(feature) })) return true;
    }
    return false;
}

// --- checks ------------------------------------------------------------------------------------------------

struct gates {
    struct wit *wit;
    const struct wit_package *package;
    bool visible; // does what the items stand in stay?
    hf_status *status;
};

static hf_code check_version(const struct gates *g, const struct wit_version *v, const struct wit_id *where)
{
    if (!v->text.size || wit_version_compare(v, &g->package->version) <= 0) return HF_OK;
    return wit_fail(g->wit, where, HF_INVALID, g->status, "'%.*s' is gated by version %.*s, but this is only %.*s",
                    STR(where->text), STR(v->text), STR(g->package->version.text));
}

// The gate itself.
static hf_code check_gate(const struct gates *g, const struct wit_gate *gate, const struct wit_id *where)
{
    if (!gate->since.text.size) return HF_OK;
    if (!g->package->version.text.size)
        return wit_fail(g->wit, where, HF_INVALID, g->status, "'%.*s' is gated by a version, but its package has none",
                        STR(where->text));
    const hf_code code = check_version(g, &gate->since, where);
    return code ? code : check_version(g, &gate->deprecated, where);
}

// An item that stays may refer to what stays.
static hf_code check_refers(const struct gates *g, const struct wit_gate *gate, const struct wit_id *where,
                            const struct wit_gate *other, hf_str name)
{
    if (wit_visible(g->wit, other) || !g->visible || !wit_visible(g->wit, gate)) return HF_OK;
    return wit_fail(g->wit, where, HF_INVALID, g->status, "'%.*s' refers to '%.*s', which is unstable (feature %.*s)",
                    STR(where->text), STR(name), STR(other->unstable));
}

// Definitions that a type names stand in the same scope.
static hf_code check_type(const struct gates *g, const struct wit_type *type, const struct wit_gate *gate,
                          const struct wit_id *where)
{
    if (!type) return HF_OK;
    if (type->def) return check_refers(g, gate, where, &type->def->gate, type->def->id.text);
    hf_code code = check_type(g, type->first, gate, where);
    if (!code) code = check_type(g, type->second, gate, where);
    for (uint32_t i = 0; i < type->count && !code; i++) code = check_type(g, type->members[i].type, gate, where);
    return code;
}

static hf_code check_func(const struct gates *g, const struct wit_func *func)
{
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < func->param_count && !code; i++)
        code = check_type(g, func->params[i].type, &func->gate, &func->id);
    return code ? code : check_type(g, func->result, &func->gate, &func->id);
}

static hf_code check_def(const struct gates *g, const struct wit_def *def)
{
    if (def->kind == WIT_DEF_TYPE) return check_type(g, def->type, &def->gate, &def->id);
    if (def->kind == WIT_DEF_RESOURCE) return HF_OK;
    const struct wit_interface *const from = def->use->target;
    const hf_code code = check_refers(g, &def->gate, &def->id, &from->gate, from->id.text);
    return code ? code : check_refers(g, &def->gate, &def->id, &def->target->gate, def->original.text);
}

hf_code wit_check_interface_gates(struct wit *wit, const struct wit_interface *i, hf_status *status)
{
    const struct gates g = { wit, i->package, wit_visible(wit, &i->gate), status };
    hf_code code = i->id.text.size ? check_gate(&g, &i->gate, &i->id) : HF_OK;
    for (uint32_t n = 0; n < i->def_count && !code; n++) {
        code = check_gate(&g, &i->defs[n]->gate, &i->defs[n]->id);
        if (!code) code = check_def(&g, i->defs[n]);
    }
    for (uint32_t n = 0; n < i->func_count && !code; n++) {
        const struct wit_func *const func = i->funcs[n];
        code = check_gate(&g, &func->gate, &func->id);
        if (!code) code = check_func(&g, func);
    }
    return code;
}

static hf_code check_items(const struct gates *g, const struct wit_items *items)
{
    hf_code code = HF_OK;
    for (size_t n = 0; n < items->count && !code; n++) {
        const struct wit_item *const item = items->list[n];
        const struct wit_id *const where = item->id.text.size ? &item->id : &item->path.name;
        code = check_gate(g, &item->gate, where);
        if (code) break;
        if (item->def) code = check_def(g, item->def);
        if (item->func) code = check_func(g, item->func);
        if (item->interface && item->interface->id.text.size)
            code = check_refers(g, &item->gate, where, &item->interface->gate, item->interface->id.text);
    }
    return code;
}

hf_code wit_check_world_gates(struct wit *wit, const struct wit_world *w, hf_status *status)
{
    const struct gates g = { wit, w->package, wit_visible(wit, &w->gate), status };
    hf_code code = check_gate(&g, &w->gate, &w->id);
    if (!code) code = check_items(&g, &w->own_imports);
    if (!code) code = check_items(&g, &w->own_exports);
    for (uint32_t n = 0; n < w->include_count && !code; n++) {
        const struct wit_include *const include = &w->includes[n];
        code = check_gate(&g, &include->gate, &include->path.name);
        if (!code)
            code =
                check_refers(&g, &include->gate, &include->path.name, &include->target->gate, include->target->id.text);
    }
    return code;
}

// --- taking out ----------------------------------------------------------------------------------------------

static void drop_items(const struct wit *wit, struct wit_items *items)
{
    size_t kept = 0;
    for (size_t i = 0; i < items->count; i++) {
        if (wit_visible(wit, &items->list[i]->gate)) items->list[kept++] = items->list[i];
    }
    items->count = kept;
}

void wit_drop_hidden_items(const struct wit *wit, struct wit_world *w)
{
    drop_items(wit, &w->own_imports);
    drop_items(wit, &w->own_exports);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->include_count; i++) {
        if (wit_visible(wit, &w->includes[i].gate)) w->includes[kept++] = w->includes[i];
    }
    w->include_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < w->def_count; i++) {
        if (wit_visible(wit, &w->defs[i]->gate)) w->defs[kept++] = w->defs[i];
    }
    w->def_count = kept;
}

static uint32_t drop_funcs(const struct wit *wit, struct wit_func **funcs, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (wit_visible(wit, &funcs[i]->gate)) funcs[kept++] = funcs[i];
    }
    return kept;
}

static void drop_in_interface(const struct wit *wit, struct wit_interface *i)
{
    uint32_t kept = 0;
    for (uint32_t n = 0; n < i->def_count; n++) {
        struct wit_def *const def = i->defs[n];
        if (!wit_visible(wit, &def->gate)) continue;
        def->func_count = drop_funcs(wit, def->funcs, def->func_count);
        i->defs[kept++] = def;
    }
    i->def_count = kept;
    i->func_count = drop_funcs(wit, i->funcs, i->func_count);
    kept = 0;
    for (uint32_t n = 0; n < i->decl_count; n++) {
        const struct wit_decl decl = i->decls[n];
        if (wit_visible(wit, decl.def ? &decl.def->gate : &decl.func->gate)) i->decls[kept++] = decl;
    }
    i->decl_count = kept;
}

static void drop_in_items(const struct wit *wit, const struct wit_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        struct wit_interface *const interface = items->list[i]->interface;
        if (interface && !interface->id.text.size) drop_in_interface(wit, interface);
    }
}

void wit_drop_hidden(struct wit *wit)
{
    for (size_t p = 0; p < wit->package_count; p++) {
        struct wit_package *const package = wit->packages[p];
        uint32_t kept = 0;
        for (uint32_t i = 0; i < package->interface_count; i++) {
            struct wit_interface *const interface = package->interfaces[i];
            if (!wit_visible(wit, &interface->gate)) continue;
            drop_in_interface(wit, interface);
            package->interfaces[kept++] = interface;
        }
        package->interface_count = kept;
        kept = 0;
        for (uint32_t i = 0; i < package->world_count; i++) {
            struct wit_world *const world = package->worlds[i];
            if (!wit_visible(wit, &world->gate)) continue;
            drop_in_items(wit, &world->own_imports);
            drop_in_items(wit, &world->own_exports);
            package->worlds[kept++] = world;
        }
        package->world_count = kept;
    }
}
