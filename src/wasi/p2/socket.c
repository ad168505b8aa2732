// wasi:sockets/network, instance-network, and what TCP and UDP share.
#include "wasi/p2/socket.h"

#include <string.h>

const struct object_type type_network = OBJECT_TYPE("wasi:sockets/network@0.2.12", "network", NULL);

// There is one network, whatever it grants; a handle to it carries nothing.
hf_code p2_instance_network(struct p2 *p)
{
    RESULT(hf_resource);
    return p2_handle(p2_object_new(p->call, &type_network, sizeof(struct object)), result) ? HF_OK
                                                                                           : p2_out_of_memory(p);
}

// -- results --

enum net_code net_code_or_good(uint16_t error)
{
    return error ? net_code_of(error) : NET_CODES;
}

hf_code net_give(struct p2 *p, enum net_code code)
{
    RESULT(p2_net_result);
    result->err = code != NET_CODES;
    if (result->err) result->as.error = (uint8_t)code;
    return HF_OK;
}

hf_code net_give_address(struct p2 *p, enum net_code code, const struct sys_address *address)
{
    RESULT(p2_net_address_result);
    result->err = code != NET_CODES;
    if (result->err)
        result->as.error = (uint8_t)code;
    else
        address_to_guest(address, &result->as.ok);
    return HF_OK;
}

// -- addresses --

typedef wasi_sockets_network_ipv6_address_t groups;
_Static_assert(sizeof(groups) == 16, "eight numbers");

static void groups_from(const groups *address, uint8_t out[16])
{
    uint16_t in[8];
    memcpy(in, address, sizeof in);
    for (size_t i = 0; i < 8; i++) {
        out[2 * i] = (uint8_t)(in[i] >> 8);
        out[2 * i + 1] = (uint8_t)in[i];
    }
}

static void groups_to(const uint8_t in[16], groups *address)
{
    uint16_t out[8];
    for (size_t i = 0; i < 8; i++) out[i] = (uint16_t)(in[2 * i] << 8 | in[2 * i + 1]);
    memcpy(address, out, sizeof out);
}

void address_from_guest(const p2_ip_socket_address *in, struct sys_address *out)
{
    memset(out, 0, sizeof *out);
    out->v6 = in->tag == IP_V6;
    if (out->v6) {
        out->port = in->as.ipv6.port;
        out->flow = in->as.ipv6.flow_info;
        out->scope = in->as.ipv6.scope_id;
        groups_from(&in->as.ipv6.address, out->ip);
    } else {
        out->port = in->as.ipv4.port;
        memcpy(out->ip, &in->as.ipv4.address, 4);
    }
}

void address_to_guest(const struct sys_address *in, p2_ip_socket_address *out)
{
    memset(out, 0, sizeof *out);
    out->tag = in->v6 ? IP_V6 : IP_V4;
    if (in->v6) {
        out->as.ipv6.port = in->port;
        out->as.ipv6.flow_info = in->flow;
        out->as.ipv6.scope_id = in->scope;
        groups_to(in->ip, &out->as.ipv6.address);
    } else {
        out->as.ipv4.port = in->port;
        memcpy(&out->as.ipv4.address, in->ip, 4);
    }
}

void ip_to_guest(const struct sys_address *in, p2_ip_address *out)
{
    memset(out, 0, sizeof *out);
    out->tag = in->v6 ? IP_V6 : IP_V4;
    if (in->v6)
        groups_to(in->ip, &out->as.ipv6);
    else
        memcpy(&out->as.ipv4, in->ip, 4);
}

bool address_bindable(const struct sys_address *address, bool v6)
{
    return address->v6 == v6 && !address_is_mapped(address) && !address_is_multicast(address);
}

bool address_reachable(const struct sys_address *address, bool v6)
{
    return address_bindable(address, v6) && !address_is_any(address) && address->port != 0;
}

// -- sockets --

uint16_t socket_new(struct p2 *p, uint8_t family, bool datagrams, struct net_socket **out)
{
    if (!hold_descriptor(p->wasi)) return WASI_MFILE;
    const uint16_t error = net_socket_new(p->wasi->net, family == IP_V6, datagrams, out);
    if (error) p->wasi->held--;
    return error;
}

hf_code socket_get_buffer(struct p2 *p, struct net_socket *socket, enum sys_socket_option option)
{
    RESULT(p2_net_u64_result);
    uint32_t value = 0;
    const uint16_t error = socket->ops->get(socket, option, &value);
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)net_code_of(error);
    else
        result->as.ok = value;
    return HF_OK;
}

hf_code socket_set_buffer(struct p2 *p, struct net_socket *socket, enum sys_socket_option option, uint64_t value)
{
    if (value == 0) return net_give(p, NET_INVALID_ARGUMENT);
    const uint32_t fitting = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return net_give(p, net_code_or_good(socket->ops->set(socket, option, fitting)));
}

hf_code socket_get_hops(struct p2 *p, struct net_socket *socket)
{
    RESULT(p2_net_u8_result);
    uint32_t value = 0;
    const uint16_t error = socket->ops->get(socket, SYS_HOP_LIMIT, &value);
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)net_code_of(error);
    else
        result->as.ok = (uint8_t)value;
    return HF_OK;
}

hf_code socket_set_hops(struct p2 *p, struct net_socket *socket, uint8_t value)
{
    if (value == 0) return net_give(p, NET_INVALID_ARGUMENT);
    return net_give(p, net_code_or_good(socket->ops->set(socket, SYS_HOP_LIMIT, value)));
}
