#include "text/script_value.h"

#include <string.h>

#include "base/utf8.h"
#include "text/component.h"
#include "base/number.h"

enum { VALUE_DEPTH_MAX = 100 };

enum operand { INTEGER, FLOAT, BOOL, CHAR, TEXT, ITEMS, FIELDS, CASE, MAYBE, NOTHING, LABELS };

static const struct {
    const char *text;
    enum script_value_kind kind;
    enum operand operand;
    uint8_t bits;
} forms[] = {
    { "bool.const", SCRIPT_BOOL, BOOL, 1 },       { "s8.const", SCRIPT_S8, INTEGER, 8 },
    { "u8.const", SCRIPT_U8, INTEGER, 8 },        { "s16.const", SCRIPT_S16, INTEGER, 16 },
    { "u16.const", SCRIPT_U16, INTEGER, 16 },     { "s32.const", SCRIPT_S32, INTEGER, 32 },
    { "u32.const", SCRIPT_U32, INTEGER, 32 },     { "s64.const", SCRIPT_S64, INTEGER, 64 },
    { "u64.const", SCRIPT_U64, INTEGER, 64 },     { "f32.const", SCRIPT_F32, FLOAT, 32 },
    { "f64.const", SCRIPT_F64, FLOAT, 64 },       { "char.const", SCRIPT_CHAR, CHAR, 0 },
    { "str.const", SCRIPT_STRING, TEXT, 0 },      { "list.const", SCRIPT_LIST, ITEMS, 0 },
    { "record.const", SCRIPT_RECORD, FIELDS, 0 }, { "tuple.const", SCRIPT_TUPLE, ITEMS, 0 },
    { "variant.const", SCRIPT_VARIANT, CASE, 0 }, { "enum.const", SCRIPT_ENUM, TEXT, 0 },
    { "option.none", SCRIPT_NONE, NOTHING, 0 },   { "option.some", SCRIPT_SOME, MAYBE, 0 },
    { "result.ok", SCRIPT_OK, MAYBE, 0 },         { "result.err", SCRIPT_ERR, MAYBE, 0 },
    { "flags.const", SCRIPT_FLAGS, LABELS, 0 },
};

static size_t find_form(const struct parser *p, bool *open)
{
    *open = is_kind(p, TOKEN_LPAR);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (*open ? at_open_text(p, forms[i].text) : at_text(p, forms[i].text)) return i;
    return SIZE_MAX;
}

bool script_value_is_component(const struct parser *p)
{
    bool open;
    const size_t form = find_form(p, &open);
    // Floats on their own are core values as well, and read as such.
    return form != SIZE_MAX && forms[form].operand != FLOAT;
}

// Signed numbers may not be larger than their type says, nor unsigned ones have a sign.
static hf_code integer(struct parser *p, size_t form, uint64_t *out)
{
    const struct token *const t = peek(p);
    const bool is_signed = *forms[form].text == 's';
    const unsigned bits = forms[form].bits;
    if (t->kind != TOKEN_NAT && t->kind != TOKEN_INT) return unexpected(p, "an integer");
    if (!number_int(token_text(p, t), t->size, bits, out)) return parse_fail(p, HF_MALFORMED, "constant out of range");
    const bool minus = *token_text(p, t) == '-';
    const bool high = *out >> (bits - 1) & 1;
    if (is_signed ? high != (minus && *out != 0) : minus && *out != 0)
        return parse_fail(p, HF_MALFORMED, "constant out of range");
    next(p);
    return HF_OK;
}

static hf_code boolean(struct parser *p, uint64_t *out)
{
    if (take_text(p, "true"))
        *out = 1;
    else if (take_text(p, "false"))
        *out = 0;
    else
        return unexpected(p, "true or false");
    return HF_OK;
}

static hf_code character(struct parser *p, uint64_t *out)
{
    hf_str text;
    uint32_t scalar;
    TRY(parse_bytes(p, true, &text));
    if (!text.size || utf8_decode((const uint8_t *)text.data, text.size, &scalar) != text.size)
        return parse_fail(p, HF_MALFORMED, "expected one character");
    *out = scalar;
    return HF_OK;
}

struct items {
    struct script_value *at;
    size_t cap;
    uint32_t count;
};

static hf_code push(struct parser *p, struct arena *arena, struct items *items, const struct script_value *value)
{
    struct script_value *const more =
        arena_grow(arena, items->at, &items->cap, items->count, items->count + 1u, sizeof *more);
    if (!more) return parse_oom(p);
    items->at = more;
    more[items->count++] = *value;
    return HF_OK;
}

static hf_code parse_items(struct parser *p, struct arena *arena, unsigned depth, enum operand operand,
                           struct script_value *out)
{
    struct items items = { 0 };
    while (!is_kind(p, TOKEN_RPAR)) {
        struct script_value item = { 0 };
        if (operand == LABELS) {
            item.kind = SCRIPT_ENUM;
            TRY(parse_bytes(p, true, &item.text));
        } else if (operand == FIELDS) {
            if (!take_open_text(p, "field")) return unexpected(p, "(field");
            hf_str name;
            TRY(parse_bytes(p, true, &name));
            TRY(script_value_parse(p, arena, depth, &item));
            item.name = name;
            TRY(expect_close(p));
        } else {
            TRY(script_value_parse(p, arena, depth, &item));
        }
        TRY(push(p, arena, &items, &item));
        if (operand == MAYBE || operand == CASE) break;
    }
    out->items = items.at;
    out->item_count = items.count;
    return HF_OK;
}

hf_code script_value_parse(struct parser *p, struct arena *arena, unsigned depth, struct script_value *out)
{
    bool open;
    const size_t form = find_form(p, &open);
    if (form == SIZE_MAX) return unexpected(p, "a component value");
    if (depth >= VALUE_DEPTH_MAX) return parse_fail(p, HF_LIMIT, "values are nested too deeply");
    p->at += open ? 2 : 1;
    struct script_value value = { .kind = forms[form].kind };
    switch (forms[form].operand) {
    case INTEGER: TRY(integer(p, form, &value.bits)); break;
    case FLOAT: TRY(parse_number(p, forms[form].bits == 32 ? OP_F32_CONST : OP_F64_CONST, &value.bits)); break;
    case BOOL: TRY(boolean(p, &value.bits)); break;
    case CHAR: TRY(character(p, &value.bits)); break;
    case TEXT: TRY(parse_bytes(p, true, &value.text)); break;
    case CASE:
        TRY(parse_bytes(p, true, &value.text));
        TRY(parse_items(p, arena, depth + 1, CASE, &value));
        break;
    case NOTHING: break;
    default: TRY(parse_items(p, arena, depth + 1, forms[form].operand, &value)); break;
    }
    if (open) TRY(expect_close(p));
    *out = value;
    return HF_OK;
}
