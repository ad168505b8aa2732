// The native tier. A body is rewritten to the interpreter's register code (interp/code.h), which is then translated,
// function by function, to machine code: frames, fuel, maps of references, handlers and positions are the register
// code's own, so that both tiers mean the same.
#ifndef JIT_JIT_H
#define JIT_JIT_H

#include "runtime/tier.h"

// The second one uses the least that the tier asks of a machine (SSE4.1): for tests.
extern const struct tier jit_tier, jit_tier_plain;

// Has the tier a back end for this machine, and does the system allow executable memory?
bool jit_available(void);

#endif
