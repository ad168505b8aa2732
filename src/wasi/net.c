// What a network grants.
#include "wasi/net.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

enum { HOST_NAME_BYTES = 253, HOST_LABEL_BYTES = 63 };

void hf_net_free(hf_net *net)
{
    if (!net) return;
    if (net->shared > 0)
        net->shared--;
    else
        net->ops->free(net);
}

void net_fini(hf_net *net)
{
    mem_free(&alloc_libc, net->rules, net->rule_cap * sizeof *net->rules);
    for (size_t i = 0; i < net->name_count; i++) mem_free(&alloc_libc, net->names[i], strlen(net->names[i]) + 1);
    mem_free(&alloc_libc, net->names, net->name_cap * sizeof *net->names);
}

hf_code hf_net_allow(hf_net *net, uint32_t uses, const char *pattern, hf_status *status)
{
    struct net_rule rule = { .uses = uses };
    if (uses == 0 || (uses & ~(uint32_t)HF_NET_ALL_USES)) {
        return fail(status, HF_BAD_ARGUMENT, "no such uses of a network: 0x%x", uses);
    }
    if (!address_pattern_parse(pattern, &rule.pattern)) {
        return fail(status, HF_BAD_ARGUMENT, "\"%s\" is no pattern of addresses", pattern);
    }
    struct net_rule *rules = mem_grow(&alloc_libc, net->rules, &net->rule_cap, net->rule_count + 1, sizeof *rules);
    if (!rules) return fail_oom(status);
    net->rules = rules;
    net->rules[net->rule_count++] = rule;
    return HF_OK;
}

void hf_net_set_check(hf_net *net, bool (*check)(void *ctx, uint32_t use, const hf_net_address *address), void *ctx)
{
    net->check = check;
    net->check_ctx = ctx;
}

bool net_grants(const hf_net *net, uint32_t uses)
{
    if (net->check) return true;
    for (size_t i = 0; i < net->rule_count; i++) {
        if (net->rules[i].uses & uses) return true;
    }
    return false;
}

uint16_t net_allowed(const hf_net *net, uint32_t use, const struct sys_address *a)
{
    for (size_t i = 0; i < net->rule_count; i++) {
        if ((net->rules[i].uses & use) && address_pattern_covers(&net->rules[i].pattern, a)) return 0;
    }
    if (!net->check) return WASI_NOTCAPABLE;
    hf_net_address address = { .v6 = a->v6, .port = a->port, .flow = a->flow, .scope = a->scope };
    memcpy(address.ip, a->ip, sizeof address.ip);
    return net->check(net->check_ctx, use, &address) ? 0 : WASI_NOTCAPABLE;
}

uint16_t net_socket_new(hf_net *net, bool v6, bool datagrams, struct net_socket **out)
{
    const uint32_t uses = datagrams ? HF_NET_UDP_BIND | HF_NET_UDP_SEND : HF_NET_TCP_CONNECT | HF_NET_TCP_LISTEN;
    if (!net || !net_grants(net, uses)) return WASI_NOTCAPABLE;
    return net->ops->socket(net, v6, datagrams, out);
}

// -- names --

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool name_byte(char c)
{
    c = lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Labels of letters, digits, hyphens and underlines, with a dot between them; one at the end is dropped. RFC 1123 §2.1, and
// underlines, which names of services have.
static bool host_name(const char *text, size_t size, char out[HOST_NAME_BYTES + 1])
{
    size_t label = 0;
    if (size > 0 && text[size - 1] == '.') size--;
    if (size == 0 || size > HOST_NAME_BYTES) return false;
    for (size_t i = 0; i < size; i++) {
        out[i] = lower(text[i]);
        if (text[i] == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (!name_byte(text[i]) || ++label > HOST_LABEL_BYTES) {
            return false;
        }
    }
    out[size] = 0;
    return label > 0;
}

static bool name_covered(const char *pattern, const char *name)
{
    if (strcmp(pattern, "*") == 0) return true;
    if (pattern[0] != '*') return strcmp(pattern, name) == 0;
    const size_t suffix = strlen(pattern + 1), size = strlen(name); // ".example.com"
    return size > suffix && strcmp(name + size - suffix, pattern + 1) == 0;
}

hf_code hf_net_allow_lookup(hf_net *net, const char *pattern, hf_status *status)
{
    char name[HOST_NAME_BYTES + 1];
    const bool any = strcmp(pattern, "*") == 0;
    const char *rest = strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;
    if (!any && !host_name(rest, strlen(rest), name)) {
        return fail(status, HF_BAD_ARGUMENT, "\"%s\" is no pattern of names", pattern);
    }
    const size_t before = (size_t)(rest - pattern);
    const size_t size = any ? 1 : before + strlen(name);
    char **names = mem_grow(&alloc_libc, net->names, &net->name_cap, net->name_count + 1, sizeof *names);
    if (!names) return fail_oom(status);
    net->names = names;
    char *kept = mem_alloc(&alloc_libc, size + 1);
    if (!kept) return fail_oom(status);
    memcpy(kept, pattern, any ? 1 : before);
    if (!any) memcpy(kept + before, name, size - before);
    kept[size] = 0;
    net->names[net->name_count++] = kept;
    return HF_OK;
}

// -- looking up --

static void numeric_step(struct net_lookup *lookup)
{
    (void)lookup;
}

static size_t numeric_wait(struct net_lookup *lookup, hf_watch out[LOOKUP_WATCHES], int64_t *deadline_ns)
{
    (void)lookup, (void)out, (void)deadline_ns;
    return 0;
}

static void numeric_free(struct net_lookup *lookup)
{
    MEM_FREE(&alloc_libc, lookup);
}

static const struct lookup_ops numeric_ops = { numeric_step, numeric_wait, numeric_free };

uint16_t net_lookup_new(hf_net *net, const char *text, size_t size, struct net_lookup **out)
{
    char name[HOST_NAME_BYTES + 1];
    struct sys_address address;
    if (!net || net->name_count == 0) return WASI_NOTCAPABLE;
    if (size == 0) return WASI_INVAL; // and may have no address
    if (size > 2 && text[0] == '[' && text[size - 1] == ']' && sys_parse_ip(text + 1, size - 2, &address) &&
        address.v6) {
        text++;
        size -= 2;
    }
    if (sys_parse_ip(text, size, &address)) {
        if (address_is_mapped(&address)) return WASI_INVAL;
        struct net_lookup *lookup = MEM_NEW(&alloc_libc, struct net_lookup);
        if (!lookup) return WASI_NOMEM;
        lookup->ops = &numeric_ops;
        lookup->state = LOOKUP_DONE;
        lookup->addresses[0] = address;
        lookup->count = 1;
        *out = lookup;
        return 0;
    }
    if (!host_name(text, size, name)) return WASI_INVAL;
    for (size_t i = 0; i < net->name_count; i++) {
        if (name_covered(net->names[i], name)) return net->ops->lookup(net, name, out);
    }
    return WASI_NOTCAPABLE;
}

void net_lookup_free(struct net_lookup *lookup)
{
    if (lookup) lookup->ops->free(lookup);
}
