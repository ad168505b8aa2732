#include "api/wast_component.h"

#include <string.h>

#include "base/fail.h"
#include "value/type.h"

static hf_code wrong(const hf_type *type, hf_status *status)
{
    return fail(status, HF_WRONG_TYPE, "the script's value is no %s", hf_witkind_name(type->kind));
}

static void *part(void *of, size_t at)
{
    return (uint8_t *)of + at;
}

static bool same(hf_str a, hf_str b)
{
    return a.size == b.size && (a.size == 0 || !memcmp(a.data, b.data, a.size));
}

static hf_code items(const struct script_value *value, const hf_type *element, struct arena *arena, void *out,
                     hf_status *status)
{
    for (uint32_t i = 0; i < value->item_count; i++) {
        const hf_code code =
            wast_component_value(&value->items[i], element, arena, part(out, (size_t)i * element->size), status);
        if (code) return code;
    }
    return HF_OK;
}

static hf_code list(const struct script_value *value, const hf_type *type, struct arena *arena, void *out,
                    hf_status *status)
{
    hf_list made = { NULL, value->item_count };
    if (made.size) made.data = arena_zalloc_array(arena, made.size, type->element->size);
    if (made.size && !made.data) return fail_oom(status);
    memcpy(out, &made, sizeof made);
    return items(value, type->element, arena, made.data, status);
}

static hf_code fields(const struct script_value *value, const hf_type *type, struct arena *arena, void *out,
                      hf_status *status)
{
    if (value->item_count != type->count) return wrong(type, status);
    for (uint32_t i = 0; i < type->count; i++) {
        const hf_field *field = &type->fields[i];
        if (value->kind == SCRIPT_RECORD && !same(value->items[i].name, field->name)) return wrong(type, status);
        const hf_code code =
            wast_component_value(&value->items[i], field->type, arena, part(out, field->offset), status);
        if (code) return code;
    }
    return HF_OK;
}

static hf_code sum(const struct script_value *value, uint32_t tag, const hf_type *type, struct arena *arena, void *out,
                   hf_status *status)
{
    const hf_field *field = &type->fields[tag];
    type_write_uint(out, type_tag_size(type->count), tag);
    if (value->item_count != (field->type != NULL)) return wrong(type, status);
    return field->type ? wast_component_value(value->items, field->type, arena, part(out, field->offset), status)
                       : HF_OK;
}

// The position of a case or label; the count when there is none.
static uint32_t position(const hf_type *type, hf_str name)
{
    uint32_t i = 0;
    while (i < type->count && !same(type->fields[i].name, name)) i++;
    return i;
}

static hf_code by_name(const struct script_value *value, const hf_type *type, struct arena *arena, void *out,
                       hf_status *status)
{
    const uint32_t tag = position(type, value->text);
    return tag < type->count ? sum(value, tag, type, arena, out, status) : wrong(type, status);
}

static hf_code flags(const struct script_value *value, const hf_type *type, void *out, hf_status *status)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < value->item_count; i++) {
        const uint32_t bit = position(type, value->items[i].text);
        if (bit >= type->count) return wrong(type, status);
        bits |= UINT32_C(1) << bit;
    }
    type_write_uint(out, type->size, bits);
    return HF_OK;
}

static const struct {
    enum script_value_kind script;
    hf_witkind kind;
} numbers[] = {
    { SCRIPT_BOOL, HF_WIT_BOOL }, { SCRIPT_S8, HF_WIT_S8 },   { SCRIPT_U8, HF_WIT_U8 },   { SCRIPT_S16, HF_WIT_S16 },
    { SCRIPT_U16, HF_WIT_U16 },   { SCRIPT_S32, HF_WIT_S32 }, { SCRIPT_U32, HF_WIT_U32 }, { SCRIPT_S64, HF_WIT_S64 },
    { SCRIPT_U64, HF_WIT_U64 },   { SCRIPT_F32, HF_WIT_F32 }, { SCRIPT_F64, HF_WIT_F64 }, { SCRIPT_CHAR, HF_WIT_CHAR },
};

static hf_code number(const struct script_value *value, const hf_type *type, void *out, hf_status *status)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].script != value->kind || numbers[i].kind != type->kind) continue;
        uint64_t bits = value->bits;
        if (value->nan[0]) bits = type->kind == HF_WIT_F32 ? 0x7fc00000 : UINT64_C(0x7ff8000000000000);
        if (type->size == 8)
            memcpy(out, &bits, 8);
        else
            type_write_uint(out, type->size, (uint32_t)bits);
        return HF_OK;
    }
    return wrong(type, status);
}

hf_code wast_component_value(const struct script_value *value, const hf_type *type, struct arena *arena, void *out,
                             hf_status *status)
{
    switch (type->kind) {
    case HF_WIT_STRING:
        if (value->kind != SCRIPT_STRING) break;
        memcpy(out, &value->text, sizeof value->text);
        return HF_OK;
    case HF_WIT_LIST:
    case HF_WIT_MAP: return value->kind == SCRIPT_LIST ? list(value, type, arena, out, status) : wrong(type, status);
    case HF_WIT_FIXED_LIST:
        if (value->kind != SCRIPT_LIST || value->item_count != type->count) break;
        return items(value, type->element, arena, out, status);
    case HF_WIT_RECORD:
        return value->kind == SCRIPT_RECORD ? fields(value, type, arena, out, status) : wrong(type, status);
    case HF_WIT_TUPLE:
        return value->kind == SCRIPT_TUPLE ? fields(value, type, arena, out, status) : wrong(type, status);
    case HF_WIT_VARIANT:
        return value->kind == SCRIPT_VARIANT ? by_name(value, type, arena, out, status) : wrong(type, status);
    case HF_WIT_ENUM:
        return value->kind == SCRIPT_ENUM ? by_name(value, type, arena, out, status) : wrong(type, status);
    case HF_WIT_OPTION:
        if (value->kind != SCRIPT_NONE && value->kind != SCRIPT_SOME) break;
        return sum(value, value->kind == SCRIPT_SOME, type, arena, out, status);
    case HF_WIT_RESULT:
        if (value->kind != SCRIPT_OK && value->kind != SCRIPT_ERR) break;
        return sum(value, value->kind == SCRIPT_ERR, type, arena, out, status);
    case HF_WIT_FLAGS: return value->kind == SCRIPT_FLAGS ? flags(value, type, out, status) : wrong(type, status);
    default: return number(value, type, out, status);
    }
    return wrong(type, status);
}

hf_code wast_component_args(const struct script_value *args, uint32_t count, const hf_type *params, struct arena *arena,
                            void **out, hf_status *status)
{
    const uint32_t wanted = params ? params->count : 0;
    *out = NULL;
    if (count != wanted)
        return fail(status, HF_WRONG_TYPE, "the function takes %u arguments, the script gives %u", wanted, count);
    if (!count) return HF_OK;
    *out = arena_zalloc(arena, params->size + 1);
    if (!*out) return fail_oom(status);
    for (uint32_t i = 0; i < count; i++) {
        const hf_code code =
            wast_component_value(&args[i], params->fields[i].type, arena, part(*out, params->fields[i].offset), status);
        if (code) return code;
    }
    return HF_OK;
}

void wast_describe_component(struct buf *out, const hf_type *type, const void *value)
{
    char text[256];
    size_t size = 0;
    if (hf_value_print(type, value, text, sizeof text, &size, NULL) == HF_OK)
        buf_put(out, text, size < sizeof text ? size : sizeof text);
}
