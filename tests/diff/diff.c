// Generates modules and runs each on every variant of the engine; all have to say the same.
//
// usage: diff [--from SEED] [--count N] [--seconds N] [--size N] [--only SWITCH,…] [--without SWITCH,…] [--all]
//             [--single | --every-fuel] [--show] [--verbose]
//        diff --emit FILE --results FILE …    writes modules, calls and what they gave, for another engine to compare
//        diff --emit FILE --results FILE --mutants …    modules with an edit or two, and whether they are valid
// A seed that differs is printed with the command that shows it. The last line counts modules.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run.h"

struct driver {
    struct gen_options gen;
    uint64_t from, count;
    double seconds;
    bool single, show, verbose, mutants, every_fuel;
    double least_returned; // share of calls that have to return
    const char *emit_path, *results_path, *self;
    char switches[1024]; // as they were given, to be printed
    struct variant variants[VARIANTS];
    struct run_counts counts;
    uint64_t passed, failed;
};

static void out_of_memory(void)
{
    fprintf(stderr, "diff: out of memory\n");
    exit(2);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// --- comparing ---------------------------------------------------------------------------------------------------

static bool same(const struct buf *a, const struct buf *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

// The first lines that differ.
static void show_difference(const char *name, const struct buf *want, const char *other, const struct buf *have)
{
    size_t i = 0, line = 0;
    while (i < want->size && i < have->size && want->data[i] == have->data[i]) {
        if (want->data[i] == '\n') line = i + 1;
        i++;
    }
    const struct {
        const char *name;
        const struct buf *text;
    } both[] = { { name, want }, { other, have } };
    for (int k = 0; k < 2; k++) {
        const struct buf *text = both[k].text;
        if (line >= text->size) {
            printf("    %-16s (ends)\n", both[k].name);
            continue;
        }
        const uint8_t *end = memchr(text->data + line, '\n', text->size - line);
        const size_t size = end ? (size_t)(end - text->data) - line : text->size - line;
        printf("    %-16s %.*s\n", both[k].name, (int)size, (const char *)text->data + line);
    }
}

static void print_command(const struct driver *d, uint64_t seed)
{
    printf("    reproduce: %s%s%s --from %" PRIu64 " --count 1 --show\n", d->self, d->switches,
           d->single ? " --single" : "", seed);
}

// Runs the module of a seed on every variant. Returns whether all agree.
static bool compare(struct driver *d, uint64_t seed)
{
    struct buf module, text[VARIANTS], fuel[VARIANTS];
    buf_init(&module, &alloc_libc);
    struct dna dna;
    dna_from_seed(&dna, seed);
    if (d->single)
        gen_single(&d->gen, &module);
    else
        gen_module(&dna, &d->gen, &module);
    if (module.failed) out_of_memory();

    bool good = true;
    int first_fuel = -1;
    for (unsigned i = 0; i < VARIANTS; i++) {
        const struct variant *v = &d->variants[i];
        buf_init(&text[i], &alloc_libc);
        buf_init(&fuel[i], &alloc_libc);
        if (!v->engine) continue;
        const struct run_options options = { .seed = ~seed, .gc_interval = v->gc_interval, .calls = 2 };
        if (d->every_fuel) {
            // Only where fuel is counted; the first of these is what the others are compared with.
            if (v->fuel) d->counts.calls += run_every_fuel(v->engine, &module, &options, &fuel[i]);
        } else if (d->single)
            run_single(v->engine, &module, &d->gen, &options, &text[i], &d->counts);
        else
            run_module(v->engine, &module, &options, &text[i], v->fuel ? &fuel[i] : NULL, NULL, &d->counts);
        if (text[i].failed || fuel[i].failed) out_of_memory();
        // A module that is refused is a failure too, although all refuse it.
        const bool refused = text[i].size > 7 && memcmp(text[i].data, "module ", 7) == 0;
        if (i == 0) {
            if (d->show) printf("%.*s", (int)text[0].size, (const char *)text[0].data);
            if (refused) {
                printf("seed %" PRIu64 ": refused: %.*s", seed, (int)text[0].size, (const char *)text[0].data);
                good = false;
            }
            continue;
        }
        if (!same(&text[0], &text[i])) {
            printf("seed %" PRIu64 ": FAILED: %s and %s differ\n", seed, d->variants[0].name, v->name);
            show_difference(d->variants[0].name, &text[0], v->name, &text[i]);
            good = false;
        }
        if (!v->fuel) continue;
        if (first_fuel < 0) {
            first_fuel = (int)i;
        } else if (!same(&fuel[first_fuel], &fuel[i])) {
            printf("seed %" PRIu64 ": FAILED: %s and %s burn different fuel\n", seed, d->variants[first_fuel].name,
                   v->name);
            show_difference(d->variants[first_fuel].name, &fuel[first_fuel], v->name, &fuel[i]);
            good = false;
        }
    }
    if (!good) print_command(d, seed);
    buf_fini(&module);
    for (unsigned i = 0; i < VARIANTS; i++) {
        buf_fini(&text[i]);
        buf_fini(&fuel[i]);
    }
    return good;
}

static void run_all(struct driver *d)
{
    const double begin = now();
    for (uint64_t i = 0; d->count == 0 || i < d->count; i++) {
        if (d->seconds > 0 && now() - begin > d->seconds) break;
        if (d->verbose) printf("seed %" PRIu64 "\n", d->from + i);
        fflush(stdout);
        if (compare(d, d->from + i))
            d->passed++;
        else
            d->failed++;
        if (d->single) break;
    }
    const double returned = d->counts.calls ? 1 - (double)d->counts.traps / (double)d->counts.calls : 1;
    if (returned < d->least_returned) {
        printf("FAILED: only %.0f %% of the calls returned: the others say little\n", 100 * returned);
        d->failed++;
    }
    printf("%" PRIu64 " calls, of which %" PRIu64 " did not return; %.0f modules/s\n", d->counts.calls, d->counts.traps,
           (double)(d->passed + d->failed) / (now() - begin));
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", d->passed, d->failed);
}

// --- for another engine ----------------------------------------------------------------------------------------------

static FILE *open_output(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(2);
    }
    return file;
}

static void put_blob(FILE *file, const struct buf *blob)
{
    const uint8_t size[4] = { (uint8_t)blob->size, (uint8_t)(blob->size >> 8), (uint8_t)(blob->size >> 16),
                              (uint8_t)(blob->size >> 24) };
    fwrite(size, 1, 4, file);
    if (blob->size) fwrite(blob->data, 1, blob->size, file);
}

// What this engine thinks of a mutant: ok, or which code.
static void judge(hf_engine *engine, const struct buf *module, struct buf *text)
{
    hf_status status = hf_status_ok();
    hf_module *m = hf_module_new(engine, module->data, module->size, &status);
    if (m)
        buf_str(text, "valid = yes\n");
    else
        buf_printf(text, "valid = no, %s: %s\n", hf_code_name(status.code), status.message);
    hf_module_unref(m);
}

// Each record of the two files is: seed in text, module, calls; and seed in text, results.
static void emit_all(struct driver *d)
{
    FILE *modules = open_output(d->emit_path), *results = open_output(d->results_path);
    for (uint64_t i = 0; i < d->count; i++) {
        const uint64_t seed = d->from + i;
        struct buf name, module, mutant, calls, text;
        buf_init(&name, &alloc_libc);
        buf_init(&module, &alloc_libc);
        buf_init(&mutant, &alloc_libc);
        buf_init(&calls, &alloc_libc);
        buf_init(&text, &alloc_libc);
        buf_printf(&name, "%" PRIu64, seed);
        struct dna dna;
        dna_from_seed(&dna, seed);
        const struct run_options options = { .seed = ~seed, .classes = true, .calls = 2 };
        hf_engine *engine = d->variants[0].engine;
        if (d->single) {
            gen_single(&d->gen, &module);
            unsigned operands;
            const char *op;
            for (unsigned k = 0; (op = gen_single_name(&d->gen, k, &operands)); k++)
                buf_printf(&calls, "o%u %s %u\n", k, op, operands);
            run_single(engine, &module, &d->gen, &options, &text, &d->counts);
        } else {
            gen_module(&dna, &d->gen, &module);
            if (d->mutants) {
                gen_mutate(&dna, module.data, module.size, &mutant);
                judge(engine, &mutant, &text);
            } else {
                run_module(engine, &module, &options, &text, NULL, &calls, &d->counts);
            }
        }
        if (name.failed || module.failed || mutant.failed || calls.failed || text.failed) out_of_memory();
        put_blob(modules, &name);
        put_blob(modules, d->mutants ? &mutant : &module);
        put_blob(modules, &calls);
        put_blob(results, &name);
        put_blob(results, &text);
        buf_fini(&name);
        buf_fini(&module);
        buf_fini(&mutant);
        buf_fini(&calls);
        buf_fini(&text);
    }
    if (fclose(modules) != 0 || fclose(results) != 0) {
        perror("diff");
        exit(2);
    }
}

// --- the command line --------------------------------------------------------------------------------------------------

static uint32_t read_switches(const char *list)
{
    uint32_t switches = 0;
    while (*list) {
        const size_t size = strcspn(list, ",");
        const uint32_t bit = gen_switch_find(list, size);
        if (!bit) {
            fprintf(stderr, "diff: no switch %.*s\n", (int)size, list);
            exit(2);
        }
        switches |= bit;
        list += size + (list[size] == ',');
    }
    return switches;
}

// Keeps an option for the command that reproduces a failure.
static void keep(struct driver *d, const char *option, const char *value)
{
    const size_t used = strlen(d->switches);
    snprintf(d->switches + used, sizeof d->switches - used, " %s%s%s", option, value ? " " : "", value ? value : "");
}

static void read_options(struct driver *d, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool takes = true;
        if (strcmp(option, "--from") == 0 && value)
            d->from = strtoull(value, NULL, 0);
        else if (strcmp(option, "--count") == 0 && value)
            d->count = strtoull(value, NULL, 0);
        else if (strcmp(option, "--seconds") == 0 && value)
            d->seconds = strtod(value, NULL);
        else if (strcmp(option, "--emit") == 0 && value)
            d->emit_path = value;
        else if (strcmp(option, "--results") == 0 && value)
            d->results_path = value;
        else if (strcmp(option, "--size") == 0 && value) {
            d->gen.size = (uint32_t)strtoul(value, NULL, 0);
            keep(d, option, value);
        } else if (strcmp(option, "--only") == 0 && value) {
            d->gen.switches = read_switches(value);
            keep(d, option, value);
        } else if (strcmp(option, "--without") == 0 && value) {
            d->gen.switches &= ~read_switches(value);
            keep(d, option, value);
        } else {
            takes = false;
            if (strcmp(option, "--all") == 0) {
                d->gen.swarm = false;
                keep(d, option, NULL);
            } else if (strcmp(option, "--single") == 0)
                d->single = true;
            else if (strcmp(option, "--every-fuel") == 0) {
                d->every_fuel = true;
                d->gen.size = 60;
                keep(d, option, NULL);
            } else if (strcmp(option, "--mutants") == 0)
                d->mutants = true;
            else if (strcmp(option, "--show") == 0)
                d->show = true;
            else if (strcmp(option, "--verbose") == 0)
                d->verbose = true;
            else {
                fprintf(stderr, "diff: what is %s? See the top of tests/diff/diff.c\n", option);
                exit(2);
            }
        }
        i += takes;
    }
}

int main(int argc, char **argv)
{
    struct driver d = { .gen = { .switches = GEN_ALL, .swarm = true }, .from = 1, .count = 100, .self = argv[0] };
    read_options(&d, argc, argv);
    if (!d.emit_path != !d.results_path) {
        fprintf(stderr, "diff: --emit and --results belong together\n");
        return 2;
    }
    if (d.emit_path) d.gen.canonical = true;
    if (!d.single && d.count >= 100) d.least_returned = 0.6;
    if (d.single && d.count > 1) d.count = 1;
    hf_status status = hf_status_ok();
    if (!variants_open(d.variants, &status)) {
        fprintf(stderr, "diff: %s: %s\n", hf_code_name(status.code), status.message);
        return 2;
    }
    if (d.emit_path) {
        emit_all(&d);
    } else {
        for (unsigned i = 0; i < VARIANTS; i++)
            if (!d.variants[i].engine) printf("skipped variant %s: not in this build\n", d.variants[i].name);
        run_all(&d);
    }
    variants_close(d.variants);
    return d.failed != 0;
}
