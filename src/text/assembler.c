// Modules: text to bytes (specification: "Modules" of the text format).
#include "text/assembler.h"

#include <string.h>

#include "text/component.h"
#include "text/text.h"

hf_code assemble_index(struct assembler *a, enum space space, uint32_t *out)
{
    const struct token *t = peek(&a->p);
    if (t->kind == TOKEN_NAT) return parse_u32(&a->p, out);
    if (t->kind != TOKEN_ID) return unexpected(&a->p, "an index");
    hf_str name;
    TRY(id_name(&a->p, t, &name));
    const uint32_t *index = map_get(&a->maps[space], name.data, name.size);
    if (!index)
        return parse_fail(&a->p, HF_MALFORMED, "unknown %s $%.*s", space_infos[space].name, shown_name(name),
                          name.data);
    *out = *index;
    next(&a->p);
    return HF_OK;
}

hf_code assemble_index_or(struct assembler *a, enum space space, uint32_t otherwise, uint32_t *out)
{
    if (is_kind(&a->p, TOKEN_NAT) || is_kind(&a->p, TOKEN_ID)) return assemble_index(a, space, out);
    *out = otherwise;
    return HF_OK;
}

// --- fields ------------------------------------------------------------------------------------------------

static const uint8_t extern_kinds[SPACE_COUNT] = {
    [SPACE_FUNC] = 0, [SPACE_TABLE] = 1, [SPACE_MEMORY] = 2, [SPACE_GLOBAL] = 3, [SPACE_TAG] = 4,
};

// (export "name")* behind the identifier of a definition
static hf_code inline_exports(struct assembler *a, enum space space, uint32_t index)
{
    struct buf *out = &a->sections[SECTION_EXPORT];
    while (take_open(&a->p, KW_EXPORT)) {
        hf_str name;
        TRY(parse_bytes(&a->p, true, &name));
        TRY(expect_close(&a->p));
        put_str(out, name);
        buf_u8(out, extern_kinds[space]);
        buf_leb_u(out, index);
        a->counts[SECTION_EXPORT]++;
    }
    return HF_OK;
}

// The module's and the item's name.
static hf_code import_names(struct assembler *a)
{
    struct buf *out = &a->sections[SECTION_IMPORT];
    hf_str module, name;
    TRY(parse_bytes(&a->p, true, &module));
    TRY(parse_bytes(&a->p, true, &name));
    put_str(out, module);
    put_str(out, name);
    a->counts[SECTION_IMPORT]++;
    return HF_OK;
}

static hf_code typeuse_index(struct assembler *a, bool bind, uint32_t *out)
{
    struct typeuse use;
    TRY(assemble_typeuse(a, bind, true, &use));
    return resolve_typeuse(a, &use, out);
}

// externtype without its keyword and identifier
hf_code assemble_extern_type(struct assembler *a, enum space space, struct buf *out)
{
    buf_u8(out, extern_kinds[space]);
    uint32_t type;
    switch (space) {
    case SPACE_FUNC:
        TRY(typeuse_index(a, false, &type));
        buf_leb_u(out, type);
        return HF_OK;
    case SPACE_TAG:
        TRY(typeuse_index(a, false, &type));
        buf_u8(out, 0);
        buf_leb_u(out, type);
        return HF_OK;
    case SPACE_TABLE: {
        struct buf *limits = &a->scratch;
        buf_clear(limits);
        TRY(assemble_limits(a, false, limits));
        TRY(assemble_reftype(a, out));
        if (limits->failed) return parse_oom(&a->p);
        buf_put(out, limits->data, limits->size);
        return HF_OK;
    }
    case SPACE_MEMORY: return assemble_limits(a, true, out);
    default: return assemble_globaltype(a, out);
    }
}

// Behind a definition that is no import comes no import.
static void define(struct assembler *a, enum space space)
{
    if (!a->defined) a->defined = space_infos[space].name;
}

