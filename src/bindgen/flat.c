#include "bindgen/flat.h"

#include <string.h>

enum { MAX_WORK = 1 << 18 };

const char *core_name(uint8_t type)
{
    static const char *const names[] = { "int32_t", "int64_t", "float", "double" };
    return names[type];
}

void put_line(struct flattener *f, const char *fmt, ...)
{
    buf_printf(f->out, "%*s", (int)f->indent, "");
    va_list args;
    va_start(args, fmt);
    buf_vprintf(f->out, fmt, args);
    va_end(args);
    buf_u8(f->out, '\n');
}

const char *put_expr(struct flattener *f, const char *fmt, ...)
{
    struct buf text;
    buf_init(&text, f->types->wit->heap);
    va_list args;
    va_start(args, fmt);
    buf_vprintf(&text, fmt, args);
    va_end(args);
    const char *const copy = text.failed ? NULL : arena_strndup(&f->types->arena, (const char *)text.data, text.size);
    buf_fini(&text);
    if (!copy) f->types->failed = true;
    return copy ? copy : "";
}

// False once a function has become too much to write.
static bool go_on(struct flattener *f)
{
    if (++f->work > MAX_WORK) f->too_much = true;
    return !f->too_much && !f->types->failed;
}

// --- flattening --------------------------------------------------------------------------------------------

static void add_core(struct flat *out, uint8_t type)
{
    if (out->count <= MAX_FLAT_PARAMS) out->types[out->count] = type;
    if (out->count <= MAX_FLAT_PARAMS) out->count++;
}

static uint8_t join(uint8_t a, uint8_t b)
{
    if (a == b) return a;
    return (a == CORE_I32 && b == CORE_F32) || (a == CORE_F32 && b == CORE_I32) ? CORE_I32 : CORE_I64;
}

// The cases of what is a variant, whatever it is called: the i-th one's type, or NULL.
static uint32_t case_count(const struct wit_type *type)
{
    return type->kind == HF_WIT_VARIANT ? type->count : 2;
}

static const struct wit_type *case_type(const struct wit_type *type, uint32_t i)
{
    if (type->kind == HF_WIT_VARIANT) return type->members[i].type;
    if (type->kind == HF_WIT_OPTION) return i ? type->first : NULL;
    return i ? type->second : type->first;
}

static void flatten_cases(struct flattener *f, const struct wit_type *type, struct flat *out)
{
    struct flat payload = { .count = 0 };
    for (uint32_t i = 0; i < case_count(type); i++) {
        struct flat one = { .count = 0 };
        if (case_type(type, i)) flatten(f, case_type(type, i), &one);
        for (unsigned k = 0; k < one.count; k++) {
            if (k < payload.count)
                payload.types[k] = join(payload.types[k], one.types[k]);
            else
                add_core(&payload, one.types[k]);
        }
    }
    add_core(out, CORE_I32);
    for (unsigned k = 0; k < payload.count; k++) add_core(out, payload.types[k]);
}

void flatten(struct flattener *f, const struct wit_type *type, struct flat *out)
{
    type = wit_type_origin(type);
    if (!go_on(f) || out->count > MAX_FLAT_PARAMS) return;
    switch (type->kind) {
    case HF_WIT_S64:
    case HF_WIT_U64: add_core(out, CORE_I64); return;
    case HF_WIT_F32: add_core(out, CORE_F32); return;
    case HF_WIT_F64: add_core(out, CORE_F64); return;
    case HF_WIT_STRING:
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        add_core(out, CORE_I32);
        add_core(out, CORE_I32);
        return;
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < type->length && out->count <= MAX_FLAT_PARAMS && !f->too_much; i++)
            flatten(f, type->first, out);
        return;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
        for (uint32_t i = 0; i < type->count; i++) flatten(f, type->members[i].type, out);
        return;
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: flatten_cases(f, type, out); return;
    default: add_core(out, CORE_I32); return;
    }
}

// --- parts of values -----------------------------------------------------------------------------------------

// What a member of a value begins with: "value." or, of what a pointer points to, "pointer->".
static const char *member_of(struct flattener *f, const char *value)
{
    const size_t size = strlen(value);
    const bool pointer =
        size > 3 && value[0] == '(' && value[1] == '*' && !strchr(value, '.') && value[size - 1] == ')';
    return pointer ? put_expr(f, "%.*s->", (int)size - 3, value + 2) : put_expr(f, "%s.", value);
}

