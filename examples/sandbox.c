/* What a WASI program sees, made up: a file system in memory, a clock that stands still, random numbers that are not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/func.h>
#include <holdfast/wasi.h>

static uint16_t stopped(void *ctx, uint32_t id, uint64_t *ns)
{
    (void)ctx, (void)id;
    *ns = UINT64_C(1000000000) * 1234567890;
    return 0;
}

static uint16_t fill(void *ctx, void *out, size_t size)
{
    (void)ctx;
    memset(out, 4, size);
    return 0;
}

static uint16_t print(void *ctx, const void *data, size_t size)
{
    fwrite(data, 1, size, ctx);
    return 0;
}

int main(int argc, char **argv)
{
    static uint8_t file[4 << 20];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!in) return fprintf(stderr, "usage: sandbox FILE\n"), 2;
    const size_t size = fread(file, 1, sizeof file, in);
    fclose(in);

    hf_status status = hf_status_ok();
    hf_engine *engine = hf_engine_new(NULL, &status);
    hf_module *module = hf_module_new_any(engine, file, size, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_wasi_link(linker, HF_WASI_ALL, &status);

    hf_wasi *wasi = hf_wasi_new(&status);
    hf_fs *fs = hf_fs_memory(true, 1 << 20, &status);
    hf_fs_put(fs, "note.txt", "written by the host\n", 20, &status);
    hf_wasi_preopen(wasi, fs, "/", false, &status); /* owns it now */
    hf_wasi_arg(wasi, "guest", &status);
    hf_wasi_stdout(wasi, 1, print, stdout, &status);
    hf_wasi_stdout(wasi, 2, print, stdout, &status);
    const hf_clock clock = { .size = sizeof clock, .now = stopped };
    const hf_random random = { .size = sizeof random, .fill = fill };
    hf_wasi_set_clock(wasi, &clock);
    hf_wasi_set_random(wasi, &random);
    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_store_set_wasi(store, wasi, &status);

    hf_instance instance;
    hf_func start;
    if (module && hf_linker_instantiate(linker, store, module, &instance, &status) == HF_OK &&
        hf_instance_func(store, instance, "_start", &start, &status) == HF_OK)
        hf_func_call(store, start, NULL, 0, NULL, 0, &status);
    const int exit_code = status.code == HF_EXITED ? (int)status.exit_code : status.code != HF_OK;
    if (status.code && status.code != HF_EXITED) fprintf(stderr, "%s: %s\n", hf_code_name(status.code), status.message);

    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return exit_code;
}
