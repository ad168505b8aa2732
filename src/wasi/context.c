#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "sys/clock.h"
#include "sys/stream.h"
#include "wasi/context.h"
#include "wasi/p2/output.h"

enum { MAX_DESCS = 1024 };

// -- descriptors --

uint16_t desc_get(hf_wasi *wasi, uint32_t fd, uint64_t rights, struct desc **out)
{
    if (fd >= wasi->desc_count || !wasi->descs[fd].node) return WASI_BADF;
    if (rights & ~wasi->descs[fd].rights) return WASI_NOTCAPABLE;
    *out = &wasi->descs[fd];
    return 0;
}

uint16_t desc_add(hf_wasi *wasi, struct fs_node *node, uint64_t rights, uint64_t inheriting, uint16_t flags,
                  uint32_t *out)
{
    size_t fd = 0;
    while (fd < wasi->desc_count && wasi->descs[fd].node) fd++;
    if (fd == wasi->desc_count) {
        struct desc *grown =
            fd < wasi->max_descs ? mem_grow(&alloc_libc, wasi->descs, &wasi->desc_cap, fd + 1, sizeof *grown) : NULL;
        if (!grown) {
            node_close(node);
            return fd < wasi->max_descs ? WASI_NOMEM : WASI_MFILE;
        }
        wasi->descs = grown;
        wasi->desc_count++;
    }
    wasi->descs[fd] = (struct desc){ .node = node, .rights = rights, .inheriting = inheriting, .flags = flags };
    *out = (uint32_t)fd;
    return 0;
}

static void desc_clear(struct desc *desc)
{
    node_close(desc->node);
    if (desc->preopen) mem_free(&alloc_libc, desc->preopen, strlen(desc->preopen) + 1);
    memset(desc, 0, sizeof *desc);
}

uint16_t desc_close(hf_wasi *wasi, uint32_t fd)
{
    struct desc *desc;
    const uint16_t error = desc_get(wasi, fd, 0, &desc);
    if (!error) desc_clear(desc);
    return error;
}

// -- the context --

static hf_code wasi_failed(hf_status *status, uint16_t error, const char *what)
{
    if (error == WASI_NOMEM) return fail_oom(status);
    if (error == WASI_MFILE) return fail(status, HF_LIMIT, "%s: too many descriptors", what);
    return fail(status, HF_BAD_ARGUMENT, "%s: error %u of WASI 0.1", what, error);
}

hf_wasi *hf_wasi_new(hf_status *status)
{
    hf_wasi *wasi = MEM_NEW(&alloc_libc, hf_wasi);
    if (!wasi) {
        fail_oom(status);
        return NULL;
    }
    buf_init(&wasi->args.bytes, &alloc_libc);
    buf_init(&wasi->env.bytes, &alloc_libc);
    buf_init(&wasi->config.bytes, &alloc_libc);
    wasi->max_descs = MAX_DESCS;
    for (int i = 0; i < 3; i++) {
        struct fs_node *node;
        uint32_t fd;
        uint16_t error = stream_null(&node);
        if (!error) error = desc_add(wasi, node, RIGHTS_STREAM | (i == 0 ? RIGHT_FD_READ : RIGHT_FD_WRITE), 0, 0, &fd);
        if (error) {
            hf_wasi_free(wasi);
            fail_oom(status);
            return NULL;
        }
    }
    return wasi;
}

void wasi_unref(hf_wasi *wasi)
{
    if (wasi->users > 0) {
        wasi->users--;
        return;
    }
    for (size_t i = 0; i < wasi->desc_count; i++) desc_clear(&wasi->descs[i]);
    mem_free(&alloc_libc, wasi->descs, wasi->desc_cap * sizeof *wasi->descs);
    for (size_t i = 0; i < wasi->tree_count; i++) hf_fs_free(wasi->trees[i]);
    mem_free(&alloc_libc, wasi->trees, wasi->tree_cap * sizeof(hf_fs *));
    mem_free(&alloc_libc, wasi->scratch, SCRATCH_BYTES);
    hf_net_free(wasi->net);
    buf_fini(&wasi->args.bytes);
    buf_fini(&wasi->env.bytes);
    buf_fini(&wasi->config.bytes);
    for (size_t i = 0; i < wasi->bucket_count; i++) {
        hf_bucket_free(wasi->buckets[i].bucket);
        mem_free(&alloc_libc, wasi->buckets[i].name, strlen(wasi->buckets[i].name) + 1);
    }
    mem_free(&alloc_libc, wasi->buckets, wasi->bucket_cap * sizeof *wasi->buckets);
    MEM_FREE(&alloc_libc, wasi);
}

void hf_wasi_free(hf_wasi *wasi)
{
    if (!wasi) return;
    outputs_fini(wasi); // those streams live by what they still have to write
    wasi_unref(wasi);
}

void hf_wasi_set_max_descriptors(hf_wasi *wasi, size_t max)
{
    wasi->max_descs = max ? max : MAX_DESCS;
}

