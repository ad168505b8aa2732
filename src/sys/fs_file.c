// What is done to open files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/ckd.h"
#include "sys/fs.h"
#include "sys/quiet.h"

static int done(int result)
{
    return result < 0 ? errno : 0;
}

static int counted(ssize_t n, size_t *out)
{
    if (n < 0) return errno;
    *out = (size_t)n;
    return 0;
}

int sys_pread(int fd, void *out, size_t size, uint64_t offset, size_t *count)
{
    if (offset > INT64_MAX) return EINVAL;
    return counted(pread(fd, out, size, (off_t)offset), count);
}

// At the end of the file, whatever mode the descriptor is in. A kernel or file system that has no such write (before Linux
// 4.16) is asked where the end is.
static ssize_t append_to(int fd, const struct iovec *v, int n)
{
    struct stat stat;
    const ssize_t result = pwritev2(fd, v, n, 0, RWF_APPEND);
    if (result >= 0 || (errno != ENOSYS && errno != EOPNOTSUPP)) return result;
    if (fstat(fd, &stat) < 0) return -1;
    return pwritev(fd, v, n, stat.st_size);
}

int sys_pwrite(int fd, const struct sys_slice *from, size_t count, uint64_t offset, bool append, size_t *written)
{
    if (!append && offset > INT64_MAX) return EFBIG;
    struct iovec v[SYS_SLICES];
    const size_t n = count < SYS_SLICES ? count : SYS_SLICES;
    for (size_t i = 0; i < n; i++) v[i] = (struct iovec){ (void *)from[i].data, from[i].size };
    const struct quiet quiet = quiet_growth();
    const ssize_t result = append ? append_to(fd, v, (int)n) : pwritev(fd, v, (int)n, (off_t)offset);
    quiet_end(&quiet, result < 0 && errno == EFBIG);
    return counted(result, written);
}

int sys_truncate(int fd, uint64_t size)
{
    if (size > INT64_MAX) return EFBIG;
    const struct quiet quiet = quiet_growth();
    const int result = ftruncate(fd, (off_t)size);
    quiet_end(&quiet, result < 0 && errno == EFBIG);
    return done(result);
}

int sys_allocate(int fd, uint64_t offset, uint64_t size)
{
    uint64_t end;
    if (ckd_add(&end, offset, size) || end > INT64_MAX) return EFBIG;
    if (size == 0) return EINVAL;
    // fallocate, not posix_fallocate: libc would fill the file by writing where the file system cannot do it.
    const struct quiet quiet = quiet_growth();
    const int result = fallocate(fd, 0, (off_t)offset, (off_t)size);
    quiet_end(&quiet, result < 0 && errno == EFBIG);
    return done(result);
}

int sys_advise(int fd, uint64_t offset, uint64_t size, enum sys_advice advice)
{
    static const int advices[] = {
        [SYS_NORMAL] = POSIX_FADV_NORMAL,     [SYS_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
        [SYS_RANDOM] = POSIX_FADV_RANDOM,     [SYS_WILLNEED] = POSIX_FADV_WILLNEED,
        [SYS_DONTNEED] = POSIX_FADV_DONTNEED, [SYS_NOREUSE] = POSIX_FADV_NOREUSE,
    };
    if (offset > INT64_MAX || size > INT64_MAX) return EINVAL;
    return posix_fadvise(fd, (off_t)offset, (off_t)size, advices[advice]);
}

int sys_sync(int fd, bool data_only)
{
    return done(data_only ? fdatasync(fd) : fsync(fd));
}

int sys_set_append(int fd, bool append)
{
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return errno;
    return done(fcntl(fd, F_SETFL, append ? flags | O_APPEND : flags & ~O_APPEND));
}
