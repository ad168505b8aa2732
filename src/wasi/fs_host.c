// A directory of the host as a tree.
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "sys/stream.h"
#include "wasi/fs.h"

struct host_fs {
    hf_fs base;
    int fd;
    uint64_t root_dev, root_ino;
    bool by_component; // openat2 is missing
};

struct host_node {
    struct fs_node base;
    int fd;
    bool handle; // names a directory, cannot be read
};

static const struct node_ops host_ops;

static int fd_of(struct fs_node *node)
{
    return ((struct host_node *)node)->fd;
}

static struct host_fs *fs_of(struct fs_node *node)
{
    return (struct host_fs *)node->fs;
}

// Takes the descriptor over.
static uint16_t node_of(hf_fs *fs, int fd, enum sys_filetype type, bool handle, struct fs_node **out)
{
    struct host_node *node = MEM_NEW(&alloc_libc, struct host_node);
    if (!node) {
        sys_close(fd);
        return WASI_NOMEM;
    }
    node->base = (struct fs_node){ .ops = &host_ops, .fs = fs, .type = type };
    node->base.seekable = type == SYS_FILE_REGULAR || type == SYS_FILE_BLOCK;
    node->fd = fd;
    node->handle = handle;
    *out = &node->base;
    return 0;
}

static void host_close(struct fs_node *node)
{
    sys_close(fd_of(node));
    MEM_FREE(&alloc_libc, (struct host_node *)node);
}

static uint16_t host_stat(struct fs_node *node, struct sys_stat *out)
{
    return wasi_errno(sys_stat_fd(fd_of(node), out));
}

static uint16_t host_set_times(struct fs_node *node, struct sys_time atim, struct sys_time mtim)
{
    if (((struct host_node *)node)->handle) return wasi_errno(sys_set_times_at(fd_of(node), ".", atim, mtim));
    return wasi_errno(sys_set_times(fd_of(node), atim, mtim));
}

static uint16_t host_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    if (node->seekable) return wasi_errno(sys_pread(fd_of(node), out, size, offset, done));
    return wasi_errno(sys_stream_read(fd_of(node), out, size, done));
}

static uint16_t host_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset,
                           bool append, size_t *done)
{
    if (node->seekable) return wasi_errno(sys_pwrite(fd_of(node), from, count, offset, append, done));
    return wasi_errno(sys_stream_write(fd_of(node), node->type, from, count, done));
}

static uint16_t host_truncate(struct fs_node *node, uint64_t size)
{
    return wasi_errno(sys_truncate(fd_of(node), size));
}

static uint16_t host_allocate(struct fs_node *node, uint64_t offset, uint64_t size)
{
    return wasi_errno(sys_allocate(fd_of(node), offset, size));
}

static uint16_t host_advise(struct fs_node *node, uint64_t offset, uint64_t size, enum sys_advice advice)
{
    return wasi_errno(sys_advise(fd_of(node), offset, size, advice));
}

static uint16_t host_sync(struct fs_node *node, bool data_only)
{
    return wasi_errno(sys_sync(fd_of(node), data_only));
}

static uint16_t host_set_append(struct fs_node *node, bool append)
{
    return wasi_errno(sys_set_append(fd_of(node), append));
}

static int host_watch(struct fs_node *node)
{
    return node->seekable || node->type == SYS_FILE_DIRECTORY ? -1 : fd_of(node);
}

static bool is_link(int dir, const char *name)
{
    struct sys_stat stat;
    return sys_stat_at(dir, name, &stat) == 0 && stat.type == SYS_FILE_LINK;
}

static uint16_t host_find(struct fs_node *dir, const char *name, struct fs_node **out)
{
    int fd;
    const int error = sys_open_at(fd_of(dir), name, SYS_HANDLE | SYS_DIRECTORY, &fd);
    // A link is not a directory for the kernel either, so who it was is asked afterwards.
    if (error == ENOTDIR && is_link(fd_of(dir), name)) return WASI_LOOP;
    if (error) return wasi_errno(error);
    return node_of(dir->fs, fd, SYS_FILE_DIRECTORY, true, out);
}

static uint16_t host_walk(struct fs_node *dir, const char *path, struct fs_node **out)
{
    int fd;
    if (fs_of(dir)->by_component) return WASI_NOSYS;
    const int error = sys_open_beneath(fd_of(dir), path, &fd);
    if (error == EXDEV) return WASI_PERM;
    if (error) return wasi_errno(error);
    return node_of(dir->fs, fd, SYS_FILE_DIRECTORY, true, out);
}

static uint16_t host_open(struct fs_node *dir, const char *name, uint32_t flags, struct fs_node **out)
{
    int fd;
    struct sys_stat stat;
    if (!name) flags |= SYS_DIRECTORY;
    int error = sys_open_at(fd_of(dir), name ? name : ".", flags, &fd);
    if (error == ENOTDIR && name && (flags & SYS_DIRECTORY) && is_link(fd_of(dir), name)) return WASI_LOOP;
    if (error) return wasi_errno(error);
    error = sys_stat_fd(fd, &stat);
    if (error) {
        sys_close(fd);
        return wasi_errno(error);
    }
    return node_of(dir->fs, fd, stat.type, false, out);
}

