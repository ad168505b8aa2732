// What concerns an open file or directory itself.
//
// Permissions are the descriptor's: read and write of a file, mutate-directory of a directory and of all that is reached
// through it. What a file's descriptor may not do is not-permitted, what a directory's may not is read-only.
#include "wasi/p2/descriptor.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "wasi/p2/input.h"
#include "wasi/p2/output.h"

enum { READ_BYTES = 1 << 20 }; // what one call reads at most

static void descriptor_fini(struct object *object)
{
    struct descriptor *descriptor = (struct descriptor *)object;
    node_close(descriptor->node);
    if (descriptor->held) object->wasi->held--;
    mem_free(&alloc_libc, (char *)(uintptr_t)descriptor->path.data, descriptor->path.size);
}

const struct object_type type_descriptor = OBJECT_TYPE("wasi:filesystem/types@0.2.12", "descriptor", descriptor_fini);

struct descriptor *descriptor_new(struct p2 *p, struct fs_node *node, uint8_t flags, bool held, hf_str parent,
                                  hf_str path)
{
    const size_t before = parent.size ? parent.size + 1 : 0; // both are bounded: this does not wrap
    char *name = before + path.size ? mem_alloc(&alloc_libc, before + path.size) : NULL;
    struct descriptor *descriptor =
        name || before + path.size == 0 ? p2_object_new(p->call, &type_descriptor, sizeof *descriptor) : NULL;
    if (!descriptor) {
        mem_free(&alloc_libc, name, before + path.size);
        node_close(node);
        if (held) p->wasi->held--;
        return NULL;
    }
    if (before) {
        memcpy(name, parent.data, parent.size);
        name[parent.size] = '/';
    }
    if (path.size) memcpy(name + before, path.data, path.size);
    descriptor->node = node;
    descriptor->flags = flags;
    descriptor->held = held;
    descriptor->path = (hf_str){ name, before + path.size };
    return descriptor;
}

// -- results --

hf_code fs_give(struct p2 *p, uint16_t error)
{
    RESULT(p2_fs_result);
    result->err = error != 0;
    if (error) result->as.error = (uint8_t)fs_code_of(error);
    return HF_OK;
}

hf_code fs_give_resource(struct p2 *p, uint16_t error, void *object)
{
    RESULT(p2_fs_resource_result);
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)fs_code_of(error);
        return HF_OK;
    }
    return p2_handle(object, &result->as.ok) ? HF_OK : p2_out_of_memory(p);
}

uint8_t descriptor_type(enum sys_filetype type)
{
    static const uint8_t types[] = {
        [SYS_FILE_UNKNOWN] = 0,   [SYS_FILE_BLOCK] = 1,        [SYS_FILE_CHARACTER] = 2,
        [SYS_FILE_DIRECTORY] = 3, [SYS_FILE_FIFO] = 4,         [SYS_FILE_LINK] = 5,
        [SYS_FILE_REGULAR] = 6,   [SYS_FILE_DGRAM_SOCKET] = 7, [SYS_FILE_STREAM_SOCKET] = 7,
    };
    return (size_t)type < sizeof types ? types[type] : 0;
}

static p2_option_datetime datetime(uint64_t ns)
{
    return (p2_option_datetime){ true, { ns / 1000000000, (uint32_t)(ns % 1000000000) } };
}

hf_code fs_give_stat(struct p2 *p, uint16_t error, const struct sys_stat *stat)
{
    RESULT(p2_fs_stat_result);
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)fs_code_of(error);
        return HF_OK;
    }
    result->as.ok = (p2_descriptor_stat){
        .type = descriptor_type(stat->type),
        .link_count = stat->nlink,
        .size = stat->size,
        .data_access_timestamp = datetime(stat->atim),
        .data_modification_timestamp = datetime(stat->mtim),
        .status_change_timestamp = datetime(stat->ctim),
    };
    return HF_OK;
}

// A keyed hash, since the numbers of devices and files are not the guest's to know.
hf_code fs_give_hash(struct p2 *p, uint16_t error, const struct sys_stat *stat)
{
    RESULT(p2_fs_hash_result);
    hf_wasi *wasi = p->wasi;
    if (!error && !wasi->hashes) {
        error = wasi_random(wasi, wasi->hash_key, sizeof wasi->hash_key);
        wasi->hashes = !error;
    }
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)fs_code_of(error);
        return HF_OK;
    }
    const uint64_t other[2] = { wasi->hash_key[1], ~wasi->hash_key[0] };
    const uint64_t facts[] = { stat->dev, stat->ino, stat->size, stat->mtim, stat->ctim };
    result->as.ok.lower = hash_bytes(wasi->hash_key, facts, sizeof facts);
    result->as.ok.upper = hash_bytes(other, facts, sizeof facts);
    return HF_OK;
}

