// Instructions: text to bytes (specification: "Instructions" of the text format). Syntax comes from the immediate column
// of wasm/opcodes.def. Folded and flat instructions nest on a stack of frames in the heap, so that depth costs no native
// stack: each frame is a construct that is open, and the next token is read by what the innermost one allows.
//
//   OPERANDS      (op … and folded operands until ')': then op is written, from `pending`
//   BODY          (block …, (loop …, (try_table …: instructions until ')', which ends the label
//   IF_CONDITION  (if … before (then: folded operands, then `if` is written and the label begins
//   IF_THEN       inside (then …): instructions until ')'; gives IF_ELSE
//   IF_ELSE       behind (then …): (else …) or ')'
//   IF_REST       inside (else …); gives IF_CLOSE, which takes ')'
//   TRY_DO        (try … before (do …); TRY_BODY, TRY_CATCH, TRY_ALL: inside (do …), (catch …), (catch_all …);
//                 TRY_FIRST, TRY_NEXT, TRY_LAST: between them (only behind (do …) comes (delegate …), which gives
//                 TRY_CLOSE; behind (catch_all …) comes nothing)
//   FLAT_*        the same without parentheses, ended by `end`
#include "text/assembler.h"

#include <string.h>

#include "base/number.h"

enum frame_kind {
    OPERANDS,
    BODY,
    IF_CONDITION,
    IF_THEN,
    IF_ELSE,
    IF_REST,
    IF_CLOSE,
    TRY_DO,
    TRY_BODY,
    TRY_CATCH,
    TRY_ALL,
    TRY_FIRST,
    TRY_NEXT,
    TRY_LAST,
    TRY_CLOSE,
    FLAT_BLOCK,
    FLAT_IF,
    FLAT_ELSE,
    FLAT_TRY,
    FLAT_CATCH,
    FLAT_CATCH_ALL,
};

struct frame {
    enum frame_kind kind;
    bool hinted;
    uint8_t hint;
    hf_str label;
    size_t pending; // where its instruction begins in a->pending
};

struct reader_state {
    struct buf *out;
    bool hinted; // a branch hint stands before the next instruction
    uint8_t hint;
};

static void put_op(struct buf *out, enum opcode op)
{
    const struct op_info *info = &op_infos[op];
    if (info->prefix) {
        buf_u8(out, info->prefix);
        buf_leb_u(out, info->code);
    } else {
        buf_u8(out, (uint8_t)info->code);
    }
}

// --- labels ------------------------------------------------------------------------------------------------

static hf_code push_label(struct assembler *a, hf_str name)
{
    if (a->label_count == a->label_cap) {
        struct label *labels = mem_grow(a->heap, a->labels, &a->label_cap, a->label_count + 1, sizeof *labels);
        if (!labels) return parse_oom(&a->p);
        a->labels = labels;
    }
    struct label *label = &a->labels[a->label_count++];
    *label = (struct label){ name, 0 };
    const uint32_t index = a->labels_seen++;
    if (!name.data) return HF_OK;
    if (a->in_func) TRY(assemble_name(a, NAMES_LABEL, a->func, index, name));
    uint32_t *depth = map_get(&a->label_map, name.data, name.size);
    if (depth) {
        label->shadowed = *depth;
        *depth = (uint32_t)a->label_count;
        return HF_OK;
    }
    if (map_put(&a->label_map, name.data, name.size, (uint32_t)a->label_count) == MAP_NO_MEMORY)
        return parse_oom(&a->p);
    return HF_OK;
}

static void pop_label(struct assembler *a)
{
    const struct label *label = &a->labels[--a->label_count];
    if (label->name.data) *map_get(&a->label_map, label->name.data, label->name.size) = label->shadowed;
}

// labelidx ::= u32 | id, counted from the innermost label
static hf_code label_index(struct assembler *a, uint32_t *out)
{
    const struct token *t = peek(&a->p);
    if (t->kind != TOKEN_ID) return t->kind == TOKEN_NAT ? parse_u32(&a->p, out) : unexpected(&a->p, "a label");
    hf_str name;
    TRY(id_name(&a->p, t, &name));
    const uint32_t *depth = map_get(&a->label_map, name.data, name.size);
    if (!depth || !*depth) return parse_fail(&a->p, HF_MALFORMED, "unknown label $%.*s", shown_name(name), name.data);
    *out = (uint32_t)a->label_count - *depth;
    next(&a->p);
    return HF_OK;
}

