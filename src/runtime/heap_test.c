#include "runtime/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// A world of roots, in place of a store.
struct world {
    struct type_registry *types;
    struct heap heap;
    gref roots[64];
    gref funcs_seen[64];
    size_t func_count;
    uint32_t node, refs, bytes, with_func; // type ids
    struct func_type tag;
};

static void trace_roots(void *ctx, struct tracer *tracer)
{
    struct world *w = ctx;
    for (size_t i = 0; i < sizeof w->roots / sizeof *w->roots; i++) trace_heap_ref(tracer, w->roots[i]);
}

static void see_func(void *ctx, struct tracer *tracer, gref func)
{
    struct world *w = ctx;
    (void)tracer;
    if (w->func_count < 64) w->funcs_seen[w->func_count++] = func;
}

static bool no_more(void *ctx, struct tracer *tracer)
{
    (void)ctx;
    (void)tracer;
    return false;
}

static const struct func_type *tag_type(void *ctx, uint32_t tag)
{
    (void)tag;
    return &((struct world *)ctx)->tag;
}

static uint32_t intern(struct world *w, struct def_type draft)
{
    uint32_t id;
    draft.super = NO_TYPE;
    draft.final = true;
    assert_int_equal(types_intern(w->types, &draft, 1, &id, NULL), HF_OK);
    return id;
}

static struct world *world_new(uint64_t limit, uint64_t interval)
{
    struct world *w = calloc(1, sizeof *w);
    w->types = types_new(&alloc_libc, NULL);
    // node: two references and a number
    const struct field_type fields[] = { { VAL_ANYREF, true, 0 }, { VAL_I32, true, 0 }, { VAL_ANYREF, true, 0 } };
    w->node = intern(w, (struct def_type){ .kind = COMP_STRUCT, .structure = { 3, 0, fields } });
    w->refs = intern(w, (struct def_type){ .kind = COMP_ARRAY, .element = { VAL_ANYREF, true, 0 } });
    w->bytes = intern(w, (struct def_type){ .kind = COMP_ARRAY, .element = { VAL_I8, true, 0 } });
    const struct field_type func[] = { { VAL_FUNCREF, true, 0 } };
    w->with_func = intern(w, (struct def_type){ .kind = COMP_STRUCT, .structure = { 1, 0, func } });
    const struct heap_ops ops = { w, trace_roots, see_func, no_more, tag_type };
    heap_init(&w->heap, &alloc_libc, w->types, limit, interval, ops);
    return w;
}

static void world_free(struct world *w)
{
    heap_fini(&w->heap);
    types_free(w->types);
    free(w);
}

static const struct struct_type *node_type(struct world *w)
{
    return &types_get(w->types, w->node)->structure;
}

static gref node_new(struct world *w)
{
    return heap_alloc(&w->heap, w->node, GC_STRUCT_PAYLOAD + node_type(w)->size);
}

static gref *node_ref(struct world *w, gref node, unsigned which)
{
    return (gref *)(void *)((uint8_t *)heap_object(&w->heap, node) + GC_STRUCT_PAYLOAD +
                            node_type(w)->fields[which ? 2 : 0].offset);
}

static gref array_new(struct world *w, uint32_t type, uint32_t length, uint32_t size)
{
    const gref ref = heap_alloc(&w->heap, type, GC_ARRAY_PAYLOAD + (uint64_t)length * size);
    if (ref) ((struct gc_array *)(void *)heap_object(&w->heap, ref))->length = length;
    return ref;
}

static void cycles_are_freed(void **state)
{
    (void)state;
    struct world *w = world_new(1 << 24, 0);
    const gref a = node_new(w), b = node_new(w), kept = node_new(w);
    *node_ref(w, a, 0) = b;
    *node_ref(w, b, 1) = a;
    *node_ref(w, kept, 0) = kept;
    w->roots[0] = kept;
    w->roots[1] = ref_i31(-5); // no object
    heap_collect(&w->heap);
    assert_false(heap_holds(&w->heap, a));
    assert_false(heap_holds(&w->heap, b));
    assert_true(heap_holds(&w->heap, kept));
    assert_int_equal(w->heap.used, 32);
    w->roots[0] = 0;
    heap_collect(&w->heap);
    assert_int_equal(w->heap.used, 0);
    world_free(w);
}

