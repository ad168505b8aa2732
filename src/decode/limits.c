#include "decode/limits.h"

#include "wasm/type.h"

const struct decode_limits decode_limits_default = {
#define LIMIT(name, value, text) .name = (value),
#include "decode/limits.def"
#undef LIMIT
};

const char *decode_limit_text(enum decode_limit limit)
{
    static const char *const texts[] = {
#define LIMIT(name, value, text) text,
#include "decode/limits.def"
#undef LIMIT
    };
    return texts[limit];
}
