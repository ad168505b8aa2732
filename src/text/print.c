// Modules: bytes to text. The sections are found first, with what is needed to speak of them: types, index spaces, names.
#include "text/text.h"

#include <string.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "text/printer.h"

enum { LOCALS_PER_BYTE = 16 };

// --- pieces ------------------------------------------------------------------------------------------------

hf_code print_fail(struct printer *pr, const struct reader *in, const char *what)
{
    const char *why = in->bad_leb ? in->bad_leb : what;
    const uint64_t offset = in->at && pr->bytes ? (uint64_t)(in->at - pr->bytes) : NO_OFFSET;
    return fail_at(pr->status, HF_MALFORMED, offset, "%s", why);
}

void print_line(struct printer *pr)
{
    buf_u8(pr->out, '\n');
    for (unsigned i = 0; i < pr->indent; i++) buf_str(pr->out, "  ");
}

void print_string(struct buf *out, hf_str str, bool text)
{
    buf_u8(out, '"');
    for (size_t i = 0; i < str.size; i++) {
        const uint8_t c = (uint8_t)str.data[i];
        if (c == '"' || c == '\\') {
            buf_u8(out, '\\');
            buf_u8(out, c);
        } else if ((c >= 0x20 && c < 0x7f) || (text && c >= 0x80)) {
            buf_u8(out, c);
        } else {
            buf_printf(out, "\\%02x", c);
        }
    }
    buf_u8(out, '"');
}

static bool is_idchar(uint8_t c)
{
    return c > 0x20 && c < 0x7f && !strchr("\"(),;[]{}", c);
}

void print_id(struct buf *out, hf_str name)
{
    bool plain = true;
    for (size_t i = 0; i < name.size && plain; i++) plain = is_idchar((uint8_t)name.data[i]);
    buf_u8(out, '$');
    if (plain)
        buf_put(out, name.data, name.size);
    else
        print_string(out, name, true);
}

void print_index(struct printer *pr, enum space space, uint32_t index, struct buf *out)
{
    if (pr->names[space] && index < pr->spaces[space] && pr->names[space][index].is_id)
        print_id(out, pr->names[space][index].name);
    else
        buf_printf(out, "%u", index);
}

void print_name(struct buf *out, const struct printed_name *name)
{
    if (name->is_id) {
        buf_u8(out, ' ');
        print_id(out, name->name);
    } else if (name->name.data) {
        buf_str(out, " (@name ");
        print_string(out, name->name, true);
        buf_u8(out, ')');
    }
}

void print_definition(struct printer *pr, enum space space, uint32_t index)
{
    if (pr->names[space]) print_name(pr->out, &pr->names[space][index]);
    buf_printf(pr->out, " (;%u;)", index);
}

// Walks over an import's type.
static void scan_externtype(struct printer *pr, struct reader *in, uint8_t kind, uint32_t *type)
{
    struct buf *out = pr->out;
    buf_clear(&pr->line);
    pr->out = &pr->line;
    switch (kind) {
    case 0: *type = reader_leb_u32(in); break;
    case 1:
        print_reftype(pr, in, &pr->line);
        print_limits(in, &pr->line);
        break;
    case 2: print_limits(in, &pr->line); break;
    case 3:
        print_valtype(pr, in, &pr->line);
        reader_u8(in);
        break;
    case 4:
        reader_u8(in);
        *type = reader_leb_u32(in);
        break;
    default: in->ran_out = true;
    }
    pr->out = out;
}

static hf_str read_name(struct reader *in)
{
    const uint32_t size = reader_leb_u32(in);
    const uint8_t *data = reader_bytes(in, size);
    if (data && !utf8_valid(data, size)) {
        in->bad_leb = "malformed UTF-8 encoding";
        data = NULL;
    }
    return (hf_str){ (const char *)data, data ? size : 0 };
}

static const enum space kind_spaces[] = { SPACE_FUNC, SPACE_TABLE, SPACE_MEMORY, SPACE_GLOBAL, SPACE_TAG };
static const char *const kind_words[] = { "func", "table", "memory", "global", "tag" };

