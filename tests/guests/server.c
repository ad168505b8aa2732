// A listening socket, preopened as the first descriptor behind the standard ones: two connections are answered.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3 };

int main(void)
{
    for (int i = 0; i < 2; i++) {
        struct pollfd p = { .fd = LISTENER, .events = POLLIN };
        char text[32] = "", peeked[4] = "";
        printf("poll %d\n", poll(&p, 1, 10000));
        const int fd = accept(LISTENER, NULL, NULL);
        if (fd < 0) {
            perror("accept");
            return 1;
        }
        printf("peek %zd\n", recv(fd, peeked, 1, MSG_PEEK));
        printf("all %zd\n", recv(fd, text, 10, MSG_WAITALL));
        printf("got %s, peeked %s\n", text, peeked);
        for (char *c = text; *c; c++) *c = (char)toupper(*c);
        printf("sent %zd\n", send(fd, text, strlen(text), 0));
        printf("shutdown %d\n", shutdown(fd, SHUT_WR));
        printf("end %zd\n", recv(fd, text, 10, 0));
        printf("after %s\n", send(fd, text, 1, 0) < 0 ? strerror(errno) : "ok");
        printf("close %d\n", close(fd));
    }
    return 0;
}
