// inspect: what a module needs from its host and offers to it.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/linker.h>
#include <holdfast/wasi.h>

#include "cli/cli.h"

static void print_valtypes(const hf_valtype *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char name[64];
        printf("%s%s", i ? " " : "", hf_valtype_name(types[i], name, sizeof name));
    }
}

static void print_limits(const hf_limits *limits, const char *unit)
{
    printf("%" PRIu64, limits->min);
    if (limits->max == UINT64_MAX)
        printf("..");
    else if (limits->max != limits->min)
        printf("..%" PRIu64, limits->max);
    printf(" %s", unit);
    if (limits->is64) printf(", 64-bit");
    if (limits->shared) printf(", shared");
}

static void print_type(const hf_externtype *type)
{
    char name[64];
    switch (type->kind) {
    case HF_EXTERN_FUNC:
    case HF_EXTERN_TAG:
        putchar('(');
        print_valtypes(type->func.params, type->func.param_count);
        putchar(')');
        if (type->kind == HF_EXTERN_FUNC) {
            printf(" -> (");
            print_valtypes(type->func.results, type->func.result_count);
            putchar(')');
        }
        break;
    case HF_EXTERN_TABLE:
        print_limits(&type->table.limits, hf_valtype_name(type->table.element, name, sizeof name));
        break;
    case HF_EXTERN_MEMORY: {
        char unit[40] = "pages";
        if (type->memory.page_log2 != 16)
            snprintf(unit, sizeof unit, "pages of %u bytes", 1u << type->memory.page_log2);
        print_limits(&type->memory, unit);
        break;
    }
    case HF_EXTERN_GLOBAL:
        printf("%s%s", type->global.is_mutable ? "mutable " : "",
               hf_valtype_name(type->global.type, name, sizeof name));
        break;
    }
}

static void print_effects(uint32_t effects)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } names[] = {
        { HF_EFFECT_CLOCK, "reads a clock" },
        { HF_EFFECT_ENTROPY, "reads entropy" },
        { HF_EFFECT_READ_LOCAL, "reads its own state" },
        { HF_EFFECT_WRITE_LOCAL, "changes its own state" },
        { HF_EFFECT_READ_REMOTE, "reads shared state" },
        { HF_EFFECT_WRITE_REMOTE, "changes shared state" },
        { HF_EFFECT_BLOCKS, "may wait" },
        { HF_EFFECT_CREATES, "creates a resource" },
        { HF_EFFECT_EXITS, "exits" },
        { HF_EFFECT_UNKNOWN, "effects unknown" },
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(effects & names[i].bit)) continue;
        printf("%s%s", between, names[i].text);
        between = ", ";
    }
    if (!*between) printf("pure");
}

// What the host provides under this name, or NULL.
static const hf_func_desc *find_host(const hf_linker *linker, const hf_import *import)
{
    for (size_t i = 0; linker && i < hf_linker_func_count(linker); i++) {
        const hf_func_desc *const desc = hf_linker_func(linker, i);
        if (strlen(desc->module) == import->module.size &&
            !memcmp(desc->module, import->module.data, import->module.size) &&
            strlen(desc->name) == import->name.size && !memcmp(desc->name, import->name.data, import->name.size))
            return desc;
    }
    return NULL;
}

static void print_imports(const hf_module *module, const hf_linker *linker)
{
    const size_t count = hf_module_import_count(module);
    printf("imports: %zu\n", count);
    for (size_t i = 0; i < count; i++) {
        hf_import import;
        if (hf_module_import(module, i, &import)) continue;
        printf("  %-6s ", hf_externkind_name(import.type.kind));
        say_name(stdout, import.module);
        putchar('#');
        say_name(stdout, import.name);
        putchar(' ');
        print_type(&import.type);
        const hf_func_desc *const desc = import.type.kind == HF_EXTERN_FUNC ? find_host(linker, &import) : NULL;
        if (desc) {
            printf("  ; ");
            print_effects(desc->effects);
        }
        putchar('\n');
    }
}

