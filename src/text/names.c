// What the assembler writes beside the module proper: the name section, custom sections and branch hints.
#include <string.h>

#include "text/assembler.h"

const char *const section_names[SECTION_COUNT] = {
    "first",  "type",  "import", "func",      "table", "memory", "tag",  "global",
    "export", "start", "elem",   "datacount", "code",  "data",   "last",
};
const uint8_t section_ids[SECTION_COUNT] = { 0, 1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11, 0 };

void put_str(struct buf *out, hf_str str)
{
    buf_leb_u(out, str.size);
    buf_put(out, str.data, str.size);
}

// --- names -------------------------------------------------------------------------------------------------

hf_code assemble_name_annot(struct assembler *a, hf_str *out)
{
    *out = (hf_str){ NULL, 0 };
    const struct token *t = peek(&a->p);
    if (t->kind != TOKEN_ANNOT || t->word != ANNOT_NAME) return HF_OK;
    next(&a->p);
    TRY(parse_bytes(&a->p, true, out));
    return expect_close(&a->p);
}

hf_code assemble_name(struct assembler *a, unsigned list, uint32_t outer, uint32_t index, hf_str id)
{
    hf_str name;
    TRY(assemble_name_annot(a, &name));
    if (!name.data) {
        if (!a->name_section || !id.data) return HF_OK;
        name = id;
    }
    struct name_list *names = &a->names[list];
    if (names->count == names->cap) {
        struct name_entry *items = mem_grow(a->heap, names->items, &names->cap, names->count + 1, sizeof *items);
        if (!items) return parse_oom(&a->p);
        names->items = items;
    }
    names->items[names->count++] = (struct name_entry){ outer, index, name };
    return HF_OK;
}

// namemap ::= vec(idx name)   of the entries [from, to)
static void put_name_map(const struct name_list *list, size_t from, size_t to, struct buf *out)
{
    buf_leb_u(out, to - from);
    for (size_t i = from; i < to; i++) {
        buf_leb_u(out, list->items[i].index);
        put_str(out, list->items[i].name);
    }
}

static void put_subsection(uint8_t id, const struct buf *bytes, struct buf *out)
{
    buf_u8(out, id);
    buf_leb_u(out, bytes->size);
    buf_put(out, bytes->data, bytes->size);
    out->failed |= bytes->failed;
}

// indirectnamemap ::= vec(idx namemap)   entries with the same outer index stand together
static void put_indirect_map(const struct name_list *list, struct buf *out)
{
    size_t groups = 0;
    for (size_t i = 0; i < list->count; i++) groups += i == 0 || list->items[i].outer != list->items[i - 1].outer;
    buf_leb_u(out, groups);
    for (size_t i = 0; i < list->count;) {
        size_t to = i;
        while (to < list->count && list->items[to].outer == list->items[i].outer) to++;
        buf_leb_u(out, list->items[i].outer);
        put_name_map(list, i, to, out);
        i = to;
    }
}

void put_name_section(struct assembler *a, struct buf *out)
{
    // Subsections by their ids; the module's name is 0.
    static const struct {
        uint8_t id, list;
        bool indirect;
    } subsections[] = {
        { 1, SPACE_FUNC, false },  { 2, NAMES_LOCAL, true },   { 3, NAMES_LABEL, true },   { 4, SPACE_TYPE, false },
        { 5, SPACE_TABLE, false }, { 6, SPACE_MEMORY, false }, { 7, SPACE_GLOBAL, false }, { 8, SPACE_ELEM, false },
        { 9, SPACE_DATA, false },  { 10, NAMES_FIELD, true },  { 11, SPACE_TAG, false },
    };
    struct buf section, part;
    buf_init(&section, a->heap);
    buf_init(&part, a->heap);
    if (a->module_name.data) {
        put_str(&part, a->module_name);
        put_subsection(0, &part, &section);
    }
    for (size_t i = 0; i < sizeof subsections / sizeof *subsections; i++) {
        const struct name_list *list = &a->names[subsections[i].list];
        if (!list->count) continue;
        buf_clear(&part);
        if (subsections[i].indirect)
            put_indirect_map(list, &part);
        else
            put_name_map(list, 0, list->count, &part);
        put_subsection(subsections[i].id, &part, &section);
    }
    if (section.size) {
        buf_u8(out, 0);
        buf_leb_u(out, section.size + 5);
        put_str(out, (hf_str){ "name", 4 });
        buf_put(out, section.data, section.size);
    }
    out->failed |= section.failed;
    buf_fini(&section);
    buf_fini(&part);
}

