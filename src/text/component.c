// Components: fields and what they are made of.
#include "text/component.h"

#include "text/text.h"

// ---- imports, exports, instances --------------------------------------------------------------------------------------

// (import "name" attribute* (sort id? …)), behind "(import"
static hf_code import_field(struct component_assembler *c)
{
    struct buf item;
    enum sort sort;
    hf_str id;
    cbuf_init(c, &item);
    TRY(parse_name(c, &item));
    TRY(parse_externtype(c, &item, &sort, &id));
    TRY(put_item(c, CSECTION_IMPORT, &item));
    TRY(name_next(c, sort, id, NULL));
    return expect_close(&c->p);
}

// (export id? "name" attribute* (sort index …) externtype?), behind "(export"
static hf_code export_field(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct buf item;
    enum sort sort;
    uint32_t index;
    hf_str id, unused;
    cbuf_init(c, &item);
    TRY(parse_id(p, &id));
    TRY(parse_name(c, &item));
    if (c->scope->kind != CSCOPE_COMPONENT) {
        hf_str inner;
        TRY(parse_externtype(c, &item, &sort, &inner));
        if (inner.data) id = inner;
    } else {
        TRY(parse_any_ref(c, false, &sort, &index));
        put_sort(&item, sort);
        buf_leb_u(&item, index);
        buf_u8(&item, !is_kind(p, TOKEN_RPAR));
        if (!is_kind(p, TOKEN_RPAR)) TRY(parse_externtype(c, &item, &sort, &unused));
    }
    TRY(put_item(c, CSECTION_EXPORT, &item));
    TRY(name_next(c, sort, id, NULL));
    return expect_close(p);
}

// (export "name" attribute* (sort index))*
static hf_code instance_exports(struct component_assembler *c, uint32_t *out)
{
    struct parser *const p = &c->p;
    struct buf item, list;
    uint32_t count = 0;
    cbuf_init(c, &item);
    cbuf_init(c, &list);
    while (take_open_text(p, "export")) {
        enum sort sort;
        uint32_t index;
        TRY(parse_name(c, &list));
        TRY(parse_any_ref(c, false, &sort, &index));
        put_sort(&list, sort);
        buf_leb_u(&list, index);
        TRY(expect_close(p));
        count++;
    }
    buf_u8(&item, 0x01);
    buf_leb_u(&item, count);
    put_bytes(&item, &list);
    TRY(put_item(c, CSECTION_INSTANCE, &item));
    return name_next(c, SORT_INSTANCE, (hf_str){ NULL, 0 }, out);
}

// (with "name" (sort index)) or (with "name" (instance (export …)*))
static hf_code argument(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    hf_str name;
    enum sort sort;
    uint32_t index;
    TRY(parse_bytes(p, true, &name));
    const bool inlined =
        at_open_text(p, "instance") && (peek_at(p, 2)->kind == TOKEN_LPAR || peek_at(p, 2)->kind == TOKEN_RPAR);
    if (inlined) {
        p->at += 2;
        sort = SORT_INSTANCE;
        TRY(instance_exports(c, &index));
        TRY(expect_close(p));
    } else {
        TRY(parse_any_ref(c, false, &sort, &index));
    }
    put_name(out, name);
    put_sort(out, sort);
    buf_leb_u(out, index);
    return expect_close(p);
}

static hf_code instantiate(struct component_assembler *c, hf_str id, uint32_t *out)
{
    struct parser *const p = &c->p;
    struct buf item, list;
    uint32_t component, count = 0;
    cbuf_init(c, &item);
    cbuf_init(c, &list);
    TRY(parse_ref(c, SORT_COMPONENT, true, &component));
    while (take_open_text(p, "with")) {
        TRY(argument(c, &list));
        count++;
    }
    TRY(expect_close(p));
    buf_u8(&item, 0x00);
    buf_leb_u(&item, component);
    buf_leb_u(&item, count);
    put_bytes(&item, &list);
    TRY(put_item(c, CSECTION_INSTANCE, &item));
    return name_next(c, SORT_INSTANCE, id, out);
}

// An import written as a definition of its sort: the type stands behind it.
static hf_code inverted_import(struct component_assembler *c, struct buf *name, enum sort sort, hf_str id,
                               uint32_t *out)
{
    TRY(parse_externtype_body(c, sort, name));
    TRY(put_item(c, CSECTION_IMPORT, name));
    return name_next(c, sort, id, out);
}

static hf_code name_instance(struct component_assembler *c, hf_str id, uint32_t index)
{
    if (!id.data) return HF_OK;
    if (map_put(&c->scope->ids[SORT_INSTANCE], id.data, id.size, index) == MAP_ADDED) return HF_OK;
    return parse_fail(&c->p, HF_MALFORMED, "duplicate instance identifier $%.*s", shown_name(id), id.data);
}

