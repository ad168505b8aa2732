/* Macros that every public header uses. C99 and C++17 clean. */
#ifndef HOLDFAST_DEFS_H
#define HOLDFAST_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define HF_BEGIN extern "C" {
#define HF_END }
#else
#define HF_BEGIN
#define HF_END
#endif

#if defined(__GNUC__)
#define HF_API __attribute__((visibility("default")))
#define HF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define HF_API
#define HF_PRINTF(fmt, args)
#endif

#define HF_VERSION_MAJOR 0
#define HF_VERSION_MINOR 1
#define HF_VERSION_PATCH 0

HF_BEGIN

/* A borrowed run of bytes. Whoever hands it out says until when it holds. */
typedef struct hf_bytes {
    const uint8_t *data;
    size_t size;
} hf_bytes;

/* A borrowed UTF-8 string, not zero-terminated. */
typedef struct hf_str {
    const char *data;
    size_t size;
} hf_str;

/* Where the library takes its heap from. `resize(ctx, NULL, 0, n)` allocates, `resize(ctx, p, old, n)` grows or
 * shrinks, `resize(ctx, p, old, 0)` frees and returns NULL. NULL for n > 0 means out of memory and leaves p alone.
 * Called from any thread that uses the object it was given to. */
typedef struct hf_allocator {
    void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx;
} hf_allocator;

/* The library's version as "major.minor.patch"; static storage. */
HF_API const char *hf_version(void);

HF_END

#endif
