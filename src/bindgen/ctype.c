#include "bindgen/ctype.h"

#include <string.h>

void ctypes_begin(struct ctypes *c, const struct wit *wit, const char *prefix)
{
    memset(c, 0, sizeof *c);
    c->wit = wit;
    c->prefix = prefix;
    arena_init(&c->arena, wit->heap);
    cnames_init(&c->names, &c->arena, wit->heap);
    map_init(&c->known, wit->heap, (uint64_t)(uintptr_t)c);
    buf_init(&c->declarations, wit->heap);
    buf_init(&c->descriptors, wit->heap);
    buf_init(&c->frees, wit->heap);
}

void ctypes_end(struct ctypes *c)
{
    buf_fini(&c->declarations);
    buf_fini(&c->descriptors);
    buf_fini(&c->frees);
    map_fini(&c->known);
    cnames_fini(&c->names);
    arena_fini(&c->arena);
}

bool ctypes_failed(const struct ctypes *c)
{
    return c->failed || c->names.failed || c->declarations.failed || c->descriptors.failed || c->frees.failed;
}

// --- writing -----------------------------------------------------------------------------------------------

void put_c_docs(struct buf *out, unsigned indent, hf_str docs)
{
    if (!docs.size) return;
    buf_printf(out, "%*s/* ", (int)indent, "");
    for (size_t i = 0; i < docs.size; i++) {
        const char ch = docs.data[i];
        if (ch == '\n') {
            const bool empty = i + 1 == docs.size || docs.data[i + 1] == '\n';
            buf_printf(out, "\n%*s *%s", (int)indent, "", empty ? "" : " ");
        } else {
            buf_u8(out, (uint8_t)ch);
            const char next = i + 1 < docs.size ? docs.data[i + 1] : '\0';
            if ((ch == '*' && next == '/') || (ch == '/' && next == '*')) buf_u8(out, ' ');
        }
    }
    buf_str(out, " */\n");
}

void put_c_str(struct buf *out, hf_str text)
{
    buf_printf(out, "{ \"%.*s\", %zu }", (int)text.size, text.data, text.size);
}

void put_c_interface(struct buf *out, const struct wit_interface *interface)
{
    struct buf name;
    buf_init(&name, out->heap);
    if (interface) wit_put_interface_name(&name, interface);
    if (name.failed) out->failed = true;
    put_c_str(out, (hf_str){ (const char *)name.data, name.size });
    buf_fini(&name);
}

// Of a package that is there in several versions, the version is part of the name.
static bool has_other_version(const struct wit *wit, const struct wit_package *p)
{
    for (size_t i = 0; i < wit->package_count; i++) {
        const struct wit_package *const q = wit->packages[i];
        if (q != p && str_equal(q->name.text, p->name.text) && str_equal(q->space.text, p->space.text)) return true;
    }
    return false;
}

void cname_interface(struct buf *out, const struct wit *wit, const struct wit_interface *interface)
{
    const struct wit_package *const p = interface->package;
    cname_snake(out, p->space.text);
    buf_u8(out, '_');
    cname_snake(out, p->name.text);
    buf_u8(out, '_');
    if (has_other_version(wit, p)) {
        cname_snake(out, p->version.text);
        buf_u8(out, '_');
    }
    cname_snake(out, interface->id.text.size ? interface->id.text : interface->plain_name);
}

void cname_func(struct buf *out, const struct wit_func *func)
{
    static const char *const kinds[] = { "", "method_", "static_", "constructor_" };
    buf_str(out, kinds[func->kind]);
    if (func->resource) cname_snake(out, func->resource->id.text);
    if (func->kind == WIT_CONSTRUCTOR) return;
    if (func->resource) buf_u8(out, '_');
    cname_snake(out, func->id.text);
}

// --- names of types ------------------------------------------------------------------------------------------

