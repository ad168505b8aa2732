#include "sys/quiet.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

static sigset_t only(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}

static struct quiet begin(int signal)
{
    struct quiet quiet = { .signal = signal };
    sigset_t pending;
    const sigset_t set = only(signal);
    sigpending(&pending);
    quiet.was_pending = sigismember(&pending, signal) == 1;
    pthread_sigmask(SIG_BLOCK, &set, &quiet.old);
    return quiet;
}

struct quiet quiet_pipe(void)
{
    return begin(SIGPIPE);
}

struct quiet quiet_growth(void)
{
    struct rlimit limit;
    // Most processes have no such limit, and then nothing is raised.
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) return (struct quiet){ .signal = 0 };
    return begin(SIGXFSZ);
}

void quiet_end(const struct quiet *quiet, bool raised)
{
    if (!quiet->signal) return;
    const int error = errno;
    if (raised && !quiet->was_pending) {
        const sigset_t set = only(quiet->signal);
        const struct timespec now = { 0 };
        while (sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &quiet->old, NULL);
    errno = error;
}
