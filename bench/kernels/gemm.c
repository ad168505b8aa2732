#include "kernel.h"
/* C = A × B of doubles. */
enum { N = 96 };
const uint32_t rounds = 40;
static double a[N][N], b[N][N], c[N][N];
KERNEL uint32_t run(uint32_t n)
{
    double sum = 0;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                a[i][j] = (i * j + (int)r) % 7 * 0.5;
                b[i][j] = (i + 2 * j) % 5 * 0.25;
                c[i][j] = 0;
            }
        for (int i = 0; i < N; i++)
            for (int k = 0; k < N; k++)
                for (int j = 0; j < N; j++) c[i][j] += 1.5 * a[i][k] * b[k][j];
        sum += c[r % N][(r * 7) % N];
    }
    return fold(sum);
}
