#include "wit/parser.h"

#include <string.h>

#include "base/fail.h"

// --- failure -----------------------------------------------------------------------------------------------

void wit_parser_fail(struct parser *p, uint32_t at, hf_code code, const char *fmt, ...)
{
    if (p->code) return;
    const struct wit_id where = { .file = p->file, .at = at };
    va_list args;
    va_start(args, fmt);
    p->code = wit_fail_v(p->wit, &where, code, p->status, fmt, args);
    va_end(args);
    p->token.kind = TOKEN_ERROR;
}

void wit_parser_oom(struct parser *p)
{
    if (p->code) return;
    p->code = fail_oom(p->status);
    p->token.kind = TOKEN_ERROR;
}

hf_str wit_token_text(const struct parser *p)
{
    return (hf_str){ p->lexer.text + p->token.at, p->token.size };
}

void wit_parser_expected(struct parser *p, const char *what)
{
    const enum wit_token_kind kind = p->token.kind;
    if (kind == TOKEN_ID || kind == TOKEN_INTEGER) {
        const hf_str found = wit_token_text(p);
        wit_parser_fail(p, p->token.at, HF_MALFORMED, "expected %s, found '%.*s'", what,
                        found.size > 60 ? 60 : (int)found.size, found.data);
    } else if (kind >= TOKEN_AS) {
        wit_parser_fail(p, p->token.at, HF_MALFORMED, "expected %s, found the keyword %s", what, wit_token_name(kind));
    } else {
        wit_parser_fail(p, p->token.at, HF_MALFORMED, "expected %s, found %s", what, wit_token_name(kind));
    }
}

// --- tokens ------------------------------------------------------------------------------------------------

void wit_advance(struct parser *p)
{
    if (p->code) return;
    p->token = wit_lexer_next(&p->lexer);
    if (p->token.kind == TOKEN_ERROR) wit_parser_fail(p, p->token.at, HF_MALFORMED, "found %s", p->lexer.error);
}

bool wit_at_token(const struct parser *p, enum wit_token_kind kind)
{
    return p->token.kind == kind;
}

bool wit_accept(struct parser *p, enum wit_token_kind kind)
{
    if (p->token.kind != kind) return false;
    wit_advance(p);
    return true;
}

void wit_expect(struct parser *p, enum wit_token_kind kind)
{
    if (!wit_accept(p, kind)) wit_parser_expected(p, wit_token_name(kind));
}

bool wit_more(struct parser *p, enum wit_token_kind close)
{
    return !p->code && !wit_accept(p, close);
}

void wit_separator(struct parser *p, enum wit_token_kind close)
{
    if (!wit_at_token(p, close)) wit_expect(p, TOKEN_COMMA);
}

// --- memory ------------------------------------------------------------------------------------------------

void *wit_make(struct parser *p, size_t size)
{
    void *const made = arena_zalloc(&p->wit->arena, size);
    if (!made) wit_parser_oom(p);
    return made;
}

void *wit_append(struct parser *p, void *array, size_t count, const void *element, size_t size)
{
    if (p->code) return array;
    void *const grown = wit_push(p->wit, array, count, size);
    if (!grown) {
        wit_parser_oom(p);
        return array;
    }
    memcpy((char *)grown + count * size, element, size);
    return grown;
}

// --- names and paths -----------------------------------------------------------------------------------------

struct wit_id wit_parse_id(struct parser *p)
{
    struct wit_id id = { .text = wit_token_text(p), .file = p->file, .at = p->token.at };
    if (!wit_at_token(p, TOKEN_ID)) {
        wit_parser_expected(p, "an identifier");
        return (struct wit_id){ .file = p->file };
    }
    if (id.text.data[0] == '%') id.text = (hf_str){ id.text.data + 1, id.text.size - 1 };
    wit_advance(p);
    return id;
}

// valid-semver, of which the current token is the beginning
struct wit_version wit_parse_version(struct parser *p)
{
    struct wit_version version = { .text = { NULL, 0 } };
    if (p->code) return version;
    const size_t size = wit_version_scan(p->lexer.text + p->token.at, p->lexer.size - p->token.at, &version);
    if (!size) {
        wit_parser_fail(p, p->token.at, HF_MALFORMED, "expected a version (major.minor.patch)");
        return version;
    }
    p->lexer.at = p->token.at + (uint32_t)size;
    p->lexer.error = NULL;
    wit_advance(p);
    return version;
}

struct wit_path wit_parse_path(struct parser *p)
{
    return wit_parse_path_behind(p, wit_parse_id(p));
}

// use-path ::= id | id ':' id '/' id ('@' valid-semver)?   behind its first id
struct wit_path wit_parse_path_behind(struct parser *p, struct wit_id first)
{
    struct wit_path path = { .name = first };
    if (!wit_accept(p, TOKEN_COLON)) return path;
    path.space = first;
    path.package = wit_parse_id(p);
    if (wit_at_token(p, TOKEN_COLON))
        wit_parser_fail(p, p->token.at, HF_UNSUPPORTED, "nested namespaces are not supported");
    wit_expect(p, TOKEN_SLASH);
    path.name = wit_parse_id(p);
    if (wit_at_token(p, TOKEN_SLASH))
        wit_parser_fail(p, p->token.at, HF_UNSUPPORTED, "nested packages are not supported");
    if (wit_accept(p, TOKEN_AT)) path.version = wit_parse_version(p);
    return path;
}

// --- docs and gates --------------------------------------------------------------------------------------------

