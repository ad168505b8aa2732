#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/ckd.h"

void buf_init(struct buf *buf, const hf_allocator *heap)
{
    *buf = (struct buf){ .heap = heap };
}

void buf_fini(struct buf *buf)
{
    mem_free(buf->heap, buf->data, buf->cap);
    buf_init(buf, buf->heap);
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
    buf->failed = false;
}

uint8_t *buf_more(struct buf *buf, size_t size)
{
    size_t need;
    if (buf->failed || ckd_add(&need, buf->size, size)) {
        buf->failed = true;
        return NULL;
    }
    uint8_t *data = mem_grow(buf->heap, buf->data, &buf->cap, need, 1);
    if (need && !data) {
        buf->failed = true;
        return NULL;
    }
    buf->data = data;
    return data + buf->size;
}

uint8_t *buf_take(struct buf *buf, size_t size)
{
    uint8_t *at = buf_room(buf, size);
    if (at) buf->size += size;
    return at;
}

void buf_put(struct buf *buf, const void *data, size_t size)
{
    if (size == 0) return;
    uint8_t *at = buf_take(buf, size);
    if (at) memcpy(at, data, size);
}

void buf_u8(struct buf *buf, uint8_t byte)
{
    buf_put(buf, &byte, 1);
}

void buf_u32le(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    buf_put(buf, bytes, sizeof bytes);
}

void buf_u64le(struct buf *buf, uint64_t value)
{
    buf_u32le(buf, (uint32_t)value);
    buf_u32le(buf, (uint32_t)(value >> 32));
}

void buf_leb_u(struct buf *buf, uint64_t value)
{
    do {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        buf_u8(buf, (uint8_t)(byte | (value ? 0x80 : 0)));
    } while (value);
}

void buf_leb_s(struct buf *buf, int64_t value)
{
    for (;;) {
        uint8_t byte = (uint8_t)value & 0x7f;
        value >>= 7;
        const bool last = (value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40));
        buf_u8(buf, (uint8_t)(byte | (last ? 0 : 0x80)));
        if (last) return;
    }
}

void buf_str(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    char small[256];
    const int n = vsnprintf(small, sizeof small, fmt, args);
    if (n < 0) {
        buf->failed = true;
    } else if ((size_t)n < sizeof small) {
        buf_put(buf, small, (size_t)n);
    } else {
        char *at = (char *)buf_take(buf, (size_t)n + 1);
        if (at) {
            vsnprintf(at, (size_t)n + 1, fmt, again);
            buf->size--;
        }
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(buf, fmt, args);
    va_end(args);
}
