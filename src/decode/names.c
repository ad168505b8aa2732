// The name section and branch hints (names.h). Every reader here stops quietly at what it cannot read.
#include "decode/names.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "decode/decode.h"
#include "decode/decoder.h"

static const char hints_name[] = "metadata.code.branch_hint";

const struct custom_section *module_custom(const struct hf_module *m, const char *name)
{
    const size_t size = strlen(name);
    for (uint32_t i = 0; i < m->custom_count; i++) {
        const hf_str *found = &m->customs[i].name;
        if (found->size == size && memcmp(found->data, name, size) == 0) return &m->customs[i];
    }
    return NULL;
}

static struct reader span_reader(const struct hf_module *m, struct span span)
{
    const uint8_t *at = m->bytes + span.at;
    return (struct reader){ m->bytes, at, at + span.size, false, NULL };
}

static hf_str read_name(struct reader *in)
{
    const uint32_t size = reader_leb_u32(in);
    const uint8_t *data = reader_failed(in) ? NULL : reader_bytes(in, size);
    if (!data || !utf8_valid(data, size)) {
        in->ran_out = true;
        return (hf_str){ NULL, 0 };
    }
    return (hf_str){ (const char *)data, size };
}

// Where the subsection lies; empty when there is none.
static struct reader subsection(const struct hf_module *m, enum name_map map)
{
    struct reader all = span_reader(m, m->names.section);
    while (reader_left(&all)) {
        const uint8_t id = reader_u8(&all);
        const uint32_t size = reader_leb_u32(&all);
        if (reader_failed(&all) || size > reader_left(&all)) break;
        struct reader in = all;
        in.end = all.at + size;
        if (id == (uint8_t)map) return in;
        all.at += size;
    }
    all.at = all.end;
    return all;
}

// A vector of which each item takes two bytes at least.
static struct name_reader vector(struct reader in)
{
    struct name_reader names = { in, 0 };
    if (reader_left(&names.in) == 0) return names;
    const uint32_t count = reader_leb_u32(&names.in);
    if (!reader_failed(&names.in) && count <= reader_left(&names.in) / 2) names.left = count;
    return names;
}

struct name_reader names_of(const struct hf_module *m, enum name_map map)
{
    return vector(subsection(m, map));
}

bool names_next(struct name_reader *names, uint32_t *index, hf_str *name)
{
    if (names->left == 0) return false;
    names->left--;
    *index = reader_leb_u32(&names->in);
    *name = read_name(&names->in);
    if (!reader_failed(&names->in)) return true;
    names->left = 0;
    return false;
}

bool names_next_inner(struct name_reader *names, uint32_t *outer, struct name_reader *inner)
{
    if (names->left == 0) return false;
    names->left--;
    *outer = reader_leb_u32(&names->in);
    if (!reader_failed(&names->in)) {
        *inner = vector(names->in);
        struct name_reader skip = *inner;
        uint32_t index;
        hf_str name;
        while (names_next(&skip, &index, &name)) continue;
        names->in = skip.in;
    }
    if (!reader_failed(&names->in)) return true;
    names->left = 0;
    return false;
}

struct name_reader names_of_inner(const struct hf_module *m, enum name_map map, uint32_t outer)
{
    struct name_reader names = names_of(m, map), inner;
    uint32_t found;
    while (names_next_inner(&names, &found, &inner)) {
        if (found == outer) return inner;
    }
    return (struct name_reader){ names.in, 0 };
}

hf_code decode_names(struct decoder *d)
{
    struct hf_module *m = d->m;
    const struct custom_section *custom = module_custom(m, "name");
    if (!custom) return HF_OK;
    m->names.section = custom->bytes;
    struct reader module_name = subsection(m, NAMES_MODULE);
    if (reader_left(&module_name)) m->names.module = read_name(&module_name);

    struct name_reader names = names_of(m, NAMES_FUNCS);
    if (names.left == 0 || m->func_count == 0) return HF_OK;
    hf_str *funcs = ARENA_ARRAY(&m->arena, hf_str, m->func_count);
    if (!funcs) return fail_oom(d->status);
    uint32_t index;
    hf_str name;
    while (names_next(&names, &index, &name)) {
        if (index < m->func_count) funcs[index] = name;
    }
    m->names.funcs = funcs;
    return HF_OK;
}

// ---- branch hints ----

struct hint_reader hints_of(const struct hf_module *m)
{
    struct hint_reader hints = { 0 };
    const struct custom_section *custom = module_custom(m, hints_name);
    if (!custom) return hints;
    hints.in = span_reader(m, custom->bytes);
    hints.funcs_left = reader_leb_u32(&hints.in);
    if (reader_failed(&hints.in)) hints.funcs_left = 0;
    return hints;
}

// branchhint ::= offset:u32 size:u32 = 1 value:byte
bool hints_next(struct hint_reader *hints, struct branch_hint *out)
{
    while (hints->hints_left == 0) {
        if (hints->funcs_left == 0) return false;
        hints->funcs_left--;
        hints->func = reader_leb_u32(&hints->in);
        hints->hints_left = reader_leb_u32(&hints->in);
        if (reader_failed(&hints->in)) {
            hints->funcs_left = hints->hints_left = 0;
            return false;
        }
    }
    hints->hints_left--;
    out->func = hints->func;
    out->offset = reader_leb_u32(&hints->in);
    const uint32_t size = reader_leb_u32(&hints->in);
    const uint8_t value = reader_u8(&hints->in);
    out->likely = value == 1;
    if (!reader_failed(&hints->in) && size == 1 && value <= 1) return true;
    hints->in.ran_out = true;
    hints->funcs_left = hints->hints_left = 0;
    return false;
}

// That the section can be read to its end, and its functions and offsets grow. What the offsets point at, the validator
// sees.
hf_code decode_branch_hints(struct decoder *d)
{
    const struct hf_module *m = d->m;
    const struct custom_section *custom = module_custom(m, hints_name);
    if (!custom || !(m->features & FEATURE_BRANCH_HINTS)) return HF_OK;
    const uint64_t at = custom->bytes.at;
    struct hint_reader hints = hints_of(m);
    struct branch_hint hint, before = { UINT32_MAX, 0, false };
    while (hints_next(&hints, &hint)) {
        const bool same = hint.func == before.func;
        if (before.func != UINT32_MAX && (hint.func < before.func || (same && hint.offset <= before.offset))) {
            return fail_at(d->status, HF_MALFORMED, reader_offset(&hints.in), "@%s annotation: out of order",
                           hints_name);
        }
        if (hint.func < m->imported_funcs || hint.func >= m->func_count ||
            hint.offset >= m->funcs[hint.func].body.size) {
            return fail_at(d->status, HF_INVALID, reader_offset(&hints.in), "@%s annotation: invalid target",
                           hints_name);
        }
        before = hint;
    }
    if (reader_failed(&hints.in) || hints.in.at != hints.in.end || custom->after_section == 10 ||
        custom->after_section == 11) {
        return fail_at(d->status, HF_MALFORMED, at, "@%s annotation: malformed section", hints_name);
    }
    return HF_OK;
}

// ---- names of types ----

const char *module_val_name(const struct hf_module *m, valtype type, char *out, size_t size)
{
    if (val_is_ref(type) && heap_is_defined(val_heap(type))) {
        const uint32_t id = heap_type_id(val_heap(type));
        for (uint32_t i = 0; i < m->type_count; i++) {
            if (m->type_ids[i] != id) continue;
            snprintf(out, size, "(ref %s%u)", val_nullable(type) ? "null " : "", i);
            return out;
        }
    }
    return val_name(type, out, size);
}
