// wasi:sockets: the state machines of TCP and UDP, options at their bounds, grants, names, over the loopback of the host.
#include "wasi/p2/fake_test.h"

#include "wasi/p2/socket.h"

#define TCP "wasi:sockets/tcp"
#define T(name) "[method]tcp-socket." name
#define UDP "wasi:sockets/udp"
#define U(name) "[method]udp-socket." name
#define STREAMS "wasi:io/streams"

static hf_resource network;

struct pair {
    hf_resource socket, input, output;
};

typedef wasi02_result_tuple2_own_wasi_io_streams_input_stream_own_wasi_io_streams_output_stream_wasi_sockets_network_error_code_t
    connection_result;
typedef wasi02_result_tuple3_own_wasi_sockets_tcp_tcp_socket_own_wasi_io_streams_input_stream_own_wasi_io_streams_output_stream_wasi_sockets_network_error_code_t
    accepted_result;
typedef wasi02_result_tuple2_own_wasi_sockets_udp_incoming_datagram_stream_own_wasi_sockets_udp_outgoing_datagram_stream_wasi_sockets_network_error_code_t
    streams_result;
typedef wasi02_result_list_wasi_sockets_udp_incoming_datagram_wasi_sockets_network_error_code_t received;
typedef wasi02_result_option_wasi_sockets_network_ip_address_wasi_sockets_network_error_code_t next_result;

static hf_wasi *open_all(void)
{
    hf_wasi *wasi = p2_open();
    hf_net *net = hf_net_host(NULL);
    assert_int_equal(hf_net_allow(net, HF_NET_ALL_USES, "*", NULL), HF_OK);
    assert_int_equal(hf_net_allow_lookup(net, "*", NULL), HF_OK);
    hf_wasi_set_net(wasi, net);
    p2_do("wasi:sockets/instance-network", "instance-network", NULL, &network);
    return wasi;
}

// -- calls --

// The code of a call without a value; NET_CODES: it was good.
static int code_of(const char *interface, const char *name, const void *args)
{
    p2_net_result result = { false, { 0xaa } };
    p2_do(interface, name, args, &result);
    return result.err ? result.as.error : NET_CODES;
}

static int self(const char *name, hf_resource socket)
{
    const struct args_self args = { socket };
    return code_of(strncmp(name, T(""), strlen(T(""))) == 0 ? TCP : UDP, name, &args);
}

static int with_address(const char *name, hf_resource socket, const p2_ip_socket_address *address)
{
    const struct {
        hf_resource self, network;
        p2_ip_socket_address address;
    } args = { socket, network, *address };
    return code_of(strncmp(name, T(""), strlen(T(""))) == 0 ? TCP : UDP, name, &args);
}

static hf_resource create(bool udp, uint8_t family)
{
    p2_net_resource_result result;
    if (udp)
        p2_do("wasi:sockets/udp-create-socket", "create-udp-socket", &family, &result);
    else
        p2_do("wasi:sockets/tcp-create-socket", "create-tcp-socket", &family, &result);
    if (result.err) fail_msg("%s", net_code_text(result.as.error));
    return result.as.ok;
}

static p2_ip_socket_address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    p2_ip_socket_address out;
    memset(&out, 0, sizeof out);
    out.as.ipv4.port = port;
    const uint8_t ip[] = { a, b, c, d };
    memcpy(&out.as.ipv4.address, ip, 4);
    return out;
}

static p2_ip_socket_address v6(uint16_t first, uint16_t sixth, uint16_t last, uint16_t port)
{
    p2_ip_socket_address out;
    memset(&out, 0, sizeof out);
    out.tag = IP_V6;
    out.as.ipv6.port = port;
    out.as.ipv6.address.f0 = first;
    out.as.ipv6.address.f5 = sixth;
    out.as.ipv6.address.f7 = last;
    return out;
}

static p2_ip_socket_address address_of(const char *interface, const char *name, hf_resource socket)
{
    const struct args_self args = { socket };
    p2_net_address_result result;
    p2_do(interface, name, &args, &result);
    if (result.err) fail_msg("%s: %s", name, net_code_text(result.as.error));
    return result.as.ok;
}

static int no_address(const char *interface, const char *name, hf_resource socket)
{
    const struct args_self args = { socket };
    p2_net_address_result result;
    p2_do(interface, name, &args, &result);
    return result.err ? result.as.error : NET_CODES;
}

static void block_on(const char *interface, const char *name, hf_resource socket)
{
    const struct args_self args = { socket };
    hf_resource pollable;
    p2_do(interface, name, &args, &pollable);
    const struct args_self block = { pollable };
    p2_do("wasi:io/poll", "[method]pollable.block", &block, NULL);
    p2_drop("wasi:io/poll", "pollable", pollable);
}

static hf_resource listener(uint8_t family, p2_ip_socket_address *at)
{
    const hf_resource server = create(false, family);
    *at = family == IP_V4 ? v4(127, 0, 0, 1, 0) : v6(0, 0, 1, 0);
    assert_int_equal(with_address(T("start-bind"), server, at), NET_CODES);
    assert_int_equal(self(T("finish-bind"), server), NET_CODES);
    assert_int_equal(self(T("start-listen"), server), NET_CODES);
    assert_int_equal(self(T("finish-listen"), server), NET_CODES);
    *at = address_of(TCP, T("local-address"), server);
    return server;
}

static struct pair connect_to(const p2_ip_socket_address *at)
{
    struct pair c = { .socket = create(false, at->tag) };
    connection_result result;
    assert_int_equal(with_address(T("start-connect"), c.socket, at), NET_CODES);
    block_on(TCP, T("subscribe"), c.socket);
    const struct args_self args = { c.socket };
    p2_do(TCP, T("finish-connect"), &args, &result);
    if (result.err) fail_msg("%s", net_code_text(result.as.error));
    c.input = result.as.ok.f0;
    c.output = result.as.ok.f1;
    return c;
}

