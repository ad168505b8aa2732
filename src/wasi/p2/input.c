#include "wasi/p2/input.h"

#include "wasi/net.h"
#include "wasi/p2/poll.h"

#include "sys/stream.h"

// What one call reads at most: more is for the next call.
enum { READ_BYTES = 64 * 1024 };

static void input_fini(struct object *object)
{
    node_close(((struct input_stream *)object)->node);
}

const struct object_type type_input_stream = OBJECT_TYPE("wasi:io/streams@0.2.12", "input-stream", input_fini);

struct input_stream *input_new(struct p2 *p, struct fs_node *node, enum domain domain, uint64_t offset)
{
    struct input_stream *input = p2_object_new(p->call, &type_input_stream, sizeof *input);
    if (!input) return NULL;
    input->node = node_share(node);
    input->domain = domain;
    input->offset = offset;
    return input;
}

static bool ended(struct input_stream *input)
{
    if (input->domain == DOMAIN_NET && (((struct net_socket *)input->node)->shut & SYS_SHUT_READ)) input->closed = true;
    return input->closed;
}

bool input_ready(void *source, struct waits *w)
{
    struct input_stream *input = source;
    return ended(input) || node_ready(input->node, HF_WATCH_READ, w);
}

hf_code input_read(struct p2 *p, struct input_stream *input, void *out, size_t max, size_t *done,
                   p2_stream_error *error, bool *failed)
{
    *done = 0;
    *failed = ended(input);
    error->tag = STREAM_CLOSED;
    if (*failed || max == 0) return HF_OK;
    const uint16_t code = input->node->ops->read(input->node, out, max, input->offset, done);
    if (code == WASI_AGAIN) {
        *done = 0;
    } else if (code) {
        *done = 0;
        input->closed = *failed = true;
        if (!stream_failed(p, input->domain, code, error)) return p2_out_of_memory(p);
    } else if (*done == 0) {
        input->closed = *failed = true;
    } else if (input->node->seekable) {
        input->offset += *done;
    }
    return HF_OK;
}

static size_t at_most(uint64_t len)
{
    return len < READ_BYTES ? (size_t)len : READ_BYTES;
}

static hf_code read_into(struct p2 *p, bool wait)
{
    ARGS(wasi_io_streams_method_input_stream_read_args_t);
    RESULT(p2_read_result);
    struct waits w;
    SELF(self, input_stream, args->self);
    if (wait) {
        waits_init(&w);
        if (!input_ready(self, &w)) return p2_wait(p, &w);
        waits_fini(&w);
    }
    const size_t max = at_most(args->len);
    uint8_t *data = p->state ? p->state : p2_alloc(p, max);
    size_t done;
    p2_stream_error error;
    bool failed;
    if (!data) return p2_out_of_memory(p);
    p->state = data;
    const hf_code code = input_read(p, self, data, max, &done, &error, &failed);
    if (code != HF_OK) return code;
    if (wait && !failed && done == 0 && max > 0) { // somebody else took what was there
        waits_init(&w);
        if (!input_ready(self, &w)) return p2_wait(p, &w);
        waits_fini(&w);
    }
    result->err = failed;
    if (failed)
        result->as.error = error;
    else
        result->as.ok = (p2_bytes){ data, done };
    return HF_OK;
}

hf_code p2_input_stream_read(struct p2 *p)
{
    return read_into(p, false);
}

hf_code p2_input_stream_blocking_read(struct p2 *p)
{
    return read_into(p, true);
}

static hf_code skip(struct p2 *p, bool wait)
{
    ARGS(wasi_io_streams_method_input_stream_skip_args_t);
    RESULT(p2_count_result);
    struct waits w;
    SELF(self, input_stream, args->self);
    if (wait) {
        waits_init(&w);
        if (!input_ready(self, &w)) return p2_wait(p, &w);
        waits_fini(&w);
    }
    uint8_t *scratch = wasi_scratch(p->wasi);
    const size_t max = args->len < SCRATCH_BYTES ? (size_t)args->len : SCRATCH_BYTES;
    size_t done;
    p2_stream_error error;
    bool failed;
    if (!scratch) return p2_out_of_memory(p);
    const hf_code code = input_read(p, self, scratch, max, &done, &error, &failed);
    if (code != HF_OK) return code;
    result->err = failed;
    if (failed)
        result->as.error = error;
    else
        result->as.ok = done;
    return HF_OK;
}

hf_code p2_input_stream_skip(struct p2 *p)
{
    return skip(p, false);
}

hf_code p2_input_stream_blocking_skip(struct p2 *p)
{
    return skip(p, true);
}

hf_code p2_input_stream_subscribe(struct p2 *p)
{
    ARGS(wasi_io_streams_method_input_stream_subscribe_args_t);
    SELF(self, input_stream, args->self);
    return pollable_give(p, pollable_new(p, input_ready, self));
}
