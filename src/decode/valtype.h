// Value, reference, storage and heap types of the binary format.
#ifndef DECODE_VALTYPE_H
#define DECODE_VALTYPE_H

#include "base/reader.h"
#include "wasm/module.h"

// What a type index means: below `count` a canonical type; the next `rec_count` are the recursion group being read.
struct type_scope {
    const uint32_t *ids;
    uint32_t count;
    uint32_t rec_count;
};

// Reports a reader that has failed: HF_MALFORMED.
hf_code fail_reader(const struct reader *in, hf_status *status);

hf_code read_heap_type(struct reader *in, const struct type_scope *scope, hf_status *status, uint32_t *out);
hf_code read_ref_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out);
hf_code read_val_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out);
hf_code read_storage_type(struct reader *in, const struct type_scope *scope, hf_status *status, valtype *out);

#endif
