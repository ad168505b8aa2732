#include "wasi/p2/output.h"

#include <string.h>

#include "base/alloc.h"
#include "sys/stream.h"
#include "wasi/net.h"
#include "wasi/p2/input.h"
#include "wasi/p2/poll.h"

enum { PERMIT = 64 * 1024, BLOCKING_BYTES = 4096 };

static void output_fini(struct object *object)
{
    struct output_stream *output = (struct output_stream *)object;
    mem_free(&alloc_libc, output->unwritten, PERMIT);
    node_close(output->node);
}

const struct object_type type_output_stream = OBJECT_TYPE("wasi:io/streams@0.2.12", "output-stream", output_fini);

struct output_stream *output_new(struct p2 *p, struct fs_node *node, enum domain domain, uint64_t offset, bool append)
{
    struct output_stream *output = p2_object_new(p->call, &type_output_stream, sizeof *output);
    if (!output) return NULL;
    output->node = node_share(node);
    output->domain = domain;
    output->offset = offset;
    output->append = append;
    return output;
}

// -- unwritten bytes --

static void unlist(struct output_stream *output)
{
    *output->previous = output->next;
    if (output->next) output->next->previous = output->previous;
    output->next = NULL;
    output->previous = NULL;
    mem_free(&alloc_libc, output->unwritten, PERMIT);
    (void)hf_store_charge(output->base.store, -(int64_t)PERMIT, NULL);
    output->unwritten = NULL;
    output->at = output->size = 0;
    struct net_socket *socket = output->domain == DOMAIN_NET ? (struct net_socket *)output->node : NULL;
    if (socket && socket->shut_when_out) {
        socket->shut_when_out = false;
        (void)output->node->ops->shutdown(output->node, SYS_SHUT_WRITE);
    }
    p2_object_unref(output);
}

static int watched(struct fs_node *node)
{
    return node->ops->watch ? node->ops->watch(node) : -1;
}

// Hands over as much as goes without waiting; *done is how much that was.
static uint16_t write_through(struct output_stream *output, const uint8_t *data, size_t size, size_t *done)
{
    struct fs_node *node = output->node;
    *done = 0;
    while (*done < size) {
        const struct sys_slice slice = { data + *done, size - *done };
        size_t n = 0;
        const uint16_t error =
            node->ops->write ? node->ops->write(node, &slice, 1, output->offset, output->append, &n) : WASI_BADF;
        // What cannot be waited for does not get another time.
        if (error) return error == WASI_AGAIN && watched(node) < 0 ? WASI_IO : error;
        if (n == 0) return WASI_IO; // a file that takes nothing will not take it later
        *done += n;
        if (node->seekable) output->offset += n;
    }
    return 0;
}

static void push(struct output_stream *output)
{
    if (!output->unwritten) return;
    size_t done;
    const uint16_t error = write_through(output, output->unwritten + output->at, output->size - output->at, &done);
    output->at += done;
    if (error == WASI_AGAIN) return;
    output->failed = error;
    unlist(output); // may be its end
}

void outputs_push(hf_wasi *wasi)
{
    for (struct output_stream *output = wasi->unwritten, *next; output; output = next) {
        next = output->next;
        push(output);
    }
}

void outputs_wait(hf_wasi *wasi, struct waits *w)
{
    for (struct output_stream *output = wasi->unwritten; output; output = output->next) {
        waits_fd(w, watched(output->node), HF_WATCH_WRITE);
    }
}

void outputs_fini(hf_wasi *wasi)
{
    outputs_push(wasi);
    while (wasi->unwritten) unlist(wasi->unwritten);
}

uint16_t output_shutdown(hf_wasi *wasi, struct fs_node *node, uint32_t how)
{
    struct net_socket *socket = (struct net_socket *)node;
    outputs_push(wasi);
    socket->shut |= how;
    for (struct output_stream *output = wasi->unwritten; (how & SYS_SHUT_WRITE) && output; output = output->next) {
        if (output->node != node) continue;
        socket->shut_when_out = true;
        how &= ~(uint32_t)SYS_SHUT_WRITE;
        break;
    }
    return how ? node->ops->shutdown(node, how) : 0;
}

