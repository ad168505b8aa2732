#include <holdfast/func.h>

#include "base/fail.h"
#include "runtime/extern.h"
#include "runtime/task.h"

hf_code hf_func_type(hf_store *store, hf_func func, hf_functype *out, hf_status *status)
{
    hf_status own = hf_status_ok();
    const gref ref = store_func(store, func.h, &own);
    if (!ref) return pass_on(&own, status);
    if (!out) return fail(status, HF_BAD_ARGUMENT, "nowhere to put the type");
    *out = functype_of(&types_get(store->types, store->funcs[ref].type_id)->func);
    return HF_OK;
}

hf_code hf_func_call(hf_store *store, hf_func func, const hf_val *args, size_t arg_count, hf_val *results,
                     size_t result_count, hf_status *status)
{
    return call_values(store, func.h, args, arg_count, results, result_count, status);
}

hf_code hf_func_call_raw(hf_store *store, hf_func func, uint64_t *slots, size_t count, hf_status *status)
{
    return call_raw(store, func.h, slots, count, status);
}
