// UTF-8 as RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <holdfast/defs.h>

bool utf8_valid(const void *data, size_t size);
// Writes 1 to 4 bytes and returns how many; 0 when it is no Unicode scalar value.
size_t utf8_encode(uint32_t scalar, uint8_t out[4]);
// Reads one scalar value at data (size > 0); returns its length in bytes, 0 when malformed.
size_t utf8_decode(const uint8_t *data, size_t size, uint32_t *out);

#endif
