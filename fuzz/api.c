// Calls of the public functions in the order that the input says, with handles that are right, stale, of another store,
// of another kind, or made up. Whatever comes back, nothing may crash, leak or be left running; a handle that cannot be
// right must not be accepted.
#include <holdfast.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STORES = 2, HANDLES = 48, TASKS = 4 };

// (module (func (export "add") …) (func (export "host") calls the import) (table 4 10 funcref) (memory 1 3)
//  (global (mut i64)) (func (export "spin") a loop of 100 rounds) (tag i32)), assembled at the start.
static const char module_text[] =
    "(module (import \"h\" \"f\" (func $f (param i32) (result i32)))"
    "(memory (export \"memory\") 1 3) (table (export \"table\") 4 10 funcref) (global (export \"global\") (mut i64) (i64.const 5))"
    "(tag (export \"tag\") (param i32)) (elem (table 0) (i32.const 1) func $add $throw)"
    "(func $add (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"
    "(func (export \"host\") (param i32) (result i32) (call $f (local.get 0)))"
    "(func $throw (export \"throw\") (throw 0 (i32.const 1)))"
    "(func (export \"trap\") unreachable)"
    "(func (export \"ref\") (param externref) (result externref) (local.get 0))"
    "(func (export \"spin\") (local i32) (local.set 0 (i32.const 100))"
    " (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))";

static hf_engine *engine;
static uint8_t binary[1024];
static size_t binary_size;

static bool keep(void *ctx, const void *data, size_t size)
{
    (void)ctx;
    if (size > sizeof binary - binary_size) return false;
    memcpy(binary + binary_size, data, size);
    binary_size += size;
    return true;
}

