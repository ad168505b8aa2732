// wasi:io/streams.input-stream over any node: a file from an offset on, a standard stream, a connection.
#ifndef WASI_P2_INPUT_H
#define WASI_P2_INPUT_H

#include "wasi/p2/error.h"

struct input_stream {
    struct object base;
    struct fs_node *node; // shared
    enum domain domain;
    uint64_t offset; // of what is seekable
    bool closed;
};

// Shares the node. NULL: out of memory.
struct input_stream *input_new(struct p2 *p, struct fs_node *node, enum domain domain, uint64_t offset);
// Is there anything to read, the end and an error among it?
bool input_ready(void *input, struct waits *w);
// At most `max` bytes, at least none. False: the result is an error, which is in *error. HF_OK, or the guest traps.
hf_code input_read(struct p2 *p, struct input_stream *input, void *out, size_t max, size_t *done,
                   p2_stream_error *error, bool *failed);

#endif
