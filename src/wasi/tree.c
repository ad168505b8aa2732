#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "base/map.h"
#include "sys/clock.h"
#include "wasi/tree.h"

void *tree_alloc(struct tree *tree, size_t size)
{
    if (size > tree->max_bytes - tree->used) return NULL;
    void *ptr = mem_zalloc(&alloc_libc, size);
    if (ptr) tree->used += size;
    return ptr;
}

void tree_release(struct tree *tree, void *ptr, size_t size)
{
    if (!ptr) return;
    mem_free(&alloc_libc, ptr, size);
    tree->used -= size;
}

uint64_t tree_now(struct tree *tree)
{
    uint64_t ns = 0;
    if (tree->deterministic) return ++tree->ticks * UINT64_C(1000000);
    return sys_clock_now(SYS_CLOCK_REALTIME, &ns) == 0 ? ns : 0;
}

// -- inodes --

struct inode *inode_new(struct tree *tree, enum sys_filetype type)
{
    struct inode *inode = tree_alloc(tree, sizeof *inode);
    if (!inode) return NULL;
    inode->type = type;
    inode->ino = tree->next_ino++;
    inode->atim = inode->mtim = inode->ctim = tree_now(tree);
    inode->next_cookie = COOKIE_FIRST;
    inode->next = tree->inodes;
    if (tree->inodes) tree->inodes->prev = inode;
    tree->inodes = inode;
    return inode;
}

static size_t entry_bytes(size_t name_size)
{
    return sizeof(struct entry) + name_size + 1;
}

static void inode_free(struct tree *tree, struct inode *inode)
{
    for (size_t i = 0; i < inode->bucket_count; i++) {
        while (inode->buckets[i]) {
            struct entry *entry = inode->buckets[i];
            inode->buckets[i] = entry->next;
            tree_release(tree, entry, entry_bytes(entry->size));
        }
    }
    tree_release(tree, inode->buckets, inode->bucket_count * sizeof *inode->buckets);
    tree_release(tree, inode->order, inode->order_cap * sizeof *inode->order);
    tree_release(tree, inode->data, inode->cap);
    if (inode->below_name) tree_release(tree, inode->below_name, strlen(inode->below_name) + 1);
    node_close(inode->below);
    if (inode->next) inode->next->prev = inode->prev;
    if (inode->prev) {
        inode->prev->next = inode->next;
    } else {
        tree->inodes = inode->next;
    }
    tree_release(tree, inode, sizeof *inode);
}

void inode_drop(struct tree *tree, struct inode *inode)
{
    while (inode && inode->names + inode->nodes + inode->pins == 0) {
        struct inode *below_dir = inode->below_dir;
        inode_free(tree, inode);
        inode = below_dir;
        if (inode) inode->pins--;
    }
}

void inode_unname(struct tree *tree, struct inode *inode)
{
    // A directory that has no place any more has nothing above it either: what was there may go first.
    if (--inode->names == 0) inode->parent = NULL;
    inode_drop(tree, inode);
}

void inode_touch(struct tree *tree, struct inode *inode)
{
    inode->mtim = inode->ctim = tree_now(tree);
}

uint16_t inode_resize(struct tree *tree, struct inode *inode, uint64_t size)
{
    if (size > SIZE_MAX || size > tree->max_bytes) return WASI_NOSPC;
    if (size > inode->cap) {
        // By half more, so that appending is cheap; exactly, where the quota has no room for that.
        size_t cap;
        uint8_t *data = NULL;
        if (!ckd_add(&cap, inode->cap, inode->cap / 2) && cap > size) data = tree_alloc(tree, cap);
        if (!data) data = tree_alloc(tree, cap = (size_t)size);
        if (!data) return WASI_NOSPC;
        if (inode->size > 0) memcpy(data, inode->data, inode->size);
        tree_release(tree, inode->data, inode->cap);
        inode->data = data;
        inode->cap = cap;
    } else if (size == 0) {
        tree_release(tree, inode->data, inode->cap);
        inode->data = NULL;
        inode->cap = 0;
    } else if (size < inode->size) {
        memset(inode->data + size, 0, inode->size - (size_t)size); // what is grown back is zero
    }
    inode->size = (size_t)size;
    return 0;
}

