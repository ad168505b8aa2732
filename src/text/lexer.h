// Source text as an array of tokens (specification: "Lexical Format"). Comments and annotations that nobody reads are
// gone; what is wrong with a token is told by whoever meets it, so that the first error of a text is the one reported.
#ifndef TEXT_LEXER_H
#define TEXT_LEXER_H

#include <holdfast/status.h>

#include "base/map.h"
#include "wasm/opcode.h"

enum token_kind {
    TOKEN_END, // behind the last one
    TOKEN_LPAR,
    TOKEN_RPAR,
    TOKEN_NAT,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_STRING,   // with its quotes
    TOKEN_ID,       // with its $, perhaps quoted
    TOKEN_WORD,     // `word` says which
    TOKEN_RESERVED, // no token of the language, or a word that nobody knows
    TOKEN_ANNOT,    // "(@id" of an annotation that is read: `word` is an enum annot
    TOKEN_ERROR,    // the text cannot be read further: `error` of the tokens says why
};

// Words: instructions by enum opcode, the others behind them.
enum keyword {
    KEYWORD_FIRST = OP_COUNT - 1,
#define KW(name, text) KW_##name,
#include "text/keywords.def"
#undef KW
    KW_OFFSET_EQ, // offset=N
    KW_ALIGN_EQ,  // align=N
    KEYWORD_END,
};

enum annot { ANNOT_NAME, ANNOT_CUSTOM, ANNOT_BRANCH_HINT, ANNOT_COUNT };

struct token {
    uint32_t at;
    uint32_t size;
    uint16_t kind; // enum token_kind
    uint16_t word; // enum opcode, enum keyword or enum annot
};

struct tokens {
    const char *text; // borrowed
    size_t size;
    struct token *items; // ends with TOKEN_END or TOKEN_ERROR
    size_t count;
    size_t cap;
    const hf_allocator *heap;
    const char *error;
};

// The words by their text; made once for many texts.
struct words {
    struct map map;
};

hf_code words_init(struct words *words, const hf_allocator *heap, hf_status *status);
void words_fini(struct words *words);

// HF_OUT_OF_MEMORY, or HF_LIMIT for a text of 4 GiB and more; all else is in the tokens.
hf_code tokens_init(struct tokens *tokens, const struct words *words, const char *text, size_t size,
                    const hf_allocator *heap, hf_status *status);
void tokens_fini(struct tokens *tokens);

// "metadata.code.branch_hint"
const char *annot_name(enum annot annot);

#endif
