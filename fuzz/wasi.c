// Calls of WASI 0.1 with odd arguments, through the public headers: a guest with one function for each import that hands its
// arguments on. The input is a list of operations: write into memory, or call a function with arguments that are small, the
// ends of ranges, addresses, or raw. Whatever a guest asks is answered by an errno that there is, a wait, an exit or a trap.
#include <stdio.h>
#include <string.h>

#include <holdfast.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS = 48, MODULE_BYTES = 32768, FUNCS = 128, ARGS = 9, LAST_ERRNO = 76 };

static void must(bool good)
{
    if (!good) __builtin_trap();
}

// -- the guest --

struct bytes {
    uint8_t data[MODULE_BYTES];
    size_t size;
};

static void u8(struct bytes *b, size_t byte)
{
    must(b->size < MODULE_BYTES);
    b->data[b->size++] = (uint8_t)byte;
}

static void leb(struct bytes *b, size_t value)
{
    for (; value >= 0x80; value >>= 7) u8(b, value | 0x80);
    u8(b, value);
}

static void name(struct bytes *b, const char *text)
{
    leb(b, strlen(text));
    for (; *text; text++) u8(b, (uint8_t)*text);
}

static void section(struct bytes *out, uint8_t id, const struct bytes *contents)
{
    u8(out, id);
    leb(out, contents->size);
    for (size_t i = 0; i < contents->size; i++) u8(out, contents->data[i]);
}

// (module (import ...)* (func (export "f0") (param ...) (result ...) local.get* call 0)* (memory (export "memory") 1))
static void make_module(const hf_linker *linker, struct bytes *out)
{
    static struct bytes types, imports, funcs, memories, exports, code;
    const size_t count = hf_linker_func_count(linker);
    must(count < FUNCS);
    types.size = imports.size = funcs.size = memories.size = exports.size = code.size = 0;
    leb(&types, count), leb(&imports, count), leb(&funcs, count), leb(&exports, count + 1), leb(&code, count);
    for (size_t i = 0; i < count; i++) {
        const hf_func_desc *desc = hf_linker_func(linker, i);
        char text[32];
        u8(&types, 0x60);
        leb(&types, desc->param_count);
        for (size_t p = 0; p < desc->param_count; p++) u8(&types, desc->params[p].type == HF_TYPE_I64 ? 0x7e : 0x7f);
        leb(&types, desc->result_count);
        if (desc->result_count) u8(&types, 0x7f);
        name(&imports, desc->module);
        name(&imports, desc->name);
        u8(&imports, 0);
        leb(&imports, i);
        leb(&funcs, i);
        snprintf(text, sizeof text, "f%zu", i);
        name(&exports, text);
        u8(&exports, 0);
        leb(&exports, count + i);
        leb(&code, 2 * desc->param_count + (i < 128 ? 4 : 5));
        u8(&code, 0);
        for (size_t p = 0; p < desc->param_count; p++) u8(&code, 0x20), leb(&code, p);
        u8(&code, 0x10);
        leb(&code, i);
        u8(&code, 0x0b);
    }
    u8(&memories, 1), u8(&memories, 0), u8(&memories, 1);
    name(&exports, "memory");
    u8(&exports, 2), u8(&exports, 0);
    memcpy(out->data, "\0asm\1\0\0", 8);
    out->size = 8;
    section(out, 1, &types);
    section(out, 2, &imports);
    section(out, 3, &funcs);
    section(out, 5, &memories);
    section(out, 7, &exports);
    section(out, 10, &code);
}

// -- the world: nothing of this machine --

static uint16_t tick(void *ctx, uint32_t id, uint64_t *ns)
{
    *ns = (*(uint64_t *)ctx)++ * 1000 + id;
    return 0;
}

static uint16_t fill(void *ctx, void *out, size_t size)
{
    (void)ctx;
    memset(out, 4, size);
    return 0;
}

static uint16_t swallow(void *ctx, const void *data, size_t size)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++) sum = (uint8_t)(sum + ((const uint8_t *)data)[i]); // reads all of it
    *(uint8_t *)ctx = sum;
    return 0;
}

static uint64_t ticks;
static uint8_t swallowed;

static hf_wasi *make_world(void)
{
    hf_wasi *wasi = hf_wasi_new(NULL);
    hf_fs *lower = hf_fs_memory(true, 1 << 18, NULL);
    must(wasi && lower && hf_fs_put(lower, "d/e/f", "text", 4, NULL) == HF_OK &&
         hf_fs_put(lower, "g", "more", 4, NULL) == HF_OK);
    hf_fs *overlay = hf_fs_overlay(lower, 1 << 18, NULL);
    hf_fs *memory = hf_fs_memory(true, 1 << 18, NULL);
    must(overlay && memory && hf_fs_put(memory, "d/f", "text", 4, NULL) == HF_OK);
    must(hf_wasi_preopen(wasi, memory, "/", false, NULL) == HF_OK);
    must(hf_wasi_preopen(wasi, overlay, "/over", false, NULL) == HF_OK);
    must(hf_wasi_stdin_bytes(wasi, "input", 5, NULL) == HF_OK);
    must(hf_wasi_stdout(wasi, 1, swallow, &swallowed, NULL) == HF_OK);
    must(hf_wasi_arg(wasi, "program", NULL) == HF_OK && hf_wasi_env(wasi, "A", "b", NULL) == HF_OK);
    ticks = 0;
    hf_wasi_set_clock(wasi, &(hf_clock){ .size = sizeof(hf_clock), .ctx = &ticks, .now = tick });
    hf_wasi_set_random(wasi, &(hf_random){ .size = sizeof(hf_random), .fill = fill });
    hf_wasi_set_max_descriptors(wasi, 24);
    return wasi;
}

