// The registry of types: what is equal, what is below what, layout, reuse of ids, references from several threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sys/thread.h"
#include "wasm/type.h"

#define REC(i, nullable) val_ref(HEAP_REC + (i), (nullable))
#define DEF(id, nullable) val_ref(HEAP_DEFINED + (id), (nullable))

struct tally {
    long left;
    size_t live;
};

static void *tally_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct tally *t = ctx;
    if (new_size && t->left-- <= 0) return NULL;
    void *p = alloc_libc.resize(NULL, ptr, old_size, new_size);
    t->live += new_size;
    t->live -= old_size;
    return p;
}

static struct def_type func_draft(uint32_t params, const valtype *types, uint32_t results)
{
    return (struct def_type){
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .func = { .param_count = params, .result_count = results, .params = types, .results = types + params }
    };
}

static struct def_type struct_draft(const struct field_type *fields, uint32_t count, uint32_t super)
{
    return (struct def_type){ .kind = COMP_STRUCT,
                              .super = super,
                              .structure = { .field_count = count, .fields = fields } };
}

static uint32_t intern(struct type_registry *types, struct def_type draft)
{
    uint32_t id = NO_TYPE;
    assert_int_equal(types_intern(types, &draft, 1, &id, NULL), HF_OK);
    return id;
}

static void equal_groups_have_equal_ids(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    const valtype i32_i64[] = { VAL_I32, VAL_I64 };
    const uint32_t a = intern(types, func_draft(1, i32_i64, 1));
    assert_int_equal(a, intern(types, func_draft(1, i32_i64, 1)));
    assert_int_not_equal(a, intern(types, func_draft(2, i32_i64, 0)));
    assert_int_not_equal(a, intern(types, func_draft(0, i32_i64, 2)));
    struct def_type open = func_draft(1, i32_i64, 1);
    open.final = false;
    assert_int_not_equal(a, intern(types, open));

    // rec { struct (ref 0), struct (ref 1) } is another group than the same types one by one, or in the other order.
    const struct field_type first = { .storage = REC(0, true) }, second = { .storage = REC(1, true) };
    const struct def_type group[] = { struct_draft(&first, 1, NO_TYPE), struct_draft(&second, 1, NO_TYPE) };
    const struct def_type swapped[] = { group[1], group[0] };
    uint32_t ids[2], again[2], other[2];
    assert_int_equal(types_intern(types, group, 2, ids, NULL), HF_OK);
    assert_int_equal(types_intern(types, group, 2, again, NULL), HF_OK);
    assert_int_equal(types_intern(types, swapped, 2, other, NULL), HF_OK);
    assert_memory_equal(ids, again, sizeof ids);
    assert_int_not_equal(ids[0], other[0]);
    assert_int_not_equal(ids[0], ids[1]);
    assert_int_equal(types_get(types, ids[1])->structure.fields[0].storage, DEF(ids[1], true));
    const uint32_t alone = intern(types, group[0]);
    assert_int_not_equal(alone, ids[0]);
    // A structure that refers to that one is not one that refers to itself.
    const struct field_type outside = { .storage = DEF(alone, true) };
    assert_int_not_equal(intern(types, struct_draft(&outside, 1, NO_TYPE)), alone);
    types_free(types);
}

