// Types, their definitions, and functions.
#include <string.h>

#include "base/ckd.h"
#include "wit/parser.h"

enum { TYPE_NESTING = 100 };

// --- types -------------------------------------------------------------------------------------------------

// tuple ::= 'tuple' '<' tuple-list '>'
static void tuple(struct parser *p, struct wit_type *type)
{
    wit_expect(p, TOKEN_LESS);
    const uint32_t at = p->token.at;
    while (wit_more(p, TOKEN_GREATER)) {
        const struct wit_member member = { .type = wit_parse_type(p) };
        type->members = wit_append(p, type->members, type->count++, &member, sizeof member);
        wit_separator(p, TOKEN_GREATER);
    }
    if (!type->count) wit_parser_fail(p, at, HF_INVALID, "a tuple has at least one type");
}

// uint ::= [1-9][0-9]*
static uint32_t uint(struct parser *p)
{
    const hf_str digits = wit_token_text(p);
    uint32_t value = 0;
    if (!wit_at_token(p, TOKEN_INTEGER)) {
        wit_parser_expected(p, "a number");
        return 0;
    }
    for (size_t i = 0; i < digits.size; i++) {
        if (ckd_mul(&value, value, 10u) || ckd_add(&value, value, (uint32_t)(digits.data[i] - '0'))) {
            wit_parser_fail(p, p->token.at, HF_INVALID, "a list longer than 4294967295");
            return 0;
        }
    }
    if (digits.data[0] == '0')
        wit_parser_fail(p, p->token.at, HF_MALFORMED, "a length begins with a digit from 1 to 9");
    wit_advance(p);
    return value;
}

// list ::= 'list' '<' ty '>' | 'list' '<' ty ',' uint '>'
static void list(struct parser *p, struct wit_type *type)
{
    wit_expect(p, TOKEN_LESS);
    type->first = wit_parse_type(p);
    if (wit_accept(p, TOKEN_COMMA)) {
        type->kind = HF_WIT_FIXED_LIST;
        type->length = uint(p);
    }
    wit_expect(p, TOKEN_GREATER);
}

// result ::= 'result' ('<' ('_' ',' ty | ty (',' ty)?) '>')?
static void result(struct parser *p, struct wit_type *type)
{
    if (!wit_accept(p, TOKEN_LESS)) return;
    if (wit_accept(p, TOKEN_UNDERSCORE)) {
        wit_expect(p, TOKEN_COMMA);
        type->second = wit_parse_type(p);
    } else {
        type->first = wit_parse_type(p);
        if (wit_accept(p, TOKEN_COMMA)) type->second = wit_parse_type(p);
    }
    wit_expect(p, TOKEN_GREATER);
}

static bool is_key(unsigned kind)
{
    return kind >= HF_WIT_BOOL && kind <= HF_WIT_STRING && kind != HF_WIT_F32 && kind != HF_WIT_F64;
}

// map ::= 'map' '<' kt ',' ty '>'
static void map(struct parser *p, struct wit_type *type)
{
    wit_expect(p, TOKEN_LESS);
    const uint32_t at = p->token.at;
    type->first = wit_parse_type(p);
    if (type->first && !is_key(type->first->kind)) wit_parser_fail(p, at, HF_MALFORMED, "this is no type for a key");
    wit_expect(p, TOKEN_COMMA);
    type->second = wit_parse_type(p);
    wit_expect(p, TOKEN_GREATER);
}

// option ::= 'option' '<' ty '>'
static void one(struct parser *p, struct wit_type *type)
{
    wit_expect(p, TOKEN_LESS);
    type->first = wit_parse_type(p);
    wit_expect(p, TOKEN_GREATER);
}

// future ::= 'future' '<' ty '>' | 'future', and stream
static void perhaps_one(struct parser *p, struct wit_type *type)
{
    if (wit_at_token(p, TOKEN_LESS)) one(p, type);
}

