// The sections between types and code (specification: "Modules" of the binary format).
#include <string.h>

#include "decode/decoder.h"

// ---- imports and the index spaces ----

// externtype ::= 0x00 typeidx | 0x01 tabletype | 0x02 memtype | 0x03 globaltype | 0x04 tagtype
hf_code decode_extern_type(struct decoder *d, struct extern_type *out)
{
    const uint64_t at = decoder_at(d);
    const uint8_t kind = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    out->kind = (enum extern_kind)kind;
    switch (kind) {
    case EXTERN_FUNC: return decoder_func_type(d, &out->func);
    case EXTERN_TABLE: return decoder_table_type(d, &out->table);
    case EXTERN_MEMORY: return decoder_limits(d, true, &out->memory);
    case EXTERN_GLOBAL: return decoder_global_type(d, &out->global);
    case EXTERN_TAG: return decoder_tag_type(d, &out->func);
    default: return fail_at(d->status, HF_MALFORMED, at, "malformed import kind 0x%02x", kind);
    }
}

static hf_code too_many(struct decoder *d, uint32_t most, enum decode_limit limit)
{
    return fail_at(d->status, HF_LIMIT, decoder_at(d), "more than %u %s", most, decode_limit_text(limit));
}

// Makes an index space of the `imported` entries in `old` and `defined` more.
static void *extend(struct decoder *d, const void *old, uint32_t imported, uint32_t defined, size_t size)
{
    void *space = arena_zalloc_array(&d->m->arena, (size_t)imported + defined, size);
    if (space && imported) memcpy(space, old, imported * size);
    if (!space) fail_oom(d->status);
    return space;
}

static void count_import(struct hf_module *m, enum extern_kind kind)
{
    switch (kind) {
    case EXTERN_FUNC: m->func_count = ++m->imported_funcs; break;
    case EXTERN_TABLE: m->table_count = ++m->imported_tables; break;
    case EXTERN_MEMORY: m->memory_count = ++m->imported_memories; break;
    case EXTERN_GLOBAL: m->global_count = ++m->imported_globals; break;
    case EXTERN_TAG: m->tag_count = ++m->imported_tags; break;
    }
}

static hf_code fill_spaces(struct decoder *d)
{
    struct hf_module *m = d->m;
    const struct decode_limits *limits = d->limits;
    if (m->imported_funcs > limits->functions) return too_many(d, limits->functions, LIMIT_functions);
    if (m->imported_tables > limits->tables) return too_many(d, limits->tables, LIMIT_tables);
    if (m->imported_memories > limits->memories) return too_many(d, limits->memories, LIMIT_memories);
    if (m->imported_globals > limits->globals) return too_many(d, limits->globals, LIMIT_globals);
    if (m->imported_tags > limits->tags) return too_many(d, limits->tags, LIMIT_tags);
    m->funcs = extend(d, NULL, 0, m->imported_funcs, sizeof *m->funcs);
    m->tables = extend(d, NULL, 0, m->imported_tables, sizeof *m->tables);
    m->memories = extend(d, NULL, 0, m->imported_memories, sizeof *m->memories);
    m->globals = extend(d, NULL, 0, m->imported_globals, sizeof *m->globals);
    m->tags = extend(d, NULL, 0, m->imported_tags, sizeof *m->tags);
    if (!m->funcs || !m->tables || !m->memories || !m->globals || !m->tags) return HF_OUT_OF_MEMORY;

    uint32_t func = 0, table = 0, memory = 0, global = 0, tag = 0;
    for (uint32_t i = 0; i < m->import_count; i++) {
        const struct extern_type *type = &m->imports[i].type;
        switch (type->kind) {
        case EXTERN_FUNC: m->funcs[func++] = (struct func){ .type_id = type->func, .import = i }; break;
        case EXTERN_TABLE: m->tables[table++] = (struct table){ .type = type->table, .imported = true }; break;
        case EXTERN_MEMORY: m->memories[memory++] = (struct memory){ type->memory, true }; break;
        case EXTERN_GLOBAL: m->globals[global++] = (struct global){ .type = type->global, .imported = true }; break;
        case EXTERN_TAG: m->tags[tag++] = (struct tag){ type->func, true }; break;
        }
    }
    return HF_OK;
}

