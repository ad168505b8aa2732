// The canonical ABI against what the reference does (abi_golden.def), and against guests that mean harm. The guest's
// memory moves at every realloc, so that an address kept across one is seen by a sanitizer.
#include "component/abi.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/type_text.h"

enum { MEMORY = 4096, FIRST = 16 };

struct guest {
    uint8_t *memory;
    uint64_t size, next;
    char trace[512];
    uint64_t answer; // what realloc says instead, unless 0
    hf_code code;
    uint32_t handles[8];
};

static void guest_init(struct guest *g)
{
    memset(g, 0, sizeof *g);
    g->memory = calloc(1, MEMORY);
    g->size = MEMORY;
    g->next = FIRST;
}

static void look(void *ctx, uint8_t **base, uint64_t *size)
{
    struct guest *g = ctx;
    *base = g->memory;
    *size = g->size;
}

static hf_code guest_realloc(void *ctx, uint64_t old, uint64_t old_size, uint64_t align, uint64_t size, uint64_t *out,
                             hf_status *status)
{
    (void)status;
    struct guest *g = ctx;
    const size_t used = strlen(g->trace);
    snprintf(g->trace + used, sizeof g->trace - used, "%s%d,%d,%d,%d", used ? " " : "", (int)old, (int)old_size,
             (int)align, (int)size);
    if (g->code) return g->code;
    uint8_t *moved = malloc(MEMORY);
    memcpy(moved, g->memory, MEMORY);
    free(g->memory);
    g->memory = moved;
    const uint64_t at = (g->next + align - 1) & ~(align - 1);
    *out = g->answer ? g->answer : at;
    if (!g->answer && size <= MEMORY - at) {
        memmove(moved + at, moved + old, old_size < size ? old_size : size);
        g->next = at + size;
    }
    return HF_OK;
}

static hf_code lift_handle(void *ctx, const hf_type *type, uint32_t index, hf_resource *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    if (index == 0 || index > 7) return HF_TRAPPED;
    *out = (hf_resource){ { 9, index, 16 } };
    return HF_OK;
}

static hf_code lower_handle(void *ctx, const hf_type *type, hf_resource handle, uint32_t *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    *out = handle.h.index;
    return handle.h.store == 9 ? HF_OK : HF_WRONG_STORE;
}

static const struct abi_guest functions = { look, guest_realloc, lift_handle, lower_handle };

