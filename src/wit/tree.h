// What parser and resolver share beside the packages themselves.
#ifndef WIT_TREE_H
#define WIT_TREE_H

#include "base/map.h"
#include "wit/wit.h"

// toplevel-use-item: a name of this scope alone.
struct wit_alias {
    struct wit_path path;
    struct wit_id name;
    bool busy; // being looked up
};

// What one file says, or one package block in a file.
struct wit_scope {
    uint32_t file;
    bool has_package; // it says which package it belongs to
    bool nested;      // a block
    bool has_blocks;  // packages stand in this file as blocks
    struct wit_id space;
    struct wit_id name;
    struct wit_version version;
    hf_str docs;
    struct wit_package *package;
    struct wit_alias *aliases;
    size_t alias_count;
    struct wit_interface **interfaces;
    size_t interface_count;
    struct wit_world **worlds;
    size_t world_count;
};

enum { UNSEEN, BUSY, DONE }; // states of resolution

// Reports what is wrong at a name (or at a place in a file); the first report wins.
hf_code wit_fail(struct wit *wit, const struct wit_id *where, hf_code code, hf_status *status, const char *fmt, ...)
    HF_PRINTF(5, 6);
hf_code wit_fail_v(struct wit *wit, const struct wit_id *where, hf_code code, hf_status *status, const char *fmt,
                   va_list args);
hf_code wit_fail_oom(hf_status *status);

// Adds an element to an array in the arena, of which `count` are used; capacities are powers of two. NULL: no memory.
void *wit_push(struct wit *wit, void *array, size_t count, size_t size);

#define STR(s) (int)(s).size, (s).data

// Parses a file into its scopes (parse_item.c).
hf_code wit_parse(struct wit *wit, uint32_t file, hf_status *status);

// Makes packages of the scopes (packages.c).
hf_code wit_collect_packages(struct wit *wit, hf_status *status);
// Of packages that stand in several folders one stays; they must say the same.
hf_code wit_merge_packages(struct wit *wit, hf_status *status);

// What a path means in a scope: an interface or a world, the other is NULL (lookup.c).
struct wit_target {
    struct wit_interface *interface;
    struct wit_world *world;
};
hf_code wit_lookup(struct wit *wit, struct wit_scope *scope, const struct wit_path *path, struct wit_target *out,
                   hf_status *status);

// Are the names that a file gives with `use` those of interfaces?
hf_code wit_check_aliases(struct wit *wit, struct wit_scope *scope, hf_status *status);

// Names, types, functions (interface.c, types.c); `depth` is of interfaces that use each other.
hf_code wit_resolve_interface(struct wit *wit, struct wit_interface *interface, unsigned depth, hf_status *status);
// The same for what an interface or a world uses: gives each definition its target.
hf_code wit_resolve_uses(struct wit *wit, struct wit_scope *scope, struct wit_def **defs, uint32_t count,
                         unsigned depth, hf_status *status);
// Types and functions of one scope, behind its uses.
struct wit_funcs {
    struct wit_func *const *list;
    size_t count;
};
hf_code wit_resolve_types(struct wit *wit, struct wit_def **defs, uint32_t count, const struct wit_funcs *funcs,
                          hf_status *status);

// Worlds: own items, what they include and what that implies (world.c).
hf_code wit_resolve_world(struct wit *wit, struct wit_world *world, unsigned depth, hf_status *status);

// Feature gates (gates.c).
bool wit_visible(const struct wit *wit, const struct wit_gate *gate);
hf_code wit_check_interface_gates(struct wit *wit, const struct wit_interface *interface, hf_status *status);
hf_code wit_check_world_gates(struct wit *wit, const struct wit_world *world, hf_status *status);
// Takes out what is unstable and was not asked for: of a world before, of all else after resolution.
void wit_drop_hidden_items(const struct wit *wit, struct wit_world *world);
void wit_drop_hidden(struct wit *wit);

// Names that have to be strongly unique (Explainer.md, "Import and Export Definitions").
struct name_set {
    struct wit *wit;
    struct map map;
};
void wit_name_set_init(struct name_set *set, struct wit *wit);
void wit_name_set_fini(struct name_set *set);
// HF_INVALID when it is there; `what` says of what kind of thing it is the name.
hf_code wit_name_set_add(struct name_set *set, hf_str name, const struct wit_id *where, const char *what,
                         hf_status *status);

#endif
