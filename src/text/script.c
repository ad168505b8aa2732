#include "text/script.h"

#include <string.h>

#include "text/component.h"
#include "text/script_value.h"

struct scripter {
    struct parser p;
    const hf_allocator *heap;
    struct arena *arena;
    struct buf bytes; // scratch
    // How far lines were counted
    uint32_t line;
    size_t counted;
};

const char *script_kind_name(enum script_kind kind)
{
    static const char *const names[] = {
        "module",
        "module instance",
        "register",
        "action",
        "assert_return",
        "assert_trap",
        "assert_exhaustion",
        "assert_exception",
        "assert_malformed",
        "assert_invalid",
        "assert_unlinkable",
        "assert_malformed_custom",
        "assert_invalid_custom",
    };
    return names[kind];
}

static uint32_t line_of(struct scripter *s, const struct token *t)
{
    const char *text = s->p.tokens->text;
    for (; s->counted < t->at; s->counted++) s->line += text[s->counted] == '\n';
    return s->line;
}

// --- values ------------------------------------------------------------------------------------------------

static uint32_t heap_of(const struct token *t)
{
    if (t->kind != TOKEN_WORD) return HEAP_BOT;
    switch (t->word) {
    case KW_ANY: return HEAP_ANY;
    case KW_EQ: return HEAP_EQ;
    case KW_I31: return HEAP_I31;
    case KW_STRUCT: return HEAP_STRUCT;
    case KW_ARRAY: return HEAP_ARRAY;
    case KW_NONE: return HEAP_NONE;
    case KW_FUNC: return HEAP_FUNC;
    case KW_NOFUNC: return HEAP_NOFUNC;
    case KW_EXTERN: return HEAP_EXTERN;
    case KW_NOEXTERN: return HEAP_NOEXTERN;
    case KW_EXN: return HEAP_EXN;
    case KW_NOEXN: return HEAP_NOEXN;
    default: return HEAP_BOT;
    }
}

static bool take_nan(struct parser *p, uint8_t *out)
{
    if (take_word(p, KW_NAN_CANONICAL))
        *out = SCRIPT_NAN_CANONICAL;
    else if (take_word(p, KW_NAN_ARITHMETIC))
        *out = SCRIPT_NAN_ARITHMETIC;
    else
        return false;
    return true;
}

// A vector whose float lanes may be patterns.
static hf_code vector(struct parser *p, bool pattern, struct script_value *out)
{
    const struct token *shape = peek(p);
    out->lanes = shape->kind == TOKEN_WORD ? (uint8_t)shape_lanes(shape->word) : 0;
    out->float_lanes = out->lanes && shape_is_float(shape->word);
    if (!pattern || !out->float_lanes) return parse_v128(p, out->v128);
    next(p);
    const unsigned size = 16u / out->lanes;
    for (unsigned i = 0; i < out->lanes; i++) {
        uint64_t bits = 0;
        if (!take_nan(p, &out->nan[i])) TRY(parse_number(p, size == 4 ? OP_F32_CONST : OP_F64_CONST, &bits));
        for (unsigned b = 0; b < size; b++) out->v128[i * size + b] = (uint8_t)(bits >> (8 * b));
    }
    return HF_OK;
}

