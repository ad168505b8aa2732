// What stands behind a resource of WASI 0.2: the payload in the store's table of resources. An object is counted inside its
// store, so that a pollable outlives the stream it was made for; its memory is charged to the store, and it keeps the context
// that it belongs to.
#ifndef WASI_P2_OBJECT_H
#define WASI_P2_OBJECT_H

#include <holdfast/call.h>
#include <holdfast/resource.h>

#include "wasi/context.h"

struct object {
    const struct object_type *type;
    hf_store *store;
    hf_wasi *wasi;
    uint32_t refs;
    size_t size; // charged, and what is freed
};

struct object_type {
    hf_resource_type resource;
    void (*fini)(struct object *object); // gives back what it holds; NULL: nothing
};

#define P2_STR(text) { text, sizeof(text) - 1 }
// A type of objects: its interface with the version, and its name, as in wit/wasi02.
#define OBJECT_TYPE(interface, name, fini_fn)                        \
    { .resource = { .size = sizeof(hf_resource_type),                \
                    .names = { P2_STR(interface), P2_STR(name), 0 }, \
                    .drop = p2_object_dropped },                     \
      .fini = fini_fn }

// The owner of the resource has dropped it.
void p2_object_dropped(hf_store *store, void *payload);

extern const struct object_type type_error, type_pollable, type_input_stream, type_output_stream, type_descriptor,
    type_directory_entry_stream, type_network, type_tcp_socket, type_udp_socket, type_incoming_datagram_stream,
    type_outgoing_datagram_stream, type_resolve_address_stream, type_terminal_input, type_terminal_output, type_bucket;

// Zeroed, with one owner; its first member is the object. NULL: out of memory, or of what the store may keep.
void *p2_object_new(hf_call *call, const struct object_type *type, size_t size);
void *p2_object_ref(void *object);
void p2_object_unref(void *object); // NULL is nothing

// A new handle, which takes over one owner's part, also when this fails (WASI_NOMEM).
uint16_t p2_handle_new(void *object, hf_resource *out);
// The object, if the handle is one of that type; else NULL. Borrowed.
void *p2_handle_get(hf_call *call, hf_resource handle, const struct object_type *type);

#endif
