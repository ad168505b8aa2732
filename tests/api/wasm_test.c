// The standard C API, part by part: vectors, types, modules, functions, references, traps, what lives in a store, ownership.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <wasm.h>

#include <holdfast/text.h>

static wasm_engine_t *engine;
static wasm_store_t *store;
static int finalized;

static int set_up(void **state)
{
    (void)state;
    engine = wasm_engine_new_with_config(wasm_config_new());
    store = wasm_store_new(engine);
    finalized = 0;
    return !store;
}

static int tear_down(void **state)
{
    (void)state;
    wasm_store_delete(store);
    wasm_engine_delete(engine);
    return 0;
}

static bool append(void *ctx, const void *data, size_t size)
{
    wasm_byte_vec_new(ctx, size, data);
    return true;
}

static void assemble(const char *text, wasm_byte_vec_t *out)
{
    hf_engine *other = hf_engine_new(NULL, NULL);
    hf_status status = hf_status_ok();
    if (hf_wat_assemble(other, text, strlen(text), true, append, out, &status)) fail_msg("%s", status.message);
    hf_engine_unref(other);
}

static wasm_module_t *module_of(const char *text)
{
    wasm_byte_vec_t binary;
    assemble(text, &binary);
    wasm_module_t *module = wasm_module_new(store, &binary);
    wasm_byte_vec_delete(&binary);
    assert_non_null(module);
    return module;
}

static wasm_instance_t *instance_of(const char *text, wasm_extern_vec_t *imports)
{
    wasm_module_t *module = module_of(text);
    wasm_trap_t *trap = NULL;
    wasm_instance_t *instance = wasm_instance_new(store, module, imports, &trap);
    if (trap) {
        wasm_message_t message;
        wasm_trap_message(trap, &message);
        fail_msg("%s", message.data);
    }
    wasm_module_delete(module);
    return instance;
}

static void finalize(void *info)
{
    finalized += (int)(intptr_t)info;
}

static wasm_trap_t *call(const wasm_extern_t *func, size_t args, wasm_val_t *arg, size_t results, wasm_val_t *result)
{
    const wasm_val_vec_t given = { args, arg };
    wasm_val_vec_t got = { results, result };
    return wasm_func_call(wasm_extern_as_func_const(func), &given, &got);
}

// ---- vectors and types ----

static void vectors_own_their_elements(void **state)
{
    (void)state;
    wasm_byte_vec_t bytes, copy;
    wasm_byte_vec_new(&bytes, 3, "abc");
    wasm_byte_vec_copy(&copy, &bytes);
    assert_memory_equal(copy.data, "abc", 3);
    wasm_byte_vec_delete(&bytes);
    assert_null(bytes.data);
    wasm_byte_vec_delete(&copy);
    wasm_name_new_from_string_nt(&bytes, "x");
    assert_int_equal(bytes.size, 2);
    wasm_name_delete(&bytes);
    wasm_byte_vec_new_empty(&bytes);
    assert_int_equal(bytes.size, 0);
    wasm_byte_vec_delete(&bytes);

    wasm_valtype_t *types[] = { wasm_valtype_new_i32(), wasm_valtype_new_funcref() };
    wasm_valtype_vec_t vec, other;
    wasm_valtype_vec_new(&vec, 2, types);
    wasm_valtype_vec_copy(&other, &vec);
    wasm_valtype_vec_delete(&vec);
    assert_int_equal(wasm_valtype_kind(other.data[1]), WASM_FUNCREF);
    assert_true(wasm_valtype_is_num(other.data[0]) && wasm_valtype_is_ref(other.data[1]));
    wasm_valtype_vec_delete(&other);
    wasm_valtype_vec_new_uninitialized(&vec, 4);
    assert_null(vec.data[3]);
    wasm_valtype_vec_delete(&vec);
}

