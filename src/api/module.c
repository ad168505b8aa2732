#include <holdfast/module.h>

#include <string.h>

#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/extern.h"
#include "text/text.h"

hf_module *hf_module_new(hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    if (!engine || (size && !bytes)) {
        fail(status, HF_BAD_ARGUMENT, "no engine or no bytes");
        return NULL;
    }
    struct blob *const blob = blob_new(&engine->heap, bytes, size);
    if (!blob) {
        fail_oom(status);
        return NULL;
    }
    struct hf_module *module = NULL;
    module_make(engine, blob, 0, size, &module, status);
    blob_unref(blob);
    return module;
}

hf_module *hf_module_new_any(hf_engine *engine, const void *bytes, size_t size, hf_status *status)
{
    if (!engine || (size && !bytes)) {
        fail(status, HF_BAD_ARGUMENT, "no engine or no bytes");
        return NULL;
    }
    if (size >= 4 && memcmp(bytes, "\0asm", 4) == 0) return hf_module_new(engine, bytes, size, status);
    struct buf binary;
    buf_init(&binary, &engine->heap);
    hf_module *module = NULL;
    if (text_assemble(bytes, size, engine->features, true, &binary, status) == HF_OK)
        module = hf_module_new(engine, binary.data, binary.size, status);
    buf_fini(&binary);
    return module;
}

hf_module *hf_module_ref(hf_module *module)
{
    return module ? module_hold(module) : NULL;
}

void hf_module_unref(hf_module *module)
{
    module_release(module);
}

hf_engine *hf_module_engine(const hf_module *module)
{
    return module ? module->engine : NULL;
}

size_t hf_module_import_count(const hf_module *module)
{
    return module ? module->import_count : 0;
}

hf_code hf_module_import(const hf_module *module, size_t i, hf_import *out)
{
    if (!module || !out || i >= module->import_count) return HF_BAD_ARGUMENT;
    const struct import *import = &module->imports[i];
    *out = (hf_import){ import->module, import->name, externtype_of(module->types, &import->type) };
    return HF_OK;
}

size_t hf_module_export_count(const hf_module *module)
{
    return module ? module->export_count : 0;
}

static struct extern_type type_of_export(const struct hf_module *m, const struct export *export)
{
    struct extern_type type = { .kind = export->kind, .func = 0 };
    switch (export->kind) {
    case EXTERN_FUNC: type.func = m->funcs[export->index].type_id; break;
    case EXTERN_TABLE: type.table = m->tables[export->index].type; break;
    case EXTERN_MEMORY: type.memory = m->memories[export->index].limits; break;
    case EXTERN_GLOBAL: type.global = m->globals[export->index].type; break;
    case EXTERN_TAG: type.func = m->tags[export->index].type_id; break;
    }
    return type;
}

hf_code hf_module_export(const hf_module *module, size_t i, hf_export *out)
{
    if (!module || !out || i >= module->export_count) return HF_BAD_ARGUMENT;
    const struct export *export = &module->exports[i];
    const struct extern_type type = type_of_export(module, export);
    *out = (hf_export){ export->name, externtype_of(module->types, &type) };
    return HF_OK;
}

static const char *const section_names[] = { "custom", "type",  "import",  "function", "table", "memory",    "global",
                                             "export", "start", "element", "code",     "data",  "datacount", "tag" };

size_t hf_module_section_count(const hf_module *module)
{
    return module ? module->section_count : 0;
}

hf_code hf_module_section(const hf_module *module, size_t i, hf_section *out)
{
    if (!module || !out || i >= module->section_count) return HF_BAD_ARGUMENT;
    const struct section_span *section = &module->sections[i];
    const bool known = section->id < sizeof section_names / sizeof *section_names;
    const char *name = known ? section_names[section->id] : "unknown";
    *out = (hf_section){ section->id, { name, strlen(name) }, section->bytes.at, section->bytes.size };
    // A custom section is told by its own name: the one whose contents end where the section does.
    for (uint32_t k = 0; section->id == 0 && k < module->custom_count; k++) {
        const struct custom_section *custom = &module->customs[k];
        if (custom->bytes.at + custom->bytes.size == section->bytes.at + section->bytes.size &&
            custom->bytes.at >= section->bytes.at)
            out->name = custom->name;
    }
    return HF_OK;
}

hf_code hf_module_custom(const hf_module *module, const char *name, hf_bytes *out)
{
    if (!module || !name || !out) return HF_BAD_ARGUMENT;
    const struct custom_section *custom = module_custom(module, name);
    if (!custom) return HF_NOT_FOUND;
    *out = (hf_bytes){ module_bytes(module, custom->bytes), custom->bytes.size };
    return HF_OK;
}

hf_bytes hf_module_bytes(const hf_module *module)
{
    return module ? (hf_bytes){ module->bytes, module->size } : (hf_bytes){ NULL, 0 };
}

hf_str hf_module_func_name(const hf_module *module, uint32_t func)
{
    if (!module || !module->names.funcs || func >= module->func_count) return (hf_str){ NULL, 0 };
    return module->names.funcs[func];
}

uint32_t hf_module_func_count(const hf_module *module)
{
    return module ? module->func_count : 0;
}

bool hf_module_func_imported(const hf_module *module, uint32_t func)
{
    return module && func < module->imported_funcs;
}
