#include "kernel.h"
enum { N = 200 };
const uint32_t rounds = 60;
static double u[N], v[N], t[N];
static double at(int i, int j)
{
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}
static void times(double *out, const double *in, int transposed)
{
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++) sum += (transposed ? at(j, i) : at(i, j)) * in[j];
        out[i] = sum;
    }
}
KERNEL uint32_t run(uint32_t n)
{
    for (int i = 0; i < N; i++) u[i] = 1;
    for (uint32_t r = 0; r < n; r++) {
        times(t, u, 0);
        times(v, t, 1);
        double most = 0;
        for (int i = 0; i < N; i++) most = v[i] > most ? v[i] : most;
        for (int i = 0; i < N; i++) u[i] = v[i] / most;
    }
    return fold(u[N / 3]);
}
