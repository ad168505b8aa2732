// The table of types while it grows (type.h says what is in it).
#ifndef COMPONENT_TYPES_H
#define COMPONENT_TYPES_H

#include "base/buf.h"
#include "component/sets.h"
#include "component/type.h"

enum {
    TYPE_DEPTH_MAX = 100,           // of nesting
    TYPE_WEIGHT_MAX = 300000,       // places in a type, as a tree
    TYPE_WORK_MAX = 5000000,        // places looked at in substituting and matching, for a whole component
    VALUE_SIZE_MAX = (1 << 28) - 1, // bytes of a value in a guest's memory
    PAIR_EXTRA = 32                 // more in the pairs of maps
};

struct ctypes {
    struct arena *arena;
    const hf_allocator *heap;
    struct ctype_def *defs;
    size_t count, cap;
    struct resource_def *resources;
    size_t resource_count, resource_cap;
    struct map interned; // structural types by their parts → canon
    struct sets names;   // of exports and imports: those of scope s in the sets 2s and 2s + 1
    struct buf key;
    uint32_t work;           // done so far
    struct host_types *host; // describe.c; NULL until then
};

void ctypes_init(struct ctypes *types, const hf_allocator *heap, struct arena *arena, hf_code *code);
void ctypes_fini(struct ctypes *types);
uint32_t ctypes_new_scope(struct ctypes *types);
// Work that an attacker could make much of: HF_LIMIT when there was too much of it.
hf_code ctypes_spend(struct ctypes *types, size_t work, hf_status *status);

// Primitive types have fixed places.
ctype ctypes_primitive(hf_witkind kind);

// Adds a type whose kind and parts are given: the rest is found. Value types are checked for size and nesting. Arrays are
// borrowed and have to live in the arena. HF_INVALID (too large a value), HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code ctypes_add(struct ctypes *types, const struct ctype_def *def, uint64_t offset, ctype *out, hf_status *status);
// Another place for the same type.
hf_code ctypes_alias(struct ctypes *types, ctype type, ctype *out, hf_status *status);
// A new resource type, and its place.
hf_code ctypes_add_resource(struct ctypes *types, const struct resource_def *def, ctype *out, hf_status *status);
struct resource_def *ctypes_resource_mut(struct ctypes *types, uint32_t resource_id);
// The resource type's identity of a place of kind CTYPE_RESOURCE.
uint32_t ctypes_resource_id(const struct ctypes *types, ctype type);

// Fills the flat form of a value type whose parts have theirs. False: out of memory.
bool flatten_type(const struct ctypes *types, struct ctype_def *def, bool is64);

// Names of scopes. False: out of memory; names that are there already are left alone.
bool ctypes_name_export(struct ctypes *types, uint32_t scope, hf_str name, uint32_t position);
bool ctypes_name_import(struct ctypes *types, uint32_t scope, hf_str name, uint32_t position);
// `*exists` says whether the two-level name was there.
bool ctypes_name_module_import(struct ctypes *types, uint32_t scope, hf_str module, hf_str name, uint32_t position,
                               bool *exists);

// Sorts in which the public kinds are spoken of, for messages: "record", "func", "instance".
const char *ctype_kind_name(unsigned kind);

#endif
