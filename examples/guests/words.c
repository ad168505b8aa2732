// A program for WASI: counts lines, words and bytes of files, and says which words are the most frequent.
//
//     clang --target=wasm32-wasi -Oz -s -o words.wasm words.c
//     holdfast run --dir docs::/docs words.wasm /docs/ARCHITECTURE.md
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TABLE = 1 << 14, SHOWN = 5, LONGEST = 31 };

struct word {
    char text[LONGEST + 1];
    unsigned count;
};

static struct word table[TABLE];
static unsigned used;

static void add(const char *text, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    for (unsigned i = hash % TABLE;; i = (i + 1) % TABLE) {
        struct word *const word = &table[i];
        if (!word->count) {
            if (used > TABLE / 2) return;
            memcpy(word->text, text, size);
            used++;
        } else if (strlen(word->text) != size || memcmp(word->text, text, size) != 0) {
            continue;
        }
        word->count++;
        return;
    }
}

static int count(const char *path)
{
    FILE *const file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "words: %s: %s\n", path, strerror(errno));
        return 1;
    }
    unsigned long lines = 0, words = 0, bytes = 0;
    char word[LONGEST + 1];
    size_t size = 0;
    int c;
    do {
        c = getc(file);
        bytes += c != EOF;
        lines += c == '\n';
        if (c != EOF && isalnum(c)) {
            if (size < LONGEST) word[size++] = (char)tolower(c);
        } else if (size) {
            add(word, size);
            words++;
            size = 0;
        }
    } while (c != EOF);
    fclose(file);
    printf("%7lu lines %8lu words %9lu bytes  %s\n", lines, words, bytes, path);
    return 0;
}

static int by_count(const void *a, const void *b)
{
    const struct word *const x = a, *const y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: words FILE...\n");
        return 2;
    }
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int failed = 0;
    for (int i = 1; i < argc; i++) failed |= count(argv[i]);
    qsort(table, TABLE, sizeof *table, by_count);
    for (unsigned i = 0; i < SHOWN && table[i].count; i++) printf("%7u times \"%s\"\n", table[i].count, table[i].text);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (getenv("WORDS_TIME"))
        fprintf(stderr, "words: %.1f ms\n",
                (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6);
    return failed;
}
