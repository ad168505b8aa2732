// The types of the standard C API: small trees on the heap, each owning what is below it.
#include "api/capi.h"

struct wasm_valtype_t {
    wasm_valkind_t kind;
};

// Seen as what it is or as the general type: `kind` decides.
struct wasm_externtype_t {
    wasm_externkind_t kind;
    union {
        struct {
            wasm_valtype_vec_t params, results;
        } func;
        struct {
            wasm_valtype_t *content;
            wasm_mutability_t mutability;
        } global;
        struct {
            wasm_valtype_t *element;
            wasm_limits_t limits;
        } table;
        struct {
            wasm_limits_t limits;
        } memory;
    } of;
};

struct wasm_functype_t {
    wasm_externtype_t type;
};
struct wasm_globaltype_t {
    wasm_externtype_t type;
};
struct wasm_tabletype_t {
    wasm_externtype_t type;
};
struct wasm_memorytype_t {
    wasm_externtype_t type;
};

struct wasm_importtype_t {
    wasm_name_t module, name;
    wasm_externtype_t *type;
};

struct wasm_exporttype_t {
    wasm_name_t name;
    wasm_externtype_t *type;
};

enum { EXTERN_TAG_KIND = WASM_EXTERN_MEMORY + 1 }; // what the standard has no name for

// ---- value types ----

wasm_valtype_t *wasm_valtype_new(wasm_valkind_t kind)
{
    wasm_valtype_t *const type = CAPI_NEW(wasm_valtype_t);
    if (type) type->kind = kind;
    return type;
}

wasm_valkind_t wasm_valtype_kind(const wasm_valtype_t *type)
{
    return type->kind;
}

wasm_valtype_t *wasm_valtype_copy(const wasm_valtype_t *type)
{
    return wasm_valtype_new(type->kind);
}

void wasm_valtype_delete(wasm_valtype_t *type)
{
    capi_free(type, sizeof *type);
}

hf_valtype capi_valtype(wasm_valkind_t kind)
{
    switch (kind) {
    case WASM_I32: return HF_TYPE_I32;
    case WASM_I64: return HF_TYPE_I64;
    case WASM_F32: return HF_TYPE_F32;
    case WASM_F64: return HF_TYPE_F64;
    case WASM_V128: return HF_TYPE_V128;
    case WASM_FUNCREF: return HF_TYPE_FUNCREF;
    default: return HF_TYPE_EXTERNREF;
    }
}

wasm_valkind_t capi_valkind(const hf_engine *engine, hf_valtype type)
{
    switch (hf_valtype_kind(type)) {
    case HF_I32: return WASM_I32;
    case HF_I64: return WASM_I64;
    case HF_F32: return WASM_F32;
    case HF_F64: return WASM_F64;
    case HF_V128: return WASM_V128;
    case HF_REF: break;
    }
    return hf_valtype_matches(engine, type, HF_TYPE_FUNCREF) ? WASM_FUNCREF : WASM_EXTERNREF;
}

// ---- extern types ----

static wasm_externtype_t *new_type(wasm_externkind_t kind)
{
    wasm_externtype_t *const type = CAPI_NEW(wasm_externtype_t);
    if (type) type->kind = kind;
    return type;
}

wasm_externkind_t wasm_externtype_kind(const wasm_externtype_t *type)
{
    return type->kind;
}

void wasm_externtype_delete(wasm_externtype_t *type)
{
    if (!type) return;
    switch (type->kind) {
    case WASM_EXTERN_FUNC:
        wasm_valtype_vec_delete(&type->of.func.params);
        wasm_valtype_vec_delete(&type->of.func.results);
        break;
    case WASM_EXTERN_GLOBAL: wasm_valtype_delete(type->of.global.content); break;
    case WASM_EXTERN_TABLE: wasm_valtype_delete(type->of.table.element); break;
    default: break;
    }
    capi_free(type, sizeof *type);
}

wasm_externtype_t *wasm_externtype_copy(const wasm_externtype_t *from)
{
    wasm_externtype_t *const type = new_type(from->kind);
    if (!type) return NULL;
    bool whole = true;
    switch (from->kind) {
    case WASM_EXTERN_FUNC:
        wasm_valtype_vec_copy(&type->of.func.params, &from->of.func.params);
        wasm_valtype_vec_copy(&type->of.func.results, &from->of.func.results);
        whole = type->of.func.params.size == from->of.func.params.size &&
                type->of.func.results.size == from->of.func.results.size;
        break;
    case WASM_EXTERN_GLOBAL:
        type->of.global.content = wasm_valtype_copy(from->of.global.content);
        type->of.global.mutability = from->of.global.mutability;
        whole = type->of.global.content;
        break;
    case WASM_EXTERN_TABLE:
        type->of.table.element = wasm_valtype_copy(from->of.table.element);
        type->of.table.limits = from->of.table.limits;
        whole = type->of.table.element;
        break;
    default: type->of.memory = from->of.memory; break;
    }
    if (whole) return type;
    wasm_externtype_delete(type);
    return NULL;
}

