// How errors are said, and what several commands do alike.
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cli/cli.h"

void complain(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("holdfast: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

void say_name(FILE *out, hf_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        const unsigned char c = (unsigned char)name.data[i];
        // C1 control characters are two bytes in UTF-8: 0xc2 and one below 0xa0.
        const bool c1 = c == 0xc2 && i + 1 < name.size && (unsigned char)name.data[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1)
            fprintf(out, "\\%02x", c);
        else
            fputc(c, out);
        if (c1) fprintf(out, "\\%02x", (unsigned char)name.data[++i]);
    }
}

void report(const char *file, const hf_module *module, const hf_status *status)
{
    fprintf(stderr, "holdfast: %s", file);
    if (status->line) fprintf(stderr, ":%" PRIu32 ":%" PRIu32, status->line, status->column);
    fprintf(stderr, ": %s", hf_code_name(status->code));
    fputs(": ", stderr);
    say_name(stderr, (hf_str){ status->message, strnlen(status->message, sizeof status->message) });
    const bool has_func = status->func != UINT32_MAX, has_offset = status->offset != UINT64_MAX && !status->line;
    if (has_func || has_offset) {
        fputs(" (", stderr);
        if (has_func) {
            fprintf(stderr, "function %" PRIu32, status->func);
            const hf_str name = module ? hf_module_func_name(module, status->func) : (hf_str){ 0 };
            if (name.size) {
                fputs(" \"", stderr);
                say_name(stderr, name);
                fputc('"', stderr);
            }
        }
        if (has_offset) fprintf(stderr, "%soffset 0x%" PRIx64, has_func ? ", " : "", status->offset);
        fputc(')', stderr);
    }
    fputc('\n', stderr);
}

hf_engine *new_engine(const struct options *options)
{
    const hf_engine_options engine_options = {
        .size = sizeof engine_options,
        .tier = options->native ? HF_TIER_JIT : (hf_tier)options->tier,
        .interp = (hf_interp)options->interp,
        .features = options->enable,
        .fuel = options->fuel.given,
        .interruptible = options->timeout.given,
        .deterministic = options->deterministic,
        .no_signals = options->no_signals,
        .no_reservation = options->no_reservation,
        .no_spectre_masks = options->no_spectre_masks,
        .lazy_validation = options->lazy_validation,
        .eager = options->eager,
        .profile = options->profile ? UINT32_C(1) << (options->profile - 1) : 0,
    };
    hf_status status = hf_status_ok();
    hf_engine *const engine = hf_engine_new(&engine_options, &status);
    if (!engine) complain("engine: %s: %s", hf_code_name(status.code), status.message);
    return engine;
}

hf_module *load_module(hf_engine *engine, const struct file *file)
{
    hf_status status = hf_status_ok();
    hf_module *const module = hf_module_new_any(engine, file->data, file->size, &status);
    if (!module) report(file->name, NULL, &status);
    return module;
}
