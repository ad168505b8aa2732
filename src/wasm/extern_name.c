#include "wasm/extern_name.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "wasm/opcode.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

// fragment: a word in lower case or an acronym in upper case. The first one of a label begins with a letter.
static bool fragment_valid(const char *at, size_t size, bool first)
{
    bool lower = false, upper = false;
    if (!size || (first && is_digit(*at))) return false;
    for (size_t i = 0; i < size; i++) {
        if (is_lower(at[i]))
            lower = true;
        else if (is_upper(at[i]))
            upper = true;
        else if (!is_digit(at[i]))
            return false;
    }
    return !(lower && upper);
}

bool label_valid(hf_str label)
{
    const char *at = label.data;
    size_t left = label.size;
    for (bool first = true;; first = false) {
        const char *const dash = left ? memchr(at, '-', left) : NULL;
        const size_t size = dash ? (size_t)(dash - at) : left;
        if (!fragment_valid(at, size, first)) return false;
        if (!dash) return true;
        at = dash + 1;
        left -= size + 1;
    }
}

// words ::= <first-word> ( '-' <word> )*
static bool words_valid(hf_str words)
{
    for (size_t i = 0; i < words.size; i++)
        if (is_upper(words.data[i])) return false;
    return label_valid(words);
}

static int shown(hf_str s)
{
    return s.size < 80 ? (int)s.size : 80;
}

struct name_parser {
    hf_str name;
    uint64_t offset;
    hf_status *status;
};

static hf_code bad_part(const struct name_parser *p, hf_str part)
{
    return fail_at(p->status, HF_INVALID, p->offset, "`%.*s` is not a valid extern name: `%.*s` is not in kebab case",
                   shown(p->name), p->name.data, shown(part), part.data);
}

static hf_str before(hf_str s, size_t size)
{
    return (hf_str){ s.data, size };
}
static hf_str behind(hf_str s, size_t size)
{
    return (hf_str){ s.data + size, s.size - size };
}

static size_t find_char(hf_str s, char c)
{
    const char *const at = s.size ? memchr(s.data, c, s.size) : NULL;
    return at ? (size_t)(at - s.data) : SIZE_MAX;
}

static bool begins_with(hf_str s, const char *prefix)
{
    const size_t size = strlen(prefix);
    return s.size >= size && !memcmp(s.data, prefix, size);
}

// canonversion ::= [1-9] [0-9]* | '0.' [1-9] [0-9]* | '0.0.' [1-9] [0-9]* | '0.0.0'
static bool canonversion_valid(hf_str v)
{
    for (int zeros = 0; zeros < 2 && begins_with(v, "0."); zeros++) {
        v = behind(v, 2);
        if (zeros == 1 && v.size == 1 && *v.data == '0') return true;
    }
    if (!v.size || *v.data == '0') return false;
    for (size_t i = 0; i < v.size; i++)
        if (!is_digit(v.data[i])) return false;
    return true;
}

// interfacename ::= <namespace> <words> <projection> <interfaceversion>?
//                 | <namespace>+ <words> <projection>+ <interfaceversion>?   (nested names)
static hf_code interface_name(const struct name_parser *p, uint32_t features, struct extern_name *out)
{
    const bool nested = features & FEATURE_CM_NESTED_NAMES;
    out->form = NAME_INTERFACE;
    hf_str rest = p->name;
    const size_t at = find_char(rest, '@');
    if (at != SIZE_MAX) {
        out->version = behind(rest, at + 1);
        rest = before(rest, at);
    }
    out->unversioned = rest;
    size_t colon = find_char(rest, ':');
    for (bool first = true; colon != SIZE_MAX && (first || nested); first = false) {
        if (!words_valid(before(rest, colon))) return bad_part(p, before(rest, colon));
        rest = behind(rest, colon + 1);
        colon = find_char(rest, ':');
    }
    size_t slash = find_char(rest, '/');
    if (colon < slash)
        return fail_at(p->status, HF_INVALID, p->offset,
                       "`%.*s` is not a valid extern name: expected `/` after package name", shown(p->name),
                       p->name.data);
    const hf_str package = slash == SIZE_MAX ? rest : before(rest, slash);
    if (!words_valid(package)) return bad_part(p, package);
    if (slash == SIZE_MAX)
        return fail_at(p->status, HF_INVALID, p->offset,
                       "`%.*s` is not a valid extern name: expected `/` after package name", shown(p->name),
                       p->name.data);
    for (bool first = true; slash != SIZE_MAX; first = false) {
        if (!first && !nested)
            return fail_at(p->status, HF_INVALID, p->offset,
                           "`%.*s` is not a valid extern name: trailing characters found: `%.*s`", shown(p->name),
                           p->name.data, shown(rest), rest.data);
        rest = behind(rest, slash + 1);
        slash = find_char(rest, '/');
        const hf_str label = slash == SIZE_MAX ? rest : before(rest, slash);
        if (!label_valid(label)) return bad_part(p, label);
        rest = behind(rest, label.size);
        slash = rest.size ? 0 : SIZE_MAX;
    }
    if (at == SIZE_MAX) return HF_OK;
    if (features & FEATURE_CM_CANONICAL_NAMES && canonversion_valid(out->version)) {
        out->canonical = true;
        return HF_OK;
    }
    struct semver version;
    char why[80];
    if (!semver_parse(out->version, &version, why, sizeof why)) return HF_OK;
    return fail_at(p->status, HF_INVALID, p->offset, "`%.*s` is not a valid semver: %s", shown(out->version),
                   out->version.data, why);
}

