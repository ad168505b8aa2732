// Instances, and how a module becomes one (specification: "Instantiation").
//
// Imports are bound by position. A function import may be a host function of a linker, for which the instance makes an entry of its
// own in store->funcs; everything else names an object of the store.
#ifndef RUNTIME_INSTANCE_H
#define RUNTIME_INSTANCE_H

#include <holdfast/instance.h>

#include "runtime/heap.h"
#include "runtime/store.h"

struct host_func;
struct hf_pre;

struct binding {
    enum extern_kind kind;
    struct host_func *host; // a function of a linker; NULL: `func`
    union {
        gref func;
        struct table_inst *table;
        struct memory_inst *memory;
        struct global_inst *global;
        struct tag_inst *tag;
    };
};

// Does the object satisfy the import? HF_UNLINKABLE names both.
hf_code binding_matches(struct hf_store *store, const struct import *import, const struct binding *binding,
                        hf_status *status);
hf_code host_func_matches(struct type_registry *types, const struct import *import, const struct host_func *host,
                          hf_status *status);

// Bindings match (they were checked). `owner` (may be NULL) is kept as long as the instance. Runs active segments and the start function.
hf_code instance_new(struct hf_store *store, struct hf_module *module, const struct binding *bindings,
                     struct hf_pre *pre, struct outside *owner, struct instance **out, hf_status *status);
void instance_trace(struct instance *instance, struct tracer *tracer);
// Frees any object of the store that nothing reaches.
void object_free(struct hf_store *store, struct object *object);
// Collects when instances were dropped: called where a limit is met.
void store_reclaim(struct hf_store *store);
void instance_drop(struct hf_store *store, struct instance *instance);

// A module of these bytes of the blob: what hf_module_new says.
hf_code module_make(struct hf_engine *engine, struct blob *blob, size_t at, size_t size, struct hf_module **out,
                    hf_status *status);
struct hf_module *module_hold(struct hf_module *module);
void module_release(struct hf_module *module);

// tables, globals, tags
hf_code table_new(struct hf_store *store, const struct table_type *type, gref init, bool kept, struct table_inst **out,
                  hf_status *status);
hf_code global_new(struct hf_store *store, const struct global_type *type, bool kept, struct global_inst **out,
                   hf_status *status);
hf_code tag_new(struct hf_store *store, uint32_t type_id, bool kept, struct tag_inst **out, hf_status *status);

// Evaluates a validated constant expression of this type in the instance, whose earlier globals and functions are there already.
hf_code const_eval(struct instance *instance, struct const_expr expr, valtype type, union slot *out, hf_status *status);

#endif
