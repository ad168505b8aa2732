/* The linker: defines what guests import, wraps any of it, and freezes the result.
 *
 * Every function is data: a name, types, and what it does to the world (effects). The name of a core function is
 * "module#name" ("wasi_snapshot_preview1#fd_write"). In patterns `*` stops at '/', '#' and '@', `**` does not, `?` is one
 * character; a lone "*" means everything. Wraps bind at the freeze to whatever is then defined; the first registered is the
 * outermost. What is not wrapped pays nothing. One thread at a time until frozen; a pre-instance is immutable and counted, any
 * thread. */
#ifndef HOLDFAST_LINKER_H
#define HOLDFAST_LINKER_H

#include <holdfast/call.h>
#include <holdfast/instance.h>
#include <holdfast/resource.h>

HF_BEGIN

typedef struct hf_linker hf_linker;
typedef struct hf_pre hf_pre;

/* What a function does to the world: bits. */
enum {
    HF_EFFECT_PURE = 0,
    HF_EFFECT_CLOCK = 1,      /* reads a clock */
    HF_EFFECT_ENTROPY = 2,    /* reads entropy */
    HF_EFFECT_READ_LOCAL = 4, /* reads state that belongs to this guest: its descriptors, arguments, environment */
    HF_EFFECT_WRITE_LOCAL = 8,
    HF_EFFECT_READ_REMOTE = 16, /* reads state that others share: files, sockets */
    HF_EFFECT_WRITE_REMOTE = 32,
    HF_EFFECT_BLOCKS = 64,       /* may wait */
    HF_EFFECT_CREATES = 128,     /* creates a resource */
    HF_EFFECT_EXITS = 256,       /* does not return */
    HF_EFFECT_UNKNOWN = 1 << 30, /* the embedder did not say */
};

/* How a core parameter reaches guest memory, so that hooks and the encoding see the bytes and not only the pointers. */
typedef enum hf_paramkind {
    HF_PARAM_VALUE = 0,     /* a plain value */
    HF_PARAM_IN_BYTES = 1,  /* pointer to bytes that are read; the length is parameter `length` */
    HF_PARAM_OUT_BYTES = 2, /* pointer to bytes that are written; at most parameter `length` × `size` */
    HF_PARAM_IN_FIXED = 3,  /* pointer to `size` bytes that are read */
    HF_PARAM_OUT_FIXED =
        4, /* pointer to `size` bytes that are written; 0: how many only the call says (hf_call_write) */
    HF_PARAM_IN_IOVECS = 5,  /* pointer to `length` pairs {u32 pointer, u32 length}; the bytes they name are read */
    HF_PARAM_OUT_IOVECS = 6, /* the same; their bytes are written */
    HF_PARAM_IN_ARRAY = 7,   /* pointer to parameter `length` elements of `size` bytes, read */
    HF_PARAM_LENGTH = 8,     /* the length that another parameter names */
} hf_paramkind;

typedef struct hf_param {
    const char *name;
    hf_valtype type;
    hf_paramkind kind;
    uint32_t length; /* index of the parameter that holds the length */
    uint32_t size;   /* of the fixed part or of an element, in bytes */
} hf_param;

/* A host function as data. Strings and arrays are copied by hf_linker_define. */
struct hf_func_desc {
    size_t size;         /* sizeof(hf_func_desc) */
    const char *module;  /* "wasi_snapshot_preview1" */
    const char *name;    /* "fd_write" */
    const char *version; /* of its interface; may be NULL */
    const hf_param *params;
    size_t param_count;
    const hf_valtype *results;
    size_t result_count;
    uint32_t effects;     /* HF_EFFECT_* */
    bool opaque;          /* takes guest memory as it is: hooks see it, encoding it is an error */
    bool may_wait_nested; /* may wait although it runs below a nested activation */
    /* A function of the component model: its types, which are borrowed until the last pre-instance is gone (they are
     * meant to be static); then there are no `params` and `results`. `module` is its interface with the version
     * ("wasi:random/random@0.2.12", "" for one that a world imports itself), `name` such as "get-random-bytes",
     * "[method]output-stream.write", "[resource-drop]output-stream" (takes an own of the resource). NULL: a core function. */
    const hf_witfunc *wit;
};

HF_API hf_linker *hf_linker_new(hf_engine *engine, hf_status *status);
HF_API void hf_linker_free(hf_linker *linker);
/* A later definition of a name replaces an earlier one only when shadowing is allowed; otherwise HF_EXISTS. */
HF_API void hf_linker_allow_shadowing(hf_linker *linker, bool allow);

