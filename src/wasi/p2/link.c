// The functions and resource types of WASI 0.2 in a linker.
#include "wasi/p2/p2.h"

#include <string.h>

#include <holdfast/linker.h>

static hf_code dispatch(hf_call *call, void *env)
{
    return p2_call(call, env, hf_call_args(call), hf_call_result_at(call));
}

static hf_code define(hf_linker *linker, const struct p2_row *row, hf_status *status)
{
    // What drops a resource comes with its type.
    if (row->impl->drops)
        return hf_linker_define_resource(linker, &row->impl->drops->resource, row->impl->effects, status);
    const char *at = strchr(row->interface, '@');
    const hf_func_desc desc = {
        .size = sizeof desc,
        .module = row->interface,
        .name = row->name,
        .version = at ? at + 1 : NULL,
        .effects = row->impl->effects,
        .wit = row->type,
    };
    return hf_linker_define(linker, &desc, dispatch, (void *)(uintptr_t)row, status);
}

hf_code p2_link(hf_linker *linker, hf_status *status)
{
    hf_code code = HF_OK;
    for (size_t i = 0; i < p2_row_count && !code; i++)
        if (p2_rows[i].impl->fn) code = define(linker, &p2_rows[i], status);
    return code;
}