// (instance id? …), (component id? …), (func id? …): definitions that can be imports, exports and aliases too
static hf_code definition(struct component_assembler *c, enum sort sort)
{
    struct parser *const p = &c->p;
    struct inline_exports exports;
    struct buf item;
    hf_str id;
    uint32_t index, type;
    bool found;
    cbuf_init(c, &item);
    TRY(parse_id(p, &id));
    TRY(parse_inline_exports(c, &exports));
    TRY(parse_inline_import(c, &item, &found));
    if (found) {
        TRY(inverted_import(c, &item, sort, id, &index));
    } else {
        TRY(parse_inverted_alias(c, sort, id, &found, &index));
    }
    if (found) {
        // done
    } else if (sort == SORT_COMPONENT) {
        TRY(parse_component(c, id, &item));
        TRY(put_item(c, CSECTION_COMPONENT, &item));
        TRY(name_next(c, sort, id, &index));
    } else if (sort == SORT_FUNC) {
        TRY(parse_typeuse(c, SORT_FUNC, &type));
        TRY(parse_inverted_canon(c, sort, id, &type, &index));
    } else if (take_open_text(p, "instantiate")) {
        TRY(instantiate(c, id, &index));
    } else {
        TRY(instance_exports(c, &index));
        TRY(name_instance(c, id, index));
    }
    TRY(expect_close(p));
    return put_inline_exports(c, &exports, sort, index);
}

// (type id? …)
static hf_code type_field(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    struct inline_exports exports;
    struct buf item;
    hf_str id;
    uint32_t index;
    bool found;
    cbuf_init(c, &item);
    TRY(parse_id(p, &id));
    TRY(parse_inline_exports(c, &exports));
    TRY(parse_inline_import(c, &item, &found));
    if (found)
        TRY(inverted_import(c, &item, SORT_TYPE, id, &index));
    else
        TRY(parse_inverted_alias(c, SORT_TYPE, id, &found, &index));
    if (!found) {
        TRY(parse_deftype(c, &item));
        TRY(put_item(c, CSECTION_TYPE, &item));
        TRY(name_next(c, SORT_TYPE, id, &index));
    }
    TRY(expect_close(p));
    return put_inline_exports(c, &exports, SORT_TYPE, index);
}

// ---- fields -----------------------------------------------------------------------------------------------------------

static hf_code field(struct component_assembler *c)
{
    struct parser *const p = &c->p;
    const bool component = c->scope->kind == CSCOPE_COMPONENT;
    if (c->scope->kind == CSCOPE_MODULE_TYPE) return parse_module_decl(c);
    if (take_open_text(p, "core")) return parse_core_field(c);
    if (take_open_text(p, "type")) return type_field(c);
    if (take_open_text(p, "alias")) return parse_alias(c);
    if (take_open_text(p, "export")) return export_field(c);
    if (c->scope->kind != CSCOPE_INSTANCE_TYPE && take_open_text(p, "import")) return import_field(c);
    if (component) {
        if (take_open_text(p, "component")) return definition(c, SORT_COMPONENT);
        if (take_open_text(p, "instance")) return definition(c, SORT_INSTANCE);
        if (take_open_text(p, "func")) return definition(c, SORT_FUNC);
        if (take_open_text(p, "canon")) return parse_canon(c);
        if (take_open_text(p, "start")) return parse_start(c);
        if (take_open_text(p, "value")) return parse_value(c);
    }
    if (is_kind(p, TOKEN_LPAR)) next(p);
    return unexpected(p, component ? "a component field" : "a declaration");
}

hf_code parse_fields(struct component_assembler *c)
{
    while (!is_kind(&c->p, TOKEN_RPAR) && !is_kind(&c->p, TOKEN_END)) TRY(field(c));
    return HF_OK;
}

// (component binary string*), (component quote string*), behind the word
static hf_code strings(struct component_assembler *c, bool quote, struct buf *out)
{
    struct buf bytes;
    buf_init(&bytes, c->heap);
    hf_code code = HF_OK;
    while (code == HF_OK && is_kind(&c->p, TOKEN_STRING)) {
        code = parse_string(&c->p, &bytes);
        if (quote) buf_u8(&bytes, '\n');
    }
    if (code == HF_OK && quote)
        code = text_assemble_component((const char *)bytes.data, bytes.size, c->p.features, out, c->p.status);
    else if (code == HF_OK)
        put_bytes(out, &bytes);
    buf_fini(&bytes);
    return code;
}

hf_code parse_component(struct component_assembler *c, hf_str id, struct buf *out)
{
    if (take_text(&c->p, "binary")) return strings(c, false, out);
    struct cscope *scope;
    TRY(cscope_open(c, CSCOPE_COMPONENT, id, &scope));
    buf_put(&scope->out, "\0asm\x0d\0\1\0", 8);
    const hf_code code = parse_fields(c);
    const hf_code closed = cscope_close(c);
    if (code || closed) return code ? code : closed;
    put_bytes(out, &scope->out);
    return out->failed ? parse_oom(&c->p) : HF_OK;
}

static hf_code whole(struct component_assembler *c, enum module_form form, struct buf *out)
{
    hf_str id = { NULL, 0 };
    if (form == MODULE_HEADED) TRY(parse_id(&c->p, &id));
    TRY(parse_component(c, id, out));
    return form == MODULE_HEADED ? expect_close(&c->p) : HF_OK;
}

hf_code assemble_component(struct parser *p, const hf_allocator *heap, enum module_form form, struct buf *out)
{
    struct component_assembler c;
    struct buf bytes;
    component_assembler_init(&c, p, heap);
    cbuf_init(&c, &bytes);
    hf_code code = whole(&c, form, &bytes);
    while (c.scope) cscope_close(&c);
    p->at = c.p.at;
    if (code == HF_OK) {
        const size_t at = out->size;
        put_bytes(out, &bytes);
        if (out->failed) {
            out->size = at;
            out->failed = false;
            code = parse_oom(p);
        }
    }
    arena_fini(&c.arena);
    return code;
}