uint16_t new_timestamp(const p2_new_timestamp *in, struct sys_time *out)
{
    static const enum sys_time_kind kinds[] = { SYS_TIME_OMIT, SYS_TIME_NOW, SYS_TIME_AT };
    const p2_datetime at = in->as.timestamp;
    if (in->tag > TIMESTAMP_TIMESTAMP) return WASI_INVAL;
    *out = (struct sys_time){ .kind = kinds[in->tag] };
    if (in->tag != TIMESTAMP_TIMESTAMP) return 0;
    if (at.nanoseconds >= 1000000000) return WASI_INVAL;
    if (at.seconds > INT64_MAX / 1000000000 - 1) return WASI_OVERFLOW;
    out->ns = at.seconds * 1000000000 + at.nanoseconds;
    return 0;
}

// -- streams --

static uint16_t need_file(const struct descriptor *d, uint8_t flag)
{
    if (d->node->type == SYS_FILE_DIRECTORY) return WASI_ISDIR;
    return d->flags & flag ? 0 : WASI_BADF;
}

hf_code p2_descriptor_read_via_stream(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_read_via_stream_args_t);
    SELF(self, descriptor, args->self);
    const uint16_t error = need_file(self, DESCRIPTOR_READ);
    return fs_give_resource(p, error, error ? NULL : input_new(p, self->node, DOMAIN_FS, args->offset));
}

hf_code p2_descriptor_write_via_stream(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_write_via_stream_args_t);
    SELF(self, descriptor, args->self);
    const uint16_t error = need_file(self, DESCRIPTOR_WRITE);
    return fs_give_resource(p, error, error ? NULL : output_new(p, self->node, DOMAIN_FS, args->offset, false));
}

hf_code p2_descriptor_append_via_stream(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_append_via_stream_args_t);
    SELF(self, descriptor, args->self);
    const uint16_t error = need_file(self, DESCRIPTOR_WRITE);
    return fs_give_resource(p, error, error ? NULL : output_new(p, self->node, DOMAIN_FS, 0, true));
}

// -- contents --

typedef wasi02_result_tuple2_list_u8_bool_wasi_filesystem_types_error_code_t read_result;

hf_code p2_descriptor_read_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_read_args_t);
    RESULT(read_result);
    SELF(self, descriptor, args->self);
    uint16_t error = need_file(self, DESCRIPTOR_READ);
    const size_t max = args->length < READ_BYTES ? (size_t)args->length : READ_BYTES;
    size_t done = 0;
    uint8_t *data = error ? NULL : p2_alloc(p, max);
    if (!error && !data) error = WASI_NOMEM;
    if (!error && max > 0) error = self->node->ops->read(self->node, data, max, args->offset, &done);
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)fs_code_of(error);
    else
        result->as.ok = (p2_descriptor_read){ { data, done }, done == 0 && max > 0 };
    return HF_OK;
}

hf_code p2_descriptor_write_at(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_write_args_t);
    RESULT(p2_fs_u64_result);
    SELF(self, descriptor, args->self);
    uint16_t error = need_file(self, DESCRIPTOR_WRITE);
    size_t done = 0;
    const struct sys_slice slice = { args->buffer.data, args->buffer.size };
    if (!error && slice.size > 0) error = self->node->ops->write(self->node, &slice, 1, args->offset, false, &done);
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)fs_code_of(error);
    else
        result->as.ok = done;
    return HF_OK;
}

hf_code p2_descriptor_set_size(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_set_size_args_t);
    SELF(self, descriptor, args->self);
    uint16_t error = self->node->type == SYS_FILE_DIRECTORY ? WASI_ISDIR : 0;
    if (!error && !(self->flags & DESCRIPTOR_WRITE)) error = WASI_PERM;
    if (!error) error = self->node->ops->truncate ? self->node->ops->truncate(self->node, args->size) : WASI_INVAL;
    return fs_give(p, error);
}

hf_code p2_descriptor_advise(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_advise_args_t);
    static const enum sys_advice advices[] = { SYS_NORMAL,   SYS_SEQUENTIAL, SYS_RANDOM,
                                               SYS_WILLNEED, SYS_DONTNEED,   SYS_NOREUSE };
    SELF(self, descriptor, args->self);
    if (args->advice >= sizeof advices / sizeof advices[0]) return fs_give(p, WASI_INVAL);
    if (self->node->type == SYS_FILE_DIRECTORY) return fs_give(p, WASI_BADF);
    if (!self->node->ops->advise) return fs_give(p, 0); // advice that nobody takes is no error
    return fs_give(p, self->node->ops->advise(self->node, args->offset, args->length, advices[args->advice]));
}

