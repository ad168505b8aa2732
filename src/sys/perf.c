#include "sys/perf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sys/thread.h"
#include "sys/vm.h"

static struct mutex mutex = MUTEX_INIT;

// A file of this process; a fork begins one of its own. Under the mutex.
struct perf_file {
    pid_t pid;
    int fd;
};

// The name can be guessed: nothing is followed, and what is another's is left alone.
static bool opened(struct perf_file *file, const char *format, bool *fresh)
{
    *fresh = file->pid != getpid();
    if (!*fresh) return file->fd >= 0;
    if (file->pid && file->fd >= 0) close(file->fd);
    file->pid = getpid();
    char path[64];
    snprintf(path, sizeof path, format, (long)file->pid);
    file->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat stat;
    if (file->fd >= 0 && (fstat(file->fd, &stat) || !S_ISREG(stat.st_mode) || stat.st_uid != geteuid() ||
                          stat.st_nlink != 1 || ftruncate(file->fd, 0))) {
        close(file->fd);
        file->fd = -1;
    }
    return file->fd >= 0;
}

static void put(const struct perf_file *file, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        const ssize_t n = write(file->fd, at, size);
        if (n <= 0) return;
        at += n;
        size -= (size_t)n;
    }
}

void sys_perf_map(const void *code, size_t size, const char *name)
{
    static struct perf_file file;
    bool fresh;
    mutex_lock(&mutex);
    if (opened(&file, "/tmp/perf-%ld.map", &fresh)) {
        char line[320];
        const int n = snprintf(line, sizeof line, "%lx %zx %.256s\n", (unsigned long)(uintptr_t)code, size, name);
        put(&file, line, (size_t)n);
    }
    mutex_unlock(&mutex);
}

// ---- jitdump ----

struct dump_header {
    uint32_t magic, version, total_size, machine, pad, pid;
    uint64_t timestamp, flags;
};

struct dump_load { // JIT_CODE_LOAD; the name, with its zero, and the bytes follow
    uint32_t id, total_size;
    uint64_t timestamp;
    uint32_t pid, tid;
    uint64_t vma, code_addr, code_size, code_index;
};

enum { DUMP_MAGIC = 0x4a695444, DUMP_VERSION = 1, JIT_CODE_LOAD = 0 };

static uint64_t now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t)) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t machine(void)
{
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#else
    return EM_NONE;
#endif
}

void sys_perf_dump(const void *run, const void *bytes, size_t size, const char *name)
{
    static struct perf_file file;
    static uint64_t index;
    bool fresh;
    mutex_lock(&mutex);
    if (opened(&file, "/tmp/jit-%ld.dump", &fresh)) {
        if (fresh) {
            const struct dump_header header = {
                .magic = DUMP_MAGIC,
                .version = DUMP_VERSION,
                .total_size = sizeof header,
                .machine = machine(),
                .pid = (uint32_t)file.pid,
                .timestamp = now(),
            };
            put(&file, &header, sizeof header);
            // perf learns of the file by this mapping, which stays while the process does.
            (void)mmap(NULL, vm_page_size(), PROT_READ | PROT_EXEC, MAP_PRIVATE, file.fd, 0);
        }
        const size_t name_size = strlen(name) + 1;
        const struct dump_load load = {
            .id = JIT_CODE_LOAD,
            .total_size = (uint32_t)(sizeof load + name_size + size),
            .timestamp = now(),
            .pid = (uint32_t)file.pid,
            .tid = (uint32_t)syscall(SYS_gettid),
            .vma = (uint64_t)(uintptr_t)run,
            .code_addr = (uint64_t)(uintptr_t)run,
            .code_size = size,
            .code_index = index++,
        };
        put(&file, &load, sizeof load);
        put(&file, name, name_size);
        put(&file, bytes, size);
    }
    mutex_unlock(&mutex);
}