static hf_code check_import(struct assembler *a)
{
    return a->defined ? parse_fail(&a->p, HF_MALFORMED, "import after %s", a->defined) : HF_OK;
}

// Takes "(import …)" and the type behind it, if a definition has them.
static hf_code inline_import(struct assembler *a, enum space space, bool *done)
{
    *done = is_open(&a->p, KW_IMPORT);
    if (!*done) {
        define(a, space);
        return HF_OK;
    }
    TRY(check_import(a));
    a->p.at += 2;
    TRY(import_names(a));
    TRY(expect_close(&a->p));
    TRY(assemble_extern_type(a, space, &a->sections[SECTION_IMPORT]));
    return expect_close(&a->p);
}

// What begins every definition: identifier, name, exports, import. `done`: it was an import.
static hf_code head(struct assembler *a, enum space space, uint32_t *index, bool *done)
{
    hf_str id;
    *index = a->next[space]++;
    TRY(parse_id(&a->p, &id));
    TRY(assemble_name(a, space, 0, *index, id));
    TRY(inline_exports(a, space, *index));
    return inline_import(a, space, done);
}

// (import "m" "n" (kind id? type))
static hf_code import(struct assembler *a)
{
    TRY(check_import(a));
    struct parser *p = &a->p;
    TRY(import_names(a));
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "(func, (table, (memory, (global or (tag");
    next(p);
    const enum space space = is_kind(p, TOKEN_WORD) ? space_of(peek(p)->word) : SPACE_COUNT;
    if (space < SPACE_FUNC || space > SPACE_TAG) return unexpected(p, "func, table, memory, global or tag");
    next(p);
    hf_str id;
    TRY(parse_id(p, &id));
    TRY(assemble_name(a, space, 0, a->next[space]++, id));
    TRY(assemble_extern_type(a, space, &a->sections[SECTION_IMPORT]));
    TRY(expect_close(p));
    return expect_close(p);
}

// (export "n" (kind x))
static hf_code export(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *out = &a->sections[SECTION_EXPORT];
    hf_str name;
    TRY(parse_bytes(p, true, &name));
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "(func, (table, (memory, (global or (tag");
    next(p);
    const enum space space = is_kind(p, TOKEN_WORD) ? space_of(peek(p)->word) : SPACE_COUNT;
    if (space < SPACE_FUNC || space > SPACE_TAG) return unexpected(p, "func, table, memory, global or tag");
    next(p);
    uint32_t index;
    TRY(assemble_index(a, space, &index));
    TRY(expect_close(p));
    put_str(out, name);
    buf_u8(out, extern_kinds[space]);
    buf_leb_u(out, index);
    a->counts[SECTION_EXPORT]++;
    return expect_close(p);
}

static void put_end(struct buf *out)
{
    buf_u8(out, 0x0b);
}

// --- functions ---------------------------------------------------------------------------------------------

// (local id? t) and (local t*), run-length encoded behind their number
static hf_code locals(struct assembler *a, struct buf *out)
{
    struct parser *p = &a->p;
    struct buf *runs = &a->scratch, *type = &a->signature;
    buf_clear(runs);
    uint32_t count = 0, run = 0;
    size_t last = 0, last_size = 0; // the type of the current run, in a->params
    struct buf *types = &a->params;
    buf_clear(types);
    while (take_open(p, KW_LOCAL)) {
        hf_str id;
        TRY(parse_id(p, &id));
        const bool single = id.data || is_kind(p, TOKEN_ANNOT);
        if (single) TRY(bind_local(a, id, a->local_count));
        while (single || !is_kind(p, TOKEN_RPAR)) {
            buf_clear(type);
            TRY(assemble_valtype(a, type));
            if (type->failed || types->failed) return parse_oom(p);
            if (run && type->size == last_size && memcmp(types->data + last, type->data, last_size) == 0) {
                run++;
            } else {
                if (run) {
                    buf_leb_u(runs, run);
                    buf_put(runs, types->data + last, last_size);
                    count++;
                }
                run = 1;
                last = types->size;
                last_size = type->size;
                buf_put(types, type->data, type->size);
            }
            a->local_count++;
            if (single) break;
        }
        TRY(expect_close(p));
    }
    if (runs->failed || types->failed) return parse_oom(p);
    if (run) {
        buf_leb_u(runs, run);
        buf_put(runs, types->data + last, last_size);
        count++;
    }
    if (runs->failed) return parse_oom(p);
    buf_leb_u(out, count);
    buf_put(out, runs->data, runs->size);
    return HF_OK;
}

