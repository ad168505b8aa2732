// Names: the files that say how to look them up, messages of the name system, and whole lookups against a server here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/stream.h"
#include "wasi/dns.h"
#include "wasi/lookup.h"

// -- files --

static struct lookup_config config_of(const char *text)
{
    struct lookup_config config;
    lookup_config_parse(text, strlen(text), &config);
    return config;
}

static void resolv_conf(void **state)
{
    (void)state;
    const struct lookup_config none = config_of("");
    assert_int_equal(none.server_count, 1);
    assert_memory_equal(none.servers[0].ip, "\x7f\0\0\1", 4);
    assert_int_equal(none.servers[0].port, 53);
    assert_int_equal(none.ndots, 1);
    assert_int_equal(none.attempts, 2);

    const struct lookup_config some = config_of("# nameserver 9.9.9.9\n"
                                                "nameserver 1.2.3.4 # here\r\n"
                                                "\t nameserver ::1\n"
                                                "nameserver not.an.address\n"
                                                "nameserver\n"
                                                "nameserver 5.6.7.8\nnameserver 5.6.7.9\n"
                                                "domain old.example\nsearch a.example b.example.\n"
                                                "options ndots:99 timeout:0 attempts:x rotate ndots: debug\n"
                                                "options attempts:3");
    assert_int_equal(some.server_count, 3);
    assert_true(some.servers[1].v6);
    assert_int_equal(some.suffix_count, 2);
    assert_string_equal(some.suffixes[0], "a.example");
    assert_string_equal(some.suffixes[1], "b.example");
    assert_int_equal(some.ndots, 15);
    assert_int_equal(some.timeout, 1);
    assert_int_equal(some.attempts, 3);
}

static void hosts(void **state)
{
    (void)state;
    static const char text[] =
        "127.0.0.1 localhost\n::1\tlocalhost ip6 # other\n#1.1.1.1 other\nx other\n1.2.3.4 a B a";
    struct sys_address out[4];
    assert_int_equal(lookup_hosts(text, sizeof text - 1, "localhost", out, 4), 2);
    assert_false(out[0].v6);
    assert_true(out[1].v6);
    assert_int_equal(lookup_hosts(text, sizeof text - 1, "localhost", out, 1), 1);
    assert_int_equal(lookup_hosts(text, sizeof text - 1, "other", out, 4), 0);
    assert_int_equal(lookup_hosts(text, sizeof text - 1, "A", out, 4), 1);
    assert_int_equal(lookup_hosts(text, sizeof text - 1, "b", out, 4), 1);
    assert_int_equal(lookup_hosts(text, 0, "b", out, 4), 0);
}

// -- messages --

struct message {
    uint8_t bytes[DNS_ANSWER_BYTES];
    size_t size;
};

static void put(struct message *m, const void *data, size_t size)
{
    memcpy(m->bytes + m->size, data, size);
    m->size += size;
}

// An answer to a query with these flags, and no records yet.
static struct message answer_to(const uint8_t *query, size_t size, uint16_t flags)
{
    struct message m = { .size = 0 };
    put(&m, query, size);
    m.bytes[2] = (uint8_t)(0x80 | flags >> 8);
    m.bytes[3] = (uint8_t)flags;
    return m;
}

// A record whose owner is the question's name (a pointer to offset 12) or `owner`.
static void record(struct message *m, const char *owner, size_t owner_size, uint8_t type, const void *data,
                   uint8_t size)
{
    const uint8_t fixed[] = { 0, type, 0, 1, 0, 0, 0, 9, 0, size };
    if (owner)
        put(m, owner, owner_size);
    else
        put(m, "\xc0\x0c", 2);
    put(m, fixed, sizeof fixed);
    put(m, data, size);
    m->bytes[7]++;
}

