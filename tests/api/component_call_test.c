// Components that run: functions and resources of the host, hooks around them, calls that wait, and what a trap leaves behind.
#include "guest.h"

#include <pthread.h>
#include <stdlib.h>

static const char host_text[] =
    "(component"
    "  (import \"test:host/api@0.2.3\" (instance $h"
    "    (export \"thing\" (type $thing (sub resource)))"
    "    (export \"greet\" (func (param \"name\" string) (result string)))"
    "    (export \"make\" (func (param \"n\" u32) (result (own $thing))))"
    "    (export \"[method]thing.value\" (func (param \"self\" (borrow $thing)) (result u32)))))"
    "  (core module $Mem (memory (export \"mem\") 1)"
    "    (global $at (mut i32) (i32.const 1024))"
    "    (global $gone (export \"gone\") (mut i32) (i32.const 0))"
    "    (func (export \"dtor\") (param i32) (global.set $gone (i32.add (global.get $gone) (local.get 0))))"
    "    (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)"
    "      (global.set $at (i32.and (i32.add (global.get $at) (i32.const 15)) (i32.const -16)))"
    "      (global.get $at)"
    "      (global.set $at (i32.add (global.get $at) (local.get 3)))))"
    "  (core instance $mem (instantiate $Mem))"
    "  (alias export $h \"thing\" (type $t))"
    "  (canon lower (func $h \"greet\") (memory (core memory $mem \"mem\")) (realloc (core func $mem \"realloc\"))"
    "    (core func $greet))"
    "  (canon lower (func $h \"make\") (core func $make))"
    "  (canon lower (func $h \"[method]thing.value\") (core func $value))"
    "  (canon resource.drop $t (core func $drop))"
    "  (type $mine' (resource (rep i32) (dtor (core func $mem \"dtor\"))))"
    "  (canon resource.new $mine' (core func $new))"
    "  (core module $M"
    "    (import \"m\" \"mem\" (memory 1))"
    "    (import \"m\" \"gone\" (global $gone (mut i32)))"
    "    (import \"h\" \"greet\" (func $greet (param i32 i32 i32)))"
    "    (import \"h\" \"make\" (func $make (param i32) (result i32)))"
    "    (import \"h\" \"value\" (func $value (param i32) (result i32)))"
    "    (import \"h\" \"drop\" (func $drop (param i32)))"
    "    (import \"h\" \"new\" (func $new (param i32) (result i32)))"
    "    (func (export \"hello\") (param i32 i32) (result i32)"
    "      (call $greet (local.get 0) (local.get 1) (i32.const 16))"
    "      (i32.const 16))"
    "    (func (export \"things\") (param i32) (result i32) (local $h i32) (local $v i32)"
    "      (local.set $h (call $make (local.get 0)))"
    "      (local.set $v (call $value (local.get $h)))"
    "      (call $drop (local.get $h))"
    "      (local.get $v))"
    "    (func (export \"keep\") (param i32) (result i32) (call $make (local.get 0)))"
    "    (func (export \"mine\") (param i32) (result i32) (call $new (local.get 0)))"
    "    (func (export \"gone\") (result i32) (global.get $gone))"
    "    (func (export \"boom\") unreachable))"
    "  (core instance $m (instantiate $M (with \"m\" (instance $mem)) (with \"h\" (instance"
    "    (export \"greet\" (func $greet)) (export \"make\" (func $make)) (export \"value\" (func $value))"
    "    (export \"drop\" (func $drop)) (export \"new\" (func $new))))))"
    "  (export $mine \"mine-type\" (type $mine'))"
    "  (func $hello (param \"name\" string) (result string) (canon lift (core func $m \"hello\")"
    "    (memory (core memory $mem \"mem\")) (realloc (core func $mem \"realloc\"))))"
    "  (export \"hello\" (func $hello))"
    "  (instance $i (export \"hello\" (func $hello)))"
    "  (export \"test:guest/hi@1.2.0\" (instance $i))"
    "  (func (export \"things\") (param \"n\" u32) (result u32) (canon lift (core func $m \"things\")))"
    "  (func (export \"keep\") (param \"n\" u32) (result u32) (canon lift (core func $m \"keep\")))"
    "  (func (export \"mine\") (param \"n\" u32) (result (own $mine)) (canon lift (core func $m \"mine\")))"
    "  (func (export \"gone\") (result u32) (canon lift (core func $m \"gone\")))"
    "  (func (export \"boom\") (canon lift (core func $m \"boom\"))))";

