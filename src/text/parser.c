#include "text/parser.h"

#include <string.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "base/number.h"

bool take_word(struct parser *p, unsigned word)
{
    if (!is_word(p, word)) return false;
    next(p);
    return true;
}

bool take_open(struct parser *p, unsigned word)
{
    if (!is_open(p, word)) return false;
    p->at += 2;
    return true;
}

void skip_list(struct parser *p)
{
    for (size_t depth = 1; depth;) {
        const unsigned kind = peek(p)->kind;
        if (kind == TOKEN_END || kind == TOKEN_ERROR) return;
        if (kind == TOKEN_LPAR || kind == TOKEN_ANNOT) depth++;
        if (kind == TOKEN_RPAR) depth--;
        next(p);
    }
}

// --- errors ------------------------------------------------------------------------------------------------

void token_position(const struct tokens *tokens, const struct token *t, uint32_t *line, uint32_t *column)
{
    const char *p = tokens->text;
    const char *const end = p + t->at;
    const char *start = p;
    *line = 1;
    while (p != end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        ++*line;
        start = ++p;
    }
    *column = (uint32_t)(end - start) + 1;
}

static hf_code fail_token(struct parser *p, const struct token *t, hf_code code, const char *fmt, va_list args)
{
    hf_status *status = p->status;
    if (!status || status->code != HF_OK) return code;
    fail_v(status, code, t->at, fmt, args);
    token_position(p->tokens, t, &status->line, &status->column);
    return code;
}

hf_code parse_fail(struct parser *p, hf_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_token(p, peek(p), code, fmt, args);
    va_end(args);
    return code;
}

hf_code parse_fail_at(struct parser *p, const struct token *t, hf_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fail_token(p, t, code, fmt, args);
    va_end(args);
    return code;
}

hf_code parse_oom(struct parser *p)
{
    return fail_oom(p->status);
}

// Enough of a token's text to recognise it, without half a character at its end.
static int shown(const struct parser *p, const struct token *t)
{
    size_t size = t->size < 60 ? t->size : 60;
    const char *text = token_text(p, t);
    if (size < t->size) {
        while (size && ((unsigned char)text[size] & 0xc0) == 0x80) size--;
    }
    return (int)size;
}

hf_code unexpected(struct parser *p, const char *expected)
{
    const struct token *t = peek(p);
    switch (t->kind) {
    case TOKEN_ERROR: return parse_fail(p, HF_MALFORMED, "%s", p->tokens->error);
    case TOKEN_END: return parse_fail(p, HF_MALFORMED, "unexpected token end of text, expected %s", expected);
    case TOKEN_RESERVED: return parse_fail(p, HF_MALFORMED, "unknown operator %.*s", shown(p, t), token_text(p, t));
    case TOKEN_ANNOT:
        if (t->word == ANNOT_BRANCH_HINT)
            return parse_fail(p, HF_MALFORMED, "@%s annotation: not in a function", annot_name(ANNOT_BRANCH_HINT));
        return parse_fail(p, HF_MALFORMED, "misplaced @%s annotation", annot_name(t->word));
    default:
        return parse_fail(p, HF_MALFORMED, "unexpected token %.*s, expected %s", shown(p, t), token_text(p, t),
                          expected);
    }
}

hf_code expect_close(struct parser *p)
{
    if (!is_kind(p, TOKEN_RPAR)) return unexpected(p, ")");
    next(p);
    return HF_OK;
}

hf_code expect_open(struct parser *p, unsigned word, const char *expected)
{
    if (take_open(p, word)) return HF_OK;
    // The parenthesis is right, the word behind it is what surprises.
    if (is_kind(p, TOKEN_LPAR)) next(p);
    return unexpected(p, expected);
}

// --- tokens ------------------------------------------------------------------------------------------------

hf_code parse_u64(struct parser *p, uint64_t *out)
{
    const struct token *t = peek(p);
    if (t->kind != TOKEN_NAT) return unexpected(p, "a number");
    if (!number_nat(token_text(p, t), t->size, out)) return parse_fail(p, HF_MALFORMED, "i64 constant out of range");
    next(p);
    return HF_OK;
}

hf_code parse_u32(struct parser *p, uint32_t *out)
{
    const struct token *t = peek(p);
    uint64_t value;
    if (t->kind != TOKEN_NAT) return unexpected(p, "a number");
    if (!number_nat(token_text(p, t), t->size, &value) || value > UINT32_MAX)
        return parse_fail(p, HF_MALFORMED, "i32 constant out of range");
    *out = (uint32_t)value;
    next(p);
    return HF_OK;
}

static unsigned hex_value(char c)
{
    if (c <= '9') return (unsigned)(c - '0');
    return (unsigned)(c | 0x20) - 'a' + 10;
}

// The lexer has checked the escapes between the quotes.
static void unescape(const char *p, const char *end, struct buf *out)
{
    while (p != end) {
        const char *plain = memchr(p, '\\', (size_t)(end - p));
        if (!plain) plain = end;
        buf_put(out, p, (size_t)(plain - p));
        p = plain;
        if (p == end) return;
        p++;
        switch (*p) {
        case 'n': buf_u8(out, '\n'), p++; break;
        case 't': buf_u8(out, '\t'), p++; break;
        case 'r': buf_u8(out, '\r'), p++; break;
        case '\\':
        case '\'':
        case '"': buf_u8(out, (uint8_t)*p), p++; break;
        case 'u': {
            uint32_t scalar = 0;
            for (p += 2; *p != '}'; p++) {
                if (*p != '_') scalar = scalar << 4 | hex_value(*p);
            }
            p++;
            uint8_t bytes[4];
            buf_put(out, bytes, utf8_encode(scalar, bytes));
            break;
        }
        default: buf_u8(out, (uint8_t)(hex_value(p[0]) << 4 | hex_value(p[1]))); p += 2;
        }
    }
}

