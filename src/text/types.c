// Types: text to bytes (specification: "Types" of the text and of the binary format).
#include <string.h>

#include "text/assembler.h"

enum {
    REF = 0x64,
    REF_NULL = 0x63,
    FUNC = 0x60,
    STRUCT = 0x5f,
    ARRAY = 0x5e,
    SUB = 0x50,
    SUB_FINAL = 0x4f,
    REC = 0x4e
};

// The code of an abstract heap type, or 0.
static uint8_t heap_code(unsigned word)
{
    switch (word) {
    case KW_EXN: return 0x69;
    case KW_ARRAY: return 0x6a;
    case KW_STRUCT: return 0x6b;
    case KW_I31: return 0x6c;
    case KW_EQ: return 0x6d;
    case KW_ANY: return 0x6e;
    case KW_EXTERN: return 0x6f;
    case KW_FUNC: return 0x70;
    case KW_NONE: return 0x71;
    case KW_NOEXTERN: return 0x72;
    case KW_NOFUNC: return 0x73;
    case KW_NOEXN: return 0x74;
    default: return 0;
    }
}

// The code of the heap type in a short reference type, or 0.
static uint8_t short_code(unsigned word)
{
    switch (word) {
    case KW_EXNREF: return 0x69;
    case KW_ARRAYREF: return 0x6a;
    case KW_STRUCTREF: return 0x6b;
    case KW_I31REF: return 0x6c;
    case KW_EQREF: return 0x6d;
    case KW_ANYREF: return 0x6e;
    case KW_EXTERNREF: return 0x6f;
    case KW_FUNCREF: return 0x70;
    case KW_NULLREF: return 0x71;
    case KW_NULLEXTERNREF: return 0x72;
    case KW_NULLFUNCREF: return 0x73;
    case KW_NULLEXNREF: return 0x74;
    default: return 0;
    }
}

static uint8_t num_code(unsigned word)
{
    switch (word) {
    case KW_I32: return 0x7f;
    case KW_I64: return 0x7e;
    case KW_F32: return 0x7d;
    case KW_F64: return 0x7c;
    case KW_V128: return 0x7b;
    default: return 0;
    }
}

hf_code assemble_heaptype(struct assembler *a, struct buf *out)
{
    const struct token *t = peek(&a->p);
    const uint8_t code = t->kind == TOKEN_WORD ? heap_code(t->word) : 0;
    if (code) {
        next(&a->p);
        buf_u8(out, code);
        return HF_OK;
    }
    if (t->kind != TOKEN_NAT && t->kind != TOKEN_ID) return unexpected(&a->p, "a heap type");
    uint32_t index;
    TRY(assemble_index(a, SPACE_TYPE, &index));
    buf_leb_s(out, index);
    return HF_OK;
}

bool at_reftype(const struct parser *p)
{
    const struct token *t = peek(p);
    return is_open(p, KW_REF) || (t->kind == TOKEN_WORD && short_code(t->word));
}

hf_code assemble_reftype_parts(struct assembler *a, bool *nullable, struct buf *heap_type)
{
    const struct token *t = peek(&a->p);
    if (t->kind == TOKEN_WORD && short_code(t->word)) {
        next(&a->p);
        *nullable = true;
        buf_u8(heap_type, short_code(t->word));
        return HF_OK;
    }
    TRY(expect_open(&a->p, KW_REF, "a reference type"));
    *nullable = take_word(&a->p, KW_NULL);
    TRY(assemble_heaptype(a, heap_type));
    return expect_close(&a->p);
}

hf_code assemble_reftype(struct assembler *a, struct buf *out)
{
    if (!at_reftype(&a->p)) return unexpected(&a->p, "a reference type");
    bool nullable;
    const size_t at = out->size;
    buf_u8(out, REF_NULL);
    TRY(assemble_reftype_parts(a, &nullable, out));
    if (out->failed) return parse_oom(&a->p);
    if (!nullable) {
        out->data[at] = REF;
    } else if (out->size == at + 2 && out->data[at + 1] >= 0x40 && out->data[at + 1] < 0x80) { // abstract
        out->data[at] = out->data[at + 1];
        out->size--;
    }
    return HF_OK;
}

