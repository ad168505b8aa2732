// Bytes become a module of an engine: decoded, then validated as the engine's options say.
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

hf_code module_make(struct hf_engine *engine, struct blob *blob, size_t at, size_t size, struct hf_module **out,
                    hf_status *status)
{
    struct hf_module *module = NULL;
    hf_code code = module_decode_shared(&engine->heap, engine->types, engine->features, NULL, blob, at, size, &module,
                                        status);
    if (code) return code;
    module->engine = hf_engine_ref(engine);
    const struct validate_options options = {
        .threads = threads_of(engine),
        .lazy = engine->options.lazy_validation,
    };
    code = module_validate(module, &options, status);
    if (code)
        module_release(module);
    else
        *out = module;
    return code;
}