// --- custom sections ---------------------------------------------------------------------------------------

// (before X) | (after X)
static hf_code place(struct assembler *a, struct custom *out)
{
    struct parser *p = &a->p;
    const char *name = annot_name(ANNOT_CUSTOM);
    if (!is_kind(p, TOKEN_LPAR)) return HF_OK;
    next(p);
    const struct token *t = peek(p);
    const hf_str side = { token_text(p, t), t->size };
    const bool before = side.size == 6 && memcmp(side.data, "before", 6) == 0;
    if (!before && !(side.size == 5 && memcmp(side.data, "after", 5) == 0))
        return parse_fail(p, HF_MALFORMED, "@%s annotation: malformed placement", name);
    next(p);
    t = peek(p);
    for (unsigned s = 0; s < SECTION_COUNT; s++) {
        if (s == SECTION_FIRST && !before) continue;
        if (s == SECTION_LAST && before) continue;
        if (strlen(section_names[s]) != t->size || memcmp(section_names[s], token_text(p, t), t->size) != 0) continue;
        out->before = before;
        out->section = (enum section)s;
        next(p);
        if (!is_kind(p, TOKEN_RPAR)) return parse_fail(p, HF_MALFORMED, "@%s annotation: unexpected token", name);
        next(p);
        return HF_OK;
    }
    return parse_fail(p, HF_MALFORMED, "@%s annotation: malformed section kind", name);
}

// (@custom name place? string*)
hf_code assemble_custom(struct assembler *a)
{
    struct parser *p = &a->p;
    const char *name = annot_name(ANNOT_CUSTOM);
    next(p);
    if (!is_kind(p, TOKEN_STRING)) return parse_fail(p, HF_MALFORMED, "@%s annotation: missing section name", name);
    struct custom custom = { .section = SECTION_LAST, .before = false, .at = a->custom_bytes.size };
    const struct token *t = peek(p);
    hf_status inner = { 0 };
    hf_status *const outer = p->status;
    p->status = &inner;
    const hf_code code = parse_bytes(p, true, &custom.name);
    p->status = outer;
    if (code == HF_MALFORMED) return parse_fail_at(p, t, code, "@%s annotation: %s", name, inner.message);
    if (code != HF_OK) return parse_oom(p);
    TRY(place(a, &custom));
    while (is_kind(p, TOKEN_STRING)) TRY(parse_string(p, &a->custom_bytes));
    if (!is_kind(p, TOKEN_RPAR)) {
        if (is_kind(p, TOKEN_ERROR)) return unexpected(p, ")");
        return parse_fail(p, HF_MALFORMED, "@%s annotation: unexpected token", name);
    }
    next(p);
    custom.size = a->custom_bytes.size - custom.at;
    if (a->custom_count == a->custom_cap) {
        struct custom *customs = mem_grow(a->heap, a->customs, &a->custom_cap, a->custom_count + 1, sizeof *customs);
        if (!customs) return parse_oom(p);
        a->customs = customs;
    }
    a->customs[a->custom_count++] = custom;
    return HF_OK;
}

static unsigned leb_size(uint64_t value)
{
    unsigned size = 1;
    while (value >>= 7) size++;
    return size;
}

void put_customs(const struct assembler *a, enum section section, bool before, struct buf *out)
{
    for (size_t i = 0; i < a->custom_count; i++) {
        const struct custom *c = &a->customs[i];
        if (c->section != section || c->before != before) continue;
        buf_u8(out, 0);
        buf_leb_u(out, leb_size(c->name.size) + c->name.size + c->size);
        put_str(out, c->name);
        buf_put(out, a->custom_bytes.data + c->at, c->size);
    }
}

// --- branch hints ------------------------------------------------------------------------------------------

void put_hint_section(struct assembler *a, struct buf *out)
{
    if (!a->hint_count) return;
    const char *name = annot_name(ANNOT_BRANCH_HINT);
    const hf_str str = { name, strlen(name) };
    buf_u8(out, 0);
    buf_leb_u(out, 1 + str.size + leb_size(a->hint_count) + a->hints.size);
    put_str(out, str);
    buf_leb_u(out, a->hint_count);
    buf_put(out, a->hints.data, a->hints.size);
    out->failed |= a->hints.failed;
}
