// Packages as WIT text, laid out in one way.
#include "wit/lexer.h"
#include "wit/tree.h"

struct printer {
    struct buf *out;
    const struct wit_package *package; // whose own interfaces go by their names alone
    unsigned indent;
};

static void line(struct printer *p)
{
    buf_printf(p->out, "%*s", (int)p->indent * 4, "");
}

static void str(struct printer *p, hf_str s)
{
    buf_put(p->out, s.data, s.size);
}

// An identifier, with a % where it would be a keyword.
static void id(struct printer *p, hf_str name)
{
    if (wit_is_keyword(name)) buf_u8(p->out, '%');
    str(p, name);
}

static void docs(struct printer *p, hf_str text)
{
    for (size_t at = 0; text.size && at <= text.size;) {
        size_t end = at;
        while (end < text.size && text.data[end] != '\n') end++;
        line(p);
        buf_str(p->out, end > at ? "/// " : "///");
        buf_put(p->out, text.data + at, end - at);
        buf_u8(p->out, '\n');
        at = end + 1;
    }
}

static void gate(struct printer *p, const struct wit_gate *g)
{
    if (g->since.text.size) {
        line(p);
        buf_printf(p->out, "@since(version = %.*s)\n", STR(g->since.text));
    }
    if (g->unstable.size) {
        line(p);
        buf_str(p->out, "@unstable(feature = ");
        id(p, g->unstable);
        buf_str(p->out, ")\n");
    }
    if (g->deprecated.text.size) {
        line(p);
        buf_printf(p->out, "@deprecated(version = %.*s)\n", STR(g->deprecated.text));
    }
}

// What stands in front of an item, and its indentation.
static void begin(struct printer *p, hf_str text, const struct wit_gate *g, hf_str external_id)
{
    docs(p, text);
    if (g) gate(p, g);
    if (external_id.size) {
        line(p);
        buf_printf(p->out, "@external-id(%.*s)\n", STR(external_id));
    }
    line(p);
}

// Paths are printed as what they mean, since the names that a file gives with `use` are not.
static void path(struct printer *p, const struct wit_package *package, hf_str name)
{
    if (package != p->package) {
        id(p, package->space.text);
        buf_u8(p->out, ':');
        id(p, package->name.text);
        buf_u8(p->out, '/');
    }
    id(p, name);
    if (package != p->package && package->version.text.size) buf_printf(p->out, "@%.*s", STR(package->version.text));
}

// --- types -------------------------------------------------------------------------------------------------

static void type(struct printer *p, const struct wit_type *t)
{
    switch (t->kind) {
    case WIT_NAMED: id(p, t->name.text); return;
    case HF_WIT_OWN:
        if (!t->written_own) {
            id(p, t->name.text);
            return;
        }
        // Fall through.
    case HF_WIT_BORROW:
        buf_str(p->out, t->kind == HF_WIT_OWN ? "own<" : "borrow<");
        id(p, t->name.text);
        buf_u8(p->out, '>');
        return;
    case HF_WIT_FIXED_LIST:
        buf_str(p->out, "list<");
        type(p, t->first);
        buf_printf(p->out, ", %u>", t->length);
        return;
    default: break;
    }
    buf_str(p->out, hf_witkind_name((hf_witkind)t->kind));
    if (!t->first && !t->second && !t->count) return;
    buf_u8(p->out, '<');
    for (uint32_t i = 0; i < t->count; i++) {
        if (i) buf_str(p->out, ", ");
        type(p, t->members[i].type);
    }
    if (t->first)
        type(p, t->first);
    else if (t->second)
        buf_u8(p->out, '_');
    if (t->second) {
        buf_str(p->out, ", ");
        type(p, t->second);
    }
    buf_u8(p->out, '>');
}

static void func_type(struct printer *p, const struct wit_func *f)
{
    if (f->kind == WIT_STATIC) buf_str(p->out, "static ");
    if (f->is_async) buf_str(p->out, "async ");
    if (f->kind != WIT_CONSTRUCTOR) buf_str(p->out, "func");
    buf_u8(p->out, '(');
    for (uint32_t i = f->kind == WIT_METHOD, first = i; i < f->param_count; i++) {
        if (i > first) buf_str(p->out, ", ");
        id(p, f->params[i].id.text);
        buf_str(p->out, ": ");
        type(p, f->params[i].type);
    }
    buf_u8(p->out, ')');
    if (!f->result_written) return;
    buf_str(p->out, " -> ");
    type(p, f->result);
}

