// Values as text, as bytes, copied and compared. The bytes are golden: journals hold them, so that a row here is never
// changed, only added.
#include "value/value.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "value/type_text.h"

static void *place(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

struct row {
    const char *type, *text; // as it is printed
    const char *bytes;       // hexadecimal, without the version
};

static const struct row rows[] = {
    { "bool", "true", "01" },
    { "bool", "false", "00" },
    { "s8", "-128", "80" },
    { "u8", "255", "ff" },
    { "s16", "-2", "feff" },
    { "u16", "65535", "ffff" },
    { "s32", "-2147483648", "00000080" },
    { "u32", "4294967295", "ffffffff" },
    { "s64", "-9223372036854775808", "0000000000000080" },
    { "u64", "18446744073709551615", "ffffffffffffffff" },
    { "f32", "1.5", "0000c03f" },
    { "f32", "nan", "0000c07f" },
    { "f32", "-inf", "000080ff" },
    { "f32", "3.4028235e+38", "ffff7f7f" },
    { "f64", "-0", "0000000000000080" },
    { "f64", "0.1", "9a9999999999b93f" },
    { "f64", "5e-324", "0100000000000000" },
    { "f64", "nan", "000000000000f87f" },
    { "f64", "inf", "000000000000f07f" },
    { "char", "'a'", "61000000" },
    { "char", "'\\''", "27000000" },
    { "char", "'\"'", "22000000" },
    { "char", "'\\u{0}'", "00000000" },
    { "char", "'\xf0\x9f\x91\x8b'", "4bf40100" },
    { "string", "\"\"", "00" },
    { "string", "\"a\\n\\t\\r\\\\\\\"'\xc3\xa4\"", "09610a090d5c2227c3a4" },
    { "list<u8>", "[]", "00" },
    { "list<u8>", "[1, 2, 255]", "030102ff" },
    { "list<u16>", "[1, 2]", "0201000200" },
    { "list<string>", "[\"a\", \"\"]", "02016100" },
    { "list<list<bool>>", "[[true], [], [false, true]]", "03010100020001" },
    { "list<f32>", "[nan, 1]", "020000c07f0000803f" },
    { "list<u16, 3>", "[1, 2, 3]", "010002000300" },
    { "list<string, 2>", "[\"a\", \"b\"]", "01610162" },
    { "map<string, u8>", "{:}", "00" },
    { "map<string, u8>", "{\"a\": 1, \"b\": 2}",
      "0201610101"
      "6202" },
    { "record { a: u8, b: string }", "{a: 1, b: \"x\"}", "010178" },
    { "record { a: option<u8>, b: option<u8> }", "{b: some(1)}", "000101" },
    { "record { a: option<u8> }", "{:}", "00" },
    { "tuple<u8>", "(1)", "01" },
    { "tuple<u8, string, char>", "(1, \"a\", 'b')", "01016162000000" },
    { "variant { a, b(u32), c(string) }", "a", "00" },
    { "variant { a, b(u32), c(string) }", "b(7)", "0107000000" },
    { "variant { a, b(u32), c(string) }", "c(\"x\")", "020178" },
    { "variant { ok, err(string), yes }", "%err(\"x\")", "010178" },
    { "enum { south, west, true }", "west", "01" },
    { "enum { south, west, true }", "%true", "02" },
    { "option<u8>", "none", "00" },
    { "option<u8>", "some(1)", "0101" },
    { "option<option<u8>>", "some(none)", "0100" },
    { "result<u8, string>", "ok(1)", "0001" },
    { "result<u8, string>", "err(\"x\")", "010178" },
    { "result", "ok", "00" },
    { "result", "err", "01" },
    { "result<_, u8>", "err(3)", "0103" },
    { "flags { a, b, c }", "{}", "00" },
    { "flags { a, b, c }", "{a, c}", "05" },
    { "flags { a, b, c, d, e, f, g, h, i }", "{i}", "0001" },
    { "record { HTTP3: u8, method-GET: bool }", "{HTTP3: 1, method-GET: true}", "0101" },
};

static hf_type const *type_of(struct arena *arena, const char *text)
{
    const hf_type *type = NULL;
    hf_status status = hf_status_ok();
    if (type_parse(arena, text, strlen(text), &type, &status)) fail_msg("%s: %s", text, status.message);
    assert_int_equal(hf_type_check(type, NULL), HF_OK);
    return type;
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t size = 0;
    out[size++] = HF_VALUE_ENCODING;
    for (; *hex; hex += 2) {
        unsigned byte;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[size++] = (uint8_t)byte;
    }
    return size;
}

static void check_text(const hf_type *type, const void *value, const char *text)
{
    char out[256];
    size_t size = 0;
    assert_int_equal(hf_value_print(type, value, out, sizeof out, &size, NULL), HF_OK);
    assert_string_equal(out, text);
    assert_int_equal(size, strlen(text));
    char part[4] = "zzz";
    assert_int_equal(hf_value_print(type, value, part, 2, &size, NULL), HF_OK);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(part, text, size < 2 ? size : 2);
    assert_int_equal(part[2], 'z');
}

static void check_bytes(const hf_type *type, const void *value, const uint8_t *bytes, size_t size)
{
    uint8_t out[256];
    size_t written = 0;
    assert_int_equal(hf_value_encode(type, value, NULL, out, sizeof out, &written, NULL), HF_OK);
    assert_int_equal(written, size);
    assert_memory_equal(out, bytes, size);
    assert_int_equal(hf_value_encode(type, value, NULL, NULL, 0, &written, NULL), HF_OK);
    assert_int_equal(written, size);
}

static hf_code decode(struct arena *arena, const hf_type *type, const uint8_t *bytes, size_t size, void *out,
                      hf_status *status)
{
    const hf_value_decode_options options = { sizeof options, place, arena, 0, NULL };
    // The bytes lie at the end of their block, so that a sanitizer sees reading past them.
    uint8_t *copy = size ? mem_alloc(&alloc_libc, size) : NULL;
    if (size) memcpy(copy, bytes, size);
    const hf_code code = hf_value_decode(type, copy, size, &options, out, status);
    mem_free(&alloc_libc, copy, size);
    return code;
}

static void check_row(struct arena *arena, const struct row *row)
{
    const hf_type *type = type_of(arena, row->type);
    char printed[256];
    assert_int_equal(hf_type_print(type, printed, sizeof printed), strlen(row->type));
    assert_string_equal(printed, row->type);

    void *value = arena_alloc(arena, type->size), *again = arena_alloc(arena, type->size);
    hf_status status = hf_status_ok();
    if (hf_value_parse(type, row->text, strlen(row->text), place, arena, value, &status))
        fail_msg("%s: %s: %s", row->type, row->text, status.message);
    check_text(type, value, row->text);
    uint8_t bytes[256];
    const size_t size = unhex(row->bytes, bytes);
    check_bytes(type, value, bytes, size);
    assert_int_equal(decode(arena, type, bytes, size, again, NULL), HF_OK);
    check_text(type, again, row->text);
    assert_int_equal(hf_value_compare(type, value, again), 0);
    assert_int_equal(hf_value_check(type, again, NULL), HF_OK);

    // Every shorter run of bytes is none, and neither is a longer one.
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(decode(arena, type, bytes, cut, again, NULL), HF_MALFORMED);
    bytes[size] = 0;
    assert_int_equal(decode(arena, type, bytes, size + 1, again, NULL), HF_MALFORMED);

    void *copy = hf_value_new(type, value, NULL, &status);
    assert_non_null(copy);
    assert_int_equal(hf_value_copy(type, copy, place, arena, again, NULL), HF_OK);
    hf_value_free(copy, NULL);
    check_text(type, again, row->text);
}

static void text_bytes_and_copies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena;
        arena_init(&arena, &alloc_libc);
        check_row(&arena, &rows[i]);
        arena_fini(&arena);
    }
}

