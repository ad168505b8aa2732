#include "base/utf8.h"

#include <string.h>

size_t utf8_decode(const uint8_t *data, size_t size, uint32_t *out)
{
    const uint8_t lead = data[0];
    if (lead < 0x80) {
        *out = lead;
        return 1;
    }
    size_t length;
    uint32_t least, value;
    if (lead >= 0xc2 && lead < 0xe0) {
        length = 2, least = 0x80, value = lead & 0x1f;
    } else if (lead >= 0xe0 && lead < 0xf0) {
        length = 3, least = 0x800, value = lead & 0x0f;
    } else if (lead >= 0xf0 && lead < 0xf5) {
        length = 4, least = 0x10000, value = lead & 0x07;
    } else {
        return 0;
    }
    if (size < length) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (data[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
    *out = value;
    return length;
}

bool utf8_valid(const void *data, size_t size)
{
    const uint8_t *p = data;
    const uint8_t *const end = p + size;
    while (p < end) {
        uint64_t word;
        if ((size_t)(end - p) >= sizeof word) {
            memcpy(&word, p, sizeof word);
            if (!(word & 0x8080808080808080u)) {
                p += sizeof word;
                continue;
            }
        }
        if (*p < 0x80) {
            p++;
            continue;
        }
        uint32_t scalar;
        const size_t n = utf8_decode(p, (size_t)(end - p), &scalar);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

size_t utf8_encode(uint32_t scalar, uint8_t out[4])
{
    if (scalar < 0x80) {
        out[0] = (uint8_t)scalar;
        return 1;
    }
    if (scalar < 0x800) {
        out[0] = (uint8_t)(0xc0 | scalar >> 6);
        out[1] = (uint8_t)(0x80 | (scalar & 0x3f));
        return 2;
    }
    if (scalar >= 0xd800 && scalar < 0xe000) return 0;
    if (scalar < 0x10000) {
        out[0] = (uint8_t)(0xe0 | scalar >> 12);
        out[1] = (uint8_t)(0x80 | (scalar >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (scalar & 0x3f));
        return 3;
    }
    if (scalar > 0x10ffff) return 0;
    out[0] = (uint8_t)(0xf0 | scalar >> 18);
    out[1] = (uint8_t)(0x80 | (scalar >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (scalar >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (scalar & 0x3f));
    return 4;
}
