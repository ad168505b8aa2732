#include "runtime/dwarf_line.h"

#include <string.h>

#include "base/reader.h"

enum { DW_LNCT_path = 1 };

enum dw_form {
    DW_FORM_data2 = 0x05,
    DW_FORM_data4 = 0x06,
    DW_FORM_data8 = 0x07,
    DW_FORM_string = 0x08,
    DW_FORM_block = 0x09,
    DW_FORM_data1 = 0x0b,
    DW_FORM_strp = 0x0e,
    DW_FORM_udata = 0x0f,
    DW_FORM_data16 = 0x1e,
    DW_FORM_line_strp = 0x1f,
};

enum {
    DW_LNS_copy = 1,
    DW_LNS_advance_pc = 2,
    DW_LNS_advance_line = 3,
    DW_LNS_set_file = 4,
    DW_LNS_set_column = 5,
    DW_LNS_const_add_pc = 8,
    DW_LNS_fixed_advance_pc = 9,
    DW_LNE_end_sequence = 1,
    DW_LNE_set_address = 2,
};

// The header of one line program. The readers stand at the beginning of what they name.
struct program {
    uint16_t version;
    bool wide; // 64-bit DWARF
    uint8_t min_length, line_range, opcode_base;
    int8_t line_base;
    const uint8_t *lengths; // of the standard opcodes, from 1
    struct reader tables;   // directories, then files
    struct reader code;
};

struct row {
    uint64_t address;
    uint64_t file;
    uint32_t line, column;
};

static uint16_t read_u16(struct reader *r)
{
    const uint8_t low = reader_u8(r);
    return (uint16_t)(low | reader_u8(r) << 8);
}

static uint64_t read_offset(struct reader *r, bool wide)
{
    return wide ? reader_u64le(r) : reader_u32le(r);
}

static hf_str string_at(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    return end ? (hf_str){ (const char *)data, (size_t)(end - data) } : (hf_str){ "", 0 };
}

static hf_str read_string(struct reader *r)
{
    const hf_str text = string_at(r->at, reader_left(r));
    reader_bytes(r, text.size + 1);
    return text;
}

static hf_str string_in(hf_bytes section, uint64_t offset)
{
    if (offset >= section.size) return (hf_str){ "", 0 };
    return string_at(section.data + offset, section.size - (size_t)offset);
}

// Takes a sub-range of `size` bytes.
static struct reader take(struct reader *r, uint64_t size)
{
    const size_t most = reader_left(r);
    const uint8_t *at = reader_bytes(r, size > most ? most + 1 : (size_t)size);
    return at ? reader_of(at, (size_t)size) : reader_of(NULL, 0);
}

// One line program: header read, tables and code set. False: the section ends here, or is not to be trusted.
static bool next_program(struct reader *section, struct program *out)
{
    uint64_t length = reader_u32le(section);
    out->wide = length == 0xffffffff;
    if (out->wide) length = reader_u64le(section);
    struct reader unit = take(section, length);
    if (section->ran_out || length == 0) return false;
    out->version = read_u16(&unit);
    if (out->version < 2 || out->version > 5) return false;
    if (out->version == 5) reader_bytes(&unit, 2); // address_size, segment_selector_size
    struct reader header = take(&unit, read_offset(&unit, out->wide));
    out->code = unit;
    out->min_length = reader_u8(&header);
    if (out->version >= 4) reader_u8(&header); // maximum_operations_per_instruction
    reader_u8(&header);                        // default_is_stmt
    out->line_base = (int8_t)reader_u8(&header);
    out->line_range = reader_u8(&header);
    out->opcode_base = reader_u8(&header);
    if (out->opcode_base == 0) return false;
    out->lengths = reader_bytes(&header, out->opcode_base - 1u);
    out->tables = header;
    return !unit.ran_out && !header.ran_out && out->line_range != 0;
}

// -- the state machine ("Line Number Program Instructions") --

struct machine {
    const struct program *program;
    struct row row;
    struct row last; // the row before, in this sequence
    bool has_last;
    uint64_t wanted;
};

static void reset(struct machine *m)
{
    m->row = (struct row){ .file = 1, .line = 1 };
    m->has_last = false;
}

// A row is appended to the matrix: does the one before it cover the wanted address?
static bool append(struct machine *m)
{
    const bool found = m->has_last && m->last.address <= m->wanted && m->wanted < m->row.address;
    if (!found) {
        m->last = m->row;
        m->has_last = true;
    }
    return found;
}

static bool extended(struct machine *m, struct reader *code)
{
    const uint64_t length = reader_leb_u64(code);
    struct reader args = take(code, length);
    if (code->ran_out || length == 0) return false;
    switch (reader_u8(&args)) {
    case DW_LNE_end_sequence: {
        const bool found = append(m);
        if (!found) reset(m);
        return found;
    }
    case DW_LNE_set_address: m->row.address = length - 1 >= 8 ? reader_u64le(&args) : reader_u32le(&args); return false;
    default: return false;
    }
}

