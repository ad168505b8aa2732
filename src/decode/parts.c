// What several sections are made of: counts, indices, names, limits, external types, constant expressions.
#include <string.h>

#include "base/utf8.h"
#include "decode/decoder.h"
#include "decode/instr.h"

hf_code decoder_check(const struct decoder *d)
{
    return reader_failed(&d->in) ? fail_reader(&d->in, d->status) : HF_OK;
}

hf_code decoder_count(struct decoder *d, enum decode_limit limit, uint32_t least, uint32_t *out)
{
    static const size_t places[] = {
#define LIMIT(name, value, text) offsetof(struct decode_limits, name),
#include "decode/limits.def"
#undef LIMIT
    };
    const uint64_t at = decoder_at(d);
    const uint32_t count = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    // More than the section can hold: truncated rather than large.
    if (count && (d->in.at >= d->section_end || count > (size_t)(d->section_end - d->in.at) / least)) {
        d->in.ran_out = true;
        d->in.at = d->in.end;
        return decoder_check(d);
    }
    uint32_t most;
    memcpy(&most, (const uint8_t *)d->limits + places[limit], sizeof most);
    if (count > most) return fail_at(d->status, HF_LIMIT, at, "more than %u %s", most, decode_limit_text(limit));
    *out = count;
    return HF_OK;
}

hf_code decoder_func_type(struct decoder *d, uint32_t *out_id)
{
    const uint64_t at = decoder_at(d);
    const uint32_t index = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (index >= d->m->type_count || d->m->type_ids[index] == NO_TYPE)
        return fail_at(d->status, HF_INVALID, at, "unknown type %u", index);
    if (module_type(d->m, index)->kind != COMP_FUNC) {
        return fail_at(d->status, HF_INVALID, at, "non-function type %u", index);
    }
    *out_id = d->m->type_ids[index];
    return HF_OK;
}

// name ::= vec(byte), UTF-8
hf_code decoder_name(struct decoder *d, hf_str *out)
{
    const uint64_t at = decoder_at(d);
    const uint32_t size = reader_leb_u32(&d->in);
    if (reader_failed(&d->in)) return decoder_check(d);
    if (size > reader_left(&d->in)) {
        return fail_at(d->status, HF_MALFORMED, at, "length out of bounds: a name of %u bytes", size);
    }
    if (size > d->limits->name_size) {
        return fail_at(d->status, HF_LIMIT, at, "more than %u %s", d->limits->name_size,
                       decode_limit_text(LIMIT_name_size));
    }
    const uint8_t *data = reader_bytes(&d->in, size);
    if (!utf8_valid(data, size)) return fail_at(d->status, HF_MALFORMED, at, "malformed UTF-8 encoding");
    *out = (hf_str){ (const char *)data, size };
    return HF_OK;
}

enum { LIMITS_MAX = 1, LIMITS_SHARED = 2, LIMITS_64 = 4, LIMITS_PAGE_SIZE = 8 };

// limits ::= flags min:u64 (max:u64) (pagesize:u32)
hf_code decoder_limits(struct decoder *d, bool memory, struct limits *out)
{
    const uint64_t at = decoder_at(d);
    const uint8_t flags = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    unsigned allowed = LIMITS_MAX | LIMITS_64;
    if (memory && d->m->features & FEATURE_THREADS) allowed |= LIMITS_SHARED;
    if (memory && d->m->features & FEATURE_CUSTOM_PAGE_SIZES) allowed |= LIMITS_PAGE_SIZE;
    if (flags & ~allowed) return fail_at(d->status, HF_MALFORMED, at, "malformed limits flags 0x%02x", flags);

    struct limits limits = { .has_max = flags & LIMITS_MAX,
                             .is64 = flags & LIMITS_64,
                             .shared = flags & LIMITS_SHARED,
                             .page_log2 = memory ? 16 : 0 };
    limits.min = reader_leb_u64(&d->in);
    if (limits.has_max) limits.max = reader_leb_u64(&d->in);
    if (flags & LIMITS_PAGE_SIZE) {
        const uint64_t page_at = decoder_at(d);
        const uint32_t page_log2 = reader_leb_u32(&d->in);
        if (reader_failed(&d->in)) return decoder_check(d);
        if (page_log2 >= 64) return fail_at(d->status, HF_MALFORMED, page_at, "invalid custom page size");
        if (page_log2 != 0 && page_log2 != 16)
            return fail_at(d->status, HF_INVALID, page_at, "invalid custom page size");
        limits.page_log2 = (uint8_t)page_log2;
    }
    if (reader_failed(&d->in)) return decoder_check(d);
    *out = limits;
    return HF_OK;
}

// tabletype ::= reftype limits
hf_code decoder_table_type(struct decoder *d, struct table_type *out)
{
    const struct type_scope scope = decoder_scope(d);
    const hf_code code = read_ref_type(&d->in, &scope, d->status, &out->elem);
    return code ? code : decoder_limits(d, false, &out->limits);
}

// globaltype ::= valtype mut
hf_code decoder_global_type(struct decoder *d, struct global_type *out)
{
    const struct type_scope scope = decoder_scope(d);
    const hf_code code = read_val_type(&d->in, &scope, d->status, &out->type);
    if (code) return code;
    const uint64_t at = decoder_at(d);
    const uint8_t mut = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    if (mut > 1) return fail_at(d->status, HF_MALFORMED, at, "malformed mutability 0x%02x", mut);
    out->mutable = mut;
    return HF_OK;
}

// tagtype ::= 0x00 typeidx
hf_code decoder_tag_type(struct decoder *d, uint32_t *out_id)
{
    const uint64_t at = decoder_at(d);
    const uint8_t attribute = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    if (attribute != 0) return fail_at(d->status, HF_MALFORMED, at, "malformed tag attribute 0x%02x", attribute);
    return decoder_func_type(d, out_id);
}

static bool opens_block(enum opcode op)
{
    switch (op) {
    case OP_BLOCK:
    case OP_LOOP:
    case OP_IF:
    case OP_TRY:
    case OP_TRY_TABLE: return true;
    default: return false;
    }
}

// expr ::= instr* end; whether it is constant, the validator says.
hf_code decoder_const_expr(struct decoder *d, struct const_expr *out)
{
    struct instr_reader r = { d->in, d->m, d->status };
    r.in.end = d->section_end > d->in.at ? d->section_end : d->in.at;
    struct instr ins;
    for (uint64_t depth = 1; depth > 0;) {
        const hf_code code = instr_read(&r, &ins);
        if (code) return code;
        if (ins.op == OP_END || ins.op == OP_DELEGATE)
            depth--;
        else if (opens_block(ins.op))
            depth++;
    }
    out->code = span_between(d, d->in.at, r.in.at);
    d->in.at = r.in.at;
    return HF_OK;
}