static const struct {
    const char *c;
    const char *stem;
} simple[] = {
    [HF_WIT_BOOL] = { "bool", "bool" },       [HF_WIT_S8] = { "int8_t", "s8" },
    [HF_WIT_U8] = { "uint8_t", "u8" },        [HF_WIT_S16] = { "int16_t", "s16" },
    [HF_WIT_U16] = { "uint16_t", "u16" },     [HF_WIT_S32] = { "int32_t", "s32" },
    [HF_WIT_U32] = { "uint32_t", "u32" },     [HF_WIT_S64] = { "int64_t", "s64" },
    [HF_WIT_U64] = { "uint64_t", "u64" },     [HF_WIT_F32] = { "float", "f32" },
    [HF_WIT_F64] = { "double", "f64" },       [HF_WIT_CHAR] = { "uint32_t", "char" },
    [HF_WIT_STRING] = { "hf_str", "string" },
};

static struct ctype failed(struct ctypes *c)
{
    c->failed = true;
    return (struct ctype){ .name = "", .stem = "", .descriptor = "" };
}

// Remembers a type under a key, which is copied.
static struct ctype remember(struct ctypes *c, const void *key, size_t size, struct ctype type)
{
    const void *const copy = arena_copy(&c->arena, key, size);
    struct ctype *const types = arena_grow(&c->arena, c->types, &c->cap, c->count, c->count + 1, sizeof *types);
    if (!copy || !types) return failed(c);
    c->types = types;
    if (map_put(&c->known, copy, size, (uint32_t)c->count) == MAP_NO_MEMORY) return failed(c);
    types[c->count++] = type;
    return type;
}

static const struct ctype *recall(const struct ctypes *c, const void *key, size_t size)
{
    const uint32_t *const index = map_get(&c->known, key, size);
    return index ? &c->types[*index] : NULL;
}

// What tells a type without a name from others: definitions count by their origin.
static void put_key(const struct ctypes *c, struct buf *key, const struct wit_type *type)
{
    buf_u8(key, (uint8_t)type->kind);
    if (type->def) {
        const struct wit_def *const origin = wit_def_origin(type->def);
        buf_put(key, &origin, sizeof origin);
        buf_u8(key, ctype_is_exported(c, origin));
    }
    buf_u32le(key, type->length);
    buf_u32le(key, type->count);
    for (uint32_t i = 0; i < type->count; i++) put_key(c, key, type->members[i].type);
    buf_u8(key, (uint8_t)((type->first != NULL) | (type->second != NULL) << 1));
    if (type->first) put_key(c, key, type->first);
    if (type->second) put_key(c, key, type->second);
}

// "list_tuple2_string_u8"
static void put_stem(struct ctypes *c, struct buf *out, const struct wit_type *type)
{
    const unsigned kind = type->kind;
    if (kind >= HF_WIT_BOOL && kind <= HF_WIT_STRING) {
        buf_str(out, simple[kind].stem);
        return;
    }
    if (kind == HF_WIT_OWN || kind == HF_WIT_BORROW) buf_str(out, kind == HF_WIT_OWN ? "own_" : "borrow_");
    if (type->def) {
        buf_str(out, ctype_of_def(c, wit_def_origin(type->def)).stem);
        return;
    }
    buf_str(out, kind == HF_WIT_FIXED_LIST ? "list" : hf_witkind_name((hf_witkind)kind));
    if (kind == HF_WIT_TUPLE) buf_printf(out, "%u", type->count);
    if (kind == HF_WIT_FIXED_LIST) buf_printf(out, "%u", type->length);
    for (uint32_t i = 0; i < type->count; i++) {
        buf_u8(out, '_');
        put_stem(c, out, type->members[i].type);
    }
    if (type->first || kind == HF_WIT_RESULT) buf_u8(out, '_');
    if (type->first)
        put_stem(c, out, type->first);
    else if (kind == HF_WIT_RESULT)
        buf_str(out, "void");
    if (type->second || kind == HF_WIT_RESULT) buf_u8(out, '_');
    if (type->second)
        put_stem(c, out, type->second);
    else if (kind == HF_WIT_RESULT)
        buf_str(out, "void");
}

static struct ctype claim(struct ctypes *c, const struct buf *stem)
{
    struct ctype type = { .free = NULL };
    type.stem = arena_strndup(&c->arena, (const char *)stem->data, stem->size);
    if (stem->failed || !type.stem) return failed(c);
    type.name = cname_claimf(&c->names, "%s_t", type.stem);
    type.descriptor = cname_claimf(&c->names, "%s_type", type.stem);
    return type;
}

