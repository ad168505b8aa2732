// Runs scripts. The kinds of failure are kept apart: a module that was expected to be malformed and is invalid is a failure,
// and so is one whose message says something else than the script.
#include <holdfast/wast.h>

#include <string.h>

#include <holdfast/component.h>
#include <holdfast/global.h>
#include <holdfast/ref.h>

#include "api/spectest.h"
#include "api/wast_component.h"
#include "api/wast_value.h"
#include "base/fail.h"
#include "runtime/engine.h"
#include "text/text.h"

// An instance or a definition with the identifier that scripts give it; the latest one stands last.
struct named {
    hf_str name;
    hf_module *module;       // a reference
    hf_instance instance;    // zeros: a definition, or an instance that could not be made
    hf_component *component; // a reference; then there is no module, and the instance is:
    hf_component_instance made;
};

struct named_list {
    struct named *items;
    size_t count, cap;
};

struct runner {
    hf_engine *engine;
    hf_store *store;
    hf_linker *linker;
    hf_func convert; // any.convert_extern
    struct spectest spectest;
    const hf_wast_options *options;
    struct named_list instances, definitions;
    hf_wast_result *result;
    struct buf why; // of the command that fails
};

static const struct {
    enum script_kind kind;
    hf_wast_command command;
    const char *name;
} commands[HF_WAST_COMMANDS] = {
    { SCRIPT_MODULE, HF_WAST_MODULE, "module" },
    { SCRIPT_MODULE, HF_WAST_MODULE_DEFINITION, "module_definition" },
    { SCRIPT_INSTANCE, HF_WAST_MODULE_INSTANCE, "module_instance" },
    { SCRIPT_REGISTER, HF_WAST_REGISTER, "register" },
    { SCRIPT_ACTION, HF_WAST_ACTION, "action" },
    { SCRIPT_ASSERT_RETURN, HF_WAST_ASSERT_RETURN, "assert_return" },
    { SCRIPT_ASSERT_TRAP, HF_WAST_ASSERT_TRAP, "assert_trap" },
    { SCRIPT_ASSERT_EXHAUSTION, HF_WAST_ASSERT_EXHAUSTION, "assert_exhaustion" },
    { SCRIPT_ASSERT_EXCEPTION, HF_WAST_ASSERT_EXCEPTION, "assert_exception" },
    { SCRIPT_ASSERT_MALFORMED, HF_WAST_ASSERT_MALFORMED, "assert_malformed" },
    { SCRIPT_ASSERT_INVALID, HF_WAST_ASSERT_INVALID, "assert_invalid" },
    { SCRIPT_ASSERT_UNLINKABLE, HF_WAST_ASSERT_UNLINKABLE, "assert_unlinkable" },
    { SCRIPT_ASSERT_MALFORMED_CUSTOM, HF_WAST_ASSERT_MALFORMED_CUSTOM, "assert_malformed_custom" },
    { SCRIPT_ASSERT_INVALID_CUSTOM, HF_WAST_ASSERT_INVALID_CUSTOM, "assert_invalid_custom" },
};

// Where this library says it otherwise than the suite's text, on purpose.
static const struct {
    const char *expected, *ours;
} aliases[] = {
    { "invalid string escape", "illegal escape" },
    { "section out of order", "unexpected content after last section" },
    { "string content out-of-bounds", "string pointer/length out of bounds of memory" },
    { "incomplete utf-8 byte sequence", "invalid utf-8" },
    // What realloc gave is looked at before anything is written there.
    { "unaligned pointer", "realloc return: result not aligned" },
    { "wasm trap: unaligned pointer", "realloc return: result not aligned" },
    { "wasm trap: list content out-of-bounds", "realloc return: beyond end of memory" },
};

const char *hf_wast_command_name(hf_wast_command command)
{
    return (unsigned)command < HF_WAST_COMMANDS ? commands[command].name : "";
}

static hf_wast_command command_of(const struct script_command *c)
{
    if (c->kind == SCRIPT_MODULE && c->module.definition) return HF_WAST_MODULE_DEFINITION;
    for (size_t i = 0; i < HF_WAST_COMMANDS; i++)
        if (commands[i].kind == c->kind) return commands[i].command;
    return HF_WAST_COMMANDS;
}

// ---- why a command failed ---------------------------------------------------------------------------------------------

