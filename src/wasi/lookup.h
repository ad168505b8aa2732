// A stub resolver: asks the name servers of the host for the addresses of a name, without a thread and without waiting.
#ifndef WASI_LOOKUP_H
#define WASI_LOOKUP_H

#include "wasi/net.h"

enum { LOOKUP_SERVERS = 3, LOOKUP_SUFFIXES = 6 };

// resolv.conf(5), as far as it is followed.
struct lookup_config {
    struct sys_address servers[LOOKUP_SERVERS];
    size_t server_count;
    char suffixes[LOOKUP_SUFFIXES][254];
    size_t suffix_count;
    uint32_t ndots, timeout, attempts; // seconds
};
// What is not understood is passed over; without a server it is 127.0.0.1.
void lookup_config_parse(const char *text, size_t size, struct lookup_config *out);
// The addresses that hosts(5) has for a name.
size_t lookup_hosts(const char *text, size_t size, const char *name, struct sys_address *out, size_t max);

// By the configuration and hosts of this machine.
uint16_t lookup_new(const char *name, struct net_lookup **out);
// By this configuration.
uint16_t lookup_ask(const struct lookup_config *config, const char *name, struct net_lookup **out);

#endif
