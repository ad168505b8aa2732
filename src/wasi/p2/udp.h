// A UDP socket: unbound --start-bind--> bind-in-progress --finish-bind--> bound. The streams of a bound one belong to the
// last call of `stream`; those of an earlier call are out of use.
#ifndef WASI_P2_UDP_H
#define WASI_P2_UDP_H

#include "wasi/p2/socket.h"

enum udp_state { UDP_UNBOUND, UDP_BIND_IN_PROGRESS, UDP_BOUND };

struct udp_socket {
    struct object base;
    struct net_socket *socket;
    enum udp_state state;
    bool connected;
    struct sys_address peer; // when connected
    uint32_t streams;        // calls of `stream`
};

// One of the two streams.
struct datagram_stream {
    struct object base;
    struct udp_socket *udp; // shared
    uint32_t streams;       // the call of `stream` it comes from
    uint64_t permit;        // that check-send gave
};

// The pair for the present call of `stream`. False: out of memory.
bool datagram_streams(struct p2 *p, struct udp_socket *udp, hf_resource *incoming, hf_resource *outgoing);

#endif
