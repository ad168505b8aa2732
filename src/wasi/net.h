// Networks as back ends of sockets, as small tables of functions: the host's, or an embedder's. What is granted is looked at
// here, in one place for all of them (net_*), before a back end sees an address.
//
// Functions return 0 or an error number of WASI 0.1; WASI_NOTCAPABLE: not granted.
#ifndef WASI_NET_H
#define WASI_NET_H

#include <holdfast/loop.h>
#include <holdfast/net.h>

#include "wasi/address.h"
#include "wasi/fs.h"

// A socket is a node: read, write, shutdown, watch and close of a connection are the node's.
struct net_socket {
    struct fs_node node;
    const struct socket_ops *ops;
    hf_net *net;
    bool v6;
    uint32_t shut;      // SYS_SHUT_*: directions that the guest ended
    bool shut_when_out; // the other end is told once what was buffered is out
};

struct socket_ops {
    uint16_t (*bind)(struct net_socket *socket, const struct sys_address *at);
    // WASI_INPROGRESS: it is under way until the socket can be written.
    uint16_t (*connect)(struct net_socket *socket, const struct sys_address *to);
    uint16_t (*connected)(struct net_socket *socket);
    uint16_t (*disconnect)(struct net_socket *socket); // datagrams
    uint16_t (*listen)(struct net_socket *socket, uint32_t backlog);
    uint16_t (*accept)(struct net_socket *socket, struct net_socket **out);
    uint16_t (*local)(struct net_socket *socket, struct sys_address *out);
    uint16_t (*remote)(struct net_socket *socket, struct sys_address *out);
    uint16_t (*get)(struct net_socket *socket, enum sys_socket_option option, uint32_t *out);
    uint16_t (*set)(struct net_socket *socket, enum sys_socket_option option, uint32_t value);
    // Datagrams; `to` NULL: the peer.
    uint16_t (*send)(struct net_socket *socket, const void *data, size_t size, const struct sys_address *to);
    uint16_t (*recv)(struct net_socket *socket, void *out, size_t max, size_t *size, struct sys_address *from);
};

// What a lookup came to.
enum lookup_state {
    LOOKUP_PENDING,   // wait for what `wait` says
    LOOKUP_DONE,      // all addresses are there, at least one
    LOOKUP_NO_NAME,   // the name does not exist, or has no address
    LOOKUP_TEMPORARY, // nobody answered, or somebody said: later
    LOOKUP_PERMANENT, // somebody said: never
};

enum { LOOKUP_ADDRESSES = 64, LOOKUP_WATCHES = 4 };

struct net_lookup {
    const struct lookup_ops *ops;
    enum lookup_state state;
    struct sys_address addresses[LOOKUP_ADDRESSES];
    size_t count;
};

struct lookup_ops {
    // Goes on as far as is possible without waiting, and sets the state.
    void (*step)(struct net_lookup *lookup);
    // What it waits for: at most LOOKUP_WATCHES, and a deadline.
    size_t (*wait)(struct net_lookup *lookup, hf_watch out[LOOKUP_WATCHES], int64_t *deadline_ns);
    void (*free)(struct net_lookup *lookup);
};

struct net_ops {
    void (*free)(hf_net *net);
    uint16_t (*socket)(hf_net *net, bool v6, bool datagrams, struct net_socket **out);
    // `name` is a host name by its syntax, zero-terminated, in ASCII.
    uint16_t (*lookup)(hf_net *net, const char *name, struct net_lookup **out);
};

struct net_rule {
    uint32_t uses;
    struct address_pattern pattern;
};

struct hf_net {
    const struct net_ops *ops;
    uint32_t shared; // owners beside the first: its sockets
    struct net_rule *rules;
    size_t rule_count, rule_cap;
    char **names; // patterns of names that may be looked up
    size_t name_count, name_cap;
    bool (*check)(void *ctx, uint32_t use, const hf_net_address *address);
    void *check_ctx;
};

// For the end of a back end's own `free`.
void net_fini(hf_net *net);
// Has anything been granted of these uses?
bool net_grants(const hf_net *net, uint32_t uses);
// Is this use of this address granted? 0 or WASI_NOTCAPABLE.
uint16_t net_allowed(const hf_net *net, uint32_t use, const struct sys_address *address);
// `net` may be NULL: nothing is granted.
uint16_t net_socket_new(hf_net *net, bool v6, bool datagrams, struct net_socket **out);
// Also a numeric address, which is granted with any name.
uint16_t net_lookup_new(hf_net *net, const char *name, size_t size, struct net_lookup **out);
void net_lookup_free(struct net_lookup *lookup);

#endif
