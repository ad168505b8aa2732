// What components say of core modules: modules, instances, core types, aliases (Explainer.md, core:…).
#include "text/component.h"

#include "text/text.h"

// ---- core types -------------------------------------------------------------------------------------------------------

static hf_code core_assembler(struct component_assembler *c, struct assembler **out)
{
    struct cscope *const scope = c->scope;
    if (!scope->core) {
        scope->core = assembler_for_types(&c->p, c->heap);
        if (!scope->core) return parse_oom(&c->p);
        for (uint32_t i = 0; i < scope->counts[SORT_CORE_TYPE]; i++) TRY(assembler_skip_type(scope->core));
    }
    *out = scope->core;
    return HF_OK;
}

// Makes the identifiers up to the end of the list known that stand for types, if need be by aliases.
static hf_code import_names(struct component_assembler *c, struct assembler *a)
{
    struct parser *const p = &c->p;
    const size_t from = p->at;
    size_t depth = 1;
    for (; depth && !is_kind(p, TOKEN_END) && !is_kind(p, TOKEN_ERROR);) {
        if (is_kind(p, TOKEN_LPAR) || is_kind(p, TOKEN_ANNOT)) depth++;
        if (is_kind(p, TOKEN_RPAR)) depth--;
        hf_str id;
        if (!is_kind(p, TOKEN_ID)) {
            next(p);
            continue;
        }
        TRY(id_name(p, peek(p), &id));
        uint32_t index;
        if (!map_get(&a->maps[SPACE_TYPE], id.data, id.size)) {
            bool known = false;
            for (const struct cscope *s = c->scope; s && !known; s = s->outer)
                known = map_get(&s->ids[SORT_CORE_TYPE], id.data, id.size) != NULL;
            if (known) {
                const size_t at = p->at;
                TRY(parse_index(c, SORT_CORE_TYPE, &index));
                p->at = at;
                if (map_put(&a->maps[SPACE_TYPE], id.data, id.size, index) == MAP_NO_MEMORY) return parse_oom(p);
            }
        }
        next(p);
    }
    p->at = from;
    return HF_OK;
}

// Writes the types that the assembler has made beside what it was asked for.
static hf_code put_new_types(struct component_assembler *c, struct assembler *a)
{
    struct reader in = reader_of(a->sections[SECTION_TYPE].data, a->sections[SECTION_TYPE].size);
    while (c->scope->core_types < a->counts[SECTION_TYPE]) {
        struct buf item;
        const uint8_t *const from = in.at;
        cbuf_init(c, &item);
        if (!skip_func_type(&in)) return parse_oom(&c->p);
        buf_put(&item, from, (size_t)(in.at - from));
        TRY(put_item(c, CSECTION_CORE_TYPE, &item));
        TRY(name_next(c, SORT_CORE_TYPE, (hf_str){ NULL, 0 }, NULL));
        c->scope->core_types++;
    }
    buf_clear(&a->sections[SECTION_TYPE]);
    return HF_OK;
}

hf_code parse_core_type(struct component_assembler *c, struct buf *out)
{
    struct assembler *a;
    struct buf bytes;
    TRY(core_assembler(c, &a));
    TRY(import_names(c, a));
    buf_init(&bytes, c->heap);
    a->p.at = c->p.at;
    const hf_code code = assemble_sub_type(a, true, &bytes);
    c->p.at = a->p.at;
    if (code == HF_OK && !bytes.failed) {
        // A type that is not final could be taken for the type of a module.
        if (bytes.size && bytes.data[0] == 0x50) buf_u8(out, 0x00);
        buf_put(out, bytes.data, bytes.size);
    }
    out->failed |= bytes.failed;
    buf_fini(&bytes);
    return code;
}

// (core rec (type …)*), behind "(core rec"
static hf_code core_rec(struct component_assembler *c)
{
    struct assembler *a;
    struct parser *const p = &c->p;
    struct buf item;
    TRY(core_assembler(c, &a));
    cbuf_init(c, &item);
    const size_t from = p->at;
    uint32_t members = 0;
    while (take_open_text(p, "type")) {
        hf_str id;
        TRY(parse_id(p, &id));
        const uint32_t index = c->scope->counts[SORT_CORE_TYPE] + members++;
        if (id.data && map_put(&a->maps[SPACE_TYPE], id.data, id.size, index) == MAP_NO_MEMORY) return parse_oom(p);
        skip_list(p);
    }
    p->at = from;
    TRY(import_names(c, a));
    a->p.at = from;
    const size_t size = a->sections[SECTION_TYPE].size;
    TRY(assemble_rec_group(a));
    p->at = a->p.at;
    const struct buf *const section = &a->sections[SECTION_TYPE];
    if (section->size > size && section->data[size] == 0x50) buf_u8(&item, 0x00);
    buf_put(&item, section->data + size, section->size - size);
    a->sections[SECTION_TYPE].size = size;
    a->counts[SECTION_TYPE] = c->scope->core_types;
    TRY(put_item(c, CSECTION_CORE_TYPE, &item));
    p->at = from;
    for (uint32_t i = 0; i < members; i++) {
        hf_str id;
        p->at += 2;
        TRY(parse_id(p, &id));
        TRY(name_next(c, SORT_CORE_TYPE, id, NULL));
        skip_list(p);
    }
    return expect_close(p);
}

