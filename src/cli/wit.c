// wit: reads WIT packages from files and directories, checks them and prints them.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <holdfast/wit.h>

#include "cli/cli.h"

struct reading {
    hf_wit *wit;
    uint32_t folders; // given out so far
};

static char *join(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) >= 0) return path;
    complain("out of memory");
    return NULL;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool ends_with(const char *name, const char *ending)
{
    const size_t size = strlen(name), tail = strlen(ending);
    return size > tail && strcmp(name + size - tail, ending) == 0;
}

static bool read_text(struct reading *r, const char *path, uint32_t folder)
{
    struct file file;
    if (!file_read(path, &file)) return false;
    hf_status status = hf_status_ok();
    const bool good = hf_wit_add(r->wit, folder, path, (const char *)file.data, file.size, &status) == HF_OK;
    if (!good) report(path, NULL, &status);
    file_free(&file);
    return good;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

// Calls `each` for what a directory holds, in the order of names.
static bool each_entry(struct reading *r, const char *path, uint32_t folder,
                       bool (*each)(struct reading *r, const char *path, uint32_t folder))
{
    struct dirent **names;
    const int count = scandir(path, &names, visible, alphasort);
    if (count < 0) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        char *const inner = good ? join(path, names[i]->d_name) : NULL;
        good = inner && each(r, inner, folder);
        free(inner);
        free(names[i]);
    }
    free(names);
    return good;
}

static bool text_of_package(struct reading *r, const char *path, uint32_t folder)
{
    return !ends_with(path, ".wit") || is_folder(path) || read_text(r, path, folder);
}

static bool dependency(struct reading *r, const char *path, uint32_t folder)
{
    (void)folder;
    if (is_folder(path)) return each_entry(r, path, r->folders++, text_of_package);
    return !ends_with(path, ".wit") || read_text(r, path, r->folders++);
}

// A file, or a directory with its deps.
static bool read_path(struct reading *r, const char *path, uint32_t *folder)
{
    *folder = r->folders++;
    if (!is_folder(path)) return read_text(r, path, *folder);
    char *const deps = join(path, "deps");
    const bool good = deps && each_entry(r, path, *folder, text_of_package) &&
                      (!is_folder(deps) || each_entry(r, deps, 0, dependency));
    free(deps);
    return good;
}

static hf_code print_to(FILE *out, const struct options *options, const struct reading *r, uint32_t folder,
                        hf_status *status)
{
    if (options->binary) return hf_wit_encode_world(r->wit, folder, options->world, write_to_file, out, status);
    if (options->world) return hf_wit_print_world(r->wit, folder, options->world, write_to_file, out, status);
    return hf_wit_print(r->wit, folder, options->deps, write_to_file, out, status);
}

static bool print(const struct options *options, const struct reading *r, uint32_t folder)
{
    if (options->check) return true;
    if (options->binary && !options->output && isatty(STDOUT_FILENO)) {
        complain("bytes are not for a terminal; name a file with -o");
        return false;
    }
    hf_status status = hf_status_ok();
    FILE *const out = options->output ? fopen(options->output, "wb") : stdout;
    const hf_code code = out ? print_to(out, options, r, folder, &status) : HF_SYSTEM;
    bool written = out != NULL;
    if (out && (options->output ? fclose(out) : fflush(out))) written = false;
    if (code && code != HF_SYSTEM)
        complain("%s", status.message);
    else if (!written)
        complain("%s: %s", options->output ? options->output : "standard output", strerror(errno));
    return code == HF_OK && written;
}

// Reads all operands and resolves them; the last one's folder is what is meant.
static bool read_all(const struct options *options, struct reading *r, uint32_t *folder)
{
    const hf_wit_options wit_options = {
        .size = sizeof wit_options,
        .all_features = options->all_features,
        .features = options->wit_feature.items,
        .feature_count = options->wit_feature.count,
    };
    hf_status status = hf_status_ok();
    *r = (struct reading){ .wit = NULL };
    if (hf_wit_new(&wit_options, &r->wit, &status)) {
        complain("%s", status.message);
        return false;
    }
    for (int i = 0; i < options->operand_count; i++) {
        if (!read_path(r, options->operands[i], folder)) return false;
    }
    if (!hf_wit_resolve(r->wit, &status)) return true;
    const char *const file = hf_wit_error_file(r->wit);
    report(file ? file : options->operands[options->operand_count - 1], NULL, &status);
    return false;
}

int verb_wit(const struct options *options)
{
    struct reading r;
    uint32_t folder = 0;
    const bool good = read_all(options, &r, &folder) && print(options, &r, folder);
    hf_wit_free(r.wit);
    return good ? EXIT_GOOD : EXIT_ERROR;
}

// --- bindgen -----------------------------------------------------------------------------------------------

static bool write_file(void *ctx, const char *ending, const void *data, size_t size)
{
    const char *const stem = ctx;
    char *path = NULL;
    if (asprintf(&path, "%s%s", stem, ending) < 0) return false;
    FILE *const out = fopen(path, "wb");
    bool good = out && fwrite(data, 1, size, out) == size;
    if (out && fclose(out)) good = false;
    if (!good) complain("%s: %s", path, strerror(errno));
    free(path);
    return good;
}

int verb_bindgen(const struct options *options)
{
    if (!options->output) {
        complain("say with -o where the files go, without their endings");
        return EXIT_USAGE;
    }
    const char *const slash = strrchr(options->output, '/');
    const hf_bindgen_options bindgen = {
        .size = sizeof bindgen,
        .kind = options->bindgen_for == 1 ? HF_BINDGEN_TABLES : HF_BINDGEN_GUEST,
        .name = slash ? slash + 1 : options->output,
        .world = options->world,
    };
    struct reading r;
    uint32_t folder = 0;
    bool good = read_all(options, &r, &folder);
    if (good) {
        hf_status status = hf_status_ok();
        const hf_code code =
            hf_wit_bindgen(r.wit, folder, &bindgen, write_file, (void *)(uintptr_t)options->output, &status);
        if (code && code != HF_CANCELLED) complain("%s", status.message); // else it was said why
        good = code == HF_OK;
    }
    hf_wit_free(r.wit);
    return good ? EXIT_GOOD : EXIT_ERROR;
}