// --- definitions in C ------------------------------------------------------------------------------------------

static const char *tag_type(uint32_t cases)
{
    return cases <= 0x100 ? "uint8_t" : cases <= 0x10000 ? "uint16_t" : "uint32_t";
}

static const char *flags_type(uint32_t labels)
{
    return labels <= 8 ? "uint8_t" : labels <= 16 ? "uint16_t" : "uint32_t";
}

static void begin_type(struct ctypes *c, const struct ctype *type, uint32_t kind, uint32_t count, bool fields)
{
    buf_printf(&c->descriptors,
               "static const hf_type %s = { .kind = (hf_witkind)%u, .size = sizeof(%s), .align = _Alignof(%s)",
               type->descriptor, kind, type->name, type->name);
    if (count) buf_printf(&c->descriptors, ", .count = %u", count);
    if (fields) buf_printf(&c->descriptors, ", .fields = %s_fields", type->stem);
}

static void end_type(struct ctypes *c, hf_str name)
{
    if (name.size) {
        buf_str(&c->descriptors, ", .name = ");
        put_c_str(&c->descriptors, name);
    }
    buf_str(&c->descriptors, " };\n");
}

static void begin_fields(struct ctypes *c, const struct ctype *type)
{
    buf_printf(&c->descriptors, "static const hf_field %s_fields[] = {\n", type->stem);
}

// One row of a type's fields; the offset is that of `member` in the C type, 0 without a payload.
static void put_field(struct ctypes *c, const struct ctype *type, hf_str name, const struct ctype *payload,
                      const char *member, hf_str part)
{
    buf_str(&c->descriptors, "    { ");
    put_c_str(&c->descriptors, name);
    if (payload) {
        buf_printf(&c->descriptors, ", &%s, offsetof(%s, %s", payload->descriptor, type->name, member);
        cname_field(&c->descriptors, part);
        buf_str(&c->descriptors, ") },\n");
    } else {
        buf_str(&c->descriptors, ", NULL, 0 },\n");
    }
}

static hf_str text(const char *s)
{
    return (hf_str){ s, strlen(s) };
}

static struct ctype *part_types(struct ctypes *c, const struct wit_type *type)
{
    struct ctype *const parts = ARENA_ARRAY(&c->arena, struct ctype, type->count + 1u);
    if (!parts) {
        failed(c);
        return NULL;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        if (type->members[i].type) parts[i] = ctype_of(c, type->members[i].type);
    }
    return parts;
}

static void write_record(struct ctypes *c, const struct ctype *self, const struct wit_member *members, uint32_t count,
                         const struct ctype *parts, hf_str name)
{
    struct buf *const out = &c->declarations;
    buf_printf(out, "typedef struct %s {\n", self->name);
    for (uint32_t i = 0; i < count; i++) {
        put_c_docs(out, 4, members[i].docs);
        buf_printf(out, "    %s ", parts[i].name);
        cname_field(out, members[i].id.text);
        buf_str(out, ";\n");
    }
    buf_printf(out, "} %s;\n\n", self->name);
    begin_fields(c, self);
    for (uint32_t i = 0; i < count; i++) put_field(c, self, members[i].id.text, &parts[i], "", members[i].id.text);
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, HF_WIT_RECORD, count, true);
    end_type(c, name);
}

static void write_tuple(struct ctypes *c, const struct ctype *self, const struct wit_type *type,
                        const struct ctype *parts)
{
    struct buf *const out = &c->declarations;
    buf_printf(out, "typedef struct %s {\n", self->name);
    for (uint32_t i = 0; i < type->count; i++) buf_printf(out, "    %s f%u;\n", parts[i].name, i);
    buf_printf(out, "} %s;\n\n", self->name);
    begin_fields(c, self);
    for (uint32_t i = 0; i < type->count; i++) {
        buf_printf(&c->descriptors, "    { { NULL, 0 }, &%s, offsetof(%s, f%u) },\n", parts[i].descriptor, self->name,
                   i);
    }
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, HF_WIT_TUPLE, type->count, true);
    end_type(c, (hf_str){ NULL, 0 });
}

