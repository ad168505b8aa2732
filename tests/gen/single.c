// One instruction a function, on every combination of boundary values that the caller asks for. Memory 0 holds the
// values: VALUES_AT + 512 × type + 16 × number.
#include "body.h"

#include <string.h>

enum { VALUES_AT = 0x8000, ADDRESSES = 0, PAGES = 2 };

static bool is_chosen(const struct gen *g, unsigned op)
{
    const struct op_info *info = &op_infos[op];
    if (info->sig[0] == '*' || info->sig[0] == ':' || !plan_op_is_on(g, info)) return false;
    if (op == OP_MEMORY_ATOMIC_WAIT32 || op == OP_MEMORY_ATOMIC_WAIT64) return false; // ask for a shared memory
    switch (info->imm) {
    case IMM_NONE:
    case IMM_LANE:
    case IMM_SHUFFLE: return true;
    case IMM_MEMARG:
    case IMM_MEMARG_LANE: return is_on(g, GEN_MEMORY);
    default: return false;
    }
}

const char *gen_single_name(const struct gen_options *options, unsigned i, unsigned *operands)
{
    struct gen g = { .on = options->switches };
    for (unsigned op = 0; op < OP_COUNT; op++) {
        if (!is_chosen(&g, op) || i-- > 0) continue;
        *operands = (unsigned)(strchr(op_infos[op].sig, ':') - op_infos[op].sig);
        return op_infos[op].text;
    }
    return NULL;
}

// The i-th boundary value of a type as 16 bytes. The lists are those that bodies take constants from: the choices
// below are the ones that lead there.
static void put_value(struct buf *out, unsigned kind, unsigned i)
{
    static const int32_t addresses[GEN_SINGLE_VALUES] = {
        0x100,
        0x101,
        0x102,
        0x103,
        0x104,
        0x107,
        0x108,
        0x10f,
        0x110,
        0x7ff,
        0x1000,
        PAGES * 65536 - 1,
        PAGES * 65536 - 2,
        PAGES * 65536 - 3,
        PAGES * 65536 - 4,
        PAGES * 65536 - 5,
        PAGES * 65536 - 7,
        PAGES * 65536 - 8,
        PAGES * 65536 - 9,
        PAGES * 65536 - 15,
        PAGES * 65536 - 16,
        PAGES * 65536 - 17,
        PAGES * 65536,
        PAGES * 65536 + 1,
        -1,
        -2,
        -4,
        -8,
        -16,
        INT32_MAX,
        INT32_MIN,
        PAGES * 65536 - 24,
    };
    struct dna dna;
    const uint8_t one[] = { 1, (uint8_t)i }, small[] = { 1, (uint8_t)i }, seeds[] = { 3, 1, (uint8_t)i };
    const size_t end = out->size + 16;
    switch (kind) {
    case ADDRESSES: buf_u32le(out, (uint32_t)addresses[i]); break;
    case VAL_I32:
        dna_from_bytes(&dna, seeds, sizeof seeds);
        buf_u32le(out, (uint32_t)dna_i32(&dna));
        break;
    case VAL_I64:
        // Every second one of the list; the others are reached through vectors.
        dna_from_bytes(&dna, (uint8_t[]){ 1, (uint8_t)(i < 16 ? i * 2 : i + 12) }, 2);
        buf_u64le(out, (uint64_t)dna_i64(&dna));
        break;
    case VAL_F32:
        dna_from_bytes(&dna, one, sizeof one);
        buf_u32le(out, dna_f32(&dna));
        break;
    case VAL_F64:
        dna_from_bytes(&dna, small, sizeof small);
        buf_u64le(out, dna_f64(&dna));
        break;
    default:
        for (unsigned k = 0; k < 4 && i < 12; k++) {
            dna_from_bytes(&dna, (uint8_t[]){ 1, (uint8_t)(i * 4 + k) }, 2);
            buf_u32le(out, dna_f32(&dna));
        }
        for (unsigned k = 0; k < 2 && i >= 12 && i < 24; k++) {
            dna_from_bytes(&dna, (uint8_t[]){ 1, (uint8_t)(i * 2 + k) }, 2);
            buf_u64le(out, dna_f64(&dna));
        }
        dna_from_seed(&dna, i);
        for (unsigned k = 0; k < 2 && i >= 24; k++) buf_u64le(out, (uint64_t)dna_i64(&dna));
        break;
    }
    while (out->size < end) buf_u8(out, 0);
}

static void emit_memarg(struct buf *out, unsigned align, unsigned offset)
{
    buf_leb_u(out, align);
    buf_leb_u(out, offset);
}

// The k-th operand: an address, or a load from the table of its type.
static void push_selected(struct body *b, char letter, unsigned k)
{
    static const enum opcode loads[] = {
        OP_I32_LOAD, OP_I32_LOAD, OP_I64_LOAD, OP_F32_LOAD, OP_F64_LOAD, OP_V128_LOAD
    };
    const unsigned kind = letter == 'a' ? ADDRESSES : plan_letter(letter);
    write_ins_u(b, OP_LOCAL_GET, 0);
    push_i32(b, (int32_t)(8 * k));
    write_ins(b, OP_I32_SHR_U);
    push_i32(b, GEN_SINGLE_VALUES - 1);
    write_ins(b, OP_I32_AND);
    push_i32(b, 4);
    write_ins(b, OP_I32_SHL);
    write_ins(b, loads[kind]);
    emit_memarg(b->out, 0, VALUES_AT + 512 * kind);
}