hf_code assemble_valtype(struct assembler *a, struct buf *out)
{
    const struct token *t = peek(&a->p);
    const uint8_t code = t->kind == TOKEN_WORD ? num_code(t->word) : 0;
    if (code) {
        next(&a->p);
        buf_u8(out, code);
        return HF_OK;
    }
    if (!at_reftype(&a->p)) return unexpected(&a->p, "a value type");
    return assemble_reftype(a, out);
}

static bool at_valtype(const struct parser *p)
{
    const struct token *t = peek(p);
    return at_reftype(p) || (t->kind == TOKEN_WORD && num_code(t->word));
}

hf_code assemble_globaltype(struct assembler *a, struct buf *out)
{
    const bool mut = take_open(&a->p, KW_MUT);
    TRY(assemble_valtype(a, out));
    if (mut) TRY(expect_close(&a->p));
    buf_u8(out, mut);
    return HF_OK;
}

// storagetype ::= valtype | packedtype, with (mut …) around it
static hf_code fieldtype(struct assembler *a, struct buf *out)
{
    const bool mut = take_open(&a->p, KW_MUT);
    if (take_word(&a->p, KW_I8))
        buf_u8(out, 0x78);
    else if (take_word(&a->p, KW_I16))
        buf_u8(out, 0x77);
    else
        TRY(assemble_valtype(a, out));
    if (mut) TRY(expect_close(&a->p));
    buf_u8(out, mut);
    return HF_OK;
}

bool take_addrtype(struct assembler *a, bool *is64)
{
    *is64 = is_word(&a->p, KW_I64);
    return take_word(&a->p, KW_I64) || take_word(&a->p, KW_I32);
}

hf_code assemble_limits(struct assembler *a, bool memory, struct buf *out)
{
    bool is64;
    take_addrtype(a, &is64);
    uint64_t min, max = 0, page = 0;
    TRY(parse_u64(&a->p, &min));
    const bool has_max = is_kind(&a->p, TOKEN_NAT);
    if (has_max) TRY(parse_u64(&a->p, &max));
    const bool shared = memory && (a->p.features & FEATURE_THREADS) && take_word(&a->p, KW_SHARED);
    unsigned page_log2 = 0;
    const bool has_page = memory && (a->p.features & FEATURE_CUSTOM_PAGE_SIZES) && take_open(&a->p, KW_PAGESIZE);
    if (has_page) {
        const struct token *t = peek(&a->p);
        TRY(parse_u64(&a->p, &page));
        if (!page || (page & (page - 1))) return parse_fail_at(&a->p, t, HF_MALFORMED, "invalid custom page size");
        page_log2 = (unsigned)__builtin_ctzll(page);
        TRY(expect_close(&a->p));
    }
    buf_u8(out, (uint8_t)(has_max | shared << 1 | is64 << 2 | has_page << 3));
    buf_leb_u(out, min);
    if (has_max) buf_leb_u(out, max);
    if (has_page) buf_leb_u(out, page_log2);
    return HF_OK;
}

// --- functions ---------------------------------------------------------------------------------------------

hf_code bind_local(struct assembler *a, hf_str id, uint32_t index)
{
    if (id.data) {
        a->locals_used = true;
        switch (map_put(&a->locals, id.data, id.size, index)) {
        case MAP_ADDED: break;
        case MAP_EXISTS: return parse_fail(&a->p, HF_MALFORMED, "duplicate local $%.*s", shown_name(id), id.data);
        case MAP_NO_MEMORY: return parse_oom(&a->p);
        }
    }
    return assemble_name(a, NAMES_LOCAL, a->func, index, id);
}

