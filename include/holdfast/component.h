/* A component: decoded and validated bytes of the component model. Immutable, counted, any thread. */
#ifndef HOLDFAST_COMPONENT_H
#define HOLDFAST_COMPONENT_H

#include <holdfast/module.h>
#include <holdfast/witype.h>

HF_BEGIN

typedef struct hf_component hf_component;

/* Decodes and validates a component in the binary format with all that is nested in it. The bytes are copied. NULL on
 * failure: HF_MALFORMED, HF_INVALID (both with an offset), HF_UNSUPPORTED (a feature that is switched off), HF_LIMIT,
 * HF_OUT_OF_MEMORY. */
HF_API hf_component *hf_component_new(hf_engine *engine, const void *bytes, size_t size, hf_status *status);
/* The same, from the text format when the input does not begin with the binary magic. */
HF_API hf_component *hf_component_new_any(hf_engine *engine, const void *bytes, size_t size, hf_status *status);
HF_API hf_component *hf_component_ref(hf_component *component);
HF_API void hf_component_unref(hf_component *component);
HF_API hf_engine *hf_component_engine(const hf_component *component); /* borrowed */

/* Is this the beginning of a component rather than of a module? Looks at the first 8 bytes. */
HF_API bool hf_bytes_are_component(const void *bytes, size_t size);

/* Append-only. */
typedef enum hf_itemkind {
    HF_ITEM_MODULE = 1, /* a core module */
    HF_ITEM_FUNC = 2,
    HF_ITEM_VALUE = 3,
    HF_ITEM_TYPE = 4,
    HF_ITEM_COMPONENT = 5,
    HF_ITEM_INSTANCE = 6,
} hf_itemkind;

/* An import, an export, or an export of an instance. Strings and types are borrowed from the component. */
typedef struct hf_item {
    hf_str name;        /* "wasi:cli/run@0.2.12", "[method]output-stream.write" */
    hf_itemkind kind;
    hf_witfunc func;    /* HF_ITEM_FUNC */
    const hf_type *type; /* HF_ITEM_VALUE; HF_ITEM_TYPE of a value type, else NULL */
    bool is_resource;   /* HF_ITEM_TYPE: of a resource type: */
    hf_restype resource;
    hf_str implements, external_id, version_suffix; /* attributes; data NULL when there is none */
    uint32_t id; /* HF_ITEM_INSTANCE, HF_ITEM_COMPONENT: for hf_component_item */
} hf_item;

HF_API size_t hf_component_import_count(const hf_component *component);
/* HF_BAD_ARGUMENT when there is no i-th. */
HF_API hf_code hf_component_import(const hf_component *component, size_t i, hf_item *out);
HF_API size_t hf_component_export_count(const hf_component *component);
HF_API hf_code hf_component_export(const hf_component *component, size_t i, hf_item *out);
/* What an instance exports, by the id of its item. HF_BAD_ARGUMENT when there is no i-th. */
HF_API size_t hf_component_item_count(const hf_component *component, uint32_t id);
HF_API hf_code hf_component_item(const hf_component *component, uint32_t id, size_t i, hf_item *out);

HF_END

#endif
