// The calls on paths. Each verb asks for its rights here, once for every path it is given.
#include "wasi/guest.h"

struct path {
    char text[PATH_BYTES + 1];
};

// The directory in argument `fd`, if it is one and has these rights, and the path in the two arguments from `at` on.
static uint16_t dir_and_path(hf_call *call, hf_wasi *wasi, size_t fd, uint64_t rights, size_t at, struct desc **dir,
                             struct path *path)
{
    uint16_t error = desc_get(wasi, arg_u32(call, fd), 0, dir);
    if (!error && (*dir)->node->type != SYS_FILE_DIRECTORY) error = WASI_NOTDIR;
    if (!error) error = desc_get(wasi, arg_u32(call, fd), rights, dir);
    return error ? error : guest_path(call, arg_u32(call, at), arg_u32(call, at + 1), path->text);
}

static uint16_t lookup_flags(uint32_t flags, bool *follow)
{
    if (flags & ~(uint32_t)LOOKUP_SYMLINK_FOLLOW) return WASI_INVAL;
    *follow = flags & LOOKUP_SYMLINK_FOLLOW;
    return 0;
}

hf_code wasi_path_create_directory(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_CREATE_DIRECTORY, 1, &dir, &path);
    return give(call, error ? error : fs_mkdir(dir->node, path.text));
}

hf_code wasi_path_remove_directory(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_REMOVE_DIRECTORY, 1, &dir, &path);
    return give(call, error ? error : fs_rmdir(dir->node, path.text));
}

hf_code wasi_path_unlink_file(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_UNLINK_FILE, 1, &dir, &path);
    return give(call, error ? error : fs_unlink(dir->node, path.text));
}

hf_code wasi_path_filestat_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    struct desc *dir;
    struct path path;
    struct sys_stat stat;
    bool follow;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_FILESTAT_GET, 2, &dir, &path);
    if (!error) error = lookup_flags(arg_u32(call, 1), &follow);
    if (!error) error = fs_stat(dir->node, path.text, follow, &stat);
    return give(call, error ? error : guest_write_filestat(call, arg_u32(call, 4), &stat, row->unstable));
}

hf_code wasi_path_filestat_set_times(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    struct sys_time atim, mtim;
    bool follow;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_FILESTAT_SET_TIMES, 2, &dir, &path);
    if (!error) error = lookup_flags(arg_u32(call, 1), &follow);
    if (!error) error = guest_times(arg_u64(call, 4), arg_u64(call, 5), arg_u32(call, 6), &atim, &mtim);
    return give(call, error ? error : fs_set_times(dir->node, path.text, follow, atim, mtim));
}

hf_code wasi_path_link(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir, *to;
    struct path path, new_path;
    bool follow;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_LINK_SOURCE, 2, &dir, &path);
    if (!error) error = dir_and_path(call, wasi, 4, RIGHT_PATH_LINK_TARGET, 5, &to, &new_path);
    if (!error) error = lookup_flags(arg_u32(call, 1), &follow);
    // The file under its new name can be opened with what the new directory hands on: not more than the old one did.
    if (!error && (to->inheriting & ~dir->inheriting)) error = WASI_NOTCAPABLE;
    return give(call, error ? error : fs_link(dir->node, path.text, follow, to->node, new_path.text));
}

hf_code wasi_path_rename(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir, *to;
    struct path path, new_path;
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_RENAME_SOURCE, 1, &dir, &path);
    if (!error) error = dir_and_path(call, wasi, 3, RIGHT_PATH_RENAME_TARGET, 4, &to, &new_path);
    if (!error && (to->inheriting & ~dir->inheriting)) error = WASI_NOTCAPABLE; // as for a link
    return give(call, error ? error : fs_rename(dir->node, path.text, to->node, new_path.text));
}

hf_code wasi_path_symlink(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path target, path;
    uint16_t error = dir_and_path(call, wasi, 2, RIGHT_PATH_SYMLINK, 3, &dir, &path);
    if (!error) error = guest_path(call, arg_u32(call, 0), arg_u32(call, 1), target.text);
    return give(call, error ? error : fs_symlink(target.text, dir->node, path.text));
}

