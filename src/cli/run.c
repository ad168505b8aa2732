// run: links a module with WASI, grants what the command line grants, and calls it.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/func.h>
#include <holdfast/linker.h>
#include <holdfast/task.h>
#include <holdfast/text.h>

#include "cli/grant.h"
#include "cli/run.h"
#include "cli/timer.h"
#include "cli/trace.h"
#include "cli/value.h"

enum { FRAMES_SHOWN = 32 };

// ---- how it ended -----------------------------------------------------------------------------------------------------

static void print_backtrace(hf_store *store)
{
    hf_frame frames[FRAMES_SHOWN];
    const size_t count = hf_store_backtrace(store, frames, FRAMES_SHOWN);
    for (size_t i = 0; i < count && i < FRAMES_SHOWN; i++) {
        const hf_frame *const frame = &frames[i];
        fprintf(stderr, "  %2zu: 0x%06" PRIx64 "  ", i, frame->offset);
        if (frame->module_name.size) {
            say_name(stderr, frame->module_name);
            fputc('!', stderr);
        }
        if (frame->func_name.size)
            say_name(stderr, frame->func_name);
        else
            fprintf(stderr, "function %" PRIu32, frame->func);
        if (frame->file.size) {
            fputs("  at ", stderr);
            say_name(stderr, frame->file);
            fprintf(stderr, ":%" PRIu32 ":%" PRIu32, frame->line, frame->column);
        }
        fputc('\n', stderr);
    }
    if (count > FRAMES_SHOWN) fprintf(stderr, "  ... %zu more\n", count - FRAMES_SHOWN);
}

int say_outcome(const struct program *p, const hf_status *status)
{
    switch (status->code) {
    case HF_OK: return EXIT_GOOD;
    case HF_EXITED:
        if (status->exit_code >= 0 && status->exit_code <= 255) return status->exit_code;
        complain("%s: exit status %" PRId32 " is more than a process can have", p->name, status->exit_code);
        return EXIT_ERROR;
    case HF_TRAPPED:
    case HF_EXCEPTION:
        report(p->name, NULL, status);
        print_backtrace(p->store);
        return EXIT_TRAP;
    case HF_OUT_OF_FUEL:
        complain("%s: out of fuel (--fuel %" PRIu64 ")", p->name, p->options->fuel.value);
        return EXIT_TRAP;
    case HF_INTERRUPTED: complain("%s: the time is over (--timeout)", p->name); return EXIT_TRAP;
    default: report(p->name, p->module, status); return EXIT_ERROR;
    }
}

// ---- what is called ---------------------------------------------------------------------------------------------------

static void print_exports_to_call(const struct program *p)
{
    const size_t count = hf_module_export_count(p->module);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        hf_export export;
        if (hf_module_export(p->module, i, &export) || export.type.kind != HF_EXTERN_FUNC) continue;
        fputs(any ? ", " : "; it exports ", stderr);
        say_name(stderr, export.name);
        any = true;
    }
    fputs(any ? "\n" : "; it exports no function\n", stderr);
}

static bool find_func(const struct program *p, const char *name, hf_func *out)
{
    return hf_instance_func(p->store, p->instance, name, out, NULL) == HF_OK;
}

static bool parse_args(const struct program *p, const hf_functype *type, hf_val *args)
{
    const struct options *const o = p->options;
    const uint32_t given = (uint32_t)o->operand_count - 1;
    if (given != type->param_count) {
        fprintf(stderr, "holdfast: %s: %s takes %" PRIu32 " arguments (", p->name, o->invoke, type->param_count);
        for (uint32_t i = 0; i < type->param_count; i++) {
            char name[64];
            fprintf(stderr, "%s%s", i ? " " : "", hf_valtype_name(type->params[i], name, sizeof name));
        }
        fprintf(stderr, "), %" PRIu32 " are given\n", given);
        return false;
    }
    for (uint32_t i = 0; i < given; i++) {
        const char *const word = o->operands[1 + i];
        char name[64];
        if (value_parse(word, type->params[i], &args[i])) continue;
        complain("%s: %s: argument %" PRIu32 " is %s: '%s' is not %s", p->name, o->invoke, i + 1,
                 hf_valtype_name(type->params[i], name, sizeof name), word, value_expected(type->params[i]));
        return false;
    }
    return true;
}

