#include <string.h>

#include "wit/tree.h"

void wit_name_set_init(struct name_set *set, struct wit *wit)
{
    set->wit = wit;
    map_init(&set->map, wit->heap, (uint64_t)(uintptr_t)wit);
}

void wit_name_set_fini(struct name_set *set)
{
    map_fini(&set->map);
}

static bool begins(hf_str name, const char *prefix)
{
    const size_t size = strlen(prefix);
    return name.size > size && !memcmp(name.data, prefix, size);
}

// What two names may not share: lower case, without the annotation unless it is [constructor]; of [method]l.l only l.
static hf_str canonical(struct wit *wit, hf_str name)
{
    const size_t skip = begins(name, "[method]") || begins(name, "[static]") ? 8 : 0;
    char *const copy = arena_strndup(&wit->arena, name.data + skip, name.size - skip);
    if (!copy) return (hf_str){ NULL, 0 };
    hf_str out = { copy, name.size - skip };
    for (size_t i = 0; i < out.size; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    const char *const dot = skip ? memchr(copy, '.', out.size) : NULL;
    if (dot) {
        const size_t left = (size_t)(dot - copy);
        if (out.size == 2 * left + 1 && !memcmp(copy, dot + 1, left)) out.size = left;
    }
    return out;
}

hf_code wit_name_set_add(struct name_set *set, hf_str name, const struct wit_id *where, const char *what,
                         hf_status *status)
{
    const hf_str key = canonical(set->wit, name);
    if (!key.data) return wit_fail_oom(status);
    switch (map_put(&set->map, key.data, key.size, 0)) {
    case MAP_ADDED: return HF_OK;
    case MAP_EXISTS: break;
    case MAP_NO_MEMORY: return wit_fail_oom(status);
    }
    return wit_fail(set->wit, where, HF_INVALID, status, "%s '%.*s' is defined more than once", what, STR(name));
}
