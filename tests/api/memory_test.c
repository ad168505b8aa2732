// Memories in each of their forms: reserved, exact, pooled, made from an image; what one instance wrote the next one does not see.
#include "guest.h"

enum { PAGE = 65536, IMAGE = 80000 };

// A module with a memory of 16 pages whose data reaches into the second page, and functions to write and read bytes.
static const char *module_text(void)
{
    static char text[IMAGE + 1024];
    size_t at =
        (size_t)snprintf(text, sizeof text, "(module (memory (export \"memory\") 16 20) (data (i32.const 16) \"");
    for (int i = 0; i < IMAGE; i++) text[at++] = (char)('a' + i % 26);
    snprintf(text + at, sizeof text - at,
             "\") (data (i32.const 20) \"XY\")"
             " (func (export \"put\") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))"
             " (func (export \"get\") (param i32) (result i32) (i32.load8_u (local.get 0)))"
             " (func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0))))");
    return text;
}

static uint8_t fresh_byte(size_t at)
{
    if (at == 20) return 'X';
    if (at == 21) return 'Y';
    return at >= 16 && at < 16 + IMAGE ? (uint8_t)('a' + (at - 16) % 26) : 0;
}

static void assert_fresh(struct guest *g)
{
    hf_extern memory;
    assert_int_equal(hf_instance_export(g->store, g->instance, "memory", &memory, NULL), HF_OK);
    size_t size;
    const uint8_t *bytes = hf_memory_data(g->store, memory.of.memory, &size);
    assert_int_equal(size, 16 * PAGE);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != fresh_byte(i)) print_error("byte %zu\n", i);
        assert_int_equal(bytes[i], fresh_byte(i));
    }
}

static void scribble(struct guest *g, int round)
{
    static const int32_t places[] = { 0, 17, 70000, 90000, 4 * PAGE, 16 * PAGE - 1 };
    const size_t some = round % 3 == 2 ? 0 : sizeof places / sizeof *places;
    for (size_t i = 0; i < some; i++) {
        const int32_t args[] = { places[i], 0x5a };
        assert_int_equal(guest_call(g, "put", args, 2, NULL), HF_OK);
    }
    // More pages than are copied back one by one.
    for (int32_t at = 0; round % 3 == 1 && at < 16 * PAGE; at += 4096) {
        const int32_t args[] = { at, 0x5b };
        assert_int_equal(guest_call(g, "put", args, 2, NULL), HF_OK);
    }
    if (round % 2) {
        assert_int_equal(guest_must_call(g, "grow", 2), 16);
        const int32_t args[] = { 17 * PAGE, 0x5c };
        assert_int_equal(guest_call(g, "put", args, 2, NULL), HF_OK);
    }
    if (round % 3 == 2) assert_int_equal(guest_must_call(g, "get", 20), 'X');
}

static void every_instance_begins_fresh(void **state)
{
    (void)state;
    static const hf_engine_options forms[] = {
        { .size = sizeof forms[0] },
        { .size = sizeof forms[0], .no_reservation = true },
        { .size = sizeof forms[0], .pool_slots = 2 },
        { .size = sizeof forms[0], .pool_slots = 2, .pool_memory_size = 17 * PAGE },
        { .size = sizeof forms[0], .pool_slots = 1, .pool_memory_size = PAGE }, // too small to be used
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct guest g;
        guest_begin(&g, &forms[i], NULL);
        g.module = guest_module(&g, module_text());
        for (int round = 0; round < 24; round++) {
            assert_int_equal(hf_linker_instantiate(g.linker, g.store, g.module, &g.instance, &g.status), HF_OK);
            assert_fresh(&g);
            scribble(&g, round);
            assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
        }
        // More at once than the pool has slots.
        for (int round = 0; round < 5; round++) {
            assert_int_equal(hf_linker_instantiate(g.linker, g.store, g.module, &g.instance, &g.status), HF_OK);
            assert_fresh(&g);
            scribble(&g, round);
        }
        guest_end(&g);
    }
}

