// Many small sets of names and of numbers, each known by a number of its own, in two hash maps. A name is kept once, by
// reference: it must outlive the sets.
#ifndef COMPONENT_SETS_H
#define COMPONENT_SETS_H

#include "base/arena.h"
#include "base/map.h"

struct sets {
    struct arena *arena;
    struct map names;   // name → its number
    struct map entries; // set and member → value
    uint32_t next_set, next_name;
};

void sets_init(struct sets *sets, const hf_allocator *heap, struct arena *arena);
void sets_fini(struct sets *sets);
// `count` new sets: the number of the first.
uint32_t sets_new(struct sets *sets, uint32_t count);

// A set holds either names or numbers. Adding what is there already changes nothing.
enum map_put sets_add(struct sets *sets, uint32_t set, uint32_t member, uint32_t value);
enum map_put sets_add_name(struct sets *sets, uint32_t set, hf_str name, uint32_t value);
// The value's place, or NULL. These may be asked by several threads at once when nothing is being added.
uint32_t *sets_get(const struct sets *sets, uint32_t set, uint32_t member);
uint32_t *sets_get_name(const struct sets *sets, uint32_t set, hf_str name);

#endif
