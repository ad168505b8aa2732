// The layout of every kind of type against the C compiler's own.
#include "value/type.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#define T(kind) hf_type_of_kind(HF_WIT_##kind)
#define F(label, t) { { label, sizeof label - 1 }, (t), 0 }

static hf_type made(hf_witkind kind, hf_field *fields, uint32_t count, const hf_type *element)
{
    hf_type type = { kind, 0, 0, count, fields, element, NULL, { NULL, 0 } };
    hf_status status = hf_status_ok();
    assert_int_equal(hf_type_layout(&type, fields, &status), HF_OK);
    assert_int_equal(hf_type_check(&type, &status), HF_OK);
    return type;
}

static void primitives_are_c_types(void **state)
{
    (void)state;
    assert_int_equal(T(BOOL)->size, sizeof(bool));
    assert_int_equal(T(S16)->size, 2);
    assert_int_equal(T(CHAR)->size, 4);
    assert_int_equal(T(F64)->align, _Alignof(double));
    assert_int_equal(T(STRING)->size, sizeof(hf_str));
    assert_null(T(LIST));
    assert_null(hf_type_of_kind((hf_witkind)0));
    assert_null(hf_type_of_kind((hf_witkind)1000));
    assert_string_equal(hf_witkind_name(HF_WIT_ERROR_CONTEXT), "error-context");
    assert_string_equal(hf_witkind_name((hf_witkind)99), "");
    for (int kind = HF_WIT_BOOL; kind <= HF_WIT_ERROR_CONTEXT; kind++) {
        assert_int_equal(hf_type_of_kind((hf_witkind)kind)->kind, kind);
        assert_int_equal(hf_type_check(hf_type_of_kind((hf_witkind)kind), NULL), HF_OK);
    }
}

static void structs_are_c_structs(void **state)
{
    (void)state;
    struct point {
        bool a;
        uint64_t b;
        hf_str c;
        uint16_t d;
    };
    hf_field fields[] = { F("a", T(BOOL)), F("b", T(U64)), F("c", T(STRING)), F("d", T(U16)) };
    const hf_type record = made(HF_WIT_RECORD, fields, 4, NULL);
    assert_int_equal(record.size, sizeof(struct point));
    assert_int_equal(record.align, _Alignof(struct point));
    assert_int_equal(fields[1].offset, offsetof(struct point, b));
    assert_int_equal(fields[2].offset, offsetof(struct point, c));
    assert_int_equal(fields[3].offset, offsetof(struct point, d));

    const hf_type list = made(HF_WIT_LIST, NULL, 0, &record);
    assert_int_equal(list.size, sizeof(hf_list));
    const hf_type three = made(HF_WIT_FIXED_LIST, NULL, 3, &record);
    assert_int_equal(three.size, 3 * sizeof(struct point));
    const hf_type nothing = { HF_WIT_RECORD, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } };
    hf_type empty = nothing;
    assert_int_equal(hf_type_layout(&empty, NULL, NULL), HF_OK);
    assert_int_equal(empty.size, 0);
}

static void sums_are_tagged_unions(void **state)
{
    (void)state;
    struct sum {
        uint8_t tag;
        union {
            hf_str text;
            uint8_t small;
        } of;
    };
    hf_field cases[] = { F("none", NULL), F("text", T(STRING)), F("small", T(U8)) };
    const hf_type variant = made(HF_WIT_VARIANT, cases, 3, NULL);
    assert_int_equal(variant.size, sizeof(struct sum));
    assert_int_equal(cases[0].offset, 0);
    assert_int_equal(cases[1].offset, offsetof(struct sum, of));
    assert_int_equal(cases[2].offset, offsetof(struct sum, of));

    struct maybe {
        bool some;
        uint16_t value;
    };
    hf_field some[] = { F("none", NULL), F("some", T(U16)) };
    const hf_type option = made(HF_WIT_OPTION, some, 2, NULL);
    assert_int_equal(option.size, sizeof(struct maybe));
    assert_int_equal(some[1].offset, offsetof(struct maybe, value));
    hf_field ends[] = { F("ok", NULL), F("error", NULL) };
    const hf_type result = made(HF_WIT_RESULT, ends, 2, NULL);
    assert_int_equal(result.size, 1);
}

