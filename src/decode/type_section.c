// The type section: recursion groups are read into drafts, interned, and then their declared supertypes are checked on the
// canonical types.
#include "decode/decoder.h"

// A recursion group being read.
struct group {
    struct type_scope scope;
    uint32_t first; // type index of its first member
};

// fieldtype ::= storagetype mut
static hf_code field_type(struct decoder *d, const struct type_scope *scope, struct field_type *out)
{
    const hf_code code = read_storage_type(&d->in, scope, d->status, &out->storage);
    if (code) return code;
    const uint64_t at = decoder_at(d);
    const uint8_t mut = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    if (mut > 1) return fail_at(d->status, HF_MALFORMED, at, "malformed mutability 0x%02x", mut);
    out->mutable = mut;
    return HF_OK;
}

// resulttype ::= vec(valtype)
static hf_code result_type(struct decoder *d, const struct type_scope *scope, enum decode_limit limit,
                           uint32_t *out_count, const valtype **out)
{
    uint32_t count;
    hf_code code = decoder_count(d, limit, 1, &count);
    if (code) return code;
    valtype *types = ARENA_ARRAY(&d->scratch, valtype, count);
    if (!types) return fail_oom(d->status);
    for (uint32_t i = 0; i < count; i++) {
        if ((code = read_val_type(&d->in, scope, d->status, &types[i]))) return code;
    }
    *out_count = count;
    *out = types;
    return HF_OK;
}

static hf_code struct_type(struct decoder *d, const struct type_scope *scope, struct struct_type *out)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_fields, 2, &count);
    if (code) return code;
    struct field_type *fields = ARENA_ARRAY(&d->scratch, struct field_type, count);
    if (!fields) return fail_oom(d->status);
    for (uint32_t i = 0; i < count; i++) {
        if ((code = field_type(d, scope, &fields[i]))) return code;
    }
    *out = (struct struct_type){ count, 0, fields };
    return HF_OK;
}

// comptype ::= 0x5e fieldtype | 0x5f vec(fieldtype) | 0x60 resulttype resulttype
static hf_code comp_type(struct decoder *d, const struct type_scope *scope, struct def_type *out)
{
    const uint64_t at = decoder_at(d);
    const uint8_t byte = reader_u8(&d->in);
    if (d->in.ran_out) return decoder_check(d);
    hf_code code;
    switch (byte) {
    case 0x5e: out->kind = COMP_ARRAY; return field_type(d, scope, &out->element);
    case 0x5f: out->kind = COMP_STRUCT; return struct_type(d, scope, &out->structure);
    case 0x60:
        out->kind = COMP_FUNC;
        code = result_type(d, scope, LIMIT_params, &out->func.param_count, &out->func.params);
        if (code) return code;
        return result_type(d, scope, LIMIT_results, &out->func.result_count, &out->func.results);
    default: break;
    }
    // The specification's decoder reads an s7 here: what is no such integer is told so.
    if (byte & 0x80) return fail_at(d->status, HF_MALFORMED, at, "integer representation too long");
    return fail_at(d->status, HF_MALFORMED, at, "malformed definition type 0x%02x", byte);
}

// subtype ::= 0x50 vec(typeidx) comptype | 0x4f vec(typeidx) comptype | comptype
static hf_code sub_type(struct decoder *d, const struct group *group, uint32_t position, struct def_type *out)
{
    const uint8_t byte = reader_peek(&d->in);
    out->super = NO_TYPE;
    out->final = byte != 0x50;
    if (byte == 0x50 || byte == 0x4f) {
        d->in.at++;
        const uint64_t at = decoder_at(d);
        const uint32_t count = reader_leb_u32(&d->in);
        const uint32_t super = count ? reader_leb_u32(&d->in) : 0;
        if (reader_failed(&d->in)) return decoder_check(d);
        if (count > 1) return fail_at(d->status, HF_INVALID, at, "sub type has more than one supertype");
        if (count == 1) {
            if (super >= group->first + position || (super < group->first && d->m->type_ids[super] == NO_TYPE))
                return fail_at(d->status, HF_INVALID, at, "unknown type %u", super);
            out->super = super < group->first ? d->m->type_ids[super] : HEAP_REC + (super - group->first);
        }
    }
    return comp_type(d, &group->scope, out);
}

