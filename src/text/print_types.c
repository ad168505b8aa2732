// Types: bytes to text, and what the printer has to know of them beforehand.
#include "text/printer.h"

enum { SIGNATURE_MAX = 64 };

static const char *abstract_heap(uint8_t code)
{
    static const char *const names[] = { "exn",    "array", "struct", "i31",      "eq",     "any",
                                         "extern", "func",  "none",   "noextern", "nofunc", "noexn" };
    return code >= 0x69 && code <= 0x74 ? names[code - 0x69] : NULL;
}

static const char *short_ref(uint8_t code)
{
    static const char *const names[] = { "exnref",  "arrayref",      "structref",   "i31ref",
                                         "eqref",   "anyref",        "externref",   "funcref",
                                         "nullref", "nullexternref", "nullfuncref", "nullexnref" };
    return code >= 0x69 && code <= 0x74 ? names[code - 0x69] : NULL;
}

void print_heaptype(struct printer *pr, struct reader *in, struct buf *out)
{
    const char *name = abstract_heap(reader_peek(in));
    if (name && in->at != in->end) {
        reader_u8(in);
        buf_str(out, name);
        return;
    }
    const int64_t index = reader_leb_s33(in);
    if (index < 0)
        in->ran_out = true;
    else
        print_index(pr, SPACE_TYPE, (uint32_t)index, out);
}

void print_valtype(struct printer *pr, struct reader *in, struct buf *out)
{
    const uint8_t code = reader_u8(in);
    switch (code) {
    case 0x7f: buf_str(out, "i32"); return;
    case 0x7e: buf_str(out, "i64"); return;
    case 0x7d: buf_str(out, "f32"); return;
    case 0x7c: buf_str(out, "f64"); return;
    case 0x7b: buf_str(out, "v128"); return;
    case 0x78: buf_str(out, "i8"); return;
    case 0x77: buf_str(out, "i16"); return;
    case 0x63:
    case 0x64:
        buf_str(out, code == 0x63 ? "(ref null " : "(ref ");
        print_heaptype(pr, in, out);
        buf_u8(out, ')');
        return;
    default:
        if (short_ref(code))
            buf_str(out, short_ref(code));
        else
            in->ran_out = true;
    }
}

void print_reftype(struct printer *pr, struct reader *in, struct buf *out)
{
    const uint8_t code = reader_peek(in);
    if (code != 0x63 && code != 0x64 && !short_ref(code)) in->ran_out = true;
    print_valtype(pr, in, out);
}

void print_types(struct printer *pr, const char *word, struct reader *in, uint32_t count, struct buf *out)
{
    if (!count) return;
    buf_printf(out, " (%s", word);
    for (; count && !reader_failed(in); count--) {
        buf_u8(out, ' ');
        print_valtype(pr, in, out);
    }
    buf_u8(out, ')');
}

void print_signature(struct printer *pr, const struct printed_type *type, struct buf *out)
{
    struct reader in = type->at;
    print_types(pr, "param", &in, type->params, out);
    reader_leb_u32(&in); // number of results
    print_types(pr, "result", &in, type->results, out);
}

void print_typeuse(struct printer *pr, uint32_t type, struct buf *out)
{
    buf_str(out, " (type ");
    print_index(pr, SPACE_TYPE, type, out);
    buf_u8(out, ')');
    if (type >= pr->spaces[SPACE_TYPE]) return;
    // A long signature is not repeated: thousands of uses would make a text that is far larger than the module.
    const struct printed_type *t = &pr->types[type];
    if (t->kind == 0x60 && (uint64_t)t->params + t->results <= SIGNATURE_MAX) print_signature(pr, t, out);
}

void print_fieldtype(struct printer *pr, struct reader *in)
{
    // The mutability stands behind the type.
    struct reader ahead = *in;
    buf_clear(&pr->line);
    print_valtype(pr, &ahead, &pr->line);
    const uint8_t mut = reader_u8(&ahead);
    if (mut > 1) ahead.ran_out = true;
    buf_str(pr->out, mut ? "(mut " : "");
    buf_put(pr->out, pr->line.data, pr->line.size);
    buf_str(pr->out, mut ? ")" : "");
    *in = ahead;
}

// Walks over a composite type and notes what it is.
static void scan_comptype(struct printer *pr, struct reader *in, struct printed_type *out)
{
    out->kind = reader_u8(in);
    buf_clear(&pr->line);
    switch (out->kind) {
    case 0x60:
        out->params = reader_leb_u32(in);
        out->at = *in;
        for (uint32_t n = out->params; n && !reader_failed(in); n--) print_valtype(pr, in, &pr->line);
        out->results = reader_leb_u32(in);
        for (uint32_t n = out->results; n && !reader_failed(in); n--) print_valtype(pr, in, &pr->line);
        break;
    case 0x5f:
        out->params = reader_leb_u32(in);
        out->at = *in;
        for (uint32_t n = out->params; n && !reader_failed(in); n--) {
            print_valtype(pr, in, &pr->line);
            reader_u8(in);
        }
        break;
    case 0x5e:
        out->at = *in;
        print_valtype(pr, in, &pr->line);
        reader_u8(in);
        break;
    default: in->ran_out = true;
    }
}

