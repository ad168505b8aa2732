// setjmp for wasm32-wasi, whose C library of Debian 12 has none. The compiler (-mllvm -wasm-enable-sjlj) turns calls of
// setjmp and longjmp into exceptions; what it calls for that is in setjmp.c.
#ifndef _SETJMP_H
#define _SETJMP_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *invocation; // of the function that called setjmp
    unsigned label;   // which of its calls
    struct {
        void *env;
        int value;
    } thrown;
} jmp_buf[1];

int setjmp(jmp_buf env) __attribute__((__returns_twice__));
_Noreturn void longjmp(jmp_buf env, int value);
#define setjmp setjmp

#ifdef __cplusplus
}
#endif

#endif