static void other_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text, *printed;
    } spellings[] = {
        { "u8", " // one\n 1 // two", "1" },
        { "s8", "-0", "0" },
        { "f32", "1e2", "100" },
        { "f64", "-1.50E-1", "-0.15" },
        { "f64", "-nan", NULL },
        { "char", "'\\u{1F44b}'", "'\xf0\x9f\x91\x8b'" },
        { "char", "'\t'", "'\\t'" },
        { "string", "\"\\'\\u{7f}\"", "\"'\\u{7f}\"" },
        { "string", "\"\"\"\nA single line\n\"\"\"", "\"A single line\"" },
        { "string", "\"\"\"\n    Indented\n      more\n  \"\"\"", "\"  Indented\\n    more\"" },
        { "string", "\"\"\"\r\n  a\\r\r\n  \"\"\\\"\"\r\n  \"\"\"", "\"a\\r\\n\\\"\\\"\\\"\\\"\"" },
        { "string", "\"\"\"\n\"\"\"", "\"\"" },
        { "string", "\"\"\"\n\n\n\"\"\"", "\"\\n\"" },
        { "string", "\"\"\"x\n\"\"\"", NULL },
        { "string", "\"\"\"\nx\"\"\"", NULL },
        { "string", "\"\"\"\nx\n  \"\"\"", NULL },
        { "string", "\"\"\"\nx\n", NULL },
        { "list<char>", "['a', ']', ',',]", "['a', ']', ',']" },
        { "list<string>", "[\"],\", \"\"\"\n,]\n\"\"\"]", "[\"],\", \",]\"]" },
        { "list<u8>", "[ /", NULL },
        { "list<list<u8>>", "[[1,],[],]", "[[1], []]" },
        { "map<u8, string>", "{}", "{:}" },
        { "map<char, bool>", "{'a': true,}", "{'a': true}" },
        { "record { a: u8, b: option<u8> }", "{b: 2, a: 1}", "{a: 1, b: some(2)}" },
        { "record { a: u8, b: option<u8> }", "{%a: 1,}", "{a: 1}" },
        { "tuple<u8, u8>", "( 1 , 2 , )", "(1, 2)" },
        { "variant { a(u8) }", "a ( 1 )", "a(1)" },
        { "option<u8>", "1", "some(1)" },
        { "option<bool>", "true", "some(true)" },
        { "option<enum { none, b }>", "b", "some(b)" },
        { "option<enum { none, b }>", "%none", "some(%none)" },
        { "result<string>", "\"x\"", "ok(\"x\")" },
        { "result<list<u8>>", "[1]", "ok([1])" },
        { "flags { a, b }", "{b, a,}", "{a, b}" },
        { "flags { a, true }", "{true}", "{true}" },
        // what is refused
        { "bool", "%true", NULL },
        { "bool", "yes", NULL },
        { "bool", "1", NULL },
        { "u8", "256", NULL },
        { "u8", "-0", NULL },
        { "u8", "01", NULL },
        { "u8", "1.0", NULL },
        { "u8", "1e1", NULL },
        { "u8", "0x1", NULL },
        { "u8", "+1", NULL },
        { "u8", "1 2", NULL },
        { "u8", "", NULL },
        { "s8", "-129", NULL },
        { "s64", "9223372036854775808", NULL },
        { "u64", "18446744073709551616", NULL },
        { "f32", ".5", NULL },
        { "f32", "5.", NULL },
        { "f32", "1e", NULL },
        { "f32", "infinity", NULL },
        { "f32", "1e999", NULL },
        { "char", "''", NULL },
        { "char", "'ab'", NULL },
        { "char", "'\\x'", NULL },
        { "char", "'\\u{d800}'", NULL },
        { "char", "'\\u{110000}'", NULL },
        { "char", "'\\u{}'", NULL },
        { "char", "'\\u{41'", NULL },
        { "char", "'\n'", NULL },
        { "string", "\"a", NULL },
        { "string", "\"a\nb\"", NULL },
        { "string", "\"\\\"", NULL },
        { "string", "\"\xff\"", NULL },
        { "list<u8>", "[1 2]", NULL },
        { "list<u8>", "[,]", NULL },
        { "list<u8>", "[1,,2]", NULL },
        { "list<u8>", "[1", NULL },
        { "list<u8, 2>", "[1]", NULL },
        { "list<u8, 2>", "[1, 2, 3]", NULL },
        { "record { a: u8 }", "{a: 1, a: 1}", NULL },
        { "record { a: u8 }", "{b: 1}", NULL },
        { "record { a: u8 }", "{:}", NULL },
        { "record { a: u8 }", "{}", NULL },
        { "record { a: u8 }", "{a 1}", NULL },
        { "tuple<u8, u8>", "(1)", NULL },
        { "tuple<u8, u8>", "(1, 2, 3)", NULL },
        { "variant { a(u8), b }", "a", NULL },
        { "variant { a(u8), b }", "b(1)", NULL },
        { "variant { a(u8), b }", "c", NULL },
        { "enum { true }", "true", NULL },
        { "option<option<u8>>", "1", NULL },
        { "option<result>", "ok", NULL },
        { "result", "1", NULL },
        { "result<u8>", "ok", NULL },
        { "result<u8>", "none", NULL },
        { "flags { a }", "{a, a}", NULL },
        { "flags { a }", "{a a}", NULL },
        { "flags { a }", "{:}", NULL },
        { "record { aA: u8 }", "{aA: 1}", NULL },
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct arena arena;
        arena_init(&arena, &alloc_libc);
        const hf_type *type;
        if (type_parse(&arena, spellings[i].type, strlen(spellings[i].type), &type, NULL) == HF_OK) {
            void *value = arena_alloc(&arena, type->size);
            hf_status status = hf_status_ok();
            const char *text = spellings[i].text;
            const hf_code code = hf_value_parse(type, text, strlen(text), place, &arena, value, &status);
            if (code != (spellings[i].printed ? HF_OK : HF_MALFORMED))
                fail_msg("%s: %s: %s", spellings[i].type, text, status.message);
            if (code) assert_true(status.line >= 1 && status.column >= 1 && status.message[0]);
            if (spellings[i].printed) check_text(type, value, spellings[i].printed);
        } else {
            assert_null(spellings[i].printed);
        }
        arena_fini(&arena);
    }
}