static hf_code body(struct assembler *a, uint32_t type)
{
    struct buf *code = &a->body;
    buf_clear(code);
    const struct type_entry *entry = type < a->type_count ? &a->types[type] : NULL;
    a->params_unknown = !entry;
    a->local_count = entry ? entry->param_count : 0;
    a->labels_seen = 0;
    buf_clear(&a->func_hints);
    a->func_hint_count = 0;
    a->in_func = true;
    TRY(locals(a, code));
    TRY(assemble_instrs(a, code));
    a->in_func = false;
    put_end(code);
    if (code->failed || a->func_hints.failed) return parse_oom(&a->p);

    struct buf *out = &a->sections[SECTION_CODE];
    buf_leb_u(out, code->size);
    buf_put(out, code->data, code->size);
    a->counts[SECTION_CODE]++;
    if (a->func_hint_count) {
        buf_leb_u(&a->hints, a->func);
        buf_leb_u(&a->hints, a->func_hint_count);
        buf_put(&a->hints, a->func_hints.data, a->func_hints.size);
        a->hint_count++;
    }
    return expect_close(&a->p);
}

// (func id? typeuse local* instr*)
static hf_code func(struct assembler *a)
{
    bool done;
    TRY(head(a, SPACE_FUNC, &a->func, &done));
    if (done) return HF_OK;
    if (a->locals_used) {
        map_fini(&a->locals);
        map_init(&a->locals, a->heap, a->label_map.key[0]);
        a->locals_used = false;
    }
    uint32_t type;
    TRY(typeuse_index(a, true, &type));
    buf_leb_u(&a->sections[SECTION_FUNC], type);
    a->counts[SECTION_FUNC]++;
    return body(a, type);
}

// (tag id? typeuse)
static hf_code tag(struct assembler *a)
{
    bool done;
    uint32_t index, type;
    TRY(head(a, SPACE_TAG, &index, &done));
    if (done) return HF_OK;
    struct buf *out = &a->sections[SECTION_TAG];
    TRY(typeuse_index(a, false, &type));
    buf_u8(out, 0);
    buf_leb_u(out, type);
    a->counts[SECTION_TAG]++;
    return expect_close(&a->p);
}

// (global id? globaltype expr)
static hf_code global(struct assembler *a)
{
    bool done;
    uint32_t index;
    TRY(head(a, SPACE_GLOBAL, &index, &done));
    if (done) return HF_OK;
    struct buf *out = &a->sections[SECTION_GLOBAL];
    TRY(assemble_globaltype(a, out));
    TRY(assemble_instrs(a, out));
    put_end(out);
    a->counts[SECTION_GLOBAL]++;
    return expect_close(&a->p);
}

// --- memories and data -------------------------------------------------------------------------------------

static hf_code strings(struct assembler *a, struct buf *out)
{
    while (is_kind(&a->p, TOKEN_STRING)) TRY(parse_string(&a->p, out));
    return HF_OK;
}

// The offset of an inline segment: the start.
static void put_zero(struct buf *out, bool is64)
{
    buf_u8(out, is64 ? 0x42 : 0x41);
    buf_u8(out, 0);
    put_end(out);
}