static void write_single(struct body *b, enum opcode op)
{
    static const enum opcode stores[] = { 0, OP_I32_STORE, OP_I64_STORE, OP_F32_STORE, OP_F64_STORE, OP_V128_STORE };
    const struct op_info *info = &op_infos[op];
    b->height = 0;
    // Locals: the selector, four temporary ones of each type for NaNs, and the results.
    const char *results = strchr(info->sig, ':') + 1;
    const unsigned result_count = (unsigned)strlen(results), kinds = is_on(b->g, GEN_SIMD) ? 5 : 4;
    buf_leb_u(b->out, kinds + result_count);
    for (unsigned t = 1; t <= kinds; t++) {
        buf_leb_u(b->out, 1);
        write_valtype(b->out, t);
        b->tmp[t] = t;
    }
    for (unsigned i = 0; i < result_count; i++) {
        buf_leb_u(b->out, 1);
        write_valtype(b->out, plan_letter(results[i]));
    }
    for (unsigned k = 0; info->sig[k] != ':'; k++) push_selected(b, info->sig[k], k);
    write_ins(b, op);
    if (info->imm == IMM_MEMARG || info->imm == IMM_MEMARG_LANE) emit_memarg(b->out, info->width, 0);
    if (info->imm == IMM_LANE || info->imm == IMM_MEMARG_LANE) buf_u8(b->out, 1);
    if (info->imm == IMM_SHUFFLE)
        for (int i = 0; i < 16; i++) buf_u8(b->out, (uint8_t)(i * 7 % 32));
    if (result_count == 1) canonicalise_result(b, op, plan_letter(*results));
    for (unsigned i = result_count; i-- > 0;) write_ins_u(b, OP_LOCAL_SET, 1 + kinds + i);
    for (unsigned i = 0; i < result_count; i++) {
        push_i32(b, 0);
        write_ins_u(b, OP_LOCAL_GET, 1 + kinds + i);
        write_ins(b, stores[plan_letter(results[i])]);
        emit_memarg(b->out, 0, 16 * i);
    }
    write_ins(b, OP_END);
}

static void put_section(struct buf *out, uint8_t id, struct buf *s)
{
    buf_u8(out, id);
    buf_leb_u(out, s->size);
    buf_put(out, s->data, s->size);
    if (s->failed) out->failed = true;
    buf_clear(s);
}

static void put_exports(const struct gen *g, struct buf *s, unsigned count)
{
    (void)g;
    buf_leb_u(s, count + 1);
    buf_leb_u(s, 2);
    buf_str(s, "m0");
    buf_u8(s, 2);
    buf_leb_u(s, 0);
    for (unsigned i = 0; i < count; i++) {
        const size_t at = s->size;
        buf_u8(s, 0);
        buf_printf(s, "o%u", i);
        if (!s->failed) s->data[at] = (uint8_t)(s->size - at - 1);
        buf_u8(s, 0);
        buf_leb_u(s, i);
    }
}

unsigned gen_single(const struct gen_options *options, struct buf *out)
{
    struct gen *g = MEM_NEW(&alloc_libc, struct gen);
    struct body *b = MEM_NEW(&alloc_libc, struct body);
    if (!g || !b) {
        out->failed = true;
        mem_free(&alloc_libc, g, sizeof *g);
        mem_free(&alloc_libc, b, sizeof *b);
        return 0;
    }
    struct dna dna;
    dna_from_seed(&dna, 0);
    g->dna = &dna;
    g->options = *options;
    g->on = options->switches;
    b->g = g;
    b->depth = 1;
    unsigned count = 0;
    struct buf code, s;
    buf_init(&code, &alloc_libc);
    buf_init(&s, &alloc_libc);
    for (unsigned op = 0; op < OP_COUNT; op++) {
        if (!is_chosen(g, op)) continue;
        b->out = &s;
        write_single(b, (enum opcode)op);
        buf_leb_u(&code, s.size);
        buf_put(&code, s.data, s.size);
        if (s.failed) code.failed = true;
        buf_clear(&s);
        count++;
    }

    buf_put(out, "\0asm\1\0\0\0", 8);
    buf_put(&s, "\1\x60\1\x7f\0", 5); // one type: i32 to nothing
    put_section(out, 1, &s);
    buf_leb_u(&s, count);
    for (unsigned i = 0; i < count; i++) buf_u8(&s, 0);
    put_section(out, 3, &s);
    buf_put(&s, "\1\1\2\2", 4); // one memory of PAGES
    put_section(out, 5, &s);
    put_exports(g, &s, count);
    put_section(out, 7, &s);
    struct buf all;
    buf_init(&all, &alloc_libc);
    buf_leb_u(&all, count);
    buf_put(&all, code.data, code.size);
    if (code.failed) all.failed = true;
    put_section(out, 10, &all);
    buf_put(&s, "\1\0\x41", 3);
    buf_leb_s(&s, VALUES_AT);
    buf_u8(&s, 0x0b);
    buf_leb_u(&s, 6 * 512);
    for (unsigned kind = ADDRESSES; kind <= VAL_V128; kind++)
        for (unsigned i = 0; i < GEN_SINGLE_VALUES; i++) put_value(&s, kind, i);
    put_section(out, 11, &s);
    buf_fini(&all);
    buf_fini(&code);
    buf_fini(&s);
    MEM_FREE(&alloc_libc, b);
    MEM_FREE(&alloc_libc, g);
    return count;
}
