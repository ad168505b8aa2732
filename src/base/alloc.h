// The heap, always passed in. Nothing here aborts: NULL means out of memory.
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <holdfast/defs.h>

// malloc, realloc and free of libc.
extern const hf_allocator alloc_libc;

void *mem_alloc(const hf_allocator *a, size_t size);
void *mem_zalloc(const hf_allocator *a, size_t size);
// count × size zeroed bytes; NULL also when the product overflows.
void *mem_zalloc_array(const hf_allocator *a, size_t count, size_t size);
void *mem_resize(const hf_allocator *a, void *ptr, size_t old_size, size_t new_size);
void mem_free(const hf_allocator *a, void *ptr, size_t size);

// Makes room for `need` elements of `size` bytes in a growing array: returns the array (moved or not) and raises *cap,
// or NULL (array and *cap as before). Growth is by half, so that appending is amortised constant.
void *mem_grow(const hf_allocator *a, void *array, size_t *cap, size_t need, size_t size);

#define MEM_NEW(a, type) ((type *)mem_zalloc((a), sizeof(type)))
#define MEM_FREE(a, ptr) mem_free((a), (ptr), sizeof *(ptr))

#endif