// Sizes of the index spaces, and the types of functions and tags.
static hf_code scan_spaces(struct printer *pr)
{
    const uint64_t funcs = (uint64_t)pr->counts[SECTION_IMPORT] + pr->counts[SECTION_FUNC];
    const uint64_t tags = (uint64_t)pr->counts[SECTION_IMPORT] + pr->counts[SECTION_TAG];
    pr->func_types = ARENA_ARRAY(&pr->arena, uint32_t, funcs);
    pr->tag_types = ARENA_ARRAY(&pr->arena, uint32_t, tags);
    if ((!pr->func_types && funcs) || (!pr->tag_types && tags)) return HF_OUT_OF_MEMORY;
    struct reader in = pr->sections[SECTION_IMPORT];
    for (uint32_t n = pr->counts[SECTION_IMPORT]; n; n--) {
        read_name(&in);
        read_name(&in);
        const uint8_t kind = reader_u8(&in);
        uint32_t type = 0;
        scan_externtype(pr, &in, kind, &type);
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed import section");
        const enum space space = kind_spaces[kind];
        if (space == SPACE_FUNC) pr->func_types[pr->spaces[space]] = type;
        if (space == SPACE_TAG) pr->tag_types[pr->spaces[space]] = type;
        pr->spaces[space]++;
    }
    memcpy(pr->imported, pr->spaces, sizeof pr->imported);
    in = pr->sections[SECTION_FUNC];
    for (uint32_t n = pr->counts[SECTION_FUNC]; n; n--) pr->func_types[pr->spaces[SPACE_FUNC]++] = reader_leb_u32(&in);
    if (reader_failed(&in)) return print_fail(pr, &in, "malformed function section");
    in = pr->sections[SECTION_TAG];
    for (uint32_t n = pr->counts[SECTION_TAG]; n; n--) {
        reader_u8(&in);
        pr->tag_types[pr->spaces[SPACE_TAG]++] = reader_leb_u32(&in);
    }
    if (reader_failed(&in)) return print_fail(pr, &in, "malformed tag section");
    pr->spaces[SPACE_TABLE] += pr->counts[SECTION_TABLE];
    pr->spaces[SPACE_MEMORY] += pr->counts[SECTION_MEMORY];
    pr->spaces[SPACE_GLOBAL] += pr->counts[SECTION_GLOBAL];
    pr->spaces[SPACE_ELEM] = pr->counts[SECTION_ELEM];
    pr->spaces[SPACE_DATA] = pr->counts[SECTION_DATA];
    if (pr->counts[SECTION_FUNC] != pr->counts[SECTION_CODE])
        return fail(pr->status, HF_MALFORMED, "function and code section have inconsistent lengths");
    return HF_OK;
}

// --- sections ----------------------------------------------------------------------------------------------

static hf_code put_imports(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_IMPORT];
    uint32_t seen[SPACE_COUNT] = { 0 };
    for (uint32_t n = pr->counts[SECTION_IMPORT]; n; n--) {
        const hf_str module = read_name(&in);
        const hf_str name = read_name(&in);
        const uint8_t kind = reader_u8(&in);
        const enum space space = kind_spaces[kind];
        print_line(pr);
        buf_str(pr->out, "(import ");
        print_string(pr->out, module, true);
        buf_u8(pr->out, ' ');
        print_string(pr->out, name, true);
        buf_printf(pr->out, " (%s", kind_words[kind]);
        print_definition(pr, space, seen[space]++);
        if (space == SPACE_TAG) reader_u8(&in); // an attribute
        switch (space) {
        case SPACE_TAG:
        case SPACE_FUNC: print_typeuse(pr, reader_leb_u32(&in), pr->out); break;
        case SPACE_TABLE: print_tabletype(pr, &in); break;
        case SPACE_MEMORY: print_limits(&in, pr->out); break;
        default: buf_u8(pr->out, ' '); print_fieldtype(pr, &in);
        }
        buf_str(pr->out, "))");
    }
    return HF_OK; // scan_spaces has read it once
}

hf_code print_expr(struct printer *pr, struct reader *in, struct buf *out)
{
    pr->open_count = 0;
    pr->labels_seen = 0;
    pr->labels = NULL;
    pr->locals = NULL;
    for (bool first = true;; first = false) {
        const struct reader from = *in;
        buf_clear(&pr->line);
        const enum opcode op = print_instr(pr, in, &pr->line);
        if (op == OP_NONE) return print_fail(pr, &from, "malformed constant expression");
        if (op == OP_END && !pr->open_count) return pr->line.failed || out->failed ? HF_OUT_OF_MEMORY : HF_OK;
        if (op == OP_END) pr->open_count--;
        if (!first) buf_u8(out, ' ');
        buf_put(out, pr->line.data, pr->line.size);
    }
}