// addrtype? (pagesize n)? (data string*)
static hf_code memory_data(struct assembler *a, uint32_t index)
{
    struct parser *p = &a->p;
    bool is64;
    take_addrtype(a, &is64);
    unsigned page_log2 = 16;
    const bool has_page = (p->features & FEATURE_CUSTOM_PAGE_SIZES) && take_open(p, KW_PAGESIZE);
    if (has_page) {
        uint64_t page;
        TRY(parse_u64(p, &page));
        if (!page || (page & (page - 1))) return parse_fail(p, HF_MALFORMED, "invalid custom page size");
        page_log2 = (unsigned)__builtin_ctzll(page);
        TRY(expect_close(p));
    }
    TRY(expect_open(p, KW_DATA, "a memory type or (data"));
    struct buf *bytes = &a->scratch;
    buf_clear(bytes);
    TRY(strings(a, bytes));
    TRY(expect_close(p));
    const uint64_t size = bytes->size;
    const uint64_t pages = (size >> page_log2) + ((size & ((UINT64_C(1) << page_log2) - 1)) != 0);
    struct buf *out = &a->sections[SECTION_MEMORY];
    buf_u8(out, (uint8_t)(1 | is64 << 2 | has_page << 3));
    buf_leb_u(out, pages);
    buf_leb_u(out, pages);
    if (has_page) buf_leb_u(out, page_log2);

    out = &a->sections[SECTION_DATA];
    buf_u8(out, index ? 2 : 0);
    if (index) buf_leb_u(out, index);
    put_zero(out, is64);
    buf_leb_u(out, size);
    buf_put(out, bytes->data, bytes->size);
    a->counts[SECTION_DATA]++;
    a->next[SPACE_DATA]++;
    return HF_OK;
}

// (memory id? memtype) | (memory id? addrtype? (data string*))
static hf_code memory(struct assembler *a)
{
    struct parser *p = &a->p;
    bool done;
    uint32_t index;
    TRY(head(a, SPACE_MEMORY, &index, &done));
    if (done) return HF_OK;
    const size_t ahead = is_word(p, KW_I32) || is_word(p, KW_I64) ? 1 : 0;
    if (peek_at(p, ahead)->kind == TOKEN_LPAR)
        TRY(memory_data(a, index));
    else
        TRY(assemble_limits(a, true, &a->sections[SECTION_MEMORY]));
    a->counts[SECTION_MEMORY]++;
    return expect_close(p);
}

// (offset instr*) or one folded instruction
static hf_code offset(struct assembler *a, struct buf *out)
{
    if (take_open(&a->p, KW_OFFSET)) {
        TRY(assemble_instrs(a, out));
        TRY(expect_close(&a->p));
    } else {
        TRY(assemble_folded(a, out));
    }
    put_end(out);
    return HF_OK;
}

// (data id? string*) | (data id? (memory x)? offset string*)
static hf_code data(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *out = &a->sections[SECTION_DATA];
    hf_str id;
    TRY(parse_id(p, &id));
    TRY(assemble_name(a, SPACE_DATA, 0, a->next[SPACE_DATA]++, id));
    if (is_kind(p, TOKEN_LPAR)) {
        uint32_t target = 0;
        if (take_open(p, KW_MEMORY)) {
            TRY(assemble_index(a, SPACE_MEMORY, &target));
            TRY(expect_close(p));
        }
        buf_u8(out, target ? 2 : 0);
        if (target) buf_leb_u(out, target);
        TRY(offset(a, out));
    } else {
        buf_u8(out, 1);
    }
    struct buf *bytes = &a->scratch;
    buf_clear(bytes);
    TRY(strings(a, bytes));
    if (bytes->failed) return parse_oom(p);
    buf_leb_u(out, bytes->size);
    buf_put(out, bytes->data, bytes->size);
    a->counts[SECTION_DATA]++;
    return expect_close(p);
}

// --- tables and elements -----------------------------------------------------------------------------------

enum elements { FUNCS, FUNCS_AS_EXPRS, EXPRS };