// handle ::= id | 'borrow' '<' id '>'
static void handle(struct parser *p, struct wit_type *type)
{
    wit_expect(p, TOKEN_LESS);
    type->name = wit_parse_id(p);
    type->written_own = type->kind == HF_WIT_OWN;
    wit_expect(p, TOKEN_GREATER);
}

struct wit_type *wit_parse_type(struct parser *p)
{
    static const struct {
        enum wit_token_kind token;
        unsigned kind;
        void (*rest)(struct parser *p, struct wit_type *type);
    } rules[] = {
        { TOKEN_BOOL, HF_WIT_BOOL, NULL },
        { TOKEN_S8, HF_WIT_S8, NULL },
        { TOKEN_U8, HF_WIT_U8, NULL },
        { TOKEN_S16, HF_WIT_S16, NULL },
        { TOKEN_U16, HF_WIT_U16, NULL },
        { TOKEN_S32, HF_WIT_S32, NULL },
        { TOKEN_U32, HF_WIT_U32, NULL },
        { TOKEN_S64, HF_WIT_S64, NULL },
        { TOKEN_U64, HF_WIT_U64, NULL },
        { TOKEN_F32, HF_WIT_F32, NULL },
        { TOKEN_F64, HF_WIT_F64, NULL },
        { TOKEN_CHAR, HF_WIT_CHAR, NULL },
        { TOKEN_STRING_TYPE, HF_WIT_STRING, NULL },
        { TOKEN_LIST, HF_WIT_LIST, list },
        { TOKEN_MAP, HF_WIT_MAP, map },
        { TOKEN_TUPLE, HF_WIT_TUPLE, tuple },
        { TOKEN_OPTION, HF_WIT_OPTION, one },
        { TOKEN_RESULT, HF_WIT_RESULT, result },
        { TOKEN_FUTURE, HF_WIT_FUTURE, perhaps_one },
        { TOKEN_STREAM, HF_WIT_STREAM, perhaps_one },
        { TOKEN_OWN, HF_WIT_OWN, handle },
        { TOKEN_BORROW, HF_WIT_BORROW, handle },
    };
    struct wit_type *const type = MAKE(p, struct wit_type);
    if (!type || p->code) return NULL;
    type->name = (struct wit_id){ .file = p->file, .at = p->token.at };
    if (wit_at_token(p, TOKEN_ID)) {
        type->kind = WIT_NAMED;
        type->name = wit_parse_id(p);
        return type;
    }
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!wit_at_token(p, rules[i].token)) continue;
        type->kind = rules[i].kind;
        if (++p->depth > TYPE_NESTING) wit_parser_fail(p, p->token.at, HF_LIMIT, "types are nested too deeply");
        wit_advance(p);
        if (rules[i].rest) rules[i].rest(p, type);
        p->depth--;
        return type;
    }
    wit_parser_expected(p, "a type");
    return NULL;
}

// --- functions ---------------------------------------------------------------------------------------------

static void add_param(struct parser *p, struct wit_func *func, struct wit_member param)
{
    func->params = wit_append(p, func->params, func->param_count++, &param, sizeof param);
}

// param-list ::= '(' named-type-list ')'
static void param_list(struct parser *p, struct wit_func *func)
{
    wit_expect(p, TOKEN_LEFT_PAREN);
    while (wit_more(p, TOKEN_RIGHT_PAREN)) {
        struct wit_member param = { .id = wit_parse_id(p) };
        wit_expect(p, TOKEN_COLON);
        param.type = wit_parse_type(p);
        add_param(p, func, param);
        wit_separator(p, TOKEN_RIGHT_PAREN);
    }
}

// func-type ::= 'async'? 'func' param-list result-list
void wit_parse_func_type(struct parser *p, struct wit_func *func)
{
    func->is_async = wit_accept(p, TOKEN_ASYNC);
    wit_expect(p, TOKEN_FUNC);
    param_list(p, func);
    if (wit_accept(p, TOKEN_ARROW)) func->result = wit_parse_type(p);
    func->result_written = func->result;
}

