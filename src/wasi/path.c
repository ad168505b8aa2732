// Paths below an open directory: from text to a directory and the last component in it, and the verbs on that place.
//
// A path is cut at its last component, and the directory before it is opened: by the back end (the host's, by openat2), or here,
// component by component. The last component is always dealt with here, since the system calls that act on names have no
// way to be kept beneath a directory. A link there, where it is to be followed, is read and put into the text in its place,
// and the walk begins again. So whatever somebody else does to the tree meanwhile, each step starts from a directory that was
// reached from the base without leaving it.
#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "wasi/fs.h"

enum { DEPTH = 1024 }; // directories held open while walking by component

struct walk {
    struct fs_node *base;
    unsigned links;            // followed so far
    char text[PATH_BYTES + 1]; // what is to be walked
    // -- the place it leads to --
    struct fs_node *dir; // maybe the base
    const char *name;    // in `text`; empty: the directory itself
    size_t parent;       // length of the text before the name
    bool slash;          // whatever is there must be a directory
};

struct fs_node *node_share(struct fs_node *node)
{
    node->shared++;
    return node;
}

void node_close(struct fs_node *node)
{
    if (!node) return;
    if (node->shared > 0)
        node->shared--;
    else
        node->ops->close(node);
}

// -- by component --

struct steps {
    struct fs_node *base;
    struct fs_node **dirs; // below the base, each found in the one before
    size_t count, cap;
};

static struct fs_node *here(const struct steps *s)
{
    return s->count == 0 ? s->base : s->dirs[s->count - 1];
}

static uint16_t step_into(struct steps *s, struct fs_node *dir)
{
    if (s->count == s->cap) {
        struct fs_node **grown =
            s->count < DEPTH ? mem_grow(&alloc_libc, s->dirs, &s->cap, s->count + 1, sizeof *grown) : NULL;
        if (!grown) {
            node_close(dir);
            return s->count < DEPTH ? WASI_NOMEM : WASI_NAMETOOLONG;
        }
        s->dirs = grown;
    }
    s->dirs[s->count++] = dir;
    return 0;
}

// Puts a link's target before the rest of a path: text[at..] becomes target + rest.
static uint16_t splice(char *text, size_t at, const char *target, size_t target_size, const char *rest)
{
    const size_t rest_size = strlen(rest);
    if (target_size == 0) return WASI_NOENT;
    if (target[0] == '/') return WASI_PERM;
    if (memchr(target, 0, target_size)) return WASI_INVAL;
    if (at + target_size + rest_size > PATH_BYTES) return WASI_NAMETOOLONG;
    memmove(text + at + target_size, rest, rest_size + 1);
    memcpy(text + at, target, target_size);
    return 0;
}

static uint16_t step(struct steps *s, struct walk *w, char *text)
{
    const size_t size = strcspn(text, "/");
    const char *rest = text + size;
    char name[NAME_BYTES + 1];

    if (size == 0 || (size == 1 && text[0] == '.')) {
        // stays here
    } else if (size == 2 && text[0] == '.' && text[1] == '.') {
        if (s->count == 0) return WASI_PERM;
        node_close(s->dirs[--s->count]);
    } else {
        if (size > NAME_BYTES) return WASI_NAMETOOLONG;
        memcpy(name, text, size);
        name[size] = 0;
        struct fs_node *dir = here(s);
        struct fs_node *found;
        uint16_t error = dir->ops->find(dir, name, &found);
        if (error == WASI_LOOP) {
            char target[PATH_BYTES];
            size_t target_size;
            if (++w->links > LINKS_FOLLOWED) return WASI_LOOP;
            error = dir->ops->readlink(dir, name, target, sizeof target, &target_size);
            // WASI_INVAL: no longer a link. The step is taken again; whoever changed it may do so for ever, so it counts.
            if (error) return error == WASI_INVAL ? 0 : error;
            return splice(text, 0, target, target_size, rest);
        }
        if (error) return error;
        error = step_into(s, found);
        if (error) return error;
    }
    memmove(text, rest + (*rest == '/'), strlen(rest) + 1 - (*rest == '/'));
    return 0;
}

static uint16_t walk_by_component(struct walk *w, const char *path, size_t size, struct fs_node **out)
{
    struct steps s = { .base = w->base };
    char text[PATH_BYTES + 1];
    uint16_t error = 0;

    memcpy(text, path, size);
    text[size] = 0;
    while (!error && text[0]) error = step(&s, w, text);

    if (!error) {
        *out = here(&s);
        if (s.count > 0) s.count--;
    }
    while (s.count > 0) node_close(s.dirs[--s.count]);
    mem_free(&alloc_libc, s.dirs, s.cap * sizeof *s.dirs);
    return error;
}