static hf_code simple_value(struct scripter *s, bool pattern, struct script_value *out)
{
    struct parser *p = &s->p;
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "a value");
    next(p);
    const struct token *t = peek(p);
    if (t->kind != TOKEN_WORD) return unexpected(p, "a value");
    next(p);
    switch (t->word) {
    case OP_I32_CONST:
        out->kind = SCRIPT_I32;
        TRY(parse_number(p, OP_I32_CONST, &out->bits));
        break;
    case OP_I64_CONST:
        out->kind = SCRIPT_I64;
        TRY(parse_number(p, OP_I64_CONST, &out->bits));
        break;
    case OP_F32_CONST:
    case OP_F64_CONST:
        out->kind = t->word == OP_F32_CONST ? SCRIPT_F32 : SCRIPT_F64;
        if (!pattern || !take_nan(p, &out->nan[0])) TRY(parse_number(p, (enum opcode)t->word, &out->bits));
        break;
    case OP_V128_CONST:
        out->kind = SCRIPT_V128;
        TRY(vector(p, pattern, out));
        break;
    case OP_REF_NULL:
        out->kind = SCRIPT_REF_NULL;
        out->heap = heap_of(peek(p));
        if (!is_kind(p, TOKEN_RPAR))
            next(p);
        else if (!pattern)
            return unexpected(p, "a heap type");
        break;
    case KW_REF_EXTERN:
    case KW_REF_HOST:
        out->kind = t->word == KW_REF_EXTERN ? SCRIPT_REF_EXTERN : SCRIPT_REF_HOST;
        if (pattern && t->word == KW_REF_EXTERN && is_kind(p, TOKEN_RPAR)) break;
        out->has_number = true;
        TRY(parse_u64(p, &out->bits));
        break;
    default: {
        enum script_value_kind kind;
        switch (t->word) {
        case OP_REF_FUNC: kind = SCRIPT_REF_FUNC; break;
        case KW_REF_ANY: kind = SCRIPT_REF_ANY; break;
        case OP_REF_EQ: kind = SCRIPT_REF_EQ; break;
        case OP_REF_I31: kind = SCRIPT_REF_I31; break;
        case KW_REF_STRUCT: kind = SCRIPT_REF_STRUCT; break;
        case KW_REF_ARRAY: kind = SCRIPT_REF_ARRAY; break;
        case KW_REF_EXN: kind = SCRIPT_REF_EXN; break;
        default: p->at--; return unexpected(p, "a value");
        }
        if (!pattern) {
            p->at--;
            return unexpected(p, "a constant");
        }
        out->kind = kind;
    }
    }
    return expect_close(p);
}

static hf_code push_value(struct scripter *s, struct script_value **values, size_t *cap, uint32_t *count,
                          struct script_value value)
{
    struct script_value *more = arena_grow(s->arena, *values, cap, *count, *count + 1u, sizeof *more);
    if (!more) return parse_oom(&s->p);
    *values = more;
    more[(*count)++] = value;
    return HF_OK;
}

// Values up to the ')'. `(either …)` holds simple values only.
static hf_code values(struct scripter *s, bool pattern, const struct script_value **out, uint32_t *out_count)
{
    struct parser *p = &s->p;
    struct script_value *list = NULL;
    size_t cap = 0;
    uint32_t count = 0;
    while (!is_kind(p, TOKEN_RPAR)) {
        struct script_value value = { 0 };
        if (script_value_is_component(p)) {
            TRY(script_value_parse(p, s->arena, 0, &value));
        } else if (pattern && take_open(p, KW_EITHER)) {
            struct script_value *either = NULL;
            size_t either_cap = 0;
            value.kind = SCRIPT_EITHER;
            while (!is_kind(p, TOKEN_RPAR)) {
                struct script_value one = { 0 };
                TRY(simple_value(s, true, &one));
                TRY(push_value(s, &either, &either_cap, &value.either_count, one));
            }
            next(p);
            value.either = either;
        } else {
            TRY(simple_value(s, pattern, &value));
        }
        TRY(push_value(s, &list, &cap, &count, value));
    }
    *out = list;
    *out_count = count;
    return HF_OK;
}

// --- actions and modules -----------------------------------------------------------------------------------

static bool at_action(const struct parser *p)
{
    return is_open(p, KW_INVOKE) || is_open(p, KW_GET);
}

// (invoke id? "name" const*) | (get id? "name")
static hf_code action(struct scripter *s, struct script_action *out)
{
    struct parser *p = &s->p;
    out->get = take_open(p, KW_GET);
    if (!out->get) TRY(expect_open(p, KW_INVOKE, "an action"));
    TRY(parse_id(p, &out->target));
    TRY(parse_bytes(p, false, &out->field));
    if (!out->get) TRY(values(s, false, &out->args, &out->arg_count));
    return expect_close(p);
}

static hf_code keep_bytes(struct scripter *s, struct script_module *out)
{
    if (s->bytes.failed) return parse_oom(&s->p);
    const uint8_t *data = arena_copy(s->arena, s->bytes.data, s->bytes.size);
    if (!data && s->bytes.size) return parse_oom(&s->p);
    out->bytes = (hf_bytes){ data, s->bytes.size };
    return HF_OK;
}

