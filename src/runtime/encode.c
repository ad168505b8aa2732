// The canonical bytes of a host call: what it was asked, and how it ended. A journal keeps them, so they are versioned and never change
// their meaning; docs/EMBEDDING.md, "What a call is in bytes", says the same in words. Integers are LEB128 unless told otherwise;
// numbers of the guest are little-endian.
//
//   arguments = 1 · name · count · argument*
//   name      = length · "module#name"
//   argument  = kind · payload                         kind: enum item
//   results   = 1 · outcome · body                     outcome: enum end
//   body      = count · value* · writes                END_RETURNED; of a component's function without writes
//             | trap · length · message                END_TRAPPED
//             | exit code (4 bytes)                    END_EXITED
//             | code · length · message                END_FAILED
//   writes    = count · (address · length · byte*)*    in the order in which they were made
//
// Pointers are not part of a call's identity where the description says what they point to: the bytes are. A pointer outside memory is
// ITEM_OUTSIDE, so that such a call, too, has an identity.
#include <string.h>

#include <holdfast/witvalue.h>

#include "base/buf.h"
#include "base/ckd.h"
#include "base/fail.h"
#include "base/reader.h"
#include "runtime/call.h"
#include "runtime/instance.h"
#include "runtime/memory.h"

enum { VERSION = 1 };

// Append-only.
enum item {
    ITEM_I32 = 1,      // 4 bytes
    ITEM_I64 = 2,      // 8 bytes
    ITEM_F32 = 3,      // 4 bytes
    ITEM_F64 = 4,      // 8 bytes
    ITEM_V128 = 5,     // 16 bytes
    ITEM_NULL = 6,     // a null reference
    ITEM_BYTES = 7,    // length · byte*: what the guest gave to read
    ITEM_ROOM = 8,     // length: room that the guest gave to write to
    ITEM_LENGTH = 9,   // nothing: the length of another argument, which has it
    ITEM_OUTSIDE = 10, // nothing: a pointer that points outside memory
    ITEM_TYPED =
        11, // length · byte*: the value of hf_value_encode; of a component's function, all arguments as one record
};

enum end { END_RETURNED = 0, END_TRAPPED = 1, END_EXITED = 2, END_FAILED = 3 };

// Writes what fits and counts all.
struct sink {
    uint8_t *out;
    size_t max;
    size_t size;
};

static void put(struct sink *sink, const void *data, size_t size)
{
    if (sink->size < sink->max) {
        const size_t room = sink->max - sink->size;
        memcpy(sink->out + sink->size, data, size < room ? size : room);
    }
    sink->size += size;
}

static void put_u8(struct sink *sink, unsigned byte)
{
    const uint8_t b = (uint8_t)byte;
    put(sink, &b, 1);
}

static void put_leb(struct sink *sink, uint64_t value)
{
    do {
        const unsigned low = value & 0x7f;
        value >>= 7;
        put_u8(sink, value ? low | 0x80 : low);
    } while (value);
}

static void put_le(struct sink *sink, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) put_u8(sink, (unsigned)(value >> (8 * i)) & 0xff);
}

static void put_text(struct sink *sink, const char *text)
{
    const size_t size = strlen(text);
    put_leb(sink, size);
    put(sink, text, size);
}

static const struct memory_inst *memory_of(const hf_call *call)
{
    return call->caller ? call->caller->main_memory : NULL;
}

static hf_code put_value(struct sink *sink, const union slot *slot, valtype type)
{
    switch (val_kind(type)) {
    case VAL_I32:
        put_u8(sink, ITEM_I32);
        put_le(sink, slot->u32, 4);
        return HF_OK;
    case VAL_I64:
        put_u8(sink, ITEM_I64);
        put_le(sink, slot->u64, 8);
        return HF_OK;
    case VAL_F32:
        put_u8(sink, ITEM_F32);
        put_le(sink, slot->u32, 4);
        return HF_OK;
    case VAL_F64:
        put_u8(sink, ITEM_F64);
        put_le(sink, slot->u64, 8);
        return HF_OK;
    case VAL_V128:
        put_u8(sink, ITEM_V128);
        put(sink, slot, 16);
        return HF_OK;
    default:
        if (slot->ref != REF_NULL) return HF_UNSUPPORTED;
        put_u8(sink, ITEM_NULL);
        return HF_OK;
    }
}

// ---- arguments ----

static uint64_t address(const union slot *slot, valtype type)
{
    return type == VAL_I64 ? slot->u64 : slot->u32;
}

static void put_bytes(struct sink *sink, const hf_call *call, uint64_t at, uint64_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size)) {
        put_u8(sink, ITEM_OUTSIDE);
        return;
    }
    put_u8(sink, ITEM_BYTES);
    put_leb(sink, size);
    put(sink, memory->base + at, (size_t)size);
}

