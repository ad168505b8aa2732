// WIT: texts become packages of interfaces and worlds, in which every name is resolved (WIT.md of the component model).
//
//   wit_init → wit_add for each file → wit_resolve → read the packages → wit_fini
//
// Everything lives in the arena of the `struct wit`, texts included, and never changes after wit_resolve.
#ifndef WIT_WIT_H
#define WIT_WIT_H

#include <holdfast/witype.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wit/version.h"

// A name, without its %, and where it stands.
struct wit_id {
    hf_str text;
    uint32_t file; // into wit.files; NO_FILE for what comes from no text
    uint32_t at;
};

enum { NO_FILE = 0xffffffff };

// gate ::= gate-item*
struct wit_gate {
    struct wit_version since;      // text empty: not there
    struct wit_version deprecated; // text empty: not there
    hf_str unstable;               // the feature; empty: not there
};

// use-path ::= id | id ':' id '/' id ('@' valid-semver)?
struct wit_path {
    struct wit_id space;   // empty when the path is an id alone
    struct wit_id package; // empty when the path is an id alone
    struct wit_id name;
    struct wit_version version;
};

// --- types -------------------------------------------------------------------------------------------------

// The kind of a type is one of hf_witkind, or this: it has a name, whose definition is no resource.
//   list, option, future, stream: of `first`, which may be NULL in the last two; a fixed-length list has a `length`
//   map: from `first` to `second`; result: `first` or `second`, each of which may be NULL
//   tuple, record, variant, enum, flags: of `members`
//   own, borrow: of the resource `def`
enum { WIT_NAMED = 0 };

struct wit_member {
    struct wit_id id;
    struct wit_type *type;
    hf_str docs;
};

struct wit_type {
    unsigned kind;
    bool has_borrow;     // after resolution: a borrow somewhere within
    bool written_own;    // of OWN: own<name>, not the name alone
    struct wit_id name;  // of OWN, BORROW, NAMED
    struct wit_def *def; // of OWN, BORROW, NAMED: in the scope where the name stands, perhaps a `use`
    struct wit_type *first;
    struct wit_type *second;
    struct wit_member *members;
    uint32_t count;
    uint32_t length;
};

// use-item: what `use path.{...}` says once for all its names.
struct wit_use {
    struct wit_path path;
    struct wit_gate gate;
    hf_str docs;
    struct wit_interface *target;
};

enum wit_def_kind { WIT_DEF_TYPE, WIT_DEF_RESOURCE, WIT_DEF_USE };

// A named type of an interface or a world.
struct wit_def {
    enum wit_def_kind kind;
    uint8_t state; // of resolution
    struct wit_id id;
    struct wit_gate gate;
    hf_str docs;
    hf_str external_id;
    struct wit_type *type;           // TYPE
    struct wit_func **funcs;         // RESOURCE: constructor, methods, static functions
    uint32_t func_count;             // RESOURCE
    struct wit_use *use;             // USE
    struct wit_id original;          // USE: the name in use->target
    struct wit_def *target;          // USE: the definition there, perhaps itself a use
    struct wit_interface *interface; // where it is defined; of a world's own types NULL
    struct wit_world *world;         // where it is defined; of an interface's types NULL
    void *data;                      // of whoever reads the packages
};

// What a chain of uses and aliases ends at: a definition that is a resource, or a type of another kind than NAMED.
const struct wit_def *wit_def_origin(const struct wit_def *def);
const struct wit_type *wit_type_origin(const struct wit_type *type);

enum wit_func_kind { WIT_FREE, WIT_METHOD, WIT_STATIC, WIT_CONSTRUCTOR };

struct wit_func {
    enum wit_func_kind kind;
    bool is_async;
    struct wit_id id; // "write"; of a constructor "constructor"
    hf_str name;      // as in a component: "[method]output-stream.write"
    struct wit_gate gate;
    hf_str docs;
    hf_str external_id;
    struct wit_def *resource;  // of METHOD, STATIC, CONSTRUCTOR
    struct wit_member *params; // with `self` of a method
    uint32_t param_count;
    struct wit_type *result; // NULL: none; of a constructor what it makes
    bool result_written;     // of a constructor: it is fallible
};

// --- interfaces and worlds -----------------------------------------------------------------------------------

// A named type or a function, in the order of the text.
struct wit_decl {
    struct wit_def *def;
    struct wit_func *func;
};

struct wit_interface {
    struct wit_id id;  // empty for one that is written inside a world
    hf_str plain_name; // of such a one: the import's or export's
    struct wit_package *package;
    struct wit_scope *scope; // in which its paths are looked up
    struct wit_gate gate;
    hf_str docs;
    struct wit_def **defs;
    uint32_t def_count;
    struct wit_func **funcs; // with those of resources
    uint32_t func_count;
    struct wit_decl *decls; // without functions of resources
    uint32_t decl_count;
    struct wit_interface **uses; // after resolution: the interfaces it uses directly, each once, in order
    uint32_t use_count;
    uint8_t state;
    void *data; // of whoever reads the packages
};

