// Writes values as WAVE.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/fail.h"
#include "base/number.h"
#include "base/utf8.h"
#include "value/out.h"
#include "value/scan.h"
#include "value/value.h"
#include "value/wave.h"

bool wave_keyword(hf_str label)
{
    static const char *const words[] = { "true", "false", "inf", "nan", "some", "none", "ok", "err" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (scan_is(label, words[i])) return true;
    }
    return false;
}

struct printer {
    struct out out;
    hf_status *status;
};

static hf_code print(struct printer *p, const hf_type *type, const void *value, unsigned depth);

// "Chars", "Strings": `quote` is what delimits them.
static void print_char(struct out *o, uint32_t c, char quote)
{
    char text[16];
    if (c == '\n' || c == '\r' || c == '\t' || c == '\\' || c == (unsigned char)quote) {
        const char escaped[2] = { '\\', (char)(c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : (char)c) };
        out_bytes(o, escaped, 2);
    } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
        snprintf(text, sizeof text, "\\u{%x}", c);
        out_text(o, text);
    } else {
        uint8_t bytes[4];
        out_bytes(o, (const char *)bytes, utf8_encode(c, bytes));
    }
}

static void print_string(struct out *o, hf_str text)
{
    out_text(o, "\"");
    for (size_t at = 0, size; at < text.size; at += size) {
        uint32_t c = 0;
        size = utf8_decode((const uint8_t *)text.data + at, text.size - at, &c);
        if (size == 0) return; // leaf_check has seen to it that this is not so
        print_char(o, c, '"');
    }
    out_text(o, "\"");
}

static void print_integer(struct out *o, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    out_text(o, text);
}

// "Floats": JSON numbers, nan, inf, -inf. The shortest that reads back as the same number; whole ones without exponent.
static void print_float(struct out *o, uint64_t bits, unsigned width, double value)
{
    char text[NUMBER_FLOAT_TEXT];
    if (isnan(value))
        out_text(o, "nan");
    else if (value == floor(value) && fabs(value) < 1e15 && !(value == 0 && signbit(value)))
        print_integer(o, (int64_t)value);
    else
        out_text(o, number_float_text(bits, width, text));
}

static void print_unsigned(struct out *o, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    out_text(o, text);
}

static void print_flags(struct out *o, const hf_type *type, uint32_t flags)
{
    bool first = true;
    out_text(o, "{");
    for (uint32_t i = 0; i < type->count; i++) {
        if (!(flags >> i & 1)) continue;
        if (!first) out_text(o, ", ");
        first = false;
        out_bytes(o, type->fields[i].name.data, type->fields[i].name.size);
    }
    out_text(o, "}");
}

static hf_code print_leaf(struct printer *p, const hf_type *type, const void *value)
{
    struct out *o = &p->out;
    const hf_code code = leaf_check(type, value, p->status);
    if (code) return code;
    switch (type->kind) {
    case HF_WIT_BOOL: out_text(o, *(const uint8_t *)value ? "true" : "false"); break;
    case HF_WIT_S8: print_integer(o, *(const int8_t *)value); break;
    case HF_WIT_U8: print_unsigned(o, *(const uint8_t *)value); break;
    case HF_WIT_S16: print_integer(o, *(const int16_t *)value); break;
    case HF_WIT_U16: print_unsigned(o, *(const uint16_t *)value); break;
    case HF_WIT_S32: print_integer(o, *(const int32_t *)value); break;
    case HF_WIT_U32: print_unsigned(o, *(const uint32_t *)value); break;
    case HF_WIT_S64: print_integer(o, *(const int64_t *)value); break;
    case HF_WIT_U64: print_unsigned(o, *(const uint64_t *)value); break;
    case HF_WIT_F32: print_float(o, type_read_uint(value, 4), 32, (double)*(const float *)value); break;
    case HF_WIT_F64: {
        uint64_t bits;
        memcpy(&bits, value, sizeof bits);
        print_float(o, bits, 64, *(const double *)value);
        break;
    }
    case HF_WIT_CHAR:
        out_text(o, "'");
        print_char(o, *(const uint32_t *)value, '\'');
        out_text(o, "'");
        break;
    case HF_WIT_STRING: print_string(o, *(const hf_str *)value); break;
    case HF_WIT_FLAGS: print_flags(o, type, type_read_uint(value, type->size)); break;
    default: // "Resources" are to be defined: something to look at
        out_text(o, hf_witkind_name(type->kind));
        out_text(o, "(");
        print_unsigned(o, ((const hf_resource *)value)->h.index);
        out_text(o, ")");
        break;
    }
    return HF_OK;
}

