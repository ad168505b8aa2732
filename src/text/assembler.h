// The assembler from the inside: what its files share. From outside it is text_assemble() of text/text.h.
//
// A module is read three times over its tokens: `declare` gives every named thing its index, `types` encodes the type
// section, `fields` encodes everything else, each field into the buffer of its section. Buffers are joined at the end.
#ifndef TEXT_ASSEMBLER_H
#define TEXT_ASSEMBLER_H

#include "base/reader.h"
#include "text/parser.h"

// Index spaces with identifiers.
enum space {
    SPACE_TYPE,
    SPACE_FUNC,
    SPACE_TABLE,
    SPACE_MEMORY,
    SPACE_GLOBAL,
    SPACE_TAG,
    SPACE_ELEM,
    SPACE_DATA,
    SPACE_COUNT,
};

// Sections in the order in which they are written. The ones behind SECTION_FIRST carry their ids in section_ids.
enum section {
    SECTION_FIRST, // nothing but custom sections
    SECTION_TYPE,
    SECTION_IMPORT,
    SECTION_FUNC,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_TAG,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEM,
    SECTION_DATACOUNT,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_LAST, // nothing but custom sections
    SECTION_COUNT,
};

// Their words in (@custom … (after X)) and their ids; 0 where there is none.
extern const char *const section_names[SECTION_COUNT];
extern const uint8_t section_ids[SECTION_COUNT];

struct name_entry {
    uint32_t outer; // function or type, for the name maps with two levels
    uint32_t index;
    hf_str name;
};

struct name_list {
    struct name_entry *items;
    size_t count, cap;
};

// Subsections of the name section behind those of the spaces.
enum { NAMES_LOCAL = SPACE_COUNT, NAMES_LABEL, NAMES_FIELD, NAMES_COUNT };

struct type_entry {
    uint8_t kind;         // 0x60 func, 0x5f struct, 0x5e array, 0 unknown
    uint32_t param_count; // of a function type
    size_t at, size;      // of its parameters and results in `signatures`
};

struct label {
    hf_str name;
    uint32_t shadowed; // 1 + depth of the label that had the name before, or 0
};

struct custom {
    hf_str name;
    enum section section;
    bool before;
    size_t at, size; // in `customs`
};

struct assembler {
    struct parser p;
    const hf_allocator *heap;
    struct arena arena;
    bool name_section;

    struct map maps[SPACE_COUNT]; // identifier → index
    struct map fields;            // type index and identifier → field index
    uint32_t declared[SPACE_COUNT];
    uint32_t next[SPACE_COUNT]; // index of the next definition that `fields` meets
    struct name_list names[NAMES_COUNT];
    hf_str module_name;

    struct buf sections[SECTION_COUNT];
    uint32_t counts[SECTION_COUNT];
    const char *defined; // "function": what was defined first, behind which no import may come
    uint32_t start;
    bool has_start, uses_data;
    struct buf hints; // the branch hint section's functions
    uint32_t hint_count;

    struct type_entry *types;
    size_t type_count, type_cap;
    struct buf signatures;
    struct map signature_map; // parameters and results → the first type that is just that

    struct custom *customs;
    size_t custom_count, custom_cap;
    struct buf custom_bytes;

    // The function whose body is being read
    struct map locals;
    bool locals_used;
    uint32_t func;
    uint32_t local_count;
    bool params_unknown; // its type is not known yet, so nor are the indices of its locals
    struct label *labels;
    size_t label_count, label_cap;
    uint32_t labels_seen;
    struct map label_map; // identifier → 1 + depth of its innermost label, or 0
    struct buf body;
    struct buf func_hints;
    uint32_t func_hint_count;
    bool in_func;

    // Scratch
    struct frame *frames;
    size_t frame_count, frame_cap;
    struct buf pending; // encoded instructions that wait for their operands
    struct buf params, results, signature, scratch;
};

// A parsed typeuse: the type's index is not looked up yet.
struct typeuse {
    bool has_type; // (type x) was given
    uint32_t type;
    uint32_t params, results;
    // The parameters and results stand in a->params and a->results, encoded, until the next typeuse.
};

// --- assembler.c ---

