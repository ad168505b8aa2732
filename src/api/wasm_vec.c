// The vectors of the standard C API: of bytes, of values, and of pointers to things that are owned.
#include "api/capi.h"

#include "base/ckd.h"

void capi_free(void *ptr, size_t size)
{
    if (ptr) mem_free(&alloc_libc, ptr, size);
}

// Zeroed room for `count` elements; a vector that could not be had is empty.
static void *room(size_t count, size_t size, size_t *out_count)
{
    void *const data = count ? mem_zalloc_array(&alloc_libc, count, size) : NULL;
    *out_count = data ? count : 0;
    return data;
}

#define VEC(name, element)                                                                  \
    void wasm_##name##_vec_new_empty(wasm_##name##_vec_t *out)                              \
    {                                                                                       \
        out->size = 0;                                                                      \
        out->data = NULL;                                                                   \
    }                                                                                       \
    void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t *out, size_t size)         \
    {                                                                                       \
        out->data = room(size, sizeof(element), &out->size);                                \
    }                                                                                       \
    void wasm_##name##_vec_new(wasm_##name##_vec_t *out, size_t size, element const data[]) \
    {                                                                                       \
        out->data = room(size, sizeof(element), &out->size);                                \
        if (out->data) memcpy(out->data, data, out->size * sizeof(element));                \
    }                                                                                       \
    void wasm_##name##_vec_copy(wasm_##name##_vec_t *out, const wasm_##name##_vec_t *from)  \
    {                                                                                       \
        out->data = room(from->size, sizeof(element), &out->size);                          \
        for (size_t i = 0; i < out->size; i++) COPY_##name(&out->data[i], &from->data[i]);  \
    }                                                                                       \
    void wasm_##name##_vec_delete(wasm_##name##_vec_t *vec)                                 \
    {                                                                                       \
        for (size_t i = 0; i < vec->size && vec->data; i++) DELETE_##name(&vec->data[i]);   \
        capi_free(vec->data, vec->size * sizeof(element));                                  \
        vec->size = 0;                                                                      \
        vec->data = NULL;                                                                   \
    }

#define COPY_byte(out, from) (*(out) = *(from))
#define DELETE_byte(element) ((void)(element))
VEC(byte, wasm_byte_t)

#define COPY_val(out, from) wasm_val_copy((out), (from))
#define DELETE_val(element) wasm_val_delete(element)
VEC(val, wasm_val_t)

#define COPY_OWNED(name, out, from) (*(out) = *(from) ? wasm_##name##_copy(*(from)) : NULL)
#define DELETE_OWNED(name, element)                       \
    do {                                                  \
        if (*(element)) wasm_##name##_delete(*(element)); \
    } while (0)

#define COPY_valtype(out, from) COPY_OWNED(valtype, out, from)
#define DELETE_valtype(element) DELETE_OWNED(valtype, element)
VEC(valtype, wasm_valtype_t *)
#define COPY_functype(out, from) COPY_OWNED(functype, out, from)
#define DELETE_functype(element) DELETE_OWNED(functype, element)
VEC(functype, wasm_functype_t *)
#define COPY_globaltype(out, from) COPY_OWNED(globaltype, out, from)
#define DELETE_globaltype(element) DELETE_OWNED(globaltype, element)
VEC(globaltype, wasm_globaltype_t *)
#define COPY_tabletype(out, from) COPY_OWNED(tabletype, out, from)
#define DELETE_tabletype(element) DELETE_OWNED(tabletype, element)
VEC(tabletype, wasm_tabletype_t *)
#define COPY_memorytype(out, from) COPY_OWNED(memorytype, out, from)
#define DELETE_memorytype(element) DELETE_OWNED(memorytype, element)
VEC(memorytype, wasm_memorytype_t *)
#define COPY_externtype(out, from) COPY_OWNED(externtype, out, from)
#define DELETE_externtype(element) DELETE_OWNED(externtype, element)
VEC(externtype, wasm_externtype_t *)
#define COPY_importtype(out, from) COPY_OWNED(importtype, out, from)
#define DELETE_importtype(element) DELETE_OWNED(importtype, element)
VEC(importtype, wasm_importtype_t *)
#define COPY_exporttype(out, from) COPY_OWNED(exporttype, out, from)
#define DELETE_exporttype(element) DELETE_OWNED(exporttype, element)
VEC(exporttype, wasm_exporttype_t *)
#define COPY_frame(out, from) COPY_OWNED(frame, out, from)
#define DELETE_frame(element) DELETE_OWNED(frame, element)
VEC(frame, wasm_frame_t *)
#define COPY_extern(out, from) COPY_OWNED(extern, out, from)
#define DELETE_extern(element) DELETE_OWNED(extern, element)
VEC(extern, wasm_extern_t *)