// ---- the host's side --------------------------------------------------------------------------------------------------

static unsigned dropped;

static void drop_thing(hf_store *store, void *payload)
{
    (void)store;
    dropped++;
    free(payload);
}

#define INTERFACE "test:host/api@0.2.12"
#define STR(literal) { literal, sizeof literal - 1 }

static const hf_resource_type thing = { .size = sizeof thing,
                                        .names = { STR(INTERFACE), STR("thing"), 0 },
                                        .drop = drop_thing };

static hf_type own_thing, borrow_thing, params[3];
static hf_field fields[3];
static hf_witfunc greet_type, make_type, value_type;

static void lay_out(hf_witfunc *func, unsigned i, const char *name, const hf_type *param, const hf_type *result)
{
    fields[i] = (hf_field){ { name, strlen(name) }, param, 0 };
    params[i] = (hf_type){ .kind = HF_WIT_RECORD, .count = 1, .fields = &fields[i] };
    assert_int_equal(hf_type_layout(&params[i], &fields[i], NULL), HF_OK);
    *func = (hf_witfunc){ &params[i], result, false };
}

static int make_types(void **state)
{
    (void)state;
    own_thing = (hf_type){ .kind = HF_WIT_OWN, .resource = &thing.names };
    borrow_thing = (hf_type){ .kind = HF_WIT_BORROW, .resource = &thing.names };
    assert_int_equal(hf_type_layout(&own_thing, NULL, NULL), HF_OK);
    assert_int_equal(hf_type_layout(&borrow_thing, NULL, NULL), HF_OK);
    lay_out(&greet_type, 0, "name", hf_type_of_kind(HF_WIT_STRING), hf_type_of_kind(HF_WIT_STRING));
    lay_out(&make_type, 1, "n", hf_type_of_kind(HF_WIT_U32), &own_thing);
    lay_out(&value_type, 2, "self", &borrow_thing, hf_type_of_kind(HF_WIT_U32));
    return 0;
}

static hf_code greet(hf_call *call, void *env)
{
    (void)env;
    const hf_str *name = hf_call_args(call);
    hf_str *out = hf_call_result_at(call);
    assert_int_equal(hf_call_arg_count(call), 0); // its core values are nobody's business
    char *text_out = hf_call_alloc(call, name->size + 7);
    memcpy(text_out, "hello, ", 7);
    if (name->size) memcpy(text_out + 7, name->data, name->size);
    *out = (hf_str){ text_out, name->size + 7 };
    return HF_OK;
}

static hf_code make(hf_call *call, void *env)
{
    (void)env;
    uint32_t *payload = malloc(sizeof *payload);
    *payload = *(const uint32_t *)hf_call_args(call);
    hf_status status = hf_status_ok();
    if (hf_resource_new(hf_call_store(call), &thing, payload, hf_call_result_at(call), &status))
        return hf_call_fail(call, &status);
    return HF_OK;
}

static hf_code value(hf_call *call, void *env)
{
    (void)env;
    void *payload;
    hf_status status = hf_status_ok();
    if (hf_resource_payload(hf_call_store(call), *(const hf_resource *)hf_call_args(call), &thing, &payload, &status))
        return hf_call_fail(call, &status);
    *(uint32_t *)hf_call_result_at(call) = *(const uint32_t *)payload * 2;
    return HF_OK;
}

