// WIT texts of any kind; what is accepted is printed, read again and printed the same, and C is written from it.
#include <stdint.h>
#include <stdlib.h>

#include "bindgen/bindgen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hf_code read_text(struct wit *wit, const uint8_t *data, size_t size)
{
    hf_status status = hf_status_ok();
    hf_code code = wit_add(wit, 0, "a.wit", (const char *)data, size, &status);
    if (!code) code = wit_resolve(wit, &status);
    if (code && (!status.message[0] || (code != HF_OUT_OF_MEMORY && wit->error_file == NO_FILE))) abort();
    return code;
}

static void round_trip(const struct wit *wit)
{
    const struct wit_options options = { .all_features = true };
    struct buf text, again;
    struct wit second;
    buf_init(&text, &alloc_libc);
    buf_init(&again, &alloc_libc);
    wit_init(&second, &options, &alloc_libc);
    wit_print_all(&text, wit, 0);
    if (read_text(&second, text.data, text.size)) abort();
    wit_print_all(&again, &second, 0);
    if (again.size != text.size || __builtin_memcmp(again.data, text.data, text.size) != 0) abort();
    wit_fini(&second);
    buf_fini(&text);
    buf_fini(&again);
}

static void write_c(const struct wit *wit)
{
    hf_status status = hf_status_ok();
    struct bindgen_files files;
    buf_init(&files.header, &alloc_libc);
    buf_init(&files.source, &alloc_libc);
    buf_init(&files.rows, &alloc_libc);
    if (bindgen_tables(wit, "tables", &files, &status)) abort();
    for (size_t p = 0; p < wit->package_count; p++) {
        for (uint32_t w = 0; w < wit->packages[p]->world_count; w++) {
            status = hf_status_ok();
            const hf_code code = bindgen_guest(wit, wit->packages[p]->worlds[w], "guest", &files, &status);
            if (code && code != HF_UNSUPPORTED && code != HF_LIMIT) abort();
        }
    }
    buf_fini(&files.header);
    buf_fini(&files.source);
    buf_fini(&files.rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wit_options options = { .all_features = true };
    struct wit wit;
    wit_init(&wit, &options, &alloc_libc);
    if (!read_text(&wit, data, size)) {
        round_trip(&wit);
        write_c(&wit);
    }
    wit_fini(&wit);
    return 0;
}