static void types_are_seen_both_ways(void **state)
{
    (void)state;
    wasm_functype_t *func =
        wasm_functype_new_2_1(wasm_valtype_new_i32(), wasm_valtype_new_f64(), wasm_valtype_new_i64());
    assert_int_equal(wasm_functype_params(func)->size, 2);
    assert_int_equal(wasm_valtype_kind(wasm_functype_results(func)->data[0]), WASM_I64);
    wasm_externtype_t *general = wasm_functype_as_externtype(func);
    assert_int_equal(wasm_externtype_kind(general), WASM_EXTERN_FUNC);
    assert_ptr_equal(wasm_externtype_as_functype(general), func);
    assert_null(wasm_externtype_as_globaltype(general));
    assert_null(wasm_externtype_as_memorytype_const(general));
    wasm_functype_t *copy = wasm_functype_copy(func);
    wasm_functype_delete(func);
    assert_int_equal(wasm_valtype_kind(wasm_functype_params(copy)->data[1]), WASM_F64);
    wasm_functype_delete(copy);

    const wasm_limits_t limits = { 1, 5 };
    wasm_tabletype_t *table = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
    assert_int_equal(wasm_tabletype_limits(table)->max, 5);
    assert_int_equal(wasm_valtype_kind(wasm_tabletype_element(table)), WASM_EXTERNREF);
    wasm_memorytype_t *memory = wasm_memorytype_new(&limits);
    assert_int_equal(wasm_memorytype_limits(memory)->min, 1);
    wasm_globaltype_t *global = wasm_globaltype_new(wasm_valtype_new_f32(), WASM_VAR);
    assert_int_equal(wasm_globaltype_mutability(global), WASM_VAR);
    wasm_name_t space, name;
    wasm_name_new_from_string(&space, "m");
    wasm_name_new_from_string(&name, "n");
    wasm_importtype_t *import = wasm_importtype_new(&space, &name, wasm_globaltype_as_externtype(global));
    wasm_importtype_t *second = wasm_importtype_copy(import);
    wasm_importtype_delete(import);
    assert_memory_equal(wasm_importtype_name(second)->data, "n", 1);
    assert_int_equal(wasm_externtype_kind(wasm_importtype_type(second)), WASM_EXTERN_GLOBAL);
    wasm_importtype_delete(second);
    wasm_memorytype_delete(memory);
    wasm_tabletype_delete(table);
}

// ---- modules ----

static void modules_are_validated_described_and_shared(void **state)
{
    (void)state;
    wasm_byte_vec_t binary, bad;
    assemble(
        "(module (import \"a\" \"b\" (func (param i32 externref) (result v128)))"
        " (import \"a\" \"t\" (table 1 2 funcref)) (memory (export \"m\") 1 3) (global (export \"g\") (mut i64) (i64.const 1))"
        " (tag (export \"e\")))",
        &binary);
    wasm_byte_vec_new(&bad, 8, "\0asm\1\0\0");
    assert_true(wasm_module_validate(store, &binary));
    bad.data[4] = 2;
    assert_false(wasm_module_validate(store, &bad));
    assert_null(wasm_module_new(store, &bad));
    wasm_module_t *module = wasm_module_new(store, &binary);

    wasm_importtype_vec_t imports;
    wasm_exporttype_vec_t exports;
    wasm_module_imports(module, &imports);
    wasm_module_exports(module, &exports);
    assert_int_equal(imports.size, 2);
    const wasm_functype_t *func = wasm_externtype_as_functype_const(wasm_importtype_type(imports.data[0]));
    assert_int_equal(wasm_valtype_kind(wasm_functype_params(func)->data[1]), WASM_EXTERNREF);
    assert_int_equal(wasm_valtype_kind(wasm_functype_results(func)->data[0]), WASM_V128);
    const wasm_tabletype_t *table = wasm_externtype_as_tabletype_const(wasm_importtype_type(imports.data[1]));
    assert_int_equal(wasm_tabletype_limits(table)->max, 2);
    assert_int_equal(exports.size, 3);
    assert_int_equal(wasm_externtype_kind(wasm_exporttype_type(exports.data[0])), WASM_EXTERN_MEMORY);
    assert_memory_equal(wasm_exporttype_name(exports.data[1])->data, "g", 1);
    wasm_importtype_vec_delete(&imports);
    wasm_exporttype_vec_delete(&exports);

    wasm_byte_vec_t bytes;
    wasm_module_serialize(module, &bytes);
    wasm_module_t *again = wasm_module_deserialize(store, &bytes);
    assert_non_null(again);
    wasm_shared_module_t *shared = wasm_module_share(module);
    wasm_store_t *other = wasm_store_new(engine);
    wasm_module_t *obtained = wasm_module_obtain(other, shared);
    assert_non_null(obtained);
    wasm_module_delete(obtained);
    wasm_store_delete(other);
    wasm_engine_t *stranger = wasm_engine_new();
    other = wasm_store_new(stranger);
    assert_null(wasm_module_obtain(other, shared));
    wasm_store_delete(other);
    wasm_engine_delete(stranger);
    wasm_shared_module_delete(shared);
    wasm_module_delete(again);
    wasm_module_delete(module);
    wasm_byte_vec_delete(&bytes);
    wasm_byte_vec_delete(&binary);
    wasm_byte_vec_delete(&bad);
}

