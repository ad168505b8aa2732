// Components: words, scopes, indices, aliases and names, of which their fields are made.
#include "text/component.h"

#include <string.h>

// ---- words ------------------------------------------------------------------------------------------------------------

static bool is_text(const struct parser *p, const struct token *t, const char *text)
{
    const size_t size = strlen(text);
    return (t->kind == TOKEN_WORD || t->kind == TOKEN_RESERVED) && t->size == size &&
           !memcmp(token_text(p, t), text, size);
}

bool at_text(const struct parser *p, const char *text)
{
    return is_text(p, peek(p), text);
}

bool take_text(struct parser *p, const char *text)
{
    if (!at_text(p, text)) return false;
    next(p);
    return true;
}

bool at_open_text(const struct parser *p, const char *text)
{
    return is_kind(p, TOKEN_LPAR) && is_text(p, peek_at(p, 1), text);
}

bool take_open_text(struct parser *p, const char *text)
{
    if (!at_open_text(p, text)) return false;
    p->at += 2;
    return true;
}

// ---- memory and bytes -------------------------------------------------------------------------------------------------

static void *arena_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    if (!new_size) return NULL;
    if (ptr && new_size <= old_size) return ptr;
    void *const moved = arena_alloc(ctx, new_size);
    if (moved && ptr && old_size) memcpy(moved, ptr, old_size);
    return moved;
}

void component_assembler_init(struct component_assembler *c, const struct parser *p, const hf_allocator *heap)
{
    *c = (struct component_assembler){ .p = *p, .heap = heap };
    arena_init(&c->arena, heap);
    c->memory = (hf_allocator){ arena_resize, &c->arena };
    c->p.arena = &c->arena;
}

void cbuf_init(struct component_assembler *c, struct buf *out)
{
    buf_init(out, &c->memory);
}

void put_name(struct buf *out, hf_str name)
{
    buf_leb_u(out, name.size);
    buf_put(out, name.data, name.size);
}

void put_sort(struct buf *out, enum sort sort)
{
    if (sort_infos[sort].core) buf_u8(out, 0x00);
    buf_u8(out, sort_infos[sort].code);
}

void put_bytes(struct buf *out, const struct buf *bytes)
{
    out->failed |= bytes->failed;
    if (bytes->size) buf_put(out, bytes->data, bytes->size);
}

// ---- scopes -----------------------------------------------------------------------------------------------------------

hf_code cscope_open(struct component_assembler *c, enum cscope_kind kind, hf_str id, struct cscope **out)
{
    struct cscope *const scope = ARENA_NEW(&c->arena, struct cscope);
    if (!scope) return parse_oom(&c->p);
    scope->outer = c->scope;
    scope->kind = kind;
    scope->id = id;
    scope->depth = c->scope ? c->scope->depth + 1 : 0;
    if (scope->depth > COMPONENT_DEPTH_MAX)
        return parse_fail(&c->p, HF_LIMIT, "components and types are nested too deeply");
    for (unsigned i = 0; i < SORT_COUNT; i++) map_init(&scope->ids[i], &c->memory, (uint64_t)(uintptr_t)scope + i);
    cbuf_init(c, &scope->out);
    cbuf_init(c, &scope->items);
    c->scope = scope;
    *out = scope;
    return HF_OK;
}

static void flush(struct cscope *scope)
{
    if (!scope->item_count) return;
    uint8_t count[5];
    size_t size = 0;
    for (uint32_t n = scope->item_count;; n >>= 7) {
        count[size++] = (uint8_t)(n >= 0x80 ? n | 0x80 : n);
        if (n < 0x80) break;
    }
    buf_u8(&scope->out, scope->section);
    buf_leb_u(&scope->out, size + scope->items.size);
    buf_put(&scope->out, count, size);
    put_bytes(&scope->out, &scope->items);
    buf_clear(&scope->items);
    scope->item_count = 0;
}