// --- immediates --------------------------------------------------------------------------------------------

static hf_code local_index(struct assembler *a, uint32_t *out)
{
    const struct token *t = peek(&a->p);
    if (t->kind != TOKEN_ID) return t->kind == TOKEN_NAT ? parse_u32(&a->p, out) : unexpected(&a->p, "a local");
    hf_str name;
    TRY(id_name(&a->p, t, &name));
    const uint32_t *index = map_get(&a->locals, name.data, name.size);
    if (!index) return parse_fail(&a->p, HF_MALFORMED, "unknown local $%.*s", shown_name(name), name.data);
    if (a->params_unknown)
        return parse_fail(&a->p, HF_MALFORMED, "unknown type of the function of local $%.*s", shown_name(name),
                          name.data);
    *out = *index;
    next(&a->p);
    return HF_OK;
}

static hf_code field_index(struct assembler *a, uint32_t type, uint32_t *out)
{
    const struct token *t = peek(&a->p);
    if (t->kind != TOKEN_ID) return t->kind == TOKEN_NAT ? parse_u32(&a->p, out) : unexpected(&a->p, "a field");
    hf_str name;
    TRY(id_name(&a->p, t, &name));
    struct buf *key = &a->scratch;
    buf_clear(key);
    buf_put(key, &type, sizeof type);
    buf_put(key, name.data, name.size);
    if (key->failed) return parse_oom(&a->p);
    const uint32_t *index = map_get(&a->fields, key->data, key->size);
    if (!index) return parse_fail(&a->p, HF_MALFORMED, "unknown field $%.*s", shown_name(name), name.data);
    *out = *index;
    next(&a->p);
    return HF_OK;
}

static hf_code lane_index(struct assembler *a, uint8_t *out)
{
    const struct token *t = peek(&a->p);
    uint64_t value;
    if (t->kind != TOKEN_NAT) return unexpected(&a->p, "a lane index");
    if (!number_nat(token_text(&a->p, t), t->size, &value) || value > 0xff)
        return parse_fail(&a->p, HF_MALFORMED, "i8 constant out of range");
    *out = (uint8_t)value;
    next(&a->p);
    return HF_OK;
}

// memarg ::= memidx? ('offset=' u64)? ('align=' u64)?   `lane`: a lane index follows, which is no memory index
static hf_code memarg(struct assembler *a, const struct op_info *info, bool lane, struct buf *out)
{
    struct parser *p = &a->p;
    uint32_t memory = 0;
    bool given = is_kind(p, TOKEN_ID);
    if (is_kind(p, TOKEN_NAT)) {
        const struct token *after = peek_at(p, 1);
        given = !lane || after->kind == TOKEN_NAT || token_is_word(after, KW_OFFSET_EQ) ||
                token_is_word(after, KW_ALIGN_EQ);
    }
    if (given) TRY(assemble_index(a, SPACE_MEMORY, &memory));
    uint64_t offset = 0, align = UINT64_C(1) << info->width;
    if (is_word(p, KW_OFFSET_EQ)) {
        if (!number_nat(token_text(p, peek(p)) + 7, peek(p)->size - 7, &offset))
            return parse_fail(p, HF_MALFORMED, "i64 constant out of range");
        next(p);
    }
    if (is_word(p, KW_ALIGN_EQ)) {
        if (!number_nat(token_text(p, peek(p)) + 6, peek(p)->size - 6, &align))
            return parse_fail(p, HF_MALFORMED, "i64 constant out of range");
        if (!align || (align & (align - 1))) return parse_fail(p, HF_MALFORMED, "alignment must be a power of two");
        next(p);
    }
    buf_leb_u(out, (unsigned)__builtin_ctzll(align) | (memory ? 0x40u : 0));
    if (memory) buf_leb_u(out, memory);
    buf_leb_u(out, offset);
    return HF_OK;
}

