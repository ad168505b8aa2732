// A growing byte buffer. Running out of memory is sticky: fill it, then ask `failed` once.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/alloc.h"

struct buf {
    const hf_allocator *heap;
    uint8_t *data;
    size_t size;
    size_t cap;
    bool failed;
};

void buf_init(struct buf *buf, const hf_allocator *heap);
void buf_fini(struct buf *buf);
void buf_clear(struct buf *buf); // keeps the memory

void buf_put(struct buf *buf, const void *data, size_t size);
void buf_u8(struct buf *buf, uint8_t byte);
void buf_u32le(struct buf *buf, uint32_t value);
void buf_u64le(struct buf *buf, uint64_t value);
void buf_leb_u(struct buf *buf, uint64_t value);
void buf_leb_s(struct buf *buf, int64_t value);
void buf_str(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...) HF_PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list args);
// Makes room for `size` more bytes and returns where they go (size is raised), or NULL.
uint8_t *buf_take(struct buf *buf, size_t size);
// Makes room for `size` more bytes, which go to the address that is returned; raise buf->size by those that came. NULL: none.
uint8_t *buf_more(struct buf *buf, size_t size);
static inline uint8_t *buf_room(struct buf *buf, size_t size)
{
    return !buf->failed && buf->cap - buf->size >= size && buf->data ? buf->data + buf->size : buf_more(buf, size);
}

#endif
