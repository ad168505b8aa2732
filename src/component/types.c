#include "component/types.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"

uint32_t ctypes_count(const struct ctypes *types)
{
    return (uint32_t)types->count;
}

const struct ctype_def *ctypes_get(const struct ctypes *types, ctype type)
{
    return &types->defs[type];
}

const struct resource_def *ctypes_resource(const struct ctypes *types, uint32_t resource_id)
{
    return &types->resources[resource_id];
}

struct resource_def *ctypes_resource_mut(struct ctypes *types, uint32_t resource_id)
{
    return &types->resources[resource_id];
}

uint32_t ctypes_resource_id(const struct ctypes *types, ctype type)
{
    return types->defs[type].resource_id;
}

const char *ctype_kind_name(unsigned kind)
{
    switch (kind) {
    case CTYPE_RESOURCE: return "resource";
    case CTYPE_FUNC: return "func";
    case CTYPE_INSTANCE: return "instance";
    case CTYPE_COMPONENT: return "component";
    case CTYPE_MODULE: return "module";
    default: return kind < WIT_KINDS ? wit_type_infos[kind].text : "type";
    }
}

// ---- names of scopes --------------------------------------------------------------------------------------------------

enum { EXPORT_NAMES, IMPORT_NAMES, SETS_OF_SCOPE };

uint32_t ctypes_new_scope(struct ctypes *types)
{
    return sets_new(&types->names, SETS_OF_SCOPE) / SETS_OF_SCOPE;
}

static uint32_t position_of(const uint32_t *found)
{
    return found ? *found : UINT32_MAX;
}

uint32_t ctypes_export(const struct ctypes *types, uint32_t scope, hf_str name)
{
    return position_of(sets_get_name(&types->names, scope * SETS_OF_SCOPE + EXPORT_NAMES, name));
}

uint32_t ctypes_import(const struct ctypes *types, uint32_t scope, hf_str name)
{
    return position_of(sets_get_name(&types->names, scope * SETS_OF_SCOPE + IMPORT_NAMES, name));
}

bool ctypes_name_export(struct ctypes *types, uint32_t scope, hf_str name, uint32_t position)
{
    return sets_add_name(&types->names, scope * SETS_OF_SCOPE + EXPORT_NAMES, name, position) != MAP_NO_MEMORY;
}

bool ctypes_name_import(struct ctypes *types, uint32_t scope, hf_str name, uint32_t position)
{
    return sets_add_name(&types->names, scope * SETS_OF_SCOPE + IMPORT_NAMES, name, position) != MAP_NO_MEMORY;
}

// A module's import names have two levels: the set of its imports holds, by the first level, sets of the second.
uint32_t ctypes_module_import(const struct ctypes *types, uint32_t scope, hf_str module, hf_str name)
{
    const uint32_t *const set = sets_get_name(&types->names, scope * SETS_OF_SCOPE + IMPORT_NAMES, module);
    return set ? position_of(sets_get_name(&types->names, *set, name)) : UINT32_MAX;
}

bool ctypes_name_module_import(struct ctypes *types, uint32_t scope, hf_str module, hf_str name, uint32_t position,
                               bool *exists)
{
    const uint32_t imports = scope * SETS_OF_SCOPE + IMPORT_NAMES;
    const uint32_t *known = sets_get_name(&types->names, imports, module);
    uint32_t set;
    if (known) {
        set = *known;
    } else {
        set = sets_new(&types->names, SETS_OF_SCOPE);
        if (sets_add_name(&types->names, imports, module, set) == MAP_NO_MEMORY) return false;
    }
    const enum map_put put = sets_add_name(&types->names, set, name, position);
    *exists = put == MAP_EXISTS;
    return put != MAP_NO_MEMORY;
}

// ---- sizes (CanonicalABI.md, "Alignment", "Element Size") -------------------------------------------------------------

struct size {
    uint64_t size;
    uint32_t align;
};

static uint64_t align_to(uint64_t size, uint32_t align)
{
    return (size + align - 1) & ~(uint64_t)(align - 1);
}

static uint32_t discriminant_size(uint32_t cases)
{
    return cases <= 0x100 ? 1 : cases <= 0x10000 ? 2 : 4;
}

