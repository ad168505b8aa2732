// Interfaces, worlds, packages and whole files.
#include "wit/parser.h"

// --- interfaces --------------------------------------------------------------------------------------------

static void add_def(struct parser *p, struct wit_interface *i, struct wit_def *def)
{
    def->interface = i;
    i->defs = wit_append(p, i->defs, i->def_count++, &def, sizeof def);
    const struct wit_decl decl = { .def = def };
    i->decls = wit_append(p, i->decls, i->decl_count++, &decl, sizeof decl);
    for (uint32_t n = 0; n < def->func_count && !p->code; n++)
        i->funcs = wit_append(p, i->funcs, i->func_count++, &def->funcs[n], sizeof *def->funcs);
}

static struct wit_func *new_func(struct parser *p, struct wit_id id, const struct attributes *a)
{
    struct wit_func *const func = MAKE(p, struct wit_func);
    if (!func) return NULL;
    *func = (struct wit_func){
        .kind = WIT_FREE, .id = id, .name = id.text, .gate = a->gate, .docs = a->docs, .external_id = a->external_id
    };
    wit_parse_func_type(p, func);
    return func;
}

// func-item ::= id ':' func-type ';'
static void func_item(struct parser *p, struct wit_interface *i, const struct attributes *a)
{
    const struct wit_id id = wit_parse_id(p);
    wit_expect(p, TOKEN_COLON);
    struct wit_func *const func = new_func(p, id, a);
    wit_expect(p, TOKEN_SEMICOLON);
    i->funcs = wit_append(p, i->funcs, i->func_count++, &func, sizeof func);
    const struct wit_decl decl = { .func = func };
    i->decls = wit_append(p, i->decls, i->decl_count++, &decl, sizeof decl);
}

// '{' interface-items* '}'
// interface-items ::= gate (use-item | external-id? typedef-item | external-id? func-item)
void wit_parse_interface_body(struct parser *p, struct wit_interface *i)
{
    wit_expect(p, TOKEN_LEFT_BRACE);
    while (wit_more(p, TOKEN_RIGHT_BRACE)) {
        const struct attributes a = wit_parse_attributes(p);
        struct wit_def *def = wit_parse_typedef(p, &a);
        if (def) {
            add_def(p, i, def);
        } else if (wit_accept(p, TOKEN_USE)) {
            uint32_t count;
            struct wit_def **const defs = wit_parse_use(p, &a, &count);
            for (uint32_t n = 0; n < count && !p->code; n++) add_def(p, i, defs[n]);
        } else if (wit_at_token(p, TOKEN_ID)) {
            func_item(p, i, &a);
        } else {
            wit_parser_expected(p, "a type, a function or 'use'");
        }
    }
}

static struct wit_interface *new_interface(struct parser *p, struct wit_id id, const struct attributes *a)
{
    struct wit_interface *const i = MAKE(p, struct wit_interface);
    if (!i) return NULL;
    *i = (struct wit_interface){ .id = id, .scope = p->scope, .gate = a->gate, .docs = a->docs };
    wit_parse_interface_body(p, i);
    return i;
}

// --- worlds ------------------------------------------------------------------------------------------------

static void add_item(struct parser *p, struct wit_items *items, struct wit_item item)
{
    struct wit_item *const copy = MAKE(p, struct wit_item);
    if (!copy) return;
    *copy = item;
    items->list = wit_append(p, items->list, items->count++, &copy, sizeof copy);
}

static void add_world_def(struct parser *p, struct wit_world *w, struct wit_def *def)
{
    def->world = w;
    w->defs = wit_append(p, w->defs, w->def_count++, &def, sizeof def);
    add_item(
        p, &w->own_imports,
        (struct wit_item){ .kind = WIT_ITEM_TYPE, .id = def->id, .gate = def->gate, .docs = def->docs, .def = def });
    for (uint32_t n = 0; n < def->func_count && !p->code; n++) {
        struct wit_func *const func = def->funcs[n];
        const struct wit_id id = { func->name, func->id.file, func->id.at };
        add_item(p, &w->own_imports,
                 (struct wit_item){ .kind = WIT_ITEM_FUNC, .id = id, .gate = func->gate, .func = func });
    }
}

// Behind an id: does ':' begin an extern-type, rather than the rest of a use-path? `a:b` without spaces is one token.
static bool is_plain_name(const struct parser *p, const struct wit_id *id)
{
    if (!wit_at_token(p, TOKEN_COLON)) return false;
    struct wit_lexer ahead = p->lexer;
    const struct wit_token next = wit_lexer_next(&ahead);
    const bool together = id->text.data + id->text.size == p->lexer.text + p->token.at && next.at == p->token.at + 1;
    return !together || next.kind != TOKEN_ID;
}

