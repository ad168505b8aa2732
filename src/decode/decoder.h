// The state of decoding one module; private to the room.
#ifndef DECODE_DECODER_H
#define DECODE_DECODER_H

#include "base/fail.h"
#include "base/reader.h"
#include "decode/limits.h"
#include "decode/valtype.h"
#include "wasm/module.h"

struct decoder {
    struct reader in; // ends where the module ends: see section() in module.c
    struct hf_module *m;
    const struct decode_limits *limits;
    hf_status *status;
    struct arena scratch; // reset after each recursion group
    uint32_t *type_ids;   // m->type_ids while it grows
    size_t type_cap;
    uint32_t *groups; // m->groups, m->group_sizes
    uint32_t *group_sizes;
    size_t group_cap, group_size_cap;
    struct custom_section *customs;
    size_t custom_cap;
    struct section_span *sections;
    size_t section_cap;
    const uint8_t *section_end;
    uint32_t defined_funcs; // by the function section
    uint32_t body_count;    // by the code section
    bool has_data;
};

static inline uint64_t decoder_at(const struct decoder *d)
{
    return reader_offset(&d->in);
}

static inline struct span span_between(const struct decoder *d, const uint8_t *from, const uint8_t *to)
{
    return (struct span){ (uint32_t)(from - d->m->bytes), (uint32_t)(to - from) };
}

static inline struct type_scope decoder_scope(const struct decoder *d)
{
    return (struct type_scope){ d->m->type_ids, d->m->type_count, 0 };
}

// HF_OK, or what the reader ran into.
hf_code decoder_check(const struct decoder *d);
// A vector's count: not more than the limit, and not more items of `least` bytes than there are bytes.
hf_code decoder_count(struct decoder *d, enum decode_limit limit, uint32_t least, uint32_t *out);
// The index of a function type, as its id: HF_INVALID "unknown type 3".
hf_code decoder_func_type(struct decoder *d, uint32_t *out_id);
// A name borrowed from the module's bytes.
hf_code decoder_name(struct decoder *d, hf_str *out);
hf_code decoder_limits(struct decoder *d, bool memory, struct limits *out);
hf_code decoder_table_type(struct decoder *d, struct table_type *out);
hf_code decoder_global_type(struct decoder *d, struct global_type *out);
hf_code decoder_tag_type(struct decoder *d, uint32_t *out_id);
// Finds the end of a constant expression.
hf_code decoder_const_expr(struct decoder *d, struct const_expr *out);

hf_code decode_types(struct decoder *d);
// rectype: its types become the next ones.
hf_code decode_rec_type(struct decoder *d);
hf_code decode_extern_type(struct decoder *d, struct extern_type *out);
hf_code decode_imports(struct decoder *d);
hf_code decode_functions(struct decoder *d);
hf_code decode_tables(struct decoder *d);
hf_code decode_memories(struct decoder *d);
hf_code decode_tags(struct decoder *d);
hf_code decode_globals(struct decoder *d);
hf_code decode_exports(struct decoder *d);
hf_code decode_start(struct decoder *d);
hf_code decode_elems(struct decoder *d);
hf_code decode_data_count(struct decoder *d);
hf_code decode_code(struct decoder *d);
hf_code decode_datas(struct decoder *d);
// After all sections: the module's and its functions' names, as far as they can be read.
hf_code decode_names(struct decoder *d);
// After all sections: the section of branch hints, where the feature is on.
hf_code decode_branch_hints(struct decoder *d);

#endif
