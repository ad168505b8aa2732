#include "wasi/address.h"

#include <string.h>

static size_t ip_size(const struct sys_address *a)
{
    return a->v6 ? 16 : 4;
}

bool address_is_any(const struct sys_address *a)
{
    static const uint8_t zeros[16];
    return memcmp(a->ip, zeros, ip_size(a)) == 0;
}

bool address_is_mapped(const struct sys_address *a)
{
    static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
    return a->v6 && memcmp(a->ip, prefix, sizeof prefix) == 0;
}

bool address_is_multicast(const struct sys_address *a)
{
    static const uint8_t broadcast[4] = { 255, 255, 255, 255 };
    if (a->v6) return a->ip[0] == 0xff;
    return (a->ip[0] & 0xf0) == 0xe0 || memcmp(a->ip, broadcast, sizeof broadcast) == 0;
}

bool address_equal(const struct sys_address *a, const struct sys_address *b)
{
    if (a->v6 != b->v6 || a->port != b->port || memcmp(a->ip, b->ip, ip_size(a)) != 0) return false;
    return !a->v6 || (a->flow == b->flow && a->scope == b->scope);
}

// -- patterns --

// A decimal number of at most `max`, without a sign or a zero before it.
static bool number(const char *text, size_t size, uint32_t max, uint32_t *out)
{
    uint32_t value = 0;
    if (size == 0 || size > 5 || (size > 1 && text[0] == '0')) return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    if (value > max) return false;
    *out = value;
    return true;
}

static bool parse_ports(const char *text, struct address_pattern *out)
{
    uint32_t first, last;
    if (strcmp(text, "*") == 0) return true;
    const size_t size = strcspn(text, "-");
    if (!number(text, size, UINT16_MAX, &first)) return false;
    last = first;
    if (text[size] == '-' && !number(text + size + 1, strlen(text + size + 1), UINT16_MAX, &last)) return false;
    if (last < first) return false;
    out->first_port = (uint16_t)first;
    out->last_port = (uint16_t)last;
    return true;
}

static bool parse_block(const char *text, size_t size, struct address_pattern *out)
{
    const char *slash = memchr(text, '/', size);
    const size_t ip = slash ? (size_t)(slash - text) : size;
    if (!sys_parse_ip(text, ip, &out->base)) return false;
    uint32_t bits = (uint32_t)ip_size(&out->base) * 8;
    if (slash && !number(slash + 1, size - ip - 1, bits, &bits)) return false;
    out->bits = (uint8_t)bits;
    return true;
}

bool address_pattern_parse(const char *text, struct address_pattern *out)
{
    struct address_pattern pattern = { .last_port = UINT16_MAX };
    const char *rest;
    if (text[0] == '*') {
        pattern.all = true;
        rest = text + 1;
    } else if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (!end || !parse_block(text + 1, (size_t)(end - text) - 1, &pattern) || !pattern.base.v6) return false;
        rest = end + 1;
    } else {
        const char *colon = strchr(text, ':');
        const bool bare_v6 = colon && strchr(colon + 1, ':');
        const size_t size = colon && !bare_v6 ? (size_t)(colon - text) : strlen(text);
        if (!parse_block(text, size, &pattern)) return false;
        rest = text + size;
    }
    if (*rest && (*rest != ':' || !parse_ports(rest + 1, &pattern))) return false;
    *out = pattern;
    return true;
}

bool address_pattern_covers(const struct address_pattern *pattern, const struct sys_address *a)
{
    if (a->port < pattern->first_port || a->port > pattern->last_port) return false;
    if (pattern->all) return true;
    if (a->v6 != pattern->base.v6) return false;
    const size_t whole = pattern->bits / 8;
    const unsigned left = pattern->bits % 8;
    if (memcmp(a->ip, pattern->base.ip, whole) != 0) return false;
    return left == 0 || (a->ip[whole] ^ pattern->base.ip[whole]) >> (8 - left) == 0;
}
