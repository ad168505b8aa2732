// objdump: sections and code as a listing.
#include <inttypes.h>

#include <holdfast/text.h>

#include "cli/cli.h"

int verb_objdump(const struct options *options)
{
    if (options->operand_count != 1) {
        complain("objdump takes one file");
        return EXIT_USAGE;
    }
    struct file file;
    if (!file_read(options->operands[0], &file)) return EXIT_ERROR;
    int result = EXIT_ERROR;
    hf_engine *const engine = new_engine(options);
    hf_module *const module = engine ? load_module(engine, &file) : NULL;
    const uint64_t func = options->function.given ? options->function.value : UINT32_MAX;
    if (module && options->function.given && func >= hf_module_func_count(module)) {
        complain("%s: there is no function %" PRIu64 "; the module has %" PRIu32, file.name, func,
                 hf_module_func_count(module));
    } else if (module) {
        hf_status status = hf_status_ok();
        if (hf_module_dump(module, (uint32_t)func, write_to_file, stdout, &status))
            report(file.name, module, &status);
        else
            result = EXIT_GOOD;
    }
    hf_module_unref(module);
    hf_engine_unref(engine);
    file_free(&file);
    return result;
}