static struct wit_type *handle_of(struct parser *p, unsigned kind, const struct wit_def *resource)
{
    struct wit_type *const type = MAKE(p, struct wit_type);
    if (!type) return NULL;
    *type = (struct wit_type){ .kind = kind, .name = resource->id };
    return type;
}

// "[method]output-stream.write"
static hf_str member_name(struct parser *p, const char *kind, hf_str resource, hf_str name)
{
    struct buf text;
    buf_init(&text, p->wit->heap);
    buf_str(&text, kind);
    buf_put(&text, resource.data, resource.size);
    if (name.size) buf_u8(&text, '.');
    if (name.size) buf_put(&text, name.data, name.size);
    const char *const copy = text.failed ? NULL : arena_strndup(&p->wit->arena, (const char *)text.data, text.size);
    const size_t size = text.size;
    buf_fini(&text);
    if (!copy) wit_parser_oom(p);
    return (hf_str){ copy, copy ? size : 0 };
}

// resource-method ::= func-item | id ':' 'static' func-type ';' | 'constructor' param-list ('->' ty)? ';'
static void resource_method(struct parser *p, struct wit_def *def)
{
    const struct attributes a = wit_parse_attributes(p);
    struct wit_func *const func = MAKE(p, struct wit_func);
    if (!func) return;
    func->docs = a.docs;
    func->gate = a.gate;
    func->external_id = a.external_id;
    func->resource = def;
    if (wit_at_token(p, TOKEN_CONSTRUCTOR)) {
        func->kind = WIT_CONSTRUCTOR;
        func->id = (struct wit_id){ wit_token_text(p), p->file, p->token.at };
        func->name = member_name(p, "[constructor]", def->id.text, (hf_str){ NULL, 0 });
        wit_advance(p);
        param_list(p, func);
        func->result_written = wit_accept(p, TOKEN_ARROW);
        func->result = func->result_written ? wit_parse_type(p) : handle_of(p, HF_WIT_OWN, def);
    } else {
        func->id = wit_parse_id(p);
        wit_expect(p, TOKEN_COLON);
        func->kind = wit_accept(p, TOKEN_STATIC) ? WIT_STATIC : WIT_METHOD;
        func->name = member_name(p, func->kind == WIT_STATIC ? "[static]" : "[method]", def->id.text, func->id.text);
        if (func->kind == WIT_METHOD) {
            const struct wit_id self = { { "self", 4 }, p->file, func->id.at };
            add_param(p, func, (struct wit_member){ .id = self, .type = handle_of(p, HF_WIT_BORROW, def) });
        }
        wit_parse_func_type(p, func);
    }
    wit_expect(p, TOKEN_SEMICOLON);
    def->funcs = wit_append(p, def->funcs, def->func_count++, &func, sizeof func);
}

// --- definitions -------------------------------------------------------------------------------------------

// resource-item ::= 'resource' id ';' | 'resource' id '{' ( gate resource-method )* '}'
static void resource_item(struct parser *p, struct wit_def *def)
{
    def->kind = WIT_DEF_RESOURCE;
    if (wit_accept(p, TOKEN_SEMICOLON)) return;
    wit_expect(p, TOKEN_LEFT_BRACE);
    while (wit_more(p, TOKEN_RIGHT_BRACE)) resource_method(p, def);
}

// type-item ::= 'type' id '=' ty ';'
static void type_item(struct parser *p, struct wit_def *def)
{
    wit_expect(p, TOKEN_EQUALS);
    def->type = wit_parse_type(p);
    wit_expect(p, TOKEN_SEMICOLON);
}