static int invoke(const struct program *p)
{
    hf_status status = hf_status_ok();
    hf_func func;
    hf_functype type;
    if (!find_func(p, p->options->invoke, &func)) {
        fprintf(stderr, "holdfast: %s: there is no exported function '%s'", p->name, p->options->invoke);
        print_exports_to_call(p);
        return EXIT_ERROR;
    }
    if (hf_func_type(p->store, func, &type, &status)) return say_outcome(p, &status);

    hf_val *const values = calloc((size_t)type.param_count + type.result_count + 1, sizeof *values);
    if (!values) {
        complain("out of memory");
        return EXIT_ERROR;
    }
    int result = EXIT_USAGE;
    hf_val *const results = values + type.param_count;
    if (parse_args(p, &type, values)) {
        hf_func_call(p->store, func, values, type.param_count, results, type.result_count, &status);
        result = say_outcome(p, &status);
        for (uint32_t i = 0; i < type.result_count && !status.code; i++) {
            value_print(stdout, &results[i]);
            putchar('\n');
        }
    }
    free(values);
    return result;
}

static bool has_start_section(const hf_module *module)
{
    hf_section section;
    for (size_t i = 0; hf_module_section(module, i, &section) == HF_OK; i++)
        if (section.id == 8) return true;
    return false;
}

static int call(const struct program *p)
{
    hf_status status = hf_status_ok();
    hf_func func;
    // A reactor is set up before anything of it is called.
    if (find_func(p, "_initialize", &func)) {
        hf_func_call(p->store, func, NULL, 0, NULL, 0, &status);
        if (status.code) return say_outcome(p, &status);
    }
    if (p->options->invoke) return invoke(p);
    if (find_func(p, "_start", &func) || find_func(p, "", &func)) {
        hf_func_call(p->store, func, NULL, 0, NULL, 0, &status);
        return say_outcome(p, &status);
    }
    if (has_start_section(p->module)) return EXIT_GOOD; // it has run already
    fprintf(stderr, "holdfast: %s: there is no _start to run; call an export with --invoke", p->name);
    print_exports_to_call(p);
    return EXIT_ERROR;
}

// ---- setting up -------------------------------------------------------------------------------------------------------

static uint64_t limit(struct number number)
{
    // An hf_store_options member of 0 means the default; a limit of 0 is meant as such.
    return !number.given ? 0 : number.value ? number.value : 1;
}

static hf_store *new_store(const struct program *p)
{
    const struct options *const o = p->options;
    const hf_store_options options = {
        .size = sizeof options,
        .max_memory_bytes = limit(o->max_memory),
        .max_table_elements = limit(o->max_table_elements),
        .max_instances = limit(o->max_instances),
        .max_gc_bytes = limit(o->max_gc),
        .max_host_bytes = limit(o->max_host),
        .max_call_bytes = limit(o->max_call),
        .stack_bytes = limit(o->max_stack),
        .max_nesting = limit(o->max_nesting),
        .fuel = o->fuel.value,
        .gc_interval_bytes = o->gc_interval.value,
    };
    hf_status status = hf_status_ok();
    hf_store *const store = hf_store_new(p->engine, &options, &status);
    if (!store) complain("store: %s: %s", hf_code_name(status.code), status.message);
    return store;
}

