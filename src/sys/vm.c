#include "sys/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

size_t vm_page_size(void)
{
    static _Atomic size_t known;
    size_t size = atomic_load_explicit(&known, memory_order_relaxed);
    if (!size) {
        size = (size_t)sysconf(_SC_PAGESIZE);
        atomic_store_explicit(&known, size, memory_order_relaxed);
    }
    return size;
}

size_t vm_round(size_t size)
{
    const size_t mask = vm_page_size() - 1;
    return size > SIZE_MAX - mask ? 0 : (size + mask) & ~mask;
}

static void *map(size_t size, int protection)
{
    const size_t rounded = vm_round(size);
    if (!rounded) return NULL;
    void *at = mmap(NULL, rounded, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

void *vm_reserve(size_t size)
{
    return map(size, PROT_NONE);
}

void *vm_map(size_t size)
{
    void *at = map(size, PROT_READ | PROT_WRITE);
    // Where huge pages are on for everything, one touched byte would take two MiB.
    if (at && size >= (size_t)1 << 21) madvise(at, vm_round(size), MADV_NOHUGEPAGE);
    return at;
}

void vm_release(void *at, size_t size)
{
    if (at) munmap(at, vm_round(size));
}

bool vm_commit(void *at, size_t size)
{
    return size == 0 || mprotect(at, vm_round(size), PROT_READ | PROT_WRITE) == 0;
}

bool vm_decommit(void *at, size_t size)
{
    if (size == 0) return true;
    void *back = mmap(at, vm_round(size), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return back != MAP_FAILED;
}

void *vm_remap(void *at, size_t old_size, size_t new_size)
{
    const size_t rounded = vm_round(new_size);
    if (!rounded) return NULL;
    void *moved = mremap(at, vm_round(old_size), rounded, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

bool vm_discard(void *at, size_t size)
{
    return size == 0 || madvise(at, vm_round(size), MADV_DONTNEED) == 0;
}

int vm_image_new(const void *bytes, size_t size)
{
    const int image = memfd_create("holdfast-image", MFD_CLOEXEC);
    if (image < 0) return -1;
    const uint8_t *from = bytes;
    size_t left = size;
    if (ftruncate(image, (off_t)vm_round(size)) != 0) left = SIZE_MAX;
    while (left && left != SIZE_MAX) {
        const ssize_t n = write(image, from, left);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            left = SIZE_MAX;
            break;
        }
        from += n;
        left -= (size_t)n;
    }
    if (left) {
        close(image);
        return -1;
    }
    return image;
}

bool vm_image_map(int image, void *at, size_t size)
{
    return mmap(at, vm_round(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, image, 0) !=
           MAP_FAILED;
}

const void *vm_image_view(int image, size_t size)
{
    void *at = mmap(NULL, vm_round(size), PROT_READ, MAP_SHARED, image, 0);
    return at == MAP_FAILED ? NULL : at;
}

void vm_image_free(int image)
{
    if (image >= 0) close(image);
}

bool vm_map_zero(void *at, size_t size)
{
    if (size == 0) return true;
    return mmap(at, vm_round(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
                0) != MAP_FAILED;
}

// PAGEMAP_SCAN (Linux 6.7), spelt out because headers of older systems lack it. A page that is present and not of a file is a
// private copy; reading through a private mapping of a file leaves the file's own page, which is no copy.
struct scan_region {
    uint64_t start, end, categories;
};

struct scan_arg {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

enum { PAGE_FILE = 1 << 2, PAGE_PRESENT = 1 << 3, PAGE_SWAPPED = 1 << 4, PAGE_ZERO = 1 << 5, MOST_REGIONS = 64 };
#define SCAN_REQUEST _IOWR('f', 16, struct scan_arg)

// One descriptor for the process: it is about the process, and opening it for each question would cost more than the answer.
static int pagemap(void)
{
    static _Atomic int known = -1; // -1: not opened yet, -2: cannot be
    int fd = atomic_load(&known);
    if (fd != -1) return fd;
    fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd < 0) fd = -2;
    int expected = -1;
    if (!atomic_compare_exchange_strong(&known, &expected, fd)) {
        if (fd >= 0) close(fd);
        fd = expected;
    }
    return fd;
}

int vm_dirty(void *at, size_t size, struct vm_range *out, int max)
{
    const int fd = pagemap();
    if (fd < 0) return -1;
    if (max > MOST_REGIONS) max = MOST_REGIONS;
    struct scan_region regions[MOST_REGIONS];
    struct scan_arg arg = {
        .size = sizeof arg,
        .start = (uintptr_t)at,
        .end = (uintptr_t)at + vm_round(size),
        .vec = (uintptr_t)regions,
        .vec_len = (uint64_t)max,
        .category_inverted = PAGE_FILE | PAGE_ZERO,
        .category_mask = PAGE_FILE | PAGE_ZERO,
        .category_anyof_mask = PAGE_PRESENT | PAGE_SWAPPED,
        .return_mask = PAGE_PRESENT,
    };
    const int count = ioctl(fd, SCAN_REQUEST, &arg);
    if (count < 0 || (count == max && arg.walk_end != arg.end)) return -1;
    for (int i = 0; i < count; i++) {
        out[i].at = (uint8_t *)at + (regions[i].start - (uintptr_t)at);
        out[i].size = (size_t)(regions[i].end - regions[i].start);
    }
    return count;
}

bool vm_code_map(size_t size, struct vm_code *out)
{
    size = vm_round(size);
    const int file = size ? memfd_create("holdfast-code", MFD_CLOEXEC) : -1;
    if (file < 0) return false;
    void *write = MAP_FAILED, *run = MAP_FAILED;
    if (ftruncate(file, (off_t)size) == 0) {
        write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
        run = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, file, 0);
    }
    close(file);
    if (write != MAP_FAILED && run != MAP_FAILED) {
        *out = (struct vm_code){ write, run, size };
        return true;
    }
    if (write != MAP_FAILED) munmap(write, size);
    if (run != MAP_FAILED) munmap(run, size);
    return false;
}

void vm_code_free(struct vm_code *code)
{
    if (!code->size) return;
    munmap(code->write, code->size);
    munmap(code->run, code->size);
    code->size = 0;
}
