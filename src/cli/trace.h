// --trace-calls: a hook around everything that prints each host call.
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <holdfast/linker.h>

// Prints to standard error. Bind it with "*".
hf_code trace_hook(hf_call *call, void *env);

#endif
