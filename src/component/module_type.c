// Types of core modules: of those that are there, and those that are written (Binary.md, core:type).
#include "component/loader.h"
#include "validate/validate.h"

static hf_code duplicate_import(struct loader *d, uint64_t at, hf_str module, hf_str name)
{
    return loader_invalid(d, at, "duplicate import name `%.*s:%.*s`", shown(module), module.data, shown(name),
                          name.data);
}

static hf_code name_import(struct loader *d, uint64_t at, uint32_t scope, const struct module_import *import,
                           uint32_t position)
{
    bool exists;
    if (!ctypes_name_module_import(d->types, scope, import->module, import->name, position, &exists))
        return fail_oom(d->status);
    return exists ? duplicate_import(d, at, import->module, import->name) : HF_OK;
}

static hf_code name_export(struct loader *d, uint64_t at, uint32_t scope, hf_str name, uint32_t position)
{
    if (ctypes_export(d->types, scope, name) != UINT32_MAX)
        return loader_invalid(d, at, "export name `%.*s` already defined", shown(name), name.data);
    return ctypes_name_export(d->types, scope, name, position) ? HF_OK : fail_oom(d->status);
}

static struct extern_type type_of_export(const struct hf_module *m, const struct export *export)
{
    struct extern_type type = { .kind = export->kind };
    switch (export->kind) {
    case EXTERN_FUNC: type.func = m->funcs[export->index].type_id; break;
    case EXTERN_TABLE: type.table = m->tables[export->index].type; break;
    case EXTERN_MEMORY: type.memory = m->memories[export->index].limits; break;
    case EXTERN_GLOBAL: type.global = m->globals[export->index].type; break;
    case EXTERN_TAG: type.func = m->tags[export->index].type_id; break;
    }
    return type;
}

static hf_code add_module_type(struct loader *d, const struct module_type *type, uint64_t at, ctype *out)
{
    struct module_type *const kept = arena_copy(d->arena, type, sizeof *type);
    if (!kept) return fail_oom(d->status);
    const struct ctype_def def = { .kind = CTYPE_MODULE, .module = kept };
    return ctypes_add(d->types, &def, at, out, d->status);
}

hf_code module_type_of(struct loader *d, const struct hf_module *m, uint64_t at, ctype *out)
{
    struct module_import *const imports = ARENA_ARRAY(d->arena, struct module_import, m->import_count);
    struct module_export *const exports = ARENA_ARRAY(d->arena, struct module_export, m->export_count);
    if (!imports || !exports) return fail_oom(d->status);
    const struct module_type type = { ctypes_new_scope(d->types), m->import_count, m->export_count, imports, exports };
    for (uint32_t i = 0; i < m->import_count; i++) {
        imports[i] = (struct module_import){ m->imports[i].module, m->imports[i].name, m->imports[i].type };
        TRY(name_import(d, at, type.scope, &imports[i], i));
    }
    for (uint32_t i = 0; i < m->export_count; i++) {
        exports[i] = (struct module_export){ m->exports[i].name, type_of_export(m, &m->exports[i]) };
        TRY(name_export(d, at, type.scope, exports[i].name, i));
    }
    return add_module_type(d, &type, at, out);
}

// ---- core types that are written --------------------------------------------------------------------------------------

struct core_space *scope_core_types(struct loader *d, struct scope *scope)
{
    if (!scope->core_types) {
        scope->core_types = core_space_new(d->types->heap, d->c->engine->types, d->features);
        if (!scope->core_types) fail_oom(d->status);
    }
    return scope->core_types;
}

uint32_t scope_core_type_id(const struct scope *scope, uint32_t index)
{
    return core_space_id(scope->core_types, index);
}

// Marks the places of the core type space that hold types rather than module types.
static hf_code mark_core_types(struct loader *d)
{
    struct scope *const scope = d->scope;
    while (scope->spaces[SORT_CORE_TYPE].count < core_space_count(scope->core_types))
        TRY(scope_add(d, SORT_CORE_TYPE, NO_CTYPE));
    return HF_OK;
}

static hf_code rec_type(struct loader *d)
{
    struct core_space *const space = scope_core_types(d, d->scope);
    if (!space) return HF_OUT_OF_MEMORY;
    TRY(core_space_rec_type(space, &d->in, d->status));
    return mark_core_types(d);
}

static hf_code check_limits(struct loader *d, const struct extern_type *type)
{
    switch (type->kind) {
    case EXTERN_TABLE: return validate_table_limits(d->status, &type->table.limits);
    case EXTERN_MEMORY: return validate_memory_limits(d->status, &type->memory);
    default: return HF_OK;
    }
}

static hf_code core_extern_type(struct loader *d, struct extern_type *out)
{
    struct core_space *const space = scope_core_types(d, d->scope);
    if (!space) return HF_OUT_OF_MEMORY;
    const uint64_t at = loader_at(d);
    hf_status found = hf_status_ok();
    hf_code code = core_space_extern_type(space, &d->in, out, &found);
    if (code == HF_INVALID) return loader_invalid(d, at, "%.150s: type index out of bounds", found.message);
    if (code) return fail_at(d->status, code, at, "%s", found.message);
    return check_limits(d, out);
}

