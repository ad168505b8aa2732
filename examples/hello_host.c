/* Every host call of a guest goes through one callback. */
#include <stdio.h>

#include <holdfast/func.h>
#include <holdfast/wasi.h>

static const char guest[] =
    "(module"
    "  (import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 0) \"\\08\\00\\00\\00\\06\\00\\00\\00hello\\0a\")"
    "  (func (export \"_start\") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))";

static hf_code see(hf_call *call, void *env)
{
    printf("the guest calls %s#%s\n", hf_call_func(call)->module, hf_call_func(call)->name);
    fflush(stdout);
    return hf_call_next(call, NULL, env); /* or change it, refuse it, answer it later */
}

int main(void)
{
    hf_status status = hf_status_ok();
    hf_engine *engine = hf_engine_new(NULL, &status);
    hf_module *module = hf_module_new_any(engine, guest, sizeof guest - 1, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_wasi_link(linker, HF_WASI_ALL, &status);
    hf_linker_wrap(linker, "*", see, NULL, &status);

    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_wasi *wasi = hf_wasi_new(&status);
    hf_wasi_inherit_stdio(wasi, &status);
    hf_store_set_wasi(store, wasi, &status);

    hf_instance instance;
    hf_func start;
    if (hf_linker_instantiate(linker, store, module, &instance, &status) == HF_OK &&
        hf_instance_func(store, instance, "_start", &start, &status) == HF_OK)
        hf_func_call(store, start, NULL, 0, NULL, 0, &status);
    if (status.code) fprintf(stderr, "%s: %s\n", hf_code_name(status.code), status.message);

    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return status.code != HF_OK;
}