static void *place(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

// A test's own: an arena, a guest, and a lift or lowering on it.
struct bench {
    struct arena arena;
    struct guest guest;
    struct abi_types types;
    struct abi abi;
    hf_status status;
};

static void open_bench(struct bench *b, bool is64, enum abi_encoding encoding)
{
    arena_init(&b->arena, &alloc_libc);
    guest_init(&b->guest);
    abi_types_init(&b->types, &b->arena, is64);
    b->status = hf_status_ok();
    b->abi = (struct abi){ .guest = &functions,
                           .ctx = &b->guest,
                           .is64 = is64,
                           .encoding = encoding,
                           .place = place,
                           .place_ctx = &b->arena,
                           .budget = 1 << 20,
                           .status = &b->status };
}

static void close_bench(struct bench *b)
{
    abi_types_fini(&b->types);
    arena_fini(&b->arena);
    free(b->guest.memory);
}

static const struct abi_type *type_of(struct bench *b, const char *text)
{
    const hf_type *type;
    const struct abi_type *out;
    hf_status status = hf_status_ok();
    if (type_parse(&b->arena, text, strlen(text), &type, &status)) fail_msg("%s: %s", text, status.message);
    assert_int_equal(abi_compile(&b->types, type, &out, &status), HF_OK);
    return out;
}

static void *value_of(struct bench *b, const struct abi_type *type, const char *text)
{
    void *value = arena_alloc(&b->arena, type->host_size);
    hf_status status = hf_status_ok();
    if (hf_value_parse(type->type, text, strlen(text), place, &b->arena, value, &status))
        fail_msg("%s: %s", text, status.message);
    return value;
}

static void check_hex(const uint8_t *bytes, const char *hex, const char *what)
{
    for (size_t i = 0; hex[2 * i]; i++) {
        char byte[3];
        snprintf(byte, sizeof byte, "%02x", bytes[i]);
        if (strncmp(byte, hex + 2 * i, 2) != 0) fail_msg("%s: byte %zu is %s, not %.2s", what, i, byte, hex + 2 * i);
    }
}

static void check_string(const char *text, size_t size, enum abi_encoding source, bool was_utf16,
                         enum abi_encoding encoding, const char *trace, uint64_t ptr, uint64_t units,
                         const char *memory)
{
    struct bench b;
    open_bench(&b, false, encoding);
    char *marked = arena_zalloc(&b.arena, size + 1);
    marked[0] = was_utf16;
    memcpy(marked + 1, text, size);
    b.abi.source = source;
    uint64_t at, length;
    assert_int_equal(abi_lower_string(&b.abi, (hf_str){ marked + 1, size }, &at, &length), HF_OK);
    if (strcmp(b.guest.trace, trace) != 0) fail_msg("\"%s\" to %d: %s, not %s", text, encoding, b.guest.trace, trace);
    assert_int_equal(at, ptr);
    assert_int_equal(length, units);
    check_hex(b.guest.memory + FIRST, memory, text);

    hf_str back;
    b.abi.base = b.guest.memory;
    b.abi.size = b.guest.size;
    assert_int_equal(abi_lift_string(&b.abi, at, length, &back), HF_OK);
    assert_int_equal(back.size, size);
    assert_memory_equal(back.data, text, size);
    if (encoding == ABI_LATIN1_UTF16) assert_int_equal(back.data[-1], length >> 31);
    close_bench(&b);
}

static void strings_as_the_reference(void **state)
{
    (void)state;
#define STRING(text, source, was, encoding, trace, ptr, units, memory) \
    check_string(text, sizeof text - 1, ABI_##source, was, ABI_##encoding, trace, ptr, units, memory);
#define VALUE(type, value, bits, encoding, size, align, flat, words, memory)
#include "component/abi_golden.def"
#undef STRING
#undef VALUE
}

static void check_value(const char *text, const char *value_text, int bits, enum abi_encoding encoding, uint32_t size,
                        uint32_t align, const char *flat, const char *words, const char *memory)
{
    struct bench b;
    open_bench(&b, bits == 64, encoding);
    const struct abi_type *type = type_of(&b, text);
    assert_int_equal(type->size, size);
    assert_int_equal(type->align, align);
    if (flat[0] == '-') {
        assert_int_equal(type->flat_count, ABI_TOO_MANY_FLAT);
    } else {
        assert_int_equal(type->flat_count, strlen(flat));
        for (size_t i = 0; flat[i]; i++) assert_int_equal(" ilfd"[type->flat[i]], flat[i]);
    }

    const void *value = value_of(&b, type, value_text);
    uint64_t out[16];
    char all[16 * 17] = "";
    unsigned count;
    memset(out, 0xff, sizeof out);
    const hf_code code = abi_lower(&b.abi, type, 16, value, NULL, out, &count);
    if (code) fail_msg("%s: %s: %s", text, value_text, b.status.message);
    for (unsigned i = 0; i < count; i++) {
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%llx", i ? " " : "", (unsigned long long)out[i]);
    }
    if (strcmp(all, words) != 0) fail_msg("%s: %s: %s, not %s", text, value_text, all, words);
    check_hex(b.guest.memory + FIRST, memory, text);

    void *back = arena_alloc(&b.arena, type->host_size);
    assert_int_equal(abi_lift(&b.abi, type, 16, out, back), HF_OK);
    assert_int_equal(hf_value_compare(type->type, value, back), 0);

    // Through memory, where the guest says: as results are returned.
    const uint64_t where = 2048;
    assert_int_equal(abi_lower(&b.abi, type, 0, value, &where, out, &count), HF_OK);
    assert_int_equal(count, 0);
    assert_int_equal(abi_lift(&b.abi, type, 0, &where, back), HF_OK);
    assert_int_equal(hf_value_compare(type->type, value, back), 0);
    close_bench(&b);
}

static void values_as_the_reference(void **state)
{
    (void)state;
#define STRING(text, source, was, encoding, trace, ptr, units, memory)
#define VALUE(type, value, bits, encoding, size, align, flat, words, memory) \
    check_value(type, value, bits, ABI_##encoding, size, align, flat, words, memory);
#include "component/abi_golden.def"
#undef STRING
#undef VALUE
}

// What a guest may hand over that is no value, and what the trap says.
static void bad_words_trap(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        unsigned max_flat;
        enum abi_encoding encoding;
        uint64_t words[3];
        const char *message; // NULL: it is a value
    } rows[] = {
        { "string", 2, ABI_UTF8, { 4096, 0 }, NULL },
        { "string", 2, ABI_UTF8, { 4097, 0 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF8, { 4095, 2 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF8, { 0xffffffff, 0xffffffff }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF8, { 0, 0x10000000 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF8, { 8, 1 }, "invalid utf-8" },
        { "string", 2, ABI_UTF16, { 1, 0 }, "unaligned pointer" },
        { "string", 2, ABI_UTF16, { 0, 0x80000000 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF16, { 4094, 2 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_UTF16, { 10, 1 }, "invalid utf-16" },
        { "string", 2, ABI_UTF16, { 10, 2 }, "invalid utf-16" },
        { "string", 2, ABI_LATIN1_UTF16, { 1, 0 }, "unaligned pointer" },
        { "string", 2, ABI_LATIN1_UTF16, { 10, 0x80000001 }, "invalid utf-16" },
        { "string", 2, ABI_LATIN1_UTF16, { 4094, 0x80000002 }, "string pointer/length out of bounds of memory" },
        { "string", 2, ABI_LATIN1_UTF16, { 8, 2 }, NULL },
        { "list<u8>", 2, ABI_UTF8, { 4096, 1 }, "list content out of bounds of memory" },
        { "list<u8>", 2, ABI_UTF8, { 4097, 0 }, "list content out of bounds of memory" },
        { "list<u32>", 2, ABI_UTF8, { 2, 0 }, "unaligned pointer" },
        { "list<u32>", 2, ABI_UTF8, { 0, 0x40000001 }, "list too long" },
        { "list<u64>", 2, ABI_UTF8, { 0, 0x02000000 }, "list too long" },
        { "list<char>", 2, ABI_UTF8, { 8, 1 }, "invalid `char` bit pattern" },
        { "list<bool>", 2, ABI_UTF8, { 8, 4 }, NULL },
        { "char", 1, ABI_UTF8, { 0xd800 }, "invalid `char` bit pattern" },
        { "char", 1, ABI_UTF8, { 0x110000 }, "invalid `char` bit pattern" },
        { "char", 1, ABI_UTF8, { UINT64_C(0xffffffff00000041) }, NULL },
        { "enum { a, b }", 1, ABI_UTF8, { 2 }, "invalid variant discriminant" },
        { "option<u8>", 2, ABI_UTF8, { 2, 0 }, "invalid variant discriminant" },
        { "option<u8>", 2, ABI_UTF8, { UINT64_C(0x100000001), 5 }, NULL },
        { "flags { a, b }", 1, ABI_UTF8, { 0xffffffff }, NULL },
        { "own<r>", 1, ABI_UTF8, { 0 }, "" },
        { "tuple<u8, u32>", 1, ABI_UTF8, { 6 }, "unaligned pointer" },
        { "tuple<u8, u32>", 1, ABI_UTF8, { 4092 }, "values out of bounds of memory" },
        { "tuple<u8, u32>", 1, ABI_UTF8, { 4088 }, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        open_bench(&b, false, rows[i].encoding);
        memcpy(b.guest.memory + 8, "\xff\xff\xff\xd8", 4);
        const struct abi_type *type = type_of(&b, rows[i].type);
        void *out = arena_zalloc(&b.arena, type->host_size);
        const hf_code code = abi_lift(&b.abi, type, rows[i].max_flat, rows[i].words, out);
        if ((code == HF_TRAPPED) != (rows[i].message != NULL)) fail_msg("row %zu: %s", i, b.status.message);
        if (rows[i].message && rows[i].message[0]) {
            assert_string_equal(b.status.message, rows[i].message);
            assert_int_equal(b.status.trap, HF_TRAP_COMPONENT);
        }
        if (!rows[i].message) assert_int_equal(hf_value_check(type->type, out, NULL), HF_OK);
        close_bench(&b);
    }
}

static void bad_reallocs_trap(void **state)
{
    (void)state;
    static const struct {
        const char *type, *value;
        enum abi_encoding encoding;
        uint64_t answer;
        hf_code code; // of realloc itself
        const char *message;
    } rows[] = {
        { "list<u32>", "[1, 2]", ABI_UTF8, 6, HF_OK, "realloc return: result not aligned" },
        { "list<u32>", "[1, 2]", ABI_UTF8, 0xffffffff, HF_OK, "realloc return: result not aligned" },
        { "list<u8>", "[1, 2]", ABI_UTF8, 4095, HF_OK, "realloc return: beyond end of memory" },
        { "list<u8>", "[]", ABI_UTF8, 4097, HF_OK, "realloc return: beyond end of memory" },
        { "string", "\"ab\"", ABI_UTF8, 0xfffffffe, HF_OK, "realloc return: beyond end of memory" },
        { "string", "\"\"", ABI_UTF8, 4097, HF_OK, "realloc return: beyond end of memory" },
        { "string", "\"ab\"", ABI_UTF16, 4094, HF_OK, "realloc return: beyond end of memory" },
        { "string", "\"ab\"", ABI_UTF16, 17, HF_OK, "realloc return: result not aligned" },
        { "string", "\"ab\"", ABI_LATIN1_UTF16, 17, HF_OK, "realloc return: result not aligned" },
        { "string", "\"a\xe4\xb8\xad\"", ABI_LATIN1_UTF16, 4092, HF_OK, "realloc return: beyond end of memory" },
        { "list<string>", "[\"\"]", ABI_UTF8, 4092, HF_OK, "realloc return: beyond end of memory" },
        { "list<u8>", "[1]", ABI_UTF8, 0, HF_OUT_OF_FUEL, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        open_bench(&b, false, rows[i].encoding);
        const struct abi_type *type = type_of(&b, rows[i].type);
        const void *value = value_of(&b, type, rows[i].value);
        uint64_t flat[2];
        unsigned count;
        b.guest.answer = rows[i].answer;
        b.guest.code = rows[i].code;
        assert_int_equal(abi_lower(&b.abi, type, 2, value, NULL, flat, &count),
                         rows[i].code ? rows[i].code : HF_TRAPPED);
        assert_string_equal(b.status.message, rows[i].message);
        close_bench(&b);
    }
}

// Lists that all say that they lie in the same bytes are counted once each.
static void lifting_has_a_budget(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    const struct abi_type *type = type_of(&b, "list<list<u8>>");
    for (uint32_t i = 0; i < 500; i++) b.guest.memory[8 * i + 5] = 0x10; // (0, 4096) each
    hf_list out;
    b.abi.budget = 600000;
    const uint64_t few[2] = { 0, 100 }, many[2] = { 0, 500 };
    assert_int_equal(abi_lift(&b.abi, type, 2, few, &out), HF_OK);
    assert_int_equal(abi_lift(&b.abi, type, 2, many, &out), HF_LIMIT);
    close_bench(&b);
}

static void values_of_the_host_are_looked_at(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    uint64_t flat[2];
    unsigned count;
    const hf_str bad = { "\xc3", 1 };
    const hf_list nowhere = { NULL, 3 };
    const uint8_t tag = 2;
    const uint32_t c = 0xdfff;
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "string"), 2, &bad, NULL, flat, &count), HF_BAD_ARGUMENT);
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "list<u8>"), 2, &nowhere, NULL, flat, &count), HF_BAD_ARGUMENT);
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "enum { a, b }"), 2, &tag, NULL, flat, &count), HF_BAD_ARGUMENT);
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "char"), 2, &c, NULL, flat, &count), HF_BAD_ARGUMENT);
    const hf_resource stale = { { 1, 1, 16 } };
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "own<r>"), 2, &stale, NULL, flat, &count), HF_WRONG_STORE);
    const hf_list long_list = { flat, ABI_MAX_BYTES + (size_t)1 };
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "list<u8>"), 2, &long_list, NULL, flat, &count), HF_LIMIT);
    // Bytes between fields are the host's own business.
    struct {
        uint8_t a;
        uint32_t b;
    } pair;
    memset(&pair, 0xaa, sizeof pair);
    const uint64_t where = 64;
    assert_int_equal(abi_lower(&b.abi, type_of(&b, "tuple<u8, u32>"), 0, &pair, &where, flat, &count), HF_OK);
    check_hex(b.guest.memory + 64, "aa000000aaaaaaaa", "padding");
    close_bench(&b);
}

