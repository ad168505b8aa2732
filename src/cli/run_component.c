// run, for components: the command of WASI, or any export with arguments in WAVE.
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

// Memory for values, all freed at once.
struct values {
    struct values *next;
};

static void *place(void *ctx, size_t size)
{
    enum { HEAD = 16 }; // what follows is aligned to 16
    struct values **const values = ctx;
    struct values *const block = size <= SIZE_MAX - HEAD ? calloc(1, HEAD + size) : NULL;
    if (!block) return NULL;
    block->next = *values;
    *values = block;
    return (char *)block + HEAD;
}

static void free_values(struct values *values)
{
    while (values) {
        struct values *const next = values->next;
        free(values);
        values = next;
    }
}

static int print_value(const struct program *p, const hf_type *type, const void *value)
{
    hf_status status = hf_status_ok();
    size_t size = 0;
    if (hf_value_print(type, value, NULL, 0, &size, &status)) return say_outcome(p, &status);
    char *const text = malloc(size + 1);
    if (!text) {
        complain("out of memory");
        return EXIT_ERROR;
    }
    hf_value_print(type, value, text, size + 1, &size, &status);
    fwrite(text, 1, size, stdout);
    putchar('\n');
    free(text);
    return EXIT_GOOD;
}

static void print_exports(const hf_component *component)
{
    hf_item item, inner;
    const char *before = "; it exports ";
    for (size_t i = 0; hf_component_export(component, i, &item) == HF_OK; i++) {
        for (size_t k = 0; item.kind == HF_ITEM_INSTANCE && hf_component_item(component, item.id, k, &inner) == HF_OK;
             k++) {
            if (inner.kind != HF_ITEM_FUNC) continue;
            fputs(before, stderr);
            say_name(stderr, item.name);
            fputc('#', stderr);
            say_name(stderr, inner.name);
            before = ", ";
        }
        if (item.kind != HF_ITEM_FUNC) continue;
        fputs(before, stderr);
        say_name(stderr, item.name);
        before = ", ";
    }
    fputs(*before == ';' ? "; it exports no function\n" : "\n", stderr);
}

// `f`, or `f(1, {name: "x"})`: where the arguments begin.
static const char *args_of(const char *word)
{
    const char *const hash = strrchr(word, '#');
    return strchr(hash ? hash : word, '(');
}

static int call_with(const struct program *p, hf_component_func func, const char *text, struct values **values)
{
    hf_status status = hf_status_ok();
    hf_witfunc type;
    if (hf_component_func_type(p->store, func, &type, &status)) return say_outcome(p, &status);
    void *args = NULL, *result = NULL;
    if (type.params && type.params->count) {
        args = place(values, type.params->size + 1);
        if (args && hf_args_parse(type.params, text, strlen(text), place, values, args, &status)) {
            complain("%s: --invoke: %s", p->name, status.message);
            return EXIT_USAGE;
        }
    } else if (strspn(text, "() ") != strlen(text)) {
        complain("%s: --invoke: the function takes no arguments", p->name);
        return EXIT_USAGE;
    }
    if (type.result) result = place(values, type.result->size + 1);
    if ((type.result && !result) || (type.params && type.params->count && !args)) {
        complain("out of memory");
        return EXIT_ERROR;
    }
    hf_component_call(p->store, func, args, result, place, values, &status);
    const int code = say_outcome(p, &status);
    return status.code || !type.result ? code : print_value(p, type.result, result);
}

static int invoke(const struct program *p, hf_component_instance instance)
{
    const char *const word = p->options->invoke;
    const char *const args = args_of(word);
    char *const path = strndup(word, args ? (size_t)(args - word) : strlen(word));
    hf_component_func func;
    struct values *values = NULL;
    int result = EXIT_ERROR;
    if (!path) {
        complain("out of memory");
    } else if (p->options->operand_count > 1) {
        complain("%s: arguments of a component's function stand behind its name: --invoke 'f(1, \"x\")'", p->name);
        result = EXIT_USAGE;
    } else if (hf_component_instance_func(p->store, instance, path, &func, NULL)) {
        fprintf(stderr, "holdfast: %s: there is no exported function '%s'", p->name, path);
        print_exports(p->component);
    } else {
        result = call_with(p, func, args ? args : "()", &values);
    }
    free_values(values);
    free(path);
    return result;
}

// wasi:cli/run: a result without values.
static int command(const struct program *p, hf_component_instance instance)
{
    hf_status status = hf_status_ok();
    hf_component_func func;
    hf_witfunc type;
    if (hf_component_instance_func(p->store, instance, "wasi:cli/run@0.2.0#run", &func, NULL) ||
        hf_component_func_type(p->store, func, &type, &status)) {
        fprintf(stderr, "holdfast: %s: there is no wasi:cli/run to run; call an export with --invoke", p->name);
        print_exports(p->component);
        return EXIT_ERROR;
    }
    struct values *values = NULL;
    bool *const failed = place(&values, type.result ? type.result->size + 1 : 1);
    int code = EXIT_ERROR;
    if (failed) {
        hf_component_call(p->store, func, NULL, failed, place, &values, &status);
        code = say_outcome(p, &status);
        if (!status.code && type.result && type.result->kind == HF_WIT_RESULT && *failed) code = EXIT_ERROR;
    } else {
        complain("out of memory");
    }
    free_values(values);
    return code;
}

int run_component(const struct program *p)
{
    hf_status status = hf_status_ok();
    hf_component_instance instance;
    if (hf_linker_instantiate_component(p->linker, p->store, p->component, &instance, &status))
        return say_outcome(p, &status);
    return p->options->invoke ? invoke(p, instance) : command(p, instance);
}
