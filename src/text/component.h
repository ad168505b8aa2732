// Components: text to bytes, from the inside. Unlike a module a component is written in the order in which it is read, so
// one reading is enough: identifiers stand for what was defined before, and what a definition writes inline is defined
// just before it (Explainer.md, "Grammar").
#ifndef TEXT_COMPONENT_H
#define TEXT_COMPONENT_H

#include "text/assembler.h"
#include "wasm/component.h"

enum { COMPONENT_DEPTH_MAX = 100 };

enum cscope_kind { CSCOPE_COMPONENT, CSCOPE_COMPONENT_TYPE, CSCOPE_INSTANCE_TYPE, CSCOPE_MODULE_TYPE };

// A component, or the body of a type: what has index spaces of its own.
struct cscope {
    struct cscope *outer;
    enum cscope_kind kind;
    unsigned depth;
    hf_str id;
    struct map ids[SORT_COUNT]; // identifier → index
    uint32_t counts[SORT_COUNT];
    struct assembler *core; // for core types, made when first needed
    uint32_t core_types;    // types that `core` has written so far
    struct buf out;         // finished sections; of a type: declarators
    struct buf items;       // of the section that is being written
    uint32_t item_count;    // in `items`; of a type: declarators
    uint8_t section;
};

struct component_assembler {
    struct parser p;
    const hf_allocator *heap;
    struct arena arena;
    hf_allocator memory; // the arena as an allocator: nothing has to be given back
    struct cscope *scope;
};

// --- component_scope.c ---

// The parser's arena becomes that of the assembler, which is to be given back with arena_fini.
void component_assembler_init(struct component_assembler *c, const struct parser *p, const hf_allocator *heap);

// A word by its text, since most words of components are none of modules.
bool at_text(const struct parser *p, const char *text);
bool take_text(struct parser *p, const char *text);
bool at_open_text(const struct parser *p, const char *text);
bool take_open_text(struct parser *p, const char *text);

void cbuf_init(struct component_assembler *c, struct buf *out);
void put_bytes(struct buf *out, const struct buf *bytes);
void put_name(struct buf *out, hf_str name);
void put_sort(struct buf *out, enum sort sort);

hf_code cscope_open(struct component_assembler *c, enum cscope_kind kind, hf_str id, struct cscope **out);
hf_code cscope_close(struct component_assembler *c);
// Writes a definition or declarator.
hf_code put_item(struct component_assembler *c, enum component_section section, const struct buf *item);
// Gives the next index of a sort to an identifier (data NULL: to none).
hf_code name_next(struct component_assembler *c, enum sort sort, hf_str id, uint32_t *out);

// Index or identifier; one of an enclosing scope is aliased.
hf_code parse_index(struct component_assembler *c, enum sort sort, uint32_t *out);
// The same, or "(sort index name*)", which aliases exports. `prefix`: core sorts are written with "core".
hf_code parse_ref(struct component_assembler *c, enum sort sort, bool prefix, uint32_t *out);
// "(sort index name*)" of any sort.
hf_code parse_any_ref(struct component_assembler *c, bool core, enum sort *sort, uint32_t *out);
// sort, with `core` before it where that is asked for; the word is taken.
hf_code parse_sort(struct component_assembler *c, bool core, enum sort *out);
// (export "name" attribute*)*: names of inline exports, for put_inline_exports.
struct inline_exports {
    struct buf names; // nameattributes, one after the other, each with its size before it
    uint32_t count;
};
hf_code parse_inline_exports(struct component_assembler *c, struct inline_exports *out);
hf_code put_inline_exports(struct component_assembler *c, const struct inline_exports *exports, enum sort sort,
                           uint32_t index);
// "name" attribute*
hf_code parse_name(struct component_assembler *c, struct buf *out);
// "(import "name" attribute*)" if that is next.
hf_code parse_inline_import(struct component_assembler *c, struct buf *name, bool *found);
// --- component.c ---

// The fields of a component, or declarators of a type, up to the ')'.
hf_code parse_fields(struct component_assembler *c);
hf_code parse_component(struct component_assembler *c, hf_str id, struct buf *out);

hf_code parse_alias(struct component_assembler *c);
// "(alias …)" behind "(sort id?": the inverted form.
hf_code parse_inverted_alias(struct component_assembler *c, enum sort sort, hf_str id, bool *found, uint32_t *out);

// --- component_type.c ---

hf_code parse_valtype(struct component_assembler *c, struct buf *out);
// deftype
hf_code parse_deftype(struct component_assembler *c, struct buf *out);
// The type of a function, instance or component: "(type x)" or written out.
hf_code parse_typeuse(struct component_assembler *c, enum sort sort, uint32_t *out);
// What stands in "(sort id? …)" behind the identifier: the bytes of an externtype.
hf_code parse_externtype_body(struct component_assembler *c, enum sort sort, struct buf *out);
// "(sort id? …)"
hf_code parse_externtype(struct component_assembler *c, struct buf *out, enum sort *sort, hf_str *id);
bool at_typeuse(const struct parser *p);

// --- component_core.c ---

// "(core …" behind the word `core`; the ')' is taken.
hf_code parse_core_field(struct component_assembler *c);
// A core type behind "(core type id?"; gives the encoded form.
hf_code parse_core_type(struct component_assembler *c, struct buf *out);
// (module decl*) as a type, behind "(core module id?"
hf_code parse_module_type(struct component_assembler *c, struct buf *out);
hf_code parse_module_decl(struct component_assembler *c);
hf_code parse_core_exports(struct component_assembler *c, uint32_t *out);

// --- component_canon.c ---

// (canon …) behind "(canon"; the ')' is taken. `sort`, `id`: of the inverted form, which has its type in `type`.
hf_code parse_canon(struct component_assembler *c);
hf_code parse_inverted_canon(struct component_assembler *c, enum sort sort, hf_str id, const uint32_t *type,
                             uint32_t *out);

// --- component_value.c ---

hf_code parse_value(struct component_assembler *c);
hf_code parse_start(struct component_assembler *c);

// --- the component ---

// As assemble_module, behind "(component" or bare.
hf_code assemble_component(struct parser *p, const hf_allocator *heap, enum module_form form, struct buf *out);

#endif
