#include "runtime/host.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "runtime/store.h"

static hf_code intern(struct host_func *host, hf_status *status)
{
    struct type_registry *types = host->engine->types;
    valtype params_few[32];
    valtype *params = params_few;
    const hf_func_desc *desc = &host->desc;
    if (desc->wit) params_few[0] = VAL_I64; // what is called from the host: one word for the caller's own use
    if (desc->param_count > 32) {
        params = arena_alloc(&host->arena, desc->param_count * sizeof *params);
        if (!params) return fail_oom(status);
    }
    for (size_t i = 0; i < desc->param_count; i++) params[i] = desc->params[i].type;
    const struct def_type draft = {
        .kind = COMP_FUNC,
        .final = true,
        .super = NO_TYPE,
        .func = { .param_count = desc->wit ? 1 : (uint32_t)desc->param_count,
                  .result_count = (uint32_t)desc->result_count,
                  .params = params,
                  .results = desc->results },
    };
    const hf_code code = types_intern(types, &draft, 1, &host->type_id, status);
    if (code) return code;
    host->type = &types_get(types, host->type_id)->func;
    for (uint32_t i = 0; i < host->type->result_count; i++) host->must_set |= !val_defaultable(host->type->results[i]);
    return HF_OK;
}

static bool copy_text(struct arena *arena, const char **text)
{
    if (!*text) return true;
    *text = arena_strndup(arena, *text, strlen(*text));
    return *text != NULL;
}

static hf_code copy_desc(struct host_func *host, const hf_func_desc *given, hf_status *status)
{
    hf_func_desc *desc = &host->desc;
    memcpy(desc, given, given->size < sizeof *desc ? given->size : sizeof *desc);
    desc->size = sizeof *desc;
    if (!desc->module) desc->module = "";
    if (!desc->name) desc->name = "";
    if (desc->param_count > 1000 || desc->result_count > 1000)
        return fail(status, HF_BAD_ARGUMENT, "%s#%s: more than 1000 parameters or results", desc->module, desc->name);
    if (desc->wit && (desc->param_count || desc->result_count))
        return fail(status, HF_BAD_ARGUMENT, "%s#%s: a component's function with core parameters or results",
                    desc->module, desc->name);
    struct arena *arena = &host->arena;
    hf_param *params = arena_copy(arena, desc->params, desc->param_count * sizeof *params);
    hf_valtype *results = arena_copy(arena, desc->results, desc->result_count * sizeof *results);
    bool good = params && results && copy_text(arena, &desc->module) && copy_text(arena, &desc->name) &&
                copy_text(arena, &desc->version);
    if (!good) return fail_oom(status);
    for (size_t i = 0; i < desc->param_count; i++) {
        good = good && copy_text(arena, &params[i].name);
        const bool has_length = params[i].kind != HF_PARAM_VALUE && params[i].kind != HF_PARAM_LENGTH &&
                                params[i].kind != HF_PARAM_IN_FIXED && params[i].kind != HF_PARAM_OUT_FIXED;
        if (has_length && params[i].length >= desc->param_count)
            return fail(status, HF_BAD_ARGUMENT, "%s#%s: parameter %zu names a length that is no parameter",
                        desc->module, desc->name, i);
        if (params[i].kind != HF_PARAM_VALUE && params[i].type != VAL_I32 && params[i].type != VAL_I64)
            return fail(status, HF_BAD_ARGUMENT, "%s#%s: parameter %zu is no pointer or length", desc->module,
                        desc->name, i);
    }
    desc->params = params;
    desc->results = results;
    return good ? HF_OK : fail_oom(status);
}

hf_code host_func_new(struct hf_engine *engine, const hf_func_desc *desc, struct host_func **out, hf_status *status)
{
    if (!desc || desc->size < offsetof(hf_func_desc, effects) || (desc->param_count && !desc->params) ||
        (desc->result_count && !desc->results))
        return fail(status, HF_BAD_ARGUMENT, "hf_func_desc is not filled in");
    struct host_func *host = MEM_NEW(&engine->heap, struct host_func);
    if (!host) return fail_oom(status);
    atomic_init(&host->refs, 1);
    host->type_id = NO_TYPE;
    host->engine = hf_engine_ref(engine);
    arena_init(&host->arena, &engine->heap);
    host->arena.first = 512; // there are many, and what each holds is small
    hf_code code = copy_desc(host, desc, status);
    if (!code) code = intern(host, status);
    if (code) {
        host_func_unref(host);
        return code;
    }
    *out = host;
    return HF_OK;
}

// A copy of `inner`, which it keeps, with nothing of its own.
static struct host_func *derive(struct host_func *inner)
{
    struct host_func *host = MEM_NEW(&inner->engine->heap, struct host_func);
    if (!host) return NULL;
    *host = *inner;
    atomic_init(&host->refs, 1);
    host->free_env = NULL;
    host->free_border = NULL;
    host->direct = NULL;
    host->engine = hf_engine_ref(inner->engine);
    host->inner = host_func_ref(inner);
    arena_init(&host->arena, &inner->engine->heap);
    host->arena.first = 512;
    return host;
}