static void bytes_that_are_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *type, *bytes;
        hf_code code;
    } refused[] = {
        { "bool", "02", HF_MALFORMED },
        { "f32", "0100c07f", HF_MALFORMED }, // a NaN with a payload
        { "f64", "000000000000f8ff", HF_MALFORMED },
        { "char", "00d80000", HF_MALFORMED },
        { "char", "00001100", HF_MALFORMED },
        { "string", "01ff", HF_MALFORMED },
        { "string", "8000", HF_MALFORMED }, // a length that could be shorter
        { "string", "ffffffffffffffffff7f", HF_MALFORMED },
        { "list<u8>", "ffffffff0f00", HF_MALFORMED },
        { "list<string>", "ffffffffffffffff7f", HF_MALFORMED },
        { "variant { a, b }", "02", HF_MALFORMED },
        { "option<u8>", "0200", HF_MALFORMED },
        { "flags { a, b }", "04", HF_MALFORMED },
        { "own<r>", "00", HF_UNSUPPORTED },
        { "stream<u8>", "00", HF_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena arena;
        arena_init(&arena, &alloc_libc);
        const hf_type *type = type_of(&arena, refused[i].type);
        void *value = arena_zalloc(&arena, type->size);
        uint8_t bytes[64];
        const size_t size = unhex(refused[i].bytes, bytes);
        hf_status status = hf_status_ok();
        assert_int_equal(decode(&arena, type, bytes, size, value, &status), refused[i].code);
        if (refused[i].code == HF_MALFORMED) assert_int_not_equal(status.offset, UINT64_MAX);
        bytes[0] = 2;
        assert_int_equal(decode(&arena, type, bytes, size, value, NULL), HF_MALFORMED);
        arena_fini(&arena);
    }
    // A budget for what is allocated, in which a case with a large payload counts in full.
    struct arena arena;
    arena_init(&arena, &alloc_libc);
    const hf_type *type = type_of(&arena, "list<variant { none, large(list<u64, 1000>) }>");
    const hf_value_decode_options options = { sizeof options, place, &arena, 20000, NULL };
    hf_list list;
    assert_int_equal(hf_value_decode(type, (const uint8_t *)"\x01\x02\x00\x00", 4, &options, &list, NULL), HF_OK);
    assert_int_equal(hf_value_decode(type, (const uint8_t *)"\x01\x03\x00\x00\x00", 5, &options, &list, NULL),
                     HF_LIMIT);
    assert_int_equal(hf_value_decode(type, NULL, 0, NULL, &list, NULL), HF_BAD_ARGUMENT);
    arena_fini(&arena);
}

