// Puts bugs into the native tier, one at a time (src/jit/plants.def), and sees that each is found: by the differential run, by a
// script, or because the run died of it.
//
// usage: plants FOLDER …     of scripts
// First all has to pass without a bug. The last line counts bugs, and that run.

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jit/plant.h"
#include "run.h"

enum plant planted;

enum { SEEDS = 150, SECONDS = 120, SCRIPTS = 256 };

// How a child ends: what found the bug.
enum found { FOUND_NOTHING, FOUND_DIFFERENCE, FOUND_SCRIPT, FOUND_BROKEN };

static const char *const texts[PLANTS] = {
#define PLANT(name, text) [PLANT_##name] = text,
#include "jit/plants.def"
#undef PLANT
};

static char *scripts[SCRIPTS];
static unsigned script_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        perror(path);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(dir)) && script_count < SCRIPTS;) {
        const size_t size = strlen(entry->d_name);
        if (size < 6 || strcmp(entry->d_name + size - 5, ".wast") != 0) continue;
        char *name = malloc(strlen(path) + size + 2);
        if (!name) exit(2);
        sprintf(name, "%s/%s", path, entry->d_name);
        scripts[script_count++] = name;
    }
    closedir(dir);
}

// ---- the differential run ----

// The interpreter, and each native variant against it.
static bool same(const struct variant *want, const struct variant *have, uint64_t seed)
{
    struct buf module, text[2], fuel[2];
    struct run_counts counts = { 0 };
    struct dna dna;
    const struct gen_options gen = { .switches = GEN_ALL, .swarm = true };
    buf_init(&module, &alloc_libc);
    dna_from_seed(&dna, seed);
    gen_module(&dna, &gen, &module);
    for (int i = 0; i < 2; i++) {
        const struct variant *v = i ? have : want;
        const struct run_options options = { .seed = ~seed, .gc_interval = v->gc_interval, .calls = 2 };
        buf_init(&text[i], &alloc_libc);
        buf_init(&fuel[i], &alloc_libc);
        run_module(v->engine, &module, &options, &text[i], v->fuel ? &fuel[i] : NULL, NULL, &counts);
    }
    bool good = text[0].size == text[1].size && memcmp(text[0].data, text[1].data, text[0].size) == 0;
    good &= fuel[0].size == fuel[1].size && (!fuel[0].size || memcmp(fuel[0].data, fuel[1].data, fuel[0].size) == 0);
    for (int i = 0; i < 2; i++) {
        buf_fini(&text[i]);
        buf_fini(&fuel[i]);
    }
    buf_fini(&module);
    return good;
}

static bool differs(void)
{
    struct variant variants[VARIANTS];
    hf_status status = hf_status_ok();
    if (!variants_open(variants, &status)) _exit(FOUND_BROKEN);
    bool good = true;
    const struct variant *plain = NULL, *metered = NULL;
    for (unsigned i = 0; i < VARIANTS; i++) {
        if (variants[i].tier == HF_TIER_JIT || variants[i].no_reservation || variants[i].gc_interval) continue;
        if (!variants[i].fuel && !plain) plain = &variants[i];
        if (variants[i].fuel && !metered) metered = &variants[i];
    }
    for (uint64_t seed = 1; seed <= SEEDS && good; seed++) {
        for (unsigned i = 0; i < VARIANTS && good; i++) {
            const struct variant *v = &variants[i];
            if (v->tier == HF_TIER_JIT) good = same(v->fuel ? metered : plain, v, seed);
        }
    }
    variants_close(variants);
    return !good;
}

// ---- scripts ----

static uint32_t features_of(const char *text)
{
    static const struct {
        const char *word;
        uint32_t bit;
    } rows[] = {
#define FEATURE(name, bit, standard, text) { text, UINT32_C(1) << (bit) },
#include "wasm/features.def"
#undef FEATURE
    };
    uint32_t features = 0;
    if (strncmp(text, ";;! ", 4) != 0) return 0;
    const char *const end = strchr(text, '\n');
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const at = strstr(text, rows[i].word);
        if (at && at < end && rows[i].bit >= HF_FEATURE_THREADS) features |= rows[i].bit;
    }
    return features;
}

