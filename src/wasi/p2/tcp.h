// A TCP socket and its state machine, as the WIT of wasi:sockets/tcp has it.
//
//   unbound --start-bind--> bind-in-progress --finish-bind--> bound
//   bound --start-listen--> listen-in-progress --finish-listen--> listening --accept--> (another socket, connected)
//   unbound, bound --start-connect--> connect-in-progress --finish-connect--> connected, or closed when it failed
//
// Binding and listening are done by the start-; what failed there leaves the state as it was.
#ifndef WASI_P2_TCP_H
#define WASI_P2_TCP_H

#include "wasi/p2/socket.h"

enum tcp_state {
    TCP_UNBOUND,
    TCP_BIND_IN_PROGRESS,
    TCP_BOUND,
    TCP_LISTEN_IN_PROGRESS,
    TCP_LISTENING,
    TCP_CONNECT_IN_PROGRESS,
    TCP_CONNECTED,
    TCP_CLOSED,
};

struct tcp_socket {
    struct object base;
    struct net_socket *socket;
    enum tcp_state state;
    uint32_t backlog;
    uint16_t connect_error; // known since start-connect
    bool connect_done;      // at once, by that
};

// A new object, which takes over the socket (counted), also when this fails: NULL.
struct tcp_socket *tcp_new(struct p2 *p, struct net_socket *socket, enum tcp_state state);

#endif