// Two modules take turns in one slot.
static void a_slot_changes_its_image(void **state)
{
    (void)state;
    struct guest g;
    const hf_engine_options options = { .size = sizeof options, .pool_slots = 1 };
    guest_begin(&g, &options, NULL);
    g.module = guest_module(&g, module_text());
    hf_module *plain = guest_module(&g, "(module (memory (export \"memory\") 2) (data (i32.const 5) \"z\"))");
    for (int round = 0; round < 6; round++) {
        assert_int_equal(hf_linker_instantiate(g.linker, g.store, g.module, &g.instance, NULL), HF_OK);
        assert_fresh(&g);
        scribble(&g, round);
        hf_instance_drop(g.store, g.instance, NULL);
        assert_int_equal(hf_linker_instantiate(g.linker, g.store, plain, &g.instance, NULL), HF_OK);
        hf_extern memory;
        hf_instance_export(g.store, g.instance, "memory", &memory, NULL);
        size_t size;
        const uint8_t *bytes = hf_memory_data(g.store, memory.of.memory, &size);
        assert_int_equal(size, 2 * PAGE);
        for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], i == 5 ? 'z' : 0);
        hf_instance_drop(g.store, g.instance, NULL);
    }
    hf_module_unref(plain);
    guest_end(&g);
}

static void host_memories_read_write_and_grow(void **state)
{
    (void)state;
    static const hf_limits types[] = {
        { 1, 3, false, false, 16 },
        { 1, 3, true, false, 16 },
        { 0, UINT64_MAX, false, false, 16 },
        { 100, 70000, false, false, 0 },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct guest g;
        const hf_engine_options options = { .size = sizeof options, .features = HF_FEATURE_CUSTOM_PAGE_SIZES };
        guest_begin(&g, &options, NULL);
        const uint64_t page = UINT64_C(1) << types[i].page_log2;
        hf_memory memory;
        assert_int_equal(hf_memory_new(g.store, types[i], &memory, &g.status), HF_OK);
        uint64_t pages, old;
        assert_int_equal(hf_memory_grow(g.store, memory, 1, &old, NULL), HF_OK);
        assert_int_equal(old, types[i].min);
        assert_int_equal(hf_memory_size(g.store, memory, &pages, NULL), HF_OK);
        assert_int_equal(pages, types[i].min + 1);
        const uint64_t end = pages * page;
        char byte = 'q';
        assert_int_equal(hf_memory_write(g.store, memory, end - 1, &byte, 1, NULL), HF_OK);
        assert_int_equal(hf_memory_write(g.store, memory, end, &byte, 1, NULL), HF_OUT_OF_BOUNDS);
        assert_int_equal(hf_memory_write(g.store, memory, end, &byte, 0, NULL), HF_OK);
        assert_int_equal(hf_memory_read(g.store, memory, UINT64_MAX, &byte, 1, NULL), HF_OUT_OF_BOUNDS);
        assert_int_equal(hf_memory_read(g.store, memory, end - 1, &byte, 2, NULL), HF_OUT_OF_BOUNDS);
        if (types[i].max != UINT64_MAX) {
            assert_int_equal(hf_memory_grow(g.store, memory, types[i].max - pages + 1, NULL, NULL), HF_LIMIT);
            assert_int_equal(hf_memory_grow(g.store, memory, types[i].max - pages, NULL, NULL), HF_OK);
        }
        assert_int_equal(hf_memory_grow(g.store, memory, UINT64_MAX, NULL, NULL), HF_LIMIT);
        byte = 0;
        assert_int_equal(hf_memory_read(g.store, memory, end - 1, &byte, 1, NULL), HF_OK);
        assert_int_equal(byte, 'q'); // also where it moved
        guest_end(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instance_begins_fresh),
        cmocka_unit_test(a_slot_changes_its_image),
        cmocka_unit_test(host_memories_read_write_and_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
