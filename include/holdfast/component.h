/* A component: decoded and validated bytes of the component model. Immutable, counted, any thread. */
#ifndef HOLDFAST_COMPONENT_H
#define HOLDFAST_COMPONENT_H

#include <holdfast/linker.h>
#include <holdfast/witvalue.h>

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
    hf_str name; /* "wasi:cli/run@0.2.12", "[method]output-stream.write" */
    hf_itemkind kind;
    hf_witfunc func;     /* HF_ITEM_FUNC */
    const hf_type *type; /* HF_ITEM_VALUE; HF_ITEM_TYPE of a value type, else NULL */
    bool is_resource;    /* HF_ITEM_TYPE: of a resource type: */
    hf_restype resource;
    hf_str implements, external_id, version_suffix; /* attributes; data NULL when there is none */
    uint32_t id;                                    /* HF_ITEM_INSTANCE, HF_ITEM_COMPONENT: for hf_component_item */
} hf_item;

HF_API size_t hf_component_import_count(const hf_component *component);
/* HF_BAD_ARGUMENT when there is no i-th. */
HF_API hf_code hf_component_import(const hf_component *component, size_t i, hf_item *out);
HF_API size_t hf_component_export_count(const hf_component *component);
HF_API hf_code hf_component_export(const hf_component *component, size_t i, hf_item *out);
/* What an instance exports, by the id of its item. HF_BAD_ARGUMENT when there is no i-th. */
HF_API size_t hf_component_item_count(const hf_component *component, uint32_t id);
HF_API hf_code hf_component_item(const hf_component *component, uint32_t id, size_t i, hf_item *out);

/* -- linking and instantiating -- */

/* A component whose imports were resolved: immutable, counted, any thread. */
typedef struct hf_component_pre hf_component_pre;

/* Resolves the imports of a component once: functions and resource types by interface and name, in a version that is
 * compatible with what is imported (0.2.3 and 0.2.12 are; the latest one is taken). HF_UNLINKABLE names what is missing or has another
 * type. With hf_linker_trap_unknown what is missing traps when it is called, also in an interface that is there in part. */
HF_API hf_component_pre *hf_linker_freeze_component(hf_linker *linker, hf_component *component, hf_status *status);
HF_API hf_component_pre *hf_component_pre_ref(hf_component_pre *pre);
HF_API void hf_component_pre_unref(hf_component_pre *pre);
HF_API hf_component *hf_component_pre_component(const hf_component_pre *pre); /* borrowed */
/* Makes the component instance with all that it instantiates; start functions run to their end. HF_TRAPPED and so on from
 * them. It lives until it is dropped and nothing in the store reaches it. */
HF_API hf_code hf_component_pre_instantiate(hf_component_pre *pre, hf_store *store, hf_component_instance *out,
                                            hf_status *status);
/* Freeze and instantiate at once. */
HF_API hf_code hf_linker_instantiate_component(hf_linker *linker, hf_store *store, hf_component *component,
                                               hf_component_instance *out, hf_status *status);
/* Drops the root. When the instance goes, what its handles own goes with it: of the host's types by their `drop`, which hooks do not
 * see; destructors of guests do not run. */
HF_API hf_code hf_component_instance_drop(hf_store *store, hf_component_instance instance, hf_status *status);
HF_API hf_component *hf_component_instance_component(hf_store *store,
                                                     hf_component_instance instance); /* borrowed; NULL */

/* -- calling -- */

/* An exported function: "run", or that of an exported interface, "wasi:cli/run@0.2.0#run", in any compatible version. It lives
 * as long as its instance. HF_NOT_FOUND. */
HF_API hf_code hf_component_instance_func(hf_store *store, hf_component_instance instance, const char *path,
                                          hf_component_func *out, hf_status *status);
/* Its types; they live as long as the component. */
HF_API hf_code hf_component_func_type(hf_store *store, hf_component_func func, hf_witfunc *out, hf_status *status);
/* Calls and drives the task until it is done. `args` is a struct of the parameters (NULL: none), `result` room for the result
 * (NULL: none); what that points to goes where `place` says. An own among the arguments belongs to the instance from then on,
 * one in the result is the caller's. HF_BAD_ARGUMENT: no values of these types. After a trap the instance can no more be
 * entered. */
HF_API hf_code hf_component_call(hf_store *store, hf_component_func func, const void *args, void *result,
                                 hf_place_fn place, void *ctx, hf_status *status);
/* The same as a task (<holdfast/task.h>): arguments are copied; NULL on failure. */
HF_API hf_task *hf_component_task_new(hf_store *store, hf_component_func func, const void *args, hf_status *status);
/* The result of such a task that is done, borrowed from it; NULL: none, or not done. */
HF_API const void *hf_component_task_result(const hf_task *task);
/* Ends a resource that the host owns, whoever made it: runs a guest's destructor. HF_BUSY: a guest owns it. */
HF_API hf_code hf_component_resource_drop(hf_store *store, hf_resource resource, hf_status *status);

HF_END

#endif
