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

struct named_bucket {
    char *name;
    hf_bucket *bucket;
};

struct hf_wasi {
    struct strings args, env, config; // the latter as NAME=VALUE
    hf_clock clock;
    hf_random random;
    hf_net *net; // owned; NULL: none
    struct desc *descs;
    size_t desc_count, desc_cap, max_descs;
    hf_fs **trees; // owned
    struct named_bucket *buckets;
    size_t bucket_count, bucket_cap;
    size_t tree_count, tree_cap;
    size_t users; // owners beside the store: objects of WASI 0.2 (p2/object.h)
    size_t held;  // descriptors of the host that objects of WASI 0.2 hold; with those in the table at most max_descs
    struct output_stream *unwritten; // those with bytes that are still to go out (p2/output.c)
    uint64_t hash_key[2];            // of metadata hashes, once there is one
    bool hashes;
    uint8_t *scratch; // SCRATCH_BYTES, when somebody needed it
};

// The descriptor, if it is open and has these rights: 0, WASI_BADF, WASI_NOTCAPABLE. Holds until the table changes.
uint16_t desc_get(hf_wasi *wasi, uint32_t fd, uint64_t rights, struct desc **out);
// The lowest free number for a node, which the table owns afterwards, or which is closed. WASI_MFILE, WASI_NOMEM.
uint16_t desc_add(hf_wasi *wasi, struct fs_node *node, uint64_t rights, uint64_t inheriting, uint16_t flags,
                  uint32_t *out);
uint16_t desc_close(hf_wasi *wasi, uint32_t fd);

// The bucket of that name; NULL: there is none.
hf_bucket *wasi_bucket(hf_wasi *wasi, hf_str name);

// One owner less.
void wasi_unref(hf_wasi *wasi);
uint8_t *wasi_scratch(hf_wasi *wasi); // NULL: out of memory
uint16_t wasi_now(hf_wasi *wasi, uint32_t clock, uint64_t *ns);
uint16_t wasi_resolution(hf_wasi *wasi, uint32_t clock, uint64_t *ns);
uint16_t wasi_random(hf_wasi *wasi, void *out, size_t size);

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