hf_code cscope_close(struct component_assembler *c)
{
    struct cscope *const scope = c->scope;
    if (scope->kind == CSCOPE_COMPONENT) flush(scope);
    if (scope->core) {
        assembler_fini(scope->core);
        scope->core = NULL;
    }
    c->scope = scope->outer;
    return scope->out.failed || scope->items.failed ? parse_oom(&c->p) : HF_OK;
}

// The byte before a declarator of a component or instance type, and of a module type.
static uint8_t declarator_code(enum component_section section, bool module)
{
    switch (section) {
    case CSECTION_CORE_TYPE: return module ? 0x01 : 0x00;
    case CSECTION_TYPE: return 0x01;
    case CSECTION_ALIAS: return 0x02;
    case CSECTION_IMPORT: return module ? 0x00 : 0x03;
    default: return module ? 0x03 : 0x04;
    }
}

hf_code put_item(struct component_assembler *c, enum component_section section, const struct buf *item)
{
    struct cscope *const scope = c->scope;
    if (item->failed) return parse_oom(&c->p);
    if (scope->kind != CSCOPE_COMPONENT) {
        buf_u8(&scope->out, declarator_code(section, scope->kind == CSCOPE_MODULE_TYPE));
        put_bytes(&scope->out, item);
        scope->item_count++;
        return scope->out.failed ? parse_oom(&c->p) : HF_OK;
    }
    if (scope->section != section) flush(scope);
    scope->section = (uint8_t)section;
    if (section == CSECTION_CORE_MODULE || section == CSECTION_COMPONENT || section == CSECTION_START) {
        buf_u8(&scope->out, (uint8_t)section);
        put_name(&scope->out, (hf_str){ (const char *)item->data, item->size });
    } else {
        put_bytes(&scope->items, item);
        scope->item_count++;
    }
    return scope->out.failed || scope->items.failed ? parse_oom(&c->p) : HF_OK;
}

hf_code name_next(struct component_assembler *c, enum sort sort, hf_str id, uint32_t *out)
{
    const uint32_t index = c->scope->counts[sort]++;
    if (out) *out = index;
    if (!id.data) return HF_OK;
    switch (map_put(&c->scope->ids[sort], id.data, id.size, index)) {
    case MAP_ADDED: return HF_OK;
    case MAP_EXISTS:
        return parse_fail(&c->p, HF_MALFORMED, "duplicate %s identifier $%.*s", sort_infos[sort].name, shown_name(id),
                          id.data);
    case MAP_NO_MEMORY: break;
    }
    return parse_oom(&c->p);
}

// ---- indices ----------------------------------------------------------------------------------------------------------

static bool may_alias_outer(enum sort sort)
{
    return sort == SORT_CORE_MODULE || sort == SORT_CORE_TYPE || sort == SORT_COMPONENT || sort == SORT_TYPE;
}

static void put_outer_alias(const struct component_assembler *c, enum sort sort, uint32_t count, uint32_t index,
                            struct buf *out)
{
    if (c->scope->kind == CSCOPE_MODULE_TYPE) {
        buf_u8(out, sort_infos[SORT_CORE_TYPE].code);
        buf_u8(out, 0x01);
    } else {
        put_sort(out, sort);
        buf_u8(out, 0x02);
    }
    buf_leb_u(out, count);
    buf_leb_u(out, index);
}

static hf_code outer_alias(struct component_assembler *c, enum sort sort, uint32_t count, uint32_t index, hf_str id,
                           uint32_t *out)
{
    struct buf item;
    cbuf_init(c, &item);
    put_outer_alias(c, sort, count, index, &item);
    TRY(put_item(c, CSECTION_ALIAS, &item));
    if (sort == SORT_CORE_TYPE && c->scope->core) TRY(assembler_skip_type(c->scope->core));
    return name_next(c, sort, id, out);
}

