// Pipes, terminals and sockets: what may have nothing to read or no room to write. Nothing here waits, and nothing here
// lets SIGPIPE reach the process. Every function returns 0 or an errno; EAGAIN: it would have to wait.
#ifndef SYS_STREAM_H
#define SYS_STREAM_H

#include "sys/fs.h"

// Reads from a descriptor that may be in blocking mode, and may be shared with other processes: its mode stays as it is.
int sys_stream_read(int fd, void *out, size_t size, size_t *done);
int sys_stream_write(int fd, enum sys_filetype type, const struct sys_slice *from, size_t count, size_t *done);

// What of `events` (HF_WATCH_*) is there now.
uint32_t sys_stream_ready(int fd, uint32_t events);
// How many bytes can be read at once, as far as the system says.
uint64_t sys_stream_readable(int fd);
bool sys_is_terminal(int fd);

// -- sockets --
int sys_socket_type(int fd, enum sys_filetype *out, bool *listening);
int sys_set_nonblocking(int fd);
// A connection, in non-blocking mode.
int sys_accept(int fd, int *out);
enum { SYS_RECV_PEEK = 1, SYS_RECV_WAITALL = 2 };
int sys_recv(int fd, void *out, size_t size, uint32_t flags, size_t *done, bool *truncated);
int sys_send(int fd, const struct sys_slice *from, size_t count, size_t *done);
enum { SYS_SHUT_READ = 1, SYS_SHUT_WRITE = 2 };
int sys_shutdown(int fd, uint32_t how);

#endif
