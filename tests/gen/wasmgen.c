// usage: wasmgen [--size N] [--only SWITCH,…] [--without SWITCH,…] [--all] [--canonical] [--single] [--mutate] SEED FILE
//        wasmgen … --dna INPUT FILE
// Writes the module of a seed, or of a file of choices, to FILE.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static uint32_t read_switches(const char *list)
{
    uint32_t switches = 0;
    while (*list) {
        const size_t size = strcspn(list, ",");
        const uint32_t bit = gen_switch_find(list, size);
        if (!bit) {
            fprintf(stderr, "wasmgen: no switch %.*s\n", (int)size, list);
            exit(2);
        }
        switches |= bit;
        list += size + (list[size] == ',');
    }
    return switches;
}

static void usage(void)
{
    fprintf(stderr, "usage: wasmgen [--size N] [--only SWITCH,...] [--without SWITCH,...] [--all] [--canonical]\n"
                    "               [--single] [--mutate] [--dna INPUT | SEED] FILE\n"
                    "switches:");
#define SWITCH(name, bit, text) fprintf(stderr, " " text);
#include "switches.def"
#undef SWITCH
    fprintf(stderr, "\n");
    exit(2);
}

static void read_all(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    uint8_t chunk[4096];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;) buf_put(out, chunk, got);
    fclose(file);
}

int main(int argc, char **argv)
{
    struct gen_options options = { .switches = GEN_ALL, .swarm = true };
    bool single = false, mutate = false;
    const char *input = NULL;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--size") == 0 && i + 1 < argc)
            options.size = (uint32_t)strtoul(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            options.switches = read_switches(argv[++i]);
        else if (strcmp(argv[i], "--without") == 0 && i + 1 < argc)
            options.switches &= ~read_switches(argv[++i]);
        else if (strcmp(argv[i], "--all") == 0)
            options.swarm = false;
        else if (strcmp(argv[i], "--canonical") == 0)
            options.canonical = true;
        else if (strcmp(argv[i], "--single") == 0)
            single = true;
        else if (strcmp(argv[i], "--mutate") == 0)
            mutate = true;
        else if (strcmp(argv[i], "--dna") == 0 && i + 1 < argc)
            input = argv[++i];
        else
            usage();
    }
    if (argc - i != (input ? 1 : 2)) usage();

    struct dna dna;
    struct buf dna_bytes, module, mutant;
    buf_init(&dna_bytes, &alloc_libc);
    buf_init(&module, &alloc_libc);
    buf_init(&mutant, &alloc_libc);
    if (input) {
        read_all(input, &dna_bytes);
        dna_from_bytes(&dna, dna_bytes.data, dna_bytes.size);
    } else {
        dna_from_seed(&dna, strtoull(argv[i++], NULL, 0));
    }
    if (single)
        gen_single(&options, &module);
    else
        gen_module(&dna, &options, &module);
    if (mutate && !module.failed) gen_mutate(&dna, module.data, module.size, &mutant);
    const struct buf *result = mutate ? &mutant : &module;
    if (result->failed) {
        fprintf(stderr, "wasmgen: out of memory\n");
        return 2;
    }
    FILE *file = fopen(argv[i], "wb");
    if (!file || fwrite(result->data, 1, result->size, file) != result->size || fclose(file) != 0) {
        perror(argv[i]);
        return 2;
    }
    buf_fini(&dna_bytes);
    buf_fini(&module);
    buf_fini(&mutant);
    return 0;
}
