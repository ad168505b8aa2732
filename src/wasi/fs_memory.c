// A tree in memory as a back end. With another tree below it, an overlay.
#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "base/fail.h"
#include "sys/clock.h"
#include "wasi/tree.h"

static const struct node_ops memory_ops;

static struct inode *inode_of(struct fs_node *node)
{
    return ((struct tree_node *)node)->inode;
}

static struct tree *tree_of(struct fs_node *node)
{
    return (struct tree *)node->fs;
}

uint16_t inode_node(struct tree *tree, struct inode *inode, struct fs_node **out)
{
    struct tree_node *node = MEM_NEW(&alloc_libc, struct tree_node);
    if (!node) return WASI_NOMEM;
    node->base = (struct fs_node){ .ops = &memory_ops, .fs = &tree->base, .type = inode->type };
    node->base.seekable = inode->type == SYS_FILE_REGULAR;
    node->inode = inode;
    inode->nodes++;
    *out = &node->base;
    return 0;
}

static void memory_close(struct fs_node *node)
{
    struct inode *inode = inode_of(node);
    if (--inode->nodes == 0 && inode->type == SYS_FILE_REGULAR) {
        node_close(inode->below);
        inode->below = NULL;
    }
    inode_drop(tree_of(node), inode);
    MEM_FREE(&alloc_libc, (struct tree_node *)node);
}

static struct sys_stat stat_of(const struct inode *inode)
{
    return (struct sys_stat){
        .dev = 1,
        .ino = inode->ino,
        .nlink = inode->type == SYS_FILE_DIRECTORY ? 2 : inode->names,
        .size = inode->size,
        .atim = inode->atim,
        .mtim = inode->mtim,
        .ctim = inode->ctim,
        .type = inode->type,
    };
}

static uint16_t memory_stat(struct fs_node *node, struct sys_stat *out)
{
    *out = stat_of(inode_of(node));
    return 0;
}

static void set_time(struct tree *tree, struct sys_time time, uint64_t *out)
{
    if (time.kind == SYS_TIME_NOW) *out = tree_now(tree);
    if (time.kind == SYS_TIME_AT) *out = time.ns;
}

static uint16_t set_times(struct tree *tree, struct inode *inode, struct sys_time atim, struct sys_time mtim)
{
    set_time(tree, atim, &inode->atim);
    set_time(tree, mtim, &inode->mtim);
    inode->ctim = tree_now(tree);
    return 0;
}

static uint16_t memory_set_times(struct fs_node *node, struct sys_time atim, struct sys_time mtim)
{
    return set_times(tree_of(node), inode_of(node), atim, mtim);
}

// -- files --

static uint16_t memory_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    struct inode *file = inode_of(node);
    if (file->type == SYS_FILE_DIRECTORY) return WASI_ISDIR;
    if (file->type != SYS_FILE_REGULAR) return WASI_INVAL;
    if (offset >= file->size) {
        *done = 0;
        return 0;
    }
    const size_t left = file->size - (size_t)offset;
    const size_t n = size < left ? size : left;
    if (file->borrowed) return below_read(tree_of(node), file, out, n, offset, done);
    if (n > 0) memcpy(out, file->data + offset, n);
    *done = n;
    return 0;
}

static uint16_t own(struct tree *tree, struct inode *file, uint64_t keep)
{
    if (file->type == SYS_FILE_DIRECTORY) return WASI_ISDIR;
    if (file->type != SYS_FILE_REGULAR) return WASI_INVAL;
    return file->borrowed ? below_copy(tree, file, keep) : 0;
}

static uint16_t memory_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset,
                             bool append, size_t *done)
{
    struct tree *tree = tree_of(node);
    struct inode *file = inode_of(node);
    uint16_t error = own(tree, file, UINT64_MAX);
    if (error) return error;

    uint64_t end = append ? file->size : offset;
    const uint64_t begin = end;
    for (size_t i = 0; i < count; i++) {
        if (ckd_add(&end, end, from[i].size)) return WASI_FBIG;
    }
    if (end > begin && end > file->size) error = inode_resize(tree, file, end);
    if (error) return error;
    uint64_t at = begin;
    for (size_t i = 0; i < count; i++) {
        if (from[i].size > 0) memcpy(file->data + at, from[i].data, from[i].size);
        at += from[i].size;
    }
    *done = (size_t)(end - begin);
    if (*done > 0) inode_touch(tree, file);
    return 0;
}

