// A directory of many names, read while it changes; and a file larger than one call moves.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES = 500, BYTES = 20 << 20 };

int main(void)
{
    char name[32];
    static char seen[NAMES];
    int found = 0, twice = 0;
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "/name-%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0666));
    }
    DIR *dir = opendir("/");
    for (struct dirent *e; (e = readdir(dir));) {
        int i;
        if (sscanf(e->d_name, "name-%d", &i) != 1) continue;
        twice += seen[i];
        seen[i] = 1;
        found++;
        snprintf(name, sizeof name, "/name-%d", i);
        unlink(name); // what was listed goes; the rest is still listed once
    }
    closedir(dir);
    printf("found %d, twice %d\n", found, twice);

    char *block = malloc(BYTES), *back = malloc(BYTES);
    for (int i = 0; i < BYTES; i++) block[i] = (char)(i * 7 + i / 1000);
    int fd = open("/large", O_CREAT | O_RDWR, 0666);
    size_t done = 0;
    while (done < BYTES) {
        const ssize_t n = write(fd, block + done, BYTES - done);
        if (n <= 0) return 1;
        done += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    for (done = 0; done < BYTES;) {
        const ssize_t n = read(fd, back + done, BYTES - done);
        if (n <= 0) return 2;
        done += (size_t)n;
    }
    printf("large: %s, at %lld\n", memcmp(block, back, BYTES) == 0 ? "same" : "different",
           (long long)lseek(fd, 0, SEEK_CUR));
    close(fd);
    return unlink("/large");
}