// Elements up to the ')': function indices, also written as expressions, or expressions. `out`: the vector.
static hf_code elements(struct assembler *a, enum elements kind, struct buf *out)
{
    struct parser *p = &a->p;
    struct buf items;
    buf_init(&items, a->heap);
    uint32_t count = 0;
    hf_code code = HF_OK;
    for (; code == HF_OK && !is_kind(p, TOKEN_RPAR); count++) {
        if (kind != EXPRS) {
            uint32_t index;
            code = assemble_index(a, SPACE_FUNC, &index);
            if (code != HF_OK) break;
            if (kind == FUNCS_AS_EXPRS) buf_u8(&items, (uint8_t)op_infos[OP_REF_FUNC].code);
            buf_leb_u(&items, index);
            if (kind == FUNCS_AS_EXPRS) put_end(&items);
        } else if (take_open(p, KW_ITEM)) {
            code = assemble_instrs(a, &items);
            if (code == HF_OK) code = expect_close(p);
            put_end(&items);
        } else {
            code = assemble_folded(a, &items);
            put_end(&items);
        }
    }
    if (code == HF_OK && items.failed) code = parse_oom(p);
    if (code == HF_OK) {
        buf_leb_u(out, count);
        buf_put(out, items.data, items.size);
    }
    buf_fini(&items);
    return code;
}

// addrtype? reftype (elem …)
static hf_code table_elem(struct assembler *a, uint32_t index)
{
    struct parser *p = &a->p;
    bool is64;
    take_addrtype(a, &is64);
    struct buf type, items;
    buf_init(&type, a->heap);
    buf_init(&items, a->heap);
    hf_code code = assemble_reftype(a, &type);
    if (code == HF_OK) code = expect_open(p, KW_ELEM, "(elem");
    // Indices alone stand for elements of type (ref func), which a table of a narrower type would not take.
    const bool funcref = type.size == 1 && type.data[0] == 0x70;
    const bool any_func = funcref || (type.size == 2 && type.data[0] == 0x64 && type.data[1] == 0x70);
    const bool exprs = is_kind(p, TOKEN_LPAR) || !any_func;
    const enum elements kind = is_kind(p, TOKEN_LPAR) ? EXPRS : exprs ? FUNCS_AS_EXPRS : FUNCS;
    if (code == HF_OK) code = elements(a, kind, &items);
    if (code == HF_OK) code = expect_close(p);
    if (code == HF_OK && (type.failed || items.failed)) code = parse_oom(p);
    if (code == HF_OK) {
        struct reader r = reader_of(items.data, items.size);
        const uint32_t count = reader_leb_u32(&r);
        struct buf *out = &a->sections[SECTION_TABLE];
        buf_put(out, type.data, type.size);
        buf_u8(out, (uint8_t)(1 | is64 << 2));
        buf_leb_u(out, count);
        buf_leb_u(out, count);

        // An expression of type funcref, or function indices, need not say their type for table 0.
        out = &a->sections[SECTION_ELEM];
        const bool says_type = index || (exprs && !funcref);
        buf_u8(out, (uint8_t)((exprs ? 4 : 0) | (says_type ? 2 : 0)));
        if (says_type) buf_leb_u(out, index);
        put_zero(out, is64);
        if (says_type && exprs) buf_put(out, type.data, type.size);
        if (says_type && !exprs) buf_u8(out, 0);
        buf_put(out, items.data, items.size);
        a->counts[SECTION_ELEM]++;
        a->next[SPACE_ELEM]++;
    }
    buf_fini(&type);
    buf_fini(&items);
    return code;
}

// (table id? tabletype expr?) | (table id? addrtype? reftype (elem …))
static hf_code table(struct assembler *a)
{
    struct parser *p = &a->p;
    bool done;
    uint32_t index;
    TRY(head(a, SPACE_TABLE, &index, &done));
    if (done) return HF_OK;
    a->counts[SECTION_TABLE]++;
    const size_t ahead = is_word(p, KW_I32) || is_word(p, KW_I64) ? 1 : 0;
    if (peek_at(p, ahead)->kind != TOKEN_NAT) {
        TRY(table_elem(a, index));
        return expect_close(p);
    }
    struct buf *limits = &a->scratch, *type = &a->body, *out = &a->sections[SECTION_TABLE];
    buf_clear(limits);
    buf_clear(type);
    TRY(assemble_limits(a, false, limits));
    TRY(assemble_reftype(a, type));
    const bool init = !is_kind(p, TOKEN_RPAR);
    if (init) {
        buf_u8(out, 0x40);
        buf_u8(out, 0);
    }
    if (limits->failed || type->failed) return parse_oom(p);
    buf_put(out, type->data, type->size);
    buf_put(out, limits->data, limits->size);
    if (init) {
        TRY(assemble_instrs(a, out));
        put_end(out);
    }
    return expect_close(p);
}

