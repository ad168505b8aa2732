/* File systems as back ends: what WASI shows a guest as a directory tree. Built in: a host directory, a tree in memory, and a
 * read-only overlay with a writable layer. */
#ifndef HOLDFAST_FS_H
#define HOLDFAST_FS_H

#include <holdfast/status.h>

HF_BEGIN

/* A directory tree. Its table of functions is src/wasi/fs.h's until it is stable. */
typedef struct hf_fs hf_fs;

/* A host directory; opens it now. HF_SYSTEM. Guests stay beneath it whatever links say. */
HF_API hf_fs *hf_fs_host(const char *path, hf_status *status);
/* An empty tree in memory of at most `max_bytes` (0: 64 MiB; bookkeeping counts). `deterministic`: inode numbers, times and
 * order depend on the calls alone. */
HF_API hf_fs *hf_fs_memory(bool deterministic, uint64_t max_bytes, hf_status *status);
/* `lower` read-only with a writable layer in memory on top; owns `lower`, unless this fails. While it is in use nobody else may
 * change `lower`. */
HF_API hf_fs *hf_fs_overlay(hf_fs *lower, uint64_t max_bytes, hf_status *status);
HF_API void hf_fs_free(hf_fs *fs);
/* Puts a file into a tree (memory and overlay; directories on the way are made), and reads one. */
HF_API hf_code hf_fs_put(hf_fs *fs, const char *path, const void *data, size_t size, hf_status *status);
HF_API hf_code hf_fs_get(hf_fs *fs, const char *path, void *out, size_t max, size_t *size, hf_status *status);

HF_END

#endif