static const char *field_of(struct flattener *f, const struct wit_type *type, uint32_t i, const char *value)
{
    if (type->kind == HF_WIT_TUPLE) return put_expr(f, "%sf%u", member_of(f, value), i);
    struct buf name;
    buf_init(&name, f->types->wit->heap);
    cname_field(&name, type->members[i].id.text);
    if (name.failed) f->types->failed = true;
    const char *const expr = put_expr(f, "%s%.*s", member_of(f, value), (int)name.size, (const char *)name.data);
    buf_fini(&name);
    return expr;
}

static const char *payload_of(struct flattener *f, const struct wit_type *type, uint32_t i, const char *value)
{
    if (type->kind == HF_WIT_OPTION) return put_expr(f, "%svalue", member_of(f, value));
    if (type->kind == HF_WIT_RESULT) return put_expr(f, "%sas.%s", member_of(f, value), i ? "error" : "ok");
    return field_of(f, type, i, put_expr(f, "%sas", member_of(f, value)));
}

static const char *tag_of(struct flattener *f, const struct wit_type *type, const char *value)
{
    return put_expr(f, "%s%s", member_of(f, value),
                    type->kind == HF_WIT_OPTION   ? "some"
                    : type->kind == HF_WIT_RESULT ? "err"
                                                  : "tag");
}

static bool is_struct(const struct wit_type *type)
{
    return type->kind == HF_WIT_RECORD || type->kind == HF_WIT_TUPLE;
}

// --- lowering ------------------------------------------------------------------------------------------------

static void give(struct exprs *out, const char *expr)
{
    if (out->count <= MAX_FLAT_PARAMS) out->list[out->count++] = expr;
}

// A core value as one that has room for it.
static const char *widen(struct flattener *f, uint8_t from, uint8_t to, const char *expr)
{
    if (from == to) return expr;
    if (from == CORE_F32) expr = put_expr(f, "bits_of_float(%s)", expr);
    if (from == CORE_F64) return put_expr(f, "bits_of_double(%s)", expr);
    return to == CORE_I64 ? put_expr(f, "(int64_t)(uint32_t)(%s)", expr) : expr;
}

static const char *narrow(struct flattener *f, uint8_t from, uint8_t to, const char *expr)
{
    if (from == to) return expr;
    if (to == CORE_F64) return put_expr(f, "double_of_bits(%s)", expr);
    if (from == CORE_I64) expr = put_expr(f, "(int32_t)(%s)", expr);
    return to == CORE_F32 ? put_expr(f, "float_of_bits(%s)", expr) : expr;
}

static void lower_cases(struct flattener *f, const struct wit_type *type, const char *value, struct exprs *out)
{
    struct flat flat = { .count = 0 };
    flatten(f, type, &flat);
    const unsigned first = f->variables;
    f->variables += flat.count;
    for (unsigned k = 1; k < flat.count; k++) put_line(f, "%s Flat%u = 0;", core_name(flat.types[k]), first + k);
    give(out, put_expr(f, "(int32_t)%s", tag_of(f, type, value)));
    for (unsigned k = 1; k < flat.count; k++) give(out, put_expr(f, "Flat%u", first + k));
    if (flat.count == 1) return;
    put_line(f, "switch (%s) {", put_expr(f, "(uint32_t)%s", tag_of(f, type, value)));
    for (uint32_t i = 0; i < case_count(type); i++) {
        const struct wit_type *const payload = case_type(type, i);
        if (!payload) continue;
        struct flat own = { .count = 0 };
        struct exprs exprs = { .count = 0 };
        flatten(f, payload, &own);
        put_line(f, "case %u: {", i);
        f->indent += 4;
        flat_lower(f, payload, payload_of(f, type, i, value), &exprs);
        for (unsigned k = 0; k < exprs.count && k + 1 < flat.count; k++)
            put_line(f, "Flat%u = %s;", first + k + 1, widen(f, own.types[k], flat.types[k + 1], exprs.list[k]));
        put_line(f, "break;");
        f->indent -= 4;
        put_line(f, "}");
    }
    put_line(f, "default: break;");
    put_line(f, "}");
}

