// Standard input as a pipe: polled, then read to its end.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    struct pollfd p[2] = { { .fd = 0, .events = POLLIN }, { .fd = 1, .events = POLLOUT } };
    char buffer[16];
    size_t total = 0;
    unsigned sum = 0;
    printf("poll 1: %d, writable %d\n", poll(p + 1, 1, -1), p[1].revents == POLLOUT);
    printf("poll 0: %d, readable %d\n", poll(p, 1, 5000), p[0].revents == POLLIN);
    for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0;) {
        total += (size_t)n;
        for (ssize_t i = 0; i < n; i++) sum = sum * 31 + (unsigned char)buffer[i];
    }
    printf("%zu bytes, sum %u\n", total, sum);
    printf("seek: %s\n", lseek(0, 0, SEEK_SET) < 0 ? strerror(errno) : "ok");
    printf("terminal: %d\n", isatty(0));
    printf("write to it: %s\n", write(0, "x", 1) < 0 ? "refused" : "ok");
    close(0);
    printf("closed: %s\n", read(0, buffer, 1) < 0 ? strerror(errno) : "ok");
    return 0;
}
