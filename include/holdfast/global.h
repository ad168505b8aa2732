/* Globals. */
#ifndef HOLDFAST_GLOBAL_H
#define HOLDFAST_GLOBAL_H

#include <holdfast/instance.h>

HF_BEGIN

HF_API hf_code hf_global_new(hf_store *store, hf_globaltype type, hf_val init, hf_global *out, hf_status *status);
HF_API hf_code hf_global_get(hf_store *store, hf_global global, hf_val *out, hf_status *status);
/* HF_BAD_ARGUMENT when it is immutable, HF_WRONG_TYPE */
HF_API hf_code hf_global_set(hf_store *store, hf_global global, hf_val value, hf_status *status);

HF_END

#endif