// Keeps what did not go out. False: out of memory.
static bool keep(hf_wasi *wasi, struct output_stream *output, const uint8_t *data, size_t size)
{
    if (hf_store_charge(output->base.store, PERMIT, NULL) != HF_OK) return false;
    output->unwritten = mem_alloc(&alloc_libc, PERMIT);
    if (!output->unwritten) {
        (void)hf_store_charge(output->base.store, -(int64_t)PERMIT, NULL);
        return false;
    }
    memcpy(output->unwritten, data, size);
    output->at = 0;
    output->size = size;
    output->next = wasi->unwritten;
    output->previous = &wasi->unwritten;
    if (output->next) output->next->previous = &output->next;
    wasi->unwritten = p2_object_ref(output);
    return true;
}

// -- operations: what comes of one --

struct outcome {
    bool failed;
    p2_stream_error error;
    hf_code code; // HF_OK, or the guest traps
};

static struct outcome good(void)
{
    return (struct outcome){ .code = HF_OK };
}

static struct outcome bad(struct p2 *p, struct output_stream *output, uint16_t error)
{
    struct outcome o = { .failed = true };
    output->closed = true;
    if (!stream_failed(p, output->domain, error, &o.error)) o.code = p2_out_of_memory(p);
    return o;
}

// Goes on with what is unwritten, and says whether the stream can still be used.
static struct outcome look(struct p2 *p, struct output_stream *output)
{
    push(output);
    if (output->failed) {
        const uint16_t error = output->failed;
        output->failed = 0;
        return bad(p, output, error);
    }
    if (output->domain == DOMAIN_NET && (((struct net_socket *)output->node)->shut & SYS_SHUT_WRITE)) {
        output->closed = true;
    }
    if (!output->closed) return good();
    return (struct outcome){ .failed = true, .error = { .tag = STREAM_CLOSED } };
}

static bool output_ready(void *source, struct waits *w)
{
    struct output_stream *output = source;
    push(output);
    if (output->unwritten) waits_fd(w, watched(output->node), HF_WATCH_WRITE);
    return !output->unwritten;
}

static struct outcome check_write(struct p2 *p, struct output_stream *output, uint64_t *permit)
{
    const struct outcome o = look(p, output);
    *permit = o.failed || output->unwritten ? 0 : PERMIT;
    output->permit = *permit;
    return o;
}

// Of at most PERMIT bytes, onto a stream without unwritten ones.
static struct outcome write_all(struct p2 *p, struct output_stream *output, const uint8_t *data, size_t size)
{
    size_t done;
    const uint16_t error = write_through(output, data, size, &done);
    if (!error) return good();
    if (error != WASI_AGAIN) return bad(p, output, error);
    if (keep(p->wasi, output, data + done, size - done)) return good();
    return (struct outcome){ .code = p2_out_of_memory(p) };
}

// `data` NULL: zeros.
static struct outcome permitted_write(struct p2 *p, struct output_stream *output, const uint8_t *data, uint64_t size)
{
    if (size > output->permit) {
        return (struct outcome){ .code = hf_call_trap(p->call, "%s#%s: more than check-write permitted",
                                                      p->row->interface, p->row->name) };
    }
    output->permit -= size;
    const struct outcome o = look(p, output);
    if (o.failed || o.code != HF_OK || size == 0) return o;
    if (output->unwritten) { // of an earlier write under the same permit
        const size_t left = output->size - output->at;
        if (size > PERMIT - left) return (struct outcome){ .code = p2_out_of_memory(p) };
        memmove(output->unwritten, output->unwritten + output->at, left);
        if (data)
            memcpy(output->unwritten + left, data, (size_t)size);
        else
            memset(output->unwritten + left, 0, (size_t)size);
        output->at = 0;
        output->size = left + (size_t)size;
        return o;
    }
    if (data) return write_all(p, output, data, (size_t)size);
    uint8_t *zeros = wasi_scratch(p->wasi);
    if (!zeros) return (struct outcome){ .code = p2_out_of_memory(p) };
    memset(zeros, 0, (size_t)size);
    return write_all(p, output, zeros, (size_t)size);
}

static hf_code give_nothing(struct p2 *p, struct outcome o)
{
    RESULT(p2_stream_result);
    if (o.code != HF_OK) return o.code;
    result->err = o.failed;
    if (o.failed) result->as.error = o.error;
    return HF_OK;
}

static hf_code give_count(struct p2 *p, struct outcome o, uint64_t count)
{
    RESULT(p2_count_result);
    if (o.code != HF_OK) return o.code;
    result->err = o.failed;
    if (o.failed)
        result->as.error = o.error;
    else
        result->as.ok = count;
    return HF_OK;
}

// -- the functions --

hf_code p2_output_stream_check_write(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_check_write_args_t);
    uint64_t permit;
    SELF(self, output_stream, args->self);
    const struct outcome o = check_write(p, self, &permit);
    return give_count(p, o, permit);
}

