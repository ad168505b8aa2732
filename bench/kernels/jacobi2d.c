#include "kernel.h"
enum { N = 120 };
const uint32_t rounds = 1200;
static double a[N][N], b[N][N];
KERNEL uint32_t run(uint32_t n)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = b[i][j] = (i * (j + 2) + 2) / (double)N;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][1 + j] + a[1 + i][j] + a[i - 1][j]);
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                a[i][j] = 0.2 * (b[i][j] + b[i][j - 1] + b[i][1 + j] + b[1 + i][j] + b[i - 1][j]);
    }
    double sum = 0;
    for (int i = 0; i < N; i++) sum += a[i][N - 1 - i];
    return fold(sum);
}
