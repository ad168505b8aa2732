// The system's clocks and its entropy. Every function returns 0 or an errno.
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <holdfast/defs.h>

enum sys_clock { SYS_CLOCK_REALTIME, SYS_CLOCK_MONOTONIC, SYS_CLOCK_PROCESS, SYS_CLOCK_THREAD };

int sys_clock_now(enum sys_clock id, uint64_t *ns);
int sys_clock_resolution(enum sys_clock id, uint64_t *ns);
int sys_random(void *out, size_t size);

#endif