// export-item ::= external-id? 'export' id ':' extern-type | 'export' use-path ';', and import-item
static void extern_item(struct parser *p, struct wit_items *items, const struct attributes *a)
{
    struct wit_item item = {
        .kind = WIT_ITEM_INTERFACE, .gate = a->gate, .docs = a->docs, .external_id = a->external_id
    };
    const struct wit_id id = wit_parse_id(p);
    if (!is_plain_name(p, &id)) {
        wit_refuse_external_id(p, a);
        item.path = wit_parse_path_behind(p, id);
        wit_expect(p, TOKEN_SEMICOLON);
        add_item(p, items, item);
        return;
    }
    item.id = id;
    wit_expect(p, TOKEN_COLON);
    if (wit_accept(p, TOKEN_INTERFACE)) {
        const struct attributes none = { .gate = a->gate, .docs = a->docs };
        item.interface = new_interface(p, (struct wit_id){ .file = p->file, .at = id.at }, &none);
        add_item(p, items, item);
        return;
    }
    if (wit_at_token(p, TOKEN_ID)) {
        item.path = wit_parse_path(p);
    } else if (wit_at_token(p, TOKEN_FUNC) || wit_at_token(p, TOKEN_ASYNC)) {
        item.kind = WIT_ITEM_FUNC;
        item.func = new_func(p, id, a);
    } else {
        wit_parser_expected(p, "a function, an interface or the name of one");
    }
    wit_expect(p, TOKEN_SEMICOLON);
    add_item(p, items, item);
}

// include-item ::= 'include' use-path (';' | 'with' '{' include-names-list '}')
static void include_item(struct parser *p, struct wit_world *w, const struct attributes *a)
{
    wit_refuse_external_id(p, a);
    struct wit_include include = { .path = wit_parse_path(p), .gate = a->gate, .docs = a->docs };
    if (wit_accept(p, TOKEN_WITH)) {
        wit_expect(p, TOKEN_LEFT_BRACE);
        while (wit_more(p, TOKEN_RIGHT_BRACE)) {
            struct wit_rename rename = { .from = wit_parse_id(p) };
            wit_expect(p, TOKEN_AS);
            rename.to = wit_parse_id(p);
            include.renames = wit_append(p, include.renames, include.rename_count++, &rename, sizeof rename);
            wit_separator(p, TOKEN_RIGHT_BRACE);
        }
        wit_accept(p, TOKEN_SEMICOLON);
    } else {
        wit_expect(p, TOKEN_SEMICOLON);
    }
    w->includes = wit_append(p, w->includes, w->include_count++, &include, sizeof include);
}

// '{' world-items* '}'
// world-items ::= gate (export-item | import-item | use-item | typedef-item | include-item)
void wit_parse_world_body(struct parser *p, struct wit_world *w)
{
    wit_expect(p, TOKEN_LEFT_BRACE);
    while (wit_more(p, TOKEN_RIGHT_BRACE)) {
        const struct attributes a = wit_parse_attributes(p);
        struct wit_def *def = wit_parse_typedef(p, &a);
        if (def) {
            add_world_def(p, w, def);
        } else if (wit_accept(p, TOKEN_IMPORT)) {
            extern_item(p, &w->own_imports, &a);
        } else if (wit_accept(p, TOKEN_EXPORT)) {
            extern_item(p, &w->own_exports, &a);
        } else if (wit_accept(p, TOKEN_INCLUDE)) {
            include_item(p, w, &a);
        } else if (wit_accept(p, TOKEN_USE)) {
            uint32_t count;
            struct wit_def **const defs = wit_parse_use(p, &a, &count);
            for (uint32_t n = 0; n < count && !p->code; n++) add_world_def(p, w, defs[n]);
        } else {
            wit_parser_expected(p, "'import', 'export', 'include', 'use' or a type");
        }
    }
}

// --- files -------------------------------------------------------------------------------------------------

// toplevel-use-item ::= 'use' use-path ('as' id)? ';'
static void toplevel_use(struct parser *p, const struct attributes *a)
{
    wit_refuse_external_id(p, a);
    struct wit_alias alias = { .path = wit_parse_path(p) };
    alias.name = wit_accept(p, TOKEN_AS) ? wit_parse_id(p) : alias.path.name;
    wit_expect(p, TOKEN_SEMICOLON);
    struct wit_scope *const s = p->scope;
    s->aliases = wit_append(p, s->aliases, s->alias_count++, &alias, sizeof alias);
}

