// WIT through the public door.
#include <holdfast/wit.h>

#include "base/fail.h"
#include "bindgen/bindgen.h"
#include "wit/wit.h"

struct hf_wit {
    hf_allocator heap;
    struct wit wit;
    bool resolved;
};

hf_code hf_wit_new(const hf_wit_options *options, hf_wit **out, hf_status *status)
{
    if (!out) return fail(status, HF_BAD_ARGUMENT, "no place for the result");
    const hf_allocator *const heap = options && options->allocator ? options->allocator : &alloc_libc;
    if (options && options->feature_count && !options->features)
        return fail(status, HF_BAD_ARGUMENT, "a number of features and no features");
    hf_wit *const w = MEM_NEW(heap, hf_wit);
    if (!w) return fail_oom(status);
    w->heap = *heap;
    struct wit_options inner = { .all_features = false };
    if (options) inner = (struct wit_options){ options->all_features, options->features, options->feature_count };
    wit_init(&w->wit, &inner, &w->heap);
    *out = w;
    return HF_OK;
}

void hf_wit_free(hf_wit *w)
{
    if (!w) return;
    wit_fini(&w->wit);
    const hf_allocator heap = w->heap;
    MEM_FREE(&heap, w);
}

hf_code hf_wit_add(hf_wit *w, uint32_t folder, const char *name, const char *text, size_t size, hf_status *status)
{
    if (!w || !name || (!text && size)) return fail(status, HF_BAD_ARGUMENT, "no packages, name or text");
    if (w->resolved) return fail(status, HF_BAD_ARGUMENT, "the packages are resolved already");
    return wit_add(&w->wit, folder, name, text, size, status);
}

hf_code hf_wit_resolve(hf_wit *w, hf_status *status)
{
    if (!w || w->resolved) return fail(status, HF_BAD_ARGUMENT, "no packages that are to be resolved");
    const hf_code code = wit_resolve(&w->wit, status);
    w->resolved = code == HF_OK;
    return code;
}

const char *hf_wit_error_file(const hf_wit *w)
{
    return w && w->wit.error_file != NO_FILE ? w->wit.files[w->wit.error_file].name.data : NULL;
}

static hf_code flush(struct buf *out, hf_code code, hf_write_fn write, void *ctx, hf_status *status)
{
    if (!code && out->failed) code = fail_oom(status);
    if (!code && !write(ctx, out->data, out->size)) code = fail(status, HF_CANCELLED, "the output was not taken");
    buf_fini(out);
    return code;
}

static hf_code check(const hf_wit *w, bool write, hf_status *status)
{
    if (!w || !write) return fail(status, HF_BAD_ARGUMENT, "no packages or no output");
    if (!w->resolved) return fail(status, HF_BAD_ARGUMENT, "the packages are not resolved");
    return HF_OK;
}

hf_code hf_wit_print(const hf_wit *w, uint32_t folder, bool all, hf_write_fn write, void *ctx, hf_status *status)
{
    const hf_code code = check(w, write != NULL, status);
    if (code) return code;
    const struct wit_package *const package = wit_folder_package(&w->wit, folder);
    if (!package && !all) return fail(status, HF_NOT_FOUND, "there is no package in this folder");
    struct buf out;
    buf_init(&out, &w->heap);
    if (all)
        wit_print_all(&out, &w->wit, folder);
    else
        wit_print_package(&out, package);
    return flush(&out, HF_OK, write, ctx, status);
}

hf_code hf_wit_print_world(const hf_wit *w, uint32_t folder, const char *world, hf_write_fn write, void *ctx,
                           hf_status *status)
{
    const hf_code code = check(w, write != NULL, status);
    if (code) return code;
    struct wit_world *found;
    const hf_code missing = wit_select_world(&w->wit, folder, world, &found, status);
    if (missing) return missing;
    struct buf out;
    buf_init(&out, &w->heap);
    wit_print_world(&out, found);
    return flush(&out, HF_OK, write, ctx, status);
}

hf_code hf_wit_encode_world(const hf_wit *w, uint32_t folder, const char *world, hf_write_fn write, void *ctx,
                            hf_status *status)
{
    hf_code code = check(w, write != NULL, status);
    if (code) return code;
    struct wit_world *found;
    code = wit_select_world(&w->wit, folder, world, &found, status);
    if (code) return code;
    struct buf out;
    buf_init(&out, &w->heap);
    return flush(&out, wit_encode_world(&out, found, status), write, ctx, status);
}

// --- C -----------------------------------------------------------------------------------------------------

static bool is_identifier(const char *name)
{
    if (!name || !*name || (*name >= '0' && *name <= '9')) return false;
    for (; *name; name++) {
        const char c = *name;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

static hf_code generate(const hf_wit *w, uint32_t folder, const hf_bindgen_options *options, struct bindgen_files *out,
                        hf_status *status)
{
    if (options->kind == HF_BINDGEN_TABLES) return bindgen_tables(&w->wit, options->name, out, status);
    if (options->kind != HF_BINDGEN_GUEST) return fail(status, HF_BAD_ARGUMENT, "C for what?");
    struct wit_world *world;
    const hf_code code = wit_select_world(&w->wit, folder, options->world, &world, status);
    return code ? code : bindgen_guest(&w->wit, world, options->name, out, status);
}

hf_code hf_wit_bindgen(const hf_wit *w, uint32_t folder, const hf_bindgen_options *options, hf_bindgen_write_fn write,
                       void *ctx, hf_status *status)
{
    hf_code code = check(w, write != NULL, status);
    if (code) return code;
    if (!options || !is_identifier(options->name))
        return fail(status, HF_BAD_ARGUMENT, "the name is no identifier of C");
    struct bindgen_files files;
    buf_init(&files.header, &w->heap);
    buf_init(&files.source, &w->heap);
    buf_init(&files.rows, &w->heap);
    code = generate(w, folder, options, &files, status);
    bool taken = true;
    if (!code) taken = write(ctx, ".h", files.header.data, files.header.size);
    if (!code && taken) taken = write(ctx, ".c", files.source.data, files.source.size);
    if (!code && taken && files.rows.size) taken = write(ctx, ".def", files.rows.data, files.rows.size);
    if (!taken) code = fail(status, HF_CANCELLED, "the output was not taken");
    buf_fini(&files.header);
    buf_fini(&files.source);
    buf_fini(&files.rows);
    return code;
}
