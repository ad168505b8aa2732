// wasi:filesystem/types.directory-entry-stream. Entries are read a few at a time, so that a directory of any size costs little.
#include <string.h>

#include "base/utf8.h"
#include "wasi/p2/descriptor.h"

enum { BATCH = 32 };

struct entry {
    char name[NAME_BYTES + 1];
    uint8_t type;
};

struct directory_entry_stream {
    struct object base;
    struct fs_node *node; // shared
    uint64_t cookie;      // of what follows the batch
    bool end;             // the batch is the last one
    size_t count, next;
    struct entry batch[BATCH];
};

static void stream_fini(struct object *object)
{
    node_close(((struct directory_entry_stream *)object)->node);
}

const struct object_type type_directory_entry_stream =
    OBJECT_TYPE("wasi:filesystem/types@0.2.12", "directory-entry-stream", stream_fini);

hf_code p2_descriptor_read_directory(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_descriptor_read_directory_args_t);
    SELF(self, descriptor, args->self);
    if (self->node->type != SYS_FILE_DIRECTORY || !self->node->ops->list) return fs_give_resource(p, WASI_NOTDIR, NULL);
    if (!(self->flags & DESCRIPTOR_READ)) return fs_give_resource(p, WASI_BADF, NULL);
    struct directory_entry_stream *stream = p2_object_new(p->call, &type_directory_entry_stream, sizeof *stream);
    if (stream) stream->node = node_share(self->node);
    return fs_give_resource(p, 0, stream);
}

static bool take(void *ctx, const char *name, uint64_t ino, enum sys_filetype type, uint64_t next)
{
    struct directory_entry_stream *stream = ctx;
    (void)ino;
    stream->cookie = next;
    stream->end = false;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    const size_t size = strlen(name);
    if (size > NAME_BYTES) return true; // no name by which it could be opened
    struct entry *entry = &stream->batch[stream->count++];
    memcpy(entry->name, name, size + 1);
    entry->type = descriptor_type(type);
    return stream->count < BATCH;
}

static uint16_t fill(struct directory_entry_stream *stream)
{
    stream->count = stream->next = 0;
    while (stream->count == 0 && !stream->end) {
        stream->end = true; // unless there is an entry
        const uint16_t error = stream->node->ops->list(stream->node, stream->cookie, take, stream);
        if (error) return error;
    }
    return 0;
}

typedef wasi02_result_option_wasi_filesystem_types_directory_entry_wasi_filesystem_types_error_code_t entry_result;

hf_code p2_read_directory_entry(struct p2 *p)
{
    ARGS(wasi_filesystem_types_method_directory_entry_stream_read_directory_entry_args_t);
    RESULT(entry_result);
    SELF(self, directory_entry_stream, args->self);
    uint16_t error = self->next < self->count ? 0 : fill(self);
    result->err = false;
    result->as.ok.some = false;
    if (!error && self->next < self->count) {
        const struct entry *entry = &self->batch[self->next++];
        const size_t size = strlen(entry->name);
        char *name = p2_alloc(p, size);
        if (!name) return p2_out_of_memory(p);
        memcpy(name, entry->name, size);
        if (!utf8_valid(name, size)) error = WASI_ILSEQ;
        result->as.ok.some = true;
        result->as.ok.value = (p2_directory_entry){ entry->type, { name, size } };
    }
    if (error) {
        result->err = true;
        result->as.error = (uint8_t)fs_code_of(error);
    }
    return HF_OK;
}
