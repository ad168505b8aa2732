// wast: runs scripts and compares what was executed and what failed with tables.
#include <holdfast/wast.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

struct names {
    char **items;
    size_t count, cap;
};

struct session {
    const struct options *options;
    hf_engine *engine;
    struct file counts, known; // the tables; data NULL: none
    bool *known_seen;          // by line of `known`
    const char *file;          // that runs
    hf_wast_result total;
    uint64_t passed, failed;
};

// ---- the files --------------------------------------------------------------------------------------------------------

static bool add_name(struct names *names, const char *folder, const char *name)
{
    if (names->count == names->cap) {
        const size_t cap = names->cap ? names->cap * 2 : 64;
        char **const items = realloc(names->items, cap * sizeof *items);
        if (!items) return false;
        names->items = items;
        names->cap = cap;
    }
    const size_t size = (folder ? strlen(folder) + 1 : 0) + strlen(name) + 1;
    char *const path = malloc(size);
    if (!path) return false;
    snprintf(path, size, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
    names->items[names->count++] = path;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_script(const char *name)
{
    const size_t size = strlen(name);
    return size > 5 && !strcmp(name + size - 5, ".wast");
}

// A file, or all scripts below a directory in order.
static bool collect(struct names *names, const char *path, unsigned depth)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        struct names here = { 0 };
        DIR *const dir = depth < 32 ? opendir(path) : NULL;
        bool good = dir != NULL;
        for (const struct dirent *entry; good && (entry = readdir(dir));)
            if (entry->d_name[0] != '.') good = add_name(&here, path, entry->d_name);
        if (dir) closedir(dir);
        if (here.count) qsort(here.items, here.count, sizeof *here.items, compare_names);
        for (size_t i = 0; i < here.count; i++) {
            const bool folder = stat(here.items[i], &st) == 0 && S_ISDIR(st.st_mode);
            if (good && (folder || is_script(here.items[i]))) good = collect(names, here.items[i], depth + 1);
            free(here.items[i]);
        }
        free(here.items);
        if (!good) complain("%s: cannot be read", path);
        return good;
    }
    return add_name(names, NULL, path);
}

// ---- the tables -------------------------------------------------------------------------------------------------------

// Does `path` end with the `size` bytes at `key`, at the beginning of one of its parts?
static bool path_ends_with(const char *path, const char *key, size_t size)
{
    const size_t length = strlen(path);
    if (!size || length < size || strncmp(path + length - size, key, size) != 0) return false;
    return length == size || path[length - size - 1] == '/';
}

static const char *next_line(const struct file *table, const char *line, size_t *size)
{
    const char *const end = (const char *)table->data + table->size;
    line = line ? line + *size + 1 : (const char *)table->data;
    if (!table->data || line >= end) return NULL;
    const char *const newline = memchr(line, '\n', (size_t)(end - line));
    *size = (size_t)((newline ? newline : end) - line);
    return line;
}

static void format_counts(const hf_wast_result *result, char *out, size_t size)
{
    size_t used = 0;
    *out = 0;
    for (int i = 0; i < HF_WAST_COMMANDS && used < size; i++)
        if (result->run[i])
            used += (size_t)snprintf(out + used, size - used, " %s=%" PRIu64, hf_wast_command_name((hf_wast_command)i),
                                     result->run[i]);
}

// The line `FILE KIND=COUNT ...` of this file must say exactly what was executed.
static bool check_counts(const struct session *s, const hf_wast_result *result)
{
    char counts[512];
    format_counts(result, counts, sizeof counts);
    if (s->options->show_counts) printf("%s%s\n", s->file, counts);
    if (!s->counts.data) return true;
    size_t size = 0;
    for (const char *line = next_line(&s->counts, NULL, &size); line; line = next_line(&s->counts, line, &size)) {
        const char *const space = memchr(line, ' ', size);
        const size_t key = space ? (size_t)(space - line) : size;
        if (*line == '#' || !path_ends_with(s->file, line, key)) continue;
        if (strlen(counts) == size - key && !strncmp(counts, line + key, size - key)) return true;
        printf("%s: FAILED counts: executed%s, expected%.*s\n", s->file, counts, (int)(size - key), line + key);
        return false;
    }
    printf("%s: FAILED counts: the table has no such file; executed%s\n", s->file, counts);
    return false;
}

