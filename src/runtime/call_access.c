// What a host function sees of its call: arguments, results, the caller's memory, ways to end.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "runtime/call.h"
#include "runtime/instance.h"
#include "runtime/memory.h"

const hf_func_desc *hf_call_func(const hf_call *call)
{
    return call && call->host ? &call->host->desc : NULL;
}

hf_store *hf_call_store(const hf_call *call)
{
    return call ? call->store : NULL;
}

hf_task *hf_call_task(const hf_call *call)
{
    return call && call->state != CALL_ENDED ? call->act->task : NULL;
}

uint64_t hf_call_sequence(const hf_call *call)
{
    return call ? call->sequence : 0;
}

hf_instance hf_call_instance(const hf_call *call)
{
    hf_instance out = { { 0, 0, 0 } };
    if (call && call->state != CALL_ENDED && call->caller) {
        hf_handle handle;
        if (object_handle(call->store, &call->caller->object, &handle, NULL) == HF_OK) out.h = handle;
    }
    return out;
}

// ---- arguments and results ----

static bool is_live(const hf_call *call)
{
    return call && call->state != CALL_ENDED && call->host;
}

// Core values are nobody's business where there are typed ones.
static bool is_core(const hf_call *call)
{
    return is_live(call) && !call->host->desc.wit;
}

void *hf_call_args(const hf_call *call)
{
    return is_live(call) ? call->args : NULL;
}

void *hf_call_result_at(const hf_call *call)
{
    return is_live(call) ? call->result : NULL;
}

size_t hf_call_arg_count(const hf_call *call)
{
    return is_core(call) ? call->type->param_count : 0;
}

size_t hf_call_result_count(const hf_call *call)
{
    return is_core(call) ? call->type->result_count : 0;
}

// The place of the i-th value in a row of slots. Where no v128 comes before it, that is slot i.
static union slot *slot_of(union slot *slots, const valtype *types, uint32_t slot_count, uint32_t count, size_t i)
{
    if (slot_count == count) return slots + i;
    for (size_t k = 0; k < i; k++) slots += val_slots(types[k]);
    return slots;
}

static union slot *arg_slot(const hf_call *call, size_t i)
{
    if (!is_core(call) || i >= call->type->param_count) return NULL;
    return slot_of(call->slots, call->type->params, call->type->param_slots, call->type->param_count, i);
}

static union slot *result_slot(const hf_call *call, size_t i)
{
    if (!is_core(call) || i >= call->type->result_count) return NULL;
    return slot_of(call->results, call->type->results, call->type->result_slots, call->type->result_count, i);
}

static hf_val none(void)
{
    hf_val value;
    memset(&value, 0, sizeof value);
    return value;
}

hf_val hf_call_arg(const hf_call *call, size_t i)
{
    const union slot *slot = arg_slot(call, i);
    hf_val value = none();
    if (slot && val_from_slots(call->store, slot, call->type->params[i], &value, NULL) != HF_OK) return none();
    return value;
}

int32_t hf_call_arg_i32(const hf_call *call, size_t i)
{
    const union slot *slot = arg_slot(call, i);
    return slot ? slot->i32 : 0;
}

int64_t hf_call_arg_i64(const hf_call *call, size_t i)
{
    const union slot *slot = arg_slot(call, i);
    return slot ? slot->i64 : 0;
}

hf_code hf_call_set_arg(hf_call *call, size_t i, hf_val value)
{
    union slot *slot = arg_slot(call, i);
    if (!slot) return HF_BAD_ARGUMENT;
    return val_to_slots(call->store, &value, call->type->params[i], slot, NULL);
}

hf_val hf_call_result(const hf_call *call, size_t i)
{
    const union slot *slot = result_slot(call, i);
    hf_val value = none();
    if (slot && val_from_slots(call->store, slot, call->type->results[i], &value, NULL) != HF_OK) return none();
    return value;
}

hf_code hf_call_set_result(hf_call *call, size_t i, hf_val value)
{
    union slot *slot = result_slot(call, i);
    if (!slot) return HF_BAD_ARGUMENT;
    return val_to_slots(call->store, &value, call->type->results[i], slot, NULL);
}

hf_code hf_call_return_i32(hf_call *call, int32_t value)
{
    if (!is_core(call)) return HF_BAD_ARGUMENT;
    if (call->type->result_count == 0 || call->type->results[0] != VAL_I32)
        return hf_call_trap(call, "%s#%s has no i32 result", call->host->desc.module, call->host->desc.name);
    call->results[0].u64 = (uint32_t)value;
    return HF_OK;
}

// ---- bytes ----

static bool charge(hf_call *call, uint64_t size)
{
    const uint64_t most = call->store->limits.max_call_bytes;
    if (size > most || call->bytes > most - size) return false;
    call->bytes += size;
    return true;
}

void *hf_call_alloc(hf_call *call, size_t size)
{
    void *out = call && call->state != CALL_ENDED ? call_place(call, size) : NULL;
    if (out) memset(out, 0, size);
    return out;
}

void *call_place(void *ctx, size_t size)
{
    struct hf_call *call = ctx;
    if (!charge(call, size)) return NULL;
    if (!call->has_arena) {
        arena_init(&call->arena, call->store->heap);
        call->has_arena = call->touched = true;
    }
    return arena_alloc(&call->arena, size);
}

