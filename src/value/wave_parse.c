// Reads values from WAVE (the README and EBNF of the crate wasm-wave). The type says what to expect; lists are counted
// before they are read, so that each is allocated once.
#include "value/wave_parse.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"
#include "base/utf8.h"
#include "value/value.h"
#include "value/wave.h"

static hf_code parse(struct wave *w, const hf_type *type, void *out, unsigned depth);

hf_code wave_place(struct wave *w, size_t size, void **out)
{
    *out = NULL;
    if (size == 0) return HF_OK;
    *out = w->place(w->ctx, size);
    return *out ? HF_OK : fail_oom(w->scan.status);
}

static hf_code parse_bool(struct scan *s, bool *out)
{
    const char *start = s->at;
    hf_str word;
    bool escaped;
    const hf_code code = scan_label(s, &word, &escaped);
    if (code) return code;
    *out = scan_is(word, "true");
    if (!escaped && (*out || scan_is(word, "false"))) return HF_OK;
    s->at = start;
    return scan_fail(s, "expected true or false");
}

// The field, case or flag of a label; UINT32_MAX and HF_MALFORMED.
static uint32_t find(struct scan *s, const hf_type *type, hf_str label)
{
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_str name = type->fields[i].name;
        if (name.size == label.size && memcmp(name.data, label.data, label.size) == 0) return i;
    }
    s->at = label.data;
    scan_fail(s, "there is no `%.*s` in this %s", scan_shown(label), label.data, hf_witkind_name(type->kind));
    return UINT32_MAX;
}

// flags ::= '{' ws '}' | '{' flags-seq ','? ws '}'
static hf_code parse_flags(struct scan *s, const hf_type *type, void *out)
{
    uint32_t flags = 0;
    hf_code code = scan_expect(s, "{");
    while (!code && !scan_take(s, "}")) {
        hf_str label;
        code = scan_label(s, &label, NULL);
        if (code) return code;
        const uint32_t i = find(s, type, label);
        if (i == UINT32_MAX) return HF_MALFORMED;
        if (flags >> i & 1) return scan_fail(s, "a flag for the second time");
        flags |= UINT32_C(1) << i;
        if (!scan_take(s, ",") && scan_peek(s) != '}') code = scan_fail(s, "expected `,` or `}`");
    }
    if (!code) type_write_uint(out, type->size, flags);
    return code;
}

static hf_code parse_number(struct scan *s, const hf_type *type, void *out)
{
    const bool is_signed =
        type->kind == HF_WIT_S8 || type->kind == HF_WIT_S16 || type->kind == HF_WIT_S32 || type->kind == HF_WIT_S64;
    const bool is_float = type->kind == HF_WIT_F32 || type->kind == HF_WIT_F64;
    uint64_t bits;
    const hf_code code =
        is_float ? wave_float(s, type->size * 8, &bits) : wave_integer(s, type->size * 8, is_signed, &bits);
    if (code) return code;
    if (type->size == 8)
        memcpy(out, &bits, sizeof bits);
    else
        type_write_uint(out, type->size, (uint32_t)bits);
    return HF_OK;
}

static hf_code parse_leaf(struct wave *w, const hf_type *type, void *out)
{
    switch (type->kind) {
    case HF_WIT_BOOL: return parse_bool(&w->scan, out);
    case HF_WIT_CHAR: return wave_char(&w->scan, out);
    case HF_WIT_STRING: return wave_string(w, out);
    case HF_WIT_FLAGS: return parse_flags(&w->scan, type, out);
    default:
        if (type->kind <= HF_WIT_F64) return parse_number(&w->scan, type, out);
        return fail(w->scan.status, HF_UNSUPPORTED, "a handle has no text (%s)", hf_witkind_name(type->kind));
    }
}

// The label that stands for a case of an option or result in its variant form, without taking it; otherwise UINT32_MAX.
static uint32_t peek_case(struct scan *s, const hf_type *type)
{
    struct scan ahead = *s;
    hf_str label;
    bool escaped;
    ahead.status = NULL;
    if (scan_label(&ahead, &label, &escaped) || escaped) return UINT32_MAX;
    const bool option = type->kind == HF_WIT_OPTION;
    const uint32_t i = scan_is(label, option ? "none" : "ok")    ? 0
                       : scan_is(label, option ? "some" : "err") ? 1
                                                                 : UINT32_MAX;
    if (i != UINT32_MAX) s->at = ahead.at;
    return i;
}

