// The packages as a whole: taking in files, reporting, looking things up.
#include "wit/tree.h"

#include <string.h>

#include "base/ckd.h"
#include "base/fail.h"

enum { MAX_FILES = 1 << 16, MAX_TEXT = 1 << 30 };

void wit_init(struct wit *wit, const struct wit_options *options, const hf_allocator *heap)
{
    memset(wit, 0, sizeof *wit);
    arena_init(&wit->arena, heap);
    wit->heap = heap;
    if (options) wit->options = *options;
    wit->error_file = NO_FILE;
}

void wit_fini(struct wit *wit)
{
    arena_fini(&wit->arena);
}

void *wit_push(struct wit *wit, void *array, size_t count, size_t size)
{
    if (count & (count - 1)) return array; // room is made at the powers of two
    size_t bytes;
    if (count > UINT32_MAX / 2 || ckd_mul(&bytes, count ? count * 2 : 1, size)) return NULL;
    void *const grown = arena_zalloc(&wit->arena, bytes);
    if (grown && count) memcpy(grown, array, count * size);
    return grown;
}

// --- reports -----------------------------------------------------------------------------------------------

hf_code wit_fail(struct wit *wit, const struct wit_id *where, hf_code code, hf_status *status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    wit_fail_v(wit, where, code, status, fmt, args);
    va_end(args);
    return code;
}

hf_code wit_fail_v(struct wit *wit, const struct wit_id *where, hf_code code, hf_status *status, const char *fmt,
                   va_list args)
{
    const bool first = status && status->code == HF_OK;
    const bool placed = where && where->file != NO_FILE;
    fail_v(status, code, placed ? where->at : NO_OFFSET, fmt, args);
    if (!first || !placed) return code;
    const char *const text = wit->files[where->file].text.data;
    wit->error_file = where->file;
    status->line = 1;
    status->column = 1;
    for (uint32_t i = 0; i < where->at; i++) {
        if (text[i] == '\n') {
            status->line++;
            status->column = 1;
        } else if (((uint8_t)text[i] & 0xc0) != 0x80) { // a column is a character
            status->column++;
        }
    }
    return code;
}

hf_code wit_fail_oom(hf_status *status)
{
    return fail_oom(status);
}

// --- files -------------------------------------------------------------------------------------------------

hf_code wit_add(struct wit *wit, uint32_t folder, const char *name, const char *text, size_t size, hf_status *status)
{
    if (size > MAX_TEXT) return fail(status, HF_LIMIT, "a text of more than 1 GiB");
    if (wit->file_count == MAX_FILES) return fail(status, HF_LIMIT, "more than %u files", MAX_FILES);
    struct wit_file *const files = wit_push(wit, wit->files, wit->file_count, sizeof *files);
    const char *const name_copy = files ? arena_strndup(&wit->arena, name, strlen(name)) : NULL;
    const char *const text_copy = name_copy ? arena_strndup(&wit->arena, text, size) : NULL;
    if (!text_copy) return fail_oom(status);
    wit->files = files;
    files[wit->file_count++] = (struct wit_file){ { name_copy, strlen(name) }, { text_copy, size }, folder };
    return wit_parse(wit, (uint32_t)wit->file_count - 1, status);
}

hf_code wit_resolve(struct wit *wit, hf_status *status)
{
    hf_code code = wit_collect_packages(wit, status);
    for (size_t i = 0; i < wit->scope_count && !code; i++) code = wit_check_aliases(wit, wit->scopes[i], status);
    for (size_t p = 0; p < wit->package_count && !code; p++) {
        const struct wit_package *const package = wit->packages[p];
        for (uint32_t i = 0; i < package->interface_count && !code; i++)
            code = wit_resolve_interface(wit, package->interfaces[i], 0, status);
    }
    for (size_t p = 0; p < wit->package_count && !code; p++) {
        const struct wit_package *const package = wit->packages[p];
        for (uint32_t i = 0; i < package->world_count && !code; i++)
            code = wit_resolve_world(wit, package->worlds[i], 0, status);
    }
    if (!code) code = wit_merge_packages(wit, status);
    if (!code) wit_drop_hidden(wit);
    return code;
}

// --- looking things up ---------------------------------------------------------------------------------------

struct wit_package *wit_folder_package(const struct wit *wit, uint32_t folder)
{
    for (size_t i = 0; i < wit->package_count; i++) {
        if (wit->packages[i]->folder == folder && !wit->packages[i]->nested) return wit->packages[i];
    }
    return NULL;
}

