// C for guests: imports as functions to call, exports as functions to write, and the glue of the canonical ABI between them
// and the core module's imports and exports. On wasm32 the layout of C structs is that of the canonical ABI, so values in
// memory are used where they lie; only flat values are taken apart.
#include "base/fail.h"
#include "bindgen/bindgen.h"
#include "bindgen/flat.h"

struct guest {
    struct ctypes types;
    struct flattener flat;
    struct buf functions; // prototypes
    struct buf glue;
};

// A function with all that it is called.
struct guest_func {
    const struct wit_func *func;
    const char *name;   // in C
    const char *module; // "wasi:io/streams@0.2.12" or "$root"; of an export the same with '#', or nothing
    struct ctype result;
    const char *args; // the struct of its parameters, when they are too many to be flat
    struct flat flat_params;
    struct flat flat_results;
};

// --- signatures ----------------------------------------------------------------------------------------------

// Is a parameter passed by value?
static bool by_value(const struct wit_type *type)
{
    const unsigned kind = wit_type_origin(type)->kind;
    return (kind >= HF_WIT_BOOL && kind <= HF_WIT_CHAR) || kind == HF_WIT_ENUM || kind == HF_WIT_FLAGS ||
           kind == HF_WIT_OWN || kind == HF_WIT_BORROW;
}

static const char *param_name(struct guest *g, const struct wit_member *param)
{
    struct buf name;
    buf_init(&name, g->types.wit->heap);
    cname_field(&name, param->id.text);
    if (name.failed) g->types.failed = true;
    const char *const copy = put_expr(&g->flat, "%.*s", (int)name.size, (const char *)name.data);
    buf_fini(&name);
    return copy;
}

static void put_prototype(struct guest *g, struct buf *out, const struct guest_func *f, bool exported)
{
    buf_printf(out, "%s %s(", f->func->result ? f->result.name : "void", f->name);
    for (uint32_t i = 0; i < f->func->param_count; i++) {
        const struct wit_member *const param = &f->func->params[i];
        const char *const type = ctype_of(&g->types, param->type).name;
        const char *const name = param_name(g, param);
        if (by_value(param->type))
            buf_printf(out, "%s%s %s", i ? ", " : "", type, name);
        else
            buf_printf(out, "%s%s%s *%s", i ? ", " : "", exported ? "" : "const ", type, name);
    }
    buf_str(out, f->func->param_count ? ")" : "void)");
}

static void put_core_params(struct buf *out, const struct flat *flat, bool indirect, bool area, bool names)
{
    unsigned count = 0;
    for (unsigned i = 0; i < (indirect ? 1 : flat->count); i++, count++) {
        buf_printf(out, "%s%s", count ? ", " : "", indirect ? "int32_t" : core_name(flat->types[i]));
        if (names) buf_printf(out, " P%u", i);
    }
    if (area) buf_str(out, count ? ", int32_t" : "int32_t");
    if (!count && !area) buf_str(out, "void");
}

static bool indirect_params(const struct guest_func *f)
{
    return f->flat_params.count > MAX_FLAT_PARAMS;
}

static bool indirect_result(const struct guest_func *f)
{
    return f->flat_results.count > MAX_FLAT_RESULTS;
}

static const char *core_result(const struct guest_func *f)
{
    return f->flat_results.count == 1 ? core_name(f->flat_results.types[0]) : "void";
}

static void put_args_struct(struct guest *g, struct guest_func *f)
{
    f->args = put_expr(&g->flat, "%s_args", f->name);
    buf_printf(&g->glue, "struct %s {\n", f->args);
    for (uint32_t i = 0; i < f->func->param_count; i++) {
        buf_printf(&g->glue, "    %s %s;\n", ctype_of(&g->types, f->func->params[i].type).name,
                   param_name(g, &f->func->params[i]));
    }
    buf_str(&g->glue, "};\n");
}

static struct guest_func new_func(struct guest *g, const struct wit_func *func, const char *stem, const char *module)
{
    struct buf name;
    buf_init(&name, g->types.wit->heap);
    buf_printf(&name, "%s_", stem);
    cname_func(&name, func);
    struct guest_func f = { .func = func, .name = cname_claim(&g->types.names, &name), .module = module };
    buf_fini(&name);
    for (uint32_t i = 0; i < func->param_count; i++) {
        ctype_of(&g->types, func->params[i].type);
        flatten(&g->flat, func->params[i].type, &f.flat_params);
    }
    if (func->result) f.result = ctype_of(&g->types, func->result);
    if (func->result) flatten(&g->flat, func->result, &f.flat_results);
    if (indirect_params(&f)) put_args_struct(g, &f);
    g->flat.variables = 0;
    g->flat.indent = 4;
    return f;
}

