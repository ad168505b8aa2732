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
    const uint8_t *call = native->code.run + native->stubs[STUB_CALL];
    memcpy(&native->call, &call, sizeof call);

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
    const struct native *native = code_object_now(x->act->func->instance->module)->native;
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
      .publish = native_publish }
const struct variant variant_native = NATIVE, variant_native_plain = NATIVE;

// What stays between the calls of one function from the host.
struct kept {
    struct exec x; // first
    const struct icode *code;
    int (*call)(struct exec *x, const void *native, union slot *fp);
    union slot *fp;
};

static enum run enter_as(struct activation *act, const struct variant *variant)
{
    act->pc = NULL;
    act->fp = NULL;
    struct kept own, *kept = act->kept ? act->kept : &own;
    struct exec *x = &kept->x;
    exec_init(x, act, variant);
    kept->code = tier_code(x);
    if (!kept->code) return RUN_EXIT;
    const struct native *native = code_object_now(act->func->instance->module)->native;
    kept->call = native->call;
    kept->fp = tier_frame(x, kept->code, &native->halt);
    if (!kept->fp) return RUN_TRAP;
    return tier_left(act, kept->call(x, kept->code->native, kept->fp));
}

static enum run enter(struct activation *act)
{
    return enter_as(act, &variant_native);
}

// All is as it was, but for what the function did: its frame, and the instance if it ended with a tail call to another.
static enum run again(struct activation *act, union slot *io)
{
    struct kept *kept = act->kept;
    union slot *const fp = kept->fp;
    act->fp = NULL;
    exec_enter_instance(&kept->x, act->extra[0]);
    copy_slots(fp, io, kept->code->param_slots);
    const int run = kept->call(&kept->x, kept->code->native, fp);
    if (run != RUN_DONE) return tier_left(act, run);
    act->stack->sp = (uint8_t *)(fp - HEADER_SLOTS);
    copy_slots(io, fp, kept->code->result_slots);
    return RUN_DONE;
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
    return enter_as(act, &variant_native_plain);
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

#define TIER(symbol, text, enter_fn, resume_fn, compile_fn) \
    const struct tier symbol = {                            \
        .name = text,                                       \
        .enter = enter_fn,                                  \
        .resume = resume_fn,                                \
        .again = again,                                     \
        .kept = sizeof(struct kept),                        \
        .walk = tier_walk,                                  \
        .trace = tier_trace,                                \
        .free_instance = tier_free_instance,                \
        .compile = compile_fn,                              \
    };

TIER(jit_tier, "jit", enter, resume, compile)
TIER(jit_tier_plain, "jit-plain", enter_plain, resume_plain, compile_plain)

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