// -- to the place --

// The directory at the first `size` bytes of the text.
static uint16_t walk_directory(struct walk *w, size_t size)
{
    if (size == 0) {
        w->dir = w->base;
        return 0;
    }
    if (w->base->ops->walk) {
        char path[PATH_BYTES + 1];
        memcpy(path, w->text, size);
        path[size] = 0;
        const uint16_t error = w->base->ops->walk(w->base, path, &w->dir);
        if (error != WASI_NOSYS) return error;
    }
    return walk_by_component(w, w->text, size, &w->dir);
}

static void walk_leave(struct walk *w)
{
    if (w->dir && w->dir != w->base) node_close(w->dir);
    w->dir = NULL;
}

static uint16_t walk_place(struct walk *w)
{
    size_t size = strlen(w->text);
    if (size == 0) return WASI_NOENT;
    if (w->text[0] == '/') return WASI_PERM;

    w->slash = w->text[size - 1] == '/';
    while (w->text[size - 1] == '/') size--; // ends: the first byte is none
    w->text[size] = 0;

    size_t parent = size;
    while (parent > 0 && w->text[parent - 1] != '/') parent--;
    w->name = w->text + parent;
    if (strcmp(w->name, ".") == 0 || strcmp(w->name, "..") == 0) {
        parent = size;
        w->name = w->text + size;
        w->slash = true;
    } else if (size - parent > NAME_BYTES) {
        return WASI_NAMETOOLONG;
    }
    w->parent = parent;
    return walk_directory(w, parent);
}

static uint16_t walk_to(struct walk *w, struct fs_node *base, const char *path)
{
    const size_t size = strlen(path);
    w->base = base;
    w->dir = NULL;
    w->links = 0;
    if (base->type != SYS_FILE_DIRECTORY || !base->ops->find) return WASI_NOTDIR;
    if (size > PATH_BYTES) return WASI_NAMETOOLONG;
    memcpy(w->text, path, size + 1);
    return walk_place(w);
}

// The place is a link: goes to where it points.
static uint16_t walk_follow(struct walk *w)
{
    char target[PATH_BYTES];
    size_t size;
    if (++w->links > LINKS_FOLLOWED) return WASI_LOOP;
    uint16_t error = w->dir->ops->readlink(w->dir, w->name, target, sizeof target, &size);
    if (error == WASI_INVAL) return 0; // no longer a link: the verb is tried again, and it was counted
    if (!error) error = splice(w->text, w->parent, target, size, w->slash ? "/" : "");
    if (error) return error;
    walk_leave(w);
    return walk_place(w);
}

// -- the verbs --

static uint16_t open_place(struct walk *w, uint32_t flags, struct fs_node **out)
{
    const struct node_ops *ops = w->dir->ops;
    if (w->slash && (flags & SYS_CREATE)) {
        struct sys_stat stat = { .type = SYS_FILE_DIRECTORY };
        const uint16_t error = *w->name ? ops->stat_at(w->dir, w->name, &stat) : 0;
        if (error == WASI_NOENT) return WASI_ISDIR;
        if (error) return error;
        if (stat.type != SYS_FILE_DIRECTORY) return WASI_NOTDIR;
        return flags & SYS_EXCLUSIVE ? WASI_EXIST : WASI_ISDIR;
    }
    if (w->slash) flags |= SYS_DIRECTORY;
    return ops->open(w->dir, *w->name ? w->name : NULL, flags, out);
}

uint16_t fs_open(struct fs_node *base, const char *path, bool follow, uint32_t flags, struct fs_node **out)
{
    struct walk w;
    if ((flags & SYS_CREATE) && (flags & SYS_DIRECTORY)) return WASI_INVAL;
    uint16_t error = walk_to(&w, base, path);
    if (!error) {
        while ((error = open_place(&w, flags, out)) == WASI_LOOP && (follow || w.slash)) {
            error = walk_follow(&w);
            if (error) break;
        }
    }
    walk_leave(&w);
    return error;
}

// What is at the place; with `follow`, at the end of its links.
static uint16_t stat_place(struct walk *w, bool follow, struct sys_stat *out)
{
    for (;;) {
        struct sys_stat stat;
        uint16_t error = *w->name ? w->dir->ops->stat_at(w->dir, w->name, &stat) : w->dir->ops->stat(w->dir, &stat);
        if (error) return error;
        if (stat.type == SYS_FILE_LINK && (follow || w->slash)) {
            error = walk_follow(w);
            if (error) return error;
            continue;
        }
        if (w->slash && stat.type != SYS_FILE_DIRECTORY) return WASI_NOTDIR;
        *out = stat;
        return 0;
    }
}