static bool fail_why(struct runner *r, const char *fmt, ...) HF_PRINTF(2, 3);

static bool fail_why(struct runner *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&r->why, fmt, args);
    va_end(args);
    return false;
}

static bool fail_status(struct runner *r, const char *what, const hf_status *status)
{
    return fail_why(r, "%s: %s: %s", what, hf_code_name(status->code), status->message);
}

static bool begins_with(const char *text, size_t text_size, const char *prefix, size_t size)
{
    return text_size >= size && !memcmp(text, prefix, size);
}

static bool is_alias(const char *ours, hf_str expected)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (expected.size == strlen(aliases[i].expected) &&
            !memcmp(expected.data, aliases[i].expected, expected.size) &&
            begins_with(ours, strlen(ours), aliases[i].ours, strlen(aliases[i].ours)))
            return true;
    return false;
}

// Messages about components are those of another implementation, of which the suite gives some words from the middle.
static bool contains(const char *ours, hf_str expected)
{
    const size_t size = strlen(ours);
    for (size_t i = 0; i + expected.size <= size; i++)
        if (!expected.size || !memcmp(ours + i, expected.data, expected.size)) return true;
    return is_alias(ours, expected);
}

// One of the texts begins with the other: the suite says "unknown memory 0" here and "unknown memory" there.
static bool same_message(const char *ours, hf_str expected)
{
    const size_t size = strlen(ours);
    if (begins_with(ours, size, expected.data, expected.size)) return true;
    if (size && begins_with(expected.data, expected.size, ours, size)) return true;
    return is_alias(ours, expected);
}

// The command was expected to end with this code and these words.
static bool expect(struct runner *r, hf_code code, hf_str message, const hf_status *status, bool component)
{
    if (status->code != code) {
        if (!status->code)
            return fail_why(r, "expected %s: %.*s; it succeeded", hf_code_name(code), (int)message.size, message.data);
        return fail_why(r, "expected %s: %.*s; got %s: %s", hf_code_name(code), (int)message.size, message.data,
                        hf_code_name(status->code), status->message);
    }
    if (component ? !contains(status->message, message) && !same_message(status->message, message)
                  : !same_message(status->message, message))
        return fail_why(r, "expected the message \"%.*s\"; got \"%s\"", (int)message.size, message.data,
                        status->message);
    return true;
}

// ---- names ------------------------------------------------------------------------------------------------------------

static bool push(struct runner *r, struct named_list *list, hf_str name, hf_module *module, hf_instance instance)
{
    struct named *const items = mem_grow(&r->engine->heap, list->items, &list->cap, list->count + 1, sizeof *items);
    if (!items) return fail_why(r, "out of memory");
    list->items = items;
    items[list->count++] = (struct named){ .name = name, .module = hf_module_ref(module), .instance = instance };
    return true;
}

static bool push_component(struct runner *r, struct named_list *list, hf_str name, hf_component *component,
                           hf_component_instance made)
{
    if (!push(r, list, name, NULL, (hf_instance){ 0 })) return false;
    struct named *const named = &list->items[list->count - 1];
    named->component = hf_component_ref(component);
    named->made = made;
    return true;
}

// The latest one of this name, or the latest at all.
static const struct named *find(const struct named_list *list, hf_str name)
{
    for (size_t i = list->count; i-- > 0;) {
        const struct named *const item = &list->items[i];
        if (!name.data ||
            (item->name.data && item->name.size == name.size && !memcmp(item->name.data, name.data, name.size)))
            return item;
    }
    return NULL;
}

static void list_fini(struct runner *r, struct named_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        hf_module_unref(list->items[i].module);
        hf_component_unref(list->items[i].component);
    }
    mem_free(&r->engine->heap, list->items, list->cap * sizeof *list->items);
}

static const struct named *find_instance(struct runner *r, hf_str name)
{
    const struct named *const found = find(&r->instances, name);
    if (!found || !(found->instance.h.store || found->made.h.store)) {
        fail_why(r, name.data ? "there is no instance $%.*s" : "there is no instance", (int)name.size, name.data);
        return NULL;
    }
    return found;
}

// ---- modules ----------------------------------------------------------------------------------------------------------

