// Traps and frames of the standard C API.
#include "api/capi.h"

enum { FRAMES_KEPT = 128 };

static wasm_trap_t *new_trap(wasm_store_t *store, const char *message, size_t size)
{
    struct capi_object *const o = object_new(store, CAPI_TRAP);
    if (!o) return NULL;
    o->of.trap.status = hf_status_ok();
    o->of.trap.message = mem_zalloc(&alloc_libc, size + 1);
    if (!o->of.trap.message) {
        object_unref(o);
        return NULL;
    }
    if (size) memcpy(o->of.trap.message, message, size);
    o->of.trap.size = size + 1;
    return (wasm_trap_t *)o;
}

wasm_trap_t *wasm_trap_new(wasm_store_t *store, const wasm_message_t *message)
{
    // The message comes with its terminating zero.
    const size_t size = message->size && !message->data[message->size - 1] ? message->size - 1 : message->size;
    return new_trap(store, message->data, size);
}

void capi_trap_fini(struct capi_object *o)
{
    struct trap_data *const trap = &o->of.trap;
    for (size_t i = 0; i < trap->frame_count; i++) wasm_frame_delete(trap->frames[i]);
    capi_free(trap->frames, trap->frame_count * sizeof(wasm_frame_t *));
    capi_free(trap->message, trap->size);
}

// ---- frames ----

// Where a function's body begins in the module, by its binary: frames tell the offset within it.
static uint64_t func_start(const hf_module *module, uint32_t func)
{
    uint32_t imports = 0;
    hf_import import;
    for (size_t i = 0; hf_module_import(module, i, &import) == HF_OK; i++)
        imports += import.type.kind == HF_EXTERN_FUNC;
    hf_section section;
    for (size_t i = 0; hf_module_section(module, i, &section) == HF_OK; i++) {
        if (section.id != 10) continue;
        const hf_bytes bytes = hf_module_bytes(module);
        const uint8_t *at = bytes.data + section.offset, *const end = at + section.size;
        // The section is valid: a count, then sizes with bodies behind them.
        for (uint32_t left = func - imports + 2; left-- > 0;) {
            uint32_t value = 0;
            for (unsigned shift = 0; at < end; shift += 7) {
                const uint8_t byte = *at++;
                value |= (uint32_t)(byte & 0x7f) << (shift & 31);
                if (byte < 0x80) break;
            }
            if (!left) return (uint64_t)(at - bytes.data);
            if (left <= func - imports) {
                if (value > (size_t)(end - at)) return 0;
                at += value;
            }
        }
    }
    return 0;
}

static wasm_frame_t *new_frame(wasm_store_t *store, const hf_frame *frame)
{
    wasm_frame_t *const out = CAPI_NEW(wasm_frame_t);
    if (!out) return NULL;
    const hf_module *const module = hf_instance_module(store->store, frame->instance);
    const uint64_t start = module ? func_start(module, frame->func) : 0;
    if (module) out->instance = object_named(store, CAPI_INSTANCE, frame->instance.h, NULL);
    out->func = frame->func;
    out->module_offset = (size_t)frame->offset;
    out->func_offset = (size_t)(frame->offset >= start ? frame->offset - start : 0);
    return out;
}

static void add_frames(wasm_store_t *store, struct trap_data *trap)
{
    hf_frame *const frames = mem_zalloc_array(&alloc_libc, FRAMES_KEPT, sizeof *frames);
    if (!frames) return;
    size_t count = hf_store_backtrace(store->store, frames, FRAMES_KEPT);
    if (count > FRAMES_KEPT) count = FRAMES_KEPT;
    wasm_frame_t **const out = count ? mem_zalloc_array(&alloc_libc, count, sizeof *out) : NULL;
    bool whole = out != NULL;
    for (size_t i = 0; i < count && whole; i++) whole = (out[i] = new_frame(store, &frames[i])) != NULL;
    if (whole) {
        trap->frames = out;
        trap->frame_count = count;
    } else if (out) {
        for (size_t i = 0; i < count; i++) wasm_frame_delete(out[i]);
        capi_free(out, count * sizeof *out);
    }
    capi_free(frames, FRAMES_KEPT * sizeof *frames);
}

wasm_frame_t *wasm_frame_copy(const wasm_frame_t *from)
{
    wasm_frame_t *const frame = CAPI_NEW(wasm_frame_t);
    if (!frame) return NULL;
    *frame = *from;
    if (frame->instance) object_ref(frame->instance);
    return frame;
}

void wasm_frame_delete(wasm_frame_t *frame)
{
    if (!frame) return;
    object_unref(frame->instance);
    capi_free(frame, sizeof *frame);
}

wasm_instance_t *wasm_frame_instance(const wasm_frame_t *frame)
{
    return (wasm_instance_t *)frame->instance;
}

uint32_t wasm_frame_func_index(const wasm_frame_t *frame)
{
    return frame->func;
}

size_t wasm_frame_func_offset(const wasm_frame_t *frame)
{
    return frame->func_offset;
}

size_t wasm_frame_module_offset(const wasm_frame_t *frame)
{
    return frame->module_offset;
}

// ---- what a trap says ----

wasm_trap_t *capi_trap(wasm_store_t *store, const hf_status *status)
{
    wasm_trap_t *trap = (wasm_trap_t *)store->trap;
    store->trap = NULL;
    if (trap && (status->code != HF_TRAPPED || status->trap != HF_TRAP_HOST)) {
        // The callback's trap was replaced by another end.
        wasm_trap_delete(trap);
        trap = NULL;
    }
    if (!trap) {
        const size_t size = strlen(status->message);
        const char *const name = hf_code_name(status->code);
        trap = size ? new_trap(store, status->message, size) : new_trap(store, name, strlen(name));
    }
    if (!trap) return NULL;
    trap->o.of.trap.status = *status;
    const bool ran = status->code == HF_TRAPPED || status->code == HF_EXCEPTION || status->code == HF_EXITED;
    if (ran && !trap->o.of.trap.frame_count) add_frames(store, &trap->o.of.trap);
    return trap;
}

void wasm_trap_message(const wasm_trap_t *trap, wasm_message_t *out)
{
    wasm_byte_vec_new(out, trap->o.of.trap.size, trap->o.of.trap.message);
}

wasm_frame_t *wasm_trap_origin(const wasm_trap_t *trap)
{
    return trap->o.of.trap.frame_count ? wasm_frame_copy(trap->o.of.trap.frames[0]) : NULL;
}

void wasm_trap_trace(const wasm_trap_t *trap, wasm_frame_vec_t *out)
{
    wasm_frame_vec_new_uninitialized(out, trap->o.of.trap.frame_count);
    for (size_t i = 0; i < out->size; i++) out->data[i] = wasm_frame_copy(trap->o.of.trap.frames[i]);
}