static uint16_t host_stat_at(struct fs_node *dir, const char *name, struct sys_stat *out)
{
    return wasi_errno(sys_stat_at(fd_of(dir), name, out));
}

static uint16_t host_set_times_at(struct fs_node *dir, const char *name, struct sys_time atim, struct sys_time mtim)
{
    return wasi_errno(sys_set_times_at(fd_of(dir), name, atim, mtim));
}

static uint16_t host_readlink(struct fs_node *dir, const char *name, char *out, size_t max, size_t *size)
{
    // An empty name would be the directory itself, and an empty buffer is an error for the kernel only.
    char one[1];
    const uint16_t error = wasi_errno(sys_readlink_at(fd_of(dir), name, max > 0 ? out : one, max > 0 ? max : 1, size));
    if (!error && max == 0) *size = 0;
    return error;
}

static uint16_t host_mkdir(struct fs_node *dir, const char *name)
{
    return wasi_errno(sys_mkdir_at(fd_of(dir), name));
}

static uint16_t host_rmdir(struct fs_node *dir, const char *name)
{
    return wasi_errno(sys_rmdir_at(fd_of(dir), name));
}

static uint16_t host_unlink(struct fs_node *dir, const char *name)
{
    return wasi_errno(sys_unlink_at(fd_of(dir), name));
}

static uint16_t host_symlink(struct fs_node *dir, const char *name, const char *target)
{
    return wasi_errno(sys_symlink_at(target, fd_of(dir), name));
}

static uint16_t host_link(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
    return wasi_errno(sys_link_at(fd_of(from), name, fd_of(to), new_name));
}

static uint16_t host_rename(struct fs_node *from, const char *name, struct fs_node *to, const char *new_name)
{
    return wasi_errno(sys_rename_at(fd_of(from), name, fd_of(to), new_name));
}

// What is above the root is not the guest's business: its ".." is the root.
struct root_list {
    uint64_t ino;
    sys_take_entry take;
    void *ctx;
};

static bool take_in_root(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    const struct root_list *list = ctx;
    return list->take(list->ctx, name, strcmp(name, "..") == 0 ? list->ino : ino, type, next);
}

static uint16_t host_list(struct fs_node *dir, uint64_t cookie, sys_take_entry take, void *ctx)
{
    struct sys_stat stat;
    const int error = sys_stat_fd(fd_of(dir), &stat);
    if (error) return wasi_errno(error);
    if (stat.dev == fs_of(dir)->root_dev && stat.ino == fs_of(dir)->root_ino) {
        struct root_list list = { stat.ino, take, ctx };
        return wasi_errno(sys_list(fd_of(dir), cookie, take_in_root, &list));
    }
    return wasi_errno(sys_list(fd_of(dir), cookie, take, ctx));
}

static const struct node_ops host_ops = {
    .close = host_close,
    .stat = host_stat,
    .set_times = host_set_times,
    .read = host_read,
    .write = host_write,
    .truncate = host_truncate,
    .allocate = host_allocate,
    .advise = host_advise,
    .sync = host_sync,
    .set_append = host_set_append,
    .watch = host_watch,
    .find = host_find,
    .walk = host_walk,
    .open = host_open,
    .stat_at = host_stat_at,
    .set_times_at = host_set_times_at,
    .readlink = host_readlink,
    .mkdir = host_mkdir,
    .rmdir = host_rmdir,
    .unlink = host_unlink,
    .symlink = host_symlink,
    .link = host_link,
    .rename = host_rename,
    .list = host_list,
};

// -- the tree --

static void host_free(hf_fs *fs)
{
    struct host_fs *host = (struct host_fs *)fs;
    sys_close(host->fd);
    MEM_FREE(&alloc_libc, host);
}

static uint16_t host_root(hf_fs *fs, struct fs_node **out)
{
    int fd;
    // Not a duplicate: that would share its position with every other listing of the root.
    const int error = sys_open_at(((struct host_fs *)fs)->fd, ".", SYS_READ | SYS_DIRECTORY, &fd);
    if (error) return wasi_errno(error);
    return node_of(fs, fd, SYS_FILE_DIRECTORY, false, out);
}

static const struct fs_ops host_fs_ops = { host_free, host_root };

hf_fs *hf_fs_host(const char *path, hf_status *status)
{
    int fd, probe;
    struct sys_stat stat;
    int error = sys_open_root(path, &fd);
    if (error) {
        fail_errno(status, error, "%s", path);
        return NULL;
    }
    error = sys_stat_fd(fd, &stat);
    struct host_fs *host = error ? NULL : MEM_NEW(&alloc_libc, struct host_fs);
    if (!host) {
        sys_close(fd);
        if (error) {
            fail_errno(status, error, "%s", path);
        } else {
            fail_oom(status);
        }
        return NULL;
    }
    *host = (struct host_fs){ { &host_fs_ops }, fd, stat.dev, stat.ino, false };
    // An old kernel does not know openat2, a filter may forbid it.
    host->by_component = sys_open_beneath(fd, ".", &probe) != 0;
    if (!host->by_component) sys_close(probe);
    return &host->base;
}

void fs_host_walk_by_component(hf_fs *fs)
{
    ((struct host_fs *)fs)->by_component = true;
}