// What was serialized runs as what it was made from; its start function runs when it is instantiated.
static wasm_trap_t *count(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)results;
    *(int *)env += args->data[0].of.i32;
    return NULL;
}

static void a_serialized_module_starts(void **state)
{
    (void)state;
    int counted = 0;
    wasm_byte_vec_t bytes;
    wasm_module_t *module = module_of("(module (import \"\" \"count\" (func $count (param i32)))"
                                      " (func $start (call $count (i32.const 3))) (start $start)"
                                      " (func (export \"go\") (param i32) (call $count (local.get 0))))");
    wasm_module_serialize(module, &bytes);
    wasm_module_delete(module);
    module = wasm_module_deserialize(store, &bytes);
    wasm_byte_vec_delete(&bytes);
    assert_non_null(module);
    wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t *func = wasm_func_new_with_env(store, type, count, &counted, NULL);
    wasm_functype_delete(type);
    wasm_extern_t *externs[] = { wasm_func_as_extern(func) };
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    wasm_trap_t *trap = NULL;
    wasm_instance_t *instance = wasm_instance_new(store, module, &imports, &trap);
    assert_non_null(instance);
    assert_int_equal(counted, 3);
    wasm_instance_exports(instance, &exports);
    wasm_val_t arg = WASM_I32_VAL(4);
    assert_null(call(exports.data[0], 1, &arg, 0, NULL));
    assert_int_equal(counted, 7);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_func_delete(func);
    wasm_module_delete(module);
}

// ---- threads: a store each, one module ----

struct worker {
    pthread_t thread;
    wasm_shared_module_t *module;
    int number, counted;
};

static void *work(void *arg)
{
    struct worker *worker = arg;
    wasm_store_t *own = wasm_store_new(engine);
    wasm_module_t *module = wasm_module_obtain(own, worker->module);
    wasm_functype_t *type = wasm_functype_new_1_0(wasm_valtype_new_i32());
    wasm_func_t *func = wasm_func_new_with_env(own, type, count, &worker->counted, NULL);
    wasm_functype_delete(type);
    wasm_val_t value = WASM_I32_VAL(worker->number);
    wasm_globaltype_t *global_type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_global_t *global = wasm_global_new(own, global_type, &value);
    wasm_globaltype_delete(global_type);
    wasm_extern_t *externs[] = { wasm_func_as_extern(func), wasm_global_as_extern(global) };
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    for (int round = 0; round < 20; round++) {
        wasm_trap_t *trap = NULL;
        wasm_instance_t *instance = module ? wasm_instance_new(own, module, &imports, &trap) : NULL;
        if (!instance) break;
        wasm_instance_exports(instance, &exports);
        trap = call(exports.data[0], 0, NULL, 0, NULL);
        if (trap) worker->counted = -1000000;
        wasm_extern_vec_delete(&exports);
        wasm_instance_delete(instance);
    }
    wasm_global_delete(global);
    wasm_func_delete(func);
    wasm_module_delete(module);
    wasm_store_delete(own);
    return NULL;
}

static void threads_share_a_module(void **state)
{
    (void)state;
    enum { WORKERS = 6 };
    struct worker workers[WORKERS] = { 0 };
    wasm_module_t *module = module_of("(module (import \"\" \"count\" (func $count (param i32)))"
                                      " (import \"\" \"id\" (global $id i32))"
                                      " (func (export \"go\") (call $count (global.get $id))))");
    wasm_shared_module_t *shared = wasm_module_share(module);
    wasm_module_delete(module);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].module = shared;
        workers[i].number = i + 1;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].counted, 20 * (i + 1));
    }
    wasm_shared_module_delete(shared);
}

// ---- functions ----

static wasm_trap_t *swap(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    wasm_val_copy(&results->data[0], &args->data[1]);
    wasm_val_copy(&results->data[1], &args->data[0]);
    return NULL;
}

static wasm_trap_t *refuse(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    wasm_message_t message;
    (void)env, (void)args, (void)results;
    wasm_name_new_from_string_nt(&message, "not today");
    wasm_trap_t *trap = wasm_trap_new(store, &message);
    wasm_name_delete(&message);
    return trap;
}