static void memory_that_is_no_value(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, &alloc_libc);
    union {
        uint32_t c;
        uint8_t tag;
        hf_str text;
        hf_list list;
        hf_resource handle;
    } value;
    static const char bad_text[] = "\xc3";
    const struct {
        const char *type;
        hf_list bytes;
    } cases[] = {
        { "char", { (void *)(uintptr_t)0xd800, 0 } },
        { "string", { (void *)(uintptr_t)bad_text, 1 } },
        { "string", { NULL, 1 } },
        { "list<u8>", { NULL, 1 } },
        { "list<u64>", { (void *)(uintptr_t)bad_text, SIZE_MAX / 4 } },
        { "enum { a, b }", { (void *)(uintptr_t)2, 0 } },
        { "flags { a, b }", { (void *)(uintptr_t)4, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hf_type *type = type_of(&arena, cases[i].type);
        uint8_t out[64];
        char text[64];
        size_t size;
        memset(&value, 0, sizeof value);
        value.list = cases[i].bytes;
        assert_int_equal(hf_value_check(type, &value, NULL), HF_BAD_ARGUMENT);
        assert_int_equal(hf_value_encode(type, &value, NULL, out, sizeof out, &size, NULL), HF_BAD_ARGUMENT);
        assert_int_equal(hf_value_print(type, &value, text, sizeof text, &size, NULL), HF_BAD_ARGUMENT);
        assert_int_equal(hf_value_copy(type, &value, place, &arena, out, NULL), HF_BAD_ARGUMENT);
        assert_null(hf_value_new(type, &value, NULL, NULL));
    }
    arena_fini(&arena);
}

static hf_code name_of(void *ctx, const hf_type *type, hf_resource handle, uint64_t *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    *out = handle.h.index + UINT64_C(1000);
    return HF_OK;
}

static hf_code find_name(void *ctx, const hf_type *type, uint64_t name, hf_resource *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    if (name < 1000) return HF_NOT_FOUND;
    *out = (hf_resource){ { 1, (uint32_t)(name - 1000), 16 } };
    return HF_OK;
}

static void handles_are_named_by_the_caller(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, &alloc_libc);
    const hf_type *type = type_of(&arena, "tuple<own<r>, borrow<r>, error-context>");
    const hf_value_names names = { name_of, find_name, NULL };
    const hf_resource value[3] = { { { 1, 5, 16 } }, { { 1, 6, 16 } }, { { 1, 7, 16 } } };
    uint8_t bytes[16];
    char text[64];
    size_t size;
    assert_int_equal(hf_value_encode(type, value, &names, bytes, sizeof bytes, &size, NULL), HF_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(bytes, "\x01\xed\x07\xee\x07\xef\x07", 7);
    const hf_value_decode_options options = { sizeof options, place, &arena, 0, &names };
    hf_resource out[3];
    assert_int_equal(hf_value_decode(type, bytes, size, &options, out, NULL), HF_OK);
    assert_int_equal(hf_value_compare(type, value, out), 0);
    bytes[2] = 0x06;
    assert_int_equal(hf_value_decode(type, bytes, size, &options, out, NULL), HF_NOT_FOUND);
    assert_int_equal(hf_value_encode(type, value, NULL, bytes, sizeof bytes, &size, NULL), HF_UNSUPPORTED);
    assert_int_equal(hf_value_print(type, value, text, sizeof text, &size, NULL), HF_OK);
    assert_string_equal(text, "(own(5), borrow(6), error-context(7))");
    assert_int_equal(hf_value_parse(type, text, size, place, &arena, out, NULL), HF_UNSUPPORTED);
    arena_fini(&arena);
}

static void order_of_values(void **state)
{
    (void)state;
    static const char *const ordered[][6] = {
        { "bool", "false", "true" },
        { "s8", "-128", "-1", "0", "127" },
        { "u64", "0", "18446744073709551615" },
        { "f32", "-inf", "-1", "-0", "0", "nan" },
        { "f64", "-0", "0", "1e300", "inf", "nan" },
        { "string", "\"\"", "\"a\"", "\"aa\"", "\"b\"" },
        { "list<u8>", "[]", "[1]", "[1, 0]", "[2]" },
        { "option<u8>", "none", "some(0)", "some(1)" },
        { "record { a: u8, b: u8 }", "{a: 0, b: 9}", "{a: 1, b: 0}", "{a: 1, b: 1}" },
        { "flags { a, b }", "{}", "{a}", "{b}" },
        { "enum { a, b }", "a", "b" },
    };
    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
        struct arena arena;
        arena_init(&arena, &alloc_libc);
        const hf_type *type = type_of(&arena, ordered[i][0]);
        for (size_t a = 1; a < 6 && ordered[i][a]; a++) {
            for (size_t b = 1; b < 6 && ordered[i][b]; b++) {
                void *x = arena_alloc(&arena, type->size), *y = arena_alloc(&arena, type->size);
                assert_int_equal(hf_value_parse(type, ordered[i][a], strlen(ordered[i][a]), place, &arena, x, NULL), 0);
                assert_int_equal(hf_value_parse(type, ordered[i][b], strlen(ordered[i][b]), place, &arena, y, NULL), 0);
                const int order = hf_value_compare(type, x, y);
                assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
            }
        }
        arena_fini(&arena);
    }
}

