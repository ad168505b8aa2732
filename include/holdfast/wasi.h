/* WASI for guests. Functions go into the linker once; what a guest may see and do is a context in its store. Nothing is
 * granted that the context does not grant. */
#ifndef HOLDFAST_WASI_H
#define HOLDFAST_WASI_H

#include <holdfast/fs.h>
#include <holdfast/keyvalue.h>
#include <holdfast/linker.h>
#include <holdfast/net.h>
#include <holdfast/resource.h>

HF_BEGIN

enum {
    HF_WASI_0_1 = 1, /* wasi_snapshot_preview1 and the older wasi_unstable */
    HF_WASI_0_2 = 2, /* 0.2.12 for components, which answers every 0.2.x, with wasi:config and wasi:keyvalue */
    HF_WASI_ALL = 0x7fffffff,
};

/* Defines the functions of these versions. */
HF_API hf_code hf_wasi_link(hf_linker *linker, uint32_t versions, hf_status *status);

/* Clocks and entropy as a small table of functions; NULL members: the system's. */
typedef struct hf_clock {
    size_t size;
    void *ctx;
    /* id: 0 realtime, 1 monotonic, 2 process CPU time, 3 thread CPU time; nanoseconds. 0 or an errno of WASI 0.1. */
    uint16_t (*now)(void *ctx, uint32_t id, uint64_t *ns);
    uint16_t (*resolution)(void *ctx, uint32_t id, uint64_t *ns);
} hf_clock;

typedef struct hf_random {
    size_t size;
    void *ctx;
    uint16_t (*fill)(void *ctx, void *out, size_t size);
} hf_random;

typedef struct hf_wasi hf_wasi;

/* An empty context: no arguments, environment, directories; stdin is empty, stdout and stderr are discarded. */
HF_API hf_wasi *hf_wasi_new(hf_status *status);
HF_API void hf_wasi_free(hf_wasi *wasi);
HF_API hf_code hf_wasi_arg(hf_wasi *wasi, const char *arg, hf_status *status);
HF_API hf_code hf_wasi_env(hf_wasi *wasi, const char *name, const char *value, hf_status *status);
HF_API hf_code hf_wasi_inherit_env(hf_wasi *wasi, const char *const *environ_, hf_status *status);
/* Descriptors 0, 1 and 2 of this process. */
HF_API hf_code hf_wasi_inherit_stdio(hf_wasi *wasi, hf_status *status);
/* Descriptor `guest_fd` 0, 1 or 2 is a stream: bytes go to or come from this function. `write` returns 0 or a WASI 0.1 errno. */
HF_API hf_code hf_wasi_stdout(hf_wasi *wasi, int guest_fd, uint16_t (*write)(void *ctx, const void *data, size_t size),
                              void *ctx, hf_status *status);
HF_API hf_code hf_wasi_stdin_bytes(hf_wasi *wasi, const void *data, size_t size, hf_status *status); /* copied */
/* A host directory, preopened under `guest_path`. HF_SYSTEM when it cannot be opened. */
HF_API hf_code hf_wasi_dir(hf_wasi *wasi, const char *host_path, const char *guest_path, bool read_only,
                           hf_status *status);
/* A directory of any file system back end; owned by the context afterwards, also when this fails. */
HF_API hf_code hf_wasi_preopen(hf_wasi *wasi, hf_fs *fs, const char *guest_path, bool read_only, hf_status *status);
/* A listening or connected socket of this process, as the next descriptor. The context owns it afterwards, also when this
 * fails, and puts it into non-blocking mode. */
HF_API hf_code hf_wasi_socket(hf_wasi *wasi, int fd, hf_status *status);
/* The network that the guest may use, as far as it grants; owned by the context afterwards. NULL, as in an empty context: there
 * is none. */
HF_API void hf_wasi_set_net(hf_wasi *wasi, hf_net *net);
/* What wasi:config/store shows; the last value of a name counts. HF_BAD_ARGUMENT: no name, or one with a '='. */
HF_API hf_code hf_wasi_config(hf_wasi *wasi, const char *name, const char *value, hf_status *status);
/* What wasi:keyvalue/store opens under this identifier; owned by the context afterwards, also when this fails. HF_EXISTS. */
HF_API hf_code hf_wasi_bucket(hf_wasi *wasi, const char *identifier, hf_bucket *bucket, hf_status *status);
/* Most descriptors that the guest may have open at once, these among them; 0: 1024. Beyond: errno mfile. */
HF_API void hf_wasi_set_max_descriptors(hf_wasi *wasi, size_t max);
HF_API void hf_wasi_set_clock(hf_wasi *wasi, const hf_clock *clock);    /* copied */
HF_API void hf_wasi_set_random(hf_wasi *wasi, const hf_random *random); /* copied */

/* Gives the context to the store, which owns it afterwards. */
HF_API hf_code hf_store_set_wasi(hf_store *store, hf_wasi *wasi, hf_status *status);
HF_API hf_wasi *hf_store_wasi(hf_store *store); /* borrowed; NULL */

/* -- what is behind a handle of WASI 0.2, for hooks (owner thread). HF_WRONG_TYPE and what hf_resource_payload says -- */
/* The path by which the guest came to a descriptor of wasi:filesystem, from the name of a preopened directory on, as the guest
 * wrote it. Writes at most `max` bytes, *size says how many there are. */
HF_API hf_code hf_wasi_descriptor_path(hf_store *store, hf_resource descriptor, char *out, size_t max, size_t *size,
                                       hf_status *status);
/* The errno of WASI 0.1 for which an error of wasi:io was made. */
HF_API hf_code hf_wasi_stream_error(hf_store *store, hf_resource error, uint16_t *out, hf_status *status);

HF_END

#endif
