// validate: decodes and checks modules and components.
#include <holdfast/component.h>
#include <holdfast/text.h>

#include <stdlib.h>

#include "cli/cli.h"

static bool check_component(hf_engine *engine, const struct file *file, const void *bytes, size_t size)
{
    hf_status status = hf_status_ok();
    hf_component *const component = hf_component_new(engine, bytes, size, &status);
    if (!component) report(file->name, NULL, &status);
    hf_component_unref(component);
    return component != NULL;
}

static bool check_module(hf_engine *engine, const struct file *file)
{
    hf_module *const module = load_module(engine, file);
    hf_module_unref(module);
    return module != NULL;
}

// Only its bytes tell a component's text from a module's.
static bool check_text(hf_engine *engine, const struct file *file)
{
    hf_status status = hf_status_ok();
    char *bytes = NULL;
    size_t size = 0;
    FILE *const buffer = open_memstream(&bytes, &size);
    bool good = false;
    if (!buffer) {
        complain("out of memory");
        return false;
    }
    const hf_code code =
        hf_wat_assemble(engine, (const char *)file->data, file->size, true, write_to_file, buffer, &status);
    if (fclose(buffer))
        complain("out of memory");
    else if (code)
        report(file->name, NULL, &status);
    else
        good = hf_bytes_are_component(bytes, size) ? check_component(engine, file, bytes, size)
                                                   : check_module(engine, file);
    free(bytes);
    return good;
}

static bool check(hf_engine *engine, const struct file *file)
{
    if (!file_is_binary(file)) return check_text(engine, file);
    if (hf_bytes_are_component(file->data, file->size)) return check_component(engine, file, file->data, file->size);
    return check_module(engine, file);
}

int verb_validate(const struct options *options)
{
    hf_engine *const engine = new_engine(options);
    if (!engine) return EXIT_ERROR;
    int result = EXIT_GOOD;
    for (int i = 0; i < options->operand_count; i++) {
        struct file file;
        if (!file_read(options->operands[i], &file)) {
            result = EXIT_ERROR;
            continue;
        }
        if (!check(engine, &file)) result = EXIT_ERROR;
        file_free(&file);
    }
    hf_engine_unref(engine);
    return result;
}
