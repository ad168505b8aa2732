// Every function that takes a handle, given one that is none, stale, of another store, or of another kind: a status, never a crash.
#include "guest.h"

#define THINGS                                                                                  \
    "(module (func (export \"f\") (result i32) (i32.const 1)) (table (export \"t\") 1 funcref)" \
    "  (memory (export \"m\") 1) (global (export \"g\") (mut i32) (i32.const 1)) (tag (export \"e\")))"

// All calls on one handle; each reports its code.
typedef hf_code use(hf_store *store, hf_handle h);

static hf_code func_type(hf_store *s, hf_handle h)
{
    hf_functype t;
    return hf_func_type(s, (hf_func){ h }, &t, NULL);
}
static hf_code func_call(hf_store *s, hf_handle h)
{
    hf_val v;
    return hf_func_call(s, (hf_func){ h }, NULL, 0, &v, 1, NULL);
}
static hf_code func_raw(hf_store *s, hf_handle h)
{
    uint64_t v = 0;
    return hf_func_call_raw(s, (hf_func){ h }, &v, 1, NULL);
}
static hf_code func_ref(hf_store *s, hf_handle h)
{
    hf_ref r;
    return hf_ref_from_func(s, (hf_func){ h }, &r, NULL);
}
static hf_code func_task(hf_store *s, hf_handle h)
{
    hf_status status = hf_status_ok();
    hf_task_free(hf_task_new(s, (hf_func){ h }, NULL, 0, &status));
    return status.code;
}
static hf_code table_size(hf_store *s, hf_handle h)
{
    uint64_t n;
    return hf_table_size(s, (hf_table){ h }, &n, NULL);
}
static hf_code table_get(hf_store *s, hf_handle h)
{
    hf_val v;
    return hf_table_get(s, (hf_table){ h }, 0, &v, NULL);
}
static hf_code table_set(hf_store *s, hf_handle h)
{
    hf_val v = { HF_TYPE_FUNCREF, { 0 } };
    return hf_table_set(s, (hf_table){ h }, 0, v, NULL);
}
static hf_code table_grow(hf_store *s, hf_handle h)
{
    hf_val v = { HF_TYPE_FUNCREF, { 0 } };
    return hf_table_grow(s, (hf_table){ h }, 0, v, NULL, NULL);
}
static hf_code memory_size(hf_store *s, hf_handle h)
{
    uint64_t n;
    return hf_memory_size(s, (hf_memory){ h }, &n, NULL);
}
static hf_code memory_grow(hf_store *s, hf_handle h)
{
    return hf_memory_grow(s, (hf_memory){ h }, 0, NULL, NULL);
}
static hf_code memory_read(hf_store *s, hf_handle h)
{
    char c;
    return hf_memory_read(s, (hf_memory){ h }, 0, &c, 1, NULL);
}
static hf_code memory_write(hf_store *s, hf_handle h)
{
    return hf_memory_write(s, (hf_memory){ h }, 0, "", 1, NULL);
}
static hf_code global_get(hf_store *s, hf_handle h)
{
    hf_val v;
    return hf_global_get(s, (hf_global){ h }, &v, NULL);
}
static hf_code global_set(hf_store *s, hf_handle h)
{
    return hf_global_set(s, (hf_global){ h }, hf_i32(2), NULL);
}
static hf_code tag_new(hf_store *s, hf_handle h)
{
    hf_ref r;
    return hf_exception_new(s, (hf_tag){ h }, NULL, 0, &r, NULL);
}
static hf_code instance_export(hf_store *s, hf_handle h)
{
    hf_extern e;
    return hf_instance_export(s, (hf_instance){ h }, "f", &e, NULL);
}
static hf_code instance_at(hf_store *s, hf_handle h)
{
    hf_extern e;
    return hf_instance_export_at(s, (hf_instance){ h }, 0, &e, NULL);
}
static hf_code instance_func(hf_store *s, hf_handle h)
{
    hf_func f;
    return hf_instance_func(s, (hf_instance){ h }, "f", &f, NULL);
}
static hf_code instance_many(hf_store *s, hf_handle h)
{
    return hf_instance_set_concurrent(s, (hf_instance){ h }, false, NULL);
}
static hf_code ref_own(hf_store *s, hf_handle h)
{
    hf_ref r;
    return hf_ref_own(s, (hf_ref){ h }, &r, NULL);
}
static hf_code ref_type(hf_store *s, hf_handle h)
{
    hf_valtype t;
    return hf_ref_type(s, (hf_ref){ h }, &t, NULL);
}
static hf_code ref_i31(hf_store *s, hf_handle h)
{
    int32_t v;
    return hf_ref_i31_value(s, (hf_ref){ h }, &v, NULL);
}

enum { FUNC, TABLE, MEMORY, GLOBAL, TAG, INSTANCE, REF, KINDS };

static const struct {
    use *fn;
    int kind;
} uses[] = {
    { func_type, FUNC },
    { func_call, FUNC },
    { func_raw, FUNC },
    { func_ref, FUNC },
    { func_task, FUNC },
    { table_size, TABLE },
    { table_get, TABLE },
    { table_set, TABLE },
    { table_grow, TABLE },
    { memory_size, MEMORY },
    { memory_grow, MEMORY },
    { memory_read, MEMORY },
    { memory_write, MEMORY },
    { global_get, GLOBAL },
    { global_set, GLOBAL },
    { tag_new, TAG },
    { instance_export, INSTANCE },
    { instance_at, INSTANCE },
    { instance_func, INSTANCE },
    { instance_many, INSTANCE },
    { ref_own, REF },
    { ref_type, REF },
    { ref_i31, REF },
};

