#include "runtime/engine.h"

#include <string.h>

#include "base/fail.h"
#include "runtime/pool.h"
#include "runtime/store.h"
#include "validate/validate.h"

// A caller that was compiled against an older header knows fewer members: the rest is zero.
static hf_engine_options options_of(const hf_engine_options *given)
{
    hf_engine_options options;
    memset(&options, 0, sizeof options);
    if (given) memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    options.size = sizeof options;
    return options;
}

hf_engine *engine_new(const hf_engine_options *given, const struct tier *tier, hf_tier kind, const char *reason,
                      hf_status *status)
{
    if (given && given->size < sizeof(size_t)) {
        fail(status, HF_BAD_ARGUMENT, "hf_engine_options.size is not set");
        return NULL;
    }
    hf_engine_options options = options_of(given);
    if (options.features & ~(uint32_t)FEATURES_SWITCHED) {
        fail(status, HF_BAD_ARGUMENT, "hf_engine_options.features names a feature that there is not");
        return NULL;
    }
    const uint32_t profiles = HF_PROFILE_PERFMAP | HF_PROFILE_JITDUMP | HF_PROFILE_GDB;
    if ((options.profile & ~profiles) || (options.verdicts && (!options.verdicts->find || !options.verdicts->keep))) {
        fail(status, HF_BAD_ARGUMENT, "hf_engine_options: no such profile, or verdicts without functions");
        return NULL;
    }
    const hf_allocator heap = options.allocator ? *options.allocator : alloc_libc;
    struct hf_engine *engine = MEM_NEW(&heap, struct hf_engine);
    if (!engine) {
        fail_oom(status);
        return NULL;
    }
    atomic_init(&engine->refs, 1);
    engine->heap = heap;
    mutex_init(&engine->validation);
    options.allocator = NULL;
    if (options.verdicts) engine->verdicts = *options.verdicts;
    options.verdicts = NULL;
    if (!options.pool_memory_size) options.pool_memory_size = UINT64_C(16) << 20;
    engine->options = options;
    engine->features = FEATURES_STANDARD | options.features;
    engine->tier = tier;
    engine->tier_kind = kind;
    engine->tier_reason = reason;
    engine->types = types_new(&engine->heap, status);
    if (engine->types && options.pool_slots) engine->pool = pool_new(engine, status);
    if (!engine->types || (options.pool_slots && !engine->pool)) {
        hf_engine_unref(engine);
        return NULL;
    }
    return engine;
}

hf_engine *hf_engine_ref(hf_engine *engine)
{
    if (engine) atomic_fetch_add_explicit(&engine->refs, 1, memory_order_relaxed);
    return engine;
}

void hf_engine_unref(hf_engine *engine)
{
    if (!engine || atomic_fetch_sub_explicit(&engine->refs, 1, memory_order_acq_rel) != 1) return;
    if (engine->pool) pool_free(engine->pool);
    if (engine->types) types_free(engine->types);
    mutex_fini(&engine->validation);
    const hf_allocator heap = engine->heap;
    MEM_FREE(&heap, engine);
}

hf_code func_prepare(struct hf_module *module, uint32_t func, hf_status *status)
{
    struct hf_engine *engine = module->engine;
    if (!module->lazy) return HF_OK;
    struct validate_scratch *scratch = validate_scratch_new(&engine->heap);
    if (!scratch) return fail_oom(status);
    hf_code code = HF_OK;
    hf_status wrong = hf_status_ok();
    mutex_lock(&engine->validation);
    if (!module->funcs[func].valid) {
        code = validate_func(module, func, scratch, &wrong);
        // Code of other functions relies on flags that came with a verdict.
        if (!code && (module->funcs[func].flags & ~module->flags))
            code = fail(&wrong, HF_INVALID, "function %u: the verdict was of another module", func);
        module->funcs[func].valid = !code;
    }
    mutex_unlock(&engine->validation);
    validate_scratch_free(scratch);
    if (code && code != HF_OUT_OF_MEMORY) {
        // The validator's words, as a trap.
        code = wrong.code = HF_TRAPPED;
        wrong.trap = HF_TRAP_INVALID_FUNCTION;
    }
    return code ? pass_on(&wrong, status) : HF_OK;
}

hf_tier hf_engine_tier(const hf_engine *engine)
{
    return engine ? engine->tier_kind : HF_TIER_AUTO;
}

const char *hf_engine_tier_reason(const hf_engine *engine)
{
    return engine ? engine->tier_reason : "no engine";
}

const char *hf_tier_name(hf_tier tier)
{
    static const char *const names[] = { "auto", "interp", "jit" };
    return (unsigned)tier < sizeof names / sizeof *names ? names[tier] : NULL;
}