static int finish_connect(hf_resource socket)
{
    connection_result result;
    const struct args_self args = { socket };
    p2_do(TCP, T("finish-connect"), &args, &result);
    return result.err ? result.as.error : NET_CODES;
}

static int try_accept(hf_resource server, struct pair *out)
{
    accepted_result result;
    const struct args_self args = { server };
    p2_do(TCP, T("accept"), &args, &result);
    if (result.err) return result.as.error;
    *out = (struct pair){ result.as.ok.f0, result.as.ok.f1, result.as.ok.f2 };
    return NET_CODES;
}

static struct pair accept_from(hf_resource server)
{
    struct pair out;
    block_on(TCP, T("subscribe"), server);
    assert_int_equal(try_accept(server, &out), NET_CODES);
    return out;
}

static void send_text(hf_resource output, const char *text)
{
    p2_stream_result w;
    assert_int_equal(
        try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", output, text, strlen(text), &w), HF_OK);
    assert_false(w.err);
}

static p2_read_result receive(hf_resource input)
{
    p2_read_result got;
    assert_int_equal(try_u64(STREAMS, "[method]input-stream.blocking-read", input, 100, &got), HF_OK);
    return got;
}

static int shut(hf_resource socket, uint8_t how)
{
    const struct args_self_u8 args = { socket, how };
    return code_of(TCP, T("shutdown"), &args);
}

// -- TCP --

static void talking(uint8_t family)
{
    open_all();
    p2_ip_socket_address at;
    const hf_resource server = listener(family, &at);
    struct pair none;
    assert_int_equal(try_accept(server, &none), NET_WOULD_BLOCK);
    const struct pair client = connect_to(&at), peer = accept_from(server);
    const p2_ip_socket_address a = address_of(TCP, T("remote-address"), peer.socket);
    const p2_ip_socket_address b = address_of(TCP, T("local-address"), client.socket);
    assert_memory_equal(&a, &b, sizeof a);
    send_text(client.output, "hello");
    p2_read_result got = receive(peer.input);
    assert_memory_equal(got.as.ok.data, "hello", 5);
    send_text(peer.output, "world");
    got = receive(client.input);
    assert_memory_equal(got.as.ok.data, "world", 5);

    // What a connected socket may no longer do.
    assert_int_equal(self(T("start-listen"), client.socket), NET_INVALID_STATE);
    assert_int_equal(with_address(T("start-bind"), client.socket, &at), NET_INVALID_STATE);
    assert_int_equal(with_address(T("start-connect"), client.socket, &at), NET_INVALID_STATE);
    assert_int_equal(finish_connect(client.socket), NET_NOT_IN_PROGRESS);
    assert_int_equal(try_accept(client.socket, &none), NET_INVALID_STATE);
    const struct args_self_u64 backlog = { client.socket, 1 };
    assert_int_equal(code_of(TCP, T("set-listen-backlog-size"), &backlog), NET_INVALID_STATE);

    // Half of it ends; again; and all of it.
    assert_int_equal(shut(client.socket, SHUTDOWN_SEND), NET_CODES);
    assert_int_equal(shut(client.socket, SHUTDOWN_SEND), NET_CODES);
    p2_count_result c;
    assert_int_equal(try_self(STREAMS, "[method]output-stream.check-write", client.output, &c), HF_OK);
    assert_true(c.err);
    assert_int_equal(c.as.error.tag, STREAM_CLOSED);
    assert_true(receive(peer.input).err);
    send_text(peer.output, "unread");
    assert_int_equal(shut(client.socket, SHUTDOWN_RECEIVE), NET_CODES);
    assert_true(receive(client.input).err); // thrown away
    assert_int_equal(shut(client.socket, SHUTDOWN_BOTH), NET_CODES);
    assert_int_equal(shut(client.socket, 3), NET_INVALID_ARGUMENT);
    assert_int_equal(shut(client.socket, 255), NET_INVALID_ARGUMENT);
    assert_int_equal(shut(server, SHUTDOWN_BOTH), NET_INVALID_STATE);

    // The socket goes, its streams stay.
    p2_drop(TCP, "tcp-socket", peer.socket);
    p2_drop(STREAMS, "input-stream", peer.input);
    p2_drop(STREAMS, "output-stream", peer.output);
    p2_close();
}

static void talking_v4(void **state)
{
    (void)state;
    talking(IP_V4);
}

static void talking_v6(void **state)
{
    (void)state;
    int fd;
    struct sys_address loopback = { .v6 = true, .ip = { [15] = 1 } };
    const bool there = sys_socket_new(true, false, &fd) == 0;
    const bool usable = there && sys_bind(fd, &loopback, true) == 0;
    if (there) sys_close(fd);
    if (!usable) skip(); // this machine has no IPv6
    talking(IP_V6);
}

static void states(void **state)
{
    (void)state;
    open_all();
    struct pair none;
    const p2_ip_socket_address any = v4(127, 0, 0, 1, 0);
    const hf_resource s = create(false, IP_V4);
    assert_int_equal(self(T("finish-bind"), s), NET_NOT_IN_PROGRESS);
    assert_int_equal(self(T("finish-listen"), s), NET_NOT_IN_PROGRESS);
    assert_int_equal(finish_connect(s), NET_NOT_IN_PROGRESS);
    assert_int_equal(self(T("start-listen"), s), NET_INVALID_STATE);
    assert_int_equal(try_accept(s, &none), NET_INVALID_STATE);
    assert_int_equal(shut(s, SHUTDOWN_BOTH), NET_INVALID_STATE);
    assert_int_equal(no_address(TCP, T("local-address"), s), NET_INVALID_STATE);
    assert_int_equal(no_address(TCP, T("remote-address"), s), NET_INVALID_STATE);

    assert_int_equal(with_address(T("start-bind"), s, &any), NET_CODES);
    assert_int_equal(with_address(T("start-bind"), s, &any), NET_CONCURRENCY_CONFLICT);
    assert_int_equal(with_address(T("start-connect"), s, &any), NET_CONCURRENCY_CONFLICT);
    assert_int_equal(self(T("start-listen"), s), NET_CONCURRENCY_CONFLICT);
    assert_int_equal(no_address(TCP, T("local-address"), s), NET_INVALID_STATE);
    assert_int_equal(self(T("finish-listen"), s), NET_NOT_IN_PROGRESS);
    block_on(TCP, T("subscribe"), s);
    assert_int_equal(self(T("finish-bind"), s), NET_CODES);
    assert_int_equal(self(T("finish-bind"), s), NET_NOT_IN_PROGRESS);
    assert_int_equal(with_address(T("start-bind"), s, &any), NET_INVALID_STATE);
    assert_true(address_of(TCP, T("local-address"), s).as.ipv4.port != 0);
    assert_int_equal(self(T("start-listen"), s), NET_CODES);
    assert_int_equal(self(T("start-listen"), s), NET_CONCURRENCY_CONFLICT);
    assert_int_equal(try_accept(s, &none), NET_INVALID_STATE);
    bool listening = true;
    assert_int_equal(try_self(TCP, T("is-listening"), s, &listening), HF_OK);
    assert_false(listening);
    assert_int_equal(self(T("finish-listen"), s), NET_CODES);
    assert_int_equal(try_self(TCP, T("is-listening"), s, &listening), HF_OK);
    assert_true(listening);
    assert_int_equal(self(T("start-listen"), s), NET_INVALID_STATE);
    const p2_ip_socket_address at = address_of(TCP, T("local-address"), s);
    assert_int_equal(with_address(T("start-connect"), s, &at), NET_INVALID_STATE);
    assert_int_equal(no_address(TCP, T("remote-address"), s), NET_INVALID_STATE);

    // An address that is taken; the attempt may be repeated elsewhere.
    const hf_resource other = create(false, IP_V4);
    assert_int_equal(with_address(T("start-bind"), other, &at), NET_ADDRESS_IN_USE);
    const p2_ip_socket_address foreign = v4(192, 0, 2, 1, 0);
    assert_int_equal(with_address(T("start-bind"), other, &foreign), NET_ADDRESS_NOT_BINDABLE);
    assert_int_equal(with_address(T("start-bind"), other, &any), NET_CODES);
    assert_int_equal(self(T("finish-bind"), other), NET_CODES);

    // Nobody listens: the socket is of no more use.
    const p2_ip_socket_address nobody = address_of(TCP, T("local-address"), other);
    const hf_resource refused = create(false, IP_V4);
    assert_int_equal(with_address(T("start-connect"), refused, &nobody), NET_CODES);
    assert_int_equal(with_address(T("start-connect"), refused, &nobody), NET_CONCURRENCY_CONFLICT);
    block_on(TCP, T("subscribe"), refused);
    assert_int_equal(finish_connect(refused), NET_CONNECTION_REFUSED);
    assert_int_equal(finish_connect(refused), NET_NOT_IN_PROGRESS);
    assert_int_equal(with_address(T("start-connect"), refused, &nobody), NET_INVALID_STATE);
    assert_int_equal(with_address(T("start-bind"), refused, &any), NET_INVALID_STATE);
    assert_int_equal(self(T("start-listen"), refused), NET_INVALID_STATE);
    assert_int_equal(no_address(TCP, T("local-address"), refused), NET_INVALID_STATE);
    assert_int_equal(shut(refused, SHUTDOWN_BOTH), NET_INVALID_STATE);
    const struct args_self_u64 backlog = { refused, 1 };
    assert_int_equal(code_of(TCP, T("set-listen-backlog-size"), &backlog), NET_INVALID_STATE);
    assert_int_equal(code_of(TCP, T("set-receive-buffer-size"), &backlog), NET_INVALID_STATE);
    p2_close();
}

static void addresses(void **state)
{
    (void)state;
    open_all();
    static const struct {
        uint8_t family;
        uint8_t bind, connect, peer; // codes: to bind, to connect, to be the peer of a datagram socket
        uint16_t words[9];           // IPv4: four bytes; IPv6: first, sixth and last group; the port is at the end
        bool v6;
    } rows[] = {
        { IP_V4, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 0, 0, 1, 80 }, true },
        { IP_V4, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 224, 0, 0, 1, 80 }, false },
        { IP_V4, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 255, 255, 255, 255, 80 }, false },
        { IP_V4, NET_CODES, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 0, 0, 0, 0, 0 }, false },
        { IP_V4, NET_CODES, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 127, 0, 0, 1, 0 }, false },
        { IP_V6, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 127, 0, 0, 1, 80 }, false },
        { IP_V6, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 0, 0xffff, 1, 80 }, true },
        { IP_V6, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 0xff02, 0, 1, 80 }, true },
        { IP_V6, NET_CODES, NET_INVALID_ARGUMENT, NET_INVALID_ARGUMENT, { 0, 0, 0, 0 }, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint16_t *w = rows[i].words;
        const p2_ip_socket_address at = rows[i].v6
                                            ? v6(w[0], w[1], w[2], w[3])
                                            : v4((uint8_t)w[0], (uint8_t)w[1], (uint8_t)w[2], (uint8_t)w[3], w[4]);
        for (int udp = 0; udp < 2; udp++) {
            const uint8_t family = rows[i].family;
            p2_net_resource_result made;
            if (udp)
                p2_do("wasi:sockets/udp-create-socket", "create-udp-socket", &family, &made);
            else
                p2_do("wasi:sockets/tcp-create-socket", "create-tcp-socket", &family, &made);
            if (made.err && family == IP_V6) continue; // this machine has none
            assert_false(made.err);
            if (!udp) assert_int_equal(with_address(T("start-connect"), made.as.ok, &at), rows[i].connect);
            const int code = with_address(udp ? U("start-bind") : T("start-bind"), made.as.ok, &at);
            if (!(family == IP_V6 && code == NET_ADDRESS_NOT_BINDABLE)) assert_int_equal(code, rows[i].bind);
        }
    }
    // A handle that is no network.
    const hf_resource s = create(false, IP_V4);
    const struct {
        hf_resource self, network;
        p2_ip_socket_address address;
    } args = { s, s, v4(127, 0, 0, 1, 0) };
    p2_net_result result;
    assert_int_equal(p2_try(TCP, T("start-bind"), &args, &result), HF_TRAPPED);
    assert_int_equal(p2_try(TCP, T("start-connect"), &args, &result), HF_TRAPPED);
    p2_drop("wasi:sockets/network", "network", network);
    p2_close();
}

