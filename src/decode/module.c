// The module as a whole: magic, version, the order of sections, what has to agree at the end.
#include <string.h>

#include "decode/decode.h"
#include "decode/decoder.h"

enum { MAGIC_SIZE = 4, VERSION_SIZE = 4 };

static const uint8_t magic[MAGIC_SIZE] = { 0, 'a', 's', 'm' };
static const uint8_t version[VERSION_SIZE] = { 1, 0, 0, 0 };

// By section id: its place in the order, and who reads it.
static const struct {
    uint8_t order;
    hf_code (*decode)(struct decoder *d);
} section_table[] = {
    [1] = { 1, decode_types },   [2] = { 2, decode_imports },      [3] = { 3, decode_functions },
    [4] = { 4, decode_tables },  [5] = { 5, decode_memories },     [13] = { 6, decode_tags },
    [6] = { 7, decode_globals }, [7] = { 8, decode_exports },      [8] = { 9, decode_start },
    [9] = { 10, decode_elems },  [12] = { 11, decode_data_count }, [10] = { 12, decode_code },
    [11] = { 13, decode_datas },
};

enum { SECTION_IDS = sizeof section_table / sizeof *section_table };

static hf_code keep_custom(struct decoder *d, uint8_t after)
{
    struct custom_section custom = { .after_section = after };
    d->in.end = d->section_end;
    const hf_code code = decoder_name(d, &custom.name);
    if (code) return code;
    custom.bytes = span_between(d, d->in.at, d->in.end);
    d->in.at = d->in.end;
    const uint32_t count = d->m->custom_count;
    struct custom_section *customs =
        arena_grow(&d->m->arena, d->customs, &d->custom_cap, count, count + (size_t)1, sizeof *customs);
    if (!customs) return fail_oom(d->status);
    customs[count] = custom;
    d->m->customs = d->customs = customs;
    d->m->custom_count++;
    return HF_OK;
}

static hf_code keep_section(struct decoder *d, uint8_t id)
{
    const uint32_t count = d->m->section_count;
    struct section_span *sections =
        arena_grow(&d->m->arena, d->sections, &d->section_cap, count, count + (size_t)1, sizeof *sections);
    if (!sections) return fail_oom(d->status);
    sections[count] = (struct section_span){ id, span_between(d, d->in.at, d->section_end) };
    d->m->sections = d->sections = sections;
    d->m->section_count++;
    return HF_OK;
}

// The contents of a section. Like the specification's decoder this one reads on where a section is too short for what it
// holds, so that the error told is that of what was read; but what lies behind the section is no ground to call the module
// invalid.
static hf_code section_contents(struct decoder *d, uint8_t id)
{
    hf_status *status = d->status;
    hf_status found = hf_status_ok();
    d->status = &found;
    hf_code code = section_table[id].decode(d);
    d->status = status;
    const bool beyond = d->in.at > d->section_end;
    if ((code == HF_OK && d->in.at != d->section_end) || (code == HF_INVALID && beyond)) {
        return fail_at(status, HF_MALFORMED, decoder_at(d), "section size mismatch");
    }
    if (code && status && status->code == HF_OK) *status = found;
    return code;
}

// section ::= id:byte size:u32 contents. `last` is the id of the last section that was no custom one.
static hf_code section(struct decoder *d, struct reader *all, uint8_t *last)
{
    const uint64_t at = reader_offset(all);
    const uint8_t id = reader_u8(all);
    if (id >= SECTION_IDS) return fail_at(d->status, HF_MALFORMED, at, "malformed section id %u", id);
    const uint32_t size = reader_leb_u32(all);
    if (reader_failed(all)) return fail_reader(all, d->status);
    if (size > reader_left(all)) {
        return fail_at(d->status, HF_MALFORMED, at, "length out of bounds: a section of %u bytes", size);
    }
    if (id != 0 && section_table[id].order <= section_table[*last].order) {
        return fail_at(d->status, HF_MALFORMED, at, "unexpected content after last section");
    }
    d->in = *all;
    d->section_end = all->at + size;
    all->at += size;
    const hf_code code = keep_section(d, id);
    if (code) return code;
    if (id == 0) return keep_custom(d, *last);
    *last = id;
    return section_contents(d, id);
}

static hf_code check_lengths(const struct decoder *d)
{
    const struct hf_module *m = d->m;
    if (d->defined_funcs != d->body_count) {
        return fail_at(d->status, HF_MALFORMED, m->size, "function and code section have inconsistent lengths");
    }
    if (m->has_data_count && m->data_count && !d->has_data) {
        return fail_at(d->status, HF_MALFORMED, m->size, "data count and data section have inconsistent lengths");
    }
    return HF_OK;
}

