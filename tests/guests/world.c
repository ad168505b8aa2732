// Arguments, environment, clocks, entropy, exit codes.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long ns(clockid_t id)
{
    struct timespec t;
    return clock_gettime(id, &t) == 0 ? t.tv_sec * 1000000000LL + t.tv_nsec : -1;
}

static void goodbye(void)
{
    printf("goodbye\n");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) printf("[%s]", argv[i]);
    printf("\n");
    for (char **e = environ; *e; e++) printf("{%s}", *e);
    printf("\n%s\n", getenv("EMPTY") && !*getenv("EMPTY") ? "empty" : "not empty");

    const long long before = ns(CLOCK_MONOTONIC);
    const struct timespec nap = { .tv_nsec = 30000000 };
    printf("sleep %d\n", nanosleep(&nap, NULL));
    const long long slept = ns(CLOCK_MONOTONIC) - before;
    printf("slept long enough: %d, not for ever: %d\n", slept >= 30000000, slept < 5000000000LL);
    const long long real = ns(CLOCK_REALTIME);
    struct timespec until = { .tv_sec = (real + 30000000) / 1000000000, .tv_nsec = (real + 30000000) % 1000000000 };
    printf("sleep until %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
    printf("later: %d\n", ns(CLOCK_REALTIME) >= real + 30000000);
    struct timespec resolution = { 0 };
    printf("resolution %d %d\n", clock_getres(CLOCK_MONOTONIC, &resolution), resolution.tv_nsec > 0);

    unsigned char a[32] = { 0 }, b[32] = { 0 };
    printf("entropy %d %d %d\n", getentropy(a, sizeof a), getentropy(b, sizeof b), memcmp(a, b, sizeof a) != 0);
    fprintf(stderr, "on the other stream\n");
    atexit(goodbye);
    exit(argc + 40);
}