// Assembles in place. A module that is malformed is not the script's failure.
static hf_code text_module(struct scripter *s, enum module_form form, struct script_module *out)
{
    const bool component = out->component;
    struct parser inner = s->p;
    hf_status failure = { 0 };
    inner.status = &failure;
    inner.arena = NULL;
    buf_clear(&s->bytes);
    const hf_code code = component ? assemble_component(&inner, s->heap, form, &s->bytes)
                                   : assemble_module(&inner, s->heap, true, form, &s->bytes);
    out->kind = SCRIPT_TEXT;
    if (code == HF_OUT_OF_MEMORY) return parse_oom(&s->p);
    if (code == HF_OK) {
        s->p.at = inner.at;
        return keep_bytes(s, out);
    }
    out->failure = arena_copy(s->arena, &failure, sizeof failure);
    if (!out->failure) return parse_oom(&s->p);
    if (form == MODULE_BARE) {
        s->p.at = s->p.tokens->count - 1;
        return HF_OK;
    }
    skip_list(&s->p);
    return is_kind(&s->p, TOKEN_ERROR) ? unexpected(&s->p, ")") : HF_OK;
}

// (module definition? id? …) or (component …) behind its word; leaves the cursor behind the ')'
static hf_code script_module(struct scripter *s, struct script_module *out, hf_str *name)
{
    struct parser *p = &s->p;
    out->definition = take_word(p, KW_DEFINITION);
    const size_t at = p->at;
    TRY(parse_id(p, name));
    const bool binary = is_word(p, KW_BINARY);
    if (!binary && !is_word(p, KW_QUOTE)) {
        p->at = at;
        return text_module(s, MODULE_HEADED, out);
    }
    next(p);
    out->kind = binary ? SCRIPT_BINARY : SCRIPT_QUOTE;
    buf_clear(&s->bytes);
    while (is_kind(p, TOKEN_STRING)) {
        TRY(parse_string(p, &s->bytes));
        if (!binary) buf_u8(&s->bytes, '\n'); // strings are separate lines of the text
    }
    TRY(keep_bytes(s, out));
    return expect_close(p);
}

// --- commands ----------------------------------------------------------------------------------------------

static hf_code message(struct scripter *s, struct script_command *out)
{
    return parse_bytes(&s->p, false, &out->text);
}

static hf_code assertion(struct scripter *s, unsigned word, struct script_command *out)
{
    static const struct {
        uint16_t word;
        enum script_kind kind;
        bool action, module, message;
    } rows[] = {
        { KW_ASSERT_RETURN, SCRIPT_ASSERT_RETURN, true, false, false },
        { KW_ASSERT_TRAP, SCRIPT_ASSERT_TRAP, true, true, true },
        { KW_ASSERT_EXHAUSTION, SCRIPT_ASSERT_EXHAUSTION, true, false, true },
        { KW_ASSERT_EXCEPTION, SCRIPT_ASSERT_EXCEPTION, true, false, false },
        { KW_ASSERT_MALFORMED, SCRIPT_ASSERT_MALFORMED, false, true, true },
        { KW_ASSERT_INVALID, SCRIPT_ASSERT_INVALID, false, true, true },
        { KW_ASSERT_UNLINKABLE, SCRIPT_ASSERT_UNLINKABLE, false, true, true },
        { KW_ASSERT_MALFORMED_CUSTOM, SCRIPT_ASSERT_MALFORMED_CUSTOM, false, true, true },
        { KW_ASSERT_INVALID_CUSTOM, SCRIPT_ASSERT_INVALID_CUSTOM, false, true, true },
    };
    struct parser *p = &s->p;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].word != word) continue;
        out->kind = rows[i].kind;
        if (rows[i].action && at_action(p)) {
            out->has_action = true;
            TRY(action(s, &out->action));
        } else if (rows[i].module) {
            out->module.component = take_open_text(p, "component");
            if (!out->module.component)
                TRY(expect_open(p, KW_MODULE, rows[i].action ? "an action or (module" : "(module"));
            TRY(script_module(s, &out->module, &out->name));
        } else {
            return unexpected(p, "an action");
        }
        if (rows[i].message)
            TRY(message(s, out));
        else if (out->kind == SCRIPT_ASSERT_RETURN)
            TRY(values(s, true, &out->results, &out->result_count));
        return expect_close(p);
    }
    p->at--;
    return unexpected(p, "a command");
}

