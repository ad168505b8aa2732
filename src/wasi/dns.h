// Messages of the domain name system (RFC 1035, RFC 3596), as bytes: a question for addresses, and what an answer says.
#ifndef WASI_DNS_H
#define WASI_DNS_H

#include "sys/net.h"

enum { DNS_A = 1, DNS_AAAA = 28 };
enum { DNS_QUERY_BYTES = 12 + 255 + 4, DNS_ANSWER_BYTES = 4096 };

// A recursive question for the addresses of a name; its size, 0 when the name cannot be asked for.
size_t dns_query(uint16_t id, const char *name, uint16_t type, uint8_t out[DNS_QUERY_BYTES]);

enum dns_outcome {
    DNS_FOREIGN,   // no answer to this question: somebody else's, a forged one, or garbage
    DNS_ADDRESSES, // `count` addresses, maybe none
    DNS_NO_NAME,   // NXDOMAIN
    DNS_LATER,     // SERVFAIL
    DNS_REFUSED,   // any other refusal
};

// Reads an answer to the question that `query` holds. Aliases within the answer are followed. Of an answer that was too long
// for its datagram the addresses that it has room for are taken.
enum dns_outcome dns_answer(const uint8_t *query, size_t query_size, const uint8_t *data, size_t size,
                            struct sys_address *out, size_t max, size_t *count);

#endif
