// The objects of a store as the tiers see them. Pointers between them are the store's own; guests and embedders see
// indices and handles only.
#ifndef RUNTIME_OBJECT_H
#define RUNTIME_OBJECT_H

#include <stdatomic.h>

#include "runtime/slot.h"
#include "wasm/module.h"

struct hf_store;
struct instance;
struct activation;

// Kinds of things that a handle may name.
enum object_kind {
    OBJECT_INSTANCE = 1,
    OBJECT_FUNC = 2,
    OBJECT_TABLE = 3,
    OBJECT_MEMORY = 4,
    OBJECT_GLOBAL = 5,
    OBJECT_TAG = 6,
    OBJECT_REF = 7,
    OBJECT_RESOURCE = 8,
    OBJECT_COMPONENT = 9,       // struct outside
    OBJECT_COMPONENT_FUNC = 10, // goes with a component instance; never traced
};

// What the store and its collector know of an object (functions have none: they live and die with their instance).
struct object {
    struct object *next; // all objects of the store
    struct object *gray; // while marking: reached, not yet looked into
    uint32_t entity;     // where its handle points, 0: nobody asked for one
    uint8_t kind;        // enum object_kind
    bool marked;
    bool kept; // a root: made by the host, or an instance that was not dropped
};

struct tracer;

// An object of a room above, which says itself what it reaches and how it ends.
struct outside {
    struct object object;
    void (*trace)(struct outside *outside, struct tracer *tracer);
    void (*free)(struct outside *outside);
};

// A linear memory. `base` and `size` change only by memory.grow on the owner thread (a shared memory's base never
// changes; its size is read through `shared_size`).
struct memory_inst {
    uint8_t *base;
    uint64_t size; // in bytes
    struct limits type;
    struct memory_data *data; // reservation, image, pool slot, sharing: runtime/memory.c
    struct object object;
};

struct table_inst {
    gref *elems;
    uint64_t size;
    struct table_type type;
    uint64_t cap;
    struct object object;
};

struct global_inst {
    union slot value[2]; // a v128 takes both
    struct global_type type;
    struct object object;
};

struct tag_inst {
    uint32_t type_id;
    uint32_t id; // unique in the store
    struct object object;
};

// A function of a store: store->funcs[ref]. The array never moves.
struct func_inst {
    uint32_t type_id;
    uint32_t index;            // in its module; of a host function the collector's
    struct instance *instance; // NULL: a host function
    void *code;                // the tier's own (NULL until first called)
    struct host_func *host;    // NULL: a guest function
};

// A segment at run time; dropped: count or size 0.
struct elem_inst {
    const gref *elems;
    uint32_t count;
};

struct data_inst {
    const uint8_t *bytes;
    uint32_t size;
};

struct instance {
    struct hf_store *store;
    struct hf_module *module;
    gref *funcs; // by function index: indices into store->funcs
    struct memory_inst **memories;
    struct table_inst **tables;
    struct global_inst **globals;
    struct tag_inst **tags;
    struct elem_inst *elems;
    struct data_inst *datas;
    struct hf_task *entered; // the task that runs or is frozen in it (HF_BUSY), NULL: none
    bool concurrent;
    void *tier_data; // the tier's own, freed by tier->free_instance
    // The runtime's own:
    struct memory_inst *main_memory; // what host functions see as the caller's memory, or NULL
    struct hf_pre *pre;              // keeps the host functions that it imports, or NULL
    struct outside *owner;           // the component instance that it is part of, or NULL
    uint32_t first_func, own_funcs;  // the range of store->funcs that goes when it goes
    size_t block_size;
    struct object object;
};

// The guest heap's objects. A reference is an offset from gc_base(store); offset 0 is never an object.
struct gc_header {
    uint32_t type; // a defined type's id, or one of the kinds below
    uint32_t bits; // the collector's
};

enum {
    GC_EXCEPTION = 0xfffffff0u, // struct gc_exception
    GC_HOST = 0xfffffff1u,      // struct gc_host
};

struct gc_array {
    struct gc_header header;
    uint32_t length;
    uint32_t done; // elements that are filled, while it is being made
    // elements from here (offset 16)
};

struct gc_exception {
    struct gc_header header;
    uint32_t tag; // tag_inst.id: index into store->tags
    uint32_t slot_count;
    union slot args[];
};

struct gc_host {
    struct gc_header header;
    void *value;
    void (*free_fn)(void *value);
};

enum { GC_STRUCT_PAYLOAD = 8, GC_ARRAY_PAYLOAD = 16 };

#endif
