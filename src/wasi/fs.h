// What stands behind a descriptor, as one small table of functions: a file or directory of a tree, a stream, a socket.
//
// A back end sees single components only: no '/', never empty, never "." or "..", and it follows no link. Paths, links,
// trailing slashes and the border of a tree are the business of path.c, in one place for all back ends. Functions return 0 or
// an error number of WASI 0.1, and write outputs on success; a function that is missing is answered for by the callers
// (node_*, fs_*).
#ifndef WASI_FS_H
#define WASI_FS_H

#include <holdfast/fs.h>

#include "sys/fs.h"
#include "wasi/types.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 255, LINKS_FOLLOWED = 40 };

struct fs_node {
    const struct node_ops *ops;
    hf_fs *fs; // the tree it belongs to; NULL: none
    enum sys_filetype type;
    bool seekable;   // has a size and positions
    uint32_t shared; // owners beside the first
};

struct node_ops {
    // Frees the node; the file lives on if something else holds it.
    void (*close)(struct fs_node *node);
    uint16_t (*stat)(struct fs_node *node, struct sys_stat *out);
    uint16_t (*set_times)(struct fs_node *node, struct sys_time atim, struct sys_time mtim);

    // -- files and streams; what is not seekable ignores `offset`. WASI_AGAIN: it would have to wait --
    uint16_t (*read)(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done);
    uint16_t (*write)(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset, bool append,
                      size_t *done);
    uint16_t (*truncate)(struct fs_node *node, uint64_t size);
    uint16_t (*allocate)(struct fs_node *node, uint64_t offset, uint64_t size);
    uint16_t (*advise)(struct fs_node *node, uint64_t offset, uint64_t size, enum sys_advice advice);
    uint16_t (*sync)(struct fs_node *node, bool data_only);
    uint16_t (*set_append)(struct fs_node *node, bool append);
    // The host's descriptor to wait for; -1, or no function: always ready.
    int (*watch)(struct fs_node *node);

    // -- sockets --
    uint16_t (*accept)(struct fs_node *node, struct fs_node **out);
    uint16_t (*recv)(struct fs_node *node, void *out, size_t size, bool peek, size_t *done, bool *truncated);
    uint16_t (*shutdown)(struct fs_node *node, uint32_t how);

    // -- directories --
    // The directory of that name, to go on from. WASI_LOOP: it is a link.
    uint16_t (*find)(struct fs_node *dir, const char *name, struct fs_node **out);
    // May be missing: the directory at a path, links and all, never outside of `dir` (WASI_PERM). WASI_NOSYS: walk yourself.
    uint16_t (*walk)(struct fs_node *dir, const char *path, struct fs_node **out);
    // Opens with flags of sys/fs.h. `name` NULL: the directory itself. WASI_LOOP: it is a link.
    uint16_t (*open)(struct fs_node *dir, const char *name, uint32_t flags, struct fs_node **out);
    uint16_t (*stat_at)(struct fs_node *dir, const char *name, struct sys_stat *out);
    uint16_t (*set_times_at)(struct fs_node *dir, const char *name, struct sys_time atim, struct sys_time mtim);
    uint16_t (*readlink)(struct fs_node *dir, const char *name, char *out, size_t max, size_t *size);
    uint16_t (*mkdir)(struct fs_node *dir, const char *name);
    uint16_t (*rmdir)(struct fs_node *dir, const char *name);
    uint16_t (*unlink)(struct fs_node *dir, const char *name);
    uint16_t (*symlink)(struct fs_node *dir, const char *name, const char *target);
    // Both directories belong to the same tree.
    uint16_t (*link)(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name);
    uint16_t (*rename)(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name);
    // Entries from a cookie on, as sys_list.
    uint16_t (*list)(struct fs_node *dir, uint64_t cookie, sys_take_entry take, void *ctx);
};

struct fs_ops {
    void (*free)(hf_fs *fs);
    // A new node for its root, open for reading.
    uint16_t (*root)(hf_fs *fs, struct fs_node **out);
};

struct hf_fs {
    const struct fs_ops *ops;
};

// Makes a host tree walk component by component, as where openat2 is missing.
void fs_host_walk_by_component(hf_fs *fs);

// The verbs on paths, relative to an open directory. Paths are zero-terminated UTF-8 of at most PATH_BYTES.
uint16_t fs_open(struct fs_node *base, const char *path, bool follow, uint32_t flags, struct fs_node **out);
uint16_t fs_stat(struct fs_node *base, const char *path, bool follow, struct sys_stat *out);
uint16_t fs_set_times(struct fs_node *base, const char *path, bool follow, struct sys_time atim, struct sys_time mtim);
uint16_t fs_readlink(struct fs_node *base, const char *path, char *out, size_t max, size_t *size);
uint16_t fs_mkdir(struct fs_node *base, const char *path);
uint16_t fs_rmdir(struct fs_node *base, const char *path);
uint16_t fs_unlink(struct fs_node *base, const char *path);
uint16_t fs_symlink(const char *target, struct fs_node *base, const char *path);
uint16_t fs_link(struct fs_node *base, const char *path, bool follow, struct fs_node *to, const char *new_path);
uint16_t fs_rename(struct fs_node *base, const char *path, struct fs_node *to, const char *new_path);

// One owner more.
struct fs_node *node_share(struct fs_node *node);
// One owner less; the last one closes it. NULL is nothing.
void node_close(struct fs_node *node);

#endif
