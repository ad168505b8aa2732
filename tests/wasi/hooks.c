/* Runs a WASI program with every host call going through a hook, over the public API.
 *
 * usage: wasi_hooks MODE [--dir HOST::GUEST] [--env NAME=VALUE] [--tier TIER] [--clients N] PROGRAM.wasm [ARGS]
 *
 * --clients: the program gets a listening socket as its first descriptor behind the standard ones, and so many connections,
 * one after the other, each of which sends ten letters and wants them back in capitals.
 *
 *   plain     no hook
 *   identity  a hook that goes on
 *   replay    every call is recorded; then the program runs again from the record, in a store that grants nothing, and
 *             whatever reaches a function behind the hook ends the process with status 99
 *   suspend   every call waits: the task is seen frozen, then another thread completes the call. In the end there must have
 *             been as many waits as calls
 *
 * Exits with the program's exit code; 98 and a message when the mode's own claim does not hold. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <holdfast.h>

enum { BROKEN = 98, REACHED = 99, MAX_GRANTS = 32 };

static void broken(const char *what, const hf_status *status)
{
    fprintf(stderr, "wasi_hooks: %s%s%s\n", what, status ? ": " : "", status ? status->message : "");
    fflush(stderr);
    _Exit(BROKEN);
}

/* -- the world -- */

struct options {
    const char *mode;
    const char *dirs[MAX_GRANTS];
    const char *envs[MAX_GRANTS];
    int dir_count, env_count;
    hf_tier tier;
    int clients;
    int listener; /* of this process; -1 */
    const char *program;
    char **args; /* behind the program */
};

static int parse(int argc, char **argv, struct options *out)
{
    int i = 2;
    memset(out, 0, sizeof *out);
    if (argc < 3) return 0;
    out->mode = argv[1];
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        if (strcmp(argv[i], "--dir") == 0 && out->dir_count < MAX_GRANTS) {
            out->dirs[out->dir_count++] = argv[i + 1];
        } else if (strcmp(argv[i], "--env") == 0 && out->env_count < MAX_GRANTS) {
            out->envs[out->env_count++] = argv[i + 1];
        } else if (strcmp(argv[i], "--tier") == 0) {
            while (strcmp(hf_tier_name(out->tier), argv[i + 1]) != 0)
                if (!hf_tier_name(++out->tier)) return 0;
        } else if (strcmp(argv[i], "--clients") == 0) {
            out->clients = (int)strtol(argv[i + 1], NULL, 10);
        } else {
            return 0;
        }
    }
    if (i >= argc) return 0;
    out->program = argv[i];
    out->args = argv + i + 1;
    return 1;
}

static void grant(hf_wasi *wasi, const struct options *options)
{
    const char *slash = strrchr(options->program, '/');
    hf_status status = hf_status_ok();
    char text[4096];
    hf_code code = hf_wasi_arg(wasi, slash ? slash + 1 : options->program, &status);
    for (char **arg = options->args; code == HF_OK && *arg; arg++) code = hf_wasi_arg(wasi, *arg, &status);
    for (int i = 0; code == HF_OK && i < options->env_count; i++) {
        snprintf(text, sizeof text, "%s", options->envs[i]);
        char *equals = strchr(text, '=');
        if (!equals) broken("--env NAME=VALUE", NULL);
        *equals = 0;
        code = hf_wasi_env(wasi, text, equals + 1, &status);
    }
    for (int i = 0; code == HF_OK && i < options->dir_count; i++) {
        snprintf(text, sizeof text, "%s", options->dirs[i]);
        char *colons = strstr(text, "::");
        if (!colons) broken("--dir HOST::GUEST", NULL);
        *colons = 0;
        code = hf_wasi_dir(wasi, text, colons + 2, false, &status);
    }
    if (code == HF_OK) code = hf_wasi_inherit_stdio(wasi, &status);
    if (code == HF_OK && options->listener >= 0) code = hf_wasi_socket(wasi, options->listener, &status);
    if (code != HF_OK) broken("granting", &status);
}

/* -- clients -- */

static struct sockaddr_in address;

static int listen_on_loopback(void)
{
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        broken("a listening socket", NULL);
    }
    return fd;
}

static void be_client(void)
{
    char reply[32];
    size_t got = 0;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) broken("connecting", NULL);
    if (write(fd, "abcde", 5) != 5) broken("sending", NULL);
    usleep(20000); /* so that the program has to wait for the second half */
    if (write(fd, "fghij", 5) != 5) broken("sending", NULL);
    for (ssize_t n; (n = read(fd, reply + got, sizeof reply - got)) > 0;) got += (size_t)n;
    if (got != 10 || memcmp(reply, "ABCDEFGHIJ", 10) != 0) broken("the reply is another one", NULL);
    close(fd);
}

static void *be_clients(void *env)
{
    for (int i = 0; i < *(const int *)env; i++) be_client();
    return NULL;
}

