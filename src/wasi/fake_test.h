// A stand-in for what the calls of WASI ask of a runtime: calls with arguments and a memory, a store with one slot, a linker
// that remembers. It is for tests of one source file each.
#ifndef WASI_FAKE_TEST_H
#define WASI_FAKE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include <time.h>

#include <cmocka.h>

#include <holdfast/resource.h>

#include "base/alloc.h"
#include "base/ckd.h"
#include "sys/clock.h"
#include "sys/stream.h"
#include "wasi/context.h"

enum { FAKE_MEMORY = 1 << 20, FAKE_ARGS = 9, FAKE_CALL_BYTES = 16 << 20, FAKE_ALLOCS = 512, FAKE_WATCHES = 16 };

struct hf_store {
    void *slot;
    void (*free_slot)(void *value);
    int64_t charged, max_charged; // bytes kept for the guest; 0: no limit
    uint8_t memory[FAKE_MEMORY];
};

struct hf_call {
    hf_store *store;
    hf_val args[FAKE_ARGS];
    size_t arg_count;
    int32_t result;
    int32_t exit_code;
    bool trapped;
    char trap[200];
    size_t bytes; // read, written, allocated
    struct {
        void *ptr;
        size_t size;
    } allocs[FAKE_ALLOCS];
    size_t alloc_count;
    // -- waiting --
    hf_watch watches[FAKE_WATCHES];
    size_t watch_count;
    int64_t deadline;
    hf_host_fn finish;
    void *finish_env;
};

struct hf_linker {
    hf_func_desc descs[128];
    hf_host_fn fns[128];
    void *envs[128];
    size_t count;
};

hf_store *hf_call_store(const hf_call *call)
{
    return call->store;
}

int32_t hf_call_arg_i32(const hf_call *call, size_t i)
{
    assert_true(i < call->arg_count && call->args[i].type == HF_TYPE_I32);
    return call->args[i].of.i32;
}

int64_t hf_call_arg_i64(const hf_call *call, size_t i)
{
    assert_true(i < call->arg_count && call->args[i].type == HF_TYPE_I64);
    return call->args[i].of.i64;
}

hf_code hf_call_return_i32(hf_call *call, int32_t value)
{
    call->result = value;
    return HF_OK;
}

static inline bool fake_charge(hf_call *call, uint64_t size)
{
    if (size > FAKE_CALL_BYTES - call->bytes) return false;
    call->bytes += (size_t)size;
    return true;
}

void *hf_call_alloc(hf_call *call, size_t size)
{
    if (!fake_charge(call, size)) return NULL;
    assert_true(call->alloc_count < FAKE_ALLOCS);
    void *ptr = mem_zalloc(&alloc_libc, size ? size : 1);
    call->allocs[call->alloc_count].ptr = ptr;
    call->allocs[call->alloc_count++].size = size;
    return ptr;
}

uint8_t *hf_call_view_mut(hf_call *call, uint64_t at, uint64_t size)
{
    if (!range_fits(at, size, FAKE_MEMORY) || !fake_charge(call, size)) return NULL;
    return call->store->memory + at;
}

hf_bytes hf_call_view(hf_call *call, uint64_t at, uint64_t size)
{
    return (hf_bytes){ hf_call_view_mut(call, at, size), (size_t)size };
}

hf_code hf_call_read(hf_call *call, uint64_t at, void *out, size_t size)
{
    if (!range_fits(at, size, FAKE_MEMORY)) return HF_OUT_OF_BOUNDS;
    if (!fake_charge(call, size)) return HF_LIMIT;
    if (size) memcpy(out, call->store->memory + at, size);
    return HF_OK;
}

hf_code hf_call_write(hf_call *call, uint64_t at, const void *data, size_t size)
{
    if (!range_fits(at, size, FAKE_MEMORY)) return HF_OUT_OF_BOUNDS;
    if (!fake_charge(call, size)) return HF_LIMIT;
    if (size) memcpy(call->store->memory + at, data, size);
    return HF_OK;
}

hf_code hf_call_trap(hf_call *call, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(call->trap, sizeof call->trap, fmt, args);
    va_end(args);
    call->trapped = true;
    return HF_TRAPPED;
}