static void scan_subtype(struct printer *pr, struct reader *in, struct printed_type *out)
{
    if (reader_peek(in) == 0x50 || reader_peek(in) == 0x4f) {
        reader_u8(in);
        for (uint32_t n = reader_leb_u32(in); n && !reader_failed(in); n--) reader_leb_u32(in);
    }
    scan_comptype(pr, in, out);
}

hf_code scan_types(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_TYPE];
    size_t cap = 0;
    uint32_t count = 0;
    for (uint32_t groups = pr->counts[SECTION_TYPE]; groups; groups--) {
        uint32_t members = 1;
        if (reader_peek(&in) == 0x4e) {
            reader_u8(&in);
            members = reader_leb_u32(&in);
        }
        for (; members && !reader_failed(&in); members--) {
            struct printed_type *types =
                arena_grow(&pr->arena, pr->types, &cap, count, (size_t)count + 1, sizeof *types);
            if (!types) return HF_OUT_OF_MEMORY;
            pr->types = types;
            types[count] = (struct printed_type){ 0 };
            scan_subtype(pr, &in, &types[count]);
            count++;
        }
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed type section");
    }
    pr->spaces[SPACE_TYPE] = count;
    return HF_OK;
}

static void put_subtype(struct printer *pr, struct reader *in, uint32_t index)
{
    print_line(pr);
    buf_str(pr->out, "(type");
    print_definition(pr, SPACE_TYPE, index);
    const uint8_t sub = reader_peek(in);
    const bool is_sub = sub == 0x50 || sub == 0x4f;
    if (is_sub) {
        reader_u8(in);
        buf_str(pr->out, sub == 0x4f ? " (sub final" : " (sub");
        for (uint32_t n = reader_leb_u32(in); n && !reader_failed(in); n--) {
            buf_u8(pr->out, ' ');
            print_index(pr, SPACE_TYPE, reader_leb_u32(in), pr->out);
        }
    }
    struct printed_type again;
    struct reader body = *in;
    scan_comptype(pr, in, &again);
    const struct printed_type *type = &pr->types[index];
    switch (reader_u8(&body)) {
    case 0x60:
        buf_str(pr->out, " (func");
        print_signature(pr, type, pr->out);
        break;
    case 0x5f:
        buf_str(pr->out, " (struct");
        body = type->at;
        for (uint32_t i = 0; i < type->params && !reader_failed(&body); i++) {
            buf_str(pr->out, " (field");
            if (type->fields) print_name(pr->out, &type->fields[i]);
            buf_u8(pr->out, ' ');
            print_fieldtype(pr, &body);
            buf_u8(pr->out, ')');
        }
        break;
    default: buf_str(pr->out, " (array "); print_fieldtype(pr, &body);
    }
    buf_str(pr->out, is_sub ? ")))" : "))");
}

void print_type_section(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_TYPE];
    uint32_t index = 0;
    for (uint32_t groups = pr->counts[SECTION_TYPE]; groups && !reader_failed(&in); groups--) {
        if (reader_peek(&in) != 0x4e) {
            put_subtype(pr, &in, index++);
            continue;
        }
        reader_u8(&in);
        print_line(pr);
        buf_str(pr->out, "(rec");
        pr->indent++;
        for (uint32_t members = reader_leb_u32(&in); members && !reader_failed(&in); members--)
            put_subtype(pr, &in, index++);
        pr->indent--;
        buf_u8(pr->out, ')');
    }
}

// --- external types ----------------------------------------------------------------------------------------

// Limits, from their flags on: " i64 1 2 shared (pagesize 1)".
void print_limits(struct reader *in, struct buf *out)
{
    const uint8_t flags = reader_u8(in);
    if (flags > 0xf) in->ran_out = true;
    const uint64_t min = reader_leb_u64(in);
    if (flags & 4) buf_str(out, " i64");
    buf_printf(out, " %llu", (unsigned long long)min);
    if (flags & 1) buf_printf(out, " %llu", (unsigned long long)reader_leb_u64(in));
    if (flags & 2) buf_str(out, " shared");
    if (flags & 8) {
        const uint32_t log2 = reader_leb_u32(in);
        if (log2 > 63)
            in->ran_out = true;
        else
            buf_printf(out, " (pagesize %llu)", 1ull << log2);
    }
}

void print_tabletype(struct printer *pr, struct reader *in)
{
    buf_clear(&pr->line);
    print_reftype(pr, in, &pr->line);
    print_limits(in, pr->out);
    buf_u8(pr->out, ' ');
    buf_put(pr->out, pr->line.data, pr->line.size);
}