// Two indices of which the first may be left out with the second, or both: table.copy, memory.copy.
static hf_code two_indices(struct assembler *a, enum space space, struct buf *out)
{
    uint32_t to = 0, from = 0;
    if (is_kind(&a->p, TOKEN_NAT) || is_kind(&a->p, TOKEN_ID)) {
        TRY(assemble_index(a, space, &to));
        TRY(assemble_index(a, space, &from));
    }
    buf_leb_u(out, to);
    buf_leb_u(out, from);
    return HF_OK;
}

// `table.init x? y`, `memory.init x? y`: the segment comes last in the text and first in the bytes.
static hf_code segment_and_target(struct assembler *a, enum space segments, enum space targets, struct buf *out)
{
    uint32_t segment, target = 0;
    const unsigned second = peek_at(&a->p, 1)->kind;
    if (second == TOKEN_NAT || second == TOKEN_ID) TRY(assemble_index(a, targets, &target));
    TRY(assemble_index(a, segments, &segment));
    buf_leb_u(out, segment);
    buf_leb_u(out, target);
    return HF_OK;
}

static hf_code put_index(struct assembler *a, enum space space, struct buf *out)
{
    uint32_t index;
    TRY(assemble_index(a, space, &index));
    buf_leb_u(out, index);
    return HF_OK;
}

static hf_code put_index_or_0(struct assembler *a, enum space space, struct buf *out)
{
    uint32_t index;
    TRY(assemble_index_or(a, space, 0, &index));
    buf_leb_u(out, index);
    return HF_OK;
}

static hf_code put_label(struct assembler *a, struct buf *out)
{
    uint32_t label;
    TRY(label_index(a, &label));
    buf_leb_u(out, label);
    return HF_OK;
}

static hf_code br_table(struct assembler *a, struct buf *out)
{
    struct buf *labels = &a->scratch;
    buf_clear(labels);
    uint32_t count = 0, label;
    do {
        if (count) buf_leb_u(labels, label);
        TRY(label_index(a, &label));
        count++;
    } while (is_kind(&a->p, TOKEN_NAT) || is_kind(&a->p, TOKEN_ID));
    if (labels->failed) return parse_oom(&a->p);
    buf_leb_u(out, count - 1);
    buf_put(out, labels->data, labels->size);
    buf_leb_u(out, label);
    return HF_OK;
}

static hf_code call_indirect(struct assembler *a, struct buf *out)
{
    uint32_t table, type;
    TRY(assemble_index_or(a, SPACE_TABLE, 0, &table));
    struct typeuse use;
    TRY(assemble_typeuse(a, false, false, &use));
    TRY(resolve_typeuse(a, &use, &type));
    buf_leb_u(out, type);
    buf_leb_u(out, table);
    return HF_OK;
}

static hf_code shuffle(struct assembler *a, struct buf *out)
{
    unsigned count = 0;
    for (; count <= 16; count++) {
        const unsigned kind = peek_at(&a->p, count)->kind;
        if (kind != TOKEN_NAT && kind != TOKEN_INT && kind != TOKEN_FLOAT) break;
    }
    if (count != 16) {
        const struct token *t = peek_at(&a->p, count);
        if (count < 16 && t->kind != TOKEN_LPAR && t->kind != TOKEN_RPAR && t->kind != TOKEN_WORD) {
            a->p.at += count;
            return unexpected(&a->p, "a lane index");
        }
        return parse_fail(&a->p, HF_MALFORMED, "invalid lane length");
    }
    for (unsigned i = 0; i < 16; i++) {
        uint8_t lane;
        if (!is_kind(&a->p, TOKEN_NAT)) return parse_fail(&a->p, HF_MALFORMED, "i8 constant out of range");
        TRY(lane_index(a, &lane));
        buf_u8(out, lane);
    }
    return HF_OK;
}

