/* A module: decoded and validated bytes. Immutable, counted, any thread. */
#ifndef HOLDFAST_MODULE_H
#define HOLDFAST_MODULE_H

#include <holdfast/type.h>

HF_BEGIN

typedef struct hf_module hf_module;

/* Decodes and validates a module in the binary format. The bytes are copied. NULL on failure: HF_MALFORMED, HF_INVALID
 * (with offset and function), HF_UNSUPPORTED (a feature that is switched off), HF_LIMIT, HF_OUT_OF_MEMORY. */
HF_API hf_module *hf_module_new(hf_engine *engine, const void *bytes, size_t size, hf_status *status);
/* The same, from the text format when the input does not begin with the binary magic. */
HF_API hf_module *hf_module_new_any(hf_engine *engine, const void *bytes, size_t size, hf_status *status);
HF_API hf_module *hf_module_ref(hf_module *module);
HF_API void hf_module_unref(hf_module *module);
HF_API hf_engine *hf_module_engine(const hf_module *module); /* borrowed */

typedef struct hf_import {
    hf_str module, name;
    hf_externtype type;
} hf_import;

typedef struct hf_export {
    hf_str name;
    hf_externtype type;
} hf_export;

HF_API size_t hf_module_import_count(const hf_module *module);
/* HF_BAD_ARGUMENT when there is no i-th. */
HF_API hf_code hf_module_import(const hf_module *module, size_t i, hf_import *out);
HF_API size_t hf_module_export_count(const hf_module *module);
HF_API hf_code hf_module_export(const hf_module *module, size_t i, hf_export *out);

/* Sections in order: id, name ("code"; of a custom section its own), offset and size of the contents in the binary. */
typedef struct hf_section {
    uint8_t id;
    hf_str name;
    uint64_t offset;
    uint64_t size;
} hf_section;
HF_API size_t hf_module_section_count(const hf_module *module);
HF_API hf_code hf_module_section(const hf_module *module, size_t i, hf_section *out);
/* The contents of the first custom section of that name, behind the name; HF_NOT_FOUND. */
HF_API hf_code hf_module_custom(const hf_module *module, const char *name, hf_bytes *out);
/* The module's binary. */
HF_API hf_bytes hf_module_bytes(const hf_module *module);
/* A function's name from the name section, or an empty string. */
HF_API hf_str hf_module_func_name(const hf_module *module, uint32_t func);
HF_API uint32_t hf_module_func_count(const hf_module *module);
HF_API bool hf_module_func_imported(const hf_module *module, uint32_t func); /* false also where there is none */

HF_END

#endif