static hf_code string_added(struct strings *strings, size_t before, hf_status *status)
{
    buf_u8(&strings->bytes, 0);
    if (strings->bytes.failed) {
        strings->bytes.failed = false;
        strings->bytes.size = before;
        return fail_oom(status);
    }
    strings->count++;
    return HF_OK;
}

hf_code hf_wasi_arg(hf_wasi *wasi, const char *arg, hf_status *status)
{
    const size_t before = wasi->args.bytes.size;
    buf_str(&wasi->args.bytes, arg);
    return string_added(&wasi->args, before, status);
}

static hf_code add_pair(struct strings *strings, const char *name, const char *value, hf_status *status)
{
    if (*name == 0 || strchr(name, '=')) return fail(status, HF_BAD_ARGUMENT, "\"%s\" is no name of a variable", name);
    const size_t before = strings->bytes.size;
    buf_str(&strings->bytes, name);
    buf_u8(&strings->bytes, '=');
    buf_str(&strings->bytes, value);
    return string_added(strings, before, status);
}

hf_code hf_wasi_env(hf_wasi *wasi, const char *name, const char *value, hf_status *status)
{
    return add_pair(&wasi->env, name, value, status);
}

hf_code hf_wasi_config(hf_wasi *wasi, const char *name, const char *value, hf_status *status)
{
    return add_pair(&wasi->config, name, value, status);
}

hf_bucket *wasi_bucket(hf_wasi *wasi, hf_str name)
{
    for (size_t i = 0; i < wasi->bucket_count; i++) {
        const char *known = wasi->buckets[i].name;
        if (strlen(known) != name.size) continue;
        if (name.size == 0 || memcmp(known, name.data, name.size) == 0) return wasi->buckets[i].bucket;
    }
    return NULL;
}

hf_code hf_wasi_bucket(hf_wasi *wasi, const char *identifier, hf_bucket *bucket, hf_status *status)
{
    const size_t size = strlen(identifier) + 1;
    if (wasi_bucket(wasi, (hf_str){ identifier, size - 1 })) {
        hf_bucket_free(bucket);
        return fail(status, HF_EXISTS, "there is a bucket \"%s\" already", identifier);
    }
    struct named_bucket *buckets =
        mem_grow(&alloc_libc, wasi->buckets, &wasi->bucket_cap, wasi->bucket_count + 1, sizeof *buckets);
    if (buckets) wasi->buckets = buckets;
    char *name = buckets ? mem_alloc(&alloc_libc, size) : NULL;
    if (!name) {
        hf_bucket_free(bucket);
        return fail_oom(status);
    }
    memcpy(name, identifier, size);
    wasi->buckets[wasi->bucket_count++] = (struct named_bucket){ name, bucket };
    return HF_OK;
}

hf_code hf_wasi_inherit_env(hf_wasi *wasi, const char *const *environ_, hf_status *status)
{
    for (; *environ_; environ_++) {
        const size_t before = wasi->env.bytes.size;
        buf_str(&wasi->env.bytes, *environ_);
        const hf_code code = string_added(&wasi->env, before, status);
        if (code != HF_OK) return code;
    }
    return HF_OK;
}

static void replace_stream(hf_wasi *wasi, uint32_t fd, struct fs_node *node, uint64_t rights)
{
    desc_clear(&wasi->descs[fd]);
    wasi->descs[fd] = (struct desc){ .node = node, .rights = rights };
}

hf_code hf_wasi_inherit_stdio(hf_wasi *wasi, hf_status *status)
{
    for (int fd = 0; fd < 3; fd++) {
        struct fs_node *node;
        const uint16_t error = stream_inherit(fd, &node);
        if (error == WASI_BADF) continue; // closed for this process: nothing for the guest either
        if (error) return wasi_failed(status, error, "standard streams");
        uint64_t rights =
            RIGHTS_STREAM | RIGHT_FD_DATASYNC | RIGHT_FD_SYNC | (fd == 0 ? RIGHT_FD_READ : RIGHT_FD_WRITE);
        // A terminal is one descriptor three times, and programs use that.
        if (node->type == SYS_FILE_CHARACTER) rights |= RIGHT_FD_READ | RIGHT_FD_WRITE;
        replace_stream(wasi, (uint32_t)fd, node, rights);
    }
    return HF_OK;
}

hf_code hf_wasi_stdout(hf_wasi *wasi, int guest_fd, uint16_t (*write)(void *ctx, const void *data, size_t size),
                       void *ctx, hf_status *status)
{
    struct fs_node *node;
    if (guest_fd < 0 || guest_fd > 2) return fail(status, HF_BAD_ARGUMENT, "%d is no standard stream", guest_fd);
    const uint16_t error = stream_callback(write, ctx, &node);
    if (error) return wasi_failed(status, error, "standard streams");
    replace_stream(wasi, (uint32_t)guest_fd, node, RIGHTS_STREAM | RIGHT_FD_WRITE);
    return HF_OK;
}

