// The interpreter: a tier in portable C. Bodies are rewritten lazily, one function at a time, to register code (code.h),
// which one of two dispatchers runs: threaded or `switch`. The plain forms rewrite one to one, without fusion: for
// differential runs.
#ifndef INTERP_INTERP_H
#define INTERP_INTERP_H

#include "runtime/tier.h"

extern const struct tier interp_tier; // threaded, fused
extern const struct tier interp_tier_switch;
extern const struct tier interp_tier_plain;
extern const struct tier interp_tier_switch_plain;

#endif