// -- options --

static int set_u64(const char *interface, const char *name, hf_resource s, uint64_t value)
{
    const struct args_self_u64 args = { s, value };
    return code_of(interface, name, &args);
}

static uint64_t get_u64_of(const char *interface, const char *name, hf_resource s)
{
    const struct args_self args = { s };
    p2_net_u64_result result;
    p2_do(interface, name, &args, &result);
    assert_false(result.err);
    return result.as.ok;
}

static void options(void **state)
{
    (void)state;
    open_all();
    const hf_resource tcp = create(false, IP_V4), udp = create(true, IP_V4);
    static const uint64_t values[] = { 1, 4096, UINT32_MAX, INT64_MAX, UINT64_MAX };
    static const char *const buffers[][2] = { { T("receive-buffer-size"), T("set-receive-buffer-size") },
                                              { T("send-buffer-size"), T("set-send-buffer-size") },
                                              { U("receive-buffer-size"), U("set-receive-buffer-size") },
                                              { U("send-buffer-size"), U("set-send-buffer-size") } };
    for (size_t i = 0; i < 4; i++) {
        const char *interface = i < 2 ? TCP : UDP;
        const hf_resource s = i < 2 ? tcp : udp;
        assert_int_equal(set_u64(interface, buffers[i][1], s, 0), NET_INVALID_ARGUMENT);
        for (size_t k = 0; k < 5; k++) {
            assert_int_equal(set_u64(interface, buffers[i][1], s, values[k]), NET_CODES);
            assert_true(get_u64_of(interface, buffers[i][0], s) > 0);
        }
        assert_int_equal(set_u64(interface, buffers[i][1], s, 16384), NET_CODES);
        assert_int_equal(get_u64_of(interface, buffers[i][0], s), 16384);
    }
    static const char *const durations[][2] = { { T("keep-alive-idle-time"), T("set-keep-alive-idle-time") },
                                                { T("keep-alive-interval"), T("set-keep-alive-interval") } };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(set_u64(TCP, durations[i][1], tcp, 0), NET_INVALID_ARGUMENT);
        for (size_t k = 0; k < 5; k++) assert_int_equal(set_u64(TCP, durations[i][1], tcp, values[k]), NET_CODES);
        assert_int_equal(get_u64_of(TCP, durations[i][0], tcp), UINT64_C(32767000000000));
        assert_int_equal(set_u64(TCP, durations[i][1], tcp, 1), NET_CODES);
        assert_int_equal(get_u64_of(TCP, durations[i][0], tcp), 1000000000);
        assert_int_equal(set_u64(TCP, durations[i][1], tcp, UINT64_C(7000000001)), NET_CODES);
        assert_int_equal(get_u64_of(TCP, durations[i][0], tcp), UINT64_C(8000000000));
    }
    static const uint32_t counts[] = { 1, 127, 128, UINT32_MAX };
    for (size_t i = 0; i < 4; i++) {
        const struct args_self_u32 args = { tcp, counts[i] };
        const struct args_self get = { tcp };
        p2_net_u32_result result;
        assert_int_equal(code_of(TCP, T("set-keep-alive-count"), &args), NET_CODES);
        p2_do(TCP, T("keep-alive-count"), &get, &result);
        assert_false(result.err);
        assert_int_equal(result.as.ok, counts[i] > 127 ? 127 : counts[i]);
    }
    const struct args_self_u32 no_count = { tcp, 0 };
    assert_int_equal(code_of(TCP, T("set-keep-alive-count"), &no_count), NET_INVALID_ARGUMENT);
    for (int on = 1; on >= 0; on--) {
        const struct args_self_bool args = { tcp, on };
        const struct args_self get = { tcp };
        p2_net_bool_result result;
        assert_int_equal(code_of(TCP, T("set-keep-alive-enabled"), &args), NET_CODES);
        p2_do(TCP, T("keep-alive-enabled"), &get, &result);
        assert_true(!result.err && result.as.ok == on);
    }
    static const uint8_t hops[] = { 1, 64, 255 };
    for (int u = 0; u < 2; u++) {
        for (size_t i = 0; i < 3; i++) {
            const struct args_self_u8 args = { u ? udp : tcp, hops[i] };
            const struct args_self get = { u ? udp : tcp };
            p2_net_u8_result result;
            assert_int_equal(u ? code_of(UDP, U("set-unicast-hop-limit"), &args)
                               : code_of(TCP, T("set-hop-limit"), &args),
                             NET_CODES);
            if (u)
                p2_do(UDP, U("unicast-hop-limit"), &get, &result);
            else
                p2_do(TCP, T("hop-limit"), &get, &result);
            assert_true(!result.err && result.as.ok == hops[i]);
        }
        const struct args_self_u8 none = { u ? udp : tcp, 0 };
        assert_int_equal(u ? code_of(UDP, U("set-unicast-hop-limit"), &none) : code_of(TCP, T("set-hop-limit"), &none),
                         NET_INVALID_ARGUMENT);
        uint8_t family = 9;
        assert_int_equal(u ? try_self(UDP, U("address-family"), udp, &family)
                           : try_self(TCP, T("address-family"), tcp, &family),
                         HF_OK);
        assert_int_equal(family, IP_V4);
    }
    assert_int_equal(set_u64(TCP, T("set-listen-backlog-size"), tcp, 0), NET_INVALID_ARGUMENT);
    for (size_t k = 0; k < 5; k++)
        assert_int_equal(set_u64(TCP, T("set-listen-backlog-size"), tcp, values[k]), NET_CODES);
    p2_ip_socket_address at;
    const hf_resource server = listener(IP_V4, &at);
    assert_int_equal(set_u64(TCP, T("set-listen-backlog-size"), server, 7), NET_CODES);

    // What an accepted socket takes over.
    assert_int_equal(set_u64(TCP, T("set-keep-alive-idle-time"), server, 9000000000), NET_CODES);
    const struct args_self_u8 hop = { server, 33 };
    assert_int_equal(code_of(TCP, T("set-hop-limit"), &hop), NET_CODES);
    (void)connect_to(&at);
    const struct pair peer = accept_from(server);
    assert_int_equal(get_u64_of(TCP, T("keep-alive-idle-time"), peer.socket), 9000000000);
    const struct args_self get = { peer.socket };
    p2_net_u8_result hop_limit;
    p2_do(TCP, T("hop-limit"), &get, &hop_limit);
    assert_int_equal(hop_limit.as.ok, 33);
    p2_close();
}

