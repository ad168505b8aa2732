#include "wasi/p2/tcp.h"

#include "sys/stream.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"

enum { BACKLOG = 128 };

static void tcp_fini(struct object *object)
{
    node_close(&((struct tcp_socket *)object)->socket->node);
    object->wasi->held--;
}

const struct object_type type_tcp_socket = OBJECT_TYPE("wasi:sockets/tcp@0.2.12", "tcp-socket", tcp_fini);

struct tcp_socket *tcp_new(struct p2 *p, struct net_socket *socket, enum tcp_state state)
{
    struct tcp_socket *tcp = p2_object_new(p->call, &type_tcp_socket, sizeof *tcp);
    if (!tcp) {
        node_close(&socket->node);
        p->wasi->held--;
        return NULL;
    }
    tcp->socket = socket;
    tcp->state = state;
    tcp->backlog = BACKLOG;
    return tcp;
}

hf_code p2_create_tcp_socket(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_create_socket_create_tcp_socket_args_t);
    RESULT(p2_net_resource_result);
    struct net_socket *socket;
    const uint16_t error = socket_new(p, args->address_family, false, &socket);
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)net_code_of(error);
        return HF_OK;
    }
    return p2_handle(tcp_new(p, socket, TCP_UNBOUND), &result->as.ok) ? HF_OK : p2_out_of_memory(p);
}

static bool in_progress(const struct tcp_socket *tcp)
{
    return tcp->state == TCP_BIND_IN_PROGRESS || tcp->state == TCP_LISTEN_IN_PROGRESS ||
           tcp->state == TCP_CONNECT_IN_PROGRESS;
}

// -- bind --

static enum net_code start_bind(struct tcp_socket *tcp, const struct sys_address *at)
{
    struct net_socket *socket = tcp->socket;
    if (in_progress(tcp)) return NET_CONCURRENCY_CONFLICT;
    if (tcp->state != TCP_UNBOUND) return NET_INVALID_STATE;
    if (!address_bindable(at, socket->v6)) return NET_INVALID_ARGUMENT;
    uint16_t error = net_allowed(socket->net, HF_NET_TCP_LISTEN, at);
    if (!error) error = socket->ops->bind(socket, at);
    if (!error) tcp->state = TCP_BIND_IN_PROGRESS;
    return net_code_or_good(error);
}

hf_code p2_tcp_start_bind(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_start_bind_args_t);
    struct sys_address at;
    SELF(self, tcp_socket, args->self);
    if (!p2_handle_get(p->call, args->network, &type_network)) return p2_bad_handle(p, &type_network);
    address_from_guest(&args->local_address, &at);
    return net_give(p, start_bind(self, &at));
}

hf_code p2_tcp_finish_bind(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_finish_bind_args_t);
    SELF(self, tcp_socket, args->self);
    if (self->state != TCP_BIND_IN_PROGRESS) return net_give(p, NET_NOT_IN_PROGRESS);
    self->state = TCP_BOUND;
    return net_give(p, NET_CODES);
}

// -- connect --

static enum net_code start_connect(struct tcp_socket *tcp, const struct sys_address *to)
{
    struct net_socket *socket = tcp->socket;
    if (in_progress(tcp)) return NET_CONCURRENCY_CONFLICT;
    if (tcp->state != TCP_UNBOUND && tcp->state != TCP_BOUND) return NET_INVALID_STATE;
    if (!address_reachable(to, socket->v6)) return NET_INVALID_ARGUMENT;
    const uint16_t refused = net_allowed(socket->net, HF_NET_TCP_CONNECT, to);
    if (refused) return net_code_of(refused);
    const uint16_t error = socket->ops->connect(socket, to);
    tcp->state = TCP_CONNECT_IN_PROGRESS;
    tcp->connect_done = error != WASI_INPROGRESS;
    tcp->connect_error = tcp->connect_done ? error : 0;
    return NET_CODES;
}

hf_code p2_tcp_start_connect(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_start_connect_args_t);
    struct sys_address to;
    SELF(self, tcp_socket, args->self);
    if (!p2_handle_get(p->call, args->network, &type_network)) return p2_bad_handle(p, &type_network);
    address_from_guest(&args->remote_address, &to);
    return net_give(p, start_connect(self, &to));
}

// The two streams of a connection. False: out of memory.
static bool connection(struct p2 *p, struct tcp_socket *tcp, hf_resource *input, hf_resource *output)
{
    struct fs_node *node = &tcp->socket->node;
    return p2_handle(input_new(p, node, DOMAIN_NET, 0), input) &&
           p2_handle(output_new(p, node, DOMAIN_NET, 0, false), output);
}

static enum net_code finish_connect(struct tcp_socket *tcp)
{
    if (tcp->state != TCP_CONNECT_IN_PROGRESS) return NET_NOT_IN_PROGRESS;
    const uint16_t error = tcp->connect_done ? tcp->connect_error : tcp->socket->ops->connected(tcp->socket);
    if (error == WASI_AGAIN) return NET_WOULD_BLOCK;
    tcp->state = error ? TCP_CLOSED : TCP_CONNECTED;
    // Linux says so when it found no port of its own for the connection.
    if (error == WASI_ADDRNOTAVAIL) return NET_ADDRESS_IN_USE;
    return net_code_or_good(error);
}

typedef wasi02_result_tuple2_own_wasi_io_streams_input_stream_own_wasi_io_streams_output_stream_wasi_sockets_network_error_code_t
    connection_result;