// select's (result t*)*
static hf_code select_types(struct assembler *a, struct buf *out)
{
    struct buf *types = &a->scratch;
    buf_clear(types);
    uint32_t count = 0;
    while (take_open(&a->p, KW_RESULT)) {
        while (!is_kind(&a->p, TOKEN_RPAR)) {
            TRY(assemble_valtype(a, types));
            count++;
        }
        next(&a->p);
    }
    if (types->failed) return parse_oom(&a->p);
    buf_leb_u(out, count);
    buf_put(out, types->data, types->size);
    return HF_OK;
}

static hf_code br_on_cast(struct assembler *a, struct buf *out)
{
    uint32_t label;
    bool from_null, to_null;
    TRY(label_index(a, &label));
    struct buf *heaps = &a->scratch;
    buf_clear(heaps);
    TRY(assemble_reftype_parts(a, &from_null, heaps));
    TRY(assemble_reftype_parts(a, &to_null, heaps));
    if (heaps->failed) return parse_oom(&a->p);
    buf_u8(out, (uint8_t)(from_null | to_null << 1));
    buf_leb_u(out, label);
    buf_put(out, heaps->data, heaps->size);
    return HF_OK;
}

// blocktype ::= (result t)? | typeuse
static hf_code blocktype(struct assembler *a, struct buf *out)
{
    struct typeuse use;
    TRY(assemble_typeuse(a, false, false, &use));
    if (!use.has_type && !use.params && use.results <= 1) {
        if (use.results)
            buf_put(out, a->results.data, a->results.size);
        else
            buf_u8(out, 0x40);
        return HF_OK;
    }
    uint32_t type;
    TRY(resolve_typeuse(a, &use, &type));
    buf_leb_s(out, type);
    return HF_OK;
}

// catch ::= (catch x l) | (catch_ref x l) | (catch_all l) | (catch_all_ref l)
static hf_code catches(struct assembler *a, struct buf *out)
{
    struct buf *list = &a->scratch;
    buf_clear(list);
    uint32_t count = 0;
    for (;; count++) {
        uint8_t kind;
        if (take_open(&a->p, OP_CATCH))
            kind = 0;
        else if (take_open(&a->p, KW_CATCH_REF))
            kind = 1;
        else if (take_open(&a->p, OP_CATCH_ALL))
            kind = 2;
        else if (take_open(&a->p, KW_CATCH_ALL_REF))
            kind = 3;
        else
            break;
        buf_u8(list, kind);
        if (kind < 2) TRY(put_index(a, SPACE_TAG, list));
        TRY(put_label(a, list));
        TRY(expect_close(&a->p));
    }
    if (list->failed) return parse_oom(&a->p);
    buf_leb_u(out, count);
    buf_put(out, list->data, list->size);
    return HF_OK;
}

