// Values through the canonical ABI. The input is a byte of switches, the text of a type, a zero, and then
//   - the canonical encoding of a value, which is lowered into a guest and lifted again: the same value; or, with an
//     unfriendly guest, whose realloc answers anything, no harm; or
//   - (with LIFT) a guest's memory, from which whatever its words say is lifted, and then lowered and lifted again.
// The guest's memory has exactly its size and moves at every realloc.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "component/abi.h"
#include "value/type_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDE = 1, ENCODING = 6, UNFRIENDLY = 8, CANONICAL = 16, SPILLED = 32, LIFT = 128 };

struct guest {
    uint8_t *memory;
    uint64_t size, next;
    uint64_t seed; // of an unfriendly one; otherwise 0
};

static void same(bool holds)
{
    if (!holds) abort();
}

static void look(void *ctx, uint8_t **base, uint64_t *size)
{
    const struct guest *g = ctx;
    *base = g->memory;
    *size = g->size;
}

static hf_code move(struct guest *g, uint64_t size)
{
    uint8_t *moved = size <= 1 << 22 ? malloc(size ? size : 1) : NULL;
    if (!moved) return HF_OUT_OF_MEMORY;
    memset(moved, 0, size);
    memcpy(moved, g->memory, g->size);
    free(g->memory);
    g->memory = moved;
    g->size = size;
    return HF_OK;
}

static hf_code guest_realloc(void *ctx, uint64_t old, uint64_t old_size, uint64_t align, uint64_t size, uint64_t *out,
                             hf_status *status)
{
    struct guest *g = ctx;
    (void)status;
    if (g->seed) {
        g->seed = g->seed * UINT64_C(6364136223846793005) + 1;
        *out = g->seed >> 40 & 1 ? g->seed >> 20 : (g->seed >> 33) % (g->size + 2);
        if (g->seed >> 41 & 1) *out &= ~(align - 1);
        return move(g, g->size);
    }
    const uint64_t at = (g->next + align - 1) & ~(align - 1);
    const hf_code code = move(g, at + size > g->size ? at + size : g->size);
    if (code) return code;
    memmove(g->memory + at, g->memory + old, old_size < size ? old_size : size);
    g->next = at + size;
    *out = at;
    return HF_OK;
}

static hf_code lift_handle(void *ctx, const hf_type *type, uint32_t index, hf_resource *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    *out = (hf_resource){ { 1, index, 16 } };
    return HF_OK;
}

static hf_code lower_handle(void *ctx, const hf_type *type, hf_resource handle, uint32_t *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    *out = handle.h.index;
    return HF_OK;
}

static hf_code find_name(void *ctx, const hf_type *type, uint64_t name, hf_resource *out, hf_status *status)
{
    return lift_handle(ctx, type, (uint32_t)name, out, status);
}

static void *place(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static const struct abi_guest functions = { look, guest_realloc, lift_handle, lower_handle };

// Down and up again.
static void identity(struct abi *abi, struct guest *g, const struct abi_type *type, const void *value, bool spilled)
{
    uint64_t flat[ABI_MAX_FLAT_PARAMS];
    unsigned count;
    const unsigned max_flat = spilled ? 0 : ABI_MAX_FLAT_PARAMS;
    hf_status status = hf_status_ok();
    abi->status = &status;
    const hf_code code = abi_lower(abi, type, max_flat, value, NULL, flat, &count);
    if (g->seed) {
        same(code == HF_OK || code == HF_TRAPPED || code == HF_OUT_OF_MEMORY || code == HF_LIMIT);
        return;
    }
    if (code == HF_OUT_OF_MEMORY) return;
    same(code == HF_OK);
    void *back = arena_zalloc(abi->place_ctx, type->host_size);
    if (!back) return;
    abi->source = abi->encoding;
    const hf_code up = abi_lift(abi, type, max_flat, flat, back);
    if (up == HF_OUT_OF_MEMORY || up == HF_LIMIT) return;
    same(up == HF_OK && hf_value_compare(type->type, value, back) == 0);
    same(hf_value_check(type->type, back, NULL) == HF_OK);
    // As a guest's own value into another guest.
    same(abi_lower(abi, type, max_flat, back, NULL, flat, &count) != HF_TRAPPED);
}

static void run(struct arena *arena, uint8_t switches, const hf_type *type, const uint8_t *data, size_t size)
{
    struct abi_types types;
    struct guest g = { malloc(64), 64, 16, switches & UNFRIENDLY ? size + 1 : 0 };
    struct abi abi = { .guest = &functions,
                       .ctx = &g,
                       .is64 = switches & WIDE,
                       .canonical_nans = switches & CANONICAL,
                       .encoding = (enum abi_encoding)((switches & ENCODING) % 3),
                       .place = place,
                       .place_ctx = arena,
                       .budget = 8 << 20 };
    const hf_value_names names = { NULL, find_name, NULL };
    const hf_value_decode_options options = { sizeof options, place, arena, 1 << 20, &names };
    const struct abi_type *compiled;
    void *value = arena_zalloc(arena, type->size);
    abi_types_init(&types, arena, abi.is64);
    const hf_code code = abi_compile(&types, type, &compiled, NULL);
    same(code == HF_OK || code == HF_LIMIT || code == HF_OUT_OF_MEMORY);
    if (code == HF_OK && value && g.memory) {
        memset(g.memory, 0, g.size);
        if (switches & LIFT) {
            uint64_t flat[ABI_MAX_FLAT_PARAMS] = { 0 };
            g.seed = 0;
            if (size > g.size) same(move(&g, size) == HF_OK);
            memcpy(g.memory, data, size);
            g.next = g.size;
            memcpy(flat, data, size < sizeof flat ? size : sizeof flat);
            const bool spilled = switches & SPILLED;
            if (abi_lift(&abi, compiled, spilled ? 0 : ABI_MAX_FLAT_PARAMS, flat, value) == HF_OK) {
                same(hf_value_check(type, value, NULL) == HF_OK);
                abi.source = abi.encoding;
                identity(&abi, &g, compiled, value, spilled);
            }
        } else if (hf_value_decode(type, data, size, &options, value, NULL) == HF_OK) {
            identity(&abi, &g, compiled, value, switches & SPILLED);
        }
    }
    abi_types_fini(&types);
    free(g.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 16) return 0;
    const uint8_t switches = *data++;
    const uint8_t *zero = memchr(data, 0, --size);
    if (!zero) return 0;
    struct arena arena;
    const hf_type *type;
    arena_init(&arena, &alloc_libc);
    arena.limit = 64 << 20;
    if (type_parse(&arena, (const char *)data, (size_t)(zero - data), &type, NULL) == HF_OK && type->size)
        run(&arena, switches, type, zero + 1, size - (size_t)(zero - data) - 1);
    arena_fini(&arena);
    return 0;
}