// core:alias ::= 0x10 0x01 ct:<u32> idx:<u32>
static hf_code core_alias(struct loader *d)
{
    uint64_t at = loader_at(d);
    uint8_t byte;
    TRY(loader_byte(d, &byte));
    if (byte != 0x10) return loader_bad_byte(d, at, byte, "outer alias kind");
    at = loader_at(d);
    TRY(loader_byte(d, &byte));
    if (byte != 0x01) return loader_bad_byte(d, at, byte, "outer alias target");
    uint32_t count, index;
    at = loader_at(d);
    TRY(loader_u32(d, &count));
    TRY(loader_u32(d, &index));
    struct scope *scope = d->scope;
    for (uint32_t i = 0; i < count && scope; i++) scope = scope->outer;
    if (!scope) return loader_invalid(d, at, "invalid outer alias count of %u", count);
    TRY(scope_index(d, scope, SORT_CORE_TYPE, at, index));
    if (scope_type(scope, SORT_CORE_TYPE, index) != NO_CTYPE)
        return loader_invalid(d, at, "a module type cannot be aliased in a module type");
    struct core_space *const space = scope_core_types(d, d->scope);
    if (!space) return HF_OUT_OF_MEMORY;
    TRY(core_space_add(space, core_space_id(scope->core_types, index), d->status));
    return mark_core_types(d);
}

struct module_lists {
    uint32_t scope;
    struct vec imports, exports;
};

// core:moduledecl
static hf_code module_decl(struct loader *d, struct module_lists *lists)
{
    const uint64_t at = loader_at(d);
    uint8_t kind;
    TRY(loader_byte(d, &kind));
    switch (kind) {
    case 0x00: {
        struct module_import import;
        TRY(loader_name(d, &import.module));
        TRY(loader_name(d, &import.name));
        TRY(core_extern_type(d, &import.type));
        TRY(name_import(d, at, lists->scope, &import, (uint32_t)lists->imports.count));
        struct module_import *const kept = vec_push(d, d->arena, &lists->imports, sizeof *kept);
        if (!kept) return HF_OUT_OF_MEMORY;
        *kept = import;
        return HF_OK;
    }
    case 0x01:
        if (reader_peek(&d->in) == 0x50)
            return loader_invalid(d, at,
                                  "a module type cannot define a module type: "
                                  "invalid leading byte (0x50)");
        if (reader_left(&d->in) && reader_peek(&d->in) == 0x00) d->in.at++;
        return rec_type(d);
    case 0x02: return core_alias(d);
    case 0x03: {
        struct module_export export;
        TRY(loader_name(d, &export.name));
        TRY(core_extern_type(d, &export.type));
        TRY(name_export(d, at, lists->scope, export.name, (uint32_t)lists->exports.count));
        struct module_export *const kept = vec_push(d, d->arena, &lists->exports, sizeof *kept);
        if (!kept) return HF_OUT_OF_MEMORY;
        *kept = export;
        return HF_OK;
    }
    default: return loader_bad_byte(d, at, kind, "type definition");
    }
}

// core:moduletype ::= 0x50 md*:vec(<core:moduledecl>), behind the 0x50
static hf_code read_module_type(struct loader *d, uint64_t at, ctype *out)
{
    uint32_t count;
    TRY(loader_count(d, 2, &count));
    struct scope scope;
    TRY(scope_open(d, SCOPE_MODULE_TYPE, &scope));
    struct module_lists lists = { .scope = scope.id };
    hf_code code = HF_OK;
    for (uint32_t i = 0; code == HF_OK && i < count; i++) code = module_decl(d, &lists);
    if (code == HF_OK) {
        code = keep_core_types(d, scope.core_types);
        scope.core_types = NULL;
    }
    scope_close(d, &scope);
    if (code) return code;
    const struct module_type type = { scope.id, (uint32_t)lists.imports.count, (uint32_t)lists.exports.count,
                                      lists.imports.items, lists.exports.items };
    return add_module_type(d, &type, at, out);
}

// core:deftype ::= rectype | 0x00 0x50 … | moduletype
hf_code load_core_type(struct loader *d)
{
    const uint64_t at = loader_at(d);
    if (!reader_left(&d->in)) d->in.ran_out = true;
    TRY(loader_check(d));
    if (reader_peek(&d->in) == 0x50) {
        d->in.at++;
        ctype type;
        TRY(read_module_type(d, at, &type));
        struct core_space *const space = scope_core_types(d, d->scope);
        if (!space) return HF_OUT_OF_MEMORY;
        TRY(core_space_add(space, NO_TYPE, d->status));
        return scope_add(d, SORT_CORE_TYPE, type);
    }
    if (reader_peek(&d->in) == 0x00) {
        d->in.at++;
        if (reader_peek(&d->in) != 0x50) return loader_bad_byte(d, at, 0x00, "core type");
    }
    return rec_type(d);
}
