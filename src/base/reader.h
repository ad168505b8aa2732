// A bounded cursor over bytes. Reading past the end is sticky (`ran_out`) and yields zero; so is a LEB128 that is too
// long or has wrong unused bits (`bad_leb`, with the specification's message). A record is read whole and asked once.
#ifndef BASE_READER_H
#define BASE_READER_H

#include <holdfast/defs.h>

struct reader {
    const uint8_t *start; // offset 0 of the module
    const uint8_t *at;
    const uint8_t *end;
    bool ran_out;
    const char *bad_leb; // NULL, "integer representation too long" or "integer too large"
};

static inline struct reader reader_of(const uint8_t *data, size_t size)
{
    return (struct reader){ data, data, size ? data + size : data, false, NULL };
}

static inline uint64_t reader_offset(const struct reader *r)
{
    return (uint64_t)(r->at - r->start);
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline bool reader_failed(const struct reader *r)
{
    return r->ran_out || r->bad_leb;
}

static inline uint8_t reader_u8(struct reader *r)
{
    if (r->at == r->end) {
        r->ran_out = true;
        return 0;
    }
    return *r->at++;
}

// The next byte without taking it; 0 at the end.
static inline uint8_t reader_peek(const struct reader *r)
{
    return r->at == r->end ? 0 : *r->at;
}

// `size` bytes, borrowed from the input; NULL (and ran_out) when there are fewer.
const uint8_t *reader_bytes(struct reader *r, size_t size);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);

// The LEB128 of the specification's "Integers": at most ceil(bits / 7) bytes, unused bits of the last one checked.
uint64_t reader_leb_u_slow(struct reader *r, unsigned bits);
int64_t reader_leb_s_slow(struct reader *r, unsigned bits);

static inline uint32_t reader_leb_u32(struct reader *r)
{
    if (r->at != r->end && *r->at < 0x80) return *r->at++;
    return (uint32_t)reader_leb_u_slow(r, 32);
}

static inline uint64_t reader_leb_u64(struct reader *r)
{
    if (r->at != r->end && *r->at < 0x80) return *r->at++;
    return reader_leb_u_slow(r, 64);
}

static inline int32_t reader_leb_s32(struct reader *r)
{
    return (int32_t)reader_leb_s_slow(r, 32);
}

static inline int64_t reader_leb_s33(struct reader *r)
{
    return reader_leb_s_slow(r, 33);
}

static inline int64_t reader_leb_s64(struct reader *r)
{
    return reader_leb_s_slow(r, 64);
}

#endif