static void collect_handles(struct guest *g, hf_handle out[KINDS])
{
    static const struct {
        const char *name;
        int kind;
    } exports[] = { { "f", FUNC }, { "t", TABLE }, { "m", MEMORY }, { "g", GLOBAL }, { "e", TAG } };
    for (size_t i = 0; i < sizeof exports / sizeof *exports; i++) {
        hf_extern item;
        assert_int_equal(hf_instance_export(g->store, g->instance, exports[i].name, &item, NULL), HF_OK);
        out[exports[i].kind] = item.of.func.h;
    }
    out[INSTANCE] = g->instance.h;
    hf_ref ref, own;
    assert_int_equal(hf_ref_i31(g->store, 5, &ref, NULL), HF_OK);
    assert_int_equal(hf_ref_own(g->store, ref, &own, NULL), HF_OK);
    out[REF] = own.h;
}

static void every_use_of_every_wrong_handle(void **state)
{
    (void)state;
    struct guest g, other;
    guest_begin(&g, NULL, NULL);
    guest_begin(&other, NULL, NULL);
    guest_must_load(&g, THINGS);
    guest_must_load(&other, THINGS);
    hf_handle mine[KINDS], theirs[KINDS];
    collect_handles(&g, mine);
    collect_handles(&other, theirs);
    const hf_scope scope = hf_scope_open(g.store);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        const int kind = uses[i].kind;
        const hf_handle none = { 0, 0, 0 };
        assert_int_equal(uses[i].fn(g.store, mine[kind]), HF_OK);
        if (kind != REF) assert_int_equal(uses[i].fn(g.store, none), HF_BAD_ARGUMENT);
        assert_int_equal(uses[i].fn(NULL, mine[kind]), HF_BAD_ARGUMENT);
        assert_int_equal(uses[i].fn(g.store, theirs[kind]), HF_WRONG_STORE);
        for (int k = 0; k < KINDS; k++) {
            if (k != kind) assert_int_equal(uses[i].fn(g.store, mine[k]), HF_WRONG_KIND);
        }
        hf_handle beyond = mine[kind];
        beyond.index += 1000000;
        assert_int_equal(uses[i].fn(g.store, beyond), HF_STALE);
        hf_handle later = mine[kind];
        later.generation += 16;
        assert_int_equal(uses[i].fn(g.store, later), HF_STALE);
    }
    // All of it goes with the instance, once no reference made above holds its function.
    hf_scope_close(g.store, scope);
    assert_int_equal(hf_instance_drop(g.store, g.instance, NULL), HF_OK);
    hf_store_collect(g.store);
    assert_int_equal(hf_ref_release(g.store, (hf_ref){ mine[REF] }), HF_OK);
    assert_int_equal(hf_ref_release(g.store, (hf_ref){ mine[REF] }), HF_STALE);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        assert_int_equal(uses[i].fn(g.store, mine[uses[i].kind]), HF_STALE);
    size_t size;
    assert_null(hf_memory_data(g.store, (hf_memory){ mine[MEMORY] }, &size));
    assert_null(hf_instance_module(g.store, g.instance));
    // What takes their places is told apart from them.
    guest_must_load(&g, THINGS);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (uses[i].kind != REF) assert_int_equal(uses[i].fn(g.store, mine[uses[i].kind]), HF_STALE);
    }
    guest_end(&g);
    guest_end(&other);
}

static void scopes_end_their_references(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    const hf_scope outer = hf_scope_open(g.store);
    hf_ref a, b, own;
    hf_ref_i31(g.store, 1, &a, NULL);
    const hf_scope inner = hf_scope_open(g.store);
    hf_ref_i31(g.store, 1, &b, NULL);
    assert_true(hf_ref_equal(g.store, a, b));
    assert_int_equal(hf_ref_own(g.store, b, &own, NULL), HF_OK);
    hf_scope_close(g.store, inner);
    int32_t value;
    assert_int_equal(hf_ref_i31_value(g.store, b, &value, NULL), HF_STALE);
    assert_int_equal(hf_ref_i31_value(g.store, a, &value, NULL), HF_OK);
    hf_ref again;
    hf_ref_i31(g.store, 2, &again, NULL); // in the same place
    assert_int_equal(hf_ref_i31_value(g.store, b, &value, NULL), HF_STALE);
    hf_scope_close(g.store, outer);
    assert_int_equal(hf_ref_i31_value(g.store, a, &value, NULL), HF_STALE);
    assert_int_equal(hf_ref_i31_value(g.store, own, &value, NULL), HF_OK);
    assert_int_equal(value, 1);
    assert_int_equal(hf_ref_release(g.store, own), HF_OK);
    assert_int_equal(hf_ref_i31_value(g.store, own, &value, NULL), HF_STALE);
    guest_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_use_of_every_wrong_handle),
        cmocka_unit_test(scopes_end_their_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
