// wasi:sockets/ip-name-lookup.
#include "wasi/p2/socket.h"

struct resolve_address_stream {
    struct object base;
    struct net_lookup *lookup;
    size_t next;
};

static void stream_fini(struct object *object)
{
    net_lookup_free(((struct resolve_address_stream *)object)->lookup);
    object->wasi->held--;
}

const struct object_type type_resolve_address_stream =
    OBJECT_TYPE("wasi:sockets/ip-name-lookup@0.2.12", "resolve-address-stream", stream_fini);

hf_code p2_resolve_addresses(struct p2 *p)
{
    ARGS(wasi_sockets_ip_name_lookup_resolve_addresses_args_t);
    RESULT(p2_net_resource_result);
    struct net_lookup *lookup = NULL;
    if (!p2_handle_get(p->call, args->network, &type_network)) return p2_bad_handle(p, &type_network);
    uint16_t error = hold_descriptor(p->wasi) ? 0 : WASI_MFILE;
    if (!error) {
        error = net_lookup_new(p->wasi->net, args->name.data, args->name.size, &lookup);
        if (error) p->wasi->held--;
    }
    result->err = error != 0;
    if (error) {
        result->as.error = (uint8_t)net_code_of(error);
        return HF_OK;
    }
    struct resolve_address_stream *stream = p2_object_new(p->call, &type_resolve_address_stream, sizeof *stream);
    if (!stream) {
        net_lookup_free(lookup);
        p->wasi->held--;
        return p2_out_of_memory(p);
    }
    stream->lookup = lookup;
    return p2_handle(stream, &result->as.ok) ? HF_OK : p2_out_of_memory(p);
}

typedef wasi02_result_option_wasi_sockets_network_ip_address_wasi_sockets_network_error_code_t next_result;

hf_code p2_resolve_next_address(struct p2 *p)
{
    ARGS(wasi_sockets_ip_name_lookup_method_resolve_address_stream_resolve_next_address_args_t);
    RESULT(next_result);
    static const enum net_code codes[] = {
        [LOOKUP_PENDING] = NET_WOULD_BLOCK,
        [LOOKUP_NO_NAME] = NET_NAME_UNRESOLVABLE,
        [LOOKUP_TEMPORARY] = NET_TEMPORARY_RESOLVER_FAILURE,
        [LOOKUP_PERMANENT] = NET_PERMANENT_RESOLVER_FAILURE,
    };
    SELF(self, resolve_address_stream, args->self);
    struct net_lookup *lookup = self->lookup;
    lookup->ops->step(lookup);
    result->err = lookup->state != LOOKUP_DONE;
    if (result->err) {
        result->as.error = (uint8_t)codes[lookup->state];
        return HF_OK;
    }
    result->as.ok.some = self->next < lookup->count;
    if (result->as.ok.some) ip_to_guest(&lookup->addresses[self->next++], &result->as.ok.value);
    return HF_OK;
}

static bool lookup_ready(void *source, struct waits *w)
{
    struct net_lookup *lookup = ((struct resolve_address_stream *)source)->lookup;
    hf_watch watches[LOOKUP_WATCHES];
    int64_t deadline = INT64_MAX;
    lookup->ops->step(lookup);
    if (lookup->state != LOOKUP_PENDING) return true;
    const size_t count = lookup->ops->wait(lookup, watches, &deadline);
    for (size_t i = 0; i < count; i++) waits_fd(w, watches[i].fd, watches[i].events);
    waits_until(w, deadline);
    return false;
}

hf_code p2_resolve_subscribe(struct p2 *p)
{
    ARGS(wasi_sockets_ip_name_lookup_method_resolve_address_stream_subscribe_args_t);
    SELF(self, resolve_address_stream, args->self);
    return pollable_give(p, pollable_new(p, lookup_ready, self));
}
