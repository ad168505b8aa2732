// wasi:filesystem/types.descriptor: a node with permissions.
#ifndef WASI_P2_DESCRIPTOR_H
#define WASI_P2_DESCRIPTOR_H

#include "wasi/p2/codes.h"
#include "wasi/p2/p2.h"

struct descriptor {
    struct object base;
    struct fs_node *node; // shared
    uint8_t flags;        // DESCRIPTOR_*: what may be done
    bool held;            // counted among the descriptors of the host
    hf_str path;          // as the guest named it, from the preopened directory on; owned
};

// Takes a node over (counted if `held`), also when this fails: NULL. The path is `parent`, a slash and `path`; a parent without
// bytes: `path` alone.
struct descriptor *descriptor_new(struct p2 *p, struct fs_node *node, uint8_t flags, bool held, hf_str parent,
                                  hf_str path);

typedef wasi02_result_void_wasi_filesystem_types_error_code_t p2_fs_result;
typedef wasi02_result_own_wasi_filesystem_types_descriptor_wasi_filesystem_types_error_code_t p2_fs_resource_result;
typedef wasi02_result_wasi_filesystem_types_filesize_wasi_filesystem_types_error_code_t p2_fs_u64_result;
typedef wasi02_result_wasi_filesystem_types_descriptor_stat_wasi_filesystem_types_error_code_t p2_fs_stat_result;
typedef wasi02_result_wasi_filesystem_types_metadata_hash_value_wasi_filesystem_types_error_code_t p2_fs_hash_result;

// Ends a call whose result has no value by an error number of WASI 0.1; 0: it is good.
hf_code fs_give(struct p2 *p, uint16_t error);
hf_code fs_give_stat(struct p2 *p, uint16_t error, const struct sys_stat *stat);
hf_code fs_give_hash(struct p2 *p, uint16_t error, const struct sys_stat *stat);
hf_code fs_give_resource(struct p2 *p, uint16_t error, void *object);

uint8_t descriptor_type(enum sys_filetype type);
// WASI_INVAL: no such moment.
uint16_t new_timestamp(const p2_new_timestamp *in, struct sys_time *out);

#endif
