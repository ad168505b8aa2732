// Sockets of the host, whichever version of WASI asks for them.
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "sys/stream.h"
#include "wasi/context.h"
#include "wasi/lookup.h"
#include "wasi/net.h"

struct host_socket {
    struct net_socket base;
    int fd;
};

static int fd_of(const struct net_socket *socket)
{
    return ((const struct host_socket *)socket)->fd;
}

static struct net_socket *of(struct fs_node *node)
{
    return (struct net_socket *)node; // its first member
}

static const struct node_ops node_ops;
static const struct socket_ops socket_ops;

// Takes the descriptor over, also when it fails.
static uint16_t socket_of(int fd, enum sys_filetype type, bool v6, hf_net *net, struct net_socket **out)
{
    struct host_socket *made = MEM_NEW(&alloc_libc, struct host_socket);
    if (!made) {
        sys_close(fd);
        return WASI_NOMEM;
    }
    if (net) net->shared++;
    made->base = (struct net_socket){ .ops = &socket_ops, .net = net, .v6 = v6 };
    made->base.node = (struct fs_node){ .ops = &node_ops, .type = type };
    made->fd = fd;
    *out = &made->base;
    return 0;
}

// -- as a node --

static void node_ops_close(struct fs_node *node)
{
    sys_close(fd_of(of(node)));
    hf_net_free(of(node)->net);
    MEM_FREE(&alloc_libc, (struct host_socket *)of(node));
}

static uint16_t node_stat(struct fs_node *node, struct sys_stat *out)
{
    return wasi_errno(sys_stat_fd(fd_of(of(node)), out));
}

static uint16_t node_read(struct fs_node *node, void *out, size_t size, uint64_t offset, size_t *done)
{
    (void)offset;
    bool truncated;
    return wasi_errno(sys_recv(fd_of(of(node)), out, size, 0, done, &truncated));
}

static uint16_t node_write(struct fs_node *node, const struct sys_slice *from, size_t count, uint64_t offset,
                           bool append, size_t *done)
{
    (void)offset, (void)append;
    return wasi_errno(sys_send(fd_of(of(node)), from, count, done));
}

static uint16_t node_sync(struct fs_node *node, bool data_only)
{
    (void)node, (void)data_only;
    return WASI_INVAL;
}

static uint16_t node_set_append(struct fs_node *node, bool append)
{
    (void)node, (void)append;
    return 0;
}

static int node_watch(struct fs_node *node)
{
    return fd_of(of(node));
}

static uint16_t node_accept(struct fs_node *node, struct fs_node **out)
{
    struct net_socket *made;
    const uint16_t error = socket_ops.accept(of(node), &made);
    if (!error) *out = &made->node;
    return error;
}

static uint16_t node_recv(struct fs_node *node, void *out, size_t size, bool peek, size_t *done, bool *truncated)
{
    return wasi_errno(sys_recv(fd_of(of(node)), out, size, peek ? SYS_RECV_PEEK : 0, done, truncated));
}

static uint16_t node_shutdown(struct fs_node *node, uint32_t how)
{
    return wasi_errno(sys_shutdown(fd_of(of(node)), how));
}

static const struct node_ops node_ops = {
    .close = node_ops_close,
    .stat = node_stat,
    .read = node_read,
    .write = node_write,
    .sync = node_sync,
    .set_append = node_set_append,
    .watch = node_watch,
    .accept = node_accept,
    .recv = node_recv,
    .shutdown = node_shutdown,
};

uint16_t stream_socket(int fd, bool *listening, struct fs_node **out)
{
    enum sys_filetype type;
    struct sys_address address;
    struct net_socket *made;
    int error = sys_socket_type(fd, &type, listening);
    if (!error) error = sys_set_nonblocking(fd);
    if (error) {
        sys_close(fd);
        return wasi_errno(error);
    }
    const bool v6 = sys_local_address(fd, &address) == 0 && address.v6;
    const uint16_t failed = socket_of(fd, type, v6, NULL, &made);
    if (!failed) *out = &made->node;
    return failed;
}