// NAME=FILE: instantiates FILE and defines its exports.
static int preload(struct program *p, const char *word)
{
    const char *const equals = strchr(word, '=');
    if (!equals || !equals[1]) {
        complain("--preload %s: expected NAME=FILE", word);
        return EXIT_USAGE;
    }
    struct file file;
    if (!file_read(equals + 1, &file)) return EXIT_ERROR;
    int result = EXIT_ERROR;
    hf_module *const module = load_module(p->engine, &file);
    char *const name = strndup(word, (size_t)(equals - word));
    if (module && name) {
        hf_status status = hf_status_ok();
        hf_instance instance;
        if (hf_linker_instantiate(p->linker, p->store, module, &instance, &status) ||
            hf_linker_define_instance(p->linker, name, p->store, instance, &status)) {
            const struct program other = {
                .options = p->options, .name = file.name, .module = module, .store = p->store
            };
            result = say_outcome(&other, &status);
        } else {
            result = EXIT_GOOD;
        }
    }
    free(name);
    hf_module_unref(module);
    file_free(&file);
    return result;
}

static bool link_host(struct program *p)
{
    hf_status status = hf_status_ok();
    p->linker = hf_linker_new(p->engine, &status);
    if (!p->linker || hf_wasi_link(p->linker, p->component ? HF_WASI_0_2 : HF_WASI_0_1, &status) ||
        (p->options->trace_calls && hf_linker_wrap(p->linker, "*", trace_hook, NULL, &status))) {
        complain("linker: %s", status.message);
        return false;
    }
    hf_linker_trap_unknown(p->linker, p->options->trap_unknown);
    return true;
}

static int run(struct program *p)
{
    hf_status status = hf_status_ok();
    if (!link_host(p)) return EXIT_ERROR;
    p->store = new_store(p);
    if (!p->store) return EXIT_ERROR;

    hf_wasi *const wasi = grant(p->options);
    if (!wasi) return EXIT_ERROR;
    if (hf_store_set_wasi(p->store, wasi, &status)) {
        hf_wasi_free(wasi);
        return say_outcome(p, &status);
    }

    const bool timed = p->options->timeout.given;
    struct timer *const timer = timed ? timer_start(p->store, p->options->timeout.value) : NULL;
    if (timed && !timer) return EXIT_ERROR;
    int result = EXIT_GOOD;
    for (size_t i = 0; i < p->options->preload.count && result == EXIT_GOOD; i++)
        result = preload(p, p->options->preload.items[i]);
    if (result == EXIT_GOOD) {
        if (p->component)
            result = run_component(p);
        else if (hf_linker_instantiate(p->linker, p->store, p->module, &p->instance, &status))
            result = say_outcome(p, &status);
        else
            result = call(p);
    }
    timer_stop(timer);
    return result;
}

// Only its bytes tell a component's text from a module's. What is malformed is neither, and reported where it is loaded.
static bool is_component(hf_engine *engine, const struct file *file)
{
    if (file_is_binary(file)) return hf_bytes_are_component(file->data, file->size);
    char *bytes = NULL;
    size_t size = 0;
    FILE *const buffer = open_memstream(&bytes, &size);
    if (!buffer) return false;
    const hf_code code =
        hf_wat_assemble(engine, (const char *)file->data, file->size, true, write_to_file, buffer, NULL);
    const bool found = !fclose(buffer) && !code && hf_bytes_are_component(bytes, size);
    free(bytes);
    return found;
}

static bool load(struct program *p, const struct file *file)
{
    if (!is_component(p->engine, file)) {
        p->module = load_module(p->engine, file);
        return p->module != NULL;
    }
    hf_status status = hf_status_ok();
    p->component = hf_component_new_any(p->engine, file->data, file->size, &status);
    if (!p->component) report(file->name, NULL, &status);
    return p->component != NULL;
}

int verb_run(const struct options *options)
{
    struct file file;
    if (!file_read(options->operands[0], &file)) return EXIT_ERROR;
    struct program p = { .options = options, .name = file.name };
    int result = EXIT_ERROR;
    p.engine = new_engine(options);
    if (p.engine && load(&p, &file)) result = run(&p);
    file_free(&file);
    hf_store_free(p.store);
    hf_linker_free(p.linker);
    hf_module_unref(p.module);
    hf_component_unref(p.component);
    hf_engine_unref(p.engine);
    return result;
}
