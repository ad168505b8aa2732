// A tree in memory: inodes, names, bytes, and the quota that they count against. fs_memory.c makes nodes of it;
// fs_overlay.c puts another tree below it.
//
// An inode lives while it has a name, an open node, or something below which it was found (a pin). A directory keeps its
// entries twice: hashed by name, and in the order in which they were made, which is the order of their cookies. A cookie is never
// used again, so that a listing that goes on from one is right whatever was made or removed meanwhile.
#ifndef WASI_TREE_H
#define WASI_TREE_H

#include "wasi/fs.h"

struct inode;

struct entry {
    struct entry *next;  // in its bucket
    struct inode *inode; // NULL: removed here, and hides the name below
    uint64_t cookie;
    size_t size;
    char name[]; // zero-terminated
};

enum { COOKIE_SELF, COOKIE_PARENT, COOKIE_FIRST };

struct inode {
    struct inode *next, *prev; // of all in the tree
    uint64_t ino, names, nodes, pins;
    uint64_t atim, mtim, ctim;
    enum sys_filetype type;
    // -- of a file or link: its bytes --
    uint8_t *data;
    size_t size, cap;
    // -- of a directory --
    struct entry **buckets;
    size_t bucket_count; // power of two, or 0
    size_t entry_count;  // in the buckets
    struct entry **order;
    size_t live, order_cap;
    uint64_t next_cookie;
    struct inode *parent;
    // -- in an overlay: where it stands in the tree below --
    struct inode *below_dir; // pinned; NULL: it is of this layer (or the root)
    char *below_name;
    struct fs_node *below; // open; kept for directories, and for files while they are open
    bool listed;           // a directory all of whose names below are known here
    bool borrowed;         // a file whose bytes are still those below
};

struct tree {
    hf_fs base;
    hf_fs *lower; // NULL: no overlay
    bool deterministic;
    uint64_t max_bytes, used;
    uint64_t next_ino, ticks;
    uint64_t hash_key[2];
    struct inode *inodes, *root;
};

struct tree_node {
    struct fs_node base;
    struct inode *inode;
};

hf_fs *tree_new(hf_fs *lower, bool deterministic, uint64_t max_bytes, hf_status *status);

// Memory that counts against the quota; zeroed. NULL: the quota or the heap says no.
void *tree_alloc(struct tree *tree, size_t size);
void tree_release(struct tree *tree, void *ptr, size_t size);

uint64_t tree_now(struct tree *tree);
// A new inode without names; NULL as tree_alloc. tree_drop frees it if nothing holds it.
struct inode *inode_new(struct tree *tree, enum sys_filetype type);
void inode_drop(struct tree *tree, struct inode *inode);
// Takes one name from it, and drops it.
void inode_unname(struct tree *tree, struct inode *inode);
uint16_t inode_node(struct tree *tree, struct inode *inode, struct fs_node **out);
// Gives a file exactly this size; new bytes are zero.
uint16_t inode_resize(struct tree *tree, struct inode *inode, uint64_t size);
void inode_touch(struct tree *tree, struct inode *inode);

// The entry of that name in this layer, maybe one that hides; NULL.
struct entry *entry_find(const struct tree *tree, const struct inode *dir, const char *name);
uint16_t entry_add(struct tree *tree, struct inode *dir, const char *name, struct inode *inode);
// Takes a name away; `hide`: and what is below it.
void entry_remove(struct tree *tree, struct inode *dir, struct entry *entry, bool hide);
// What the name stands for, in this layer or below. WASI_NOENT.
uint16_t dir_find(struct tree *tree, struct inode *dir, const char *name, struct inode **out);

// -- of an overlay --
// Is there such a name below?
bool below_has(struct tree *tree, struct inode *dir, const char *name);
// Takes the name into this layer. WASI_NOENT.
uint16_t below_find(struct tree *tree, struct inode *dir, const char *name, struct inode **out);
// Takes all names into this layer.
uint16_t below_list(struct tree *tree, struct inode *dir);
uint16_t below_read(struct tree *tree, struct inode *file, void *out, size_t size, uint64_t offset, size_t *done);
// The bytes of a borrowed file become its own, up to `keep` of them.
uint16_t below_copy(struct tree *tree, struct inode *file, uint64_t keep);

#endif