static void print_exports(const hf_module *module)
{
    const size_t count = hf_module_export_count(module);
    printf("exports: %zu\n", count);
    for (size_t i = 0; i < count; i++) {
        hf_export export;
        if (hf_module_export(module, i, &export)) continue;
        printf("  %-6s ", hf_externkind_name(export.type.kind));
        say_name(stdout, export.name);
        putchar(' ');
        print_type(&export.type);
        putchar('\n');
    }
}

static void print_sections(const hf_module *module)
{
    const size_t count = hf_module_section_count(module);
    printf("sections: %zu\n", count);
    for (size_t i = 0; i < count; i++) {
        hf_section section;
        if (hf_module_section(module, i, &section)) continue;
        printf("  %10" PRIu64 " bytes at 0x%08" PRIx64 "  %s", section.size, section.offset,
               section.id ? "" : "custom \"");
        say_name(stdout, section.name);
        puts(section.id ? "" : "\"");
    }
}

// ---- the name and producers sections ----------------------------------------------------------------------------------

struct cursor {
    const uint8_t *at, *end;
};

static uint32_t read_u32(struct cursor *c)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (c->at == c->end) break;
        const uint8_t byte = *c->at++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    c->at = c->end;
    return 0;
}

static hf_str read_str(struct cursor *c)
{
    const uint32_t size = read_u32(c);
    if (size > (size_t)(c->end - c->at)) {
        c->at = c->end;
        return (hf_str){ 0 };
    }
    const hf_str str = { (const char *)c->at, size };
    c->at += size;
    return str;
}

static void print_module_name(const hf_module *module)
{
    hf_bytes bytes;
    if (hf_module_custom(module, "name", &bytes)) return;
    struct cursor c = { bytes.data, bytes.data + bytes.size };
    // Subsection 0 holds the module's name; subsections are in order of their ids.
    if (c.at != c.end && *c.at == 0) {
        c.at++;
        read_u32(&c);
        const hf_str name = read_str(&c);
        if (name.size) {
            printf("name: ");
            say_name(stdout, name);
            putchar('\n');
        }
    }
}

static void print_producers(const hf_module *module)
{
    hf_bytes bytes;
    if (hf_module_custom(module, "producers", &bytes)) return;
    struct cursor c = { bytes.data, bytes.data + bytes.size };
    puts("producers:");
    for (uint32_t fields = read_u32(&c); fields && c.at != c.end; fields--) {
        const hf_str field = read_str(&c);
        for (uint32_t values = read_u32(&c); values && c.at != c.end; values--) {
            const hf_str name = read_str(&c), version = read_str(&c);
            printf("  ");
            say_name(stdout, field);
            printf(": ");
            say_name(stdout, name);
            if (version.size) putchar(' ');
            say_name(stdout, version);
            putchar('\n');
        }
    }
}

int verb_inspect(const struct options *options)
{
    if (options->operand_count != 1) {
        complain("inspect takes one file");
        return EXIT_USAGE;
    }
    struct file file;
    if (!file_read(options->operands[0], &file)) return EXIT_ERROR;
    hf_engine *const engine = new_engine(options);
    hf_module *const module = engine ? load_module(engine, &file) : NULL;
    if (module) {
        hf_linker *const linker = hf_linker_new(engine, NULL);
        if (linker) hf_wasi_link(linker, HF_WASI_ALL, NULL);
        printf("file: %s, %zu bytes\n", file.name, file.size);
        print_module_name(module);
        print_imports(module, linker);
        print_exports(module);
        printf("functions: %" PRIu32 "\n", hf_module_func_count(module));
        print_sections(module);
        print_producers(module);
        hf_linker_free(linker);
    }
    hf_module_unref(module);
    hf_engine_unref(engine);
    file_free(&file);
    return module ? EXIT_GOOD : EXIT_ERROR;
}
