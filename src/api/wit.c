// WIT through the public door.
#include <holdfast/wit.h>

#include "base/fail.h"
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

static hf_code check(const hf_wit *w, hf_write_fn write, hf_status *status)
{
    if (!w || !write) return fail(status, HF_BAD_ARGUMENT, "no packages or no output");
    if (!w->resolved) return fail(status, HF_BAD_ARGUMENT, "the packages are not resolved");
    return HF_OK;
}

hf_code hf_wit_print(const hf_wit *w, uint32_t folder, bool all, hf_write_fn write, void *ctx, hf_status *status)
{
    const hf_code code = check(w, write, status);
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
    const hf_code code = check(w, write, status);
    if (code) return code;
    struct wit_world *found;
    const hf_code missing = wit_select_world(&w->wit, folder, world, &found, status);
    if (missing) return missing;
    struct buf out;
    buf_init(&out, &w->heap);
    wit_print_world(&out, found);
    return flush(&out, HF_OK, write, ctx, status);
}
