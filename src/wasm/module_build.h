// Small modules in the binary format, put together for unit tests: sections get their sizes written for them.
#ifndef WASM_MODULE_BUILD_H
#define WASM_MODULE_BUILD_H

#include "base/buf.h"

// A string literal with its length, zero bytes included.
#define BYTES(literal) (literal), sizeof(literal) - 1

static inline void build_begin(struct buf *out)
{
    buf_init(out, &alloc_libc);
    buf_put(out, BYTES("\0asm\1\0\0\0"));
}

static inline void build_section(struct buf *out, uint8_t id, const char *bytes, size_t size)
{
    buf_u8(out, id);
    buf_leb_u(out, size);
    buf_put(out, bytes, size);
}

// Types, then one function of type 0 with these locals and code (the final end included), with what stands between the
// function section and the code section given as whole sections in `middle`.
static inline void build_function(struct buf *out, const char *types, size_t types_size, const char *middle,
                                  size_t middle_size, const char *body, size_t body_size)
{
    build_begin(out);
    build_section(out, 1, types, types_size);
    build_section(out, 3, BYTES("\1\0"));
    buf_put(out, middle, middle_size);
    struct buf code;
    buf_init(&code, &alloc_libc);
    buf_u8(&code, 1);
    buf_leb_u(&code, body_size);
    buf_put(&code, body, body_size);
    build_section(out, 10, (const char *)code.data, code.size);
    buf_fini(&code);
}

#endif