// (elem id? elemlist) | (elem id? declare elemlist) | (elem id? (table x)? offset elemlist)
static hf_code elem(struct assembler *a)
{
    struct parser *p = &a->p;
    hf_str id;
    TRY(parse_id(p, &id));
    TRY(assemble_name(a, SPACE_ELEM, 0, a->next[SPACE_ELEM]++, id));
    const bool declarative = take_word(p, KW_DECLARE);
    const bool active = !declarative && is_kind(p, TOKEN_LPAR) && !at_reftype(p);
    uint32_t target = 0;
    struct buf *expr = &a->body;
    buf_clear(expr);
    if (active) {
        if (take_open(p, KW_TABLE)) {
            TRY(assemble_index(a, SPACE_TABLE, &target));
            TRY(expect_close(p));
        }
        TRY(offset(a, expr));
    }
    // elemlist ::= reftype expr* | func x*, where an active segment may leave `func` out
    struct buf *type = &a->signature;
    buf_clear(type);
    const bool exprs = at_reftype(p);
    if (exprs)
        TRY(assemble_reftype(a, type));
    else if (!take_word(p, KW_FUNC) &&
             !(active && (is_kind(p, TOKEN_NAT) || is_kind(p, TOKEN_ID) || is_kind(p, TOKEN_RPAR))))
        return unexpected(p, "func or a reference type");
    if (type->failed) return parse_oom(p);

    const bool funcref = type->size == 1 && type->data[0] == 0x70;
    const bool says_type = !active || target || (exprs && !funcref);
    unsigned flags = exprs ? 4 : 0;
    if (!active)
        flags |= declarative ? 3 : 1;
    else if (says_type)
        flags |= 2;
    struct buf *out = &a->sections[SECTION_ELEM];
    buf_u8(out, (uint8_t)flags);
    if (active && says_type) buf_leb_u(out, target);
    buf_put(out, expr->data, expr->size);
    if (says_type && exprs) buf_put(out, type->data, type->size);
    if (says_type && !exprs) buf_u8(out, 0);
    a->counts[SECTION_ELEM]++;
    TRY(elements(a, exprs ? EXPRS : FUNCS, out));
    return expect_close(p);
}

// (start x)
static hf_code start(struct assembler *a)
{
    if (a->has_start) return parse_fail(&a->p, HF_MALFORMED, "multiple start sections");
    TRY(assemble_index(a, SPACE_FUNC, &a->start));
    a->has_start = true;
    return expect_close(&a->p);
}

static hf_code field(struct assembler *a)
{
    struct parser *p = &a->p;
    if (is_kind(p, TOKEN_ANNOT)) return peek(p)->word == ANNOT_CUSTOM ? assemble_custom(a) : unexpected(p, "a field");
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "a module field");
    next(p);
    if (!is_kind(p, TOKEN_WORD)) return unexpected(p, "a module field");
    const unsigned word = peek(p)->word;
    const size_t at = p->at;
    next(p);
    switch (word) {
    case KW_TYPE:
    case KW_REC: // read already
        skip_list(p);
        return HF_OK;
    case KW_IMPORT: return import(a);
    case KW_EXPORT: return export(a);
    case KW_FUNC: return func(a);
    case KW_TABLE: return table(a);
    case KW_MEMORY: return memory(a);
    case KW_GLOBAL: return global(a);
    case KW_TAG: return tag(a);
    case KW_ELEM: return elem(a);
    case KW_DATA: return data(a);
    case KW_START: return start(a);
    default: p->at = at; return unexpected(p, "a module field");
    }
}

