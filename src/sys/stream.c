// Streams that may be shared with other processes are left in the mode they are in. So before each read or write they
// are asked whether it would wait.
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <unistd.h>

#include <holdfast/loop.h>

#include "sys/quiet.h"
#include "sys/stream.h"

static int counted(ssize_t n, size_t *out)
{
    if (n < 0) return errno == EWOULDBLOCK ? EAGAIN : errno;
    *out = (size_t)n;
    return 0;
}

uint32_t sys_stream_ready(int fd, uint32_t events)
{
    struct pollfd p = { .fd = fd };
    if (events & HF_WATCH_READ) p.events |= POLLIN;
    if (events & HF_WATCH_WRITE) p.events |= POLLOUT;
    int n;
    do {
        n = poll(&p, 1, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) return 0;

    uint32_t ready = 0;
    if (p.revents & POLLIN) ready |= HF_WATCH_READ;
    if (p.revents & POLLOUT) ready |= HF_WATCH_WRITE;
    if (p.revents & POLLHUP) ready |= HF_WATCH_HANGUP;
    if (p.revents & (POLLERR | POLLNVAL)) ready |= HF_WATCH_ERROR;
    return ready;
}

int sys_stream_read(int fd, void *out, size_t size, size_t *done)
{
    if (sys_stream_ready(fd, HF_WATCH_READ) == 0) return EAGAIN;
    return counted(read(fd, out, size), done);
}

static size_t to_iovec(const struct sys_slice *from, size_t count, size_t most, struct iovec v[SYS_SLICES])
{
    size_t n = 0;
    for (; n < count && n < SYS_SLICES && most > 0; n++) {
        const size_t size = from[n].size < most ? from[n].size : most;
        v[n] = (struct iovec){ (void *)from[n].data, size };
        most -= size;
    }
    return n;
}

static ssize_t write_to_pipe(int fd, const struct iovec *v, size_t n)
{
    const struct quiet quiet = quiet_pipe();
    const ssize_t result = writev(fd, v, (int)n);
    quiet_end(&quiet, result < 0 && errno == EPIPE);
    return result;
}

static ssize_t write_to_file(int fd, const struct iovec *v, size_t n)
{
    const struct quiet quiet = quiet_growth();
    const ssize_t result = writev(fd, v, (int)n);
    quiet_end(&quiet, result < 0 && errno == EFBIG);
    return result;
}

int sys_stream_write(int fd, enum sys_filetype type, const struct sys_slice *from, size_t count, size_t *done)
{
    struct iovec v[SYS_SLICES];
    if (type == SYS_FILE_STREAM_SOCKET || type == SYS_FILE_DGRAM_SOCKET) return sys_send(fd, from, count, done);
    if (type == SYS_FILE_REGULAR || type == SYS_FILE_BLOCK) {
        return counted(write_to_file(fd, v, to_iovec(from, count, SIZE_MAX, v)), done);
    }
    // A pipe that can be written takes PIPE_BUF bytes without waiting, and may not take more.
    if (sys_stream_ready(fd, HF_WATCH_WRITE) == 0) return EAGAIN;
    const size_t n = to_iovec(from, count, PIPE_BUF, v);
    return counted(type == SYS_FILE_FIFO ? write_to_pipe(fd, v, n) : writev(fd, v, (int)n), done);
}

uint64_t sys_stream_readable(int fd)
{
    int n = 0;
    return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

bool sys_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

int sys_socket_type(int fd, enum sys_filetype *out, bool *listening)
{
    int type = 0, accepts = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return errno;
    size = sizeof accepts;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) < 0) return errno;
    *out = type == SOCK_DGRAM ? SYS_FILE_DGRAM_SOCKET : SYS_FILE_STREAM_SOCKET;
    *listening = accepts != 0;
    return 0;
}

int sys_set_nonblocking(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
    const int kept = fcntl(fd, F_GETFD);
    return kept < 0 || fcntl(fd, F_SETFD, kept | FD_CLOEXEC) < 0 ? errno : 0;
}

int sys_accept(int fd, int *out)
{
    const int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) return errno == EWOULDBLOCK ? EAGAIN : errno;
    *out = connection;
    return 0;
}

int sys_recv(int fd, void *out, size_t size, uint32_t flags, size_t *done, bool *truncated)
{
    struct iovec v = { out, size };
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &v;
    message.msg_iovlen = 1;
    const int how = MSG_DONTWAIT | (flags & SYS_RECV_PEEK ? MSG_PEEK : 0);
    const int error = counted(recvmsg(fd, &message, how), done);
    if (error == 0) *truncated = (message.msg_flags & MSG_TRUNC) != 0;
    return error;
}

int sys_send(int fd, const struct sys_slice *from, size_t count, size_t *done)
{
    struct iovec v[SYS_SLICES];
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = v;
    message.msg_iovlen = to_iovec(from, count, SIZE_MAX, v);
    return counted(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL), done);
}

int sys_shutdown(int fd, uint32_t how)
{
    static const int hows[] = { 0, SHUT_RD, SHUT_WR, SHUT_RDWR };
    return shutdown(fd, hows[how & 3]) < 0 ? errno : 0;
}