static void func(struct printer *p, const struct wit_func *f)
{
    begin(p, f->docs, &f->gate, f->external_id);
    if (f->kind == WIT_CONSTRUCTOR) {
        buf_str(p->out, "constructor");
    } else {
        id(p, f->id.text);
        buf_str(p->out, ": ");
    }
    func_type(p, f);
    buf_str(p->out, ";\n");
}

// --- definitions -------------------------------------------------------------------------------------------

static void open(struct printer *p)
{
    buf_str(p->out, " {\n");
    p->indent++;
}

static void close(struct printer *p)
{
    p->indent--;
    line(p);
    buf_str(p->out, "}\n");
}

static void members(struct printer *p, const struct wit_type *t)
{
    open(p);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct wit_member *const m = &t->members[i];
        begin(p, m->docs, NULL, (hf_str){ NULL, 0 });
        id(p, m->id.text);
        if (m->type) {
            buf_str(p->out, t->kind == HF_WIT_RECORD ? ": " : "(");
            type(p, m->type);
            if (t->kind != HF_WIT_RECORD) buf_u8(p->out, ')');
        }
        buf_str(p->out, ",\n");
    }
    close(p);
}

static bool is_body(const struct wit_type *t)
{
    return t->kind == HF_WIT_RECORD || t->kind == HF_WIT_VARIANT || t->kind == HF_WIT_ENUM || t->kind == HF_WIT_FLAGS;
}

// A type or a resource.
static void def(struct printer *p, const struct wit_def *d)
{
    begin(p, d->docs, &d->gate, d->external_id);
    if (d->kind == WIT_DEF_RESOURCE) {
        buf_str(p->out, "resource ");
        id(p, d->id.text);
        if (!d->func_count) {
            buf_str(p->out, ";\n");
            return;
        }
        open(p);
        for (uint32_t i = 0; i < d->func_count; i++) func(p, d->funcs[i]);
        close(p);
    } else if (is_body(d->type)) {
        buf_printf(p->out, "%s ", hf_witkind_name((hf_witkind)d->type->kind));
        id(p, d->id.text);
        members(p, d->type);
    } else {
        buf_str(p->out, "type ");
        id(p, d->id.text);
        buf_str(p->out, " = ");
        type(p, d->type);
        buf_str(p->out, ";\n");
    }
}

// One name of a `use`: its beginning if it is the first of those that stand together, its end if the last.
static void used(struct printer *p, const struct wit_def *d, bool first, bool last)
{
    if (first) {
        begin(p, d->use->docs, &d->use->gate, (hf_str){ NULL, 0 });
        buf_str(p->out, "use ");
        path(p, d->use->target->package, d->use->target->id.text);
        buf_str(p->out, ".{");
    } else {
        buf_str(p->out, ", ");
    }
    id(p, d->original.text);
    if (!str_equal(d->original.text, d->id.text)) {
        buf_str(p->out, " as ");
        id(p, d->id.text);
    }
    if (last) buf_str(p->out, "};\n");
}

// --- interfaces and worlds -----------------------------------------------------------------------------------

static void interface_body(struct printer *p, const struct wit_interface *i)
{
    open(p);
    for (uint32_t n = 0; n < i->decl_count; n++) {
        const struct wit_def *const d = i->decls[n].def;
        if (d && d->kind == WIT_DEF_USE) {
            const struct wit_def *const before = n ? i->decls[n - 1].def : NULL;
            const struct wit_def *const after = n + 1 < i->decl_count ? i->decls[n + 1].def : NULL;
            used(p, d, !before || before->use != d->use, !after || after->use != d->use);
            continue;
        }
        if (n) buf_u8(p->out, '\n');
        if (d)
            def(p, d);
        else
            func(p, i->decls[n].func);
    }
    close(p);
}

