// A cursor over tokens, and what modules and scripts read alike.
#ifndef TEXT_PARSER_H
#define TEXT_PARSER_H

#include "base/arena.h"
#include "base/buf.h"
#include "text/lexer.h"

struct parser {
    const struct tokens *tokens;
    size_t at; // index of the next token; never behind the last
    hf_status *status;
    struct arena *arena; // for names whose quotes and escapes are taken off
    uint32_t features;
};

static inline const struct token *peek(const struct parser *p)
{
    return &p->tokens->items[p->at];
}

// The token `ahead` places behind the next one; the last token when there are fewer.
static inline const struct token *peek_at(const struct parser *p, size_t ahead)
{
    const size_t left = p->tokens->count - 1 - p->at;
    return &p->tokens->items[p->at + (ahead < left ? ahead : left)];
}

static inline void next(struct parser *p)
{
    if (p->at + 1 < p->tokens->count) p->at++;
}

static inline bool is_kind(const struct parser *p, enum token_kind kind)
{
    return peek(p)->kind == kind;
}

static inline bool token_is_word(const struct token *t, unsigned word)
{
    return t->kind == TOKEN_WORD && t->word == word;
}

static inline bool is_word(const struct parser *p, unsigned word)
{
    return token_is_word(peek(p), word);
}

// Is "(word" next?
static inline bool is_open(const struct parser *p, unsigned word)
{
    return is_kind(p, TOKEN_LPAR) && token_is_word(peek_at(p, 1), word);
}

static inline const char *token_text(const struct parser *p, const struct token *t)
{
    return p->tokens->text + t->at;
}

// Takes the word, the opening "(word", or nothing.
bool take_word(struct parser *p, unsigned word);
bool take_open(struct parser *p, unsigned word);

// Fails at the next token.
hf_code parse_fail(struct parser *p, hf_code code, const char *fmt, ...) HF_PRINTF(3, 4);
hf_code parse_fail_at(struct parser *p, const struct token *t, hf_code code, const char *fmt, ...) HF_PRINTF(4, 5);
// Fails at the next token because it is what it is: an unknown operator, a misplaced annotation, …
hf_code unexpected(struct parser *p, const char *expected);
hf_code parse_oom(struct parser *p);

hf_code expect_close(struct parser *p);
hf_code expect_open(struct parser *p, unsigned word, const char *expected);

hf_code parse_u32(struct parser *p, uint32_t *out);
hf_code parse_u64(struct parser *p, uint64_t *out);
// A string token appended to `out`, escapes taken off.
hf_code parse_string(struct parser *p, struct buf *out);
// The same in the arena; it has to be UTF-8 when `utf8`.
hf_code parse_bytes(struct parser *p, bool utf8, hf_str *out);
// An identifier's name, without the $; `out->data` is NULL when the next token is none.
hf_code parse_id(struct parser *p, hf_str *out);
// The name that an identifier token stands for.
hf_code id_name(struct parser *p, const struct token *t, hf_str *out);

// A number that is the operand of this constant instruction: its bits, little-endian.
hf_code parse_number(struct parser *p, enum opcode op, uint64_t *out);
// The lanes behind v128.const, shape first.
hf_code parse_v128(struct parser *p, uint8_t out[16]);
// What a lane shape is made of; 0 when the word is none.
unsigned shape_lanes(unsigned word);
bool shape_is_float(unsigned word);

// Skips to behind the ')' that closes the list whose '(' was taken; stops at the end.
void skip_list(struct parser *p);

// How much of a name a message shows, for "%.*s".
static inline int shown_name(hf_str name)
{
    return name.size < 100 ? (int)name.size : 100;
}

// Where in the text a token is, from 1.
void token_position(const struct tokens *tokens, const struct token *t, uint32_t *line, uint32_t *column);

#define TRY(call)                               \
    do {                                        \
        const hf_code try_code = (call);        \
        if (try_code != HF_OK) return try_code; \
    } while (0)

#endif
