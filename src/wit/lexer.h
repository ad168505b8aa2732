// The tokens of a WIT text (WIT.md, "Lexical structure"), one at a time. A text that the lexer cannot read on from yields
// TOKEN_ERROR for good, and `error` says why.
#ifndef WIT_LEXER_H
#define WIT_LEXER_H

#include <holdfast/defs.h>

enum wit_token_kind {
    TOKEN_END,
    TOKEN_ERROR,
    TOKEN_ID,      // with its %, if any
    TOKEN_INTEGER, // digits
    TOKEN_STRING,  // with its quotes
    TOKEN_EQUALS,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_SEMICOLON,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_STAR,
    TOKEN_ARROW,
    TOKEN_SLASH,
    TOKEN_DOT,
    TOKEN_AT,
    TOKEN_UNDERSCORE,
#define KEYWORD(name, text) TOKEN_##name,
#include "wit/keywords.def"
#undef KEYWORD
    TOKEN_KINDS,
};

struct wit_token {
    enum wit_token_kind kind;
    uint32_t at;
    uint32_t size;
    uint32_t docs_at; // the comments in front of it, from the first to the end of the last documenting one
    uint32_t docs_end;
};

struct wit_lexer {
    const char *text;
    uint32_t size;
    uint32_t at;
    const char *error;
};

// Checks that the text is UTF-8 of characters that WIT allows; if not, returns false, with `error` and `at` set.
bool wit_lexer_init(struct wit_lexer *lexer, const char *text, uint32_t size);
struct wit_token wit_lexer_next(struct wit_lexer *lexer);

// "'{'", "an identifier", "'record'": for messages.
const char *wit_token_name(enum wit_token_kind kind);
// Is this word one of the keywords, so that as an identifier it needs a %?
bool wit_is_keyword(hf_str word);
// label ::= first-fragment ('-' fragment)*: each fragment in one case (Explainer.md, "Import and Export Definitions")
bool wit_is_label(hf_str word);

#endif