static hf_code put_tables(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_TABLE];
    for (uint32_t i = 0; i < pr->counts[SECTION_TABLE]; i++) {
        print_line(pr);
        buf_str(pr->out, "(table");
        print_definition(pr, SPACE_TABLE, pr->imported[SPACE_TABLE] + i);
        const bool init = reader_peek(&in) == 0x40;
        if (init) {
            reader_u8(&in);
            if (reader_u8(&in) != 0) in.ran_out = true;
        }
        print_tabletype(pr, &in);
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed table section");
        if (init) {
            buf_u8(pr->out, ' ');
            TRY(print_expr(pr, &in, pr->out));
        }
        buf_u8(pr->out, ')');
    }
    return HF_OK;
}

static hf_code put_memories(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_MEMORY];
    for (uint32_t i = 0; i < pr->counts[SECTION_MEMORY]; i++) {
        print_line(pr);
        buf_str(pr->out, "(memory");
        print_definition(pr, SPACE_MEMORY, pr->imported[SPACE_MEMORY] + i);
        print_limits(&in, pr->out);
        buf_u8(pr->out, ')');
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed memory section");
    }
    return HF_OK;
}

static hf_code put_tags(struct printer *pr)
{
    for (uint32_t i = pr->imported[SPACE_TAG]; i < pr->spaces[SPACE_TAG]; i++) {
        print_line(pr);
        buf_str(pr->out, "(tag");
        print_definition(pr, SPACE_TAG, i);
        print_typeuse(pr, pr->tag_types[i], pr->out);
        buf_u8(pr->out, ')');
    }
    return HF_OK;
}

static hf_code put_globals(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_GLOBAL];
    for (uint32_t i = 0; i < pr->counts[SECTION_GLOBAL]; i++) {
        print_line(pr);
        buf_str(pr->out, "(global");
        print_definition(pr, SPACE_GLOBAL, pr->imported[SPACE_GLOBAL] + i);
        buf_u8(pr->out, ' ');
        print_fieldtype(pr, &in);
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed global section");
        buf_u8(pr->out, ' ');
        TRY(print_expr(pr, &in, pr->out));
        buf_u8(pr->out, ')');
    }
    return HF_OK;
}

static hf_code put_exports(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_EXPORT];
    for (uint32_t n = pr->counts[SECTION_EXPORT]; n; n--) {
        const hf_str name = read_name(&in);
        const uint8_t kind = reader_u8(&in);
        const uint32_t index = reader_leb_u32(&in);
        if (reader_failed(&in) || kind > 4) return print_fail(pr, &in, "malformed export section");
        print_line(pr);
        buf_str(pr->out, "(export ");
        print_string(pr->out, name, true);
        buf_printf(pr->out, " (%s ", kind_words[kind]);
        print_index(pr, kind_spaces[kind], index, pr->out);
        buf_str(pr->out, "))");
    }
    return HF_OK;
}

static hf_code put_elems(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_ELEM];
    for (uint32_t i = 0; i < pr->counts[SECTION_ELEM]; i++) {
        print_line(pr);
        buf_str(pr->out, "(elem");
        print_definition(pr, SPACE_ELEM, i);
        const uint32_t flags = reader_leb_u32(&in);
        if (flags > 7) return print_fail(pr, &in, "malformed elements segment kind");
        const bool active = !(flags & 1), exprs = flags & 4;
        if (active) {
            const uint32_t table = flags & 2 ? reader_leb_u32(&in) : 0;
            if (table) {
                buf_str(pr->out, " (table ");
                print_index(pr, SPACE_TABLE, table, pr->out);
                buf_u8(pr->out, ')');
            }
            buf_str(pr->out, " (offset ");
            TRY(print_expr(pr, &in, pr->out));
            buf_u8(pr->out, ')');
        } else if (flags & 2) {
            buf_str(pr->out, " declare");
        }
        buf_u8(pr->out, ' ');
        if (!(flags & 3)) {
            buf_str(pr->out, exprs ? "funcref" : "func");
        } else if (exprs) {
            print_reftype(pr, &in, pr->out);
        } else {
            if (reader_u8(&in) != 0) in.ran_out = true;
            buf_str(pr->out, "func");
        }
        const size_t contents = pr->out->size;
        const uint32_t count = reader_leb_u32(&in);
        for (uint32_t n = count; n && !reader_failed(&in); n--) {
            buf_u8(pr->out, ' ');
            if (exprs) {
                buf_str(pr->out, "(item ");
                TRY(print_expr(pr, &in, pr->out));
                buf_u8(pr->out, ')');
            } else {
                print_index(pr, SPACE_FUNC, reader_leb_u32(&in), pr->out);
            }
        }
        if (pr->skeleton) {
            pr->out->size = contents;
            buf_printf(pr->out, " (; %u elements ;)", count);
        }
        buf_u8(pr->out, ')');
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed element section");
    }
    return HF_OK;
}

