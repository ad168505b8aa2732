// wasi:sockets/udp: the socket.
#include "wasi/p2/udp.h"

static void udp_fini(struct object *object)
{
    node_close(&((struct udp_socket *)object)->socket->node);
    object->wasi->held--;
}

const struct object_type type_udp_socket = OBJECT_TYPE("wasi:sockets/udp@0.2.12", "udp-socket", udp_fini);

hf_code p2_create_udp_socket(struct p2 *p)
{
    ARGS(wasi_sockets_udp_create_socket_create_udp_socket_args_t);
    RESULT(p2_net_resource_result);
    struct net_socket *socket;
    const uint16_t error = socket_new(p, args->address_family, true, &socket);
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)net_code_of(error);
        return HF_OK;
    }
    struct udp_socket *udp = p2_object_new(p->call, &type_udp_socket, sizeof *udp);
    if (!udp) {
        node_close(&socket->node);
        p->wasi->held--;
        return p2_out_of_memory(p);
    }
    udp->socket = socket;
    return p2_handle(udp, &result->as.ok) ? HF_OK : p2_out_of_memory(p);
}

static enum net_code start_bind(struct udp_socket *udp, const struct sys_address *at)
{
    if (udp->state == UDP_BIND_IN_PROGRESS) return NET_CONCURRENCY_CONFLICT;
    if (udp->state != UDP_UNBOUND) return NET_INVALID_STATE;
    if (!address_bindable(at, udp->socket->v6)) return NET_INVALID_ARGUMENT;
    uint16_t error = net_allowed(udp->socket->net, HF_NET_UDP_BIND, at);
    if (!error) error = udp->socket->ops->bind(udp->socket, at);
    if (!error) udp->state = UDP_BIND_IN_PROGRESS;
    return net_code_or_good(error);
}

hf_code p2_udp_start_bind(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_start_bind_args_t);
    struct sys_address at;
    SELF(self, udp_socket, args->self);
    if (!p2_handle_get(p->call, args->network, &type_network)) return p2_bad_handle(p, &type_network);
    address_from_guest(&args->local_address, &at);
    return net_give(p, start_bind(self, &at));
}

hf_code p2_udp_finish_bind(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_finish_bind_args_t);
    SELF(self, udp_socket, args->self);
    if (self->state != UDP_BIND_IN_PROGRESS) return net_give(p, NET_NOT_IN_PROGRESS);
    self->state = UDP_BOUND;
    return net_give(p, NET_CODES);
}

static enum net_code set_peer(struct udp_socket *udp, const struct sys_address *to)
{
    struct net_socket *socket = udp->socket;
    if (udp->state != UDP_BOUND) return NET_INVALID_STATE;
    if (to) {
        if (!address_reachable(to, socket->v6)) return NET_INVALID_ARGUMENT;
        const uint16_t refused = net_allowed(socket->net, HF_NET_UDP_SEND, to);
        if (refused) return net_code_of(refused);
    }
    if (udp->connected) {
        const uint16_t error = socket->ops->disconnect(socket);
        if (error) return net_code_of(error);
        udp->connected = false;
    }
    if (to) {
        const uint16_t error = socket->ops->connect(socket, to);
        if (error == WASI_ADDRNOTAVAIL) return NET_ADDRESS_IN_USE;
        if (error) return net_code_of(error);
        udp->connected = true;
        udp->peer = *to;
    }
    udp->streams++;
    return NET_CODES;
}

typedef wasi02_result_tuple2_own_wasi_sockets_udp_incoming_datagram_stream_own_wasi_sockets_udp_outgoing_datagram_stream_wasi_sockets_network_error_code_t
    streams_result;

hf_code p2_udp_stream(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_stream_args_t);
    RESULT(streams_result);
    struct sys_address to;
    SELF(self, udp_socket, args->self);
    if (args->remote_address.some) address_from_guest(&args->remote_address.value, &to);
    const enum net_code code = set_peer(self, args->remote_address.some ? &to : NULL);
    result->err = code != NET_CODES;
    if (result->err) {
        result->as.error = (uint8_t)code;
        return HF_OK;
    }
    return datagram_streams(p, self, &result->as.ok.f0, &result->as.ok.f1) ? HF_OK : p2_out_of_memory(p);
}

hf_code p2_udp_local_address(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_local_address_args_t);
    struct sys_address address = { .port = 0 };
    SELF(self, udp_socket, args->self);
    if (self->state != UDP_BOUND) return net_give_address(p, NET_INVALID_STATE, &address);
    const uint16_t error = self->socket->ops->local(self->socket, &address);
    return net_give_address(p, net_code_or_good(error), &address);
}

hf_code p2_udp_remote_address(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_remote_address_args_t);
    SELF(self, udp_socket, args->self);
    return net_give_address(p, self->connected ? NET_CODES : NET_INVALID_STATE, &self->peer);
}

hf_code p2_udp_address_family(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_address_family_args_t);
    RESULT(uint8_t);
    SELF(self, udp_socket, args->self);
    *result = self->socket->v6 ? IP_V6 : IP_V4;
    return HF_OK;
}

hf_code p2_udp_unicast_hop_limit(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_unicast_hop_limit_args_t);
    SELF(self, udp_socket, args->self);
    return socket_get_hops(p, self->socket);
}

hf_code p2_udp_set_unicast_hop_limit(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_set_unicast_hop_limit_args_t);
    SELF(self, udp_socket, args->self);
    return socket_set_hops(p, self->socket, args->value);
}

hf_code p2_udp_receive_buffer_size(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_receive_buffer_size_args_t);
    SELF(self, udp_socket, args->self);
    return socket_get_buffer(p, self->socket, SYS_RECEIVE_BUFFER);
}

hf_code p2_udp_set_receive_buffer_size(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_set_receive_buffer_size_args_t);
    SELF(self, udp_socket, args->self);
    return socket_set_buffer(p, self->socket, SYS_RECEIVE_BUFFER, args->value);
}

hf_code p2_udp_send_buffer_size(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_send_buffer_size_args_t);
    SELF(self, udp_socket, args->self);
    return socket_get_buffer(p, self->socket, SYS_SEND_BUFFER);
}

hf_code p2_udp_set_send_buffer_size(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_set_send_buffer_size_args_t);
    SELF(self, udp_socket, args->self);
    return socket_set_buffer(p, self->socket, SYS_SEND_BUFFER, args->value);
}

// Its operations never wait.
static bool udp_ready(void *source, struct waits *w)
{
    (void)source, (void)w;
    return true;
}

hf_code p2_udp_subscribe(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_udp_socket_subscribe_args_t);
    SELF(self, udp_socket, args->self);
    return pollable_give(p, pollable_new(p, udp_ready, self));
}