static struct size size_of_record(const struct ctypes *types, const struct ctype_def *def, bool wide)
{
    struct size out = { 0, 1 };
    for (uint32_t i = 0; i < def->record.count; i++) {
        const struct shape *const field = &types->defs[def->record.fields[i].type].abi[wide];
        if (field->align > out.align) out.align = field->align;
        out.size = align_to(out.size, field->align) + field->size;
        if (out.size > VALUE_SIZE_MAX + (uint64_t)PAIR_EXTRA) break;
    }
    out.size = align_to(out.size, out.align);
    return out;
}

static struct size size_of_variant(const struct ctypes *types, const struct ctype_def *def, bool wide)
{
    const uint32_t tag = discriminant_size(def->record.count);
    struct size out = { 0, tag };
    uint32_t payload_align = 1;
    for (uint32_t i = 0; i < def->record.count; i++) {
        if (def->record.fields[i].type == NO_CTYPE) continue;
        const struct shape *const payload = &types->defs[def->record.fields[i].type].abi[wide];
        if (payload->align > payload_align) payload_align = payload->align;
        if (payload->size > out.size) out.size = payload->size;
    }
    if (payload_align > out.align) out.align = payload_align;
    out.size = align_to(align_to(tag, payload_align) + out.size, out.align);
    return out;
}

static struct size size_of(const struct ctypes *types, const struct ctype_def *def, bool wide)
{
    const uint32_t pointer = wide ? 8 : 4;
    switch (def->kind) {
    case HF_WIT_STRING:
    case HF_WIT_LIST:
    case HF_WIT_MAP: return (struct size){ (uint64_t)2 * pointer, pointer };
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE: return size_of_record(types, def, wide);
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: return size_of_variant(types, def, wide);
    case HF_WIT_FIXED_LIST: {
        const struct shape *const element = &types->defs[def->list.element].abi[wide];
        return (struct size){ (uint64_t)element->size * def->list.length, element->align };
    }
    case HF_WIT_FLAGS: {
        const uint32_t size = def->record.count <= 8 ? 1 : def->record.count <= 16 ? 2 : 4;
        return (struct size){ size, size };
    }
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE: return (struct size){ 4, 4 };
    default: {
        const uint32_t size = wit_type_infos[def->kind].abi_size;
        return (struct size){ size, size };
    }
    }
}

static bool is_value_type(const struct ctype_def *def)
{
    return def->kind < WIT_KINDS;
}

static hf_code measure(const struct ctypes *types, struct ctype_def *def, uint64_t offset, hf_status *status)
{
    for (unsigned wide = 0; wide < 2; wide++) {
        const struct size size = size_of(types, def, wide);
        // The pairs of a map are no type of their own: they may be larger than a value by a key.
        if (size.size > VALUE_SIZE_MAX + (uint64_t)PAIR_EXTRA)
            return fail_at(status, HF_INVALID, offset, "the type exceeds maximum byte size of %d", VALUE_SIZE_MAX);
        def->abi[wide] = (struct shape){ .size = (uint32_t)size.size, .align = size.align };
        if (!flatten_type(types, def, wide)) return fail_oom(status);
    }
    return HF_OK;
}

// ---- what is true of a type because it is of its parts ----------------------------------------------------------------

struct summary {
    uint32_t flags, depth;
    uint64_t weight;
};

static void add_part(const struct ctypes *types, struct summary *sum, ctype part)
{
    sum->weight++;
    if (part == NO_CTYPE) return;
    const struct ctype_def *const def = &types->defs[part];
    sum->flags |= def->flags;
    if (def->depth + 1u > sum->depth) sum->depth = def->depth + 1u;
    sum->weight += def->weight;
}

static void add_fields(const struct ctypes *types, struct summary *sum, const struct ctype_field *fields,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) add_part(types, sum, fields[i].type);
}

static void add_decls(const struct ctypes *types, struct summary *sum, const struct extern_decl *decls, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) add_part(types, sum, decls[i].entity.type);
}

