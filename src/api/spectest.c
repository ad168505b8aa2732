// spectest, as the reference interpreter has it: print functions, constant globals, two tables and a memory.
#include "api/spectest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <holdfast/global.h>
#include <holdfast/memory.h>
#include <holdfast/table.h>

static hf_code print(hf_call *call, void *env)
{
    const struct spectest *const spectest = env;
    if (!spectest->print) return HF_OK;
    char text[128];
    size_t used = 0;
    for (size_t i = 0; i < hf_call_arg_count(call); i++) {
        const hf_val value = hf_call_arg(call, i);
        char *const at = text + used;
        const size_t left = sizeof text - used;
        int size = 0;
        switch (hf_valtype_kind(value.type)) {
        case HF_I32: size = snprintf(at, left, "%" PRId32 " : i32\n", value.of.i32); break;
        case HF_I64: size = snprintf(at, left, "%" PRId64 " : i64\n", value.of.i64); break;
        case HF_F32: size = snprintf(at, left, "%.9g : f32\n", (double)value.of.f32); break;
        default: size = snprintf(at, left, "%.17g : f64\n", value.of.f64); break;
        }
        if (size > 0 && (size_t)size < left) used += (size_t)size;
    }
    if (!used) snprintf(text, sizeof text, "\n");
    spectest->print(spectest->ctx, text);
    return HF_OK;
}

static const struct {
    const char *name, *signature;
} functions[] = {
    { "print", "->" },
    { "print_i32", "i32 ->" },
    { "print_i64", "i64 ->" },
    { "print_f32", "f32 ->" },
    { "print_f64", "f64 ->" },
    { "print_i32_f32", "i32 f32 ->" },
    { "print_f64_f64", "f64 f64 ->" },
};

static hf_code define_globals(hf_linker *linker, hf_store *store, hf_status *status)
{
    const struct {
        const char *name;
        hf_val value;
    } globals[] = {
        { "global_i32", hf_i32(666) },
        { "global_i64", hf_i64(666) },
        { "global_f32", hf_f32(666.6f) },
        { "global_f64", hf_f64(666.6) },
    };
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++) {
        hf_extern object = { .kind = HF_EXTERN_GLOBAL };
        const hf_globaltype type = { .type = globals[i].value.type };
        hf_code code = hf_global_new(store, type, globals[i].value, &object.of.global, status);
        if (!code) code = hf_linker_define_extern(linker, "spectest", globals[i].name, store, object, status);
        if (code) return code;
    }
    return HF_OK;
}

static hf_code define_table(hf_linker *linker, hf_store *store, const char *name, bool is64, hf_status *status)
{
    hf_extern object = { .kind = HF_EXTERN_TABLE };
    const hf_tabletype type = { .element = HF_TYPE_FUNCREF, .limits = { .min = 10, .max = 20, .is64 = is64 } };
    const hf_val null = { .type = HF_TYPE_FUNCREF };
    const hf_code code = hf_table_new(store, type, null, &object.of.table, status);
    return code ? code : hf_linker_define_extern(linker, "spectest", name, store, object, status);
}

static hf_code define_memory(hf_linker *linker, hf_store *store, hf_status *status)
{
    hf_extern object = { .kind = HF_EXTERN_MEMORY };
    const hf_limits type = { .min = 1, .max = 2, .page_log2 = 16 };
    const hf_code code = hf_memory_new(store, type, &object.of.memory, status);
    return code ? code : hf_linker_define_extern(linker, "spectest", "memory", store, object, status);
}

hf_code spectest_link(hf_linker *linker, hf_store *store, struct spectest *spectest, hf_status *status)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const hf_code code = hf_linker_define_func(linker, "spectest", functions[i].name, functions[i].signature, print,
                                                   spectest, status);
        if (code) return code;
    }
    hf_code code = define_globals(linker, store, status);
    if (!code) code = define_table(linker, store, "table", false, status);
    if (!code) code = define_table(linker, store, "table64", true, status);
    if (!code) code = define_memory(linker, store, status);
    return code;
}
