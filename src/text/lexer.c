#include "text/lexer.h"

#include <string.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "base/number.h"

struct lexer {
    struct tokens *out;
    const struct words *words;
    const char *text;
    const char *at;
    const char *end;
    bool oom;
};

static const char bad_utf8[] = "malformed UTF-8 encoding";

// --- words -------------------------------------------------------------------------------------------------

hf_code words_init(struct words *words, const hf_allocator *heap, hf_status *status)
{
    map_init(&words->map, heap, 0);
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const char *text = op_infos[op].text;
        if (strchr(text, ' ')) continue; // "ref.test null" is chosen by its type
        if (map_put(&words->map, text, strlen(text), op) == MAP_NO_MEMORY) goto oom;
    }
    static const char *const texts[] = {
#define KW(name, text) text,
#include "text/keywords.def"
#undef KW
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (map_put(&words->map, texts[i], strlen(texts[i]), OP_COUNT + i) == MAP_NO_MEMORY) goto oom;
    }
    return HF_OK;
oom:
    words_fini(words);
    return fail_oom(status);
}

void words_fini(struct words *words)
{
    map_fini(&words->map);
}

static const char *const annot_names[ANNOT_COUNT] = { "name", "custom", "metadata.code.branch_hint" };

const char *annot_name(enum annot annot)
{
    return annot_names[annot];
}

// --- characters --------------------------------------------------------------------------------------------

static bool is_idchar(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    switch (c) {
    case '_':
    case '+':
    case '-':
    case '*':
    case '/':
    case '\\':
    case '^':
    case '~':
    case '=':
    case '<':
    case '>':
    case '!':
    case '?':
    case '@':
    case '#':
    case '$':
    case '%':
    case '&':
    case '|':
    case ':':
    case '`':
    case '.':
    case '\'': return true;
    default: return false;
    }
}

static bool is_hexdigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What is wrong with a byte that begins no token.
static const char *bad_byte(const struct lexer *l)
{
    const unsigned char c = (unsigned char)*l->at;
    uint32_t scalar;
    if (c >= 0x80 && !utf8_decode((const uint8_t *)l->at, (size_t)(l->end - l->at), &scalar)) return bad_utf8;
    return "illegal character";
}

static void push(struct lexer *l, enum token_kind kind, const char *from, unsigned word)
{
    struct tokens *t = l->out;
    if (t->count == t->cap) {
        struct token *items = mem_grow(t->heap, t->items, &t->cap, t->count + 1, sizeof *items);
        if (!items) {
            l->oom = true;
            return;
        }
        t->items = items;
    }
    t->items[t->count++] =
        (struct token){ (uint32_t)(from - l->text), (uint32_t)(l->at - from), (uint16_t)kind, (uint16_t)word };
}

// --- strings -----------------------------------------------------------------------------------------------

// string ::= '"' stringelem* '"'   leaves `at` behind it, or on what is wrong
static const char *string(struct lexer *l)
{
    l->at++;
    while (l->at != l->end) {
        const unsigned char c = (unsigned char)*l->at;
        if (c == '"') {
            l->at++;
            return NULL;
        }
        if (c == '\n') return "unclosed string literal";
        if (c < 0x20 || c == 0x7f) return "illegal control character in string literal";
        if (c >= 0x80) {
            uint32_t scalar;
            const size_t size = utf8_decode((const uint8_t *)l->at, (size_t)(l->end - l->at), &scalar);
            if (!size) return bad_utf8;
            l->at += size;
            continue;
        }
        l->at++;
        if (c != '\\') continue;
        if (l->at == l->end) break;
        const char e = *l->at;
        if (strchr("nrt\\'\"", e) && e) {
            l->at++;
        } else if (e == 'u') {
            const char *p = l->at + 1;
            if (p == l->end || *p++ != '{') return "illegal escape";
            uint32_t scalar = 0;
            bool any = false;
            while (p != l->end && (is_hexdigit(*p) || (*p == '_' && any && p + 1 != l->end && is_hexdigit(p[1])))) {
                if (*p != '_') {
                    uint64_t d = 0;
                    const char hex[3] = { '0', 'x', *p };
                    number_nat(hex, 3, &d);
                    if (scalar > 0x10ffff) return "illegal escape";
                    scalar = scalar << 4 | (uint32_t)d;
                    any = true;
                }
                p++;
            }
            uint8_t bytes[4];
            if (!any || p == l->end || *p++ != '}' || !utf8_encode(scalar, bytes)) return "illegal escape";
            l->at = p;
        } else if (is_hexdigit(e) && l->at + 1 != l->end && is_hexdigit(l->at[1])) {
            l->at += 2;
        } else {
            return "illegal escape";
        }
    }
    return "unclosed string literal";
}