static void nans_are_canonical_when_asked(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    static const uint32_t nan32 = 0xffc00001;
    static const uint64_t nan64 = UINT64_C(0x7ff0000000000001);
    const struct abi_type *type = type_of(&b, "tuple<f32, f64, list<f32>>");
    struct {
        uint32_t a;
        uint64_t b;
        hf_list c;
    } value = { nan32, nan64, { (void *)(uintptr_t)&nan32, 1 } }, out;
    uint64_t flat[4];
    unsigned count;
    for (int canonical = 0; canonical < 2; canonical++) {
        b.abi.canonical_nans = false;
        assert_int_equal(abi_lower(&b.abi, type, 4, &value, NULL, flat, &count), HF_OK);
        assert_int_equal(flat[0], nan32);
        assert_int_equal(flat[1], nan64);
        b.abi.canonical_nans = canonical;
        assert_int_equal(abi_lift(&b.abi, type, 4, flat, &out), HF_OK);
        assert_int_equal(out.a, canonical ? 0x7fc00000 : nan32);
        assert_int_equal(out.b, canonical ? UINT64_C(0x7ff8000000000000) : nan64);
        assert_int_equal(*(uint32_t *)out.c.data, canonical ? 0x7fc00000 : nan32);
        assert_int_equal(abi_lower(&b.abi, type, 4, &value, NULL, flat, &count), HF_OK);
        assert_int_equal(flat[0], canonical ? 0x7fc00000 : nan32);
        assert_int_equal(flat[1], canonical ? UINT64_C(0x7ff8000000000000) : nan64);
    }
    close_bench(&b);
}