static hf_code put_datas(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_DATA];
    for (uint32_t i = 0; i < pr->counts[SECTION_DATA]; i++) {
        print_line(pr);
        buf_str(pr->out, "(data");
        print_definition(pr, SPACE_DATA, i);
        const uint32_t flags = reader_leb_u32(&in);
        if (flags > 2) return print_fail(pr, &in, "malformed data segment kind");
        if (flags != 1) {
            const uint32_t memory = flags == 2 ? reader_leb_u32(&in) : 0;
            if (memory) {
                buf_str(pr->out, " (memory ");
                print_index(pr, SPACE_MEMORY, memory, pr->out);
                buf_u8(pr->out, ')');
            }
            buf_str(pr->out, " (offset ");
            TRY(print_expr(pr, &in, pr->out));
            buf_u8(pr->out, ')');
        }
        const uint32_t size = reader_leb_u32(&in);
        const uint8_t *data = reader_bytes(&in, size);
        if (reader_failed(&in)) return print_fail(pr, &in, "malformed data section");
        buf_u8(pr->out, ' ');
        if (pr->skeleton)
            buf_printf(pr->out, "(; %u bytes ;)", size);
        else
            print_string(pr->out, (hf_str){ (const char *)data, size }, false);
        buf_u8(pr->out, ')');
    }
    return HF_OK;
}

// (param …) with names, one by one
static void put_params(struct printer *pr, const struct printed_type *type)
{
    struct reader in = type->at;
    for (uint32_t i = 0; i < type->params && !reader_failed(&in); i++) {
        buf_str(pr->out, " (param");
        print_name(pr->out, &pr->locals[i]);
        buf_u8(pr->out, ' ');
        print_valtype(pr, &in, pr->out);
        buf_u8(pr->out, ')');
    }
    reader_leb_u32(&in);
    print_types(pr, "result", &in, type->results, pr->out);
}

static void put_locals(struct printer *pr, struct reader *in, uint32_t params)
{
    uint32_t index = params;
    for (uint32_t runs = reader_leb_u32(in); runs && !reader_failed(in); runs--) {
        const uint32_t count = reader_leb_u32(in);
        buf_clear(&pr->line);
        print_valtype(pr, in, &pr->line);
        bool open = false;
        for (uint32_t i = 0; i < count && !pr->out->failed; i++, index++) {
            const bool named = pr->locals && pr->locals[index].name.data;
            if (named && open) buf_u8(pr->out, ')');
            if (named || !open) {
                print_line(pr);
                buf_str(pr->out, "(local");
            }
            if (named) print_name(pr->out, &pr->locals[index]);
            buf_u8(pr->out, ' ');
            buf_put(pr->out, pr->line.data, pr->line.size);
            if (named) buf_u8(pr->out, ')');
            open = !named;
        }
        if (open) buf_u8(pr->out, ')');
    }
}

// How many locals a body declares; walks over their types.
static uint64_t count_locals(struct printer *pr, struct reader in)
{
    uint64_t count = 0;
    for (uint32_t runs = reader_leb_u32(&in); runs && !reader_failed(&in); runs--) {
        count += reader_leb_u32(&in);
        buf_clear(&pr->line);
        print_valtype(pr, &in, &pr->line);
    }
    return count;
}

