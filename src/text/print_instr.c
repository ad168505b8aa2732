// One instruction: bytes to text, by the immediate column of wasm/opcodes.def.
#include "text/printer.h"

#include "base/number.h"

static uint32_t put_ref(struct printer *pr, enum space space, struct reader *in, struct buf *out)
{
    const uint32_t index = reader_leb_u32(in);
    buf_u8(out, ' ');
    print_index(pr, space, index, out);
    return index;
}

// An index that is left out when it is 0.
static void put_ref_or_0(struct printer *pr, enum space space, struct reader *in, struct buf *out)
{
    const uint32_t index = reader_leb_u32(in);
    if (!index) return;
    buf_u8(out, ' ');
    print_index(pr, space, index, out);
}

// A label by its name, if it can be spoken of so, else by its depth.
static void put_label(struct printer *pr, struct reader *in, struct buf *out)
{
    const uint32_t depth = reader_leb_u32(in);
    buf_u8(out, ' ');
    if (depth < pr->open_count && pr->open[pr->open_count - 1 - depth].data)
        print_id(out, pr->open[pr->open_count - 1 - depth]);
    else
        buf_printf(out, "%u", depth);
}

// blocktype: nothing, " (result t)" or " (type x) (param …) (result …)"
static uint32_t put_blocktype(struct printer *pr, struct reader *in, struct buf *out)
{
    const uint8_t byte = reader_peek(in);
    if (byte == 0x40) {
        reader_u8(in);
        return 0;
    }
    if (byte >= 0x40 && byte < 0x80) {
        buf_str(out, " (result ");
        print_valtype(pr, in, out);
        buf_u8(out, ')');
        return 1;
    }
    const int64_t index = reader_leb_s33(in);
    if (index < 0 || index > UINT32_MAX) {
        in->ran_out = true;
        return 0;
    }
    print_typeuse(pr, (uint32_t)index, out);
    return (uint64_t)index < pr->spaces[SPACE_TYPE] ? pr->types[index].results : 0;
}

static void put_memarg(struct printer *pr, const struct op_info *info, struct reader *in, struct buf *out)
{
    const uint32_t flags = reader_leb_u32(in);
    const uint32_t memory = flags & 0x40 ? reader_leb_u32(in) : 0;
    const uint64_t offset = reader_leb_u64(in);
    const unsigned align = flags & 0x3f;
    if (flags > 0x7f) in->ran_out = true;
    if (memory) {
        buf_u8(out, ' ');
        print_index(pr, SPACE_MEMORY, memory, out);
    }
    if (offset) buf_printf(out, " offset=%llu", (unsigned long long)offset);
    if (align != info->width) buf_printf(out, " align=%llu", 1ull << align);
}

static void put_two(struct printer *pr, enum space space, struct reader *in, struct buf *out)
{
    const uint32_t to = reader_leb_u32(in);
    const uint32_t from = reader_leb_u32(in);
    if (!to && !from) return;
    buf_u8(out, ' ');
    print_index(pr, space, to, out);
    buf_u8(out, ' ');
    print_index(pr, space, from, out);
}

// The segment comes first in the bytes and last in the text.
static void put_segment(struct printer *pr, enum space segments, enum space targets, struct reader *in, struct buf *out)
{
    const uint32_t segment = reader_leb_u32(in);
    put_ref_or_0(pr, targets, in, out);
    buf_u8(out, ' ');
    print_index(pr, segments, segment, out);
}

static void put_reftype(struct printer *pr, bool nullable, struct reader *in, struct buf *out)
{
    buf_str(out, nullable ? " (ref null " : " (ref ");
    print_heaptype(pr, in, out);
    buf_u8(out, ')');
}

static void put_catches(struct printer *pr, struct reader *in, struct buf *out)
{
    static const char *const words[] = { "catch", "catch_ref", "catch_all", "catch_all_ref" };
    for (uint32_t n = reader_leb_u32(in); n && !reader_failed(in); n--) {
        const uint8_t kind = reader_u8(in);
        if (kind > 3) {
            in->ran_out = true;
            return;
        }
        buf_printf(out, " (%s", words[kind]);
        if (kind < 2) put_ref(pr, SPACE_TAG, in, out);
        put_label(pr, in, out);
        buf_u8(out, ')');
    }
}

