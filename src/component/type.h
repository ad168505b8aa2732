// Types of the component model (Explainer.md, "Type Definitions"). All types of a component and of the components nested
// in it stand in one table, and `ctype` is a place in it. A place is at once a type and a name for it: what an import or
// export introduces is a new place with the same meaning, since resources, records, variants, enums and flags may be used
// by imports and exports only under names that those have introduced ("External Visibility of Types").
//
// Whether two places mean the same is one comparison: `canon` is the first place that means what this one means, found
// when a type is made (structural types by their parts, resource types by their identity). Function types, too, are equal
// when their canons are. Of instance, component and module types the canon is the definition that was aliased; these are
// compared by subtyping (match.h).
//
// A table grows while its component is validated and never changes afterwards.
#ifndef COMPONENT_TYPE_H
#define COMPONENT_TYPE_H

#include "wasm/component.h"
#include "wasm/module.h"

typedef uint32_t ctype;

#define NO_CTYPE UINT32_MAX

// Behind the kinds of value types, which are those of hf_witkind:
enum ctype_kind {
    CTYPE_RESOURCE = 64,
    CTYPE_FUNC,
    CTYPE_INSTANCE,
    CTYPE_COMPONENT,
    CTYPE_MODULE, // of core modules
};

enum ctype_flag {
    CTYPE_HAS_BORROW = 1,   // borrow occurs in it
    CTYPE_HAS_RESOURCE = 2, // a resource type occurs in it
    CTYPE_HAS_NAMED = 4,    // what has or needs a name occurs in it: only this can be substituted
    CTYPE_HAS_POINTER = 8,  // a value owns memory: a string, list or map occurs in it, outside streams and futures
};

// A field, case, label or parameter; type NO_CTYPE: none.
struct ctype_field {
    hf_str name;
    ctype type;
};

// How values pass to and from a guest (CanonicalABI.md, "Alignment", "Element Size", "Flattening").
enum { MAX_FLAT = 16, TOO_MANY_FLAT = MAX_FLAT + 1 };

struct shape {
    uint32_t size, align;
    uint8_t flat_count;  // up to MAX_FLAT, or TOO_MANY_FLAT
    const uint8_t *flat; // enum val_kind: i32, i64, f32, f64; NULL when there are too many
};

struct ctype_func {
    bool is_async;
    uint32_t param_count;
    const struct ctype_field *params;
    ctype result; // NO_CTYPE: none
};

// What an import or export is: an object of a sort, of this type. With SORT_TYPE `type` is the place that it introduces,
// and `abstract` says that it introduces a resource type ("sub resource") rather than a name for a type ("eq").
struct wit_entity {
    enum sort sort; // CORE_MODULE, FUNC, VALUE, TYPE, COMPONENT or INSTANCE
    bool abstract;
    ctype type;
};

// An import or export with its attributes; empty strings where there are none.
struct extern_decl {
    hf_str name;
    hf_str implements;     // an interface name
    hf_str external_id;    // data NULL: none
    hf_str version_suffix; // behind the canonical version of the name
    struct wit_entity entity;
};

// A scope is where resource types and names come from: a component, or the body of an instance, component or module type.
// Resource types of the scope of an instance or component type (resource_def.scope) are others in each instance of it;
// instances that exist (SORT_INSTANCE) have types in which those have been replaced. Types that differ in nothing but
// what was replaced share a scope. The exports of a scope are found by name with ctypes_export, its imports with
// ctypes_import.
struct instance_type {
    uint32_t scope;
    uint32_t export_count;
    const struct extern_decl *exports;
};

struct component_type {
    uint32_t scope;
    uint32_t import_count, export_count;
    const struct extern_decl *imports, *exports;
};

struct module_import {
    hf_str module, name;
    struct extern_type type;
};

struct module_export {
    hf_str name;
    struct extern_type type;
};

struct module_type {
    uint32_t scope;
    uint32_t import_count, export_count;
    const struct module_import *imports;
    const struct module_export *exports;
};

struct ctype_def {
    uint8_t kind;    // hf_witkind or enum ctype_kind
    uint8_t flags;   // enum ctype_flag
    uint16_t depth;  // of nesting, limited
    uint32_t weight; // number of places in it as a tree, limited
    ctype canon;
    struct shape abi[2]; // value types, with 32-bit and with 64-bit pointers
    union {
        struct {
            uint32_t count;
            const struct ctype_field *fields;
        } record; // record, variant, tuple, flags, enum, option (none, some), result (ok, error)
        struct {
            ctype element;    // of a map: tuple<K, V>; of streams and futures perhaps NO_CTYPE
            uint32_t length;  // fixed-length lists
        } list;               // list, fixed-length list, map, stream, future
        ctype resource;       // own, borrow: a place of kind CTYPE_RESOURCE
        uint32_t resource_id; // CTYPE_RESOURCE
        struct ctype_func func;
        const struct instance_type *instance;
        const struct component_type *component;
        const struct module_type *module;
    };
};

// Where a resource type comes from.
enum resource_origin {
    RESOURCE_BOUND,    // of an instance or component type: stands for a resource type of whatever instance
    RESOURCE_IMPORTED, // by a component, itself or in an imported instance
    RESOURCE_DEFINED,  // by a component
    RESOURCE_EXPORTED, // of an instance that a component instantiates, or hidden by the ascribed type of an export
};

// A resource type's identity. While a component is instantiated its resource types get a meaning in slots, one for each
// identity that is not RESOURCE_BOUND.
struct resource_def {
    enum resource_origin origin;
    uint32_t scope;
    const struct component *owner; // NULL: RESOURCE_BOUND
    uint32_t slot;                 // in the owner
    valtype rep;                   // of RESOURCE_DEFINED: VAL_I32 or VAL_I64
    uint32_t dtor;                 // core function of the owner, or UINT32_MAX; of RESOURCE_DEFINED
    hf_str interface, name;        // by which it came into the owner, or under which it is exported; may be empty
};

struct ctypes; // the table; see types.h for how it grows

uint32_t ctypes_count(const struct ctypes *types);
const struct ctype_def *ctypes_get(const struct ctypes *types, ctype type);
const struct resource_def *ctypes_resource(const struct ctypes *types, uint32_t resource_id);
// The position of a name among a scope's exports or imports, or UINT32_MAX.
uint32_t ctypes_export(const struct ctypes *types, uint32_t scope, hf_str name);
uint32_t ctypes_import(const struct ctypes *types, uint32_t scope, hf_str name);
uint32_t ctypes_module_import(const struct ctypes *types, uint32_t scope, hf_str module, hf_str name);

static inline bool ctype_equal(const struct ctypes *types, ctype a, ctype b)
{
    return ctypes_get(types, a)->canon == ctypes_get(types, b)->canon;
}

#endif