static void functions_are_called_both_ways(void **state)
{
    (void)state;
    wasm_functype_t *type = wasm_functype_new_2_2(wasm_valtype_new_i32(), wasm_valtype_new_f64(),
                                                  wasm_valtype_new_f64(), wasm_valtype_new_i32());
    wasm_func_t *func = wasm_func_new(store, type, swap);
    wasm_functype_delete(type);
    assert_int_equal(wasm_func_param_arity(func), 2);
    assert_int_equal(wasm_func_result_arity(func), 2);
    type = wasm_func_type(func);
    assert_int_equal(wasm_valtype_kind(wasm_functype_results(type)->data[0]), WASM_F64);
    wasm_functype_delete(type);

    wasm_extern_t *externs[] = { wasm_func_as_extern(func) };
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    wasm_instance_t *instance =
        instance_of("(module (import \"\" \"\" (func $f (param i32 f64) (result f64 i32)))"
                    " (func (export \"f\") (param i32 f64) (result f64 i32) (call $f (local.get 0) (local.get 1)))"
                    " (func (export \"trap\") (unreachable)))",
                    &imports);
    wasm_func_delete(func); // the instance keeps it
    wasm_instance_exports(instance, &exports);
    wasm_instance_delete(instance); // the exports keep it
    wasm_val_t args[] = { WASM_I32_VAL(7), WASM_F64_VAL(1.5) }, results[] = { WASM_INIT_VAL, WASM_INIT_VAL };
    assert_null(call(exports.data[0], 2, args, 2, results));
    assert_int_equal(results[0].kind, WASM_F64);
    assert_true(results[0].of.f64 == 1.5);
    assert_int_equal(results[1].of.i32, 7);

    wasm_trap_t *trap = call(exports.data[0], 1, args, 2, results);
    assert_non_null(trap);
    wasm_trap_delete(trap);
    args[1].kind = WASM_I64;
    trap = call(exports.data[0], 2, args, 2, results);
    assert_non_null(trap);
    wasm_trap_delete(trap);
    wasm_extern_vec_delete(&exports);
}

static void traps_carry_message_and_frames(void **state)
{
    (void)state;
    wasm_functype_t *type = wasm_functype_new_0_0();
    wasm_func_t *func = wasm_func_new_with_env(store, type, refuse, (void *)5, finalize);
    wasm_functype_delete(type);
    wasm_extern_t *externs[] = { wasm_func_as_extern(func) };
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    wasm_instance_t *instance =
        instance_of("(module (import \"\" \"\" (func $f)) (func $in (call $f)) (func (nop))"
                    " (func (export \"f\") (call $in)) (func (export \"u\") (nop) (unreachable)))",
                    &imports);
    wasm_instance_exports(instance, &exports);
    wasm_trap_t *trap = call(exports.data[0], 0, NULL, 0, NULL);
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    assert_string_equal(message.data, "not today");
    wasm_byte_vec_delete(&message);
    wasm_frame_vec_t trace;
    wasm_trap_trace(trap, &trace);
    assert_int_equal(trace.size, 2);
    assert_int_equal(wasm_frame_func_index(trace.data[0]), 1);
    assert_int_equal(wasm_frame_func_index(trace.data[1]), 3);
    assert_ptr_equal(wasm_frame_instance(trace.data[0]), instance);
    wasm_frame_vec_delete(&trace);
    wasm_trap_delete(trap);

    trap = call(exports.data[1], 0, NULL, 0, NULL);
    wasm_trap_message(trap, &message);
    assert_string_equal(message.data, "unreachable");
    wasm_byte_vec_delete(&message);
    wasm_frame_t *origin = wasm_trap_origin(trap), *copy = wasm_frame_copy(origin);
    assert_int_equal(wasm_frame_func_offset(copy), 2); // no locals, nop, unreachable
    assert_true(wasm_frame_module_offset(copy) > 8);
    wasm_frame_delete(origin);
    wasm_frame_delete(copy);
    wasm_trap_delete(trap);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_func_delete(func);
    wasm_store_delete(store);
    assert_int_equal(finalized, 5);
    store = wasm_store_new(engine);
}

static void instances_that_cannot_be_made_say_why(void **state)
{
    (void)state;
    wasm_module_t *module = module_of("(module (import \"a\" \"b\" (func)))");
    wasm_extern_vec_t none = WASM_EMPTY_VEC;
    wasm_trap_t *trap = NULL;
    assert_null(wasm_instance_new(store, module, &none, &trap));
    assert_non_null(trap);
    wasm_trap_delete(trap);
    assert_null(wasm_instance_new(store, module, &none, NULL));
    wasm_module_delete(module);
    module = module_of("(module (func $s (unreachable)) (start $s))");
    assert_null(wasm_instance_new(store, module, &none, &trap));
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    assert_string_equal(message.data, "unreachable");
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    wasm_module_delete(module);
}

