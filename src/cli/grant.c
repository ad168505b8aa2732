// Builds the guest's WASI context. Nothing is granted that the command line does not grant.
#include "cli/grant.h"

#include <errno.h>
#include <netdb.h>
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

// ADDRESS:PORT; an IPv6 address in brackets.
static int listen_at(const char *word)
{
    const char *const colon = strrchr(word, ':');
    if (!colon || colon == word || !colon[1]) {
        complain("--listen %s: expected ADDRESS:PORT", word);
        return -1;
    }
    const bool brackets = *word == '[' && colon[-1] == ']';
    char *const host = strndup(word + brackets, (size_t)(colon - word) - (brackets ? 2 : 0));
    if (!host) {
        complain("out of memory");
        return -1;
    }
    const struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found = NULL;
    const int error = getaddrinfo(host, colon + 1, &hints, &found);
    free(host);
    if (error) {
        complain("--listen %s: expected a numeric address and port", word);
        return -1;
    }
    const int one = 1;
    int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, 128)) {
        complain("--listen %s: %s", word, strerror(errno));
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
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
    return true;
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
