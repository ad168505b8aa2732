#include <setjmp.h>

// The names and signatures are what LLVM's lowering of setjmp calls.
void __wasm_setjmp(void *env, unsigned label, void *invocation);
unsigned __wasm_setjmp_test(void *env, void *invocation);
void __wasm_longjmp(void *env, int value);

void __wasm_setjmp(void *env, unsigned label, void *invocation)
{
    jmp_buf *buf = env;
    (*buf)->invocation = invocation;
    (*buf)->label = label;
}

// The label of the setjmp that the caught longjmp leads to, or 0 when it is not one of this invocation.
unsigned __wasm_setjmp_test(void *env, void *invocation)
{
    const jmp_buf *buf = env;
    return (*buf)->invocation == invocation ? (*buf)->label : 0;
}

void __wasm_longjmp(void *env, int value)
{
    jmp_buf *buf = env;
    (*buf)->thrown.env = env;
    (*buf)->thrown.value = value ? value : 1;
    __builtin_wasm_throw(1, &(*buf)->thrown); // 1: the tag __c_longjmp
}

// Clang 19 adds the tag to every file that throws; later ones leave it to the C library.
#if __clang_major__ > 19
__asm__(".globl __c_longjmp\n"
        ".tagtype __c_longjmp i32\n"
        "__c_longjmp:\n");
#endif
