// Functions with which a guest frees what a value points to. Handles in it are not dropped.
#include "bindgen/ctype.h"

// Parts were written before, and know whether they have such a function.
static bool points(struct ctypes *c, const struct wit_type *type)
{
    if (type->kind == HF_WIT_STRING || type->kind == HF_WIT_LIST || type->kind == HF_WIT_MAP) return true;
    if (type->first && ctype_of(c, type->first).free) return true;
    if (type->second && ctype_of(c, type->second).free) return true;
    for (uint32_t i = 0; i < type->count; i++) {
        if (type->members[i].type && ctype_of(c, type->members[i].type).free) return true;
    }
    return false;
}

// Frees a part, which is reached by `path` and a field.
static void free_part(struct ctypes *c, struct buf *out, unsigned indent, const struct wit_type *type, const char *path,
                      const char *field)
{
    const struct ctype part = ctype_of(c, type);
    if (part.free) buf_printf(out, "%*s%s(&%s%s);\n", (int)indent, "", part.free, path, field);
}

static void free_elements(struct ctypes *c, struct buf *out, const struct wit_type *type)
{
    const struct ctype first = ctype_of(c, type->first);
    struct ctype second = { .free = NULL };
    if (type->second) second = ctype_of(c, type->second);
    if (first.free || second.free) {
        buf_str(out, "    for (size_t i = 0; i < value->size; i++) {\n");
        const bool map = type->kind == HF_WIT_MAP;
        if (first.free) buf_printf(out, "        %s(&value->data[i]%s);\n", first.free, map ? ".key" : "");
        if (second.free) buf_printf(out, "        %s(&value->data[i].value);\n", second.free);
        buf_str(out, "    }\n");
    }
}

static void free_cases(struct ctypes *c, struct buf *out, const struct wit_type *type)
{
    buf_str(out, "    switch (value->tag) {\n");
    for (uint32_t i = 0; i < type->count; i++) {
        const struct wit_member *const m = &type->members[i];
        if (!m->type || !ctype_of(c, m->type).free) continue;
        struct buf field;
        buf_init(&field, c->wit->heap);
        cname_field(&field, m->id.text);
        buf_u8(&field, '\0');
        buf_printf(out, "    case %u:\n", i);
        if (!field.failed) free_part(c, out, 8, m->type, "value->as.", (const char *)field.data);
        buf_fini(&field);
        buf_str(out, "        break;\n");
    }
    buf_str(out, "    default: break;\n    }\n");
}

static void free_fields(struct ctypes *c, struct buf *out, const struct wit_type *type)
{
    for (uint32_t i = 0; i < type->count; i++) {
        struct buf field;
        buf_init(&field, c->wit->heap);
        if (type->kind == HF_WIT_TUPLE)
            buf_printf(&field, "f%u", i);
        else
            cname_field(&field, type->members[i].id.text);
        buf_u8(&field, '\0');
        if (!field.failed) free_part(c, out, 4, type->members[i].type, "value->", (const char *)field.data);
        buf_fini(&field);
    }
}

void ctype_write_free(struct ctypes *c, struct ctype *self, const struct wit_type *type)
{
    if (!points(c, type)) return;
    struct buf *const out = &c->frees;
    self->free = cname_claimf(&c->names, "%s_free", self->stem);
    buf_printf(&c->declarations, "void %s(%s *value);\n\n", self->free, self->name);
    buf_printf(out, "void %s(%s *value)\n{\n", self->free, self->name);
    switch (type->kind) {
    case HF_WIT_STRING: buf_str(out, "    if (value->size) free(value->data);\n"); break;
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        free_elements(c, out, type);
        buf_str(out, "    if (value->size) free(value->data);\n");
        break;
    case HF_WIT_FIXED_LIST:
        buf_printf(out, "    for (size_t i = 0; i < %u; i++) {\n", type->length);
        free_part(c, out, 8, type->first, "value->", "at[i]");
        buf_str(out, "    }\n");
        break;
    case HF_WIT_OPTION:
        buf_str(out, "    if (value->some) {\n");
        free_part(c, out, 8, type->first, "value->", "value");
        buf_str(out, "    }\n");
        break;
    case HF_WIT_RESULT:
        buf_str(out, "    if (value->err) {\n");
        if (type->second) free_part(c, out, 8, type->second, "value->", "as.error");
        buf_str(out, "    } else {\n");
        if (type->first) free_part(c, out, 8, type->first, "value->", "as.ok");
        buf_str(out, "    }\n");
        break;
    case HF_WIT_VARIANT: free_cases(c, out, type); break;
    default: free_fields(c, out, type); break;
    }
    buf_str(out, "}\n\n");
}