uint64_t call_room(const struct hf_call *call)
{
    return call->store->limits.max_call_bytes - call->bytes;
}

static struct memory_inst *memory_of(const hf_call *call)
{
    return call && call->state != CALL_ENDED && call->caller ? call->caller->main_memory : NULL;
}

// Hooks and the encoding want to know what was written; without hooks nobody asks.
static bool note_written(hf_call *call, uint64_t at, uint64_t size)
{
    if (!call->host || !call->host->hook_count || size == 0) return true;
    if (call->written_count) {
        struct written *last = &call->written[call->written_count - 1];
        if (last->at + last->size == at) {
            last->size += size;
            return true;
        }
    }
    void *grown =
        mem_grow(call->store->heap, call->written, &call->written_cap, call->written_count + 1, sizeof *call->written);
    if (!grown) return false;
    call->written = grown;
    call->touched = true;
    call->written[call->written_count++] = (struct written){ at, size };
    return true;
}

hf_code hf_call_read(hf_call *call, uint64_t at, void *out, size_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size)) return HF_OUT_OF_BOUNDS;
    if (!charge(call, size)) return HF_LIMIT;
    if (size) memcpy(out, memory->base + at, size);
    return HF_OK;
}

hf_code hf_call_write(hf_call *call, uint64_t at, const void *data, size_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size)) return HF_OUT_OF_BOUNDS;
    if (!charge(call, size)) return HF_LIMIT;
    if (!note_written(call, at, size)) return HF_OUT_OF_MEMORY;
    if (size) memcpy(memory->base + at, data, size);
    return HF_OK;
}

hf_bytes hf_call_view(hf_call *call, uint64_t at, uint64_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size) || !charge(call, size)) return (hf_bytes){ NULL, 0 };
    return (hf_bytes){ memory->base + at, (size_t)size };
}

uint8_t *hf_call_view_mut(hf_call *call, uint64_t at, uint64_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size) || !charge(call, size) || !note_written(call, at, size)) return NULL;
    return memory->base + at;
}

uint64_t hf_call_memory_size(hf_call *call)
{
    const struct memory_inst *memory = memory_of(call);
    return memory ? memory_bytes(memory) : 0;
}

// ---- other ways to end ----

hf_code hf_call_trap(hf_call *call, const char *fmt, ...)
{
    if (!call || call->state == CALL_ENDED) return HF_TRAPPED;
    hf_status *status = &call->act->status;
    status->code = HF_OK;
    va_list args;
    va_start(args, fmt);
    fail_v(status, HF_TRAPPED, NO_OFFSET, fmt, args);
    va_end(args);
    status->trap = HF_TRAP_HOST;
    return HF_TRAPPED;
}

hf_code hf_call_fail(hf_call *call, const hf_status *status)
{
    if (!call || call->state == CALL_ENDED || !status || status->code == HF_OK || status->code == HF_PENDING)
        return hf_call_trap(call, "the host function failed without saying how");
    call->act->status = *status;
    return status->code;
}

hf_code hf_call_throw(hf_call *call, hf_ref exception)
{
    if (!call || call->state == CALL_ENDED) return HF_BAD_ARGUMENT;
    gref ref;
    bool is_func;
    const hf_code code = root_get(call->store, exception, &ref, &is_func, NULL);
    if (code || is_func || ref == REF_NULL || ref_is_i31(ref) || !ref_matches(call->store, ref, HEAP_EXN, false))
        return hf_call_trap(call, "what was thrown is no exception");
    call->act->exception = ref;
    return HF_EXCEPTION;
}

hf_code hf_call_exit(hf_call *call, int32_t exit_code)
{
    if (!call || call->state == CALL_ENDED) return HF_EXITED;
    hf_status *status = &call->act->status;
    status->code = HF_OK;
    fail(status, HF_EXITED, "exit with code %d", exit_code);
    status->exit_code = exit_code;
    return HF_EXITED;
}

hf_code hf_call_outcome(const hf_call *call, hf_status *out)
{
    if (!call) return HF_BAD_ARGUMENT;
    if (out) {
        *out = call->state == CALL_ENDED ? hf_status_ok() : call->act->status;
        out->code = call->outcome;
    }
    return call->outcome;
}

void hf_call_set_user(hf_call *call, void *user, void (*free_fn)(void *user))
{
    if (!call || call->state == CALL_ENDED) return;
    if (call->free_user && call->user != user) call->free_user(call->user);
    call->user = user;
    call->free_user = free_fn;
    call->touched = true;
}

void *hf_call_user(const hf_call *call)
{
    return call ? call->user : NULL;
}

// ---- what typed functions see ----

void *hf_caller_env(const hf_caller *caller)
{
    return caller->host->env;
}

hf_store *hf_caller_store(const hf_caller *caller)
{
    return caller->act->store;
}

uint8_t *hf_caller_memory(hf_caller *caller, size_t *size)
{
    const struct memory_inst *memory = caller->instance ? caller->instance->main_memory : NULL;
    *size = memory ? (size_t)memory_bytes(memory) : 0;
    return memory ? memory->base : NULL;
}

void hf_caller_trap(hf_caller *caller, const char *message)
{
    hf_status *status = &caller->act->status;
    status->code = HF_OK;
    fail(status, HF_TRAPPED, "%s", message ? message : "host function trapped");
    status->trap = HF_TRAP_HOST;
    caller->trapped = true;
}