// Finds `FILE:LINE` among the known failures and marks it.
static bool is_known(struct session *s, uint32_t number)
{
    size_t size = 0, i = 0;
    for (const char *line = next_line(&s->known, NULL, &size); line; line = next_line(&s->known, line, &size), i++) {
        const char *const space = memchr(line, ' ', size);
        const size_t word = space ? (size_t)(space - line) : size;
        const char *const colon = memchr(line, ':', word);
        if (*line == '#' || !colon || !path_ends_with(s->file, line, (size_t)(colon - line))) continue;
        // The file is not terminated, so its number is compared as text.
        char digits[16];
        const size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu32, number);
        if (line + word - (colon + 1) != (ptrdiff_t)count || memcmp(colon + 1, digits, count) != 0) continue;
        s->known_seen[i] = true;
        return true;
    }
    return false;
}

// A known failure of a file that ran, which did not fail, is a failure too.
static bool check_known(const struct session *s)
{
    size_t size = 0, i = 0;
    bool good = true;
    for (const char *line = next_line(&s->known, NULL, &size); line; line = next_line(&s->known, line, &size), i++) {
        if (!size || *line == '#' || s->known_seen[i]) continue;
        printf("FAILED known failure did not fail: %.*s\n", (int)size, line);
        good = false;
    }
    return good;
}

static bool read_tables(struct session *s)
{
    const struct options *const o = s->options;
    if (o->expect_counts && !file_read(o->expect_counts, &s->counts)) return false;
    if (o->known_failures && !file_read(o->known_failures, &s->known)) return false;
    size_t lines = 1;
    for (size_t i = 0; i < s->known.size; i++) lines += s->known.data[i] == '\n';
    s->known_seen = calloc(lines, sizeof *s->known_seen);
    return s->known_seen != NULL;
}

// ---- running ----------------------------------------------------------------------------------------------------------

static void on_failure(void *ctx, uint32_t line, hf_wast_command command, const char *message)
{
    struct session *const s = ctx;
    const bool known = is_known(s, line);
    printf("%s:%" PRIu32 ": %s %s: ", s->file, line, known ? "known failure" : "FAILED", hf_wast_command_name(command));
    say_name(stdout, (hf_str){ message, strlen(message) });
    putchar('\n');
    if (known)
        s->passed++;
    else
        s->failed++;
}

static void on_print(void *ctx, const char *text)
{
    const struct session *const s = ctx;
    if (!s->options->quiet) fputs(text, stdout);
}

static void run_file(struct session *s, const char *name)
{
    struct file file;
    if (!file_read(name, &file)) {
        s->failed++;
        return;
    }
    s->file = name;
    const hf_wast_options options = {
        .size = sizeof options,
        .failure = on_failure,
        .ctx = s,
        .print = on_print,
        .gc_interval_bytes = s->options->gc_interval.value,
    };
    hf_status status = hf_status_ok();
    hf_wast_result result = { 0 };
    if (hf_wast_run(s->engine, name, (const char *)file.data, file.size, &options, &result, &status)) {
        fflush(stdout);
        report(name, NULL, &status);
        printf("%s: FAILED\n", name);
        s->failed++;
    }
    for (int i = 0; i < HF_WAST_COMMANDS; i++) {
        s->total.run[i] += result.run[i];
        s->total.failed[i] += result.failed[i];
        s->passed += result.run[i] - result.failed[i];
    }
    if (!check_counts(s, &result)) s->failed++;
    file_free(&file);
}

static void print_summary(const struct session *s)
{
    for (int i = 0; i < HF_WAST_COMMANDS; i++)
        if (s->total.run[i])
            printf("%-24s %8" PRIu64 " executed, %" PRIu64 " failed\n", hf_wast_command_name((hf_wast_command)i),
                   s->total.run[i], s->total.failed[i]);
}

int verb_wast(const struct options *options)
{
    struct session s = { .options = options };
    struct names names = { 0 };
    bool good = read_tables(&s);
    for (int i = 0; good && i < options->operand_count; i++) good = collect(&names, options->operands[i], 0);
    if (good) good = (s.engine = new_engine(options)) != NULL;
    if (good) {
        for (size_t i = 0; i < names.count; i++) run_file(&s, names.items[i]);
        if (!names.count) {
            complain("there are no scripts");
            s.failed++;
        }
        if (!check_known(&s)) s.failed++;
        if (!options->quiet) print_summary(&s);
        printf("%" PRIu64 " passed, %" PRIu64 " failed\n", s.passed, s.failed);
    }
    hf_engine_unref(s.engine);
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    free(names.items);
    file_free(&s.counts);
    file_free(&s.known);
    free(s.known_seen);
    return good && !s.failed ? EXIT_GOOD : EXIT_ERROR;
}
