// Canonical definitions: text to bytes (Explainer.md, "Canonical Definitions"; wasm/canons.def).
#include "text/component.h"

struct canon_text {
    enum canon_kind kind;
    struct buf bytes;
    enum sort sort; // of what is defined
};

// A canonopt, if one is next.
static hf_code option(struct component_assembler *c, struct buf *out, bool *found)
{
    static const struct {
        const char *text;
        uint8_t code;
        enum sort sort;
    } words[] = { { "string-encoding=utf8", 0x00, SORT_COUNT },
                  { "string-encoding=utf16", 0x01, SORT_COUNT },
                  { "string-encoding=latin1+utf16", 0x02, SORT_COUNT },
                  { "memory", 0x03, SORT_CORE_MEMORY },
                  { "realloc", 0x04, SORT_CORE_FUNC },
                  { "post-return", 0x05, SORT_CORE_FUNC },
                  { "async", 0x06, SORT_COUNT },
                  { "callback", 0x07, SORT_CORE_FUNC } };
    struct parser *const p = &c->p;
    *found = true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].sort == SORT_COUNT) {
            if (!take_text(p, words[i].text)) continue;
            buf_u8(out, words[i].code);
            return HF_OK;
        }
        if (!take_open_text(p, words[i].text)) continue;
        uint32_t index;
        TRY(parse_ref(c, words[i].sort, true, &index));
        buf_u8(out, words[i].code);
        buf_leb_u(out, index);
        return expect_close(p);
    }
    *found = false;
    return HF_OK;
}

static hf_code options(struct component_assembler *c, struct buf *out)
{
    struct buf list;
    uint32_t count = 0;
    bool found;
    cbuf_init(c, &list);
    for (;; count++) {
        TRY(option(c, &list, &found));
        if (!found) break;
    }
    buf_leb_u(out, count);
    if (list.size) buf_put(out, list.data, list.size);
    out->failed |= list.failed;
    return HF_OK;
}

static hf_code put_ref(struct component_assembler *c, enum sort sort, struct buf *out)
{
    uint32_t index;
    TRY(parse_ref(c, sort, true, &index));
    buf_leb_u(out, index);
    return HF_OK;
}

static hf_code result_list(struct component_assembler *c, struct buf *out)
{
    if (!take_open_text(&c->p, "result")) {
        buf_put(out, "\1\0", 2);
        return HF_OK;
    }
    buf_u8(out, 0x00);
    TRY(parse_valtype(c, out));
    return expect_close(&c->p);
}

static hf_code memory(struct component_assembler *c, struct buf *out)
{
    if (!take_open_text(&c->p, "memory")) return unexpected(&c->p, "(memory");
    TRY(put_ref(c, SORT_CORE_MEMORY, out));
    return expect_close(&c->p);
}

static hf_code context_slot(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    uint32_t slot;
    if (take_text(p, "i32"))
        buf_u8(out, 0x7f);
    else if (take_text(p, "i64"))
        buf_u8(out, 0x7e);
    else
        return unexpected(p, "i32");
    TRY(parse_u32(p, &slot));
    buf_leb_u(out, slot);
    return HF_OK;
}

// The operands but for the type that is lifted to, which stands elsewhere.
static hf_code operand(struct component_assembler *c, char letter, struct buf *out)
{
    struct parser *const p = &c->p;
    switch (letter) {
    case 'F': buf_u8(out, 0x00); return put_ref(c, SORT_CORE_FUNC, out);
    case 'f': buf_u8(out, 0x00); return put_ref(c, SORT_FUNC, out);
    case 'o': return options(c, out);
    case 'r':
    case 'S':
    case 'U': return put_ref(c, SORT_TYPE, out);
    case 'R': return result_list(c, out);
    case 'a': buf_u8(out, take_text(p, "async")); return HF_OK;
    case 'c': buf_u8(out, take_text(p, "cancellable")); return HF_OK;
    case 's': buf_u8(out, take_text(p, "shared")); return HF_OK;
    case 'm': return memory(c, out);
    case 'v': return context_slot(c, out);
    case 'T': return put_ref(c, SORT_CORE_TYPE, out);
    case 'B': return put_ref(c, SORT_CORE_TABLE, out);
    default: return HF_OK;
    }
}

static hf_code head(struct component_assembler *c, struct canon_text *out)
{
    struct parser *const p = &c->p;
    cbuf_init(c, &out->bytes);
    for (unsigned i = 0; i < CANON_COUNT; i++) {
        if (!take_text(p, canon_infos[i].text)) continue;
        out->kind = (enum canon_kind)i;
        out->sort = i == CANON_LIFT ? SORT_FUNC : SORT_CORE_FUNC;
        buf_u8(&out->bytes, canon_infos[i].code);
        for (const char *letter = canon_infos[i].operands; *letter; letter++) TRY(operand(c, *letter, &out->bytes));
        return HF_OK;
    }
    return unexpected(p, "a canonical definition");
}

static hf_code finish(struct component_assembler *c, struct canon_text *text, hf_str id, const uint32_t *type,
                      uint32_t *out)
{
    if (text->kind == CANON_LIFT) buf_leb_u(&text->bytes, *type);
    TRY(put_item(c, CSECTION_CANON, &text->bytes));
    return name_next(c, text->sort, id, out);
}

hf_code parse_canon(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct canon_text text;
    hf_str id;
    uint32_t type = 0;
    TRY(head(c, &text));
    if (text.sort == SORT_CORE_FUNC) {
        if (!take_open_text(p, "core")) return unexpected(p, "(core func");
        if (!take_text(p, "func")) return unexpected(p, "func");
        TRY(parse_id(p, &id));
    } else {
        if (!take_open_text(p, "func")) return unexpected(p, "(func");
        TRY(parse_id(p, &id));
        TRY(parse_typeuse(c, SORT_FUNC, &type));
    }
    TRY(expect_close(p));
    TRY(finish(c, &text, id, &type, NULL));
    return expect_close(p);
}

hf_code parse_inverted_canon(struct component_assembler *c, enum sort sort, hf_str id, const uint32_t *type,
                             uint32_t *out)
{
    struct parser *const p = &c->p;
    struct canon_text text;
    if (!take_open_text(p, "canon")) return unexpected(p, "(canon");
    TRY(head(c, &text));
    if (text.sort != sort) return unexpected(p, sort == SORT_FUNC ? "a lift" : "a core function");
    TRY(finish(c, &text, id, type, out));
    return expect_close(p);
}
