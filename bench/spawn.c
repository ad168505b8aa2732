// usage: spawn COUNT PROGRAM [ARGUMENT]...
// Starts a program COUNT times and waits for it; prints the median wall time in microseconds and the greatest resident
// set in KiB. Its output is thrown away.

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const int count = argc > 2 ? atoi(argv[1]) : 0;
    double times[1024];
    long resident = 0;
    if (count < 1 || count > 1024) {
        fprintf(stderr, "usage: spawn COUNT PROGRAM [ARGUMENT]...\n");
        return 2;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    for (int i = -2; i < count; i++) { // two for the caches
        struct timespec a, b;
        pid_t pid;
        int status;
        struct rusage usage;
        clock_gettime(CLOCK_MONOTONIC, &a);
        if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0 ||
            wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "spawn: %s failed\n", argv[2]);
            return 1;
        }
        clock_gettime(CLOCK_MONOTONIC, &b);
        if (i < 0) continue;
        times[i] = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
        if (usage.ru_maxrss > resident) resident = usage.ru_maxrss;
    }
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("%.1f %ld\n", times[count / 2], resident);
    return 0;
}
