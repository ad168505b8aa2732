// From the table to functions in a linker.
#include "base/fail.h"
#include "wasi/p2/p2.h"
#include "wasi/guest.h"

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

#define I32(name) { name, HF_TYPE_I32, HF_PARAM_VALUE, 0, 0 }
#define I64(name) { name, HF_TYPE_I64, HF_PARAM_VALUE, 0, 0 }
#define LEN(name) { name, HF_TYPE_I32, HF_PARAM_LENGTH, 0, 0 }
#define BYTES(name, i) { name, HF_TYPE_I32, HF_PARAM_IN_BYTES, i, 1 }
#define INTO(name, i) { name, HF_TYPE_I32, HF_PARAM_OUT_BYTES, i, 1 }
#define OUT(name, size) { name, HF_TYPE_I32, HF_PARAM_OUT_FIXED, 0, size }
#define IOVECS(name, i) { name, HF_TYPE_I32, HF_PARAM_OUT_IOVECS, i, 8 }
#define CIOVECS(name, i) { name, HF_TYPE_I32, HF_PARAM_IN_IOVECS, i, 8 }
#define ARRAY(name, i, size) { name, HF_TYPE_I32, HF_PARAM_IN_ARRAY, i, size }
#define EVENTS(name, i, size) { name, HF_TYPE_I32, HF_PARAM_OUT_BYTES, i, size }

// Each list begins with a parameter that is not one, since a list cannot be empty.
#define FN(name, effects, ...) static const hf_param params_##name[] = { { 0 }, __VA_ARGS__ };
#define EXIT_FN FN
#define FILESTAT_BYTES 64
#define SUBSCRIPTION_BYTES 48
#include "wasi/wasi01.def"
#undef FN
#define FN(name, effects, ...) static const hf_param unstable_##name[] = { { 0 }, __VA_ARGS__ };
#undef FILESTAT_BYTES
#undef SUBSCRIPTION_BYTES
#define FILESTAT_BYTES 56
#define SUBSCRIPTION_BYTES 56
#define WITHOUT_NEW
#include "wasi/wasi01.def"
#undef FN
#undef EXIT_FN

#define ROW(name, effects, list, returns, unstable) \
    { #name, wasi_##name, list##name + 1, sizeof list##name / sizeof(hf_param) - 1, returns, unstable, effects },

static const struct row unstable_rows[] = {
#define FN(name, effects, ...) ROW(name, effects, unstable_, true, true)
#define EXIT_FN(name, effects, ...) ROW(name, effects, unstable_, false, true)
#include "wasi/wasi01.def"
#undef FN
#undef EXIT_FN
};
#undef WITHOUT_NEW

static const struct row rows[] = {
#define FN(name, effects, ...) ROW(name, effects, params_, true, false)
#define EXIT_FN(name, effects, ...) ROW(name, effects, params_, false, false)
#include "wasi/wasi01.def"
#undef FN
#undef EXIT_FN
};

hf_code wasi_dispatch(hf_call *call, void *env)
{
    const struct row *row = env;
    hf_wasi *wasi = hf_store_wasi(hf_call_store(call));
    if (!wasi) return hf_call_trap(call, "%s: the store has no WASI context", row->name);
    return row->fn(call, wasi, row);
}

static hf_code define(hf_linker *linker, const char *module, const struct row *list, size_t count, hf_status *status)
{
    static const hf_valtype errno_type = HF_TYPE_I32;
    for (size_t i = 0; i < count; i++) {
        const hf_func_desc desc = {
            .size = sizeof desc,
            .module = module,
            .name = list[i].name,
            .version = "0.1",
            .params = list[i].params,
            .param_count = list[i].param_count,
            .results = &errno_type,
            .result_count = list[i].returns,
            .effects = list[i].effects,
        };
        const hf_code code = hf_linker_define(linker, &desc, wasi_dispatch, (void *)(uintptr_t)&list[i], status);
        if (code != HF_OK) return code;
    }
    return HF_OK;
}

static hf_code link_01(hf_linker *linker, hf_status *status)
{
    const hf_code code = define(linker, "wasi_snapshot_preview1", rows, sizeof rows / sizeof rows[0], status);
    if (code != HF_OK) return code;
    return define(linker, "wasi_unstable", unstable_rows, sizeof unstable_rows / sizeof unstable_rows[0], status);
}

hf_code hf_wasi_link(hf_linker *linker, uint32_t versions, hf_status *status)
{
    if (!(versions & (HF_WASI_0_1 | HF_WASI_0_2)))
        return fail(status, HF_UNSUPPORTED, "no such version of WASI: 0x%x", versions);
    const hf_code code = versions & HF_WASI_0_1 ? link_01(linker, status) : HF_OK;
    return code == HF_OK && versions & HF_WASI_0_2 ? p2_link(linker, status) : code;
}
