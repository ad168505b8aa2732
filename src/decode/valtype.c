#include "decode/valtype.h"

#include "base/fail.h"

hf_code fail_reader(const struct reader *in, hf_status *status)
{
    const uint64_t at = reader_offset(in);
    if (in->bad_leb) return fail_at(status, HF_MALFORMED, at, "%s", in->bad_leb);
    return fail_at(status, HF_MALFORMED, at, "unexpected end of section or function");
}

// The abstract heap type of a byte; HEAP_BOT: none.
static uint32_t abstract_heap(uint8_t byte)
{
    switch (byte) {
    case 0x74: return HEAP_NOEXN;
    case 0x73: return HEAP_NOFUNC;
    case 0x72: return HEAP_NOEXTERN;
    case 0x71: return HEAP_NONE;
    case 0x70: return HEAP_FUNC;
    case 0x6f: return HEAP_EXTERN;
    case 0x6e: return HEAP_ANY;
    case 0x6d: return HEAP_EQ;
    case 0x6c: return HEAP_I31;
    case 0x6b: return HEAP_STRUCT;
    case 0x6a: return HEAP_ARRAY;
    case 0x69: return HEAP_EXN;
    default: return HEAP_BOT;
    }
}

// heaptype ::= absheaptype | typeidx:s33
hf_code read_heap_type(struct reader *in, const struct type_scope *scope, hf_status *status, uint32_t *out)
{
    const uint64_t at = reader_offset(in);
    const uint32_t abstract = abstract_heap(reader_peek(in));
    if (abstract != HEAP_BOT) {
        in->at++;
        *out = abstract;
        return HF_OK;
    }
    const int64_t index = reader_leb_s33(in);
    if (reader_failed(in)) return fail_reader(in, status);
    if (index < 0) return fail_at(status, HF_MALFORMED, at, "malformed heap type");
    if (index < scope->count && scope->ids[index] != NO_TYPE)
        *out = HEAP_DEFINED + scope->ids[index];
    else if (index >= scope->count && index - scope->count < scope->rec_count)
        *out = HEAP_REC + (uint32_t)(index - scope->count);
    else
        return fail_at(status, HF_INVALID, at, "unknown type %lld", (long long)index);
    return HF_OK;
}

// reftype ::= 0x64 heaptype | 0x63 heaptype | absheaptype
hf_code read_ref_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out)
{
    const uint64_t at = reader_offset(in);
    const uint8_t byte = reader_u8(in);
    if (in->ran_out) return fail_reader(in, status);
    uint32_t heap = abstract_heap(byte);
    if (heap == HEAP_BOT) {
        if (byte != 0x63 && byte != 0x64) {
            return fail_at(status, HF_MALFORMED, at, "malformed reference type 0x%02x", byte);
        }
        const hf_code code = read_heap_type(in, scope, status, &heap);
        if (code) return code;
    }
    *out = val_ref(heap, byte != 0x64);
    return HF_OK;
}

static valtype number_type(uint8_t byte)
{
    switch (byte) {
    case 0x7f: return VAL_I32;
    case 0x7e: return VAL_I64;
    case 0x7d: return VAL_F32;
    case 0x7c: return VAL_F64;
    case 0x7b: return VAL_V128;
    default: return VAL_BOT;
    }
}

static bool begins_ref_type(uint8_t byte)
{
    return byte == 0x63 || byte == 0x64 || abstract_heap(byte) != HEAP_BOT;
}

// valtype ::= numtype | vectype | reftype
hf_code read_val_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out)
{
    const uint8_t byte = reader_peek(in);
    const valtype number = number_type(byte);
    if (number != VAL_BOT) {
        in->at++;
        *out = number;
        return HF_OK;
    }
    if (begins_ref_type(byte)) return read_ref_type(in, scope, status, out);
    if (reader_left(in) == 0) in->ran_out = true;
    if (in->ran_out) return fail_reader(in, status);
    return fail_at(status, HF_MALFORMED, reader_offset(in), "malformed value type 0x%02x", byte);
}

// storagetype ::= valtype | packtype
hf_code read_storage_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out)
{
    const uint8_t byte = reader_peek(in);
    if (byte != 0x78 && byte != 0x77) return read_val_type(in, scope, status, out);
    in->at++;
    *out = byte == 0x78 ? VAL_I8 : VAL_I16;
    return HF_OK;
}
