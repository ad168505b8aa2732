// A call of a function of WASI 0.2, and how one waits.
//
// A function is called with a struct p2: its arguments are a struct with one member for each parameter, its result lies
// behind another pointer, both in the host's layout, in memory that lives as long as the call. A function that has to wait says
// for what (struct waits) and returns what p2_wait returns; it is then called again from its beginning, with the same arguments
// and with what it left in `state`.
#ifndef WASI_P2_P2_H
#define WASI_P2_P2_H

#include <holdfast/linker.h>

#include "wasi/p2/object.h"
#include "wasi/p2/types.h"

struct p2_row;

struct p2 {
    hf_call *call;
    hf_wasi *wasi;
    const struct p2_row *row;
    const void *args;
    void *result;
    void *state; // of a call that has waited; NULL at first
    bool kept;   // has waited: lives until the call ends
};

typedef hf_code (*p2_fn)(struct p2 *p);

// A row of p2.def. Not this host's, because nothing is there (wasi:http) or guests export it
// (wasi:cli/run, wasi:keyvalue/watcher): all zeros.
struct p2_impl {
    p2_fn fn;
    const struct object_type *drops; // of a resource-drop; NULL: any other function
    uint32_t effects;
};

// A function by what WIT says of it.
struct p2_row {
    const char *interface, *name; // "wasi:io/streams@0.2.12", "[method]input-stream.read"
    const hf_witfunc *type;       // NULL: of a resource-drop
    const struct p2_impl *impl;
};

extern const struct p2_row p2_rows[];
extern const size_t p2_row_count;
// By the interface's name without its version.
const struct p2_row *p2_find(const char *interface, const char *name);

// Runs the function of a row. `args` and `result` have to live until the call ends.
hf_code p2_call(hf_call *call, const struct p2_row *row, const void *args, void *result);

// Defines all that are this host's.
hf_code p2_link(hf_linker *linker, hf_status *status);

// One for every row of p2.def.
#define DROP(wit, type)
#define P2(wit, fn, effects) hf_code p2_##fn(struct p2 *p);
#include "wasi/p2/p2.def"
#undef P2
#undef DROP

// The arguments and the result of a function, for use in its body.
#define ARGS(type) const type *const args = p->args
#define RESULT(type) type *const result = p->result

// Memory that lives as long as the call; NULL: there is none, or more than a call may have.
void *p2_alloc(struct p2 *p, size_t size);
hf_code p2_out_of_memory(struct p2 *p);
hf_code p2_bad_handle(struct p2 *p, const struct object_type *type);
// A zero-terminated string as UTF-8 in the call's memory; what is no UTF-8 becomes U+FFFD. False: out of memory.
bool p2_string(struct p2 *p, const char *text, hf_str *out);
// Gives the guest a handle to an object, which it takes over; `object` NULL: it could not be made.
bool p2_handle(void *object, hf_resource *out);

// One descriptor of the host more for the guest's objects, if it may have that; counted down in `held`.
static inline bool hold_descriptor(hf_wasi *wasi)
{
    if (wasi->held >= wasi->max_descs - (wasi->desc_count < wasi->max_descs ? wasi->desc_count : wasi->max_descs)) {
        return false;
    }
    wasi->held++;
    return true;
}

// The object behind `handle`, else the guest traps.
#define SELF(variable, tag, handle)                                           \
    struct tag *const variable = p2_handle_get(p->call, handle, &type_##tag); \
    if (!variable) return p2_bad_handle(p, &type_##tag)

// -- waiting --

struct waits {
    hf_watch *watches;
    size_t count, cap;
    int64_t deadline; // on the host's monotonic clock
    bool failed;      // out of memory
};

void waits_init(struct waits *w);
void waits_fini(struct waits *w);
void waits_fd(struct waits *w, int fd, uint32_t events);
void waits_until(struct waits *w, int64_t deadline);

// Waits for any of these, then calls the function again. Gives back what `w` holds.
hf_code p2_wait(struct p2 *p, struct waits *w);
int64_t p2_now(void); // of the host's monotonic clock
// `ns` after that; INT64_MAX for what is too far away.
int64_t p2_after(int64_t now, uint64_t ns);

#endif
