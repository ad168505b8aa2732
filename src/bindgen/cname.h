// Names in C for names in WIT: claimed once, so that no two things share one.
#ifndef BINDGEN_CNAME_H
#define BINDGEN_CNAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

struct cnames {
    struct arena *arena;
    struct map taken;
    bool failed; // out of memory, sticky
};

void cnames_init(struct cnames *names, struct arena *arena, const hf_allocator *heap);
void cnames_fini(struct cnames *names);

// A copy of what the buffer holds, as a name that nobody else has: underscores are appended until it is. "" on failure.
const char *cname_claim(struct cnames *names, const struct buf *text);
const char *cname_claimf(struct cnames *names, const char *fmt, ...) HF_PRINTF(2, 3);

// "descriptor-stat" → "descriptor_stat"
void cname_snake(struct buf *out, hf_str name);
// "descriptor-stat" → "DESCRIPTOR_STAT"
void cname_upper(struct buf *out, const char *name);
// The same as a field or parameter: "default" → "default_", since C or C++ reads it otherwise.
void cname_field(struct buf *out, hf_str name);

#endif
