#include "wit/version.h"

#include <string.h>

#include "base/ckd.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

// numeric identifier ::= '0' | [1-9] [0-9]*
static size_t scan_number(const char *text, size_t size, uint64_t *out)
{
    uint64_t value = 0;
    size_t at = 0;
    for (; at < size && is_digit(text[at]); at++) {
        if (ckd_mul(&value, value, 10u) || ckd_add(&value, value, (uint64_t)(text[at] - '0'))) return 0;
    }
    if (at > 1 && text[0] == '0') return 0;
    *out = value;
    return at;
}

// dot-separated identifiers ::= identifier ('.' identifier)*
// One that is all digits has no leading zero in a pre-release. A dot that no identifier follows is not taken.
static size_t scan_identifiers(const char *text, size_t size, bool pre)
{
    size_t end = 0;
    for (size_t at = 0; at < size;) {
        const size_t from = at;
        bool digits = true;
        for (; at < size && is_identifier(text[at]); at++) digits = digits && is_digit(text[at]);
        if (at == from || (pre && digits && at - from > 1 && text[from] == '0')) break;
        end = at;
        if (at == size || text[at] != '.') break;
        at++;
    }
    return end;
}

size_t wit_version_scan(const char *text, size_t size, struct wit_version *out)
{
    struct wit_version v = { .text = { text, 0 } };
    uint64_t *const parts[3] = { &v.major, &v.minor, &v.patch };
    size_t at = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (i && (at == size || text[at++] != '.')) return 0;
        const size_t taken = scan_number(text + at, size - at, parts[i]);
        if (!taken) return 0;
        at += taken;
    }
    if (at < size && text[at] == '-') {
        const size_t taken = scan_identifiers(text + at + 1, size - at - 1, true);
        if (!taken) return 0;
        v.pre = (hf_str){ text + at + 1, taken };
        at += 1 + taken;
    }
    if (at < size && text[at] == '+') {
        const size_t taken = scan_identifiers(text + at + 1, size - at - 1, false);
        if (!taken) return 0;
        at += 1 + taken;
    }
    v.text.size = at;
    *out = v;
    return at;
}

static int compare_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static hf_str take_identifier(hf_str *from)
{
    size_t n = 0;
    while (n < from->size && from->data[n] != '.') n++;
    const hf_str taken = { from->data, n };
    const size_t skip = n < from->size ? n + 1 : n;
    *from = (hf_str){ from->data + skip, from->size - skip };
    return taken;
}

static bool all_digits(hf_str s)
{
    for (size_t i = 0; i < s.size; i++) {
        if (!is_digit(s.data[i])) return false;
    }
    return true;
}

// Numbers by value and below words, words by their bytes.
static int compare_identifier(hf_str a, hf_str b)
{
    const bool na = all_digits(a), nb = all_digits(b);
    if (na != nb) return na ? -1 : 1;
    if (na && a.size != b.size) return a.size < b.size ? -1 : 1;
    const int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : compare_number(a.size, b.size);
}

int wit_version_compare(const struct wit_version *a, const struct wit_version *b)
{
    int order = compare_number(a->major, b->major);
    if (!order) order = compare_number(a->minor, b->minor);
    if (!order) order = compare_number(a->patch, b->patch);
    if (order) return order;
    if (!a->pre.size || !b->pre.size) return (a->pre.size == 0) - (b->pre.size == 0);
    hf_str x = a->pre, y = b->pre;
    while (x.size && y.size) {
        order = compare_identifier(take_identifier(&x), take_identifier(&y));
        if (order) return order;
    }
    return compare_number(x.size, y.size);
}
