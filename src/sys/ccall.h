// Calls a C function whose signature is known at run time only.
//
// The System V ABI of x86-64 and the procedure call standard of AArch64 (Linux) give integer and floating-point arguments
// registers of their own, counted separately, and put what does not fit into 8-byte stack slots in order. A function
// therefore finds its arguments whatever else was passed in registers that it does not read, so one prototype with all registers
// and enough stack serves every signature. A float lies in the low half of a register that a double fills.
#ifndef SYS_CCALL_H
#define SYS_CCALL_H

#include <stdint.h>

enum {
#if defined(__aarch64__)
    CCALL_INTS = 8,
#else
    CCALL_INTS = 6,
#endif
    CCALL_FLOATS = 8,
    CCALL_STACK = 16,
};

struct ccall {
    uint64_t ints[CCALL_INTS];
    double floats[CCALL_FLOATS]; // a float in its low 32 bits
    uint64_t stack[CCALL_STACK];
};

typedef void (*ccall_fn)(void);

// Whether this machine's ABI is one of those above.
#if defined(__x86_64__) || defined(__aarch64__)
#define CCALL_WORKS 1
#else
#define CCALL_WORKS 0
#endif

// CCALL_INTS integers and nothing else.
uint64_t ccall_ints(ccall_fn fn, const uint64_t *ints);
// The integer result (its upper half is undefined for a 32-bit one; nothing at all for void). `stacked`: arguments on the stack.
uint64_t ccall_int(ccall_fn fn, const struct ccall *args, unsigned stacked);
float ccall_float(ccall_fn fn, const struct ccall *args, unsigned stacked);
double ccall_double(ccall_fn fn, const struct ccall *args, unsigned stacked);

#endif