// Writes the instruction whose word was taken, with what follows it. Not for those that open or end a block.
static hf_code instruction(struct assembler *a, enum opcode op, struct buf *out)
{
    struct parser *p = &a->p;
    if (op == OP_SELECT && is_open(p, KW_RESULT)) op = OP_SELECT_T;
    if (op == OP_REF_TEST || op == OP_REF_CAST) {
        bool nullable;
        struct buf *heap = &a->scratch;
        buf_clear(heap);
        TRY(assemble_reftype_parts(a, &nullable, heap));
        if (heap->failed) return parse_oom(p);
        if (nullable) op = op == OP_REF_TEST ? OP_REF_TEST_NULL : OP_REF_CAST_NULL;
        put_op(out, op);
        buf_put(out, heap->data, heap->size);
        return HF_OK;
    }

    const struct op_info *info = &op_infos[op];
    put_op(out, op);
    uint32_t index;
    uint64_t bits;
    uint8_t lane;
    switch ((enum immediate)info->imm) {
    case IMM_NONE: return HF_OK;
    case IMM_LABEL: return put_label(a, out);
    case IMM_BR_TABLE: return br_table(a, out);
    case IMM_FUNC: return put_index(a, SPACE_FUNC, out);
    case IMM_CALL_INDIRECT: return call_indirect(a, out);
    case IMM_TYPE: return put_index(a, SPACE_TYPE, out);
    case IMM_TAG: return put_index(a, SPACE_TAG, out);
    case IMM_LOCAL:
        TRY(local_index(a, &index));
        buf_leb_u(out, index);
        return HF_OK;
    case IMM_GLOBAL: return put_index(a, SPACE_GLOBAL, out);
    case IMM_TABLE: return put_index_or_0(a, SPACE_TABLE, out);
    case IMM_MEM: return put_index_or_0(a, SPACE_MEMORY, out);
    case IMM_MEMARG: return memarg(a, info, false, out);
    case IMM_MEMARG_LANE:
        TRY(memarg(a, info, true, out));
        TRY(lane_index(a, &lane));
        buf_u8(out, lane);
        return HF_OK;
    case IMM_I32:
        TRY(parse_number(p, op, &bits));
        buf_leb_s(out, (int32_t)bits);
        return HF_OK;
    case IMM_I64:
        TRY(parse_number(p, op, &bits));
        buf_leb_s(out, (int64_t)bits);
        return HF_OK;
    case IMM_F32:
        TRY(parse_number(p, op, &bits));
        buf_u32le(out, (uint32_t)bits);
        return HF_OK;
    case IMM_F64:
        TRY(parse_number(p, op, &bits));
        buf_u64le(out, bits);
        return HF_OK;
    case IMM_V128: {
        uint8_t bytes[16];
        TRY(parse_v128(p, bytes));
        buf_put(out, bytes, sizeof bytes);
        return HF_OK;
    }
    case IMM_LANE:
        TRY(lane_index(a, &lane));
        buf_u8(out, lane);
        return HF_OK;
    case IMM_SHUFFLE: return shuffle(a, out);
    case IMM_HEAP_TYPE: return assemble_heaptype(a, out);
    case IMM_SELECT: return select_types(a, out);
    case IMM_TYPE_FIELD: {
        uint32_t type;
        TRY(assemble_index(a, SPACE_TYPE, &type));
        TRY(field_index(a, type, &index));
        buf_leb_u(out, type);
        buf_leb_u(out, index);
        return HF_OK;
    }
    case IMM_TYPE_COUNT:
        TRY(put_index(a, SPACE_TYPE, out));
        TRY(parse_u32(p, &index));
        buf_leb_u(out, index);
        return HF_OK;
    case IMM_TYPE_DATA:
        a->uses_data = true;
        TRY(put_index(a, SPACE_TYPE, out));
        return put_index(a, SPACE_DATA, out);
    case IMM_TYPE_ELEM: TRY(put_index(a, SPACE_TYPE, out)); return put_index(a, SPACE_ELEM, out);
    case IMM_TYPE_TYPE: TRY(put_index(a, SPACE_TYPE, out)); return put_index(a, SPACE_TYPE, out);
    case IMM_BR_ON_CAST: return br_on_cast(a, out);
    case IMM_DATA_MEM: a->uses_data = true; return segment_and_target(a, SPACE_DATA, SPACE_MEMORY, out);
    case IMM_DATA: a->uses_data = true; return put_index(a, SPACE_DATA, out);
    case IMM_MEM_MEM: return two_indices(a, SPACE_MEMORY, out);
    case IMM_ELEM_TABLE: return segment_and_target(a, SPACE_ELEM, SPACE_TABLE, out);
    case IMM_ELEM: return put_index(a, SPACE_ELEM, out);
    case IMM_TABLE_TABLE: return two_indices(a, SPACE_TABLE, out);
    case IMM_FENCE: buf_u8(out, 0); return HF_OK;
    case IMM_BLOCK:
    case IMM_TRY_TABLE: break;
    }
    return unexpected(p, "a plain instruction");
}

// --- structure ---------------------------------------------------------------------------------------------

static hf_code push_frame(struct assembler *a, struct frame frame)
{
    if (a->frame_count == a->frame_cap) {
        struct frame *frames = mem_grow(a->heap, a->frames, &a->frame_cap, a->frame_count + 1, sizeof *frames);
        if (!frames) return parse_oom(&a->p);
        a->frames = frames;
    }
    a->frames[a->frame_count++] = frame;
    return HF_OK;
}