// (param id? t) and (param t*), then (result t*): into a->params and a->results
static hf_code signature(struct assembler *a, bool bind, bool ids, uint32_t *params, uint32_t *results)
{
    buf_clear(&a->params);
    buf_clear(&a->results);
    *params = *results = 0;
    while (take_open(&a->p, KW_PARAM)) {
        hf_str id = { NULL, 0 };
        if (ids) TRY(parse_id(&a->p, &id));
        if (id.data || (ids && is_kind(&a->p, TOKEN_ANNOT))) {
            if (bind) {
                TRY(bind_local(a, id, *params));
            } else {
                hf_str unused;
                TRY(assemble_name_annot(a, &unused));
            }
            TRY(assemble_valtype(a, &a->params));
            ++*params;
        } else {
            while (at_valtype(&a->p)) {
                TRY(assemble_valtype(a, &a->params));
                ++*params;
            }
        }
        if (!is_kind(&a->p, TOKEN_RPAR)) return unexpected(&a->p, "a value type");
        next(&a->p);
    }
    while (take_open(&a->p, KW_RESULT)) {
        while (at_valtype(&a->p)) {
            TRY(assemble_valtype(a, &a->results));
            ++*results;
        }
        if (!is_kind(&a->p, TOKEN_RPAR)) return unexpected(&a->p, "a value type");
        next(&a->p);
    }
    // A type or parameter that comes too late surprises before the types are compared.
    if (is_open(&a->p, KW_TYPE) || is_open(&a->p, KW_PARAM)) {
        next(&a->p);
        return unexpected(&a->p, "an instruction or )");
    }
    return a->params.failed || a->results.failed ? parse_oom(&a->p) : HF_OK;
}

hf_code assemble_typeuse(struct assembler *a, bool bind, bool ids, struct typeuse *out)
{
    *out = (struct typeuse){ 0 };
    if (take_open(&a->p, KW_TYPE)) {
        out->has_type = true;
        TRY(assemble_index(a, SPACE_TYPE, &out->type));
        TRY(expect_close(&a->p));
    }
    return signature(a, bind, ids, &out->params, &out->results);
}

// The parameters and results that `signature` read, as two vectors in a->signature.
static hf_code join_signature(struct assembler *a, uint32_t params, uint32_t results)
{
    buf_clear(&a->signature);
    buf_leb_u(&a->signature, params);
    buf_put(&a->signature, a->params.data, a->params.size);
    buf_leb_u(&a->signature, results);
    buf_put(&a->signature, a->results.data, a->results.size);
    return a->signature.failed ? parse_oom(&a->p) : HF_OK;
}

static hf_code add_type(struct assembler *a, struct type_entry entry)
{
    if (a->type_count == a->type_cap) {
        struct type_entry *types = mem_grow(a->heap, a->types, &a->type_cap, a->type_count + 1, sizeof *types);
        if (!types) return parse_oom(&a->p);
        a->types = types;
    }
    a->types[a->type_count++] = entry;
    return HF_OK;
}

// Remembers a->signature as that of a new function type; `plain`: it can stand for inline signatures.
static hf_code add_func_type(struct assembler *a, uint32_t params, bool plain)
{
    const size_t size = a->signature.size;
    struct type_entry entry = { .kind = FUNC, .param_count = params, .at = a->signatures.size, .size = size };
    buf_put(&a->signatures, a->signature.data, size);
    if (a->signatures.failed) return parse_oom(&a->p);
    if (plain) {
        const void *key = arena_copy(&a->arena, a->signature.data, size);
        if (!key || map_put(&a->signature_map, key, size, (uint32_t)a->type_count) == MAP_NO_MEMORY)
            return parse_oom(&a->p);
    }
    return add_type(a, entry);
}

