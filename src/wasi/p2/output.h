// wasi:io/streams.output-stream over any node. What a call is permitted to write it can always hand over: what does not go out
// at once is kept, and goes out whenever the guest waits for anything. A stream that is dropped meanwhile stays until it is
// empty, or until the context ends.
//
//   open, empty:   check-write permits
//   open, unwritten bytes: check-write permits nothing; the stream is in the context's list
//   failed:        the next operation reports it, then the stream is closed
#ifndef WASI_P2_OUTPUT_H
#define WASI_P2_OUTPUT_H

#include "wasi/p2/error.h"

struct output_stream {
    struct object base;
    struct fs_node *node; // shared
    enum domain domain;
    uint64_t offset; // of what is seekable
    uint64_t permit; // that check-write gave
    uint8_t *unwritten;
    size_t at, size; // of what is unwritten
    uint16_t failed; // how the last write of unwritten bytes ended
    bool append, closed;
    struct output_stream *next, **previous; // in the context's list
};

// Shares the node. NULL: out of memory.
struct output_stream *output_new(struct p2 *p, struct fs_node *node, enum domain domain, uint64_t offset, bool append);
// Ends a connection's sending, once what is unwritten is out.
uint16_t output_shutdown(hf_wasi *wasi, struct fs_node *node, uint32_t how);

void outputs_push(hf_wasi *wasi);
void outputs_wait(hf_wasi *wasi, struct waits *w);
void outputs_fini(hf_wasi *wasi);

#endif
