// Reads instructions (instr.h).
#include "decode/instr.h"

#include "base/fail.h"
#include "decode/limits.h"
#include "decode/valtype.h"

// Where (prefix, code) stands in `places`; each prefix has a range of its own.
#define PLACE(prefix, code)                  \
    ((prefix) == 0      ? (code)             \
     : (prefix) == 0xfb ? PLACES_FB + (code) \
     : (prefix) == 0xfc ? PLACES_FC + (code) \
     : (prefix) == 0xfd ? PLACES_FD + (code) \
                        : PLACES_FE + (code))

enum { PLACES_FB = 0x100, PLACES_FC = 0x140, PLACES_FD = 0x180, PLACES_FE = 0x380, PLACES_END = 0x400 };

// The opcode there plus one; 0: none.
static const uint16_t places[PLACES_END] = {
#define OP(name, prefix, code, ...) [PLACE(prefix, code)] = OP_##name + 1,
#include "wasm/opcodes.def"
#undef OP
};

static uint32_t place(uint8_t prefix, uint32_t code)
{
    static const struct {
        uint32_t at, size;
    } ranges[] = {
        { PLACES_FB, PLACES_FC - PLACES_FB },
        { PLACES_FC, PLACES_FD - PLACES_FC },
        { PLACES_FD, PLACES_FE - PLACES_FD },
        { PLACES_FE, PLACES_END - PLACES_FE },
    };
    const unsigned i = prefix - 0xfbu;
    return code < ranges[i].size ? ranges[i].at + code : 0xff; // no instruction is 0xff
}

static struct type_scope scope_of(const struct hf_module *m)
{
    return (struct type_scope){ m->type_ids, m->type_count, 0 };
}

// An instruction that does not end within its body: where the body's size is to blame, the specification's decoder, which
// reads on, sees what is told here.
static hf_code fail_instr(const struct instr_reader *r, uint64_t start)
{
    const struct hf_module *m = r->module;
    const uint64_t at = reader_offset(&r->in);
    if (r->in.bad_leb) return fail_at(r->status, HF_MALFORMED, at, "%s", r->in.bad_leb);
    const uint32_t end = (uint32_t)(r->in.end - m->bytes);
    if (end != m->size) {
        struct instr_reader on = { { m->bytes, m->bytes + start, m->bytes + m->size, false, NULL }, m, NULL };
        struct instr ins;
        instr_read(&on, &ins);
        if (on.in.bad_leb) return fail_at(r->status, HF_MALFORMED, at, "%s", on.in.bad_leb);
        const struct span code = m->code_section;
        const bool in_code = code.size && end > code.at && end <= code.at + code.size;
        if (in_code && end < code.at + code.size) return fail_at(r->status, HF_MALFORMED, at, "END opcode expected");
        if (in_code) return fail_at(r->status, HF_MALFORMED, at, "section size mismatch: END opcode expected");
    }
    return fail_at(r->status, HF_MALFORMED, at, "unexpected end of section or function");
}

static hf_code fail_opcode(const struct instr_reader *r, uint64_t at, uint8_t prefix, uint32_t code)
{
    if (prefix == 0) return fail_at(r->status, HF_MALFORMED, at, "illegal opcode %02x", code);
    return fail_at(r->status, HF_MALFORMED, at, "illegal opcode %02x %02x", prefix, code);
}

// blocktype ::= 0x40 | valtype | typeidx:s33
static hf_code read_block_type(struct instr_reader *r, uint32_t start, struct block_type *out)
{
    struct reader *in = &r->in;
    const uint8_t byte = reader_peek(in);
    out->result = VAL_BOT;
    out->type_index = NO_TYPE;
    if (byte == 0x40) {
        in->at++;
        return HF_OK;
    }
    const struct type_scope scope = scope_of(r->module);
    if ((byte & 0xc0) == 0x40) return read_val_type(in, &scope, r->status, &out->result);
    const uint64_t at = reader_offset(in);
    const int64_t index = reader_leb_s33(in);
    if (reader_failed(in)) return fail_instr(r, start);
    if (index < 0) return fail_at(r->status, HF_MALFORMED, at, "malformed block type");
    if (index >= r->module->type_count) {
        return fail_at(r->status, HF_INVALID, at, "unknown type %lld", (long long)index);
    }
    if (module_type(r->module, (uint32_t)index)->kind != COMP_FUNC) {
        return fail_at(r->status, HF_INVALID, at, "non-function type %lld", (long long)index);
    }
    out->type_index = (uint32_t)index;
    return HF_OK;
}

// memarg ::= flags:u32 (memidx if bit 6) offset:u64
static hf_code read_memarg(struct instr_reader *r, struct instr *out)
{
    const uint64_t at = reader_offset(&r->in);
    const uint32_t flags = reader_leb_u32(&r->in);
    if (flags >= 0x80) return fail_at(r->status, HF_MALFORMED, at, "malformed memop flags 0x%x", flags);
    out->mem.memory = flags & 0x40 ? reader_leb_u32(&r->in) : 0;
    out->mem.align = flags & 0x3f;
    out->mem.offset = reader_leb_u64(&r->in);
    return HF_OK;
}

