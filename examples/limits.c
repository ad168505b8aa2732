/* A guest that does not stop, stopped: by fuel, by an interrupt from another thread, by its stack, by its memory. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <holdfast/linker.h>

static const char guest[] = "(module"
                            "  (memory 1)"
                            "  (func (export \"loop\") (loop (br 0)))"
                            "  (func $deep (export \"recurse\") (call $deep))"
                            "  (func (export \"grow\") (result i32) (memory.grow (i32.const 1000))))";

static void *interrupt(void *ctx)
{
    hf_remote *remote = ctx;
    usleep(20 * 1000);
    hf_remote_interrupt(remote); /* any thread; the store may be gone already */
    hf_remote_unref(remote);
    return NULL;
}

static hf_code call(hf_store *store, hf_instance instance, const char *name, hf_val *result, size_t count)
{
    hf_status status = hf_status_ok();
    hf_func func;
    hf_instance_func(store, instance, name, &func, &status);
    hf_func_call(store, func, NULL, 0, result, count, &status);
    printf("%s: %s: %s\n", name, hf_code_name(status.code), status.message);
    return status.code;
}

int main(void)
{
    hf_status status = hf_status_ok();
    hf_engine_options options = { .size = sizeof options, .fuel = true, .interruptible = true };
    hf_store_options limits = { .size = sizeof limits, .max_memory_bytes = 1 << 20, .fuel = 100000 };
    hf_engine *engine = hf_engine_new(&options, &status);
    hf_module *module = hf_module_new_any(engine, guest, sizeof guest - 1, &status);
    hf_store *store = hf_store_new(engine, &limits, &status);
    hf_instance instance;
    hf_instance_new(store, module, NULL, 0, &instance, &status);

    hf_code out_of_fuel = call(store, instance, "loop", NULL, 0);

    hf_store_set_fuel(store, UINT64_C(1) << 60, &status);
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt, hf_store_remote(store));
    hf_code interrupted = call(store, instance, "loop", NULL, 0);
    pthread_join(thread, NULL);

    hf_code exhausted = call(store, instance, "recurse", NULL, 0);

    hf_val grown = hf_i32(0); /* memory.grow says -1: more than max_memory_bytes is not to be had */
    call(store, instance, "grow", &grown, 1);
    printf("memory.grow: %d\n", (int)grown.of.i32);

    hf_store_free(store);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return !(out_of_fuel == HF_OUT_OF_FUEL && interrupted == HF_INTERRUPTED && exhausted == HF_TRAPPED &&
             grown.of.i32 == -1);
}
