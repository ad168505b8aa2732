// One lookup: names to try × rounds of (attempt, server) × two questions, A and AAAA, asked at once.
//
//   asking:  a socket is connected to the round's server; questions without an answer have been sent there
//      answers of both  -> addresses: done. None: the next name, or there is no such name
//      time is up, or the server failed -> the next round; after the last: what was found, or a temporary failure
//
// Each round has a socket of its own, connected, with a port and numbers that nobody else knows.
#include "wasi/lookup.h"

#include <string.h>

#include "base/alloc.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/stream.h"
#include "wasi/dns.h"

enum { FILE_BYTES = 1 << 20, QUESTIONS = 2, EACH = LOOKUP_ADDRESSES / QUESTIONS };

struct question {
    uint8_t bytes[DNS_QUERY_BYTES];
    size_t size;
    bool answered;
    enum dns_outcome outcome;
    struct sys_address addresses[EACH];
    size_t count;
};

struct asking {
    struct net_lookup base;
    struct lookup_config config;
    char names[LOOKUP_SUFFIXES + 1][254];
    size_t name_count, name; // to try, being tried
    uint32_t round;
    int fd; // of the round; -1: it has not begun
    int64_t deadline;
    struct question questions[QUESTIONS];
    bool refused; // a server did, for good
};

static struct asking *of(struct net_lookup *lookup)
{
    return (struct asking *)lookup; // its first member
}

static int64_t now_ns(void)
{
    uint64_t ns = 0;
    (void)sys_clock_now(SYS_CLOCK_MONOTONIC, &ns);
    return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

static void end_round(struct asking *a)
{
    if (a->fd >= 0) sys_close(a->fd);
    a->fd = -1;
}

// Can anything be sent there at all? Nothing is: the system looks for a route.
static bool routed(const struct sys_address *address)
{
    struct sys_address to = *address;
    int fd;
    to.port = 9;
    if (sys_socket_new(to.v6, true, &fd) != 0) return false;
    const int error = sys_connect(fd, &to);
    sys_close(fd);
    return error == 0;
}

// IPv6 first where it can be used (RFC 6724, rule 1).
static void finish(struct asking *a)
{
    const struct question *first = &a->questions[1], *second = &a->questions[0];
    if (first->count > 0 && !routed(&first->addresses[0])) {
        first = &a->questions[0];
        second = &a->questions[1];
    }
    const struct question *const order[] = { first, second };
    for (size_t i = 0; i < QUESTIONS; i++) {
        for (size_t k = 0; k < order[i]->count; k++) {
            if (!address_is_mapped(&order[i]->addresses[k]))
                a->base.addresses[a->base.count++] = order[i]->addresses[k];
        }
    }
    a->base.state = a->base.count > 0 ? LOOKUP_DONE : LOOKUP_NO_NAME;
    end_round(a);
}

static void give_up(struct asking *a)
{
    finish(a);
    if (a->base.state == LOOKUP_NO_NAME) a->base.state = a->refused ? LOOKUP_PERMANENT : LOOKUP_TEMPORARY;
}

// Prepares the questions for the name that comes next.
static void next_name(struct asking *a)
{
    static const uint16_t types[QUESTIONS] = { DNS_A, DNS_AAAA };
    end_round(a);
    a->round = 0;
    for (; a->name < a->name_count; a->name++) {
        bool whole = true;
        for (size_t i = 0; i < QUESTIONS; i++) {
            struct question *q = &a->questions[i];
            memset(q, 0, sizeof *q);
            q->size = dns_query(0, a->names[a->name], types[i], q->bytes);
            whole &= q->size > 0;
        }
        if (whole) return;
    }
    a->base.state = LOOKUP_NO_NAME;
}

// Sends what has no answer yet to the server of this round. False: it cannot be reached.
static bool begin_round(struct asking *a)
{
    const struct sys_address *server = &a->config.servers[a->round % a->config.server_count];
    bool sent = false;
    if (sys_socket_new(server->v6, true, &a->fd) != 0) {
        a->fd = -1;
        return false;
    }
    if (sys_connect(a->fd, server) != 0) return false;
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct question *q = &a->questions[i];
        size_t done;
        if (q->answered) continue;
        if (sys_random(q->bytes, 2) != 0) return false;
        sent |= sys_send_to(a->fd, q->bytes, q->size, NULL, &done) == 0;
    }
    a->deadline = now_ns() + (int64_t)a->config.timeout * 1000000000;
    return sent;
}

// True: the server is done for.
static bool take_answers(struct asking *a)
{
    uint8_t data[DNS_ANSWER_BYTES];
    struct sys_address from;
    size_t size;
    for (;;) {
        const int error = sys_recv_from(a->fd, data, sizeof data, &size, &from);
        if (error == 0) {
            for (size_t i = 0; i < QUESTIONS; i++) {
                struct question *q = &a->questions[i];
                size_t count = 0;
                if (q->answered) continue;
                const enum dns_outcome outcome = dns_answer(q->bytes, q->size, data, size, q->addresses, EACH, &count);
                if (outcome == DNS_FOREIGN) continue;
                q->outcome = outcome;
                q->count = count;
                q->answered = true;
                break;
            }
            continue;
        }
        return wasi_errno(error) != WASI_AGAIN;
    }
}

