// wat: text to bytes, and bytes to formatted text.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <holdfast/text.h>

#include "cli/cli.h"

static bool translate(hf_engine *engine, const struct options *options, const struct file *file, FILE *out)
{
    hf_status status = hf_status_ok();
    if (!file_is_binary(file)) {
        if (hf_wat_assemble(engine, (const char *)file->data, file->size, !options->no_names, write_to_file, out,
                            &status)) {
            report(file->name, NULL, &status);
            return false;
        }
        return true;
    }
    hf_module *const module = load_module(engine, file);
    if (!module) return false;
    const hf_print_options print = {
        .size = sizeof print,
        .folded = options->folded,
        .no_names = options->no_names,
        .offsets = options->offsets,
        .skeleton = options->skeleton,
    };
    const bool good = hf_module_print(module, &print, write_to_file, out, &status) == HF_OK;
    if (!good) report(file->name, module, &status);
    hf_module_unref(module);
    return good;
}

int verb_wat(const struct options *options)
{
    if (options->operand_count != 1) {
        complain("wat takes one file");
        return EXIT_USAGE;
    }
    struct file file;
    if (!file_read(options->operands[0], &file)) return EXIT_ERROR;
    if (!options->output && !file_is_binary(&file) && isatty(STDOUT_FILENO)) {
        complain("bytes are not for a terminal; name a file with -o");
        file_free(&file);
        return EXIT_USAGE;
    }
    int result = EXIT_ERROR;
    hf_engine *const engine = new_engine(options);
    if (engine) {
        // Nothing is written before the input is known to be good.
        char *text = NULL;
        size_t size = 0;
        FILE *const buffer = open_memstream(&text, &size);
        const bool good = buffer && translate(engine, options, &file, buffer);
        if (!buffer) complain("out of memory");
        if (buffer && fclose(buffer) == 0 && good) {
            FILE *const out = options->output ? fopen(options->output, "wb") : stdout;
            bool written = out && fwrite(text, 1, size, out) == size;
            if (out && (options->output ? fclose(out) : fflush(out))) written = false;
            if (!written) complain("%s: %s", options->output ? options->output : "standard output", strerror(errno));
            if (written) result = EXIT_GOOD;
        }
        free(text);
    }
    hf_engine_unref(engine);
    file_free(&file);
    return result;
}