static uint16_t memory_truncate(struct fs_node *node, uint64_t size)
{
    struct tree *tree = tree_of(node);
    uint16_t error = own(tree, inode_of(node), size);
    if (!error) error = inode_resize(tree, inode_of(node), size);
    if (!error) inode_touch(tree, inode_of(node));
    return error;
}

static uint16_t memory_allocate(struct fs_node *node, uint64_t offset, uint64_t size)
{
    uint64_t end;
    if (size == 0) return WASI_INVAL;
    if (ckd_add(&end, offset, size)) return WASI_FBIG;
    return end <= inode_of(node)->size ? 0 : memory_truncate(node, end);
}

static uint16_t memory_advise(struct fs_node *node, uint64_t offset, uint64_t size, enum sys_advice advice)
{
    (void)node, (void)offset, (void)size, (void)advice;
    return 0;
}

static uint16_t memory_sync(struct fs_node *node, bool data_only)
{
    (void)node, (void)data_only;
    return 0;
}

static uint16_t memory_set_append(struct fs_node *node, bool append)
{
    (void)node, (void)append; // told with every write
    return 0;
}

// -- directories --

static uint16_t memory_find(struct fs_node *dir, const char *name, struct fs_node **out)
{
    struct inode *inode;
    const uint16_t error = dir_find(tree_of(dir), inode_of(dir), name, &inode);
    if (error) return error;
    if (inode->type == SYS_FILE_LINK) return WASI_LOOP;
    if (inode->type != SYS_FILE_DIRECTORY) return WASI_NOTDIR;
    return inode_node(tree_of(dir), inode, out);
}

static bool is_removed(const struct tree *tree, const struct inode *dir)
{
    return dir != tree->root && dir->names == 0;
}

// Makes an inode with a name, nothing in it yet.
static uint16_t make(struct fs_node *node, const char *name, enum sys_filetype type, struct inode **out)
{
    struct tree *tree = tree_of(node);
    struct inode *dir = inode_of(node), *there;
    uint16_t error = dir_find(tree, dir, name, &there);
    if (!error) return WASI_EXIST;
    if (error != WASI_NOENT || is_removed(tree, dir)) return error;
    struct inode *inode = inode_new(tree, type);
    if (!inode) return WASI_NOSPC;
    error = entry_add(tree, dir, name, inode);
    if (error) {
        inode_drop(tree, inode);
        return error;
    }
    dir->mtim = dir->ctim = inode->mtim;
    *out = inode;
    return 0;
}

static uint16_t memory_open(struct fs_node *dir, const char *name, uint32_t flags, struct fs_node **out)
{
    struct tree *tree = tree_of(dir);
    struct inode *inode = inode_of(dir);
    uint16_t error = name ? dir_find(tree, inode_of(dir), name, &inode) : 0;

    if (error == WASI_NOENT && (flags & SYS_CREATE)) {
        error = make(dir, name, SYS_FILE_REGULAR, &inode);
        return error ? error : inode_node(tree, inode, out);
    }
    if (error) return error;
    if ((flags & SYS_CREATE) && (flags & SYS_EXCLUSIVE)) return WASI_EXIST;
    if (inode->type == SYS_FILE_LINK) return WASI_LOOP;
    if (inode->type == SYS_FILE_DIRECTORY) {
        if (flags & (SYS_WRITE | SYS_CREATE | SYS_TRUNCATE)) return WASI_ISDIR;
    } else {
        if (flags & SYS_DIRECTORY) return WASI_NOTDIR;
        if (inode->type != SYS_FILE_REGULAR) return WASI_ACCES; // a device below an overlay
    }
    error = inode_node(tree, inode, out);
    if (!error && (flags & SYS_TRUNCATE)) {
        error = memory_truncate(*out, 0);
        if (error) memory_close(*out);
    }
    return error;
}

static uint16_t memory_stat_at(struct fs_node *dir, const char *name, struct sys_stat *out)
{
    struct inode *inode;
    const uint16_t error = dir_find(tree_of(dir), inode_of(dir), name, &inode);
    if (!error) *out = stat_of(inode);
    return error;
}

static uint16_t memory_set_times_at(struct fs_node *dir, const char *name, struct sys_time atim, struct sys_time mtim)
{
    struct inode *inode;
    const uint16_t error = dir_find(tree_of(dir), inode_of(dir), name, &inode);
    return error ? error : set_times(tree_of(dir), inode, atim, mtim);
}