// (core type id? …), behind "(core type"
static hf_code core_type(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item;
    hf_str id;
    bool found;
    cbuf_init(c, &item);
    TRY(parse_id(p, &id));
    TRY(parse_inverted_alias(c, SORT_CORE_TYPE, id, &found, NULL));
    if (found) return expect_close(p);
    if (take_open_text(p, "module")) {
        TRY(parse_module_type(c, &item));
        TRY(expect_close(p));
        if (c->scope->core) TRY(assembler_skip_type(c->scope->core));
    } else {
        TRY(parse_core_type(c, &item));
    }
    TRY(put_item(c, CSECTION_CORE_TYPE, &item));
    TRY(name_next(c, SORT_CORE_TYPE, id, NULL));
    return expect_close(p);
}

// ---- types of modules -------------------------------------------------------------------------------------------------

// (kind id? externtype)
static hf_code core_extern_type(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    struct assembler *a;
    struct buf bytes;
    hf_str id;
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "(func, (table, (memory, (global or (tag");
    next(p);
    const enum space space = is_kind(p, TOKEN_WORD) ? space_of(peek(p)->word) : SPACE_COUNT;
    if (space < SPACE_FUNC || space > SPACE_TAG) return unexpected(p, "func, table, memory, global or tag");
    next(p);
    TRY(parse_id(p, &id));
    TRY(core_assembler(c, &a));
    TRY(import_names(c, a));
    buf_init(&bytes, c->heap);
    a->p.at = p->at;
    const hf_code code = assemble_extern_type(a, space, &bytes);
    p->at = a->p.at;
    if (code == HF_OK) buf_put(out, bytes.data, bytes.size);
    out->failed |= bytes.failed;
    buf_fini(&bytes);
    if (code) return code;
    TRY(put_new_types(c, a));
    return expect_close(p);
}

hf_code parse_module_decl(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item;
    hf_str name;
    cbuf_init(c, &item);
    if (take_open_text(p, "type")) return core_type(c);
    if (take_open_text(p, "rec")) return core_rec(c);
    if (take_open_text(p, "alias")) return parse_alias(c);
    const bool import = take_open_text(p, "import");
    if (!import && !take_open_text(p, "export")) return unexpected(p, "a declaration of a module type");
    if (import) {
        TRY(parse_bytes(p, true, &name));
        put_name(&item, name);
    }
    TRY(parse_bytes(p, true, &name));
    put_name(&item, name);
    TRY(core_extern_type(c, &item));
    TRY(put_item(c, import ? CSECTION_IMPORT : CSECTION_EXPORT, &item));
    return expect_close(p);
}

hf_code parse_module_type(struct component_assembler *c, struct buf *out)
{
    struct cscope *scope;
    TRY(cscope_open(c, CSCOPE_MODULE_TYPE, (hf_str){ NULL, 0 }, &scope));
    const hf_code code = parse_fields(c);
    const hf_code closed = cscope_close(c);
    if (code || closed) return code ? code : closed;
    buf_u8(out, 0x50);
    buf_leb_u(out, scope->item_count);
    if (scope->out.size) buf_put(out, scope->out.data, scope->out.size);
    return HF_OK;
}

// ---- modules ----------------------------------------------------------------------------------------------------------

// The bytes of a module behind "(core module id? exports"; its ')' is taken.
static hf_code module_bytes_of(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    struct buf bytes;
    hf_code code = HF_OK;
    buf_init(&bytes, c->heap);
    const bool quote = at_text(p, "quote");
    if (quote || at_text(p, "binary")) {
        next(p);
        struct buf text;
        buf_init(&text, c->heap);
        while (code == HF_OK && is_kind(p, TOKEN_STRING)) {
            code = parse_string(p, quote ? &text : &bytes);
            if (quote) buf_u8(&text, '\n');
        }
        if (code == HF_OK && quote)
            code = text_assemble((const char *)text.data, text.size, p->features, true, &bytes, p->status);
        buf_fini(&text);
        if (code == HF_OK) code = expect_close(p);
    } else {
        code = assemble_module(p, c->heap, true, MODULE_HEADED, &bytes);
    }
    if (code == HF_OK) buf_put(out, bytes.data, bytes.size);
    out->failed |= bytes.failed;
    buf_fini(&bytes);
    return code;
}