hf_code p2_output_stream_write(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_write_args_t);
    static const uint8_t nothing;
    SELF(self, output_stream, args->self);
    const uint8_t *data = args->contents.size ? args->contents.data : &nothing;
    return give_nothing(p, permitted_write(p, self, data, args->contents.size));
}

hf_code p2_output_stream_write_zeroes(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_write_zeroes_args_t);
    SELF(self, output_stream, args->self);
    return give_nothing(p, permitted_write(p, self, NULL, args->len));
}

hf_code p2_output_stream_flush(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_flush_args_t);
    SELF(self, output_stream, args->self);
    self->permit = 0;
    return give_nothing(p, look(p, self));
}

hf_code p2_output_stream_blocking_flush(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_blocking_flush_args_t);
    struct waits w;
    SELF(self, output_stream, args->self);
    self->permit = 0;
    const struct outcome o = look(p, self);
    if (o.failed || o.code != HF_OK) return give_nothing(p, o);
    waits_init(&w);
    if (!output_ready(self, &w)) return p2_wait(p, &w);
    waits_fini(&w);
    return give_nothing(p, look(p, self));
}

// Waits for what went before, writes, and waits for that.
static hf_code write_and_flush(struct p2 *p, hf_resource handle, const uint8_t *data, uint64_t size)
{
    static uint8_t written; // its address: the bytes have been taken
    static const uint8_t zeros[BLOCKING_BYTES];
    struct waits w;
    SELF(self, output_stream, handle);
    if (size > BLOCKING_BYTES) {
        return hf_call_trap(p->call, "%s#%s: more than 4096 bytes at once", p->row->interface, p->row->name);
    }
    for (;;) {
        self->permit = 0;
        struct outcome o = look(p, self);
        if (p->state && o.code == HF_OK && o.failed && o.error.tag == STREAM_CLOSED) o = good(); // it is out
        if (o.failed || o.code != HF_OK) return give_nothing(p, o);
        waits_init(&w);
        if (!output_ready(self, &w)) return p2_wait(p, &w);
        waits_fini(&w);
        if (self->failed) continue;
        if (p->state) return give_nothing(p, good());
        o = write_all(p, self, data ? data : zeros, (size_t)size);
        if (o.failed || o.code != HF_OK) return give_nothing(p, o);
        p->state = &written;
    }
}

hf_code p2_output_stream_blocking_write_and_flush(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_blocking_write_and_flush_args_t);
    static const uint8_t nothing;
    return write_and_flush(p, args->self, args->contents.size ? args->contents.data : &nothing, args->contents.size);
}

hf_code p2_output_stream_blocking_write_zeroes_and_flush(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_blocking_write_zeroes_and_flush_args_t);
    return write_and_flush(p, args->self, NULL, args->len);
}

static hf_code splice(struct p2 *p, bool wait)
{
    ARGS(wasi_io_streams_method_output_stream_splice_args_t);
    struct waits w;
    uint64_t permit;
    size_t done;
    bool failed;
    SELF(self, output_stream, args->self);
    SELF(src, input_stream, args->src);
    if (wait) {
        waits_init(&w);
        if (!output_ready(self, &w) || !input_ready(src, &w)) return p2_wait(p, &w);
        waits_fini(&w);
    }
    struct outcome o = check_write(p, self, &permit);
    if (o.failed || o.code != HF_OK) return give_count(p, o, 0);
    uint8_t *scratch = wasi_scratch(p->wasi);
    if (!scratch) return p2_out_of_memory(p);
    const size_t max = (size_t)(args->len < permit ? args->len : permit);
    const hf_code code =
        input_read(p, src, scratch, max < SCRATCH_BYTES ? max : SCRATCH_BYTES, &done, &o.error, &failed);
    if (code != HF_OK) return code;
    self->permit = 0;
    o.failed = failed;
    if (!failed && done > 0) o = write_all(p, self, scratch, done);
    return give_count(p, o, done);
}

hf_code p2_output_stream_splice(struct p2 *p)
{
    return splice(p, false);
}

hf_code p2_output_stream_blocking_splice(struct p2 *p)
{
    return splice(p, true);
}

hf_code p2_output_stream_subscribe(struct p2 *p)
{
    ARGS(wasi_io_streams_method_output_stream_subscribe_args_t);
    SELF(self, output_stream, args->self);
    return pollable_give(p, pollable_new(p, output_ready, self));
}