// l.l
static hf_code resource_member(const struct name_parser *p, hf_str rest, struct extern_name *out)
{
    const size_t dot = find_char(rest, '.');
    if (dot == SIZE_MAX)
        return fail_at(p->status, HF_INVALID, p->offset,
                       "`%.*s` is not a valid extern name: failed to find `.` character", shown(p->name), p->name.data);
    out->resource = before(rest, dot);
    out->label = behind(rest, dot + 1);
    if (!label_valid(out->resource)) return bad_part(p, out->resource);
    return label_valid(out->label) ? HF_OK : bad_part(p, out->label);
}

hf_code extern_name_parse(hf_str name, uint32_t features, uint64_t offset, struct extern_name *out, hf_status *status)
{
    static const char constructor[] = "[constructor]", method[] = "[method]", is_static[] = "[static]";
    const struct name_parser p = { name, offset, status };
    struct extern_name found = { .form = NAME_PLAIN };
    hf_code code = HF_OK;
    if (begins_with(name, constructor)) {
        found.form = NAME_CONSTRUCTOR;
        found.resource = behind(name, sizeof constructor - 1);
        if (!label_valid(found.resource)) code = bad_part(&p, found.resource);
    } else if (begins_with(name, method)) {
        found.form = NAME_METHOD;
        code = resource_member(&p, behind(name, sizeof method - 1), &found);
    } else if (begins_with(name, is_static)) {
        found.form = NAME_STATIC;
        code = resource_member(&p, behind(name, sizeof is_static - 1), &found);
    } else if (find_char(name, ':') != SIZE_MAX) {
        code = interface_name(&p, features, &found);
    } else {
        found.label = name;
        if (!label_valid(name)) code = bad_part(&p, name);
    }
    if (code == HF_OK) *out = found;
    return code;
}

static size_t put_lower(hf_str s, char *out)
{
    for (size_t i = 0; i < s.size; i++) out[i] = is_upper(s.data[i]) ? (char)(s.data[i] - 'A' + 'a') : s.data[i];
    return s.size;
}

size_t extern_name_canonical(hf_str name, const struct extern_name *parsed, char *out)
{
    if (parsed->form != NAME_METHOD && parsed->form != NAME_STATIC) return put_lower(name, out);
    const size_t size = put_lower(parsed->resource, out);
    char *const label = out + size + 1;
    put_lower(parsed->label, label);
    if (size == parsed->label.size && !memcmp(out, label, size)) return size;
    out[size] = '.';
    return size + 1 + parsed->label.size;
}

// ---- versions ---------------------------------------------------------------------------------------------------------

struct version_parser {
    hf_str rest;
    char *why;
    size_t size;
};

static const char *complain(struct version_parser *p, const char *what)
{
    snprintf(p->why, p->size, "%s", what);
    return p->why;
}

static const char *unexpected(struct version_parser *p)
{
    if (!p->rest.size) return complain(p, "unexpected end of input");
    const unsigned char c = (unsigned char)*p->rest.data;
    if (c < 0x20 || c > 0x7e) return complain(p, "unexpected character");
    snprintf(p->why, p->size, "unexpected character '%c'", c);
    return p->why;
}

