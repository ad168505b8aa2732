// Functions of the standard C API, called and given.
#include "api/capi.h"

#include <holdfast/linker.h>

// A callback as the environment of a host function.
struct callback {
    wasm_store_t *store;
    wasm_func_callback_t plain; // or with_env
    wasm_func_callback_with_env_t with_env;
    void *env;
    void (*finalizer)(void *);
};

// Values for one call: on the C stack when there are few.
enum { FEW = 8 };

struct values {
    hf_val few[FEW];
    hf_val *at;
    size_t count;
};

static bool values_init(struct values *values, size_t count)
{
    values->count = count;
    values->at = count <= FEW ? values->few : mem_zalloc_array(&alloc_libc, count, sizeof *values->at);
    return values->at != NULL;
}

static void values_fini(struct values *values)
{
    if (values->at != values->few) capi_free(values->at, values->count * sizeof *values->at);
}

// ---- calls from the guest ----

static hf_code return_results(hf_call *call, wasm_store_t *store, const wasm_val_vec_t *results)
{
    for (size_t i = 0; i < results->size; i++) {
        hf_val value;
        const hf_valtype type = hf_call_result(call, i).type;
        if (capi_val_in(store, &results->data[i], type, &value, NULL) || hf_call_set_result(call, i, value))
            return hf_call_trap(call, "result %zu of the callback has the wrong type", i);
    }
    return HF_OK;
}

static hf_code answer(hf_call *call, void *env)
{
    const struct callback *const callback = env;
    wasm_store_t *const store = callback->store;
    wasm_val_vec_t args, results;
    wasm_val_vec_new_uninitialized(&args, hf_call_arg_count(call));
    wasm_val_vec_new_uninitialized(&results, hf_call_result_count(call));
    hf_code code;
    if (args.size != hf_call_arg_count(call) || results.size != hf_call_result_count(call)) {
        code = hf_call_trap(call, "out of memory");
    } else {
        for (size_t i = 0; i < args.size; i++) {
            const hf_val value = hf_call_arg(call, i);
            capi_val_out(store, &value, &args.data[i]);
        }
        for (size_t i = 0; i < results.size; i++)
            results.data[i].kind = capi_valkind(store->engine, hf_call_result(call, i).type);
        wasm_trap_t *const trap =
            callback->plain ? callback->plain(&args, &results) : callback->with_env(callback->env, &args, &results);
        if (trap) {
            // The trap itself waits for the end of the outermost call; the guest is failed with its words.
            wasm_trap_delete((wasm_trap_t *)store->trap);
            store->trap = &trap->o;
            code = hf_call_trap(call, "%s", trap->o.of.trap.message);
        } else {
            code = return_results(call, store, &results);
        }
    }
    wasm_val_vec_delete(&args);
    wasm_val_vec_delete(&results);
    return code;
}

static void free_callback(void *env)
{
    struct callback *const callback = env;
    if (callback->finalizer) callback->finalizer(callback->env);
    capi_free(callback, sizeof *callback);
}

static wasm_func_t *new_func(wasm_store_t *store, const wasm_functype_t *type, struct callback given)
{
    store_sweep(store);
    const wasm_valtype_vec_t *const params = wasm_functype_params(type), *const results = wasm_functype_results(type);
    hf_param *const of_params = mem_zalloc_array(&alloc_libc, params->size + 1, sizeof *of_params);
    hf_valtype *const of_results = mem_zalloc_array(&alloc_libc, results->size + 1, sizeof *of_results);
    struct callback *const callback = CAPI_NEW(struct callback);
    hf_func func = { 0 };
    bool made = false;
    if (of_params && of_results && callback) {
        for (size_t i = 0; i < params->size; i++) of_params[i].type = capi_valtype(wasm_valtype_kind(params->data[i]));
        for (size_t i = 0; i < results->size; i++) of_results[i] = capi_valtype(wasm_valtype_kind(results->data[i]));
        const hf_func_desc desc = {
            .size = sizeof desc,
            .module = "",
            .name = "callback",
            .params = of_params,
            .param_count = params->size,
            .results = of_results,
            .result_count = results->size,
            .effects = HF_EFFECT_UNKNOWN,
            .opaque = true,
        };
        *callback = given;
        // It owns the callback from here on, whatever comes.
        made = hf_func_new(store->store, &desc, answer, callback, free_callback, &func, NULL) == HF_OK;
    } else {
        capi_free(callback, sizeof *callback);
    }
    capi_free(of_params, (params->size + 1) * sizeof *of_params);
    capi_free(of_results, (results->size + 1) * sizeof *of_results);
    return made ? (wasm_func_t *)object_named(store, CAPI_FUNC, func.h, NULL) : NULL;
}

wasm_func_t *wasm_func_new(wasm_store_t *store, const wasm_functype_t *type, wasm_func_callback_t callback)
{
    return new_func(store, type, (struct callback){ .store = store, .plain = callback });
}

wasm_func_t *wasm_func_new_with_env(wasm_store_t *store, const wasm_functype_t *type,
                                    wasm_func_callback_with_env_t callback, void *env, void (*finalizer)(void *))
{
    return new_func(store, type,
                    (struct callback){ .store = store, .with_env = callback, .env = env, .finalizer = finalizer });
}

// ---- calls of the embedder ----

static bool type_of(const wasm_func_t *func, hf_functype *out)
{
    return hf_func_type(func->o.store->store, (hf_func){ func->o.handle }, out, NULL) == HF_OK;
}

wasm_functype_t *wasm_func_type(const wasm_func_t *func)
{
    hf_functype type;
    return type_of(func, &type) ? capi_functype(func->o.store->engine, &type) : NULL;
}

size_t wasm_func_param_arity(const wasm_func_t *func)
{
    hf_functype type;
    return type_of(func, &type) ? type.param_count : 0;
}

size_t wasm_func_result_arity(const wasm_func_t *func)
{
    hf_functype type;
    return type_of(func, &type) ? type.result_count : 0;
}

static hf_code call(const wasm_func_t *func, const wasm_val_vec_t *args, wasm_val_vec_t *results, hf_status *status)
{
    wasm_store_t *const store = func->o.store;
    hf_functype type;
    hf_code code = hf_func_type(store->store, (hf_func){ func->o.handle }, &type, status);
    if (code) return code;
    struct values in, out = { .at = NULL };
    code = HF_OUT_OF_MEMORY;
    if (values_init(&in, args->size) && values_init(&out, type.result_count)) {
        code = args->size == type.param_count && results->size >= type.result_count ? HF_OK : HF_WRONG_TYPE;
        for (size_t i = 0; i < args->size && !code; i++)
            code = capi_val_in(store, &args->data[i], type.params[i], &in.at[i], status);
        if (!code)
            code = hf_func_call(store->store, (hf_func){ func->o.handle }, in.at, in.count, out.at, out.count, status);
        for (size_t i = 0; i < out.count && !code; i++) capi_val_out(store, &out.at[i], &results->data[i]);
    }
    values_fini(&in);
    if (out.at) values_fini(&out);
    return code;
}

wasm_trap_t *wasm_func_call(const wasm_func_t *func, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    wasm_store_t *const store = func->o.store;
    store_sweep(store);
    hf_status status = hf_status_ok();
    const hf_scope scope = hf_scope_open(store->store);
    const hf_code code = call(func, args, results, &status);
    hf_scope_close(store->store, scope);
    if (!code) return NULL;
    status.code = code;
    return capi_trap(store, &status);
}
