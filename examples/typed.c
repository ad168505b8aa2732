/* Plain C functions as imports, called without boxing; and one of them replaced by a hook. */
#include <math.h>
#include <stdio.h>

#include <holdfast/func.h>
#include <holdfast/linker.h>

static const char guest[] =
    "(module"
    "  (import \"math\" \"power\" (func $power (param f64 f64) (result f64)))"
    "  (import \"math\" \"sum\" (func $sum (param i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 8) \"\\01\\02\\03\\04\")"
    "  (func (export \"power\") (param f64) (result f64) (call $power (local.get 0) (f64.const 10)))"
    "  (func (export \"sum\") (result i32) (call $sum (i32.const 8) (i32.const 4))))";

static double power(hf_caller *caller, double base, double exponent)
{
    (void)caller;
    return pow(base, exponent);
}

/* Takes guest memory as it is: checks what the guest says. */
static int32_t sum(hf_caller *caller, int32_t at, int32_t count)
{
    size_t size;
    const uint8_t *memory = hf_caller_memory(caller, &size);
    const uint32_t first = (uint32_t)at, length = (uint32_t)count;
    if (length > size || first > size - length) {
        hf_caller_trap(caller, "sum: out of bounds");
        return 0;
    }
    int32_t total = 0;
    for (uint32_t i = 0; i < length; i++) total += memory[first + i];
    return total;
}

/* Sees the call before and after, like every hook. */
static hf_code doubled(hf_call *call, void *env)
{
    (void)env;
    return hf_call_return_i32(call, 2 * hf_call_result(call, 0).of.i32);
}

static hf_code twice(hf_call *call, void *env)
{
    return hf_call_next(call, doubled, env);
}

int main(void)
{
    hf_status status = hf_status_ok();
    hf_engine *engine = hf_engine_new(NULL, &status);
    hf_module *module = hf_module_new_any(engine, guest, sizeof guest - 1, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_linker_define_typed(linker, "math", "power", "f64 f64 -> f64", (hf_typed_fn)power, NULL, &status);
    hf_linker_define_typed(linker, "math", "sum", "i32 i32 -> i32", (hf_typed_fn)sum, NULL, &status);
    hf_linker_wrap(linker, "math#s*", twice, NULL, &status);

    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_instance instance;
    hf_func func;
    hf_val result = hf_i32(0);
    const hf_val two = hf_f64(2);
    hf_linker_instantiate(linker, store, module, &instance, &status);
    hf_instance_func(store, instance, "power", &func, &status);
    if (hf_func_call(store, func, &two, 1, &result, 1, &status) == HF_OK) printf("power: %g\n", result.of.f64);
    hf_instance_func(store, instance, "sum", &func, &status);
    if (hf_func_call(store, func, NULL, 0, &result, 1, &status) == HF_OK) printf("sum: %d\n", (int)result.of.i32);
    if (status.code) fprintf(stderr, "%s: %s\n", hf_code_name(status.code), status.message);

    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return status.code != HF_OK;
}