// The module of a command; NULL with a status.
static hf_module *make_module(struct runner *r, const struct script_module *source, hf_status *status)
{
    if (source->failure) {
        *status = *source->failure;
        return NULL;
    }
    if (source->kind != SCRIPT_QUOTE) return hf_module_new(r->engine, source->bytes.data, source->bytes.size, status);
    struct buf bytes;
    buf_init(&bytes, &r->engine->heap);
    hf_module *module = NULL;
    if (text_assemble((const char *)source->bytes.data, source->bytes.size, r->engine->features, true, &bytes,
                      status) == HF_OK)
        module = hf_module_new(r->engine, bytes.data, bytes.size, status);
    buf_fini(&bytes);
    return module;
}

static bool run_module(struct runner *r, const struct script_command *c)
{
    hf_status status = hf_status_ok();
    hf_module *const module = make_module(r, &c->module, &status);
    bool good = module || fail_status(r, "module", &status);
    hf_instance instance = { 0 };
    if (good && c->module.definition) {
        good = push(r, &r->definitions, c->name, module, instance);
    } else {
        if (good && hf_linker_instantiate(r->linker, r->store, module, &instance, &status))
            good = fail_status(r, "instantiation", &status);
        // Also when it failed, lest later commands go to an earlier instance.
        good = push(r, &r->instances, c->name, module, instance) && good;
    }
    hf_module_unref(module);
    return good;
}

static bool run_instance(struct runner *r, const struct script_command *c)
{
    const struct named *const definition = find(&r->definitions, c->target);
    if (!definition) return fail_why(r, "there is no definition $%.*s", (int)c->target.size, c->target.data);
    hf_status status = hf_status_ok();
    hf_instance instance = { 0 };
    const bool good = hf_linker_instantiate(r->linker, r->store, definition->module, &instance, &status) == HF_OK ||
                      fail_status(r, "instantiation", &status);
    return push(r, &r->instances, c->name, definition->module, instance) && good;
}

static bool run_register(struct runner *r, const struct script_command *c)
{
    const struct named *const named = find_instance(r, c->target);
    if (!named) return false;
    if (named->component) return fail_why(r, "components cannot be registered");
    struct buf name; // zero-terminated
    buf_init(&name, &r->engine->heap);
    buf_put(&name, c->text.data, c->text.size);
    buf_u8(&name, 0);
    hf_status status = hf_status_ok();
    bool good = !name.failed || fail_why(r, "out of memory");
    if (good && hf_linker_define_instance(r->linker, (const char *)name.data, r->store, named->instance, &status))
        good = fail_status(r, "register", &status);
    buf_fini(&name);
    return good;
}

// The component of a command; NULL with a status.
static hf_component *make_component(struct runner *r, const struct script_module *source, hf_status *status)
{
    if (source->failure) {
        *status = *source->failure;
        return NULL;
    }
    if (source->kind != SCRIPT_QUOTE)
        return hf_component_new(r->engine, source->bytes.data, source->bytes.size, status);
    struct buf bytes;
    buf_init(&bytes, &r->engine->heap);
    hf_component *component = NULL;
    if (text_assemble_component((const char *)source->bytes.data, source->bytes.size, r->engine->features, &bytes,
                                status) == HF_OK)
        component = hf_component_new(r->engine, bytes.data, bytes.size, status);
    buf_fini(&bytes);
    return component;
}

static bool make_instance(struct runner *r, hf_str name, hf_component *component)
{
    hf_status status = hf_status_ok();
    hf_component_instance made = { 0 };
    const bool good = hf_linker_instantiate_component(r->linker, r->store, component, &made, &status) == HF_OK ||
                      fail_status(r, "instantiation", &status);
    return push_component(r, &r->instances, name, component, made) && good;
}

static bool run_component(struct runner *r, const struct script_command *c)
{
    hf_status status = hf_status_ok();
    hf_component *const component = make_component(r, &c->module, &status);
    if (!component) return fail_status(r, "component", &status);
    bool good = c->module.definition
                    ? push_component(r, &r->definitions, c->name, component, (hf_component_instance){ 0 })
                    : make_instance(r, c->name, component);
    hf_component_unref(component);
    return good;
}

static bool run_component_instance(struct runner *r, const struct script_command *c)
{
    const struct named *const definition = find(&r->definitions, c->target);
    if (!definition || !definition->component)
        return fail_why(r, "there is no component $%.*s", (int)c->target.size, c->target.data);
    return make_instance(r, c->name, definition->component);
}

