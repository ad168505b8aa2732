// Address space. Everything here is page-granular; sizes are rounded up by the callee. Nothing aborts: NULL or false when
// the system says no.
#ifndef SYS_VM_H
#define SYS_VM_H

#include <holdfast/defs.h>

size_t vm_page_size(void);
size_t vm_round(size_t size); // up to a page; 0 when that overflows

// Address space without access and without commitment.
void *vm_reserve(size_t size);
// Zeroed memory that takes pages only when touched, and never huge ones.
void *vm_map(size_t size);
void vm_release(void *at, size_t size);
// Makes a part of a reservation readable and writable.
bool vm_commit(void *at, size_t size);
// The other way: the contents are gone and any access faults.
bool vm_decommit(void *at, size_t size);
// Grows or shrinks what vm_map gave; it may move. NULL: it is as before.
void *vm_remap(void *at, size_t old_size, size_t new_size);
// Gives the pages back: they read as they did when mapped (zero, or the image).
bool vm_discard(void *at, size_t size);

// An image: bytes that many mappings share until they write. Returns a descriptor, or -1.
int vm_image_new(const void *bytes, size_t size);
// Maps it privately over [at, at + size), readable and writable.
bool vm_image_map(int image, void *at, size_t size);
// Maps it for reading; NULL.
const void *vm_image_view(int image, size_t size);
void vm_image_free(int image);
// Puts fresh zero pages in the place of whatever is mapped there.
bool vm_map_zero(void *at, size_t size);

// Which pages of a mapping are private copies (written, or touched when there is no image behind)? Fills at most `max` ranges
// and returns how many there are; -1 when the system cannot tell or they do not fit: take all for dirty.
struct vm_range {
    uint8_t *at;
    size_t size;
};
int vm_dirty(void *at, size_t size, struct vm_range *out, int max);

// Memory for machine code: the same pages twice, to write through and to run. False: the system refuses executable memory.
struct vm_code {
    uint8_t *write;
    uint8_t *run;
    size_t size;
};
bool vm_code_map(size_t size, struct vm_code *out);
void vm_code_free(struct vm_code *code);

#endif
