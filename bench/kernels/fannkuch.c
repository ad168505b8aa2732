#include "kernel.h"
const uint32_t rounds = 9;
KERNEL uint32_t run(uint32_t n)
{
    int perm[16], perm1[16], count[16];
    int most = 0, sum = 0, number = 0, r = (int)n;
    for (int i = 0; i < (int)n; i++) perm1[i] = i;
    for (;;) {
        for (; r != 1; r--) count[r - 1] = r;
        for (int i = 0; i < (int)n; i++) perm[i] = perm1[i];
        int flips = 0;
        for (int k; (k = perm[0]) != 0; flips++) {
            for (int i = 0, j = k; i < j; i++, j--) {
                const int t = perm[i];
                perm[i] = perm[j];
                perm[j] = t;
            }
        }
        most = flips > most ? flips : most;
        sum += number % 2 ? -flips : flips;
        for (;;) {
            if (r == (int)n) return (uint32_t)(most * 100000 + sum);
            const int first = perm1[0];
            for (int i = 0; i < r; i++) perm1[i] = perm1[i + 1];
            perm1[r] = first;
            if (--count[r] > 0) break;
            r++;
        }
        number++;
    }
}
