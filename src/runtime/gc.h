// The collector as tiers see it: what a trace function is given.
#ifndef RUNTIME_GC_H
#define RUNTIME_GC_H

#include "runtime/slot.h"

struct tracer;

// A reference of the any, extern or exn hierarchy; null and i31 are fine.
void trace_heap_ref(struct tracer *tracer, gref ref);
// A function reference: keeps its instance alive.
void trace_func_ref(struct tracer *tracer, gref ref);

#endif
