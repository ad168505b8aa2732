#include "kernel.h"
typedef float f32x4 __attribute__((vector_size(16)));
enum { N = 4096 };
const uint32_t rounds = 8000;
static f32x4 a[N / 4], b[N / 4];
KERNEL uint32_t run(uint32_t n)
{
    for (int i = 0; i < N / 4; i++) {
        a[i] = (f32x4){ (float)i, 1, 2, 3 };
        b[i] = (f32x4){ 0.5f, (float)i, 0.25f, 1 };
    }
    for (uint32_t r = 0; r < n; r++) {
        const f32x4 k = { 0.5f, 0.25f, 0.125f, 1e-3f };
        for (int i = 0; i < N / 4; i++) b[i] = a[i] * k + b[i] * (f32x4){ 0.5f, 0.5f, 0.5f, 0.5f };
    }
    const f32x4 s = b[3] + b[N / 8];
    return fold((double)s[0] + (double)s[1] + (double)s[2] + (double)s[3]);
}