// -- waiting --

static struct pair slow_peer;
static size_t taken;

static void take_some(unsigned wait)
{
    uint8_t data[65536];
    size_t done = 0;
    bool truncated;
    (void)wait;
    struct input_stream_front {
        struct object base;
        struct fs_node *node;
    } *input;
    hf_call call = { .store = &fake_store };
    input = p2_handle_get(&call, slow_peer.input, &type_input_stream);
    for (int i = 0; i < 16 && input->node->ops->recv(input->node, data, sizeof data, false, &done, &truncated) == 0;
         i++) {
        taken += done;
    }
}

// More than the connection takes: kept, sent while the guest waits, and sent before the end that shutdown announces.
static void backpressure(void **state)
{
    (void)state;
    hf_wasi *wasi = open_all();
    p2_ip_socket_address at;
    const hf_resource server = listener(IP_V4, &at);
    const struct pair client = connect_to(&at);
    slow_peer = accept_from(server);
    static uint8_t many[65536];
    size_t written = 0;
    p2_count_result c;
    p2_stream_result w;
    for (;;) {
        assert_int_equal(try_self(STREAMS, "[method]output-stream.check-write", client.output, &c), HF_OK);
        assert_false(c.err);
        if (c.as.ok == 0) break;
        assert_int_equal(try_bytes(STREAMS, "[method]output-stream.write", client.output, many, (size_t)c.as.ok, &w),
                         HF_OK);
        assert_false(w.err);
        written += (size_t)c.as.ok;
    }
    assert_non_null(wasi->unwritten);
    assert_int_equal(shut(client.socket, SHUTDOWN_SEND), NET_CODES);
    assert_non_null(wasi->unwritten);
    assert_int_equal(try_self(STREAMS, "[method]output-stream.check-write", client.output, &c), HF_OK);
    assert_true(c.err);
    p2_drop(STREAMS, "output-stream", client.output);
    taken = 0;
    fake_while_waiting = take_some;
    // The guest waits for an answer that does not come; what it wrote gets there.
    const uint64_t span = 300000000;
    for (int i = 0; i < 200 && wasi->unwritten; i++) {
        hf_resource clock;
        p2_do("wasi:clocks/monotonic-clock", "subscribe-duration", &span, &clock);
        const struct args_self block = { clock };
        p2_do("wasi:io/poll", "[method]pollable.block", &block, NULL);
        p2_drop("wasi:io/poll", "pollable", clock);
    }
    fake_while_waiting = NULL;
    assert_null(wasi->unwritten);
    for (p2_read_result got = receive(slow_peer.input); !got.err; got = receive(slow_peer.input))
        taken += got.as.ok.size;
    assert_int_equal(taken, written);
    p2_close();
}

