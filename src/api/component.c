#include <holdfast/component.h>

#include <string.h>

#include "base/fail.h"
#include "component/component.h"
#include "runtime/engine.h"
#include "text/text.h"

hf_component *hf_component_new(hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    if (!engine || (size && !bytes)) {
        fail(status, HF_BAD_ARGUMENT, "no engine or no bytes");
        return NULL;
    }
    return component_new(engine, bytes, size, status);
}

hf_component *hf_component_new_any(hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    if (!engine || (size && !bytes)) {
        fail(status, HF_BAD_ARGUMENT, "no engine or no bytes");
        return NULL;
    }
    if (size >= 4 && memcmp(bytes, "\0asm", 4) == 0) return component_new(engine, bytes, size, status);
    struct buf binary;
    buf_init(&binary, &engine->heap);
    hf_component *component = NULL;
    if (text_assemble(bytes, size, engine->features, true, &binary, status) == HF_OK)
        component = component_new(engine, binary.data, binary.size, status);
    buf_fini(&binary);
    return component;
}

hf_component *hf_component_ref(hf_component *component)
{
    return component ? component_hold(component) : NULL;
}

void hf_component_unref(hf_component *component)
{
    component_release(component);
}

hf_engine *hf_component_engine(const hf_component *component)
{
    return component ? component->engine : NULL;
}

bool hf_bytes_are_component(const void *bytes, size_t size)
{
    return bytes && component_begins(bytes, size);
}

// ---- imports and exports ----------------------------------------------------------------------------------------------

static hf_item item_of(const hf_component *c, const struct extern_decl *decl)
{
    hf_item item = {
        .name = decl->name,
        .implements = decl->implements,
        .external_id = decl->external_id,
        .version_suffix = decl->version_suffix,
        .id = decl->entity.type,
    };
    const ctype type = decl->entity.type;
    switch (decl->entity.sort) {
    case SORT_CORE_MODULE: item.kind = HF_ITEM_MODULE; break;
    case SORT_FUNC:
        item.kind = HF_ITEM_FUNC;
        item.func = ctypes_host_func(c->types, type);
        break;
    case SORT_VALUE:
        item.kind = HF_ITEM_VALUE;
        item.type = ctypes_host(c->types, type);
        break;
    case SORT_TYPE:
        item.kind = HF_ITEM_TYPE;
        item.type = ctypes_host(c->types, type);
        item.is_resource = ctypes_get(c->types, type)->kind == CTYPE_RESOURCE;
        if (item.is_resource) item.resource = ctypes_host_resource(c->types, type);
        break;
    case SORT_COMPONENT: item.kind = HF_ITEM_COMPONENT; break;
    default: item.kind = HF_ITEM_INSTANCE; break;
    }
    return item;
}

size_t hf_component_import_count(const hf_component *component)
{
    return component ? component->root->import_count : 0;
}

hf_code hf_component_import(const hf_component *component, size_t i, hf_item *out)
{
    if (!component || !out || i >= component->root->import_count) return HF_BAD_ARGUMENT;
    *out = item_of(component, &component->root->imports[i]);
    return HF_OK;
}

size_t hf_component_export_count(const hf_component *component)
{
    return component ? component->root->export_count : 0;
}

hf_code hf_component_export(const hf_component *component, size_t i, hf_item *out)
{
    if (!component || !out || i >= component->root->export_count) return HF_BAD_ARGUMENT;
    *out = item_of(component, &component->root->exports[i].decl);
    return HF_OK;
}

static const struct instance_type *instance_at(const hf_component *c, uint32_t id)
{
    if (!c || id >= ctypes_count(c->types)) return NULL;
    const struct ctype_def *const def = ctypes_get(c->types, id);
    return def->kind == CTYPE_INSTANCE ? def->instance : NULL;
}

size_t hf_component_item_count(const hf_component *component, uint32_t id)
{
    const struct instance_type *const type = instance_at(component, id);
    return type ? type->export_count : 0;
}

hf_code hf_component_item(const hf_component *component, uint32_t id, size_t i, hf_item *out)
{
    const struct instance_type *const type = instance_at(component, id);
    if (!type || !out || i >= type->export_count) return HF_BAD_ARGUMENT;
    *out = item_of(component, &type->exports[i]);
    return HF_OK;
}
