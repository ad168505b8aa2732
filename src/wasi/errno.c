#include <errno.h>

#include "wasi/types.h"

static const struct {
    int host;
    uint16_t wasi;
} errors[] = {
#define WASI_ERRNO(name, number, host) { host, number },
#include "wasi/errno.def"
#undef WASI_ERRNO
};

uint16_t wasi_errno(int host)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].host == host) return errors[i].wasi;
    }
    return WASI_IO;
}