// importsec ::= vec(name name externtype)
hf_code decode_imports(struct decoder *d)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_imports, 1, &count);
    if (code) return code;
    // An import takes four bytes at least; a smaller count than declared is found on the way.
    const size_t most = reader_left(&d->in) / 4 + 1;
    struct import *imports = ARENA_ARRAY(&d->m->arena, struct import, count < most ? count : most);
    if (!imports) return fail_oom(d->status);
    d->m->imports = imports;
    for (uint32_t i = 0; i < count; i++) {
        struct import import = { 0 };
        if ((code = decoder_name(d, &import.module))) return code;
        if ((code = decoder_name(d, &import.name))) return code;
        if ((code = decode_extern_type(d, &import.type))) return code;
        imports[i] = import;
        d->m->import_count++;
        count_import(d->m, import.type.kind);
    }
    return fill_spaces(d);
}

// A section that defines `*out` entries of an index space: reads the count.
static hf_code defined_count(struct decoder *d, enum decode_limit limit, uint32_t most, uint32_t imported,
                             uint32_t least, uint32_t *out)
{
    const hf_code code = decoder_count(d, limit, least, out);
    if (code) return code;
    return *out > most - imported ? too_many(d, most, limit) : HF_OK;
}

// funcsec ::= vec(typeidx)
hf_code decode_functions(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = defined_count(d, LIMIT_functions, d->limits->functions, m->imported_funcs, 1, &count);
    if (code) return code;
    struct func *funcs = extend(d, m->funcs, m->imported_funcs, count, sizeof *funcs);
    if (!funcs) return HF_OUT_OF_MEMORY;
    m->funcs = funcs;
    for (uint32_t i = 0; i < count; i++) {
        struct func *func = &funcs[m->imported_funcs + i];
        func->import = UINT32_MAX;
        if ((code = decoder_func_type(d, &func->type_id))) return code;
    }
    m->func_count += count;
    d->defined_funcs = count;
    return HF_OK;
}

// table ::= tabletype | 0x40 0x00 tabletype expr
static hf_code table(struct decoder *d, struct table *out)
{
    if (reader_peek(&d->in) != 0x40) return decoder_table_type(d, &out->type);
    d->in.at++;
    const uint64_t at = decoder_at(d);
    const uint8_t zero = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    if (zero != 0) return fail_at(d->status, HF_MALFORMED, at, "zero byte expected");
    const hf_code code = decoder_table_type(d, &out->type);
    return code ? code : decoder_const_expr(d, &out->init);
}

hf_code decode_tables(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = defined_count(d, LIMIT_tables, d->limits->tables, m->imported_tables, 1, &count);
    if (code) return code;
    struct table *tables = extend(d, m->tables, m->imported_tables, count, sizeof *tables);
    if (!tables) return HF_OUT_OF_MEMORY;
    m->tables = tables;
    for (uint32_t i = 0; i < count; i++) {
        if ((code = table(d, &tables[m->imported_tables + i]))) return code;
    }
    m->table_count += count;
    return HF_OK;
}

hf_code decode_memories(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = defined_count(d, LIMIT_memories, d->limits->memories, m->imported_memories, 1, &count);
    if (code) return code;
    struct memory *memories = extend(d, m->memories, m->imported_memories, count, sizeof *memories);
    if (!memories) return HF_OUT_OF_MEMORY;
    m->memories = memories;
    for (uint32_t i = 0; i < count; i++) {
        if ((code = decoder_limits(d, true, &memories[m->imported_memories + i].limits))) return code;
    }
    m->memory_count += count;
    return HF_OK;
}

hf_code decode_tags(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = defined_count(d, LIMIT_tags, d->limits->tags, m->imported_tags, 2, &count);
    if (code) return code;
    struct tag *tags = extend(d, m->tags, m->imported_tags, count, sizeof *tags);
    if (!tags) return HF_OUT_OF_MEMORY;
    m->tags = tags;
    for (uint32_t i = 0; i < count; i++) {
        if ((code = decoder_tag_type(d, &tags[m->imported_tags + i].type_id))) return code;
    }
    m->tag_count += count;
    return HF_OK;
}

