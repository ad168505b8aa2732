#include "wasi/p2/codes.h"

struct pair {
    uint16_t error, code;
};

static const struct pair fs_codes[] = {
#define FS_CODE(name, text, errno_name) { WASI_##errno_name, FS_##name },
#include "wasi/p2/fs_code.def"
#undef FS_CODE
    { WASI_NOTCAPABLE, FS_NOT_PERMITTED },  { WASI_NOSYS, FS_UNSUPPORTED },
    { WASI_MFILE, FS_INSUFFICIENT_MEMORY }, // too many descriptors: there is no code of that name
    { WASI_NFILE, FS_INSUFFICIENT_MEMORY }, { WASI_STALE, FS_NO_ENTRY },
};

static const struct pair net_codes[] = {
    { WASI_ACCES, NET_ACCESS_DENIED },
    { WASI_PERM, NET_ACCESS_DENIED },
    { WASI_NOTCAPABLE, NET_ACCESS_DENIED },
    { WASI_NOTSUP, NET_NOT_SUPPORTED },
    { WASI_NOSYS, NET_NOT_SUPPORTED },
    { WASI_AFNOSUPPORT, NET_NOT_SUPPORTED },
    { WASI_PROTONOSUPPORT, NET_NOT_SUPPORTED },
    { WASI_NOPROTOOPT, NET_NOT_SUPPORTED },
    { WASI_INVAL, NET_INVALID_ARGUMENT },
    { WASI_DESTADDRREQ, NET_INVALID_ARGUMENT },
    { WASI_FAULT, NET_INVALID_ARGUMENT },
    { WASI_NOMEM, NET_OUT_OF_MEMORY },
    { WASI_NOBUFS, NET_OUT_OF_MEMORY },
    { WASI_TIMEDOUT, NET_TIMEOUT },
    { WASI_ALREADY, NET_CONCURRENCY_CONFLICT },
    { WASI_AGAIN, NET_WOULD_BLOCK },
    { WASI_INPROGRESS, NET_WOULD_BLOCK },
    { WASI_ISCONN, NET_INVALID_STATE },
    { WASI_NOTCONN, NET_INVALID_STATE },
    { WASI_MFILE, NET_NEW_SOCKET_LIMIT },
    { WASI_NFILE, NET_NEW_SOCKET_LIMIT },
    { WASI_ADDRNOTAVAIL, NET_ADDRESS_NOT_BINDABLE },
    { WASI_ADDRINUSE, NET_ADDRESS_IN_USE },
    { WASI_HOSTUNREACH, NET_REMOTE_UNREACHABLE },
    { WASI_NETUNREACH, NET_REMOTE_UNREACHABLE },
    { WASI_NETDOWN, NET_REMOTE_UNREACHABLE },
    { WASI_NETRESET, NET_REMOTE_UNREACHABLE },
    { WASI_CONNREFUSED, NET_CONNECTION_REFUSED },
    { WASI_CONNRESET, NET_CONNECTION_RESET },
    { WASI_PIPE, NET_CONNECTION_RESET },
    { WASI_CONNABORTED, NET_CONNECTION_ABORTED },
    { WASI_PROTO, NET_CONNECTION_ABORTED },
    { WASI_MSGSIZE, NET_DATAGRAM_TOO_LARGE },
};

static uint16_t find(const struct pair *pairs, size_t count, uint16_t error, uint16_t otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].error == error) return pairs[i].code;
    }
    return otherwise;
}

enum fs_code fs_code_of(uint16_t error)
{
    return (enum fs_code)find(fs_codes, sizeof fs_codes / sizeof fs_codes[0], error, FS_IO);
}

enum net_code net_code_of(uint16_t error)
{
    return (enum net_code)find(net_codes, sizeof net_codes / sizeof net_codes[0], error, NET_UNKNOWN);
}

const char *fs_code_text(enum fs_code code)
{
    static const char *const texts[FS_CODES] = {
#define FS_CODE(name, text, errno_name) text,
#include "wasi/p2/fs_code.def"
#undef FS_CODE
    };
    return (unsigned)code < FS_CODES ? texts[code] : "";
}

const char *net_code_text(enum net_code code)
{
    static const char *const texts[NET_CODES] = {
#define NET_CODE(name, text) text,
#include "wasi/p2/net_code.def"
#undef NET_CODE
    };
    return (unsigned)code < NET_CODES ? texts[code] : "";
}