static bool opens_block(enum opcode op)
{
    return op_infos[op].imm == IMM_BLOCK || op_infos[op].imm == IMM_TRY_TABLE;
}

static bool continues_block(enum opcode op)
{
    return op == OP_ELSE || op == OP_END || op == OP_CATCH || op == OP_CATCH_ALL || op == OP_DELEGATE;
}

// Is the next token an instruction that the features have?
static bool at_instruction(const struct parser *p, size_t ahead)
{
    const struct token *t = peek_at(p, ahead);
    return t->kind == TOKEN_WORD && t->word < OP_COUNT;
}

// Takes the instruction's word.
static hf_code take_opcode(struct assembler *a, enum opcode *out)
{
    struct parser *p = &a->p;
    const struct token *t = peek(p);
    if (!at_instruction(p, 0)) return unexpected(p, "an instruction");
    const enum opcode op = (enum opcode)t->word;
    if (!(op_infos[op].feature & p->features))
        return parse_fail(p, HF_MALFORMED, "unknown operator %s: the feature %s is off", op_infos[op].text,
                          feature_name((enum feature)op_infos[op].feature));
    next(p);
    *out = op;
    return HF_OK;
}

// Records the hint, if there is one, for an instruction that is about to be written.
static hf_code note_hint(struct assembler *a, const struct reader_state *r, bool hinted, uint8_t hint)
{
    if (!hinted || !a->in_func) return HF_OK;
    buf_leb_u(&a->func_hints, r->out->size);
    buf_leb_u(&a->func_hints, 1);
    buf_u8(&a->func_hints, hint);
    a->func_hint_count++;
    return HF_OK;
}

// label? blocktype catch*, behind the word of a block: the instruction goes to `out`.
static hf_code block_head(struct assembler *a, enum opcode op, struct buf *out, hf_str *label)
{
    TRY(parse_id(&a->p, label));
    put_op(out, op);
    TRY(blocktype(a, out));
    return op == OP_TRY_TABLE ? catches(a, out) : HF_OK;
}

// (@metadata.code.branch_hint "\00")
static hf_code branch_hint(struct assembler *a, struct reader_state *r)
{
    struct parser *p = &a->p;
    const struct token *t = peek(p);
    const char *name = annot_name(ANNOT_BRANCH_HINT);
    if (!a->in_func) return unexpected(p, "an instruction");
    if (r->hinted) return parse_fail(p, HF_MALFORMED, "@%s annotation: duplicate annotation", name);
    next(p);
    hf_str value;
    TRY(parse_bytes(p, false, &value));
    if (value.size != 1 || (value.data[0] != 0 && value.data[0] != 1))
        return parse_fail_at(p, t, HF_MALFORMED, "@%s annotation: invalid value", name);
    TRY(expect_close(p));
    // What it stands before decides whether it is a branch at all.
    const size_t ahead = is_kind(p, TOKEN_LPAR) ? 1 : 0;
    const struct token *target = peek_at(p, ahead);
    const bool again = target->kind == TOKEN_ANNOT && target->word == ANNOT_BRANCH_HINT;
    const bool told_later = target->kind != TOKEN_WORD && target->kind != TOKEN_RPAR; // that it is no instruction
    if (!again && !told_later && !token_is_word(target, OP_IF) && !token_is_word(target, OP_BR_IF))
        return parse_fail_at(p, t, HF_INVALID, "@%s annotation: invalid target", name);
    r->hinted = true;
    r->hint = (uint8_t)value.data[0];
    return HF_OK;
}

