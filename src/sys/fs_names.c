// What is done to names in a directory.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ckd.h"
#include "sys/fs.h"

static int done(int result)
{
    return result < 0 ? errno : 0;
}

static uint64_t nanoseconds(struct timespec t)
{
    uint64_t ns;
    if (t.tv_sec < 0) return 0;
    if (ckd_mul(&ns, (uint64_t)t.tv_sec, UINT64_C(1000000000)) || ckd_add(&ns, ns, (uint64_t)t.tv_nsec))
        return UINT64_MAX;
    return ns;
}

static enum sys_filetype type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFBLK: return SYS_FILE_BLOCK;
    case S_IFCHR: return SYS_FILE_CHARACTER;
    case S_IFDIR: return SYS_FILE_DIRECTORY;
    case S_IFREG: return SYS_FILE_REGULAR;
    case S_IFSOCK: return SYS_FILE_STREAM_SOCKET;
    case S_IFLNK: return SYS_FILE_LINK;
    case S_IFIFO: return SYS_FILE_FIFO;
    default: return SYS_FILE_UNKNOWN;
    }
}

static struct sys_stat stat_of(const struct stat *st)
{
    return (struct sys_stat){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .nlink = st->st_nlink,
        .size = st->st_size < 0 ? 0 : (uint64_t)st->st_size,
        .atim = nanoseconds(st->st_atim),
        .mtim = nanoseconds(st->st_mtim),
        .ctim = nanoseconds(st->st_ctim),
        .type = type_of(st->st_mode),
    };
}

int sys_stat_at(int dir, const char *name, struct sys_stat *out)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return errno;
    *out = stat_of(&st);
    return 0;
}

int sys_stat_fd(int fd, struct sys_stat *out)
{
    struct stat st;
    if (fstat(fd, &st) < 0) return errno;
    *out = stat_of(&st);
    return 0;
}

int sys_readlink_at(int dir, const char *name, char *out, size_t max, size_t *size)
{
    const ssize_t n = readlinkat(dir, name, out, max);
    if (n < 0) return errno;
    *size = (size_t)n;
    return 0;
}

int sys_mkdir_at(int dir, const char *name)
{
    return done(mkdirat(dir, name, 0777));
}

int sys_unlink_at(int dir, const char *name)
{
    return done(unlinkat(dir, name, 0));
}

int sys_rmdir_at(int dir, const char *name)
{
    return done(unlinkat(dir, name, AT_REMOVEDIR));
}

int sys_symlink_at(const char *target, int dir, const char *name)
{
    return done(symlinkat(target, dir, name));
}

int sys_link_at(int from, const char *name, int to, const char *new_name)
{
    return done(linkat(from, name, to, new_name, 0));
}

int sys_rename_at(int from, const char *name, int to, const char *new_name)
{
    return done(renameat(from, name, to, new_name));
}

static struct timespec timespec_of(struct sys_time t)
{
    struct timespec ts = { 0 };
    if (t.kind == SYS_TIME_AT) {
        ts.tv_sec = (time_t)(t.ns / UINT64_C(1000000000));
        ts.tv_nsec = (long)(t.ns % UINT64_C(1000000000));
    } else {
        ts.tv_nsec = t.kind == SYS_TIME_NOW ? UTIME_NOW : UTIME_OMIT;
    }
    return ts;
}

int sys_set_times_at(int dir, const char *name, struct sys_time atim, struct sys_time mtim)
{
    const struct timespec times[2] = { timespec_of(atim), timespec_of(mtim) };
    return done(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW));
}

int sys_set_times(int fd, struct sys_time atim, struct sys_time mtim)
{
    const struct timespec times[2] = { timespec_of(atim), timespec_of(mtim) };
    return done(futimens(fd, times));
}

// What getdents64 writes.
struct kernel_entry {
    uint64_t ino;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

static enum sys_filetype type_of_entry(int dir, uint8_t type, const char *name)
{
    switch (type) {
    case DT_BLK: return SYS_FILE_BLOCK;
    case DT_CHR: return SYS_FILE_CHARACTER;
    case DT_DIR: return SYS_FILE_DIRECTORY;
    case DT_REG: return SYS_FILE_REGULAR;
    case DT_SOCK: return SYS_FILE_STREAM_SOCKET;
    case DT_LNK: return SYS_FILE_LINK;
    case DT_FIFO: return SYS_FILE_FIFO;
    default: break;
    }
    struct sys_stat st; // some file systems do not say
    return sys_stat_at(dir, name, &st) == 0 ? st.type : SYS_FILE_UNKNOWN;
}

int sys_list(int dir, uint64_t cookie, sys_take_entry take, void *ctx)
{
    if (cookie > INT64_MAX) return EINVAL;
    if (lseek(dir, (off_t)cookie, SEEK_SET) < 0) return errno;

    _Alignas(struct kernel_entry) char block[8192];
    for (;;) {
        const long n = syscall(SYS_getdents64, dir, block, sizeof block);
        if (n < 0 && errno != ENOENT) return errno;
        if (n <= 0) return 0; // ENOENT: the directory was removed, so nothing is in it
        for (size_t at = 0; at < (size_t)n;) {
            const struct kernel_entry *entry = (const struct kernel_entry *)(const void *)(block + at);
            const enum sys_filetype type = type_of_entry(dir, entry->type, entry->name);
            if (!take(ctx, entry->name, entry->ino, type, (uint64_t)entry->next)) return 0;
            at += entry->size;
        }
    }
}
