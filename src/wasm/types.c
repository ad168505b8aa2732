// The registry of defined types (type.h). A recursion group is kept under its key: the words of its drafts, in which
// its own members are positions and all others are ids. Equal keys are equal types, since ids are canonical already.
//
//   table[hash]  ──► group ──► group ...       under the mutex
//   slot_of(id) ──► type                       read without it
//
// Slots lie in chunks, each twice as long as the one before: an engine with few types is small, and no slot ever moves.
// A group holds a reference on every foreign group that its key names, so that no id in it can be reused.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "base/map.h"
#include "sys/thread.h"
#include "wasm/type.h"

enum {
    FIRST_CHUNK_BITS = 8,
    CHUNKS = 24 - FIRST_CHUNK_BITS, // an id and the length of the first chunk make at most 24 bits
};

struct rec_group {
    atomic_uint refs;
    uint32_t count;
    struct rec_group *next; // in its bucket; in the list of the dead
    uint64_t hash;
    size_t key_words;
    size_t bytes; // of this allocation
    uint32_t *key;
    struct def_type *types;
};

typedef _Atomic(const struct def_type *) type_slot;

struct type_registry {
    const hf_allocator *heap;
    struct mutex mutex;
    uint64_t hash_key[2];
    struct rec_group **buckets;
    size_t bucket_count; // power of two
    size_t group_count;
    uint32_t next_id; // ids from here on were never used
    uint32_t *free_ids;
    size_t free_count, free_cap; // free_cap is at least next_id: giving back an id cannot fail
    _Atomic(type_slot *) chunks[CHUNKS];
};

_Static_assert(TYPE_IDS_MAX - 1 + (1 << FIRST_CHUNK_BITS) < 1 << (FIRST_CHUNK_BITS + CHUNKS), "the last id has a slot");

static size_t chunk_size(unsigned chunk)
{
    return (size_t)1 << (chunk + FIRST_CHUNK_BITS);
}

static unsigned chunk_of(uint32_t id)
{
    return 31 - (unsigned)__builtin_clz(id + (1u << FIRST_CHUNK_BITS)) - FIRST_CHUNK_BITS;
}

static type_slot *slot_of(const struct type_registry *types, uint32_t id)
{
    const unsigned i = chunk_of(id);
    type_slot *chunk = atomic_load_explicit(&types->chunks[i], memory_order_acquire);
    return &chunk[id + (1u << FIRST_CHUNK_BITS) - chunk_size(i)];
}

struct type_registry *types_new(const hf_allocator *heap, hf_status *status)
{
    struct type_registry *types = MEM_NEW(heap, struct type_registry);
    if (!types) {
        fail_oom(status);
        return NULL;
    }
    types->heap = heap;
    mutex_init(&types->mutex);
    // Modules do not learn addresses, so they make a key that modules cannot aim collisions at.
    types->hash_key[0] = (uint64_t)(uintptr_t)types * 0x9e3779b97f4a7c15u;
    types->hash_key[1] = (uint64_t)(uintptr_t)&types ^ (uint64_t)(uintptr_t)types_new << 24;
    return types;
}

static void free_group(struct type_registry *types, struct rec_group *group)
{
    mem_free(types->heap, group, group->bytes);
}

void types_free(struct type_registry *types)
{
    if (!types) return;
    for (size_t i = 0; i < types->bucket_count; i++) {
        for (struct rec_group *group = types->buckets[i]; group;) {
            struct rec_group *next = group->next;
            free_group(types, group);
            group = next;
        }
    }
    mem_free(types->heap, types->buckets, types->bucket_count * sizeof *types->buckets);
    mem_free(types->heap, types->free_ids, types->free_cap * sizeof *types->free_ids);
    for (unsigned i = 0; i < CHUNKS; i++) {
        mem_free(types->heap, atomic_load_explicit(&types->chunks[i], memory_order_relaxed),
                 chunk_size(i) * sizeof(type_slot));
    }
    mutex_fini(&types->mutex);
    MEM_FREE(types->heap, types);
}

const struct def_type *types_get(const struct type_registry *types, uint32_t id)
{
    return atomic_load_explicit(slot_of(types, id), memory_order_acquire);
}

// ---- keys ----