// '(' value-ws ')' if the case has a payload
static hf_code parse_payload(struct wave *w, const hf_type *type, uint32_t tag, void *out, unsigned depth)
{
    const hf_field *field = &type->fields[tag];
    type_write_uint(out, type_tag_size(type->count), tag);
    if (!field->type) return HF_OK;
    hf_code code = scan_expect(&w->scan, "(");
    if (!code) code = parse(w, field->type, part_of_mut(out, field->offset), depth + 1);
    return code ? code : scan_expect(&w->scan, ")");
}

// "Options", "Results": some and ok may be written as their payload alone, unless that is an option or result.
static hf_code parse_flat_case(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    const uint32_t tag = peek_case(&w->scan, type);
    if (tag != UINT32_MAX) return parse_payload(w, type, tag, out, depth);
    const uint32_t flat = type->kind == HF_WIT_OPTION ? 1 : 0;
    const hf_field *field = &type->fields[flat];
    if (!field->type || field->type->kind == HF_WIT_OPTION || field->type->kind == HF_WIT_RESULT)
        return scan_fail(&w->scan, flat ? "expected some or none" : "expected ok or err");
    type_write_uint(out, 1, flat);
    return parse(w, field->type, part_of_mut(out, field->offset), depth + 1);
}

static hf_code parse_case(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    hf_str label;
    bool escaped;
    const hf_code code = scan_label(&w->scan, &label, &escaped);
    if (code) return code;
    if (!escaped && wave_keyword(label)) return scan_fail(&w->scan, "a keyword where a case is named needs `%%`");
    const uint32_t tag = find(&w->scan, type, label);
    return tag == UINT32_MAX ? HF_MALFORMED : parse_payload(w, type, tag, out, depth);
}

static bool may_be_left_out(const hf_type *type)
{
    return type->kind == HF_WIT_OPTION;
}

// record-field ::= label ws ':' ws value. `seen` has a byte for each field.
static hf_code parse_field(struct wave *w, const hf_type *type, uint8_t *seen, void *out, unsigned depth)
{
    hf_str label;
    hf_code code = scan_label(&w->scan, &label, NULL);
    if (code) return code;
    const uint32_t i = find(&w->scan, type, label);
    if (i == UINT32_MAX) return HF_MALFORMED;
    if (seen[i]) return scan_fail(&w->scan, "a field for the second time");
    seen[i] = 1;
    code = scan_expect(&w->scan, ":");
    return code ? code : parse(w, type->fields[i].type, part_of_mut(out, type->fields[i].offset), depth + 1);
}

// "Records": fields in any order; options that are none may be left out.
static hf_code parse_record(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    uint8_t few[64] = { 0 };
    void *seen = few;
    hf_code code = HF_OK;
    if (type->count > sizeof few) {
        code = wave_place(w, type->count, &seen);
        if (!code) memset(seen, 0, type->count);
    }
    if (!code) code = scan_expect(&w->scan, "{");
    if (code) return code;
    if (scan_take(&w->scan, ":")) {
        code = scan_expect(&w->scan, "}");
    } else {
        do {
            code = parse_field(w, type, seen, out, depth);
            if (!code && !scan_take(&w->scan, ",") && scan_peek(&w->scan) != '}')
                code = scan_fail(&w->scan, "expected `,` or `}`");
        } while (!code && !scan_take(&w->scan, "}"));
    }
    for (uint32_t i = 0; i < type->count && !code; i++) {
        if (((uint8_t *)seen)[i]) continue;
        if (!may_be_left_out(type->fields[i].type))
            return scan_fail(&w->scan, "the field `%.*s` is missing", scan_shown(type->fields[i].name),
                             type->fields[i].name.data);
        type_write_uint(part_of_mut(out, type->fields[i].offset), 1, 0);
    }
    return code;
}

static hf_code parse_tuple(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    hf_code code = scan_expect(&w->scan, "(");
    for (uint32_t i = 0; i < type->count && !code; i++) {
        if (i) code = scan_expect(&w->scan, ",");
        if (!code) code = parse(w, type->fields[i].type, part_of_mut(out, type->fields[i].offset), depth + 1);
    }
    if (code) return code;
    scan_take(&w->scan, ",");
    return scan_expect(&w->scan, ")");
}

