// Files and directories of the host, relative to open directories. Every function returns 0 or an errno; outputs come
// last and are written on success. Names are single components and are never followed when they are links, so that
// nothing here leaves the directory it is given, but for sys_open_beneath, in which the kernel sees to that.
// Descriptors are close-on-exec and never become a controlling terminal.
#ifndef SYS_FS_H
#define SYS_FS_H

#include <holdfast/defs.h>

enum sys_filetype {
    SYS_FILE_UNKNOWN,
    SYS_FILE_BLOCK,
    SYS_FILE_CHARACTER,
    SYS_FILE_DIRECTORY,
    SYS_FILE_REGULAR,
    SYS_FILE_DGRAM_SOCKET,
    SYS_FILE_STREAM_SOCKET,
    SYS_FILE_LINK,
    SYS_FILE_FIFO,
};

struct sys_stat {
    uint64_t dev, ino, nlink, size;
    uint64_t atim, mtim, ctim; // nanoseconds since 1970; 0 for what is earlier, UINT64_MAX for what is too late
    enum sys_filetype type;
};

// -- opening --
enum {
    SYS_READ = 1,
    SYS_WRITE = 2,
    SYS_CREATE = 4,
    SYS_EXCLUSIVE = 8,
    SYS_TRUNCATE = 16,
    SYS_DIRECTORY = 32, // ENOTDIR for anything else
    SYS_APPEND = 64,
    SYS_DSYNC = 128,
    SYS_SYNC = 256,
    SYS_HANDLE = 512, // only a place to start from: no reading, no permission needed
};
// A directory of the embedder's choice: the path is followed as usual.
int sys_open_root(const char *path, int *out);
// A component below an open directory. ELOOP: it is a link. Never waits for the other end of a pipe.
int sys_open_at(int dir, const char *name, uint32_t flags, int *out);
// The directory at a path below an open directory, as a handle, by openat2 with beneath semantics. EXDEV: the path leaves the
// directory. ENOSYS: the kernel cannot, or may not.
int sys_open_beneath(int dir, const char *path, int *out);
int sys_dup(int fd, int *out);
void sys_close(int fd);

// The beginning of a file at a path of the embedder's choice.
int sys_read_path(const char *path, void *out, size_t max, size_t *size);

// -- names in a directory --
int sys_stat_at(int dir, const char *name, struct sys_stat *out);
// Not zero-terminated; what does not fit is cut off.
int sys_readlink_at(int dir, const char *name, char *out, size_t max, size_t *size);
int sys_mkdir_at(int dir, const char *name);
int sys_unlink_at(int dir, const char *name);
int sys_rmdir_at(int dir, const char *name);
int sys_symlink_at(const char *target, int dir, const char *name);
int sys_link_at(int from, const char *name, int to, const char *new_name);
int sys_rename_at(int from, const char *name, int to, const char *new_name);

// A time to set: a number of nanoseconds, now, or leave it as it is.
enum sys_time_kind { SYS_TIME_OMIT, SYS_TIME_NOW, SYS_TIME_AT };
struct sys_time {
    enum sys_time_kind kind;
    uint64_t ns;
};
int sys_set_times_at(int dir, const char *name, struct sys_time atim, struct sys_time mtim);
int sys_set_times(int fd, struct sys_time atim, struct sys_time mtim);

// Entries of an open directory from a cookie on (0: the first), "." and ".." among them, until `take` returns false. `next`
// is the cookie of what follows the entry.
typedef bool (*sys_take_entry)(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next);
int sys_list(int dir, uint64_t cookie, sys_take_entry take, void *ctx);

// -- open files --
struct sys_slice {
    const uint8_t *data;
    size_t size;
};
enum { SYS_SLICES = 64 }; // most that one call takes; further ones are left for the next call
int sys_stat_fd(int fd, struct sys_stat *out);
int sys_pread(int fd, void *out, size_t size, uint64_t offset, size_t *done);
// With `append` the offset does not matter.
int sys_pwrite(int fd, const struct sys_slice *from, size_t count, uint64_t offset, bool append, size_t *done);
int sys_truncate(int fd, uint64_t size);
int sys_allocate(int fd, uint64_t offset, uint64_t size);
enum sys_advice { SYS_NORMAL, SYS_SEQUENTIAL, SYS_RANDOM, SYS_WILLNEED, SYS_DONTNEED, SYS_NOREUSE };
int sys_advise(int fd, uint64_t offset, uint64_t size, enum sys_advice advice);
int sys_sync(int fd, bool data_only);
// Sets SYS_APPEND; the other flags are fixed when a file is opened.
int sys_set_append(int fd, bool append);

#endif
