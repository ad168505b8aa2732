// Reads the text of types.
#include "value/type_text.h"

#include <string.h>

#include "base/fail.h"
#include "base/map.h"
#include "value/scan.h"
#include "value/type.h"

struct types {
    struct scan scan;
    struct arena *arena;
    unsigned depth;
};

static hf_code parse(struct types *t, const hf_type **out);

// ty, or `_` for none.
static hf_code maybe(struct types *t, const hf_type **out)
{
    *out = NULL;
    return scan_take(&t->scan, "_") ? HF_OK : parse(t, out);
}

struct fields {
    hf_field *at;
    size_t count, cap;
};

static hf_code add(struct types *t, struct fields *fields, hf_str name, const hf_type *type)
{
    if (fields->count >= UINT32_MAX) return fail_oom(t->scan.status);
    hf_field *at = arena_grow(t->arena, fields->at, &fields->cap, fields->count, fields->count + 1, sizeof *at);
    if (!at) return fail_oom(t->scan.status);
    fields->at = at;
    const char *copy = name.size ? arena_strndup(t->arena, name.data, name.size) : "";
    if (!copy) return fail_oom(t->scan.status);
    at[fields->count++] = (hf_field){ { copy, name.size }, type, 0 };
    return HF_OK;
}

// Labels are told apart whatever their case.
static hf_code check_unique(struct types *t, const struct fields *fields)
{
    struct map seen;
    hf_code code = HF_OK;
    map_init(&seen, t->arena->heap, 0);
    for (size_t i = 0; i < fields->count && !code; i++) {
        const hf_str name = fields->at[i].name;
        char *key = arena_strndup(t->arena, name.data, name.size);
        for (size_t k = 0; key && k < name.size; k++)
            key[k] = (char)(key[k] >= 'A' && key[k] <= 'Z' ? key[k] + 32 : key[k]);
        const enum map_put put = key ? map_put(&seen, key, name.size, 0) : MAP_NO_MEMORY;
        if (put == MAP_NO_MEMORY) code = fail_oom(t->scan.status);
        if (put == MAP_EXISTS) code = scan_fail(&t->scan, "`%.*s` for the second time", scan_shown(name), name.data);
    }
    map_fini(&seen);
    return code;
}

// '{' label … '}': with ':' ty for a record, '(' ty ')' for a variant.
static hf_code braces(struct types *t, hf_witkind kind, struct fields *fields)
{
    hf_code code = scan_expect(&t->scan, "{");
    while (!code && !scan_take(&t->scan, "}")) {
        hf_str name;
        const hf_type *type = NULL;
        code = scan_label(&t->scan, &name, NULL);
        if (!code && kind == HF_WIT_RECORD) {
            code = scan_expect(&t->scan, ":");
            if (!code) code = parse(t, &type);
        } else if (!code && kind == HF_WIT_VARIANT && scan_take(&t->scan, "(")) {
            code = parse(t, &type);
            if (!code) code = scan_expect(&t->scan, ")");
        }
        if (!code) code = add(t, fields, name, type);
        if (!code && !scan_take(&t->scan, ",") && scan_peek(&t->scan) != '}')
            code = scan_fail(&t->scan, "expected `,`");
    }
    return code ? code : check_unique(t, fields);
}

// '<' ty (',' ty)* '>'
static hf_code angles(struct types *t, struct fields *fields)
{
    hf_code code = scan_expect(&t->scan, "<");
    do {
        const hf_type *type;
        if (!code) code = maybe(t, &type);
        if (!code) code = add(t, fields, (hf_str){ "", 0 }, type);
    } while (!code && scan_take(&t->scan, ","));
    return code ? code : scan_expect(&t->scan, ">");
}

static hf_code resource(struct types *t, const hf_restype **out)
{
    hf_str name;
    hf_code code = scan_expect(&t->scan, "<");
    if (!code) code = scan_label(&t->scan, &name, NULL);
    if (!code) code = scan_expect(&t->scan, ">");
    if (code) return code;
    hf_restype *made = ARENA_NEW(t->arena, hf_restype);
    const char *copy = arena_strndup(t->arena, name.data, name.size);
    if (!made || !copy) return fail_oom(t->scan.status);
    *made = (hf_restype){ { "", 0 }, { copy, name.size }, 0 };
    *out = made;
    return HF_OK;
}

static hf_code list(struct types *t, hf_type *type)
{
    hf_code code = scan_expect(&t->scan, "<");
    if (!code) code = parse(t, &type->element);
    if (!code && scan_take(&t->scan, ",")) {
        type->kind = HF_WIT_FIXED_LIST;
        code = scan_number(&t->scan, UINT32_MAX, &type->count);
    }
    return code ? code : scan_expect(&t->scan, ">");
}

