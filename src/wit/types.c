// Types and functions of one scope: what their names mean, and the rules of the component model for them.
#include "wit/tree.h"

enum { DEF_NESTING = 250, MAX_LABELS = 32 };

struct types {
    struct wit *wit;
    struct wit_def **defs;
    struct map names; // → index in defs
    hf_status *status;
};

static hf_code resolve_def(struct types *t, struct wit_def *def, unsigned depth);

static bool is_resource(const struct wit_def *def)
{
    return wit_def_origin(def)->kind == WIT_DEF_RESOURCE;
}

// --- types -------------------------------------------------------------------------------------------------

static hf_code resolve_name(struct types *t, struct wit_type *type, unsigned depth)
{
    const uint32_t *const index = map_get(&t->names, type->name.text.data, type->name.text.size);
    if (!index)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "the type '%.*s' is not defined",
                        STR(type->name.text));
    struct wit_def *const def = t->defs[*index];
    if (def->state == BUSY)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "the type '%.*s' contains itself",
                        STR(type->name.text));
    const hf_code code = resolve_def(t, def, depth + 1);
    if (code) return code;
    type->def = def;
    if (type->kind == WIT_NAMED) {
        if (is_resource(def)) type->kind = HF_WIT_OWN;
        type->has_borrow = type->kind == WIT_NAMED && wit_def_origin(def)->type->has_borrow;
        return HF_OK;
    }
    type->has_borrow = type->kind == HF_WIT_BORROW;
    if (is_resource(def)) return HF_OK;
    return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "'%.*s' is not a resource", STR(type->name.text));
}

// `what` has no members, one that is there twice, or too many.
static hf_code check_members(struct types *t, const struct wit_type *type)
{
    static const char *const what[] = {
        [HF_WIT_RECORD] = "field", [HF_WIT_VARIANT] = "case", [HF_WIT_ENUM] = "case", [HF_WIT_FLAGS] = "label"
    };
    if (!type->count)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "'%.*s' has no %s", STR(type->name.text),
                        what[type->kind]);
    if (type->kind == HF_WIT_FLAGS && type->count > MAX_LABELS)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "'%.*s' has more than %u labels",
                        STR(type->name.text), MAX_LABELS);
    struct name_set names;
    wit_name_set_init(&names, t->wit);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < type->count && !code; i++)
        code = wit_name_set_add(&names, type->members[i].id.text, &type->members[i].id, what[type->kind], t->status);
    wit_name_set_fini(&names);
    return code;
}

static hf_code check_element(struct types *t, const struct wit_type *type)
{
    if (!type->first) return HF_OK;
    const char *const what = hf_witkind_name((hf_witkind)type->kind);
    if (type->first->has_borrow)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "a %s of borrowed handles", what);
    if (type->kind == HF_WIT_STREAM && wit_type_origin(type->first)->kind == HF_WIT_CHAR)
        return wit_fail(t->wit, &type->name, HF_INVALID, t->status, "a stream of char");
    return HF_OK;
}

// Types are as deep as the parser allows, and definitions in each other as DEF_NESTING does.
static hf_code resolve_type(struct types *t, struct wit_type *type, unsigned depth)
{
    if (type->kind == WIT_NAMED || type->kind == HF_WIT_OWN || type->kind == HF_WIT_BORROW)
        return type->def ? HF_OK : resolve_name(t, type, depth);
    hf_code code = HF_OK;
    if (type->first) code = resolve_type(t, type->first, depth);
    if (type->second && !code) code = resolve_type(t, type->second, depth);
    type->has_borrow = (type->first && type->first->has_borrow) || (type->second && type->second->has_borrow);
    for (uint32_t i = 0; i < type->count && !code; i++) {
        struct wit_type *const part = type->members[i].type;
        if (!part) continue;
        code = resolve_type(t, part, depth);
        type->has_borrow = type->has_borrow || part->has_borrow;
    }
    if (code) return code;
    switch (type->kind) {
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: return check_members(t, type);
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return check_element(t, type);
    default: return HF_OK;
    }
}

static hf_code resolve_def(struct types *t, struct wit_def *def, unsigned depth)
{
    if (def->state == DONE) return HF_OK;
    if (depth > DEF_NESTING) return wit_fail(t->wit, &def->id, HF_LIMIT, t->status, "types are nested too deeply");
    def->state = BUSY;
    hf_code code = HF_OK;
    if (def->kind == WIT_DEF_TYPE) {
        code = resolve_type(t, def->type, depth);
        // The alias of a resource is a resource, not a handle.
        if (!code && def->type->kind == HF_WIT_OWN && !def->type->written_own) def->type->kind = WIT_NAMED;
    }
    def->state = DONE;
    return code;
}

// --- functions ---------------------------------------------------------------------------------------------

// Fallible constructors return result<r, ...>.
static hf_code check_constructor(struct types *t, const struct wit_func *func)
{
    const struct wit_type *const result = wit_type_origin(func->result);
    const struct wit_type *const made = result->kind == HF_WIT_RESULT ? result->first : NULL;
    if (made && made->kind == HF_WIT_OWN && wit_def_origin(made->def) == func->resource) return HF_OK;
    return wit_fail(t->wit, &func->result->name, HF_INVALID, t->status,
                    "a constructor of '%.*s' returns result<%.*s, ...>", STR(func->resource->id.text),
                    STR(func->resource->id.text));
}

static hf_code resolve_func(struct types *t, struct wit_func *func)
{
    struct name_set names;
    wit_name_set_init(&names, t->wit);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < func->param_count && !code; i++) {
        const struct wit_member *const param = &func->params[i];
        code = wit_name_set_add(&names, param->id.text, &param->id, "parameter", t->status);
        if (!code) code = resolve_type(t, param->type, 0);
    }
    wit_name_set_fini(&names);
    if (code || !func->result) return code;
    code = resolve_type(t, func->result, 0);
    if (code) return code;
    if (func->result->has_borrow)
        return wit_fail(t->wit, &func->result->name, HF_INVALID, t->status, "a function returns a borrowed handle");
    return func->kind == WIT_CONSTRUCTOR && func->result_written ? check_constructor(t, func) : HF_OK;
}

hf_code wit_resolve_types(struct wit *wit, struct wit_def **defs, uint32_t count, const struct wit_funcs *funcs,
                          hf_status *status)
{
    struct types t = { .wit = wit, .defs = defs, .status = status };
    map_init(&t.names, wit->heap, (uint64_t)(uintptr_t)wit);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < count && !code; i++) {
        const enum map_put put = map_put(&t.names, defs[i]->id.text.data, defs[i]->id.text.size, i);
        if (put == MAP_NO_MEMORY) code = wit_fail_oom(status);
    }
    for (uint32_t i = 0; i < count && !code; i++) code = resolve_def(&t, defs[i], 0);
    for (size_t i = 0; i < funcs->count && !code; i++) code = resolve_func(&t, funcs->list[i]);
    map_fini(&t.names);
    return code;
}