// --- imports -------------------------------------------------------------------------------------------------

static void lower_params(struct guest *g, const struct guest_func *f, struct exprs *out)
{
    for (uint32_t i = 0; i < f->func->param_count; i++) {
        const struct wit_member *const param = &f->func->params[i];
        const char *const name = param_name(g, param);
        const bool whole = by_value(param->type);
        const char *const value = whole ? name : put_expr(&g->flat, "(*%s)", name);
        if (indirect_params(f))
            put_line(&g->flat, "Args.%s = %s%s;", name, whole ? "" : "*", name);
        else
            flat_lower(&g->flat, param->type, value, out);
    }
    if (indirect_params(f)) out->list[out->count++] = "(int32_t)(uintptr_t)&Args";
}

static void put_import(struct guest *g, const struct wit_func *func, const char *stem, const char *module)
{
    const struct guest_func f = new_func(g, func, stem, module);
    struct buf *const out = &g->glue;
    put_c_docs(&g->functions, 0, func->docs);
    put_prototype(g, &g->functions, &f, false);
    buf_str(&g->functions, ";\n");

    buf_printf(out, "IMPORT(\"%s\", \"%.*s\")\nextern %s import_%s(", module, (int)func->name.size, func->name.data,
               core_result(&f), f.name);
    put_core_params(out, &f.flat_params, indirect_params(&f), indirect_result(&f), false);
    buf_str(out, ");\n\n");
    put_prototype(g, out, &f, false);
    buf_str(out, "\n{\n");
    if (func->result) put_line(&g->flat, "%s Ret;", f.result.name);
    if (f.args) put_line(&g->flat, "struct %s Args;", f.args);
    struct exprs args = { .count = 0 };
    lower_params(g, &f, &args);
    const bool direct = f.flat_results.count == 1;
    buf_printf(out, "    %s%simport_%s(", direct ? core_result(&f) : "", direct ? " P0 = " : "", f.name);
    for (unsigned i = 0; i < args.count; i++) buf_printf(out, "%s%s", i ? ", " : "", args.list[i]);
    if (indirect_result(&f)) buf_printf(out, "%s(int32_t)(uintptr_t)&Ret", args.count ? ", " : "");
    buf_str(out, ");\n");
    if (direct) {
        const struct exprs from = { 1, { "P0" } };
        unsigned at = 0;
        flat_lift(&g->flat, func->result, "Ret", &from, &at);
    }
    buf_str(out, func->result ? "    return Ret;\n}\n\n" : "}\n\n");
}

// What a guest can do with the handles of others: drop them.
static void put_drop(struct guest *g, const struct wit_def *def, const char *module, const char *handle,
                     const char *stem)
{
    const char *const name = cname_claimf(&g->types.names, "%s_drop", stem);
    buf_printf(&g->functions, "void %s(%s handle);\n", name, handle);
    buf_printf(&g->glue,
               "IMPORT(\"%s\", \"[resource-drop]%.*s\")\nextern void import_%s(int32_t);\n\nvoid %s(%s handle)\n{\n"
               "    import_%s(handle.handle);\n}\n\n",
               module, (int)def->id.text.size, def->id.text.data, name, name, handle, name);
}

static void put_imported_resource(struct guest *g, const struct wit_def *def, const char *module)
{
    const struct ctype type = ctype_of_def(&g->types, def);
    if (!type.own) return;
    put_drop(g, def, module, type.own, put_expr(&g->flat, "%s_own", type.stem));
    put_drop(g, def, module, type.borrow, put_expr(&g->flat, "%s_borrow", type.stem));
}

// --- exports -------------------------------------------------------------------------------------------------

