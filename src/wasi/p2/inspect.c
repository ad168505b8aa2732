// What is behind a handle, for hooks.
#include <string.h>

#include "wasi/p2/descriptor.h"
#include "wasi/p2/error.h"

hf_code hf_wasi_descriptor_path(hf_store *store, hf_resource descriptor, char *out, size_t max, size_t *size,
                                hf_status *status)
{
    void *payload;
    const hf_code code = hf_resource_payload(store, descriptor, &type_descriptor.resource, &payload, status);
    if (code != HF_OK) return code;
    const hf_str path = ((const struct descriptor *)payload)->path;
    const size_t n = path.size < max ? path.size : max;
    if (n > 0) memcpy(out, path.data, n);
    *size = path.size;
    return HF_OK;
}

hf_code hf_wasi_stream_error(hf_store *store, hf_resource error, uint16_t *out, hf_status *status)
{
    void *payload;
    const hf_code code = hf_resource_payload(store, error, &type_error.resource, &payload, status);
    if (code == HF_OK) *out = ((const struct error *)payload)->code;
    return code;
}
