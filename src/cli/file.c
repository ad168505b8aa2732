// Files: read whole by one call, or mapped when they are large.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

enum { MAP_FROM = 256 * 1024, READ_FIRST = 64 * 1024 };

// Reads until the end; `hint` is how much is expected.
static bool read_all(int fd, size_t hint, struct file *out)
{
    size_t cap = hint + 1, size = 0;
    uint8_t *data = malloc(cap);
    while (data) {
        const ssize_t got = read(fd, data + size, cap - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(data);
            return false;
        }
        if (got == 0) break;
        size += (size_t)got;
        if (size == cap) {
            uint8_t *const more = cap > SIZE_MAX / 2 ? NULL : realloc(data, cap * 2);
            if (!more) free(data);
            data = more;
            cap *= 2;
        }
    }
    if (!data) {
        errno = ENOMEM;
        return false;
    }
    out->data = data;
    out->size = size;
    return true;
}

static bool read_fd(int fd, struct file *out)
{
    struct stat st;
    if (fstat(fd, &st)) return false;
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (!S_ISREG(st.st_mode)) return read_all(fd, READ_FIRST, out);
    if (st.st_size < MAP_FROM) return read_all(fd, (size_t)st.st_size, out);
    void *const map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) return read_all(fd, (size_t)st.st_size, out);
    out->data = map;
    out->size = (size_t)st.st_size;
    out->mapped = true;
    return true;
}

bool file_read(const char *name, struct file *out)
{
    *out = (struct file){ .name = name };
    const bool in = !strcmp(name, "-");
    const int fd = in ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    const bool good = fd >= 0 && read_fd(fd, out);
    const int error = errno;
    if (fd >= 0 && !in) close(fd);
    if (!good) complain("%s: %s", name, strerror(error));
    return good;
}

void file_free(struct file *file)
{
    if (file->mapped)
        munmap((void *)(uintptr_t)file->data, file->size);
    else
        free((void *)(uintptr_t)file->data);
    file->data = NULL;
}

bool file_exists(const char *name)
{
    return access(name, F_OK) == 0;
}

bool file_is_binary(const struct file *file)
{
    return file->size >= 4 && !memcmp(file->data, "\0asm", 4);
}

bool write_to_file(void *ctx, const void *data, size_t size)
{
    return fwrite(data, 1, size, ctx) == size;
}
