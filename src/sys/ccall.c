#include "sys/ccall.h"

#if defined(__aarch64__)
#define INT_TYPES uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t
#define INTS(a) a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
#else
#define INT_TYPES uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t
#define INTS(a) a[0], a[1], a[2], a[3], a[4], a[5]
#endif
#define FLOAT_TYPES double, double, double, double, double, double, double, double
#define FLOATS(a) a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]
#define EIGHT uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t
#define STACKED(a) a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15]

#if defined(__clang__)
#define ANY_SIGNATURE __attribute__((no_sanitize("function")))
#else
#define ANY_SIGNATURE
#endif

#define DEFINE(name, type)                                                                     \
    ANY_SIGNATURE type name(ccall_fn fn, const struct ccall *args, unsigned stacked)           \
    {                                                                                          \
        typedef type (*in_registers)(INT_TYPES, FLOAT_TYPES);                                  \
        typedef type (*with_stack)(INT_TYPES, FLOAT_TYPES, EIGHT, EIGHT);                      \
        if (!stacked) return ((in_registers)fn)(INTS(args->ints), FLOATS(args->floats));       \
        return ((with_stack)fn)(INTS(args->ints), FLOATS(args->floats), STACKED(args->stack)); \
    }

ANY_SIGNATURE uint64_t ccall_ints(ccall_fn fn, const uint64_t *ints)
{
    typedef uint64_t (*in_registers)(INT_TYPES);
    return ((in_registers)fn)(INTS(ints));
}

DEFINE(ccall_int, uint64_t)
DEFINE(ccall_float, float)
DEFINE(ccall_double, double)
