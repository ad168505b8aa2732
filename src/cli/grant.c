// Builds the guest's WASI context. Nothing is granted that the command line does not grant.
#include "cli/grant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

static bool refuse(const char *option, const char *word, const hf_status *status)
{
    complain("--%s %s: %s", option, word, status->message);
    return false;
}

// HOST::GUEST, or one name for both.
static bool grant_dir(hf_wasi *wasi, const char *word, bool read_only)
{
    hf_status status = hf_status_ok();
    const char *const option = read_only ? "dir-ro" : "dir";
    const char *const colons = strstr(word, "::");
    char *const host = colons ? strndup(word, (size_t)(colons - word)) : strdup(word);
    const char *const guest = colons ? colons + 2 : word;
    bool good = false;
    if (!host)
        complain("out of memory");
    else if (!*host || !*guest)
        complain("--%s %s: expected HOST or HOST::GUEST", option, word);
    else if (hf_wasi_dir(wasi, host, guest, read_only, &status))
        refuse(option, word, &status);
    else
        good = true;
    free(host);
    return good;
}

static bool grant_env(hf_wasi *wasi, const char *word)
{
    hf_status status = hf_status_ok();
    const char *const equals = strchr(word, '=');
    if (!*word || equals == word) {
        complain("--env %s: expected NAME=VALUE or NAME", word);
        return false;
    }
    char *const name = equals ? strndup(word, (size_t)(equals - word)) : strdup(word);
    const char *const value = equals ? equals + 1 : getenv(word);
    bool good = false;
    if (!name)
        complain("out of memory");
    else if (!value)
        complain("--env %s: this process has no such variable", word);
    else if (hf_wasi_env(wasi, name, value, &status))
        refuse("env", word, &status);
    else
        good = true;
    free(name);
    return good;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

// ADDRESS:PORT; an IPv6 address in brackets. Names are not looked up: that would need more of libc than all else here.
static bool parse_address(const char *word, union address *out, socklen_t *size)
{
    const char *const colon = strrchr(word, ':');
    char host[64], *end;
    if (!colon || !colon[1] || (size_t)(colon - word) >= sizeof host) return false;
    const unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port > UINT16_MAX) return false;
    memcpy(host, word, (size_t)(colon - word));
    host[colon - word] = 0;
    *out = (union address){ .any.sa_family = AF_UNSPEC };
    const size_t length = strlen(host);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = 0;
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *size = sizeof out->v6;
        return inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) == 1;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons((uint16_t)port);
    *size = sizeof out->v4;
    return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1;
}

