/* How fast modules are compiled, how much memory that takes, and how soon a module can run.
 *
 * usage: compile FILE.wasm [ROUNDS]
 * Prints for the file: decoding and validating on one thread and as many as the engine takes; compiling all functions on one
 * thread, in MB of code section a second, for each tier; what compiled code takes in multiples of the code section; the time
 * to a module that can be instantiated, by default, with a stored verdict and with lazy validation. The best of the rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <holdfast.h>

struct input {
    void *bytes;
    size_t size;
    double code; /* bytes of the code section */
    int rounds;
};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct book {
    uint8_t hash[32];
    uint64_t notes;
    bool kept;
} book;

static bool find(void *ctx, const uint8_t hash[32], uint64_t *notes)
{
    const struct book *b = ctx;
    *notes = b->notes;
    return b->kept && memcmp(b->hash, hash, 32) == 0;
}

static void keep(void *ctx, const uint8_t hash[32], uint64_t notes)
{
    struct book *b = ctx;
    memcpy(b->hash, hash, 32);
    b->notes = notes;
    b->kept = true;
}

/* Seconds to make the module, the best of the rounds: of the processor for one thread, else as they pass. `stats` of the last. */
static double make(struct input *in, hf_engine_options options, hf_native_stats *stats)
{
    double best = 1e9;
    const clockid_t clock = options.compile_threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    options.size = sizeof options;
    options.features = HF_FEATURE_THREADS | HF_FEATURE_LEGACY_EXCEPTIONS;
    for (int i = 0; i < in->rounds; i++) {
        hf_status status = hf_status_ok();
        hf_engine *engine = hf_engine_new(&options, &status);
        const double begin = now(clock);
        hf_module *module = engine ? hf_module_new(engine, in->bytes, in->size, &status) : NULL;
        const double seconds = now(clock) - begin;
        if (!module) {
            fprintf(stderr, "compile: %s: %s\n", hf_code_name(status.code), status.message);
            exit(1);
        }
        if (seconds < best) best = seconds;
        if (stats) {
            stats->size = sizeof *stats;
            hf_module_native_stats(module, stats);
        }
        for (size_t s = 0; s < hf_module_section_count(module); s++) {
            hf_section section;
            if (hf_module_section(module, s, &section) == HF_OK && section.id == 10) in->code = (double)section.size;
        }
        hf_module_unref(module);
        hf_engine_unref(engine);
    }
    return best;
}

static void read_input(const char *path, struct input *in)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) {
        perror(path);
        exit(2);
    }
    in->size = (size_t)ftell(file);
    in->bytes = malloc(in->size);
    rewind(file);
    if (!in->bytes || fread(in->bytes, 1, in->size, file) != in->size) exit(2);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: compile FILE.wasm [ROUNDS]\n");
        return 2;
    }
    struct input in = { .rounds = argc > 2 ? atoi(argv[2]) : 5 };
    read_input(argv[1], &in);
    const hf_verdicts verdicts = { &book, find, keep };
    const double one = make(&in, (hf_engine_options){ .compile_threads = 1 }, NULL);
    printf("%s: %.2f MB, code section %.2f MB\n", argv[1], (double)in.size / 1e6, in.code / 1e6);
    printf("made, one thread         %8.2f ms  %6.1f MB/s\n", one * 1e3, in.code / 1e6 / one);
    static const struct {
        const char *name;
        hf_tier tier;
    } tiers[] = { { "interp", HF_TIER_INTERP }, { "jit", HF_TIER_JIT } };
    for (int i = 0; i < 2; i++) {
        hf_native_stats stats = { .size = sizeof stats };
        hf_engine *probe =
            hf_engine_new(&(hf_engine_options){ .size = sizeof(hf_engine_options), .tier = tiers[i].tier }, NULL);
        if (!probe) continue;
        hf_engine_unref(probe);
        const double all =
            make(&in, (hf_engine_options){ .compile_threads = 1, .eager = true, .tier = tiers[i].tier }, &stats);
        printf("compiled, %-6s         %8.2f ms  %6.1f MB/s  code %.2fx, beside it %.2fx, together %.2fx\n",
               tiers[i].name, (all - one) * 1e3, in.code / 1e6 / (all - one), (double)stats.code_bytes / in.code,
               (double)stats.side_bytes / in.code, (double)(stats.code_bytes + stats.side_bytes) / in.code);
    }
    make(&in, (hf_engine_options){ .verdicts = &verdicts }, NULL);
    printf("ready, two threads       %8.2f ms\n", make(&in, (hf_engine_options){ .compile_threads = 2 }, NULL) * 1e3);
    printf("ready, stored verdict    %8.2f ms\n", make(&in, (hf_engine_options){ .verdicts = &verdicts }, NULL) * 1e3);
    printf("ready, lazy validation   %8.2f ms\n",
           make(&in, (hf_engine_options){ .lazy_validation = true }, NULL) * 1e3);
    free(in.bytes);
    return 0;
}
