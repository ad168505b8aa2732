#include "sys/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union native {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t to_native(const struct sys_address *address, union native *out)
{
    memset(out, 0, sizeof *out);
    if (!address->v6) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(address->port);
        memcpy(&out->v4.sin_addr, address->ip, 4);
        return sizeof out->v4;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(address->port);
    out->v6.sin6_flowinfo = htonl(address->flow);
    out->v6.sin6_scope_id = address->scope;
    memcpy(&out->v6.sin6_addr, address->ip, 16);
    return sizeof out->v6;
}

static int from_native(const union native *native, struct sys_address *out)
{
    memset(out, 0, sizeof *out);
    if (native->any.sa_family == AF_INET) {
        out->port = ntohs(native->v4.sin_port);
        memcpy(out->ip, &native->v4.sin_addr, 4);
        return 0;
    }
    if (native->any.sa_family != AF_INET6) return EAFNOSUPPORT;
    out->v6 = true;
    out->port = ntohs(native->v6.sin6_port);
    out->flow = ntohl(native->v6.sin6_flowinfo);
    out->scope = native->v6.sin6_scope_id;
    memcpy(out->ip, &native->v6.sin6_addr, 16);
    return 0;
}

static int said(int result)
{
    if (result >= 0) return 0;
    return errno == EWOULDBLOCK ? EAGAIN : errno;
}

int sys_socket_new(bool v6, bool datagrams, int *out)
{
    const int one = 1;
    const int type = datagrams ? SOCK_DGRAM : SOCK_STREAM;
    const int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    if (v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0) {
        const int error = errno;
        close(fd);
        return error;
    }
    *out = fd;
    return 0;
}

int sys_bind(int fd, const struct sys_address *at, bool reuse)
{
    union native native;
    const int one = 1;
    const socklen_t size = to_native(at, &native);
    if (reuse && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0) return errno;
    return said(bind(fd, &native.any, size));
}

int sys_connect(int fd, const struct sys_address *to)
{
    union native native;
    const socklen_t size = to_native(to, &native);
    return said(connect(fd, &native.any, size));
}

int sys_connected(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

int sys_disconnect(int fd, bool v6)
{
    union native native;
    memset(&native, 0, sizeof native);
    native.any.sa_family = AF_UNSPEC;
    return said(connect(fd, &native.any, v6 ? sizeof native.v6 : sizeof native.v4));
}

int sys_listen(int fd, int backlog)
{
    return said(listen(fd, backlog));
}

int sys_local_address(int fd, struct sys_address *out)
{
    union native native;
    socklen_t size = sizeof native;
    return getsockname(fd, &native.any, &size) < 0 ? errno : from_native(&native, out);
}

int sys_remote_address(int fd, struct sys_address *out)
{
    union native native;
    socklen_t size = sizeof native;
    return getpeername(fd, &native.any, &size) < 0 ? errno : from_native(&native, out);
}

struct option {
    int level, name;
    uint32_t min, max;
};

// The bounds are those of Linux, which refuses what lies beyond; buffers are clamped by it.
static struct option option_of(bool v6, enum sys_socket_option option)
{
    switch (option) {
    case SYS_KEEP_ALIVE: return (struct option){ SOL_SOCKET, SO_KEEPALIVE, 0, 1 };
    case SYS_KEEP_ALIVE_IDLE: return (struct option){ IPPROTO_TCP, TCP_KEEPIDLE, 1, 32767 };
    case SYS_KEEP_ALIVE_INTERVAL: return (struct option){ IPPROTO_TCP, TCP_KEEPINTVL, 1, 32767 };
    case SYS_KEEP_ALIVE_COUNT: return (struct option){ IPPROTO_TCP, TCP_KEEPCNT, 1, 127 };
    case SYS_HOP_LIMIT:
        if (v6) return (struct option){ IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1, 255 };
        return (struct option){ IPPROTO_IP, IP_TTL, 1, 255 };
    case SYS_RECEIVE_BUFFER: return (struct option){ SOL_SOCKET, SO_RCVBUF, 1, INT_MAX / 2 };
    case SYS_SEND_BUFFER: return (struct option){ SOL_SOCKET, SO_SNDBUF, 1, INT_MAX / 2 };
    }
    return (struct option){ -1, -1, 0, 0 };
}

// Linux doubles the size of a buffer, for its own bookkeeping, and shows that.
static bool is_buffer(enum sys_socket_option option)
{
    return option == SYS_RECEIVE_BUFFER || option == SYS_SEND_BUFFER;
}

int sys_socket_get(int fd, bool v6, enum sys_socket_option option, uint32_t *out)
{
    const struct option o = option_of(v6, option);
    int value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(fd, o.level, o.name, &value, &size) < 0) return errno;
    *out = value < 0 ? 0 : (uint32_t)value;
    if (is_buffer(option)) *out /= 2;
    return 0;
}

int sys_socket_set(int fd, bool v6, enum sys_socket_option option, uint32_t value)
{
    const struct option o = option_of(v6, option);
    const int set = (int)(value < o.min ? o.min : value > o.max ? o.max : value);
    return said(setsockopt(fd, o.level, o.name, &set, sizeof set));
}

static int counted(ssize_t n, size_t *out)
{
    if (n < 0) return errno == EWOULDBLOCK ? EAGAIN : errno;
    *out = (size_t)n;
    return 0;
}

int sys_send_to(int fd, const void *data, size_t size, const struct sys_address *to, size_t *done)
{
    union native native;
    const socklen_t address_size = to ? to_native(to, &native) : 0;
    return counted(sendto(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, to ? &native.any : NULL, address_size), done);
}

int sys_recv_from(int fd, void *out, size_t max, size_t *size, struct sys_address *from)
{
    union native native;
    socklen_t address_size = sizeof native;
    const int error = counted(recvfrom(fd, out, max, MSG_DONTWAIT, &native.any, &address_size), size);
    return error ? error : from_native(&native, from);
}

bool sys_parse_ip(const char *text, size_t size, struct sys_address *out)
{
    char copy[INET6_ADDRSTRLEN + 1];
    struct sys_address address = { .v6 = memchr(text, ':', size) != NULL };
    if (size >= sizeof copy || memchr(text, 0, size)) return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    if (inet_pton(address.v6 ? AF_INET6 : AF_INET, copy, address.ip) != 1) return false;
    *out = address;
    return true;
}
