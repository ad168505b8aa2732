// A module's active data segments as an image that its memories map and share until they write.
#include <string.h>

#include "base/ckd.h"
#include "base/reader.h"
#include "runtime/pool.h"
#include "sys/vm.h"

enum {
    WORTH_MAPPING = 64 << 10, // below, copying is as cheap as a mapping
    WORTH_POOLING = 4 << 10,
    LARGEST = 256 << 20,
};

// The value of `i32.const n end` or `i64.const n end`; false for any other expression.
static bool constant_offset(const struct hf_module *module, struct const_expr expr, bool is64, uint64_t *out)
{
    struct reader in = reader_of(module_bytes(module, expr.code), expr.code.size);
    const uint8_t op = reader_u8(&in);
    if (op == 0x41 && !is64)
        *out = (uint32_t)reader_leb_s32(&in);
    else if (op == 0x42 && is64)
        *out = (uint64_t)reader_leb_s64(&in);
    else
        return false;
    return reader_u8(&in) == 0x0b && !reader_failed(&in) && reader_left(&in) == 0;
}

// Where the image would end; 0: there is none to be made.
static uint64_t extent(const struct hf_module *module, uint32_t memory)
{
    const struct limits *type = &module->memories[memory].limits;
    const uint64_t size = type->min > UINT64_C(1) << 47 >> type->page_log2 ? 0 : type->min << type->page_log2;
    uint64_t end = 0, bytes = 0;
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct data_segment *segment = &module->datas[i];
        if (segment->mode != SEGMENT_ACTIVE || segment->memory != memory) continue;
        uint64_t at;
        if (!constant_offset(module, segment->offset, type->is64, &at)) return 0;
        if (!range_fits(at, segment->bytes.size, size)) return 0;
        if (segment->bytes.size == 0) continue;
        bytes += segment->bytes.size;
        if (at + segment->bytes.size > end) end = at + segment->bytes.size;
    }
    // An element segment that traps leaves data segments unwritten, and somebody may see that through an imported table.
    for (uint32_t i = 0; i < module->elem_count; i++) {
        const struct elem_segment *segment = &module->elems[i];
        if (segment->mode == SEGMENT_ACTIVE && segment->table < module->imported_tables) return 0;
    }
    const uint64_t least = module->engine->pool ? WORTH_POOLING : WORTH_MAPPING;
    return bytes >= least && end <= LARGEST && end / 4 <= bytes + (1 << 20) ? end : 0;
}

static struct image *image_new(const struct hf_module *module, uint32_t memory, uint64_t end)
{
    const hf_allocator *heap = &module->engine->heap;
    const size_t size = vm_round((size_t)end);
    uint8_t *bytes = mem_zalloc(heap, size);
    if (!bytes) return NULL;
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct data_segment *segment = &module->datas[i];
        if (segment->mode != SEGMENT_ACTIVE || segment->memory != memory || !segment->bytes.size) continue;
        uint64_t at;
        if (constant_offset(module, segment->offset, module->memories[memory].limits.is64, &at))
            memcpy(bytes + at, module_bytes(module, segment->bytes), segment->bytes.size);
    }
    const int fd = vm_image_new(bytes, size);
    mem_free(heap, bytes, size);
    if (fd < 0) return NULL;
    const uint8_t *view = vm_image_view(fd, size);
    struct image *image = view ? MEM_NEW(heap, struct image) : NULL;
    if (!image) {
        vm_release((void *)(uintptr_t)view, size);
        vm_image_free(fd);
        return NULL;
    }
    atomic_init(&image->refs, 1);
    image->heap = heap;
    image->fd = fd;
    image->size = size;
    image->view = view;
    image->memory = memory;
    return image;
}

void image_unref(struct image *image)
{
    if (!image || atomic_fetch_sub_explicit(&image->refs, 1, memory_order_acq_rel) != 1) return;
    vm_release((void *)(uintptr_t)image->view, image->size);
    vm_image_free(image->fd);
    MEM_FREE(image->heap, image);
}

bool image_map(const struct image *image, uint8_t *at)
{
    return vm_image_map(image->fd, at, image->size);
}

struct image *module_image(struct hf_module *module)
{
    if (module->memory_count == module->imported_memories) return NULL;
    struct image *image = atomic_load_explicit(&module->image, memory_order_acquire);
    if (image) return image;
    const unsigned before = atomic_load_explicit(&module->instantiated, memory_order_relaxed);
    // A module that runs once is served as well by copying; an image that cannot be made is not tried for ever.
    if (before > 8) return NULL;
    atomic_fetch_add_explicit(&module->instantiated, 1, memory_order_relaxed);
    if (before == 0 && !module->engine->pool) return NULL;
    const uint32_t memory = module->imported_memories;
    const struct limits *type = &module->memories[memory].limits;
    if (type->shared || type->page_log2 != 16) return NULL;
    const uint64_t end = extent(module, memory);
    if (!end) return NULL;
    image = image_new(module, memory, end);
    struct image *expected = NULL;
    if (image && !atomic_compare_exchange_strong(&module->image, &expected, image)) {
        image_unref(image);
        image = expected;
    }
    return image;
}
