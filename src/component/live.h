// Components that run: what instantiating a component makes in a store (CanonicalABI.md, "Component Instances").
//
//   hf_component_pre   a component whose imports were resolved: hooks bound, types compiled; immutable, counted, any thread
//        │ instantiated in a store
//        ▼
//   struct live_tree   the root instance with all that it instantiates, dropped and collected as a whole
//        └─ struct live_instance   one component instance: index spaces, handle table, flags
//
// A function of a component is a host function to the runtime (struct host_func), wherever it comes from. A lifted one goes on
// to its core function in a chained activation (runtime/chain.h); one of the host is the linker's. Behind a border
// (runtime/host.h) it becomes what a guest imports (canon lower) or what the embedder calls.
#ifndef COMPONENT_LIVE_H
#define COMPONENT_LIVE_H

#include "component/abi.h"
#include "component/component.h"
#include "component/handles.h"
#include "runtime/call.h"
#include "runtime/instance.h"

struct live_instance;

// ---- what is known before instantiating ----

// A canonical definition that lifts or lowers, compiled.
struct canon_plan {
    hf_witfunc wit;
    const struct abi_type *params, *result; // NULL: none
};

// One component of the tree of components; those nested in it stand at their definitions.
struct live_plan {
    const struct component *component;
    const struct canon_plan **canons; // by definition; NULL: none
    const struct live_plan **nested;  // by definition
};

// What answers an import of the root component.
struct live_import {
    hf_str name;
    enum sort sort;
    struct host_func *func;                // SORT_FUNC: a reference
    const struct live_host_type *resource; // SORT_TYPE of a resource type; NULL: of a value type
    uint32_t count;                        // SORT_INSTANCE
    const struct live_import *items;
};

// A resource type of the host.
struct live_host_type {
    const hf_resource_type *type;
    struct host_func *drop; // a reference
};

struct hf_component_pre {
    atomic_uint refs;
    struct hf_engine *engine;
    struct hf_component *component;
    struct arena arena;
    struct abi_types abi[2]; // with 32-bit and with 64-bit pointers
    const struct live_plan *root;
    const struct live_import *imports; // as the root's
    uint32_t import_count;
    uint32_t entry_type; // core type of what the host calls
};

// ---- what there is in a store ----

struct live_exports;

// What an index stands for.
union live_item {
    gref func; // SORT_CORE_FUNC
    struct table_inst *table;
    struct memory_inst *memory;
    struct global_inst *global;
    struct tag_inst *tag;
    struct hf_module *module;
    const struct live_exports *exports; // SORT_CORE_INSTANCE, SORT_INSTANCE
    struct host_func *host;             // SORT_FUNC
    struct live_type *resource;         // SORT_TYPE; NULL: not of a resource
    struct live_closure *closure;       // SORT_COMPONENT
};

struct live_export {
    hf_str name;
    enum sort sort;
    union live_item item;
    ctype type; // of a component's exports
};

struct live_exports {
    struct instance *core; // of a core module: what that exports. Else:
    uint32_t count;
    const struct live_export *items;
};

// A component with the instance in which it was defined.
struct live_closure {
    const struct live_plan *plan;
    struct live_instance *outer; // NULL: the root
};

// ResourceType: a resource type in a store. Those of guests live as long as the store, since resources may outlive the
// instance that made them.
struct live_type {
    hf_resource_type public;           // first: of a guest's type. Of the host's, `type` is another
    const hf_resource_type *type;      // its identity
    const struct live_host_type *host; // NULL: a guest's
    struct live_instance *impl;        // NULL: the host's, or of an instance that is gone
    struct live_type *next;            // all of the store
    gref dtor;                         // core function, or REF_NULL
    bool is64;                         // the representation
};

