// Files and directories as a C program uses them. Runs in an empty directory, preopened as /.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int result)
{
    printf("%s: %s\n", what, result < 0 ? strerror(errno) : "ok");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
    char *names[32];
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        say(path, -1);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) names[count++] = strdup(e->d_name);
    rewinddir(dir);
    size_t again = 0;
    while (readdir(dir)) again++;
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    printf("%s (%zu, again %zu):", path, count, again);
    for (size_t i = 0; i < count; i++) printf(" %s", names[i]);
    printf("\n");
}

static void content(const char *path)
{
    char text[64];
    FILE *file = fopen(path, "r");
    if (!file) {
        say(path, -1);
        return;
    }
    const size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = 0;
    fclose(file);
    printf("%s: \"%s\"\n", path, text);
}

int main(void)
{
    struct stat st;
    char target[64] = "";

    FILE *file = fopen("/one", "w+");
    fprintf(file, "hello, world\n");
    fseek(file, 7, SEEK_SET);
    fputs("W", file);
    fseek(file, -6, SEEK_END);
    printf("at %ld: %c\n", ftell(file), fgetc(file));
    fclose(file);
    content("/one");

    const int fd = open("/one", O_RDWR | O_APPEND);
    say("append", (int)write(fd, "more", 4));
    printf("position %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
    say("truncate", ftruncate(fd, 5));
    char five[8] = "";
    printf("pread %zd %s\n", pread(fd, five, 7, 1), five);
    say("write in append mode at 0", (int)pwrite(fd, "!", 1, 0));
    say("fsync", fsync(fd));
    fstat(fd, &st);
    printf("size %lld, links %lld, regular %d\n", (long long)st.st_size, (long long)st.st_nlink, S_ISREG(st.st_mode));
    close(fd);

    say("mkdir", mkdir("/dir", 0777));
    say("mkdir again", mkdir("/dir", 0777));
    say("link", link("/one", "/dir/two"));
    say("symlink", symlink("../one", "/dir/three"));
    say("symlink to /", symlink("/one", "/dir/four"));
    printf("readlink %zd %s\n", readlink("/dir/three", target, sizeof target), target);
    list("/dir");
    list("/");
    say("stat through the link", stat("/dir/three", &st));
    printf("links %lld\n", (long long)st.st_nlink);
    lstat("/dir/three", &st);
    printf("a link: %d\n", S_ISLNK(st.st_mode));
    say("open a link with O_NOFOLLOW", open("/dir/three", O_RDONLY | O_NOFOLLOW));
    say("open with O_EXCL", open("/one", O_CREAT | O_EXCL | O_RDWR, 0666));
    say("open a directory to write", open("/dir", O_WRONLY));
    say("open what is not there", open("/none/x", O_RDONLY));
    say("open below a file", open("/one/x", O_RDONLY));
    say("rmdir what is not empty", rmdir("/dir"));
    say("rename", rename("/dir/two", "/dir/five"));
    say("unlink", unlink("/dir/five"));
    say("unlink again", unlink("/dir/five"));
    say("unlink the link", unlink("/dir/three"));
    say("rmdir", rmdir("/dir"));
    list("/");

    const struct timespec times[2] = { { .tv_sec = 1000, .tv_nsec = 5 }, { .tv_sec = 2000, .tv_nsec = 6 } };
    say("utimensat", utimensat(AT_FDCWD, "/one", times, 0));
    stat("/one", &st);
    printf("times %lld.%ld %lld.%ld\n", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long long)st.st_mtim.tv_sec,
           st.st_mtim.tv_nsec);
    say("outside", open("/../etc/passwd", O_RDONLY) < 0 ? 0 : -1);
    return 0;
}
