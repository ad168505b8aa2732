// wasi:random. What is called insecure comes from the same source: it may be guessable, it does not have to be.
#include "wasi/p2/p2.h"

static hf_code fill(struct p2 *p, void *out, size_t size)
{
    if (size == 0 || wasi_random(p->wasi, out, size) == 0) return HF_OK;
    return hf_call_trap(p->call, "%s#%s: there is no entropy", p->row->interface, p->row->name);
}

hf_code p2_random_bytes(struct p2 *p)
{
    ARGS(wasi_random_random_get_random_bytes_args_t);
    RESULT(p2_bytes);
    uint8_t *data = args->len <= SIZE_MAX ? p2_alloc(p, (size_t)args->len) : NULL;
    if (!data) return p2_out_of_memory(p);
    *result = (p2_bytes){ data, (size_t)args->len };
    return fill(p, data, (size_t)args->len);
}

hf_code p2_random_u64(struct p2 *p)
{
    return fill(p, p->result, sizeof(uint64_t));
}

hf_code p2_insecure_seed(struct p2 *p)
{
    return fill(p, p->result, sizeof(wasi02_tuple2_u64_u64_t));
}
