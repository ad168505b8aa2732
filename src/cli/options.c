// Reads the command line by the table in options.def.
#include "cli/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <holdfast/engine.h>

const struct option_row option_rows[] = {
#define OPTION(verbs, group, kind, id, long_name, short_name, argument, help) \
    { long_name, argument, help, offsetof(struct options, id), KIND_##kind, GROUP_##group, verbs, short_name },
#include "cli/options.def"
#undef OPTION
};
const size_t option_row_count = sizeof option_rows / sizeof *option_rows;

const struct verb_row verb_rows[VERB_COUNT] = {
#define VERB(id, name, operands, summary, text) { name, operands, summary, text },
#include "cli/verbs.def"
#undef VERB
};

const char *const option_group_names[GROUP_COUNT] = { "What the guest gets", "Limits", "Engine", "Output" };

static const struct {
    const char *name;
    uint32_t bit;
} features[] = {
    { "threads", HF_FEATURE_THREADS },
    { "legacy-exceptions", HF_FEATURE_LEGACY_EXCEPTIONS },
    { "custom-page-sizes", HF_FEATURE_CUSTOM_PAGE_SIZES },
    { "wide-arithmetic", HF_FEATURE_WIDE_ARITHMETIC },
    { "branch-hints", HF_FEATURE_BRANCH_HINTS },
    { "cm-values", HF_FEATURE_CM_VALUES },
    { "cm-nested-names", HF_FEATURE_CM_NESTED_NAMES },
    { "cm-more-async-builtins", HF_FEATURE_CM_MORE_ASYNC },
    { "cm-async-stackful", HF_FEATURE_CM_STACKFUL },
    { "cm-threading", HF_FEATURE_CM_THREADS },
    { "cm-shared-threads", HF_FEATURE_CM_SHARED_THREADS },
    { "cm-fixed-length-lists", HF_FEATURE_CM_FIXED_LISTS },
    { "cm-error-context", HF_FEATURE_CM_ERROR_CONTEXT },
    { "cm-canonical-names", HF_FEATURE_CM_CANONICAL_NAMES },
    { "cm-memory64", HF_FEATURE_CM_MEMORY64 },
};

enum verb verb_find(const char *name)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (!strcmp(verb_rows[i].name, name)) return (enum verb)i;
    return VERB_COUNT;
}

// ---- numbers ----------------------------------------------------------------------------------------------------------

static bool parse_count(const char *text, uint64_t *out)
{
    if (*text < '0' || *text > '9') return false; // strtoull would take a sign
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 0);
    if (errno || *end) return false;
    *out = value;
    return true;
}

bool parse_size(const char *text, uint64_t *out)
{
    if (*text < '0' || *text > '9') return false;
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 0);
    unsigned shift = 0;
    switch (*end) {
    case 'k':
    case 'K': shift = 10; break;
    case 'm':
    case 'M': shift = 20; break;
    case 'g':
    case 'G': shift = 30; break;
    case 't':
    case 'T': shift = 40; break;
    default: break;
    }
    if (shift) {
        end++;
        if (!strcmp(end, "iB") || !strcmp(end, "B")) end += strlen(end);
    }
    if (errno || *end || value > UINT64_MAX >> shift) return false;
    *out = value << shift;
    return true;
}

bool parse_duration(const char *text, uint64_t *out)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = { { "", 1e9 }, { "s", 1e9 },  { "ms", 1e6 },   { "us", 1e3 },
                  { "ns", 1 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 } };

    if (!((*text >= '0' && *text <= '9') || *text == '.')) return false;
    char *end;
    const double value = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) != 0) continue;
        const double ns = value * units[i].ns;
        if (!(ns >= 0 && ns < 9.2e18)) return false;
        *out = (uint64_t)ns;
        return true;
    }
    return false;
}

static bool parse_features(const char *text, uint32_t *out)
{
    while (*text) {
        const size_t size = strcspn(text, ",");
        uint32_t bits = 0;
        for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
            const bool all = size == 3 && !strncmp(text, "all", 3);
            if (all || (strlen(features[i].name) == size && !strncmp(text, features[i].name, size)))
                bits |= features[i].bit;
        }
        if (!bits) return false;
        *out |= bits;
        text += size;
        text += *text == ',';
    }
    return true;
}

// The position of a word in "a|b|c".
static bool parse_choice(const char *choices, const char *text, int *out)
{
    for (int i = 0; *choices; i++) {
        const size_t size = strcspn(choices, "|");
        if (strlen(text) == size && !strncmp(text, choices, size)) {
            *out = i;
            return true;
        }
        choices += size;
        choices += *choices == '|';
    }
    return false;
}

// ---- words that are nearly right --------------------------------------------------------------------------------------

// How many letters must be changed, added or left out; words longer than 31 letters are far from everything.
static unsigned distance(const char *a, const char *b)
{
    const size_t rows = strlen(a), columns = strlen(b);
    if (rows > 31 || columns > 31) return 32;
    unsigned row[32];
    for (unsigned j = 0; j <= columns; j++) row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            const unsigned above = row[j];
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best) best = above + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[columns];
}

