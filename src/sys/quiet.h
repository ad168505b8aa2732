// Calls whose failure would raise a signal, made so that only the error comes: the signal is blocked for this thread, and the one
// that the call raised is taken away, unless one was pending before.
#ifndef SYS_QUIET_H
#define SYS_QUIET_H

#include <signal.h>
#include <stdbool.h>

struct quiet {
    sigset_t old;
    int signal; // 0: nothing to keep away
    bool was_pending;
};

// SIGPIPE, of a write to a pipe that nobody reads.
struct quiet quiet_pipe(void);
// SIGXFSZ, of making a file larger than RLIMIT_FSIZE.
struct quiet quiet_growth(void);
// Behind the call, whose errno is left. `raised`: it failed with the error that the signal goes with (EPIPE, EFBIG).
void quiet_end(const struct quiet *quiet, bool raised);

#endif