/* A function that gets an hf_call. `env` is borrowed until the last pre-instance made from the linker is gone. */
HF_API hf_code hf_linker_define(hf_linker *linker, const hf_func_desc *desc, hf_host_fn fn, void *env,
                                hf_status *status);
/* A type of resources (borrowed until the last pre-instance is gone; meant to be static) under type->names, of which
 * components import it, and the function "[resource-drop]NAME" of its interface, which ends a resource that a guest drops
 * and may be wrapped like any other. */
HF_API hf_code hf_linker_define_resource(hf_linker *linker, const hf_resource_type *type, uint32_t effects,
                                         hf_status *status);
/* A core function, described by its signature alone: "i32 i64 -> f64", "-> ", "externref ->". */
HF_API hf_code hf_linker_define_func(hf_linker *linker, const char *module, const char *name, const char *signature,
                                     hf_host_fn fn, void *env, hf_status *status);

/* A host function as a thing of one store, to be given as an import by position or put into a table. `free_fn(env)` (may be
 * NULL) runs when the function is gone, also when this call fails. The function lives as long as its store, whether or not
 * anything names it; one that is to end earlier is imported through a linker, and ends with the instance. */
HF_API hf_code hf_func_new(hf_store *store, const hf_func_desc *desc, hf_host_fn fn, void *env,
                           void (*free_fn)(void *env), hf_func *out, hf_status *status);

/* What a typed function is given first. */
typedef struct hf_caller hf_caller;
HF_API void *hf_caller_env(const hf_caller *caller);
HF_API hf_store *hf_caller_store(const hf_caller *caller);
/* The caller's memory, as in <holdfast/call.h>; NULL and 0 when it has none. */
HF_API uint8_t *hf_caller_memory(hf_caller *caller, size_t *size);
/* Makes the guest trap when the function returns. */
HF_API void hf_caller_trap(hf_caller *caller, const char *message);
typedef void (*hf_typed_fn)(void);
/* A plain C function, called without boxing: `R f(hf_caller *, T0, T1, …)` for "t0 t1 … -> r": i32 int32_t, i64
 * int64_t, f32 float, f64 double; at most one result, at most 16 parameters. It may trap, may not wait. It leaves
 * floating-point exceptions masked as it finds them. Wrapped, it arrives at hooks as an hf_call. It is opaque unless pure. */
HF_API hf_code hf_linker_define_typed(hf_linker *linker, const char *module, const char *name, const char *signature,
                                      hf_typed_fn fn, void *env, hf_status *status);

/* A thing of a store; what is frozen with it serves that store only. */
HF_API hf_code hf_linker_define_extern(hf_linker *linker, const char *module, const char *name, hf_store *store,
                                       hf_extern object, hf_status *status);
/* All exports of an instance under a module name. */
HF_API hf_code hf_linker_define_instance(hf_linker *linker, const char *module, hf_store *store, hf_instance instance,
                                         hf_status *status);
/* Imports that are still missing at the freeze become functions that trap with their name when called. */
HF_API void hf_linker_trap_unknown(hf_linker *linker, bool on);

/* Functions in order of definition. NULL when there is no i-th. Lives as long as the linker. */
HF_API size_t hf_linker_func_count(const hf_linker *linker);
HF_API const hf_func_desc *hf_linker_func(const hf_linker *linker, size_t i);
/* "module#name" into `out`, zero-terminated; returns the length it needs. */
HF_API size_t hf_func_desc_name(const hf_func_desc *desc, char *out, size_t size);
/* Does a pattern cover a name? */
HF_API bool hf_pattern_matches(const char *pattern, const char *name);

/* Puts a hook around every function that the pattern covers. HF_BAD_ARGUMENT: not a pattern. */
HF_API hf_code hf_linker_wrap(hf_linker *linker, const char *pattern, hf_host_fn hook, void *env, hf_status *status);

/* Resolves the imports of a module once. HF_UNLINKABLE names the import that is missing or has another type. */
HF_API hf_pre *hf_linker_freeze(hf_linker *linker, hf_module *module, hf_status *status);
HF_API hf_pre *hf_pre_ref(hf_pre *pre);
HF_API void hf_pre_unref(hf_pre *pre);
HF_API hf_module *hf_pre_module(const hf_pre *pre); /* borrowed */
/* How many wraps bound to the i-th import of the module (0: none). */
HF_API size_t hf_pre_wraps(const hf_pre *pre, size_t import);
HF_API hf_code hf_pre_instantiate(hf_pre *pre, hf_store *store, hf_instance *out, hf_status *status);
/* Freeze and instantiate at once. */
HF_API hf_code hf_linker_instantiate(hf_linker *linker, hf_store *store, hf_module *module, hf_instance *out,
                                     hf_status *status);

HF_END

#endif