static hf_code parse_entry(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    if (type->kind != HF_WIT_MAP) return parse(w, type->element, out, depth + 1);
    const hf_field *pair = type->element->fields;
    hf_code code = parse(w, pair[0].type, part_of_mut(out, pair[0].offset), depth + 1);
    if (!code) code = scan_expect(&w->scan, ":");
    return code ? code : parse(w, pair[1].type, part_of_mut(out, pair[1].offset), depth + 1);
}

// "Lists", and maps: `{key: value, …}`, without entries `{:}`.
static hf_code parse_elements(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    const bool map = type->kind == HF_WIT_MAP;
    const char *const close = map ? "}" : "]";
    hf_list list = { NULL, 0 };
    hf_code code = scan_expect(&w->scan, map ? "{" : "[");
    if (code) return code;
    if (!map || !scan_take(&w->scan, ":")) list.size = wave_count(&w->scan);
    if (type->kind == HF_WIT_FIXED_LIST) {
        if (list.size != type->count) return scan_fail(&w->scan, "expected %u elements", type->count);
        list.data = out;
    } else {
        size_t bytes;
        if (ckd_mul(&bytes, list.size, (size_t)type->element->size)) return fail_oom(w->scan.status);
        code = wave_place(w, bytes, &list.data);
        if (!code && bytes) memset(list.data, 0, bytes);
    }
    for (size_t i = 0; i < list.size && !code; i++) {
        code = parse_entry(w, type, part_of_mut(list.data, i * type->element->size), depth);
        if (!code && !scan_take(&w->scan, ",") && i + 1 < list.size) code = scan_fail(&w->scan, "expected `,`");
    }
    if (!code) code = scan_expect(&w->scan, close);
    if (!code && type->kind != HF_WIT_FIXED_LIST) *(hf_list *)out = list;
    return code;
}

static hf_code parse(struct wave *w, const hf_type *type, void *out, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(w->scan.status);
    switch (type->kind) {
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM: return parse_case(w, type, out, depth);
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: return parse_flat_case(w, type, out, depth);
    case HF_WIT_RECORD: return parse_record(w, type, out, depth);
    case HF_WIT_TUPLE: return parse_tuple(w, type, out, depth);
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_MAP: return parse_elements(w, type, out, depth);
    default: return parse_leaf(w, type, out);
    }
}

// '(' values-seq ','? ws ')' for the fields of a record in order
static hf_code parse_args(struct wave *w, const hf_type *params, void *out)
{
    hf_code code = scan_expect(&w->scan, "(");
    const size_t given = wave_count(&w->scan);
    const uint32_t count = params ? params->count : 0;
    if (code) return code;
    if (given > count) return scan_fail(&w->scan, "%zu arguments for %u parameters", given, count);
    for (uint32_t i = 0; i < count && !code; i++) {
        const hf_field *field = &params->fields[i];
        void *part = part_of_mut(out, field->offset);
        if (i >= given) {
            if (!may_be_left_out(field->type))
                return scan_fail(&w->scan, "%zu arguments for %u parameters", given, count);
            type_write_uint(part, 1, 0);
            continue;
        }
        code = parse(w, field->type, part, 1);
        if (!code && !scan_take(&w->scan, ",") && i + 1 < given) code = scan_fail(&w->scan, "expected `,`");
    }
    return code ? code : scan_expect(&w->scan, ")");
}

static hf_code parse_whole(const hf_type *type, bool args, const char *text, size_t size, hf_place_fn place, void *ctx,
                           void *out, hf_status *status)
{
    struct wave w = { { text, text, text + size, status }, place, ctx };
    void *whole;
    hf_code code = wave_place(&w, type ? type->size : 0, &whole);
    if (code) return code;
    if (whole) memset(whole, 0, type->size);
    code = args ? parse_args(&w, type, whole) : parse(&w, type, whole, 0);
    if (code) return code;
    scan_space(&w.scan);
    if (w.scan.at != w.scan.end) return scan_fail(&w.scan, "text behind the value");
    if (whole) memcpy(out, whole, type->size);
    return HF_OK;
}

hf_code hf_value_parse(const hf_type *type, const char *text, size_t size, hf_place_fn place, void *ctx, void *out,
                       hf_status *status)
{
    return parse_whole(type, false, text, size, place, ctx, out, status);
}

hf_code hf_args_parse(const hf_type *params, const char *text, size_t size, hf_place_fn place, void *ctx, void *out,
                      hf_status *status)
{
    return parse_whole(params, true, text, size, place, ctx, out, status);
}
