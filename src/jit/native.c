#include "jit/native.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "jit/guard.h"
#include "jit/jit.h"
#include "jit/profile.h"

enum { CODE_LEAST = 64 << 10, CODE_FACTOR = 96, CODE_MOST = 1 << 30, THUNK = 10 };

// ---- code memory ----

uint8_t *native_take(struct native *native, size_t size, const uint8_t **run)
{
    uint8_t *at = NULL;
    mutex_lock(&native->mutex);
    const size_t from = (native->used + 15) & ~(size_t)15;
    if (from <= native->code.size && size <= native->code.size - from) {
        native->used = from + size;
        at = native->code.write + from;
        *run = native->code.run + from;
    }
    mutex_unlock(&native->mutex);
    return at;
}

// The way of a function without code to the compiler: mov ecx, index; jmp STUB_COMPILE.
static void thunk(struct native *native, uint8_t *write, const uint8_t *run, uint32_t index)
{
    const int32_t rel = (int32_t)(native->code.run + native->stubs[STUB_COMPILE] - (run + THUNK));
    write[0] = 0xb9;
    memcpy(write + 1, &index, 4);
    write[5] = 0xe9;
    memcpy(write + 6, &rel, 4);
}

static bool begin(struct native *native, struct code_object *object, const struct hf_module *module)
{
    size_t size = (size_t)module->code_section.size * CODE_FACTOR + (size_t)module->func_count * 64 + CODE_LEAST;
    if (size > CODE_MOST) size = CODE_MOST;
    if (!vm_code_map(size, &native->code)) return false;
    struct buf out;
    buf_init(&out, object->heap);
    const uint8_t *run;
    bool good = stubs_emit(&out, native->stubs) && !out.failed;
    uint8_t *write = good ? native_take(native, out.size, &run) : NULL;
    if (write) memcpy(write, out.data, out.size);
    buf_fini(&out);
    if (!write) return false;
    native->halt = (uint64_t)(uintptr_t)(native->code.run + native->stubs[STUB_HALT]);

    native->entry_count = module->func_count;
    native->entries = mem_zalloc_array(object->heap, native->entry_count, sizeof *native->entries);
    write = native_take(native, (size_t)module->func_count * THUNK, &run);
    if (!write || (native->entry_count && !native->entries)) return false;
    for (uint32_t i = 0; i < module->func_count; i++) {
        thunk(native, write + (size_t)i * THUNK, run + (size_t)i * THUNK, i);
        atomic_init(&native->entries[i], run + (size_t)i * THUNK);
    }
    // Twice as many as functions: threads that translate the same one each have theirs.
    native->guarded_cap = module->func_count * 2 + 64;
    native->guarded = mem_zalloc_array(object->heap, native->guarded_cap, sizeof *native->guarded);
    return native->guarded != NULL;
}

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

bool native_begin(struct code_object *object, hf_status *status)
{
    struct native *native = mem_zalloc(object->heap, sizeof *native);
    if (!native) {
        fail_oom(status);
        return false;
    }
    mutex_init(&native->mutex);
    object->native = native;
    native->avx = object->variant != &variant_native_plain && has_avx2();
    if (begin(native, object, object->module)) return true;
    fail(status, HF_OUT_OF_MEMORY, "no memory for native code");
    return false; // whoever frees the object frees this too
}

void native_end(struct code_object *object)
{
    struct native *native = object->native;
    if (!native) return;
    if (native->registered) guard_unregister(native);
    profile_end(object);
    for (uint32_t i = 0; i < native->guarded_count; i++)
        mem_free(object->heap, native->guarded[i].at, native->guarded[i].cap * sizeof(struct guard));
    if (native->guarded) mem_free(object->heap, native->guarded, native->guarded_cap * sizeof *native->guarded);
    mem_free(object->heap, (void *)native->entries, native->entry_count * sizeof *native->entries);
    vm_code_free(&native->code);
    mutex_fini(&native->mutex);
    mem_free(object->heap, native, sizeof *native);
}

void native_publish(struct code_object *object, const struct icode *code)
{
    const struct native *native = object->native;
    atomic_store_explicit(&native->entries[code->func], code->native, memory_order_release);
}

const uint64_t *native_halt(const struct code_object *object)
{
    const struct native *native = object->native;
    return &native->halt;
}

struct native_size native_size(const struct code_object *object)
{
    struct native *native = object->native;
    mutex_lock(&native->mutex);
    struct native_size size = { native->used, sizeof *native + native->entry_count * sizeof *native->entries };
    size.side += native->guarded_cap * sizeof *native->guarded;
    for (uint32_t i = 0; i < native->guarded_count; i++) size.side += native->guarded[i].cap * sizeof(struct guard);
    mutex_unlock(&native->mutex);
    return size;
}

// ---- running ----

int native_run(struct exec *x)
{
    const struct native *native = x->act->func->instance->module->code->native;
    int (*enter)(struct exec *);
    const uint8_t *at = native->code.run + native->stubs[STUB_ENTER];
    memcpy(&enter, &at, sizeof enter);
    return enter(x);
}

// Word 0 by number: what the translation reads.
static const uint64_t *numbers(void)
{
    static const uint64_t table[ROP_COUNT] = {
#define R(name) R_##name,
#define N(name) R_##name,
#include "interp/rops.def"
#undef R
    };
    return table;
}

#define NATIVE                       \
    { .run = native_run,             \
      .handlers = numbers,           \
      .fused = true,                 \
      .native = true,                \
      .begin = native_begin,         \
      .end = native_end,             \
      .translate = native_translate, \
      .publish = native_publish,     \
      .halt = native_halt }
const struct variant variant_native = NATIVE, variant_native_plain = NATIVE;

static enum run enter(struct activation *act)
{
    return tier_enter(act, &variant_native);
}

static enum run resume(struct activation *act)
{
    return tier_resume(act, &variant_native);
}

static hf_code compile(struct hf_module *module, const struct run_control *control, unsigned threads, hf_status *status)
{
    return code_compile_all(module, &variant_native, control, threads, status);
}

static enum run enter_plain(struct activation *act)
{
    return tier_enter(act, &variant_native_plain);
}

static enum run resume_plain(struct activation *act)
{
    return tier_resume(act, &variant_native_plain);
}

static hf_code compile_plain(struct hf_module *module, const struct run_control *control, unsigned threads,
                             hf_status *status)
{
    return code_compile_all(module, &variant_native_plain, control, threads, status);
}

const struct tier jit_tier = { "jit", enter, resume, tier_walk, tier_trace, tier_free_instance, compile };
const struct tier jit_tier_plain = { "jit-plain", enter_plain,        resume_plain, tier_walk,
                                     tier_trace,  tier_free_instance, compile_plain };

const char *jit_refusal(void)
{
#if defined(__x86_64__) && defined(__linux__)
    if (!__builtin_cpu_supports("sse4.1") || !__builtin_cpu_supports("popcnt"))
        return "the processor has no SSE4.1 or no popcnt";
    struct vm_code code;
    if (!vm_code_map(1, &code)) return "the system refuses executable memory";
    vm_code_free(&code);
    return NULL;
#else
    return "no native code for this kind of machine";
#endif
}
