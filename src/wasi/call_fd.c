// What is asked of a descriptor, and how descriptors come and go; but for reading and writing.
#include <string.h>

#include "base/ckd.h"
#include "wasi/guest.h"

// The descriptor in the first argument; its row's rights.
static uint16_t first(hf_call *call, hf_wasi *wasi, uint64_t rights, struct desc **out)
{
    return desc_get(wasi, arg_u32(call, 0), rights, out);
}

hf_code wasi_fd_close(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return give(call, desc_close(wasi, arg_u32(call, 0)));
}

hf_code wasi_fd_renumber(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    const uint32_t from = arg_u32(call, 0), to = arg_u32(call, 1);
    struct desc *source, *target;
    uint16_t error = desc_get(wasi, from, 0, &source);
    if (!error) error = desc_get(wasi, to, 0, &target);
    if (error || from == to) return give(call, error);
    error = desc_close(wasi, to);
    if (error) return give(call, error);
    *target = *source;
    memset(source, 0, sizeof *source);
    return give(call, 0);
}

hf_code wasi_fd_advise(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    const uint32_t advice = arg_u32(call, 3);
    uint16_t error = first(call, wasi, RIGHT_FD_ADVISE, &desc);
    if (!error && advice > SYS_NOREUSE) error = WASI_INVAL;
    if (!error && !desc->node->seekable) error = WASI_SPIPE;
    if (!error) {
        error = desc->node->ops->advise(desc->node, arg_u64(call, 1), arg_u64(call, 2), (enum sys_advice)advice);
    }
    return give(call, error);
}

hf_code wasi_fd_allocate(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    uint16_t error = first(call, wasi, RIGHT_FD_ALLOCATE, &desc);
    if (!error && !desc->node->ops->allocate) error = WASI_SPIPE;
    if (!error) error = desc->node->ops->allocate(desc->node, arg_u64(call, 1), arg_u64(call, 2));
    return give(call, error);
}

static hf_code sync(hf_call *call, hf_wasi *wasi, uint64_t right, bool data_only)
{
    struct desc *desc;
    uint16_t error = first(call, wasi, right, &desc);
    if (!error) error = desc->node->ops->sync(desc->node, data_only);
    return give(call, error);
}

hf_code wasi_fd_sync(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return sync(call, wasi, RIGHT_FD_SYNC, false);
}

hf_code wasi_fd_datasync(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    return sync(call, wasi, RIGHT_FD_DATASYNC, true);
}

// fdstat: u8 filetype, u16 flags, u64 rights_base, u64 rights_inheriting
hf_code wasi_fd_fdstat_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    const uint16_t error = first(call, wasi, 0, &desc);
    if (error) return give(call, error);
    uint8_t bytes[24] = { 0 };
    bytes[0] = guest_filetype(desc->node->type);
    put_u16(bytes + 2, desc->flags);
    put_u64(bytes + 8, desc->rights);
    put_u64(bytes + 16, desc->inheriting);
    return give(call, guest_write(call, arg_u32(call, 1), bytes, sizeof bytes));
}

hf_code wasi_fd_fdstat_set_flags(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    const uint32_t flags = arg_u32(call, 1);
    const uint32_t fixed = FDFLAG_DSYNC | FDFLAG_RSYNC | FDFLAG_SYNC; // when a file is opened
    uint16_t error = first(call, wasi, RIGHT_FD_FDSTAT_SET_FLAGS, &desc);
    if (!error && (flags & ~(uint32_t)FDFLAGS)) error = WASI_INVAL;
    if (!error && ((flags ^ desc->flags) & fixed)) error = WASI_NOTSUP;
    if (!error) error = desc->node->ops->set_append(desc->node, (flags & FDFLAG_APPEND) != 0);
    if (!error) desc->flags = (uint16_t)flags;
    return give(call, error);
}

hf_code wasi_fd_fdstat_set_rights(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    const uint64_t base = arg_u64(call, 1), inheriting = arg_u64(call, 2);
    uint16_t error = first(call, wasi, base, &desc); // only what it has
    if (!error && (inheriting & ~desc->inheriting)) error = WASI_NOTCAPABLE;
    if (error) return give(call, error);
    desc->rights = base;
    desc->inheriting = inheriting;
    return give(call, 0);
}

hf_code wasi_fd_filestat_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    struct desc *desc;
    struct sys_stat stat;
    uint16_t error = first(call, wasi, RIGHT_FD_FILESTAT_GET, &desc);
    if (!error) error = desc->node->ops->stat(desc->node, &stat);
    return give(call, error ? error : guest_write_filestat(call, arg_u32(call, 1), &stat, row->unstable));
}

hf_code wasi_fd_filestat_set_size(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    uint16_t error = first(call, wasi, RIGHT_FD_FILESTAT_SET_SIZE, &desc);
    if (!error && !desc->node->ops->truncate) error = WASI_INVAL;
    if (!error) error = desc->node->ops->truncate(desc->node, arg_u64(call, 1));
    return give(call, error);
}

hf_code wasi_fd_filestat_set_times(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    struct sys_time atim, mtim;
    uint16_t error = first(call, wasi, RIGHT_FD_FILESTAT_SET_TIMES, &desc);
    if (!error) error = guest_times(arg_u64(call, 1), arg_u64(call, 2), arg_u32(call, 3), &atim, &mtim);
    if (!error && !desc->node->ops->set_times) error = WASI_INVAL;
    if (!error) error = desc->node->ops->set_times(desc->node, atim, mtim);
    return give(call, error);
}