struct wit_package *wit_find_package(const struct wit *wit, hf_str space, hf_str name, hf_str version)
{
    for (size_t i = 0; i < wit->package_count; i++) {
        struct wit_package *const p = wit->packages[i];
        if (str_equal(p->name.text, name) && str_equal(p->space.text, space) && str_equal(p->version.text, version))
            return p;
    }
    return NULL;
}

struct wit_interface *wit_find_interface(const struct wit_package *package, hf_str name)
{
    for (uint32_t i = 0; i < package->interface_count; i++) {
        if (str_equal(package->interfaces[i]->id.text, name)) return package->interfaces[i];
    }
    return NULL;
}

struct wit_world *wit_find_world(const struct wit_package *package, hf_str name)
{
    for (uint32_t i = 0; i < package->world_count; i++) {
        if (str_equal(package->worlds[i]->id.text, name)) return package->worlds[i];
    }
    return NULL;
}

struct wit_def *wit_find_def(const struct wit_interface *interface, hf_str name)
{
    for (uint32_t i = 0; i < interface->def_count; i++) {
        if (str_equal(interface->defs[i]->id.text, name)) return interface->defs[i];
    }
    return NULL;
}

const struct wit_def *wit_def_origin(const struct wit_def *def)
{
    for (;;) {
        if (def->kind == WIT_DEF_USE)
            def = def->target;
        else if (def->kind == WIT_DEF_TYPE && def->type->kind == WIT_NAMED)
            def = def->type->def;
        else
            return def;
    }
}

const struct wit_type *wit_type_origin(const struct wit_type *type)
{
    return type->kind == WIT_NAMED ? wit_def_origin(type->def)->type : type;
}

void wit_put_package_name(struct buf *out, const struct wit_package *package)
{
    buf_put(out, package->space.text.data, package->space.text.size);
    buf_u8(out, ':');
    buf_put(out, package->name.text.data, package->name.text.size);
    if (!package->version.text.size) return;
    buf_u8(out, '@');
    buf_put(out, package->version.text.data, package->version.text.size);
}

void wit_put_interface_name(struct buf *out, const struct wit_interface *interface)
{
    const struct wit_package *const p = interface->package;
    if (!interface->id.text.size) {
        buf_put(out, interface->plain_name.data, interface->plain_name.size);
        return;
    }
    buf_put(out, p->space.text.data, p->space.text.size);
    buf_u8(out, ':');
    buf_put(out, p->name.text.data, p->name.text.size);
    buf_u8(out, '/');
    buf_put(out, interface->id.text.data, interface->id.text.size);
    if (!p->version.text.size) return;
    buf_u8(out, '@');
    buf_put(out, p->version.text.data, p->version.text.size);
}

// --- selecting a world ---------------------------------------------------------------------------------------

// "a:b/c@1.0.0"
static struct wit_world *world_by_path(const struct wit *wit, const char *name, const char *colon)
{
    const char *const slash = strchr(colon, '/');
    if (!slash) return NULL;
    const char *const at = strchr(slash, '@');
    const hf_str space = { name, (size_t)(colon - name) }, package = { colon + 1, (size_t)(slash - colon - 1) };
    const hf_str world = { slash + 1, at ? (size_t)(at - slash - 1) : strlen(slash + 1) };
    const hf_str version = { at ? at + 1 : NULL, at ? strlen(at + 1) : 0 };
    const struct wit_package *const p = wit_find_package(wit, space, package, version);
    return p ? wit_find_world(p, world) : NULL;
}

hf_code wit_select_world(const struct wit *wit, uint32_t folder, const char *name, struct wit_world **out,
                         hf_status *status)
{
    const struct wit_package *const root = wit_folder_package(wit, folder);
    const char *const colon = name ? strchr(name, ':') : NULL;
    struct wit_world *world = NULL;
    if (colon) {
        world = world_by_path(wit, name, colon);
    } else if (name && root) {
        world = wit_find_world(root, (hf_str){ name, strlen(name) });
    } else if (!name) {
        if (!root || root->world_count != 1)
            return fail(status, HF_NOT_FOUND, "the package has %u worlds; say which", root ? root->world_count : 0);
        world = root->worlds[0];
    }
    if (!world) return fail(status, HF_NOT_FOUND, "there is no world '%s'", name);
    *out = world;
    return HF_OK;
}
