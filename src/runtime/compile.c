// Bytes become a module of an engine: decoded, then validated and compiled as the engine's options say.
#include <string.h>

#include "base/blake2b.h"
#include "base/fail.h"
#include "decode/decode.h"
#include "runtime/engine.h"
#include "runtime/instance.h"
#include "sys/self.h"
#include "validate/validate.h"

enum { MOST_THREADS = 4 };

static unsigned threads_of(const struct hf_engine *engine)
{
    if (engine->options.compile_threads) return engine->options.compile_threads;
    const unsigned processors = thread_processors();
    return processors < MOST_THREADS ? processors : MOST_THREADS;
}

// What a verdict goes by: nothing that decides about validity may be missing.
static void hash_of(const struct hf_module *module, uint8_t out[32])
{
    struct blake2b b;
    static const uint8_t version[] = { HF_VERSION_MAJOR, HF_VERSION_MINOR, HF_VERSION_PATCH };
    const uint32_t features = module->features;
    blake2b_init(&b);
    blake2b_update(&b, version, sizeof version);
    blake2b_update(&b, &features, sizeof features);
    blake2b_update(&b, module->bytes, module->size);
    blake2b_final(&b, out);
}

static hf_code judge(struct hf_module *module, hf_status *status)
{
    const struct hf_engine *engine = module->engine;
    struct validate_options options = {
        .threads = threads_of(engine),
        .lazy = engine->options.lazy_validation,
    };
    const hf_verdicts *verdicts = &engine->verdicts;
    if (!verdicts->find || options.lazy) return module_validate(module, &options, status);
    uint8_t hash[32];
    uint64_t notes = 0;
    hash_of(module, hash);
    options.judged = verdicts->find(verdicts->ctx, hash, &notes);
    options.flags = (uint32_t)notes;
    const hf_code code = module_validate(module, &options, status);
    if (!code && !options.judged) verdicts->keep(verdicts->ctx, hash, module->flags);
    return code;
}

static hf_code compile_all(struct hf_module *module, hf_status *status)
{
    const struct hf_engine *engine = module->engine;
    struct run_control control;
    memset(&control, 0, sizeof control);
    control_init(&control, engine);
    return engine->tier->compile(module, &control, threads_of(engine), status);
}

hf_code module_make(struct hf_engine *engine, struct blob *blob, size_t at, size_t size, struct hf_module **out,
                    hf_status *status)
{
    struct hf_module *module = NULL;
    hf_code code =
        module_decode_shared(&engine->heap, engine->types, engine->features, NULL, blob, at, size, &module, status);
    if (code) return code;
    module->engine = hf_engine_ref(engine);
    code = judge(module, status);
    if (code == HF_OK && engine->options.eager) code = compile_all(module, status);
    if (code)
        module_release(module);
    else
        *out = module;
    return code;
}
