// objdump: sections and code as a listing.
#include <inttypes.h>

#include <holdfast/native.h>
#include <holdfast/text.h>

#include "cli/cli.h"

// One function with its native code; imported ones have none.
static hf_code dump_native(hf_module *module, uint32_t func, hf_status *status)
{
    const hf_code code = hf_module_dump(module, func, write_to_file, stdout, status);
    if (code || hf_module_func_imported(module, func)) return code;
    return hf_native_dump(module, func, write_to_file, stdout, status);
}

static hf_code dump(hf_module *module, const struct options *options, uint32_t func, hf_status *status)
{
    if (!options->native) return hf_module_dump(module, func, write_to_file, stdout, status);
    if (func != UINT32_MAX) return dump_native(module, func, status);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < hf_module_func_count(module) && !code; i++) code = dump_native(module, i, status);
    return code;
}

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
        if (dump(module, options, (uint32_t)func, &status))
            report(file.name, module, &status);
        else
            result = EXIT_GOOD;
    }
    hf_module_unref(module);
    hf_engine_unref(engine);
    file_free(&file);
    return result;
}