// #define STEM_CASE ((type)value)
static void put_constant(struct ctypes *c, const struct ctype *self, hf_str label, const char *type, uint64_t value)
{
    struct buf name;
    buf_init(&name, c->wit->heap);
    cname_upper(&name, self->stem);
    buf_u8(&name, '_');
    const char *const lower = arena_strndup(&c->arena, label.data, label.size);
    if (lower) cname_upper(&name, lower);
    buf_printf(&c->declarations, "#define %s ((%s)%lluu)\n", cname_claim(&c->names, &name), type,
               (unsigned long long)value);
    buf_fini(&name);
}

static void write_variant(struct ctypes *c, const struct ctype *self, const struct wit_type *type,
                          const struct ctype *parts, hf_str name)
{
    struct buf *const out = &c->declarations;
    bool payload = false;
    for (uint32_t i = 0; i < type->count; i++) payload = payload || type->members[i].type;
    buf_printf(out, "typedef struct %s {\n    %s tag;\n", self->name, tag_type(type->count));
    if (payload) buf_str(out, "    union {\n");
    for (uint32_t i = 0; i < type->count; i++) {
        if (!type->members[i].type) continue;
        put_c_docs(out, 8, type->members[i].docs);
        buf_printf(out, "        %s ", parts[i].name);
        cname_field(out, type->members[i].id.text);
        buf_str(out, ";\n");
    }
    if (payload) buf_str(out, "    } as;\n");
    buf_printf(out, "} %s;\n", self->name);
    begin_fields(c, self);
    for (uint32_t i = 0; i < type->count; i++) {
        const struct wit_member *const m = &type->members[i];
        if (!m->type) put_c_docs(out, 0, m->docs);
        put_constant(c, self, m->id.text, tag_type(type->count), i);
        put_field(c, self, m->id.text, m->type ? &parts[i] : NULL, "as.", m->id.text);
    }
    buf_u8(out, '\n');
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, HF_WIT_VARIANT, type->count, true);
    end_type(c, name);
}

// Enums and flags.
static void write_labels(struct ctypes *c, const struct ctype *self, const struct wit_type *type, hf_str name)
{
    const bool flags = type->kind == HF_WIT_FLAGS;
    const char *const word = flags ? flags_type(type->count) : tag_type(type->count);
    buf_printf(&c->declarations, "typedef %s %s;\n", word, self->name);
    begin_fields(c, self);
    for (uint32_t i = 0; i < type->count; i++) {
        const struct wit_member *const m = &type->members[i];
        put_c_docs(&c->declarations, 0, m->docs);
        put_constant(c, self, m->id.text, self->name, flags ? (uint64_t)1 << i : i);
        put_field(c, self, m->id.text, NULL, "", m->id.text);
    }
    buf_u8(&c->declarations, '\n');
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, type->kind, type->count, true);
    end_type(c, name);
}

static void write_list(struct ctypes *c, const struct ctype *self, const struct wit_type *type,
                       const struct ctype *element)
{
    if (type->kind == HF_WIT_FIXED_LIST)
        buf_printf(&c->declarations, "typedef struct %s {\n    %s at[%u];\n} %s;\n\n", self->name, element->name,
                   type->length, self->name);
    else
        buf_printf(&c->declarations, "typedef struct %s {\n    %s *data;\n    size_t size;\n} %s;\n\n", self->name,
                   element->name, self->name);
    begin_type(c, self, type->kind, type->length, false);
    buf_printf(&c->descriptors, ", .element = &%s", element->descriptor);
    end_type(c, (hf_str){ NULL, 0 });
}

// map<K, V>: a list of struct { K key; V value; }
static void write_map(struct ctypes *c, struct ctype *self, const struct ctype *key, const struct ctype *value)
{
    const struct ctype entry = { .name = cname_claimf(&c->names, "%s_entry_t", self->stem),
                                 .stem = cname_claimf(&c->names, "%s_entry", self->stem),
                                 .descriptor = cname_claimf(&c->names, "%s_entry_type", self->stem) };
    buf_printf(&c->declarations, "typedef struct %s {\n    %s key;\n    %s value;\n} %s;\n", entry.name, key->name,
               value->name, entry.name);
    buf_printf(&c->declarations, "typedef struct %s {\n    %s *data;\n    size_t size;\n} %s;\n\n", self->name,
               entry.name, self->name);
    self->entry = entry.name;
    begin_fields(c, &entry);
    buf_printf(&c->descriptors, "    { { NULL, 0 }, &%s, offsetof(%s, key) },\n", key->descriptor, entry.name);
    buf_printf(&c->descriptors, "    { { NULL, 0 }, &%s, offsetof(%s, value) },\n};\n", value->descriptor, entry.name);
    begin_type(c, &entry, HF_WIT_TUPLE, 2, true);
    end_type(c, (hf_str){ NULL, 0 });
    begin_type(c, self, HF_WIT_MAP, 0, false);
    buf_printf(&c->descriptors, ", .element = &%s", entry.descriptor);
    end_type(c, (hf_str){ NULL, 0 });
}

