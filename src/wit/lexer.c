#include "wit/lexer.h"

#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *text;
    uint16_t size;
} keywords[] = {
#define KEYWORD(name, text) { text, sizeof text - 1 },
#include "wit/keywords.def"
#undef KEYWORD
};

enum { KEYWORDS = sizeof keywords / sizeof *keywords, FIRST_KEYWORD = TOKEN_KINDS - KEYWORDS };

static enum wit_token_kind word_kind(hf_str word)
{
    for (unsigned i = 0; i < KEYWORDS; i++) {
        if (keywords[i].size == word.size && !memcmp(keywords[i].text, word.data, word.size))
            return (enum wit_token_kind)(FIRST_KEYWORD + i);
    }
    return TOKEN_ID;
}

bool wit_is_keyword(hf_str word)
{
    return word_kind(word) != TOKEN_ID;
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

bool wit_is_label(hf_str word)
{
    if (!word.size || is_digit(word.data[0])) return false;
    for (size_t i = 0; i < word.size;) {
        bool lower = false, upper = false;
        const size_t from = i;
        for (; i < word.size && word.data[i] != '-'; i++) {
            const char c = word.data[i];
            lower = lower || is_lower(c);
            upper = upper || is_upper(c);
            if (!is_lower(c) && !is_upper(c) && !is_digit(c)) return false;
        }
        if (i == from || (lower && upper)) return false;
        if (i < word.size && ++i == word.size) return false; // ends with a hyphen
    }
    return true;
}

static const char *const names[] = {
    [TOKEN_END] = "the end of the text",
    [TOKEN_ERROR] = "something unreadable",
    [TOKEN_ID] = "an identifier",
    [TOKEN_INTEGER] = "a number",
    [TOKEN_STRING] = "a string",
    [TOKEN_EQUALS] = "'='",
    [TOKEN_COMMA] = "','",
    [TOKEN_COLON] = "':'",
    [TOKEN_SEMICOLON] = "';'",
    [TOKEN_LEFT_PAREN] = "'('",
    [TOKEN_RIGHT_PAREN] = "')'",
    [TOKEN_LEFT_BRACE] = "'{'",
    [TOKEN_RIGHT_BRACE] = "'}'",
    [TOKEN_LESS] = "'<'",
    [TOKEN_GREATER] = "'>'",
    [TOKEN_STAR] = "'*'",
    [TOKEN_ARROW] = "'->'",
    [TOKEN_SLASH] = "'/'",
    [TOKEN_DOT] = "'.'",
    [TOKEN_AT] = "'@'",
    [TOKEN_UNDERSCORE] = "'_'",
#define KEYWORD(name, text) [TOKEN_##name] = "'" text "'",
#include "wit/keywords.def"
#undef KEYWORD
};

const char *wit_token_name(enum wit_token_kind kind)
{
    return names[kind];
}

// --- characters --------------------------------------------------------------------------------------------

static bool is_bidirectional_override(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

// Unicode deprecates or strongly discourages these.
static bool is_deprecated(uint32_t c)
{
    static const uint16_t those[] = { 0x149, 0x673, 0xf77, 0xf79, 0x17a3, 0x17a4, 0x17b4, 0x17b5 };
    for (unsigned i = 0; i < sizeof those / sizeof *those; i++) {
        if (those[i] == c) return true;
    }
    return false;
}

static const char *refuse_char(uint32_t c)
{
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || (c >= 0x7f && c < 0xa0)) return "a control code";
    if (is_bidirectional_override(c)) return "a bidirectional override";
    if (is_deprecated(c)) return "a character that Unicode deprecates";
    return NULL;
}

bool wit_lexer_init(struct wit_lexer *l, const char *text, uint32_t size)
{
    *l = (struct wit_lexer){ .text = text, .size = size };
    while (l->at < size) {
        uint32_t c = (uint8_t)text[l->at];
        const size_t length = c < 0x80 ? 1 : utf8_decode((const uint8_t *)text + l->at, size - l->at, &c);
        l->error = length ? refuse_char(c) : "malformed UTF-8";
        if (l->error) return false;
        l->at += (uint32_t)length;
    }
    l->at = 0;
    return true;
}

// --- comments ----------------------------------------------------------------------------------------------

static char peek(const struct wit_lexer *l, uint32_t ahead)
{
    return l->size - l->at > ahead ? l->text[l->at + ahead] : '\0';
}

// comment ::= '//' character-that-isnt-a-newline*   documenting with exactly three slashes
static void line_comment(struct wit_lexer *l, bool *documents)
{
    *documents = peek(l, 2) == '/' && peek(l, 3) != '/';
    while (l->at < l->size && l->text[l->at] != '\n') l->at++;
}

// comment ::= '/*' any-unicode-character* '*/'   nested; documenting when it begins with two stars
static bool block_comment(struct wit_lexer *l, bool *documents)
{
    *documents = peek(l, 2) == '*' && peek(l, 3) != '*' && peek(l, 3) != '/';
    uint32_t depth = 0;
    do {
        if (l->at == l->size) return false;
        if (peek(l, 0) == '/' && peek(l, 1) == '*') {
            depth++;
            l->at += 2;
        } else if (peek(l, 0) == '*' && peek(l, 1) == '/') {
            depth--;
            l->at += 2;
        } else {
            l->at++;
        }
    } while (depth);
    return true;
}

// Leaves `at` on the next token; says which comments document it.
static bool skip_space(struct wit_lexer *l, struct wit_token *out)
{
    for (; l->at < l->size;) {
        const char c = l->text[l->at];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            l->at++;
            continue;
        }
        if (c != '/' || (peek(l, 1) != '/' && peek(l, 1) != '*')) return true;
        const uint32_t from = l->at;
        bool documents;
        if (peek(l, 1) == '/') {
            line_comment(l, &documents);
        } else if (!block_comment(l, &documents)) {
            l->at = from;
            l->error = "a comment that does not end";
            return false;
        }
        if (!documents) continue;
        if (!out->docs_end) out->docs_at = from;
        out->docs_end = l->at;
    }
    return true;
}