hf_code host_func_wrapped(struct host_func *inner, const struct hook *hooks, uint32_t count, struct host_func **out,
                          hf_status *status)
{
    struct host_func *host = derive(inner);
    if (!host) return fail_oom(status);
    types_ref(host->engine->types, host->type_id);
    host->hooks = arena_copy(&host->arena, hooks, count * sizeof *hooks);
    host->hook_count = count;
    if (!host->hooks) {
        host_func_unref(host);
        return fail_oom(status);
    }
    *out = host;
    return HF_OK;
}

static void set_type(struct host_func *host, uint32_t type_id)
{
    types_ref(host->engine->types, type_id);
    host->type_id = type_id;
    host->type = &types_get(host->engine->types, type_id)->func;
}

hf_code host_func_behind(struct host_func *inner, const struct border *border, void *env, void (*free_env)(void *env),
                         uint32_t type_id, struct host_func **out, hf_status *status)
{
    struct host_func *host = derive(inner);
    if (!host) {
        free_env(env);
        return fail_oom(status);
    }
    set_type(host, type_id);
    host->must_set = false;
    host->border = border;
    host->border_env = env;
    host->free_border = free_env;
    *out = host;
    return HF_OK;
}

hf_code host_func_internal(struct hf_engine *engine, const char *name, uint32_t type_id, hf_host_fn fn, void *env,
                           void (*free_env)(void *env), struct host_func **out, hf_status *status)
{
    struct host_func *host = MEM_NEW(&engine->heap, struct host_func);
    if (!host) {
        if (free_env) free_env(env);
        return fail_oom(status);
    }
    atomic_init(&host->refs, 1);
    host->engine = hf_engine_ref(engine);
    arena_init(&host->arena, &engine->heap);
    host->desc = (hf_func_desc){ .size = sizeof host->desc, .module = "", .name = name, .opaque = true };
    host->internal = true;
    host->fn = fn;
    host->env = env;
    host->free_env = free_env;
    set_type(host, type_id);
    *out = host;
    return HF_OK;
}

struct host_func *host_func_ref(struct host_func *host)
{
    atomic_fetch_add_explicit(&host->refs, 1, memory_order_relaxed);
    return host;
}

void host_func_unref(struct host_func *host)
{
    if (!host || atomic_fetch_sub_explicit(&host->refs, 1, memory_order_acq_rel) != 1) return;
    if (host->free_env) host->free_env(host->env);
    if (host->free_border) host->free_border(host->border_env);
    host_func_unref(host->inner);
    struct hf_engine *engine = host->engine;
    if (host->type_id != NO_TYPE) types_unref(engine->types, host->type_id);
    arena_fini(&host->arena);
    MEM_FREE(&engine->heap, host);
    hf_engine_unref(engine);
}

// ---- signatures as text ----

struct type_word {
    const char *word;
    hf_valtype type;
};

static const struct type_word type_words[] = {
    { "i32", HF_TYPE_I32 },
    { "i64", HF_TYPE_I64 },
    { "f32", HF_TYPE_F32 },
    { "f64", HF_TYPE_F64 },
    { "v128", HF_TYPE_V128 },
    { "funcref", HF_TYPE_FUNCREF },
    { "externref", HF_TYPE_EXTERNREF },
    { "anyref", HF_TYPE_ANYREF },
    { "exnref", HF_TYPE_EXNREF },
};

static hf_valtype type_of_word(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++) {
        if (strlen(type_words[i].word) == size && memcmp(type_words[i].word, word, size) == 0)
            return type_words[i].type;
    }
    return 0;
}

hf_code signature_read(const char *text, hf_valtype *params, size_t most_params, size_t *param_count,
                       hf_valtype *results, size_t most_results, size_t *result_count, hf_status *status)
{
    *param_count = *result_count = 0;
    bool arrow = false;
    const char *at = text ? text : "";
    for (;;) {
        while (*at == ' ') at++;
        if (!*at) break;
        const char *end = at;
        while (*end && *end != ' ') end++;
        const size_t size = (size_t)(end - at);
        if (size == 2 && memcmp(at, "->", 2) == 0) {
            if (arrow) return fail(status, HF_BAD_ARGUMENT, "signature \"%s\": a second arrow", text);
            arrow = true;
        } else {
            const hf_valtype type = type_of_word(at, size);
            if (!type) return fail(status, HF_BAD_ARGUMENT, "signature \"%s\": what is \"%.*s\"?", text, (int)size, at);
            size_t *count = arrow ? result_count : param_count;
            if (*count >= (arrow ? most_results : most_params))
                return fail(status, HF_BAD_ARGUMENT, "signature \"%s\" is too long", text);
            (arrow ? results : params)[(*count)++] = type;
        }
        at = end;
    }
    if (!arrow) return fail(status, HF_BAD_ARGUMENT, "signature \"%s\": no \"->\"", text ? text : "");
    return HF_OK;
}