// ---- what lives in a store ----

static void globals_tables_and_memories(void **state)
{
    (void)state;
    const wasm_limits_t limits = { 1, 2 };
    wasm_globaltype_t *global_type = wasm_globaltype_new(wasm_valtype_new_i64(), WASM_VAR);
    wasm_val_t value = WASM_I64_VAL(3);
    wasm_global_t *global = wasm_global_new(store, global_type, &value);
    wasm_globaltype_delete(global_type);
    value.of.i64 = 4;
    wasm_global_set(global, &value);
    value.of.i64 = 0;
    wasm_global_get(global, &value);
    assert_int_equal(value.of.i64, 4);
    const wasm_val_t wrong = WASM_I32_VAL(9);
    wasm_global_set(global, &wrong);
    wasm_global_get(global, &value);
    assert_int_equal(value.of.i64, 4);

    wasm_memorytype_t *memory_type = wasm_memorytype_new(&limits);
    wasm_memory_t *memory = wasm_memory_new(store, memory_type);
    wasm_memorytype_delete(memory_type);
    assert_int_equal(wasm_memory_size(memory), 1);
    assert_int_equal(wasm_memory_data_size(memory), MEMORY_PAGE_SIZE);
    wasm_memory_data(memory)[5] = 42;
    assert_true(wasm_memory_grow(memory, 1));
    assert_false(wasm_memory_grow(memory, 1));
    assert_int_equal(wasm_memory_data(memory)[5], 42);

    wasm_tabletype_t *table_type = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
    wasm_table_t *table = wasm_table_new(store, table_type, NULL);
    wasm_tabletype_delete(table_type);
    assert_int_equal(wasm_table_size(table), 1);
    assert_null(wasm_table_get(table, 0));
    wasm_functype_t *type = wasm_functype_new_0_0();
    wasm_func_t *func = wasm_func_new_with_env(store, type, refuse, NULL, NULL);
    wasm_functype_delete(type);
    assert_true(wasm_table_set(table, 0, wasm_func_as_ref(func)));
    assert_false(wasm_table_set(table, 1, NULL));
    assert_false(wasm_table_set(table, 0, wasm_memory_as_ref(memory)));
    assert_true(wasm_table_grow(table, 1, NULL));
    assert_false(wasm_table_grow(table, 1, NULL));
    wasm_ref_t *got = wasm_table_get(table, 0);
    assert_ptr_equal(wasm_ref_as_func(got), func);
    assert_null(wasm_ref_as_table(got));
    wasm_ref_delete(got);

    wasm_extern_t *externs[] = { wasm_global_as_extern(global), wasm_memory_as_extern(memory),
                                 wasm_table_as_extern(table) };
    const wasm_externkind_t kinds[] = { WASM_EXTERN_GLOBAL, WASM_EXTERN_MEMORY, WASM_EXTERN_TABLE };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(wasm_extern_kind(externs[i]), kinds[i]);
        wasm_externtype_t *extern_type = wasm_extern_type(externs[i]);
        assert_int_equal(wasm_externtype_kind(extern_type), kinds[i]);
        wasm_externtype_delete(extern_type);
    }
    assert_null(wasm_extern_as_memory(externs[0]));
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
    wasm_instance_t *instance = instance_of(
        "(module (import \"\" \"\" (global $g (mut i64))) (import \"\" \"\" (memory 1)) (import \"\" \"\" (table 1 funcref))"
        " (func (export \"f\") (result i32) (global.set $g (i64.const 11)) (i32.load8_u (i32.const 5)))"
        " (export \"m\" (memory 0)))",
        &imports);
    wasm_instance_exports(instance, &exports);
    wasm_val_t result = WASM_INIT_VAL;
    assert_null(call(exports.data[0], 0, NULL, 1, &result));
    assert_int_equal(result.of.i32, 42);
    wasm_global_get(global, &value);
    assert_int_equal(value.of.i64, 11);
    assert_true(wasm_memory_same(wasm_extern_as_memory(exports.data[1]), memory));
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);
    wasm_func_delete(func);
    wasm_table_delete(table);
    wasm_memory_delete(memory);
    wasm_global_delete(global);
}

