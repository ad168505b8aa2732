// What the kinds of types are, and when two types are the same.
#include "value/type.h"

#include <string.h>

struct kind {
    const char *text;
    enum type_parts parts;
    hf_type plain; // the type itself, if it has no parts
};

// clang-format off
#define HOST(type) sizeof(type), _Alignof(type)
#define COMPUTED 0, 0
#define KIND(name, text, host, parts) \
    [HF_WIT_##name] = { text, PARTS_##parts, { HF_WIT_##name, host, 0, NULL, NULL, NULL, { NULL, 0 } } },
static const struct kind kinds[] = {
#include "value/kinds.def"
};
#undef KIND
// clang-format on

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

bool type_is_kind(hf_witkind kind)
{
    return (unsigned)kind < KIND_COUNT && kinds[kind].text;
}

enum type_parts type_parts(hf_witkind kind)
{
    return kinds[kind].parts;
}

uint32_t type_host_size(hf_witkind kind)
{
    return kinds[kind].plain.size;
}

uint32_t type_host_align(hf_witkind kind)
{
    return kinds[kind].plain.align;
}

bool type_is_sum(hf_witkind kind)
{
    return kinds[kind].parts == PARTS_CASES || kind == HF_WIT_ENUM;
}

uint32_t type_read_uint(const void *at, uint32_t size)
{
    uint8_t narrow;
    uint16_t middle;
    uint32_t wide;
    switch (size) {
    case 1: memcpy(&narrow, at, sizeof narrow); return narrow;
    case 2: memcpy(&middle, at, sizeof middle); return middle;
    default: memcpy(&wide, at, sizeof wide); return wide;
    }
}

void type_write_uint(void *at, uint32_t size, uint32_t value)
{
    const uint8_t narrow = (uint8_t)value;
    const uint16_t middle = (uint16_t)value;
    switch (size) {
    case 1: memcpy(at, &narrow, sizeof narrow); break;
    case 2: memcpy(at, &middle, sizeof middle); break;
    default: memcpy(at, &value, sizeof value); break;
    }
}

const char *hf_witkind_name(hf_witkind kind)
{
    return type_is_kind(kind) ? kinds[kind].text : "";
}

const hf_type *hf_type_of_kind(hf_witkind kind)
{
    return type_is_kind(kind) && kinds[kind].parts == PARTS_NONE ? &kinds[kind].plain : NULL;
}

static bool str_equal(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool resource_equal(const hf_restype *a, const hf_restype *b)
{
    return a == b ||
           (a && b && a->index == b->index && str_equal(a->interface, b->interface) && str_equal(a->name, b->name));
}

static bool equal(const hf_type *a, const hf_type *b, unsigned depth, uint32_t *left)
{
    if (a == b) return true;
    if (!a || !b || a->kind != b->kind || a->count != b->count || !type_is_kind(a->kind)) return false;
    if (depth == TYPE_DEPTH_MAX || *left == 0) return false;
    --*left;
    if (kinds[a->kind].parts == PARTS_RESOURCE) return resource_equal(a->resource, b->resource);
    if (!equal(a->element, b->element, depth + 1, left)) return false;
    for (uint32_t i = 0; a->fields && b->fields && i < a->count; i++) {
        const hf_field *x = &a->fields[i], *y = &b->fields[i];
        if (!str_equal(x->name, y->name) || !equal(x->type, y->type, depth + 1, left)) return false;
    }
    return true;
}

bool hf_type_equal(const hf_type *a, const hf_type *b)
{
    uint32_t left = TYPE_NODES_MAX;
    return equal(a, b, 0, &left);
}