static void messages(void **state)
{
    (void)state;
    uint8_t query[DNS_QUERY_BYTES];
    struct sys_address out[4];
    size_t count = 9;
    const size_t size = dns_query(0x1234, "www.example.com", DNS_A, query);
    static const uint8_t expected[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(query, expected, size);
#define READ(m) dns_answer(query, size, (m).bytes, (m).size, out, 4, &count)

    struct message m = answer_to(query, size, 0);
    assert_int_equal(READ(m), DNS_ADDRESSES);
    assert_int_equal(count, 0);
    record(&m, NULL, 0, DNS_A, "\1\2\3\4", 4);
    record(&m, NULL, 0, DNS_A, "\1\2\3\5", 4);
    record(&m, NULL, 0, DNS_A, "\1\2\3", 3); // no address
    record(&m, "\3WWW\7Example\3com", 17, DNS_A, "\1\2\3\6", 4);
    record(&m, "\3ftp\xc0\x10", 6, DNS_A, "\6\6\6\6", 4); // another's
    assert_int_equal(READ(m), DNS_ADDRESSES);
    assert_int_equal(count, 3);
    assert_memory_equal(out[2].ip, "\1\2\3\6", 4);
    // Cut anywhere it is garbage, never more than that; said to be cut, the whole ones count.
    for (size_t cut = 0; cut < m.size; cut++) {
        struct message part = m;
        part.size = cut;
        assert_int_equal(READ(part), DNS_FOREIGN);
        part.bytes[2] |= 2;
        const enum dns_outcome outcome = READ(part);
        if (cut < size)
            assert_int_equal(outcome, DNS_FOREIGN);
        else
            assert_int_equal(outcome, cut < size + 16 ? DNS_REFUSED : DNS_ADDRESSES);
    }

    // An alias behind and before what it leads to.
    m = answer_to(query, size, 0);
    record(&m, "\1b\xc0\x10", 4, DNS_A, "\7\7\7\7", 4);
    record(&m, NULL, 0, 5, "\1b\xc0\x10", 4);
    assert_int_equal(READ(m), DNS_ADDRESSES);
    assert_int_equal(count, 1);
    assert_memory_equal(out[0].ip, "\7\7\7\7", 4);
    // Aliases in a circle.
    m = answer_to(query, size, 0);
    record(&m, NULL, 0, 5, "\1b\xc0\x10", 4);
    record(&m, "\1b\xc0\x10", 4, 5, "\xc0\x0c", 2);
    assert_int_equal(READ(m), DNS_ADDRESSES);
    assert_int_equal(count, 0);
    // A pointer to itself, and one forward.
    m = answer_to(query, size, 0);
    const char self[] = { (char)0xc0, (char)size };
    record(&m, self, 2, DNS_A, "\7\7\7\7", 4);
    assert_int_equal(READ(m), DNS_FOREIGN);
    const char forward[] = { (char)0xc0, (char)(size + 4) };
    m = answer_to(query, size, 0);
    record(&m, forward, 2, DNS_A, "\7\7\7\7", 4);
    assert_int_equal(READ(m), DNS_FOREIGN);

    static const struct {
        uint16_t flags;
        enum dns_outcome outcome;
    } codes[] = {
        { 1, DNS_REFUSED }, { 2, DNS_LATER }, { 3, DNS_NO_NAME }, { 5, DNS_REFUSED }, { 0x0800, DNS_FOREIGN }
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        m = answer_to(query, size, codes[i].flags);
        assert_int_equal(READ(m), codes[i].outcome);
    }
    m = answer_to(query, size, 0);
    m.bytes[1] ^= 1; // another question's number
    assert_int_equal(READ(m), DNS_FOREIGN);
    m = answer_to(query, size, 0);
    m.bytes[13] = 'x'; // another name
    assert_int_equal(READ(m), DNS_FOREIGN);
    m = answer_to(query, size, 0);
    m.bytes[size - 3] = DNS_AAAA;
    assert_int_equal(READ(m), DNS_FOREIGN);
    m = answer_to(query, size, 0);
    m.bytes[2] &= 0x7f; // a question
    assert_int_equal(READ(m), DNS_FOREIGN);
    assert_int_equal(dns_query(1, "a..b", DNS_A, query), 0);
    assert_int_equal(dns_query(1, ".", DNS_A, query), 0);
}

// -- lookups --

struct server {
    int fd;
    struct lookup_config config;
};

static struct server server_new(void)
{
    struct server s = { .fd = -1 };
    struct sys_address at = { .ip = { 127, 0, 0, 1 } };
    assert_int_equal(sys_socket_new(false, true, &s.fd), 0);
    assert_int_equal(sys_bind(s.fd, &at, false), 0);
    assert_int_equal(sys_local_address(s.fd, &at), 0);
    s.config = config_of("options timeout:1 attempts:2\nsearch one.example two.example");
    s.config.servers[0] = at;
    return s;
}

// Takes one question; its name's first label and type.
static struct sys_address take(const struct server *s, struct message *m, uint8_t *type)
{
    struct sys_address from;
    assert_int_not_equal(sys_stream_ready(s->fd, HF_WATCH_READ), 0);
    assert_int_equal(sys_recv_from(s->fd, m->bytes, sizeof m->bytes, &m->size, &from), 0);
    *type = m->bytes[m->size - 3];
    return from;
}

static void reply(const struct server *s, const struct sys_address *to, const struct message *m)
{
    size_t done;
    assert_int_equal(sys_send_to(s->fd, m->bytes, m->size, to, &done), 0);
}

// Answers both questions: with addresses, or a code.
static void serve(const struct server *s, bool v4, bool v6, uint16_t flags)
{
    for (int i = 0; i < 2; i++) {
        struct message q;
        uint8_t type;
        const struct sys_address from = take(s, &q, &type);
        struct message m = answer_to(q.bytes, q.size, flags);
        if (type == DNS_A && v4) record(&m, NULL, 0, DNS_A, "\x7f\0\0\x09", 4);
        if (type == DNS_AAAA && v6) record(&m, NULL, 0, DNS_AAAA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
        reply(s, &from, &m);
    }
}

static void whole_lookups(void **state)
{
    (void)state;
    struct server s = server_new();
    struct net_lookup *l;
    hf_watch watches[LOOKUP_WATCHES];
    int64_t deadline = INT64_MAX;

    assert_int_equal(lookup_ask(&s.config, "host.example", &l), 0);
    assert_int_equal(l->state, LOOKUP_PENDING);
    assert_int_equal(l->ops->wait(l, watches, &deadline), 1);
    assert_true(deadline < INT64_MAX);
    serve(&s, true, true, 0);
    assert_int_not_equal(sys_stream_ready(watches[0].fd, HF_WATCH_READ), 0);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_DONE);
    assert_int_equal(l->count, 2);
    net_lookup_free(l);

    // No dot: the suffixes first, and the name alone last.
    assert_int_equal(lookup_ask(&s.config, "host", &l), 0);
    serve(&s, false, false, 3);
    l->ops->step(l);
    serve(&s, false, false, 0);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_PENDING);
    serve(&s, true, false, 0);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_DONE);
    assert_memory_equal(l->addresses[0].ip, "\x7f\0\0\x09", 4);
    net_lookup_free(l);

    assert_int_equal(lookup_ask(&s.config, "no.example", &l), 0);
    for (int i = 0; i < 3; i++) {
        serve(&s, false, false, 3);
        l->ops->step(l);
    }
    assert_int_equal(l->state, LOOKUP_NO_NAME);
    assert_int_equal(l->ops->wait(l, watches, &deadline), 0);
    net_lookup_free(l);

    // A server that fails is asked again, as often as the configuration says.
    assert_int_equal(lookup_ask(&s.config, "later.example", &l), 0);
    serve(&s, false, false, 2);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_PENDING);
    serve(&s, false, false, 2);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_TEMPORARY);
    net_lookup_free(l);

    assert_int_equal(lookup_ask(&s.config, "never.example", &l), 0);
    serve(&s, false, false, 5);
    l->ops->step(l);
    serve(&s, false, false, 5);
    l->ops->step(l);
    assert_int_equal(l->state, LOOKUP_PERMANENT);
    net_lookup_free(l);

    // Freed while it waits; nobody answers any more.
    assert_int_equal(lookup_ask(&s.config, "gone.example", &l), 0);
    net_lookup_free(l);
    sys_close(s.fd);

    // Nobody is there at all: said at once, or when time is up.
    assert_int_equal(lookup_ask(&s.config, "dead.example", &l), 0);
    while (l->state == LOOKUP_PENDING) {
        uint64_t now;
        deadline = INT64_MAX;
        if (l->ops->wait(l, watches, &deadline) == 0) break;
        do {
            assert_int_equal(sys_clock_now(SYS_CLOCK_MONOTONIC, &now), 0);
        } while ((int64_t)now < deadline && !sys_stream_ready(watches[0].fd, HF_WATCH_READ));
        l->ops->step(l);
    }
    assert_int_equal(l->state, LOOKUP_TEMPORARY);
    net_lookup_free(l);
}