uint16_t fs_stat(struct fs_node *base, const char *path, bool follow, struct sys_stat *out)
{
    struct walk w;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = stat_place(&w, follow, out);
    walk_leave(&w);
    return error;
}

uint16_t fs_set_times(struct fs_node *base, const char *path, bool follow, struct sys_time atim, struct sys_time mtim)
{
    struct walk w;
    struct sys_stat stat;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = stat_place(&w, follow, &stat);
    if (!error) {
        error =
            *w.name ? w.dir->ops->set_times_at(w.dir, w.name, atim, mtim) : w.dir->ops->set_times(w.dir, atim, mtim);
    }
    walk_leave(&w);
    return error;
}

uint16_t fs_readlink(struct fs_node *base, const char *path, char *out, size_t max, size_t *size)
{
    struct walk w;
    struct sys_stat stat;
    uint16_t error = walk_to(&w, base, path);
    if (!error && w.slash) {
        error = stat_place(&w, true, &stat);
        if (!error) error = WASI_INVAL;
    }
    if (!error) error = w.dir->ops->readlink(w.dir, w.name, out, max, size);
    walk_leave(&w);
    return error;
}

uint16_t fs_mkdir(struct fs_node *base, const char *path)
{
    struct walk w;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = *w.name ? w.dir->ops->mkdir(w.dir, w.name) : WASI_EXIST;
    walk_leave(&w);
    return error;
}

uint16_t fs_rmdir(struct fs_node *base, const char *path)
{
    struct walk w;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = *w.name ? w.dir->ops->rmdir(w.dir, w.name) : WASI_INVAL;
    walk_leave(&w);
    return error;
}

uint16_t fs_unlink(struct fs_node *base, const char *path)
{
    struct walk w;
    struct sys_stat stat;
    uint16_t error = walk_to(&w, base, path);
    if (!error && !*w.name) error = WASI_ISDIR;
    if (!error && w.slash) {
        error = w.dir->ops->stat_at(w.dir, w.name, &stat);
        if (!error) error = stat.type == SYS_FILE_DIRECTORY ? WASI_ISDIR : WASI_NOTDIR;
    }
    if (!error) error = w.dir->ops->unlink(w.dir, w.name);
    walk_leave(&w);
    return error;
}

// A name that is to be made, but not as a directory, has no slash behind it.
static uint16_t check_new_name(struct walk *w, uint16_t for_a_file)
{
    struct sys_stat stat;
    if (!*w->name) return WASI_EXIST;
    if (!w->slash) return 0;
    const uint16_t error = w->dir->ops->stat_at(w->dir, w->name, &stat);
    if (error) return error;
    return stat.type == SYS_FILE_DIRECTORY ? WASI_EXIST : for_a_file;
}

uint16_t fs_symlink(const char *target, struct fs_node *base, const char *path)
{
    struct walk w;
    if (target[0] == 0) return WASI_NOENT;
    if (target[0] == '/') return WASI_PERM;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = check_new_name(&w, WASI_NOTDIR);
    if (!error) error = w.dir->ops->symlink(w.dir, w.name, target);
    walk_leave(&w);
    return error;
}

uint16_t fs_link(struct fs_node *base, const char *path, bool follow, struct fs_node *to, const char *new_path)
{
    struct walk w, n = { .dir = NULL };
    struct sys_stat stat;
    if (base->fs != to->fs) return WASI_XDEV;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = stat_place(&w, follow, &stat);
    if (!error && stat.type == SYS_FILE_DIRECTORY) error = WASI_PERM;
    if (!error) error = walk_to(&n, to, new_path);
    if (!error) error = check_new_name(&n, WASI_NOTDIR);
    if (!error) error = w.dir->ops->link(w.dir, w.name, n.dir, n.name);
    walk_leave(&w);
    walk_leave(&n);
    return error;
}

uint16_t fs_rename(struct fs_node *base, const char *path, struct fs_node *to, const char *new_path)
{
    struct walk w, n = { .dir = NULL };
    struct sys_stat stat;
    if (base->fs != to->fs) return WASI_XDEV;
    uint16_t error = walk_to(&w, base, path);
    if (!error) error = walk_to(&n, to, new_path);
    if (!error && (!*w.name || !*n.name)) error = WASI_BUSY;
    if (!error && (w.slash || n.slash)) {
        error = w.dir->ops->stat_at(w.dir, w.name, &stat);
        if (!error && stat.type != SYS_FILE_DIRECTORY) error = WASI_NOTDIR;
    }
    if (!error) error = w.dir->ops->rename(w.dir, w.name, n.dir, n.name);
    walk_leave(&w);
    walk_leave(&n);
    return error;
}
