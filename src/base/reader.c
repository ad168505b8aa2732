#include "base/reader.h"

#include <string.h>

const uint8_t *reader_bytes(struct reader *r, size_t size)
{
    if (reader_left(r) < size) {
        r->ran_out = true;
        r->at = r->end;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += size;
    return p;
}

uint32_t reader_u32le(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 4);
    if (!p) return 0;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t reader_u64le(struct reader *r)
{
    const uint64_t low = reader_u32le(r);
    return low | (uint64_t)reader_u32le(r) << 32;
}

uint64_t reader_leb_u_slow(struct reader *r, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        const uint8_t byte = reader_u8(r);
        if (r->ran_out) return 0;
        const unsigned room = bits - shift;
        if (room < 7) {
            if (byte & 0x80) {
                if (!r->bad_leb) r->bad_leb = "integer representation too long";
                return 0;
            }
            if (byte >> room) {
                if (!r->bad_leb) r->bad_leb = "integer too large";
                return 0;
            }
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return value;
    }
    if (!r->bad_leb) r->bad_leb = "integer representation too long";
    return 0;
}

int64_t reader_leb_s_slow(struct reader *r, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bits; shift += 7) {
        const uint8_t byte = reader_u8(r);
        if (r->ran_out) return 0;
        const unsigned room = bits - shift;
        if (room < 7) {
            if (byte & 0x80) {
                if (!r->bad_leb) r->bad_leb = "integer representation too long";
                return 0;
            }
            // The unused bits repeat the sign bit.
            const uint8_t unused = (uint8_t)((0x7f << (room - 1)) & 0x7f);
            if ((byte & unused) != 0 && (byte & unused) != unused) {
                if (!r->bad_leb) r->bad_leb = "integer too large";
                return 0;
            }
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            const unsigned used = shift + 7;
            if (used < 64 && (byte & 0x40)) value |= ~(uint64_t)0 << used;
            return (int64_t)value;
        }
    }
    if (!r->bad_leb) r->bad_leb = "integer representation too long";
    return 0;
}
