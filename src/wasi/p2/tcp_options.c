// The options of a TCP socket. All of them are refused once a connection attempt has failed.
#include "wasi/p2/tcp.h"

enum { NS_A_SECOND = 1000000000 };

hf_code p2_tcp_is_listening(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_is_listening_args_t);
    RESULT(bool);
    SELF(self, tcp_socket, args->self);
    *result = self->state == TCP_LISTENING;
    return HF_OK;
}

hf_code p2_tcp_address_family(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_address_family_args_t);
    RESULT(uint8_t);
    SELF(self, tcp_socket, args->self);
    *result = self->socket->v6 ? IP_V6 : IP_V4;
    return HF_OK;
}

static enum net_code set_backlog(struct tcp_socket *tcp, uint64_t value)
{
    if (value == 0) return NET_INVALID_ARGUMENT;
    if (tcp->state >= TCP_CONNECT_IN_PROGRESS) return NET_INVALID_STATE;
    tcp->backlog = value > INT32_MAX ? INT32_MAX : (uint32_t)value;
    if (tcp->state != TCP_LISTENING && tcp->state != TCP_LISTEN_IN_PROGRESS) return NET_CODES;
    return net_code_or_good(tcp->socket->ops->listen(tcp->socket, tcp->backlog));
}

hf_code p2_tcp_set_listen_backlog_size(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_listen_backlog_size_args_t);
    SELF(self, tcp_socket, args->self);
    return net_give(p, set_backlog(self, args->value));
}

// -- numbers --

static enum net_code get(struct tcp_socket *tcp, enum sys_socket_option option, uint32_t *out)
{
    *out = 0;
    if (tcp->state == TCP_CLOSED) return NET_INVALID_STATE;
    return net_code_or_good(tcp->socket->ops->get(tcp->socket, option, out));
}

static hf_code set(struct p2 *p, struct tcp_socket *tcp, enum sys_socket_option option, uint64_t value)
{
    if (tcp->state == TCP_CLOSED) return net_give(p, NET_INVALID_STATE);
    const uint32_t fitting = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return net_give(p, net_code_or_good(tcp->socket->ops->set(tcp->socket, option, fitting)));
}

hf_code p2_tcp_keep_alive_enabled(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_keep_alive_enabled_args_t);
    RESULT(p2_net_bool_result);
    uint32_t value;
    SELF(self, tcp_socket, args->self);
    const enum net_code code = get(self, SYS_KEEP_ALIVE, &value);
    result->err = code != NET_CODES;
    if (result->err)
        result->as.error = (uint8_t)code;
    else
        result->as.ok = value != 0;
    return HF_OK;
}

hf_code p2_tcp_set_keep_alive_enabled(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_keep_alive_enabled_args_t);
    SELF(self, tcp_socket, args->self);
    return set(p, self, SYS_KEEP_ALIVE, args->value);
}

static hf_code get_duration(struct p2 *p, struct tcp_socket *tcp, enum sys_socket_option option)
{
    RESULT(p2_net_u64_result);
    uint32_t seconds;
    const enum net_code code = get(tcp, option, &seconds);
    result->err = code != NET_CODES;
    if (result->err)
        result->as.error = (uint8_t)code;
    else
        result->as.ok = (uint64_t)seconds * NS_A_SECOND;
    return HF_OK;
}

// The system counts in seconds: what is less than one becomes one.
static hf_code set_duration(struct p2 *p, struct tcp_socket *tcp, enum sys_socket_option option, uint64_t ns)
{
    if (ns == 0) return net_give(p, NET_INVALID_ARGUMENT);
    return set(p, tcp, option, ns / NS_A_SECOND + (ns % NS_A_SECOND != 0));
}

hf_code p2_tcp_keep_alive_idle_time(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_keep_alive_idle_time_args_t);
    SELF(self, tcp_socket, args->self);
    return get_duration(p, self, SYS_KEEP_ALIVE_IDLE);
}

hf_code p2_tcp_set_keep_alive_idle_time(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_keep_alive_idle_time_args_t);
    SELF(self, tcp_socket, args->self);
    return set_duration(p, self, SYS_KEEP_ALIVE_IDLE, args->value);
}

hf_code p2_tcp_keep_alive_interval(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_keep_alive_interval_args_t);
    SELF(self, tcp_socket, args->self);
    return get_duration(p, self, SYS_KEEP_ALIVE_INTERVAL);
}

hf_code p2_tcp_set_keep_alive_interval(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_keep_alive_interval_args_t);
    SELF(self, tcp_socket, args->self);
    return set_duration(p, self, SYS_KEEP_ALIVE_INTERVAL, args->value);
}

hf_code p2_tcp_keep_alive_count(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_keep_alive_count_args_t);
    RESULT(p2_net_u32_result);
    uint32_t value;
    SELF(self, tcp_socket, args->self);
    const enum net_code code = get(self, SYS_KEEP_ALIVE_COUNT, &value);
    result->err = code != NET_CODES;
    if (result->err)
        result->as.error = (uint8_t)code;
    else
        result->as.ok = value;
    return HF_OK;
}

hf_code p2_tcp_set_keep_alive_count(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_keep_alive_count_args_t);
    SELF(self, tcp_socket, args->self);
    if (args->value == 0) return net_give(p, NET_INVALID_ARGUMENT);
    return set(p, self, SYS_KEEP_ALIVE_COUNT, args->value);
}

// -- what UDP has too --

hf_code p2_tcp_hop_limit(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_hop_limit_args_t);
    RESULT(p2_net_u8_result);
    SELF(self, tcp_socket, args->self);
    if (self->state != TCP_CLOSED) return socket_get_hops(p, self->socket);
    *result = (p2_net_u8_result){ .err = true, .as.error = NET_INVALID_STATE };
    return HF_OK;
}

hf_code p2_tcp_set_hop_limit(struct p2 *p)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_hop_limit_args_t);
    SELF(self, tcp_socket, args->self);
    if (self->state == TCP_CLOSED) return net_give(p, NET_INVALID_STATE);
    return socket_set_hops(p, self->socket, args->value);
}

static hf_code get_buffer(struct p2 *p, enum sys_socket_option option)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_receive_buffer_size_args_t);
    RESULT(p2_net_u64_result);
    SELF(self, tcp_socket, args->self);
    if (self->state != TCP_CLOSED) return socket_get_buffer(p, self->socket, option);
    *result = (p2_net_u64_result){ .err = true, .as.error = NET_INVALID_STATE };
    return HF_OK;
}

static hf_code set_buffer(struct p2 *p, enum sys_socket_option option)
{
    ARGS(wasi_sockets_tcp_method_tcp_socket_set_receive_buffer_size_args_t);
    SELF(self, tcp_socket, args->self);
    if (self->state == TCP_CLOSED) return net_give(p, NET_INVALID_STATE);
    return socket_set_buffer(p, self->socket, option, args->value);
}

hf_code p2_tcp_receive_buffer_size(struct p2 *p)
{
    return get_buffer(p, SYS_RECEIVE_BUFFER);
}

hf_code p2_tcp_set_receive_buffer_size(struct p2 *p)
{
    return set_buffer(p, SYS_RECEIVE_BUFFER);
}

hf_code p2_tcp_send_buffer_size(struct p2 *p)
{
    return get_buffer(p, SYS_SEND_BUFFER);
}

hf_code p2_tcp_set_send_buffer_size(struct p2 *p)
{
    return set_buffer(p, SYS_SEND_BUFFER);
}
