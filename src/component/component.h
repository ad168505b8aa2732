// A component after validation: a tree of components, each a list of definitions in the order in which an instance makes
// them (Explainer.md, "Component Definitions"). Immutable, counted, shared by threads.
//
// Instantiating walks `definitions` once. Each adds one object to the index space of its sort (`sort`; some add none) and
// names others by sort and index, all of which stand before it. Types need no making but for resource types, which live in
// the instance's resource slots: where a definition brings resource types along, `bindings` says from where.
#ifndef COMPONENT_COMPONENT_H
#define COMPONENT_COMPONENT_H

#include <holdfast/component.h>
#include <stdatomic.h>

#include "component/describe.h"

#define NO_INDEX UINT32_MAX

enum string_encoding { ENCODING_UTF8, ENCODING_UTF16, ENCODING_LATIN1_UTF16 };

// canonopt*; indices of the component's core index spaces, or NO_INDEX
struct canon_options {
    enum string_encoding encoding;
    bool is_async;
    bool is64; // pointers, by the memory
    uint32_t memory, realloc, post_return, callback;
};

struct canon {
    enum canon_kind kind;
    struct canon_options options;
    // What the kind's operands in wasm/canons.def say:
    ctype type;         // function (lift, lower), resource, stream or future type; task.return: result or NO_CTYPE
    uint32_t func;      // lift: core function; lower: function
    uint32_t table;     // B
    uint32_t core_type; // T, as a canonical id
    valtype value;      // v: of the slot
    uint32_t slot;      // v
    bool is_async;      // a
    bool cancellable;   // c
    bool is_shared;     // s
    // Canonical id of the core function type: of what is lifted, else of the core function that is defined.
    uint32_t signature;
};

enum definition_kind {
    DEFINE_CORE_MODULE,      // `module`
    DEFINE_CORE_INSTANTIATE, // core module `index` with `args`: instances for the first level of import names
    DEFINE_CORE_EXPORTS,     // a core instance of `args`: objects of core sorts
    DEFINE_COMPONENT,        // `component`, closed over the instance that is being made
    DEFINE_INSTANTIATE,      // component `index` with `args`; `type` is the instance's type
    DEFINE_EXPORTS,          // an instance of `args`; `type`
    DEFINE_ALIAS_EXPORT,     // export `name` of instance `index`
    DEFINE_ALIAS_CORE,       // export `name` of core instance `index`
    DEFINE_ALIAS_OUTER,      // object `index` of the component `count` levels out: a core module or component
    DEFINE_RESOURCE,         // a new resource type in `bindings[0].slot`; its destructor: ctypes_resource
    DEFINE_CANON,            // `canon`: a function (lift), else a core function
    DEFINE_IMPORT,           // import `index` of the component
    DEFINE_EXPORT,           // export `index` of the component; adds the object again, seen with the type of the export
    DEFINE_VALUE,            // `value`, encoded, of `type`
    DEFINE_START,            // calls function `index` with `args` (values); adds `count` results to the values
};

struct argument {
    hf_str name;
    enum sort sort;
    uint32_t index;
    ctype type; // of SORT_TYPE: the type; its index says nothing at run time
};

// The resource type for a slot: that of the object itself (no path; SORT_TYPE), or of the export of the instance that is
// reached by these names.
struct resource_binding {
    uint32_t slot;
    ctype type; // the place by which the component speaks of it
    uint32_t path_count;
    const hf_str *path;
};

struct definition {
    enum definition_kind kind;
    enum sort sort; // of what it adds
    uint32_t index;
    uint32_t count;
    uint64_t offset; // in the bytes
    ctype type;
    hf_str name;
    uint32_t arg_count;
    const struct argument *args;
    uint32_t binding_count;
    const struct resource_binding *bindings;
    union {
        hf_module *module;
        const struct component *component;
        const struct canon *canon;
        hf_bytes value;
    };
};

// An export: `decl.entity` is how it is seen from outside, sort and index what it is.
struct component_export {
    struct extern_decl decl;
    uint32_t index; // in the index space of decl.entity.sort
    ctype given;    // the type of what stands there
};

struct component {
    const struct component *parent; // NULL: the outermost
    ctype type;                     // CTYPE_COMPONENT
    uint32_t definition_count;
    const struct definition *definitions;
    uint32_t counts[SORT_COUNT]; // sizes of the index spaces
    uint32_t import_count, export_count;
    const struct extern_decl *imports;
    const struct component_export *exports;
    uint32_t resource_count;   // slots
    const uint32_t *resources; // ids by slot
    uint64_t offset;           // of its bytes
};

struct hf_component {
    atomic_uint refs;
    struct hf_engine *engine; // a reference
    struct arena arena;
    struct blob *blob; // its bytes; modules in it share them
    struct ctypes *types;
    const struct component *root;
    uint32_t module_count; // all that occur, each a reference
    hf_module *const *modules;
    // Core types that were interned for it, to give back.
    uint32_t core_type_count;
    const uint32_t *core_types;
};

// NULL on failure; see hf_component_new.
struct hf_component *component_new(struct hf_engine *engine, const void *bytes, size_t size, hf_status *status);
struct hf_component *component_hold(struct hf_component *c);
void component_release(struct hf_component *c);
// Does the preamble of a component stand there?
bool component_begins(const void *bytes, size_t size);

#endif
