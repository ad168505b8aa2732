// wasi:io/poll.
#include "wasi/p2/poll.h"

#include "base/ckd.h"
#include "sys/stream.h"

struct pollable {
    struct object base;
    ready_fn ready; // NULL: at the deadline
    struct object *source;
    int64_t deadline;
};

static void pollable_fini(struct object *object)
{
    p2_object_unref(((struct pollable *)object)->source);
}

const struct object_type type_pollable = OBJECT_TYPE("wasi:io/poll@0.2.12", "pollable", pollable_fini);

void *pollable_new(struct p2 *p, ready_fn ready, void *source)
{
    struct pollable *pollable = p2_object_new(p->call, &type_pollable, sizeof *pollable);
    if (!pollable) return NULL;
    pollable->ready = ready;
    pollable->source = p2_object_ref(source);
    return pollable;
}

void *pollable_at(struct p2 *p, int64_t deadline)
{
    struct pollable *pollable = p2_object_new(p->call, &type_pollable, sizeof *pollable);
    if (pollable) pollable->deadline = deadline;
    return pollable;
}

hf_code pollable_give(struct p2 *p, void *pollable)
{
    RESULT(hf_resource);
    return p2_handle(pollable, result) ? HF_OK : p2_out_of_memory(p);
}

bool node_ready(struct fs_node *node, uint32_t events, struct waits *w)
{
    const int fd = node->ops->watch ? node->ops->watch(node) : -1;
    if (fd < 0 || sys_stream_ready(fd, events) != 0) return true;
    waits_fd(w, fd, events);
    return false;
}

static bool pollable_ready(struct pollable *pollable, struct waits *w)
{
    if (pollable->ready) return pollable->ready(pollable->source, w);
    if (p2_now() >= pollable->deadline) return true;
    waits_until(w, pollable->deadline);
    return false;
}

hf_code p2_pollable_ready(struct p2 *p)
{
    ARGS(wasi_io_poll_method_pollable_ready_args_t);
    RESULT(bool);
    struct waits w;
    SELF(self, pollable, args->self);
    waits_init(&w);
    *result = pollable_ready(self, &w);
    waits_fini(&w);
    return HF_OK;
}

hf_code p2_pollable_block(struct p2 *p)
{
    ARGS(wasi_io_poll_method_pollable_block_args_t);
    struct waits w;
    SELF(self, pollable, args->self);
    waits_init(&w);
    if (!pollable_ready(self, &w)) return p2_wait(p, &w);
    waits_fini(&w);
    return HF_OK;
}

hf_code p2_poll(struct p2 *p)
{
    ARGS(wasi_io_poll_poll_args_t);
    RESULT(wasi02_list_u32_t);
    struct waits w;
    size_t bytes;
    const size_t size = args->in.size;
    if (size == 0) return hf_call_trap(p->call, "wasi:io/poll#poll: an empty list would wait for ever");
    if (size > UINT32_MAX) return hf_call_trap(p->call, "wasi:io/poll#poll: more than can be numbered");
    if (!p->state && !ckd_mul(&bytes, size, sizeof(uint32_t))) p->state = p2_alloc(p, bytes);
    uint32_t *ready = p->state;
    if (!ready) return p2_out_of_memory(p);

    size_t count = 0;
    waits_init(&w);
    for (size_t i = 0; i < size; i++) {
        struct pollable *pollable = p2_handle_get(p->call, args->in.data[i], &type_pollable);
        if (!pollable) {
            waits_fini(&w);
            return p2_bad_handle(p, &type_pollable);
        }
        if (pollable_ready(pollable, &w)) ready[count++] = (uint32_t)i;
    }
    if (count == 0) return p2_wait(p, &w);
    waits_fini(&w);
    *result = (wasi02_list_u32_t){ ready, count };
    return HF_OK;
}