static struct summary summarize(const struct ctypes *types, const struct ctype_def *def)
{
    struct summary sum = { 0, 0, 1 };
    switch (def->kind) {
    case HF_WIT_STRING: sum.flags = CTYPE_HAS_POINTER; break;
    case HF_WIT_LIST:
    case HF_WIT_MAP:
        add_part(types, &sum, def->list.element);
        sum.flags |= CTYPE_HAS_POINTER;
        break;
    case HF_WIT_FIXED_LIST: add_part(types, &sum, def->list.element); break;
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
        add_part(types, &sum, def->list.element);
        sum.flags &= ~(uint32_t)CTYPE_HAS_POINTER;
        break;
    case HF_WIT_OWN:
    case HF_WIT_BORROW:
        add_part(types, &sum, def->resource);
        if (def->kind == HF_WIT_BORROW) sum.flags |= CTYPE_HAS_BORROW;
        break;
    case HF_WIT_TUPLE:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT: add_fields(types, &sum, def->record.fields, def->record.count); break;
    case HF_WIT_RECORD:
    case HF_WIT_VARIANT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS:
        add_fields(types, &sum, def->record.fields, def->record.count);
        sum.flags |= CTYPE_HAS_NAMED;
        break;
    case CTYPE_RESOURCE: sum.flags = CTYPE_HAS_RESOURCE | CTYPE_HAS_NAMED; break;
    case CTYPE_FUNC:
        add_fields(types, &sum, def->func.params, def->func.param_count);
        add_part(types, &sum, def->func.result);
        break;
    case CTYPE_INSTANCE: add_decls(types, &sum, def->instance->exports, def->instance->export_count); break;
    case CTYPE_COMPONENT:
        add_decls(types, &sum, def->component->imports, def->component->import_count);
        add_decls(types, &sum, def->component->exports, def->component->export_count);
        break;
    case CTYPE_MODULE: sum.weight += (uint64_t)def->module->import_count + def->module->export_count; break;
    default: break;
    }
    return sum;
}

// ---- canons -----------------------------------------------------------------------------------------------------------

static void key_fields(struct ctypes *types, const struct ctype_field *fields, uint32_t count)
{
    struct buf *const key = &types->key;
    buf_u32le(key, count);
    for (uint32_t i = 0; i < count; i++) {
        buf_u32le(key, (uint32_t)fields[i].name.size);
        buf_put(key, fields[i].name.data, fields[i].name.size);
        buf_u32le(key, fields[i].type == NO_CTYPE ? NO_CTYPE : types->defs[fields[i].type].canon);
    }
}

static void key_part(struct ctypes *types, ctype part)
{
    buf_u32le(&types->key, part == NO_CTYPE ? NO_CTYPE : types->defs[part].canon);
}

// Writes the parts by which types of the kind are equal; false: such types are equal to nothing but their aliases.
static bool make_key(struct ctypes *types, const struct ctype_def *def)
{
    struct buf *const key = &types->key;
    buf_clear(key);
    buf_u8(key, def->kind);
    switch (def->kind) {
    case HF_WIT_LIST:
    case HF_WIT_MAP:
    case HF_WIT_FIXED_LIST:
    case HF_WIT_STREAM:
    case HF_WIT_FUTURE:
        key_part(types, def->list.element);
        buf_u32le(key, def->kind == HF_WIT_FIXED_LIST ? def->list.length : 0);
        return true;
    case HF_WIT_OWN:
    case HF_WIT_BORROW: key_part(types, def->resource); return true;
    case HF_WIT_RECORD:
    case HF_WIT_TUPLE:
    case HF_WIT_VARIANT:
    case HF_WIT_OPTION:
    case HF_WIT_RESULT:
    case HF_WIT_ENUM:
    case HF_WIT_FLAGS: key_fields(types, def->record.fields, def->record.count); return true;
    case CTYPE_RESOURCE: buf_u32le(key, def->resource_id); return true;
    case CTYPE_FUNC:
        buf_u8(key, def->func.is_async);
        key_fields(types, def->func.params, def->func.param_count);
        key_part(types, def->func.result);
        return true;
    default: return false;
    }
}

static hf_code find_canon(struct ctypes *types, const struct ctype_def *def, ctype self, ctype *out, hf_status *status)
{
    *out = self;
    const bool structural = make_key(types, def);
    if (types->key.failed) return fail_oom(status);
    if (!structural) return HF_OK;
    const uint32_t *const known = map_get(&types->interned, types->key.data, types->key.size);
    if (known) {
        *out = *known;
        return HF_OK;
    }
    const void *const key = arena_copy(types->arena, types->key.data, types->key.size);
    if (!key || map_put(&types->interned, key, types->key.size, self) == MAP_NO_MEMORY) return fail_oom(status);
    return HF_OK;
}

