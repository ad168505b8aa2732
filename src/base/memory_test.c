// Arenas, buffers and maps, also with an allocator that says no at every place in turn.
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

struct stingy {
    long left; // allocations that still succeed
    size_t live;
};

static void *stingy_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct stingy *s = ctx;
    if (new_size && s->left-- <= 0) return NULL;
    void *p = alloc_libc.resize(NULL, ptr, old_size, new_size);
    s->live += new_size;
    s->live -= old_size;
    return p;
}

static void arena_aligns_grows_and_gives_back(void **state)
{
    (void)state;
    struct stingy s = { 1000, 0 };
    const hf_allocator heap = { stingy_resize, &s };
    struct arena arena;
    arena_init(&arena, &heap);
    for (size_t size = 0; size < 3000; size += 7) {
        uint8_t *p = arena_zalloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(p[i], 0);
        if (size) memset(p, 0xff, size);
    }
    assert_int_equal(arena.total, s.live);
    arena_reset(&arena);
    assert_int_equal(arena.total, s.live);
    assert_string_equal(arena_strndup(&arena, "names", 3), "nam");
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_zalloc_array(&arena, SIZE_MAX / 2, 4));
    arena.limit = arena.total + 10;
    assert_null(arena_alloc(&arena, 4 << 20));
    arena_fini(&arena);
    assert_int_equal(s.live, 0);
}

static void buf_says_once_that_it_failed(void **state)
{
    (void)state;
    for (long allowed = 0;; allowed++) {
        struct stingy s = { allowed, 0 };
        const hf_allocator heap = { stingy_resize, &s };
        struct buf buf;
        buf_init(&buf, &heap);
        for (int i = 0; i < 200; i++) {
            buf_leb_u(&buf, (uint64_t)i * 1000003);
            buf_leb_s(&buf, -i);
            buf_printf(&buf, "%d %s", i, "with a text that is long enough to need room of its own");
        }
        const bool failed = buf.failed;
        buf_fini(&buf);
        assert_int_equal(s.live, 0);
        if (!failed) {
            assert_true(allowed > 3);
            return;
        }
    }
}

static void buf_formats_long_texts(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, &alloc_libc);
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    buf_printf(&buf, "<%s>", text);
    assert_int_equal(buf.size, 1001);
    assert_int_equal(buf.data[0], '<');
    assert_int_equal(buf.data[1000], '>');
    buf_fini(&buf);
}

static void map_finds_what_was_put(void **state)
{
    (void)state;
    static char keys[2000][8];
    struct map map;
    map_init(&map, &alloc_libc, 42);
    assert_null(map_get(&map, "", 0));
    for (uint32_t i = 0; i < 2000; i++) {
        const size_t n = (size_t)snprintf(keys[i], sizeof keys[i], "%u", i);
        assert_int_equal(map_put(&map, keys[i], n, i), MAP_ADDED);
        assert_int_equal(map_put(&map, keys[i], n, 7), MAP_EXISTS);
    }
    assert_int_equal(map_put(&map, NULL, 0, 99), MAP_ADDED); // the empty key is a key
    assert_int_equal(*map_get(&map, "", 0), 99);
    for (uint32_t i = 0; i < 2000; i++) assert_int_equal(*map_get(&map, keys[i], strlen(keys[i])), i);
    assert_null(map_get(&map, "2000", 4));
    map_fini(&map);
}

static void map_survives_want_of_memory(void **state)
{
    (void)state;
    static const char key[400];
    for (long allowed = 0; allowed < 6; allowed++) {
        struct stingy s = { allowed, 0 };
        const hf_allocator heap = { stingy_resize, &s };
        struct map map;
        map_init(&map, &heap, 1);
        uint32_t put = 0;
        while (put < 100 && map_put(&map, key, put, put) == MAP_ADDED) put++;
        for (uint32_t i = 0; i < put; i++) assert_int_equal(*map_get(&map, key, i), i);
        map_fini(&map);
        assert_int_equal(s.live, 0);
    }
}

// The reference vector of SipHash is for 2-4 rounds; here only what matters: keyed, and every byte counts.
static void hash_depends_on_key_and_bytes(void **state)
{
    (void)state;
    const uint64_t a[2] = { 1, 2 }, b[2] = { 1, 3 };
    uint8_t data[24] = { 0 };
    for (size_t size = 1; size <= sizeof data; size++) {
        const uint64_t before = hash_bytes(a, data, size);
        assert_true(before != hash_bytes(b, data, size));
        assert_true(before != hash_bytes(a, data, size - 1));
        data[size - 1] = 1;
        assert_true(before != hash_bytes(a, data, size));
        data[size - 1] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_aligns_grows_and_gives_back),
        cmocka_unit_test(buf_says_once_that_it_failed),
        cmocka_unit_test(buf_formats_long_texts),
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(map_survives_want_of_memory),
        cmocka_unit_test(hash_depends_on_key_and_bytes),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