static void handles_go_through_the_instance(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    const struct abi_type *type = type_of(&b, "list<borrow<r>>");
    const hf_resource handles[2] = { { { 9, 3, 16 } }, { { 9, 7, 16 } } };
    const hf_list list = { (void *)(uintptr_t)handles, 2 };
    hf_list out;
    uint64_t flat[2];
    unsigned count;
    assert_int_equal(abi_lower(&b.abi, type, 2, &list, NULL, flat, &count), HF_OK);
    check_hex(b.guest.memory + FIRST, "0300000007000000", "handles");
    assert_int_equal(abi_lift(&b.abi, type, 2, flat, &out), HF_OK);
    assert_int_equal(hf_value_compare(type->type, &list, &out), 0);
    close_bench(&b);
}

static void elements_in_a_row(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    const struct abi_type *type = type_of(&b, "option<u16>");
    struct {
        bool some;
        uint16_t value;
    } in[3] = { { true, 7 }, { false, 0 }, { true, 9 } }, out[3];
    assert_int_equal(abi_store_many(&b.abi, type, in, 3, 64), HF_OK);
    check_hex(b.guest.memory + 64, "010007000000000001000900", "options");
    assert_int_equal(abi_load_many(&b.abi, type, 64, 3, out), HF_OK);
    for (int i = 0; i < 3; i++) assert_int_equal(hf_value_compare(type->type, &in[i], &out[i]), 0);
    assert_int_equal(abi_load_many(&b.abi, type, 65, 3, out), HF_TRAPPED);
    assert_int_equal(abi_load_many(&b.abi, type, 4092, 2, out), HF_TRAPPED);
    assert_int_equal(abi_store_many(&b.abi, type, in, UINT64_MAX / 2, 0), HF_TRAPPED);
    close_bench(&b);
}