hf_code hf_wasi_stdin_bytes(hf_wasi *wasi, const void *data, size_t size, hf_status *status)
{
    struct fs_node *node;
    const uint16_t error = stream_bytes(data, size, &node);
    if (error) return wasi_failed(status, error, "standard input");
    replace_stream(wasi, 0, node, RIGHTS_STREAM | RIGHT_FD_READ);
    return HF_OK;
}

hf_code hf_wasi_preopen(hf_wasi *wasi, hf_fs *fs, const char *guest_path, bool read_only, hf_status *status)
{
    hf_fs **trees = mem_grow(&alloc_libc, wasi->trees, &wasi->tree_cap, wasi->tree_count + 1, sizeof(hf_fs *));
    if (!trees) {
        hf_fs_free(fs);
        return fail_oom(status);
    }
    wasi->trees = trees;
    wasi->trees[wasi->tree_count++] = fs;

    const size_t size = strlen(guest_path) + 1;
    const uint64_t taken = read_only ? RIGHTS_CHANGE : 0;
    struct fs_node *node;
    uint32_t fd = 0;
    uint16_t error = fs->ops->root(fs, &node);
    if (!error) {
        error = desc_add(wasi, node, RIGHTS_DIRECTORY & ~taken, (RIGHTS_DIRECTORY | RIGHTS_FILE) & ~taken, 0, &fd);
    }
    if (error) return wasi_failed(status, error, guest_path);
    char *name = mem_alloc(&alloc_libc, size);
    if (!name) {
        desc_close(wasi, fd);
        return fail_oom(status);
    }
    memcpy(name, guest_path, size);
    wasi->descs[fd].preopen = name;
    return HF_OK;
}

hf_code hf_wasi_dir(hf_wasi *wasi, const char *host_path, const char *guest_path, bool read_only, hf_status *status)
{
    hf_fs *fs = hf_fs_host(host_path, status);
    if (!fs) return HF_SYSTEM;
    return hf_wasi_preopen(wasi, fs, guest_path, read_only, status);
}

hf_code hf_wasi_socket(hf_wasi *wasi, int fd, hf_status *status)
{
    struct fs_node *node;
    bool listening;
    uint32_t guest_fd;
    uint16_t error = stream_socket(fd, &listening, &node);
    if (!error) {
        const uint64_t rights = listening ? RIGHTS_STREAM | RIGHT_SOCK_ACCEPT : RIGHTS_CONNECTION;
        error = desc_add(wasi, node, rights, listening ? RIGHTS_CONNECTION : 0, 0, &guest_fd);
    }
    return error ? wasi_failed(status, error, "socket") : HF_OK;
}

void hf_wasi_set_net(hf_wasi *wasi, hf_net *net)
{
    hf_net_free(wasi->net);
    wasi->net = net;
}

void hf_wasi_set_clock(hf_wasi *wasi, const hf_clock *clock)
{
    const size_t size = clock->size < sizeof wasi->clock ? clock->size : sizeof wasi->clock;
    memset(&wasi->clock, 0, sizeof wasi->clock);
    memcpy(&wasi->clock, clock, size);
}

void hf_wasi_set_random(hf_wasi *wasi, const hf_random *random)
{
    const size_t size = random->size < sizeof wasi->random ? random->size : sizeof wasi->random;
    memset(&wasi->random, 0, sizeof wasi->random);
    memcpy(&wasi->random, random, size);
}

uint8_t *wasi_scratch(hf_wasi *wasi)
{
    if (!wasi->scratch) wasi->scratch = mem_alloc(&alloc_libc, SCRATCH_BYTES);
    return wasi->scratch;
}

uint16_t wasi_now(hf_wasi *wasi, uint32_t clock, uint64_t *ns)
{
    if (clock >= CLOCK_IDS) return WASI_INVAL;
    if (wasi->clock.now) return wasi->clock.now(wasi->clock.ctx, clock, ns);
    return wasi_errno(sys_clock_now((enum sys_clock)clock, ns));
}

uint16_t wasi_resolution(hf_wasi *wasi, uint32_t clock, uint64_t *ns)
{
    if (clock >= CLOCK_IDS) return WASI_INVAL;
    if (wasi->clock.resolution) return wasi->clock.resolution(wasi->clock.ctx, clock, ns);
    *ns = 1;
    return wasi->clock.now ? 0 : wasi_errno(sys_clock_resolution((enum sys_clock)clock, ns));
}

uint16_t wasi_random(hf_wasi *wasi, void *out, size_t size)
{
    return wasi->random.fill ? wasi->random.fill(wasi->random.ctx, out, size) : wasi_errno(sys_random(out, size));
}

// -- in its store --

static const char store_key;

static void free_slot(void *wasi)
{
    hf_wasi_free(wasi);
}

hf_code hf_store_set_wasi(hf_store *store, hf_wasi *wasi, hf_status *status)
{
    return hf_store_set_slot(store, &store_key, wasi, free_slot, status);
}

hf_wasi *hf_store_wasi(hf_store *store)
{
    return hf_store_slot(store, &store_key);
}