static hf_module *load(hf_engine *engine, const char *path)
{
    FILE *file = fopen(path, "rb");
    hf_status status = hf_status_ok();
    if (!file || fseek(file, 0, SEEK_END) != 0) broken(path, NULL);
    const long size = ftell(file);
    char *bytes = size < 0 ? NULL : malloc((size_t)size);
    rewind(file);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) broken(path, NULL);
    fclose(file);
    hf_module *module = hf_module_new(engine, bytes, (size_t)size, &status);
    free(bytes);
    if (!module) broken(path, &status);
    return module;
}

/* -- identity -- */

static hf_code identity(hf_call *call, void *env)
{
    ++*(unsigned long *)env;
    return hf_call_next(call, NULL, NULL);
}

/* -- record and replay -- */

struct record {
    uint8_t *args, *results;
    size_t args_size, results_size;
    char name[64];
};

struct tape {
    struct record *records;
    size_t count, cap, at;
};

static uint8_t *encoded(hf_call *call, hf_code (*encode)(hf_call *, uint8_t *, size_t, size_t *), size_t *size)
{
    uint8_t *bytes;
    hf_code code = encode(call, NULL, 0, size);
    bytes = malloc(*size ? *size : 1);
    if (code == HF_OK && bytes) code = encode(call, bytes, *size, size);
    if (code != HF_OK || !bytes) broken("a call cannot be encoded", NULL);
    return bytes;
}

static hf_code record_after(hf_call *call, void *env)
{
    struct tape *tape = env;
    struct record *record = &tape->records[tape->count - 1];
    record->results = encoded(call, hf_call_encode_results, &record->results_size);
    return hf_call_outcome(call, NULL);
}

static hf_code record_hook(hf_call *call, void *env)
{
    struct tape *tape = env;
    if (tape->count == tape->cap) {
        tape->cap = tape->cap ? tape->cap * 2 : 64;
        tape->records = realloc(tape->records, tape->cap * sizeof *tape->records);
        if (!tape->records) broken("out of memory", NULL);
    }
    struct record *record = &tape->records[tape->count++];
    memset(record, 0, sizeof *record);
    hf_func_desc_name(hf_call_func(call), record->name, sizeof record->name);
    record->args = encoded(call, hf_call_encode_args, &record->args_size);
    return hf_call_next(call, record_after, tape);
}

static hf_code replay_hook(hf_call *call, void *env)
{
    struct tape *tape = env;
    char name[64];
    size_t size;
    if (tape->at == tape->count) broken("the replay makes more calls than were recorded", NULL);
    const struct record *record = &tape->records[tape->at++];
    hf_func_desc_name(hf_call_func(call), name, sizeof name);
    uint8_t *args = encoded(call, hf_call_encode_args, &size);
    if (strcmp(name, record->name) != 0 || size != record->args_size || memcmp(args, record->args, size) != 0) {
        fprintf(stderr, "wasi_hooks: call %zu was %s, is %s\n", tape->at, record->name, name);
        broken("the replay makes other calls than were recorded", NULL);
    }
    free(args);
    return hf_call_complete_encoded(call, record->results, record->results_size);
}

static hf_code reached(hf_call *call, void *env)
{
    char name[64];
    (void)env;
    hf_func_desc_name(hf_call_func(call), name, sizeof name);
    fprintf(stderr, "wasi_hooks: the replay reached %s\n", name);
    fflush(stderr);
    _Exit(REACHED);
}

/* -- suspend -- */

/* One call at a time is on its way from the owner to the completing thread. */
struct suspension {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    hf_call *waiting;  /* made, the task not yet seen frozen */
    hf_call *released; /* for the other thread */
    bool stop;
    unsigned long calls, frozen, completed;
};

static hf_code go_on(hf_call *call, void *env)
{
    (void)env;
    return hf_call_next(call, NULL, NULL);
}

static hf_code suspend_hook(hf_call *call, void *env)
{
    struct suspension *s = env;
    if (s->waiting) broken("a second call while the first was not frozen", NULL);
    s->calls++;
    s->waiting = hf_call_hold(call);
    return HF_PENDING;
}

