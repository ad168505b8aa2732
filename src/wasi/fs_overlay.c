// A tree that is only read, below one in memory that takes what is changed. A name is taken into the layer in memory when
// it is first looked for, as an inode that knows where it stands below; a file's bytes are copied when they are first changed;
// a name that is removed stays, as one that hides.
#include <string.h>

#include "base/fail.h"
#include "wasi/tree.h"

hf_fs *hf_fs_overlay(hf_fs *lower, uint64_t max_bytes, hf_status *status)
{
    hf_fs *fs = tree_new(NULL, false, max_bytes, status);
    if (!fs) return NULL;
    struct tree *tree = (struct tree *)fs;
    const uint16_t error = lower->ops->root(lower, &tree->root->below);
    if (error) {
        hf_fs_free(fs);
        fail(status, HF_BAD_ARGUMENT, "the root below the overlay: error %u of WASI 0.1", error);
        return NULL;
    }
    tree->lower = lower;
    return fs;
}

// The node below; WASI_NOENT when there is none.
static uint16_t below_of(struct inode *inode, struct fs_node **out)
{
    if (!inode->below) {
        struct fs_node *dir;
        if (!inode->below_dir) return WASI_NOENT;
        const uint16_t error = below_of(inode->below_dir, &dir);
        if (error) return error;
        const uint32_t flags = SYS_READ | (inode->type == SYS_FILE_DIRECTORY ? SYS_DIRECTORY : 0u);
        const uint16_t opened = dir->ops->open(dir, inode->below_name, flags, &inode->below);
        if (opened) return opened;
    }
    *out = inode->below;
    return 0;
}

bool below_has(struct tree *tree, struct inode *dir, const char *name)
{
    struct fs_node *below;
    struct sys_stat stat;
    return tree->lower && below_of(dir, &below) == 0 && below->ops->stat_at(below, name, &stat) == 0;
}

static uint16_t read_link(struct tree *tree, struct fs_node *below, const char *name, struct inode *inode)
{
    char target[PATH_BYTES];
    size_t size;
    uint16_t error = below->ops->readlink(below, name, target, sizeof target, &size);
    if (!error) error = inode_resize(tree, inode, size);
    if (!error && size > 0) memcpy(inode->data, target, size);
    return error;
}

uint16_t below_find(struct tree *tree, struct inode *dir, const char *name, struct inode **out)
{
    struct fs_node *below;
    struct sys_stat stat;
    if (dir->listed) return WASI_NOENT;
    uint16_t error = below_of(dir, &below);
    if (!error) error = below->ops->stat_at(below, name, &stat);
    if (error) return error;

    struct inode *inode = inode_new(tree, stat.type);
    const size_t size = strlen(name) + 1;
    char *below_name = inode ? tree_alloc(tree, size) : NULL;
    if (!below_name) {
        if (inode) inode_drop(tree, inode);
        return WASI_NOSPC;
    }
    memcpy(below_name, name, size);
    inode->below_name = below_name;
    inode->below_dir = dir;
    dir->pins++;
    inode->atim = stat.atim;
    inode->mtim = stat.mtim;
    inode->ctim = stat.ctim;
    if (stat.type == SYS_FILE_REGULAR) {
        inode->size = stat.size > SIZE_MAX ? SIZE_MAX : (size_t)stat.size;
        inode->borrowed = true;
    }
    if (stat.type == SYS_FILE_LINK) error = read_link(tree, below, name, inode);
    if (!error) error = entry_add(tree, dir, name, inode);
    if (error) {
        inode_drop(tree, inode);
        return error;
    }
    *out = inode;
    return 0;
}

struct names_below {
    struct tree *tree;
    struct inode *dir;
    uint16_t error;
};

static bool take_name(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    (void)ino, (void)type, (void)next;
    struct names_below *names = ctx;
    struct inode *inode;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || entry_find(names->tree, names->dir, name)) return true;
    names->error = below_find(names->tree, names->dir, name, &inode);
    if (names->error == WASI_NOENT) names->error = 0; // gone since it was listed
    return names->error == 0;
}

uint16_t below_list(struct tree *tree, struct inode *dir)
{
    struct fs_node *below;
    if (!tree->lower || dir->listed) return 0;
    uint16_t error = below_of(dir, &below);
    if (error == WASI_NOENT) return 0;
    struct names_below names = { tree, dir, 0 };
    if (!error) error = below->ops->list(below, 0, take_name, &names);
    if (!error) error = names.error;
    if (!error) dir->listed = true;
    return error;
}

uint16_t below_read(struct tree *tree, struct inode *file, void *out, size_t size, uint64_t offset, size_t *done)
{
    (void)tree;
    struct fs_node *below;
    const uint16_t error = below_of(file, &below);
    return error ? error : below->ops->read(below, out, size, offset, done);
}

uint16_t below_copy(struct tree *tree, struct inode *file, uint64_t keep)
{
    const size_t old_size = file->size;
    const size_t size = keep < old_size ? (size_t)keep : old_size;
    file->size = 0;
    uint16_t error = inode_resize(tree, file, size);
    for (size_t at = 0; !error && at < size;) {
        size_t done = 0;
        error = below_read(tree, file, file->data + at, size - at, at, &done);
        if (done == 0) break; // it was cut below: the rest reads as zeros
        at += done;
    }
    if (error) {
        (void)inode_resize(tree, file, 0);
        file->size = old_size;
        return error;
    }
    file->borrowed = false;
    node_close(file->below);
    file->below = NULL;
    return 0;
}