// Random graphs against a model that knows what is reachable.
enum { NODES = 3000 };

static void reach(struct world *w, gref ref, bool *live, gref *all)
{
    gref stack[NODES * 2 + 64];
    size_t depth = 0;
    stack[depth++] = ref;
    while (depth) {
        const gref at = stack[--depth];
        if (!at) continue;
        size_t i = 0;
        while (all[i] != at) i++;
        if (live[i]) continue;
        live[i] = true;
        stack[depth++] = *node_ref(w, at, 0);
        stack[depth++] = *node_ref(w, at, 1);
    }
}

static void what_is_reachable_stays(void **state)
{
    (void)state;
    static gref all[NODES];
    static bool live[NODES];
    srand(7);
    for (int round = 0; round < 4; round++) {
        struct world *w = world_new(1 << 24, 0);
        for (size_t i = 0; i < NODES; i++) {
            all[i] = node_new(w);
            assert_int_not_equal(all[i], 0);
            if (i && rand() % 4) *node_ref(w, all[i], 0) = all[(size_t)rand() % i];
            if (i && rand() % 2) *node_ref(w, all[(size_t)rand() % i], 1) = all[i];
        }
        for (size_t i = 0; i < 3; i++) w->roots[i] = all[(size_t)rand() % NODES];
        memset(live, 0, sizeof live);
        for (size_t i = 0; i < 3; i++) reach(w, w->roots[i], live, all);
        heap_collect(&w->heap);
        uint64_t count = 0;
        for (size_t i = 0; i < NODES; i++) {
            assert_int_equal(heap_holds(&w->heap, all[i]), live[i]);
            count += live[i];
        }
        assert_int_equal(w->heap.used, count * 32);
        // Freed slots are given out again, zeroed.
        for (uint64_t i = count; i < NODES; i++) {
            const gref again = node_new(w);
            assert_int_equal(*node_ref(w, again, 0), 0);
        }
        world_free(w);
    }
}

static void more_objects_than_the_mark_stack_holds(void **state)
{
    (void)state;
    enum { LENGTH = 20000 };
    struct world *w = world_new(1 << 24, 0);
    const gref array = array_new(w, w->refs, LENGTH, 4);
    gref *elems = (gref *)(void *)((uint8_t *)heap_object(&w->heap, array) + GC_ARRAY_PAYLOAD);
    for (size_t i = 0; i < LENGTH; i++) {
        elems[i] = node_new(w);
        *node_ref(w, elems[i], 0) = node_new(w);
    }
    w->roots[0] = array;
    const uint64_t used = w->heap.used;
    heap_collect(&w->heap);
    assert_int_equal(w->heap.used, used);
    w->roots[0] = 0;
    heap_collect(&w->heap);
    assert_int_equal(w->heap.used, 0);
    world_free(w);
}

static void limit_is_exact(void **state)
{
    (void)state;
    struct world *w = world_new(320, 0);
    for (int i = 0; i < 10; i++) assert_int_not_equal(node_new(w), 0);
    assert_int_equal(node_new(w), 0);
    heap_collect(&w->heap);
    assert_int_not_equal(node_new(w), 0);
    assert_int_equal(array_new(w, w->bytes, 1 << 20, 1), 0);
    assert_int_equal(heap_alloc(&w->heap, w->bytes, UINT64_MAX), 0);
    assert_int_equal(heap_alloc(&w->heap, w->bytes, UINT64_MAX - 65535), 0);
    world_free(w);
}