static void *complete(void *env)
{
    struct suspension *s = env;
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        hf_call *call = s->released;
        if (!call) {
            pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        s->released = NULL;
        s->completed++;
        pthread_mutex_unlock(&s->lock);
        if (hf_call_complete_with(call, go_on, NULL) != HF_OK) broken("completing from another thread", NULL);
        hf_call_release(call);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* The task is frozen: what was made may be completed. */
static void release(struct suspension *s)
{
    if (!s->waiting) return;
    pthread_mutex_lock(&s->lock);
    s->frozen++;
    s->released = s->waiting;
    s->waiting = NULL;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* -- running -- */

static int drive(hf_store *store, hf_task *task, struct suspension *s, hf_status *status)
{
    for (;;) {
        const hf_code code = hf_task_resume(task, status);
        if (code != HF_PENDING) return (int)code;
        if (hf_task_ready(task)) continue;
        if (s) release(s);
        while (!hf_task_ready(task)) {
            const hf_code waited = hf_store_wait(store, INT64_MAX, status);
            if (waited != HF_OK && waited != HF_PENDING) broken("waiting", status);
        }
    }
}

static int run(hf_engine *engine, hf_module *module, hf_linker *linker, const struct options *options,
               struct suspension *s)
{
    hf_status status = hf_status_ok();
    hf_instance instance;
    hf_func start;
    hf_store *store = hf_store_new(engine, NULL, &status);
    hf_wasi *wasi = hf_wasi_new(&status);
    if (!store || !wasi) broken("a store", &status);
    if (options) grant(wasi, options);
    if (hf_store_set_wasi(store, wasi, &status) != HF_OK) broken("a store", &status);
    if (hf_linker_instantiate(linker, store, module, &instance, &status) != HF_OK) broken("instantiating", &status);
    if (hf_instance_func(store, instance, "_start", &start, &status) != HF_OK) broken("no _start", &status);
    hf_task *task = hf_task_new(store, start, NULL, 0, &status);
    if (!task) broken("a task", &status);
    const int code = drive(store, task, s, &status);
    hf_task_free(task);
    hf_store_free(store);
    if (code == HF_OK) return 0;
    if (code == HF_EXITED) return status.exit_code & 0xff;
    fprintf(stderr, "wasi_hooks: %s\n", status.message);
    return 134; /* as a program that was aborted */
}

static hf_linker *linked(hf_engine *engine, hf_host_fn hook, void *env, hf_host_fn inner)
{
    hf_status status = hf_status_ok();
    hf_linker *linker = hf_linker_new(engine, &status);
    if (!linker || hf_wasi_link(linker, HF_WASI_0_1, &status) != HF_OK) broken("linking", &status);
    if (hook && hf_linker_wrap(linker, "*", hook, env, &status) != HF_OK) broken("wrapping", &status);
    if (inner && hf_linker_wrap(linker, "*", inner, NULL, &status) != HF_OK) broken("wrapping", &status);
    return linker;
}

static int run_replay(hf_engine *engine, hf_module *module, const struct options *options)
{
    struct tape tape = { 0 };
    hf_linker *recording = linked(engine, record_hook, &tape, NULL);
    hf_linker *replaying = linked(engine, replay_hook, &tape, reached);
    const int first = run(engine, module, recording, options, NULL);
    const int second = run(engine, module, replaying, NULL, NULL);
    if (tape.at != tape.count) broken("the replay makes fewer calls than were recorded", NULL);
    if (first != second) broken("the replay ends otherwise", NULL);
    hf_linker_free(recording);
    hf_linker_free(replaying);
    for (size_t i = 0; i < tape.count; i++) {
        free(tape.records[i].args);
        free(tape.records[i].results);
    }
    free(tape.records);
    return first;
}

static int run_suspend(hf_engine *engine, hf_module *module, const struct options *options)
{
    struct suspension s = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    pthread_t thread;
    hf_linker *linker = linked(engine, suspend_hook, &s, NULL);
    if (pthread_create(&thread, NULL, complete, &s) != 0) broken("a thread", NULL);
    const int result = run(engine, module, linker, options, &s);
    pthread_mutex_lock(&s.lock);
    s.stop = true;
    pthread_cond_signal(&s.changed);
    pthread_mutex_unlock(&s.lock);
    pthread_join(thread, NULL);
    if (s.calls != s.frozen || s.calls != s.completed) {
        fprintf(stderr, "wasi_hooks: %lu calls, %lu seen frozen, %lu completed\n", s.calls, s.frozen, s.completed);
        broken("not every call waited", NULL);
    }
    hf_linker_free(linker);
    return result;
}

int main(int argc, char **argv)
{
    struct options options;
    hf_status status = hf_status_ok();
    unsigned long calls = 0;
    int result;
    if (!parse(argc, argv, &options)) {
        fprintf(stderr,
                "usage: wasi_hooks plain|identity|replay|suspend [--dir HOST::GUEST] [--env NAME=VALUE] [--tier TIER] "
                "[--clients N] PROGRAM.wasm [ARGS]\n");
        return 2;
    }
    pthread_t clients;
    options.listener = options.clients > 0 ? listen_on_loopback() : -1;
    if (options.clients > 0 && pthread_create(&clients, NULL, be_clients, &options.clients) != 0)
        broken("a thread", NULL);
    hf_engine *engine =
        hf_engine_new(&(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = options.tier }, &status);
    if (!engine) broken("an engine", &status);
    hf_module *module = load(engine, options.program);
    if (strcmp(options.mode, "replay") == 0) {
        result = run_replay(engine, module, &options);
    } else if (strcmp(options.mode, "suspend") == 0) {
        result = run_suspend(engine, module, &options);
    } else {
        const bool hooked = strcmp(options.mode, "identity") == 0;
        hf_linker *linker = linked(engine, hooked ? identity : NULL, &calls, NULL);
        result = run(engine, module, linker, &options, NULL);
        if (hooked && calls == 0 && hf_module_import_count(module) > 0) broken("the hook saw no call", NULL);
        hf_linker_free(linker);
    }
    if (options.clients > 0) pthread_join(clients, NULL);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return result;
}
