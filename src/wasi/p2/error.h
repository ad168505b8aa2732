// wasi:io/error: what went wrong with a stream, and in whose terms.
#ifndef WASI_P2_ERROR_H
#define WASI_P2_ERROR_H

#include "wasi/p2/p2.h"

enum domain { DOMAIN_STDIO, DOMAIN_FS, DOMAIN_NET };

struct error {
    struct object base;
    enum domain domain;
    uint16_t code; // error number of WASI 0.1
};

// Fills a stream-error with a new error object; false: out of memory.
bool stream_failed(struct p2 *p, enum domain domain, uint16_t code, p2_stream_error *out);

#endif
