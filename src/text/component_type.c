// Component types: text to bytes (Explainer.md and Binary.md, "Type Definitions").
#include "text/component.h"

static hf_code add_type(struct component_assembler *c, const struct buf *item, uint32_t *out)
{
    TRY(put_item(c, CSECTION_TYPE, item));
    return name_next(c, SORT_TYPE, (hf_str){ NULL, 0 }, out);
}

static hf_witkind primitive(const struct parser *p)
{
    for (unsigned kind = 0; kind < WIT_KINDS; kind++)
        if (wit_type_infos[kind].code && wit_type_infos[kind].primitive && at_text(p, wit_type_infos[kind].text))
            return (hf_witkind)kind;
    return (hf_witkind)0;
}

// A type index: number, identifier, or "(type x …)"
static hf_code type_index(struct component_assembler *c, uint32_t *out)
{
    return parse_ref(c, SORT_TYPE, false, out);
}

// valtype; one that is written out is defined before.
hf_code parse_valtype(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    const hf_witkind kind = primitive(p);
    uint32_t index;
    if (kind) {
        next(p);
        buf_u8(out, wit_type_infos[kind].code);
        return HF_OK;
    }
    if (is_kind(p, TOKEN_NAT) || is_kind(p, TOKEN_ID) || at_open_text(p, "type")) {
        TRY(type_index(c, &index));
    } else {
        struct buf item;
        cbuf_init(c, &item);
        if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "a value type");
        TRY(parse_deftype(c, &item));
        TRY(add_type(c, &item, &index));
    }
    buf_leb_s(out, index);
    return HF_OK;
}

static hf_code optional_valtype(struct component_assembler *c, bool present, struct buf *out)
{
    buf_u8(out, present);
    return present ? parse_valtype(c, out) : HF_OK;
}

static hf_code label(struct component_assembler *c, struct buf *out)
{
    hf_str name;
    TRY(parse_bytes(&c->p, true, &name));
    put_name(out, name);
    return HF_OK;
}

// How the lists of the constructors are written.
static hf_code list_item(struct component_assembler *c, hf_witkind kind, struct buf *out)
{
    struct parser *const p = &c->p;
    hf_str id;
    switch (kind) {
    case HF_WIT_RECORD:
        if (!take_open_text(p, "field")) return unexpected(p, "(field");
        TRY(label(c, out));
        TRY(parse_valtype(c, out));
        return expect_close(p);
    case HF_WIT_VARIANT:
        if (!take_open_text(p, "case")) return unexpected(p, "(case");
        TRY(parse_id(p, &id));
        TRY(label(c, out));
        TRY(optional_valtype(c, !is_kind(p, TOKEN_RPAR), out));
        buf_u8(out, 0x00);
        return expect_close(p);
    case HF_WIT_TUPLE: return parse_valtype(c, out);
    default: return label(c, out);
    }
}

static hf_code list_type(struct component_assembler *c, hf_witkind kind, struct buf *out)
{
    struct buf list;
    uint32_t count = 0;
    cbuf_init(c, &list);
    for (; !is_kind(&c->p, TOKEN_RPAR); count++) TRY(list_item(c, kind, &list));
    buf_u8(out, wit_type_infos[kind].code);
    buf_leb_u(out, count);
    if (list.size) buf_put(out, list.data, list.size);
    out->failed |= list.failed;
    return HF_OK;
}

static void put_code(struct buf *out, hf_witkind kind)
{
    buf_u8(out, wit_type_infos[kind].code);
}

