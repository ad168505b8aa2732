// Tables for whoever implements the packages in C: types, descriptors and one row for each function and resource.
#include "bindgen/bindgen.h"

#include "base/fail.h"
#include "bindgen/ctype.h"

struct tables {
    struct ctypes types;
    struct buf entries; // of the list of functions
    struct buf *rows;
    size_t count;
    size_t resources;
};

static const char note[] = "// Made from WIT by `wit-tables`; changes are lost.\n";

static void put_row_name(struct buf *out, const char *macro, const char *cname, const struct wit_interface *interface,
                         hf_str name)
{
    buf_printf(out, "%s(%s, \"", macro, cname);
    wit_put_interface_name(out, interface);
    buf_printf(out, "\", \"%.*s\"", (int)name.size, name.data);
}

static void entry(struct tables *t, const struct wit_interface *interface, hf_str name, const struct ctype *params,
                  const struct ctype *result, bool is_async)
{
    buf_str(&t->entries, "    { ");
    put_c_interface(&t->entries, interface);
    buf_str(&t->entries, ", ");
    put_c_str(&t->entries, name);
    buf_printf(&t->entries, ", { .params = %s%s, .result = %s%s, .is_async = %s } },\n", params->name ? "&" : "",
               params->name ? params->descriptor : "NULL", result->name ? "&" : "",
               result->name ? result->descriptor : "NULL", is_async ? "true" : "false");
    t->count++;
}

static void put_func(struct tables *t, const struct wit_interface *interface, const struct wit_func *func)
{
    struct buf stem;
    buf_init(&stem, t->types.wit->heap);
    cname_interface(&stem, t->types.wit, interface);
    buf_u8(&stem, '_');
    cname_func(&stem, func);
    const char *const cname = cname_claim(&t->types.names, &stem);
    buf_fini(&stem);

    struct ctype result = { .name = NULL };
    if (func->result) result = ctype_of(&t->types, func->result);
    const struct ctype params = ctype_of_params(&t->types, func, cname);
    put_row_name(t->rows, "WIT_FUNC", cname, interface, func->name);
    buf_printf(t->rows, ", %s, %s)\n", params.name ? params.name : "void", result.name ? result.name : "void");
    entry(t, interface, func->name, &params, &result, func->is_async);
}

static void put_resource(struct tables *t, const struct wit_def *def)
{
    const struct ctype type = ctype_of_def(&t->types, def);
    t->resources++;
    put_row_name(t->rows, "WIT_RESOURCE", type.stem, def->interface, def->id.text);
    buf_printf(t->rows, ", %s)\n", type.name);
}

static void put_interface(struct tables *t, const struct wit_interface *interface)
{
    for (uint32_t i = 0; i < interface->def_count; i++) {
        ctype_of_def(&t->types, interface->defs[i]);
        if (interface->defs[i]->kind == WIT_DEF_RESOURCE) put_resource(t, interface->defs[i]);
    }
    for (uint32_t i = 0; i < interface->func_count; i++) put_func(t, interface, interface->funcs[i]);
}

static void put_source(struct tables *t, const char *name, struct buf *out)
{
    buf_printf(out, "%s#include \"%s.h\"\n\n#include <stddef.h>\n\n", note, name);
    buf_str(out, "// A type that no function takes has a descriptor all the same.\n"
                 "#pragma GCC diagnostic ignored \"-Wunused-const-variable\"\n\n");
    buf_put(out, t->types.descriptors.data, t->types.descriptors.size);
    buf_printf(out, "\nconst hf_witentry %s_funcs[%s_FUNCS] = {\n", name, name);
    buf_put(out, t->entries.data, t->entries.size);
    buf_str(out, "};\n\n");
    // Resources by the order of their rows.
    buf_printf(out, "const hf_restype *const %s_resources[] = {\n", name);
    buf_str(out, "#define WIT_FUNC(c, interface, name, args, result)\n"
                 "#define WIT_RESOURCE(c, interface, name, type) &c##_type,\n");
    buf_printf(out, "#include \"%s.def\"\n#undef WIT_FUNC\n#undef WIT_RESOURCE\n};\n", name);
}

static void put_header(struct tables *t, const char *name, struct buf *out)
{
    buf_printf(out, "%s#ifndef WIT_TABLES_%s\n#define WIT_TABLES_%s\n\n#include <holdfast/wit.h>\n\n", note, name,
               name);
    buf_put(out, t->types.declarations.data, t->types.declarations.size);
    buf_printf(out, "\n// Every function, in the order of the WIT_FUNC rows of %s.def.\nenum { %s_FUNCS = %zu };\n",
               name, name, t->count);
    buf_printf(out, "extern const hf_witentry %s_funcs[%s_FUNCS];\n", name, name);
    buf_printf(out, "// Every resource, in the order of the WIT_RESOURCE rows.\n");
    buf_printf(out, "enum { %s_RESOURCES = %zu };\nextern const hf_restype *const %s_resources[];\n\n#endif\n", name,
               t->resources, name);
}

hf_code bindgen_tables(const struct wit *wit, const char *name, struct bindgen_files *out, hf_status *status)
{
    struct tables t = { .rows = &out->rows };
    ctypes_begin(&t.types, wit, name);
    buf_init(&t.entries, wit->heap);
    buf_printf(&out->rows,
               "%s//   WIT_FUNC(C name, interface, name, struct of arguments or void, type of the result or void)\n"
               "//   WIT_RESOURCE(C name, interface, name, C type)\n",
               note);
    for (size_t p = 0; p < wit->package_count; p++) {
        for (uint32_t i = 0; i < wit->packages[p]->interface_count; i++)
            put_interface(&t, wit->packages[p]->interfaces[i]);
    }
    put_source(&t, name, &out->source);
    put_header(&t, name, &out->header);
    const bool bad =
        ctypes_failed(&t.types) || t.entries.failed || out->rows.failed || out->source.failed || out->header.failed;
    ctypes_end(&t.types);
    buf_fini(&t.entries);
    return bad ? fail_oom(status) : HF_OK;
}