hf_code p2_tcp_finish_connect(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_finish_connect_args_t);
    RESULT(connection_result);
    SELF(self, tcp_socket, args->self);
    const enum net_code code = finish_connect(self);
    result->err = code != NET_CODES;
    if (result->err) {
        result->as.error = (uint8_t)code;
        return HF_OK;
    }
    return connection(p, self, &result->as.ok.f0, &result->as.ok.f1) ? HF_OK : p2_out_of_memory(p);
}

// -- listen, accept --

static enum net_code start_listen(struct tcp_socket *tcp)
{
    if (in_progress(tcp)) return NET_CONCURRENCY_CONFLICT;
    if (tcp->state != TCP_BOUND) return NET_INVALID_STATE;
    const uint16_t error = tcp->socket->ops->listen(tcp->socket, tcp->backlog);
    if (!error) tcp->state = TCP_LISTEN_IN_PROGRESS;
    return net_code_or_good(error);
}

hf_code p2_tcp_start_listen(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_start_listen_args_t);
    SELF(self, tcp_socket, args->self);
    return net_give(p, start_listen(self));
}

hf_code p2_tcp_finish_listen(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_finish_listen_args_t);
    SELF(self, tcp_socket, args->self);
    if (self->state != TCP_LISTEN_IN_PROGRESS) return net_give(p, NET_NOT_IN_PROGRESS);
    self->state = TCP_LISTENING;
    return net_give(p, NET_CODES);
}

static enum net_code take_connection(struct p2 *p, struct tcp_socket *tcp, struct net_socket **out)
{
    if (tcp->state != TCP_LISTENING) return NET_INVALID_STATE;
    if (!hold_descriptor(p->wasi)) return NET_NEW_SOCKET_LIMIT;
    const uint16_t error = tcp->socket->ops->accept(tcp->socket, out);
    if (!error) return NET_CODES;
    p->wasi->held--;
    switch (net_code_of(error)) {
    case NET_WOULD_BLOCK: return NET_WOULD_BLOCK;
    case NET_NEW_SOCKET_LIMIT: return NET_NEW_SOCKET_LIMIT;
    case NET_OUT_OF_MEMORY: return NET_OUT_OF_MEMORY;
    default: // Linux hands on what had befallen the connection
        return NET_CONNECTION_ABORTED;
    }
}

typedef wasi02_result_tuple3_own_wasi_sockets_tcp_tcp_socket_own_wasi_io_streams_input_stream_own_wasi_io_streams_output_stream_wasi_sockets_network_error_code_t
    accepted_result;

hf_code p2_tcp_accept(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_accept_args_t);
    RESULT(accepted_result);
    struct net_socket *socket;
    SELF(self, tcp_socket, args->self);
    const enum net_code code = take_connection(p, self, &socket);
    result->err = code != NET_CODES;
    if (result->err) {
        result->as.error = (uint8_t)code;
        return HF_OK;
    }
    struct tcp_socket *accepted = tcp_new(p, socket, TCP_CONNECTED);
    if (!accepted) return p2_out_of_memory(p);
    // The first handle owns it, so it is the last to be made.
    if (!connection(p, accepted, &result->as.ok.f1, &result->as.ok.f2)) {
        p2_object_unref(accepted);
        return p2_out_of_memory(p);
    }
    return p2_handle(accepted, &result->as.ok.f0) ? HF_OK : p2_out_of_memory(p);
}

// -- addresses, waiting, the end --

hf_code p2_tcp_local_address(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_local_address_args_t);
    struct sys_address address = { .port = 0 };
    SELF(self, tcp_socket, args->self);
    if (self->state < TCP_BOUND || self->state == TCP_CLOSED) return net_give_address(p, NET_INVALID_STATE, &address);
    const uint16_t error = self->socket->ops->local(self->socket, &address);
    return net_give_address(p, net_code_or_good(error), &address);
}

hf_code p2_tcp_remote_address(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_remote_address_args_t);
    struct sys_address address = { .port = 0 };
    SELF(self, tcp_socket, args->self);
    if (self->state != TCP_CONNECTED) return net_give_address(p, NET_INVALID_STATE, &address);
    const uint16_t error = self->socket->ops->remote(self->socket, &address);
    return net_give_address(p, net_code_or_good(error), &address);
}

static bool tcp_ready(void *source, struct waits *w)
{
    struct tcp_socket *tcp = source;
    if (tcp->state == TCP_CONNECT_IN_PROGRESS && !tcp->connect_done) {
        return node_ready(&tcp->socket->node, HF_WATCH_WRITE, w);
    }
    if (tcp->state == TCP_LISTENING) return node_ready(&tcp->socket->node, HF_WATCH_READ, w);
    return true;
}

hf_code p2_tcp_subscribe(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_subscribe_args_t);
    SELF(self, tcp_socket, args->self);
    return pollable_give(p, pollable_new(p, tcp_ready, self));
}

hf_code p2_tcp_shutdown(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_shutdown_args_t);
    static const uint32_t hows[] = { SYS_SHUT_READ, SYS_SHUT_WRITE, SYS_SHUT_READ | SYS_SHUT_WRITE };
    SELF(self, tcp_socket, args->self);
    if (args->shutdown_type > SHUTDOWN_BOTH) return net_give(p, NET_INVALID_ARGUMENT);
    if (self->state != TCP_CONNECTED) return net_give(p, NET_INVALID_STATE);
    const uint16_t error = output_shutdown(p->wasi, &self->socket->node, hows[args->shutdown_type]);
    // The peer has gone: there is nobody left to tell.
    return net_give(p, net_code_or_good(error == WASI_NOTCONN ? 0 : error));
}