static void define(struct guest *g, const char *name, const hf_witfunc *type, hf_host_fn fn, void *env)
{
    const hf_func_desc desc = { .size = sizeof desc, .module = INTERFACE, .name = name, .wit = type };
    assert_int_equal(hf_linker_define(g->linker, &desc, fn, env, &g->status), HF_OK);
}

static void define_all(struct guest *g, hf_host_fn greet_fn, void *env)
{
    define(g, "greet", &greet_type, greet_fn, env);
    define(g, "make", &make_type, make, NULL);
    define(g, "[method]thing.value", &value_type, value, NULL);
    assert_int_equal(hf_linker_define_resource(g->linker, &thing, HF_EFFECT_WRITE_LOCAL, &g->status), HF_OK);
}

// ---- the guest's side -------------------------------------------------------------------------------------------------

static hf_component *load(struct guest *g, const char *source)
{
    g->status = hf_status_ok();
    hf_component *c = hf_component_new_any(g->engine, source, strlen(source), &g->status);
    if (!c) print_error("%s\n", g->status.message);
    assert_non_null(c);
    return c;
}

static hf_component_instance begin(struct guest *g)
{
    hf_component *c = load(g, host_text);
    hf_component_instance instance;
    const hf_code code = hf_linker_instantiate_component(g->linker, g->store, c, &instance, &g->status);
    if (code) print_error("%s\n", g->status.message);
    assert_int_equal(code, HF_OK);
    hf_component_unref(c);
    return instance;
}

static void end(struct guest *g)
{
    hf_linker_free(g->linker);
    hf_store_free(g->store);
    hf_engine_unref(g->engine);
}

static hf_component_func func(struct guest *g, hf_component_instance instance, const char *path)
{
    hf_component_func out;
    assert_int_equal(hf_component_instance_func(g->store, instance, path, &out, &g->status), HF_OK);
    return out;
}

static char memory[256];

static void *place(void *ctx, size_t size)
{
    size_t *used = ctx;
    *used += size;
    return *used <= sizeof memory ? memory + *used - size : NULL;
}

static hf_code hello(struct guest *g, hf_component_instance instance, const char *path, const char *name, hf_str *out)
{
    const hf_str arg = { name, strlen(name) };
    size_t used = 0;
    g->status = hf_status_ok();
    return hf_component_call(g->store, func(g, instance, path), &arg, out, place, &used, &g->status);
}

static hf_code number(struct guest *g, hf_component_instance instance, const char *path, uint32_t arg, void *out)
{
    size_t used = 0;
    g->status = hf_status_ok();
    return hf_component_call(g->store, func(g, instance, path), &arg, out, place, &used, &g->status);
}

static bool is(hf_str s, const char *expected)
{
    return s.size == strlen(expected) && memcmp(s.data, expected, s.size) == 0;
}

// ---- tests ------------------------------------------------------------------------------------------------------------

static void a_later_version_answers(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    const hf_component_instance instance = begin(&g);
    hf_str out;
    assert_int_equal(hello(&g, instance, "hello", "you", &out), HF_OK);
    assert_true(is(out, "hello, you"));
    assert_int_equal(hello(&g, instance, "test:guest/hi@1.0.5#hello", "", &out), HF_OK);
    assert_true(is(out, "hello, "));
    hf_component_func none;
    assert_int_equal(hf_component_instance_func(g.store, instance, "test:guest/hi@2.0.0#hello", &none, NULL),
                     HF_NOT_FOUND);
    assert_int_equal(hf_component_instance_func(g.store, instance, "hi", &none, NULL), HF_NOT_FOUND);
    const hf_str broken = { "\xff", 1 };
    size_t used = 0;
    assert_int_equal(hf_component_call(g.store, func(&g, instance, "hello"), &broken, &out, place, &used, NULL),
                     HF_BAD_ARGUMENT);
    assert_int_equal(hello(&g, instance, "hello", "again", &out), HF_OK);
    end(&g);
}

