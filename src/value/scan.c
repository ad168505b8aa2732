// The tokens that texts of values and types share.
#include "value/scan.h"

#include <stdarg.h>
#include <string.h>

#include "base/fail.h"

hf_code scan_fail(struct scan *s, const char *fmt, ...)
{
    if (!s->status || s->status->code) return HF_MALFORMED;
    va_list args;
    va_start(args, fmt);
    fail_v(s->status, HF_MALFORMED, NO_OFFSET, fmt, args);
    va_end(args);
    s->status->line = s->status->column = 1;
    for (const char *p = s->start; p < s->at; p++) {
        if (*p == '\n') {
            s->status->line++;
            s->status->column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) { // columns are characters
            s->status->column++;
        }
    }
    return HF_MALFORMED;
}

void scan_space(struct scan *s)
{
    while (s->at < s->end) {
        const char c = *s->at;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            s->at++;
        } else if (c == '/' && s->end - s->at > 1 && s->at[1] == '/') {
            const char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
            s->at = newline ? newline : s->end;
        } else {
            return;
        }
    }
}

bool scan_take(struct scan *s, const char *text)
{
    scan_space(s);
    const size_t size = strlen(text);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, text, size) != 0) return false;
    s->at += size;
    return true;
}

hf_code scan_expect(struct scan *s, const char *text)
{
    return scan_take(s, text) ? HF_OK : scan_fail(s, "expected `%s`", text);
}

char scan_peek(struct scan *s)
{
    scan_space(s);
    return s->at < s->end ? *s->at : '\0';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

hf_code scan_label(struct scan *s, hf_str *out, bool *escaped)
{
    scan_space(s);
    const char *p = s->at;
    const bool percent = p < s->end && *p == '%';
    if (percent) p++;
    const char *start = p;
    for (;;) { // a word
        if (p == s->end || !(is_lower(*p) || is_upper(*p))) return scan_fail(s, "expected a label");
        const bool lower = is_lower(*p);
        while (p < s->end && (is_digit(*p) || (lower ? is_lower(*p) : is_upper(*p)))) p++;
        if (p < s->end && (is_lower(*p) || is_upper(*p))) return scan_fail(s, "a word of both cases in a label");
        if (p == s->end || *p != '-') break;
        p++;
    }
    *out = (hf_str){ start, (size_t)(p - start) };
    if (escaped) *escaped = percent;
    s->at = p;
    return HF_OK;
}

hf_code scan_number(struct scan *s, uint32_t max, uint32_t *out)
{
    scan_space(s);
    const char *p = s->at;
    uint64_t value = 0;
    while (p < s->end && is_digit(*p) && value <= max) value = value * 10 + (uint64_t)(*p++ - '0');
    if (p == s->at || value > max || (*s->at == '0' && p - s->at > 1) || (p < s->end && is_digit(*p)))
        return scan_fail(s, "expected a number up to %u", max);
    *out = (uint32_t)value;
    s->at = p;
    return HF_OK;
}

bool scan_is(hf_str text, const char *word)
{
    return strlen(word) == text.size && memcmp(text.data, word, text.size) == 0;
}