// A module that is expected to be refused, with its message, before anything of it runs.
static bool run_refused(struct runner *r, const struct script_command *c, hf_code code)
{
    hf_status status = hf_status_ok();
    if (c->module.component)
        hf_component_unref(make_component(r, &c->module, &status));
    else
        hf_module_unref(make_module(r, &c->module, &status));
    return expect(r, code, c->text, &status, c->module.component);
}

// A module whose instantiation is expected to fail.
static bool run_instantiation(struct runner *r, const struct script_command *c, hf_code code)
{
    if (c->module.component) return run_component(r, c);
    hf_status status = hf_status_ok();
    if (c->module.component) {
        hf_component *const component = make_component(r, &c->module, &status);
        hf_component_instance made;
        if (!component) return fail_status(r, "component", &status);
        hf_linker_instantiate_component(r->linker, r->store, component, &made, &status);
        hf_component_unref(component);
        return expect(r, code, c->text, &status, true);
    }
    hf_module *const module = make_module(r, &c->module, &status);
    if (!module) return fail_status(r, "module", &status);
    hf_instance instance;
    hf_linker_instantiate(r->linker, r->store, module, &instance, &status);
    hf_module_unref(module);
    return expect(r, code, c->text, &status, false);
}

// ---- actions ----------------------------------------------------------------------------------------------------------

struct values {
    hf_val *at;
    size_t count;
};

static bool find_export(struct runner *r, const struct named *named, hf_str name, hf_extern *out)
{
    hf_export export;
    // By position: names may hold zeros.
    for (size_t i = 0; hf_module_export(named->module, i, &export) == HF_OK; i++) {
        if (export.name.size != name.size || memcmp(export.name.data, name.data, name.size) != 0) continue;
        hf_status status = hf_status_ok();
        if (hf_instance_export_at(r->store, named->instance, i, out, &status)) return fail_status(r, "export", &status);
        return true;
    }
    return fail_why(r, "there is no export \"%.*s\"", (int)name.size, name.data);
}

static bool new_values(struct runner *r, size_t count, struct values *out)
{
    out->count = count;
    out->at = mem_zalloc_array(&r->engine->heap, count + 1, sizeof *out->at);
    return out->at || fail_why(r, "out of memory");
}

static void values_fini(struct runner *r, struct values *values)
{
    if (values->at) mem_free(&r->engine->heap, values->at, (values->count + 1) * sizeof *values->at);
    values->at = NULL;
}

static bool call(struct runner *r, hf_func func, const struct script_action *action, struct values *out,
                 hf_status *status)
{
    hf_functype type;
    if (hf_func_type(r->store, func, &type, status)) return fail_status(r, "type", status);
    if (action->arg_count != type.param_count)
        return fail_why(r, "the function takes %u arguments, the script gives %u", type.param_count, action->arg_count);
    struct values args = { .at = NULL };
    bool good = new_values(r, action->arg_count, &args) && new_values(r, type.result_count, out);
    for (uint32_t i = 0; good && i < action->arg_count; i++) {
        const hf_code code = wast_argument(r->store, r->convert, &action->args[i], type.params[i], &args.at[i], status);
        if (code) good = fail_why(r, "argument %u: %s", i, hf_code_name(code));
    }
    if (good) hf_func_call(r->store, func, args.at, args.count, out->at, out->count, status);
    values_fini(r, &args);
    return good;
}

// False: it could not be tried. Else *status says how it ended.
static bool act(struct runner *r, const struct script_action *action, struct values *out, hf_status *status)
{
    const struct named *const named = find_instance(r, action->target);
    hf_extern object;
    out->at = NULL;
    if (!named || !find_export(r, named, action->field, &object)) return false;
    if (action->get) {
        if (object.kind != HF_EXTERN_GLOBAL) return fail_why(r, "the export is no global");
        return new_values(r, 1, out) &&
               (hf_global_get(r->store, object.of.global, out->at, status) == HF_OK || fail_status(r, "get", status));
    }
    if (object.kind != HF_EXTERN_FUNC) return fail_why(r, "the export is no function");
    return call(r, object.of.func, action, out, status);
}