// (core module id? …), behind "(core module"
static hf_code core_module(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct inline_exports exports;
    struct buf item;
    hf_str id;
    uint32_t index;
    bool found;
    cbuf_init(c, &item);
    const size_t head = p->at;
    TRY(parse_id(p, &id));
    TRY(parse_inline_exports(c, &exports));
    TRY(parse_inline_import(c, &item, &found));
    if (found) {
        TRY(parse_externtype_body(c, SORT_CORE_MODULE, &item));
        TRY(put_item(c, CSECTION_IMPORT, &item));
        TRY(name_next(c, SORT_CORE_MODULE, id, &index));
        TRY(expect_close(p));
    } else {
        TRY(parse_inverted_alias(c, SORT_CORE_MODULE, id, &found, &index));
        if (found) {
            TRY(expect_close(p));
        } else {
            const bool text = !at_text(p, "binary") && !at_text(p, "quote");
            if (text && !exports.count) p->at = head; // the identifier is the module's name too
            TRY(module_bytes_of(c, &item));
            TRY(put_item(c, CSECTION_CORE_MODULE, &item));
            TRY(name_next(c, SORT_CORE_MODULE, id, &index));
        }
    }
    return put_inline_exports(c, &exports, SORT_CORE_MODULE, index);
}

// ---- instances --------------------------------------------------------------------------------------------------------

// (export "name" (sort index))*
hf_code parse_core_exports(struct component_assembler *c, uint32_t *out)
{
    struct parser *const p = &c->p;
    struct buf item, list;
    uint32_t count = 0;
    cbuf_init(c, &item);
    cbuf_init(c, &list);
    for (; take_open_text(p, "export"); count++) {
        enum sort sort;
        uint32_t index;
        hf_str name;
        TRY(parse_bytes(p, true, &name));
        TRY(parse_any_ref(c, true, &sort, &index));
        put_name(&list, name);
        buf_u8(&list, sort_infos[sort].code);
        buf_leb_u(&list, index);
        TRY(expect_close(p));
    }
    buf_u8(&item, 0x01);
    buf_leb_u(&item, count);
    if (list.size) buf_put(&item, list.data, list.size);
    item.failed |= list.failed;
    TRY(put_item(c, CSECTION_CORE_INSTANCE, &item));
    return name_next(c, SORT_CORE_INSTANCE, (hf_str){ NULL, 0 }, out);
}

// (with "name" (instance index)) or (with "name" (instance (export …)*))
static hf_code core_argument(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    hf_str name;
    uint32_t index;
    TRY(parse_bytes(p, true, &name));
    if (!take_open_text(p, "instance")) return unexpected(p, "(instance");
    if (is_kind(p, TOKEN_NAT) || is_kind(p, TOKEN_ID))
        TRY(parse_index(c, SORT_CORE_INSTANCE, &index));
    else
        TRY(parse_core_exports(c, &index));
    TRY(expect_close(p));
    put_name(out, name);
    buf_u8(out, sort_infos[SORT_CORE_INSTANCE].code);
    buf_leb_u(out, index);
    return expect_close(p);
}

static hf_code core_instantiate(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    struct buf list;
    uint32_t module, count = 0;
    cbuf_init(c, &list);
    TRY(parse_ref(c, SORT_CORE_MODULE, false, &module));
    for (; take_open_text(p, "with"); count++) TRY(core_argument(c, &list));
    buf_u8(out, 0x00);
    buf_leb_u(out, module);
    buf_leb_u(out, count);
    if (list.size) buf_put(out, list.data, list.size);
    out->failed |= list.failed;
    return expect_close(p);
}

// (core instance id? …), behind "(core instance"
static hf_code core_instance(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item;
    hf_str id;
    uint32_t index;
    cbuf_init(c, &item);
    TRY(parse_id(p, &id));
    if (take_open_text(p, "instantiate")) {
        TRY(core_instantiate(c, &item));
        TRY(put_item(c, CSECTION_CORE_INSTANCE, &item));
        TRY(name_next(c, SORT_CORE_INSTANCE, id, NULL));
        return expect_close(p);
    }
    TRY(parse_core_exports(c, &index));
    if (id.data && map_put(&c->scope->ids[SORT_CORE_INSTANCE], id.data, id.size, index) != MAP_ADDED)
        return parse_fail(p, HF_MALFORMED, "duplicate core instance identifier $%.*s", shown_name(id), id.data);
    return expect_close(p);
}

// (core func id? (canon …)), (core func id? (alias …)), (core memory id? (alias …)), …
static hf_code core_object(struct component_assembler *c, enum sort sort)
{
    struct parser *const p = &c->p;
    hf_str id;
    bool found;
    TRY(parse_id(p, &id));
    TRY(parse_inverted_alias(c, sort, id, &found, NULL));
    if (!found) {
        if (sort != SORT_CORE_FUNC) return unexpected(p, "(alias");
        TRY(parse_inverted_canon(c, sort, id, NULL, NULL));
    }
    return expect_close(p);
}

hf_code parse_core_field(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    enum sort sort;
    const bool component = c->scope->kind == CSCOPE_COMPONENT;
    if (take_text(p, "rec")) return core_rec(c);
    if (!component && !at_text(p, "type")) return unexpected(p, "type");
    TRY(parse_sort(c, true, &sort));
    switch (sort) {
    case SORT_CORE_TYPE: return core_type(c);
    case SORT_CORE_MODULE: return core_module(c);
    case SORT_CORE_INSTANCE: return core_instance(c);
    default: return core_object(c, sort);
    }
}
