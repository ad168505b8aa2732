// The command line as data. options.def is the one table: parsing, --help, the manual page and the completion come from it.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <holdfast/defs.h>

enum verb {
#define VERB(id, name, operands, summary, text) VERB_##id,
#include "cli/verbs.def"
#undef VERB
    VERB_COUNT,
};

#define V(verb) (1u << VERB_##verb)

enum option_kind {
    KIND_FLAG,
    KIND_COUNT,
    KIND_SIZE,
    KIND_DURATION,
    KIND_STRING,
    KIND_LIST,
    KIND_CHOICE,
    KIND_FEATURES
};
enum option_group { GROUP_GUEST, GROUP_LIMITS, GROUP_ENGINE, GROUP_OUTPUT, GROUP_COUNT };

struct list {
    const char **items;
    size_t count;
};

// A number with whether it was given: 0 is a number too.
struct number {
    uint64_t value;
    bool given;
};

typedef bool kind_FLAG;
typedef struct number kind_COUNT;
typedef struct number kind_SIZE;
typedef struct number kind_DURATION; // nanoseconds
typedef const char *kind_STRING;
typedef struct list kind_LIST;
typedef int kind_CHOICE;
typedef uint32_t kind_FEATURES; // HF_FEATURE_*

struct options {
#define OPTION(verbs, group, kind, id, long_name, short_name, argument, help) kind_##kind id;
#include "cli/options.def"
#undef OPTION
    bool help;
    char **operands; // behind the options; of `run` the file and all that follows
    int operand_count;
};

struct option_row {
    const char *long_name, *argument, *help;
    size_t at; // of its member in struct options
    enum option_kind kind;
    enum option_group group;
    uint32_t verbs;
    char short_name;
};

struct verb_row {
    const char *name, *operands, *summary, *text;
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;
extern const struct verb_row verb_rows[VERB_COUNT];
extern const char *const option_group_names[GROUP_COUNT];

// VERB_COUNT when there is no such verb.
enum verb verb_find(const char *name);

// Reads what follows the verb; the strings are borrowed from argv. False: said on standard error what is wrong.
bool options_parse(enum verb verb, int argc, char **argv, struct options *out);
void options_free(struct options *options);

// "64K" and the like; "2.5s" and the like, in nanoseconds. False: not one.
bool parse_size(const char *text, uint64_t *out);
bool parse_duration(const char *text, uint64_t *out);

// The name that is nearest to a mistyped word, or NULL when none is near.
const char *nearest_option(enum verb verb, const char *word);
const char *nearest_verb(const char *word);

#endif
