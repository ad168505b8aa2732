// Handle tables: indices as guests see them, what traps, and what a resource goes through on its way between owners.
#include "component/handles.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "runtime/store.h"
#include "runtime/tier.h"

static uint32_t drops;

static void count_drop(hf_store *store, void *payload)
{
    (void)store, (void)payload;
    drops++;
}

#define TYPE(text) \
    { sizeof(hf_resource_type), { { "", 0 }, { text, sizeof text - 1 }, 0 }, count_drop, NULL, NULL, NULL }
static const hf_resource_type file = TYPE("file"), socket = TYPE("socket");

static const struct tier no_tier;

// A store and the tables of two instances.
struct bench {
    hf_engine *engine;
    hf_store *store;
    struct handles a, b;
    hf_status status;
};

static void open_bench(struct bench *x, uint64_t max_host_bytes)
{
    const hf_store_options options = { .size = sizeof options, .max_host_bytes = max_host_bytes };
    x->status = hf_status_ok();
    x->engine = engine_new(NULL, &no_tier, HF_TIER_INTERP, "handles need none", &x->status);
    assert_non_null(x->engine);
    x->store = hf_store_new(x->engine, &options, &x->status);
    assert_non_null(x->store);
    handles_init(&x->a, x->store);
    handles_init(&x->b, x->store);
    drops = 0;
}

static void close_bench(struct bench *x)
{
    handles_fini(&x->a);
    handles_fini(&x->b);
    hf_store_free(x->store);
    hf_engine_unref(x->engine);
}

static void trapped(struct bench *x, hf_code code, const char *message)
{
    assert_int_equal(code, HF_TRAPPED);
    assert_int_equal(x->status.trap, HF_TRAP_COMPONENT);
    assert_string_equal(x->status.message, message);
    x->status = hf_status_ok();
}

static void the_last_index_freed_is_the_first_reused(void **state)
{
    (void)state;
    struct bench x;
    struct dropped dropped;
    uint32_t index;
    uint64_t rep;
    open_bench(&x, 0);
    for (uint32_t i = 1; i <= 40; i++) {
        assert_int_equal(resource_new(&x.a, &file, 100 + i, &index, &x.status), HF_OK);
        assert_int_equal(index, i);
    }
    assert_int_equal(resource_drop(&x.a, &file, 7, &dropped, &x.status), HF_OK);
    assert_true(dropped.own && dropped.by_guest && dropped.payload == 107);
    assert_int_equal(resource_drop(&x.a, &file, 3, &dropped, &x.status), HF_OK);
    assert_int_equal(resource_drop(&x.a, &file, 40, &dropped, &x.status), HF_OK);
    static const uint32_t again[] = { 40, 3, 7, 41 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(resource_new(&x.a, &file, 0, &index, &x.status), HF_OK);
        assert_int_equal(index, again[i]);
    }
    assert_int_equal(resource_rep(&x.a, &file, 8, &rep, &x.status), HF_OK);
    assert_int_equal(rep, 108);
    assert_int_equal(hf_resource_count(x.store), 41);
    close_bench(&x);
    assert_int_equal(drops, 0); // a guest's destructors do not run when the store ends
}