// defvaltype behind its "(" and word
static hf_code defvaltype(struct component_assembler *c, hf_witkind kind, struct buf *out)
{
    struct parser *const p = &c->p;
    struct buf parts;
    uint32_t index;
    cbuf_init(c, &parts);
    switch (kind) {
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_TUPLE:
    case HF_WIT_FLAGS:
    case HF_WIT_ENUM: return list_type(c, kind, out);
    case HF_WIT_LIST:
        TRY(parse_valtype(c, &parts));
        put_code(out, is_kind(p, TOKEN_NAT) ? HF_WIT_FIXED_LIST : kind);
        buf_put(out, parts.data, parts.size);
        if (!is_kind(p, TOKEN_NAT)) return HF_OK;
        TRY(parse_u32(p, &index));
        buf_leb_u(out, index);
        return HF_OK;
    case HF_WIT_OPTION: TRY(parse_valtype(c, &parts)); break;
    case HF_WIT_MAP:
        TRY(parse_valtype(c, &parts));
        TRY(parse_valtype(c, &parts));
        break;
    case HF_WIT_RESULT: {
        TRY(optional_valtype(c, !is_kind(p, TOKEN_RPAR) && !at_open_text(p, "error"), &parts));
        const bool error = take_open_text(p, "error");
        TRY(optional_valtype(c, error, &parts));
        if (error) TRY(expect_close(p));
        break;
    }
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: TRY(optional_valtype(c, !is_kind(p, TOKEN_RPAR), &parts)); break;
    default: // own, borrow
        TRY(type_index(c, &index));
        buf_leb_u(&parts, index);
        break;
    }
    put_code(out, kind);
    out->failed |= parts.failed;
    if (parts.size) buf_put(out, parts.data, parts.size);
    return HF_OK;
}

// async? (param "label" valtype)* (result valtype)?
static hf_code functype(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    struct buf params, result;
    uint32_t count = 0;
    cbuf_init(c, &params);
    cbuf_init(c, &result);
    const bool is_async = take_text(p, "async");
    for (; take_open_text(p, "param"); count++) {
        TRY(label(c, &params));
        TRY(parse_valtype(c, &params));
        TRY(expect_close(p));
    }
    if (take_open_text(p, "result")) {
        buf_u8(&result, 0x00);
        TRY(parse_valtype(c, &result));
        TRY(expect_close(p));
    } else {
        buf_put(&result, "\1\0", 2);
    }
    buf_u8(out, is_async ? 0x43 : 0x40);
    buf_leb_u(out, count);
    if (params.size) buf_put(out, params.data, params.size);
    buf_put(out, result.data, result.size);
    out->failed |= params.failed | result.failed;
    return HF_OK;
}

// The declarators of a component or instance type.
static hf_code declarators(struct component_assembler *c, enum cscope_kind kind, struct buf *out)
{
    struct cscope *scope;
    TRY(cscope_open(c, kind, (hf_str){ NULL, 0 }, &scope));
    const hf_code code = parse_fields(c);
    const hf_code closed = cscope_close(c);
    if (code || closed) return code ? code : closed;
    buf_u8(out, kind == CSCOPE_COMPONENT_TYPE ? 0x41 : 0x42);
    buf_leb_u(out, scope->item_count);
    if (scope->out.size) buf_put(out, scope->out.data, scope->out.size);
    return HF_OK;
}

// (rep i32) (dtor f)?
static hf_code resource(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    uint32_t dtor;
    if (!take_open_text(p, "rep")) return unexpected(p, "(rep");
    buf_u8(out, 0x3f);
    if (take_text(p, "i32"))
        buf_u8(out, 0x7f);
    else if (take_text(p, "i64"))
        buf_u8(out, 0x7e);
    else if (take_text(p, "f32"))
        buf_u8(out, 0x7d);
    else if (take_text(p, "f64"))
        buf_u8(out, 0x7c);
    else
        return unexpected(p, "i32");
    TRY(expect_close(p));
    const bool has_dtor = take_open_text(p, "dtor");
    buf_u8(out, has_dtor);
    if (!has_dtor) return HF_OK;
    TRY(parse_ref(c, SORT_CORE_FUNC, true, &dtor));
    buf_leb_u(out, dtor);
    return expect_close(p);
}

static hf_code compound(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    if (take_text(p, "func")) return functype(c, out);
    if (take_text(p, "component")) return declarators(c, CSCOPE_COMPONENT_TYPE, out);
    if (take_text(p, "instance")) return declarators(c, CSCOPE_INSTANCE_TYPE, out);
    if (take_text(p, "resource")) return resource(c, out);
    for (unsigned kind = 0; kind < WIT_KINDS; kind++) {
        const struct wit_type_info *const info = &wit_type_infos[kind];
        if (!info->code || info->primitive || kind == HF_WIT_FIXED_LIST || !take_text(p, info->text)) continue;
        return defvaltype(c, (hf_witkind)kind, out);
    }
    return unexpected(p, "a type");
}

// deftype
hf_code parse_deftype(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    const hf_witkind kind = primitive(p);
    if (kind) {
        next(p);
        put_code(out, kind);
        return HF_OK;
    }
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "a type");
    next(p);
    TRY(compound(c, out));
    return expect_close(p);
}