#define KIND_OF_func WASM_EXTERN_FUNC
#define KIND_OF_global WASM_EXTERN_GLOBAL
#define KIND_OF_table WASM_EXTERN_TABLE
#define KIND_OF_memory WASM_EXTERN_MEMORY

#define EXTERNTYPE(name)                                                                            \
    wasm_externtype_t *wasm_##name##type_as_externtype(wasm_##name##type_t *type)                   \
    {                                                                                               \
        return type ? &type->type : NULL;                                                           \
    }                                                                                               \
    const wasm_externtype_t *wasm_##name##type_as_externtype_const(const wasm_##name##type_t *type) \
    {                                                                                               \
        return type ? &type->type : NULL;                                                           \
    }                                                                                               \
    wasm_##name##type_t *wasm_externtype_as_##name##type(wasm_externtype_t *type)                   \
    {                                                                                               \
        return type && type->kind == KIND_OF_##name ? (wasm_##name##type_t *)type : NULL;           \
    }                                                                                               \
    const wasm_##name##type_t *wasm_externtype_as_##name##type_const(const wasm_externtype_t *type) \
    {                                                                                               \
        return type && type->kind == KIND_OF_##name ? (const wasm_##name##type_t *)type : NULL;     \
    }                                                                                               \
    void wasm_##name##type_delete(wasm_##name##type_t *type)                                        \
    {                                                                                               \
        wasm_externtype_delete(wasm_##name##type_as_externtype(type));                              \
    }                                                                                               \
    wasm_##name##type_t *wasm_##name##type_copy(const wasm_##name##type_t *type)                    \
    {                                                                                               \
        return (wasm_##name##type_t *)wasm_externtype_copy(&type->type);                            \
    }
EXTERNTYPE(func)
EXTERNTYPE(global)
EXTERNTYPE(table)
EXTERNTYPE(memory)

wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *params, wasm_valtype_vec_t *results)
{
    wasm_externtype_t *const type = new_type(WASM_EXTERN_FUNC);
    if (type) {
        type->of.func.params = *params;
        type->of.func.results = *results;
    } else {
        wasm_valtype_vec_delete(params);
        wasm_valtype_vec_delete(results);
    }
    return (wasm_functype_t *)type;
}

const wasm_valtype_vec_t *wasm_functype_params(const wasm_functype_t *type)
{
    return &type->type.of.func.params;
}

const wasm_valtype_vec_t *wasm_functype_results(const wasm_functype_t *type)
{
    return &type->type.of.func.results;
}

wasm_globaltype_t *wasm_globaltype_new(wasm_valtype_t *content, wasm_mutability_t mutability)
{
    wasm_externtype_t *const type = content ? new_type(WASM_EXTERN_GLOBAL) : NULL;
    if (type) {
        type->of.global.content = content;
        type->of.global.mutability = mutability;
    } else {
        wasm_valtype_delete(content);
    }
    return (wasm_globaltype_t *)type;
}

const wasm_valtype_t *wasm_globaltype_content(const wasm_globaltype_t *type)
{
    return type->type.of.global.content;
}

wasm_mutability_t wasm_globaltype_mutability(const wasm_globaltype_t *type)
{
    return type->type.of.global.mutability;
}

wasm_tabletype_t *wasm_tabletype_new(wasm_valtype_t *element, const wasm_limits_t *limits)
{
    wasm_externtype_t *const type = element ? new_type(WASM_EXTERN_TABLE) : NULL;
    if (type) {
        type->of.table.element = element;
        type->of.table.limits = *limits;
    } else {
        wasm_valtype_delete(element);
    }
    return (wasm_tabletype_t *)type;
}

const wasm_valtype_t *wasm_tabletype_element(const wasm_tabletype_t *type)
{
    return type->type.of.table.element;
}

const wasm_limits_t *wasm_tabletype_limits(const wasm_tabletype_t *type)
{
    return &type->type.of.table.limits;
}

wasm_memorytype_t *wasm_memorytype_new(const wasm_limits_t *limits)
{
    wasm_externtype_t *const type = new_type(WASM_EXTERN_MEMORY);
    if (type) type->of.memory.limits = *limits;
    return (wasm_memorytype_t *)type;
}

const wasm_limits_t *wasm_memorytype_limits(const wasm_memorytype_t *type)
{
    return &type->type.of.memory.limits;
}

// ---- from the engine's types ----

// What does not fit 32 bits is as much as fits.
static wasm_limits_t limits_of(const hf_limits *limits)
{
    return (wasm_limits_t){
        .min = limits->min > UINT32_MAX ? UINT32_MAX : (uint32_t)limits->min,
        .max = limits->max >= UINT32_MAX ? wasm_limits_max_default : (uint32_t)limits->max,
    };
}

static bool valtypes_of(const hf_engine *engine, const hf_valtype *types, uint32_t count, wasm_valtype_vec_t *out)
{
    wasm_valtype_vec_new_uninitialized(out, count);
    if (out->size != count) return false;
    for (uint32_t i = 0; i < count; i++)
        if (!(out->data[i] = wasm_valtype_new(capi_valkind(engine, types[i])))) return false;
    return true;
}

wasm_functype_t *capi_functype(const hf_engine *engine, const hf_functype *type)
{
    wasm_valtype_vec_t params, results;
    const bool whole = valtypes_of(engine, type->params, type->param_count, &params);
    if (valtypes_of(engine, type->results, type->result_count, &results) && whole)
        return wasm_functype_new(&params, &results);
    wasm_valtype_vec_delete(&params);
    wasm_valtype_vec_delete(&results);
    return NULL;
}

wasm_externtype_t *capi_externtype(const hf_engine *engine, const hf_externtype *type)
{
    switch (type->kind) {
    case HF_EXTERN_FUNC: return (wasm_externtype_t *)capi_functype(engine, &type->func);
    case HF_EXTERN_GLOBAL:
        return (wasm_externtype_t *)wasm_globaltype_new(wasm_valtype_new(capi_valkind(engine, type->global.type)),
                                                        type->global.is_mutable ? WASM_VAR : WASM_CONST);
    case HF_EXTERN_TABLE: {
        const wasm_limits_t limits = limits_of(&type->table.limits);
        return (wasm_externtype_t *)wasm_tabletype_new(wasm_valtype_new(capi_valkind(engine, type->table.element)),
                                                       &limits);
    }
    case HF_EXTERN_MEMORY: {
        const wasm_limits_t limits = limits_of(&type->memory);
        return (wasm_externtype_t *)wasm_memorytype_new(&limits);
    }
    case HF_EXTERN_TAG: break;
    }
    return new_type(EXTERN_TAG_KIND);
}

// ---- imports and exports ----

wasm_importtype_t *wasm_importtype_new(wasm_name_t *module, wasm_name_t *name, wasm_externtype_t *type)
{
    wasm_importtype_t *const import = type ? CAPI_NEW(wasm_importtype_t) : NULL;
    if (import) {
        *import = (wasm_importtype_t){ *module, *name, type };
    } else {
        wasm_name_delete(module);
        wasm_name_delete(name);
        wasm_externtype_delete(type);
    }
    return import;
}

const wasm_name_t *wasm_importtype_module(const wasm_importtype_t *import)
{
    return &import->module;
}

const wasm_name_t *wasm_importtype_name(const wasm_importtype_t *import)
{
    return &import->name;
}

const wasm_externtype_t *wasm_importtype_type(const wasm_importtype_t *import)
{
    return import->type;
}

wasm_importtype_t *wasm_importtype_copy(const wasm_importtype_t *from)
{
    wasm_name_t module, name;
    wasm_name_copy(&module, &from->module);
    wasm_name_copy(&name, &from->name);
    return wasm_importtype_new(&module, &name, wasm_externtype_copy(from->type));
}

void wasm_importtype_delete(wasm_importtype_t *import)
{
    if (!import) return;
    wasm_name_delete(&import->module);
    wasm_name_delete(&import->name);
    wasm_externtype_delete(import->type);
    capi_free(import, sizeof *import);
}

wasm_exporttype_t *wasm_exporttype_new(wasm_name_t *name, wasm_externtype_t *type)
{
    wasm_exporttype_t *const export = type ? CAPI_NEW(wasm_exporttype_t) : NULL;
    if (export) {
        *export = (wasm_exporttype_t){ *name, type };
    } else {
        wasm_name_delete(name);
        wasm_externtype_delete(type);
    }
    return export;
}

const wasm_name_t *wasm_exporttype_name(const wasm_exporttype_t *export)
{
    return &export->name;
}

const wasm_externtype_t *wasm_exporttype_type(const wasm_exporttype_t *export)
{
    return export->type;
}

wasm_exporttype_t *wasm_exporttype_copy(const wasm_exporttype_t *from)
{
    wasm_name_t name;
    wasm_name_copy(&name, &from->name);
    return wasm_exporttype_new(&name, wasm_externtype_copy(from->type));
}

void wasm_exporttype_delete(wasm_exporttype_t *export)
{
    if (!export) return;
    wasm_name_delete(&export->name);
    wasm_externtype_delete(export->type);
    capi_free(export, sizeof *export);
}