static const char *number(struct version_parser *p, uint64_t *out)
{
    uint64_t value = 0;
    size_t digits = 0;
    while (p->rest.size && is_digit(*p->rest.data)) {
        if (digits == 1 && value == 0) return complain(p, "invalid leading zero");
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p->rest.data - '0'), &value))
            return complain(p, "a number is out of range");
        digits++;
        p->rest = behind(p->rest, 1);
    }
    if (!digits) return unexpected(p);
    *out = value;
    return NULL;
}

// Identifiers separated by dots; numeric ones of a prerelease have no leading zeros.
static const char *identifiers(struct version_parser *p, bool prerelease, hf_str *out)
{
    *out = p->rest;
    for (;;) {
        const char *const start = p->rest.data;
        bool numeric = true;
        size_t size = 0;
        for (; p->rest.size; size++) {
            const char c = *p->rest.data;
            if (!is_digit(c) && !is_lower(c) && !is_upper(c) && c != '-') break;
            if (!is_digit(c)) numeric = false;
            p->rest = behind(p->rest, 1);
        }
        if (!size) return complain(p, "empty identifier segment");
        if (prerelease && numeric && size > 1 && *start == '0') return complain(p, "invalid leading zero");
        if (!p->rest.size || *p->rest.data != '.') break;
        p->rest = behind(p->rest, 1);
    }
    out->size -= p->rest.size;
    return NULL;
}

const char *semver_parse(hf_str version, struct semver *out, char *why, size_t size)
{
    struct version_parser p = { version, why, size };
    struct semver found = { 0 };
    uint64_t *const parts[] = { &found.major, &found.minor, &found.patch };
    const char *bad;
    hf_str build;
    if (!version.size) return complain(&p, "empty string, expected a semver version");
    for (size_t i = 0; i < 3; i++) {
        if (i) {
            if (!p.rest.size || *p.rest.data != '.') return unexpected(&p);
            p.rest = behind(p.rest, 1);
        }
        if ((bad = number(&p, parts[i]))) return bad;
    }
    if (p.rest.size && *p.rest.data == '-') {
        p.rest = behind(p.rest, 1);
        if ((bad = identifiers(&p, true, &found.prerelease))) return bad;
    }
    if (p.rest.size && *p.rest.data == '+') {
        p.rest = behind(p.rest, 1);
        if ((bad = identifiers(&p, false, &build))) return bad;
    }
    if (p.rest.size) return unexpected(&p);
    *out = found;
    return NULL;
}

static bool same_text(hf_str a, hf_str b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

bool semver_compatible(const struct semver *a, const struct semver *b)
{
    if (a->major != b->major) return false;
    if (a->prerelease.size || b->prerelease.size)
        return a->minor == b->minor && a->patch == b->patch && same_text(a->prerelease, b->prerelease);
    if (a->major) return true;
    if (a->minor != b->minor) return false;
    return a->minor || a->patch == b->patch;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static bool all_digits(hf_str s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!is_digit(s.data[i])) return false;
    return true;
}

static int compare_identifiers(hf_str a, hf_str b)
{
    const bool a_number = all_digits(a), b_number = all_digits(b);
    if (a_number != b_number) return a_number ? -1 : 1;
    if (a_number && a.size != b.size) return compare_numbers(a.size, b.size);
    const int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : compare_numbers(a.size, b.size);
}

int semver_compare(const struct semver *a, const struct semver *b)
{
    int order = compare_numbers(a->major, b->major);
    if (!order) order = compare_numbers(a->minor, b->minor);
    if (!order) order = compare_numbers(a->patch, b->patch);
    if (order) return order;
    hf_str x = a->prerelease, y = b->prerelease;
    if (!x.size || !y.size) return compare_numbers(!x.size, !y.size);
    while (x.size && y.size) {
        const size_t dot_x = find_char(x, '.'), dot_y = find_char(y, '.');
        const hf_str id_x = dot_x == SIZE_MAX ? x : before(x, dot_x), id_y = dot_y == SIZE_MAX ? y : before(y, dot_y);
        if ((order = compare_identifiers(id_x, id_y))) return order;
        x = dot_x == SIZE_MAX ? behind(x, x.size) : behind(x, dot_x + 1);
        y = dot_y == SIZE_MAX ? behind(y, y.size) : behind(y, dot_y + 1);
    }
    return compare_numbers(x.size, y.size);
}
