// Descriptors of component value types from the inside: what every kind is, and how a sum is told apart in the host's
// layout. Building, checking and comparing them is public: <holdfast/witype.h>.
#ifndef VALUE_TYPE_H
#define VALUE_TYPE_H

#include <holdfast/witype.h>

enum type_parts {
    PARTS_NONE,
    PARTS_ELEMENT,
    PARTS_MAYBE,
    PARTS_FIELDS,
    PARTS_CASES,
    PARTS_LABELS,
    PARTS_RESOURCE,
};

// Descriptors nest no deeper, so that whoever walks one may recurse.
#define TYPE_DEPTH_MAX 100
// And have no more parts, counted as a tree. Descriptors may share parts, so that a small graph is a tree of any size.
#define TYPE_NODES_MAX (UINT32_C(1) << 20)
// Values are no larger (strings and lists count as their pointer and length).
#define TYPE_SIZE_MAX (UINT32_C(1) << 30)
// "flags": 1 to 32 labels.
#define TYPE_LABELS_MAX 32u

bool type_is_kind(hf_witkind kind);
enum type_parts type_parts(hf_witkind kind);
// Of a kind whose values have the same C type whatever they are made of; otherwise 0.
uint32_t type_host_size(hf_witkind kind);
uint32_t type_host_align(hf_witkind kind);

// discriminant_type: bytes of the tag of `cases` cases.
static inline uint32_t type_tag_size(uint32_t cases)
{
    return cases <= 0x100 ? 1 : cases <= 0x10000 ? 2 : 4;
}

// alignment_flags: bytes of flags with `labels` labels.
static inline uint32_t type_flags_size(uint32_t labels)
{
    return labels <= 8 ? 1 : labels <= 16 ? 2 : 4;
}

// Is a value of it a tag of type_tag_size(count) bytes, perhaps with a payload: a variant, enum, option, or result?
bool type_is_sum(hf_witkind kind);

// An unsigned number of 1, 2 or 4 bytes in the host's memory: tags and flags.
uint32_t type_read_uint(const void *at, uint32_t size);
void type_write_uint(void *at, uint32_t size, uint32_t value);

#endif
