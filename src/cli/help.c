// help: the commands explained, the manual page and the completion, all from the tables.
#include <string.h>

#include "cli/cli.h"

enum { WIDTH = 100, INDENT = 34 };

// Prints words within WIDTH columns, the first line beginning at column `at`.
static void wrap(FILE *out, const char *text, size_t size, unsigned at, unsigned indent)
{
    unsigned column = at;
    bool first = true;
    while (size) {
        const char *const space = memchr(text, ' ', size);
        const size_t word = space ? (size_t)(space - text) : size;
        if (!first && column + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)word, text);
        column += (unsigned)word + !first;
        first = false;
        text += word + !!space;
        size -= word + !!space;
    }
    fputc('\n', out);
}

void print_help(FILE *out)
{
    fputs("Holdfast runs WebAssembly.\n\n"
          "  holdfast FILE [ARGS...]            run a program\n"
          "  holdfast COMMAND [OPTIONS] ...\n\nCommands:\n",
          out);
    for (int i = 0; i < VERB_COUNT; i++) {
        const struct verb_row *row = &verb_rows[i];
        const int used = fprintf(out, "  %s %s", row->name, row->operands);
        fprintf(out, "%*s%s\n", used < INDENT ? INDENT - used + 3 : 1, "", row->summary);
    }
    fputs("\n  holdfast help COMMAND              options and examples of a command\n"
          "  holdfast --version\n",
          out);
}

static void print_option(FILE *out, const struct option_row *row)
{
    char left[96];
    const int used = snprintf(left, sizeof left, "  %s%c%s--%s%s%s", row->short_name ? "-" : " ",
                              row->short_name ? row->short_name : ' ', row->short_name ? ", " : "  ", row->long_name,
                              *row->argument ? " " : "", row->argument);
    fputs(left, out);
    if (used >= INDENT)
        fprintf(out, "\n%*s", INDENT, "");
    else
        fprintf(out, "%*s", INDENT - used, "");
    wrap(out, row->help, strlen(row->help), INDENT, INDENT);
}

void print_verb_help(FILE *out, enum verb verb)
{
    const struct verb_row *const row = &verb_rows[verb];
    fprintf(out, "holdfast %s [OPTIONS] %s\n\n", row->name, row->operands);
    bool examples = false;
    for (const char *line = row->text; *line;) {
        const size_t size = strcspn(line, "\n");
        if (*line == '$') {
            fprintf(out, "%s    %.*s\n", examples ? "" : "\nExamples:\n", (int)size, line);
            examples = true;
        } else {
            wrap(out, line, size, 0, 0);
        }
        line += size + 1;
    }
    for (int group = 0; group < GROUP_COUNT; group++) {
        bool any = false;
        for (size_t i = 0; i < option_row_count; i++) {
            if (!(option_rows[i].verbs & 1u << verb) || (int)option_rows[i].group != group) continue;
            if (!any) fprintf(out, "\n%s:\n", option_group_names[group]);
            any = true;
            print_option(out, &option_rows[i]);
        }
    }
}

// ---- the manual page --------------------------------------------------------------------------------------------------

// Text for roff: a backslash or a leading dot or quote would be read as a request; a hyphen-minus is asked for as such.
static void roff(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (i == 0 && (text[0] == '.' || text[0] == '\'')) fputs("\\&", stdout);
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else
            fputc(text[i], stdout);
    }
}