void flat_lower(struct flattener *f, const struct wit_type *type, const char *value, struct exprs *out)
{
    type = wit_type_origin(type);
    if (!go_on(f)) return;
    switch (type->kind) {
    case HF_WIT_U64: give(out, put_expr(f, "(int64_t)%s", value)); return;
    case HF_WIT_S64:
    case HF_WIT_S32:
    case HF_WIT_F32:
    case HF_WIT_F64: give(out, value); return;
    case HF_WIT_STRING:
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        give(out, put_expr(f, "(int32_t)(uintptr_t)%sdata", member_of(f, value)));
        give(out, put_expr(f, "(int32_t)%ssize", member_of(f, value)));
        return;
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < type->length && out->count <= MAX_FLAT_PARAMS; i++)
            flat_lower(f, type->first, put_expr(f, "%sat[%u]", member_of(f, value), i), out);
        return;
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: lower_cases(f, type, value, out); return;
    case HF_WIT_OWN: give(out, put_expr(f, "%s.handle", value)); return;
    case HF_WIT_BORROW:
        give(out, ctype_is_exported(f->types, wit_def_origin(type->def)) ? put_expr(f, "(int32_t)(uintptr_t)%s", value)
                                                                         : put_expr(f, "%s.handle", value));
        return;
    default: break;
    }
    if (!is_struct(type)) {
        give(out, put_expr(f, "(int32_t)%s", value));
        return;
    }
    for (uint32_t i = 0; i < type->count; i++) flat_lower(f, type->members[i].type, field_of(f, type, i, value), out);
}

// --- lifting -------------------------------------------------------------------------------------------------

static void lift_cases(struct flattener *f, const struct wit_type *type, const char *value, const struct exprs *from,
                       unsigned *at)
{
    struct flat flat = { .count = 0 };
    flatten(f, type, &flat);
    const unsigned first = *at;
    const char *const tag = first < from->count ? from->list[first] : "0";
    *at += flat.count;
    if (type->kind == HF_WIT_VARIANT)
        put_line(f, "%s = (uint%u_t)%s;", tag_of(f, type, value),
                 type->count <= 0x100     ? 8
                 : type->count <= 0x10000 ? 16
                                          : 32,
                 tag);
    else
        put_line(f, "%s = %s != 0;", tag_of(f, type, value), tag);
    if (flat.count == 1) return;
    put_line(f, "switch (%s) {", tag);
    for (uint32_t i = 0; i < case_count(type); i++) {
        const struct wit_type *const payload = case_type(type, i);
        if (!payload) continue;
        struct flat own = { .count = 0 };
        struct exprs exprs = { .count = 0 };
        unsigned taken = 0;
        flatten(f, payload, &own);
        for (unsigned k = 0; k < own.count && first + k + 1 < from->count && k + 1 < flat.count; k++)
            give(&exprs, narrow(f, flat.types[k + 1], own.types[k], from->list[first + k + 1]));
        put_line(f, "case %u:", i);
        f->indent += 4;
        flat_lift(f, payload, payload_of(f, type, i, value), &exprs, &taken);
        put_line(f, "break;");
        f->indent -= 4;
    }
    put_line(f, "default: break;");
    put_line(f, "}");
}

void flat_lift(struct flattener *f, const struct wit_type *type, const char *value, const struct exprs *from,
               unsigned *at)
{
    const char *const name = ctype_of(f->types, type).name;
    type = wit_type_origin(type);
    if (!go_on(f)) return;
    switch (type->kind) {
    case HF_WIT_FIXED_LIST:
        for (uint32_t i = 0; i < type->length && *at < from->count; i++)
            flat_lift(f, type->first, put_expr(f, "%s.at[%u]", value, i), from, at);
        return;
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: lift_cases(f, type, value, from, at); return;
    default: break;
    }
    if (is_struct(type)) {
        for (uint32_t i = 0; i < type->count; i++)
            flat_lift(f, type->members[i].type, field_of(f, type, i, value), from, at);
        return;
    }
    if (*at >= from->count) return;
    const char *const expr = from->list[(*at)++];
    switch (type->kind) {
    case HF_WIT_BOOL: put_line(f, "%s = %s != 0;", value, expr); return;
    case HF_WIT_F32:
    case HF_WIT_F64: put_line(f, "%s = %s;", value, expr); return;
    case HF_WIT_STRING:
        put_line(f, "%s.data = (uint8_t *)(uintptr_t)%s;", value, expr);
        if (*at < from->count) put_line(f, "%s.size = (size_t)%s;", value, from->list[(*at)++]);
        return;
    case HF_WIT_LIST:
    case HF_WIT_MAP: {
        put_line(f, "%s.data = (%s *)(uintptr_t)%s;", value, ctype_element(f->types, type), expr);
        if (*at < from->count) put_line(f, "%s.size = (size_t)%s;", value, from->list[(*at)++]);
        return;
    }
    case HF_WIT_OWN: put_line(f, "%s.handle = %s;", value, expr); return;
    case HF_WIT_BORROW:
        if (ctype_is_exported(f->types, wit_def_origin(type->def)))
            put_line(f, "%s = (%s)(uintptr_t)%s;", value, name, expr);
        else
            put_line(f, "%s.handle = %s;", value, expr);
        return;
    default: put_line(f, "%s = (%s)%s;", value, name, expr); return;
    }
}
