// Sockets of the internet protocols. Every function returns 0 or an errno; outputs come last and are written on success.
// Nothing here waits: EAGAIN, or EINPROGRESS from sys_connect, says that it would have to.
#ifndef SYS_NET_H
#define SYS_NET_H

#include <holdfast/defs.h>

struct sys_address {
    bool v6;
    uint16_t port;
    uint8_t ip[16];       // in the order of the network; an IPv4 address has four
    uint32_t flow, scope; // IPv6 only
};

// In non-blocking mode and close-on-exec; an IPv6 socket carries IPv6 alone.
int sys_socket_new(bool v6, bool datagrams, int *out);
// `reuse`: also while connections of an earlier socket at that address fade away.
int sys_bind(int fd, const struct sys_address *at, bool reuse);
int sys_connect(int fd, const struct sys_address *to);
// How a connection that was begun has ended, once the socket can be written.
int sys_connected(int fd);
// A datagram socket has no peer any more.
int sys_disconnect(int fd, bool v6);
int sys_listen(int fd, int backlog);
int sys_local_address(int fd, struct sys_address *out);
int sys_remote_address(int fd, struct sys_address *out);

enum sys_socket_option {
    SYS_KEEP_ALIVE,          // 0 or 1
    SYS_KEEP_ALIVE_IDLE,     // seconds
    SYS_KEEP_ALIVE_INTERVAL, // seconds
    SYS_KEEP_ALIVE_COUNT,
    SYS_HOP_LIMIT,
    SYS_RECEIVE_BUFFER, // bytes
    SYS_SEND_BUFFER,
};
int sys_socket_get(int fd, bool v6, enum sys_socket_option option, uint32_t *out);
// Values beyond what the system takes become the nearest that it does.
int sys_socket_set(int fd, bool v6, enum sys_socket_option option, uint32_t value);

// `to` NULL: the peer.
int sys_send_to(int fd, const void *data, size_t size, const struct sys_address *to, size_t *done);
// One datagram; what does not fit into `max` is lost.
int sys_recv_from(int fd, void *out, size_t max, size_t *size, struct sys_address *from);

// An address as text, "127.0.0.1" or "::1", without brackets, port or scope; port, flow and scope are 0.
bool sys_parse_ip(const char *text, size_t size, struct sys_address *out);

#endif
