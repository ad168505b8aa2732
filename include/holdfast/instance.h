/* Instances and what they export. */
#ifndef HOLDFAST_INSTANCE_H
#define HOLDFAST_INSTANCE_H

#include <holdfast/module.h>
#include <holdfast/store.h>
#include <holdfast/value.h>

HF_BEGIN

/* Something that is imported or exported. */
typedef struct hf_extern {
    hf_externkind kind;
    union {
        hf_func func;
        hf_table table;
        hf_memory memory;
        hf_global global;
        hf_tag tag;
    } of;
} hf_extern;

/* Instantiates with imports given by position, runs the start function to its end (waiting, if it waits). HF_UNLINKABLE
 * names the import. The instance lives until it is dropped and nothing in the store reaches it. HF_TRAPPED from an
 * active segment or the start function leaves what was written in place, as the specification says. */
HF_API hf_code hf_instance_new(hf_store *store, hf_module *module, const hf_extern *imports, size_t count,
                               hf_instance *out, hf_status *status);
/* Drops the root: the memory goes when nothing in the store reaches the instance. */
HF_API hf_code hf_instance_drop(hf_store *store, hf_instance instance, hf_status *status);
HF_API hf_module *hf_instance_module(hf_store *store, hf_instance instance); /* borrowed; NULL: stale */

/* HF_NOT_FOUND when there is no such export. `name` is zero-terminated. */
HF_API hf_code hf_instance_export(hf_store *store, hf_instance instance, const char *name, hf_extern *out,
                                  hf_status *status);
/* The i-th export, in the module's order. */
HF_API hf_code hf_instance_export_at(hf_store *store, hf_instance instance, size_t i, hf_extern *out,
                                     hf_status *status);
/* The export of that name if it is a function: HF_NOT_FOUND, HF_WRONG_KIND. */
HF_API hf_code hf_instance_func(hf_store *store, hf_instance instance, const char *name, hf_func *out,
                                hf_status *status);
/* Lets several tasks run in the instance at once (its code must be made for that). Off: HF_BUSY. */
HF_API hf_code hf_instance_set_concurrent(hf_store *store, hf_instance instance, bool concurrent, hf_status *status);
/* The type of anything; arrays are borrowed from the store until the object is gone. */
HF_API hf_code hf_extern_type(hf_store *store, hf_extern object, hf_externtype *out, hf_status *status);

HF_END

#endif