static void resources_of_the_host(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    const hf_component_instance instance = begin(&g);
    dropped = 0;
    uint32_t out = 0;
    assert_int_equal(number(&g, instance, "things", 21, &out), HF_OK);
    assert_int_equal(out, 42);
    assert_int_equal(dropped, 1);
    assert_int_equal(hf_resource_count(g.store), 0);
    end(&g);
}

static void resources_of_a_guest(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    const hf_component_instance instance = begin(&g);
    hf_resource mine;
    uint32_t gone = 0;
    void *payload;
    assert_int_equal(number(&g, instance, "mine", 7, &mine), HF_OK);
    assert_int_equal(hf_resource_payload(g.store, mine, &thing, &payload, NULL), HF_WRONG_TYPE);
    assert_int_equal(hf_resource_drop(g.store, mine, NULL), HF_UNSUPPORTED);
    assert_int_equal(hf_component_resource_drop(g.store, mine, NULL), HF_OK);
    assert_int_equal(hf_component_resource_drop(g.store, mine, NULL), HF_STALE);
    assert_int_equal(number(&g, instance, "gone", 0, &gone), HF_OK);
    assert_int_equal(gone, 7);
    // One that outlives its instance has no destructor any more.
    assert_int_equal(number(&g, instance, "mine", 9, &mine), HF_OK);
    assert_int_equal(hf_component_instance_drop(g.store, instance, NULL), HF_OK);
    assert_int_equal(hf_component_resource_drop(g.store, mine, NULL), HF_OK);
    end(&g);
}

struct seen {
    unsigned calls, greets, drops;
    uint64_t last;
    uint8_t args[256], results[256];
    size_t args_size, results_size;
};

static hf_code after_any(hf_call *call, void *env)
{
    struct seen *seen = env;
    seen->calls++;
    return hf_call_outcome(call, NULL);
}

static hf_code count(hf_call *call, void *env)
{
    struct seen *seen = env;
    const hf_func_desc *desc = hf_call_func(call);
    assert_true(hf_call_sequence(call) > seen->last);
    seen->last = hf_call_sequence(call);
    seen->greets += strcmp(desc->name, "greet") == 0;
    seen->drops += strcmp(desc->name, "[resource-drop]thing") == 0;
    return hf_call_next(call, after_any, env);
}

static hf_code after_greet(hf_call *call, void *env)
{
    struct seen *seen = env;
    assert_int_equal(hf_call_encode_results(call, seen->results, sizeof seen->results, &seen->results_size), HF_OK);
    return HF_OK;
}

static hf_code louder(hf_call *call, void *env)
{
    struct seen *seen = env;
    hf_str *name = hf_call_args(call);
    assert_int_equal(hf_call_encode_args(call, seen->args, sizeof seen->args, &seen->args_size), HF_OK);
    char *loud = hf_call_alloc(call, name->size + 1);
    memcpy(loud, name->data, name->size);
    loud[name->size] = '!';
    *name = (hf_str){ loud, name->size + 1 };
    return hf_call_next(call, after_greet, env);
}

static hf_code replay(hf_call *call, void *env)
{
    const struct seen *seen = env;
    uint8_t args[256];
    size_t size;
    assert_int_equal(hf_call_encode_args(call, args, sizeof args, &size), HF_OK);
    assert_int_equal(size, seen->args_size);
    assert_memory_equal(args, seen->args, size);
    return hf_call_complete_encoded(call, seen->results, seen->results_size);
}

static hf_code never(hf_call *call, void *env)
{
    (void)env;
    fail_msg("the function itself was called");
    return hf_call_trap(call, "unreachable");
}