static hf_code command(struct scripter *s, struct script_command *out)
{
    struct parser *p = &s->p;
    out->line = line_of(s, peek(p));
    if (at_action(p)) {
        out->kind = SCRIPT_ACTION;
        out->has_action = true;
        return action(s, &out->action);
    }
    out->component = out->module.component = take_open_text(p, "component");
    if (out->component || take_open(p, KW_MODULE)) {
        if (!take_word(p, KW_INSTANCE)) {
            out->kind = SCRIPT_MODULE;
            return script_module(s, &out->module, &out->name);
        }
        // (module instance id? id?): one identifier alone is the definition's
        out->kind = SCRIPT_INSTANCE;
        TRY(parse_id(p, &out->name));
        TRY(parse_id(p, &out->target));
        if (!out->target.data) {
            out->target = out->name;
            out->name = (hf_str){ NULL, 0 };
        }
        return expect_close(p);
    }
    if (take_open(p, KW_REGISTER)) {
        out->kind = SCRIPT_REGISTER;
        TRY(parse_bytes(p, false, &out->text));
        TRY(parse_id(p, &out->target));
        return expect_close(p);
    }
    if (!is_kind(p, TOKEN_LPAR)) return unexpected(p, "a command");
    next(p);
    if (!is_kind(p, TOKEN_WORD)) return unexpected(p, "a command");
    const unsigned word = peek(p)->word;
    next(p);
    return assertion(s, word, out);
}

// Does the script begin with a module's field? Then all of it is one module.
static bool at_field(const struct parser *p)
{
    if (is_kind(p, TOKEN_ANNOT)) return true;
    static const uint16_t fields[] = { KW_TYPE,   KW_REC, KW_IMPORT, KW_EXPORT, KW_FUNC, KW_TABLE,
                                       KW_MEMORY, KW_TAG, KW_GLOBAL, KW_ELEM,   KW_DATA, KW_START };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (is_open(p, fields[i])) return true;
    }
    return false;
}

static hf_code commands(struct scripter *s, struct script *out)
{
    struct script_command *list = NULL;
    size_t cap = 0;
    uint32_t count = 0;
    while (!is_kind(&s->p, TOKEN_END)) {
        struct script_command next = { 0 };
        if (count == 0 && at_field(&s->p)) {
            next.line = line_of(s, peek(&s->p));
            TRY(text_module(s, MODULE_BARE, &next.module));
        } else {
            TRY(command(s, &next));
        }
        struct script_command *more = arena_grow(s->arena, list, &cap, count, count + 1u, sizeof *more);
        if (!more) return parse_oom(&s->p);
        list = more;
        list[count++] = next;
    }
    out->commands = list;
    out->count = count;
    return HF_OK;
}

hf_code script_parse(const char *src, size_t size, uint32_t features, const hf_allocator *heap, struct script *out,
                     hf_status *status)
{
    struct words words;
    struct tokens tokens;
    *out = (struct script){ 0 };
    arena_init(&out->arena, heap);
    TRY(words_init(&words, heap, status));
    hf_code code = tokens_init(&tokens, &words, src, size, heap, status);
    if (code == HF_OK) {
        struct scripter s = {
            .p = { .tokens = &tokens, .status = status, .arena = &out->arena, .features = features },
            .heap = heap,
            .arena = &out->arena,
            .line = 1,
        };
        buf_init(&s.bytes, heap);
        code = commands(&s, out);
        buf_fini(&s.bytes);
        tokens_fini(&tokens);
    }
    words_fini(&words);
    if (code != HF_OK) script_fini(out);
    return code;
}

void script_fini(struct script *script)
{
    arena_fini(&script->arena);
    script->commands = NULL;
    script->count = 0;
}
