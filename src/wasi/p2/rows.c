// The table of functions.
#include <string.h>

#include <holdfast/linker.h>

#include "wasi/p2/p2.h"

#define PURE HF_EFFECT_PURE
#define CLOCK HF_EFFECT_CLOCK
#define ENTROPY HF_EFFECT_ENTROPY
#define READ_LOCAL HF_EFFECT_READ_LOCAL
#define WRITE_LOCAL HF_EFFECT_WRITE_LOCAL
#define READ_REMOTE HF_EFFECT_READ_REMOTE
#define WRITE_REMOTE HF_EFFECT_WRITE_REMOTE
#define BLOCKS HF_EFFECT_BLOCKS
#define CREATES HF_EFFECT_CREATES
#define EXITS HF_EFFECT_EXITS

// What drops a resource is a function like any other: its argument is the handle.
static hf_code drop(struct p2 *p)
{
    ARGS(wasi_io_poll_method_pollable_ready_args_t);
    if (!p2_handle_get(p->call, args->self, p->row->impl->drops)) return p2_bad_handle(p, p->row->impl->drops);
    hf_status status = hf_status_ok();
    if (hf_resource_drop(hf_call_store(p->call), args->self, &status) == HF_OK) return HF_OK;
    return hf_call_trap(p->call, "%s#%s: %s", p->row->interface, p->row->name, status.message);
}

// Functions in the order of wasi02_funcs, resources behind them.
enum {
#define WIT_FUNC(c, interface, name, args, result) AT_##c,
#define WIT_RESOURCE(c, interface, name, type)
#include "wasi/wasi02.def"
#undef WIT_FUNC
#undef WIT_RESOURCE
#define WIT_FUNC(c, interface, name, args, result)
#define WIT_RESOURCE(c, interface, name, type) AT_##c,
#include "wasi/wasi02.def"
#undef WIT_FUNC
#undef WIT_RESOURCE
    ROWS
};

static const struct p2_impl impls[ROWS] = {
#define P2(wit, fn, effects) [AT_##wit] = { p2_##fn, NULL, effects },
#define DROP(wit, type) [AT_##wit] = { drop, &type_##type, WRITE_LOCAL },
#include "wasi/p2/p2.def"
#undef P2
#undef DROP
};

const struct p2_row p2_rows[] = {
#define WIT_FUNC(c, interface, name, args, result) { interface, name, &wasi02_funcs[AT_##c].type, &impls[AT_##c] },
#define WIT_RESOURCE(c, interface, name, type)
#include "wasi/wasi02.def"
#undef WIT_FUNC
#undef WIT_RESOURCE
#define WIT_FUNC(c, interface, name, args, result)
#define WIT_RESOURCE(c, interface, name, type) { interface, "[resource-drop]" name, NULL, &impls[AT_##c] },
#include "wasi/wasi02.def"
#undef WIT_FUNC
#undef WIT_RESOURCE
};

const size_t p2_row_count = ROWS;

static bool same_interface(const char *versioned, const char *name)
{
    const size_t size = strlen(name);
    return strncmp(versioned, name, size) == 0 && (versioned[size] == '@' || versioned[size] == 0);
}

const struct p2_row *p2_find(const char *interface, const char *name)
{
    for (size_t i = 0; i < p2_row_count; i++) {
        if (same_interface(p2_rows[i].interface, interface) && strcmp(p2_rows[i].name, name) == 0) return &p2_rows[i];
    }
    return NULL;
}
