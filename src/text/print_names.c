// Names and branch hints for the printer. A section is printed as names or hints only if assembling them gives the same
// section back; else it is printed as the custom section that it is.
#include <string.h>

#include "base/utf8.h"
#include "text/printer.h"

static bool read_str(struct reader *in, hf_str *out)
{
    const uint32_t size = reader_leb_u32(in);
    const uint8_t *data = reader_bytes(in, size);
    if (!data || !utf8_valid(data, size)) return false;
    *out = (hf_str){ (const char *)data, size };
    return true;
}

// A vector of indices, growing, each below `limit`, and names.
static bool check_map(struct reader *in, uint64_t limit)
{
    uint64_t least = 0;
    for (uint32_t n = reader_leb_u32(in); n; n--) {
        const uint64_t index = reader_leb_u32(in);
        hf_str name;
        if (index < least || index >= limit || !read_str(in, &name) || reader_failed(in)) return false;
        least = index + 1;
    }
    return !reader_failed(in);
}

hf_code choose_ids(struct printer *pr, struct printed_name *names, uint32_t count)
{
    struct map seen;
    map_init(&seen, pr->heap, (uint64_t)(uintptr_t)pr ^ (uint64_t)(uintptr_t)names);
    for (uint32_t i = 0; i < count; i++) {
        if (!names[i].name.size) continue;
        const enum map_put put = map_put(&seen, names[i].name.data, names[i].name.size, i);
        if (put == MAP_NO_MEMORY) {
            map_fini(&seen);
            return HF_OUT_OF_MEMORY;
        }
        names[i].is_id = put == MAP_ADDED;
        if (put == MAP_EXISTS) names[*map_get(&seen, names[i].name.data, names[i].name.size)].is_id = false;
    }
    map_fini(&seen);
    return HF_OK;
}

// The names of a map that check_map accepted.
static hf_code fill(struct printer *pr, struct reader in, uint32_t count, struct printed_name **out)
{
    struct printed_name *names = ARENA_ARRAY(&pr->arena, struct printed_name, count);
    if (!names && count) return HF_OUT_OF_MEMORY;
    for (uint32_t n = reader_leb_u32(&in); n; n--) {
        const uint32_t index = reader_leb_u32(&in);
        hf_str name;
        if (!read_str(&in, &name)) break;
        if (index < count) names[index].name = name;
    }
    *out = names;
    return choose_ids(pr, names, count);
}

// subsection id → list of the assembler
static const struct {
    uint8_t list;
    bool indirect;
} subsections[] = {
    [1] = { SPACE_FUNC, false },   [2] = { NAMES_LOCAL, true },  [3] = { NAMES_LABEL, true },
    [4] = { SPACE_TYPE, false },   [5] = { SPACE_TABLE, false }, [6] = { SPACE_MEMORY, false },
    [7] = { SPACE_GLOBAL, false }, [8] = { SPACE_ELEM, false },  [9] = { SPACE_DATA, false },
    [10] = { NAMES_FIELD, true },  [11] = { SPACE_TAG, false },
};

static hf_code indirect(struct printer *pr, unsigned list, struct reader in, bool *ok)
{
    const uint32_t count = reader_leb_u32(&in);
    const uint32_t limit = list == NAMES_FIELD ? pr->spaces[SPACE_TYPE] : pr->spaces[SPACE_FUNC];
    *ok = count <= reader_left(&in);
    if (!*ok) return HF_OK;
    struct name_span *spans = ARENA_ARRAY(&pr->arena, struct name_span, count);
    if (!spans && count) return HF_OUT_OF_MEMORY;
    uint64_t least = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t outer = reader_leb_u32(&in);
        struct reader map = in;
        uint64_t names = UINT32_MAX;
        if (list == NAMES_FIELD && outer < limit) names = pr->types[outer].kind == 0x5f ? pr->types[outer].params : 0;
        *ok = outer >= least && outer < limit && check_map(&in, names);
        if (!*ok) return HF_OK;
        least = (uint64_t)outer + 1;
        map.end = in.at;
        spans[i] = (struct name_span){ outer, map };
    }
    *ok = in.at == in.end && !reader_failed(&in);
    pr->indirect[list - NAMES_LOCAL] = spans;
    pr->indirect_count[list - NAMES_LOCAL] = count;
    return HF_OK;
}

static hf_code subsection(struct printer *pr, unsigned id, struct reader in, bool *ok)
{
    if (id == 0) {
        *ok = read_str(&in, &pr->module_name) && in.at == in.end;
        return HF_OK;
    }
    *ok = id < sizeof subsections / sizeof *subsections;
    if (!*ok) return HF_OK;
    const unsigned list = subsections[id].list;
    if (subsections[id].indirect) return indirect(pr, list, in, ok);
    struct reader check = in;
    *ok = check_map(&check, pr->spaces[list]) && check.at == check.end;
    return *ok ? fill(pr, in, pr->spaces[list], &pr->names[list]) : HF_OK;
}

