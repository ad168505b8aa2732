// wasi:config/store: the names and values that the context was given.
#include <string.h>

#include "wasi/p2/p2.h"

// The text behind the first '='.
static const char *value_of(const char *pair)
{
    return pair + strcspn(pair, "=") + 1;
}

hf_code p2_config_get(struct p2 *p)
{
    ARGS(wasi_config_store_get_args_t);
    RESULT(wasi02_result_option_string_wasi_config_store_error_t);
    const struct strings *config = &p->wasi->config;
    const char *at = (const char *)config->bytes.data, *found = NULL;
    for (size_t i = 0; i < config->count; i++) {
        const size_t size = strcspn(at, "=");
        if (size == args->key.size && memcmp(at, args->key.data, size) == 0) found = at; // the last one counts
        at += strlen(at) + 1;
    }
    result->err = false;
    result->as.ok.some = found != NULL;
    if (found && !p2_string(p, value_of(found), &result->as.ok.value)) return p2_out_of_memory(p);
    return HF_OK;
}

hf_code p2_config_get_all(struct p2 *p)
{
    RESULT(wasi02_result_list_tuple2_string_string_wasi_config_store_error_t);
    const struct strings *config = &p->wasi->config;
    p2_pair *pairs = p2_alloc(p, config->count * sizeof *pairs);
    if (!pairs) return p2_out_of_memory(p);
    const char *at = (const char *)config->bytes.data;
    for (size_t i = 0; i < config->count; i++) {
        if (!p2_string(p, at, &pairs[i].f0) || !p2_string(p, value_of(at), &pairs[i].f1)) return p2_out_of_memory(p);
        pairs[i].f0.size = strcspn(at, "=");
        at += strlen(at) + 1;
    }
    result->err = false;
    result->as.ok = (p2_pairs){ pairs, config->count };
    return HF_OK;
}