// -- the operations --

struct input {
    const uint8_t *at, *end;
};

static uint64_t take(struct input *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && in->at < in->end; i++) value |= (uint64_t)*in->at++ << (8 * i);
    return value;
}

// Where paths, places and subscriptions are put before the first operation, and what the operations write besides.
enum { PATHS = 0x100, PLACES = 0x200, SUBSCRIPTIONS = 0x300, PAGE = 65536 };
static const char *const paths[] = {
    "d/f", "g", "d", "new", "d/../d/e/f", "link", ".", "..", "/d", "d/", "g/", "d/e/"
};

static uint64_t argument(struct input *in)
{
    static const uint64_t ends[] = { 0,         1,          PAGE - 1,          PAGE,
                                     PAGE + 1,  INT32_MAX,  UINT32_MAX,        UINT32_MAX - 7,
                                     INT64_MAX, UINT64_MAX, UINT64_C(1) << 63, 0x1fffffff,
                                     0x07bff,   0x3fffffff };
    const uint64_t kind = take(in, 1);
    switch (kind >> 5) {
    case 0:
    case 1: return kind & 31;                                                     // small
    case 2: return ends[(kind & 31) % (sizeof ends / sizeof ends[0])];            // ends of ranges, sets of rights
    case 3: return PATHS + 16 * ((kind & 31) % (sizeof paths / sizeof paths[0])); // a path
    case 4: return PLACES + 8 * (kind & 15);
    case 5: return SUBSCRIPTIONS + 48 * (kind & 15);
    case 6: return take(in, 2);
    default: return take(in, 8);
    }
}

static void prepare_memory(hf_store *store, hf_memory memory)
{
    uint8_t first[0x700] = { 0 };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        memcpy(first + PATHS + 16 * i, paths[i], strlen(paths[i]));
    for (size_t i = 0; i < 16; i++) {
        first[PLACES + 8 * i + 1] = (uint8_t)(8 + i); // at 0x800 and so on, up to 60 bytes
        first[PLACES + 8 * i + 4] = (uint8_t)(4 * i);
        first[SUBSCRIPTIONS + 48 * i + 8] = (uint8_t)(i % 3);
        first[SUBSCRIPTIONS + 48 * i + 16] = (uint8_t)(i / 3);
        first[SUBSCRIPTIONS + 48 * i + 24] = (uint8_t)(i % 2);
    }
    must(hf_memory_write(store, memory, 0, first, sizeof first, NULL) == HF_OK);
}

// False: the guest has ended.
static bool call(hf_store *store, hf_instance instance, const hf_linker *linker, struct input *in)
{
    hf_status status = hf_status_ok();
    hf_val args[ARGS], result;
    hf_func func;
    char text[32];
    const size_t i = take(in, 1) % hf_linker_func_count(linker);
    const hf_func_desc *desc = hf_linker_func(linker, i);
    for (size_t a = 0; a < desc->param_count; a++) {
        const uint64_t value = argument(in);
        args[a] = desc->params[a].type == HF_TYPE_I64 ? hf_i64((int64_t)value) : hf_i32((int32_t)(uint32_t)value);
    }
    snprintf(text, sizeof text, "f%zu", i);
    must(hf_instance_func(store, instance, text, &func, &status) == HF_OK);
    hf_task *task = hf_task_new(store, func, args, desc->param_count, &status);
    must(task != NULL);
    const hf_code code = hf_task_resume(task, &status);
    if (code == HF_OK && desc->result_count) {
        must(hf_task_results(task, &result, 1, &status) == HF_OK);
        must(result.of.i32 >= 0 && result.of.i32 <= LAST_ERRNO);
    }
    must(code == HF_OK || code == HF_PENDING || code == HF_EXITED || code == HF_TRAPPED);
    must(code != HF_PENDING || strcmp(desc->name, "poll_oneoff") == 0);
    must(code != HF_TRAPPED || strcmp(desc->name, "proc_raise") == 0);
    hf_task_free(task); // one that waits is cancelled
    return code == HF_OK || code == HF_PENDING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hf_engine *engine;
    static hf_linker *linker;
    static hf_module *module;
    static hf_pre *pre;
    if (!engine) {
        static struct bytes bytes;
        engine = hf_engine_new(NULL, NULL);
        linker = hf_linker_new(engine, NULL);
        must(linker && hf_wasi_link(linker, HF_WASI_0_1, NULL) == HF_OK);
        make_module(linker, &bytes);
        hf_status status = hf_status_ok();
        module = hf_module_new(engine, bytes.data, bytes.size, &status);
        if (!module) fprintf(stderr, "%s\n", status.message);
        pre = hf_linker_freeze(linker, module, &status);
        must(pre != NULL);
    }
    struct input in = { data, data + size };
    hf_store *store = hf_store_new(engine, NULL, NULL);
    hf_instance instance;
    hf_extern memory;
    must(store && hf_store_set_wasi(store, make_world(), NULL) == HF_OK);
    must(hf_pre_instantiate(pre, store, &instance, NULL) == HF_OK);
    must(hf_instance_export(store, instance, "memory", &memory, NULL) == HF_OK);
    prepare_memory(store, memory.of.memory);

    bool going = true;
    for (int i = 0; i < CALLS && going && in.at < in.end; i++) {
        const uint64_t op = take(&in, 1);
        if (op & 0x80) {
            const uint64_t at = take(&in, 2), bytes = take(&in, op & 7);
            (void)hf_memory_write(store, memory.of.memory, at, &bytes, op & 7, NULL);
        } else {
            going = call(store, instance, linker, &in);
        }
    }
    hf_store_free(store);
    return 0;
}