struct live_instance {
    struct live_tree *tree;
    struct live_instance *parent; // NULL: the root
    struct live_instance *outer;  // where its component was defined
    struct live_instance *next;   // all of the tree
    const struct component *component;
    const struct live_plan *plan;
    bool may_enter, may_leave;
    struct live_task *task; // the one that runs, or NULL
    uint32_t backpressure;
    uint64_t storage[2]; // of the thread that runs (context.get, context.set)
    struct handles handles;
    struct live_type **resources; // by slot
    union live_item *spaces[SORT_COUNT];
    uint32_t filled[SORT_COUNT];
};

struct live_tree {
    struct outside outside; // first
    struct hf_store *store;
    struct hf_component_pre *pre;
    struct arena arena;
    struct live_instance *instances; // newest first
    uint64_t instance_count;
    const struct live_exports *exports;
    struct {
        struct instance **at;
        size_t count, cap;
    } cores;                     // core instances
    struct live_func *funcs;     // host functions that were put into the store
    struct live_func *lifted;    // those that were not
    struct live_callee *callees; // functions that the host has asked for
};

struct live_func {
    struct live_func *next;
    gref func;
    struct host_func *host; // a reference
};

// A function as the host names it.
struct live_callee {
    struct object object; // first; OBJECT_COMPONENT_FUNC
    struct live_callee *next;
    const struct live_export *export;
    hf_witfunc wit;
    gref func;
};

hf_code live_tree_new(struct hf_component_pre *pre, struct hf_store *store, struct live_tree **out, hf_status *status);
void live_tree_drop(struct live_tree *tree);
struct live_tree *live_tree_of(struct hf_store *store, hf_handle handle, hf_status *status);

// Puts a host function, whose reference it takes over also when it fails, into the store as one of the tree's.
hf_code live_put_func(struct live_tree *tree, struct host_func *host, gref *out, hf_status *status);

// ---- live_call.c: canon lift and canon lower ----

struct live_options {
    struct live_instance *instance;
    const struct canon_plan *plan;
    struct memory_inst *memory; // or NULL
    gref realloc, post_return;  // or REF_NULL
    enum abi_encoding encoding;
    bool is64, is_async, has_callback;
};

struct live_options live_options_of(struct live_instance *instance, const struct canon *canon,
                                    const struct canon_plan *plan);

// Task: a lifted function that runs.
struct live_task {
    struct live_task *outer; // of the same instance, which was left for a child and entered again
    const struct live_options *options;
    struct hf_call *call;
    struct borrows borrows;
    bool resolved; // task.return was called
};

// Lifts the result of a task from these core values; `max_flat` as in lift_flat_values.
hf_code live_resolve(struct live_task *task, struct hf_call *call, unsigned max_flat, const uint64_t *flat);

hf_code live_lift(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan,
                  struct host_func **out, hf_status *status);
hf_code live_lower(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan, gref *out,
                   hf_status *status);
// A function for the host to call: its one parameter is a struct live_exchange.
hf_code live_entry(struct live_tree *tree, struct host_func *host, gref *out, hf_status *status);

struct live_exchange {
    const hf_witfunc *wit;
    const void *args;
    void *result;
    hf_place_fn place;
    void *place_ctx;
};

// A type of a guest, for as long as the store. NULL: out of memory.
struct live_type *live_type_new(struct hf_store *store);
// The resource type that a place means in an instance; NULL: it is none.
struct live_type *live_type_of(const struct live_instance *instance, ctype type);

// Entering and leaving component instances; `caller` NULL: the host.
bool live_enter(struct live_instance *callee, const struct live_instance *caller);
void live_leave(struct live_instance *callee, const struct live_instance *caller);
// The caller of a function behind a border.
struct live_instance *live_caller(const struct hf_call *call);
hf_code live_trap(struct hf_call *call, const char *fmt, ...) HF_PRINTF(2, 3);

// ---- live_builtin.c: the other canonical definitions ----

hf_code live_builtin(struct live_instance *instance, const struct canon *canon, const struct canon_plan *plan,
                     gref *out, hf_status *status);

#endif