// Both have been answered: are there addresses, is there another name, is another server to be asked?
static void judge(struct asking *a)
{
    bool failed = false;
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct question *q = &a->questions[i];
        if (q->outcome != DNS_LATER && q->outcome != DNS_REFUSED) continue;
        if (q->outcome == DNS_REFUSED) a->refused = true;
        q->answered = false;
        failed = true;
    }
    if (a->questions[0].count + a->questions[1].count > 0) {
        finish(a);
    } else if (failed) {
        end_round(a);
        a->round++;
    } else {
        a->name++;
        next_name(a);
    }
}

static void asking_step(struct net_lookup *lookup)
{
    struct asking *a = of(lookup);
    while (a->base.state == LOOKUP_PENDING) {
        if (a->round >= a->config.attempts * a->config.server_count) {
            give_up(a);
            return;
        }
        bool lost = a->fd < 0 && !begin_round(a);
        if (!lost) lost = take_answers(a);
        if (a->questions[0].answered && a->questions[1].answered) {
            judge(a);
            continue;
        }
        if (!lost && now_ns() < a->deadline) return;
        end_round(a);
        a->round++;
    }
}

static size_t asking_wait(struct net_lookup *lookup, hf_watch out[LOOKUP_WATCHES], int64_t *deadline_ns)
{
    struct asking *a = of(lookup);
    if (a->base.state != LOOKUP_PENDING || a->fd < 0) return 0;
    out[0] = (hf_watch){ .fd = a->fd, .events = HF_WATCH_READ };
    *deadline_ns = a->deadline;
    return 1;
}

static void asking_free(struct net_lookup *lookup)
{
    end_round(of(lookup));
    MEM_FREE(&alloc_libc, of(lookup));
}

static const struct lookup_ops asking_ops = { asking_step, asking_wait, asking_free };

static void add_name(struct asking *a, const char *name, const char *suffix)
{
    char *out = a->names[a->name_count];
    const size_t size = strlen(name), more = suffix ? strlen(suffix) + 1 : 0;
    if (size + more >= sizeof a->names[0]) return;
    memcpy(out, name, size + 1);
    if (suffix) {
        out[size] = '.';
        memcpy(out + size + 1, suffix, more);
    }
    a->name_count++;
}

uint16_t lookup_ask(const struct lookup_config *config, const char *name, struct net_lookup **out)
{
    struct asking *a = MEM_NEW(&alloc_libc, struct asking);
    uint32_t dots = 0;
    if (!a) return WASI_NOMEM;
    a->base.ops = &asking_ops;
    a->config = *config;
    a->fd = -1;
    for (const char *c = name; *c; c++) dots += *c == '.';
    if (dots >= config->ndots) add_name(a, name, NULL);
    for (size_t i = 0; i < config->suffix_count; i++) add_name(a, name, config->suffixes[i]);
    if (dots < config->ndots) add_name(a, name, NULL);
    next_name(a);
    asking_step(&a->base);
    *out = &a->base;
    return 0;
}

// -- of this machine --

static bool ends_with(const char *name, const char *end)
{
    const size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

uint16_t lookup_new(const char *name, struct net_lookup **out)
{
    struct lookup_config config;
    struct sys_address found[LOOKUP_ADDRESSES];
    size_t size = 0, count = 0;
    char *text = mem_alloc(&alloc_libc, FILE_BYTES);
    if (!text) return WASI_NOMEM;
    if (sys_read_path("/etc/hosts", text, FILE_BYTES, &size) == 0) {
        count = lookup_hosts(text, size, name, found, LOOKUP_ADDRESSES);
    }
    if (count == 0 && (strcmp(name, "localhost") == 0 || ends_with(name, ".localhost"))) { // RFC 6761 §6.3
        found[count++] = (struct sys_address){ .ip = { 127, 0, 0, 1 } };
        found[count++] = (struct sys_address){ .v6 = true, .ip = { [15] = 1 } };
    }
    if (sys_read_path("/etc/resolv.conf", text, FILE_BYTES, &size) != 0) size = 0;
    lookup_config_parse(text, size, &config);
    mem_free(&alloc_libc, text, FILE_BYTES);
    if (count == 0) return lookup_ask(&config, name, out);

    struct asking *a = MEM_NEW(&alloc_libc, struct asking);
    if (!a) return WASI_NOMEM;
    a->base.ops = &asking_ops;
    a->fd = -1;
    for (size_t i = 0; i < count; i++) {
        if (!address_is_mapped(&found[i])) a->base.addresses[a->base.count++] = found[i];
    }
    a->base.state = a->base.count > 0 ? LOOKUP_DONE : LOOKUP_NO_NAME;
    *out = &a->base;
    return 0;
}
