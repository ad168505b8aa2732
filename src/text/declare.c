// The first reading of a module: every definition gets its index, and its identifier stands for it.
#include "text/assembler.h"

const struct space_info space_infos[SPACE_COUNT] = {
    { "type", "type" },     { "function", "func" }, { "table", "table" },       { "memory", "memory" },
    { "global", "global" }, { "tag", "tag" },       { "elem segment", "elem" }, { "data segment", "data" },
};

// Takes an identifier if there is one and gives it the next index. Does not complain of syntax: `fields` will.
static hf_code declare(struct assembler *a, enum space space)
{
    const struct token *t = peek(&a->p);
    const uint32_t index = a->declared[space]++;
    if (t->kind != TOKEN_ID) return HF_OK;
    hf_str id;
    TRY(parse_id(&a->p, &id));
    switch (map_put(&a->maps[space], id.data, id.size, index)) {
    case MAP_ADDED: return HF_OK;
    case MAP_EXISTS:
        return parse_fail_at(&a->p, t, HF_MALFORMED, "duplicate %s $%.*s", space_infos[space].bound, shown_name(id),
                             id.data);
    case MAP_NO_MEMORY: break;
    }
    return parse_oom(&a->p);
}

// Skips one token, or one list.
static void skip_one(struct parser *p)
{
    const bool list = is_kind(p, TOKEN_LPAR) || is_kind(p, TOKEN_ANNOT);
    if (is_kind(p, TOKEN_RPAR)) return;
    next(p);
    if (list) skip_list(p);
}

static void skip_exports(struct parser *p)
{
    while (is_open(p, KW_EXPORT) || is_kind(p, TOKEN_ANNOT)) skip_one(p);
}

// An inline element or data segment takes an index of its own space.
static void declare_inline(struct assembler *a, enum space space)
{
    struct parser *p = &a->p;
    skip_exports(p);
    if (is_open(p, KW_IMPORT)) return;
    if (is_word(p, KW_I32) || is_word(p, KW_I64)) next(p);
    if (space == SPACE_TABLE) {
        if (is_kind(p, TOKEN_NAT)) return;
        skip_one(p);
        if (is_open(p, KW_ELEM)) a->declared[SPACE_ELEM]++;
    } else {
        if (is_open(p, KW_PAGESIZE)) skip_one(p);
        if (is_open(p, KW_DATA)) a->declared[SPACE_DATA]++;
    }
}

enum space space_of(unsigned word)
{
    switch (word) {
    case KW_TYPE: return SPACE_TYPE;
    case KW_FUNC: return SPACE_FUNC;
    case KW_TABLE: return SPACE_TABLE;
    case KW_MEMORY: return SPACE_MEMORY;
    case KW_GLOBAL: return SPACE_GLOBAL;
    case KW_TAG: return SPACE_TAG;
    case KW_ELEM: return SPACE_ELEM;
    case KW_DATA: return SPACE_DATA;
    default: return SPACE_COUNT;
    }
}

hf_code declare_all(struct assembler *a)
{
    struct parser *p = &a->p;
    while (is_kind(p, TOKEN_LPAR) || is_kind(p, TOKEN_ANNOT)) {
        const bool list = is_kind(p, TOKEN_LPAR);
        next(p);
        const size_t from = p->at;
        const unsigned word = list && is_kind(p, TOKEN_WORD) ? peek(p)->word : KEYWORD_END;
        const enum space space = space_of(word);
        if (space != SPACE_COUNT) {
            next(p);
            TRY(declare(a, space));
            if (space == SPACE_TABLE || space == SPACE_MEMORY) declare_inline(a, space);
        } else if (word == KW_REC) {
            next(p);
            while (take_open(p, KW_TYPE)) {
                const size_t at = p->at;
                TRY(declare(a, SPACE_TYPE));
                p->at = at;
                skip_list(p);
            }
        } else if (word == KW_IMPORT) {
            next(p);
            if (is_kind(p, TOKEN_STRING)) next(p);
            if (is_kind(p, TOKEN_STRING)) next(p);
            if (is_kind(p, TOKEN_LPAR)) {
                next(p);
                const enum space imported = is_kind(p, TOKEN_WORD) ? space_of(peek(p)->word) : SPACE_COUNT;
                if (imported >= SPACE_FUNC && imported <= SPACE_TAG) {
                    next(p);
                    TRY(declare(a, imported));
                }
            }
        }
        p->at = from;
        skip_list(p);
    }
    return HF_OK;
}