static void put_room(struct sink *sink, const hf_call *call, uint64_t at, uint64_t size)
{
    const struct memory_inst *memory = memory_of(call);
    if (!memory || !memory_fits(memory, at, size)) {
        put_u8(sink, ITEM_OUTSIDE);
        return;
    }
    put_u8(sink, ITEM_ROOM);
    put_leb(sink, size);
}

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// The bytes of all vectors in a row: how the guest cut them up does not matter.
static void put_vectors(struct sink *sink, const hf_call *call, uint64_t at, uint64_t count, bool room)
{
    const struct memory_inst *memory = memory_of(call);
    uint64_t bytes, total = 0;
    bool inside = memory && !ckd_mul(&bytes, count, (uint64_t)8) && memory_fits(memory, at, bytes);
    for (uint64_t i = 0; inside && i < count; i++) {
        const uint8_t *vector = memory->base + at + i * 8;
        inside = memory_fits(memory, load32(vector), load32(vector + 4)) &&
                 !ckd_add(&total, total, (uint64_t)load32(vector + 4));
    }
    // Many vectors over the same bytes are more bytes than there is memory: no honest call does that.
    if (!inside || total > call->store->limits.max_call_bytes) {
        put_u8(sink, ITEM_OUTSIDE);
        return;
    }
    put_u8(sink, room ? ITEM_ROOM : ITEM_BYTES);
    put_leb(sink, total);
    for (uint64_t i = 0; !room && i < count; i++) {
        const uint8_t *vector = memory->base + at + i * 8;
        put(sink, memory->base + load32(vector), load32(vector + 4));
    }
}

static uint64_t scaled(uint64_t count, uint32_t size)
{
    uint64_t bytes;
    return ckd_mul(&bytes, count, (uint64_t)(size ? size : 1)) ? UINT64_MAX : bytes;
}

// A handle's number: which one it is in its table, and which in its place there.
static hf_code name_handle(void *ctx, const hf_type *type, hf_resource handle, uint64_t *out, hf_status *status)
{
    (void)ctx, (void)type, (void)status;
    *out = (uint64_t)handle.h.generation << 32 | handle.h.index;
    return HF_OK;
}

// Whoever is given it has to know it: a handle that came from a record names nothing here unless it was put there.
static hf_code find_handle(void *ctx, const hf_type *type, uint64_t name, hf_resource *out, hf_status *status)
{
    (void)type, (void)status;
    const hf_call *call = ctx;
    out->h = (hf_handle){ call->store->id, (uint32_t)name, (uint32_t)(name >> 32) };
    return HF_OK;
}

static hf_value_names handle_names(hf_call *call)
{
    return (hf_value_names){ name_handle, find_handle, call };
}

// A typed value, or nothing: 0 of them.
static hf_code put_typed(struct sink *sink, hf_call *call, const hf_type *type, const void *value)
{
    if (!type || !value) {
        put_leb(sink, 0);
        return HF_OK;
    }
    size_t size = 0;
    const hf_value_names names = handle_names(call);
    hf_code code = hf_value_encode(type, value, &names, NULL, 0, &size, NULL);
    if (code) return code;
    if (size > call_room(call)) return HF_LIMIT;
    const hf_allocator *heap = call->store->heap;
    uint8_t *bytes = mem_alloc(heap, size);
    if (!bytes) return HF_OUT_OF_MEMORY;
    code = hf_value_encode(type, value, &names, bytes, size, &size, NULL);
    put_leb(sink, 1);
    put_u8(sink, ITEM_TYPED);
    put_leb(sink, size);
    put(sink, bytes, size);
    mem_free(heap, bytes, size);
    return code;
}

