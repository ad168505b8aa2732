// What concerns a path below an open directory. Every verb that changes something asks for mutate-directory of each directory
// it is given.
#include <string.h>

#include "base/utf8.h"
#include "wasi/p2/descriptor.h"

// A path as a zero-terminated one.
static uint16_t path_of(hf_str path, char out[PATH_BYTES + 1])
{
    if (path.size > PATH_BYTES) return WASI_NAMETOOLONG;
    if (path.size && memchr(path.data, 0, path.size)) return WASI_INVAL;
    if (path.size) memcpy(out, path.data, path.size);
    out[path.size] = 0;
    return 0;
}

static uint16_t need_directory(const struct descriptor *d, bool mutable)
{
    if (d->node->type != SYS_FILE_DIRECTORY) return WASI_NOTDIR;
    return mutable && !(d->flags & DESCRIPTOR_MUTATE_DIRECTORY) ? WASI_ROFS : 0;
}

// A directory and a path below it.
static uint16_t place(const struct descriptor *d, bool mutable, hf_str path, char out[PATH_BYTES + 1])
{
    const uint16_t error = path_of(path, out);
    return error ? error : need_directory(d, mutable);
}

hf_code p2_descriptor_create_directory_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_create_directory_at_args_t);
    char path[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, true, args->path, path);
    if (!error) error = fs_mkdir(self->node, path);
    return fs_give(p, error);
}

hf_code p2_descriptor_stat_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_stat_at_args_t);
    char path[PATH_BYTES + 1];
    struct sys_stat stat;
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, false, args->path, path);
    if (!error) error = fs_stat(self->node, path, args->path_flags & PATH_SYMLINK_FOLLOW, &stat);
    return fs_give_stat(p, error, &stat);
}

hf_code p2_descriptor_metadata_hash_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_metadata_hash_at_args_t);
    char path[PATH_BYTES + 1];
    struct sys_stat stat;
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, false, args->path, path);
    if (!error) error = fs_stat(self->node, path, args->path_flags & PATH_SYMLINK_FOLLOW, &stat);
    return fs_give_hash(p, error, &stat);
}

hf_code p2_descriptor_set_times_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_set_times_at_args_t);
    char path[PATH_BYTES + 1];
    struct sys_time access, modification;
    SELF(self, descriptor, args->self);
    uint16_t error = new_timestamp(&args->data_access_timestamp, &access);
    if (!error) error = new_timestamp(&args->data_modification_timestamp, &modification);
    if (!error) error = place(self, true, args->path, path);
    if (!error) {
        error = fs_set_times(self->node, path, args->path_flags & PATH_SYMLINK_FOLLOW, access, modification);
    }
    return fs_give(p, error);
}

hf_code p2_descriptor_link_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_link_at_args_t);
    char from[PATH_BYTES + 1], to[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    SELF(other, descriptor, args->new_descriptor);
    const bool follow = args->old_path_flags & PATH_SYMLINK_FOLLOW;
    uint16_t error = place(self, true, args->old_path, from);
    if (!error) error = place(other, true, args->new_path, to);
    if (!error && follow) error = WASI_INVAL; // what it led to could be another file by then
    if (!error) error = fs_link(self->node, from, follow, other->node, to);
    return fs_give(p, error);
}

hf_code p2_descriptor_rename_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_rename_at_args_t);
    char from[PATH_BYTES + 1], to[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    SELF(other, descriptor, args->new_descriptor);
    uint16_t error = place(self, true, args->old_path, from);
    if (!error) error = place(other, true, args->new_path, to);
    if (!error) error = fs_rename(self->node, from, other->node, to);
    return fs_give(p, error);
}

hf_code p2_descriptor_symlink_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_symlink_at_args_t);
    char target[PATH_BYTES + 1], path[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    uint16_t error = path_of(args->old_path, target);
    if (!error) error = place(self, true, args->new_path, path);
    if (!error) error = fs_symlink(target, self->node, path);
    return fs_give(p, error);
}

hf_code p2_descriptor_remove_directory_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_remove_directory_at_args_t);
    char path[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, true, args->path, path);
    if (!error) error = fs_rmdir(self->node, path);
    return fs_give(p, error);
}

hf_code p2_descriptor_unlink_file_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_unlink_file_at_args_t);
    char path[PATH_BYTES + 1];
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, true, args->path, path);
    if (!error) error = fs_unlink(self->node, path);
    return fs_give(p, error);
}