static void matching_follows_declared_supertypes(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    const struct field_type fields[] = { { .storage = VAL_I32 }, { .storage = VAL_I64 }, { .storage = VAL_F32 } };
    uint32_t chain[40];
    for (uint32_t i = 0; i < 40; i++) {
        chain[i] = intern(types, struct_draft(fields, i % 4, i ? chain[i - 1] : NO_TYPE));
        assert_int_equal(types_get(types, chain[i])->depth, i);
    }
    for (uint32_t i = 0; i < 40; i++) {
        for (uint32_t j = 0; j < 40; j++) assert_int_equal(def_matches(types, chain[i], chain[j]), i >= j);
    }
    const uint32_t func = intern(types, func_draft(0, NULL, 0));
    const struct {
        uint32_t sub, super;
        bool matches;
    } rows[] = {
        { HEAP_NONE, HEAP_ANY, true },
        { HEAP_NONE, HEAP_I31, true },
        { HEAP_NONE, HEAP_DEFINED + chain[3], true },
        { HEAP_NONE, HEAP_DEFINED + func, false },
        { HEAP_NONE, HEAP_FUNC, false },
        { HEAP_NONE, HEAP_NONE, true },
        { HEAP_NOFUNC, HEAP_DEFINED + func, true },
        { HEAP_NOFUNC, HEAP_DEFINED + chain[0], false },
        { HEAP_NOEXTERN, HEAP_EXTERN, true },
        { HEAP_NOEXN, HEAP_EXN, true },
        { HEAP_NOEXN, HEAP_EXTERN, false },
        { HEAP_I31, HEAP_EQ, true },
        { HEAP_I31, HEAP_STRUCT, false },
        { HEAP_STRUCT, HEAP_EQ, true },
        { HEAP_ARRAY, HEAP_ANY, true },
        { HEAP_EQ, HEAP_ANY, true },
        { HEAP_ANY, HEAP_EQ, false },
        { HEAP_EXTERN, HEAP_ANY, false },
        { HEAP_DEFINED + chain[0], HEAP_STRUCT, true },
        { HEAP_DEFINED + chain[0], HEAP_EQ, true },
        { HEAP_DEFINED + chain[0], HEAP_ANY, true },
        { HEAP_DEFINED + chain[0], HEAP_ARRAY, false },
        { HEAP_DEFINED + func, HEAP_FUNC, true },
        { HEAP_DEFINED + func, HEAP_ANY, false },
        { HEAP_STRUCT, HEAP_DEFINED + chain[0], false },
        { HEAP_BOT, HEAP_DEFINED + func, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (heap_matches(types, rows[i].sub, rows[i].super) != rows[i].matches) fail_msg("row %zu", i);
    }
    assert_true(val_matches(types, VAL_BOT, VAL_I32));
    assert_false(val_matches(types, VAL_I32, VAL_I64));
    assert_true(val_matches(types, val_ref(HEAP_I31, false), val_ref(HEAP_ANY, true)));
    assert_false(val_matches(types, val_ref(HEAP_I31, true), val_ref(HEAP_ANY, false)));
    assert_int_equal(heap_top(types, HEAP_DEFINED + func), HEAP_FUNC);
    assert_int_equal(heap_top(types, HEAP_DEFINED + chain[0]), HEAP_ANY);
    assert_int_equal(heap_top(types, HEAP_NOEXN), HEAP_EXN);
    types_free(types);
}

static void functions_match_by_variance(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    const valtype narrow[] = { val_ref(HEAP_I31, false), val_ref(HEAP_I31, false) };
    const valtype wide[] = { val_ref(HEAP_ANY, true), val_ref(HEAP_I31, false) };
    const struct func_type takes_less = func_draft(1, narrow, 1).func, takes_more = func_draft(1, wide, 1).func;
    assert_true(func_matches(types, &takes_more, &takes_less));
    assert_false(func_matches(types, &takes_less, &takes_more));
    const struct func_type none = func_draft(0, narrow, 1).func;
    assert_false(func_matches(types, &none, &takes_less));
    types_free(types);
}

static void layout_is_natural_and_kept_by_subtypes(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    const struct field_type fields[] = {
        { .storage = VAL_I8 },  { .storage = VAL_I16 }, { .storage = VAL_I8 },   { .storage = VAL_EXTERNREF },
        { .storage = VAL_F64 }, { .storage = VAL_I8 },  { .storage = VAL_V128 }, { .storage = VAL_F32 },
    };
    const uint32_t offsets[] = { 0, 2, 4, 8, 16, 24, 32, 48 };
    const uint32_t all = intern(types, struct_draft(fields, 8, NO_TYPE));
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(types_get(types, all)->structure.fields[i].offset, offsets[i]);
    }
    assert_int_equal(types_get(types, all)->structure.size, 52);
    const uint32_t parent = intern(types, struct_draft(fields, 3, NO_TYPE));
    assert_int_equal(types_get(types, parent)->structure.size, 5);
    const valtype mixed[] = { VAL_V128, VAL_I32, VAL_V128 };
    const struct func_type *func = &types_get(types, intern(types, func_draft(2, mixed, 1)))->func;
    assert_int_equal(func->param_slots, 3);
    assert_int_equal(func->result_slots, 2);
    types_free(types);
}

static void ids_are_reused_after_the_last_reference_only(void **state)
{
    (void)state;
    struct tally tally = { 1000000, 0 };
    const hf_allocator heap = { tally_resize, &tally };
    struct type_registry *types = types_new(&heap, NULL);
    const valtype one[] = { VAL_I32 };
    const uint32_t a = intern(types, func_draft(1, one, 0));
    types_ref(types, a);
    types_unref(types, a);
    assert_int_equal(intern(types, func_draft(1, one, 0)), a);
    types_unref(types, a);
    const uint32_t b = intern(types, func_draft(0, one, 1)); // a is still there
    assert_int_not_equal(b, a);
    types_unref(types, a);
    assert_int_equal(intern(types, func_draft(0, NULL, 0)), a);

    // A group keeps those that it names: a long chain goes with its last member, by a loop.
    const size_t before = tally.live;
    uint32_t last = NO_TYPE;
    for (int i = 0; i < 20000; i++) {
        const struct field_type field = { .storage = last == NO_TYPE ? VAL_I64 : DEF(last, true) };
        const uint32_t next = intern(types, struct_draft(&field, 1, NO_TYPE));
        if (last != NO_TYPE) types_unref(types, last);
        last = next;
    }
    assert_true(tally.live > before + 20000 * sizeof(struct def_type));
    types_unref(types, last);
    assert_true(tally.live < before + 20000 * 32); // buckets, chunks and free ids stay
    types_free(types);
    assert_int_equal(tally.live, 0);
}