// Types that share their parts are compiled once each, however large they are as a tree.
static void shared_parts_are_compiled_once(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, false, ABI_UTF8);
    static hf_type lists[30], pairs[30];
    static hf_field halves[30][2];
    const hf_type *below = hf_type_of_kind(HF_WIT_U8);
    for (size_t i = 0; i < 30; i++) {
        lists[i] = (hf_type){ HF_WIT_LIST, 0, 0, 0, NULL, below, NULL, { NULL, 0 } };
        assert_int_equal(hf_type_layout(&lists[i], NULL, NULL), HF_OK);
        halves[i][0].type = halves[i][1].type = &lists[i];
        pairs[i] = (hf_type){ HF_WIT_TUPLE, 0, 0, 2, halves[i], NULL, NULL, { NULL, 0 } };
        assert_int_equal(hf_type_layout(&pairs[i], halves[i], NULL), HF_OK);
        below = &pairs[i];
    }
    const struct abi_type *out;
    assert_int_equal(abi_compile(&b.types, below, &out, NULL), HF_OK);
    assert_int_equal(b.types.count, 61);
    assert_int_equal(out->flat_count, 4);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_as_the_reference),
        cmocka_unit_test(values_as_the_reference),
        cmocka_unit_test(bad_words_trap),
        cmocka_unit_test(bad_reallocs_trap),
        cmocka_unit_test(lifting_has_a_budget),
        cmocka_unit_test(values_of_the_host_are_looked_at),
        cmocka_unit_test(nans_are_canonical_when_asked),
        cmocka_unit_test(handles_go_through_the_instance),
        cmocka_unit_test(elements_in_a_row),
        cmocka_unit_test(shared_parts_are_compiled_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