// package-items ::= toplevel-use-item | interface-item | world-item
static void package_item(struct parser *p, const struct attributes *a)
{
    struct wit_scope *const s = p->scope;
    if (wit_accept(p, TOKEN_USE)) {
        toplevel_use(p, a);
    } else if (wit_accept(p, TOKEN_INTERFACE)) {
        wit_refuse_external_id(p, a);
        struct wit_interface *const i = new_interface(p, wit_parse_id(p), a);
        s->interfaces = wit_append(p, s->interfaces, s->interface_count++, &i, sizeof i);
    } else if (wit_accept(p, TOKEN_WORLD)) {
        wit_refuse_external_id(p, a);
        struct wit_world *const w = MAKE(p, struct wit_world);
        if (!w) return;
        *w = (struct wit_world){ .id = wit_parse_id(p), .scope = s, .gate = a->gate, .docs = a->docs };
        wit_parse_world_body(p, w);
        s->worlds = wit_append(p, s->worlds, s->world_count++, &w, sizeof w);
    } else {
        wit_parser_expected(p,
                            s->nested ? "'interface', 'world' or 'use'" : "'package', 'interface', 'world' or 'use'");
    }
}

static struct wit_scope *new_scope(struct parser *p)
{
    struct wit_scope *const s = MAKE(p, struct wit_scope);
    if (!s) return NULL;
    s->file = p->file;
    p->wit->scopes = wit_append(p, p->wit->scopes, p->wit->scope_count, &s, sizeof s);
    if (!p->code) p->wit->scope_count++;
    return s;
}

// package-decl ::= 'package' ( id ':' )+ id ( '/' id )* ('@' valid-semver)?   behind 'package'
static void package_decl(struct parser *p, struct wit_scope *s, const struct attributes *a)
{
    wit_refuse_external_id(p, a);
    s->has_package = true;
    s->docs = a->docs;
    s->space = wit_parse_id(p);
    wit_expect(p, TOKEN_COLON);
    s->name = wit_parse_id(p);
    if (wit_at_token(p, TOKEN_COLON))
        wit_parser_fail(p, p->token.at, HF_UNSUPPORTED, "nested namespaces are not supported");
    if (wit_at_token(p, TOKEN_SLASH))
        wit_parser_fail(p, p->token.at, HF_UNSUPPORTED, "nested packages are not supported");
    if (wit_accept(p, TOKEN_AT)) s->version = wit_parse_version(p);
}

// wit-file ::= (package-decl ';')? (package-items | nested-package-definition)*
// nested-package-definition ::= package-decl '{' package-items* '}'
static void wit_file(struct parser *p)
{
    struct wit_scope *const outer = new_scope(p);
    p->scope = outer;
    for (bool first = true; wit_more(p, TOKEN_END); first = false) {
        struct attributes a = wit_parse_attributes(p);
        if (!wit_accept(p, TOKEN_PACKAGE)) {
            package_item(p, &a);
            continue;
        }
        const uint32_t at = p->token.at;
        struct wit_scope decl = { .file = p->file };
        package_decl(p, &decl, &a);
        if (wit_accept(p, TOKEN_SEMICOLON)) {
            if (!first) wit_parser_fail(p, at, HF_MALFORMED, "a package is named once, before everything else");
            *outer = decl;
            continue; // nothing else was said yet
        }
        struct wit_scope *const block = new_scope(p);
        if (!block) return;
        *block = decl;
        block->nested = true;
        outer->has_blocks = true;
        p->scope = block;
        wit_expect(p, TOKEN_LEFT_BRACE);
        while (wit_more(p, TOKEN_RIGHT_BRACE)) {
            a = wit_parse_attributes(p);
            package_item(p, &a);
        }
        p->scope = outer;
    }
}

hf_code wit_parse(struct wit *wit, uint32_t file, hf_status *status)
{
    struct parser p = { .wit = wit, .file = file, .status = status };
    const hf_str text = wit->files[file].text;
    if (!wit_lexer_init(&p.lexer, text.data, (uint32_t)text.size)) {
        wit_parser_fail(&p, p.lexer.at, HF_MALFORMED, "found %s", p.lexer.error);
        return p.code;
    }
    wit_advance(&p);
    wit_file(&p);
    return p.code;
}
