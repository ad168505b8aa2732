// Interfaces: what they use, which must be without circles, and then their own types and functions.
#include "wit/tree.h"

enum { USE_NESTING = 500 };

static const struct wit_func *find_func(const struct wit_interface *i, hf_str name)
{
    for (uint32_t n = 0; n < i->func_count; n++) {
        if (str_equal(i->funcs[n]->name, name)) return i->funcs[n];
    }
    return NULL;
}

static hf_code resolve_use(struct wit *wit, struct wit_scope *scope, struct wit_use *use, unsigned depth,
                           hf_status *status)
{
    struct wit_target target;
    hf_code code = wit_lookup(wit, scope, &use->path, &target, status);
    if (code) return code;
    if (!target.interface)
        return wit_fail(wit, &use->path.name, HF_INVALID, status, "'%.*s' is a world, not an interface",
                        STR(use->path.name.text));
    if (target.interface->state == BUSY)
        return wit_fail(wit, &use->path.name, HF_INVALID, status, "the interface '%.*s' uses itself",
                        STR(target.interface->id.text));
    code = wit_resolve_interface(wit, target.interface, depth + 1, status);
    if (!code) use->target = target.interface;
    return code;
}

hf_code wit_resolve_uses(struct wit *wit, struct wit_scope *scope, struct wit_def **defs, uint32_t count,
                         unsigned depth, hf_status *status)
{
    for (uint32_t i = 0; i < count; i++) {
        struct wit_def *const def = defs[i];
        if (def->kind != WIT_DEF_USE) continue;
        if (!def->use->target) {
            const hf_code code = resolve_use(wit, scope, def->use, depth, status);
            if (code) return code;
        }
        const struct wit_interface *const from = def->use->target;
        def->target = wit_find_def(from, def->original.text);
        if (def->target) continue;
        return wit_fail(wit, &def->original, HF_INVALID, status, "'%.*s' of the interface '%.*s' is %s",
                        STR(def->original.text), STR(from->id.text),
                        find_func(from, def->original.text) ? "a function, not a type" : "not defined");
    }
    return HF_OK;
}

static hf_code list_uses(struct wit *wit, struct wit_interface *i, hf_status *status)
{
    const struct wit_use *last = NULL;
    for (uint32_t n = 0; n < i->def_count; n++) {
        const struct wit_use *const use = i->defs[n]->use;
        if (!use || use == last) continue;
        last = use;
        bool known = false;
        for (uint32_t k = 0; k < i->use_count && !known; k++) known = i->uses[k] == use->target;
        if (known) continue;
        struct wit_interface **const list = wit_push(wit, i->uses, i->use_count, sizeof *list);
        if (!list) return wit_fail_oom(status);
        i->uses = list;
        list[i->use_count++] = use->target;
    }
    return HF_OK;
}

static hf_code check_names(struct wit *wit, const struct wit_interface *i, hf_status *status)
{
    struct name_set names;
    wit_name_set_init(&names, wit);
    hf_code code = HF_OK;
    for (uint32_t n = 0; n < i->def_count && !code; n++)
        code = wit_name_set_add(&names, i->defs[n]->id.text, &i->defs[n]->id, "type", status);
    for (uint32_t n = 0; n < i->func_count && !code; n++)
        code = wit_name_set_add(&names, i->funcs[n]->name, &i->funcs[n]->id, "function", status);
    wit_name_set_fini(&names);
    return code;
}

hf_code wit_resolve_interface(struct wit *wit, struct wit_interface *i, unsigned depth, hf_status *status)
{
    if (i->state == DONE) return HF_OK;
    if (depth > USE_NESTING) return wit_fail(wit, &i->id, HF_LIMIT, status, "interfaces use each other too deeply");
    i->state = BUSY;
    hf_code code = check_names(wit, i, status);
    if (!code) code = wit_resolve_uses(wit, i->scope, i->defs, i->def_count, depth, status);
    if (!code) code = list_uses(wit, i, status);
    const struct wit_funcs funcs = { i->funcs, i->func_count };
    if (!code) code = wit_resolve_types(wit, i->defs, i->def_count, &funcs, status);
    if (!code) code = wit_check_interface_gates(wit, i, status);
    i->state = DONE;
    return code;
}
