/* Exception tags, and exceptions seen from the host. */
#ifndef HOLDFAST_TAG_H
#define HOLDFAST_TAG_H

#include <holdfast/instance.h>

HF_BEGIN

HF_API hf_code hf_tag_new(hf_store *store, const hf_valtype *params, size_t count, hf_tag *out, hf_status *status);
/* The tag and the arguments of an exception; `max` values at most, *count says how many there are. */
HF_API hf_code hf_exception_get(hf_store *store, hf_ref exception, hf_tag *tag, hf_val *args, size_t max, size_t *count,
                                hf_status *status);
HF_API hf_code hf_exception_new(hf_store *store, hf_tag tag, const hf_val *args, size_t count, hf_ref *out,
                                hf_status *status);

HF_END

#endif