static void too_many_supertypes_are_a_limit(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    uint32_t last = NO_TYPE;
    for (int i = 0; i <= SUBTYPE_DEPTH_MAX; i++) last = intern(types, struct_draft(NULL, 0, last));
    const struct def_type draft = struct_draft(NULL, 0, last);
    uint32_t id;
    hf_status status = hf_status_ok();
    assert_int_equal(types_intern(types, &draft, 1, &id, &status), HF_LIMIT);
    types_free(types);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    const struct field_type first = { .storage = REC(1, true) }, second = { .storage = REC(0, true) };
    const struct def_type group[] = { struct_draft(&first, 1, NO_TYPE), struct_draft(&second, 1, NO_TYPE) };
    for (long allowed = 0;; allowed++) {
        struct tally tally = { allowed, 0 };
        const hf_allocator heap = { tally_resize, &tally };
        struct type_registry *types = types_new(&heap, NULL);
        uint32_t ids[2] = { 0 };
        hf_code code = HF_OUT_OF_MEMORY;
        if (types) code = types_intern(types, group, 2, ids, NULL);
        if (code == HF_OK) types_unref(types, ids[0]);
        types_free(types);
        assert_int_equal(tally.live, 0);
        if (code == HF_OK) {
            assert_true(allowed >= 5);
            break;
        }
        assert_int_equal(code, HF_OUT_OF_MEMORY);
    }
}

// ---- threads ----

enum { THREADS = 4, ROUNDS = 3000, KINDS = 5 };

// Interns and gives back the same few groups; what it holds must be what it asked for.
static void *churn(void *arg)
{
    struct type_registry *types = arg;
    const valtype params[KINDS] = { VAL_I32, VAL_I64, VAL_F32, VAL_F64, VAL_V128 };
    uintptr_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const struct def_type draft = func_draft(1 + (uint32_t)i % KINDS, params, 0);
        uint32_t id;
        if (types_intern(types, &draft, 1, &id, NULL) != HF_OK) return (void *)1;
        const struct def_type *type = types_get(types, id);
        wrong += type->id != id || type->func.param_count != draft.func.param_count || !def_matches(types, id, id);
        types_ref(types, id);
        types_unref(types, id);
        types_unref(types, id);
    }
    return (void *)wrong;
}

static void *churn_and_note(void *arg)
{
    void **pair = arg;
    pair[1] = churn(pair[0]);
    return NULL;
}

static void threads_share_groups(void **state)
{
    (void)state;
    struct type_registry *types = types_new(&alloc_libc, NULL);
    struct thread threads[THREADS];
    void *args[THREADS][2];
    for (int i = 0; i < THREADS; i++) {
        args[i][0] = types;
        args[i][1] = NULL;
        assert_true(thread_start(&threads[i], churn_and_note, args[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        assert_null(args[i][1]);
    }
    types_free(types);
}

static void types_have_names(void **state)
{
    (void)state;
    char name[32];
    const struct {
        valtype type;
        const char *name;
    } rows[] = {
        { VAL_I32, "i32" },
        { VAL_V128, "v128" },
        { VAL_I8, "i8" },
        { VAL_FUNCREF, "(ref null func)" },
        { val_ref(HEAP_NOEXTERN, false), "(ref noextern)" },
        { DEF(7, true), "(ref null 7)" },
        { REC(2, false), "(ref rec.2)" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(val_name(rows[i].type, name, sizeof name), rows[i].name);
    }
    assert_string_equal(val_name(VAL_FUNCREF, name, 6), "(ref ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_groups_have_equal_ids),
        cmocka_unit_test(matching_follows_declared_supertypes),
        cmocka_unit_test(functions_match_by_variance),
        cmocka_unit_test(layout_is_natural_and_kept_by_subtypes),
        cmocka_unit_test(ids_are_reused_after_the_last_reference_only),
        cmocka_unit_test(too_many_supertypes_are_a_limit),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(threads_share_groups),
        cmocka_unit_test(types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
