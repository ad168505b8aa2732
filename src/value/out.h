// Text that goes into a caller's buffer: what has no room is counted only.
#ifndef VALUE_OUT_H
#define VALUE_OUT_H

#include <string.h>

#include <holdfast/defs.h>

struct out {
    char *data;
    size_t max;
    size_t size; // of all the text
};

static inline void out_bytes(struct out *o, const char *text, size_t size)
{
    if (size && o->size < o->max) memcpy(o->data + o->size, text, size < o->max - o->size ? size : o->max - o->size);
    o->size += size;
}

static inline void out_text(struct out *o, const char *text)
{
    out_bytes(o, text, strlen(text));
}

// A zero behind the text, if there is room.
static inline void out_end(struct out *o)
{
    if (o->size < o->max) o->data[o->size] = '\0';
}

#endif
