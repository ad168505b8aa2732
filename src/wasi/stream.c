// What stands behind the standard descriptors.
#include <string.h>

#include "base/alloc.h"
#include "sys/stream.h"
#include "wasi/context.h"

struct stream_node {
    struct fs_node base;
    int fd; // of the host
    uint16_t (*write)(void *ctx, const void *data, size_t size);
    void *ctx;
    uint8_t *bytes;
    size_t size, at;
};

static struct stream_node *of(struct fs_node *node)
{
    return (struct stream_node *)node;
}

static uint16_t stream_new(const struct node_ops *ops, enum sys_filetype type, int fd, struct fs_node **out)
{
    struct stream_node *node = MEM_NEW(&alloc_libc, struct stream_node);
    if (!node) return WASI_NOMEM;
    node->base = (struct fs_node){ .ops = ops, .type = type };
    node->fd = fd;
    *out = &node->base;
    return 0;
}

static void stream_close(struct fs_node *node)
{
    mem_free(&alloc_libc, of(node)->bytes, of(node)->size);
    MEM_FREE(&alloc_libc, of(node));
}

static uint16_t stream_stat(struct fs_node *node, struct sys_stat *out)
{
    memset(out, 0, sizeof *out);
    out->type = node->type;
    return 0;
}

static uint16_t no_sync(struct fs_node *node, bool data_only)
{
    (void)node, (void)data_only;
    return WASI_INVAL;
}

static uint16_t no_append(struct fs_node *node, bool append)
{
    (void)node, (void)append;
    return 0;
}

// -- of the host --

static uint16_t fd_stat(struct fs_node *node, struct sys_stat *out)
{
    return wasi_errno(sys_stat_fd(of(node)->fd, out));
}

static uint16_t fd_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    (void)offset;
    return wasi_errno(sys_stream_read(of(node)->fd, out, size, done));
}

static uint16_t fd_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset, bool append,
                         size_t *done)
{
    (void)offset, (void)append;
    return wasi_errno(sys_stream_write(of(node)->fd, node->type, from, count, done));
}

static uint16_t fd_sync(struct fs_node *node, bool data_only)
{
    return wasi_errno(sys_sync(of(node)->fd, data_only));
}

static int fd_watch(struct fs_node *node)
{
    return node->type == SYS_FILE_REGULAR ? -1 : of(node)->fd;
}

static const struct node_ops fd_ops = {
    .close = stream_close,
    .stat = fd_stat,
    .read = fd_read,
    .write = fd_write,
    .sync = fd_sync,
    .set_append = no_append,
    .watch = fd_watch,
};

uint16_t stream_inherit(int fd, struct fs_node **out)
{
    struct sys_stat stat;
    const int error = sys_stat_fd(fd, &stat);
    if (error) return wasi_errno(error);
    return stream_new(&fd_ops, stat.type, fd, out);
}

// -- of nobody --

static uint16_t null_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    (void)node, (void)out, (void)size, (void)offset;
    *done = 0;
    return 0;
}

static uint16_t null_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset,
                           bool append, size_t *done)
{
    (void)node, (void)offset, (void)append;
    *done = 0;
    for (size_t i = 0; i < count; i++) *done += from[i].size;
    return 0;
}

static const struct node_ops null_ops = {
    .close = stream_close,
    .stat = stream_stat,
    .read = null_read,
    .write = null_write,
    .sync = no_sync,
    .set_append = no_append,
};

uint16_t stream_null(struct fs_node **out)
{
    return stream_new(&null_ops, SYS_FILE_UNKNOWN, -1, out);
}

// -- of the embedder --

static uint16_t callback_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset,
                               bool append, size_t *done)
{
    (void)offset, (void)append;
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t error = of(node)->write(of(node)->ctx, from[i].data, from[i].size);
        if (error && total == 0) return error;
        if (error) break; // what went before it was taken
        total += from[i].size;
    }
    *done = total;
    return 0;
}

static const struct node_ops callback_ops = {
    .close = stream_close,
    .stat = stream_stat,
    .read = null_read,
    .write = callback_write,
    .sync = no_sync,
    .set_append = no_append,
};

uint16_t stream_callback(uint16_t (*write)(void *ctx, const void *data, size_t size), void *ctx, struct fs_node **out)
{
    const uint16_t error = stream_new(&callback_ops, SYS_FILE_UNKNOWN, -1, out);
    if (error) return error;
    of(*out)->write = write;
    of(*out)->ctx = ctx;
    return 0;
}

static uint16_t bytes_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    (void)offset;
    struct stream_node *stream = of(node);
    const size_t left = stream->size - stream->at;
    const size_t n = size < left ? size : left;
    if (n > 0) memcpy(out, stream->bytes + stream->at, n);
    stream->at += n;
    *done = n;
    return 0;
}

static const struct node_ops bytes_ops = {
    .close = stream_close,
    .stat = stream_stat,
    .read = bytes_read,
    .write = null_write,
    .sync = no_sync,
    .set_append = no_append,
};

uint16_t stream_bytes(const void *data, size_t size, struct fs_node **out)
{
    const uint16_t error = stream_new(&bytes_ops, SYS_FILE_UNKNOWN, -1, out);
    if (error || size == 0) return error;
    struct stream_node *stream = of(*out);
    stream->bytes = mem_alloc(&alloc_libc, size);
    if (!stream->bytes) {
        stream_close(*out);
        return WASI_NOMEM;
    }
    memcpy(stream->bytes, data, size);
    stream->size = size;
    return 0;
}
