// Names of native code for profilers and debuggers, where the engine was asked for them.
#ifndef JIT_PROFILE_H
#define JIT_PROFILE_H

#include "jit/native.h"

// A function's code was placed: `run` where it runs, `bytes` where it can be read.
void profile_function(struct code_object *object, uint32_t func, const uint8_t *run, const uint8_t *bytes, size_t size);
// The module's code goes away.
void profile_end(struct code_object *object);

#endif