hf_code wasi_path_readlink(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    char target[PATH_BYTES];
    size_t size = arg_u32(call, 4);
    uint16_t error = dir_and_path(call, wasi, 0, RIGHT_PATH_READLINK, 1, &dir, &path);
    if (size > sizeof target) size = sizeof target;
    if (!error) error = fs_readlink(dir->node, path.text, target, size, &size);
    if (!error) error = guest_write(call, arg_u32(call, 3), target, size);
    return give(call, error ? error : guest_write_u32(call, arg_u32(call, 5), (uint32_t)size));
}

// -- path_open --

static uint32_t open_flags(uint32_t oflags, uint64_t rights, uint32_t fdflags)
{
    const uint64_t writing = RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;
    uint32_t flags = 0;
    if (rights & writing) flags |= SYS_WRITE;
    if ((rights & (RIGHT_FD_READ | RIGHT_FD_READDIR)) || !(flags & SYS_WRITE)) flags |= SYS_READ;
    if (oflags & OFLAG_CREAT) flags |= SYS_CREATE;
    if (oflags & OFLAG_DIRECTORY) flags |= SYS_DIRECTORY;
    if (oflags & OFLAG_EXCL) flags |= SYS_EXCLUSIVE;
    if (oflags & OFLAG_TRUNC) flags |= SYS_TRUNCATE;
    if (fdflags & FDFLAG_APPEND) flags |= SYS_APPEND;
    if (fdflags & FDFLAG_DSYNC) flags |= SYS_DSYNC;
    if (fdflags & (FDFLAG_SYNC | FDFLAG_RSYNC)) flags |= SYS_SYNC;
    return flags;
}

// What the directory must have itself, and what it must hand on.
static uint64_t rights_to_open(uint32_t oflags)
{
    uint64_t rights = RIGHT_PATH_OPEN;
    if (oflags & OFLAG_CREAT) rights |= RIGHT_PATH_CREATE_FILE;
    if (oflags & OFLAG_TRUNC) rights |= RIGHT_PATH_FILESTAT_SET_SIZE;
    return rights;
}

static uint64_t rights_to_hand_on(uint32_t fdflags)
{
    uint64_t rights = 0;
    if (fdflags & FDFLAG_DSYNC) rights |= RIGHT_FD_DATASYNC;
    if (fdflags & (FDFLAG_SYNC | FDFLAG_RSYNC)) rights |= RIGHT_FD_SYNC;
    return rights;
}

hf_code wasi_path_open(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *dir;
    struct path path;
    struct fs_node *node;
    bool follow;
    uint32_t fd;
    const uint32_t oflags = arg_u32(call, 4), fdflags = arg_u32(call, 7);
    const uint64_t base = arg_u64(call, 5), inheriting = arg_u64(call, 6);

    uint16_t error = dir_and_path(call, wasi, 0, rights_to_open(oflags), 2, &dir, &path);
    if (!error) error = lookup_flags(arg_u32(call, 1), &follow);
    if (!error && ((oflags & ~(uint32_t)OFLAGS) || (fdflags & ~(uint32_t)FDFLAGS))) error = WASI_INVAL;
    if (!error && ((base | inheriting | rights_to_hand_on(fdflags)) & ~dir->inheriting)) error = WASI_NOTCAPABLE;
    if (!error) error = fs_open(dir->node, path.text, follow, open_flags(oflags, base, fdflags), &node);
    if (error) return give(call, error);

    uint64_t rights = base;
    if (node->type == SYS_FILE_DIRECTORY) rights &= RIGHTS_DIRECTORY;
    if (node->type == SYS_FILE_CHARACTER) rights &= ~(RIGHT_FD_SEEK | RIGHT_FD_TELL); // how guests know a terminal
    error = desc_add(wasi, node, rights, inheriting, (uint16_t)fdflags, &fd);
    if (error) return give(call, error);
    error = guest_write_u32(call, arg_u32(call, 8), fd);
    if (error) (void)desc_close(wasi, fd);
    return give(call, error);
}