// Words of a draft in its group's key.
static uint64_t draft_words(const struct def_type *draft)
{
    switch (draft->kind) {
    case COMP_FUNC: return 4 + (uint64_t)draft->func.param_count + draft->func.result_count;
    case COMP_STRUCT: return 3 + 2 * (uint64_t)draft->structure.field_count;
    case COMP_ARRAY: break;
    }
    return 4;
}

static uint32_t *put_field(uint32_t *key, const struct field_type *field)
{
    *key++ = field->storage;
    *key++ = field->mutable;
    return key;
}

static uint32_t *put_draft(uint32_t *key, const struct def_type *draft)
{
    *key++ = (uint32_t)draft->kind | (draft->final ? 0x100u : 0);
    *key++ = draft->super;
    switch (draft->kind) {
    case COMP_FUNC:
        *key++ = draft->func.param_count;
        *key++ = draft->func.result_count;
        for (uint32_t i = 0; i < draft->func.param_count; i++) *key++ = draft->func.params[i];
        for (uint32_t i = 0; i < draft->func.result_count; i++) *key++ = draft->func.results[i];
        break;
    case COMP_STRUCT:
        *key++ = draft->structure.field_count;
        for (uint32_t i = 0; i < draft->structure.field_count; i++) key = put_field(key, &draft->structure.fields[i]);
        break;
    case COMP_ARRAY: key = put_field(key, &draft->element); break;
    }
    return key;
}

// ---- building a group ----

// Where the parts of a group lie in its one allocation.
struct group_layout {
    size_t key, types, values, fields, displays, bytes;
};

static bool add_part(size_t *at, size_t *part, uint64_t count, size_t size)
{
    size_t bytes;
    *part = *at;
    if (ckd_mul(&bytes, count, size) || ckd_add(&bytes, bytes, (size_t)15)) return false;
    return !ckd_add(at, *at, bytes & ~(size_t)15);
}

static bool lay_out(const struct def_type *drafts, uint32_t count, const uint32_t *depths, uint64_t key_words,
                    struct group_layout *out)
{
    uint64_t values = 0, fields = 0, displays = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (drafts[i].kind == COMP_FUNC) values += (uint64_t)drafts[i].func.param_count + drafts[i].func.result_count;
        if (drafts[i].kind == COMP_STRUCT) fields += drafts[i].structure.field_count;
        displays += depths[i] + 1;
    }
    size_t at = (sizeof(struct rec_group) + 15) & ~(size_t)15;
    const bool ok = add_part(&at, &out->key, key_words, sizeof(uint32_t)) &&
                    add_part(&at, &out->types, count, sizeof(struct def_type)) &&
                    add_part(&at, &out->values, values, sizeof(valtype)) &&
                    add_part(&at, &out->fields, fields, sizeof(struct field_type)) &&
                    add_part(&at, &out->displays, displays, sizeof(uint32_t));
    out->bytes = at;
    return ok;
}

static uint32_t resolve_heap(uint32_t heap, const uint32_t *ids)
{
    return heap >= HEAP_REC ? HEAP_DEFINED + ids[heap - HEAP_REC] : heap;
}

static valtype resolve(valtype type, const uint32_t *ids)
{
    return val_is_ref(type) ? val_ref(resolve_heap(val_heap(type), ids), val_nullable(type)) : type;
}

unsigned storage_size(valtype t)
{
    switch (val_kind(t)) {
    case VAL_I8: return 1;
    case VAL_I16: return 2;
    case VAL_I32:
    case VAL_F32:
    case VAL_REF: return 4;
    case VAL_I64:
    case VAL_F64: return 8;
    case VAL_V128: return 16;
    case VAL_BOT: break;
    }
    return 0;
}

static bool has_refs(const valtype *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (val_is_ref(types[i])) return true;
    }
    return false;
}

static uint32_t count_slots(const valtype *types, uint32_t count)
{
    uint32_t slots = 0;
    for (uint32_t i = 0; i < count; i++) slots += val_slots(types[i]);
    return slots;
}

static valtype *copy_values(valtype **at, const valtype *from, uint32_t count, const uint32_t *ids)
{
    valtype *to = *at;
    for (uint32_t i = 0; i < count; i++) to[i] = resolve(from[i], ids);
    *at += count;
    return to;
}