// Bodies are read by the validator. Where a section behind them is malformed, one of them may have been so before, and
// that is what is wrong first: the size of such a body is what made the next section begin at the wrong place.
static hf_code malformed_body(const struct decoder *d, hf_status *status)
{
    const struct hf_module *m = d->m;
    for (uint32_t i = m->imported_funcs; m->code_section.size && i < m->func_count; i++) {
        struct instr_reader r = instr_reader_of(m, m->funcs[i].body, status);
        if (m->funcs[i].body.size == 0) break;
        hf_code code = locals_skip(&r);
        struct instr ins;
        while (code == HF_OK && instr_more(&r)) code = instr_read(&r, &ins);
        if (code) return code;
    }
    return HF_OK;
}

// module ::= magic version section*
static hf_code decode_sections(struct decoder *d)
{
    struct hf_module *m = d->m;
    struct reader all = reader_of(m->bytes, m->size);
    if (m->size < MAGIC_SIZE) return fail_at(d->status, HF_MALFORMED, m->size, "unexpected end");
    if (memcmp(reader_bytes(&all, MAGIC_SIZE), magic, MAGIC_SIZE) != 0) {
        return fail_at(d->status, HF_MALFORMED, 0, "magic header not detected");
    }
    if (reader_left(&all) < VERSION_SIZE) return fail_at(d->status, HF_MALFORMED, m->size, "unexpected end");
    if (memcmp(reader_bytes(&all, VERSION_SIZE), version, VERSION_SIZE) != 0) {
        return fail_at(d->status, HF_MALFORMED, MAGIC_SIZE, "unknown binary version");
    }
    uint8_t last = 0;
    hf_code code = HF_OK;
    while (code == HF_OK && reader_left(&all)) code = section(d, &all, &last);
    if (code == HF_OK) code = check_lengths(d);
    if (code == HF_OK) code = decode_branch_hints(d);
    return code ? code : decode_names(d);
}

static struct hf_module *module_new(const hf_allocator *heap, struct type_registry *types, uint32_t features,
                                    struct blob *blob, size_t at, uint32_t size, hf_status *status)
{
    struct hf_module *m = MEM_NEW(heap, struct hf_module);
    if (!m) {
        fail_oom(status);
        return NULL;
    }
    atomic_init(&m->refs, 1);
    m->types = types;
    m->features = features;
    m->start = UINT32_MAX;
    arena_init(&m->arena, heap);
    m->blob = blob_ref(blob);
    m->bytes = blob->data + at;
    m->size = size;
    return m;
}

void module_free(struct hf_module *m)
{
    if (!m) return;
    const hf_allocator *heap = m->arena.heap;
    if (m->code && m->free_code) m->free_code(m->code);
    for (uint32_t i = 0; i < m->group_count; i++) types_unref(m->types, m->groups[i]);
    arena_fini(&m->arena);
    blob_unref(m->blob);
    MEM_FREE(heap, m);
}

void module_ref(struct hf_module *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
}

void module_unref(struct hf_module *m)
{
    if (m && atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1) module_free(m);
}

static hf_code check_size(const struct decode_limits *limits, size_t size, hf_status *status)
{
    if (size <= limits->module_size) return HF_OK;
    return fail(status, HF_LIMIT, "more than %u %s", limits->module_size, decode_limit_text(LIMIT_module_size));
}

hf_code module_decode(const hf_allocator *heap, struct type_registry *types, uint32_t features,
                      const struct decode_limits *limits, const uint8_t *bytes, size_t size, struct hf_module **out,
                      hf_status *status)
{
    if (!limits) limits = &decode_limits_default;
    hf_code code = check_size(limits, size, status);
    if (code) return code;
    struct blob *const blob = blob_new(heap, bytes, size);
    if (!blob) return fail_oom(status);
    code = module_decode_shared(heap, types, features, limits, blob, 0, size, out, status);
    blob_unref(blob);
    return code;
}

hf_code module_decode_shared(const hf_allocator *heap, struct type_registry *types, uint32_t features,
                             const struct decode_limits *limits, struct blob *blob, size_t at, size_t size,
                             struct hf_module **out, hf_status *status)
{
    if (!limits) limits = &decode_limits_default;
    hf_code code = check_size(limits, size, status);
    if (code) return code;
    struct hf_module *m = module_new(heap, types, features | FEATURES_STANDARD, blob, at, (uint32_t)size, status);
    if (!m) return HF_OUT_OF_MEMORY;
    hf_status found = hf_status_ok(), earlier = hf_status_ok();
    struct decoder d = { .m = m, .limits = limits, .status = &found };
    arena_init(&d.scratch, heap);
    code = decode_sections(&d);
    arena_fini(&d.scratch);
    if (code == HF_MALFORMED && malformed_body(&d, &earlier) == HF_MALFORMED) found = earlier;
    if (code) {
        if (status && status->code == HF_OK) *status = found;
        module_free(m);
        return code;
    }
    *out = m;
    return HF_OK;
}
