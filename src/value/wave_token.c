// Reads the leaves of WAVE: numbers, chars and strings.
#include "value/wave_parse.h"

#include <string.h>

#include "base/fail.h"
#include "base/number.h"
#include "base/utf8.h"

static bool is_digit(const struct scan *s, const char *p)
{
    return p < s->end && *p >= '0' && *p <= '9';
}

// number_finite ::= integer number-fraction? number-exponent?; integers have neither fraction nor exponent.
static hf_code number_token(struct scan *s, bool integer, hf_str *out)
{
    scan_space(s);
    const char *p = s->at;
    if (p < s->end && *p == '-') p++;
    const char *digits = p;
    while (is_digit(s, p)) p++;
    if (p == digits || (*digits == '0' && p - digits > 1)) return scan_fail(s, "expected a number");
    if (p < s->end && *p == '.') {
        const char *fraction = ++p;
        while (is_digit(s, p)) p++;
        if (integer || p == fraction) return scan_fail(s, integer ? "expected an integer" : "expected a number");
    }
    if (p < s->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < s->end && (*p == '+' || *p == '-')) p++;
        const char *exponent = p;
        while (is_digit(s, p)) p++;
        if (integer || p == exponent) return scan_fail(s, integer ? "expected an integer" : "expected a number");
    }
    *out = (hf_str){ s->at, (size_t)(p - s->at) };
    return HF_OK;
}

hf_code wave_integer(struct scan *s, unsigned bits, bool is_signed, uint64_t *out)
{
    hf_str token;
    const hf_code code = number_token(s, true, &token);
    if (code) return code;
    const bool negative = token.data[0] == '-';
    const uint64_t most = is_signed ? (UINT64_C(1) << (bits - 1)) - 1 : UINT64_MAX >> (64 - bits);
    uint64_t value;
    if ((negative && !is_signed) || !number_nat(token.data + negative, token.size - negative, &value) ||
        value > most + negative)
        return scan_fail(s, "the number does not fit %c%u", is_signed ? 's' : 'u', bits);
    s->at += token.size;
    *out = negative ? 0 - value : value;
    return HF_OK;
}

hf_code wave_float(struct scan *s, unsigned bits, uint64_t *out)
{
    const uint64_t infinity = bits == 32 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
    const char first = scan_peek(s);
    if (first == 'n' || first == 'i') {
        hf_str word;
        const char *start = s->at;
        const hf_code code = scan_label(s, &word, NULL);
        if (code) return code;
        *out = infinity | (scan_is(word, "nan") ? UINT64_C(1) << (bits == 32 ? 22 : 51) : 0);
        if (scan_is(word, "nan") || scan_is(word, "inf")) return HF_OK;
        s->at = start;
        return scan_fail(s, "expected a number");
    }
    if (first == '-' && s->end - s->at >= 4 && memcmp(s->at, "-inf", 4) == 0) {
        s->at += 4;
        *out = infinity | UINT64_C(1) << (bits - 1);
        return HF_OK;
    }
    hf_str token;
    const hf_code code = number_token(s, false, &token);
    if (code) return code;
    if (!number_float(token.data, token.size, bits, out)) return scan_fail(s, "the number does not fit f%u", bits);
    s->at += token.size;
    return HF_OK;
}

// The value of a hexadecimal digit, or 16.
static uint32_t hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    if (!found) return 16;
    const uint32_t at = (uint32_t)(found - digits);
    return at < 16 ? at : at - 6;
}

// escape ::= ['"tnr\\] | 'u{' [0-9a-fA-F]+ '}'; s->at is behind the backslash.
static hf_code escape(struct scan *s, uint32_t *out)
{
    static const char plain[] = "'\"\\tnr", means[] = "'\"\\\t\n\r";
    const char c = s->at < s->end ? *s->at : '\0';
    const char *found = c ? strchr(plain, c) : NULL;
    if (found) {
        *out = (unsigned char)means[found - plain];
        s->at++;
        return HF_OK;
    }
    if (c != 'u' || s->end - s->at < 2 || s->at[1] != '{') return scan_fail(s, "unknown escape");
    const char *p = s->at + 2;
    uint32_t value = 0;
    size_t digits = 0;
    for (; p < s->end && *p != '}'; p++, digits++) {
        const uint32_t nibble = hex_digit(*p);
        value = value << 4 | nibble;
        if (nibble > 15 || value > 0x10ffff) return scan_fail(s, "no Unicode scalar value");
    }
    if (p == s->end || digits == 0 || (value >= 0xd800 && value < 0xe000))
        return scan_fail(s, "no Unicode scalar value");
    *out = value;
    s->at = p + 1;
    return HF_OK;
}

// common-char, or the quote that need not be escaped here
static hf_code character(struct scan *s, uint32_t *out)
{
    if (s->at == s->end) return scan_fail(s, "unexpected end");
    if (*s->at == '\\') {
        s->at++;
        return escape(s, out);
    }
    const size_t size = utf8_decode((const uint8_t *)s->at, (size_t)(s->end - s->at), out);
    if (size == 0) return scan_fail(s, "malformed UTF-8");
    s->at += size;
    return HF_OK;
}