// ---- types of imports and exports -------------------------------------------------------------------------------------

// "(type x)" or "(type x "name" …)", rather than a declarator "(type id? …)"
bool at_typeuse(const struct parser *p)
{
    if (!at_open_text(p, "type")) return false;
    const unsigned index = peek_at(p, 2)->kind, behind = peek_at(p, 3)->kind;
    return (index == TOKEN_NAT || index == TOKEN_ID) && (behind == TOKEN_RPAR || behind == TOKEN_STRING);
}

hf_code parse_typeuse(struct component_assembler *c, enum sort sort, uint32_t *out)
{
    struct buf item;
    if (at_typeuse(&c->p)) return type_index(c, out);
    cbuf_init(c, &item);
    switch (sort) {
    case SORT_FUNC: TRY(functype(c, &item)); break;
    case SORT_COMPONENT: TRY(declarators(c, CSCOPE_COMPONENT_TYPE, &item)); break;
    default: TRY(declarators(c, CSCOPE_INSTANCE_TYPE, &item)); break;
    }
    return add_type(c, &item, out);
}

// (core module id? (type x) | decl*)
static hf_code module_typeuse(struct component_assembler *c, uint32_t *out)
{
    struct parser *const p = &c->p;
    struct buf item;
    if (at_typeuse(p)) {
        p->at += 2;
        TRY(parse_index(c, SORT_CORE_TYPE, out));
        return expect_close(p);
    }
    cbuf_init(c, &item);
    TRY(parse_module_type(c, &item));
    TRY(put_item(c, CSECTION_CORE_TYPE, &item));
    if (c->scope->core) TRY(assembler_skip_type(c->scope->core));
    return name_next(c, SORT_CORE_TYPE, (hf_str){ NULL, 0 }, out);
}

// (eq x) | (sub resource)
static hf_code type_bound(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    uint32_t index;
    if (take_open_text(p, "sub")) {
        if (!take_text(p, "resource")) return unexpected(p, "resource");
        buf_u8(out, 0x01);
        return expect_close(p);
    }
    if (!take_open_text(p, "eq")) return unexpected(p, "(eq or (sub");
    TRY(type_index(c, &index));
    buf_u8(out, 0x00);
    buf_leb_u(out, index);
    return expect_close(p);
}

static hf_code value_bound(struct component_assembler *c, struct buf *out)
{
    struct parser *const p = &c->p;
    uint32_t index;
    if (!take_open_text(p, "eq")) {
        buf_u8(out, 0x01);
        return parse_valtype(c, out);
    }
    TRY(parse_index(c, SORT_VALUE, &index));
    buf_u8(out, 0x00);
    buf_leb_u(out, index);
    return expect_close(p);
}

hf_code parse_externtype_body(struct component_assembler *c, enum sort sort, struct buf *out)
{
    uint32_t index;
    struct buf bound;
    cbuf_init(c, &bound);
    switch (sort) {
    case SORT_CORE_MODULE: TRY(module_typeuse(c, &index)); break;
    case SORT_FUNC:
    case SORT_COMPONENT:
    case SORT_INSTANCE: TRY(parse_typeuse(c, sort, &index)); break;
    case SORT_TYPE:
    case SORT_VALUE:
        TRY(sort == SORT_TYPE ? type_bound(c, &bound) : value_bound(c, &bound));
        put_sort(out, sort);
        buf_put(out, bound.data, bound.size);
        out->failed |= bound.failed;
        return HF_OK;
    default: return unexpected(&c->p, "the type of an import or export");
    }
    put_sort(out, sort);
    buf_leb_u(out, index);
    return HF_OK;
}

hf_code parse_externtype(struct component_assembler *c, struct buf *out, enum sort *sort, hf_str *id)
{
    struct parser *const p = &c->p;
    hf_str name;
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "the type of an import or export");
    if (at_open_text(p, "implements") || at_open_text(p, "versionsuffix") || at_open_text(p, "external-id"))
        return unexpected(p, "the type of an import or export");
    next(p);
    TRY(parse_sort(c, false, sort));
    TRY(parse_id(p, &name));
    *id = name;
    TRY(parse_externtype_body(c, *sort, out));
    return expect_close(p);
}
