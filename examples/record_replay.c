/* Records every host call of a WASI program into a file, and runs the program again from the file with no host at all:
 *
 *     record_replay record calls.log app.wasm [ARGS...]
 *     record_replay replay calls.log app.wasm
 *
 * A record is three runs of bytes, each behind its length: the function's name, the arguments with the guest memory that they
 * point to, and the outcome with the results and what was written into guest memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/func.h>
#include <holdfast/wasi.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

static FILE *calls;
static unsigned count;

static void put(const void *data, size_t size)
{
    const uint32_t length = (uint32_t)size;
    if (fwrite(&length, sizeof length, 1, calls) != 1 || fwrite(data, 1, size, calls) != size) perror("record");
}

static struct bytes get(hf_call *call)
{
    uint32_t length = 0;
    struct bytes bytes = { NULL, 0 };
    if (fread(&length, sizeof length, 1, calls) != 1) return bytes;
    bytes.data = hf_call_alloc(call, length + 1u); /* lives until the call ends */
    if (bytes.data) bytes.size = fread(bytes.data, 1, length, calls);
    return bytes;
}

static struct bytes encode(hf_call *call, hf_code (*encoder)(hf_call *, uint8_t *, size_t, size_t *))
{
    struct bytes bytes = { NULL, 0 };
    if (encoder(call, NULL, 0, &bytes.size) == HF_OK) bytes.data = hf_call_alloc(call, bytes.size + 1);
    if (bytes.data) encoder(call, bytes.data, bytes.size, &bytes.size);
    return bytes;
}

/* The host answered: its answer is the second half of the record. */
static hf_code answered(hf_call *call, void *env)
{
    const struct bytes results = encode(call, hf_call_encode_results);
    (void)env;
    if (!results.data) return hf_call_trap(call, "the results cannot be encoded");
    put(results.data, results.size);
    return hf_call_outcome(call, NULL);
}

static hf_code record(hf_call *call, void *env)
{
    char name[128];
    const struct bytes args = encode(call, hf_call_encode_args);
    if (!args.data) return hf_call_trap(call, "the arguments cannot be encoded");
    put(name, hf_func_desc_name(hf_call_func(call), name, sizeof name));
    put(args.data, args.size);
    count++;
    return hf_call_next(call, answered, env);
}

static hf_code replay(hf_call *call, void *env)
{
    char name[128];
    const size_t size = hf_func_desc_name(hf_call_func(call), name, sizeof name);
    const struct bytes args = encode(call, hf_call_encode_args);
    const struct bytes old_name = get(call), old_args = get(call), results = get(call);
    (void)env;
    if (old_name.size != size || memcmp(old_name.data, name, size) != 0)
        return hf_call_trap(call, "call %u was %.*s, is %s", count, (int)old_name.size, (char *)old_name.data, name);
    if (old_args.size != args.size || memcmp(old_args.data, args.data, args.size) != 0)
        return hf_call_trap(call, "call %u of %s has other arguments", count, name);
    count++;
    return hf_call_complete_encoded(call, results.data, results.size); /* the host is not called */
}

static struct bytes read_file(const char *path)
{
    struct bytes bytes = { NULL, 0 };
    FILE *file = fopen(path, "rb");
    if (file && fseek(file, 0, SEEK_END) == 0) {
        const size_t size = (size_t)ftell(file);
        bytes.data = malloc(size + 1);
        rewind(file);
        if (bytes.data) bytes.size = fread(bytes.data, 1, size, file);
    }
    if (file) fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc < 4) return fprintf(stderr, "usage: record_replay record|replay LOG FILE [ARGS...]\n"), 2;
    const bool recording = !strcmp(argv[1], "record");
    struct bytes file = read_file(argv[3]);
    calls = fopen(argv[2], recording ? "wb" : "rb");
    if (!file.data || !calls) return perror(calls ? argv[3] : argv[2]), 1;

    hf_status status = hf_status_ok();
    hf_engine *engine = hf_engine_new(NULL, &status);
    hf_module *module = hf_module_new_any(engine, file.data, file.size, &status);
    hf_linker *linker = hf_linker_new(engine, &status);
    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_wasi_link(linker, HF_WASI_ALL, &status);
    hf_linker_wrap(linker, "*", recording ? record : replay, NULL, &status);
    if (recording) { /* the replay gets no arguments, no files, no clock: nothing */
        hf_wasi *wasi = hf_wasi_new(&status);
        for (int i = 3; i < argc; i++) hf_wasi_arg(wasi, argv[i], &status);
        hf_wasi_inherit_stdio(wasi, &status);
        hf_wasi_dir(wasi, ".", ".", false, &status);
        hf_store_set_wasi(store, wasi, &status);
    }

    hf_instance instance;
    hf_func start;
    if (module && hf_linker_instantiate(linker, store, module, &instance, &status) == HF_OK &&
        hf_instance_func(store, instance, "_start", &start, &status) == HF_OK)
        hf_func_call(store, start, NULL, 0, NULL, 0, &status);
    if (status.code == HF_EXITED)
        fprintf(stderr, "%s %u calls; the guest exited with %d\n", argv[1], count, (int)status.exit_code);
    else
        fprintf(stderr, "%s %u calls; %s %s\n", argv[1], count, hf_code_name(status.code), status.message);

    hf_store_free(store);
    hf_linker_free(linker);
    hf_module_unref(module);
    hf_engine_unref(engine);
    free(file.data);
    fclose(calls);
    return status.code == HF_EXITED ? (int)status.exit_code : status.code != HF_OK;
}