// --- comments ----------------------------------------------------------------------------------------------

static void line_comment(struct lexer *l)
{
    while (l->at != l->end && *l->at != '\n' && *l->at != '\r') {
        if ((unsigned char)*l->at >= 0x80) {
            uint32_t scalar;
            const size_t size = utf8_decode((const uint8_t *)l->at, (size_t)(l->end - l->at), &scalar);
            if (!size) return; // the caller meets it next
            l->at += size;
        } else {
            l->at++;
        }
    }
}

// blockcomment ::= '(;' … ';)'   nested
static const char *block_comment(struct lexer *l)
{
    size_t depth = 0;
    const char *p = l->at;
    while (p != l->end) {
        const size_t left = (size_t)(l->end - p);
        if (left >= 2 && p[0] == '(' && p[1] == ';') {
            depth++;
            p += 2;
        } else if (left >= 2 && p[0] == ';' && p[1] == ')') {
            p += 2;
            if (--depth == 0) {
                l->at = p;
                return NULL;
            }
        } else if ((unsigned char)*p >= 0x80) {
            uint32_t scalar;
            const size_t size = utf8_decode((const uint8_t *)p, left, &scalar);
            if (!size) {
                l->at = p;
                return bad_utf8;
            }
            p += size;
        } else {
            p++;
        }
    }
    return "unclosed comment";
}

// Skips white space and comments.
static const char *space(struct lexer *l)
{
    while (l->at != l->end) {
        const char c = *l->at;
        const char next = l->end - l->at >= 2 ? l->at[1] : 0;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            l->at++;
        } else if (c == ';' && next == ';') {
            line_comment(l);
        } else if (c == '(' && next == ';') {
            const char *wrong = block_comment(l);
            if (wrong) return wrong;
        } else {
            return NULL;
        }
    }
    return NULL;
}

// --- annotations -------------------------------------------------------------------------------------------

// A maximal run of idchars and strings. `strings` counts them, `id` is the run's first idchars.
static const char *run(struct lexer *l, size_t *strings)
{
    *strings = 0;
    while (l->at != l->end) {
        if (*l->at == '"') {
            const char *wrong = string(l);
            if (wrong) return wrong;
            ++*strings;
        } else if (is_idchar(*l->at)) {
            l->at++;
        } else {
            break;
        }
    }
    return NULL;
}

static bool is_punctuation(char c)
{
    return c == ',' || c == ';' || c == '[' || c == ']' || c == '{' || c == '}';
}

// Skips the rest of an annotation, from behind its id to behind its ')'.
static const char *skip_annotation(struct lexer *l)
{
    for (size_t depth = 1; depth;) {
        const char *wrong = space(l);
        if (wrong) return wrong;
        if (l->at == l->end) return "unclosed annotation";
        size_t strings;
        if (*l->at == '(') {
            depth++;
            l->at++;
        } else if (*l->at == ')') {
            depth--;
            l->at++;
        } else if (is_punctuation(*l->at)) {
            l->at++;
        } else if (*l->at == '"' || is_idchar(*l->at)) {
            wrong = run(l, &strings);
            if (wrong) return wrong;
        } else {
            return bad_byte(l);
        }
    }
    return NULL;
}

// annot ::= '(@' id … ')'   `at` is on the '('
static const char *annotation(struct lexer *l)
{
    const char *const from = l->at;
    l->at += 2;
    const char *const id = l->at;
    if (l->at != l->end && *l->at == '"') {
        const char *wrong = string(l);
        if (wrong) return wrong == bad_utf8 ? wrong : "empty annotation id";
        if (l->at - id == 2) return "empty annotation id";
        // An escape may make bytes that are no UTF-8.
        const char *p = id + 1;
        for (; p != l->at - 1; p++) {
            if (*p == '\\' && is_hexdigit(p[1]) && is_hexdigit(p[2]) && p[1] >= '8') return bad_utf8;
            if (*p == '\\') p++;
        }
        return skip_annotation(l);
    }
    while (l->at != l->end && is_idchar(*l->at)) l->at++;
    const size_t size = (size_t)(l->at - id);
    if (!size) return "empty annotation id";
    for (unsigned i = 0; i < ANNOT_COUNT; i++) {
        if (strlen(annot_names[i]) == size && memcmp(annot_names[i], id, size) == 0) {
            push(l, TOKEN_ANNOT, from, i);
            return NULL;
        }
    }
    return skip_annotation(l);
}

