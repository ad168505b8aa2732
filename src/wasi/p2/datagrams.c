// wasi:sockets/udp: the streams of datagrams.
#include <string.h>

#include "wasi/p2/udp.h"

enum { DATAGRAMS = 16, DATAGRAM_BYTES = 65535, LOOKED_AT = 64 };

static void stream_fini(struct object *object)
{
    p2_object_unref(((struct datagram_stream *)object)->udp);
}

const struct object_type type_incoming_datagram_stream =
    OBJECT_TYPE("wasi:sockets/udp@0.2.12", "incoming-datagram-stream", stream_fini);
const struct object_type type_outgoing_datagram_stream =
    OBJECT_TYPE("wasi:sockets/udp@0.2.12", "outgoing-datagram-stream", stream_fini);

static void *stream_new(struct p2 *p, const struct object_type *type, struct udp_socket *udp)
{
    struct datagram_stream *stream = p2_object_new(p->call, type, sizeof *stream);
    if (!stream) return NULL;
    stream->udp = p2_object_ref(udp);
    stream->streams = udp->streams;
    return stream;
}

bool datagram_streams(struct p2 *p, struct udp_socket *udp, hf_resource *incoming, hf_resource *outgoing)
{
    return p2_handle(stream_new(p, &type_incoming_datagram_stream, udp), incoming) &&
           p2_handle(stream_new(p, &type_outgoing_datagram_stream, udp), outgoing);
}

static bool in_use(const struct datagram_stream *stream)
{
    return stream->streams == stream->udp->streams;
}

// By where it came from. What is sent out of a scope or flow may be answered without naming them.
static bool from_peer(const struct udp_socket *udp, const struct sys_address *from)
{
    return !udp->connected || (from->v6 == udp->peer.v6 && from->port == udp->peer.port &&
                               memcmp(from->ip, udp->peer.ip, from->v6 ? 16 : 4) == 0);
}

// -- incoming --

typedef wasi02_result_list_wasi_sockets_udp_incoming_datagram_wasi_sockets_network_error_code_t receive_result;

static uint16_t receive(struct p2 *p, struct datagram_stream *stream, uint64_t max, p2_incoming_datagrams *out)
{
    struct net_socket *socket = stream->udp->socket;
    uint8_t *scratch = wasi_scratch(p->wasi);
    if (!scratch) return WASI_NOMEM;
    _Static_assert((int)DATAGRAM_BYTES <= (int)SCRATCH_BYTES, "a datagram fits");
    // Those that came before there was a peer are thrown away; how many a call looks at is bounded.
    for (unsigned i = 0; out->size < max && i < LOOKED_AT; i++) {
        struct sys_address from;
        size_t size = 0;
        const uint16_t error = socket->ops->recv(socket, scratch, DATAGRAM_BYTES, &size, &from);
        if (error == WASI_AGAIN || (error && out->size > 0)) return 0;
        if (error) return error;
        if (!from_peer(stream->udp, &from)) continue;
        p2_incoming_datagram *datagram = &out->data[out->size];
        datagram->data.data = p2_alloc(p, size);
        if (!datagram->data.data) return WASI_NOMEM;
        memcpy(datagram->data.data, scratch, size);
        datagram->data.size = size;
        address_to_guest(&from, &datagram->remote_address);
        out->size++;
    }
    return 0;
}

hf_code p2_incoming_receive(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_incoming_datagram_stream_receive_args_t);
    RESULT(receive_result);
    SELF(self, incoming_datagram_stream, args->self);
    if (!in_use((struct datagram_stream *)self)) {
        *result = (receive_result){ .err = true, .as.error = NET_INVALID_STATE };
        return HF_OK;
    }
    const uint64_t max = args->max_results < DATAGRAMS ? args->max_results : DATAGRAMS;
    p2_incoming_datagrams got = { p2_alloc(p, (size_t)max * sizeof *got.data), 0 };
    if (!got.data) return p2_out_of_memory(p);
    const uint16_t error = receive(p, (struct datagram_stream *)self, max, &got);
    result->err = error != 0;
    if (error)
        result->as.error = (uint8_t)net_code_of(error);
    else
        result->as.ok = got;
    return HF_OK;
}

