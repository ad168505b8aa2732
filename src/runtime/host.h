// A host function: its description, its code, and what was wrapped around it. Counted and immutable; the linker's definitions and
// pre-instances share them.
#ifndef RUNTIME_HOST_H
#define RUNTIME_HOST_H

#include <holdfast/linker.h>

#include "base/arena.h"
#include "runtime/engine.h"
#include "runtime/typed_call.h"

struct hook {
    hf_host_fn fn;
    void *env;
};

// Between core values in a guest's frame and typed values in the host's layout (hf_call.args, hf_call.result).
struct border {
    // Gives the call its arguments and room for its result. HF_OK, or why not, with the activation's status.
    hf_code (*enter)(struct hf_call *call);
    // The function has succeeded: makes core results of its result.
    hf_code (*leave)(struct hf_call *call);
};

struct host_func {
    atomic_uint refs;
    struct hf_engine *engine;
    struct arena arena; // of the description
    hf_func_desc desc;
    uint32_t type_id; // a reference on it is held
    const struct func_type *type;
    bool must_set; // a result has no default: leaving it unset is the host's mistake
    hf_host_fn fn;
    hf_typed_fn typed;  // instead of `fn`
    hf_typed_fn direct; // the same, where nothing is wrapped around it
    struct typed_plan plan;
    void *env;
    void (*free_env)(void *env);
    bool internal;               // no host call to anybody: it has no sequence number
    const struct border *border; // NULL: a core function
    void *border_env;
    void (*free_border)(void *env);
    // Hooks around it, outermost first; `inner` is what they wrap, whose description this is.
    uint32_t hook_count;
    const struct hook *hooks;
    struct host_func *inner;
};

// Copies the description. `desc->params` may carry no names. HF_BAD_ARGUMENT, HF_OUT_OF_MEMORY.
hf_code host_func_new(struct hf_engine *engine, const hf_func_desc *desc, struct host_func **out, hf_status *status);
// The same function with hooks around it (copied).
hf_code host_func_wrapped(struct host_func *inner, const struct hook *hooks, uint32_t count, struct host_func **out,
                          hf_status *status);
// The same function, with its hooks, behind a border: what imports it is a core function of this type. Owns `env`, also when this
// fails.
hf_code host_func_behind(struct host_func *inner, const struct border *border, void *env, void (*free_env)(void *env),
                         uint32_t type_id, struct host_func **out, hf_status *status);
// A function of the runtime itself, of this core type. Owns `env`, also when this fails.
hf_code host_func_internal(struct hf_engine *engine, const char *name, uint32_t type_id, hf_host_fn fn, void *env,
                           void (*free_env)(void *env), struct host_func **out, hf_status *status);
struct host_func *host_func_ref(struct host_func *host);
void host_func_unref(struct host_func *host);

// "i32 i64 -> f64" into types; HF_BAD_ARGUMENT with the place.
hf_code signature_read(const char *text, hf_valtype *params, size_t most_params, size_t *param_count,
                       hf_valtype *results, size_t most_results, size_t *result_count, hf_status *status);

// What a typed function is given first.
struct hf_caller {
    struct activation *act;
    struct instance *instance;
    struct host_func *host;
    bool trapped;
};
#endif
