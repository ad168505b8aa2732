// Limits on what a module may hold (limits.def).
#ifndef DECODE_LIMITS_H
#define DECODE_LIMITS_H

#include <holdfast/defs.h>

struct decode_limits {
#define LIMIT(name, value, text) uint32_t name;
#include "decode/limits.def"
#undef LIMIT
};

extern const struct decode_limits decode_limits_default;

enum decode_limit {
#define LIMIT(name, value, text) LIMIT_##name,
#include "decode/limits.def"
#undef LIMIT
};

// "imports"
const char *decode_limit_text(enum decode_limit limit);

#endif
