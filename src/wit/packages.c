// Packages from what files say: which scopes belong together, and which names they define.
#include "wit/tree.h"

static bool same_package(const struct wit_package *p, const struct wit_scope *s)
{
    return str_equal(p->space.text, s->space.text) && str_equal(p->name.text, s->name.text) &&
           str_equal(p->version.text, s->version.text);
}

static struct wit_package *new_package(struct wit *wit, const struct wit_scope *s)
{
    struct wit_package *const p = ARENA_NEW(&wit->arena, struct wit_package);
    struct wit_package **const list = wit_push(wit, wit->packages, wit->package_count, sizeof *list);
    if (!p || !list) return NULL;
    *p = (struct wit_package){ .space = s->space,
                               .name = s->name,
                               .version = s->version,
                               .docs = s->docs,
                               .nested = s->nested,
                               .folder = wit->files[s->file].folder };
    wit->packages = list;
    list[wit->package_count++] = p;
    return p;
}

// Adds what a scope defines to its package.
static hf_code join(struct wit *wit, struct wit_scope *s, struct wit_package *p, hf_status *status)
{
    s->package = p;
    for (size_t i = 0; i < s->interface_count; i++) {
        struct wit_interface **const list = wit_push(wit, p->interfaces, p->interface_count, sizeof *list);
        if (!list) return wit_fail_oom(status);
        p->interfaces = list;
        list[p->interface_count++] = s->interfaces[i];
        s->interfaces[i]->package = p;
    }
    for (size_t i = 0; i < s->world_count; i++) {
        struct wit_world **const list = wit_push(wit, p->worlds, p->world_count, sizeof *list);
        if (!list) return wit_fail_oom(status);
        p->worlds = list;
        list[p->world_count++] = s->worlds[i];
        s->worlds[i]->package = p;
    }
    return HF_OK;
}

static hf_code add_block(struct wit *wit, struct wit_scope *s, hf_status *status)
{
    for (size_t i = 0; i < wit->package_count; i++) {
        const struct wit_package *const p = wit->packages[i];
        if (p->folder == wit->files[s->file].folder && same_package(p, s))
            return wit_fail(wit, &s->name, HF_INVALID, status, "package '%.*s:%.*s' is defined more than once",
                            STR(s->space.text), STR(s->name.text));
    }
    struct wit_package *const p = new_package(wit, s);
    return p ? join(wit, s, p, status) : wit_fail_oom(status);
}

static bool is_empty(const struct wit_scope *s)
{
    return !s->interface_count && !s->world_count && !s->alias_count;
}

// The package that a file's folder makes; files that name it must agree.
static hf_code name_folder(struct wit *wit, const struct wit_scope *s, hf_status *status)
{
    const struct wit_package *const p = wit_folder_package(wit, wit->files[s->file].folder);
    if (!p) return new_package(wit, s) ? HF_OK : wit_fail_oom(status);
    if (same_package(p, s)) return HF_OK;
    return wit_fail(wit, &s->space, HF_INVALID, status, "another file here names the package '%.*s:%.*s%s%.*s'",
                    STR(p->space.text), STR(p->name.text), p->version.text.size ? "@" : "", STR(p->version.text));
}

static hf_code check_names(struct wit *wit, struct wit_package *p, hf_status *status)
{
    struct name_set names;
    wit_name_set_init(&names, wit);
    hf_code code = HF_OK;
    for (uint32_t i = 0; i < p->interface_count && !code; i++)
        code = wit_name_set_add(&names, p->interfaces[i]->id.text, &p->interfaces[i]->id, "interface", status);
    for (uint32_t i = 0; i < p->world_count && !code; i++)
        code = wit_name_set_add(&names, p->worlds[i]->id.text, &p->worlds[i]->id, "world", status);
    wit_name_set_fini(&names);
    return code;
}

// Names that a file gives with `use` beside those that it defines.
static hf_code check_aliases(struct wit *wit, struct wit_scope *s, hf_status *status)
{
    struct name_set names;
    wit_name_set_init(&names, wit);
    hf_code code = HF_OK;
    for (size_t i = 0; i < s->interface_count && !code; i++)
        code = wit_name_set_add(&names, s->interfaces[i]->id.text, &s->interfaces[i]->id, "interface", status);
    for (size_t i = 0; i < s->world_count && !code; i++)
        code = wit_name_set_add(&names, s->worlds[i]->id.text, &s->worlds[i]->id, "world", status);
    for (size_t i = 0; i < s->alias_count && !code; i++)
        code = wit_name_set_add(&names, s->aliases[i].name.text, &s->aliases[i].name, "name", status);
    wit_name_set_fini(&names);
    return code;
}

hf_code wit_collect_packages(struct wit *wit, hf_status *status)
{
    hf_code code = HF_OK;
    for (size_t i = 0; i < wit->scope_count && !code; i++) {
        const struct wit_scope *const s = wit->scopes[i];
        if (s->has_package && !s->nested) code = name_folder(wit, s, status);
    }
    for (size_t i = 0; i < wit->scope_count && !code; i++) {
        struct wit_scope *const s = wit->scopes[i];
        if (s->nested) {
            code = add_block(wit, s, status);
            continue;
        }
        struct wit_package *const p = wit_folder_package(wit, wit->files[s->file].folder);
        const struct wit_id start = { .file = s->file };
        if (p)
            code = join(wit, s, p, status);
        else if (!is_empty(s) || !s->has_blocks)
            code = wit_fail(wit, &start, HF_INVALID, status, "no file here says which package this is");
    }
    for (size_t i = 0; i < wit->package_count && !code; i++) code = check_names(wit, wit->packages[i], status);
    for (size_t i = 0; i < wit->scope_count && !code; i++) code = check_aliases(wit, wit->scopes[i], status);
    return code;
}

static hf_code check_same(struct wit *wit, const struct wit_package *a, const struct wit_package *b, hf_status *status)
{
    struct buf first, second;
    buf_init(&first, wit->heap);
    buf_init(&second, wit->heap);
    wit_print_package(&first, a);
    wit_print_package(&second, b);
    hf_code code = HF_OK;
    if (first.failed || second.failed)
        code = wit_fail_oom(status);
    else if (!str_equal((hf_str){ (const char *)first.data, first.size },
                        (hf_str){ (const char *)second.data, second.size }))
        code = wit_fail(wit, &b->name, HF_INVALID, status, "package '%.*s:%.*s' stands elsewhere with other contents",
                        STR(b->space.text), STR(b->name.text));
    buf_fini(&first);
    buf_fini(&second);
    return code;
}

hf_code wit_merge_packages(struct wit *wit, hf_status *status)
{
    size_t kept = 0;
    for (size_t i = 0; i < wit->package_count; i++) {
        struct wit_package *const p = wit->packages[i];
        const struct wit_package *same = NULL;
        for (size_t k = 0; k < kept && !same; k++) {
            const struct wit_package *const q = wit->packages[k];
            if (str_equal(p->name.text, q->name.text) && str_equal(p->space.text, q->space.text) &&
                str_equal(p->version.text, q->version.text))
                same = q;
        }
        if (!same) {
            wit->packages[kept++] = p;
            continue;
        }
        const hf_code code = check_same(wit, same, p, status);
        if (code) return code;
    }
    wit->package_count = kept;
    return HF_OK;
}
