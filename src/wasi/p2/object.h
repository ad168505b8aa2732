// What stands behind a resource handle of WASI 0.2. An object is counted inside its store, so that a pollable outlives the
// stream it was made for; its memory is charged to the store.
#ifndef WASI_P2_OBJECT_H
#define WASI_P2_OBJECT_H

#include <holdfast/call.h>
#include <holdfast/witype.h>

#include "wasi/context.h"

struct object {
    const struct object_type *type;
    hf_store *store;
    hf_wasi *wasi;
    uint32_t refs;
    size_t size; // charged, and what is freed
};

struct object_type {
    const char *interface, *name;
    void (*fini)(struct object *object); // gives back what it holds; NULL: nothing
};

extern const struct object_type type_error, type_pollable, type_input_stream, type_output_stream, type_descriptor,
    type_directory_entry_stream, type_network, type_tcp_socket, type_udp_socket, type_incoming_datagram_stream,
    type_outgoing_datagram_stream, type_resolve_address_stream, type_terminal_input, type_terminal_output, type_bucket;

// Zeroed, with one owner; its first member is the object. NULL: out of memory, or of what the store may keep.
void *p2_object_new(hf_call *call, const struct object_type *type, size_t size);
void *p2_object_ref(void *object);
void p2_object_unref(void *object); // NULL is nothing

// A new handle, which takes over one owner's part, also when this fails (WASI_NOMEM).
uint16_t p2_handle_new(hf_call *call, void *object, hf_resource *out);
// The object, if the handle is one of that type; else NULL. Borrowed.
void *p2_handle_get(hf_call *call, hf_resource handle, const struct object_type *type);
// The guest has dropped it.
hf_code p2_handle_drop(hf_wasi *wasi, hf_resource handle);

void p2_handles_fini(struct handles *handles);

#endif