hf_code wave_char(struct scan *s, uint32_t *out)
{
    hf_code code = scan_expect(s, "'");
    if (code) return code;
    if (s->at < s->end && (*s->at == '\'' || *s->at == '\n')) return scan_fail(s, "expected a character");
    code = character(s, out);
    if (code) return code;
    if (s->at == s->end || *s->at != '\'') return scan_fail(s, "expected `'`");
    s->at++;
    return HF_OK;
}

static size_t append(char *out, size_t size, uint32_t c)
{
    return size + utf8_encode(c, (uint8_t *)out + size);
}

// The `"` that ends a string which begins at s->at; NULL when there is none on this line.
static const char *string_end(const struct scan *s)
{
    for (const char *p = s->at; p < s->end && *p != '\n'; p++) {
        if (*p == '"') return p;
        if (*p == '\\') p++;
    }
    return NULL;
}

static hf_code line_string(struct wave *w, hf_str *out)
{
    struct scan *s = &w->scan;
    const char *end = string_end(s);
    if (!end || end >= s->end) return scan_fail(s, "a string without end");
    void *data;
    hf_code code = wave_place(w, (size_t)(end - s->at), &data); // an escape is no shorter than what it means
    size_t size = 0;
    while (!code && s->at < end) {
        uint32_t c;
        code = character(s, &c);
        if (!code) size = append(data, size, c);
    }
    if (code) return code;
    s->at = end + 1;
    *out = (hf_str){ data, size };
    return HF_OK;
}

// "Multiline Strings": s->at is behind the first `"""`.
static hf_code multiline_string(struct wave *w, hf_str *out)
{
    struct scan *s = &w->scan;
    if (s->at < s->end && *s->at == '\r') s->at++;
    if (s->at == s->end || *s->at != '\n') return scan_fail(s, "expected a line break behind `\"\"\"`");
    const char *quotes = s->at;
    while (s->end - quotes >= 3 && memcmp(quotes, "\"\"\"", 3) != 0) quotes++;
    if (s->end - quotes < 3) return scan_fail(s, "a string without end");
    const char *margin = quotes;
    while (margin[-1] == ' ') margin--;
    if (margin[-1] != '\n') return scan_fail(s, "expected `\"\"\"` on a line of its own");
    const size_t indent = (size_t)(quotes - margin);
    const char *last = margin - 1; // the line break before the closing quotes

    void *data;
    hf_code code = wave_place(w, (size_t)(quotes - s->at), &data);
    size_t size = 0;
    bool first = true;
    while (!code && s->at < last) {
        s->at++; // the line break
        for (size_t i = 0; i < indent; i++, s->at++) {
            if (*s->at != ' ') return scan_fail(s, "a line that is indented less than its end");
        }
        if (!first) size = append(data, size, '\n');
        first = false;
        const char *line = memchr(s->at, '\n', (size_t)(margin - s->at));
        if (!line) line = last;
        const char *stop = line > s->at && line[-1] == '\r' ? line - 1 : line;
        while (!code && s->at < stop) {
            uint32_t c;
            code = character(s, &c);
            if (!code) size = append(data, size, c);
        }
        if (!code && s->at > stop) return scan_fail(s, "an escape at the end of a line");
        if (!code) s->at = line;
    }
    if (code) return code;
    s->at = quotes + 3;
    *out = (hf_str){ data, size };
    return HF_OK;
}

hf_code wave_string(struct wave *w, hf_str *out)
{
    const hf_code code = scan_expect(&w->scan, "\"");
    if (code) return code;
    if (w->scan.end - w->scan.at >= 2 && memcmp(w->scan.at, "\"\"", 2) == 0) {
        w->scan.at += 2;
        return multiline_string(w, out);
    }
    return line_string(w, out);
}

// Behind the string or char that begins at p.
static const char *skip_quoted(const struct scan *s, const char *p)
{
    if (s->end - p >= 3 && memcmp(p, "\"\"\"", 3) == 0) {
        for (p += 3; s->end - p >= 3; p++) {
            if (memcmp(p, "\"\"\"", 3) == 0) return p + 3;
        }
        return s->end;
    }
    const char quote = *p;
    for (p++; p < s->end && *p != quote; p++) {
        if (*p == '\\' && s->end - p > 1) p++;
    }
    return p < s->end ? p + 1 : p;
}

size_t wave_count(const struct scan *from)
{
    struct scan s = *from;
    size_t count = 0, depth = 0;
    bool item = false;
    for (;;) {
        const char c = scan_peek(&s);
        if (s.at == s.end) break;
        if (depth == 0 && (c == ']' || c == '}' || c == ')')) break;
        if (depth == 0 && c == ',') {
            count += item;
            item = false;
            s.at++;
            continue;
        }
        item = true;
        if (c == '"' || c == '\'') {
            s.at = skip_quoted(&s, s.at);
            continue;
        }
        if (c == '[' || c == '{' || c == '(') depth++;
        if (c == ']' || c == '}' || c == ')') depth--;
        s.at++;
    }
    return count + item;
}