hf_code hf_call_encode_args(hf_call *call, uint8_t *out, size_t max, size_t *size)
{
    if (!call || call->state == CALL_ENDED || !call->host || !size || (max && !out)) return HF_BAD_ARGUMENT;
    const hf_func_desc *desc = &call->host->desc;
    if (desc->opaque) return HF_UNSUPPORTED;
    struct sink sink = { out, max, 0 };
    put_u8(&sink, VERSION);
    put_leb(&sink, strlen(desc->module) + 1 + strlen(desc->name));
    put(&sink, desc->module, strlen(desc->module));
    put_u8(&sink, '#');
    put(&sink, desc->name, strlen(desc->name));
    if (desc->wit) {
        const hf_code code = put_typed(&sink, call, desc->wit->params, call->args);
        if (code == HF_OK) *size = sink.size;
        return code;
    }
    put_leb(&sink, desc->param_count);
    const union slot *slot = call->slots;
    for (size_t i = 0; i < desc->param_count; i++) {
        const hf_param *param = &desc->params[i];
        const valtype type = param->type;
        uint64_t length = 0;
        if (param->kind != HF_PARAM_VALUE && param->length < desc->param_count) {
            const union slot *at = call->slots;
            for (uint32_t k = 0; k < param->length; k++) at += val_slots(desc->params[k].type);
            length = address(at, desc->params[param->length].type);
        }
        const uint64_t at = address(slot, type);
        hf_code code = HF_OK;
        switch (param->kind) {
        case HF_PARAM_VALUE: code = put_value(&sink, slot, type); break;
        case HF_PARAM_IN_BYTES: put_bytes(&sink, call, at, length); break;
        case HF_PARAM_OUT_BYTES: put_room(&sink, call, at, scaled(length, param->size)); break;
        case HF_PARAM_IN_FIXED: put_bytes(&sink, call, at, param->size); break;
        case HF_PARAM_OUT_FIXED: put_room(&sink, call, at, param->size); break;
        case HF_PARAM_IN_IOVECS: put_vectors(&sink, call, at, length, false); break;
        case HF_PARAM_OUT_IOVECS: put_vectors(&sink, call, at, length, true); break;
        case HF_PARAM_IN_ARRAY: put_bytes(&sink, call, at, scaled(length, param->size)); break;
        case HF_PARAM_LENGTH: put_u8(&sink, ITEM_LENGTH); break;
        }
        if (code) return code;
        slot += val_slots(type);
    }
    *size = sink.size;
    return HF_OK;
}

// ---- results ----

static hf_code put_returned(struct sink *sink, hf_call *call)
{
    const hf_witfunc *wit = call->host->desc.wit;
    if (wit) return put_typed(sink, call, wit->result, call->result);
    const struct func_type *type = call->type;
    put_leb(sink, type->result_count);
    const union slot *slot = call->results;
    for (uint32_t i = 0; i < type->result_count; i++) {
        const hf_code code = put_value(sink, slot, type->results[i]);
        if (code) return code;
        slot += val_slots(type->results[i]);
    }
    const struct memory_inst *memory = memory_of(call);
    put_leb(sink, call->written_count);
    for (size_t i = 0; i < call->written_count; i++) {
        const struct written *w = &call->written[i];
        put_leb(sink, w->at);
        put_leb(sink, w->size);
        put(sink, memory->base + w->at, (size_t)w->size);
    }
    return HF_OK;
}

hf_code hf_call_encode_results(hf_call *call, uint8_t *out, size_t max, size_t *size)
{
    if (!call || call->state == CALL_ENDED || !call->host || !size || (max && !out)) return HF_BAD_ARGUMENT;
    if (call->host->desc.opaque) return HF_UNSUPPORTED;
    struct sink sink = { out, max, 0 };
    const hf_status *status = &call->act->status;
    hf_code code = HF_OK;
    put_u8(&sink, VERSION);
    switch (call->outcome) {
    case HF_OK:
        put_u8(&sink, END_RETURNED);
        code = put_returned(&sink, call);
        break;
    case HF_TRAPPED:
        put_u8(&sink, END_TRAPPED);
        put_leb(&sink, status->code == HF_TRAPPED ? (uint64_t)status->trap : HF_TRAP_HOST);
        put_text(&sink, status->code == HF_TRAPPED ? status->message : "");
        break;
    case HF_EXITED:
        put_u8(&sink, END_EXITED);
        put_le(&sink, (uint32_t)status->exit_code, 4);
        break;
    case HF_PENDING:
    case HF_EXCEPTION: code = HF_UNSUPPORTED; break; // an exception's values may be references into this store
    default:
        put_u8(&sink, END_FAILED);
        put_leb(&sink, (uint64_t)call->outcome);
        put_text(&sink, status->code == call->outcome ? status->message : "");
        break;
    }
    if (code == HF_OK) *size = sink.size;
    return code;
}

static hf_code malformed(hf_call *call, const char *why)
{
    hf_status *status = &call->act->status;
    status->code = HF_OK;
    return fail(status, HF_MALFORMED, "recorded results of %s#%s: %s", call->host->desc.module, call->host->desc.name,
                why);
}

static bool get_value(struct reader *in, valtype type, union slot *out)
{
    static const uint8_t items[] = { [VAL_I32] = ITEM_I32, [VAL_I64] = ITEM_I64,   [VAL_F32] = ITEM_F32,
                                     [VAL_F64] = ITEM_F64, [VAL_V128] = ITEM_V128, [VAL_REF] = ITEM_NULL };
    if (reader_u8(in) != items[val_kind(type)]) return false;
    switch (val_kind(type)) {
    case VAL_I32:
    case VAL_F32: out->u64 = reader_u32le(in); break;
    case VAL_I64:
    case VAL_F64: out->u64 = reader_u64le(in); break;
    case VAL_V128:
        out[0].u64 = reader_u64le(in);
        out[1].u64 = reader_u64le(in);
        break;
    default: out->u64 = REF_NULL; return val_nullable(type);
    }
    return !reader_failed(in);
}