static void lift_params(struct guest *g, const struct guest_func *f)
{
    struct exprs from = { .count = 0 };
    unsigned at = 0;
    for (unsigned i = 0; i < f->flat_params.count && !indirect_params(f); i++)
        from.list[from.count++] = put_expr(&g->flat, "P%u", i);
    if (indirect_params(f)) {
        put_line(&g->flat, "struct %s *const Args = (struct %s *)(uintptr_t)P0;", f->args, f->args);
    }
    for (uint32_t i = 0; i < f->func->param_count; i++) {
        const struct wit_member *const param = &f->func->params[i];
        const char *const name = param_name(g, param);
        put_line(&g->flat, "%s %s;", ctype_of(&g->types, param->type).name, name);
        if (indirect_params(f))
            put_line(&g->flat, "%s = Args->%s;", name, name);
        else
            flat_lift(&g->flat, param->type, name, &from, &at);
    }
    if (indirect_params(f)) put_line(&g->flat, "free(Args);");
}

static void put_export(struct guest *g, const struct wit_func *func, const char *stem, const char *module)
{
    const struct guest_func f = new_func(g, func, stem, module);
    struct buf *const out = &g->glue;
    put_c_docs(&g->functions, 0, func->docs);
    put_prototype(g, &g->functions, &f, true);
    buf_str(&g->functions, ";\n");

    const char *const core = indirect_result(&f) ? "int32_t" : core_result(&f);
    buf_printf(out, "EXPORT(\"%s%.*s\")\n%s export_%s(", module, (int)func->name.size, func->name.data, core, f.name);
    put_core_params(out, &f.flat_params, indirect_params(&f), false, false);
    buf_printf(out, ");\n%s export_%s(", core, f.name);
    put_core_params(out, &f.flat_params, indirect_params(&f), false, true);
    buf_str(out, ")\n{\n");
    lift_params(g, &f);
    if (indirect_result(&f)) put_line(&g->flat, "static %s Ret;", f.result.name);
    buf_printf(out, "    %s%s(",
               !func->result         ? ""
               : indirect_result(&f) ? "Ret = "
                                     : put_expr(&g->flat, "%s Ret = ", f.result.name),
               f.name);
    for (uint32_t i = 0; i < func->param_count; i++) {
        buf_printf(out, "%s%s%s", i ? ", " : "", by_value(func->params[i].type) ? "" : "&",
                   param_name(g, &func->params[i]));
    }
    buf_str(out, ");\n");
    if (indirect_result(&f)) {
        put_line(&g->flat, "return (int32_t)(uintptr_t)&Ret;");
    } else if (func->result) {
        struct exprs results = { .count = 0 };
        flat_lower(&g->flat, func->result, "Ret", &results);
        if (results.count) put_line(&g->flat, "return %s;", results.list[0]);
    }
    buf_str(out, "}\n\n");
    if (!func->result || !f.result.free) return;
    buf_printf(out,
               "EXPORT(\"cabi_post_%s%.*s\")\nvoid post_%s(int32_t);\nvoid post_%s(int32_t P0)\n{\n"
               "    %s((%s *)(uintptr_t)P0);\n}\n\n",
               module, (int)func->name.size, func->name.data, f.name, f.name, f.result.free, f.result.name);
}

// A resource of the guest's own: handles are made of its structs, and its destructor is the guest's to write.
static void put_exported_resource(struct guest *g, const struct wit_def *def, const char *module)
{
    const struct ctype t = ctype_of_def(&g->types, def);
    if (!t.own) return;
    const char *const make = cname_claimf(&g->types.names, "%s_new", t.stem);
    const char *const rep = cname_claimf(&g->types.names, "%s_rep", t.stem);
    const char *const destroy = cname_claimf(&g->types.names, "%s_destructor", t.stem);
    struct buf *const out = &g->functions;
    buf_printf(out, "/* A handle to a struct, which then belongs to whoever has the handle. */\n%s %s(%s *value);\n",
               t.own, make, t.name);
    buf_printf(out, "/* The struct behind a handle. */\n%s *%s(%s handle);\n", t.name, rep, t.own);
    buf_printf(out, "/* To be written: called when the last handle was dropped. */\nvoid %s(%s *value);\n", destroy,
               t.name);

    const int size = (int)def->id.text.size;
    const char *const id = def->id.text.data;
    buf_printf(
        &g->glue,
        "IMPORT(\"[export]%s\", \"[resource-new]%.*s\")\nextern int32_t import_%s(int32_t);\n\n%s %s(%s *value)\n{\n"
        "    const %s handle = { import_%s((int32_t)(uintptr_t)value) };\n    return handle;\n}\n\n",
        module, size, id, make, t.own, make, t.name, t.own, make);
    buf_printf(
        &g->glue,
        "IMPORT(\"[export]%s\", \"[resource-rep]%.*s\")\nextern int32_t import_%s(int32_t);\n\n%s *%s(%s handle)\n{\n"
        "    return (%s *)(uintptr_t)import_%s(handle.handle);\n}\n\n",
        module, size, id, rep, t.name, rep, t.own, t.name, rep);
    buf_printf(&g->glue,
               "EXPORT(\"%s#[dtor]%.*s\")\nvoid export_%s(int32_t);\nvoid export_%s(int32_t P0)\n{\n    %s((%s "
               "*)(uintptr_t)P0);\n}\n\n",
               module, size, id, destroy, destroy, destroy, t.name);
    put_drop(g, def, put_expr(&g->flat, "[export]%s", module), t.own, put_expr(&g->flat, "%s_own", t.stem));
}

