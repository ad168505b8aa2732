// usage: wit-tables OUT/NAME FILE.wit...
// Writes OUT/NAME.h, .c and .def from WIT (src/bindgen/tables.c); each file is a package. Runs while the house is built.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindgen/bindgen.h"

static bool read_file(const char *name, struct buf *out)
{
    FILE *const file = fopen(name, "rb");
    if (!file) return false;
    for (uint8_t chunk[4096];;) {
        const size_t got = fread(chunk, 1, sizeof chunk, file);
        buf_put(out, chunk, got);
        if (got < sizeof chunk) break;
    }
    const bool good = !ferror(file) && !out->failed;
    fclose(file);
    return good;
}

static bool write_file(const char *stem, const char *ending, const struct buf *text)
{
    char name[4096];
    if (snprintf(name, sizeof name, "%s%s", stem, ending) >= (int)sizeof name) return false;
    FILE *const file = fopen(name, "wb");
    if (!file) return false;
    const bool good = fwrite(text->data, 1, text->size, file) == text->size;
    return fclose(file) == 0 && good;
}

static int complain(const struct wit *wit, const hf_status *status)
{
    const char *const file = wit->error_file == NO_FILE ? "wit-tables" : wit->files[wit->error_file].name.data;
    fprintf(stderr, "%s:%u:%u: %s\n", file, status->line, status->column, status->message);
    return 1;
}

static int make(struct wit *wit, const char *stem, int count, char **names)
{
    hf_status status = hf_status_ok();
    for (int i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, &alloc_libc);
        hf_code code = HF_SYSTEM;
        if (read_file(names[i], &text))
            code = wit_add(wit, (uint32_t)i, names[i], (const char *)text.data, text.size, &status);
        else
            fprintf(stderr, "wit-tables: cannot read %s\n", names[i]);
        buf_fini(&text);
        if (code == HF_SYSTEM) return 1;
        if (code) return complain(wit, &status);
    }
    if (wit_resolve(wit, &status)) return complain(wit, &status);

    const char *const slash = strrchr(stem, '/');
    struct bindgen_files out;
    buf_init(&out.header, &alloc_libc);
    buf_init(&out.source, &alloc_libc);
    buf_init(&out.rows, &alloc_libc);
    int result = 1;
    if (bindgen_tables(wit, slash ? slash + 1 : stem, &out, &status))
        complain(wit, &status);
    else if (write_file(stem, ".h", &out.header) && write_file(stem, ".c", &out.source) &&
             write_file(stem, ".def", &out.rows))
        result = 0;
    else
        fprintf(stderr, "wit-tables: cannot write %s\n", stem);
    buf_fini(&out.header);
    buf_fini(&out.source);
    buf_fini(&out.rows);
    return result;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: wit-tables OUT/NAME FILE.wit...\n");
        return 2;
    }
    struct wit wit;
    const struct wit_options options = { .all_features = true };
    wit_init(&wit, &options, &alloc_libc);
    const int result = make(&wit, argv[1], argc - 2, argv + 2);
    wit_fini(&wit);
    return result;
}