static void item(struct printer *p, const struct wit_item *i, const char *verb)
{
    begin(p, i->docs, &i->gate, i->external_id);
    buf_printf(p->out, "%s ", verb);
    if (i->id.text.size) {
        id(p, i->id.text);
        buf_str(p->out, ": ");
    }
    if (i->kind == WIT_ITEM_FUNC) {
        func_type(p, i->func);
    } else if (!i->interface->id.text.size) {
        buf_str(p->out, "interface");
        interface_body(p, i->interface);
        return;
    } else {
        path(p, i->interface->package, i->interface->id.text);
    }
    buf_str(p->out, ";\n");
}

static void include(struct printer *p, const struct wit_include *i)
{
    begin(p, i->docs, &i->gate, (hf_str){ NULL, 0 });
    buf_str(p->out, "include ");
    path(p, i->target->package, i->target->id.text);
    for (uint32_t n = 0; n < i->rename_count; n++) {
        buf_str(p->out, n ? ", " : " with { ");
        id(p, i->renames[n].from.text);
        buf_str(p->out, " as ");
        id(p, i->renames[n].to.text);
    }
    buf_str(p->out, i->rename_count ? " }\n" : ";\n");
}

// Imports or exports. Functions of a resource are printed with it.
static void items(struct printer *p, const struct wit_items *list, const char *verb)
{
    for (size_t n = 0; n < list->count; n++) {
        const struct wit_item *const i = list->list[n];
        if (i->kind != WIT_ITEM_TYPE) {
            if (!i->func || !i->func->resource) item(p, i, verb);
        } else if (i->def->kind != WIT_DEF_USE) {
            def(p, i->def);
        } else {
            const struct wit_use *const use = i->def->use;
            const struct wit_def *const before = n ? list->list[n - 1]->def : NULL;
            const struct wit_def *const after = n + 1 < list->count ? list->list[n + 1]->def : NULL;
            used(p, i->def, !before || before->use != use, !after || after->use != use);
        }
    }
}

static void begin_world(struct printer *p, const struct wit_world *w)
{
    begin(p, w->docs, &w->gate, (hf_str){ NULL, 0 });
    buf_str(p->out, "world ");
    id(p, w->id.text);
    open(p);
}

static void world(struct printer *p, const struct wit_world *w)
{
    begin_world(p, w);
    for (uint32_t n = 0; n < w->include_count; n++) include(p, &w->includes[n]);
    items(p, &w->own_imports, "import");
    items(p, &w->own_exports, "export");
    close(p);
}

void wit_print_world(struct buf *out, const struct wit_world *w)
{
    struct printer p = { .out = out };
    begin_world(&p, w);
    items(&p, &w->imports, "import");
    items(&p, &w->exports, "export");
    close(&p);
}

// --- packages ------------------------------------------------------------------------------------------------

static void package_items(struct printer *p, const struct wit_package *k)
{
    p->package = k;
    const char *gap = p->indent ? "" : "\n";
    for (uint32_t i = 0; i < k->interface_count; i++) {
        const struct wit_interface *const interface = k->interfaces[i];
        buf_str(p->out, gap);
        begin(p, interface->docs, &interface->gate, (hf_str){ NULL, 0 });
        buf_str(p->out, "interface ");
        id(p, interface->id.text);
        interface_body(p, interface);
        gap = "\n";
    }
    for (uint32_t i = 0; i < k->world_count; i++) {
        buf_str(p->out, gap);
        world(p, k->worlds[i]);
        gap = "\n";
    }
}

static void package_name(struct printer *p, const struct wit_package *k)
{
    docs(p, k->docs);
    buf_str(p->out, "package ");
    id(p, k->space.text);
    buf_u8(p->out, ':');
    id(p, k->name.text);
    if (k->version.text.size) buf_printf(p->out, "@%.*s", STR(k->version.text));
}

void wit_print_package(struct buf *out, const struct wit_package *package)
{
    struct printer p = { .out = out };
    package_name(&p, package);
    buf_str(out, ";\n");
    package_items(&p, package);
}

void wit_print_all(struct buf *out, const struct wit *wit, uint32_t folder)
{
    struct printer p = { .out = out };
    const struct wit_package *const root = wit_folder_package(wit, folder);
    if (root) wit_print_package(out, root);
    for (size_t i = 0; i < wit->package_count; i++) {
        if (wit->packages[i] == root) continue;
        if (out->size) buf_u8(out, '\n');
        package_name(&p, wit->packages[i]);
        open(&p);
        package_items(&p, wit->packages[i]);
        close(&p);
    }
}
