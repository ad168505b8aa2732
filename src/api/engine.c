// Engines: here the tier is chosen.
#include <holdfast/engine.h>

#include "base/fail.h"
#include "interp/interp.h"
#include "jit/jit.h"
#include "runtime/engine.h"

static const struct tier *interp_of(hf_interp form)
{
    switch (form) {
    case HF_INTERP_DEFAULT:
    case HF_INTERP_THREADED: return &interp_tier;
    case HF_INTERP_SWITCH: return &interp_tier_switch;
    case HF_INTERP_THREADED_PLAIN: return &interp_tier_plain;
    case HF_INTERP_SWITCH_PLAIN: return &interp_tier_switch_plain;
    }
    return NULL;
}

static bool has(const hf_engine_options *options, size_t end)
{
    return options && options->size >= end;
}

hf_engine *hf_engine_new(const hf_engine_options *options, hf_status *status)
{
    const hf_tier wanted =
        has(options, offsetof(hf_engine_options, tier) + sizeof options->tier) ? options->tier : HF_TIER_AUTO;
    const hf_interp form = has(options, offsetof(hf_engine_options, interp) + sizeof options->interp)
                               ? options->interp
                               : HF_INTERP_DEFAULT;
    const struct tier *tier = interp_of(form);
    if (!tier || (unsigned)wanted > HF_TIER_JIT) {
        fail(status, HF_BAD_ARGUMENT, "no such tier");
        return NULL;
    }
    if (wanted == HF_TIER_INTERP) return engine_new(options, tier, HF_TIER_INTERP, "asked for", status);
    const char *refusal = jit_refusal();
    if (wanted == HF_TIER_JIT) {
        const bool plain = form == HF_INTERP_THREADED_PLAIN || form == HF_INTERP_SWITCH_PLAIN;
        if (!refusal) return engine_new(options, plain ? &jit_tier_plain : &jit_tier, HF_TIER_JIT, "asked for", status);
        fail(status, HF_UNSUPPORTED, "no native tier: %s", refusal);
        return NULL;
    }
    if (refusal) return engine_new(options, tier, HF_TIER_INTERP, refusal, status);
    // Native code runs longer programs several times as fast, but a short one starts later: until it does not, it is asked for.
    return engine_new(options, tier, HF_TIER_INTERP, "native code runs when asked for", status);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *hf_version(void)
{
    return TEXT(HF_VERSION_MAJOR) "." TEXT(HF_VERSION_MINOR) "." TEXT(HF_VERSION_PATCH);
}
