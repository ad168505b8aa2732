// Behind include/wasm.h: the objects of the standard C API over the public API. Every reference of a store (functions to
// foreign values) is one struct capi_object; wasm_func_t and its siblings are names of it, so that seeing one as another is the
// same pointer.
//
// Two counts keep an object: `host`, the references that the embedder owns, and `guest`, the host values in the guest heap that
// hold it. Objects with host references keep the store; those that only the guest holds do not, since they go with it.
// The collector may drop the last guest reference in the midst of anything, so it only notes that (store->dead); the
// next call of the API takes the consequences.
#ifndef API_CAPI_H
#define API_CAPI_H

#include <wasm.h>

#include <holdfast/func.h>
#include <holdfast/global.h>
#include <holdfast/instance.h>
#include <holdfast/memory.h>
#include <holdfast/module.h>
#include <holdfast/ref.h>
#include <holdfast/store.h>
#include <holdfast/table.h>
#include <holdfast/task.h>

#include "base/alloc.h"

enum capi_kind {
    CAPI_FUNC,
    CAPI_GLOBAL,
    CAPI_TABLE,
    CAPI_MEMORY,
    CAPI_TAG,
    CAPI_INSTANCE,
    CAPI_MODULE,
    CAPI_TRAP,
    CAPI_FOREIGN, // made by wasm_foreign_new
    CAPI_GUEST,   // a guest object
};

struct trap_data {
    char *message;    // zero-terminated
    size_t size;      // with the zero
    hf_status status; // what it came from, or HF_OK
    wasm_frame_t **frames;
    size_t frame_count;
};

struct capi_object {
    enum capi_kind kind;
    wasm_store_t *store;
    size_t host, guest;
    size_t guest_gone; // guest references that ended and are not yet subtracted
    struct capi_object *next_dead;
    struct capi_object *next;   // in its bucket
    struct capi_object *anchor; // the instance it was exported by, kept while this lives
    void *host_info;
    void (*finalizer)(void *);
    hf_handle handle; // what it names; zeros: modules, traps, foreign values
    hf_ref root;      // owned: of a function without an anchor, and of a guest object
    bool rooted;      // an instance that is to be dropped
    union {
        hf_module *module;
        struct trap_data trap;
    } of;
};

struct wasm_ref_t {
    struct capi_object o;
};
struct wasm_func_t {
    struct capi_object o;
};
struct wasm_global_t {
    struct capi_object o;
};
struct wasm_table_t {
    struct capi_object o;
};
struct wasm_memory_t {
    struct capi_object o;
};
struct wasm_extern_t {
    struct capi_object o;
};
struct wasm_instance_t {
    struct capi_object o;
};
struct wasm_module_t {
    struct capi_object o;
};
struct wasm_trap_t {
    struct capi_object o;
};
struct wasm_foreign_t {
    struct capi_object o;
};

struct wasm_config_t {
    char unused;
};
struct wasm_engine_t {
    hf_engine *engine;
};
struct wasm_shared_module_t {
    hf_module *module;
};

struct wasm_store_t {
    hf_store *store;
    hf_engine *engine;
    size_t owners; // objects with host references, and one until it is deleted
    struct capi_object **buckets;
    size_t bucket_count, object_count;
    struct capi_object *dead;
    struct capi_object *trap; // what a callback returned while it travels through the guest; owned
};

struct wasm_frame_t {
    struct capi_object *instance; // a reference; NULL: gone
    uint32_t func;
    size_t func_offset, module_offset;
};

// ---- memory ----

#define CAPI_NEW(type) ((type *)mem_zalloc(&alloc_libc, sizeof(type)))
void capi_free(void *ptr, size_t size);

// ---- objects ----

// A new object with one host reference, or NULL.
struct capi_object *object_new(wasm_store_t *store, enum capi_kind kind);
// The object that names this thing of the store, with one more host reference: found, or new.
struct capi_object *object_named(wasm_store_t *store, enum capi_kind kind, hf_handle handle,
                                 struct capi_object *anchor);
struct capi_object *object_ref(struct capi_object *o);
void object_unref(struct capi_object *o);
// Takes the consequences of what the collector dropped.
void store_sweep(wasm_store_t *store);

// ---- values ----

hf_valtype capi_valtype(wasm_valkind_t kind);
wasm_valkind_t capi_valkind(const hf_engine *engine, hf_valtype type);
// A reference to pass to the guest as this type, rooted in the innermost scope. NULL is null.
hf_code capi_ref_in(wasm_store_t *store, const struct capi_object *o, hf_valtype type, hf_val *out, hf_status *status);
// What the guest gave: a new host reference, or NULL for null.
struct capi_object *capi_ref_out(wasm_store_t *store, const hf_val *value);
hf_code capi_val_in(wasm_store_t *store, const wasm_val_t *value, hf_valtype type, hf_val *out, hf_status *status);
void capi_val_out(wasm_store_t *store, const hf_val *value, wasm_val_t *out);

// ---- types ----

wasm_externtype_t *capi_externtype(const hf_engine *engine, const hf_externtype *type);
wasm_functype_t *capi_functype(const hf_engine *engine, const hf_functype *type);

// ---- traps ----

// A trap that says what a call ended with, with the backtrace of the store; takes the trap that a callback returned.
wasm_trap_t *capi_trap(wasm_store_t *store, const hf_status *status);
void capi_trap_fini(struct capi_object *o);

#endif