hf_code hf_call_exit(hf_call *call, int32_t exit_code)
{
    call->exit_code = exit_code;
    return HF_EXITED;
}

hf_code hf_call_await(hf_call *call, const hf_watch *watches, size_t count, int64_t deadline_ns, hf_host_fn finish,
                      void *env)
{
    assert_true(count <= FAKE_WATCHES);
    if (count) memcpy(call->watches, watches, count * sizeof *watches);
    call->watch_count = count;
    call->deadline = deadline_ns;
    call->finish = finish;
    call->finish_env = env;
    return HF_PENDING;
}

hf_code hf_store_charge(hf_store *store, int64_t bytes, hf_status *status)
{
    (void)status;
    if (bytes > 0 && store->max_charged && store->charged > store->max_charged - bytes) return HF_LIMIT;
    store->charged += bytes;
    assert_true(store->charged >= 0);
    return HF_OK;
}

hf_code hf_store_set_slot(hf_store *store, const void *key, void *value, void (*free_fn)(void *value),
                          hf_status *status)
{
    (void)key, (void)status;
    if (store->slot && store->free_slot) store->free_slot(store->slot);
    store->slot = value;
    store->free_slot = free_fn;
    return HF_OK;
}

void *hf_store_slot(const hf_store *store, const void *key)
{
    (void)key;
    return store->slot;
}

hf_code hf_linker_define(hf_linker *linker, const hf_func_desc *desc, hf_host_fn fn, void *env, hf_status *status)
{
    (void)status;
    assert_true(linker->count < 128 && desc->size == sizeof *desc && desc->param_count <= FAKE_ARGS);
    linker->descs[linker->count] = *desc;
    linker->fns[linker->count] = fn;
    linker->envs[linker->count++] = env;
    return HF_OK;
}

hf_code hf_linker_define_resource(hf_linker *linker, const hf_resource_type *type, uint32_t effects, hf_status *status)
{
    (void)linker, (void)type, (void)effects, (void)status;
    return HF_OK;
}

void *hf_call_args(const hf_call *call)
{
    (void)call;
    return NULL;
}

void *hf_call_result_at(const hf_call *call)
{
    (void)call;
    return NULL;
}

// -- resources --

static hf_store fake_store;

static struct {
    const hf_resource_type *type; // NULL: free
    void *payload;
    uint32_t generation;
} fake_resources[4096];

hf_code hf_resource_new(hf_store *store, const hf_resource_type *type, void *payload, hf_resource *out,
                        hf_status *status)
{
    (void)store, (void)status;
    uint32_t i = 0;
    while (fake_resources[i].type) assert_true(++i < 4096);
    fake_resources[i].type = type;
    fake_resources[i].payload = payload;
    out->h = (hf_handle){ .store = 1, .index = i, .generation = ++fake_resources[i].generation };
    return HF_OK;
}

hf_code hf_resource_payload(hf_store *store, hf_resource resource, const hf_resource_type *type, void **out,
                            hf_status *status)
{
    (void)store, (void)status;
    const hf_handle h = resource.h;
    if (h.store != 1) return HF_WRONG_STORE;
    if (h.index >= 4096 || fake_resources[h.index].generation != h.generation || !fake_resources[h.index].type) {
        return HF_STALE;
    }
    if (fake_resources[h.index].type != type) return HF_WRONG_TYPE;
    *out = fake_resources[h.index].payload;
    return HF_OK;
}

hf_code hf_resource_drop(hf_store *store, hf_resource resource, hf_status *status)
{
    (void)status;
    const hf_resource_type *type = fake_resources[resource.h.index].type;
    fake_resources[resource.h.index].type = NULL;
    type->drop(store, fake_resources[resource.h.index].payload);
    return HF_OK;
}

// As when a store ends.
static inline void fake_drop_all(void)
{
    for (uint32_t i = 0; i < 4096; i++) {
        const hf_resource_type *type = fake_resources[i].type;
        fake_resources[i].type = NULL;
        if (type) type->drop(&fake_store, fake_resources[i].payload);
    }
}

// -- driving --