// --- tokens ------------------------------------------------------------------------------------------------

static enum wit_token_kind refuse(struct wit_lexer *l, uint32_t at, const char *why)
{
    l->at = at;
    l->error = why;
    return TOKEN_ERROR;
}

static enum wit_token_kind word(struct wit_lexer *l)
{
    const uint32_t from = l->at;
    const bool escaped = peek(l, 0) == '%';
    if (escaped) l->at++;
    const uint32_t start = l->at;
    while (is_lower(peek(l, 0)) || is_upper(peek(l, 0)) || is_digit(peek(l, 0)) ||
           (peek(l, 0) == '-' && peek(l, 1) != '>'))
        l->at++;
    const hf_str text = { l->text + start, l->at - start };
    if (!wit_is_label(text)) return refuse(l, from, "an identifier that is not in kebab case");
    return escaped ? TOKEN_ID : word_kind(text);
}

// string-literal ::= <core:name>
static enum wit_token_kind string(struct wit_lexer *l)
{
    const uint32_t from = l->at++;
    for (; peek(l, 0) != '"'; l->at++) {
        if (l->at == l->size || peek(l, 0) == '\n') return refuse(l, from, "a string that does not end");
        if (peek(l, 0) == '\\' && l->at + 1 < l->size) l->at++;
    }
    l->at++;
    return TOKEN_STRING;
}

static enum wit_token_kind punctuation(struct wit_lexer *l)
{
    switch (l->text[l->at++]) {
    case '=': return TOKEN_EQUALS;
    case ',': return TOKEN_COMMA;
    case ':': return TOKEN_COLON;
    case ';': return TOKEN_SEMICOLON;
    case '(': return TOKEN_LEFT_PAREN;
    case ')': return TOKEN_RIGHT_PAREN;
    case '{': return TOKEN_LEFT_BRACE;
    case '}': return TOKEN_RIGHT_BRACE;
    case '<': return TOKEN_LESS;
    case '>': return TOKEN_GREATER;
    case '*': return TOKEN_STAR;
    case '/': return TOKEN_SLASH;
    case '.': return TOKEN_DOT;
    case '@': return TOKEN_AT;
    case '_': return TOKEN_UNDERSCORE;
    case '-':
        if (peek(l, 0) == '>') {
            l->at++;
            return TOKEN_ARROW;
        }
        break;
    default: break;
    }
    return refuse(l, l->at - 1, "a character that begins no token");
}

static enum wit_token_kind scan(struct wit_lexer *l)
{
    if (l->at == l->size) return TOKEN_END;
    const char c = l->text[l->at];
    if (is_lower(c) || is_upper(c) || c == '%') return word(l);
    if (c == '"') return string(l);
    if (!is_digit(c)) return punctuation(l);
    while (is_digit(peek(l, 0))) l->at++;
    return TOKEN_INTEGER;
}

struct wit_token wit_lexer_next(struct wit_lexer *l)
{
    struct wit_token token = { .kind = TOKEN_ERROR, .at = l->at };
    if (l->error || !skip_space(l, &token)) {
        token.at = l->at;
        return token;
    }
    token.at = l->at;
    token.kind = scan(l);
    token.size = l->at - token.at;
    return token;
}
