// The host's files about names: resolv.conf(5) and hosts(5). They are lines of words with blanks between them.
#include <string.h>

#include "wasi/lookup.h"

enum { DNS_PORT = 53 };

struct words {
    const char *at, *end;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// The next word of the line, up to a comment; size 0: there is none.
static hf_str next_word(struct words *w)
{
    while (w->at < w->end && blank(*w->at)) w->at++;
    const char *const start = w->at;
    if (start == w->end || *start == '#' || *start == ';') return (hf_str){ start, 0 };
    while (w->at < w->end && !blank(*w->at)) w->at++;
    return (hf_str){ start, (size_t)(w->at - start) };
}

static bool next_line(struct words *text, struct words *line)
{
    if (text->at == text->end) return false;
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    *line = (struct words){ text->at, end ? end : text->end };
    text->at = end ? end + 1 : text->end;
    return true;
}

static bool is(hf_str word, const char *text)
{
    return word.size == strlen(text) && memcmp(word.data, text, word.size) == 0;
}

// "NAME:N", N at most `max`.
static void option(hf_str word, const char *name, uint32_t max, uint32_t *out)
{
    const size_t size = strlen(name);
    uint32_t value = 0;
    if (word.size <= size + 1 || memcmp(word.data, name, size) != 0 || word.data[size] != ':') return;
    for (size_t i = size + 1; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9') return;
        value = value * 10 + (uint32_t)(word.data[i] - '0');
        if (value > max) value = max;
    }
    *out = value;
}

static void add_suffix(struct lookup_config *config, hf_str word)
{
    if (word.size > 0 && word.data[word.size - 1] == '.') word.size--;
    if (word.size == 0 || word.size >= sizeof config->suffixes[0] || config->suffix_count == LOOKUP_SUFFIXES) return;
    char *suffix = config->suffixes[config->suffix_count++];
    memcpy(suffix, word.data, word.size);
    suffix[word.size] = 0;
}

void lookup_config_parse(const char *text, size_t size, struct lookup_config *out)
{
    struct words all = { text, text + size }, line;
    memset(out, 0, sizeof *out);
    out->ndots = 1;
    out->timeout = 5;
    out->attempts = 2;
    while (next_line(&all, &line)) {
        const hf_str key = next_word(&line);
        hf_str word;
        if (is(key, "search") || is(key, "domain")) out->suffix_count = 0; // the last line counts
        while ((word = next_word(&line)).size > 0) {
            if (is(key, "nameserver")) {
                struct sys_address *server = &out->servers[out->server_count];
                if (out->server_count == LOOKUP_SERVERS || !sys_parse_ip(word.data, word.size, server)) continue;
                server->port = DNS_PORT;
                out->server_count++;
            } else if (is(key, "search") || is(key, "domain")) {
                add_suffix(out, word);
            } else if (is(key, "options")) {
                option(word, "ndots", 15, &out->ndots);
                option(word, "timeout", 30, &out->timeout);
                option(word, "attempts", 5, &out->attempts);
            }
        }
    }
    if (out->server_count == 0) {
        out->servers[0] = (struct sys_address){ .port = DNS_PORT, .ip = { 127, 0, 0, 1 } };
        out->server_count = 1;
    }
    if (out->timeout == 0) out->timeout = 1;
    if (out->attempts == 0) out->attempts = 1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(hf_str word, const char *name)
{
    if (word.size != strlen(name)) return false;
    for (size_t i = 0; i < word.size; i++) {
        if (lower(word.data[i]) != lower(name[i])) return false;
    }
    return true;
}

size_t lookup_hosts(const char *text, size_t size, const char *name, struct sys_address *out, size_t max)
{
    struct words all = { text, text + size }, line;
    size_t count = 0;
    while (count < max && next_line(&all, &line)) {
        const hf_str ip = next_word(&line);
        hf_str word;
        struct sys_address address;
        if (!sys_parse_ip(ip.data, ip.size, &address)) continue;
        while ((word = next_word(&line)).size > 0) {
            if (!same_name(word, name)) continue;
            out[count++] = address;
            break;
        }
    }
    return count;
}