// -- as a socket --

static uint16_t host_bind(struct net_socket *socket, const struct sys_address *at)
{
    // Not for datagrams, where it would let two sockets have one address.
    return wasi_errno(sys_bind(fd_of(socket), at, socket->node.type == SYS_FILE_STREAM_SOCKET));
}

static uint16_t host_connect(struct net_socket *socket, const struct sys_address *to)
{
    return wasi_errno(sys_connect(fd_of(socket), to));
}

static uint16_t host_connected(struct net_socket *socket)
{
    if (sys_stream_ready(fd_of(socket), HF_WATCH_WRITE) == 0) return WASI_AGAIN;
    return wasi_errno(sys_connected(fd_of(socket)));
}

static uint16_t host_disconnect(struct net_socket *socket)
{
    return wasi_errno(sys_disconnect(fd_of(socket), socket->v6));
}

static uint16_t host_listen(struct net_socket *socket, uint32_t backlog)
{
    return wasi_errno(sys_listen(fd_of(socket), backlog > INT32_MAX ? INT32_MAX : (int)backlog));
}

static uint16_t host_accept(struct net_socket *socket, struct net_socket **out)
{
    int fd;
    const int error = sys_accept(fd_of(socket), &fd);
    return error ? wasi_errno(error) : socket_of(fd, SYS_FILE_STREAM_SOCKET, socket->v6, socket->net, out);
}

static uint16_t host_local(struct net_socket *socket, struct sys_address *out)
{
    return wasi_errno(sys_local_address(fd_of(socket), out));
}

static uint16_t host_remote(struct net_socket *socket, struct sys_address *out)
{
    return wasi_errno(sys_remote_address(fd_of(socket), out));
}

static uint16_t host_get(struct net_socket *socket, enum sys_socket_option option, uint32_t *out)
{
    return wasi_errno(sys_socket_get(fd_of(socket), socket->v6, option, out));
}

static uint16_t host_set(struct net_socket *socket, enum sys_socket_option option, uint32_t value)
{
    return wasi_errno(sys_socket_set(fd_of(socket), socket->v6, option, value));
}

static uint16_t host_send(struct net_socket *socket, const void *data, size_t size, const struct sys_address *to)
{
    size_t done;
    return wasi_errno(sys_send_to(fd_of(socket), data, size, to, &done)); // a datagram goes whole
}

static uint16_t host_recv(struct net_socket *socket, void *out, size_t max, size_t *size, struct sys_address *from)
{
    return wasi_errno(sys_recv_from(fd_of(socket), out, max, size, from));
}

static const struct socket_ops socket_ops = {
    .bind = host_bind,
    .connect = host_connect,
    .connected = host_connected,
    .disconnect = host_disconnect,
    .listen = host_listen,
    .accept = host_accept,
    .local = host_local,
    .remote = host_remote,
    .get = host_get,
    .set = host_set,
    .send = host_send,
    .recv = host_recv,
};

// -- the host's network --

static void host_free(hf_net *net)
{
    net_fini(net);
    MEM_FREE(&alloc_libc, net);
}

static uint16_t host_socket(hf_net *net, bool v6, bool datagrams, struct net_socket **out)
{
    int fd;
    const int error = sys_socket_new(v6, datagrams, &fd);
    if (error) return wasi_errno(error);
    return socket_of(fd, datagrams ? SYS_FILE_DGRAM_SOCKET : SYS_FILE_STREAM_SOCKET, v6, net, out);
}

static uint16_t host_lookup(hf_net *net, const char *name, struct net_lookup **out)
{
    (void)net;
    return lookup_new(name, out);
}

static const struct net_ops host_ops = { host_free, host_socket, host_lookup };

hf_net *hf_net_host(hf_status *status)
{
    hf_net *net = MEM_NEW(&alloc_libc, hf_net);
    if (!net) {
        fail_oom(status);
        return NULL;
    }
    net->ops = &host_ops;
    return net;
}
