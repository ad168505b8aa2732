#include "decode/core_space.h"

#include "decode/decode.h"
#include "decode/decoder.h"

// A module that holds nothing but types, and the state of decoding it.
struct core_space {
    struct hf_module m;
    struct decoder d;
};

struct core_space *core_space_new(const hf_allocator *heap, struct type_registry *types, uint32_t features)
{
    struct core_space *const space = MEM_NEW(heap, struct core_space);
    if (!space) return NULL;
    space->m.types = types;
    space->m.features = features;
    arena_init(&space->m.arena, heap);
    space->d = (struct decoder){ .m = &space->m, .limits = &decode_limits_default };
    arena_init(&space->d.scratch, heap);
    return space;
}

void core_space_leave(struct core_space *space)
{
    if (!space) return;
    const hf_allocator *const heap = space->m.arena.heap;
    arena_fini(&space->d.scratch);
    arena_fini(&space->m.arena);
    MEM_FREE(heap, space);
}

void core_space_free(struct core_space *space)
{
    if (!space) return;
    for (uint32_t i = 0; i < space->m.group_count; i++) types_unref(space->m.types, space->m.groups[i]);
    core_space_leave(space);
}

const uint32_t *core_space_groups(const struct core_space *space, uint32_t *count)
{
    *count = space->m.group_count;
    return space->m.groups;
}

uint32_t core_space_count(const struct core_space *space)
{
    return space->m.type_count;
}

uint32_t core_space_id(const struct core_space *space, uint32_t index)
{
    return space->m.type_ids[index];
}

hf_code core_space_add(struct core_space *space, uint32_t id, hf_status *status)
{
    struct hf_module *const m = &space->m;
    uint32_t *const ids = arena_grow(&m->arena, space->d.type_ids, &space->d.type_cap, m->type_count,
                                     m->type_count + (size_t)1, sizeof *ids);
    if (!ids) return fail_oom(status);
    m->type_ids = space->d.type_ids = ids;
    ids[m->type_count++] = id;
    return HF_OK;
}

static struct decoder *begin(struct core_space *space, const struct reader *in, hf_status *status)
{
    space->d.in = *in;
    space->d.section_end = in->end;
    space->d.status = status;
    return &space->d;
}

hf_code core_space_rec_type(struct core_space *space, struct reader *in, hf_status *status)
{
    struct decoder *const d = begin(space, in, status);
    const hf_code code = decode_rec_type(d);
    arena_reset(&d->scratch);
    *in = d->in;
    return code;
}

hf_code core_space_extern_type(struct core_space *space, struct reader *in, struct extern_type *out, hf_status *status)
{
    struct decoder *const d = begin(space, in, status);
    const hf_code code = decode_extern_type(d, out);
    *in = d->in;
    return code;
}

hf_code core_space_val_type(struct core_space *space, struct reader *in, valtype *out, hf_status *status)
{
    struct decoder *const d = begin(space, in, status);
    const struct type_scope scope = decoder_scope(d);
    const hf_code code = read_val_type(&d->in, &scope, status, out);
    *in = d->in;
    return code;
}