typedef wasi02_result_string_wasi_filesystem_types_error_code_t string_result;

hf_code p2_descriptor_readlink_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_readlink_at_args_t);
    RESULT(string_result);
    char path[PATH_BYTES + 1];
    size_t size = 0;
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, false, args->path, path);
    char *target = error ? NULL : p2_alloc(p, PATH_BYTES + 1);
    if (!error && !target) error = WASI_NOMEM;
    if (!error) error = fs_readlink(self->node, path, target, PATH_BYTES + 1, &size);
    if (!error && size > PATH_BYTES) error = WASI_NAMETOOLONG;
    if (!error && size > 0 && target[0] == '/') error = WASI_PERM;
    if (!error && !utf8_valid(target, size)) error = WASI_ILSEQ;
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)fs_code_of(error);
    else
        result->as.ok = (hf_str){ target, size };
    return HF_OK;
}

// -- open-at --

struct opening {
    uint32_t flags;  // SYS_*
    uint8_t granted; // DESCRIPTOR_*, of the result
};

static uint16_t plan(const struct descriptor *d, uint8_t open_flags, uint8_t flags, struct opening *out)
{
    const uint8_t sync =
        DESCRIPTOR_FILE_INTEGRITY_SYNC | DESCRIPTOR_DATA_INTEGRITY_SYNC | DESCRIPTOR_REQUESTED_WRITE_SYNC;
    const uint8_t known = sync | DESCRIPTOR_READ | DESCRIPTOR_WRITE | DESCRIPTOR_MUTATE_DIRECTORY;
    const bool changes =
        (flags & (DESCRIPTOR_WRITE | DESCRIPTOR_MUTATE_DIRECTORY)) || (open_flags & (OPEN_CREATE | OPEN_TRUNCATE));
    if ((flags & ~known) || open_flags > 15) return WASI_INVAL;
    if (changes && !(d->flags & DESCRIPTOR_MUTATE_DIRECTORY)) return WASI_ROFS;
    if ((open_flags & OPEN_DIRECTORY) && (open_flags & (OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_TRUNCATE)))
        return WASI_INVAL;
    if ((open_flags & OPEN_EXCLUSIVE) && !(open_flags & OPEN_CREATE)) return WASI_INVAL;

    out->flags = 0;
    out->granted = flags & (uint8_t)~DESCRIPTOR_MUTATE_DIRECTORY;
    if ((flags & DESCRIPTOR_WRITE) || (open_flags & OPEN_TRUNCATE)) out->flags |= SYS_WRITE;
    if ((flags & DESCRIPTOR_READ) || !(flags & DESCRIPTOR_WRITE)) out->flags |= SYS_READ;
    if (flags & DESCRIPTOR_DATA_INTEGRITY_SYNC) out->flags |= SYS_DSYNC;
    if (flags & (DESCRIPTOR_FILE_INTEGRITY_SYNC | DESCRIPTOR_REQUESTED_WRITE_SYNC)) out->flags |= SYS_SYNC;
    if (open_flags & OPEN_CREATE) out->flags |= SYS_CREATE;
    if (open_flags & OPEN_EXCLUSIVE) out->flags |= SYS_EXCLUSIVE;
    if (open_flags & OPEN_TRUNCATE) out->flags |= SYS_TRUNCATE;
    if (open_flags & OPEN_DIRECTORY) out->flags |= SYS_DIRECTORY;
    return 0;
}

hf_code p2_descriptor_open_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_open_at_args_t);
    char path[PATH_BYTES + 1];
    struct opening how;
    struct fs_node *node = NULL;
    SELF(self, descriptor, args->self);
    uint16_t error = place(self, false, args->path, path);
    if (!error) error = plan(self, args->open_flags, args->flags, &how);
    if (!error && !hold_descriptor(p->wasi)) error = WASI_MFILE;
    if (!error) {
        error = fs_open(self->node, path, args->path_flags & PATH_SYMLINK_FOLLOW, how.flags, &node);
        if (error) p->wasi->held--;
    }
    if (error) return fs_give_resource(p, error, NULL);
    if (node->type == SYS_FILE_DIRECTORY) {
        // A directory passes on what the one it was reached from may do: guests that come from WASI 0.1 never ask for it.
        how.granted = (uint8_t)(DESCRIPTOR_READ | (self->flags & DESCRIPTOR_MUTATE_DIRECTORY));
    }
    return fs_give_resource(p, 0, descriptor_new(p, node, how.granted, true, self->path, args->path));
}