static void arguments_of_a_call(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, &alloc_libc);
    const hf_type *params = type_of(&arena, "record { a: u8, b: string, c: option<u8>, d: option<u8> }");
    static const struct {
        const char *text, *printed;
    } calls[] = {
        { "(1, \"x\")", "{a: 1, b: \"x\"}" },
        { " ( 1 , \"x\" , none , 4 , ) ", "{a: 1, b: \"x\", d: some(4)}" },
        { "(1, \"x\", 3)", "{a: 1, b: \"x\", c: some(3)}" },
        { "(1)", NULL },
        { "()", NULL },
        { "(1, \"x\", 3, 4, 5)", NULL },
        { "1, \"x\"", NULL },
        { "(1, \"x\") 2", NULL },
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        uint8_t value[256] __attribute__((aligned(16)));
        const size_t size = strlen(calls[i].text);
        const hf_code code = hf_args_parse(params, calls[i].text, size, place, &arena, value, NULL);
        assert_int_equal(code, calls[i].printed ? HF_OK : HF_MALFORMED);
        if (calls[i].printed) check_text(params, value, calls[i].printed);
    }
    assert_int_equal(hf_args_parse(NULL, "()", 2, place, &arena, NULL, NULL), HF_OK);
    assert_int_equal(hf_args_parse(NULL, "(1)", 3, place, &arena, NULL, NULL), HF_MALFORMED);
    arena_fini(&arena);
}

