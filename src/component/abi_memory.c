// The gate to a guest's memory: the only place where a guest's pointer and length become the host's.
#include "component/abi_memory.h"

#include <stdarg.h>

#include "base/ckd.h"
#include "base/fail.h"

hf_code abi_trap(struct abi *abi, const char *fmt, ...)
{
    if (abi->status && abi->status->code == HF_OK) {
        va_list args;
        va_start(args, fmt);
        fail_v(abi->status, HF_TRAPPED, NO_OFFSET, fmt, args);
        va_end(args);
        abi->status->trap = HF_TRAP_COMPONENT;
    }
    return HF_TRAPPED;
}

uint8_t *abi_range(struct abi *abi, uint64_t ptr, uint64_t size, uint32_t align, const char *what)
{
    if (ptr & (align - 1)) {
        abi_trap(abi, "unaligned pointer");
        return NULL;
    }
    if (!range_fits(ptr, size, abi->size)) {
        abi_trap(abi, "%s out of bounds of memory", what);
        return NULL;
    }
    static uint8_t nowhere; // where an empty memory is, of which nobody reads or writes a byte
    return abi->base ? abi->base + ptr : &nowhere;
}

hf_code abi_realloc(struct abi *abi, uint64_t old, uint64_t old_size, uint32_t align, uint64_t size, uint64_t *out)
{
    uint64_t ptr;
    const hf_code code = abi->guest->realloc(abi->ctx, old, old_size, align, size, &ptr, abi->status);
    if (code) return code;
    if (!abi->is64) ptr = (uint32_t)ptr;
    abi_look(abi);
    if (ptr & (align - 1)) return abi_trap(abi, "realloc return: result not aligned");
    if (!range_fits(ptr, size, abi->size)) return abi_trap(abi, "realloc return: beyond end of memory");
    *out = ptr;
    return HF_OK;
}

hf_code abi_place(struct abi *abi, uint64_t size, void **out)
{
    *out = NULL;
    if (size == 0) return HF_OK;
    if (size > abi->budget || size > PTRDIFF_MAX)
        return fail(abi->status, HF_LIMIT, "the values of one call take more memory than allowed");
    abi->budget -= size;
    *out = abi->place(abi->place_ctx, (size_t)size);
    return *out ? HF_OK : fail_oom(abi->status);
}
