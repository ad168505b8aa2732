// Resources through the public door.
#include <holdfast/resource.h>
#include <holdfast/store.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static int dropped;

static const hf_resource_type other = { sizeof other, { { "a:b/c", 5 }, { "other", 5 }, 0 }, NULL, NULL, NULL, NULL };

static void drop(hf_store *store, void *payload)
{
    hf_resource again;
    dropped += *(int *)payload;
    if (*(int *)payload == 1) return;
    assert_int_equal(hf_resource_new(store, &other, NULL, &again, NULL), HF_GONE); // the store ends
}

static const hf_resource_type file = { sizeof file, { { "a:b/c", 5 }, { "file", 4 }, 0 }, drop, NULL, NULL, NULL };

static void made_looked_at_and_dropped(void **state)
{
    (void)state;
    hf_engine *engine = hf_engine_new(NULL, NULL);
    hf_store *store = hf_store_new(engine, NULL, NULL), *second = hf_store_new(engine, NULL, NULL);
    int one = 1, ten = 10;
    hf_resource a, b, c;
    void *payload;
    hf_status status = hf_status_ok();
    dropped = 0;
    assert_int_equal(hf_resource_new(store, &file, &one, &a, &status), HF_OK);
    assert_int_equal(hf_resource_new(store, &file, &ten, &b, &status), HF_OK);
    assert_int_equal(hf_resource_count(store), 2);
    assert_int_equal(hf_resource_payload(store, a, &file, &payload, &status), HF_OK);
    assert_ptr_equal(payload, &one);
    assert_ptr_equal(hf_resource_type_of(store, b, &status), &file);

    assert_int_equal(hf_resource_payload(store, a, &other, &payload, NULL), HF_WRONG_TYPE);
    assert_int_equal(hf_resource_payload(second, a, &file, &payload, NULL), HF_WRONG_STORE);
    hf_resource odd = a;
    odd.h.generation ^= 1;
    assert_int_equal(hf_resource_payload(store, odd, &file, &payload, NULL), HF_WRONG_KIND);
    odd = a;
    odd.h.index = 1000;
    assert_int_equal(hf_resource_payload(store, odd, &file, &payload, NULL), HF_STALE);
    odd = (hf_resource){ { 0, 0, 0 } };
    assert_int_equal(hf_resource_drop(store, odd, NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_resource_drop(NULL, a, NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_resource_new(store, NULL, NULL, &c, NULL), HF_BAD_ARGUMENT);
    assert_null(hf_resource_type_of(store, odd, NULL));

    assert_int_equal(hf_resource_drop(store, a, &status), HF_OK);
    assert_int_equal(dropped, 1);
    assert_int_equal(hf_resource_drop(store, a, NULL), HF_STALE);
    assert_int_equal(hf_resource_new(store, &other, NULL, &c, &status), HF_OK);
    assert_int_equal(c.h.index, a.h.index); // the place is used again under another name
    assert_int_equal(hf_resource_payload(store, a, &file, &payload, NULL), HF_STALE);
    hf_store_free(store);
    assert_int_equal(dropped, 11);
    hf_store_free(second);
    hf_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(made_looked_at_and_dropped) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
