// Pollables: one event of some object.
#ifndef WASI_P2_POLL_H
#define WASI_P2_POLL_H

#include "wasi/p2/p2.h"

// Is it there? If not, says what to wait for.
typedef bool (*ready_fn)(void *source, struct waits *w);

// A pollable for an event of `source`, of which it becomes an owner; NULL: out of memory.
void *pollable_new(struct p2 *p, ready_fn ready, void *source);
// One that is ready at `deadline`.
void *pollable_at(struct p2 *p, int64_t deadline);
// Ends a call whose result is a pollable.
hf_code pollable_give(struct p2 *p, void *pollable);

// Readiness of a node: `events` of what it watches, if anything.
bool node_ready(struct fs_node *node, uint32_t events, struct waits *w);

#endif