static void write_option(struct ctypes *c, const struct ctype *self, const struct ctype *some)
{
    buf_printf(&c->declarations, "typedef struct %s {\n    bool some;\n    %s value;\n} %s;\n\n", self->name,
               some->name, self->name);
    begin_fields(c, self);
    put_field(c, self, text("none"), NULL, "", text(""));
    put_field(c, self, text("some"), some, "value", text(""));
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, HF_WIT_OPTION, 2, true);
    end_type(c, (hf_str){ NULL, 0 });
}

static void write_result(struct ctypes *c, const struct ctype *self, const struct ctype *ok, const struct ctype *error)
{
    struct buf *const out = &c->declarations;
    buf_printf(out, "typedef struct %s {\n    bool err;\n", self->name);
    if (ok || error) buf_str(out, "    union {\n");
    if (ok) buf_printf(out, "        %s ok;\n", ok->name);
    if (error) buf_printf(out, "        %s error;\n", error->name);
    if (ok || error) buf_str(out, "    } as;\n");
    buf_printf(out, "} %s;\n\n", self->name);
    begin_fields(c, self);
    put_field(c, self, text("ok"), ok, "as.ok", text(""));
    put_field(c, self, text("error"), error, "as.error", text(""));
    buf_str(&c->descriptors, "};\n");
    begin_type(c, self, HF_WIT_RESULT, 2, true);
    end_type(c, (hf_str){ NULL, 0 });
}

// Owned or borrowed, in C it has the type of the resource.
static void write_handle(struct ctypes *c, const struct ctype *self, const struct wit_type *type)
{
    const struct ctype resource = ctype_of_def(c, wit_def_origin(type->def));
    begin_type(c, self, type->kind, 0, false);
    buf_printf(&c->descriptors, ", .resource = &%s", resource.descriptor);
    end_type(c, (hf_str){ NULL, 0 });
}

static void write_async(struct ctypes *c, const struct ctype *self, const struct wit_type *type,
                        const struct ctype *element)
{
    c->unsupported = c->unsupported || c->guest;
    buf_printf(&c->declarations, "typedef hf_resource %s;\n", self->name);
    begin_type(c, self, type->kind, 0, false);
    if (element) buf_printf(&c->descriptors, ", .element = &%s", element->descriptor);
    end_type(c, (hf_str){ NULL, 0 });
}

static void write_simple(struct ctypes *c, const struct ctype *self, unsigned kind)
{
    begin_type(c, self, kind, 0, false);
    end_type(c, (hf_str){ NULL, 0 });
}

// Writes a type that has no name in WIT (then `def` is NULL), or the body of one that has.
static void write_type(struct ctypes *c, struct ctype *self, const struct wit_type *type, const struct wit_def *def)
{
    const hf_str name = def ? def->id.text : (hf_str){ NULL, 0 };
    struct ctype first = { 0 }, second = { 0 };
    if (type->first) first = ctype_of(c, type->first);
    if (type->second) second = ctype_of(c, type->second);
    const struct ctype *const parts = part_types(c, type);
    if (!parts) return;
    if (def) put_c_docs(&c->declarations, 0, def->docs);
    switch (type->kind) {
    case HF_WIT_RECORD: write_record(c, self, type->members, type->count, parts, name); break;
    case HF_WIT_VARIANT: write_variant(c, self, type, parts, name); break;
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: write_labels(c, self, type, name); break;
    case HF_WIT_TUPLE: write_tuple(c, self, type, parts); break;
    case HF_WIT_LIST:
    case HF_WIT_FIXED_LIST: write_list(c, self, type, &first); break;
    case HF_WIT_MAP: write_map(c, self, &first, &second); break;
    case HF_WIT_OPTION: write_option(c, self, &first); break;
    case HF_WIT_RESULT: write_result(c, self, type->first ? &first : NULL, type->second ? &second : NULL); break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW: write_handle(c, self, type); break;
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: write_async(c, self, type, type->first ? &first : NULL); break;
    default: write_simple(c, self, type->kind); break;
    }
}