static void put_field(struct printer *pr, uint32_t type, uint32_t field, struct buf *out)
{
    const struct printed_type *t = type < pr->spaces[SPACE_TYPE] ? &pr->types[type] : NULL;
    buf_u8(out, ' ');
    if (t && t->fields && field < t->params && t->fields[field].is_id)
        print_id(out, t->fields[field].name);
    else
        buf_printf(out, "%u", field);
}

// The name of a label that opens here, taken in the order of the bytes.
static void put_label_name(struct printer *pr, struct buf *out)
{
    const uint32_t index = pr->labels_seen++;
    hf_str open = { NULL, 0 };
    if (pr->labels && index < pr->label_names && pr->labels[index].name.size) {
        buf_u8(out, ' ');
        print_id(out, pr->labels[index].name);
        if (pr->labels[index].is_id) open = pr->labels[index].name;
    }
    if (pr->open_count == pr->open_cap) {
        hf_str *more = mem_grow(pr->heap, pr->open, &pr->open_cap, pr->open_count + 1, sizeof *more);
        if (!more) {
            out->failed = true;
            return;
        }
        pr->open = more;
    }
    pr->open[pr->open_count++] = open;
}

static void put_float(uint64_t bits, unsigned width, struct buf *out)
{
    char text[NUMBER_FLOAT_TEXT];
    buf_u8(out, ' ');
    buf_str(out, number_float_text(bits, width, text));
}

