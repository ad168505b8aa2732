// The resources of a store, in one generational table. Who made one does not matter here; only that a guest's has a number
// (its `rep`) where the host's has a pointer.
//
//     free ──resource_make──► owned by the host ◄──resource_give / resource_take──► owned by a guest
//                                  │                                                 (an own handle in an instance's table)
//                                  └── resource_remove ──► free, with another generation
//
// Who lends a resource keeps it meanwhile: a guest because its handle counts its lends, the host because it says so. A
// borrow handle whose resource is gone all the same is no danger: it traps when it is used.
#ifndef RUNTIME_RESOURCE_H
#define RUNTIME_RESOURCE_H

#include <holdfast/resource.h>

struct resource {
    const hf_resource_type *type; // NULL: free
    uint64_t payload;             // a pointer, or a guest's rep
    uint32_t generation;
    uint32_t next_free;
    bool by_guest;    // made by resource.new
    bool guest_owned; // an own handle of some instance names it
};

struct resources {
    struct resource *at; // 0 is none
    uint32_t count;      // [1, count) were given out
    uint32_t free;
    uint32_t live;
    size_t cap;
};

hf_code resource_make(hf_store *store, const hf_resource_type *type, uint64_t payload, bool by_guest, hf_resource *out,
                      hf_status *status);
// NULL with HF_STALE and so on. Good until the next resource_make.
struct resource *resource_get(hf_store *store, hf_resource resource, hf_status *status);
// The same with a type: NULL with HF_WRONG_TYPE.
struct resource *resource_of_type(hf_store *store, hf_resource resource, const hf_resource_type *type,
                                  hf_status *status);
// Takes it out of the table; its destructor is the caller's to run.
void resource_remove(hf_store *store, hf_resource resource);
// At the end of the store: drops what the host made.
void resources_close(hf_store *store);

#endif
