// Opening, so that nothing is followed that we did not decide to follow.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fs.h"

// The kernel answers EAGAIN when a rename anywhere raced with the walk past a "..".
enum { BENEATH_TRIES = 128 };

static int opened(int fd, int *out)
{
    if (fd < 0) return errno;
    *out = fd;
    return 0;
}

int sys_open_root(const char *path, int *out)
{
    return opened(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), out);
}

int sys_read_path(const char *path, void *out, size_t max, size_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t at = 0;
    if (fd < 0) return errno;
    while (at < max) {
        const ssize_t n = read(fd, (char *)out + at, max - at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const int error = errno;
            close(fd);
            return error;
        }
        if (n == 0) break;
        at += (size_t)n;
    }
    close(fd);
    *size = at;
    return 0;
}

int sys_open_at(int dir, const char *name, uint32_t flags, int *out)
{
    int how = O_CLOEXEC | O_NOFOLLOW;
    if (flags & SYS_DIRECTORY) how |= O_DIRECTORY;
    if (flags & SYS_HANDLE) return opened(openat(dir, name, how | O_PATH), out);

    how |= O_NOCTTY | O_NONBLOCK;
    if ((flags & SYS_READ) && (flags & SYS_WRITE)) {
        how |= O_RDWR;
    } else if (flags & SYS_WRITE) {
        how |= O_WRONLY;
    }
    if (flags & SYS_CREATE) how |= O_CREAT;
    if (flags & SYS_EXCLUSIVE) how |= O_EXCL;
    if (flags & SYS_TRUNCATE) how |= O_TRUNC;
    if (flags & SYS_APPEND) how |= O_APPEND;
    if (flags & SYS_DSYNC) how |= O_DSYNC;
    if (flags & SYS_SYNC) how |= O_SYNC;
    return opened(openat(dir, name, how, 0666), out);
}

int sys_open_beneath(int dir, const char *path, int *out)
{
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int i = 0; i < BENEATH_TRIES; i++) {
        const long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return opened((int)fd, out);
    }
    return EAGAIN;
}

int sys_dup(int fd, int *out)
{
    return opened(fcntl(fd, F_DUPFD_CLOEXEC, 3), out);
}

void sys_close(int fd)
{
    close(fd);
}