static int listen_at(const char *word)
{
    union address address;
    socklen_t size;
    if (!parse_address(word, &address, &size)) {
        complain("--listen %s: expected ADDRESS:PORT with a numeric address", word);
        return -1;
    }
    const int one = 1;
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, &address.any, size) ||
        listen(fd, SOMAXCONN)) {
        complain("--listen %s: %s", word, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    return fd;
}

static bool grant_socket(hf_wasi *wasi, const char *word)
{
    const int fd = listen_at(word);
    if (fd < 0) return false;
    hf_status status = hf_status_ok();
    if (hf_wasi_socket(wasi, fd, &status)) {
        close(fd);
        return refuse("listen", word, &status);
    }
    return true;
}

static bool grant_addresses(hf_net *net, const char *option, uint32_t uses, const struct list *words)
{
    hf_status status = hf_status_ok();
    for (size_t i = 0; i < words->count; i++)
        if (hf_net_allow(net, uses, words->items[i], &status)) return refuse(option, words->items[i], &status);
    return true;
}

static bool grant_names(hf_net *net, const struct list *words)
{
    hf_status status = hf_status_ok();
    for (size_t i = 0; i < words->count; i++)
        if (hf_net_allow_lookup(net, words->items[i], &status)) return refuse("lookup", words->items[i], &status);
    return true;
}

static bool grant_network(hf_net *net, const struct options *options)
{
    hf_status status = hf_status_ok();
    if (options->allow_net &&
        (hf_net_allow(net, HF_NET_ALL_USES, "*", &status) || hf_net_allow_lookup(net, "*", &status)))
        return refuse("allow-net", "*", &status);
    // To send anywhere a socket needs a port of its own.
    if (options->udp.count > 0 && (hf_net_allow(net, HF_NET_UDP_BIND, "0.0.0.0:0", &status) ||
                                   hf_net_allow(net, HF_NET_UDP_BIND, "[::]:0", &status)))
        return refuse("udp", "*:0", &status);
    return grant_addresses(net, "tcp", HF_NET_TCP_CONNECT, &options->tcp) &&
           grant_addresses(net, "tcp-listen", HF_NET_TCP_LISTEN, &options->tcp_listen) &&
           grant_addresses(net, "udp", HF_NET_UDP_SEND | HF_NET_UDP_BIND, &options->udp) &&
           grant_names(net, &options->lookup);
}

static bool grant_net(hf_wasi *wasi, const struct options *options)
{
    hf_status status = hf_status_ok();
    if (!options->allow_net &&
        options->tcp.count + options->tcp_listen.count + options->udp.count + options->lookup.count == 0)
        return true;
    hf_net *const net = hf_net_host(&status);
    if (!net) {
        complain("%s", status.message);
        return false;
    }
    hf_wasi_set_net(wasi, net);
    return grant_network(net, options);
}

static bool grant_config(hf_wasi *wasi, const char *word)
{
    hf_status status = hf_status_ok();
    const char *const equals = strchr(word, '=');
    char *const name = strndup(word, equals ? (size_t)(equals - word) : 0);
    bool good = false;
    if (!name)
        complain("out of memory");
    else if (!equals)
        complain("--config %s: expected NAME=VALUE", word);
    else if (hf_wasi_config(wasi, name, equals + 1, &status))
        refuse("config", word, &status);
    else
        good = true;
    free(name);
    return good;
}

static bool grant_bucket(hf_wasi *wasi, const char *word)
{
    hf_status status = hf_status_ok();
    hf_bucket *const bucket = hf_bucket_memory(0, &status);
    if (!bucket || hf_wasi_bucket(wasi, word, bucket, &status)) return refuse("bucket", word, &status);
    return true;
}

static bool grant_args(hf_wasi *wasi, const struct options *options)
{
    hf_status status = hf_status_ok();
    const char *const file = options->operands[0];
    const char *const slash = strrchr(file, '/');
    const char *const self = options->argv0 ? options->argv0 : slash ? slash + 1 : file;
    hf_wasi_arg(wasi, self, &status);
    // With --invoke they are the function's.
    for (int i = 1; i < options->operand_count && !options->invoke; i++)
        hf_wasi_arg(wasi, options->operands[i], &status);
    if (status.code) complain("arguments: %s", status.message);
    return !status.code;
}

static bool grant_all(hf_wasi *wasi, const struct options *options)
{
    hf_status status = hf_status_ok();
    if (!grant_args(wasi, options)) return false;
    if (hf_wasi_inherit_stdio(wasi, &status) ||
        (options->inherit_env && hf_wasi_inherit_env(wasi, (const char *const *)environ, &status))) {
        complain("%s", status.message);
        return false;
    }
    for (size_t i = 0; i < options->env.count; i++)
        if (!grant_env(wasi, options->env.items[i])) return false;
    for (size_t i = 0; i < options->dir.count; i++)
        if (!grant_dir(wasi, options->dir.items[i], false)) return false;
    for (size_t i = 0; i < options->dir_ro.count; i++)
        if (!grant_dir(wasi, options->dir_ro.items[i], true)) return false;
    for (size_t i = 0; i < options->listen.count; i++)
        if (!grant_socket(wasi, options->listen.items[i])) return false;
    for (size_t i = 0; i < options->config.count; i++)
        if (!grant_config(wasi, options->config.items[i])) return false;
    for (size_t i = 0; i < options->bucket.count; i++)
        if (!grant_bucket(wasi, options->bucket.items[i])) return false;
    return grant_net(wasi, options);
}

hf_wasi *grant(const struct options *options)
{
    hf_status status = hf_status_ok();
    hf_wasi *const wasi = hf_wasi_new(&status);
    if (!wasi) {
        complain("%s", status.message);
        return NULL;
    }
    if (!grant_all(wasi, options)) {
        hf_wasi_free(wasi);
        return NULL;
    }
    return wasi;
}