// --- worlds --------------------------------------------------------------------------------------------------

static const char *interface_name(struct guest *g, const struct wit_item *item)
{
    struct buf name;
    buf_init(&name, g->types.wit->heap);
    if (item->id.text.size)
        buf_put(&name, item->id.text.data, item->id.text.size);
    else
        wit_put_interface_name(&name, item->interface);
    if (name.failed) g->types.failed = true;
    const char *const copy = put_expr(&g->flat, "%.*s", (int)name.size, (const char *)name.data);
    buf_fini(&name);
    return copy;
}

static const char *interface_stem(struct guest *g, const struct wit_interface *interface)
{
    struct buf stem;
    buf_init(&stem, g->types.wit->heap);
    if (g->types.exporting) buf_str(&stem, "exports_");
    cname_interface(&stem, g->types.wit, interface);
    if (stem.failed) g->types.failed = true;
    const char *const copy = put_expr(&g->flat, "%.*s", (int)stem.size, (const char *)stem.data);
    buf_fini(&stem);
    return copy;
}

static void put_interface(struct guest *g, const struct wit_item *item)
{
    const struct wit_interface *const i = item->interface;
    const char *const name = interface_name(g, item);
    const char *const stem = interface_stem(g, i);
    const bool exporting = g->types.exporting;
    if (i->func_count) buf_printf(&g->functions, "\n/* -- %s%s -- */\n\n", exporting ? "to be written: " : "", name);
    for (uint32_t n = 0; n < i->def_count; n++) {
        ctype_of_def(&g->types, i->defs[n]);
        if (i->defs[n]->kind != WIT_DEF_RESOURCE) continue;
        if (exporting)
            put_exported_resource(g, i->defs[n], name);
        else
            put_imported_resource(g, i->defs[n], name);
    }
    for (uint32_t n = 0; n < i->func_count; n++) {
        if (exporting)
            put_export(g, i->funcs[n], stem, put_expr(&g->flat, "%s#", name));
        else
            put_import(g, i->funcs[n], stem, name);
    }
}

static void put_items(struct guest *g, const struct wit_items *items)
{
    const char *const stem = put_expr(&g->flat, "%s%s", g->types.exporting ? "exports_" : "", g->types.prefix);
    for (size_t n = 0; n < items->count; n++) {
        const struct wit_item *const item = items->list[n];
        switch (item->kind) {
        case WIT_ITEM_INTERFACE: put_interface(g, item); break;
        case WIT_ITEM_FUNC:
            if (g->types.exporting)
                put_export(g, item->func, stem, "");
            else
                put_import(g, item->func, stem, "$root");
            break;
        case WIT_ITEM_TYPE:
            ctype_of_def(&g->types, item->def);
            if (item->def->kind == WIT_DEF_RESOURCE) put_imported_resource(g, item->def, "$root");
            break;
        }
    }
}

// --- files ---------------------------------------------------------------------------------------------------

static const char note[] = "/* Made from WIT by `holdfast bindgen`; changes are lost. */\n";