hf_code assemble_index(struct assembler *a, enum space space, uint32_t *out);
// The index, or `otherwise` when neither number nor identifier is next.
hf_code assemble_index_or(struct assembler *a, enum space space, uint32_t otherwise, uint32_t *out);
// Records a name for the name section: of an annotation "(@name …)" if that is next, else the identifier.
hf_code assemble_name(struct assembler *a, unsigned list, uint32_t outer, uint32_t index, hf_str id);
// "(@name …)" if that is next; else `out->data` is NULL.
hf_code assemble_name_annot(struct assembler *a, hf_str *out);

// --- declare.c ---

struct space_info {
    const char *name;  // as the specification's tests call it
    const char *bound; // in "duplicate …"
};
extern const struct space_info space_infos[SPACE_COUNT];

// The space of the definitions that a word begins, or SPACE_COUNT.
enum space space_of(unsigned word);
// Reads over all fields from the next token on. Complains of duplicates only: wrong syntax is left to the later readings.
hf_code declare_all(struct assembler *a);

// --- types.c ---

bool at_reftype(const struct parser *p);
hf_code assemble_valtype(struct assembler *a, struct buf *out);
hf_code assemble_reftype(struct assembler *a, struct buf *out);
// (ref null? ht) or its short form, taken apart.
hf_code assemble_reftype_parts(struct assembler *a, bool *nullable, struct buf *heap_type);
hf_code assemble_heaptype(struct assembler *a, struct buf *out);
hf_code assemble_globaltype(struct assembler *a, struct buf *out);
// addrtype? limits and what may stand beside them
hf_code assemble_limits(struct assembler *a, bool memory, struct buf *out);
bool take_addrtype(struct assembler *a, bool *is64);
// `bind`: identifiers of parameters become locals; without, `ids` says whether they may stand there at all.
hf_code assemble_typeuse(struct assembler *a, bool bind, bool ids, struct typeuse *out);
// The type index of a typeuse; adds the type when there is none like it.
hf_code resolve_typeuse(struct assembler *a, const struct typeuse *use, uint32_t *out);
hf_code assemble_types(struct assembler *a, size_t first);
hf_code bind_local(struct assembler *a, hf_str id, uint32_t index);

// --- instr.c ---

// Instructions up to the ')' of the list that holds them, which is not taken; no `end` is written.
hf_code assemble_instrs(struct assembler *a, struct buf *out);
// One folded instruction.
hf_code assemble_folded(struct assembler *a, struct buf *out);
void assemble_free_frames(struct assembler *a);

// --- names.c ---

hf_code assemble_custom(struct assembler *a);
void put_name_section(struct assembler *a, struct buf *out);
void put_customs(const struct assembler *a, enum section section, bool before, struct buf *out);
void put_hint_section(struct assembler *a, struct buf *out);
void put_str(struct buf *out, hf_str str);

// --- the module ---

enum module_form {
    MODULE_HEADED, // the cursor is behind "(module"; identifier and fields follow, and ')' is taken
    MODULE_BARE,   // the cursor is on the first field; all up to the end of the text
};

// Appends the module's bytes to `out`. `p->arena` may be NULL.
hf_code assemble_module(struct parser *p, const hf_allocator *heap, bool name_section, enum module_form form,
                        struct buf *out);

// --- for components ---

// An assembler of core types outside of a module, to be given back with assembler_fini. NULL: out of memory.
struct assembler *assembler_for_types(const struct parser *p, const hf_allocator *heap);
void assembler_fini(struct assembler *a);
// An index that something else took.
hf_code assembler_skip_type(struct assembler *a);
// What stands in "(type id? …)" behind the identifier. `alone`: a recursion group of its own.
hf_code assemble_sub_type(struct assembler *a, bool alone, struct buf *out);
// (rec (type …)*) behind "(rec", with its ')', into the type section.
hf_code assemble_rec_group(struct assembler *a);
// externtype without its keyword and identifier. Function types that it writes out go into the type section.
hf_code assemble_extern_type(struct assembler *a, enum space space, struct buf *out);
// Moves behind a function type of the type section.
bool skip_func_type(struct reader *in);

#endif
