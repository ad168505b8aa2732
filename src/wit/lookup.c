// What the path of an interface or a world means (WIT.md, "WIT Packages and `use`").
#include "wit/tree.h"

static void find(const struct wit_package *package, hf_str name, struct wit_target *out)
{
    out->interface = wit_find_interface(package, name);
    out->world = out->interface ? NULL : wit_find_world(package, name);
}

static hf_code in_package(struct wit *wit, const struct wit_path *path, struct wit_target *out, hf_status *status)
{
    const struct wit_package *const package =
        wit_find_package(wit, path->space.text, path->package.text, path->version.text);
    if (!package) {
        const struct wit_package *like = NULL;
        for (size_t i = 0; i < wit->package_count && !like; i++) {
            const struct wit_package *const p = wit->packages[i];
            if (str_equal(p->space.text, path->space.text) && str_equal(p->name.text, path->package.text)) like = p;
        }
        const hf_str version = like ? like->version.text : (hf_str){ NULL, 0 };
        return wit_fail(wit, &path->space, HF_INVALID, status, "there is no package '%.*s:%.*s%s%.*s'%s%.*s",
                        STR(path->space.text), STR(path->package.text), path->version.text.size ? "@" : "",
                        STR(path->version.text),
                        !like          ? ""
                        : version.size ? ", only version "
                                       : ", only one without a version",
                        STR(version));
    }
    find(package, path->name.text, out);
    if (out->interface || out->world) return HF_OK;
    return wit_fail(wit, &path->name, HF_INVALID, status,
                    "there is no interface or world '%.*s' in package '%.*s:%.*s'", STR(path->name.text),
                    STR(path->space.text), STR(path->package.text));
}

// An id alone: a name of this file, then of the package.
hf_code wit_lookup(struct wit *wit, struct wit_scope *scope, const struct wit_path *path, struct wit_target *out,
                   hf_status *status)
{
    if (path->space.text.size) return in_package(wit, path, out, status);
    for (size_t i = 0; i < scope->alias_count; i++) {
        struct wit_alias *const alias = &scope->aliases[i];
        if (alias->busy || !str_equal(alias->name.text, path->name.text)) continue;
        alias->busy = true; // `use a;` means the package's own a
        const hf_code code = wit_lookup(wit, scope, &alias->path, out, status);
        alias->busy = false;
        return code;
    }
    find(scope->package, path->name.text, out);
    if (out->interface || out->world) return HF_OK;
    return wit_fail(wit, &path->name, HF_INVALID, status, "there is no interface or world '%.*s'",
                    STR(path->name.text));
}

hf_code wit_check_aliases(struct wit *wit, struct wit_scope *scope, hf_status *status)
{
    for (size_t i = 0; i < scope->alias_count; i++) {
        struct wit_alias *const alias = &scope->aliases[i];
        struct wit_target target;
        alias->busy = true;
        const hf_code code = wit_lookup(wit, scope, &alias->path, &target, status);
        alias->busy = false;
        if (code) return code;
        if (!target.interface)
            return wit_fail(wit, &alias->path.name, HF_INVALID, status, "'%.*s' is a world, not an interface",
                            STR(alias->path.name.text));
    }
    return HF_OK;
}