static void tags_and_flags_grow_with_their_cases(void **state)
{
    (void)state;
    static hf_field labels[0x10001];
    memset(labels, 0, sizeof labels);
    static const struct {
        hf_witkind kind;
        uint32_t count, size;
    } rows[] = {
        { HF_WIT_ENUM, 1, 1 },       { HF_WIT_ENUM, 256, 1 }, { HF_WIT_ENUM, 257, 2 }, { HF_WIT_ENUM, 0x10000, 2 },
        { HF_WIT_ENUM, 0x10001, 4 }, { HF_WIT_FLAGS, 1, 1 },  { HF_WIT_FLAGS, 8, 1 },  { HF_WIT_FLAGS, 9, 2 },
        { HF_WIT_FLAGS, 16, 2 },     { HF_WIT_FLAGS, 17, 4 }, { HF_WIT_FLAGS, 32, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const hf_type type = made(rows[i].kind, labels, rows[i].count, NULL);
        assert_int_equal(type.size, rows[i].size);
        assert_int_equal(type.align, rows[i].size);
    }
}

static void misshapen_types_are_refused(void **state)
{
    (void)state;
    static hf_field labels[33];
    static hf_field typed[] = { F("a", NULL), F("b", NULL) };
    typed[0].type = typed[1].type = T(U8);
    static const hf_restype resource = { { "", 0 }, { "r", 1 }, 0 };
    const hf_type large = { HF_WIT_FIXED_LIST, TYPE_SIZE_MAX, 1, TYPE_SIZE_MAX, NULL, T(U8), NULL, { NULL, 0 } };
    const hf_type unsized = { HF_WIT_LIST, 0, 0, 0, NULL, T(U8), NULL, { NULL, 0 } };
    const struct {
        hf_code code;
        hf_type type;
    } rows[] = {
        { HF_OK, { HF_WIT_OWN, 0, 0, 0, NULL, NULL, &resource, { NULL, 0 } } },
        { HF_OK, { HF_WIT_STREAM, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_OK, { HF_WIT_FUTURE, 0, 0, 0, NULL, T(U8), NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { (hf_witkind)0, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { (hf_witkind)29, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_LIST, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_LIST, 0, 0, 0, NULL, &unsized, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_LIST, 0, 0, 1, NULL, T(U8), NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_FIXED_LIST, 0, 0, 0, NULL, T(U8), NULL, { NULL, 0 } } },
        { HF_LIMIT, { HF_WIT_FIXED_LIST, 0, 0, 2, NULL, &large, NULL, { NULL, 0 } } },
        { HF_LIMIT, { HF_WIT_FIXED_LIST, 0, 0, UINT32_MAX, NULL, T(U64), NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_MAP, 0, 0, 0, NULL, T(U8), NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_TUPLE, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_RECORD, 0, 0, 2, labels, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_RECORD, 0, 0, 2, NULL, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_ENUM, 0, 0, 2, typed, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_OPTION, 0, 0, 2, typed, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_RESULT, 0, 0, 1, typed, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_FLAGS, 0, 0, 33, labels, NULL, NULL, { NULL, 0 } } },
        { HF_BAD_ARGUMENT, { HF_WIT_OWN, 0, 0, 0, NULL, NULL, NULL, { NULL, 0 } } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hf_type type = rows[i].type;
        hf_status status = hf_status_ok();
        assert_int_equal(hf_type_layout(&type, (hf_field *)type.fields, &status), rows[i].code);
        assert_int_equal(status.code, rows[i].code);
    }
    assert_int_equal(hf_type_layout(NULL, NULL, NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_type_check(NULL, NULL), HF_BAD_ARGUMENT);
}

static void wrong_and_circular_descriptors_are_found(void **state)
{
    (void)state;
    hf_field fields[] = { F("a", T(U8)), F("b", T(U32)) };
    hf_type record = made(HF_WIT_RECORD, fields, 2, NULL);
    fields[1].offset = 1;
    assert_int_equal(hf_type_check(&record, NULL), HF_BAD_ARGUMENT);
    fields[1].offset = 4;
    record.size = 12;
    assert_int_equal(hf_type_check(&record, NULL), HF_BAD_ARGUMENT);

    hf_type circle = made(HF_WIT_LIST, NULL, 0, T(U8));
    circle.element = &circle;
    assert_int_equal(hf_type_check(&circle, NULL), HF_LIMIT);
    hf_type other = circle;
    other.element = &other;
    assert_false(hf_type_equal(&circle, &other));

    // Forty types whose tree has more than 2^40 nodes.
    static hf_type lists[40], pairs[40];
    static hf_field halves[40][2];
    const hf_type *below = T(U8);
    for (size_t i = 0; i < 40; i++) {
        lists[i] = made(HF_WIT_LIST, NULL, 0, T(U8));
        lists[i].element = below;
        halves[i][0].type = halves[i][1].type = &lists[i];
        pairs[i] = (hf_type){ HF_WIT_TUPLE, 0, 0, 2, halves[i], NULL, NULL, { NULL, 0 } };
        assert_int_equal(hf_type_layout(&pairs[i], halves[i], NULL), HF_OK);
        below = &pairs[i];
    }
    assert_int_equal(hf_type_check(below, NULL), HF_LIMIT);
    assert_true(hf_type_equal(below, below));
}

static void equal_types_have_equal_parts(void **state)
{
    (void)state;
    hf_field a[] = { F("a", T(U8)), F("b", T(STRING)) }, b[] = { F("a", T(U8)), F("b", T(STRING)) };
    const hf_type x = made(HF_WIT_RECORD, a, 2, NULL), y = made(HF_WIT_RECORD, b, 2, NULL);
    assert_true(hf_type_equal(&x, &y));
    const hf_type xs = made(HF_WIT_LIST, NULL, 0, &x), ys = made(HF_WIT_LIST, NULL, 0, &y);
    assert_true(hf_type_equal(&xs, &ys));
    b[1].name.data = "c";
    assert_false(hf_type_equal(&xs, &ys));
    b[1].name.data = "b";
    b[0].type = T(S8);
    assert_false(hf_type_equal(&x, &y));
    assert_false(hf_type_equal(&x, NULL));
    assert_false(hf_type_equal(T(U8), T(S8)));

    const hf_restype in = { { "a:b/c", 5 }, { "r", 1 }, 0 }, own = { { "", 0 }, { "r", 1 }, 1 };
    hf_type p = { HF_WIT_OWN, 16, 8, 0, NULL, NULL, &in, { NULL, 0 } }, q = p;
    assert_true(hf_type_equal(&p, &q));
    q.resource = &own;
    assert_false(hf_type_equal(&p, &q));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primitives_are_c_types),       cmocka_unit_test(structs_are_c_structs),
        cmocka_unit_test(sums_are_tagged_unions),       cmocka_unit_test(tags_and_flags_grow_with_their_cases),
        cmocka_unit_test(misshapen_types_are_refused),  cmocka_unit_test(wrong_and_circular_descriptors_are_found),
        cmocka_unit_test(equal_types_have_equal_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