hf_code resolve_typeuse(struct assembler *a, const struct typeuse *use, uint32_t *out)
{
    if (use->has_type && !use->params && !use->results) {
        *out = use->type;
        return HF_OK;
    }
    TRY(join_signature(a, use->params, use->results));
    if (use->has_type) {
        if (use->type >= a->type_count) return parse_fail(&a->p, HF_MALFORMED, "unknown type %u", use->type);
        const struct type_entry *type = &a->types[use->type];
        if (type->kind != FUNC || type->size != a->signature.size ||
            memcmp(a->signatures.data + type->at, a->signature.data, type->size) != 0)
            return parse_fail(&a->p, HF_MALFORMED, "inline function type does not match type %u", use->type);
        *out = use->type;
        return HF_OK;
    }
    const uint32_t *known = map_get(&a->signature_map, a->signature.data, a->signature.size);
    if (known) {
        *out = *known;
        return HF_OK;
    }
    *out = (uint32_t)a->type_count;
    buf_u8(&a->sections[SECTION_TYPE], FUNC);
    buf_put(&a->sections[SECTION_TYPE], a->signature.data, a->signature.size);
    a->counts[SECTION_TYPE]++;
    return add_func_type(a, use->params, true);
}

// --- definitions -------------------------------------------------------------------------------------------

static hf_code bind_field(struct assembler *a, hf_str id, uint32_t field)
{
    if (id.data) {
        const uint32_t type = (uint32_t)a->type_count;
        char *key = arena_alloc(&a->arena, id.size + sizeof type);
        if (!key) return parse_oom(&a->p);
        memcpy(key, &type, sizeof type);
        memcpy(key + sizeof type, id.data, id.size);
        switch (map_put(&a->fields, key, id.size + sizeof type, field)) {
        case MAP_ADDED: break;
        case MAP_EXISTS: return parse_fail(&a->p, HF_MALFORMED, "duplicate field $%.*s", shown_name(id), id.data);
        case MAP_NO_MEMORY: return parse_oom(&a->p);
        }
    }
    return assemble_name(a, NAMES_FIELD, (uint32_t)a->type_count, field, id);
}

// comptype ::= (func …) | (struct …) | (array …)   `plain`: its own recursion group, final, without supertypes
static hf_code comptype(struct assembler *a, bool plain, struct buf *out)
{
    if (take_open(&a->p, KW_FUNC)) {
        uint32_t params, results;
        TRY(signature(a, false, true, &params, &results));
        TRY(expect_close(&a->p));
        TRY(join_signature(a, params, results));
        buf_u8(out, FUNC);
        buf_put(out, a->signature.data, a->signature.size);
        return add_func_type(a, params, plain);
    }
    if (take_open(&a->p, KW_ARRAY)) {
        buf_u8(out, ARRAY);
        TRY(fieldtype(a, out));
        TRY(expect_close(&a->p));
        return add_type(a, (struct type_entry){ .kind = ARRAY });
    }
    TRY(expect_open(&a->p, KW_STRUCT, "func, struct or array"));
    uint32_t count = 0;
    struct buf *fields = &a->scratch;
    buf_clear(fields);
    while (take_open(&a->p, KW_FIELD)) {
        hf_str id;
        TRY(parse_id(&a->p, &id));
        if (id.data || is_kind(&a->p, TOKEN_ANNOT)) {
            TRY(bind_field(a, id, count));
            TRY(fieldtype(a, fields));
            count++;
        } else {
            while (!is_kind(&a->p, TOKEN_RPAR)) {
                TRY(fieldtype(a, fields));
                count++;
            }
        }
        TRY(expect_close(&a->p));
    }
    TRY(expect_close(&a->p));
    if (fields->failed) return parse_oom(&a->p);
    buf_u8(out, STRUCT);
    buf_leb_u(out, count);
    buf_put(out, fields->data, fields->size);
    return add_type(a, (struct type_entry){ .kind = STRUCT });
}