// Checks a count of items that take at least `least` bytes each.
static bool count_fits(struct reader *in, uint32_t count, uint32_t least)
{
    if (reader_failed(in)) return false;
    if (count > reader_left(in) / least) {
        in->at = in->end;
        in->ran_out = true;
        return false;
    }
    return true;
}

static hf_code read_br_table(struct instr_reader *r, struct instr *out)
{
    struct reader *in = &r->in;
    out->count = reader_leb_u32(in);
    if (!count_fits(in, out->count, 1)) return fail_instr(r, out->offset);
    if (out->count > decode_limits_default.br_table_labels) {
        return fail_at(r->status, HF_LIMIT, out->offset, "more than %u %s", decode_limits_default.br_table_labels,
                       decode_limit_text(LIMIT_br_table_labels));
    }
    out->list = *in;
    for (uint32_t i = 0; i <= out->count; i++) reader_leb_u32(in);
    if (reader_failed(in)) return fail_instr(r, out->offset);
    out->list.end = in->at;
    return HF_OK;
}

static hf_code read_try_table(struct instr_reader *r, struct instr *out)
{
    struct reader *in = &r->in;
    const hf_code code = read_block_type(r, out->offset, &out->block);
    if (code) return code;
    out->count = reader_leb_u32(in);
    if (!count_fits(in, out->count, 2)) return fail_instr(r, out->offset);
    out->list = *in;
    for (uint32_t i = 0; i < out->count; i++) {
        const uint64_t at = reader_offset(in);
        const uint8_t kind = reader_u8(in);
        if (kind > CATCH_ALL_REF) return fail_at(r->status, HF_MALFORMED, at, "malformed catch clause 0x%02x", kind);
        if (kind <= CATCH_TAG_REF) reader_leb_u32(in);
        reader_leb_u32(in);
    }
    if (reader_failed(in)) return fail_instr(r, out->offset);
    out->list.end = in->at;
    return HF_OK;
}

static hf_code read_select(struct instr_reader *r, struct instr *out)
{
    const struct type_scope scope = scope_of(r->module);
    const uint32_t count = reader_leb_u32(&r->in);
    if (!count_fits(&r->in, count, 1)) return fail_instr(r, out->offset);
    out->select.count = count;
    out->select.type = VAL_BOT;
    for (uint32_t i = 0; i < count; i++) {
        valtype type;
        const hf_code code = read_val_type(&r->in, &scope, r->status, &type);
        if (code) return code;
        if (i == 0) out->select.type = type;
    }
    return HF_OK;
}

// castflags: bit 0 source nullable, bit 1 target nullable
static hf_code read_br_on_cast(struct instr_reader *r, struct instr *out)
{
    const struct type_scope scope = scope_of(r->module);
    const uint64_t at = reader_offset(&r->in);
    const uint8_t flags = reader_u8(&r->in);
    if (flags > 3) return fail_at(r->status, HF_MALFORMED, at, "malformed br_on_cast flags 0x%02x", flags);
    out->cast.label = reader_leb_u32(&r->in);
    if (reader_failed(&r->in)) return fail_instr(r, out->offset);
    uint32_t from, to;
    hf_code code = read_heap_type(&r->in, &scope, r->status, &from);
    if (code || (code = read_heap_type(&r->in, &scope, r->status, &to))) return code;
    out->cast.from = val_ref(from, flags & 1);
    out->cast.to = val_ref(to, flags & 2);
    return HF_OK;
}

static hf_code read_heap_ref(struct instr_reader *r, struct instr *out)
{
    const struct type_scope scope = scope_of(r->module);
    uint32_t heap;
    const hf_code code = read_heap_type(&r->in, &scope, r->status, &heap);
    if (code) return code;
    out->ref = val_ref(heap, out->op != OP_REF_TEST && out->op != OP_REF_CAST);
    return HF_OK;
}

static hf_code need_data_count(const struct instr_reader *r, const struct instr *ins)
{
    // Only bodies ask for the section: constant expressions have no use for these instructions.
    const struct span code = r->module->code_section;
    const bool in_code = ins->offset >= code.at && ins->offset - code.at < code.size;
    if (r->module->has_data_count || !in_code) return HF_OK;
    return fail_at(r->status, HF_MALFORMED, ins->offset, "data count section required");
}