static void indices_that_mean_nothing_trap(void **state)
{
    (void)state;
    struct bench x;
    struct dropped dropped;
    struct lends lends;
    uint32_t index;
    uint64_t rep;
    hf_resource out;
    open_bench(&x, 0);
    lends_init(&lends, &x.a);
    trapped(&x, resource_drop(&x.a, &file, 0, &dropped, &x.status), "unknown handle index 0");
    trapped(&x, resource_rep(&x.a, &file, 1, &rep, &x.status), "unknown handle index 1");
    trapped(&x, lift_own(&x.a, &file, UINT32_MAX, &out, &x.status), "unknown handle index 4294967295");
    assert_int_equal(resource_new(&x.a, &file, 1, &index, &x.status), HF_OK);
    trapped(&x, resource_drop(&x.a, &socket, 1, &dropped, &x.status), "handle index 1 used with the wrong type");
    trapped(&x, lift_borrow(&x.a, &socket, 1, &lends, &out, &x.status), "handle index 1 used with the wrong type");
    trapped(&x, resource_rep(&x.b, &file, 1, &rep, &x.status), "unknown handle index 1");
    assert_int_equal(handles_add(&x.a, (struct handle){ .kind = HANDLE_WAITABLE_SET }, &index, &x.status), HF_OK);
    trapped(&x, lift_own(&x.a, &file, index, &out, &x.status), "handle index 2 used with the wrong type");
    assert_int_equal(handles_get(&x.a, index, NULL)->kind, HANDLE_WAITABLE_SET);
    handles_remove(&x.a, index);
    assert_null(handles_get(&x.a, index, NULL));
    close_bench(&x);
}

static void own_handles_move(void **state)
{
    (void)state;
    struct bench x;
    struct dropped dropped;
    uint32_t index, there;
    uint64_t rep;
    hf_resource out;
    open_bench(&x, 0);
    assert_int_equal(resource_new(&x.a, &file, 5, &index, &x.status), HF_OK);
    assert_int_equal(lift_own(&x.a, &file, index, &out, &x.status), HF_OK);
    trapped(&x, resource_rep(&x.a, &file, index, &rep, &x.status), "unknown handle index 1");
    assert_int_equal(lower_own(&x.b, &socket, out, &there, &x.status), HF_WRONG_TYPE);
    x.status = hf_status_ok();
    assert_int_equal(lower_own(&x.b, &file, out, &there, &x.status), HF_OK);
    assert_int_equal(lower_own(&x.a, &file, out, &index, NULL), HF_BUSY); // not twice
    assert_int_equal(hf_resource_drop(x.store, out, NULL), HF_BUSY);
    assert_int_equal(resource_rep(&x.b, &file, there, &rep, &x.status), HF_OK);
    assert_int_equal(rep, 5);
    assert_int_equal(resource_drop(&x.b, &file, there, &dropped, &x.status), HF_OK);
    assert_int_equal(lower_own(&x.a, &file, out, &index, NULL), HF_STALE);
    close_bench(&x);
}

static void what_is_lent_stays(void **state)
{
    (void)state;
    struct bench x;
    struct dropped dropped;
    struct borrows task = { 0 };
    struct lends subtask;
    uint32_t indices[6], there[6];
    hf_resource out;
    open_bench(&x, 0);
    lends_init(&subtask, &x.a);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(resource_new(&x.a, &file, i, &indices[i], &x.status), HF_OK);
        assert_int_equal(lift_borrow(&x.a, &file, indices[i], &subtask, &out, &x.status), HF_OK);
        assert_int_equal(lower_borrow(&x.b, &file, false, out, &task, &there[i], &x.status), HF_OK);
    }
    for (size_t i = 0; i < 6; i++) {
        trapped(&x, resource_drop(&x.a, &file, indices[i], &dropped, &x.status),
                "cannot remove owned resource while borrowed");
        trapped(&x, lift_own(&x.a, &file, indices[i], &out, &x.status), "cannot remove owned resource while borrowed");
    }
    trapped(&x, lift_own(&x.b, &file, there[0], &out, &x.status), "cannot lift own resource from a borrow");

    // A borrow is lent on.
    struct borrows inner = { 0 };
    struct lends outer;
    uint32_t third;
    lends_init(&outer, &x.b);
    assert_int_equal(lift_borrow(&x.b, &file, there[0], &outer, &out, &x.status), HF_OK);
    assert_int_equal(lower_borrow(&x.a, &file, true, out, &inner, &third, &x.status), HF_OK);
    assert_int_equal(third, 0); // its rep, since that instance made it
    assert_int_equal(borrows_check(&inner, &x.status), HF_OK);
    trapped(&x, resource_drop(&x.b, &file, there[0], &dropped, &x.status),
            "cannot remove owned resource while borrowed");
    lends_end(&outer);

    for (size_t i = 0; i < 6; i++) {
        trapped(&x, borrows_check(&task, &x.status), "borrow handles still remain at the end of the call");
        assert_int_equal(resource_drop(&x.b, &file, there[i], &dropped, &x.status), HF_OK);
        assert_false(dropped.own);
    }
    assert_int_equal(borrows_check(&task, &x.status), HF_OK);
    lends_end(&subtask);
    lends_end(&subtask);
    for (size_t i = 0; i < 6; i++) assert_int_equal(resource_drop(&x.a, &file, indices[i], &dropped, &x.status), HF_OK);
    assert_int_equal(hf_resource_count(x.store), 0);
    close_bench(&x);
}