static void large_objects_come_zeroed_and_go(void **state)
{
    (void)state;
    struct world *w = world_new(1 << 22, 0);
    for (int round = 0; round < 20; round++) {
        const gref big = array_new(w, w->bytes, 1 << 20, 1);
        assert_int_not_equal(big, 0);
        uint8_t *bytes = (uint8_t *)heap_object(&w->heap, big) + GC_ARRAY_PAYLOAD;
        for (size_t i = 0; i < 1 << 20; i += 97) assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, 1 << 20);
        assert_false(heap_holds(&w->heap, big + 16));
        assert_false(heap_holds(&w->heap, big + (1 << 16)));
        heap_collect(&w->heap);
        assert_int_equal(w->heap.used, 0);
    }
    world_free(w);
}

static int finalised;

static void count_final(void *value)
{
    finalised += *(int *)value;
}

static void host_values_are_finalised_once(void **state)
{
    (void)state;
    int one = 1, hundred = 100;
    finalised = 0;
    struct world *w = world_new(1 << 20, 0);
    heap_alloc_host(&w->heap, &one, count_final);
    w->roots[0] = heap_alloc_host(&w->heap, &hundred, count_final);
    heap_collect(&w->heap);
    assert_int_equal(finalised, 1);
    heap_collect(&w->heap);
    assert_int_equal(finalised, 1);
    world_free(w);
    assert_int_equal(finalised, 101);
}

static void exceptions_and_functions_are_traced(void **state)
{
    (void)state;
    static const valtype params[] = { VAL_I64, VAL_V128, VAL_ANYREF, VAL_FUNCREF };
    struct world *w = world_new(1 << 20, 0);
    w->tag = (struct func_type){ .param_count = 4, .params = params };
    const gref inner = node_new(w), holder = heap_alloc(&w->heap, w->with_func, GC_STRUCT_PAYLOAD + 4);
    *(gref *)(void *)((uint8_t *)heap_object(&w->heap, holder) + GC_STRUCT_PAYLOAD) = 77;
    *node_ref(w, inner, 0) = holder;
    const gref thrown = heap_alloc(&w->heap, GC_EXCEPTION, sizeof(struct gc_exception) + 5 * sizeof(union slot));
    struct gc_exception *exception = (struct gc_exception *)(void *)heap_object(&w->heap, thrown);
    exception->slot_count = 5;
    exception->args[0].u64 = inner + 64; // a number that looks like a reference
    exception->args[3].ref = inner;
    exception->args[4].ref = 42;
    w->roots[0] = thrown;
    heap_collect(&w->heap);
    assert_true(heap_holds(&w->heap, inner));
    assert_true(heap_holds(&w->heap, holder));
    assert_int_equal(w->func_count, 2);
    assert_int_equal(w->funcs_seen[0] + w->funcs_seen[1], 77 + 42);
    world_free(w);
}

static void types_live_as_long_as_their_objects(void **state)
{
    (void)state;
    struct world *w = world_new(1 << 20, 0);
    const gref node = node_new(w);
    w->roots[0] = node;
    types_unref(w->types, w->node); // the module goes
    heap_collect(&w->heap);
    assert_int_equal(node_type(w)->field_count, 3);
    w->roots[0] = 0;
    heap_collect(&w->heap);
    assert_int_equal(w->heap.held_types[w->node / 64] >> w->node % 64 & 1, 0);
    world_free(w);
}

static void when_to_collect_depends_on_bytes_alone(void **state)
{
    (void)state;
    struct world *w = world_new(1 << 24, 100);
    assert_false(heap_due(&w->heap, 32));
    node_new(w);
    node_new(w);
    node_new(w);
    assert_true(heap_due(&w->heap, 32));
    heap_collect(&w->heap);
    assert_false(heap_due(&w->heap, 32));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_are_freed),
        cmocka_unit_test(what_is_reachable_stays),
        cmocka_unit_test(more_objects_than_the_mark_stack_holds),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(large_objects_come_zeroed_and_go),
        cmocka_unit_test(host_values_are_finalised_once),
        cmocka_unit_test(exceptions_and_functions_are_traced),
        cmocka_unit_test(types_live_as_long_as_their_objects),
        cmocka_unit_test(when_to_collect_depends_on_bytes_alone),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
