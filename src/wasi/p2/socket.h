// What TCP and UDP have in common: addresses between the guest's form and ours, results, and how many there are.
#ifndef WASI_P2_SOCKET_H
#define WASI_P2_SOCKET_H

#include "wasi/net.h"
#include "wasi/p2/codes.h"
#include "wasi/p2/poll.h"

typedef wasi02_result_void_wasi_sockets_network_error_code_t p2_net_result;
typedef wasi02_result_own_wasi_sockets_tcp_tcp_socket_wasi_sockets_network_error_code_t p2_net_resource_result;
typedef wasi02_result_wasi_sockets_network_ip_socket_address_wasi_sockets_network_error_code_t p2_net_address_result;
typedef wasi02_result_bool_wasi_sockets_network_error_code_t p2_net_bool_result;
typedef wasi02_result_u8_wasi_sockets_network_error_code_t p2_net_u8_result;
typedef wasi02_result_u32_wasi_sockets_network_error_code_t p2_net_u32_result;
typedef wasi02_result_u64_wasi_sockets_network_error_code_t p2_net_u64_result;

// Ends a call whose result has no value; NET_CODES: it is good.
hf_code net_give(struct p2 *p, enum net_code code);
hf_code net_give_address(struct p2 *p, enum net_code code, const struct sys_address *address);
// The code of an error number of WASI 0.1; NET_CODES for 0.
enum net_code net_code_or_good(uint16_t error);

void address_from_guest(const p2_ip_socket_address *in, struct sys_address *out);
void address_to_guest(const struct sys_address *in, p2_ip_socket_address *out);
void ip_to_guest(const struct sys_address *in, p2_ip_address *out);

// May this be bound to, by its kind and the socket's family?
bool address_bindable(const struct sys_address *address, bool v6);
// May this be a peer?
bool address_reachable(const struct sys_address *address, bool v6);

// A socket of the context's network, counted among its descriptors: whoever has it counts it down again.
uint16_t socket_new(struct p2 *p, uint8_t family, bool datagrams, struct net_socket **out);

// Options that both have. `value` is what the guest gave; in these units of the system's.
hf_code socket_get_buffer(struct p2 *p, struct net_socket *socket, enum sys_socket_option option);
hf_code socket_set_buffer(struct p2 *p, struct net_socket *socket, enum sys_socket_option option, uint64_t value);
hf_code socket_get_hops(struct p2 *p, struct net_socket *socket);
hf_code socket_set_hops(struct p2 *p, struct net_socket *socket, uint8_t value);

#endif