// ---- the table --------------------------------------------------------------------------------------------------------

static hf_code push(struct ctypes *types, const struct ctype_def *def, hf_status *status)
{
    if (types->count >= NO_CTYPE - 1) return fail(status, HF_LIMIT, "too many types");
    struct ctype_def *const defs =
        mem_grow(types->heap, types->defs, &types->cap, types->count + 1, sizeof *types->defs);
    if (!defs) return fail_oom(status);
    types->defs = defs;
    defs[types->count++] = *def;
    return HF_OK;
}

hf_code ctypes_add(struct ctypes *types, const struct ctype_def *def, uint64_t offset, ctype *out, hf_status *status)
{
    struct ctype_def made = *def;
    const ctype self = (ctype)types->count;
    const struct summary sum = summarize(types, def);
    if (sum.depth > TYPE_DEPTH_MAX) return fail_at(status, HF_LIMIT, offset, "types are nested too deeply");
    if (sum.weight > TYPE_WEIGHT_MAX)
        return fail_at(status, HF_LIMIT, offset, "effective type size exceeds the limit of %d", TYPE_WEIGHT_MAX);
    made.flags = (uint8_t)sum.flags;
    made.depth = (uint16_t)sum.depth;
    made.weight = (uint32_t)sum.weight;
    hf_code code = is_value_type(def) ? measure(types, &made, offset, status) : HF_OK;
    if (code == HF_OK) code = find_canon(types, def, self, &made.canon, status);
    if (code == HF_OK) code = push(types, &made, status);
    if (code == HF_OK) *out = self;
    return code;
}

hf_code ctypes_alias(struct ctypes *types, ctype type, ctype *out, hf_status *status)
{
    struct ctype_def def = types->defs[type];
    def.flags |= CTYPE_HAS_NAMED;
    const ctype self = (ctype)types->count;
    const hf_code code = push(types, &def, status);
    if (code == HF_OK) *out = self;
    return code;
}

hf_code ctypes_add_resource(struct ctypes *types, const struct resource_def *def, ctype *out, hf_status *status)
{
    struct resource_def *const resources = mem_grow(types->heap, types->resources, &types->resource_cap,
                                                    types->resource_count + 1, sizeof *types->resources);
    if (!resources) return fail_oom(status);
    types->resources = resources;
    resources[types->resource_count] = *def;
    const struct ctype_def type = { .kind = CTYPE_RESOURCE, .resource_id = (uint32_t)types->resource_count++ };
    return ctypes_add(types, &type, NO_OFFSET, out, status);
}

hf_code ctypes_spend(struct ctypes *types, size_t work, hf_status *status)
{
    if (work > TYPE_WORK_MAX - types->work) return fail(status, HF_LIMIT, "the component's types are too complex");
    types->work += (uint32_t)work;
    return HF_OK;
}

ctype ctypes_primitive(hf_witkind kind)
{
    return (ctype)kind - 1;
}

void ctypes_init(struct ctypes *types, const hf_allocator *heap, struct arena *arena, hf_code *code)
{
    *types = (struct ctypes){ .arena = arena, .heap = heap };
    map_init(&types->interned, heap, (uint64_t)(uintptr_t)types);
    sets_init(&types->names, heap, arena);
    buf_init(&types->key, heap);
    *code = HF_OK;
    for (unsigned kind = HF_WIT_BOOL; kind <= HF_WIT_ERROR_CONTEXT && *code == HF_OK; kind++) {
        const struct ctype_def def = { .kind = (uint8_t)kind };
        ctype place;
        *code = ctypes_add(types, &def, NO_OFFSET, &place, NULL);
    }
}

void ctypes_fini(struct ctypes *types)
{
    map_fini(&types->interned);
    sets_fini(&types->names);
    buf_fini(&types->key);
    mem_free(types->heap, types->defs, types->cap * sizeof *types->defs);
    mem_free(types->heap, types->resources, types->resource_cap * sizeof *types->resources);
}
