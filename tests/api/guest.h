/* A guest world in one struct, for tests: an engine, a linker, a store and the instance of a module given as text. */
#ifndef TESTS_API_GUEST_H
#define TESTS_API_GUEST_H

#include <holdfast.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct guest {
    hf_engine *engine;
    hf_linker *linker;
    hf_store *store;
    hf_module *module;
    hf_instance instance;
    hf_status status;
};

/* Where a test does not choose a tier, HOLDFAST_TEST_TIER does. */
static inline hf_engine *guest_engine(const hf_engine_options *given, hf_status *status)
{
    hf_engine_options options;
    memset(&options, 0, sizeof options);
    if (given) options = *given;
    options.size = sizeof options;
    const char *tier = getenv("HOLDFAST_TEST_TIER");
    if (tier && options.tier == HF_TIER_AUTO) options.tier = strcmp(tier, "interp") ? HF_TIER_JIT : HF_TIER_INTERP;
    return hf_engine_new(&options, status);
}

static inline void guest_begin(struct guest *g, const hf_engine_options *engine, const hf_store_options *store)
{
    memset(g, 0, sizeof *g);
    g->status = hf_status_ok();
    g->engine = guest_engine(engine, &g->status);
    assert_non_null(g->engine);
    g->linker = hf_linker_new(g->engine, &g->status);
    assert_non_null(g->linker);
    g->store = hf_store_new(g->engine, store, &g->status);
    assert_non_null(g->store);
}

static inline hf_module *guest_module(struct guest *g, const char *text)
{
    hf_status status = hf_status_ok();
    hf_module *module = hf_module_new_any(g->engine, text, strlen(text), &status);
    if (!module) print_error("%s\n", status.message);
    assert_non_null(module);
    return module;
}

/* Instantiates what is in the linker by then. */
static inline hf_code guest_load(struct guest *g, const char *text)
{
    hf_module_unref(g->module);
    g->module = guest_module(g, text);
    g->status = hf_status_ok();
    return hf_linker_instantiate(g->linker, g->store, g->module, &g->instance, &g->status);
}

static inline void guest_must_load(struct guest *g, const char *text)
{
    const hf_code code = guest_load(g, text);
    if (code) print_error("%s\n", g->status.message);
    assert_int_equal(code, HF_OK);
}

static inline hf_func guest_func(struct guest *g, const char *name)
{
    hf_func func;
    hf_status status = hf_status_ok();
    assert_int_equal(hf_instance_func(g->store, g->instance, name, &func, &status), HF_OK);
    return func;
}

/* Calls an export of i32 parameters with at most one i32 result. */
static inline hf_code guest_call(struct guest *g, const char *name, const int32_t *args, size_t count, int32_t *result)
{
    hf_val values[8], out;
    for (size_t i = 0; i < count; i++) values[i] = hf_i32(args[i]);
    g->status = hf_status_ok();
    const hf_code code = hf_func_call(g->store, guest_func(g, name), values, count, &out, result ? 1 : 0, &g->status);
    if (!code && result) *result = out.of.i32;
    return code;
}

static inline int32_t guest_must_call(struct guest *g, const char *name, int32_t arg)
{
    int32_t result = 0;
    const hf_code code = guest_call(g, name, &arg, 1, &result);
    if (code) print_error("%s\n", g->status.message);
    assert_int_equal(code, HF_OK);
    return result;
}

static inline void guest_end(struct guest *g)
{
    hf_store_free(g->store);
    hf_linker_free(g->linker);
    hf_module_unref(g->module);
    hf_engine_unref(g->engine);
}

#endif
