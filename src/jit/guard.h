// Native code whose accesses are checked by the guard pages of their memory.
#ifndef JIT_GUARD_H
#define JIT_GUARD_H

#include "jit/native.h"

// Makes the code memory known to the handler, which is installed at the first time. False: it must check by itself.
bool guard_register(struct native *native);
void guard_unregister(struct native *native);

#endif