const char *nearest_option(enum verb verb, const char *word)
{
    const char *best = NULL;
    unsigned least = 4;
    for (size_t i = 0; i < option_row_count; i++) {
        if (!(option_rows[i].verbs & 1u << verb)) continue;
        const unsigned d = distance(word, option_rows[i].long_name);
        if (d < least) least = d, best = option_rows[i].long_name;
    }
    return best;
}

const char *nearest_verb(const char *word)
{
    const char *best = NULL;
    unsigned least = 3;
    for (int i = 0; i < VERB_COUNT; i++) {
        const unsigned d = distance(word, verb_rows[i].name);
        if (d < least) least = d, best = verb_rows[i].name;
    }
    return best;
}

// ---- the command line -------------------------------------------------------------------------------------------------

static const struct option_row *find(enum verb verb, const char *name, size_t size)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if ((row->verbs & 1u << verb) && strlen(row->long_name) == size && !strncmp(row->long_name, name, size))
            return row;
    }
    return NULL;
}

static const struct option_row *find_short(enum verb verb, char letter)
{
    for (size_t i = 0; i < option_row_count; i++)
        if ((option_rows[i].verbs & 1u << verb) && option_rows[i].short_name == letter) return &option_rows[i];
    return NULL;
}

static bool set(struct options *options, const struct option_row *row, const char *text, int argc)
{
    char *const member = (char *)options + row->at;
    bool good = true;
    const char *expected = "";
    switch (row->kind) {
    case KIND_FLAG: *(bool *)(void *)member = true; break;
    case KIND_STRING: *(const char **)(void *)member = text; break;
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_DURATION: {
        struct number *const number = (struct number *)(void *)member;
        number->given = true;
        good = row->kind == KIND_COUNT  ? parse_count(text, &number->value)
               : row->kind == KIND_SIZE ? parse_size(text, &number->value)
                                        : parse_duration(text, &number->value);
        expected = row->kind == KIND_COUNT  ? "a number"
                   : row->kind == KIND_SIZE ? "a size such as 65536, 64K, 16M or 2G"
                                            : "a duration such as 500ms, 10s or 2m";
        break;
    }
    case KIND_LIST: {
        struct list *const list = (struct list *)(void *)member;
        if (!list->items) list->items = calloc((size_t)argc, sizeof *list->items);
        if (!list->items) {
            fprintf(stderr, "holdfast: out of memory\n");
            return false;
        }
        list->items[list->count++] = text;
        break;
    }
    case KIND_CHOICE:
        good = parse_choice(row->argument, text, (int *)(void *)member);
        expected = row->argument;
        break;
    case KIND_FEATURES:
        good = parse_features(text, (uint32_t *)(void *)member);
        expected = "names from threads, legacy-exceptions, custom-page-sizes, wide-arithmetic, branch-hints, all";
        break;
    }
    if (!good) fprintf(stderr, "holdfast: --%s: '%s' is not %s\n", row->long_name, text, expected);
    return good;
}

static bool unknown(enum verb verb, const char *word, size_t size)
{
    char name[32] = "";
    if (size < sizeof name) memcpy(name, word, size);
    const char *near = *name ? nearest_option(verb, name) : NULL;
    fprintf(stderr, "holdfast: %s has no option --%.*s", verb_rows[verb].name, (int)size, word);
    if (near) fprintf(stderr, "; did you mean --%s?", near);
    fprintf(stderr, "\nTry `holdfast help %s`.\n", verb_rows[verb].name);
    return false;
}

bool options_parse(enum verb verb, int argc, char **argv, struct options *out)
{
    *out = (struct options){ 0 };
    out->operands = calloc((size_t)argc + 1, sizeof *out->operands);
    if (!out->operands) {
        fprintf(stderr, "holdfast: out of memory\n");
        return false;
    }
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        char *const word = argv[i];
        if (only_operands || *word != '-' || !word[1]) {
            out->operands[out->operand_count++] = word;
            // What follows the file belongs to the guest, whatever it looks like.
            if (verb == VERB_RUN) only_operands = true;
            continue;
        }
        if (!strcmp(word, "--")) {
            only_operands = true;
            continue;
        }
        if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
            out->help = true;
            continue;
        }
        const struct option_row *row;
        const char *value = NULL;
        if (word[1] == '-') {
            const size_t size = strcspn(word + 2, "=");
            row = find(verb, word + 2, size);
            if (!row) return unknown(verb, word + 2, size);
            if (word[2 + size] == '=') value = word + 3 + size;
        } else {
            row = find_short(verb, word[1]);
            if (!row) {
                fprintf(stderr, "holdfast: %s has no option -%c\nTry `holdfast help %s`.\n", verb_rows[verb].name,
                        word[1], verb_rows[verb].name);
                return false;
            }
            if (word[2]) value = word + 2;
        }
        if (row->kind == KIND_FLAG) {
            if (value) {
                fprintf(stderr, "holdfast: --%s takes no argument\n", row->long_name);
                return false;
            }
        } else if (!value) {
            if (i + 1 == argc) {
                fprintf(stderr, "holdfast: --%s needs %s\n", row->long_name, row->argument);
                return false;
            }
            value = argv[++i];
        }
        if (!set(out, row, value, argc)) return false;
    }
    return true;
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (option_rows[i].kind == KIND_LIST)
            free(((struct list *)(void *)((char *)options + option_rows[i].at))->items);
    free(options->operands);
}
