// What one guest may see and do: its descriptors, arguments, environment, clocks, entropy.
#ifndef WASI_CONTEXT_H
#define WASI_CONTEXT_H

#include <holdfast/wasi.h>

#include "base/buf.h"
#include "wasi/fs.h"

// A descriptor of the guest. Free: `node` is NULL.
struct desc {
    struct fs_node *node;
    uint64_t rights, inheriting;
    uint64_t offset; // of what is seekable
    uint16_t flags;  // FDFLAG_*
    char *preopen;   // the guest's name for it; NULL
    uint32_t watch;  // its place in the watches of the poll that is being made, from 1; 0: none
};

struct strings {
    struct buf bytes; // each zero-terminated
    size_t count;
};

enum { SCRATCH_BYTES = 64 * 1024 };

struct hf_wasi {
    struct strings args, env;
    hf_clock clock;
    hf_random random;
    hf_net *net; // owned; NULL: none
    struct desc *descs;
    size_t desc_count, desc_cap, max_descs;
    hf_fs **trees; // owned
    size_t tree_count, tree_cap;
    uint8_t *scratch; // SCRATCH_BYTES, when somebody needed it
};

// The descriptor, if it is open and has these rights: 0, WASI_BADF, WASI_NOTCAPABLE. Holds until the table changes.
uint16_t desc_get(hf_wasi *wasi, uint32_t fd, uint64_t rights, struct desc **out);
// The lowest free number for a node, which the table owns afterwards, or which is closed. WASI_MFILE, WASI_NOMEM.
uint16_t desc_add(hf_wasi *wasi, struct fs_node *node, uint64_t rights, uint64_t inheriting, uint16_t flags,
                  uint32_t *out);
uint16_t desc_close(hf_wasi *wasi, uint32_t fd);

uint8_t *wasi_scratch(hf_wasi *wasi); // NULL: out of memory
uint16_t wasi_now(hf_wasi *wasi, uint32_t clock, uint64_t *ns);

// -- streams (stream.c) --
// Descriptor `fd` of this process, which stays its own.
uint16_t stream_inherit(int fd, struct fs_node **out);
// Empty to read, swallows what is written.
uint16_t stream_null(struct fs_node **out);
uint16_t stream_callback(uint16_t (*write)(void *ctx, const void *data, size_t size), void *ctx, struct fs_node **out);
uint16_t stream_bytes(const void *data, size_t size, struct fs_node **out);
// Takes the descriptor over, also when it fails (socket.c).
uint16_t stream_socket(int fd, bool *listening, struct fs_node **out);

#endif