static uint16_t memory_readlink(struct fs_node *dir, const char *name, char *out, size_t max, size_t *size)
{
    struct inode *inode = inode_of(dir);
    const uint16_t error = *name ? dir_find(tree_of(dir), inode_of(dir), name, &inode) : 0;
    if (error) return error;
    if (inode->type != SYS_FILE_LINK) return WASI_INVAL;
    *size = inode->size < max ? inode->size : max;
    if (*size > 0) memcpy(out, inode->data, *size);
    return 0;
}

static uint16_t memory_mkdir(struct fs_node *dir, const char *name)
{
    struct inode *inode;
    return make(dir, name, SYS_FILE_DIRECTORY, &inode);
}

// Takes away a name that dir_find found in this layer.
static void forget(struct tree *tree, struct inode *dir, const char *name)
{
    entry_remove(tree, dir, entry_find(tree, dir, name), below_has(tree, dir, name));
    inode_touch(tree, dir);
}

static uint16_t is_empty(struct tree *tree, struct inode *dir)
{
    const uint16_t error = below_list(tree, dir);
    return error ? error : dir->live > 0 ? WASI_NOTEMPTY : 0;
}

static uint16_t memory_rmdir(struct fs_node *node, const char *name)
{
    struct tree *tree = tree_of(node);
    struct inode *inode;
    uint16_t error = dir_find(tree, inode_of(node), name, &inode);
    if (!error && inode->type != SYS_FILE_DIRECTORY) error = WASI_NOTDIR;
    if (!error) error = is_empty(tree, inode);
    if (!error) forget(tree, inode_of(node), name);
    return error;
}

static uint16_t memory_unlink(struct fs_node *node, const char *name)
{
    struct tree *tree = tree_of(node);
    struct inode *inode;
    const uint16_t error = dir_find(tree, inode_of(node), name, &inode);
    if (error) return error;
    if (inode->type == SYS_FILE_DIRECTORY) return WASI_ISDIR;
    inode->ctim = tree_now(tree);
    forget(tree, inode_of(node), name);
    return 0;
}

static uint16_t memory_symlink(struct fs_node *dir, const char *name, const char *target)
{
    struct inode *inode;
    const size_t size = strlen(target);
    uint16_t error = make(dir, name, SYS_FILE_LINK, &inode);
    if (error) return error;
    error = inode_resize(tree_of(dir), inode, size);
    if (error) {
        forget(tree_of(dir), inode_of(dir), name);
        return error;
    }
    memcpy(inode->data, target, size);
    return 0;
}

static uint16_t memory_link(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
    struct tree *tree = tree_of(from);
    struct inode *inode, *there;
    uint16_t error = dir_find(tree, inode_of(from), name, &inode);
    if (error) return error;
    if (inode->type == SYS_FILE_DIRECTORY) return WASI_PERM;
    error = dir_find(tree, inode_of(to), new_name, &there);
    if (!error) return WASI_EXIST;
    if (error != WASI_NOENT || is_removed(tree, inode_of(to))) return error;
    error = entry_add(tree, inode_of(to), new_name, inode);
    if (error) return error;
    inode->ctim = tree_now(tree);
    inode_touch(tree, inode_of(to));
    return 0;
}

// May `inode` take the place of `there`?
static uint16_t may_replace(struct tree *tree, const struct inode *inode, struct inode *there)
{
    if (inode->type == SYS_FILE_DIRECTORY) {
        return there->type == SYS_FILE_DIRECTORY ? is_empty(tree, there) : WASI_NOTDIR;
    }
    return there->type == SYS_FILE_DIRECTORY ? WASI_ISDIR : 0;
}

static uint16_t memory_rename(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
    struct tree *tree = tree_of(from);
    struct inode *source = inode_of(from), *target = inode_of(to), *inode, *there = NULL;
    uint16_t error = dir_find(tree, source, name, &inode);
    if (error) return error;
    for (const struct inode *up = target; up && inode->type == SYS_FILE_DIRECTORY; up = up->parent) {
        if (up == inode) return WASI_INVAL; // into itself
    }
    error = dir_find(tree, target, new_name, &there);
    if (error && error != WASI_NOENT) return error;
    if (there == inode) return 0;
    error = there ? may_replace(tree, inode, there) : is_removed(tree, target) ? WASI_NOENT : 0;
    if (error) return error;

    // Under its new name first, so that a full tree leaves everything as it was.
    struct entry *old = there ? entry_find(tree, target, new_name) : NULL;
    if (old) {
        old->inode = inode;
        inode->names++;
        if (inode->type == SYS_FILE_DIRECTORY) inode->parent = target;
        inode_unname(tree, there);
    } else {
        error = entry_add(tree, target, new_name, inode);
        if (error) return error;
    }
    forget(tree, source, name);
    inode->ctim = tree_now(tree);
    inode_touch(tree, target);
    return 0;
}

