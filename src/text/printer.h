// The printer from the inside: what its files share. From outside it is text_print() of text/text.h.
//
// It walks over the bytes themselves, not over a decoded module: types keep the indices that were written, and what does
// not validate can be printed too.
#ifndef TEXT_PRINTER_H
#define TEXT_PRINTER_H

#include "base/arena.h"
#include "base/reader.h"
#include "text/assembler.h"

struct printed_type {
    uint8_t kind;                // 0x60, 0x5f, 0x5e
    uint32_t params, results;    // of a structure: `params` fields
    struct reader at;            // on the parameters
    struct printed_name *fields; // or NULL
};

// A name of the name section, and whether it can be an identifier: it is not empty and nothing else has it.
struct printed_name {
    hf_str name;
    bool is_id;
};

struct name_span {
    uint32_t outer;
    struct reader map;
};

struct custom_span {
    hf_str name;
    const uint8_t *data;
    size_t size;
    enum section after;        // SECTION_FIRST: at the start
    enum section before_count; // if `after` is the data count: the section before that
    bool behind_names;
};

struct printed_hint {
    uint32_t func, offset;
    uint8_t value;
};

struct node;

struct printer {
    struct buf *out;
    hf_status *status;
    const uint8_t *bytes;
    struct arena arena;
    const hf_allocator *heap;
    bool folded, offsets, skeleton;
    bool uses_data; // an instruction speaks of a data segment
    unsigned indent;

    struct reader sections[SECTION_COUNT]; // behind the count; start NULL where there is none
    uint32_t counts[SECTION_COUNT];        // of their vectors
    struct custom_span *customs;
    size_t custom_count, custom_cap;

    struct printed_type *types;
    uint32_t spaces[SPACE_COUNT]; // sizes of the index spaces
    uint32_t imported[SPACE_COUNT];
    uint32_t *func_types, *tag_types;
    struct printed_name *names[SPACE_COUNT]; // or NULL
    hf_str module_name;
    struct name_span *indirect[3]; // of NAMES_LOCAL, NAMES_LABEL and NAMES_FIELD, by growing outer index
    uint32_t indirect_count[3];
    const struct custom_span *name_section, *hint_section; // those that are printed as names and hints
    struct printed_hint *hints;
    size_t hint_count;

    // The function whose body is printed
    struct printed_name *locals; // or NULL
    uint32_t local_count, func_results;
    uint64_t locals_printed;     // of all functions, for the limit
    uint32_t local_at, label_at; // where inner_names goes on
    struct printed_name *labels; // or NULL
    uint32_t label_names, labels_seen;
    hf_str *open; // names of the open labels; NULL data where they cannot be spoken of by name
    size_t open_count, open_cap;
    size_t next_hint;

    // Its instructions, when they are folded
    struct node *nodes;
    size_t node_count, node_cap;
    struct buf line;
};

// --- print.c ---

hf_code print_fail(struct printer *pr, const struct reader *in, const char *what);
void print_line(struct printer *pr); // begins a line
void print_string(struct buf *out, hf_str str, bool text);
void print_id(struct buf *out, hf_str name);
void print_index(struct printer *pr, enum space space, uint32_t index, struct buf *out);
// Where something is defined: " $id", or " (@name …)" for a name that cannot be an identifier.
void print_name(struct buf *out, const struct printed_name *name);
// The same with the index behind it: " $id (;3;)".
void print_definition(struct printer *pr, enum space space, uint32_t index);

// --- print_types.c ---

// Notes what each type is, in pr->types.
hf_code scan_types(struct printer *pr);
void print_type_section(struct printer *pr);
void print_valtype(struct printer *pr, struct reader *in, struct buf *out);
void print_reftype(struct printer *pr, struct reader *in, struct buf *out);
void print_heaptype(struct printer *pr, struct reader *in, struct buf *out);
// A type and its mutability: fields, elements and globals.
void print_fieldtype(struct printer *pr, struct reader *in);
// " i64 1 2 shared (pagesize 1)"
void print_limits(struct reader *in, struct buf *out);
void print_tabletype(struct printer *pr, struct reader *in);
// " (word t t)", or nothing for none
void print_types(struct printer *pr, const char *word, struct reader *in, uint32_t count, struct buf *out);
// " (type 3) (param i32) (result i32)"
void print_typeuse(struct printer *pr, uint32_t type, struct buf *out);
// " (param i32) (result i32)"
void print_signature(struct printer *pr, const struct printed_type *type, struct buf *out);

// --- print_names.c ---

hf_code read_names(struct printer *pr);
hf_code read_hints(struct printer *pr);
// The inner map for `outer` of list NAMES_LOCAL, NAMES_LABEL or NAMES_FIELD: `count` names by index, or NULL when there
// is no map. For callers that ask with growing `outer`; `at` is theirs and begins at 0.
hf_code inner_names(struct printer *pr, unsigned list, uint32_t outer, uint32_t count, uint32_t *at,
                    struct printed_name **out);
// Names to identifiers: those that are not empty and unlike all others.
hf_code choose_ids(struct printer *pr, struct printed_name *names, uint32_t count);

// --- print_instr.c ---

// One instruction, its immediates included. Without a module (`pr->bytes` NULL) indices are numbers.
enum opcode print_instr(struct printer *pr, struct reader *in, struct buf *out);
// Expression up to its end, on one line: "(i32.const 1)"; several instructions are separated by spaces.
hf_code print_expr(struct printer *pr, struct reader *in, struct buf *out);
// --- print_body.c ---

// The instructions of a body, from behind its locals, up to its end.
hf_code print_body(struct printer *pr, struct reader *in, uint32_t func);
void print_free_nodes(struct printer *pr);

// Values that an instruction takes and gives, as far as the syntax tells.
struct arity {
    uint32_t takes, gives;
};

// What print_instr finds out on its way.
struct instr_facts {
    uint32_t index; // its first index: type, function, tag, count
    uint32_t block_results;
};
enum opcode print_instr_facts(struct printer *pr, struct reader *in, struct buf *out, struct instr_facts *facts);
struct arity instr_arity(const struct printer *pr, enum opcode op, const struct instr_facts *facts);

#endif