static hf_linker fake_linker;
static unsigned fake_waits; // that the last call made
static hf_call fake_last;   // how it ended
static void (*fake_while_waiting)(unsigned wait);

static inline size_t fake_find(const char *module, const char *name)
{
    if (fake_linker.count == 0) assert_int_equal(hf_wasi_link(&fake_linker, HF_WASI_0_1, NULL), HF_OK);
    for (size_t i = 0; i < fake_linker.count; i++) {
        const hf_func_desc *desc = &fake_linker.descs[i];
        if (strcmp(desc->module, module) == 0 && strcmp(desc->name, name) == 0) return i;
    }
    fail_msg("there is no %s#%s", module, name);
    return 0;
}

// Goes on with a call that waits, like a loop would.
static inline hf_code fake_drive(hf_call *call, hf_code code)
{
    while (code == HF_PENDING) {
        bool ready = false;
        if (fake_while_waiting) fake_while_waiting(fake_waits);
        fake_waits++;
        while (!ready) {
            uint64_t now;
            assert_int_equal(sys_clock_now(SYS_CLOCK_MONOTONIC, &now), 0);
            ready = (int64_t)now >= call->deadline;
            for (size_t w = 0; w < call->watch_count; w++) {
                call->watches[w].ready = sys_stream_ready(call->watches[w].fd, call->watches[w].events);
                ready |= call->watches[w].ready != 0;
            }
            if (!ready) thrd_sleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
        }
        code = call->finish(call, call->finish_env);
    }
    return code;
}

static inline void fake_free_allocs(hf_call *call)
{
    for (size_t a = 0; a < call->alloc_count; a++) {
        mem_free(&alloc_libc, call->allocs[a].ptr, call->allocs[a].size ? call->allocs[a].size : 1);
    }
    call->alloc_count = 0;
}

// Calls the i-th function. `patient` false: gives up where it would wait.
static inline hf_code fake_call(size_t i, const uint64_t *args, bool patient)
{
    hf_call call = { .store = &fake_store, .result = -1 };
    const hf_func_desc *desc = &fake_linker.descs[i];
    call.arg_count = desc->param_count;
    for (size_t a = 0; a < desc->param_count; a++) {
        call.args[a] =
            desc->params[a].type == HF_TYPE_I32 ? hf_i32((int32_t)(uint32_t)args[a]) : hf_i64((int64_t)args[a]);
    }
    fake_waits = 0;
    hf_code code = fake_linker.fns[i](&call, fake_linker.envs[i]);
    if (patient) code = fake_drive(&call, code);
    fake_free_allocs(&call);
    fake_last = call;
    return code;
}

// Calls a function of the snapshot; its errno.
static inline uint16_t fake_errno(const char *module, const char *name, const uint64_t *args)
{
    const hf_code code = fake_call(fake_find(module, name), args, true);
    if (code != HF_OK) fail_msg("%s: code %d: %s", name, code, fake_last.trap);
    return (uint16_t)fake_last.result;
}

#define CALL(name, ...) fake_errno("wasi_snapshot_preview1", #name, (const uint64_t[FAKE_ARGS]){ __VA_ARGS__ })
#define OLD_CALL(name, ...) fake_errno("wasi_unstable", #name, (const uint64_t[FAKE_ARGS]){ __VA_ARGS__ })

// -- the guest's memory --

static inline void mem_put(uint32_t at, const void *data, size_t size)
{
    memcpy(fake_store.memory + at, data, size);
}

static inline uint32_t mem_u32(uint32_t at)
{
    const uint8_t *m = fake_store.memory + at;
    return m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16 | (uint32_t)m[3] << 24;
}

static inline uint64_t mem_u64(uint32_t at)
{
    return mem_u32(at) | (uint64_t)mem_u32(at + 4) << 32;
}

static inline void mem_put_u32(uint32_t at, uint32_t v)
{
    const uint8_t bytes[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
    mem_put(at, bytes, 4);
}

static inline void mem_put_u64(uint32_t at, uint64_t v)
{
    mem_put_u32(at, (uint32_t)v);
    mem_put_u32(at + 4, (uint32_t)(v >> 32));
}

#endif