// An identifier that an enclosing scope knows.
static hf_code find_outer(struct component_assembler *c, enum sort sort, hf_str id, uint32_t *out)
{
    uint32_t count = 1;
    for (struct cscope *scope = c->scope->outer; scope; scope = scope->outer, count++) {
        const uint32_t *const index = map_get(&scope->ids[sort], id.data, id.size);
        if (!index) continue;
        if (!may_alias_outer(sort))
            return parse_fail(&c->p, HF_MALFORMED, "outer item `%.*s` is not a module, type, or component",
                              shown_name(id), id.data);
        next(&c->p);
        return outer_alias(c, sort, count, *index, id, out);
    }
    return parse_fail(&c->p, HF_MALFORMED, "unknown %s: failed to find name `$%.*s`", sort_infos[sort].name,
                      shown_name(id), id.data);
}

hf_code parse_index(struct component_assembler *c, enum sort sort, uint32_t *out)
{
    struct parser *const p = &c->p;
    if (is_kind(p, TOKEN_NAT)) return parse_u32(p, out);
    if (!is_kind(p, TOKEN_ID)) return unexpected(p, "an index");
    hf_str id;
    TRY(id_name(p, peek(p), &id));
    const uint32_t *const index = map_get(&c->scope->ids[sort], id.data, id.size);
    if (!index) return find_outer(c, sort, id, out);
    *out = *index;
    next(p);
    return HF_OK;
}

static hf_code export_alias(struct component_assembler *c, enum sort sort, uint32_t instance, hf_str name, hf_str id,
                            uint32_t *out)
{
    struct buf item;
    cbuf_init(c, &item);
    put_sort(&item, sort);
    buf_u8(&item, sort_infos[sort].core && sort != SORT_CORE_MODULE ? 0x01 : 0x00);
    buf_leb_u(&item, instance);
    put_name(&item, name);
    TRY(put_item(c, CSECTION_ALIAS, &item));
    return name_next(c, sort, id, out);
}

// Behind the sort: "index name* )"
static hf_code ref_body(struct component_assembler *c, enum sort sort, uint32_t *out)
{
    struct parser *const p = &c->p;
    const bool named = peek_at(p, 1)->kind == TOKEN_STRING;
    const bool core = sort_infos[sort].core && sort != SORT_CORE_MODULE && sort != SORT_CORE_TYPE;
    const enum sort holder = core ? SORT_CORE_INSTANCE : SORT_INSTANCE;
    TRY(parse_index(c, named ? holder : sort, out));
    while (is_kind(p, TOKEN_STRING)) {
        hf_str name;
        TRY(parse_bytes(p, true, &name));
        const bool last = !is_kind(p, TOKEN_STRING);
        TRY(export_alias(c, last ? sort : SORT_INSTANCE, *out, name, (hf_str){ NULL, 0 }, out));
    }
    return expect_close(p);
}

hf_code parse_sort(struct component_assembler *c, bool core, enum sort *out)
{
    struct parser *const p = &c->p;
    if (!core) core = take_text(p, "core");
    for (unsigned i = 0; i < SORT_COUNT; i++) {
        if (sort_infos[i].core != core || !at_text(p, sort_infos[i].text)) continue;
        next(p);
        *out = (enum sort)i;
        return HF_OK;
    }
    return unexpected(p, "a sort");
}

hf_code parse_any_ref(struct component_assembler *c, bool core, enum sort *sort, uint32_t *out)
{
    if (!is_kind(&c->p, TOKEN_LPAR)) return unexpected(&c->p, "(sort index)");
    next(&c->p);
    TRY(parse_sort(c, core, sort));
    return ref_body(c, *sort, out);
}

hf_code parse_ref(struct component_assembler *c, enum sort sort, bool prefix, uint32_t *out)
{
    struct parser *const p = &c->p;
    if (!is_kind(p, TOKEN_LPAR)) return parse_index(c, sort, out);
    next(p);
    if (prefix && sort_infos[sort].core && !take_text(p, "core")) return unexpected(p, "core");
    if (!take_text(p, sort_infos[sort].text)) return unexpected(p, sort_infos[sort].text);
    return ref_body(c, sort, out);
}

// ---- aliases ----------------------------------------------------------------------------------------------------------

// (sort id?)
static hf_code alias_sort(struct component_assembler *c, enum sort *sort, hf_str *id)
{
    struct parser *const p = &c->p;
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "(sort identifier?)");
    next(p);
    TRY(parse_sort(c, c->scope->kind == CSCOPE_MODULE_TYPE, sort));
    TRY(parse_id(p, id));
    return expect_close(p);
}