enum opcode print_instr_facts(struct printer *pr, struct reader *in, struct buf *out, struct instr_facts *facts)
{
    *facts = (struct instr_facts){ 0 };
    uint8_t prefix = reader_u8(in);
    uint32_t code = prefix;
    if (prefix >= 0xfb && prefix <= 0xfe)
        code = reader_leb_u32(in);
    else
        prefix = 0;
    const enum opcode op = reader_failed(in) ? OP_NONE : op_find(prefix, code);
    if (op == OP_NONE) return op;
    const struct op_info *info = &op_infos[op];
    const bool is_cast = op == OP_REF_TEST_NULL || op == OP_REF_CAST_NULL;
    buf_str(out, is_cast ? op_infos[op - 1].text : info->text);
    switch ((enum immediate)info->imm) {
    case IMM_NONE: break;
    case IMM_BLOCK:
    case IMM_TRY_TABLE: {
        // The catches of a try_table speak of the labels outside of it.
        put_label_name(pr, out);
        facts->block_results = put_blocktype(pr, in, out);
        if (op != OP_TRY_TABLE || out->failed) break;
        pr->open_count--;
        put_catches(pr, in, out);
        pr->open_count++;
        break;
    }
    case IMM_LABEL:
        if (op == OP_DELEGATE && pr->open_count) {
            pr->open_count--;
            put_label(pr, in, out);
            pr->open_count++;
        } else {
            put_label(pr, in, out);
        }
        break;
    case IMM_BR_TABLE: {
        uint32_t n = reader_leb_u32(in);
        do {
            put_label(pr, in, out);
        } while (n-- && !reader_failed(in));
        break;
    }
    case IMM_FUNC: facts->index = put_ref(pr, SPACE_FUNC, in, out); break;
    case IMM_CALL_INDIRECT: {
        const uint32_t type = reader_leb_u32(in);
        put_ref_or_0(pr, SPACE_TABLE, in, out);
        print_typeuse(pr, type, out);
        facts->index = type;
        break;
    }
    case IMM_TYPE: facts->index = put_ref(pr, SPACE_TYPE, in, out); break;
    case IMM_TAG: facts->index = put_ref(pr, SPACE_TAG, in, out); break;
    case IMM_LOCAL: {
        const uint32_t index = reader_leb_u32(in);
        buf_u8(out, ' ');
        if (pr->locals && index < pr->local_count && pr->locals[index].is_id)
            print_id(out, pr->locals[index].name);
        else
            buf_printf(out, "%u", index);
        break;
    }
    case IMM_GLOBAL: put_ref(pr, SPACE_GLOBAL, in, out); break;
    case IMM_TABLE: put_ref_or_0(pr, SPACE_TABLE, in, out); break;
    case IMM_MEM: put_ref_or_0(pr, SPACE_MEMORY, in, out); break;
    case IMM_MEMARG: put_memarg(pr, info, in, out); break;
    case IMM_MEMARG_LANE:
        put_memarg(pr, info, in, out);
        buf_printf(out, " %u", reader_u8(in));
        break;
    case IMM_I32: buf_printf(out, " %d", reader_leb_s32(in)); break;
    case IMM_I64: buf_printf(out, " %lld", (long long)reader_leb_s64(in)); break;
    case IMM_F32: put_float(reader_u32le(in), 32, out); break;
    case IMM_F64: put_float(reader_u64le(in), 64, out); break;
    case IMM_V128:
        buf_str(out, " i32x4");
        for (int i = 0; i < 4; i++) buf_printf(out, " 0x%08x", reader_u32le(in));
        break;
    case IMM_LANE: buf_printf(out, " %u", reader_u8(in)); break;
    case IMM_SHUFFLE:
        for (int i = 0; i < 16; i++) buf_printf(out, " %u", reader_u8(in));
        break;
    case IMM_HEAP_TYPE:
        if (op == OP_REF_NULL) {
            buf_u8(out, ' ');
            print_heaptype(pr, in, out);
        } else {
            put_reftype(pr, is_cast, in, out);
        }
        break;
    case IMM_SELECT: {
        buf_str(out, " (result");
        for (uint32_t n = reader_leb_u32(in); n && !reader_failed(in); n--) {
            buf_u8(out, ' ');
            print_valtype(pr, in, out);
        }
        buf_u8(out, ')');
        break;
    }
    case IMM_TYPE_FIELD: {
        const uint32_t type = put_ref(pr, SPACE_TYPE, in, out);
        put_field(pr, type, reader_leb_u32(in), out);
        break;
    }
    case IMM_TYPE_COUNT:
        put_ref(pr, SPACE_TYPE, in, out);
        facts->index = reader_leb_u32(in);
        buf_printf(out, " %u", facts->index);
        break;
    case IMM_TYPE_DATA:
        pr->uses_data = true;
        put_ref(pr, SPACE_TYPE, in, out);
        put_ref(pr, SPACE_DATA, in, out);
        break;
    case IMM_TYPE_ELEM:
        put_ref(pr, SPACE_TYPE, in, out);
        put_ref(pr, SPACE_ELEM, in, out);
        break;
    case IMM_TYPE_TYPE:
        put_ref(pr, SPACE_TYPE, in, out);
        put_ref(pr, SPACE_TYPE, in, out);
        break;
    case IMM_BR_ON_CAST: {
        const uint8_t flags = reader_u8(in);
        if (flags > 3) in->ran_out = true;
        put_label(pr, in, out);
        put_reftype(pr, flags & 1, in, out);
        put_reftype(pr, flags & 2, in, out);
        break;
    }
    case IMM_DATA_MEM:
        pr->uses_data = true;
        put_segment(pr, SPACE_DATA, SPACE_MEMORY, in, out);
        break;
    case IMM_DATA:
        pr->uses_data = true;
        put_ref(pr, SPACE_DATA, in, out);
        break;
    case IMM_MEM_MEM: put_two(pr, SPACE_MEMORY, in, out); break;
    case IMM_ELEM_TABLE: put_segment(pr, SPACE_ELEM, SPACE_TABLE, in, out); break;
    case IMM_ELEM: put_ref(pr, SPACE_ELEM, in, out); break;
    case IMM_TABLE_TABLE: put_two(pr, SPACE_TABLE, in, out); break;
    case IMM_FENCE: reader_u8(in); break;
    }
    return reader_failed(in) ? OP_NONE : op;
}

enum opcode print_instr(struct printer *pr, struct reader *in, struct buf *out)
{
    struct instr_facts facts;
    return print_instr_facts(pr, in, out, &facts);
}

static struct arity of_type(const struct printer *pr, uint32_t type, uint32_t more)
{
    if (type >= pr->spaces[SPACE_TYPE] || pr->types[type].kind != 0x60) return (struct arity){ UINT32_MAX, 2 };
    const struct printed_type *t = &pr->types[type];
    return (struct arity){ t->params + more, t->results };
}

