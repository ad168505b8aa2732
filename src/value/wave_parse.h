// Reading WAVE: the state of a parse, and its leaves (wave_token.c).
#ifndef VALUE_WAVE_PARSE_H
#define VALUE_WAVE_PARSE_H

#include <holdfast/witvalue.h>

#include "value/scan.h"

struct wave {
    struct scan scan;
    hf_place_fn place;
    void *ctx;
};

// `size` bytes, or NULL for 0. HF_OUT_OF_MEMORY.
hf_code wave_place(struct wave *w, size_t size, void **out);

// The two's complement in 64 bits.
hf_code wave_integer(struct scan *s, unsigned bits, bool is_signed, uint64_t *out);
// The bits of an f32 or f64.
hf_code wave_float(struct scan *s, unsigned bits, uint64_t *out);
hf_code wave_char(struct scan *s, uint32_t *out);
hf_code wave_string(struct wave *w, hf_str *out);
// How many items stand between here and the bracket that closes what was opened last. When the text is malformed that may
// be any number up to the number of characters.
size_t wave_count(const struct scan *s);

#endif
