#include "kernel.h"
/* All shortest paths. */
enum { N = 128 };
const uint32_t rounds = 16;
static int paths[N][N];
KERNEL uint32_t run(uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t r = 0; r < n; r++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                paths[i][j] = i * j % 7 + 1;
                if ((i + j) % 13 == 0 || (i + j) % 7 == 0 || (i + j) % 11 == 0) paths[i][j] = 999;
            }
        for (int k = 0; k < N; k++)
            for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++)
                    paths[i][j] = paths[i][j] < paths[i][k] + paths[k][j] ? paths[i][j] : paths[i][k] + paths[k][j];
        for (int i = 0; i < N; i++) sum = sum * 31 + (uint32_t)paths[i][(i * 17) % N];
    }
    return sum;
}