// prestat: u8 tag (0: a directory), u32 length of its name
hf_code wasi_fd_prestat_get(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    uint16_t error = first(call, wasi, 0, &desc);
    if (!error && !desc->preopen) error = WASI_BADF;
    if (error) return give(call, error);
    uint8_t bytes[8] = { 0 };
    put_u32(bytes + 4, (uint32_t)strlen(desc->preopen));
    return give(call, guest_write(call, arg_u32(call, 1), bytes, sizeof bytes));
}

hf_code wasi_fd_prestat_dir_name(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    uint16_t error = first(call, wasi, 0, &desc);
    if (!error && !desc->preopen) error = WASI_BADF;
    if (error) return give(call, error);
    const size_t size = strlen(desc->preopen);
    if (arg_u32(call, 2) < size) return give(call, WASI_NAMETOOLONG);
    return give(call, guest_write(call, arg_u32(call, 1), desc->preopen, size));
}

// -- positions --

// The position that a whence of this version and an offset name; WASI_INVAL when it is no position.
static uint16_t seek_to(const struct desc *desc, int64_t offset, uint32_t whence, bool unstable, uint64_t *out)
{
    static const uint32_t old_whences[] = { WHENCE_CUR, WHENCE_END, WHENCE_SET };
    struct sys_stat stat;
    uint64_t from = 0;
    if (whence > WHENCE_END) return WASI_INVAL;
    if (unstable) whence = old_whences[whence];
    if (whence == WHENCE_CUR) from = desc->offset;
    if (whence == WHENCE_END) {
        const uint16_t error = desc->node->ops->stat(desc->node, &stat);
        if (error) return error;
        from = stat.size;
    }
    int64_t to;
    if (from > INT64_MAX || ckd_add(&to, (int64_t)from, offset)) return WASI_OVERFLOW;
    if (to < 0) return WASI_INVAL;
    *out = (uint64_t)to;
    return 0;
}

hf_code wasi_fd_seek(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    struct desc *desc;
    uint64_t to;
    uint16_t error = first(call, wasi, 0, &desc);
    if (!error && desc->node->type == SYS_FILE_DIRECTORY) error = WASI_ISDIR;
    if (!error && !desc->node->seekable) error = WASI_SPIPE;
    if (!error) error = seek_to(desc, hf_call_arg_i64(call, 1), arg_u32(call, 2), row->unstable, &to);
    if (error) return give(call, error);
    // To stay is to tell.
    const uint64_t enough = to == desc->offset ? RIGHT_FD_SEEK | RIGHT_FD_TELL : RIGHT_FD_SEEK;
    if (!(desc->rights & enough)) return give(call, WASI_NOTCAPABLE);
    error = guest_write_u64(call, arg_u32(call, 3), to);
    if (!error) desc->offset = to;
    return give(call, error);
}

hf_code wasi_fd_tell(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    uint16_t error = first(call, wasi, 0, &desc);
    if (!error && desc->node->type == SYS_FILE_DIRECTORY) error = WASI_ISDIR;
    if (!error && !desc->node->seekable) error = WASI_SPIPE;
    if (!error && !(desc->rights & (RIGHT_FD_SEEK | RIGHT_FD_TELL))) error = WASI_NOTCAPABLE;
    return give(call, error ? error : guest_write_u64(call, arg_u32(call, 1), desc->offset));
}

// -- listing --

enum { DIRENT_BYTES = 24 };

struct listing {
    hf_call *call;
    uint32_t at, size, used;
    uint16_t error;
    uint8_t block[4096]; // not yet written
    size_t in_block;
};

static bool flush(struct listing *l)
{
    if (!l->error && l->in_block > 0) l->error = guest_write(l->call, l->at + l->used, l->block, l->in_block);
    l->used += (uint32_t)l->in_block;
    l->in_block = 0;
    return l->error == 0;
}

// dirent: u64 next, u64 ino, u32 namlen, u8 type; then the name. The last one is cut off where the buffer ends.
static bool take_entry(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    struct listing *l = ctx;
    uint8_t entry[DIRENT_BYTES + NAME_BYTES + 1] = { 0 };
    size_t name_size = strlen(name);
    if (name_size > NAME_BYTES) name_size = NAME_BYTES;
    put_u64(entry, next);
    put_u64(entry + 8, ino);
    put_u32(entry + 16, (uint32_t)name_size);
    entry[20] = guest_filetype(type);
    memcpy(entry + DIRENT_BYTES, name, name_size);

    size_t size = DIRENT_BYTES + name_size;
    if (l->in_block + size > sizeof l->block && !flush(l)) return false;
    const size_t left = l->size - l->used - l->in_block;
    if (size > left) size = left;
    memcpy(l->block + l->in_block, entry, size);
    l->in_block += size;
    return size < left;
}

hf_code wasi_fd_readdir(hf_call *call, hf_wasi *wasi, const struct row *row)
{
    (void)row;
    struct desc *desc;
    struct listing l = { .call = call, .at = arg_u32(call, 1), .size = arg_u32(call, 2) };
    uint16_t error = first(call, wasi, RIGHT_FD_READDIR, &desc);
    if (!error && !desc->node->ops->list) error = WASI_NOTDIR;
    if (!error && desc->node->type != SYS_FILE_DIRECTORY) error = WASI_NOTDIR;
    if (!error && l.size > 0) error = desc->node->ops->list(desc->node, arg_u64(call, 3), take_entry, &l);
    if (!error) {
        (void)flush(&l);
        error = l.error;
    }
    return give(call, error ? error : guest_write_u32(call, arg_u32(call, 4), l.used));
}
