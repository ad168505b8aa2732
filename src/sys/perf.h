// Files in /tmp that profilers of this process look for. One of each a process, opened when first asked for; all is dropped
// silently where they cannot be written.
#ifndef SYS_PERF_H
#define SYS_PERF_H

#include <holdfast/defs.h>

// /tmp/perf-PID.map: `perf report` reads names of code from it.
void sys_perf_map(const void *code, size_t size, const char *name);
// /tmp/jit-PID.dump ("jitdump", tools/perf/Documentation/jitdump-specification.txt): names and bytes, for `perf inject --jit`.
// `run` is where the code runs, `bytes` where it can be read.
void sys_perf_dump(const void *run, const void *bytes, size_t size, const char *name);

#endif
