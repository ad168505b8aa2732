// A module made of the input runs on two variants of the engine, which have to say the same.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, const char *what, const struct buf *a, const struct buf *b)
{
    if (good) return;
    fprintf(stderr, "%s\n---- one\n%.*s---- other\n%.*s", what, (int)a->size, (const char *)a->data, (int)b->size,
            (const char *)b->data);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct variant variants[VARIANTS];
    if (!variants[0].engine) {
        hf_status status = hf_status_ok();
        if (!variants_open(variants, &status)) {
            fprintf(stderr, "%s\n", status.message);
            abort();
        }
    }
    if (size < 2) return 0;
    const struct variant *other = &variants[1 + data[0] % (VARIANTS - 1)];
    if (!other->engine) return 0;

    struct buf module, texts[2];
    buf_init(&module, &alloc_libc);
    struct dna dna;
    dna_from_bytes(&dna, data + 1, size - 1);
    const struct gen_options gen = { .switches = GEN_ALL, .swarm = true };
    gen_module(&dna, &gen, &module);
    struct run_counts counts = { 0 };
    for (int i = 0; i < 2; i++) {
        const struct variant *v = i ? other : &variants[0];
        const struct run_options options = { .seed = size, .gc_interval = v->gc_interval, .calls = 1 };
        buf_init(&texts[i], &alloc_libc);
        run_module(v->engine, &module, &options, &texts[i], NULL, NULL, &counts);
    }
    check(texts[0].size < 7 || memcmp(texts[0].data, "module ", 7) != 0, "refused", &texts[0], &texts[1]);
    check(texts[0].size == texts[1].size && (!texts[0].size || !memcmp(texts[0].data, texts[1].data, texts[0].size)),
          other->name, &texts[0], &texts[1]);
    buf_fini(&module);
    for (int i = 0; i < 2; i++) buf_fini(&texts[i]);
    return 0;
}
