// The handle table of a component instance (CanonicalABI.md, "Table State", "Resource State"): what a guest's i32 handles
// mean. Resources are handles into the store's table (runtime/resource.h); waitables, waitable sets and error contexts,
// which share the index space, are whatever their makers put there.
//
// A call holds what it borrows and lends in a scope: `struct borrows` is the callee's task, which has to drop its borrow
// handles before it returns; `struct lends` is the caller's subtask, which keeps own and borrow handles from being
// dropped or passed on until it is resolved.
#ifndef COMPONENT_HANDLES_H
#define COMPONENT_HANDLES_H

#include "runtime/resource.h"

// Table.MAX_LENGTH
#define HANDLES_MOST ((UINT32_C(1) << 28) - 1)

enum handle_kind {
    HANDLE_FREE,
    HANDLE_RESOURCE,
    HANDLE_SUBTASK,
    HANDLE_STREAM,
    HANDLE_FUTURE,
    HANDLE_WAITABLE_SET,
    HANDLE_ERROR_CONTEXT,
};

// task.num_borrows
struct borrows {
    uint32_t count;
};

// ResourceHandle, or an element of another kind.
struct handle {
    uint8_t kind; // enum handle_kind
    bool own;     // of a resource: own or borrow
    uint32_t lends;
    union {
        uint32_t next_free; // HANDLE_FREE: 0 is none
        hf_resource resource;
        void *element; // the other kinds
    };
    const hf_resource_type *type; // of a resource
    struct borrows *borrows;      // of a borrow: the task in whose scope it is
};

struct handles {
    hf_store *store;
    struct handle *at; // 0 is none
    uint32_t count;    // [1, count) were given out, or are free
    uint32_t free;     // the last one freed is the first one reused
    size_t cap;
};

// subtask.lenders
struct lends {
    struct handles *handles;
    uint32_t few[4]; // the first of them
    uint32_t *more;
    size_t count, cap;
};

void handles_init(struct handles *handles, hf_store *store);
// Frees the table. Resources that own handles name remain in the store, which ends them.
void handles_fini(struct handles *handles);

// Table.add; HF_TRAPPED when it is full, HF_LIMIT, HF_OUT_OF_MEMORY.
hf_code handles_add(struct handles *handles, struct handle handle, uint32_t *out, hf_status *status);
// Table.get, of any kind: NULL with a trap. Good until the next handles_add.
struct handle *handles_get(struct handles *handles, uint32_t index, hf_status *status);
// Table.remove of one that handles_get gave.
void handles_remove(struct handles *handles, uint32_t index);

// canon resource.new, canon resource.rep
hf_code resource_new(struct handles *handles, const hf_resource_type *type, uint64_t rep, uint32_t *out,
                     hf_status *status);
hf_code resource_rep(struct handles *handles, const hf_resource_type *type, uint32_t index, uint64_t *out,
                     hf_status *status);
// What canon resource.drop leaves to its caller: with `own` the resource is gone from the store, and its destructor has to
// be called with the payload (a guest's own, if by_guest; else type->drop, which may be wrapped).
struct dropped {
    bool own, by_guest;
    const hf_resource_type *type;
    uint64_t payload;
    hf_resource resource; // as it was called
};
hf_code resource_drop(struct handles *handles, const hf_resource_type *type, uint32_t index, struct dropped *out,
                      hf_status *status);

// lift_own: the handle goes, and the resource is the host's.
hf_code lift_own(struct handles *handles, const hf_resource_type *type, uint32_t index, hf_resource *out,
                 hf_status *status);
// lift_borrow: lent until lends_end.
hf_code lift_borrow(struct handles *handles, const hf_resource_type *type, uint32_t index, struct lends *lends,
                    hf_resource *out, hf_status *status);
// lower_own: a resource that the host owns. HF_BUSY, HF_STALE, HF_WRONG_TYPE and so on: of a host's value.
hf_code lower_own(struct handles *handles, const hf_resource_type *type, hf_resource resource, uint32_t *out,
                  hf_status *status);
// lower_borrow: `impl`: this instance defines the type, and gets the rep itself.
hf_code lower_borrow(struct handles *handles, const hf_resource_type *type, bool impl, hf_resource resource,
                     struct borrows *borrows, uint32_t *out, hf_status *status);

// task.return: traps while borrow handles remain.
hf_code borrows_check(const struct borrows *borrows, hf_status *status);
void lends_init(struct lends *lends, struct handles *handles);
// subtask.deliver_resolve: gives back what was lent. Once is enough; more often does no harm.
void lends_end(struct lends *lends);

#endif
