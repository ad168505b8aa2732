// What all trees have in common: putting a file into one, reading one, and the end.
#include <string.h>

#include "base/fail.h"
#include "wasi/fs.h"

void hf_fs_free(hf_fs *fs)
{
    if (fs) fs->ops->free(fs);
}

static hf_code fs_failed(hf_status *status, uint16_t error, const char *path)
{
    switch (error) {
    case WASI_NOMEM: return fail_oom(status);
    case WASI_NOSPC: return fail(status, HF_LIMIT, "%s: the tree is full", path);
    case WASI_NOENT: return fail(status, HF_NOT_FOUND, "%s: no such file", path);
    default: return fail(status, HF_BAD_ARGUMENT, "%s: error %u of WASI 0.1", path, error);
    }
}

// Makes the directories before the last component.
static uint16_t make_parents(struct fs_node *root, const char *path)
{
    char part[PATH_BYTES + 1];
    if (strlen(path) > PATH_BYTES) return WASI_NAMETOOLONG;
    for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
        const size_t size = (size_t)(at - path);
        if (size == 0) continue;
        memcpy(part, path, size);
        part[size] = 0;
        const uint16_t error = fs_mkdir(root, part);
        if (error && error != WASI_EXIST) return error;
    }
    return 0;
}

hf_code hf_fs_put(hf_fs *fs, const char *path, const void *data, size_t size, hf_status *status)
{
    struct fs_node *root, *file = NULL;
    while (*path == '/') path++;
    uint16_t error = fs->ops->root(fs, &root);
    if (error) return fs_failed(status, error, path);
    error = make_parents(root, path);
    if (!error) error = fs_open(root, path, true, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &file);
    for (size_t at = 0; !error && at < size;) {
        const struct sys_slice slice = { (const uint8_t *)data + at, size - at };
        size_t done = 0;
        error = file->ops->write(file, &slice, 1, at, false, &done);
        at += done;
    }
    node_close(file);
    node_close(root);
    return error ? fs_failed(status, error, path) : HF_OK;
}

hf_code hf_fs_get(hf_fs *fs, const char *path, void *out, size_t max, size_t *size, hf_status *status)
{
    struct fs_node *root, *file = NULL;
    struct sys_stat stat = { 0 };
    while (*path == '/') path++;
    uint16_t error = fs->ops->root(fs, &root);
    if (error) return fs_failed(status, error, path);
    error = fs_open(root, path, true, SYS_READ, &file);
    if (!error) error = file->ops->stat(file, &stat);
    if (!error && stat.type != SYS_FILE_REGULAR) error = WASI_ISDIR;
    size_t at = 0;
    while (!error && at < max) {
        size_t done = 0;
        error = file->ops->read(file, (uint8_t *)out + at, max - at, at, &done);
        if (done == 0) break;
        at += done;
    }
    node_close(file);
    node_close(root);
    if (error) return fs_failed(status, error, path);
    *size = at < max ? at : (size_t)stat.size;
    return HF_OK;
}