// global ::= globaltype expr
hf_code decode_globals(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = defined_count(d, LIMIT_globals, d->limits->globals, m->imported_globals, 1, &count);
    if (code) return code;
    struct global *globals = extend(d, m->globals, m->imported_globals, count, sizeof *globals);
    if (!globals) return HF_OUT_OF_MEMORY;
    m->globals = globals;
    for (uint32_t i = 0; i < count; i++) {
        struct global *global = &globals[m->imported_globals + i];
        if ((code = decoder_global_type(d, &global->type))) return code;
        if ((code = decoder_const_expr(d, &global->init))) return code;
    }
    m->global_count += count;
    return HF_OK;
}

// ---- exports, start ----

// exportsec ::= vec(name externidx)
hf_code decode_exports(struct decoder *d)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_exports, 1, &count);
    if (code) return code;
    const size_t most = reader_left(&d->in) / 3 + 1;
    struct export *exports = ARENA_ARRAY(&d->m->arena, struct export, count < most ? count : most);
    if (!exports) return fail_oom(d->status);
    d->m->exports = exports;
    for (uint32_t i = 0; i < count; i++) {
        struct export export = { 0 };
        if ((code = decoder_name(d, &export.name))) return code;
        const uint64_t at = decoder_at(d);
        const uint8_t kind = reader_u8(&d->in);
        if (kind > EXTERN_TAG) return fail_at(d->status, HF_MALFORMED, at, "malformed export kind 0x%02x", kind);
        export.kind = (enum extern_kind)kind;
        export.index = reader_leb_u32(&d->in);
        if ((code = decoder_check(d))) return code;
        exports[i] = export;
        d->m->export_count++;
    }
    return HF_OK;
}

hf_code decode_start(struct decoder *d)
{
    const uint32_t func = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    d->m->start = func;
    return HF_OK;
}

// ---- segments ----

enum { ELEM_NOT_ACTIVE = 1, ELEM_EXPLICIT = 2, ELEM_EXPRS = 4 };

static hf_code elem_items(struct decoder *d, bool exprs, struct elem_segment *out)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_elements, 1, &count);
    if (code) return code;
    if (exprs) {
        struct const_expr *items = ARENA_ARRAY(&d->m->arena, struct const_expr, count);
        if (!items) return fail_oom(d->status);
        for (uint32_t i = 0; i < count; i++) {
            if ((code = decoder_const_expr(d, &items[i]))) return code;
        }
        out->exprs = items;
    } else {
        uint32_t *items = ARENA_ARRAY(&d->m->arena, uint32_t, count);
        if (!items) return fail_oom(d->status);
        for (uint32_t i = 0; i < count; i++) items[i] = reader_leb_u32(&d->in);
        if ((code = decoder_check(d))) return code;
        out->funcs = items;
    }
    out->count = count;
    return HF_OK;
}

// elem ::= flags (tableidx) (expr) (elemkind | reftype) vec(funcidx | expr); flags 0 to 7
static hf_code elem_segment(struct decoder *d, struct elem_segment *out)
{
    const uint64_t at = decoder_at(d);
    const uint32_t flags = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (flags > 7) return fail_at(d->status, HF_MALFORMED, at, "malformed elements segment kind %u", flags);
    const bool exprs = flags & ELEM_EXPRS;
    hf_code code;
    out->mode = SEGMENT_ACTIVE;
    if (flags & ELEM_NOT_ACTIVE) {
        out->mode = flags & ELEM_EXPLICIT ? SEGMENT_DECLARATIVE : SEGMENT_PASSIVE;
    } else {
        if (flags & ELEM_EXPLICIT) out->table = reader_leb_u32(&d->in);
        if ((code = decoder_check(d)) || (code = decoder_const_expr(d, &out->offset))) return code;
    }
    // Function indices are never null; expressions without a type are of funcref.
    out->type = exprs ? VAL_FUNCREF : val_ref(HEAP_FUNC, false);
    if (flags & (ELEM_NOT_ACTIVE | ELEM_EXPLICIT)) {
        if (exprs) {
            const struct type_scope scope = decoder_scope(d);
            if ((code = read_ref_type(&d->in, &scope, d->status, &out->type))) return code;
        } else {
            const uint64_t kind_at = decoder_at(d);
            const uint8_t kind = reader_u8(&d->in);
            if (d->in.ran_out) return decoder_check(d);
            if (kind != 0) return fail_at(d->status, HF_MALFORMED, kind_at, "malformed element kind 0x%02x", kind);
        }
    }
    return elem_items(d, exprs, out);
}