static void put_header(struct guest *g, struct buf *out)
{
    buf_printf(
        out,
        "%s#ifndef WIT_%s_H\n#define WIT_%s_H\n\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
        note, g->types.prefix, g->types.prefix);
    buf_put(out, g->types.declarations.data, g->types.declarations.size);
    buf_put(out, g->functions.data, g->functions.size);
    buf_str(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static void put_source(struct guest *g, const char *name, struct buf *out)
{
    buf_printf(out, "%s#include \"%s.h\"\n\n#include <stdlib.h>\n#include <string.h>\n\n", note, name);
    buf_str(
        out,
        "#define IMPORT(module, name) __attribute__((__import_module__(module), __import_name__(name)))\n"
        "#define EXPORT(name) __attribute__((__export_name__(name)))\n\n"
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
        "/* Where values lie as they are, the layout of C has to be that of the canonical ABI. */\n"
        "typedef char wit_needs_wasm32[sizeof(void *) == 4 ? 1 : -1];\n\n"
        "/* Memory for what is passed in. It is freed with free(). */\n"
        "__attribute__((__weak__)) EXPORT(\"cabi_realloc\")\n"
        "void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size);\n"
        "void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size)\n{\n    (void)old_size;\n"
        "    if (!size) return (void *)align;\n    void *const memory = realloc(old, size);\n    if (!memory) abort();\n"
        "    return memory;\n}\n\n"
        "/* Cases of a variant share core values; a float that shares one with an integer is passed as its bits. */\n"
        "#define MAYBE __attribute__((__unused__)) static inline\n\n"
        "MAYBE int32_t bits_of_float(float value)\n{\n    int32_t bits;\n    memcpy(&bits, &value, sizeof bits);\n"
        "    return bits;\n}\n\n"
        "MAYBE int64_t bits_of_double(double value)\n{\n    int64_t bits;\n    memcpy(&bits, &value, sizeof bits);\n"
        "    return bits;\n}\n\n"
        "MAYBE float float_of_bits(int32_t bits)\n{\n    float value;\n    memcpy(&value, &bits, sizeof value);\n"
        "    return value;\n}\n\n"
        "MAYBE double double_of_bits(int64_t bits)\n{\n    double value;\n    memcpy(&value, &bits, sizeof value);\n"
        "    return value;\n}\n\n");
    buf_put(out, g->types.frees.data, g->types.frees.size);
    buf_put(out, g->glue.data, g->glue.size);
    buf_str(out, "#ifdef __cplusplus\n}\n#endif\n");
}

// What the world is, for componentizers: a section of the module.
static hf_code put_world_section(const struct guest *g, const struct wit_world *world, struct buf *out,
                                 hf_status *status)
{
    struct buf bytes;
    buf_init(&bytes, g->types.wit->heap);
    const hf_code code = wit_encode_world(&bytes, world, status);
    buf_printf(out,
               "\n/* The world that this module is for, as componentizers read it. */\n"
               "__asm__(\".section \\\".custom_section.component-type:%s\\\",\\\"\\\",@\\n\"",
               g->types.prefix);
    for (size_t i = 0; i < bytes.size; i++) {
        if (i % 24 == 0) buf_str(out, i ? "\\n\"\n        \".byte " : "\n        \".byte ");
        buf_printf(out, "%s%u", i % 24 ? "," : "", bytes.data[i]);
    }
    buf_str(out, "\\n\"\n        \".text\\n\");\n");
    buf_fini(&bytes);
    return code;
}

static hf_code write_guest(struct guest *g, const struct wit_world *world, struct bindgen_files *out, hf_status *status)
{
    put_items(g, &world->imports);
    g->types.exporting = true;
    put_items(g, &world->exports);
    if (g->types.unsupported)
        return fail(status, HF_UNSUPPORTED, "streams and futures are not supported in C for guests");
    if (g->flat.too_much) return fail(status, HF_LIMIT, "the types of this world flatten to too much code");
    put_header(g, &out->header);
    put_source(g, g->types.prefix, &out->source);
    const hf_code code = put_world_section(g, world, &out->source, status);
    if (code) return code;
    if (ctypes_failed(&g->types) || g->functions.failed || g->glue.failed || out->header.failed || out->source.failed)
        return fail_oom(status);
    return HF_OK;
}

hf_code bindgen_guest(const struct wit *wit, const struct wit_world *world, const char *name, struct bindgen_files *out,
                      hf_status *status)
{
    struct guest g;
    ctypes_begin(&g.types, wit, name);
    g.types.guest = true;
    g.types.exports = &world->exports;
    buf_init(&g.functions, wit->heap);
    buf_init(&g.glue, wit->heap);
    g.flat = (struct flattener){ .types = &g.types, .out = &g.glue };
    const hf_code code = write_guest(&g, world, out, status);
    ctypes_end(&g.types);
    buf_fini(&g.functions);
    buf_fini(&g.glue);
    return code;
}