// An instruction without parentheses.
static hf_code flat(struct assembler *a, struct reader_state *r)
{
    struct parser *p = &a->p;
    enum opcode op;
    struct frame *top = a->frame_count ? &a->frames[a->frame_count - 1] : NULL;
    if (at_instruction(p, 0) && continues_block((enum opcode)peek(p)->word)) {
        const bool is_flat = top && top->kind >= FLAT_BLOCK;
        enum frame_kind kind = is_flat ? top->kind : OPERANDS;
        const unsigned word = peek(p)->word;
        bool fits = is_flat;
        if (word == OP_ELSE) fits = kind == FLAT_IF;
        if (word == OP_CATCH || word == OP_CATCH_ALL) fits = kind == FLAT_TRY || kind == FLAT_CATCH;
        if (word == OP_DELEGATE) fits = kind == FLAT_TRY;
        if (!fits) return unexpected(p, "another instruction");
        TRY(take_opcode(a, &op));
        if (op == OP_ELSE || op == OP_END) {
            const struct token *t = peek(p);
            hf_str id;
            TRY(parse_id(p, &id));
            if (id.data &&
                (!top->label.data || id.size != top->label.size || memcmp(id.data, top->label.data, id.size) != 0))
                return parse_fail_at(p, t, HF_MALFORMED, "mismatching label $%.*s", shown_name(id), id.data);
            put_op(r->out, op);
        }
        switch (op) {
        case OP_ELSE: top->kind = FLAT_ELSE; return HF_OK;
        case OP_CATCH: top->kind = FLAT_CATCH; return instruction(a, op, r->out);
        case OP_CATCH_ALL: top->kind = FLAT_CATCH_ALL; return instruction(a, op, r->out);
        case OP_DELEGATE:
            pop_label(a);
            a->frame_count--;
            return instruction(a, op, r->out);
        default:
            pop_label(a);
            a->frame_count--;
            return HF_OK;
        }
    }

    TRY(take_opcode(a, &op));
    TRY(note_hint(a, r, r->hinted, r->hint));
    r->hinted = false;
    if (!opens_block(op)) return instruction(a, op, r->out);
    struct frame frame = { .kind = op == OP_IF ? FLAT_IF : op == OP_TRY ? FLAT_TRY : FLAT_BLOCK };
    TRY(block_head(a, op, r->out, &frame.label));
    TRY(push_label(a, frame.label));
    return push_frame(a, frame);
}

// What follows the '(' of a folded instruction.
static hf_code folded(struct assembler *a, struct reader_state *r)
{
    struct parser *p = &a->p;
    next(p);
    if (at_instruction(p, 0) && continues_block((enum opcode)peek(p)->word)) return unexpected(p, "an instruction");
    enum opcode op;
    TRY(take_opcode(a, &op));
    struct frame frame = { .kind = OPERANDS, .hinted = r->hinted, .hint = r->hint, .pending = a->pending.size };
    r->hinted = false;
    if (!opens_block(op)) {
        TRY(instruction(a, op, &a->pending));
        return push_frame(a, frame);
    }
    if (op == OP_IF) {
        frame.kind = IF_CONDITION;
        TRY(block_head(a, op, &a->pending, &frame.label));
        return push_frame(a, frame);
    }
    frame.kind = op == OP_TRY ? TRY_DO : BODY;
    TRY(block_head(a, op, r->out, &frame.label));
    TRY(push_label(a, frame.label));
    return push_frame(a, frame);
}

// Moves what waits of the top frame to the output.
static hf_code emit_pending(struct assembler *a, struct reader_state *r, struct frame *top)
{
    if (a->pending.failed) return parse_oom(&a->p);
    TRY(note_hint(a, r, top->hinted, top->hint));
    buf_put(r->out, a->pending.data + top->pending, a->pending.size - top->pending);
    a->pending.size = top->pending;
    return HF_OK;
}

