// Included before every file of a program that expects more of POSIX than WASI 0.1 has. A guest has no users: these do
// nothing and say that it went well.
#ifndef MISSING_H
#define MISSING_H

#include <fcntl.h>
#include <sys/types.h>

// Locks on files: named, and refused by fcntl when they are asked for.
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

static inline int fchmod(int fd, mode_t mode)
{
    (void)fd;
    (void)mode;
    return 0;
}

static inline int fchown(int fd, uid_t owner, gid_t group)
{
    (void)fd;
    (void)owner;
    (void)group;
    return 0;
}

static inline int chmod(const char *path, mode_t mode)
{
    (void)path;
    (void)mode;
    return 0;
}

static inline int chown(const char *path, uid_t owner, gid_t group)
{
    (void)path;
    (void)owner;
    (void)group;
    return 0;
}

static inline uid_t geteuid(void)
{
    return 1000;
}

#endif