static hf_code put_func(struct printer *pr, uint32_t index, struct reader *in)
{
    const uint32_t type_index = pr->func_types[index];
    const struct printed_type *type = type_index < pr->spaces[SPACE_TYPE] ? &pr->types[type_index] : NULL;
    if (type && type->kind != 0x60) type = NULL;
    const uint32_t params = type ? type->params : 0;
    pr->func_results = type ? type->results : 0;

    // A few bytes may declare millions of locals, each of which is a word of the text.
    const uint64_t locals = count_locals(pr, *in);
    pr->locals_printed += locals + params + pr->func_results;
    if (pr->locals_printed > LOCALS_PER_BYTE * (uint64_t)(in->end - pr->bytes) + 1000000 ||
        locals + params > UINT32_MAX)
        return fail(pr->status, HF_LIMIT, "function %u declares too many locals to print", index);
    pr->local_count = (uint32_t)(locals + params);
    TRY(inner_names(pr, NAMES_LOCAL, index, pr->local_count, &pr->local_at, &pr->locals));
    pr->label_names = (uint32_t)reader_left(in);
    TRY(inner_names(pr, NAMES_LABEL, index, pr->label_names, &pr->label_at, &pr->labels));

    print_line(pr);
    buf_str(pr->out, "(func");
    print_definition(pr, SPACE_FUNC, index);
    if (pr->locals && type) {
        buf_str(pr->out, " (type ");
        print_index(pr, SPACE_TYPE, type_index, pr->out);
        buf_u8(pr->out, ')');
        put_params(pr, type);
    } else {
        print_typeuse(pr, type_index, pr->out);
    }
    if (pr->skeleton) {
        buf_printf(pr->out, " (; %zu bytes ;))", reader_left(in));
        return pr->out->failed ? HF_OUT_OF_MEMORY : HF_OK;
    }
    pr->indent++;
    put_locals(pr, in, params);
    if (reader_failed(in)) return print_fail(pr, in, "malformed locals");
    TRY(print_body(pr, in, index));
    pr->indent--;
    buf_u8(pr->out, ')');
    return pr->out->failed ? HF_OUT_OF_MEMORY : HF_OK;
}

static hf_code put_code(struct printer *pr)
{
    struct reader in = pr->sections[SECTION_CODE];
    for (uint32_t i = 0; i < pr->counts[SECTION_CODE]; i++) {
        const uint32_t size = reader_leb_u32(&in);
        const uint8_t *data = reader_bytes(&in, size);
        if (!data) return print_fail(pr, &in, "unexpected end of the code section");
        struct reader body = reader_of(data, size);
        TRY(put_func(pr, pr->imported[SPACE_FUNC] + i, &body));
    }
    pr->locals = pr->labels = NULL;
    return HF_OK;
}

static void put_customs_text(struct printer *pr)
{
    for (size_t i = 0; i < pr->custom_count; i++) {
        const struct custom_span *c = &pr->customs[i];
        if (c == pr->name_section || c == pr->hint_section) continue;
        print_line(pr);
        buf_str(pr->out, "(@custom ");
        print_string(pr->out, c->name, true);
        if (!c->behind_names) {
            // The assembler writes a data count only where it is needed.
            const bool no_count = c->after == SECTION_DATACOUNT && !pr->uses_data;
            const enum section after = no_count ? c->before_count : c->after;
            if (after == SECTION_FIRST)
                buf_str(pr->out, " (before first)");
            else
                buf_printf(pr->out, " (after %s)", section_names[after]);
        }
        buf_u8(pr->out, ' ');
        print_string(pr->out, (hf_str){ (const char *)c->data, c->size }, false);
        buf_u8(pr->out, ')');
    }
}

// --- the module --------------------------------------------------------------------------------------------

static enum section section_of(uint8_t id)
{
    for (unsigned s = SECTION_TYPE; s < SECTION_LAST; s++) {
        if (section_ids[s] == id) return (enum section)s;
    }
    return SECTION_FIRST;
}