// Adds a line of documentation without the space in front, and white space at its end.
static void add_line(struct buf *out, const char *from, const char *end)
{
    if (from < end && *from == ' ') from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t')) end--;
    buf_put(out, from, (size_t)(end - from));
    buf_u8(out, '\n');
}

// The lines of a block comment, without the stars at their beginnings; empty first and last lines do not count.
static void add_block(struct buf *out, const char *from, const char *end)
{
    while (from < end) {
        const char *stop = memchr(from, '\n', (size_t)(end - from));
        const bool last = !stop;
        if (last) stop = end;
        const char *at = from;
        while (at < stop && (*at == ' ' || *at == '\t')) at++;
        if (at < stop && *at == '*') at++;
        const char *tail = stop;
        while (tail > at && (tail[-1] == ' ' || tail[-1] == '\r' || tail[-1] == '\t')) tail--;
        if (tail > at || (out->size && !last)) add_line(out, at, tail);
        from = last ? end : stop + 1;
    }
}

static const char *block_end(const char *at, const char *end)
{
    unsigned depth = 0;
    do {
        if (at + 1 < end && at[0] == '/' && at[1] == '*') {
            depth++;
            at += 2;
        } else if (at + 1 < end && at[0] == '*' && at[1] == '/') {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth && at < end);
    return at;
}

// The documenting comments in front of the current token, as lines.
static hf_str parse_docs(struct parser *p)
{
    const char *at = p->lexer.text + p->token.docs_at;
    const char *const end = p->lexer.text + p->token.docs_end;
    if (at >= end) return (hf_str){ NULL, 0 };
    struct buf text;
    buf_init(&text, p->wit->heap);
    while (at < end) {
        if (*at != '/') {
            at++;
            continue;
        }
        if (at[1] == '/') {
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            if (!stop) stop = end;
            if (stop - at >= 3 && at[2] == '/' && (stop - at == 3 || at[3] != '/')) add_line(&text, at + 3, stop);
            at = stop;
        } else {
            const char *const stop = block_end(at, end);
            if (stop - at > 4 && at[2] == '*' && at[3] != '*') add_block(&text, at + 3, stop - 2);
            at = stop;
        }
    }
    const size_t size = text.size && text.data[text.size - 1] == '\n' ? text.size - 1 : text.size;
    const char *const copy = text.failed ? NULL : arena_strndup(&p->wit->arena, (const char *)text.data, size);
    buf_fini(&text);
    if (!copy) {
        wit_parser_oom(p);
        return (hf_str){ NULL, 0 };
    }
    return (hf_str){ copy, size };
}

static void expect_field(struct parser *p, const char *name)
{
    const hf_str text = wit_token_text(p);
    if (!wit_at_token(p, TOKEN_ID) || !str_equal(text, (hf_str){ name, strlen(name) })) {
        wit_parser_expected(p, name);
        return;
    }
    wit_advance(p);
    wit_expect(p, TOKEN_EQUALS);
}

static struct wit_version version_field(struct parser *p)
{
    wit_expect(p, TOKEN_LEFT_PAREN);
    expect_field(p, "version");
    const struct wit_version version = wit_parse_version(p);
    wit_expect(p, TOKEN_RIGHT_PAREN);
    return version;
}

// gate-item ::= unstable-gate | since-gate | deprecated-gate, or external-id, behind the '@'
static void parse_attribute(struct parser *p, struct attributes *a)
{
    const uint32_t at = p->token.at;
    const struct wit_id id = wit_parse_id(p);
#define IS(name) str_equal(id.text, (hf_str){ (name), sizeof(name) - 1 })
    bool twice = false;
    if (p->code) return;
    if (IS("since")) {
        twice = a->gate.since.text.size;
        a->gate.since = version_field(p);
    } else if (IS("deprecated")) {
        twice = a->gate.deprecated.text.size;
        a->gate.deprecated = version_field(p);
    } else if (IS("unstable")) {
        twice = a->gate.unstable.size;
        wit_expect(p, TOKEN_LEFT_PAREN);
        expect_field(p, "feature");
        a->gate.unstable = wit_parse_id(p).text;
        wit_expect(p, TOKEN_RIGHT_PAREN);
    } else if (IS("external-id")) {
        twice = a->external_id.size;
        wit_expect(p, TOKEN_LEFT_PAREN);
        a->external_at = (struct wit_id){ .file = p->file, .at = at };
        a->external_id = wit_token_text(p);
        wit_expect(p, TOKEN_STRING);
        wit_expect(p, TOKEN_RIGHT_PAREN);
    } else {
        wit_parser_fail(p, at, HF_MALFORMED, "expected since, unstable, deprecated or external-id, found '%.*s'",
                        STR(id.text));
    }
#undef IS
    if (twice) wit_parser_fail(p, at, HF_MALFORMED, "@%.*s stands here twice", STR(id.text));
}

struct attributes wit_parse_attributes(struct parser *p)
{
    struct attributes a = { .docs = parse_docs(p) };
    const uint32_t at = p->token.at;
    while (wit_accept(p, TOKEN_AT)) parse_attribute(p, &a);
    if (a.gate.since.text.size && a.gate.unstable.size)
        wit_parser_fail(p, at, HF_INVALID, "@since and @unstable exclude each other");
    if (a.gate.deprecated.text.size && !a.gate.since.text.size && !a.gate.unstable.size)
        wit_parser_fail(p, at, HF_INVALID, "@deprecated wants a @since or @unstable beside it");
    return a;
}

void wit_refuse_external_id(struct parser *p, const struct attributes *a)
{
    if (a->external_id.size) wit_parser_fail(p, a->external_at.at, HF_MALFORMED, "@external-id does not belong here");
}
