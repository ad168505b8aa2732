// Guest backtraces: where a task stands, and where the last call that failed stood.
#include <string.h>

#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/call.h"
#include "runtime/chain.h"
#include "runtime/dwarf_line.h"
#include "runtime/instance.h"
#include "runtime/task.h"

struct keeping {
    struct hf_store *store;
    size_t count;
};

static bool keep_frame(void *ctx, const struct frame_info *frame)
{
    struct keeping *k = ctx;
    struct trace_entry *entry = &k->store->backtrace[k->count];
    if (object_handle(k->store, &frame->instance->object, &entry->instance, NULL) != HF_OK) return false;
    entry->module = module_hold(frame->instance->module);
    entry->func = frame->func;
    entry->offset = frame->offset;
    return ++k->count < BACKTRACE_MOST;
}

void backtrace_keep(struct hf_store *store, struct activation *act)
{
    for (size_t i = 0; i < store->backtrace_count; i++) module_release(store->backtrace[i].module);
    store->backtrace_count = 0;
    if (!store->backtrace) {
        store->backtrace = mem_zalloc_array(store->heap, BACKTRACE_MOST, sizeof *store->backtrace);
        if (!store->backtrace) return;
    }
    struct keeping k = { store, 0 };
    for (; act && k.count < BACKTRACE_MOST; act = act->outer) {
        if (act->func->instance) store->tier->walk(act, keep_frame, &k);
    }
    store->backtrace_count = k.count;
}

static hf_str func_name(const struct hf_module *module, uint32_t func)
{
    return module->names.funcs && func < module->func_count ? module->names.funcs[func] : (hf_str){ NULL, 0 };
}

static hf_bytes custom(const struct hf_module *module, const char *name)
{
    const struct custom_section *section = module_custom(module, name);
    return section ? (hf_bytes){ module_bytes(module, section->bytes), section->bytes.size } : (hf_bytes){ NULL, 0 };
}

// DWARF counts from the beginning of the code section's contents.
static bool find_place(const struct hf_module *module, uint64_t offset, struct dwarf_place *out)
{
    const struct dwarf_sections sections = { custom(module, ".debug_line"), custom(module, ".debug_line_str"),
                                             custom(module, ".debug_str") };
    return sections.line.size && offset >= module->code_section.at &&
           dwarf_find(&sections, offset - module->code_section.at, out);
}

static void describe(const struct hf_module *module, hf_handle instance, uint32_t func, uint64_t offset, hf_frame *out)
{
    memset(out, 0, sizeof *out);
    out->instance.h = instance;
    out->func = func;
    out->offset = offset;
    out->func_name = func_name(module, func);
    out->module_name = module->names.module;
    struct dwarf_place place;
    if (find_place(module, offset, &place)) {
        out->file = place.file;
        out->line = place.line;
        out->column = place.column;
    }
}

size_t hf_store_backtrace(hf_store *store, hf_frame *out, size_t max)
{
    if (!store) return 0;
    for (size_t i = 0; i < store->backtrace_count && i < max; i++) {
        const struct trace_entry *entry = &store->backtrace[i];
        describe(entry->module, entry->instance, entry->func, entry->offset, &out[i]);
    }
    return store->backtrace_count;
}

struct listing {
    struct hf_store *store;
    hf_frame *out;
    size_t max, count;
};

static bool list_frame(void *ctx, const struct frame_info *frame)
{
    struct listing *l = ctx;
    if (l->count < l->max) {
        hf_handle instance = { 0, 0, 0 };
        if (object_handle(l->store, &frame->instance->object, &instance, NULL) != HF_OK)
            memset(&instance, 0, sizeof instance);
        describe(frame->instance->module, instance, frame->func, frame->offset, &l->out[l->count]);
    }
    l->count++;
    return true;
}

size_t hf_task_backtrace(hf_task *task, hf_frame *out, size_t max)
{
    if (!task || task->state == TASK_NEW || task->state == TASK_DONE) return 0;
    // The frames of a task that has trapped are kept with the store until the next one traps.
    if (task->state == TASK_FAILED) return hf_store_backtrace(task->store, out, max);
    struct listing l = { task->store, out, out ? max : 0, 0 };
    activation_walk(task->top, list_frame, &l);
    return l.count;
}

hf_code hf_store_exception(hf_store *store, hf_ref *out, hf_status *status)
{
    if (!store || !out) return fail(status, HF_BAD_ARGUMENT, "no store");
    if (store->exception == REF_NULL) return fail(status, HF_NOT_FOUND, "no call has ended with an exception");
    return root_scoped(store, store->exception, false, out, status);
}