static void a_resource_of_the_host(void **state)
{
    (void)state;
    struct bench x;
    struct dropped dropped;
    struct borrows task = { 0 };
    struct lends subtask;
    int payload = 3;
    uint32_t index;
    uint64_t rep;
    void *seen;
    hf_resource resource, out;
    open_bench(&x, 0);
    lends_init(&subtask, &x.a);
    assert_int_equal(hf_resource_new(x.store, &file, &payload, &resource, &x.status), HF_OK);
    assert_int_equal(lower_borrow(&x.a, &file, false, resource, &task, &index, &x.status), HF_OK);
    // The host ends what it has lent: the guest's handle traps, and can be dropped.
    assert_int_equal(hf_resource_drop(x.store, resource, &x.status), HF_OK);
    assert_int_equal(drops, 1);
    trapped(&x, resource_rep(&x.a, &file, index, &rep, &x.status), "the resource is gone");
    trapped(&x, lift_borrow(&x.a, &file, index, &subtask, &out, &x.status), "the resource is gone");
    assert_int_equal(resource_drop(&x.a, &file, index, &dropped, &x.status), HF_OK);
    assert_int_equal(hf_resource_payload(x.store, resource, &file, &seen, NULL), HF_STALE);

    assert_int_equal(hf_resource_new(x.store, &file, &payload, &resource, &x.status), HF_OK);
    assert_int_equal(lower_own(&x.a, &file, resource, &index, &x.status), HF_OK);
    assert_int_equal(hf_resource_payload(x.store, resource, &file, &seen, NULL), HF_OK);
    assert_ptr_equal(seen, &payload);
    assert_int_equal(resource_drop(&x.a, &file, index, &dropped, &x.status), HF_OK);
    assert_true(dropped.own && !dropped.by_guest && dropped.payload == (uintptr_t)&payload);
    assert_int_equal(drops, 1); // the drop is the caller's to make, through whatever wraps it
    assert_int_equal(hf_resource_new(x.store, &file, &payload, &resource, &x.status), HF_OK);
    assert_int_equal(lower_own(&x.a, &file, resource, &index, &x.status), HF_OK);
    close_bench(&x);
    assert_int_equal(drops, 2); // at the end of the store, whoever owns it
}

static void handles_are_paid_for(void **state)
{
    (void)state;
    struct bench x;
    uint32_t index;
    open_bench(&x, 64 << 10);
    hf_code code = HF_OK;
    uint32_t made = 0;
    for (; !code; made++) code = resource_new(&x.a, &file, 0, &index, &x.status);
    assert_int_equal(code, HF_LIMIT);
    assert_in_range(made, 100, 2000);
    assert_int_equal(hf_resource_count(x.store), made - 1);
    close_bench(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_index_freed_is_the_first_reused),
        cmocka_unit_test(indices_that_mean_nothing_trap),
        cmocka_unit_test(own_handles_move),
        cmocka_unit_test(what_is_lent_stays),
        cmocka_unit_test(a_resource_of_the_host),
        cmocka_unit_test(handles_are_paid_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
