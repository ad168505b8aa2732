// How values of a type lie in the host's memory: as the C compiler would lay out the struct of <holdfast/witype.h>.
#include "value/type.h"

#include "base/ckd.h"
#include "base/fail.h"

static hf_code bad(hf_status *status, const hf_type *type, const char *what)
{
    return fail(status, HF_BAD_ARGUMENT, "type %s: %s", hf_witkind_name(type->kind), what);
}

static hf_code too_large(hf_status *status, const hf_type *type)
{
    return fail(status, HF_LIMIT, "type %s: values of more than %u bytes", hf_witkind_name(type->kind), TYPE_SIZE_MAX);
}

static bool laid_out(const hf_type *type)
{
    return type_is_kind(type->kind) && type->size != 0 && type->size <= TYPE_SIZE_MAX && type->align != 0 &&
           type->align <= 16 && (type->align & (type->align - 1)) == 0;
}

// Sizes are at most TYPE_SIZE_MAX, so that this does not wrap.
static uint32_t align_to(uint32_t at, uint32_t align)
{
    return (at + align - 1) & ~(align - 1);
}

struct extent {
    uint32_t size, align;
};

// Where the i-th field lies: written when the descriptor is being laid out (`fields`), compared when it is checked.
static hf_code place(const hf_type *type, hf_field *fields, uint32_t i, uint32_t offset, hf_status *status)
{
    if (fields) fields[i].offset = offset;
    return type->fields[i].offset == offset ? HF_OK : bad(status, type, "a field at another offset");
}

// alignment_record, elem_size_record
static hf_code record_extent(const hf_type *type, hf_field *fields, struct extent *out, hf_status *status)
{
    struct extent extent = { 0, 1 };
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_type *part = type->fields[i].type;
        if (!part || !laid_out(part)) return bad(status, type, "a field without type or layout");
        if (part->align > extent.align) extent.align = part->align;
        const uint32_t at = align_to(extent.size, part->align);
        if (place(type, fields, i, at, status)) return HF_BAD_ARGUMENT;
        extent.size = at + part->size;
        if (extent.size > TYPE_SIZE_MAX) return too_large(status, type);
    }
    extent.size = align_to(extent.size, extent.align);
    *out = extent;
    return HF_OK;
}

// alignment_variant, elem_size_variant
static hf_code sum_extent(const hf_type *type, hf_field *fields, struct extent *out, hf_status *status)
{
    const uint32_t tag = type_tag_size(type->count);
    struct extent payload = { 0, 1 };
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_type *part = type->fields[i].type;
        if (!part) continue;
        if (!laid_out(part)) return bad(status, type, "a case without layout");
        if (part->align > payload.align) payload.align = part->align;
        if (part->size > payload.size) payload.size = part->size;
    }
    const uint32_t at = align_to(tag, payload.align);
    for (uint32_t i = 0; i < type->count; i++) {
        if (place(type, fields, i, type->fields[i].type ? at : 0, status)) return HF_BAD_ARGUMENT;
    }
    const uint32_t align = payload.align > tag ? payload.align : tag;
    *out = (struct extent){ align_to(payload.size ? at + payload.size : tag, align), align };
    return HF_OK;
}

static bool key_type(const hf_type *type)
{
    return type && (type->kind <= HF_WIT_U64 || type->kind == HF_WIT_CHAR || type->kind == HF_WIT_STRING);
}