hf_code read_names(struct printer *pr)
{
    const struct custom_span *section = NULL;
    for (size_t i = 0; i < pr->custom_count; i++) {
        const struct custom_span *c = &pr->customs[i];
        if (c->name.size == 4 && memcmp(c->name.data, "name", 4) == 0) section = c;
    }
    if (!section) return HF_OK;
    struct reader in = reader_of(section->data, section->size);
    bool ok = true;
    int last = -1;
    while (ok && in.at != in.end) {
        const int id = reader_u8(&in);
        const uint32_t size = reader_leb_u32(&in);
        const uint8_t *data = reader_bytes(&in, size);
        ok = data && id > last;
        last = id;
        if (ok && subsection(pr, (unsigned)id, reader_of(data, size), &ok) != HF_OK) return HF_OUT_OF_MEMORY;
    }
    if (!ok) {
        memset(pr->names, 0, sizeof pr->names);
        memset(pr->indirect_count, 0, sizeof pr->indirect_count);
        pr->module_name = (hf_str){ NULL, 0 };
        return HF_OK;
    }
    pr->name_section = section;
    for (size_t i = 0; i < pr->custom_count; i++) pr->customs[i].behind_names = &pr->customs[i] > section;
    for (uint32_t i = 0; i < pr->indirect_count[2]; i++) {
        struct printed_type *type = &pr->types[pr->indirect[2][i].outer];
        if (fill(pr, pr->indirect[2][i].map, type->params, &type->fields) != HF_OK) return HF_OUT_OF_MEMORY;
    }
    return HF_OK;
}

hf_code inner_names(struct printer *pr, unsigned list, uint32_t outer, uint32_t count, uint32_t *at,
                    struct printed_name **out)
{
    const unsigned i = list - NAMES_LOCAL;
    *out = NULL;
    while (*at < pr->indirect_count[i] && pr->indirect[i][*at].outer < outer) ++*at;
    if (*at == pr->indirect_count[i] || pr->indirect[i][*at].outer != outer) return HF_OK;
    return fill(pr, pr->indirect[i][*at].map, count, out);
}

// --- branch hints ------------------------------------------------------------------------------------------

// Is the instruction at `offset` of each hinted function an `if` or `br_if`? Walks over the code section once.
static bool targets_fit(struct printer *pr)
{
    struct reader code = pr->sections[SECTION_CODE];
    struct buf sink;
    buf_init(&sink, pr->heap);
    size_t next = 0;
    bool ok = true;
    for (uint32_t i = 0; ok && next < pr->hint_count && i < pr->counts[SECTION_CODE]; i++) {
        const uint32_t size = reader_leb_u32(&code);
        const uint8_t *body = reader_bytes(&code, size);
        if (!body) break;
        const uint32_t func = pr->imported[SPACE_FUNC] + i;
        if (pr->hints[next].func != func) continue;
        struct reader in = reader_of(body, size);
        for (uint32_t runs = reader_leb_u32(&in); runs && !reader_failed(&in); runs--) {
            reader_leb_u32(&in);
            print_valtype(pr, &in, &sink);
        }
        while (ok && !reader_failed(&in) && in.at != in.end && next < pr->hint_count && pr->hints[next].func == func) {
            const uint64_t offset = reader_offset(&in);
            buf_clear(&sink);
            pr->open_count = 0;
            const enum opcode op = print_instr(pr, &in, &sink);
            if (op == OP_NONE) ok = false;
            if (offset != pr->hints[next].offset) continue;
            ok = ok && (op == OP_IF || op == OP_BR_IF);
            next++;
        }
    }
    buf_fini(&sink);
    pr->open_count = 0;
    pr->labels_seen = 0;
    return ok && next == pr->hint_count;
}

hf_code read_hints(struct printer *pr)
{
    const char *name = annot_name(ANNOT_BRANCH_HINT);
    const struct custom_span *section = NULL;
    for (size_t i = 0; i < pr->custom_count && !section; i++) {
        const struct custom_span *c = &pr->customs[i];
        if (c->name.size == strlen(name) && memcmp(c->name.data, name, c->name.size) == 0) section = c;
    }
    if (!section) return HF_OK;
    struct reader in = reader_of(section->data, section->size);
    struct printed_hint *hints = ARENA_ARRAY(&pr->arena, struct printed_hint, section->size / 3 + 1);
    if (!hints) return HF_OUT_OF_MEMORY;
    size_t count = 0;
    uint64_t least_func = 0;
    for (uint32_t funcs = reader_leb_u32(&in); funcs; funcs--) {
        const uint32_t func = reader_leb_u32(&in);
        uint64_t least = 0;
        uint32_t n = reader_leb_u32(&in);
        if (func < least_func || !n) return HF_OK;
        least_func = (uint64_t)func + 1;
        for (; n; n--) {
            const uint32_t offset = reader_leb_u32(&in);
            const uint32_t size = reader_leb_u32(&in);
            const uint8_t value = reader_u8(&in);
            if (reader_failed(&in) || offset < least || size != 1 || value > 1) return HF_OK;
            least = (uint64_t)offset + 1;
            hints[count++] = (struct printed_hint){ func, offset, value };
        }
    }
    if (reader_failed(&in) || in.at != in.end) return HF_OK;
    pr->hints = hints;
    pr->hint_count = count;
    if (targets_fit(pr))
        pr->hint_section = section;
    else
        pr->hint_count = 0;
    return HF_OK;
}
