// The holdfast command: finds the verb, reads the options, calls it.
#include <string.h>

#include "cli/cli.h"

static int (*const verbs[VERB_COUNT])(const struct options *options) = {
    [VERB_RUN] = verb_run,           [VERB_WAST] = verb_wast,       [VERB_WAT] = verb_wat,
    [VERB_VALIDATE] = verb_validate, [VERB_OBJDUMP] = verb_objdump, [VERB_INSPECT] = verb_inspect,
    [VERB_WIT] = verb_wit,           [VERB_BINDGEN] = verb_bindgen, [VERB_HELP] = verb_help,
};

static int call(enum verb verb, int argc, char **argv)
{
    struct options options;
    int status = EXIT_USAGE;
    if (options_parse(verb, argc, argv, &options)) {
        if (options.help) {
            print_verb_help(stdout, verb);
            status = EXIT_GOOD;
        } else if (!options.operand_count && verb != VERB_HELP) {
            complain("%s needs %s\nTry `holdfast help %s`.", verb_rows[verb].name, verb_rows[verb].operands,
                     verb_rows[verb].name);
        } else {
            status = verbs[verb](&options);
        }
    }
    options_free(&options);
    if (fflush(stdout) && status == EXIT_GOOD) {
        complain("standard output: cannot be written");
        status = EXIT_ERROR;
    }
    return status;
}

// Is this word rather a mistyped command than a file?
static bool looks_like_command(const char *word)
{
    return *word != '-' && !strpbrk(word, "./\\") && !file_exists(word);
}

static void print_version(void)
{
    hf_engine *const engine = hf_engine_new(NULL, NULL);
    printf("holdfast %s\n", hf_version());
    if (engine) printf("tier %s: %s\n", hf_tier_name(hf_engine_tier(engine)), hf_engine_tier_reason(engine));
    hf_engine_unref(engine);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *const word = argv[1];
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
        print_help(stdout);
        return fflush(stdout) ? EXIT_ERROR : EXIT_GOOD;
    }
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        print_version();
        return fflush(stdout) ? EXIT_ERROR : EXIT_GOOD;
    }
    const enum verb verb = verb_find(word);
    if (verb != VERB_COUNT) return call(verb, argc - 2, argv + 2);
    if (looks_like_command(word)) {
        const char *const near = nearest_verb(word);
        if (near)
            complain("there is no command '%s'; did you mean '%s'?", word, near);
        else
            complain("there is no command and no file '%s'\nTry `holdfast help`.", word);
        return EXIT_USAGE;
    }
    return call(VERB_RUN, argc - 1, argv + 1);
}