static void broken(void **state)
{
    (void)state;
    open_all();
    p2_ip_socket_address at;
    const hf_resource server = listener(IP_V4, &at);
    const struct pair client = connect_to(&at), peer = accept_from(server);
    p2_drop(TCP, "tcp-socket", peer.socket);
    p2_drop(STREAMS, "input-stream", peer.input);
    p2_drop(STREAMS, "output-stream", peer.output);
    p2_stream_result w = { .err = false };
    for (int i = 0; i < 100 && !w.err; i++) {
        assert_int_equal(
            try_bytes(STREAMS, "[method]output-stream.blocking-write-and-flush", client.output, "x", 1, &w), HF_OK);
    }
    assert_true(w.err);
    assert_int_equal(w.as.error.tag, STREAM_LAST_OPERATION_FAILED);
    const struct args_self error = { w.as.error.as.last_operation_failed };
    struct {
        bool some;
        uint8_t code;
    } code;
    p2_do("wasi:sockets/network", "network-error-code", &error, &code);
    assert_true(code.some && code.code == NET_CONNECTION_RESET);
    p2_do("wasi:filesystem/types", "filesystem-error-code", &error, &code);
    assert_false(code.some);
    p2_close();
}

// -- UDP --

struct streams {
    hf_resource incoming, outgoing;
};

static int stream_to(hf_resource socket, const p2_ip_socket_address *to, struct streams *out)
{
    struct {
        hf_resource self;
        p2_option_ip_socket_address to;
    } args;
    streams_result result;
    memset(&args, 0, sizeof args);
    args.self = socket;
    args.to.some = to != NULL;
    if (to) args.to.value = *to;
    p2_do(UDP, U("stream"), &args, &result);
    if (result.err) return result.as.error;
    *out = (struct streams){ result.as.ok.f0, result.as.ok.f1 };
    return NET_CODES;
}