// The number of scopes to leave, or the identifier of an enclosing one.
static hf_code outer_count(struct component_assembler *c, uint32_t *count, struct cscope **scope)
{
    struct parser *const p = &c->p;
    *scope = c->scope;
    if (is_kind(p, TOKEN_NAT)) {
        TRY(parse_u32(p, count));
        for (uint32_t i = 0; i < *count && *scope; i++) *scope = (*scope)->outer;
        return HF_OK;
    }
    if (!is_kind(p, TOKEN_ID)) return unexpected(p, "a count or an identifier");
    hf_str id;
    TRY(id_name(p, peek(p), &id));
    for (*count = 0; *scope; *scope = (*scope)->outer, ++*count) {
        const hf_str known = (*scope)->id;
        if (!known.data || known.size != id.size || memcmp(known.data, id.data, id.size) != 0) continue;
        next(p);
        return HF_OK;
    }
    return parse_fail(p, HF_MALFORMED, "outer component `%.*s` not found", shown_name(id), id.data);
}

static hf_code outer_index(struct component_assembler *c, enum sort sort, const struct token *t, struct cscope *scope,
                           uint32_t *out)
{
    struct parser at = c->p;
    at.at = (size_t)(t - at.tokens->items);
    if (t->kind == TOKEN_NAT) return parse_u32(&at, out);
    hf_str id;
    TRY(id_name(&at, t, &id));
    const uint32_t *const index = scope ? map_get(&scope->ids[sort], id.data, id.size) : NULL;
    if (!index)
        return parse_fail_at(&c->p, t, HF_MALFORMED, "unknown %s: failed to find name `$%.*s`", sort_infos[sort].name,
                             shown_name(id), id.data);
    *out = *index;
    return HF_OK;
}

struct alias {
    bool outer;
    uint32_t count;       // outer; else the instance
    struct cscope *scope; // outer
    const struct token *index;
    hf_str name;
};

// "outer ct idx", "export idx name", "core export idx name", behind "(alias"
static hf_code alias_target(struct component_assembler *c, struct alias *out)
{
    struct parser *const p = &c->p;
    if (take_text(p, "outer")) {
        out->outer = true;
        TRY(outer_count(c, &out->count, &out->scope));
        out->index = peek(p);
        if (!is_kind(p, TOKEN_NAT) && !is_kind(p, TOKEN_ID)) return unexpected(p, "an index");
        next(p);
        return HF_OK;
    }
    const bool core = take_text(p, "core");
    if (!take_text(p, "export")) return unexpected(p, "export or outer");
    TRY(parse_ref(c, core ? SORT_CORE_INSTANCE : SORT_INSTANCE, true, &out->count));
    return parse_bytes(p, true, &out->name);
}

static hf_code put_alias(struct component_assembler *c, const struct alias *alias, enum sort sort, hf_str id,
                         uint32_t *out)
{
    if (!alias->outer) return export_alias(c, sort, alias->count, alias->name, id, out);
    uint32_t index;
    TRY(outer_index(c, sort, alias->index, alias->scope, &index));
    return outer_alias(c, sort, alias->count, index, id, out);
}

hf_code parse_alias(struct component_assembler *c)
{
    struct alias alias = { 0 };
    enum sort sort;
    hf_str id;
    TRY(alias_target(c, &alias));
    TRY(alias_sort(c, &sort, &id));
    TRY(put_alias(c, &alias, sort, id, NULL));
    return expect_close(&c->p);
}

// "(alias …)" that does not say the sort itself, which would be a field of a component.
static bool at_inverted_alias(const struct parser *p)
{
    if (!at_open_text(p, "alias")) return false;
    struct parser ahead = *p;
    next(&ahead);
    skip_list(&ahead);
    return ahead.at < 2 || ahead.tokens->items[ahead.at - 2].kind != TOKEN_RPAR;
}