// Fields in order, each at the next multiple of its size: a subtype's fields begin with its supertype's, and these have
// the same offsets in both.
static void copy_fields(struct struct_type *out, struct field_type *to, const struct struct_type *from,
                        const uint32_t *ids)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < from->field_count; i++) {
        to[i] = from->fields[i];
        to[i].storage = resolve(from->fields[i].storage, ids);
        const uint32_t size = storage_size(to[i].storage);
        at = (at + size - 1) & ~(size - 1);
        to[i].offset = at;
        at += size;
    }
    *out = (struct struct_type){ from->field_count, at, to };
}

static void fill_group(struct type_registry *types, struct rec_group *group, const struct def_type *drafts,
                       const uint32_t *depths, const uint32_t *ids, const struct group_layout *layout)
{
    valtype *values = (valtype *)(void *)((uint8_t *)group + layout->values);
    struct field_type *fields = (struct field_type *)(void *)((uint8_t *)group + layout->fields);
    uint32_t *display = (uint32_t *)(void *)((uint8_t *)group + layout->displays);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct def_type *draft = &drafts[i];
        struct def_type *type = &group->types[i];
        type->kind = draft->kind;
        type->final = draft->final;
        type->id = ids[i];
        type->group = group;
        type->depth = depths[i];
        type->super = NO_TYPE;
        if (draft->super != NO_TYPE) {
            const bool own = draft->super >= HEAP_REC;
            const struct def_type *super =
                own ? &group->types[draft->super - HEAP_REC] : types_get(types, draft->super);
            type->super = super->id;
            memcpy(display, super->display, (super->depth + 1) * sizeof *display);
        }
        display[depths[i]] = ids[i];
        type->display = display;
        display += depths[i] + 1;
        switch (draft->kind) {
        case COMP_FUNC:
            type->func = draft->func;
            type->func.params = copy_values(&values, draft->func.params, draft->func.param_count, ids);
            type->func.results = copy_values(&values, draft->func.results, draft->func.result_count, ids);
            type->func.param_slots = count_slots(type->func.params, type->func.param_count);
            type->func.result_slots = count_slots(type->func.results, type->func.result_count);
            type->func.has_refs = has_refs(type->func.params, type->func.param_count) ||
                                  has_refs(type->func.results, type->func.result_count);
            break;
        case COMP_STRUCT:
            copy_fields(&type->structure, fields, &draft->structure, ids);
            fields += draft->structure.field_count;
            break;
        case COMP_ARRAY:
            type->element = draft->element;
            type->element.storage = resolve(draft->element.storage, ids);
            type->element.offset = 0;
            break;
        }
    }
}

// ---- the groups that a group names ----

static void each_heap(struct type_registry *types, const struct rec_group *group, valtype type,
                      void (*visit)(struct type_registry *, struct rec_group *, void *), void *ctx)
{
    if (!val_is_ref(type) || !heap_is_defined(val_heap(type))) return;
    struct rec_group *other = types_get(types, heap_type_id(val_heap(type)))->group;
    if (other != group) visit(types, other, ctx);
}

// Visits the foreign groups that the types of a group name, each as often as it is named.
static void each_foreign(struct type_registry *types, const struct rec_group *group,
                         void (*visit)(struct type_registry *, struct rec_group *, void *), void *ctx)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct def_type *type = &group->types[i];
        if (type->super != NO_TYPE) each_heap(types, group, val_ref(HEAP_DEFINED + type->super, false), visit, ctx);
        switch (type->kind) {
        case COMP_FUNC:
            for (uint32_t p = 0; p < type->func.param_count; p++) {
                each_heap(types, group, type->func.params[p], visit, ctx);
            }
            for (uint32_t r = 0; r < type->func.result_count; r++) {
                each_heap(types, group, type->func.results[r], visit, ctx);
            }
            break;
        case COMP_STRUCT:
            for (uint32_t f = 0; f < type->structure.field_count; f++) {
                each_heap(types, group, type->structure.fields[f].storage, visit, ctx);
            }
            break;
        case COMP_ARRAY: each_heap(types, group, type->element.storage, visit, ctx); break;
        }
    }
}

