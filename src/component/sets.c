#include "component/sets.h"

struct entry {
    uint32_t set, member;
};

void sets_init(struct sets *sets, const hf_allocator *heap, struct arena *arena)
{
    const uint64_t seed = (uint64_t)(uintptr_t)sets * 0x9e3779b97f4a7c15u;
    *sets = (struct sets){ .arena = arena };
    map_init(&sets->names, heap, seed);
    map_init(&sets->entries, heap, ~seed);
}

void sets_fini(struct sets *sets)
{
    map_fini(&sets->names);
    map_fini(&sets->entries);
}

uint32_t sets_new(struct sets *sets, uint32_t count)
{
    const uint32_t first = sets->next_set;
    sets->next_set += count;
    return first;
}

enum map_put sets_add(struct sets *sets, uint32_t set, uint32_t member, uint32_t value)
{
    if (sets_get(sets, set, member)) return MAP_EXISTS;
    const struct entry entry = { set, member };
    const void *const key = arena_copy(sets->arena, &entry, sizeof entry);
    return key ? map_put(&sets->entries, key, sizeof entry, value) : MAP_NO_MEMORY;
}

enum map_put sets_add_name(struct sets *sets, uint32_t set, hf_str name, uint32_t value)
{
    static const char empty[1];
    const char *const data = name.size ? name.data : empty;
    const uint32_t *known = map_get(&sets->names, data, name.size);
    if (!known) {
        if (map_put(&sets->names, data, name.size, sets->next_name) == MAP_NO_MEMORY) return MAP_NO_MEMORY;
        return sets_add(sets, set, sets->next_name++, value);
    }
    return sets_add(sets, set, *known, value);
}

uint32_t *sets_get(const struct sets *sets, uint32_t set, uint32_t member)
{
    const struct entry entry = { set, member };
    return map_get(&sets->entries, &entry, sizeof entry);
}

uint32_t *sets_get_name(const struct sets *sets, uint32_t set, hf_str name)
{
    const uint32_t *const known = map_get(&sets->names, name.size ? name.data : "", name.size);
    return known ? sets_get(sets, set, *known) : NULL;
}