static bool check_results(struct runner *r, const struct script_command *c, const struct values *results)
{
    if (results->count != c->result_count)
        return fail_why(r, "expected %u results, got %zu", c->result_count, results->count);
    for (uint32_t i = 0; i < c->result_count; i++) {
        if (wast_matches(r->store, &c->results[i], &results->at[i])) continue;
        if (c->result_count > 1) fail_why(r, "result %u: ", i);
        fail_why(r, "expected ");
        wast_describe(&r->why, &c->results[i]);
        fail_why(r, ", got ");
        wast_describe_value(&r->why, &results->at[i]);
        return false;
    }
    return true;
}

static void *place(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

// The result of a component's function, next to what was expected.
static bool check_component_result(struct runner *r, const struct script_command *c, const hf_type *type,
                                   const void *result, struct arena *arena)
{
    if (c->result_count != (type != NULL))
        return fail_why(r, "expected %u results, got %u", c->result_count, type ? 1u : 0u);
    if (!type) return true;
    hf_status status = hf_status_ok();
    void *const expected = arena_zalloc(arena, type->size + 1);
    if (!expected) return fail_why(r, "out of memory");
    if (wast_component_value(c->results, type, arena, expected, &status)) return fail_status(r, "result", &status);
    if (hf_value_compare(type, expected, result) == 0) return true;
    fail_why(r, "expected ");
    wast_describe_component(&r->why, type, expected);
    fail_why(r, ", got ");
    wast_describe_component(&r->why, type, result);
    return false;
}

static bool run_component_call(struct runner *r, const struct script_command *c, const struct named *named,
                               struct arena *arena)
{
    hf_status status = hf_status_ok();
    hf_component_func func;
    hf_witfunc type;
    char *const path = arena_strndup(arena, c->action.field.data, c->action.field.size);
    void *args, *result = NULL;
    if (!path) return fail_why(r, "out of memory");
    if (hf_component_instance_func(r->store, named->made, path, &func, &status) ||
        hf_component_func_type(r->store, func, &type, &status) ||
        wast_component_args(c->action.args, c->action.arg_count, type.params, arena, &args, &status))
        return fail_status(r, "invoke", &status);
    if (type.result) result = arena_zalloc(arena, type.result->size + 1);
    if (type.result && !result) return fail_why(r, "out of memory");
    hf_component_call(r->store, func, args, result, place, arena, &status);
    if (c->kind == SCRIPT_ASSERT_TRAP || c->kind == SCRIPT_ASSERT_EXHAUSTION)
        return expect(r, HF_TRAPPED, c->text, &status, true);
    if (status.code) return fail_status(r, "call", &status);
    return c->kind != SCRIPT_ASSERT_RETURN || check_component_result(r, c, type.result, result, arena);
}

static bool run_component_action(struct runner *r, const struct script_command *c, const struct named *named)
{
    struct arena arena;
    arena_init(&arena, &r->engine->heap);
    const bool good = run_component_call(r, c, named, &arena);
    arena_fini(&arena);
    return good;
}

static bool run_action(struct runner *r, const struct script_command *c)
{
    const struct named *const target = find_instance(r, c->action.target);
    if (!target) return false;
    if (target->component) return run_component_action(r, c, target);
    hf_status status = hf_status_ok();
    struct values results = { .at = NULL };
    bool good = act(r, &c->action, &results, &status);
    if (good) {
        switch (c->kind) {
        case SCRIPT_ASSERT_TRAP:
        case SCRIPT_ASSERT_EXHAUSTION: good = expect(r, HF_TRAPPED, c->text, &status, false); break;
        case SCRIPT_ASSERT_EXCEPTION:
            if (status.code != HF_EXCEPTION)
                good = fail_why(r, "expected an exception; got %s: %s", hf_code_name(status.code), status.message);
            break;
        default:
            if (status.code)
                good = fail_status(r, "call", &status);
            else if (c->kind == SCRIPT_ASSERT_RETURN)
                good = check_results(r, c, &results);
            break;
        }
    }
    values_fini(r, &results);
    return good;
}

// ---- the script -------------------------------------------------------------------------------------------------------

static bool run_command(struct runner *r, const struct script_command *c)
{
    switch (c->kind) {
    case SCRIPT_MODULE: return c->module.component ? run_component(r, c) : run_module(r, c);
    case SCRIPT_INSTANCE: return c->component ? run_component_instance(r, c) : run_instance(r, c);
    case SCRIPT_REGISTER: return run_register(r, c);
    case SCRIPT_ACTION:
    case SCRIPT_ASSERT_RETURN:
    case SCRIPT_ASSERT_EXHAUSTION:
    case SCRIPT_ASSERT_EXCEPTION: return run_action(r, c);
    case SCRIPT_ASSERT_TRAP: return c->has_action ? run_action(r, c) : run_instantiation(r, c, HF_TRAPPED);
    case SCRIPT_ASSERT_MALFORMED:
    case SCRIPT_ASSERT_MALFORMED_CUSTOM: return run_refused(r, c, HF_MALFORMED);
    case SCRIPT_ASSERT_INVALID:
    case SCRIPT_ASSERT_INVALID_CUSTOM: return run_refused(r, c, HF_INVALID);
    case SCRIPT_ASSERT_UNLINKABLE: return run_instantiation(r, c, HF_UNLINKABLE);
    }
    return fail_why(r, "unknown command");
}

static void run_commands(struct runner *r, const struct script *script)
{
    for (uint32_t i = 0; i < script->count; i++) {
        const struct script_command *const c = &script->commands[i];
        const hf_wast_command kind = command_of(c);
        const hf_scope scope = hf_scope_open(r->store);
        buf_clear(&r->why);
        const bool good = run_command(r, c);
        hf_scope_close(r->store, scope);
        r->result->run[kind]++;
        if (good) continue;
        r->result->failed[kind]++;
        buf_u8(&r->why, 0);
        if (r->options && r->options->failure)
            r->options->failure(r->options->ctx, c->line, kind,
                                r->why.failed ? "out of memory" : (const char *)r->why.data);
    }
}

// A guest function that takes an externref in.
static hf_code make_convert(struct runner *r, hf_status *status)
{
    static const char text[] =
        "(module (func (export \"f\") (param externref) (result anyref) (any.convert_extern (local.get 0))))";
    struct buf bytes;
    buf_init(&bytes, &r->engine->heap);
    hf_code code = text_assemble(text, sizeof text - 1, r->engine->features, false, &bytes, status);
    hf_module *const module = code ? NULL : hf_module_new(r->engine, bytes.data, bytes.size, status);
    hf_instance instance;
    if (!code && !module) code = status->code;
    if (!code) code = hf_instance_new(r->store, module, NULL, 0, &instance, status);
    if (!code) code = hf_instance_func(r->store, instance, "f", &r->convert, status);
    hf_module_unref(module);
    buf_fini(&bytes);
    return code;
}

static hf_code prepare(struct runner *r, hf_status *status)
{
    hf_store_options options = { .size = sizeof options };
    if (r->options) {
        options.gc_interval_bytes = r->options->gc_interval_bytes;
        r->spectest = (struct spectest){ r->options->print, r->options->ctx };
    }
    r->store = hf_store_new(r->engine, &options, status);
    r->linker = r->store ? hf_linker_new(r->engine, status) : NULL;
    if (!r->linker) return status->code;
    hf_linker_allow_shadowing(r->linker, true);
    const hf_code code = spectest_link(r->linker, r->store, &r->spectest, status);
    return code ? code : make_convert(r, status);
}

hf_code hf_wast_run(hf_engine *engine, const char *name, const char *text, size_t size, const hf_wast_options *options,
                    hf_wast_result *result, hf_status *status)
{
    hf_status own = hf_status_ok();
    if (!status) status = &own;
    *result = (hf_wast_result){ 0 };
    if (!engine || (!text && size)) return fail(status, HF_BAD_ARGUMENT, "%s: no engine or no text", name ? name : "");

    struct script script;
    hf_code code = script_parse(text, size, engine->features, &engine->heap, &script, status);
    if (code) return code;
    struct runner r = { .engine = engine, .options = options, .result = result };
    buf_init(&r.why, &engine->heap);
    code = prepare(&r, status);
    if (!code) run_commands(&r, &script);
    list_fini(&r, &r.instances);
    list_fini(&r, &r.definitions);
    buf_fini(&r.why);
    hf_store_free(r.store);
    hf_linker_free(r.linker);
    script_fini(&script);
    return code;
}