static hf_code map(struct types *t, hf_type *type)
{
    struct fields fields = { NULL, 0, 0 };
    const hf_code code = angles(t, &fields);
    if (code) return code;
    hf_type *pair = ARENA_NEW(t->arena, hf_type);
    if (!pair) return fail_oom(t->scan.status);
    *pair = (hf_type){ HF_WIT_TUPLE, 0, 0, (uint32_t)fields.count, fields.at, NULL, NULL, { NULL, 0 } };
    type->element = pair;
    return hf_type_layout(pair, fields.at, t->scan.status);
}

static hf_code two_cases(struct types *t, const char *first, const hf_type *a, const char *second, const hf_type *b,
                         struct fields *fields)
{
    const hf_code code = add(t, fields, (hf_str){ first, strlen(first) }, a);
    return code ? code : add(t, fields, (hf_str){ second, strlen(second) }, b);
}

// option<T>
static hf_code option(struct types *t, struct fields *fields)
{
    struct fields inner = { NULL, 0, 0 };
    const hf_code code = angles(t, &inner);
    if (code) return code;
    if (inner.count != 1) return scan_fail(&t->scan, "an option has one type");
    return two_cases(t, "none", NULL, "some", inner.at[0].type, fields);
}

// result, result<T>, result<T, E>, result<_, E>
static hf_code result(struct types *t, struct fields *fields)
{
    struct fields inner = { NULL, 0, 0 };
    if (scan_peek(&t->scan) == '<') {
        const hf_code code = angles(t, &inner);
        if (code) return code;
    }
    if (inner.count > 2) return scan_fail(&t->scan, "a result has two types");
    return two_cases(t, "ok", inner.count ? inner.at[0].type : NULL, "error", inner.count > 1 ? inner.at[1].type : NULL,
                     fields);
}

static hf_code parts(struct types *t, hf_type *type, struct fields *fields)
{
    struct fields inner = { NULL, 0, 0 };
    hf_code code = HF_OK;
    switch (type->kind) {
    case HF_WIT_LIST: return list(t, type);
    case HF_WIT_MAP: return map(t, type);
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: return braces(t, type->kind, fields);
    case HF_WIT_TUPLE: return angles(t, fields);
    case HF_WIT_OPTION: return option(t, fields);
    case HF_WIT_RESULT: return result(t, fields);
    case HF_WIT_OWN:
    case HF_WIT_BORROW: return resource(t, &type->resource);
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
        if (scan_peek(&t->scan) != '<') return HF_OK;
        code = angles(t, &inner);
        if (!code && inner.count != 1) code = scan_fail(&t->scan, "expected one type");
        if (!code) type->element = inner.at[0].type;
        return code;
    default: return HF_OK;
    }
}

static hf_code parse_inside(struct types *t, const hf_type **out)
{
    hf_str name;
    const hf_code code = scan_label(&t->scan, &name, NULL);
    if (code) return code;
    hf_witkind kind = HF_WIT_BOOL;
    while (type_is_kind(kind) && !scan_is(name, hf_witkind_name(kind))) kind = (hf_witkind)(kind + 1);
    if (!type_is_kind(kind)) return scan_fail(&t->scan, "unknown type `%.*s`", scan_shown(name), name.data);
    *out = hf_type_of_kind(kind);
    if (*out) return HF_OK;

    hf_type *type = ARENA_NEW(t->arena, hf_type);
    if (!type) return fail_oom(t->scan.status);
    struct fields fields = { NULL, 0, 0 };
    type->kind = kind;
    const hf_code inside = parts(t, type, &fields);
    if (inside) return inside;
    if (fields.count) {
        type->fields = fields.at;
        type->count = (uint32_t)fields.count;
    }
    *out = type;
    return hf_type_layout(type, fields.count ? fields.at : NULL, t->scan.status);
}

static hf_code parse(struct types *t, const hf_type **out)
{
    if (t->depth == TYPE_DEPTH_MAX) return fail(t->scan.status, HF_LIMIT, "a type nested too deeply");
    t->depth++;
    const hf_code code = parse_inside(t, out);
    t->depth--;
    return code;
}

hf_code type_parse(struct arena *arena, const char *text, size_t size, const hf_type **out, hf_status *status)
{
    struct types t = { { text, text, text + size, status }, arena, 0 };
    const hf_type *type;
    const hf_code code = parse(&t, &type);
    if (code) return code;
    if (scan_peek(&t.scan) || t.scan.at != t.scan.end) return scan_fail(&t.scan, "text behind the type");
    *out = type;
    return HF_OK;
}