struct arity instr_arity(const struct printer *pr, enum opcode op, const struct instr_facts *facts)
{
    const struct op_info *info = &op_infos[op];
    const struct arity unknown = { UINT32_MAX, 2 };
    if (info->sig[0] != '*') {
        struct arity arity = { 0, 0 };
        const char *p = info->sig;
        for (; *p && *p != ':'; p++) arity.takes++;
        if (*p) p++;
        for (; *p; p++) arity.gives++;
        return arity;
    }
    struct arity arity;
    switch (op) {
    case OP_CALL:
    case OP_RETURN_CALL:
        if (facts->index >= pr->spaces[SPACE_FUNC]) return unknown;
        return of_type(pr, pr->func_types[facts->index], 0);
    case OP_CALL_INDIRECT:
    case OP_RETURN_CALL_INDIRECT:
    case OP_CALL_REF:
    case OP_RETURN_CALL_REF: return of_type(pr, facts->index, 1);
    case OP_THROW:
        if (facts->index >= pr->spaces[SPACE_TAG]) return unknown;
        arity = of_type(pr, pr->tag_types[facts->index], 0);
        return (struct arity){ arity.takes, 0 };
    case OP_RETURN: return (struct arity){ pr->func_results, 0 };
    case OP_STRUCT_NEW:
        if (facts->index >= pr->spaces[SPACE_TYPE] || pr->types[facts->index].kind != 0x5f) return unknown;
        return (struct arity){ pr->types[facts->index].params, 1 };
    case OP_ARRAY_NEW_FIXED: return (struct arity){ facts->index, 1 };
    case OP_UNREACHABLE:
    case OP_BR:
    case OP_RETHROW: return (struct arity){ 0, 0 };
    case OP_LOCAL_GET:
    case OP_GLOBAL_GET:
    case OP_TABLE_SIZE:
    case OP_REF_NULL:
    case OP_REF_FUNC:
    case OP_STRUCT_NEW_DEFAULT: return (struct arity){ 0, 1 };
    case OP_LOCAL_SET:
    case OP_GLOBAL_SET:
    case OP_DROP:
    case OP_BR_IF:
    case OP_BR_TABLE:
    case OP_THROW_REF:
    case OP_BR_ON_NON_NULL: return (struct arity){ 1, 0 };
    case OP_LOCAL_TEE:
    case OP_TABLE_GET:
    case OP_REF_IS_NULL:
    case OP_REF_AS_NON_NULL:
    case OP_BR_ON_NULL:
    case OP_STRUCT_GET:
    case OP_STRUCT_GET_S:
    case OP_STRUCT_GET_U:
    case OP_ARRAY_NEW_DEFAULT:
    case OP_ARRAY_LEN:
    case OP_REF_TEST:
    case OP_REF_TEST_NULL:
    case OP_REF_CAST:
    case OP_REF_CAST_NULL:
    case OP_BR_ON_CAST:
    case OP_BR_ON_CAST_FAIL:
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY:
    case OP_REF_I31:
    case OP_I31_GET_S:
    case OP_I31_GET_U: return (struct arity){ 1, 1 };
    case OP_TABLE_SET:
    case OP_STRUCT_SET: return (struct arity){ 2, 0 };
    case OP_TABLE_GROW:
    case OP_REF_EQ:
    case OP_ARRAY_NEW:
    case OP_ARRAY_NEW_DATA:
    case OP_ARRAY_NEW_ELEM:
    case OP_ARRAY_GET:
    case OP_ARRAY_GET_S:
    case OP_ARRAY_GET_U: return (struct arity){ 2, 1 };
    case OP_TABLE_FILL:
    case OP_TABLE_COPY:
    case OP_TABLE_INIT:
    case OP_MEMORY_COPY:
    case OP_ARRAY_SET: return (struct arity){ 3, 0 };
    case OP_SELECT:
    case OP_SELECT_T: return (struct arity){ 3, 1 };
    case OP_ARRAY_FILL:
    case OP_ARRAY_INIT_DATA:
    case OP_ARRAY_INIT_ELEM: return (struct arity){ 4, 0 };
    case OP_ARRAY_COPY: return (struct arity){ 5, 0 };
    default: return unknown;
    }
}
