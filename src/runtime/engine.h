// The engine: what modules and stores share. Immutable after hf_engine_new, counted.
#ifndef RUNTIME_ENGINE_H
#define RUNTIME_ENGINE_H

#include <holdfast/engine.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "runtime/tier.h"
#include "sys/thread.h"

struct pool;

struct hf_engine {
    atomic_uint refs;
    hf_allocator heap;
    struct type_registry *types;
    hf_engine_options options; // allocator: see heap; the rest with defaults filled in
    uint32_t features;         // enum feature, allowed
    hf_tier tier_kind;
    const struct tier *tier;
    const char *tier_reason; // static
    hf_verdicts verdicts;    // find is NULL: none
    struct pool *pool;       // NULL: none
    struct mutex validation; // of bodies at their first call
};

hf_engine *engine_new(const hf_engine_options *options, const struct tier *tier, hf_tier kind, const char *reason,
                      hf_status *status);

#endif