enum wit_item_kind { WIT_ITEM_INTERFACE, WIT_ITEM_FUNC, WIT_ITEM_TYPE };

// One import or export of a world.
struct wit_item {
    enum wit_item_kind kind;
    bool implied;         // an interface that is there because another one uses it
    struct wit_id id;     // the plain name; empty for an interface under its own name
    struct wit_path path; // of an interface that stands elsewhere
    struct wit_gate gate;
    hf_str docs;
    hf_str external_id;
    struct wit_interface *interface;
    struct wit_func *func;
    struct wit_def *def;
};

struct wit_rename {
    struct wit_id from;
    struct wit_id to;
};

struct wit_include {
    struct wit_path path;
    struct wit_gate gate;
    hf_str docs;
    struct wit_world *target;
    struct wit_rename *renames;
    uint32_t rename_count;
};

struct wit_items {
    struct wit_item **list;
    size_t count;
};

struct wit_world {
    struct wit_id id;
    struct wit_package *package;
    struct wit_scope *scope;
    struct wit_gate gate;
    hf_str docs;
    // As written.
    struct wit_items own_imports;
    struct wit_items own_exports;
    struct wit_include *includes;
    uint32_t include_count;
    struct wit_def **defs;
    uint32_t def_count;
    // After resolution, with what is included and implied; an interface comes behind those it uses.
    struct wit_items imports;
    struct wit_items exports;
    uint8_t state;
    void *data; // of whoever reads the packages
};

struct wit_package {
    struct wit_id space;
    struct wit_id name;
    struct wit_version version;
    hf_str docs;
    uint32_t folder; // of the files in which it stands
    bool nested;     // written as a block inside of another one's file
    struct wit_interface **interfaces;
    uint32_t interface_count;
    struct wit_world **worlds;
    uint32_t world_count;
};

// --- all of it -------------------------------------------------------------------------------------------------

struct wit_file {
    hf_str name;
    hf_str text;
    uint32_t folder;
};

struct wit_options {
    bool all_features;           // take in everything @unstable
    const char *const *features; // and if not, of these features
    size_t feature_count;
};

struct wit {
    struct arena arena;
    const hf_allocator *heap;
    struct wit_options options;
    struct wit_file *files;
    size_t file_count;
    struct wit_scope **scopes; // one for each file, and for each package block
    size_t scope_count;
    struct wit_package **packages;
    size_t package_count;
    uint32_t error_file; // where the first error is; NO_FILE
    size_t includes;     // work done for includes, which is bounded
};

// `heap` and the options' features are borrowed until wit_fini.
void wit_init(struct wit *wit, const struct wit_options *options, const hf_allocator *heap);
void wit_fini(struct wit *wit);

// Parses one file; files of one folder make one package. HF_MALFORMED with line and column.
hf_code wit_add(struct wit *wit, uint32_t folder, const char *name, const char *text, size_t size, hf_status *status);
// Once, after all files were added. HF_INVALID with line and column, HF_LIMIT.
hf_code wit_resolve(struct wit *wit, hf_status *status);

// Looking things up. NULL when there is none.
struct wit_package *wit_folder_package(const struct wit *wit, uint32_t folder);
struct wit_package *wit_find_package(const struct wit *wit, hf_str space, hf_str name, hf_str version);
struct wit_interface *wit_find_interface(const struct wit_package *package, hf_str name);
struct wit_world *wit_find_world(const struct wit_package *package, hf_str name);
struct wit_def *wit_find_def(const struct wit_interface *interface, hf_str name);
// "Specifying a World": by name in a folder's package, by path in any; without a name the only one. HF_NOT_FOUND.
hf_code wit_select_world(const struct wit *wit, uint32_t folder, const char *name, struct wit_world **out,
                         hf_status *status);

// "wasi:io/streams@0.2.12"; for an interface that is written inside a world its plain name.
void wit_put_interface_name(struct buf *out, const struct wit_interface *interface);
void wit_put_package_name(struct buf *out, const struct wit_package *package);

// Prints packages as WIT (print.c): one by itself, or that of `folder` with all others as blocks behind it.
void wit_print_package(struct buf *out, const struct wit_package *package);
// A world with all that it includes and implies.
void wit_print_world(struct buf *out, const struct wit_world *world);
void wit_print_all(struct buf *out, const struct wit *wit, uint32_t folder);

// Appends a world as a component type, as `component-type` sections of core modules carry it (encode.c).
// HF_OUT_OF_MEMORY, HF_UNSUPPORTED: external ids.
hf_code wit_encode_world(struct buf *out, const struct wit_world *world, hf_status *status);

static inline bool str_equal(hf_str a, hf_str b)
{
    return a.size == b.size && (!a.size || !__builtin_memcmp(a.data, b.data, a.size));
}

#endif