// --- the module --------------------------------------------------------------------------------------------

static void put_section(struct assembler *a, enum section section, struct buf *out)
{
    struct buf *bytes = &a->sections[section];
    put_customs(a, section, true, out);
    struct buf count;
    buf_init(&count, a->heap);
    bool present = a->counts[section] != 0;
    if (section == SECTION_START) {
        present = a->has_start;
        buf_leb_u(&count, a->start);
    } else if (section == SECTION_DATACOUNT) {
        present = a->uses_data;
        buf_leb_u(&count, a->counts[SECTION_DATA]);
    } else {
        buf_leb_u(&count, a->counts[section]);
    }
    if (section == SECTION_CODE) put_hint_section(a, out);
    if (present) {
        buf_u8(out, section_ids[section]);
        buf_leb_u(out, count.size + bytes->size);
        buf_put(out, count.data, count.size);
        buf_put(out, bytes->data, bytes->size);
    }
    out->failed |= bytes->failed | count.failed;
    buf_fini(&count);
    put_customs(a, section, false, out);
}

static hf_code put_module(struct assembler *a, struct buf *out)
{
    const size_t at = out->size;
    buf_put(out, "\0asm\1\0\0\0", 8);
    put_customs(a, SECTION_FIRST, true, out);
    for (unsigned s = SECTION_TYPE; s < SECTION_LAST; s++) put_section(a, (enum section)s, out);
    put_name_section(a, out);
    put_customs(a, SECTION_LAST, false, out);
    if (!out->failed) return HF_OK;
    out->size = at;
    out->failed = false;
    return parse_oom(&a->p);
}

static void init(struct assembler *a, const struct parser *p, const hf_allocator *heap, bool name_section)
{
    *a = (struct assembler){ .p = *p, .heap = heap, .name_section = name_section };
    arena_init(&a->arena, heap);
    a->p.arena = &a->arena;
    // Identifiers come from whoever wrote the text: where this stands in memory is what they do not know.
    const uint64_t seed = (uint64_t)(uintptr_t)a ^ (uint64_t)(uintptr_t)p->tokens->items << 20;
    for (unsigned i = 0; i < SPACE_COUNT; i++) map_init(&a->maps[i], heap, seed);
    map_init(&a->fields, heap, seed);
    map_init(&a->locals, heap, seed);
    map_init(&a->label_map, heap, seed);
    map_init(&a->signature_map, heap, seed);
    for (unsigned i = 0; i < SECTION_COUNT; i++) buf_init(&a->sections[i], heap);
    struct buf *const bufs[] = { &a->signatures, &a->custom_bytes, &a->hints,   &a->body,      &a->func_hints,
                                 &a->pending,    &a->params,       &a->results, &a->signature, &a->scratch };
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_init(bufs[i], heap);
}

static void fini(struct assembler *a)
{
    for (unsigned i = 0; i < SPACE_COUNT; i++) map_fini(&a->maps[i]);
    map_fini(&a->fields);
    map_fini(&a->locals);
    map_fini(&a->label_map);
    map_fini(&a->signature_map);
    for (unsigned i = 0; i < SECTION_COUNT; i++) buf_fini(&a->sections[i]);
    struct buf *const bufs[] = { &a->signatures, &a->custom_bytes, &a->hints,   &a->body,      &a->func_hints,
                                 &a->pending,    &a->params,       &a->results, &a->signature, &a->scratch };
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_fini(bufs[i]);
    for (unsigned i = 0; i < NAMES_COUNT; i++)
        mem_free(a->heap, a->names[i].items, a->names[i].cap * sizeof *a->names[i].items);
    mem_free(a->heap, a->types, a->type_cap * sizeof *a->types);
    mem_free(a->heap, a->customs, a->custom_cap * sizeof *a->customs);
    mem_free(a->heap, a->labels, a->label_cap * sizeof *a->labels);
    assemble_free_frames(a);
    arena_fini(&a->arena);
}