hf_code parse_string(struct parser *p, struct buf *out)
{
    const struct token *t = peek(p);
    if (t->kind != TOKEN_STRING) return unexpected(p, "a string");
    const char *text = token_text(p, t);
    unescape(text + 1, text + t->size - 1, out);
    if (out->failed) return parse_oom(p);
    next(p);
    return HF_OK;
}

// Text between quotes, borrowed from the source when nothing is escaped.
static hf_code quoted(struct parser *p, const char *text, size_t size, hf_str *out)
{
    if (!memchr(text, '\\', size)) {
        *out = (hf_str){ text, size };
        return HF_OK;
    }
    struct buf bytes;
    buf_init(&bytes, p->arena->heap);
    unescape(text, text + size, &bytes);
    char *copy = bytes.failed ? NULL : arena_strndup(p->arena, (const char *)bytes.data, bytes.size);
    *out = (hf_str){ copy, bytes.size };
    buf_fini(&bytes);
    return copy ? HF_OK : parse_oom(p);
}

hf_code parse_bytes(struct parser *p, bool utf8, hf_str *out)
{
    const struct token *t = peek(p);
    if (t->kind != TOKEN_STRING) return unexpected(p, "a string");
    hf_str bytes;
    TRY(quoted(p, token_text(p, t) + 1, t->size - 2, &bytes));
    if (utf8 && !utf8_valid(bytes.data, bytes.size)) return parse_fail(p, HF_MALFORMED, "malformed UTF-8 encoding");
    *out = bytes;
    next(p);
    return HF_OK;
}

hf_code id_name(struct parser *p, const struct token *t, hf_str *out)
{
    const char *text = token_text(p, t);
    if (text[1] != '"') {
        *out = (hf_str){ text + 1, t->size - 1 };
        return HF_OK;
    }
    TRY(quoted(p, text + 2, t->size - 3, out));
    if (!utf8_valid(out->data, out->size)) return parse_fail_at(p, t, HF_MALFORMED, "malformed UTF-8 encoding");
    return HF_OK;
}

hf_code parse_id(struct parser *p, hf_str *out)
{
    const struct token *t = peek(p);
    *out = (hf_str){ NULL, 0 };
    if (t->kind != TOKEN_ID) return HF_OK;
    TRY(id_name(p, t, out));
    next(p);
    return HF_OK;
}

// --- numbers -----------------------------------------------------------------------------------------------

static hf_code lane(struct parser *p, bool is_float, unsigned bits, uint64_t *out)
{
    const struct token *t = peek(p);
    const char *text = token_text(p, t);
    if (t->kind != TOKEN_NAT && t->kind != TOKEN_INT && !(is_float && t->kind == TOKEN_FLOAT))
        return unexpected(p, is_float ? "a floating-point number" : "an integer");
    if (!(is_float ? number_float(text, t->size, bits, out) : number_int(text, t->size, bits, out)))
        return parse_fail(p, HF_MALFORMED, "constant out of range");
    next(p);
    return HF_OK;
}

hf_code parse_number(struct parser *p, enum opcode op, uint64_t *out)
{
    const bool is_float = op == OP_F32_CONST || op == OP_F64_CONST;
    return lane(p, is_float, op == OP_I32_CONST || op == OP_F32_CONST ? 32 : 64, out);
}

unsigned shape_lanes(unsigned word)
{
    switch (word) {
    case KW_I8X16: return 16;
    case KW_I16X8: return 8;
    case KW_I32X4:
    case KW_F32X4: return 4;
    case KW_I64X2:
    case KW_F64X2: return 2;
    default: return 0;
    }
}

bool shape_is_float(unsigned word)
{
    return word == KW_F32X4 || word == KW_F64X2;
}

hf_code parse_v128(struct parser *p, uint8_t out[16])
{
    const struct token *shape = peek(p);
    const unsigned count = shape->kind == TOKEN_WORD ? shape_lanes(shape->word) : 0;
    if (!count) return unexpected(p, "a lane shape");
    next(p);
    unsigned given = 0;
    for (;; given++) {
        const unsigned kind = peek_at(p, given)->kind;
        if (kind != TOKEN_NAT && kind != TOKEN_INT && kind != TOKEN_FLOAT) break;
        if (given > count) break;
    }
    if (given != count) {
        const struct token *t = peek_at(p, given);
        if (given < count && (t->kind == TOKEN_RESERVED || t->kind == TOKEN_ERROR)) {
            p->at += given;
            return unexpected(p, "a lane");
        }
        return parse_fail(p, HF_MALFORMED, "wrong number of lane literals");
    }
    const unsigned size = 16 / count;
    for (unsigned i = 0; i < count; i++) {
        uint64_t value;
        TRY(lane(p, shape_is_float(shape->word), size * 8, &value));
        for (unsigned b = 0; b < size; b++) out[i * size + b] = (uint8_t)(value >> (8 * b));
    }
    return HF_OK;
}
