// validate: decodes and checks modules.
#include "cli/cli.h"

int verb_validate(const struct options *options)
{
    hf_engine *const engine = new_engine(options);
    if (!engine) return EXIT_ERROR;
    int result = EXIT_GOOD;
    for (int i = 0; i < options->operand_count; i++) {
        struct file file;
        hf_module *module = NULL;
        if (file_read(options->operands[i], &file)) {
            module = load_module(engine, &file);
            file_free(&file);
        }
        if (!module) result = EXIT_ERROR;
        hf_module_unref(module);
    }
    hf_engine_unref(engine);
    return result;
}
