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
    ARGS(hf_resource self;);
    if (!p2_handle_get(p->call, args->self, p->row->drops)) return p2_bad_handle(p, p->row->drops);
    (void)p2_handle_drop(p->wasi, args->self);
    return HF_OK;
}

const struct p2_row p2_rows[] = {
#define P2(interface, name, fn, effects) { interface, name, p2_##fn, NULL, effects },
#define DROP(interface, name, type) { interface, "[resource-drop]" name, drop, &type_##type, WRITE_LOCAL },
#include "wasi/p2/p2.def"
#undef P2
#undef DROP
};

const size_t p2_row_count = sizeof p2_rows / sizeof p2_rows[0];

const struct p2_row *p2_find(const char *interface, const char *name)
{
    for (size_t i = 0; i < p2_row_count; i++) {
        if (strcmp(p2_rows[i].interface, interface) == 0 && strcmp(p2_rows[i].name, name) == 0) return &p2_rows[i];
    }
    return NULL;
}
