// The gate to a guest's memory, for the files of the canonical ABI.
#ifndef COMPONENT_ABI_MEMORY_H
#define COMPONENT_ABI_MEMORY_H

#include <string.h>

#include "component/abi.h"
#include "value/value.h"

// The words go into the status; HF_TRAPPED.
hf_code abi_trap(struct abi *abi, const char *fmt, ...) HF_PRINTF(2, 3);

static inline void abi_look(struct abi *abi)
{
    abi->guest->memory(abi->ctx, &abi->base, &abi->size);
}

// The gate: the host's address of the guest's [ptr, ptr + size), until the guest runs again. NULL with a trap: `ptr` is not
// aligned, or memory ends before; `what` names what is there.
uint8_t *abi_range(struct abi *abi, uint64_t ptr, uint64_t size, uint32_t align, const char *what);
// A range that was checked before: memory may have moved since, but it never shrinks.
static inline uint8_t *abi_at(const struct abi *abi, uint64_t ptr)
{
    return abi->base + ptr;
}

// reallocate, with the checks of its result that follow everywhere: aligned, and in memory.
hf_code abi_realloc(struct abi *abi, uint64_t old, uint64_t old_size, uint32_t align, uint64_t size, uint64_t *out);
static inline hf_code abi_allocate(struct abi *abi, uint32_t align, uint64_t size, uint64_t *out)
{
    return abi_realloc(abi, 0, 0, align, size, out);
}

static inline bool abi_is_raw(const struct abi *abi, const struct abi_type *type)
{
    return type->raw == ABI_RAW || (type->raw == ABI_RAW_FLOATS && !abi->canonical_nans);
}

// canonicalize_nan32, canonicalize_nan64: outside the deterministic profile any bits of a NaN will do, also its own.
static inline uint32_t abi_f32(const struct abi *abi, uint32_t bits)
{
    return abi->canonical_nans && (bits & 0x7fffffff) > 0x7f800000 ? NAN32_BITS : bits;
}

static inline uint64_t abi_f64(const struct abi *abi, uint64_t bits)
{
    const bool nan = (bits & INT64_MAX) > UINT64_C(0x7ff0000000000000);
    return abi->canonical_nans && nan ? NAN64_BITS : bits;
}

// Types whose values are one number. They are most of what there is, so that no walk makes a call for one.
static inline bool abi_is_number(const struct abi_type *type)
{
    return type->kind <= HF_WIT_F64;
}

// Flags that have labels.
static inline uint32_t abi_flags(const struct abi_type *type, uint32_t bits)
{
    return type->count < 32 ? bits & ((UINT32_C(1) << type->count) - 1) : bits;
}

// Memory of the host for what is lifted, within the budget; NULL for size 0.
hf_code abi_place(struct abi *abi, uint64_t size, void **out);

// Numbers lie in a guest's memory in little-endian order.
static inline uint32_t abi_load_uint(const uint8_t *from, unsigned size)
{
    switch (size) {
    case 1: return from[0];
    case 2: return (uint32_t)(from[0] | from[1] << 8);
    default: return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
    }
}

static inline uint64_t abi_load_u64(const uint8_t *from)
{
    return abi_load_uint(from, 4) | (uint64_t)abi_load_uint(from + 4, 4) << 32;
}

static inline void abi_store_uint(uint8_t *to, unsigned size, uint64_t value)
{
    switch (size) {
    case 8:
        for (unsigned i = 0; i < 8; i++) to[i] = (uint8_t)(value >> 8 * i);
        break;
    case 4:
        for (unsigned i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * i);
        break;
    case 2:
        to[1] = (uint8_t)(value >> 8);
        to[0] = (uint8_t)value;
        break;
    default: to[0] = (uint8_t)value; break;
    }
}

#endif