static void take_ref(struct type_registry *types, struct rec_group *group, void *ctx)
{
    (void)types;
    (void)ctx;
    atomic_fetch_add_explicit(&group->refs, 1, memory_order_relaxed);
}

// ---- interning (under the mutex) ----

static bool grow_buckets(struct type_registry *types)
{
    if (types->group_count < types->bucket_count) return true;
    const size_t count = types->bucket_count ? types->bucket_count * 2 : 64;
    struct rec_group **buckets = mem_zalloc_array(types->heap, count, sizeof *buckets);
    if (!buckets) return false;
    for (size_t i = 0; i < types->bucket_count; i++) {
        for (struct rec_group *group = types->buckets[i]; group;) {
            struct rec_group *next = group->next;
            struct rec_group **bucket = &buckets[group->hash & (count - 1)];
            group->next = *bucket;
            *bucket = group;
            group = next;
        }
    }
    mem_free(types->heap, types->buckets, types->bucket_count * sizeof *types->buckets);
    types->buckets = buckets;
    types->bucket_count = count;
    return true;
}

static struct rec_group *find_group(struct type_registry *types, uint64_t hash, const uint32_t *key, size_t words,
                                    uint32_t count)
{
    if (types->bucket_count == 0) return NULL;
    for (struct rec_group *group = types->buckets[hash & (types->bucket_count - 1)]; group; group = group->next) {
        if (group->hash == hash && group->key_words == words && group->count == count &&
            memcmp(group->key, key, words * sizeof *key) == 0) {
            return group;
        }
    }
    return NULL;
}

// Makes sure of places for `count` ids, those in use and those to come.
static hf_code reserve_ids(struct type_registry *types, uint32_t count, hf_status *status)
{
    const uint32_t fresh = types->free_count >= count ? 0 : count - (uint32_t)types->free_count;
    if (fresh > TYPE_IDS_MAX - types->next_id) return fail(status, HF_LIMIT, "too many types in this engine");
    const uint32_t end = types->next_id + fresh;
    uint32_t *ids = mem_grow(types->heap, types->free_ids, &types->free_cap, end, sizeof *ids);
    if (!ids) return fail_oom(status);
    types->free_ids = ids;
    for (unsigned i = chunk_of(types->next_id); fresh && i <= chunk_of(end - 1); i++) {
        if (atomic_load_explicit(&types->chunks[i], memory_order_relaxed)) continue;
        type_slot *chunk = mem_zalloc_array(types->heap, chunk_size(i), sizeof *chunk);
        if (!chunk) return fail_oom(status);
        atomic_store_explicit(&types->chunks[i], chunk, memory_order_release);
    }
    return HF_OK;
}

static void take_ids(struct type_registry *types, uint32_t count, uint32_t *out)
{
    for (uint32_t i = 0; i < count; i++) {
        out[i] = types->free_count ? types->free_ids[--types->free_count] : types->next_id++;
    }
}

static hf_code find_depths(const struct type_registry *types, const struct def_type *drafts, uint32_t count,
                           uint32_t *out, hf_status *status)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t super = drafts[i].super;
        out[i] = 0;
        if (super == NO_TYPE) continue;
        out[i] = 1 + (super >= HEAP_REC ? out[super - HEAP_REC] : types_get(types, super)->depth);
        if (out[i] > SUBTYPE_DEPTH_MAX)
            return fail(status, HF_LIMIT, "more than %d supertypes above a type", SUBTYPE_DEPTH_MAX);
    }
    return HF_OK;
}

