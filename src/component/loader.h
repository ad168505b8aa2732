// The state of decoding and validating one component with all that is nested in it; private to the room. Both are done in
// one walk, since a component's definitions speak of what stands before them only.
#ifndef COMPONENT_LOADER_H
#define COMPONENT_LOADER_H

#include "base/fail.h"
#include "base/reader.h"
#include "component/component.h"
#include "component/match.h"
#include "decode/decode.h"
#include "runtime/engine.h"
#include "wasm/extern_name.h"

#define TRY(call)                               \
    do {                                        \
        const hf_code try_code = (call);        \
        if (try_code != HF_OK) return try_code; \
    } while (0)

enum { SCOPE_DEPTH_MAX = 100 };

// A growing array in an arena.
struct vec {
    void *items;
    size_t count, cap;
};

#define VEC_AT(vec, type, i) (((type *)(vec).items)[i])

enum scope_kind { SCOPE_COMPONENT, SCOPE_COMPONENT_TYPE, SCOPE_INSTANCE_TYPE, SCOPE_MODULE_TYPE };

// A core instance: what it exports.
struct core_exports {
    uint32_t scope; // names
    uint32_t count;
    const struct module_export *items;
};

struct value_def {
    ctype type;
    bool consumed;
};

// What an index of a space stands for:
//   CORE_FUNC, CORE_TAG uint32_t (canonical id) · CORE_TABLE struct table_type · CORE_MEMORY struct limits ·
//   CORE_GLOBAL struct global_type · CORE_TYPE ctype of a module type, or NO_CTYPE (see core_types) ·
//   CORE_INSTANCE struct core_exports · VALUE struct value_def · all others ctype
struct scope {
    struct scope *outer;
    enum scope_kind kind;
    unsigned depth;
    uint32_t id;                 // of resource types and names
    struct component *component; // SCOPE_COMPONENT
    struct vec spaces[SORT_COUNT];
    struct core_space *core_types; // NULL: none yet
    struct vec imports, exports;   // struct extern_decl
    struct vec component_exports;  // struct component_export
    struct vec definitions;
    struct vec resources; // ids by slot
    uint32_t sets;        // the first of enum scope_set
    bool has_context_type;
    valtype context_type; // of context.get and context.set
};

// Of a scope, in loader.facts.
enum scope_set {
    SET_IMPORT_NAMES, // canonical names → position, for strong uniqueness
    SET_EXPORT_NAMES,
    SET_IMPORT_VISIBLE, // places that imports may refer to
    SET_EXPORT_VISIBLE,
    SET_IMPORT_RESOURCES, // places of resource types → position of the import that names them
    SET_EXPORT_RESOURCES,
    SET_IMPORT_RESOURCE_NAMES, // names of resource types
    SET_EXPORT_RESOURCE_NAMES,
    SCOPE_SETS
};

struct loader {
    struct reader in;
    struct hf_component *c;
    struct ctypes *types;
    struct arena *arena;  // of the component
    struct arena scratch; // until the whole is decoded
    struct sets facts;
    struct scope *scope;
    hf_status *status;
    uint32_t features;
    struct vec modules, core_groups;
    struct matcher matcher;
};

// --- loader.c: what all parts are made of ---

static inline uint64_t loader_at(const struct loader *d)
{
    return reader_offset(&d->in);
}
hf_code loader_check(const struct loader *d);
hf_code loader_byte(struct loader *d, uint8_t *out);
// A byte that is not one of those that may stand there.
hf_code loader_bad_byte(struct loader *d, uint64_t at, uint8_t byte, const char *what);
// A byte that has to be 0 or 1.
hf_code loader_flag(struct loader *d, const char *what, bool *out);
hf_code loader_u32(struct loader *d, uint32_t *out);
// A vector's count: not more items of `least` bytes than there are bytes.
hf_code loader_count(struct loader *d, uint32_t least, uint32_t *out);
hf_code loader_name(struct loader *d, hf_str *out);
hf_code loader_invalid(struct loader *d, uint64_t at, const char *fmt, ...) HF_PRINTF(3, 4);
hf_code loader_need(struct loader *d, uint64_t at, enum feature feature, const char *what);
int shown(hf_str s); // how much of a name a message shows, for "%.*s"

void *vec_push(struct loader *d, struct arena *arena, struct vec *vec, size_t size); // zeroed; NULL: no memory