static hf_code find_sections(struct printer *pr, struct reader in)
{
    if (reader_u32le(&in) != 0x6d736100 || in.ran_out) return print_fail(pr, &in, "magic header not detected");
    if (reader_u32le(&in) != 1 || in.ran_out) return print_fail(pr, &in, "unknown binary version");
    enum section last = SECTION_FIRST;
    enum section written = SECTION_FIRST, before_count = SECTION_FIRST; // of those that the text will give again
    while (in.at != in.end) {
        const struct reader from = in;
        const uint8_t id = reader_u8(&in);
        const uint32_t size = reader_leb_u32(&in);
        const uint8_t *data = reader_bytes(&in, size);
        if (!data) return print_fail(pr, &in, "unexpected end");
        struct reader bytes = reader_of(data, size);
        if (id == 0) {
            const hf_str name = read_name(&bytes);
            if (reader_failed(&bytes)) return print_fail(pr, &bytes, "malformed custom section");
            struct custom_span *customs = arena_grow(&pr->arena, pr->customs, &pr->custom_cap, pr->custom_count,
                                                     pr->custom_count + 1, sizeof *customs);
            if (!customs) return HF_OUT_OF_MEMORY;
            pr->customs = customs;
            customs[pr->custom_count++] = (struct custom_span){
                .name = name,
                .data = bytes.at,
                .size = reader_left(&bytes),
                .after = written,
                .before_count = before_count,
            };
            continue;
        }
        const enum section section = section_of(id);
        if (section == SECTION_FIRST) return print_fail(pr, &from, "malformed section id");
        if (section <= last) return print_fail(pr, &from, "unexpected content after last section");
        last = section;
        // What a section holds takes a byte each at least.
        const uint32_t count = reader_leb_u32(&bytes);
        const bool is_vector = section != SECTION_START && section != SECTION_DATACOUNT;
        if (reader_failed(&bytes) || (is_vector && count > reader_left(&bytes)))
            return print_fail(pr, &bytes, "length out of bounds");
        if (section == SECTION_DATACOUNT) before_count = written;
        if (count || !is_vector) written = section;
        pr->sections[section] = bytes;
        pr->counts[section] = count;
    }
    return HF_OK;
}

static hf_code print_module(struct printer *pr)
{
    TRY(scan_types(pr));
    TRY(scan_spaces(pr));
    TRY(read_names(pr));
    TRY(read_hints(pr));
    buf_str(pr->out, "(module");
    if (pr->module_name.size) {
        buf_u8(pr->out, ' ');
        print_id(pr->out, pr->module_name);
    } else if (pr->module_name.data) {
        buf_str(pr->out, " (@name \"\")");
    }
    pr->indent = 1;
    print_type_section(pr);
    TRY(put_imports(pr));
    TRY(put_tables(pr));
    TRY(put_memories(pr));
    TRY(put_tags(pr));
    TRY(put_globals(pr));
    TRY(put_exports(pr));
    if (pr->sections[SECTION_START].start) {
        print_line(pr);
        buf_str(pr->out, "(start ");
        print_index(pr, SPACE_FUNC, pr->counts[SECTION_START], pr->out);
        buf_u8(pr->out, ')');
    }
    TRY(put_elems(pr));
    TRY(put_code(pr));
    TRY(put_datas(pr));
    put_customs_text(pr);
    buf_str(pr->out, ")\n");
    return pr->out->failed || pr->line.failed ? HF_OUT_OF_MEMORY : HF_OK;
}

hf_code text_print(const uint8_t *bytes, size_t size, unsigned flags, struct buf *out, hf_status *status)
{
    const size_t at = out->size;
    struct printer pr = {
        .out = out,
        .status = status,
        .bytes = bytes,
        .heap = out->heap,
        .folded = flags & TEXT_FOLDED,
        .offsets = flags & TEXT_OFFSETS,
        .skeleton = flags & TEXT_SKELETON,
    };
    arena_init(&pr.arena, out->heap);
    buf_init(&pr.line, out->heap);
    hf_code code = find_sections(&pr, reader_of(bytes, size));
    if (code == HF_OK) code = print_module(&pr);
    if (code == HF_OUT_OF_MEMORY) fail_oom(status);
    if (code != HF_OK) {
        out->size = at;
        out->failed = false;
    }
    mem_free(pr.heap, pr.open, pr.open_cap * sizeof *pr.open);
    print_free_nodes(&pr);
    buf_fini(&pr.line);
    arena_fini(&pr.arena);
    return code;
}

hf_code text_print_instr(struct reader *in, enum opcode *op, struct buf *out, hf_status *status)
{
    struct printer pr = { .out = out, .status = status, .heap = out->heap };
    const struct reader from = *in;
    const enum opcode found = print_instr(&pr, in, out);
    mem_free(pr.heap, pr.open, pr.open_cap * sizeof *pr.open);
    if (out->failed) return fail_oom(status);
    if (found == OP_NONE) {
        const uint64_t offset = reader_offset(&from);
        *in = from;
        return fail_at(status, HF_MALFORMED, offset, "malformed instruction");
    }
    *op = found;
    return HF_OK;
}
