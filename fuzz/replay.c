// The main program of a fuzz target in every preset but fuzz: runs the target once on each input named on the
// command line; a folder stands for the files in it. So the corpus is a test where libFuzzer is not to be had.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Returns whether the file could be read.
static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    uint8_t *data = NULL;
    size_t size = 0;
    size_t room = 0;
    for (;;) {
        if (size == room) {
            room = room ? 2 * room : 4096;
            data = realloc(data, room);
            if (!data) exit(2);
        }
        const size_t got = fread(data + size, 1, room - size, file);
        if (got == 0) break;
        size += got;
    }
    const int good = !ferror(file);
    fclose(file);

    // An exact copy, so that the address sanitizer sees the first byte past the end.
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact) exit(2);
    memcpy(exact, data, size);
    free(data);
    if (good) {
        fprintf(stderr, "%s\n", path); // the last line before a crash names the input
        LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    return good;
}

static int run_path(const char *path, int *count)
{
    struct stat st;
    if (stat(path, &st) != 0) return 0;
    if (!S_ISDIR(st.st_mode)) {
        ++*count;
        return run_file(path);
    }
    DIR *dir = opendir(path);
    if (!dir) return 0;
    int good = 1;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        char name[4096];
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name) {
            good = 0;
            continue;
        }
        good &= run_path(name, count);
    }
    closedir(dir);
    return good;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        if (!run_path(argv[i], &count)) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 2;
        }
    }
    printf("%d inputs\n", count);
    return 0;
}