static void must(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void begin(void)
{
    hf_status status = hf_status_ok();
    const hf_engine_options options = {
        .size = sizeof options, .fuel = true, .interruptible = true, .compile_threads = 1
    };
    engine = hf_engine_new(&options, &status);
    must(engine != NULL, status.message);
    must(hf_wat_assemble(engine, module_text, sizeof module_text - 1, false, keep, NULL, &status) == HF_OK,
         status.message);
}

struct world {
    const uint8_t *data;
    size_t size, at;
    hf_store *stores[STORES];
    hf_module *module;
    hf_linker *linker;
    hf_handle handles[HANDLES]; // of any kind and store
    unsigned handle_count;
    hf_task *tasks[TASKS];
    hf_call *held;
    bool may_pend; // a task is resumed; a plain call would wait for ever
    unsigned frees;
};

static uint32_t take(struct world *w)
{
    return w->at < w->size ? w->data[w->at++] : 0;
}

// A host function that answers at once, later, traps or calls back.
static hf_code host(hf_call *call, void *env)
{
    struct world *w = env;
    switch (take(w) % 6) {
    case 1: return hf_call_trap(call, "no");
    case 2:
        if (w->held || !w->may_pend) break;
        w->held = hf_call_hold(call);
        return HF_PENDING;
    case 3: return hf_call_exit(call, 3);
    case 4: {
        hf_func func;
        int32_t word = 0;
        hf_call_read(call, take(w) * 1000, &word, sizeof word);
        if (hf_instance_func(hf_call_store(call), hf_call_instance(call), "spin", &func, NULL) == HF_OK)
            hf_func_call(hf_call_store(call), func, NULL, 0, NULL, 0, NULL);
        break;
    }
    case 5: return hf_call_await(call, NULL, 0, 0, host, env);
    default: break;
    }
    return hf_call_return_i32(call, hf_call_arg_i32(call, 0) + 1);
}

static void free_value(void *value)
{
    ++*(unsigned *)value;
}

static void remember(struct world *w, hf_handle h)
{
    w->handles[w->handle_count++ % HANDLES] = h;
}

// A handle: one that was seen, whatever it is of, or a changed one.
static hf_handle any(struct world *w)
{
    hf_handle h = w->handles[take(w) % HANDLES];
    switch (take(w) % 8) {
    case 5: h.index ^= 1u << take(w) % 32; break;
    case 6: h.generation ^= 1u << take(w) % 32; break;
    case 7: h.store ^= UINT64_C(1) << take(w) % 64; break;
    default: break;
    }
    return h;
}

static hf_val any_value(struct world *w)
{
    hf_val v = hf_i32((int32_t)take(w));
    switch (take(w) % 4) {
    case 1: v = hf_i64((int64_t)take(w)); break;
    case 2:
        v.type = HF_TYPE_EXTERNREF;
        v.of.ref = (hf_ref){ any(w) };
        break;
    case 3:
        v.type = HF_TYPE_FUNCREF;
        v.of.ref = (hf_ref){ any(w) };
        break;
    default: break;
    }
    return v;
}

static void remember_extern(struct world *w, hf_extern object)
{
    switch (object.kind) {
    case HF_EXTERN_FUNC: remember(w, object.of.func.h); break;
    case HF_EXTERN_TABLE: remember(w, object.of.table.h); break;
    case HF_EXTERN_MEMORY: remember(w, object.of.memory.h); break;
    case HF_EXTERN_GLOBAL: remember(w, object.of.global.h); break;
    case HF_EXTERN_TAG: remember(w, object.of.tag.h); break;
    }
}

static void remember_value(struct world *w, hf_val v)
{
    if (hf_valtype_kind(v.type) == HF_REF) remember(w, v.of.ref.h);
}

static void replace_store(struct world *w, unsigned i)
{
    for (unsigned k = 0; k < TASKS; k++) {
        if (!w->tasks[k] || hf_task_store(w->tasks[k]) != w->stores[i]) continue;
        hf_task_free(w->tasks[k]);
        w->tasks[k] = NULL;
    }
    hf_store_free(w->stores[i]);
    const hf_store_options options = {
        .size = sizeof options, .fuel = 20000, .gc_interval_bytes = 1, .max_memory_bytes = 1 << 20
    };
    w->stores[i] = hf_store_new(engine, &options, NULL);
    must(w->stores[i] != NULL, "no store");
}

static void step(struct world *w)
{
    const uint32_t what = take(w);
    hf_store *store = w->stores[take(w) % STORES];
    hf_status status = hf_status_ok();
    hf_val results[2];
    switch (what % 24) {
    case 0: {
        hf_instance instance;
        if (hf_linker_instantiate(w->linker, store, w->module, &instance, &status) != HF_OK) break;
        remember(w, instance.h);
        hf_extern object;
        for (size_t i = 0; hf_instance_export_at(store, instance, i, &object, NULL) == HF_OK; i++)
            remember_extern(w, object);
        break;
    }
    case 1: hf_instance_drop(store, (hf_instance){ any(w) }, &status); break;
    case 2: {
        const hf_val args[] = { any_value(w), any_value(w) };
        const uint32_t arg_count = take(w) % 3, result_count = take(w) % 3;
        const hf_func func = { any(w) };
        if (hf_func_call(store, func, args, arg_count, results, result_count, &status) == HF_OK)
            for (uint32_t i = 0; i < result_count; i++) remember_value(w, results[i]);
        break;
    }
    case 3: {
        uint64_t slots[4] = { take(w), take(w) };
        const hf_func func = { any(w) };
        hf_func_call_raw(store, func, slots, take(w) % 5, &status);
        break;
    }
    case 4: {
        size_t size = 0;
        uint8_t *memory = hf_memory_data(store, (hf_memory){ any(w) }, &size);
        if (memory && size) memory[take(w) * 256u % size] = 1;
        break;
    }
    case 5: hf_memory_grow(store, (hf_memory){ any(w) }, take(w) % 4, NULL, &status); break;
    case 6: {
        uint8_t bytes[64];
        hf_memory_read(store, (hf_memory){ any(w) }, (uint64_t)take(w) << take(w) % 56, bytes, take(w) % 64, &status);
        break;
    }
    case 7: hf_memory_write(store, (hf_memory){ any(w) }, (uint64_t)take(w) << take(w) % 56, "word", 4, &status); break;
    case 8:
        if (hf_table_get(store, (hf_table){ any(w) }, take(w) % 12, results, &status) == HF_OK)
            remember_value(w, results[0]);
        break;
    case 9: hf_table_set(store, (hf_table){ any(w) }, take(w) % 12, any_value(w), &status); break;
    case 10: hf_table_grow(store, (hf_table){ any(w) }, take(w) % 8, any_value(w), NULL, &status); break;
    case 11:
        if (hf_global_get(store, (hf_global){ any(w) }, results, &status) == HF_OK) remember_value(w, results[0]);
        break;
    case 12: hf_global_set(store, (hf_global){ any(w) }, any_value(w), &status); break;
    case 13: {
        hf_ref ref;
        if (hf_ref_host(store, &w->frees, free_value, &ref, &status) == HF_OK) remember(w, ref.h);
        break;
    }
    case 14: {
        hf_ref ref;
        void *value;
        hf_valtype type;
        const hf_ref from = { any(w) };
        hf_ref_host_value(store, from, &value, &status);
        hf_ref_type(store, from, &type, &status);
        if (hf_ref_own(store, from, &ref, &status) == HF_OK) remember(w, ref.h);
        break;
    }
    case 15: hf_ref_release(store, (hf_ref){ any(w) }); break;
    case 16: {
        hf_ref ref;
        hf_func func;
        if (hf_ref_from_func(store, (hf_func){ any(w) }, &ref, &status) == HF_OK) remember(w, ref.h);
        if (hf_ref_to_func(store, (hf_ref){ any(w) }, &func, &status) == HF_OK) remember(w, func.h);
        break;
    }
    case 17: {
        hf_task **task = &w->tasks[take(w) % TASKS];
        const hf_val args[] = { any_value(w), any_value(w) };
        if (!*task) *task = hf_task_new(store, (hf_func){ any(w) }, args, take(w) % 3, &status);
        break;
    }
    case 18: {
        hf_task *task = w->tasks[take(w) % TASKS];
        if (!task) break;
        hf_frame frames[4];
        w->may_pend = true;
        const hf_code code = hf_task_resume(task, &status);
        w->may_pend = false;
        if (code == HF_OK) hf_task_results(task, results, take(w) % 3, NULL);
        hf_task_backtrace(task, frames, 4);
        break;
    }
    case 19: {
        hf_task **task = &w->tasks[take(w) % TASKS];
        if (!*task) break;
        hf_task_free(*task);
        *task = NULL;
        break;
    }
    case 20: {
        if (!w->held) break;
        const hf_val answer = any_value(w);
        if (take(w) % 4 == 0)
            hf_call_complete_trap(w->held, "later no");
        else
            hf_call_complete(w->held, &answer, take(w) % 2);
        hf_call_release(w->held);
        w->held = NULL;
        break;
    }
    case 21: {
        const hf_scope scope = hf_scope_open(store);
        hf_ref ref;
        if (hf_ref_i31(store, (int32_t)take(w), &ref, &status) == HF_OK) remember(w, ref.h);
        hf_scope_close(store, scope);
        int32_t value;
        must(status.code != HF_OK || hf_ref_i31_value(store, ref, &value, NULL) != HF_OK, "a root outlived its scope");
        break;
    }
    case 22:
        hf_store_collect(store);
        hf_store_set_fuel(store, 20000, &status);
        break;
    default: replace_store(w, take(w) % STORES); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!engine) begin();
    struct world w = { .data = data, .size = size };
    hf_status status = hf_status_ok();
    w.module = hf_module_new(engine, binary, binary_size, &status);
    must(w.module != NULL, status.message);
    w.linker = hf_linker_new(engine, &status);
    must(w.linker && hf_linker_define_func(w.linker, "h", "f", "i32 -> i32", host, &w, &status) == HF_OK,
         status.message);
    for (unsigned i = 0; i < STORES; i++) replace_store(&w, i);
    while (w.at < w.size) step(&w);
    for (unsigned i = 0; i < TASKS; i++)
        if (w.tasks[i]) hf_task_free(w.tasks[i]);
    for (unsigned i = 0; i < STORES; i++) hf_store_free(w.stores[i]);
    if (w.held) {
        must(hf_call_complete_trap(w.held, "too late") != HF_OK, "a call outlived its store");
        hf_call_release(w.held);
    }
    hf_linker_free(w.linker);
    hf_module_unref(w.module);
    return 0;
}