static void this_machine(void **state)
{
    (void)state;
    struct net_lookup *l;
    assert_int_equal(lookup_new("localhost", &l), 0);
    assert_int_equal(l->state, LOOKUP_DONE);
    assert_true(l->count > 0);
    net_lookup_free(l);
    assert_int_equal(lookup_new("any.localhost", &l), 0);
    assert_int_equal(l->state, LOOKUP_DONE);
    net_lookup_free(l);
}

static void names(void **state)
{
    (void)state;
    hf_net *net = hf_net_host(NULL);
    struct net_lookup *l;
    static const struct {
        const char *name;
        uint16_t error;
    } rows[] = {
        { "127.0.0.1", 0 },
        { "::1", 0 },
        { "[::1]", 0 },
        { "[127.0.0.1]", WASI_INVAL },
        { "::ffff:1.2.3.4", WASI_INVAL },
        { "localhost", 0 },
        { "LOCALHOST.", 0 },
        { "a.localhost", WASI_NOTCAPABLE },
        { "", WASI_INVAL },
        { ".", WASI_INVAL },
        { "a..b", WASI_INVAL },
        { ".a", WASI_INVAL },
        { "a b", WASI_INVAL },
        { "a:80", WASI_INVAL },
        { "http://a", WASI_INVAL },
        { "x.sub.localhost", 0 },
        { "sub.localhost", WASI_NOTCAPABLE },
        { "xsub.localhost", WASI_NOTCAPABLE },
        { "b\xc3\xbc"
          "cher.example",
          WASI_INVAL },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", WASI_INVAL },
    };
    assert_int_equal(net_lookup_new(net, "127.0.0.1", 9, &l), WASI_NOTCAPABLE);
    assert_int_equal(hf_net_allow_lookup(net, "a b", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_net_allow_lookup(net, "*x", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_net_allow_lookup(net, "", NULL), HF_BAD_ARGUMENT);
    assert_int_equal(hf_net_allow_lookup(net, "LocalHost", NULL), HF_OK);
    assert_int_equal(hf_net_allow_lookup(net, "*.sub.localhost", NULL), HF_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint16_t error = net_lookup_new(net, rows[i].name, strlen(rows[i].name), &l);
        if (error != rows[i].error) fail_msg("\"%s\": %u", rows[i].name, error);
        if (!error) net_lookup_free(l);
    }
    assert_int_equal(net_lookup_new(net, NULL, 0, &l), WASI_INVAL);
    assert_int_equal(net_lookup_new(net, "local\0host", 10, &l), WASI_INVAL);
    assert_int_equal(hf_net_allow_lookup(net, "*", NULL), HF_OK);
    assert_int_equal(net_lookup_new(net, "a.localhost", 11, &l), 0);
    net_lookup_free(l);
    hf_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolv_conf),   cmocka_unit_test(hosts),        cmocka_unit_test(messages),
        cmocka_unit_test(whole_lookups), cmocka_unit_test(this_machine), cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