static hf_code add_group(struct type_registry *types, const struct def_type *drafts, uint32_t count, uint64_t hash,
                         const uint32_t *key, size_t words, uint32_t *scratch, struct rec_group **out,
                         hf_status *status)
{
    uint32_t *depths = scratch, *ids = scratch + count;
    hf_code code = find_depths(types, drafts, count, depths, status);
    if (code) return code;
    struct group_layout layout;
    if (!lay_out(drafts, count, depths, words, &layout)) return fail_oom(status);
    if (!grow_buckets(types)) return fail_oom(status);
    if ((code = reserve_ids(types, count, status))) return code;
    struct rec_group *group = mem_zalloc(types->heap, layout.bytes);
    if (!group) return fail_oom(status);

    take_ids(types, count, ids);
    atomic_init(&group->refs, 1);
    group->count = count;
    group->hash = hash;
    group->key_words = words;
    group->bytes = layout.bytes;
    group->key = (uint32_t *)(void *)((uint8_t *)group + layout.key);
    group->types = (struct def_type *)(void *)((uint8_t *)group + layout.types);
    memcpy(group->key, key, words * sizeof *key);
    fill_group(types, group, drafts, depths, ids, &layout);
    for (uint32_t i = 0; i < count; i++) {
        atomic_store_explicit(slot_of(types, ids[i]), &group->types[i], memory_order_release);
    }
    each_foreign(types, group, take_ref, NULL);

    struct rec_group **bucket = &types->buckets[hash & (types->bucket_count - 1)];
    group->next = *bucket;
    *bucket = group;
    types->group_count++;
    *out = group;
    return HF_OK;
}

hf_code types_intern(struct type_registry *types, const struct def_type *drafts, uint32_t count, uint32_t *out_ids,
                     hf_status *status)
{
    if (count == 0) return HF_OK;
    uint64_t words = 0;
    for (uint32_t i = 0; i < count; i++) words += draft_words(&drafts[i]);
    // The key, and behind it room for the depth and the id of each member.
    size_t bytes;
    if (ckd_mul(&bytes, words + 2 * (uint64_t)count, sizeof(uint32_t))) return fail_oom(status);
    uint32_t *key = mem_alloc(types->heap, bytes);
    if (!key) return fail_oom(status);
    uint32_t *end = key;
    for (uint32_t i = 0; i < count; i++) end = put_draft(end, &drafts[i]);
    const uint64_t hash = hash_bytes(types->hash_key, key, (size_t)words * sizeof *key);

    hf_code code = HF_OK;
    mutex_lock(&types->mutex);
    struct rec_group *group = find_group(types, hash, key, (size_t)words, count);
    if (group)
        atomic_fetch_add_explicit(&group->refs, 1, memory_order_relaxed);
    else
        code = add_group(types, drafts, count, hash, key, (size_t)words, end, &group, status);
    for (uint32_t i = 0; code == HF_OK && i < count; i++) out_ids[i] = group->types[i].id;
    mutex_unlock(&types->mutex);

    mem_free(types->heap, key, bytes);
    return code;
}

// ---- references ----

void types_ref(struct type_registry *types, uint32_t id)
{
    atomic_fetch_add_explicit(&types_get(types, id)->group->refs, 1, memory_order_relaxed);
}

static void unlink_group(struct type_registry *types, const struct rec_group *group)
{
    struct rec_group **at = &types->buckets[group->hash & (types->bucket_count - 1)];
    while (*at != group) at = &(*at)->next;
    *at = group->next;
    types->group_count--;
}

// Gives back one reference; a group without any goes to the list of the dead, so that a long chain of groups is freed
// by a loop.
static void drop_ref(struct type_registry *types, struct rec_group *group, void *ctx)
{
    struct rec_group **dead = ctx;
    if (atomic_fetch_sub_explicit(&group->refs, 1, memory_order_acq_rel) != 1) return;
    unlink_group(types, group);
    group->next = *dead;
    *dead = group;
}

void types_unref(struct type_registry *types, uint32_t id)
{
    struct rec_group *group = types_get(types, id)->group;
    // Only the last reference needs the mutex: under it nobody can find the group again.
    unsigned refs = atomic_load_explicit(&group->refs, memory_order_relaxed);
    while (refs > 1) {
        if (atomic_compare_exchange_weak_explicit(&group->refs, &refs, refs - 1, memory_order_release,
                                                  memory_order_relaxed)) {
            return;
        }
    }
    mutex_lock(&types->mutex);
    struct rec_group *dead = NULL;
    drop_ref(types, group, &dead);
    while (dead) {
        group = dead;
        dead = group->next;
        each_foreign(types, group, drop_ref, &dead);
        for (uint32_t i = 0; i < group->count; i++) {
            const uint32_t free_id = group->types[i].id;
            atomic_store_explicit(slot_of(types, free_id), NULL, memory_order_relaxed);
            types->free_ids[types->free_count++] = free_id;
        }
        free_group(types, group);
    }
    mutex_unlock(&types->mutex);
}
