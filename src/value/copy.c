// Deep copies. The first walk checks the value and measures what it points to; that is taken in one block, and the second
// walk, which fills it, cannot fail.
#include "value/value.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "base/fail.h"

// Room for `size` bytes behind *at, aligned; false when that wraps.
static bool reserve(size_t *at, size_t size, size_t align)
{
    const size_t over = *at & (align - 1);
    return !(over && ckd_add(at, *at, align - over)) && !ckd_add(at, *at, size) && *at <= PTRDIFF_MAX;
}

static hf_code measure_part(size_t *at, size_t size, size_t align, hf_status *status)
{
    return reserve(at, size, align) ? HF_OK : fail(status, HF_BAD_ARGUMENT, "a value that cannot be");
}

static hf_code measure(const hf_type *type, const void *value, unsigned depth, size_t *at, hf_status *status)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(status);
    hf_code code = HF_OK;
    if (type_is_sum(type->kind)) {
        uint32_t tag;
        code = case_check(type, value, &tag, status);
        if (code || !type->fields[tag].type) return code;
        return measure(type->fields[tag].type, part_of(value, type->fields[tag].offset), depth + 1, at, status);
    }
    if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count && !code; i++)
            code = measure(type->fields[i].type, part_of(value, type->fields[i].offset), depth + 1, at, status);
        return code;
    }
    if (type_parts(type->kind) == PARTS_ELEMENT) {
        const hf_list list = elements_of(type, value);
        size_t bytes;
        code = list_check(type, list, &bytes, status);
        if (!code && type->kind != HF_WIT_FIXED_LIST) code = measure_part(at, bytes, type->element->align, status);
        if (element_is_raw(type->element)) return code;
        for (size_t i = 0; i < list.size && !code; i++)
            code = measure(type->element, part_of(list.data, i * type->element->size), depth + 1, at, status);
        return code;
    }
    code = leaf_check(type, value, status);
    if (code || type->kind != HF_WIT_STRING) return code;
    return measure_part(at, ((const hf_str *)value)->size, 1, status);
}

struct block {
    uint8_t *start;
    size_t at;
};

static void *copy_part(struct block *block, const void *data, size_t size, size_t align)
{
    if (size == 0) return NULL;
    reserve(&block->at, size, align);
    return memcpy(block->start + block->at - size, data, size);
}

// `value` is a shallow copy already: what it points to is copied, and the pointers changed.
static void deepen(struct block *block, const hf_type *type, void *value)
{
    if (type_is_sum(type->kind)) {
        const hf_field *field = &type->fields[case_of(type, value)];
        if (field->type) deepen(block, field->type, part_of_mut(value, field->offset));
    } else if (type_parts(type->kind) == PARTS_FIELDS) {
        for (uint32_t i = 0; i < type->count; i++)
            deepen(block, type->fields[i].type, part_of_mut(value, type->fields[i].offset));
    } else if (type_parts(type->kind) == PARTS_ELEMENT) {
        hf_list list = elements_of(type, value);
        if (type->kind != HF_WIT_FIXED_LIST) {
            list.data = copy_part(block, list.data, list.size * type->element->size, type->element->align);
            *(hf_list *)value = list;
        }
        if (value_is_flat(type->element)) return;
        for (size_t i = 0; i < list.size; i++)
            deepen(block, type->element, part_of_mut(list.data, i * type->element->size));
    } else if (type->kind == HF_WIT_STRING) {
        hf_str *text = value;
        text->data = copy_part(block, text->data, text->size, 1);
    }
}

hf_code hf_value_copy(const hf_type *type, const void *value, hf_place_fn place, void *ctx, void *out,
                      hf_status *status)
{
    size_t size = 0;
    const hf_code code = measure(type, value, 0, &size, status);
    if (code) return code;
    struct block block = { NULL, 0 };
    if (size && !(block.start = place(ctx, size))) return fail_oom(status);
    if (type->size) memmove(out, value, type->size);
    deepen(&block, type, out);
    return HF_OK;
}

// A block of its own begins with its size.
#define HEADER 16

void *hf_value_new(const hf_type *type, const void *value, const hf_allocator *heap, hf_status *status)
{
    size_t size = HEADER;
    if (!reserve(&size, type->size, 16) || measure(type, value, 0, &size, status)) {
        fail(status, HF_BAD_ARGUMENT, "a value that cannot be");
        return NULL;
    }
    struct block block = { mem_alloc(heap ? heap : &alloc_libc, size), HEADER };
    if (!block.start) {
        fail_oom(status);
        return NULL;
    }
    memcpy(block.start, &size, sizeof size);
    void *out = block.start + HEADER;
    if (type->size) memcpy(out, value, type->size);
    block.at += type->size;
    deepen(&block, type, out);
    return out;
}

void hf_value_free(void *value, const hf_allocator *heap)
{
    if (!value) return;
    uint8_t *start = (uint8_t *)value - HEADER;
    size_t size;
    memcpy(&size, start, sizeof size);
    mem_free(heap ? heap : &alloc_libc, start, size);
}