hf_code decode_elems(struct decoder *d)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_elem_segments, 1, &count);
    if (code) return code;
    struct elem_segment *elems = ARENA_ARRAY(&d->m->arena, struct elem_segment, count);
    if (!elems) return fail_oom(d->status);
    d->m->elems = elems;
    for (uint32_t i = 0; i < count; i++) {
        if ((code = elem_segment(d, &elems[i]))) return code;
    }
    d->m->elem_count = count;
    return HF_OK;
}

hf_code decode_data_count(struct decoder *d)
{
    const uint64_t at = decoder_at(d);
    const uint32_t count = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (count > d->limits->data_segments) {
        return fail_at(d->status, HF_LIMIT, at, "more than %u %s", d->limits->data_segments,
                       decode_limit_text(LIMIT_data_segments));
    }
    d->m->data_count = count;
    d->m->has_data_count = true;
    return HF_OK;
}

// data ::= 0 expr vec(byte) | 1 vec(byte) | 2 memidx expr vec(byte)
static hf_code data_segment(struct decoder *d, struct data_segment *out)
{
    const uint64_t at = decoder_at(d);
    const uint32_t flags = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (flags > 2) return fail_at(d->status, HF_MALFORMED, at, "malformed data segment kind %u", flags);
    out->mode = flags == 1 ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
    if (flags == 2) out->memory = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (flags != 1) {
        const hf_code code = decoder_const_expr(d, &out->offset);
        if (code) return code;
    }
    const uint32_t size = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    const uint8_t *bytes = reader_bytes(&d->in, size);
    if (!bytes) return decoder_check(d);
    out->bytes = span_between(d, bytes, bytes + size);
    return HF_OK;
}

hf_code decode_datas(struct decoder *d)
{
    struct hf_module *m = d->m;
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_data_segments, 1, &count);
    if (code) return code;
    if (m->has_data_count && count != m->data_count) {
        return fail_at(d->status, HF_MALFORMED, decoder_at(d), "data count and data section have inconsistent lengths");
    }
    struct data_segment *datas = ARENA_ARRAY(&m->arena, struct data_segment, count);
    if (!datas) return fail_oom(d->status);
    m->datas = datas;
    for (uint32_t i = 0; i < count; i++) {
        if ((code = data_segment(d, &datas[i]))) return code;
    }
    m->data_count = count;
    d->has_data = true;
    return HF_OK;
}

// ---- code ----

// codesec ::= vec(size:u32 func)
hf_code decode_code(struct decoder *d)
{
    struct hf_module *m = d->m;
    const uint8_t *start = d->in.at;
    const uint32_t count = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    d->body_count = count; // compared with the function section's when all sections are read
    m->code_section = span_between(d, start, d->section_end);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t body_at = decoder_at(d);
        const uint32_t size = reader_leb_u32(&d->in);
        if (reader_failed(&d->in)) return decoder_check(d);
        const uint8_t *body = reader_bytes(&d->in, size);
        if (!body) return decoder_check(d);
        if (size > d->limits->body_size) {
            return fail_at(d->status, HF_LIMIT, body_at, "more than %u %s", d->limits->body_size,
                           decode_limit_text(LIMIT_body_size));
        }
        if (i < d->defined_funcs) m->funcs[m->imported_funcs + i].body = span_between(d, body, body + size);
    }
    return HF_OK;
}