static bool incoming_ready(void *source, struct waits *w)
{
    struct datagram_stream *stream = source;
    return !in_use(stream) || node_ready(&stream->udp->socket->node, HF_WATCH_READ, w);
}

hf_code p2_incoming_subscribe(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_incoming_datagram_stream_subscribe_args_t);
    SELF(self, incoming_datagram_stream, args->self);
    return pollable_give(p, pollable_new(p, incoming_ready, self));
}

// -- outgoing --

static bool outgoing_ready(void *source, struct waits *w)
{
    struct datagram_stream *stream = source;
    return !in_use(stream) || node_ready(&stream->udp->socket->node, HF_WATCH_WRITE, w);
}

hf_code p2_outgoing_check_send(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_outgoing_datagram_stream_check_send_args_t);
    RESULT(p2_net_u64_result);
    struct waits w;
    SELF(self, outgoing_datagram_stream, args->self);
    struct datagram_stream *stream = (struct datagram_stream *)self;
    stream->permit = 0;
    if (!in_use(stream)) {
        *result = (p2_net_u64_result){ .err = true, .as.error = NET_INVALID_STATE };
        return HF_OK;
    }
    waits_init(&w);
    if (outgoing_ready(stream, &w)) stream->permit = DATAGRAMS;
    waits_fini(&w);
    *result = (p2_net_u64_result){ .err = false, .as.ok = stream->permit };
    return HF_OK;
}

static uint16_t send_one(struct udp_socket *udp, const p2_outgoing_datagram *datagram)
{
    struct net_socket *socket = udp->socket;
    struct sys_address to;
    static const uint8_t nothing;
    const uint8_t *data = datagram->data.size ? datagram->data.data : &nothing;
    if (datagram->remote_address.some) {
        address_from_guest(&datagram->remote_address.value, &to);
        if (!address_reachable(&to, socket->v6)) return WASI_INVAL;
        if (udp->connected) {
            if (!address_equal(&to, &udp->peer)) return WASI_INVAL;
        } else {
            const uint16_t refused = net_allowed(socket->net, HF_NET_UDP_SEND, &to);
            if (refused) return refused;
        }
    } else if (!udp->connected) {
        return WASI_INVAL;
    }
    return socket->ops->send(socket, data, datagram->data.size, udp->connected ? NULL : &to);
}

hf_code p2_outgoing_send(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_outgoing_datagram_stream_send_args_t);
    RESULT(p2_net_u64_result);
    SELF(self, outgoing_datagram_stream, args->self);
    struct datagram_stream *stream = (struct datagram_stream *)self;
    if (args->datagrams.size > stream->permit) {
        return hf_call_trap(p->call, "%s#%s: more datagrams than check-send permitted", p->row->interface,
                            p->row->name);
    }
    stream->permit -= args->datagrams.size;
    if (!in_use(stream)) {
        *result = (p2_net_u64_result){ .err = true, .as.error = NET_INVALID_STATE };
        return HF_OK;
    }
    uint64_t sent = 0;
    uint16_t error = 0;
    while (sent < args->datagrams.size && !error) {
        error = send_one(stream->udp, &args->datagrams.data[sent]);
        if (!error) sent++;
    }
    result->err = error != 0 && error != WASI_AGAIN && sent == 0;
    if (result->err)
        result->as.error = (uint8_t)net_code_of(error);
    else
        result->as.ok = sent;
    return HF_OK;
}

hf_code p2_outgoing_subscribe(struct p2 *p)
{
    ARGS(wasi_sockets_udp_method_outgoing_datagram_stream_subscribe_args_t);
    SELF(self, outgoing_datagram_stream, args->self);
    return pollable_give(p, pollable_new(p, outgoing_ready, self));
}