// --- tokens ------------------------------------------------------------------------------------------------

// word, number, identifier or string: a run, told apart by what is in it
static const char *word(struct lexer *l)
{
    const char *const from = l->at;
    size_t strings;
    const char *wrong = run(l, &strings);
    if (wrong) {
        const bool bad_id = from[0] == '$' && from[1] == '"' && wrong != bad_utf8;
        return bad_id ? "empty identifier" : wrong;
    }
    const size_t size = (size_t)(l->at - from);
    if (*from == '"') {
        // One string is one token; the run is longer when something follows without a space.
        struct lexer one = *l;
        one.at = from;
        string(&one);
        push(l, one.at == l->at ? TOKEN_STRING : TOKEN_RESERVED, from, 0);
        return NULL;
    }
    if (*from == '$') {
        if (size == 1) return "empty identifier";
        if (!strings) {
            push(l, TOKEN_ID, from, 0);
            return NULL;
        }
        struct lexer one = *l;
        one.at = from + 1;
        if (*one.at != '"') {
            push(l, TOKEN_RESERVED, from, 0);
            return NULL;
        }
        string(&one);
        if (one.at == from + 3) return "empty identifier";
        push(l, one.at == l->at ? TOKEN_ID : TOKEN_RESERVED, from, 0);
        return NULL;
    }
    if (strings) {
        push(l, TOKEN_RESERVED, from, 0);
        return NULL;
    }
    switch (number_kind(from, size)) {
    case NUMBER_NAT: push(l, TOKEN_NAT, from, 0); return NULL;
    case NUMBER_INT: push(l, TOKEN_INT, from, 0); return NULL;
    case NUMBER_FLOAT: push(l, TOKEN_FLOAT, from, 0); return NULL;
    case NUMBER_NOT: break;
    }
    const uint32_t *known = map_get(&l->words->map, from, size);
    if (known) {
        push(l, TOKEN_WORD, from, *known);
    } else if (size > 7 && memcmp(from, "offset=", 7) == 0 && number_kind(from + 7, size - 7) == NUMBER_NAT) {
        push(l, TOKEN_WORD, from, KW_OFFSET_EQ);
    } else if (size > 6 && memcmp(from, "align=", 6) == 0 && number_kind(from + 6, size - 6) == NUMBER_NAT) {
        push(l, TOKEN_WORD, from, KW_ALIGN_EQ);
    } else {
        push(l, TOKEN_RESERVED, from, 0);
    }
    return NULL;
}

static const char *lex(struct lexer *l)
{
    while (!l->oom) {
        const char *wrong = space(l);
        if (wrong) return wrong;
        if (l->at == l->end) return NULL;
        const char *const from = l->at;
        const char c = *from;
        if (c == '(' && l->end - from >= 2 && from[1] == '@') {
            wrong = annotation(l);
            if (wrong) return wrong;
        } else if (c == '(' || c == ')') {
            l->at++;
            push(l, c == '(' ? TOKEN_LPAR : TOKEN_RPAR, from, 0);
        } else if (is_punctuation(c)) {
            l->at++;
            push(l, TOKEN_RESERVED, from, 0);
        } else if (c == '"' || is_idchar(c)) {
            wrong = word(l);
            if (wrong) return wrong;
        } else {
            return bad_byte(l);
        }
    }
    return NULL;
}

hf_code tokens_init(struct tokens *tokens, const struct words *words, const char *text, size_t size,
                    const hf_allocator *heap, hf_status *status)
{
    *tokens = (struct tokens){ .text = text, .size = size, .heap = heap };
    if (size >= UINT32_MAX) return fail(status, HF_LIMIT, "the text is larger than 4 GiB");
    if (!text) text = "";
    struct lexer l = { .out = tokens, .words = words, .text = text, .at = text, .end = text + size };
    tokens->text = text;
    tokens->error = lex(&l);
    push(&l, tokens->error ? TOKEN_ERROR : TOKEN_END, l.at, 0);
    if (!l.oom) return HF_OK;
    tokens_fini(tokens);
    return fail_oom(status);
}

void tokens_fini(struct tokens *tokens)
{
    mem_free(tokens->heap, tokens->items, tokens->cap * sizeof *tokens->items);
    tokens->items = NULL;
    tokens->count = tokens->cap = 0;
}