// --- asking ------------------------------------------------------------------------------------------------

// Is there a C type already, so that only the descriptor is to be made?
static bool named_in_c(const struct wit_type *type)
{
    return type->kind <= HF_WIT_STRING || type->kind == HF_WIT_OWN || type->kind == HF_WIT_BORROW;
}

static struct ctype borrow_name(struct ctypes *c, const struct wit_type *type, const struct buf *stem)
{
    struct ctype self = { .descriptor =
                              cname_claimf(&c->names, "%.*s_type", (int)stem->size, (const char *)stem->data) };
    if (type->kind == HF_WIT_OWN || type->kind == HF_WIT_BORROW) {
        const struct ctype resource = ctype_of_def(c, wit_def_origin(type->def));
        self.stem = resource.stem;
        self.name = !c->guest ? resource.name : type->kind == HF_WIT_OWN ? resource.own : resource.borrow;
    } else {
        self.stem = simple[type->kind].stem;
        self.name = simple[type->kind].c;
    }
    if (c->guest && type->kind == HF_WIT_STRING) {
        self.name = cname_claimf(&c->names, "%s_string_t", c->prefix);
        self.stem = cname_claimf(&c->names, "%s_string", c->prefix);
        buf_printf(&c->declarations, "typedef struct %s {\n    uint8_t *data;\n    size_t size;\n} %s;\n\n", self.name,
                   self.name);
    }
    return self;
}

struct ctype ctype_of(struct ctypes *c, const struct wit_type *type)
{
    if (type->kind == WIT_NAMED) return ctype_of_def(c, type->def);
    struct buf key;
    buf_init(&key, c->wit->heap);
    put_key(c, &key, type);
    const struct ctype *const known = recall(c, key.data, key.size);
    struct ctype self;
    if (known) {
        self = *known;
    } else {
        struct buf stem;
        buf_init(&stem, c->wit->heap);
        buf_printf(&stem, "%s_", c->prefix);
        put_stem(c, &stem, type);
        self = named_in_c(type) ? borrow_name(c, type, &stem) : claim(c, &stem);
        buf_fini(&stem);
        write_type(c, &self, type, NULL);
        if (c->guest) ctype_write_free(c, &self, type);
        self = key.failed ? failed(c) : remember(c, key.data, key.size, self);
    }
    buf_fini(&key);
    return self;
}

static void put_scope(struct ctypes *c, struct buf *out, const struct wit_def *def)
{
    if (ctype_is_exported(c, def)) buf_str(out, "exports_");
    if (def->interface)
        cname_interface(out, c->wit, def->interface);
    else
        cname_snake(out, def->world->id.text);
    buf_u8(out, '_');
    cname_snake(out, def->id.text);
}

// A guest's own resource is a struct of its own making, of which it lends pointers; that of others is a handle.
static void write_guest_resource(struct ctypes *c, struct ctype *self, const struct wit_def *def)
{
    const bool exported = ctype_is_exported(c, def);
    self->own = cname_claimf(&c->names, "%s_own_t", self->stem);
    put_c_docs(&c->declarations, 0, def->docs);
    buf_printf(&c->declarations, "typedef struct %s {\n    int32_t handle;\n} %s;\n", self->own, self->own);
    if (exported) {
        self->borrow = cname_claimf(&c->names, "%s_borrow_t", self->stem);
        buf_printf(&c->declarations, "typedef struct %s %s;\ntypedef %s *%s;\n\n", self->name, self->name, self->name,
                   self->borrow);
    } else {
        self->borrow = cname_claimf(&c->names, "%s_borrow_t", self->stem);
        buf_printf(&c->declarations, "typedef struct %s {\n    int32_t handle;\n} %s;\n\n", self->borrow, self->borrow);
    }
}

