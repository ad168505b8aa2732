/* Networks as back ends: which addresses a guest may speak to, and how. A guest without a network has no sockets at all;
 * one with a network may use what was granted, nothing else. */
#ifndef HOLDFAST_NET_H
#define HOLDFAST_NET_H

#include <holdfast/status.h>

HF_BEGIN

/* A network. Its table of functions is src/wasi/net.h's until it is stable. */
typedef struct hf_net hf_net;

/* What a guest may want of an address. Append-only. */
enum {
    HF_NET_TCP_CONNECT = 1,
    HF_NET_TCP_LISTEN = 2, /* to bind a TCP socket, and to listen there */
    HF_NET_UDP_BIND = 4,
    HF_NET_UDP_SEND = 8, /* to send to it, and to have it as the peer */
    HF_NET_ALL_USES = 15,
};

/* The host's network, with no grants. NULL: out of memory. The caller owns it. */
HF_API hf_net *hf_net_host(hf_status *status);
HF_API void hf_net_free(hf_net *net);

/* Grants these uses of the addresses that a pattern covers: "127.0.0.1:8080", "10.0.0.0/8", "[::1]:1-1023", "*:443", "*". Without
 * bits it is one address, without ports all of them; port 0 stands for one that the system chooses. HF_BAD_ARGUMENT: no pattern. */
HF_API hf_code hf_net_allow(hf_net *net, uint32_t uses, const char *pattern, hf_status *status);
/* Lets the guest look up the names that a pattern covers: "example.com", "*.example.com" (any number of labels), "*". What a
 * name leads to is granted by its address alone. */
HF_API hf_code hf_net_allow_lookup(hf_net *net, const char *pattern, hf_status *status);

typedef struct hf_net_address {
    bool v6;
    uint16_t port;
    uint8_t ip[16]; /* in the order of the network; an IPv4 address has four */
    uint32_t flow, scope;
} hf_net_address;

/* One more answer beside the patterns, for each use as it happens: true grants it. Runs on the owner thread of the store. */
HF_API void hf_net_set_check(hf_net *net, bool (*check)(void *ctx, uint32_t use, const hf_net_address *address),
                             void *ctx);

HF_END

#endif
