/* Handles: things that live in a store are named by plain 16-byte values, never by pointers. A stale handle, one of
 * another store or one of another kind is an error (HF_STALE, HF_WRONG_STORE, HF_WRONG_KIND), never a crash. All
 * zeros is no handle. Handles need no freeing; how long the object lives is said where it is made. */
#ifndef HOLDFAST_HANDLE_H
#define HOLDFAST_HANDLE_H

#include <holdfast/status.h>

HF_BEGIN

typedef struct hf_store hf_store;

typedef struct hf_handle {
    uint64_t store;      /* process-unique, never reused; 0: no handle */
    uint32_t index;      /* within the store */
    uint32_t generation; /* with the kind in the low 4 bits */
} hf_handle;

/* One struct per kind, so that the C compiler tells them apart. */
/* clang-format off */
typedef struct hf_instance { hf_handle h; } hf_instance;
typedef struct hf_func { hf_handle h; } hf_func;
typedef struct hf_table { hf_handle h; } hf_table;
typedef struct hf_memory { hf_handle h; } hf_memory;
typedef struct hf_global { hf_handle h; } hf_global;
typedef struct hf_tag { hf_handle h; } hf_tag;
typedef struct hf_component_instance { hf_handle h; } hf_component_instance;
typedef struct hf_component_func { hf_handle h; } hf_component_func;
/* clang-format on */
/* A rooted reference: to a function, a guest object, an exception or a host value. See <holdfast/ref.h>. */
/* clang-format off */
typedef struct hf_ref { hf_handle h; } hf_ref;
/* clang-format on */

HF_END

#endif