static hf_code read_immediates(struct instr_reader *r, struct instr *out)
{
    struct reader *in = &r->in;
    hf_code code = HF_OK;
    switch ((enum immediate)op_infos[out->op].imm) {
    case IMM_NONE: return HF_OK;
    case IMM_BLOCK: code = read_block_type(r, out->offset, &out->block); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_TYPE:
    case IMM_TAG:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_MEM:
    case IMM_ELEM: out->index = reader_leb_u32(in); break;
    case IMM_DATA:
        out->index = reader_leb_u32(in);
        code = need_data_count(r, out);
        break;
    case IMM_BR_TABLE: code = read_br_table(r, out); break;
    case IMM_CALL_INDIRECT:
        out->indirect.type = reader_leb_u32(in);
        out->indirect.table = reader_leb_u32(in);
        break;
    case IMM_MEMARG: code = read_memarg(r, out); break;
    case IMM_MEMARG_LANE:
        code = read_memarg(r, out);
        out->mem.lane = reader_u8(in);
        break;
    case IMM_I32: out->i32 = reader_leb_s32(in); break;
    case IMM_I64: out->i64 = reader_leb_s64(in); break;
    case IMM_F32: out->f32 = reader_u32le(in); break;
    case IMM_F64: out->f64 = reader_u64le(in); break;
    case IMM_V128:
    case IMM_SHUFFLE: out->bytes16 = reader_bytes(in, 16); break;
    case IMM_LANE: out->lane = reader_u8(in); break;
    case IMM_HEAP_TYPE: code = read_heap_ref(r, out); break;
    case IMM_SELECT: code = read_select(r, out); break;
    case IMM_TRY_TABLE: code = read_try_table(r, out); break;
    case IMM_TYPE_FIELD:
        out->field.type = reader_leb_u32(in);
        out->field.field = reader_leb_u32(in);
        break;
    case IMM_TYPE_COUNT:
        out->fixed.type = reader_leb_u32(in);
        out->fixed.count = reader_leb_u32(in);
        break;
    case IMM_TYPE_DATA:
        out->init.type = reader_leb_u32(in);
        out->init.segment = reader_leb_u32(in);
        code = need_data_count(r, out);
        break;
    case IMM_TYPE_ELEM:
        out->init.type = reader_leb_u32(in);
        out->init.segment = reader_leb_u32(in);
        break;
    case IMM_DATA_MEM:
        out->seg.segment = reader_leb_u32(in);
        out->seg.target = reader_leb_u32(in);
        code = need_data_count(r, out);
        break;
    case IMM_ELEM_TABLE:
        out->seg.segment = reader_leb_u32(in);
        out->seg.target = reader_leb_u32(in);
        break;
    case IMM_TYPE_TYPE:
    case IMM_MEM_MEM:
    case IMM_TABLE_TABLE:
        out->copy.to = reader_leb_u32(in);
        out->copy.from = reader_leb_u32(in);
        break;
    case IMM_BR_ON_CAST: code = read_br_on_cast(r, out); break;
    case IMM_FENCE:
        if (reader_u8(in) != 0 && !in->ran_out) {
            return fail_at(r->status, HF_MALFORMED, reader_offset(in) - 1, "zero byte expected");
        }
        break;
    }
    if (reader_failed(in)) return fail_instr(r, out->offset);
    return code;
}

hf_code instr_read(struct instr_reader *r, struct instr *out)
{
    struct reader *in = &r->in;
    out->offset = (uint32_t)reader_offset(in);
    const uint8_t byte = reader_u8(in);
    if (in->ran_out) return fail_instr(r, out->offset);
    uint16_t found;
    if (byte >= 0xfb && byte <= 0xfe) {
        const uint32_t code = reader_leb_u32(in);
        if (reader_failed(in)) return fail_instr(r, out->offset);
        found = places[place(byte, code)];
        if (!found) return fail_opcode(r, out->offset, byte, code);
    } else {
        found = places[byte];
        if (!found) return fail_opcode(r, out->offset, 0, byte);
    }
    out->op = (enum opcode)(found - 1);
    const struct op_info *info = &op_infos[out->op];
    if (!(info->feature & r->module->features)) {
        return fail_at(r->status, HF_UNSUPPORTED, out->offset, "%s belongs to the feature %s, which is switched off",
                       info->text, feature_name((enum feature)info->feature));
    }
    return read_immediates(r, out);
}

hf_code locals_skip(struct instr_reader *r)
{
    const struct type_scope scope = scope_of(r->module);
    hf_code code = HF_OK;
    for (uint32_t left = reader_leb_u32(&r->in); left > 0 && !code && !reader_failed(&r->in); left--) {
        valtype type;
        reader_leb_u32(&r->in);
        if (!reader_failed(&r->in)) code = read_val_type(&r->in, &scope, r->status, &type);
    }
    return !code && reader_failed(&r->in) ? fail_reader(&r->in, r->status) : code;
}

struct locals_reader locals_of(const struct hf_module *m, uint32_t func)
{
    struct locals_reader l = { instr_reader_of(m, m->funcs[func].body, NULL), 0 };
    l.left = reader_leb_u32(&l.r.in);
    return l;
}

bool locals_next(struct locals_reader *l, uint32_t *count, valtype *type)
{
    if (l->left == 0) return false;
    l->left--;
    const struct type_scope scope = scope_of(l->r.module);
    *count = reader_leb_u32(&l->r.in);
    return read_val_type(&l->r.in, &scope, NULL, type) == HF_OK;
}