static bool standard(struct machine *m, struct reader *code, uint8_t opcode)
{
    const struct program *p = m->program;
    switch (opcode) {
    case DW_LNS_copy: return append(m);
    case DW_LNS_advance_pc: m->row.address += reader_leb_u64(code) * p->min_length; return false;
    case DW_LNS_advance_line: m->row.line += (uint32_t)reader_leb_s64(code); return false;
    case DW_LNS_set_file: m->row.file = reader_leb_u64(code); return false;
    case DW_LNS_set_column: m->row.column = (uint32_t)reader_leb_u64(code); return false;
    case DW_LNS_const_add_pc:
        m->row.address += (uint64_t)((255 - p->opcode_base) / p->line_range) * p->min_length;
        return false;
    case DW_LNS_fixed_advance_pc: m->row.address += read_u16(code); return false;
    default:
        for (unsigned i = 0; i < p->lengths[opcode - 1]; i++) reader_leb_u64(code);
        return false;
    }
}

static bool run(const struct program *p, uint64_t wanted, struct row *out)
{
    struct machine m = { .program = p, .wanted = wanted };
    struct reader code = p->code;
    bool found = false;
    reset(&m);
    while (!found && reader_left(&code) && !reader_failed(&code)) {
        const uint8_t opcode = reader_u8(&code);
        if (opcode >= p->opcode_base) {
            const int adjusted = opcode - p->opcode_base;
            m.row.address += (uint64_t)(adjusted / p->line_range) * p->min_length;
            m.row.line += (uint32_t)(p->line_base + adjusted % p->line_range);
            found = append(&m);
        } else if (opcode == 0) {
            found = extended(&m, &code);
        } else {
            found = standard(&m, &code, opcode);
        }
    }
    *out = m.last;
    return found;
}

// -- the file tables --

// Versions 2 to 4: directories up to an empty string, then files counted from 1.
static hf_str file_before_5(struct reader tables, uint64_t index)
{
    while (!tables.ran_out && read_string(&tables).size) continue;
    for (uint64_t i = 1; !reader_failed(&tables); i++) {
        const hf_str name = read_string(&tables);
        if (name.size == 0) break;
        if (i == index) return name;
        for (int k = 0; k < 3; k++) reader_leb_u64(&tables); // directory, time, length
    }
    return (hf_str){ "", 0 };
}

static hf_str read_form(const struct dwarf_sections *s, struct reader *r, uint64_t form, bool wide)
{
    switch (form) {
    case DW_FORM_string: return read_string(r);
    case DW_FORM_line_strp: return string_in(s->line_str, read_offset(r, wide));
    case DW_FORM_strp: return string_in(s->str, read_offset(r, wide));
    case DW_FORM_udata: reader_leb_u64(r); break;
    case DW_FORM_data1: reader_bytes(r, 1); break;
    case DW_FORM_data2: reader_bytes(r, 2); break;
    case DW_FORM_data4: reader_bytes(r, 4); break;
    case DW_FORM_data8: reader_bytes(r, 8); break;
    case DW_FORM_data16: reader_bytes(r, 16); break;
    case DW_FORM_block: take(r, reader_leb_u64(r)); break;
    default: r->ran_out = true; break; // its size is unknown
    }
    return (hf_str){ "", 0 };
}

// Version 5: an entry format, a count, entries counted from 0. `index` UINT64_MAX: none, just read over them.
static hf_str entry_5(const struct dwarf_sections *s, struct reader *r, uint64_t index, bool wide)
{
    hf_str found = { "", 0 };
    const uint8_t formats = reader_u8(r);
    struct reader format = *r;
    for (unsigned i = 0; i < formats * 2u; i++) reader_leb_u64(r);
    const uint64_t count = reader_leb_u64(r);
    // Entries without bytes could be counted for ever: each must take at least one.
    for (uint64_t i = 0; i < count && !reader_failed(r); i++) {
        const uint8_t *before = r->at;
        struct reader f = format;
        for (unsigned k = 0; k < formats; k++) {
            const uint64_t content = reader_leb_u64(&f), form = reader_leb_u64(&f);
            const hf_str text = read_form(s, r, form, wide);
            if (i == index && content == DW_LNCT_path) found = text;
        }
        if (r->at == before || i == index) break;
    }
    return found;
}

static hf_str file_name(const struct dwarf_sections *s, const struct program *p, uint64_t index)
{
    struct reader tables = p->tables;
    if (p->version < 5) return file_before_5(tables, index);
    entry_5(s, &tables, UINT64_MAX, p->wide); // directories
    return entry_5(s, &tables, index, p->wide);
}

bool dwarf_find(const struct dwarf_sections *sections, uint64_t address, struct dwarf_place *out)
{
    if (!sections->line.size) return false;
    struct reader section = reader_of(sections->line.data, sections->line.size);
    struct program program;
    while (next_program(&section, &program)) {
        struct row row;
        if (!run(&program, address, &row)) continue;
        *out = (struct dwarf_place){ file_name(sections, &program, row.file), row.line, row.column };
        return true;
    }
    return false;
}
