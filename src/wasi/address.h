// Addresses of the internet: what kind they are, and patterns that cover some of them.
#ifndef WASI_ADDRESS_H
#define WASI_ADDRESS_H

#include "sys/net.h"

bool address_is_any(const struct sys_address *a);       // 0.0.0.0, ::
bool address_is_mapped(const struct sys_address *a);    // ::ffff:0:0/96, which is IPv4 in another dress
bool address_is_multicast(const struct sys_address *a); // and the IPv4 broadcast address
bool address_equal(const struct sys_address *a, const struct sys_address *b); // with the port

// pattern ::= ('*' | ip ('/' bits)? | '[' ip ('/' bits)? ']') (':' ports)?
// ports   ::= '*' | port ('-' port)?
// An IPv6 address that is followed by ports stands in brackets. Without bits it is that address alone, without ports every
// port. '*' covers both families.
struct address_pattern {
    bool all;
    struct sys_address base;
    uint8_t bits; // of the base that have to agree
    uint16_t first_port, last_port;
};
// What is not written by these rules to its end is no pattern: false.
bool address_pattern_parse(const char *text, struct address_pattern *out);
bool address_pattern_covers(const struct address_pattern *pattern, const struct sys_address *a);

#endif
