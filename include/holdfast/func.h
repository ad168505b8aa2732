/* Functions, called from the host. */
#ifndef HOLDFAST_FUNC_H
#define HOLDFAST_FUNC_H

#include <holdfast/store.h>
#include <holdfast/value.h>

HF_BEGIN

HF_API hf_code hf_func_type(hf_store *store, hf_func func, hf_functype *out, hf_status *status);

/* Calls and drives the task until it is done, waiting in the loop meanwhile. Counts must be exact: HF_WRONG_TYPE.
 * HF_TRAPPED, HF_EXCEPTION, HF_EXITED, HF_OUT_OF_FUEL and HF_INTERRUPTED end the call (use a task to resume). Reference
 * results are rooted in the innermost open scope. */
HF_API hf_code hf_func_call(hf_store *store, hf_func func, const hf_val *args, size_t arg_count, hf_val *results,
                            size_t result_count, hf_status *status);

/* The same without boxing: `slots` holds the arguments, 8 bytes each (v128: two; references: not allowed,
 * HF_WRONG_TYPE), and receives the results; `count` is its length and must hold the larger of both. */
HF_API hf_code hf_func_call_raw(hf_store *store, hf_func func, uint64_t *slots, size_t count, hf_status *status);

HF_END

#endif