static hf_resource bound(p2_ip_socket_address *at)
{
    const hf_resource s = create(true, IP_V4);
    *at = v4(127, 0, 0, 1, 0);
    assert_int_equal(with_address(U("start-bind"), s, at), NET_CODES);
    assert_int_equal(self(U("finish-bind"), s), NET_CODES);
    *at = address_of(UDP, U("local-address"), s);
    return s;
}

static p2_net_u64_result send_datagrams(hf_resource out, p2_outgoing_datagram *datagrams, size_t count)
{
    const struct {
        hf_resource self;
        p2_outgoing_datagrams datagrams;
    } args = { out, { datagrams, count } };
    const struct args_self check = { out };
    p2_net_u64_result result;
    p2_do(UDP, "[method]outgoing-datagram-stream.check-send", &check, &result);
    if (result.err) return result;
    assert_true(result.as.ok >= count);
    p2_do(UDP, "[method]outgoing-datagram-stream.send", &args, &result);
    return result;
}

static p2_outgoing_datagram datagram(const char *text, const p2_ip_socket_address *to)
{
    p2_outgoing_datagram d;
    memset(&d, 0, sizeof d);
    d.data = (p2_bytes){ (uint8_t *)(uintptr_t)text, strlen(text) };
    d.remote_address.some = to != NULL;
    if (to) d.remote_address.value = *to;
    return d;
}

static received receive_datagrams(hf_resource in, uint64_t max)
{
    received result;
    const struct args_self_u64 args = { in, max };
    p2_do(UDP, "[method]incoming-datagram-stream.receive", &args, &result);
    return result;
}

static void datagrams(void **state)
{
    (void)state;
    open_all();
    struct streams none, a, b, c;
    p2_ip_socket_address at, bt;
    const hf_resource fresh = create(true, IP_V4);
    const p2_ip_socket_address any = v4(127, 0, 0, 1, 0);
    assert_int_equal(stream_to(fresh, NULL, &none), NET_INVALID_STATE);
    assert_int_equal(self(U("finish-bind"), fresh), NET_NOT_IN_PROGRESS);
    assert_int_equal(no_address(UDP, U("local-address"), fresh), NET_INVALID_STATE);
    assert_int_equal(no_address(UDP, U("remote-address"), fresh), NET_INVALID_STATE);
    assert_int_equal(with_address(U("start-bind"), fresh, &any), NET_CODES);
    assert_int_equal(with_address(U("start-bind"), fresh, &any), NET_CONCURRENCY_CONFLICT);
    assert_int_equal(stream_to(fresh, NULL, &none), NET_INVALID_STATE);
    block_on(UDP, U("subscribe"), fresh);
    assert_int_equal(self(U("finish-bind"), fresh), NET_CODES);
    assert_int_equal(with_address(U("start-bind"), fresh, &any), NET_INVALID_STATE);
    const p2_ip_socket_address used = address_of(UDP, U("local-address"), fresh);
    assert_int_equal(with_address(U("start-bind"), create(true, IP_V4), &used), NET_ADDRESS_IN_USE);

    const hf_resource sa = bound(&at), sb = bound(&bt);
    assert_int_equal(stream_to(sa, NULL, &a), NET_CODES);
    assert_int_equal(stream_to(sb, NULL, &b), NET_CODES);
    assert_int_equal(no_address(UDP, U("remote-address"), sa), NET_INVALID_STATE);

    // No permit, no sending.
    p2_outgoing_datagram d[3] = { datagram("one", &bt), datagram("", &bt), datagram("three", &bt) };
    const struct {
        hf_resource self;
        p2_outgoing_datagrams datagrams;
    } unpermitted = { a.outgoing, { d, 1 } };
    p2_net_u64_result sent;
    assert_int_equal(p2_try(UDP, "[method]outgoing-datagram-stream.send", &unpermitted, &sent), HF_TRAPPED);
    sent = send_datagrams(a.outgoing, d, 0);
    assert_true(!sent.err && sent.as.ok == 0);
    sent = send_datagrams(a.outgoing, d, 3);
    assert_true(!sent.err && sent.as.ok == 3);
    block_on(UDP, "[method]incoming-datagram-stream.subscribe", b.incoming);
    assert_int_equal(receive_datagrams(b.incoming, 0).as.ok.size, 0);
    received got = receive_datagrams(b.incoming, 1);
    assert_int_equal(got.as.ok.size, 1);
    assert_memory_equal(got.as.ok.data[0].data.data, "one", 3);
    assert_memory_equal(&got.as.ok.data[0].remote_address, &at, sizeof at);
    got = receive_datagrams(b.incoming, UINT64_MAX);
    assert_int_equal(got.as.ok.size, 2);
    assert_int_equal(got.as.ok.data[0].data.size, 0);
    assert_memory_equal(got.as.ok.data[1].data.data, "three", 5);
    assert_int_equal(receive_datagrams(b.incoming, UINT64_MAX).as.ok.size, 0);

    // Where to.
    const p2_ip_socket_address wrong[] = { v6(0, 0, 1, 9), v4(0, 0, 0, 0, 9), v4(127, 0, 0, 1, 0),
                                           v4(224, 0, 0, 1, 9) };
    for (size_t i = 0; i < 4; i++) {
        d[0] = datagram("x", &wrong[i]);
        sent = send_datagrams(a.outgoing, d, 1);
        assert_true(sent.err && sent.as.error == NET_INVALID_ARGUMENT);
        assert_int_equal(stream_to(sa, &wrong[i], &none), NET_INVALID_ARGUMENT);
    }
    d[0] = datagram("x", NULL);
    sent = send_datagrams(a.outgoing, d, 1);
    assert_true(sent.err && sent.as.error == NET_INVALID_ARGUMENT);
    // An error behind something that was sent is not reported.
    d[0] = datagram("first", &bt);
    d[1] = datagram("x", NULL);
    sent = send_datagrams(a.outgoing, d, 2);
    assert_true(!sent.err && sent.as.ok == 1);
    static char large[65536];
    memset(large, 'l', sizeof large - 1);
    d[0] = datagram(large, &bt);
    sent = send_datagrams(a.outgoing, d, 1);
    assert_true(sent.err && sent.as.error == NET_DATAGRAM_TOO_LARGE);

    // With a peer: only it, and what others sent before is thrown away. The streams of before are out of use.
    block_on(UDP, "[method]incoming-datagram-stream.subscribe", b.incoming);
    assert_int_equal(stream_to(sb, &used, &c), NET_CODES);
    assert_int_equal(receive_datagrams(c.incoming, 9).as.ok.size, 0); // "first" came from somebody else
    got = receive_datagrams(b.incoming, 9);
    assert_true(got.err && got.as.error == NET_INVALID_STATE);
    d[0] = datagram("x", &used);
    sent = send_datagrams(b.outgoing, d, 1);
    assert_true(sent.err && sent.as.error == NET_INVALID_STATE);
    block_on(UDP, "[method]incoming-datagram-stream.subscribe", b.incoming);
    const p2_ip_socket_address peer = address_of(UDP, U("remote-address"), sb);
    assert_memory_equal(&peer, &used, sizeof used);
    sent = send_datagrams(c.outgoing, d, 1); // named, and equal
    assert_true(!sent.err && sent.as.ok == 1);
    d[0] = datagram("y", NULL);
    sent = send_datagrams(c.outgoing, d, 1);
    assert_true(!sent.err && sent.as.ok == 1);
    d[0] = datagram("z", &at);
    sent = send_datagrams(c.outgoing, d, 1);
    assert_true(sent.err && sent.as.error == NET_INVALID_ARGUMENT);
    block_on(UDP, "[method]outgoing-datagram-stream.subscribe", c.outgoing);
    struct streams f;
    assert_int_equal(stream_to(fresh, &bt, &f), NET_CODES);
    block_on(UDP, "[method]incoming-datagram-stream.subscribe", f.incoming);
    assert_int_equal(receive_datagrams(f.incoming, 16).as.ok.size, 2);
    // And without one again.
    assert_int_equal(stream_to(sb, NULL, &c), NET_CODES);
    assert_int_equal(no_address(UDP, U("remote-address"), sb), NET_INVALID_STATE);

    p2_drop(UDP, "udp-socket", sb); // its streams live on
    d[0] = datagram("late", &at);
    sent = send_datagrams(c.outgoing, d, 1);
    assert_true(!sent.err && sent.as.ok == 1);
    p2_drop(UDP, "incoming-datagram-stream", c.incoming);
    p2_drop(UDP, "outgoing-datagram-stream", c.outgoing);
    block_on(UDP, "[method]incoming-datagram-stream.subscribe", a.incoming);
    assert_int_equal(receive_datagrams(a.incoming, 1).as.ok.size, 1);
    assert_int_equal(try_self(UDP, U("subscribe"), sb, &none), HF_TRAPPED);
    p2_close();
}