static void types_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed; // NULL: refused
    } types[] = {
        { "result<_, string>", "result<_, string>" },
        { "result<_>", "result" },
        { "stream", "stream" },
        { "future<list<u8>>", "future<list<u8>>" },
        { "own<output-stream>", "own<output-stream>" },
        { "record {a:u8,}", "record { a: u8 }" },
        { "list<u8, 0>", NULL },
        { "list<u8, 01>", NULL },
        { "list<u8, 4294967296>", NULL },
        { "list<_>", NULL },
        { "option", NULL },
        { "option<u8, u8>", NULL },
        { "result<u8, u8, u8>", NULL },
        { "map<f32, u8>", NULL },
        { "map<u8>", NULL },
        { "tuple<>", NULL },
        { "variant {}", NULL },
        { "u9", NULL },
        { "u8 u8", NULL },
        { "", NULL },
        { "flags { a b }", NULL },
        { "flags { a, a }", NULL },
        { "record { a-B: u8, A-b: u8 }", NULL },
    };
    struct arena arena;
    arena_init(&arena, &alloc_libc);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const hf_type *type = NULL;
        char printed[64];
        const hf_code code = type_parse(&arena, types[i].text, strlen(types[i].text), &type, NULL);
        if ((code == HF_OK) != (types[i].printed != NULL)) fail_msg("%s", types[i].text);
        if (!types[i].printed) continue;
        hf_type_print(type, printed, sizeof printed);
        assert_string_equal(printed, types[i].printed);
    }
    char deep[2000] = "";
    for (int i = 0; i < 200; i++) strcat(deep, "list<");
    const hf_type *type;
    assert_int_equal(type_parse(&arena, deep, strlen(deep), &type, NULL), HF_LIMIT);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_bytes_and_copies),
        cmocka_unit_test(other_spellings),
        cmocka_unit_test(bytes_that_are_no_value),
        cmocka_unit_test(memory_that_is_no_value),
        cmocka_unit_test(handles_are_named_by_the_caller),
        cmocka_unit_test(order_of_values),
        cmocka_unit_test(arguments_of_a_call),
        cmocka_unit_test(types_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