hf_code parse_inverted_alias(struct component_assembler *c, enum sort sort, hf_str id, bool *found, uint32_t *out)
{
    *found = at_inverted_alias(&c->p);
    if (!*found) return HF_OK;
    c->p.at += 2;
    struct alias alias = { 0 };
    TRY(alias_target(c, &alias));
    TRY(expect_close(&c->p));
    return put_alias(c, &alias, sort, id, out);
}

// ---- names ------------------------------------------------------------------------------------------------------------

// nameattributes ::= 0x00 name, or 0x02 name vec(<attribute>)
hf_code parse_name(struct component_assembler *c, struct buf *out)
{
    static const char *const words[] = { "implements", "versionsuffix", "external-id" };
    struct parser *const p = &c->p;
    struct buf attributes;
    hf_str name, value;
    uint32_t count = 0;
    unsigned seen = 0;
    cbuf_init(c, &attributes);
    if (take_open_text(p, "interface")) { // an older way to write interface names
        TRY(parse_bytes(p, true, &name));
        TRY(expect_close(p));
    } else {
        TRY(parse_bytes(p, true, &name));
    }
    for (unsigned i = 0; i < 3; i++) {
        if (!at_open_text(p, words[i])) continue;
        if (seen & 1u << i) return unexpected(p, "one attribute of each kind");
        seen |= 1u << i;
        p->at += 2;
        TRY(parse_bytes(p, true, &value));
        TRY(expect_close(p));
        buf_u8(&attributes, (uint8_t)i);
        put_name(&attributes, value);
        count++;
        i = UINT32_MAX; // they come in any order
    }
    buf_u8(out, count ? 0x02 : 0x00);
    put_name(out, name);
    if (count) {
        buf_leb_u(out, count);
        put_bytes(out, &attributes);
    }
    return HF_OK;
}

// Is "(export "name")" next, with nothing exported in it?
static bool at_inline(const struct parser *p, const char *word)
{
    if (!at_open_text(p, word)) return false;
    struct parser ahead = *p;
    ahead.at += 2;
    for (;;) {
        if (is_kind(&ahead, TOKEN_RPAR)) return true;
        if (is_kind(&ahead, TOKEN_STRING)) {
            next(&ahead);
        } else if (at_open_text(&ahead, "implements") || at_open_text(&ahead, "versionsuffix") ||
                   at_open_text(&ahead, "external-id") || at_open_text(&ahead, "interface")) {
            next(&ahead);
            skip_list(&ahead);
        } else {
            return false;
        }
    }
}

hf_code parse_inline_exports(struct component_assembler *c, struct inline_exports *out)
{
    out->count = 0;
    cbuf_init(c, &out->names);
    while (at_inline(&c->p, "export")) {
        struct buf name;
        cbuf_init(c, &name);
        c->p.at += 2;
        TRY(parse_name(c, &name));
        TRY(expect_close(&c->p));
        buf_u32le(&out->names, (uint32_t)name.size);
        put_bytes(&out->names, &name);
        out->count++;
    }
    return out->names.failed ? parse_oom(&c->p) : HF_OK;
}

hf_code put_inline_exports(struct component_assembler *c, const struct inline_exports *exports, enum sort sort,
                           uint32_t index)
{
    const uint8_t *at = exports->names.data;
    for (uint32_t i = 0; i < exports->count; i++) {
        uint32_t size;
        struct buf item;
        memcpy(&size, at, sizeof size);
        cbuf_init(c, &item);
        buf_put(&item, at + sizeof size, size);
        put_sort(&item, sort);
        buf_leb_u(&item, index);
        buf_u8(&item, 0x00);
        TRY(put_item(c, CSECTION_EXPORT, &item));
        TRY(name_next(c, sort, (hf_str){ NULL, 0 }, NULL));
        at += sizeof size + size;
    }
    return HF_OK;
}

hf_code parse_inline_import(struct component_assembler *c, struct buf *name, bool *found)
{
    *found = at_inline(&c->p, "import");
    if (!*found) return HF_OK;
    c->p.at += 2;
    TRY(parse_name(c, name));
    return expect_close(&c->p);
}