// -- grants --

static bool asked;

static bool only_port_nine(void *ctx, uint32_t use, const hf_net_address *address)
{
    (void)ctx, (void)use;
    asked = true;
    return address->port == 9;
}

static void denied(void **state)
{
    (void)state;
    static const uint8_t families[] = { IP_V4, IP_V6 };
    hf_wasi *wasi = p2_open();
    p2_do("wasi:sockets/instance-network", "instance-network", NULL, &network);
    p2_net_resource_result made;
    const struct args_self_string name = { network, str("localhost") };
    for (int round = 0; round < 2; round++) { // without a network; with one that grants nothing
        for (size_t i = 0; i < 2; i++) {
            p2_do("wasi:sockets/tcp-create-socket", "create-tcp-socket", &families[i], &made);
            assert_true(made.err && made.as.error == NET_ACCESS_DENIED);
            p2_do("wasi:sockets/udp-create-socket", "create-udp-socket", &families[i], &made);
            assert_true(made.err && made.as.error == NET_ACCESS_DENIED);
        }
        p2_do("wasi:sockets/ip-name-lookup", "resolve-addresses", &name, &made);
        assert_true(made.err && made.as.error == NET_ACCESS_DENIED);
        hf_wasi_set_net(wasi, hf_net_host(NULL));
    }

    hf_net *net = hf_net_host(NULL);
    assert_int_equal(hf_net_allow(net, HF_NET_TCP_CONNECT, "127.0.0.1:1-9", NULL), HF_OK);
    assert_int_equal(hf_net_allow(net, HF_NET_UDP_BIND, "127.0.0.1:0", NULL), HF_OK);
    assert_int_equal(hf_net_allow(net, HF_NET_UDP_SEND, "127.0.0.1:9", NULL), HF_OK);
    assert_int_equal(hf_net_allow(net, 0, "*", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_net_allow(net, 16, "*", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_net_allow(net, HF_NET_TCP_CONNECT, "10.0.0.0/33", NULL), HF_BAD_ARGUMENT);
    hf_wasi_set_net(wasi, net);
    const p2_ip_socket_address nine = v4(127, 0, 0, 1, 9), ten = v4(127, 0, 0, 1, 10), other = v4(127, 0, 0, 2, 9);
    const p2_ip_socket_address any = v4(127, 0, 0, 1, 0), all = v4(0, 0, 0, 0, 0);
    hf_resource tcp = create(false, IP_V4);
    assert_int_equal(with_address(T("start-bind"), tcp, &any), NET_ACCESS_DENIED);
    assert_int_equal(with_address(T("start-connect"), tcp, &ten), NET_ACCESS_DENIED);
    assert_int_equal(with_address(T("start-connect"), tcp, &other), NET_ACCESS_DENIED);
    assert_int_equal(with_address(T("start-connect"), tcp, &nine), NET_CODES);
    const hf_resource udp = create(true, IP_V4);
    struct streams s;
    assert_int_equal(with_address(U("start-bind"), udp, &all), NET_ACCESS_DENIED);
    assert_int_equal(with_address(U("start-bind"), udp, &any), NET_CODES);
    assert_int_equal(self(U("finish-bind"), udp), NET_CODES);
    assert_int_equal(stream_to(udp, &ten, &s), NET_ACCESS_DENIED);
    assert_int_equal(stream_to(udp, NULL, &s), NET_CODES);
    p2_outgoing_datagram d = datagram("x", &ten);
    p2_net_u64_result sent = send_datagrams(s.outgoing, &d, 1);
    assert_true(sent.err && sent.as.error == NET_ACCESS_DENIED);
    d = datagram("x", &nine);
    sent = send_datagrams(s.outgoing, &d, 1);
    assert_true(!sent.err || sent.as.error == NET_CONNECTION_REFUSED);
    assert_int_equal(stream_to(udp, &nine, &s), NET_CODES);

    net = hf_net_host(NULL);
    hf_net_set_check(net, only_port_nine, NULL);
    hf_wasi_set_net(wasi, net);
    p2_drop(TCP, "tcp-socket", tcp);
    tcp = create(false, IP_V4);
    asked = false;
    assert_int_equal(with_address(T("start-connect"), tcp, &ten), NET_ACCESS_DENIED);
    assert_true(asked);
    assert_int_equal(with_address(T("start-connect"), tcp, &nine), NET_CODES);
    p2_close();
}

// As many as the context may have, no more; and all of them again after they were dropped.
static void counted_sockets(void **state)
{
    (void)state;
    hf_wasi *wasi = open_all();
    hf_wasi_set_max_descriptors(wasi, 3 + 4);
    for (int round = 0; round < 2; round++) {
        p2_ip_socket_address at;
        const hf_resource server = listener(IP_V4, &at);
        const struct pair client = connect_to(&at);
        const hf_resource more[] = { create(true, IP_V4), create(false, IP_V4) };
        const uint8_t family = IP_V4;
        p2_net_resource_result made;
        p2_do("wasi:sockets/tcp-create-socket", "create-tcp-socket", &family, &made);
        assert_true(made.err && made.as.error == NET_NEW_SOCKET_LIMIT);
        p2_do("wasi:sockets/udp-create-socket", "create-udp-socket", &family, &made);
        assert_true(made.err && made.as.error == NET_NEW_SOCKET_LIMIT);
        const struct args_self_string name = { network, str("localhost") };
        p2_do("wasi:sockets/ip-name-lookup", "resolve-addresses", &name, &made);
        assert_true(made.err && made.as.error == NET_NEW_SOCKET_LIMIT);
        struct pair peer;
        assert_int_equal(try_accept(server, &peer), NET_NEW_SOCKET_LIMIT);
        p2_drop(TCP, "tcp-socket", more[1]);
        assert_int_equal(try_accept(server, &peer), NET_CODES);
        p2_drop(TCP, "tcp-socket", peer.socket);
        p2_drop(TCP, "tcp-socket", client.socket);
        p2_drop(TCP, "tcp-socket", server);
        p2_drop(UDP, "udp-socket", more[0]);
        assert_int_equal(wasi->held, 0);
    }
    p2_close();
}

// -- names --

static void lookups(void **state)
{
    (void)state;
    open_all();
    static const struct {
        const char *name;
        uint8_t code; // of resolve-addresses
    } rows[] = {
        { "127.0.0.1", NET_CODES },
        { "::1", NET_CODES },
        { "localhost", NET_CODES },
        { "", NET_INVALID_ARGUMENT },
        { ".", NET_INVALID_ARGUMENT },
        { "a b", NET_INVALID_ARGUMENT },
        { "::ffff:1.2.3.4", NET_INVALID_ARGUMENT },
        { "http://x", NET_INVALID_ARGUMENT },
        { "x:80", NET_INVALID_ARGUMENT },
        { "\xf0\x9f\x98\x80", NET_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct args_self_string args = { network, str(rows[i].name) };
        p2_net_resource_result made;
        p2_do("wasi:sockets/ip-name-lookup", "resolve-addresses", &args, &made);
        assert_int_equal(made.err ? made.as.error : NET_CODES, rows[i].code);
        if (made.err) continue;
        block_on("wasi:sockets/ip-name-lookup", "[method]resolve-address-stream.subscribe", made.as.ok);
        const struct args_self next = { made.as.ok };
        unsigned count = 0;
        for (;;) {
            next_result result;
            p2_do("wasi:sockets/ip-name-lookup", "[method]resolve-address-stream.resolve-next-address", &next, &result);
            assert_false(result.err);
            if (!result.as.ok.some) break;
            count++;
            if (i == 0) assert_true(result.as.ok.value.tag == IP_V4 && result.as.ok.value.as.ipv4.f0 == 127);
            if (i == 1) assert_true(result.as.ok.value.tag == IP_V6 && result.as.ok.value.as.ipv6.f7 == 1);
        }
        assert_true(count >= 1);
        p2_drop("wasi:sockets/ip-name-lookup", "resolve-address-stream", made.as.ok);
    }
    p2_close();
}

static void all_reached(void **state)
{
    (void)state;
    static const char *const packages[] = { "wasi:sockets/" };
    p2_all_reached(packages, sizeof packages / sizeof packages[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talking_v4),      cmocka_unit_test(talking_v6), cmocka_unit_test(states),
        cmocka_unit_test(addresses),       cmocka_unit_test(options),    cmocka_unit_test(backpressure),
        cmocka_unit_test(broken),          cmocka_unit_test(datagrams),  cmocka_unit_test(denied),
        cmocka_unit_test(counted_sockets), cmocka_unit_test(lookups),    cmocka_unit_test(all_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