hf_code scope_open(struct loader *d, enum scope_kind kind, struct scope *out);
void scope_close(struct loader *d, struct scope *scope);
// The innermost component.
struct scope *scope_component(struct scope *scope);
// Adds a ctype to the index space of a sort that holds such.
hf_code scope_add(struct loader *d, enum sort sort, ctype type);
// Reads an index and gives the type of what it stands for. HF_INVALID "function index out of bounds".
hf_code scope_index(struct loader *d, struct scope *scope, enum sort sort, uint64_t at, uint32_t index);
hf_code loader_index(struct loader *d, enum sort sort, uint32_t *out);
static inline ctype scope_type(const struct scope *scope, enum sort sort, uint32_t index)
{
    return VEC_AT(scope->spaces[sort], ctype, index);
}
// An object of a sort as the import or export that it could be.
hf_code scope_entity(struct loader *d, enum sort sort, uint32_t index, uint64_t at, struct wit_entity *out);
// Adds the object that an import, export or alias stands for.
hf_code scope_add_entity(struct loader *d, struct wit_entity entity);
// A new definition of the component that is being read; NULL: out of memory.
struct definition *scope_define(struct loader *d, enum definition_kind kind, enum sort sort, uint64_t at);
// core:sort and sort. `what` is for the message.
hf_code loader_core_sort(struct loader *d, const char *what, enum sort *out);
hf_code loader_sort(struct loader *d, const char *what, enum sort *out);
// Takes up the references of a core type space, and frees it.
hf_code keep_core_types(struct loader *d, struct core_space *space);
// A new resource type of this scope.
hf_code scope_resource(struct loader *d, enum resource_origin origin, ctype *out);
// Resource types that an object brings into the component get their bindings.
hf_code scope_bind(struct loader *d, struct wit_entity entity, struct definition *def);
// A substitution that makes new resource types of this origin out of those of a scope.
void scope_subst(struct loader *d, struct subst *s, uint32_t fresh_scope, enum resource_origin origin);

// --- module_type.c ---

// The type of a core module; duplicate imports are refused.
hf_code module_type_of(struct loader *d, const struct hf_module *m, uint64_t at, ctype *out);
// core:type
hf_code load_core_type(struct loader *d);
struct core_space *scope_core_types(struct loader *d, struct scope *scope);
// The canonical id of a core type that is no module type.
uint32_t scope_core_type_id(const struct scope *scope, uint32_t index);

// --- value_type.c, type.c ---

hf_code load_valtype(struct loader *d, ctype *out);
// resultlist; NO_CTYPE: none
hf_code load_result_list(struct loader *d, ctype *out);
hf_code load_defvaltype(struct loader *d, uint64_t at, uint8_t code, ctype *out);
hf_code load_type(struct loader *d);
// A label of a list, in kebab case and strongly unique in `set`. `what` is "record field", `of` "field".
hf_code unique_label(struct loader *d, uint64_t at, uint32_t set, hf_str label, const char *what, const char *of,
                     const struct ctype_field *before, uint32_t position);

// --- extern.c ---

struct name_attributes {
    struct extern_decl decl; // without entity
    struct extern_name parsed;
    uint64_t at;
};

// A list of imports or exports that is being read.
struct extern_list {
    const char *what;                          // "import" or "export"
    struct vec *decls;                         // struct extern_decl, in the component's arena
    uint32_t names, resources, resource_names; // sets of loader.facts: see enum scope_set
};

// nameattributes
hf_code load_name_attributes(struct loader *d, struct name_attributes *out);
// externtype, with new places for the types that it introduces and the resource types of instances. They are not added.
hf_code load_externtype(struct loader *d, bool import, struct wit_entity *out);
// Checks the name and adds it to the list and, under this scope, to the names.
hf_code list_add(struct loader *d, struct extern_list *list, const struct name_attributes *name,
                 struct wit_entity entity, uint32_t scope);
// Adds an import or export to the scope that is being read: its name, what it makes visible, its place in the index space.
hf_code add_extern(struct loader *d, const struct name_attributes *name, struct wit_entity entity, bool import);
hf_code load_import(struct loader *d);
hf_code load_export(struct loader *d);

// --- visible.c (Explainer.md, "External Visibility of Types") ---

// May an import or export of the scope refer to what this one refers to? Makes visible what it introduces.
hf_code check_visible(struct loader *d, struct wit_entity entity, bool import, uint64_t at);

// --- instance.c, alias.c, canon.c, value.c ---

hf_code load_core_instance(struct loader *d);
hf_code load_instance(struct loader *d);
hf_code load_alias(struct loader *d, bool declarator);
hf_code load_canon(struct loader *d);
hf_code load_start(struct loader *d);
hf_code load_value(struct loader *d);

#endif