// What only some types may be made of.
static hf_code check_parts(const hf_type *type, hf_status *status)
{
    const enum type_parts parts = type_parts(type->kind);
    const bool has_fields = parts == PARTS_FIELDS || parts == PARTS_CASES || parts == PARTS_LABELS;
    if (has_fields && type->count && !type->fields) return bad(status, type, "no fields");
    if (!has_fields && type->count && type->kind != HF_WIT_FIXED_LIST) return bad(status, type, "a count");
    if (parts == PARTS_ELEMENT && !type->element) return bad(status, type, "no element");
    if (type->element && !laid_out(type->element)) return bad(status, type, "an element without layout");
    if (parts == PARTS_RESOURCE && !type->resource) return bad(status, type, "no resource");

    switch (type->kind) {
    case HF_WIT_FIXED_LIST:
        if (type->count == 0) return bad(status, type, "no length");
        break;
    case HF_WIT_MAP:
        if (type->element->kind != HF_WIT_TUPLE || type->element->count != 2 ||
            !key_type(type->element->fields[0].type))
            return bad(status, type, "its element is no tuple of key and value");
        break;
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
        if (type->count == 0) return bad(status, type, "empty");
        break;
    case HF_WIT_OPTION:
        if (type->count != 2 || type->fields[0].type || !type->fields[1].type)
            return bad(status, type, "its cases are not none and some");
        break;
    case HF_WIT_RESULT:
        if (type->count != 2) return bad(status, type, "its cases are not ok and error");
        break;
    case HF_WIT_FLAGS:
        if (type->count == 0 || type->count > TYPE_LABELS_MAX) return bad(status, type, "not 1 to 32 labels");
        break;
    default: break;
    }
    for (uint32_t i = 0; parts == PARTS_LABELS && i < type->count; i++) {
        if (type->fields[i].type) return bad(status, type, "a label with a type");
    }
    return HF_OK;
}

static hf_code extent_of(const hf_type *type, hf_field *fields, struct extent *out, hf_status *status)
{
    struct extent extent = { type_host_size(type->kind), type_host_align(type->kind) };
    hf_code code = check_parts(type, status);
    if (code) return code;
    switch (type->kind) {
    case HF_WIT_FIXED_LIST:
        if (ckd_mul(&extent.size, type->element->size, type->count)) return too_large(status, type);
        extent.align = type->element->align;
        break;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE: code = record_extent(type, fields, &extent, status); break;
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: code = sum_extent(type, fields, &extent, status); break;
    case HF_WIT_FLAGS:
        extent.size = extent.align = type_flags_size(type->count);
        for (uint32_t i = 0; i < type->count && !code; i++) code = place(type, fields, i, 0, status);
        break;
    default: break;
    }
    if (code) return code;
    if (extent.size > TYPE_SIZE_MAX) return too_large(status, type);
    *out = extent;
    return HF_OK;
}

hf_code hf_type_layout(hf_type *type, hf_field *fields, hf_status *status)
{
    if (!type || !type_is_kind(type->kind)) return fail(status, HF_BAD_ARGUMENT, "no kind of type");
    if (type->fields != fields) return bad(status, type, "fields that are not its own");
    struct extent extent;
    const hf_code code = extent_of(type, fields, &extent, status);
    if (code) return code;
    type->size = extent.size;
    type->align = extent.align;
    return HF_OK;
}

// Descriptors may share parts: a small graph can be a tree of any size.
struct check {
    uint32_t left; // nodes that may still be looked at
    hf_status *status;
};

static hf_code check(struct check *c, const hf_type *type, unsigned depth)
{
    if (!type_is_kind(type->kind)) return fail(c->status, HF_BAD_ARGUMENT, "no kind of type");
    if (depth == TYPE_DEPTH_MAX || c->left == 0) return fail(c->status, HF_LIMIT, "a type with too many parts");
    c->left--;

    struct extent extent;
    hf_code code = extent_of(type, NULL, &extent, c->status);
    if (code) return code;
    if (type->size != extent.size || type->align != extent.align) return bad(c->status, type, "another size");
    if (type->element) return check(c, type->element, depth + 1);
    for (uint32_t i = 0; i < type->count && type->fields && !code; i++) {
        if (type->fields[i].type) code = check(c, type->fields[i].type, depth + 1);
    }
    return code;
}

hf_code hf_type_check(const hf_type *type, hf_status *status)
{
    struct check c = { TYPE_NODES_MAX, status };
    return type ? check(&c, type, 0) : fail(status, HF_BAD_ARGUMENT, "no type");
}
