// Values of a type that the input names, as bytes and as text: what is read is written, and read again is the same. The
// input is the type's text, a zero, and then the encoding, or, where it begins with another byte, WAVE.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/witvalue.h>

#include "base/arena.h"
#include "value/type_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *place(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static void same(bool holds)
{
    if (!holds) abort();
}

static void round_trips(struct arena *arena, const hf_type *type, const void *value)
{
    const hf_value_decode_options options = { sizeof options, place, arena, 0, NULL };
    size_t size, again;
    same(hf_value_encode(type, value, NULL, NULL, 0, &size, NULL) == HF_OK);
    uint8_t *bytes = arena_alloc(arena, size), *twice = arena_alloc(arena, size);
    void *out = arena_zalloc(arena, type->size);
    if (!bytes || !twice || !out) return;
    same(hf_value_encode(type, value, NULL, bytes, size, &again, NULL) == HF_OK && again == size);
    const hf_code code = hf_value_decode(type, bytes, size, &options, out, NULL);
    if (code == HF_OUT_OF_MEMORY) return;
    same(code == HF_OK && hf_value_compare(type, value, out) == 0);
    same(hf_value_encode(type, out, NULL, twice, size, &again, NULL) == HF_OK && again == size);
    same(memcmp(bytes, twice, size) == 0);

    same(hf_value_print(type, value, NULL, 0, &size, NULL) == HF_OK);
    char *text = arena_alloc(arena, size + 1);
    if (!text) return;
    same(hf_value_print(type, value, text, size + 1, &again, NULL) == HF_OK && again == size);
    const hf_code read = hf_value_parse(type, text, size, place, arena, out, NULL);
    if (read == HF_OUT_OF_MEMORY) return;
    same(read == HF_OK && hf_value_compare(type, value, out) == 0);

    void *copy = hf_value_new(type, value, NULL, NULL);
    same(!copy || hf_value_compare(type, value, copy) == 0);
    hf_value_free(copy, NULL);
}

static void value_of(struct arena *arena, const hf_type *type, const uint8_t *data, size_t size)
{
    const hf_value_decode_options options = { sizeof options, place, arena, 1 << 20, NULL };
    hf_status status = hf_status_ok();
    void *value = arena_zalloc(arena, type->size);
    if (!value) return;
    const bool text = size == 0 || data[0] != HF_VALUE_ENCODING;
    const hf_code code = text ? hf_value_parse(type, (const char *)data, size, place, arena, value, &status)
                              : hf_value_decode(type, data, size, &options, value, &status);
    if (code) return;
    same(hf_value_check(type, value, NULL) == HF_OK);
    round_trips(arena, type, value);
    if (text) return;
    // The encoding is canonical: no other bytes mean this value.
    size_t again;
    uint8_t *bytes = arena_alloc(arena, size);
    if (bytes && hf_value_encode(type, value, NULL, bytes, size, &again, NULL) == HF_OK)
        same(again == size && memcmp(bytes, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    if (!zero) return 0;
    struct arena arena;
    const hf_type *type, *again;
    arena_init(&arena, &alloc_libc);
    arena.limit = 64 << 20;
    if (type_parse(&arena, (const char *)data, (size_t)(zero - data), &type, NULL) == HF_OK && type->size) {
        char text[4096];
        same(hf_type_check(type, NULL) == HF_OK);
        const size_t printed = hf_type_print(type, text, sizeof text);
        if (printed < sizeof text)
            same(type_parse(&arena, text, printed, &again, NULL) == HF_OK && hf_type_equal(type, again));
        value_of(&arena, type, zero + 1, (size_t)(data + size - zero - 1));
    }
    arena_fini(&arena);
    return 0;
}