static void hooks_see_everything(void **state)
{
    (void)state;
    struct guest g;
    struct seen seen;
    memset(&seen, 0, sizeof seen);
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    assert_int_equal(hf_linker_wrap(g.linker, "test:host/**", count, &seen, &g.status), HF_OK);
    assert_int_equal(hf_linker_wrap(g.linker, INTERFACE "#greet", louder, &seen, &g.status), HF_OK);
    hf_component_instance instance = begin(&g);
    hf_str out;
    uint32_t n;
    assert_int_equal(hello(&g, instance, "hello", "you", &out), HF_OK);
    assert_true(is(out, "hello, you!"));
    assert_int_equal(number(&g, instance, "things", 1, &n), HF_OK);
    assert_int_equal(seen.calls, 4);
    assert_int_equal(seen.greets, 1);
    assert_int_equal(seen.drops, 1);
    end(&g);

    // The recorded answer without the function.
    guest_begin(&g, NULL, NULL);
    define_all(&g, never, NULL);
    assert_int_equal(hf_linker_wrap(g.linker, "*", replay, &seen, &g.status), HF_OK);
    instance = begin(&g);
    assert_int_equal(hello(&g, instance, "hello", "you", &out), HF_OK);
    assert_true(is(out, "hello, you!"));
    end(&g);
}

static hf_code wait(hf_call *call, void *env)
{
    *(hf_call **)env = hf_call_hold(call);
    return HF_PENDING;
}

static void *answer(void *arg)
{
    const hf_str text_out = STR("later");
    hf_call *call = arg;
    assert_int_equal(hf_call_complete(call, NULL, 0), HF_WRONG_TYPE);
    assert_int_equal(hf_call_complete_typed(call, NULL), HF_WRONG_TYPE);
    assert_int_equal(hf_call_complete_typed(call, &text_out), HF_OK);
    assert_int_equal(hf_call_complete_typed(call, &text_out), HF_EXISTS);
    hf_call_release(call);
    return NULL;
}

static void a_call_waits_for_another_thread(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    hf_call *waiting = NULL;
    define_all(&g, wait, &waiting);
    const hf_component_instance instance = begin(&g);
    hf_str arg = STR("you");
    hf_task *task = hf_component_task_new(g.store, func(&g, instance, "hello"), &arg, &g.status);
    assert_non_null(task);
    arg = (hf_str){ "changed", 7 };
    assert_int_equal(hf_task_resume(task, &g.status), HF_PENDING);
    assert_null(hf_component_task_result(task));
    // Meanwhile nobody enters.
    uint32_t n;
    assert_int_equal(number(&g, instance, "gone", 0, &n), HF_TRAPPED);
    assert_string_equal(g.status.message, "cannot enter component instance");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, waiting), 0);
    pthread_join(thread, NULL);
    assert_true(hf_task_ready(task));
    assert_int_equal(hf_task_resume(task, &g.status), HF_OK);
    assert_true(is(*(const hf_str *)hf_component_task_result(task), "later"));
    hf_task_free(task);
    assert_int_equal(number(&g, instance, "gone", 0, &n), HF_OK);
    end(&g);
}

struct again {
    struct guest *g;
    hf_component_instance instance;
    hf_code code;
};

static hf_code enter_again(hf_call *call, void *env)
{
    struct again *again = env;
    uint32_t n;
    again->code = number(again->g, again->instance, "gone", 0, &n);
    return greet(call, NULL);
}

static void reentrance_and_traps(void **state)
{
    (void)state;
    struct guest g;
    struct again again = { .g = &g };
    guest_begin(&g, NULL, NULL);
    define_all(&g, enter_again, &again);
    again.instance = begin(&g);
    hf_str out;
    assert_int_equal(hello(&g, again.instance, "hello", "you", &out), HF_OK);
    assert_int_equal(again.code, HF_TRAPPED);
    assert_int_equal(number(&g, again.instance, "boom", 0, NULL), HF_TRAPPED);
    assert_int_equal(g.status.trap, HF_TRAP_UNREACHABLE);
    assert_int_equal(number(&g, again.instance, "boom", 0, NULL), HF_TRAPPED);
    assert_int_equal(g.status.trap, HF_TRAP_COMPONENT);
    // Another instance does not mind.
    const hf_component_instance other = begin(&g);
    assert_int_equal(hello(&g, other, "hello", "you", &out), HF_OK);
    end(&g);
}