// '{' members '}', each an id and, as its kind wants, a type
static void members(struct parser *p, struct wit_def *def, unsigned kind)
{
    struct wit_type *const type = MAKE(p, struct wit_type);
    if (!type) return;
    type->kind = kind;
    type->name = def->id;
    wit_expect(p, TOKEN_LEFT_BRACE);
    while (wit_more(p, TOKEN_RIGHT_BRACE)) {
        const struct attributes a = wit_parse_attributes(p);
        wit_refuse_external_id(p, &a);
        if (a.gate.since.text.size || a.gate.unstable.size)
            wit_parser_fail(p, p->token.at, HF_MALFORMED, "a part of a type has no gate of its own");
        struct wit_member member = { .id = wit_parse_id(p), .docs = a.docs };
        if (kind == HF_WIT_RECORD) {
            wit_expect(p, TOKEN_COLON);
            member.type = wit_parse_type(p);
        } else if (kind == HF_WIT_VARIANT && wit_accept(p, TOKEN_LEFT_PAREN)) {
            member.type = wit_parse_type(p);
            wit_expect(p, TOKEN_RIGHT_PAREN);
        }
        type->members = wit_append(p, type->members, type->count++, &member, sizeof member);
        wit_separator(p, TOKEN_RIGHT_BRACE);
    }
    def->type = type;
}

static void record_item(struct parser *p, struct wit_def *def)
{
    members(p, def, HF_WIT_RECORD);
}

static void variant_item(struct parser *p, struct wit_def *def)
{
    members(p, def, HF_WIT_VARIANT);
}

static void enum_item(struct parser *p, struct wit_def *def)
{
    members(p, def, HF_WIT_ENUM);
}

static void flags_item(struct parser *p, struct wit_def *def)
{
    members(p, def, HF_WIT_FLAGS);
}

struct wit_def *wit_parse_typedef(struct parser *p, const struct attributes *a)
{
    static const struct {
        enum wit_token_kind token;
        void (*rest)(struct parser *p, struct wit_def *def);
    } rules[] = {
        { TOKEN_TYPE, type_item }, { TOKEN_RECORD, record_item }, { TOKEN_VARIANT, variant_item },
        { TOKEN_ENUM, enum_item }, { TOKEN_FLAGS, flags_item },   { TOKEN_RESOURCE, resource_item },
    };
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!wit_at_token(p, rules[i].token)) continue;
        struct wit_def *const def = MAKE(p, struct wit_def);
        if (!def) return NULL;
        wit_advance(p);
        *def = (struct wit_def){
            .kind = WIT_DEF_TYPE, .id = wit_parse_id(p), .gate = a->gate, .docs = a->docs, .external_id = a->external_id
        };
        rules[i].rest(p, def);
        return def;
    }
    return NULL;
}

// use-item ::= 'use' use-path '.' '{' use-names-list '}' ';'
struct wit_def **wit_parse_use(struct parser *p, const struct attributes *a, uint32_t *count)
{
    struct wit_def **defs = NULL;
    struct wit_use *const use = MAKE(p, struct wit_use);
    *count = 0;
    if (!use) return NULL;
    wit_refuse_external_id(p, a);
    *use = (struct wit_use){ .path = wit_parse_path(p), .gate = a->gate, .docs = a->docs };
    wit_expect(p, TOKEN_DOT);
    wit_expect(p, TOKEN_LEFT_BRACE);
    const uint32_t at = p->token.at;
    while (wit_more(p, TOKEN_RIGHT_BRACE)) {
        struct wit_def *const def = MAKE(p, struct wit_def);
        if (!def) return NULL;
        const struct wit_id original = wit_parse_id(p);
        const struct wit_id id = wit_accept(p, TOKEN_AS) ? wit_parse_id(p) : original;
        *def = (struct wit_def){ .kind = WIT_DEF_USE, .id = id, .gate = a->gate, .use = use, .original = original };
        defs = wit_append(p, defs, (*count)++, &def, sizeof def);
        wit_separator(p, TOKEN_RIGHT_BRACE);
    }
    if (!*count) wit_parser_fail(p, at, HF_MALFORMED, "expected a name to use");
    wit_expect(p, TOKEN_SEMICOLON);
    return defs;
}