// -- entries --

static size_t bucket_of(const struct tree *tree, const struct inode *dir, const char *name, size_t size)
{
    return (size_t)hash_bytes(tree->hash_key, name, size) & (dir->bucket_count - 1);
}

struct entry *entry_find(const struct tree *tree, const struct inode *dir, const char *name)
{
    if (dir->bucket_count == 0) return NULL;
    const size_t size = strlen(name);
    struct entry *entry = dir->buckets[bucket_of(tree, dir, name, size)];
    while (entry && (entry->size != size || memcmp(entry->name, name, size) != 0)) entry = entry->next;
    return entry;
}

static bool more_buckets(struct tree *tree, struct inode *dir)
{
    const size_t old_count = dir->bucket_count;
    struct entry **old = dir->buckets;
    if (dir->entry_count < old_count) return true;
    const size_t count = old_count ? old_count * 2 : 8;
    struct entry **buckets = tree_alloc(tree, count * sizeof *buckets);
    if (!buckets) return false;
    dir->buckets = buckets;
    dir->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i]) {
            struct entry *entry = old[i];
            old[i] = entry->next;
            struct entry **to = &buckets[bucket_of(tree, dir, entry->name, entry->size)];
            entry->next = *to;
            *to = entry;
        }
    }
    tree_release(tree, old, old_count * sizeof *old);
    return true;
}

static bool more_order(struct tree *tree, struct inode *dir)
{
    if (dir->live < dir->order_cap) return true;
    const size_t cap = dir->order_cap ? dir->order_cap * 2 : 8;
    struct entry **order = tree_alloc(tree, cap * sizeof *order);
    if (!order) return false;
    if (dir->live > 0) memcpy(order, dir->order, dir->live * sizeof *order);
    tree_release(tree, dir->order, dir->order_cap * sizeof *order);
    dir->order = order;
    dir->order_cap = cap;
    return true;
}

uint16_t entry_add(struct tree *tree, struct inode *dir, const char *name, struct inode *inode)
{
    if (!more_order(tree, dir)) return WASI_NOSPC;
    struct entry *entry = entry_find(tree, dir, name); // one that hides, or none
    if (!entry) {
        const size_t size = strlen(name);
        if (!more_buckets(tree, dir)) return WASI_NOSPC;
        entry = tree_alloc(tree, entry_bytes(size));
        if (!entry) return WASI_NOSPC;
        memcpy(entry->name, name, size + 1);
        entry->size = size;
        struct entry **bucket = &dir->buckets[bucket_of(tree, dir, name, size)];
        entry->next = *bucket;
        *bucket = entry;
        dir->entry_count++;
    }
    entry->inode = inode;
    entry->cookie = dir->next_cookie++;
    dir->order[dir->live++] = entry;
    inode->names++;
    if (inode->type == SYS_FILE_DIRECTORY) inode->parent = dir;
    return 0;
}

void entry_remove(struct tree *tree, struct inode *dir, struct entry *entry, bool hide)
{
    size_t low = 0, high = dir->live;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (dir->order[mid]->cookie < entry->cookie) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    memmove(&dir->order[low], &dir->order[low + 1], (dir->live - low - 1) * sizeof *dir->order);
    dir->live--;

    struct inode *inode = entry->inode;
    entry->inode = NULL;
    if (!hide) {
        struct entry **at = &dir->buckets[bucket_of(tree, dir, entry->name, entry->size)];
        while (*at != entry) at = &(*at)->next;
        *at = entry->next;
        dir->entry_count--;
        tree_release(tree, entry, entry_bytes(entry->size));
    }
    inode_unname(tree, inode);
}

uint16_t dir_find(struct tree *tree, struct inode *dir, const char *name, struct inode **out)
{
    const struct entry *entry = entry_find(tree, dir, name);
    if (!entry && tree->lower) return below_find(tree, dir, name, out);
    if (!entry || !entry->inode) return WASI_NOENT;
    *out = entry->inode;
    return 0;
}
