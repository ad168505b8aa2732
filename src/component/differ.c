// What two types differ in, in words.
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "component/match.h"

enum { SHOWN_INSIDE = 80 };

static hf_code differ(struct matcher *m, const char *fmt, ...) HF_PRINTF(2, 3);

static hf_code differ(struct matcher *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const hf_code code = fail_v(m->status, HF_INVALID, m->offset, fmt, args);
    va_end(args);
    return code;
}

static int shown(hf_str s)
{
    return s.size < 60 ? (int)s.size : 60;
}

static bool same(hf_str a, hf_str b)
{
    return a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
}

// The difference inside a part, with the part's name before it.
static hf_code inside(struct matcher *m, const char *what, ctype given, ctype want)
{
    hf_status inner = hf_status_ok(), *const outer = m->status;
    m->status = &inner;
    match_difference(m, given, want);
    m->status = outer;
    // What is wrong stands at the end.
    const size_t size = strlen(inner.message);
    const bool whole = size <= SHOWN_INSIDE;
    return differ(m, "type mismatch %s: %s%s", what, whole ? "" : "...",
                  inner.message + (whole ? 0 : size - SHOWN_INSIDE));
}

static hf_code fields_differ(struct matcher *m, const struct ctype_def *given, const struct ctype_def *want)
{
    const bool record = want->kind == HF_WIT_RECORD;
    char what[100];
    if (given->record.count != want->record.count)
        return differ(m, "expected %u %s, found %u", want->record.count,
                      record                       ? "fields"
                      : want->kind == HF_WIT_TUPLE ? "types"
                                                   : "cases",
                      given->record.count);
    for (uint32_t i = 0; i < want->record.count; i++) {
        const struct ctype_field *const a = &given->record.fields[i], *const b = &want->record.fields[i];
        if (!same(a->name, b->name))
            return differ(
                m, record ? "expected field name `%.*s`, found `%.*s`" : "expected case named `%.*s`, found `%.*s`",
                shown(b->name), b->name.data, shown(a->name), a->name.data);
        if (a->type == NO_CTYPE && b->type == NO_CTYPE) continue;
        if (a->type == NO_CTYPE)
            return differ(m, "expected case `%.*s` to have a type, found none", shown(b->name), b->name.data);
        if (b->type == NO_CTYPE) return differ(m, "expected case `%.*s` to have no type", shown(b->name), b->name.data);
        if (ctype_equal(m->types, a->type, b->type)) continue;
        if (want->kind == HF_WIT_TUPLE)
            snprintf(what, sizeof what, "in tuple field %u", i);
        else
            snprintf(what, sizeof what, "in %s `%.*s`", record ? "record field" : "variant case", shown(b->name),
                     b->name.data);
        return inside(m, what, a->type, b->type);
    }
    return differ(m, "type mismatch");
}

static hf_code results_differ(struct matcher *m, const struct ctype_def *given, const struct ctype_def *want)
{
    static const char *const names[] = { "ok", "err" };
    char what[40];
    for (uint32_t i = 0; i < 2; i++) {
        const ctype a = given->record.fields[i].type, b = want->record.fields[i].type;
        if (a == NO_CTYPE && b == NO_CTYPE) continue;
        if (b == NO_CTYPE) return differ(m, "expected %s type to not be present", names[i]);
        if (a == NO_CTYPE) return differ(m, "expected %s type, but found none", names[i]);
        snprintf(what, sizeof what, "in %s variant", names[i]);
        if (!ctype_equal(m->types, a, b)) return inside(m, what, a, b);
    }
    return differ(m, "type mismatch");
}

static hf_code elements_differ(struct matcher *m, const struct ctype_def *given, const struct ctype_def *want)
{
    const ctype a = given->list.element, b = want->list.element;
    if (a == NO_CTYPE) return differ(m, "expected a type, found none");
    if (b == NO_CTYPE) return differ(m, "expected no type");
    if (given->list.length != want->list.length)
        return differ(m, "expected a list of %u elements, found %u", want->list.length, given->list.length);
    return match_difference(m, a, b);
}

static hf_code funcs_differ(struct matcher *m, const struct ctype_func *given, const struct ctype_func *want)
{
    char what[100];
    if (given->is_async != want->is_async)
        return differ(m, want->is_async ? "expected async function, found sync function"
                                        : "expected sync function, found async function");
    if (given->param_count != want->param_count)
        return differ(m, "expected %u parameters, found %u", want->param_count, given->param_count);
    for (uint32_t i = 0; i < want->param_count; i++) {
        const struct ctype_field *const a = &given->params[i], *const b = &want->params[i];
        if (!same(a->name, b->name))
            return differ(m, "expected parameter named `%.*s`, found `%.*s`", shown(b->name), b->name.data,
                          shown(a->name), a->name.data);
        if (ctype_equal(m->types, a->type, b->type)) continue;
        snprintf(what, sizeof what, "in function parameter `%.*s`", shown(b->name), b->name.data);
        return inside(m, what, a->type, b->type);
    }
    if (given->result == NO_CTYPE && want->result != NO_CTYPE) return differ(m, "expected a result, found none");
    if (want->result == NO_CTYPE) return differ(m, "expected a result, found none: there is one where none is wanted");
    return inside(m, "with result type", given->result, want->result);
}

static bool is_primitive(unsigned kind)
{
    return kind < WIT_KINDS && wit_type_infos[kind].primitive;
}

// Recurses no deeper than types are nested.
hf_code match_difference(struct matcher *m, ctype given, ctype want)
{
    const struct ctype_def *const a = ctypes_get(m->types, given), *const b = ctypes_get(m->types, want);
    if (a->kind != b->kind) {
        if (b->kind < WIT_KINDS && a->kind >= WIT_KINDS)
            return differ(m, "expected defined type, found %s", ctype_kind_name(a->kind));
        if (a->kind < WIT_KINDS && b->kind >= WIT_KINDS)
            return differ(m, "expected %s, found defined type", ctype_kind_name(b->kind));
        if (is_primitive(a->kind) && is_primitive(b->kind))
            return differ(m, "expected primitive `%s` found primitive `%s`", ctype_kind_name(b->kind),
                          ctype_kind_name(a->kind));
        if (is_primitive(b->kind))
            return differ(m, "expected primitive, found %s: expected %s, found %s", ctype_kind_name(a->kind),
                          ctype_kind_name(b->kind), ctype_kind_name(a->kind));
        return differ(m, "expected %s, found %s", ctype_kind_name(b->kind), ctype_kind_name(a->kind));
    }
    switch (b->kind) {
    case CTYPE_RESOURCE:
    case HF_WIT_OWN:
    case HF_WIT_BORROW: return differ(m, "resource types are not the same");
    case CTYPE_FUNC: return funcs_differ(m, &a->func, &b->func);
    case HF_WIT_FLAGS: return differ(m, "mismatch in flags elements");
    case HF_WIT_ENUM: return differ(m, "mismatch in enum elements");
    case HF_WIT_RESULT: return results_differ(m, a, b);
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION: return fields_differ(m, a, b);
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return elements_differ(m, a, b);
    default: return differ(m, "type mismatch");
    }
}