static void print_man(void)
{
    printf(".TH HOLDFAST 1 \"\" \"holdfast %s\"\n", hf_version());
    fputs(".SH NAME\nholdfast \\- run WebAssembly\n.SH SYNOPSIS\n.B holdfast\n.I FILE\n.RI [ ARGS... ]\n.br\n"
          ".B holdfast\n.I COMMAND\n.RI [ OPTIONS ]\n\\&...\n.SH COMMANDS\n",
          stdout);
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        const struct verb_row *const row = &verb_rows[verb];
        printf(".SS holdfast %s [OPTIONS] ", row->name);
        roff(row->operands, strlen(row->operands));
        fputc('\n', stdout);
        bool examples = false;
        for (const char *line = row->text; *line;) {
            const size_t size = strcspn(line, "\n");
            if (*line == '$' && !examples) fputs(".PP\n.nf\n", stdout), examples = true;
            if (*line != '$') fputs(".PP\n", stdout);
            roff(line, size);
            fputc('\n', stdout);
            line += size + 1;
        }
        if (examples) fputs(".fi\n", stdout);
        for (size_t i = 0; i < option_row_count; i++) {
            const struct option_row *const option = &option_rows[i];
            if (!(option->verbs & 1u << verb)) continue;
            fputs(".TP\n.B ", stdout);
            if (option->short_name) printf("\\-%c, ", option->short_name);
            fputs("\\-\\-", stdout);
            roff(option->long_name, strlen(option->long_name));
            if (*option->argument) {
                fputs(" \\fI", stdout);
                roff(option->argument, strlen(option->argument));
                fputs("\\fR", stdout);
            }
            fputc('\n', stdout);
            roff(option->help, strlen(option->help));
            fputc('\n', stdout);
        }
    }
    fputs(
        ".SH EXIT STATUS\nThe guest's own; 134 when it trapped, threw an exception that nobody caught, or ran out of fuel "
        "or time; 1 for other errors; 2 when the command line is wrong.\n",
        stdout);
}

// ---- completion -------------------------------------------------------------------------------------------------------

static void print_completion(void)
{
    fputs("# bash completion of holdfast\n_holdfast()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} words=\n"
          "    case $before in\n",
          stdout);
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].kind != KIND_CHOICE) continue;
        printf("    --%s) words='", option_rows[i].long_name);
        for (const char *c = option_rows[i].argument; *c; c++) fputc(*c == '|' ? ' ' : *c, stdout);
        fputs("' ;;\n", stdout);
    }
    fputs("    --enable) words='threads legacy-exceptions custom-page-sizes wide-arithmetic branch-hints all' ;;\n"
          "    --dir|--dir-ro) mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); return ;;\n"
          "    esac\n"
          "    if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"); return; fi\n"
          "    case $verb in\n",
          stdout);
    for (int verb = 0; verb < VERB_COUNT; verb++) {
        printf("    %s) words='--help", verb_rows[verb].name);
        for (size_t i = 0; i < option_row_count; i++)
            if (option_rows[i].verbs & 1u << verb) printf(" --%s", option_rows[i].long_name);
        fputs("' ;;\n", stdout);
    }
    fputs("    esac\n"
          "    if (( COMP_CWORD == 1 )); then\n"
          "        words='",
          stdout);
    for (int verb = 0; verb < VERB_COUNT; verb++) printf("%s ", verb_rows[verb].name);
    fputs("--help --version'\n"
          "    elif [[ $verb == help ]]; then\n"
          "        words+=' ",
          stdout);
    for (int verb = 0; verb < VERB_COUNT; verb++) printf("%s%s", verb ? " " : "", verb_rows[verb].name);
    fputs("'\n"
          "    elif [[ $word != -* ]]; then\n"
          "        words=\n"
          "    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    if [[ $word != -* && $verb != help ]]; then\n"
          "        mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$word\")\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _holdfast holdfast\n",
          stdout);
}

int verb_help(const struct options *options)
{
    if (options->man) {
        print_man();
    } else if (options->completion) {
        print_completion();
    } else if (!options->operand_count) {
        print_help(stdout);
    } else {
        const enum verb verb = verb_find(options->operands[0]);
        if (verb == VERB_COUNT) {
            complain("there is no command '%s'", options->operands[0]);
            return EXIT_USAGE;
        }
        print_verb_help(stdout, verb);
    }
    return EXIT_GOOD;
}