// ---- references ----

static void host_references_keep_their_identity(void **state)
{
    (void)state;
    wasm_extern_vec_t none = WASM_EMPTY_VEC, exports;
    wasm_instance_t *instance =
        instance_of("(module (table $t (export \"t\") 2 externref)"
                    " (func (export \"set\") (param i32 externref) (table.set $t (local.get 0) (local.get 1)))"
                    " (func (export \"get\") (param i32) (result externref) (table.get $t (local.get 0)))"
                    " (func (export \"made\") (result externref) (extern.convert_any (ref.i31 (i32.const 1)))))",
                    &none);
    wasm_instance_exports(instance, &exports);
    wasm_foreign_t *foreign = wasm_foreign_new(store);
    wasm_foreign_set_host_info_with_finalizer(foreign, (void *)7, finalize);
    wasm_val_t args[] = { WASM_I32_VAL(0), WASM_REF_VAL(wasm_foreign_as_ref(foreign)) }, result = WASM_INIT_VAL;
    assert_null(call(exports.data[1], 2, args, 0, NULL));
    assert_null(call(exports.data[2], 1, args, 1, &result));
    assert_true(wasm_ref_same(result.of.ref, wasm_foreign_as_ref(foreign)));
    assert_ptr_equal(wasm_ref_as_foreign(result.of.ref), foreign);
    assert_ptr_equal(wasm_ref_get_host_info(result.of.ref), (void *)7);
    wasm_val_delete(&result);
    wasm_foreign_delete(foreign); // the table still holds it
    assert_int_equal(finalized, 0);
    wasm_ref_t *held = wasm_table_get(wasm_extern_as_table(exports.data[0]), 0);
    assert_ptr_equal(wasm_ref_get_host_info(held), (void *)7);
    wasm_ref_delete(held);

    // Any object can be an externref, and what the guest makes comes out as a reference too.
    args[1].of.ref = wasm_instance_as_ref(instance);
    assert_null(call(exports.data[1], 2, args, 0, NULL));
    assert_null(call(exports.data[2], 1, args, 1, &result));
    assert_ptr_equal(wasm_ref_as_instance(result.of.ref), instance);
    wasm_val_delete(&result);
    assert_null(call(exports.data[3], 0, NULL, 1, &result));
    assert_non_null(result.of.ref);
    args[1].of.ref = result.of.ref;
    assert_null(call(exports.data[1], 2, args, 0, NULL));
    wasm_val_delete(&result);
    wasm_extern_vec_delete(&exports);
    wasm_instance_delete(instance);

    wasm_store_delete(store);
    assert_int_equal(finalized, 7);
    store = wasm_store_new(engine);
}

static void host_info_belongs_to_the_object(void **state)
{
    (void)state;
    wasm_extern_vec_t none = WASM_EMPTY_VEC;
    wasm_instance_t *instance = instance_of("(module)", &none), *copy = wasm_instance_copy(instance);
    assert_true(wasm_instance_same(instance, copy));
    wasm_instance_set_host_info_with_finalizer(instance, (void *)3, finalize);
    assert_ptr_equal(wasm_instance_get_host_info(copy), (void *)3);
    wasm_instance_delete(instance);
    assert_int_equal(finalized, 0);
    wasm_instance_delete(copy);
    assert_int_equal(finalized, 3);
}

static void objects_outlive_a_deleted_store(void **state)
{
    (void)state;
    wasm_extern_vec_t none = WASM_EMPTY_VEC, exports;
    wasm_instance_t *instance = instance_of("(module (func (export \"f\") (result i32) (i32.const 6)))", &none);
    wasm_instance_exports(instance, &exports);
    wasm_instance_delete(instance);
    wasm_store_delete(store);
    wasm_val_t result = WASM_INIT_VAL;
    assert_null(call(exports.data[0], 0, NULL, 1, &result));
    assert_int_equal(result.of.i32, 6);
    wasm_extern_vec_delete(&exports);
    store = wasm_store_new(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(vectors_own_their_elements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(types_are_seen_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(modules_are_validated_described_and_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_serialized_module_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_share_a_module, set_up, tear_down),
        cmocka_unit_test_setup_teardown(functions_are_called_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(traps_carry_message_and_frames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(instances_that_cannot_be_made_say_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(globals_tables_and_memories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(host_references_keep_their_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(host_info_belongs_to_the_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(objects_outlive_a_deleted_store, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
