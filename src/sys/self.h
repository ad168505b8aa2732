// The calling thread, seen from inside.
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <holdfast/defs.h>

// Unique among the threads that live now; never 0.
uint64_t thread_self(void);
// Bytes of native stack below the caller's frame; SIZE_MAX when that is not known.
size_t thread_stack_left(void);
// Processors that this process may run on, at least 1.
unsigned thread_processors(void);

#endif
