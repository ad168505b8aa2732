/* A host function that is answered later, from another thread, while the guest's stack stays frozen where it is. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <holdfast/linker.h>

static const char guest[] = "(module"
                            "  (import \"host\" \"ask\" (func $ask (param i32) (result i32)))"
                            "  (func (export \"run\") (param i32) (result i32)"
                            "    (i32.add (call $ask (local.get 0)) (call $ask (i32.const 100)))))";

/* On another thread: holds the call, and nothing else of the store. */
static void *answer(void *ctx)
{
    hf_call *call = ctx;
    usleep(10 * 1000);
    const hf_val result = hf_i32(21);
    hf_call_complete(call, &result, 1); /* HF_GONE if the store had ended meanwhile */
    hf_call_release(call);
    return NULL;
}

static hf_code ask(hf_call *call, void *env)
{
    pthread_t thread;
    (void)env;
    if (hf_call_arg_i32(call, 0) == 100) return hf_call_return_i32(call, 0); /* this one is answered at once */
    if (pthread_create(&thread, NULL, answer, hf_call_hold(call))) return hf_call_trap(call, "no thread");
    pthread_detach(thread);
    return HF_PENDING;
}

int main(void)
{
    hf_status status = hf_status_ok();
    hf_engine *engine = hf_engine_new(NULL, &status);
    hf_module *module = hf_module_new_any(engine, guest, sizeof guest - 1, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_linker_define_func(linker, "host", "ask", "i32 -> i32", ask, NULL, &status);
    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_instance instance;
    hf_func run;
    hf_linker_instantiate(linker, store, module, &instance, &status);
    hf_instance_func(store, instance, "run", &run, &status);

    /* hf_func_call would wait by itself. With a task the thread is free for other work meanwhile. */
    const hf_val arg = hf_i32(7);
    hf_task *task = hf_task_new(store, run, &arg, 1, &status);
    hf_code code;
    while ((code = hf_task_resume(task, &status)) == HF_PENDING) {
        printf("the guest is frozen\n");
        hf_store_wait(store, INT64_MAX, &status);
    }
    hf_val result = hf_i32(0);
    if (code == HF_OK) hf_task_results(task, &result, 1, &status);
    printf("%s: %d\n", hf_code_name(code), (int)result.of.i32);

    hf_task_free(task);
    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return code != HF_OK;
}
