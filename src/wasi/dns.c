// message ::= header question* answer* authority* additional*
// header  ::= id:u16 flags:u16 qdcount:u16 ancount:u16 nscount:u16 arcount:u16
// record  ::= name type:u16 class:u16 ttl:u32 size:u16 data
// name    ::= (size:u8 byte^size)* (0 | 0b11.pointer:u14), all numbers big-endian
#include "wasi/dns.h"

#include <string.h>

enum { HEADER = 12, CLASS_IN = 1, TYPE_CNAME = 5, NAME_BYTES = 255, JUMPS = 64, RECORDS = 256 };
enum { QR = 0x8000, OPCODE = 0x7800, TC = 0x0200, RD = 0x0100, RCODE = 0x000f };

static void put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

size_t dns_query(uint16_t id, const char *name, uint16_t type, uint8_t out[DNS_QUERY_BYTES])
{
    size_t at = HEADER;
    memset(out, 0, DNS_QUERY_BYTES);
    put_u16(out, id);
    put_u16(out + 2, RD);
    put_u16(out + 4, 1);
    if (strlen(name) > NAME_BYTES - 2) return 0;
    while (*name) {
        const size_t size = strcspn(name, ".");
        if (size == 0 || size > 63) return 0;
        out[at++] = (uint8_t)size;
        memcpy(out + at, name, size);
        at += size;
        name += size + (name[size] == '.');
    }
    at++; // the root
    put_u16(out + at, type);
    put_u16(out + at + 2, CLASS_IN);
    return at + 4;
}

struct message {
    const uint8_t *data;
    size_t size;
};

// A name without compression, in lower case, from *at on; moves *at behind it. Pointers lead backwards only, so this ends.
static bool read_name(const struct message *m, size_t *at, uint8_t out[NAME_BYTES], size_t *out_size)
{
    size_t from = *at, n = 0;
    bool jumped = false;
    for (unsigned jumps = 0;;) {
        if (from >= m->size) return false;
        const uint8_t size = m->data[from];
        if ((size & 0xc0) == 0xc0) {
            if (m->size - from < 2 || ++jumps > JUMPS) return false;
            const size_t to = get_u16(m->data + from) & 0x3fff;
            if (to >= from) return false;
            if (!jumped) *at = from + 2;
            jumped = true;
            from = to;
            continue;
        }
        if (size > 63 || m->size - from <= size || n + size + 1 > NAME_BYTES) return false;
        out[n++] = size;
        for (size_t i = 1; i <= size; i++) {
            const uint8_t c = m->data[from + i];
            out[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
        }
        from += size + 1u;
        if (size == 0) break;
    }
    if (!jumped) *at = from;
    *out_size = n;
    return true;
}

struct name {
    uint8_t bytes[NAME_BYTES];
    size_t size;
};

static bool same(const struct name *a, const struct name *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

// One pass over the answers. `wanted` becomes what it is an alias of; addresses are those of `wanted`.
static bool read_answers(const struct message *m, size_t at, unsigned records, uint16_t type, struct name *wanted,
                         bool *moved, struct sys_address *out, size_t max, size_t *count)
{
    *moved = false;
    for (unsigned i = 0; i < records; i++) {
        struct name owner, target;
        if (!read_name(m, &at, owner.bytes, &owner.size) || m->size - at < 10) return false;
        const uint16_t kind = get_u16(m->data + at), class = get_u16(m->data + at + 2);
        const size_t size = get_u16(m->data + at + 8);
        at += 10;
        if (m->size - at < size) return false;
        const size_t end = at + size;
        if (class == CLASS_IN && same(&owner, wanted)) {
            if (kind == TYPE_CNAME) {
                if (!read_name(m, &at, target.bytes, &target.size) || at != end) return false;
                *wanted = target;
                *moved = true;
            } else if (kind == type && size == (type == DNS_A ? 4 : 16) && *count < max) {
                struct sys_address *address = &out[(*count)++];
                *address = (struct sys_address){ .v6 = type == DNS_AAAA };
                memcpy(address->ip, m->data + at, size);
            }
        }
        at = end;
    }
    return true;
}

enum dns_outcome dns_answer(const uint8_t *query, size_t query_size, const uint8_t *data, size_t size,
                            struct sys_address *out, size_t max, size_t *count)
{
    const struct message m = { data, size }, q = { query, query_size };
    struct name asked, answered;
    size_t at = HEADER, q_at = HEADER;
    if (size < HEADER || memcmp(data, query, 2) != 0) return DNS_FOREIGN;
    const uint16_t flags = get_u16(data + 2);
    if (!(flags & QR) || (flags & OPCODE) || get_u16(data + 4) != 1) return DNS_FOREIGN;
    if (!read_name(&q, &q_at, asked.bytes, &asked.size)) return DNS_FOREIGN;
    if (!read_name(&m, &at, answered.bytes, &answered.size) || !same(&asked, &answered)) return DNS_FOREIGN;
    if (size - at < 4 || memcmp(data + at, query + q_at, 4) != 0) return DNS_FOREIGN;
    at += 4;

    if ((flags & RCODE) == 3) return DNS_NO_NAME;
    if ((flags & RCODE) == 2) return DNS_LATER;
    if (flags & RCODE) return DNS_REFUSED;
    const uint16_t type = get_u16(query + q_at);
    const unsigned records = get_u16(data + 6);
    if (records > RECORDS) return DNS_FOREIGN;
    // An alias may stand behind what it leads to, so a pass that followed one is made again, as often as there are records.
    size_t found = 0;
    bool moved = true;
    for (unsigned pass = 0; moved && found == 0 && pass <= records && pass < 16; pass++) {
        // What was cut off is missing in the middle of a record; those before it are whole.
        if (!read_answers(&m, at, records, type, &asked, &moved, out, max, &found)) {
            if (!(flags & TC)) return DNS_FOREIGN;
            moved = false;
        }
    }
    if (found == 0 && (flags & TC)) return DNS_REFUSED;
    *count = found;
    return DNS_ADDRESSES;
}