static uint16_t memory_list(struct fs_node *node, uint64_t cookie, sys_take_entry take, void *ctx)
{
    struct inode *dir = inode_of(node);
    const uint16_t error = below_list(tree_of(node), dir);
    if (error) return error;
    const struct inode *up = dir->parent ? dir->parent : dir;
    if (cookie <= COOKIE_SELF && !take(ctx, ".", dir->ino, SYS_FILE_DIRECTORY, COOKIE_PARENT)) return 0;
    if (cookie <= COOKIE_PARENT && !take(ctx, "..", up->ino, SYS_FILE_DIRECTORY, COOKIE_FIRST)) return 0;

    size_t low = 0, high = dir->live;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (dir->order[mid]->cookie < cookie) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (; low < dir->live; low++) {
        const struct entry *entry = dir->order[low];
        if (!take(ctx, entry->name, entry->inode->ino, entry->inode->type, entry->cookie + 1)) break;
    }
    return 0;
}

static const struct node_ops memory_ops = {
    .close = memory_close,
    .stat = memory_stat,
    .set_times = memory_set_times,
    .read = memory_read,
    .write = memory_write,
    .truncate = memory_truncate,
    .allocate = memory_allocate,
    .advise = memory_advise,
    .sync = memory_sync,
    .set_append = memory_set_append,
    .find = memory_find,
    .open = memory_open,
    .stat_at = memory_stat_at,
    .set_times_at = memory_set_times_at,
    .readlink = memory_readlink,
    .mkdir = memory_mkdir,
    .rmdir = memory_rmdir,
    .unlink = memory_unlink,
    .symlink = memory_symlink,
    .link = memory_link,
    .rename = memory_rename,
    .list = memory_list,
};

// -- the tree --

static void memory_free(hf_fs *fs)
{
    struct tree *tree = (struct tree *)fs;
    // Whatever order they stand in: nothing is asked of what they point to.
    while (tree->inodes) {
        struct inode *inode = tree->inodes;
        inode->names = inode->nodes = inode->pins = 0;
        if (inode->below_dir)
            inode->below_dir->pins++; // which inode_drop takes back, and which keeps it for its own turn
        inode_drop(tree, inode);
    }
    hf_fs_free(tree->lower);
    MEM_FREE(&alloc_libc, tree);
}

static uint16_t memory_root(hf_fs *fs, struct fs_node **out)
{
    struct tree *tree = (struct tree *)fs;
    return inode_node(tree, tree->root, out);
}

static const struct fs_ops memory_fs_ops = { memory_free, memory_root };

hf_fs *tree_new(hf_fs *lower, bool deterministic, uint64_t max_bytes, hf_status *status)
{
    struct tree *tree = MEM_NEW(&alloc_libc, struct tree);
    if (!tree) {
        fail_oom(status);
        return NULL;
    }
    tree->base.ops = &memory_fs_ops;
    tree->deterministic = deterministic;
    tree->max_bytes = max_bytes ? max_bytes : UINT64_C(64) << 20;
    tree->next_ino = 1;
    // The names are the guest's, so where they land is not for it to foresee. It shows nowhere.
    (void)sys_random(tree->hash_key, sizeof tree->hash_key);
    tree->root = inode_new(tree, SYS_FILE_DIRECTORY);
    if (!tree->root) {
        MEM_FREE(&alloc_libc, tree);
        fail(status, HF_LIMIT, "a tree of %llu bytes has no room for its root", (unsigned long long)max_bytes);
        return NULL;
    }
    tree->root->names = 1;
    tree->lower = lower;
    return &tree->base;
}

hf_fs *hf_fs_memory(bool deterministic, uint64_t max_bytes, hf_status *status)
{
    return tree_new(NULL, deterministic, max_bytes, status);
}