// subtype ::= comptype | (sub final? x* comptype)
hf_code assemble_sub_type(struct assembler *a, bool alone, struct buf *out)
{
    if (!take_open(&a->p, KW_SUB)) return comptype(a, alone, out);
    const bool final = take_word(&a->p, KW_FINAL);
    const size_t at = out->size;
    uint32_t supers = 0;
    buf_u8(out, final ? SUB_FINAL : SUB);
    struct buf *list = &a->scratch;
    buf_clear(list);
    while (is_kind(&a->p, TOKEN_NAT) || is_kind(&a->p, TOKEN_ID)) {
        uint32_t super;
        TRY(assemble_index(a, SPACE_TYPE, &super));
        buf_leb_u(list, super);
        supers++;
    }
    if (list->failed || out->failed) return parse_oom(&a->p);
    if (final && !supers) {
        out->size = at; // which is what a type without `sub` is
    } else {
        buf_leb_u(out, supers);
        buf_put(out, list->data, list->size);
    }
    TRY(comptype(a, alone && final && !supers, out));
    return expect_close(&a->p);
}

// typedef ::= (type id? subtype)
static hf_code type_definition(struct assembler *a, bool alone, struct buf *out)
{
    TRY(expect_open(&a->p, KW_TYPE, "a type definition"));
    hf_str id;
    TRY(parse_id(&a->p, &id)); // bound by `declare`
    TRY(assemble_name(a, SPACE_TYPE, 0, (uint32_t)a->type_count, id));
    TRY(assemble_sub_type(a, alone, out));
    return expect_close(&a->p);
}

// (rec (type …)*)
hf_code assemble_rec_group(struct assembler *a)
{
    uint32_t count = 0;
    struct buf group;
    buf_init(&group, a->heap);
    hf_code code = HF_OK;
    // A group of one is written like a type that stands alone.
    const size_t from = a->p.at;
    size_t members = 0;
    while (is_open(&a->p, KW_TYPE)) {
        a->p.at += 2;
        skip_list(&a->p);
        members++;
    }
    a->p.at = from;
    while (code == HF_OK && !is_kind(&a->p, TOKEN_RPAR)) {
        code = type_definition(a, members == 1, &group);
        count++;
    }
    if (code == HF_OK) {
        struct buf *out = &a->sections[SECTION_TYPE];
        if (count != 1) {
            buf_u8(out, REC);
            buf_leb_u(out, count);
        }
        if (group.failed)
            code = parse_oom(&a->p);
        else
            buf_put(out, group.data, group.size);
        a->counts[SECTION_TYPE]++;
    }
    buf_fini(&group);
    TRY(code);
    return expect_close(&a->p);
}

hf_code assembler_skip_type(struct assembler *a)
{
    return add_type(a, (struct type_entry){ .kind = 0 });
}

static bool skip_val_types(struct reader *in)
{
    for (uint32_t count = reader_leb_u32(in); count; count--) {
        const uint8_t code = reader_u8(in);
        if (code == REF || code == REF_NULL) reader_leb_s33(in);
        if (reader_failed(in)) return false;
    }
    return !reader_failed(in);
}

bool skip_func_type(struct reader *in)
{
    return reader_u8(in) == FUNC && skip_val_types(in) && skip_val_types(in);
}

hf_code assemble_types(struct assembler *a, size_t first)
{
    a->p.at = first;
    while (is_kind(&a->p, TOKEN_LPAR) || is_kind(&a->p, TOKEN_ANNOT)) {
        if (is_open(&a->p, KW_TYPE)) {
            a->counts[SECTION_TYPE]++;
            TRY(type_definition(a, true, &a->sections[SECTION_TYPE]));
        } else if (take_open(&a->p, KW_REC)) {
            TRY(assemble_rec_group(a));
        } else {
            next(&a->p);
            skip_list(&a->p);
        }
    }
    return HF_OK;
}