static bool script_fails(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) _exit(FOUND_BROKEN);
    const long size = ftell(file);
    char *text = malloc((size_t)size + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) _exit(FOUND_BROKEN);
    fclose(file);
    text[size] = 0;
    hf_engine *engine = hf_engine_new(
        &(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = HF_TIER_JIT, .features = features_of(text) },
        NULL);
    if (!engine) _exit(FOUND_BROKEN);
    hf_wast_result result = { 0 };
    const hf_code code = hf_wast_run(engine, path, text, (size_t)size, NULL, &result, NULL);
    uint64_t failed = code != HF_OK;
    for (unsigned i = 0; i < HF_WAST_COMMANDS; i++) failed += result.failed[i];
    hf_engine_unref(engine);
    free(text);
    return failed != 0;
}

// A refusal says which instruction of which function it is about, and where.
static bool refusal_is_named(void)
{
    static const char text[] = "(module (func (export \"f\") (param i32) (result i32)"
                               " (i32.load8_u (i32.rotl (local.get 0) (i32.const 3)))) (memory 1))";
    hf_engine *engine =
        hf_engine_new(&(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = HF_TIER_JIT }, NULL);
    hf_module *module = hf_module_new_any(engine, text, strlen(text), NULL);
    hf_status status = hf_status_ok();
    hf_native *native = hf_native_new(module, 0, &status);
    hf_native_free(native);
    const bool good = !native && status.code == HF_UNSUPPORTED && strstr(status.message, "function 0: i32.rotl:") &&
                      status.offset != UINT64_MAX;
    if (!good) fprintf(stderr, "  %s\n", status.message);
    hf_module_unref(module);
    hf_engine_unref(engine);
    return good;
}

static void search(enum plant bug)
{
    alarm(SECONDS);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    planted = bug;
    if (bug == PLANT_REFUSAL && !refusal_is_named()) _exit(FOUND_NOTHING);
    if (differs()) _exit(FOUND_DIFFERENCE);
    for (unsigned i = 0; i < script_count; i++) {
        if (!script_fails(scripts[i])) continue;
        fprintf(stderr, "  %s\n", scripts[i]);
        _exit(FOUND_SCRIPT);
    }
    _exit(FOUND_NOTHING);
}

static bool found(enum plant bug)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) search(bug);
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("plants");
        exit(2);
    }
    const char *how = "by nothing";
    bool good = true;
    if (WIFSIGNALED(status)) {
        how = WTERMSIG(status) == SIGALRM ? "it does not end" : "it dies";
    } else {
        switch (WEXITSTATUS(status)) {
        case FOUND_DIFFERENCE: how = "by the differential run"; break;
        case FOUND_SCRIPT: how = "by a script"; break;
        default: good = false; break;
        }
    }
    if (bug) printf("%s %-72s %s\n", good ? "found " : "MISSED", texts[bug], how);
    return good;
}

int main(int argc, char **argv)
{
    hf_engine *engine =
        hf_engine_new(&(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = HF_TIER_JIT }, NULL);
    if (!engine) {
        printf("no native tier on this machine\n0 passed, 0 failed, %d skipped\n", PLANTS);
        return 0;
    }
    hf_engine_unref(engine);
    for (int i = 1; i < argc; i++) read_folder(argv[i]);
    qsort(scripts, script_count, sizeof *scripts, by_name);
    unsigned passed = 0;
    if (found(PLANT_NONE))
        printf("FAILED: without a bug something is found already\n");
    else
        passed++;
    for (int bug = PLANT_NONE + 1; bug < PLANTS; bug++) passed += found((enum plant)bug);
    printf("%u passed, %u failed\n", passed, PLANTS - passed);
    return passed != PLANTS;
}