static void what_is_missing(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    hf_component *c = load(&g, host_text);
    hf_component_instance instance;
    assert_int_equal(hf_linker_instantiate_component(g.linker, g.store, c, &instance, &g.status), HF_UNLINKABLE);
    define(&g, "greet", &greet_type, greet, NULL);
    g.status = hf_status_ok();
    assert_int_equal(hf_linker_instantiate_component(g.linker, g.store, c, &instance, &g.status), HF_UNLINKABLE);
    // An interface that is there in part is filled up.
    hf_linker_trap_unknown(g.linker, true);
    g.status = hf_status_ok();
    assert_int_equal(hf_linker_instantiate_component(g.linker, g.store, c, &instance, &g.status), HF_OK);
    hf_str out;
    uint32_t n;
    assert_int_equal(hello(&g, instance, "hello", "you", &out), HF_OK);
    assert_int_equal(number(&g, instance, "things", 1, &n), HF_TRAPPED);
    assert_non_null(strstr(g.status.message, "test:host/api@0.2.3#make"));
    // A function of another type does not answer.
    define(&g, "make", &greet_type, greet, NULL);
    g.status = hf_status_ok();
    assert_int_equal(hf_linker_instantiate_component(g.linker, g.store, c, &instance, &g.status), HF_UNLINKABLE);
    // Nor is it a core function.
    hf_module *module = guest_module(&g, "(module (import \"" INTERFACE "\" \"greet\" (func (param i64))))");
    g.status = hf_status_ok();
    assert_null(hf_linker_freeze(g.linker, module, &g.status));
    assert_int_equal(g.status.code, HF_UNLINKABLE);
    hf_module_unref(module);
    hf_component_unref(c);
    end(&g);
}

static void an_instance_gives_back_what_it_owns(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    const hf_component_instance instance = begin(&g);
    uint32_t handle;
    dropped = 0;
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(number(&g, instance, "keep", i, &handle), HF_OK);
        assert_int_equal(handle, i);
    }
    assert_int_equal(hf_resource_count(g.store), 3);
    assert_int_equal(hf_component_instance_drop(g.store, instance, NULL), HF_OK);
    assert_int_equal(dropped, 3);
    assert_int_equal(hf_resource_count(g.store), 0);
    // At the store's end, too.
    assert_int_equal(number(&g, begin(&g), "keep", 1, &handle), HF_OK);
    end(&g);
    assert_int_equal(dropped, 4);
}

static void an_instance_goes_as_a_whole(void **state)
{
    (void)state;
    struct guest g;
    guest_begin(&g, NULL, NULL);
    define_all(&g, greet, NULL);
    hf_remote *remote = hf_store_remote(g.store);
    hf_store_stats stats = { .size = sizeof stats };
    hf_component_func last = { { 0, 0, 0 } };
    for (unsigned i = 0; i < 100; i++) {
        const hf_component_instance instance = begin(&g);
        last = func(&g, instance, "hello");
        assert_int_equal(hf_component_instance_drop(g.store, instance, NULL), HF_OK);
    }
    assert_int_equal(hf_component_func_type(g.store, last, NULL, NULL), HF_STALE);
    assert_int_equal(hf_remote_stats(remote, &stats), HF_OK);
    assert_true(stats.instances < 10);
    hf_remote_unref(remote);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_version_answers),
        cmocka_unit_test(resources_of_the_host),
        cmocka_unit_test(resources_of_a_guest),
        cmocka_unit_test(hooks_see_everything),
        cmocka_unit_test(a_call_waits_for_another_thread),
        cmocka_unit_test(reentrance_and_traps),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(an_instance_gives_back_what_it_owns),
        cmocka_unit_test(an_instance_goes_as_a_whole),
    };
    return cmocka_run_group_tests(tests, make_types, NULL);
}
