/* Tables. */
#ifndef HOLDFAST_TABLE_H
#define HOLDFAST_TABLE_H

#include <holdfast/instance.h>

HF_BEGIN

HF_API hf_code hf_table_new(hf_store *store, hf_tabletype type, hf_val init, hf_table *out, hf_status *status);
HF_API hf_code hf_table_size(hf_store *store, hf_table table, uint64_t *out, hf_status *status);
HF_API hf_code hf_table_get(hf_store *store, hf_table table, uint64_t at, hf_val *out, hf_status *status);
HF_API hf_code hf_table_set(hf_store *store, hf_table table, uint64_t at, hf_val value, hf_status *status);
HF_API hf_code hf_table_grow(hf_store *store, hf_table table, uint64_t count, hf_val init, uint64_t *old_size,
                             hf_status *status);

HF_END

#endif