// Checks the writes, or makes them.
static const char *run_writes(hf_call *call, struct reader in, bool make)
{
    const uint64_t count = reader_leb_u64(&in);
    const struct memory_inst *memory = memory_of(call);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t at = reader_leb_u64(&in);
        const uint64_t size = reader_leb_u64(&in);
        if (reader_failed(&in) || size > reader_left(&in)) return "they end too early";
        const uint8_t *bytes = reader_bytes(&in, (size_t)size);
        if (!memory || !memory_fits(memory, at, size)) return "a write outside memory";
        if (make && hf_call_write(call, at, bytes, (size_t)size) != HF_OK)
            return "more is written than a call may write";
    }
    if (reader_failed(&in)) return "they end too early";
    return reader_left(&in) ? "bytes behind the end" : NULL;
}

static hf_code complete_typed(hf_call *call, const hf_type *type, struct reader *in)
{
    const uint64_t count = reader_leb_u64(in);
    if (count != (type != NULL)) return malformed(call, "another number of results");
    if (count) {
        if (reader_u8(in) != ITEM_TYPED) return malformed(call, "a result of another type");
        const uint64_t size = reader_leb_u64(in);
        if (reader_failed(in) || size > reader_left(in)) return malformed(call, "they end too early");
        const hf_value_names names = handle_names(call);
        const hf_value_decode_options options = {
            .size = sizeof options,
            .place = call_place,
            .ctx = call,
            .max_bytes = call_room(call),
            .names = &names,
        };
        hf_status *status = &call->act->status;
        status->code = HF_OK;
        const hf_code code =
            hf_value_decode(type, reader_bytes(in, (size_t)size), (size_t)size, &options, call->result, status);
        if (code) return code;
    }
    if (reader_failed(in)) return malformed(call, "they end too early");
    return reader_left(in) ? malformed(call, "bytes behind the end") : HF_OK;
}

static hf_code complete_returned(hf_call *call, struct reader *in)
{
    const hf_witfunc *wit = call->host->desc.wit;
    if (wit) return complete_typed(call, wit->result, in);
    const struct func_type *type = call->type;
    if (reader_leb_u64(in) != type->result_count) return malformed(call, "another number of results");
    // Everything is looked at before anything is changed.
    struct reader values = *in;
    union slot scratch[2];
    for (uint32_t i = 0; i < type->result_count; i++) {
        if (!get_value(in, type->results[i], scratch)) return malformed(call, "a result of another type");
    }
    const char *why = run_writes(call, *in, false);
    if (!why) why = run_writes(call, *in, true);
    if (why) return malformed(call, why);
    union slot *slot = call->results;
    for (uint32_t i = 0; i < type->result_count; i++) {
        get_value(&values, type->results[i], slot);
        slot += val_slots(type->results[i]);
    }
    return HF_OK;
}

static void get_message(struct reader *in, hf_status *status)
{
    const uint64_t size = reader_leb_u64(in);
    if (size > reader_left(in)) {
        in->ran_out = true;
        return;
    }
    const uint8_t *text = reader_bytes(in, (size_t)size);
    const size_t most = sizeof status->message - 1;
    const size_t kept = size < most ? (size_t)size : most;
    memcpy(status->message, text, kept);
    status->message[kept] = 0;
}

hf_code hf_call_complete_encoded(hf_call *call, const uint8_t *bytes, size_t size)
{
    if (!call || call->state == CALL_ENDED || !call->host || (size && !bytes)) return HF_BAD_ARGUMENT;
    if (call->host->desc.opaque) return HF_UNSUPPORTED;
    struct reader in = reader_of(bytes, size);
    if (reader_u8(&in) != VERSION) return malformed(call, "unknown version");
    const unsigned end = reader_u8(&in);
    hf_status status = hf_status_ok();
    switch (end) {
    case END_RETURNED: return complete_returned(call, &in);
    case END_TRAPPED:
        status.code = HF_TRAPPED;
        status.trap = (hf_trap)reader_leb_u32(&in);
        get_message(&in, &status);
        break;
    case END_EXITED:
        status.code = HF_EXITED;
        status.exit_code = (int32_t)reader_u32le(&in);
        break;
    case END_FAILED:
        status.code = (hf_code)reader_leb_u32(&in);
        get_message(&in, &status);
        if (status.code <= HF_PENDING || status.code > HF_OUT_OF_BOUNDS || status.code == HF_EXCEPTION)
            return malformed(call, "unknown outcome");
        break;
    default: return malformed(call, "unknown outcome");
    }
    if (reader_failed(&in)) return malformed(call, "they end too early");
    if (reader_left(&in)) return malformed(call, "bytes behind the end");
    call->act->status = status;
    return status.code;
}
