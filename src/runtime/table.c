// Tables, globals and tags.
#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "runtime/instance.h"

static bool charge(struct hf_store *store, uint64_t elements)
{
    if (elements > store->limits.max_table_elements ||
        store->table_elements > store->limits.max_table_elements - elements)
        return false;
    store->table_elements += elements;
    stat_set(store->remote, STAT_TABLE, store->table_elements);
    return true;
}

hf_code table_new(struct hf_store *store, const struct table_type *type, gref init, bool kept, struct table_inst **out,
                  hf_status *status)
{
    const uint64_t size = type->limits.min;
    if (store->tables >= store->limits.max_tables) store_reclaim(store);
    if (store->tables >= store->limits.max_tables)
        return fail(status, HF_LIMIT, "more than %llu tables in a store", (unsigned long long)store->limits.max_tables);
    if (!charge(store, size)) {
        store_reclaim(store);
        if (!charge(store, size))
            return fail(status, HF_LIMIT, "a table of %llu elements is beyond the store's limit of %llu",
                        (unsigned long long)size, (unsigned long long)store->limits.max_table_elements);
    }
    struct table_inst *table = MEM_NEW(store->heap, struct table_inst);
    size_t bytes;
    const bool fits = !ckd_mul(&bytes, (size_t)size, sizeof(gref)) && size <= SIZE_MAX;
    if (table && size && fits) table->elems = mem_zalloc(store->heap, bytes);
    if (!table || (size && !table->elems)) {
        if (table) MEM_FREE(store->heap, table);
        store->table_elements -= size;
        return fail_oom(status);
    }
    table->size = table->cap = size;
    table->type = *type;
    if (init) {
        for (uint64_t i = 0; i < size; i++) table->elems[i] = init;
    }
    valtype_ref(store->types, type->elem);
    store->tables++;
    object_link(store, &table->object, OBJECT_TABLE, kept);
    *out = table;
    return HF_OK;
}

bool table_grow(struct hf_store *store, struct table_inst *table, uint64_t count, gref init, uint64_t *old_size)
{
    *old_size = table->size;
    const uint64_t most = table->type.limits.has_max ? table->type.limits.max
                          : table->type.limits.is64  ? UINT64_MAX
                                                     : UINT32_MAX;
    if (table->size > most || count > most - table->size) return false;
    if (count == 0) return true;
    if (!charge(store, count)) return false;
    const uint64_t size = table->size + count;
    if (size > table->cap) {
        // By half more, so that growing one by one is amortised constant.
        uint64_t cap = table->cap + table->cap / 2;
        if (cap < size) cap = size;
        size_t bytes;
        gref *grown = NULL;
        if (cap <= SIZE_MAX && !ckd_mul(&bytes, (size_t)cap, sizeof(gref)))
            grown = mem_resize(store->heap, table->elems, (size_t)table->cap * sizeof(gref), bytes);
        if (!grown) {
            store->table_elements -= count;
            return false;
        }
        table->elems = grown;
        table->cap = cap;
    }
    for (uint64_t i = table->size; i < size; i++) table->elems[i] = init;
    table->size = size;
    return true;
}

hf_code global_new(struct hf_store *store, const struct global_type *type, bool kept, struct global_inst **out,
                   hf_status *status)
{
    struct global_inst *global = MEM_NEW(store->heap, struct global_inst);
    if (!global) return fail_oom(status);
    global->type = *type;
    valtype_ref(store->types, type->type);
    object_link(store, &global->object, OBJECT_GLOBAL, kept);
    *out = global;
    return HF_OK;
}

hf_code tag_new(struct hf_store *store, uint32_t type_id, bool kept, struct tag_inst **out, hf_status *status)
{
    size_t id = store->tag_hint ? store->tag_hint : 1;
    while (id < store->tag_count && store->tags[id]) id++;
    if (id >= store->tag_count) {
        void *grown = mem_grow(store->heap, store->tags, &store->tag_cap, id + 1, sizeof(struct tag_inst *));
        if (!grown) return fail_oom(status);
        store->tags = grown;
        if (store->tag_count == 0) store->tags[0] = NULL;
    }
    struct tag_inst *tag = MEM_NEW(store->heap, struct tag_inst);
    if (!tag) return fail_oom(status);
    tag->type_id = type_id;
    tag->id = (uint32_t)id;
    types_ref(store->types, type_id);
    store->tags[id] = tag;
    store->tag_hint = id + 1;
    if (store->tag_count <= id) store->tag_count = id + 1;
    object_link(store, &tag->object, OBJECT_TAG, kept);
    *out = tag;
    return HF_OK;
}
