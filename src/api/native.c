// Native code to be looked at.
#include <holdfast/native.h>

#include <string.h>

#include "base/fail.h"
#include "interp/code.h"
#include "jit/jit.h"
#include "runtime/engine.h"
#include "text/text.h"

static hf_code make(hf_module *module, uint32_t func, struct listing *listing, hf_status *status)
{
    if (!module) return fail(status, HF_BAD_ARGUMENT, "no module");
    if (module->engine->tier_kind != HF_TIER_JIT)
        return fail(status, HF_UNSUPPORTED, "the engine interprets: there is no native code");
    struct run_control control;
    memset(&control, 0, sizeof control);
    control_init(&control, module->engine);
    return listing_make(module, func, &control, listing, status);
}

// The public part comes first, so that one is the other.
struct owned {
    hf_native native;
    const hf_allocator *heap;
    struct listing listing;
    hf_engine *engine;
};

hf_native *hf_native_new(hf_module *module, uint32_t func, hf_status *status)
{
    if (!module) {
        fail(status, HF_BAD_ARGUMENT, "no module");
        return NULL;
    }
    const hf_allocator *heap = &module->engine->heap;
    struct owned *owned = MEM_NEW(heap, struct owned);
    if (!owned) {
        fail_oom(status);
        return NULL;
    }
    listing_init(&owned->listing, heap);
    if (make(module, func, &owned->listing, status)) {
        listing_fini(&owned->listing);
        MEM_FREE(heap, owned);
        return NULL;
    }
    const struct listing *l = &owned->listing;
    owned->native = (hf_native){
        .code = { l->code.data, l->code.size },
        .addresses = l->addresses,
        .address_count = l->address_count,
        .lines = l->lines,
        .line_count = l->line_count,
    };
    owned->heap = heap;
    owned->engine = hf_engine_ref(module->engine); // the allocator is its
    return &owned->native;
}

void hf_native_free(hf_native *native)
{
    if (!native) return;
    struct owned *owned = (struct owned *)(void *)native;
    hf_engine *engine = owned->engine;
    listing_fini(&owned->listing);
    MEM_FREE(owned->heap, owned);
    hf_engine_unref(engine);
}

static void print_wasm(void *ctx, uint32_t offset, struct buf *out)
{
    const hf_module *module = ctx;
    struct reader in = { module->bytes, module->bytes + offset, module->bytes + module->size, false, NULL };
    struct buf line;
    enum opcode op;
    buf_init(&line, out->heap);
    if (text_print_instr(&in, &op, &line, NULL) == HF_OK) buf_put(out, line.data, line.size);
    out->failed |= line.failed;
    buf_fini(&line);
}

hf_code hf_native_dump(hf_module *module, uint32_t func, hf_write_fn write, void *ctx, hf_status *status)
{
    if (!module || !write) return fail(status, HF_BAD_ARGUMENT, "no module or no output");
    const hf_allocator *heap = &module->engine->heap;
    struct listing listing;
    listing_init(&listing, heap);
    hf_code code = make(module, func, &listing, status);
    if (!code) {
        struct buf out;
        buf_init(&out, heap);
        buf_printf(&out, "native %u: %zu bytes\n", func, listing.code.size);
        listing_print(&listing, print_wasm, module, &out);
        if (out.failed)
            code = fail_oom(status);
        else if (!write(ctx, out.data, out.size))
            code = fail(status, HF_CANCELLED, "the output was not taken");
        buf_fini(&out);
    }
    listing_fini(&listing);
    return code;
}

hf_code hf_module_native_stats(const hf_module *module, hf_native_stats *out)
{
    if (!module || !out || out->size < sizeof out->size) return HF_BAD_ARGUMENT;
    hf_native_stats stats;
    memset(&stats, 0, sizeof stats);
    stats.functions = module->func_count - module->imported_funcs;
    const struct code_object *object = code_object_now(module);
    if (object) {
        stats.compiled = atomic_load(&object->compiled);
        stats.wasm_bytes = atomic_load(&object->wasm_bytes);
        stats.side_bytes = atomic_load(&object->side_bytes);
        stats.nanoseconds = atomic_load(&object->nanoseconds);
        if (object->native) {
            const struct native_size size = native_size(object);
            stats.native = stats.compiled;
            stats.code_bytes = size.code;
            stats.side_bytes += size.side;
        }
    }
    stats.size = out->size < sizeof stats ? out->size : sizeof stats;
    memcpy(out, &stats, stats.size);
    return HF_OK;
}