// "Variants", "Enums", "Options", "Results"
static hf_code print_case(struct printer *p, const hf_type *type, const void *value, unsigned depth)
{
    uint32_t tag;
    hf_code code = case_check(type, value, &tag, p->status);
    if (code) return code;
    const hf_field *field = &type->fields[tag];
    if (type->kind == HF_WIT_RESULT && tag == 1) {
        out_text(&p->out, "err");
    } else {
        const bool own = type->kind == HF_WIT_VARIANT || type->kind == HF_WIT_ENUM;
        if (own && wave_keyword(field->name)) out_text(&p->out, "%");
        out_bytes(&p->out, field->name.data, field->name.size);
    }
    if (!field->type) return HF_OK;
    out_text(&p->out, "(");
    code = print(p, field->type, part_of(value, field->offset), depth + 1);
    out_text(&p->out, ")");
    return code;
}

// "Records": fields that are none are left out; without any field it is `{:}`.
static hf_code print_record(struct printer *p, const hf_type *type, const void *value, unsigned depth)
{
    hf_code code = HF_OK;
    bool first = true;
    out_text(&p->out, "{");
    for (uint32_t i = 0; i < type->count && !code; i++) {
        const hf_field *field = &type->fields[i];
        const void *part = part_of(value, field->offset);
        if (field->type->kind == HF_WIT_OPTION && case_of(field->type, part) == 0) continue;
        if (!first) out_text(&p->out, ", ");
        first = false;
        out_bytes(&p->out, field->name.data, field->name.size);
        out_text(&p->out, ": ");
        code = print(p, field->type, part, depth + 1);
    }
    out_text(&p->out, first ? ":}" : "}");
    return code;
}

static hf_code print_elements(struct printer *p, const hf_type *type, const void *value, unsigned depth)
{
    const hf_list list = elements_of(type, value);
    const hf_type *element = type->element;
    const bool map = type->kind == HF_WIT_MAP;
    size_t bytes;
    hf_code code = list_check(type, list, &bytes, p->status);
    if (map && list.size == 0) out_text(&p->out, "{:");
    for (size_t i = 0; i < list.size && !code; i++) {
        const void *at = part_of(list.data, i * element->size);
        out_text(&p->out, i ? ", " : map ? "{" : "[");
        if (!map) {
            code = print(p, element, at, depth + 1);
            continue;
        }
        code = print(p, element->fields[0].type, part_of(at, element->fields[0].offset), depth + 1);
        out_text(&p->out, ": ");
        if (!code) code = print(p, element->fields[1].type, part_of(at, element->fields[1].offset), depth + 1);
    }
    if (!map && list.size == 0) out_text(&p->out, "[");
    out_text(&p->out, map ? "}" : "]");
    return code;
}

static hf_code print(struct printer *p, const hf_type *type, const void *value, unsigned depth)
{
    if (depth == TYPE_DEPTH_MAX) return too_deep(p->status);
    if (type_is_sum(type->kind)) return print_case(p, type, value, depth);
    if (type->kind == HF_WIT_RECORD) return print_record(p, type, value, depth);
    if (type_parts(type->kind) == PARTS_ELEMENT) return print_elements(p, type, value, depth);
    if (type->kind != HF_WIT_TUPLE) return print_leaf(p, type, value);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < type->count && !code; i++) {
        out_text(&p->out, i ? ", " : "(");
        code = print(p, type->fields[i].type, part_of(value, type->fields[i].offset), depth + 1);
    }
    out_text(&p->out, ")");
    return code;
}

hf_code hf_value_print(const hf_type *type, const void *value, char *out, size_t max, size_t *size, hf_status *status)
{
    struct printer p = { { out, max, 0 }, status };
    const hf_code code = print(&p, type, value, 0);
    if (code) return code;
    out_end(&p.out);
    *size = p.out.size;
    return HF_OK;
}