// The parts of (if …) and (try …) that are neither instructions nor operands. `done`: the token was one of them.
static hf_code clause(struct assembler *a, struct reader_state *r, struct frame *top, bool *done)
{
    struct parser *p = &a->p;
    *done = true;
    switch (top->kind) {
    case IF_CONDITION:
        if (take_open(p, KW_THEN)) {
            TRY(emit_pending(a, r, top));
            top->kind = IF_THEN;
            return push_label(a, top->label);
        }
        if (!is_kind(p, TOKEN_LPAR) && !is_kind(p, TOKEN_ANNOT)) return unexpected(p, "(then");
        break;
    case IF_ELSE:
        if (take_open(p, OP_ELSE)) {
            buf_u8(r->out, (uint8_t)op_infos[OP_ELSE].code);
            top->kind = IF_REST;
            return HF_OK;
        }
        return unexpected(p, "(else or )");
    case TRY_DO:
        TRY(expect_open(p, KW_DO, "(do"));
        top->kind = TRY_BODY;
        return HF_OK;
    case TRY_BODY: break;
    case TRY_FIRST:
    case TRY_NEXT: {
        const bool all = is_open(p, OP_CATCH_ALL);
        if (all || is_open(p, OP_CATCH)) {
            p->at += 2;
            top->kind = all ? TRY_ALL : TRY_CATCH;
            return instruction(a, all ? OP_CATCH_ALL : OP_CATCH, r->out);
        }
        if (top->kind == TRY_FIRST && take_open(p, OP_DELEGATE)) {
            pop_label(a);
            TRY(instruction(a, OP_DELEGATE, r->out));
            top->kind = TRY_CLOSE;
            return expect_close(p);
        }
        if (is_kind(p, TOKEN_LPAR)) next(p);
        return unexpected(p, "(catch, (catch_all or )");
    }
    case TRY_LAST:
    case TRY_CLOSE:
    case IF_CLOSE:
        if (is_kind(p, TOKEN_LPAR)) next(p);
        return unexpected(p, ")");
    default: break;
    }
    *done = false;
    return HF_OK;
}

// The ')' of the innermost construct.
static hf_code close(struct assembler *a, struct reader_state *r, struct frame *top)
{
    const uint8_t end = (uint8_t)op_infos[OP_END].code;
    switch (top->kind) {
    case OPERANDS:
        TRY(emit_pending(a, r, top));
        a->frame_count--;
        break;
    case IF_THEN: top->kind = IF_ELSE; break;
    case IF_REST: top->kind = IF_CLOSE; break;
    case TRY_BODY: top->kind = TRY_FIRST; break;
    case TRY_CATCH: top->kind = TRY_NEXT; break;
    case TRY_ALL: top->kind = TRY_LAST; break;
    case BODY:
    case IF_ELSE:
    case IF_CLOSE:
    case TRY_FIRST:
    case TRY_NEXT:
    case TRY_LAST:
        buf_u8(r->out, end);
        pop_label(a);
        a->frame_count--;
        break;
    case TRY_CLOSE: a->frame_count--; break;
    default: return unexpected(&a->p, "end");
    }
    next(&a->p);
    return HF_OK;
}

static hf_code instructions(struct assembler *a, struct buf *out, bool one)
{
    struct parser *p = &a->p;
    struct reader_state r = { .out = out };
    const size_t from = p->at;
    do {
        struct frame *top = a->frame_count ? &a->frames[a->frame_count - 1] : NULL;
        if (is_kind(p, TOKEN_ANNOT) && peek(p)->word == ANNOT_BRANCH_HINT) {
            TRY(branch_hint(a, &r));
            continue;
        }
        if (is_kind(p, TOKEN_RPAR)) {
            if (!top) break;
            TRY(close(a, &r, top));
            continue;
        }
        if (top) {
            bool done;
            TRY(clause(a, &r, top, &done));
            if (done) continue;
        }
        if (is_kind(p, TOKEN_LPAR)) {
            TRY(folded(a, &r));
        } else if ((top && (top->kind == OPERANDS || top->kind == IF_CONDITION)) || (one && !top)) {
            return unexpected(p, "a folded instruction or )");
        } else {
            TRY(flat(a, &r));
        }
    } while (!one || a->frame_count);
    if (one && p->at == from) return unexpected(p, "a folded instruction");
    return out->failed ? parse_oom(p) : HF_OK;
}

hf_code assemble_instrs(struct assembler *a, struct buf *out)
{
    return instructions(a, out, false);
}

hf_code assemble_folded(struct assembler *a, struct buf *out)
{
    if (!is_kind(&a->p, TOKEN_LPAR)) return unexpected(&a->p, "a folded instruction");
    return instructions(a, out, true);
}

void assemble_free_frames(struct assembler *a)
{
    mem_free(a->heap, a->frames, a->frame_cap * sizeof *a->frames);
}