// "Succeeds with no effect if the file descriptor is not opened for writing."
static hf_code synchronise(struct p2 *p, bool data_only)
{
    ARGS(wasi_filesystem_types_method_descriptor_sync_args_t);
    SELF(self, descriptor, args->self);
    if (!(self->flags & (DESCRIPTOR_WRITE | DESCRIPTOR_MUTATE_DIRECTORY)) || !self->node->ops->sync) {
        return fs_give(p, 0);
    }
    const uint16_t error = self->node->ops->sync(self->node, data_only);
    return fs_give(p, error == WASI_INVAL ? 0 : error); // of something that has no disk behind it
}

hf_code p2_descriptor_sync_data(struct p2 *p)
{
    return synchronise(p, true);
}

hf_code p2_descriptor_sync(struct p2 *p)
{
    return synchronise(p, false);
}

// -- attributes --

hf_code p2_descriptor_get_flags(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_get_flags_args_t);
    RESULT(wasi02_result_wasi_filesystem_types_descriptor_flags_wasi_filesystem_types_error_code_t);
    SELF(self, descriptor, args->self);
    result->err = false;
    result->as.ok = self->flags;
    return HF_OK;
}

hf_code p2_descriptor_get_type(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_get_type_args_t);
    RESULT(wasi02_result_wasi_filesystem_types_descriptor_type_wasi_filesystem_types_error_code_t);
    SELF(self, descriptor, args->self);
    result->err = false;
    result->as.ok = descriptor_type(self->node->type);
    return HF_OK;
}

hf_code p2_descriptor_set_times(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_set_times_args_t);
    struct sys_time access, modification;
    SELF(self, descriptor, args->self);
    const bool directory = self->node->type == SYS_FILE_DIRECTORY;
    uint16_t error = new_timestamp(&args->data_access_timestamp, &access);
    if (!error) error = new_timestamp(&args->data_modification_timestamp, &modification);
    if (!error && directory && !(self->flags & DESCRIPTOR_MUTATE_DIRECTORY)) error = WASI_ROFS;
    if (!error && !directory && !(self->flags & DESCRIPTOR_WRITE)) error = WASI_PERM;
    if (!error && !self->node->ops->set_times) error = WASI_NOTSUP;
    if (!error) error = self->node->ops->set_times(self->node, access, modification);
    return fs_give(p, error);
}

static uint16_t stat_of(struct descriptor *d, struct sys_stat *out)
{
    return d->node->ops->stat(d->node, out);
}

hf_code p2_descriptor_stat_self(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_stat_args_t);
    struct sys_stat stat;
    SELF(self, descriptor, args->self);
    const uint16_t error = stat_of(self, &stat);
    return fs_give_stat(p, error, &stat);
}

hf_code p2_descriptor_metadata_hash(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_metadata_hash_args_t);
    struct sys_stat stat;
    SELF(self, descriptor, args->self);
    const uint16_t error = stat_of(self, &stat);
    return fs_give_hash(p, error, &stat);
}

hf_code p2_descriptor_is_same_object(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_is_same_object_args_t);
    RESULT(bool);
    struct sys_stat a, b;
    SELF(self, descriptor, args->self);
    SELF(other, descriptor, args->other);
    *result = self->node->fs == other->node->fs || (self->node->ops == other->node->ops);
    *result = *result && stat_of(self, &a) == 0 && stat_of(other, &b) == 0 && a.dev == b.dev && a.ino == b.ino;
    return HF_OK;
}

// -- wasi:filesystem/preopens --

hf_code p2_get_directories(struct p2 *p)
{
    RESULT(p2_preopens);
    hf_wasi *wasi = p->wasi;
    size_t count = 0;
    for (size_t i = 0; i < wasi->desc_count; i++) count += wasi->descs[i].node && wasi->descs[i].preopen;
    p2_preopen *list = p2_alloc(p, count * sizeof *list);
    if (!list) return p2_out_of_memory(p);
    *result = (p2_preopens){ list, 0 };
    for (size_t i = 0; i < wasi->desc_count; i++) {
        const struct desc *desc = &wasi->descs[i];
        if (!desc->node || !desc->preopen) continue;
        p2_preopen *preopen = &list[result->size];
        const bool mutable = (desc->rights & RIGHT_PATH_CREATE_FILE) != 0;
        const uint8_t flags = (uint8_t)(DESCRIPTOR_READ | (mutable ? DESCRIPTOR_MUTATE_DIRECTORY : 0));
        if (!p2_string(p, desc->preopen, &preopen->f1)) return p2_out_of_memory(p);
        void *made = descriptor_new(p, node_share(desc->node), flags, false, (hf_str){ NULL, 0 }, preopen->f1);
        if (!p2_handle(made, &preopen->f0)) return p2_out_of_memory(p);
        result->size++;
    }
    return HF_OK;
}