// id? (@name "…")?
static hf_code module_head(struct assembler *a)
{
    struct parser *p = &a->p;
    hf_str id, name;
    TRY(parse_id(p, &id));
    TRY(assemble_name_annot(a, &name));
    if (is_kind(p, TOKEN_ANNOT) && peek(p)->word == ANNOT_NAME)
        return parse_fail(p, HF_MALFORMED, "@%s annotation: multiple module names", annot_name(ANNOT_NAME));
    if (name.data)
        a->module_name = name;
    else if (a->name_section)
        a->module_name = id;
    return HF_OK;
}

static hf_code module(struct assembler *a, enum module_form form, struct buf *out)
{
    struct parser *p = &a->p;
    if (form == MODULE_HEADED) TRY(module_head(a));
    const size_t first = p->at;
    TRY(declare_all(a));
    TRY(assemble_types(a, first));
    p->at = first;
    while (!is_kind(p, TOKEN_RPAR) && !is_kind(p, TOKEN_END)) TRY(field(a));
    if (form == MODULE_HEADED) TRY(expect_close(p));
    return put_module(a, out);
}

struct assembler *assembler_for_types(const struct parser *p, const hf_allocator *heap)
{
    struct assembler *const a = MEM_NEW(heap, struct assembler);
    if (a) init(a, p, heap, false);
    return a;
}

void assembler_fini(struct assembler *a)
{
    const hf_allocator *const heap = a->heap;
    fini(a);
    MEM_FREE(heap, a);
}

hf_code assemble_module(struct parser *p, const hf_allocator *heap, bool name_section, enum module_form form,
                        struct buf *out)
{
    struct assembler *a = MEM_NEW(heap, struct assembler);
    if (!a) return parse_oom(p);
    init(a, p, heap, name_section);
    const hf_code code = module(a, form, out);
    p->at = a->p.at;
    fini(a);
    MEM_FREE(heap, a);
    return code;
}

// Does the list that the cursor is in end the text?
static bool is_whole(const struct parser *p)
{
    struct parser ahead = *p;
    skip_list(&ahead);
    return is_kind(&ahead, TOKEN_END);
}

// Assembles a module, or a component: one that is written bare only when it is told so.
static hf_code assemble_text(const char *src, size_t size, uint32_t features, bool name_section, bool bare_component,
                             struct buf *out, hf_status *status)
{
    struct words words;
    struct tokens tokens;
    TRY(words_init(&words, out->heap, status));
    hf_code code = tokens_init(&tokens, &words, src, size, out->heap, status);
    if (code == HF_OK) {
        struct parser p = { .tokens = &tokens, .status = status, .features = features };
        const bool component = take_open_text(&p, "component");
        const enum module_form form = component || take_open(&p, KW_MODULE) ? MODULE_HEADED : MODULE_BARE;
        const size_t at = out->size;
        if (component && bare_component && !is_whole(&p)) {
            p.at = 0; // the first field
            code = assemble_component(&p, out->heap, MODULE_BARE, out);
        } else if (component || bare_component) {
            code = assemble_component(&p, out->heap, form, out);
        } else {
            code = assemble_module(&p, out->heap, name_section, form, out);
        }
        if (code == HF_OK && !is_kind(&p, TOKEN_END)) code = unexpected(&p, "the end of the text");
        if (code != HF_OK) out->size = at;
        tokens_fini(&tokens);
    }
    words_fini(&words);
    return code;
}

hf_code text_assemble(const char *src, size_t size, uint32_t features, bool name_section, struct buf *out,
                      hf_status *status)
{
    return assemble_text(src, size, features, name_section, false, out, status);
}

hf_code text_assemble_component(const char *src, size_t size, uint32_t features, struct buf *out, hf_status *status)
{
    return assemble_text(src, size, features, true, true, out, status);
}