static bool field_matches(const struct type_registry *types, const struct field_type *sub,
                          const struct field_type *super)
{
    if (sub->mutable != super->mutable) return false;
    if (!val_matches(types, sub->storage, super->storage)) return false;
    return !sub->mutable || val_matches(types, super->storage, sub->storage);
}

// Does the type match the supertype that it declares?
static bool matches_super(const struct type_registry *types, const struct def_type *sub, const struct def_type *super)
{
    if (super->final || sub->kind != super->kind) return false;
    switch (sub->kind) {
    case COMP_FUNC: return func_matches(types, &sub->func, &super->func);
    case COMP_ARRAY: return field_matches(types, &sub->element, &super->element);
    case COMP_STRUCT: break;
    }
    if (sub->structure.field_count < super->structure.field_count) return false;
    for (uint32_t i = 0; i < super->structure.field_count; i++) {
        if (!field_matches(types, &sub->structure.fields[i], &super->structure.fields[i])) return false;
    }
    return true;
}

// Interns the drafts and makes their ids the module's next types.
static hf_code intern_group(struct decoder *d, const struct def_type *drafts, uint32_t count, uint64_t at)
{
    struct hf_module *m = d->m;
    if (count > d->limits->types - m->type_count) {
        return fail_at(d->status, HF_LIMIT, at, "more than %u %s", d->limits->types, decode_limit_text(LIMIT_types));
    }
    struct arena *arena = &m->arena;
    const uint32_t total = m->type_count + count;
    uint32_t *ids = arena_grow(arena, d->type_ids, &d->type_cap, m->type_count, total, sizeof *ids);
    if (!ids) return fail_oom(d->status);
    m->type_ids = d->type_ids = ids;
    if (count == 0) return HF_OK;

    uint32_t *groups = arena_grow(arena, d->groups, &d->group_cap, m->group_count, m->group_count + 1, sizeof *groups);
    if (!groups) return fail_oom(d->status);
    m->groups = d->groups = groups;
    uint32_t *sizes =
        arena_grow(arena, d->group_sizes, &d->group_size_cap, m->group_count, m->group_count + 1, sizeof *sizes);
    if (!sizes) return fail_oom(d->status);
    m->group_sizes = d->group_sizes = sizes;

    const hf_code code = types_intern(m->types, drafts, count, ids + m->type_count, d->status);
    if (code) return code;
    groups[m->group_count] = ids[m->type_count];
    sizes[m->group_count] = count;
    m->group_count++;

    for (uint32_t i = 0; i < count; i++) {
        const struct def_type *type = types_get(m->types, ids[m->type_count + i]);
        if (type->super == NO_TYPE || matches_super(m->types, type, types_get(m->types, type->super))) continue;
        return fail_at(d->status, HF_INVALID, at, "sub type %u does not match its supertype", m->type_count + i);
    }
    m->type_count = total;
    return HF_OK;
}

// rectype ::= 0x4e vec(subtype) | subtype
hf_code decode_rec_type(struct decoder *d)
{
    const uint64_t at = decoder_at(d);
    uint32_t count = 1;
    if (reader_peek(&d->in) == 0x4e) {
        d->in.at++;
        const hf_code code = decoder_count(d, LIMIT_rec_group_size, 2, &count);
        if (code) return code;
    }
    struct def_type *drafts = ARENA_ARRAY(&d->scratch, struct def_type, count);
    if (!drafts) return fail_oom(d->status);
    const struct group group = { { d->m->type_ids, d->m->type_count, count }, d->m->type_count };
    for (uint32_t i = 0; i < count; i++) {
        const hf_code code = sub_type(d, &group, i, &drafts[i]);
        if (code) return code;
    }
    return intern_group(d, drafts, count, at);
}

// typesec ::= vec(rectype)
hf_code decode_types(struct decoder *d)
{
    uint32_t count;
    hf_code code = decoder_count(d, LIMIT_types, 2, &count);
    for (uint32_t i = 0; code == HF_OK && i < count; i++) {
        code = decode_rec_type(d);
        arena_reset(&d->scratch);
    }
    return code;
}
