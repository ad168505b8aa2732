// The floating-point mode that WebAssembly asks for: round to nearest, subnormals kept, nothing traps. What a thread has else is
// its own business: it is put back when the guest is left. Instructions set the flags beside the mode, which nobody reads.
#ifndef SYS_FPU_H
#define SYS_FPU_H

#include <holdfast/defs.h>

#if defined(__x86_64__)
enum { FPU_GUEST = 0x1f80, FPU_MODE = 0xffc0 };

// Into the guest, also back from a host function. Returns the mode that was on.
static inline uint32_t fpu_enter(void)
{
    const uint32_t mode = __builtin_ia32_stmxcsr();
    if ((mode & FPU_MODE) != FPU_GUEST) __builtin_ia32_ldmxcsr(FPU_GUEST);
    return mode;
}

static inline void fpu_leave(uint32_t mode)
{
    if ((mode & FPU_MODE) != FPU_GUEST) __builtin_ia32_ldmxcsr(mode);
}
#elif defined(__aarch64__)
static inline uint32_t fpu_enter(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    if (mode) __asm__ volatile("msr fpcr, %0" : : "r"(UINT64_C(0)));
    return (uint32_t)mode;
}

static inline void fpu_leave(uint32_t mode)
{
    if (mode) __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode));
}
#else
static inline uint32_t fpu_enter(void)
{
    return 0;
}

static inline void fpu_leave(uint32_t mode)
{
    (void)mode;
}
#endif

#endif