// static const hf_restype
static void write_resource(struct ctypes *c, struct ctype *self, const struct wit_def *def)
{
    if (c->guest) {
        write_guest_resource(c, self, def);
        return;
    }
    put_c_docs(&c->declarations, 0, def->docs);
    buf_printf(&c->declarations, "typedef hf_resource %s;\n\n", self->name);
    buf_printf(&c->descriptors, "static const hf_restype %s = { .interface = ", self->descriptor);
    put_c_interface(&c->descriptors, def->interface);
    buf_str(&c->descriptors, ", .name = ");
    put_c_str(&c->descriptors, def->id.text);
    buf_str(&c->descriptors, " };\n");
}

bool ctype_is_exported(const struct ctypes *c, const struct wit_def *def)
{
    if (!c->exporting || !def->interface) return false;
    for (size_t i = 0; i < c->exports->count; i++) {
        if (c->exports->list[i]->interface == def->interface) return true;
    }
    return false;
}

struct ctype ctype_of_def(struct ctypes *c, const struct wit_def *def)
{
    const struct {
        const struct wit_def *def;
        uintptr_t exported;
    } key = { def, ctype_is_exported(c, def) };
    const struct ctype *const known = recall(c, &key, sizeof key);
    if (known) return *known;
    struct buf stem;
    buf_init(&stem, c->wit->heap);
    put_scope(c, &stem, def);
    struct ctype self = claim(c, &stem);
    buf_fini(&stem);
    const struct wit_def *const next = def->kind == WIT_DEF_USE                                    ? def->target
                                       : def->kind == WIT_DEF_TYPE && def->type->kind == WIT_NAMED ? def->type->def
                                                                                                   : NULL;
    if (next) { // another name for a type has its descriptor
        const struct ctype other = ctype_of_def(c, next);
        put_c_docs(&c->declarations, 0, def->docs);
        const bool handles = other.own && c->guest;
        if (handles) {
            self.own = cname_claimf(&c->names, "%s_own_t", self.stem);
            self.borrow = cname_claimf(&c->names, "%s_borrow_t", self.stem);
            buf_printf(&c->declarations, "typedef %s %s;\ntypedef %s %s;\n", other.own, self.own, other.borrow,
                       self.borrow);
        } else {
            buf_printf(&c->declarations, "typedef %s %s;\n", other.name, self.name);
        }
        self.descriptor = other.descriptor;
        self.free = other.free;
    } else if (def->kind == WIT_DEF_RESOURCE) {
        write_resource(c, &self, def);
    } else if (def->type->kind >= HF_WIT_RECORD && def->type->members && def->type->kind != HF_WIT_TUPLE) {
        write_type(c, &self, def->type, def);
        if (c->guest) ctype_write_free(c, &self, def->type);
    } else { // a name for a type that others write out
        const struct ctype other = ctype_of(c, def->type);
        put_c_docs(&c->declarations, 0, def->docs);
        buf_printf(&c->declarations, "typedef %s %s;\n", other.name, self.name);
        self.descriptor = other.descriptor;
        self.free = other.free;
    }
    return remember(c, &key, sizeof key, self);
}

const char *ctype_element(struct ctypes *c, const struct wit_type *type)
{
    type = wit_type_origin(type);
    const char *const name = type->kind == HF_WIT_MAP ? ctype_of(c, type).entry : ctype_of(c, type->first).name;
    return name ? name : "";
}

struct ctype ctype_of_params(struct ctypes *c, const struct wit_func *func, const char *stem)
{
    if (!func->param_count) return (struct ctype){ .name = NULL };
    struct ctype *const parts = ARENA_ARRAY(&c->arena, struct ctype, func->param_count);
    if (!parts) return failed(c);
    for (uint32_t i = 0; i < func->param_count; i++) parts[i] = ctype_of(c, func->params[i].type);
    struct buf text;
    buf_init(&text, c->wit->heap);
    buf_printf(&text, "%s_args", stem);
    const struct ctype self = claim(c, &text);
    buf_fini(&text);
    write_record(c, &self, func->params, func->param_count, parts, (hf_str){ NULL, 0 });
    return self;
}
